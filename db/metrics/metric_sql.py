"""A declared figure as SQL: conditions and aggregates over its sources."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from db.errors import BadInput, DeclarationError
from db.metrics.sources import NAMED, Source, Sql, marks
from db.model import due_state, lights, lineage
from db.model.declarations import Field, Figure, Filter, Kind, Lifecycle
from db.model.fieldtypes import row_unit, type_of
from db.model.groups import ELSEWHERE, Group, area_of, of_time
from db.model.query import UNITS, units_of
from db.model.sql import listed, quoted
from db.model.text_equality import unspaced_sql
from db.units import tree

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.periods import Period

COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class Compiler:
    """Turns filters and periods into SQL, as of one day: its end, where it is gone by."""

    def __init__(self, session: ReadContext, as_of: dt.date | None = None) -> None:
        self.today = as_of or session.today
        self.past = self.today < session.today
        self.workdays = session.workdays
        self.kinds = session.kinds
        self.succession = session.names.succession
        self._session = session
        #: pieces that conditions are made of, each with the name under which it is worked out
        #: beforehand; None: they stand where they are
        self.beforehand: dict[Sql, str] | None = None

    def _piece(self, piece: Sql) -> Sql:
        """A piece of a condition, or the name of it."""
        if self.beforehand is None or piece.text in ("0", "1"):
            return piece
        return Sql(self.beforehand.setdefault(piece, f"x{len(self.beforehand)}"))

    def conditions(self, source: Source, filters: Sequence[Filter]) -> Sql:
        """All filters together."""
        return Sql.all_of([self.condition(source, each) for each in filters])

    def condition(self, source: Source, asked: Filter) -> Sql:
        """One filter; one that names a field this source lacks never holds."""
        if asked.op in ("all", "any"):
            word = " AND " if asked.op == "all" else " OR "
            return Sql.all_of([self.condition(source, each) for each in asked.filters], word)
        if asked.field in UNITS and not source.kind.has(asked.field):
            return self._whose(source, asked)
        if asked.field.startswith(NAMED):
            return self._named(source, asked)
        found = source.locate(asked.field)
        if found is None:
            return Sql("0")
        alias, kind, cycle, name = found
        column = source.column(asked.field) or "NULL"
        if name == "state":
            return _state(self._piece(Sql(column)).text, cycle, asked)
        if name in ("light", due_state.FIELD, due_state.WEEK_STATE, *source.slots):
            text, parameters = self._worked_out(source, name, alias, kind, cycle)
            worked_out = self._piece(Sql(text, tuple(parameters)))
            values = asked.value if asked.op == "in" else [asked.value]
            compared = f"IN ({marks(values)})" if asked.op == "in" else f"{COMPARE[asked.op]} ?"
            return Sql(f"{worked_out.text} {compared}", (*worked_out.parameters, *values))
        return self._piece(self._of_field(source, asked, column, kind, name))

    def _of_field(self, source: Source, asked: Filter, column: str, kind: Kind, name: str) -> Sql:
        if asked.op in ("blank", "filled"):
            return self._filled(column, kind, name, asked.op == "filled")
        if asked.other is not None:
            other = source.column(asked.other)
            return Sql(f"{column} {COMPARE[asked.op]} {other}") if other else Sql("0")
        try:
            return self._against(column, kind.field(name), asked)
        except BadInput:
            # a value of another ledger's field of this name: no row here has it
            return Sql(f"{column} IS NOT NULL" if asked.op == "ne" else "0")

    def _worked_out(
        self, source: Source, name: str, alias: str, kind: Kind, cycle: Lifecycle | None
    ) -> tuple[str, list[object]]:
        """The light, or how it stands against its deadline."""
        def column(each: str) -> str:
            return source.cell(alias, each)

        if name in source.slots:
            return source.column(name) or "NULL", []
        if name == due_state.FIELD:
            return due_state.sql(kind, cycle, self.moment, column), []
        if name == due_state.WEEK_STATE:
            return due_state.week_sql(kind, cycle, column), []
        return lights.sql(kind, cycle, self.moment, self.workdays, column)

    def _whose(self, source: Source, asked: Filter) -> Sql:
        """Who answers for a row, cooperates in it, or either (``query.UNITS``)."""
        names = units_of(source.kind, asked.field)
        parts = [
            self.condition(source, msgspec.structs.replace(
                asked, field=name,
                op="contains" if asked.op == "in" and type_of(source.kind.field(name)).many
                else asked.op,
            ))
            for name in names
        ]  # fmt: skip
        return Sql.all_of(parts, " AND " if asked.op == "blank" else " OR ") if parts else Sql("0")

    def _named(self, source: Source, asked: Filter) -> Sql:
        """Whether the person of a row stands in a roster: has the name, blanks aside, and the unit,
        whatever it was called then."""
        roster = self.kinds.get(asked.field.removeprefix(NAMED))
        under = source.column(asked.other or "")
        if under is None or roster.moment is None or roster.moment.by_name is None:
            return Sql("0")
        day = f" AND u.{quoted(roster.moment.on)} <= '{self.today}'" if self.past else ""
        name, unit = roster.moment.by_name
        same = self.succession.same_sql
        alike = (
            f"{unspaced_sql(f'u.{quoted(name)}')} = {unspaced_sql(f'c.{quoted(name)}')} AND"
            f" {same(f'u.{quoted(unit)}')} = {same(f'c.{quoted(unit)}')}"
        )
        there, here = self.kinds.person_of(roster), self.kinds.person_of(source.kind)
        if there is not None and here is not None:
            alike = f"coalesce(u.{quoted(there.name)} = c.{quoted(here.name)}, {alike})"
        return Sql(
            f"EXISTS (SELECT 1 FROM {quoted(roster.name)} u WHERE u.parent = {under} AND u.deleted"
            f" = 0{day} AND {alike})"
        )

    @property
    def moment(self) -> dt.date:
        """The day that has begun: of a day gone by its end is meant, today is not over."""
        return self.today + dt.timedelta(days=1) if self.past else self.today

    def _filled(self, column: str, kind: Kind, name: str, filled: bool) -> Sql:
        """What happened after the day had not happened on it."""
        happens = (
            self.past
            and column.startswith(("c.", "p."))
            and kind.has(name)
            and type_of(kind.field(name)).is_day
            and not (kind.lights and kind.lights.deadline == name)
        )
        if not happens:
            return Sql(f"{column} IS {'NOT ' if filled else ''}NULL")
        text = f"coalesce({column} <= '{self.today}', 0)"
        return Sql(text if filled else f"NOT {text}")

    def _against(self, column: str, field: Field, asked: Filter) -> Sql:
        if asked.op == "contains":
            if type_of(field).many:
                wanted = asked.value if isinstance(asked.value, list | tuple) else [asked.value]
                parts = [
                    Sql(f"instr({column}, ?) > 0", (json.dumps(str(each), ensure_ascii=False),))
                    for each in wanted
                ]
                return Sql.all_of(parts, " OR ")
            return Sql(f"instr({column}, ?) > 0", (str(asked.value),))
        if asked.op == "in":
            cells = tuple(self._cell(field, v) for v in asked.value)
            return Sql(f"{column} IN ({marks(cells)})", cells)
        if asked.value == "today" and type_of(field).is_day and asked.op in ("lt", "ge"):
            return Sql(f"{column} {COMPARE[asked.op]} ?", (self.moment.isoformat(),))
        return Sql(f"{column} {COMPARE[asked.op]} ?", (self._cell(field, asked.value),))

    def _cell(self, field: Field, value: object) -> Any:
        kind_of = type_of(field)
        if value == "today" and kind_of.is_day:
            return self.today.isoformat()
        return kind_of.to_db(kind_of.normalize(value, field))

    def is_countable(self, source: Source, figure: Figure) -> Sql:
        """What no figure counts that does not ask for it: drafts and what is void, of the row and
        of what it hangs under."""
        parts: list[Sql] = []
        for name, cycle in (("state", source.cycle), ("parent.state", source.parent_cycle)):
            asked = any(f.field == name and f.op in ("eq", "in") for f in figure.where)
            if cycle is not None and not asked:
                out = ["void"] if figure.drafts else ["void", "draft"]
                parts.append(self.condition(source, Filter(field=name, op="ne", value=out)))
        return Sql.all_of(parts)

    def in_place(self, source: Source, figure: Figure, period: Period | None) -> Sql:
        """Whether something begun and not over yet stands on the period's last day, or did at any
        time of it."""
        last = min(period.last, self.today) if period is not None else self.today
        first = last if figure.over == "standing" else period.first if period else dt.date.min
        parts: list[Sql] = []
        for name, sign, day in (
            (figure.period, "<=", last), (figure.until, ">=", first), (figure.gone, ">", first),
        ):
            column = source.column(name) if name else None
            if column is not None:
                text = f"({column} IS NULL OR {column} {sign} ?)"
                parts.append(Sql(text, (day.isoformat(),)))
        return Sql.all_of(parts)

    def within(self, source: Source, name: str, period: Period) -> Sql:
        """Whether a date, month or year field falls in the period."""
        low, high = self._edges(source, name, period)
        column = source.column(name)
        return Sql(f"{column} BETWEEN ? AND ?", (low, high)) if column else Sql("0")

    def until(self, source: Source, name: str, period: Period) -> Sql:
        """Whether it falls in the period or before it."""
        column = source.column(name)
        return (
            Sql(f"{column} <= ?", (self._edges(source, name, period)[1],)) if column else Sql("0")
        )

    def happened(self, source: Source, name: str) -> Sql:
        """As of a day gone by, without a period: not what came after it."""
        field, column = source.field(name), source.column(name)
        if not self.past or column is None or field is None or not self._happens(source, name):
            return Sql("1")
        return Sql(f"coalesce({column} <= ?, 1)", (self.today.isoformat(),))

    def _happens(self, source: Source, name: str) -> bool:
        """Whether a date tells of what happened, not of what is due."""
        found = source.locate(name)
        if found is not None and found[3] == "moved_on":
            return True
        if (
            found is None
            or not found[1].has(found[3])
            or not type_of(found[1].field(found[3])).is_day
        ):
            return False
        return not (found[1].lights and found[1].lights.deadline == found[3])

    def _edges(self, source: Source, name: str, period: Period) -> tuple[Any, Any]:
        field = source.field(name)
        if field is None or type_of(field).is_day:
            last = period.last
            if self.past and self._happens(source, name):
                last = min(last, self.today)
            return period.first.isoformat(), last.isoformat()
        if type_of(field).is_month:
            return period.first.isoformat()[:7], period.last.isoformat()[:7]
        return period.first.year, period.last.year

    def day(self, source: Source, figure: Figure, period: Period | None) -> str:
        """The day of which a row's unit is meant, as SQL: that of the figure's period field; for
        what goes by no date or stands there, today, and for the newest rows, the end of the period.
        """
        newest = figure.count.startswith("latest") or figure.over != "events"
        if newest and period is not None:
            return f"'{min(period.last, self.today)}'"
        if figure.period is None or newest or self._stands(source, figure, period):
            return f"'{self.today}'"
        column, field = source.column(figure.period), source.field(figure.period)
        if column is None or field is None:
            return f"'{self.today}'"
        if source.moves:  # it was given away by whoever had it the day before
            return column if source.moves == "in" else f"date({column}, '-1 day')"
        # A month or a year goes by its last day, as everywhere. Text, so that a comparison with a
        # day is one of texts.
        rest = "0000-12-31"[type_of(field).iso_length or 10 :]
        text = f"coalesce({column} || '{rest}', '{self.today}')" if rest else (
            f"coalesce({column}, '{self.today}')"
        )
        return f"min({text}, '{self.today}')" if self.past else text

    @staticmethod
    def _stands(source: Source, figure: Figure, period: Period | None) -> bool:
        """Whether it is what stands there on the day: said to be (``Figure.moment``), or what was
        given out and is not done, where no period is asked in which that was."""
        cycle = source.cycle
        if figure.moment or period is not None or cycle is None or figure.period != cycle.day:
            return bool(figure.moment)
        asked = [f for f in figure.where if f.field == "state" and f.op in ("eq", "in")]
        undone = {*cycle.open_states, *(s.name for s in cycle.states if s.paused)}
        return bool(asked) and undone.issuperset(n for f in asked for n in _states(cycle, f))

    def unit(self, source: Source, figure: Figure, period: Period | None) -> str | None:
        """Whose row it is on its day: units follow one another."""
        column, held = source.unit_column(figure), source.custody_fields(self.kinds)
        if column is None or not (self.succession or held):
            return column
        day = self.day(source, figure, period)
        hands = source.custody_columns(self.kinds, figure, column)
        whose = [self.succession.sql(each, day, held) for each, held in hands]
        if len(whose) == 1:
            return whose[0]
        return f"(CASE WHEN {hands[0][0]} IS NOT NULL THEN {whose[0]} ELSE {whose[1]} END)"

    def of_unit(self, source: Source, figure: Figure, period: Period | None, unit: str) -> Sql:
        """Whether a row is that unit's on its day."""
        column = source.unit_column(figure)
        if column is None:
            return Sql("0")
        held = source.custody_fields(self.kinds)
        if not (self.succession or held):
            return Sql(f"{column} = ?", (unit,))
        few = self.succession.possible_units(unit)
        whose = self.unit(source, figure, period)
        named = f"{column} IN ({marks(few)})" + (
            f" OR {held[0]} IS NOT NULL" if held is not None else ""
        )
        return Sql(f"(({named}) AND {whose} = ?)", (*few, unit))

    def person(self, source: Source, name: str) -> str | None:
        """A field by which people are told apart, as SQL: a unit under another name is the same
        unit, a name with blanks in it the same."""
        column, field = source.column(name), source.field(name)
        if column is None or field is None:
            return column
        if type_of(field).one_unit:
            return self.succession.same_sql(column)
        return unspaced_sql(column) if type_of(field).single_line else column

    def people(self, source: Source, names: Sequence[str]) -> tuple[str, str] | None:
        """What tells people of a roster apart, and what has to be joined for it: by words, but for
        whoever it was decided of which person of the office they are."""
        known = list(filter(None, (self.person(source, name) for name in names)))
        if len(known) < len(names):
            return None
        joined = " || char(31) || ".join(f"coalesce({c}, '')" for c in known)
        joined = f"nullif({joined}, '')" if len(known) == 1 else joined
        moment, link = source.kind.moment, self.kinds.person_of(source.kind)
        if moment is None or moment.by_name is None or link is None or (
            set(moment.by_name) != set(names)
        ):
            return joined, ""
        table, key = quoted(source.kind.name), joined.replace("c.", "r.")
        return lineage.decided_sql("c", link.name, joined, f"{table} r", key)

    def leader(self, source: Source) -> str | None:
        """The leader in charge, as SQL: a name in words counts with the one person of the roster
        who is called so."""
        found = source.leader(self.kinds)
        if found is None:
            return None
        column, field = found
        roster = self.kinds.leader_roster
        if not type_of(field).single_line:
            return column
        name = f"nullif({unspaced_sql(column)}, '')"
        if roster is None or roster.book != source.kind.book:
            return name
        called = unspaced_sql(f"r.{quoted(roster.title)}")
        return (
            f"coalesce((SELECT CASE count(*) WHEN 1 THEN max(r.uid) END FROM"
            f" {quoted(roster.name)} r WHERE r.deleted = 0 AND {called} = {name}), {name})"
        )

    def superseded(self, source: Source, figure: Figure, period: Period | None) -> Sql | None:
        """For newest rows by unit: one of a unit that ceased no longer counts once a unit that
        stands for it has a row of its own, so that nobody is counted twice, and nobody is lost
        before."""
        by, when = source.locate(figure.by or row_unit(source.kind) or "unit"), (
            source.locate(figure.period) if figure.period else None
        )
        if (
            not self.succession
            or by is None
            or when is None
            or by[0] != "c"
            or when[0] != "c"
            or not by[1].has(by[3])
        ):
            return None
        if not type_of(by[1].field(by[3])).one_unit:
            return None
        table, unit, moment = quoted(source.kind.name), quoted(by[3]), quoted(when[3])
        filled = "".join(
            f" AND n.{quoted(name)} IS NOT NULL"
            for name in Aggregate.of(figure, figure.count).fields
        )
        last = self._edges(source, when[3], period)[1] if period else "9999-12-31"
        length = type_of(when[1].field(when[3])).iso_length or 10
        low, high = f"n.{moment} >= CASE n.{unit}", f"n.{moment} <= '{str(last)[:length]}'"
        cases: list[str] = []
        for uid in self.succession.units:
            later = self.succession.successors(uid)
            if not later:
                continue
            heirs = listed(heir for heir, _ in later)
            days = " ".join(f"WHEN '{heir}' THEN '{since[:length]}'" for heir, since in later)
            cases.append(
                f"WHEN '{uid}' THEN EXISTS (SELECT 1 FROM {table} n WHERE n.deleted = 0 AND"
                f" n.{unit} IN ({heirs}){filled} AND {low} {days} END AND {high})"
            )
        # cases, not alternatives: SQLite takes only so many of those in one expression
        return Sql(f"NOT (CASE c.{unit} {' '.join(cases)} ELSE 0 END)") if cases else None

    def group(
        self, source: Source, figure: Figure, group: str, period: Period | None
    ) -> Sql | None:
        """What rows are grouped by; None when this source cannot say."""
        if group == "unit":
            column = self.unit(source, figure, period)
        elif area := area_of(group):
            column = self._area(self.unit(source, figure, period), area)
        elif group == "ledger":
            return Sql("?", (source.ledger.name,))
        elif group == "leader":
            column = self.leader(source)
        elif (time := of_time(group)) is not None:
            return self._time_group(source, figure, time)
        else:
            column = source.column(group)
        if column is None:
            # What has no unit or leader stands under "none", so that the lines add up to the whole.
            return Sql("NULL") if group in ("unit", "leader") else None
        # The + keeps SQLite from walking an index in group order, which fetches every row from a
        # place of its own, instead of reading a covering index from end to end.
        return Sql(f"+{column}")

    def _area(self, unit: str | None, category: str) -> str:
        """The unit of a category at or above a row's own, as SQL."""
        below: dict[str, list[str]] = {}
        day = self.today if self.past else None
        for uid, above in tree.areas(self._session, category, day).items():
            below.setdefault(above, []).append(f"'{uid}'")
        if unit is None or not below:
            return f"'{ELSEWHERE}'"
        cases = (f"WHEN x.u IN ({', '.join(uids)}) THEN '{top}'" for top, uids in below.items())
        area = f"CASE {' '.join(cases)} ELSE '{ELSEWHERE}' END"
        return f"(SELECT {area} FROM (SELECT {unit} AS u) x)"

    def _time_group(self, source: Source, figure: Figure, time: Group) -> Sql | None:
        dated = figure.period if figure.over == "events" else None
        column = source.column(dated) if dated else None
        field = source.field(dated) if dated else None
        if column is None or field is None:
            return None
        kind_of = type_of(field)
        form = time.of_year
        if kind_of.is_day or kind_of.is_month:
            form = time.of_day if kind_of.is_day else time.of_month
        return Sql(form.format(column)) if form else None


