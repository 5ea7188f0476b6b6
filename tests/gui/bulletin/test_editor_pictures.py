"""The bulletin editor at both sizes of letters: nothing cut off, nothing wider than the screen;
pictures to be looked at."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from desktop.bulletin.issue import editor_view, figure_choices, issuing
from desktop.ui.bulletin.editor.figure_dialogs import FigureDialog
from desktop.ui.bulletin.editor.table_figures import StandingDialog
from desktop.ui.bulletin.figure_picker import FigurePicker
from tests.gui import exchange_office as made_up
from tests.gui.exchange.test_pictures import SIZES, cut, fits
from tests.gui.pictures import keep

PERIOD = "2022-09"


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_a_draft_whose_figures_moved(qtbot: Any, tmp_path: Path, points: float) -> None:
    session = made_up.fill(tmp_path / "office")
    try:
        uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
        issuing.override(session, uid, f"extended|{PERIOD}|", "2", "含上月批准、本月生效的")
        item = session.add("rectification", {
            "title": "后来查出的", "lead_unit": session.names.unit_by_name("清禾区"), "deadline": dt.date(2022, 9, 12),
            "assigned_on": dt.date(2022, 9, 2),
        })  # fmt: skip
        session.take_step("rectification", item, "assign")
        with made_up.window_over(session, points) as window:
            page = window.open("drafts")
            page.show_draft(uid)
            made_up.settle(qtbot, window, lambda: bool(page.pane.ready and page.view))
            assert not page.moved.isHidden()
            fits(window)
            keep(window, "drafts", points)
            facts = editor_view.facts(session, page.opened.record, f"acknowledged_rate|{PERIOD}|")
            for name, dialog in (
                ("figure", FigureDialog(page, session, facts, writable=True)),
                (
                    "insert",
                    FigurePicker(
                        page, session, window.jobs, figure_choices.offered(session), page.figures.scope()
                    ),
                ),
                ("standing", StandingDialog(page, page.view)),
            ):
                dialog.show()
                qtbot.wait(50)
                assert cut(dialog) == []
                keep(dialog, f"drafts-{name}", points)
                dialog.close()
                dialog.deleteLater()
    finally:
        session.close()
