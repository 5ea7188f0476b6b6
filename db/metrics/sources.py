"""The tables that a figure reads, and pieces of SQL over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from db.metrics import report_due_days
from db.metrics.report_due_days import ReportSlot
from db.model import due_state, step_history
from db.model.declarations import Choice, Field, Figure, Filter, Kind, Lifecycle
from db.model.fieldtypes import row_unit, type_of
from db.model.sql import listed, quoted
from db.store import past_progress
from db.store.schema import handed_over

if TYPE_CHECKING:
    from db.model.kinds import Kinds

#: What a span keeps (``db/store/spans.py``): state, unit, deadline, leader, request, closing.
SPAN_COLUMNS = ("state", "unit", "deadline", "leader", "requested_on", "closed_on")


_CHOICES = {"rhythm": report_due_days.RHYTHMS, "report": report_due_days.STATES}
UNDER, NAMED = "under.", "named."
SLOTS = tuple(_CHOICES)
#: What is known of each report that is due.
SLOT_FIELDS = {
    "report_due_on": Field(name="report_due_on", label="应报告时间", type="date"),
    **{
        name: Field(
            name=name, label=label, type="choice",
            choices=tuple(Choice(*each) for each in _CHOICES[name].items()),
        )
        for name, label in (("rhythm", "报告节奏"), ("report", "报告情况"))
    },
}


def flat(filters: Sequence[Filter]) -> Iterator[Filter]:
    """Every single condition."""
    for each in filters:
        if each.op in ("all", "any"):
            yield from flat(each.filters)
        else:
            yield each


class Sql(msgspec.Struct, frozen=True):
    """A piece of SQL with its parameters."""

    text: str
    parameters: tuple[object, ...] = ()

    @staticmethod
    def all_of(parts: Sequence[Sql], word: str = " AND ") -> Sql:
        """Joined by AND (or another word); nothing at all holds always."""
        if not parts:
            return Sql("1")
        return Sql(
            "(" + word.join(p.text for p in parts) + ")",
            tuple(v for p in parts for v in p.parameters),
        )


def _kept_beside(
    kinds: Kinds, kind: Kind, cycle: Lifecycle, alias: str, day: dt.date
) -> dict[str, str]:
    """What has its history elsewhere than in the spans, as it was on a day: class and progress."""
    then: dict[str, str] = {}
    if cycle.rhythm_by is not None:
        classed = step_history.class_on_sql(cycle, alias, f"'{day}'")
        then[f"{alias}.{quoted(cycle.rhythm_by)}"] = classed
    if progress := past_progress.sql(kinds, kind, alias, day):
        then[f"{alias}.{quoted(past_progress.field_of(kind) or '')}"] = progress
    return then


@dataclass(frozen=True, slots=True)
class Source:
    """A table a figure reads: a kind (``c``), and for children also the kind they hang under
    (``p``), so that those of a deleted item do not count."""

    kind: Kind
    cycle: Lifecycle | None
    parent: Kind | None = None
    parent_cycle: Lifecycle | None = None
    #: as of a day gone by: what stands in the place of a column (``c.state`` → ``s.state``), what
    #: has to be joined, and whether that is read first
    then: Mapping[str, str] = field(default_factory=dict, compare=False)
    spans: str = ""
    spans_first: bool = False
    #: where the spans tell all that is asked: of the rows themselves (``c``) only those are read
    #: that went from unit to unit (``w``), which are few and have an index of their own
    slim: bool = False
    keeps: tuple[str, ...] = ()
    #: a row is each handing over of one (``b`` before it, ``s`` after it)
    moves: str = ""
    #: a row is each report that is due on one (``r``): the choices that are known of it
    slots: tuple[str, ...] = ()
    report_state: str = ""

    def cell(self, alias: str, name: str) -> str:
        """A column as SQL, as of the day."""
        text = f"{alias}.{quoted(name)}"
        return self.then.get(text, text)

    def moved(self, kinds: Kinds, way: str) -> Source | None:
        """Each handing over from unit to unit; None where nothing is handed over."""
        held, cycle = kinds.custody_fields(self.kind), self.cycle
        if held is None or cycle is None or self.kind.unit is None:
            return None
        drafts = listed(s.name for s in cycle.states if s.draft)
        both = "".join(
            f" CROSS JOIN spans {a} ON {a}.kind = '{self.kind.name}' AND {a}.rec = c.id"
            for a in "sb"
        )
        joined = (
            f"{both} AND b.to_on = s.from_on AND b.unit <> s.unit AND b.state NOT IN ({drafts})"
        )
        return replace(self, moves=way, spans=joined, keeps=(self.kind.unit, *held))

    def slotted(
        self, kinds: Kinds, due: list[ReportSlot], day: dt.date, moment: dt.date, *, last: bool
    ) -> Source:
        """Each report that is due, with the row as it was on that day, or on the day of which it is
        asked. ``last``: the last one of each, which work that is of another class by then does not
        owe any more."""
        cycle, kind = self.cycle, self.kind
        child = next((k for k in kinds.children_of(kind.name) if k.reported), None)
        if cycle is None or cycle.rhythm_by is None or child is None:
            return self
        on = f"min(r.due, '{day}')"
        by, given = (f"c.{quoted(name)}" for name in (cycle.rhythm_by, cycle.day or "created_at"))
        classed = f"({by} IS NOT NULL" + (
            f" OR c.{quoted(cycle.rhythm_was)} IS NOT NULL)" if cycle.rhythm_was else ")"
        )
        then_by = step_history.class_on_sql(cycle, "c", on)
        joined = (
            f"{report_due_days.table_sql(due, classed, then_by, given)} CROSS JOIN spans s"
            f" ON s.kind = '{kind.name}' AND s.rec = c.id AND s.from_on <= {on} AND s.to_on > {on}"
        )
        if last:
            of_day = step_history.class_on_sql(cycle, "c", f"'{day}'")
            joined += f" AND {of_day} = r.class"
        names = ("state", *step_history.watched_fields(kind, kinds.leader_of(kind)))
        then = {
            f"c.{quoted(name)}": f"s.{column}"
            for name, column in zip(names, SPAN_COLUMNS, strict=False) if name is not None
        } | {by: then_by}
        state = report_due_days.state_sql(child, day, moment)
        return replace(self, slots=SLOTS, spans=joined, then=then, report_state=state)

    def slimmed(self, kinds: Kinds) -> Source | None:
        """The same without the rows, where that can be."""
        held = kinds.custody_fields(self.kind)
        if not self.spans_first or held is None or self.kind.unit is None:
            return None
        return replace(self, slim=True, keeps=(self.kind.unit, *held))

    @property
    def ledger(self) -> Kind:
        """The kind that people see this counted under."""
        return self.parent or self.kind

    @property
    def tables(self) -> str:
        """What stands behind FROM: the kind as ``c``, and the ledger it hangs under as ``p``."""
        own = f"{quoted(self.kind.name)} c"
        if self.slim:
            return (
                f"spans s LEFT JOIN {quoted(self.kind.name)} w INDEXED BY"
                f" {handed_over(self.kind.name)} ON w.id = s.rec AND"
                f" w.{quoted(self.keeps[1])} IS NOT NULL"
            )
        if self.moves:
            return f"{own} INDEXED BY {handed_over(self.kind.name)}{self.spans}"
        if self.parent is None:
            if self.spans_first:
                return f"spans s CROSS JOIN {own} ON c.id = s.rec"
            return f"{own}{self.spans}"
        return (
            f"{own} CROSS JOIN {quoted(self.parent.name)} p ON p.uid = c.parent AND p.deleted = 0"
            f"{self.spans}"
        )

    def locate(self, name: str) -> tuple[str, Kind, Lifecycle | None, str] | None:
        """Alias, kind, lifecycle and bare name of a field written as ``x`` or ``parent.x``; None if
        this source lacks it. Of a span of days, ``x..y``, that of the first."""
        name, _, last = name.partition("..")
        if last and self.locate(last) is None:
            return None
        alias, kind, cycle, bare = "c", self.kind, self.cycle, name
        if name.startswith((UNDER, NAMED)):
            return alias, kind, cycle, name
        if name.startswith("parent."):
            if self.parent is None:
                return None
            alias, kind, cycle, bare = (
                "p", self.parent, self.parent_cycle, name.removeprefix("parent."),
            )
        if self.moves and bare in ("moved_on", "moved_unit"):
            return alias, kind, cycle, bare
        if self.slots and bare in SLOT_FIELDS:
            return alias, kind, cycle, bare
        weekly = bare in (due_state.GIVEN_FOR, due_state.WEEK_STATE)
        if weekly and (cycle is None or cycle.first_deadline is None):
            return None
        if weekly or bare in ("state", "light", due_state.FIELD, "parent", "uid") or kind.has(bare):
            return alias, kind, cycle, bare
        return None

    def column(self, name: str) -> str | None:
        """A field, or the days between two of them, as SQL; None if this source lacks it."""
        first, _, last = name.partition("..")
        if last:
            begun, over = self.column(first), self.column(last)
            days = f"CAST(julianday({over}) - julianday({begun}) AS INTEGER)"
            return days if begun and over else None
        found = self.locate(name)
        if found is not None and self.moves and found[3].startswith("moved_"):
            return "s.from_on" if found[3] == "moved_on" else (
                "s.unit" if self.moves == "in" else "b.unit"
            )
        if found is not None and found[3].startswith(UNDER):
            below = quoted(found[3].removeprefix(UNDER))
            count = f"SELECT count(*) FROM {below} u WHERE u.parent = c.uid AND u.deleted = 0"
            return f"nullif(({count}), 0)"
        if found is not None and self.slots and found[3] in SLOT_FIELDS:
            texts = {"report_due_on": "r.due", "rhythm": "r.rhythm", "report": self.report_state}
            return texts[found[3]]
        if found is not None and found[3] == due_state.GIVEN_FOR:
            alias, kind, cycle, _ = found
            return due_state.given_for_sql(kind, cycle, lambda each: self.cell(alias, each))
        return None if found is None else self.cell(found[0], found[3])

    def field(self, name: str) -> Field | None:
        """The declared field; None for state, parent and the like."""
        found = self.locate(name)
        if found is not None and self.slots and found[3] in SLOT_FIELDS:
            return SLOT_FIELDS[found[3]]
        if found is not None and found[3] in (due_state.GIVEN_FOR, "moved_on"):
            return found[1].field(due_state.deadline_of(found[1]))
        return found[1].field(found[3]) if found is not None and found[1].has(found[3]) else None

    def unit_column(self, figure: Figure) -> str | None:
        """Whose row it is: the figure's own word, else the child's unit and then the item's."""
        if self.slim and figure.unit is None:
            return f"coalesce(w.{quoted(self.keeps[0])}, s.unit)"
        if figure.unit is not None:
            return self.column(figure.unit)
        own = _unit_column("c", self.kind)
        above = _unit_column("p", self.parent) if self.parent is not None else None
        if own and above:
            return f"coalesce({own}, {above})"
        return own or above

    def custody_fields(self, kinds: Kinds) -> tuple[str, str] | None:
        """The columns that keep through whose hands it went: of the row, or of the item it hangs
        under."""
        return self._custody_fields(kinds, "c") or self._custody_fields(kinds, "p")

    def _custody_fields(self, kinds: Kinds, alias: str) -> tuple[str, str] | None:
        kind = self.kind if alias == "c" else self.parent
        names = kinds.custody_fields(kind) if kind is not None else None
        if names is None:
            return None
        if self.slim:
            alias = "w"
        return f"{alias}.{quoted(names[0])}", f"{alias}.{quoted(names[1])}"

    def custody_columns(
        self, kinds: Kinds, figure: Figure, column: str
    ) -> list[tuple[str, tuple[str, str] | None]]:
        """Whose a row with this column of its unit is: its columns in the order in which they are
        asked, each with those that keep whose hands it went through. A row that names its unit
        itself (who reported, who was reminded) is that unit's, whoever had the item in the end."""
        if self.moves:
            return [(column, None)]
        own = _unit_column("c", self.kind) if self.parent is not None else None
        if figure.unit is not None or own is None or own == column:
            return [
                (
                    column,
                    self._custody_fields(kinds, "c")
                    if own == column
                    else self.custody_fields(kinds),
                )
            ]
        above = _unit_column("p", self.parent) if self.parent is not None else None
        return [
            (own, self._custody_fields(kinds, "c")),
            (above or own, self._custody_fields(kinds, "p")),
        ]

    def leader(self, kinds: Kinds) -> tuple[str, Field] | None:
        """The column and the field of the leader in charge, of the row or of the item it hangs
        under."""
        for alias, kind in (("c", self.kind), ("p", self.parent)):
            field = kinds.leader_of(kind) if kind is not None else None
            if field is not None:
                return self.cell(alias, field.name), field
        return None

    def _counted_alone(self, alias: str, figure: Figure, names: Sequence[str | None]) -> bool:
        """Whether a figure over what was given out asks of the past only whether it counted: what
        counts today did so ever since. ``names``: what a span keeps of the kind."""
        cycle = self.cycle if alias == "c" else self.parent_cycle
        if cycle is None or cycle.day is None or not cycle.stays_counted:
            return False
        if alias == "c" and (figure.period, figure.over, figure.count) != (
            cycle.day, "events", "rows",
        ):
            return False
        asked = list(flat((*figure.where, *figure.numerator, *(figure.denominator or ()))))
        own = {"light", due_state.FIELD, due_state.WEEK_STATE, due_state.GIVEN_FOR, *names}
        mark = "parent." if alias == "p" else ""
        states = [f for f in asked if f.field == f"{mark}state"]
        others = {name for f in asked if f not in states for name in (f.field, f.other)}
        return all((f.op, f.value) == ("eq", "counted") for f in states) and others.isdisjoint(
            f"{mark}{name}" for name in own if name
        )

    def _moved_as_of(self, day: dt.date) -> Source:
        """What went from hand to hand, with its state at the end of a day gone by."""
        of_day = (
            f" CROSS JOIN spans x ON x.kind = '{self.kind.name}' AND x.rec = c.id AND"
            f" x.from_on <= '{day}' AND x.to_on > '{day}'"
        )
        state = f"c.{quoted('state')}"
        return replace(self, then={state: "x.state"}, spans=self.spans + of_day)

    def as_of(self, kinds: Kinds, day: dt.date, figure: Figure, *, by_day: bool = False) -> Source:
        """The same table as it was at the end of a day gone by. ``by_day``: nothing is told apart
        by what a span keeps."""
        if self.moves:
            return self._moved_as_of(day)
        then: dict[str, str] = {}
        if self.kind.planned:
            was = step_history.planned_on_sql(self.kind, day, "c")
            then = {f"c.{quoted(name)}": text for name, text in was.items()}
        joined: list[str] = []
        on_day = f"from_on <= '{day}' AND {{0}}.to_on > '{day}'"
        for alias, span, kind, cycle in (
            ("c", "s", self.kind, self.cycle), ("p", "t", self.parent, self.parent_cycle),
        ):
            if kind is None or cycle is None:
                continue
            names = ("state", *step_history.watched_fields(kind, kinds.leader_of(kind)),
                     cycle.requested_on, cycle.closed_on)  # fmt: skip
            join, rec = "CROSS JOIN", f"{alias}.id"
            then |= _kept_beside(kinds, kind, cycle, alias, day)
            if by_day and self._counted_alone(alias, figure, names):
                # the spans are looked up of those alone that do not count, or were not given out
                out = listed(s.name for s in cycle.states if s.void or s.draft)
                state, given = (f"{alias}.{quoted(n)}" for n in ("state", cycle.day or ""))
                later = f"coalesce({given} > '{day}', 1)"
                join, rec = "LEFT JOIN", f"(CASE WHEN {state} IN ({out}) OR {later} THEN {rec} END)"
                then[state] = f"coalesce({span}.state, {state})"
            else:
                for name, column in zip(names, SPAN_COLUMNS, strict=True):
                    if name is not None:
                        then[f"{alias}.{quoted(name)}"] = f"{span}.{column}"
            joined.append(
                f" {join} spans {span} ON {span}.kind = '{kind.name}' AND {span}.rec = {rec}"
                f" AND {span}.{on_day.format(span)}"
            )
        found = replace(self, then=then, spans="".join(joined))
        by = found.column(figure.period) if figure.period else None
        if self.cycle is None or self.parent is not None or (by or "s.").startswith("c."):
            return found
        return replace(found, spans_first=True)

    def frame_of_spans(self, day: dt.date) -> list[Sql]:
        """What the spans must meet where they are read first."""
        if self.moves:
            return [Sql(f"c.{quoted(self.keeps[1])} IS NOT NULL")]
        if not self.spans_first:
            return []
        text = f"s.kind = '{self.kind.name}' AND s.from_on <= '{day}' AND s.to_on > '{day}'"
        return [Sql(text)]


