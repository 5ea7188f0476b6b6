"""One entry for a span of days: ↑ and ↓ or two arrows go back and forth, and a period can be typed
as people write it."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton

from db.errors import BadInput
from db.model import periods
from db.model.periods import Period, holding, shape_of
from desktop.ui.kit import icons, theme

EXAMPLES = {"week": "2022-W36", "month": "2022-09", "quarter": "2022-Q3", "year": "2022"}
ALL_EXAMPLES = "2022、2022-09、2022-W36、2022-Q3 或 2022-01/2022-09"


class PeriodEntry(QLineEdit):
    """The chosen period and its two arrows, to be laid out by whoever holds them.

    ``shape``: what is typed becomes the period of this shape that holds its first day; None takes
    any as it is.
    """

    changed = Signal(object)
    """Another period was chosen by the person."""

    def __init__(self, today: dt.date, period: Period, shape: str | None = None) -> None:
        super().__init__()
        self.today, self.shape = today, shape
        self._period = period
        self._wrong = False
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.installEventFilter(self)
        self.editingFinished.connect(self._typed)
        self.back = self._arrow("chevron-left", "前一期（↑）", -1)
        self.forward = self._arrow("chevron-right", "后一期（↓）", 1)
        self.show_period(period)

    @property
    def period(self) -> Period:
        return self._period

    def anchor(self) -> dt.date:
        """The day that stays inside when the shape changes: today if the period holds it, else its
        last day."""
        return (
            self.today
            if self._period.first <= self.today <= self._period.last
            else self._period.last
        )

    def step(self, by: int) -> None:
        """The period before or after, as long as this one."""
        if by < 0:
            self.take(self._period.before())
            return
        shape, after = shape_of(self._period.text), self._period.last + dt.timedelta(days=1)
        if shape == "span":
            length = self._period.last - self._period.first
            self.take(periods.parse(f"{after.isoformat()}/{(after + length).isoformat()}"))
        else:
            self.take(holding(shape, after))

    def take(self, period: Period) -> None:
        """Choose a period; told only when it is another one."""
        other = period.text != self._period.text or self._wrong
        self.show_period(period)
        if other:
            self.changed.emit(period)

    def show_period(self, period: Period) -> None:
        """Show a period without telling of it."""
        self._period = period
        self.setText(period.text if shape_of(period.text) == "span" else period.label)
        self.setCursorPosition(0)
        example = EXAMPLES.get(self.shape or "", ALL_EXAMPLES)
        self.setToolTip(
            f"{period.first.isoformat()} 至 {period.last.isoformat()}。↑ ↓ 换一期，也可以直接写"
            f" {example}。"
        )
        self._mark(False)

    def _arrow(self, icon: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip.split("（")[0])
        button.setProperty("class", "boxed")
        button.setStyleSheet("padding: 0;")
        button.setFixedWidth(theme.sizes().field)
        button.clicked.connect(lambda: self.step(by))
        icons.set_icon(button, icon)
        return button

    def _typed(self) -> None:
        text = self.text().strip()
        if text in (self._period.text, self._period.label):
            self._mark(False)
            return
        try:
            period = periods.parse(text)
        except BadInput as error:
            self.setToolTip(error.message)
            self._mark(True)
            return
        self.take(
            period
            if self.shape in (None, shape_of(period.text))
            else holding(self.shape, period.first)
        )

    def _mark(self, wrong: bool) -> None:
        self._wrong = wrong
        if self.property("wrong") != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        ):
            self.step(-1 if event.key() == Qt.Key.Key_Up else 1)
            return True
        return False
