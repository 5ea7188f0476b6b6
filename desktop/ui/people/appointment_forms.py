"""Appointment forms of people: files come in one after another, one goes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog

from db.model.declarations import Kind
from desktop.exchange.appointment import person_export, person_import
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Page
from desktop.ui.people.card import PersonCard
from desktop.ui.people.form_dialog import FormDialog

FILTER = "任免审批表 (*.lrmx *.lrm)"


class PersonPage(Page):
    """What forms need of the page: who is in front, and how to bring another there."""

    uid: str | None
    card: PersonCard

    def show_person(self, uid: str) -> None:
        """One person, whatever the list shows."""
        raise NotImplementedError


class AppointmentForms:
    """Each form is shown before anything is written."""

    def __init__(self, page: PersonPage, kind: Kind) -> None:
        self._page, self._kind = page, kind
        self._session, self._jobs, self._window = page.session, page.jobs, page.window_
        self._waiting: list[Path] = []

    def export_form(self) -> None:
        """The appointment form as a file."""
        uid = self._page.uid
        if uid is None or not self._session.may("export"):
            return
        name = self._page.card.name.text()
        chosen = file_dialogs.save_file(
            self._page, "appointment", "导出任免审批表", f"{name}.lrmx", "任免审批表 (*.lrmx)"
        )
        if chosen is not None:
            self.export_to(chosen)

    def export_to(self, path: Path) -> None:
        """Write the form of the person shown."""
        if path.suffix.lower() != ".lrmx":
            path = path.with_name(path.name + ".lrmx")
        session, uid = self._session, self._page.uid
        if uid is None:
            return

        def write(job: Job) -> str:
            return person_export.export(session, uid, path)

        self._jobs.write(
            write,
            lambda _: self._window.toast(f"已导出 {path.name}"),
            failed=self._window.error,
            owner=self._page,
            label="正在导出任免审批表",
        )

    def choose_files(self) -> None:
        if not self._session.may_write(self._kind.name):
            return
        self.take(file_dialogs.open_files(self._page, "appointment", "导入任免审批表", FILTER))

    def take(self, files: Sequence[Path]) -> None:
        """Look at files one after another; each is shown before anything is written."""
        self._waiting += files
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            return
        path = self._waiting.pop(0)
        session = self._session

        def look(job: Job) -> Any:
            return person_import.preview(session, path)

        self._jobs.read(look, self._ask, failed=self._refused, owner=self._page)

    def _refused(self, error: Exception) -> None:
        self._window.error(error)
        self._next()

    def _ask(self, proposal: Any) -> None:
        dialog = FormDialog(self._page, proposal)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        leave, who = dialog.leave, dialog.who
        dialog.deleteLater()
        if not accepted:
            self._next()
            return
        session = self._session

        def write(job: Job) -> Any:
            return person_import.accept(session, proposal, leave=leave, choose=who)

        self._jobs.write(
            write,
            lambda taken: self._taken(proposal, taken),
            failed=self._refused,
            owner=self._page,
            label="正在导入任免审批表",
        )

    def _taken(self, proposal: Any, taken: Any) -> None:
        self._window.toast(
            f"已导入{proposal.name}：{taken.fields} 项内容，家庭成员 {taken.relatives} 人，任职"
            f" {taken.posts} 条",
            undo=True,
        )
        self._page.show_person(taken.uid)
        self._next()
