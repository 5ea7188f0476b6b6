"""Two offices take steps of the same items on any days, take them back and bring them back, and take in one another's workbooks: whoever
reads the change log finds each list of steps as it was."""

from __future__ import annotations

import atexit
import datetime as dt
import functools
import random
import shutil
import tempfile
from collections.abc import Callable
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db.errors import BadInput, NotPermitted
from db.metrics import sealed_rows
from db.model import steps
from db.model.query import Query
from db.model.records import Record
from db.office import change_facts, open_office
from db.rules import lifecycle
from db.safety import audit
from db.session import Session
from db.store import journal, transaction
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from tests.property.offices import PASSWORD, RealOffice, quick, scratch, template
from tests.samples import as_person

KIND, COUNTY = "livelihood", "第1县人民政府"
START = dt.date(2022, 9, 1)
PEOPLE = {"clerk": "clerk", "reviewer": "reviewer"}
_RARE = ("cancel", "archive", "transfer", "remind")
_as_now = steps.in_log


def _whole(before: steps.Steps | None, after: steps.Steps | None) -> tuple[Any, Any]:
    """As an earlier program kept them."""
    return steps.plain(before), steps.plain(after)


@functools.cache
def _offices() -> Path:
    """A city and the county that is one of its units, to be copied."""
    folder = Path(tempfile.mkdtemp(dir=scratch()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number in (0, 1):
        shutil.copytree(template(number), folder / str(number))
    city = open_office(folder / "0", "admin", PASSWORD)
    city.add("unit", {"name": COUNTY, "category": "county"})
    city.add(KIND, {"title": "各单位名单"})
    file = export(city, [KIND, "unit"], folder / "units.xlsx", blank_rows=0).file
    city.close()
    county = open_office(folder / "1", "admin", PASSWORD)
    accept.accept(county, accept.plan(county, file))
    change_facts(county, county.office_name, county.level, county.names.unit_by_name(COUNTY))
    county.close()
    return folder


class Life:
    """A history of two offices, drawn by chance; ``story`` says what was done."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, seed: int, earlier: int) -> None:
        #: so many of the first things are done with an earlier program
        self.earlier, self.patch = earlier, patch
        self.folder, self.chance, self.day, self.second = folder, random.Random(seed), START, 0
        self.offices: list[RealOffice] = []
        self.items: list[str] = []
        self.story: list[str] = []
        #: by office: where the log ended, and what all records held then
        self.stood: list[list[tuple[int, dict[str, dict[str, Any]]]]] = [[], []]
        self.took: list[list[str]] = [[], []]

    def play(self, count: int) -> None:
        acts: dict[Callable[[], None], int] = {
            self.step: 10, self.take_back: 5, self.bring_back: 3, self.send: 3, self.type: 2, self.days_go_by: 3, self.take_import_back: 2,
            self.add: 1,
        }  # fmt: skip
        self.patch.setattr(transaction, "now", self.now)
        for number in (0, 1):
            (self.folder / str(number)).mkdir()
            self.offices.append(RealOffice(self.folder / str(number), _offices() / str(number)))
            self.session(number).fixed_today = self.day
        try:
            self.add()
            for number in range(count):
                self.patch.setattr(steps, "in_log", _whole if number < self.earlier else _as_now)
                (act,) = self.chance.choices([*acts], [*acts.values()])
                try:
                    act()
                except (BadInput, NotPermitted) as error:
                    self.did(f"refused: {error}")
        except BaseException as error:
            error.add_note("\n".join(self.story))
            raise
        finally:
            for each in self.offices:
                each.session.close()

    def did(self, *what: object) -> None:
        self.story.append(" ".join(map(str, what)))

    def office(self) -> int:
        return self.chance.randrange(2)

    def person(self) -> str:
        return self.chance.choice([*PEOPLE])

    def now(self) -> str:
        self.second += 1
        return f"{self.day}T09:{self.second // 60 % 60:02d}:{self.second % 60:02d}"

    def session(self, number: int) -> Session:
        return self.offices[number].session

    # -- what people do ------------------------------------------------------------------------------

    def add(self) -> None:
        city = self.session(0)
        unit = city.names.unit_by_name(COUNTY)
        title = "改造街巷" + "".join("甲乙丙丁戊己庚辛壬癸"[int(each)] for each in str(len(self.items)))
        with as_person(city, "clerk", "clerk"):
            uid = city.add(KIND, {"title": title, "lead_unit": unit, "deadline": self.day + dt.timedelta(days=90)})
            self.items.append(uid)
            self.did("add", uid)
            if self.chance.random() < 0.7:
                city.take_step(KIND, uid, "assign")
        self.check(0)

    def step(self) -> None:
        number, uid, who = self.office(), self.chance.choice(self.items), self.person()
        session = self.session(number)
        record = session.get(KIND, uid)
        if record is None or record.deleted:
            return
        with as_person(session, who, PEOPLE[who]):
            allowed = [each.action.name for each in lifecycle.actions_for(session, record) if each.allowed and each.action.name not in _RARE]
            if not allowed:
                return
            action = self.chance.choice([*allowed, *["report"] * (2 * ("report" in allowed))])
            percent = self.chance.choice([None, *range(1, 99, 7)])
            ask: dict[str, Any] = {"percent": Decimal(percent)} if action == "report" and percent else {}
            if action == "request-extension":
                ask["requested_deadline"] = self.day + dt.timedelta(days=120)
            last = max((each.day for each in steps.not_undone(record.values["steps"])), default=START)
            on = max(self.day - dt.timedelta(days=self.chance.choice([0, 0, 1, 2, 5])), last)
            self.did(number, who, action, uid[-4:], on, ask)
            session.take_step(KIND, uid, action, "写明情况", ask, on=on)
        self.check(number)

    def type(self) -> None:
        number, uid = self.office(), self.chance.choice(self.items)
        session = self.session(number)
        if session.get(KIND, uid) is not None:
            with as_person(session, "clerk", "clerk"):
                percent = self.chance.choice([None, 10, 20, 30])
                self.did(number, "type", uid[-4:], percent)
                session.set(KIND, uid, {"progress_percent": percent})
            self.check(number)

    def take_back(self, *, redo: bool = False) -> None:
        number, who = self.office(), self.person()
        session = self.session(number)
        for _ in range(self.chance.randint(1, 3)):
            with as_person(session, who, PEOPLE[who]):
                change = session.redo_last() if redo else session.undo_last()
            self.did(number, who, "redo" if redo else "undo", change and change.label)
            if change is None:
                return
            self.check(number)

    def bring_back(self) -> None:
        self.take_back(redo=True)

    def send(self) -> None:
        number = self.office()
        file = export(self.session(number), [KIND], self.folder / f"{len(self.story)}-{number}.xlsx", blank_rows=0).file
        result = self.offices[1 - number].take(file)
        self.took[1 - number].append(result.import_id)
        self.did(number, "sends to", 1 - number)
        self.check(1 - number)

    def take_import_back(self) -> None:
        number = self.office()
        if self.took[number]:
            each, redo = self.chance.choice(self.took[number][-3:]), self.chance.random() < 0.5
            self.did(number, "redo import" if redo else "undo import", each)
            (accept.redo_import if redo else accept.undo_import)(self.session(number), each)
            self.check(number)

    def days_go_by(self) -> None:
        self.day += dt.timedelta(days=self.chance.randint(1, 4))
        self.did(self.day)
        for each in self.offices:
            each.session.fixed_today = self.day

    # -- what must hold ------------------------------------------------------------------------------

    def check(self, number: int) -> None:
        session = self.session(number)
        assert self.offices[number].problems() == []
        book, shape = session.office, session.office.shape(KIND)
        records = {record.uid: record for record in book.each(KIND)}
        now = {uid: _plain(session, record) for uid, record in records.items()}
        for uid in records:
            _told(session, uid, now[uid]["steps"])
        for seq, held in self.stood[number][-6:]:
            since = sealed_rows._undone(book.connection, KIND, seq)  # noqa: SLF001
            assert {uid for uid, each in since.items() if each is None} == records.keys() - held.keys()
            for uid, was in held.items():
                assert now[uid] | sealed_rows._before(shape, records[uid], since.get(uid) or []) == was  # noqa: SLF001
        (last,) = book.connection.execute("SELECT max(seq) FROM journal").fetchone()
        self.stood[number].append((last, now))
        _audited(session)
        if not self.earlier:  # whole lists do not say which step was the one
            self.known_by_day(session, records)

    def known_by_day(self, session: Session, records: dict[str, Record]) -> None:
        """How far an item had got by the end of a day: what the last step until then said that was not taken back, or what was typed."""
        for back in (1, 2, 4, 7):
            day = self.day - dt.timedelta(days=back)
            listed = {r.uid: r.values["progress_percent"] for r in session.find(Query(kind=KIND, as_of=day))}
            assert listed == {uid: _percent(session, uid, day) for uid in listed}, day


def _plain(session: Session, record: Record) -> dict[str, Any]:
    shape = session.office.shape(KIND)
    values = {name: shape.to_json(name, record.get(name)) for name in (*shape.by_name, "state", "deleted", "parent")}
    found: dict[str, Any] = msgspec.json.decode(journal.dumps(values))
    return found


def _told(session: Session, uid: str, now: Any) -> None:
    """The history tells each list whole, and the last is the one that stands."""
    lines = [line for line in session.history(KIND, uid) if line.field == "steps"]
    assert all(one.new == other.old for one, other in pairwise(lines))
    assert (lines[-1].new if lines else None) == now


def _audited(session: Session) -> None:
    """The details of the last changes tell as many steps as the history."""
    with as_person(session, "admin", "administrator"):
        for entry in audit.entries(session, limit=3):
            found = [(each.uid, each.old[:3], each.new[:3]) for each in audit.details(session, entry) if each.field == "办理步骤"]
            for uid in {uid for uid, _, _ in found}:
                lines = [line for line in session.history(KIND, uid) if line.field == "steps" and line.change_id == entry.id]
                assert [each for each in found if each[0] == uid] == [(uid, _counted(line.old), _counted(line.new)) for line in lines]


def _counted(told: Any) -> str:
    standing = [each for each in told or () if not each.get("void")]
    return f"{len(standing)} 步"[:3] if standing else ""


def _percent(session: Session, uid: str, day: dt.date) -> Decimal | None:
    undone = {n for (n,) in session.office.connection.execute("SELECT id FROM changes WHERE undone_by IS NOT NULL")}
    found: list[tuple[str, int, int, Any]] = []
    by_change = groupby(session.history(KIND, uid), lambda line: line.change_id)
    for at, (change, group) in enumerate(by_change):
        lines = list(group)
        for line in lines:
            if line.field == "progress_percent" and not (line.action.startswith("move:") and change in undone):
                found.append((_day(line, lines), 1, at, line.new))
    for child in session.children(uid, "progress"):
        if child.values["percent"] is not None:
            found.append((child.values["reported_on"].isoformat(), 0, child.id, child.values["percent"]))
    before = [each for each in found if each[0] <= day.isoformat()]
    value = max(before, key=lambda each: each[:3])[3] if before else None
    return None if value is None else Decimal(str(value))


def _day(line: journal.HistoryLine, lines: list[journal.HistoryLine]) -> str:
    """The step's own day, or that on which it was typed."""
    if not line.action.startswith("move:"):
        return line.at[:10]
    taken = next(each for each in lines if each.field == "steps" and each.action == line.action)
    had = {each["id"] for each in taken.old or ()}
    (day,) = [each["on"] for each in taken.new if each["id"] not in had]
    return str(day)


@pytest.mark.parametrize(("seed", "earlier"), [(2, 0), (5, 0), (3, 15)])
def test_each_list_of_steps_is_found_as_it_was(seed: int, earlier: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with quick():
        Life(tmp_path, monkeypatch, seed, earlier).play(30)
