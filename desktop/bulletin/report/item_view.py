"""One record as a report's template sees it: ``item["deadline"]`` is the field's text, its
children, its letters, its forerunner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from db.model import due_state
from db.model.dates import chinese_date
from db.model.fieldtypes import type_of
from db.model.query import Query, Where
from db.model.records import LETTER, Record
from db.session import Session
from db.store.spans import records_as_of

#: What stands before a letter's number, by its sort, from the mildest to the last, then the slips.
LETTER_WORDS = {
    "reminder": "催办", "notice": "督办", "blue": "提示函", "orange": "督办函", "red": "警示函",
    "assignment": "交办", "close_out": "销号",
}


class ItemView:
    """One record in a template: ``item["deadline"]`` is the field's text; also its title, unit and
    state.

    ``overdue`` says that it is open past its deadline on ``day``, of which the words speak.
    ``chosen``: which letter of a sort it is about, by its uid; "" for one that is yet to go out.
    """

    def __init__(
        self, session: Session, record: Record, day: dt.date | None = None,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self._session, self._record, self._chosen = session, record, chosen or {}
        self._day = day or session.today
        self.uid = record.uid
        self.title = session.title_of(record)
        kind = session.kinds.get(record.kind)
        self.ledger = kind.label
        self.state = session.text(record, "state")
        self.light = session.light_label(record)
        cycle = session.lifecycle_of(record)
        self.overdue = due_state.of(record, kind, cycle, self._day) == "overdue"
        self.unit = session.text(record, kind.unit) if kind.unit else ""

    def __getitem__(self, name: str) -> str:
        kind = self._session.kinds.get(self._record.kind)
        if not kind.has(name):
            return ""
        return printed_text(self._session, self._record, name)

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

    def people(self, kind: str) -> list[ItemView]:
        """Child records of a kind, each person, by name and unit, once."""
        found: dict[tuple[str, str], ItemView] = {}
        for each in self.children(kind):
            found.setdefault((each["name"], each["unit"]), each)
        return list(found.values())

    @property
    def late_rows(self) -> str:
        """What is planned under the item, should have been done before ``day`` and was not, each
        with its day and, where it is another's, its unit: 节点“立项”（计划2022年9月5日）."""
        session, above = self._session, self._session.kinds.get(self._record.kind)
        said = []
        for kind in session.kinds.children_of(above.name):
            if not kind.planned or kind.lights is None or not session.opens(kind.name):
                continue
            due, done = kind.lights.deadline, kind.lights.done
            rows = records_as_of(session, session.children(self.uid, kind.name), self._day)
            for row in sorted(rows, key=lambda row: str(row.values[due])):
                planned, reached = row.values[due], row.values[done]
                if planned is None or planned >= self._day or (reached or dt.date.max) <= self._day:
                    continue
                unit = session.text(row, kind.unit) if kind.unit else ""
                whose = f"{unit}，" if unit not in ("", self.unit) else ""
                when = f"{whose}计划{chinese_date(planned)}"
                said.append(f"{kind.label}“{session.title_of(row)}”（{when}）")
        return "、".join(said)

    def sent(self, sorts: Sequence[str]) -> list[Record]:
        """The letters of these sorts that went out, numbered and dated, the newest last."""
        return sorted(
            (
                c
                for c in self._session.children(self._record.uid, LETTER)
                if c.values.get("letter_type") in sorts
                and c.values.get("number") is not None
                and c.values.get("issued_on") is not None
                and c.values["issued_on"] <= self._day
            ),
            key=lambda c: (c.values["issued_on"], c.values["number"]),
        )

    def letter(self, sort: str) -> ItemView | None:
        """The letter of that sort ("notice", "blue" …) that it is about, the newest that went out
        where none was chosen; None where there is none."""
        found = self.sent([sort])
        if sort in self._chosen:
            found = [each for each in found if each.uid == self._chosen[sort]]
        return ItemView(self._session, found[-1]) if found else None

    def warned(self, sort: str) -> str:
        """Which milder letters went out before one of this sort: 经2022年9月5日提示函〔2022〕3号后;
        empty where none did."""
        order = list(LETTER_WORDS)
        said = [
            chinese_date(each.values["issued_on"])
            + _numbered(ItemView(self._session, each), LETTER_WORDS[each.values["letter_type"]])
            for each in self.sent(order[: order.index(sort)])
        ]
        return f"经{'、'.join(said)}后" if said else ""

    def letter_no(self, sort: str, word: str) -> str:
        """The number of that letter as it is printed: 督办〔2022〕5号; empty without one."""
        letter = self.letter(sort)
        return _numbered(letter, word) if letter is not None else ""


def _numbered(letter: ItemView, word: str) -> str:
    """A letter's number as it is printed."""
    return f"{word}〔{letter['year']}〕{letter['number']}号"


def printed_text(session: Session, record: Record, name: str) -> str:
    """A field as it is printed: days and months in the one style of official papers."""
    value = record.values.get(name)
    if isinstance(value, dt.date):
        return chinese_date(value)
    declared = session.kinds.get(record.kind).field(name)
    if type_of(declared).is_month and isinstance(value, str):
        return f"{value[:4]}年{int(value[5:])}月"
    return session.text(record, name)


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
