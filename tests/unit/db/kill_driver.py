"""Kills a piece of work at random moments, and at every single step it takes on the disk, and looks at what is left.

Run as a program of its own (it forks): ``kill_driver.py WORK COUNT SEED FOLDER``. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parent))

from office_folder import PASSWORD, ROWS, add_rows, count, make_office, verified_backup

from db.errors import WrongPassword
from db.keys import rekey, sealing
from db.keys.keyfile import KeyFile
from db.safety import backup, kept_backups, restore
from db.store import online_copy
from db.store.connect import connect_raw

NEW_PASSWORD = "another-password"
#: What the work promises once it has returned: the child says so in this file.
ACKNOWLEDGED = "acknowledged"
_STEPS = ("fsync", "replace", "unlink", "rename", "rmdir", "mkdir", "ftruncate")


def _die_at(step: int) -> None:
    """Kill this process before the given call of anything that changes names on the disk or flushes to it."""
    seen = 0

    def wrap(real: Callable[..., object]) -> Callable[..., object]:
        def called(*args: object, **keywords: object) -> object:
            nonlocal seen
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **keywords)

        return called

    for name in _STEPS:
        setattr(os, name, wrap(getattr(os, name)))


def _child(work: Callable[[Path], None], folder: Path, step: int) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if step:
                _die_at(step)
            work(folder)
            (folder / ACKNOWLEDGED).write_text("done")
            code = 0
        finally:
            os._exit(code)
    return child


# -- the pieces of work, and what must hold after each -----------------------------------------------------------------


def change_password(folder: Path) -> None:
    keys = KeyFile.load(folder)
    keys.change_password(keys.unlock("admin", PASSWORD), PASSWORD, NEW_PASSWORD)


def after_change_password(folder: Path, done: bool) -> str:
    keys = KeyFile.load(folder)
    works = []
    for password in (PASSWORD, NEW_PASSWORD):
        try:
            who = keys.unlock("admin", password)
        except WrongPassword:
            continue
        works.append(password)
        assert all(count(folder, book, key) == ROWS for book, key in who.book_keys.items())
    assert len(works) == 1
    assert works == [NEW_PASSWORD] or not done
    keys.unlock("clerk", PASSWORD)
    return "new" if works == [NEW_PASSWORD] else "old"


def remove_user(folder: Path) -> None:
    keys = KeyFile.load(folder)
    admin = keys.unlock("admin", PASSWORD)
    keys.remove_user(admin, "leaver")
    rekey.run(keys, admin)


def after_remove_user(folder: Path, done: bool) -> str:
    keys = KeyFile.load(folder)
    there = any(u.name == "leaver" for u in keys.users())
    for name in (
        "clerk",
        "admin",
    ):  # before anything is carried on: everybody who remains opens what is theirs
        for book, key in keys.unlock(name, PASSWORD).book_keys.items():
            assert count(folder, book, key) == ROWS
    if done:
        assert not there and not keys.pending_books
    admin = keys.unlock("admin", PASSWORD)
    if there:
        assert not keys.pending_books
        return "old"
    state = "between" if keys.pending_books else "new"
    rekey.run(keys, admin)
    keys = KeyFile.load(folder)
    assert not keys.pending_books and not list(folder.glob("*.rekey*"))
    for name in ("clerk", "admin"):
        for book, key in keys.unlock(name, PASSWORD).book_keys.items():
            assert count(folder, book, key) == ROWS
    for book, key in json.loads((folder / "old-keys").read_text()).items():
        assert not online_copy.opens(folder / f"{book}.db", bytes.fromhex(key))
    return state


def _promise(file: Path, line: str) -> None:
    """Notes what was acknowledged, as one whole line or not at all: the note may be cut short by the kill too."""
    with file.open("a") as notes:
        notes.write(f"{line}\n")


def _promised(file: Path) -> list[str]:
    """The whole lines of a note."""
    return file.read_text().split("\n")[:-1] if file.exists() else []


def back_up(folder: Path) -> None:
    """While rows are being written, and thinning out as it goes."""
    admin = KeyFile.load(folder).unlock("admin", PASSWORD)
    connection = connect_raw(folder / "office.db", admin.book_keys["office"])
    for i in range(3):
        add_rows(connection, 5)
        _promise(folder / "rows", str(ROWS + 5 * (i + 1)))
        made = backup.make(folder, admin, reason="exit")
        _promise(folder / "made", made.path.name)


def after_back_up(folder: Path, done: bool) -> str:
    admin = KeyFile.load(folder).unlock("admin", PASSWORD)
    rows = int((_promised(folder / "rows") or [str(ROWS)])[-1])
    assert count(folder, "office", admin.book_keys["office"]) >= rows
    promised = _promised(folder / "made")
    present = {b.path.name: b for b in kept_backups.list_backups(folder / "backups")}
    assert set(promised) <= set(present) and len(present) <= len(promised) + 1
    for info in present.values():
        assert not info.problem
        verified_backup(info.path, admin)
    again = backup.make(folder, admin, reason="exit")
    verified_backup(again.path, admin)
    left = [
        p.name for p in (folder / "backups").iterdir() if p.name.endswith(".part") or p.name.startswith(".")
    ]
    assert not left, left
    return "new" if len(promised) == 3 else ("old" if not present else "between")


def restore_it(folder: Path) -> None:
    today = ("admin", NEW_PASSWORD)
    restore.restore_office(folder / "kept.zxb", folder, "admin", PASSWORD, present=today)


def after_restore_it(folder: Path, done: bool) -> str:
    note = (folder / restore.NOTE).exists()
    restore.finish(folder)
    who = KeyFile.load(folder).unlock("admin", NEW_PASSWORD)
    rows = count(folder, "office", who.book_keys["office"])
    state = {ROWS: "new", ROWS + 7: "old"}[rows]
    assert count(folder, "personnel", who.book_keys["personnel"]) == ROWS
    connection = connect_raw(folder / "office.db", who.book_keys["office"])
    (told,) = connection.execute("SELECT count(*) FROM journal WHERE action = 'restore'").fetchone()
    connection.close()
    assert told == (state == "new")
    assert state == "new" or not done
    assert state == "old" or not KeyFile.load(folder).pending_books
    assert not list(folder.glob(".restoring-*")) and not (folder / restore.NOTE).exists()
    if state == "new":
        (before,) = kept_backups.list_backups(folder / "backups")
        verified_backup(before.path, kept_backups.keyfile_in(before.path).unlock("admin", NEW_PASSWORD))
    return "between" if note else state


WORK: dict[str, tuple[Callable[[Path], None], Callable[[Path, bool], str]]] = {
    "password": (change_password, after_change_password),
    "rekey": (remove_user, after_remove_user),
    "backup": (back_up, after_back_up),
    "restore": (restore_it, after_restore_it),
}


def prepare(name: str, folder: Path) -> None:
    """The office as it is before the work."""
    keys, admin = make_office(folder)
    (folder / "old-keys").write_text(json.dumps({b: k.hex() for b, k in admin.book_keys.items()}))
    if name == "restore":
        made = backup.make(folder, admin)
        shutil.move(made.path, folder / "kept.zxb")
        shutil.rmtree(folder / "backups")
        connection = connect_raw(folder / "office.db", admin.book_keys["office"])
        add_rows(connection, 7)
        connection.close()
        keys.change_password(admin, PASSWORD, NEW_PASSWORD)


def main(name: str, times: int, seed: int, room: Path) -> None:
    work, after = WORK[name]
    chance = random.Random(seed)
    start = room / "start"
    # Logging in some hundred times would take most of the time; what is killed here is not argon2.
    sealing.stretch = lambda password, salt, ops, memory: sha256(password.encode() + salt).digest()
    prepare(name, start)
    found: dict[str, int] = {}
    killed, took = 0, 0.0

    def one(step: int, delay: float | None) -> bool:
        """Whether the child was killed."""
        nonlocal killed, took
        folder = room / "folder"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start, folder)
        began = time.monotonic()
        child = _child(work, folder, step)
        if delay is not None:
            time.sleep(delay)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        took = time.monotonic() - began
        dead = os.WIFSIGNALED(status)
        assert dead or os.WEXITSTATUS(status) == 0, "the work itself failed"
        try:
            state = after(folder, (folder / ACKNOWLEDGED).exists())
        except BaseException:
            sys.stderr.write(f"{name}: step {step}, delay {delay}, seed {seed}\n")
            raise
        found[state] = found.get(state, 0) + 1
        killed += dead
        return dead

    one(0, None)
    whole = took
    steps = 0
    while one(steps + 1, None):
        steps += 1
    for _ in range(times):
        one(0, chance.uniform(0, whole * 1.05))
    sys.stdout.write(json.dumps({"steps": steps, "killed": killed, "states": found}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
