"""What a unit's contact types into 进展情况 becomes a progress report with its date and author; earlier ones stay."""

from __future__ import annotations

import datetime as dt
from typing import Any

import openpyxl

from desktop.exchange.format.cover import NAME


def reports(city: Any, uid: str) -> list[tuple[Any, ...]]:
    return [(r.values["content"], r.values["reported_on"], r.values["reported_by"]) for r in city.session.children(uid, "progress")]


def week(city: Any, hand: Any, text: str, *, by: str | None = None, on: str | None = None) -> Any:
    book = hand(city.export(unit="安坪县人民政府").file)
    book.write(book.row("第1项 窗口排队时间长"), "进展情况", text)
    cover = book.book[NAME]
    for row in cover.iter_rows():
        if row[1].value == "填报人" and by:
            row[2].value = by
        if row[1].value == "填报日期" and on:
            row[2].value = on
    return book.save()


def test_each_weeks_return_is_a_report_of_its_own(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    first = week(city, hand, "第一周：完成摸底", by="李明", on="2022年9月5日")
    plan = city.plan(first)
    assert "另记一条「进展报告」（2022-09-05 李明）" in plan.rows[0].message
    city.take(first)
    city.take(week(city, hand, "第二周：增设窗口", by="赵亮", on="2022.9.12"))
    assert reports(city, uid) == [
        ("第一周：完成摸底", dt.date(2022, 9, 5), "李明"), ("第二周：增设窗口", dt.date(2022, 9, 12), "赵亮"),
    ]  # fmt: skip
    assert city.value(uid, "progress") == "第二周：增设窗口"
    city.take(first)
    assert len(reports(city, uid)) == 2 and city.session.verify() == []


def test_two_offices_that_take_in_the_same_file_have_one_report(city: Any, hand: Any, new_office: Any) -> None:
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    file = week(city, hand, "同一份", by="李明", on="2022-09-05")
    other = new_office("区办", units=False)
    for office in (city, other):
        office.take(file)
    other.take(city.export("all.xlsx").file)
    assert reports(other, uid) == reports(city, uid) == [("同一份", dt.date(2022, 9, 5), "李明")]


def test_the_next_workbook_shows_earlier_reports(city: Any, hand: Any) -> None:
    city.take(week(city, hand, "第一周：完成摸底", by="李明", on="2022-09-05"))
    book = openpyxl.load_workbook(city.export("next.xlsx", unit="安坪县人民政府").file)
    sheet = book["进展报告"]
    texts = [c.value for row in sheet.iter_rows(min_row=5) for c in row]
    assert "第一周：完成摸底" in texts and "第1项 窗口排队时间长" in texts


def test_without_a_cover_date_it_is_today_and_undo_takes_it_back(city: Any, hand: Any) -> None:
    from desktop.exchange.apply import accept

    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    result = city.take(week(city, hand, "没写日期"))
    assert reports(city, uid) == [("没写日期", city.session.today, "安坪县人民政府")]
    accept.undo_import(city.session, result.import_id)
    assert reports(city, uid) == [] and city.value(uid, "progress") is None


def test_a_report_takes_an_item_that_was_only_assigned_on_to_in_progress(city: Any, hand: Any) -> None:
    from desktop.exchange.apply import accept

    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    city.session.take_step("rectification", uid, "assign")
    file = week(city, hand, "完成摸底", by="李明", on="2022-09-05")
    plan = city.plan(file)
    assert "状态由“已交办”转为“办理中”" in plan.rows[0].message
    result = accept.accept(city.session, plan)
    item = city.session.get("rectification", uid)
    assert (item.state, item.values["acknowledged_on"]) == ("in_progress", city.session.today)  # reported before it was assigned
    city.take(file)
    assert len(reports(city, uid)) == 1
    accept.undo_import(city.session, result.import_id)
    assert city.session.get("rectification", uid).state == "assigned" and reports(city, uid) == []
    assert accept.redo_import(city.session, result.import_id).kept == []
    assert city.session.get("rectification", uid).state == "in_progress" and len(reports(city, uid)) == 1
    assert city.session.verify() == []


def test_what_was_assigned_before_the_report_is_received_on_its_day(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    city.session.set("rectification", uid, {"assigned_on": dt.date(2022, 9, 1)})
    city.session.take_step("rectification", uid, "assign")
    city.take(week(city, hand, "完成摸底", by="李明", on="2022-09-05"))
    item = city.session.get("rectification", uid)
    assert (item.state, item.values["acknowledged_on"]) == ("in_progress", dt.date(2022, 9, 5))


def test_a_report_moves_nothing_where_the_work_is_past_it(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    city.take(week(city, hand, "还没有交办就来的", by="李明"))
    assert city.session.get("rectification", uid).state == "drafted"
    city.session.take_step("rectification", uid, "assign")
    city.session.take_step("rectification", uid, "request-close-out", ask={"content": "办完了"})
    city.take(week(city, hand, "申请之后又来的", by="李明"))
    assert city.session.get("rectification", uid).state == "close_out_requested" and len(reports(city, uid)) == 2


def test_a_cell_that_is_not_taken_makes_no_report_and_one_in_conflict_once_it_was_decided(city: Any, hand: Any) -> None:
    from desktop.exchange.apply import accept

    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    city.session.take_step("rectification", uid, "assign")
    file = week(city, hand, "单位写的", by="李明")
    left = city.plan(file)
    accept.accept(city.session, left, {(uid, "progress"): "skip"})
    assert reports(city, uid) == [] and city.session.get("rectification", uid).state == "assigned"
    city.session.set("rectification", uid, {"progress": "本办写的"})
    result = city.take(file)
    assert [c.field for c in result.conflicts] == ["progress"] and city.value(uid, "progress") == "本办写的"
    assert reports(city, uid) == [] and city.session.get("rectification", uid).state == "assigned"
    assert city.take(file).conflicts != [] and reports(city, uid) == []  # the same file again: the same question
    accept.decide(city.session, result.conflicts[0].conflict_id, "theirs")
    assert [content for content, _, _ in reports(city, uid)] == ["单位写的"]
    assert city.session.get("rectification", uid).state == "in_progress"
    assert city.take(file).updated == 0 and len(reports(city, uid)) == 1


def test_a_report_that_waits_is_not_made_where_the_cell_stays_as_it_is(city: Any, hand: Any) -> None:
    from desktop.exchange.apply import accept

    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    file = week(city, hand, "单位写的", by="李明")
    city.session.set("rectification", uid, {"progress": "本办写的"})
    plan = city.plan(file)
    assert plan.rows[0].message.startswith("采用这一处，就另记一条")
    (waits,) = accept.accept(city.session, plan).conflicts
    accept.decide(city.session, waits.conflict_id, "mine")
    assert reports(city, uid) == []
    assert city.take(file).conflicts == [] and reports(city, uid) == []
    # accepted at once in the preview, it is made at once
    city.session.set("rectification", uid, {"progress": "本办又写的"})
    other = week(city, hand, "单位又写的", by="李明")
    city.session.set("rectification", uid, {"progress": "本办第三次写的"})
    city.take(other, {(uid, "progress"): "theirs"})
    assert [content for content, _, _ in reports(city, uid)] == ["单位又写的"]
