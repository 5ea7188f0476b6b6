"""Below what is changed: what stands against it, why it is changed, and keeping it."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from desktop.ui.kit import theme
from desktop.ui.kit.page_parts import Card, button
from desktop.ui.lists.short_list import Line, ListColumn, ShortList


class ChangeCard(Card):
    """The editor is put above; `line_asked` gives the line of the text that a problem is about."""

    line_asked = Signal(int)

    def __init__(self, keep: Callable[[], object], discard: Callable[[], object]) -> None:
        super().__init__()
        size = theme.sizes()
        self.problems = ShortList(
            "要改的地方",
            [ListColumn("在哪里", 6, keep=True), ListColumn("要改什么", 14, stretch=True)],
        )
        self.problems.horizontalHeader().hide()
        self.problems.setFixedHeight(size.row * 2)
        self.problems.opened.connect(self._go)
        self.problems.hide()
        self.add(self.problems)
        self.note = QLineEdit()
        self.note.setPlaceholderText("修改说明")
        self.note.setAccessibleName("修改说明")
        self.discard_button = button("放弃修改", discard)
        self.keep_button = button("保存", keep, "primary", "content-save-outline")
        foot = QHBoxLayout()
        foot.setSpacing(size.gap)
        foot.addWidget(self.note, 1)
        foot.addStretch(1)
        foot.addWidget(self.discard_button)
        foot.addWidget(self.keep_button)
        self.box.addLayout(foot)
        self.box.setAlignment(foot, Qt.AlignmentFlag.AlignBottom)  # also before the editor is there
        self.setMinimumWidth(size.chars(22))

    def say_problems(self, found: list[tuple[str, str]]) -> None:
        """Where something is wrong, and what."""
        self.problems.setVisible(bool(found))
        self.problems.fill([Line(at, cells) for at, cells in enumerate(found)])

    def able(self, changed: bool) -> None:
        """Whether there is something to keep or to give up."""
        self.keep_button.setEnabled(changed)
        self.discard_button.setEnabled(changed)
        self.note.setVisible(changed)

    def _go(self) -> None:
        line = self.problems.line()
        found = re.search(r"正文第 (\d+) 行", str(line.cells[0])) if line is not None else None
        if found:
            self.line_asked.emit(int(found.group(1)))
