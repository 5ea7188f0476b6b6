"""The steps of a record's lifecycle as buttons, and the one question a step asks: its note and what
goes with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import NamedTuple

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QPlainTextEdit, QPushButton, QWidget

from db.errors import BadInput, Problem
from db.model.declarations import Action, Field, Kind
from db.rules import lifecycle
from desktop.ui.field_editors.date_entry import DateEntry
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import in_order
from desktop.ui.record_form.fields import Fields
from desktop.ui.record_form.unsaved_entries import Drafts, Raw, Typing

SELECTION = "selection"
"""Whose step it is when it is taken for many rows at once."""


class ActionBar(QWidget):
    """Main steps as buttons, the others in a menu; a step that is not to be had says why."""

    asked = Signal(object)
    """A `db.model.declarations.Action` the person wants to take."""
    left = Signal()
    """The button that had the keyboard is no more: where one works goes on with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._start = QWidget(self)
        """Never seen: it keeps the place of the buttons in the order of Tab."""
        self._start.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._start.hide()
        self._flow = Flow(self, theme.sizes().gap)
        #: why none of the main steps is to be had, as it is said beside them
        self.hint = ""

    def offer(self, possible: Sequence[lifecycle.Possible], *, same: bool = False) -> None:
        """Show the steps: what this person should do now as the filled button, other main steps
        beside it, the rest in the menu. ``same``: of the record shown before; the keyboard stays
        on its button while that is there."""
        focus = self.window().focusWidget()  # the window's: a dialog may still be in front
        name = focus.text() if isinstance(focus, QPushButton) and self.isAncestorOf(focus) else ""
        self._flow.clear()
        steps = [one for one in possible if one.action.main and not one.again]
        ordered = sorted(steps, key=lambda one: (not one.first, not one.allowed))
        buttons = [self._button(one) for one in ordered]
        others = [one for one in possible if one not in steps]
        if others:
            buttons.append(self._menu(others))
        for button in buttons:
            self._flow.addWidget(button)
        in_order(self._start, *buttons)
        self.setVisible(bool(possible))
        blocked = [one for one in steps if not one.allowed]
        self.hint = blocked[0].reason if blocked and len(blocked) == len(steps) else ""
        if self.hint:
            self._flow.addWidget(_muted(self.hint))
        self.updateGeometry()
        if name:
            kept = [each for each in buttons if each.text() == name and each.isEnabled()]
            if same and kept:
                kept[0].setFocus()
            else:
                self.left.emit()

    def _button(self, one: lifecycle.Possible) -> QPushButton:
        button = QPushButton(one.action.label)
        button.setEnabled(one.allowed)
        button.setToolTip(one.reason)
        if one.first:
            button.setProperty("class", "primary")
        elif one.action.tone == "red":
            button.setProperty("class", "danger")
        button.clicked.connect(lambda: self.asked.emit(one.action))
        return button

    def _menu(self, others: list[lifecycle.Possible]) -> QPushButton:
        more = QPushButton("更多办理")
        menu = QMenu(more)
        menu.setToolTipsVisible(True)
        for one in others:
            why = "" if one.allowed else f"（暂不能：{one.reason.rstrip('。')}）"
            action = menu.addAction(one.action.label + why, partial(self.asked.emit, one.action))
            action.setEnabled(one.allowed)
        more.setMenu(menu)
        return more


def _muted(text: str) -> QLabel:
    hint = QLabel(text)
    hint.setProperty("class", "muted")
    hint.setWordWrap(True)
    hint.setMinimumHeight(theme.sizes().field)
    hint.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return hint


class StepAnswer(NamedTuple):
    """What a person answered: the note, the fields asked for, and the day on which the step was
    taken; None for today."""

    note: str
    asked: dict[str, object]
    on: dt.date | None


@dataclass(frozen=True)
class Step:
    """A step that somebody wants to take: with what the record holds now, and what the dialog says
    of it. ``uid``: whose step it is, where it is of one record."""

    kind: Kind
    action: Action
    values: dict[str, object]
    title: str
    uid: str = SELECTION


