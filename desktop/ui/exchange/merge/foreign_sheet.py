"""A foreign sheet as it stands in the file, with what each row is taken for: title, heading, item,
total, note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT
from desktop.ui.kit.table_look import NOWHERE, Index

if TYPE_CHECKING:
    from desktop.exchange.foreign.proposal import Proposal

HEADING = "表头"
MOST_COLUMNS = 60
NOT_READ = "不读入"


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[tuple[int, list[str], str]] = []
        self.heads: dict[int, str] = {}
        self.width = 0

    def fill(self, made: Proposal, labels: Mapping[str, str]) -> None:
        self.beginResetModel()
        self.rows = made.rows
        self.width = min(max((len(row) for _, row, _ in made.rows), default=0), MOST_COLUMNS)
        self.heads = {c.at: labels.get(c.field, "") for c in made.columns}
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else self.width

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        _, texts, why = self.rows[index.row()]
        text = texts[index.column()] if index.column() < len(texts) else ""
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(text.split())[:80]
        if role == Qt.ItemDataRole.ToolTipRole:
            return text or None
        if role == Qt.ItemDataRole.BackgroundRole and why == HEADING:
            return QColor(theme.TONES["blue"][1])
        if role == Qt.ItemDataRole.ForegroundRole:
            if why and why != HEADING:
                return QColor(theme.FAINT)
            if not why and not self.heads.get(index.column()):
                return QColor(theme.MUTED)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self.heads.get(section) or NOT_READ
            if role == Qt.ItemDataRole.ForegroundRole and self.heads.get(section):
                return QColor(theme.ACCENT)
            return LEFT if role == Qt.ItemDataRole.TextAlignmentRole else None
        number, _, why = self.rows[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{number}　{why}" if why else f"{number}"
        if role == Qt.ItemDataRole.FontRole and why == HEADING:
            font = QFont()
            font.setBold(True)
            return font
        return LEFT if role == Qt.ItemDataRole.TextAlignmentRole else None


class SheetTable(QTableView):
    """Rows on the left say what they are; a double click takes a row as the heading."""

    head_chosen = Signal(int)
    """The number of the row."""

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.model_ = _Model(self)
        self.setModel(self.model_)
        self.setAccessibleName("表里的内容")
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(size.line * 1.35))
        rows.setMinimumSectionSize(size.line)
        rows.setMinimumWidth(size.chars(5.5))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setProperty("class", "close")
        header.setFixedHeight(size.row)
        self.doubleClicked.connect(
            lambda index: self.head_chosen.emit(self.model_.rows[index.row()][0])
        )

    def show_sheet(self, made: Proposal, labels: Mapping[str, str]) -> None:
        """Show a sheet as it would be read; ``labels``: field → how it is called."""
        before = self.verticalScrollBar().value()
        self.model_.fill(made, labels)
        size = theme.sizes()
        for at in range(self.model_.width):
            longest = max(
                (
                    len(row[at]) for _, row, why in made.rows[:40]
                    if at < len(row) and why in ("", HEADING)
                ), default=2,
            )
            label = len(self.model_.heads.get(at) or NOT_READ) + 0.5
            self.setColumnWidth(at, size.chars(min(max(longest, label, 3), 12)) + size.gap)
        self.verticalScrollBar().setValue(before)

    @property
    def current(self) -> int | None:
        """The number of the row under the cursor."""
        at = self.currentIndex().row()
        return self.model_.rows[at][0] if 0 <= at < len(self.model_.rows) else None
