"""What every record with a lifecycle was, from which day until which: worked out from its steps,
written in the same transaction, so that a figure as of a past day costs what today's costs.

A span holds from the end of its first day until the end of the day before its last. The rows can be
made anew at any time, and ``verify`` holds them against the steps.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, repeat
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from msgspec.structs import replace

from db.model import context, step_history
from db.model.declarations import Action, Kind, Lifecycle
from db.model.fieldtypes import type_of
from db.model.kinds import Kinds
from db.model.records import HEAD, Record, RowShape
from db.model.sql import quoted
from db.model.step_history import Move
from db.model.steps import FIELD, Steps, StepTaken, not_undone
from db.store import past_progress

#: Before every day, and after it.
FIRST, LAST = "", "9999-12-31"
COLUMNS = (
    "kind", "rec", "from_on", "to_on", "state", "unit", "deadline", "leader", "requested_on",
    "closed_on",
)  # fmt: skip
_INSERT = f"INSERT INTO spans ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_DELETE = "DELETE FROM spans WHERE kind = ? AND rec = ?"
#: The key in the book's facts under which it says from which declarations the rows were made.
BUILT = "spans"
#: Counts up when the same steps come to other rows.
WAY = 3
_PART, _MOST = 2_000, 20


#: The cells from ``from_on`` on: ``from_on`` <= the end of the day < ``to_on``; days as ISO texts.
Span: TypeAlias = tuple[str | None, ...]
#: The same after the place of its record among others.
Placed: TypeAlias = tuple[Any, ...]
#: By the steps that were taken: which of them wrote each date, and by which the dates count.
_Written: TypeAlias = tuple[dict[str, int], list[list[int | None]]]


class Written(context.Book, Protocol):
    """A book that is being written."""

    @property
    def writer(self) -> Any: ...


class SpanShape:
    """How the spans of a kind follow from its records. Made once per kind."""

    def __init__(self, kinds: Kinds, kind: Kind, cycle: Lifecycle) -> None:
        self.kind, self.cycle = kind, cycle
        self.held = step_history.watched_fields(kind, kinds.leader_of(kind))
        self._custody = next(iter(kinds.custody_fields(kind) or ()), None)
        self.dated = tuple(
            name if name and kind.has(name) else None for name in (cycle.requested_on,
            cycle.closed_on)
        )
        self._actions = {action.name: action for action in cycle.actions}
        self._days_of = step_history.days_of(kind, cycle)
        self._day_fields = {cycle.actions[place].name: name for place, name in self._days_of}
        self._dates = frozenset(self._day_fields.values())
        self._known: dict[tuple[str, ...], _Written] = {}
        #: kinds of the rows under it that its steps write
        self.children = sorted({
            part.kind
            for action in cycle.actions
            for part in (*action.updates, *((action.child,) if action.child else ()))
        })
        #: a change of these changes the spans
        self.watched = frozenset(
            n for n in (
                FIELD, "state", "deleted", *self.held, self._custody, *self.dated, *self._dates,
            ) if n
        )

    def action(self, name: str) -> Action | None:
        """The declared action; None for one that an older form had."""
        return self._actions.get(name)

    def _days(
        self, record: Record, steps: Sequence[StepTaken], wrote: Mapping[str, int]
    ) -> list[str]:
        """The day of each step: a date that the last of them wrote and somebody corrected says it
        better."""
        days = [step.on for step in steps]
        for name, at in wrote.items():
            written = record.values.get(name)
            # one to come, entered before its day, is not the day of the step
            if isinstance(written, dt.date) and (
                (text := written.isoformat()) <= max(steps[at].on, steps[at].at[:10])
            ):
                days[at] = text
        return list(accumulate(days, max))

    def _written_by(self, actions: tuple[str, ...]) -> _Written:
        found = self._known.get(actions)
        if found is None:
            wrote = {
                name: at for name, at in self._wrote(actions).items()
                if self._day_fields.get(actions[at]) == name
            }
            found = self._known[actions] = wrote, [self._dated(n, actions) for n in self.dated]
        return found

    def _wrote(self, actions: Sequence[str]) -> dict[str, int]:
        """Which step a date comes from that says the day of one: the last that wrote it, and
        none once it was cleared. One that keeps what stands there wrote it where nothing did."""
        found: dict[str, int] = {}
        for at, name_of in enumerate(actions):
            action = self.action(name_of)
            for name, source in (action.set if action is not None else {}).items():
                if name not in self._dates:
                    continue
                if source == "clear":
                    found.pop(name, None)
                elif name not in found or not source.startswith(f"field:{name}"):
                    found[name] = at
        return found

    def of(self, record: Record) -> list[Span]:
        """The spans of a record; none of one in the recycle bin."""
        if record.deleted:
            return []
        steps = not_undone(record.values.get(FIELD)) or step_history.derived(
            self.kind, self.cycle, record, days=self._days_of, named=False
        )
        if not steps:
            values = [_text(record.values.get(n)) if n else None for n in (*self.held, *self.dated)]
            return [(FIRST, LAST, record.state, *values)]
        wrote, places = self._written_by(tuple([step.action for step in steps]))
        days = self._days(record, steps, wrote)
        states: list[str | None] = [self.cycle.initial, *[step.to for step in steps]]
        states[-1] = record.state
        moved = [step for step in steps if step.was]
        columns: list[Iterable[str | None]] = [states]
        for name in self.held:
            value = _text(record.values.get(name)) if name else None
            kept = not moved or (name == self.kind.unit and self._one_unit(record))
            columns.append(repeat(value) if kept else _moved(name, value, steps))
        for name, at in zip(self.dated, places, strict=True):
            asked = [None if each is None else days[each] for each in at]
            asked[-1] = _text(record.values.get(name)) if name else None
            columns.append(asked)
        found: list[Span] = []
        from_on, before = FIRST, None
        for to_on, now in zip([*days, LAST], zip(*columns, strict=False), strict=False):
            if from_on != to_on:
                if now == before:
                    found[-1] = (found[-1][0], to_on, *now)
                else:
                    found.append((from_on, to_on, *now))
                from_on, before = to_on, now
        return found

    def _one_unit(self, record: Record) -> bool:
        """Whether it was one unit's all the time, though a step handed it over: on the day it was
        given out, or from one that was no more by then."""
        return self._custody is not None and record.values.get(self._custody) is None

    def _dated(self, name: str | None, actions: Sequence[str]) -> list[int | None]:
        """By which step's day the request, or the closing, counts before all steps and after
        each."""
        found: list[int | None] = [None]
        for at, each in enumerate(actions):
            action = self.action(each)
            source = action.set.get(name) if action is not None and name is not None else None
            found.append(found[-1] if source is None else None if source == "clear" else at)
        return found


def _moved(name: str | None, value: str | None, steps: Sequence[StepTaken]) -> list[str | None]:
    """A field before the first step, and after each of them."""
    found = [value]
    for step in reversed(steps):
        if name in step.was:
            value = step.was[name]
        found.append(value)
    return found[::-1]


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, dt.date) else value


def shape_of(kinds: Kinds, kind: Kind) -> SpanShape | None:
    """How the spans of a kind are made; None where it has no lifecycle."""
    cycle = kinds.lifecycle_of(kind)
    return SpanShape(kinds, kind, cycle) if cycle is not None else None


def write(connection: Any, shape: SpanShape, records: Iterable[Record], *, fresh: bool) -> None:
    """Keep what these records were. ``fresh``: they have no rows yet."""
    name = shape.kind.name
    rows: list[tuple[object, ...]] = []
    for record in records:
        if not fresh:
            connection.execute(_DELETE, (name, record.id))
        rows += [(name, record.id, *span) for span in shape.of(record)]
    insert(connection, rows)


def insert(connection: Any, rows: Iterable[tuple[object, ...]]) -> None:
    """Keep rows (``COLUMNS``) as they are."""
    connection.executemany(_INSERT, rows)


def insert_placed(connection: Any, kind: str, first: int, rows: Iterable[Placed]) -> None:
    """Keep spans of records of a kind, whose ids go on from ``first``."""
    (name,) = connection.execute("SELECT quote(?)", (kind,)).fetchone()
    connection.executemany(
        f"INSERT INTO spans ({', '.join(COLUMNS)}) VALUES ({name}, {first} + ?"
        f"{', ?' * (len(COLUMNS) - 2)})", rows,
    )


def declared(kinds: Kinds, book: str) -> str:
    """Changes whenever the rows may have to be made anew."""
    digest = hashlib.sha256(bytes([WAY]))
    for kind in kinds.in_book(book):
        shape = shape_of(kinds, kind)
        if shape is not None:
            said = (kind.name, shape.held, shape.dated, sorted(shape.watched))
            digest.update(repr(said).encode())
            digest.update(repr([(a.name, a.to, a.set) for a in shape.cycle.actions]).encode())
    return digest.hexdigest()


def rebuild(book: Written) -> None:
    """Make all rows anew, inside a transaction of the file."""
    connection = book.writer
    connection.execute("DELETE FROM spans")
    for kind in book.kinds.in_book(book.name):
        shape = shape_of(book.kinds, kind)
        if shape is None:
            continue
        part: list[Record] = []
        for record in book.each(kind.name, "deleted = 0"):
            part.append(record)
            if len(part) == _PART:
                write(connection, shape, part, fresh=True)
                part.clear()
        write(connection, shape, part, fresh=True)


def _kept(connection: Any, kind: str) -> Iterator[tuple[int, list[Span]]]:
    cursor = connection.execute(
        f"SELECT {', '.join(COLUMNS[1:])} FROM spans WHERE kind = ? ORDER BY rec, from_on", (kind,)
    )
    for rec, rows in groupby(cursor, itemgetter(0)):
        yield rec, [row[1:] for row in rows]


class Check:
    """Holds the rows of every record against what its steps say, in the order of the records of a
    kind."""

    def __init__(self, book: context.Book) -> None:
        self._book, self.wrong = book, list[str]()
        self._shapes: dict[str, SpanShape | None] = {}
        self._kind, self._rec = "", 0
        self._rows: Iterator[tuple[int, list[Span]]] = iter(())
        self._next: tuple[int, list[Span]] | None = None

    def record(self, shape: RowShape, record: Record) -> None:
        """The next record."""
        name = record.kind
        if name not in self._shapes:
            self._shapes[name] = shape_of(self._book.kinds, shape.kind)
        own = self._shapes[name]
        if own is None:
            return
        if name != self._kind or record.id < self._rec:
            self._kind, self._rows = name, _kept(self._book.connection, name)
            self._next = next(self._rows, None)
        self._rec = record.id
        while self._next is not None and self._next[0] < record.id:
            self._next = next(self._rows, None)
        there = self._next[1] if self._next is not None and self._next[0] == record.id else []
        if there != own.of(record) and len(self.wrong) < _MOST:
            self.wrong.append(f"「{shape.kind.label}」{record.uid} 按日期的状态与办理步骤不符。")

    def end(self) -> list[str]:
        """All that is wrong, some at most; with rows of no record."""
        # a cursor that is left open would keep its view of the book
        self._rows, self._next = iter(()), None
        for kind in self._book.kinds.in_book(self._book.name):
            (over,) = self._book.connection.execute(
                "SELECT count(DISTINCT rec) FROM spans WHERE kind = ? AND rec NOT IN (SELECT id"
                f" FROM {quoted(kind.name)} WHERE deleted = 0)", (kind.name,),
            ).fetchone()
            if over:
                self.wrong.append(f"「{kind.label}」有 {over} 条按日期的状态没有对应的记录。")
        return self.wrong


def rows_on(kinds: Kinds, kind: Kind, day: dt.date) -> str:
    """What stands behind FROM for the rows of a kind as they were at the end of a day gone by."""
    shape = shape_of(kinds, kind)
    names = [*HEAD.split(", "), *(field.name for field in kind.all_fields)]
    if shape is None:
        if not kind.planned:
            return quoted(kind.name)
        then = step_history.planned_on_sql(kind, day, "c")
        cells = ", ".join(f"{then.get(n, f'c.{quoted(n)}')} AS {quoted(n)}" for n in names)
        return f"(SELECT {cells} FROM {quoted(kind.name)} c)"
    of_day = dict(zip(("state", *shape.held, *shape.dated), COLUMNS[4:], strict=True))
    cell = {name: f"s.{column} AS {quoted(name)}" for name, column in of_day.items() if name}
    if progress := past_progress.sql(kinds, kind, "c", day):
        field = str(past_progress.field_of(kind))
        cell[field] = f"{progress} AS {quoted(field)}"
    cells = ", ".join(cell.get(name, f"c.{quoted(name)}") for name in names)
    return (
        f"(SELECT {cells} FROM {quoted(kind.name)} c CROSS JOIN spans s ON s.kind = '{kind.name}'"
        f" AND s.rec = c.id AND s.from_on <= '{day}' AND s.to_on > '{day}')"
    )


def records_as_of(
    session: context.ReadContext, records: Iterable[Record], day: dt.date
) -> list[Record]:
    """Records as they were at the end of a day; those of today are as they are."""
    if day >= session.today:
        return list(records)
    found = []
    for record in records:
        kind = session.kinds.get(record.kind)
        shape, book = shape_of(session.kinds, kind), session.book_of(record.kind)
        if shape is not None:
            found.append(on_day(book, shape, record, day))
        else:
            found.append(step_history.planned_on(kind, record, day) if kind.planned else record)
    return found


def on_day(book: context.Book, shape: SpanShape, record: Record, day: dt.date) -> Record:
    """The record with state, unit, deadline, leader, request, closing and how far it had got as
    they were at the end of a day gone by; all else as it is."""
    progress = past_progress.sql(book.kinds, shape.kind, "c", day) or "NULL"
    cells = book.connection.execute(
        f"SELECT {progress}, {', '.join(f's.{name}' for name in COLUMNS[4:])} FROM spans s JOIN"
        f" {quoted(shape.kind.name)} c ON c.id = s.rec WHERE s.kind = ? AND s.rec = ? AND"
        " s.from_on <= ? AND s.to_on > ?",
        (shape.kind.name, record.id, day.isoformat(), day.isoformat()),
    ).fetchone()
    if cells is None:
        return record
    reached, state, *rest = cells
    of_day = dict(zip((*shape.held, *shape.dated), rest, strict=True))
    own = book.shape(shape.kind.name)
    values = {name: own.from_json(name, cell) for name, cell in of_day.items() if name is not None}
    if shape.cycle.rhythm_by is not None:
        values[shape.cycle.rhythm_by] = step_history.class_on(shape.cycle, record, day)
    if (field := past_progress.field_of(shape.kind)) is not None:
        values[field] = type_of(shape.kind.field(field)).from_db(reached)
    seen = day + dt.timedelta(days=1)
    return replace(record, state=state, values={**record.values, **values}, seen=seen)


# -- books from before there were steps ------------------------------------------------------------


def untold(book: context.Book) -> Iterator[tuple[Record, Steps]]:
    """Records that went through steps and carry none, with those that they must have taken."""
    for kind in book.kinds.in_book(book.name):
        shape = shape_of(book.kinds, kind)
        if shape is not None:
            for record in book.each(kind.name, f"{quoted(FIELD)} IS NULL"):
                if steps := steps_of(book, shape, record):
                    yield record, steps


def steps_of(book: context.Book, shape: SpanShape, record: Record) -> Steps:
    """The steps of a record; where it carries none, as the change log has them, else as its dates
    and the rows under it tell."""
    if record.values.get(FIELD) is not None:
        found: Steps = record.values[FIELD]
        return found
    kind, cycle = shape.kind, shape.cycle
    moves = book.connection.execute(
        "SELECT j.action, c.at, c.by, j.before, j.after FROM journal j JOIN changes c ON c.id ="
        " j.change_id WHERE j.uid = ? AND j.uid <> '' AND j.kind = ? AND j.action LIKE 'move:%'"
        " AND c.undone_by IS NULL ORDER BY j.seq",
        (record.uid, kind.name),
    ).fetchall()
    known = step_history.steps_from_log(
        shape.held, kind, cycle, record, [Move(*cells) for cells in moves]
    )
    under = [
        child
        for name in shape.children if name in book.kinds and book.kinds.get(name).book == book.name
        for child in book.each(name, "parent = ? AND deleted = 0", (record.uid,))
    ]  # fmt: skip
    return step_history.merge_with_dates(known, step_history.derived(kind, cycle, record, under))