class ActionDialog(Dialog):
    """What a step needs: the fields it asks for, the day and a note."""

    def __init__(self, parent: QWidget, context: EditorContext, step: Step) -> None:
        action, session = step.action, context.session
        super().__init__(parent, action.label, action.label, danger=action.tone == "red")
        self.setMinimumWidth(theme.sizes().chars(30))
        self._action = action
        self._today = session.today
        head = self.say(step.title)
        head.setFont(theme.scaled(1.0, bold=True))
        cycle = session.kinds.lifecycle_of(step.kind)
        if cycle is not None and action.to and not action.to.startswith("field:"):
            self.say(f"之后状态为“{cycle.state(action.to).label}”。", muted=True)
        wanted = lifecycle.requested_fields(session.kinds, step.kind, action)
        self._required = [each.field.name for each in wanted if each.required]
        self._fields = [
            self._ask(of_child, list(run), step, context)
            for of_child, run in groupby(wanted, key=lambda each: each.of_child)
        ]
        self._on = DateEntry()
        self._ask_day()
        self._note = QPlainTextEdit()
        if action.note != "no":
            self._ask_note(action.note == "required")
        self.given = StepAnswer("", {}, None)
        Typing(
            self, Drafts(session, context.jobs, step.kind.name), f"step:{action.name}:{step.uid}",
            self._typed, self._put_back,
        )
        self.adjustSize()
        self._focus_first()

    def _ask(
        self, of_child: bool, wanted: list[lifecycle.RequestedField], step: Step,
        context: EditorContext
    ) -> Fields:
        """The fields of the record, or of the child that the step adds."""
        child = step.action.child if of_child else None
        fields = Fields(
            [_as_asked(each) for each in wanted],
            child.kind if child is not None else step.kind.name, context,
        )
        names = [] if of_child else [each.field.name for each in wanted]
        fields.set_values({name: step.values.get(name) for name in names})
        self.add(fields)
        return fields

    def _ask_day(self) -> None:
        self._on.setAccessibleName("办理日期")
        self._on.set_day(self._today)
        responsible = self._action.owner == "responsible"
        theirs = "（单位哪天交来、哪天办的，就填哪天）" if responsible else ""
        self.say(f"办理日期{theirs}：", muted=True)
        self.add(self._on)

    def _ask_note(self, required: bool) -> None:
        self.say("说明（必填）：" if required else "说明（可不填）：", muted=True)
        self._note.setTabChangesFocus(True)
        self._note.setAccessibleName("说明")
        self._note.setFixedHeight(theme.sizes().line * 4)
        self.add(self._note)
        if required:
            self.ok.setEnabled(False)
            self._note.textChanged.connect(
                lambda: self.ok.setEnabled(bool(self._note.toPlainText().strip()))
            )

    def _focus_first(self) -> None:
        if self._fields:
            self._fields[0].focus_first()
        elif self._action.note == "required":
            self._note.setFocus()
        else:
            self.ok.setFocus()

    def _typed(self) -> Raw:
        """What was typed, as plain data."""
        typed: Raw = {
            str(at): raw for at, fields in enumerate(self._fields) if (raw := fields.changed())
        }
        note = self._note.toPlainText()
        if self._on.day() != self._today:
            typed["on"] = self._on.text()
        return {**typed, "note": note} if note.strip() else typed

    def _put_back(self, typed: Raw) -> None:
        for at, fields in enumerate(self._fields):
            fields.set_raw(typed.get(str(at), {}))
        self._note.setPlainText(typed.get("note", ""))
        if typed.get("on"):
            self._on.setText(typed["on"])

    def accept(self) -> None:
        found: dict[str, object] = {}
        for fields in self._fields:
            try:
                answered = fields.values(only_changed=False)
            except BadInput:
                return
            found.update({name: value for name, value in answered.items() if value is not None})
            if missing := self._missing(fields, found):
                fields.mark([Problem(f.name, f"请填写{f.label}") for f in missing])
                return
        on = self._on.day()
        if on is None:
            self.tell_above("办理日期不是日期，请写成 2022-9-5 这样。")
            self._on.setFocus()
            return
        self.given = StepAnswer(
            self._note.toPlainText().strip(), found, None if on == self._today else on
        )
        super().accept()

    def _missing(self, fields: Fields, found: dict[str, object]) -> list[Field]:
        return [f for f in fields.fields if f.name in self._required and found.get(f.name) is None]


def _as_asked(each: lifecycle.RequestedField) -> Field:
    return msgspec.structs.replace(each.field, required=each.required, computed=False, group="")


def ask(parent: QWidget, context: EditorContext, step: Step) -> StepAnswer | None:
    """Ask once for all a step needs; None when the person leaves."""
    dialog = ActionDialog(parent, context, step)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    given = dialog.given
    dialog.deleteLater()
    return given if accepted else None
