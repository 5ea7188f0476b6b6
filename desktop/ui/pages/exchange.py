"""Exchange: workbooks come in and go out; what came and went; an import taken back as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from db.query import Query, Where
from desktop.ui import theme
from desktop.ui.commands import Command
from desktop.ui.exportdialog import ask_and_export
from desktop.ui.jobs import Job
from desktop.ui.mergeview import MergeView
from desktop.ui.mergeview_files import IncomingFile
from desktop.ui.mergeview_mapping import MappingDialog
from desktop.ui.messages import Dialog, ask
from desktop.ui.pages.parts import Card, Line, ListColumn, ShortList, button, label, moment, person

VIEW = "exchange"
FILTER = "工作簿 (*.xlsx *.xlsm *.xls *.et *.ods *.csv);;所有文件 (*)"
COUNTS = (("added", "新增"), ("updated", "修改"), ("conflicts", "冲突"), ("refused", "未采用"), ("errors", "有错"))


def make(session: Any, jobs: Any, window: Any) -> ExchangePage:
    return ExchangePage(session, jobs, window)


def import_file(window: Any, path: Path | None, kind: str | None = None) -> None:
    """Bring the page to the front and look at a workbook; without one, ask for it."""
    page = window.open("exchange")
    if page is None:
        return
    if path is None:
        page.choose_files(kind)
    else:
        page.take([path], kind)


def export_rows(window: Any, kind: str, query: Query | None = None, ids: Sequence[int] = ()) -> None:
    """Ask how a ledger is to be exported; a list narrowed to one unit proposes that unit."""
    ask_and_export(window, (kind,), _only_unit(window.session, kind, query))


def _only_unit(session: Any, kind: str, query: Query | None) -> str | None:
    declared = session.kinds.get(kind)
    wheres: tuple[Where, ...] = query.where if query is not None else ()
    for where in wheres:
        if where.op == "eq" and where.field in ("unit", declared.unit) and isinstance(where.value, str):
            return where.value
    return None


class DropZone(QFrame):
    """Where workbooks are let go; it also says how else they come in."""

    def __init__(self, page: ExchangePage) -> None:
        super().__init__()
        size = theme.sizes()
        self.setObjectName("dropZone")
        head = QLabel("把收回来的工作簿拖到这里")
        head.setFont(theme.scaled(1.1, bold=True))
        words = label("可以一次拖几个，或整个文件夹。接受之前不改动台账。", "muted")
        box = QVBoxLayout()
        box.setSpacing(2)
        box.addWidget(head)
        box.addWidget(words)
        row = QHBoxLayout(self)
        row.setContentsMargins(size.pad * 2, size.pad, size.pad * 2, size.pad)
        row.setSpacing(size.gap)
        row.addLayout(box, 1)
        row.addWidget(button("选文件夹…", page.choose_folder))
        row.addWidget(button("选工作簿…", page.choose_files, "primary", "tray-arrow-down", "Ctrl+I"))
        self.lit(False)

    def lit(self, on: bool) -> None:
        """Something is held above it."""
        edge, ground = (theme.ACCENT, theme.ACCENT_PALE) if on else (theme.LINE_STRONG, theme.CARD)
        radius = theme.sizes().gap
        self.setStyleSheet(f"#dropZone {{ border: 2px dashed {edge}; background: {ground}; border-radius: {radius}px; }}")


class ExchangePage(QWidget):
    """In front: the drop zone and the history; or the merge view, while files are gone through."""

    def __init__(self, session: Any, jobs: Any, window: Any) -> None:
        super().__init__()
        self.session, self.jobs, self.window_ = session, jobs, window
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self._came_from: str | None = None
        self.setAcceptDrops(session.may("import"))
        self._merge: MergeView | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self._overview())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)
        self._load()

    # ---- building -------------------------------------------------------------------------------------------

    @property
    def merge(self) -> MergeView:
        """The merge view, made when the first file comes: to make both halves at once would hold up the window."""
        if self._merge is None:
            self._merge = merge = MergeView(self.session, self.jobs, self.window_)
            merge.left.connect(self._back)
            merge.accepted.connect(self._load)
            merge.password_asked.connect(self._ask_password)
            merge.ledger_asked.connect(self._ask_ledger)
            merge.mapping_asked.connect(self._ask_mapping)
            self._stack.addWidget(merge)
            self.window_.renew_commands(self)
        return self._merge

    def _overview(self) -> QWidget:
        size, page = theme.sizes(), QWidget()
        title = QLabel("数据交换")
        title.setFont(theme.scaled(1.3, bold=True))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(label("单位不装这个程序，用 Excel、WPS 或 LibreOffice 填表交回。", "muted"))
        head = QHBoxLayout()
        head.addLayout(words, 1)
        self.export_button = button("导出工作簿…", self.export, icon="microsoft-excel", tip="Ctrl+E")
        self.export_button.setEnabled(self.session.may("export"))
        head.addWidget(self.export_button)
        self.zone = DropZone(self)
        self.zone.setVisible(self.session.may("import"))
        self.waiting = QFrame()
        self.waiting.setObjectName("waiting")
        ink, ground = theme.TONES["orange"]
        self.waiting.setStyleSheet(
            f"#waiting {{ background: {ground}; border: 0; border-radius: {size.gap // 2}px; }}"
            f"#waiting QLabel {{ color: {ink}; }}"
        )
        self.waiting_text = QLabel()
        row = QHBoxLayout(self.waiting)
        row.setContentsMargins(size.pad, size.gap // 2, size.gap, size.gap // 2)
        row.addWidget(self.waiting_text, 1)
        row.addWidget(button("去处理", lambda: self.window_.open("conflicts"), "link"))
        self.waiting.hide()
        box = QVBoxLayout(page)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.setSpacing(size.gap)
        box.addLayout(head)
        box.addWidget(self.zone)
        box.addWidget(self.waiting)
        box.addWidget(self._history(), 1)
        return page

    def _history(self) -> QWidget:
        size, card = theme.sizes(), Card(flush=True)
        self.tabs = QTabBar()
        self.tabs.addTab("导入记录")
        self.tabs.addTab("导出记录")
        self.tabs.setDrawBase(False)
        self.imports = ShortList("导入记录", [
            ListColumn("时间", 6.4), ListColumn("来自", 8), ListColumn("文件", 12, stretch=True), ListColumn("谁导入", 4),
            *(ListColumn(word, len(word) + 0.5, "number") for _, word in COUNTS), ListColumn("", 4.5, "chip"),
        ])  # fmt: skip
        self.imports.when_empty("还没有导入过", "收到单位交回的工作簿，拖到上面的框里，或按 Ctrl+I。")
        self.exports = ShortList("导出记录", [
            ListColumn("时间", 6.4), ListColumn("给谁", 9), ListColumn("文件", 14, stretch=True), ListColumn("台账", 12),
            ListColumn("行数", 4, "number"), ListColumn("谁导出", 4.5),
        ])  # fmt: skip
        self.exports.when_empty("还没有导出过", "在台账里按 Ctrl+E，或点右上角“导出工作簿”。")
        lists = QStackedWidget()
        lists.addWidget(self.imports)
        lists.addWidget(self.exports)
        self.tabs.currentChanged.connect(lists.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda _: self._follow())
        self._report = button("查看报告", self.show_report)
        self.undo_button = button("撤销这次导入", self.undo, "danger")
        self.imports.chosen.connect(lambda _: self._follow())
        self.imports.opened.connect(self.show_report)
        top = QHBoxLayout()
        top.setContentsMargins(size.gap, 0, size.gap, 0)
        top.setSpacing(size.gap)
        top.addWidget(self.tabs)
        top.addStretch(1)
        top.addWidget(self._report)
        top.addWidget(self.undo_button)
        card.box.addLayout(top)
        card.add(lists, 1)
        return card

    # ---- what the window asks of a page ---------------------------------------------------------------------

    def shown(self) -> None:
        self._load()

    def refresh(self, change: Any) -> None:
        if change is None or change.source in ("import", "export", "decision", "undo", "merge"):
            self._load()

    def commands(self) -> list[Command]:
        return self._merge.commands() if self._merge is not None else []

    def offers(self, what: str) -> bool:
        return what == "export" and bool(self.session.may("export"))

    def export(self) -> None:
        ask_and_export(self.window_)

    def escape(self) -> None:
        """Out of the merge view, keeping what was looked at until another file comes."""
        if self._stack.currentIndex() == 1:
            self.merge.leave()

    # ---- files ----------------------------------------------------------------------------------------------

    def choose_files(self, kind: str | None = None) -> None:
        """Ask for workbooks, in the folder used last."""
        names, _ = QFileDialog.getOpenFileNames(self, "导入工作簿", str(self._kept.get("folder", "")), FILTER)
        self.take([Path(name) for name in names], kind)

    def choose_folder(self) -> None:
        """Ask for a folder of workbooks."""
        name = QFileDialog.getExistingDirectory(self, "导入整个文件夹", str(self._kept.get("folder", "")))
        if name:
            self.take([Path(name)])

    def take(self, paths: Sequence[Path], kind: str | None = None) -> None:
        """Look at files, and at all workbooks of folders; what is passed over is named.

        `kind` is the ledger from which the person came: proposed for a workbook that the program did not make.
        """
        if not paths:
            return
        self._came_from = kind or self._came_from
        if not self.session.may("import"):
            self.window_.error("您的角色不能导入工作簿，请由录入员、审核员或管理员导入。")
            return
        first = paths[0]
        self._kept["folder"] = str(first if first.is_dir() else first.parent)
        self.window_.settings.set_view(VIEW, dict(self._kept))

        def look(job: Job) -> tuple[list[Path], list[tuple[Path, str]]]:
            from desktop.exchange import stick  # late: reading workbooks is not needed to show a page

            found: list[Path] = []
            skipped: list[tuple[Path, str]] = []
            for path in paths:
                if path.is_dir():
                    more, passed = stick.workbooks_in(path)
                    found += more
                    skipped += passed
                else:
                    found.append(path)
            return found, skipped

        def go(result: tuple[list[Path], list[tuple[Path, str]]]) -> None:
            if not result[0]:
                self.window_.error(f"文件夹“{first.name}”里没有找到工作簿（.xlsx）。")
                return
            self._stack.setCurrentWidget(self.merge)
            self.merge.take(result[0], skipped=result[1])

        self.jobs.read(look, go, failed=self.window_.error, owner=self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.zone.lit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.zone.lit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.zone.lit(False)
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def _back(self) -> None:
        self._stack.setCurrentIndex(0)
        self._load()

    def _ask_password(self, file: IncomingFile) -> None:
        dialog = Dialog(self, "打开密码", "打开")
        dialog.say(f"“{file.path.name}”设有打开密码。")
        if file.password is not None:
            dialog.say(file.message).setProperty("class", "problem")
        entry = QLineEdit()
        entry.setEchoMode(QLineEdit.EchoMode.Password)
        dialog.add(entry)
        entry.setFocus()
        if dialog.exec() == Dialog.DialogCode.Accepted and entry.text():
            file.password = entry.text()
            self.merge.read(file)
        dialog.deleteLater()

    def _ask_ledger(self, file: IncomingFile) -> None:
        dialog = Dialog(self, "这是哪本台账", "继续")
        dialog.say(f"“{file.path.name}”不是本程序发出的。请选它是哪本台账，程序按列名对应，对应好再给您看。")
        entry = QComboBox()
        for kind in self.session.visible_kinds():
            if kind.family and self.session.may_write(kind.name):
                entry.addItem(kind.label, kind.name)
        entry.setCurrentIndex(max(0, entry.findData(file.as_kind or self._came_from or self._kept.get("ledger"))))
        dialog.add(entry)
        if file.as_kind is not None:
            dialog.say(file.message).setProperty("class", "problem")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            file.as_kind = self._kept["ledger"] = entry.currentData()
            self.window_.settings.set_view(VIEW, dict(self._kept))
            self.merge.read(file)
        dialog.deleteLater()

    def _ask_mapping(self, file: IncomingFile) -> None:
        dialog = MappingDialog(self, self.session.kinds.get(file.plan.foreign_kind), file.plan.sheets)
        if dialog.exec() == Dialog.DialogCode.Accepted:
            file.as_kind, file.mapping = file.plan.foreign_kind, dialog.mapping()
            self.merge.read(file)
        dialog.deleteLater()

    # ---- history --------------------------------------------------------------------------------------------

    def _load(self) -> None:
        session = self.session

        def read(job: Job) -> tuple[list[Line], list[Line], int]:
            from desktop.exchange import apply, history  # late: as above

            return (
                [_import_line(session, entry) for entry in history.imports(session)],
                [_export_line(session, entry) for entry in history.exports(session)],
                len(apply.conflicts(session)),
            )

        self.jobs.read(read, self._take_history, owner=self, key=("exchange", id(self)))

    def _take_history(self, found: tuple[list[Line], list[Line], int]) -> None:
        imports, exports, waiting = found
        self.imports.fill(imports)
        self.exports.fill(exports)
        self.waiting.setVisible(bool(waiting))
        self.waiting_text.setText(f"有 {waiting:,} 处冲突等人定夺，定夺之前台账保持我方的内容。")
        self.window_.navigation.set_count("conflicts", waiting)
        self._follow()

    def _follow(self) -> None:
        line = self.imports.line() if self.tabs.currentIndex() == 0 else None
        self._report.setVisible(self.tabs.currentIndex() == 0)
        self.undo_button.setVisible(self.tabs.currentIndex() == 0 and self.session.may("undo-import"))
        self._report.setEnabled(line is not None)
        self.undo_button.setEnabled(line is not None and not line.data.undone)

    def show_report(self) -> None:
        """What an import did and what it did not take, as text that can be copied."""
        line = self.imports.line()
        if line is None or self.tabs.currentIndex() != 0:
            return
        size = theme.sizes()
        text = report_text(self.session, line.data)
        dialog = Dialog(self, "导入报告", "知道了", reject="")
        entry = QPlainTextEdit(text)
        entry.setReadOnly(True)
        dialog.add(entry, 1)
        dialog.add(button("复制", lambda: QGuiApplication.clipboard().setText(text)))
        dialog.resize(size.chars(44), size.line * 24)
        dialog.exec()
        dialog.deleteLater()

    def undo(self) -> None:
        """Take the selected import back as a whole; what was changed since stays and is named."""
        line = self.imports.line()
        if line is None or line.data.undone:
            return
        entry = line.data
        question = (
            f"撤销 {moment(entry.at)} 导入的“{entry.file}”？\n这次导入新增的 {entry.counts.get('added', 0)} 条放进回收站，"
            f"修改的 {entry.counts.get('updated', 0)} 条退回原样；之后又有人改过的栏不动，并列出来。"
        )
        if ask(self, "撤销导入", question, "撤销这次导入", danger=True):
            self.undo_import(entry.import_id)

    def undo_import(self, import_id: str) -> None:
        session = self.session

        def write(job: Job) -> tuple[Any, list[str]]:
            from desktop.exchange import apply  # late: as above

            undone = apply.undo_import(session, import_id)
            return undone, [_kept_text(session, *kept) for kept in undone.kept]

        def done(result: tuple[Any, list[str]]) -> None:
            undone, kept = result
            records = len({(kind, uid) for kind, uid, _ in undone.records})
            self._load()
            self.window_.toast(f"已撤销这次导入，退回 {records:,} 条记录。")
            if kept:
                self.tell_kept(kept)

        self.jobs.write(write, done, failed=self.window_.error, owner=self, label="正在撤销导入")

    def tell_kept(self, kept: list[str]) -> None:
        size = theme.sizes()
        dialog = Dialog(self, "之后又改过的栏", "知道了", reject="")
        dialog.say(f"以下 {len(kept)} 处在导入之后又有人改过，保持现在的内容：")
        entry = QPlainTextEdit("\n".join(kept))
        entry.setReadOnly(True)
        dialog.add(entry, 1)
        dialog.resize(size.chars(36), size.line * 16)
        dialog.exec()
        dialog.deleteLater()


def short_moment(at: str) -> str:
    """A time without the year while it is this year's."""
    text = moment(at)
    return text[5:] if text.startswith(dt.date.today().isoformat()[:5]) else text


