"""Parts of the bulletin editor: the list of drafts and the archive, finding in the text, what
moved, what is masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from db.session import Session
from desktop.bulletin.issue import bulletins
from desktop.ui.bulletin.editor.editor import BodyEditor
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page_parts import Card, button, hide_unless
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

if TYPE_CHECKING:
    from desktop.bulletin.issue.bulletins import Entry
    from desktop.bulletin.issue.differences import Difference

SEARCH_MS = 250
ARCHIVE = 1
HOW_TO_DRAFT = "在“打印拟稿”页选好文种和期间，点“据此拟稿”。"


class DraftList(Card):
    """Drafts being worked on, or the archive, found by any word."""

    chosen = Signal(object)
    """The uid in front, or None."""
    opened = Signal()
    new_asked = Signal()

    def __init__(self, session: Session, jobs: Jobs, *, writable: bool) -> None:
        super().__init__(flush=True)
        size = theme.sizes()
        self._session, self._jobs = session, jobs
        self._wanted: str | None = None
        self.tabs = QTabBar()
        self.tabs.setExpanding(True)
        for word in ("在办", "档案"):
            self.tabs.addTab(word)
        self.tabs.currentChanged.connect(lambda _: self.load())
        self.search = QLineEdit()
        self.search.setPlaceholderText("查找标题、正文")
        self.search.setAccessibleName("查找通报")
        self.search.setClearButtonEnabled(True)
        self._finder = QTimer(self)
        self._finder.setSingleShot(True)
        self._finder.setInterval(SEARCH_MS)
        self._finder.timeout.connect(self.load)
        self.search.textChanged.connect(lambda _: self._finder.start())
        self.list = ShortList(
            "通报", [ListColumn("标题", 10, stretch=True), ListColumn("状态", 5, keep=True)]
        )
        self.list.when_empty("没有在办的稿子", HOW_TO_DRAFT)
        self.list.chosen.connect(self._chose)
        self.list.opened.connect(self.opened)
        new = button(
            "拟稿…", self.new_asked.emit, "primary", "plus", "到“打印拟稿”页选文种和期间（Ctrl+N）"
        )
        hide_unless(writable, new)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(size.gap, size.gap, size.gap, 0)
        column.setSpacing(size.gap)
        for part in (new, self.tabs, self.search):
            column.addWidget(part)
        self.add(inner)
        self.add(self.list, 1)
        self.setMinimumWidth(size.chars(8))

    def load(self) -> None:
        """Read the list anew."""
        archive, text, session = (
            self.tabs.currentIndex() == ARCHIVE, self.search.text().strip(), self._session,
        )

        def read(job: Job) -> Sequence[Entry]:
            # late: composing is not needed to show a page

            return bulletins.entries(session, archive=archive, text=text)

        self._jobs.read(
            read, self._fill, failed=self.list.say_unread, owner=self, key="drafts-list"
        )

    def show_draft(self, uid: str, tab: int = 0) -> None:
        """Bring one draft to the front."""
        self._wanted = uid
        self.search.clear()
        self.tabs.setCurrentIndex(tab)
        self.load()

    def show_issued(self, uid: str) -> None:
        """One that went out stands in the archive, to be printed."""
        self.show_draft(uid, ARCHIVE)

    def _fill(self, found: Sequence[Entry]) -> None:
        if self.search.text().strip():
            self.list.when_empty("没有找到", "换几个字，或者清空查找。")
        elif self.tabs.currentIndex() == ARCHIVE:
            self.list.when_empty("还没有印发过", "印发的都存在这里，随时可以重印。")
        else:
            self.list.when_empty("没有在办的稿子", HOW_TO_DRAFT)
        self.list.fill([
            Line(e.uid, (f"{e.number}　{e.title}" if e.number else e.title, (e.state, e.tone)), e)
            for e in found
        ])
        wanted, self._wanted = self._wanted, None
        place = next((at for at, e in enumerate(found) if e.uid == wanted), None)
        if place is not None:
            self.list.selectRow(place)

    def _chose(self, line: Line | None) -> None:
        self.chosen.emit(line.data if line is not None else None)


class FindBar(QWidget):
    """Finding in the text and in what its chips say: Enter goes on, Shift+Enter back, Esc returns
    to the text; which of how many."""

    def __init__(self, body: BodyEditor) -> None:
        super().__init__()
        self._body = body
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.entry = QLineEdit()
        self.entry.setPlaceholderText("在正文中查找")
        self.entry.setToolTip("Enter 下一处，Shift+Enter 上一处")
        self.entry.installEventFilter(self)
        self.entry.setAccessibleName("在正文中查找")
        self.said = accessible.Problem()
        self.entry.textChanged.connect(lambda text: self.said.setText(self._places(text)))
        self.said.setProperty("class", "muted")
        close = QPushButton("收起")
        close.setToolTip("收起（Esc）")
        close.clicked.connect(self._leave)
        row.addWidget(self.entry, 1)
        row.addWidget(self.said)
        row.addWidget(close)
        self.hide()

    def open(self) -> None:
        self.show()
        self.entry.setFocus()
        self.entry.selectAll()

    def next(self) -> None:
        self._go(False)

    def previous(self) -> None:
        self._go(True)

    def _go(self, backwards: bool) -> None:
        text = self.entry.text()
        self._body.find_next(text, backwards)
        self.said.setText(self._places(text))

    def _places(self, text: str) -> str:
        """Which of how many places is selected, as "2/5", or how many there are, or none."""
        if not text:
            return ""
        found, cursor = self._body.places(text), self._body.textCursor()
        if not found:
            return "没有找到"
        selected = cursor.selectionStart(), cursor.selectionEnd()
        return (
            f"{found.index(selected) + 1}/{len(found)}" if selected in found else f"{len(found)} 处"
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        pressed = event.type() == QEvent.Type.KeyPress
        if event.key() == Qt.Key.Key_Escape:
            # before the window's own Esc: two that own one key do nothing
            event.accept()
            if pressed:
                self._leave()
            return True
        if pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            return True
        return False

    def _leave(self) -> None:
        self.hide()
        self._body.setFocus()


class Moved(QWidget):
    """Figures that no longer agree with the ledger or with an issued bulletin, and the button that
    takes the new ones."""

    refresh_asked = Signal()
    opened = Signal(str)
    """The key of a figure to look into."""

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.said = QLabel()
        self.take = button(
            "更新数字", self.refresh_asked.emit, "primary",
            tip="换成台账现在的数（Ctrl+U），随台账的文字没有改过的也换；已送审、核稿的要重新核",
        )  # fmt: skip
        self.list = ShortList("变动的数字和文字", [
            ListColumn("内容", 6, stretch=True), ListColumn("原为", 5, stretch=True),
            ListColumn("现为", 5, stretch=True),
        ])  # fmt: skip
        self.list.setFixedHeight(size.row * 3)
        self.list.opened.connect(self._open)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(size.gap // 2)
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(self.take)
        box.addLayout(row)
        box.addWidget(self.list)
        self.hide()

    def show_moved(self, found: Sequence[Difference]) -> None:
        """Show these differences; none hides the panel."""
        self.setVisible(bool(found))
        self.said.setText(f"{len(found)} 处不符")
        self.said.setToolTip("\n".join(d.message for d in found))
        self.list.fill([
            Line((d.key, d.drafted),
                (d.label if d.drafted else f"{d.label}（{d.where}）", d.before, d.now),
                d) for d in found
        ])  # fmt: skip
        self.take.setEnabled(any(d.drafted for d in found))

    def _open(self) -> None:
        line = self.list.line()
        if line is not None and line.data.figure:
            self.opened.emit(line.data.key)
