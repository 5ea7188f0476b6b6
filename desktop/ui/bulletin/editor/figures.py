"""The figures of a draft: what is behind one, which stand in its tables and charts, setting one by
hand, putting one in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from db.metrics.metrics import Scope
from db.model.condition_words import ROWS
from db.model.query import Where
from db.model.records import Record
from db.session import Session
from desktop.bulletin.issue import editor_view, figure_choices, issuing
from desktop.bulletin.issue.figure_choices import Offered
from desktop.ui.bulletin.editor.figure_dialogs import FigureDialog
from desktop.ui.bulletin.editor.table_figures import StandingDialog
from desktop.ui.bulletin.figure_picker import FigurePicker
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page import SaveFirst, Window

if TYPE_CHECKING:
    from desktop.bulletin.issue.editor_view import Facts, View


class DraftFigures(QObject):
    """Questions and answers about the figures of the draft in front; ``save`` keeps what is typed
    before a figure is set."""

    def __init__(
        self, page: QWidget, session: Session, jobs: Jobs, window: Window, save: SaveFirst,
        again: Callable[[str], None],
    ) -> None:
        super().__init__(page)
        self._page, self._session, self._jobs, self._window = page, session, jobs, window
        self._save, self._again = save, again

    def look(self, record: Record, key: str, *, writable: bool) -> None:
        """What is behind the figure of this key, and the way to set it by hand."""
        session = self._session

        def read(job: Job) -> Facts:
            # late: composing is not needed to show a page

            return editor_view.facts(session, session.must_get(record.kind, record.uid), key)

        def show(facts: Facts) -> None:
            self._show(record.uid, facts, writable)

        self._jobs.read(read, show, failed=self._window.error, owner=self, key="drafts-figure")

    def _show(self, uid: str, facts: Facts, writable: bool) -> None:
        dialog = FigureDialog(self._page, self._session, facts, writable=writable)
        dialog.row_asked.connect(self._window.open_record)
        dialog.ledger_asked.connect(
            lambda kind, uids: self._window.go_ledger(kind, (Where(ROWS, "in", list(uids)),))
        )
        dialog.exec()
        answer = dialog.answer
        dialog.deleteLater()
        if answer is not None:
            self._set(uid, facts.key, *answer)

    def _set(self, uid: str, key: str, text: str | None, reason: str) -> None:
        def write(job: Job) -> None:
            # late: composing is not needed to show a page

            issuing.override(self._session, uid, key, text, reason)

        def go() -> None:
            self._jobs.write(
                write, lambda _: self._again(uid), failed=self._window.error, owner=self
            )

        self._save(go)

    def in_tables(self, record: Record, view: View, part: str = "", *, writable: bool) -> None:
        """The figures that stand in the draft's tables and charts; one that is chosen is looked
        into."""
        if not view.parts:
            self._window.toast("这份稿子没有由数字组成的表格和图表。")
            return
        dialog = StandingDialog(self._page, view, part)
        dialog.exec()
        key = dialog.chosen
        dialog.deleteLater()
        if key:
            self.look(record, key, writable=writable)

    def scope(self) -> Scope:
        """What the text is about."""
        return Scope()

    def ask(self, put: Callable[[str], None]) -> None:
        """Ask which figure, and hand over the blank that stands for it."""
        session, jobs, scope = self._session, self._jobs, self.scope()
        day = scope.period.last if scope.period is not None else None

        def show(found: list[Offered]) -> None:
            dialog = FigurePicker(self._page, session, jobs, found, scope)
            accepted = dialog.exec() == QDialog.DialogCode.Accepted
            chosen = dialog.chosen
            dialog.deleteLater()
            if accepted and chosen is not None:
                put(editor_view.blank(chosen[0], share=chosen[1]))

        jobs.read(
            lambda job: figure_choices.offered(session, day), show, failed=self._window.error,
            owner=self, key="drafts-offered",
        )

    def take(self, uid: str) -> None:
        """The figures of now into the draft."""

        def write(job: Job) -> int:
            # late: composing is not needed to show a page

            return len(issuing.refresh(self._session, uid))

        def done(count: int) -> None:
            self._window.toast(
                f"已更新 {count} 处。" if count else "数字与台账一致，没有要更新的。"
            )
            self._again(uid)

        self._jobs.write(write, done, failed=self._window.error, owner=self, label="正在更新数字")
