"""Years beside one another: the figures of each as of its last day, those of a closed year as they
were when it was closed; and which items go on into the next.

An item that is not done stays the one record it is: assigned in the year it was assigned in, closed
in the year it is closed in, and between them told as carried over. None counts twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from db.metrics import metrics
from db.metrics.metrics import Number
from db.model import periods
from db.model.query import Query

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Figure
    from db.model.records import Record, Values

KIND = "year_closing"
#: How many years stand beside one another, and how many figures are counted at a time.
MOST, TOGETHER = 6, 12
Progress = Callable[[int, int, str], None]


class Cell(msgspec.Struct, frozen=True):
    """A figure of a year: ``number`` is what the closed year keeps, else what the ledger says;
    ``now``: what the ledger says, where that differs."""

    number: Number
    now: Number | None = None


class Line(msgspec.Struct, frozen=True):
    """One figure over the years."""

    figure: Figure
    cells: tuple[Cell, ...]


def figures(session: ReadContext, family: str = "") -> list[Figure]:
    """What goes by a period and can be compared: of one family, or all that this person may see."""
    return [
        figure for figure in metrics.visible(session)
        if figure.period is not None and not figure.slots and family in ("", figure.family)
    ]


def families(session: ReadContext) -> list[str]:
    """The families of these, in order."""
    return list(dict.fromkeys(figure.family for figure in figures(session)))


def closings(session: ReadContext) -> list[Record]:
    """The years that were closed, the newest first."""
    return session.find(Query(kind=KIND, sort=(("year", True),)))


def closing_of(session: ReadContext, year: int) -> Record | None:
    """The record of a closed year."""
    return next((each for each in closings(session) if each.values["year"] == year), None)


def known_years(session: ReadContext) -> list[int]:
    """The years that have something to tell, the oldest first; this one and the last always."""
    this = session.today.year
    found = metrics.table(session, ["assigned"], "year")
    years = {int(line.key) for line in found if line.key and line.numbers["assigned"].value}
    years |= {each.values["year"] for each in closings(session)} | {this, this - 1}
    return sorted(year for year in years if year <= this)[-MOST:]


def side_by_side(
    session: ReadContext, names: Sequence[str], years: Sequence[int],
    progress: Progress = lambda done, of, what: None,
) -> list[Line]:
    """These figures of these years."""
    known, cells = metrics.declared(session), list[dict[str, Cell]]()
    for at, year in enumerate(years):
        progress(at, len(years), f"正在统计{year}年")
        cells.append(of_year(session, names, year))
    return [Line(known.get(name), tuple(each[name] for each in cells)) for name in names]


def of_year(session: ReadContext, names: Sequence[str], year: int) -> dict[str, Cell]:
    """These figures of one year."""
    known, found = metrics.declared(session), dict[str, Cell]()
    now, kept = _counted(session, names, year), _kept(session, year)
    for name in names:
        held = _number(known.get(name), kept.get(name))
        if held is None:
            found[name] = Cell(now[name])
        else:
            differs = _plain(held) != _plain(now[name])
            found[name] = Cell(held, now[name] if differs else None)
    return found


def _counted(session: ReadContext, names: Sequence[str], year: int) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for at in range(0, len(names), TOGETHER):
        found |= metrics.count(session, list(names[at : at + TOGETHER]), period=str(year))
    return found


def _kept(session: ReadContext, year: int) -> dict[str, list[str | None]]:
    record = closing_of(session, year)
    found: dict[str, list[str | None]] = {}
    if record is not None:
        found = json.loads(record.values["figures"] or "{}")
    return found


def _plain(number: Number) -> list[str | None]:
    parts = (number.value, number.numerator, number.denominator)
    return [None if part is None else str(part) for part in parts]


def _number(figure: Figure, kept: Sequence[str | None] | None) -> Number | None:
    if kept is None:
        return None
    value, above, below = (_read(text) for text in kept)
    return Number(figure, value, above, below)


def _read(text: str | None) -> int | Decimal | None:
    if text is None:
        return None
    return Decimal(text) if "." in text or "E" in text else int(text)


def to_keep(session: ReadContext, year: int) -> dict[str, list[str | None]]:
    """The figures of a year that its closing keeps: those that everybody may see."""
    names = [f.name for f in figures(session) if _open_to_all(session, f)]
    found = _counted(session, names, year)
    return {name: _plain(found[name]) for name in names}


def _open_to_all(session: ReadContext, figure: Figure) -> bool:
    return all(kind.book == "office" for kind in metrics.read_kinds(session, figure.name))


def unfinished(session: ReadContext, year: int) -> list[metrics.Row]:
    """The items that were not done when a year ended, and go on."""
    behind = metrics.rows(session, "unfinished", period=str(year))
    return [row for row in behind.rows if row.counted]


def _undecided(session: ReadContext) -> int:
    asked = "SELECT count(*) FROM conflicts WHERE status = 'open'"
    return sum(int(book.connection.execute(asked).fetchone()[0]) for book in session.books)


def _unsealed(session: ReadContext, year: int) -> list[int]:
    """The months whose review was held and is not sealed."""
    reviews = session.find(Query(kind="monthly_review", limit=1000))
    held = {r.values["month"] for r in reviews if not r.values["sealed"]}
    months = periods.months_of(periods.parse(str(year)))
    return [month.first.month for month in months if month.text in held]


def warnings(session: ReadContext, year: int) -> list[str]:
    """What is worth doing before a year is closed; in sentences."""
    found = []
    if open_ones := _unsealed(session, year):
        named = "、".join(str(month) for month in open_ones)
        found.append(f"{named}月的月讲评还没有封存，归档里仍会随台账变。")
    if undecided := _undecided(session):
        found.append(f"还有 {undecided} 个冲突没有处理，归档里是台账现在的值。")
    drafts = session.find(Query(kind="bulletin", limit=1000))
    waiting = [r for r in drafts if r.state in ("drafted", "submitted", "checked")]
    if waiting:
        found.append(f"有 {len(waiting)} 份通报还没有印发，归档里是草稿。")
    return found


def values_of(
    session: ReadContext, year: int, by: str, kept: Mapping[str, Any], ends: Mapping[str, str]
) -> Values:
    """What the record of a closed year says, but for where its archive is."""
    return {
        "title": f"{year}年度归档", "year": year, "closed_on": session.today,
        "closed_by": by, "unfinished": len(unfinished(session, year)),
        "ends": json.dumps(ends, ensure_ascii=False), "sealed": True,
        "figures": json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
    }
