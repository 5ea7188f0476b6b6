"""A clerk faster than the program: types, saves, moves on, begins anew and comes back, and waits for nothing. Whatever
was typed is in the end in the record it was typed for, in its draft, or in the form."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit

from db import office
from db.model.query import Query
from desktop import demo
from desktop.ui.record_form.unsaved_entries import NEW
from tests.gui.conftest import type_chinese
from tests.gui.pages_office import settle, window_over

KIND = "rectification"
STEPS = 60
NEWS = [NEW, *(f"{NEW}-{number}" for number in range(2, 12))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fast") / "office"
    demo.make(folder, items=200, seed=3, today=dt.date(2026, 11, 24))
    return folder


class Clerk:
    """What one seed does, and what it typed: each text with the record it was typed for, NEW for one that was new."""

    def __init__(self, seed: int, session: Any, window: Any, page: Any) -> None:
        self.random, self.session, self.window, self.page, self.form = random.Random(seed), session, window, page, page.form
        self.typed: dict[str, str] = {}
        self.copied = False
        self.ways: list[tuple[int, Callable[[], None]]] = [
            (8, self.row), (12, self.type), (5, self.save), (2, page.new), (1, self.copy), (2, self.other_change),
            (1, self.away), (1, page.table.reload),
        ]  # fmt: skip

    def row(self) -> None:
        self.page.table.select_row(self.random.randrange(min(12, self.page.table.rows.rowCount())))

    def type(self) -> None:
        editor = self.form.fields.editors.get(self.random.choice(["title", "note"]))
        if editor is None or not self.form._body.isVisible() or editor.entry.isReadOnly():  # noqa: SLF001
            return  # not there yet: the form is being made
        entry = editor.entry
        text = f"〔{len(self.typed)}〕"
        if isinstance(entry, QLineEdit):
            entry.end(False)
        else:
            entry.moveCursor(QTextCursor.MoveOperation.End)
        type_chinese(entry, text)
        self.typed[text] = NEW if self.form.is_new else self.form.uid

    def save(self) -> None:
        self.page.save()

    def copy(self) -> None:
        self.copied = True
        self.page.copy_row()

    def other_change(self) -> None:
        open_ones = [each for each in self.session.find(Query(kind=KIND)) if each.state in ("drafted", "assigned")]
        self.session.set(KIND, self.random.choice(open_ones).uid, {"phone": f"0000-{self.random.randrange(10**7):07}"})

    def away(self) -> None:
        self.window.open("home")
        self.turns(self.random.randrange(4))
        self.window.open(f"ledger:{KIND}")

    def turns(self, count: int) -> None:
        for _ in range(count):
            QApplication.processEvents()

    def work(self) -> None:
        weights, ways = zip(*self.ways, strict=True)
        for way in self.random.choices(ways, weights, k=STEPS):
            way()
            self.turns(self.random.choice([0, 0, 1, 1, 2, 5, 30]))
            if self.random.random() < 0.3:
                time.sleep(self.random.random() * 0.12)

    def places(self, text: str) -> list[tuple[str, str]]:
        """Where a text stands now."""
        records = self.session.find(Query(kind=KIND))
        found = [("record", each.uid) for each in records if _holds(each.values, text)]
        for uid in [*NEWS, *(each.uid for each in records)]:
            if _holds(self.form._drafts.read(uid).get("raw", {}), text):  # noqa: SLF001
                found.append(("draft", uid))
        if _holds(self.form.fields.entries(), text):
            found.append(("form", self.form.uid or NEW))
        return found


def _holds(values: dict[str, Any], text: str) -> bool:
    return any(isinstance(value, str) and text in value for value in values.values())


@pytest.mark.parametrize("seed", range(4), ids=[f"seed {number}" for number in range(4)])
def test_nothing_typed_is_lost_or_given_to_another(qtbot: Any, made: Path, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "office"
    shutil.copytree(made, folder)
    session = office.open_office(folder, "clerk", demo.PASSWORD)
    session.fixed_today = dt.date(2026, 11, 24)
    try:
        with window_over(session) as window:
            page = window.open(f"ledger:{KIND}")
            settle(qtbot, window, lambda: page.table.rows.rowCount() > 3)
            clerk = Clerk(seed, session, window, page)
            clerk.work()
            settle(qtbot, window)
            qtbot.wait(300)
            settle(qtbot, window)
            assert len(clerk.typed) > 5
            for text, whose in clerk.typed.items():
                found = clerk.places(text)
                assert found, f"{text} of {whose} is lost"
                if clerk.copied:
                    continue
                if whose == NEW:
                    assert len({uid for sort, uid in found if sort == "record"}) < 2, f"{text} became two"
                else:
                    assert {uid for _, uid in found} == {whose}, f"{text} of {whose} stands in {found}"
    finally:
        session.close()
