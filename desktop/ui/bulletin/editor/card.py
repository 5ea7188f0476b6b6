"""A bulletin that is being written: its head, its steps, its text, and the tools beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QWidget

from db.session import Session
from desktop.bulletin.issue import editor_view
from desktop.ui.bulletin.editor.editor import BodyEditor
from desktop.ui.bulletin.editor.parts import FindBar, Moved
from desktop.ui.bulletin.preview.mask_button import MaskButton
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.page_parts import Card, button
from desktop.ui.record_form.actions import ActionBar

if TYPE_CHECKING:
    from desktop.bulletin.issue.bulletins import OpenBulletin


class DraftCard(Card):
    """Widgets alone; what they do is the page's."""

    def __init__(self, session: Session, *tools: QWidget) -> None:
        super().__init__()
        size = theme.sizes()
        self.head = QLineEdit()
        self.head.setFont(theme.scaled(1.15, bold=True))
        self.head.setAccessibleName("标题")
        self.head.setPlaceholderText("标题")
        self.signs = QLabel()
        self.signs.setProperty("class", "muted")
        self.supplement = QCheckBox("增刊")
        self.supplement.setToolTip("增刊另行编号")
        self.action_bar = ActionBar(self)
        self.body = BodyEditor()
        self.action_bar.left.connect(self.body.setFocus)
        self.body.session = session
        self.find_bar, self.moved = FindBar(self.body), Moved()
        self.mask_button = MaskButton()
        self.official = button(
            "公文要素…", lambda: None, tip="份号、密级、紧急程度、签发人、附注、抄送、印数等"
        )
        self.count = QLabel()
        self.count.setProperty("class", "muted")
        self.add(self.head)
        self.row(self.signs, self.supplement).addWidget(self.count)
        self.add(self.action_bar)
        holder = QWidget()
        flow = Flow(holder, size.gap)
        self.fetch = button("从 Word 取回…", lambda: None, tip="把在 Word、WPS 里改过的稿子并进来")
        for part in (*tools, self.official, self.fetch, self.mask_button):
            flow.addWidget(part)
        self.add(holder)
        self.add(self.find_bar)
        self.add(self.moved)
        self.add(self.body, 1)
        self.setMinimumWidth(size.chars(18))

    def clear(self) -> None:
        """No bulletin is chosen."""
        self.head.clear()
        self.body.set_body("")
        self.signs.clear()
        self.action_bar.offer([])
        self.moved.hide()

    def show_draft(self, found: OpenBulletin, *, same: bool, typed: bool) -> None:
        """A bulletin as it is kept; of the same one, what is typed stands."""
        if not typed:
            if not same or self.head.text() != found.title:  # else the cursor stays
                self.head.setText(found.title)
                self.head.setCursorPosition(0)
            self.body.report = found.report
            if not same or self.body.body() != found.body:
                self.body.set_body(found.body)
            self.set_unmodified()
        self.supplement.setChecked(found.supplement)
        entry = found.entry
        signs = (entry.sort, entry.state, entry.number, entry.day if found.issued else "")
        self.signs.setText("　".join(sign for sign in signs if sign))
        self.action_bar.offer(list(found.possible), same=same)
        if not same:
            self.body.show_figures({})
            self.moved.hide()

    def take_back(self, title: str, body: str) -> None:
        """What came back from an office program, as if it were typed."""
        if title != self.head.text():
            self.head.setText(title)
            self.head.setModified(True)
        self.body.set_body(body)
        self.body.document().setModified(True)

    @property
    def modified(self) -> bool:
        """Whether something was typed since."""
        return self.head.isModified() or self.body.document().isModified()

    def set_unmodified(self) -> None:
        """What stands here is kept."""
        self.head.setModified(False)
        self.body.document().setModified(False)

    def able(self, writable: bool, there: bool) -> None:
        """Whether it may be changed, and whether there is one."""
        self.head.setReadOnly(not writable)
        self.body.setReadOnly(not writable)
        self.supplement.setEnabled(writable)
        for each in (self.official, self.fetch):
            each.setEnabled(writable)
        self.mask_button.setEnabled(there)
        self.count_words(there)

    def count_words(self, there: bool) -> None:
        """How long the text is."""
        self.count.setText(f"{editor_view.words(self.body.body()):,} 字" if there else "")
