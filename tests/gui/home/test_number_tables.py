"""The tables of numbers on the first page."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from desktop.ui.home.number_tables import ItemList, NumberTable, fill_table
from desktop.ui.home.overview import Item
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import width_of_lamp


def test_the_numbers_behind_a_rate_are_not_cut(qtbot: Any) -> None:
    theme.apply(QApplication.instance(), 10.5)
    table = NumberTable("各台账", ["台账", "办结率"], stretch=0)
    qtbot.addWidget(table)
    table.resize(500, 200)
    table.show()
    table.setColumnWidth(1, theme.sizes().chars(8.8))
    for text in ("100.0% 8/8", "97.3% 33,305/34,397"):
        fill_table(table, [[("整改清单", None), (text, ("rectification", "completion_rate"))]])
        assert table.columnWidth(1) >= table.fontMetrics().horizontalAdvance(text)
    assert table.columnWidth(0) + table.columnWidth(1) <= table.viewport().width()


@pytest.mark.parametrize("points", [10.5, 14.0])
def test_a_wait_of_years_is_told_whole(qtbot: Any, points: float) -> None:
    """「已过 103…」 is another number."""
    theme.apply(QApplication.instance(), points)
    day = dt.date(2026, 12, 1)
    table = ItemList(SimpleNamespace(today=day), {}, {})  # type: ignore[arg-type]
    qtbot.addWidget(table)
    table.resize(640, 200)  # as on the first page of a window of 1366
    table.show()
    late = Item("rectification", "u", "完成国土空间规划衔接", "交办事项", "市政府办", day - dt.timedelta(days=1_034), ("拟办", "grey"), None, draft=True)
    table.show_items("waiting", [("waiting", [late])])
    text = table.item(0, 3).text()
    assert text == "已过 1034 天" and table.columnWidth(3) >= width_of_lamp(table.fontMetrics(), text)
    assert sum(map(table.columnWidth, range(5))) <= table.viewport().width() and table.columnWidth(0) > theme.sizes().chars(5)
    theme.apply(QApplication.instance(), 10.5)
