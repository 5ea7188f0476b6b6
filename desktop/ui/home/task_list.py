"""The list of what to do now: a line each, with its number and its one button; in a new office the
five steps to the first bulletin stand in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from db.domain import planned_rows
from db.model.query import Where
from desktop.ui.kit import theme
from desktop.ui.kit.cut_label import CutLabel
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, in_order, label, scrolled

NOW, FIRST = "现在要办", "五步出第一份通报"
NOTHING = "现在没有等您办的事。"
MOST_ROWS = 7
"""Lines that stand without scrolling."""
LEAST_ROWS = 2.5
"""Lines that stand in a low window."""


@dataclass(frozen=True)
class Task:
    """One line: how many, of what, and what its button does."""

    text: str
    count: int
    """0: it is not counted."""
    button: str
    tone: str = "blue"
    detail: str = ""
    page: str = ""
    """Opened by the button; else what ``parts`` says, else the list on the first page."""
    parts: tuple[tuple[str, tuple[Where, ...]], ...] = ()
    """Ledgers and their rows: one is opened, of several the rows are listed together."""
    listed: str = ""
    draft: str = ""
    """Of bulletins the one that the button opens."""
    asks: str = ""
    """A ledger whose work, done in all its parts, the button asks to close."""


def opened_elsewhere(window: Window, task: Task) -> bool:
    """Go where the button of a task leads; False where its rows are listed on the first page."""
    if task.draft:
        window.services.show_draft(task.draft)
    elif task.asks:
        _ask_to_close(window, task.asks)
    elif task.page:
        window.go(task.page)
    elif len(task.parts) == 1:
        window.go_ledger(*task.parts[0])
    else:
        return False
    return True


def _ask_to_close(window: Window, ledger: str) -> None:
    kind = window.session.kinds.get(ledger)
    window.jobs.write(
        lambda job: planned_rows.ask_to_close(window.session, kind),
        lambda count: window.toast(f"已给 {count} 件{kind.label}申请销号，等待审核。", undo=True),
        failed=window.error, owner=window, label="正在申请销号",
    )


@dataclass(frozen=True)
class FirstStep:
    """One of five: what to do, whether it was done, and where it is done."""

    text: str
    done: bool
    button: str
    page: str


@dataclass(frozen=True)
class _Line:
    colour: str
    mark: str
    text: str
    detail: str
    button: str
    run: Callable[[], object]
    tone: str = "boxed"


def _task_line(task: Task, run: Callable[[], object]) -> _Line:
    text = f"{task.text}　<b>{task.count}</b>" if task.count else task.text
    return _Line(theme.tone(task.tone)[0].name(), "●", text, task.detail, task.button, run)


def _step_line(at: int, step: FirstStep, run: Callable[[], object], tone: str) -> _Line:
    colour = theme.tone("green" if step.done else "grey")[0].name()
    mark, detail = ("✓", "已完成") if step.done else (f"{at}", "")
    return _Line(colour, mark, step.text, detail, step.button, run, tone)


def _next(steps: Sequence[FirstStep]) -> FirstStep | None:
    return next((step for step in steps if not step.done), None)


class TaskList(Card):
    """A card that is as high as its lines, up to a number of them."""

    asked = Signal(object)
    """The task whose button was pressed."""
    page_asked = Signal(str)
    dismissed = Signal()
    """The five steps are not wanted any more."""

    def __init__(self) -> None:
        super().__init__(NOW, flush=True)
        size = theme.sizes()
        self.title.setContentsMargins(size.gap, size.gap, size.gap, 0)
        self._area = scrolled(QWidget(), NOW)
        self.buttons: list[QPushButton] = []
        self.box.setSpacing(0)
        self.box.addWidget(self._area)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def fill(self, tasks: Sequence[Task], steps: Sequence[FirstStep] = ()) -> None:
        """The lines of this person. In a new office the five steps stand first; once there is work,
        those that are left follow it."""
        started = sum(step.done for step in steps) > 2
        left = [step for step in steps if not step.done or not started]
        self.title.setText(FIRST if left and not started else NOW)
        own = [_task_line(task, partial(self.asked.emit, task)) for task in tasks]
        further = [
            _step_line(
                steps.index(step) + 1, step, partial(self.page_asked.emit, step.page),
                "primary" if step is _next(steps) and not started else "boxed",
            )
            for step in left
        ]
        self._fill([*own, *further] if started else [*further, *own], steps=bool(left))

    def _row(self, held: _Line, inside: QWidget) -> QWidget:
        size = theme.sizes()
        row = QWidget(inside)
        line = QHBoxLayout(row)
        line.setContentsMargins(size.gap, 1, size.gap, 1)
        line.setSpacing(size.gap)
        sign = QLabel(held.mark, row)
        sign.setStyleSheet(f"color: {held.colour};")
        sign.setFixedWidth(size.chars(1))
        said = QLabel(held.text, row)
        said.setTextFormat(Qt.TextFormat.RichText)
        where = CutLabel(held.detail, row)
        where.setProperty("class", "muted")
        press = QPushButton(held.button, row)
        press.setProperty("class", held.tone)
        press.setMinimumWidth(size.chars(5))
        press.setAccessibleName(re.sub("<[^>]+>", "", f"{held.button}：{held.text}"))
        press.clicked.connect(lambda: held.run())
        self.buttons.append(press)
        line.addWidget(sign)
        line.addWidget(said)
        line.addWidget(where, 1)
        line.addWidget(press)
        return row

    def _fill(self, lines: Sequence[_Line], *, steps: bool) -> None:
        """From the outside in: what is put into its place as a whole is styled twice."""
        size, inside = theme.sizes(), QWidget()
        self._area.setWidget(inside)
        last: QWidget | None = None if lines else label(NOTHING, "muted")
        if steps:
            last = QPushButton("不再显示这五步")
            last.setProperty("class", "link")
            last.clicked.connect(self.dismissed)
        self.buttons = []
        rows = [self._row(line, inside) for line in lines]
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, size.gap // 2, 0, size.gap // 2)
        box.setSpacing(2)
        all_rows = [*rows, last] if last is not None else rows
        for row in all_rows:
            box.addWidget(row)
        box.addStretch(1)
        inside.show()
        in_order(self._area, *self.buttons, *([last] if steps and last else []))
        high = max(row.sizeHint().height() for row in all_rows) + 2
        # half a line more says that it goes on below
        shown = len(all_rows) if len(all_rows) <= MOST_ROWS else MOST_ROWS - 0.5
        self._area.setMaximumHeight(round(high * shown) + size.gap)
        self._area.setMinimumHeight(round(high * min(shown, LEAST_ROWS)) + size.gap)
