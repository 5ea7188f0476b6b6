"""What the disk refused, as a sentence a person can act on."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from db.errors import WorkFailed


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
