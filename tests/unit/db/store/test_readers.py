"""A thread that is over leaves no connection behind."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from db import office

FDS = Path("/proc/self/fd")


@pytest.mark.skipif(not FDS.exists(), reason="open files are counted under /proc")
def test_the_connection_of_a_thread_closes_with_it(tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", "zhengxian-demo")
    session.add("unit", {"name": "清禾区政府"})

    def open_files() -> int:
        return sum(1 for fd in FDS.iterdir() if str(tmp_path) in str(fd.readlink() if fd.is_symlink() else ""))

    before = open_files()
    found: list[int] = []
    for _ in range(20):
        thread = threading.Thread(target=lambda: found.append(session.office.count("unit")))
        thread.start()
        thread.join()
    assert found == [1] * 20
    assert open_files() <= before + 2
    session.close()
    assert open_files() == 0


def test_a_cursor_outlives_its_thread(tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", "zhengxian-demo")
    for name in ("甲", "乙", "丙"):
        session.add("unit", {"name": name})
    taken: list[object] = []

    def begin() -> None:
        rows = session.office.each("unit")
        taken.append(next(rows))
        taken.append(rows)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert len(list(taken[1])) == 2  # type: ignore[call-overload]
    session.close()
