"""One conflict in full: as sent, mine, theirs, and what is chosen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from db.errors import BadInput
from db.model.fieldtypes import TYPES
from desktop.ui.exchange.conflict_lines import ConflictWithAuthor
from desktop.ui.exchange.merge.details import Value, marked
from desktop.ui.field_editors.editors import Editor, EditorContext
from desktop.ui.field_editors.registry import editor_for
from desktop.ui.kit import theme
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, label, moment, scrolled

MINE, THEIRS, OTHER = "mine", "theirs", "other"


class ConflictPanel(Card):
    """Mine, theirs or another value; who decides is told by `decide_asked`."""

    decide_asked = Signal()
    record_asked = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(flush=True)
        size = theme.sizes()
        self.window_, self.session = window, window.session
        self._held: ConflictWithAuthor | None = None
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.setSpacing(size.gap)
        self.heading, self.where = label(wrap=False), label("", "muted", wrap=False)
        self.heading.setFont(theme.scaled(1.05, bold=True))
        head = QHBoxLayout()
        head.setSpacing(size.pad)
        head.addWidget(self.heading)
        head.addWidget(self.where, 1)
        box.addLayout(head)
        self.elsewhere = label()
        box.addWidget(self.elsewhere)
        sides = QGridLayout()
        sides.setHorizontalSpacing(size.gap)
        sides.setVerticalSpacing(0)
        box.addLayout(sides)
        self.base = Value("")
        before = QLabel("发出时")
        before.setProperty("class", "muted")
        self._group = QButtonGroup(self)
        self.choice: dict[str, QRadioButton] = {}
        for name, word in (
            (MINE, "用我方（1）"), (THEIRS, "用对方（2）"), (OTHER, "另写一个（3）"),
        ):
            radio = QRadioButton(word)
            radio.toggled.connect(lambda on, n=name: self._picked(n) if on else None)
            self._group.addButton(radio)
            self.choice[name] = radio
        self.values = {MINE: Value(""), THEIRS: Value("")}
        columns = (
            (before, self.base),
            *((self.choice[name], self.values[name]) for name in (MINE, THEIRS)),
        )
        for column, (top, value) in enumerate(columns):
            sides.addWidget(top, 0, column)
            sides.addWidget(value, 1, column)
            sides.setColumnStretch(column, 1)
        self.editor: Editor | None = None
        self._editor_place = QHBoxLayout()
        self._editor_place.addWidget(self.choice[OTHER], 0, Qt.AlignmentFlag.AlignTop)
        self._editor_place.addStretch(1)
        box.addLayout(self._editor_place)
        box.addStretch(1)
        self.add(scrolled(inner), 1)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        row.setSpacing(size.gap)
        reason = QLabel("理由(&L)")
        self.why = QLineEdit()
        self.why.setPlaceholderText("记在台账里，例如：已电话核实")
        self.why.returnPressed.connect(self.decide_asked)
        reason.setBuddy(self.why)
        self.ok = button("定下（Enter）", self.decide_asked.emit, "primary", tip="Ctrl+Enter")
        self._look = button("看这条事项", self.record_asked.emit, "link")
        row.addWidget(reason)
        row.addWidget(self.why, 1)
        row.addWidget(self._look)
        row.addWidget(self.ok)
        self.add(foot)

    def show_conflict(self, conflict: ConflictWithAuthor | None) -> None:
        """One conflict, nothing chosen yet; None hides it all."""
        self._held = conflict
        self._drop_editor()
        self.setVisible(conflict is not None)
        if conflict is None:
            return
        waiting = conflict.waiting
        kind = self.session.kinds.get(waiting.kind)
        self.heading.setText(waiting.title or "（未命名）")
        self.where.setText(f"{kind.label}　“{waiting.label}”这一栏")
        self.elsewhere.setText(
            f"等待“{waiting.decider}”裁定，本单位不用处理；它定下后再导入它的工作簿就会采用。"
        )
        self.elsewhere.setVisible(bool(waiting.decider))
        mine, theirs = marked(waiting.text_mine, waiting.text_theirs)
        base, _ = marked(waiting.text_base, waiting.text_base)
        self.base.show_text(base)
        who = f"{conflict.mine_by}　{moment(conflict.mine_at)}" if conflict.mine_by else ""
        self.values[MINE].show_text(mine, who)
        parts = (waiting.sender, moment(waiting.at), conflict.file)
        came = "　".join(part for part in parts if part)
        self.values[THEIRS].show_text(theirs, came)
        self.choice[OTHER].setVisible(kind.has(waiting.field) and not waiting.decider)
        for radio in self.choice.values():
            radio.setEnabled(not waiting.decider)
        self.why.setEnabled(not waiting.decider)
        self.why.clear()
        self._group.setExclusive(False)
        for radio in self.choice.values():
            radio.setChecked(False)
        self._group.setExclusive(True)
        self._mark(None)

    def _drop_editor(self) -> None:
        if self.editor is not None:
            self._editor_place.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None

    def pick(self, name: str) -> None:
        """Choose mine, theirs or another value; it is written by `decide`."""
        if (
            self._held is not None
            and self.choice[name].isEnabled()
            and not self.choice[name].isHidden()
        ):
            self.choice[name].setChecked(True)

    def _picked(self, name: str) -> None:
        self._mark(name)
        if name != OTHER:
            self._drop_editor()
            return
        if self.editor is None and self._held is not None:
            waiting = self._held.waiting
            kind = self.session.kinds.get(waiting.kind)
            context = EditorContext(self.session, self.window_.jobs, self.window_)
            field = kind.field(waiting.field)
            self.editor = editor_for(field, context, waiting.kind)
            value = waiting.theirs
            self.editor.set_value(
                None if value is None else TYPES[field.type].from_json(value, field)
            )
            self._editor_place.insertWidget(1, self.editor, 100)
        if self.editor is not None:
            self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _mark(self, name: str | None) -> None:
        for each, value in self.values.items():
            value.stand(each == name)
        self.ok.setEnabled(name is not None and self.session.may("decide"))

    @property
    def picked(self) -> str | None:
        """What is chosen so far."""
        return next((name for name, radio in self.choice.items() if radio.isChecked()), None)

    def other_text(self, waiting: Any) -> str:
        """The third value as text; raises ``BadInput`` when it is none, or blank."""
        assert self.editor is not None
        value = self.editor.value()
        if value is None:
            raise BadInput(
                "另写的内容是空的。要清空这一栏，请在台账里改；这里请写一个值，或选用我方、用对方。"
            )
        field = self.session.kinds.get(waiting.kind).field(waiting.field)
        return TYPES[field.type].format(value, field, self.session.names)
