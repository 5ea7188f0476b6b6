"""A cell in which a unit reports (进展情况) becomes a report of its own, with date and author;
earlier ones stay.

Which cells these are follows from the lifecycle: an action that writes a child record and puts what
was asked for into fields of the record (``set = { progress = "ask:content|…" }``, ``child = {
values = { content = "ask:content|…" } }``). The child's id comes from the same hash as the hand
edit, so the same cell makes the same report wherever and however often the file is taken in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.errors import BadInput
from db.merge.merge import hand_vector
from db.merge.versions import RowVersions
from db.model.action_sources import alternatives
from db.model.declarations import Action, Field, Kind
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import Names
from db.model.ids import derived_uid
from db.model.kinds import Kinds
from db.model.records import Record, RowShape
from db.rules import validate
from db.rules.lifecycle import Step, work_out
from db.session import Session
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.plan.import_plan import ChildPlan


@dataclass(frozen=True, slots=True)
class _Reporting:
    action: Action
    kind: Kind
    #: what the action asks for → the field of the record that shows it
    field_of: dict[str, str]
    #: the one field whose writing makes a report
    main: str


class CellReports:
    """Made once per kind of a file. ``by`` and ``on`` are what the cover says of who filled it in
    and when."""

    def __init__(
        self, kinds: Kinds, kind: Kind, export_id: str, *, by: str, on: dt.date, tag: str = ""
    ) -> None:
        self.kinds, self.kind, self.export_id, self.by, self.on, self.tag = (
            kinds, kind, export_id, by, on, tag,
        )
        self._reporting = self._find()

    def _find(self) -> _Reporting | None:
        cycle = self.kinds.lifecycle_of(self.kind)
        for action in cycle.actions if cycle else ():
            if action.child is None or action.child.kind not in self.kinds:
                continue
            child = self.kinds.get(action.child.kind)
            field_of = {
                asked: name for name, source in action.set.items()
                for word, asked in alternatives(source)[:1] if word == "ask" and self.kind.has(name)
                and self.kind.field(name).owner == "responsible"
            }
            title = alternatives(action.child.values.get(child.title, ""))[:1]
            if title and title[0][0] == "ask" and title[0][1] in field_of:
                return _Reporting(action, child, field_of, field_of[title[0][1]])
        return None

    def report(
        self, uid: str, typed: Mapping[str, object], taken: frozenset[str],
        values: Mapping[str, object],
    ) -> ChildPlan | None:
        """The report that a row's typed cells make, or None. ``taken``: fields whose typed value is
        taken in."""
        found = self._reporting
        if found is None or found.main not in taken or typed.get(found.main) is None:
            return None
        shape = RowShape(found.kind)
        assert found.action.child is not None
        made: FieldValues = {name: None for name in shape.names}
        for name, source in found.action.child.values.items():
            if found.kind.has(name):
                made[name] = self._value(found, name, source, typed, values)
        if any(f.required and made[f.name] is None for f in found.kind.all_fields):
            return None
        text = shape.to_json(found.kind.title, made[found.kind.title])
        child_uid = derived_uid("report", self.export_id, uid, found.main, str(text))
        versions = RowVersions()
        for name, value in made.items():
            if value is not None:
                typed_text = str(shape.to_json(name, value))
                versions.set(
                    name, hand_vector({}, self.export_id, child_uid, name, typed_text, self.tag)
                )
        return ChildPlan(
            found.kind.name, child_uid, uid, made, versions, found.main, found.action.name
        )

    def words(self, child: ChildPlan, state: str | None) -> str:
        """What such a report does, for the person who looks before accepting."""
        label = self.kinds.get(child.kind).label
        text = f"另记一条「{label}」（{self.on.isoformat()}{' ' + self.by if self.by else ''}）"
        cycle, found = self.kinds.lifecycle_of(self.kind), self._reporting
        if cycle is not None and found is not None and moves(found.action, state):
            assert state is not None and found.action.to is not None
            text += (
                f"，状态由“{cycle.state(state).label}”转为“{cycle.state(found.action.to).label}”"
            )
        return f"{text}。"

    def _value(
        self, found: _Reporting, name: str, source: str, typed: Mapping[str, object],
        values: Mapping[str, object],
    ) -> Any:
        declared = found.kind.field(name)
        for word, rest in alternatives(source):
            value: Any = None
            if word == "ask":
                value = typed.get(found.field_of.get(rest, ""))
            elif word == "field":
                value = typed.get(rest, values.get(rest))
            elif word == "today":
                value = self.on
            elif word == "user":
                value = self.by or None
            elif word == "text":
                value = rest
            if value is None:
                continue
            try:
                return TYPES[declared.type].normalize(value, declared)
            except BadInput:
                return None
        return None


def moves(action: Action, state: str | None) -> bool:
    """Whether a report takes an item on to another state: received, or only assigned, it is in
    progress from then on."""
    return (
        state in action.from_ and action.to is not None and not action.to.startswith("field:")
        and action.to != state
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a step draws from; who took the workbook in carries it out, as of the day of the
    report."""

    session: Session
    today: dt.date

    @property
    def user_name(self) -> str:
        return self.session.user.name

    @property
    def at(self) -> str:
        return self.today.isoformat()

    @property
    def office(self) -> str:
        return ""

    @property
    def names(self) -> Names:
        return self.session.names

    def next_number(self, owner: Kind, target: Field, alike: Mapping[str, object]) -> int:
        """No report is numbered."""
        raise BadInput(f"「{owner.label}」的编号不能由表格产生。")


def step_of(session: Session, record: Record, report: ChildPlan) -> FieldValues:
    """What the step writes that a report is (its state, the day of receipt); empty where the item
    is past it or not yet there.

    The day is the report's own, so that two offices that take in the same workbook write the same;
    today where the ledger's rules do not allow it (reported before it was assigned)."""
    kind = session.kinds.get(record.kind)
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None or record.deleted:
        return {}
    action = cycle.action(report.action)
    if not moves(action, record.state):
        return {}
    days = [session.today]
    for name, source in action.child.values.items() if action.child is not None else ():
        if alternatives(source)[0][0] == "today" and isinstance(report.values.get(name), dt.date):
            days.insert(0, report.values[name])
    values: FieldValues = {}
    for day in days:
        step = Step(_Desk(session, day), kind, record)
        values = work_out(step, action, cycle, session.kinds, [()] * len(action.updates)).values
        written = {name: value for name, value in values.items() if kind.has(name)}
        try:
            validate.check(session, kind, {**record.values, **written}, written, record)
        except BadInput:
            continue
        break
    return values
