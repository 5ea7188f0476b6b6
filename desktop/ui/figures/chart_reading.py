"""What the charts of one figure show, read for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from PySide6.QtWidgets import QComboBox

from db.metrics import charts, metrics
from db.metrics.charts import Value
from db.metrics.metrics import Number
from db.model.dates import chinese_date
from db.model.periods import Period
from db.session import Session
from desktop.bulletin import document as doc
from desktop.bulletin.report.simple_lists import print_charts
from desktop.ui.figures.charting import Point
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import ShownNumber


@dataclass(frozen=True)
class ChartNumbers:
    """What the charts show: the whole, by group, over time."""

    name: str
    whole: Number
    group: charts.Grouping | None
    units: list[Value]
    time: list[Value]
    formula: str = ""
    words: str = ""
    has_time: bool = field(default=True)
    #: what has to be said of a sealed month
    note: str = ""
    #: 截至, in words
    day: str = ""


def point_of(value: Value) -> Point:
    number = value.number.value
    text = charts.text(value.number)
    return Point(
        value.key, value.label, None if number is None else float(number), text,
        f"{value.label}　{text}",
    )


def all_shares(values: list[Value]) -> bool:
    """Whether no share goes beyond the whole, so that the axis ends at 100."""
    return all((v.number.value or 0) <= 100 for v in values)


def drop_down(choice: QComboBox) -> None:
    choice.setFocus()
    choice.showPopup()


@dataclass(frozen=True)
class ChartChoice:
    """What was chosen: a figure, how it is told apart, when, of which ledgers and whom."""

    name: str
    group: charts.Grouping | None
    period: Period
    ledgers: list[str] | None
    unit: str | None
    pace: str


def read_charts(session: Session, asked: ChartChoice, job: Job) -> ChartNumbers:
    """Count everything that the charts of a figure show; in the reader."""
    name, group, period, names = asked.name, asked.group, asked.period, asked.ledgers
    whole = metrics.count(session, [name], period=period, ledgers=names)[name]
    units = charts.by_group(session, name, group, period, names) if group is not None else []
    time = charts.over_time(
        session, name, asked.pace, period.as_of or min(period.last, session.today),
        lambda done, of: job.step(done, of, "正在统计"), unit=asked.unit, ledgers=names,
        as_of=period.as_of,
    )
    words = charts.text(whole)
    has_time, key = charts.has_trend(session, name), (group.key if group is not None else None)
    note = charts.sealed_note(session, name, period, key, names) if has_time else ""
    return ChartNumbers(
        name, whole, group, units, time, metrics.formula(session, name), words, has_time,
        note, chinese_date(metrics.counted_as_of(session, period)),
    )


def shown_points(
    found: ChartNumbers, period: Period, ledgers: Sequence[str] | None, unit: str | None,
    drawn: tuple[Sequence[Point], Sequence[Point]],
) -> list[ShownNumber]:
    """The whole, each bar and each point over time, as they are drawn."""
    name, group = found.whole.figure.name, found.group
    whole: metrics.ScopeKeywords = {"period": period, "ledgers": ledgers}
    known = [ShownNumber(found.words, name, whole)]
    if group is not None:
        mine: metrics.ScopeKeywords = {**whole, "ledgers": ledgers or group.ledgers}
        known += [ShownNumber(each.text, name, mine, (group.key, each.key)) for each in drawn[0]]
    if found.has_time:
        asked: metrics.ScopeKeywords = {"ledgers": ledgers, "unit": unit}
        known += [ShownNumber(e.text, name, {**asked, "period": str(e.key)}) for e in drawn[1]]
    return known


@dataclass(frozen=True)
class Drawn:
    """A chart as it stands on the screen."""

    look: Literal["bars", "trend"]
    points: Sequence[Point]
    head: str


def print_found(
    session: Session, stream: IO[bytes], title: str, found: ChartNumbers, parts: Sequence[Drawn]
) -> Any:
    """The charts on paper, with what they count and how; in a worker."""
    label, drawn = found.whole.figure.label, []
    text = [f"{label}（截至{found.day}）：{found.words}。计算办法：{found.formula}。{found.note}"]
    for part in parts:
        if part.points:
            series = doc.Series(label, tuple(p.value for p in part.points))
            names = tuple(p.label for p in part.points)
            drawn.append(doc.Chart(part.look, names, (series,), part.head, found.whole.measure))
    return print_charts(session, stream, title, text, drawn)
