"""Put a file on a stick, and take one from it, so that a stick pulled out never leaves half a
workbook under a good name.

Writing: a finished and tested local file → a ``.part`` beside the target → flushed to the medium →
read back and compared by SHA-256 → renamed to a name that did not exist before. Reading: copied to
the local inbox first; files are known by their SHA-256, never by their time, which FAT rounds to
two seconds."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from db.errors import Busy, WorkFailed
from db.store.disk.atomic_files import sync_folder
from db.store.disk.disk_errors import disk_errors
from db.store.lock import FolderLock
from desktop.exchange.errors import Refused

_CHUNK = 1 << 20
_WORK = "zhengxian-exchange-"
#: Folders of work that a crash left behind hold plain texts: they go as soon as they are surely
#: nobody's, in seconds.
_STALE = 6 * 3600
_PASSED_OVER = ("~$", ".~lock", "._")
WORKBOOKS = (".xlsx", ".xls", ".et", ".ods", ".xlsm", ".csv")
#: What people hand in by mistake or in another form: named, so that nobody believes it was taken
#: in.
DOCUMENTS = (
    ".ods", ".numbers", ".doc", ".docx", ".wps", ".pdf", ".txt", ".zip", ".rar", ".7z", ".jpg",
    ".jpeg", ".png", ".lrmx", ".lrm",
)


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for half-made files that only this user may look into; gone afterwards, and so are
    left-over ones. It is locked while it is in use: a clock that jumps makes no folder
    nobody's."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as there:
        for old in there:
            if old.name.startswith(_WORK):
                _sweep(Path(old.path))
    with contextlib.ExitStack() as stack:
        yield _locked_folder(stack)


def _locked_folder(stack: contextlib.ExitStack, tries: int = 3) -> Path:
    """A new folder, locked; another one where a program whose clock is hours ahead took it for
    left over before it was locked."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_WORK)))
    try:
        stack.enter_context(FolderLock(folder))
    except WorkFailed as error:
        if tries == 1 or (folder.exists() and not isinstance(error, Busy)):
            raise
        return _locked_folder(stack, tries - 1)
    # a lock that was opened before the folder was deleted can still be taken
    return folder if folder.exists() or tries == 1 else _locked_folder(stack, tries - 1)


def _sweep(old: Path) -> None:
    """Delete a left-over folder that no process holds."""
    with contextlib.suppress(OSError, Busy, WorkFailed):
        if time.time() - old.stat().st_mtime > _STALE:
            with FolderLock(old) as lock:
                if os.name == "nt":  # which deletes no file that is open
                    lock.release()
                shutil.rmtree(old, ignore_errors=True)


def passed_over(path: Path) -> str | None:
    """Why a file in a folder is no workbook to take in, or None: owner files of open programs,
    parts, empty files."""
    name = path.name
    if name.startswith(_PASSED_OVER) or name.endswith("#"):
        return "表格程序打开文件时留下的临时文件"
    if name.lower().endswith((".part", ".tmp", ".crdownload")):
        return "没有拷贝完的文件"
    with contextlib.suppress(OSError):
        if path.stat().st_size == 0:
            return "空文件"
    return None


def workbooks_in(folder: Path) -> tuple[list[Path], list[tuple[Path, str]]]:
    """The workbooks of a folder and its subfolders in order of name, and what was passed over, with
    the reason."""
    found: list[Path] = []
    skipped: list[tuple[Path, str]] = []
    with disk_errors(folder.name):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            reason = passed_over(path)
            if reason is not None:
                if path.name.lower().split("#")[0].endswith((*WORKBOOKS, ".part", ".tmp")):
                    skipped.append((path, reason))
            elif path.suffix.lower() in WORKBOOKS:
                found.append(path)
            elif path.suffix.lower() in DOCUMENTS:
                skipped.append((path, "不是工作簿"))
    return found, skipped


def unique(path: Path) -> Path:
    """This name, or with (2), (3) … the first that is free. Case is ignored, as by Windows."""
    try:
        taken = {p.name.lower() for p in path.parent.iterdir()}
    except OSError:
        taken = set()
    number, candidate = 1, path
    while candidate.name.lower() in taken or candidate.name.lower() + ".part" in taken:
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate


def put(local: Path, target: Path) -> tuple[Path, str]:
    """Copy a finished file to its place, never over another; returns it and its SHA-256."""
    with disk_errors(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        wanted = sha256_of(local)
        final = unique(target)
        part = final.with_name(final.name + ".part")
        try:
            _copy(local, part)
            if _read_back(part) != wanted:
                raise WorkFailed(
                    f"写到“{final.parent}”的内容读回来不一样，这个U盘可能有坏块，请换一个再导出。"
                )
            os.rename(part, final) if not final.exists() else os.rename(part, unique(target))
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        sync_folder(final.parent)
    return final, wanted


def _copy(source: Path, target: Path, *, lasting: bool = True) -> None:
    with source.open("rb") as read, target.open("xb") as write:
        while piece := read.read(_CHUNK):
            write.write(piece)
        write.flush()
        if lasting:
            os.fsync(write.fileno())


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as lower-case hex digits, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _read_back(path: Path) -> str:
    """From the medium where the system lets us: the cached pages are dropped first."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def local_copy(path: Path) -> Iterator[tuple[Path, str]]:
    """A local copy of a file to read from, gone afterwards, and its SHA-256: the stick may be
    pulled out meanwhile."""
    reason = passed_over(path)
    if reason == "空文件":
        raise Refused("empty")
    if not path.exists():
        raise Refused("missing")
    with work_folder() as folder:
        local = folder / "taken"
        try:
            _copy(path, local, lasting=False)
        except OSError as error:
            raise Refused("unreadable", error.strerror or "读取出错") from error
        yield local, sha256_of(local)
