"""The sender gets the same workbook back with its cells marked, and a receipt."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import openpyxl

from desktop.exchange.apply import accept, import_report, outcome
from desktop.exchange.foreign import table_reader
from desktop.exchange.plan import cell_accounting


def test_the_same_workbook_comes_back_marked_and_can_be_filled_in_again(city: Any, hand: Any) -> None:
    sent = city.export(unit="安坪县人民政府").file
    book = hand(sent)
    row = book.row("第1项 窗口排队时间长")
    book.write(row, "整改到位时间", "下个月").write(row, "整改事项", "李𬱟").write(row, "整改措施", "写得对的")
    plan = city.plan(book.save())
    marked = import_report.mark(city.session, plan, city.folder / "退回.xlsx").file
    back = openpyxl.load_workbook(marked)
    sheet = back["整改清单"]
    cell = sheet.cell(row, book.column("整改到位时间"))
    assert "不是日期" in cell.comment.text and cell.fill.fgColor.rgb == "FFF4B6B6"
    assert sheet.cell(row, book.column("整改事项")).comment is not None
    assert sheet.cell(row, book.column("整改措施")).comment is None
    assert [c.value for c in back["导入结果"][4]][:4] == ["有错", "整改清单", f"O{row}", "整改到位时间"]
    accept.accept(city.session, plan)
    again = hand(marked)
    again.write(row, "整改到位时间", "2022-09-05").write(row, "整改事项", "第1项 窗口排队时间长")
    result = city.take(again.save("改好.xlsx"))
    assert (result.updated, result.errors, result.refused) == (1, [], [])


def test_the_receipt_names_what_is_to_be_put_right(city: Any, hand: Any) -> None:
    book = hand(city.export(unit="安坪县人民政府").file)
    row = book.row("第1项 窗口排队时间长")
    city.take(book.write(row, "整改到位时间", "下个月").save())
    (entry,) = accept.imports(city.session)
    text = "\n".join(import_report.receipt_of(city.session, entry).text())
    assert "安坪县人民政府：" in text and "有错 1 处" in text and f"第 {row} 行「整改到位时间」不是日期" in text
    assert import_report.taken_file(city.session, entry)[:2] == b"PK"


def test_a_cell_that_was_refused_is_told_and_counted(city: Any, hand: Any) -> None:
    book = hand(city.export(unit="安坪县人民政府").file)
    plan = city.plan(book.write(book.row("第1项 窗口排队时间长"), "整改事项", "改题").save())
    assert (plan.added, plan.updated, plan.unchanged) == (0, 0, 2)
    told = outcome.outcomes_of_plan(plan)[0]
    assert (told.word, told.cell[0]) == ("未接受", "D")
    assert cell_accounting.in_words(plan) == "全表有内容的 130 格：没有改动 129，未接受和有错 1。"


def test_the_sender_is_told_what_the_sender_can_do(city: Any, hand: Any) -> None:
    book = hand(city.export(unit="安坪县人民政府").file)
    blank = next(r for r in range(book.row("第1项 窗口排队时间长") + 1, 60) if not book.sheet.cell(r, book.column("整改事项")).value)
    city.take(book.write(blank, "整改事项", "第1项 窗口排队时间长").save())
    (entry,) = accept.imports(city.session)
    text = "\n".join(import_report.receipt_of(city.session, entry).text())
    assert "确是另一件的，请告知本单位。" in text and "采用。" not in text
    said = import_report.mark_import(city.session, entry, city.folder / "退回.xlsx").file
    told = [str(c.value) for row in openpyxl.load_workbook(said)["导入结果"].iter_rows() for c in row if c.value]
    assert any("请告知本单位" in each for each in told) and not any("请采用" in each for each in told)


def test_no_sentence_about_a_cell_asks_the_sender_to_press_what_only_the_program_has() -> None:
    modules = [each for part in (cell_accounting, table_reader) for each in Path(part.__file__).parent.glob("*.py")]
    found = (node for module in modules for node in ast.walk(ast.parse(module.read_text("utf-8"))))
    texts = [node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert sum("请采用" in text for text in texts) > 5
    assert not [told for told in map(outcome.in_sender_s_words, texts) if "请采用" in told or "或采用" in told]
