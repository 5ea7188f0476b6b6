"""A record as the program holds it, and the way between it and a row of its table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import compress, repeat
from typing import Any, TypeAlias

import msgspec

from db.model.declarations import Kind
from db.model.fieldtypes import TYPES
from db.model.sql import quoted

#: The kind of letters on an item.
LETTER = "letter"
#: Number of the office whose book this is, and of one that nobody has told.
OWN, UNKNOWN = 1, 0
#: Values that are versioned and journalled like fields, though every kind has them.
SYSTEM_FIELDS = ("state", "deleted", "parent")
_NO_FIELD = object()
#: Field → value, each in the form of its field's own type.
Values: TypeAlias = dict[str, Any]
#: The same, only to be read.
Given: TypeAlias = Mapping[str, Any]
#: The value of "parent.x" or "ref.x"; None when there is no such record.
Elsewhere: TypeAlias = Callable[[str], Any]
HEAD = (
    "id, uid, parent, state, deleted, versions, created_at, created_by, updated_at, updated_by,"
    " issuer"
)
_HEAD_WIDTH, _STATE = 11, ("parent", "state", "deleted")


class Office(msgspec.Struct, frozen=True):
    """An office as this book knows it. ``unit``: the unit it is itself, if it was told."""

    number: int
    uid: str
    name: str
    unit: str | None


class Record(msgspec.Struct):
    """One record. ``id`` is its row in this book only; ``uid`` is the same in every office.
    ``values`` holds every field."""

    kind: str
    id: int
    uid: str
    parent: str | None
    state: str | None
    deleted: bool
    versions: str
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str
    values: Values
    #: number of the office that issued it (``offices.py``); fixed when the record is made
    issuer: int = OWN
    #: of a record as it was at the end of a day gone by, the day that follows; None: it is today's
    seen: dt.date | None = None

    def __eq__(self, other: object) -> bool:
        """The same record as it was, of whatever day it was asked."""
        return isinstance(other, Record) and all(
            getattr(self, name) == getattr(other, name)
            for name in self.__struct_fields__ if name != "seen"
        )

    def get(self, field: str) -> Any:
        """A field's value, or one of ``state``, ``deleted``, ``parent``."""
        value = self.values.get(field, _NO_FIELD)
        if value is not _NO_FIELD:
            return value
        return getattr(self, field) if field in SYSTEM_FIELDS else None


