"""Checking a whole log against reading it, in processor time of the same run: every row of the log with what it says decoded, who
made each change and when, and every record made. What is checked runs in two threads, SQLite's look at the pages in the second without Python: two rows, one for the longer of
the two (the time where there are two cores), one for both.

ZHENGXIAN_BENCH_CHANGES sets the number of changes (20,000 by default). Beyond 20,000 they are written as the program writes them, by copying
the last item with its four changes, chain and signatures made anew; 1,000,000 take some minutes.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from db import office
from db.keys import sealing
from db.model.ids import new_uid
from db.safety import verify
from db.session import Session
from db.store import journal, signing
from db.store.connect import connect_raw

CHANGES = int(os.environ.get("ZHENGXIAN_BENCH_CHANGES", "20000"))
PASSWORD, KIND = "qingshan-lvshui-7", "rectification"


BY_HAND = 20_000


def build(folder: Path, changes: int = CHANGES) -> None:
    """Items each made, assigned and changed twice."""
    session, _ = office.create_office(folder, "云川市委督查室", "city", "admin", PASSWORD)
    session.office.writer.execute("PRAGMA synchronous = OFF")
    units = [session.add("unit", {"name": f"第{n}单位"}) for n in range(13)]
    days = {"assigned_on": dt.date(2022, 9, 2), "deadline": dt.date(2022, 9, 12)}
    made = min(changes, BY_HAND) // 4
    for at in range(made):
        uid = session.add(KIND, {"title": f"第{at}项整改任务", "lead_unit": units[at % 13], **days})
        session.take_step(KIND, uid, "assign")
        for word in ("按周推进", "按日推进"):
            session.set(KIND, uid, {"title": f"第{at}项整改任务，{word}"})
    if changes > BY_HAND:
        with session.office.write_lock():
            _Copier(session, uid, made - 1).run(range(made, changes // 4))
    session.close()


class _Copier:
    """Writes the last item again and again under other names, with its log."""

    def __init__(self, session: Session, uid: str, number: int) -> None:
        self.book, self.db, self.uid, self.number = session.office, session.office.writer, uid, number
        self.key, self.office_id = bytes(session.who.own or b""), session.office_id
        self.changes = self.db.execute(
            "SELECT DISTINCT c.id, c.at, c.by, c.source, c.label, c.site FROM changes c JOIN journal j ON j.change_id = c.id"
            " WHERE j.uid = ? ORDER BY c.id", (uid,),
        ).fetchall()
        self.rows = {
            each[0]: self.db.execute(
                "SELECT kind, uid, action, before, after FROM journal WHERE change_id = ? AND action <> 'signature' ORDER BY seq", each[:1]
            ).fetchall()
            for each in self.changes
        }
        self.record = self.db.execute(f"SELECT * FROM {KIND} WHERE uid = ?", (uid,)).fetchone()
        self.spans = self.db.execute("SELECT * FROM spans WHERE kind = ? AND rec = ?", (KIND, self.record[0])).fetchall()
        (self.first,) = self.db.execute("SELECT value FROM meta WHERE key = 'counter'").fetchone()
        (last,) = self.db.execute("SELECT after FROM journal WHERE action = 'signature' ORDER BY seq DESC LIMIT 1").fetchone()
        self.own = bytes.fromhex(signing.read(last).own)  # type: ignore[union-attr]
        self.head = journal.head(self.db)

    def run(self, numbers: range) -> None:
        """So many items more."""
        change, counter = self.changes[-1][0], int(self.first)
        old = counter - len(self.changes)
        rec = self.record[0]
        for start in range(0, len(numbers), 1000):
            self.db.execute("BEGIN")
            for at in numbers[start : start + 1000]:
                uid, rec = new_uid(), rec + 1
                shift = counter - old
                for each in self.changes:
                    change, counter = change + 1, counter + 1
                    self.db.execute(
                        "INSERT INTO changes (id, at, by, source, label, site, first) VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (change, *each[1:], journal.chain_end(self.db)[1]),
                    )
                    self._log(change, [self._row(row, uid, at, counter) for row in self.rows[each[0]]], each[2])
                cells = [self._text(cell, uid, at) if isinstance(cell, str) else cell for cell in self.record]
                cells[0] = rec
                named = [d[0] for d in self.db.execute(f"SELECT * FROM {KIND} LIMIT 0").description].index("versions")
                cells[named] = re.sub(r"\[(\d+),(\d+)\]", lambda hit, by=shift: f"[{hit[1]},{int(hit[2]) + by}]", cells[named])
                self.db.execute(f"INSERT INTO {KIND} VALUES ({', '.join('?' * len(cells))})", cells)
                self.db.executemany(
                    f"INSERT INTO spans VALUES ({', '.join('?' * len(self.spans[0]))})", [(each[0], rec, *each[2:]) for each in self.spans]
                )
            self.db.execute("UPDATE meta SET value = ? WHERE key = 'counter'", (str(counter),))
            self.db.execute("COMMIT")

    def _text(self, text: str, uid: str, number: int) -> str:
        return text.replace(self.uid, uid).replace(f"第{self.number}项", f"第{number}项")

    def _row(self, row: tuple[str, ...], uid: str, number: int, counter: int) -> list[str]:
        cells = [self._text(cell, uid, number) for cell in row]
        if cells[2] == "change":
            cells[3] = str(counter)
        return cells

    def _log(self, change: int, rows: list[list[str]], by: str) -> None:
        for row in rows:
            self._append(change, row)
        self.own = signing.carried_on(self.own, self.head)
        message = signing.message(self.office_id, "office", change, self.head, self.own)
        self._append(change, ["", "", "signature", "", journal.dumps([by, self.own.hex(), signing.signed(self.key, message)])])

    def _append(self, change: int, row: list[str]) -> None:
        self.head = journal.ChainMac(self.book.audit_key).mac(self.head, change, *row)
        self.db.execute(
            "INSERT INTO journal (change_id, kind, uid, action, before, after, mac) VALUES (?, ?, ?, ?, ?, ?, ?)", (change, *row, self.head)
        )


def read(session: Session) -> None:
    """The same as a program reads it that believes everything."""
    for book in session.books:
        key = bytes(session.who.book_keys[book.name])  # type: ignore[index]
        connection = connect_raw(book.path, key, read_only=True)  # nothing is in its memory yet
        for *_, before, after, _ in connection.execute("SELECT seq, change_id, kind, uid, action, before, after, mac FROM journal ORDER BY seq"):
            msgspec.json.decode(before or "{}"), msgspec.json.decode(after)
        for _ in connection.execute("SELECT id, at, by, source, label, site, import_id, undoes FROM changes ORDER BY id"):
            pass
        connection.close()
        for kind in book.kinds.in_book(book.name):
            for _ in book.each(kind.name):
                pass


def _best(work: Callable[[], object]) -> tuple[float, float]:
    """Of three runs the shortest time of the longer thread, and of both."""
    found, both = [], []
    for _ in range(3 if CHANGES <= 100_000 else 1):
        began, alone = time.process_time(), time.thread_time()
        work()
        whole, here = time.process_time() - began, time.thread_time() - alone
        found.append(max(here, whole - here))
        both.append(whole)
    return min(found), min(both)


def run() -> list[dict[str, Any]]:
    """Two rows."""
    sealing.tuned = lambda: sealing.OPS_FLOOR
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHENGXIAN_CONFIG"] = f"{home}/config"
        build(Path(home) / "office")
        session = office.open_office(Path(home) / "office", "admin", PASSWORD)
        assert verify.verify(session).problems == []
        (longer, both), (reading, _) = _best(lambda: verify.verify(session)), _best(lambda: read(session))
        session.close()
    name, peer = f"a log of {CHANGES:,} changes checked", "reading log, register, records"
    return [
        {"name": f"{name}, with two cores", "peer": peer, "ratio": longer / reading, "limit": 3, "seconds": longer},
        {"name": f"{name}, with one", "peer": peer, "ratio": both / reading, "limit": None, "seconds": both},
    ]
