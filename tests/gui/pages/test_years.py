"""历年对照: years beside one another, a year closed by its dialog, its archive opened for reading and left again."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.domain import years
from db.model.settings import LAST_FOLDER
from desktop.ui.app.shell import Shell
from desktop.ui.home import tasks
from desktop.ui.pages import years as page_module
from tests.gui.conftest import PASSWORD, PATIENCE_MS, answer, log_in, quiet


def test_a_year_is_closed_and_its_archive_read(
    qtbot: Any, open_shell: Callable[..., Shell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = open_shell("admin")
    quiet(qtbot, shell)
    home, this = shell.folder, shell.session.today.year
    page = shell.workspace.open("years")
    qtbot.waitUntil(lambda: page.found is not None, timeout=PATIENCE_MS)
    assert page.found[0] == [this - 1, this]
    counted: list[int] = []
    of_year, opened_again = years.of_year, threading.Event()

    def count(session: Any, names: Any, year: int) -> Any:
        counted.append(year)
        if year != this:
            opened_again.wait(PATIENCE_MS / 1000)
        return of_year(session, names, year)

    monkeypatch.setattr(years, "of_year", count)
    page.load()
    quiet(qtbot, shell)
    assert not counted, "nothing was changed since"
    page.refresh(None)
    qtbot.waitUntil(lambda: counted[:1] == [this], timeout=PATIENCE_MS)
    page.load()  # left and opened again before all of it was counted
    opened_again.set()
    quiet(qtbot, shell)
    assert counted[-1] == this - 1 and page.found is not None
    assert [page.list.isColumnHidden(place) for place in range(len(page.years) + 1)] == [False, *[True] * 4, False, False]
    row = next(line for line in page.list.lines if line.key == "assigned")
    lately = shell.session.today - dt.timedelta(days=30)  # the day on which the made office gave out its items
    assert row.cells[-2:] == (("0件", "30件") if lately.year == this else ("30件", "0件"))
    page.year.setCurrentIndex(0)
    page.year.activated.emit(0)
    assert not page.close_button.isEnabled(), "this year is not over"
    page.year.setCurrentIndex(1)
    page.year.activated.emit(1)
    target = tmp_path / "去年归档"

    def fill(dialog: Any) -> None:
        dialog.folder.entry.setText(str(target))
        dialog.password.setText(PASSWORD)
        dialog.ok.click()

    answered = answer(fill)
    page.close_button.click()
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(page.archives.lines) == 1, timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    assert not page.close_button.isEnabled() and (target / "office.db").exists()

    monkeypatch.setattr(page_module, "ask", lambda *_: True)
    target = target.rename(tmp_path / "移到别处")  # it is asked for where it is now
    monkeypatch.setattr(page_module.file_dialogs, "folder", lambda *_: target)
    page.open_archive()
    qtbot.waitUntil(lambda: shell.workspace is None and shell.folder == target, timeout=PATIENCE_MS)
    log_in(qtbot, shell, "clerk")
    quiet(qtbot, shell)
    assert shell.session.archived["year"] == str(this - 1) and not shell.session.may_write("rectification")
    assert tasks.read(shell.session) == [], "nothing is to be done in an archive"
    page = shell.workspace.open("years")
    quiet(qtbot, shell)
    assert not page.close_button.isVisible() and page.home_button.isVisible()
    assert page.window_.settings[LAST_FOLDER] == str(home), "an archive is not where the program starts next time"
    page.home_button.click()
    qtbot.waitUntil(lambda: shell.workspace is None and shell.folder == home, timeout=PATIENCE_MS)
    assert not (target / "backups").exists()


def test_nothing_goes_out_before_every_year_is_counted(
    qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the figures chosen before nor a part of these, and not without a word."""
    shell = open_shell("admin")
    quiet(qtbot, shell)
    window = shell.workspace
    page = window.open("years")
    qtbot.waitUntil(lambda: page.found is not None, timeout=PATIENCE_MS)
    before, of_year, go, out = page.found[1], years.of_year, threading.Event(), list[int]()

    def count(*asked: Any) -> Any:
        go.wait(PATIENCE_MS / 1000)
        return of_year(*asked)

    monkeypatch.setattr(years, "of_year", count)
    monkeypatch.setattr(page_module, "show_list", lambda _w, _title, _text, _heads, rows, **how: out.append(len(rows)))
    monkeypatch.setattr(page_module.file_dialogs, "save_file", lambda *asked, **how: out.append(-1))
    page.family.setCurrentIndex(page.family.count() - 1)
    page.family.activated.emit(page.family.currentIndex())
    for goes_out in ("print", "export"):
        window._buttons[goes_out].click()  # noqa: SLF001
    qtbot.waitUntil(lambda: page.found is None and "还在统计" in window.toasts.text, timeout=PATIENCE_MS)
    assert out == []
    go.set()
    qtbot.waitUntil(lambda: page.found is not None, timeout=PATIENCE_MS)
    for goes_out in ("print", "export"):
        window._buttons[goes_out].click()  # noqa: SLF001
    quiet(qtbot, shell)
    assert out == [len(page.found[1]), -1] and len(page.found[1]) > len(before)
