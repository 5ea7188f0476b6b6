"""The ledgers of the made-up office: how large a part of the items each has, how long its work
takes, what stands in it."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import Any

import msgspec

from desktop.sample.maker import DAY, SPAN, Maker

Values = dict[str, Any]


class Ledger(msgspec.Struct, frozen=True):
    """``share`` of all items; ``spans`` days until the deadline, one of them; ``past`` days back
    that items begin."""

    kind: str
    share: float
    spans: tuple[int, ...]
    values: Callable[[Maker, dt.date, str], Values]
    past: int = SPAN

    def days(self, maker: Maker, day: dt.date) -> int:
        """Days from the day it is assigned to its deadline; 0 spans mean Friday of that week."""
        if self.spans == (0,):
            return max(4 - day.weekday(), 0)
        return int(maker.pick(self.spans))


def _number(maker: Maker, word: str, day: dt.date) -> str:
    return f"{word}〔{day.year}〕{maker.serial(f'{word}{day.year}')}号"


def _common(maker: Maker, unit: str) -> Values:
    return {
        "lead_leader": maker.pick(maker.leaders),
        "cooperating_units": maker.some(maker.others(unit), 1, 3) if maker.chance(0.6) else None,
        "responsible_person": maker.person(),
    }


def _source(maker: Maker) -> str:
    return str(
        maker.pick((
            "leader", "department", "forum", "instruction", "meeting", "visit", "superior",
            "inspection", "public", "self",
        ))
    )


def rectification(maker: Maker, day: dt.date, unit: str) -> Values:
    return _common(maker, unit) | {
        "item_no": _number(maker, "整改", day), "title": maker.text("rectification", "titles"),
        "problem": maker.text("rectification", "problems"),
        "measures": maker.text("rectification", "measures"),
        "category": maker.text("rectification", "categories"), "source": _source(maker),
    }


def regret(maker: Maker, day: dt.date, unit: str) -> Values:
    return _common(maker, unit) | {
        "item_no": _number(maker, "遗憾", day), "title": maker.text("regret", "titles"),
        "reason": maker.text("regret", "reasons"), "remedy": maker.text("regret", "remedies"),
        "happened_on": day - DAY * maker.number(10, 120), "source": _source(maker),
    }


def weekly(maker: Maker, day: dt.date, unit: str) -> Values:
    year, week, _ = day.isocalendar()
    return _common(maker, unit) | {
        "item_no": _number(maker, "周交", day), "week_year": year, "week_no": week,
        "title": maker.text("weekly_assignment", "titles"),
        "requirement": maker.text("weekly_assignment", "requirements"),
        "category": maker.pick((
            "three_batches", "environment", "enterprises", "epidemic", "safety", "livelihood",
            "stage",
        )),
        "source": _source(maker),
    }


def assigned_item(maker: Maker, day: dt.date, unit: str) -> Values:
    return _common(maker, unit) | {
        "item_no": _number(maker, "交办", day), "title": maker.text("assigned_item", "titles"),
        "requirement": maker.text("weekly_assignment", "requirements"),
        "measures": maker.text("rectification", "measures"),
        "category": maker.pick(
            ("three_batches", "environment", "enterprises", "livelihood", "stage")
        ),
        "source": _source(maker), "assigning_unit": maker.bureaus[0],
    }


def instruction(maker: Maker, day: dt.date, unit: str) -> Values:
    leader = maker.number(0, len(maker.leaders) - 1)
    return _common(maker, unit) | {
        "item_no": _number(maker, "办文", day),
        "from_unit": maker.text("instruction", "from_units"),
        "document_no": f"云专报〔{day.year}〕{maker.number(1, 300)}号",
        "title": maker.text("instruction", "titles"), "instructed_by": maker.leaders[leader],
        "instructor_duty": maker.places["duties"][leader],
        "instructed_on": day - DAY * maker.number(0, 2),
        "content": maker.text("instruction", "contents"),
    }


def entity_item(maker: Maker, day: dt.date, unit: str) -> Values:
    return _common(maker, unit) | {
        "item_no": _number(maker, "实体", day),
        "level": maker.level_of(unit),
        "strategy": maker.pick(maker.strategies), "title": maker.text("entity_item", "titles"),
        "goal": maker.text("entity_item", "goals"),
        "source": maker.pick(("leader", "department", "forum")),
    }


def livelihood(maker: Maker, day: dt.date, unit: str) -> Values:
    kind = maker.kinds.get("livelihood").field("category").options
    return _common(maker, unit) | {
        "item_no": _number(maker, "民生", day), "title": maker.text("livelihood", "titles"),
        "goal": maker.text("livelihood", "goals"), "category": maker.pick(kind).name,
        "investment": Decimal(maker.number(80, 9000)), "beneficiaries": maker.number(3, 900) * 100,
    }


def yearly_goal(maker: Maker, day: dt.date, unit: str) -> Values:
    title, measure = maker.pick(maker.texts["yearly_goal"]["titles"])
    target = Decimal(maker.number(20, 900)) / 10
    return _common(maker, unit) | {
        "responsible_person": None, "year": day.year, "title": title, "measure": measure,
        "strategy": maker.pick(maker.strategies), "target": target,
        "actual": (actual := (target * maker.number(50, 115) / 100).quantize(Decimal("0.01"))),
        "target_share": (actual * 100 / target).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP),
    }


def estate(maker: Maker, day: dt.date, unit: str) -> Values:
    number = maker.serial("estate")
    households = maker.number(60, 1800)
    names = maker.places["estates"]
    return _common(maker, unit) | {
        "responsible_person": None, "item_no": _number(maker, "楼盘", day),
        "title": names[(number - 1) % len(names)] + (
            "" if number <= len(names) else f"{(number - 1) // len(names) + 1}期"
        ),
        "location": maker.filled("{street}"),
        "problem_type": tuple(
            o.name for o in maker.kinds.get("estate").field("problem_type").options
            if maker.chance(0.35)
        ) or None,
        "households": households, "solved_households": households * maker.number(0, 100) // 100,
        "contact_cadre": maker.person(), "contact_duty": "县级干部",
        "measure_count": 1 + number % 3, "measures": maker.text("estate", "measures"),
    }  # fmt: skip


def petition(maker: Maker, day: dt.date, unit: str) -> Values:
    return {
        "case_no": f"XF{day.year}-{maker.serial('petition'):05d}",
        "title": maker.text("petition", "titles"),
        "route": maker.pick(("central", "new_case", "city")),
        "way": maker.pick(maker.kinds.get("petition").field("way").options).name,
        "received_on": day - DAY * maker.number(0, 5), "contact_leader": maker.pick(maker.leaders),
        "cooperating_units": None,
    }


def risk(maker: Maker, day: dt.date, unit: str) -> Values:
    return _common(maker, unit) | {
        "item_no": _number(maker, "风险", day), "title": maker.text("risk", "titles"),
        "field": maker.pick(("flood", "safety", "fire", "stability", "environment", "project")),
        "severity": maker.pick(("low", "normal", "normal", "high", "severe")),
        "found_on": day - DAY * maker.number(0, 6), "measures": maker.text("risk", "measures"),
    }


def meeting_problem(maker: Maker, day: dt.date, unit: str) -> Values:
    held = bisect_right(maker.known_meetings, day, key=itemgetter(1))
    meeting = (
        maker.known_meetings[held - 1 - maker.number(0, min(4, held - 1))] if held else None
    )
    return _common(maker, unit) | {
        "responsible_person": None, "item_no": _number(maker, "例会", day),
        "meeting_type": (
            meeting[2]
            if meeting
            else maker.pick(("projects", "enterprises", "transport", "investment", "stability"))
        ),
        "meeting": meeting[0] if meeting else None,
        "raised_on": min(meeting[1], day) if meeting else day, "raised_by": maker.pick(maker.units),
        "title": maker.text("meeting_problem", "titles"),
        "detail": maker.text("rectification", "problems"),
    }


def project(maker: Maker, day: dt.date, unit: str) -> Values:
    stage = maker.pick(
        ("planned", "preparing", "signed", "started", "started", "started", "produced")
    )
    investment = Decimal(maker.number(5, 480)) / 10
    plan = (investment / 3).quantize(Decimal("0.01"))
    number = maker.serial("project")
    found = _common(maker, unit) | {
        "responsible_person": None, "project_no": f"YC{day.year}{number:04d}",
        "name": maker.text("project", "titles"),
        "level": maker.level_of(unit),
        "batch": maker.pick(("signed", "started", "produced", "leading")),
        "strategy": maker.pick(maker.strategies), "industry": maker.text("project", "industries"),
        "owner_name": maker.filled("{company}") + "有限公司", "stage": stage,
        "investment": investment, "year_plan": plan,
        "year_done": (plan * maker.number(20, 105) / 100).quantize(Decimal("0.01")),
        "planned_start_on": day, "started_on": day if stage in ("started", "produced") else None,
        "headquarters": maker.pick(maker.known["headquarters"]) if maker.chance(0.5) else None,
    }
    # however few there are, every other one leads
    return found | ({"batch": "leading"} if number % 2 else {})


def training_gap(maker: Maker, day: dt.date, unit: str) -> Values:
    gap, course = maker.pick(maker.texts["training_gap"]["titles"])
    return {
        "gap": gap, "course": course,
        "audience": maker.pick(("县级干部", "科级干部", "年轻干部", "村（社区）书记", "窗口人员")),
        "planned_people": maker.number(20, 200),
        "training_class": maker.pick(maker.known["training_class"]) if maker.chance(0.6) else None,
    }


LEDGERS: tuple[Ledger, ...] = (
    Ledger("rectification", 26, (10, 15, 20, 30, 45, 60), rectification),
    Ledger("weekly_assignment", 27, (0,), weekly),
    Ledger("assigned_item", 13, (7, 10, 15, 20, 30), assigned_item),
    Ledger("meeting_problem", 9, (7, 7, 14, 21, 30), meeting_problem),
    Ledger("instruction", 7, (5, 10, 15, 30), instruction),
    Ledger("entity_item", 5, (150, 180, 240, 300), entity_item),
    Ledger("petition", 4, (30, 60, 90), petition), Ledger("regret", 3, (20, 30, 60), regret),
    Ledger("risk", 2, (7, 15, 30), risk), Ledger("project", 1.5, (240, 300, 420, 540), project),
    Ledger("livelihood", 1, (120, 180, 240), livelihood),
    Ledger("estate", 0.7, (60, 90, 150), estate),
    Ledger("training_gap", 0.5, (30, 60, 90), training_gap),
    Ledger("yearly_goal", 0.3, (200, 300), yearly_goal),
)
