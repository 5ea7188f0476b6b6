"""One step, or one value, for many rows at once: all of them or none, and one undo takes a filling
back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QRadioButton, QVBoxLayout, QWidget

from db.access import roles
from db.errors import BadInput, ZhengxianError
from db.model.declarations import Action, Kind
from db.model.records import Record
from db.rules import lifecycle
from desktop.ui.field_editors.editors import Editor, EditorContext
from desktop.ui.field_editors.registry import editor_for
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog
from desktop.ui.lists import pasted_records
from desktop.ui.record_form import actions

NAMED = 5
"""Refused rows that are named in the message."""


class BulkDialog(Dialog):
    """Choose what to do with the selected rows. `step` is an action, or `filled` a field and its
    value."""

    def __init__(self, parent: QWidget, context: EditorContext, kind: Kind, count: int) -> None:
        super().__init__(parent, f"批量办理（选中 {count} 条）", "下一步")
        self._context, self._kind = context, kind
        self.step: Action | None = None
        self.filled: tuple[str, object] | None = None
        size = theme.sizes()
        self.setMinimumWidth(size.chars(30))
        cycle = context.session.kinds.lifecycle_of(kind)
        steps = (
            [a for a in cycle.actions if roles.may_take_step(context.session.role, a)]
            if cycle is not None
            else []
        )
        self._step_radio, self._fill_radio = QRadioButton("办理一步"), QRadioButton(
            "填写同一个内容"
        )
        self.steps = QComboBox()
        self.steps.setAccessibleName("办理哪一步")
        for action in steps:
            self.steps.addItem(action.label, action)
        if steps:
            self.add(self._step_radio)
            self.add(self.steps)
        self.add(self._fill_radio)
        self.fields = QComboBox()
        self.fields.setAccessibleName("填写哪一栏")
        for field in pasted_records.fillable(kind):
            if not field.unique:
                self.fields.addItem(field.label, field.name)
        self.add(self.fields)
        self._holder = QWidget()
        self._place = QVBoxLayout(self._holder)
        self._place.setContentsMargins(0, 0, 0, 0)
        self.add(self._holder)
        self._problem = accessible.Problem()
        self.add(self._problem)
        self.editor: Editor | None = None
        self.fields.currentIndexChanged.connect(lambda _: self._show_editor())
        self.steps.currentIndexChanged.connect(lambda _: self._step_radio.setChecked(True))
        self.fields.activated.connect(lambda _: self._fill_radio.setChecked(True))
        self._step_radio.toggled.connect(self._switch)
        (self._step_radio if steps else self._fill_radio).setChecked(True)
        self._show_editor()
        self._switch()

    def _show_editor(self) -> None:
        if self.editor is not None:
            self.editor.deleteLater()
        field = self._kind.field(self.fields.currentData())
        self.editor = editor_for(field, self._context, self._kind.name)
        self.editor.set_value(None)
        self._place.addWidget(self.editor)

    def _switch(self) -> None:
        filling = self._fill_radio.isChecked()
        self.ok.setText("填写" if filling else "下一步")
        self._holder.setVisible(filling)
        self.steps.setEnabled(not filling)
        self.fields.setEnabled(filling)

    def accept(self) -> None:
        if self._step_radio.isChecked():
            self.step = self.steps.currentData()
        elif self.editor is not None:
            try:
                self.filled = (self.fields.currentData(), self.editor.value())
            except BadInput as error:
                self._problem.setText(error.message)
                return
        super().accept()


def bulk_rows(parent: QWidget, context: EditorContext, kind: Kind, ids: list[int]) -> None:
    """Ask what to do, then do it to all rows or to none."""
    dialog = BulkDialog(parent, context, kind, len(ids))
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.accepted.connect(lambda: _do(parent, context, kind, ids, dialog))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _do(
    parent: QWidget, context: EditorContext, kind: Kind, ids: list[int], dialog: BulkDialog
) -> None:
    session = context.session
    if dialog.filled is not None:
        name, value = dialog.filled
        label = kind.field(name).label

        def fill(record: Record) -> None:
            session.set(kind.name, record.uid, {name: value})

        _run(context, kind, ids, fill, "bulk", f"批量填写{label}")
        return
    action = dialog.step
    assert action is not None  # else it was a field to fill
    title = f"{action.label}：选中的 {len(ids)} 条{kind.label}"
    given = actions.ask(parent, context, actions.Step(kind, action, {}, title))
    if given is None:
        return

    def move(record: Record) -> None:
        lifecycle.take_step(
            session, kind.name, record.uid, action.name, given.note, given.asked, given.on
        )

    _run(context, kind, ids, move, "move", f"批量{action.label}")


def _run(
    context: EditorContext, kind: Kind, ids: list[int], one: Callable[[Record], None], source: str,
    label: str,
) -> None:
    session = context.session

    def write(job: Job) -> int:
        refused: list[str] = []
        done = 0
        with session.atomic(source, f"{label} {len(ids)} 条"):
            for begin in range(0, len(ids), 200):
                for record in session.records(kind.name, ids[begin : begin + 200]):
                    job.step(done, len(ids), f"正在{label}")
                    try:
                        one(record)
                    except ZhengxianError as error:
                        refused.append(f"{session.title_of(record)}：{error.message}")
                    done += 1
            if refused:
                more = f"等 {len(refused)} 条" if len(refused) > NAMED else ""
                raise BadInput(
                    f"有 {len(refused)} 条不能{label}，都没有改动。"
                    + "".join(refused[:NAMED])
                    + more
                )
        return done

    def finished(done: int) -> None:
        context.window.toast(f"已{label} {done} 条", undo=source == "bulk")

    context.jobs.write(
        write, finished, failed=context.window.error, owner=context.window, label=f"正在{label}"
    )
