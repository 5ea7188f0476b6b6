"""Writing files so that a crash leaves either the old or the new one, and saying what the disk
refused."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from db.errors import WorkFailed


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut. Some file systems (FAT, network) and Windows have no such
    call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Rename over whatever is there, in one step. On Windows a virus scanner may hold a fresh file
    for a moment."""
    for left in range(20 if os.name == "nt" else 0, -1, -1):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(0.05)


def keep_private(path: Path) -> None:
    """Let nobody else into a file or folder; its group too where the folder was given to a group to
    write in. Disks without such rights (FAT) are left as they are."""
    with contextlib.suppress(OSError):
        folder = path if path.is_dir() else path.parent
        shared = folder.stat().st_mode & stat.S_IWGRP
        if path.is_dir():
            path.chmod(0o770 if shared else 0o700)
        else:
            path.chmod(0o660 if shared else 0o600)


def make_private(folder: Path) -> None:
    """A folder of this account's own, where it is not there yet."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def make_inside(path: Path) -> None:
    """A folder in another that nobody else gets into; its group where it may write in that one."""
    path.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        path.chmod(0o770 if path.parent.stat().st_mode & stat.S_IWGRP else 0o700)


def keep_all_private(folder: Path) -> None:
    """The same for a folder that others may look into, and all that lies in it."""
    with contextlib.suppress(OSError):
        mode = folder.stat().st_mode
        open_to_read = mode & stat.S_IRWXO or (mode & stat.S_IRWXG and not mode & stat.S_IWGRP)
        if os.name != "nt" and open_to_read:
            keep_private(folder)
            for path in folder.rglob("*"):
                keep_private(path)


def create_private(path: Path) -> None:
    """An empty file that is nobody else's, before anything is written into it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    keep_private(path)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace the file in one step: written beside it, flushed to the disk, renamed, and the folder
    flushed."""
    part = path.with_name(path.name + ".part")
    with disk_errors(path.name):
        try:
            create_private(part)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            replace(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


@contextlib.contextmanager
def disk_errors(name: str) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a ``WorkFailed`` that names the file and says what to
    do."""
    try:
        yield
    except OSError as error:
        raise disk_failure(error, name) from error


def disk_failure(error: OSError, name: str) -> WorkFailed:
    """A refusal of the disk as a sentence a person can act on."""
    code = error.errno
    if code in (errno.ENOSPC, errno.EDQUOT):
        return WorkFailed(f"磁盘已满，“{name}”没有写成，原有数据完好。请腾出空间后重试。")
    if code == errno.EFBIG:
        return WorkFailed(
            f"“{name}”太大，目标磁盘的格式（如 FAT32）放不下，请换用 NTFS、exFAT 格式的磁盘后重试。"
        )
    if code in (errno.EROFS, errno.EACCES, errno.EPERM):
        return WorkFailed(
            f"“{name}”所在的文件夹不可写或没有权限，原有数据完好。请检查文件夹权限后重试。"
        )
    if code in (errno.ENOENT, errno.ENOTDIR):
        return WorkFailed(
            f"找不到“{name}”或它所在的文件夹，请检查磁盘是否已拔出、文件夹是否被移走。"
        )
    return WorkFailed(
        f"读写“{name}”时磁盘出错（{error.strerror or error}），原有数据完好。请检查磁盘后重试。"
    )


def forget_cached(descriptor: int, start: int = 0, size: int = 0) -> None:
    """Let a reading back come from the disk, not from memory, where the system can; what is still
    to be written begins to go there. ``size`` 0: all of the file."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_DONTNEED)


def read_ahead(descriptor: int, start: int, size: int) -> None:
    """Have the disk fetch what will be read soon, while something else is done, where the system
    can."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_WILLNEED)
