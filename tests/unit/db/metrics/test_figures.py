"""Every declared figure, counted a second time from the raw records by plain Python that shares nothing with the SQL.

The office is the made-up one, so that every ledger holds something; a figure without a recount here fails the last test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput, DeclarationError, NotPermitted
from db.metrics import figure_registry, metrics, report_due_days
from db.metrics.metrics import Figures
from db.model import periods
from db.model.groups import GROUPS, of_time
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from db.store import spans
from desktop import demo

TODAY = dt.date(2022, 10, 14)
CLOSED = {"closed_out", "archived"}
NOWHERE = {"cancelled", "withdrawn", "rejected"}
FACTS = {"case_publication", "decision", "site_finding"}
"""Kinds whose rows tell what happened, though what they hang under is a draft still."""
VOID_OR_DRAFT = {"cancelled", "drafted"}
OPEN = {"assigned", "acknowledged", "in_progress", "close_out_requested", "answered"}
SUPERVISED = (
    "rectification", "regret", "weekly_assignment", "assigned_item", "instruction", "entity_item", "livelihood", "yearly_goal",
    "estate", "petition", "risk", "meeting_problem", "project", "training_gap",
)  # fmt: skip


class Raw:
    """All live records of an office as they are, with what they hang under; ``inside`` says what is asked for."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[str, list[Record]] = {}
        self._all: dict[str, Record] = {}
        for kind in session.kinds:
            self._rows[kind.name] = session.find(Query(kind=kind.name))
            self._all.update({r.uid: r for r in self._rows[kind.name]})
        self.period: periods.Period | None = None
        self.unit: str | None = None

    def parent(self, record: Record) -> Record | None:
        return self._all.get(record.parent or "")

    def every(self, *names: str) -> list[Record]:
        """Records of these kinds, whoever's."""
        return [record for name in names for record in self._rows[name]]

    def of(self, *names: str, day: str = "", on: dt.date | None = None) -> list[Record]:
        """Records of these kinds that were the asked unit's on a day, or on the day in that field; children of a deleted record left
        out."""
        found = []
        for name in names:
            kind = self.session.kinds.get(name)
            for record in self._rows[name]:
                above = self.parent(record) if kind.parent else None
                if kind.parent and (above is None or above.state in NOWHERE):
                    continue
                if above is not None and above.state == "drafted" and name not in FACTS:
                    continue
                if self.unit is not None and self._unit(record, on or record.values.get(day)) != self.unit:
                    continue
                found.append(record)
        return found

    def _unit(self, record: Record, day: Any) -> Any:
        kind = self.session.kinds.get(record.kind)
        own = record.values.get(kind.unit) if kind.unit and kind.field(kind.unit).type == "unit" else None
        if isinstance(day, dt.date) and record.values.get("held_by"):
            # transferred: whoever had it on that day
            for unit, since in zip(record.values["held_by"], ["", *record.values["held_since"].split()], strict=True):
                own = unit if since[:10] <= day.isoformat() else own
        above = self.parent(record) if kind.parent else None
        return own or (self._unit(above, day) if above is not None else None)

    def within(self, value: Any) -> bool:
        if self.period is None:
            return True
        if value is None:
            return False
        if isinstance(value, int):
            return self.period.first.year <= value <= self.period.last.year
        if isinstance(value, str):
            return self.period.first.strftime("%Y-%m") <= value <= self.period.last.strftime("%Y-%m")
        return bool(self.period.first <= value <= self.period.last)

    def dated(self, field: str, *names: str) -> list[Record]:
        return [r for r in self.of(*names, day=field) if self.within(r.values.get(field))]


def rows(records: Iterable[Record], test: Callable[[Record], Any] = lambda r: True) -> int:
    return sum(1 for r in records if test(r))


def share(records: Iterable[Record], test: Callable[[Record], Any]) -> tuple[int, int]:
    found = list(records)
    return rows(found, test), len(found)


def total(records: Iterable[Record], field: str) -> Any:
    return sum((r.values[field] for r in records if r.values.get(field) is not None), Decimal(0))


def v(record: Record, field: str) -> Any:
    return record.values.get(field)


def counted(record: Record) -> bool:
    return record.state not in VOID_OR_DRAFT


def assigned(raw: Raw, *names: str) -> list[Record]:
    return [r for r in raw.dated("assigned_on", *(names or SUPERVISED)) if counted(r) and v(r, "assigned_on")]


def pending(record: Record) -> bool:
    asked = v(record, "close_out_requested_on") or v(record, "answered_on")
    return record.state in ("close_out_requested", "answered") and asked is not None and asked <= v(record, "deadline")


def due(raw: Raw, *names: str) -> list[Record]:
    found = [r for r in raw.dated("deadline", *(names or SUPERVISED)) if v(r, "deadline")]
    return [r for r in found if r.state in CLOSED or (r.state in OPEN and v(r, "deadline") < TODAY)]


def of_week(raw: Raw) -> list[Record]:
    """Weekly work by the deadline it was first given."""
    first = [r for r in raw.dated("original_deadline", "weekly_assignment") if v(r, "original_deadline")]
    return [r for r in (*first, *raw.dated("deadline", "weekly_assignment")) if counted(r) and (r in first or not v(r, "original_deadline"))]


def week_end(record: Record) -> dt.date:
    given: dt.date = v(record, "original_deadline") or v(record, "deadline")
    return given + dt.timedelta(days=6 - given.weekday())


def in_week(record: Record) -> str | None:
    """Done or answered within the week it was given for."""
    days = [v(record, n) for n in ("answered_on", "closed_out_on") if v(record, n)]
    if closed(record):
        return "done" if not days or min(days) <= week_end(record) else None
    return "answered" if record.state == "answered" and days and min(days) <= week_end(record) else None


