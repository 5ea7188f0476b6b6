"""Meetings with cumulative numbers: the agenda from what was decided last time and what is still
open, who came, what was decided.

A decision becomes an item in one step, so that nothing decided is forgotten; the next agenda first
tells how it stands.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.domain import made_records
from db.errors import BadInput, in_line
from db.model import due_state
from db.model.query import Query, Where
from db.model.records import Record, Values
from db.rules import meeting_hearings

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Choice, Field

SERIES, MEETING, ATTENDANCE = "meeting_series", "meeting", "attendance"
DECISION, PROBLEM, ITEM = "decision", "meeting_problem", "assigned_item"
#: What is asked when the next session is opened, and what is typed line by line for decisions,
#: problems and people.
OPENING = ("session_no", "title", "held_on", "place", "chair")
DECISIONS = ("title", "content", "lead_unit", "cooperating_units", "deadline")
PROBLEMS = ("title", "raised_by", "lead_leader", "lead_unit", "deadline")
PEOPLE = ("unit", "name", "duty", "role")
#: The parts of an agenda, in the order they are taken.
LAST, OPEN, NEW = "last", "open", "new"
#: How somebody attended who had asked not to.
LEAVE = "leave"
_NUMBER = re.compile(r"第\s*\d+\s*次")
_STEPS = {"weekly": 7, "monthly": 30, "quarterly": 91}


class Series(msgspec.Struct, frozen=True):
    """A series of meetings: how many there were, the number of the last one, how many of its
    problems are open."""

    uid: str
    name: str
    count: int
    last: int
    open_problems: int
    takes_problems: bool


class Meeting(msgspec.Struct, frozen=True):
    """One meeting of a series, for its list."""

    uid: str
    number: int | None
    title: str
    day: dt.date | None
    state: tuple[str, str]
    held: bool
    planned: bool


class AgendaLine(msgspec.Struct, frozen=True):
    """A point of the agenda: which part it stands in, the record it is about, whose it is, how it
    stands, and the how manieth session it goes before."""

    part: str
    times: int
    kind: str
    uid: str
    title: str
    unit: str
    due: str
    state: tuple[str, str]


class Seat(msgspec.Struct, frozen=True):
    """One person of the attendance list."""

    uid: str
    unit: str
    name: str
    duty: str
    role: str
    status: str | None
    #: why somebody is on leave, and who came instead
    reason: str
    stand_in: str


class Decided(msgspec.Struct, frozen=True):
    """A decision and the item made of it, if any; ``made``: whether it became one, here or in
    another office's book; ``running``: whether that is not done yet."""

    uid: str
    meeting: str
    title: str
    content: str
    unit: str
    due: str
    item: str | None
    made: bool
    running: bool
    state: tuple[str, str]


def fields(session: ReadContext, kind: str, names: Sequence[str]) -> tuple[Field, ...]:
    """Declared fields of a kind, in this order."""
    declared = session.kinds.get(kind)
    return tuple(declared.field(name) for name in names)


# -- series and their sessions ---------------------------------------------------------------------


def series(session: ReadContext) -> list[Series]:
    """All series, those with meetings first, by name order of their making."""
    found = []
    for record in session.find(Query(kind=SERIES)):
        numbers = [r.values["session_no"] or 0 for r in _meetings(session, record.uid)]
        problems = session.count(Query(kind=PROBLEM, where=_open_problems(session, record)))
        has_type = record.values["meeting_type"] is not None
        found.append(
            Series(
                record.uid, record.values["name"], len(numbers), max(numbers, default=0), problems,
                has_type,
            )
        )
    return found


def _meetings(session: ReadContext, series_uid: str) -> list[Record]:
    """The meetings of a series, the newest number first."""
    asked = Query(
        kind=MEETING, where=(Where("series", "eq", series_uid),),
        sort=(("session_no", True), ("held_on", True)),
    )
    return session.find(asked)


def meetings_of_series(session: ReadContext, series_uid: str) -> list[Meeting]:
    """The same for a list."""
    cycle = session.kinds.lifecycle_of(MEETING)
    assert cycle is not None
    found = []
    for record in _meetings(session, series_uid):
        state = cycle.state(record.state or cycle.initial)
        found.append(
            Meeting(
                record.uid,
                record.values["session_no"],
                session.title_of(record),
                record.values["held_on"],
                (state.label, state.tone),
                state.closed,
                record.state == cycle.initial,
            )
        )
    return found


