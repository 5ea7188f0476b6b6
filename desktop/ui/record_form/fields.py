"""The entries of one kind in groups, each with its label, its required mark and, beneath, what is
wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
)

from db.errors import BadInput, Problem
from db.model import fieldtypes
from db.model.declarations import Field
from db.model.records import Record
from db.session import Session
from desktop.ui.field_editors.editors import Editor, EditorContext
from desktop.ui.field_editors.registry import editor_for
from desktop.ui.kit import accessible, theme
from desktop.ui.lists.columns import shown_text


class Fields(QWidget):
    """Entries for some fields of a kind. Only what the person changed counts as changed."""

    edited = Signal()

    def __init__(
        self, fields: Iterable[Field], kind: str, context: EditorContext,
        parent: QWidget | None = None, at_once: bool = True,
    ) -> None:
        super().__init__(parent)
        self._context, self._kind = context, kind
        self.fields = tuple(fields)
        self.editors: dict[str, Editor] = {}
        self._problems: dict[str, QLabel] = {}
        self._facts: dict[str, tuple[QLabel, QLabel]] = {}
        self._files: dict[str, QLabel] = {}
        self._base: dict[str, object] = {}
        self._locked: Mapping[str, str] = {}
        self._heads: list[tuple[QLabel, list[str]]] = []
        self._row = 0
        self._grid = QGridLayout(self)
        self._waiting = self._order()
        self._prepare()
        if at_once:
            self.build_some(len(self._waiting))

    def _order(self) -> list[str | Field]:
        """Headings and fields in the order they stand."""
        groups: dict[str, list[Field]] = {}
        for field in self.fields:
            groups.setdefault(field.group, []).append(field)
        found: list[str | Field] = []
        for name, members in groups.items():
            found += [*([name] if name else []), *members]
        return found

    def _prepare(self) -> None:
        size, grid = theme.sizes(), self._grid
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(size.gap)
        grid.setVerticalSpacing(size.gap // 2)
        grid.setColumnStretch(1, 1)
        longest = max((len(f.label) for f in self.fields), default=4)
        self._label_width = size.chars(min(longest, 6) + 1.2)
        grid.setColumnMinimumWidth(0, self._label_width)

    def build_some(self, count: int) -> bool:
        """Make some more of the entries; a long form is made in portions, so that the window goes
        on. True when done."""
        for one in self._waiting[:count]:
            if isinstance(one, str):
                head = QLabel(one, self)
                head.setFont(theme.scaled(1.0, bold=True))
                head.setContentsMargins(0, theme.sizes().gap, 0, 0)
                self._grid.addWidget(head, self._row, 0, 1, 2)
                self._heads.append((head, [f.name for f in self.fields if f.group == one]))
                self._row += 1
            else:
                self._row = self._add(self._grid, self._row, one)
        self._waiting = self._waiting[count:]
        return not self._waiting

    def _add(self, grid: QGridLayout, row: int, field: Field) -> int:
        size = theme.sizes()
        mark = (
            f'<span style="color:{theme.DANGER}">＊</span>'
            if field.required and not field.computed
            else ""
        )
        label = QLabel(f"{mark}{field.label}", self)
        label.setWordWrap(True)
        label.setMaximumWidth(self._label_width)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        label.setContentsMargins(0, (size.field - size.line) // 2, 0, 0)
        label.setProperty("class", "muted")
        if field.computed and not fieldtypes.type_of(field).holds_files:
            fact = QLabel(self)
            fact.setWordWrap(True)
            fact.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setContentsMargins(0, 0, 0, 0)
            grid.addWidget(label, row, 0)
            grid.addWidget(fact, row, 1)
            self._facts[field.name] = (label, fact)
            return row + 1
        editor = editor_for(field, self._context, self._kind)
        if field.computed:
            self._files[field.name] = label
        label.setBuddy(editor)
        if field.required and not field.computed:
            (editor.focusProxy() or editor).setAccessibleDescription("必填")
        label.setToolTip(field.help)
        problem = accessible.Problem(parent=self)
        problem.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        problem.hide()
        grid.addWidget(label, row, 0)
        grid.addWidget(editor, row, 1)
        grid.addWidget(problem, row + 1, 1)
        editor.changed.connect(lambda name=field.name: self._edited(name))
        editor.left.connect(lambda name=field.name: self._check(name))
        self.editors[field.name], self._problems[field.name] = editor, problem
        return row + 2

    # ---- values

    def set_values(self, values: Mapping[str, object], record: Record | None = None) -> None:
        """Show a record's values; nothing counts as changed after it. ``record``: whose they are,
        to name who took its steps."""
        self.build_some(len(self._waiting))
        names = self._context.session.names
        for name, editor in self.editors.items():
            editor.set_value(values.get(name))
            self._base[name] = editor.raw()
            self._say(name, "")
        by_name = {field.name: field for field in self.fields}
        for name, (label, fact) in self._facts.items():
            value = values.get(name)
            fact.setText(
                shown_text(
                    by_name[name], value,
                    names if record is None else names.by_writer(record, by_name[name]),
                )
            )
            label.setVisible(value is not None)
            fact.setVisible(value is not None)
        for name in self._files:
            # files that steps and imports keep are looked at and saved elsewhere, never changed;
            # there is nothing to say of none
            for widget in (self._files[name], self.editors[name]):
                widget.setVisible(values.get(name) is not None)
        for head, members in self._heads:
            head.setVisible(
                any(
                    (name in self.editors and name not in self._files)
                    or values.get(name) is not None
                    for name in members
                )
            )

    def changed(self) -> dict[str, object]:
        """The entries that no longer stand as they were shown, as plain data."""
        return {
            name: raw for name, editor in self.editors.items()
            if (raw := editor.raw()) != self._base.get(name)
        }

    def fill_in(self, values: Mapping[str, object]) -> None:
        """Enter values as a person would: they count as changed."""
        for name, editor in self.editors.items():
            if values.get(name) is not None:
                editor.set_value(values[name])

    def entries(self) -> dict[str, object]:
        """All entries as they stand, as plain data."""
        return {name: editor.raw() for name, editor in self.editors.items()}

    def now_kept(self, entries: Mapping[str, object]) -> None:
        """Entries as they stood are saved: only what was typed since counts as changed."""
        self._base.update(entries)

    def cursor_stays(self) -> Callable[[], None]:
        """Where one types now, to be put back once the entries were filled anew."""
        entry = self.window().focusWidget()
        if entry is None or not self.isAncestorOf(entry):
            return lambda: None
        if isinstance(entry, QLineEdit):
            place = entry.cursorPosition()
            return lambda: entry.setCursorPosition(place)
        if not isinstance(entry, QPlainTextEdit):
            return lambda: None
        place, seen = entry.textCursor().position(), entry.verticalScrollBar().value()

        def put_back() -> None:
            cursor = entry.textCursor()
            cursor.setPosition(min(place, entry.document().characterCount() - 1))
            entry.setTextCursor(cursor)
            entry.verticalScrollBar().setValue(seen)

        return put_back

    def take_back(self, entry: QWidget) -> bool:
        """Put back what was shown in the entry that has the cursor; whether anything else stood
        there."""
        for name, editor in self.editors.items():
            if editor is entry or editor.isAncestorOf(entry):
                base = self._base.get(name)
                if editor.raw() == base:
                    return False
                editor.set_raw(base)
                self._edited(name)
                return True
        return False

    def set_raw(self, raw: Mapping[str, object]) -> None:
        """Put typed entries back: a draft, or edits kept over a reload."""
        for name, held in raw.items():
            if name in self.editors:
                self.editors[name].set_raw(held)

    def values(self, only_changed: bool = True) -> dict[str, object]:
        """The values of the (changed) entries. Marks what cannot be taken and raises `BadInput`
        with all of it."""
        wanted = self.changed() if only_changed else self.editors
        found: dict[str, object] = {}
        problems: list[Problem] = []
        for name in wanted:
            try:
                found[name] = self.editors[name].value()
                self._say(name, "")
            except BadInput as error:
                problems.append(Problem(name, error.message))
        if problems:
            self.mark(problems)
            raise BadInput("有内容需要改正，见红字。", problems=problems)
        return found

    def mark(self, problems: Iterable[Problem]) -> bool:
        """Say beside each entry what is wrong; the cursor goes to the first. False when none of
        them is shown here."""
        here = [problem for problem in problems if problem.field in self.editors]
        for name in self.editors:
            self._say(name, "；".join(p.message.rstrip("。") for p in here if p.field == name))
        if here:
            first = next(name for name in self.editors if any(p.field == name for p in here))
            self.editors[first].setFocus()
        return bool(here)

    def set_read_only(self, on: bool, locked: Mapping[str, str] | None = None) -> None:
        """All entries, or those of the ``locked`` fields, which say why."""
        fixed = self._locked = locked or {}
        for name, editor in self.editors.items():
            editor.set_read_only(on or name in fixed or name in self._files)
            editor.setToolTip(fixed.get(name, ""))

    def focus_first(self) -> None:
        """The cursor into the first entry, preferably the first empty required one."""
        empty = [
            f for f in self.fields
            if f.required and f.name in self.editors and not self.editors[f.name].raw()
        ]
        target = (
            empty[0].name
            if empty
            else next(
                (n for n in self.editors if n not in self._locked and n not in self._files), None
            )
        )
        if target is not None:
            self.editors[target].setFocus()

    def _edited(self, name: str) -> None:
        if not self._problems[name].isHidden():
            self._check(name)
        self.edited.emit()

    def _check(self, name: str) -> None:
        try:
            self.editors[name].value()
        except BadInput as error:
            self._say(name, error.message.rstrip("。"))
        else:
            self._say(name, "")

    def _say(self, name: str, text: str) -> None:
        label = self._problems[name]
        label.setText(text.removeprefix(f"「{self.editors[name].field.label}」"))
        label.setVisible(bool(text))
        self.editors[name].set_wrong(bool(text))


def starting_values(fields: Iterable[Field], session: Session) -> dict[str, object]:
    """What a new record's entries start with, as declared."""
    return {field.name: session.default(field) for field in fields if field.default is not None}
