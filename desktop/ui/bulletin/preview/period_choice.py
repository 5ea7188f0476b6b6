"""Choosing the span a report counts: year, quarter, month, week or any other."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from db.errors import BadInput
from db.model import periods
from db.model.periods import Period, holding, shape_of
from desktop.ui.field_editors.period_entry import PeriodEntry
from desktop.ui.kit import theme

SHAPES = (
    ("month", "按月"), ("week", "按周"), ("quarter", "按季"), ("year", "按年"), ("span", "自定"),
)


class PeriodPicker(QWidget):
    """Its value is the period as text; `changed` comes once for each new period. The entry has a
    line of its own: a span is long."""

    changed = Signal()

    def __init__(self, today: dt.date) -> None:
        super().__init__()
        size = theme.sizes()
        self.shape = QComboBox()
        self.shape.setAccessibleName("期间长短")
        for name, label in SHAPES:
            self.shape.addItem(label, name)
        self.entry = PeriodEntry(today, periods.month_of(today))
        self.entry.setAccessibleName("期间")
        self.back, self.forward = self.entry.back, self.entry.forward
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(size.gap // 2)
        for place, widget in enumerate((self.shape, self.back, self.forward)):
            grid.addWidget(widget, 0, place)
        grid.addWidget(self.entry, 1, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        self.shape.activated.connect(
            lambda _: self.entry.take(holding(self.shape.currentData(), self.entry.anchor()))
        )
        self.entry.changed.connect(self._period_changed)
        self._show_shape()

    @property
    def period(self) -> Period:
        return self.entry.period

    def value(self) -> str:
        return self.period.text

    def set_value(self, text: str) -> None:
        """Show a period given as text, without telling of it; one that cannot be read is passed
        over."""
        try:
            self.entry.show_period(periods.parse(text))
        except BadInput:
            return
        self._show_shape()

    def step(self, by: int) -> None:
        """The period before or after."""
        self.entry.step(by)

    def _period_changed(self, period: Period) -> None:
        self._show_shape()
        self.changed.emit()

    def _show_shape(self) -> None:
        self.shape.setCurrentIndex(self.shape.findData(shape_of(self.period.text)))
