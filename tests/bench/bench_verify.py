"""Checking a whole log against reading it, in processor time of the same run: every row of the log with what it says decoded, and every
record made.

ZHENGXIAN_BENCH_CHANGES sets the number of changes (20,000 by default; 1,000,000 take half an hour to write).
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from db import office
from db.keys import sealing
from db.safety import verify
from db.session import Session
from db.store.connect import connect_raw

CHANGES = int(os.environ.get("ZHENGXIAN_BENCH_CHANGES", "20000"))
PASSWORD, KIND = "qingshan-lvshui-7", "rectification"


def build(folder: Path) -> None:
    """Items each made, assigned and changed twice."""
    session, _ = office.create_office(folder, "云川市委督查室", "city", "admin", PASSWORD)
    session.office.writer.execute("PRAGMA synchronous = OFF")
    units = [session.add("unit", {"name": f"第{n}单位"}) for n in range(13)]
    days = {"assigned_on": dt.date(2022, 9, 2), "deadline": dt.date(2022, 9, 12)}
    for at in range(CHANGES // 4):
        uid = session.add(KIND, {"title": f"第{at}项整改任务", "lead_unit": units[at % 13], **days})
        session.move(KIND, uid, "assign")
        for word in ("按周推进", "按日推进"):
            session.set(KIND, uid, {"title": f"第{at}项整改任务，{word}"})
    session.close()


def read(session: Session) -> None:
    """The same as a program reads it that believes everything."""
    for book in session.books:
        key = bytes(session.who.book_keys[book.name])  # type: ignore[index]
        connection = connect_raw(book.path, key, read_only=True)  # nothing is in its memory yet
        for _, _, before, after in connection.execute("SELECT seq, mac, before, after FROM journal ORDER BY seq"):
            msgspec.json.decode(before or "{}"), msgspec.json.decode(after)
        connection.close()
        for kind in book.kinds.in_book(book.name):
            for _ in book.each(kind.name):
                pass


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(3):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def run() -> list[dict[str, Any]]:
    """One row."""
    sealing.tuned = lambda: sealing.OPS_FLOOR
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHENGXIAN_CONFIG"] = f"{home}/config"
        build(Path(home) / "office")
        session = office.open_office(Path(home) / "office", "admin", PASSWORD)
        assert verify.verify(session).problems == []
        took, reading = _best(lambda: verify.verify(session)), _best(lambda: read(session))
        session.close()
    name = f"a log of {CHANGES:,} changes checked"
    return [{"name": name, "peer": "reading log and records", "ratio": took / reading, "limit": 3, "seconds": took}]
