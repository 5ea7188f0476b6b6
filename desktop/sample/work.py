"""Everything of the made-up office's own book besides ledger items: units, meetings, training,
cases, branches, indicators."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from desktop.bulletin.report.declaration import REPORT_NAME
from desktop.sample.maker import DAY, SPAN, Maker
from desktop.sample.meetings import fill_meetings, held_state

SERIES = (
    "industry", "rural", "integration", "innovation", "opening", "ecology", "governance", "party",
)
FIELDS = ("epidemic", "flood", "safety", "fire", "stability", "environment", "service", "rural")
STARS = ("star_party", "star_industry", "star_ecology", "star_safety", "star_culture")


def fill_office(maker: Maker, items: int) -> None:
    """All of it; sizes grow slowly with the number of items."""
    many = max(1, items // 500)
    _units(maker)
    _leaders(maker)
    _headquarters(maker)
    fill_meetings(maker)
    _training(maker, 10 + 4 * many)
    _drills(maker, 12 + 3 * many)
    _cases(maker, 16 + 4 * many)
    _press(maker, 30 + 6 * many)
    _branches(maker, 20 + 6 * many)
    _indicators(maker)
    _grid(maker)
    _three_zero(maker, 20 + 4 * many)


def _units(maker: Maker) -> None:
    start = maker.first - DAY * 5
    for order, (name, short) in enumerate(
        (*maker.places["bureaus"], *maker.places["counties"]), start=1
    ):
        bureau = order <= len(maker.places["bureaus"])
        values = {
            "name": f"云川{name}" if bureau else name, "short_name": short,
            "category": "bureau" if bureau else maker.places.get("category", "county"),
            "sort_order": order,
            "contact": maker.person(), "established_on": dt.date(2010, 1, 1),
        }
        uid = maker.add("unit", values, start, by="admin").uid
        (maker.bureaus if bureau else maker.counties).append(uid)
        maker.units.append(uid)
        if not bureau:
            maker.smallest.append((uid, name, short))
    if "below" in maker.places:
        _below(maker, start)


def _below(maker: Maker, start: dt.date) -> None:
    """The counties of a province, each under its city."""
    maker.smallest.clear()
    for city, names in zip(maker.counties, maker.places["below"], strict=True):
        for name in names:
            values = {
                "name": name, "short_name": name[:2], "category": "county", "superior": city,
                "sort_order": 50 + len(maker.smallest), "contact": maker.person(),
                "established_on": dt.date(2010, 1, 1),
            }
            uid = maker.add("unit", values, start, by="admin").uid
            maker.smallest.append((uid, name, name[:2]))
            maker.units.append(uid)


def fill_townships(maker: Maker) -> None:
    """A few townships below the first counties, so that the tree of units has a level more."""
    for order, (county, name, short) in enumerate(maker.smallest[:2]):
        for number, place in enumerate(("城关街道办事处", "北城街道办事处")):
            values = {
                "name": f"{name}{place}", "short_name": f"{short}{place[:2]}",
                "category": "township", "superior": county, "established_on": dt.date(2010, 1, 1),
                "sort_order": 100 + 2 * order + number,
            }
            row = maker.record("unit", values, called=f"township {order} {number}")
            maker.chronicle.add(row, f"{maker.today.isoformat()}T08:20:00", "admin", "新增单位")


def _leaders(maker: Maker) -> None:
    start = maker.first - DAY * 5
    for order, duty in enumerate(maker.places["duties"], start=1):
        values = {
            "name": maker.person(), "duty": duty, "level": "city", "sort_order": order,
            "unit": maker.bureaus[0],
        }
        maker.leaders.append(maker.add("leader", values, start, by="admin", time="08:40:00").uid)
    for order, name in enumerate(maker.places["strategies"], start=1):
        values = {
            "name": name, "lead_leader": maker.pick(maker.leaders),
            "lead_unit": maker.pick(maker.bureaus),
            "cooperating_units": maker.some(maker.units, 2, 4),
            "goal": "三年见成效，主要指标进入全省前列。", "sort_order": order,
        }
        maker.strategies.append(
            maker.add("strategy", values, start, by="admin", time="08:50:00").uid
        )
    group = {
        "name": "能力作风建设年活动领导小组", "established_on": start,
        "document_no": f"云办〔{start.year}〕8号", "office_unit": maker.bureaus[0],
        "duties": "统筹活动部署，定期听取汇报，研究解决重大问题。",
    }
    parent = maker.add("leading_group", group, start, by="admin", time="09:00:00").uid
    for order in range(1, 13):
        role = "head" if order <= 2 else "deputy" if order <= 5 else "member"
        values = {
            "name": maker.person(),
            "duty": maker.places["duties"][(order - 1) % len(maker.places["duties"])],
            "unit": maker.pick(maker.units), "role": role,
            "strategy": maker.strategies[(order - 1) % len(maker.strategies)], "sort_order": order,
        }
        maker.add("leading_group_member", values, start, parent=parent, by="admin", time="09:10:00")


def _headquarters(maker: Maker) -> None:
    start = maker.first
    top: str | None = None
    for number in range(8):
        values = {
            "name": (
                "云川市重大项目建设总指挥部"
                if number == 0
                else maker.filled("{company}项目建设指挥部") + f"（{number}）"
            ),
            "commander": maker.pick(maker.leaders), "superior": top,
            "lead_unit": maker.pick(maker.units),
            "cooperating_units": maker.some(maker.units, 2, 5),
            "established_on": start + DAY * number * 7,
        }
        uid = maker.add("headquarters", values, start + DAY * number * 7).uid
        top = top or uid
        for name in ("综合协调", "要素保障", "现场推进")[: maker.number(1, 3)]:
            force = {
                "name": f"{name}专班", "head": maker.person(), "duty": "副职",
                "lead_unit": maker.pick(maker.units),
                "task": maker.text("rectification", "measures"),
                "members_count": maker.number(4, 15),
            }
            maker.add("task_force", force, start + DAY * number * 7, parent=uid, time="09:00:00")


def _training(maker: Maker, number: int) -> None:
    for _ in range(number):
        day = maker.workday(maker.today - DAY * maker.number(-20, SPAN - 20))
        state, held_on = held_state(maker, day)
        roster = _roster(maker, held_on, maker.number(12, 30)) if held_on else []
        values = {
            "name": maker.text("training_class", "titles"),
            "form": maker.some(("小班额", "精品化", "调研式", "专题培训"), 1, 2),
            "field": maker.pick(FIELDS), "strategy": maker.pick(maker.strategies),
            "host_unit": maker.pick(maker.units), "place": "市委党校", "planned_on": day,
            "held_on": held_on,
            "ended_on": held_on + DAY * 4 if held_on and held_on + DAY * 4 <= maker.today else None,
            "days": Decimal(5),
            "people": len({(row["unit"], row["name"]) for row in roster}) or None,
            "attendances": len(roster) or None,
        }
        uid = maker.add("training_class", values, min(day, maker.today), state=state).uid
        maker.rosters[uid] = roster
        for row in roster:
            maker.add("training_attendance", row, row["attended_on"], parent=uid, time="18:00:00")
    for number_of in range(number):
        day = maker.workday(maker.today - DAY * maker.number(-15, SPAN - 20))
        state, held_on = held_state(maker, day)
        people = maker.number(80, 600)
        values = {
            "title": maker.text("lecture", "titles"),
            "hall": maker.pick(("great", "monthly", "special")),
            "series": SERIES[number_of % len(SERIES)],
            "keywords": "、".join(maker.some(maker.texts["lecture"]["keywords"], 1, 3)),
            "speaker": maker.person(),
            "speaker_duty": maker.pick(
                ("高校教授", "研究院研究员", "企业负责人", "部门主要负责人")
            ),
            "host_unit": maker.pick(maker.units), "held_on": held_on, "sites": maker.number(0, 14),
            "people": people if held_on else None,
            "attendances": people + maker.number(0, 90) if held_on else None,
        }
        # hundreds sit before screens: a lecture has its totals, and no roster
        maker.add("lecture", values, min(day, maker.today), state=state)


def _roster(maker: Maker, day: dt.date, people: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for _ in range(people):
        name, unit, duty = (
            maker.person(), maker.pick(maker.units), maker.pick(("科长", "副科长", "科员", "主任")),
        )
        for later in range(maker.number(1, 2)):
            if day + DAY * later <= maker.today:
                rows.append({
                    "name": name, "unit": unit, "duty": duty, "attended_on": day + DAY * later,
                    "result": maker.pick(("优秀", "合格", "合格", "合格")),
                })  # fmt: skip
    return rows


def _drills(maker: Maker, number: int) -> None:
    for place in range(number):
        day = maker.workday(maker.today - DAY * maker.number(-20, SPAN - 10))
        state, held = held_state(maker, day)
        timed = place % 2 == 0
        standard = maker.pick((("switch", 60), ("core_information", 240), ("assembly", 30)))
        actual = standard[1] * maker.number(60, 115) // 100
        values = {
            "title": maker.text("drill", "titles"),
            "form": maker.pick(("drill", "practice", "contest", "arena", "exchange")),
            "field": maker.pick(FIELDS), "level": maker.pick(("city", "county")),
            "scenario": maker.text("drill", "scenarios"), "host_unit": maker.pick(maker.units),
            "units": maker.some(maker.units, 2, 5), "held_on": held,
            "people": maker.number(20, 400) if held else None,
            "standard": standard[0] if timed else None,
            "required_minutes": Decimal(standard[1]) if timed else None,
            "actual_minutes": Decimal(actual) if timed and held else None,
            "met": actual <= standard[1] if timed and held else None,
            "result": maker.text("drill", "results") if held else None,
        }
        maker.add("drill", values, min(day, maker.today), state=state)


def _published(maker: Maker, state: str, day: dt.date) -> dict[str, Any]:
    """The fields of the review that go with a state."""
    if state == "drafted":
        return {}
    found: dict[str, Any] = {"submitted_on": day, "submitted_by": "clerk"}
    if state != "submitted":
        found |= {"reviewed_on": day, "reviewed_by": "reviewer"}
    if state == "published":
        found["published_on"] = day
    return found


def _once(used: Counter[str], title: str) -> str:
    """The title; from the second time on with its number, since no two cases may share one."""
    used[title] += 1
    return title if used[title] == 1 else f"{title}（{used[title]}）"


def _cases(maker: Maker, number: int) -> None:
    titles, bodies = maker.texts["case_study"]["titles"], maker.texts["case_study"]["bodies"]
    used: Counter[str] = Counter()
    states = ("published", "published", "published", "accepted", "submitted", "drafted", "rejected")
    for place in range(number):
        day, state = maker.workday(maker.day(20)), maker.pick(states)
        values = {
            "title": _once(used, maker.filled(titles[place % len(titles)])),
            "series": maker.pick(maker.kinds.get("case_study").field("series").options).name,
            "unit": maker.pick(maker.units), "author": maker.person(),
            "summary": maker.text("case_study", "summaries"), "body": bodies[place % len(titles)],
            "issue_no": f"第{maker.serial('case')}期" if state == "published" else None,
            **_published(maker, state, day),
        }
        uid = maker.add("case_study", values, day, state=state).uid
        if state == "published":
            for level in maker.some(("national", "province", "city", "city", "county"), 0, 2):
                out = day + DAY * maker.number(0, 15)
                record = {
                    "outlet": maker.pick(maker.places["outlets"][level]), "level": level,
                    "submitted_on": day, "published_on": out,
                    "issue_no": f"第{maker.number(1, 60)}期",
                }
                maker.add("case_publication", record, out, parent=uid, time="10:00:00")
    for _ in range(number // 2):
        day = maker.workday(maker.day(15))
        values = {
            "title": _once(used, maker.text("received_case", "titles")), "from_organ": "上级活动办",
            "received_on": day, "document_no": f"作风办〔{day.year}〕{maker.serial('received')}号",
            "forwarded_on": day + DAY * 2 if maker.chance(0.9) else None,
            "forwarded_to": maker.some(maker.units, 3, 8),
        }  # fmt: skip
        uid = maker.add("received_case", values, day).uid
        for _ in range(maker.number(0, 3)):
            held_on = day + DAY * maker.number(3, 14)
            session = {
                "held_on": held_on, "unit": maker.pick(maker.units), "topic": "对照先进找差距",
                "people": maker.number(12, 60), "gain": maker.text("case_study", "summaries"),
            }  # fmt: skip
            maker.add("case_study_session", session, held_on, parent=uid, time="10:00:00")
        day = maker.workday(maker.day(5))
        state = maker.pick(states)
        values = {
            "series": maker.pick(("good_cadre", "good_achievement")),
            "title": maker.text("publicity", "titles"), "subject": maker.person(),
            "unit": maker.pick(maker.units), "outlet": "云川日报", **_published(maker, state, day),
        }
        maker.add("publicity", values, day, state=state)


def _press(maker: Maker, number: int) -> None:
    for place in range(number):
        day = maker.day(1)
        level = maker.pick(
            ("national", "province", "province", "province", "city", "city", "county")
        )
        values = {
            "title": f"{maker.text('press', 'titles')}（{place + 1}）",
            "outlet": maker.pick(maker.places["outlets"][level]), "level": level,
            "published_on": day, "page": f"第{maker.number(1, 12)}版",
            "unit": maker.pick(maker.units), "author": maker.person(),
        }
        maker.add("press", values, day)


def _branches(maker: Maker, number: int) -> None:
    for place in range(number):
        village = maker.places["villages"][place % len(maker.places["villages"])]
        township = maker.places["towns"][place % len(maker.places["towns"])]
        values = {
            "name": (
                f"{township}{village}党支部"
                if place < 60
                else f"{township}{village}第{place // 60 + 1}党支部"
            ),
            "unit": maker.counties[place % len(maker.counties)],
            "place_type": "community" if village.endswith("社区") else "village",
            "township": township, "secretary": maker.person(),
            "members_count": maker.number(18, 160),
        }
        uid = maker.add("party_branch", values, maker.first + DAY * (place % 20)).uid
        for year in (maker.today.year - 1, maker.today.year):
            won = {star: maker.chance(0.62) for star in STARS}
            rating = {"year": year, **won, "stars": sum(won.values())}
            maker.add(
                "star_rating", rating, max(maker.first + DAY * 30, maker.day(0, 60)), parent=uid,
                time="10:00:00",
            )
    for place in range(number // 3):
        day = maker.workday(maker.day(5))
        values = {
            "contest": maker.pick(("secretary", "township", "frontline")),
            "title": maker.text("party_contest", "titles"), "held_on": min(day, maker.today),
            "unit": maker.pick(maker.counties), "contestant": maker.person(),
            "score": Decimal(maker.number(700, 990)) / 10, "place": place % 10 + 1,
        }
        maker.add("party_contest", values, day)


def _indicators(maker: Maker) -> None:
    groups = ("strategy", "livelihood", "economy", "environment", "reform")
    for year in sorted({maker.first.year, maker.today.year}):
        for place, (name, measure) in enumerate(maker.texts["yearly_goal"]["titles"]):
            target = Decimal(maker.number(80, 900)) / 10
            lead = maker.pick(maker.bureaus)
            values = {
                "year": year, "name": name, "group_name": groups[place % len(groups)],
                "strategy": maker.strategies[place % len(maker.strategies)], "measure": measure,
                "target": target, "data_source": "统计部门", "lead_unit": lead,
            }
            start = max(maker.first, dt.date(year, 1, 10))
            uid = maker.add("indicator", values, start).uid
            for month in range(1, 13):
                known_on = dt.date(year + month // 12, month % 12 + 1, 12)
                if not start <= known_on <= maker.today:
                    continue
                share = Decimal(month * maker.number(760, 900)) / 100
                row = {
                    "month": f"{year:04d}-{month:02d}", "unit": lead,
                    "value": (target * share / 100).quantize(Decimal("0.01")),
                    "target_share": share.quantize(Decimal("0.1")),
                    "growth": Decimal(maker.number(-30, 140)) / 10,
                    "province_rank": maker.number(1, 17), "data_source": "统计部门",
                }
                maker.add("indicator_value", row, known_on, parent=uid, time="10:00:00")


def fill_summary(maker: Maker) -> None:
    """Indicators that only the year's summary tells, with what was last reported of each. Made last
    and without chance, so that the same seed still makes the same of all else."""
    today = maker.today
    for place, (name, measure, group, *aim) in enumerate(maker.texts["indicator"]["reported"]):
        target = Decimal(20 + place * 37 % 70)
        share = Decimal(72 + place * 11 % 27)
        lead = maker.bureaus[place % len(maker.bureaus)]
        values = {
            "year": today.year, "name": name, "group_name": group, "measure": measure,
            "target": target if aim else None, "data_source": "责任单位", "lead_unit": lead,
        }
        uid = maker.add("indicator", values, today).uid
        value = (target * share / 100).quantize(Decimal("0.1"))
        value = value if measure[0] in "％万亿分公" else value.to_integral_value()
        row = {
            "month": f"{today.year:04d}-{today.month:02d}", "unit": lead, "value": value,
            "target_share": (
                (value * 100 / target).quantize(Decimal("0.1"), ROUND_HALF_UP) if aim else None
            ),
            "province_rank": 1 + place * 5 % 17, "data_source": "责任单位",
        }
        maker.add("indicator_value", row, today, parent=uid, time="10:00:00")


#: Report, name, rhythm, which day, how many, what of, for whom.
SCHEDULED = (
    ("weekly_list", "周一交办清单", "weekly", "days_from_start", 1, "current", "各责任单位"),
    ("leader_page", "领导专页", "weekly", "days_from_start", 1, "current", "各位牵头市领导"),
    ("supervision_circular", "督办通报", "monthly", "workdays_from_end", 1, "current", "双组长"),
    ("monthly_review", "月讲评通报", "monthly", "workdays_from_start", 2, "previous", "讲评会"),
    ("problem_list", "整改问题清单", "ten_days", "days_from_end", 1, "current", "各责任单位"),
    ("brief", "活动简报", "monthly", "days_from_start", 15, "month", "市委、市政府办公室"),
    ("activity_summary", "活动总结", "quarterly", "days_from_end", 1, "year", "双组长"),
)


def fill_scheduled(maker: Maker) -> None:
    """What the office prints in a rhythm; made last, as the summary is."""
    since = maker.today - DAY * 9
    names = (
        REPORT_NAME, "title", "rhythm", "counted", "number", "covers", "recipient",
    )
    for paper in SCHEDULED:
        values = {**dict(zip(names, paper, strict=True)), "from_on": since}
        maker.add("scheduled_paper", values, since)


def _grid(maker: Maker) -> None:
    for county in maker.counties:
        people = maker.number(1200, 5200)
        day = maker.first + DAY * 10
        while day <= maker.today:
            people += maker.number(-40, 120)
            values = {
                "unit": county, "counted_on": day, "headcount": people, "full_time": people // 4,
                "grids": people // 3,
            }  # fmt: skip
            maker.add("grid_headcount", values, day)
            day += DAY * 60


def _three_zero(maker: Maker, number: int) -> None:
    for place in range(number):
        village = maker.places["villages"][place % len(maker.places["villages"])]
        done = [maker.chance(0.85) for _ in range(3)]
        day = maker.workday(maker.day(5, 90))
        values = {
            "year": maker.today.year, "unit": maker.counties[place % len(maker.counties)],
            "place": (
                f"{maker.places['towns'][place % len(maker.places['towns'])]}{village}"
                + (f"{place // 60}组" if place >= 60 else "")
            ),
            "place_type": "community" if village.endswith("社区") else "village",
            "zero_petition": done[0], "zero_accident": done[1], "zero_case": done[2],
            "achieved": all(done), "checked_on": min(day, maker.today),
        }
        maker.add("three_zero", values, day)
