"""The button of the masked edition: what it hides, each choice by itself; and the mask for what was
chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from db.session import Session
from desktop.bulletin.masking.ledger_names import USUAL, mask_for

if TYPE_CHECKING:
    from desktop.bulletin.document import Document
    from desktop.bulletin.masking.mask import Mask, MaskReport

MASKS = (
    ("units", "单位", "单位的全称和简称印成 **"), ("places", "地名", "市、县区、乡镇的名字印成 **"),
    ("people", "人名", "领导和干部的姓名印成 "
        "**"), ("numbers", "数字", "数字印成 **，日期和文号保留"),
    ("dates", "日期", "年月日印成 **"),
)  # fmt: skip
"""What a masked edition may hide, each choice by itself."""
WHOLE, TIP = "脱敏：无", "现在是原文。选中的各项在预览、打印和 PDF 中印成 **，就是脱敏版"


class MaskButton(QPushButton):
    """The masked edition: units, places, people, numbers and dates, each by itself."""

    changed = Signal()
    check_asked = Signal()
    """What is hidden and what is left is to be looked at."""

    def __init__(self) -> None:
        super().__init__(WHOLE)
        self.hidden: set[str] = set()
        self.choices: dict[str, QAction] = {}
        self.setToolTip(TIP)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for key, word, tip in MASKS:
            action = menu.addAction(f"隐去{word}")
            action.setToolTip(tip)
            action.setCheckable(True)
            action.toggled.connect(lambda on, key=key: self.choose(key, on))
            self.choices[key] = action
        menu.addSeparator()
        check = menu.addAction("核对…", self.check_asked.emit)
        check.setToolTip("隐去了什么，还有什么像是人名、地名、数字而没有隐去；再加要隐去的字词")
        self.setMenu(menu)

    def choose(self, key: str, on: bool) -> None:
        (self.hidden.add if on else self.hidden.discard)(key)
        hidden = [word for name, word, _ in MASKS if name in self.hidden]
        self.setText(f"脱敏：{len(hidden)} 项" if hidden else WHOLE)
        self.setToolTip(f"现在是脱敏版，{'、'.join(hidden)}印成 **" if hidden else TIP)
        self.changed.emit()


def mask_of(session: Session, hidden: frozenset[str]) -> Mask | None:
    """The mask for what was chosen, or None; it reads names from the ledgers: for a worker."""
    if not hidden:
        return None
    # late: composing is not needed to show a page

    return mask_for(session, hidden)


def told_of(session: Session, hidden: frozenset[str], document: Document) -> MaskReport:
    """What the masked edition of a document hides and leaves; with nothing chosen yet, what the
    usual choice would."""
    # late: composing is not needed to show a page

    return mask_for(session, hidden or USUAL).apply(document)[1]
