"""All declarations, built in and made by the office, checked against each other once at start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from db.errors import BadInput, DeclarationError
from db.model import action_sources, computed_fields, declaration_files, step_history, steps
from db.model.declarations import (
    NAME,
    SYSTEM_COLUMNS,
    Action,
    Choice,
    Dossier,
    Field,
    Kind,
    Lifecycle,
    Rule,
    called_leader,
)
from db.model.fieldtypes import TYPES, of

#: Days before the deadline from which a light may be yellow.
YELLOW_DAYS = (1, 30)


#: What every kind with a lifecycle keeps beside the fields of its declaration, and every one that
#: is planned for days, which may be moved.
_STEPS = Field(name=steps.FIELD, label="办理步骤", type="steps", show=(), computed=True)


class _ChoiceList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    label: str
    choices: tuple[Choice | str, ...]


class _FieldList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    fields: tuple[Field, ...]


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
        self._settling: dict[str, step_history.Settling | None] = {}
        self._watched: dict[str, step_history.Held] = {}
        self._own_days: dict[tuple[str, str], str | None] = {}
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
            self._check()
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
        names = {f.name for f in (*kind.fields, *own)}
        return msgspec.structs.replace(
            kind,
            fields=self._filled(kind, kind.fields, alone),
            lifecycle_fields=self._filled(kind, own, alone),
            lifecycle_rules=tuple(
                r for r in cycle.rules if r.left in names and r.right in names | {"today"}
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

    def _check(self) -> None:
        for kind in self._kinds.values():
            self._check_kind(kind)
        for cycle in self._lifecycles.values():
            action_sources.check_lifecycle(cycle)

    def _check_kind(self, kind: Kind) -> None:
        where = f"{kind.name}.toml"
        if not NAME.match(kind.name):
            raise DeclarationError(f"{where}：name「{kind.name}」应为小写英文、数字和下划线。")
        seen = self._check_fields(kind, where)
        action_sources.check_roles(kind.writers, f"{where}：writers")
        if kind.title not in seen:
            raise DeclarationError(f"{where}：title「{kind.title}」不是它的字段。")
        _check_units(kind, seen, where)
        held = (self.day_of(kind), self.taken_from(kind), *(self.held(kind) or ()))
        _check_known(held, seen, f"{where}：day、taken_from 或 held")
        self._check_lights(kind, where)
        for rule in kind.rules:
            self._check_rule(kind, rule, seen, where)
        self._check_person(kind, seen, where)
        for limit in kind.limits:
            own = (*limit.fields, *limit.where, *limit.unless, *(limit.span or ()))
            _check_known((*own, limit.acyclic or None), seen, f"{where}：limits")
        for columns in kind.indexes:
            _check_known(columns, seen | SYSTEM_COLUMNS, f"{where}：indexes")
        self._check_parents(kind, where)
        self._check_work(kind, seen, where)
        self._check_becomes(kind, seen, where)
        self._check_hears(kind, where)
        if kind.lifecycle is not None:
            action_sources.check_actions(kind, self._lifecycles[kind.lifecycle], self._kinds.get)

    def _check_fields(self, kind: Kind, where: str) -> set[str]:
        """Each field by itself, and that no two are called alike; their names."""
        seen: set[str] = set()
        labels: set[str] = set()
        for field in kind.all_fields:
            if not NAME.match(field.name) or field.name in SYSTEM_COLUMNS:
                raise DeclarationError(f"{where}：字段名「{field.name}」不可用。", field=field.name)
            if field.name in seen:
                raise DeclarationError(
                    f"{where}：字段「{field.name}」声明了两次。", field=field.name
                )
            if field.label in labels:
                raise DeclarationError(
                    f"{where}：两个字段都叫「{field.label}」。", field=field.name
                )
            seen.add(field.name)
            labels.add(field.label)
            self._check_field(kind, field, where)
        return seen

    def _check_rule(self, kind: Kind, rule: Rule, seen: set[str], where: str) -> None:
        for name in (rule.left, rule.right, *((rule.field,) if rule.field else ()), *rule.when):
            today = name == rule.right == "today"
            if name not in seen and not today and not self._elsewhere(kind, name):
                raise DeclarationError(f"{where}：规则中的字段「{name}」不存在。")

    def _check_parents(self, kind: Kind, where: str) -> None:
        for parent in kind.parent:
            known = self._lifecycles if parent.startswith("lifecycle:") else self._kinds
            if parent != "*" and parent.removeprefix("lifecycle:") not in known:
                raise DeclarationError(f"{where}：parent「{parent}」不存在。")

    def _check_becomes(self, kind: Kind, seen: set[str], where: str) -> None:
        """That a row and what it becomes have the fields that are named."""
        if kind.becomes is None:
            return
        made, named = self._kinds.get(kind.becomes.kind), kind.becomes.values.items()
        if made is None or made.book != kind.book:
            raise DeclarationError(f"{where}：becomes「{kind.becomes.kind}」不存在。")
        of_made = {f.name for f in made.all_fields}
        _check_known([kind.becomes.link, *(n for n, _ in named)], of_made, f"{where}：becomes")
        sources = [each for _, source in named for each in action_sources.alternatives(source)]
        own = [kind.becomes.marked, *kind.becomes.where, *(n for w, n in sources if w == "field")]
        _check_known(own, seen, f"{where}：becomes")
        if any(word not in ("field", "parent", "text") for word, _ in sources):
            raise DeclarationError(f"{where}：becomes 的来源只能是 field、parent 或 text。")
        marked = TYPES[kind.field(kind.becomes.marked).type]
        if not marked.is_day and (kind.ended_by or not marked.yes_no):
            raise DeclarationError(f"{where}：becomes 的 marked 应是日期，没有灯号的也可以是是否。")

    def _check_hears(self, kind: Kind, where: str) -> None:
        """That a sitting, what it hears and the row between have the fields that are named."""
        hears = kind.hears
        if hears is None:
            return
        heard, row = self._kinds.get(hears.of), self._kinds.get(hears.kind)
        if heard is None or row is None or not row.hangs_under(heard) or not heard.lifecycle:
            raise DeclarationError(f"{where}：hears 的「{hears.kind}」应挂在「{hears.of}」下面。")
        cycle = self.lifecycle_of(kind)
        if cycle is None or hears.step not in {action.name for action in cycle.actions}:
            raise DeclarationError(f"{where}：hears 的操作「{hears.step}」不存在。")
        for of_, names in (
            (kind, [hears.on, *hears.same]), (heard, [hears.since, hears.at, *hears.same]),
            (row, [hears.link, hears.day, hears.number]),
        ):
            _check_known(names, {f.name for f in of_.all_fields}, f"{where}：hears")

    def _check_work(self, kind: Kind, seen: set[str], where: str) -> None:
        """What closing, reports and their rhythm are told by: rows and fields that are there."""
        for name in kind.parts:
            part = self._kinds.get(name)
            if part is None or not part.planned or not part.hangs_under(kind):
                raise DeclarationError(
                    f"{where}：parts「{name}」应是它下面的一种记录，有 lights.done。"
                )
        _check_known(kind.reported or (), seen, f"{where}：reported")
        if kind.reported and not TYPES[kind.field(kind.reported[0]).type].is_day:
            raise DeclarationError(f"{where}：reported 的第一个字段应是日期。")
        cycle = self.lifecycle_of(kind)
        classes = [cycle.rhythm_by, cycle.rhythm_was] if cycle else []
        _check_known(classes, seen, f"{where}：rhythm_by")

    def _elsewhere(self, kind: Kind, name: str) -> bool:
        """Whether "parent.x" or "ref.x" is a field of a record above, or of the kind that ``ref``
        points to."""
        place, dot, field = name.partition(".")
        if not dot:
            return False
        if place == "parent":
            above = [each for each in self._kinds.values() if kind.hangs_under(each)]
            known = all(n in self._kinds for n in kind.parent if n != "*" and ":" not in n)
            return known and bool(above) and all(each.has(field) for each in above)
        points_to = self._kinds.get(kind.field(place).kind or "") if kind.has(place) else None
        return points_to is not None and points_to.has(field)

    def _check_person(self, kind: Kind, seen: set[str], where: str) -> None:
        """What a timeline and a person's page are told of: fields that are there."""
        named: list[str | None] = []
        if kind.moment is not None:
            moment = kind.moment
            named += (moment.on, moment.until, moment.by, *moment.also, *moment.named)
            named += moment.by_name or ()
        if kind.periodic is not None and not TYPES[kind.field(kind.title).type].is_month:
            raise DeclarationError(f"{where}：有 periodic 的台账，title 应是月份。")
        if kind.dossier is not None:
            page = kind.dossier
            named += (page.photo, page.subtitle, page.born, page.known_by, *page.facts)
            self._check_career(page, where)
        for field in kind.fields:
            named += [n for n in field.unit_on or () if n != "parent"]
        _check_known([n or None for n in named], seen, f"{where}：moment、dossier 或 unit_on")

    def _check_career(self, page: Dossier, where: str) -> None:
        if page.career is None:
            return
        child = self._kinds.get(page.career[0])
        if child is None or not all(child.has(n) for n in page.career[1:]):
            raise DeclarationError(
                f"{where}：dossier 的 career「{'、'.join(page.career)}」不存在。"
            )

    def _check_lights(self, kind: Kind, where: str) -> None:
        if kind.lights is None:
            return
        if not YELLOW_DAYS[0] <= kind.lights.yellow_days <= YELLOW_DAYS[1]:
            raise DeclarationError(
                f"{where}：lights.yellow_days 应在 {YELLOW_DAYS[0]} 到 {YELLOW_DAYS[1]} 天之间。"
            )
        if not 0 < kind.lights.yellow_behind <= kind.lights.red_behind <= 100:
            raise DeclarationError(
                f"{where}：lights 的 yellow_behind 应大于 0，且不大于 red_behind。"
            )
        day, share = TYPES["date"], TYPES["percent"]
        wanted = {kind.lights.deadline: day}
        if kind.lights.by == "progress":
            wanted |= {kind.lights.start: day, kind.lights.progress: share}
        if kind.lights.done:
            wanted[kind.lights.done] = day
        for name, form in wanted.items():
            if not kind.has(name) or of(kind.field(name)) is not form:
                raise DeclarationError(
                    f"{where}：lights 用到的字段「{name}」不存在，或类型不是「{form.label}」。"
                )

    def _check_field(self, kind: Kind, field: Field, where: str) -> None:
        if field.type not in TYPES:
            raise DeclarationError(
                f"{where}：字段 {field.name} 的 type「{field.type}」不存在。", field=field.name
            )
        if field.leader and not of(field).names_person:
            raise DeclarationError(
                f"{where}：字段 {field.name} 是{of(field).label}，不能写 leader。", field=field.name
            )
        _check_choices(field, where)
        if of(field).names_record and (field.kind is None or field.kind not in self._kinds):
            raise DeclarationError(
                f"{where}：字段 {field.name} 的 kind「{field.kind}」不存在。", field=field.name
            )
        if _leaves_nothing(field):
            raise DeclarationError(
                f"{where}：字段 {field.name} 的 minimum 大于 maximum，什么也填不进去。",
                field=field.name,
            )
        if field.fill and not self._is_worked_out(kind, field, field.fill):
            raise DeclarationError(
                f"{where}：字段 {field.name} 的 fill「{field.fill}」看不懂，"
                f"或其中的字段不存在。",
                field=field.name,
            )
        _check_default(field, where)

    def _is_worked_out(self, kind: Kind, field: Field, fill: str) -> bool:
        """Whether a field's ``fill`` is understood, with fields that are there."""
        way, operands = computed_fields.taken_apart(fill)
        here = way in computed_fields.WAYS and bool(operands)
        if here and all(kind.has(n) or self._elsewhere(kind, n) for n in operands):
            return True
        return computed_fields.counts_below(field, kind, self._kinds.get)

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
                if f.leader is None and of(f).names_person and called_leader(f.label)
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
        pointing = (f for f in kind.fields if of(f).names_record and f.kind is not None)
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

    def settling(self, kind: Kind) -> step_history.Settling | None:
        """What steps settle of a kind; None where nothing."""
        if kind.name not in self._settling:
            cycle = self.lifecycle_of(kind)
            made = step_history.Settling(kind, cycle) if cycle and cycle.by_steps else None
            self._settling[kind.name] = made
        return self._settling[kind.name]

    def watched(self, kind: Kind) -> step_history.Held:
        """The fields with the unit, the deadline and the leader of a record."""
        if kind.name not in self._watched:
            self._watched[kind.name] = step_history.watched(kind, self.leader_of(kind))
        return self._watched[kind.name]

    def day_of(self, kind: Kind) -> str | None:
        """The field that says of which day, month or year a record's units are."""
        cycle = self._lifecycles[kind.lifecycle] if kind.lifecycle else None
        return (
            kind.day or (cycle.day if cycle else None) or (kind.moment.on if kind.moment else None)
        )

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

    def held(self, kind: Kind) -> tuple[str, str] | None:
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


