"""`python -m tests.bench pages [--runs N] [--first PAGE]`: each page of a small office's two books spoiled in turn, by one flipped
byte (of the first bytes, the middle or the code of the page). What comes back is an office that opens, whose log says what was
lost, and that holds all but the rows of that page; what is tampered with after that is told as ever.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from db import office
from db.errors import BadInput
from db.keys import sealing
from db.model.query import Query
from db.safety import repair, verify
from db.session import Session

#: All of them.
RUNS = 100_000
PASSWORD, PAGE = "qingshan-lvshui-7", 4096
#: Rows that one page can hold at the most.
ON_A_PAGE = 60


def make(folder: Path) -> None:
    """A small office: records of several kinds with their history, an undone change, an attachment, a user more."""
    session, _ = office.create_office(folder, "云川市活动办公室", "city", "admin", PASSWORD)
    office.add_user(session, "lihua", "李华", "clerk", "bailu-qingtian-31")
    units = [session.add("unit", {"name": f"清禾区第{at + 1}办事处"}) for at in range(12)]
    for at in range(60):
        uid = session.add("rectification", {
            "title": f"第{at + 1}项整改任务，" + "按月推进，" * 6, "lead_unit": units[at % 12], "assigned_on": dt.date(2022, 9, 2),
            "deadline": dt.date(2022, 9, 12),
        })
        session.take_step("rectification", uid, "assign")
        if at % 2:
            session.set("rectification", uid, {"title": f"第{at + 1}项整改任务（改）"})
    session.close()
    # A second opening: what the book keeps twice is brought up to date when it is closed.
    session = office.open_office(folder, "admin", PASSWORD)
    session.set("unit", units[0], {"name": "清禾区中心办事处"})
    session.close()


def held(session: Session) -> dict[tuple[str, str], str]:
    """All records, by kind and uid."""
    return {
        (kind.name, record.uid): repr((record.values, record.state, record.deleted, record.versions))
        for kind in session.visible_kinds() for record in session.book_of(kind.name).each(kind.name)
    }


def play(start: Path, folder: Path, book: str, page: int, chance: random.Random, before: dict[tuple[str, str], str]) -> str:
    """How it ended; an assertion fails where it ended badly."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, folder)
    path = folder / f"{book}.db"
    data = bytearray(path.read_bytes())
    data[page * PAGE + chance.choice([chance.randrange(16), chance.randrange(PAGE), PAGE - 1])] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    try:
        done = repair.repair_office(folder, "admin", PASSWORD)
    except BadInput:
        return "not damaged"
    session = office.open_office(folder, "admin", PASSWORD)
    try:
        assert session.notices == [], session.notices
        report = verify.verify(session)
        assert report.problems == [], (report.problems, done.notices)
        assert any("抢救台账时" in note for note in report.notes)
        after = held(session)
        lost = before.keys() - after.keys()
        assert len(lost) <= ON_A_PAGE, len(lost)
        changed = {key for key in after if before.get(key) != after[key]}
        assert not changed, changed
        session.add("unit", {"name": "云川市财政局"})
        assert session.search("财政局") and session.count(Query(kind="unit"))
        opened = session.book_of("unit")
        with opened.write_lock():
            opened.writer.execute("UPDATE unit SET name = '别的名字' WHERE name = '云川市财政局'")
        assert verify.verify(session).problems, "what was tampered with after the repair was not told"
    finally:
        session.close()
    return f"{'whole' if done.whole else 'rows lost' if lost else 'log lost'}"


def run(runs: int, first: int) -> int:
    """At most ``runs`` pages from the first on; how many failed."""
    tuned, sealing.tuned = sealing.tuned, lambda: sealing.OPS_FLOOR
    ended, failed = Counter[str](), 0
    began = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as room:
            start, folder = Path(room) / "start" / "office", Path(room) / "folder" / "office"
            make(start)
            session = office.open_office(start, "admin", PASSWORD)
            before = held(session)
            session.close()
            # The machine's mark of the folder is that of another place, as after a copy by hand.
            pages = [(b, n) for b in ("office", "personnel") for n in range((start / f"{b}.db").stat().st_size // PAGE)]
            for at, (book, page) in list(enumerate(pages))[first : first + runs]:
                if at > first and (at - first) % 50 == 0:
                    print(f"{at - first} of {len(pages)}: {dict(ended)}, {failed} failed", flush=True)
                try:
                    ended[play(start, folder, book, page, random.Random(at), before)] += 1
                except Exception:  # whatever it was, the others are played
                    failed += 1
                    print(f"{book} page {page + 1} (--first {at} --runs 1):\n{traceback.format_exc()}", flush=True)
    finally:
        sealing.tuned = tuned
    played = sum(ended.values()) + failed
    print(f"{played} of {len(pages)} pages in {time.perf_counter() - began:.0f} s: {dict(ended)}, {failed} failed")
    return failed
