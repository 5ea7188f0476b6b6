"""What the tables of the window have in common: their look and keys, and a model over lines held in
memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT, RIGHT

NOWHERE = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
"""What Qt may hand to a model or a painter."""


def style_table(view: QTableView, name: str, *, several: bool = False, cells: bool = False) -> None:
    """Make a table look and be handled like the others: no grid, lines of one height, whole rows
    chosen (or `cells`), Tab leads out."""
    size, mode, what = (
        theme.sizes(), QAbstractItemView.SelectionMode, QAbstractItemView.SelectionBehavior,
    )
    view.setAccessibleName(name)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setFrameShape(QTableView.Shape.NoFrame)
    view.setSelectionBehavior(what.SelectItems if cells else what.SelectRows)
    view.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(size.row)
    rows.setDefaultSectionSize(size.row)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setFixedHeight(size.row)
    header.setMinimumSectionSize(size.chars(2.5))


def choose_row(view: QTableView, index: QModelIndex) -> None:
    """The cursor on a cell, its row chosen alone. Qt's `selectRow` asks which keys are held: with
    Ctrl (of Ctrl+S, while a list is read again) it takes a row out, with Shift it chooses all up
    to it."""
    how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    view.selectionModel().setCurrentIndex(index, how)


class Headed(Protocol):
    """A column: its heading, and whether it holds numbers, which stand at the right."""

    @property
    def label(self) -> str: ...
    @property
    def number(self) -> bool: ...


ColumnT = TypeVar("ColumnT", bound=Headed)
LineT = TypeVar("LineT")


class HeldLines(QAbstractTableModel, Generic[ColumnT, LineT]):
    """A model over lines that are all at hand; what a cell shows the heir says in `data`."""

    def __init__(self, columns: Sequence[ColumnT], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.lines: list[LineT] = []

    def fill(self, lines: list[LineT]) -> None:
        """Other lines in the place of all."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.columns[section].number else LEFT
        return None
