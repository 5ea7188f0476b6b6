"""A unit without the program fills in when it reached the milestones of its item; the item's progress follows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from db.store.spans import records_as_of
from desktop.exchange.apply import accept

KIND, UNIT, TITLE = "rectification", "安坪县人民政府", "第1项 窗口排队时间长"


def test_what_a_unit_reached_comes_back_in_its_rows(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each(KIND) if r.values["title"] == TITLE)
    today: dt.date = city.session.today
    city.session.take_step(KIND, uid, "assign", on=today - dt.timedelta(days=10))
    for title, days in (("选址", -6), ("增设窗口", 1)):
        values = {"title": title, "planned_on": today + dt.timedelta(days=days)}
        city.session.add("milestone", values, parent=uid)
    book = hand(city.export(unit=UNIT).file, "节点")
    assert book.sheet.cell(book.row("选址", "节点内容"), book.column("计划完成时间")).value is not None
    book.write(book.row("选址", "节点内容"), "实际完成时间", (today - dt.timedelta(days=7)).isoformat())
    book.write(book.row("增设窗口", "节点内容"), "计划完成时间", "2031-01-01")
    plan = city.plan(book.save("filled.xlsx"))
    accept.accept(city.session, plan)
    reached = {m.values["title"]: m.values for m in city.session.children(uid, "milestone")}
    assert reached["选址"]["reached_on"] == today - dt.timedelta(days=7)
    assert reached["增设窗口"]["planned_on"] == today + dt.timedelta(days=1), "a plan is the office's, not the unit's"
    assert city.session.get(KIND, uid).values["progress_percent"] == Decimal(50)
    assert city.session.verify() == []


def test_a_day_that_the_office_moves_in_its_workbook_is_kept_as_it_was(city: Any, hand: Any, new_office: Any) -> None:
    """Typed over in Excel, and at the office that gets the workbook: the day of then is known at both."""
    uid = next(r.uid for r in city.session.office.each(KIND) if r.values["title"] == TITLE)
    today: dt.date = city.session.today
    city.session.take_step(KIND, uid, "assign", on=today - dt.timedelta(days=10))
    before, after = today - dt.timedelta(days=2), today + dt.timedelta(days=2)
    step = city.session.add("milestone", {"title": "选址", "planned_on": before}, parent=uid)
    book = hand(city.export().file, "节点")
    book.write(book.row("选址", "节点内容"), "计划完成时间", after.isoformat())
    accept.accept(city.session, city.plan(book.save("own.xlsx")))
    county = new_office("安坪县作风办", "county", units=False)
    county.take(city.export().file)

    for session in (city.session, county.session):
        row = session.must_get("milestone", step)
        assert row.values["planned_on"] == after
        yesterday = records_as_of(session, [row], today - dt.timedelta(days=1))[0]
        assert yesterday.values["planned_on"] == before and len(row.values["steps"]) == 1
        assert session.verify() == []
