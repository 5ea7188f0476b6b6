"""Which file, and where to: dialogs in Chinese that open where people keep files. Each purpose
remembers its folder; desktop, documents and sticks stand at the side; the program's own folder is
never proposed."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QStandardPaths, QStorageInfo, QUrl
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QTreeView,
    QWidget,
)

from desktop import paths
from desktop.ui.kit import theme
from desktop.ui.kit.page import Window

VIEW = "folders"
STICKS = ("/media/", "/run/media/")
LABELS = {
    QFileDialog.DialogLabel.LookIn: "位置", QFileDialog.DialogLabel.FileName: "文件名",
    QFileDialog.DialogLabel.FileType: "类型", QFileDialog.DialogLabel.Reject: "取消",
}
_KIND_COLUMN = 2
_kept: dict[str, str] = {}
"""For the windows before the login, until the program ends."""


def open_files(owner: QWidget, purpose: str, title: str, form: str = "") -> list[Path]:
    """Files that are there; none when the person leaves."""
    made = dialog_for(owner, purpose, title, form, mode=QFileDialog.FileMode.ExistingFiles)
    return _ask(made, owner, purpose)


def open_file(owner: QWidget, purpose: str, title: str, form: str = "") -> Path | None:
    """One file that is there."""
    made = dialog_for(owner, purpose, title, form, mode=QFileDialog.FileMode.ExistingFile)
    return next(iter(_ask(made, owner, purpose)), None)


def save_file(
    owner: QWidget, purpose: str, title: str, name: str, form: str = "", *, replaces: bool = True
) -> Path | None:
    """Where to, with the ending of `name` where none is typed; with `replaces` a file that is there
    is asked about."""
    made = dialog_for(owner, purpose, title, form, mode=QFileDialog.FileMode.AnyFile)
    made.setOption(QFileDialog.Option.DontConfirmOverwrite, not replaces)
    made.setDefaultSuffix(Path(name).suffix)
    made.selectFile(name)
    return next(iter(_ask(made, owner, purpose)), None)


def folder(owner: QWidget, purpose: str, title: str, start: str = "") -> Path | None:
    """A folder; it opens at `start` where that is there."""
    made = dialog_for(
        owner, purpose, title, mode=QFileDialog.FileMode.Directory, start=start
    )
    made.setOption(QFileDialog.Option.ShowDirsOnly)
    return next(iter(_ask(made, owner, purpose)), None)


def first_folder(owner: QWidget, purpose: str, start: str = "") -> Path:
    """Where a dialog opens: as asked, as last time for this purpose, else with the documents."""
    for text in (start, remembered(owner).get(purpose, "")):
        held = Path(text) if text else None
        if held is not None and held.is_dir() and not _of_the_program(held):
            return held
    return paths.documents_dir()


def remembered(owner: QWidget) -> dict[str, str]:
    """The last folder of each purpose."""
    window = _window_of(owner)
    return {**_kept, **(window.settings.view(VIEW) if window is not None else {})}


def remember(owner: QWidget, purpose: str, used: Path) -> None:
    """Propose this folder the next time."""
    window = _window_of(owner)
    if window is None:
        _kept[purpose] = str(used)
    else:
        window.settings.set_view(VIEW, {**window.settings.view(VIEW), purpose: str(used)})


def places() -> list[Path]:
    """What stands at the side: desktop, documents, home, and the sticks that are in."""
    desk = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DesktopLocation)
    volumes = (Path(each.rootPath()) for each in QStorageInfo.mountedVolumes() if each.isReady())
    sticks = [each for each in volumes if f"{each}/".startswith(STICKS)]
    found = dict.fromkeys([Path(desk), paths.documents_dir(), Path.home(), *sticks])
    return [each for each in found if each.is_dir()]


def _of_the_program(held: Path) -> bool:
    own = (Path(sys.executable).parent.resolve(), Path(paths.__file__).parent.resolve())
    return any(held.resolve().is_relative_to(each) for each in own)


def _window_of(owner: QWidget) -> Window | None:
    above: QWidget | None = owner
    while above is not None and not isinstance(above, Window):
        above = above.parentWidget()
    return above


def dialog_for(
    owner: QWidget, purpose: str, title: str, form: str = "", *, mode: QFileDialog.FileMode,
    start: str = "",
) -> QFileDialog:
    """The dialog, not shown yet."""
    made = QFileDialog(owner, title, str(first_folder(owner, purpose, start)), form)
    if sys.platform != "win32":  # there the system's own is Chinese
        made.setOption(QFileDialog.Option.DontUseNativeDialog)
    made.setFileMode(mode)
    saves = mode == QFileDialog.FileMode.AnyFile
    if saves:
        made.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    for label, text in LABELS.items():
        made.setLabelText(label, text)
    chosen = "选定" if mode == QFileDialog.FileMode.Directory else "保存" if saves else "打开"
    made.setLabelText(QFileDialog.DialogLabel.Accept, chosen)
    entry = made.findChild(QLineEdit)  # a system's own dialog has none
    if mode == QFileDialog.FileMode.ExistingFiles and isinstance(entry, QLineEdit):
        _AllOfThem(made, entry)
    made.setSidebarUrls([QUrl.fromLocalFile(str(each)) for each in places()])
    for tree in made.findChildren(QTreeView):
        tree.setColumnHidden(_KIND_COLUMN, True)  # Qt has no Chinese for it
        head = tree.header()  # sizes and days whole in large letters too
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    made.resize(theme.sizes().chars(46), theme.sizes().line * 26)
    return made


class _AllOfThem(QObject):
    """Several files are chosen by Ctrl+A and Enter, though a path can be typed or pasted at once:
    with nothing typed the list takes the key."""

    def __init__(self, made: QFileDialog, entry: QLineEdit) -> None:
        super().__init__(made)
        self._made, self._entry = made, entry
        entry.installEventFilter(self)

    def eventFilter(self, entry: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if self._entry.text() or not event.matches(QKeySequence.StandardKey.SelectAll):
            return False
        for view in self._made.findChildren(QAbstractItemView):
            if view.objectName() in ("listView", "treeView") and view.isVisible():
                view.setFocus()
                view.selectAll()
        return True


def _ask(made: QFileDialog, owner: QWidget, purpose: str) -> list[Path]:
    accepted = bool(made.exec())
    chosen = [Path(each) for each in made.selectedFiles()] if accepted else []
    of_folders = made.fileMode() == QFileDialog.FileMode.Directory
    made.deleteLater()
    if chosen:
        remember(owner, purpose, chosen[0] if of_folders else chosen[0].parent)
    return chosen
