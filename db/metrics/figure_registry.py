"""The declared figures, checked against the kinds, and what a counted one is made of: a number, a
line of a table, a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import resources
from db.errors import BadInput, DeclarationError
from db.metrics import narrowed, own_figure_checks, own_figures_store
from db.metrics.metric_sql import Aggregate
from db.metrics.sources import flat, kinds_named_by_group, sources
from db.model import declaration_files, declarations, due_state
from db.model.declarations import Figure, Kind

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.kinds import Kinds

PERCENT = "％"


class FigureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``resources/figures``: figures of a family."""

    family: str
    figures: tuple[Figure, ...]
    order: int = 100


class Number(msgspec.Struct, frozen=True):
    """A figure's value. A share has numerator and denominator, and no value when there is nothing
    to divide by."""

    figure: Figure
    value: int | Decimal | None
    numerator: int | Decimal | None
    denominator: int | Decimal | None
    said: str = ""
    """The unit of measure as the rows have it, where the figure says that they do."""

    @property
    def measure(self) -> str:
        """The unit of measure of the value."""
        if self.figure.denominator is not None:
            return PERCENT
        return self.figure.scale + (self.said or self.figure.measure)


class Row(msgspec.Struct, frozen=True):
    """A record behind a figure. ``counted``: in the numerator (for a plain count, always).
    ``about``: the title of what it hangs under, or of the person it tells of, whose post or award
    alone would say nothing."""

    kind: str
    uid: str
    title: str
    counted: bool
    about: str = ""


class Group(msgspec.Struct, frozen=True):
    """One line of a table of figures: the group's key (unit uid, ledger name, "2022-09" …), its
    label, its numbers by name."""

    key: Any
    label: str
    numbers: dict[str, Number]


class Figures:
    """All figures by name, checked against the kinds: those that are declared, then those of the
    office. One of the office's that does not work is set aside with its reason."""

    def __init__(self, figures: Iterable[Figure], kinds: Kinds, own: Iterable[Figure] = ()) -> None:
        self._figures: dict[str, Figure] = {}
        self._kinds = kinds
        self._narrowed: dict[str, Figure] = {}
        self.aside: dict[str, DeclarationError] = {}
        self._own: set[str] = set()
        for figure in figures:
            if figure.name in self._figures:
                raise DeclarationError(f"指标声明 {figure.name} 重复。")
            self._check(figure, kinds)
            self._figures[figure.name] = figure
        self._take_all(own)

    def with_own(self, own: Iterable[Figure]) -> Figures:
        """These and the office's own."""
        found = Figures((), self._kinds)
        found._figures.update(self._figures)  # they were checked against the same kinds
        found._take_all(own)
        return found

    def _take_all(self, own: Iterable[Figure]) -> None:
        waiting = {figure.name: figure for figure in own}
        for figure in waiting.values():
            self._take(figure, waiting, ())

    def _take(self, figure: Figure, waiting: Mapping[str, Figure], path: tuple[str, ...]) -> None:
        """Take up one of the office's own, after those that it is a share of."""
        if figure.name in self.aside or figure.name in self._own:
            return
        try:
            if figure.name in self._figures:
                text = f"的 name「{figure.name}」已是随程序的指标，请换一个。"
                raise own_figure_checks.refusal(figure, text, "name")
            own_figure_checks.check_circle(figure, waiting, path)
            for part in figure.share_of:
                if (base := narrowed.parse_name(part)[0]) in waiting:
                    self._take(waiting[base], waiting, (*path, figure.name))
            own_figure_checks.check(figure, self._kinds)
            whole = self._composed(figure)
        except BadInput as error:
            found = DeclarationError(error.message, field=error.field)
            self.aside.setdefault(figure.name, found)
        else:
            if figure.name not in self.aside:
                self._own.add(figure.name)
                self._figures[figure.name] = whole or figure

    def _composed(self, figure: Figure) -> Figure | None:
        """A share of two figures with what it has of both; None for any other."""
        if not figure.share_of:
            return None
        own_figure_checks.check_share(figure)
        for name in figure.share_of:
            if name not in self:
                problem = self.aside.get(narrowed.parse_name(name)[0])
                label = problem.message.rstrip("。") if problem is not None else "没有这个指标"
                raise own_figure_checks.refusal(
                    figure, f"用到的指标「{name}」用不了：{label}。", "share_of"
                )
        return self._of_both(figure, [self.get(name) for name in figure.share_of])

    def _of_both(self, figure: Figure, parts: Sequence[Figure]) -> Figure:
        read = [source for part in parts for source in sources(self._kinds, part)]
        period = next((part.period for part in reversed(parts) if part.period), None)
        return msgspec.structs.replace(
            figure, kinds=tuple(dict.fromkeys(s.kind.name for s in read)), denominator=(),
            parents=tuple(dict.fromkeys(s.parent.name for s in read if s.parent is not None)),
            period=period if all(part.period for part in parts) else None, count="rows",
        )

    @staticmethod
    def _check(figure: Figure, kinds: Kinds) -> None:
        for name in figure.kinds:
            if name not in kinds:
                raise DeclarationError(f"指标声明 {figure.name}：台账「{name}」不存在。")
        read = sources(kinds, figure)
        if not read:
            raise DeclarationError(f"指标声明 {figure.name}：没有可以统计的台账。")
        operands = [
            *Aggregate.of(figure, figure.count).fields, figure.period, figure.unit,
            figure.divide_by, figure.by, figure.measured_by, figure.until, figure.gone,
        ]
        asked = [*flat((*figure.where, *figure.numerator))]
        named = [n for n in operands if n] + [f.field for f in asked]
        named += [f.other for f in asked if f.other]
        named += [f.field for f in flat(figure.denominator or ())]
        for name in named:
            if all(source.locate(name) is None for source in read):
                raise DeclarationError(f"指标声明 {figure.name}：字段「{name}」不存在。")
        if figure.denominator is not None and not figure.formula:
            raise DeclarationError(f"指标声明 {figure.name}：比率要写 formula。")

    def get(self, name: str) -> Figure:
        """The figure of that name, declared or one narrowed (``narrowed.py``); an unknown name is a
        ``BadInput``, one of the office's that does not work is told with its reason."""
        if name in self._figures:
            return self._figures[name]
        if problem := self.aside.get(narrowed.parse_name(name)[0]):
            raise BadInput(problem.message, field="name")
        try:
            if name not in self._narrowed:
                whole = self._figures[narrowed.parse_name(name)[0]]
                self._narrowed[name] = narrowed.narrowed(self._kinds, whole, name)
            return self._narrowed[name]
        except KeyError as error:
            raise BadInput(
                f"没有名为「{name}」的指标。可用 zhengxian figures 查看全部。", field="name"
            ) from error

    def __contains__(self, name: str) -> bool:
        try:
            return bool(self.get(name))
        except BadInput:
            return False

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._figures.values())


