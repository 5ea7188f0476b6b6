"""A unit that has only a part of an instruction gets it in its workbook and brings it back; the others' parts are not its to see, the rest not its to say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import openpyxl
import pytest

from desktop.exchange.apply import accept

LEAD, OTHER, THIRD = "安坪县人民政府", "临湖区人民政府", "青石县人民政府"


@pytest.fixture
def item(city: Any) -> str:
    session, today = city.session, city.session.today
    leader = session.add("leader", {"name": "批示人"})
    begun, due = today - dt.timedelta(days=20), today + dt.timedelta(days=20)
    values = {"title": "供热准备", "instructed_by": leader, "instructed_on": begun, "assigned_on": begun, "deadline": due,
              "lead_unit": city.units[LEAD], "content": "请抓紧落实。"}  # fmt: skip
    uid: str = session.add("instruction", values)
    session.take_step("instruction", uid, "assign", on=begun)
    for unit, title in ((OTHER, "检修管网"), (THIRD, "储备燃煤")):
        session.add("instruction_part", {"title": title, "unit": city.units[unit], "deadline": due}, parent=uid)
    return uid


def parts(city: Any, item: str) -> dict[str, Any]:
    return {row.values["title"]: row.values for row in city.session.children(item, "instruction_part")}


def test_a_third_unit_fills_its_own_part(city: Any, hand: Any, item: str) -> None:
    today = city.session.today
    file = city.export(kinds=["instruction"], unit=THIRD).file
    book = hand(file, "分办件")
    said = [str(cell.value) for sheet in openpyxl.load_workbook(file) for row in sheet.iter_rows() for cell in row if cell.value]
    assert not any("检修管网" in text for text in said), "what is others' stays with them"
    row = book.row("储备燃煤", "分办内容")
    book.write(row, "办理结果", "已储备燃煤三千吨")
    book.write(row, "报结时间", today.isoformat())
    plan = city.plan(book.save("filled.xlsx"))
    accept.accept(city.session, plan)
    found = parts(city, item)
    assert (found["储备燃煤"]["result"], found["储备燃煤"]["reported_on"]) == ("已储备燃煤三千吨", today)
    assert found["检修管网"]["result"] is None and city.session.verify() == []


def test_what_it_writes_over_the_instruction_is_refused(city: Any, hand: Any, item: str) -> None:
    book = hand(city.export(kinds=["instruction"], unit=THIRD).file, "批示件")
    book.write(book.row("供热准备", "标题"), "进展情况", "第三家写的进展")
    plan = city.plan(book.save("filled.xlsx"))
    accept.accept(city.session, plan)
    assert "第三家写的进展" not in str(city.session.must_get("instruction", item).values)


def test_who_leads_gets_all_parts_and_who_has_none_gets_nothing(city: Any, hand: Any, item: str) -> None:
    for unit, shown in ((LEAD, {"检修管网", "储备燃煤"}), (OTHER, {"检修管网"})):
        sheet = openpyxl.load_workbook(city.export(f"{unit}.xlsx", kinds=["instruction"], unit=unit).file)["分办件"]
        texts = {str(cell.value) for row in sheet.iter_rows() for cell in row}
        assert {"检修管网", "储备燃煤"} & texts == shown
