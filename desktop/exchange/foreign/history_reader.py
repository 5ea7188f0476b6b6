"""What a row of a foreign table says of the steps that its item took: whether it is done and since
when, when it was assigned, what was reported on which day."""

from __future__ import annotations

import re
from collections.abc import Sequence

from db.model.declarations import Kind, Lifecycle, State
from db.session import Session
from desktop.exchange.foreign.cell_cleanup import DRAWN_BLANKS
from desktop.exchange.foreign.dated_progress import dated_reports
from desktop.exchange.foreign.foreign_rows import ForeignSheet
from desktop.exchange.foreign.headings import Headings
from desktop.exchange.foreign.loose_reading_notes import Readings
from desktop.exchange.foreign.states import STATE, day_in, history_columns, parse_done
from desktop.exchange.format.loose_values import loose_date
from desktop.exchange.plan.history_steps import is_assignment, past_fields
from desktop.exchange.plan.import_plan import CellPlan, Past
from desktop.exchange.plan.parsed_row import ParsedRow, is_blank

#: 已申请延期: what somebody asked for waits for an answer.
_ASKED = re.compile(r"申请|提请")


def further_states(cycle: Lifecycle | None) -> frozenset[str]:
    """The states between giving out and the end, to which only steps in the book itself lead: who
    signed for it, who asked to close it, and when, no table says."""
    if cycle is None:
        return frozenset()
    given = next((a.to for a in cycle.actions if is_assignment(cycle, a)), None)
    return frozenset(s.label for s in cycle.states if _is_on_the_way(s) and s.name != given)


def _is_on_the_way(state: State) -> bool:
    """Whether an item in a state was given out and is worked on."""
    return not (state.draft or state.closed or state.void or state.paused)


class PastReader:
    """Made once per table of a sheet."""

    def __init__(
        self, session: Session, kind: Kind, each: ForeignSheet, found: Headings, readings: Readings
    ) -> None:
        cycle = session.kinds.lifecycle_of(kind)
        self._labels = {f.name: f.label for f in history_columns(kind, cycle)}
        #: the columns that say whether and when an item was done
        self.columns = {at: n for at, n in found.mapping.items() if n in self._labels}
        self._fields = past_fields(kind, cycle)
        self._further = further_states(cycle)
        self._each, self._readings, self._today = each, readings, session.today

    def read(self, parsed: ParsedRow, number: int, row: Sequence[str]) -> None:
        """Into ``parsed.past``; what cannot be read is told at its cell, and no step is known."""
        if self._fields is None:
            return
        past, problems = Past(closed_by=self._readings.until), len(parsed.problems)
        for at, name in self.columns.items():
            text = row[at].strip() if at < len(row) else ""
            if not is_blank(text) and text not in DRAWN_BLANKS:
                parsed.cells[name] = self._each.address(number - 1, at)
                self._read_cell(parsed, past, name, text)
        self._complete(past)
        reported = parsed.typed.get(self._fields.reported)
        if isinstance(reported, str):
            past.reports = dated_reports(reported, self._readings.year, self._today)
        dated = parsed.typed.get(self._fields.assigned) is not None
        if (past.done is not None or dated) and problems == len(parsed.problems):
            parsed.past = past

    def _since(self, parsed: ParsedRow, past: Past, text: str) -> None:
        """The day that stands beside 已完成, where no column of its own gives it."""
        if len(self.columns) > 1 or not (said := day_in(text)):
            return
        day = loose_date(said, self._readings.year, deadline=False)
        if day is not None and day <= self._today:
            past.closed_on, label = day, self._labels[STATE.name]
            cell = parsed.cells[STATE.name]
            self._readings.loose.setdefault(label, []).append(
                f"{cell}“{text[:20]}”→{day.isoformat()} 办结"
            )

    def _complete(self, past: Past) -> None:
        """A day of closing says that the item is done; a blank that it is not."""
        if past.closed_on is not None and past.done is None:
            past.done = True
        elif past.done is None and STATE.name in self.columns.values():
            past.done = False

    def _read_cell(self, parsed: ParsedRow, past: Past, name: str, text: str) -> None:
        if name == STATE.name:
            past.done = parse_done(text)
            wrong = past.done is None
            if past.done and past.closed_on is None:
                self._since(parsed, past, text)
            if "".join(text.split()) in self._further or (not past.done and _ASKED.search(text)):
                cell = parsed.cells[name]
                self._readings.further.append(f"{cell}“{text}”")
        else:
            past.closed_on = loose_date(text, self._readings.year, deadline=False)
            wrong = past.closed_on is None
        if wrong:
            label = self._labels[name]
            message = (
                f"工作表「{parsed.sheet}」第 {parsed.row} 行「{label}」看不出是否办结、"
                f"何时办结：{text[:40]}。"
            )
            cell = parsed.cells.pop(name)
            parsed.problems.append(
                CellPlan("error", name, label, cell, message, theirs=text[:200],
                         text_theirs=text[:200])
            )  # fmt: skip
