"""What charts and pictures show, in words: alternative texts for who cannot see them."""

from __future__ import annotations

from decimal import Decimal

from desktop.bulletin.document import MASK, Chart, Gantt, Picture, chinese_date

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
        span = "" if gantt.hidden else f"，{chinese_date(bar.start)}至{chinese_date(bar.end)}"
        parts.append(f"{bar.unit} {bar.label}{span}{f'，{bar.word}' if bar.word else ''}".strip())
    return f"{gantt.title}挂图。{'；'.join(parts)}。"


def picture_in_words(picture: Picture) -> str:
    """The caption; a picture without one is known as a picture only."""
    return picture.caption or "插图"
