"""The personnel book of the made-up office. Identity numbers begin with 99, which no region has."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from db.domain import resume
from db.model.query import Query
from db.units import unit_assignment
from desktop.sample.maker import DAY, Maker

BY = "personnel"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LEVELS = (
    "county_chief", "county_deputy", "township_chief", "township_chief", "township_deputy",
    "township_deputy",
)
RANKS = (
    "researcher_2", "researcher_3", "researcher_4", "section_chief_1", "section_chief_2",
    "section_chief_3", "section_chief_4",
)


#: How many cadres stand on the roster of a class.
ON_A_ROSTER = 12


def fill_personnel(maker: Maker, items: int) -> None:
    """Cadres and everything about them."""
    cadres = 50 + min(items // 40, 1500)
    for number in range(cadres):
        _cadre(maker, number)
    for _ in range(min(max(items // 4, 200), 25_000)):
        _reward(maker)
    for _ in range(cadres // 2):
        _achievement(maker)
        _assessment(maker)
    for _ in range(cadres // 3):
        _posting(maker)
        _development(maker)
        _service(maker)
    for number in range(max(8, cadres // 12)):
        _filing(maker, number < 2)


def fill_classes(maker: Maker, years: int) -> None:
    """Two classes in each of so many years before, whose rosters have cadres, by the unit of then;
    without chance."""
    cadres = maker.session.find(Query(kind="cadre", limit=ON_A_ROSTER * 3))
    for year in range(maker.today.year - years, maker.today.year):
        for half, (month, title) in enumerate(((4, "春季"), (9, "秋季"))):
            first = maker.workday(dt.date(year, month, 12))
            chosen = cadres[half * ON_A_ROSTER :][:ON_A_ROSTER]
            of = {c.uid: unit_assignment.unit_on(maker.session, c, first) for c in chosen}
            rows = [(c, of[c.uid]) for c in chosen if of[c.uid] is not None]
            uid = maker.add("training_class", {
                "name": f"{year}年{title}干部能力提升班", "form": ("小班额",), "field": "service",
                "host_unit": maker.bureaus[0], "place": "市委党校", "planned_on": first,
                "held_on": first, "ended_on": first + DAY * 2, "days": Decimal(2),
                "people": len(rows), "attendances": len(rows) * 2,
            }, first, state="held").uid
            for (cadre, unit), day in itertools.product(rows, (first, first + DAY)):
                maker.add("training_attendance", {
                    "name": cadre.values["name"], "unit": unit, "attended_on": day,
                    "duty": cadre.values["current_post"], "result": "合格", "cadre": cadre.uid,
                }, day, parent=uid, time="18:00:00")


def _identity(maker: Maker, born: dt.date, number: int) -> str:
    body = f"99{maker.number(1000, 9999)}{born:%Y%m%d}{number % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def _month(day: dt.date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def _resume(maker: Maker, worked: dt.date, unit: str, post: str) -> str:
    """Study, a first post and the present one, as the appointment form writes them."""
    moved = min(worked + DAY * 365 * 8, maker.today - DAY * 400)
    town = maker.filled("{town}")
    lines = (
        resume.ResumeLine(f"{worked.year - 4}-09", f"{worked.year}-07", "某大学管理学专业学习"),
        resume.ResumeLine(_month(worked), _month(moved), f"{town}科员、科长"),
        resume.ResumeLine(_month(moved), None, f"{unit}{post}"),
    )
    return resume.format_lines(lines)


def _cadre(maker: Maker, number: int) -> None:
    born = dt.date(maker.number(1964, 1994), maker.number(1, 12), maker.number(1, 28))
    worked = born + DAY * 365 * maker.number(20, 24)
    joined = min(worked + DAY * 365 * maker.number(0, 6), maker.today)
    unit, level = maker.pick(maker.units), maker.pick(LEVELS)
    start = maker.first + DAY * (number % 60)
    post = maker.text("cadre", "posts")
    member = maker.chance(0.9)
    values = {
        "name": maker.person(), "sex": maker.pick(("1", "1", "2")), "birth_month": _month(born),
        "identity_number": _identity(maker, born, number),
        "ethnic_group": maker.pick(("01",) * 12 + ("03", "11", "08")),
        "native_place": f"云川{maker.filled('{county}')}",
        "birth_place": f"云川{maker.filled('{county}')}",
        "political_status": "01" if member else "13",
        "party_joined_month": _month(joined) if member else None,
        "work_started_month": _month(worked), "health": "健康",
        "education": maker.pick(("14", "21", "21", "21", "31")),
        "degree": maker.pick(("3", "4", "4")), "education_school": "某大学管理学专业", "unit": unit,
        "current_post": post, "duty_level": level, "rank": maker.pick(RANKS),
        "resume": _resume(maker, worked, maker.session.unit_name(unit), post),
    }
    uid = maker.add("cadre", values, start, by=BY).uid
    maker.known.setdefault("cadre_unit", []).append(unit)
    for order, relation in enumerate(
        ("妻子" if values["sex"] == "1" else "丈夫", "儿子", "女儿")[: maker.number(1, 3)], start=1
    ):
        family = {
            "relation": relation, "name": maker.person(), "sort_order": order,
            "political_status": "群众",
        }
        maker.add("cadre_family", family, start, parent=uid, by=BY, time="09:00:00")
    if maker.chance(0.6):
        day = maker.day(1)
        row: dict[str, Any] = {
            "unit": unit, "post": post, "duty_level": level, "appointed_on": day,
            "front_line": maker.chance(0.4),
            "nature": maker.pick(("promotion", "promotion", "important", "transfer", "concurrent")),
            "document_no": f"云干〔{day.year}〕{maker.serial('post')}号",
        }  # fmt: skip
        maker.add("post_history", row, max(day, start), parent=uid, by=BY, time="09:10:00")
    if maker.chance(0.4):
        day = maker.day(1)
        ladder = (*RANKS, "clerk_1", "clerk_2")
        # now and then over a rung
        below = ladder.index(values["rank"]) + (2 if maker.number(0, len(RANKS) - 2) == 0 else 1)
        row = {
            "rank": values["rank"], "former_rank": ladder[below], "unit": unit, "promoted_on": day,
            "front_line": maker.chance(0.4),
            "document_no": f"云职〔{day.year}〕{maker.serial('rank')}号",
        }  # fmt: skip
        maker.add("rank_history", row, max(day, start), parent=uid, by=BY, time="09:20:00")
    for year in range(maker.today.year - 3, maker.today.year):
        row = {
            "year": year, "unit": unit,
            "result": maker.pick(("优秀", "称职", "称职", "称职", "称职")),
        }
        maker.add("yearly_assessment", row, start, parent=uid, by=BY, time="09:30:00")


def _someone(maker: Maker) -> tuple[str, str]:
    """A cadre and the unit they belong to."""
    place = maker.number(0, len(maker.known["cadre"]) - 1)
    return maker.known["cadre"][place], maker.known["cadre_unit"][place]


def _reward(maker: Maker) -> None:
    cadre, unit = _someone(maker)
    day = maker.day(0)
    good = maker.chance(0.85)
    values = {
        "cadre": cadre, "unit": unit, "nature": "reward" if good else "sanction",
        "category": maker.pick(
            ("嘉奖", "荣誉称号", "通报表扬", "记功") if good else ("提醒谈话", "通报批评", "诫勉")
        ),
        "content": maker.text("cadre", "rewards" if good else "sanctions"),
        "organ": maker.pick(("市委", "市政府", "市委组织部", "主管部门")), "decided_on": day,
        "influence_until": None if good else day + DAY * 180,
    }
    maker.add("reward_sanction", values, day, by=BY, time="10:00:00")


def _achievement(maker: Maker) -> None:
    cadre, unit = _someone(maker)
    day = maker.day(0)
    values = {
        "cadre": cadre, "unit": unit, "title": maker.text("cadre", "achievements"),
        "field": maker.pick(("project", "service", "flood", "stability", "rural")),
        "detail": maker.text("cadre", "performance"),
        "project": (
            maker.pick(maker.known["project"])
            if maker.known.get("project") and maker.chance(0.3)
            else None
        ),
        "grade": maker.pick(("突出", "良好", "良好", "一般")), "achieved_on": day,
    }
    maker.add("achievement", values, day, by=BY, time="10:10:00")


def _assessment(maker: Maker) -> None:
    cadre, unit = _someone(maker)
    day = maker.day(0)
    values = {
        "cadre": cadre, "unit": unit, "assessed_on": day,
        "field": maker.pick(("epidemic", "flood", "project", "stability")),
        "scene": maker.text("cadre", "places"), "performance": maker.text("cadre", "performance"),
        "grade": maker.pick(("优秀", "良好", "良好", "一般")),
        "assessors": "、".join(maker.person() for _ in range(2)),
    }
    maker.add("front_line_assessment", values, day, by=BY, time="10:20:00")


def _span(maker: Maker) -> tuple[dt.date, dt.date | None]:
    start = maker.day(10)
    end = start + DAY * maker.pick((90, 180, 365))
    return start, end if maker.chance(0.6) else None


def _posting(maker: Maker) -> None:
    cadre, unit = _someone(maker)
    start, end = _span(maker)
    kind = maker.pick(("headquarters", "task_force", "project", "village", "epidemic"))
    values = {
        "cadre": cadre, "unit": unit, "place_type": kind, "place": maker.text("cadre", "places"),
        "headquarters": maker.pick(maker.known["headquarters"]) if kind == "headquarters" else None,
        "from_on": start, "until_on": end,
    }
    maker.add("posting", values, start, by=BY, time="10:30:00")


def _development(maker: Maker) -> None:
    cadre, unit = _someone(maker)
    start, end = _span(maker)
    values = {
        "cadre": cadre, "unit": unit,
        "programme": maker.pick(("seedling", "preappointment", "secondment")),
        "position": maker.text("cadre", "positions"), "mentor": maker.person(), "from_on": start,
        "until_on": end,
    }
    maker.add("development", values, start, by=BY, time="10:40:00")


def _service(maker: Maker) -> None:
    cadre, unit = _someone(maker)
    start, end = _span(maker)
    values = {
        "cadre": cadre, "unit": unit,
        "project": (
            maker.pick(maker.known["project"])
            if maker.known.get("project") and maker.chance(0.5)
            else None
        ),
        "project_name": maker.text("project", "titles"), "from_on": start, "until_on": end,
        "solved": maker.number(0, 12),
    }
    maker.add("chief_service_officer", values, start, by=BY, time="10:50:00")


def _filing(maker: Maker, through: bool) -> None:
    """A risk filed; ``through`` makes sure that it was decided and led to a case of tolerance."""
    cadre, unit = _someone(maker)
    day = maker.workday(maker.day(20))
    state = (
        "decided"
        if through
        else maker.pick(("decided", "decided", "under_review", "filed", "drafted"))
    )
    filed = state != "drafted"
    decided = state == "decided"
    values = {
        "cadre": cadre, "unit": unit, "matter": maker.text("cadre", "matters"),
        "risk": "程序与现行规定不完全一致，可能产生争议。",
        "measures": maker.text("rectification", "measures"), "filed_on": day if filed else None,
        "filed_by": BY if filed else None,
        "accepted_on": day + DAY if state in ("under_review", "decided") else None,
        "decision": "yes" if decided else None, "decided_on": day + DAY * 10 if decided else None,
        "decided_by": "admin" if decided else None,
    }
    filing = maker.add("risk_filing", values, day, by=BY, state=state, time="11:00:00").uid
    if through or (decided and maker.chance(0.5)):
        later = min(day + DAY * 15, maker.today)
        case = {
            "cadre": cadre, "unit": unit, "matter": values["matter"], "filing": filing,
            "happened_on": day, "circumstances": "事前已报备，程序公开，没有谋取私利。",
            "filed_on": later, "filed_by": BY,
            "decision": maker.pick(("exempt", "mitigated", "not_tolerated")), "decided_on": later,
            "decided_by": "admin",
        }
        maker.add("error_tolerance", case, later, by=BY, state="decided", time="11:10:00")
