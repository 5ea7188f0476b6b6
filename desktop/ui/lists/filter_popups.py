"""The panels that drop from a filter button: a list to tick, a range, a word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from db.errors import BadInput
from db.model import fieldtypes
from db.model.condition_words import option_labels
from db.model.dates import parse_month
from db.model.declarations import Kind
from db.model.query import Operator, Where
from db.session import Session
from desktop.ui.field_editors.date_entry import DateEntry
from desktop.ui.field_editors.pickers import find_options
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import FIRST, Job, Jobs
from desktop.ui.lists.filters import Criterion

VALUE = Qt.ItemDataRole.UserRole
SPAN: tuple[Operator, Operator] = ("ge", "le")


class FilterPopup(QFrame):
    """A panel for one criterion. It emits the conditions that were set; none means that the
    criterion is off."""

    decided = Signal(str, object)

    def __init__(
        self, criterion: Criterion, session: Session, jobs: Jobs, kind: Kind,
        conditions: tuple[Where, ...], parent: QWidget,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("class", "popup")
        self.criterion, self.session, self.jobs, self.kind = criterion, session, jobs, kind
        size = theme.sizes()
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        self.box.setSpacing(size.gap)
        self._problem: QLabel | None = None
        self.build(conditions)
        row = QHBoxLayout()
        if criterion.field is not None:
            for label, op in (("空白的", "blank"), ("已填的", "filled")):
                button = QPushButton(label)
                button.setProperty("class", "link")
                button.clicked.connect(
                    lambda _=False, op=op: self._emit((Where(criterion.key, op),))
                )
                row.addWidget(button)
        row.addStretch(1)
        clear = QPushButton("不限")
        clear.clicked.connect(lambda: self._emit(()))
        apply = QPushButton("确定")
        apply.setProperty("class", "primary")
        apply.clicked.connect(self.apply)
        row.addWidget(clear)
        row.addWidget(apply)
        self.box.addLayout(row)

    def build(self, conditions: tuple[Where, ...]) -> None:
        """Put the entries into the box, showing the conditions that hold now."""
        raise NotImplementedError

    def wheres(self) -> tuple[Where, ...]:
        """The conditions as they stand; may raise `BadInput`."""
        raise NotImplementedError

    def focus_first(self) -> None:
        """Put the cursor where typing begins."""
        self.setFocus()

    def apply(self) -> None:
        """Say what was decided and close, or what is wrong."""
        try:
            found = self.wheres()
        except BadInput as error:
            self.say(error.message)
            return
        self._emit(found)

    def say(self, text: str) -> None:
        """What is wrong with what was typed."""
        if self._problem is None:
            self._problem = accessible.Problem()
            self.box.insertWidget(self.box.count() - 1, self._problem)
        self._problem.setText(text)
        self.adjustSize()

    def pop(self, under: QWidget) -> None:
        """Show it below a widget, inside the screen."""
        self.adjustSize()
        corner = under.mapToGlobal(QPoint(0, under.height() + 2))
        room = under.screen().availableGeometry()
        corner.setX(max(room.left(), min(corner.x(), room.right() - self.width())))
        corner.setY(max(room.top(), min(corner.y(), room.bottom() - self.height())))
        self.move(corner)
        self.show()
        self.focus_first()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.apply()
        else:
            super().keyPressEvent(event)

    def _emit(self, wheres: tuple[Where, ...]) -> None:
        self.decided.emit(self.criterion.key, wheres)
        self.close()


class TickList(QListWidget):
    """A list to tick: the words tick as the box does, Space too."""

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self._before = Qt.CheckState.Unchecked
        self.itemClicked.connect(self._clicked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Space and item is not None:
            turn(item)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._note(event)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._note(event)
        super().mouseDoubleClickEvent(event)

    def _note(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None:
            self._before = item.checkState()

    def _clicked(self, item: QListWidgetItem) -> None:
        if item.checkState() == self._before:  # the click was on the words
            turn(item)


def turn(item: QListWidgetItem) -> None:
    """Tick an item, or take the tick away."""
    ticked = item.checkState() == Qt.CheckState.Checked
    item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)


class CheckPopup(FilterPopup):
    """Tick what is wanted; a long list is narrowed by name or pinyin."""

    def build(self, conditions: tuple[Where, ...]) -> None:
        size = theme.sizes()
        self._ticked: dict[str, str] = {}
        for where in conditions:
            values = where.value if isinstance(where.value, (list, tuple)) else [where.value]
            self._ticked.update({_plain(value): "" for value in values if value is not None})
        self._fixed = option_labels(self.criterion.key, self.kind, self.session.kinds)
        self._entry = QLineEdit()
        self._entry.setPlaceholderText("查找，支持拼音首字母")
        self._list = TickList()
        self._list.setAccessibleName(self.criterion.label)
        self._list.itemChanged.connect(self._tick)
        self._list.setMinimumWidth(size.chars(14))
        self.box.addWidget(self._entry)
        # in its box first: shown before, it would be a window of its own for a moment
        self._entry.setVisible(self._fixed is None or len(self._fixed) > 12)
        self.box.addWidget(self._list)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(80)
        self._wait.timeout.connect(self._look)
        self._entry.textEdited.connect(lambda _: self._wait.start())
        if self._fixed is not None and not self._entry.isVisibleTo(self):
            self._fill(self._fixed)
        else:
            self._list.setFixedHeight(size.row * 9)
            self._look()

    def focus_first(self) -> None:
        (self._entry if self._entry.isVisible() else self._list).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter with nothing ticked takes the line under the cursor; ↓ leads from the entry into
        the list."""
        item = self._list.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._ticked and item:
            turn(item)
        if event.key() == Qt.Key.Key_Down and self._entry.hasFocus():
            self._list.setFocus()
            return
        super().keyPressEvent(event)

    def wheres(self) -> tuple[Where, ...]:
        if not self._ticked:
            return ()
        values: list[object] = list(self._ticked)
        field = self.criterion.field
        if field is not None and fieldtypes.type_of(field).yes_no:
            meanings = [value == "yes" for value in values]
            return (
                (Where(self.criterion.key, "eq", meanings[0]),)
                if len(meanings) == 1
                else (Where(self.criterion.key, "filled"),)
            )
        many = (
            field is not None
            and fieldtypes.type_of(field).many
            and self.kind.has(self.criterion.key)
        )
        return (Where(self.criterion.key, "contains" if many else "in", values),)

    def _look(self) -> None:
        typed = self._entry.text().strip()
        field, session, fixed = self.criterion.field, self.session, self._fixed

        def find(job: Job) -> list[tuple[str, str]]:
            if field is None:
                return [(value, label) for value, label in fixed or () if typed in label]
            return [(o.value, o.label) for o in find_options(field, session, typed)]

        self.jobs.read(
            find, self._fill, failed=None, owner=self, key=("filter", id(self)), order=FIRST
        )

    def _fill(self, options: list[tuple[str, str]]) -> None:
        self._list.blockSignals(True)
        self._list.clear()
        for value, label in options:
            item = QListWidgetItem(label)
            item.setData(VALUE, value)
            item.setSizeHint(QSize(0, theme.sizes().row))
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsUserCheckable
            )
            item.setCheckState(
                Qt.CheckState.Checked if value in self._ticked else Qt.CheckState.Unchecked
            )
            self._list.addItem(item)
        self._list.blockSignals(False)
        if self._list.count():
            self._list.setCurrentRow(0)
        if not self._entry.isVisibleTo(self):
            self._list.setFixedHeight(theme.sizes().row * max(2, len(options)) + 4)

    def _tick(self, item: QListWidgetItem) -> None:
        value = item.data(VALUE)
        if item.checkState() == Qt.CheckState.Checked:
            self._ticked[value] = item.text()
        else:
            self._ticked.pop(value, None)


