"""The monthly review: each unit's figures, its score by the office's own weights, ranks with ties,
and the month sealed.

The rule, as the review shows it: score = the weighted mean of the shares a unit has, less what each
return and each extension costs. A unit that had nothing due has no score and no rank: it can be
neither praised nor blamed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import msgspec

from db.access import roles
from db.errors import BadInput
from db.metrics import metrics, reviews
from db.metrics.metrics import Number
from db.metrics.reviews import COUNTED, REVIEW, SCORE, SHARES
from db.model import periods
from db.model.dates import chinese_date
from db.model.query import Query, Where
from db.model.records import Given, Record, Values

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Field
    from db.model.periods import Period

#: Weight on the review → the share it weighs.
WEIGHTS = {
    "weight_on_time": "on_time_rate",
    "weight_completion": "completion_rate",
    "weight_acknowledged": "acknowledged_rate",
}
#: The columns of the review in the order a circular prints them.
COLUMNS = (
    "rank", "unit", "assigned", "transferred_in", "transferred_out", "acknowledged_rate", "due",
    "closed_on_time", "closed_late", "open_overdue", "awaiting_check", "completion_rate",
    "on_time_rate", "returned", "extended", "yellow", "red", "score", "change", "comment",
)  # fmt: skip
COMMENT = "comment"
#: What is worked out for a line.
WORKED_OUT = (*COUNTED, "score", "rank", "change")
#: What a score is worked out from: the figures of that name, which are also the fields of that
#: name.
SCORED = ("due", *WEIGHTS.values(), "returned", "extended")
#: The field of a score that holds it, by which units are ranked.
POINTS = "score"
#: Numbers of which any is one too many.
BAD = frozenset({"closed_late", "open_overdue", "returned", "red"})
#: The fields of the review that say how it is scored.
RULE = (*WEIGHTS, "deduct_returned", "deduct_extended")
_PLACES = Decimal("0.01")


class ScoreLine(msgspec.Struct, frozen=True):
    """One unit's line: ``texts`` by column, with numerator and denominator behind each share;
    ``tones`` where one stands out."""

    uid: str
    unit: str
    texts: tuple[str, ...]
    tones: tuple[str, ...]
    comment: str


def score(numbers: Given, weights: Given) -> Decimal | None:
    """The score (0 to 100, two places) of one unit, or None when nothing of it was due or it has
    none of the shares that count.

    ``numbers`` are the fields of a score, ``weights`` those of the review. A share the unit does
    not have drops out of the mean.
    Raises ``BadInput`` when every weight is 0.
    """
    if not numbers.get("due"):
        return None
    if not any(weights.get(weight) for weight in WEIGHTS):
        raise BadInput("各项权重都是 0，算不出得分，请先填写计分权重。", field="weight_on_time")
    total = Decimal(0)
    weight_sum = Decimal(0)
    for weight, share in WEIGHTS.items():
        value, counts = numbers.get(share), weights.get(weight) or Decimal(0)
        if value is not None and counts:
            total += Decimal(value) * Decimal(counts)
            weight_sum += Decimal(counts)
    if not weight_sum:
        return None
    points = total / weight_sum
    points -= Decimal(numbers.get("returned") or 0) * Decimal(weights.get("deduct_returned") or 0)
    points -= Decimal(numbers.get("extended") or 0) * Decimal(weights.get("deduct_extended") or 0)
    return max(points, Decimal(0)).quantize(_PLACES, ROUND_HALF_UP)


def score_of(numbers: Mapping[str, Number], weights: Mapping[str, object]) -> Decimal | None:
    """The same from counted figures, which must hold those of ``SCORED``."""
    return score({name: numbers[name].value for name in SCORED}, weights)


def weights_of(session: ReadContext, period: Period | None) -> Given:
    """The scoring rule of a period: that of the month's review; else of the last review before its
    end; else as declared."""
    until = period.last.isoformat()[:7] if period is not None else "9999-12"
    where = (Where("month", "le", until),)
    found = session.find(Query(kind=REVIEW, where=where, sort=(("month", True),), limit=1))
    return (
        found[0].values
        if found
        else {field.name: session.default(field) for field in rule_fields(session)}
    )


def ranks(values: Sequence[Decimal | int | None]) -> list[int | None]:
    """Places, best first; equal values share a place and the next one is passed over (1, 2, 2, 4);
    None has none."""
    known = sorted((v for v in values if v is not None), reverse=True)
    return [None if v is None else known.index(v) + 1 for v in values]


def rule(review: Record) -> str:
    """The scoring rule in words."""
    return rule_of(review.values)


def rule_and_day(review: Record) -> str:
    """The same with the day of the numbers, for the page and under the printed table."""
    day = review.values["as_of"]
    return rule(review) + (f"统计截至{chinese_date(day)}。" if day is not None else "")


def rule_of(values: Mapping[str, object]) -> str:
    """The same from the weights alone."""

    def text(name: str) -> str:
        return (
            f"{values.get(name) or 0:f}"
            if isinstance(values.get(name), Decimal)
            else str(values.get(name) or 0)
        )

    return (
        f"得分＝（按期办结率×{text('weight_on_time')}＋办结率×{text('weight_completion')}"
        f"＋签收率×{text('weight_acknowledged')}）÷权重之和，"
        f"退回一次扣{text('deduct_returned')}分，"
        f"延期一次扣{text('deduct_extended')}分；没有应办结事项的不计分、不排名。"
    )


def fill(session: WriteContext, uid: str, as_of: dt.date | None = None) -> int:
    """Count the month anew for every unit, as of its last day or today or of another day of it, and
    write scores, ranks and changes; returns how many units there are.

    Comments that were typed stay. A sealed month is refused.
    """
    review = session.must_get(REVIEW, uid)
    month = periods.parse(review.values["month"])
    day, usual = metrics.counted_as_of(session, month, as_of), min(month.last, session.today)
    roles.check_write(session.role, session.kinds.get(REVIEW))
    if review.values["sealed"]:
        raise BadInput("本月讲评已经封存，数据不再改动。", uid=uid)
    rows = _worked_out(session, review, month.seen_on(day if day != usual else None))
    present = {r.values["unit"]: r for r in session.children(uid, SCORE)}
    with session.atomic("form", f"月讲评计分：{month.label}"):
        for unit, row in rows.items():
            found = present.pop(unit, None)
            if found is None:
                session.add_checked(session.kinds.get(SCORE), row, parent=uid)
            else:
                session.set_checked(found, row)
        for gone in present.values():
            session.set_checked(gone, dict.fromkeys(WORKED_OUT))
        session.set_checked(review, {"as_of": day, "as_of_chosen": day != usual})
    return len(rows)


def drifted(session: ReadContext, review: Record) -> list[str]:
    """Units whose kept numbers are no longer what ledger and rule say: items came, closed or moved
    since the month was counted, the weights or last month's scores are others, or a number was
    typed."""
    kept = {row.values["unit"]: row.values for row in session.children(review.uid, SCORE)}
    try:
        month = periods.parse(review.values["month"]).seen_on(reviews.chosen_day(review))
        now = _worked_out(session, review, month)
    except BadInput:  # by weights of nothing there is no score at all
        return list(kept)
    nothing: Values = dict.fromkeys(WORKED_OUT)
    return [
        u
        for u in {**kept, **now}
        if u not in kept or any(_other(n, kept[u], now.get(u, nothing)) for n in WORKED_OUT)
    ]


def _other(name: str, kept: Given, now: Given) -> bool:
    """Whether a number is another one; what an earlier program did not count is not."""
    if name in reviews.IF_ANY:
        return (kept[name] or 0) != (now[name] or 0)
    return bool(kept[name] != now[name])


def _worked_out(session: ReadContext, review: Record, month: Period) -> dict[str, Values]:
    """Unit → what stands in its line by now: its figures, score, rank and change."""
    groups = metrics.units_now(session, list(COUNTED.values()), month)
    rows = {
        str(group.key): {"unit": group.key, **_fields(group.numbers)}
        for group in groups
        if group.key is not None
    }
    for row in rows.values():
        row["score"] = score(row, review.values)
    before = _scores_of(session, month.before().text)
    places = ranks([row["score"] for row in rows.values()])
    for (unit, row), place in zip(rows.items(), places, strict=True):
        row["rank"], last = place, before.get(unit)
        row["change"] = (
            row["score"] - last if row["score"] is not None and last is not None else None
        )
    return rows


def _fields(numbers: Mapping[str, Number]) -> Values:
    found: Values = {}
    for field, name in COUNTED.items():
        number = numbers[name]
        found[field] = number.value if number.figure.denominator is not None else number.value or 0
    return found


def _scores_of(session: ReadContext, month: str) -> dict[str, Decimal]:
    """Each unit's score in the review of another month."""
    found: dict[str, Decimal] = {}
    for review in session.find(Query(kind=REVIEW, where=(Where("month", "eq", month),))):
        for row in session.children(review.uid, SCORE):
            if row.values["score"] is not None:
                found[row.values["unit"]] = row.values["score"]
    return found


