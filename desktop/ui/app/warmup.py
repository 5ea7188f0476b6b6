"""Makes one of each costly kind of widget while a person types a password, since the first of a
kind costs most.

One per turn of the event loop, out of sight; what is made is thrown away. Nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QTreeWidget,
    QWidget,
)

from desktop.ui.app.navigation import Entry, Navigation
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import SmallCells
from desktop.ui.kit.messages import ErrorBar, Toast


def _table(host: QWidget) -> QWidget:
    table = QTableWidget(2, 2, host)
    table.setItemDelegate(SmallCells(table))
    table.setItem(0, 0, QTableWidgetItem("国"))
    table.horizontalHeader().setFixedHeight(theme.sizes().row)
    return table


def _navigation(host: QWidget) -> QWidget:
    made = Navigation([Entry("a", "国", "plus", ""), Entry("b", "国", "plus", "国")], [], host)
    # the first plain widget that C++ hands over makes PySide look through all kinds of widgets
    made.draw_icons()
    return made


def _button(host: QWidget) -> QWidget:
    button = QToolButton(host)
    button.setText("国")
    button.setMenu(QMenu(button))
    return button


def _tile(host: QWidget) -> QWidget:
    tile = QPushButton("国", host)
    tile.setProperty("class", "tile")
    tile.setFont(theme.scaled(1.75, bold=True))
    return tile


MAKERS: tuple[Callable[[QWidget], QWidget], ...] = (
    _button, _table, _navigation, _tile, QSplitter, QProgressBar, QTreeWidget, QFrame, ErrorBar, Toast,
)  # fmt: skip


def begin(host: QWidget, at: int = 0) -> None:
    """Make the next one; the one after it follows in a later turn."""
    if at >= len(MAKERS) or not host.isVisible():
        return
    made = MAKERS[at](host)
    made.move(-5000, -5000)
    made.ensurePolished()
    made.grab()
    made.deleteLater()
    QTimer.singleShot(10, host, lambda: begin(host, at + 1))
