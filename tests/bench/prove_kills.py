"""`python -m tests.bench kills [--runs 10000] [--first SEED]`: the program killed (SIGKILL) at so many moments of everything that writes.

A process of its own does the work and really dies: two in three at the n-th time that it changes a file below its folder (`killer.c`,
before or after the call, or half way through a write), the others after some time; one in five is killed once more at the login that
follows. It is a fork of one that has loaded everything, and
a cheap hash stands in for argon2id, so that a moment costs its work alone. Then, in another fork, the office must open, hold all that
stood before, hold the work whole or not at all (whole where it had returned), and be whole by `verify` after one change more. An old
password with an old key file must not open what a new one locked.

Each line of what fails has its seed, which plays it again: `--first SEED --runs 1`.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from db import office, undo
from db.errors import BadInput, NotPermitted, WorkFailed, WrongPassword
from db.keys import sealing
from db.keys.passwords import made_up_office
from db.metrics import figure_registry
from db.model import builtin
from db.model.declarations import Field, Kind
from db.model.kinds import Kinds
from db.model.query import Query
from db.safety import backup_archive, kept_backups, repair
from db.session import Session
from db.store.pages import page_process
from desktop.exchange.apply import accept
from desktop.exchange.files import reader, reader_process
from desktop.exchange.write.workbook import export
from tests.bench import prove_cuts
from tests.unit.exchange.conftest import Hand

RUNS, ITEMS = 10_000, 24
MEASURES = ("清淤", "巡查", "补种", "约谈", "公示", "回访", "检修")
HERE = Path(__file__).resolve().parent
PASSWORD, OTHER, CLERK = "qingshan-lvshui-7", "bailu-qingtian-31", "chunjiang-huayue-52"
KIND, NAME = "rectification", "云川市活动办公室"
LEDGERS = {
    KIND, "unit", "leader", "strategy", "cadre", "progress", "evidence", "extension", "milestone", "own_figure", "report_form", "mask_word",
    "bulletin", "letter", "supervision_visit", "post_history", "rank_history",
}
BEFORE, AFTER, HALF = range(3)


@dataclass(slots=True)
class Room:
    """Where one worker plays: the folder that is killed in, what it was before, a workbook that came in."""

    home: Path
    start: Path
    filled: Path = Path()
    uids: list[str] = field(default_factory=list)
    kept: Path = Path()
    paper: str = ""

    @property
    def folder(self) -> Path:
        return self.home / "office"


Do = Callable[[Session, Room], object]
Seen = Callable[[Session, Room], bool]


@dataclass(frozen=True, slots=True)
class Work:
    """Something that writes, and how one sees whether it was done. ``weight``: how often it is played. ``login``: it is the login
    itself, or works on a closed office. ``rekeys``: what opened the books before opens them no more."""

    do: Do
    seen: Seen
    weight: int = 2
    login: bool = False
    rekeys: bool = False


def _titles(session: Session) -> set[str]:
    return {str(r.values["title"]) for r in session.office.each(KIND, "deleted = 0")}


def _units(session: Session) -> set[str]:
    return {str(r.values["name"]) for r in session.office.each("unit", "deleted = 0")}


def _logged(session: Session, *words: str) -> bool:
    marks = ", ".join("?" * len(words))
    return bool(session.office.connection.execute(f"SELECT 1 FROM journal WHERE action IN ({marks})", words).fetchone())


def _whole(*parts: bool) -> bool:
    assert len(set(parts)) == 1, f"half done: {parts}"
    return parts[0]


def _both(session: Session, room: Room) -> None:
    with session.atomic():
        session.add("unit", {"name": "两本单位"})
        session.add("cadre", {"name": "钟书宁"})


def _many(session: Session, room: Room) -> None:
    with session.atomic("bulk"):
        for at in range(60):
            session.add(KIND, {"title": f"批量{at}"})


def _saw_many(session: Session, room: Room) -> bool:
    found = sum(title.startswith("批量") for title in _titles(session))
    assert found in (0, 60), found
    return found > 0


def _saw_import(session: Session, room: Room) -> bool:
    rows = list(session.office.each(KIND, "deleted = 0"))
    changed = sum(str(r.values["measures"] or "").startswith("措施") for r in rows)
    fresh = sum(str(r.values["title"]).startswith("新增") for r in rows)
    assert (changed, fresh, len(accept.imports(session))) in ((0, 0, 0), (ITEMS, 3, 1)), (changed, fresh)
    return changed > 0


def _saw_export(session: Session, room: Room) -> bool:
    found = list((room.home / "stick").glob("*.xlsx"))
    for path in found:
        rows = [row for sheet in Hand(path).book.worksheets for row in sheet.iter_rows(values_only=True)]
        assert sum(any(str(c).startswith("第") and str(c).endswith("项") for c in row) for row in rows) >= ITEMS - 1, path
    return bool(found)


def _own_kind(session: Session, room: Room) -> None:
    name = Field(name="name", label="名称", type="text", required=True)
    session.save_kind(Kind(name="own_river", label="河道", family="自建", title="name", fields=(name,)))


def _backups(room: Room) -> list[kept_backups.BackupInfo]:
    found = kept_backups.list_backups(room.folder / "backups")
    for info in found:
        assert not info.problem, info.problem
        backup_archive.verify(info.path)
    return found


def _saw_user(session: Session, name: str) -> bool:
    return name in {u.name for u in office.users(session)}


def _nothing(session: Session, room: Room) -> None:
    """The login was all."""


def _attach(session: Session, room: Room) -> None:
    session.set(KIND, room.uids[1], {"files": [session.attach(KIND, b"%PDF-1.4 " + bytes(range(256)) * 900, "佐证.pdf")]})


def _saw_file(session: Session, room: Room) -> bool:
    record = session.office.get(KIND, room.uids[1])
    files = (record.values["files"] if record is not None else None) or ()
    return all(len(session.attachment_bytes(KIND, each.sha256)) > 200_000 for each in files) and bool(files)


#: What is played. ``create`` and ``repair`` begin elsewhere than with the office as it stands.
WORKS: dict[str, Work] = {
    "save": Work(lambda s, r: s.add("unit", {"name": "新单位"}), lambda s, r: "新单位" in _units(s), 4),
    "edit": Work(lambda s, r: s.set(KIND, r.uids[1], {"title": "改过的标题"}), lambda s, r: "改过的标题" in _titles(s), 4),
    "step": Work(
        lambda s, r: s.take_step(KIND, r.uids[2], "assign"), lambda s, r: s.office.get(KIND, r.uids[2]).state == "assigned", 3  # type: ignore[union-attr]
    ),
    "many": Work(_many, _saw_many, 3),
    "two books": Work(_both, lambda s, r: _whole("两本单位" in _units(s), s.count(Query(kind="cadre")) == 1), 6),
    "delete": Work(lambda s, r: s.delete(KIND, r.uids[3]), lambda s, r: f"第{3}项" not in _titles(s)),
    "undo": Work(lambda s, r: undo.own_last(s), lambda s, r: "最后改的" not in _titles(s), 3),
    "attachment": Work(_attach, _saw_file),
    "import": Work(lambda s, r: accept.accept(s, accept.plan(s, r.filled)), _saw_import, 5),
    "export": Work(lambda s, r: export(s, [KIND], r.home / "stick" / "out.xlsx"), _saw_export, 1),
    "backup": Work(lambda s, r: office.make_backup(s), lambda s, r: len(_backups(r)) == 2, 4),
    "restore": Work(lambda s, r: office.restore_in_session(s, r.kept, PASSWORD), lambda s, r: _logged(s, "restore"), 6),
    "ledger": Work(_own_kind, lambda s, r: "own_river" in s.kinds and s.count(Query(kind="own_river")) == 0, 3),
    "facts": Work(lambda s, r: office.change_facts(s, "另一个名称的办公室", "city", None), lambda s, r: s.office_name != NAME),
    "user": Work(lambda s, r: office.add_user(s, "wangwu", "王五", "reviewer", OTHER), lambda s, r: _saw_user(s, "wangwu")),
    "role": Work(lambda s, r: office.set_role(s, "lihua", "viewer"), lambda s, r: _role(s, "lihua") == "viewer"),
    "password": Work(lambda s, r: office.change_password(s, PASSWORD, OTHER), lambda s, r: _logged(s, "rekey"), 4, rekeys=True),
    "reset": Work(lambda s, r: office.reset_password(s, "lihua", OTHER), lambda s, r: _logged(s, "rekey"), 3, rekeys=True),
    "remove": Work(lambda s, r: office.remove_user(s, "lihua"), lambda s, r: not _saw_user(s, "lihua"), 4, rekeys=True),
    "recovery": Work(lambda s, r: office.renew_recovery(s), lambda s, r: _logged(s, "rekey"), 3, rekeys=True),
    "login": Work(_nothing, lambda s, r: True, 3, login=True),
    "create": Work(_nothing, lambda s, r: True, 3, login=True),
    "repair": Work(_nothing, lambda s, r: True, 3, login=True),
}


def _role(session: Session, name: str) -> str:
    return next(u.role for u in office.users(session) if u.name == name)


# -- one moment ----------------------------------------------------------------------------------------------------------------------


def work(name: str, room: Room, promised: Callable[[], None], arm: Callable[[], None]) -> None:
    """What is killed; ``arm`` is called where its first moment may be."""
    each = WORKS[name]
    if name == "create":
        arm()
        office.create_office(room.folder, NAME, "city", "admin", PASSWORD)[0].close()
    elif name == "repair":
        arm()
        repair.repair_office(room.folder, "admin", PASSWORD)
    elif each.login:
        arm()
        session = office.open_office(room.folder, "admin", PASSWORD)
        promised()
        session.close()
        return
    else:
        session = office.open_office(room.folder, "admin", PASSWORD)
        arm()
        each.do(session, room)
        promised()
        if name != "restore":
            session.close()
        return
    promised()


def _opened(name: str, room: Room, promised: bool) -> Session:
    if name == "create" and not office.is_office(room.folder):
        assert not promised
        return office.create_office(room.folder, NAME, "city", "admin", PASSWORD)[0]
    if name == "repair":
        try:
            repair.repair_office(room.folder, "admin", PASSWORD)
            assert not promised, "repaired, and again in need of it"
        except BadInput:  # it is done
            pass
    if name == "password":
        try:
            return office.open_office(room.folder, "admin", OTHER)
        except WrongPassword:
            assert not promised, "the new password is gone"
    return office.open_office(room.folder, "admin", PASSWORD)


def check(name: str, room: Room, promised: bool) -> str:
    """What the office is afterwards; fails where it is not as it must be."""
    each = WORKS[name]
    session = _opened(name, room, promised)
    try:
        notices = [n for n in session.notices if name != "create"]
        assert notices == [], notices
        done = each.seen(session, room)
        assert done or not promised, "done, and not there"
        if name != "create":
            titles = _titles(session)
            there = {f"第{at}项" for at in range(4, ITEMS)} - {"改过的标题"}
            assert there <= titles, there - titles
        session.add("unit", {"name": "断电以后"})
        assert session.verify() == [], session.verify()
    finally:
        session.close()
    _backups(room)
    if each.rekeys and done:
        _old_secrets_open_nothing(room)
    left = [p.name for p in room.folder.iterdir() if p.name.startswith(".") or p.suffix == ".tmp"]
    assert left == [], left
    return "whole" if done else "nothing"


def _old_secrets_open_nothing(room: Room) -> None:
    shutil.copyfile(room.start / "office" / "keys.json", room.folder / "keys.json")
    try:
        office.open_office(room.folder, "admin", PASSWORD).close()
    except (NotPermitted, WorkFailed):
        return
    raise AssertionError("the old key file with the old password opens the books")


class _Reader:
    """Reads workbooks as the process of its own does, forked instead of started."""

    def __init__(self, command: list[str], **_: Any) -> None:
        asked, self._asks = os.pipe()
        self._answers, answered = os.pipe()
        self._code: int | None = None
        self._id = os.fork()
        if not self._id:
            os.close(self._asks)
            self._serve(asked, answered)
        os.close(asked)
        os.close(answered)
        self.stdin, self.stdout = os.fdopen(self._asks, "wb"), os.fdopen(self._answers, "rb")

    def _serve(self, asked: int, answered: int) -> NoReturn:
        try:
            sys.stdin, sys.stdout = os.fdopen(asked), os.fdopen(answered, "w")
            reader_process.main()
            sys.stdout.flush()
        finally:
            os._exit(0)

    def poll(self) -> int | None:
        if self._code is None and os.waitpid(self._id, os.WNOHANG)[0]:
            self._code = 0
        return self._code

    def kill(self) -> None:
        os.kill(self._id, signal.SIGKILL)

    def wait(self) -> int:
        if self._code is None:
            os.waitpid(self._id, 0)
            self._code = 0
        return self._code


# -- a worker ------------------------------------------------------------------------------------------------------------------------


def _forked(what: Callable[[int], None]) -> tuple[int, int]:
    """Run it in a fork, which is given the end of a pipe to say something by; its id and our end."""
    reading, writing = os.pipe()
    born = os.fork()
    if born:
        os.close(writing)
        return born, reading
    code = 1
    try:
        what(writing)
        code = 0
    except BaseException:
        os.write(writing, f"FAILED\n{traceback.format_exc()}".encode()[-50_000:])
    finally:
        os._exit(code)


def _said(reading: int) -> str:
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode("utf-8", "replace")


def prepare(room: Room) -> None:
    """An office with items, a clerk, a backup, a workbook that was filled in and planned."""
    room.home.mkdir(parents=True)
    (room.home / "stick").mkdir()
    session, _ = office.create_office(room.folder, NAME, "city", "admin", PASSWORD)
    office.recovery_seen(session)
    unit = session.add("unit", {"name": "安坪县人民政府", "category": "county"})
    days = {"assigned_on": dt.date(2022, 9, 2), "deadline": dt.date(2022, 9, 12)}
    room.uids = [session.add(KIND, {"title": f"第{at}项", "lead_unit": unit, **days}) for at in range(ITEMS)]
    office.add_user(session, "lihua", "李华", "clerk", CLERK)
    room.kept = office.make_backup(session).path
    book = Hand(export(session, [KIND], room.home / "sent.xlsx", blank_rows=5).file)
    for row in range(5, book.sheet.max_row + 1):
        if book.cell(row, "整改事项").value:
            # words in no order: what counts on from row to row is held as dragged down
            book.write(row, "整改措施", f"措施：{MEASURES[row * 7 % 5]}{MEASURES[row * 3 % 7]}{MEASURES[row // 7]}")
    for number in range(1, 4):
        row = book.blank_row(number)
        book.write(row, "整改事项", f"新增{number}").write(row, "责任单位", "安坪县人民政府")
    room.filled = book.save()
    session.set(KIND, room.uids[0], {"title": "最后改的"})
    session.close()
    shutil.copytree(room.home, room.start)


def _lay_out(name: str, room: Room) -> None:
    shutil.rmtree(room.home)
    shutil.copytree(room.start, room.home)
    if name == "create":
        shutil.rmtree(room.folder)
    elif name == "repair":
        path = room.folder / "office.db"
        data = bytearray(path.read_bytes())
        data[len(data) // 2 // 4096 * 4096 + 99] ^= 1
        path.write_bytes(data)


def measure(name: str, room: Room, shim: ctypes.CDLL) -> tuple[int, float]:
    """How many times it changes a file, and how long it takes."""
    _lay_out(name, room)

    def undisturbed(out: int) -> None:
        began = 0.0

        def arm() -> None:
            nonlocal began
            shim.kill_at(str(room.home).encode(), -1, 0)
            began = time.perf_counter()

        work(name, room, lambda: None, arm)
        os.write(out, json.dumps([shim.changes_seen(), time.perf_counter() - began]).encode())

    born, reading = _forked(undisturbed)
    said = _said(reading)
    os.waitpid(born, 0)
    assert not said.startswith("FAILED"), said
    calls, seconds = json.loads(said)
    return int(calls), float(seconds)


def moment(seed: int, room: Room, shim: ctypes.CDLL, known: dict[str, tuple[int, float]]) -> tuple[str, str]:
    """One kill: which work, and how it ended."""
    chance = random.Random(seed)
    page_process.LEAST = 1 << 25 if seed % 2 else 1  # in every second one pages are worked through with another process, too
    name = chance.choices([*WORKS], [each.weight for each in WORKS.values()])[0]
    if name not in known:
        known[name] = measure(name, room, shim)
    calls, seconds = known[name]
    at = chance.randint(1, calls) if chance.random() < 2 / 3 else 0
    way, wait = chance.choice((BEFORE, AFTER, HALF)), chance.uniform(0, seconds)
    _lay_out(name, room)

    def killed(out: int) -> None:
        def arm() -> None:
            os.write(out, b"!")
            if at:
                shim.kill_at(str(room.home).encode(), at, way)

        work(name, room, lambda: os.write(out, b"done") and None, arm)

    born, reading = _forked(killed)
    first = os.read(reading, 1)
    if not at and first == b"!":
        time.sleep(wait)
        os.kill(born, signal.SIGKILL)
    said = _said(reading)
    _, status = os.waitpid(born, 0)
    if "FAILED" in said:
        return name, said
    if not os.WIFSIGNALED(status):
        return name, "too late"
    promised = said == "done"
    if chance.random() < 1 / 5:
        _killed_again(name, room, promised, lambda: shim.kill_at(str(room.home).encode(), chance.randint(1, 60), way))

    def looked(out: int) -> None:
        os.write(out, check(name, room, promised).encode())

    born, reading = _forked(looked)
    said = _said(reading)
    os.waitpid(born, 0)
    return name, said or "FAILED without a word"


def _killed_again(name: str, room: Room, promised: bool, arm: Callable[[], None]) -> None:
    """The next login, which puts right what was begun, is killed as well."""

    def login(out: int) -> None:
        arm()
        _opened(name, room, promised).close()

    born, reading = _forked(login)
    _said(reading)  # where it is refused it will be again, and told then
    os.waitpid(born, 0)


def _declare_few() -> None:
    """Only the ledgers that the works write and those that they name, and no figures: a moment costs less without the other tables."""
    found = builtin.kinds()
    names = set(LEDGERS)
    for _ in found:
        asked = [kind for kind in found if kind.name in names]
        names |= {field.kind for kind in asked for field in kind.all_fields if field.kind} | {p for kind in asked for p in kind.parent if p in found}
    few = Kinds([kind for kind in found if kind.name in names], found.lifecycles, found.choice_lists)
    builtin.kinds = lambda: few
    figure_registry.load = lambda folder, kinds: figure_registry.Figures((), kinds)


def worker(place: str, shim_path: str, first: int, step: int, runs: int) -> None:
    """So many kills; each told as a line of JSON."""
    sealing.stretch = lambda password, salt, ops, memory: hashlib.blake2b(password.encode(), key=salt, digest_size=32).digest()
    sealing.tuned = lambda: sealing.OPS_FLOOR
    _declare_few()
    reader_process.limit_memory = lambda megabytes: None
    reader.subprocess = SimpleNamespace(Popen=_Reader, PIPE=None, DEVNULL=None)
    shim = ctypes.CDLL(shim_path)
    room = Room(Path(place) / "home", Path(place) / "start")
    os.environ["ZHENGXIAN_CONFIG"] = str(room.home / "config")
    known: dict[str, tuple[int, float]] = {}
    with made_up_office():
        prepare(room)
        gc.collect()
        gc.freeze()
        counted, seed = 0, first
        while counted < runs:
            name, how = moment(seed, room, shim, known)
            counted += how != "too late"
            sys.stdout.write(json.dumps([seed, name, how], ensure_ascii=False) + "\n")
            sys.stdout.flush()
            seed += step


def run(runs: int, first: int) -> int:
    """So many kills from a seed on; how many failed."""
    if not prove_cuts.possible():
        print("needs Linux and a C compiler")
        return 0
    began, ended = time.perf_counter(), {name: Counter[str]() for name in WORKS}
    workers = min(runs, int(os.environ.get("ZHENGXIAN_BENCH_WORKERS", os.cpu_count() or 1)))
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as place:
        shim = Path(place) / "killer.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(shim), str(HERE / "killer.c")], check=True)
        script = "import sys; from tests.bench import prove_kills as p; p.worker(*sys.argv[1:3], *map(int, sys.argv[3:]))"
        started = [
            subprocess.Popen(
                [sys.executable, "-c", script, f"{place}/{at}", str(shim), str(first + at), str(workers),
                 str(runs // workers + (at < runs % workers))],
                cwd=HERE.parent.parent, env={**os.environ, "LD_PRELOAD": str(shim)}, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            )
            for at in range(workers)
        ]
        seen = failed = 0
        waiting = list(started)
        while waiting:
            for process in list(waiting):
                line = process.stdout.readline() if process.stdout is not None else ""
                if not line:
                    waiting.remove(process)
                    failed += process.wait() != 0
                    continue
                seed, name, how = json.loads(line)
                ended[name][how.partition("\n")[0]] += 1
                if how == "too late":
                    continue
                seen += 1
                if how.startswith("FAILED"):
                    failed += 1
                    print(f"{name}, seed {seed}:\n{how[-2500:]}", flush=True)
                if seen % 200 == 0:
                    print(f"{seen} of {runs} in {time.perf_counter() - began:.0f} s, {failed} failed", flush=True)
    for name, found in ended.items():
        print(f"{name}: {dict(found)}")
    print(f"{seen} kills in {time.perf_counter() - began:.0f} s, {failed} failed")
    return failed
