"""Lists, search, saving and the monthly review over a large book: each beside loading everything, LIKE, bare SQLite or the same
count without an index, in the same run.

ZHENGXIAN_BENCH_ROWS sets the numbers of records, least first (50000,1000000 by default; indexing the words of the larger book
takes some minutes): how each measure grows from the first to the last is printed too. ZHENGXIAN_BENCH_CLOCK=cpu counts the
processor's time instead of the clock's, where the machine is not at rest. What each step found is said on standard error as it
ends, since a whole run takes a quarter of an hour and more. ZHENGXIAN_BENCH_KEPT names a folder where the books built stay, to
be measured again: those that stand there are copied, not built.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db import office
from db.metrics import metrics, reviews
from db.model import periods
from db.model.ids import record_uid
from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record
from db.safety import backup, verify
from db.session import Session
from db.store import (
    bulk,
    connect,
    fulltext,
    gc_pause,
    online_copy,
    spans,
)
from db.store.journal import Change
from db.store.pages import page_process, page_seals
from db.store.transaction import Transaction
from desktop.sample import items_process
from tests.bench import bench_verify

SIZES = [int(each) for each in os.environ.get("ZHENGXIAN_BENCH_ROWS", "50000,1000000").split(",")]
LARGE = 500_000
"""Records from which on there is a limit to what is held against a full scan; a small book is scanned in no time."""
CLOCK = time.process_time if os.environ.get("ZHENGXIAN_BENCH_CLOCK") == "cpu" else time.perf_counter
PASSWORD = "zhengxian-demo"
KIND = "rectification"
WORDS = [
    "整改", "校园", "食堂", "道路", "井盖", "缺失", "河道", "清理", "环保", "督察", "项目", "推进",
    "安全", "生产", "隐患", "排查", "农村", "供水", "老旧", "小区", "改造", "垃圾", "分类", "信访",
    "化解",
]
SAVES = 300
MONTHS, LAST_MONTH, FIRST_DAY = 24, periods.parse("2026-10"), dt.date(2024, 11, 1)
REVIEW_LIMIT, PAST_LIMIT, SAVE_LIMIT, SAME_ROWS_LIMIT = 0.25, 0.125, 1.4, 1.5
"""Of a save beside one without log and spans: 1.3 while both joined the parts of the index of words after each sixteenth."""
BULK_A_SECOND, PORTION = 15_000, 40_000
ORDERS = ("title", "lead_unit", "state", "light", "acknowledged_on", "category")
"""Fields without an index of their own (the last without a value in any row), and values that are worked out."""
SEARCHED = ("井", "食堂", "食堂道路井盖", "信访化解垃圾分类")


def _records(session: Session, units: list[str], count: int) -> Iterator[Record]:
    chance = random.Random(3)
    names = [f.name for f in session.kinds.get(KIND).all_fields]
    first = FIRST_DAY
    states = ("assigned", "acknowledged", "in_progress", "closed_out")
    for number in range(count):
        values: dict[str, Any] = dict.fromkeys(names)
        assigned = first + dt.timedelta(days=chance.randrange(730))
        state = chance.choice(states)
        values.update(
            title="".join(chance.choices(WORDS, k=5)) + str(number),
            problem="".join(chance.choices(WORDS, k=16)),
            lead_unit=chance.choice(units),
            assigned_on=assigned,
            deadline=assigned + dt.timedelta(days=chance.randrange(60)),
            acknowledged_on=assigned if state != "assigned" else None,
            closed_out_on=assigned + dt.timedelta(days=chance.randrange(70)) if state == "closed_out" else None,
        )
        yield Record(
            KIND, 0, record_uid(), None, state, False, "", "2026-01-01T00:00:00", "admin",
            "2026-01-01T00:00:00", "admin", values,
        )  # fmt: skip


def _returned(session: Session, items: list[Record]) -> list[Record]:
    """Requests to close out that were sent back, of some of the items: what the review counts beside the items themselves."""
    names = [f.name for f in session.kinds.get("evidence").all_fields]
    found = []
    for item in items:
        day = item.values["deadline"]
        values = dict.fromkeys(names) | {"content": "已完成", "requested_on": day, "status": "returned", "decided_on": day}
        at = "2026-01-01T00:00:00"
        found.append(Record("evidence", 0, record_uid(), item.uid, None, False, "", at, "admin", at, "admin", values))
    return found


def build(folder: Path, count: int) -> dict[str, float]:
    """A book of ``count`` items by the bulk path: another process collects while this one writes, as in the made-up office.
    Seconds of writing, of SQLite's share in it, and of indexing the words after; "here" and "beside": what either process took
    of the processor, which the clock cannot go below."""
    session, _ = office.create_office(folder, "云川市委督查室", "city", "admin", PASSWORD)
    units = [session.add("unit", {"name": f"第{n}单位"}) for n in range(13)]
    took = {"written": 0.0, "sqlite": 0.0, "indexed": 0.0}
    start, before = time.perf_counter(), os.times()
    with bulk.filling(session.office) as batches, gc_pause.pause_gc():
        for batch in _collected(session, units, count):
            batches.write(batch, "bulk")
    after = os.times()
    took["here"] = after.user + after.system - before.user - before.system
    took["beside"] = after.children_user + after.children_system - before.children_user - before.children_system
    took["written"] = max(took["here"], took["beside"]) if CLOCK is time.process_time else time.perf_counter() - start
    took["sqlite"] = _floor_of_writing(session, folder.parent / "floor.db", min(count, 20_000)) * count / min(count, 20_000)
    start = CLOCK()
    while session.office.index_waiting(20_000):
        pass
    took["indexed"] = CLOCK() - start
    session.close()
    return took


def _collected(session: Session, units: list[str], count: int) -> Iterator[bulk.Batch]:
    """What the other process has collected, portion by portion."""
    there, here = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(there)
            with os.fdopen(here, "wb") as out, gc_pause.pause_gc():
                items_process.say_while_drawing(out, _portions(session, units, count))
            status = 0
        finally:
            os._exit(status)
    os.close(here)
    with os.fdopen(there, "rb") as file:
        while (found := items_process.heard(file)) is not None:
            yield bulk.Batch(*found)
    _, status = os.waitpid(child, 0)
    assert status == 0, "whoever draws up has failed"


def _portions(session: Session, units: list[str], count: int) -> Iterator[tuple[Any, ...]]:
    source, chronicle = _records(session, units, count), bulk.DatedWrites(session.office)
    while part := [record for _, record in zip(range(PORTION), source, strict=False)]:
        for record in [*part, *_returned(session, part[::20])]:
            day = record.values.get("assigned_on") or FIRST_DAY
            chronicle.add(record, f"{day}T08:30:00", "admin", "装入")
        yield tuple(chronicle.taken())


def _floor_of_writing(session: Session, path: Path, count: int) -> float:
    """The same bytes put into bare SQLCipher tables without an index but the uid's: what no writer of this book can go below."""
    rows = session.office.connection.execute(f"SELECT * FROM {KIND} LIMIT ?", (count,)).fetchall()
    log = session.office.connection.execute("SELECT * FROM journal WHERE kind = ? LIMIT ?", (KIND, count)).fetchall()
    connection = connect.connect_raw(path, bytes(32))
    start = CLOCK()
    connection.execute("BEGIN")
    for name, found in (("item", rows), ("log", log)):
        columns = ", ".join(f"c{n}" for n in range(2, len(found[0])))
        connection.execute(f"CREATE TABLE {name} (c0 INTEGER PRIMARY KEY, c1 UNIQUE, {columns})" if name == "item"
                           else f"CREATE TABLE {name} (c0 INTEGER PRIMARY KEY, c1, {columns})")
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
    connection.execute("COMMIT")
    connection.close()
    return CLOCK() - start


