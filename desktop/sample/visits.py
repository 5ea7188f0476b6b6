"""Visits to places: routes of days gone by and to come, what was found there and what became of
it. Chance of its own, so that the rest of the office is the same with visits or without."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from db.model.records import Record
from desktop.sample.maker import DAY, Maker

TEAMS = ("第一督查组", "第二督查组")
HOURS = ("8:30", "10:00", "14:30", "16:00")
OPINIONS = ("要求当场记录、限期整改，整改情况报督查组。", "总体落实较好，个别环节还要盯紧。")
SITUATIONS = (
    "查阅台账、随机走访、现场核对，工作按计划推进。", "现场有人值守，资料齐全，个别记录滞后。",
)


def fill_visits(maker: Maker, items: Sequence[tuple[Record, dt.date]]) -> None:
    """A route of two to four stops every other week, each team in turn, one ahead; and the visits
    from which these items come."""
    chance = random.Random(maker.seed)
    day, number = maker.workday(maker.first + DAY * 9), 0
    while day <= maker.today + DAY * 14:
        units = chance.sample(maker.units, chance.randint(2, 4))
        leader = maker.leaders[number % len(maker.leaders)]
        for place, unit in enumerate(units):
            stop = _stop(maker, chance, day, unit, leader)
            stop |= {"team": TEAMS[number % 2], "stop_no": place + 1, "arrives_at": HOURS[place]}
            _visit(maker, chance, day, stop)
        day, number = maker.workday(day + DAY * 14), number + 1
    for item, day in items:
        _listed(maker, chance, item, day)


def _stop(
    maker: Maker, chance: random.Random, day: dt.date, unit: str, leader: str
) -> dict[str, Any]:
    texts = maker.texts["visits"]
    return {
        "visited_on": day, "led_by": leader, "unit": unit, "contact": _person(maker, chance),
        "visitors": "、".join(_person(maker, chance) for _ in range(2)),
        "place": chance.choice(texts["places"]), "subject": chance.choice(texts["subjects"]),
    }


def _person(maker: Maker, chance: random.Random) -> str:
    places = maker.places
    return str(chance.choice(places["surnames"])) + str(chance.choice(places["given"]))


def _visit(maker: Maker, chance: random.Random, day: dt.date, values: dict[str, Any]) -> None:
    if day > maker.today:
        maker.add("site_visit", values, maker.today)
        return
    found = chance.choice((0, 1, 1, 2, 3))
    values |= {
        "situation": chance.choice(SITUATIONS), "opinion": chance.choice(OPINIONS),
        "findings": found or None,
    }
    uid = maker.add("site_visit", values, day, state="visited", time="17:00:00").uid
    problems = maker.texts["visits"]["problems"]
    for title, detail in chance.sample(problems, found):
        _finding(maker, chance, day, uid, {
            "title": title, "detail": detail, "unit": values["unit"], "found_on": day,
            "requirement": "查明原因，限期整改到位，举一反三。",
        })  # fmt: skip


def _finding(
    maker: Maker, chance: random.Random, day: dt.date, visit: str, values: dict[str, Any]
) -> None:
    due = maker.workday(day + DAY * chance.choice((7, 10, 15, 30)))
    fixed = max(day, due + DAY * chance.randint(-5, 3))
    done = fixed <= maker.today and chance.random() < 0.85
    if chance.random() < 0.2:
        values |= {"handling": "on_spot", "fixed_on": day, "result": "当场改正。"}
    else:
        values |= {"handling": "deadline", "deadline": due}
    if done and "fixed_on" not in values:
        values |= {"fixed_on": fixed, "result": "已整改到位，附整改前后照片。"}
    maker.add("site_finding", values, day, parent=visit, time="17:10:00")


def _listed(maker: Maker, chance: random.Random, item: Record, day: dt.date) -> None:
    """A visit of the day on which an item was drawn up, from which the item comes."""
    given = item.values
    visit = _stop(maker, chance, day, given["lead_unit"], given["lead_leader"]) | {
        "situation": chance.choice(SITUATIONS), "opinion": chance.choice(OPINIONS), "findings": 1,
    }
    uid = maker.add("site_visit", visit, day, state="visited", time="07:30:00").uid
    found = {
        "title": given["title"], "detail": given["problem"], "unit": given["lead_unit"],
        "handling": "item", "found_on": day, "listed_on": day,
        "deadline": given.get("original_deadline") or given["deadline"],
    }
    row = maker.record("site_finding", found, uid, called=f"finding {item.uid}")
    maker.chronicle.add(row, f"{day.isoformat()}T07:40:00", "clerk", "新增督查问题")
