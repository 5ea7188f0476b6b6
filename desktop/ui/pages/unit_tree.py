"""The units as a tree, level below level, each with its work on a day: opened to a level,
printed."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from db.units.names import UNIT_KIND
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.field_editors.as_of import AsOfChoice, PastNotice
from desktop.ui.kit import theme
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import label
from desktop.ui.kit.work_parts import WorkPage
from desktop.ui.pages import label_of
from desktop.ui.units import unit_tree

OPEN_AT_FIRST = 60
"""So many units are shown with all below them when the page opens; of more only the first level."""


class UnitTreePage(WorkPage):
    """The tree of units; a double click opens one in the register."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, label_of("unit_tree"))
        self.found: unit_tree.UnitNumbers | None = None
        self.levels = QComboBox()
        self.levels.setAccessibleName("展开到")
        self.levels.setMinimumWidth(theme.sizes().chars(8) + theme.sizes().pad)
        self.head.addWidget(self.levels)
        self.about = label("", "muted", wrap=False)
        self.head.addWidget(self.about, 1)
        self.as_of = AsOfChoice(self.session.today)
        self.as_of.chosen.connect(self.load)
        self.head.addWidget(self.as_of)
        self.past = PastNotice(self.as_of)
        self.body.addWidget(self.past)
        self.act("打印…", self.print_preview, icon="printer-outline", tip="逐级列出（Ctrl+P）")
        self.tree = unit_tree.UnitTree()
        self.levels.activated.connect(self.tree.open_to)
        self.tree.itemActivated.connect(
            lambda item: window.open_record(UNIT_KIND, str(item.data(0, unit_tree.UID)))
        )
        self.body.addWidget(self.tree, 1)
        self.starts_at(self.tree)

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    def shown_numbers(self) -> list[ShownNumber]:
        return self.found.shown() if self.found is not None else []

    def load(self) -> None:
        self.as_of.always(self.session.today)
        day = self.as_of.day
        self.past.show_day(day)
        self.jobs.read(
            lambda job: unit_tree.read(self.session, day), self._take, owner=self,
            failed=self.window_.error, key="unit_tree",
        )

    def _take(self, found: unit_tree.UnitNumbers) -> None:
        before = self.tree.open_ones() if self.found is not None else None
        kept, self.found = self.levels.currentIndex(), found
        words = [f"展开到第 {place + 1} 级" for place in range(1, found.deepest + 1)]
        self.levels.clear()
        self.levels.addItems(["只看第一级", *words])
        first = found.deepest if len(found.lines) <= OPEN_AT_FIRST else 0
        self.levels.setCurrentIndex(first if before is None else kept)
        self.about.setText(found.said)
        self.tree.fill(found)
        if before is None:
            self.tree.open_to(self.levels.currentIndex())
        else:
            self.tree.open_again(before)

    def print_preview(self) -> None:
        """All of it, whatever is folded."""
        if self.found is not None:
            rows, said = self.found.paper(), self.found.dated(self.session.today)
            columns = tuple(zip(unit_tree.HEADS, (None, 0.15, 0.13, 0.1, 0.13), strict=True))
            show_list(self.window_, "单位层级和办理情况", said, columns, rows, size=10.5)
