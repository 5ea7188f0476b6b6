"""The parts of the merge view and where they stand; what they do is wired in `merge_view.py`."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.exchange.merge.chips import GroupChips
from desktop.ui.exchange.merge.details import Details, Hint
from desktop.ui.exchange.merge.foot import Foot
from desktop.ui.exchange.merge.merge_table import LinesTable
from desktop.ui.kit import theme
from desktop.ui.kit.empty import Empty
from desktop.ui.kit.page_parts import Card, label
from desktop.ui.lists.short_list import ListColumn, ShortList


class MergeFrame(QWidget):
    """Head, remarks, filters, list of files, table over details, and the line of buttons at the
    foot."""

    def __init__(self, report_button: QPushButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report_button = report_button
        size = theme.sizes()
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.setSpacing(size.gap)
        box.addLayout(self._head())
        box.addWidget(self._remarks())
        self.chips = GroupChips()
        box.addWidget(self.chips)
        box.addLayout(self._middle(), 1)
        box.addLayout(self._foot())

    def _head(self) -> QHBoxLayout:
        size = theme.sizes()
        self.title = QLabel()
        self.title.setFont(theme.scaled(1.15, bold=True))
        self.from_whom = label("", "muted", wrap=False)
        for words in (self.title, self.from_whom):
            words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            words.setMinimumWidth(size.chars(4))
        self.search = QLineEdit()
        self.search.setPlaceholderText("在变化里查找")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(size.chars(14))
        self.typing = QTimer(self)
        self.typing.setSingleShot(True)
        self.typing.setInterval(200)
        self.search.textChanged.connect(lambda _: self.typing.start())
        self.back_button = QPushButton("‹ 返回")
        self.back_button.setProperty("class", "link")
        self.columns = QPushButton("列的对应…")
        self.columns.hide()
        head = QHBoxLayout()
        head.setSpacing(size.pad)
        head.addWidget(self.back_button)
        head.addWidget(self.title)
        head.addWidget(self.from_whom, 1)
        head.addWidget(self.columns)
        head.addWidget(self.search)
        return head

    def _remarks(self) -> QWidget:
        size = theme.sizes()
        self.remarks = label()
        ink, ground = theme.TONES["yellow"]
        self.remark_bar = QFrame()
        self.remark_bar.setObjectName("remarks")
        self.remark_bar.setStyleSheet(
            f"#remarks {{ background: {ground}; border: 0; border-radius: {size.gap // 2}px; }}"
            f" #remarks QLabel {{ color: {ink}; }}"
        )
        self.redo_button = QPushButton("恢复那次导入")
        row = QHBoxLayout(self.remark_bar)
        row.setContentsMargins(size.gap, size.gap // 2, size.gap, size.gap // 2)
        row.setSpacing(size.gap)
        row.addWidget(self.remarks, 1)
        row.addWidget(self.redo_button)
        self.claim_button = QPushButton("确认单位…")
        row.addWidget(self.claim_button)
        self.names_button = QPushButton("没有登记的名称…")
        row.addWidget(self.names_button)
        return self.remark_bar

    def _middle(self) -> QHBoxLayout:
        size = theme.sizes()
        self.list = ShortList(
            "文件", [ListColumn("文件", 5, stretch=True), ListColumn("情况", 5.4, "chip")]
        )
        self.files_card = Card(flush=True, parent=self)
        self.files_card.add(self.list, 1)
        self.files_card.setFixedWidth(size.chars(12.5))
        self.stack = QStackedWidget(self)
        split = QSplitter(Qt.Orientation.Vertical, self.stack)
        self.stack.addWidget(split)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        listed = Card(flush=True)
        split.addWidget(listed)
        self.table = LinesTable()
        listed.add(self.table, 1)
        self.details = Details()
        split.addWidget(self.details)
        split.setStretchFactor(0, 1)
        split.setSizes([10_000, size.row * 5])
        self.table.setMinimumHeight(size.row * 3)
        self.details.setMinimumHeight(size.row * 3)
        empty_card = Card(flush=True, parent=self.stack)
        self.empty = Empty(empty_card)
        empty_card.add(self.empty, 1)
        self.stack.addWidget(empty_card)
        middle = QHBoxLayout()
        middle.setSpacing(size.gap)
        middle.addWidget(self.files_card)
        middle.addWidget(self.stack, 1)
        return middle

    def _foot(self) -> QHBoxLayout:
        self.outcome = QLabel()
        self.keys = Hint(("空格、←、→ 决定", "Ctrl+←、→ 整条", "Enter 下一处待定"))
        self.drop_button = QPushButton("这份不导入")
        self.accept_all_button = QPushButton("接受全部文件")
        self.accept_all_button.setToolTip("冲突照样留待处理")
        self.accept_button = QPushButton("接受并导入")
        self.accept_button.setProperty("class", "primary")
        self.accept_button.setToolTip("Ctrl+Enter")
        foot = QHBoxLayout()
        foot.setSpacing(theme.sizes().gap)
        foot.addWidget(self.outcome)
        foot.addWidget(self.keys, 100)
        foot.addStretch(1)
        for widget in (
            self.report_button, self.drop_button, self.accept_all_button, self.accept_button,
        ):
            foot.addWidget(widget)
        return foot

    def show_foot(self, foot: Foot, able: bool, still: bool) -> None:
        """``able``: this person may import; ``still``: files are being read. The one button that
        writes says what it will do; where nothing changes, it does not call for a decision."""
        self.outcome.setText(foot.outcome)
        self.accept_button.setEnabled(foot.can_accept and able)
        self.accept_all_button.setVisible(bool(foot.accept_all))
        self.accept_all_button.setText(foot.accept_all)
        self.accept_all_button.setEnabled(able and not still)
        self.drop_button.setVisible(foot.drop is not None)
        self.drop_button.setEnabled(bool(foot.drop))
        if not foot.accept:
            return
        self.accept_button.setText(foot.accept)
        look = "primary" if foot.brings else ""
        if self.accept_button.property("class") != look:
            self.accept_button.setProperty("class", look)
            self.accept_button.style().unpolish(self.accept_button)
            self.accept_button.style().polish(self.accept_button)
