"""The button by which a letter or a slip goes out: numbered, and in its item's history."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from desktop.bulletin.issue import letters
from desktop.ui.bulletin.preview.preview_options import Choice
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page import Page


class LetterButton(QPushButton):
    """Shown for letters and slips alone; ``again`` sets the paper anew, with its number."""

    def __init__(self, page: Page, again: Callable[[], None]) -> None:
        super().__init__("编号发出…")
        self.setToolTip("编上本年度的下一号，记入这条事项，再打印就带文号")
        self._page, self._again = page, again
        self._report = self._label = ""
        self._item: str | None = None
        self.clicked.connect(lambda: self._ask())
        self.hide()

    def show_for(self, choice: Choice, item: str | None) -> None:
        """The report in front and its item."""
        self._report, self._label, self._item = choice.key, choice.label, item
        self.setVisible(choice.letter and item is not None)

    def _ask(self) -> None:
        page, report, item = self._page, self._report, self._item
        if item is not None:
            page.jobs.read(
                lambda job: letters.sent(page.session, report, item),
                lambda before: self._send(report, item, before),
                failed=page.window_.error, owner=page,
            )

    def _send(self, report: str, item: str, before: str) -> None:
        page = self._page
        again = f"这条事项已发过{before}，再发一份编新号。" if before else ""
        label = self._label
        note = ask_text(
            page, f"编号发出{label}", f"{again}写进{label}的内容（可以不写）：", "编号发出",
            required=False,
        )
        if note is None:
            return

        def done(number: str) -> None:
            page.window_.toast(f"已编号：{number}，记入事项。")
            self._again()

        page.jobs.write(
            lambda job: letters.send(page.session, report, item, note=note), done,
            failed=page.window_.error, owner=page, label="正在编号",
        )
