"""A cell in which a unit reports (进展情况) becomes a report of its own, with date and author;
earlier ones stay.

Which cells these are follows from the lifecycle: an action that writes a child record and puts what
was asked for into fields of the record (``set = { progress = "ask:content|…" }``, ``child = {
values = { content = "ask:content|…" } }``). The child's id comes from the same hash as the hand
edit, so the same cell makes the same report wherever and however often the file is taken in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from db.errors import BadInput
from db.merge.merge import typed_vector
from db.merge.versions import RowVersions
from db.model.action_sources import parse_sources
from db.model.declarations import Action, Field, Kind
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import Names
from db.model.ids import derived_uid
from db.model.kinds import Kinds
from db.model.records import Record, RowShape
from db.model.steps import FIELD, not_undone
from db.rules import validate
from db.rules.step_values import Step, step_outcome
from db.session import Session
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.unit_steps import reporting_of
from desktop.exchange.plan.import_plan import ChildPlan


class CellReports:
    """Made once per kind of a file. ``by`` and ``on`` are what the cover says of who filled it in
    and when."""

    def __init__(
        self, kinds: Kinds, kind: Kind, export_id: str, *, by: str, on: dt.date, tag: str = ""
    ) -> None:
        self.kinds, self.kind, self.export_id, self.by, self.on, self.tag = (
            kinds, kind, export_id, by, on, tag,
        )
        self._reporting = reporting_of(kinds, kind.name)

    def report(
        self, uid: str, typed: Mapping[str, object], taken: frozenset[str],
        values: Mapping[str, object], by: dt.date | None = None,
    ) -> ChildPlan | None:
        """The report that a row's typed cells make, or None. ``taken``: fields whose typed value is
        taken in; ``by``: the latest day that it can be of."""
        reporting = self._reporting
        if reporting is None or reporting.main not in taken or typed.get(reporting.main) is None:
            return None
        shape = RowShape(reporting.kind)
        assert reporting.action.child is not None
        made: FieldValues = {name: None for name in shape.names}
        asked = {given: typed.get(name) for given, name in reporting.field_of.items()}
        draw = SourceValues(asked, {**values, **typed}, min(self.on, by or self.on), self.by)
        for name, source in reporting.action.child.values.items():
            if reporting.kind.has(name):
                made[name] = drawn(source, reporting.kind.field(name), draw)
        if any(f.required and made[f.name] is None for f in reporting.kind.all_fields):
            return None
        text = shape.to_json(reporting.kind.title, made[reporting.kind.title])
        child_uid = derived_uid("report", self.export_id, uid, reporting.main, str(text))
        versions = RowVersions()
        for name, value in made.items():
            if value is not None:
                typed_text = str(shape.to_json(name, value))
                versions.set(
                    name, typed_vector({}, self.export_id, child_uid, name, typed_text, self.tag)
                )
        return ChildPlan(
            reporting.kind.name, child_uid, uid, made, versions, reporting.main,
            reporting.action.name,
        )

    def words(self, child: ChildPlan, state: str | None) -> str:
        """What such a report does, for the person who looks before accepting."""
        label = self.kinds.get(child.kind).label
        on = _day_of(self._reporting.action, child) if self._reporting else None
        on = on or self.on
        text = f"另记一条「{label}」（{on.isoformat()}{' ' + self.by if self.by else ''}）"
        cycle, found = self.kinds.lifecycle_of(self.kind), self._reporting
        if cycle is not None and found is not None and changes_state(found.action, state):
            assert state is not None and found.action.to is not None
            text += (
                f"，状态由“{cycle.state(state).label}”转为“{cycle.state(found.action.to).label}”"
            )
        return f"{text}。"


class SourceValues(msgspec.Struct, frozen=True):
    """What the sources of a record that a step adds draw from."""

    asked: Mapping[str, object]
    values: Mapping[str, object]
    on: dt.date
    by: str
    note: str = ""

    def single(self, word: str, rest: str) -> object:
        """What one source says; None where it says nothing."""
        match word:
            case "ask":
                return self.asked.get(rest)
            case "field":
                return self.values.get(rest)
            case "today":
                return self.on
            case "user":
                return self.by or None
            case "note":
                return self.note or None
            case "text":
                return rest
        return None


def drawn(source: str, target: Field, draw: SourceValues) -> object:
    """The first alternative of a source that says something, normalised for its field."""
    for word, rest in parse_sources(source):
        value = draw.single(word, rest)
        if value is not None:
            try:
                return TYPES[target.type].normalize(value, target)
            except BadInput:
                return None
    return None


def _day_of(action: Action, report: ChildPlan) -> dt.date | None:
    """The day that stands in a report."""
    for name, source in action.child.values.items() if action.child is not None else ():
        day = report.values.get(name)
        if parse_sources(source)[0][0] == "today" and isinstance(day, dt.date):
            return day
    return None


def changes_state(action: Action, state: str | None) -> bool:
    """Whether a report takes an item on to another state: received, or only assigned, it is in
    progress from then on."""
    return (
        state in action.from_ and action.to is not None and not action.to.startswith("field:")
        and action.to != state
    )


class WorkbookDesk(msgspec.Struct, frozen=True):
    """What a step draws from that a workbook tells of: the day and the name that stand in it, so
    that two offices that take the same one in write the same."""

    session: Session
    today: dt.date
    user_name: str

    @property
    def at(self) -> str:
        return self.today.isoformat()

    @property
    def office(self) -> str:
        return ""

    @property
    def names(self) -> Names:
        return self.session.names

    def next_number(self, owner: Kind, target: Field, alike: object) -> int:
        """Nothing that a unit tells or asks for is numbered."""
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
    if not changes_state(action, record.state):
        return {}
    days = [session.today]
    if (day := _day_of(action, report)) is not None:
        last = not_undone(record.values.get(FIELD))[-1:]
        days.insert(0, max(day, last[0].day) if last else day)
    values: FieldValues = {}
    for day in days:
        step = Step(WorkbookDesk(session, day, session.user.name), kind, record)
        values = step_outcome(step, action, cycle, session.kinds, [()] * len(action.updates)).values
        written = {name: value for name, value in values.items() if kind.has(name)}
        try:
            validate.check(session, kind, {**record.values, **written}, written, record)
        except BadInput:
            continue
        break
    return values
