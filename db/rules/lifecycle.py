"""Who may move what from which state to which: interprets the lifecycles of the declarations.

A step is one transaction: the record's state and fields, the children it changes and the child it
adds, as ``db/rules/step_values.py`` works them out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from db.access import immutability, roles, step_checks
from db.errors import BadInput, NotPermitted, Problem
from db.model import settings, step_history
from db.model.declarations import Action, ActionUpdate, Field, Kind, Lifecycle
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import Names
from db.model.roles import called
from db.model.sql import quoted
from db.model.steps import FIELD, Steps, not_undone
from db.rules import meeting_hearings
from db.rules.step_values import Step, first_values, step_outcome
from db.store import spans
from db.units import unit_assignment

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.kinds import Kinds
    from db.model.records import Record, Values

NOTE_LIMIT = 5_000
"""Characters of a note; longer texts belong into an attachment."""


class Possible(msgspec.Struct, frozen=True):
    """An action that starts from the record's state: whether this person may take it now and, if
    not, why (a sentence)."""

    action: Action
    allowed: bool
    reason: str = ""
    #: whether it is what this person should do now
    first: bool = False
    #: whether it only asks once more for what waits for a decision
    again: bool = False


class RequestedField(msgspec.Struct, frozen=True):
    """A field that goes with an action: of the record or of the child, and whether it must be
    given."""

    field: Field
    required: bool
    of_child: bool


def requested_fields(kinds: Kinds, kind: Kind, action: Action) -> tuple[RequestedField, ...]:
    """What a form for the action asks for, in order."""
    found: list[RequestedField] = []
    child = kinds.get(action.child.kind) if action.child else None
    for name in (*action.ask, *action.offer):
        of_child = not kind.has(name) and child is not None
        source = child if of_child and child is not None else kind
        found.append(RequestedField(source.field(name), name in action.ask, of_child))
    return tuple(found)


def actions_for(session: ReadContext, record: Record) -> list[Possible]:
    """The actions that start from the record's state, in declared order, each with the reason that
    forbids it, if any."""
    kind = session.kinds.get(record.kind)
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None or record.deleted:
        return []
    found: list[Possible] = []
    for action in cycle.actions:
        if record.state not in action.from_:
            continue
        try:
            step_checks.check(session, kind, action, record)
            _prepared(session, kind, action, record)
        except (BadInput, NotPermitted) as error:
            found.append(Possible(action, False, error.message))
        else:
            found.append(Possible(action, True))
    return _marked(session, cycle, record.state or "", found)


def _marked(
    session: ReadContext, cycle: Lifecycle, state: str, found: Sequence[Possible]
) -> list[Possible]:
    """The same, with what is to be done now and what only asks again."""
    first = first_step(cycle, state, found, session.role)
    waits = cycle.awaits_decision(state)
    return [
        replace(one, first=one.action is first, again=waits and one.action.to == state)
        for one in found
    ]


def first_step(
    cycle: Lifecycle, state: str, possible: Sequence[Possible], role: str
) -> Action | None:
    """The step that a person of this role should take now, None when none is theirs.

    Where a second person decides, it is a step of those who decide: asking once more would make
    them the one who asked. Who decides is not led to take a unit's step for it, which would bar
    them from deciding. A step that rejects is never the first.
    """
    decisions = [action for action in cycle.actions if action.not_by is not None]
    here = {role for action in decisions if state in action.from_ for role in action.roles}
    decides = any(role in action.roles for action in decisions)

    def theirs(one: Possible) -> bool:
        action = one.action
        if not one.allowed or not action.main or action.tone == "red":
            return False
        if here and (action.to == state or not here.issuperset(action.roles)):
            return False
        return not (decides and action.owner == "responsible")

    return next((one.action for one in possible if theirs(one)), None)


def _prepared(session: ReadContext, kind: Kind, action: Action, record: Record) -> None:
    """Whether what the action needs is there, and what was read out stays; raises ``BadInput``."""
    cycle = session.kinds.lifecycle_of(kind)
    named = action.to if action.to and not action.to.startswith("field:") else None
    if cycle is not None and named and not cycle.state(named).closed:
        immutability.refuse_if_sealed(session, record)
    _check_filled(kind, action, record)
    if cycle is not None and named and (
        cycle.state(named).closed or action.set.get(cycle.requested_on or "") == "today"
    ):
        _check_parts(session, kind, action, record)
    for update in action.updates:
        if update.missing and not _matching(session, record, update):
            raise BadInput(update.missing, uid=record.uid)


def _check_parts(session: ReadContext, kind: Kind, action: Action, record: Record) -> None:
    """Each part is closed by itself, and the whole when all are."""
    for name in kind.parts:
        part = session.kinds.get(name)
        done = part.lights.done if part.lights is not None else ""
        left = [r for r in session.children(record.uid, name) if r.values.get(done) is None]
        if left:
            said = "、".join(
                f"{session.title_of(r)}（{session.text(r, part.unit or part.title)}）"
                for r in left[:3]
            )
            more = "等" if len(left) > 3 else ""
            raise BadInput(
                f"还有 {len(left)} 个{part.label}没有办结：{said}{more}。"
                f"都办结了才能{action.label}。",
                uid=record.uid,
            )


def _check_filled(kind: Kind, action: Action, record: Record) -> None:
    missing = [kind.field(name) for name in action.requires if record.values.get(name) is None]
    if missing:
        labels = "".join(f"「{f.label}」" for f in missing)
        message = f"{action.label}之前请先填写{labels}。"
        raise BadInput(
            message, uid=record.uid, problems=[Problem(f.name, message) for f in missing]
        )


def _matching(session: ReadContext, record: Record, update: ActionUpdate) -> list[Record]:
    """The children an update changes, oldest first."""
    children = session.children(record.uid, update.kind)
    return [
        c
        for c in children
        if all(c.values.get(name) == value for name, value in update.where.items())
    ]


class _SessionDesk(msgspec.Struct, frozen=True):
    """The desk of a person logged in."""

    session: ReadContext
    #: the day on which it happened
    today: dt.date

    @property
    def at(self) -> str:
        return dt.datetime.now().isoformat(timespec="seconds")

    @property
    def office(self) -> str:
        return self.session.office_id

    @property
    def user_name(self) -> str:
        return self.session.who.user

    @property
    def names(self) -> Names:
        return self.session.names

    def next_number(self, owner: Kind, target: Field, alike: Mapping[str, object]) -> int:
        """One more than the highest so far; deleted ones count, since a number once used is never
        given again."""
        parts = [f"{quoted(name)} IS ?" for name in alike]
        cells = [TYPES[owner.field(name).type].to_db(value) for name, value in alike.items()]
        text = (
            f"SELECT coalesce(max({quoted(target.name)}), 0) + 1 FROM {quoted(owner.name)} WHERE"
            f" {' AND '.join(parts)}"
        )
        return int(self.session.book_of(owner.name).connection.execute(text, cells).fetchone()[0])


def _given(
    session: ReadContext, kind: Kind, action: Action, ask: Mapping[str, object]
) -> dict[str, object]:
    """What a person gave with the action, read as the fields it is meant for; raises ``BadInput``
    with every problem."""
    wanted = {each.field.name: each for each in requested_fields(session.kinds, kind, action)}
    problems: list[Problem] = []
    found: Values = {}
    for name, raw in ask.items():
        each = wanted.get(name)
        if each is None:
            known = "、".join(wanted) or "无"
            problems.append(Problem(name, f"{action.label}不用填「{name}」（可填的有：{known}）。"))
            continue
        try:
            found[name] = _read(session, each.field, raw)
            if reason := _unit_gone(session, each.field, found[name]):
                problems.append(Problem(name, reason))
        except BadInput as error:
            problems += error.problems
    for name, each in wanted.items():
        if each.required and found.get(name) is None and not any(p.field == name for p in problems):
            problems.append(Problem(name, f"{action.label}要填写「{each.field.label}」。"))
    if problems:
        raise BadInput(
            "；".join(p.message.rstrip("。") for p in problems) + "。", problems=problems
        )
    return found


def _read(session: ReadContext, field: Field, raw: object) -> object:
    """A value as it is kept: typed as in a form, or a plain one."""
    kind_of = TYPES[field.type]
    if isinstance(raw, str):
        return kind_of.parse(raw, field, session.names)
    return kind_of.normalize(raw, field)


def _unit_gone(session: ReadContext, field: Field, value: object) -> str | None:
    """Why a unit may be given nothing any more; None for any other value."""
    if not isinstance(value, str) or not value or not TYPES[field.type].one_unit:
        return None
    return session.names.succession.refusal(value, session.today)


def _action(cycle: Lifecycle, name: str, record: Record) -> Action:
    action = cycle.action(name)
    if record.state not in action.from_:
        here = cycle.state(record.state).label if record.state else "没有状态"
        possible = "、".join(
            f"{a.label}（{a.name}）" for a in cycle.actions if record.state in a.from_
        )
        raise BadInput(
            f"这条记录现在是“{here}”，不能{action.label}。"
            + (f"可用的操作有：{possible}。" if possible else ""),
            uid=record.uid,
        )
    return action


def take_step(
    session: WriteContext,
    kind_name: str,
    uid: str,
    action_name: str,
    note: str = "",
    ask: Mapping[str, object] | None = None,
    on: dt.date | None = None,
) -> list[str]:
    """Take a step; returns the record's changed fields (with "state", if it changed). ``on``: the
    day on which it happened, today where nobody says.

    Raises ``NotPermitted`` (role, or the same person twice) and ``BadInput`` (wrong state,
    something missing, a rule broken); nothing is changed then.
    """
    kind = session.kinds.get(kind_name)
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None:
        raise BadInput(f"「{kind.label}」没有办理流程，不能做这个操作。", uid=uid)
    note = note.strip()
    with session.atomic("move", _label(cycle, action_name, note)):
        record = session.must_get(kind_name, uid)
        # who may not write at all is told that, whatever the state
        roles.check_write(session.role, kind)
        if record.deleted:
            raise BadInput("这条记录在回收站中，请先恢复再操作。", uid=uid)
        action = _action(cycle, action_name, record)
        step_checks.check(session, kind, action, record)
        _check_note(action, note, uid)
        _prepared(session, kind, action, record)
        given = _given(session, kind, action, ask or {})
        before = steps_before(session, record)
        step = Step(_SessionDesk(session, on or session.today), kind, record, note, given, before)
        if on is not None:
            _check_day(session, step, action, cycle, on)
        _check_other_unit(session, step, action)
        changed = _carry_out(step, action, cycle, session)
        return [name for name in changed if name != FIELD]


def _check_note(action: Action, note: str, uid: str) -> None:
    if action.note == "required" and not note:
        raise BadInput(f"{action.label}要写明理由，请填写说明后再操作。", field="note", uid=uid)
    if len(note) > NOTE_LIMIT:
        raise BadInput(
            f"说明有 {len(note)} 个字，超过 {NOTE_LIMIT} 个字的上限，请放入附件。",
            field="note", uid=uid,
        )  # fmt: skip


def _check_other_unit(session: ReadContext, step: Step, action: Action) -> None:
    """What is given to another unit is not given to the one that has it."""
    kind, record = step.kind, step.record
    if kind.unit in action.ask and step.given.get(kind.unit) == record.values.get(kind.unit):
        unit = kind.field(kind.unit)
        here = f"「{session.text(record, unit.name)}」就是现在的{unit.label}"
        raise BadInput(f"{here}，{action.label}请选别的单位。", field=unit.name, uid=record.uid)


def steps_before(session: ReadContext, record: Record) -> Steps:
    """Those that a record went through so far."""
    book = session.book_of(record.kind)
    shape = spans.shape_of(session.kinds, session.kinds.get(record.kind))
    return spans.steps_of(book, shape, record) if shape is not None else ()


def _check_day(
    session: ReadContext, step: Step, action: Action, cycle: Lifecycle, on: dt.date
) -> None:
    """``BadInput``: a day to come, before the step before it, longer ago than the office lets this
    person enter, or not what a date of its own already says."""
    problem = ""
    last = not_undone(step.before)[-1:]
    if on > session.today:
        problem = f"{action.label}的日期 {on} 还没有到，请填今天或以前的日期。"
    elif last and on < last[0].day:
        what = cycle.action(last[0].action).label
        problem = f"{action.label}的日期 {on} 早于前一步“{what}”（{last[0].on}），请核对日期。"
    elif far := too_long_ago(session, on):
        problem = far
    else:
        own = step_history.own_day_field(cycle, action, step.kind)
        field = step.kind.field(own) if own else None
        said = step.value(action.set[field.name], field, step.kind) if field is not None else on
        if field is not None and said != on:
            problem = (
                f"「{field.label}」填的是 {said}，和{action.label}的日期 {on} 不一样，"
                "请改成同一天。"
            )
    if problem:
        raise BadInput(problem, field="on", uid=step.record.uid)


def too_long_ago(session: ReadContext, on: dt.date) -> str:
    """Why this person may not enter a step of that day: longer ago than the office lets the role;
    "" where it may."""
    allowed = settings.BACK_DATING.of(session.office).get(session.role, 0)
    if (session.today - on).days <= allowed:
        return ""
    far = f"只能补记 {allowed} 天以内的" if allowed else "不能补记以前的日期"
    return f"{called(session.role)}{far}，请由有权限的人员办理，或在设置中改补记期限。"


def _label(cycle: Lifecycle, action_name: str, note: str) -> str:
    label = next((a.label for a in cycle.actions if a.name == action_name), action_name)
    short = note if len(note) <= 60 else note[:60] + "…"
    return f"{label}：{short}" if short else label


def _carry_out(step: Step, action: Action, cycle: Lifecycle, session: WriteContext) -> list[str]:
    record = step.record
    outcome = step_outcome(
        step, action, cycle, session.kinds, [_matching(session, record, u) for u in action.updates]
    )
    for name in action.not_before_today:
        day = outcome.values.get(name, record.values.get(name))
        if day is not None and day > session.today:
            what = (
                f"「{step.kind.field(name).label}」是 {day.isoformat()}，还没有到，"
                f"不能记为“{action.label}”。请核对日期。"
            )
            raise BadInput(what, field=name, uid=record.uid)
    for child, values in outcome.updates:
        session.set_checked(child, values, action=f"move:{action.name}")
    if outcome.child is not None:
        made, given = outcome.child
        session.add_checked(
            made, {**given, **unit_assignment.of_the_day(session, made, given, record.uid)},
            parent=record.uid,
        )
    taken = unit_assignment.taken_over(session, step.kind, record, outcome.values, step.desk.today)
    changed = session.set_checked(record, {**outcome.values, **taken}, action=f"move:{action.name}")
    meeting_hearings.note(session, record, action.name)
    return changed


def edit_side_effects(
    kind: Kind, cycle: Lifecycle | None, record: Record, normal: Mapping[str, object]
) -> dict[str, object]:
    """What a plain edit writes besides: the deadline first given is kept when it is typed over, and
    what was checked is so no more.

    ``BadInput`` where the edit would empty what the step out of the draft asked for: without a
    deadline nothing is ever overdue.
    """
    if cycle is None or record.state is None or cycle.state(record.state).draft:
        return {}
    _check_not_emptied(kind, cycle, record, normal)
    found: dict[str, object] = {}
    back = cycle.state(record.state).edited_to
    if back and any(record.values.get(name) != value for name, value in normal.items()):
        found["state"] = back
    for action in cycle.actions:
        found |= first_values(record, action.keep, normal)
    return found


def _check_not_emptied(
    kind: Kind, cycle: Lifecycle, record: Record, normal: Mapping[str, object]
) -> None:
    for step in cycle.actions:
        for name in step.requires if any(cycle.state(state).draft for state in step.from_) else ():
            if normal.get(name, "") is None and record.values.get(name) is not None:
                label = kind.field(name).label
                raise BadInput(
                    f"已经{step.label}，「{label}」不能清空，可以改成别的。", field=name,
                    uid=record.uid,
                )
