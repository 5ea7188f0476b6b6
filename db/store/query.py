"""Queries as SQL, and what they find."""

from __future__ import annotations

import datetime as dt
import json
from array import array
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

import msgspec

from db.errors import BadInput
from db.model import due_state, lights
from db.model.declarations import Field
from db.model.fieldtypes import TYPES, of, row_unit
from db.model.kinds import Kinds
from db.model.query import PSEUDO, UNITS, Query, Where, units_of
from db.model.sql import quoted
from db.store import fulltext as search
from db.store import spans

if TYPE_CHECKING:
    from db.model.workdays import Workdays
    from db.store.book import Book

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


class Compiled:
    """A query as SQL: ``where`` and ``order`` with their parameters."""

    def __init__(self, query: Query, context: Context) -> None:
        self.kind = context.kinds.get(query.kind)
        self.context = context
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
            return f"{quoted(name)} {_BLANK[where.op]}"
        field = self.kind.field(name)
        return self._many(field, where) if of(field).many else self._one(field, where)

    def _one(self, field: Field, where: Where) -> str:
        """The one value of a field beside what is asked for."""
        column, to_db = quoted(field.name), TYPES[field.type].to_db
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
            many = of(self.kind.field(name)).many
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
        column = worked_out[where.field]() if where.field in worked_out else where.field
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
        """One search term: in the record's text, or the name of a unit it belongs to."""
        options: list[str] = []
        match = search.match_of(term)
        columns = [quoted(f.name) for f in self.kind.all_fields if _is_looked_through(f)]
        looked = "(" + (" OR ".join(f"{c} LIKE ? ESCAPE '\\'" for c in columns) or "0") + ")"
        like = [f"%{_like(term)}%"] * len(columns)
        if match is not None:
            text = (
                "id IN (SELECT rec FROM search_rows r JOIN search ON search.rowid = r.id WHERE"
                " r.kind = ? AND search MATCH ?)"
            )
            self.parameters += [self.kind.name, match]
            if search.needs_check(term):
                self.parameters += like
                text += f" AND {looked}"
            options.append(f"({text})")
        # Rows that came in bulk and wait for the index are looked through one by one.
        options.append(f"(id IN (SELECT rec FROM search_waiting WHERE kind = ?) AND {looked})")
        self.parameters += [self.kind.name, *like]
        units = self.context.units_named(term)
        options += self._naming(list(units)) if units else []
        return "(" + " OR ".join(options) + ")"

    def _naming(self, units: list[str]) -> Iterator[str]:
        """Each field that may name one of the units."""
        for field in self.kind.all_fields:
            column = quoted(field.name)
            if of(field).one_unit:
                self.parameters += units
                yield f"{column} IN ({','.join('?' * len(units))})"
            elif of(field).names_units:
                # A uid stands in quotes in the JSON list, so a plain look for it is exact and far
                # cheaper than json_each.
                self.parameters += [f'"{uid}"' for uid in units]
                yield from [f"instr({column}, ?) > 0"] * len(units)

    def _sort(self, name: str, descending: bool, parameters: list[object]) -> str:
        if name == "unit" and not self.kind.has("unit"):
            return self._sort(self.kind.unit, descending, parameters) if self.kind.unit else "id"
        column = quoted(name)
        own: list[object] = []
        if name == "light":
            before, self.parameters = self.parameters, own
            column = self._light()
            self.parameters = before
        elif name == due_state.FIELD:
            column = self._due_state()
        elif name not in PSEUDO:
            column = TYPES[self.kind.field(name).type].sort_sql(column)
        rank = self._rank(name)
        if rank is not None and len(rank) <= 12:
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
        if of(field).one_listed:
            return _places(o.name for o in field.options)
        return self.context.unit_order() if of(field).one_unit else None

    def sql(self, columns: str) -> tuple[str, list[object]]:
        """The whole statement and its parameters, in the order in which they stand in it."""
        text = (
            f"SELECT {columns} FROM {self.table}{self.joins} WHERE {self.where} ORDER"
            f" BY {self.order}{self.limit}"
        )
        return text, self.join_parameters + self.parameters + self.order_parameters


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def ids(book: Book, query: Query, context: Context) -> array[int]:
    """Row ids in order, 8 bytes each: a list of 1M rows costs 8 MB. Runs in a worker."""
    text, parameters = Compiled(query, context).sql("id")
    found = array("q")
    cursor = book.connection.execute(text, parameters)
    while rows := cursor.fetchmany(20_000):
        found.extend(row[0] for row in rows)
    return found


def count(book: Book, query: Query, context: Context) -> int:
    """How many records a query finds."""
    compiled = Compiled(msgspec.structs.replace(query, sort=(), limit=None), context)
    text = f"SELECT count(*) FROM {compiled.table} WHERE {compiled.where}"
    return int(book.connection.execute(text, compiled.parameters).fetchone()[0])


def _is_looked_through(field: Field) -> bool:
    return of(field).plain_text or of(field).holds_files


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