def propose(session: ReadContext, series_uid: str) -> Values:
    """The next session as it would usually be: next number, the title with that number, the next
    day of its rhythm."""
    of = session.must_get(SERIES, series_uid)
    held = _meetings(session, series_uid)
    number = max((r.values["session_no"] or 0 for r in held), default=0) + 1
    last = held[0] if held else None
    title = _NUMBER.sub(f"第{number}次", session.title_of(last)) if last is not None else ""
    if f"第{number}次" not in title:
        title = f"{of.values['name']}第{number}次会议"
    day = session.today
    step = _STEPS.get(of.values["rhythm"] or "")
    if last is not None and last.values["held_on"] is not None and step:
        day = max(day, last.values["held_on"] + dt.timedelta(days=step))
    while not session.workdays.is_workday(day):
        day += dt.timedelta(days=1)
    return {
        "session_no": number,
        "title": title,
        "held_on": day,
        "place": last.values["place"] if last is not None else None,
        "chair": of.values["convener"] or (last.values["chair"] if last is not None else None),
    }


def open_meeting(session: WriteContext, series_uid: str, values: Mapping[str, object]) -> str:
    """Open the next session, with the attendance list of the time before. Returns its uid.

    A number that the series has already is refused by the declaration of meetings.
    """
    of = session.must_get(SERIES, series_uid)
    before = _meetings(session, series_uid)
    full = {
        **values,
        "series": series_uid,
        "kind_of_meeting": of.values["kind_of_meeting"],
        "meeting_type": of.values["meeting_type"],
    }
    with session.atomic("form", f"新开{values.get('title') or of.values['name']}"):
        uid = session.add(MEETING, full)
        if before:
            _invite(session, uid, session.children(before[0].uid, ATTENDANCE))
    return uid


# -- agenda ----------------------------------------------------------------------------------------


def _open_problems(session: ReadContext, of: Record) -> tuple[Where, ...]:
    """The open problems of a series: of its standing meeting where it is one, else those raised in
    its sessions."""
    if of.values["meeting_type"] is not None:
        where: tuple[Where, ...] = (Where("meeting_type", "eq", of.values["meeting_type"]),)
    else:
        where = (Where("meeting", "in", [r.uid for r in _meetings(session, of.uid)] or [""]),)
    cycle = session.kinds.lifecycle_of(PROBLEM)
    if cycle is not None:
        where = (
            *where,
            Where("state", "in", [s.name for s in cycle.states if not s.closed and not s.void]),
        )
    return where


def _before(session: ReadContext, meeting: Record) -> list[Record]:
    """The sessions of the series before this one that were not called off, the newest first."""
    number = meeting.values["session_no"] or 0
    cycle = session.kinds.lifecycle_of(MEETING)
    void = cycle.names(void=True) if cycle is not None else ()
    return [
        record for record in _meetings(session, meeting.values["series"] or "")
        if record.uid != meeting.uid and (record.values["session_no"] or 0) < number
        and record.state not in void
    ]


def previous(session: ReadContext, meeting: Record) -> Record | None:
    """The session of the series before this one that was not called off."""
    return next(iter(_before(session, meeting)), None)


def _eve(session: ReadContext, meeting: Record) -> dt.date | None:
    """The day before a meeting that was held, as of which its agenda is; None for one that is to
    come, or of today."""
    cycle, day = session.kinds.lifecycle_of(MEETING), meeting.values["held_on"]
    held = cycle is not None and meeting.state in cycle.names(closed=True)
    return day - dt.timedelta(days=1) if held and day and day < session.today else None


