"""Cut off at any moment of an import or export: all of it is there or nothing, the book verifies, no half file has a good name.

``python -m tests.bench crashes`` plays hundreds of moments of ``crashes.py``, this a few.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.errors import Cancelled
from desktop.exchange.apply import accept, record_writer
from tests.unit.exchange import crashes

pytestmark = pytest.mark.usefixtures("own_reader")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> crashes.Prepared:
    return crashes.prepare(tmp_path_factory.mktemp("crashes") / "office")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
@pytest.mark.parametrize("case", crashes.CASES)
def test_cut_off_at_any_moment_it_is_whole_or_not_at_all(case: str, made: crashes.Prepared) -> None:
    if "stick" in case and (why := crashes.why_no_stick()):
        pytest.skip(why)
    for _ in range(2):
        seed = random.SystemRandom().randrange(2**32)
        sys.stdout.write(f"{case}, seed {seed}\n")  # told when it fails
        crashes.play(case, seed, made)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a disk of its own")
def test_a_disk_with_a_few_pages_left_ends_no_process_without_a_word(made: crashes.Prepared, tmp_path: Path) -> None:
    """A file of the book's that were mapped into memory, as SQLite keeps one by default, ends it by SIGBUS at some 80 KB."""
    if why := crashes.why_no_stick():
        pytest.skip(why)
    said = []
    for left in range(64 << 10, 120 << 10, 8 << 10):
        scratch = tmp_path / str(left)
        scratch.mkdir()
        said.append(crashes.written_with_little_left(made, scratch, left))
    assert "磁盘已满" in said[0] and "done" in said[-1]


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
        book.write(row, "整改事项", f"新增{number}").write(row, "责任单位", "安坪县")
    return book.save()


def test_cancelled_while_writing_nothing_is_kept(full: Any, hand: Any) -> None:
    file = _filled(full, hand)
    plan = full.plan(file)
    state = full.state()

    def stop(done: int, total: int, text: str) -> None:
        raise Cancelled()

    def in_steps_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(record_writer, "_STEP", 100)

    with pytest.MonkeyPatch.context() as patch:
        in_steps_of_one(patch)
        with pytest.raises(Cancelled):
            accept.accept(full.session, plan, progress=stop)
    assert full.state() == state and accept.imports(full.session) == []
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

    from db.errors import WorkFailed
    from db.store.disk import disk_errors

    plan = full.plan(_filled(full, hand))
    state = full.state()

    def no_space(path: Path, data: bytes) -> None:
        raise disk_errors.disk_failure(OSError(errno.ENOSPC, "No space left on device"), path.name)

    from desktop.exchange.files import sent_copies

    monkeypatch.setattr(sent_copies, "write_atomic", no_space)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        accept.accept(full.session, plan)
    assert full.state() == state and accept.imports(full.session) == []


def test_an_export_that_is_said_to_have_failed_leaves_nothing_behind_on_either_side(
    city: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from db.errors import WorkFailed
    from db.store.disk import disk_errors
    from desktop.exchange.files import removable_media, sent_copies
    from desktop.exchange.write.workbook import export

    out = tmp_path / "stick"
    sent = city.folder / "data" / sent_copies.SENT
    out.mkdir()

    def no_space(path: Path, *_: object) -> None:
        raise disk_errors.disk_failure(OSError(errno.ENOSPC, "No space left on device"), path.name)

    for module, name in ((sent_copies, "write_atomic"), (removable_media, "_copy")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, no_space)
            with pytest.raises(WorkFailed, match="磁盘已满"):
                export(city.session, ["rectification"], out / "整改.xlsx")
        assert list(out.iterdir()) == [] and list(sent.glob("*")) == []
    export(city.session, ["rectification"], out / "整改.xlsx")
    assert len(list(out.iterdir())) == len(list(sent.glob("*"))) == 1


def test_a_mark_beside_the_book_that_cannot_be_written_makes_no_failure_of_what_is_committed(
    city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told as failed, it would be done again; the mark is tried again with the next commit, and the book goes on as the same site."""
    import errno
    import os

    from db.office import open_office
    from tests.unit.exchange.conftest import PASSWORD

    folder, unit = city.folder / "data", next(iter(city.units.values()))
    city.session.close()
    session = open_office(folder, "admin", PASSWORD)

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full_disk)
        uid = session.add("rectification", {"title": "写得进的一件", "lead_unit": unit})
    assert session.get("rectification", uid) is not None
    session.set("rectification", uid, {"title": "再改一次"})
    site = session.office.site
    session.close()
    again = open_office(folder, "admin", PASSWORD)
    again.set("rectification", uid, {"title": "下次打开再改"})
    assert again.office.site == site
    again.close()
