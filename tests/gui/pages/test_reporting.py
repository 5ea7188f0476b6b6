"""定期报告: the page lists who owes a report, one press writes paper and workbook, another the reminders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox

from db.domain import owed_reports
from desktop.ui.app.shell import Shell
from desktop.ui.kit import file_dialogs
from tests.gui.conftest import PATIENCE_MS, answer, quiet

KIND, DAY = "rectification", dt.timedelta(days=1)


def test_chasing_reports_from_the_page(
    qtbot: Any, open_shell: Callable[..., Shell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = open_shell("admin")
    session, window = shell.session, shell.workspace
    units = list(session.names.units())[:2]
    today = session.today
    for n, unit in enumerate(units):
        values = {"title": f"每周报告的第{n}项", "lead_unit": unit, "deadline": today + DAY * 30, "report_class": "a",
                  "assigned_on": today - DAY * 20}  # fmt: skip
        uid = session.add(KIND, values)
        session.take_step(KIND, uid, "assign", on=today - DAY * 20)
    page = window.open("reporting")
    qtbot.waitUntil(lambda: page.found is not None, timeout=PATIENCE_MS)
    owed = [d for d in page.found if d.state in owed_reports.WANTED]
    assert {d.title for d in owed} >= {"每周报告的第0项", "每周报告的第1项"}
    assert page.strip.numbers == [str(page.numbers[name].value or 0) for name in page.numbers]
    total = page.units.lines[0]
    missing = sum(d.state == "missing" for d in page.found)
    assert total.cells == ("全部单位", str(sum(d.state != "waiting" for d in page.found)), str(missing))
    page.rhythm.setCurrentIndex(page.rhythm.findData("quarterly"))
    page.rhythm.activated.emit(page.rhythm.currentIndex())
    assert all(line.data.rhythm == "quarterly" for line in page.items.lines)
    page.rhythm.setCurrentIndex(0)
    page.rhythm.activated.emit(0)

    folder = tmp_path / "催报"
    folder.mkdir()
    monkeypatch.setattr(file_dialogs, "folder", lambda *_: folder)
    page.chase()
    quiet(qtbot, shell)
    files = sorted(path.suffix for path in folder.iterdir())
    owing = len(chased := {d.unit for d in owed})
    assert files == [".pdf"] * owing + [".xlsx"] * owing, chased
    assert all(path.read_bytes()[:4] == b"%PDF" for path in folder.glob("*.pdf"))

    page.units.selectRow(0)  # all units
    shown = [line.data for line in page.items.lines if line.data.state in owed_reports.WANTED]

    def remind() -> set[str]:
        answered = answer(lambda dialog: dialog.accept())
        page.remind()
        qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
        quiet(qtbot, shell)
        return {d.uid for d in shown if session.children(d.uid, "letter")}

    assert len(shown) > 1 and page.items.line() is not None
    assert page.remind_button.text() == f"开催办单（{len(shown)} 件）…", "the cursor alone picks nothing"
    one = next(at for at, line in enumerate(page.items.lines) if line.data.state in owed_reports.WANTED)
    page.items.selectRow(one)
    assert page.remind_button.text() == "开催办单（选中 1 件）…"
    picked = page.items.lines[one].key
    assert remind() == {picked}
    assert [line.key for line in page.items.selected()] == [picked], "what was picked stays so when the page is read anew"
    page.escape()
    assert page.remind_button.text() == f"开催办单（{len(shown)} 件）…"
    assert remind() == {d.uid for d in shown}


def test_an_administrator_sets_the_rhythms(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    page = shell.workspace.open("reporting")
    qtbot.waitUntil(lambda: page.found is not None, timeout=PATIENCE_MS)

    def quarterly(dialog: Any) -> None:
        box = next(b for b in dialog.findChildren(QComboBox) if b.accessibleName() == "C类的报告节奏")
        box.setCurrentIndex(box.findData("quarterly"))
        dialog.ok.click()

    answered = answer(quarterly)
    page.set_rhythms()
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    assert owed_reports.rhythms(shell.session)["c"] == "quarterly"
