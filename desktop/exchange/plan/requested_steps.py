"""The steps that a unit took by workbook: received, asked for close-out, asked for more time.

Each is held against the item as it stands, in the order in which they can follow one another, and
becomes the record that the step adds, with an id that is the same wherever and however often the
file is taken in. The office decides on it as on any request; a file grants nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from db.errors import BadInput
from db.model.declarations import Action, Kind, Lifecycle
from db.model.fieldtypes import TYPES, type_of
from db.model.ids import derived_uid
from db.model.records import Record
from db.model.steps import not_undone
from db.rules.lifecycle import steps_before, too_long_ago
from desktop.exchange.format import unit_steps
from desktop.exchange.format.manifest import ExportedRow
from desktop.exchange.format.unit_steps import NOTE, DayStep, Entry, UnitStep
from desktop.exchange.plan.import_plan import CellPlan, RowPlan, StepPlan
from desktop.exchange.plan.merge_planner import MergePlanner
from desktop.exchange.plan.parsed_row import ParsedRow, StepCells
from desktop.exchange.plan.progress_reports import SourceValues, drawn


class _Place(msgspec.Struct):
    """Where an item has got to: its state, the day of its last step and what that was."""

    state: str | None
    day: dt.date | None
    what: str = ""


class StepRequest(msgspec.Struct):
    """One request that may be made: the row that it stands in, its step, what was written."""

    row: ParsedRow
    step: UnitStep
    child: ParsedRow
    on: dt.date


class RequestedSteps:
    """Made once per kind of a file. ``by`` and ``on``: what the cover says of who filled it in and
    when."""

    def __init__(self, planner: MergePlanner, *, by: str, on: dt.date) -> None:
        self.planner, self.state, self.by, self.on = planner, planner.state, by, on
        kinds, kind = self.state.kinds, self.state.kind
        self.today = self.state.session.today
        self._dated = unit_steps.steps_by_date_field(kinds, kind.name)
        # those that lead nowhere first: after a request for close-out none can be made
        self._steps = sorted(
            unit_steps.steps_of(kinds, kind.name), key=lambda step: step.action.to is not None
        )
        self._reporting = unit_steps.reporting_of(kinds, kind.name)
        self._day_steps = unit_steps.day_steps_of(kinds, kind.name)
        self._of_days: list[RowPlan] = []

    # -- before the rows are held against the book -------------------------------------------------

    def look_at(
        self, rows: Iterable[ParsedRow], base_of: Callable[[str], ExportedRow | None]
    ) -> list[StepRequest]:
        """What of the rows may be asked for; what may not is told at its cell."""
        dated = self._dated.keys()
        asking = [
            p for p in rows if p.base is not None and (p.steps or not dated.isdisjoint(p.typed))
        ]
        for parsed in asking:
            parsed.base = base_of(parsed.uid)
        if not self.state.known:  # the ledger comes with this very file
            for parsed in asking:
                self._refuse_all(parsed, "要等台账导入以后，请再导入一次")
            return []
        mine = self.state.mine([parsed.uid for parsed in asking])
        return [each for parsed in asking for each in self._of_row(parsed, mine.get(parsed.uid))]

    def _of_row(self, parsed: ParsedRow, record: Record | None) -> Iterator[StepRequest]:
        why = self.planner.refusals.whole(parsed, record)
        if why:
            self._refuse_all(parsed, why)
            return
        place = self._place(parsed, record)
        for name, action in self._dated.items():
            if name in parsed.typed:
                self._dated_step(parsed, name, action, record, place)
        for each in self._day_steps:
            if written := (parsed.steps or {}).get(each.action.name):
                self._day_step(parsed, each, written, record, place)
        reporting = self._reporting
        if reporting and parsed.typed.get(reporting.main) and place.state in reporting.action.from_:
            place.state = reporting.action.to or place.state
        for step in self._steps:
            written = (parsed.steps or {}).get(step.action.name)
            if written and (asked := self._asked(parsed, step, written, record, place)):
                yield asked

    def _place(self, parsed: ParsedRow, record: Record | None) -> _Place:
        session = self.state.session
        if record is None:
            return _Place(parsed.base.state if parsed.base is not None else None, None)
        steps = not_undone(steps_before(session, record))
        cycle = self.state.cycle
        if not steps or cycle is None:
            return _Place(record.state, None)
        what = next((a.label for a in cycle.actions if a.name == steps[-1].action), "")
        return _Place(record.state, steps[-1].day, what)

    def _dated_step(
        self, parsed: ParsedRow, name: str, action: Action, record: Record | None, place: _Place
    ) -> None:
        """A step that its date stands for."""
        on, label = parsed.typed[name], self.state.label(name)
        known = record.values.get(name) if record is not None else None
        sent = self.state.exported(parsed.base, name) if parsed.base is not None else None
        why = ""
        if place.state in action.from_ and isinstance(on, dt.date):
            why = self._wrong_day(on, place)
            if not why:
                parsed.takes += (StepPlan(
                    self.state.kind.name, parsed.uid, action.name, action.label, on, self.by, name
                ),)  # fmt: skip
                parsed.steps_text = self.words(action, on, self.by, self.state.cycle)
                place.state, place.day, place.what = action.to or place.state, on, action.label
        elif sent is not None or on is None:
            why = f"已经{action.label}，不能在表格中改"
        elif known is None:
            why = self._not_now(action, place)
        if why:
            del parsed.typed[name]
            message = f"第 {parsed.row} 行「{label}」{why}，没有接受。"
            cell = parsed.cell_of(name)
            parsed.problems.append(self._problem(parsed, name, label, cell, message))

    def _day_step(
        self, parsed: ParsedRow, step: DayStep, written: StepCells, record: Record | None,
        place: _Place,
    ) -> None:
        """A step of which only the day is written: a request taken back."""
        action, (on, cell) = step.action, written[""]
        assert isinstance(on, dt.date)
        before = steps_before(self.state.session, record) if record is not None else ()
        if any((s.action, s.day) == (action.name, on) for s in not_undone(before)):
            self.planner.known_cells += 1
            return
        why = self._not_now(action, place) or self._wrong_day(on, place)
        if why:
            self._refuse(parsed, action, [step.entry], written, why)
            return
        uid, kind = derived_uid("step", parsed.uid, action.name, on.isoformat()), self.state.kind
        plan = RowPlan(
            kind.name, uid, parsed.sheet, parsed.row, parsed.title, "updated",
            said={action.name: cell},
        )
        plan.steps = (
            StepPlan(kind.name, parsed.uid, action.name, action.label, on, self.by, action.name),
        )
        plan.message = self.words(action, on, self.by, self.state.cycle)
        found = CellPlan(
            "changed", action.name, step.entry.heading, cell, plan.message,
            text_theirs=on.isoformat(),
        )
        for name in (step.entry.column, f"{unit_steps.MARK}{action.name}"):
            if warned := parsed.warned.get(name):
                found.status, (found.code, found.message) = "warned", warned
                plan.warned = {action.name: found.code}
        plan.cells = [found]
        self._of_days.append(plan)
        place.state, place.day, place.what = action.to or place.state, on, action.label

    def _asked(
        self, parsed: ParsedRow, step: UnitStep, written: StepCells, record: Record | None,
        place: _Place,
    ) -> StepRequest | None:
        """One request, or None where it cannot be made or was made and decided before."""
        given = {name: value for name, (value, _) in written.items() if name}
        labels = [e.heading for e in step.entries if e.required and e.asked not in given]
        if labels:
            why = f"要{step.action.label}，还要填写" + "".join(f"「{each}」" for each in labels)
            self._refuse(parsed, step.action, step.entries, written, why, "error")
            return None
        child, before = self._child(parsed, step, written)
        if child is None:
            self.planner.known_cells += len(written)
            return None
        day, _ = written.get("", (None, ""))
        on = day if isinstance(day, dt.date) else self._default_day(place, before, step)
        why = "" if before is not None else self._not_now(step.action, place)
        if before is None or before.values.get(step.day) != on:
            why = why or self._wrong_day(on, place if before is None else None)
        if why:
            self._refuse(parsed, step.action, step.entries, written, why)
            return None
        if day is None and before is None:
            child.typed[step.day] = on
        if before is None:
            place.state, place.day, place.what = (
                step.action.to or place.state, on, step.action.label,
            )
            if step.action.to is not None:
                parsed.reported_by = on
        child.drawn = self._drawn(step, given, record.values if record else self._sent(parsed), on)
        return StepRequest(parsed, step, child, on)

    def _drawn(
        self, step: UnitStep, given: Mapping[str, object], values: Mapping[str, object],
        on: dt.date,
    ) -> dict[str, object]:
        """What the step writes of itself. Its unit is the workbook's."""
        assert step.action.child is not None
        asked = {name: value for name, value in given.items() if name != NOTE}
        draw = SourceValues(asked, values, on, self.by, str(given.get(NOTE) or ""))
        found = {
            name: drawn(source, step.child.field(name), draw)
            for name, source in step.action.child.values.items()
            if step.child.has(name) and not type_of(step.child.field(name)).one_unit
        }
        return {name: value for name, value in found.items() if value is not None}

    def _child(
        self, parsed: ParsedRow, step: UnitStep, written: StepCells
    ) -> tuple[ParsedRow | None, Record | None]:
        """The record that the request adds, and what is here of it already. One that was decided
        stays: what is asked for anew is another; None where that says the same."""
        child = ParsedRow(step.child.name, "", parsed.sheet, parsed.row, origin="step")
        child.parent, child.title = parsed.uid, parsed.title
        for entry in step.entries:
            value, cell = written.get(entry.asked, (None, ""))
            if value is not None:
                child.typed[entry.field.name], child.cells[entry.field.name] = value, cell
            if guess := parsed.warned.get(entry.column):
                child.warn("", *guess)
        if hidden := parsed.warned.get(f"{unit_steps.MARK}{step.action.name}"):
            child.warn("", *hidden)
        book = self.state.session.book_of(step.child.name)
        number = 0
        while True:
            child.uid = derived_uid(
                "step", self.state.export_id, parsed.uid, step.action.name, str(number)
            )
            before = book.get(step.child.name, child.uid)
            if before is None or not _decided(step, before):
                return child, before
            if all(
                TYPES[step.child.field(n).type].compare(value, before.values.get(n))
                for n, value in child.typed.items()
            ):
                return None, before
            number += 1

    def _default_day(self, place: _Place, before: Record | None, step: UnitStep) -> dt.date:
        """Where no day was written: that of the cover, unless the item's last step came after."""
        known = before.values.get(step.day) if before is not None else None
        if isinstance(known, dt.date):
            return known
        return self.on if place.day is None or place.day <= self.on else self.today

    def _wrong_day(self, on: dt.date, place: _Place | None) -> str:
        if on > self.today:
            return f"日期 {on} 还没有到"
        if place is not None and place.day is not None and on < place.day:
            return f"日期 {on} 早于前一步“{place.what}”（{place.day}）"
        far = too_long_ago(self.state.session, on)
        return f"日期 {on} 太早：{far}" if far else ""

    def _not_now(self, action: Action, place: _Place) -> str:
        if place.state in action.from_:
            return ""
        return f"这一条现在是“{self.state.text('state', place.state)}”，不能{action.label}"

    def _sent(self, parsed: ParsedRow) -> dict[str, object]:
        found: dict[str, object] = {}
        base = parsed.base
        for _, name in self.state.places:
            if base is not None:
                with contextlib.suppress(BadInput):
                    found[name] = self.state.exported(base, name)
        return found

    def _refuse_all(self, parsed: ParsedRow, why: str) -> None:
        steps = [(s.action, s.entries) for s in self._steps]
        for action, entries in (*steps, *((s.action, (s.entry,)) for s in self._day_steps)):
            written = (parsed.steps or {}).get(action.name, {})
            self._refuse(parsed, action, entries, written, why)

    def _refuse(
        self, parsed: ParsedRow, action: Action, entries: Sequence[Entry], written: StepCells,
        why: str, status: Literal["refused", "error"] = "refused",
    ) -> None:
        for entry in entries:
            if entry.asked in written:
                cell = written[entry.asked][1]
                message = f"第 {parsed.row} 行「{action.label}」{why.rstrip('。')}，没有接受。"
                found = self._problem(parsed, entry.column, entry.heading, cell, message)
                found.status = status
                found.text_theirs = str(written[entry.asked][0])
                parsed.problems.append(found)

    @staticmethod
    def _problem(parsed: ParsedRow, name: str, label: str, cell: str, message: str) -> CellPlan:
        return CellPlan("refused", name, label, cell, f"工作表「{parsed.sheet}」{message}")

    # -- afterwards --------------------------------------------------------------------------------

    def plans(
        self, asked: Iterable[StepRequest], planner_for: Callable[[Kind], MergePlanner | None]
    ) -> Iterator[RowPlan]:
        """The records that the requests add, or what of them was corrected; steps of which only
        the day was written."""
        yield from self._of_days
        for each in asked:
            planner = planner_for(each.step.child)
            if planner is None:
                yield self._not_yours(each)
                continue
            for plan in planner.plan([each.child])[0]:
                plan.title = each.row.title or plan.title
                if plan.status == "added" and plan.theirs is not None:
                    plan.steps = (StepPlan(
                        self.state.kind.name, each.row.uid, each.step.action.name,
                        each.step.action.label, each.on, self.by, "",
                    ),)  # fmt: skip
                    plan.message = self.words(each.step.action, each.on, self.by, self.state.cycle)
                yield plan

    def _not_yours(self, each: StepRequest) -> RowPlan:
        """The person here may not write such requests."""
        child, step = each.child, each.step
        plan = RowPlan(
            child.kind, child.uid, child.sheet, child.row, each.row.title, "refused",
            said=child.cells,
        )
        message = f"您的角色不能登记「{step.action.label}」，请由有权限的人导入。"
        cell = next(iter(child.cells.values()), "")
        plan.cells = [self._problem(child, step.day, step.action.label, cell, message)]
        return plan

    @staticmethod
    def words(action: Action, on: dt.date, by: str, cycle: Lifecycle | None) -> str:
        """What taking a step in does, for the person who decides."""
        head = f"{by} {on} {action.label}。"
        if action.child is not None:
            state = f"转为“{cycle.state(action.to).label}”，" if cycle and action.to else ""
            return f"{head}采用后这一条{state}等待本单位审批；准不准由有权限的人在程序里定。"
        to = cycle.state(action.to).label if cycle and action.to else ""
        return f"{head}采用后状态转为“{to}”。" if to else head


def _decided(step: UnitStep, record: Record) -> bool:
    """Whether a request stands no more as the step left it."""
    assert step.action.child is not None
    return any(
        source.startswith("text:") and type_of(step.child.field(name)).one_listed
        and record.values.get(name) != source.removeprefix("text:")
        for name, source in step.action.child.values.items() if step.child.has(name)
    )
