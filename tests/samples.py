"""Sample values for any declared kind, made from its declaration alone, so that a new kind is tested without a new test."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from db import office
from db.keys import slots
from db.keys.keyring import UserEntry
from db.keys.sealing import PasswordLock
from db.model import rules
from db.model.declarations import Field, Kind, Rule
from db.model.fieldtypes import Attachment
from db.model.steps import StepTaken
from db.session import Session


@contextmanager
def new_office(folder: Path, today: dt.date) -> Iterator[Session]:
    """An office of a city with nothing in it, on a day of its own; in the end its books are as the program wrote them."""
    made, _ = office.create_office(folder / "office", "云川市活动办", "city", "admin", "brand-new-lock-7")
    made.fixed_today = today
    yield made
    assert made.verify() == []
    made.close()


class _NotKept(Exception):
    """Nothing of it is to stay."""


@contextmanager
def not_kept(session: Session, label: str, source: str = "form") -> Iterator[None]:
    """What is written in the block is there for it alone."""
    with suppress(_NotKept), session.atomic(source, label):
        yield
        raise _NotKept


@contextmanager
def as_person(session: Session, user: str, role: str) -> Iterator[None]:
    """For the length of the block the session is another person's, keys and all."""
    before = session.who
    if user != before.user:
        _enrol(session, user, role)
    session.who = dataclasses.replace(before, user=user, role=role)  # type: ignore[arg-type]
    try:
        yield
    finally:
        session.who = before


def _enrol(session: Session, user: str, role: Any) -> None:
    """The person in the roster, with a key to sign with, but without the seconds of a password."""
    keys, admin = session.key_file, session.who
    roster = keys._ring.roster  # noqa: SLF001
    entry = roster.find(user)
    known = all(user in book.signers for book in session.books)
    if entry is not None and entry.role == role and known:
        return
    if admin.signer is None:
        return
    pairs = slots.Pairs(own=_HANDS.setdefault(user, slots.Pairs()).own)
    entry = pairs.of(entry or UserEntry(user, user, role, None, b"", (), None))
    entry = msgspec.structs.replace(entry, role=role)
    lock = keys._ring.locks.get(user, PasswordLock(2, 64 * 2**20, bytes(16), b""))  # noqa: SLF001
    keys._write(  # noqa: SLF001
        slots.with_user(roster, entry), keys._ring.locks | {user: lock},  # noqa: SLF001
        admin.candidates["office"][0], admin.signer,
    )
    office.sign_as(session, dataclasses.replace(admin, user=user, role=role, own=pairs.own))


_HANDS: dict[str, slots.Pairs] = {}


