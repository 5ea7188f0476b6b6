"""Work with workbooks that is cut off: the process killed, the stick pulled, write-protected or filled up in mid-write.

Each of ``CASES`` is one random moment, given by a seed, of an export or import in a process of its own; afterwards the stick
and the office are looked at. What must hold: the import is whole or has not been, no half workbook has a good name,
the book verifies, and whoever is still alive says a sentence. A stick is a small loop-back image with ext4 on it where
that may be mounted, which needs root.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from db.office import open_office
from desktop.exchange import apply

from .conftest import KIND, PASSWORD, UNITS, Hand, Office

ROOT = Path(__file__).resolve().parents[3]
RECORDS, NEW = 409, 3
#: Runs in the child. Every open, read, write, flush and rename on the stick is a moment; at the chosen one it tells its parent
#: and waits until that has done what it does to the stick.
_CHILD = '''
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from db.errors import ZhengxianError
from db.office import open_office
from desktop.exchange import apply, stick
from desktop.exchange.workbook import export

what, folder, file, at, medium = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
moments = 0

def say(text):
    os.write(1, (text + "\\n").encode())

def moment(path):
    global moments
    if str(path).startswith(medium):
        moments += 1
        if moments == at:
            say("now")
            sys.stdin.readline()

class Watched:
    def __init__(self, file, path):
        self.file, self.path = file, path
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self.file.__exit__(*error)
    def __getattr__(self, name):
        if name in ("read", "write", "flush"):
            moment(self.path)
        return getattr(self.file, name)

plain_open, plain_rename, plain_sync = Path.open, os.rename, stick.sync_folder

def opened(self, mode="r", *args, **more):
    moment(self)
    file = plain_open(self, mode, *args, **more)
    return Watched(file, self) if str(self).startswith(medium) else file

def renamed(source, target):
    moment(source)
    plain_rename(source, target)
    moment(target)

def synced(folder):
    plain_sync(folder)
    moment(folder)

if medium:
    Path.open, os.rename, stick.sync_folder, stick._CHUNK = opened, renamed, synced, 4096
session = open_office(folder, "admin", {password!r})
say("open")
try:
    if what == "import":
        apply.accept(session, apply.plan(session, file))
    else:
        export(session, ["rectification"], file)
    say("done")
except ZhengxianError as error:
    say("sentence " + error.message)
'''


@dataclass(frozen=True)
class Prepared:
    """An office whose session is closed, and one of its workbooks, filled in."""

    office: Path
    filled: Path


def prepare(folder: Path) -> Prepared:
    """Nine items and four hundred more; each gets measures by hand, and three rows are new."""
    folder.mkdir(exist_ok=True)
    office = Office(folder, "云川市作风办")
    office.add_units()
    with office.session.atomic("bulk"):
        for number in range(RECORDS):
            office.add(f"批量{number}", problem="群众反映办件慢。" * 5)
    book = Hand(office.export("sent.xlsx").file)
    at, titles = book.column("整改措施"), book.column("整改事项")
    for row in range(5, book.sheet.max_row + 1):
        if book.sheet.cell(row, titles).value:
            book.sheet.cell(row, at).value = f"措施{row}"
    for number in range(1, NEW + 1):
        row = book.blank_row(number)
        book.write(row, "整改事项", f"新增{number}").write(row, "责任单位", UNITS[0])
    filled = book.save()
    office.session.close()
    return Prepared(folder / "data", filled)


# -- what is found afterwards ---------------------------------------------------------------------------


def whole_or_nothing(folder: Path, file: Path) -> bool:
    """Whether the import is in the book; all of it is, or none, and taking the file in again gives the rest."""
    session = open_office(folder, "admin", PASSWORD)
    try:
        rows = list(session.office.each(KIND))
        changed = sum(r.values["measures"] is not None for r in rows)
        fresh = sum(r.values["title"].startswith("新增") for r in rows)
        assert (changed, fresh, len(apply.imports(session))) in ((0, 0, 0), (RECORDS, NEW, 1)), (changed, fresh)
        assert session.verify() == []
        again = apply.accept(session, apply.plan(session, file))
        assert again.updated + again.added == (0 if changed else RECORDS + NEW)
        return bool(changed)
    finally:
        session.close()


def only_whole_workbooks(folder: Path, stick: Path) -> int:
    """How many workbooks of a good name lie on the stick; each of them is whole. The book verifies."""
    session = open_office(folder, "admin", PASSWORD)
    try:
        found = [path for path in stick.rglob("*") if path.suffix == ".xlsx"]
        for path in found:
            assert apply.plan(session, path).unchanged == RECORDS, path
        assert session.verify() == []
        return len(found)
    finally:
        session.close()


# -- killed ---------------------------------------------------------------------------------------------


def _start(what: str, folder: Path, file: Path, at: int = 0, medium: Path | None = None) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD.format(root=str(ROOT), password=PASSWORD), what, str(folder), str(file), str(at),
         str(medium or "")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "open\n"
    return process


def _end(process: subprocess.Popen[str]) -> str:
    """What it went on to say."""
    said, _ = process.communicate()
    return said


def _ended_well(process: subprocess.Popen[str], said: str) -> None:
    """A process that was let live says that it is done, or a sentence."""
    last = said.splitlines()[-1] if said else ""
    good = last == "done" or (last.startswith("sentence ") and last.endswith("。"))
    assert process.returncode == 0 and good, f"exit {process.returncode}: {said}"


def killed_import(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """The process is killed at some moment after the login."""
    shutil.copytree(made.office, scratch / "office")
    process = _start("import", scratch / "office", made.filled)
    time.sleep(rnd.uniform(0.05, 1.2))
    process.kill()
    said = _end(process)
    whole = whole_or_nothing(scratch / "office", made.filled)
    assert whole or "done" not in said
    return "whole" if whole else "nothing"


def killed_export(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """The same while a workbook is made."""
    shutil.copytree(made.office, scratch / "office")
    (scratch / "stick").mkdir()
    process = _start("export", scratch / "office", scratch / "stick" / "out.xlsx")
    time.sleep(rnd.uniform(0.05, 1.0))
    process.kill()
    said = _end(process)
    found = only_whole_workbooks(scratch / "office", scratch / "stick")
    assert found or "done" not in said
    return "whole" if found else "nothing"


# -- the stick ------------------------------------------------------------------------------------------


class Stick:
    """A small file system of its own that can be filled, write-protected or pulled, and looked at afterwards."""

    def __init__(self, folder: Path, size: int = 4 << 20) -> None:
        self.image, self.at = folder / "image", folder / "stick"
        self.at.mkdir()
        with self.image.open("wb") as file:
            file.truncate(size)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self.image))
        self.plug_in()

    def plug_in(self, image: Path | None = None) -> None:
        _run("mount", "-o", "loop", str(image or self.image), str(self.at))

    def pull(self) -> None:
        """What holds a file open may go on in the void; nobody finds a name on it any more."""
        _run("umount", "-l", str(self.at))

    def protect(self) -> None:
        """Read-only from now on, as the kernel does with a failing stick."""
        _run("mount", "-o", "remount,abort", str(self.at))

    def fill(self) -> None:
        """Not a byte is left."""
        with contextlib.suppress(OSError), (self.at / "别的文件").open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 10, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def as_it_is_now(self, target: Path) -> None:
        """What would be on the medium if the plug were pulled at this moment: nothing that was not flushed."""
        shutil.copyfile(self.image, target)

    def out(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("umount", "-l", str(self.at))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def why_no_stick() -> str | None:
    """Why no stick can be made here, or None."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "mounting a small image needs root on Linux"
    with tempfile.TemporaryDirectory() as folder:
        try:
            Stick(Path(folder)).out()
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no loop-back image can be mounted here: {error}"
    return None


