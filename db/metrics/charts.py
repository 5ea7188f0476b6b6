"""A declared figure by unit, by what its ledgers declare, and over time, for charts: what has
nothing is there too.

What a sealed review keeps (its figures by unit, and as a whole) is what was read out; everything
else is what the ledger says now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import msgspec

from db.errors import BadInput
from db.metrics import current_figures, metrics, ratios, sealed_figures
from db.metrics.metrics import Number
from db.metrics.sources import SLOT_FIELDS, sources
from db.model import periods
from db.model.fieldtypes import type_of
from db.model.groups import GROUPS, area_of
from db.model.periods import Period
from db.units import tree

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Choice, Field, Figure, Kind


class Value(msgspec.Struct, frozen=True):
    """A point of a chart: its key (a unit's uid, a period's text), how it is called, its number."""

    key: Any
    label: str
    number: Number


def choices(session: ReadContext) -> dict[str, list[Figure]]:
    """The figures this person may see, by family, in their order."""
    found: dict[str, list[Figure]] = {}
    for figure in metrics.visible(session):
        found.setdefault(figure.family, []).append(figure)
    return found


def counted_ledgers(session: ReadContext, name: str) -> list[Kind]:
    """The ledgers a figure is counted over."""
    found: dict[str, Kind] = {}
    for source in sources(session.kinds, metrics.declared(session).get(name)):
        found[source.ledger.name] = source.ledger
    return list(found.values())


def by_unit(
    session: ReadContext, name: str, period: Period | None, names: Sequence[str] | None = None,
    as_of: dt.date | None = None,
) -> list[Value]:
    """One value a unit, in the units' order. A unit that had nothing shows nought, or nothing where
    it is a share.

    Rows without a unit stand last under the key None. Empty for a figure that knows no units.
    """
    groups = metrics.table(session, [name], "unit", period=period, ledgers=names, as_of=as_of)
    found = {group.key: group for group in groups}
    if not any(key is not None for key in found) and not _has_units(session, name):
        return []
    figure = metrics.declared(session).get(name)
    nothing = current_figures.nothing(figure)
    values = []
    for uid, unit in session.names.every_unit().items():
        if uid in found or unit.active:
            values.append(
                Value(
                    uid, unit.short or unit.name,
                    found[uid].numbers[name] if uid in found else nothing,
                )
            )
    if None in found and found[None].numbers[name].value:
        values.append(Value(None, "（未填）", found[None].numbers[name]))
    return values


def by_ledger(
    session: ReadContext, name: str, **asked: Unpack[metrics.ScopeKeywords]
) -> list[Value]:
    """One value a ledger, of those that a figure is counted over."""
    found = []
    for kind in counted_ledgers(session, name):
        asked["ledgers"] = [kind.name]
        found.append(Value(kind.name, kind.label, metrics.count(session, [name], **asked)[name]))
    return found


def _has_units(session: ReadContext, name: str) -> bool:
    figure = metrics.declared(session).get(name)
    return any(source.unit_column(figure) is not None for source in sources(session.kinds, figure))


UNIT, LEADER, PARENT = "unit", "leader", "parent"
FEW = 12
"""A whole number of at most so many values (stars) makes groups; a longer one is an amount."""


class Grouping(msgspec.Struct, frozen=True):
    """What a figure can be told apart by: a key for ``figures.table``, its name, and the ledgers
    that know it (None: all)."""

    key: str
    label: str
    ledgers: tuple[str, ...] | None = None


def groupings(
    session: ReadContext, name: str, names: Sequence[str] | None = None
) -> list[Grouping]:
    """Units, leaders, what the rows hang under, and the fields of its ledgers that have few values:
    choices, yes or no, references, and whole numbers of a few values. Like-named fields of two
    ledgers that are not the same question stand apart. A share of two figures by what both know;
    one that says by what, by that alone.
    """
    return groupings_of(session, metrics.declared(session).get(name), names)


def groupings_of(
    session: ReadContext, figure: Figure, names: Sequence[str] | None = None
) -> list[Grouping]:
    """The same for a figure that may not be kept yet."""
    found = _groupings(session, figure, names)
    for part in figure.share_of:
        both = {each.key for each in groupings(session, part, names)}
        found = [each for each in found if each.key in both]
    return [each for each in found if not figure.group_by or each.key in figure.group_by]


def _groupings(session: ReadContext, figure: Figure, names: Sequence[str] | None) -> list[Grouping]:
    read = [
        s
        for s in sources(session.kinds, figure)
        if names is None or s.ledger.name in names or s.kind.name in names
    ]
    found: list[Grouping] = []
    if any(s.unit_column(figure) is not None for s in read):
        found.append(Grouping(UNIT, "单位"))
        found += [Grouping(key, word) for key, word in _areas(session)]
    if any(s.leader(session.kinds) is not None for s in read):
        found.append(Grouping(LEADER, "牵头领导"))
    if read and all(s.parent is not None for s in read):
        found.append(
            Grouping(
                PARENT,
                (
                    "、".join(dict.fromkeys(s.ledger.label for s in read))
                    if len(read) < FEW // 3
                    else "所属事项"
                ),
            )
        )
    alike: dict[tuple[Any, ...], list[str]] = {}
    for source in read:
        leader = source.leader(session.kinds)
        for field in source.kind.all_fields:
            if _makes_groups(source.kind, field) and (
                leader is None or source.column(field.name) != leader[0]
            ):
                alike.setdefault(
                    (field.name, field.label, field.type, field.kind, field.options), []
                ).append(source.ledger.name)
    if any(s.slots for s in read):
        found.append(Grouping("rhythm", SLOT_FIELDS["rhythm"].label))
        by = dict.fromkeys(s.cycle.rhythm_by for s in read if s.cycle and s.cycle.rhythm_by)
        found += [Grouping(each, read[0].kind.field(each).label) for each in by]
    whole = len({s.ledger.name for s in read})
    for (key, label, *_), ledgers in alike.items():
        some = tuple(dict.fromkeys(ledgers))
        found.append(Grouping(key, label, some if len(some) < whole else None))
    return found


def _areas(session: ReadContext) -> list[tuple[str, str]]:
    """The levels of units by which an office that has them may tell figures apart: several of one,
    with others below."""
    found = []
    for key, group in GROUPS.items():
        tops = tree.areas(session, group.area) if group.area else {}
        if len(set(tops.values())) > 1 and any(unit != top for unit, top in tops.items()):
            found.append((key, group.word))
    return found


def _makes_groups(kind: Kind, field: Field) -> bool:
    if field.computed or not {"list", "sheet"} & set(field.show):
        return False
    if type_of(field).whole and field.minimum is not None and field.maximum is not None:
        return field.maximum - field.minimum < FEW
    kind_of = type_of(field)
    return kind_of.listed or kind_of.yes_no or (kind_of.names_record and field.kind != kind.name)


class _Of(TypedDict, total=False):
    """Whose, and as of which day."""

    unit: str | None
    as_of: dt.date | None


def by_group(
    session: ReadContext,
    name: str,
    group: Grouping,
    period: Period | None,
    names: Sequence[str] | None = None,
    **more: Unpack[_Of],
) -> list[Value]:
    """One value for each group: choices in their declared order, those that had nothing too; of
    others those that had some."""
    if group.key == UNIT and more.get("unit") is None:
        return by_unit(session, name, period, names, more.get("as_of"))
    within = names if names is not None else group.ledgers
    asked: metrics.ScopeKeywords = {"period": period, "ledgers": within, **more}
    lines = {line.key: line for line in metrics.table(session, [name], group.key, **asked)}
    figure = metrics.declared(session).get(name)
    nothing = current_figures.nothing(figure)
    found: list[Value] = []
    for option in _options(session, figure, group, within):
        line = lines.pop(option.name, None)
        found.append(
            Value(option.name, option.label, line.numbers[name] if line is not None else nothing)
        )
    none = lines.pop(None, None)
    found += [
        Value(line.key, line.label, line.numbers[name])
        for line in lines.values()
        if line.numbers[name].value is not None
    ]
    if none is not None and none.numbers[name].value:
        found.append(Value(None, none.label, none.numbers[name]))
    return found


def _options(
    session: ReadContext, figure: Figure, group: Grouping, names: Sequence[str] | None
) -> Sequence[Choice]:
    """The choices of what is grouped by, when there are few."""
    for source in sources(session.kinds, figure):
        field = source.field(group.key)
        if field is not None and (
            names is None or source.ledger.name in names or source.kind.name in names
        ):
            return field.options if type_of(field).one_listed and len(field.options) <= FEW else ()
    return ()


def sealed_note(
    session: ReadContext, name: str, period: Period | None, group: str | None,
    names: Sequence[str] | None = None,
) -> str:
    """What has to be said beside a figure of a month whose review is sealed, and beside its parts
    by ``group``; "" for any other."""
    review = sealed_figures.sealed_review(session, period)
    if review is None:
        return ""
    known, held = metrics.declared(session), sealed_figures.sealed_fields(session, review)
    kept = all(each in held for each in ratios.component_figures(known, [name]))
    if not kept or names is not None:
        what = "分台账的数" if kept else "这个数"
        return f"本月讲评已封存，{what}不在讲评表上，是台账现在的。"
    if group is None or group == UNIT or area_of(group):
        return "本月讲评已封存，是封存时的数。"
    return "本月讲评已封存，总数是封存时的；这样分列的数是台账现在的，合起来可能不等于总数。"


def has_trend(session: ReadContext, name: str) -> bool:
    """Whether a figure goes by a date at all; one that tells how things stand now does not."""
    return metrics.declared(session).get(name).period is not None


def span(shape: str, last: dt.date) -> list[Period]:
    """The weeks, months or years up to the one that holds a day, oldest first."""
    found = [periods.holding(shape, last)]
    while len(found) < GROUPS[shape].trend:
        found.append(found[-1].before())
    return found[::-1]


def over_time(
    session: ReadContext,
    name: str,
    shape: str,
    last: dt.date,
    step: Callable[[int, int], None] = lambda done, of: None,
    **asked: Unpack[metrics.ScopeKeywords],
) -> list[Value]:
    """One value a week, month or year, up to the one that holds ``last``, each as of its own end or
    of ``as_of`` where that comes first. ``step(done, of)`` is called where it takes a while."""
    if not has_trend(session, name):
        return []
    wanted, found, day = span(shape, last), [], asked.pop("as_of", None)
    for at, period in enumerate(wanted):
        step(at, len(wanted))
        if day is not None and day < period.last:
            period = period.seen_on(day)
        asked["period"] = period
        number = metrics.count(session, [name], **asked)[name]
        found.append(Value(period.text, _short(period, shape), number))
    return found


def _short(period: Period, shape: str) -> str:
    if shape == "week":
        return f"{period.first.isocalendar().week}周"
    if shape == "month":
        return f"{period.first.month}月" if period.first.month > 1 else f"{period.first.year}.1"
    return period.label


def by_grouping(
    session: ReadContext, name: str, by: str, period: Period | None, **more: Unpack[_Of]
) -> tuple[str, list[Value], bool]:
    """A figure told apart by one of its groupings or by what tells any apart, named by key or
    label: what that is called, its values, and whether a sealed review keeps such parts. Over time
    up to the period, or today. ``BadInput`` says by what it can be."""
    known = groupings(session, name)
    for each in known:
        if by in (each.key, each.label):
            kept = each.key == UNIT or bool(area_of(each.key))
            return each.label, by_group(session, name, each, period, **more), kept
    plain = {key: group.word for key, group in GROUPS.items() if group.any_figure}
    for key, word in plain.items():
        if by not in (key, word):
            continue
        if not GROUPS[key].trend:
            return word, by_ledger(session, name, period=period, **more), False
        last = more.get("as_of") or (period.last if period is not None else session.today)
        return word, over_time(session, name, key, last, **more), True
    offered = "、".join([*(each.label for each in known), *plain.values()])
    raise BadInput(f"这个指标不能按“{by}”分开数，可以按：{offered}。", field="by")


def text(number: Number) -> str:
    """A number as it is read out: with its two parts where it is a share, with its measure where it
    is not."""
    if number.figure.denominator is not None:
        return (
            "—"
            if number.value is None
            else f"{number.value}％ {number.numerator:,}/{number.denominator:,}"
        )
    return "—" if number.value is None else f"{number.value:,}{number.measure}"