def _plain(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _today() -> dt.date:
    return dt.date.today()


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def _this_week() -> tuple[dt.date, dt.date]:
    monday = _today() - dt.timedelta(days=_today().weekday())
    return monday, monday + dt.timedelta(days=6)


def _last_month() -> tuple[dt.date, dt.date]:
    end = _today().replace(day=1) - dt.timedelta(days=1)
    return end.replace(day=1), end


PRESETS: tuple[tuple[str, Callable[[], tuple[dt.date | None, dt.date | None]]], ...] = (
    ("今天", lambda: (_today(), _today())), ("本周", _this_week),
    ("未来 7 天", lambda: (_today(), _today() + dt.timedelta(days=7))),
    ("本月", lambda: (_today().replace(day=1), _month_end(_today()))), ("上月", _last_month),
    ("今年", lambda: (_today().replace(month=1, day=1), _today().replace(month=12, day=31))),
    ("今天以前", lambda: (None, _today() - dt.timedelta(days=1))),
    ("今天以后", lambda: (_today() + dt.timedelta(days=1), None)),
)


class RangePopup(FilterPopup):
    """From and to, both included: days with the usual spans at hand, months, numbers."""

    def build(self, conditions: tuple[Where, ...]) -> None:
        field = self.criterion.field
        dated = field is None or fieldtypes.type_of(field).is_day
        if dated:
            grid = QGridLayout()
            grid.setSpacing(theme.sizes().gap // 2)
            for at, (label, span) in enumerate(PRESETS):
                button = QPushButton(label)
                button.clicked.connect(lambda _=False, span=span: self._take(*span()))
                grid.addWidget(button, at // 4, at % 4)
            self.box.addLayout(grid)
        self._entries: list[QLineEdit] = []
        row = QHBoxLayout()
        for label, ops in (("自", ("ge", "gt", "eq")), ("至", ("le", "lt", "eq"))):
            entry: QLineEdit = DateEntry() if dated else QLineEdit()
            value = next((where.value for where in conditions if where.op in ops), None)
            if value is not None and field is not None:
                entry.setText(
                    fieldtypes.type_of(field)
                    .format(value, field, self.session.names)
                    .removesuffix("%")
                )
            if field is not None and fieldtypes.type_of(field).is_month:
                entry.setPlaceholderText("如 2026-10")
            entry.setAccessibleName(label)
            row.addWidget(QLabel(label))
            row.addWidget(entry, 1)
            self._entries.append(entry)
        self.box.addLayout(row)

    def focus_first(self) -> None:
        self._entries[0].setFocus()

    def wheres(self) -> tuple[Where, ...]:
        key, field = self.criterion.key, self.criterion.field
        found = []
        for entry, op in zip(self._entries, SPAN, strict=True):
            text = entry.text().strip()
            if not text:
                continue
            if field is None:
                found.append(Where(key, op, text))
            elif fieldtypes.type_of(field).is_month:
                month = parse_month(text)
                if month is None:
                    raise BadInput(f"「{text}」不是月份，请按 2022-09 填写。")
                found.append(Where(key, op, month))
            else:
                found.append(
                    Where(key, op, fieldtypes.type_of(field).parse(text, field, self.session.names))
                )
        return tuple(found)

    def _take(self, begin: dt.date | None, end: dt.date | None) -> None:
        found = [
            Where(self.criterion.key, op, day) for op, day in zip(SPAN, (begin, end), strict=True)
            if day is not None
        ]
        self._emit(tuple(found))


class TextPopup(FilterPopup):
    """Holds a word."""

    def build(self, conditions: tuple[Where, ...]) -> None:
        self._entry = QLineEdit()
        self._entry.setPlaceholderText("含有哪些字")
        self._entry.setMinimumWidth(theme.sizes().chars(14))
        texts = (str(w.value) for w in conditions if w.op in ("contains", "eq"))
        self._entry.setText(next(texts, ""))
        self.box.addWidget(self._entry)

    def focus_first(self) -> None:
        self._entry.setFocus()

    def wheres(self) -> tuple[Where, ...]:
        text = self._entry.text().strip()
        if not text:
            return ()
        field = self.criterion.field
        if field is not None and "contains" not in fieldtypes.type_of(field).operators:
            return (
                Where(
                    self.criterion.key, "eq",
                    fieldtypes.type_of(field).parse(text, field, self.session.names),
                ),
            )
        return (Where(self.criterion.key, "contains", text),)


POPUPS: dict[str, type[FilterPopup]] = {"check": CheckPopup, "range": RangePopup, "text": TextPopup}
