"""The window around the pages: search, palette, keys, one announcement per change, the watchdog, the soak."""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from db.model.query import Query
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from desktop.ui.kit.commands import HAND_KEYS, Palette
from desktop.ui.kit.hint_line import HintedLine
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog
from tests.gui.conftest import PATIENCE_MS, choose_row, ledger, quiet

KIND = "rectification"
REPAINTS = 4_000
"""A reference lost per repaint aborted after some dozens; this many show a slow leak too."""


def test_search_finds_by_pinyin_and_opens_where_it_stands(qtbot: Any, clerk: Shell) -> None:
    quiet(qtbot, clerk)
    workspace = clerk.workspace
    workspace.search_box.setText("ycssl")
    workspace.search_box.returnPressed.emit()
    page = workspace.page
    qtbot.waitUntil(lambda: page.list.rowCount() > 0, timeout=PATIENCE_MS)
    titles = [page.list.item(row, 0).text() for row in range(page.list.rowCount())]
    assert "云川市水利局" in titles
    workspace.search_box.setText("第7项")
    workspace.search_box.returnPressed.emit()
    qtbot.waitUntil(lambda: page.list.rowCount() == 1, timeout=PATIENCE_MS)
    page.list.itemActivated.emit(page.list.item(0, 0))
    ledger_page = workspace.page
    qtbot.waitUntil(lambda: ledger_page.form.uid is not None, timeout=PATIENCE_MS)
    assert ledger_page.table.current().texts[0] == "第7项问题整改"


def test_the_palette_finds_a_page_and_opens_it(qtbot: Any, clerk: Shell) -> None:
    palette = Palette(clerk.workspace, clerk.workspace.commands.all())
    palette._entry.setText("整改")  # noqa: SLF001
    qtbot.keyClick(palette._entry, Qt.Key.Key_Return)  # noqa: SLF001
    assert palette.chosen is not None
    palette.chosen.run()
    assert type(clerk.workspace.page).__name__ == "LedgerPage"
    palette.deleteLater()


def test_no_two_commands_share_their_keys(qtbot: Any, clerk: Shell) -> None:
    ledger(qtbot, clerk)
    keys = [command.keys for command in clerk.workspace.commands.all() if command.keys]
    assert len(keys) == len(set(keys)) and len(keys) > 15
    assert HAND_KEYS


