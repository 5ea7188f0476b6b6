"""Where a letter or a slip goes out: numbered, and in its item's history; and which of those that
went out is shown, each as it went out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from desktop.bulletin.issue import letters
from desktop.ui.bulletin.preview.options import Choice, Chosen
from desktop.ui.kit import theme
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page import Page


class LetterButton(QWidget):
    """Shown for letters and slips alone; ``again`` sets the paper anew, with its number."""

    def __init__(self, page: Page, again: Callable[[], None]) -> None:
        super().__init__()
        self.which = QComboBox()
        self.which.setAccessibleName("哪一份")
        self.which.setToolTip("发出的按发出时的原文重印")
        self.which.activated.connect(lambda _: again())
        self.button = QPushButton("编号发出…")
        self.button.setToolTip("编上本年度的下一号，记入这条事项，再打印就带文号")
        self.button.clicked.connect(lambda: self._ask())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.sizes().gap // 2)
        box.addWidget(self.which)
        box.addWidget(self.button)
        self._page, self._again = page, again
        self._report = self._label = ""
        self._item: str | None = None
        self.hide()

    def chosen(self, choice: Choice, chosen: Chosen) -> Chosen:
        """The same, and which letter is to be shown; buttons as the report and its item need."""
        self._show_for(choice, chosen.item)
        letter = None if self.isHidden() else self.which.currentData()
        return msgspec.structs.replace(chosen, letter=letter)

    def _show_for(self, choice: Choice, item: str | None) -> None:
        if (self._report, self._item) != (choice.key, item):
            self.which.clear()
            self.which.hide()
        self._report, self._label, self._item = choice.key, choice.label, item
        self.setVisible(choice.letter and item is not None)
        if choice.letter and item is not None:
            self._page.jobs.read(
                lambda job: letters.sent(self._page.session, choice.key, item), self._offer,
                failed=self._page.window_.error, owner=self, key="letters-sent",
            )

    def _offer(self, sent: list[tuple[str, str]]) -> None:
        """Those that went out, the newest in front, and one that is yet to go out."""
        lines = [*sent, (letters.NEW, "再发一份（未编号）")]
        if [self.which.itemData(at) for at in range(self.which.count())] != [u for u, _ in lines]:
            self.which.clear()
            for uid, caption in lines:
                self.which.addItem(caption, uid)
        self.which.setVisible(bool(sent))

    def _ask(self) -> None:
        page, report, item = self._page, self._report, self._item
        if item is not None:
            page.jobs.read(
                lambda job: letters.sent(page.session, report, item),
                lambda before: self._send(report, item, before[0][1] if before else ""),
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
            self.which.clear()
            self._again()

        page.jobs.write(
            lambda job: letters.send(page.session, report, item, note=note), done,
            failed=page.window_.error, owner=page, label="正在编号",
        )
