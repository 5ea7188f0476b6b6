"""The small signs of a record: its state, its light, the days left, and when it was changed."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.ui.kit import accessible, theme
from desktop.ui.kit.cell_painting import paint_chip, paint_lamp


@accessible.accessible_role(accessible.TEXT)
class Signs(QWidget):
    """State, light and days left of a record, on one line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._state: tuple[str, str] | None = None
        self._light: tuple[str, str] | None = None
        self._days = ""
        self.setFixedHeight(round(theme.sizes().line * 1.3))

    def show_signs(
        self, state: tuple[str, str] | None, light: tuple[str, str] | None, days: str
    ) -> None:
        self._state, self._light, self._days = state, light, days
        self.setVisible(bool(state or light or days))
        self.setAccessibleName(
            "　".join(part for part in (state and state[0], light and light[0], days) if part)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, gap = self.rect(), theme.sizes().pad
        if self._state is not None:
            area.setLeft(area.left() + paint_chip(painter, area, *self._state) + gap)
        if self._light is not None:
            paint_lamp(painter, area, *self._light)
            width = painter.fontMetrics().horizontalAdvance(self._light[0]) + round(
                painter.fontMetrics().height()
            )
            area.setLeft(area.left() + width + gap)
        if self._days:
            painter.setPen(theme.tone("red" if "逾期" in self._days else "grey")[0])
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), self._days)
        painter.end()


def moment_text(at: str) -> str:
    """A moment as it is kept, in words of this day."""
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        return at
    moment = moment.astimezone() if moment.tzinfo is not None else moment
    today = dt.date.today()
    if moment.date() == today:
        return f"今天 {moment:%H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}"
