"""Offices with real books and real workbooks, played quickly: what histories of several offices are made of."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import random
import re
import shutil
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from db.keys import sealing
from db.model.ids import new_uid
from db.office import create_office, open_office
from db.store.book import Book
from db.store.rollback_detection import NEW_SITE
from desktop.exchange.apply import accept, record_writer
from desktop.exchange.files import reader, reader_process
from desktop.exchange.write.workbook import export
from tests.property import editors
from tests.property import test_merge_histories as model

PASSWORD = "zhengxian-demo"
KIND = "rectification"
SHEET, HEAD = "整改清单", 4
#: the model's fields → ours; deleted is called the same in both
COLUMNS = {"a": "note", "b": "measures", "c": "responsible_person"}
BACK = {ours: theirs for theirs, ours in COLUMNS.items()}
HEADINGS = {"a": "备注", "b": "整改措施", "c": "责任人", "deleted": "删除标记", "title": "整改事项"}


#: What the child said of the files of this history.
_READ: dict[tuple[object, ...], list[bytes]] = {}


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Files are read in this process (all of them are our own), and a password costs next to nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader.Reader, "__iter__", lambda self: self.items(_in_this_process(self)))
        patch.setattr(reader.Reader, "__enter__", lambda self: self)
        patch.setattr(reader.Reader, "__exit__", lambda self, *details: None)
        patch.setattr(sealing, "OPS_FLOOR", 1)
        patch.setattr(sealing, "tuned", lambda: 1)
        patch.setattr(sealing, "MEMORY_FLOOR", 1 << 16)
        patch.setattr(record_writer, "BULK", 1)  # two rows that come together are many
        patch.setattr(Book, "optimize", lambda self: None)  # statistics for the planner of a few rows
        with tempfile.TemporaryDirectory(dir=scratch()) as folder:  # of its own: left-over folders of work are looked for there
            patch.setattr(tempfile, "tempdir", folder)
            _READ.clear()
            yield


def _in_this_process(self: reader.Reader) -> Iterator[bytes]:
    """What the child says of a file depends on nothing else, so that one that many offices take is read once."""
    asked = self._request
    digest = hashlib.sha256(Path(asked.path).read_bytes()).digest()
    key = (digest, asked.password, asked.first, asked.only, asked.foreign)
    frames = _READ.get(key)
    if frames is None:
        frames = []
        reader_process.serve(asked, lambda *frame: frames.append(msgspec.msgpack.encode(frame)))
        _READ[key] = frames = [*frames, reader.DONE]
    yield from frames


#: Set where somebody else clears up: a process that others started leaves without its last rites.
place: str | None = None


def scratch() -> str | None:
    """Where flushing costs nothing, or None for the usual place of temporary files."""
    return place or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


@functools.cache
def template(number: int = 0) -> Path:
    """An empty office to copy, made once for each process and number; ``quick`` must be on."""
    folder = Path(tempfile.mkdtemp(dir=scratch()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    name, level = ("云川市作风办", "city") if number == 0 else (f"第{number}县作风办", "county")
    create_office(folder / "data", name, level, "admin", PASSWORD)[0].close()
    return folder / "data"


class RealOffice:
    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self.put_back = folder, False
        shutil.copytree(source, folder / "data")
        self.open()

    def open(self) -> None:
        self.session = open_office(self.folder / "data", "admin", PASSWORD)

    def value(self, uid: str, name: str) -> Any:
        record = self.session.get(KIND, uid)
        return None if record is None else record.get(COLUMNS.get(name, name))

    def edit(self, uid: str, name: str, value: Any) -> None:
        if name == "deleted":
            (self.session.delete if value else self.session.restore)(KIND, uid)
        else:
            self.session.set(KIND, uid, {COLUMNS[name]: text(value)})

    def export(self, unit: str | None = None) -> Path:
        return export(self.session, [KIND], self.folder / "out.xlsx", blank_rows=2, unit=unit).file

    def take(self, file: Path) -> accept.ImportResult:
        if editors.present is not None:
            file = editors.present.saved(file)
        return accept.accept(self.session, accept.plan(self.session, file))

    def pending(self) -> list[Any]:
        return accept.conflicts(self.session)

    def backup(self) -> Path:
        self.session.close()
        target = self.folder / f"backup-{new_uid()}"
        shutil.copytree(self.folder / "data", target)
        self.open()
        return target

    def restore(self, backup: Path) -> None:
        self.session.close()
        shutil.rmtree(self.folder / "data")
        shutil.copytree(backup, self.folder / "data")
        (self.folder / "data" / NEW_SITE).write_text(new_uid() + "\n", encoding="ascii")
        self.put_back = True
        self.open()

    def problems(self) -> list[str]:
        """What checking finds, without what is rightly told as long as this opening lasts: that an old copy was put back."""
        told = self.session.office.shortfall
        assert not told or self.put_back, told
        return [problem for problem in self.session.verify() if problem != told]

    def records(self) -> dict[str, Any]:
        return {record.uid: record for record in self.session.office.each(KIND)}

    def state(self) -> Any:
        """Every record with values, vectors and children, and what waits: equal offices are equal in all of it."""
        book = self.session.office
        rows = {}
        for kind in (KIND, "progress"):
            for record in book.each(kind):
                versions = book.versions_of(record)
                vectors = {f: sorted(versions.of(f).items()) for f in (*record.values, "deleted")}
                rows[record.uid] = (record.values, record.parent, record.deleted, vectors)
        return rows, sorted(((c.uid, c.field, c.theirs) for c in self.pending()), key=str)

    def told(self, uid: str, name: str) -> set[Any]:
        """Values of a field that this office's records name as overruled: in the history, or by a decided conflict."""
        column = COLUMNS.get(name, name)
        old = {line.old for line in self.session.history(KIND, uid) if line.field == column}
        rows = self.session.office.connection.execute(
            "SELECT theirs FROM conflicts WHERE uid = ? AND field = ? AND status IN ('decided', 'closed')", (uid, column)
        )
        return old | {theirs.strip('"') for (theirs,) in rows}


