"""What looks like an accident is told, not written until it is accepted, and everything else of the file is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.apply import accept
from desktop.exchange.plan import cell_accounting

KIND, FIRST = "rectification", "第1项 窗口排队时间长"


def told(plan: Any) -> list[tuple[str, int]]:
    return [(each.code, len(each.cells)) for each in cell_accounting.warnings(plan)]


def adds_up(plan: Any) -> dict[str, int]:
    cells: dict[str, int] = cell_accounting.cell_report(plan)["cells"]
    parts = ("taken", "unchanged", "refused", "conflicts", "warned", "ignored")
    assert cells["total"] == sum(cells[name] for name in parts)
    assert all(cells[name] >= 0 for name in parts), cells
    return cells


def accepted(city: Any, file: Path, *codes: str) -> Any:
    return accept.accept(city.session, accept.plan(city.session, file, accepted=codes))


def uid_of(city: Any, start: str) -> str:
    return next(r.uid for r in city.session.office.each(KIND) if r.values["title"].startswith(start))


# -- numbers ----------------------------------------------------------------------------------------------


def reported(city: Any, **values: Any) -> str:
    """A progress report of the first item."""
    made = {"content": "已开两窗", "reported_on": dt.date(2026, 1, 5), **values}
    uid: str = city.session.add("progress", made, parent=uid_of(city, "第1项"))
    return uid


def test_a_number_shown_in_percent_is_what_a_person_sees(city: Any, hand: Any) -> None:
    uid = reported(city, percent=50)
    book = hand(city.export().file, "进展报告")
    cell = book.cell(book.row("已开两窗", "进展内容"), "报告进度")
    cell.value, cell.number_format = 0.77, "0%"
    plan = city.plan(book.save())
    assert told(plan) == [] and adds_up(plan)["taken"] == 1
    accept.accept(city.session, plan)
    assert city.value(uid, "percent", "progress") == 77


@pytest.mark.parametrize("typed", [0.77, "0.77"])
def test_a_share_given_as_a_part_of_one_waits(city: Any, hand: Any, typed: object) -> None:
    uid = reported(city, percent=50)
    book = hand(city.export().file, "进展报告")
    row = book.row("已开两窗", "进展内容")
    book.write(row, "报告进度", typed).write(row, "存在困难", "缺钱")
    if not isinstance(typed, str):
        book.cell(row, "报告进度").number_format = "General"
    file = book.save()
    assert told(city.plan(file)) == [("scale", 1)]
    assert adds_up(city.plan(file))["warned"] == 1
    result = city.take(file)
    assert [city.value(uid, name, "progress") for name in ("percent", "difficulty")] == [50, "缺钱"]
    assert [line["code"] for line in result.to_json()["warnings"]] == ["scale"]
    accepted(city, file, "scale")  # the same file again, and somebody has looked
    assert str(city.value(uid, "percent", "progress")) == "0.77"


def test_one_accepted_in_the_window_is_written_and_the_other_waits(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    for title in (FIRST, "第2项 窗口排队时间长"):
        book.write(book.row(title), "责任人", "同上")
    file, uids = book.save(), [uid_of(city, "第1项"), uid_of(city, "第2项")]
    plan = city.plan(file)
    assert told(plan) == [("ditto", 2)] and "共 2 处" in cell_accounting.warnings(plan)[0].message
    city.take(file, {(uids[0], "responsible_person"): "theirs"})
    assert [city.value(uid, "responsible_person") for uid in uids] == ["同上", None]


# -- rows ----------------------------------------------------------------------------------------------------


def test_a_total_below_the_table_is_no_item(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.blank_row(), "整改事项", "合计").write(book.blank_row(), "问题表现", "共 9 项")
    book.write(book.blank_row(2), "整改事项", "合计发放补贴的整改，涉及三个乡镇和多个部门").write(
        book.blank_row(2), "责任单位", "安坪县人民政府"
    )
    plan = city.plan(book.save())
    assert told(plan) == [("note_row", 2)] and adds_up(plan)["warned"] == 2
    assert accept.accept(city.session, plan).added == 1 and "合计" not in city.titles()


def test_a_blank_row_filled_with_an_item_that_is_here_waits(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.blank_row()
    book.write(row, "整改事项", FIRST).write(row, "责任单位", "安坪县人民政府").write(row, "责任人", "王五")
    file = book.save()
    plan = city.plan(file)
    assert told(plan) == [("duplicate", 3)] and plan.added == 0 and adds_up(plan)["warned"] == 3
    assert city.take(file).added == 0
    assert accepted(city, file, "duplicate").added == 1
    assert city.titles().count(FIRST) == 2


def test_two_things_in_one_blank_row_of_two_copies_may_both_be_kept(city: Any, hand: Any) -> None:
    file = city.export().file
    for number, (title, measure) in enumerate((("修路", "铺沥青"), ("办学校食堂", "换灶具"))):
        book = hand(file)
        row = book.blank_row()
        book.write(row, "整改事项", title).write(row, "责任单位", "安坪县人民政府").write(row, "整改措施", measure)
        book.save(f"copy{number}.xlsx")
    city.take(file.with_name("copy0.xlsx"))
    second = file.with_name("copy1.xlsx")
    assert told(city.plan(second)) == [("duplicate", 3)]
    city.take(second)
    assert "办学校食堂" not in city.titles() and city.value(uid_of(city, "修路"), "measures") == "铺沥青"
    assert accepted(city, second, "duplicate").added == 1
    assert city.value(uid_of(city, "办学校食堂"), "measures") == "换灶具"
    assert city.plan(second).added == 0 and told(city.plan(second)) == []  # brought again: nothing new


# -- children -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [FIRST, "1", ""])
def test_a_child_row_names_its_item_and_is_never_an_orphan(city: Any, hand: Any, named: str) -> None:
    city.session.add("progress", {"content": "已开两窗", "reported_on": dt.date(2026, 1, 5)}, parent=uid_of(city, "第2项"))
    book = hand(city.export().file, "进展报告")
    row = book.blank_row()
    book.write(row, "进展内容", "再开两窗").write(row, "报告时间", "2026-01-06").write(row, "所属事项", named)
    file = book.save()
    plan = city.plan(file)
    assert told(plan) == ([] if named else [("orphan", 2)])
    adds_up(plan)
    accepted(city, file, "orphan")  # even then it is not written
    made = [r for r in city.session.office.each("progress") if r.values["content"] == "再开两窗"]
    assert [r.parent for r in made] == ([uid_of(city, "第1项")] if named else [])
    assert city.session.verify() == []


def test_a_child_sheet_alone_names_its_items_by_what_they_were_called(city: Any, hand: Any) -> None:
    city.session.add("progress", {"content": "已开两窗", "reported_on": dt.date(2026, 1, 5)}, parent=uid_of(city, "第2项"))
    city.session.take_step(KIND, uid_of(city, "第9项"), "cancel", note="并入别的事项")
    book = hand(city.export(kinds=["progress"], blank_rows=4).file, "进展报告")
    assert book.cell(book.row("已开两窗", "进展内容"), "所属事项").value == "第2项 窗口排队时间长"
    offered = "".join(str(rule.formula1) for rule in book.sheet.data_validations.dataValidation)
    assert FIRST in offered and "第9项 窗口排队时间长" not in offered  # done with: not offered
    named = (FIRST, uid_of(city, "第3项"), "没有这一条", "第9项 窗口排队时间长")
    for number, text in enumerate(named, 1):
        row = book.blank_row(number)
        book.write(row, "进展内容", f"第{number}次报告").write(row, "报告时间", "2026-01-06").write(row, "所属事项", text)
    book.write(book.row("已开两窗", "进展内容"), "所属事项", FIRST)  # may not be moved
    city.session.set(KIND, uid_of(city, "第1项"), {"title": "第1项 窗口少"})  # called otherwise by now
    file = book.save()
    plan = city.plan(file)
    assert told(plan) == [("orphan", 3)] and [line["message"] for line in plan.lines("refused")] != []
    adds_up(plan)
    accept.accept(city.session, plan)
    made = {r.values["content"]: r.parent for r in city.session.office.each("progress")}
    assert made == {"已开两窗": uid_of(city, "第2项"), "第1次报告": uid_of(city, "第1项"), "第2次报告": uid_of(city, "第3项"),
                    "第4次报告": uid_of(city, "第9项")}  # fmt: skip
    assert city.session.verify() == [] and city.plan(file).added == 0


def test_two_items_of_one_title_are_told_apart_where_a_child_sheet_goes_out_alone(city: Any, hand: Any) -> None:
    first, second = uid_of(city, "第1项"), uid_of(city, "第2项")
    city.session.set(KIND, second, {"title": FIRST, "deadline": dt.date(2027, 3, 1)})
    book = hand(city.export(kinds=["progress"], blank_rows=4).file, "进展报告")
    offered = "".join(str(rule.formula1) for rule in book.sheet.data_validations.dataValidation)
    apart = [f"{FIRST}（{city.session.text(city.session.get(KIND, uid), 'lead_unit')}，" for uid in (first, second)]
    named = f"{apart[1]}2027-03-01）"
    assert named in offered and offered.count(FIRST) == 2
    for number, text in enumerate((named, FIRST), 1):
        row = book.blank_row(number)
        book.write(row, "进展内容", f"第{number}次报告").write(row, "报告时间", "2026-01-06").write(row, "所属事项", text)
    plan = city.plan(book.save())
    assert told(plan) == [("orphan", 3)]
    (said,) = [each["message"] for each in plan.lines("warned") if "所属事项" in each["message"]]
    assert "有几条同名" in said and "序号" not in said  # no numbers of items stand in this file
    accept.accept(city.session, plan)
    assert {r.values["content"]: r.parent for r in city.session.office.each("progress")} == {"第1次报告": second}


def test_the_command_line_waits_with_exit_3_and_takes_the_code(city: Any, hand: Any, capsys: Any) -> None:
    from argparse import Namespace

    from desktop.commands.exchange import import_workbook

    book = hand(city.export().file)
    book.write(book.row(FIRST), "责任人", "〃").write(book.row(FIRST), "整改措施", "多开两窗")
    options = Namespace(
        file=book.save(), preview=True, decide=None, accept=[], leave=[], both=[], constant=[], make=[], means=[], as_kind=None, item=None, password_file=None, json=False
    )
    assert import_workbook(city.session, options) == 0
    said = capsys.readouterr().out
    assert "待核实\t整改清单" in said and "（ditto）" in said and "整改措施：（空） → 多开两窗" in said
    options.preview = False
    assert import_workbook(city.session, options) == 3
    options.accept = ["ditto"]
    assert import_workbook(city.session, options) == 0
    assert city.value(uid_of(city, "第1项"), "responsible_person") == "〃"


# -- what is not taken -----------------------------------------------------------------------------------


def test_what_stands_beside_the_table_is_told_with_its_reason(city: Any, hand: Any) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    book = hand(city.export().file)
    row, beyond = book.row(FIRST), book.sheet.max_column + 2
    book.sheet.cell(row, beyond).value = "请领导阅"
    book.sheet.cell(book.sheet.max_row + 2, book.column("序号")).value = "说明：本表不含乡镇"
    book.cell(row, "整改措施").comment = Comment("这条要抓紧", "李某")
    book.cell(row, "问题表现").font = Font(strike=True)
    book.book.create_sheet("我的草稿")["B2"] = "随手记"
    plan = city.plan(book.save())
    ignored = {each.text: each.why for each in plan.ignored}
    assert set(ignored) == {"请领导阅", "说明：本表不含乡镇", "这条要抓紧", "", "随手记"}
    assert adds_up(plan)["ignored"] == 3 and adds_up(plan)["taken"] == 0  # neither a comment nor a stroke is a cell


def test_a_sheet_that_was_hidden_or_deleted_is_told(city: Any, hand: Any) -> None:
    reported(city)
    book = hand(city.export().file)
    book.write(book.row(FIRST), "责任人", "李四").write(book.row(FIRST), "整改措施", "多开窗口")
    book.sheet.sheet_state = "hidden"
    del book.book["进展报告"]
    file = book.save()
    plan = city.plan(file)
    assert sorted(each.code for each in cell_accounting.warnings(plan)) == ["hidden_sheet", "missing_sheet"]
    assert adds_up(plan)["warned"] == 2
    city.take(file)
    assert city.value(uid_of(city, "第1项"), "responsible_person") is None
    accepted(city, file, "hidden_sheet")
    assert city.value(uid_of(city, "第1项"), "responsible_person") == "李四"


# -- as lines of the merge view ------------------------------------------------------------------------------


def test_like_cells_are_one_line_taken_together_or_one_by_one(city: Any, hand: Any) -> None:
    from desktop.ui.exchange.merge.lines import LEAVE, TAKE, WAIT, Lines

    book = hand(city.export().file)
    for number in (1, 2, 3):
        book.write(book.row(f"第{number}项 窗口排队时间长"), "责任人", "同上")
    book.write(book.row(FIRST), "整改措施", "多开两窗")
    plan = city.plan(book.save())
    lines = Lines(plan, city.session)
    head = lines.all[0]
    assert (head.group, len(head.members), lines.decided(head)) == ("warned", 3, WAIT)
    assert lines.choices() == {} and lines.outcome_text() == "将修改 1 处，可疑的不写 3 处"
    lines.decide([head], TAKE)
    lines.decide([head.members[0]], LEAVE)
    assert lines.decided(head) == WAIT and lines.outcome_text() == "将修改 1 处，采用可疑的 2 处，不采用 1 处"
    accept.accept(city.session, plan, lines.choices())
    found = [city.value(uid_of(city, f"第{n}项"), "responsible_person") for n in (1, 2, 3)]
    assert sorted(each or "" for each in found) == ["", "同上", "同上"]
    assert city.value(uid_of(city, "第1项"), "measures") == "多开两窗"


def test_a_held_row_is_one_line_and_is_added_when_taken(city: Any, hand: Any) -> None:
    from desktop.ui.exchange.merge.lines import TAKE, Lines

    book = hand(city.export().file)
    book.write(book.blank_row(), "整改事项", "合计").write(book.blank_row(), "问题表现", "共 9 项")
    plan = city.plan(book.save())
    lines = Lines(plan, city.session)
    (line,) = lines.all
    lines.decide([line], TAKE)
    assert accept.accept(city.session, plan, lines.choices()).added == 1


def test_the_marked_workbook_and_the_receipt_tell_of_it(city: Any, hand: Any, tmp_path: Path) -> None:
    import openpyxl

    from desktop.exchange.apply import import_report

    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "责任人", "〃")
    book.sheet.cell(row, book.sheet.max_column + 2).value = "请领导阅"
    file = book.save()
    import_report.mark(city.session, city.plan(file), tmp_path / "back.xlsx")
    marked = openpyxl.load_workbook(tmp_path / "back.xlsx")
    assert "待核实" in marked["整改清单"].cell(row, book.column("责任人")).comment.text
    assert {"待核实", "没有采用"} <= {line[0].value for line in marked["导入结果"].iter_rows(min_row=4)}
    city.take(file)
    entry = accept.imports(city.session)[0]
    assert any("待核实" in line for line in import_report.receipt_of(city.session, entry).text())
    assert entry.report["cells"]["warned"] == 1


# -- columns ---------------------------------------------------------------------------------------------


def people(city: Any) -> dict[str, str]:
    """Every item gets a responsible person; returns titles with them."""
    names = ["赵一", "钱二", "孙三", "李四", "周五", "吴六", "郑七", "王八", "冯九"]
    for number, name in enumerate(names, 1):
        city.session.set(KIND, uid_of(city, f"第{number}项"), {"responsible_person": name})
    return {f"第{n}项 窗口排队时间长": name for n, name in enumerate(names, 1)}


@pytest.mark.parametrize("step", [1, -1, 2, -3])
def test_a_short_column_one_to_three_rows_off_waits(city: Any, hand: Any, step: int) -> None:
    people(city)
    book = hand(city.export().file)
    rows = [book.row(f"第{n}项 窗口排队时间长") for n in range(1, 10)]
    old = {row: book.cell(row, "责任人").value for row in sorted(rows)}
    for row in old:
        book.write(row, "责任人", old.get(row - step))
    book.write(rows[0], "整改措施", "多开两窗")
    plan = city.plan(book.save())
    assert {each.code for each in cell_accounting.warnings(plan)} <= {"shifted", "blanked"}
    adds_up(plan)
    accept.accept(city.session, plan)
    assert city.value(uid_of(city, "第1项"), "measures") == "多开两窗"
    kept = {r.values["title"]: r.values["responsible_person"] for r in city.session.office.each(KIND)}
    assert None not in kept.values() and len(set(kept.values())) == 9


def test_four_names_sorted_alone_wait_and_two_swapped_do_not(city: Any, hand: Any) -> None:
    people(city)
    book = hand(city.export().file)
    rows = [book.row(f"第{n}项 窗口排队时间长") for n in (2, 4, 5, 8)]
    names = [book.cell(row, "责任人").value for row in rows]
    for row, name in zip(rows, (names[2], names[0], names[3], names[1]), strict=True):
        book.write(row, "责任人", name)
    assert told(city.plan(book.save())) == [("sorted", 4)]
    for row, name in zip(rows, (names[1], names[0], *names[2:]), strict=True):
        book.write(row, "责任人", name)
    assert told(city.plan(book.save())) == []


def test_a_merged_cell_blanks_nobody(city: Any, hand: Any) -> None:
    people(city)
    book = hand(city.export().file)
    row, at = book.row(FIRST), book.column("责任人")
    book.sheet.merge_cells(start_row=row, end_row=row + 2, start_column=at, end_column=at)
    file = book.save()
    plan = city.plan(file)
    assert told(plan) == [("merged", 2)]
    city.take(file)
    assert city.value(uid_of(city, "第2项"), "responsible_person") == "钱二"
    accepted(city, file, "merged")
    assert city.value(uid_of(city, "第2项"), "responsible_person") == "赵一"


def test_many_values_emptied_wait_and_two_do_not(city: Any, hand: Any) -> None:
    people(city)
    for many, codes in ((2, []), (4, [("blanked", 4)])):
        book = hand(city.export(f"out{many}.xlsx").file)
        for number in range(1, many + 1):
            book.write(book.row(f"第{number}项 窗口排队时间长"), "责任人", None)
        assert told(city.plan(book.save())) == codes


# -- against the column ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "codes"), [("15000", ["scale"]), ("0.0005", ["scale"]), ("95", []), ("0.6", []), ("150", [])],
)
def test_a_number_out_of_all_proportion_to_its_column_is_asked(city: Any, hand: Any, typed: str, codes: list[str]) -> None:
    for number in range(8):
        city.session.add("project", {"name": f"项目{number}", "investment": 1 + number * 5, "lead_unit": city.units["安坪县人民政府"]})
    city.session.add("project", {"name": "新上项目", "lead_unit": city.units["安坪县人民政府"]})
    book = hand(city.export(kinds=["project"]).file, "重点项目")
    plan = city.plan(book.write(book.row("新上项目", "项目名称"), "总投资", typed).save())
    assert [each.code for each in cell_accounting.warnings(plan)] == codes


@pytest.mark.parametrize(("heading", "values", "swap", "held"), [
    ("问题表现", ["窗口办事改进", "改进作风不力", "整改不到位"], ("改", "整改"), 1),  # 整整改
    ("联系电话", ["0000-1234567", "0000-7123456", "0000-7771234"], ("12", "13"), 3),
    ("联系电话", ["0000-1234567", "0000-1277777", "0000-1299999"], ("0000-12", "0000-812"), 0),  # an exchange
    ("联系电话", ["0000-3451267", "0000-9871234", "0000-5551288"], ("12", "13"), 3),
    ("联系电话", ["0000-1100011", "0000-2111019"], ("1", "2"), 2),
    ("联系电话", ["0000-3451267", "0000-9871234"], ("12", "13"), 0),  # two may be put right
    ("责任人", ["王伟", "王秀英", "王磊"], ("王", "黄"), 3),
    ("责任人", ["王伟科长", "李强科长", "赵敏科长"], ("科长", "主任"), 0),
    ("问题表现", ["热线难打通", "热线无人接", "热线占线"], ("热线", "便民热线"), 0),
])
def test_what_a_swap_over_the_whole_sheet_hit_unmeant_waits(city: Any, hand: Any, heading: str, values: list[str], swap: Any, held: int) -> None:
    field = {"问题表现": "problem", "联系电话": "phone", "责任人": "responsible_person"}[heading]
    for number, value in enumerate(values, 1):
        city.session.set(KIND, uid_of(city, f"第{number}项"), {field: value})
    book = hand(city.export().file)
    for number, value in enumerate(values, 1):
        book.write(book.row(f"第{number}项 窗口排队时间长"), heading, value.replace(*swap))
    plan = city.plan(book.save())
    assert told(plan) == ([("replaced", held)] if held else [])
    assert adds_up(plan)["taken"] == len(values) - held


# -- two things, or one put right ----------------------------------------------------------------------------


def test_both_are_kept_where_a_row_could_be_two_things(city: Any, hand: Any) -> None:
    from desktop.ui.exchange.merge.lines import BOTH, LEAVE, Lines

    made = city.export(unit="安坪县人民政府").file
    book = hand(made)
    book.write(book.blank_row(), "进展情况", "旧机在修")
    city.take(book.write(book.blank_row(), "整改事项", "窗口排队时间长").write(book.blank_row(), "整改措施", "增设窗口").save("one.xlsx"))
    book = hand(made)
    book.write(book.blank_row(), "整改事项", "窗口排队叫号乱").write(book.blank_row(), "整改措施", "换叫号机")
    book.write(book.blank_row(), "进展情况", "新机已下单")
    second = book.save("two.xlsx")
    plan = city.plan(second)
    assert {c.status for row in plan.rows for c in row.cells} == {"correction"}
    assert all(line["may_keep_both"] for line in plan.lines("correction"))
    lines = Lines(plan, city.session)
    lines.decide(lines.all, BOTH)
    assert {lines.word(line) for line in lines.all} == {"都留"} and set(lines.choices().values()) == {"both"}
    lines.decide(lines.all[:1], LEAVE)
    assert "both" not in lines.choices().values()
    lines.decide(lines.all, BOTH)
    result = accept.accept(city.session, plan, lines.choices())
    assert (result.added, result.conflicts) == (1, [])
    found = {r.values["title"]: r.values["measures"] for r in city.session.office.each(KIND) if str(r.values["title"]).startswith("窗口排队")}
    assert found == {"窗口排队时间长": "增设窗口", "窗口排队叫号乱": "换叫号机"}
    reports = {(r.parent, r.values["content"]) for r in city.session.office.each("progress")}
    assert reports == {(uid_of(city, "窗口排队时间长"), "旧机在修"), (uid_of(city, "窗口排队叫号乱"), "新机已下单")}
    assert not city.plan(second).rows and city.session.verify() == []  # brought again: nothing new


@pytest.mark.parametrize("choice", ["theirs", "both", "mine"])
def test_another_item_over_an_old_row_is_renamed_kept_beside_it_or_left(city: Any, hand: Any, choice: str) -> None:
    from desktop.exchange.apply import import_report
    from desktop.ui.exchange.merge.lines import Lines

    uid, new = uid_of(city, "第1项"), "机关食堂浪费粮食"
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "整改事项", new).write(row, "问题表现", "剩饭剩菜成桶倒掉。").write(row, "整改时限", "2031-05-06")
    book.write(book.row("第2项 窗口排队时间长"), "整改事项", "驾校培训收费不透明")  # put into other words, and nothing else
    file = book.save()
    plan = city.plan(file)
    (warning,) = cell_accounting.warnings(plan)
    assert (warning.code, len(warning.cells), warning.uid, warning.both) == ("reused_row", 3, uid, True)
    assert adds_up(plan)["warned"] == 3
    lines = Lines(plan, city.session)
    head = lines.all[0]
    assert head.cell.text_base == head.mine and head.mine.startswith(FIRST), "what stands here is not told to be blank"
    lines.decide([head], choice)
    assert lines.word(lines.all[0]) == {"theirs": "采用", "both": "都留", "mine": "不采用"}[choice]
    assert {"theirs": "采用可疑的 3 处", "both": "两条都留 3 处", "mine": "不采用 3 处"}[choice] in lines.outcome_text()
    result = accept.accept(city.session, plan, lines.choices())
    assert (result.added, city.value(uid, "title")) == (choice == "both", new if choice == "theirs" else FIRST)
    assert result.cell_report["cells"]["warned"] == (3 if choice == "mine" else 0)
    if choice == "both":
        other = uid_of(city, new)
        assert city.value(other, "lead_unit") == city.value(uid, "lead_unit") and city.value(other, "phone") == "0000-1234567"
        assert city.value(other, "problem") == "剩饭剩菜成桶倒掉。" and city.value(uid, "problem") == "群众反映办件慢。"
    told = "".join(import_report.receipt_of(city.session, accept.imports(city.session)[0]).text())
    assert ("请写到末尾的空行里" in told) == (choice == "mine")
    again = city.plan(file)
    assert [each.code for each in cell_accounting.warnings(again)] == (["reused_row"] if choice == "mine" else [])
    assert accept.accept(city.session, again).added == 0 and city.session.verify() == []


# -- found on a later walk through the table of accidents ---------------------------------------------------


def test_a_copied_sheet_that_differs_is_not_taken_from_either(city: Any, hand: Any) -> None:
    for into in ("copy", "both"):
        book = hand(city.export(f"{into}.xlsx").file)
        copy = book.book.copy_worksheet(book.sheet)
        if into == "both":
            book.write(book.row(FIRST), "责任人", "王五")
        copy.cell(book.row(FIRST), book.column("责任人")).value = "李四"
        plan = city.plan(book.save())
        counted = adds_up(plan)
        assert (counted["taken"], counted["refused"]) == (0, 2 if into == "copy" else 4)
        assert "第 5 行、“整改清单 Copy”第 5 行" in cell_accounting.cell_report(plan)["messages"][0]["message"]


@pytest.mark.parametrize(("shift", "codes"), [("in", [("shifted", 6)]), ("out", [("shifted", 7)]), ("later", [])])
def test_a_date_put_into_a_column_is_seen_and_all_put_off_are_not(city: Any, hand: Any, shift: str, codes: Any) -> None:
    book = hand(city.export().file)
    rows = sorted(book.row(f"第{n}项 窗口排队时间长") for n in range(1, 10))
    old = [book.cell(row, "整改时限").value for row in rows]
    new = {
        "in": [*old[:2], "2030-03-03", *old[2:-1]], "out": [*old[:2], *old[3:], None],
        "later": [*old[1:], "2030-01-10"],
    }[shift]
    for row, text in zip(rows, new, strict=True):
        book.write(row, "整改时限", text)
    plan = city.plan(book.save())
    assert told(plan) == codes
    adds_up(plan)


@pytest.mark.parametrize(("heading", "codes"), [("联系电话", [("guess", 1)]), ("督办科室", [("guess", 1)]), ("责任人姓名", []), ("责 任 人：", [])])
def test_what_is_typed_under_another_heading_waits(city: Any, hand: Any, heading: str, codes: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "责任人", "督查科").cell(book.head, "责任人").value = heading
    assert told(city.plan(book.save())) == codes


def test_another_unit_of_measure_in_a_heading_is_asked(city: Any, hand: Any) -> None:
    city.session.add("project", {"name": "新上项目", "investment": 3, "lead_unit": city.units["安坪县人民政府"]})
    book = hand(city.export(kinds=["project"]).file, "重点项目")
    book.write(book.row("新上项目", "项目名称"), "总投资", "40").cell(book.head, "总投资").value = "总投资（万元）"
    assert told(city.plan(book.save())) == [("guess", 1)]


@pytest.mark.parametrize("text", ["（此表由作风办统一汇总）", "单位盖章", "年 月 日", "2022年10月8日", "负责人签字：", "第1页"])
def test_the_foot_of_a_form_is_no_item(city: Any, hand: Any, text: str) -> None:
    book = hand(city.export().file)
    plan = city.plan(book.write(book.blank_row(), "整改事项", text).save())
    assert told(plan) == [("note_row", 1)] and plan.added == 0


@pytest.mark.parametrize("text", ["如上", "\\", "……"])
def test_further_marks_of_ditto_wait(city: Any, hand: Any, text: str) -> None:
    book = hand(city.export().file)
    assert told(city.plan(book.write(book.row(FIRST), "责任人", text).save())) == [("ditto", 1)]


@pytest.mark.parametrize(
    ("heading", "text", "code"), [
        ("责任人", "待定", "guess"), ("责任人", "***", "guess"), ("责任人", "李×", "guess"), ("责任人", "8-1", "guess"),
        ("联系电话", "0000-65432", "guess"), ("整改时限", "2062-12-31", "scale"),
    ]
)
def test_a_name_that_is_none_and_a_slip_in_the_year_wait(city: Any, hand: Any, heading: str, text: str, code: str) -> None:
    book = hand(city.export().file)
    assert told(city.plan(book.write(book.row(FIRST), heading, text).save())) == [(code, 1)]


@pytest.mark.parametrize(("heading", "text"), [
    ("责任人", "Иван Петров"), ("责任人", "ئالىم"), ("责任人", "阿卜杜拉·买买提"), ("责任人", "José"),
    ("联系电话", "0000-12345"), ("联系电话", "0000-96166"), ("联系电话", "6688-201"),
])
def test_names_in_other_letters_hotlines_and_extensions_are_taken(city: Any, hand: Any, heading: str, text: str) -> None:
    book = hand(city.export().file)
    assert told(city.plan(book.write(book.row(FIRST), heading, text).save())) == []


@pytest.mark.parametrize(("left", "codes"), [("已初步完成", []), ("已初步完成，下月", [("cut", 4)])])
def test_texts_are_cut_by_a_program_and_shortened_by_hand(city: Any, hand: Any, left: str, codes: Any) -> None:
    for number in range(1, 5):
        city.session.set(KIND, uid_of(city, f"第{number}项"), {"measures": f"已初步完成，下月请第{number}组验收"})
    book = hand(city.export().file)
    for number in range(1, 5):
        book.write(book.row(f"第{number}项 窗口排队时间长"), "整改措施", left)
    assert told(city.plan(book.save())) == codes


def test_what_was_pasted_along_with_a_shifted_column_waits_with_it(city: Any, hand: Any) -> None:
    rows = {r.uid: r for r in city.session.office.each(KIND)}
    for n, uid in enumerate(rows):
        city.session.set(KIND, uid, {"measures": f"第{n}条措施，请逐项落实", **({"responsible_person": "岑远"} if n == 4 else {})})
    book = hand(city.export().file)
    first = book.row(FIRST)
    for name in ("整改措施", "责任人"):
        texts = [book.cell(first + n, name).value for n in range(9)]
        for n in range(1, 9):
            book.cell(first + n, name).value = texts[n - 1]
    plan = city.plan(book.save())
    assert {code for code, _ in told(plan)} == {"shifted"} and adds_up(plan)["taken"] == 0
    assert adds_up(plan)["warned"] == 10  # the end of the column, and the one name in its two rows


def test_what_is_written_over_the_table_or_in_a_copy_is_told(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.sheet["B2"].value = "请于9月5日前报回"
    book.write(book.blank_row(), "责任人", "王五")  # of no item
    copy = book.book.copy_worksheet(book.sheet)
    copy.cell(book.row(FIRST), book.column("完成进度")).value = "尚可"
    plan = city.plan(book.save())
    counted = adds_up(plan)
    assert [each["cell"] for each in cell_accounting.cell_report(plan)["ignored"]][:1] == ["B2"]
    assert any("尚可" in str(c.text_theirs) for r in plan.rows for c in r.cells) and counted["taken"] == 0


def test_one_blank_row_under_two_items_in_two_copies_may_be_both(city: Any, hand: Any) -> None:
    reported(city)
    file = city.export().file
    for number, words in ((1, "再开一窗"), (2, "办结一批")):
        book = hand(file, "进展报告")
        row = book.blank_row()
        book.write(row, "所属事项", f"第{number}项 窗口排队时间长").write(row, "进展内容", words).write(row, "报告时间", "2026-01-06")
        book.save(f"copy{number}.xlsx")
    city.take(file.with_name("copy1.xlsx"))
    second = file.with_name("copy2.xlsx")
    assert told(city.plan(second)) == [("duplicate", 3)]
    assert accepted(city, second, "duplicate").added == 1
    found = {r.values["content"]: r.parent for r in city.session.office.each("progress")}
    assert (found["再开一窗"], found["办结一批"]) == (uid_of(city, "第1项"), uid_of(city, "第2项"))
    assert city.plan(second).added == 0 and city.session.verify() == []  # brought again: nothing new