def test_buttons_and_keys_reach_what_the_page_in_front_does(
    qtbot: Any, clerk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger(qtbot, clerk)
    page, asked = type(clerk.workspace.page), []
    for name in ("new", "save", "export", "print_preview"):
        monkeypatch.setattr(page, name, lambda self, name=name: asked.append(name))
    for button in ("new", "save", "export", "print"):
        clerk.workspace._buttons[button].click()  # noqa: SLF001
    runs = {command.keys: command.run for command in clerk.workspace.commands.all()}
    for keys in ("Ctrl+N", "Ctrl+S", "Ctrl+E", "Ctrl+P"):
        runs[keys]()
    assert asked == ["new", "save", "export", "print_preview"] * 2


def test_each_change_is_announced_once_in_the_thread_of_the_window(qtbot: Any, clerk: Shell) -> None:
    quiet(qtbot, clerk)
    heard: list[Any] = []
    clerk.jobs.changed.connect(lambda change: heard.append((change, QApplication.instance().thread().isCurrentThread())))
    uid = clerk.session.find(Query(kind=KIND, limit=1))[0].uid
    clerk.jobs.write(lambda job: clerk.session.set(KIND, uid, {"responsible_person": "郑怀瑾"}))
    qtbot.waitUntil(lambda: bool(heard), timeout=PATIENCE_MS)
    quiet(qtbot, clerk)
    assert len(heard) == 1 and heard[0][1] and KIND in heard[0][0].kinds


def test_what_goes_wrong_in_a_worker_reaches_the_person(qtbot: Any, clerk: Shell) -> None:
    clerk.jobs.write(lambda job: clerk.session.set(KIND, "no-such-uid", {"title": "x"}), owner=clerk.workspace)
    qtbot.waitUntil(lambda: "没有编号" in clerk.workspace.errors.text, timeout=PATIENCE_MS)


def test_a_cancelled_job_ends_and_a_newer_read_replaces_an_older(qtbot: Any) -> None:
    jobs = Jobs()
    seen: list[str] = []

    def long(job: Any) -> str:
        for at in range(2_000):
            job.step(at, 2_000, "长活")
            time.sleep(0.002)
        return "done"

    job = jobs.write(long, seen.append)
    qtbot.waitUntil(lambda: job.position > 2, timeout=PATIENCE_MS)
    job.cancel()
    qtbot.waitUntil(lambda: jobs.idle, timeout=PATIENCE_MS)
    jobs.read(lambda job: time.sleep(0.05), failed=None)
    for word in ("first", "second"):
        jobs.read(lambda job, word=word: word, seen.append, failed=None, key="same")
    qtbot.waitUntil(lambda: jobs.idle, timeout=PATIENCE_MS)
    assert seen == ["second"]
    jobs.close()


def test_the_window_is_never_held_up_for_long(qtbot: Any, clerk: Shell, record_property: Any) -> None:
    """Reported, not asserted to the millisecond: a loaded machine holds up everything. 100 ms is what the bench asks."""
    quiet(qtbot, clerk)
    gaps = [0.0]
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(5)
    page = ledger(qtbot, clerk, rows=40)
    for at in range(0, 40, 4):
        choose_row(qtbot, page, at)
    page.new()
    quiet(qtbot, clerk)
    timer.stop()
    page.form.discard()
    record_property("longest_ms", round(max(gaps) * 1000))
    sys.stderr.write(f"\nlongest hold-up of the window: {max(gaps) * 1000:.0f} ms\n")
    assert max(gaps) < 2.0


@pytest.mark.slow
def test_scrolling_for_thousands_of_repaints_loses_no_reference(qtbot: Any, clerk: Shell) -> None:
    session = clerk.session
    with session.atomic("bulk", "更多"):
        for at in range(1_500):
            session.add(KIND, {"title": f"滚动第{at}项"})
    page = ledger(qtbot, clerk, rows=1_540)
    bar = page.table.verticalScrollBar()
    quiet(qtbot, clerk)
    gc.collect()
    for at in range(200):
        bar.setValue(at * 7 % max(1, bar.maximum()))
        page.table.viewport().repaint()
    before = sys.getrefcount(None)
    for at in range(REPAINTS):
        bar.setValue(at * 13 % max(1, bar.maximum()))
        page.table.viewport().repaint()
        if at % 50 == 0:
            QApplication.processEvents()
    quiet(qtbot, clerk)
    gc.collect()
    lost = before - sys.getrefcount(None)
    assert lost < REPAINTS // 10, f"{lost} references to None over {REPAINTS} repaints"


def test_letters_typed_over_a_list_begin_a_filter(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    qtbot.keyClick(page.table, Qt.Key.Key_7)
    assert page.filter.entry.text() == "7"
    qtbot.waitUntil(lambda: page.table.rows.rowCount() < 40, timeout=PATIENCE_MS)
    page.filter.clear()


def test_an_idle_lock_leaves_an_open_question_unanswered(qtbot: Any, clerk: Shell) -> None:
    page = ledger(qtbot, clerk, rows=40)
    choose_row(qtbot, page, 0)
    action = clerk.session.kinds.lifecycle_of(KIND).action("assign")
    uid = page.form.uid
    QTimer.singleShot(300, lambda: clerk.lock(forced=True))
    page.form.take_step(action)
    qtbot.waitUntil(lambda: clerk.session is None, timeout=PATIENCE_MS)
    assert uid is not None


def test_a_lock_asked_for_during_an_import_comes_when_it_is_done(qtbot: Any, clerk: Shell) -> None:
    go, ready = threading.Event(), threading.Event()

    def work(job: Any) -> None:
        job.step(0, 10, "正在导入")
        ready.set()
        go.wait(PATIENCE_MS / 1000)

    clerk.jobs.write(work, label="正在导入")
    qtbot.waitUntil(lambda: ready.is_set() and clerk.jobs.writing is not None, timeout=PATIENCE_MS)
    assert not clerk.lock()
    assert "完成后自动锁定" in clerk.workspace.toasts.text
    assert not clerk.lock()
    go.set()
    qtbot.waitUntil(lambda: clerk.session is None, timeout=PATIENCE_MS)


def test_a_lock_lets_go_of_what_was_open(qtbot: Any, clerk: Shell) -> None:
    """Nothing of a locked book stays in memory: no session, no page with its rows."""
    ledger(qtbot, clerk)
    was_open = [weakref.ref(each) for each in (clerk.session, clerk.workspace, clerk.workspace.page)]
    clerk.lock()

    def gone() -> bool:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        return all(each() is None for each in was_open)

    qtbot.waitUntil(gone)


@pytest.mark.parametrize(("page", "module"), [("kinds", "keeping.kinds"), ("forms", "report_templates")])
def test_an_idle_lock_does_not_wait_for_an_answer(qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: Any, page: str, module: str) -> None:
    shell = open_shell("admin")
    opened = shell.workspace.open(page)
    monkeypatch.setattr(type(opened), "changed", property(lambda self: True))
    monkeypatch.setattr(f"desktop.ui.pages.{module}.ask_to_give_up", lambda *_, **__: pytest.fail("asked, with nobody there"))
    assert shell.lock(forced=True)
    assert shell.session is None


@pytest.mark.parametrize("points", [10.5, 14.0])
def test_no_hint_is_cut(qtbot: Any, points: float) -> None:
    theme.apply(QApplication.instance(), points)
    line = HintedLine(("全局搜索，支持拼音首字母（Ctrl+F）", "全局搜索（Ctrl+F）", "搜索"))
    qtbot.addWidget(line)
    seen = set()
    for width in range(theme.sizes().chars(3), theme.sizes().chars(24), 7):
        line.resize(width, theme.sizes().field)
        line.show()
        shown = line.placeholderText()
        seen.add(shown)
        assert shown == "搜索" or line.fontMetrics().horizontalAdvance(shown) < width
    assert len(seen) == 3
    theme.apply(QApplication.instance(), 10.5)


@pytest.mark.parametrize("points", [10.5, 14.0])
def test_a_question_shows_the_whole_of_its_text(qtbot: Any, points: float) -> None:
    theme.apply(QApplication.instance(), points)
    dialog = Dialog(None, "封存", "封存")
    qtbot.addWidget(dialog)
    said = dialog.say("封存以后，本月各单位的数据、得分、名次和点评都固定下来，不论事项以后怎样变化都不再改动。\n\n请先核对。")
    dialog.show()
    qtbot.waitExposed(dialog)
    assert said.height() >= said.heightForWidth(said.width())
    assert said.geometry().top() >= 0
    dialog.hide()
    theme.apply(QApplication.instance(), 10.5)


def test_a_wide_page_presses_the_navigation_together_only_while_it_is_in_front(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    window.open("home")
    QApplication.processEvents()
    before = window.navigation.width()
    page = window.open("weekly")
    wide = QLabel()
    wide.setFixedWidth(window.width() - window.navigation.minimumWidth() - 40)
    page.body.addWidget(wide)
    qtbot.waitUntil(lambda: window.navigation.width() < before)
    window.open("board")
    qtbot.waitUntil(lambda: window.navigation.width() == before)


def test_a_toast_covers_no_field_and_no_button(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    for width in (1024, 1366):
        clerk.resize(width, 700)
        window.toast("没有保存的修改已留为草稿，回到这里可以接着改。", undo=True)
        qtbot.waitUntil(lambda: window.toasts.isVisible() and window.toasts.width() > 0, timeout=PATIENCE_MS)
        place = window.toasts.geometry()
        assert window.status.rect().contains(place), "it stands in the line at the lower edge"
        others = [w for w in window.status.children() if isinstance(w, QWidget) and w is not window.toasts and w.isVisible()]
        assert others and not any(place.intersects(w.geometry()) for w in others)
        assert window.toasts.text.startswith("没有保存的修改")
        window.toasts.hide()
