"""The dialog of the parts of an official document: each has its line, and only what is changed is kept."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from desktop.bulletin.issue.issuing import IssuePreview
from desktop.bulletin.report import official_parts
from desktop.ui.bulletin.editor.official_dialog import IssueDialog, OfficialDialog


def test_only_what_was_changed_is_kept(qtbot: Any) -> None:
    dialog = OfficialDialog(None, {"secrecy": "内部资料", "copies": "60"})
    qtbot.addWidget(dialog)
    assert set(dialog.entries) == {part.name for part in official_parts.PARTS}
    assert dialog.changed() == {}
    dialog.entries["secrecy"].clear()
    dialog.entries["signers"].setText(" 赵燚、王赟 ")
    dialog.sealed.setChecked(True)
    assert dialog.changed() == {"secrecy": "", "signers": "赵燚、王赟", "sealed": "是"}


def test_who_checks_may_issue_at_once_or_only_check(qtbot: Any) -> None:
    dialog = IssueDialog(None, IssuePreview("2026年第1期（总第1期）", {}), check=True)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.ok.text() == "核稿通过并印发" and dialog.ok.isDefault() and dialog.opinion.isVisible()
    qtbot.mouseClick(next(b for b in dialog.buttons.buttons() if b.text() == "只核稿"), Qt.MouseButton.LeftButton)
    assert dialog.only_checked and dialog.result() == IssueDialog.DialogCode.Accepted
    alone = IssueDialog(None, IssuePreview("2026年第1期（总第1期）", {}))
    qtbot.addWidget(alone)
    alone.show()
    assert alone.ok.text() == "印发" and not alone.opinion.isVisible()
