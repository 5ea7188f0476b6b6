"""The tree of units: each under its superior, with what it and all below it have in hand, on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from db import office
from tests.gui.pages_office import settle, window_over
from tests.unit.db.units.test_tree import TODAY, fill


@pytest.fixture
def window(tmp_path: Path, qapp: Any) -> Iterator[Any]:
    session, _ = office.create_office(tmp_path / "office", "云岭省活动办", "province", "admin", "brand-new-lock-7")
    session.fixed_today = TODAY
    fill(session)
    with window_over(session) as made:
        yield made
    session.close()


def test_a_province_sees_its_cities_and_counties(window: Any, qtbot: Any) -> None:
    page = window.open("unit_tree")
    settle(qtbot, window, lambda: page.found is not None)
    tops = [page.tree.topLevelItem(n) for n in range(page.tree.topLevelItemCount())]
    assert [item.text(0) for item in tops] == ["省发改委", "甲市", "乙市"]
    city = tops[1]
    assert [city.text(n) for n in range(5)] == ["甲市", "市（州）", "3", "4", "4"], "its own and all below it"
    assert city.isExpanded() and city.child(0).child(0).text(0) == "甲市1县东关镇"
    page.levels.setCurrentIndex(0)
    page.levels.activated.emit(0)
    assert not city.isExpanded()
    city.setExpanded(True)
    window.session.add("unit", {"name": "甲市3县", "superior": city.data(0, Qt.ItemDataRole.UserRole), "category": "county"})
    settle(qtbot, window, lambda: page.tree.topLevelItem(1).childCount() == 3)
    assert page.tree.topLevelItem(1).isExpanded(), "what was open stays so"
    from tests.gui.pages.test_work import see_sheet

    page.print_preview()
    see_sheet(qtbot, window).reject()
    page.tree.itemActivated.emit(page.tree.topLevelItem(0), 0)
    settle(qtbot, window, lambda: window.front == "ledger:unit")