def handed(raw: Raw, place: int) -> int:
    """Handings over in the period, of the unit that got it (1) or gave it away (0)."""
    found = 0
    for record in (r for r in raw.every(*SUPERVISED) if counted(r) and v(r, "held_by")):
        units, days = v(record, "held_by"), v(record, "held_since").split()
        for at, day in enumerate(days):
            moved = dt.date.fromisoformat(day[:10])
            found += raw.within(moved) and raw.unit in (None, units[at + place])
    return found


def state_on(record: Record, day: dt.date) -> str:
    """Where the steps that were taken by then had brought it."""
    taken = [s for s in record.values["steps"] or () if not s.void and s.to and dt.date.fromisoformat(s.on) <= day]
    return max(taken, key=lambda s: (s.on, s.at, s.place)).to if taken else "drafted"


def carried_over(raw: Raw) -> int | None:
    """What was given out before the period and not done then."""
    if raw.period is None:
        return None
    before = min(raw.period.first - dt.timedelta(days=1), raw.session.today)
    return rows(raw.of(*SUPERVISED, on=before), lambda r: state_on(r, before) in OPEN | {"suspended"})


def given_out(raw: Raw) -> list[Record]:
    """What was given out in the period, by the unit of that day; without a period, by the unit that has it."""
    return raw.dated("assigned_on", *SUPERVISED) if raw.period is not None else raw.of(*SUPERVISED, on=raw.session.today)


def on_time(record: Record) -> bool:
    days = [v(record, n) for n in ("close_out_requested_on", "answered_on", "closed_out_on")]
    done = min((day for day in days if day), default=None)
    return record.state in CLOSED and (done is None or done <= v(record, "deadline"))


def closed(record: Record) -> bool:
    return record.state in CLOSED


def alive(record: Record) -> bool:
    return record.state != "cancelled"


def held(raw: Raw, *names: str, **wanted: Any) -> list[Record]:
    found = [r for r in raw.dated("held_on", *names) if r.state == "held"]
    return [r for r in found if all(v(r, n) == value for n, value in wanted.items())]


def people(records: Iterable[Record], *fields: str) -> int:
    return len({tuple(r.get(f) for f in fields) for r in records})


def newest(raw: Raw, kind: str, when: str, by: str, field: str, *, of_year: bool = False, told: bool = False) -> list[Any]:
    found: dict[Any, tuple[Any, int, Any]] = {}
    for r in raw.of(kind):
        day = v(r, when)
        last = None if raw.period is None else raw.period.last if isinstance(day, dt.date) else raw.period.last.strftime("%Y-%m")
        if v(r, field) is None or (last is not None and day > last):
            continue
        if of_year and raw.period is not None and int(str(day)[:4]) < raw.period.last.year:
            continue
        key = r.get(by)
        if key not in found or (day, r.id) > found[key][:2]:
            found[key] = (day, r.id, (v(r, field), r) if told else v(r, field))
    return [value for _, _, value in found.values()]


def measured(raw: Raw, *, target: bool = False) -> Any:
    """The mean of the indicators' newest values, where they are all of one unit of measure."""
    both = newest(raw, "indicator_value", "month", "parent", "value", of_year=True, told=True)
    if target:
        both = [(raw.parent(r).values["target"], r) for _, r in both if raw.parent(r).values["target"] is not None]  # type: ignore[union-attr]
    return mean([value for value, _ in both], 2) if len({raw.parent(r).values["measure"] for _, r in both}) == 1 else None  # type: ignore[union-attr]


def reached(shares: list[Any]) -> tuple[int, int]:
    """Of the newest value of each indicator: those at their target, and all."""
    return sum(each >= 100 for each in shares), len(shares)


