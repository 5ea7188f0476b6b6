"""The cells of a plan: what stands here, what arrives, and the sentence for the person who looks.
"""

from __future__ import annotations

from typing import Any

from db.access import ownership_checks
from db.errors import BadInput
from db.merge.merge import DELETED, RowMerge, is_correction, news, typed_site
from db.merge.versions import RowVersions, is_covered_by
from db.model.records import SYSTEM_FIELDS, Record
from db.store.journal import dumps
from desktop.exchange.format.pending_conflicts import OpenFields, number_of
from desktop.exchange.plan.import_plan import CellPlan, RowPlan, Status
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.merge_base import MergeBases
from desktop.exchange.plan.parsed_row import ParsedRow

#: What an exported value is of which nothing stands in its cell.
NOTHING = (None, "", ())


class CellPlans:
    """Made once per kind of a file."""

    def __init__(self, state: KindState) -> None:
        self.state, self.bases = state, MergeBases(state.book)
        self._news = {name: f"「{state.label(name)}」有新内容。" for name in state.fields}

    def cell(
        self, status: Status, parsed: ParsedRow, name: str, message: str, record: Record | None,
        value: object,
    ) -> CellPlan:
        """One cell of a row, with what stands here and what arrives."""
        state, shape, label = self.state, self.state.shape, self.state.label(name)
        if status == "refused":
            where = f"工作表「{parsed.sheet}」第 {parsed.row} 行" if parsed.sheet else ""
            message = f"{where}「{label}」{message}"
        made = CellPlan(status, name, label, parsed.cell_of(name), message)
        if name in shape.by_name or name in SYSTEM_FIELDS:
            own = record.get(name) if record is not None else None
            made.mine, made.theirs = shape.to_json(name, own), shape.to_json(name, value)
            made.text_mine, made.text_theirs = state.text(name, own), state.text(name, value)
        if name not in parsed.cells:
            made.as_sent = value not in NOTHING
            made.blank = not made.as_sent and (status != "error" or parsed.base is None)
        return made

    def add_mine(self, record: Record, plan: RowPlan) -> None:
        """What stands here, beside what could not be read."""
        shape = self.state.shape
        for cell in plan.cells:
            if cell.status == "error" and cell.field in shape.by_name:
                own = record.get(cell.field)
                cell.mine = shape.to_json(cell.field, own)
                cell.text_mine = self.state.text(cell.field, own)

    def asking(
        self, status: Status, parsed: ParsedRow, name: str, record: Record, value: object,
        theirs: RowVersions,
    ) -> CellPlan:
        """A cell that waits for a decision: this office's, or that of the office whose it is."""
        cell = self.cell(
            status, parsed, name, self._question(name, status == "correction", value), record,
            value,
        )
        authors = (*self.state.book.versions_of(record).authors_of(name), *theirs.authors_of(name))
        cell.decider = (
            ownership_checks.deciding_office(
                self.state.session, record, name, record.get(name), authors
            )
            if self.state.known
            else ""
        )
        if cell.decider:
            what = (
                "对方删除了这一条" if name == DELETED and value
                else f"「{self.state.label(name)}」两边都改过"
            )
            cell.message = f"{what}，等待“{cell.decider}”裁定，本单位不用处理。"
        return cell

    def _question(self, name: str, again: bool, value: object) -> str:
        if again:
            return f"「{self.state.label(name)}」是对上次交回内容的更正，请确认是否采用新的。"
        if name == DELETED:
            return (
                "对方删除了这一条，本单位之后又改过，请决定去留。" if value
                else "本单位已删除这一条，对方又改过，请决定去留。"
            )
        return f"「{self.state.label(name)}」两边都改过，请决定用哪一个。"

    def add_merged(
        self, parsed: ParsedRow, record: Record, plan: RowPlan, merged: RowMerge,
        waiting: OpenFields,
    ) -> None:
        """One cell for each field whose value changes or waits."""
        theirs, state = plan.theirs, self.state
        assert theirs is not None
        for name in merged.taken:
            if name in state.shape.joins:  # told by the fields that the steps wrote
                continue
            value, message = merged.changes[name][0], self._news[name]
            if name in merged.settled:
                message = f"「{state.label(name)}」两边都办理过，按办理先后定为这一个。"
            plan.cells.append(self.cell("changed", parsed, name, message, record, value))
        asked: dict[str, object] = {n: p.value for n, p in merged.conflicts.items()}
        if not merged.alone:
            for name in news(state.own_versions(record), theirs.versions, state.fields):
                if name not in merged.changes and name not in asked and name not in plan.refused:
                    asked[name] = theirs.values.get(name)
        for name, value in asked.items():
            status: Status = "correction" if self._corrects(parsed, record, name) else "conflict"
            cell = self.asking(status, parsed, name, record, value, theirs.versions)
            wanted = dumps(state.shape.to_json(name, value))
            row_id = next((w.row_id for w in waiting.get(name, ()) if w.theirs == wanted), None)
            cell.conflict_id = None if row_id is None else number_of(row_id, state.book.name)
            plan.cells.append(cell)
        if parsed.base is not None:
            self._add_bases(parsed, record, plan)

    def warn(self, parsed: ParsedRow, plan: RowPlan | None) -> RowPlan | None:
        """Mark what looks like an accident; where it changes nothing, nothing is said."""
        if plan is None or not parsed.warned or (plan.theirs is None and "" not in parsed.warned):
            return plan
        plan.warned = {name: code for name, (code, _) in parsed.warned.items()}
        for cell in plan.cells:
            if cell.field in parsed.warned and cell.status in ("changed", "conflict", "correction"):
                cell.status = "warned"
                cell.code, cell.message = parsed.warned[cell.field]
        if plan.status == "added" or "" in parsed.warned:
            self._warn_new(parsed, plan)
        return plan

    def _warn_new(self, parsed: ParsedRow, plan: RowPlan) -> None:
        """A new row's cells are not told one by one, so those in question are."""
        title = self.state.kind.title
        needed = {f.name for f in self.state.kind.all_fields if f.required}
        for name, (code, message) in parsed.warned.items():
            if name in needed:  # without it there is no record
                plan.warned = {**plan.warned, "": code}
            if not name or name in parsed.typed:
                value = parsed.typed.get(name or title)
                cell = self.cell("warned", parsed, name or title, message, None, value)
                cell.code = code
                plan.cells.append(cell)

    def _corrects(self, parsed: ParsedRow, record: Record, name: str) -> bool:
        """Whether a typed cell stands against what an earlier return of the same workbook said."""
        state = self.state
        if name not in parsed.typed:
            return False
        mine = dumps(state.shape.to_json(name, record.get(name)))
        site = typed_site(state.export_id, parsed.uid, name, mine) + state.authority.tag
        exported = state.versions(parsed.base).of(name)
        return is_correction(state.own_versions(record).of(name), exported, site)

    def _add_bases(self, parsed: ParsedRow, record: Record, plan: RowPlan) -> None:
        for cell in plan.cells:
            if cell.field in self._news:
                try:
                    base = self._base(parsed, cell, record, plan)
                except BadInput:
                    continue
                cell.base = self.state.shape.to_json(cell.field, base)
                cell.text_base = self.state.text(cell.field, base)

    def _base(self, parsed: ParsedRow, cell: CellPlan, record: Record, plan: RowPlan) -> Any:
        """What a cell held before: as exported, where it was typed over or nobody wrote here; else
        what both sides had before them."""
        assert parsed.base is not None and plan.theirs is not None
        state, name = self.state, cell.field
        if cell.status != "conflict":
            return state.exported(parsed.base, name)
        own, sent = state.own_versions(record).of(name), state.versions(parsed.base).of(name)
        if name in parsed.typed and is_covered_by(sent, own):
            return state.exported(parsed.base, name)
        found, value = self.bases.base(
            state.kind.name, parsed.uid, name, own, plan.theirs.versions.of(name)
        )
        return state.shape.from_json(name, value) if found else None
