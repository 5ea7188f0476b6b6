"""Hold what arrived against the book: what is taken in, what is refused, what a person must decide.
Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from db.errors import BadInput
from db.merge.merge import DELETED, Bounds, Row, RowMerge, merge_row, news, typed_vector
from db.merge.versions import Authors, RowVersions, Vector
from db.model.records import OWN, Record
from db.store.journal import dumps
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.pending_conflicts import OpenFields, values_of
from desktop.exchange.plan.cell_plans import NOTHING, CellPlans
from desktop.exchange.plan.import_plan import RowPlan, RowStatus
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow
from desktop.exchange.plan.progress_reports import CellReports
from desktop.exchange.plan.typed_refusals import TypedRefusals
from desktop.exchange.plan.validation import Validation


class MergePlanner:
    """Made once per kind of a file."""

    def __init__(self, state: KindState, reports: CellReports | None = None) -> None:
        self.state, self.cells = state, CellPlans(state)
        self.refusals = TypedRefusals(state, self.cells)
        self.validation = Validation(state, self.cells)
        self.reports = reports
        #: what the steps of both sides settled, and in how many rows
        self.settled, self.settled_rows = dict[str, None](), 0
        #: cells of rows that say nothing new
        self.known_cells = 0
        #: sheet → the fields that have a column there
        self._shown: dict[str, list[str]] = {}

    def plan(self, parsed_rows: Sequence[ParsedRow]) -> tuple[list[RowPlan], int]:
        """Plans for what is new or wrong, and how many rows say nothing new."""
        silent = [p for p in parsed_rows if not p.says_something]
        here = self.state.version_texts([p.uid for p in silent])
        seen = {p.uid for p in silent if self.state.seen_already(p.base, here.get(p.uid))}
        mine = self.state.mine([parsed.uid for parsed in parsed_rows if parsed.uid not in seen])
        waiting = self.state.waiting(list(mine))
        plans: list[RowPlan] = []
        unchanged = 0
        for parsed in parsed_rows:
            plan = None
            if parsed.uid not in seen:
                plan = self._plan_row(parsed, mine.get(parsed.uid), waiting.get(parsed.uid, {}))
            if plan is not None:
                plans.append(plan)
            else:
                unchanged += parsed.origin != "hidden"
                self.known_cells += len({
                    cell for name, cell in parsed.cells.items() if name not in parsed.emptied
                })
        return plans, unchanged

    def _plan_row(
        self, parsed: ParsedRow, record: Record | None, waiting: OpenFields
    ) -> RowPlan | None:
        """The steps of one row; None where it says nothing new."""
        kind = self.state.kind.name
        plan = RowPlan(kind, parsed.uid, parsed.sheet, parsed.row, parsed.title, "updated")
        plan.tag = self.state.authority.tag
        plan.cells = list(parsed.problems)
        self.refusals.refuse(parsed, record, plan)
        self.validation.validate(parsed, record, plan)
        plan.said, plan.emptied = parsed.cells, parsed.emptied
        plan.dropped = parsed.dropped
        if record is None:
            return self.cells.warn(parsed, self._new(parsed, plan))
        self.cells.add_mine(record, plan)
        self._disown(parsed, record, plan)
        plan.theirs, fresh = self._arriving(parsed, record, plan)
        if plan.theirs is None:
            return plan if plan.cells else None
        self._refuse_news(parsed, record, plan, fresh)
        merged = self._merge(record, plan, waiting)
        self.cells.add_merged(parsed, record, plan, merged, waiting)
        plan.title = plan.title or self.state.title_of(record)
        if not plan.cells and not merged:
            return None
        plan.status = self._status(plan, merged)
        plan.both = self._both(parsed, plan)
        taken = frozenset((*merged.taken, *merged.conflicts))
        self._report(parsed, plan, taken, record.values, record.state)
        self._note_steps(parsed, plan, merged.taken)
        return self.cells.warn(parsed, plan)

    # -- a record that is here ---------------------------------------------------------------------

    def _disown(self, parsed: ParsedRow, record: Record, plan: RowPlan) -> None:
        """What stands here and was never for its writer to write, as the row tells."""
        state, base = self.state, parsed.base
        if base is not None and record.issuer != OWN:
            match = state.match(record, base)
            plan.disowned = state.authority.disowned(match, state.versions(base)) or None

    def _arriving(
        self, parsed: ParsedRow, record: Record, plan: RowPlan
    ) -> tuple[Row | None, list[str]]:
        """The arriving row: exported values that are news, which they are, and what was typed over
        them."""
        state, base = self.state, parsed.base
        own, versions = state.own_versions(record), state.versions(base)
        values: FieldValues = {}
        out = versions.copy() if parsed.typed else versions
        fresh: list[str] = []
        if base is None:
            if not parsed.typed:
                return None, fresh
            values[DELETED] = record.deleted
            out = own.copy()  # a new row says nothing about the cells that were left blank
        else:
            values[DELETED] = base.deleted
            fresh = news(own, versions, state.fields)
            for name in (*fresh, *(plan.disowned or ())):
                try:
                    values[name] = state.exported(base, name)
                except BadInput as error:
                    plan.cells.append(
                        self.cells.cell("error", parsed, name, error.message, record, None)
                    )
                    out = out.copy()
                    out.set(name, own.of(name))
                    fresh = [each for each in fresh if each != name]
        for name, value in parsed.typed.items():
            values[name] = value
            exported = parsed.on_top.get(name) or versions.of(name)
            out.set(name, *self.hand(parsed, name, value, exported))
        return Row(values, out), [name for name in fresh if name not in parsed.typed]

    def hand(
        self, parsed: ParsedRow, name: str, value: object, exported: Vector
    ) -> tuple[Vector, Authors]:
        """The vector of a typed cell, and its one author."""
        state = self.state
        typed = dumps(state.shape.to_json(name, value))
        tag = state.authority.tag
        vector = typed_vector(exported, state.export_id, parsed.uid, name, typed, tag)
        return vector, tuple(vector)[len(exported) :]  # that of the write stands last, if it is new

    def _refuse_news(
        self, parsed: ParsedRow, record: Record, plan: RowPlan, fresh: list[str]
    ) -> None:
        """What was written elsewhere by somebody who may not is passed over; told where it would
        change something."""
        state, theirs = self.state, plan.theirs
        if not fresh:
            return
        assert theirs is not None
        why = state.authority.refused(state.match(record, parsed.base), theirs, fresh)
        if state.kind.parent and (sealed := self.refusals.sealed(record)):
            why |= dict.fromkeys(fresh, sealed)
        plan.refused = frozenset(why)
        for name, message in why.items():
            value = theirs.values.get(name)
            if not state.same(name, value, record.get(name)):
                plan.cells.append(self.cells.cell("refused", parsed, name, message, record, value))

    def _merge(self, record: Record, plan: RowPlan, waiting: OpenFields) -> RowMerge:
        state = self.state
        assert plan.theirs is not None
        mine = Row(record, state.own_versions(record), values_of(state.shape, waiting))
        bounds = Bounds(plan.refused, plan.disowned or {}, state.shape.joins, state.settles)
        merged = merge_row(record.uid, mine, plan.theirs, state.fields, state.same, bounds)
        plan.fields, plan.news = state.fields, bool(merged)
        if merged.alone:
            plan.over, plan.simply = record.versions, tuple(merged.changes)
        if merged.settled:
            self.settled |= dict.fromkeys(merged.settled)
            self.settled_rows += 1
        return merged

    def _both(self, parsed: ParsedRow, plan: RowPlan) -> RowPlan | None:
        """A row whose title says something else than before, as a record of its own."""
        if parsed.both is not None:
            another = self._plan_row(parsed.both, None, {})
            able = another is not None and another.status == "added" and not another.of("error")
            return another if able else None
        if parsed.origin != "slot":
            return None
        title = self.state.kind.title
        asked = [cell.field for cell in plan.of("conflict", "correction") if not cell.decider]
        if title not in asked:
            return None
        other = replace(parsed, uid=parsed.other_uid(), origin="none", problems=[], warned={})
        made = RowPlan(plan.kind, other.uid, plan.sheet, plan.row, parsed.title, "added")
        made.tag, made.said = plan.tag, parsed.cells
        return self._new(other, made)

    @staticmethod
    def _status(plan: RowPlan, merged: RowMerge) -> RowStatus:
        if merged.taken:
            return "updated"
        if plan.of("conflict", "correction"):
            return "conflict"
        if plan.of("error"):
            return "error"
        return "refused" if plan.of("refused") else "joined"

    def _report(
        self, parsed: ParsedRow, plan: RowPlan, taken: frozenset[str], values: Mapping[str, object],
        state: str | None = None,
    ) -> None:
        """What a unit typed as its progress also becomes a report of its own."""
        if self.reports is None or parsed.origin == "hidden":
            return
        child = self.reports.report(
            parsed.uid, parsed.typed, taken, values, parsed.reported_by
        )
        if child is not None:
            plan.children = (child,)
            waits = any(cell.field == child.field for cell in plan.of("conflict", "correction"))
            plan.message = ("采用这一处，就" if waits else "") + self.reports.words(child, state)

    @staticmethod
    def _note_steps(parsed: ParsedRow, plan: RowPlan, taken: Collection[str]) -> None:
        """The steps that dates in the row stand for, where those are taken."""
        if steps := [step for step in parsed.takes if step.field in taken]:
            plan.steps, plan.message = tuple(steps), parsed.steps_text + plan.message

    # -- a record that is not here -----------------------------------------------------------------

    def _new(self, parsed: ParsedRow, plan: RowPlan) -> RowPlan | None:
        """A record that is not here: one exported elsewhere, or a row filled in."""
        state, base = self.state, parsed.base
        if base is None and not parsed.typed:
            plan.status = "error" if plan.of("error") else "refused"
            return plan if plan.cells else None
        values, versions = self._exported_row(parsed, plan)
        if parsed.typed:
            versions = versions.copy()
            for name, value in {**(parsed.drawn or {}), **parsed.typed}.items():
                versions.set(name, *self.hand(parsed, name, value, versions.of(name)))
                values[name] = bool(value) if name == DELETED else value
        if parsed.warned.get("", ("",))[0] == "orphan":
            plan.status = "refused"
            return plan
        plan.theirs = Row(values, versions)
        plan.fields, plan.status = state.fields, "added"
        plan.issuer = state.authority.offices.stated_issuer(base, versions)
        if base is not None:
            self._tell_all(parsed, plan, values)
            if not self._refuse_new(parsed, plan, values):
                return plan
        plan.title = plan.title or state.text(state.kind.title, values.get(state.kind.title))
        self._report(parsed, plan, frozenset(parsed.typed), values)
        self._note_steps(parsed, plan, parsed.typed)
        return plan

    def _tell_all(self, parsed: ParsedRow, plan: RowPlan, values: Mapping[str, object]) -> None:
        """Every cell of a row that is new here is news, though it is as it was sent."""
        if parsed.address is None:
            return
        shown = self._shown.get(parsed.sheet)
        if shown is None:
            shown = self._shown[parsed.sheet] = [
                name for _, name in self.state.places if parsed.address(name, 1)
            ]
        plan.address = parsed.address
        plan.sent = sum(
            1 for name in shown if name not in parsed.cells and values.get(name) not in NOTHING
        )

    def _exported_row(self, parsed: ParsedRow, plan: RowPlan) -> tuple[FieldValues, RowVersions]:
        """What a new record holds before anything was typed into it."""
        state, base = self.state, parsed.base
        values: FieldValues = {name: None for name in state.shape.names}
        versions = state.versions(base)
        if base is None:
            values.update({n: v for n, v in state.defaults.items() if n in values})
            initial = state.cycle.initial if state.cycle else None
            return {**values, "state": initial, DELETED: False, "parent": parsed.parent}, versions
        for _, name in state.places:
            try:
                values[name] = state.exported(base, name)
            except BadInput as error:
                plan.cells.append(self.cells.cell("error", parsed, name, error.message, None, None))
                versions = versions.copy()
                versions.set(name, {})
        if state.unknown_fields:
            # What this program cannot keep it must not claim to have seen.
            versions = RowVersions({}, {n: versions.of(n) for n in state.fields if versions.of(n)})
        values |= {"state": base.state, DELETED: base.deleted, "parent": base.parent}
        return values, versions

    def _refuse_new(self, parsed: ParsedRow, plan: RowPlan, values: Mapping[str, object]) -> bool:
        """Blank what was written there by somebody who may not; False when nothing of the record is
        taken."""
        theirs = plan.theirs
        assert theirs is not None
        fresh = Row(theirs.values, theirs.versions.copy())
        for name in parsed.typed:  # looked at by itself
            fresh.versions.set(name, {})
        state, cell = self.state, self.cells.cell
        whole, why = state.authority.refused_new(state.kind, fresh, plan.issuer)
        if whole:
            title = state.kind.title
            refused = cell("refused", parsed, title, "", None, theirs.values.get(title))
            where = f"工作表「{parsed.sheet}」第 {parsed.row} 行" if parsed.sheet else ""
            refused.message = where + whole
            plan.cells, plan.theirs, plan.status = [*plan.cells, refused], None, "refused"
            plan.title = plan.title or state.text(title, theirs.values.get(title))
            return False
        if why:
            plan.theirs = Row({**values, **dict.fromkeys(why)}, theirs.versions.copy())
            for name, message in why.items():
                value = theirs.values.get(name)
                plan.cells.append(cell("refused", parsed, name, message, None, value))
                plan.theirs.versions.set(name, {})
        return True
