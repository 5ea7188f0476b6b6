"""A declared figure narrowed by conditions or told in 万 or 亿, as a figure of its own that whoever
counts, keeps or compares figures knows by its name: ``projects[batch=开工一批]@万``.

So a blank, a key of a draft and the command line all say the same thing in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from db.errors import BadInput
from db.metrics.sources import Source, sources
from db.model.declarations import Field, Figure, Filter
from db.model.fieldtypes import type_of
from db.model.fieldtypes.base import NoNames

if TYPE_CHECKING:
    from db.model.kinds import Kinds

SCALES = {"万": 10_000, "亿": 100_000_000}
_NAME = re.compile(r"([^\[\]@|]+)(?:\[([^\[\]|]+)\])?(?:@(\w+))?")


def format_name(base: str, conditions: Mapping[str, object], scale: str = "") -> str:
    """What a narrowed figure is called; a plain one keeps its name."""
    inside = "&".join(f"{field}={value}" for field, value in sorted(conditions.items()))
    return base + (f"[{inside}]" if inside else "") + (f"@{scale}" if scale else "")


def parse_name(name: str) -> tuple[str, dict[str, str], str]:
    """The declared figure's name, the conditions as written, and the scale."""
    match = _NAME.fullmatch(name)
    base, inside, scale = match.groups() if match is not None else (name, None, None)
    pairs = (each.partition("=") for each in (inside or "").split("&") if each)
    return base, {field.strip(): value.strip() for field, _, value in pairs}, scale or ""


def narrowed(kinds: Kinds, figure: Figure, name: str) -> Figure:
    """The figure of that name. Raises ``BadInput`` for a field or value that is not there."""
    _, conditions, scale = parse_name(name)
    if scale and scale not in SCALES:
        raise BadInput(f"数字「{figure.label}」的“{scale}”看不懂，可写：{'、'.join(SCALES)}。")
    if figure.share_of:
        return msgspec.structs.replace(
            figure, name=name, share_of=tuple(_with(each, conditions) for each in figure.share_of),
            label=_label(figure, conditions),
        )
    read = sources(kinds, figure)
    filters: list[Filter] = []
    words: list[str] = []
    for field, value in conditions.items():
        meant, said = _meant(figure, read, field, value)
        filters.append(meant)
        words.append(said)
    return msgspec.structs.replace(
        figure, name=name, scale=scale, where=(*figure.where, *filters),
        label=_label(figure, conditions),
        formula="，".join([figure.formula or figure.label, *words]),
    )


def _label(figure: Figure, conditions: Mapping[str, str]) -> str:
    return figure.label + (f"（{'，'.join(conditions.values())}）" if conditions else "")


def _with(name: str, conditions: Mapping[str, str]) -> str:
    """A part of a share, narrowed further."""
    base, own, scale = parse_name(name)
    return format_name(base, {**own, **conditions}, scale)


def _meant(figure: Figure, read: list[Source], name: str, value: str) -> tuple[Filter, str]:
    """A condition as it is asked, and in words: of several ledgers the first whose field can be
    so; the others have no such rows."""
    fields = [each for source in read if (each := source.field(name)) is not None]
    if not fields:
        said = f"数字「{figure.label}」的台账没有栏目「{name}」，不能按它筛选。"
        raise BadInput(said, field=name)
    refused: BadInput | None = None
    for field in fields:
        try:
            return _filter(figure, field, name, value), f"只数{field.label}为{value}的"
        except BadInput as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _filter(figure: Figure, field: Field, name: str, value: str) -> Filter:
    kind_of = type_of(field)
    if kind_of.names_record or kind_of.names_units or kind_of.holds_files:
        raise BadInput(f"数字「{figure.label}」不能按栏目「{field.label}」筛选。", field=name)
    meant = _any(field, value) if kind_of.many else _one(field, value)
    if meant is None:
        raise BadInput(f"「{field.label}」不能是“{value}”。", field=name)
    return Filter(field=name, op="contains" if kind_of.many else "eq", value=meant)


def _any(field: Field, value: str) -> object:
    """The values of which a row has any; None where the text means none."""
    return list(type_of(field).parse(value, field, NoNames()) or ()) or None


def _one(field: Field, value: str) -> object:
    """The one value that a person's text means; None where it means none."""
    kind_of = type_of(field)
    if kind_of.yes_no:
        return {"是": True, "否": False}.get(value)
    if kind_of.listed:
        kind_of.normalize(value, field)
    if kind_of.whole:
        return int(value) if value.lstrip("-").isdigit() else None
    return value
