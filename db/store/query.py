"""Queries as SQL, and what they find."""

from __future__ import annotations

import datetime as dt
import json
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from db.errors import BadInput
from db.model import due_state, lights
from db.model.context import Connection
from db.model.dates import parse_month
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, of, row_unit
from db.model.kinds import Kinds
from db.model.query import PSEUDO, UNITS, Query, Where, units_of
from db.model.sql import quoted
from db.store import fulltext as search
from db.store import schema, spans
from db.store.connect import OperationalError
from db.store.indexed import Indexed, decode_numbers

if TYPE_CHECKING:
    from db.model.workdays import Workdays
    from db.store.book import Book

_SORTED, _GROUPED = "USE TEMP B-TREE FOR ORDER BY", "USE TEMP B-TREE FOR GROUP BY"
#: Seconds in which the first rows are found walking, else they are sought with all others; and
#: after how many of its steps SQLite looks at the clock.
_AT_ONCE, _STEPS = 0.1, 2_000
#: Seconds in which rows are counted beside the first of them, else by telling them all.
_COUNTED_AT_ONCE = 0.02
#: Records of which values are held at a time.
_AT_A_TIME = 1_500_000
#: Places of an order by which a statement can tell each value's.
_FEW = 12
#: Records from which on they are not looked up one by one, for a page and for all; and from which
#: on they are not even gathered for a page.
_SOME, _MANY, _MOST = 4_000, schema.LONG, 100_000
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
        self, query: Query, context: Context, known: Known | None = None, *,
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
        return self._many(field, where) if of(field).many else self._one(field, where)

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
        if self._known is None or self._known.waits(self.kind.name):
            # Rows that came in bulk and wait for the index are looked through one by one.
            waits = self._among("search_waiting WHERE kind = ?", self._walking)
            options.append(f"({waits} AND {looked})")
            self.parameters += [self.kind.name, *like]
        units = self.context.units_named(term)
        options += self._naming(list(units)) if units else []
        month = parse_month(term)
        months = [quoted(each) for each in _months(self.kind)] if month else []
        options += [f"{column} = ?" for column in months]
        self.parameters += [month] * len(months)
        return "(" + (" OR ".join(options) or "0") + ")"

    def _indexed(self, term: str, match: str, looked: str, like: list[str]) -> str:
        """Whether the index, and where it may find too much the text (``looked``), hold a term."""
        known = self._known
        match = known.narrowed(term, match) if known is not None else match
        asked = [self.kind.name, match]
        often = known is not None and known.often(match)
        self.all_often = self.all_often and often
        walk = self._walking and known is not None and known.mostly(match)
        found = self._among(
            f"search_rows r {'CROSS ' if walk else ''}JOIN search ON search.rowid = r.id WHERE"
            " r.kind = ? AND search MATCH ?", walk, often,
        )
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

    def _among(self, rows: str, walk: bool, often: bool = False) -> str:
        """Whether a row is one of those: asked of each row in turn, or all of them sought once,
        and each looked up; where they are many (``often``), all rows are held against them."""
        if walk:
            return f"EXISTS (SELECT 1 FROM {rows} AND rec = {self.table}.id)"
        return f"{'+' if often else ''}id IN (SELECT rec FROM {rows})"

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
        return column if name in PSEUDO else of(self.kind.field(name)).sort_sql(column), own

    def _sort(self, name: str, descending: bool, parameters: list[object]) -> str:
        name = self._own_name(name)
        if not name:
            return "id"
        column, own = self._sorted(name)
        rank = self._rank(name)
        if rank is not None and len(rank) <= _FEW:
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


