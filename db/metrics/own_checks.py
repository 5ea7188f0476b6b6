"""What a figure that an office made must be: every word of it is held against its ledger, so that
one that came from elsewhere can do no more than count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from db.errors import BadInput, DeclarationError
from db.metrics.metric_sql import Aggregate, Source, flat, sources
from db.metrics.narrowed import SCALES
from db.model import lights
from db.model.condition_words import STATES
from db.model.declarations import NAME, Field, Figure, Filter
from db.model.fieldtypes import of
from db.model.query import UNITS

if TYPE_CHECKING:
    from db.model.kinds import Kinds

PLACES = 6
#: Conditions of a figure at most, and how deep they may stand in one another.
MOST, DEEPEST = 60, 6
GROUPS = ("unit", "leader", "ledger", "parent")
#: The book that everybody of the office opens; figures are kept in it.
OPEN_BOOK = "office"
_EQUAL = ("eq", "ne", "in")
_ORDER = ("lt", "le", "gt", "ge")


def _depth(filters: Sequence[Filter]) -> int:
    return 1 + max((_depth(each.filters) for each in filters), default=0)


def refusal(figure: Figure, text: str, key: str) -> DeclarationError:
    """One sentence that names the figure; ``key`` is where in its declaration."""
    return DeclarationError(f"指标「{figure.label}」{text}", field=key)


def check(figure: Figure, kinds: Kinds) -> None:
    """Raises ``DeclarationError`` with one sentence; a share of two figures is checked by whoever
    knows them."""
    if not NAME.match(figure.name):
        text = f"的 name「{figure.name}」应为小写英文、数字和下划线，以字母开头。"
        raise refusal(figure, text, "name")
    if not figure.label.strip() or any(mark in figure.label for mark in "[]|@&=「」"):
        raise refusal(figure, "的名称是空的，或有 [ ] | @ & = 这些符号。", "label")
    if figure.scale and figure.scale not in SCALES:
        text = f"的 scale「{figure.scale}」看不懂，可写：{'、'.join(SCALES)}。"
        raise refusal(figure, text, "scale")
    if not 0 <= figure.places <= PLACES:
        raise refusal(figure, f"的小数位数应在 0 到 {PLACES} 之间。", "places")
    if figure.beside:
        raise refusal(figure, "不能写 beside，请另定一个指标。", "beside")
    if not figure.share_of:
        _check_counted(figure, kinds)


def _check_counted(figure: Figure, kinds: Kinds) -> None:
    for name in figure.kinds:
        if name not in kinds:
            raise refusal(figure, f"要数的台账「{name}」已经没有了。", "kinds")
    read = sources(kinds, figure)
    if not read:
        raise refusal(figure, "没有写明数哪个台账。", "kinds")
    _check_way(figure, read)
    for key in ("period", "until", "gone"):
        name = getattr(figure, key)
        field = _known(figure, read, key, name) if name else None
        if field is not None and not (of(field).dated or of(field).whole):
            raise refusal(figure, f"按栏目「{field.label}」分期，它不是日期、月份或年度。", key)
    if figure.over != "events" and figure.period is None:
        raise refusal(figure, "要数在位的，还没有写从哪一天算起（period）。", "over")
    if figure.unit:
        _known(figure, read, "unit", figure.unit)
    for name in figure.group_by:
        if name not in GROUPS and all(source.field(name) is None for source in read):
            raise refusal(figure, f"要按栏目「{name}」分组，台账里没有这一栏。", "group_by")
    for key in ("where", "numerator", "denominator"):
        asked = getattr(figure, key) or ()
        if _depth(asked) > DEEPEST or sum(1 for _ in flat(asked)) > MOST:
            raise refusal(figure, f"的条件太多或套得太深，最多 {MOST} 个、{DEEPEST} 层。", key)
        for each in flat(asked):
            _check_condition(figure, read, key, each)


def _check_way(figure: Figure, read: list[Source]) -> None:
    """What is counted: fields that are there, and numbers where they are added up."""
    way = Aggregate.of(figure, figure.count)
    for name in (*way.fields, *([figure.divide_by] if figure.divide_by else ())):
        if ".." in name:
            _check_days(figure, read, name)
            continue
        field = _known(figure, read, "count", name)
        if way.way != "distinct" and (field is None or not of(field).numeric):
            label = field.label if field is not None else name
            raise refusal(figure, f"要把栏目「{label}」加起来，它不是数字。", "count")
    if way.way.startswith("latest") and figure.period is None:
        raise refusal(figure, "要取最近一次的数，还没有写按哪个日期（period）。", "period")
    if figure.by:
        _known(figure, read, "by", figure.by)
    if figure.measured_by:
        _known(figure, read, "measured_by", figure.measured_by)
    if figure.divide_by and figure.denominator is None:
        raise refusal(figure, "写了 divide_by，却没有写分母（denominator）。", "divide_by")
    if figure.denominator is not None and way.way == "mean":
        raise refusal(figure, "已经是平均数，不能再除以分母。", "count")


def _check_days(figure: Figure, read: list[Source], name: str) -> None:
    """The days between two dates."""
    for each in name.split(".."):
        field = _known(figure, read, "count", each)
        if field is None or not of(field).is_day:
            raise refusal(figure, f"要数从哪天到哪天，栏目「{each}」不是日期。", "count")


def _known(figure: Figure, read: list[Source], key: str, name: str) -> Field | None:
    """The field of that name, where a ledger has it; None for the record itself, its state and
    what it hangs under."""
    if all(source.locate(name) is None for source in read):
        words = "条件用到的" if key in ("where", "numerator", "denominator") else "用到的"
        raise refusal(figure, f"{words}栏目「{name}」已经没有了。", key)
    return next((f for s in read if (f := s.field(name)) is not None), None)


def _check_condition(figure: Figure, read: list[Source], key: str, asked: Filter) -> None:
    if asked.field in UNITS and all(not source.kind.has(asked.field) for source in read):
        return
    field = _known(figure, read, key, asked.field)
    if asked.other is not None:
        _known(figure, read, key, asked.other)
        if asked.op in (*_EQUAL, *_ORDER):
            return
    if field is None:
        _check_named(figure, read, key, asked)
        return
    _check_value(figure, read, key, asked, field)


def _check_named(figure: Figure, read: list[Source], key: str, asked: Filter) -> None:
    """A state or a light is one that a ledger has."""
    if asked.op not in (*_EQUAL, "blank", "filled"):
        raise refusal(figure, f"对「{asked.field}」不能用「{asked.op}」。", key)
    if asked.field.removeprefix("parent.") not in ("state", "light"):
        return
    known: set[str] = set(STATES) if asked.field.endswith("state") else set()
    for source in read:
        found = source.locate(asked.field)
        if found is not None and found[3] == "light":
            known.update(lights.tones(found[1]))
        elif found is not None and found[2] is not None:
            known.update(state.name for state in found[2].states)
    values = asked.value if isinstance(asked.value, list | tuple) else [asked.value]
    for value in values:
        if value not in known:
            raise refusal(figure, f"的条件有错：台账没有「{value}」这个状态或灯号。", key)


def _check_value(
    figure: Figure, read: list[Source], key: str, asked: Filter, field: Field
) -> None:
    kind_of = of(field)
    fits = asked.op in (*_EQUAL, "blank", "filled")
    fits |= asked.op == "contains" and (kind_of.many or kind_of.plain_text)
    fits |= asked.op in _ORDER and (kind_of.dated or kind_of.numeric)
    if not fits or kind_of.holds_files:
        raise refusal(figure, f"对栏目「{field.label}」不能用「{asked.op}」。", key)
    if asked.op in ("blank", "filled"):
        return
    open_to_all = all(source.kind.book == OPEN_BOOK for source in read)
    if not open_to_all and (kind_of.names_person or kind_of.plain_text or kind_of.secret):
        text = f"的条件写到了干部台账的「{field.label}」，别人能从指标里看到，请换一个条件。"
        raise refusal(figure, text, key)
    if asked.value == "today" and kind_of.is_day:
        return
    values = asked.value if isinstance(asked.value, list | tuple) else [asked.value]
    if not values or any(value is None for value in values):
        raise refusal(figure, f"对栏目「{field.label}」的条件没有写值。", key)
    for value in () if asked.op == "contains" and kind_of.plain_text else values:
        try:
            kind_of.from_json([value] if kind_of.many else value, field)
        except BadInput as error:
            raise refusal(figure, f"的条件有错：{error.message}", key) from error