def load_builtin(folder: Path) -> Kinds:
    """All declarations under ``folder`` (``kinds/``, ``lifecycles/``, ``choices/``), checked
    against each other."""
    lists = {
        found.name: found.choices
        for found in (
            declaration_files.load(path, _ChoiceList)
            for path in sorted((folder / "choices").glob("*.toml"))
        )
    }
    shared = {
        found.name: found.fields
        for found in (
            declaration_files.load(p, _FieldList)
            for p in sorted((folder / "lifecycles" / "fields").glob("*.toml"))
        )
    }
    cycles = [
        _whole(declaration_files.load(p, Lifecycle), shared)
        for p in sorted((folder / "lifecycles").glob("*.toml"))
    ]
    kinds = []
    for path in sorted((folder / "kinds").glob("*.toml")):
        kind = declaration_files.load(path, Kind)
        if kind.name != path.stem:
            raise DeclarationError(
                f"声明文件 {path.name} 的 name 应与文件名相同，现为「{kind.name}」。"
            )
        kinds.append(kind)
    return Kinds(kinds, cycles, lists)


def _whole(cycle: Lifecycle, shared: Mapping[str, tuple[Field, ...]]) -> Lifecycle:
    """With the fields of the lists it names."""
    for name in cycle.fields_from:
        if name not in shared:
            raise DeclarationError(f"{cycle.name}.toml：fields_from「{name}」不存在。")
    fields = (*cycle.fields, *(field for name in cycle.fields_from for field in shared[name]))
    return msgspec.structs.replace(cycle, fields=fields, fields_from=())