def agenda(session: ReadContext, uid: str) -> list[AgendaLine]:
    """What was decided last time, or earlier and is not done yet, what is still open, what was
    raised for this time; each as it stood when it was held, or stands today."""
    meeting = session.must_get(MEETING, uid)
    if meeting.values["series"] is None:
        return []
    eve = _eve(session, meeting)
    found = _decided_before(session, meeting, eve)
    of = session.must_get(SERIES, meeting.values["series"])
    sort, where = (("deadline", False),), _open_problems(session, of)
    sittings = meeting_hearings.Sittings(session, meeting)
    day = meeting.values["held_on"] if eve is not None else None
    raised: list[AgendaLine] = []
    for record in session.find(Query(kind=PROBLEM, where=where, sort=sort, as_of=day)):
        since, on = record.values["raised_on"], meeting.values["held_on"]
        if since is not None and on is not None and since > on:
            continue  # raised at a later session
        here = record.values["meeting"] == uid
        line = _problem(session, record, NEW if here else OPEN, sittings.times(record))
        (raised if here else found).append(line)
    return found + raised


def _decided_before(session: ReadContext, meeting: Record, eve: dt.date | None) -> list[AgendaLine]:
    """What the session before decided, then what earlier ones did and is not done yet."""
    before = [r.uid for r in _before(session, meeting)]
    found = []
    for each in _decided(session, before, eve):
        ago = before.index(each.meeting) + 1
        if ago > 1 and not each.running:
            continue
        kind, target = (ITEM, each.item) if each.item is not None else (DECISION, each.uid)
        line = AgendaLine(LAST, ago, kind, target, each.title, each.unit, each.due, each.state)
        found.append(line)
    return sorted(found, key=lambda line: line.times)


def _problem(session: ReadContext, record: Record, part: str, times: int) -> AgendaLine:
    return AgendaLine(
        part,
        times,
        PROBLEM,
        record.uid,
        session.title_of(record),
        record.values["lead_unit"] or "",
        session.text(record, "deadline"),
        _state(session, record),
    )


def _state(session: ReadContext, record: Record) -> tuple[str, str]:
    """A record's state, or that it is overdue, with its tone; as of its day where it is of one."""
    cycle = session.kinds.lifecycle_of(record.kind)
    if cycle is None or record.state is None:
        return "", "grey"
    state = cycle.state(record.state)
    kind = session.kinds.get(record.kind)
    if due_state.of(record, kind, cycle, record.seen or session.today) == "overdue":
        return "逾期", "red"
    return state.label, state.tone


def again(line: AgendaLine) -> str:
    """That a point is not on the agenda for the first time, in words behind its state."""
    return f"，第{line.times}次上会" if line.times > 1 else ""


def raise_problems(
    session: WriteContext, uid: str, rows: Sequence[Mapping[str, object]]
) -> list[str]:
    """Problems raised at a meeting, assigned at once where unit and deadline are known; all or
    nothing."""
    meeting = session.must_get(MEETING, uid)
    day = meeting.values["held_on"] or session.today
    made: list[str] = []
    with session.atomic("form", f"提出 {len(rows)} 个问题"):
        for at, row in enumerate(rows, start=1):
            values = {
                **row, "meeting": uid, "meeting_type": meeting.values["meeting_type"],
                "raised_on": min(day, session.today),
            }
            with in_line(at):
                made.append(session.add(PROBLEM, values))
                if row.get("lead_unit") and row.get("deadline"):
                    session.take_step(PROBLEM, made[-1], "assign")
    return made


# -- attendance ------------------------------------------------------------------------------------


def statuses(session: ReadContext) -> tuple[Choice, ...]:
    """The declared ways to attend, the usual one first."""
    return session.kinds.get(ATTENDANCE).field("status").options


def attendance(session: ReadContext, uid: str) -> list[Seat]:
    """The list of a meeting: who leads it first, then as it was entered."""
    rows = session.children(uid, ATTENDANCE)
    rows.sort(key=lambda r: r.values["role"] != "chair")
    return [
        Seat(
            r.uid,
            r.values["unit"] or "",
            r.values["name"] or "",
            r.values["duty"] or "",
            session.text(r, "role"),
            r.values["status"],
            r.values["reason"] or "",
            r.values["stand_in"] or "",
        )
        for r in rows
    ]


def _invite(session: WriteContext, uid: str, people: Sequence[Record]) -> int:
    there = {(r.values["unit"], r.values["name"]) for r in session.children(uid, ATTENDANCE)}
    new = [r for r in people if (r.values["unit"], r.values["name"]) not in there]
    for person in new:
        session.add(
            ATTENDANCE,
            {name: person.values[name] for name in PEOPLE if person.values[name] is not None},
            parent=uid,
        )
    return len(new)


