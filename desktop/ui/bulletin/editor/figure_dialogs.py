"""What is behind a figure of a bulletin."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QLineEdit, QMenu, QWidget

from db.session import Session
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

if TYPE_CHECKING:
    from desktop.bulletin.issue.editor_view import Facts


class FigureDialog(Dialog):
    """One figure: value, parts, formula, as of when, and its records; it can be set by hand, with a
    reason."""

    row_asked = Signal(str, str)
    """Kind and uid of a record to open."""
    ledger_asked = Signal(str, object)
    """A ledger to open with only the records of these uids."""

    def __init__(self, parent: QWidget, session: Session, facts: Facts, *, writable: bool) -> None:
        super().__init__(parent, facts.label, "关闭", reject="")
        size = theme.sizes()
        self.facts = facts
        self.setMinimumSize(size.chars(38), size.row * 16)
        details = QWidget()
        form = QFormLayout(details)
        form.setContentsMargins(0, 0, 0, 0)
        moved = (
            f"（{'台账现为' if facts.issued else '拟稿时为'} {facts.before}）"
            if facts.before
            else ""
        )
        form.addRow("印发时" if facts.issued else "现值", label(f"{facts.value}{moved}"))
        if facts.parts:
            form.addRow("分子 ÷ 分母", label(facts.parts))
        form.addRow("算法", label(facts.formula))
        form.addRow("取数时间", label(facts.as_of.replace("T", " ")))
        if facts.note:
            form.addRow("说明", label(facts.note))
        if facts.override is not None:
            by = (
                f"{facts.override.text}（{facts.override.by}，"
                f"{facts.override.at.replace('T', ' ')}）：{facts.override.reason}"
            )
            form.addRow("手工改为", label(by, "problem"))
        self.add(details)
        self.list = ShortList("这个数字的记录", [
            ListColumn("计入", 3, keep=True), ListColumn("台账", 6, keep=True),
            ListColumn("记录", 16, stretch=True),
        ])  # fmt: skip
        self.list.when_empty("没有记录", "这个数字现在没有对应的记录。")
        self.list.fill([
            Line(f"{r.kind}/{r.uid}",
                ("是" if r.counted else "否", session.kinds.get(r.kind).label, r.title),
                r) for r in facts.rows
        ])  # fmt: skip
        self.list.opened.connect(self._open)
        self.add(self.list, 1)
        more = (
            f"共 {facts.count:,} 条，列出前 {len(facts.rows):,} 条。"
            if facts.count > len(facts.rows)
            else ""
        )
        self.say(f"{more}双击或按 Enter 打开记录。", muted=True)
        self.ledger = self.buttons.addButton("在台账中打开", QDialogButtonBox.ButtonRole.ActionRole)
        self.ledger.setToolTip("打开台账，只列这个数字的记录")
        self.ledger.setEnabled(bool(facts.ledgers))
        if len(facts.ledgers) == 1:
            self.ledger.clicked.connect(lambda: self._ask_ledger(*facts.ledgers[0]))
        elif facts.ledgers:
            menu = QMenu(self.ledger)
            for kind, uids in facts.ledgers:
                menu.addAction(
                    f"{session.kinds.get(kind).label}（{len(uids)} 条）",
                    partial(self._ask_ledger, kind, uids),
                )
            self.ledger.setMenu(menu)
        self.text, self.reason = QLineEdit(), QLineEdit()
        self.text.setAccessibleName("手工改为")
        self.reason.setAccessibleName("改数理由")
        self.text.setPlaceholderText("留空用台账数")
        self.reason.setPlaceholderText("手工改数必须写明理由")
        self.keep = self.buttons.addButton("手工改数", QDialogButtonBox.ButtonRole.ActionRole)
        self.back = self.buttons.addButton("恢复台账数", QDialogButtonBox.ButtonRole.ActionRole)
        self.answer: tuple[str | None, str] | None = None
        by_hand = QWidget()
        hand = QFormLayout(by_hand)
        hand.setContentsMargins(0, 0, 0, 0)
        hand.addRow("手工改为", self.text)
        hand.addRow("理由", self.reason)
        self.add(by_hand)
        by_hand.setVisible(writable)
        self.keep.setVisible(writable)
        self.back.setVisible(writable and facts.override is not None)
        self.keep.clicked.connect(self._set)
        self.back.clicked.connect(self._give_back)
        for entry in (self.text, self.reason):
            entry.textChanged.connect(self._able)
        self._able()
        self.list.setFocus()

    def _able(self) -> None:
        self.keep.setEnabled(bool(self.text.text().strip() and self.reason.text().strip()))

    def _set(self) -> None:
        self.answer = (self.text.text().strip(), self.reason.text().strip())
        self.accept()

    def _give_back(self) -> None:
        self.answer = (None, "")
        self.accept()

    def _ask_ledger(self, kind: str, uids: tuple[str, ...]) -> None:
        self.accept()
        self.ledger_asked.emit(kind, uids)

    def _open(self) -> None:
        line = self.list.line()
        if line is not None:
            self.accept()
            self.row_asked.emit(line.data.kind, line.data.uid)
