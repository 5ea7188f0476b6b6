"""Handing out: everything of the books that a person opens, as of one moment, into a folder that
is there whole or not at all.

Rows go from the book to the file one by one, so that the size of an office is no matter of memory.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import itertools
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from db.errors import BadInput
from db.metrics import metrics
from db.model import fieldtypes
from db.model.attached_files import OPENABLE, ending
from db.model.context import Book, Cursor
from db.model.declarations import Field, Kind
from db.model.sql import quoted
from db.model.steps import FIELD as STEPS
from db.model.steps import StepTaken
from db.session import Session
from db.store import spans
from db.store.disk.atomic_files import sync_folder, write_atomic
from db.store.disk.disk_errors import disk_errors
from db.store.disk.private_files import keep_private
from desktop import __version__
from desktop.open_files import cells, schemas, tables
from desktop.open_files.tables import Column, Table

ACT = "hand-out"
ATTACHMENTS = "attachments"
Progress = Callable[[str, int, int], None]
#: Before the first day, as the engines can keep it.
_FIRST = "0001-01-01"
_EACH = 500
_PART = ".zxpart"


class TableNote(msgspec.Struct, frozen=True):
    """A file as the manifest tells of it."""

    name: str
    label: str
    file: str
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What was handed out, when, by whom. ``office``: its id; ``attachments``: how many files."""

    form: int
    program: str
    office: str
    office_name: str
    made_at: str
    made_by: str
    days: list[str]
    books: list[str]
    attachments: int
    tables: list[TableNote]


class HandedOut(msgspec.Struct, frozen=True):
    """What lies in the folder now, and what has to be said of it."""

    folder: Path
    manifest: Manifest
    sha256: str
    notes: list[str]

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.manifest.tables)


def books_of(session: Session, act: str = ACT) -> list[str]:
    """The books that this person may hand out or take in: the administrator all that their keys
    open, the personnel officer that of the cadres."""
    session.require(act)
    opened = [book.name for book in session.books]
    if session.role != "administrator":
        opened.remove(session.office.name)
    return opened


def check_target(folder: Path) -> None:
    """``BadInput`` for a folder that holds something already."""
    with disk_errors(folder.name):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput(
                f"“{folder}”已经有内容，请换一个空的或还没有的文件夹。", field="folder"
            )
        if not folder.parent.is_dir():
            raise BadInput(
                f"没有文件夹“{folder.parent}”，U 盘上的请看是否已插好。", field="folder"
            )


def hand_out(
    session: Session, folder: Path, *, personnel: bool = True, days: Sequence[dt.date] = (),
    progress: Progress | None = None,
) -> HandedOut:
    """Write everything into a new or empty folder; ``days``: as of which the figures are, today
    where none is named. ``progress`` is told what is being written and how far it is, and may raise
    to cancel. It is noted in the log of every book that is handed out."""
    books = [
        name for name in books_of(session)
        if personnel or session.role != "administrator" or name == session.office.name
    ]
    for book in session.books:
        book.require_writable()  # it is noted there
    check_target(folder)
    wanted = sorted(set(days)) or [session.today]
    for day in wanted:
        metrics.counted_as_of(session, None, day)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{_PART}")
    with disk_errors(folder.name):
        for left in folder.parent.glob(f".*{_PART}"):  # of a stick that was pulled out
            shutil.rmtree(left, ignore_errors=True)
        try:
            part.mkdir()
            keep_private(part)
            making = _Making(session, part, books, progress or (lambda what, done, total: None))
            made = making.all(wanted)
            _note(session, books, made, folder)
            if folder.exists():
                folder.rmdir()
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(folder.parent)
    digest = cells.sha256(folder / tables.MANIFEST)
    return HandedOut(folder, made, digest, _left_out(session, books))


