"""Records that must travel along so that what refers to them still makes sense: units, and rosters
such as leaders.

A receiving office that does not know a unit's uid could only show it as unknown. Work items are not
carried this way, since they may be another unit's; nor is anything from the other book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from db.merge.merge import DELETED
from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.model.records import Record
from db.session import Session
from db.units.names import UNIT_KIND
from desktop.exchange.format import pending_conflicts
from desktop.exchange.format.manifest import WaitingValue


class Dependencies:
    """Collects uids while rows are written; then hands out the records, and what they refer to in
    turn."""

    def __init__(self, session: Session, book: str) -> None:
        self._session, self._book = session, book
        self._wanted: dict[str, dict[str, None]] = {}
        self._written: set[str] = set()
        self._plans: dict[str, list[tuple[str, str, bool]]] = {}

    def _plan(self, kind: Kind) -> list[tuple[str, str, bool]]:
        """(field, kind referred to, several) of the fields whose targets are carried."""
        found = self._plans.get(kind.name)
        if found is None:
            found = []
            for field in kind.all_fields:
                if type_of(field).names_units:
                    found.append((field.name, UNIT_KIND, type_of(field).many))
                elif type_of(field).names_record and field.kind and self._roster(field.kind):
                    found.append((field.name, field.kind, False))
            self._plans[kind.name] = found
        return found

    def _roster(self, name: str) -> bool:
        kind = self._session.kinds.get(name)
        return kind.book == "office" == self._book and kind.lifecycle is None and not kind.parent

    def need(self, kind: Kind, records: Sequence[Record]) -> None:
        """Note what these records refer to."""
        self._written.update([record.uid for record in records])
        for name, target, several in self._plan(kind):
            values: list[Any] = [record.values.get(name) for record in records]
            uids = chain.from_iterable(filter(None, values)) if several else filter(None, values)
            self._wanted.setdefault(target, {}).update(dict.fromkeys(uids))

    def records(self) -> Iterator[tuple[Kind, list[Record]]]:
        """The records referred to that no sheet holds, kind by kind. Asks again for what these
        refer to."""
        out: dict[str, list[Record]] = {}
        while True:
            fresh = [
                (t, u) for t, uids in self._wanted.items() for u in uids if u not in self._written
            ]
            if not fresh:
                break
            for target, uid in fresh:
                self._written.add(uid)
                record = self._session.get(target, uid) if self._session.opens(target) else None
                if record is not None:
                    out.setdefault(target, []).append(record)
                    self.need(self._session.kinds.get(target), [record])
        for target, records in out.items():
            yield self._session.kinds.get(target), records


def waiting_values(session: Session, book_name: str) -> dict[str, list[WaitingValue]]:
    """What waits in a book for another office's decision, by the record's uid.

    Whether a deleted record should live is asked anew wherever the edit for whose sake it is asked
    arrives."""
    found: dict[str, list[WaitingValue]] = {}
    book = next(book for book in session.books if book.name == book_name)
    if book.offices.alone:
        return found
    for each in pending_conflicts.open_conflicts(book.connection):
        if each.field != DELETED and pending_conflicts.decider(session, each):
            value = msgspec.json.decode(each.theirs)
            wait = WaitingValue(each.field, value, each.their_vector, each.authors.split())
            found.setdefault(each.uid, []).append(wait)
    return found
