"""Upkeep is done while nobody waits, and nobody waits for it: a bench of the window does not either."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from db.store import query
from desktop.ui.app import idle_work
from desktop.ui.app.shell import Shell
from desktop.ui.kit.jobs import Jobs
from tests.gui.conftest import PATIENCE_MS, ledger


def test_a_person_s_work_is_waited_for_and_upkeep_is_not(qtbot: Any) -> None:
    jobs, go = Jobs(), threading.Event()
    done: list[str] = []
    try:
        jobs.write(lambda job: go.wait(20), lambda _: done.append("upkeep"), upkeep=True)
        assert jobs.resting and not jobs.idle
        jobs.write(lambda job: None, lambda _: done.append("asked for"))
        assert not jobs.resting
        go.set()
        qtbot.waitUntil(lambda: jobs.idle, timeout=20_000)
        assert jobs.resting and done == ["upkeep", "asked for"]
    finally:
        go.set()
        jobs.close()


def test_a_list_tells_that_it_was_sorted_by_what_no_index_has(
    qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle_work, "PAUSE_MS", 30)
    monkeypatch.setattr(query, "_MANY", 2)
    shell = open_shell("clerk")
    page = ledger(qtbot, shell, 40)

    def made() -> bool:
        asked = "SELECT 1 FROM sqlite_schema WHERE name = 'rectification_sorted_responsible_person'"
        return shell.session.office.connection.execute(asked).fetchone() is not None

    qtbot.waitUntil(lambda: shell.jobs.idle, timeout=PATIENCE_MS)
    assert not made()
    page.table.rows.sort_by((("responsible_person", False),))
    qtbot.waitUntil(made, timeout=PATIENCE_MS)