def _open(folder: Path) -> Session:
    return office.open_office(folder, "admin", PASSWORD)


def _best(work: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = CLOCK()
        work()
        found.append(CLOCK() - start)
    return min(found)


def _resident_mb() -> float:
    """What the process holds now. Its peak would be that of the login's key derivation (64 MB), whatever the list takes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def child_list(folder: Path) -> dict[str, float]:
    """Open, sort and jump by the array of ids, with the memory it takes; and the first page of the list, sorted and filtered."""
    session = _open(folder)
    before = _resident_mb()
    opens = Where("state", "in", ("assigned", "acknowledged", "in_progress"))
    due = Query(kind=KIND, sort=(("deadline", False),))
    pages = {"open": Query(kind=KIND), "sorted": due, "filtered": msgspec.structs.replace(due, where=(opens,))}
    firsts = {f"first {name}": _first_page(session, query) for name, query in pages.items()}
    start = CLOCK()
    ids = session.ids(Query(kind=KIND))
    session.records(KIND, ids[:256])
    opened = CLOCK() - start
    start = CLOCK()
    ids = session.ids(Query(kind=KIND, sort=(("deadline", True),)))
    session.records(KIND, ids[:256])
    sorted_in = CLOCK() - start
    middle = len(ids) // 2
    jumped = _best(lambda: session.records(KIND, ids[middle : middle + 256]))
    answer = {"open": opened, "sort": sorted_in, "jump": jumped, "mb": _resident_mb() - before, **firsts}
    orders = {name: Query(kind=KIND, sort=((name, False),)) for name in ORDERS}
    answer |= {f"{name} anew": _best(lambda query=query: session.ids(query), 1) for name, query in orders.items()}
    size = _size(session)
    start = CLOCK()
    answer["orders"] = 0.0
    while session.office.make_order():
        answer["orders"] += 1
    answer["orders made"], answer["orders mb"] = CLOCK() - start, (_size(session) - size) / 1e6
    for name, query in orders.items():
        answer[f"{name} first"] = _first_page(session, query)
        answer[f"{name} sort"] = _best(lambda query=query: session.ids(query))
    answer |= _save_meanwhile(session)
    connection = session.office.connection
    answer["read"] = _best(lambda: connection.execute(f"SELECT sum(length(title)) FROM {KIND} NOT INDEXED").fetchone(), 1)
    answer["count"] = _best(lambda: session.count(Query(kind=KIND)))
    session.close()
    return answer


def _size(session: Session) -> int:
    (pages,) = session.office.connection.execute("PRAGMA page_count").fetchone()
    return int(pages) * 4096


def _save_meanwhile(session: Session) -> dict[str, float]:
    """A save while the index of the titles is made anew, by the clock, beside one while nothing is: the longest of some moments."""
    book, found = session.office, {"save": 0.0, "save meanwhile": 0.0}
    book.writer.execute(f"DROP INDEX IF EXISTS {KIND}_sorted_title")
    for wait in (0.1, 0.4, 0.8):
        book.orders_wanted.add((KIND, "title"))
        making = threading.Thread(target=book.make_order)
        for name in ("save meanwhile", "save"):
            if name == "save meanwhile":
                making.start()
                time.sleep(wait)
            start = time.perf_counter()
            session.add(KIND, {"title": "先存下来"})
            found[name] = max(found[name], time.perf_counter() - start)
            making.join()
    while book.make_order():
        pass
    return found


def _first_page(session: Session, query: Query) -> float:
    """Until the first rows are there: told at once, or with all others."""

    def page() -> None:
        found = session.first_ids(query, 256)
        session.records(KIND, session.ids(query)[:256] if found is None else found)

    return _best(page)


def child_all(folder: Path) -> dict[str, float]:
    """The peer: every record loaded, then sorted in memory."""
    session = _open(folder)
    before = _resident_mb()
    start = CLOCK()
    records = list(session.office.each(KIND, "deleted = 0"))
    opened = CLOCK() - start
    start = CLOCK()
    records.sort(key=lambda r: r.values["deadline"] or dt.date.min, reverse=True)
    sorted_in = CLOCK() - start
    answer = {"open": opened, "sort": sorted_in, "mb": _resident_mb() - before}
    session.close()
    return answer


def child_search(folder: Path) -> dict[str, float]:
    """Words of several lengths by the index and by LIKE over the same columns."""
    session = _open(folder)
    connection = session.office.connection
    answer: dict[str, float] = {}
    for word in SEARCHED:
        query = Query(kind=KIND, search=word, limit=200)
        ours = _best(lambda query=query: session.ids(query))
        sorted_by = msgspec.structs.replace(query, limit=None, sort=(("deadline", False),))
        answer[f"{word} page"] = _first_page(session, sorted_by)
        answer[f"{word} count"] = _best(lambda word=word: session.count(Query(kind=KIND, search=word)))

        def like(word: str = word) -> object:
            return connection.execute(
                f"SELECT id FROM {KIND} WHERE deleted = 0 AND (title LIKE ? OR problem LIKE ?)", (f"%{word}%",) * 2
            ).fetchall()

        answer[word] = ours
        answer[f"{word} like"] = _best(like, 1)
    session.close()
    return answer


@contextlib.contextmanager
def _unlogged(signed: bool = False) -> Iterator[None]:
    """Saves that keep the rows and the index of words alone: no change log, no chain, no spans; and no signature, unless ``signed``:
    then it is worked out, and kept nowhere."""
    def begin(self: Transaction) -> Change:
        if self.change is None:
            self._counter = self.book.next_counter()
            self.change = Change(1, self.at, self.by, self.source, self.label, self.book.name)
        return self.change

    def nothing(*_: object, **__: object) -> None:
        pass

    def finish(self: Transaction) -> None:
        self._index_all()
        signer = self.book.signers.get(self.by)
        if signed and signer is not None:
            signer.sign(self.connection, 1 << 40, bytes(32))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Transaction, "begin", begin)
        patched.setattr(Transaction, "_put_down", nothing)
        patched.setattr(Transaction, "_whole", nothing)
        patched.setattr(Transaction, "finish", finish)
        patched.setattr(spans, "write", nothing)
        yield


class _SameRows:
    """The rows that a save of ours has written, written again into a copy of the book: as bare SQLite, the pages of the book in the
    clear with the same tables and indexes, or under the cipher. One transaction, as durable as ours; nothing is checked, worked out,
    chained or signed."""

    WRITTEN = ("changes", "journal", KIND)

    def __init__(self, session: Session, path: Path, *, clear: bool) -> None:
        self._book, self._from, self._kind = session.office, session.office.connection, session.kinds.get(KIND)
        source, key = self._book.read_by(lambda path, key: (path, key))
        self._book.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._last: dict[str, int] = {}
        self.to: Any
        if clear:
            _in_the_clear(source, path, key)
            self.to = sqlite3.connect(path, isolation_level=None)
            for setting in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -32768"):
                self.to.execute(f"PRAGMA {setting}")
        else:
            shutil.copyfile(source, path)
            self.to = connect.connect_raw(path, key)

    def before(self) -> None:
        """What there is, before one of ours."""
        self._last = {name: self._from.execute(f"SELECT max(rowid) FROM {name}").fetchone()[0] or 0 for name in self.WRITTEN}

    def seen(self) -> list[tuple[str, list[Any]]]:
        """The statements that write what there is more, with their rows."""
        found = {name: self._from.execute(f"SELECT * FROM {name} WHERE rowid > ?", (last,)).fetchall() for name, last in self._last.items()}
        record = found[KIND][0][0]
        found["spans"] = self._from.execute("SELECT * FROM spans WHERE kind = ? AND rec = ?", (KIND, record)).fetchall()
        words = fulltext.tokens(self._kind, self._book.records(KIND, [record])[0])
        told = [(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows) for name, rows in found.items()]
        counter = self._from.execute("SELECT value FROM meta WHERE key = 'counter'").fetchall()
        return [*told, ("INSERT INTO search (rowid, body) VALUES (?, ?)", [(fulltext.before(self._from, KIND) + record, words)]),
                ("UPDATE meta SET value = ? WHERE key = 'counter'", counter)]

    def write(self, told: list[tuple[str, list[Any]]]) -> None:
        """Those, in one transaction."""
        self.to.execute("BEGIN IMMEDIATE")
        for sql, rows in told:
            self.to.executemany(sql, rows)
        self.to.execute("COMMIT")


def _in_the_clear(source: Path, target: Path, key: bytes) -> None:
    """A book's pages without the cipher: what it reserves on each stays, and means nothing to SQLite."""
    seals, number = page_seals.Seals(key, page_process.salt_of(source)), 0
    with source.open("rb") as file, target.open("wb") as out:
        while page := file.read(page_seals.PAGE):
            number += 1
            head = b"SQLite format 3\0" if number == 1 else b""
            out.write(head + seals.opened(page, number) + bytes(page_seals.RESERVED))


def child_save(folder: Path, filled: bool = False) -> dict[str, float]:
    """One record a change, each on disk before the next, so many one after the other: what the log and the index of words take now
    and then to be put in order is part of it. The peers write the same rows (``_SameRows``), one row of the same text in bare SQLite,
    and the same record without the change log and the spans, signed and not. By the clock, and by the processor's time, which the
    disk and whoever else is at work do not blur. ``filled``: with unit, deadline, measures and whoever answers for it."""
    session = _open(folder)
    units = session.ids(Query(kind="unit"))
    unit = session.records("unit", units[:1])[0].uid
    more = {"lead_unit": unit, "measures": "立行立改，举一反三", "responsible_person": "张三", "note": "第三批"} if filled else {}
    session.add(KIND, {"title": "先热一下"})
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": [], "rows": [], "cipher": [], "unlogged": [], "signed": []}
    same = {name: _SameRows(session, folder / f"{name}.sqlite", clear=name == "rows") for name in ("rows", "cipher")}
    told: list[tuple[str, list[Any]]] = []
    order = random.Random(1)

    @contextlib.contextmanager
    def timed(name: str) -> Iterator[None]:
        start, spent = time.perf_counter(), time.process_time()
        yield
        found[name].append((time.perf_counter() - start, time.process_time() - spent))

    (folder / "bare.sqlite").unlink(missing_ok=True)
    bare = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, title TEXT, problem TEXT)")
    for number in range(SAVES):
        title, problem = f"校园食堂留样不规范{number}", "排查农村供水老旧小区改造" * 4
        for peer in ("ours", *order.sample(list(found)[1:], len(found) - 1)):  # what runs after which costs too
            if peer == "ours":
                same["rows"].before()
            with _unlogged(peer == "signed") if peer in ("unlogged", "signed") else contextlib.nullcontext(), timed(peer):
                if peer in same:
                    same[peer].write(told)
                elif peer == "bare":
                    bare.execute("INSERT INTO item (title, problem) VALUES (?, ?)", (title, problem))
                else:
                    if filled:
                        more["deadline"] = dt.date(2026, 12, 1) + dt.timedelta(days=order.randrange(90))
                    session.add(KIND, {"title": title, "problem": problem, **more})
            if peer == "ours":
                told = same["rows"].seen()
    bare.close()
    for name, each in same.items():
        each.to.close()
        online_copy.remove(folder / f"{name}.sqlite")
    session.close()
    return {f"{name}{way}{said}": of(each[at] for each in times) for name, times in found.items()
            for at, way in enumerate(("", " cpu")) for of, said in ((statistics.mean, ""), (statistics.median, " median"))}


