"""What cannot be read is told in its place: no list is empty, and no text unfound, for want of a disk."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from db.domain import calendar_days
from db.errors import WorkFailed
from desktop.ui.app.shell import Shell
from desktop.ui.kit.jobs import Jobs
from tests.gui.conftest import PATIENCE_MS

WHY = "读不到这一页，请检查磁盘。"


def _no_disk(*_: object, **__: object) -> None:
    raise WorkFailed(WHY)


def test_a_page_says_in_its_place_that_it_could_not_be_read(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_days, "between", _no_disk)
    monkeypatch.setattr(clerk.session, "search", _no_disk)
    page = clerk.workspace.open("calendar")
    qtbot.waitUntil(lambda: any(each.text() == WHY for each in page.list.empty.findChildren(QLabel)), timeout=PATIENCE_MS)
    assert page.list.empty.isVisible() and not page.list.lines
    clerk.workspace.services.search("路灯")
    page = clerk.workspace.page
    qtbot.waitUntil(lambda: page.head.text() == f"没有查成“路灯”：{WHY}", timeout=PATIENCE_MS)
    assert clerk.workspace.errors.isHidden(), "told once, where one looks"


def test_who_reads_must_say_what_becomes_of_a_failure(qtbot: Any) -> None:
    with pytest.raises(TypeError, match="failed"):
        Jobs().read(lambda job: None)  # type: ignore[call-arg]
