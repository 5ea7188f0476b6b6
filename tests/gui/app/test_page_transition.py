"""A page that is opened for the first time is made, laid out and painted in turns of its own, and who types or clicks
meanwhile means that page."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from db.errors import BadInput
from db.model.query import Query
from desktop.ui.app import page_loader, preload
from desktop.ui.app.shell import Shell
from desktop.ui.kit import icons, theme
from desktop.ui.pages.ledgers import LedgersPage
from desktop.ui.pages.meetings import MeetingsPage
from tests.gui.conftest import PATIENCE_MS, end, quiet


class Seen(QObject):
    """What happened to a page, and in which turn of the event loop."""

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.page, self.turn, self.events, self.painted = page, 0, {}, 0
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Paint):
            self.events.setdefault(event.type(), self.turn)
        if event.type() == QEvent.Type.Paint:  # whole: a list in it may show what it was still to show
            self.painted += event.region().boundingRect().height() > self.page.height() * 0.9
        return False


def test_a_page_is_made_laid_out_and_painted_in_turns_of_their_own(qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    window = clerk.workspace
    before, seen = window.open("home"), []
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    make = window.area._make

    def watched(key: str) -> Any:
        page = make(key)
        seen.append(Seen(page))
        return page

    monkeypatch.setattr(window.area, "_make", watched)
    page_loader.page("review")
    stands = Seen(before)
    quiet(qtbot, clerk)

    def still() -> bool:  # it has its numbers and has shown them
        stands.painted = 0
        QTest.qWait(300)
        return not stands.painted

    qtbot.waitUntil(still)
    window.go("review")
    (page,) = seen
    assert window.stack.currentWidget() is before and not page.events, "made, no more"
    while QEvent.Type.Paint not in page.events:
        page.turn += 1
        QApplication.processEvents()
        if window.stack.currentWidget() is before:
            assert before.isVisible() and window.stack.updatesEnabled(), "what stood there stands there"
            assert not stands.painted and not page.events, "nor does it make room or is painted anew"
    assert page.events[QEvent.Type.Show] < page.events[QEvent.Type.Paint]
    assert window.front == "review" and window.page is page.page and window.stack.updatesEnabled()


def test_modules_of_a_page_are_fetched_by_the_worker_before_it_comes(qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that is typed quickly leaves no time to fetch them all ahead."""
    window, threads = clerk.workspace, []
    before = window.open("home")
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    group = next(group for group, keys in page_loader.GROUPS.items() if "backup" in keys)

    def fetched() -> Any:
        threads.append(threading.current_thread())
        return group()

    monkeypatch.setattr(page_loader, "GROUPS", {fetched: ("backup", "help")})
    window.go("backup")
    assert not threads[1:] and threading.main_thread() not in threads and window.stack.currentWidget() is before
    qtbot.waitUntil(lambda: "backup" in window.area._made and window.stack.currentWidget() is window.area._made["backup"], timeout=PATIENCE_MS)  # noqa: SLF001
    assert threads[0] is not threading.main_thread() and page_loader.at_hand("help"), "of the same group"