class RowShape:
    """How records of one kind are read from and written to their table. Made once per kind; with
    ``only`` these fields of it are read."""

    def __init__(self, kind: Kind, only: Collection[str] | None = None) -> None:
        self.kind = kind
        self.fields = tuple(f for f in kind.all_fields if only is None or f.name in only)
        self.by_name = {f.name: f for f in self.fields}
        self.table = quoted(kind.name)
        self.names = tuple(f.name for f in self.fields)
        #: those of ``insert``
        self.columns = (*HEAD.split(", ")[1:], *self.names)
        columns = "".join(f", {quoted(n)}" for n in self.names)
        self.select = f"SELECT {HEAD}{columns} FROM {self.table}"
        self._said = (*_STATE, *self.names)
        #: Only the types that do not come as they are kept; most columns need no call.
        self._decoders: list[tuple[int, Callable[[Any], Any]]] = [
            (_HEAD_WIDTH + i, TYPES[f.type].from_db)
            for i, f in enumerate(self.fields)
            if type(TYPES[f.type]).from_db is not _plain_from_db
        ]
        self._passed_on = [
            (at, _raw if TYPES[self.fields[at - _HEAD_WIDTH].type].kept_as_json else decode)
            for at, decode in self._decoders
        ]
        marks = ", ".join("?" * (_HEAD_WIDTH - 1 + len(self.names)))
        self.insert = f"INSERT INTO {self.table} ({HEAD[4:]}{columns}) VALUES ({marks})"
        #: How each field and system field becomes plain JSON; None: as it is.
        self._json: dict[str, Callable[[Any], Any] | None] = dict.fromkeys(SYSTEM_FIELDS)
        for field in self.fields:
            plain = type(TYPES[field.type]).to_json is _plain_to_json
            self._json[field.name] = None if plain else TYPES[field.type].to_json
        #: Fields of whose changes the log keeps something else than both values as they are.
        self._logged = {
            f.name: TYPES[f.type].in_log for f in self.fields
            if self._json[f.name] or type(TYPES[f.type]).in_log is not _plain_in_log
        }
        #: Fields whose values are joined where two offices wrote at the same time.
        self.joins: dict[str, Callable[[Any, Any], Any]] = {
            f.name: TYPES[f.type].join for f in self.fields if TYPES[f.type].joins
        }
        self._encoders: list[tuple[int, Callable[[Any], Any]]] = [
            (_HEAD_WIDTH - 1 + i, TYPES[f.type].to_db)
            for i, f in enumerate(self.fields)
            if type(TYPES[f.type]).to_db is not _plain_to_db
        ]

    def record(self, row: Any, passed_on: bool = False) -> Record:
        """The record of one row of ``select``. ``passed_on``: what is kept as JSON is not read, but
        stands as it is kept (``msgspec.Raw``), for whoever answers with JSON."""
        cells = list(row)
        for index, decode in self._passed_on if passed_on else self._decoders:
            if cells[index] is not None:
                cells[index] = decode(cells[index])
        values = dict(zip(self.names, cells[_HEAD_WIDTH:], strict=True))
        return Record(
            self.kind.name, cells[0], cells[1], cells[2], cells[3], bool(cells[4]),
            cells[5], cells[6], cells[7], cells[8], cells[9], values, cells[10],
        )  # fmt: skip

    def records(self, rows: Sequence[Any]) -> list[Record]:
        """The same of many rows, column by column: what stands in one many times is read once."""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for index, decode in self._decoders:
            known = {kept: decode(kept) for kept in set(columns[index]) if kept is not None}
            columns[index] = list(map(known.get, columns[index]))
        fields = zip(*columns[_HEAD_WIDTH:], strict=True) if self.names else repeat((), len(rows))
        return list(map(
            Record, repeat(self.kind.name), *columns[:4], map(bool, columns[4]), *columns[5:10],
            map(dict, map(zip, repeat(self.names), fields)), columns[10],
        ))  # fmt: skip

    def says(self, row: Any, values: Given) -> bool:
        """Whether a row of ``select`` holds these values in plain JSON, by what is kept alone:
        where it does not, its record may still say the same."""
        cells = row[2:5] + row[_HEAD_WIDTH:]
        there = dict(zip(compress(self._said, cells), filter(None, cells), strict=True))
        for index, decode in self._decoders:
            cell = row[index]
            if cell and cell.__class__ is not str:  # a number that stands for another
                name = self.names[index - _HEAD_WIDTH]
                there[name] = self.to_json(name, decode(cell))
        return there == {
            name: _encode(value).decode() if value.__class__ in (list, dict) else value
            for name, value in values.items() if value
        }

    def row(self, record: Record) -> list[Any]:
        """The cells for ``insert``."""
        cells = [*_head(record), *map(record.values.get, self.names)]
        for index, encode in self._encoders:
            if cells[index] is not None:
                cells[index] = encode(cells[index])
        return cells

    def filled(self, records: Sequence[Record]) -> tuple[list[str], list[list[Any]]]:
        """The same of many records, of only those columns that one of them fills (most of a ledger
        are empty), with the names of these."""
        names = list(self.columns[: _HEAD_WIDTH - 1])
        columns: list[Sequence[Any]] = [*zip(*map(_head, records), strict=True)]
        encoders, values = dict(self._encoders), [record.values for record in records]
        for index, name in enumerate(self.names, _HEAD_WIDTH - 1):
            column = list(map(dict.get, values, repeat(name)))
            if not any(column) and column.count(None) == len(column):
                continue
            if (encode := encoders.get(index)) is not None:
                column = [None if value is None else encode(value) for value in column]
            names.append(name)
            columns.append(column)
        return names, list(map(list, zip(*columns, strict=True)))

    def to_db(self, name: str, value: Any) -> Any:
        """One cell, of a field or of a system field."""
        if name == "deleted":
            return int(value)
        if name in SYSTEM_FIELDS:
            return value
        return TYPES[self.by_name[name].type].to_db(value)

    def to_json(self, name: str, value: object) -> Any:
        """One value as plain JSON."""
        if value is None:
            return None
        convert = self._json[name]
        return value if convert is None else convert(value)

    def plain(self, values: Given) -> Values:
        """Those that are not blank, as plain JSON, in the order of the fields."""
        converters = self._json
        return {
            name: value if (to_json := converters[name]) is None else to_json(value)
            for name in filter(values.__contains__, self.names)
            if (value := values[name]) is not None
        }

    def in_log(self, now: Callable[[str], Any], changed: Given) -> tuple[Values, Values]:
        """What the change log keeps of a change: the values before it, as ``now`` gives them, and
        after it."""
        before, after = {name: now(name) for name in changed}, dict(changed)
        for name in self._logged.keys() & after.keys():
            before[name], after[name] = self._logged[name](before[name], after[name])
        return before, after

    def before_change(self, name: str, now: object, before: object, after: object) -> Any:
        """The plain value before a change of the log, from that after it."""
        field = self.by_name.get(name)
        return before if field is None else TYPES[field.type].before_change(now, before, after)

    def unchanged_since(self, name: str, now: object, before: object, after: object) -> bool:
        """Whether a value is still as a change of the log left it."""
        field = self.by_name.get(name)
        if field is None:
            return now == after
        return TYPES[field.type].unchanged_since(now, before, after)

    def undone(self, name: str, now: object, before: object, after: object) -> Any:
        """What an undo of a change of the log writes."""
        field = self.by_name.get(name)
        if field is None:
            return self.from_json(name, before)
        return TYPES[field.type].undone(now, before, after, field)

    def from_json(self, name: str, value: object) -> Any:
        """One value back from plain JSON; raises ``BadInput``."""
        if name == "deleted":
            return bool(value)
        if value is None or name in SYSTEM_FIELDS:
            return value
        field = self.by_name[name]
        return TYPES[field.type].from_json(value, field)


def _raw(kept: str) -> msgspec.Raw:
    return msgspec.Raw(kept.encode())


_encode = msgspec.json.encode
_plain = TYPES["text"].__class__
_plain_from_db, _plain_to_db, _plain_to_json = _plain.from_db, _plain.to_db, _plain.to_json
_plain_in_log = _plain.in_log


def _head(record: Record) -> tuple[Any, ...]:
    """The cells of what every kind has, without its id."""
    return (
        record.uid, record.parent, record.state, int(record.deleted), record.versions,
        record.created_at, record.created_by, record.updated_at, record.updated_by, record.issuer,
    )
