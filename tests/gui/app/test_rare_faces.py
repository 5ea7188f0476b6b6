"""A name with a rare character is drawn by faces of the program's own, which are loaded when the office has such a name and not before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QRawFont
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from desktop.ui.app import idle_work
from desktop.ui.kit import theme
from tests.gui import exchange_office as made_up

#: Extension A, B, and a character of the basic plane that is on no common list.
RARE = ("㐱", "𠀋", "䶀", "𪚥", "婟")


def draws(characters: str) -> set[str]:
    """Those of the characters that one of the program's own faces draws now."""
    own = [QRawFont.fromFont(QFont(family)) for family in QFontDatabase.families() if family.startswith("Zhengxian ")]
    return {each for each in characters if any(face.supportsCharacter(ord(each)) for face in own)}


def test_faces_wait_until_a_name_needs_them(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle_work, "PAUSE_MS", 50)
    session = made_up.fill(tmp_path / "office")
    with made_up.window_over(session) as window:
        entry, label = QLineEdit("㐱𠀋", window), QLabel("㐱𠀋", window)
        for widget in (entry, label):
            widget.show()
        qtbot.waitUntil(lambda: not session.books[0].index_waiting() and window.jobs.idle, timeout=20_000)
        assert theme.rare_faces("甲乙喆堃赟䶮𬱟") == {}  # what the screen's face has
        assert theme._rare or not draws("".join(RARE))  # noqa: SLF001
        session.add("rectification", {
            "title": "核对㐱一诺、某𠀋的身份信息", "lead_unit": session.names.unit_by_name("清禾区"), "deadline": dt.date(2022, 12, 1),
        })  # fmt: skip
        qtbot.waitUntil(lambda: theme._rare.keys() == set(theme.RARE_FACES), timeout=30_000)  # noqa: SLF001
        assert draws("".join(RARE)) == set(RARE)
        for font in (QApplication.font(), entry.font(), label.font()):
            assert set(font.families()) >= {"Zhengxian Kai Wide", "Zhengxian Rare"}
    session.close()


def test_what_a_book_is_written_with(tmp_path: Path) -> None:
    session = made_up.fill(tmp_path / "office")
    session.add("rectification", {"title": "某𪚥办理", "lead_unit": session.names.unit_by_name("清禾区"), "deadline": dt.date(2022, 12, 1)})
    while session.books[0].index_waiting():
        pass
    written = session.books[0].characters()
    assert {"𪚥", "办"} <= written and "a" not in written and all(len(each) == 1 for each in written)
    assert set(theme.rare_faces({"𪚥"})) <= set(theme.RARE_FACES)
    session.close()