def _states(cycle: Lifecycle, asked: Filter) -> list[str]:
    """The names of the states that a condition tells of."""
    wanted: list[str] = []
    for value in asked.value if isinstance(asked.value, list | tuple) else (asked.value,):
        match value:
            case "open":
                wanted += cycle.open_states
            case "counted":
                wanted += cycle.counted_states
            case "asked":
                wanted += cycle.asked_states
            case "closed" | "void" | "draft" | "paused":
                wanted += [
                    s.name
                    for s in cycle.states
                    if getattr(s, str(value)) and (value == "void" or not s.void)
                ]
            case _:
                wanted += [s.name for s in cycle.states if s.name == value]
    return wanted


def _state(column: str, cycle: Lifecycle | None, asked: Filter) -> Sql:
    if cycle is None:
        return Sql("0")
    wanted = _states(cycle, asked)
    negated = "NOT " if asked.op == "ne" else ""
    if not wanted:
        return Sql("1" if negated else "0")
    return Sql(f"{column} {negated}IN ({marks(wanted)})", tuple(wanted))


class Aggregate(msgspec.Struct, frozen=True):
    """What is counted, taken apart: ``way`` is rows, sum, mean, distinct, latest or latest_mean;
    ``fields`` its operands."""

    way: str
    fields: tuple[str, ...]

    @staticmethod
    def of(figure: Figure, text: str) -> Aggregate:
        """Read "rows", "sum:x", "mean:x", "distinct:x,y", "latest", "latest:x",
        "latest_mean:x"."""
        way, _, rest = text.partition(":")
        fields = tuple(f for f in rest.split(",") if f)
        if way not in ("rows", "sum", "mean", "distinct", "latest", "latest_mean") or (
            way != "latest" and (way == "rows") != (not fields)
        ):
            raise DeclarationError(f"指标声明 {figure.name}：count「{text}」看不懂。")
        return Aggregate(way, fields)


def scale_of(source: Source, name: str) -> int:
    """What a stored number is divided by."""
    field = source.field(name)
    return type_of(field).scale if field is not None else 1
