"""What the figures of the ledgers must be, from a plain list of what happened. Written from the rules for people, not from
the program, of which it imports nothing: it keeps facts, folds them up to a day, and counts.

A fact has its day (when it really happened); the facts of one item come in the order in which they happened. "As of" a day
means its end; today is not over yet, so what is due today is not overdue.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

DAY = dt.timedelta(days=1)
CLOSED = ("closed_out", "archived")
OPEN = ("assigned", "acknowledged", "in_progress", "asked")
#: Ledgers with a light of their own that is told by days of the calendar: days before the deadline from which it is yellow.
YELLOW = {"rectification": 3, "estate": 15, "petition": 10}
#: Ledgers whose light goes by how far the work lags behind its time: points from which it is yellow, and beyond which red.
BEHIND = {"livelihood": (10, 30)}
SIGNED = ("acknowledge", "report", "ask")
MOVES = {
    "assign": "assigned", "acknowledge": "acknowledged", "report": "in_progress", "ask": "asked", "withdraw": "in_progress",
    "return": "in_progress", "close": "closed_out", "archive": "archived", "reopen": "in_progress", "transfer": "assigned",
    "suspend": "suspended", "cancel": "cancelled",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """Something that happened to an item on a day; ``unit`` and ``deadline`` where it gave the item another, ``percent`` where it
    said how far the work had come."""

    day: dt.date
    what: str
    unit: str = ""
    deadline: dt.date | None = None
    percent: int | None = None


@dataclass
class Item:
    """An item of a ledger: where it stands in the book, what it was given at the beginning, what happened."""

    uid: str
    ledger: str
    unit: str
    deadline: dt.date
    given: dict[str, Any] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    deleted: bool = False


@dataclass
class Seen:
    """An item at the end of a day."""

    state: str = "drafted"
    unit: str = ""
    deadline: dt.date | None = None
    first_deadline: dt.date | None = None
    assigned: dt.date | None = None
    signed: bool = False
    asked: dt.date | None = None
    closed: dt.date | None = None
    before: str = ""
    carried: int = 0
    percent: int = 0


class Oracle:
    """The facts, the units that became others, and the counts."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        #: (from which day, who, whose work it is from then on)
        self.heirs: list[tuple[dt.date, str, str]] = []
        #: Ledgers that are on time by the day of closing; all others are by the day of the request that was granted.
        self.by_closing: frozenset[str] = frozenset()

    # -- what was when

    def seen(self, item: Item, day: dt.date) -> Seen:
        now = Seen(unit=item.unit, deadline=item.deadline, first_deadline=item.deadline)
        for fact in item.facts:
            if fact.day > day:
                break
            _apply(now, fact)
        return now

    def holder(self, item: Item, day: dt.date, before: Fact | None = None) -> str:
        """Whose the item was at the end of a day; with ``before`` when that happened, whatever came later on its day: what a
        unit did is its own."""
        unit = item.unit
        for fact in item.facts:
            if fact.day > day:
                break
            unit = fact.unit or unit
            if fact is before:
                break
        for at, old, new in self.heirs:
            if old == unit and at <= day:
                unit = new
        return unit

    # -- the figures

    def figures(
        self, first: dt.date, last: dt.date, day: dt.date, today: dt.date, unit: str | None = None,
        ledgers: tuple[str, ...] | None = None,
    ) -> dict[str, Any]:
        """Every figure over the days first to last, as of the end of a day, of a unit or of all."""
        count: Counter[str] = Counter()
        for item in self.items:
            if not item.deleted and (ledgers is None or item.ledger in ledgers):
                for name, whose, fact in self._of(item, first, last, day, today):
                    if unit is None or self.holder(item, whose, fact) == unit:
                        count[name] += _amount(item, name, fact)
        return _with_shares(count)

    def _of(
        self, item: Item, first: dt.date, last: dt.date, day: dt.date, today: dt.date
    ) -> Iterator[tuple[str, dt.date, Fact | None]]:
        """Figures that count the item, each with the day whose holder it counts for, and the act that it tells of."""
        for name, at in (("carried_over", min(first - DAY, day)), ("unfinished", day)):
            if self.seen(item, at).state in (*OPEN, "suspended"):
                yield name, at, None
        now, until = self.seen(item, day), min(last, day)
        if now.state in ("drafted", "cancelled"):
            return
        if now.state == "asked":
            yield "waiting_requests", day, None
        for name, whose in (
            *self._given_out(item, now, first, until), *self._due(item, now, first, last, day, today),
            *self._standing(item, now, first, until), *self._closed(item, now, first, until),
            *self._weekly(item, now, first, last, day),
        ):  # fmt: skip
            yield name, whose, None
        yield from self._happened(item, first, until)
        yield from self._moved(item, first, until)

    def _moved(self, item: Item, first: dt.date, until: dt.date) -> Iterator[tuple[str, dt.date, Fact | None]]:
        """Each day on whose end another unit has the item than on the end of the day before."""
        for day in sorted({fact.day for fact in item.facts if fact.what == "transfer" and first <= fact.day <= until}):
            before, after = self.seen(item, day - DAY), self.seen(item, day)
            if before.state != "drafted" and before.unit != after.unit:
                yield "transferred_out", day - DAY, None
                yield "transferred_in", day, None

    @staticmethod
    def _closed(item: Item, now: Seen, first: dt.date, until: dt.date) -> Iterator[tuple[str, dt.date]]:
        if now.closed is not None and first <= now.closed <= until and now.state in CLOSED:
            yield "closed_in_period", now.closed
            if item.ledger == "estate":
                yield "estates_solved", now.closed

    def _given_out(self, item: Item, now: Seen, first: dt.date, until: dt.date) -> Iterator[tuple[str, dt.date]]:
        if now.assigned is None or not first <= now.assigned <= until:
            return
        names = ["assigned"]
        names += ["acknowledged"] if now.signed else []
        names += ["closed_out"] if now.state in CLOSED else ["suspended"] if now.state == "suspended" else ["in_hand"]
        if item.ledger == "estate":
            names.append("estate_measures")
        share = {"rectification": "rectification", "estate": "estate", "petition": f"petition_{item.given.get('route')}"}.get(item.ledger)
        if share:
            names += [f"{share}_all"] + [f"{share}_done"] * (now.state in CLOSED)
        for name in names:
            yield name, now.assigned

    def _due(
        self, item: Item, now: Seen, first: dt.date, last: dt.date, day: dt.date, today: dt.date
    ) -> Iterator[tuple[str, dt.date]]:
        if now.deadline is None or not first <= now.deadline <= last or now.state == "suspended":
            return
        by_request = item.ledger not in self.by_closing
        over = now.deadline <= day if day < today else now.deadline < day
        whose = min(now.deadline, day)
        if now.state in CLOSED:
            yield "due", whose
            by = (now.asked if by_request else None) or now.closed
            assert by is not None
            yield ("closed_on_time" if by <= now.deadline else "closed_late"), whose
            return
        if over:
            yield "due", whose
            in_time = by_request and now.state == "asked" and now.asked is not None and now.asked <= now.deadline
            yield ("awaiting_check" if in_time else "open_overdue"), whose
        waits = by_request and now.state == "asked" and now.asked is not None and now.asked <= now.deadline
        light = None if waits else "red" if over else self._light(item, now, day if day == today else day + DAY)
        if light is not None and now.state in OPEN:
            yield f"{light}_lights", whose

    @staticmethod
    def _light(item: Item, now: Seen, begun: dt.date) -> str | None:
        """Of work that is not due yet, on the day that has begun."""
        assert now.deadline is not None
        if item.ledger in YELLOW:
            return "yellow" if now.deadline <= begun + YELLOW[item.ledger] * DAY else None
        if item.ledger not in BEHIND or now.assigned is None or not now.assigned < min(now.deadline, begun):
            return None
        yellow, red = BEHIND[item.ledger]
        gone, span = (begun - now.assigned).days, (now.deadline - now.assigned).days
        behind = 100 * gone - now.percent * span  # in points, times the whole time
        return "red" if behind > red * span else "yellow" if behind >= yellow * span else None

    @staticmethod
    def _weekly(item: Item, now: Seen, first: dt.date, last: dt.date, day: dt.date) -> Iterator[tuple[str, dt.date]]:
        """Work of a week is judged in the week it was given for, though it be carried on."""
        if item.ledger != "weekly_assignment":
            return
        given, deadline = item.deadline, now.deadline
        assert deadline is not None
        end = given + DAY * (6 - given.weekday())
        by = min(each for each in (now.asked, now.closed, dt.date.max) if each is not None)
        done = now.state in CLOSED and by <= end
        answered = now.state == "asked" and by <= end
        if first <= given <= last:
            yield "weekly_assigned", min(given, day)
            if done or answered:
                yield "weekly_answered", min(given, day)
            if done:
                yield "weekly_done", min(given, day)
        if first <= deadline <= last:
            if deadline > end and not done and not answered:
                yield "weekly_carried", min(deadline, day)
            if now.state in OPEN and now.state != "asked":
                yield "weekly_unanswered", min(deadline, day)

    def _standing(self, item: Item, now: Seen, first: dt.date, until: dt.date) -> Iterator[tuple[str, dt.date]]:
        name = {"estate": "estates", "petition": "petitions"}.get(item.ledger)
        if name is None or now.assigned is None:
            return
        if now.assigned <= until and (now.closed is None or now.closed > until):
            yield name, until
        if now.assigned <= until and (now.closed is None or now.closed > first):
            yield f"{name}_during", until
        if first <= now.assigned <= until:
            yield f"{name}_events", now.assigned

    @staticmethod
    def _happened(item: Item, first: dt.date, until: dt.date) -> Iterator[tuple[str, dt.date, Fact | None]]:
        words = {
            "return": "returned", "grant": "extended", "ask_extension": "extension_requests", "visit": "visits", "remind": "letters",
            "report": "reports",
        }  # fmt: skip
        for fact in item.facts:
            if fact.what in words and first <= fact.day <= until:
                yield words[fact.what], fact.day, None if fact.what == "visit" else fact
            if fact.what in ("close", "return") and first <= fact.day <= until:
                yield "checked", fact.day, fact
                yield "check_days", fact.day, fact


