"""What is done to the selected rows of a ledger's list."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget

from db.model.declarations import Kind
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit.jobs import Job
from desktop.ui.lists.ledger_table import LedgerTable
from desktop.ui.lists.paste_dialog import paste_rows
from desktop.ui.record_form.bulk import bulk_rows


class RowActions:
    """Deleting, pasting, and one step or value for many; ``page`` is where dialogs stand."""

    def __init__(
        self, page: QWidget, context: EditorContext, kind: Kind, table: LedgerTable
    ) -> None:
        self._page, self._context, self._kind, self._table = page, context, kind, table
        self._writable = context.session.may_write(kind.name)

    def delete(self) -> None:
        """Into the recycle bin, at once, with a way back."""
        ids = list(self._table.selected_ids())
        if not ids or not self._writable:
            return
        session, kind, label = self._context.session, self._kind.name, self._kind.label
        many = f"删除{label} {len(ids)} 条"

        def write(job: Job) -> int:
            with session.atomic("form" if len(ids) == 1 else "bulk", many):
                done = 0
                for begin in range(0, len(ids), 200):
                    for record in session.records(kind, ids[begin : begin + 200]):
                        job.step(done, len(ids), "正在删除")
                        session.delete(kind, record.uid)
                        done += 1
            return done

        self._context.jobs.write(
            write,
            lambda done: self._context.window.toast(f"已删除 {done} 条，可在回收站找回", undo=True),
            owner=self._page,
            label="正在删除",
        )

    def paste(self) -> None:
        """Rows copied in a spreadsheet program become new records, after a look at what they would
        be."""
        if not self._writable:
            return
        paste_rows(self._page, self._context, self._kind, QApplication.clipboard().text())

    def bulk(self) -> None:
        """One step or one value for all selected rows."""
        ids = list(self._table.selected_ids())
        if not ids or not self._writable:
            self._context.window.toast(
                "先在清单里选中要办理的行：Ctrl+单击、Shift+↓，或 Ctrl+A 全选。"
            )
            return
        bulk_rows(self._page, self._context, self._kind, ids)