_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


def text(value: Any) -> Any:
    """What a value is called: words without figures, since a name with figures, or cells that count on, are asked about."""
    return value if isinstance(value, bool) or value is None else "值" + str(value).translate(_DIGITS)


class Pair:
    """One office twice: real, and in the model."""

    def __init__(self, folder: Path, world: model.World) -> None:
        folder.mkdir()
        self.real = RealOffice(folder, template())
        self.model = model.Office(world, fresh_site=True)

    def check(self) -> None:
        """The real office shows what the model shows, no more and no less."""
        for uid, record in self.model.records.items():
            for name in model.FIELDS:
                real, wanted = self.real.value(uid, name), text(record.values[name])
                assert real == wanted, f"{uid} {name} is {real!r}, the model says {wanted!r}"
        wanted_pending = {
            (uid, name, text(p.value)) for (uid, name), each in self.model.pending.items() for p in each
        }
        real_pending = {(c.uid, BACK.get(c.field, c.field), c.theirs) for c in self.real.pending()}
        assert {p for p in real_pending if p[0] in self.model.records} == wanted_pending


@dataclass
class Copy:
    """One workbook twice, and what was typed into it: (uid, field, value), and titles of new rows by their slot."""

    file: Path
    book: model.Workbook
    typed: list[tuple[str, str, Any]] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)


