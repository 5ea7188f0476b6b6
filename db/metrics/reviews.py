"""The monthly review as figures see it: its records, which figures it keeps in which fields,
whether the month is sealed, and of which day its numbers are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record, Values

if TYPE_CHECKING:
    from db.model.context import ReadContext

REVIEW = "monthly_review"
SCORE = "review_score"
#: Field of a score → the figure it is counted by.
COUNTED = {
    "assigned": "assigned",
    "transferred_in": "transferred_in",
    "transferred_out": "transferred_out",
    "acknowledged": "acknowledged",
    "due": "due",
    "closed_on_time": "closed_on_time",
    "closed_late": "closed_late",
    "open_overdue": "open_overdue",
    "awaiting_check": "awaiting_check",
    "acknowledged_rate": "acknowledged_rate",
    "completion_rate": "completion_rate",
    "on_time_rate": "on_time_rate",
    "returned": "returned",
    "extended": "extended",
    "yellow": "yellow_lights",
    "red": "red_lights",
}
#: Those that are shown where there are any; an earlier program kept none of them.
IF_ANY = ("transferred_in", "transferred_out", "awaiting_check")
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


class Entry(msgspec.Struct, frozen=True):
    """A place in the change log of the office's book, and its day."""

    seq: int
    day: dt.date


def seal_of(session: ReadContext, review: Record) -> Entry | None:
    """The last time it was sealed."""
    return _last(session, review.kind, [review.uid], lambda after: bool(after.get("sealed")))


def counted_at(session: ReadContext, review: Record, before: int) -> Entry | None:
    """When the month was last counted before a place in the change log."""
    scores = [row.uid for row in session.children(review.uid, SCORE)]
    return _last(session, SCORE, scores, lambda after: not after.keys().isdisjoint(COUNTED), before)


def sealed_as_of(session: ReadContext, review: Record, month: Period) -> dt.date:
    """The day as of which a sealed month was counted. An earlier program kept none and counted as
    of the day itself."""
    if review.values["as_of"] is not None:
        kept: dt.date = review.values["as_of"]
        return kept
    seal = seal_of(session, review)
    if seal is None:
        return month.last
    return (counted_at(session, review, seal.seq) or seal).day


def chosen_day(review: Record | None) -> dt.date | None:
    """The day that a person chose to have the month counted as of; None: it follows the month."""
    if review is None or not review.values["as_of_chosen"]:
        return None
    day: dt.date | None = review.values["as_of"]
    return day


def _last(
    session: ReadContext,
    kind: str,
    uids: Sequence[str],
    fits: Callable[[Values], bool],
    before: int | None = None,
) -> Entry | None:
    """The newest entry of the change log about these records that fits."""
    rows = session.book_of(kind).connection.execute(
        "SELECT j.seq, j.after, c.at FROM journal j JOIN changes c ON c.id = j.change_id WHERE"
        f" j.uid IN ({','.join('?' * len(uids))}) AND j.uid <> '' AND j.kind = ? AND j.seq <= ?"
        " ORDER BY j.seq DESC",
        (*uids, kind, before if before is not None else 1 << 62),
    )
    for seq, after, at in rows:
        if fits(msgspec.json.decode(after)):
            return Entry(seq, dt.datetime.fromisoformat(at).date())
    return None