def _note(session: Session, books: Sequence[str], made: Manifest, folder: Path) -> None:
    rows = sum(table.rows for table in made.tables)
    with session.atomic(ACT, "移交数据"):
        for name in books:
            label = "工作台账" if name == session.office.name else "干部人事台账"
            session.transaction(name).note(
                ACT, f"移交{label}，共 {len(made.tables)} 个表 {rows} 行，没有加密，到 {folder}"
            )


def _left_out(session: Session, books: Sequence[str]) -> list[str]:
    notes = []
    waiting = sum(
        book.connection.execute("SELECT count(*) FROM conflicts WHERE status = 'open'").fetchone()[
            0
        ]
        for book in session.books if book.name in books
    )
    if waiting:
        notes.append(f"还有 {waiting} 个冲突没有处理，移交的是台账现在的值。")
    if session.role == "administrator" and len(session.books) < 2:
        notes.append("您没有干部人事台账的密钥，移交的数据里没有干部档案。")
    return notes


@contextlib.contextmanager
def _one_moment(session: Session, books: Sequence[str]) -> Iterator[None]:
    """All books as they are now, whatever is written meanwhile."""
    reading = [book.connection for book in session.books]
    with session.hold():
        for connection in reading:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM meta").fetchone()
    try:
        yield
    finally:
        for connection in reading:
            connection.execute("COMMIT")


