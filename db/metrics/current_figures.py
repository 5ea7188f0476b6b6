"""Figures as the ledger says, as of a day: nothing is kept.

Figures that read the same table over the same period field are counted in one pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from db.errors import BadInput
from db.metrics.aggregate import FigureQuery, Sums, newest
from db.metrics.figure_registry import Group, Number, Row, declared, rounded, share
from db.metrics.narrowed import SCALES
from db.metrics.scope import Scope
from db.metrics.sources import Source, Sql, sources
from db.model import periods
from db.model.declarations import Figure
from db.model.fieldtypes import type_of
from db.model.groups import ELSEWHERE, area_of, of_time
from db.model.ids import is_uid
from db.model.periods import Period
from db.model.sql import quoted

if TYPE_CHECKING:
    from db.model.context import Connection, ReadContext

EVERYTHING = Scope()


def asked_as_of(
    session: ReadContext, period: Period | None, as_of: dt.date | None = None
) -> dt.date:
    """The day as of which a figure is counted: the one that was asked for, else the last of a
    period that is over, else today. Nothing is known of a day to come."""
    asked = as_of or (period.as_of if period is not None else None)
    if asked is not None and asked > session.today:
        raise BadInput(f"截至日期 {asked} 还没有到，请填今天或以前的日期。", field="as_of")
    if asked is not None and period is not None and asked < period.first:
        raise BadInput(
            f"截至日期 {asked} 在期间「{period.label}」开始以前，请改日期或期间。", field="as_of"
        )
    return asked or min(session.today, period.last if period is not None else session.today)


def _number(figure: Figure, sums: Sums) -> Number:
    none = sums.blank and not sums.numerator
    if figure.denominator is not None:
        value = None if none else share(sums.numerator, sums.denominator, figure.places)
        return Number(figure, value, sums.numerator, sums.denominator)
    if figure.count.startswith("latest"):
        none = not sums.denominator or sums.measure is None
    elif figure.count.startswith("mean"):
        none = not sums.denominator
    if none:
        return Number(figure, None, None, None)
    total = sums.numerator
    if figure.count.startswith(("latest_mean", "mean")):
        total = Decimal(total) / sums.denominator
    if figure.scale:
        total = Decimal(total) / SCALES[figure.scale]
    if isinstance(total, Decimal):
        total = rounded(total, figure.places)
    return Number(figure, total, None, None, sums.measure or "")


def nothing(figure: Figure) -> Number:
    """What a figure is where there is no row for it."""
    return _number(figure, Sums())


def count(
    session: ReadContext, names: Sequence[str], scope: Scope = EVERYTHING
) -> dict[str, Number]:
    """These figures as numbers, as of a day (``asked_as_of``). Raises ``NotPermitted`` for one over
    a book that is closed."""
    known = declared(session)
    return _count(session, [known.get(name) for name in names], scope)


def count_of(session: ReadContext, figure: Figure, scope: Scope = EVERYTHING) -> Number:
    """A figure that is not kept yet."""
    return _count(session, [figure], scope)[figure.name]


def _at(session: ReadContext, moment: str, scope: Scope) -> Scope | None:
    """Over what figures of a moment (``Figure.moment``) are counted: everything, as of that day.
    None where there is no period that begins; of a sealed month, too, the ledger of now says it."""
    day = asked_as_of(session, scope.period, scope.as_of)
    if not moment:
        return replace(scope, as_of=day)
    if scope.period is None:
        return None if moment == "before" else replace(scope, as_of=day)
    before = scope.period.first - dt.timedelta(days=1)
    return replace(scope, period=None, as_of=day if moment == "end" else min(before, day))


def _run(
    session: ReadContext, wanted: Sequence[Figure], scope: Scope, group: str | None
) -> dict[str, Mapping[Any, Sums]]:
    """Figure → group → its sums, those of each moment in a pass of their own."""
    found: dict[str, Mapping[Any, Sums]] = {f.name: {} for f in wanted}
    for moment in dict.fromkeys(f.moment for f in wanted):
        of_moment = [f for f in wanted if f.moment == moment]
        if (at := _at(session, moment, scope)) is not None:
            assert at.as_of is not None
            found |= FigureQuery(session, at, group, at.as_of).run(of_moment)
    return found


def _count(session: ReadContext, wanted: Sequence[Figure], scope: Scope) -> dict[str, Number]:
    found = _run(session, wanted, scope, None)
    unknown = {f.name for f in wanted if _at(session, f.moment, scope) is None}
    return {
        f.name: Number(f, None, None, None) if f.name in unknown
        else _number(f, found[f.name].get(None, Sums()))
        for f in wanted
    }


def table(
    session: ReadContext, names: Sequence[str], group: str, scope: Scope = EVERYTHING
) -> list[Group]:
    """These figures by group, as ``sealed_figures.table``."""
    known = declared(session)
    wanted = [known.get(name) for name in names]
    found = _run(session, wanted, scope, group)
    keys = sorted({key for by_key in found.values() for key in by_key}, key=_order(session, group))
    return [
        Group(
            key, group_label(session, group, key, wanted),
            {f.name: _number(f, found[f.name].get(key, Sums())) for f in wanted},
        )
        for key in keys
    ]


def _order(session: ReadContext, group: str) -> Any:
    places: dict[Any, int] = {}
    if group == "unit" or area_of(group):
        places = session.unit_order()
    elif group == "ledger":
        places = {kind.name: i for i, kind in enumerate(session.kinds)}
    return lambda key: (key is None, places.get(key, len(places)), str(key))


def group_label(session: ReadContext, group: str, key: Any, figures: Sequence[Figure] = ()) -> str:
    """What the line of a group is called."""
    if key is None:
        return "（未填）"
    if key == ELSEWHERE and area_of(group):
        return "其他单位"
    if group == "ledger":
        return session.kinds.get(key).label
    if group == "unit" or area_of(group):
        return session.unit_name(key)
    if of_time(group) is not None:
        return periods.parse(str(key)).label
    if group == "leader":
        return _leader_label(session, figures, str(key))
    return _value_label(session, group, key, figures)


def _value_label(session: ReadContext, group: str, key: Any, figures: Sequence[Figure]) -> str:
    """The value of a field, or the title of what the counted rows hang under."""
    for figure in figures:
        for source in sources(session.kinds, figure):
            if group == "parent" and source.parent is not None:
                return session.title(source.parent.name, key)
            field = source.field(group)
            if field is not None:
                kind_of = type_of(field)
                return kind_of.format(kind_of.from_db(key), field, session.names)
    return str(key)


def _leader_label(session: ReadContext, figures: Sequence[Figure], key: str) -> str:
    """The title of a record, or the name as it was typed."""
    read = [source for figure in figures for source in sources(session.kinds, figure)]
    found = [each[1] for source in read if (each := source.leader(session.kinds)) is not None]
    if not is_uid(key):
        named = next((field for field in found if type_of(field).names_user), None)
        return key if named is None else type_of(named).format(key, named, session.names)
    roster = session.kinds.leader_roster
    kinds = [field.kind for field in found if field.kind] + ([roster.name] if roster else [])
    shut = [kind for kind in kinds if not session.opens(kind)]
    held = (kind for kind in kinds if kind not in shut and session.get(kind, key) is not None)
    return session.title(next(held, [*shut, *kinds][0]), key)


def rows_behind(
    session: ReadContext,
    name: str,
    scope: Scope = EVERYTHING,
    group: tuple[str, object] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """The records behind a figure: those of the numerator, and for a share those of the denominator
    with ``counted`` told.

    ``group`` limits them to one line of a table: what it is grouped by and the line's key.
    """
    figure = declared(session).get(name)
    at, found = _at(session, figure.moment, scope), list[Row]()
    if at is None or at.as_of is None:
        return found
    asked = FigureQuery(session, at, group[0] if group is not None else None, at.as_of)
    for source in asked.sources(figure):
        within: Sql | None = None
        if group is not None:
            key = asked.key(figure, source)
            if key is None:
                continue
            within = Sql(f"{key.text} IS ?", (*key.parameters, group[1]))
        left = None if limit is None else limit - len(found)
        connection = session.book_of(source.kind.name).connection
        found += [row for _, row in read_rows(asked, figure, source, connection, within, left)]
    return found


def partition_rows(
    session: ReadContext, names: Sequence[str], as_of: dt.date | None = None
) -> dict[tuple[str, str], str]:
    """Kind and uid of each record behind figures that differ in their numerator alone → the first
    of these that counts it; in one pass over each table."""
    known = declared(session)
    figures = [known.get(name) for name in names]
    found: dict[tuple[str, str], str] = {}
    day, (first, *_) = asked_as_of(session, None, as_of), figures
    asked = FigureQuery(session, Scope(as_of=day), None, day)
    for source in asked.sources(first):
        frame, (_, base) = asked.frame(first, source), asked.parts(first, source)
        parts = [asked.parts(figure, source)[0] for figure in figures]
        whens = " ".join(f"WHEN {part.text} THEN {at}" for at, part in enumerate(parts))
        text = (
            f"SELECT uid, which FROM (SELECT c.uid AS uid, CASE {whens} END AS which FROM"
            f" {source.tables} WHERE {frame.text} AND {base.text}) WHERE which IS NOT NULL"
        )
        parameters = [each for part in (*parts, frame, base) for each in part.parameters]
        connection, name = session.book_of(source.kind.name).connection, source.kind.name
        for uid, which in connection.execute(text, parameters):
            found[name, uid] = names[which]
    return found


def read_rows(
    asked: FigureQuery,
    figure: Figure,
    source: Source,
    connection: Connection,
    within: Sql | None = None,
    limit: int | None = None,
) -> list[tuple[int, Row]]:
    """The records of one table behind a figure, each with its place in the table, read over a
    connection that has that table."""
    session = asked.session
    frame = asked.frame(figure, source)
    numerator, denominator = asked.parts(figure, source)
    wanted = denominator if figure.denominator is not None else numerator
    if within is not None:
        wanted = Sql.all_of([wanted, within])
    title = source.kind.field(source.kind.title)
    about, titled = _about(session, source)
    text = (
        f"SELECT c.uid, c.{quoted(title.name)}, {numerator.text}, {about}, c.id,"
        f" {newest(figure, source)} FROM {source.tables} WHERE {frame.text} AND {wanted.text} ORDER"
        " BY c.id"
    )
    parameters = [*numerator.parameters, *frame.parameters, *wanted.parameters]
    if figure.count.startswith("latest"):
        text = f"SELECT * FROM ({text}) WHERE n = 1"
    if limit is not None:
        text += " LIMIT ?"
        parameters.append(limit)
    kind_of = type_of(title)
    found: list[tuple[int, Row]] = []
    for uid, cell, counted, above, place, _ in connection.execute(text, parameters):
        shown = kind_of.format(kind_of.from_db(cell), title, session.names) or "（未命名）"
        found.append((
            place,
            Row(
                source.kind.name, uid, shown, bool(counted),
                titled(above) if above is not None else "",
            ),
        ))
    return found


def _about(session: ReadContext, source: Source) -> tuple[str, Callable[[Any], str]]:
    """The column that says what a row hangs under or whom it tells of, and how its cells read."""
    if source.parent is not None:
        title = source.parent.field(source.parent.title)
        kind_of = type_of(title)
        return f"p.{quoted(title.name)}", lambda cell: kind_of.format(
            kind_of.from_db(cell), title, session.names
        )
    field = session.kinds.person_of(source.kind)
    if field is None or field.kind is None:
        return "NULL", str
    people = field.kind
    return f"c.{quoted(field.name)}", lru_cache(maxsize=None)(
        lambda uid: session.title(people, uid)
    )