class Samples:
    """Makes full, lawful records of any kind; what a kind refers to is made first."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.number = 0
        self._units: list[str] = []
        self._making: set[str] = set()

    def units(self) -> list[str]:
        """Three units."""
        while len(self._units) < 3:
            self.number += 1
            self._units.append(self.session.add("unit", {"name": f"样例单位{self.number}"}))
        return self._units

    def value(self, field: Field, turn: int = 0) -> Any:
        """A value of the field's type; another ``turn`` gives another one where the type allows."""
        self.number += 1
        low = 0 if field.minimum is None else field.minimum
        high = low + 100 if field.maximum is None else field.maximum
        match field.type:
            case "text":
                return f"{field.label}样例{self.number}"
            case "longtext":
                return f"{field.label}第一行{self.number}\n第二行"
            case "integer" if low >= 1900:
                return self.session.today.year - turn
            case "integer":
                return min(int(low) + turn + (self.number % 40 if field.maximum is None else 0), int(high))
            case "decimal" | "money" | "percent":
                return min(Decimal(str(low)) + turn + Decimal("1.25"), Decimal(str(high)))
            case "date":
                ahead = field.name.endswith(("deadline", "_by"))
                return self.session.today + dt.timedelta(days=40 + turn if ahead else turn - 40)
            case "month" if field.name == "month" and not field.unique:  # of the year that the record above is of
                return f"{self.session.today.year}-{turn % self.session.today.month + 1:02d}"
            case "month":
                return f"2001-{turn % 12 + 1:02d}" if not field.unique else f"{1990 + self.number % 100}-{turn % 12 + 1:02d}"
            case "choice":
                return field.options[turn % len(field.options)].name
            case "choices":
                return tuple(o.name for o in field.options[: 1 + turn % 2])
            case "flag":
                return turn % 2 == 0
            case "unit":
                return self.units()[turn % 3]
            case "units":
                return tuple(self.units()[: 1 + turn % 2])
            case "reference":
                return self.reference(field.kind or "")
            case "phone":
                return f"000-{1000000 + self.number}"
            case "user":
                return f"经办{self.number}"
            case "identity":
                return identity(self.number)
            case "attachment":
                data = f"附件{self.number}".encode()
                return (Attachment(f"附件{self.number}.txt", hashlib.sha256(data).hexdigest(), len(data)),)
            case "steps":
                return (StepTaken(f"s{self.number}", "assign", "2022-09-01", "2022-09-01T09:00:00", "clerk", "assigned"),)
        raise AssertionError(f"no sample for the field type {field.type}: add one here")

    def reference(self, kind: str) -> str | None:
        """A record to point to; None where that would go round in a circle."""
        if kind == "unit":
            return self.units()[0]
        if kind in self._making:
            return None
        return self.add(kind)

    def values(self, kind: Kind, turn: int = 0, *, computed: bool = False) -> dict[str, Any]:
        """A value for every field that people may write, in keeping with the kind's rules."""
        found = {f.name: self.value(f, turn) for f in kind.all_fields if computed or not f.computed}
        for field in kind.all_fields:
            if field.type == "attachment" and field.name in found:
                found[field.name] = (self.session.attach(kind.name, f"附件{self.number}".encode(), "附件.txt"),)
        for limit in kind.limits:
            if limit.acyclic:
                found.pop(limit.acyclic, None)
        for _ in range(60):
            elsewhere = rules.elsewhere_of(self.session, kind, found, None, None)
            broken = [rule for rule in kind.all_rules if not rules.holds(rule, found, self.session.today, elsewhere, kind)]
            if not broken:
                return found
            for rule in broken:
                self._mend(kind, rule, found, elsewhere(rule.left) if "." in rule.left else found.get(rule.left))
        raise AssertionError(f"no lawful sample for {kind.name}: its rules contradict each other")

    def _mend(self, kind: Kind, rule: Rule, found: dict[str, Any], left: Any) -> None:
        if rule.op == "above":
            ladder = sorted(kind.field(rule.left).options, key=lambda option: option.level)
            found[rule.left], found[rule.right] = ladder[0].name, ladder[-1].name
        elif rule.op == "=":
            found[rule.right] = left
        elif rule.op == "requires":
            found[rule.right] = self.value(kind.field(rule.right))
        elif rule.op == "blank":
            found[rule.left] = found[rule.right] = None
        elif rule.op == "!=":
            field = kind.field(rule.left)
            found[rule.left] = next(v for v in (self.value(field, turn) for turn in (1, 2)) if v != found[rule.right])
        elif rule.right != "today":
            found[rule.right] = _later(rules.later(left, rule.years))

    def parent(self, kind: Kind) -> str | None:
        """A record this kind may hang under."""
        for owner in self.session.kinds:
            if kind in self.session.kinds.children_of(owner.name) and owner.book == kind.book:
                return self.add(owner.name)
        assert not kind.parent, f"{kind.name} can hang under nothing"
        return None

    def add(self, name: str) -> str:
        """A full record of that kind; returns its uid."""
        kind = self.session.kinds.get(name)
        self._making.add(name)
        try:
            return self.put(kind, self.values(kind))
        finally:
            self._making.discard(name)

    def put(self, kind: Kind, values: dict[str, Any]) -> str:
        """Add a record as a person would; for a kind that only the program adds to, as the program does."""
        if kind.addable:
            return self.session.add(kind.name, values, parent=self.parent(kind))
        cycle = self.session.kinds.lifecycle_of(kind)
        needed = {name for action in (cycle.actions if cycle else ()) for name in action.requires}
        files = {n: (self.session.attach(kind.name, b"sample", "样例.pdf"),) for n in needed if kind.field(n).type == "attachment"}
        return self.session.add_checked(kind, {**values, **files}, parent=self.parent(kind))


def _later(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=1)
    if isinstance(value, str):
        year, month = int(value[:4]), int(value[5:7])
        return f"{year + month // 12:04d}-{month % 12 + 1:02d}"
    return value + 1


def identity(number: int) -> str:
    """An identity number of a region that does not exist, with its check digit (GB 11643-1999)."""
    body = f"990000{1950 + number // 1000 % 50}0101{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
