"""A declared figure → a number, numerator and denominator, and the rows behind it.

Every number a report prints comes from here, and each can show its rows and its formula. Figures
that read the same table over the same period field are counted in one pass. Nothing is kept: a
figure is always what the ledger says now, as of the session's day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import resources
from db.errors import BadInput, DeclarationError
from db.metrics.aggregate import Sums, Tally, newest
from db.metrics.metric_sql import Aggregate, Source, Sql, sources
from db.model import declarations, periods
from db.model.declarations import Figure, Filter
from db.model.fieldtypes import TYPES
from db.model.periods import Period
from db.model.sql import quoted

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.kinds import Kinds

PERCENT = "％"


class FigureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``resources/figures``: figures of a family."""

    family: str
    figures: tuple[Figure, ...]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Number:
    """A figure's value. A share has numerator and denominator, and no value when there is nothing
    to divide by."""

    figure: Figure
    value: int | Decimal | None
    numerator: int | Decimal | None
    denominator: int | Decimal | None

    @property
    def measure(self) -> str:
        """The unit of measure of the value."""
        return PERCENT if self.figure.denominator is not None else self.figure.measure


@dataclass(frozen=True, slots=True)
class Row:
    """A record behind a figure. ``counted``: in the numerator (for a plain count, always).
    ``about``: the title of what it hangs under, or of the person it tells of, whose post or award
    alone would say nothing."""

    kind: str
    uid: str
    title: str
    counted: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a table of figures: the group's key (unit uid, ledger name, "2022-09" …), its
    label, its numbers by name."""

    key: Any
    label: str
    numbers: dict[str, Number]


class Figures:
    """All declared figures by name, checked against the kinds."""

    def __init__(self, figures: Iterable[Figure], kinds: Kinds) -> None:
        self._figures: dict[str, Figure] = {}
        for figure in figures:
            if figure.name in self._figures:
                raise DeclarationError(f"指标声明 {figure.name} 重复。")
            self._check(figure, kinds)
            self._figures[figure.name] = figure

    @staticmethod
    def _check(figure: Figure, kinds: Kinds) -> None:
        for name in figure.kinds:
            if name not in kinds:
                raise DeclarationError(f"指标声明 {figure.name}：台账「{name}」不存在。")
        read = sources(kinds, figure)
        if not read:
            raise DeclarationError(f"指标声明 {figure.name}：没有可以统计的台账。")
        operands = [
            *Aggregate.of(figure, figure.count).fields, figure.period, figure.unit,
            figure.divide_by, figure.by,
        ]
        named = [n for n in operands if n] + [
            f.field for f in _flat((*figure.where, *figure.numerator))
        ]
        named += [f.other for f in _flat((*figure.where, *figure.numerator)) if f.other]
        named += [f.field for f in _flat(figure.denominator or ())]
        for name in named:
            if all(source.locate(name) is None for source in read):
                raise DeclarationError(f"指标声明 {figure.name}：字段「{name}」不存在。")
        if figure.denominator is not None and not figure.formula:
            raise DeclarationError(f"指标声明 {figure.name}：比率要写 formula。")

    def get(self, name: str) -> Figure:
        """The figure of that name; an unknown name is a ``BadInput``."""
        try:
            return self._figures[name]
        except KeyError as error:
            raise BadInput(
                f"没有名为「{name}」的指标。可用 zhengxian figures 查看全部。", field="name"
            ) from error

    def __contains__(self, name: str) -> bool:
        return name in self._figures

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._figures.values())

    def __len__(self) -> int:
        return len(self._figures)

    def families(self) -> dict[str, tuple[Figure, ...]]:
        """Figures by family, in order."""
        found: dict[str, list[Figure]] = {}
        for figure in self:
            found.setdefault(figure.family, []).append(figure)
        return {family: tuple(figures) for family, figures in found.items()}


def _flat(filters: Sequence[Filter]) -> Iterator[Filter]:
    for each in filters:
        if each.op in ("all", "any"):
            yield from _flat(each.filters)
        else:
            yield each


def load(folder: Path, kinds: Kinds) -> Figures:
    """All figures under ``folder``; raises ``DeclarationError``."""
    files = [declarations.load(path, FigureFile) for path in sorted(folder.glob("*.toml"))]
    files.sort(key=lambda f: f.order)
    return Figures(
        (
            msgspec.structs.replace(f, family=f.family or file.family)
            for file in files
            for f in file.figures
        ), kinds,
    )


@lru_cache(maxsize=2)
def _builtin(kinds: Kinds) -> Figures:
    return load(resources.path("figures"), kinds)


def declared(session: ReadContext) -> Figures:
    """The figures of an office (kept as long as its kinds are the same)."""
    return _builtin(session.kinds)


def visible(session: ReadContext) -> list[Figure]:
    """The figures whose ledgers this person can all open."""
    return [
        f
        for f in declared(session)
        if all(session.opens(s.kind.name) for s in sources(session.kinds, f))
    ]


def _number(figure: Figure, sums: Sums) -> Number:
    if figure.denominator is not None:
        value = share(sums.numerator, sums.denominator, figure.places)
        return Number(figure, value, sums.numerator, sums.denominator)
    if figure.count.startswith("latest_mean"):
        mean = (
            None
            if not sums.denominator
            else _rounded(Decimal(sums.numerator) / sums.denominator, figure.places)
        )
        return Number(figure, mean, None, None)
    return Number(figure, sums.numerator, None, None)


def share(numerator: int | Decimal, denominator: int | Decimal, places: int = 1) -> Decimal | None:
    """Per cent, rounded half up as people do; None when there is nothing to divide by."""
    return (
        None
        if not denominator
        else _rounded(Decimal(numerator) * 100 / Decimal(denominator), places)
    )


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


# -- what others ask -------------------------------------------------------------------------------


def period_of(text: str | Period | None) -> Period | None:
    """A period as given: none, text, or one already read."""
    return periods.parse(text) if isinstance(text, str) else text


def count(
    session: ReadContext,
    names: Sequence[str],
    *,
    period: str | Period | None = None,
    unit: str | None = None,
    ledgers: Sequence[str] | None = None,
) -> dict[str, Number]:
    """These figures as numbers. Raises ``NotPermitted`` for one over a book this person cannot
    open."""
    known = declared(session)
    wanted = [known.get(name) for name in names]
    found = Tally(session, period_of(period), unit, ledgers, None).run(wanted)
    return {f.name: _number(f, found[f.name].get(None, Sums())) for f in wanted}


def table(
    session: ReadContext,
    names: Sequence[str],
    group: str,
    *,
    period: str | Period | None = None,
    unit: str | None = None,
    ledgers: Sequence[str] | None = None,
) -> list[Group]:
    """These figures by group: "unit", "ledger", "leader", "day", "week", "month", "year", "parent"
    or any field's name.

    Groups are in the order people expect (units in their order, ledgers in theirs, time forwards);
    rows that belong to no group, such as items without a unit, stand last under the key None.
    """
    known = declared(session)
    wanted = [known.get(name) for name in names]
    found = Tally(session, period_of(period), unit, ledgers, group).run(wanted)
    keys = sorted({key for by_key in found.values() for key in by_key}, key=_order(session, group))
    return [
        Group(
            key, _group_label(session, wanted, group, key),
            {f.name: _number(f, found[f.name].get(key, Sums())) for f in wanted},
        )
        for key in keys
    ]


def _order(session: ReadContext, group: str) -> Any:
    places: dict[Any, int] = {}
    if group == "unit":
        places = session.unit_order()
    elif group == "ledger":
        places = {kind.name: i for i, kind in enumerate(session.kinds)}
    return lambda key: (key is None, places.get(key, len(places)), str(key))


def _group_label(session: ReadContext, figures: Sequence[Figure], group: str, key: Any) -> str:
    if key is None:
        return "（未填）"
    if group == "ledger":
        return session.kinds.get(key).label
    if group == "unit":
        return session.unit_name(key)
    if group in ("day", "week", "month", "year"):
        return periods.parse(str(key)).label
    for figure in figures:
        for source in sources(session.kinds, figure):
            if group == "leader" and source.leader_column() is not None:
                return session.title("leader", key)
            if group == "parent" and source.parent is not None:
                return session.title(source.parent.name, key)
            field = source.field(group)
            if field is not None:
                kind_of = TYPES[field.type]
                return kind_of.format(kind_of.from_db(key), field, session.names)
    return str(key)


def figures(
    session: ReadContext,
    period: str | Period | None = None,
    unit: str | None = None,
    names: Sequence[str] | None = None,
    ledgers: Sequence[str] | None = None,
    way: Callable[..., dict[str, Number]] = count,
) -> list[dict[str, Any]]:
    """All figures this person may see, as the command line answers them (``unit`` is the unit of
    measure), counted by ``way``."""
    asked = period_of(period)
    wanted = names if names is not None else [f.name for f in visible(session)]
    numbers = way(session, wanted, period=asked, unit=unit, ledgers=ledgers)
    scope = session.unit_name(unit) if unit else "全部"
    return [
        {
            "name": name,
            "label": numbers[name].figure.label,
            "value": plain(numbers[name].value),
            "unit": numbers[name].measure,
            "numerator": plain(numbers[name].numerator),
            "denominator": plain(numbers[name].denominator),
            "period": asked.text if asked else None,
            "scope": scope,
        }
        for name in wanted
    ]


def plain(number: int | Decimal | None) -> int | float | None:
    """A number for JSON."""
    if not isinstance(number, Decimal):
        return number
    return int(number) if number == number.to_integral_value() else float(number)


def told(session: ReadContext, number: Number) -> dict[str, Any]:
    """A figure with its formula, as the command line answers it."""
    return {
        "name": number.figure.name,
        "label": number.figure.label,
        "value": plain(number.value),
        "unit": number.measure,
        "numerator": plain(number.numerator),
        "denominator": plain(number.denominator),
        "formula": formula(session, number.figure.name),
    }


def listed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The records behind a figure, likewise."""
    return [{"kind": r.kind, "uid": r.uid, "title": r.title, "counted": r.counted} for r in rows]


