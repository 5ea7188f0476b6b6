"""One process per folder, whoever dies how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db.errors import Busy, WorkFailed
from db.store.lock import FolderLock

ROOT = Path(__file__).parents[4]
HOLD = """
import sys, time
from pathlib import Path
from db.store.lock import FolderLock
lock = FolderLock(Path(sys.argv[1])).acquire()
sys.stdout.write("held\\n"); sys.stdout.flush()
time.sleep(60)
"""


def _holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_second_window_is_told_who_has_the_book(tmp_path: Path) -> None:
    holder = _holder(tmp_path)
    try:
        with pytest.raises(Busy, match=f"本台账正由.*进程 {holder.pid}"):
            FolderLock(tmp_path).acquire()
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    holder = _holder(tmp_path)
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert (tmp_path / "lock").read_text("utf-8")  # its note is still there, and means nothing
    with FolderLock(tmp_path) as lock:
        assert lock.held
    assert not lock.held


def test_two_holders_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    with FolderLock(tmp_path) as lock:
        assert lock.acquire() is lock
        with pytest.raises(Busy):
            FolderLock(tmp_path).acquire()
    FolderLock(tmp_path).acquire().release()
    lock.release()


def test_a_child_process_does_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path).acquire()
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False
    )
    try:
        lock.release()
        FolderLock(tmp_path).acquire().release()
    finally:
        child.communicate(b"")


def test_a_note_that_cannot_be_read_still_gives_a_sentence(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        (tmp_path / "lock").write_bytes(b"\xff not json")
        with pytest.raises(Busy, match="本台账正由另一个窗口"):
            FolderLock(tmp_path).acquire()


def test_a_folder_that_is_not_there_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="找不到"):
        FolderLock(tmp_path / "none").acquire()
