"""What hangs under a record: reports, extensions, visits, letters, evidence, each kind in a list of
its own with 添加."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from db.access import ownership_checks
from db.errors import BadInput, in_line
from db.model import fieldtypes
from db.model.declarations import Field, Kind
from db.model.records import Record
from db.session import Session
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import icons, theme
from desktop.ui.kit.cell_painting import SmallCells
from desktop.ui.kit.jobs import Job, error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.lists.columns import shown_text
from desktop.ui.record_form import planned
from desktop.ui.record_form.fields import Fields, starting_values
from desktop.ui.record_form.grid_dialog import Grid, ask_rows
from desktop.ui.record_form.unsaved_entries import Drafts, remember_fields

MOST_COLUMNS, MOST_ROWS, MOST_IN_A_LINE = 6, 6, 6
TITLE_CHARS = 5.5
"""Room that the title keeps; columns that leave it less are not shown."""


class Children(QWidget):
    """The lists of all kinds that may hang under a record."""

    def __init__(self, kind: str, context: EditorContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._uid = ""
        self._record: Record | None = None
        self._day: dt.date | None = None
        self._above = context.session.kinds.get(kind)
        self._lists: dict[str, ChildList] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.sizes().pad)
        for child in context.session.kinds.children_of(kind):
            if context.session.opens(child.name):
                made = ChildList(child, context, self)
                made.add_asked.connect(self._add)
                made.many_asked.connect(self._add_many)
                made.open_asked.connect(self._open)
                made.all_asked.connect(self._offer_all)
                self._lists[child.name] = made
                box.addWidget(made)
        box.addStretch(1)

    def show_children(
        self, record: Record, children: list[Record], writable: bool, closed: Collection[str] = ()
    ) -> None:
        """``closed``: kinds that are not this office's to add."""
        self._uid, self._record = record.uid, record
        day = self._above.day  # an indicator's is its year
        if day is not None and not fieldtypes.type_of(self._above.field(day)).is_day:
            day = None
        self._day = record.values.get(day) if day else None
        for name, shown in self._lists.items():
            may = writable and name not in closed and self._context.session.may_write(name)
            shown.show_records([child for child in children if child.kind == name], may)

    def _add(self, kind: str) -> None:
        edit_child(self, self._context, kind, self._uid, None, self._day)

    def _add_many(self, name: str) -> None:
        """Several at once in a grid: a roster typed line by line, or copied from a spreadsheet; all
        of them or none."""
        session, uid, kind = self._context.session, self._uid, self._context.session.kinds.get(name)
        start = _start(session, kind, self._day)

        def write(rows: list[dict[str, object]]) -> int:
            with session.atomic("paste", f"添加{kind.label} {len(rows)} 条"):
                for at, row in enumerate(rows, start=1):
                    with in_line(at):
                        session.add(name, row, parent=uid)
            return len(rows)

        ask_rows(self._context.window, Grid(
            f"成批添加{kind.label}", "添加", _in_a_line(kind), name, write,
            lambda count: f"已添加{kind.label} {count} 条。", start=start, under=uid,
        ))  # fmt: skip

    def _offer_all(self, name: str, count: int, button: QPushButton) -> None:
        assert self._record is not None  # its rows are shown
        kind = self._context.session.kinds.get(name)
        if kind.becomes is not None:
            planned.make_all(self._context, kind, self._lists[name].records)
            return
        menu = planned.menu(self, self._context, self._record, kind, count)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _open(self, kind: str, record: Record) -> None:
        edit_child(self, self._context, kind, self._uid, record)


