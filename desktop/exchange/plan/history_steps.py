"""History that comes in with a table: an item that is done since a day was assigned, reported on
and closed out on days of its own. Those steps are held against the item as it stands and against
one another; what cannot be is told at its cell. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from db.access import ownership_checks
from db.model.action_sources import parse_sources
from db.model.declarations import Action, Kind, Lifecycle
from db.model.ids import derived_uid
from db.model.records import Record
from db.model.roles import called
from db.model.step_history import own_day_field
from db.model.steps import not_undone
from db.rules.lifecycle import steps_before
from desktop.exchange.plan.import_plan import CellPlan, Past, PastStep, RowPlan
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow

#: The column that says whether an item is done stands for its state.
STATE = "state"
#: What a report asks for: what is reported.
_CONTENT = ("ask", "content")


class PastSteps:
    """Made once per kind of a file."""

    def __init__(self, state: KindState, cycle: Lifecycle) -> None:
        self.state, self.kind, self.cycle = state, state.kind, cycle
        self.today = state.session.today
        self._closed = {each.name for each in cycle.states if each.closed}
        self._over = self._closed | {each.name for each in cycle.states if each.void}
        self._report = next((a for a in cycle.actions if _reports(a)), None)
        self._assign = next((a for a in cycle.actions if is_assignment(cycle, a)), None)
        fields = past_fields(self.kind, cycle)
        self.assigned, self.closed = (fields.assigned, fields.closed) if fields else ("", "")
        #: how many were closed and assigned so, and how many without a day of assignment
        self.counts = {"closed": 0, "open": 0, "undated": 0}

    # -- what cannot be ----------------------------------------------------------------------------

    def check_all(self, rows: Sequence[ParsedRow], known: Mapping[str, Record]) -> None:
        """Tell of what cannot be; nothing of a new item comes in then, and of one that is here no
        step."""
        for parsed in rows:
            self._check(parsed, known.get(parsed.uid))

    def _check(self, parsed: ParsedRow, record: Record | None) -> None:
        past = parsed.past
        if past is None:
            return
        why, name = self._wrong(parsed, past, record)
        if why:
            label = self.kind.field(name).label if self.kind.has(name) else "是否办结"
            message = f"工作表「{parsed.sheet}」第 {parsed.row} 行「{label}」{why}"
            parsed.problems.append(CellPlan("error", name, label, parsed.cell_of(name), message))
            parsed.past = None
            if record is None:
                parsed.typed.clear()

    def _wrong(self, parsed: ParsedRow, past: Past, record: Record | None) -> tuple[str, str]:
        """Why what a row says cannot be, and the field whose cell says so."""
        on = self._closed_on(past)
        if past.done is False and past.closed_on:
            return "写着没有办结，又有办结的日期，请核对。", STATE
        if past.done and on is None:
            return "写着已办结，没有办结的日期。请补上日期，或在“整表同一值”里给出。", STATE
        assigned = self._given(parsed, record, self.assigned)
        began = assigned if isinstance(assigned, dt.date) else None
        why, name = self._impossible(began, on)
        return (why, name) if why or on is None else self._against_record(on, record)

    def _impossible(self, began: dt.date | None, on: dt.date | None) -> tuple[str, str]:
        """Why an item cannot have been assigned and closed on these days."""
        for day, name in ((began, self.assigned), (on, self.closed)):
            if day is not None and day > self.today:
                return f"是 {day}，还没有到，请核对。", name
        if began is not None and on is not None and on < began:
            return f"是 {on}，早于交办的日期 {began}，请核对。", self.closed
        return "", ""

    def _against_record(self, on: dt.date, record: Record | None) -> tuple[str, str]:
        if record is None:
            return "", ""
        known = record.values.get(self.closed)
        if record.state in self._closed and known is not None and known != on:
            return f"是 {on}，台账里已于 {known} 销号，没有改动。", self.closed
        last = self._last_day(record)
        if record.state not in self._over and last is not None and on < last:
            return f"是 {on}，早于台账里最近一步的日期 {last}，没有改动。", self.closed
        return "", ""

    @staticmethod
    def _closed_on(past: Past) -> dt.date | None:
        return past.closed_on or (past.closed_by if past.done else None)

    @staticmethod
    def _given(parsed: ParsedRow, record: Record | None, name: str) -> object:
        found = parsed.typed.get(name)
        return record.values.get(name) if found is None and record is not None else found

    # -- what is to be done ------------------------------------------------------------------------

    def plan_all(
        self, rows: Sequence[ParsedRow], known: Mapping[str, Record], plans: Sequence[RowPlan]
    ) -> list[RowPlan]:
        """The steps that the items still have to take, in their rows' plans; new plans for those of
        which nothing else is news."""
        planned, fresh = {row.uid: row for row in plans}, []
        for parsed in rows:
            record, row = known.get(parsed.uid), planned.get(parsed.uid)
            if parsed.past is None or not _is_taken(record, row):
                continue
            made = row or RowPlan(
                self.kind.name, parsed.uid, parsed.sheet, parsed.row, parsed.title, "updated",
                said=parsed.cells,
            )
            if self._plan(parsed, parsed.past, record, made) and row is None:
                fresh.append(made)
        return fresh

    def _plan(self, parsed: ParsedRow, past: Past, record: Record | None, row: RowPlan) -> bool:
        """Whether there is any step to take, or one that may not be taken."""
        values = {**(record.values if record is not None else {}), **parsed.typed}
        steps = list(self._steps(parsed, past, record, values))
        if not steps:
            return False
        why = self._not_allowed(steps, record, values)
        if why:
            row.cells.append(self._cell(parsed, record, "refused", steps[-1], why))
            return True
        row.past = tuple(steps)
        said = "，".join(f"{step.on} {step.label}" for step in steps)
        row.message = f"{row.message}按表记下：{said}。"
        if record is not None:
            row.cells.append(self._cell(parsed, record, "changed", steps[-1], row.message))
            if STATE in parsed.cells and self.closed in parsed.cells:
                label, on = self.kind.field(self.closed).label, steps[-1].on.isoformat()
                row.cells.append(CellPlan(
                    "changed", self.closed, label, parsed.cells[self.closed], row.message,
                    theirs=on, text_theirs=on,
                ))  # fmt: skip
        self._count(steps, parsed, record)
        return True

    def _cell(
        self, parsed: ParsedRow, record: Record | None, status: str, step: PastStep, message: str
    ) -> CellPlan:
        """One line for the steps of a record that is here."""
        name = STATE if STATE in parsed.cells else self.closed
        there = self.cycle.action(step.action).to
        return CellPlan(
            "refused" if status == "refused" else "changed", STATE, self.state.label(STATE),
            parsed.cell_of(name), message,
            mine=record.state if record is not None else None, theirs=there,
            text_mine=self.state.text(STATE, record.state if record is not None else None),
            text_theirs=f"{self.state.text(STATE, there)}（{step.on}）",
            blank=name not in parsed.cells,  # nothing says so there, and no filled cell is told of
        )

    def _steps(
        self, parsed: ParsedRow, past: Past, record: Record | None,
        values: Mapping[str, object],
    ) -> Iterator[PastStep]:
        """From where an item stands: assigned, reported on, closed out."""
        state = record.state if record is not None else self.cycle.initial
        if self._assign is None or state is None or state in self._over:
            return
        on, began = self._closed_on(past), self._last_day(record)
        if state in self._assign.from_:
            began = self._began(past, values, on)
            if began is None:
                return
            yield PastStep(self._assign.name, self._assign.label, began)
            state = str(self._assign.to)
        yield from self._go_on(state, on, list(self._reported(parsed, past, record, began, on)))

    def _go_on(
        self, state: str, on: dt.date | None, reports: Sequence[tuple[dt.date, str]]
    ) -> Iterator[PastStep]:
        report = self._report
        if report is not None and state in report.from_:
            for day, text in reports:
                yield PastStep(report.name, report.label, day, text)
                state = str(report.to)
        if on is not None:
            yield from (PastStep(a.name, a.label, on) for a in self._way(state))

    def _last_day(self, record: Record | None) -> dt.date | None:
        taken = not_undone(steps_before(self.state.session, record)) if record is not None else ()
        return taken[-1].day if taken else None

    def _reported(
        self, parsed: ParsedRow, past: Past, record: Record | None, began: dt.date | None,
        on: dt.date | None,
    ) -> Iterator[tuple[dt.date, str]]:
        """What was reported while the item was open, and is not here already."""
        for day, text in past.reports:
            during = (began is None or began <= day) and day <= (on or self.today)
            if during and not (record is not None and self._known(parsed, day, text)):
                yield day, text

    def _began(
        self, past: Past, values: Mapping[str, object], on: dt.date | None
    ) -> dt.date | None:
        """The day of assignment; where none is given, the earliest of the deadline, the reports,
        the closing and today."""
        given = values.get(self.assigned)
        if isinstance(given, dt.date):
            return given
        if past.done is None and on is None:
            return None
        deadline = values.get(self.kind.lights.deadline if self.kind.lights else "deadline")
        days = [d for d in (deadline, on, *(day for day, _ in past.reports), self.today)
                if isinstance(d, dt.date)]  # fmt: skip
        return min(days)

    def _known(self, parsed: ParsedRow, day: dt.date, text: str) -> bool:
        report = self._report
        assert report is not None and report.child is not None
        book = self.state.session.book_of(report.child.kind)
        return book.get(report.child.kind, report_uid(parsed.uid, day, text)) is not None

    def _way(self, start: str) -> Sequence[Action]:
        """The fewest steps from a state to the end of the work, by its own requests and grants."""
        ways: deque[tuple[str, tuple[Action, ...]]] = deque([(start, ())])
        seen = {start}
        while ways:
            state, way = ways.popleft()
            if state in self._closed:
                return way
            for action in self.cycle.actions:
                if state in action.from_ and action.to not in seen and self._goes_on(action):
                    seen.add(str(action.to))
                    ways.append((str(action.to), (*way, action)))
        return ()

    def _goes_on(self, action: Action) -> bool:
        """Whether a step leads on by itself: to a state that is named, neither void nor paused."""
        if action.ask or not action.to or action.to.startswith("field:"):
            return False
        target = self.cycle.state(action.to)
        return not target.void and not target.paused

    def _not_allowed(
        self, steps: Sequence[PastStep], record: Record | None, values: Mapping[str, object]
    ) -> str:
        """Why these steps are not for this person or this office, or lack what they rest on."""
        session = self.state.session
        for step in steps:
            action = self.cycle.action(step.action)
            if session.role not in action.roles:
                return f"{called(session.role)}不能{action.label}，请由有权限的人导入。"
            if record is not None and not ownership_checks.may_take_step(
                session, record, action.name
            ):
                return f"{action.label}由交出这一条的单位办理，没有改动。"
            missing = [n for n in action.requires if values.get(n) is None]
            if missing:
                labels = "".join(f"「{self.kind.field(n).label}」" for n in missing)
                return (
                    f"没有{labels}，不能记为{action.label}，先按未交办的记。"
                    "请补上，或在“整表同一值”里给出。"
                )
        return ""

    def _count(self, steps: Sequence[PastStep], parsed: ParsedRow, record: Record | None) -> None:
        ends = self.cycle.action(steps[-1].action).to in self._closed
        self.counts["closed" if ends else "open"] += 1
        first = self._assign is not None and steps[0].action == self._assign.name
        if first and self._given(parsed, record, self.assigned) is None:
            self.counts["undated"] += 1

    def remarks(self) -> list[str]:
        """What came in with its history, in sentences."""
        closed, open_, undated = (self.counts[n] for n in ("closed", "open", "undated"))
        if not closed and not open_:
            return []
        sentences = [f"按表中的日期，{closed} 条记为已办结，{open_} 条记为在办。"]
        if undated:
            sentences.append(
                f"其中 {undated} 条没有交办的日期，交办记作今天；"
                "时限、进展或办结的日期更早的，记作其中最早的一天，请核对。"
            )
        return sentences


def _is_taken(record: Record | None, row: RowPlan | None) -> bool:
    """Whether an item is here, or comes in; one in the recycle bin takes no step."""
    if record is not None:
        return not record.deleted
    return row is not None and row.theirs is not None


def _reports(action: Action) -> bool:
    """Whether a step is a report: it adds a record whose text is asked for, and ends nothing."""
    child = action.child
    return child is not None and any(
        parse_sources(source)[0] == _CONTENT for source in child.values.values()
    ) and action.to in action.from_


def report_uid(uid: str, day: dt.date, text: str) -> str:
    """The id of a report that a table tells of: the same whoever takes the table in."""
    return derived_uid("past-report", uid, day.isoformat(), "".join(text.split()))


class PastFields(msgspec.Struct, frozen=True):
    """The fields with the day of assignment, the day of closing and what is reported."""

    assigned: str
    closed: str
    reported: str


def past_fields(kind: Kind, cycle: Lifecycle | None) -> PastFields | None:
    """Which fields tell of the steps of an item; None where nothing of a ledger is ever closed."""
    if cycle is None or not cycle.closed_on:
        return None
    first = next((a for a in cycle.actions if is_assignment(cycle, a)), None)
    report = next((a for a in cycle.actions if _reports(a)), None)
    return PastFields(
        (own_day_field(cycle, first, kind) if first else None) or "", cycle.closed_on,
        _shown_by(report) if report else "",
    )


def _shown_by(report: Action) -> str:
    """The field that shows what was reported last."""
    asked = (n for n, source in report.set.items() if parse_sources(source)[0] == _CONTENT)
    return next(asked, "")


def find_past(state: KindState) -> PastSteps | None:
    """How history comes into a ledger; None where nothing of it is ever closed."""
    return PastSteps(state, state.cycle) if state.cycle and state.cycle.closed_on else None


def is_assignment(cycle: Lifecycle, action: Action) -> bool:
    """Whether a step gives an item out that was a draft."""
    return action.to is not None and any(cycle.state(s).draft for s in action.from_)
