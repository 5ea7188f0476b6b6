"""Choosing the span a report counts: year, quarter, month or week, back and forth by a key."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QToolButton, QWidget

from db import periods
from db.errors import BadInput
from db.periods import Period
from desktop.ui import icons, theme

SHAPES = (("month", "按月"), ("week", "按周"), ("quarter", "按季"), ("year", "按年"), ("span", "自定"))


def shape_of(text: str) -> str:
    """Which shape a period's text has."""
    if "/" in text:
        return "span"
    return "week" if "W" in text else "quarter" if "Q" in text else "month" if "-" in text else "year"


def holding(shape: str, day: dt.date) -> Period:
    """The period of a shape that holds a day; a free span is the year up to that day."""
    if shape == "week":
        return periods.week_of(day)
    if shape == "month":
        return periods.month_of(day)
    if shape == "quarter":
        return periods.parse(f"{day.year}-Q{(day.month + 2) // 3}")
    if shape == "year":
        return periods.parse(str(day.year))
    return periods.parse(f"{day.year}-01-01/{day.isoformat()}")


class PeriodPicker(QWidget):
    """Its value is the period as text; `changed` comes once for each new period."""

    changed = Signal()

    def __init__(self, today: dt.date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self._today = today
        self._period = periods.month_of(today)
        self._wrong = False
        self.shape = QComboBox()
        self.shape.setAccessibleName("期间长短")
        for name, label in SHAPES:
            self.shape.addItem(label, name)
        self.entry = QLineEdit()
        self.entry.setAccessibleName("期间")
        self.entry.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.entry.installEventFilter(self)
        self.entry.editingFinished.connect(self._typed)
        self.back = self._arrow("chevron-left", "前一期（↑）", -1)
        self.forward = self._arrow("chevron-right", "后一期（↓）", 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(size.gap // 2)
        grid.addWidget(self.shape, 0, 0, 1, 3)
        grid.addWidget(self.back, 1, 0)
        grid.addWidget(self.entry, 1, 1)
        grid.addWidget(self.forward, 1, 2)
        grid.setColumnStretch(1, 1)
        self.shape.activated.connect(lambda _: self._take(holding(self.shape.currentData(), self._anchor())))
        self._show()

    @property
    def period(self) -> Period:
        return self._period

    def value(self) -> str:
        return self._period.text

    def set_value(self, text: str) -> None:
        """Show a period given as text, without telling of it; one that cannot be read is passed over."""
        try:
            self._period = periods.parse(text)
        except BadInput:
            return
        self._show()

    def step(self, by: int) -> None:
        """The period before or after."""
        if by < 0:
            self._take(self._period.before())
            return
        shape = shape_of(self._period.text)
        if shape == "span":
            length = self._period.last - self._period.first
            first = self._period.last + dt.timedelta(days=1)
            self._take(periods.parse(f"{first.isoformat()}/{(first + length).isoformat()}"))
        else:
            self._take(holding(shape, self._period.last + dt.timedelta(days=1)))

    def _anchor(self) -> dt.date:
        """The day that stays inside when the shape changes: today if the period holds it, else its last day."""
        return self._today if self._period.first <= self._today <= self._period.last else self._period.last

    def _arrow(self, icon: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip.split("（")[0])
        button.setProperty("class", "boxed")
        button.setStyleSheet("padding: 0;")
        button.setFixedWidth(theme.sizes().field)
        button.clicked.connect(lambda: self.step(by))
        icons.dress(button, icon)
        return button

    def _take(self, period: Period) -> None:
        if period.text == self._period.text and not self._wrong:
            self._show()
            return
        self._period = period
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        shape = shape_of(self._period.text)
        self.shape.setCurrentIndex(self.shape.findData(shape))
        self.entry.setText(self._period.text if shape == "span" else self._period.label)
        self.entry.setCursorPosition(0)
        days = f"{self._period.first.isoformat()} 至 {self._period.last.isoformat()}"
        self.entry.setToolTip(f"{days}。也可直接写 2022、2022-09、2022-W36、2022-Q3 或 2022-01/2022-09。")
        self._mark(False)

    def _typed(self) -> None:
        text = self.entry.text().strip()
        if text in (self._period.text, self._period.label):
            return
        try:
            self._take(periods.parse(text))
        except BadInput as error:
            self.entry.setToolTip(error.message)
            self._mark(True)

    def _mark(self, wrong: bool) -> None:
        self._wrong = wrong
        if self.entry.property("wrong") != wrong:
            self.entry.setProperty("wrong", wrong)
            self.entry.style().unpolish(self.entry)
            self.entry.style().polish(self.entry)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(-1 if event.key() == Qt.Key.Key_Up else 1)
            return True
        return False
