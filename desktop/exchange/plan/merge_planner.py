"""Hold what arrived against the book: what is taken in, what is refused, what a person must decide.
Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from db.access import immutability, ownership_checks
from db.errors import BadInput, Damaged, Problem
from db.merge.merge import DELETED, Row, RowMerge, hand_vector, is_correction, merge_row, news
from db.merge.versions import Authors, RowVersions, Vector, leq
from db.model import rules
from db.model.declarations import Kind
from db.model.fieldtypes import TYPES, of
from db.model.kinds import Kinds
from db.model.records import SYSTEM_FIELDS, Record, RowShape
from db.rules import validate
from db.session import Session
from desktop.exchange.format import pending_conflicts
from desktop.exchange.format.manifest import BROKEN, Hidden, RowMeta
from desktop.exchange.plan.batch_constraints import Together
from desktop.exchange.plan.import_plan import CellPlan, RowPlan, RowStatus
from desktop.exchange.plan.merge_base import Ancestry
from desktop.exchange.plan.progress_reports import CellReports
from desktop.exchange.plan.row_parser import Arrival
from desktop.exchange.plan.write_authority import Owners

#: So many uids are asked for at once.
_PART = 500
#: So many version texts are remembered with what they say.
_TEXTS = 1_000
_LABELS = {"state": "状态", "deleted": "删除", "parent": "所属事项"}


def json_text(value: Any) -> str:
    """A typed value's one JSON text, which names its write."""
    return msgspec.json.encode(value).decode()


def _remember(known: dict[str, RowVersions], text: str, versions: RowVersions) -> RowVersions:
    """Keep what a version text says, among as many as are worth it."""
    if len(known) >= _TEXTS:
        known.clear()
    known[text] = versions
    return versions


