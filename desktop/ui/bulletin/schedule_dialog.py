"""A paper of the list that the office prints in a rhythm: which report, when, of what, for whom."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from PySide6.QtWidgets import QDialog

from db.domain.scheduled_papers import KIND, rhythm_words
from db.errors import BadInput
from db.model.declarations import Choice, Field
from db.model.records import Record
from db.session import Session
from desktop.bulletin.report.declaration import REPORT_NAME
from desktop.tasks import draft_due_papers
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.record_form.fields import Fields


def _fields(session: Session, record: Record | None) -> list[Field]:
    """The declared fields; the report is chosen by its name, one that is gone named as it is."""
    kind = session.kinds.get(KIND)
    known = tuple(Choice(each.name, each.label) for each in draft_due_papers.reports(session))
    there = str(record.values[REPORT_NAME]) if record is not None else ""
    if there and there not in {each.name for each in known}:
        known += (Choice(there, f"{there}（文种没有了）"),)
    return [
        replace(field, type="choice", choices=known) if field.name == REPORT_NAME else field
        for field in sorted(kind.shown("form"), key=lambda f: f.name != REPORT_NAME)
    ]


class ScheduleDialog(Dialog):
    """A form of the declared fields; what it means in days is said below."""

    def __init__(self, window: Window, record: Record | None) -> None:
        super().__init__(window, "定期文稿", "保存")
        self._window, self._session, self._record = window, window.session, record
        session = window.session
        self.fields = Fields(
            _fields(session, record), KIND, EditorContext(session, window.jobs, window)
        )
        first = session.kinds.get(KIND)
        given = {f.name: session.default(f) for f in first.fields if f.default is not None}
        given["from_on"] = session.today
        self.fields.set_values(given if record is None else dict(record.values))
        self.add(self.fields)
        self.words = self.say("", muted=True)
        self.problem = self.problem_line()
        self.fields.edited.connect(self._show)
        self.setMinimumWidth(theme.sizes().chars(34))
        self._show()

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = self.fields.values(only_changed=False)
        return values

    def _show(self) -> None:
        try:
            values = self._values()
            self.words.setText(f"{rhythm_words(values)}要拟。")
        except (BadInput, KeyError, TypeError):
            return

    def accept(self) -> None:
        try:
            values = self._values()
        except BadInput as error:
            self._refuse(error)
            return
        session, uid = self._session, self._record.uid if self._record is not None else None
        if not values.get("title"):
            values.pop("title", None)

        def done(_: str) -> None:
            self._window.toast("已列入定期文稿，到期在工作台上提醒。", undo=True)
            self.done(QDialog.DialogCode.Accepted)

        self._window.jobs.write(
            lambda job: draft_due_papers.save(session, values, uid), done, failed=self._refuse,
            owner=self, label="正在保存",
        )

    def _refuse(self, error: Exception) -> None:
        self.problem.say(error_text(error))
