"""The 49 rows of the campaign: each has its line in the manual and its story, done once in one window over one made-up office."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from db.model.settings import BACKUP_DAILY
from db.reading import Reading
from desktop import demo
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.kit import theme
from tests.gui.conftest import end
from tests.gui.stories import (  # noqa: F401  (they enter their stories)
    cases,
    chapter,
    elsewhere,
    meetings,
    organising,
    people,
    results,
    wrong,
)
from tests.gui.stories.hand import Hand
from tests.gui.stories.told import STORIES, rows

ROWS = {row.number: row for row in rows()}
TODAY = dt.date(2026, 11, 24)
"""The day of every story: they look back some weeks and type months of the same year, which in January lie in another."""


def test_each_row_has_its_story() -> None:
    assert list(ROWS) == list(range(1, 50))
    assert sorted(STORIES) == list(ROWS)


def test_each_row_has_its_line_in_the_manual() -> None:
    text = chapter.FILE.read_text("utf-8")
    told = dict(re.findall(r"^\| (\d+)　([^|]+) \| \*\*", text, re.MULTILINE))
    assert told == {str(row.number): row.name for row in ROWS.values()}
    assert text == chapter.chapter(), "python tests/gui/stories/chapter.py writes it anew"


@pytest.fixture(scope="module")
def hand(qapp: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    home = tmp_path_factory.mktemp("stories")
    patch = pytest.MonkeyPatch()
    patch.setenv("ZHENGXIAN_CONFIG", str(home / "config"))
    patch.setattr(Reading, "today", TODAY)
    demo.make(home / "office", items=150, seed=7, today=TODAY)
    for person in ("admin", "clerk", "reviewer", "personnel"):
        Settings(home / "office", person).set_all({BACKUP_DAILY: False})
    theme.apply(QApplication.instance(), 10.5)
    shell = Shell(home / "office", None, Settings())
    shell.resize(1366, 768)
    shell.show()
    shell.painted()
    yield Hand(shell)
    end(shell)
    shell.close()
    shell.deleteLater()
    patch.undo()


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Ledgers and reports that were looked at outside the window: once each is enough."""
    return set()


@pytest.mark.parametrize("number", list(ROWS), ids=lambda n: f"{n:02}-{ROWS[n].name}")
def test_a_row_is_done_in_the_window(
    hand: Hand, seen: set[str], qtbot: Any, number: int, tmp_path_factory: pytest.TempPathFactory, capsys: Any
) -> None:
    hand.qtbot, hand.made = qtbot, []
    if not hand.person:
        hand.sit("clerk")
    STORIES[number](hand)
    elsewhere.look(hand.session, ROWS[number], hand.made, tmp_path_factory.mktemp("elsewhere"), capsys, seen)


@pytest.mark.parametrize("case", wrong.CASES, ids=lambda c: c.name)
def test_what_is_wrong_is_refused_with_its_sentence(
    hand: Hand, qtbot: Any, case: wrong.Wrong, tmp_path_factory: pytest.TempPathFactory, capsys: Any
) -> None:
    hand.qtbot = qtbot
    session = hand.sit(case.person).session
    uid, above, typed = case.make(session)
    hand.quiet()
    before = session.must_get(case.kind, uid).values
    wrong.in_the_form(hand, case, uid, above, typed)
    wrong.by_command(session, case, uid, typed)
    wrong.in_a_workbook(session, case, uid, typed, tmp_path_factory.mktemp("wrong"), capsys)
    assert session.must_get(case.kind, uid).values == before, "bad input changes nothing"


def test_the_books_are_whole_after_it_all(hand: Hand, qtbot: Any) -> None:
    hand.qtbot = qtbot
    hand.quiet()
    assert hand.session is None or hand.session.verify() == []
