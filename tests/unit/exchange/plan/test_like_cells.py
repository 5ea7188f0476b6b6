"""A hundred cells of which the same is to be said are one sentence, with the count and the cells."""

from __future__ import annotations

from typing import Any

from desktop.exchange.apply import accept
from desktop.exchange.apply.import_report import receipt_of
from desktop.exchange.format import like_cells
from desktop.exchange.plan import cell_accounting
from desktop.ui.exchange.merge.lines import Lines


def test_addresses_become_ranges() -> None:
    assert like_cells.ranges(["A3", "A4", "A5", "C5", "A7", "A4"]) == "A3:A5、A7、C5"
    assert like_cells.ranges([]) == ""
    assert like_cells.areas(["Z5", "AA5", "Z6", "AA6", "C9"]) == ["Z5:AA6", "C9"]


def test_few_stay_apart_and_keep_their_order() -> None:
    assert like_cells.together("abacada", str) == [["a", "a", "a", "a"], ["b"], ["c"], ["d"]]
    assert like_cells.together("aab", str) == [["a"], ["a"], ["b"]]


def test_many_refusals_are_one_sentence_everywhere(city: Any, hand: Any) -> None:
    for number in range(60):
        city.add(f"又{number}件", lead_unit=city.units["安坪县人民政府"], phone="0000-1234567")
    book = hand(city.export(unit="安坪县人民政府").file)
    rows = [r for r in range(book.head + 1, book.sheet.max_row + 1) if book.cell(r, "联系电话").value]
    for row in rows:
        book.write(row, "问题表现", f"改成{row}").write(row, "整改到位时间", "下周")
    plan = city.plan(book.save())
    (refused,) = [m for m in cell_accounting.cell_report(plan)["messages"] if m["status"] == "refused"]
    where = f"{book.cell(rows[0], '问题表现').coordinate}:{book.cell(rows[-1], '问题表现').coordinate}"
    assert (refused["count"], refused["cells"]) == (63, where)
    assert refused["message"] == f"{where} 共 63 处：「问题表现」由交办方填写，责任单位的改动没有接受。"
    assert len(plan.lines("refused")) == 63  # each cell still has its line
    lines = Lines(plan, city.session)
    assert [len(line.members) for line in lines.all if line.group in ("refused", "error")] == [63, 63]
    assert lines.counts["refused"] == lines.counts["error"] == 63
    result = accept.accept(city.session, plan)
    entry = next(e for e in accept.imports(city.session) if e.import_id == result.import_id)
    assert [what for where_, what in receipt_of(city.session, entry).cells if "63 处" in what and where in where_]


def test_beside_what_cannot_be_read_stands_what_is_here(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    row = book.head + 1
    before = book.cell(row, "整改时限").value
    book.write(row, "整改时限", "2031-13-45")
    (line,) = [each for each in Lines(city.plan(book.save()), city.session).all if each.group == "error"]
    assert (line.mine, line.theirs) == (before, "2031-13-45") and before
