"""Work with workbooks that is cut off: the process killed, the stick pulled, write-protected or filled up in mid-write.

Each of ``CASES`` is one random moment, given by a seed, of an export or import in a process of its own; afterwards the stick
and the office are looked at. What must hold: the import is whole or has not been, no half workbook has a good name,
the book verifies, and whoever is still alive says a sentence. A stick is a small image with ext4, FAT or exFAT on it where
that may be mounted, which needs root; a kernel that does not know a form has it by FUSE (fusefat, exfat-fuse).
"""

from __future__ import annotations

import contextlib
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from db.office import open_office
from desktop.exchange.apply import accept
from tests.unit.exchange.conftest import KIND, PASSWORD, UNITS, Hand, Office

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
from desktop.exchange.apply import accept as apply
from desktop.exchange.files import removable_media as stick
from desktop.exchange.write.workbook import export

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
    if what == "add":
        sys.stdin.readline()
        session.add("unit", {{"name": "新设的单位", "category": "county"}})
    elif what == "import":
        apply.accept(session, apply.plan(session, file))
    else:
        export(session, ["rectification"], file)
    say(f"moments {{moments}}")
    say("done")
except ZhengxianError as error:
    say("sentence " + error.message)
'''


@dataclass(frozen=True)
class Prepared:
    """An office whose session is closed, one of its workbooks, filled in, and what each work takes when nothing happens to it: seconds,
    and moments at which it touches the stick.
    """

    office: Path
    filled: Path
    seconds: dict[str, float]
    moments: dict[str, int]


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
            book.sheet.cell(row, at).value = f"措施{row * 3}"
    for number in range(1, NEW + 1):
        row = book.blank_row(number)
        book.write(row, "整改事项", f"新增{number}").write(row, "责任单位", UNITS[0])
    filled = book.save()
    office.session.close()
    made = Prepared(folder / "data", filled, {}, {})
    for what in ("import", "export"):
        _measure(what, made, folder / what)
    return made


def _measure(what: str, made: Prepared, scratch: Path) -> None:
    """How long it takes undisturbed, and at how many moments it touches the stick."""
    stick = scratch / "stick"
    stick.mkdir(parents=True)
    shutil.copytree(made.office, scratch / "office")
    file = stick / "book.xlsx"
    if what == "import":
        shutil.copy(made.filled, file)
    process = _start(what, scratch / "office", file, 0, stick)
    started = time.perf_counter()
    said = _end(process)
    made.seconds[what] = time.perf_counter() - started
    _ended_well(process, said)
    made.moments[what] = int(said.split("moments ")[1].split()[0])


# -- what is found afterwards ---------------------------------------------------------------------------


def whole_or_nothing(folder: Path, file: Path) -> bool:
    """Whether the import is in the book; all of it is, or none, and taking the file in again gives the rest."""
    session = open_office(folder, "admin", PASSWORD)
    try:
        rows = list(session.office.each(KIND))
        changed = sum(r.values["measures"] is not None for r in rows)
        fresh = sum(r.values["title"].startswith("新增") for r in rows)
        assert (changed, fresh, len(accept.imports(session))) in ((0, 0, 0), (RECORDS, NEW, 1)), (changed, fresh)
        assert session.verify() == []
        again = accept.accept(session, accept.plan(session, file))
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
            assert accept.plan(session, path).unchanged == RECORDS, path
        assert session.verify() == []
        return len(found)
    finally:
        session.close()


# -- killed ---------------------------------------------------------------------------------------------


def _start(what: str, folder: Path, file: Path, at: int = 0, medium: Path | None = None) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD.format(root=str(ROOT), password=PASSWORD), what, str(folder), str(file), str(at),
         str(medium or "")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "open\n"
    return process


def _end(process: subprocess.Popen[str]) -> str:
    """What it went on to say, with what nobody should ever see behind it."""
    said, trouble = process.communicate()
    return said if process.returncode == 0 else said + trouble


def _ended_well(process: subprocess.Popen[str], said: str) -> None:
    """A process that was let live says that it is done, or a sentence."""
    last = said.splitlines()[-1] if said else ""
    good = last == "done" or (last.startswith("sentence ") and last.endswith("。"))
    code = process.returncode
    died = signal.Signals(-code).name if code < 0 else f"exit {code}"
    assert code == 0 and good, f"{died}: {said}"


def killed_import(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """The process is killed at some moment after the login."""
    shutil.copytree(made.office, scratch / "office")
    process = _start("import", scratch / "office", made.filled)
    time.sleep(rnd.uniform(0.0, 1.3 * made.seconds["import"]))
    process.kill()
    said = _end(process)
    whole = whole_or_nothing(scratch / "office", made.filled)
    assert whole or "done" not in said
    return _told("killed", "done" not in said, whole)


def killed_export(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """The same while a workbook is made."""
    shutil.copytree(made.office, scratch / "office")
    (scratch / "stick").mkdir()
    process = _start("export", scratch / "office", scratch / "stick" / "out.xlsx")
    time.sleep(rnd.uniform(0.0, 1.3 * made.seconds["export"]))
    process.kill()
    said = _end(process)
    found = only_whole_workbooks(scratch / "office", scratch / "stick")
    assert found or "done" not in said
    return _told("killed", "done" not in said, bool(found))


#: What the moment chosen came too late for; it is no moment and is not counted as one.
TOO_LATE = "too late"


def _told(way: str, came: bool, whole: bool) -> str:
    return f"{way if came else TOO_LATE}: {'whole' if whole else 'nothing'}"


# -- the stick ------------------------------------------------------------------------------------------


class Stick:
    """A small file system of its own that can be filled, write-protected or pulled, and looked at afterwards."""

    def __init__(self, folder: Path, size: int = 4 << 20, form: str = "ext4") -> None:
        self.image, self.at, self.form = folder / "image", folder / "stick", form
        self._driver: subprocess.Popen[bytes] | None = None
        self._loop = ""
        self.at.mkdir()
        with self.image.open("wb") as file:
            file.truncate(size)
        _run(*_MAKE[form], str(self.image))
        self.plug_in()

    def plug_in(self, image: Path | None = None) -> None:
        medium = str(image or self.image)
        if self.form in known_forms():
            _run("mount", "-t", self.form, "-o", "loop", medium, str(self.at))
            return
        command = ("fusefat", "-f", "-o", "rw+") if self.form == "vfat" else ("mount.exfat-fuse", "-d")
        if self.form == "exfat":  # its driver takes block devices only
            self._loop = medium = _run("losetup", "--find", "--show", medium).strip()
        self._driver = subprocess.Popen(
            [*command, medium, str(self.at)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # fmt: skip
        for _ in range(500):
            if self.at.is_mount() or self._driver.poll() is not None:
                break
            time.sleep(0.01)
        if not self.at.is_mount():
            raise OSError(f"{self.form} could not be mounted by FUSE")

    def pull(self) -> None:
        """Nobody finds a name on it any more. What holds a file open goes on in the void, and by FUSE is told that nothing is there."""
        if self._driver is not None:
            self._driver.kill()
        self.out()

    def protect(self) -> None:
        """Read-only from now on, as the kernel does with a failing stick."""
        _run("mount", "-o", "remount,abort", str(self.at))

    def fill(self, left: int = 0) -> None:
        """Not a byte is left, or only so many."""
        with contextlib.suppress(OSError), (self.at / "别的文件").open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 10, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass
            if left:
                file.truncate(file.tell() - left)

    def as_it_is_now(self, target: Path) -> None:
        """What would be on the medium if the plug were pulled at this moment: nothing that was not flushed."""
        shutil.copyfile(self.image, target)

    def out(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("umount", "-l", str(self.at))
        if self._driver is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._driver.wait(5)
            self._driver.kill()
            self._driver.wait()
            self._driver = None
        if self._loop:
            _run("losetup", "-d", self._loop)
            self._loop = ""


#: How an empty image of each form is made.
_MAKE = {"ext4": ("mkfs.ext4", "-q", "-F", "-m", "0"), "vfat": ("mkfs.vfat",), "exfat": ("mkfs.exfat",)}


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def known_forms() -> frozenset[str]:
    """The forms that this kernel can mount by itself."""
    try:
        return frozenset(line.split()[-1] for line in Path("/proc/filesystems").read_text(encoding="ascii").splitlines())
    except OSError:
        return frozenset()


@functools.cache
def forms() -> tuple[str, ...]:
    """The forms that a stick can have here."""
    found = []
    for form in _MAKE:
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError, subprocess.CalledProcessError):
            Stick(Path(folder), form=form).out()
            found.append(form)
    return tuple(found)


def why_no_stick() -> str | None:
    """Why no stick can be made here, or None."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "mounting a small image needs root on Linux"
    return None if "ext4" in forms() else "no loop-back image can be mounted here"


@contextlib.contextmanager
def plugged_in(folder: Path, size: int = 4 << 20, form: str = "ext4") -> Iterator[Stick]:
    stick = Stick(folder, size, form)
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


def _form_for(way: str, rnd: random.Random) -> str:
    """Only ext4 can be told to be read-only while something is written."""
    return "ext4" if way == "protected" else rnd.choice(forms())


def _own_disk_full(what: str, made: Prepared, disk: Stick, file: Path, rnd: random.Random) -> tuple[Path, str, bool]:
    """The disk on which the office itself is has no byte left from some moment on: the office, what was said, and whether it was said
    after that moment.
    """
    office = disk.at / "office"
    shutil.copytree(made.office, office)
    process = _start(what, office, file)
    time.sleep(rnd.uniform(0.0, made.seconds[what]))
    came = process.poll() is None
    disk.fill()
    said = _end(process)
    (disk.at / "别的文件").unlink()
    _ended_well(process, said)
    return office, said, came


def pulled_export(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """Something happens to the stick while the workbook is put on it, or to the office's own disk."""
    way = rnd.choice([*WAYS, "own disk full"])
    if way == "own disk full":
        with plugged_in(scratch, 24 << 20) as disk:
            (scratch / "out").mkdir()
            office, said, came = _own_disk_full("export", made, disk, scratch / "out" / "out.xlsx", rnd)
            found = only_whole_workbooks(office, scratch / "out")
            assert found or "done" not in said
            return _told(way, came, bool(found))
    form = _form_for(way, rnd)
    shutil.copytree(made.office, scratch / "office")
    with plugged_in(scratch, form=form) as stick:
        at = rnd.randint(1, made.moments["export"])
        process = _start("export", scratch / "office", stick.at / "out.xlsx", at, stick.at)
        said, came = _at_a_moment(process, stick, way, scratch / "snapshot")
        if not came or way not in ("killed", "power"):
            _ended_well(process, said)
        stray = only_whole_workbooks(scratch / "office", stick.at) if came and way == "pulled" else 0
        if came and way != "full":
            stick.out()
            stick.plug_in(scratch / "snapshot" if way == "power" else None)
        found = only_whole_workbooks(scratch / "office", stick.at) + stray
        assert found or "done" not in said, f"{way}: said to be done, and there is no workbook"
    return _told(f"{form} {way}", came, bool(found))


def pulled_import(made: Prepared, scratch: Path, rnd: random.Random) -> str:
    """Something happens to the stick while the workbook is read from it, or the office's own disk fills up."""
    way = rnd.choice([*WAYS[:2], "killed", "own disk full", "own disk full"])
    if way == "own disk full":
        with plugged_in(scratch, 24 << 20) as disk:
            office, said, came = _own_disk_full("import", made, disk, made.filled, rnd)
            whole = whole_or_nothing(office, made.filled)
            assert whole == ("done" in said), said
            return _told(way, came, whole)
    form = _form_for(way, rnd)
    shutil.copytree(made.office, scratch / "office")
    with plugged_in(scratch, form=form) as stick:
        file = stick.at / "filled.xlsx"
        shutil.copyfile(made.filled, file)
        process = _start("import", scratch / "office", file, rnd.randint(1, made.moments["import"]), stick.at)
        said, came = _at_a_moment(process, stick, way, scratch / "snapshot")
        if way != "killed" or not came:
            _ended_well(process, said)
        whole = whole_or_nothing(scratch / "office", made.filled)
        assert whole == ("done" in said) or way == "killed", said
    return _told(f"{form} {way}", came, whole)


def written_with_little_left(made: Prepared, scratch: Path, left: int) -> str:
    """What a write into the book says when so many bytes are left on its disk since the login."""
    with plugged_in(scratch, 24 << 20) as disk:
        office = disk.at / "office"
        shutil.copytree(made.office, office)
        process = _start("add", office, made.filled)
        disk.fill(left)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        said = _end(process)
        (disk.at / "别的文件").unlink()
        _ended_well(process, said)
        session = open_office(office, "admin", PASSWORD)
        try:
            assert (session.names.unit_by_name("新设的单位") is not None) == ("done" in said), said
            assert session.verify() == []
        finally:
            session.close()
        return said


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
