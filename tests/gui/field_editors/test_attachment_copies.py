"""Readable copies of attachments: gone with the lock, after a crash too; and the log, which quotes no record."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import crash_log, paths
from desktop.ui.field_editors import attachment_copies


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_copies_go_with_the_lock(room: Path) -> None:
    copies = [attachment_copies.copy_of("验收单.pdf", b"%PDF-1.4"), attachment_copies.copy_of("验收单.pdf", b"another")]
    assert [c.read_bytes() for c in copies] == [b"%PDF-1.4", b"another"]
    attachment_copies.sweep()  # at the start of a second window
    assert all(c.exists() for c in copies)
    attachment_copies.forget()
    assert not list(room.iterdir())


def test_what_another_program_holds_open_keeps_nobody_from_locking(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = attachment_copies.copy_of("验收单.docx", b"x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "in use", str(copy))

    with monkeypatch.context() as held:
        for name in ("unlink", "rmdir"):
            held.setattr(f"os.{name}", refuse)
        attachment_copies.forget()
    assert copy.exists()
    attachment_copies.sweep()
    assert not list(room.iterdir())


def test_a_crash_leaves_them_only_until_the_next_start(room: Path) -> None:
    child = (
        "import os, sys, tempfile; tempfile.tempdir = sys.argv[1]; from desktop.ui.field_editors import attachment_copies as opened;"
        " print(opened.copy_of('名册.xlsx', b'x')); sys.stdout.flush(); os._exit(9)"
    )
    run = subprocess.run([sys.executable, "-c", child, str(room)], capture_output=True, encoding="utf-8")
    assert run.returncode == 9 and Path(run.stdout.strip()).exists()
    attachment_copies.sweep()
    assert not list(room.iterdir())


@pytest.mark.parametrize("name", ["../../x.txt", "a:b|c?.pdf", "", "..", "字" * 120 + ".docx", "无后缀" * 60, "a\nb.txt"])
def test_every_name_can_be_a_file(room: Path, name: str) -> None:
    copy = attachment_copies.copy_of(name, b"x")
    assert copy.resolve().is_relative_to(room.resolve()) and copy.read_bytes() == b"x"
    assert copy.suffix == (Path(name).suffix if name.strip(".") else "")
    attachment_copies.forget()


@pytest.fixture
def fresh_log() -> Iterator[None]:
    """A log of this test's own, whatever was logged in this process before."""
    def let_go() -> None:
        log = logging.getLogger("zhengxian")
        for handler in [each for each in log.handlers if isinstance(each, logging.FileHandler)]:
            log.removeHandler(handler)
            handler.close()
        crash_log.logger.cache_clear()

    let_go()
    yield
    let_go()


@pytest.mark.usefixtures("fresh_log")
def test_the_log_tells_where_and_what_kind_but_quotes_no_record() -> None:
    try:
        try:
            {}["赵燚"]
        except KeyError as error:
            raise ValueError("身份证号 110105") from error
    except ValueError as error:
        crash_log.unexpected(error)
    written = paths.log_file().read_text("utf-8")
    assert "KeyError" in written and "ValueError" in written and "test_attachment_copies.py" in written
    assert "赵燚" not in written.replace('{}["赵燚"]', "") and "110105" not in written.replace('("身份证号 110105")', "")
