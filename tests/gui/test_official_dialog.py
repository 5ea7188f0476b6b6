"""The dialog of the parts of an official document: each has its line, and only what is changed is kept."""

from __future__ import annotations

from typing import Any

from desktop.bulletin.report import official_parts
from desktop.ui.bulletin.editor.official_dialog import OfficialDialog


def test_only_what_was_changed_is_kept(qtbot: Any) -> None:
    dialog = OfficialDialog(None, {"secrecy": "内部资料", "copies": "60"})
    qtbot.addWidget(dialog)
    assert set(dialog.entries) == {part.name for part in official_parts.PARTS}
    assert dialog.changed() == {}
    dialog.entries["secrecy"].clear()
    dialog.entries["signers"].setText(" 赵燚、王赟 ")
    dialog.sealed.setChecked(True)
    assert dialog.changed() == {"secrecy": "", "signers": "赵燚、王赟", "sealed": "是"}
