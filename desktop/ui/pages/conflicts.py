"""Conflicts: what two sides wrote differently, side by side; one is chosen, or a third value
written, and why."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter

from db.errors import BadInput
from desktop.exchange.apply import accept
from desktop.ui.exchange.conflict_lines import ConflictWithAuthor, conflict_line
from desktop.ui.exchange.conflict_panel import MINE, OTHER, THEIRS, ConflictPanel
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("conflicts")
PICKS = {int(Qt.Key.Key_1): MINE, int(Qt.Key.Key_2): THEIRS, int(Qt.Key.Key_3): OTHER}


class ConflictsPage(AdminPage):
    """The list above, the one under the cursor in full below it: as sent, mine, theirs."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, "冲突处理", "两边改得不一样的栏。定夺之前台账保持我方的内容，对方的也不会丢。"
        )
        self._held: ConflictWithAuthor | None = None
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
        self.panel = ConflictPanel(window)
        self.panel.decide_asked.connect(self.decide)
        self.panel.record_asked.connect(self.open_record)
        split.addWidget(self.panel)
        split.setStretchFactor(0, 1)
        self.list.setMinimumHeight(size.row * 4)
        self.panel.setMinimumHeight(size.row * 7)
        split.setSizes([10_000, size.row * 10])
        self.body.addWidget(split, 1)
        self.starts_at(self.list)
        self._show(None)
        self._load()

    # ---- what the window asks of a page

    def shown(self) -> None:
        super().shown()
        self._load()

    def refresh(self, change: Any) -> None:
        self._load()

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("用我方", lambda: self.panel.pick(MINE), "Alt+Left", section, "ywf"),
            Command("用对方", lambda: self.panel.pick(THEIRS), "Alt+Right", section, "ydf"),
            Command("另写一个", lambda: self.panel.pick(OTHER), "Alt+Down", section, "lxyg"),
            Command("定下这一处", self.decide, "Ctrl+Return", section, "dxzyc"),
        ]

    # ---- the list

    def _load(self) -> None:
        session = self.session

        def read(job: Job) -> list[Line]:
            # late: reading workbooks is not needed to show a page

            files = {entry.import_id: entry.file for entry in accept.imports(session)}
            # this office's own first
            found = sorted(accept.conflicts(session), key=lambda waiting: bool(waiting.decider))
            return [
                conflict_line(session, waiting, files.get(waiting.import_id or "", ""))
                for waiting in found
            ]

        self.jobs.read(
            read, self._take, failed=self.list.say_unread, owner=self, key=("conflicts", id(self))
        )

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

    def _show(self, held: ConflictWithAuthor | None) -> None:
        self._held = held
        self.panel.show_conflict(held)

    def decide(self) -> None:
        """Write the decision, and go on to the next conflict."""
        conflict, picked = self._held, self.panel.picked
        if conflict is None or self._busy:
            return
        if conflict.waiting.decider:
            self.window_.toast(f"这一处等待“{conflict.waiting.decider}”裁定，本单位不用处理。")
            return
        if picked is None:
            self.window_.toast("先按 1、2 或 3 选一个，再按 Enter 定下。")
            return
        session, why, waiting = self.session, self.panel.why.text().strip(), conflict.waiting
        try:
            choice = self.panel.other_text(waiting) if picked == OTHER else picked
        except BadInput as error:
            self.window_.error(error)
            return
        self._busy = True

        def write(job: Job) -> None:
            accept.decide(session, waiting.conflict_id, choice, why)

        def done(_: Any) -> None:
            word = {MINE: "用我方", THEIRS: "用对方", OTHER: "另写"}[picked]
            self.window_.toast(f"已定：“{waiting.title}”的“{waiting.label}”{word}。")
            self._load()
            self.list.setFocus()

        self.jobs.write(write, done, failed=self._not_decided, owner=self, label="正在处理冲突")

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
                self.panel.pick(name)
                return True
        return False

