"""Counting: some figures over a period, a unit, some ledgers, by a group, in as few passes over the
tables as there are.

Figures that read the same table over the same period field are counted in one pass.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from db.metrics import report_due_days
from db.metrics.metric_sql import Aggregate, Compiler, scale_of
from db.metrics.scope import Scope
from db.metrics.sources import Source, Sql, flat, sources
from db.model import periods
from db.model.declarations import Figure, Filter, Kind
from db.model.groups import area_of
from db.model.sql import quoted

if TYPE_CHECKING:
    from db.model.context import ReadContext


_ROW = re.compile(r"\bc\.")
#: Figures above which a pass is quicker in two steps.
MANY = 3


class Sums(msgspec.Struct):
    """What was counted for one figure in one group."""

    numerator: int | Decimal = 0
    denominator: int | Decimal = 0
    blank: bool = False
    """Some rows had nothing to add up."""
    measure: str | None = ""
    """The unit of measure that the rows name; None where they name several."""


class FigureQuery:
    """One question: some figures over a period, a unit, some ledgers, by a group."""

    def __init__(
        self,
        session: ReadContext,
        scope: Scope,
        group: str | None = None,
        as_of: dt.date | None = None,
    ) -> None:
        self.session, self.group = session, group
        self.period, self.unit = scope.period, scope.unit
        self.ledgers = frozenset(scope.ledgers) if scope.ledgers is not None else None
        self.compiler = Compiler(session, as_of)
        self.found: dict[str, dict[object, Sums]] = {}
        self._read: dict[tuple[object, ...], list[Source]] = {}
        self._rows: dict[str, bool] = {}
        self._due: dict[str, list[report_due_days.ReportSlot]] = {}

    def sources(self, figure: Figure) -> list[Source]:
        """The tables a figure reads, narrowed to the ledgers asked for. ``NotPermitted`` without
        the key of one."""
        place = (figure.kinds, figure.lifecycles, figure.parents, figure.moves, figure.slots)
        if place not in self._read:  # the same for most figures
            self._read[place] = self._asked_for(figure)
        read = self._read[place]
        if figure.slots or not self.compiler.past:
            return read
        day, alike = self.compiler.today, self.group in (None, "unit", "ledger") or bool(
            area_of(self.group)
        )
        return [s.as_of(self.session.kinds, day, figure, by_day=alike) for s in read]

    def _asked_for(self, figure: Figure) -> list[Source]:
        """The tables of figures like this one that have rows."""
        read = sources(self.session.kinds, figure)
        if self.ledgers is not None:
            read = [s for s in read if s.ledger.name in self.ledgers or s.kind.name in self.ledgers]
        for source in read:
            self.session.book_of(source.kind.name)
        read = [s for s in read if self._filled(s.kind) and self._filled(s.ledger)]
        return [self._slotted(source) for source in read] if figure.slots else read

    def _filled(self, kind: Kind) -> bool:
        """Whether a table has rows at all: most ledgers of an office have none, and each would be
        asked several times over."""
        if kind.name not in self._rows:
            connection = self.session.book_of(kind.name).connection
            found = connection.execute(f"SELECT 1 FROM {quoted(kind.name)} LIMIT 1").fetchone()
            self._rows[kind.name] = found is not None
        return self._rows[kind.name]

    def _slotted(self, source: Source) -> Source:
        """Each report that is due on the rows, in the period or last."""
        day, whose = self.compiler.today, report_due_days.told_for(self.session, source.kind)
        if whose not in self._due:  # the same for most ledgers, and for each figure
            self._due[whose] = report_due_days.slots(self.session, whose, self.period, day)
        return source.slotted(
            self.session.kinds, self._due[whose], day, self.compiler.moment,
            last=self.period is None,
        )

    def frame(self, figure: Figure, source: Source) -> Sql:
        """What every row must meet, numerator or denominator: alive, of the unit, in the period."""
        # what lies in the recycle bin has no spans
        parts = [*source.frame_of_spans(self.compiler.today)]
        parts += [] if source.slim else [Sql("c.deleted = 0")]
        if self.unit is not None:
            parts.append(self.compiler.of_unit(source, figure, self.period, self.unit))
        if figure.over != "events":
            parts.append(self.compiler.in_place(source, figure, self.period))
        elif self.period is not None and figure.period is not None:
            if figure.count == "latest" or figure.count.startswith("latest_mean"):
                # cumulative values of the year: last year's indicator says nothing of this year's
                # target
                parts.append(
                    self.compiler.within(source, figure.period, periods.year_until(self.period))
                )
            else:
                within = (
                    self.compiler.until
                    if figure.count.startswith("latest")
                    else self.compiler.within
                )
                parts.append(within(source, figure.period, self.period))
        if self.period is None and figure.period is not None:
            parts.append(self.compiler.happened(source, figure.period))
        if figure.count.startswith("latest"):
            replaced = self.compiler.superseded(source, figure, self.period)
            parts += [replaced] if replaced is not None else []
        return Sql.all_of(parts)

    def parts(self, figure: Figure, source: Source) -> tuple[Sql, Sql]:
        """The conditions of numerator and denominator."""
        base = Sql.all_of([
            self.compiler.is_countable(source, figure),
            self.compiler.conditions(source, figure.where),
        ])
        numerator = Sql.all_of([base, self.compiler.conditions(source, figure.numerator)])
        denominator = Sql.all_of([base, self.compiler.conditions(source, figure.denominator or ())])
        return numerator, denominator

    def key(self, figure: Figure, source: Source) -> Sql | None:
        """What rows are counted apart by; NULL where all are one group, None where the source has
        no such group."""
        return (
            Sql("NULL")
            if self.group is None
            else self.compiler.group(source, figure, self.group, self.period)
        )

    def run(self, figures: Sequence[Figure]) -> dict[str, dict[object, Sums]]:
        """Counts of every figure by group key; without a group the key is None."""
        together: dict[tuple[str, str, Sql, Sql], list[tuple[Figure, Source]]] = {}
        for figure in figures:
            self.found[figure.name] = {}
            way = Aggregate.of(figure, figure.count).way
            if way == "distinct":
                self._distinct(figure)
                continue
            for whole in self.sources(figure):
                source = self._slimmed(figure, whole) if way == "rows" else whole
                key = self.key(figure, source)
                if key is None:
                    continue
                if way.startswith("latest"):
                    self._latest(figure, source, key)
                else:
                    frame = self.frame(figure, source)
                    place = (source.kind.name, source.tables, frame, key)
                    together.setdefault(place, []).append((figure, source))
        for (_, _, frame, key), batch in together.items():
            self._together(batch, frame, key)
        return self.found

    def _slimmed(self, figure: Figure, source: Source) -> Source:
        """The source without its rows where nothing of them is asked: each would be fetched from a
        place of its own."""
        slim = source.slimmed(self.session.kinds)
        if slim is None:
            return source
        texts = [self.frame(figure, slim), *self.parts(figure, slim)]
        texts += [key] if (key := self.key(figure, slim)) is not None else []
        return source if any(_ROW.search(each.text) for each in texts) else slim

    def _add(self, figure: Figure, key: Any, numerator: Any, denominator: Any) -> Sums:
        sums = self.found[figure.name].setdefault(key, Sums())
        sums.numerator += numerator or 0
        sums.denominator += denominator or 0
        sums.blank |= numerator is None
        return sums

    def _execute(self, source: Source, text: str, parameters: Sequence[object]) -> Iterator[Any]:
        connection = self.session.book_of(source.kind.name).connection
        yield from connection.execute(text, tuple(parameters))

    def _together(self, batch: list[tuple[Figure, Source]], frame: Sql, key: Sql) -> None:
        """One pass over one table for all figures that share frame and group. What several of them
        count the same is counted once."""
        columns: dict[Sql, int] = {}
        places: list[tuple[int, int]] = []
        scales: list[tuple[int, int]] = []
        pieces: dict[Sql, str] = {}
        in_two = len(batch) > MANY and all(each.count == "rows" for each, _ in batch)
        self.compiler.beforehand = pieces if in_two else None
        for each, same in batch:
            aggregate = Aggregate.of(each, each.count)
            name = aggregate.fields[0] if aggregate.fields else ""
            over = each.divide_by or name
            scales.append((
                scale_of(same, name) if name else 1,
                scale_of(same, over) if over and aggregate.way != "mean" else 1,
            ))
            above, below = self._columns(each, same, aggregate.way, name, over)
            places.append((
                columns.setdefault(above, len(columns)), columns.setdefault(below, len(columns)),
            ))
        self.compiler.beforehand = None
        tables = self._rows_of(batch, frame)
        asked = (
            self._in_two(key, list(columns), pieces, tables) if in_two
            else self._asked(key, list(columns), tables)
        )
        for row in self._execute(batch[0][1], asked.text, asked.parameters):
            counted = row[1:]
            for (each, _), (first, second), (of_first, of_second) in zip(
                batch, places, scales, strict=True
            ):
                self._add(
                    each, row[0], scaled(counted[first], of_first),
                    scaled(counted[second], of_second),
                )

    def _rows_of(self, batch: list[tuple[Figure, Source]], frame: Sql) -> Sql:
        """The rows of a pass. Of a child that none of the figures can count the record above is not
        looked up; told apart, a group of which nothing counts is a line too, and all are read."""
        source = batch[0][1]
        parts = [frame]
        if source.parent is not None and self.group is None:
            own = [[f for f in each.where if _of_row_alone(f)] for each, _ in batch]
            if all(own):
                wanted = [self.compiler.conditions(source, filters) for filters in own]
                parts.append(Sql.all_of(list(dict.fromkeys(wanted)), " OR "))
        condition = Sql.all_of(parts)
        return Sql(f"{source.tables} WHERE {condition.text}", condition.parameters)

    def _columns(
        self, figure: Figure, source: Source, way: str, name: str, over: str
    ) -> tuple[Sql, Sql]:
        """What is counted of a figure: its numerator and its denominator."""
        numerator, denominator = self.parts(figure, source)
        above, below = _aggregated(source, way, name, numerator), Sql("0")
        if way == "mean":
            below = _filled(source, name, numerator)
        elif figure.denominator is not None:
            below = _aggregated(source, way, over, denominator)
        return above, below

    def _asked(self, key: Sql, columns: Sequence[Sql], tables: Sql) -> Sql:
        text = f"SELECT {', '.join(each.text for each in (key, *columns))} FROM {tables.text}"
        text += " GROUP BY 1" if self.group is not None else ""
        parts = (key, *columns, tables)
        return Sql(text, tuple(value for part in parts for value in part.parameters))

    def _in_two(self, key: Sql, columns: Sequence[Sql], pieces: dict[Sql, str], tables: Sql) -> Sql:
        """The same in two steps, which is quicker where much is counted: the pieces of all
        conditions are worked out once for each row, and rows alike in them are one line then."""
        piece_columns = [Sql(f"{p.text} AS {name}", p.parameters) for p, name in pieces.items()]
        lines = self._asked(
            Sql(f"{key.text} AS k", key.parameters), [*piece_columns, Sql("count(*) AS n")], tables
        )
        by = ", ".join(str(place + 1) for place in range(len(piece_columns) + 1))
        text = lines.text.removesuffix(" GROUP BY 1") + f" GROUP BY {by}"
        sums = [
            Sql(f"coalesce({c.text.replace('count(*)', 'sum(n)', 1)}, 0)", c.parameters)
            for c in columns
        ]
        return self._asked(Sql("k"), sums, Sql(f"({text})", lines.parameters))

    def _distinct(self, figure: Figure) -> None:
        """Different people, however often and wherever they stand: all tables at once."""
        selects: list[Sql] = []
        read = self.sources(figure)
        for source in read:
            key = self.key(figure, source)
            who = self.compiler.people(source, Aggregate.of(figure, figure.count).fields)
            if key is None or who is None:
                continue
            frame, (numerator, _) = self.frame(figure, source), self.parts(figure, source)
            selects.append(
                Sql(
                    f"SELECT {key.text} AS k, {who[0]} AS x FROM {source.tables}{who[1]} WHERE"
                    f" {frame.text} AND {numerator.text}",
                    (*key.parameters, *frame.parameters, *numerator.parameters),
                )
            )
        if selects:
            whole = " UNION ALL ".join(s.text for s in selects)
            text = f"SELECT k, count(DISTINCT x) FROM ({whole}) GROUP BY k"
            for key_value, number in self._execute(
                read[0], text, [v for s in selects for v in s.parameters]
            ):
                self._add(figure, key_value, number, 0)

    def _latest(self, figure: Figure, source: Source, key: Sql) -> None:
        """The newest row of each ``by`` up to the period's end, then their sum (or mean): a
        headcount is not added up over time. Without a field, those rows themselves are counted: how
        many of them meet the numerator."""
        aggregate = Aggregate.of(figure, figure.count)
        frame, (numerator, denominator) = self.frame(figure, source), self.parts(figure, source)
        if not aggregate.fields:
            inner = (
                f"SELECT {key.text} AS k, {numerator.text} AS x, {newest(figure, source)} FROM"
                f" {source.tables}"
            )
            parameters = (
                *key.parameters, *numerator.parameters, *frame.parameters, *denominator.parameters,
            )
            inner += f" WHERE {frame.text} AND {denominator.text}"
            for key_value, above, below in self._execute(
                source,
                f"SELECT k, sum(x), count(*) FROM ({inner}) WHERE n = 1 GROUP BY k",
                parameters,
            ):
                self._add(figure, key_value, above, below)
            return
        column = source.column(aggregate.fields[0])
        if column is None:
            return
        measure = (source.column(figure.measured_by) if figure.measured_by else None) or "''"
        inner = (
            f"SELECT {key.text} AS k, {column} AS x, {measure} AS m, {newest(figure, source)} FROM"
            f" {source.tables}"
            f" WHERE {frame.text} AND {numerator.text} AND {column} IS NOT NULL"
        )
        parameters = (*key.parameters, *frame.parameters, *numerator.parameters)
        scale = scale_of(source, aggregate.fields[0])
        text = (
            "SELECT k, sum(x), count(*), CASE WHEN count(DISTINCT coalesce(m, '')) = 1 THEN"
            f" coalesce(max(m), '') END FROM ({inner}) WHERE n = 1 GROUP BY k"
        )
        for key_value, total, rows, said in self._execute(source, text, parameters):
            self._add(figure, key_value, scaled(total, scale), rows).measure = said


def _of_row_alone(asked: Filter) -> bool:
    """Whether a condition asks nothing of the record above."""
    names = (name for each in flat([asked]) for name in (each.field, each.other or ""))
    return not any(name.startswith("parent.") for name in names)


def _aggregated(source: Source, way: str, name: str, condition: Sql) -> Sql:
    if way == "rows":
        return Sql(f"count(*) FILTER (WHERE {condition.text})", condition.parameters)
    column = source.column(name)
    if column is None:
        return Sql("0")
    # nothing to add up is nought; rows that have nothing in this field are no value
    text = (
        f"CASE WHEN count(*) FILTER (WHERE {condition.text}) = 0 THEN 0"
        f" ELSE sum({column}) FILTER (WHERE {condition.text}) END"
    )
    return Sql(text, (*condition.parameters, *condition.parameters))


def _filled(source: Source, name: str, condition: Sql) -> Sql:
    """How many rows have something in the field."""
    column = source.column(name) or "NULL"
    return Sql(f"count({column}) FILTER (WHERE {condition.text})", condition.parameters)


def scaled(number: int | None, scale: int) -> int | Decimal | None:
    """A stored number as it is meant."""
    return number if scale == 1 or number is None else Decimal(number) / scale


def newest(figure: Figure, source: Source) -> str:
    """For a figure of newest rows: the place of each row among those alike, 1 for the newest; else
    nothing."""
    if not figure.count.startswith("latest"):
        return "1 AS n"
    by = (source.column(figure.by) if figure.by else source.unit_column(figure)) or "1"
    when = source.column(figure.period) if figure.period else "c.id"
    return f"row_number() OVER (PARTITION BY {by} ORDER BY {when} DESC, c.id DESC) AS n"