def test_who_types_meanwhile_types_into_the_page_that_comes(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    before = window.open("home")
    page_loader.page("ledgers")
    window.go("ledgers")
    assert window.stack.currentWidget() is before
    QTest.keyClick(clerk.windowHandle(), Qt.Key.Key_Z)
    assert window.stack.currentWidget() is not before and window.page.search.text() == "z"


def test_what_is_to_be_done_with_a_page_waits_for_it(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    before, uid = window.open("home"), clerk.session.find(Query(kind="rectification", limit=1))[0].uid
    page_loader.page("ledger:rectification")
    window.open_record("rectification", uid)
    assert window.stack.currentWidget() is before and not window.tabs.back.isVisible()
    qtbot.waitUntil(lambda: window.stack.currentWidget() is not before, timeout=PATIENCE_MS)
    assert window.tabs.back.isVisible() and window.front == "ledger:rectification"
    qtbot.waitUntil(lambda: window.page.table.current() is not None and window.page.table.current().uid == uid, timeout=PATIENCE_MS)


def test_a_page_that_is_opened_while_it_comes_is_what_was_asked_for(qtbot: Any, clerk: Shell) -> None:
    window, done = clerk.workspace, []
    window.open("home")
    window.go("review", done.append)
    page = window.open("review")
    assert page is not None and done == [page] and window.page is page


def test_a_page_is_made_part_by_part(qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    window, laid = clerk.workspace, []
    page_loader.page("ledgers")
    card = LedgersPage._card  # noqa: SLF001
    monkeypatch.setattr(LedgersPage, "_card", lambda page, *given: laid.append(given[0]) or card(page, *given))
    counts: list[int] = []
    beat = QTimer(window, interval=0, timeout=lambda: counts.append(len(laid)))
    quiet(qtbot, clerk)  # what is still read for the first page would have the next one made whole
    beat.start()
    window.go("ledgers")
    qtbot.waitUntil(lambda: not window.area.coming, timeout=PATIENCE_MS)
    beat.stop()
    assert set(counts) == set(range(len(laid) + 1)) and len(laid) > 5, "one card a turn: others have theirs in between"
    assert window.page.lines[0].isVisible() and len(set(laid)) == len(laid)


@pytest.mark.parametrize("key", ["ledgers", "charts", "exchange", "settings", "meetings", "review", "leader", "drafts", "bulletin", "ledger:rectification"])
def test_a_page_that_is_half_made_is_made_whole_for_who_needs_it(qtbot: Any, clerk: Shell, key: str) -> None:
    """A change of the book, or whoever asks for the page in front."""
    window = clerk.workspace
    page_loader.page(key)
    window.open("home")
    window.go(key)
    page = window.area._made[key]  # noqa: SLF001
    window.refresh_all()
    assert next(page.unmade, None) is None, "all of it"
    assert window.page is page and window.front == key
    qtbot.waitUntil(lambda: clerk.jobs.idle and not window.area.coming, timeout=PATIENCE_MS)
    assert window.errors.isHidden() and page.isVisible()


@pytest.mark.parametrize("way", ["go", "open", "another first"])
def test_a_page_of_which_a_part_cannot_be_made_is_told_and_none_is_left_half(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    window, parts = clerk.workspace, MeetingsPage.parts
    before = window.open("home")
    page_loader.page("meetings")

    def refused(page: MeetingsPage) -> Any:
        making = parts(page)
        yield next(making)
        if broken:
            raise BadInput("没有这个指标。")
        yield from making

    broken = [True]
    monkeypatch.setattr(MeetingsPage, "parts", refused)
    if way == "open":
        assert window.open("meetings") is None
    else:
        window.go("meetings")
        if way == "another first":
            window.go("calendar")
            qtbot.waitUntil(lambda: not window.area.coming, timeout=PATIENCE_MS)
            before = window.page
            window.go("meetings")
    qtbot.waitUntil(lambda: not window.area.coming, timeout=PATIENCE_MS)
    assert window.page is before and not window.errors.isHidden()
    window.refresh_all()
    broken.clear()
    page = window.open("meetings")
    assert window.page is page and page.meeting.isVisible(), "made anew, and whole"


def test_a_page_that_gave_way_while_it_was_made_is_whole_when_it_comes(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    for key in ("leader", "calendar"):
        page_loader.page(key)
    window.open("home")
    window.go("leader")
    window.go("calendar")
    assert window.front == "calendar"
    gc.collect()
    assert window.open("leader").led.isVisible()


def test_who_is_quicker_than_the_reader_finds_the_window_fetched(qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: pytest.MonkeyPatch) -> None:
    by: list[threading.Thread] = []
    monkeypatch.setattr(preload, "entrance", lambda: by.append(threading.current_thread()))
    shell = open_shell("clerk")
    assert by and threading.main_thread() not in by and shell.workspace is not None
    end(shell)

    def refused() -> None:
        raise ImportError("one that nobody needs yet")

    monkeypatch.setattr(preload, "entrance", refused)
    assert open_shell("clerk").workspace is not None, "told by whoever needs it"


def test_icons_of_ledgers_are_drawn_before_anybody_asks(qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icons, "_drawn", {})
    kind = open_shell("clerk").session.kinds.get("rectification")
    name = kind.icon.removeprefix("mdi6.")
    qtbot.waitUntil(lambda: (name, theme.MUTED, theme.sizes().icon.width()) in icons._drawn, timeout=PATIENCE_MS)  # noqa: SLF001


def test_the_last_of_two_pages_comes_and_a_lock_finds_none_on_its_way(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    window.open("home")
    window.go("review")
    window.go("weekly")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.area._made["weekly"], timeout=PATIENCE_MS)  # noqa: SLF001
    window.go("board")
    assert clerk.lock()
    QTest.qWait(20)
    assert clerk.workspace is None


def test_arrows_keep_the_keyboard_though_the_page_comes_later(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    before = window.open("home")
    window.navigation.setFocus()
    QTest.keyClick(window.navigation, Qt.Key.Key_Down)
    assert window.stack.currentWidget() is before
    qtbot.waitUntil(lambda: window.stack.currentWidget() is not before, timeout=PATIENCE_MS)
    assert window.navigation.hasFocus()


def test_pages_behind_cost_nothing_when_another_comes(qtbot: Any, clerk: Shell) -> None:
    """Qt goes through all widgets of a stack that is told to wait with painting, but for those that are told so."""
    window = clerk.workspace
    first, second = window.open("home"), window.open("review")
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    assert second.updatesEnabled() and not first.updatesEnabled()
    window.open("home")
    qtbot.waitUntil(window.stack.updatesEnabled, timeout=PATIENCE_MS)
    assert first.updatesEnabled() and not second.updatesEnabled()
