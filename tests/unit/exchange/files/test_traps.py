"""Each trap of spreadsheets that was met, with a test that names it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop.exchange.apply import accept
from desktop.exchange.errors import Refused
from desktop.exchange.files import removable_media
from desktop.exchange.format import manifest
from desktop.exchange.plan import cell_accounting

FIRST, KIND = "第1项 窗口排队时间长", "rectification"


def uid_of(office: Any, start: str) -> str:
    return next(r.uid for r in office.session.office.each("rectification") if r.values["title"].startswith(start))


def rewrite(path: Path, member: str, change: Callable[[str], str]) -> Path:
    """Change one part of the file as a text."""
    out = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item.filename, change(data.decode()) if item.filename == member else data)
    return out


def sheet_member(path: Path, needle: str = "第1项") -> str:
    with zipfile.ZipFile(path) as archive:
        texts = {n: archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")}
    return next(n for n, text in texts.items() if needle in text and ">zx<" not in text)


# -- characters and lengths ---------------------------------------------------------------------------


def test_rare_characters_are_written_as_utf8_not_as_numeric_references(city: Any) -> None:
    city.add("李𬱟的事项", lead_unit=city.units["安坪县人民政府"])
    file = city.export().file
    with zipfile.ZipFile(file) as archive:
        texts = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")]
    assert any("李𬱟" in t for t in texts)
    assert not any(re.search("&#", t) for t in texts)


def test_text_that_starts_with_an_equals_sign_stays_text(city: Any, hand: Any) -> None:
    city.add("=SUM(A1:A9)", note="=1+1", problem="+86 不是公式", measures="@提到", responsible_person="-张三")
    book = hand(city.export().file)
    cell = book.cell(book.row("=SUM(A1:A9)"), "备注")
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert city.plan(book.path).rows == []


def test_a_text_over_the_limit_of_a_cell_is_carried_whole_and_said(city: Any, hand: Any, new_office: Any) -> None:
    long = "长" * 40_000 + "尾"
    uid = city.add("超长的一件", problem=long)
    file = city.export().file
    book = hand(file)
    cell = book.cell(book.row("超长的一件"), "问题表现")
    assert len(cell.value) < 400 and "40001 字" in cell.value
    other = new_office("安坪县作风办", "county", units=False)
    other.take(file)
    assert other.value(uid, "problem") == long
    cell.value = "改短了"
    result = city.take(book.save())
    assert [c["field"] for c in result.refused] == ["problem"] and city.value(uid, "problem") == long


def test_control_characters_never_reach_a_cell(city: Any, resave: Callable[[Path], Path]) -> None:
    uid = city.add("带\x0b控制\x01符\x00的", problem="上\x1f下")
    assert city.value(uid, "problem") == "上下"
    assert city.plan(resave(city.export().file)).rows == []


def test_text_that_looks_like_an_escape_comes_back_as_it_was(city: Any, resave: Callable[[Path], Path]) -> None:
    city.add("型号 _x0041_ 与 _x005F_", note="a_x000D_b")
    assert city.plan(resave(city.export().file)).rows == []


def test_a_text_whose_escape_another_program_drops_is_no_edit(city: Any) -> None:
    """SheetJS and ExcelJS write the protected text bare, and the next reader takes _x0041_ for A."""
    uid = city.add("型号 _x0041_", lead_unit=city.units["安坪县人民政府"], note="a_x000D_b")
    file = city.export().file
    member = sheet_member(file)
    assert "_x005F_x0041_" in zipfile.ZipFile(file).read(member).decode()
    bare = rewrite(file, member, lambda t: t.replace("_x005F_", "_"))
    assert city.plan(bare).rows == []
    assert city.value(uid, "title") == "型号 _x0041_"


def test_every_program_can_open_the_workbook_and_sees_all_its_cells(city: Any) -> None:
    """SheetJS opens no zip member of the 64-bit form, and reads no cell outside <dimension>."""
    city.add("超长的一件", problem="长" * 40_000)
    file = city.export().file
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            assert (info.extract_version, info.extra) == (zipfile.DEFAULT_VERSION, b""), info.filename
            if info.filename.startswith("xl/worksheets/"):
                text = archive.read(info).decode()
                last = re.search(r'<dimension ref="[A-Z]+1:([A-Z]+)', text)
                columns = {m[1] for m in re.finditer(r'<c r="([A-Z]+)', text)}
                widest = max(columns, key=lambda c: (len(c), c), default="A")
                assert widest == (last[1] if last else widest), info.filename


# -- readers that pass over things in silence -----------------------------------------------------------


def test_a_dimension_that_lies_hides_no_row(city: Any) -> None:
    file = city.export().file
    member = sheet_member(file)
    lied = rewrite(file, member, lambda t: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', t))
    assert city.plan(lied).unchanged == 9


def test_a_formula_without_a_stored_value_is_an_error_not_a_blank(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.cell(row, "联系电话").value = '=CONCATENATE("0000-","1234567")'  # openpyxl stores no value
    result = city.take(book.save())
    assert [(e["field"], e["cell"]) for e in result.errors] == [("phone", f"L{row}")]
    assert "公式" in result.errors[0]["message"]
    assert city.value(uid_of(city, "第1项"), "phone") == "0000-1234567"


def test_an_error_value_is_an_error_not_a_blank(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    cell = book.cell(row, "责任人")
    cell.value, cell.data_type = "#N/A", "e"
    result = city.take(book.save())
    assert [(e["field"], "#N/A" in e["message"]) for e in result.errors] == [("responsible_person", True)]


def test_two_readers_that_count_different_rows_stop_the_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from desktop.exchange.files import reader_process
    from desktop.exchange.files.xml_row_count import SheetFacts

    file = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["甲", "乙"])
    book.save(file)
    sent: list[Any] = []
    reader_process.serve(reader_process.Request(str(file)), lambda *frame: sent.append(frame))
    monkeypatch.setattr(reader_process, "rows_with_values", lambda *_: 7)
    monkeypatch.setattr(SheetFacts, "rows", property(lambda self: 7, lambda self, value: None), raising=False)
    with pytest.raises(Refused) as caught:
        reader_process.serve(reader_process.Request(str(file)), lambda *frame: None)
    assert caught.value.code == "rows-differ"


# -- what spreadsheet programs make of typed text --------------------------------------------------------


def test_every_input_cell_is_text_and_so_are_the_rows_below(city: Any) -> None:
    book = openpyxl.load_workbook(city.export().file)
    sheet = book["整改清单"]
    for column in range(1, sheet.max_column + 1):
        for row in range(5, sheet.max_row + 1):
            assert sheet.cell(row, column).number_format == "@"
    for letter, dimension in sheet.column_dimensions.items():
        assert dimension.number_format == "@", letter


@pytest.mark.parametrize(
    "typed",
    ["2022年9月5日", "2022.9.5", "22.9.5", "2022/9/5", "20220905", "2022-09-05", "２０２２－０９－０５", "2022-9-5 00:00:00",
     dt.datetime(2022, 9, 5)],
)
def test_dates_in_the_styles_people_type(city: Any, hand: Any, typed: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改到位时间", typed)
    assert city.take(book.save()).updated == 1
    assert city.value(uid_of(city, "第1项"), "rectified_on") == dt.date(2022, 9, 5)


@pytest.mark.parametrize("typed", ["2022.13.1", "下周", "3/4", "1-2"])
def test_what_is_no_date_is_an_error_with_its_cell(city: Any, hand: Any, typed: str) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "整改到位时间", typed)
    result = city.take(book.save())
    assert [(e["sheet"], e["cell"], typed in e["message"]) for e in result.errors] == [("整改清单", f"O{row}", True)]


def test_the_same_date_in_another_style_is_no_edit(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改时限", "2030年1月1日")
    assert city.plan(book.save()).rows == []


def test_a_number_that_lost_digits_is_an_error(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "备注", 123456789012345678)
    result = city.take(book.save())
    assert [(e["field"], "15 位" in e["message"]) for e in result.errors] == [("note", True)]


def test_leading_zeros_and_full_width_digits_survive(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "编号", "000123").write(row, "完成进度", "８５％")
    city.take(book.save())
    uid = uid_of(city, "第1项")
    assert city.value(uid, "item_no") == "000123" and city.value(uid, "progress_percent") == 85


def test_months_in_the_styles_people_type() -> None:
    from db.model.declarations import Field
    from desktop.exchange.format.cells import parse

    month = Field(name="month", label="月份", type="month")
    for typed in ("2022年9月", "2022-09", "2022.9", "2022/9", "２０２２年９月"):
        assert parse(typed, month, None) == "2022-09", typed  # type: ignore[arg-type]


def test_a_formula_with_a_stored_value_gives_that_and_is_not_followed(city: Any, hand: Any) -> None:
    """Also where it points into another file: nothing is looked up."""
    file = city.export().file
    member, row = sheet_member(file), hand(file).row(FIRST)

    def formula(text: str) -> str:
        cell = f'<c r="K{row}" t="str"><f>[1]Sheet1!$A$1</f><v>别处算出的人</v></c>'
        return re.sub(f'<c r="K{row}"[^>]*/>', cell, text)

    result = city.take(rewrite(file, member, formula))
    assert (result.updated, result.errors) == (1, [])
    assert city.value(uid_of(city, "第1项"), "responsible_person") == "别处算出的人"


# -- files of other kinds ------------------------------------------------------------------------------


def test_a_passworded_workbook_is_told_asked_for_and_opened(city: Any) -> None:
    file = city.export(password="口令 1").file
    with pytest.raises(Refused) as caught:
        city.plan(file)
    assert caught.value.code == "encrypted"
    with pytest.raises(Refused) as caught:
        city.plan(file, password="不对")
    assert caught.value.code == "wrong-password"
    assert city.plan(file, password="口令 1").unchanged == 9


def test_an_old_xls_is_told_by_its_first_bytes(city: Any, tool: Callable[[str], str], tmp_path: Path) -> None:
    import subprocess

    file = city.export().file
    subprocess.run([tool("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xls",
                    "--outdir", str(tmp_path), str(file)], check=True, capture_output=True, timeout=120)  # fmt: skip
    old = (tmp_path / "out.xls").read_bytes()
    for name in ("renamed.xlsx", "表格.et", "plain.xls"):
        renamed = tmp_path / name
        renamed.write_bytes(old)
        with pytest.raises(Refused) as caught:
            city.plan(renamed)
        assert caught.value.code == "xls" and "另存为" in caught.value.message


# -- rows ----------------------------------------------------------------------------------------------


def rows_of(book: Any) -> list[list[Any]]:
    return [[c.value for c in row] for row in book.sheet.iter_rows(min_row=book.head + 1)]


def put(book: Any, rows: list[list[Any]]) -> None:
    for number, row in enumerate(rows, book.head + 1):
        for column, value in enumerate(row, 1):
            book.sheet.cell(number, column).value = value


def test_sorted_rows_say_nothing(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    rows = rows_of(book)
    put(book, [*reversed(rows[:9]), *rows[9:]])
    plan = city.plan(book.save())
    assert (plan.unchanged, plan.rows) == (9, [])


def test_sorted_without_the_hidden_id_column_nothing_lands_on_the_wrong_record(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    state = city.state()
    rows = rows_of(book)
    ids = [row[0] for row in rows]
    shuffled = [*reversed(rows[:9]), *rows[9:]]
    put(book, [[ids[n], *row[1:]] for n, row in enumerate(shuffled)])
    result = city.take(book.save())
    assert result.updated == 0 and city.state() == state
    assert len(result.errors) == 8 and "错位" in result.errors[0]["message"]  # the middle row stays where it was


def with_measures(city: Any) -> Any:
    """Each item with something of its own in several columns."""
    for n, uid in enumerate(r.uid for r in list(city.session.office.each(KIND))):
        values = {"measures": f"逐项核对并整改到位之{9 - n}", "responsible_person": f"张{n}", "progress_percent": n * 10}
        city.session.set(KIND, uid, values)
    return city


def moved(book: Any, headings: tuple[str, ...], order: Callable[[list[Any]], list[Any]]) -> Any:
    """Put the cells of some columns into another order, and leave the rest where it is."""
    rows = [book.row(f"第{n}项 窗口排队时间长") for n in range(1, 10)]
    cells = [[book.cell(row, heading).value for heading in headings] for row in rows]
    for row, values in zip(rows, order(cells), strict=True):
        for heading, value in zip(headings, values, strict=True):
            book.write(row, heading, value)
    return book


@pytest.mark.parametrize(
    ("headings", "order"),
    [
        (("整改措施",), sorted),
        (("整改措施", "责任人", "整改时限"), lambda cells: cells[::-1]),
        (("责任人",), lambda cells: cells[4:] + cells[:4]),
        (("整改措施",), lambda cells: [[None], *cells[:-1]]),
        (("整改措施",), lambda cells: [*cells[1:], [None]]),
    ],
    ids=["sorted alone", "sorted without the title", "short texts", "a cell inserted above", "a cell taken out"],
)
def test_columns_that_slipped_against_their_rows_are_told_and_not_taken(city: Any, hand: Any, headings: Any, order: Any) -> None:
    with_measures(city)
    book = moved(hand(city.export().file), headings, order)
    book.write(book.row(FIRST), "备注", "这一格照收")
    before = city.state()[KIND]
    result = city.take(book.save())
    assert result.updated == 1
    for uid, (values, *_) in city.state()[KIND].items():
        changed = {name for name, value in values.items() if value != before[uid][0][name]}
        assert changed <= {"note"}, changed
    warnings = result.cell_report["warnings"]
    assert sum(len(each["cells"]) for each in warnings) >= 8 * len(headings)
    assert {each["code"] for each in warnings} <= {"shifted", "sorted"}


def test_rows_of_one_title_that_changed_places_are_told_with_all_their_cells(city: Any, hand: Any) -> None:
    """Nothing but their texts tells such rows apart; the units that went along are not taken either."""
    for n, unit in enumerate(list(city.units.values())):
        city.add("道路破损", lead_unit=unit, measures=f"修补路段编号第{n}处", problem=f"路面问题描述第{n}处坑洼")
    book = hand(city.export().file)
    rows = [row for row in range(book.head + 1, book.sheet.max_row + 1) if book.cell(row, "整改事项").value == "道路破损"]
    cells = [[book.sheet.cell(row, at).value for at in range(2, book.sheet.max_column + 1)] for row in rows]
    for row, values in zip(rows, [*cells[1:], cells[0]], strict=True):
        for at, value in enumerate(values, 2):
            book.sheet.cell(row, at).value = value
    state = city.state()
    result = city.take(book.save())
    assert result.updated == 0 and city.state() == state
    assert sum(len(each["cells"]) for each in result.cell_report["warnings"]) == 9


def test_rows_whose_cells_moved_sideways_are_told_and_two_cells_given_for_each_other_are_taken(city: Any, hand: Any) -> None:
    with_measures(city)
    rows = range(1, 10)
    book, other = hand(city.export("left.xlsx").file), hand(city.export("swapped.xlsx").file)
    begin = book.column("整改措施")
    for row in (book.row(f"第{n}项 窗口排队时间长") for n in rows):
        for at in range(begin, book.sheet.max_column):
            book.sheet.cell(row, at).value = book.sheet.cell(row, at + 1).value
    state = city.state()
    result = city.take(book.save("l.xlsx"))
    assert result.updated == 0 and city.state() == state
    warnings = result.cell_report["warnings"]
    assert {len(each["cells"]) for each in warnings if "格子和列名错开了" in each["message"]} == {9}
    for row in (other.row(f"第{n}项 窗口排队时间长") for n in rows):
        first, second = other.cell(row, "整改措施"), other.cell(row, "问题表现")
        first.value, second.value = second.value, first.value
    result = city.take(other.save("s.xlsx"))
    assert result.errors == [] and result.updated == 9


def test_a_heading_sorted_in_among_the_rows_is_no_record(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    rows = [[cell.value for cell in row] for row in book.sheet.iter_rows(min_row=book.head, max_row=book.head + 9)]
    for number, values in enumerate([*rows[1:], rows[0]], book.head):
        for at, value in enumerate(values, 1):
            book.sheet.cell(number, at).value = value
    result = city.take(book.save())
    assert (result.added, result.updated, result.errors) == (0, 0, [])


def test_what_a_report_hangs_under_cannot_be_typed(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each(KIND))
    city.session.take_step(KIND, uid, "assign")
    child = city.session.add("progress", {"content": "进展一", "reported_on": city.session.today}, parent=uid)
    file = city.export().file
    assert city.take(file).refused == []
    book = hand(file, "进展报告")
    book.write(book.row("进展一", "进展内容"), "所属事项", "第4项 窗口排队时间长")
    (line,) = city.take(book.save()).refused
    assert "「所属事项」不能在表格中改" in line["message"] and city.session.get("progress", child).parent == uid


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("整改措施", ["逐项核对并整改到位之9"] * 9),  # filled down
        ("完成进度", [str(n * 10 + 10) for n in range(9)]),  # each a step further
        ("整改措施", [f"这周的新办法之{n * n + 3}" for n in range(8)] + ["逐项核对并整改到位之5"]),
    ],
)
def test_what_people_fill_in_alike_or_step_by_step_is_taken(city: Any, hand: Any, heading: str, values: list[str]) -> None:
    with_measures(city)
    book = moved(hand(city.export().file), (heading,), lambda cells: [[value] for value in values])
    result = city.take(book.save())
    assert result.errors == result.cell_report["warnings"] == [] and result.updated >= 8


def test_a_sheet_copied_to_be_kept_is_named(city: Any, hand: Any) -> None:
    """What differs between the two is put to the person; who does not know of the copy is told where it is."""
    book = hand(city.export().file)
    book.book.copy_worksheet(book.sheet).title = "整改清单 留底"
    book.write(book.row(FIRST), "整改措施", "改了")
    result = city.take(book.save())
    assert (result.updated, len(result.errors)) == (0, 1) and "几份" in result.errors[0]["message"]
    assert [each for each in result.remarks if "「整改清单 留底」和「整改清单」是同一本台账的" in each]


def test_ids_moved_up_by_a_cell_double_no_row(city: Any, hand: Any) -> None:
    """The last row then stands at the number of a blank one."""
    book = hand(city.export().file)
    for row in range(book.row(FIRST), book.sheet.max_row):
        book.sheet.cell(row, 1).value = book.sheet.cell(row + 1, 1).value
    state = city.state()
    result = city.take(book.save())
    assert (result.added, result.updated) == (0, 0) and city.state() == state
    assert len(result.errors) == 9 and all("错位" in each["message"] for each in result.errors)


def test_sheets_whose_names_were_changed_for_each_other_are_known_by_their_ids(city: Any, hand: Any) -> None:
    city.session.add("regret", {"title": "遗憾的一件", "lead_unit": city.units["安坪县人民政府"]})
    book = hand(city.export(kinds=[KIND, "regret"]).file)
    book.write(book.row(FIRST), "整改措施", "改了")
    first, second = book.book["整改清单"], book.book["遗憾清单"]
    first.title, second.title = "两张", "整改清单"
    first.title = "遗憾清单"
    result = city.take(book.save())
    assert (result.added, result.updated, result.remarks) == (0, 1, [])


def test_a_row_inserted_in_the_middle_is_new(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.sheet.insert_rows(book.row("第3项 窗口排队时间长"))
    row = book.head + 3
    book.write(row, "整改事项", "中间插入的一件").write(row, "责任单位", "临湖区")
    file = book.save()
    assert (city.take(file).added, city.take(file).added) == (1, 0)
    assert "中间插入的一件" in city.titles() and len(city.titles()) == 10


def test_a_row_without_an_id_that_is_there_already_is_asked_not_doubled(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.sheet.max_row + 1
    book.write(row, "整改事项", FIRST).write(row, "责任单位", "安坪县人民政府")
    result = city.take(book.save())
    assert result.added == 0 and "同名同单位" in result.cell_report["warnings"][0]["message"]


def test_rows_go_on_below_the_blank_ones(city: Any, hand: Any) -> None:
    book = hand(city.export(blank_rows=2).file)
    for number in range(4):
        row = book.blank_row(1) + number
        book.write(row, "整改事项", f"新{number}").write(row, "责任单位", "安坪县")
    assert city.take(book.save()).added == 4


def test_identical_copies_of_a_row_collapse(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "整改措施", "两行都是这样")
    values = [c.value for c in book.sheet[row]]
    book.sheet.append(values)
    result = city.take(book.save())
    assert (result.updated, result.errors, result.conflicts) == (1, [], [])


def test_a_copied_row_with_other_contents_is_put_to_a_person(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    values = [c.value for c in book.sheet[book.row(FIRST)]]
    book.sheet.append(values)
    book.write(book.sheet.max_row, "整改事项", "复制后改成另一件")
    state = city.state()
    result = city.take(book.save())
    assert city.state() == state
    assert "同一条事项的几份" in result.errors[0]["message"] and "5" in result.errors[0]["message"]


def test_a_filled_slot_copied_and_changed_is_a_row_of_its_own(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.blank_row()
    book.write(row, "整改事项", "甲事").write(row, "责任单位", "安坪县")
    values = [c.value for c in book.sheet[row]]
    for column, value in enumerate(values, 1):
        book.sheet.cell(row + 1, column).value = value
    book.write(row + 1, "整改事项", "乙事")
    file = book.save()
    assert city.take(file).added == 2
    assert city.take(file).added == 0


def test_an_emptied_row_is_told_and_not_taken_for_blanked_cells(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    for column in range(2, book.sheet.max_column + 1):
        book.sheet.cell(row, column).value = None
    state = city.state()
    result = city.take(book.save())
    assert city.state() == state and "整行清空" in result.errors[0]["message"]


def test_a_merged_block_of_cells_blanks_nothing_it_does_not_show(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    rows = sorted(book.row(f"第{n}项 窗口排队时间长") for n in (1, 2, 3))
    column = book.column("备注")
    book.sheet.cell(rows[0], column).value = "合并后的备注"
    book.sheet.merge_cells(start_row=rows[0], end_row=rows[2], start_column=column, end_column=column)
    result = city.take(book.save())
    assert result.updated == 1 and result.errors == []


def test_filtered_and_hidden_rows_are_read_like_the_others(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.row(FIRST)
    book.write(row, "整改措施", "筛选时看不见的一行")
    book.sheet.auto_filter.ref = f"B{book.head}:T{book.sheet.max_row}"
    book.sheet.auto_filter.add_filter_column(2, ["第2项 窗口排队时间长"])
    book.sheet.row_dimensions[row].hidden = True
    plan = city.plan(book.save())
    assert [(c.field, c.text_theirs) for r in plan.rows for c in r.cells] == [("measures", "筛选时看不见的一行")]
    assert plan.unchanged == 8


# -- columns -------------------------------------------------------------------------------------------


def test_columns_moved_renamed_and_inserted(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改措施", "移动之后也认得")
    table = [[c.value for c in row] for row in book.sheet.iter_rows(min_row=3)]
    for merged in list(book.sheet.merged_cells.ranges):
        book.sheet.unmerge_cells(str(merged))
    for number, row in enumerate(table, 3):
        moved = [row[0], *reversed(row[1:])]
        moved.insert(3, "领导批示" if number == 4 else ("同意" if number == 5 else None))
        for column, value in enumerate(moved, 1):
            book.sheet.cell(number, column).value = value
    for column in range(1, book.sheet.max_column + 1):
        if book.sheet.cell(4, column).value == "整改措施":
            book.sheet.cell(4, column).value = "采取的措施（2026年）"
    plan = city.plan(book.save())
    assert [(c.field, c.text_theirs) for r in plan.rows for c in r.cells] == [("measures", "移动之后也认得")]
    assert any("领导批示" in remark for remark in plan.remarks)


def test_the_hidden_row_of_names_deleted_the_headings_do(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改措施", "靠表头认")
    for merged in list(book.sheet.merged_cells.ranges):
        book.sheet.unmerge_cells(str(merged))
    book.sheet.delete_rows(1, 3)
    plan = city.plan(book.save())
    assert [(c.field, c.text_theirs) for r in plan.rows for c in r.cells] == [("measures", "靠表头认")]


def test_a_deleted_column_changes_nothing_and_is_said(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    for merged in list(book.sheet.merged_cells.ranges):
        book.sheet.unmerge_cells(str(merged))
    book.sheet.delete_cols(book.column("联系电话"))
    state = city.state()
    plan = city.plan(book.save())
    assert plan.rows == [] and any("联系电话" in r for r in plan.remarks)
    accept.accept(city.session, plan)
    assert city.state() == state


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "emptied"])
def test_without_the_id_column_rows_are_known_by_title_unit_and_number(city: Any, hand: Any, deleted: bool) -> None:
    book = hand(city.export().file)
    for merged in list(book.sheet.merged_cells.ranges):
        book.sheet.unmerge_cells(str(merged))
    book.write(book.row(FIRST), "整改措施", "多开窗口")
    book.write(book.row("第2项 窗口排队时间长"), "整改事项", "换了说法")
    book.write(book.blank_row(), "整改事项", "新冒出来的一件")
    for row in range(1, book.sheet.max_row + 1):
        book.sheet.cell(row, 1).value = None
    if deleted:
        book.sheet.delete_cols(1)
    plan = city.plan(book.save())
    assert plan.remarks[0].endswith("认出 8 行，1 行认不准，1 行当作新增；改动的地方要您看过、采用以后才写入。")
    assert [(w.code, len(w.cells)) for w in cell_accounting.warnings(plan)] == [("no_ids", 2), ("unsure_row", 1)]
    before = city.titles()
    accept.accept(city.session, plan)
    assert city.titles() == before
    again = accept.plan(city.session, book.path.with_name("filled.xlsx"), accepted=["no_ids", "unsure_row"])
    accept.accept(city.session, again)
    assert set(city.titles()) - set(before) == {"换了说法", "新冒出来的一件"} and len(city.titles()) == 10
    assert [r.values["measures"] for r in city.session.office.each(KIND) if r.values["title"] == FIRST] == ["多开窗口"]
    third = accept.plan(city.session, book.path.with_name("filled.xlsx"), accepted=["no_ids", "unsure_row"])
    assert cell_accounting.cell_report(third)["cells"]["taken"] == 0


@pytest.mark.parametrize("headings", [True, False], ids=["with headings", "rows alone"])
def test_rows_moved_into_a_sheet_of_ones_own_are_ours(city: Any, hand: Any, headings: bool) -> None:
    book = hand(city.export().file)
    own = book.book.create_sheet("9月")
    own["C1"] = "" if headings else "9月要办的"
    rows = [book.head] if headings else []
    for number in (2, 5):
        row = book.row(f"第{number}项 窗口排队时间长")
        book.write(row, "整改措施", f"措施{number}")
        rows.append(row)
    for at, row in enumerate(rows, 2):
        for cell in book.sheet[row]:
            own.cell(at, cell.column).value = cell.value
    for row in sorted(rows[headings:], reverse=True):
        book.sheet.delete_rows(row)
    plan = city.plan(book.save())
    assert sorted(c.text_theirs for r in plan.rows for c in r.cells) == ["措施2", "措施5"]
    assert "工作表「9月」和「整改清单」是同一本台账的，都读了。" in plan.remarks
    assert not cell_accounting.warnings(plan) and plan.unchanged == 7
    assert [(i.sheet, i.text) for i in plan.ignored] == ([] if headings else [("9月", "9月要办的")])


def test_a_report_moved_into_a_sheet_of_its_own_is_a_report(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each(KIND))
    city.session.take_step(KIND, uid, "assign")
    child = city.session.add("progress", {"content": "进展一", "reported_on": city.session.today}, parent=uid)
    book = hand(city.export().file, "进展报告")
    row = book.row("进展一", "进展内容")
    book.write(row, "进展内容", "进展二")
    book.book.create_sheet("另放").append([cell.value for cell in book.sheet[row]])
    book.sheet.delete_rows(row)
    plan = city.plan(book.save())
    assert [(r.uid, r.sheet) for r in plan.rows if r.cells] == [(child, "另放")] and not cell_accounting.warnings(plan)


def test_what_is_typed_over_the_running_number_is_told(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "序号", "重点").write(book.row("第3项 窗口排队时间长"), "序号", 30)
    plan = city.plan(book.save())
    assert [(i.text, i.count) for i in plan.ignored] == [("重点；30", 2)] and "序号由程序编" in plan.ignored[0].why
    assert cell_accounting.cell_report(plan)["cells"]["ignored"] == 2


def test_a_sheet_renamed_is_known_by_its_columns(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改措施", "改了表名")
    book.sheet.title = "安坪县上报"
    assert city.take(book.save()).updated == 1


# -- the hidden sheet ----------------------------------------------------------------------------------


def test_without_the_hidden_sheet_the_copy_that_was_kept_serves(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改措施", "隐藏表丢了")
    del book.book[manifest.SHEET]
    file = book.save()
    plan = city.plan(file)
    assert [(c.field, c.status) for r in plan.rows for c in r.cells] == [("measures", "changed")]
    assert any("隐藏表" in r for r in plan.remarks)


def test_without_the_hidden_sheet_and_the_copy_nothing_is_merged_unseen(city: Any, hand: Any, new_office: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "整改措施", "两样都没有")
    del book.book[manifest.SHEET]
    other = new_office("青石县作风办", "county")
    with pytest.raises(Refused) as caught:
        other.plan(book.save())
    assert caught.value.code == "not-ours"


def test_the_sent_copy_lies_encrypted_beside_the_books(city: Any) -> None:
    made = city.export()
    (kept,) = (city.folder / "data" / "sent").iterdir()
    assert made.export_id in kept.name
    data = kept.read_bytes()
    assert data[:2] != b"PK" and b"xl/workbook.xml" not in data


def test_the_export_id_stands_in_three_places(city: Any) -> None:
    made = city.export()
    book = openpyxl.load_workbook(made.file)
    assert book["整改清单"]["A1"].value == made.export_id
    assert made.export_id in book[manifest.SHEET]["B1"].value
    assert book.defined_names["zx_export"].attr_text == "'整改清单'!$A$1"
    assert book[manifest.SHEET].sheet_state == "veryHidden" and book["整改清单"].column_dimensions["A"].hidden


def test_without_validation_properties_protection_and_names_the_ids_suffice(city: Any, hand: Any) -> None:
    """What SheetJS loses on saving: every rule and look, but neither the id column nor the hidden sheet."""
    file = city.export().file
    book = openpyxl.Workbook()
    old = openpyxl.load_workbook(file)
    for name in old.sheetnames:
        sheet = book.create_sheet(name)
        for row in old[name].iter_rows(values_only=True):
            sheet.append(row)
    del book["Sheet"]
    bare = file.with_name("bare.xlsx")
    book.save(bare)
    filled = hand(bare)
    filled.write(filled.row(FIRST), "整改措施", "样式都没有了")
    plan = city.plan(filled.save())
    assert [(c.field, c.status, c.text_theirs) for r in plan.rows for c in r.cells] == [("measures", "changed", "样式都没有了")]
    assert plan.remarks == [] and plan.unchanged == 8


# -- whose field, whose row ----------------------------------------------------------------------------


def test_a_units_workbook_changes_no_field_of_the_issuer(city: Any, hand: Any) -> None:
    book = hand(city.export(unit="安坪县人民政府").file)
    row = book.row(FIRST)
    book.write(row, "整改事项", "换个题目").write(row, "整改时限", "2031-01-01").write(row, "整改措施", "这个可以")
    result = city.take(book.save())
    assert sorted(r["field"] for r in result.refused) == ["deadline", "title"]
    uid = uid_of(city, "第1项")
    assert city.value(uid, "measures") == "这个可以" and city.value(uid, "deadline") == dt.date(2030, 1, 1)


def test_a_units_workbook_changes_no_other_units_row(city: Any, hand: Any) -> None:
    foreign = uid_of(city, "第2项")
    book = hand(city.export(unit="安坪县人民政府").file)
    row = book.row(FIRST)
    book.sheet.cell(row, 1).value = foreign
    book.write(row, "整改措施", "写到别的单位去")
    state = city.state()
    result = city.take(book.save())
    assert city.state() == state
    assert result.refused and "不是本工作簿发出的" in result.refused[0]["message"]


def test_a_unit_cannot_add_a_row_for_another_unit(city: Any, hand: Any) -> None:
    book = hand(city.export(unit="安坪县人民政府").file)
    row = book.blank_row()
    book.write(row, "整改事项", "替别人报的").write(row, "责任单位", "临湖区人民政府")
    result = city.take(book.save())
    assert [r["field"] for r in result.refused] == ["lead_unit"]


def test_a_closed_item_is_not_changed_by_a_workbook(city: Any, hand: Any) -> None:
    sent = city.export(unit="安坪县人民政府").file
    uid = uid_of(city, "第1项")
    with city.session.atomic():
        city.session.transaction("office").update(city.session.get("rectification", uid), {"state": "closed_out"})
    book = hand(sent)
    book.write(book.row(FIRST), "整改措施", "销号之后才写")
    result = city.take(book.save())
    assert [r["field"] for r in result.refused] == ["measures"] and "已销号" in result.refused[0]["message"]


def test_state_and_computed_fields_cannot_be_typed(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row(FIRST), "状态", "已销号")
    result = city.take(book.save())
    assert len(result.refused) == 1 and city.value(uid_of(city, "第1项"), "state") == "drafted"


# -- on the stick --------------------------------------------------------------------------------------


def test_an_export_never_overwrites(city: Any) -> None:
    names = [city.export("同名.xlsx").file.name for _ in range(3)]
    assert names == ["同名.xlsx", "同名 (2).xlsx", "同名 (3).xlsx"]


def test_what_programs_leave_on_a_stick_is_passed_over(tmp_path: Path) -> None:
    for name in ("安坪县.xlsx", "~$安坪县.xlsx", ".~lock.安坪县.xlsx#", "临湖区.xlsx.part", "子目录/青石县.xlsx", "说明.docx"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "空的.xlsx").write_bytes(b"")
    found, skipped = removable_media.workbooks_in(tmp_path)
    assert sorted(p.name for p in found) == ["安坪县.xlsx", "青石县.xlsx"]
    passed_over = ["~$安坪县.xlsx", ".~lock.安坪县.xlsx#", "临湖区.xlsx.part", "空的.xlsx", "说明.docx"]
    assert sorted(p.name for p, _ in skipped) == sorted(passed_over)


def test_a_stick_that_fails_leaves_no_half_workbook(city: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import errno
    import os

    from db.errors import WorkFailed

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "stick"
    target.mkdir()
    state = city.state()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        removable_media.put(city.folder / "data" / "keys.json", target / "a.xlsx")
    monkeypatch.undo()
    assert list(target.iterdir()) == [] and city.state() == state


def test_a_stick_that_keeps_something_else_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from db.errors import WorkFailed

    source = tmp_path / "a"
    source.write_bytes(b"content")
    monkeypatch.setattr(removable_media, "_read_back", lambda path: "0" * 64)
    with pytest.raises(WorkFailed, match="坏块"):
        removable_media.put(source, tmp_path / "b.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_work_left_behind_by_a_crash_is_swept_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os
    import tempfile
    import time

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, age in (("old", 7 * 3600), ("young", 60)):
        left = tmp_path / f"zhengxian-exchange-{name}"
        left.mkdir()
        (left / "hidden.rows").write_text("机密")
        past = time.time() - age
        os.utime(left, (past, past))
    with removable_media.work_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir()] == ["zhengxian-exchange-young"]


@pytest.mark.parametrize("sweeps", [1, 2, 3])
def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sweeps: int) -> None:
    """By another program whose clock is hours ahead."""
    import tempfile

    from db.errors import WorkFailed

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    locked, swept = removable_media.FolderLock.__enter__, []

    def swept_first(lock: Any) -> Any:
        if len(swept) < sweeps:
            (folder,) = tmp_path.iterdir()
            folder.rmdir()
            swept.append(folder)
        return locked(lock)

    monkeypatch.setattr(removable_media.FolderLock, "__enter__", swept_first)
    if sweeps == 3:
        with pytest.raises(WorkFailed), removable_media.work_folder():
            pass
    else:
        with removable_media.work_folder() as folder:
            assert folder.is_dir() and folder not in swept
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_being_swept_is_left_and_another_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever sweeps holds its lock, or has deleted it between the opening of the lock and its taking."""
    import tempfile

    from db.errors import Busy

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    locked, held = removable_media.FolderLock.__enter__, []

    def swept_first(lock: Any) -> Any:
        held.append(lock)
        if len(held) == 1:
            raise Busy("正由另一个程序打开")
        taken = locked(lock)
        if len(held) == 2:
            shutil.rmtree(next(each for each in tmp_path.iterdir() if (each / "lock").exists()))
        return taken

    monkeypatch.setattr(removable_media.FolderLock, "__enter__", swept_first)
    with removable_media.work_folder() as folder:
        assert len(held) == 3 and (folder / "lock").exists()
    assert not list(tmp_path.iterdir())


def test_a_clock_that_jumps_takes_no_folder_that_is_in_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import tempfile
    import time

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with removable_media.work_folder() as folder:
        (folder / "made.xlsx").write_text("半成")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 9 * 3600)
        with removable_media.work_folder():
            pass
        assert (folder / "made.xlsx").read_text() == "半成"
    assert list(tmp_path.iterdir()) == []
