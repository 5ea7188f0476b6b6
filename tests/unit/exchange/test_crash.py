"""Killed at any moment of an import or export: all of it is there or nothing, the book verifies, no half file has a good name.

ZHENGXIAN_KILLS sets the number of kills (the suite does a few, a soak run hundreds).
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.errors import Cancelled
from db.office import open_office
from desktop.exchange import apply

from .conftest import KIND, PASSWORD

ROOT = Path(__file__).resolve().parents[3]
IMPORT_KILLS = int(os.environ.get("ZHENGXIAN_KILLS", "10"))
EXPORT_KILLS = int(os.environ.get("ZHENGXIAN_KILLS", "6"))
_CHILD = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from db.office import open_office
from desktop.exchange import apply
from desktop.exchange.workbook import export
session = open_office(Path(sys.argv[2]), "admin", {password!r})
sys.stdout.write("open\\n"); sys.stdout.flush()
if sys.argv[1] == "import":
    result = apply.accept(session, apply.plan(session, Path(sys.argv[3])))
else:
    export(session, ["rectification"], Path(sys.argv[3]))
sys.stdout.write("done\\n"); sys.stdout.flush()
"""


def run_and_kill(what: str, folder: Path, file: Path, after: float) -> str:
    """Start the work in a process of its own and kill it so many seconds after the login; what it said last."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD.format(root=str(ROOT), password=PASSWORD), what, str(folder), str(file)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    time.sleep(after)
    process.kill()
    said = process.stdout.read()
    process.wait()
    process.stdout.close()
    return said


@pytest.fixture
def full(city: Any) -> Any:
    with city.session.atomic("bulk"):
        for number in range(400):
            city.add(f"批量{number}", problem="群众反映办件慢。" * 5)
    return city


def _filled(full: Any, hand: Any) -> Path:
    book = hand(full.export("sent.xlsx").file)
    at, titles = book.column("整改措施"), book.column("整改事项")
    for row in range(5, book.sheet.max_row + 1):
        if book.sheet.cell(row, titles).value:
            book.sheet.cell(row, at).value = f"措施{row}"
    for number in range(1, 4):
        row = book.blank_row(number)
        book.write(row, "整改事项", f"新增{number}").write(row, "责任单位", "安平县")
    return book.save()


@pytest.mark.slow
def test_an_import_killed_at_any_moment_is_whole_or_not_at_all(full: Any, hand: Any, tmp_path: Path) -> None:
    file = _filled(full, hand)
    full.session.close()
    rnd, outcomes = random.Random(7), {"whole": 0, "nothing": 0}
    for number in range(IMPORT_KILLS):
        folder = tmp_path / f"copy{number}"
        shutil.copytree(full.folder / "data", folder)
        said = run_and_kill("import", folder, file, rnd.uniform(0.05, 1.2))
        session = open_office(folder, "admin", PASSWORD)
        try:
            rows = list(session.office.each(KIND))
            changed = sum(r.values["measures"] is not None for r in rows)
            fresh = sum(r.values["title"].startswith("新增") for r in rows)
            assert (changed, fresh, len(apply.imports(session))) in ((0, 0, 0), (409, 3, 1))
            assert changed == 409 or "done" not in said
            outcomes["whole" if changed else "nothing"] += 1
            assert session.verify() == []
            again = apply.accept(session, apply.plan(session, file))
            assert again.updated + again.added == (0 if changed else 412)
        finally:
            session.close()
            shutil.rmtree(folder)
    assert outcomes["nothing"]


@pytest.mark.slow
def test_an_export_killed_at_any_moment_leaves_no_half_file(full: Any, tmp_path: Path) -> None:
    full.session.close()
    rnd = random.Random(8)
    for number in range(EXPORT_KILLS):
        stick = tmp_path / f"stick{number}"
        stick.mkdir()
        said = run_and_kill("export", full.folder / "data", stick / "out.xlsx", rnd.uniform(0.05, 1.0))
        session = open_office(full.folder / "data", "admin", PASSWORD)
        try:
            found = [p for p in stick.iterdir() if p.suffix == ".xlsx"]
            assert found or "done" not in said
            for path in found:
                assert apply.plan(session, path).unchanged == 409
            assert session.verify() == []
        finally:
            session.close()


def test_cancelled_while_writing_nothing_is_kept(full: Any, hand: Any) -> None:
    file = _filled(full, hand)
    plan = full.plan(file)
    state = full.state()

    def stop(done: int, total: int, text: str) -> None:
        raise Cancelled()

    def in_steps_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(apply, "_STEP", 100)

    with pytest.MonkeyPatch.context() as patch:
        in_steps_of_one(patch)
        with pytest.raises(Cancelled):
            apply.accept(full.session, plan, progress=stop)
    assert full.state() == state and apply.imports(full.session) == []
    assert full.session.verify() == []


def test_cancelled_while_reading_the_child_is_gone(full: Any, tool: Callable[[str], str]) -> None:
    import psutil

    file = full.export("sent.xlsx").file

    def stop(done: int, total: int, text: str) -> None:
        raise Cancelled()

    with pytest.raises(Cancelled):
        full.plan(file, progress=stop)
    assert [c for c in psutil.Process().children() if "exchange" in " ".join(c.cmdline())] == []


def test_a_full_disk_while_importing_gives_a_sentence_and_loses_nothing(
    full: Any, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from db import files
    from db.errors import WorkFailed

    plan = full.plan(_filled(full, hand))
    state = full.state()

    def no_space(path: Path, data: bytes) -> None:
        raise files.disk_failure(OSError(errno.ENOSPC, "No space left on device"), path.name)

    from desktop.exchange import vault

    monkeypatch.setattr(vault, "write_atomic", no_space)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        apply.accept(full.session, plan)
    assert full.state() == state and apply.imports(full.session) == []