class _Making:
    """The folder in the making."""

    def __init__(
        self, session: Session, folder: Path, books: Sequence[str], progress: Progress
    ) -> None:
        self._session, self._folder, self._books = session, folder, books
        self._progress, self._done, self._total = progress, 0, 1
        self._made: list[tuple[Table, int]] = []
        self._files: set[str] = set()

    def all(self, days: Sequence[dt.date]) -> Manifest:
        """Everything, and the manifest of it."""
        with _one_moment(self._session, self._books):
            self._total = sum(self._counted()) or 1
            for name in self._books:
                book = self._session.books[[b.name for b in self._session.books].index(name)]
                self._book(book)
                self._history(book)
            self._common(days)
        return self._closing(days)

    def _counted(self) -> Iterator[int]:
        for book in self._session.books:
            if book.name in self._books:
                names = ["journal", *(kind.name for kind in book.kinds.in_book(book.name))]
                for name in names:
                    row = book.connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
                    yield int(row[0])

    @contextlib.contextmanager
    def _writing(self, table: Table) -> Iterator[cells.Writer]:
        with cells.Writer(self._folder, table) as writer:
            yield writer
        self._made.append((table, writer.rows))

    def _each(self, what: str, rows: Cursor) -> Iterator[Sequence[object]]:
        """The rows, told of now and then."""
        while part := rows.fetchmany(_EACH):
            self._progress(what, self._done, self._total)
            yield from part
            self._done += len(part)

    def _book(self, book: Book) -> None:
        """The ledgers of a book; steps, files and spans beside them in the same order."""
        steps, files, held = tables.steps(book.name), tables.files(book.name), tables.spans(
            book.name
        )
        with contextlib.ExitStack() as stack:
            beside = [stack.enter_context(self._writing(t)) for t in (steps, files, held)]
            for kind in book.kinds.in_book(book.name):
                self._ledger(book, kind, beside[0], beside[1])
                self._spans(book, kind, beside[2])

    def _ledger(self, book: Book, kind: Kind, steps: cells.Writer, files: cells.Writer) -> None:
        """A ledger, row by row; what its rows hold besides goes into the files beside it."""
        table = tables.ledger(book.kinds, kind)
        beside = [field for field in kind.all_fields if tables.form_of(field) is None]
        every: list[Column | Field] = [*table.columns, *beside]
        names = ", ".join(quoted(each.name) for each in every)
        ways = _ways(table, {each.number: each.uid for each in book.offices.every()})
        rows = book.connection.execute(f"SELECT {names} FROM {quoted(kind.name)} ORDER BY id")
        with self._writing(table) as writer:
            for row in self._each(kind.label, rows):
                writer.cells([way(cell) for way, cell in zip(ways, row, strict=False)])
                for field, cell in zip(beside, row[len(ways) :], strict=True):
                    if cell is None:
                        continue
                    value = fieldtypes.type_of(field).from_db(cell)
                    if field.name == STEPS:
                        _steps(steps, kind.name, str(row[0]), value)
                    else:
                        self._attached(book, files, (kind.name, str(row[0]), field.name), value)

    def _attached(
        self, book: Book, files: cells.Writer, place: tuple[str, str, str],
        value: Sequence[fieldtypes.Attachment],
    ) -> None:
        for number, each in enumerate(value, start=1):
            known = ending(each.name)
            name = f"{each.sha256}.{known if known in OPENABLE else 'bin'}"
            file = f"{book.name}/{ATTACHMENTS}/{name}"
            if file not in self._files:
                self._files.add(file)
                (self._folder / file).parent.mkdir(exist_ok=True)
                data = self._session.attachment_bytes(place[0], each.sha256)
                write_atomic(self._folder / file, data)
            files.row(*place, number, each.name, each.sha256, each.size, file)

    @staticmethod
    def _spans(book: Book, kind: Kind, writer: cells.Writer) -> None:
        held = ", ".join(f"s.{name}" for name in spans.COLUMNS[2:])
        for uid, from_on, *rest in book.connection.execute(
            f"SELECT c.uid, {held} FROM spans s JOIN {quoted(kind.name)} c ON c.id = s.rec WHERE"
            " s.kind = ? ORDER BY s.rec, s.from_on", (kind.name,),
        ):
            writer.row(kind.name, uid, from_on or _FIRST, *rest)

    def _history(self, book: Book) -> None:
        rows = book.connection.execute(
            "SELECT j.seq, j.change_id, c.at, c.by, c.source, j.kind, j.uid, j.action,"
            " nullif(j.before, ''), nullif(j.after, '') FROM journal j JOIN changes c ON c.id ="
            " j.change_id WHERE j.uid <> '' ORDER BY j.seq"
        )
        with self._writing(tables.history(book.name)) as writer:
            for row in self._each("修改记录", rows):
                writer.row(*row)

    # -- once in every folder ----------------------------------------------------------------------

    def _common(self, days: Sequence[dt.date]) -> None:
        session, office = self._session, self._session.office
        self._small(tables.OFFICES, (
            (each.uid, each.name, each.unit, each.uid == session.office_id)
            for each in office.offices.every()
        ))
        self._small(tables.USERS, _users(session))
        self._small(tables.SETTING, (
            (key, each.label, each.write(each.of(office))) for key, each in tables.SETTINGS.items()
        ))
        self._small(tables.DECLARED, office.connection.execute(
            "SELECT name, declaration FROM office_kinds ORDER BY name"
        ))
        kinds = [k for name in self._books for k in session.kinds.in_book(name)]
        self._small(tables.STATES, itertools.chain(*(_states(session, kind) for kind in kinds)))
        self._small(tables.CHOICES, itertools.chain(*map(_choices, kinds)))
        self._figures({kind.name for kind in kinds}, days)

    def _small(self, table: Table, rows: Iterable[Sequence[object]]) -> None:
        with self._writing(table) as writer:
            for row in rows:
                writer.row(*row)

    def _figures(self, kinds: set[str], days: Sequence[dt.date]) -> None:
        session = self._session
        shown = [
            figure for figure in metrics.visible(session)
            if kinds.issuperset(k.name for k in metrics.read_kinds(session, figure.name))
        ]
        self._small(tables.FIGURES, (
            (f.name, f.label, f.measure, metrics.formula(session, f.name)) for f in shown
        ))
        with self._writing(tables.VALUES) as writer:
            for day in days:
                self._progress("指标数值", self._done, self._total)
                self._values(writer, [figure.name for figure in shown], day)

    def _values(self, writer: cells.Writer, names: Sequence[str], day: dt.date) -> None:
        """Whole: at any time, of the year and of the month of the day; by unit: of the year."""
        session, year = self._session, f"{day:%Y}"

        def row(period: str | None, unit: str | None, number: metrics.Number) -> None:
            writer.row(
                number.figure.name, day.isoformat(), period, unit, number.value, number.numerator,
                number.denominator,
            )

        for period in (None, year, f"{day:%Y-%m}"):
            numbers = metrics.count(session, names, period=period, as_of=day)
            for name in names:
                row(period, None, numbers[name])
        for group in metrics.table(session, names, "unit", period=year, as_of=day):
            for name in names if group.key is not None else ():
                row(year, group.key, group.numbers[name])

    # -- the end -----------------------------------------------------------------------------------

    def _closing(self, days: Sequence[dt.date]) -> Manifest:
        """The dictionary, the schemas and the manifest."""
        session, made = self._session, [table for table, _ in self._made]
        rows = {table.name: count for table, count in self._made}
        at = dt.datetime.now().isoformat(timespec="seconds")
        days_text = "、".join(map(str, days))
        guide = schemas.guide(
            made, rows, office=session.office_name, made_at=at, days=days_text,
            by=session.who.display,
        )
        for name, text in (
            (schemas.GUIDE, guide), (schemas.POSTGRES, schemas.postgres(made)),
            (schemas.DUCKDB, schemas.duckdb(made)),
        ):
            write_atomic(self._folder / name, text.encode())
        with (self._folder / "dictionary.csv").open("w", encoding=cells.ENCODING, newline="") as f:
            csv.writer(f).writerows([schemas.HEADINGS, *(
                [cells.guarded(cell) for cell in line] for line in schemas.dictionary(made)
            )])
        notes = []
        for table, count in self._made:
            self._progress("核对摘要", self._done, self._total)
            digest = cells.sha256(self._folder / table.file)
            notes.append(TableNote(table.name, table.label, table.file, count, digest))
        found = Manifest(
            tables.FORM, __version__, session.office_id, session.office_name, at, session.who.user,
            [day.isoformat() for day in days], list(self._books), len(self._files), notes,
        )
        data = msgspec.json.format(msgspec.json.encode(found))
        write_atomic(self._folder / tables.MANIFEST, data + b"\n")
        return found