def load(folder: Path, kinds: Kinds) -> Figures:
    """All figures under ``folder``; raises ``DeclarationError``."""
    paths = sorted(folder.glob("*.toml"))
    files = declaration_files.made_ready(
        folder.with_suffix(".json"), (*declarations.SOURCES, __file__), paths, list[FigureFile],
        lambda: [declaration_files.load(path, FigureFile) for path in paths],
    )
    files.sort(key=lambda f: f.order)
    return Figures(
        (
            each
            for file in files
            for f in file.figures
            for each in _ways(
                _judged(kinds, msgspec.structs.replace(f, family=f.family or file.family))
            )
        ), kinds,
    )


def _judged(kinds: Kinds, figure: Figure) -> Figure:
    """With the day by which its ledgers are on time in the formula, where it counts by that."""
    conditions = (*figure.where, *figure.numerator, *(figure.denominator or ()))
    if not any(each.field == due_state.FIELD for each in flat(conditions)):
        return figure
    read = [source.kind for source in sources(kinds, figure)]
    said = f"{figure.formula}，{due_state.in_words(read, kinds.lifecycle_of)}"
    return msgspec.structs.replace(figure, formula=said)


_WAYS = {
    "events": "在本期开始的", "standing": "统计截止日在位的（最后一天算在位，当天办结的不算）",
    "during": "本期内任何时候在位的",
}


def _ways(figure: Figure) -> Iterator[Figure]:
    """A figure, and those that count the same in another way; each formula says which."""
    timed = bool(figure.until or figure.gone)
    said = f"{figure.formula}，{_WAYS[figure.over]}" if timed else figure.formula
    yield msgspec.structs.replace(figure, formula=said)
    for way, label in figure.beside.items():
        yield msgspec.structs.replace(
            figure, name=f"{figure.name}_{way}", label=label, over=way, beside={},
            formula=f"{figure.formula}，{_WAYS[way]}",
        )


@lru_cache(maxsize=2)
def given(kinds: Kinds) -> Figures:
    """Those that come with the program alone."""
    return load(resources.path("figures"), kinds)


def declared(session: ReadContext) -> Figures:
    """The figures of an office, given and own (kept as long as kinds and figures are the same)."""
    kept = own_figures_store.kept(session)
    return _with_own(session.kinds, kept) if kept else given(session.kinds)


@lru_cache(maxsize=2)
def _with_own(kinds: Kinds, kept: tuple[str, ...]) -> Figures:
    return given(kinds).with_own(own_figures_store.decoded(kept))


def visible(session: ReadContext) -> list[Figure]:
    """The figures whose ledgers this person can all open."""
    return [
        f
        for f in declared(session)
        if all(session.opens(s.kind.name) for s in sources(session.kinds, f))
    ]


def formula(session: ReadContext, name: str) -> str:
    """How the figure is worked out, in words."""
    figure = declared(session).get(name)
    return figure.formula or figure.help or f"{figure.label} ＝ 符合条件的{figure.measure}数"


def share(numerator: int | Decimal, denominator: int | Decimal, places: int = 1) -> Decimal | None:
    """Per cent, rounded half up as people do; None when there is nothing to divide by."""
    return (
        None
        if not denominator
        else rounded(Decimal(numerator) * 100 / Decimal(denominator), places)
    )


def rounded(number: Decimal, places: int) -> Decimal:
    """Half up, as people do."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def read_kinds(session: ReadContext, name: str) -> list[Kind]:
    """The kinds whose records a figure counts."""
    return [source.kind for source in sources(session.kinds, declared(session).get(name))]


def groups_by(session: ReadContext, name: str, group: str) -> bool:
    """Whether a figure can be told apart by a field of that name."""
    read = sources(session.kinds, declared(session).get(name))
    return any(source.field(group) is not None for source in read)


def named_by(session: ReadContext, name: str, group: str) -> set[str]:
    """Kinds whose single records a figure's lines name when it is told apart by ``group``."""
    return kinds_named_by_group(session.kinds, declared(session).get(name), group)


def plain(number: int | Decimal | None) -> int | float | None:
    """A number for JSON."""
    if not isinstance(number, Decimal):
        return number
    return int(number) if number == number.to_integral_value() else float(number)
