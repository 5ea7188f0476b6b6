"""The rows behind a number: what was counted and what was not, each opened by Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QDialog, QLabel

from db import figures
from db.figures import Row
from desktop.ui import theme
from desktop.ui.jobs import Job
from desktop.ui.messages import Dialog
from desktop.ui.pages.parts import Line, ListColumn, ShortList

AT_MOST = 2000
"""Rows shown; more are for the ledger itself."""


class RowsDialog(Dialog):
    """A list of records. `chosen` is the one a person opened."""

    def __init__(self, parent: Any, session: Any, title: str, formula: str, rows: Sequence[Row], total: int) -> None:
        super().__init__(parent, title, "打开这一条", reject="关闭")
        size = theme.sizes()
        self.chosen: Row | None = None
        head = QLabel(title)
        head.setFont(theme.scaled(1.1, bold=True))
        self.add(head)
        if formula:
            self.say(formula, muted=True)
        share = any(not row.counted for row in rows)
        columns = [ListColumn("事项", 22, stretch=True), ListColumn("台账", 6, "muted", keep=True)]
        if share:
            columns.append(ListColumn("计入", 4.5, keep=True))
        self.list = ShortList(title, columns)
        self.list.when_empty("没有对应的记录", "这个数字是 0，背后没有记录。")
        lines = []
        for row in rows:
            cells: tuple[Any, ...] = (row.title, session.kinds.get(row.kind).label)
            if share:
                cells = (*cells, ("计入", "green") if row.counted else ("未计入", "grey"))
            lines.append(Line(row.uid, cells, row))
        self.list.fill(lines)
        self.list.opened.connect(self.accept)
        self.add(self.list, 1)
        counted = sum(1 for row in rows if row.counted)
        words = f"计入 {counted} 条，共 {len(rows)} 条。" if share else f"共 {len(rows)} 条。"
        if total > len(rows):
            words = f"只列出前 {len(rows)} 条（共 {total} 条）。"
        self.say(words + " Enter 打开，Ctrl+C 复制。", muted=True)
        self.ok.setEnabled(bool(rows))
        self.resize(size.chars(44), size.line * 24)
        self.list.setFocus()

    def accept(self) -> None:
        line = self.list.line()
        if line is None:
            return
        self.chosen = line.data
        super().accept()


def show_rows(window: Any, title: str, formula: str, rows: Sequence[Row], total: int | None = None) -> None:
    """Show the list; opening a row leads to its ledger."""
    dialog = RowsDialog(window, window.session, title, formula, rows, total if total is not None else len(rows))

    def done(code: int) -> None:
        chosen = dialog.chosen
        dialog.deleteLater()
        if code == QDialog.DialogCode.Accepted and chosen is not None:
            window.open_record(chosen.kind, chosen.uid)

    dialog.finished.connect(done)
    dialog.open()


def open_figure(
    window: Any,
    owner: Any,
    name: str,
    title: str,
    *,
    period: Any = None,
    unit: str | None = None,
    ledgers: Sequence[str] | None = None,
) -> None:
    """Count in the reader, then show the rows of a declared figure."""
    session = window.session

    def read(job: Job) -> tuple[list[Row], str]:
        rows = figures.rows_behind(session, name, period=period, unit=unit, ledgers=ledgers, limit=AT_MOST)
        return rows, figures.formula(session, name)

    window.jobs.read(
        read,
        lambda found: show_rows(window, title, found[1], found[0]),
        failed=window.error,
        owner=owner,
        key="figure.rows",
    )
