"""The rows behind a number: what was counted and what was not, each opened by Enter; printed, or
copied for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Unpack

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton

from db.metrics import metrics
from db.metrics.metrics import Row
from db.session import Session
from desktop.ui.bulletin.preview import list_document
from desktop.ui.bulletin.preview.sheet_preview import show_sheet
from desktop.ui.kit import icons, theme
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.lists.short_list import Cell, Line, ListColumn, ShortList

AT_MOST = 2000
"""Rows shown; more are for the ledger itself."""
AS_NOW = "；各栏是现在的内容"
"""What stands on paper beside the rows of a sealed month."""


class RowsDialog(Dialog):
    """A list of records. `chosen` is the one a person opened."""

    def __init__(
        self, window: Window, title: str, formula: str, rows: Sequence[Row], note: str = "",
    ) -> None:
        super().__init__(window, title, "打开这一条", reject="关闭")
        size, session = theme.sizes(), window.session
        self.chosen: Row | None = None
        more, rows = len(rows) > AT_MOST, rows[:AT_MOST]
        head = QLabel(title)
        head.setFont(theme.scaled(1.1, bold=True))
        self.add(head)
        if formula:
            self.say(formula, muted=True)
        if note:
            self.say(note)
        share = any(not row.counted for row in rows)
        self.list = _list(session, title, rows, share)
        self.list.opened.connect(self.accept)
        self.add(self.list, 1)
        counted = sum(1 for row in rows if row.counted)
        words = f"计入 {counted} 条，共 {len(rows)} 条。" if share else f"共 {len(rows)} 条。"
        if more:
            words = f"只列出前 {len(rows):,} 条，后面还有；复制、打印的也只是列出的。"
        self.say(words + " Enter 打开，Ctrl+C 复制选中的行。", muted=True)
        self.ok.setEnabled(bool(rows))
        self._window, self._session, self._title, self._rows = window, session, title, list(rows)
        self._formula = "。".join(
            part for part in (formula, note.removesuffix("。") + AS_NOW if note else "") if part
        )
        self.copy_button = self._more(
            "复制成表", "content-copy", self.copy_table, "计入的记录连同各栏，贴到 Excel"
        )
        self.print_button = self._more(
            "打印…", "printer-outline", self.print_table, "计入的记录连同各栏，先预览"
        )
        self.print_button.setEnabled(any(row.counted for row in rows) and session.may("print"))
        self.copy_button.setEnabled(any(row.counted for row in rows) and session.may("export"))
        self.resize(size.chars(44), size.line * 24)
        self.list.setFocus()

    def _more(self, text: str, icon: str, run: Callable[[], None], tip: str) -> QPushButton:
        made = self.buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        made.setToolTip(tip)
        made.setAutoDefault(False)
        icons.set_icon(made, icon)
        made.clicked.connect(run)
        return made

    def print_table(self) -> None:
        """The records counted, with their columns, on paper."""
        session, title, formula, rows = self._session, self._title, self._formula, self._rows
        show_sheet(
            self._window, title,
            lambda stream: list_document.print_behind(session, title, formula, rows, stream),
        )

    def copy_table(self) -> None:
        """The same to the clipboard."""
        session, rows = self._session, self._rows

        def take(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._window.toast("记录已复制，可以贴到 Excel。")

        self._window.jobs.read(
            lambda job: list_document.text_behind(session, rows), take, failed=self._window.error,
            owner=self, key="figure.copy",
        )

    def accept(self) -> None:
        line = self.list.line()
        if line is None:
            return
        self.chosen = line.data
        super().accept()


def _list(session: Session, title: str, rows: Sequence[Row], share: bool) -> ShortList:
    """The records; ``share``: with which of them are counted."""
    about = any(row.about for row in rows)
    columns = [
        *([ListColumn(_whose(session, rows), 9, keep=True)] if about else []),
        ListColumn("事项", 22, stretch=True), ListColumn("台账", 6, "muted", keep=True),
        *([ListColumn("计入", 4.5, keep=True)] if share else []),
    ]
    shown = ShortList(title, columns)
    shown.when_empty("没有对应的记录", "这个数字是 0，背后没有记录。")
    lines = []
    for row in rows:
        counted: Cell = ("计入", "green") if row.counted else ("未计入", "grey")
        cells: list[Cell] = [row.about, row.title, session.kinds.get(row.kind).label, counted]
        lines.append(Line(row.uid, tuple(cells[0 if about else 1 : 4 if share else 3]), row))
    shown.fill(lines)
    return shown


def _whose(session: Session, rows: Sequence[Row]) -> str:
    """The heading of what the records hang under: the ledger's name where it is one."""
    above: set[str] = set()
    for name in {row.kind for row in rows if row.about}:
        kind = session.kinds.get(name)
        person = session.kinds.person_of(kind)
        named = person.kind if person is not None else None
        above.update(kind.parent or filter(None, (named,)))
    known = [session.kinds.get(name).label for name in above if name in session.kinds]
    return known[0] if len(above) == 1 and known else "所属事项"


def show_rows(
    window: Window, title: str, formula: str, rows: Sequence[Row], note: str = ""
) -> None:
    """Show the list, with what has to be said of it; opening a row leads to its ledger."""
    dialog = RowsDialog(window, title, formula, rows, note)

    def done(code: int) -> None:
        chosen = dialog.chosen
        dialog.deleteLater()
        if code == QDialog.DialogCode.Accepted and chosen is not None:
            window.open_record(chosen.kind, chosen.uid)

    dialog.finished.connect(done)
    dialog.open()


def open_figure(
    window: Window, owner: QObject, name: str, title: str, *,
    group: tuple[str, object] | None = None, **asked: Unpack[metrics.ScopeKeywords],
) -> None:
    """Count in the reader, then show the rows of a declared figure, or of one line (what it is
    grouped by, its key)."""
    session = window.session

    def read(job: Job) -> tuple[metrics.Behind, str]:
        found = metrics.rows(session, name, limit=AT_MOST + 1, group=group, **asked)
        return found, metrics.formula(session, name)

    window.jobs.read(
        read, lambda found: show_rows(window, title, found[1], found[0].rows, note=found[0].note),
        failed=window.error, owner=owner, key="figure.rows",
    )
