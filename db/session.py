"""A person logged in over an office's folder: what pages, workbooks, bulletins and the command line
are given. ``db/reading.py`` holds what it reads, ``db/writing.py`` what it writes; here stand the
declarations that the office made, the announcing of changes and the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from db.keys.users import Unlocked
from db.model import declaration_files, office_kinds, settings
from db.model.declarations import Kind
from db.model.kinds import Kinds
from db.store.book import Book
from db.store.journal import Change
from db.units.names import UNIT_KIND

if TYPE_CHECKING:
    from db.keys.keyfile import KeyFile
    from db.store.lock import FolderLock

from db.writing import Writing


class Session(Writing):
    """Made by ``db.office.open_office`` or ``create_office``. Calls are safe from any thread."""

    def __init__(
        self,
        folder: Path,
        who: Unlocked,
        key_file: KeyFile,
        books: Mapping[str, Book],
        kinds: Kinds,
        lock: FolderLock | None,
    ) -> None:
        super().__init__(who, key_file, books, kinds)
        self.folder = folder
        self._lock_file = lock
        self._listeners: list[Callable[[Change], None]] = []
        self._closed = False
        #: A sentence for each kept declaration that does not work (``store/kept_kinds.py``).
        self.set_aside: list[str] = []
        for book in self._books.values():
            book.subscribe(self._announce)

    def save_kind(self, kind: Kind) -> None:
        """Add a kind the office made, or add fields to a given one; tables follow at once. Raises
        ``DeclarationError``."""
        self.require("kinds")
        self.take_kinds([kind])

    def take_kinds(self, made: Sequence[Kind]) -> None:
        """The same for declarations that came in a workbook; the importing page asked the person
        before. They are tried out, tables, indexes and a row, before any is kept."""
        bare = [
            msgspec.structs.replace(k, source="office", lifecycle_fields=(), lifecycle_rules=())
            for k in made
        ]
        kinds = self.try_kinds(bare)
        with self.office.atomic(self.who.user, "kinds", "修改台账设置") as tx:
            for kind in bare:
                text = declaration_files.encode(kind)
                tx.connection.execute(
                    "INSERT OR REPLACE INTO office_kinds VALUES (?, ?)", (kind.name, text)
                )
                tx.note("kind", f"{kind.name} {text}")
            self.office.try_out(kinds)
        self.set_kinds(kinds)

    def try_kinds(self, made: Sequence[Kind]) -> Kinds:
        """The kinds with these as well, if they can be; else ``DeclarationError``. Keeps
        nothing."""
        for kind in made:
            (office_kinds.check if kind.name in self.kinds else office_kinds.check_new)(
                kind, self.kinds.given
            )
        kinds = self.kinds.with_office(made)
        for book in self.books:
            book.try_out(kinds)
        return kinds

    def set_kinds(self, kinds: Kinds) -> None:
        """Take up declarations in every open book."""
        self.kinds = kinds
        for book in self.books:
            book.set_kinds(kinds)
        self.names.forget()

    @property
    def notices(self) -> list[str]:
        """What a person must know before anything else."""
        sentences = [s for book in self.books for s in (book.shortfall, book.read_only) if s]
        return list(dict.fromkeys(sentences + self.set_aside))

    @property
    def archived(self) -> dict[str, str]:
        """Of the archive of a year: which, and when it was made; empty for an office at work."""
        return settings.ARCHIVED.of(self.office)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Hear of every change, once, after it is on disk, in the thread that wrote; returns the
        way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def _announce(self, change: Change) -> None:
        self.last_book = change.book
        if UNIT_KIND in change.kinds:
            self.names.forget()
        for listener in list(self._listeners):
            listener(change)

    def verify(self) -> list[str]:
        """What is wrong of everything that ``db/safety/verify.py`` checks; empty when all is
        well."""
        from db.safety.verify import verify

        return verify(self).problems

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keep writers of every book out for a moment, so that snapshots of the books fit
        together."""
        with contextlib.ExitStack() as stack:
            for book in self.books:
                stack.enter_context(book.write_lock())
            yield

    def close_books(self) -> None:
        """Close the books for work on their files; ``reopen`` follows."""
        for book in self.books:
            book.optimize()
            book.close()

    def reopen(self, books: Mapping[str, Book]) -> None:
        """Go on with books opened anew."""
        self._books = dict(books)
        self.names.forget()
        self._workdays = None
        for book in self._books.values():
            book.subscribe(self._announce)

    def close(self) -> None:
        """Close the books, forget the keys, free the folder."""
        if self._closed:
            return
        self._closed = True
        self.close_books()
        self.who.forget()
        if self._lock_file is not None:
            self._lock_file.release()
