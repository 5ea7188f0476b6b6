"""A ledger while it is being made on screen: plain steps from one declaration to the next, and
errors in the office's words."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from db.errors import BadInput, DeclarationError
from db.model.declarations import Field, Kind, Lifecycle, Lights, called_leader
from db.model.fieldtypes import TYPES, type_of
from db.model.kinds import Kinds

MEASURES = (
    "", "个", "项", "件", "次", "人", "人次", "天", "元", "万元", "亿元", "亩", "公里", "户",
)


#: What lights go by, and when each of them is shown.
BY_DEADLINE, BY_PROGRESS = "deadline", "progress"
WHEN = {
    BY_DEADLINE: {
        "default": "正常办理时", "soon": "快到期时", "overdue": "超过时限时", "closed": "办结以后",
    },
    BY_PROGRESS: {
        "default": "跟得上时", "soon": "落后时", "overdue": "严重落后时", "closed": "办结以后",
    },
}


def new_name(prefix: str) -> str:
    """A name that nobody sees and that no other office will have made."""
    return f"{prefix}_{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Start:
    """What is asked for a new ledger."""

    label: str
    family: str
    title: str
    lifecycle: str | None = None
    book: str = "office"
    with_unit: bool = True
    with_lights: bool = True


def started(start: Start, kinds: Kinds) -> Kind:
    """The declaration to begin with: a title, a unit if wanted, and what the lifecycle brings."""
    label, family, title = start.label.strip(), start.family.strip(), start.title.strip()
    _check_named(label, family, kinds)
    fields = [Field(name="title", label=title or "事项名称", type="text", required=True, width=20)]
    cycle = kinds.lifecycle(start.lifecycle) if start.lifecycle else None
    brings = {f.name: f for f in cycle.fields} if cycle else {}
    unit = next((f.name for f in brings.values() if type_of(f).one_unit and not f.computed), None)
    if start.with_unit and unit is None:
        unit = "unit"
        fields.append(Field(name="unit", label="责任单位", type="unit", width=10))
    lights = Lights() if start.with_lights and cycle and has_deadline(cycle) else None
    return Kind(
        name=new_name("own"),
        label=label,
        title="title",
        family=family,
        book=start.book,  # type: ignore[arg-type]
        lifecycle=start.lifecycle,
        fields=tuple(fields),
        unit=unit,
        lights=lights,
        source="office",
    )


def _check_named(label: str, family: str, kinds: Kinds) -> None:
    if not label:
        raise BadInput("请给台账起个名称。", field="label")
    if any(label == kind.label for kind in kinds):
        raise BadInput(f"已经有一个台账叫「{label}」，请换个名称。", field="label")
    if not family:
        raise BadInput("请选一个类别，导航栏按它归类。", field="family")


def has_deadline(cycle: Lifecycle) -> bool:
    """Whether a lifecycle brings the date that lights go by unless told otherwise."""
    return any(f.name == Lights().deadline and type_of(f).is_day for f in cycle.fields)


def names_leader(field: Field) -> bool:
    """Whether a field of an office's own ledger names the leader in charge, as it says or as its
    label does."""
    if field.leader is not None or not type_of(field).names_person:
        return bool(field.leader)
    return called_leader(field.label)


def bare(kind: Kind) -> Kind:
    """The declaration without what the lifecycle contributes, as it is kept."""
    return msgspec.structs.replace(kind, lifecycle_fields=(), lifecycle_rules=())


def with_field(kind: Kind, field: Field, was: str | None = None) -> Kind:
    """The kind with a field added at the end, or in the place of the one called ``was``."""
    field = msgspec.structs.replace(field, label=field.label.strip())
    _check_field(kind, field, was or field.name)
    if was is None:
        return msgspec.structs.replace(kind, fields=(*kind.fields, field))
    return msgspec.structs.replace(
        kind, fields=tuple(field if f.name == was else f for f in kind.fields)
    )


def _check_field(kind: Kind, field: Field, name: str) -> None:
    """``BadInput`` where a field, called ``name`` before, is not complete."""
    label = field.label
    if not label:
        raise BadInput("请给栏目起个名称。", field="label")
    if any(f.label == label and f.name != name for f in kind.all_fields):
        raise BadInput(f"已经有一个栏目叫「{label}」，请换个名称。", field="label")
    if type_of(field).listed and len(field.choices) < 2:
        raise BadInput("单选、多选至少要写两个选项，一行一个。", field="choices")
    if type_of(field).names_record and not field.kind:
        raise BadInput("请选“关联哪个台账”。", field="kind")


def without_field(kind: Kind, name: str) -> Kind:
    """The kind without a field; its values stay in the file, unseen, and come back with it."""
    if name == kind.title:
        raise BadInput("这一栏是记录的名称，每个台账都要有，不能去掉。", field=name)
    held = kind.lights
    used = (
        ()
        if held is None
        else (
            (held.deadline,)
            if held.by == BY_DEADLINE
            else (held.deadline, held.start, held.progress)
        )
    )
    return msgspec.structs.replace(
        kind, fields=tuple(f for f in kind.fields if f.name != name),
        unit=None if kind.unit == name else kind.unit,
        cooperating=tuple(n for n in kind.cooperating if n != name),
        lights=None if name in used else held,
    )


def moved(kind: Kind, name: str, step: int) -> Kind:
    """The kind with a field one place up or down."""
    fields = list(kind.fields)
    at = next(i for i, f in enumerate(fields) if f.name == name)
    to = at + step
    if 0 <= to < len(fields):
        fields[at], fields[to] = fields[to], fields[at]
    return msgspec.structs.replace(kind, fields=tuple(fields))


def added_by_office(kind: Kind, given: Kinds) -> frozenset[str]:
    """Names of the fields that the office itself made: all of its own ledger, the further ones of a
    given ledger."""
    built = given.get(kind.name) if kind.name in given else None
    known = {f.name for f in built.all_fields} if built is not None else set()
    return frozenset(f.name for f in kind.fields if f.name not in known)


def choices_of(text: str) -> tuple[str, ...]:
    """Choices as they are typed, one a line or parted by 、; doubles are dropped."""
    parts = [
        part.strip() for line in text.splitlines() for part in line.replace("，", "、").split("、")
    ]
    return tuple(dict.fromkeys(part for part in parts if part))


def dates_of(kind: Kind) -> list[Field]:
    """Fields that a light may go by."""
    return [f for f in kind.all_fields if type_of(f).is_day]


def shares_of(kind: Kind) -> list[Field]:
    """Fields that may tell how far the work has come."""
    return [f for f in kind.all_fields if type_of(f).is_share]


def lights_in_words(lights: Lights) -> str:
    """What makes a ledger's lights change."""
    if lights.by == BY_PROGRESS:
        return f"进度落后 {lights.yellow_behind} 个百分点变灯，超过 {lights.red_behind} 个再变"
    return f"到期前 {lights.yellow_days} {'个工作日' if lights.calendar == 'workday' else '天'}变灯"


