"""What a masked edition hides and what it leaves, for the person who lets it out; a word hidden or
kept here is remembered.

What no ledger has is in the list on the left, with a tick where it is hidden: names that are known
by how they end have theirs set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from db.session import Session
from desktop.bulletin.masking.finder import SORTS
from desktop.bulletin.masking.ledger_names import remember_word
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Page
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

if TYPE_CHECKING:
    from desktop.bulletin.masking.mask import MaskReport

WORDS_KIND = "mask_word"


class MaskCheck(Dialog):
    """Two lists beside one another. ``look`` runs in a worker and gives what the edition told;
    ``changed`` sets the page anew."""

    def __init__(
        self, parent: QWidget, session: Session, jobs: Jobs, look: Callable[[Job], object],
        changed: Callable[[], None], failed: Callable[[Exception], None],
    ) -> None:
        super().__init__(parent, "核对脱敏版", "关闭", reject="")
        size = theme.sizes()
        self._session, self._jobs, self._look, self._changed, self._failed = (
            session, jobs, look, changed, failed,
        )
        self.setMinimumSize(size.chars(54), size.row * 17)
        self.said = self.say("正在核对…", muted=True)
        self.left = ShortList("台账里没有的", [
            ListColumn("隐去", 2.5, keep=True), ListColumn("字词", 7, keep=True),
            ListColumn("像是", 3, keep=True), ListColumn("前后文", 7, "muted", stretch=True),
        ], several=True)  # fmt: skip
        self.left.when_empty("没有", "没有发现台账里没有而像单位、人名、地名、数字的字词。")
        self.left.ticked.connect(
            lambda line, on: self.remember([line.data], "hide" if on else "keep")
        )
        self.hidden = ShortList("隐去了的", [
            ListColumn("字词", 9, stretch=True), ListColumn("类别", 5, keep=True),
            ListColumn("处数", 3, keep=True),
        ], several=True)  # fmt: skip
        self.hidden.when_empty("没有", "还没有隐去什么，请先选脱敏版隐去哪几项。")
        self.hide_button, self.keep_button = QPushButton("隐去所选"), QPushButton("不隐去所选")
        self.hide_button.setToolTip("以后的脱敏版都隐去这些字词")
        self.keep_button.setToolTip("以后的脱敏版都保留这些字词")
        self.entry = QLineEdit()
        self.entry.setPlaceholderText("还要隐去的字词，Enter 加入")
        self.entry.setAccessibleName("还要隐去的字词")
        lists = QWidget()
        row = QHBoxLayout(lists)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.pad)
        for title, part, button in (
            ("台账里没有，像是名称或数字", self.left, self.hide_button),
            ("已经隐去", self.hidden, self.keep_button),
        ):
            row.addLayout(_column(title, part, button, size), 1)
        self.add(lists, 1)
        self.add(self.entry)
        self.say(
            "加进来的字词记在台账“脱敏字词”里，以后每次印脱敏版都照办，在那里也能改。", muted=True
        )
        able = session.may_write(WORDS_KIND)
        for asks in (self.hide_button, self.keep_button, self.entry):
            asks.setEnabled(able)
        self.hide_button.clicked.connect(lambda: self.remember(_texts(self.left), "hide"))
        self.keep_button.clicked.connect(lambda: self.remember(_texts(self.hidden), "keep"))
        self.entry.returnPressed.connect(self._typed)
        self.ok.setAutoDefault(False)
        self.ok.setDefault(False)
        self.load()

    def load(self) -> None:
        """Look again."""
        self._jobs.read(self._look, self._fill, failed=self._failed, owner=self, key="mask-check")

    def remember(self, words: Sequence[str], treatment: str) -> None:
        """Hide or keep these words from now on."""
        if not words:
            return
        session = self._session

        def write(job: Job) -> None:
            with session.atomic("form", "脱敏字词"):
                for word in words:
                    remember_word(session, word, treatment)

        def done(_: object) -> None:
            self.load()
            self._changed()

        self._jobs.write(write, done, failed=self._failed, owner=self)

    def _typed(self) -> None:
        word = self.entry.text().strip()
        self.entry.clear()
        self.remember([word] if word else [], "hide")

    def _fill(self, report: MaskReport) -> None:
        # late: composing is not needed to show a page

        self.said.setText(report.sentence())
        doubtful = [
            (e.sort, e.text, e.around, on)
            for found, on in ((report.guessed, True), (report.left, False))
            for e in found.values()
        ]
        doubtful += [("kept", word, around, False) for word, around in report.kept.items()]
        self.left.fill([
            Line((sort, text), ("", text, SORTS.get(sort, "保留"), around), text, tick=on) for sort,
            text, around, on in doubtful
        ])  # fmt: skip
        self.hidden.fill([
            Line((sort, text), (" ".join(text.split()), SORTS[sort], str(times)), text)
            for (sort, text), times in sorted(report.hidden.items(),
                key=lambda e: (list(SORTS).index(e[0][0]), e[0][1]))
        ])  # fmt: skip


def _column(title: str, part: ShortList, button: QPushButton, size: theme.Sizes) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(size.gap // 2)
    head = QHBoxLayout()
    head.addWidget(QLabel(title), 1)
    head.addWidget(button)
    column.addLayout(head)
    column.addWidget(part, 1)
    return column


def _texts(part: ShortList) -> list[str]:
    return [line.data for line in part.selected()]


def ask_about_mask(page: Page, look: Callable[[Job], object], changed: Callable[[], None]) -> None:
    """Show what a masked edition tells; ``changed`` is called when a word is hidden or kept."""
    dialog = MaskCheck(page, page.session, page.jobs, look, changed, page.window_.error)
    dialog.exec()
    dialog.deleteLater()
