"""Taking in: a folder that was handed out, into a new office that holds no record yet.

All of it is read and checked first, and refused with file, line and column; then it is written in
one transaction. Records keep their uid, state, steps and values; who brought them signs for them.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from db.access import roles
from db.errors import BadInput, DeclarationError
from db.merge.versions import RowVersions
from db.model import declaration_files, fieldtypes, settings
from db.model.declarations import Kind
from db.model.ids import is_uid, new_uid
from db.model.kinds import Kinds
from db.model.records import OWN, UNKNOWN, Record, Values
from db.model.sql import quoted
from db.model.steps import FIELD as STEPS
from db.session import Session
from db.store.book import Book
from db.store.disk.disk_errors import disk_errors
from db.store.transaction import Transaction
from desktop.open_files import cells, tables
from desktop.open_files.cells import Reader
from desktop.open_files.hand_out import Manifest, Progress, books_of
from desktop.open_files.tables import Column, Table

ACT = "take-in"
_PART = 5_000
_LEFT = "工作台账由管理员接收，干部人事台账由有密钥的管理员或组织人事员接收。"
#: A row with the line at which it begins, by the names of its columns.
_Row = tuple[int, dict[str, object]]


class TakenIn(msgspec.Struct, frozen=True):
    """What was taken in: from which office, how many ledgers that held something, how many
    records and attached files; and what was left to somebody else, in a sentence."""

    office: str
    tables: int
    rows: int
    attachments: int
    left: str = ""


class Blobs(Protocol):
    """What is done with an attached file."""

    def __call__(self, sha256: str, data: bytes) -> None: ...


def read_manifest(folder: Path) -> Manifest:
    """What a folder says of itself; ``BadInput`` for one that was not handed out by the program."""
    path = folder / tables.MANIFEST
    if not path.is_file():
        raise BadInput(
            f"“{folder}”里没有 {tables.MANIFEST}，不是移交出来的数据，请选它所在的文件夹。",
            field="folder",
        )
    try:
        with disk_errors(path.name):
            found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            f"{tables.MANIFEST} 无法识别，不是移交出来的数据或被改动过，没有接收。", field="folder"
        ) from error
    if found.form > tables.FORM:
        raise BadInput("这份数据由更新版本的程序移交，请先更新程序。", field="folder")
    return found


def take_in(session: Session, folder: Path, progress: Progress | None = None) -> TakenIn:
    """Take everything into the books of a new office. Raises ``BadInput`` and changes nothing where
    a file is not as it was handed out, or the office is not new."""
    allowed = books_of(session, ACT)
    manifest = read_manifest(folder)
    books = [book for book in session.books if book.name in allowed and book.name in manifest.books]
    if not books:
        raise BadInput(f"您能接收的台账不在这份数据里。{_LEFT}", field="folder")
    for book in books:
        _require_new(session, book)
    announce = progress or (lambda what, done, total: None)
    reading = _Reading(session, folder, manifest, announce)
    reading.check(books)
    if reading.made:
        session.take_kinds(reading.made)
    done = _write(session, reading, books)
    rest = set(manifest.books) - {book.name for book in books}
    left = [_LEFT] if rest else []
    if users := reading.users():
        left.append(
            f"移交来的用户（{'、'.join(users)}）不能登录这里，密码不在数据里；"
            "要登录的请在“用户”里新增，用原来的用户名，以前办的就记在同一个人名下。"
        )
    return msgspec.structs.replace(done, left="".join(left))


def _require_new(session: Session, book: Book) -> None:
    """``BadInput`` for a book that holds records, ``NotPermitted`` for one that this person may not
    write."""
    book.require_writable()
    for kind in book.kinds.in_book(book.name):
        if kind.addable:
            roles.check_write(session.role, kind)
        if book.connection.execute(f"SELECT 1 FROM {quoted(kind.name)} LIMIT 1").fetchone():
            raise BadInput(
                f"这本台账的「{kind.label}」里已经有记录（回收站里的也算），"
                "移交的数据只能收进新建的、还没有记录的单位。", field="folder",
            )


class _Reading:
    """The files of a folder, as the ledgers here understand them."""

    def __init__(
        self, session: Session, folder: Path, manifest: Manifest, progress: Progress
    ) -> None:
        self._session, self.folder, self.manifest = session, folder, manifest
        self._progress, self._done = progress, 0
        self._notes = {note.name: note for note in manifest.tables}
        self._total = 2 * sum(note.rows for note in manifest.tables) or 1
        #: the books that are taken in
        self.books: list[str] = []
        #: ledgers that the other office made, and all that there will be
        self.made: list[Kind] = []
        self.kinds: Kinds = session.kinds
        self._changed: list[Table] = []
        self.offices: dict[str, _Office] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.settings: dict[str, str] = {}

    @property
    def whole(self) -> bool:
        """Whether the office's own book is among it, with its settings."""
        return self._session.office.name in self.books

    def users(self) -> list[str]:
        """Who could log in at the office that handed out, and cannot here."""
        own = next((uid for uid, office in self.offices.items() if office.own is True), "")
        here = {user.name for user in self._session.key_file.users()}
        return [name for login, name in self.people.get(own, {}).items() if login not in here]

    # -- checking ----------------------------------------------------------------------------------

    def check(self, books: Sequence[Book]) -> None:
        """Read everything once; keeps what is small. Files that are all as they were handed out
        are read as they are written, in the one transaction."""
        self.books = [book.name for book in books]
        self._common()
        self._changed = [table for table in self._tables() if not self._as_handed_out(table)]
        if not self._changed and not self.made:
            self._tell("核对摘要", self._total // 2)
            return
        for book in books:
            for _ in self.records(book.name, lambda sha256, data: None):
                pass
        for table in self._changed:
            self._refuse(table)

    def _common(self) -> None:
        if self.whole:
            declared, kept = self._reader(tables.DECLARED), self._reader(tables.SETTING)
            self.made = [self._declared(declared, each) for each in self._rows(declared)]
            if self.made:
                self.kinds = self._session.try_kinds(self.made)
            for each in self._rows(kept):
                self._setting(kept, each)
        offices = self._reader(tables.OFFICES)
        for line, row in self._rows(offices):
            uid, name = str(row["uid"]), str(row["name"] or "")
            if not is_uid(uid):
                raise offices.wrong(line, "的单位编号不对")
            self.offices[uid] = _Office(uid, name, _text(row["unit"]), row["own"])
        for _, row in self._rows(self._reader(tables.USERS)):
            people = self.people.setdefault(str(row["office"]), {})
            people[str(row["login"])] = str(row["name"] or row["login"])
        self._no_other_ledgers()

    @staticmethod
    def _declared(reader: Reader, numbered: _Row) -> Kind:
        line, row = numbered
        text = msgspec.json.encode(row["declaration"]).decode()
        try:
            return declaration_files.decode(text, Kind, str(row["name"]))
        except DeclarationError as error:
            raise reader.wrong(line, f"：{error.message}") from error

    def _setting(self, reader: Reader, numbered: _Row) -> None:
        line, row = numbered
        key, text = str(row["key"]), str(row["value"] or "")
        known = tables.SETTINGS.get(key)
        if known is None:
            raise reader.wrong(line, f"的设置“{key[:40]}”无法识别")
        try:
            known.read(text or known.blank)
        except (ValueError, TypeError) as error:
            raise reader.wrong(line, f"的「{known.label}」无法识别") from error
        self.settings[key] = text

    def _no_other_ledgers(self) -> None:
        known = {table.name for table in tables.ledger_tables(self.kinds, self.manifest.books)}
        known |= {table.name for book in self.manifest.books for table in tables.of_book(book)}
        known |= {table.name for table in tables.COMMON}
        for note in self.manifest.tables:
            if note.name not in known:
                raise BadInput(
                    f"{note.file}：本程序没有「{note.label}」这个台账，请先更新程序。",
                    field="folder",
                )

    def _tables(self) -> list[Table]:
        """Those that were handed out, as far as they are taken in."""
        own = (*tables.COMMON, *(table for book in self.books for table in tables.of_book(book)))
        every = (*own, *tables.ledger_tables(self.kinds, self.books))
        return [table for table in every if table.name in self._notes]

    def _as_handed_out(self, table: Table) -> bool:
        path = self.folder / table.file
        if not path.is_file():
            raise BadInput(f"文件夹里没有 {table.file}，请找全后再试。", field="folder")
        digest = cells.sha256(path, lambda: self._tell("核对摘要", 0))
        return digest == self._notes[table.name].sha256

    def _refuse(self, table: Table) -> None:
        """What could be read is still other than what was handed out."""
        count, was = sum(1 for _ in Reader(self.folder, table)), self._notes[table.name].rows
        more = "" if count == was else f"，原来有 {was} 行，现在 {count} 行"
        raise BadInput(
            f"{table.file} 与移交时不一样，有的内容被改动过{more}，没有接收。"
            "请用原来的文件；要改的内容收进来以后再改。", field="folder",
        )

    # -- rows --------------------------------------------------------------------------------------

    def _tell(self, what: str, rows: int) -> None:
        self._done += rows
        self._progress(what, self._done, self._total)

    def _reader(self, table: Table) -> Reader:
        return Reader(self.folder, table)

    def _rows(self, reader: Reader) -> Iterator[_Row]:
        """Rows of a table by the names of its columns; none where it was not handed out."""
        table = reader.table
        if table.name not in self._notes:
            return
        blank = dict.fromkeys(column.name for column in table.columns)
        names: list[str] = []
        for count, (line, values) in enumerate(reader, start=1):
            names = names or [column.name for column in reader.columns]
            if count % 500 == 0:
                self._tell(table.label, 500)
            yield line, {**blank, **dict(zip(names, values, strict=True))}

    def records(self, book: str, keep: Blobs) -> Iterator[Record]:
        """The records of a book, those of one ledger after another, with their steps and files;
        ``keep`` is given each attached file."""
        steps, files = self._beside(tables.steps(book)), self._beside(tables.files(book))
        for kind in self._ledgers(book):
            reader = self._reader(tables.ledger(self.kinds, kind))
            changed = any(table.name == kind.name for table in self._changed)
            making = _Making(reader, kind, self.kinds, strict=changed)
            for line, row in self._rows(reader):
                record = making.record(line, row)
                making.steps(record, line, steps.of(kind.name, record.uid))
                for each in files.of(kind.name, record.uid):
                    making.file(record, files.reader, each, self._attached(files, each, keep))
                yield record
        steps.end()
        files.end()

    def _ledgers(self, book: str) -> list[Kind]:
        """In the order of the folder, as the steps and files beside them stand."""
        known = {kind.name: kind for kind in self.kinds.in_book(book)}
        return [known[name] for name in self._notes if name in known]

    def _beside(self, table: Table) -> _Beside:
        reader = self._reader(table)
        return _Beside(reader, self._rows(reader))

    def _attached(self, files: _Beside, numbered: _Row, keep: Blobs) -> fieldtypes.Attachment:
        line, row = numbered
        name, digest = str(row["name"]), str(row["sha256"])
        place = self.folder / str(row["file"])
        if self.folder.resolve() not in place.resolve().parents or not place.is_file():
            raise files.reader.wrong(line, f"的附件「{name}」不在文件夹里：{row['file']}")
        with disk_errors(place.name):
            data = place.read_bytes()
        if cells.digest(data) != digest or len(data) != row["size"]:
            raise files.reader.wrong(line, f"的附件「{name}」与移交时不一样：{row['file']}")
        keep(digest, data)
        return fieldtypes.Attachment(name, digest, len(data))


class _Office(msgspec.Struct, frozen=True):
    uid: str
    name: str
    unit: str | None
    own: object


def _text(value: object) -> str | None:
    return None if value is None else str(value)


class _Beside:
    """Rows that belong to records, in the order of these."""

    def __init__(self, reader: Reader, rows: Iterator[_Row]) -> None:
        self.reader, self._rows = reader, rows
        self._next = next(rows, None)

    def of(self, kind: str, uid: str) -> list[_Row]:
        """Those of the next record."""
        found: list[_Row] = []
        while (row := self._next) is not None and (row[1]["kind"], row[1]["uid"]) == (kind, uid):
            found.append(row)
            self._next = next(self._rows, None)
        return found

    def end(self) -> None:
        """All must have had their record."""
        if self._next is not None:
            line, row = self._next
            raise self.reader.wrong(
                line, f"的记录 {row['uid']} 不在「{row['kind']}」里，或行的次序变了"
            )


#: By form, what else is than plain JSON in a record.
_AS_IT_STOOD: dict[str, Callable[[Any], object]] = {"day": dt.date.fromisoformat, "json": tuple}


class _Making:
    """Records of one ledger out of the rows of its file; ``BadInput`` for what may not be."""

    def __init__(self, reader: Reader, kind: Kind, kinds: Kinds, *, strict: bool) -> None:
        """``strict``: the file is not as it was handed out. What is stood in a book, though it may
        be lawful no more: an option that the office took away since."""
        self._reader, self._kind, self._strict = reader, kind, strict
        cycle = kinds.lifecycle_of(kind)
        #: those that there are; of what goes through none, none
        self._states = {None} if cycle is None else {state.name for state in cycle.states}
        self._columns = {column.name: column for column in reader.table.columns}
        self._fields = [c for c in reader.table.columns if c.field is not None]
        self._blank: Values = {field.name: None for field in kind.all_fields}
        self._uids: set[str] = set()

    def record(self, line: int, row: Mapping[str, object]) -> Record:
        """The record of a row, with its issuer's id for versions (they are made when it is
        written)."""
        uid, state, parent = str(row["uid"]), _text(row.get("state")), _text(row.get("parent"))
        for name, given in (("uid", uid), ("parent", parent)):
            if given is not None and not is_uid(given):
                raise self._wrong(line, "应为 20 位的编号", name)
        if uid in self._uids:
            raise self._wrong(line, f"与前面的一条重复：{uid}", "uid")
        self._uids.add(uid)
        if state not in self._states:
            raise self._wrong(line, f"没有这个状态：{state or '（空）'}", "state")
        values = {**self._blank, **{c.name: self._value(line, c, row) for c in self._fields}}
        return Record(
            self._kind.name, 0, uid, parent, state, row["deleted"] is True,
            _text(row["issuer"]) or "", str(row["created_at"]), str(row["created_by"]),
            str(row["updated_at"]), str(row["updated_by"]), values,
        )  # fmt: skip

    def _value(self, line: int, column: Column, row: Mapping[str, object]) -> object:
        value, field = row[column.name], column.field
        if value is None or field is None:
            return None
        try:
            return fieldtypes.type_of(field).from_json(value, field)
        except BadInput as error:
            if not self._strict:
                way = _AS_IT_STOOD.get(column.form)
                return value if way is None else way(value)
            raise self._wrong(line, f"：{error.message}", column.name) from error
        except (TypeError, ValueError) as error:
            raise self._wrong(line, "不是这一栏的值", column.name) from error

    def steps(self, record: Record, line: int, rows: Sequence[_Row]) -> None:
        """The steps it went through."""
        if not rows:
            return
        if STEPS not in self._blank:
            raise self._wrong(line, "没有流程，却有办理步骤", "uid")
        given = [
            {
                "id": row["id"], "action": row["action"], "on": row["on_day"],
                "at": row["entered_at"] or "", "by": row["by"] or "", "to": row["to_state"] or "",
                "office": row["office"] or "", "was": row["was"] or {}, "void": row["void"],
                "place": row["place"], "gave": row.get("gave") or {},
            }
            for _, row in rows
        ]
        field = self._kind.field(STEPS)
        try:
            record.values[STEPS] = fieldtypes.type_of(field).normalize(given, field)
        except BadInput as error:
            raise self._wrong(line, "的办理步骤不完整", "uid") from error

    def file(
        self, record: Record, reader: Reader, numbered: _Row, found: fieldtypes.Attachment
    ) -> None:
        """A file attached to it."""
        line, row = numbered
        name = str(row["field"])
        if not self._kind.has(name) or not fieldtypes.type_of(self._kind.field(name)).holds_files:
            raise reader.wrong(line, f"的「{self._kind.label}」没有附件栏“{name[:40]}”")
        record.values[name] = (*(record.values[name] or ()), found)

    def _wrong(self, line: int, what: str, column: str) -> BadInput:
        return self._reader.wrong(line, what, self._columns.get(column))


# -- writing ---------------------------------------------------------------------------------------


def _write(session: Session, reading: _Reading, books: Sequence[Book]) -> TakenIn:
    """All in one transaction over both books; a signed change for some thousand records, so that
    the log of a large office needs no more memory than that of a small one."""
    label = f"接收{reading.manifest.office_name}移交的数据"
    rows, filled, blobs = 0, set[str](), set[str]()
    with session.atomic(ACT, label):
        for book in books:
            outer = session.transaction(book.name)
            issuers = _Issuers(book, reading.offices)
            mark = new_uid()

            def keep(sha256: str, data: bytes, into: Transaction = outer) -> None:
                blobs.add(sha256)
                into.keep_blob(sha256, data)

            for kind, part in _parts(reading.records(book.name, keep)):
                current = Transaction(book, session.who.user, ACT, label, mark)
                site, counter = current.tick()
                own = RowVersions({site: counter}).encode(book.site_number)
                for record in part:
                    issuers.take(record, own)
                    record.created_at = record.updated_at = current.at
                    record.created_by = record.updated_by = session.who.user
                current.add_many(part)
                current.finish()
                rows += len(part)
                filled.add(kind)
        if reading.whole:
            _settle(session, reading)
        for book in books:
            outer = session.transaction(book.name)
            outer.note(ACT, f"{label}（{reading.manifest.made_at}），共 {rows} 条记录")
            if outer.change is not None:  # each list is told once
                outer.change.records += [(kind, "", "add") for kind in sorted(filled)]
    session.names.forget()
    return TakenIn(reading.manifest.office_name, len(filled), rows, len(blobs))


def _parts(records: Iterator[Record]) -> Iterator[tuple[str, list[Record]]]:
    for kind, of_kind in itertools.groupby(records, lambda record: record.kind):
        while part := list(itertools.islice(of_kind, _PART)):
            yield kind, part


class _Issuers:
    """Whose each record is: the office that handed out is this one now, the others stay."""

    def __init__(self, book: Book, offices: Mapping[str, _Office]) -> None:
        self._numbers = {"": UNKNOWN}
        for office in offices.values():
            own = office.own is True
            number = OWN if own else book.offices.meet(office.uid, office.name, office.unit)
            self._numbers[office.uid] = number

    def take(self, record: Record, own: str) -> None:
        """Give a record its issuer; ``own`` are the versions of what is written now. Those of its
        own office are left to the transaction."""
        record.issuer = self._numbers.get(record.versions, UNKNOWN)
        record.versions = "" if record.issuer == OWN else own


def _settle(session: Session, reading: _Reading) -> None:
    """What of the office is no record."""
    old = next((uid for uid, office in reading.offices.items() if office.own is True), "")
    people = settings.PEOPLE.of(session.office)
    for office, names in reading.people.items():
        place = session.office_id if office == old else office
        people[place] = {**names, **people.get(place, {})}
    settings.PEOPLE.save(session.office, people)
    for key, text in reading.settings.items():
        known: Callable[[str], object] = tables.SETTINGS[key].read
        if key == settings.WORKDAYS.key:
            session.set_workdays(text)
        elif text:
            for book in session.books if tables.SETTINGS[key].scope == "fact" else [session.office]:
                tables.SETTINGS[key].save(book, known(text))