class Judge:
    """Made once per kind of a file."""

    def __init__(
        self, session: Session, kinds: Kinds, kind: Kind, hidden: Hidden,
        owners: Owners | None = None,
    ) -> None:
        self.session, self.kind, self.hidden = session, kind, hidden
        self.kinds = kinds
        self.known = kind.name in session.kinds
        self.together = Together(session, kind)
        self.book = session.book_of(kind.name) if self.known else session.office
        self.ancestry = Ancestry(self.book)
        self.owners = owners or Owners(session, kinds, self.book, hidden)
        self.shape = RowShape(kind)
        self.cycle = kinds.lifecycle_of(kind)
        meta = hidden.meta
        self.export_id = meta.export_id if meta else ""
        self.unit = meta.unit if meta else None
        self._sealable = self.known and immutability.may_be_sealed(
            session, session.kinds.get(kind.name)
        )
        # what is still to be done of the units that it took over stands in its workbook too
        self._units = (
            frozenset({self.unit, *session.taken_over(self.unit)}) if self.unit else frozenset()
        )
        sites = (meta.sites if meta else {}).get(kind.book, {})
        self._sites = {int(number): name for number, name in sites.items() if number.isdigit()}
        order = (
            hidden.sheets[kind.name].fields
            if kind.name in hidden.sheets
            else [f.name for f in kind.all_fields]
        )
        #: (place in the exported values, field) of the fields known here
        self.places = [(at, name) for at, name in enumerate(order) if kind.has(name)]
        self._place = {name: at for at, name in self.places}
        self.unknown_fields = len(order) != len(self.places)
        self.fields = (*(name for _, name in self.places), *SYSTEM_FIELDS)
        own_sites = (
            {n: name for n, name in self.book.connection.execute("SELECT id, name FROM sites")}
            if self.known
            else {}
        )
        #: equal version texts mean equal vectors only where the small numbers mean the same
        self._same_numbers = all(own_sites.get(n, name) == name for n, name in self._sites.items())
        self._defaults = {
            f.name: TYPES[f.type].from_json(f.default, f)
            for f in kind.all_fields
            if f.default is not None and f.default not in ("today", "user", "unit")
        }
        #: version text → its vectors: what was written at once has one text, and most of a ledger
        #: often was
        self._decoded: dict[str, RowVersions] = {}
        self._own: dict[str, RowVersions] = {}
        self._news = {name: f"「{self.label(name)}」有新内容。" for name in self.fields}
        self._tag = self.owners.tag
        self.reports: CellReports | None = None
        self._closed = (
            {s.name for s in self.cycle.states if s.closed or s.void or s.edited_to}
            if self.cycle
            else set()
        )

    # -- versions and values -----------------------------------------------------------------------

    def versions(self, base: RowMeta | None) -> RowVersions:
        """The exported vectors of a row; a new row has none. Not to be changed in place: rows of
        one text share them."""
        if base is None:
            return RowVersions()
        found = self._decoded.get(base.versions)
        if found is not None:
            return found
        try:
            found = RowVersions.decode(base.versions, self._sites.__getitem__)
            self.owners.look_ahead(found)
            return _remember(self._decoded, base.versions, found)
        except (ValueError, KeyError) as error:
            raise Damaged(BROKEN) from error

    def _exported(self, base: RowMeta, name: str) -> Any:
        """One exported value, normalised. Raises ``BadInput``."""
        if name == "state":
            return base.state
        if name == DELETED:
            return base.deleted
        if name == "parent":
            return base.parent
        at = self._place.get(name, len(base.values))
        return self.shape.from_json(name, base.values[at]) if at < len(base.values) else None

    def mine(self, uids: Sequence[str]) -> dict[str, Record]:
        """My records of these uids."""
        if not self.known:
            return {}
        found: dict[str, Record] = {}
        for start in range(0, len(uids), _PART):
            part = uids[start : start + _PART]
            marks = ",".join("?" * len(part))
            for record in self.book.each(self.kind.name, f"uid IN ({marks})", part):
                found[record.uid] = record
        return found

    # -- judging -----------------------------------------------------------------------------------

    def judge(self, arrivals: Sequence[Arrival]) -> tuple[list[RowPlan], int]:
        """Plans for what is new or wrong, and how many rows say nothing new."""
        uids = [a.uid for a in arrivals]
        mine = self.mine(uids)
        waiting = (
            pending_conflicts.waiting_of(self.book.connection, self.kind.name, list(mine))
            if self.known and mine
            else {}
        )
        plans: list[RowPlan] = []
        unchanged = 0
        for arrival in arrivals:
            record = mine.get(arrival.uid)
            if (
                record is not None
                and not arrival.says_something
                and self._seen_at_a_glance(arrival, record)
            ):
                unchanged += arrival.origin != "carried"
                continue
            plan = self._judge(arrival, record, waiting.get(arrival.uid, {}))
            if plan is None:
                unchanged += arrival.origin != "carried"
            else:
                plans.append(plan)
        return plans, unchanged

    def _seen_at_a_glance(self, arrival: Arrival, record: Record) -> bool:
        return (
            self._same_numbers
            and arrival.base is not None
            and arrival.base.versions == record.versions
        )

    def _judge(
        self,
        arrival: Arrival,
        record: Record | None,
        waiting: dict[str, list[pending_conflicts.OpenValue]],
    ) -> RowPlan | None:
        plan = RowPlan(
            self.kind.name, arrival.uid, arrival.sheet, arrival.row, arrival.title, "updated"
        )
        plan.tag = self._tag
        plan.cells = list(arrival.problems)
        self._refuse(arrival, record, plan)
        self._validate(arrival, record, plan)
        if record is None:
            return self._new(arrival, plan)
        base_versions = self.versions(arrival.base)
        own = self._own.get(record.versions) or _remember(
            self._own, record.versions, self.book.versions_of(record)
        )
        if (base := arrival.base) is not None:
            plan.disowned = (
                self.owners.disowned(self.kind, record, own, base_versions, base, self._exported)
                or None
            )
        theirs = self._theirs(arrival, record, base_versions, own, plan)
        if theirs is None:
            return plan if plan.cells else None
        self._refuse_news(arrival, record, own, theirs, plan)
        pending = pending_conflicts.values_of(self.shape, waiting)
        mine = Row(record, own)
        merged = merge_row(
            record.uid,
            mine,
            theirs,
            self.fields,
            pending,
            self._same,
            refused=plan.refused,
            disowned=plan.disowned,
        )
        plan.theirs, plan.fields, plan.news = theirs, self.fields, bool(merged)
        self._tell(arrival, record, plan, merged, mine, base_versions, waiting)
        if not plan.title:
            plan.title = self.title_of(record)
        if not plan.cells and not merged:
            return None
        plan.status = self._status(plan, merged)
        self._report(
            arrival, plan, frozenset(merged.taken) | frozenset(merged.conflicts), record.values,
            record.state,
        )
        return plan

    def _report(
        self,
        arrival: Arrival,
        plan: RowPlan,
        taken: frozenset[str],
        values: Mapping[str, Any],
        state: str | None = None,
    ) -> None:
        """What a unit typed as its progress also becomes a report of its own."""
        if self.reports is None or arrival.origin == "carried":
            return
        child = self.reports.report(arrival.uid, arrival.typed, taken, values)
        if child is not None:
            plan.children = (child,)
            waits = any(cell.field == child.field for cell in plan.of("conflict", "correction"))
            plan.message = ("采用这一处，就" if waits else "") + self.reports.words(child, state)

    def _status(self, plan: RowPlan, merged: RowMerge) -> RowStatus:
        if merged.taken:
            return "updated"
        if plan.of("conflict", "correction"):
            return "conflict"
        if plan.of("error"):
            return "error"
        return "refused" if plan.of("refused") else "joined"

    def _same(self, name: str, a: Any, b: Any) -> bool:
        if name in SYSTEM_FIELDS:
            return bool((a or None) == (b or None))
        return TYPES[self.shape.by_name[name].type].compare(a, b)

    def title_of(self, record: Record) -> str:
        """What a record of this kind is called."""
        field = self.kind.field(self.kind.title)
        return self.text(field.name, record.values.get(field.name))

    def text(self, name: str, value: Any) -> str:
        """A value as people read it."""
        if name == DELETED:
            return "已删除" if value else "保留"
        if value is None:
            return ""
        if name == "state":
            return (
                self.cycle.state(value).label
                if self.cycle and any(s.name == value for s in self.cycle.states)
                else str(value)
            )
        if name in SYSTEM_FIELDS:
            return str(value)
        field = self.shape.by_name[name]
        return TYPES[field.type].format(value, field, self.session.names)

    def label(self, name: str) -> str:
        return (
            self.shape.by_name[name].label
            if name in self.shape.by_name
            else _LABELS.get(name, name)
        )

    # -- ownership ---------------------------------------------------------------------------------

    def _refuse(self, arrival: Arrival, record: Record | None, plan: RowPlan) -> None:
        """Take out of ``typed`` what the sender may not change, and say so."""
        for name in list(arrival.typed):
            reason = self._reason(arrival, record, name)
            if reason:
                value = arrival.typed.pop(name)
                plan.cells.append(self.cell("refused", arrival, name, reason, record, value))

    def _refuse_news(
        self, arrival: Arrival, record: Record, own: RowVersions, theirs: Row, plan: RowPlan
    ) -> None:
        """What was written elsewhere by somebody who may not is passed over; told where it would
        change something."""
        fresh = [
            name for name in news(own, theirs.versions, self.fields) if name not in arrival.typed
        ]
        why = dict(
            self.owners.refused(self.kind, record, own, theirs, fresh, arrival.base, self._exported)
        )
        if self.kind.parent and (sealed := self._sealed(record) if fresh else ""):
            why |= dict.fromkeys(fresh, sealed)
        plan.refused = frozenset(why)
        for name, message in why.items():
            value = theirs.values.get(name)
            if not self._same(name, value, record.get(name)):
                plan.cells.append(self.cell("refused", arrival, name, message, record, value))

    def _reason(self, arrival: Arrival, record: Record | None, name: str) -> str:
        if name in self.shape.by_name and self.shape.by_name[name].computed:
            return "由程序按流程填写，不能在表格中改。"
        typed = arrival.typed[name]
        if (
            record is not None
            and record.state in self._closed
            and not self._same(name, typed, record.get(name))
        ):
            state = self.text("state", record.state)
            return f"这一条{state}，不能再在表格中改。"
        sealed = (
            self._sealed(record)
            if record is not None and not self._same(name, typed, record.get(name))
            else ""
        )
        if sealed:
            return sealed
        why = self.owners.why_typed(self.kind, record, arrival.base, name, typed)
        if why:
            return why
        if arrival.origin == "foreign" and self.unit is not None:
            return "这一行不是本工作簿发出的事项，没有接受。"
        if self.unit is None:
            return ""
        if arrival.base is not None:
            if not self._is_theirs(arrival):
                return "不是这个单位的事项，没有接受。"
            if record is not None and (now := self._gone_to(record)):
                return f"这一条已经转给「{now}」，原单位填的没有接受。"
            if name == DELETED:
                return "责任单位不能删除交办的事项，没有接受。"
            if self.shape.by_name[name].owner != "responsible":
                return "由交办方填写，责任单位的改动没有接受。"
        elif name == self.kind.unit and not self._names_one_of(
            frozenset({self.unit}), arrival.typed[name]
        ):
            return "只能填报本单位的事项，没有接受。"
        return ""

    def _sealed(self, record: Record) -> str:
        """Why nothing of a record may be changed whose month was read out; "" for any other."""
        if not self._sealable:
            return ""
        try:
            immutability.not_sealed(self.session, record)
        except BadInput as error:
            return error.message
        return ""

    @staticmethod
    def _names_one_of(units: frozenset[str], value: Any) -> bool:
        return value in units or (isinstance(value, tuple) and not units.isdisjoint(value))

    def _gone_to(self, record: Record) -> str:
        """The unit that has a record now, where it is no longer one of the workbook's unit; ""
        while it is."""
        own = [n for n in (self.kind.unit, *self.kind.cooperating) if n is not None]
        now = record.values.get(self.kind.unit) if self.kind.unit and not self.kind.parent else None
        if not isinstance(now, str) or any(
            self._names_one_of(self._units, record.values.get(name)) for name in own
        ):
            return ""
        return self.session.unit_name(now)

    def _is_theirs(self, arrival: Arrival) -> bool:
        if self.kind.unit is None and not self.kind.cooperating:
            return True
        if self.kind.parent:
            return True
        base = arrival.base
        if base is None:
            return True
        for name in (self.kind.unit, *self.kind.cooperating):
            if name is not None:
                try:
                    if self._names_one_of(self._units, self._exported(base, name)):
                        return True
                except BadInput:
                    continue
        return False

    # -- validation --------------------------------------------------------------------------------

    def _validate(self, arrival: Arrival, record: Record | None, plan: RowPlan) -> None:
        """Rules of the ledger for what was typed; a field that breaks one is told with its cell and
        left out.
        """
        if arrival.base is None and arrival.typed and record is None:
            self._complete(arrival)
        for _ in range(8):
            typed = {n: v for n, v in arrival.typed.items() if n in self.shape.by_name}
            if not typed or not self.known:
                return
            before = record.values if record is not None else self._base_values(arrival)
            values = {f.name: None for f in self.kind.all_fields} | dict(before) | typed
            try:
                validate.check(self.session, self.kind, values, typed, record)
                validate.complain(self.together.problems(arrival.uid, record, values, typed))
                self.together.take(arrival.uid, record, values)
                return
            except BadInput as error:
                hit = [p for p in error.problems if p.field in typed] or self._made_here(
                    error.problems, before, typed, record
                )
                if arrival.base is None and record is None:
                    hit = list(error.problems)
                if not hit:
                    if (
                        any(v is not None and before.get(n) is None for n, v in typed.items())
                        or record is not None
                    ):
                        return  # what is wrong was wrong before, and is not made worse here
                    hit = list(error.problems)
                for problem in hit:
                    message = f"工作表「{arrival.sheet}」第 {arrival.row} 行{problem.message}"
                    value = arrival.typed.get(problem.field)
                    plan.cells.append(
                        self.cell("error", arrival, problem.field, message, record, value)
                    )
                    arrival.typed.pop(problem.field, None)
                if arrival.base is None and record is None:
                    arrival.typed.clear()
                    return

    def _made_here(
        self,
        problems: Sequence[Problem],
        before: Mapping[str, Any],
        typed: Mapping[str, Any],
        record: Record | None,
    ) -> list[Problem]:
        """Broken rules that name a field which was not typed, and held before: told at the typed
        field that the rule looks at."""
        if record is None:
            return []
        values = {f.name: None for f in self.kind.all_fields} | dict(before)
        try:
            validate.check(self.session, self.kind, values, {}, record)
            earlier: set[str] = set()
        except BadInput as error:
            earlier = {p.message for p in error.problems}
        found = []
        for problem in problems:
            if problem.message not in earlier:
                looked = [
                    n
                    for names in rules.names_of(self.kind, problem.message)
                    for n in names
                    if n in typed
                ]
                found.append(Problem(looked[0] if looked else next(iter(typed)), problem.message))
        return found

    def _base_values(self, arrival: Arrival) -> dict[str, Any]:
        values: dict[str, Any] = {} if arrival.base is not None else dict(self._defaults)
        if arrival.base is not None:
            for _, name in self.places:
                try:
                    values[name] = self._exported(arrival.base, name)
                except BadInput:
                    values[name] = None
        return values

    def _complete(self, arrival: Arrival) -> None:
        """A new row of a unit's workbook is that unit's row."""
        unit = self.kind.unit
        if self.unit is not None and unit is not None and arrival.typed.get(unit) is None:
            several = of(self.kind.field(unit)).many
            arrival.typed[unit] = (self.unit,) if several else self.unit

    # -- values ------------------------------------------------------------------------------------

    def hand(
        self, arrival: Arrival, name: str, value: Any, exported: Vector
    ) -> tuple[Vector, Authors]:
        """The vector of a typed cell, and its one author."""
        typed = json_text(self.shape.to_json(name, value))
        vector = hand_vector(exported, self.export_id, arrival.uid, name, typed, self.owners.tag)
        return vector, tuple(site for site in vector if site not in exported)

    def _theirs(
        self,
        arrival: Arrival,
        record: Record,
        versions: RowVersions,
        own: RowVersions,
        plan: RowPlan,
    ) -> Row | None:
        """The arriving row: exported values that are news, and what was typed over them."""
        values: dict[str, Any] = {}
        out = versions.copy() if arrival.typed else versions
        if arrival.base is None:
            out = own.copy()  # a new row says nothing about the cells that were left blank
            if arrival.origin == "foreign":
                versions = RowVersions()
        else:
            values[DELETED] = arrival.base.deleted
            for name in (*news(own, versions, self.fields), *(plan.disowned or ())):
                try:
                    values[name] = self._exported(arrival.base, name)
                except BadInput as error:
                    plan.cells.append(
                        self.cell("error", arrival, name, error.message, record, None)
                    )
                    out = out.copy()
                    out.set(name, own.of(name))
        for name, value in arrival.typed.items():
            values[name] = value
            out.set(
                name,
                *self.hand(arrival, name, value, arrival.on_top.get(name) or versions.of(name)),
            )
        if arrival.base is None:
            values[DELETED] = record.deleted
            if not arrival.typed:
                return None
        return Row(values, out)

    def _new(self, arrival: Arrival, plan: RowPlan) -> RowPlan | None:
        """A record that is not here: one exported elsewhere, or a row filled in."""
        base = arrival.base
        if base is None and not arrival.typed:
            plan.status = "error" if plan.of("error") else "refused"
            return plan if plan.cells else None
        values: dict[str, Any] = {name: None for name in self.shape.names}
        state: str | None = self.cycle.initial if self.cycle else None
        deleted, parent = False, None
        versions = self.versions(base)
        if base is not None:
            state, deleted, parent = base.state, base.deleted, base.parent
            for at, name in self.places:
                if at < len(base.values) and base.values[at] is not None:
                    try:
                        values[name] = self.shape.from_json(name, base.values[at])
                    except BadInput as error:
                        plan.cells.append(
                            self.cell("error", arrival, name, error.message, None, None)
                        )
                        versions = versions.copy()
                        versions.set(name, {})
            if self.unknown_fields:
                # What this program cannot keep it must not claim to have seen.
                versions = RowVersions(
                    {}, {n: versions.of(n) for n in self.fields if versions.of(n)}
                )
        else:
            values.update({n: v for n, v in self._defaults.items() if n in values})
        if arrival.typed:
            versions = versions.copy()
            for name, value in arrival.typed.items():
                versions.set(name, *self.hand(arrival, name, value, versions.of(name)))
                if name == DELETED:
                    deleted = bool(value)
                else:
                    values[name] = value
        plan.theirs = Row({**values, "state": state, DELETED: deleted, "parent": parent}, versions)
        plan.fields = self.fields
        plan.status = "added"
        plan.issuer = self.owners.told_issuer(base, versions)
        if base is not None and not self._refuse_new(arrival, plan, plan.theirs):
            return plan
        plan.title = plan.title or self.text(self.kind.title, values.get(self.kind.title))
        self._report(arrival, plan, frozenset(arrival.typed), values)
        return plan

    def _refuse_new(self, arrival: Arrival, plan: RowPlan, theirs: Row) -> bool:
        """Blank what was written there by somebody who may not; False when nothing of the record is
        taken."""
        fresh = Row(theirs.values, theirs.versions.copy())
        for name in arrival.typed:  # looked at by itself
            fresh.versions.set(name, {})
        whole, why = self.owners.refused_new(self.kind, fresh, plan.issuer)
        title = self.kind.title
        if whole:
            cell = self.cell("refused", arrival, title, "", None, theirs.values.get(title))
            cell.message = (
                f"工作表「{arrival.sheet}」第 {arrival.row} 行" if arrival.sheet else ""
            ) + whole
            plan.cells, plan.theirs, plan.status = [*plan.cells, cell], None, "refused"
            plan.title = plan.title or self.text(title, theirs.values.get(title))
            return False
        if why:
            plan.theirs = Row(
                {**dict(cast("dict[str, Any]", theirs.values)), **dict.fromkeys(why)},
                theirs.versions.copy(),
            )
            for name, message in why.items():
                plan.cells.append(
                    self.cell("refused", arrival, name, message, None, theirs.values.get(name))
                )
                plan.theirs.versions.set(name, {})
        return True

    # -- telling -----------------------------------------------------------------------------------

    def _tell(
        self, arrival: Arrival, record: Record, plan: RowPlan, merged: RowMerge, mine: Row, exported: RowVersions,
        waiting: dict[str, list[pending_conflicts.OpenValue]],
    ) -> None:  # fmt: skip
        """One line for each field whose value changes or waits."""
        theirs = plan.theirs
        assert theirs is not None
        for name in merged.taken:
            value = merged.changes[name][0]
            plan.cells.append(self.cell("changed", arrival, name, self._news[name], record, value))
        asked: dict[str, Any] = {n: p.value for n, p in merged.conflicts.items()}
        for name in news(mine.versions, theirs.versions, self.fields):
            if name not in merged.changes and name not in asked and name not in plan.refused:
                asked[name] = theirs.values.get(name)
        for name, value in asked.items():
            own_text = json_text(self.shape.to_json(name, record.get(name)))
            again = name in arrival.typed and is_correction(
                mine.versions.of(name),
                exported.of(name),
                self.export_id,
                arrival.uid,
                name,
                own_text,
                self.owners.tag,
            )
            cell = self.asking(
                "correction" if again else "conflict", arrival, name, record, value, theirs.versions
            )
            wanted = json_text(self.shape.to_json(name, value))
            row_id = next(
                (each.row_id for each in waiting.get(name, ()) if each.theirs == wanted), None
            )
            cell.conflict_id = None if row_id is None else pending_conflicts.number_of(row_id, self.book.name)
            plan.cells.append(cell)
        if arrival.base is not None:
            for cell in plan.cells:
                if cell.field in self.fields:
                    try:
                        base = self._base(arrival, cell, mine, theirs, exported)
                    except BadInput:
                        continue
                    cell.base = self.shape.to_json(cell.field, base)
                    cell.text_base = self.text(cell.field, base)

    def _base(
        self, arrival: Arrival, cell: CellPlan, mine: Row, theirs: Row, exported: RowVersions
    ) -> Any:
        """What a cell held before: as exported, where it was typed over or nobody wrote here; else
        what both sides had before them."""
        assert arrival.base is not None
        name, own = cell.field, mine.versions.of(cell.field)
        if cell.status == "conflict" and not (
            name in arrival.typed and leq(exported.of(name), own)
        ):
            found, value = self.ancestry.base(
                self.kind.name, arrival.uid, name, own, theirs.versions.of(name)
            )
            return self.shape.from_json(name, value) if found else None
        return self._exported(arrival.base, name)

    def asking(
        self,
        status: Any,
        arrival: Arrival,
        name: str,
        record: Record,
        value: Any,
        theirs: RowVersions,
    ) -> CellPlan:
        """A cell that waits for a decision: this office's, or that of the office whose it is."""
        cell = self.cell(
            status, arrival, name, self._question(name, status == "correction", value), record,
            value,
        )
        authors = (*self.book.versions_of(record).authors_of(name), *theirs.authors_of(name))
        cell.decider = (
            ownership_checks.decider(self.session, record, name, record.get(name), authors)
            if self.known
            else ""
        )
        if cell.decider:
            what = (
                "对方删除了这一条"
                if name == DELETED and value
                else f"「{self.label(name)}」两边都改过"
            )
            cell.message = f"{what}，等待“{cell.decider}”裁定，本单位不用处理。"
        return cell

    def _question(self, name: str, again: bool, value: Any) -> str:
        if again:
            return f"「{self.label(name)}」是对上次交回内容的更正，请确认是否采用新的。"
        if name == DELETED:
            return (
                "对方删除了这一条，本单位之后又改过，请决定去留。"
                if value
                else "本单位已删除这一条，对方又改过，请决定去留。"
            )
        return f"「{self.label(name)}」两边都改过，请决定用哪一个。"

    def cell(
        self,
        status: Any,
        arrival: Arrival,
        name: str,
        message: str,
        record: Record | None,
        value: Any,
    ) -> CellPlan:
        """One cell of a row, with what stands here and what arrives."""
        own = (
            record.get(name)
            if record is not None and (name in self.shape.by_name or name in SYSTEM_FIELDS)
            else None
        )
        known = name in self.shape.by_name or name in SYSTEM_FIELDS
        cell = arrival.cell_of(name)
        if status == "refused":
            where = f"工作表「{arrival.sheet}」第 {arrival.row} 行" if arrival.sheet else ""
            message = f"{where}「{self.label(name)}」{message}"
        return CellPlan(
            status, name, self.label(name), cell, message,
            mine=self.shape.to_json(name, own) if known else None,
            theirs=self.shape.to_json(name, value) if known else None,
            text_mine=self.text(name, own) if known else "", text_theirs=self.text(name, value) if known else "",
        )  # fmt: skip
