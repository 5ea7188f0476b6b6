"""The tables of numbers on the first page."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from desktop.ui.figures.number_tables import NumberTable, fill_table
from desktop.ui.kit import theme


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
