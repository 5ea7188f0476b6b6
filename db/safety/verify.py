"""Whether a book is whole: cipher, audit chain, tables against the journal, and what points to
what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from db.errors import Damaged
from db.keys.keyfile import KeyFile
from db.model.context import ReadContext
from db.model.declarations import Field, Kind
from db.model.fieldtypes import of
from db.model.records import UNKNOWN, Record
from db.store.book import Book

_MOST = 50


class Opened(ReadContext, Protocol):
    """The books with their files and keys."""

    @property
    def books(self) -> list[Book]: ...
    @property
    def key_file(self) -> KeyFile: ...
    @property
    def set_aside(self) -> list[str]: ...
    def attachment_bytes(self, kind: str, sha256: str) -> bytes: ...


def verify(session: Opened) -> list[str]:
    """Every problem found, as sentences, fifty at most; empty when all is well. Reads every record:
    runs in a worker."""
    problems: list[str] = []
    for pending in session.key_file.pending_books:
        problems.append(
            f"{pending}.db 的密钥还没有换完，移除的人拿着旧文件仍能打开它。请腾出磁盘空间，"
            "由管理员重新登录一次。"
        )
    for book in session.books:
        problems += book.verify()
    if not problems:  # what lies broken cannot be asked further
        problems += _issuers(session)
        for sentence in _references(session):
            problems.append(sentence)
            if len(problems) == _MOST:
                break
    return problems + session.set_aside


def _issuers(session: Opened) -> Iterator[str]:
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


def _references(session: Opened) -> Iterator[str]:
    known: dict[str, set[str]] = {}
    for kind in session.visible_kinds():
        rows = session.book_of(kind.name).connection.execute(f'SELECT uid FROM "{kind.name}"')
        known[kind.name] = {row[0] for row in rows}
    for kind in session.visible_kinds():
        owners = [
            known[k.name]
            for k in session.visible_kinds()
            if kind in session.kinds.children_of(k.name)
        ]
        pointing = [
            f
            for f in kind.all_fields
            if of(f).names_units or of(f).names_record or of(f).holds_files
        ]
        if not pointing and not kind.parent:
            continue
        for record in session.book_of(kind.name).each(kind.name, "deleted = 0"):
            if kind.parent and owners and not any(record.parent in uids for uids in owners):
                yield f"「{kind.label}」{record.uid} 所属的记录不存在。"
            for field in pointing:
                yield from _field(session, kind, record, field, known)


def _field(
    session: Opened, kind: Kind, record: Record, field: Field, known: dict[str, set[str]]
) -> Iterator[str]:
    value = record.values.get(field.name)
    if value is None:
        return
    if of(field).holds_files:
        for attachment in value:
            try:
                session.attachment_bytes(kind.name, attachment.sha256)
            except Damaged as error:
                yield f"「{kind.label}」{record.uid} 的附件「{attachment.name}」：{error.message}"
        return
    target = (field.kind or "") if of(field).names_record else "unit"
    if target not in known:
        return
    for uid in (value,) if isinstance(value, str) else value:
        if uid not in known[target]:
            yield f"「{kind.label}」{record.uid} 的「{field.label}」指向不存在的记录 {uid}。"
