"""`python -m tests.bench cuts [--runs N] [--first SEED]`: power cuts at random moments of an office's work, by a layer that loses, tears
and reorders what was not flushed.

A process adds and changes records, writes over both books, changes a password (which gives the books new keys), backs up and restores,
and says after each what it has promised. A library loaded before libc (`recorder.c`) writes down everything that it does to its files.
Each run then lays out the disk as a cut at some moment could have left it: of each file all that was flushed, and of the rest any part,
by sectors of 512 bytes, in any order; of names made, moved and taken away those that were flushed with their folder and any further
ones in their order. The office has to open, be whole, and hold everything that was promised.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RUNS, SECTOR = 1_000, 512
HERE = Path(__file__).resolve().parent
WRITE, TRUNCATE, SYNC, RENAME, UNLINK, CREATE, MAKE_FOLDER, REMOVE_FOLDER = range(1, 9)
PASSWORD, OTHER = "qingshan-lvshui-7", "bailu-qingtian-31"
_HEAD = struct.Struct("<5Q")
_WORK = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from db import office
from db.keys import sealing
from tests.bench import prove_cuts
sealing.tuned = lambda: sealing.OPS_FLOOR
prove_cuts.work(Path({folder!r}))
"""


def work(home: Path) -> None:
    """What is cut. Each promise is a line of `promised`, written once the program has returned."""
    from db import office, undo
    from db.model.declarations import Field, Kind

    folder = home / "office"

    def promised(line: str) -> None:
        with (home / "promised").open("a", encoding="utf-8") as notes:
            notes.write(f"{line}\n")
            notes.flush()
            os.fsync(notes.fileno())

    session = office.open_office(folder, "admin", PASSWORD)
    for at in range(6):
        session.add("unit", {"name": f"第{at}单位"})
        promised(f"unit 第{at}单位")
    with session.atomic():
        session.add("unit", {"name": "两本单位"})
        session.add("cadre", {"name": "钟书宁"})
    promised("both")
    with session.atomic():
        for at in range(300):
            session.add("rectification", {"title": f"第{at}项"})
    promised("many 300")
    kept = office.make_backup(session).path
    promised(f"backup {kept.name}")
    office.add_user(session, "lihua", "李华", "clerk", OTHER)
    promised("user")
    office.change_password(session, PASSWORD, OTHER)
    promised("password")
    session.add("unit", {"name": "换密码以后"})
    promised("unit 换密码以后")
    session.close()
    session = office.open_office(folder, "admin", OTHER)
    session.add("unit", {"name": "再开以后"})
    promised("unit 再开以后")
    session.add("unit", {"name": "填错的"})
    promised("unit 填错的")
    undo.own_last(session)
    promised("undone")
    name = Field(name="name", label="名称", type="text", required=True)
    session.save_kind(Kind(name="own_river", label="河道", family="自建", title="name", fields=(name,)))
    session.add("own_river", {"name": "清河"})
    promised("kind")
    office.change_facts(session, "云川市能力作风建设年活动办公室", "city", None)
    promised("facts")
    office.remove_user(session, "lihua")
    promised("removed")
    office.renew_recovery(session)
    promised("recovery")
    office.restore_in_session(session, kept, PASSWORD)
    promised("restored")
    session = office.open_office(folder, "admin", OTHER)
    session.add("unit", {"name": "恢复以后"})
    promised("unit 恢复以后")
    session.close()