class Known(Indexed):
    """What a book says of its texts before it is asked for some."""

    def __init__(self, book: Book, many: int) -> None:
        """``many``: records from which on they are not looked up one by one."""
        super().__init__(book.connection, many)

    def often(self, match: str) -> bool:
        """Whether so many records hold it that looking each up takes longer than passing all."""
        return self.held_by_more(match, self.least)

    def mostly(self, match: str) -> bool:
        """Whether so many hold it that rows looked through in turn soon give a page."""
        return self.held_by_more(match, _MOST)

    def waits(self, kind: str) -> bool:
        """Whether records of a kind are not in the index yet."""
        return self.more_than(0, "search_waiting WHERE kind = ?", kind)

    def many(self, compiled: Compiled) -> bool:
        """Whether a query finds so many records that sorting them takes longer than passing all in
        an order that an index has."""
        return self.more_than(self.least, compiled.from_where(), *compiled.parameters)

    def has_order(self, compiled: Compiled) -> bool:
        """Whether an index has the order asked for."""
        return _SORTED not in _plan(self.connection, *compiled.sql("id"))



def _plan(connection: Connection, text: str, parameters: Sequence[object]) -> list[str]:
    """How SQLite would go about it. A plan that it has explained it explains the same for ever,
    whatever indexes there are by now; and only what is read tells it of them."""
    connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    steps = connection.execute(f"EXPLAIN QUERY PLAN {text} -- {version}", parameters)
    return [step[3] for step in steps.fetchall()]


def ids(book: Book, query: Query, context: Context) -> array[int]:
    """Row ids in order, 8 bytes each: a list of 1M rows costs 8 MB. Runs in a worker."""
    known = Known(book, _MANY)
    compiled = Compiled(query, context, known)
    ranked = compiled.ranked(query.sort) if query.limit is None else None
    if ranked is not None:
        return _by_rank(book, query, compiled, ranked)
    if query.where and query.sort and query.limit is None:
        in_order = Compiled(query, context, known, in_order=True)
        if known.has_order(in_order) and known.many(compiled):
            compiled = in_order
    if not query.sort and query.limit is None:
        # in any order, by the narrowest index: the table itself may be some gigabytes
        text, parameters = f"SELECT id FROM {compiled.from_where()}", compiled.parameters
        return array("q", sorted(_numbers(book, text, parameters)))
    if (found := _filled_first(book, query, compiled, known)) is not None:
        return found
    _want_order(book, query, compiled)
    return array("q", _numbers(book, *compiled.sql("id")))


def _filled(query: Query, column: str) -> Query:
    """The rows of a query that have a value there: an index of an order holds these alone, so that
    a column costs what it is used."""
    return msgspec.structs.replace(query, where=(*query.where, Where(column, "filled")))


def _filled_first(
    book: Book, query: Query, compiled: Compiled, known: Known
) -> array[int] | None:
    """Rows with a value by an index of the order, then all others; None where there is no such
    index, or where sorting takes less."""
    column = compiled.alone(query.sort) if query.limit is None else None
    if column is None or _last_id(book, compiled) < known.least:
        return None
    first = Compiled(
        _filled(query, column), compiled.context, known, in_order=bool(query.where)
    )
    if known.has_order(compiled) or not known.has_order(first):
        return None
    if (query.where or query.search or query.parent) and not known.many(compiled):
        return None
    found = _numbers(book, *first.sql("id"))
    return array("q", chain(found, _others(book, query, compiled.context, [found])))


def _others(
    book: Book, query: Query, context: Context, found: Sequence[Sequence[int]]
) -> Iterable[int]:
    """The rows of a query that are not among these, in the order of their ids."""
    query = msgspec.structs.replace(query, sort=())
    if count(book, query, context) == sum(map(len, found)):
        return ()
    every = ids(book, query, context)  # somebody may have deleted the last ones in between
    there = bytearray(1 + max(map(max, filter(None, [every, *found])), default=0))
    for number in chain.from_iterable(found):
        there[number] = 1
    return (number for number in every if not there[number])


def _want_order(book: Book, query: Query, compiled: Compiled) -> None:
    """A long list that no index has in the order asked for gets one, once nobody waits: the next
    time it takes a moment instead of a pass over the whole table."""
    column = compiled.alone(query.sort) if query.limit is None else None
    if column is None or book.read_only or _last_id(book, compiled) < _MANY:
        return
    plain = Query(kind=query.kind, sort=query.sort, limit=1)
    known = Known(book, _MANY)
    if not any(
        known.has_order(Compiled(each, compiled.context))
        for each in (plain, _filled(plain, column))
    ):
        book.orders_wanted.add((query.kind, column))