def mean(values: list[Any], places: int = 1) -> Any:
    return None if not values else (Decimal(sum(values)) / len(values)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def children(raw: Raw, kind: str, when: str) -> list[Record]:
    return [r for r in raw.dated(when, kind) if counted(raw.parent(r))]  # type: ignore[arg-type]


def light(raw: Raw, tone: str) -> int:
    return rows(raw.dated("deadline", *SUPERVISED), lambda r: r.state in OPEN and raw.session.light(r) == tone)


def promoted(raw: Raw) -> list[Record]:
    return [r for r in raw.dated("appointed_on", "post_history") if v(r, "nature") in ("promotion", "important")]


def published(raw: Raw, kind: str, **wanted: Any) -> int:
    found = [r for r in raw.dated("published_on", kind) if all(v(r, n) == value for n, value in wanted.items())]
    return rows(found, lambda r: r.state == "published")


def ways(
    name: str, read: Callable[[Raw], list[Record]], begin: str, until: str = "", *, gone: str = "", above: bool = False, who: str = "",
) -> dict[str, Callable[[Raw], Any]]:
    """What stands on the period's last day, and beside it what began in the period and what stood at any time of it."""

    def one(raw: Raw, way: str) -> int:
        found = []
        last = min(raw.period.last, TODAY) if raw.period else TODAY
        first = raw.period.first if raw.period else dt.date.min
        for r in read(raw):
            of = raw.parent(r) if above else r
            assert of is not None
            if gone and (not counted(r) or (closed(r) and v(r, gone) is None)):
                continue
            since, end, out = v(of, begin), v(of, until), v(of, gone)
            stood = last if way == "standing" else first
            inside = (since is None or since <= last) and (end is None or end >= stood) and (out is None or out > stood)
            if raw.within(since) if way == "events" else inside:
                found.append(r)
        return people(found, who) if who else len(found)

    return {
        name if way == "standing" else f"{name}_{way}": lambda raw, way=way: one(raw, way)  # type: ignore[misc]
        for way in ("standing", "events", "during")
    }


def steps(raw: Raw) -> list[Record]:
    """Milestones that should be reached: they are, or their day is gone and their item goes on."""
    today = raw.session.today
    return [
        m for m in children(raw, "milestone", "planned_on")
        if v(m, "reached_on") or (v(m, "planned_on") < today and raw.parent(m).state in OPEN)  # type: ignore[union-attr]
    ]


def in_plan(record: Record) -> bool:
    return bool(v(record, "reached_on")) and v(record, "reached_on") <= v(record, "planned_on")


def report_days(raw: Raw, report_class: str, first: dt.date, last: dt.date) -> list[dt.date]:
    """The last workday of each week, ten days or month, in order."""
    def part(day: dt.date) -> tuple[int, ...]:
        return day.isocalendar()[:2] if report_class == "a" else (day.year, day.month, min(day.day - 1, 29) // 10 if report_class == "b" else 0)

    found: dict[tuple[int, ...], dt.date] = {}
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        if raw.session.workdays.is_workday(day):
            found[part(day)] = day
    return list(found.values())


def stands(raw: Raw, record: Record, before: dt.date, due: dt.date) -> str:
    """How a report stands that is due on a day, the one before on another."""
    rows_ = sorted((r for r in raw.every("progress") if r.parent == record.uid and v(r, "reported_on") <= TODAY), key=lambda r: (v(r, "reported_on"), r.id))
    seen: set[str] = set()
    came = []
    for row in rows_:
        said = "".join(c for c in v(row, "content") if c not in " \u3000\n\r\t，。、；：！,.;:!")
        if before < v(row, "reported_on") <= due:
            came.append(said not in seen and said not in report_due_days.EMPTY)
        seen.add(said)
    if came:
        return "news" if any(came) else "nothing_new"
    if any(v(row, "reported_on") > due for row in rows_):
        return "late"
    return "missing" if due < TODAY else "waiting"


def reports(raw: Raw) -> list[str]:
    """How each report stands that is due on an item in the period, else its last one."""
    found = []
    for record in raw.every(*SUPERVISED):
        if v(record, "report_class") is None or v(record, "assigned_on") is None:
            continue
        days = report_days(raw, v(record, "report_class"), dt.date(2021, 10, 1), dt.date(2022, 11, 30))
        pairs = list(pairwise(days))
        past = [(a, b) for a, b in pairs if b <= TODAY]
        asked = past[-1:] if raw.period is None else [(a, b) for a, b in (*past, pairs[len(past)]) if raw.within(b)]
        for before, day in asked:
            on = min(day, TODAY)
            (then,) = spans.records_as_of(raw.session, [record], on)
            running = then.state in OPEN - {"close_out_requested"} and v(record, "assigned_on") < day
            if running and raw.unit in (None, raw._unit(then, day)):  # noqa: SLF001
                found.append(stands(raw, record, before, day))
    return found


def without_roster(raw: Raw) -> list[Record]:
    listed = {r.parent for r in raw.every("training_attendance")}
    return [r for r in held(raw, "training_class", "lecture") if r.uid not in listed]


def trainees(raw: Raw) -> list[Record]:
    return [r for r in raw.of("trainee", day="planned_on") if raw.within(v(raw.parent(r), "deadline"))]  # type: ignore[arg-type]


def trained(raw: Raw, row: Record) -> bool:
    class_ = v(raw.parent(row), "training_class")  # type: ignore[arg-type]
    roster = ((v(r, "name"), v(r, "unit")) for r in raw.every("training_attendance") if class_ is not None and r.parent == class_)
    return (v(row, "name"), v(row, "unit")) in set(roster)


def parts(raw: Raw) -> list[Record]:
    return [r for r in children(raw, "instruction_part", "deadline") if v(r, "closed_on") or v(r, "deadline") < TODAY]


def seats(raw: Raw) -> list[Record]:
    """Who was invited to meetings that were held."""
    found = [(r, raw.parent(r)) for r in raw.of("attendance")]
    return [r for r, above in found if above is not None and above.state == "held" and raw.within(v(above, "held_on"))]


def on_site(raw: Raw) -> list[Record]:
    """Problems found on the spot that are to be put right there, and are or should be by now."""
    found = [r for r in raw.dated("deadline", "site_finding") if v(r, "deadline") and not v(r, "listed_on")]
    return [r for r in found if v(r, "fixed_on") or v(r, "deadline") < TODAY]


def reported(*states: str) -> Callable[[Raw], int]:
    return lambda raw: sum(each in states for each in reports(raw))


RECOUNT: dict[str, Callable[[Raw], Any]] = {
    "reports_due": reported("news", "nothing_new", "late", "missing"),
    "reports_on_time": reported("news", "nothing_new"),
    "reports_nothing_new": reported("nothing_new"),
    "reports_late": reported("late"),
    "reports_missing": reported("missing"),
    "reports_waiting": reported("waiting"),
    "report_rate": lambda raw: (reported("news", "nothing_new")(raw), reported("news", "nothing_new", "late", "missing")(raw)),
    "parts_due": lambda raw: len(parts(raw)),
    "readings": lambda raw: len(children(raw, "instruction_reading", "presented_on")),
    "readings_rate": lambda raw: share(children(raw, "instruction_reading", "presented_on"), lambda r: bool(v(r, "read_on"))),
    "parts_overdue": lambda raw: rows(parts(raw), lambda r: not v(r, "closed_on")),
    "parts_rate": lambda raw: share(parts(raw), lambda r: v(r, "closed_on") and v(r, "closed_on") <= v(r, "deadline")),
    "trainees": lambda raw: people(trainees(raw), "unit", "name"),
    "trainees_trained": lambda raw: people((r for r in trainees(raw) if trained(raw, r)), "unit", "name"),
    "trainee_rate": lambda raw: share(trainees(raw), lambda r: trained(raw, r)),
    "people_stated": lambda raw: sum(v(r, "people") or 0 for r in without_roster(raw)),
    "without_roster": lambda raw: len(without_roster(raw)),
    "milestones_due": lambda raw: len(steps(raw)),
    "milestones_on_time": lambda raw: rows(steps(raw), in_plan),
    "milestones_overdue": lambda raw: rows(steps(raw), lambda r: not v(r, "reached_on")),
    "milestone_rate": lambda raw: share(steps(raw), in_plan),
    "assigned": lambda raw: len(assigned(raw)),
    "acknowledged": lambda raw: rows(assigned(raw), lambda r: v(r, "acknowledged_on") or v(r, "first_acknowledged_on")),
    "acknowledged_rate": lambda raw: share(assigned(raw), lambda r: v(r, "acknowledged_on") or v(r, "first_acknowledged_on")),
    "due": lambda raw: len(due(raw)),
    "closed_on_time": lambda raw: rows(due(raw), on_time),
    "closed_late": lambda raw: rows(due(raw), lambda r: closed(r) and not on_time(r)),
    "open_overdue": lambda raw: rows(due(raw), lambda r: not closed(r) and not pending(r)),
    "awaiting_check": lambda raw: rows(due(raw), pending),
    "waiting_requests": lambda raw: rows(raw.of(*SUPERVISED), lambda r: r.state in ("close_out_requested", "answered")),
    "check_days": lambda raw: mean([
        (v(r, "decided_on") - v(r, "requested_on")).days for r in children(raw, "evidence", "decided_on")
        if v(r, "status") in ("accepted", "returned")
    ]),
    "completion_rate": lambda raw: share(due(raw), closed),
    "on_time_rate": lambda raw: share(due(raw), on_time),
    "closed_out": lambda raw: rows(assigned(raw), closed),
    "close_out_rate": lambda raw: share(assigned(raw), closed),
    "closed_in_period": lambda raw: rows(raw.dated("closed_out_on", *SUPERVISED), lambda r: closed(r) and v(r, "closed_out_on")),
    "in_hand": lambda raw: rows(given_out(raw), lambda r: r.state in OPEN),
    "carried_over": carried_over,
    "unfinished": lambda raw: rows(raw.of(*SUPERVISED, on=raw.session.today), lambda r: r.state in OPEN | {"suspended"}),
    "suspended": lambda raw: rows(given_out(raw), lambda r: r.state == "suspended"),
    "transferred_in": lambda raw: handed(raw, 1),
    "transferred_out": lambda raw: handed(raw, 0),
    "returned": lambda raw: rows(children(raw, "evidence", "decided_on"), lambda r: v(r, "status") == "returned"),
    "extended": lambda raw: rows(children(raw, "extension", "decided_on"), lambda r: v(r, "status") == "granted"),
    "extension_requests": lambda raw: len(children(raw, "extension", "requested_on")),
    "yellow_lights": lambda raw: light(raw, "yellow"),
    "red_lights": lambda raw: light(raw, "red"),
    "visits": lambda raw: len(raw.dated("visited_on", "supervision_visit")),
    "visits_fixed": lambda raw: share(raw.dated("visited_on", "supervision_visit"), lambda r: v(r, "fixed_on")),
    "site_visits": lambda raw: rows(raw.dated("visited_on", "site_visit"), lambda r: r.state == "visited"),
    "site_findings": lambda raw: len(raw.dated("found_on", "site_finding")),
    "site_findings_listed": lambda raw: rows(raw.dated("found_on", "site_finding"), lambda r: v(r, "listed_on")),
    "site_findings_due": lambda raw: len(on_site(raw)),
    "site_findings_overdue": lambda raw: rows(on_site(raw), lambda r: not v(r, "fixed_on")),
    "site_findings_rate": lambda raw: share(on_site(raw), lambda r: v(r, "fixed_on") and v(r, "fixed_on") <= v(r, "deadline")),
    "letters": lambda raw: len(raw.dated("issued_on", "letter")),
    "reports": lambda raw: len(raw.dated("reported_on", "progress")),
    "weekly_assigned": lambda raw: len(of_week(raw)),
    "weekly_carried": lambda raw: rows(
        raw.dated("deadline", "weekly_assignment"), lambda r: counted(r) and in_week(r) is None and v(r, "deadline") > week_end(r)
    ),
    "weekly_answered": lambda raw: share(of_week(raw), in_week),
    "weekly_completion_rate": lambda raw: share(of_week(raw), lambda r: in_week(r) == "done"),
    "weekly_unanswered": lambda raw: rows(
        raw.dated("deadline", "weekly_assignment"), lambda r: r.state in OPEN and r.state != "answered"
    ),
    "rectification_rate": lambda raw: share(assigned(raw, "rectification"), closed),
    "regret_rate": lambda raw: share(assigned(raw, "regret"), closed),
    "instructions": lambda raw: rows(raw.dated("instructed_on", "instruction"), alive),
    "instructions_closed": lambda raw: share(filter(alive, raw.dated("instructed_on", "instruction")), closed),
    "entity_items": lambda raw: rows(raw.dated("assigned_on", "entity_item"), counted),
    "entity_items_city": lambda raw: rows(raw.dated("assigned_on", "entity_item"), lambda r: counted(r) and v(r, "level") == "city"),
    "entity_items_county": lambda raw: rows(raw.dated("assigned_on", "entity_item"), lambda r: counted(r) and v(r, "level") == "county"),
    **ways("estates", lambda raw: raw.of("estate", day="assigned_on"), "assigned_on", gone="closed_out_on"),
    **ways("petitions", lambda raw: raw.of("petition", day="assigned_on"), "assigned_on", gone="closed_out_on"),
    "estates_solved": lambda raw: rows(raw.dated("closed_out_on", "estate"), closed),
    "estate_rate": lambda raw: share(filter(counted, raw.dated("assigned_on", "estate")), closed),
    "estate_contacts": lambda raw: len(
        {v(r, "contact_cadre") for r in raw.dated("assigned_on", "estate") if counted(r) and v(r, "contact_cadre")}
    ),
    "estate_measures": lambda raw: total(filter(counted, raw.dated("assigned_on", "estate")), "measure_count"),
    "households_solved": lambda raw: total(filter(counted, raw.dated("assigned_on", "estate")), "solved_households"),
    "households_rate": lambda raw: tuple(
        total(filter(counted, raw.dated("assigned_on", "estate")), f) for f in ("solved_households", "households")
    ),
    "petition_rate_central": lambda raw: share(
        (r for r in raw.dated("assigned_on", "petition") if counted(r) and v(r, "route") == "central"), closed
    ),
    "petition_rate_new": lambda raw: share(
        (r for r in raw.dated("assigned_on", "petition") if counted(r) and v(r, "route") == "new_case"), closed
    ),
    "risks": lambda raw: rows(raw.dated("found_on", "risk"), alive),
    "risks_solved_rate": lambda raw: share(filter(alive, raw.dated("found_on", "risk")), closed),
    "livelihood_rate": lambda raw: share(filter(counted, raw.dated("deadline", "livelihood")), closed),
    "goal_share": lambda raw: share(
        (r for r in raw.dated("year", "yearly_goal") if alive(r) and v(r, "target") is not None),
        lambda r: v(r, "actual") is not None and v(r, "actual") >= v(r, "target"),
    ),
    "goal_progress": lambda raw: mean(
        [v(r, "target_share") for r in raw.dated("year", "yearly_goal") if alive(r) and v(r, "target_share") is not None]
    ),
    "three_zero_rate": lambda raw: share(raw.dated("year", "three_zero"), lambda r: v(r, "achieved")),
    "grid_workers": lambda raw: sum(newest(raw, "grid_headcount", "counted_on", "unit", "headcount")) or None,
    "meetings": lambda raw: len(held(raw, "meeting")),
    "special_meetings": lambda raw: len(held(raw, "meeting", kind_of_meeting="special")),
    "committee_meetings": lambda raw: len(held(raw, "meeting", kind_of_meeting="standing_committee")),
    "regular_meeting_fields": lambda raw: len(
        {v(r, "meeting_type") for r in held(raw, "meeting", kind_of_meeting="regular") if v(r, "meeting_type")}
    ),
    "regular_meetings": lambda raw: len(held(raw, "meeting", kind_of_meeting="regular")),
    "video_meetings": lambda raw: len(held(raw, "meeting", kind_of_meeting="video")),
    "monthly_reviews": lambda raw: rows(raw.dated("month", "monthly_review"), lambda r: r.state == "held"),
    "attendance_rate": lambda raw: share(filter(lambda r: v(r, "status"), seats(raw)), lambda r: v(r, "status") in ("present", "late")),
    "leaves": lambda raw: rows(seats(raw), lambda r: v(r, "status") == "leave"),
    "absences": lambda raw: rows(seats(raw), lambda r: v(r, "status") == "absent"),
    "problem_hearings": lambda raw: len(raw.dated("heard_on", "problem_hearing")),
    "problems_again": lambda raw: rows(raw.dated("heard_on", "problem_hearing"), lambda r: v(r, "time_no") > 1),
    "decisions": lambda raw: len(raw.dated("decided_on", "decision")),
    "problems": lambda raw: rows(raw.dated("raised_on", "meeting_problem"), alive),
    "problems_solved": lambda raw: rows(raw.dated("raised_on", "meeting_problem"), closed),
    "solved_rate": lambda raw: share(filter(alive, raw.dated("raised_on", "meeting_problem")), closed),
    "training_planned": lambda raw: rows(raw.dated("deadline", "training_gap"), counted),
    "training_done_rate": lambda raw: share(filter(counted, raw.dated("deadline", "training_gap")), closed),
    "classes": lambda raw: len(held(raw, "training_class")),
    "lectures": lambda raw: len(held(raw, "lecture")),
    "attendances": lambda raw: total(held(raw, "training_class", "lecture"), "attendances"),
    "class_people": lambda raw: total(held(raw, "training_class", "lecture"), "people"),
    "people_trained": lambda raw: people(raw.dated("attended_on", "training_attendance"), "unit", "name"),
    "attendance_rows": lambda raw: len(raw.dated("attended_on", "training_attendance")),
    "drills": lambda raw: len(held(raw, "drill")),
    "drills_met_rate": lambda raw: share(
        (r for r in held(raw, "drill") if v(r, "required_minutes") is not None and v(r, "actual_minutes") is not None),
        lambda r: v(r, "actual_minutes") <= v(r, "required_minutes"),
    ),
    "received_cases": lambda raw: rows(raw.dated("received_on", "received_case"), lambda r: v(r, "forwarded_on")),
    "study_sessions": lambda raw: len(raw.dated("held_on", "case_study_session")),
    "cases": lambda raw: published(raw, "case_study"),
    "cases_national": lambda raw: rows(raw.dated("published_on", "case_publication"), lambda r: v(r, "level") == "national"),
    "cases_province": lambda raw: rows(raw.dated("published_on", "case_publication"), lambda r: v(r, "level") == "province"),
    "cases_city": lambda raw: rows(raw.dated("published_on", "case_publication"), lambda r: v(r, "level") == "city"),
    "publicity_cadres": lambda raw: published(raw, "publicity", series="good_cadre"),
    "publicity_achievements": lambda raw: published(raw, "publicity", series="good_achievement"),
    "press_provincial_up": lambda raw: rows(raw.dated("published_on", "press"), lambda r: v(r, "level") in ("national", "province")),
    "press_national": lambda raw: rows(raw.dated("published_on", "press"), lambda r: v(r, "level") == "national"),
    "press_all": lambda raw: len(raw.dated("published_on", "press")),
    "projects": lambda raw: rows(raw.dated("planned_start_on", "project"), alive),
    "investment": lambda raw: total(filter(alive, raw.dated("planned_start_on", "project")), "investment"),
    "started_share": lambda raw: share(
        filter(alive, raw.dated("planned_start_on", "project")), lambda r: v(r, "stage") in ("started", "produced")
    ),
    "projects_started": lambda raw: rows(raw.dated("started_on", "project"), lambda r: alive(r) and v(r, "started_on")),
    "investment_share": lambda raw: tuple(total(filter(alive, raw.of("project")), f) for f in ("year_done", "year_plan")),
    **ways("headquarters_count", lambda raw: raw.of("headquarters"), "established_on", "dissolved_on"),
    **ways("task_forces", lambda raw: raw.of("task_force"), "established_on", "dissolved_on", above=True),
    "indicators": lambda raw: len(raw.dated("year", "indicator")),
    "indicator_share": lambda raw: mean(newest(raw, "indicator_value", "month", "parent", "target_share", of_year=True)),
    "indicator_value": lambda raw: measured(raw),
    "indicator_target": lambda raw: measured(raw, target=True),
    "indicator_growth": lambda raw: mean(newest(raw, "indicator_value", "month", "parent", "growth", of_year=True)),
    "indicator_rank": lambda raw: mean(newest(raw, "indicator_value", "month", "parent", "province_rank", of_year=True), 0),
    "indicator_reached": lambda raw: reached(newest(raw, "indicator_value", "month", "parent", "target_share", of_year=True)),
    "branches": lambda raw: len(raw.of("party_branch")),
    "rated_branches": lambda raw: rows(raw.dated("year", "star_rating"), lambda r: v(r, "stars") is not None),
    "five_star_branches": lambda raw: rows(raw.dated("year", "star_rating"), lambda r: v(r, "stars") == 5),
    "four_star_up": lambda raw: share(raw.dated("year", "star_rating"), lambda r: v(r, "stars") >= 4),
    "stars": lambda raw: total(raw.dated("year", "star_rating"), "stars"),
    "party_contests": lambda raw: len(raw.dated("held_on", "party_contest")),
    "group_members": lambda raw: rows(raw.of("leading_group_member"), lambda r: v(raw.parent(r), "dissolved_on") is None),  # type: ignore[arg-type]
    "cadres": lambda raw: rows(raw.of("cadre"), lambda r: v(r, "left_on") is None),
    **ways("posted", lambda raw: raw.of("posting"), "from_on", "until_on", who="cadre"),
    **ways("posted_headquarters", lambda raw: [r for r in raw.of("posting") if v(r, "place_type") in ("headquarters", "task_force")],
           "from_on", "until_on", who="cadre"),
    **ways("developed", lambda raw: raw.of("development"), "from_on", "until_on", who="cadre"),
    **ways("service_officers", lambda raw: raw.of("chief_service_officer"), "from_on", "until_on", who="cadre"),
    "promoted_post": lambda raw: people(promoted(raw), "parent"),
    "promoted_county": lambda raw: people((r for r in promoted(raw) if v(r, "duty_level") in ("county_chief", "county_deputy")), "parent"),
    "promoted_front_line": lambda raw: people((r for r in promoted(raw) if v(r, "front_line")), "parent"),
    "promoted_rank": lambda raw: people(raw.dated("promoted_on", "rank_history"), "parent"),
    "reward_sanction_rows": lambda raw: len(raw.dated("decided_on", "reward_sanction")),
    "rewards": lambda raw: rows(raw.dated("decided_on", "reward_sanction"), lambda r: v(r, "nature") == "reward"),
    "sanctions": lambda raw: rows(raw.dated("decided_on", "reward_sanction"), lambda r: v(r, "nature") == "sanction"),
    "achievements": lambda raw: len(raw.dated("achieved_on", "achievement")),
    "assessments": lambda raw: len(raw.dated("assessed_on", "front_line_assessment")),
    "risk_filings": lambda raw: rows(raw.dated("filed_on", "risk_filing"), lambda r: r.state != "withdrawn" and v(r, "filed_on")),
    "tolerances": lambda raw: rows(
        raw.dated("decided_on", "error_tolerance"), lambda r: r.state == "decided" and v(r, "decision") in ("exempt", "mitigated")
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("figures") / "office"
    demo.make(place, items=500, seed=3, today=TODAY)
    return place


@pytest.fixture(scope="module")
def session(folder: Any) -> Iterator[Session]:
    opened = office.open_office(folder, "admin", demo.PASSWORD)
    opened.fixed_today = TODAY
    # a deleted item takes its children out of every count
    gone = opened.find(Query(kind="rectification"))[:15]
    for record in gone:
        with opened.atomic("import", "测试"):  # as an import may do: a person may not delete what is closed
            opened.transaction("office").update(record, {"deleted": True})
    # what was given out earlier and is transferred today stays, in the months before, with the unit that had it
    units = list(opened.names.units())
    others = dict(zip(units, [*units[1:], units[0]], strict=True))
    for kind in ("rectification", "assigned_item", "weekly_assignment"):
        running = Where("state", "in", ["assigned", "acknowledged", "in_progress"])
        for record in opened.find(Query(kind=kind, where=(running,)))[:12]:
            opened.take_step(kind, record.uid, "transfer", "职能不对", {"lead_unit": others[record.values["lead_unit"]]})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def raw(session: Session) -> Raw:
    return Raw(session)


@pytest.mark.parametrize("period", [None, "2022", "2022-08", "2022-W36", "2022-Q3", "2021-12/2022-03"])
@pytest.mark.parametrize("who", ["all", "first county", "first bureau"])
def test_every_figure_is_what_the_records_say(session: Session, raw: Raw, period: str | None, who: str) -> None:
    units = list(session.names.units())
    raw.unit = {"all": None, "first county": units[-5], "first bureau": units[0]}[who]
    raw.period = periods.parse(period) if period else None
    names = list(RECOUNT)
    found = metrics.count(session, names, period=period, unit=raw.unit, as_of=raw.session.today)
    wrong = {}
    for name in names:
        number, again = found[name], RECOUNT[name](raw)
        said = (number.numerator, number.denominator) if isinstance(again, tuple) else number.value
        if said != again:
            wrong[name] = (said, again)
        if isinstance(again, tuple) and again[1]:
            exact = Decimal(again[0]) * 100 / Decimal(again[1])
            assert number.value is not None
            assert abs(number.value - exact) <= Decimal("0.05")
        elif isinstance(again, tuple):
            assert number.value is None, "nothing to divide by is not nought per cent"
    assert wrong == {}


def test_every_figure_has_a_recount_and_says_something(session: Session) -> None:
    assert {f.name for f in metrics.declared(session)} == set(RECOUNT)
    numbers = metrics.count(session, list(RECOUNT))
    none = {"carried_over", "reports_late", "reports_nothing_new", "suspended", "tolerances", "indicator_value", "indicator_target", "awaiting_check", "waiting_requests", "weekly_carried"}
    assert {name for name, n in numbers.items() if not n.value} <= none
    of_year = metrics.count(session, ["reports_late", "reports_nothing_new"], period="2022")
    assert all(number.value for number in of_year.values())


def test_what_has_no_value_is_not_nought(session: Session) -> None:
    with session.atomic("form", "试"):
        plain = {"year": 2021, "measure": "万吨", "target": 20}
        one, two = (session.add("indicator", {**plain, "name": name}) for name in ("甲运力", "乙运力"))
        session.add("indicator_value", {"month": "2021-05", "value": 12}, parent=one)
        session.add("indicator_value", {"month": "2021-05", "value": 13, "province_rank": 4}, parent=two)
        three = session.add("indicator", {**plain, "name": "丙占比", "measure": "％"})
    names = ["indicator_value", "indicator_rank"]
    lines = {line.key: line.numbers for line in metrics.table(session, names, "parent", period="2021-05")}
    assert [(lines[uid]["indicator_value"].value, lines[uid]["indicator_value"].measure) for uid in (one, two)] == [
        (12, "万吨"), (13, "万吨"),
    ]  # fmt: skip
    assert one not in lines or lines[one]["indicator_rank"].value is None
    whole = metrics.count(session, names, period="2021-05")
    # a mean of those that have one; of one unit of measure there is a mean, of several there is none
    assert (whole["indicator_rank"].value, whole["indicator_value"].value) == (4, Decimal("12.50"))
    session.add("indicator_value", {"month": "2021-05", "value": 30}, parent=three)
    assert metrics.count(session, names, period="2021-05")["indicator_value"].value is None
    session.undo_last()
    session.undo_last()
    assert metrics.count(session, ["grid_workers"], period="1999")["grid_workers"].value is None
    assert metrics.count(session, ["investment"], period="1999")["investment"].value == 0  # no project, nothing invested


def test_the_circular_adds_up(session: Session) -> None:
    names = ["due", "closed_on_time", "closed_late", "open_overdue"]
    groups = metrics.table(session, names, "unit", period="2022-08")
    assert sum(group.numbers["due"].value or 0 for group in groups) > 0
    for group in groups:
        due_, on, late, still = (group.numbers[n].value for n in names)
        assert due_ == on + late + still  # type: ignore[operator]


@pytest.mark.parametrize("group", [name for name in GROUPS if name != "parent"])
def test_groups_add_up_to_the_whole(session: Session, group: str) -> None:
    names = ["assigned", "closed_late", "returned", "visits"]
    whole = metrics.count(session, names, period="2022")
    lines = metrics.table(session, names, group, period="2022")
    for name in names:
        assert sum(line.numbers[name].value or 0 for line in lines) == whole[name].value
    assert all(line.label for line in lines)
    assert len({line.key for line in lines}) == len(lines)
    if of_time(group) is not None:  # a line's key reads back as the period that its rows lie in
        whole_ones = [line for line in lines if periods.parse(str(line.key)).first.year == 2022][:3]
        for line in whole_ones:
            again = metrics.count(session, names[:1], period=str(line.key))
            assert again[names[0]].value == (line.numbers[names[0]].value or 0)


def test_the_rows_behind_a_figure_are_the_figure(session: Session) -> None:
    for figure in metrics.declared(session):
        number = metrics.count(session, [figure.name], period="2022")[figure.name]
        behind = metrics.rows(session, figure.name, period="2022").rows
        assert all(session.get(row.kind, row.uid) is not None and row.title for row in behind)
        if figure.count == "rows":
            assert sum(row.counted for row in behind) == (number.value if figure.denominator is None else number.numerator)
            if figure.denominator is not None:
                assert len(behind) == number.denominator
    few = metrics.rows(session, "assigned", limit=7).rows
    assert len(few) == 7


def test_what_the_command_line_says(session: Session) -> None:
    unit = next(iter(session.names.units()))
    listed = metrics.figures(session, "2022-08", unit)
    rate = next(f for f in listed if f["name"] == "completion_rate")
    assert rate["unit"] == "％"
    assert rate["period"] == "2022-08"
    assert rate["scope"] == session.unit_name(unit)
    answer, _ = metrics.answer(session, "completion_rate", "2022-08", unit, with_rows=True)
    assert (answer["value"], answer["numerator"]) == (rate["value"], rate["numerator"])
    assert "÷" in answer["formula"]
    assert set(answer["rows"][0]) == {"kind", "uid", "title", "counted"}


def test_one_ledger_alone(session: Session) -> None:
    alone = metrics.count(session, ["assigned", "returned"], ledgers=["rectification"])
    lines = {g.key: g for g in metrics.table(session, ["assigned", "returned"], "ledger")}
    for name in ("assigned", "returned"):
        assert alone[name].value == lines["rectification"].numbers[name].value


def test_without_the_key_no_personnel_figure(folder: Any, session: Session) -> None:
    books = session._books  # noqa: SLF001 - stands for a person who was never given the key
    session._books = {"office": books["office"]}  # noqa: SLF001
    try:
        names = {f.name for f in metrics.visible(session)}
        assert "assigned" in names
        assert not names & {"cadres", "posted", "rewards", "promoted_post"}
        with pytest.raises(NotPermitted):
            metrics.count(session, ["rewards"])
        with pytest.raises(NotPermitted):
            metrics.rows(session, "cadres")
    finally:
        session._books = books  # noqa: SLF001


@pytest.mark.parametrize(
    ("text", "first", "last", "label"),
    [
        ("2022", "2022-01-01", "2022-12-31", "2022年"),
        ("2022-9", "2022-09-01", "2022-09-30", "2022年9月"),
        ("2022-W52", "2022-12-26", "2023-01-01", "2022年第52周"),
        ("2022-q1", "2022-01-01", "2022-03-31", "2022年第1季度"),
        ("2022-01/2022-09", "2022-01-01", "2022-09-30", "2022年1月至2022年9月"),
        ("2022-02-28", "2022-02-28", "2022-02-28", "2022年2月28日"),
    ],
)
def test_periods(text: str, first: str, last: str, label: str) -> None:
    period = periods.parse(text)
    assert (period.first.isoformat(), period.last.isoformat(), period.label) == (first, last, label)


def test_the_period_before() -> None:
    assert periods.parse("2022-01").before().text == "2021-12"
    assert periods.parse("2022-W01").before().text == "2021-W52"
    assert periods.parse("2022").before().text == "2021"
    assert [periods.parse(f"2022-{quarter}").before().text for quarter in ("Q3", "Q1")] == ["2022-Q2", "2021-Q4"]
    assert periods.parse("2022-03-01").before().text == "2022-02-28/2022-02-28"
    assert periods.parse("2022-09-05/2022-09-11").before().first == dt.date(2022, 8, 29)


@pytest.mark.parametrize("text", ["", "九月", "2022-13", "2022-W54", "2022-09/2022-08", "2022-Q5"])
def test_a_period_that_is_none(text: str) -> None:
    with pytest.raises(BadInput, match="期间"):
        periods.parse(text)


@pytest.mark.parametrize(
    "change",
    [
        {"kinds": ("nowhere",)},
        {"kinds": ()},
        {"period": "nowhere"},
        {"count": "sum"},
        {"count": "sum:nowhere"},
        {"denominator": ()},
    ],
)
def test_a_wrong_figure_is_refused_by_name(session: Session, change: dict[str, Any]) -> None:
    import msgspec

    good = metrics.declared(session).get("press_all")
    with pytest.raises(DeclarationError, match="press_all"):
        Figures([msgspec.structs.replace(good, formula="", **change)], session.kinds)
    with pytest.raises(BadInput, match="没有名为"):
        metrics.declared(session).get("nowhere")


def test_a_file_of_figures_says_family_and_way_once_for_all(session: Session, tmp_path: Path) -> None:
    """Of how many ledgers a figure is in place, and by which day one is on time, stands in its formula alone."""
    folder = tmp_path / "figures"
    folder.mkdir()
    (folder / "some.toml").write_text("""
family = "各式"
[[figures]]
name = "plain"
label = "整改"
kinds = ["rectification"]
formula = "全部整改"
[[figures]]
name = "timely"
label = "按期整改"
family = "按期"
kinds = ["rectification"]
numerator = [{ field = "due_state", op = "eq", value = "on_time" }]
formula = "按期的整改"
[[figures]]
name = "there"
label = "在位"
kinds = ["posting"]
period = "from_on"
until = "until_on"
formula = "派驻"
[[figures]]
name = "unsaid"
label = "派驻"
kinds = ["posting"]
""", encoding="utf-8")
    found = figure_registry.load(folder, session.kinds)
    assert [(each.family, each.formula) for each in found] == [
        ("各式", "全部整改"), ("按期", "按期的整改，是否按期看申请销号（交卷）之日"), ("各式", "派驻，在本期开始的"), ("各式", ""),
    ]  # fmt: skip
    narrowed = [found.get(name).formula for name in ("plain[category=执行不力]", "unsaid[place_type=项目]")]
    assert narrowed == ["全部整改，只数问题类别为执行不力的", "派驻，只数派往为项目的"]


def test_who_is_in_place_counts_though_nobody_came_and_the_last_day_is_one(session: Session) -> None:
    names = ["posted", "posted_events", "posted_during", "risk_filings"]

    def seen(period: str) -> list[Any]:
        found = metrics.count(session, names, period=period)
        return [found[name].value for name in names]

    with session.atomic("form", "试"):
        person = session.add("cadre", {"name": "试一人"})
        for since, until in ((dt.date(1991, 3, 4), dt.date(1991, 6, 30)), (dt.date(1991, 8, 1), dt.date(1991, 8, 9))):
            session.add("posting", {"cadre": person, "from_on": since, "until_on": until, "place_type": "village", "place": "槐树村"})
        session.add("risk_filing", {"matter": "先行先试", "filed_on": dt.date(1991, 6, 3)})
    assert [seen(f"1991-{month:02}") for month in (2, 3, 5, 6, 7, 8)] == [
        [0, 0, 0, 0], [1, 1, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 0],
    ]  # fmt: skip
    assert metrics.formula(session, "posted").endswith("统计截止日在位的（最后一天算在位，当天办结的不算）")
    session.undo_last()
