"""What queries find: all ids in their order, the first of them, how many there are; by the way that
takes least."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from db.model.context import Connection
from db.model.dates import parse_month
from db.model.query import Query, Where
from db.model.sql import quoted
from db.store import fulltext as search
from db.store import schema
from db.store.connect import OperationalError
from db.store.match_counts import Indexed, decode_numbers
from db.store.query_sql import FEW, Compiled, Context, Ranked, months

if TYPE_CHECKING:
    from db.store.book import Book

_SORTED, _GROUPED = "USE TEMP B-TREE FOR ORDER BY", "USE TEMP B-TREE FOR GROUP BY"
#: Seconds in which the first rows are found walking, else they are sought with all others; and
#: after how many of its steps SQLite looks at the clock.
_AT_ONCE, _STEPS = 0.1, 2_000
#: Seconds in which rows are counted beside the first of them, else by telling them all.
_COUNTED_AT_ONCE = 0.02
#: Records of which values are held at a time.
_AT_A_TIME = 1_500_000
#: Records from which on they are not looked up one by one, for a page and for all.
_SOME, _MANY = 4_000, schema.LONG


class Known(Indexed):
    """What a book says of its texts before it is asked for some."""

    def __init__(self, book: Book, kind: str, many: int) -> None:
        """``many``: records from which on they are not looked up one by one."""
        super().__init__(book.connection, kind, many)

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
    known = Known(book, query.kind, _MANY)
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


def _filled_first(book: Book, query: Query, compiled: Compiled, known: Known) -> array[int] | None:
    """Rows with a value by an index of the order, then all others; None where there is no such
    index, or where sorting takes less."""
    column = compiled.alone(query.sort) if query.limit is None else None
    if column is None or _last_id(book, compiled) < known.least:
        return None
    first = Compiled(_filled(query, column), compiled.context, known, in_order=bool(query.where))
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
    known = Known(book, query.kind, _MANY)
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
    known, context = Known(book, query.kind, _MANY), compiled.context
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
    if len(places) > FEW:
        return array("q", _numbers(book, *compiled.sql("id")))
    letters = [chr(at) for at in range(ord("b"), ord("b") + len(places))]
    cases = "".join(
        f" WHEN ? THEN '{letter}'"
        for letter, alike in zip(letters, places, strict=True) for _ in alike
    )
    last = _last_id(book, compiled)
    marks, parts = bytearray(last + 1), 1 + last // _AT_A_TIME
    # no later ones; by the + SQLite does not go by the ids, but by an index that holds the values
    within = f"{compiled.from_where()} AND +id <= {last} AND id % {parts} = ?"
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
    known = Known(book, query.kind, _SOME)
    with _at_once(book, _AT_ONCE) as late:
        try:
            for alike in (*ranked.places(), None):
                where = query.where
                if alike is not None:
                    where = (*where, Where(ranked.name, "in", alike))
                part = msgspec.structs.replace(query, where=where, sort=(), limit=most - len(found))
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
    known, connection = Known(book, query.kind, _SOME), book.connection
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


def _heads(query: Query, head: Compiled, most: int, known: Known) -> Sequence[Compiled] | None:
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
    known = Known(book, query.kind, _MANY)
    if (match := _one_word(query, context, known)) is not None:
        return known.counted(match)
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
    if known.waits() or context.units_named(terms[0]):
        return None
    if parse_month(terms[0]) and months(context.kinds.get(query.kind)):
        return None
    return search.match_of(terms[0])


