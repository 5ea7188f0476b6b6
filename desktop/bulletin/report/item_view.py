"""One record as a report's template sees it: ``item["deadline"]`` is the field's text, its
children, its letters, its forerunner."""

from __future__ import annotations

import datetime as dt

from db.model import lights
from db.model.dates import chinese_date
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session

LETTER = "letter"


class ItemView:
    """One record in a template: ``item["deadline"]`` is the field's text; also its title, unit and
    state.

    ``overdue`` says that it is open past its deadline.
    """

    def __init__(self, session: Session, record: Record) -> None:
        self._session, self._record = session, record
        self.uid = record.uid
        self.title = session.title_of(record)
        kind = session.kinds.get(record.kind)
        self.ledger = kind.label
        self.state = session.text(record, "state")
        self.light = session.light_label(record)
        self.overdue = lights.overdue_open(
            record, kind, session.lifecycle_of(record), session.today
        )
        self.unit = session.text(record, kind.unit) if kind.unit else ""

    def __getitem__(self, name: str) -> str:
        kind = self._session.kinds.get(self._record.kind)
        if not kind.has(name):
            return ""
        value = self._record.values.get(name)
        if isinstance(value, dt.date):
            return chinese_date(value)
        return self._session.text(self._record, name)

    def raw(self, name: str) -> object:
        """A field's value as it is kept: a choice by its name."""
        return self._record.values.get(name)

    def label(self, name: str) -> str:
        """A field's label."""
        kind = self._session.kinds.get(self._record.kind)
        return kind.field(name).label if kind.has(name) else ""

    def children(self, kind: str) -> list[ItemView]:
        """Child records of a kind, oldest first."""
        return [ItemView(self._session, c) for c in self._session.children(self._record.uid, kind)]

    def letter(self, sort: str) -> ItemView | None:
        """The newest letter of that sort ("notice", "blue" …) kept on the item, or None."""
        found = [
            c
            for c in self._session.children(self._record.uid, LETTER)
            if c.values.get("letter_type") == sort
        ]
        return ItemView(self._session, found[-1]) if found else None

    def letter_no(self, sort: str, word: str) -> str:
        """The number of that letter as it is printed: 督办〔2022〕5号; empty without one."""
        letter = self.letter(sort)
        if letter is None or letter.raw("number") is None:
            return ""
        return f"{word}〔{letter['year']}〕{letter['number']}号"


def previous(session: Session, record: Record, series: tuple[str, ...]) -> Record | None:
    """The record before this one in its series, counted by the last field of ``series``; None for
    the first."""
    if len(series) < 2:
        return None
    *same, counted = series
    number = record.values.get(counted)
    if number is None or any(record.values.get(name) is None for name in same):
        return None
    where = (
        *(Where(name, "eq", record.values[name]) for name in same), Where(counted, "lt", number),
    )
    found = session.find(Query(kind=record.kind, where=where, sort=((counted, True),), limit=1))
    return found[0] if found else None
