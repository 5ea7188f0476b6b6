"""The reports of the office in a list that is searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from db.model.pinyin import matches
from desktop.ui.kit import theme
from desktop.ui.kit.page_parts import SearchedCard
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

if TYPE_CHECKING:
    from desktop.bulletin.report.office_reports import OfficeReport


class FormList(SearchedCard):
    """Each says whether the office made it or changed it."""

    def __init__(self) -> None:
        super().__init__("找文种", "找文种", self._fill)
        self._forms: Sequence[OfficeReport] = ()
        self.list = ShortList(
            "文种", [ListColumn("文种", 8, stretch=True), ListColumn("情况", 3, keep=True)]
        )
        self.add(self.list, 1)
        self.setMinimumWidth(theme.sizes().chars(12.5))

    def show_forms(self, forms: Sequence[OfficeReport], wanted: str) -> None:
        """Other reports; one of them comes under the cursor."""
        self._forms = forms
        self.list.when_empty("没有这个文种", "换个词找。")  # while they are read, nothing is said
        self._fill()
        place = self._place(wanted)
        if place >= 0:
            self.list.selectRow(place)

    def mark(self, name: str) -> None:
        """Back to a line, without telling that it was chosen."""
        self.list.blockSignals(True)
        self.list.selectRow(self._place(name))
        self.list.blockSignals(False)

    def _place(self, name: str) -> int:
        return next((at for at, line in enumerate(self.list.lines) if line.key == name), -1)

    def _fill(self) -> None:
        typed = self.search.text().strip()
        lines = []
        for form in self._forms:
            if not typed or matches(form.report.label, typed):
                mark = ("自建", "green") if form.given is None else ("改过", "blue")
                cells = (form.report.label, mark if form.changed else "")
                lines.append(Line(form.report.name, cells, form))
        self.list.fill(lines)


def origin(form: OfficeReport) -> str:
    """Where a report comes from, in words."""
    if form.given is None:
        return "本单位自建。"
    return "本单位改过。" if form.changed else "随程序的样子，没有改过。"
