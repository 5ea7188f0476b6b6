"""What is planned for days under an item (milestones), on its line of the wall chart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from db.domain.wall_chart import MARKS, Milestone, PlannedSpan
from desktop.ui.kit import theme

SIGNS = {"reached": "◆", "late": "▲", "ahead": "◇", "overdue": "△"}
"""As they are drawn: a lozenge is in time, a triangle late; filled is done, hollow is not."""
MOST = 8
"""Milestones that are told of one item; the others are counted."""


def legend() -> str:
    """The signs with what they mean."""
    return "节点：" + "　".join(f"{SIGNS[sort]} {word}" for sort, word in MARKS.items())


def in_words(span: PlannedSpan) -> list[str]:
    """Each milestone of an item, a line each, late ones first where there are many."""
    shown = span.marks
    if len(shown) > MOST:
        late = [mark for mark in shown if mark.sort == "overdue"]
        shown = tuple((late + [mark for mark in shown if mark not in late])[:MOST])
    said = [f"{SIGNS[mark.sort]} {mark.title} {mark.day}，{_stands(mark)}" for mark in shown]
    return [*said, *([f"节点共 {len(span.marks)} 个"] if len(shown) < len(span.marks) else [])]


def _stands(mark: Milestone) -> str:
    return MARKS[mark.sort] + (f"（{mark.done}）" if mark.done is not None else "")


def draw(painter: QPainter, span: PlannedSpan, places: Sequence[float], middle: float) -> None:
    """The signs over a bar, each at its place."""
    size, ground = theme.sizes().row * 0.2, QColor(theme.CARD)
    for mark, x in zip(span.marks, places, strict=True):
        late = mark.sort in ("late", "overdue")
        ink = QColor(theme.LAMPS["red"]) if late else QColor(theme.TEXT)
        filled = mark.sort in ("reached", "late")
        low = middle + size * 0.8
        corners = (
            [(x, middle - size), (x + size, low), (x - size, low)] if late
            else [(x, middle - size), (x + size, middle), (x, middle + size), (x - size, middle)]
        )
        shape = QPolygonF([QPointF(*corner) for corner in corners])
        # an edge of the ground's colour: the bar under it may be of any
        for pen, brush in ((QPen(ground, 4), ground), (QPen(ink, 1.5), ink if filled else ground)):
            painter.setPen(pen)
            painter.setBrush(brush)
            painter.drawPolygon(shape)
