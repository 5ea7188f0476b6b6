"""A change over both books is whole or undone after a crash at any moment between its two commits."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.model.query import Query
from db.store.rollback_detection import Marks
from db.store.transaction import Transaction

PASSWORD = "qingshan-lvshui-7"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs") / "start"
    session, _ = office.create_office(folder, "云川市活动办公室", "city", "admin", PASSWORD)
    session.close()
    return folder


def _both(folder: Path, die_at: int) -> None:
    """One change over both books, in a process that dies before or after one of the commits."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        session = office.open_office(folder, "admin", PASSWORD)
        seen = 0

        def dying(real: Any) -> Any:
            def called(*given: Any) -> Any:
                nonlocal seen
                seen += 1
                if seen == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given)

            return called

        Transaction.finish = dying(Transaction.finish)  # type: ignore[method-assign]
        Marks.keep = dying(Marks.keep)  # type: ignore[method-assign]
        with session.atomic():
            session.add("unit", {"name": "安坪县"})
            session.add("cadre", {"name": "钟书宁"})
    finally:
        os._exit(0)


@pytest.mark.skipif(sys.platform == "win32", reason="no fork, no kill -9")
@pytest.mark.parametrize("die_at", range(1, 6), ids=["first", "between", "before the second", "after it", "never"])
def test_both_or_neither(start: Path, tmp_path: Path, die_at: int) -> None:
    folder = tmp_path / "office"
    shutil.copytree(start, folder)
    _both(folder, die_at)
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        counts = session.count(Query(kind="unit")), session.count(Query(kind="cadre"))
        assert counts == ((1, 1) if die_at >= 4 else (0, 0))
        assert session.verify() == []
        halves = session.books[1].connection.execute("SELECT count(*) FROM journal WHERE action = 'pair'").fetchone()
        assert halves[0] == (die_at > 1)
    finally:
        session.close()
    again = office.open_office(folder, "admin", PASSWORD)
    assert (again.count(Query(kind="unit")), again.count(Query(kind="cadre"))) == counts
    again.close()


def test_facts_that_a_crash_left_apart_are_made_one(start: Path, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(start, folder)
    session = office.open_office(folder, "admin", PASSWORD)
    session.books[1].set_meta(office_name="半个名字")
    session.close()
    session = office.open_office(folder, "admin", PASSWORD)
    assert session.books[1].meta("office_name") == "云川市活动办公室"
    assert session.verify() == []
    session.close()
