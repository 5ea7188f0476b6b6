"""What is held against each other in all declarations, once at start: names, fields, rules, what a
kind says of other kinds. What is wrong is told with the file and the key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from db.errors import BadInput, DeclarationError
from db.model import action_sources, computed_fields
from db.model.declarations import NAME, SYSTEM_COLUMNS, Dossier, Field, Kind, Lifecycle, Rule
from db.model.fieldtypes import TYPES, type_of

#: Days before the deadline from which a light may be yellow.
YELLOW_DAYS = (1, 30)


def unit_day_field(kind: Kind, cycle: Lifecycle | None) -> str | None:
    """The field that says of which day, month or year a record's units are."""
    return kind.day or (cycle.day if cycle else None) or (kind.moment.on if kind.moment else None)


def check(kinds: Mapping[str, Kind], lifecycles: Mapping[str, Lifecycle]) -> None:
    """All of them, by name; raises ``DeclarationError``."""
    checked = _Checked(kinds, lifecycles)
    for kind in kinds.values():
        checked.check_kind(kind)
    for cycle in lifecycles.values():
        action_sources.check_lifecycle(cycle)


class _Checked:
    def __init__(self, kinds: Mapping[str, Kind], cycles: Mapping[str, Lifecycle]) -> None:
        self._kinds, self._cycles = kinds, cycles

    def _cycle_of(self, kind: Kind) -> Lifecycle | None:
        return self._cycles[kind.lifecycle] if kind.lifecycle else None

    def check_kind(self, kind: Kind) -> None:
        where = f"{kind.name}.toml"
        if not NAME.match(kind.name):
            raise DeclarationError(f"{where}：name「{kind.name}」应为小写英文、数字和下划线。")
        field_names = self._check_fields(kind, where)
        action_sources.check_roles(kind.writers, f"{where}：writers")
        if kind.title not in field_names:
            raise DeclarationError(f"{where}：title「{kind.title}」不是它的字段。")
        _check_units(kind, field_names, where)
        cycle = self._cycle_of(kind)
        held = (
            unit_day_field(kind, cycle),
            *((cycle.taken_from, *(cycle.held or ())) if cycle else ()),
        )
        _check_known(held, field_names, f"{where}：day、taken_from 或 held")
        self._check_lights(kind, where)
        for rule in kind.rules:
            self._check_rule(kind, rule, field_names, where)
        self._check_person(kind, field_names, where)
        for limit in kind.limits:
            own = (*limit.fields, *limit.where, *limit.unless, *(limit.span or ()))
            _check_known((*own, limit.acyclic or None), field_names, f"{where}：limits")
        for columns in kind.indexes:
            _check_known(columns, field_names | SYSTEM_COLUMNS, f"{where}：indexes")
        self._check_parents(kind, where)
        self._check_work(kind, field_names, where)
        self._check_becomes(kind, field_names, where)
        self._check_hears(kind, where)
        if cycle is not None:
            action_sources.check_actions(kind, cycle, self._kinds.get)

    def _check_fields(self, kind: Kind, where: str) -> set[str]:
        """Each field by itself, and that no two are called alike; their names."""
        field_names: set[str] = set()
        labels: set[str] = set()
        for field in kind.all_fields:
            if not NAME.match(field.name) or field.name in SYSTEM_COLUMNS:
                raise DeclarationError(f"{where}：字段名「{field.name}」不可用。", field=field.name)
            if field.name in field_names:
                raise DeclarationError(
                    f"{where}：字段「{field.name}」声明了两次。", field=field.name
                )
            if field.label in labels:
                raise DeclarationError(
                    f"{where}：两个字段都叫「{field.label}」。", field=field.name
                )
            field_names.add(field.name)
            labels.add(field.label)
            self._check_field(kind, field, where)
        return field_names

    def _check_rule(self, kind: Kind, rule: Rule, field_names: set[str], where: str) -> None:
        for name in (rule.left, rule.right, *((rule.field,) if rule.field else ()), *rule.when):
            today = name == rule.right == "today"
            if name not in field_names and not today and not self._elsewhere(kind, name):
                raise DeclarationError(f"{where}：规则中的字段「{name}」不存在。")

    def _check_parents(self, kind: Kind, where: str) -> None:
        for parent in kind.parent:
            known = self._cycles if parent.startswith("lifecycle:") else self._kinds
            if parent != "*" and parent.removeprefix("lifecycle:") not in known:
                raise DeclarationError(f"{where}：parent「{parent}」不存在。")

    def _check_becomes(self, kind: Kind, field_names: set[str], where: str) -> None:
        """That a row and what it becomes have the fields that are named."""
        if kind.becomes is None:
            return
        made, named = self._kinds.get(kind.becomes.kind), kind.becomes.values.items()
        if made is None or made.book != kind.book:
            raise DeclarationError(f"{where}：becomes「{kind.becomes.kind}」不存在。")
        of_made = {f.name for f in made.all_fields}
        _check_known([kind.becomes.link, *(n for n, _ in named)], of_made, f"{where}：becomes")
        sources = [each for _, source in named for each in action_sources.parse_sources(source)]
        own = [kind.becomes.marked, *kind.becomes.where, *(n for w, n in sources if w == "field")]
        _check_known(own, field_names, f"{where}：becomes")
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
        cycle = self._cycle_of(kind)
        if cycle is None or hears.step not in {action.name for action in cycle.actions}:
            raise DeclarationError(f"{where}：hears 的操作「{hears.step}」不存在。")
        for of_, names in (
            (kind, [hears.on, *hears.same]), (heard, [hears.since, hears.at, *hears.same]),
            (row, [hears.link, hears.day, hears.number]),
        ):
            _check_known(names, {f.name for f in of_.all_fields}, f"{where}：hears")

    def _check_work(self, kind: Kind, field_names: set[str], where: str) -> None:
        """What closing, reports and their rhythm are told by: rows and fields that are there."""
        for name in kind.parts:
            part = self._kinds.get(name)
            if part is None or not part.planned or not part.hangs_under(kind):
                raise DeclarationError(
                    f"{where}：parts「{name}」应是它下面的一种记录，有 lights.done。"
                )
        _check_known(kind.reported or (), field_names, f"{where}：reported")
        if kind.reported and not TYPES[kind.field(kind.reported[0]).type].is_day:
            raise DeclarationError(f"{where}：reported 的第一个字段应是日期。")
        cycle = self._cycle_of(kind)
        classes = [cycle.rhythm_by, cycle.rhythm_was] if cycle else []
        _check_known(classes, field_names, f"{where}：rhythm_by")

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

    def _check_person(self, kind: Kind, field_names: set[str], where: str) -> None:
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
        every = [n or None for n in named]
        _check_known(every, field_names, f"{where}：moment、dossier 或 unit_on")

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
            if not kind.has(name) or type_of(kind.field(name)) is not form:
                raise DeclarationError(
                    f"{where}：lights 用到的字段「{name}」不存在，或类型不是「{form.label}」。"
                )

    def _check_field(self, kind: Kind, field: Field, where: str) -> None:
        if field.type not in TYPES:
            raise DeclarationError(
                f"{where}：字段 {field.name} 的 type「{field.type}」不存在。", field=field.name
            )
        if field.leader and not type_of(field).names_person:
            raise DeclarationError(
                f"{where}：字段 {field.name} 是{type_of(field).label}，不能写 leader。",
                field=field.name
            )
        _check_choices(field, where)
        if type_of(field).names_record and (field.kind is None or field.kind not in self._kinds):
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
        way, operands = computed_fields.parse_formula(fill)
        here = way in computed_fields.WAYS and bool(operands)
        if here and all(kind.has(n) or self._elsewhere(kind, n) for n in operands):
            return True
        return computed_fields.counts_below(field, kind, self._kinds.get)


def _check_known(names: Iterable[str | None], known: Collection[str], where: str) -> None:
    for name in names:
        if name is not None and name not in known:
            raise DeclarationError(f"{where} 中的字段「{name}」不存在。")


def _check_units(kind: Kind, known: Collection[str], where: str) -> None:
    for name in (kind.unit, *kind.cooperating):
        if name is not None and (name not in known or not type_of(kind.field(name)).names_units):
            raise DeclarationError(f"{where}：单位字段「{name}」不存在或类型不是单位。")


def _check_choices(field: Field, where: str) -> None:
    if type_of(field).listed and not field.options:
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
