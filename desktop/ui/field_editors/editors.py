"""Entries for typed text and yes or no; what is typed is read by the field's own type, not by the
widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from db.model import fieldtypes
from db.model.declarations import Field
from db.model.query import Query, Where
from db.session import Session
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import Window


class Speaker(Protocol):
    """Who tells the person something for an entry."""

    def toast(self, text: str, undo: bool = False) -> None:
        """Say what was done."""

    def error(self, problem: str | Exception) -> None:
        """Say what went wrong and what to do."""


@dataclass(frozen=True)
class EditorContext:
    """What an entry may need: names from the session, a worker, and the window to speak through."""

    session: Session
    jobs: Jobs
    window: Window
    dialog: Speaker | None = None
    """Speaks in the window's place where entries stand in a dialog over it."""

    @property
    def speaker(self) -> Speaker:
        return self.dialog or self.window


class Editor(QWidget):
    """An entry for one field. `value` raises `BadInput` when what stands there is no value of the
    field. What raises `NotImplementedError` is each heir's: Qt's metaclass allows no ABC."""

    changed = Signal()
    left = Signal()
    """The person went on to another entry: time to say what is wrong here."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__()
        self.field, self.context = field, context
        self.type = fieldtypes.type_of(field)
        self.setAccessibleName(field.label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def value(self) -> Any:
        """The value that stands there; None when blank. Raises ``BadInput``."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        """Show a value of the field."""
        raise NotImplementedError

    def raw(self) -> object:
        """What stands there as plain data, valid or not: a draft keeps this."""
        raise NotImplementedError

    def set_raw(self, raw: object) -> None:
        """Show what `raw` gave."""
        raise NotImplementedError

    def set_read_only(self, on: bool) -> None:
        """Whether a person may change it."""
        self.setEnabled(not on)

    def set_wrong(self, wrong: bool) -> None:
        """Mark the entry as not taken, or take the mark away."""
        entry = self.focusProxy() or self
        if entry.property("wrong") != wrong:
            entry.setProperty("wrong", wrong)
            entry.style().unpolish(entry)
            entry.style().polish(entry)


class LineEditor(Editor):
    """One line of text: also numbers, percentages, money and telephone numbers, with the measure
    behind it."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__(field, context)
        self.entry = QLineEdit()
        self.entry.setAccessibleName(field.label)
        self.setFocusProxy(self.entry)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.sizes().gap)
        row.addWidget(self.entry, 1)
        measure = "%" if self.type.is_share else field.measure
        if measure:
            row.addWidget(QLabel(measure))
        if self.type.numeric:
            self.entry.setMaximumWidth(theme.sizes().chars(10))
            row.addStretch(1)
        if field.help:
            self.entry.setPlaceholderText(field.help)
        self.entry.textEdited.connect(lambda text: self.changed.emit())
        self.entry.editingFinished.connect(self._finished)

    def value(self) -> Any:
        return self.type.parse(self.entry.text(), self.field, self.context.session.names)

    def set_value(self, value: object) -> None:
        text = self.type.format(value, self.field, self.context.session.names)
        self.entry.setText(text.removesuffix("%") if self.type.is_share else text)
        self.entry.setCursorPosition(0)

    def raw(self) -> object:
        return self.entry.text()

    def set_raw(self, raw: object) -> None:
        self.entry.setText(str(raw))

    def set_read_only(self, on: bool) -> None:
        self.entry.setReadOnly(on)

    def _finished(self) -> None:
        self.left.emit()