def check(home: Path) -> str:
    """What the office is after the cut; fails where a promise is broken."""
    from db import office
    from db.errors import WrongPassword
    from db.model.query import Query

    path = home / "promised"
    promises = path.read_text("utf-8").split("\n")[:-1] if path.exists() else []
    try:
        session = office.open_office(home / "office", "admin", OTHER)
    except WrongPassword:
        assert "password" not in promises, "the new password is gone"
        session = office.open_office(home / "office", "admin", PASSWORD)
    try:
        assert session.notices == [], session.notices
        assert session.verify() == [], session.verify()
        names = {str(r.values["name"]) for r in session.book_of("unit").each("unit", "deleted = 0")}
        items = session.count(Query(kind="rectification"))
        log = session.office.connection
        restored = log.execute("SELECT count(*) FROM journal WHERE action = 'restore'").fetchone()[0] > 0
        assert restored or "restored" not in promises, "the restore is gone"
        if "restored" in promises:
            promises = promises[promises.index("restored") + 1 :]
        wanted = {line.partition(" ")[2] for line in promises if line.startswith("unit ")} - {"填错的"}
        if not restored:
            assert wanted <= names, wanted - names
            assert items in (0, 300) and (items or "many 300" not in promises)
        both = ("两本单位" in names, session.count(Query(kind="cadre")) == 1)
        assert both in ((True, True), (False, False)), both
        assert both[0] or restored or "both" not in promises
        users = {u.name for u in office.users(session)}
        if not restored:
            assert "user" not in promises or "lihua" in users or "password" in promises
            assert "removed" not in promises or "lihua" not in users
            assert "facts" not in promises or session.office_name == "云川市能力作风建设年活动办公室"
            assert "kind" not in promises or [r.values["name"] for r in session.office.each("own_river")] == ["清河"]
        session.add("unit", {"name": "断电以后"})
        assert session.verify() == [], session.verify()
    finally:
        session.close()
    from db.safety import backup_archive, kept_backups

    for info in kept_backups.list_backups(home / "office" / "backups"):
        assert not info.problem, info.problem
        backup_archive.verify(info.path)
    return "restored" if restored else "before the restore"


# -- the disk ------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Op:
    """One thing done to the files; paths are below the root."""

    what: int
    path: str
    other: str
    offset: int
    data: bytes


def ops_of(log: Path, root: str) -> Iterator[Op]:
    """All that was recorded."""
    data, at = log.read_bytes(), 0
    while at < len(data):
        what, one, two, offset, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        path = data[at : at + one].decode()
        other = data[at + one : at + one + two].decode()
        at += one + two
        size = size if what == WRITE else 0
        yield Op(what, path.removeprefix(root), other.removeprefix(root), offset, data[at : at + size])
        at += size