def _amount(item: Item, name: str, fact: Fact | None) -> int:
    if name == "estate_measures":
        return int(item.given.get("measure_count", 0))
    if name == "check_days" and fact is not None:
        asked = [f.day for f in item.facts[: _place(item, fact)] if f.what == "ask"][-1]
        return (fact.day - asked).days
    return 1


def _place(item: Item, fact: Fact) -> int:
    return next(at for at, each in enumerate(item.facts) if each is fact)


def _apply(now: Seen, fact: Fact) -> None:
    what = fact.what
    now.unit = fact.unit or now.unit
    now.deadline = fact.deadline or now.deadline
    now.signed |= what in SIGNED
    now.percent = now.percent if fact.percent is None else fact.percent
    if what == "assign":
        now.assigned = fact.day
    if what == "ask":
        now.asked = fact.day
    if what in ("withdraw", "return", "reopen"):
        now.asked = None
    if what == "close":
        now.closed, now.percent = fact.day, 100
    if what == "reopen":
        now.closed, now.percent = None, 0
    if what == "carry":
        now.carried += 1
    if what == "suspend":
        now.before = now.state
    now.state = now.before if what == "resume" else MOVES.get(what, now.state)


#: A share: what is above, what is below.
SHARES: dict[str, tuple[Callable[[Counter[str]], int], str]] = {
    "acknowledged_rate": (lambda c: c["acknowledged"], "assigned"),
    "completion_rate": (lambda c: c["closed_on_time"] + c["closed_late"], "due"),
    "on_time_rate": (lambda c: c["closed_on_time"], "due"),
    "close_out_rate": (lambda c: c["closed_out"], "assigned"),
    "rectification_rate": (lambda c: c["rectification_done"], "rectification_all"),
    "estate_rate": (lambda c: c["estate_done"], "estate_all"),
    "petition_rate_central": (lambda c: c["petition_central_done"], "petition_central_all"),
    "petition_rate_new": (lambda c: c["petition_new_case_done"], "petition_new_case_all"),
    "weekly_answered": (lambda c: c["weekly_answered"], "weekly_assigned"),
    "weekly_completion_rate": (lambda c: c["weekly_done"], "weekly_assigned"),
}  # fmt: skip
COUNTS = (
    "assigned", "acknowledged", "due", "closed_on_time", "closed_late", "open_overdue", "awaiting_check", "closed_out", "closed_in_period",
    "in_hand", "carried_over", "unfinished", "suspended", "returned", "extended", "extension_requests", "yellow_lights", "red_lights", "visits", "letters", "reports",
    "weekly_assigned", "weekly_carried", "weekly_unanswered", "estates", "estates_during", "estates_events", "estates_solved", "estate_measures", "petitions", "petitions_during",
    "petitions_events", "waiting_requests", "transferred_in", "transferred_out",
)  # fmt: skip
#: For these alone the ledgers are asked whose lights go by the calendar or by progress.
LIGHTS = ("yellow_lights", "red_lights")
LIT = (*YELLOW, *BEHIND)


def _with_shares(count: Counter[str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: count[name] for name in COUNTS}
    for name, (above, below) in SHARES.items():
        part, whole = above(count), count[below]
        value = (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None
        found[name] = (value, part, whole)
    found["check_days"] = _tenth(count["check_days"], count["checked"])
    return found


def _tenth(total: int, many: int) -> Decimal | int:
    return (Decimal(total) / many).quantize(Decimal("0.1"), ROUND_HALF_UP) if many else 0
