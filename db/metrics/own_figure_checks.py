"""What a figure that an office made must be: every word of it is held against its ledger, so that
one that came from elsewhere can do no more than count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.errors import BadInput, DeclarationError
from db.metrics.metric_sql import Aggregate
from db.metrics.narrowed import SCALES
from db.metrics.sources import Source, flat, sources
from db.model import lights
from db.model.condition_words import STATES
from db.model.declarations import NAME, Field, Figure, Filter
from db.model.fieldtypes import type_of
from db.model.groups import GROUPS
from db.model.query import UNITS

if TYPE_CHECKING:
    from db.model.kinds import Kinds

PLACES = 6
#: Conditions of a figure at most, and how deep they may stand in one another.
MOST, DEEPEST = 60, 6
#: The book that everybody of the office opens; figures are kept in it.
OPEN_BOOK = "office"
_EQUAL = ("eq", "ne", "in")
_ORDER = ("lt", "le", "gt", "ge")
_BLANK = ("blank", "filled")


def _depth(filters: Sequence[Filter]) -> int:
    return max((1 + _depth(each.filters) for each in filters), default=0)


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
        _Check(figure, _read(figure, kinds)).whole()


def check_share(figure: Figure) -> None:
    """That a share has something above and something else below."""
    if len(figure.share_of) != 2 or not all(figure.share_of):
        raise refusal(figure, "没有写分母：比率要写分子、分母两个指标。", "share_of")
    if figure.share_of[0] == figure.share_of[1]:
        raise refusal(figure, "的分子、分母是同一个指标，永远是 100％。", "share_of")


def check_parts(figure: Figure, parts: Sequence[Figure]) -> None:
    """That what a new share divides is of one sort: 办结率 ÷ 项目数 says nothing."""
    rates = [part.label for part in parts if part.denominator is not None]
    if len(rates) == 1 and len(parts) > 1:
        text = f"的分子、分母要同是个数，或同是比率：只有「{rates[0]}」是比率，请换一个。"
        raise refusal(figure, text, "share_of")


def check_circle(figure: Figure, known: Mapping[str, Figure], path: tuple[str, ...]) -> None:
    """That a figure is not, by way of others, a share of itself."""
    if figure.name in path:
        names = (*path[path.index(figure.name) :], figure.name)
        circle = " → ".join(f"「{known[name].label}」" for name in names)
        raise refusal(figure, f"绕了一圈，算不出来：{circle}。", "share_of")


def _read(figure: Figure, kinds: Kinds) -> list[Source]:
    gone = next((name for name in figure.kinds if name not in kinds), None)
    if gone is not None:
        raise refusal(figure, f"要数的台账「{gone}」已经没有了。", "kinds")
    read = sources(kinds, figure)
    if not read:
        raise refusal(figure, "没有写明数哪个台账。", "kinds")
    return read


def _undivided(way: Aggregate) -> bool:
    """Whether what is counted stands alone: nothing below it is counted in the same way."""
    return way.way == "distinct" or (way.way == "latest" and bool(way.fields))


class _Check(msgspec.Struct, frozen=True):
    """A figure that counts records, held against the tables that it reads."""

    figure: Figure
    read: list[Source]

    def whole(self) -> None:
        figure = self.figure
        self._way(Aggregate.of(figure, figure.count))
        for key, name in (
            ("unit", figure.unit), ("by", figure.by), ("measured_by", figure.measured_by),
        ):
            self._known(key, name) if name else None
        for key, name in (
            ("period", figure.period), ("until", figure.until), ("gone", figure.gone),
        ):
            self._period(key, name) if name else None
        if figure.over != "events" and figure.period is None:
            raise self._no("要数在位的，还没有写从哪一天算起（period）。", "over")
        for name in figure.group_by:
            self._group(name)
        for key, asked in (
            ("where", figure.where), ("numerator", figure.numerator),
            ("denominator", figure.denominator or ()),
        ):
            self._conditions(key, asked)

    def _no(self, text: str, key: str) -> DeclarationError:
        return refusal(self.figure, text, key)

    def _group(self, name: str) -> None:
        if name in GROUPS and not GROUPS[name].is_time:
            return
        if all(source.field(name) is None for source in self.read):
            raise self._no(f"要按栏目「{name}」分组，台账里没有这一栏。", "group_by")

    def _period(self, key: str, name: str) -> None:
        field = self._known(key, name)
        if field is None or not (type_of(field).dated or type_of(field).whole):
            label = field.label if field is not None else name
            raise self._no(f"按栏目「{label}」分期，它不是日期、月份或年度。", key)

    def _way(self, way: Aggregate) -> None:
        """What is counted: fields that are there, and numbers where they are added up."""
        figure = self.figure
        for name in filter(None, (*way.fields, figure.divide_by)):
            self._days(name) if ".." in name else self._counted(way.way, name)
        if way.way.startswith("latest") and figure.period is None:
            raise self._no("要取最近一次的数，还没有写按哪个日期（period）。", "period")
        if figure.divide_by and figure.denominator is None:
            raise self._no("写了 divide_by，却没有写分母（denominator）。", "divide_by")
        if figure.denominator is not None and way.way in ("mean", "latest_mean"):
            raise self._no("已经是平均数，不能再除以分母。", "count")
        if figure.denominator is not None and _undivided(way):
            raise self._no("要算占比，只能数记录或加数字。", "count")

    def _counted(self, way: str, name: str) -> None:
        field = self._known("count", name)
        if way != "distinct" and (field is None or not type_of(field).numeric):
            label = field.label if field is not None else name
            raise self._no(f"要把栏目「{label}」加起来，它不是数字。", "count")

    def _days(self, name: str) -> None:
        """The days between two dates."""
        for each in name.split(".."):
            field = self._known("count", each)
            if field is None or not type_of(field).is_day:
                raise self._no(f"要数从哪天到哪天，栏目「{each}」不是日期。", "count")

    def _known(self, key: str, name: str) -> Field | None:
        """The field of that name, where a ledger has it; None for the record itself, its state and
        what it hangs under."""
        if all(source.locate(name) is None for source in self.read):
            words = "条件用到的" if key in ("where", "numerator", "denominator") else "用到的"
            raise self._no(f"{words}栏目「{name}」已经没有了。", key)
        return next((f for s in self.read if (f := s.field(name)) is not None), None)

    def _conditions(self, key: str, asked: Sequence[Filter]) -> None:
        if _depth(asked) > DEEPEST or sum(1 for _ in flat(asked)) > MOST:
            raise self._no(f"的条件太多或套得太深，最多 {MOST} 个、{DEEPEST} 层。", key)
        for each in flat(asked):
            self._condition(key, each)

    def _condition(self, key: str, asked: Filter) -> None:
        if asked.field in UNITS and not any(s.kind.has(asked.field) for s in self.read):
            return
        field = self._known(key, asked.field)
        if asked.other is not None and asked.op in (*_EQUAL, *_ORDER):
            self._known(key, asked.other)
            return
        if asked.op == "in" and not isinstance(asked.value, list | tuple):
            raise self._no(f"对「{asked.field}」用 in，要写方括号中的一列值。", key)
        if field is None:
            self._named(key, asked)
        else:
            self._fits(key, asked, field)
            self._values(key, asked, field)

    def _named(self, key: str, asked: Filter) -> None:
        """A state or a light is one that a ledger has."""
        if asked.op not in (*_EQUAL, "blank", "filled"):
            raise self._no(f"对「{asked.field}」不能用「{asked.op}」。", key)
        if asked.field.removeprefix("parent.") in ("state", "light"):
            known = {name for source in self.read for name in _names(source, asked.field)}
            for value in _listed(asked.value):
                if value not in known:
                    raise self._no(f"的条件有错：台账没有「{value}」这个状态或灯号。", key)

    def _fits(self, key: str, asked: Filter, field: Field) -> None:
        """Whether the field can be asked for so, and by a figure that everybody sees."""
        kind_of = type_of(field)
        fits = {
            "contains": kind_of.many or kind_of.plain_text,
            **dict.fromkeys(_ORDER, kind_of.dated or kind_of.numeric),
        }
        if not fits.get(asked.op, True) or kind_of.holds_files:
            raise self._no(f"对栏目「{field.label}」不能用「{asked.op}」。", key)
        revealing = kind_of.names_person or kind_of.plain_text or kind_of.secret
        open_to_all = all(source.kind.book == OPEN_BOOK for source in self.read)
        if revealing and not open_to_all and asked.op not in _BLANK:
            text = f"的条件写到了干部台账的「{field.label}」，别人能从指标里看到，请换一个条件。"
            raise self._no(text, key)

    def _values(self, key: str, asked: Filter, field: Field) -> None:
        kind_of, values = type_of(field), _listed(asked.value)
        if asked.op in _BLANK or (asked.value == "today" and kind_of.is_day):
            return
        if not values or any(value is None for value in values):
            raise self._no(f"对栏目「{field.label}」的条件没有写值。", key)
        if len(values) > 1 and asked.op not in ("in", "contains"):
            raise self._no(f"对栏目「{field.label}」有几个值，要用 in。", key)
        if asked.op == "contains" and kind_of.plain_text:
            return
        for value in values:
            self._value(key, value, field)

    def _value(self, key: str, value: object, field: Field) -> None:
        try:
            type_of(field).from_json([value] if type_of(field).many else value, field)
        except BadInput as error:
            raise self._no(f"的条件有错：{error.message}", key) from error


def _names(source: Source, name: str) -> Iterable[str]:
    """The states of a table, alone and by sort, or its lights."""
    found = source.locate(name)
    if found is None:
        return ()
    if found[3] == "light":
        return lights.tones(found[1])
    return (*STATES, *(state.name for state in found[2].states)) if found[2] is not None else ()


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
