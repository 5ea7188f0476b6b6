"""The readers of a window wait while its first page is painted, and what is pressed waits for what is being read."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from desktop.ui.kit.jobs import FIRST, LATER, Jobs


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


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_pressed_waits_for_what_its_page_is_reading(qtbot: Any, fails: bool) -> None:
    jobs, page, other, done = Jobs(), QWidget(), QWidget(), list[str]()
    for each in (page, other):
        qtbot.addWidget(each)
        each.show()
    jobs.hold()

    def numbers(job: Any) -> str:
        if fails:
            raise OSError("gone")
        return "numbers"

    def then_rows(text: str) -> None:
        done.append(text)
        jobs.read(lambda job: "rows", done.append, failed=None, owner=page)

    jobs.read(lambda job: "drift", lambda _: None, failed=None, owner=other, order=LATER)
    jobs.once_read(other, lambda: done.append("other"))
    assert done == ["other"], "nobody waits for what comes later, nor for another page"
    jobs.read(lambda job: "the week before", done.append, failed=None, owner=page, key="page")
    jobs.read(numbers, then_rows, failed=lambda _: None, owner=page, key="page")
    jobs.once_read(page, lambda: done.append("print"))
    assert done == ["other"]
    jobs.let_go()
    qtbot.waitUntil(lambda: jobs.idle)
    assert done[1:] == ([] if fails else ["numbers", "rows", "print"])
    jobs.once_read(page, lambda: done.append("again"))
    assert done[-1] == "again", "nothing is on its way: at once"
    jobs.hold()
    jobs.read(lambda job: "next", done.append, failed=None, owner=page, key="page")
    jobs.once_read(page, lambda: done.append("in front of another page"))
    page.hide()
    jobs.let_go()
    qtbot.waitUntil(lambda: jobs.idle)
    page.show()
    jobs.once_read(page, lambda: done.append("back"))
    assert done[-2:] == ["next", "back"], "who went elsewhere meanwhile is asked nothing there"
    jobs.close()
