"""Files and folders let go anywhere over the window: a cover says what will happen, wherever below
it the mouse is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QDropEvent, QWindow
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from desktop.ui.kit import theme

TAKES_FILES = "takesFiles"
"""Property of a widget that takes files itself (attachments): what is let go over it is its own."""
_DRAGS = frozenset(
    {QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.DragLeave, QEvent.Type.Drop}
)


def local_files(event: QDropEvent) -> list[Path]:
    """The files and folders that are held over a widget."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


class DropAnywhere(QObject):
    """Listens at the system's window, where few events pass: a line of text below the mouse would
    else take the path as typing."""

    def __init__(self, host: QWidget, dropped: Callable[[Sequence[Path]], Any]) -> None:
        super().__init__(host)
        self._host, self._dropped = host, dropped
        self._watched: QWindow | None = None
        self._cover = QLabel(host)
        self._cover.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._cover.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._cover.hide()
        host.installEventFilter(self)
        self._watch()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._host:
            if kind in (QEvent.Type.Show, QEvent.Type.ParentChange):
                self._watch()
            elif kind == QEvent.Type.Hide:
                self._cover.hide()
            return False
        if (
            kind not in _DRAGS
            or not self._host.isVisible()
            or QApplication.activeModalWidget() is not None
        ):
            return False
        if kind == QEvent.Type.DragLeave:
            self._cover.hide()
            return False
        assert isinstance(event, QDropEvent)
        files = local_files(event)
        if not files or self._own(event):
            self._cover.hide()
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if kind == QEvent.Type.Drop:
            self._cover.hide()
            # the file manager waits until the drop returns
            QTimer.singleShot(0, self, lambda: self._dropped(files))
        elif self._cover.isHidden():
            self._show(files)
        return True

    def _watch(self) -> None:
        window = self._host.window().windowHandle()
        if window is not None and window is not self._watched:
            window.installEventFilter(self)
            self._watched = window

    def _own(self, event: QDropEvent) -> bool:
        """Whether a widget that takes files itself is below the mouse."""
        top = self._host.window()
        below: QWidget | None = top.childAt(event.position().toPoint())
        while below is not None and below is not top:
            if below.property(TAKES_FILES) and below.acceptDrops():
                return True
            below = below.parentWidget()
        return False

    def _show(self, files: Sequence[Path]) -> None:
        size = theme.sizes()
        count = f"“{files[0].name}”" if len(files) == 1 else f"这 {len(files)} 个文件"
        self._cover.setText(f"松开鼠标，看看{count}要改什么\n接受之前不改动台账")
        points = theme.scaled(1.5).pointSizeF()
        self._cover.setStyleSheet(
            f"background: {theme.ACCENT_PALE}; color: {theme.ACCENT}; border: 3px dashed"
            f" {theme.ACCENT}; font-size: {points}pt; font-weight: bold; border-radius:"
            f" {size.gap}px;"
        )
        self._cover.setGeometry(
            self._host.rect().adjusted(size.gap, size.gap, -size.gap, -size.gap)
        )
        self._cover.show()
        self._cover.raise_()
