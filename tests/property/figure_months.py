"""A random office in a random month, played into the book and, beside it, into a plain list of facts (``figure_oracle``)."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from db.errors import BadInput
from db.metrics import metrics
from db.model import periods
from db.model.kinds import Kinds
from db.session import Session
from tests.property import figure_oracle as oracle_of
from tests.property.figure_oracle import Fact, Item, Oracle
from tests.samples import as_person

LEDGERS = ("rectification", "rectification", "weekly_assignment", "weekly_assignment", "estate", "petition", "livelihood")
#: What can follow, by the state of the item; the more often it stands there, the likelier.
NEXT = {
    "drafted": ("assign", "assign", "assign", "assign", "delete"),
    "assigned": ("acknowledge", "acknowledge", "report", "ask", "transfer", "suspend", "cancel", "remind", "ask_extension", "visit", "carry"),
    "acknowledged": ("report", "report", "ask", "ask", "transfer", "suspend", "remind", "ask_extension", "grant", "refuse", "visit", "carry"),
    "in_progress": ("report", "ask", "ask", "ask", "transfer", "ask_extension", "grant", "grant", "refuse", "suspend", "visit", "cancel", "carry"),
    "asked": ("close", "close", "close", "return", "return", "withdraw", "ask", "suspend", "delete", "cancel"),
    "closed_out": ("archive", "reopen", "visit"), "archived": ("reopen", "archive"), "suspended": ("resume", "resume", "cancel"),
}  # fmt: skip
WORDS = {"ask": "request-close-out", "close": "close-out", "ask_extension": "request-extension", "grant": "grant-extension",
         "refuse": "refuse-extension", "carry": "carry-over"}
REVIEWED = ("close", "return", "transfer", "suspend", "resume", "cancel", "reopen", "grant", "refuse")
NOT_WEEKLY = ("withdraw", "suspend", "resume", "ask_extension", "grant", "refuse")


@lru_cache(maxsize=2)
def judged_by_closing(kinds: Kinds) -> Kinds:
    """The first ledger as an office has it that judges by the day of closing."""
    return kinds.with_office([msgspec.structs.replace(kinds.get(LEDGERS[0]), finished="closed", lifecycle_fields=(), lifecycle_rules=())])


#: Figures that the program counts by other rules still; empty when all is one.
NOT_YET: tuple[str, ...] = ()


@dataclass
class World:
    """The office, the person who plays, the facts."""

    session: Session
    random: random.Random
    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        self.oracle = Oracle()
        self.asked: set[str] = set()
        self.refused: list[str] = []
        self.found: list[str] = []
        """Where the program and the oracle differed when the month was over."""
        self.done = 0
        self.session.fixed_today = self.start
        self.units = [self._unit(n) for n in range(4)]

    def _unit(self, number: int) -> str:
        uid = self.session.add("unit", {"name": f"单位{number}"})
        self.session.names.forget()
        return uid

    def play(self) -> None:
        """Every day some things happen; some of them on days before."""
        day = self.start
        while day <= self.end:
            self.session.fixed_today = day
            if self.random.random() < 0.6:
                self.add(day)
            for _ in range(self.random.choice((1, 2, 3, 4))):
                self.step(day)
            if self.random.random() < 0.03 and len(self.units) > 2:
                self.merge(day)
            day += dt.timedelta(days=1)
        self.session.fixed_today = self.end

    def add(self, day: dt.date) -> None:
        ledger, unit = self.random.choice(LEDGERS), self.random.choice(self.units)
        number = len(self.oracle.items)
        deadline = day + dt.timedelta(days=self.random.choice((0, 1, 3, 5, 7, 7, 10, 20, 40)))
        values: dict[str, Any] = {"title": f"第{number}件", "lead_unit": unit, "deadline": deadline}
        given: dict[str, Any] = {}
        if ledger == "petition":
            given["route"] = self.random.choice(("central", "new_case", "city"))
            values |= {"case_no": f"访{number}", **given}
        if ledger == "estate":
            given["measure_count"] = self.random.randint(0, 9)
            values |= given
        with as_person(self.session, "clerk", "clerk"):
            uid = self.session.add(ledger, values)
        self.oracle.items.append(Item(uid, ledger, unit, deadline, given))

    def step(self, today: dt.date) -> None:
        """One more step of one item, entered today, on this day or one before."""
        live = [(item, self.oracle.seen(item, today)) for item in self.oracle.items if not item.deleted]
        live = [(item, seen) for item, seen in live if seen.state in NEXT]
        if not live:
            return
        item, seen = self.random.choice(live)
        what = self.random.choice(NEXT[seen.state])
        if item.ledger in oracle_of.BEHIND and "report" in NEXT[seen.state] and self.random.random() < 0.6:
            what = "report"  # its light hangs on how far it has come
        last = max((fact.day for fact in item.facts), default=self.start)
        on = max(last, today - dt.timedelta(days=self.random.choice((0, 0, 0, 0, 1, 2, 4))))
        if what in (NOT_WEEKLY if item.ledger == "weekly_assignment" else ("carry",)):
            return
        if what in ("grant", "refuse") and item.uid not in self.asked:
            return
        if what == "assign" and (seen.deadline or on) < on:
            what = "delete"  # it was never given out in time
        self.do(item, what, on, today)

    def do(self, item: Item, what: str, on: dt.date, today: dt.date) -> None:
        if what == "delete":
            self.session.delete(item.ledger, item.uid)
            item.deleted = True
            return
        if what == "visit":
            self.session.add("supervision_visit", {"visited_on": on, "finding": "现场查看"}, parent=item.uid)
            item.facts.append(Fact(on, "visit"))
            return
        ask: dict[str, Any] = {}
        fact = Fact(on, what)
        if what == "report" and item.ledger in oracle_of.BEHIND and self.random.random() < 0.8:
            ask["percent"] = Decimal(self.random.randint(0, 100))
            fact = Fact(on, what, percent=int(ask["percent"]))
        if what == "transfer":
            held = self.oracle.holder(item, today)
            others = [unit for unit in self.units if unit != held]
            ask["lead_unit"] = self.random.choice(others)
            fact = Fact(on, what, unit=ask["lead_unit"])
        if what == "ask_extension":
            self.wanted = on + dt.timedelta(days=self.random.randint(5, 30))
            ask["requested_deadline"] = self.wanted
        if what == "carry":
            held_until = self.oracle.seen(item, today).deadline or today
            ask["deadline"] = max(held_until, today) + dt.timedelta(days=self.random.choice((4, 7, 7, 14)))
            fact = Fact(on, what, deadline=ask["deadline"])
        if what == "grant" or (what in ("reopen", "resume") and item.ledger != "weekly_assignment" and self.random.random() < 0.7):
            ask["deadline"] = today + dt.timedelta(days=self.random.randint(1, 25))
            fact = Fact(on, what, deadline=ask["deadline"])
        who = "reviewer" if what in REVIEWED else "clerk"
        try:
            with as_person(self.session, who, who):
                self.session.take_step(item.ledger, item.uid, WORDS.get(what, what), "如实", ask, on=on)
        except BadInput as error:
            self.refused.append(f"{what}: {error.message}")
            return
        self.done += 1
        item.facts.append(fact)
        self.asked.add(item.uid) if what == "ask_extension" else None
        if what in ("grant", "refuse", "transfer", "close", "cancel"):
            self.asked.discard(item.uid)

    def merge(self, today: dt.date) -> None:
        """One unit is taken in by another, which is entered on that day or some days later: what was given to it meanwhile was
        the other's from the first day."""
        day = max(self.start, today - dt.timedelta(days=self.random.choice((0, 0, 3, 8))))
        old = self.random.choice(self.units)
        self.units.remove(old)
        new = self.random.choice(self.units)
        self.session.set("unit", old, {"abolished_on": day, "successor": new})
        self.session.names.forget()
        self.oracle.heirs.append((day, old, new))

    # -- both asked

    def questions(self, many: int) -> Iterator[tuple[periods.Period, dt.date | None]]:
        """Periods with days: the day left to the program too."""
        for _ in range(many):
            day = self.start + dt.timedelta(days=self.random.randint(0, (self.end - self.start).days))
            period = self.random.choice((periods.week_of, periods.month_of, lambda d: periods.parse(str(d.year))))(day)
            if period.first > self.end:
                continue
            last = min(period.last, self.end)
            as_of = self.random.choice((None, last, max(period.first, day), self.end))
            yield period, as_of

    def differences(self, many: int = 4) -> list[str]:
        """Where the program and the oracle differ, each in one line; in some offices the first ledger is on time by closing."""
        if self.random.random() < 0.7:
            return self._differences(many)
        kinds = self.session.kinds
        self.oracle.by_closing = frozenset(LEDGERS[:1])
        try:
            self.session.kinds = judged_by_closing(kinds)
            return self._differences(many)
        finally:
            self.session.kinds = kinds

    def _differences(self, many: int) -> list[str]:
        found: list[str] = []
        for period, as_of in self.questions(many):
            found += self._whole(period, as_of)
            found += self._by_unit(period, as_of)
        return found

    def _expected(
        self, period: periods.Period, as_of: dt.date | None, unit: str | None, ledgers: tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        day = as_of or min(period.last, self.end)
        return self.oracle.figures(period.first, period.last, day, self.end, unit, ledgers)

    def _names(self, period: periods.Period, as_of: dt.date | None) -> list[str]:
        """The figures that can be asked: what stands is asked of the period's last day, not of one later."""
        known = metrics.declared(self.session)
        day = as_of or min(period.last, self.end)
        late = day > period.last
        names = [*oracle_of.COUNTS, *oracle_of.SHARES, "check_days"]
        return [
            name for name in names
            if name in known and not (late and known.get(name).over != "events")
            and name not in (*oracle_of.LIGHTS, *NOT_YET)
        ]

    def _whole(self, period: periods.Period, as_of: dt.date | None) -> list[str]:
        names = self._names(period, as_of)
        said = metrics.count(self.session, names, period=period, as_of=as_of)
        found = _unlike(said, self._expected(period, as_of, None), names, f"{period.text} as of {as_of}")
        lit = oracle_of.LIT
        said = metrics.count(self.session, oracle_of.LIGHTS, period=period, as_of=as_of, ledgers=lit)
        return found + _unlike(said, self._expected(period, as_of, None, lit), oracle_of.LIGHTS, f"{period.text} as of {as_of}")

    def _by_unit(self, period: periods.Period, as_of: dt.date | None) -> list[str]:
        """Each line of a table, and one unit by itself."""
        names, found, played = self._names(period, as_of), [], tuple(dict.fromkeys(LEDGERS))
        asked: dict[str, Any] = {"period": period, "as_of": as_of, "ledgers": played}
        lines = {line.key: line.numbers for line in metrics.table(self.session, names, "unit", **asked)}
        known = metrics.declared(self.session)
        nobody = {name: metrics.nothing(known.get(name)) for name in names}
        units = sorted({item.unit for item in self.oracle.items} | lines.keys() | set(self.units))
        for unit in units:
            where = f"{period.text} as of {as_of} of {self.session.unit_name(unit)}"
            found += _unlike(lines.get(unit, nobody), self._expected(period, as_of, unit), names, where)
        unit = self.random.choice(units)
        alone = metrics.count(self.session, names, **asked, unit=unit)
        where = f"{period.text} as of {as_of} of {self.session.unit_name(unit)} alone"
        return found + _unlike(alone, self._expected(period, as_of, unit), names, where)


def _unlike(said: Mapping[str, metrics.Number], truth: Mapping[str, Any], names: Sequence[str], where: str) -> list[str]:
    return [f"{n} {where}: said {_plain(said[n])}, truth {truth[n]}" for n in names if _plain(said[n]) != truth[n]]


def _plain(number: metrics.Number) -> Any:
    if number.figure.denominator is not None:
        return number.value, number.numerator, number.denominator
    return number.value or 0


class Undone(Exception):
    """Takes back one month."""


def month(session: Session, seed: int) -> World:
    """Play the month of a seed, compare, and take it back; the differences stand in ``found``."""
    world = None
    with contextlib.suppress(Undone), session.atomic("import", "一个月"):
        chance = random.Random(seed)
        start = dt.date(2022, 1, 3) + dt.timedelta(days=chance.randint(0, 300))
        world = World(session, chance, start, start + dt.timedelta(days=chance.randint(28, 45)))
        world.play()
        session.transaction("office").flush()  # what the log says is read as well
        world.found = world.differences()
        raise Undone
    session.names.forget()
    assert world is not None
    return world
