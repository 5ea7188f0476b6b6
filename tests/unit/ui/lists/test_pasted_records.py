"""Rows copied in a spreadsheet program, dirty as they come: what is read, and what is said to be wrong before anything is written."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from db.model import builtin
from db.model.fieldtypes import base
from desktop.ui.lists import pasted_records

KINDS = builtin.kinds()
KNOWN = SimpleNamespace(names=base.NoNames(), kinds=KINDS, today=dt.date(2026, 11, 29))


def read(text: str) -> pasted_records.Pasted:
    return pasted_records.read(text, KINDS.get("unit"), KNOWN)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('市财政局\t"第一行\n第二行"\n市教育局\t', [["市财政局", "第一行\n第二行"], ["市教育局", ""]]),
        ('市财政局\t"未完\n市教育局\t好\n', [["市财政局", '"未完'], ["市教育局", "好"]]),
        ('"引号"开头\tx\r\n他说""好""\ty', [['"引号"开头', "x"], ['他说""好""', "y"]]),
        ('"他说""好"""\tx', [['他说"好"', "x"]]),
        ("\t\t\n\n 市财政局 \t\n", [["市财政局", ""]]),
        ("", []),
    ],
)  # fmt: skip
def test_lines_and_cells(text: str, lines: list[list[str]]) -> None:
    assert pasted_records.split(text) == lines


def test_a_dirty_list_of_units_is_marked_cell_by_cell() -> None:
    found = read("单位名称\t类别\n市财政局\t市直部门\n#REF!\t县\n市财政局\t市直\n安坪县\t哪类\n\t其他\n合　计\t3\n")
    assert found.table.headed and [f.name for f in found.fields if f] == ["name", "category"]
    assert found.table.totals == 1 and len(found.rows) == 5
    wrong = [[bool(cell.wrong) for cell in row] for row in found.rows]
    assert wrong == [[False, False], [True, False], [True, False], [False, True], [True, False]]
    assert found.problems == 4
    assert "错误值" in found.rows[1][0].wrong and "与第 1 行重复" in found.rows[2][0].wrong
    assert found.values(found.rows[0]) == {"name": "市财政局", "category": "bureau"}


def test_a_row_put_right_frees_the_other() -> None:
    found = read("单位名称\n市财政局\n市财政局\n")
    assert found.problems == 1
    found.rows[0] = found.read_row(["市教育局"])
    found.check_rows()
    assert found.problems == 0