def seal(session: WriteContext, uid: str) -> None:
    """Freeze the month: its figures no longer change, whatever becomes of the items."""
    session.require("issue")
    review = session.must_get(REVIEW, uid)
    if not session.children(uid, SCORE):
        raise BadInput("还没有计分，不能封存。请先计算本月数据。", uid=uid)
    if periods.parse(review.values["month"]).first > session.today:
        raise BadInput("这个月还没有开始，不能封存。", uid=uid)
    # A source of its own: the figures were read out, so Ctrl+Z does not open the month again.
    with session.atomic("seal", f"封存{review.values['month']}月讲评"):
        session.set_checked(review, {"sealed": True})


def open_month(session: WriteContext, month: Period, as_of: dt.date | None = None) -> str:
    """Make the review of a month, with last time's weights, and count it; returns its uid."""
    rule = weights_of(session, month.before())
    values: Values = {"month": month.text, "title": f"{month.label}讲评"}
    values.update({name: rule[name] for name in RULE if rule.get(name) is not None})
    with session.atomic("form", f"{month.label}讲评"):
        uid = session.add(REVIEW, values)
        fill(session, uid, as_of)
    return uid


def columns(session: ReadContext) -> tuple[Field, ...]:
    """The declared fields of the table's columns."""
    kind = session.kinds.get(SCORE)
    return tuple(kind.field(name) for name in COLUMNS)


