"""The figures of a draft's tables and charts as a grid: moved ones and those set by hand are
marked; one is chosen to look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog

if TYPE_CHECKING:
    from desktop.bulletin.issue.editor_view import TableFigure, View


class StandingDialog(Dialog):
    """Tables and charts of a draft, one at a time. ``chosen``: the key of the figure to look into,
    or nothing."""

    def __init__(self, parent: QWidget, view: View, part: str = "") -> None:
        super().__init__(parent, "表中数字", "看来源、改数…", reject="关闭")
        size = theme.sizes()
        self._view = view
        self.chosen = ""
        self.part = QComboBox()
        self.part.setAccessibleName("哪张表")
        self.part.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        for name, called in view.parts.items():
            self.part.addItem(called, name)
        self.part.setCurrentIndex(max(0, self.part.findData(part)))
        self.part.currentIndexChanged.connect(lambda _: self._fill())
        self.add(self.part)
        self.grid = QTableWidget()
        self.grid.setAccessibleName("表中数字")
        self.grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setTabKeyNavigation(False)
        self.grid.horizontalHeader().setStretchLastSection(False)
        self.grid.verticalHeader().setDefaultSectionSize(size.row)
        self.grid.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.grid.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.grid.cellDoubleClicked.connect(lambda row, column: self.accept())
        self.grid.currentItemChanged.connect(
            lambda now, before: self.ok.setEnabled(self._key(now) != "")
        )
        self.add(self.grid, 1)
        self.say(
            "黄色的数字拟稿后变了，紫色的是手工改的。双击或按 Enter 看一个数字的来源，"
            "也可以手工改数。", muted=True,
        )
        self.grid.horizontalHeader().setProperty("class", "close")
        self.grid.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self._fill()
        whole = parent.window()
        self.resize(
            min(max(size.chars(56), self._wide()), whole.width() * 9 // 10),
            min(size.row * 20, whole.height() * 8 // 10),
        )
        self.grid.setFocus()

    def _fill(self) -> None:
        standing = [s for s in self._view.table_figures if s.part == self.part.currentData()]
        lines = list(dict.fromkeys(s.line for s in standing))
        columns = list(dict.fromkeys(s.column for s in standing))
        grid, size = self.grid, theme.sizes()
        grid.clear()
        grid.setRowCount(len(lines))
        grid.setColumnCount(len(columns))
        grid.setVerticalHeaderLabels([_short(line) for line in lines])
        grid.setHorizontalHeaderLabels(columns)
        for each in standing:
            grid.setItem(lines.index(each.line), columns.index(each.column), _item(each))
        grid.resizeColumnsToContents()
        for place in range(len(columns)):
            grid.setColumnWidth(place, max(size.chars(4), grid.columnWidth(place) + size.gap))
        if lines:
            grid.setCurrentCell(0, 0)

    def _wide(self) -> int:
        """What the dialog needs to show every column, in pixels."""
        size = theme.sizes()
        held = self.grid.horizontalHeader().length() + self.grid.verticalHeader().sizeHint().width()
        return held + size.pad * 4 + size.gap * 2

    @staticmethod
    def _key(item: QTableWidgetItem | None) -> str:
        return str(item.data(Qt.ItemDataRole.UserRole) or "") if item is not None else ""

    def accept(self) -> None:
        self.chosen = self._key(self.grid.currentItem())
        if self.chosen:
            super().accept()


def _item(each: TableFigure) -> QTableWidgetItem:
    """A figure where it stands; yellow where it has moved since, purple where it was set by
    hand."""
    figure = each.figure
    shown, tip, tone = figure.shown, f"{each.line}　{each.column}", ""
    if figure.by_hand:
        tip, tone = f"{tip}\n手工改数：{figure.by_hand}", "purple"
    elif figure.before:
        shown = f"{figure.before.partition('（')[0]} → {shown}"
        tip, tone = f"{tip}\n拟稿时为{figure.before}", "yellow"
    item = QTableWidgetItem(shown)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    item.setData(Qt.ItemDataRole.UserRole, figure.key)
    item.setToolTip(tip)
    if tone:
        ink, ground = theme.tone(tone)
        item.setForeground(ink)
        item.setBackground(ground)
    return item


def _short(text: str, most: int = 16) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
