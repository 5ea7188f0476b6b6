"""A clerk at the window: no page, ledger, picker, chart, search, recycle bin or start of a name leads to a personnel record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QTableView

from db import office
from db.model.query import Query, Where
from desktop.ui.pages import PAGES
from tests.gui.pages_office import PASSWORD, fill, settle, window_over

NAME, DEED, IDENTITY = "赵燚", "牵头建成水厂", "990101197506150018"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("closed") / "office"
    session = fill(place)
    person = session.add("cadre", {"name": NAME})
    item = session.add("assigned_item", {"title": "水厂建设"})
    session.add("achievement", {"cadre": person, "title": DEED, "achieved_on": session.today, "item": item})
    session.delete("cadre", session.add("cadre", {"name": NAME + "二"}))
    session.close()
    return place


@pytest.fixture
def clerk(folder: Path, qtbot: Any) -> Iterator[Any]:
    session = office.open_office(folder, "lihua", PASSWORD)
    with window_over(session) as window:
        yield window
    session.close()


def words(window: Any) -> str:
    """Everything the window holds as text: labels, choices, cells."""
    found: list[str] = []
    for widget in QApplication.allWidgets():
        if isinstance(widget, QLabel):
            found.append(widget.text())
        elif isinstance(widget, QComboBox):
            found += [widget.itemText(n) for n in range(widget.count())]
        elif isinstance(widget, QTableView) and widget.model() is not None:
            model = widget.model()
            for row in range(min(model.rowCount(), 200)):
                found += [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
    return "\n".join(found)


def test_no_page_a_clerk_can_open_says_a_word(clerk: Any, qtbot: Any) -> None:
    opened = []
    told: list[str] = []
    clerk.error = told.append
    for page in PAGES:
        if clerk.open(page.id) is not None:
            opened.append(page.id)
            settle(qtbot, clerk)
            assert NAME not in words(clerk), page.id
            assert DEED not in words(clerk), page.id
    assert {"home", "charts", "exchange", "recycle", "bulletin", "backup"} <= set(opened)
    assert "cadre" not in opened


def test_no_ledger_of_that_book_opens_and_no_ledger_of_the_other_tells_of_it(clerk: Any, qtbot: Any) -> None:
    session, told = clerk.session, []
    clerk.error = told.append
    for kind in session.kinds:
        if kind.parent or not kind.family:
            continue
        page = clerk.open_ledger(kind.name)
        settle(qtbot, clerk)
        if kind.book == "personnel":
            assert page is None, kind.name
        assert NAME not in words(clerk), kind.name
    assert told and all("密钥" in str(each) for each in told)


def test_what_an_officer_looks_for_lies_in_no_file(folder: Path, qtbot: Any) -> None:
    """The files of views are not encrypted: no name, number or word of that book's list is kept there, only what is ticked."""
    session = office.open_office(folder, "admin", PASSWORD)
    view = folder / "views" / "admin.json"
    with window_over(session) as window:
        old = {"filter": {"where": [], "search": "旧版留下的"}, "saved": {"某": {"where": [], "search": NAME}}}
        window.settings.set_view("list.cadre", old)
        page = window.open_ledger("cadre")
        settle(qtbot, window)
        assert "旧版留下的" not in view.read_text("utf-8") and NAME not in view.read_text("utf-8")
        number = Where("identity_number", "eq", IDENTITY)
        page.filter.set((number, Where("name", "contains", NAME), Where("sex", "in", ["1"]), Where("birth_month", "ge", "1975-06")), NAME)
        page.filter.save_as("常看的")
        settle(qtbot, window)
        assert page.filter.query().search == NAME and number in page.filter.query().where
        chips = "".join(label.text() for label in page.filter.findChildren(QLabel))
        buttons = "".join(button.text() for button in page.filter.findChildren(QPushButton))
        assert IDENTITY not in chips + buttons and "*" in chips + buttons
        kept = json.loads(view.read_text("utf-8"))["views"]["list.cadre"]
        assert [where[0] for where in kept["filter"]["where"]] == ["sex"] == [where[0] for where in kept["saved"]["常看的"]["where"]]
        window.open_ledger("rectification").filter.set((), "路灯")
        assert "路灯" in view.read_text("utf-8"), "of the office's own book it is a habit"
    session.close()
    for file in folder.rglob("*"):
        if file.is_file():
            assert IDENTITY.encode() not in file.read_bytes() and NAME.encode() not in file.read_bytes(), file


def test_search_and_the_item_an_achievement_names_are_silent(clerk: Any, qtbot: Any) -> None:
    page = clerk.open("search")
    for field in (clerk.findChildren(QLineEdit) if page is None else page.findChildren(QLineEdit)):
        field.setText(NAME)
    settle(qtbot, clerk)
    item = clerk.session.find(Query(kind="assigned_item"))[0]
    clerk.open_record("assigned_item", item.uid)
    settle(qtbot, clerk)
    text = words(clerk)
    assert "水厂建设" in text
    assert DEED not in text
    assert not [line for line in text.splitlines() if NAME in line]
