"""Whether a book is whole: cipher, audit chain, tables against the journal, and what points to
what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import msgspec

from db.errors import Damaged
from db.keys.keyfile import KeyFile
from db.model.context import ReadContext
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.records import UNKNOWN
from db.model.sql import quoted
from db.safety import kept_backups, verify_signatures
from db.store import gc_pause, journal, repair_losses
from db.store.book import Book
from db.store.connect import DatabaseError, explain

_MOST = 50
#: What is said where a quick look has found nothing.
QUICK = "文件和修改记录完好。各张表与修改记录是否一致没有核对，请隔一段时间完整检查一次。"
Progress = Callable[[str, int, int], None]


class VerifyContext(ReadContext, Protocol):
    """The books with their files and keys."""

    @property
    def folder(self) -> Path: ...
    @property
    def books(self) -> list[Book]: ...
    @property
    def key_file(self) -> KeyFile: ...
    @property
    def set_aside(self) -> list[str]: ...
    def attachment_bytes(self, kind: str, sha256: str) -> bytes: ...


class Findings(msgspec.Struct, frozen=True):
    """What is wrong, fifty sentences at most, and what is only to be known."""

    problems: list[str]
    notes: list[str]


def verify(
    session: VerifyContext, progress: Progress | None = None, *, quick: bool = False
) -> Findings:
    """Look at everything: reads every record and every change, so it runs in a worker. ``progress``
    is told book, rows and of how many, and may raise to cancel. ``quick``: each page of the files
    by its seal and the whole log, its chain, signatures and who might do what, but not whether the
    tables hold what the log says."""
    problems, notes = _keys(session.key_file)
    notes += [b.problem for b in kept_backups.of_office(session.folder) if b.problem]
    gone: set[str] = set()
    with gc_pause.pause_gc():
        for book in session.books:
            found, book_notes, lost = _book(session, book, _telling(progress, book.name), quick)
            problems += found
            notes += book_notes
            gone |= lost
        if not problems and not quick:  # what lies broken cannot be asked further
            problems += [*_issuers(session), *islice(_references(session, gone), _MOST)]
    return Findings(problems + session.set_aside, notes)


def _book(
    session: VerifyContext, book: Book, progress: journal.Progress | None = None,
    quick: bool = False
) -> tuple[list[str], list[str], Set[str]]:
    """What is wrong with a book, what is only to be known of it, and what a repair has told to be
    lost; of a damaged file that it is so, no more."""
    try:
        known = repair_losses.Known(book.connection)
        found, notes = verify_signatures.verify(
            session, session.key_file, book, known, progress, quick=quick
        )
        return found, notes, known.gone
    except DatabaseError as error:
        return [explain(error, book.path.name).message], [], set()
    except Damaged as error:
        return [error.message], [], set()


def _keys(keys: KeyFile) -> tuple[list[str], list[str]]:
    """What of the keys is wrong, and what is to be known."""
    problems = [
        f"{pending}.db 的密钥还没有换完，旧密码、旧文件或移除的人仍能打开它。请腾出磁盘空间，"
        "由管理员重新登录一次。"
        for pending in keys.pending_books
    ]
    waiting = keys.changed_passwords
    notes = [
        f"{'、'.join(waiting)} 改过密码，等管理员登录一次，台账才换新钥匙；在那之前，"
        "旧密码配旧的密钥文件仍能打开台账。"
    ] if waiting else []
    return problems, notes


def look_up(session: VerifyContext, printed: str) -> tuple[str, bool]:
    """What is known of an end of the chain that stands on a workbook or a bulletin, in a sentence,
    and whether all is well with it. Checks the chain up to today."""
    for book in session.books:
        end = journal.find_end(book.connection, book.name, printed)
        if end is None:
            continue
        where = (
            f"纸上的末端在 {book.path.name} 里：{end.at[:10]} {end.by} 的第 {end.change_id} "
            f"次修改，"
            f"此后又有 {end.since} 次"
        )
        found, _, _ = _book(session, book)
        if found:
            return f"{where}；但台账现在查出问题：{found[0]}", False
        return f"{where}。到那里为止的修改记录原样未动。", True
    held = "、".join(book.path.name for book in session.books)
    return (
        f"在 {held} 的修改记录里找不到这个末端：抄错了、是别的单位或您打不开的台账的，"
        "或那时的记录已被改写、截掉。"
    ), False


def _telling(progress: Progress | None, book: str) -> journal.Progress | None:
    return None if progress is None else lambda done, of: progress(book, done, of)


def _issuers(session: VerifyContext) -> Iterator[str]:
    """Records of an office that is not in the register."""
    for kind in session.visible_kinds():
        row = (
            session.book_of(kind.name)
            .connection.execute(
                f'SELECT uid FROM "{kind.name}" WHERE issuer <> {UNKNOWN} AND issuer NOT IN (SELECT'
                " id FROM offices) LIMIT 1"
            )
            .fetchone()
        )
        if row is not None:
            yield f"「{kind.label}」{row[0]} 的交办单位不在登记中。"


def _references(session: VerifyContext, gone: Set[str]) -> Iterator[str]:
    """What points to nothing. ``gone``: what a repair has told of already."""
    there = _There(session, gone)
    visible = session.visible_kinds()
    for kind in visible:
        owners = [k.name for k in session.kinds.parents_of(kind.name) if k in visible]
        if kind.parent and owners:
            for uid, _ in there.lost(kind, "parent", owners, blank=True):
                yield f"「{kind.label}」{uid} 所属的记录不存在。"
        for field in kind.all_fields:
            if type_of(field).holds_files:
                yield from _files(session, kind, field, gone)
            elif type_of(field).names_units or type_of(field).names_record:
                yield from _field(session, kind, field, there)


class _There:
    """Which records there are: asked of the file, so that no million of names is held."""

    def __init__(self, session: VerifyContext, gone: Set[str]) -> None:
        self._session, self._gone = session, gone
        self._known: dict[str, Set[str]] = {}
        self.visible = {kind.name for kind in session.visible_kinds()}

    def uids(self, kind: str) -> Set[str]:
        """Those of a kind, with what is told to be gone."""
        if kind not in self._known:
            rows = self._session.book_of(kind).connection.execute(f"SELECT uid FROM {quoted(kind)}")
            self._known[kind] = {row[0] for row in rows} | self._gone
        return self._known[kind]

    def lost(
        self, kind: Kind, column: str, targets: Sequence[str], *, blank: bool = False
    ) -> Iterator[tuple[str, str]]:
        """Records whose one uid in a column is that of no record of the other kinds, with it."""
        book = self._session.book_of(kind.name)
        here = [t for t in targets if self._session.book_of(t) is book]
        tests = [f"{quoted(column)} NOT IN (SELECT uid FROM {quoted(t)})" for t in here] or ["1"]
        empty = f"{quoted(column)} IS {'' if blank else 'NOT '}NULL"
        for uid, value in book.connection.execute(
            f"SELECT uid, {quoted(column)} FROM {quoted(kind.name)} WHERE deleted = 0 AND"
            f" ({empty} {'OR' if blank else 'AND'} ({' AND '.join(tests)})) ORDER BY id"
        ):
            if value not in self._gone and not any(
                value in self.uids(t) for t in targets if t not in here
            ):
                yield uid, value


def _files(session: VerifyContext, kind: Kind, field: Field, gone: Set[str]) -> Iterator[str]:
    for record, value in _cells(session, kind, field):
        for attachment in (a for a in value if a.sha256 not in gone):
            try:
                session.attachment_bytes(kind.name, attachment.sha256)
            except Damaged as error:
                yield f"「{kind.label}」{record} 的附件「{attachment.name}」：{error.message}"


def _field(session: VerifyContext, kind: Kind, field: Field, there: _There) -> Iterator[str]:
    target = (field.kind or "") if type_of(field).names_record else "unit"
    if target not in there.visible:
        return
    if field.computed and session.kinds.get(target).book != kind.book:
        return  # whose a row of a roster is stays decided where the people were not handed over
    fault = f"的「{field.label}」指向不存在的记录"
    if not type_of(field).many:
        for record, uid in there.lost(kind, field.name, [target]):
            yield f"「{kind.label}」{record} {fault} {uid}。"
        return
    for record, value in _cells(session, kind, field):
        for uid in value:
            if uid not in there.uids(target):
                yield f"「{kind.label}」{record} {fault} {uid}。"


def _cells(session: VerifyContext, kind: Kind, field: Field) -> Iterator[tuple[str, Any]]:
    """Every value of a field, with its record."""
    column = quoted(field.name)
    for uid, cell in session.book_of(kind.name).connection.execute(
        f"SELECT uid, {column} FROM {quoted(kind.name)} WHERE deleted = 0 AND {column} IS NOT NULL"
        " ORDER BY id"
    ):
        yield uid, type_of(field).from_db(cell)