def _ways(table: Table, offices: Mapping[int, str]) -> list[Callable[[object], object]]:
    """How the cells of a row of the book are written; an office by its id, not by its number
    here."""
    found = [
        cells.written(c.form) if c.field is None else cells.from_row(c.field)
        for c in table.columns
    ]
    issuer = [column.name for column in table.columns].index("issuer")
    found[issuer] = lambda number: offices.get(number) if isinstance(number, int) else None
    return found


def _states(session: Session, kind: Kind) -> Iterator[tuple[object, ...]]:
    cycle = session.kinds.lifecycle_of(kind)
    for s in cycle.states if cycle is not None else ():
        asked = cycle is not None and s.name in cycle.asked_states
        yield kind.name, s.name, s.label, s.closed, s.void, s.paused, s.draft, asked


def _choices(kind: Kind) -> Iterator[tuple[object, ...]]:
    for field in kind.all_fields:
        for each in field.options:
            yield kind.name, field.name, each.name, each.label, each.level or None


def _users(session: Session) -> Iterator[tuple[object, ...]]:
    """Everybody this office has heard of; of its own users their roles."""
    roles = {user.name: user.role for user in session.key_file.users()}
    for uid, people in sorted(session.names.people().items()):
        for login, name in sorted(people.items()):
            yield uid, login, name, roles.get(login) if uid == session.office_id else None


def _steps(writer: cells.Writer, kind: str, uid: str, value: Sequence[StepTaken]) -> None:
    for number, step in enumerate(value, start=1):
        was, gave = (
            msgspec.json.encode(each).decode() if each else None for each in (step.was, step.gave)
        )
        writer.row(
            kind, uid, number, step.id, step.action, step.on, step.at or None, step.by or None,
            step.to or None, step.office or None, step.void, step.place, was, gave,
        )
