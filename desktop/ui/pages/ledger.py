"""A ledger: its filter bar, its list and its form; what is done to many rows at once, pasted,
copied, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout

from db.model.fieldtypes import type_of
from db.model.query import Where
from db.units.names import UNIT_KIND
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Page, Window
from desktop.ui.lists.columns import shows_names_of
from desktop.ui.lists.filter_bar import FilterBar
from desktop.ui.record_form.list_and_form import ListAndForm
from desktop.ui.record_form.row_actions import RowActions

UNITS_PAGE = "units"
SETTLE_MS = 90
"""The form follows the cursor once it rests this long: holding an arrow key down reads no record on
the way."""


class LedgerPage(Page):
    """Composes; every field and word comes from the declaration of its kind."""

    def __init__(self, window: Window, kind_name: str) -> None:
        super().__init__(window)
        session, jobs = window.session, window.jobs
        self.kind = session.kinds.get(kind_name)
        self.writable = session.may_write(kind_name)
        self._context = EditorContext(session, jobs, window)
        self._count = self._selected = 0
        self._first, self._sought = True, False
        self._wanted: str | None = None
        size = theme.sizes()
        self.filter = FilterBar(session, jobs, window.settings, kind_name)
        self._below = QVBoxLayout(self)
        self._below.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        self._below.setSpacing(size.gap)
        self._below.addWidget(self.filter)
        self._settle = pause(self, SETTLE_MS, self._follow)

    def parts(self) -> Iterator[object]:
        split = ListAndForm(self.kind.name, self._context, self)
        self._below.addWidget(split, 1)
        yield split
        split.add_form()
        self.table, self.form = split.table, split.form
        self.rows = RowActions(self, self._context, self.kind, self.table)
        self._connect()
        self.starts_at(self.table)

    def _connect(self) -> None:
        self.filter.changed.connect(self._filtered)
        shown = self.filter.columns
        shown.clicked.connect(
            lambda: self.table.arranged.choose(shown.mapToGlobal(shown.rect().bottomLeft()))
        )
        self.filter.export.clicked.connect(self.export_list)
        table = self.table
        table.rows.counted.connect(self._counted)
        table.rows.failed.connect(self.window_.error)
        table.selection_counted.connect(self._selection)
        table.current_changed.connect(lambda row: self._settle.start())
        table.opened.connect(self._open)
        table.delete_asked.connect(self.rows.delete)
        table.paste_asked.connect(self.rows.paste)
        table.new_asked.connect(self.new)
        table.clear_asked.connect(self.filter.clear)
        table.typed.connect(self.filter.start)
        self.filter.entered.connect(table.go_in)
        table.installEventFilter(self)
        self.form.saved.connect(self._saved)

    # ---- what the window asks of a page

    def shown(self) -> None:
        if self._first:
            self._first = False
            self._filtered()
        self.table.setFocus()

    def commands(self) -> list[Command]:
        section = self.kind.label
        found = [
            Command("筛选本清单", self._focus_filter, "Ctrl+Shift+F", section, "sxbqd"),
            Command("清除筛选", self.filter.clear, "Ctrl+Shift+X", section, "qcsx"),
            Command("显示或收起表单", self._toggle_form, "Ctrl+T", section, "xsbd"),
            Command("复制一条为新的", self.copy_row, "Ctrl+D", section, "fzyt"),
            Command("批量办理、批量填写", self.rows.bulk, "Ctrl+B", section, "plbl"),
        ]
        if self.session.may("export"):
            out = Command("导出当前清单", self.export_list, "Ctrl+Shift+E", section, "dcdqqd")
            found.append(out)
        if self._units_change:
            found.append(
                Command(
                    "单位变动：更名、合并、拆分、划出、撤销", self._change_unit, section=section,
                    pinyin="dwbd",
                )
            )
        if self.kind.dossier is not None:
            person = Command("打开个人页", self._open_person, "Ctrl+Shift+D", section, "dkgry")
            found.insert(3, person)
        return found if self.writable else [c for c in found if c.keys not in ("Ctrl+D", "Ctrl+B")]

    def offers(self, what: str) -> bool:
        may = {"new": self.writable, "save": self.writable, "export": self.session.may("export")}
        return may.get(what, what == "print_preview")

    def leave(self) -> bool:
        return self.form.leave()

    def refresh(self, change: Any) -> None:
        """After a change of the book: the list when rows of this kind changed, the form when its
        record may have."""
        if self._first:
            return
        kinds = change.kinds if change is not None else frozenset({self.kind.name})
        if self.kind.name in kinds or any(shows_names_of(self.kind, name) for name in kinds):
            self.table.reload()
        children = {child.name for child in self.session.kinds.children_of(self.kind.name)}
        if self.kind.name in kinds or kinds & children:
            self.form.refresh()

    def show_rows(
        self, where: tuple[Where, ...] = (), search: str = "", select: str | None = None
    ) -> None:
        """Show exactly these rows, the first opened; or one record, which no filter may hide."""
        self._first = False
        self._wanted = select
        self.filter.set(where, search, lasting=False)
        if select is None:
            self.table.go_in(coming=True)

    def new(self) -> None:
        self.take_up("")

    def take_up(self, draft: str) -> None:
        if self.writable:
            self._begin(None, draft)

    def save(self) -> None:
        self.form.save()

    def export(self) -> None:
        self.window_.services.export_rows(self.kind.name, self.table.rows.query)

    def print_preview(self) -> None:
        self.window_.services.print_list(self.table.as_it_stands(self.filter.words()))

    def export_list(self) -> None:
        """The list as it stands, as a workbook to read."""
        self.window_.services.export_list(self.table.as_it_stands(self.filter.words()))

    def escape(self) -> None:
        self.table.setFocus()

    # ---- list and form

    def _filtered(self) -> None:
        if self._wanted is None:
            self.table.show_query(self.filter.query(), self.filter.narrowed)
            return
        uid, self._wanted, self._sought = self._wanted, None, True
        kind = self.kind.name

        def where_it_stands(job: Job) -> int | None:
            record = self.session.get(kind, uid)
            return record.id if record is not None and not record.deleted else None

        def show(found: int | None) -> None:
            self._sought = False
            self._settle.stop()
            self.table.show_query(self.filter.query(), self.filter.narrowed, found)

        def failed(error: Exception) -> None:
            self._sought = False
            self.window_.error(error)

        self.jobs.read(where_it_stands, show, failed=failed, owner=self)

    def _counted(self, count: int) -> None:
        self._count = count
        self.filter.say_count(count, self._selected)
        if not count and self.filter.only_open:
            self.table.say_none_open()

    def _selection(self, count: int) -> None:
        self._selected = count
        self.filter.say_count(self._count, count)

    def _follow(self) -> None:
        """Show the record under the cursor, unless a new one is being typed, or another is sought:
        a step pressed meanwhile would be taken of the row before."""
        if self.form.isHidden() or self._sought:
            return
        row = self.table.current()
        if row is not None and self.table.selectionModel().hasSelection():
            self.form.show_record(row.uid)
        elif not self.form.is_new and not self.table.rows.ids:
            self.form.show_nothing()

    def _open(self) -> None:
        row = self.table.current()
        if row is not None:
            self.form.show()
            self.form.show_record(row.uid, focus=True)

    def _saved(self, uid: str) -> None:
        """A new record becomes the current row once the list has it."""
        current = self.table.current()
        if current is None or current.uid != uid:
            self._wanted = uid
            self._filtered()

    def _toggle_form(self) -> None:
        self.form.setVisible(self.form.isHidden())
        if self.form.isVisible():
            self._follow()

    def _open_person(self) -> None:
        """The page of the person under the cursor, if the ledger is one of people."""
        row = self.table.current()
        if row is not None:
            self.window_.services.show_person(row.uid)

    @property
    def _units_change(self) -> bool:
        """Whether this is the register of units, and the person may change units over time."""
        return self.kind.name == UNIT_KIND and self.window_.knows(UNITS_PAGE)

    def _change_unit(self) -> None:
        row = self.table.current()
        self.window_.services.change_unit(row.uid if row is not None else None)

    def _focus_filter(self) -> None:
        self.filter.entry.setFocus()
        self.filter.entry.selectAll()

    # ---- doing things to rows

    def copy_row(self) -> None:
        """A new record that starts with the values of the current one, less what is its own."""
        row = self.table.current()
        if row is None or not self.writable:
            return
        values = {
            f.name: row.record.values.get(f.name)
            for f in self.kind.fields
            if not f.unique and not f.computed and not type_of(f).holds_files
        }
        self._begin(values)

    def _begin(self, values: dict[str, object] | None, draft: str = "") -> None:
        self.form.show()
        self.table.let_go()  # read again meanwhile, it does not take the form back to a row
        self.form.new(values, draft)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The page's own entries stand first in the list's menu."""
        if isinstance(event, QContextMenuEvent) and watched is self.table:
            self._menu(event)
            return True
        return False

    def _menu(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        row = self.table.current()
        there = row is not None
        menu.addAction("打开　Enter", self._open).setEnabled(there)
        if self.writable:
            menu.addAction("新建　Ctrl+N", self.new)
            menu.addAction("复制一条为新的　Ctrl+D", self.copy_row).setEnabled(there)
            menu.addAction("批量办理、批量填写…　Ctrl+B", self.rows.bulk).setEnabled(there)
            menu.addAction("粘贴为新行　Ctrl+V", self.rows.paste)
            menu.addAction("删除　Delete", self.rows.delete).setEnabled(there)
        if self._units_change:
            menu.addAction("单位变动：更名、合并、拆分…", self._change_unit).setEnabled(there)
        if row is not None:
            printing = partial(self.window_.services.print_record, self.kind.name, row.uid)
            menu.addAction("打印这一条…", printing)
        menu.addSeparator()
        if self.session.may("export"):
            menu.addAction("导出当前清单…　Ctrl+Shift+E", self.export_list)
        menu.addAction("打印当前清单…　Ctrl+P", self.print_preview)
        self.table.fill_menu(menu)
        menu.exec(event.globalPos())
        menu.deleteLater()
