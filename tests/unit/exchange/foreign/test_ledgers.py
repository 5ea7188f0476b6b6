"""The ledgers of `tests/ledgers`, as offices make them: what the program takes each column and row for."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.foreign.assignment import assign
from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.unit_roles import roles_in
from desktop.exchange.format.measures import unit_in, unit_said
from tests.ledgers import measure, shapes


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


def test_columns_rows_and_values_of_ledgers_as_offices_make_them(office: Any, tmp_path: Path) -> None:
    for path in (shapes.TUNED, shapes.HELD_BACK):
        counts = measure.measure(office.session, shapes.read(path), tmp_path)
        assert counts.recall >= 0.95 and counts.precision >= 0.98, counts.faults
        assert (counts.found, counts.junk, counts.wrong, counts.untold) == (counts.items, 0, 0, 0), counts.faults


def test_columns_are_given_to_fields_so_that_the_whole_fits_best() -> None:
    choose = random.Random(7)
    for _ in range(300):
        rows, columns = choose.randint(1, 4), choose.randint(1, 4)
        gains = [[choose.choice([0, -1, 1, 2, 3, 0.5]) for _ in range(columns)] for _ in range(rows)]
        found = sum(gains[row][at] for row, at in assign(gains).items())
        ways = permutations(range(rows + columns), rows)
        assert found == max(sum(max(0, gains[r][c]) for r, c in enumerate(way) if c < columns) for way in ways)


@pytest.mark.parametrize(("heading", "meaning"), [
    ("时间节点", "limit"), ("目前进展", "progress"), ("批示内容", "opinion"), ("协办单位", "with"), ("主抓单位", "lead"),
    ("办结时间", "closed"), ("要求办结时间", "limit"), ("实际开工时间", "start"), ("计划开工时间", "start plan"), ("是否办结", "state"),
    ("下一步打算", "-next"), ("概算总投资/万元", "investment"), ("年度投资（万元）完成", "invested"), ("一般说来谁都说不清楚的一个很长的标题", ""),
])  # fmt: skip
def test_headings_mean_something(heading: str, meaning: str) -> None:
    assert (meanings(heading) or ("",))[0] == meaning


@pytest.mark.parametrize(("text", "leads", "helps", "unknown"), [
    ("甲局", ["甲局"], [], []), ("甲局、乙局", ["甲局"], ["乙局"], []), ("甲局（牵头）、乙局（配合）", ["甲局"], ["乙局"], []),
    ("配合：乙局；牵头：甲局", ["甲局"], ["乙局"], []), ("牵头单位:甲局", ["甲局"], [], []), ("甲局 丙局", ["甲局"], [], ["丙局"]),
    ("甲局等单位", ["甲局"], [], []),
])  # fmt: skip
def test_units_and_their_parts_in_one_cell(text: str, leads: list[str], helps: list[str], unknown: list[str]) -> None:
    roles = roles_in(text, lambda name: name if name in ("甲局", "乙局") else None)
    assert (roles.leads, roles.helps, roles.unknown) == (leads, helps, unknown)


def test_units_of_measure_in_headings_and_around_a_table() -> None:
    assert [unit_in(text) for text in ("投资（万元）", "概算/亿元", "完成情况（%）", "问题（简述）", "户数(户)")] == ["万元", "亿元", "%", "", "户"]
    assert unit_said([["重点项目", ""], ["", "金额单位：人民币万元"]]) == unit_said([["本表以万元为单位"]]) == "万元"
    assert unit_said([["责任单位：甲局"]]) == ""
