"""The formula of a figure that an office made, in words made from its declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from db.metrics.figure_registry import Figures
from db.metrics.metric_sql import Aggregate
from db.metrics.sources import Source, sources
from db.model.condition_words import ConditionWords, label_of
from db.model.declarations import Figure, Filter, Kind
from db.model.fieldtypes import type_of
from db.model.query import Operator, Where

if TYPE_CHECKING:
    from db.model.context import ReadContext

_ALL = 1_000
_IN_PLACE = {"standing": "统计截止日在位", "during": "本期内任何时候在位"}
_NUMBER = {
    "rows": "记录数", "sum": "{}合计", "mean": "{}平均数", "distinct": "不同{}数",
    "latest": "每个{by}最近一次的{}之和", "latest_mean": "每个{by}最近一次的{}的平均数",
}


def formula(session: ReadContext, known: Figures, figure: Figure) -> str:
    """件均投资 ＝ 总投资 ÷ 重点项目; 上级交办积案 ＝
    信访积案中来源为上级交办、交办时间在本期的记录数，不含…"""
    if figure.share_of:
        above, below = (known.get(name).label for name in figure.share_of)
        return f"{figure.label} ＝ {above} ÷ {below}"
    read = sources(session.kinds, figure)
    ledgers = "、".join(dict.fromkeys(source.ledger.label for source in read))
    alone = figure.denominator is None  # then all of it is counted, no share of it
    asked = (*figure.where, *(figure.numerator if alone else ()))
    words = [condition(session, read, each) for each in asked]
    if figure.period:
        words.append(_IN_PLACE.get(figure.over, f"{_label(read, figure.period)}在本期"))
    inside = f"中{'、'.join(words)}的" if words else "的"
    parts = "、".join(condition(session, read, each) for each in figure.numerator)
    share = f"，其中{parts}的占比" if parts and not alone else ""
    scale = f"，以{figure.scale}计" if figure.scale else ""
    counted = f"{figure.label} ＝ {ledgers}{inside}{_what(read, figure)}"
    return counted + share + _without(read, figure) + scale


def _without(read: list[Source], figure: Figure) -> str:
    """What is not counted unasked."""
    asked = any(each.field == "state" and each.op in ("eq", "in") for each in figure.where)
    if asked or not any(source.cycle is not None for source in read):
        return ""
    return "，不含作废的" if figure.drafts else "，不含拟办和作废的"


def _what(read: list[Source], figure: Figure) -> str:
    way = Aggregate.of(figure, figure.count)
    names = "、".join(_label(read, name) for name in way.fields)
    by = _label(read, figure.by or "unit")
    return _NUMBER[way.way].format(names, by="记录" if by == "uid" else by)


def _label(read: list[Source], name: str) -> str:
    first, _, last = name.partition("..")
    if last:
        return f"{_label(read, first)}到{_label(read, last)}的天数"
    field = next((f for source in read if (f := source.field(name)) is not None), None)
    if field is not None:
        return field.label
    parent = next((s.parent.label for s in read if s.parent is not None), "")
    return parent if name == "parent" and parent else label_of(name, read[0].kind)


def condition(session: ReadContext, read: list[Source], asked: Filter) -> str:
    """One condition in words: 来源为上级交办."""
    if asked.op in ("all", "any"):
        joined = "且" if asked.op == "all" else "或"
        return f"（{joined.join(condition(session, read, each) for each in asked.filters)}）"
    found = next((f for s in read if (f := s.locate(asked.field)) is not None), None)
    kind, name = (found[1], found[3]) if found is not None else (read[0].kind, asked.field)
    said = _asked(session, read, kind, name, asked)
    listed = asked.op == "in" or isinstance(asked.value, list | tuple)
    return f"{label_of(name, kind)}{'为' if listed else ''}{said.replace(' ', '')}"


def _asked(session: ReadContext, read: list[Source], kind: Kind, name: str, asked: Filter) -> str:
    """What is asked of a field, without its name."""
    words = ConditionWords(kind, session.kinds, session.names, _ALL)
    op, value = cast(Operator, asked.op), asked.value
    if asked.other is not None:
        return words.verb(name, op) + _label(read, asked.other)
    if value == "today":
        return words.verb(name, op) + "统计截止日"
    measure = ""
    if kind.has(name) and isinstance(value, str | int | float) and asked.op != "contains":
        field = kind.field(name)
        value = value if type_of(field).many else type_of(field).from_json(value, field)
        measure = field.measure or "" if type_of(field).numeric else ""
    return words.one(Where(name, op, value)) + measure
