"""Upkeep is done while nobody waits, and nobody waits for it: a bench of the window does not either."""

from __future__ import annotations

import threading
from typing import Any

from desktop.ui.kit.jobs import Jobs


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
