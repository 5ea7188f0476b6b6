"""Where the lines of a report's table and its articles come from: records by query, what hangs
under the item, lines written out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.bulletin.report import template_words
from desktop.bulletin.report.declaration import ArticlesOf, Report, TableOf
from desktop.bulletin.report.reports import kinds_for
from desktop.bulletin.report.table_records import typed
from desktop.ui.kinds.dialogs import combo
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.dialogs import Tall
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.page_parts import button, in_order, label
from desktop.ui.lists.filter_bar import FilterBar
from desktop.ui.reports.blank_line import BlankLine

#: Label and text, twice: more does not fit on a line.
MOST_CELLS = 4


class _Nothing:
    """Settings for a filter bar that is not a ledger's: nothing is remembered."""

    def view(self, name: str) -> dict[str, object]:
        return {}

    def set_view(self, name: str, arranged: dict[str, object]) -> None:
        return None


def fill(box: QComboBox, options: Sequence[tuple[str, object]], chosen: object) -> None:
    """Other options for a box."""
    box.clear()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def row(*widgets: QWidget, stretch: int | None = None) -> QWidget:
    """Widgets side by side; the one at ``stretch`` takes the room."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.sizes().gap)
    for at, widget in enumerate(widgets):
        line.addWidget(widget, 1 if at == stretch else 0)
    if stretch is None:
        line.addStretch(1)
    return holder


def column(*widgets: QWidget) -> QWidget:
    """Widgets below one another, with the caption at their top."""
    holder = Tall()
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(theme.sizes().gap // 2)
    for widget in widgets:
        box.addWidget(widget)
    return holder


def most_box(limit: int | None, suffix: str, most: int = 9999, none: str = "不限") -> QSpinBox:
    """How many at most; 0 is no limit."""
    box = entry_button.spin_box()
    box.setRange(0, most)
    box.setSpecialValueText(none)
    box.setSuffix(suffix)
    box.setValue(limit or 0)
    return box


class Records(Tall):
    """A ledger's records: which ledger, filtered by what, in which order, how many. ``part`` is the
    table or the articles so far."""

    kind_changed = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, report: Report, part: TableOf | ArticlesOf
    ) -> None:
        super().__init__()
        self._session, self._jobs, self._part = session, jobs, part
        kinds = [(k.label, k.name) for k in session.visible_kinds() if k.family and not k.parent]
        self.kind = combo(kinds, part.kind)
        self.kind.currentIndexChanged.connect(lambda _: self._other_kind())
        self.bar: FilterBar | None = None
        self._bar_holder = QVBoxLayout()
        self._bar_holder.setContentsMargins(0, 0, 0, 0)
        self.period, self.sort = QComboBox(), QComboBox()
        self.down = QCheckBox("从大到小")
        self.most = most_box(part.limit, " 条")
        self.of_unit, self.same = QCheckBox("只要所选单位的"), QComboBox()
        for choice, name in (
            (self.kind, "台账"), (self.period, "期间看"), (self.sort, "排序"),
            (self.same, "与所选事项相同的"),
        ):
            choice.setAccessibleName(name)
        self._table = part if isinstance(part, TableOf) else None
        """Only a table can be of the chosen unit, or like the chosen item."""
        self.of_unit.setChecked(self._table is not None and self._table.of_unit)
        holder = QWidget()
        holder.setLayout(self._bar_holder)
        like = label("与所选事项相同的", wrap=False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.sizes().gap // 2)
        box.addWidget(row(self.kind, label("期间看", wrap=False), self.period, self.of_unit))
        box.addWidget(holder)
        box.addWidget(
            row(
                label("排序", wrap=False), self.sort, self.down, label("最多", wrap=False),
                self.most,
            )
        )
        self._like = row(like, self.same)
        box.addWidget(self._like)
        chosen = (*report.needs, *report.optional)
        table = self._table
        self.of_unit.setVisible(table is not None and ("unit" in chosen or table.of_unit))
        self._like.setVisible(table is not None and ("item" in chosen or bool(table.same)))
        self._other_kind(first=True)

    def declared(self) -> Kind:
        """The kind of the chosen ledger."""
        return self._session.kinds.get(self.kind.currentData())

    def _other_kind(self, *, first: bool = False) -> None:
        kind, part = self.declared(), self._part
        if self.bar is not None:
            self._bar_holder.removeWidget(self.bar)
            self.bar.hide()
            self.bar.deleteLater()
        self.bar = FilterBar(self._session, self._jobs, _Nothing(), kind.name)
        for each in (self.bar.entry, self.bar.export, self.bar.columns, self.bar.count):
            each.hide()
        self._bar_holder.addWidget(self.bar)
        here = kind.name == part.kind
        if here:
            self.bar.set(typed(kind, part.where))
        in_order(self.of_unit, *self.bar.buttons(), self.sort)
        days = [(f.label, f.name) for f in kind.all_fields if type_of(f).dated and f.show]
        fill(
            self.period, [("不限时间", ""), *((f"{text}在期间内", name) for text, name in days)],
            part.period if here else "",
        )
        fields = [
            (f.label, f.name) for f in kind.all_fields
            if f.show and not type_of(f).holds_files and not type_of(f).multiline
        ]
        order = part.sort[0] if here and part.sort else ("", False)
        fill(self.sort, [("登记先后", ""), *fields], order[0])
        self.down.setChecked(order[1])
        several = self._table.same if self._table is not None and here else ()
        options = [("不限", ""), *fields]
        if len(several) > 1:
            options.append((
                "、".join(kind.field(name).label for name in several if kind.has(name)),
                " ".join(several),
            ))
        fill(self.same, options, " ".join(several))
        if not first:
            self.kind_changed.emit()

    def read(self) -> dict[str, object]:
        """What was chosen, by the names of the declaration."""
        assert self.bar is not None
        part, kind, sort = self._part, self.kind.currentData(), self.sort.currentData()
        order: tuple[tuple[str, bool], ...] = ((sort, self.down.isChecked()),) if sort else ()
        if kind == part.kind and order == part.sort[:1]:
            order = part.sort  # a second way of sorting has no place here, and stays
        found = {
            "kind": kind, "where": self.bar.query().where,
            "period": self.period.currentData() or "", "sort": order,
            "limit": self.most.value() or None,
        }  # fmt: skip
        if self._table is not None:
            found |= {
                "of_unit": self.of_unit.isChecked(), "same": tuple(self.same.currentData().split()),
            }
        return found


class Children(Tall):
    """What hangs under the chosen item, or under the one before it in its series."""

    kind_changed = Signal()

    def __init__(self, session: Session, report: Report, table: TableOf) -> None:
        super().__init__()
        # late: composing is not needed to show a page

        self._session = session
        found = {
            child.name: child.label for name in kinds_for(session, report)
            for child in session.kinds.children_of(name)
        }
        if table.children in session.kinds:
            found.setdefault(table.children, session.kinds.get(table.children).label)
        self.kind = combo([(text, name) for name, text in found.items()], table.children)
        self.kind.currentIndexChanged.connect(lambda _: self.kind_changed.emit())
        self.previous = QCheckBox("列上一次的")
        self.previous.setToolTip("同一系列里前一次的，例如上次例会的议定事项")
        self.previous.setChecked(table.of_previous)
        self.previous.setVisible(len(report.series) > 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.sizes().gap)
        box.addWidget(self.kind)
        box.addWidget(self.previous)
        box.addStretch(1)

    def read(self) -> dict[str, object]:
        """What was chosen, by the names of the declaration."""
        return {"children": self.kind.currentData() or "", "of_previous": self.previous.isChecked()}


class Lines(Tall):
    """Rows written out: a label and a text or room to write, once or twice a row."""

    def __init__(self, lines: tuple[tuple[str, ...], ...]) -> None:
        super().__init__()
        size = theme.sizes()
        self._given = lines
        self._known: dict[str, str] = {}
        self.grid = QTableWidget(0, MOST_CELLS)
        self.grid.setAccessibleName("写定的行")
        self.grid.setHorizontalHeaderLabels(["名目", "内容", "名目", "内容"])
        self.grid.horizontalHeader().setSectionResizeMode(
            self.grid.horizontalHeader().ResizeMode.Stretch
        )
        self.grid.verticalHeader().hide()
        self.grid.verticalHeader().setDefaultSectionSize(size.row)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setMinimumHeight(size.row * 5)
        for line in lines:
            self._add(line)
        self._shown = self._read()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(size.gap // 2)
        box.addWidget(self.grid)
        box.addWidget(row(
            button("加一行", lambda: self._add(()), icon="plus"),
            button("上移", lambda: self._move(-1)),
            button("下移", lambda: self._move(1)), button("去掉这行", self._drop, "danger"),
        ))  # fmt: skip

    def _add(self, line: tuple[str, ...], at: int | None = None) -> None:
        at = self.grid.rowCount() if at is None else at
        self.grid.insertRow(at)
        for place in range(MOST_CELLS):
            text = line[place] if place < len(line) else ""
            said = template_words.as_words(None, text, self._known)
            self.grid.setItem(at, place, QTableWidgetItem(said))
        self.grid.setCurrentCell(at, 0)

    def _cells(self, at: int) -> tuple[str, ...]:
        cells = (self.grid.item(at, place) for place in range(MOST_CELLS))
        texts = (cell.text().strip() if cell is not None else "" for cell in cells)
        return tuple(template_words.as_blanks(text, self._known) for text in texts)

    def _move(self, step: int) -> None:
        at = self.grid.currentRow()
        if at >= 0 and 0 <= at + step < self.grid.rowCount():
            line = self._cells(at)
            self.grid.removeRow(at)
            self._add(line, at + step)

    def _drop(self) -> None:
        self.grid.removeRow(self.grid.currentRow())

    def _read(self) -> tuple[tuple[str, ...], ...]:
        found = []
        for at in range(self.grid.rowCount()):
            line = self._cells(at)
            if any(line):
                found.append(line if any(line[2:]) else line[:2])
        return tuple(found)

    def read(self) -> tuple[tuple[str, ...], ...]:
        """The rows; those that were given stay as they were written when nobody changed them."""
        found = self._read()
        return self._given if found == self._shown else found


class Ledgers(QListWidget):
    """Ledgers to tick."""

    def __init__(self, offered: list[tuple[str, str]], chosen: tuple[str, ...]) -> None:
        super().__init__()
        self._chosen = chosen
        self.setAccessibleName("台账")
        for name, text in offered:
            item = QListWidgetItem(text, self)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setSizeHint(QSize(0, theme.sizes().line * 3 // 2))
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked)
        self.setMinimumHeight(theme.sizes().row * 5)

    def chosen(self) -> tuple[str, ...]:
        """The ticked ones: those from before in their order, then the others."""
        items = [self.item(at) for at in range(self.count())]
        ticked = [
            i.data(Qt.ItemDataRole.UserRole) for i in items
            if i.checkState() == Qt.CheckState.Checked
        ]
        return (
            *(name for name in self._chosen if name in ticked),
            *(name for name in ticked if name not in self._chosen),
        )


def empty_line(text: str) -> QLineEdit:
    """What stands there when there is nothing to show."""
    entry = BlankLine(text)
    entry.setPlaceholderText("没有内容时印这句话；不写就不印")
    return entry
