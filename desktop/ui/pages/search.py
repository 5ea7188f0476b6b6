"""One search over everything this person can open: by word, by two characters, by pinyin; grouped
by kind."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import CHIP, SmallCells
from desktop.ui.kit.jobs import FIRST, Job, error_text
from desktop.ui.kit.page import Page, Window

AT_MOST = 200
HIT = Qt.ItemDataRole.UserRole


MANY = (
    "每种台账先列最近改动的，再加一个词就能缩小范围。按 Enter 打开第一行，单击哪行打开哪行，Esc"
    " 回到原来的页面。"
)
SOME = "按 Enter 打开第一行，单击哪行打开哪行。Esc 回到原来的页面。"
NONE = "可以换个词、只输两个字，或者输拼音首字母（如“张伟”输 zw）；几个词用空格隔开，都要含有。"


class SearchPage(Page):
    """Shows what the box at the top asks for; a row opens where it stands."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        size = theme.sizes()
        self.head = QLabel()
        self.head.setFont(theme.scaled(1.1, bold=True))
        self.hint = QLabel()
        self.hint.setProperty("class", "muted")
        self.hint.setWordWrap(True)
        self.list = QTableWidget(0, 4)
        self.list.setHorizontalHeaderLabels(["标题", "所在台账", "找到的地方", "状态"])
        self.list.setItemDelegate(SmallCells(self.list))
        self.list.setShowGrid(False)
        self.list.setWordWrap(False)
        self.list.setMouseTracking(True)
        self.list.setTabKeyNavigation(False)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.verticalHeader().hide()
        self.list.verticalHeader().setDefaultSectionSize(size.row)
        header = self.list.horizontalHeader()
        header.setFixedHeight(size.row)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for place, chars in ((1, 9), (3, 6)):
            self.list.setColumnWidth(place, size.chars(chars))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        card = QFrame()
        card.setProperty("class", "card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self.list)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.setSpacing(size.gap)
        box.addWidget(self.head)
        box.addWidget(self.hint)
        box.addWidget(card, 1)
        self.starts_at(self.list)
        self._text, self._opens = "", False

    def look_for(self, text: str, first: bool = False) -> None:
        """Search in the reader; an older search that has not run is dropped. ``first``: open the
        first hit."""
        self._text, self._opens = text, first
        self.head.setText(f"正在查找“{text}”…")
        session = self.session

        def search(job: Job) -> list[tuple[Any, str, str]]:
            found = []
            for hit in session.search(text, AT_MOST):
                record = session.get(hit.kind, hit.uid)
                found.append((hit, *_state(session, record)))
            return found

        self.jobs.read(
            search, self._take, failed=self._unread, owner=self, key="search", order=FIRST
        )

    def _unread(self, error: Exception) -> None:
        self._take([])
        self.head.setText(f"没有查成“{self._text}”：{error_text(error)}")

    def refresh(self, change: Any) -> None:
        if self.isVisible() and self._text:
            self.look_for(self._text)

    def _take(self, found: list[tuple[Any, str, str]]) -> None:
        count = f"{AT_MOST} 条以上" if len(found) >= AT_MOST else f"{len(found)} 条"
        self.head.setText(f"“{self._text}”找到 {count}" if found else f"没有找到“{self._text}”")
        self.hint.setText(MANY if len(found) >= AT_MOST else SOME if found else NONE)
        place_of = {kind.name: at for at, kind in enumerate(self.session.kinds)}
        found = sorted(found, key=lambda row: place_of[row[0].kind])
        self.list.setRowCount(len(found))
        before = ""
        for at, (hit, label, tone) in enumerate(found):
            kind = self.session.kinds.get(hit.kind).label
            title = hit.title + ("（在回收站）" if hit.deleted else "")
            cells = [QTableWidgetItem(text) for text in (title, kind, hit.snippet, label)]
            for place, cell in enumerate(cells):
                cell.setData(HIT, hit)
                cell.setToolTip(cell.text())
                self.list.setItem(at, place, cell)
            if kind == before:
                cells[1].setForeground(QColor(theme.FAINT))
            cells[2].setForeground(QColor(theme.MUTED))
            if label:
                cells[3].setData(CHIP, ("chip", tone))
            before = kind
        if found:
            self.list.setCurrentCell(0, 0)
            if self._opens:
                self._opens = False
                self._open_hit(found[0][0])

    def _open(self, cell: QTableWidgetItem) -> None:
        hit = cell.data(HIT)
        if hit is not None:
            self._open_hit(hit)

    def _open_hit(self, hit: Any) -> None:
        if hit.deleted and self.window_.knows("recycle"):
            self.window_.go("recycle")
        else:
            self.window_.open_record(hit.kind, hit.uid)


def _state(session: Any, record: Any) -> tuple[str, str]:
    cycle = session.lifecycle_of(record) if record is not None else None
    if cycle is None or record.state is None:
        return "", "grey"
    state = cycle.state(record.state)
    return state.label, state.tone
