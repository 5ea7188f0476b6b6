"""Several new records at once: a grid of entries, one line each, filled by hand or pasted from a
spreadsheet program."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from db.errors import BadInput
from db.model import fieldtypes
from db.model.declarations import Field
from desktop.ui.field_editors.editors import Editor, EditorContext
from desktop.ui.field_editors.registry import editor_for
from desktop.ui.kit import accessible, theme
from desktop.ui.lists import pasted_records
from desktop.ui.record_form.unsaved_entries import Raw

FIRST_ROWS = 6


def _weight(field: Field) -> int:
    """How much of a line an entry takes."""
    kind_of = fieldtypes.type_of(field)
    if kind_of.worded:
        return 16
    if kind_of.names_units:
        return 10 if kind_of.many else 9
    if kind_of.is_day:
        return 8
    return 7 if kind_of.names_record or kind_of.one_listed else 6


class EntryGrid(QWidget):
    """Lines of entries for some fields of a kind; a new line comes when the last one is begun."""

    changed = Signal()

    def __init__(
        self, fields: Sequence[Field], kind: str, context: EditorContext,
        start: dict[str, object] | None = None,
    ) -> None:
        super().__init__()
        size = theme.sizes()
        self.fields = tuple(fields)
        self._kind, self._context, self._start = kind, context, start or {}
        self.rows: list[dict[str, Editor]] = []
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, size.gap, 0)
        self._grid.setSpacing(size.gap // 2)
        for place, field in enumerate(self.fields, start=1):
            head = QLabel(field.label + ("＊" if field.required else ""))
            head.setProperty("class", "muted")
            self._grid.addWidget(head, 0, place)
            self._grid.setColumnStretch(place, _weight(field))
            self._grid.setColumnMinimumWidth(place, size.chars(_weight(field) * 0.62))
        area = QScrollArea()
        area.setAccessibleName("成批填写的表格")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        self._area = area
        self.problem = accessible.Problem()
        self.problem.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area, 1)
        box.addWidget(self.problem)
        for _ in range(FIRST_ROWS):
            self.add_row()

    def add_row(self) -> dict[str, Editor]:
        """One more empty line."""
        at = len(self.rows) + 1
        number = QLabel(str(at))
        number.setProperty("class", "muted")
        number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._grid.setRowStretch(at, 0)
        self._grid.addWidget(number, at, 0)
        row: dict[str, Editor] = {}
        for place, field in enumerate(self.fields, start=1):
            # One line each, whatever the form gives the field.
            plain = msgspec.structs.replace(
                field, type="text" if fieldtypes.type_of(field).multiline else field.type, help=""
            )
            editor = editor_for(plain, self._context, self._kind)
            editor.setAccessibleName(f"第 {at} 行 {field.label}")
            editor.set_value(self._start.get(field.name))
            editor.changed.connect(lambda row=row: self._typed(row))
            entry = editor.focusProxy()
            if isinstance(entry, QLineEdit):
                entry.installEventFilter(self)
                if not fieldtypes.type_of(field).is_day:
                    entry.setPlaceholderText("")
            self._grid.addWidget(editor, at, place)
            row[field.name] = editor
        self._grid.setRowStretch(at + 1, 1)
        self.rows.append(row)
        return row

    def focus_first(self) -> None:
        self.rows[0][self.fields[0].name].setFocus()

    def count(self) -> int:
        """Lines that were begun."""
        return sum(1 for row in self.rows if self._begun(row))

    def values(self) -> list[dict[str, object]]:
        """What was typed, line by line. Raises ``BadInput`` that names the line and marks its
        entry."""
        found: list[dict[str, object]] = []
        first: tuple[str, Editor] | None = None
        for at, row in enumerate(self.rows, start=1):
            values: dict[str, object] = {}
            for field in self.fields:
                editor, wrong = row[field.name], ""
                if self._begun(row):
                    try:
                        values[field.name] = editor.value()
                        if field.required and values[field.name] is None:
                            wrong = f"「{field.label}」必填，请填写。"
                    except BadInput as error:
                        wrong = error.message
                editor.set_wrong(bool(wrong))
                editor.setToolTip(wrong)
                if wrong and first is None:
                    first = (f"第 {at} 行：{wrong}", editor)
            if self._begun(row):
                found.append({name: value for name, value in values.items() if value is not None})
        self.problem.setVisible(first is not None)
        if first is not None:
            self.problem.setText(first[0])
            first[1].setFocus()
            raise BadInput(first[0])
        return found

    def raw(self) -> Raw:
        """What stands in the lines that were begun, as plain data, valid or not; empty when none
        was."""
        lines = [
            {name: editor.raw() for name, editor in row.items()} for row in self.rows
            if self._begun(row)
        ]
        return {"lines": lines} if lines else {}

    def set_raw(self, held: Raw) -> None:
        """Put such lines back."""
        lines = held.get("lines", [])
        while len(self.rows) <= len(lines):
            self.add_row()
        for row, line in zip(self.rows, lines, strict=False):
            for name, typed in line.items():
                if name in row:
                    row[name].set_raw(typed)
        self.changed.emit()

    def say(self, text: str) -> None:
        """What the book refused."""
        self.problem.say(text)

    def _begun(self, row: dict[str, Editor]) -> bool:
        """Whether more stands in a line than what it started with."""
        return any(_text(row[f.name]) for f in self.fields if self._start.get(f.name) is None)

    def _typed(self, row: dict[str, Editor]) -> None:
        if row is self.rows[-1]:
            self.add_row()
        self.changed.emit()

    # ---- paste, keys

    def paste(self, text: str, at: int = 0, place: int = 0) -> int:
        """Lay lines of tab-separated text over the entries from a line and a column on; returns how
        many lines."""
        lines = [line for line in pasted_records.split(text) if any(line)]
        order = self._headed(lines[0]) if lines else []
        if order:
            lines = lines[1:]
        else:
            widest = max(map(len, lines), default=0)
            order = [n if n < len(self.fields) else None for n in range(place, place + widest)]
        while len(self.rows) < at + len(lines) + 1:
            self.add_row()
        for line, row in zip(lines, self.rows[at:], strict=False):
            for cell, column in zip(line, order, strict=False):
                entry = row[self.fields[column].name].focusProxy() if column is not None else None
                if isinstance(entry, QLineEdit):
                    entry.setText(" ".join(cell.split()))
        self.changed.emit()
        return len(lines)

    def _headed(self, line: Sequence[str]) -> list[int | None]:
        """Which column each cell of a line of headings names; empty where it is none."""
        labels = [field.label for field in self.fields]
        if sum(cell in labels for cell in line) < 2:
            return []
        return [labels.index(cell) if cell in labels else None for cell in line]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        spot = self._spot(watched)
        if spot is None:
            return False
        at, place = spot
        if event.matches(QKeySequence.StandardKey.Paste):
            text = QGuiApplication.clipboard().text()
            if "\t" in text or "\n" in text.strip():
                self.paste(text, at, place)
                return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if at + 1 == len(self.rows):
                self.add_row()
            below = 0 if place == len(self.fields) - 1 else place
            self.rows[at + 1][self.fields[below].name].setFocus()
            return True
        return False

    def _spot(self, watched: QObject) -> tuple[int, int] | None:
        """The line and the column of an entry."""
        for at, row in enumerate(self.rows):
            for place, field in enumerate(self.fields):
                if row[field.name].focusProxy() is watched:
                    return at, place
        return None


def _text(editor: Editor) -> str:
    entry = editor.focusProxy()
    return entry.text().strip() if isinstance(entry, QLineEdit) else ""