def _last_id(book: Book, compiled: Compiled) -> int:
    text = f"SELECT coalesce(max(id), 0) FROM {quoted(compiled.kind.name)}"
    return int(book.connection.execute(text).fetchone()[0])


def _numbers(book: Book, text: str, parameters: Sequence[object]) -> list[int]:
    """Ids as one text, which takes half the time of a million rows."""
    found = book.connection.execute(
        f"SELECT json_group_array(id) FROM ({text})", parameters
    ).fetchone()[0]
    return msgspec.json.decode(found, type=list[int])


def _by_rank(book: Book, query: Query, compiled: Compiled, ranked: Ranked) -> array[int]:
    """All ids, put together by their values: a place looked up in the statement takes twice as
    long."""
    known, context = Known(book, _MANY), compiled.context
    grouped = _grouped(book, compiled, ranked)
    if grouped is not None:
        return array("q", chain.from_iterable(map(sorted, grouped)))
    if compiled.alone(query.sort) is not None and _last_id(book, compiled) >= known.least:
        filled = Compiled(_filled(query, ranked.name), context, known)
        grouped = _grouped(book, filled, ranked)
        if grouped is not None:
            *placed, rest = map(sorted, grouped)
            others = _others(book, query, context, [*placed, rest])
            return array("q", chain(*placed, sorted(chain(rest, others))))
    _want_order(book, query, compiled)
    return _placed(book, compiled, ranked)


def _grouped(book: Book, compiled: Compiled, ranked: Ranked) -> list[list[int]] | None:
    """The ids of each place, and of no place, where an index has those of a value together."""
    places = ranked.places()
    found: list[list[int]] = [[] for _ in range(len(places) + 1)]
    held = {value: found[at] for at, alike in enumerate(places) for value in alike}
    rows = f"SELECT id, {ranked.value} AS v FROM {compiled.from_where()}"
    asked = [*ranked.parameters, *compiled.parameters]
    grouped = f"SELECT v, json_group_array(id) FROM ({rows}) GROUP BY v"
    if _GROUPED in _plan(book.connection, grouped, asked):
        return None
    for value, numbers in book.connection.execute(grouped, asked):
        held.get(value, found[-1]).extend(decode_numbers(numbers))
    return found


def _placed(book: Book, compiled: Compiled, ranked: Ranked) -> array[int]:
    """All ids by the place of each, one letter a row, read part by part: for a million values take
    100 MB. A place is marked under its id, since ids that come in another order are slow to
    sort."""
    places = ranked.places()
    if len(places) > _FEW:
        return array("q", _numbers(book, *compiled.sql("id")))
    letters = [chr(at) for at in range(ord("b"), ord("b") + len(places))]
    cases = "".join(
        f" WHEN ? THEN '{letter}'"
        for letter, alike in zip(letters, places, strict=True) for _ in alike
    )
    last = _last_id(book, compiled)
    marks, parts = bytearray(last + 1), 1 + last // _AT_A_TIME
    within = f"{compiled.from_where()} AND id <= {last} AND id % {parts} = ?"  # no later ones
    rows = f"SELECT id, {ranked.value} AS v FROM {within}"
    text = (
        f"SELECT json_group_array(id), group_concat(CASE v{cases} ELSE 'z' END, '') FROM ({rows})"
    )
    asked = [*chain(*places), *ranked.parameters, *compiled.parameters]
    for part in range(parts):
        numbers, found = book.connection.execute(text, [*asked, part]).fetchone()
        for number, at in zip(decode_numbers(numbers), (found or "").encode(), strict=True):
            marks[number] = at
    return array("q", sorted(range(last + 1), key=marks.__getitem__)[marks.count(0) :])


def _first_by_rank(
    book: Book, query: Query, context: Context, ranked: Ranked, most: int
) -> array[int] | None:
    """The first row ids, value by value; None where that takes too long."""
    found: list[int] = []
    known = Known(book, _SOME)
    with _at_once(book, _AT_ONCE) as late:
        try:
            for alike in (*ranked.places(), None):
                where = query.where
                if alike is not None:
                    where = (*where, Where(ranked.name, "in", alike))
                part = msgspec.structs.replace(
                    query, where=where, sort=(), limit=most - len(found)
                )
                compiled = Compiled(part, context, known)
                if alike is None:
                    compiled.leave_out(ranked)
                found += [row[0] for row in book.connection.execute(*compiled.sql("id"))]
                if len(found) == most:
                    return array("q", found)
            return array("q", found)
        except OperationalError:
            if not late():
                raise
    return None


