"""Where files go: sticks that are plugged in, a folder in words, a folder shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStorageInfo, QUrl
from PySide6.QtGui import QDesktopServices

STICK_ROOTS = ("/media/", "/run/media/", "/mnt/")
_SHARED = ("tmpfs", "devtmpfs", "squashfs", "overlay", "proc", "sysfs")


def removable_drives() -> list[tuple[str, Path]]:
    """Sticks that are plugged in: how each is called, and where it stands."""
    found = []
    for volume in QStorageInfo.mountedVolumes():
        root = volume.rootPath()
        removable = root.startswith(STICK_ROOTS) or (
            len(root) == 3 and root[1:] == ":/" and root[0].upper() > "D"
        )
        if volume.isReady() and not volume.isReadOnly() and removable:
            kind = bytes(volume.fileSystemType().data()).decode("ascii", "replace")
            if kind.lower() not in _SHARED:
                free = volume.bytesAvailable() / (1 << 30)
                found.append((f"{volume.displayName() or root}（剩 {free:.1f} GB）", Path(root)))
    return found


def on_stick(folder: Path) -> bool:
    """Whether a folder lies on a stick."""
    text = folder.as_posix()
    return any(
        text == root.as_posix() or text.startswith(root.as_posix().rstrip("/") + "/")
        for _, root in removable_drives()
    )


def folder_text(folder: Path) -> str:
    """Where files went, for the sentence that says so."""
    return "U 盘，可以拔出了" if on_stick(folder) else f"“{folder.name or folder}”"


def show_file(file: Path) -> None:
    """In the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))


def show_folder(folder: Path) -> None:
    """The folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
