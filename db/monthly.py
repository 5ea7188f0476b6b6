"""The monthly review: each unit's figures, its score by the office's own weights, ranks with ties, and the month sealed.

The rule, as the review shows it: score = the weighted mean of the shares a unit has, less what each return and each extension costs.
A unit that had nothing due has no score and no rank: it can be neither praised nor blamed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from . import access, figures, periods
from .errors import BadInput
from .figures import Number
from .query import Query, Where
from .records import Record

if TYPE_CHECKING:
    from .session import Session

REVIEW = "monthly_review"
SCORE = "review_score"
#: Field of a score → the figure it is counted by.
COUNTED = {
    "assigned": "assigned",
    "acknowledged": "acknowledged",
    "due": "due",
    "closed_on_time": "closed_on_time",
    "closed_late": "closed_late",
    "open_overdue": "open_overdue",
    "acknowledged_rate": "acknowledged_rate",
    "completion_rate": "completion_rate",
    "on_time_rate": "on_time_rate",
    "returned": "returned",
    "extended": "extended",
    "yellow": "yellow_lights",
    "red": "red_lights",
}
#: Weight on the review → the share it weighs.
WEIGHTS = {
    "weight_on_time": "on_time_rate",
    "weight_completion": "completion_rate",
    "weight_acknowledged": "acknowledged_rate",
}
_PLACES = Decimal("0.01")


def score(numbers: Mapping[str, Any], weights: Mapping[str, Any]) -> Decimal | None:
    """The score (0 to 100, two places) of one unit, or None when nothing of it was due.

    ``numbers`` are the fields of a score, ``weights`` those of the review. A share the unit does not have drops out of the mean.
    """
    if not numbers.get("due"):
        return None
    total = Decimal(0)
    weight_sum = Decimal(0)
    for weight, share in WEIGHTS.items():
        value, counts = numbers.get(share), weights.get(weight) or Decimal(0)
        if value is not None and counts:
            total += Decimal(value) * Decimal(counts)
            weight_sum += Decimal(counts)
    if not weight_sum:
        raise BadInput("各项权重都是 0，算不出得分，请先填写计分权重。", field="weight_on_time")
    points = total / weight_sum
    points -= Decimal(numbers.get("returned") or 0) * Decimal(weights.get("deduct_returned") or 0)
    points -= Decimal(numbers.get("extended") or 0) * Decimal(weights.get("deduct_extended") or 0)
    return max(points, Decimal(0)).quantize(_PLACES, ROUND_HALF_UP)


def ranks(scores: Sequence[Decimal | None]) -> list[int | None]:
    """Places by score, best first; equal scores share a place and the next one is passed over (1, 2, 2, 4)."""
    known = sorted((s for s in scores if s is not None), reverse=True)
    return [None if s is None else known.index(s) + 1 for s in scores]


def rule(review: Record) -> str:
    """The scoring rule in words, for the page and under the printed table."""
    values = review.values

    def text(name: str) -> str:
        return f"{values.get(name) or 0:f}" if isinstance(values.get(name), Decimal) else str(values.get(name) or 0)

    return (
        f"得分＝（按期办结率×{text('weight_on_time')}＋办结率×{text('weight_completion')}＋签收率×{text('weight_acknowledged')}）"
        f"÷权重之和，退回一次扣{text('deduct_returned')}分，延期一次扣{text('deduct_extended')}分；没有应办结事项的不计分、不排名。"
    )


def fill(session: Session, uid: str) -> int:
    """Count the month anew for every unit and write scores, ranks and changes; returns how many units there are.

    Comments that were typed stay. A sealed month is refused.
    """
    review = session.must_get(REVIEW, uid)
    access.check_write(session.role, session.kinds.get(REVIEW))
    if review.values["sealed"]:
        raise BadInput("本月讲评已经封存，数据不再改动。", uid=uid)
    month = periods.parse(review.values["month"])
    wanted = list(COUNTED.values())
    groups = [g for g in figures.table(session, wanted, "unit", period=month) if g.key is not None]
    rows = [_fields(group.numbers) for group in groups]
    for row in rows:
        row["score"] = score(row, review.values)
    places = ranks([row["score"] for row in rows])
    before = _scores_of(session, month.before().text)
    present = {r.values["unit"]: r for r in session.children(uid, SCORE)}
    with session.atomic("form", f"月讲评计分：{month.label}"):
        for group, row, place in zip(groups, rows, places, strict=True):
            row["rank"] = place
            row["unit"] = group.key
            last = before.get(str(group.key))
            row["change"] = row["score"] - last if row["score"] is not None and last is not None else None
            found = present.pop(str(group.key), None)
            if found is None:
                session.add_checked(session.kinds.get(SCORE), row, parent=uid)
            else:
                session.set_checked(found, row)
        for gone in present.values():
            session.set_checked(gone, dict.fromkeys((*COUNTED, "score", "rank", "change")))
    return len(groups)


def _fields(numbers: Mapping[str, Number]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, name in COUNTED.items():
        number = numbers[name]
        found[field] = number.value if number.figure.denominator is not None else number.value or 0
    return found


def _scores_of(session: Session, month: str) -> dict[str, Decimal]:
    """Each unit's score in the review of another month."""
    found: dict[str, Decimal] = {}
    for review in session.find(Query(kind=REVIEW, where=(Where("month", "eq", month),))):
        for row in session.children(review.uid, SCORE):
            if row.values["score"] is not None:
                found[row.values["unit"]] = row.values["score"]
    return found


def seal(session: Session, uid: str) -> None:
    """Freeze the month: its figures no longer change, whatever becomes of the items."""
    session.require("issue")
    review = session.must_get(REVIEW, uid)
    if not session.children(uid, SCORE):
        raise BadInput("还没有计分，不能封存。请先计算本月数据。", uid=uid)
    with session.atomic("form", f"封存{review.values['month']}月讲评"):
        session.set_checked(review, {"sealed": True})
