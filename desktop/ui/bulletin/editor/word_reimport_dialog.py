"""A draft that was edited in an office program comes back: which file, and what it would change."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop.bulletin.issue.word_reimport import WordEdits
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.messages import Dialog
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

SHOWN = 400
"""Characters of a passage that the list shows."""


def ask_file(parent: QWidget) -> Path | None:
    """The file that came back; None when the person leaves."""
    form = "Word 文件 (*.docx *.doc);;所有文件 (*)"
    return file_dialogs.open_file(parent, "word", "从 Word 取回", form)


class BackDialog(Dialog):
    """The passages that were changed in the file, those that stay as they are here, and what was
    done to figures; accepted, they go into the editor."""

    def __init__(self, parent: QWidget, back: WordEdits) -> None:
        super().__init__(parent, "从 Word 取回", "取回到编辑器")
        size = theme.sizes()
        self.back = back
        if back.changed:
            self.say(f"文件里改了 {len(back.changed)} 处，取回后还可以接着改。", muted=True)
        else:
            self.say("文件里的正文和稿子一样，没有要取回的。")
            self.ok.setEnabled(False)
        self.list = ShortList("文件里改的地方", [
            ListColumn("怎样", 5, keep=True), ListColumn("原来", 16, stretch=True),
            ListColumn("现在", 16, stretch=True),
        ])  # fmt: skip
        lines = [("取回", each) for each in back.changed]
        kept = "两边都改，用编辑器的"
        lines += [(kept, each) for each in back.kept]
        self.list.fill([
            Line(
                str(at), (how, each.before[:SHOWN] or "（没有）", each.now[:SHOWN] or "（删去）"),
                each
            )
            for at, (how, each) in enumerate(lines)
        ])  # fmt: skip
        self.add(self.list, 1)
        for notice in back.notices:
            self.say(f"{notice}。")
        self.setMinimumSize(size.chars(44), size.row * 13)
