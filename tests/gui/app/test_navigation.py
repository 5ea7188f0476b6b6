"""Eleven sections at the left, each with its tabs; what a person likes and uses has a tab, all else one press more."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop import __version__
from desktop.ui.app.section_tabs import MOST
from desktop.ui.app.shell import Shell
from desktop.ui.kit import accessible
from desktop.ui.kit.commands import Palette
from desktop.ui.kit.page_parts import Card
from desktop.ui.kit.used_places import LEDGER, UsedPlaces
from desktop.ui.pages import PAGES, SECTIONS
from tests.gui.conftest import PATIENCE_MS, end


def labels(window: Any) -> list[str]:
    """The lines of the navigation, from the top."""
    return [window.navigation.item(at).text() for at in range(window.navigation.count())]


def test_every_page_and_ledger_stands_in_one_section(open_shell: Callable[..., Shell]) -> None:
    window = open_shell("admin").workspace
    assert labels(window) == [section.label for section in SECTIONS]
    assert len(SECTIONS) == 11
    reached = [entry.key for each in window._sections.values() for entry in each.entries]  # noqa: SLF001
    assert len(reached) == len(set(reached))
    ledgers = [LEDGER + kind.name for kinds in window.session.kinds.families().values() for kind in kinds]
    assert {page.id for page in PAGES if page.section} | set(ledgers) == set(reached)
    names = [entry.label for each in window._sections.values() for entry in each.entries]  # noqa: SLF001
    assert len(names) == len(set(names)), "two things of one name cannot be told apart"


@pytest.mark.parametrize("user, role", [("clerk", "clerk"), ("reviewer", "reviewer"), ("guest", "viewer")])
def test_what_a_role_cannot_use_is_not_there(open_shell: Callable[..., Shell], user: str, role: str) -> None:
    window = open_shell(user).workspace
    for page in PAGES:
        mine = bool(page.section) and role in page.roles and page.book in ("", *(b.name for b in window.session.books))
        assert window.knows(page.id) is mine, page.label
    assert "干部" not in labels(window), "none of them has the key of the personnel book"
    for key in (e.key for each in window._sections.values() for e in each.entries):  # noqa: SLF001
        if key.startswith(LEDGER):
            assert window.session.opens(key.removeprefix(LEDGER))


def test_the_keyboard_that_comes_to_the_navigation_opens_nothing(qtbot: Any, clerk: Shell) -> None:
    """A search stands in no section: when the list of hits goes, the navigation is the next that takes the keyboard."""
    window = clerk.workspace
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    window.open("home")
    window.open("search")
    window.navigation.setFocus()
    qtbot.waitUntil(window.navigation.hasFocus, timeout=PATIENCE_MS)
    assert window.front == "search" and window.navigation.currentItem() is None
    home = window.navigation.visualItemRect(window.navigation.item(0)).center()
    QTest.mouseClick(window.navigation.viewport(), Qt.MouseButton.LeftButton, pos=home)
    assert window.front == "home", "a click on the first section opens it all the same"
    window.open("search")
    window.navigation.setFocus()
    QTest.keyClick(window.navigation, Qt.Key.Key_Down)
    assert window.front == "home"


def test_old_names_and_pinyin_find_their_pages(clerk: Shell) -> None:
    by_label = {command.label: command for command in clerk.workspace.commands.all()}
    assert "每周交办" in by_label["打开 周交办"].pinyin
    assert "每月讲评" in by_label["打开 月讲评"].pinyin
    by_label["打开 月讲评"].run()
    assert clerk.workspace.front == "review"


@pytest.mark.parametrize("typed, found", [("guatu", "wallchart"), ("gtzz", "wallchart"), ("zhenggaiqing", "ledger:rectification"), ("没有的", None)])
def test_a_page_is_found_by_pinyin_in_full_or_a_word_says_that_none_is(clerk: Shell, typed: str, found: str | None) -> None:
    palette = Palette(clerk.workspace, clerk.workspace.commands.all())
    palette._entry.setText(typed)  # noqa: SLF001
    palette._take()  # noqa: SLF001
    assert palette._nothing.isHidden() is bool(found)  # noqa: SLF001
    if palette.chosen is not None:
        palette.chosen.run()
        assert clerk.workspace.front == found
    palette.deleteLater()


@pytest.mark.parametrize("typed", ["更新", "gengxin", "gx"])
def test_the_update_is_found_and_stands_in_its_section(qtbot: Any, clerk: Shell, typed: str) -> None:
    window = clerk.workspace
    palette = Palette(window, window.commands.all())
    palette._entry.setText(typed)  # noqa: SLF001
    qtbot.keyClick(palette._entry, Qt.Key.Key_Return)  # noqa: SLF001
    palette.chosen.run()
    palette.deleteLater()
    page = window.page
    assert window.front == "update" and "更新" in [entry.label for entry in window.tabs.shown]
    assert page.start.isEnabled()
    assert __version__ in page.findChild(Card).title.text()


def test_a_section_opens_where_one_was_and_again_at_its_first_tab(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    nav, tabs = window.navigation, window.tabs
    window.open("ledger:petition")
    assert nav.currentItem().text() == "台账"
    window.open("charts")
    assert [entry.label for entry in tabs.shown] == ["挂图作战", "统计图表", "历年对照"]
    at = nav.visualItemRect(nav.item_of("ledgers")).center()
    QTest.mouseClick(nav.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: window.front == "ledger:petition", timeout=PATIENCE_MS)
    QTest.mouseClick(nav.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: window.front == "ledgers", timeout=PATIENCE_MS)
    # by keys: up and down through the sections, Ctrl+PgDown through the tabs
    nav.setFocus()
    QTest.keyClick(nav, Qt.Key.Key_Down)
    assert window.front == "weekly"
    tabs.step(1)
    assert window.front == "review"
    tabs.step(-2)
    assert window.front == tabs.shown[-1].key == "ledger:monthly_review"
    window.open("help")
    assert tabs.isHidden(), "one page needs no tabs"


def test_arrows_stay_in_the_navigation_and_the_tabs_and_enter_goes_in(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    clerk.activateWindow()
    qtbot.waitUntil(clerk.isActiveWindow, timeout=PATIENCE_MS)
    window.open("home")
    assert QApplication.focusWidget() is window.page.list
    nav = window.navigation
    nav.setFocus()
    for down in range(1, 4):
        QTest.keyClick(nav, Qt.Key.Key_Down)
        assert nav.currentRow() == down and nav.hasFocus(), "though the page that came took the keyboard"
    nav.setCurrentRow(2)
    bar, first = window.tabs.bar, window.front
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert window.front != first and bar.hasFocus()
    nav.setFocus()
    QTest.keyClick(nav, Qt.Key.Key_Return)
    assert not nav.hasFocus() and window.page.isAncestorOf(QApplication.focusWidget())
    window.open("calendar")
    window.page.weekly.setFocus()
    QTest.keyClick(window.page.weekly, Qt.Key.Key_Return)
    assert window.page.weekly.text() == "按月看", "Enter presses the button that has the keyboard"


def test_a_page_of_its_own_begins_where_one_works(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow, timeout=PATIENCE_MS)
    window = shell.workspace
    for key, start in (("help", "search"), ("users", "list"), ("kinds", "list"), ("audit", "list"), ("recycle", "search")):
        window.open(key)
        assert QApplication.focusWidget() is getattr(window.page, start), key


def test_what_changes_while_one_types_is_read_out_once_it_rests(qtbot: Any, clerk: Shell, monkeypatch: Any) -> None:
    heard: list[str] = []
    monkeypatch.setattr(accessible, "say", lambda widget, text: heard.append(text))
    monkeypatch.setattr(accessible, "REST_MS", 30)
    monkeypatch.setattr(accessible, "QAccessible", SimpleNamespace(isActive=lambda: True))
    palette = Palette(clerk.workspace, clerk.workspace.commands.all())
    qtbot.addWidget(palette)
    for text in ("z", "zg", "zgqd"):
        palette._entry.setText(text)  # noqa: SLF001
    problem = accessible.Problem()
    qtbot.addWidget(problem)
    for text in ("不是日期：2", "不是日期：20"):
        problem.setText(text)
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=PATIENCE_MS)
    assert heard[0].startswith("打开 整改清单，第 1 项") and heard[1] == "不是日期：20"


def test_favourites_and_the_last_used_have_tabs_and_are_remembered(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    window = shell.workspace
    catalogue = window.open("ledgers")
    assert len(window.tabs.shown) == MOST
    assert "ledger:party_branch" not in [entry.key for entry in window.tabs.shown]
    assert "ledger:party_branch" in [action.data() for action in window.tabs.menu.actions()]
    next(line for line in catalogue.lines if line.kind.name == "party_branch").star.click()
    assert catalogue.lines[0].kind.name == "party_branch", "favourites stand first"
    for name in ("estate", "risk", "press"):
        window.open(LEDGER + name)
    shown = [entry.key for entry in window.tabs.shown]
    assert {"ledger:party_branch", "ledger:estate", "ledger:risk", "ledger:press"} <= set(shown)
    end(shell)
    again = open_shell("clerk").workspace
    assert again.used.favourites == ["ledger:party_branch"]
    assert again.used.recent[:3] == ["ledger:press", "ledger:risk", "ledger:estate"]
    assert again.used.last_in("ledgers", ("ledgers", "ledger:press")) == "ledger:press"


def test_the_catalogue_is_found_through_by_a_few_letters(qtbot: Any, clerk: Shell) -> None:
    window = clerk.workspace
    page = window.open("ledgers")
    page.search.setText("xfja")
    assert [line.kind.label for line in page.lines] == ["信访积案"]
    page.search.setText("没有这一本")
    assert not page.lines
    page.search.setText("问题楼盘")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert window.front == "ledger:estate"


def test_figures_beside_tabs_add_up_beside_their_section(clerk: Shell) -> None:
    window = clerk.workspace
    window.open("exchange")
    window.set_count("conflicts", 3)
    window.set_count("board", 4)
    at = [entry.key for entry in window.tabs.shown].index("conflicts")
    assert window.tabs.bar.tabText(at) == "冲突　3"
    assert window.navigation.count_of("exchange") == 7
    window.set_count("conflicts", 0)
    assert window.tabs.bar.tabText(at) == "冲突"


def test_a_page_that_stays_keeps_its_tab(clerk: Shell, monkeypatch: Any) -> None:
    window = clerk.workspace
    page = window.open("weekly")
    monkeypatch.setattr(type(page), "leave", lambda self: False)
    window.tabs.bar.setCurrentIndex(1)
    QApplication.processEvents()
    assert window.front == "weekly"
    assert window.tabs.bar.currentIndex() == 0
    assert window.navigation.currentItem().text() == "交办讲评"
    monkeypatch.undo()


def test_a_spoiled_file_of_views_is_passed_over(tmp_path: Any) -> None:
    from desktop.settings import Settings

    settings = Settings(tmp_path, "clerk")
    settings.set_view("navigation", {"favourites": "x", "recent": [1, "ledger:risk"], "last": ["y"]})
    used = UsedPlaces(settings)
    assert (used.favourites, used.recent) == ([], ["ledger:risk"])
    assert used.last_in("ledgers", ("ledgers",)) == "ledgers"
