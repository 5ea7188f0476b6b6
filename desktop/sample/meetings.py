"""Meetings of the made-up office: the five weekly ones, the leaders' own, and the monthly reviews
with their lines."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from db.domain import monthly_review
from db.metrics import metrics, reviews
from db.model import periods
from db.model.periods import Period
from desktop.sample.maker import DAY, SPAN, Maker

#: Records from which on counting the reviews is worth two threads.
MANY = 10_000
MEETING_LABELS = {
    "projects": "重点项目建设", "enterprises": "服务企业", "transport": "城建交通工程",
    "investment": "招商引资", "stability": "安全稳定",
}  # fmt: skip


def held_state(maker: Maker, day: dt.date) -> tuple[str, dt.date | None]:
    """State and day of something planned for a day."""
    return ("held", day) if day <= maker.today else ("planned", None)


def _meeting(
    maker: Maker, kind: str, title: str, day: dt.date, series: str, number: int, **more: Any
) -> str:
    state, _ = held_state(maker, day)
    values = {
        "series": series, "session_no": number, "title": title, "kind_of_meeting": kind,
        "held_on": day, "place": "市行政中心会议室",
        "chair": maker.leaders[number % len(maker.leaders)],
        "topics": maker.text("meeting", "topics"), **more,
    }
    uid = maker.add("meeting", values, min(day, maker.today), state=state).uid
    if state != "held":
        return uid
    for place, unit in enumerate(maker.some(maker.units, 4, 7)):
        person = {
            "unit": unit, "name": maker.person(), "duty": "主要负责人",
            "role": "chair" if place == 0 else "member",
            "status": maker.pick(("present",) * 12 + ("late", "leave", "absent")),
        }
        if person["status"] == "leave":
            person |= {"reason": "外出招商", "stand_in": "分管负责人"}
        maker.add("attendance", person, day, parent=uid, time="09:30:00")
    if maker.chance(0.5):
        decision = {
            "title": maker.text("assigned_item", "titles"), "decided_on": day,
            "content": maker.text("meeting_problem", "decisions"), "meeting": uid,
            "lead_leader": maker.pick(maker.leaders), "lead_unit": maker.pick(maker.units),
            "cooperating_units": maker.some(maker.units, 1, 3),
            "deadline": day + DAY * maker.pick((7, 14, 30)), "made_item": maker.chance(0.6),
        }
        maker.add("decision", decision, day, parent=uid, time="11:00:00")
    return uid


def fill_meetings(maker: Maker) -> None:
    monday = maker.first + DAY * (7 - maker.first.weekday())
    for place, (key, label) in enumerate(MEETING_LABELS.items()):
        values = {
            "name": f"{label}周例会", "kind_of_meeting": "regular", "meeting_type": key,
            "rhythm": "weekly",
            "convener": maker.pick(maker.leaders), "office_unit": maker.pick(maker.bureaus),
        }  # fmt: skip
        series = maker.add("meeting_series", values, maker.first).uid
        day, number = monday + DAY * place, 1
        while day <= maker.today + DAY * 7:
            if maker.workdays.is_workday(day):
                uid = _meeting(
                    maker, "regular", f"{label}第{number}次周例会", day, series, number,
                    meeting_type=key,
                )
                if day <= maker.today:
                    maker.known_meetings.append((uid, day, key))
                number += 1
            day += DAY * 7
    maker.known_meetings.sort(key=lambda each: each[1])
    others = (
        ("special", "书记专题会", 40), ("standing_committee", "市委常委会会议", 45),
        ("video", "能力作风视频会", 30),
    )
    for kind, label, gap in others:
        values = {
            "name": label, "kind_of_meeting": kind, "rhythm": "monthly",
            "convener": maker.leaders[0],
        }
        series = maker.add("meeting_series", values, maker.first).uid
        for number in range(1, SPAN // gap + 1):
            day = maker.workday(maker.first + DAY * (gap * number - 10))
            words = (
                "、".join(maker.some(maker.texts["lecture"]["keywords"], 1, 2))
                if kind == "video"
                else None
            )
            _meeting(maker, kind, f"{label}（第{number}次）", day, series, number, keywords=words)
    _reviews(maker)


def _reviews(maker: Maker) -> None:
    month = maker.first.replace(day=1)
    while (month + DAY * 40).replace(day=1) <= maker.today:
        following = (month + DAY * 40).replace(day=1)
        day = maker.workday(following + DAY * 4)
        state, held = held_state(maker, day)
        values = {
            "month": f"{month.year:04d}-{month.month:02d}",
            "title": f"{month.year}年{month.month}月讲评", "held_on": held,
            "chair": maker.leaders[0], "sealed": True if (maker.today - day).days > 31 else None,
            # of one to come, nothing is counted or said yet
            "summary": maker.text("comments") if held else None,
            "as_of": following - DAY if held else None,
        }
        uid = maker.add("monthly_review", values, min(day, maker.today), state=state).uid
        if state == "held":
            maker.reviews.append((uid, str(values["month"]), day))
        month = following


def _remark(line: dict[str, Any]) -> str:
    """Which remark fits a unit's numbers."""
    if not line["due"]:
        return "idle"
    worst = (("overdue", "open_overdue"), ("late", "closed_late"), ("returned", "returned"))
    return next((remark for remark, field in worst if line[field]), "clear")


def _counted(maker: Maker, months: list[Period]) -> list[list[metrics.Group]]:
    """What the reviews count of each month; of a large office on both cores, as nobody else is at
    work by then."""
    def count(month: Period) -> list[metrics.Group]:
        return metrics.units_now(maker.session, list(reviews.COUNTED.values()), month)

    if maker.made < MANY:
        return list(map(count, months))
    maker.session.names.every_unit()  # read once, for both
    with ThreadPoolExecutor(2) as both:
        return list(both.map(count, months))


def fill_reviews(maker: Maker) -> None:
    """The monthly reviews' lines, by the program's own counting and scoring; called when the items
    are on disk."""
    kind = maker.kinds.get(reviews.REVIEW)
    weights = {f.name: maker.session.default(f) for f in kind.fields if f.default is not None}
    before: dict[str, Decimal | None] = {}
    counted = _counted(maker, [periods.parse(month) for _, month, _ in maker.reviews])
    for (parent, _, day), groups in zip(maker.reviews, counted, strict=True):
        lines: dict[str, dict[str, Any]] = {
            group.key: {field: group.numbers[name].value for field, name in reviews.COUNTED.items()}
            for group in groups
            if group.key is not None
        }
        scores = {unit: monthly_review.score(values, weights) for unit, values in lines.items()}
        places = dict(zip(scores, monthly_review.ranks(list(scores.values())), strict=True))
        for unit, values in lines.items():
            score, last = scores[unit], before.get(unit)
            values |= {
                "unit": unit, "score": score, "rank": places[unit],
                "change": score - last if score is not None and last is not None else None,
                "comment": maker.text("remarks", _remark(values)),
            }
            maker.add(reviews.SCORE, values, day, parent=parent, time="17:30:00")
        before = scores
