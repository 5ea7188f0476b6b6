"""No file changes a byte of the book, takes over 10 s or 512 MB, or ends without a Chinese sentence."""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.errors import ZhengxianError
from desktop.exchange.apply import accept
from desktop.exchange.errors import SENTENCES, Refused
from desktop.exchange.files.reader import Limits, Reader
from tests.unit.exchange.conftest import Office
from tests.unit.exchange.hostile import Case, corpus

pytestmark = pytest.mark.usefixtures("own_reader")


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("victim"), "云川市作风办")
    office.add_units()
    for number in range(30):
        office.add(f"第{number}项", problem="群众反映办件慢。" * 20)
    yield office
    office.session.close()


@pytest.fixture(scope="module")
def cases(victim: Office) -> dict[str, Case]:
    good = victim.export("good.xlsx").file.read_bytes()
    found = {case[0]: case for case in corpus(good)}
    assert len(found) >= 60
    return found


def _books(office: Office) -> dict[str, str]:
    """Every byte that the office keeps, with what is written but not yet in the book's file; not SQLite's shared index."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((office.folder / "data").rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_the_whole_corpus_is_refused_with_a_sentence_and_changes_nothing(
    victim: Office, cases: dict[str, Case], tmp_path: Path
) -> None:
    before, state = _books(victim), victim.state()
    # The largest child of this process so far, which may have been an office program of another test.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    wrong: list[str] = []
    for name, data, code in cases.values():
        file = tmp_path / "came in.xlsx"
        file.write_bytes(data)
        start = time.perf_counter()
        try:
            plan = accept.plan(victim.session, file)
            if code is not None:
                wrong.append(f"{name}: read, {len(plan.rows)} rows with news")
            elif any(row.news or row.status == "added" for row in plan.rows):
                wrong.append(f"{name}: news out of nothing")
        except Refused as error:
            if code is None or (code and error.code != code):
                wrong.append(f"{name}: refused as {error.code}, not {code}")
            if not error.message.endswith("。") or not any("\u4e00" <= c <= "\u9fff" for c in error.message):
                wrong.append(f"{name}: no sentence: {error.message}")
        except ZhengxianError as error:
            wrong.append(f"{name}: {type(error).__name__} {error.message}")
        seconds = time.perf_counter() - start
        if seconds > 10:
            wrong.append(f"{name}: {seconds:.0f} s")
        if (after := _books(victim)) != before:
            wrong.append(f"{name}: changed {sorted(k for k in after | before if after.get(k) != before.get(k))}")
            before = after
    assert not wrong, "\n".join(wrong)
    assert victim.state() == state
    # Linux counts for a child what its parent held when it was forked, so in a large test process that is the floor.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < max(largest + 1, own + 1024, 512 * 1024)


def test_every_refusal_is_a_sentence_that_says_what_to_do() -> None:
    for code, sentence in SENTENCES.items():
        assert sentence.endswith("。"), code


def test_a_file_that_takes_too_long_is_stopped(victim: Office, tmp_path: Path) -> None:
    file = victim.export("slow.xlsx").file
    with pytest.raises(Refused) as caught:
        accept.plan(victim.session, file, limits=Limits(seconds=0.0, memory_mb=300))
    assert caught.value.code == "time"


def test_how_long_the_reading_process_takes_to_start_is_not_the_file_s_fault(
    victim: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.exchange.files import reader

    file = victim.export("slow-start.xlsx").file
    command = reader.child_command()
    late = [*command[:-1], f"import time; time.sleep(2.5); {command[-1]}"]
    monkeypatch.setattr(reader, "child_command", lambda: late)
    with Reader(file, limits=Limits(seconds=2.0, memory_mb=300)) as reading:
        assert list(reading)
    monkeypatch.setattr(reader, "START", 0.1)
    with pytest.raises(Refused) as caught, Reader(file) as reading:
        list(reading)
    assert caught.value.code == "time"


def test_a_file_that_needs_too_much_memory_is_stopped(victim: Office, tmp_path: Path) -> None:
    """A sheet whose only values stand far apart within the sane range makes the reader lay out every cell between."""
    from tests.unit.exchange.hostile import SHEET, _members, cell_sheet, packed

    members = _members(victim.export("memory.xlsx").file.read_bytes())
    sheet = cell_sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="56000"><c r="ZZ56000"><v>1</v></c></row>')
    file = tmp_path / "far.xlsx"
    file.write_bytes(packed({**members, SHEET: sheet}))
    with pytest.raises(Refused) as caught:
        accept.plan(victim.session, file)
    assert caught.value.code == "memory"


def test_the_readers_own_death_is_told(victim: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    from desktop.exchange.files import reader

    file = victim.export("crash.xlsx").file
    monkeypatch.setattr(reader, "child_command", lambda: [sys.executable, "-c", "import os; os._exit(3)"])
    with pytest.raises(Refused) as caught, Reader(file) as reading:
        list(reading)
    assert caught.value.code == "crashed"


def test_the_child_gets_no_password_in_its_environment_or_arguments(victim: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    seen: list[Any] = []
    original = subprocess.Popen

    class Spy(original):  # type: ignore[misc,valid-type]
        def __init__(self, command: Any, **more: Any) -> None:
            seen.append((command, more.get("env")))
            super().__init__(command, **more)

    monkeypatch.setenv("ZHENGXIAN_PASSWORD", "secret-of-the-office")
    file = victim.export("spied.xlsx", password="file-secret").file
    monkeypatch.setattr(subprocess, "Popen", Spy)
    assert victim.plan(file, password="file-secret").unchanged == 30
    for command, environment in seen:
        assert "file-secret" not in " ".join(command)
        assert "secret-of-the-office" not in str(environment)


def test_parts_that_office_programs_add_are_no_reason_to_refuse(victim: Office, tmp_path: Path) -> None:
    """Custom XML in UTF-16, printer settings, thumbnails: normal workbooks of Excel and WPS hold such parts."""
    from tests.unit.exchange.hostile import _members, packed

    members = _members(victim.export("normal.xlsx").file.read_bytes())
    extra = {
        "customXml/item1.xml": '<?xml version="1.0" encoding="utf-16"?><b:Sources xmlns:b="x"/>'.encode("utf-16"),
        "xl/printerSettings/printerSettings1.bin": bytes(2_000),
        "docProps/thumbnail.wmf": b"\xd7\xcd\xc6\x9a" + bytes(500),
        "docProps/custom2.xml": b'<?xml version="1.0" encoding="GB2312"?><a/>',
        "xl/externalLinks/externalLink1.xml": b'<?xml version="1.0" encoding="UTF-8"?><externalLink/>',
    }
    file = tmp_path / "normal.xlsx"
    file.write_bytes(packed({**members, **extra}))
    assert accept.plan(victim.session, file).unchanged == 30