@dataclass(slots=True)
class File:
    """What of a file is on the disk for certain, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def flush(self) -> None:
        """All of it is on the disk."""
        for offset, data in self.pending:
            _done(self.safe, offset, data)
        self.pending.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """Any part of what was not flushed."""
        out = bytearray(self.safe)
        mood = chance.choice(("none", "all", "some", "torn", "torn"))
        pending = list(self.pending)
        if mood == "torn" and len(pending) > 1 and chance.random() < 0.3:
            chance.shuffle(pending)
        for offset, data in pending:
            if mood == "none" or (mood == "some" and chance.random() < 0.5):
                continue
            if data is None or mood != "torn":
                _done(out, offset, data)
                continue
            for start in range(offset - offset % SECTOR, offset + len(data), SECTOR):
                if chance.random() < 0.6:
                    low, high = max(start, offset), min(start + SECTOR, offset + len(data))
                    _done(out, low, data[low - offset : high - offset])
        return bytes(out)


def _done(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:  # cut, or made longer
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def disk_after(start: Path, ops: list[Op], cut: int, chance: random.Random, target: Path) -> None:
    """Lay out what a cut after so many operations could have left."""
    names: dict[str, File | None] = {}  # None: a folder
    for path in sorted(start.rglob("*")):
        name = "/" + str(path.relative_to(start))
        names[name] = None if path.is_dir() else File(bytearray(path.read_bytes()))
    safe = dict(names)
    waiting: list[tuple[Op, File | None]] = []
    # A file that is flushed takes all names along on some disks (ext4), on others only its folder does.
    along = chance.random() < 0.5
    for op in ops[:cut]:
        held = names.get(op.path)
        if op.what == WRITE and held is not None:
            held.pending.append((op.offset, op.data))
        elif op.what == TRUNCATE and held is not None:
            held.pending.append((op.offset, None))
        elif op.what == SYNC:
            if held is not None:
                held.flush()
            if held is None or along:
                for each, made in waiting:
                    _named(safe, each, made)
                waiting.clear()
        elif op.what >= RENAME:
            made = File() if op.what == CREATE else held
            _named(names, op, made)
            waiting.append((op, made))
    for each, made in waiting[: chance.randint(0, len(waiting))]:
        _named(safe, each, made)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, file in sorted(safe.items()):
        place = target / name[1:]
        if file is None:
            place.mkdir(parents=True, exist_ok=True)
        elif place.parent.is_dir():
            place.write_bytes(file.after_cut(chance))


def _named(names: dict[str, File | None], op: Op, made: File | None) -> None:
    """A change of names."""
    if op.what in (UNLINK, REMOVE_FOLDER):
        names.pop(op.path, None)
    elif op.what in (CREATE, MAKE_FOLDER):
        names[op.path] = made if op.what == CREATE else None
    elif op.what == RENAME:
        for name in [n for n in names if n == op.path or n.startswith(f"{op.path}/")]:
            names[op.other + name.removeprefix(op.path)] = names.pop(name)


# -- playing -------------------------------------------------------------------------------------------------------------------------


def record(room: Path) -> tuple[Path, list[Op]]:
    """The folder before the work, and all that the work did to it."""
    from db import office

    shim = room / "recorder.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(shim), str(HERE / "recorder.c"), "-ldl", "-lpthread"], check=True)
    home = room / "home"
    os.environ["ZHENGXIAN_CONFIG"] = str(home / "config")
    session, _ = office.create_office(home / "office", "云川市活动办公室", "city", "admin", PASSWORD)
    session.close()
    start = room / "start"
    shutil.copytree(home, start)
    log = room / "log"
    environment = {**os.environ, "LD_PRELOAD": str(shim), "CUTS_ROOT": str(home), "CUTS_LOG": str(log)}
    script = _WORK.format(root=str(HERE.parent.parent), folder=str(home))
    subprocess.run([sys.executable, "-B", "-c", script], env=environment, check=True)
    return start, list(ops_of(log, str(home)))


def looked_at(home: Path) -> str:
    """How the office is after a cut, found out by a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "FAILED"
        try:
            said = check(home)
        except BaseException:
            said = f"FAILED\n{traceback.format_exc()}"
        finally:
            os.write(writing, said.encode()[:60_000])
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said or "FAILED without a word"


def play(runs: int, first: int) -> tuple[Counter[str], int]:
    """So many moments from a seed on, cut: how they ended, and of how many operations they were."""
    from db.keys import sealing

    tuned, sealing.tuned = sealing.tuned, lambda: sealing.OPS_FLOOR
    ended = Counter[str]()
    try:
        with tempfile.TemporaryDirectory() as place:
            start, ops = record(Path(place))
            home = Path(place) / "home"  # the very folder: a book knows where it is
            telling = [at for at, op in enumerate(ops, 1) if op.what in (SYNC, RENAME, UNLINK, TRUNCATE)]
            for seed in range(first, first + runs):
                if seed > first and (seed - first) % 50 == 0:
                    print(f"{seed - first} of {runs}: {dict(ended)}", flush=True)
                chance = random.Random(seed)
                cut = chance.choice(telling) - chance.randint(0, 1) if chance.random() < 0.6 else chance.randrange(len(ops)) + 1
                disk_after(start, ops, cut, chance, home)
                said = looked_at(home)
                ended[said.partition("\n")[0]] += 1
                if said.startswith("FAILED"):
                    op = ops[max(0, cut - 1)]
                    print(f"seed {seed}, after {cut} of {len(ops)} ({op.what} {op.path}):\n{said[-2500:]}", flush=True)
    finally:
        sealing.tuned = tuned
    return ended, len(ops)


def possible() -> bool:
    """Whether what a process does can be recorded here."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def run(runs: int, first: int) -> int:
    """So many cuts from a seed on; how many failed."""
    if not possible():
        print("needs Linux and a C compiler")
        return 0
    began = time.perf_counter()
    ended, ops = play(runs, first)
    print(f"{runs} cuts of {ops} operations in {time.perf_counter() - began:.0f} s: {dict(ended)}")
    return ended["FAILED"]