def rows_behind(
    session: ReadContext,
    name: str,
    *,
    period: str | Period | None = None,
    unit: str | None = None,
    ledgers: Sequence[str] | None = None,
    limit: int | None = None,
    group: tuple[str, Any] | None = None,
) -> list[Row]:
    """The records behind a figure: those of the numerator, and for a share those of the denominator
    with ``counted`` told.

    ``group`` limits them to one line of a table: what it is grouped by and the line's key.
    """
    figure = declared(session).get(name)
    asked = Tally(
        session, period_of(period), unit, ledgers, group[0] if group is not None else None
    )
    found: list[Row] = []
    for source in asked.sources(figure):
        within: Sql | None = None
        if group is not None:
            key = asked.key(figure, source)
            if key is None:
                continue
            within = Sql(f"{key.text} IS ?", (*key.parameters, group[1]))
        left = None if limit is None else limit - len(found)
        connection = session.book_of(source.kind.name).connection
        found += [
            row for _, row in read_rows(session, asked, figure, source, connection, within, left)
        ]
    return found


def read_rows(
    session: ReadContext,
    asked: Tally,
    figure: Figure,
    source: Source,
    connection: Any,
    within: Sql | None = None,
    limit: int | None = None,
) -> list[tuple[int, Row]]:
    """The records of one table behind a figure, each with its place in the table, read over a
    connection that has that table."""
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
    kind_of = TYPES[title.type]
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
        kind_of = TYPES[title.type]
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


def formula(session: ReadContext, name: str) -> str:
    """How the figure is worked out, in words."""
    figure = declared(session).get(name)
    return figure.formula or figure.help or f"{figure.label} ＝ 符合条件的{figure.measure}数"