def invite_as_before(session: WriteContext, uid: str) -> int:
    """Take over the list of the session before; returns how many were new."""
    before = previous(session, session.must_get(MEETING, uid))
    if before is None:
        raise BadInput("这个系列以前没有开过会，没有名单可以沿用。请用“添加人员”。", uid=uid)
    with session.atomic("form", "沿用上次参会名单"):
        return _invite(session, uid, session.children(before.uid, ATTENDANCE))


def invite(session: WriteContext, uid: str, rows: Sequence[Mapping[str, object]]) -> int:
    """Add people; all or nothing."""
    with session.atomic("form", f"添加参会 {len(rows)} 人"):
        for at, row in enumerate(rows, start=1):
            with in_line(at):
                session.add(ATTENDANCE, row, parent=uid)
    return len(rows)


def tick(
    session: WriteContext, people: Sequence[str], status: str, reason: str | None = None
) -> int:
    """Note for some people how they attended, with the reason of those on leave; returns how many
    changed."""
    values = {"status": status} if reason is None else {"status": status, "reason": reason or None}
    with session.atomic("form", f"登记到会情况 {len(people)} 人"):
        return sum(1 for uid in people if session.set(ATTENDANCE, uid, values))


def tick_rest(session: WriteContext, uid: str) -> int:
    """Everybody of whom nothing was noted yet was there; returns how many."""
    rest = [seat.uid for seat in attendance(session, uid) if seat.status is None]
    return tick(session, rest, statuses(session)[0].name)


# -- decisions -------------------------------------------------------------------------------------


def decisions(session: ReadContext, uid: str) -> list[Decided]:
    """What a meeting decided: under it, or under a problem with this meeting named; with the item
    made of each."""
    return _decided(session, [uid])


def _decided(
    session: ReadContext, uids: Sequence[str], as_of: dt.date | None = None
) -> list[Decided]:
    """The same of several meetings; the items as of a day."""
    rows: dict[str, tuple[str, Record]] = {}
    for field in ("parent", "meeting"):
        asked = Query(kind=DECISION, where=(Where(field, "in", list(uids) or [""]),))
        for row in session.find(asked):
            of = row.parent if field == "parent" else row.values["meeting"]
            rows[row.uid] = (str(of), row)
    decision = session.kinds.get(DECISION)
    made = made_records.made_of(session, decision, rows, as_of) if rows else {}
    cycle, found = session.kinds.lifecycle_of(ITEM), []
    for meeting, record in rows.values():
        item_of = made.get(record.uid)
        elsewhere = item_of is None and made_records.made_elsewhere(session, record)
        state = (
            _state(session, item_of)
            if item_of is not None
            else ("已转为交办", "blue") if elsewhere else _unmade(record)
        )
        found.append(
            Decided(
                record.uid,
                meeting,
                session.title_of(record),
                record.values["content"] or "",
                record.values["lead_unit"] or "",
                session.text(record, "deadline"),
                item_of.uid if item_of is not None else None,
                item_of is not None or elsewhere,
                item_of is not None and cycle is not None and item_of.state in cycle.open_states,
                state,
            )
        )
    return found


def _unmade(record: Record) -> tuple[str, str]:
    return ("交办事项已删除", "grey") if record.values["made_item"] else ("未转交办", "grey")


def decide(session: WriteContext, uid: str, rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Decisions of a meeting, all or nothing."""
    meeting = session.must_get(MEETING, uid)
    day = min(meeting.values["held_on"] or session.today, session.today)
    made: list[str] = []
    with session.atomic("form", f"登记决定 {len(rows)} 项"):
        for at, row in enumerate(rows, start=1):
            with in_line(at):
                made.append(
                    session.add(DECISION, {"decided_on": day, **row, "meeting": uid}, parent=uid)
                )
    return made


def make_items(session: WriteContext, uids: Sequence[str]) -> tuple[int, int]:
    """Make an assigned item of each decision that became none yet; returns how many were made and
    how many of them were assigned.

    An item without unit or deadline, or whose deadline has gone by, waits as a draft.
    """
    made, assigned = made_records.make(session, session.kinds.get(DECISION), uids)
    return len(made), assigned


def hold(session: WriteContext, uid: str) -> None:
    """The meeting took place."""
    session.take_step(MEETING, uid, "hold")
