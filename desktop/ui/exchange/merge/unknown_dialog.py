"""Names in a table of another program that nobody here knows: each is made, or likened to one that
is known, in one step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.foreign.unknown_names import NEW, known
from desktop.exchange.plan.import_plan import Unknown
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import label, scrolled

LATER = "以后再说，先空着"


class UnknownDialog(Dialog):
    """One line for each name; what is left open stays an error with its cells."""

    def __init__(
        self, parent: QWidget, session: Session, kind: Kind, unknown: list[Unknown]
    ) -> None:
        super().__init__(parent, "没有登记的名称", "认下并重读")
        size = theme.sizes()
        self.say(
            "表里写的这些名称台账里没有。新建的，从现在起就有；"
            "指明是哪一个的，记住这个写法，以后自己认得。"
        )
        lines = QWidget()
        grid = QGridLayout(lines)
        grid.setContentsMargins(0, 0, size.gap, 0)
        grid.setHorizontalSpacing(size.gap)
        grid.setVerticalSpacing(size.gap // 2)
        grid.setColumnStretch(1, 1)
        self.entries: list[tuple[Unknown, QComboBox]] = []
        for row, each in enumerate(unknown):
            entry = self._entry(session, kind, each)
            words = label(each.text)
            words.setToolTip("、".join(cell for _, cell in each.places))
            count = label(f"{each.label}，{len(each.places)} 处", "muted", wrap=False)
            for column, widget in enumerate((count, words, entry)):
                grid.addWidget(widget, row, column)
            self.entries.append((each, entry))
        grid.setRowStretch(len(unknown), 1)
        self.add(scrolled(lines), 1)
        self.setMinimumSize(size.chars(40), size.line * 14)

    def _entry(self, session: Session, kind: Kind, each: Unknown) -> QComboBox:
        entry = QComboBox()
        entry.setAccessibleName(f"“{each.text}”是")
        entry.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        entry.setMinimumWidth(theme.sizes().chars(16))
        entry.setMaxVisibleItems(16)
        entry.addItem(LATER, "")
        if each.can_make:
            entry.addItem(f"新建“{each.text[:20]}”", NEW)
        names = known(session, kind.field(each.field))
        near = [uid for name in each.near for uid, called in names.items() if called == name]
        for uid in dict.fromkeys([*near, *names]):
            entry.addItem(f"就是“{names[uid]}”", uid)
        return entry

    def answers(self) -> list[tuple[Unknown, str]]:
        """What was said of each name; those left open are not in it."""
        said = ((each, str(entry.currentData())) for each, entry in self.entries)
        return [(each, answer) for each, answer in said if answer]