class IdentityEditor(LineEditor):
    """An identity number: hidden in the middle unless the cursor stands in it. Looking at a kept
    one is journalled, once a record."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__(field, context)
        self.kind = ""
        self._text = self._kept = ""
        self._open = False
        self.entry.setMaxLength(24)
        self.entry.textEdited.connect(self._typed)
        self.entry.installEventFilter(self)

    def value(self) -> Any:
        return self.type.parse(self._text, self.field, self.context.session.names)

    def set_value(self, value: object) -> None:
        self._kept = str(value or "")
        self.set_raw(value or "")

    def raw(self) -> object:
        return self._text

    def set_raw(self, raw: object) -> None:
        self._text = str(raw)
        self._paint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() in (
            QEvent.Type.FocusIn, QEvent.Type.FocusOut,
        ):
            self._open = event.type() == QEvent.Type.FocusIn and not self.entry.isReadOnly()
            self._paint()
            if self._open and self._kept and self._kept == self._text:
                self._note_seen()
        return False

    def _typed(self, text: str) -> None:
        self._text = text

    def _note_seen(self) -> None:
        session, kind, name, value = self.context.session, self.kind, self.field.name, self._kept
        self._kept = ""
        if kind not in session.kinds or not session.kinds.get(kind).has(name):
            return

        def note(job: Job) -> None:
            for record in session.find(
                Query(kind=kind, where=(Where(name, "eq", value),), limit=1)
            ):
                session.note_seen(kind, record.uid, name)

        def failed(error: Exception) -> None:  # what could not be written down is not shown
            self._open = False
            self._paint()
            self.context.speaker.error(error)

        self.context.jobs.write(note, failed=failed, owner=self, label="正在记录")

    def _paint(self) -> None:
        masked = fieldtypes.IdentityNumber.masked(self._text) if self._text else ""
        self.entry.setText(self._text if self._open else masked)
        if not self._open:
            self.entry.setCursorPosition(0)


class LongTextEditor(Editor):
    """Several lines; as high as its text, within limits. Tab goes on to the next entry."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__(field, context)
        self.entry = _Lines()
        self.entry.setAccessibleName(field.label)
        self.entry.setTabChangesFocus(True)
        self.setFocusProxy(self.entry)
        if field.help:
            self.entry.setPlaceholderText(field.help)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.entry)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._quiet = False
        self.entry.textChanged.connect(self._typed)
        self.entry.left.connect(self.left)

    def value(self) -> Any:
        return self.type.parse(self.entry.toPlainText(), self.field, self.context.session.names)

    def set_value(self, value: object) -> None:
        self.set_raw(value or "")

    def raw(self) -> object:
        return self.entry.toPlainText()

    def set_raw(self, raw: object) -> None:
        self._quiet = True
        self.entry.setPlainText(str(raw))
        self._quiet = False

    def set_read_only(self, on: bool) -> None:
        if self.entry.isReadOnly() != on:
            self.entry.setReadOnly(on)
            # its look hangs on a property, which Qt does not watch
            self.entry.style().unpolish(self.entry)
            self.entry.style().polish(self.entry)

    def _typed(self) -> None:
        if not self._quiet:
            self.changed.emit()


class _Lines(QPlainTextEdit):
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def _fit(self, *_: object) -> None:
        """The height that shows two to nine lines."""
        whole = round(self.document().size().height())
        lines = min(9, max(2, whole))
        shown = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded
            if whole > lines
            else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setVerticalScrollBarPolicy(shown)
        line = self.fontMetrics().lineSpacing()
        around = round(self.document().documentMargin() * 2) + (theme.sizes().gap // 2 + 1) * 2
        self.setFixedHeight(line * lines + around + 4)

    def sizeHint(self) -> QSize:
        return QSize(theme.sizes().chars(16), self.height())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls itself only while the cursor stands in it; else the form scrolls."""
        if self.hasFocus() and self.verticalScrollBar().maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()


class FlagEditor(Editor):
    """Yes, no, or not said: two buttons; pressing the pressed one again says nothing."""

    def __init__(self, field: Field, context: EditorContext) -> None:
        super().__init__(field, context)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.sizes().gap)
        self._buttons: dict[bool, QPushButton] = {}
        for meaning, label in ((True, "是"), (False, "否")):
            button = QPushButton(label)
            button.setCheckable(True)
            button.setProperty("class", "choice")
            button.setAccessibleName(f"{field.label}：{label}")
            button.clicked.connect(lambda on, meaning=meaning: self._pressed(meaning, on))
            self._buttons[meaning] = button
            row.addWidget(button)
        row.addStretch(1)
        self.setFocusProxy(self._buttons[True])

    def value(self) -> Any:
        return next(
            (meaning for meaning, button in self._buttons.items() if button.isChecked()), None
        )

    def set_value(self, value: object) -> None:
        for meaning, button in self._buttons.items():
            button.setChecked(value is meaning)

    raw = value

    def set_raw(self, raw: object) -> None:
        self.set_value(raw)

    def _pressed(self, meaning: bool, on: bool) -> None:
        self._buttons[not meaning].setChecked(False)
        self.changed.emit()
        self.left.emit()
