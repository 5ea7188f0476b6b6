"""Rows that arrive in one file, held against one another: each may be right beside what stands
here, and two of them wrong batch.

Two new rows with one number, two people who become chair, two headquarters each put under the
other: what is unique, and the kind's limits over several records. The earlier row stands, the later
one is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from db.errors import Problem
from db.model import text_equality
from db.model.declarations import Kind, Limit
from db.model.fieldtypes import TYPES, type_of

if TYPE_CHECKING:
    from db.session import Session

#: A chain of references longer than this is a circle.
_CHAIN = 1_000


class _Came(msgspec.Struct, frozen=True):
    """A row of the file as it would stand."""

    uid: str
    parent: str | None
    values: Mapping[str, Any]


class BatchConstraints:
    """The rows of one kind of a file that something was typed into, so far."""

    def __init__(self, session: Session, kind: Kind) -> None:
        self.session, self.kind = session, kind
        self._unique = [f for f in kind.all_fields if f.unique]
        self._limits = [limit for limit in kind.limits if limit.acyclic is None]
        self._circles = [limit for limit in kind.limits if limit.acyclic is not None]
        #: all that is looked at: no more of a row is held
        self._names = {f.name for f in self._unique}.union(*(
            (*m.fields, *m.where, *m.unless, *(m.span or ()), *((m.acyclic,) if m.acyclic else ()))
            for m in kind.limits
        ))
        #: what must not be twice, or only so often → the rows that have it
        self._having: dict[tuple[Any, ...], list[_Came]] = {}
        self._came: dict[str, _Came] = {}

    def problems(
        self, uid: str, parent: str | None, values: Mapping[str, object],
        typed: Mapping[str, object],
    ) -> list[Problem]:
        """What a row contradicts in those before it, told at a field that was typed in it."""
        if not self._came:
            return []
        here = _Came(uid, parent, values)
        found = self._doubles(here, typed)
        for limit in self._limits:
            named = [
                n for n in (*limit.fields, *limit.where, *limit.unless, *(limit.span or ()))
                if n in typed
            ]
            if named and self._is_full(limit, here):
                found.append(Problem(named[0], limit.message))
        for limit in self._circles:
            if limit.acyclic in typed and self._leads_back(str(limit.acyclic), here):
                found.append(Problem(str(limit.acyclic), limit.message))
        return found

    def _doubles(self, here: _Came, typed: Mapping[str, object]) -> list[Problem]:
        """Typed values of fields that must be unique, and stand in a row before."""
        found = []
        for field in self._unique:
            key = ("", field.name, self._cell(field.name, here.values))
            if field.name in typed and self._others(key, here.uid):
                shown = TYPES[field.type].format(here.values[field.name], field, self.session.names)
                text = f"「{field.label}」{shown} 与这个文件里前面的一行重复，请改其中一行。"
                found.append(Problem(field.name, text))
        return found

    def _is_full(self, limit: Limit, here: _Came) -> bool:
        """Whether the rows before, with those of the book, are already as many as may be."""
        key = self._key(limit, here)
        if key is None:
            return False
        rows = self._others(key, here.uid)
        others = [row for row in rows if _overlap(limit, row.values, here.values)]
        standing = self._standing(limit, key, here) if others and limit.most > 1 else 0
        return len(others) + standing >= limit.most

    def take(self, uid: str, parent: str | None, values: Mapping[str, object]) -> None:
        """A row that was found right."""
        if not self._names:
            return
        kept = {name: values.get(name) for name in self._names}
        came = self._came[uid] = _Came(uid, parent, kept)
        keys = [
            ("", f.name, self._cell(f.name, values)) for f in self._unique
            if values.get(f.name) is not None
        ]
        for key in (
            *keys, *(key for limit in self._limits if (key := self._key(limit, came)) is not None),
        ):
            self._having.setdefault(key, []).append(came)

    def _others(self, key: tuple[object, ...], uid: str) -> list[_Came]:
        return [
            each for each in self._having.get(key, ())
            if each.uid != uid and self._came[each.uid] is each
        ]

    def _cell(self, name: str, values: Mapping[str, object]) -> Any:
        value = values.get(name)
        return None if value is None else TYPES[self.kind.field(name).type].to_db(value)

    def _key(self, limit: Limit, row: _Came) -> tuple[Any, ...] | None:
        """What two rows have alike that the limit is about; None for a row that it is not about."""
        values = row.values
        if any(values.get(n) != wanted for n, wanted in limit.where.items()):
            return None
        if any(values.get(n) == left_out for n, left_out in limit.unless.items()) or (
            limit.siblings and row.parent is None
        ):
            return None
        if limit.span and values.get(limit.span[0]) is None:
            return None
        if not limit.blanks and any(values.get(n) is None for n in limit.fields):
            return None
        alike = [self._alike(limit, name, values) for name in limit.fields]
        return (limit.message, row.parent if limit.siblings else None, *alike)

    def _alike(self, limit: Limit, name: str, values: Mapping[str, object]) -> Any:
        cell = self._cell(name, values)
        text = limit.worded and type_of(self.kind.field(name)).plain_text and cell is not None
        return text_equality.plain(str(cell)) or cell if text else cell

    def _standing(self, limit: Limit, key: tuple[object, ...], row: _Came) -> int:
        """How many such rows the book has that the file says nothing about."""
        book = self.session.book_of(self.kind.name)
        condition, parameters = (
            ("parent = ? AND deleted = 0", (row.parent,)) if limit.siblings else ("deleted = 0", ())
        )
        rows = [
            _Came(r.uid, r.parent, r.values)
            for r in book.each(self.kind.name, condition, parameters)
        ]
        return sum(
            r.uid != row.uid and r.uid not in self._came and self._key(limit, r) == key
            for r in rows
        )

    def _leads_back(self, name: str, row: _Came) -> bool:
        above = row.values.get(name)
        for _ in range(_CHAIN):
            if above is None or above == row.uid:
                return above is not None
            came = self._came.get(above)
            if came is not None:
                above = came.values.get(name)
                continue
            record = self.session.get(self.kind.name, above)
            above = record.values.get(name) if record is not None else None
        return True


def _overlap(limit: Limit, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the spans of two rows have a day in common; rows of a limit without spans always do.
    """
    if limit.span is None:
        return True
    start, end = limit.span

    def before(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
        return a.get(end) is not None and b[start] >= a[end]

    return not (before(one, other) or before(other, one))