@contextlib.contextmanager
def plugged_in(folder: Path, size: int = 4 << 20) -> Iterator[Stick]:
    stick = Stick(folder, size)
    try:
        yield stick
    finally:
        stick.out()


WAYS = ("pulled", "protected", "full", "power", "killed")


def _at_a_moment(process: subprocess.Popen[str], stick: Stick, way: str, snapshot: Path) -> tuple[str, bool]:
    """Do it when the child tells that the moment has come; what it said afterwards, and whether the moment came at all."""
    assert process.stdout is not None and process.stdin is not None
    first = process.stdout.readline()
    if first != "now\n":
        return first + _end(process), False
    {"pulled": stick.pull, "protected": stick.protect, "full": stick.fill, "killed": process.kill,
     "power": lambda: stick.as_it_is_now(snapshot)}[way]()  # fmt: skip
    if way == "power":
        process.kill()
    else:
        with contextlib.suppress(OSError):
            process.stdin.write("\n")
            process.stdin.flush()
    return _end(process), True


def pulled_export(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """Something happens to the stick while the workbook is put on it."""
    way = rnd.choice(WAYS)
    shutil.copytree(made.office, scratch / "office")
    with plugged_in(scratch) as stick:
        process = _start("export", scratch / "office", stick.at / "out.xlsx", rnd.randint(1, 45), stick.at)
        said, came = _at_a_moment(process, stick, way, scratch / "snapshot")
        if not came or way not in ("killed", "power"):
            _ended_well(process, said)
        stray = only_whole_workbooks(scratch / "office", stick.at) if came and way == "pulled" else 0
        if came and way != "full":
            stick.out()
            stick.plug_in(scratch / "snapshot" if way == "power" else None)
        found = only_whole_workbooks(scratch / "office", stick.at) + stray
        assert found or "done" not in said, f"{way}: said to be done, and there is no workbook"
    return f"{way if came else 'nothing happened'}: {'whole' if found else 'nothing'}"


def pulled_import(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """Something happens to the stick while the workbook is read from it, or the office's own disk fills up."""
    way = rnd.choice([*WAYS[:2], "killed", "own disk full", "own disk full"])
    with plugged_in(scratch, 24 << 20) as stick:
        if way == "own disk full":
            shutil.copytree(made.office, stick.at / "office")
            process = _start("import", stick.at / "office", made.filled)
            time.sleep(rnd.uniform(0.0, 0.8))
            stick.fill()
            said, came = _end(process), True
            (stick.at / "别的文件").unlink()
            office = stick.at / "office"
        else:
            shutil.copytree(made.office, scratch / "office")
            office, file = scratch / "office", stick.at / "filled.xlsx"
            shutil.copy(made.filled, file)
            process = _start("import", office, file, rnd.randint(1, 22), stick.at)
            said, came = _at_a_moment(process, stick, way, scratch / "snapshot")
        if way != "killed" or not came:
            _ended_well(process, said)
        whole = whole_or_nothing(office, made.filled)
        assert whole == ("done" in said) or way == "killed", said
    return f"{way if came else 'nothing happened'}: {'whole' if whole else 'nothing'}"


Case = Callable[[Prepared, Path, random.Random], str]
CASES: dict[str, Case] = {
    "import killed": killed_import,
    "export killed": killed_export,
    "import from a pulled stick": pulled_import,
    "export to a pulled stick": pulled_export,
}


def play(case: str, seed: int, made: Prepared) -> str:
    """One moment; how it ended. Raises ``AssertionError``."""
    with tempfile.TemporaryDirectory() as scratch:
        return CASES[case](made, Path(scratch), random.Random(f"{case} {seed}"))
