"""The ledger's rules for what was typed, and rows of one file held against one another
(``batch_constraints.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.errors import BadInput, Problem
from db.model import rules
from db.model.fieldtypes import type_of
from db.model.records import Record
from db.rules import validate
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.plan.batch_constraints import BatchConstraints
from desktop.exchange.plan.cell_plans import CellPlans
from desktop.exchange.plan.import_plan import RowPlan
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow

#: A field that is left out may break a rule for another one; so often it is tried again.
_TRIES = 8


class Validation:
    """Made once per kind of a file."""

    def __init__(self, state: KindState, cells: CellPlans) -> None:
        self.state, self.cells = state, cells
        self.batch = BatchConstraints(state.session, state.kind)
        self._blank: FieldValues = dict.fromkeys(f.name for f in state.kind.all_fields)

    def validate(self, parsed: ParsedRow, record: Record | None, plan: RowPlan) -> None:
        """A field that breaks a rule is told with its cell and left out; of a new row all are."""
        new = parsed.base is None and record is None
        if new and parsed.typed:
            self._complete(parsed)
        for _ in range(_TRIES):
            typed = {n: v for n, v in parsed.typed.items() if n in self.state.shape.by_name}
            if not typed or not self.state.known:
                return
            before = record.values if record is not None else self._base_values(parsed)
            broken = self._broken(parsed, record, before, typed)
            for problem in broken:
                message = f"工作表「{parsed.sheet}」第 {parsed.row} 行{problem.message}"
                value = parsed.typed.get(problem.field)
                plan.cells.append(
                    self.cells.cell("error", parsed, problem.field, message, record, value)
                )
                parsed.typed.pop(problem.field, None)
            if broken and new:
                parsed.typed.clear()
            if new or not broken:
                return

    def _broken(
        self, parsed: ParsedRow, record: Record | None, before: Mapping[str, object],
        typed: Mapping[str, object],
    ) -> list[Problem]:
        """The rules that the typed values break; what was wrong before and is not made worse here
        is none of theirs."""
        session, kind = self.state.session, self.state.kind
        values = {**self._blank, **before, **typed}
        parent = parsed.parent if record is None else record.parent
        try:
            validate.check(session, kind, values, typed, record, parent)
            validate.complain(self.batch.problems(parsed.uid, parent, values, typed))
            self.batch.take(parsed.uid, parent, values)
        except BadInput as error:
            if parsed.base is None and record is None:
                return [self._at_cell(parsed, problem) for problem in error.problems]
            hit = [p for p in error.problems if p.field in typed]
            hit = hit or self._made_here(error.problems, before, typed, record)
            fills_in = any(v is not None and before.get(n) is None for n, v in typed.items())
            return hit if hit or fills_in or record is not None else list(error.problems)
        return []

    def _at_cell(self, parsed: ParsedRow, problem: Problem) -> Problem:
        """A problem of what a step writes of itself, told at the cell that was typed beside it."""
        if problem.field not in (parsed.drawn or {}):
            return problem
        looked = (n for names in rules.names_of(self.state.kind, problem.message) for n in names)
        name = next((n for n in looked if n in parsed.cells), next(iter(parsed.cells), ""))
        return Problem(name, problem.message)

    def _made_here(
        self, problems: Sequence[Problem], before: Mapping[str, object],
        typed: Mapping[str, object], record: Record | None,
    ) -> list[Problem]:
        """Broken rules that name a field which was not typed, and held before: told at the typed
        field that the rule looks at."""
        if record is None:
            return []
        values = self._blank | dict(before)
        try:
            validate.check(self.state.session, self.state.kind, values, {}, record)
            earlier: set[str] = set()
        except BadInput as error:
            earlier = {p.message for p in error.problems}
        found = []
        for problem in problems:
            if problem.message not in earlier:
                looked = [
                    n for names in rules.names_of(self.state.kind, problem.message) for n in names
                    if n in typed
                ]
                found.append(Problem(looked[0] if looked else next(iter(typed)), problem.message))
        return found

    def _base_values(self, parsed: ParsedRow) -> FieldValues:
        values: FieldValues = {} if parsed.base is not None else dict(self.state.defaults)
        if parsed.base is not None:
            for _, name in self.state.places:
                try:
                    values[name] = self.state.exported(parsed.base, name)
                except BadInput:
                    values[name] = None
        return {**values, **(parsed.drawn or {})}

    def _complete(self, parsed: ParsedRow) -> None:
        """A new row of a unit's workbook is that unit's row."""
        unit = self.state.kind.unit
        if self.state.unit is not None and unit is not None and parsed.typed.get(unit) is None:
            several = type_of(self.state.kind.field(unit)).many
            parsed.typed[unit] = (self.state.unit,) if several else self.state.unit