def _unit_column(alias: str, kind: Kind) -> str | None:
    unit = row_unit(kind)
    return f"{alias}.{quoted(unit)}" if unit is not None else None


def sources(kinds: Kinds, figure: Figure) -> list[Source]:
    """The tables a figure reads, in the order of the kinds."""
    found: list[Source] = []
    for kind in kinds:
        if kind.name not in figure.kinds and (
            kind.lifecycle is None or kind.lifecycle not in figure.lifecycles
        ):
            continue
        if not kind.parent:
            own = Source(kind, kinds.lifecycle_of(kind))
            if figure.slots:
                reports = own.cycle is not None and own.cycle.rhythm_by is not None
                found += [replace(own, slots=SLOTS)] if reports else []
                continue
            moved = own.moved(kinds, figure.moves) if figure.moves else own
            found += [moved] if moved is not None else []
            continue
        for parent in kinds.parents_of(kind.name):
            if parent.book != kind.book:
                continue
            if (
                figure.parents
                and parent.lifecycle not in figure.parents
                and parent.name not in figure.parents
            ):
                continue
            found.append(Source(kind, kinds.lifecycle_of(kind), parent, kinds.lifecycle_of(parent)))
    return found


def kinds_named_by_group(kinds: Kinds, figure: Figure, group: str) -> set[str]:
    """Kinds whose single records a figure's lines name when it is told apart by ``group``: by
    person, by what a row says."""
    found: set[str] = set()
    for source in sources(kinds, figure):
        leader = source.leader(kinds) if group == "leader" else None
        field = leader[1] if leader is not None else source.field(group)
        if group == "parent" and source.parent is not None:
            found.add(source.parent.name)
        elif field is not None and type_of(field).names_record and field.kind:
            found.add(field.kind)
        elif field is not None and not type_of(field).shared:
            found.add(source.kind.name)
    return found


def marks(values: Sequence[object]) -> str:
    """A place for each of these in a list."""
    return ",".join("?" * len(values))