def check(kind: Kind, kinds: Kinds) -> None:
    """Raises ``BadInput`` in words of the screen when the declaration does not fit together or with
    the others."""
    try:
        kinds.with_office([bare(kind)])
    except DeclarationError as error:
        raise BadInput(in_words(error.message, [kind])) from error


def in_words(message: str, kinds: Iterable[Kind]) -> str:
    """A message about a declaration with the names that the office gave, not those of the file."""
    for kind in kinds:
        message = message.replace(f"{kind.name}.toml：", f"台账「{kind.label}」：")
        for field in kind.all_fields:
            message = message.replace(f"「{field.name}」", f"「{field.label}」")
            message = message.replace(f"字段 {field.name} ", f"栏目「{field.label}」")
    for name, form in TYPES.items():
        message = message.replace(f"「{name}」", f"「{form.label}」")
    return message


def summary(field: Field, kinds: Kinds) -> str:
    """What there is to say of a field beside its type."""
    said: list[str] = []
    if field.options:
        names = [option.label for option in field.options]
        said.append("、".join(names[:5]) + ("…" if len(names) > 5 else ""))
    if field.kind and field.kind in kinds:
        said.append(f"来自「{kinds.get(field.kind).label}」")
    if field.measure:
        said.append(f"单位：{field.measure}")
    if field.owner == "responsible":
        said.append("责任单位填")
    if field.computed:
        said.append("自动填写")
    return "；".join(said)