def child_review(folder: Path) -> dict[str, float]:
    """The review's numbers for every unit, month by month, as of the month's last day and as of today; the peer is the count as of
    today in the same book once its indexes are gone."""
    session = _open(folder)
    months = [LAST_MONTH]
    while len(months) < MONTHS:
        months.append(months[-1].before())

    def counted(month: Period, day: dt.date | None = None) -> list[tuple[Any, list[Any]]]:
        lines = metrics.table(session, list(reviews.COUNTED.values()), "unit", period=month, as_of=day)
        return [(line.key, [number.value for number in line.numbers.values()]) for line in lines]

    def timed(month: Period, day: dt.date | None = None) -> tuple[float, list[tuple[Any, list[Any]]]]:
        start = CLOCK()
        answer = counted(month, day)
        return CLOCK() - start, answer

    counted(months[0])
    past, ours = [timed(month) for month in months], [timed(month, session.today) for month in months]
    connection = session.office.writer
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (?, 'evidence', 'extension')"
        " AND name NOT LIKE '%_handed_over'", (KIND,)  # what a figure names must be there
    ).fetchall():
        connection.execute(f'DROP INDEX "{name}"')
    chosen = (months[0], months[MONTHS // 2])
    theirs = [timed(month, session.today) for month in chosen]
    units = {len(answer) for _, answer in ours}
    assert units == {13}, f"not every unit had items in every month: {units}"
    assert [answer for _, answer in theirs] == [ours[months.index(month)][1] for month in chosen], "the indexes change the numbers"
    session.close()
    return {
        "ours": statistics.mean(t for t, _ in ours), "worst": max(t for t, _ in ours), "past": statistics.mean(t for t, _ in past),
        "scan": statistics.mean(t for t, _ in theirs),
    }


def _took(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor here and in processes beside."""
    start, before = time.perf_counter(), sum(os.times()[:4])
    work()
    return time.perf_counter() - start, sum(os.times()[:4]) - before


class _Cancelled(Exception):
    pass


def child_keeping(folder: Path) -> dict[str, float]:
    """Backup, verify and a new key, beside the cipher's own reading of each page with its seal; beside them what it takes to read
    the file's bare bytes, to pass through all rows of its tables, and to have SQLCipher encrypt it anew. "cancelled": how soon each
    ends that is cancelled."""
    session = _open(folder)
    path, key = session.office.read_by(lambda path, key: (path, key))
    session.office.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copied = folder.parent / "copied.db"

    def raw() -> None:
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass

    def read() -> None:
        connection = connect.connect_raw(path, key, read_only=True)
        assert not connection.execute("PRAGMA cipher_integrity_check").fetchall()
        connection.close()

    def tables() -> None:
        connection = connect.connect_raw(path, key, read_only=True)
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE rootpage > 0 AND type = 'table'").fetchall():
            last = connection.execute(f"SELECT name FROM pragma_table_info('{table}') ORDER BY cid DESC LIMIT 1").fetchone()[0]
            connection.execute(f'SELECT max("{last}") FROM "{table}" NOT INDEXED').fetchone()
        connection.close()

    def renew(progress: Callable[[int, int], None] | None = None) -> None:
        online_copy.renew(path, copied, key, bytes(32), progress)
        copied.unlink()

    def copy() -> None:
        online_copy.copy(connect.connect_raw(path, key), copied, bytes(32))

    def back_up(progress: Callable[[str, int, int], None] | None = None) -> None:
        backup.make(session.folder, session.who, folder.parent / "backups", progress=progress)
        shutil.rmtree(folder.parent / "backups", ignore_errors=True)

    def look(progress: Callable[[str, int, int], None] | None = None) -> None:
        assert not verify.verify(session, progress).problems

    def look_quickly(progress: Callable[[str, int, int], None] | None = None) -> None:
        assert not verify.verify(session, progress, quick=True).problems

    def integrity() -> None:
        connection = connect.connect_raw(path, key, read_only=True)
        connection.execute("PRAGMA cache_size = -131072")
        assert connection.execute("PRAGMA integrity_check(5)").fetchall() == [("ok",)]
        connection.close()

    read()
    answer: dict[str, float] = {}

    def measure(name: str, work: Callable[[], object]) -> None:
        answer[name], answer[f"{name} cpu"] = _took(work)

    for name, work in (("read", read), ("raw", raw), ("tables", tables), ("copied", copy), ("integrity", integrity),
                       ("everything", lambda: bench_verify.read(session))):
        measure(name, work)
    for name, work in (("backup", back_up), ("verify", look_quickly), ("new key", renew), ("whole verify", look)):
        heard: list[float] = []
        measure(name, lambda work=work, heard=heard: work(lambda *_: heard.append(CLOCK())))

        def cancelled(work: Callable[..., None] = work) -> None:
            def stop(*_: object) -> None:
                raise _Cancelled

            with contextlib.suppress(_Cancelled):
                work(stop)

        answer[f"{name} told"] = len(heard)
        measure(f"{name} cancelled", cancelled)
    copied.unlink(missing_ok=True)
    session.close()
    return answer


def _child(function: str, folder: Path, more: str = "") -> dict[str, float]:
    """Each in a process of its own, so that memory is that of the one thing."""
    code = (
        "import sys, json; from pathlib import Path; from tests.bench import bench_book as b;"
        f"sys.stdout.write(json.dumps(b.{function}(Path(sys.argv[1]){more})))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def run() -> list[dict[str, Any]]:
    """The rows for the table, and how they grow."""
    measured = {count: _rows(count) for count in SIZES}
    found = [row for rows in measured.values() for row in rows]
    for first, last in zip(measured[SIZES[0]], measured[SIZES[-1]] if len(SIZES) > 1 else (), strict=False):
        if first["seconds"] or first["memory_mb"]:
            of = "seconds" if first["seconds"] else "memory_mb"
            name = f"growth, {SIZES[0]:,} to {SIZES[-1]:,}: {first['name'].replace(f'{SIZES[0]:,} rows', 'all rows')}"
            found.append(_row(name, f"the first ({first[of]:.3g})", last[of] / first[of], last["seconds"]))
    return found


def _built(folder: Path, count: int) -> dict[str, float]:
    """The book of so many records, and what building it took; one that was kept as it was built."""
    kept = os.environ.get("ZHENGXIAN_BENCH_KEPT")
    place = Path(kept) / str(count) if kept else None
    if place is not None and (place / "built.json").exists():
        shutil.copytree(place / "office", folder)
        found: dict[str, float] = json.loads((place / "built.json").read_text(encoding="utf-8"))
        return found
    took = build(folder, count)
    if place is not None:
        shutil.copytree(folder, place / "office")
        (place / "built.json").write_text(json.dumps(took), encoding="utf-8")
    return took


def _rows(count: int) -> list[dict[str, Any]]:
    """What one book of so many records takes."""
    home = Path(tempfile.mkdtemp(prefix="zhengxian-bench-"))
    folder = home / "office"

    def step(name: str, work: Callable[[], dict[str, float]]) -> dict[str, float]:
        start = time.perf_counter()
        answer = work()
        told = ", ".join(f"{key} {value:.3g}" for key, value in answer.items())
        print(f"{count:,} rows, {name}, {time.perf_counter() - start:.0f} s: {told}", file=sys.stderr, flush=True)
        return answer

    try:
        built = step("built", lambda: _built(folder, count))
        ours, everything = (step(name, lambda name=name: _child(f"child_{name}", folder)) for name in ("list", "all"))
        found, keeping = (step(name, lambda name=name: _child(f"child_{name}", folder)) for name in ("search", "keeping"))
        saves = {"save one record": step("save", lambda: _child("child_save", folder)),
                 "save one filled in": step("save filled in", lambda: _child("child_save", folder, ", True"))}
        review = step("review", lambda: _child("child_review", folder))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    millions, large = f"{count:,} rows", count >= LARGE
    rows: list[dict[str, Any]] = [
        _row(f"list of {millions}: open", "load all", ours["open"] / everything["open"], ours["open"]),
        _row(f"list of {millions}: sort", "load all and sort", ours["sort"] / (everything["open"] + everything["sort"]), ours["sort"]),
        _row(f"list of {millions}: jump to the middle", "load all", ours["jump"] / everything["open"], ours["jump"]),
        {**_row(f"list of {millions}: memory", "200 MB", ours["mb"] / 200, 0.0), "limit": 1.0, "memory_mb": ours["mb"]},
        {**_row(f"list of {millions}: memory of loading all", "200 MB", everything["mb"] / 200, 0.0), "memory_mb": everything["mb"]},
    ]  # fmt: skip
    rows += [_within(f"list of {millions}: first page, {name}", ours[f"first {name}"], 0.06) for name in ("open", "sorted", "filtered")]
    rows.append(_within(f"list of {millions}: jump", ours["jump"], 0.06))
    allowed = max(0.06, 0.6 * count / 1_000_000)
    rows.append(_within(f"list of {millions}: sort by deadline, whole", ours["sort"], allowed))
    rows.append(_within(f"list of {millions}: count, for the scroll bar", ours["count"], 0.06))
    for name in ORDERS:
        rows.append(_within(f"list of {millions}: first page by {name}", ours[f"{name} first"], 0.06))
        rows.append(_within(f"list of {millions}: sort by {name}, whole", ours[f"{name} sort"], allowed))
        rows.append(_row(f"list of {millions}: by {name}, before there are indexes", "reading the table", ours[f"{name} anew"] / ours["read"],
                         ours[f"{name} anew"]))
    rows.append({**_row(f"list of {millions}: {ours['orders']:.0f} indexes of orders, while nobody waits", "reading the table",
                        ours["orders made"] / ours["read"], ours["orders made"]), "memory_mb": ours["orders mb"]})
    rows.append(_row(f"list of {millions}: a save while one is made", "a save", ours["save meanwhile"] / ours["save"],
                     ours["save meanwhile"]))
    for name in ("backup", "verify", "new key", "whole verify"):
        said = f"{name} of {millions} ({keeping[f'{name} told']:.0f} times told)"
        rows.append({**_row(said, "reading the file", keeping[name] / keeping["read"], keeping[name]),
                     "limit": None if name == "whole verify" else 2.0})
        rows.append(_row(f"{said}, cpu", "reading the file, cpu", keeping[f"{name} cpu"] / keeping["read cpu"], keeping[f"{name} cpu"]))
        rows.append(_row(f"{name} of {millions}, cancelled", said, keeping[f"{name} cancelled"] / keeping[name], keeping[f"{name} cancelled"]))
    rows += [_row(f"beside them, {millions}: {name}", "reading the file", keeping[key] / keeping["read"], keeping[key])
             for name, key in (("its bare bytes read", "raw"), ("all rows of its tables read", "tables"), ("encrypted anew by SQLCipher", "copied"),
                               ("SQLite's own check of indexes and rows", "integrity"), ("log and records read", "everything"))]
    for word in SEARCHED:
        rows.append(_within(f"search {word} in {millions}: first page", found[f"{word} page"], 0.06))
        rows.append({**_row(f"search {word} in {millions}: count", "LIKE", found[f"{word} count"] / found[f"{word} like"],
                            found[f"{word} count"]), "limit": (0.05 if len(word) <= 2 else 0.02) if large else None})
        rows.append(_row(f"search {word} in {millions}", "LIKE", found[word] / found[f"{word} like"], found[word]))
    for name, saved in saves.items():
        rows.append(_row(name, "one row in bare SQLite", saved["ours"] / saved["bare"], saved["ours"]))
        for way in ("", " cpu", " median", " cpu median"):
            same, ours = saved[f"rows{way}"], saved[f"ours{way}"]
            rows.append({**_row(f"{name}{way}", "the same rows in bare SQLite", ours / same, ours), "limit": None if way else SAME_ROWS_LIMIT})
            rows.append(_row(f"{name}{way}: those rows under the cipher, its floor", "the same rows in bare SQLite",
                             saved[f"cipher{way}"] / same, saved[f"cipher{way}"]))
        for peer, words in (("signed", "without change log and spans"), ("unlogged", "without change log, spans and signature")):
            for way in ("", " cpu"):
                logged = _row(f"{name}{way}", words, saved[f"ours{way}"] / saved[f"{peer}{way}"], saved[f"ours{way}"])
                rows.append({**logged, "limit": SAVE_LIMIT if peer == "signed" else None})
    over = f"{millions}, 13 units, {MONTHS} months"
    rows += [
        {**_row(f"monthly review of {over}: a month", "the same without an index", review["ours"] / review["scan"], review["ours"]),
         "limit": REVIEW_LIMIT if large else None},
        {**_row(f"monthly review of {over}: as of the month's last day", "the same without an index", review["past"] / review["scan"],
                review["past"]), "limit": PAST_LIMIT if large else None},
        {**_row(f"monthly review of {over}: the slowest month", "the same without an index", review["worst"] / review["scan"],
                review["worst"]), "limit": REVIEW_LIMIT if large else None},
    ]  # fmt: skip
    rows += [
        _within(f"bulk path, {millions} written, signed, spans kept", built["written"], count / BULK_A_SECOND),
        _row("floor of it: processor of who writes", "bulk path", built["here"] / built["written"], built["here"]),
        _row("floor of it: processor of who draws up", "bulk path", built["beside"] / built["written"], built["beside"]),
        _row("floor of it: rows and log in bare SQLCipher, one index", "bulk path", built["sqlite"] / built["written"], built["sqlite"]),
        _row(f"words of {millions} indexed after", "bulk path", built["indexed"] / built["written"], built["indexed"]),
    ]  # fmt: skip
    return rows


def _within(name: str, seconds: float, allowed: float) -> dict[str, Any]:
    return {**_row(name, f"{allowed:.3g} s", seconds / allowed, seconds), "limit": 1.0}


def _row(name: str, peer: str, ratio: float | None, seconds: float) -> dict[str, Any]:
    return {"name": name, "peer": peer, "ratio": ratio, "seconds": seconds, "limit": None, "memory_mb": None}
