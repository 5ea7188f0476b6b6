"""What was typed and is not taken, whatever it says: whose the field, the row and the item are."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias

from db.access import immutability
from db.errors import BadInput
from db.merge.merge import DELETED
from db.model.records import Record
from db.model.steps import FIELD
from desktop.exchange.format.manifest import ExportedRow
from desktop.exchange.format.unit_steps import steps_by_date_field
from desktop.exchange.plan.cell_plans import CellPlans
from desktop.exchange.plan.import_plan import RowPlan
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow

_Check: TypeAlias = "Callable[[TypedRefusals, ParsedRow, Record | None, str], str]"


class TypedRefusals:
    """Made once per kind of a file."""

    def __init__(self, state: KindState, cells: CellPlans) -> None:
        self.state, self.cells = state, cells
        session, unit = state.session, state.unit
        self._sealable = state.known and immutability.may_be_sealed(
            session, session.kinds.get(state.kind.name)
        )
        # what is still to be done of the units that it took over stands in its workbook too
        self._units = frozenset({unit, *session.taken_over(unit)}) if unit else frozenset()
        self._dated = steps_by_date_field(state.kinds, state.kind.name) if unit else {}
        self._closed = (
            {s.name for s in state.cycle.states if s.closed or s.void or s.edited_to} if state.cycle
            else set()
        )
        idle = set() if unit else set(self._OF_UNITS)
        idle |= {check for check, used in (
            (TypedRefusals._closed_item, self._closed),
            (TypedRefusals._sealed_cell, self._sealable),
        ) if not used}  # fmt: skip
        self._checks = tuple(check for check in self._CHECKS if check not in idle)

    def refuse(self, parsed: ParsedRow, record: Record | None, plan: RowPlan) -> None:
        """Take out of ``typed`` what the sender may not change, and say so."""
        for name in list(parsed.typed):
            for check in self._checks:
                if reason := check(self, parsed, record, name):
                    value = parsed.typed.pop(name)
                    cell = self.cells.cell("refused", parsed, name, reason, record, value)
                    plan.cells.append(cell)
                    break

    def whole(self, parsed: ParsedRow, record: Record | None) -> str:
        """Why nothing is taken that a unit does with an item; "" where it may."""
        state = self.state
        return (
            self._strange_row(parsed, record, "") or self._not_the_units_row(parsed, record, "")
            or (self.sealed(record) if record is not None else "")
            or state.authority.why_typed(state.kind, record, parsed.base, FIELD, None)
        )

    def sealed(self, record: Record) -> str:
        """Why nothing of a record may be changed whose month was read out; "" for any other."""
        if not self._sealable:
            return ""
        try:
            immutability.refuse_if_sealed(self.state.session, record)
        except BadInput as error:
            return error.message
        return ""

    # -- the checks --------------------------------------------------------------------------------

    def _computed(self, _parsed: ParsedRow, _record: Record | None, name: str) -> str:
        declared = self.state.shape.by_name.get(name)
        computed = declared is not None and declared.computed
        return "由程序按流程填写，不能在表格中改。" if computed else ""

    def _changes(self, parsed: ParsedRow, record: Record, name: str) -> bool:
        return not self.state.same(name, parsed.typed[name], record.get(name))

    def _closed_item(self, parsed: ParsedRow, record: Record | None, name: str) -> str:
        if record is None or record.state not in self._closed:
            return ""
        if not self._changes(parsed, record, name):
            return ""
        return f"这一条{self.state.text('state', record.state)}，不能再在表格中改。"

    def _sealed_cell(self, parsed: ParsedRow, record: Record | None, name: str) -> str:
        if record is None or not self._sealable or not self._changes(parsed, record, name):
            return ""
        return self.sealed(record)

    def _not_their_right(self, parsed: ParsedRow, record: Record | None, name: str) -> str:
        state = self.state
        return state.authority.why_typed(state.kind, record, parsed.base, name, parsed.typed[name])

    def _strange_row(self, parsed: ParsedRow, _record: Record | None, _name: str) -> str:
        strange = parsed.origin == "foreign" and self.state.unit is not None
        return "这一行不是本工作簿发出的事项，没有接受。" if strange else ""

    def _not_the_units_row(self, parsed: ParsedRow, record: Record | None, _name: str) -> str:
        if self.state.unit is None or parsed.base is None:
            return ""
        if not self._is_theirs(parsed):
            return "不是这个单位的事项，没有接受。"
        now = self._gone_to(record) if record is not None else ""
        return f"这一条已经转给「{now}」，原单位填的没有接受。" if now else ""

    def _not_the_units_field(self, parsed: ParsedRow, _record: Record | None, name: str) -> str:
        if self.state.unit is None or (parsed.base is None and name not in self._dated):
            return ""
        if parsed.base is None:
            return "" if _record is not None else "交办以后才能填，没有接受。"
        if name == DELETED:
            return "责任单位不能删除交办的事项，没有接受。"
        theirs = self.state.shape.by_name[name].owner == "responsible" or name in self._dated
        return "" if theirs else "由交办方填写，责任单位的改动没有接受。"

    def _another_units_new_row(self, parsed: ParsedRow, _record: Record | None, name: str) -> str:
        unit = self.state.unit
        if unit is None or parsed.base is not None or name != self.state.kind.unit:
            return ""
        own = self._names_one_of(frozenset({unit}), parsed.typed[name])
        return "" if own else "只能填报本单位的事项，没有接受。"

    @staticmethod
    def _names_one_of(units: frozenset[str], value: object) -> bool:
        return value in units or (isinstance(value, tuple) and not units.isdisjoint(value))

    def _gone_to(self, record: Record) -> str:
        """The unit that has a record now, where it is no longer one of the workbook's unit; ""
        while it is."""
        kind, values = self.state.kind, record.values
        now = values.get(kind.unit) if kind.unit and not kind.parent else None
        if not isinstance(now, str) or now in self._units or any(
            self._names_one_of(self._units, values.get(name)) for name in kind.cooperating
        ):
            return ""
        return self.state.session.unit_name(now)

    def _is_theirs(self, parsed: ParsedRow) -> bool:
        kind, base = self.state.kind, parsed.base
        if base is None or kind.parent:
            return True
        named = [name for name in (kind.unit, *kind.cooperating) if name is not None]
        return not named or any(self._names_them(base, name) for name in named)

    def _names_them(self, base: ExportedRow, name: str) -> bool:
        sent = self.state.sent(base, name)
        if isinstance(sent, str) and sent in self._units:  # as in most rows
            return True
        try:
            return self._names_one_of(self._units, self.state.exported(base, name))
        except BadInput:
            return False

    #: Each gives a reason, or ""; the first that has one is told. Plain functions, not bound ones:
    #: a plan must go without a walk of the garbage collector.
    _CHECKS: ClassVar[tuple[_Check, ...]] = (
        _computed, _closed_item, _sealed_cell, _not_their_right, _strange_row, _not_the_units_row,
        _not_the_units_field, _another_units_new_row,
    )  # fmt: skip
    #: those that have nothing to say but of a unit's workbook
    _OF_UNITS: ClassVar[frozenset[_Check]] = frozenset((
        _strange_row, _not_the_units_row, _not_the_units_field, _another_units_new_row,
    ))
