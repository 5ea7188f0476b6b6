"""Every page is read in the dark look as well: what is written has contrast where it stands on the screen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTableView, QWidget

from db.model.settings import FONT_POINTS, LOOK
from desktop.settings import Settings
from desktop.ui.app.login import LoginPage
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from tests.gui.conftest import quiet
from tests.gui.contrast import strongest

LEAST = 4.0
"""4.5 by the palette (`kit/test_colours.py`); thin letters are blended with their ground."""
LEDGERS = ("ledger:rectification", "ledger:unit")


def pages(window: Any) -> list[str]:
    keys = [key for section in window._sections.values() for key in section.keys]  # noqa: SLF001
    return [key for key in keys if not key.startswith("ledger:") or key in LEDGERS]


def picture_of(window: QWidget) -> Image.Image:
    held = QBuffer()
    held.open(QIODevice.OpenModeFlag.WriteOnly)
    window.grab().save(held, "BMP")
    return Image.open(io.BytesIO(bytes(held.data().data()))).convert("RGB")


def written(window: QWidget, off_too: bool = False) -> Iterator[tuple[str, QRect]]:
    """What is written in the window, and where; `off_too`: also what cannot be used now."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not (widget.isEnabled() or off_too):
            continue
        if isinstance(widget, QLabel | QAbstractButton) and widget.text().strip():
            yield f"{type(widget).__name__} {widget.text()[:30]}", seen(widget, widget.rect(), window)
        elif isinstance(widget, QTableView) and widget.model() is not None:
            for row in range(min(3, widget.model().rowCount())):
                for column in range(widget.model().columnCount()):
                    index = widget.model().index(row, column)
                    if index.data() and not widget.isColumnHidden(column):
                        yield f"cell {index.data()}", seen(widget.viewport(), widget.visualRect(index), window)


def seen(widget: QWidget, part: QRect, window: QWidget) -> QRect:
    return (part & widget.visibleRegion().boundingRect()).translated(widget.mapTo(window, QPoint(0, 0)))


@pytest.fixture
def dark(folder: Path) -> Iterator[None]:
    Settings(folder, "admin").set(LOOK, "dark")
    yield
    theme.apply(QApplication.instance(), 10.5)


def test_every_page_is_read_in_the_dark(qtbot: Any, dark: None, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    window = shell.workspace
    assert theme.LOOKS["light"].card != theme.CARD
    faint, looked_at = [], 0
    for key in pages(window):
        window.open(key)
        quiet(qtbot, shell)
        QApplication.processEvents()
        picture = picture_of(window)
        for name, area in written(window):
            if area.width() < 8 or area.height() < 8:
                continue
            looked_at += 1
            found = strongest(picture.crop((area.left(), area.top(), area.right() + 1, area.bottom() + 1)))
            if found < LEAST:
                faint.append(f"{key}: {name} {found:.1f}")
    assert looked_at > 500
    assert not faint


def test_the_look_is_chosen_in_the_settings(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    try:
        page = shell.workspace.open("settings")
        choice = page.entries["look"]
        assert [choice.itemText(at) for at in range(choice.count())] == ["跟随系统", "浅色", "深色", "高对比度"]
        choice.setCurrentIndex(3)
        choice.activated.emit(3)
        qtbot.waitUntil(lambda: shell.workspace.page is not page and shell.workspace.front == "settings")
        quiet(qtbot, shell)
        assert theme.LOOKS["contrast"].card == theme.CARD
        assert shell.workspace.page.palette().text().color().name() == theme.LOOKS["contrast"].text
        assert Settings()[LOOK] == "system", "another person's choice is theirs"
    finally:
        theme.apply(QApplication.instance(), 10.5)


def test_who_follows_the_system_sees_it_turn(qtbot: Any, open_shell: Callable[..., Shell], monkeypatch: Any) -> None:
    shell = open_shell("clerk")
    quiet(qtbot, shell)
    before = shell.workspace
    try:
        monkeypatch.setattr(theme, "system_look", lambda app: "dark")
        shell.apply_system_look()
        assert shell.workspace is not before
        assert theme.LOOKS["dark"].card == theme.CARD
        Settings(shell.folder, "clerk").set(LOOK, "light")
        theme.apply(QApplication.instance(), 10.5, "light")
        now = shell.workspace
        shell.apply_system_look()
        assert shell.workspace is now, "who has chosen keeps it"
    finally:
        theme.apply(QApplication.instance(), 10.5)


def test_every_page_fits_a_small_screen_in_the_largest_letters(qtbot: Any, folder: Path, open_shell: Callable[..., Shell]) -> None:
    """1366×768 less the bar of the window and that of the system."""
    Settings(folder, "admin").set(FONT_POINTS, 16.0)
    try:
        shell = open_shell("admin")
        window = shell.workspace
        assert theme.sizes().char > 20
        login = LoginPage("云川市督查办公室", str(folder), ["admin"], "admin")
        qtbot.addWidget(login)
        found = {"login": login.minimumSizeHint()}
        for key in pages(window):
            window.open(key)
            quiet(qtbot, shell)
            QApplication.processEvents()
            found[key] = shell.minimumSizeHint()
        assert len(found) > 25
        large = {key: size.toTuple() for key, size in found.items() if size.width() > 1366 or size.height() > 700}
        assert not large
    finally:
        theme.apply(QApplication.instance(), 10.5)
