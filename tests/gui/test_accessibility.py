"""Every page for somebody who hears the window or has only keys: names, roles, states; each control reached by Tab in
reading order, with a ring that is seen; and a workbook is let go on any of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from desktop.ui.app.shell import Shell
from desktop.ui.app.window import Workspace
from tests.gui.accessibility import faults, jumps_back, out_of_reach, ringless
from tests.gui.conftest import PATIENCE_MS, choose_row, ledger, let_go, quiet
from tests.gui.test_looks import pages


def test_everything_on_every_page_is_told_and_reached(
    qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: Any, tmp_path: Path
) -> None:
    dropped: list[str] = []
    monkeypatch.setattr(Workspace, "take_files", lambda window, files: dropped.append(files[0].name))
    shell = open_shell("admin")
    window = shell.workspace
    found: set[str] = set()
    looked_at: list[str] = []

    def look(name: str) -> None:
        quiet(qtbot, shell)
        if name == "forms":  # its paper is laid out after a pause
            qtbot.waitUntil(lambda: window.page.pane.ready, timeout=PATIENCE_MS)
        QApplication.processEvents()
        shell.activateWindow()
        keys = {command.keys for command in window.commands.all()} | {"Alt+↓"}
        looked_at.append(name)
        found.update(f"{name}: {fault}" for fault in [*faults(window), *out_of_reach(window, keys)])
        page: QWidget = window.page
        if page.focusProxy() is not None:
            found.add(f"{name}: Tab leaps to its focus proxy, past what stands before it (`Page.starts_at`)")
        assert let_go(window, page, [tmp_path / f"{len(looked_at) - 1}.xlsx"]), name
        found.update(f"{name}: {fault}" for fault in [*jumps_back(page), *ringless(page)])

    quiet(qtbot, shell)
    shell.activateWindow()
    found.update(ringless(window))
    for key in pages(window):
        window.open(key)
        look(key)
    page = ledger(qtbot, shell)
    choose_row(qtbot, page, 1)
    look("a record")
    assert len(looked_at) > 20
    qtbot.waitUntil(lambda: len(dropped) == len(looked_at))
    assert dropped == [f"{at}.xlsx" for at in range(len(looked_at))], "a workbook is let go on any page"
    assert not found, "\n".join(sorted(found))
