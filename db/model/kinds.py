"""All declarations, built in and made by the office, checked against each other once at start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from db.errors import BadInput, DeclarationError
from db.model import action_sources, kind_checks, step_history, steps
from db.model.declarations import (
    SYSTEM_COLUMNS,
    Action,
    Choice,
    Field,
    Kind,
    Lifecycle,
    called_leader,
)
from db.model.fieldtypes import type_of

#: What every kind with a lifecycle keeps beside the fields of its declaration, and every one that
#: is planned for days, which may be moved.
_STEPS = Field(name=steps.FIELD, label="办理步骤", type="steps", show=(), computed=True)


class Kinds:
    """Every kind and lifecycle of an office, by name. Immutable; adding a kind makes a new one."""

    def __init__(
        self,
        kinds: Iterable[Kind],
        lifecycles: Iterable[Lifecycle],
        choice_lists: Mapping[str, tuple[Choice | str, ...]] | None = None,
        *,
        checked: bool = False,
        given: Kinds | None = None,
    ) -> None:
        #: What the program declares itself, without what an office made.
        self.given = given or self
        self._lists = dict(choice_lists or {})
        self._settling: dict[str, step_history.StepResolution | None] = {}
        self._watched: dict[str, step_history.WatchedFields] = {}
        self._own_days: dict[tuple[str, str], str | None] = {}
        self._parents: dict[str, tuple[Kind, ...]] = {}
        self._lifecycles: dict[str, Lifecycle] = {}
        for cycle in lifecycles:
            if cycle.name in self._lifecycles:
                raise DeclarationError(f"流程名「{cycle.name}」重复。")
            self._lifecycles[cycle.name] = cycle
        self._kinds: dict[str, Kind] = {}
        for kind in sorted(kinds, key=lambda k: (k.order, k.name)):
            if kind.name in self._kinds:
                raise DeclarationError(f"台账名「{kind.name}」重复。")
            self._kinds[kind.name] = self._complete(kind)
        if not checked:
            kind_checks.check(self._kinds, self._lifecycles)
        self._children = {
            parent.name: tuple(
                child for child in self._kinds.values() if child.hangs_under(parent)
            )
            for parent in self._kinds.values()
        }

    def _complete(self, kind: Kind) -> Kind:
        """Fill in what a declaration leaves to others: the lifecycle's fields and shared lists of
        choices."""
        if kind.lifecycle is None:
            return msgspec.structs.replace(
                kind, fields=self._filled(kind, kind.fields),
                lifecycle_fields=(_STEPS,) if kind.planned else (),
            )
        cycle = self._lifecycles.get(kind.lifecycle)
        if cycle is None:
            raise DeclarationError(f"{kind.name}.toml：lifecycle「{kind.lifecycle}」不存在。")
        alone = action_sources.written_by_steps_alone(cycle)
        own = (*cycle.fields, _STEPS)
        labels = {f.name: f.label for f in (*own, *kind.fields)}
        names = labels.keys()
        return msgspec.structs.replace(
            kind,
            fields=self._filled(kind, kind.fields, alone),
            lifecycle_fields=self._filled(kind, own, alone),
            lifecycle_rules=tuple(
                r.worded(labels) for r in cycle.rules
                if r.left in names and r.right in names | {"today"}
            ),
            indexes=kind.indexes + tuple(
                columns for columns in cycle.indexes
                if columns not in kind.indexes and names | SYSTEM_COLUMNS >= set(columns)
            ),
        )  # fmt: skip

    def _filled(
        self, kind: Kind, fields: Iterable[Field], alone: Collection[str] = ()
    ) -> tuple[Field, ...]:
        """With shared choices; computed is what steps ``alone`` write."""

        def filled(field: Field) -> Field:
            if field.name in alone and not field.computed:
                field = msgspec.structs.replace(field, computed=True)
            if field.choices_from is None:
                return field
            if field.choices_from not in self._lists:
                raise DeclarationError(
                    f"{kind.name}.toml：字段 {field.name} 的"
                    f" choices_from「{field.choices_from}」不存在。"
                )
            return msgspec.structs.replace(field, choices=self._lists[field.choices_from])

        return tuple(map(filled, fields))

    def get(self, name: str) -> Kind:
        """The kind of that name; an unknown name is a ``BadInput``."""
        try:
            return self._kinds[name]
        except KeyError as error:
            raise BadInput(f"没有名为「{name}」的台账。可用 zhengxian kinds 查看全部。") from error

    def leader_of(self, kind: Kind) -> Field | None:
        """The field that names the leader in charge of a record; None if no field does."""
        said = next((f for f in kind.all_fields if f.leader), None)
        if said is not None or kind.source != "office":
            return said
        # made before a declaration could say so, or where the label says enough
        return next(
            (
                f
                for f in kind.fields
                if f.leader is None and type_of(f).names_person and called_leader(f.label)
            ), None,
        )

    @cached_property
    def leader_roster(self) -> Kind | None:
        """The kind of the leaders that ledgers name."""
        named = (self.leader_of(kind) for kind in self)
        return next((self.find(f.kind) for f in named if f is not None and f.kind), None)

    def person_of(self, kind: Kind) -> Field | None:
        """The field that says of which person a record of the kind tells; None where it tells of
        nobody, or hangs under them."""
        if kind.moment is None:
            return None
        pointing = (f for f in kind.fields if type_of(f).names_record and f.kind is not None)
        return next((f for f in pointing if self.get(str(f.kind)).dossier is not None), None)

    def find(self, name: str) -> Kind | None:
        """The kind of that name or label, or one that was called so; None if there is none."""
        if name in self._kinds:
            return self._kinds[name]
        return next(
            (k for k in self._kinds.values() if name == k.label or name in k.renamed_from), None
        )

    def __contains__(self, name: str) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __len__(self) -> int:
        return len(self._kinds)

    def lifecycle(self, name: str) -> Lifecycle:
        """The lifecycle of that name; an unknown name is a ``BadInput``."""
        try:
            return self._lifecycles[name]
        except KeyError as error:
            raise BadInput(f"没有名为「{name}」的流程。") from error

    def lifecycle_of(self, kind: Kind | str) -> Lifecycle | None:
        """The lifecycle a kind goes through, if any."""
        found = self.get(kind) if isinstance(kind, str) else kind
        return self._lifecycles[found.lifecycle] if found.lifecycle else None

    def settling(self, kind: Kind) -> step_history.StepResolution | None:
        """What steps settle of a kind; None where nothing."""
        if kind.name not in self._settling:
            cycle = self.lifecycle_of(kind)
            made = step_history.StepResolution(kind, cycle) if cycle and cycle.by_steps else None
            self._settling[kind.name] = made
        return self._settling[kind.name]

    def watched_fields(self, kind: Kind) -> step_history.WatchedFields:
        """The fields with the unit, the deadline and the leader of a record."""
        if kind.name not in self._watched:
            self._watched[kind.name] = step_history.watched_fields(kind, self.leader_of(kind))
        return self._watched[kind.name]

    def unit_day_field(self, kind: Kind) -> str | None:
        """The field that says of which day, month or year a record's units are."""
        return kind_checks.unit_day_field(kind, self.lifecycle_of(kind))

    def own_day(self, kind: Kind, action: Action) -> str | None:
        """The date of a kind that is the day of a step (``step_history.own_day_field``)."""
        key = kind.name, action.name
        if key not in self._own_days:
            cycle = self._lifecycles[str(kind.lifecycle)]
            self._own_days[key] = step_history.own_day_field(cycle, action, kind)
        return self._own_days[key]

    def taken_from(self, kind: Kind) -> str | None:
        """The field that keeps the unit a record was taken over from."""
        return self._lifecycles[kind.lifecycle].taken_from if kind.lifecycle else None

    def custody_fields(self, kind: Kind) -> tuple[str, str] | None:
        """The fields that keep through whose hands a record went as units followed one another."""
        return self._lifecycles[kind.lifecycle].held if kind.lifecycle else None

    @property
    def lifecycles(self) -> tuple[Lifecycle, ...]:
        """All lifecycles, the office's too."""
        return tuple(self._lifecycles.values())

    @property
    def choice_lists(self) -> Mapping[str, tuple[Choice | str, ...]]:
        """The shared lists of choices by name."""
        return self._lists

    def children_of(self, name: str) -> tuple[Kind, ...]:
        """Kinds whose records hang under records of this kind (``parent = ["*"]`` hangs under every
        top-level kind)."""
        return self._children.get(name, ())

    def parents_of(self, name: str) -> tuple[Kind, ...]:
        """Kinds under whose records those of this kind hang."""
        if name not in self._parents:
            self._parents[name] = tuple(
                kind for kind in self._kinds.values()
                if any(child.name == name for child in self._children[kind.name])
            )
        return self._parents[name]

    def in_book(self, book: str) -> tuple[Kind, ...]:
        """Kinds kept in the book of that name."""
        return tuple(k for k in self._kinds.values() if k.book == book)

    def families(self) -> dict[str, tuple[Kind, ...]]:
        """Top-level kinds by family, in order; what the navigation shows."""
        found: dict[str, list[Kind]] = {}
        for kind in self._kinds.values():
            if not kind.parent and kind.family:
                found.setdefault(kind.family, []).append(kind)
        return {family: tuple(kinds) for family, kinds in found.items()}

    def with_office(self, made: Iterable[Kind], lifecycles: Iterable[Lifecycle] = ()) -> Kinds:
        """These kinds and those an office made; one with the name of a built-in kind adds to it
        (``_extended``)."""
        by_name = {
            k.name: msgspec.structs.replace(k, lifecycle_fields=(), lifecycle_rules=())
            for k in self._kinds.values()
        }
        given = {k.name: k for k in self.given}
        for kind in made:
            by_name[kind.name] = (
                _extended(given[kind.name], kind) if kind.name in given else kind
            )
        cycles = {c.name: c for c in self._lifecycles.values()}
        for cycle in lifecycles:
            if any(cycle.name == own.name for own in self.given.lifecycles):
                raise DeclarationError(f"流程「{cycle.name}」是程序自带的，不能由别的顶替。")
            cycles[cycle.name] = cycle
        return Kinds(by_name.values(), cycles.values(), self._lists, given=self.given)


def _extended(given: Kind, office: Kind) -> Kind:
    """A built-in kind as the office extended it: its own fields, order, label, lights and the day
    by which it is on time, all else as the program has it.

    So a later version of the program may add or better its fields without the office's older copy
    standing in the way.
    """
    ours = {f.name: f for f in given.fields}
    renamed = {old for f in given.fields for old in f.renamed_from}
    fields = [ours.pop(f.name, f) for f in office.fields if f.name not in renamed]
    return msgspec.structs.replace(
        given,
        fields=(*fields, *ours.values()),
        label=office.label,
        lights=office.lights,
        finished=office.finished,
        source="office",
    )
