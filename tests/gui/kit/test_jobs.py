"""The readers of a window wait while its first page is painted."""

from __future__ import annotations

from typing import Any

from desktop.ui.kit.jobs import FIRST, Jobs


def test_what_is_held_is_read_once_it_is_let_go(qtbot: Any) -> None:
    jobs, read = Jobs(), list[str]()
    jobs.read(lambda job: "before", read.append, failed=None)
    qtbot.waitUntil(lambda: jobs.idle)
    jobs.hold()
    jobs.hold()  # again: nothing that waits is dropped
    jobs.read(lambda job: "list", read.append, failed=None)
    jobs.read(lambda job: "count", read.append, failed=None)
    jobs.hold()
    jobs.read(lambda job: "page", read.append, failed=None, order=FIRST)
    jobs.write(lambda job: "saved", read.append)
    qtbot.waitUntil(lambda: len(read) == 3)
    assert set(read) == {"before", "page", "saved"} and not jobs.idle
    jobs.let_go()
    jobs.read(lambda job: "later", read.append, failed=None)
    qtbot.waitUntil(lambda: jobs.idle)
    assert read[3:] == ["list", "count", "later"]
    jobs.close()


def test_a_window_that_closes_meanwhile_ends_its_readers(qtbot: Any) -> None:
    jobs, read = Jobs(), list[str]()
    jobs.hold()
    jobs.read(lambda job: "list", read.append, failed=None)
    jobs.write(lambda job: "saved", read.append)
    jobs.close(wait_seconds=5)
    assert not any(thread.is_alive() for thread in jobs._threads) and "list" not in read  # noqa: SLF001
