"""The table whose first columns stay."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.ui.kit import theme
from desktop.ui.kit.frozen_table import FrozenTable, Narrow, Row


@pytest.mark.parametrize("rate", ["100.0% 9/9", "100.0% 17/17", "96.2% 1135/1180"])
def test_a_number_is_seen_whole_however_long(qtbot: Any, rate: str) -> None:
    """「100.0% 17…」 told nobody of how many; the heading and the type alone said how wide it was."""
    table = FrozenTable("讲评", [Narrow("排名", 2.7), Narrow("办结率", 6.2), Narrow("点评", 8, number=False, stretch=True)], 1)
    qtbot.addWidget(table)
    table.resize(700, 200)
    table.show()
    table.fill([Row("1", ("1", "50.0% 1/2", "好" * 90), ("", "", ""), None), Row("2", ("2", rate, ""), ("", "", ""), None)])
    for at, text in ((0, "2"), (1, rate)):
        assert table.columnWidth(at) - theme.sizes().gap >= table.fontMetrics().horizontalAdvance(text)
    assert table.columnWidth(0) < table.columnWidth(1) < table.columnWidth(2) < 700, "words are cut, not the table blown up"