@contextmanager
def _at_once(book: Book, seconds: float) -> Iterator[Callable[[], bool]]:
    """What is asked here is broken off after a moment; gives whether that is over."""
    connection, until = book.connection, time.thread_time() + seconds
    connection.set_progress_handler(lambda: time.thread_time() > until, _STEPS)
    try:
        yield lambda: time.thread_time() > until
    finally:
        connection.set_progress_handler(None, 0)


def first_ids(book: Book, query: Query, context: Context, most: int) -> array[int] | None:
    """The first row ids of a query, however many there are; None where finding these takes as long
    as finding all: all are few, no index has the order asked for, or a row is found too seldom
    on the way."""
    if query.as_of is not None:
        return None
    known, connection = Known(book, _SOME), book.connection
    head = Compiled(msgspec.structs.replace(query, limit=most), context, known, walking=True)
    ranked = head.ranked(query.sort)
    if ranked is not None:
        return _first_by_rank(book, query, context, ranked, most)
    heads = _heads(query, head, most, known) if head.all_often else None
    if heads is None:
        return None
    with _at_once(book, _AT_ONCE) as late:
        try:
            if query.where and not known.many(Compiled(query, context, known)):
                return None
            found: list[int] = []
            for each in heads:
                found += [row[0] for row in connection.execute(*each.sql("id"))]
                if len(found) >= most:
                    break
            return array("q", found[:most])
        except OperationalError:
            if not late():
                raise
            return None


def _heads(
    query: Query, head: Compiled, most: int, known: Known
) -> Sequence[Compiled] | None:
    """The statements that give the first rows one after the other; None where no index has the
    order."""
    if known.has_order(head):
        return (head,)
    column = head.alone(query.sort)
    if column is None:
        return None
    short = msgspec.structs.replace(query, limit=most)
    filled = Compiled(_filled(short, column), head.context, known, walking=True)
    if not known.has_order(filled):
        return None
    blank = (*query.where, Where(column, "blank"))
    others = msgspec.structs.replace(short, where=blank, sort=())
    return filled, Compiled(others, head.context, known, walking=True)


def count(book: Book, query: Query, context: Context) -> int:
    """How many records a query finds."""
    known = Known(book, _MANY)
    if (match := _one_word(query, context, known)) is not None:
        return known.counted(query.kind, match)
    compiled = Compiled(msgspec.structs.replace(query, sort=(), limit=None), context, known)
    text = f"SELECT count(*) FROM {compiled.from_where()}"
    return int(book.connection.execute(text, compiled.parameters).fetchone()[0])


def count_at_once(book: Book, query: Query, context: Context) -> int | None:
    """The same; None where counting takes longer than a moment."""
    with _at_once(book, _COUNTED_AT_ONCE) as late:
        try:
            return count(book, query, context)
        except OperationalError:
            if not late():
                raise
            return None


def _one_word(query: Query, context: Context, known: Known) -> str | None:
    """What is sought in the index where it alone tells how many records there are: nothing but one
    word is asked for."""
    plain, terms = Query(kind=query.kind), search.terms_of(query.search)
    asked = msgspec.structs.replace(query, search="", sort=(), limit=None)
    if asked != plain or len(terms) != 1 or search.needs_check(terms[0]):
        return None
    if known.waits(query.kind) or context.units_named(terms[0]):
        return None
    if parse_month(terms[0]) and _months(context.kinds.get(query.kind)):
        return None
    return search.match_of(terms[0])


def _months(kind: Kind) -> list[str]:
    """The fields that hold a month, which no text does."""
    return [field.name for field in kind.all_fields if of(field).is_month]


def _is_looked_through(field: Field) -> bool:
    return of(field).plain_text or of(field).holds_files


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
