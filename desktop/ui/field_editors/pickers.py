"""Entries that pick from a list found by name, by pinyin initials or by full pinyin: choices,
units, records.

What is typed is looked for in the reader, so that a list of ten thousand records never holds up the
typing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QListView, QVBoxLayout

from db.errors import BadInput
from db.model import fieldtypes
from db.model.context import Unit
from db.model.declarations import Field
from db.model.pinyin import abbreviates, matches, place
from db.model.query import Query
from db.session import Session
from db.units.names import UNIT_KIND
from desktop.ui.field_editors.editors import Editor, EditorContext
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.jobs import FIRST, Job

AT_MOST = 60
"""Proposals shown at once; typing on narrows them."""
VALUE = Qt.ItemDataRole.UserRole
_SEPARATORS = re.compile(r"[、,，;；\n]")


@dataclass(frozen=True)
class Option:
    """One thing that can be picked: its value, how it reads, and a word to tell like-named ones
    apart."""

    value: str
    label: str
    hint: str = ""


def find_options(field: Field, session: Session, typed: str) -> list[Option]:
    """What matches, best first: runs in the reader. An empty text proposes everything, up to the
    bound."""
    if field.options:
        return [Option(o.name, o.label) for o in field.options if matches(o.label, typed)]
    if fieldtypes.type_of(field).names_units:
        return _find_units(session, typed)
    kind = field.kind or UNIT_KIND
    records = session.find(Query(kind=kind, search=typed, limit=AT_MOST))
    return [Option(record.uid, session.title_of(record)) for record in records]


def _find_units(session: Session, typed: str) -> list[Option]:
    """Abolished ones only where something was typed, and after the others; those first whose name
    begins with it. Where none is called so, those that it abbreviates."""
    units = list(session.names.units().values())
    found = _called(units, typed) if typed else [u for u in units if u.active]
    return [Option(u.uid, u.name, "" if u.active else "已撤销") for u in found[:AT_MOST]]


def _called(units: Sequence[Unit], typed: str) -> list[Unit]:
    places = {u.uid: _place(typed, u.name, u.short) for u in units}
    found = [u for u in units if places[u.uid] is not None]
    # 禾津县 before 禾津县城关镇
    found.sort(key=lambda u: (not u.active, places[u.uid], len(u.name)))
    return found or [u for u in units if abbreviates(u.name, typed)]


def _place(typed: str, *names: str | None) -> int | None:
    found = (place(name, typed) for name in names if name)
    return min((at for at in found if at is not None), default=None)


class Proposals(QCompleter):
    """The list that drops under an entry. The entry decides what a pick means."""

    def __init__(self, entry: QLineEdit) -> None:
        super().__init__(entry)
        self._model = QStandardItemModel(self)
        view = self.list = QListView()
        view.setUniformItemSizes(True)
        self.setPopup(view)
        self.setModel(self._model)
        self.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.setMaxVisibleItems(12)
        self.setWidget(entry)
        view.setSpacing(0)
        view.setStyleSheet(
            f"QListView {{ border: 1px solid {theme.LINE_STRONG}; }}"
            f"QListView::item {{ min-height: {theme.sizes().row}px; }}"
            f"QListView::item:selected {{ background: {theme.ACCENT_PALE}; color: {theme.TEXT}; }}"
        )

    def offer(self, options: list[Option], ticked: set[str]) -> None:
        self._model.clear()
        for option in options:
            mark = "✓ " if option.value in ticked else ""
            item = QStandardItem(
                mark + option.label + (f"　（{option.hint}）" if option.hint else "")
            )
            item.setData(option.value, VALUE)
            item.setData(option.label, VALUE + 1)
            item.setEditable(False)
            self._model.appendRow(item)
        if options:
            self.complete()
            if not ticked:
                self.list.setCurrentIndex(self.completionModel().index(0, 0))
        else:
            self.list.hide()


class PickEditor(Editor):
    """One of many, or several of them parted by 、. Anything typed is read by the field's type when
    it matches none."""

    def __init__(self, field: Field, context: EditorContext, many: bool = False) -> None:
        super().__init__(field, context)
        self._many = many
        self._labels: dict[str, str] = {}
        self.entry = QLineEdit()
        self.entry.setAccessibleName(field.label)
        self.entry.setPlaceholderText(
            field.help or ("可选多个，输入拼音首字母查找" if many else "输入或选择，支持拼音首字母")
        )
        self.setFocusProxy(self.entry)
        self._drop = entry_button.beside(
            self.entry, "chevron-down", f"展开{field.label}的候选", "展开（Alt+↓）",
            lambda: self._look(""),
        )
        self._whole = QLabel()
        self._whole.setWordWrap(True)
        self._whole.setProperty("class", "muted")
        self._whole.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.entry)
        box.addWidget(self._whole)
        self._proposals: Proposals | None = None
        #: Nothing drops any more over what was entered before it came
        self._asked = False
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(60)
        self._wait.timeout.connect(lambda: self._look(self._typing()))
        self.entry.textEdited.connect(self._edited)
        self.entry.editingFinished.connect(self._finished)
        self.entry.installEventFilter(self)

    # ---- the value

    def value(self) -> Any:
        text = self.entry.text().strip()
        if not text:
            return None
        names = self.context.session.names
        if not self._many:
            known = self._labels.get(text)
            return known if known is not None else self.type.parse(text, self.field, names)
        whole = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
        if all(part in self._labels for part in whole):
            return self.type.normalize(tuple(self._labels[part] for part in whole), self.field)
        return self.type.parse(text, self.field, names)

    def set_value(self, value: Any) -> None:
        names = self.context.session.names
        text = self.type.format(value, self.field, names)
        self._labels = {}
        if value is not None and not self._many:
            self._labels[text] = value
        elif value is not None:
            for one in value:
                self._labels[self.type.format((one,), self.field, names)] = one
        self.entry.setText(text)
        self.entry.setCursorPosition(0)
        self._show_whole()

    def raw(self) -> dict[str, object]:
        try:
            value = self.value()
        except BadInput:
            return {"text": self.entry.text()}
        return {"value": list(value) if isinstance(value, tuple) else value}

    def set_raw(self, raw: Any) -> None:
        if "text" in raw:
            self.entry.setText(raw["text"])
        else:
            value = raw["value"]
            self.set_value(tuple(value) if isinstance(value, list) else value)

    def set_read_only(self, on: bool) -> None:
        self.entry.setReadOnly(on)
        entry_button.give_room(self.entry, self._drop, not on)

    # ---- proposing

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.entry.isReadOnly():
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            down = event.key() == Qt.Key.Key_Down
            shown = self._proposals is not None and self._proposals.list.isVisible()
            if down and not shown:
                self._look(
                    "" if event.modifiers() & Qt.KeyboardModifier.AltModifier else self._typing()
                )
                return True
        if event.type() == QEvent.Type.MouseButtonPress and not self.entry.text():
            QTimer.singleShot(0, self, lambda: self._look(""))
        return False

    def _edited(self) -> None:
        self._wait.start()
        self._show_whole()
        self.changed.emit()

    def _typing(self) -> str:
        text = self.entry.text()
        return _SEPARATORS.split(text)[-1].strip() if self._many else text.strip()

    def _look(self, typed: str) -> None:
        field, session = self.field, self.context.session
        self._asked = True

        def find(job: Job) -> list[Option]:
            return find_options(field, session, typed)

        self.context.jobs.read(
            find, self._offer, failed=self.context.speaker.error, owner=self,
            key=("pick", id(self)), order=FIRST,
        )

    def _offer(self, options: list[Option]) -> None:
        if not (self._asked and self.entry.hasFocus()):
            return
        if self._proposals is None:
            self._proposals = Proposals(self.entry)
            self._proposals.activated[QModelIndex].connect(self._picked)  # type: ignore[index]
        ticked = {label for label in self._parts()} if self._many else set()
        self._proposals.offer(options, {o.value for o in options if o.label in ticked})

    def _parts(self) -> list[str]:
        return [part.strip() for part in _SEPARATORS.split(self.entry.text()) if part.strip()]

    def _picked(self, index: QModelIndex) -> None:
        value, label = index.data(VALUE), index.data(VALUE + 1)
        self._labels[label] = value
        if self._many:
            parts = self._parts()
            typed = self._typing()
            if (
                parts
                and typed
                and parts[-1] == typed
                and typed != label
                and typed not in self._labels
            ):
                parts.pop()
            parts = [part for part in parts if part != label] if label in parts else [*parts, label]
            text = "、".join(parts)
        else:
            text = label
        QTimer.singleShot(0, self, lambda: self._take(text))

    def _take(self, text: str) -> None:
        """After the completer has put its own text there."""
        self.entry.setText(text)
        self._show_whole()
        self.changed.emit()
        self.left.emit()

    def _finished(self) -> None:
        if self._proposals is None or not self._proposals.list.isVisible():
            self._wait.stop()
            self._asked = False
            self.left.emit()

    def _show_whole(self) -> None:
        """The whole list below, when the line is too narrow for it."""
        text = self.entry.text()
        wide = (
            self._many
            and self.entry.fontMetrics().horizontalAdvance(text)
            > self.entry.width() - theme.sizes().pad * 3
        )
        self._whole.setText(text if wide else "")
        self._whole.setMinimumHeight(
            max(0, self._whole.heightForWidth(self.width())) if wide else 0
        )
        self._whole.setVisible(bool(wide))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_whole()


def choose_many(field: Field, context: EditorContext) -> PickEditor:
    """Several of a list."""
    return PickEditor(field, context, many=True)