def empty_columns(found: Sequence[ScoreLine]) -> set[int]:
    """Columns that are shown where there is something in them, and have nothing."""
    return {
        at for at, name in enumerate(COLUMNS)
        if name in reviews.IF_ANY and all(line.texts[at] in ("", "0") for line in found)
    }


def points_label(session: ReadContext) -> str:
    """What the score is called."""
    return session.kinds.get(SCORE).field(POINTS).label


def rule_fields(session: ReadContext) -> tuple[Field, ...]:
    """The declared fields of the scoring rule."""
    kind = session.kinds.get(REVIEW)
    return tuple(kind.field(name) for name in RULE)


def lines(session: ReadContext, uid: str) -> list[ScoreLine]:
    """The table as people read it, best first; units without a rank come last, in their order. One
    that has nothing left is left out, unless something was said of it."""
    order = session.unit_order()
    rows = [
        row for row in session.children(uid, SCORE)
        if row.values[COMMENT] or any(row.values[name] is not None for name in WORKED_OUT)
    ]
    rows.sort(
        key=lambda r: (
            r.values["rank"] is None, r.values["rank"] or 0,
            order.get(r.values["unit"], len(order)),
        )
    )
    return [
        ScoreLine(
            row.uid,
            row.values["unit"],
            tuple(_cell(session, row, name) for name in COLUMNS),
            tuple(_tone(row, name) for name in COLUMNS),
            row.values[COMMENT] or "",
        )
        for row in rows
    ]


def _cell(session: ReadContext, row: Record, name: str) -> str:
    value = row.values[name]
    if value is None and name in {*SHARES, "rank", POINTS, "change"}:
        return "—"
    if name in SHARES:
        parts, whole = SHARES[name]
        top = sum(row.values.get(part) or 0 for part in parts)
        return f"{value:.1f}% {top}/{row.values.get(whole) or 0}"
    if name in (POINTS, "change"):
        return f"{value:{'+' if name == 'change' and value else ''}.2f}"
    return " ".join(session.text(row, name).split())


def _tone(row: Record, name: str) -> str:
    value = row.values[name]
    if name == "change" and value:
        return "green" if value > 0 else "red"
    if name == "yellow" and value:
        return "yellow"
    if name in BAD and value:
        return "red"
    return "faint" if value == 0 and name in COUNTED and name not in SHARES else ""


def comment_on(session: WriteContext, uid: str, text: str) -> None:
    """Write a unit's comment; an empty text takes it away. Refused once the month is sealed."""
    session.set(SCORE, uid, {COMMENT: text.strip() or None})


def set_rule(session: WriteContext, uid: str, values: Mapping[str, object]) -> None:
    """Change the weights and count the month anew by them: all or nothing."""
    changed = {name: value for name, value in values.items() if name in RULE}
    with session.atomic("form", "修改计分办法"):
        session.set(REVIEW, uid, changed)
        # refuses weights of nothing, also where no unit has a line
        review = session.must_get(REVIEW, uid)
        score({"due": 1}, review.values)
        fill(session, uid, reviews.chosen_day(review))
