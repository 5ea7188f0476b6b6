"""Looking through a masked edition: what is hidden, what is left; a word hidden there, or marked in the text, is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QDialog

from desktop.bulletin.issue import issuing
from desktop.ui.bulletin.preview.mask_button import told_of
from desktop.ui.bulletin.preview.mask_check import MaskCheck
from desktop.ui.bulletin.preview.printing import PrintDialog
from tests.gui import exchange_office as made_up
from tests.gui.bulletin.test_editor import PERIOD, page_over, settle, text_of, typed
from tests.gui.exchange.test_pictures import SIZES, cut
from tests.gui.pictures import keep


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


def test_a_word_is_hidden_from_the_list_and_from_the_text(qtbot: Any, session: Any, tmp_path: Path) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        page.body.moveCursor(QTextCursor.MoveOperation.End)
        typed(page.body, "\n老粮库片区和滨河花园由平安县域平台调度。")
        page.mask_button.choose("places", True)
        settle(qtbot, window, lambda: page.pane.ready and "老粮库" in text_of(page.pane.data, tmp_path))
        hidden = frozenset(page.mask_button.hidden)
        dialog = MaskCheck(
            page, session, window.jobs, lambda job: told_of(session, hidden, page.view.document), page.look, window.error
        )
        settle(qtbot, window, lambda: dialog.hidden.lines)
        assert "安坪县" in [line.cells[0] for line in dialog.hidden.lines]

        def box(word: str) -> bool | None:
            return next((line.tick for line in dialog.left.lines if line.data == word), None)

        # No ledger has it, its ending tells: hidden, with its tick set; without the tick it is kept, and can be ticked again.
        assert box("滨河花园") is True
        for ticked in (False, True):
            row = next(at for at, line in enumerate(dialog.left.lines) if line.data == "滨河花园")
            middle = dialog.left.visualRect(dialog.left.model().index(row, 0)).center()
            qtbot.mouseClick(dialog.left.viewport(), Qt.MouseButton.LeftButton, pos=middle)
            if ticked:
                settle(qtbot, window, lambda: "滨河花园" in [line.data for line in dialog.hidden.lines])
            else:
                settle(qtbot, window, lambda: box("滨河花园") is False)
                assert "滨河花园" not in [line.data for line in dialog.hidden.lines]
        dialog.entry.setText("老粮库")
        dialog.entry.returnPressed.emit()
        settle(qtbot, window, lambda: "老粮库" in [line.data for line in dialog.hidden.lines])
        dialog.close()
        dialog.deleteLater()
        settle(qtbot, window, lambda: page.pane.ready and "老粮库" not in text_of(page.pane.data, tmp_path))
        assert "滨河花园" not in text_of(page.pane.data, tmp_path)
        page.body.hide_asked.emit("平台调度")
        settle(qtbot, window, lambda: page.pane.ready and "平台调度" not in text_of(page.pane.data, tmp_path))


def test_the_job_at_the_printer_is_called_as_the_masked_pages_are(
    qtbot: Any, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    issuing.save_text(session, uid, title="关于安坪县交办事项的通报")
    asked: list[str] = []
    monkeypatch.setattr(PrintDialog, "exec", lambda dialog: asked.append(dialog.printer.docName()) or QDialog.DialogCode.Rejected)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        settle(qtbot, window, lambda: page.pane.ready)
        page.print_pages()
        assert page.mask_button.text() == "脱敏：无"
        page.mask_button.choose("places", True)
        assert page.mask_button.text() == "脱敏：1 项" and "地名" in page.mask_button.toolTip()
        settle(qtbot, window, lambda: page.pane.ready and "安坪县" not in text_of(page.pane.data, tmp_path))
        page.print_pages()
    assert asked == ["关于安坪县交办事项的通报", "关于**交办事项的通报"]


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_the_dialog_fits(qtbot: Any, session: Any, points: float) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session, points) as window:
        page = page_over(qtbot, window, uid)
        page.body.moveCursor(QTextCursor.MoveOperation.End)
        typed(page.body, "\n滨河花园、澄心街和文澜路的三处工程，由段守正、佟思齐负责，投资约两亿元。")
        settle(qtbot, window, lambda: page.view and "滨河花园" in str(page.view.document))
        dialog = MaskCheck(
            page, session, window.jobs, lambda job: told_of(session, frozenset(), page.view.document), page.look, window.error
        )
        dialog.show()
        settle(qtbot, window, lambda: dialog.hidden.lines)
        qtbot.wait(50)
        assert cut(dialog) == []
        keep(dialog, "drafts-mask", points)
        dialog.close()
        dialog.deleteLater()
