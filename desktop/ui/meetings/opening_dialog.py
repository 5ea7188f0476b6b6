"""The next session of a series of meetings, before it is opened."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QDialog

from db.domain import meetings
from db.errors import BadInput
from db.session import Session
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Jobs, error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.record_form.fields import Fields
from desktop.ui.record_form.unsaved_entries import Drafts, remember_fields


class Opens(Protocol):
    """The page that asks: its session, its workers, its window, and what it does once the session
    is open."""

    session: Session
    jobs: Jobs
    window_: Window

    def opened(self, uid: str, title: str) -> None: ...


class OpeningDialog(Dialog):
    """The next session: its number goes on from the last one; everything can still be changed."""

    def __init__(self, page: Opens, name: str, series: str, values: dict[str, object]) -> None:
        super().__init__(page.window_, f"新开一次{name}", "新开")
        self._page, self._series = page, series
        session = page.session
        self.say(
            "次数接着上一次；未解决的问题和上次的决定自动列入议程，参会名单沿用上次。", muted=True
        )
        fields = meetings.fields(session, meetings.MEETING, meetings.OPENING)
        self.fields = Fields(
            fields, meetings.MEETING, EditorContext(session, page.jobs, page.window_)
        )
        self.fields.set_values(values)
        self.add(self.fields)
        self.problem = self.problem_line()
        remember_fields(
            self, Drafts(session, page.jobs, meetings.MEETING), f"opening:{series}", self.fields
        )
        self.setMinimumWidth(theme.sizes().chars(34))
        self.fields.focus_first()

    def accept(self) -> None:
        try:
            values = {
                name: value for name, value in self.fields.values(only_changed=False).items()
                if value is not None
            }
        except BadInput:
            return
        page, series = self._page, self._series

        def done(uid: str) -> None:
            page.opened(uid, page.session.title(meetings.MEETING, uid))
            self.done(QDialog.DialogCode.Accepted)

        def failed(error: Exception) -> None:
            self.problem.say(error_text(error))

        page.jobs.write(
            lambda job: meetings.open_meeting(page.session, series, values), done, failed=failed,
            owner=self, label="正在新开",
        )
