"""What workbooks would change, before anything is written: filters, lines, details, and the one button that writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.ui import theme
from desktop.ui.commands import Command
from desktop.ui.jobs import Job
from desktop.ui.mergeview_chips import GroupChips
from desktop.ui.mergeview_details import Details, Hint
from desktop.ui.mergeview_files import (
    DONE,
    DROPPED,
    FOREIGN,
    LOCKED,
    OPEN,
    READING,
    READY,
    REFUSED,
    SAME,
    WAITING,
    WORDS,
    IncomingFile,
    IncomingFiles,
)
from desktop.ui.mergeview_lines import CHOOSABLE, LEAVE, TAKE, Line
from desktop.ui.mergeview_table import LinesTable
from desktop.ui.pages.parts import Card, ListColumn, ShortList, button, label
from desktop.ui.pages.parts import Line as FileLine
from desktop.ui.table import Empty

VIEW, KEPT_FILES, KEPT_DECISIONS = "merge", 20, 20_000
"""Where decisions of files that were not accepted yet are kept, and how many at most."""
HEADS = {WAITING: "排队等待检查", READING: "正在检查…", SAME: "没有变化", REFUSED: "没有读入", DROPPED: "没有导入"}
"""What stands in large letters where the table would be."""


class MergeView(QWidget):
    """Goes through one or many files; `left` when the person is through with all of them."""

    left = Signal()
    accepted = Signal()
    password_asked = Signal(object)
    ledger_asked = Signal(object)
    mapping_asked = Signal(object)

    def __init__(self, session: Any, jobs: Any, window: Any) -> None:
        super().__init__()
        self.session, self.jobs, self.window_ = session, jobs, window
        self.incoming = IncomingFiles(session, jobs, self)
        self.incoming.changed.connect(self._file_changed)
        self.file: IncomingFile | None = None
        self._groups: frozenset[str] = frozenset()
        self._all = self._picked = False
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(1500)
        self._keep.timeout.connect(self._keep_decisions)
        self._build()

    # ---- building -------------------------------------------------------------------------------------------

    def _build(self) -> None:
        size = theme.sizes()
        self.title = QLabel()
        self.title.setFont(theme.scaled(1.15, bold=True))
        self.sender = label("", "muted", wrap=False)
        for words in (self.title, self.sender):
            words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            words.setMinimumWidth(size.chars(4))
        self.search = QLineEdit()
        self.search.setPlaceholderText("在变化里查找")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(size.chars(14))
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(200)
        self._wait.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _: self._wait.start())
        head = QHBoxLayout()
        head.setSpacing(size.pad)
        head.addWidget(button("‹ 返回", self.leave, "link"))
        head.addWidget(self.title)
        head.addWidget(self.sender, 1)
        self.columns = button("列的对应…", lambda: self.mapping_asked.emit(self.file))
        self.columns.hide()
        head.addWidget(self.columns)
        head.addWidget(self.search)
        self.chips = GroupChips()
        self.chips.chosen.connect(self.show_group)
        self.remarks = label()
        ink, ground = theme.TONES["yellow"]
        self.remarks.setStyleSheet(
            f"background: {ground}; color: {ink}; padding: {size.gap // 2}px {size.gap}px; border-radius: {size.gap // 2}px;"
        )
        self.table = LinesTable()
        self.details = Details()
        self.table.chosen.connect(self._chosen)
        self.table.decided.connect(self._decided)
        self.table.opened.connect(self.next_question)
        self.table.copy_asked.connect(self.copy_lines)
        self.details.asked.connect(lambda choice: self.table.decide(choice))
        self.details.whole_asked.connect(lambda choice: self.table.decide(choice, whole=True))
        self.details.changed.connect(self._decided)
        listed = Card(flush=True)
        listed.add(self.table, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        split.addWidget(listed)
        split.addWidget(self.details)
        split.setStretchFactor(0, 1)
        split.setSizes([10_000, size.row * 5])
        self.table.setMinimumHeight(size.row * 4)
        self.details.setMinimumHeight(size.row * 4)
        self.empty = Empty(self)
        self.empty.clicked.connect(self._help_file)
        self._stack = QStackedWidget()
        self._stack.addWidget(split)
        told = Card(flush=True)
        told.add(self.empty, 1)
        self._stack.addWidget(told)
        self.list = ShortList("文件", [ListColumn("文件", 6, stretch=True), ListColumn("", 4.3, "chip")])
        self.list.chosen.connect(self._file_chosen)
        self.files_card = Card(flush=True)
        self.files_card.add(self.list, 1)
        self.files_card.setFixedWidth(size.chars(14))
        middle = QHBoxLayout()
        middle.setSpacing(size.gap)
        middle.addWidget(self.files_card)
        middle.addWidget(self._stack, 1)
        self.outcome = QLabel()
        self.keys = Hint(("空格、←、→ 决定", "Ctrl+←、→ 整条", "Enter 下一处待定"))
        self._drop = button("这份不导入", self.drop)
        self.accept_button = button("接受并导入", self.accept, "primary", tip="Ctrl+Enter")
        foot = QHBoxLayout()
        foot.setSpacing(size.gap)
        foot.addWidget(self.outcome)
        foot.addWidget(self.keys, 100)
        foot.addStretch(1)
        self._copy = button("复制报告", self.copy_report, tip="Ctrl+Shift+C")
        self.accept_all_button = button("接受全部文件", self.accept_all, tip="冲突照样留待处理")
        for widget in (self._copy, self._drop, self.accept_all_button, self.accept_button):
            foot.addWidget(widget)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.setSpacing(size.gap)
        box.addLayout(head)
        box.addWidget(self.remarks)
        box.addWidget(self.chips)
        box.addLayout(middle, 1)
        box.addLayout(foot)
        self.setFocusProxy(self.table)

    def commands(self) -> list[Command]:
        section = "导入"
        return [
            Command("接受并导入", self.accept, "Ctrl+Return", section, "jsbdr"),
            Command("下一处待定", self.next_question, "F8", section, "xycdd"),
            Command("全部采用", lambda: self.decide_all(TAKE), "Ctrl+Shift+Right", section, "qbcy"),
            Command("全部不采用", lambda: self.decide_all(LEAVE), "Ctrl+Shift+Left", section, "qbbcy"),
            Command("复制导入报告", self.copy_report, "Ctrl+Shift+C", section, "fzdrbg"),
            Command("在变化里查找", self.search.setFocus, "Ctrl+Shift+F", section, "zbhlcz"),
        ]

    # ---- files ----------------------------------------------------------------------------------------------

    @property
    def files(self) -> list[IncomingFile]:
        """The files that came in together."""
        return self.incoming.all

    def take(self, paths: Sequence[Path], as_kind: str | None = None, skipped: Sequence[tuple[Path, str]] = ()) -> None:
        """Look at these files, one after the other; what was passed over in a folder is named."""
        self.file = self.incoming.take(paths, as_kind, skipped)
        self._picked = False
        self._list()
        self._show_file()
        self.incoming.read_next(self.file)

    def read(self, file: IncomingFile) -> None:
        """Look at one file (again), for instance with its password."""
        file.state = WAITING
        self._list()
        self.incoming.read_next(file)

    def _file_changed(self, file: IncomingFile) -> None:
        """A file is being read, or has been."""
        if file.state == READY and file.lines is not None:
            kept = self.window_.settings.view(VIEW).get(file.plan.sha256)
            if isinstance(kept, list):
                file.lines.restore(kept)
        if file.state == READY and not self._picked and self.file is not None and self.file.state in (SAME, REFUSED):
            self.file = file  # the first with something to decide
        self._list()
        if file is self.file:
            self._show_file()
        else:
            self._say_outcome()
        if len(self.files) == 1 and file.state in (LOCKED, FOREIGN):
            self._help_file()

    def _list(self) -> None:
        self.files_card.setVisible(len(self.files) > 1)
        lines = []
        for file in self.files:
            word = WORDS[file.state]
            if file.state == READY and file.lines is not None:
                word = (f"{len(file.lines.all):,} 处", "orange")
            lines.append(FileLine(str(file.path), (file.sender or file.path.name, word), file))
        self.list.blockSignals(True)
        self.list.fill(lines)
        if self.file is not None:
            self.list.selectRow(self.files.index(self.file))
        self.list.blockSignals(False)

    def _file_chosen(self, line: FileLine | None) -> None:
        if line is not None and line.data is not self.file:
            self._picked = True
            self.file = line.data
            self._show_file()

    def _help_file(self) -> None:
        """What can be done about a file that could not be read."""
        if self.file is None:
            return
        if self.file.state == LOCKED:
            self.password_asked.emit(self.file)
        elif self.file.state == FOREIGN:
            self.ledger_asked.emit(self.file)
        elif self.file.state == REFUSED:
            self.leave()

    # ---- showing --------------------------------------------------------------------------------------------

    def _show_file(self) -> None:
        file = self.file
        self._groups = frozenset()
        if file is None:
            return
        self.title.setText(file.path.name)
        self.title.setToolTip(str(file.path))
        self.sender.setText(f"来自 {file.sender}" if file.sender else "")
        remarks = file.remarks(self.session) if file.lines is not None else []
        self.remarks.setText("\n".join(remarks[:6]))
        self.remarks.setVisible(bool(remarks))
        ready = file.state == READY and file.lines is not None
        self.chips.show_lines(file.lines if ready else None)
        self._stack.setCurrentIndex(0 if ready else 1)
        if ready:
            self.search.clear()
            self._filter()
            self.table.setFocus()
        else:
            self._say_state(file)
        self.search.setVisible(ready)
        self.columns.setVisible(file.lines is not None and file.plan.foreign_kind is not None and file.state in (READY, SAME))
        self.keys.setVisible(ready)
        self._say_outcome()

    def _say_state(self, file: IncomingFile) -> None:
        word = HEADS.get(file.state, WORDS[file.state][0])
        alone = "返回" if len(self.files) == 1 else ""
        offer = {LOCKED: "输入密码…", FOREIGN: "按哪本台账导入…", REFUSED: alone}.get(file.state, "")
        if file.state == DONE and file.result is not None:
            made = file.result
            text = f"新增 {made.added:,} 条，修改 {made.updated:,} 条，留待处理 {len(made.conflicts):,} 处。"
            self.empty.say(word, text, offer)
        else:
            self.empty.say(word, file.message, offer)

    def show_group(self, name: str) -> None:
        """Show the lines of one sort; none named shows all."""
        self._groups = frozenset({name}) if name else frozenset()
        self.chips.mark(name)
        self._filter()
        self.table.setFocus()

    def _filter(self) -> None:
        self._wait.stop()
        if self.file is not None and self.file.lines is not None:
            self.table.show_lines(self.file.lines, self._groups, self.search.text())

    def _chosen(self, line: Line | None) -> None:
        lines = self.file.lines if self.file is not None else None
        self.details.show_line(lines, line)

    def _decided(self) -> None:
        self.details.show_decision()
        self._say_outcome()
        self._keep.start()

    def _keep_decisions(self) -> None:
        """So that a lock or a power cut does not cost an hour's work: by the file's SHA-256, without any content."""
        self._keep.stop()
        kept = self.window_.settings.view(VIEW)
        for file in self.files:
            if file.lines is not None:
                kept.pop(file.plan.sha256, None)
                decided = file.lines.kept() if file.state == READY else []
                if 0 < len(decided) <= KEPT_DECISIONS:
                    kept[file.plan.sha256] = decided
        self.window_.settings.set_view(VIEW, dict(list(kept.items())[-KEPT_FILES:]))

    def _say_outcome(self) -> None:
        file = self.file
        open_ = file is not None and file.state in (READY, SAME)
        able = self.session.may("import")
        self.accept_button.setEnabled(open_ and able)
        ready = sum(f.state in (READY, SAME) for f in self.files)
        self.accept_all_button.setVisible(ready > 1)
        self.accept_all_button.setEnabled(able and self.incoming.first(WAITING, READING) is None)
        self._drop.setEnabled(open_)
        self._copy.setEnabled(file is not None and file.lines is not None)
        if file is None or file.lines is None or not open_:
            self.outcome.setText("")
            return
        self.outcome.setText(file.lines.outcome_text())
        self.accept_button.setText("登记为已交回" if file.state == SAME else "接受并导入")

    # ---- doing ----------------------------------------------------------------------------------------------

    def next_question(self) -> None:
        """On to the next conflict that was not decided."""
        if self.file is not None and not self.table.next_asking():
            self.window_.toast("没有待定的冲突了。按 Ctrl+Enter 接受并导入。")

    def decide_all(self, choice: str) -> None:
        """Decide all lines that the filter shows."""
        lines = self.file.lines if self.file is not None else None
        if lines is not None:
            lines.decide((line for line in self.table.model_.shown if line.group in CHOOSABLE), choice)
            self.table.tell()

    def accept(self) -> None:
        """Write what was accepted, in one transaction."""
        file = self.file
        if file is None or file.lines is None or file.state not in (READY, SAME) or not self.accept_button.isEnabled():
            return
        self.accept_button.setEnabled(False)
        self.table.setEnabled(False)
        session, lines = self.session, file.lines

        def write(job: Job) -> Any:
            from desktop.exchange import apply  # late: as above

            return apply.accept(session, lines.plan, lines.choices(), progress=job.step)

        self.jobs.write(
            write,
            lambda result: self._was_written(file, result),
            failed=self._was_not_written,
            owner=self,
            label=f"正在导入 {file.path.name}",
        )

    def accept_all(self) -> None:
        """Write every file that was read, one after the other; each is an import of its own in the history."""
        self._all = True
        self.accept()

    def _was_written(self, file: IncomingFile, result: Any) -> None:
        file.state, file.result = DONE, result
        self._keep_decisions()
        self.table.setEnabled(True)
        waiting = len(result.conflicts)
        text = f"已导入 {file.path.name}：新增 {result.added:,} 条，修改 {result.updated:,} 条。"
        if waiting:
            self.window_.toasts.show_text(
                f"{text}有 {waiting:,} 处冲突留待处理。", "去处理", lambda: self.window_.open("conflicts"), 12
            )
        else:
            self.window_.toast(text)
        self.accepted.emit()
        self._next_file()
        if self._all:
            self._go_on()

    def _go_on(self) -> None:
        """The next file of those that were accepted together, or the word that all are through."""
        following = self.incoming.first(READY, SAME)
        if following is None:
            self._all = False
            return
        self.file = following
        self._list()
        self._show_file()
        self.accept()

    def _was_not_written(self, error: Exception) -> None:
        self._all = False
        self.table.setEnabled(True)
        self.window_.error(error)
        self._say_outcome()

    def drop(self) -> None:
        """Leave this file alone; nothing of it is written."""
        if self.file is not None and self.file.state in OPEN:
            self.file.state, self.file.message = DROPPED, "这份文件没有导入，台账没有改动。"
            self._next_file()

    def _next_file(self) -> None:
        following = self.incoming.first(READY, SAME, LOCKED, FOREIGN, READING, WAITING)
        if following is None and self.incoming.first(REFUSED) is None:
            self.leave()
            return
        if following is not None:
            self.file = following
        self._list()
        self._show_file()

    def leave(self) -> None:
        """Back to the page of the exchange; files that were not accepted are forgotten, what was decided is not."""
        self._keep_decisions()
        self.incoming.forget()
        self.file = None
        self.left.emit()

    def copy_report(self) -> None:
        """The whole report as text with tabs."""
        lines = self.file.lines if self.file is not None else None
        if lines is None:
            return

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.window_.toast("报告已复制，可以贴到 Excel 或聊天窗口里。")

        self.jobs.read(lambda job: lines.report(), done, owner=self)

    def copy_lines(self) -> None:
        """The selected lines as text with tabs."""
        model = self.table.model_
        rows = ["\t".join(model.text(line, column) for column in range(model.columnCount())) for line in self.table.selected()]
        QGuiApplication.clipboard().setText("\n".join(rows))
