"""Which unit stands for a row on a day, without a book: long random lives of units against the truth, walked through event by event.

Every event only adds to what was there. After each one, what every row reads for every day before it is what it read before.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.model import lineage
from db.model.lineage import Step, Succession

FIRST = dt.date(2020, 1, 1)
EVENTS = ("rename", "merge", "take_in", "take_back", "split", "divide", "carve_out", "abolish")


@dataclass(frozen=True)
class Unit:
    uid: str
    established: str | None = None
    abolished: str | None = None
    successor: str | None = None
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.uid


@dataclass
class Row:
    """What a book keeps of a row, and beside it the truth: who had it since when."""

    since: str
    unit: str
    held: list[Step] = field(default_factory=list)
    truth: list[Step] = field(default_factory=list)

    def truth_on(self, day: str) -> str:
        return [unit for since, unit in self.truth if since <= day][-1]


class World:
    def __init__(self, data: Any) -> None:
        self.data = data
        self.units: dict[str, Unit] = {}
        self.alive: list[str] = []
        self.rows: list[Row] = []
        for _ in range(4):
            self.new(None)

    @property
    def known(self) -> Succession:
        return Succession(self.units)

    def pick(self, options: list[Any]) -> Any:
        return options[self.data.draw(st.integers(0, len(options) - 1))]

    def new(self, day: str | None) -> str:
        uid = f"u{len(self.units) + 1}"
        self.units[uid] = Unit(uid, established=day)
        self.alive.append(uid)
        return uid

    def change(self, uid: str, **values: Any) -> None:
        self.units[uid] = dataclasses.replace(self.units[uid], **values)

    def happen(self, what: str, day: str) -> None:
        if what == "row":
            unit = self.pick(self.alive)
            self.rows.append(Row(day, unit, truth=[(day, unit)]))
            return
        if len(self.alive) < 3:
            return
        old = self.pick(self.alive)
        if what in ("rename", "merge", "take_in", "take_back"):
            olds = [old]
            self.alive.remove(old)
            if what == "merge":
                olds.append(self.pick(self.alive))
                self.alive.remove(olds[1])
            heir = self.new(day) if what in ("rename", "merge") else self.pick(self.alive)
            if what == "take_back":  # to the unit it once came of, where that still stands
                heir = next((u for u in self.alive if old in self.units[u].parts), heir)
            for each in olds:
                self.change(each, abolished=day, successor=heir)
                self.move(each, heir, day)
        elif what == "abolish":
            self.alive.remove(old)
            self.change(old, abolished=day)
        else:
            others = [u for u in self.alive if u != old]
            parts = [self.new(day)] if what == "carve_out" else [self.new(day), self.new(day)]
            if what == "divide":  # between a new unit and one that stood already
                parts[1:] = [self.pick(others)]
            before = self.units[old].parts if self.data.draw(st.booleans()) else ()  # or the office typed over what it had written
            self.change(old, parts=(*before, *(p for p in parts if p not in before)))
            if what != "carve_out":
                self.alive.remove(old)
                self.change(old, abolished=day)
            self.hand_over(old, parts, day)

    def move(self, old: str, new: str, day: str) -> None:
        for row in self.rows:
            if row.truth[-1][1] == old:
                row.truth.append((day, new))

    def hand_over(self, old: str, parts: list[str], day: str) -> None:
        known = self.known
        for row in self.rows:
            if row.truth[-1][1] == old and self.data.draw(st.booleans()):
                part = self.pick(parts)
                way = known.extended_custody(row.held or [("", row.unit)], part, dt.date.fromisoformat(day))
                assert way, "a part came of what was split"
                row.held, row.unit = lineage.parse_custody(*lineage.format_custody(way)), part
                row.truth.append((day, part))

    def read(self, days: list[str]) -> list[list[str]]:
        known = self.known
        return [[known.on(row.unit, day, row.held) for day in days if day >= row.since] for row in self.rows]


def lived(data: Any, events: list[str], step: int) -> None:
    world = World(data)
    days: list[str] = []
    for number, what in enumerate(events):
        day = (FIRST + dt.timedelta(days=number * step)).isoformat()
        before = world.read(days)
        world.happen(what, day)
        assert [line for line, row in zip(world.read(days), world.rows, strict=True) if row.since < day] == [
            line for line, row in zip(before, world.rows, strict=False) if row.since < day
        ], f"{what} changed a day before it"
        days.append(day)
    truth = [[row.truth_on(day) for day in days if day >= row.since] for row in world.rows]
    assert world.read(days) == truth
    assert in_sql(world, days) == truth
    known = world.known
    for uid in world.alive:
        mine = set(known.held_on(uid, dt.date.fromisoformat(days[-1])))
        assert {row.unit in mine for row in world.rows if row.truth[-1][1] == uid} <= {True}


def in_sql(world: World, days: list[str]) -> list[list[str]]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE rows_ (id INTEGER, unit TEXT, held_by TEXT, held_since TEXT)")
    connection.execute("CREATE TABLE days (day TEXT)")
    connection.executemany("INSERT INTO days VALUES (?)", [(day,) for day in days])
    for number, row in enumerate(world.rows):
        by, since = lineage.format_custody(row.held) if row.held else ((), "")
        listed = "[" + ",".join(f'"{uid}"' for uid in by) + "]"
        connection.execute("INSERT INTO rows_ VALUES (?, ?, ?, ?)", (number, row.unit, listed if by else None, since or None))
    found: list[list[str]] = [[] for _ in world.rows]
    whose = world.known.sql("unit", "day", ("held_by", "held_since"))
    for number, day, unit in connection.execute(f"SELECT id, day, {whose} FROM rows_ CROSS JOIN days ORDER BY id, day"):
        if day >= world.rows[number].since:
            found[number].append(unit)
    connection.close()
    return found


@settings(max_examples=60)
@given(
    data=st.data(),
    events=st.lists(st.sampled_from((*EVENTS, "row", "row", "row")), min_size=8, max_size=30),
    step=st.sampled_from((1, 9)),
)
def test_rows_are_whose_they_were_on_every_day(data: st.DataObject, events: list[str], step: int) -> None:
    lived(data, events, step)


def test_a_day_put_right_in_the_register_is_right_in_the_tables_too() -> None:
    units = {"whole": Unit("whole", parts=("part",)), "part": Unit("part", "2021-03-01")}
    way = Succession(units).extended_custody([("", "whole")], "part", FIRST)
    by, since = lineage.format_custody(way)
    assert (by, since) == (("whole", "part"), "2021-03-01=")
    units["part"] = Unit("part", "2021-02-01")
    whose = Succession(units).sql("'part'", "'2021-02-15'", ("by", "since"))
    connection = sqlite3.connect(":memory:")
    assert connection.execute(f"SELECT {whose} FROM (SELECT ? AS by, ? AS since)", ('["whole","part"]', since)).fetchone() == ("part",)


def carved_and_taken_in(rounds: int) -> tuple[dict[str, Unit], int]:
    """From each of the units that follow one another a part is carved out, and the next one is made of both: the ways from the first
    unit to the last double with every round."""
    units: dict[str, Unit] = {"a0": Unit("a0")}
    for number in range(rounds):
        carved = (FIRST + dt.timedelta(days=20 * number)).isoformat()
        joined = (FIRST + dt.timedelta(days=20 * number + 10)).isoformat()
        whole, part, after = f"a{number}", f"b{number}", f"a{number + 1}"
        units[whole] = dataclasses.replace(units[whole], abolished=joined, successor=after, parts=(part,))
        units[part] = Unit(part, carved, joined, after)
        units[after] = Unit(after, joined)
    return units, 2 * rounds


class Counted(dict[str, Unit]):
    """The units, and how often one was looked up."""

    looked = 0

    def __getitem__(self, uid: str) -> Unit:
        self.looked += 1
        return super().__getitem__(uid)


def test_a_hard_chain_costs_no_more_than_its_events() -> None:
    made, events = carved_and_taken_in(100)
    assert events == 200  # with 2 ** 100 ways from the first unit to the last
    units = Counted(made)
    known = Succession(units)
    assert units.looked < 5 * len(units) * 100, "making it costs more than each unit's line"
    units.looked = 0
    assert known.extended_custody([("", "b0")], "nobody", FIRST) == []
    assert known.extended_custody([("", "a0")], "b99", dt.date(2020, 1, 1))[-1][1] == "b99"
    assert units.looked <= 4 * len(units), "a unit is looked at more than once by one of the two"
    # the lines of all units, and the text that asks for them, grow with the events times the units at most
    assert sum(len(known.timeline(uid)) for uid in units) <= 3 * len(units) * 100
    assert len(known.sql("unit", "day", ("held_by", "held_since"))) < 100 * len(units) * 100
    # a row handed from hand to hand keeps one step for each
    held: list[Step] = [("", "a0")]
    for number in range(100):
        held = known.extended_custody(held, f"b{number}", dt.date.fromisoformat(units[f"b{number}"].established or ""))
        assert len(held) == number + 2
    assert [known.on("b99", units[f"b{n}"].established or "", held) for n in range(100)] == [f"b{n}" for n in range(100)]


def test_a_long_line_of_new_names_is_one_line(events: int = 200) -> None:
    days = [(FIRST + dt.timedelta(days=n)).isoformat() for n in range(events + 1)]
    units = {
        f"u{n}": Unit(f"u{n}", days[n] if n else None, days[n + 1] if n < events else None, f"u{n + 1}" if n < events else None)
        for n in range(events + 1)
    }
    known = Succession(units)
    assert len(known.sql("unit", "day")) < 100 * events  # every unit once in the list, every day once
    assert [known.on("u0", day) for day in days] == [known.on(f"u{events}", day) for day in days] == list(units)


@pytest.mark.parametrize("circle", [{"a": "b", "b": "a"}, {"a": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_a_circle_in_a_damaged_register_ends(circle: dict[str, str]) -> None:
    units = {uid: Unit(uid, "2020-01-01", "2021-01-01", heir, parts=(heir,)) for uid, heir in circle.items()}
    known = Succession(units)
    for uid in units:
        assert known.on(uid, "2022-01-01") in units
        known.extended_custody([("", uid)], "nobody", dt.date(2022, 1, 1))
        for other in units:
            known.extended_custody([("", uid)], other, dt.date(2022, 1, 1))
            assert known.possible_units(other)


def test_a_unit_that_takes_part_of_another_keeps_where_it_came_from() -> None:
    """Renamed in 2015, given a part of another in 2022: what was told of it before its new name is still told of the old one."""
    units = {
        "old": Unit("old", None, "2015-01-01", "new"), "new": Unit("new", "2015-01-01"),
        "other": Unit("other", None, "2022-01-01", None, ("new", "fresh")), "fresh": Unit("fresh", "2022-01-01"),
    }  # fmt: skip
    known = Succession(units)
    assert known.on("new", "2014-05-01") == "old"
    # a row of the other one, handed over: until the day on which that ended it was the other one's
    held = known.extended_custody([("", "other")], "new", dt.date(2022, 3, 1))
    assert [known.on("new", day, held) for day in ("2014-05-01", "2021-12-31", "2022-01-01")] == ["other", "other", "new"]


def test_what_was_carved_out_before_a_split_is_no_part_of_the_rest() -> None:
    units = {
        "whole": Unit("whole", None, "2022-07-01", None, ("carved", "left", "right")),
        "carved": Unit("carved", "2021-03-01"), "left": Unit("left", "2022-07-01"), "right": Unit("right", "2022-07-01"),
    }  # fmt: skip
    known = Succession(units)
    assert known.successors("whole") == [("left", "2022-07-01"), ("right", "2022-07-01")]
    # handed over while the whole stood: since the carving; afterwards: it stayed until the whole ended
    early = known.extended_custody([("", "whole")], "carved", dt.date(2021, 4, 1))
    late = known.extended_custody([("", "whole")], "carved", dt.date(2022, 8, 1))
    assert (early[-1], late[-1]) == (("2021-03-01=", "carved"), ("2022-07-01", "carved"))
    # a day put right in the register is right for what was handed over on it
    righted = Succession({**units, "carved": Unit("carved", "2021-02-01")})
    assert [righted.on("carved", "2021-02-15", held) for held in (early, late)] == ["carved", "whole"]
    renamed = {**units, "whole": Unit("whole", None, "2022-07-01", "left", ("carved",))}
    assert Succession(renamed).successors("whole") == [("left", "2022-07-01")]


def test_the_parts_of_an_heir_stand_for_what_it_took_in() -> None:
    """Carved out, taken back, and the whole split: the parts stand for it, not it for itself."""
    units = {
        "whole": Unit("whole", None, "2022-07-01", None, ("small", "left", "right")),
        "small": Unit("small", "2022-01-24", "2022-04-17", "whole"),
        "left": Unit("left", "2022-07-01"), "right": Unit("right", "2022-07-01"),
    }  # fmt: skip
    known = Succession(units)
    assert known.successors("small") == [("whole", "2022-04-17"), ("left", "2022-07-01"), ("right", "2022-07-01")]
    assert known.successors("whole") == [("left", "2022-07-01"), ("right", "2022-07-01")]
    assert known.successors("left") == []


def test_what_was_carved_out_of_one_that_ended_without_heirs_does_not_stand_for_it() -> None:
    units = {
        "taken": Unit("taken", None, "2022-05-01", "whole"), "whole": Unit("whole", "2010-01-01", "2022-07-01", None, ("carved", "older")),
        "carved": Unit("carved", "2022-03-01"), "older": Unit("older", "2005-01-01"),
    }  # fmt: skip
    known = Succession(units)
    assert known.successors("whole") == [("older", "2022-07-01")]
    assert known.successors("taken") == [("whole", "2022-05-01"), ("older", "2022-07-01")]