class ChildList(QWidget):
    """The children of one kind."""

    add_asked = Signal(str)
    many_asked = Signal(str)
    open_asked = Signal(str, object)
    all_asked = Signal(str, int, object)
    """Kind, how many rows there are, and the button below which the acts over all are offered."""

    def __init__(self, kind: Kind, context: EditorContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind, self._context = kind, context
        self.records: list[Record] = []
        size = theme.sizes()
        self._head = QLabel(kind.label)
        self._head.setFont(theme.scaled(1.0, bold=True))
        self._head.setToolTip(kind.help)
        self._add = QPushButton("添加")
        self._add.setProperty("class", "link")
        self._add.setAccessibleName(f"添加{kind.label}")
        icons.set_icon(self._add, "plus", theme.ACCENT)
        self._add.clicked.connect(lambda: self.add_asked.emit(kind.name))
        self._many = QPushButton("成批添加…")
        self._many.setProperty("class", "link")
        self._many.setToolTip("在表格里一行一条，或从 Excel 粘贴")
        self._many.setAccessibleName(f"成批添加{kind.label}")
        self._many.clicked.connect(lambda: self.many_asked.emit(kind.name))
        self._columns = _columns(kind)
        headings = [field.label for field in self._columns]
        self._light = len(headings) if kind.lights is not None else None
        """The column that says the light, of rows that have one."""
        headings += ["灯号"] if self._light is not None else []
        self._table = QTableWidget(0, len(headings))
        self._table.setHorizontalHeaderLabels(headings)
        self._table.setProperty("class", "card")
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(size.row)
        self._table.setShowGrid(False)
        self._table.setItemDelegate(SmallCells(self._table))
        self._table.setWordWrap(False)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._table.setTabKeyNavigation(False)
        self._table.setAccessibleName(kind.label)
        header = self._table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setFixedHeight(size.row)
        self._widths = [_width(field) for field in self._columns]
        for place, field in enumerate(self._columns):
            if field.name == kind.title:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
            else:
                self._table.setColumnWidth(place, self._widths[place])
        if self._light is not None:
            self._table.setColumnWidth(self._light, size.chars(4) + size.gap * 2)
        self._table.itemActivated.connect(lambda item: self._opened(item.row()))
        row = QHBoxLayout()
        row.addWidget(self._head)
        row.addStretch(1)
        self._all = QPushButton(kind.becomes.label if kind.becomes else "全部…")
        self._all.setProperty("class", "link")
        self._all.setToolTip(
            "还没有转的，一次全部转" if kind.becomes else "套用模板，存为模板，未完成的一起顺延"
        )
        self._all.setAccessibleName(
            f"{kind.label}{kind.becomes.label}" if kind.becomes else f"全部{kind.label}"
        )
        self._all.clicked.connect(
            lambda: self.all_asked.emit(kind.name, len(self.records), self._all)
        )
        row.addWidget(self._all)
        row.addWidget(self._many)
        row.addWidget(self._add)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(row)
        box.addWidget(self._table)

    def show_records(self, records: list[Record], writable: bool) -> None:
        self.records = _in_order(self._kind, records)
        self._add.setVisible(writable and self._kind.addable)
        self._many.setVisible(writable and self._kind.addable and len(_in_a_line(self._kind)) > 1)
        over_all = bool(records) if self._kind.becomes else self._kind.planned
        self._all.setVisible(writable and over_all)
        count = f"　{len(records)}" if records else "　无"
        self._head.setText(f"{self._kind.label}{count}")
        self._table.setRowCount(len(records))
        names = self._context.session.names
        for row, record in enumerate(self.records):
            for place, field in enumerate(self._columns):
                text = shown_text(
                    field, record.values.get(field.name), names.by_writer(record, field)
                )
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(row, place, item)
            if self._light is not None:
                light_text = self._context.session.light_label(record)
                item = QTableWidgetItem(light_text)
                item.setForeground(theme.tone(self._context.session.light(record) or "grey")[0])
                self._table.setItem(row, self._light, item)
        size = theme.sizes()
        self._table.setVisible(bool(records))
        self._table.setFixedHeight(size.row * (min(MOST_ROWS, len(records)) + 1) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as leave the title room, the last ones dropped first."""
        super().resizeEvent(event)
        size = theme.sizes()
        room = self.width() - size.gap * 3 - size.chars(TITLE_CHARS)
        if self._light is not None:
            room -= self._table.columnWidth(self._light)
        for place, field in enumerate(self._columns):
            if field.name != self._kind.title:
                room -= self._widths[place]
                self._table.setColumnHidden(place, room < 0)

    def _opened(self, row: int) -> None:
        if 0 <= row < len(self.records):
            self.open_asked.emit(self._kind.name, self.records[row])


def _in_order(kind: Kind, records: list[Record]) -> list[Record]:
    """The newest first; what has its days ahead, in the order of these."""
    if kind.lights is None:
        return sorted(records, key=lambda record: record.created_at, reverse=True)
    due = kind.lights.deadline
    return sorted(records, key=lambda record: (str(record.values.get(due) or "9"), record.uid))


def _columns(kind: Kind) -> list[Field]:
    """The day first, unless the title is a time itself, then the title, then what there is room
    for."""
    of, title = fieldtypes.type_of, kind.field(kind.title)
    listed = [f for f in kind.shown("list") if not of(f).holds_files and not of(f).one_unit]
    timed = of(title).iso_length and not of(title).is_day
    days = [] if timed else [field for field in listed if of(field).is_day][:1]
    rest = [field for field in listed if field not in (*days, title)]
    rest.sort(key=lambda field: not of(field).one_listed)
    return [*days, title, *rest[: MOST_COLUMNS - len(days) - 1]]


def _start(session: Session, kind: Kind, day: dt.date | None) -> dict[str, object]:
    """What a new row begins with: most are of the day of the record they hang under, where that has
    come."""
    start = starting_values(kind.all_fields, session)
    if kind.day and day is not None and (day <= session.today or kind.day not in start):
        start[kind.day] = day
    return start


def _in_a_line(kind: Kind) -> list[Field]:
    """The fields that a line of a grid takes: the first that are neither texts of several lines nor
    files."""
    short = [
        f for f in kind.shown("form")
        if not f.computed
        and not ((of := fieldtypes.type_of(f)).holds_files or of.multiline or of.secret)
    ]
    return short[:MOST_IN_A_LINE]


def _width(field: Field) -> int:
    size = theme.sizes()
    kind_of = fieldtypes.type_of(field)
    short = kind_of.yes_no or kind_of.one_listed or kind_of.numeric
    return size.chars(max(len(field.label), 4 if short else 6)) + size.gap * 2


class ChildDialog(Dialog):
    """One child record: its form, saved on its own."""

    def __init__(
        self, parent: QWidget, context: EditorContext, kind: Kind, owner: str,
        record: Record | None, day: dt.date | None = None,
    ) -> None:
        writable = context.session.may_write(kind.name)
        super().__init__(
            parent, kind.label if record else f"添加{kind.label}", "保存" if writable else "关闭",
            reject="取消" if writable else "",
        )
        self._context, self._kind, self._owner, self._record = context, kind, owner, record
        self._writable = writable
        self.setMinimumWidth(theme.sizes().chars(34))
        if kind.help:
            self.say(kind.help, muted=True)
        if record is not None and (moved := planned.moves(kind, record)):
            self.say(moved, muted=True)
        self.fields = Fields(kind.shown("form"), kind.name, context)
        self.fields.set_values(
            record.values if record else _start(context.session, kind, day), record
        )
        self.fields.set_read_only(
            not writable, ownership_checks.locked(context.session, record) if record else None
        )
        self.add(self.fields, 1)
        self._problem = self.problem_line()
        if record is not None and writable:
            delete = QPushButton("删除")
            delete.setProperty("class", "danger")
            delete.clicked.connect(self._delete)
            self.buttons.addButton(delete, self.buttons.ButtonRole.DestructiveRole)
        if writable:
            drafts = Drafts(context.session, context.jobs, kind.name)
            remember_fields(self, drafts, f"child:{record.uid if record else owner}", self.fields)
        self.fields.focus_first()

    def accept(self) -> None:
        if not self._writable:
            super().accept()
            return
        try:
            values = self.fields.values(only_changed=self._record is not None)
        except BadInput:
            return
        session, kind, owner, record = (
            self._context.session, self._kind.name, self._owner, self._record,
        )
        values = (
            values
            if record
            else {name: value for name, value in values.items() if value is not None}
        )

        def write(job: Job) -> None:
            if record is None:
                session.add(kind, values, parent=owner)
            elif values:
                session.set(kind, record.uid, values)

        self.ok.setEnabled(False)
        self._context.jobs.write(write, lambda _: self._saved(), failed=self._refused, owner=self)

    def _saved(self) -> None:
        super().accept()
        self._context.window.toast(f"已保存{self._kind.label}", undo=True)

    def _refused(self, error: Exception) -> None:
        self.ok.setEnabled(True)
        if isinstance(error, BadInput) and self.fields.mark(error.problems):
            return
        self._problem.say(error_text(error))

    def _delete(self) -> None:
        session, kind, record = self._context.session, self._kind.name, self._record
        assert record is not None  # a new one has no button for it
        uid = record.uid
        self._context.jobs.write(
            lambda job: session.delete(kind, uid), lambda _: self._deleted(), failed=self._refused,
            owner=self,
        )

    def _deleted(self) -> None:
        super().accept()
        self._context.window.toast(f"已删除{self._kind.label}", undo=True)


def edit_child(
    parent: QWidget, context: EditorContext, kind: str, owner: str, record: Record | None,
    day: dt.date | None = None,
) -> None:
    """Open a child's form, or an empty one; ``day``: that of the record it will hang under."""
    dialog = ChildDialog(parent, context, context.session.kinds.get(kind), owner, record, day)
    dialog.open()
    dialog.finished.connect(dialog.deleteLater)
    dialog.finished.connect(lambda result: result == QDialog.DialogCode.Accepted)