def _check_known(names: Iterable[str | None], known: Collection[str], where: str) -> None:
    for name in names:
        if name is not None and name not in known:
            raise DeclarationError(f"{where} 中的字段「{name}」不存在。")


def _check_units(kind: Kind, known: Collection[str], where: str) -> None:
    for name in (kind.unit, *kind.cooperating):
        if name is not None and (name not in known or not of(kind.field(name)).names_units):
            raise DeclarationError(f"{where}：单位字段「{name}」不存在或类型不是单位。")


def _check_choices(field: Field, where: str) -> None:
    if of(field).listed and not field.options:
        raise DeclarationError(f"{where}：字段 {field.name} 没有 choices。", field=field.name)
    names = {o.name for o in field.options}
    shown = {o.label for o in field.options}
    if min(len(names), len(shown)) < len(field.options):
        raise DeclarationError(f"{where}：字段 {field.name} 的 choices 有重复。", field=field.name)


def _leaves_nothing(field: Field) -> bool:
    """Whether no number is both as much as the least and as little as the most."""
    if field.minimum is None or field.maximum is None:
        return False
    return field.minimum > field.maximum


def _check_default(field: Field, where: str) -> None:
    if field.default is None or field.default in ("today", "user", "unit"):
        return
    try:
        TYPES[field.type].from_json(field.default, field)
    except BadInput as error:
        raise DeclarationError(
            f"{where}：字段 {field.name} 的 default 有错：{error}", field=field.name
        ) from error