def _import_line(session: Any, entry: Any) -> Line:
    counts = [f"{entry.counts.get(name, 0):,}" if entry.counts.get(name) else "" for name, _ in COUNTS]
    word = ("已撤销", "grey") if entry.undone else ("已导入", "green")
    cells = (short_moment(entry.at), entry.sender, entry.file, person(session, entry.by), *counts, word)
    return Line(entry.import_id, cells, entry)


def _export_line(session: Any, entry: Any) -> Line:
    labels = [session.kinds.get(name).label for name in entry.kinds if name in session.kinds]
    whom = session.unit_name(entry.unit) if entry.unit else "全部单位"
    cells = (short_moment(entry.at), whom, entry.file, "、".join(labels), f"{entry.rows:,}", person(session, entry.by))
    return Line(entry.export_id, cells, entry)


def _kept_text(session: Any, kind: str, uid: str, field: str) -> str:
    declared = session.kinds.get(kind)
    name = declared.field(field).label if declared.has(field) else "整条"
    return f"{declared.label}「{session.title(kind, uid)}」的“{name}”"


def report_text(session: Any, entry: Any) -> str:
    """An import of the history as text: what it counted, what was refused or wrong, with sheet and cell."""
    counts = "，".join(f"{word} {entry.counts.get(name, 0)}" for name, word in COUNTS)
    lines = [
        f"文件：{entry.file}",
        f"来自：{entry.sender or '（不明）'}",
        f"导入：{moment(entry.at)}　{person(session, entry.by)}{'　已撤销' if entry.undone else ''}",
        f"合计：{counts}，没有变化 {entry.counts.get('unchanged', 0)}",
    ]
    lines += [f"说明：{remark}" for remark in entry.report.get("remarks", ())]
    for name, word in (("refused", "未采用"), ("errors", "有错")):
        found = entry.report.get(name, ())
        if found:
            lines += ["", f"{word}（{len(found)}）"]
            lines += [f"　{each.get('sheet', '')} {each.get('cell', '')}　{each.get('message', '')}" for each in found]
    return "\n".join(lines)
