"""The monthly review as figures see it: its records, which figures it keeps in which fields, and
whether the month is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record

if TYPE_CHECKING:
    from db.model.context import ReadContext

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
#: A share → what its numerator is the sum of, and its denominator.
SHARES = {
    "acknowledged_rate": (("acknowledged",), "assigned"),
    "completion_rate": (("closed_on_time", "closed_late"), "due"),
    "on_time_rate": (("closed_on_time",), "due"),
}


def review_of(session: ReadContext, month: Period) -> Record | None:
    """The review of a month, if it was made."""
    found = session.find(Query(kind=REVIEW, where=(Where("month", "eq", month.text),), limit=1))
    return found[0] if found else None


def is_sealed(review: Record) -> bool:
    """Whether the month is closed."""
    return bool(review.values["sealed"])
