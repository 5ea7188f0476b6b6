"""One line that goes from week to week or from month to month, with a way back to now."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from db import periods
from db.errors import BadInput
from db.periods import Period
from desktop.ui import icons, theme
from desktop.ui.previewperiod import holding, shape_of

WEEK, MONTH = "week", "month"
NOW = {WEEK: "本周", MONTH: "本月", "quarter": "本季", "year": "本年"}


class PeriodBar(QWidget):
    """The chosen week or month; ↑ and ↓ go back and forth, and a period can be typed."""

    changed = Signal(object)

    def __init__(self, shape: str, today: dt.date) -> None:
        super().__init__()
        size = theme.sizes()
        self.shape, self._today = shape, today
        self.period: Period = holding(shape, today)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.gap // 2)
        self.entry = QLineEdit()
        self.entry.setAccessibleName("周次" if shape == "week" else "月份")
        self.entry.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.entry.setFixedWidth(size.chars(6.4 if shape == MONTH else 7.4) + size.gap * 4)
        self.entry.installEventFilter(self)
        self.entry.editingFinished.connect(self._typed)
        self.back = self._arrow("chevron-left", "前一期（↑）", -1)
        self.forward = self._arrow("chevron-right", "后一期（↓）", 1)
        self.now = QToolButton()
        self.now.setText(NOW[shape])
        self.now.setProperty("class", "boxed")
        self.now.clicked.connect(lambda: self.show_period(holding(shape, self._today)))
        for widget in (self.back, self.entry, self.forward, self.now):
            row.addWidget(widget)
        self._show()

    def step(self, by: int) -> None:
        """The week or month before or after."""
        later = self.period.last + dt.timedelta(days=1)
        self.show_period(self.period.before() if by < 0 else holding(self.shape, later))

    def set_shape(self, shape: str) -> None:
        """Another length; the period then chosen holds today where it can."""
        inside = self.period.first <= self._today <= self.period.last
        self.shape = shape
        self.now.setText(NOW[shape])
        self.show_period(holding(shape, self._today if inside else self.period.last))

    def show_period(self, period: Period) -> None:
        """Choose a period; told only when it is another one."""
        other = period.text != self.period.text
        self.period = period
        self._show()
        if other:
            self.changed.emit(period)

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

    def _show(self) -> None:
        self.entry.setText(self.period.label)
        example = "2022-W36" if self.shape == "week" else "2022-09"
        self.entry.setToolTip(f"{self.period.first} 至 {self.period.last}。↑ ↓ 换一期，也可以直接写 {example}。")
        self.now.setEnabled(not self.period.first <= self._today <= self.period.last)
        self._mark(False)

    def _typed(self) -> None:
        text = self.entry.text().strip()
        if text in (self.period.text, self.period.label):
            self._mark(False)
            return
        try:
            period = periods.parse(text)
        except BadInput as error:
            self.entry.setToolTip(error.message)
            self._mark(True)
            return
        self.show_period(period if shape_of(period.text) == self.shape else holding(self.shape, period.first))

    def _mark(self, wrong: bool) -> None:
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
