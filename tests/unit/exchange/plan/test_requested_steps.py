"""A unit without the program receives, asks for close-out and for more time in its workbook; the office decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.apply import accept
from desktop.exchange.format.cover import NAME
from desktop.exchange.plan import cell_accounting

KIND, UNIT, TITLE = "rectification", "安坪县人民政府", "第1项 窗口排队时间长"


@pytest.fixture
def item(city: Any) -> str:
    """An item of the unit, assigned ten days ago."""
    uid: str = next(r.uid for r in city.session.office.each(KIND) if r.values["title"] == TITLE)
    city.session.take_step(KIND, uid, "assign", on=days_ago(city, 10))
    return uid


def days_ago(city: Any, days: int) -> dt.date:
    day: dt.date = city.session.today - dt.timedelta(days=days)
    return day


@pytest.fixture
def fill(city: Any, hand: Any, item: str) -> Callable[..., Path]:
    """The unit's workbook with cells of the item's row filled in; one workbook for all calls."""
    made = city.export(unit=UNIT).file

    def run(by: str = "李明", name: str = "filled.xlsx", **cells: object) -> Path:
        book = hand(made)
        for heading, value in cells.items():
            book.write(book.row(TITLE), heading.replace("__", "："), value)
        for row in book.book[NAME].iter_rows():
            if row[1].value == "填报人":
                row[2].value = by
        path: Path = book.save(name)
        return path

    return run


def text(day: dt.date) -> str:
    return day.isoformat()


def test_receipt_close_out_and_extension_are_taken_on_their_days(city: Any, item: str, fill: Any) -> None:
    file = fill(签收时间=text(days_ago(city, 9)), 申请延期日期=text(days_ago(city, 6)), 申请延至="2031-01-01", 延期理由="汛期不能施工",
                申请销号日期=text(days_ago(city, 2)), 申请销号__完成情况="窗口已增设", 佐证说明="安政〔2026〕3号")  # fmt: skip
    plan = city.plan(file)
    assert [(s.label, s.on) for row in plan.rows for s in row.steps] == [
        ("签收", days_ago(city, 9)), ("申请延期", days_ago(city, 6)), ("申请销号", days_ago(city, 2)),
    ]  # fmt: skip
    assert cell_accounting.cell_report(plan)["cells"]["taken"] == 7
    result = accept.accept(city.session, plan)
    record = city.session.get(KIND, item)
    assert record.state == "close_out_requested" and record.values["acknowledged_on"] == days_ago(city, 9)
    assert record.values["close_out_requested_on"] == days_ago(city, 2) and record.values["close_out_requested_by"] == "李明"
    (evidence,), (extension,) = city.session.children(item, "evidence"), city.session.children(item, "extension")
    assert (evidence.values["content"], evidence.values["basis"], evidence.values["status"]) == ("窗口已增设", "安政〔2026〕3号", "pending")
    assert (extension.values["status"], extension.values["requested_on"]) == ("requested", days_ago(city, 6))
    assert extension.values["old_deadline"] == record.values["deadline"] and extension.values["unit"] == city.units[UNIT]
    assert [(s.action, s.day) for s in record.values["steps"]] == [
        ("assign", days_ago(city, 10)), ("acknowledge", days_ago(city, 9)), ("request-extension", days_ago(city, 6)),
        ("request-close-out", days_ago(city, 2)),
    ]  # fmt: skip
    before = city.state(KIND, "evidence", "extension")
    again = city.take(file)
    assert (again.added, again.updated, again.conflicts) == (0, 0, []) and city.state(KIND, "evidence", "extension") == before
    assert city.session.verify() == []
    accept.undo_import(city.session, result.import_id)
    assert city.session.get(KIND, item).state == "assigned" and city.session.children(item, "evidence") == []
    assert city.session.verify() == []


def test_what_was_corrected_is_asked_and_its_day_is_the_steps(city: Any, item: str, fill: Any) -> None:
    city.take(fill(申请销号日期=text(days_ago(city, 3)), 申请销号__完成情况="窗口已增设"))
    second = fill(申请销号日期=text(days_ago(city, 4)), 申请销号__完成情况="窗口已增设两个")
    plan = city.plan(second)
    asked = [cell for row in plan.rows for cell in row.cells]
    assert {(c.status, c.label) for c in asked} == {("correction", "申请时间"), ("correction", "完成情况")}
    (evidence,) = city.session.children(item, "evidence")
    accept.accept(city.session, plan, {evidence.uid: "theirs"})
    record, (evidence,) = city.session.get(KIND, item), city.session.children(item, "evidence")
    assert evidence.values["content"] == "窗口已增设两个"
    assert record.values["close_out_requested_on"] == evidence.values["requested_on"] == days_ago(city, 4)
    assert [s.day for s in record.values["steps"] if s.action == "request-close-out" and not s.void] == [days_ago(city, 4)]
    assert city.session.verify() == []


def test_after_a_return_the_same_workbook_asks_anew_but_only_for_what_is_new(city: Any, item: str, fill: Any) -> None:
    first = fill(申请销号日期=text(days_ago(city, 3)), 申请销号__完成情况="窗口已增设")
    city.take(first)
    city.session.take_step(KIND, item, "return", "没有照片")
    assert not city.plan(first).rows  # brought twice: it was decided on
    city.take(fill(申请销号日期=text(days_ago(city, 0)), 申请销号__完成情况="窗口已增设，附照片"))
    assert city.session.get(KIND, item).state == "close_out_requested"
    assert [(e.values["content"], e.values["status"]) for e in city.session.children(item, "evidence")] == [
        ("窗口已增设", "returned"), ("窗口已增设，附照片", "pending"),
    ]  # fmt: skip


def test_a_request_is_taken_back_and_may_be_made_anew(city: Any, item: str, fill: Any) -> None:
    city.take(fill(申请销号日期=text(days_ago(city, 5)), 申请销号__完成情况="窗口已增设"))
    back = fill(
        name="back.xlsx", 申请销号日期=text(days_ago(city, 5)), 申请销号__完成情况="窗口已增设",
        撤回申请日期=text(days_ago(city, 3)),
    )
    plan = city.plan(back)
    (row,) = [row for row in plan.rows if row.steps]
    assert (row.steps[0].label, row.steps[0].on) == ("撤回申请", days_ago(city, 3)) and row.cells[0].cell
    left = accept.plan(city.session, back)
    accept.accept(city.session, left, {(row.uid, "withdraw"): "skip"})
    assert city.session.get(KIND, item).state == "close_out_requested"
    result = city.take(back)
    record = city.session.get(KIND, item)
    assert record.state == "in_progress" and record.values.get("close_out_requested_on") is None
    assert [e.values["status"] for e in city.session.children(item, "evidence")] == ["voided"]
    assert [(s.action, s.day) for s in record.values["steps"]][1:] == [
        ("request-close-out", days_ago(city, 5)), ("withdraw", days_ago(city, 3)),
    ]  # fmt: skip
    before = city.state(KIND, "evidence")
    again = city.plan(back)
    assert not again.rows and cell_accounting.cell_report(again)["cells"]["taken"] == 0  # brought twice
    city.take(back)
    assert city.state(KIND, "evidence") == before and city.session.verify() == []
    anew = fill(name="anew.xlsx", 撤回申请日期=text(days_ago(city, 3)), 申请销号日期=text(days_ago(city, 1)), 申请销号__完成情况="又增设两个")
    city.take(anew)
    assert city.session.get(KIND, item).state == "close_out_requested"
    accept.undo_import(city.session, city.take(fill(name="third.xlsx", 撤回申请日期=text(days_ago(city, 0)))).import_id)
    assert city.session.get(KIND, item).state == "close_out_requested" and city.session.verify() == []
    assert result.to_json()["updated"] or result.to_json()["proposed"]


@pytest.mark.parametrize(("role_days", "refused"), [(31, False), (2, True), (0, True)])
def test_a_day_gone_by_is_taken_as_far_as_the_office_lets_the_role(
    city: Any, item: str, fill: Any, role_days: int, refused: bool
) -> None:
    from db.model import settings

    with city.session.office.atomic("admin", "settings", "修改"):
        settings.BACK_DATING.save(city.session.office, {"administrator": role_days})
    plan = city.plan(fill(签收时间=text(days_ago(city, 3)), 申请销号日期=text(days_ago(city, 3)), 申请销号__完成情况="办完"))
    told = [line for line in plan.lines("refused") if "补记" in line["message"]]
    assert bool(told) == refused and all(line["cell"] for line in told)
    accept.accept(city.session, plan)
    assert city.session.get(KIND, item).state == ("assigned" if refused else "close_out_requested")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"撤回申请日期": -1}, "不能撤回申请"),
        ({"签收时间": 1}, "还没有到"),
        ({"签收时间": -11}, "早于前一步“交办”"),
        ({"申请销号日期": 1, "申请销号__完成情况": "办完"}, "还没有到"),
        ({"申请销号日期": -20, "申请销号__完成情况": "办完"}, "早于前一步“交办”"),
        ({"签收时间": -3, "申请销号日期": -5, "申请销号__完成情况": "办完"}, "早于前一步“签收”"),
        ({"延期理由": "汛期"}, "还要填写「申请延至」"),
        ({"申请延至": "2031-01-01"}, "还要填写「延期理由」"),
        ({"申请延至": "2029-01-01", "延期理由": "汛期"}, "晚于现在的时限"),
    ],
)
def test_a_wrong_day_or_half_a_request_is_refused_at_its_cell(
    city: Any, item: str, fill: Any, cells: dict[str, object], sentence: str
) -> None:
    plan = city.plan(fill(**{k: text(days_ago(city, -v)) if isinstance(v, int) else v for k, v in cells.items()}))
    told = [line for line in plan.lines("refused", "error") if sentence in line["message"]]
    assert told and all(line["cell"] for line in told)
    accept.accept(city.session, plan)
    assert city.session.children(item, "evidence") == city.session.children(item, "extension") == []
    counts = cell_accounting.cell_report(plan)["cells"]
    assert counts["refused"] >= 1


def test_a_closed_item_takes_no_request_and_one_not_assigned_none(city: Any, item: str, fill: Any) -> None:
    file = fill(签收时间=text(days_ago(city, 1)), 申请销号__完成情况="办完")
    city.session.take_step(KIND, item, "cancel", "不办了")
    plan = city.plan(file)
    assert {"refused"} == {c.status for row in plan.rows for c in row.cells}
    accept.accept(city.session, plan)
    assert city.session.get(KIND, item).state == "cancelled" and city.session.children(item, "evidence") == []


def test_a_request_that_is_left_out_leaves_the_item_alone(city: Any, item: str, fill: Any) -> None:
    plan = city.plan(fill(签收时间=text(days_ago(city, 9)), 申请销号__完成情况="办完"))
    request = next(row for row in plan.rows if row.kind == "evidence")
    accept.accept(city.session, plan, {request.uid: "skip"})
    assert city.session.get(KIND, item).state == "acknowledged" and city.session.children(item, "evidence") == []
    again = city.plan(fill(签收时间=text(days_ago(city, 9)), 申请销号__完成情况="办完"))
    accept.accept(city.session, again, {item: "skip"})
    assert city.session.get(KIND, item).state == "close_out_requested"


def test_progress_and_request_of_one_row_follow_one_another(city: Any, item: str, fill: Any) -> None:
    city.take(fill(进展情况="第一阶段完成", 申请销号日期=text(days_ago(city, 5)), 申请销号__完成情况="办完"))
    record = city.session.get(KIND, item)
    assert [(s.action, s.day) for s in record.values["steps"]][1:] == [
        ("report", days_ago(city, 5)), ("request-close-out", days_ago(city, 5)),
    ]  # fmt: skip
    assert record.state == "close_out_requested" and city.session.verify() == []


def test_two_offices_that_take_the_same_file_meet(city: Any, item: str, fill: Any, new_office: Any) -> None:
    file = fill(签收时间=text(days_ago(city, 9)), 申请销号日期=text(days_ago(city, 2)), 申请销号__完成情况="办完")
    other = new_office("区办", units=False)
    for office in (city, other):
        office.take(file)
    other.take(city.export("all.xlsx").file)
    city.take(other.export("back.xlsx").file)
    for office in (city, other):
        assert office.session.get(KIND, item).state == "close_out_requested"
        assert [e.values["content"] for e in office.session.children(item, "evidence")] == ["办完"]
        assert office.session.verify() == [] and accept.count_own(office.session) == 0


def test_what_two_offices_dated_back_meets_in_the_order_of_the_days(city: Any, item: str, new_office: Any) -> None:
    city.session.take_step(KIND, item, "acknowledge", on=days_ago(city, 9))
    other = new_office("区办", units=False)
    other.take(city.export("all.xlsx").file)
    other.session.office.set_meta(own_unit=city.units[UNIT])
    for office, days, words in ((city, 4, "完成三成"), (other, 6, "已经开会"), (city, 2, "完成八成"), (other, 3, "过半")):
        office.session.take_step(KIND, item, "report", on=days_ago(city, days), ask={"content": words})
    for _ in range(2):  # a second time nothing more comes of it
        city.take(other.export("back.xlsx").file)
        other.take(city.export("on.xlsx").file)
    for office in (city, other):
        steps = [(s.action, s.day) for s in office.session.get(KIND, item).values["steps"]]
        assert steps == [
            ("assign", days_ago(city, 10)), ("acknowledge", days_ago(city, 9)), *(("report", days_ago(city, days)) for days in (6, 4, 3, 2)),
        ]  # fmt: skip
        told = sorted((c.values["reported_on"], c.values["content"]) for c in office.session.children(item, "progress"))
        assert told == [(days_ago(city, d), w) for d, w in ((6, "已经开会"), (4, "完成三成"), (3, "过半"), (2, "完成八成"))]
        # what both wrote into one cell is asked, the steps are not
        assert {c.field for c in accept.conflicts(office.session)} <= {"progress"}
    assert city.session.verify() == []


def test_the_reviewer_decides_and_not_the_file(city: Any, item: str, fill: Any) -> None:
    city.take(fill(申请销号日期=text(days_ago(city, 2)), 申请销号__完成情况="办完"))
    city.session.take_step(KIND, item, "close-out")
    assert city.session.children(item, "evidence")[0].values["status"] == "accepted"


def test_resaved_by_libreoffice_it_says_the_same(city: Any, item: str, fill: Any, resave: Any) -> None:
    file = resave(fill(签收时间=text(days_ago(city, 9)), 申请延至="2031-01-01", 延期理由="汛期", 申请销号__完成情况="办完"))
    assert [s.label for row in city.plan(file).rows for s in row.steps] == ["签收", "申请延期", "申请销号"]


def test_only_the_cells_to_be_filled_in_are_open(city: Any, item: str, hand: Any) -> None:
    book = hand(city.export(unit=UNIT).file)
    row = book.row(TITLE)
    open_ = {book.sheet.cell(book.head, c.column).value for c in book.sheet[row] if not c.protection.locked}
    assert book.sheet.protection.sheet
    assert {"进展情况", "签收时间", "申请销号日期", "申请销号：完成情况", "佐证说明", "申请延期日期", "申请延至", "延期理由"} <= open_
    assert open_.isdisjoint({"整改事项", "整改时限", "责任单位", "状态"})
    rules = {str(r.sqref).split(":")[0]: r for r in book.sheet.data_validations.dataValidation}
    at = book.cell(book.head + 1, "签收时间").coordinate
    assert "已交办" in rules[at].formula1 and rules[at].type == "custom"


# -- values that are due each month -----------------------------------------------------------------


@pytest.fixture
def indicator(city: Any) -> str:
    uid: str = city.session.add("indicator", {
        "year": city.session.today.year, "name": "规上工业增加值", "measure": "亿元", "target": 100, "lead_unit": city.units[UNIT],
    })  # fmt: skip
    if city.session.today.month > 2:
        city.session.add("indicator_value", {"month": month_of(city, 2), "value": 70, "unit": city.units[UNIT]}, parent=uid)
    return uid


def month_of(city: Any, back: int) -> str:
    year, month = divmod(city.session.today.year * 12 + city.session.today.month - 1 - back, 12)
    return f"{year:04d}-{month + 1:02d}"


def test_a_months_value_is_filled_into_the_row_that_is_ready(city: Any, indicator: str, hand: Any) -> None:
    file = city.export(unit=UNIT, kinds=["indicator"]).file
    book = hand(file, "指标数据")
    ready = [r for r in range(book.head + 1, book.sheet.max_row + 1) if str(book.sheet.cell(r, 1).value).startswith("+")]
    at = {book.cell(r, "截至月份").value: r for r in ready}
    assert set(at) == {month_of(city, back) for back in (0, 1)} if city.session.today.month > 2 else at
    row = at[month_of(city, 0)]
    open_ = {book.sheet.cell(book.head, c.column).value for c in book.sheet[row] if not c.protection.locked}
    assert open_ == {"累计值", "全省位次", "同比", "数据来源"}
    assert not city.plan(book.save("blank.xlsx")).rows
    filled = book.write(row, "累计值", "88.5").save()
    plan = city.plan(filled)
    assert [(r.status, r.title) for r in plan.rows] == [("added", month_of(city, 0))]
    accept.accept(city.session, plan)
    values = {v.values["month"]: v for v in city.session.children(indicator, "indicator_value")}
    new = values[month_of(city, 0)].values
    assert (str(new["value"]), new["unit"]) == ("88.5", city.units[UNIT])
    assert not city.plan(filled).rows
    again = city.plan(book.write(row, "累计值", "89").save("again.xlsx"))
    assert [c.status for r in again.rows for c in r.cells] == ["correction"]
    assert city.session.verify() == []


def test_a_month_that_was_filled_in_meanwhile_is_told(city: Any, indicator: str, hand: Any) -> None:
    """The sheet of values is the same where it was asked for beside its indicators."""
    book = hand(city.export(unit=UNIT, kinds=["indicator", "indicator_value"]).file, "指标数据")
    row = next(r for r in range(book.head + 1, book.sheet.max_row + 1) if book.cell(r, "截至月份").value == month_of(city, 0))
    city.session.add("indicator_value", {"month": month_of(city, 0), "value": 80, "unit": city.units[UNIT]}, parent=indicator)
    plan = city.plan(book.write(row, "累计值", "88.5").save())
    (line,) = plan.lines("error")
    assert "本期已有数据" in line["message"] and line["cell"]
