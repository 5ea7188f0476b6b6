"""What workbooks would change, before anything is written: filters, lines, details, and the one
button that writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from db.session import Session
from desktop.exchange.foreign.unknown_names import resolve_names
from desktop.ui.exchange.merge.accepting import Accepting
from desktop.ui.exchange.merge.file_words import (
    nothing_words,
    remarks_of,
    remarks_together,
    state_words,
)
from desktop.ui.exchange.merge.files import IncomingFiles
from desktop.ui.exchange.merge.foot import foot_of, foot_together
from desktop.ui.exchange.merge.frame import MergeFrame
from desktop.ui.exchange.merge.incoming_file import (
    COPY,
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
)
from desktop.ui.exchange.merge.kept_decisions import KeptDecisions
from desktop.ui.exchange.merge.lines import CHOOSABLE, LEAVE, TAKE, Line, Lines
from desktop.ui.exchange.merge.many_files import ManyLines
from desktop.ui.exchange.merge.papers import Papers
from desktop.ui.exchange.merge.unknown_dialog import UnknownDialog
from desktop.ui.exchange.other_offices import ask_claim
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.page import Window
from desktop.ui.lists.short_list import Line as FileLine


class MergeView(MergeFrame):
    """Goes through one or many files; `left` when the person is through with all of them."""

    left = Signal()
    accepted = Signal()
    password_asked = Signal(object)
    mapping_asked = Signal(object)
    redo_asked = Signal(object)
    """The earlier import of this file, undone since, is to be brought back."""
    receipt_asked = Signal(str)
    """Of the import with this id."""

    def __init__(self, session: Session, jobs: Jobs, window: Window, parent: QWidget) -> None:
        self.papers = Papers(self)
        super().__init__(self.papers.button(), parent)
        self.session, self.jobs, self.window_ = session, jobs, window
        self.incoming = IncomingFiles(session, jobs, self)
        self.incoming.changed.connect(self._file_changed)
        self.file: IncomingFile | None = None
        self.together = False
        """Whether the lines of all files are shown as one; then `file` is none of them."""
        self._lines: Lines | ManyLines | None = None
        self._groups: frozenset[str] = frozenset()
        self._picked = False
        self._kept = KeptDecisions(window.settings, self.incoming)
        self._accepting = Accepting(session, jobs, window, self.incoming)
        self._wire()

    def _wire(self) -> None:
        self.typing.timeout.connect(self._filter)
        self.chips.chosen.connect(self.show_group)
        self.table.chosen.connect(self._chosen)
        self.table.decided.connect(self._decided)
        self.table.opened.connect(self._opened)
        self.table.copy_asked.connect(self.copy_lines)
        self.details.asked.connect(lambda choice: self.table.decide(choice))
        self.details.whole_asked.connect(lambda choice: self.table.decide(choice, whole=True))
        self.details.changed.connect(self._decided)
        self.empty.clicked.connect(self._help_file)
        self.list.chosen.connect(self._file_chosen)
        self._accepting.begun.connect(self._writing)
        self._accepting.written.connect(self._was_written)
        self._accepting.finished.connect(self._all_written)
        self._accepting.failed.connect(self._was_not_written)
        self._accepting.receipt_asked.connect(self.receipt_asked)
        for button, run in (
            (self.back_button, self.leave),
            (self.columns, lambda: self.mapping_asked.emit(self.file)),
            (self.redo_button, lambda: self.redo_asked.emit(self.file)),
            (self.claim_button, self._ask_unit), (self.names_button, self._ask_names),
            (self.drop_button, self.drop),
            (self.accept_button, self.accept), (self.accept_all_button, self.accept_all),
        ):  # fmt: skip
            button.clicked.connect(lambda _=False, run=run: run())

    def commands(self) -> list[Command]:
        section = "导入"
        return [
            Command("接受并导入", self.accept, "Ctrl+Return", section, "jsbdr"),
            Command("下一处待定", self.next_question, "F8", section, "xycdd"),
            Command("上一处待定", lambda: self.next_question(back=True), "F7", section, "sycdd"),
            Command("下一份文件", lambda: self.next_file(1), "F4", section, "xyfwj"),
            Command("上一份文件", lambda: self.next_file(-1), "F3", section, "syfwj"),
            Command("全部采用", lambda: self.decide_all(TAKE), "Ctrl+Shift+Right", section, "qbcy"),
            Command(
                "全部不采用", lambda: self.decide_all(LEAVE), "Ctrl+Shift+Left", section, "qbbcy"
            ),
            Command("复制导入报告", self.copy_report, "Ctrl+Shift+C", section, "fzdrbg"),
            Command("打印导入报告", self.papers.print_report, "Ctrl+Shift+P", section, "dydrbg"),
            Command("存退回标注表", self.papers.save_marked, "Ctrl+Shift+B", section, "cthbzb"),
            Command("在变化里查找", self.search.setFocus, "Ctrl+Shift+F", section, "zbhlcz"),
        ]

    # ---- files

    @property
    def files(self) -> list[IncomingFile]:
        """The files that came in together."""
        return self.incoming.all

    def take(
        self, paths: Sequence[Path], as_kind: str | None = None,
        skipped: Sequence[tuple[Path, str]] = (),
    ) -> None:
        """Look at these files, one after the other; what was passed over in a folder is named."""
        first = self.incoming.take(paths, as_kind, skipped)
        self.together = len(self.files) > 1
        self.file = None if self.together else first or next(iter(self.files), None)
        self._picked = False
        self._list()
        self._show()
        self.incoming.read_next(first)

    def read(self, file: IncomingFile) -> None:
        """Look at one file (again), for instance with its password."""
        file.state = WAITING
        self._list()
        self.incoming.read_next(file)

    def _file_changed(self, file: IncomingFile) -> None:
        """A file is being read, or has been."""
        if file.state == READY and file.lines is not None:
            self._kept.give_back(file.key, file.lines)
        self._list()
        if self.together and file.state == READING and self._lines is not None and self._lines.all:
            self._say_read()  # what is shown has not changed by a file that only begins to be read
        elif self.together or file is self.file:
            self._show()
        else:
            self._say_outcome()
        if len(self.files) == 1 and file.state in (LOCKED, FOREIGN):
            self._help_file()

    def _list(self) -> None:
        self.files_card.setVisible(len(self.files) > 1)
        lines = []
        if len(self.files) > 1:
            read = sum(file.state not in (WAITING, READING) for file in self.files)
            word = (
                f"{len(self.files)} 份" if read == len(self.files) else f"{read}/{len(self.files)}"
            )
            lines.append(FileLine("", ("全部文件", (word, "blue")), None))
        for file in self.files:
            word_, tone = WORDS[file.state]
            if file.state == READY and file.lines is not None:
                word_, tone = f"{len(file.lines.all) - file.lines.counts['skipped']:,} 处", "orange"
            lines.append(
                FileLine(
                    f"{file.path}|{'|'.join(file.part)}", (self._called(file), (word_, tone)), file
                )
            )
        self.list.blockSignals(True)
        self.list.fill(lines)
        at = next((i for i, line in enumerate(lines) if line.data is self.file), 0)
        if lines:
            self.list.selectRow(at)
        self.list.blockSignals(False)

    def _called(self, file: IncomingFile) -> str:
        """In a narrow list, where names of units that begin with their city's would be cut to
        that: the unit's short name."""
        names = self.session.names
        unit = names.units().get(names.unit_by_name(file.sender) or "") if file.sender else None
        short = unit.short if unit is not None else ""
        return file.name.replace(file.sender, short, 1) if short else file.name

    def _file_chosen(self, line: FileLine | None) -> None:
        if line is not None and (
            line.data is not self.file or self.together != (line.data is None)
        ):
            self._picked = True
            self.file, self.together = line.data, line.data is None
            self._show()

    def _ask_unit(self) -> None:
        """Whether the sender is the unit that it says it is; then the file is looked at anew."""
        file = self.file
        if file is not None and file.plan is not None and file.plan.claims:
            ask_claim(self, self.window_, file.plan.claims[0], lambda: self.read(file))

    def _ask_names(self) -> None:
        """What the names are that a foreign table has and nobody knows; then it is read anew."""
        file, session = self.file, self.session
        if file is None or file.plan is None or not file.plan.unknown:
            return
        kind = session.kinds.get(file.plan.foreign_kind or "")
        dialog = UnknownDialog(self, session, kind, file.plan.unknown)
        if dialog.exec() == UnknownDialog.DialogCode.Accepted and (answers := dialog.answers()):
            self.window_.jobs.write(
                lambda job: resolve_names(session, kind, answers), lambda _: self.read(file),
                failed=self.window_.error, owner=self,
            )  # fmt: skip
        dialog.deleteLater()

    def next_file(self, step: int) -> None:
        """On to another file of those that came in together; the first entry is all of them."""
        if len(self.files) > 1:
            at = self.list.currentIndex().row() + step
            self.list.selectRow(at % (len(self.files) + 1))

    def _help_file(self) -> None:
        """What can be done about a file that could not be read, or that changes nothing."""
        file = self.file
        if file is None:
            return
        if file.state == LOCKED:
            self.password_asked.emit(file)
        elif file.state == FOREIGN:
            self.mapping_asked.emit(file)
        elif file.state == SAME and file.undone is not None:
            self.redo_asked.emit(file)
        elif file.state in (REFUSED, COPY):
            self.leave()

    # ---- showing

    @property
    def lines(self) -> Lines | ManyLines | None:
        """What is gone through: the lines of one file, or of all together; None while there are
        none."""
        return self._lines

    def _show(self) -> None:
        """Show the file in front, or all."""
        file = self.file
        if self.together:
            self._show_together()
        elif file is not None:
            self._groups = frozenset()
            ready = file.state == READY and file.lines is not None
            self._lines = file.lines if ready else None
            self.title.setText(file.title)
            self.title.setToolTip(str(file.path))
            self.from_whom.setText(f"来自 {file.sender}" if file.sender else "")
            self._offer(file, ready)
            told_in_middle = file.lines is None or (file.undone is not None and not ready)
            self._show_remarks([] if told_in_middle else remarks_of(file, self.session))
            self._show_lines(ready)

    def _show_together(self) -> None:
        self._lines = self.incoming.together()
        self._groups &= frozenset(self._lines.counts)
        self._say_read()
        for each in (self.redo_button, self.claim_button, self.columns, self.names_button):
            each.hide()
        self._show_remarks(remarks_together(self.files))
        self._show_lines(bool(self._lines.all))

    def _offer(self, file: IncomingFile, ready: bool) -> None:
        """What can be done with the file as a whole."""
        plan = file.plan if file.state in (READY, SAME) else None
        may, undone = self.session.may, file.undone is not None
        self.redo_button.setVisible(undone and ready and may("undo-import"))
        self.claim_button.setVisible(plan is not None and bool(plan.claims) and may("units"))
        self.columns.setVisible(plan is not None and plan.foreign_kind is not None)
        self.names_button.setVisible(plan is not None and bool(plan.unknown))

    def _show_remarks(self, remarks: Sequence[str]) -> None:
        # At the large sizes of letters six would push the foot of the page off a 768-pixel screen.
        self.remarks.setText("\n".join(remarks[: 6 if theme.applied()[0] < 14 else 4]))
        self.remarks.setToolTip("\n".join(remarks))
        self.remark_bar.setVisible(bool(remarks))

    def _show_lines(self, ready: bool) -> None:
        """The table, or where there is nothing to go through, why."""
        self.chips.show_lines(self._lines if ready else None)
        self.chips.mark(next(iter(self._groups), ""))
        self.stack.setCurrentIndex(0 if ready else 1)
        if ready:
            self._filter()
            self.table.setFocus()
        else:
            self.empty.say(*self._why_nothing())
        self.search.setVisible(ready)
        self.keys.setVisible(ready)
        self._say_outcome()

    def _say_read(self) -> None:
        """How many of the files were read."""
        done = sum(f.state not in (WAITING, READING) for f in self.files)
        self.title.setText(f"{len(self.files)} 份文件")
        self.title.setToolTip("")
        self.from_whom.setText("" if done == len(self.files) else f"已检查 {done} 份")

    def _why_nothing(self) -> tuple[str, str, str]:
        if self.file is None:  # all together
            return nothing_words(self.files)
        return state_words(self.file, len(self.files) == 1, bool(self.session.may("undo-import")))

    def show_group(self, name: str) -> None:
        """Show the lines of one sort; none named shows all."""
        self._groups = frozenset({name}) if name else frozenset()
        self.chips.mark(name)
        self._filter()
        self.table.setFocus()

    def _filter(self) -> None:
        self.typing.stop()
        if self._lines is not None:
            self.table.show_lines(self._lines, self._groups, self.search.text())

    def _chosen(self, line: Line | None) -> None:
        self.details.show_line(self._lines, line)

    def _decided(self) -> None:
        self.details.show_decision()
        self._say_outcome()
        self._kept.soon()

    def _say_outcome(self) -> None:
        still = self.incoming.first(WAITING, READING) is not None
        self.papers.show_possible()
        if isinstance(self._lines, ManyLines):
            foot = foot_together(self._lines, self.files, still)
        else:
            foot = foot_of(self.file, self.files)
        self.show_foot(foot, bool(self.session.may("import")), still)

    # ---- doing

    def _opened(self) -> None:
        """Enter or a double click: on to the next question; on a file that was not read, to that
        file and what helps it."""
        line = self.table.line()
        named = (
            [f for f in self.files if line is not None and f.title == line.row.title]
            if self.together
            else []
        )
        if line is None or line.row.kind or not named:
            self.next_question()
            return
        self.list.selectRow(self.files.index(named[0]) + 1)
        if named[0].state in (LOCKED, FOREIGN):
            self._help_file()

    def next_question(self, back: bool = False) -> None:
        """On to the next conflict that was not decided, or back to the one before."""
        if self._lines is not None and not self.table.next_asking(back):
            self.window_.toast(f"没有待定的冲突了。按 Ctrl+Enter {self.accept_button.text()}。")

    def decide_all(self, choice: str) -> None:
        """Decide all lines that the filter shows."""
        if self._lines is not None:
            self._lines.decide(
                (line for line in self.table.model_.shown if line.group in CHOOSABLE), choice
            )
            self.table.tell()

    def accept(self) -> None:
        """Write what was accepted, in one transaction; with all files in front, each of them."""
        if not self.accept_button.isEnabled():
            return
        if self.together:
            self.accept_all()
        elif (
            self.file is not None
            and self.file.state in (READY, SAME)
            and self.file.lines is not None
        ):
            self._accepting.one(self.file)

    def accept_all(self) -> None:
        """Write every file that was read, one after the other."""
        self._accepting.all()

    def _writing(self) -> None:
        self.accept_button.setEnabled(False)
        self.accept_all_button.setEnabled(False)
        self.table.setEnabled(False)
        self._list()

    def _was_written(self) -> None:
        self._kept.keep()
        self.table.setEnabled(True)

    def _all_written(self) -> None:
        self.accepted.emit()
        self._next_file()

    def _was_not_written(self, error: Exception) -> None:
        self.table.setEnabled(True)
        self.window_.error(error)
        self._list()
        self._show()

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
        if following is not None and not self.together:
            self.file = following
        self._list()
        self._show()
        if (
            following is not None
            and following is self.file
            and following.part
            and following.state == FOREIGN
        ):
            # the next ledger of the same workbook, in turn
            QTimer.singleShot(0, self, self._help_file)

    def leave(self) -> None:
        """Back to the page of the exchange; files that were not accepted are forgotten, what was
        decided is not."""
        self._kept.keep()
        self.incoming.forget()
        self.file, self.together, self._lines = None, False, None
        self.left.emit()

    def done_with(self, file: IncomingFile) -> None:
        """The earlier import of this file was brought back."""
        file.state, file.message = DONE, "已恢复那次导入，台账回到导入后的内容。"
        self._next_file()

    def copy_report(self) -> None:
        """The whole report as text with tabs."""
        self.papers.copy_report()

    def copy_lines(self) -> None:
        """The selected lines as text with tabs."""
        model = self.table.model_
        rows = [
            "\t".join(model.text(line, column) for column in range(model.columnCount()))
            for line in self.table.selected()
        ]
        QGuiApplication.clipboard().setText("\n".join(rows))

