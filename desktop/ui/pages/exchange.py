"""Exchange: workbooks come in and go out; what came and went; an import taken back as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.exchange.apply import conflicts
from desktop.exchange.files import removable_media
from desktop.ui.exchange.drop_zone import DropZone
from desktop.ui.exchange.exchange_papers import VIEW, ask_password
from desktop.ui.exchange.export_dialog import ask_and_export
from desktop.ui.exchange.history import History
from desktop.ui.exchange.merge.incoming_file import IncomingFile
from desktop.ui.exchange.merge.mapping import MappingDialog
from desktop.ui.exchange.merge.merge_view import MergeView
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.page_parts import button, hide_unless, label

FILTER = "工作簿 (*.xlsx *.xlsm *.xls *.et *.ods *.csv);;所有文件 (*)"
REST_MS = 300
"""After which the merge view is made: by then the page is painted."""


class ExchangePage(Page):
    """In front: the drop zone and the history; or the merge view, while files are gone through."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        session = window.session
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self._came_from: str | None = None
        self.setAcceptDrops(session.may("import"))
        self._merge: MergeView | None = None
        self._stack = QStackedWidget(self)
        self._overview = QWidget(self._stack)
        self._stack.addWidget(self._overview)
        self._build()
        self._stack.currentChanged.connect(lambda _: self.window_.renew_commands(self))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)

    # ---- building

    def parts(self) -> Iterator[object]:
        self.history = History(self.session, self.jobs, self.window_, self._overview)
        self.imports, self.exports = self.history.imports, self.history.exports
        self._below.addWidget(self.history, 1)
        yield self.history
        self._load()
        if self.session.may("import"):
            QTimer.singleShot(REST_MS, self, lambda: self.merge)

    @property
    def merge(self) -> MergeView:
        """The merge view, made a moment after the page: to make both halves at once would hold up
        the window, and so would making it when a folder comes."""
        if self._merge is None:
            self._merge = merge = MergeView(self.session, self.jobs, self.window_, self._stack)
            merge.left.connect(self._back)
            merge.accepted.connect(self._load)
            merge.password_asked.connect(self._ask_password)
            merge.mapping_asked.connect(self._ask_mapping)
            merge.redo_asked.connect(self._redo)
            merge.receipt_asked.connect(self.history.receipt_of)
            self._stack.addWidget(merge)
        return self._merge

    def _build(self) -> None:
        size = theme.sizes()
        title = QLabel("数据交换")
        title.setFont(theme.scaled(1.3, bold=True))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(label("单位不装这个程序，用 Excel、WPS 或 LibreOffice 填表交回。", "muted"))
        head = QHBoxLayout()
        head.addLayout(words, 1)
        self.export_button = button(
            "导出工作簿…", self.export, icon="microsoft-excel", tip="Ctrl+E"
        )
        self.export_button.setEnabled(self.session.may("export"))
        head.addWidget(self.export_button)
        self.zone = DropZone(self.choose_folder, self.choose_files)
        hide_unless(self.session.may("import"), self.zone)
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
        row.addWidget(button("去处理", lambda: self.window_.go("conflicts"), "link"))
        self.waiting.hide()
        self._below = QVBoxLayout(self._overview)
        self._below.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        self._below.setSpacing(size.gap)
        self._below.addLayout(head)
        self._below.addWidget(self.zone)
        self._below.addWidget(self.waiting)

    # ---- what the window asks of a page

    def shown(self) -> None:
        self._load()

    def refresh(self, change: Any) -> None:
        if change is None or change.source in (
            "import", "export", "decision", "undo", "redo", "merge",
        ):
            self._load()

    def commands(self) -> list[Command]:
        merge = self._merge
        in_front = merge is not None and self._stack.currentWidget() is merge
        return merge.commands() if merge is not None and in_front else []

    def offers(self, what: str) -> bool:
        return what == "export" and bool(self.session.may("export"))

    def export(self) -> None:
        ask_and_export(self.window_)

    def escape(self) -> None:
        """Out of the merge view, keeping what was looked at until another file comes."""
        if self._stack.currentIndex() == 1:
            self.merge.leave()

    # ---- files

    def choose_files(self, kind: str | None = None) -> None:
        """Ask for workbooks, in the folder used last."""
        self.take(file_dialogs.open_files(self, "import", "导入工作簿", FILTER), kind)

    def choose_folder(self) -> None:
        """Ask for a folder of workbooks."""
        chosen = file_dialogs.folder(self, "import", "导入整个文件夹")
        if chosen is not None:
            self.take([chosen])

    def take(self, paths: Sequence[Path], kind: str | None = None) -> None:
        """Look at files, and at all workbooks of folders; what is passed over is named.

        `kind` is the ledger from which the person came: proposed for a workbook that the program
        did not make.
        """
        if not paths:
            return
        self._came_from = kind or self._came_from
        if not self.session.may("import"):
            self.window_.error("您的角色不能导入工作簿，请由录入员、审核员或管理员导入。")
            return
        first = paths[0]
        file_dialogs.remember(self, "import", first if first.is_dir() else first.parent)

        def look(job: Job) -> tuple[list[Path], list[tuple[Path, str]]]:
            found: list[Path] = []
            skipped: list[tuple[Path, str]] = []
            for path in paths:
                if path.is_dir():
                    more, passed = removable_media.workbooks_in(path)
                    found += more
                    skipped += passed
                else:
                    found.append(path)
            return found, skipped

        def go(result: tuple[list[Path], list[tuple[Path, str]]]) -> None:
            if not result[0]:
                why = "；".join(f"{path.name}（{reason}）" for path, reason in result[1][:5])
                passed = f"跳过的有：{why}{' 等' if len(result[1]) > 5 else ''}。" if why else ""
                self.window_.error(
                    f"“{first.name}”里没有找到工作簿（.xlsx、.xls、.et、.ods、.csv）。{passed}"
                )
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
        entered = ask_password(
            self.window_, file.path.name, file.message if file.password is not None else ""
        )
        if entered:
            file.password = entered
            self.merge.read(file)

    def _ask_mapping(self, file: IncomingFile) -> None:
        """Which ledger a foreign workbook is, where its heading stands, what its columns are."""
        if file.book is None:
            self.window_.error(file.message)
            return
        ledger = (
            file.as_kind
            or (file.likely if file.part else None)
            or self._came_from
            or file.likely
            or self._kept.get("ledger")
        )
        dialog = MappingDialog(self, self.session, self.jobs, file, ledger)
        if dialog.exec() == Dialog.DialogCode.Accepted:
            file.as_kind, file.wishes = dialog.kind.name, dialog.wishes()
            self._kept["ledger"] = file.as_kind
            self.window_.settings.set_view(
                VIEW, {**self.window_.settings.view(VIEW), "ledger": file.as_kind}
            )
            self.merge.read(file)
        dialog.deleteLater()

    def _redo(self, file: IncomingFile) -> None:
        """Bring back the import of this file that was undone."""
        if file.undone is not None:
            self.history.redo_import(file.undone["import_id"], lambda: self.merge.done_with(file))

    # ---- what waits

    def _load(self) -> None:
        self.history.load()
        session = self.session

        def read(job: Job) -> int:
            return conflicts.count_own(session)

        self.jobs.read(
            read, self._say_waiting, failed=self.window_.error, owner=self,
            key=("exchange-waiting", id(self)),
        )

    def _say_waiting(self, waiting: int) -> None:
        self.waiting.setVisible(bool(waiting))
        self.waiting_text.setText(f"有 {waiting:,} 处冲突等人定夺，定夺之前台账保持我方的内容。")
