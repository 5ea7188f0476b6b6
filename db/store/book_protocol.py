"""What the parts of a book need of the book they serve: its writer, its site, its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from db.merge.versions import RowVersions
from db.model import context
from db.model.records import Record
from db.store.journal import ChainMac
from db.store.signing import Signer
from db.store.spans import SpanShape


class BookFile(context.Book, Protocol):
    """A book (``db/store/book.py``) as its transaction, journal, seals and register see it."""

    #: whether the log says by which lifecycles the program goes
    lifecycles_noted: bool

    @property
    def path(self) -> Path: ...
    @property
    def writer(self) -> Any: ...
    @property
    def signers(self) -> dict[str, Signer]: ...
    @property
    def audit_key(self) -> bytes: ...
    @property
    def keyed(self) -> ChainMac: ...
    @property
    def site(self) -> str: ...
    @property
    def reached(self) -> tuple[str, int]: ...
    def notes_setting(self, *names: str) -> None: ...
    def next_counter(self, many: int = 1) -> int: ...
    def site_number(self, name: str) -> int: ...
    def span_shape(self, kind: str) -> SpanShape | None: ...
    def versions_of(self, record: Record) -> RowVersions: ...
