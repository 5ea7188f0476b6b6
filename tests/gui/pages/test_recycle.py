"""A clerk deletes by mistake and gets it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.model.query import Query
from tests.gui.pages_office import DELETED, fill, settle, window_over


@pytest.fixture
def window(tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    session = fill(tmp_path / "office")
    with window_over(session) as made:
        yield made
    session.close()


def _page(window: Any, qtbot: Any) -> Any:
    page = window.open("recycle")
    settle(qtbot, window, lambda: page.list.lines)
    return page


def test_what_was_deleted_is_listed_with_who_and_when(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot)
    assert {line.cells[0] for line in page.list.lines} == set(DELETED)
    assert {line.cells[1] for line in page.list.lines} == {"整改清单"}
    assert {line.cells[3] for line in page.list.lines} == {"陈思远"}
    assert page.count.text() == "共 3 条"


def test_a_search_narrows_it_and_an_empty_answer_says_what_to_do(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot)
    page.search.setText("督办件")
    page.load()
    settle(qtbot, window, lambda: len(page.list.lines) == 1)
    page.search.setText("没有这个")
    page.load()
    settle(qtbot, window, lambda: not page.list.lines)
    assert page.list.empty.isVisible()


def test_several_come_back_at_once_and_that_can_be_undone(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot)
    page.list.selectAll()
    assert page.restore_button.text() == "恢复选中的 3 条"
    page.restore()
    settle(qtbot, window, lambda: not page.list.lines)
    assert window.session.count(Query(kind="rectification")) == 8
    assert window.toasts.text == "已恢复 3 条记录。"
    window.undo()
    settle(qtbot, window, lambda: len(page.list.lines) == 3)
    assert window.session.count(Query(kind="rectification")) == 5


def test_what_is_deleted_elsewhere_appears(window: Any, qtbot: Any) -> None:
    page = _page(window, qtbot)
    record = window.session.find(Query(kind="rectification"))[1]
    window.jobs.write(lambda job: window.session.delete("rectification", record.uid))
    settle(qtbot, window, lambda: len(page.list.lines) == 4)


def test_one_that_may_not_come_back_is_named_and_the_rest_come_back(window: Any, qtbot: Any) -> None:
    session = window.session
    session.delete("unit", session.names.unit_by_name("安坪县"))
    session.add("unit", {"name": "安坪县"})
    page = window.open("recycle")
    settle(qtbot, window, lambda: len(page.list.lines) == 4)
    page.list.selectAll()
    page.restore()
    settle(qtbot, window, lambda: len(page.list.lines) == 1)
    assert page.list.lines[0].cells[0] == "安坪县"
    assert window.errors.text.startswith("“安坪县”没有恢复：")
    assert session.count(Query(kind="rectification")) == 8


def test_an_item_comes_back_before_what_hangs_under_it(window: Any, qtbot: Any) -> None:
    session = window.session
    owner = session.find(Query(kind="rectification"))[1]
    uid = session.add("progress", {"content": "已开工"}, parent=owner.uid)
    session.delete("progress", uid)
    session.delete("rectification", owner.uid)
    page = window.open("recycle")
    settle(qtbot, window, lambda: len(page.list.lines) == 5)
    at = next(i for i, line in enumerate(page.list.lines) if line.key == ("progress", uid))
    page.list.selectRow(at)
    page.restore()
    settle(qtbot, window, lambda: "请先恢复它" in window.errors.text)
    page.list.selectAll()
    page.restore()
    settle(qtbot, window, lambda: not page.list.lines)
