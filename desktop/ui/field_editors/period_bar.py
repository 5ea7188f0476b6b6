"""One line that goes from week to week or from month to month, with a way back to now; and, for
numbers, the day as of which they are."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from db.model.periods import Period, holding
from desktop.ui.field_editors.as_of import AsOfChoice
from desktop.ui.field_editors.period_entry import PeriodEntry
from desktop.ui.kit import theme
from desktop.ui.kit.page_parts import hide_unless

WEEK, MONTH = "week", "month"
NOW = {WEEK: "本周", MONTH: "本月", "quarter": "本季", "year": "本年"}


class PeriodBar(QWidget):
    """The chosen week or month, and the button back to the one of today."""

    changed = Signal(object)

    def __init__(self, shape: str, today: dt.date, *, as_of: bool = False) -> None:
        super().__init__()
        size = theme.sizes()
        self._today = today
        self.entry = PeriodEntry(today, holding(shape, today), shape)
        self.entry.setAccessibleName("周次" if shape == WEEK else "月份")
        chars = 6.4 if shape == MONTH else 7.4
        self.entry.setMinimumWidth(size.chars(chars) + size.gap * 2)
        self.entry.setMaximumWidth(size.chars(chars) + size.gap * 4)
        self.back, self.forward = self.entry.back, self.entry.forward
        self.now = QToolButton()
        self.now.setText(NOW[shape])
        self.now.setProperty("class", "boxed")
        self.now.clicked.connect(lambda: self.show_period(holding(self.shape, self._today)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.gap // 2)
        self.as_of = AsOfChoice(today)
        hide_unless(as_of, self.as_of)
        self.as_of.chosen.connect(lambda: self.changed.emit(self.seen))
        for widget in (self.back, self.entry, self.forward, self.now, self.as_of):
            row.addWidget(widget)
        self.entry.changed.connect(self._period_changed)
        self._able()

    @property
    def shape(self) -> str:
        return self.entry.shape or MONTH

    @property
    def period(self) -> Period:
        return self.entry.period

    @property
    def seen(self) -> Period:
        """The chosen period, as of the day that was picked."""
        return self.as_of.seen(self.period)

    def step(self, by: int) -> None:
        """The week or month before or after."""
        self.entry.step(by)

    def set_shape(self, shape: str) -> None:
        """Another length; the period then chosen holds today where it can."""
        self.entry.shape = shape
        self.now.setText(NOW[shape])
        self.show_period(holding(shape, self.entry.anchor()))

    def show_period(self, period: Period) -> None:
        """Choose a period; told only when it is another one."""
        self.entry.take(period)
        self._able()

    def _period_changed(self, period: Period) -> None:
        self._able()
        self.changed.emit(period)

    def _able(self) -> None:
        self.as_of.show_for(self.period)
        self.now.setEnabled(not self.period.first <= self._today <= self.period.last)
