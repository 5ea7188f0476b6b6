"""Entries for days and months: typed in any of the usual styles, or picked from a calendar."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QCalendarWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from db.model.dates import parse_date, parse_month
from db.model.declarations import Field
from desktop.ui.field_editors.editors import Editor, EditorContext, LineEditor
from desktop.ui.kit import entry_button, theme

WEEKDAYS = "一二三四五六日"
EXAMPLE = "如 2022-9-5"


class Calendar(QFrame):
    """A calendar that pops up under an entry; a click or Enter takes a day."""

    picked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        size = theme.sizes()
        self.setProperty("class", "popup")
        self._month = QCalendarWidget()
        self._month.setLocale(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
        self._month.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self._month.setHorizontalHeaderFormat(
            QCalendarWidget.HorizontalHeaderFormat.SingleLetterDayNames
        )
        self._month.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        plain = QTextCharFormat()
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self._month.setWeekdayTextFormat(day, plain)
        self._month.clicked.connect(self._take)
        self._month.activated.connect(self._take)
        buttons = QHBoxLayout()
        for label, days in (("今天", 0), ("一周后", 7), ("清空", None)):
            button = QPushButton(label)
            button.setProperty("class", "link")
            button.clicked.connect(lambda _=False, days=days: self._jump(days))
            buttons.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.gap, size.gap, size.gap, size.gap // 2)
        box.addWidget(self._month)
        box.addLayout(buttons)
        self.setMinimumWidth(size.chars(18))

    def pop(self, under: QWidget, day: dt.date | None) -> None:
        shown = day or dt.date.today()
        self._month.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        self.adjustSize()
        corner = under.mapToGlobal(QPoint(0, under.height()))
        room = under.screen().availableGeometry()
        corner.setX(min(corner.x(), room.right() - self.width()))
        if corner.y() + self.height() > room.bottom():
            corner.setY(under.mapToGlobal(QPoint(0, 0)).y() - self.height())
        self.move(corner)
        self.show()
        self._month.setFocus()

    def _take(self, day: QDate) -> None:
        self.hide()
        self.picked.emit(dt.date(day.year(), day.month(), day.day()))

    def _jump(self, days: int | None) -> None:
        self.hide()
        self.picked.emit(None if days is None else dt.date.today() + dt.timedelta(days=days))


class DateEntry(QLineEdit):
    """A line that takes a day in any usual style; up and down move it by a day, T means today."""

    settled = Signal()
    touched = Signal()

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._calendar: Calendar | None = None
        self._open = entry_button.beside(
            self, "calendar-month-outline", f"打开{name}日历", "日历（Alt+↓）", self.pop
        )
        self.editingFinished.connect(self._settle)
        self.textEdited.connect(lambda text: self.touched.emit())

    def day(self) -> dt.date | None:
        """The day that was typed; None when there is none or it is no day."""
        return parse_date(self.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """An example stands there where there is room for all of it."""
        super().resizeEvent(event)
        room = event.size().width() - theme.sizes().icon.width() - theme.sizes().gap * 4
        self.setPlaceholderText(
            EXAMPLE if self.fontMetrics().horizontalAdvance(EXAMPLE) <= room else ""
        )

    def set_day(self, day: dt.date | None) -> None:
        """Show a day."""
        self.setText(day.isoformat() if day else "")

    def setReadOnly(self, on: bool) -> None:
        super().setReadOnly(on)
        entry_button.give_room(self, self._open, not on)

    def pop(self) -> None:
        """Open the calendar below the entry."""
        if self._calendar is None:
            self._calendar = Calendar(self)
            self._calendar.picked.connect(self._picked)
        self._calendar.pop(self, self.day())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self.isReadOnly():
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.pop()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not event.modifiers():
            step = 1 if key == Qt.Key.Key_Up else -1
            self._picked(
                (self.day() or dt.date.today()) + dt.timedelta(days=step if self.day() else 0)
            )
        elif event.text() in ("t", "T"):
            self._picked(dt.date.today())
        else:
            super().keyPressEvent(event)

    def _picked(self, day: dt.date | None) -> None:
        self.set_day(day)
        self.touched.emit()
        self.settled.emit()

    def _settle(self) -> None:
        day = self.day()
        if day is not None:
            self.set_day(day)
        self.settled.emit()


class DateEditor(Editor):
    """A day, with its weekday beside it, since a deadline on a Sunday is usually a slip."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__(field, context)
        size = theme.sizes()
        self.entry = DateEntry(field.label)
        whole = (
            self.entry.fontMetrics().horizontalAdvance("2026-12-28")
            + size.icon.width()
            + size.gap * 5
        )
        # a day is never shown without its first figure
        self.entry.setMinimumWidth(max(size.chars(8), whole))
        self.entry.setMaximumWidth(max(size.chars(11), whole))
        self.setFocusProxy(self.entry)
        self._weekday = QLabel()
        self._weekday.setProperty("class", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.gap)
        row.addWidget(self.entry, 1)
        row.addWidget(self._weekday)
        row.addStretch(1)
        self.entry.touched.connect(self._touched)
        self.entry.settled.connect(self._settled)

    def value(self) -> Any:
        return self.type.parse(self.entry.text(), self.field, self.context.session.names)

    def set_value(self, value: object) -> None:
        self.entry.set_day(value if isinstance(value, dt.date) else None)
        self._say_weekday()

    def raw(self) -> object:
        return self.entry.text()

    def set_raw(self, raw: object) -> None:
        self.entry.setText(str(raw))
        self._say_weekday()

    def set_read_only(self, on: bool) -> None:
        self.entry.setReadOnly(on)

    def _touched(self) -> None:
        self._say_weekday()
        self.changed.emit()

    def _settled(self) -> None:
        self._say_weekday()
        self.left.emit()

    def _say_weekday(self) -> None:
        day = self.entry.day()
        self._weekday.setText(f"周{WEEKDAYS[day.weekday()]}" if day else "")


class MonthEditor(LineEditor):
    """A month, typed as 2022-09, 2022年9月, 202209; up and down move it by a month."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__(field, context)
        self.entry.setPlaceholderText("如 2022-9、2022年9月")
        self.entry.setMaximumWidth(theme.sizes().chars(11))
        self.entry.installEventFilter(self)
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.setStretch(0, 0)
        row.addStretch(1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and not self.entry.isReadOnly()
        ):
            step = (event.key() == Qt.Key.Key_Up) - (event.key() == Qt.Key.Key_Down)
            if step:
                held = parse_month(self.entry.text())
                year, month = (
                    int(part) for part in (held or f"{dt.date.today():%Y-%m}").split("-")
                )
                count = year * 12 + month - 1 + (step if held else 0)
                self.entry.setText(f"{count // 12:04d}-{count % 12 + 1:02d}")
                self.changed.emit()
                return True
        return False

    def _finished(self) -> None:
        month = parse_month(self.entry.text())
        if month:
            self.entry.setText(month)
        self.left.emit()
