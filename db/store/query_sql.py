"""A query as one SQL statement."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from db.errors import BadInput
from db.model import due_state, lights
from db.model.dates import parse_month
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, row_unit, type_of
from db.model.kinds import Kinds
from db.model.query import PSEUDO, UNITS, Query, Where, units_of
from db.model.sql import quoted
from db.store import fulltext as search
from db.store import schema, spans
from db.store.match_counts import Indexed

if TYPE_CHECKING:
    from db.model.workdays import Workdays

#: Places of an order by which a statement can tell each value's.
FEW = 12
_TIMES = ("created_at", "updated_at")
_BLANK = {"blank": "IS NULL", "filled": "IS NOT NULL"}
_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class Context(Protocol):
    """What a query needs to know besides the book: names of units, and what day it is."""

    kinds: Kinds

    @property
    def today(self) -> dt.date: ...
    @property
    def workdays(self) -> Workdays: ...
    def units_named(self, text: str) -> list[str]: ...
    def unit_order(self) -> dict[str, int]: ...
    def taken_over(self, unit: str) -> tuple[str, ...]: ...


class Ranked(NamedTuple):
    """An order by a value of which there are few, each with a place of its own: a state, a unit, a
    light. The value as SQL with its parameters."""

    name: str
    value: str
    parameters: list[object]
    rank: dict[str, int]
    descending: bool

    def places(self) -> list[list[str]]:
        """The values in order, those of one place together."""
        found: dict[int, list[str]] = {}
        for value, place in self.rank.items():
            found.setdefault(place, []).append(value)
        return [found[place] for place in sorted(found, reverse=self.descending)]


class Compiled:
    """A query as SQL: ``where`` and ``order`` with their parameters."""

    def __init__(
        self, query: Query, context: Context, known: Indexed | None = None, *,
        in_order: bool = False, walking: bool = False,
    ) -> None:
        """``known``: what the book itself says of its texts. ``in_order``: by an index of the order
        asked for alone; ``walking``: each row asked in turn, which ends after some."""
        self.kind = context.kinds.get(query.kind)
        self.context, self._known, self._walking = context, known, walking
        self._plus = "+" if in_order or walking else ""
        self._by = query.sort[0][0] if query.sort else ""
        #: whether every word that is searched for is in many records
        self.all_often = True
        self.table, self.day = quoted(self.kind.name), context.today
        if query.as_of is not None and query.as_of < context.today:
            self.table = spans.rows_on(context.kinds, self.kind, query.as_of)
            self.day = query.as_of + dt.timedelta(days=1)
        self.parameters: list[object] = []
        self.joins = ""
        self.join_parameters: list[object] = []
        parts: list[str] = []
        if query.deleted != "any":
            parts.append(f"deleted = {int(query.deleted == 'only')}")
        if query.parent is not None:
            parts.append("parent = ?")
            self.parameters.append(query.parent)
        parts += [self._condition(where) for where in query.where]
        parts += [self._term(term) for term in search.terms_of(query.search)]
        self.where = " AND ".join(parts) or "1"
        order_parameters: list[object] = []
        self.order = ", ".join([*(self._sort(n, d, order_parameters) for n, d in query.sort), "id"])
        self.order_parameters = order_parameters
        self.limit = f" LIMIT {int(query.limit)}" if query.limit is not None else ""

    def leave_out(self, ranked: Ranked) -> None:
        """Only rows whose value has no place in an order."""
        marks = ",".join("?" * len(ranked.rank))
        self.where += f" AND ({ranked.value} IS NULL OR {ranked.value} NOT IN ({marks}))"
        self.parameters += [*ranked.parameters, *ranked.parameters, *ranked.rank]

    def _light(self) -> str:
        expression, parameters = lights.sql(
            self.kind,
            self.context.kinds.lifecycle_of(self.kind),
            self.day,
            self.context.workdays,
        )
        self.parameters.extend(parameters)
        return expression

    def _due_state(self) -> str:
        cycle = self.context.kinds.lifecycle_of(self.kind)
        return due_state.sql(self.kind, cycle, self.day)

    def _condition(self, where: Where) -> str:
        name = where.field
        if name in UNITS and not self.kind.has(name):
            return self._whose(where)
        if name in PSEUDO and not self.kind.has(name):
            return self._pseudo(where)
        if where.op in _BLANK:
            column = quoted(name) if name == self._by else self._column(name)
            return f"{column} {_BLANK[where.op]}"
        field = self.kind.field(name)
        return self._many(field, where) if type_of(field).many else self._one(field, where)

    def _column(self, name: str) -> str:
        """A column that is asked for; no index of it is to be taken in the place of the order's."""
        return f"{self._plus}{quoted(name)}"

    def _one(self, field: Field, where: Where) -> str:
        """The one value of a field beside what is asked for."""
        column, to_db = self._column(field.name), TYPES[field.type].to_db
        if where.op == "contains":
            self.parameters.append(f"%{_like(str(where.value))}%")
            return f"{column} LIKE ? ESCAPE '\\'"
        if where.op == "in":
            values = [to_db(v) for v in where.value]
            self.parameters.extend(values)
            return f"{column} IN ({','.join('?' * len(values))})"
        if where.value is None:
            return f"{column} IS {'NOT ' if where.op == 'ne' else ''}NULL"
        self.parameters.append(to_db(where.value))
        if where.op == "ne":
            return f"({column} <> ? OR {column} IS NULL)"
        return f"{column} {_COMPARE[where.op]} ?"

    def _many(self, field: Field, where: Where) -> str:
        """A list of values holds one (or, for "eq", is one) of those asked for."""
        wanted = list(where.value) if isinstance(where.value, list | tuple) else [where.value]
        column = quoted(field.name)
        if where.op == "eq" and isinstance(where.value, list | tuple):
            self.parameters.append(TYPES[field.type].to_db(tuple(wanted)))
            return f"{column} = ?"
        self.parameters.extend(json.dumps(str(w), ensure_ascii=False) for w in wanted)
        inside = "(" + (" OR ".join(f"instr({column}, ?) > 0" for _ in wanted) or "0") + ")"
        return f"(NOT {inside} OR {column} IS NULL)" if where.op == "ne" else inside

    def _whose(self, where: Where) -> str:
        """Rows that a unit answers for (those of units that it took over too, while they run),
        those it cooperates in, or both."""
        names = units_of(self.kind, where.field)
        if not names:
            word = UNITS[where.field]
            raise BadInput(f"「{self.kind.label}」没有{word}，不能按它筛选。", field=where.field)
        if where.op in _BLANK:
            joined = " AND " if where.op == "blank" else " OR "
            return f"({joined.join(self._condition(Where(n, where.op)) for n in names)})"
        values = list(where.value) if isinstance(where.value, list | tuple) else [where.value]
        parts = []
        for name in names:
            many = type_of(self.kind.field(name)).many
            parts.append(self._condition(Where(name, "contains" if many else "in", values)))
        if where.op in ("eq", "in"):
            parts += self._running_of_others(names, values)
        return "(" + " OR ".join(parts) + ")"

    def _running_of_others(self, names: Collection[str], values: list[object]) -> list[str]:
        """Rows of units that these took over, as long as they run."""
        taken = [u for v in values for u in self.context.taken_over(str(v)) if u not in values]
        cycle, unit = self.context.kinds.lifecycle_of(self.kind), row_unit(self.kind)
        if not taken or cycle is None or unit not in names:
            return []
        states = [s.name for s in cycle.states if not (s.closed or s.void)]
        theirs = self._condition(Where(str(unit), "in", taken))
        return [f"({theirs} AND {self._pseudo(Where('state', 'in', states))})"]

    def _pseudo(self, where: Where) -> str:
        worked_out = {"light": self._light, due_state.FIELD: self._due_state}
        own = worked_out.get(where.field)
        column = own() if own is not None else self._column(where.field)
        if where.op == "blank":
            return f"{column} IS NULL"
        if where.op == "filled":
            return f"{column} IS NOT NULL"
        if where.op == "in":
            values = list(where.value)
            self.parameters.extend(values)
            return f"{column} IN ({','.join('?' * len(values))})"
        if where.op == "contains":
            self.parameters.append(f"%{_like(str(where.value))}%")
            return f"{column} LIKE ? ESCAPE '\\'"
        self.parameters.append(where.value)
        return f"{column} {_COMPARE[where.op]} ?"

    def _term(self, term: str) -> str:
        """One search term: in the record's text, the name of a unit it belongs to, or a month."""
        options: list[str] = []
        match = search.match_of(term)
        columns = [quoted(f.name) for f in self.kind.all_fields if _is_looked_through(f)]
        looked = "(" + (" OR ".join(f"{c} LIKE ? ESCAPE '\\'" for c in columns) or "0") + ")"
        like = [f"%{_like(term)}%"] * len(columns)
        if match is not None:
            options.append(self._indexed(term, match, looked, like))
        if self._known is None or self._known.waits():
            # Rows that came in bulk and wait for the index are looked through one by one.
            rows = "search_waiting WHERE kind = ?"
            waits = f"id IN (SELECT rec FROM {rows})"
            if self._walking:  # asked of each row in turn
                waits = f"EXISTS (SELECT 1 FROM {rows} AND rec = {self.table}.id)"
            options.append(f"({waits} AND {looked})")
            self.parameters += [self.kind.name, *like]
        units = self.context.units_named(term)
        options += self._naming(list(units)) if units else []
        month = parse_month(term)
        monthly = [quoted(each) for each in months(self.kind)] if month else []
        options += [f"{column} = ?" for column in monthly]
        self.parameters += [month] * len(monthly)
        return "(" + (" OR ".join(options) or "0") + ")"

    def _indexed(self, term: str, match: str, looked: str, like: list[str]) -> str:
        """Whether the index, and where it may find too much the text (``looked``), hold a term."""
        known = self._known
        match = known.narrowed(term, match) if known is not None else match
        name = self.kind.name
        often = known is not None and known.often(match)
        self.all_often = self.all_often and often
        walk = self._walking and known is not None and known.mostly(match)
        if walk:
            its = f"rowid = {search.BEFORE} + {self.table}.id"
            found = f"EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND {its})"
            asked = [match, name]
        else:  # all sought once and looked up; where they are many, all rows held against them
            rows = f"SELECT {search.RECORD} FROM search WHERE search MATCH ? AND {search.OF_KIND}"
            found, asked = f"{'+' if often else ''}id IN ({rows})", [match, name, name]
        fold, folds = self._folded(term) if search.needs_check(term) else ("1", [])
        if walk:  # a look at the row itself costs less than one into the index
            self.parameters += [*like, *asked, *folds]
            return f"{looked} OR ({found} AND {fold})"
        if fold == "1":
            self.parameters += asked
            return found
        self.parameters += [*asked, *like, *folds]
        return f"({found} AND ({looked} OR {fold}))"

    def _folded(self, term: str) -> tuple[str, list[str]]:
        """Whether the text holds a term in letters and digits of whatever width and case; never
        so for one of characters alone, which have but one."""
        plain = search.folded(term)
        if not any(map(str.isascii, plain)):
            return "0", []
        columns = [quoted(f.name) for f in self.kind.all_fields if _is_looked_through(f)]
        texts = [f"coalesce({column}, '')" for column in columns] or ["''"]
        return f"instr(folded({' || char(10) || '.join(texts)}), ?)", [plain]

    def _naming(self, units: list[str]) -> Iterator[str]:
        """Each field that may name one of the units."""
        for field in self.kind.all_fields:
            column = quoted(field.name)
            if type_of(field).one_unit:
                self.parameters += units
                yield f"{column} IN ({','.join('?' * len(units))})"
            elif type_of(field).names_units:
                # A uid stands in quotes in the JSON list, so a plain look for it is exact and far
                # cheaper than json_each.
                self.parameters += [f'"{uid}"' for uid in units]
                yield from [f"instr({column}, ?) > 0"] * len(units)

    def ranked(self, sort: tuple[tuple[str, bool], ...]) -> Ranked | None:
        """The order, where it is one by few values with places of their own."""
        if len(sort) != 1:
            return None
        (name, descending), = sort
        name = self._own_name(name)
        rank = self._rank(name) if name else None
        return Ranked(name, *self._sorted(name), rank, descending) if rank else None

    def alone(self, sort: tuple[tuple[str, bool], ...]) -> str | None:
        """The one short column that rows are sorted by; None where it is no such."""
        if len(sort) != 1 or self.table != quoted(self.kind.name):
            return None
        name = self._own_name(sort[0][0])
        if name in _TIMES and not self.kind.has(name):
            return name
        field = self.kind.field(name) if self.kind.has(name) else None
        return name if field is not None and schema.is_short(field) else None

    def _own_name(self, name: str) -> str:
        """The field that an order names; "" where a kind has no unit."""
        return self.kind.unit or "" if name == "unit" and not self.kind.has("unit") else name

    def _sorted(self, name: str) -> tuple[str, list[object]]:
        """The value that rows are sorted by, before it has its place."""
        own: list[object] = []
        if name == "light":
            before, self.parameters = self.parameters, own
            column = self._light()
            self.parameters = before
            return column, own
        if name == due_state.FIELD:
            return self._due_state(), own
        column = quoted(name)
        return column if name in PSEUDO else type_of(self.kind.field(name)).sort_sql(column), own

    def _sort(self, name: str, descending: bool, parameters: list[object]) -> str:
        name = self._own_name(name)
        if not name:
            return "id"
        column, own = self._sorted(name)
        rank = self._rank(name)
        if rank is not None and len(rank) <= FEW:
            parameters.append(json.dumps(rank))
            column = f"(SELECT value FROM json_each(?) WHERE key = {column})"
        elif rank is not None:
            # Joined once, with an index SQLite makes by itself, instead of looked up per row.
            alias = f"rank{self.joins.count('LEFT JOIN')}"
            self.joins += (
                f" LEFT JOIN (SELECT key, value FROM json_each(?)) {alias} ON {alias}.key ="
                f" {column}"
            )
            self.join_parameters.append(json.dumps(rank))
            column = f"{alias}.value"
        parameters += own
        return f"{column}{' DESC' if descending else ''} NULLS LAST"

    def _rank(self, name: str) -> dict[str, int] | None:
        """The order of the values, where it is not that of their letters."""
        if name == "light":
            return _places(("red", "yellow", "green", "blue", "purple", "grey"))
        if name == "state":
            cycle = self.context.kinds.lifecycle_of(self.kind)
            return _places(s.name for s in cycle.states) if cycle else None
        if name in PSEUDO:
            return None
        field = self.kind.field(name)
        if type_of(field).one_listed:
            return _places(o.name for o in field.options)
        return self.context.unit_order() if type_of(field).one_unit else None

    def from_where(self) -> str:
        """Where the rows are, unordered."""
        return f"{self.table} WHERE {self.where}"

    def sql(self, columns: str) -> tuple[str, list[object]]:
        """The whole statement and its parameters, in the order in which they stand in it."""
        text = (
            f"SELECT {columns} FROM {self.table}{self.joins} WHERE {self.where} ORDER"
            f" BY {self.order}{self.limit}"
        )
        return text, self.join_parameters + self.parameters + self.order_parameters


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def months(kind: Kind) -> list[str]:
    """The fields that hold a month, which no text does."""
    return [field.name for field in kind.all_fields if type_of(field).is_month]


def _is_looked_through(field: Field) -> bool:
    return type_of(field).plain_text or type_of(field).holds_files


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
