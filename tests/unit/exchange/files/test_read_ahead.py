"""A folder of workbooks read ahead by processes that go on from file to file."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.model.query import Query
from desktop.exchange.apply import accept
from desktop.exchange.errors import Refused
from desktop.exchange.files import read_ahead as ahead_module
from desktop.exchange.files.read_ahead import WAITING
from desktop.exchange.format.incoming import read_ahead
from tests.unit.exchange.conftest import KIND, Office


@pytest.fixture
def folder(new_office: Callable[..., Office], tmp_path: Path) -> tuple[Office, list[Path]]:
    """Workbooks of three counties filled in, a broken one, one with a password, one that is gone."""
    city = new_office()
    files = []
    for number, unit in enumerate(city.units.values()):
        city.add(f"第{number}项", lead_unit=unit)
        files.append(city.export(f"{number}.xlsx", unit=unit).file)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(files[0].read_bytes()[:-900])
    locked = city.export("locked.xlsx", password="云川-2026-统计").file
    return city, [files[0], broken, files[1], locked, tmp_path / "gone.xlsx", files[2]]


def _said(office: Office, file: Path, ahead: Any = None) -> object:
    try:
        return accept.plan(office.session, file, ahead=ahead).to_json()
    except Refused as error:
        return error.code, error.message


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where half-made files are; of this test alone, since another process may be at others."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_what_is_read_ahead_is_what_each_file_says_by_itself(
    folder: tuple[Office, list[Path]], work: Path
) -> None:
    city, files = folder
    alone = [_said(city, file) for file in files]
    assert [each[0] for each in alone if isinstance(each, tuple)] == [
        "truncated", "encrypted", "missing",
    ]  # fmt: skip
    with read_ahead(files) as ahead:
        assert [_said(city, file, ahead) for file in files] == alone
    with read_ahead(files) as ahead:  # in another order than it was told
        assert [_said(city, file, ahead) for file in reversed(files)] == alone[::-1]
        assert _said(city, files[0], ahead) == alone[0]  # a second time
    assert not list(work.iterdir())


def test_a_process_reads_on_after_a_file_in_order_and_ends_after_any_other(
    folder: tuple[Office, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, files = folder
    started: list[object] = []
    enter = ahead_module.ReadingProcess.__enter__

    def counted(process: Any) -> Any:
        started.append(process)
        return enter(process)

    monkeypatch.setattr(ahead_module, "_cores", lambda: 1)
    monkeypatch.setattr(ahead_module.ReadingProcess, "__enter__", counted)
    with read_ahead(files) as ahead:
        for file in files:
            _said(city, file, ahead)
    assert len(started) == 3, "the first, one after the broken file, one after the locked"


def test_closed_half_way_it_leaves_nothing_and_no_file_is_told_to_be_broken(
    folder: tuple[Office, list[Path]], work: Path
) -> None:
    city, files = folder
    ahead = read_ahead(files)
    alone = _said(city, files[2])
    with ahead_module.taken(files[0], ahead_module.Opening(None, lambda *_: None, None, ahead)) as found:
        ahead.close()
        assert found.local.read_bytes() == files[0].read_bytes(), "what is looked at now stays"
    assert _said(city, files[2], ahead) == alone
    for thread in threading.enumerate():
        if thread.name.startswith("zhengxian-ahead"):
            thread.join(20)
    assert not list(work.iterdir())


def test_the_last_process_reads_only_while_somebody_waits(
    folder: tuple[Office, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would take the core from who looks at what was read."""
    files = [tmp_path / f"copy{number}.xlsx" for number in range(WAITING + 1)]
    for file in files:
        file.write_bytes(folder[1][0].read_bytes())
    begun, helped, served = threading.Event(), threading.Event(), threading.Event()
    everything, readers = threading.Semaphore(0), list[str]()
    read, serve = (vars(ahead_module.ReadAhead)[name] for name in ("_read", "_serve"))

    def watched(ahead: Any, *asked: Any) -> Any:
        begun.set()
        name = threading.current_thread().name
        found = read(ahead, *asked)
        readers.append(name)
        if name.endswith("-1"):
            helped.set()
            assert served.wait(60)
        else:
            assert helped.wait(60)
        everything.release()
        return found

    def begins_second(ahead: Any, local: Path, spare: bool) -> None:
        assert not spare or begun.wait(60)
        serve(ahead, local, spare)

    monkeypatch.setattr(ahead_module, "_cores", lambda: 2)
    monkeypatch.setattr(ahead_module.ReadAhead, "_read", watched)
    monkeypatch.setattr(ahead_module.ReadAhead, "_serve", begins_second)
    with read_ahead(files) as ahead:
        found = ahead.take(files[0])
        served.set()
        assert found is not None
        assert all(everything.acquire(timeout=60) for _ in files)
        ahead.release(found)
    assert sorted(readers) == ["zhengxian-ahead-0"] * WAITING + ["zhengxian-ahead-1"]


def test_a_large_file_waits_for_nobody(
    folder: tuple[Office, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, files = folder
    monkeypatch.setattr(ahead_module, "LARGEST", 2_000)
    alone = _said(city, files[0])
    with read_ahead(files[::2]) as ahead:
        assert ahead.take(files[0]) is None, "more than may wait in memory"
        assert _said(city, files[0], ahead) == alone


def test_of_a_folder_all_becomes_searchable_afterwards(new_office: Callable[..., Office]) -> None:
    source, city = new_office(), new_office("平漾市作风办")
    source.add("窗口排队时间长")
    result = accept.accept(
        city.session, city.plan(source.export().file), one_of_many=True
    )
    assert result.added
    while city.session.office.index_waiting():
        pass
    assert city.session.count(Query(kind=KIND, search="排队")) == 1
    source.session.set(KIND, _uid(source), {"title": "大厅叫号不准"})
    accept.accept(city.session, city.plan(source.export("2.xlsx").file), one_of_many=True)
    assert city.session.count(Query(kind=KIND, search="叫号")) <= 1
    city.session.office.index_waiting()
    assert city.session.count(Query(kind=KIND, search="叫号")) == 1
    assert city.session.count(Query(kind=KIND, search="排队")) == 0


def _uid(office: Office) -> str:
    return next(record.uid for record in office.session.office.each(KIND))
