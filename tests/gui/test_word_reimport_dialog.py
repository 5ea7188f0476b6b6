"""What came back from Word is listed before it goes into the editor."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLabel

from desktop.bulletin.issue.word_reimport import Changed, WordEdits
from desktop.ui.bulletin.editor.word_reimport_dialog import BackDialog


def test_what_came_back_is_listed_and_told(qtbot: Any) -> None:
    back = WordEdits("题", "正文", [Changed("原来的话。", "")], [Changed("", "那边的话。")], ["数字「交办数」在文件里由 86 改成了 90"])
    dialog = BackDialog(None, back)
    qtbot.addWidget(dialog)
    assert [line.cells[0] for line in dialog.list.lines] == ["取回", "两边都改，用编辑器的"]
    assert [line.cells[2] for line in dialog.list.lines] == ["（删去）", "那边的话。"]
    assert any("改成了 90" in each.text() for each in dialog.findChildren(QLabel)) and dialog.ok.isEnabled()
    same = BackDialog(None, WordEdits("题", "正文"))
    qtbot.addWidget(same)
    assert not same.ok.isEnabled()