@dataclass
class Ledger:
    """Who overruled what, kept beside books and model: nearly every value is written once, so a value names its write.

    ``saw``: what stood before the person who wrote a value; ``acknowledged``: values that an office holds or held.
    """

    saw: dict[tuple[str, str], dict[Any, set[Any]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    acknowledged: dict[tuple[str, str], set[Any]] = field(default_factory=lambda: defaultdict(set))

    def wrote(self, uid: str, name: str, value: Any, before: Iterable[Any]) -> None:
        self.saw[uid, name][value] |= set(before)

    def accounted(self, uid: str, name: str, value: Any) -> set[Any]:
        """All that the value overrules, straight or by what it overruled."""
        found, todo = {value}, [value]
        while todo:
            for each in self.saw[uid, name][todo.pop()] - found:
                found.add(each)
                todo.append(each)
        return found

    def unaccounted(self, uid: str, name: str, value: Any) -> set[Any]:
        """Acknowledged values that neither stand nor were overruled by anybody who saw them."""
        return self.acknowledged[uid, name] - self.accounted(uid, name, value)


def fill(file: Path, target: Path, cells: Iterable[tuple[str, str, Any]]) -> None:
    """Type into a workbook: (what stands in the id column, field, text). In the sheet's own XML, in a hundredth of the time that
    opening and saving takes; what the programs people use make of a workbook is tried in ``tests/unit/exchange/resaves.py``.
    """
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        member, sheet = _sheet(old)
        columns = {name: column for column, name in re.findall(rf'<c r="([A-Z]+){HEAD}"[^>]*><is><t[^>]*>([^<]*)</t>', sheet)}
        for key, name, value in cells:
            row = dict(_ids(sheet))[key]
            place = f"{columns[HEADINGS[name]]}{row}"
            told = "" if value is None else f"<is><t>{escape(str(value))}</t></is>"
            typed = rf'<c r="{place}"\1 t="inlineStr">{told}</c>' if told else rf'<c r="{place}"\1/>'
            sheet, found = re.subn(rf'<c r="{place}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', typed, sheet)
            assert found == 1, f"no cell {place}"
        for each in old.infolist():
            new.writestr(each.filename, sheet if each.filename == member else old.read(each))


def _sheet(book: zipfile.ZipFile) -> tuple[str, str]:
    """The ledger's sheet: the member and its text."""
    title = f"<t>{HEADINGS['title']}</t>"
    for name in book.namelist():
        if name.startswith("xl/worksheets/sheet") and title in (text := book.read(name).decode()):
            return name, text
    raise AssertionError(f"{SHEET} is not in {book.filename}")


def _ids(sheet: str) -> list[tuple[str, str]]:
    """(id, number of the row), in their order."""
    found = re.findall(r'<c r="A(\d+)"[^>]*><is><t[^>]*>([^<]*)</t>', sheet)
    return [(key, row) for row, key in found if int(row) > HEAD]


def slots(file: Path) -> list[str]:
    """The ids of a workbook's blank rows."""
    with zipfile.ZipFile(file) as book:
        return [key for key, _ in _ids(_sheet(book)[1]) if key.startswith("+")]


# -- state machines ---------------------------------------------------------------------------------------

OFFICES = 4
office = st.integers(0, OFFICES - 1)
which = st.integers(0, 50)
#: mostly a text that nobody else writes; sometimes one that two may write, or nothing at all
sort_of_value = st.sampled_from(["own", "own", "own", "own", "shared", "blank"])


class History(RuleBasedStateMachine):
    """What the machines have in common: a folder, what is counted, and that all meet at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = sys.exc_info()[1]
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(quick())
        self.folder = Path(tempfile.mkdtemp(dir=scratch()))
        self.stack.callback(shutil.rmtree, self.folder)
        self.used: Counter[str] = Counter()
        self.serial = 0
        self.rnd = random.Random(0)

    def fresh(self, sort: str = "own") -> Any:
        self.serial += 1
        return {"own": 100 + self.serial, "shared": 1, "blank": None}[sort]

    def meet(self) -> None:
        raise NotImplementedError

    def teardown(self) -> None:
        with self.stack:
            if sys.exc_info()[1] is not self.outer:
                return  # a step has failed, and that is to be told
            if self.used.total() < 10:
                reject()  # Hypothesis tries what is shortest first
            self.meet()


def step(*, most: int = 6, **given: Any) -> Callable[[Any], Any]:
    """A rule that a history takes so many times at most: Hypothesis likes to repeat itself, and forty backups tell nothing."""

    def decorate(function: Any) -> Any:
        name = function.__name__

        @functools.wraps(function)
        def counted(self: Any, **drawn: Any) -> Any:
            self.used[name] += 1
            return function(self, **drawn)

        return precondition(lambda self: self.used[name] < most)(rule(**given)(counted))

    return decorate


def play(machine: type[RuleBasedStateMachine], number: int | None, steps: int) -> None:
    """The one history of this seed, or of any when none is given; an error tells its steps."""
    if number is None:
        number = random.SystemRandom().randrange(2**32)
        sys.stdout.write(f"{machine.__name__} seed {number}, {steps} steps\n")  # told when it fails
    one = settings(
        max_examples=1, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(seed(number)(machine), settings=one)
