"""Conflicts: what two sides wrote differently, side by side; one is chosen, or a third value
written, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from db.errors import BadInput
from db.model.fieldtypes import TYPES
from desktop.ui.entries.editors import Editor, Surroundings
from desktop.ui.entries.widgets import editor_for
from desktop.ui.exchange.merge.details import Value, marked
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import (
    AdminPage,
    Card,
    Line,
    ListColumn,
    ShortList,
    button,
    label,
    moment,
    person,
    scrolled,
)
from desktop.ui.pages import label_of

NAME = label_of("conflicts")
MINE, THEIRS, OTHER = "mine", "theirs", "other"
PICKS = {int(Qt.Key.Key_1): MINE, int(Qt.Key.Key_2): THEIRS, int(Qt.Key.Key_3): OTHER}


@dataclass(frozen=True)
class Held:
    """A conflict with who wrote my value and when; blank when it stands since the record was made
    elsewhere."""

    waiting: Any
    mine_by: str
    mine_at: str
    file: str



class ConflictsPage(AdminPage):
    """The list above, the one under the cursor in full below it: as sent, mine, theirs."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, "冲突处理", "两边改得不一样的栏。定夺之前台账保持我方的内容，对方的也不会丢。"
        )
        self._held: Held | None = None
        self._busy = False
        self.list = ShortList("冲突", [
            ListColumn("事项", 11), ListColumn("台账", 6, "muted"), ListColumn("栏目", 6),
            ListColumn("我方现在", 8.5, stretch=True), ListColumn("对方交来", 8.5, stretch=True),
            ListColumn("来自", 5.5), ListColumn("收到", 7, "muted"), ListColumn("由谁定", 4),
        ])  # fmt: skip
        self.list.when_empty("没有冲突", "单位交回的表格和台账没有相互矛盾的地方。")
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(self.decide)
        self.list.installEventFilter(self)
        listed = Card(flush=True)
        listed.add(self.list, 1)
        size = theme.sizes()
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        split.addWidget(listed)
        self._panel = self._build()
        split.addWidget(self._panel)
        split.setStretchFactor(0, 1)
        self.list.setMinimumHeight(size.row * 4)
        self._panel.setMinimumHeight(size.row * 7)
        split.setSizes([10_000, size.row * 10])
        self.body.addWidget(split, 1)
        self.setFocusProxy(self.list)
        self._show(None)
        self._load()

    def _build(self) -> QWidget:
        size, card = theme.sizes(), Card(flush=True)
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.setSpacing(size.gap)
        self.title, self.where = label(wrap=False), label("", "muted", wrap=False)
        self.title.setFont(theme.scaled(1.05, bold=True))
        head = QHBoxLayout()
        head.setSpacing(size.pad)
        head.addWidget(self.title)
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
            radio.toggled.connect(lambda on, n=name: on and self._picked(n))
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
        card.add(scrolled(inner), 1)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        row.setSpacing(size.gap)
        head = QLabel("理由(&L)")
        self.why = QLineEdit()
        self.why.setPlaceholderText("记在台账里，例如：已电话核实")
        self.why.returnPressed.connect(self.decide)
        head.setBuddy(self.why)
        self.ok = button("定下（Enter）", self.decide, "primary", tip="Ctrl+Enter")
        self._look = button("看这条事项", self.open_record, "link")
        row.addWidget(head)
        row.addWidget(self.why, 1)
        row.addWidget(self._look)
        row.addWidget(self.ok)
        card.add(foot)
        return card

    # ---- what the window asks of a page
    # ---------------------------------------------------------------------

    def shown(self) -> None:
        self._load()

    def refresh(self, change: Any) -> None:
        self._load()

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("用我方", lambda: self.pick(MINE), "Alt+Left", section, "ywf"),
            Command("用对方", lambda: self.pick(THEIRS), "Alt+Right", section, "ydf"),
            Command("另写一个", lambda: self.pick(OTHER), "Alt+Down", section, "lxyg"),
            Command("定下这一处", self.decide, "Ctrl+Return", section, "dxzyc"),
        ]

    # ---- the list
    # -------------------------------------------------------------------------------------------

    def _load(self) -> None:
        session = self.session

        def read(job: Job) -> list[Line]:
            # late: reading workbooks is not needed to show a page
            from desktop.exchange.apply import accept

            files = {entry.import_id: entry.file for entry in accept.imports(session)}
            # this office's own first
            found = sorted(accept.conflicts(session), key=lambda waiting: bool(waiting.decider))
            return [
                _line(session, waiting, files.get(waiting.import_id or "", "")) for waiting in found
            ]

        self.jobs.read(read, self._take, owner=self, key=("conflicts", id(self)))

    def _take(self, lines: list[Line]) -> None:
        self._busy = False
        self.list.fill(lines)
        own = sum(not line.data.waiting.decider for line in lines)
        self.window_.set_count("conflicts", own)
        elsewhere = f"另有 {len(lines) - own:,} 处等待别的单位裁定。" if own < len(lines) else ""
        self.hint.setText(
            f"还有 {own:,} 处。两边改得不一样的栏，定夺之前台账保持我方的内容，"
            f"对方的也不会丢。{elsewhere}"
            if own
            else elsewhere or "两边改得不一样的栏会列在这里，由人来定。"
        )

    def _chosen(self, line: Line | None) -> None:
        held = line.data if line is not None else None
        before = self._held.waiting if self._held is not None else None
        if held is not None and before is not None and held.waiting == before:
            self._held = held
            return
        self._show(held)

    # ---- one conflict
    # ---------------------------------------------------------------------------------------

    def _show(self, held: Held | None) -> None:
        self._held = held
        self._drop_editor()
        self._panel.setVisible(held is not None)
        if held is None:
            return
        waiting = held.waiting
        kind = self.session.kinds.get(waiting.kind)
        self.title.setText(waiting.title or "（未命名）")
        self.where.setText(f"{kind.label}　“{waiting.label}”这一栏")
        self.elsewhere.setText(
            f"等待“{waiting.decider}”裁定，本单位不用处理；它定下后再导入它的工作簿就会采用。"
        )
        self.elsewhere.setVisible(bool(waiting.decider))
        mine, theirs = marked(waiting.text_mine, waiting.text_theirs)
        base, _ = marked(waiting.text_base, waiting.text_base)
        self.base.show_text(base)
        who = f"{held.mine_by}　{moment(held.mine_at)}" if held.mine_by else ""
        self.values[MINE].show_text(mine, who)
        came = "　".join(part for part in (waiting.sender, moment(waiting.at), held.file) if part)
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
            around = Surroundings(self.session, self.jobs, self.window_)
            field = kind.field(waiting.field)
            self.editor = editor_for(field, around, waiting.kind)
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

    def decide(self) -> None:
        """Write the decision, and go on to the next conflict."""
        held, picked = self._held, self.picked
        if held is None or self._busy:
            return
        if held.waiting.decider:
            self.window_.toast(f"这一处等待“{held.waiting.decider}”裁定，本单位不用处理。")
            return
        if picked is None:
            self.window_.toast("先按 1、2 或 3 选一个，再按 Enter 定下。")
            return
        session, why, waiting = self.session, self.why.text().strip(), held.waiting
        try:
            choice = self._text(waiting) if picked == OTHER else picked
        except BadInput as error:
            self.window_.error(error)
            return
        self._busy = True

        def write(job: Job) -> None:
            from desktop.exchange.apply import accept  # late: as above

            accept.decide(session, waiting.conflict_id, choice, why)

        def done(_: Any) -> None:
            word = {MINE: "用我方", THEIRS: "用对方", OTHER: "另写"}[picked]
            self.window_.toast(f"已定：“{waiting.title}”的“{waiting.label}”{word}。")
            self._load()
            self.list.setFocus()

        self.jobs.write(write, done, failed=self._not_decided, owner=self, label="正在处理冲突")

    def _text(self, waiting: Any) -> str:
        """The third value as text; raises ``BadInput`` when it is none, or blank."""
        assert self.editor is not None
        value = self.editor.value()
        if value is None:
            raise BadInput(
                "另写的内容是空的。要清空这一栏，请在台账里改；这里请写一个值，或选用我方、用对方。"
            )
        field = self.session.kinds.get(waiting.kind).field(waiting.field)
        return TYPES[field.type].format(value, field, self.session.names)

    def _not_decided(self, error: Exception) -> None:
        self._busy = False
        self.window_.error(error)
        self._load()

    def open_record(self) -> None:
        """The record in its ledger."""
        if self._held is not None:
            self.window_.open_record(self._held.waiting.kind, self._held.waiting.uid)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """1, 2 and 3 in the list choose; the list itself would look for a row that begins so."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            name = PICKS.get(event.key())
            if name is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                self.pick(name)
                return True
        return False


def _line(session: Any, waiting: Any, file: str) -> Line:
    """A conflict with who wrote what stands in the ledger now; runs in the reader."""
    by = at = ""
    for line in session.history(waiting.kind, waiting.uid):
        if line.field == waiting.field:
            by, at = line.by, line.at
    held = Held(waiting, person(session, by) if by else "", at, file)
    ledger = session.kinds.get(waiting.kind).label
    mine, theirs = (
        " ".join(text.split()) or "（空）" for text in (waiting.text_mine, waiting.text_theirs)
    )
    decides = "待裁定" if waiting.decider else "本单位"
    cells = (
        waiting.title, ledger, waiting.label, mine, theirs, waiting.sender, moment(waiting.at)[5:],
        decides,
    )
    return Line(waiting.conflict_id, cells, held)
