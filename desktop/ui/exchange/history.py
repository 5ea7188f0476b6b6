"""What came in and went out: each import and export with its file, counts, who and when; undone,
answered, sent again from here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QStackedWidget, QTabBar, QWidget

from db.session import Session
from desktop.exchange.apply import accept, import_history, import_report
from desktop.exchange.apply.outcome import outcomes_of_import
from desktop.exchange.errors import Refused
from desktop.exchange.files import removable_media
from desktop.ui.exchange import exchange_papers
from desktop.ui.exchange.destinations import folder_text, show_folder
from desktop.ui.exchange.export_dialog import ask_and_export
from desktop.ui.exchange.history_words import (
    COUNTS,
    beside,
    export_line,
    import_line,
    kept_text,
    report_head,
    report_text,
)
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.messages import Dialog, ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, moment
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

if TYPE_CHECKING:
    from desktop.exchange.apply.import_history import ExportEntry, ImportEntry, Undone
    from desktop.exchange.apply.import_report import Marked

FORMS = (".lrmx", ".lrm")
"""Appointment forms: taken in one by one by hand, so there is nothing to answer and no workbook to
mark."""
FATES = {"conflict": "待定", "correction": "待定", "left": "不采用"}
"""What became of a cell not simply taken, in the words of the merge view; of others: 不改."""


class History(Card):
    """Two lists behind tabs; what can be done with the selected line stands above it."""

    def __init__(self, session: Session, jobs: Jobs, window: Window, parent: QWidget) -> None:
        super().__init__(flush=True, parent=parent)
        self.session, self.jobs, self.window_ = session, jobs, window
        self._undoable: set[str] = set()
        """The imports that this person may undo."""
        size = theme.sizes()
        self.tabs = QTabBar()
        self.tabs.addTab("导入记录")
        self.tabs.addTab("导出记录")
        self.tabs.setDrawBase(False)
        lists = QStackedWidget()
        self.imports = ShortList("导入记录", parent=lists, columns=[
            ListColumn("时间", 6.4), ListColumn("来自", 8), ListColumn("文件", 12, stretch=True),
            ListColumn("谁导入", 4),
            *(ListColumn(word, len(word) + 0.5, "number") for _, word in COUNTS),
            ListColumn("情况", 4.5, "chip"),
        ])  # fmt: skip
        self.imports.when_empty(
            "还没有导入过", "收到单位交回的工作簿，拖到上面的框里，或按 Ctrl+I。"
        )
        self.exports = ShortList("导出记录", parent=lists, columns=[
            ListColumn("时间", 6.4), ListColumn("给谁", 9), ListColumn("文件", 14, stretch=True),
            ListColumn("台账", 12),
            ListColumn("行数", 4, "number"), ListColumn("谁导出", 4.5),
            ListColumn("情况", 4.5, "chip"),
        ])  # fmt: skip
        self.exports.when_empty("还没有导出过", "在台账里按 Ctrl+E，或点右上角“导出工作簿”。")
        lists.addWidget(self.imports)
        lists.addWidget(self.exports)
        self.tabs.currentChanged.connect(lists.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda _: self._show_possible())
        for each in (self.imports, self.exports):
            each.chosen.connect(lambda _: self._show_possible())
        self.imports.opened.connect(self.show_report)
        self.report_button = button(
            "查看报告", self.show_report, tip="这次导入改了什么、没有采用什么；可以复制、打印"
        )
        self.receipt_button = button(
            "回执…", self.show_receipt, tip="给交表单位的回执；可以复制、打印"
        )
        self.mark_button = button(
            "退回标注表…", self.save_marked,
            tip="对方的原表，有错、没采用、有冲突的格子标了颜色、加了批注",
        )
        self.taken_button = button("收到的原件…", self.save_taken, tip="把当时收到的文件另存一份")
        self.undo_button = button("撤销这次导入", self.undo, "danger")
        self.redo_button = button("恢复这次导入", self.redo)
        self.changes_button = button(
            "导出之后的变化…", self.export_changes, tip="只含那次发出之后有变化的事项"
        )
        self.sent_button = button("发出的原件…", self.save_sent, tip="把当时发出的工作簿另存一份")
        self._of_imports = (
            self.report_button, self.receipt_button, self.mark_button, self.taken_button,
        )
        self._of_exports = (self.changes_button, self.sent_button)
        top = QHBoxLayout()
        top.setContentsMargins(size.gap, 0, size.gap, 0)
        top.setSpacing(size.gap)
        top.addWidget(self.tabs)
        top.addStretch(1)
        for tool in (*self._of_imports, self.undo_button, self.redo_button, *self._of_exports):
            top.addWidget(tool)
        self.box.addLayout(top)
        self.add(lists, 1)
        self._show_possible()

    # ---- showing

    def load(self) -> None:
        """Read both lists anew."""
        session = self.session

        def read(job: Job) -> tuple[list[Line], list[Line], set[str]]:
            # late: reading workbooks is not needed to show a page

            came = import_history.imports(session)
            return (
                [import_line(session, entry) for entry in came],
                [export_line(session, entry) for entry in import_history.exports(session)],
                {entry.import_id for entry in came if import_history.may_undo(session, entry)},
            )

        def failed(error: Exception) -> None:
            for each in (self.imports, self.exports):
                each.say_unread(error)

        self.jobs.read(read, self._take, failed=failed, owner=self, key=("exchange", id(self)))

    def _take(self, found: tuple[list[Line], list[Line], set[str]]) -> None:
        self._undoable = found[2]
        self.imports.fill(found[0])
        self.exports.fill(found[1])
        self._show_possible()

    def _show_possible(self) -> None:
        """The buttons of the tab in front, those that mean something for its line."""
        came = self.tabs.currentIndex() == 0
        there = (self.imports if came else self.exports).line() is not None
        may_export = self.session.may("export")
        entry = self._import()
        workbook = entry is not None and not entry.file.lower().endswith(FORMS)
        for each in self._of_imports:
            each.setVisible(came)
        self.report_button.setEnabled(there)
        for each in (self.receipt_button, self.taken_button):
            each.setEnabled(workbook)
        self.mark_button.setEnabled(workbook and may_export)
        may_undo = came and (
            entry.import_id in self._undoable if entry else self.session.may("undo-import")
        )
        undone = entry is not None and entry.undone
        self.undo_button.setVisible(may_undo and not undone)
        self.undo_button.setEnabled(there)
        self.redo_button.setVisible(may_undo and undone)
        for each in self._of_exports:
            each.setVisible(not came)
            each.setEnabled(there and may_export)

    def _import(self) -> ImportEntry | None:
        line = self.imports.line() if self.tabs.currentIndex() == 0 else None
        return line.data if line is not None else None

    def _export(self) -> ExportEntry | None:
        line = self.exports.line() if self.tabs.currentIndex() == 1 else None
        return line.data if line is not None else None

    # ---- an import

    def show_report(self) -> None:
        """What an import did and what it did not take, as text that can be copied and printed."""
        entry = self._import()
        if entry is None:
            return
        session, window = self.session, self.window_

        def read(job: Job) -> tuple[str, list[str], list[tuple[str, ...]]]:
            outcomes = outcomes_of_import(session, entry)
            head = report_head(session, entry)
            rows: list[tuple[str, ...]] = [(t.word, t.title, t.label, t.mine, beside(t),
                f"{t.sheet} "
                                                            f"{t.cell}".strip(),
                                                            FATES.get(t.status, "不改"))
                    for t in outcomes]  # fmt: skip
            return report_text(head, outcomes), head, rows

        def show(found: tuple[str, list[str], list[tuple[str, ...]]]) -> None:
            text, head, rows = found
            exchange_papers.TextPaper(
                window, "导入报告", text,
                lambda: exchange_papers.print_report(window, "导入报告", head, rows),
            ).open()

        self.jobs.read(read, show, failed=window.error, owner=self)

    def show_receipt(self) -> None:
        """The receipt for who sent it."""
        entry = self._import()
        if entry is not None:
            exchange_papers.show_receipt(self.window_, entry)

    def receipt_of(self, import_id: str) -> None:
        """The receipt of an import just made."""
        session = self.session

        def read(job: Job) -> ImportEntry | None:
            entries = import_history.imports(session)
            return next((e for e in entries if e.import_id == import_id), None)

        def show(entry: ImportEntry | None) -> None:
            if entry is not None:
                exchange_papers.show_receipt(self.window_, entry)

        self.jobs.read(read, show, failed=self.window_.error, owner=self)

    def save_marked(self) -> None:
        """The workbook as it came in, with its cells marked."""
        entry = self._import()
        if entry is None:
            return
        session = self.session

        def make(target: Path, password: str | None) -> Marked:
            return import_report.mark_import(session, entry, target, password=password)

        exchange_papers.save_marked(self.window_, entry.file, make)

    def save_taken(self) -> None:
        """The file as it came in."""
        entry = self._import()
        if entry is not None:

            def load() -> bytes | None:
                return import_report.taken_file(self.session, entry)

            self._save_copy(entry.file, load)

    def undo(self) -> None:
        """Take the selected import back as a whole; what was changed since stays and is named."""
        entry = self._import()
        if entry is None or entry.undone:
            return
        question = (
            f"{moment(entry.at)} 导入的“{entry.file}”：新增的 {entry.counts.get('added', 0)}"
            f" 条放进回收站，修改的 {entry.counts.get('updated', 0)} 条退回原样。"
            "之后又有人改过的栏不动，并列出来；撤销了还可以恢复。"
        )
        if ask(self, "撤销导入", question, "撤销这次导入", danger=True):
            self.undo_import(entry.import_id)

    def undo_import(self, import_id: str) -> None:
        """Without asking."""
        self._turn(import_id, back=True)

    def redo(self) -> None:
        """Bring the selected import back that was undone."""
        entry = self._import()
        if entry is not None and entry.undone:
            self.redo_import(entry.import_id)

    def redo_import(self, import_id: str, then: Callable[[], object] | None = None) -> None:
        """Bring an import back; it can be undone again, so nothing is asked."""
        self._turn(import_id, back=False, then=then)

    def _turn(
        self, import_id: str, *, back: bool, then: Callable[[], object] | None = None
    ) -> None:
        session = self.session

        def write(job: Job) -> tuple[Undone, list[str]]:
            done = (
                accept.undo_import(session, import_id)
                if back
                else accept.redo_import(session, import_id)
            )
            return done, [kept_text(session, *kept) for kept in done.kept]

        def done(result: tuple[Undone, list[str]]) -> None:
            made, kept = result
            records = len({(kind, uid) for kind, uid, _ in made.records})
            self.load()
            if back:
                self.window_.toast(f"已撤销这次导入，退回 {records:,} 条记录。")
            else:
                waiting = f"，{made.reopened} 处冲突又等人定夺" if made.reopened else ""
                self.window_.toast(f"已恢复这次导入，{records:,} 条记录回到导入后的内容{waiting}。")
            if kept:
                self.tell_kept(kept, "在导入之后" if back else "在撤销之后")
            if then is not None:
                then()

        word = "正在撤销导入" if back else "正在恢复导入"
        self.jobs.write(write, done, failed=self.window_.error, owner=self, label=word)

    def tell_kept(self, kept: list[str], since: str) -> None:
        """What was not turned back because somebody changed it again."""
        size = theme.sizes()
        dialog = Dialog(self, "之后又改过的栏", "确定", reject="")
        dialog.say(f"以下 {len(kept)} 处{since}又有人改过，保持现在的内容：")
        entry = QPlainTextEdit("\n".join(kept))
        entry.setReadOnly(True)
        dialog.add(entry, 1)
        dialog.resize(size.chars(36), size.line * 16)
        dialog.exec()
        dialog.deleteLater()

    # ---- an export

    def export_changes(self) -> None:
        """What changed since the selected workbook went out, to the same address."""
        entry = self._export()
        if entry is not None:
            ask_and_export(
                self.window_, tuple(k for k in entry.kinds if k in self.session.kinds), entry.unit,
                entry,
            )

    def save_sent(self) -> None:
        """The workbook as it went out."""
        entry = self._export()
        if entry is not None:

            def load() -> bytes | None:
                return import_history.sent_file(self.session, entry)

            self._save_copy(entry.file, load)

    def _save_copy(self, name: str, load: Callable[[], bytes | None]) -> None:
        chosen = file_dialogs.save_file(self, "workbook", "另存原件", name, replaces=False)
        if chosen is not None:
            self.save_copy(chosen, load)

    def save_copy(self, target: Path, load: Callable[[], bytes | None]) -> None:
        """A kept file, written as every file that goes to a stick."""

        def write(job: Job) -> Path:
            data = load()
            if data is None:
                raise Refused("not-kept")
            with removable_media.work_folder() as work:
                local = work / "copy"
                local.write_bytes(data)
                file, _ = removable_media.put(local, target)
            return file

        def done(file: Path) -> None:
            where = folder_text(file.parent)
            self.window_.toasts.show_text(
                f"已存 {file.name} 到{where}。", "打开文件夹", lambda: show_folder(file.parent), 12
            )

        self.jobs.write(write, done, failed=self.window_.error, owner=self, label="正在另存")
