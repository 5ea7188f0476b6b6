"""What charts and pictures show, in words: alternative texts for who cannot see them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from desktop.bulletin.document import MASK, Chart, Gantt, Picture, PointKind, day_text

#: What the points on a bar of a wall chart are called.
POINTS: dict[PointKind, str] = {
    "reached": "节点按期完成", "late": "节点逾期完成", "ahead": "节点未到期",
    "overdue": "节点逾期未完成",
}
FORMS = {"bars": "条形图", "columns": "柱形图", "trend": "折线图", "share": "构成图"}


def chart_in_words(chart: Chart) -> str:
    """Title, form, and each value with its label."""
    parts = []
    for series in chart.series:
        values = "，".join(
            f"{label} {_value(value, hidden=chart.hidden)}"
            for label, value in zip(chart.labels, series.values, strict=False)
        )
        parts.append(f"{series.name}：{values}")
    measure = f"（单位：{chart.measure}）" if chart.measure else ""
    return f"{chart.title}{FORMS[chart.kind]}{measure}。{'；'.join(parts)}。"


def _value(value: Decimal | float | None, *, hidden: bool) -> str:
    if hidden:
        return MASK
    return "—" if value is None else f"{value:f}" if isinstance(value, Decimal) else f"{value:g}"


def gantt_in_words(gantt: Gantt) -> str:
    """Title, and each bar with its unit, span and light."""
    parts = []
    for bar in gantt.bars:
        span = "" if gantt.hidden else f"，{day_text(bar.start)}至{day_text(bar.end)}"
        said = [bar.word] if bar.word else []
        counted = Counter(sort for _, sort in bar.points)
        said += [f"{POINTS[sort]} {counted[sort]} 个" for sort in POINTS if counted[sort]]
        parts.append("，".join([f"{bar.unit} {bar.label}{span}".strip(), *said]))
    return f"{gantt.title}挂图。{'；'.join(parts)}。"


def picture_in_words(picture: Picture) -> str:
    """The caption; a picture without one is known as a picture only."""
    return picture.caption or "插图"
