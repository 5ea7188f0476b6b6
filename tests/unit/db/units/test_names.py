"""The units as they are held in memory: whoever is writing sees what it wrote, everybody else what is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from db.session import Session
from db.units.names import BookNames
from tests.units_office import opened, unit


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        yield made


@pytest.fixture
def beside(session: Session) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """The answer in another thread, which has read before: a thread's first reading waits for the writer."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(session.names.units).result()
        yield lambda ask: pool.submit(ask).result(20)


def test_a_unit_being_written_is_seen_by_its_writer_alone(session: Session, beside: Callable[[Callable[[], Any]], Any]) -> None:
    unit(session, "甲局")
    names = session.names
    with session.atomic("form", "试"):
        new = unit(session, "乙局")
        names.forget()
        assert names.unit_by_name("乙局") == new
        assert beside(lambda: names.unit_by_name("乙局")) is None
        assert names.unit_by_name("乙局") == new, "a reader beside puts nothing back"
    assert names.unit_by_name("乙局") == new == beside(lambda: names.unit_by_name("乙局"))


def test_what_was_rolled_back_is_known_to_nobody(session: Session) -> None:
    names = session.names
    with pytest.raises(ValueError, match="no"), session.atomic("form", "试"):
        unit(session, "乙局")
        names.forget()
        assert names.unit_by_name("乙局")
        raise ValueError("no")
    assert names.unit_by_name("乙局") is None
    with session.atomic("form", "又试"):
        assert names.unit_by_name("乙局") is None


def test_a_reader_that_began_before_a_change_does_not_keep_what_it_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    names, read = session.names, BookNames._read  # noqa: SLF001  (the moment between reading and keeping)
    reading, written = threading.Event(), threading.Event()

    def slowly(self: BookNames, today: str) -> Any:
        found = read(self, today)
        if threading.current_thread() is not threading.main_thread():
            reading.set()
            written.wait(20)
        return found

    names.forget()
    monkeypatch.setattr(BookNames, "_read", slowly)
    thread = threading.Thread(target=names.units)
    thread.start()
    reading.wait(20)
    new = unit(session, "乙局")
    written.set()
    thread.join()
    assert new in names.units()
