"""Every command once, with its keys: the menu of Ctrl+K, the list of F1 and the shortcuts are all
read from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from db.model import pinyin
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.cell_painting import SmallCells
from desktop.ui.kit.messages import Dialog


@dataclass(frozen=True)
class Command:
    """Something a person may do: `pinyin` holds initials for finding it; `section` groups it in the
    list of keys."""

    label: str
    run: Callable[[], None]
    keys: str = ""
    section: str = "常用"
    pinyin: str = ""
    listed: bool = True
    repeats: bool = True
    """Done again and again while its keys are held down."""


HAND_KEYS: tuple[tuple[str, str, str], ...] = (
    ("清单", "上下移动、翻页、首行、末行", "↑ ↓ PgUp PgDn Ctrl+Home Ctrl+End"),
    ("清单", "打开选中的一行", "Enter"),
    ("清单", "选中多行", "Shift+↑↓ 或 Ctrl+单击"),
    ("清单", "选中全部", "Ctrl+A"),
    ("清单", "复制选中的行（可贴进 Excel）", "Ctrl+C"),
    ("清单", "从 Excel 粘贴为新行", "Ctrl+V"),
    ("清单", "删除选中的行（可撤销）", "Delete"),
    ("表单", "下一栏、上一栏", "Tab Shift+Tab"),
    ("表单", "日期加一天、减一天；今天", "↑ ↓；T"),
    ("表单", "展开下拉、候选", "Alt+↓"),
)
"""Keys that belong to a widget rather than to a command."""


class Commands(QObject):
    """The commands of one window. Those of the shown page are added when it shows and leave with
    it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._held: list[tuple[object, Command, QShortcut | None]] = []

    def add(self, owner: object, *commands: Command) -> None:
        for command in commands:
            shortcut = None
            if command.keys:
                shortcut = QShortcut(QKeySequence(command.keys), self._window)
                shortcut.setAutoRepeat(command.repeats)
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(command.run)
            self._held.append((owner, command, shortcut))

    def remove(self, owner: object) -> None:
        for held, _, shortcut in self._held:
            if held is owner and shortcut is not None:
                shortcut.setEnabled(False)
                shortcut.deleteLater()
        self._held = [entry for entry in self._held if entry[0] is not owner]

    def all(self) -> list[Command]:
        return [command for _, command, _ in self._held if command.listed]


class Palette(QDialog):
    """Type a few letters of a command, a page or its pinyin initials; Enter does it."""

    def __init__(self, parent: QWidget, commands: list[Command]) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        size = theme.sizes()
        self.setProperty("class", "popup")
        self.setObjectName("palette")
        self._chosen: Command | None = None
        self._saying = accessible.Saying(self, self._would_take)
        self._entry = QLineEdit()
        self._entry.setPlaceholderText("输入命令或页面，支持拼音")
        self._entry.setAccessibleName("查找命令")
        self._model = QStandardItemModel(self)
        for command in commands:
            item = QStandardItem(
                f"{command.label}    {command.keys}" if command.keys else command.label
            )
            item.setData(
                f"{command.label} {command.pinyin} {_spelt(command.label)} {command.section}"
                .lower(),
                Qt.ItemDataRole.UserRole,
            )
            item.setData(command, Qt.ItemDataRole.UserRole + 1)
            item.setEditable(False)
            self._model.appendRow(item)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterRole(Qt.ItemDataRole.UserRole)
        self._list = QListView()
        self._list.setModel(self._found)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setSpacing(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.gap, size.gap, size.gap, size.gap)
        box.addWidget(self._entry)
        box.addWidget(self._list)
        self._nothing = QLabel("没有找到，换几个字再试。")
        self._nothing.setProperty("class", "muted")
        box.addWidget(self._nothing)
        self._entry.textChanged.connect(self._narrow)
        self._entry.installEventFilter(self)
        self._list.clicked.connect(self._take)
        self.resize(size.chars(30), size.line * 18)
        area = parent.window().geometry()
        self.move(area.center().x() - self.width() // 2, area.top() + size.line * 4)
        self._narrow("")
        self._entry.setFocus()

    @property
    def chosen(self) -> Command | None:
        return self._chosen

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            row, last = self._list.currentIndex().row(), self._found.rowCount() - 1
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._list.setCurrentIndex(self._found.index(max(0, min(last, row + step)), 0))
                self._saying.soon()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
        return False

    def _narrow(self, text: str) -> None:
        typed = text.strip().lower()
        self._found.setFilterFixedString(typed)
        self._list.setCurrentIndex(self._best(typed))
        self._nothing.setVisible(not self._found.rowCount())
        if typed:
            self._saying.soon()

    def _would_take(self) -> str:
        """The line that Enter would take, as it is read out: the keyboard is in the entry."""
        index, many = self._list.currentIndex(), self._found.rowCount()
        what = f"{index.data()}，第 {index.row() + 1} 项，共 {many} 项" if many else ""
        return what or self._nothing.text()

    def _best(self, typed: str) -> QModelIndex:
        """What is called so, before what only begins so or holds it."""
        rows = [self._found.index(row, 0) for row in range(self._found.rowCount() if typed else 0)]
        called = (row for row in rows if typed in row.data(Qt.ItemDataRole.UserRole).split())
        return next(called, self._found.index(0, 0))

    def _take(self) -> None:
        index = self._list.currentIndex()
        if index.isValid():
            self._chosen = index.data(Qt.ItemDataRole.UserRole + 1)
            self.accept()


def _spelt(label: str) -> str:
    """What a command is called in pinyin: by initials and in full."""
    initials, full = pinyin.keys(label.removeprefix("打开 "))
    return " ".join((*sorted(initials), *sorted(full)))


def show_keys(parent: QWidget, commands: list[Command]) -> None:
    """The list of shortcuts: what to press for what, by section."""
    size = theme.sizes()
    rows = [(c.section, c.label, c.keys) for c in commands if c.keys] + list(HAND_KEYS)
    sections = list(dict.fromkeys(row[0] for row in rows))
    rows.sort(key=lambda row: sections.index(row[0]))
    dialog = Dialog(parent, "快捷键", "确定", reject="")
    table = QTableWidget(len(rows), 3)
    table.setAccessibleName("快捷键")
    table.setTabKeyNavigation(False)
    table.setHorizontalHeaderLabels(["哪里", "做什么", "按什么"])
    table.setItemDelegate(SmallCells(table))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(size.row)
    table.setShowGrid(False)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setFixedHeight(size.row)
    table.setColumnWidth(0, size.chars(5.5))
    table.setColumnWidth(2, size.chars(18))
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    before = ""
    for at, (section, label, keys) in enumerate(rows):
        for column, text in enumerate((section if section != before else "", label, keys)):
            table.setItem(at, column, QTableWidgetItem(text))
        before = section
    dialog.add(table, 1)
    dialog.resize(size.chars(44), size.line * 26)
    dialog.exec()
    dialog.deleteLater()
