"""Files kept with a record: dragged in or chosen, opened in the program that the system has for
them, saved elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from db.model import attached_files
from db.model.declarations import Field
from db.model.fieldtypes import Attachment
from desktop.ui.field_editors import attachment_copies
from desktop.ui.field_editors.editors import Editor, EditorContext
from desktop.ui.kit import file_dialogs, icons, theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import Job, error_text


def size_text(size: int) -> str:
    """A size in bytes in words."""
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} 字节"


def not_opened(name: str, start: bytes) -> str:
    """Why a file is only saved, never opened, in a sentence."""
    what = "是一个程序" if attached_files.is_program(name, start) else "不是文档或图片"
    return (
        f"附件「{attached_files.shown(name)}」{what}，为安全起见不从这里打开。"
        f"确实需要的，请先“另存为”，查过病毒再用。"
    )


class AttachmentEditor(Editor):
    """The files of one field. Adding and removing is part of the record's saving, like any other
    field."""

    def __init__(self, field: Field, context: EditorContext, kind: str = "") -> None:
        super().__init__(field, context)
        self.kind = kind
        size = theme.sizes()
        self._files: list[Attachment] = []
        self._read_only = False
        self.setAcceptDrops(True)
        # what is let go here is an attachment, not a workbook to take in
        self.setProperty("takesFiles", True)
        self._list = _Files()
        self._list.setAccessibleName(field.label)
        self._list.itemActivated.connect(lambda item: self._open())
        self._list.delete_asked.connect(self._remove)
        self._add = QPushButton("添加文件…")
        self._open_button = QPushButton("打开")
        self._save = QPushButton("另存为…")
        self._remove_button = QPushButton("移除")
        row = QWidget()  # in a narrow form they stand in two lines
        buttons = Flow(row, size.gap)
        for button, icon, run in (
            (self._add, "paperclip", self._choose), (self._open_button, "open-in-app", self._open),
            (self._save, "download-outline", self._save_as),
            (self._remove_button, "close", self._remove),
        ):
            button.clicked.connect(run)
            icons.set_icon(button, icon)
            buttons.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(size.gap // 2)
        box.addWidget(self._list)
        box.addWidget(row)
        self._list.currentRowChanged.connect(lambda _: self._refresh_buttons())
        self._show()

    def value(self) -> Any:
        return tuple(self._files) or None

    def set_value(self, value: Any) -> None:
        self._files = list(value or ())
        self._show()

    def raw(self) -> object:
        return [{"name": a.name, "sha256": a.sha256, "size": a.size} for a in self._files]

    def set_raw(self, raw: Any) -> None:
        self.set_value(tuple(Attachment(**one) for one in raw))

    def set_read_only(self, on: bool) -> None:
        self._read_only = on
        self.setAcceptDrops(not on)
        self._refresh_buttons()

    def add_files(self, files: list[Path]) -> None:
        """Take files into the book; they belong to the record once it is saved."""
        session, kind = self.context.session, self.kind

        def keep(job: Job) -> list[Attachment]:
            kept = []
            for at, file in enumerate(files):
                job.step(at, len(files), f"正在添加 {file.name}")
                kept.append(session.attach(kind, file.read_bytes(), file.name))
            return kept

        self.context.jobs.write(keep, self._added, owner=self, label="正在添加附件")

    def _added(self, kept: list[Attachment]) -> None:
        known = {a.sha256 for a in self._files}
        self._files += [a for a in kept if a.sha256 not in known]
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._list.clear()
        for file in self._files:
            name = attached_files.shown(file.name)
            ending = attached_files.ending(file.name)
            item = QListWidgetItem(f"{name}　{size_text(file.size)}")
            item.setToolTip(f"{name}（{f'{ending.upper()} 文件' if ending else '没有扩展名'}）")
            self._list.addItem(item)
        line = theme.sizes().row
        self._list.setVisible(bool(self._files))
        self._list.setFixedHeight(line * min(4, max(1, len(self._files))) + 4)
        if self._files:
            self._list.setCurrentRow(0)
        self._refresh_buttons()
        self.updateGeometry()

    def _refresh_buttons(self) -> None:
        some = self._list.currentRow() >= 0 and bool(self._files)
        self._add.setVisible(not self._read_only)
        self._open_button.setVisible(some)
        self._save.setVisible(some)
        self._remove_button.setVisible(some and not self._read_only)
        self._add.setToolTip("也可以把文件拖到这里")
        # hidden, it would take the keyboard all the same and let Tab go no further
        first = self._list if self._files else None if self._read_only else self._add
        self.setFocusProxy(first)  # type: ignore[arg-type]  # None: it takes no focus

    def _choose(self) -> None:
        files = file_dialogs.open_files(self, "attachment", "添加附件")
        if files:
            self.add_files(files)

    def _remove(self) -> None:
        at = self._list.currentRow()
        if 0 <= at < len(self._files) and not self._read_only:
            del self._files[at]
            self._show()
            self.changed.emit()

    def _fetch(self, then: Callable[[Attachment, bytes], None]) -> None:
        at = self._list.currentRow()
        if not 0 <= at < len(self._files):
            return
        file, session, kind = self._files[at], self.context.session, self.kind
        self.context.jobs.read(
            lambda job: session.attachment_bytes(kind, file.sha256), lambda data: then(file, data),
            failed=self.context.speaker.error, owner=self,
        )

    def _open(self) -> None:
        def show(file: Attachment, data: bytes) -> None:
            if not attached_files.opens(file.name, data[:16]):
                self.context.speaker.error(not_opened(file.name, data[:16]))
                return
            try:
                copy = attachment_copies.copy_of(file.name, data)
            except OSError as error:
                self.context.speaker.error(error_text(error))
                return
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(copy)))

        self._fetch(show)

    def _save_as(self) -> None:
        def save(file: Attachment, data: bytes) -> None:
            name = attachment_copies.file_name(file.name)
            target = file_dialogs.save_file(self, "attachment", "附件另存为", name)
            if target is None:
                return
            self.context.jobs.write(
                lambda job: target.write_bytes(data),
                lambda _: self.context.speaker.toast(f"已另存为 {target.name}"), owner=self,
            )

        self._fetch(save)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self._read_only and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        self.add_files([file for file in files if file.is_file()])
        event.acceptProposedAction()


class _Files(QListWidget):
    delete_asked = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        else:
            super().keyPressEvent(event)
