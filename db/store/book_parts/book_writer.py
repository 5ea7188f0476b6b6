"""What is written into an open book: transactions of records, facts and settings, and the site that
it all is written as.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from db.errors import WorkFailed
from db.model.kinds import Kinds
from db.model.records import OWN
from db.store import schema, signed_settings, tamper_seals
from db.store.book_parts.book_reader import BookReader
from db.store.journal import Change
from db.store.offices import Offices, new_site
from db.store.rollback_detection import Marks
from db.store.signing import Signer
from db.store.transaction import Transaction


class BookWriter(BookReader):
    """A book as its transactions, its journal, its seals and its register see it."""

    #: what this machine saw in the book and it no longer holds, in a sentence
    shortfall: str

    def __init__(self, path: Path, key: bytes, name: str, kinds: Kinds, home: Path | None) -> None:
        super().__init__(path, key, name, kinds)
        self._site: str | None = None
        self._site_numbers: dict[str, int] = {}
        #: the counter as it was put down last; None: as the file has it
        self._counter: int | None = None
        self._listeners: list[Callable[[Change], None]] = []
        self.offices = Offices(self)
        self.lifecycles_noted = False
        #: who can sign here, by login name: whoever is logged in
        self.signers: dict[str, Signer] = {}
        self.marks = Marks(self, self._set_meta, home)

    def _set_meta(self, key: str, value: str) -> None:
        self.writer.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def set_meta(self, **facts: str) -> None:
        """Write facts about the book, in the current transaction or one of their own."""
        with self._exclusive():
            for key, value in facts.items():
                self._set_meta(key, value)
            tamper_seals.seal_written(
                self, {f"{tamper_seals.FACT}{key}": value for key, value in facts.items()}
            )
            self.notes_setting(*facts)
            self.offices.forget()

    def set_setting(self, key: str, value: str) -> None:
        """Keep an office-wide setting."""
        with self._exclusive():
            self.writer.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
                " excluded.value",
                (key, value),
            )
            tamper_seals.seal_written(self, {key: value})
            self.notes_setting(key)

    def notes_setting(self, *names: str) -> None:
        """The running change settles these things, which its log notes, where they are noted."""
        noted = {
            n for n in names if n in signed_settings.NOTED or n.startswith(signed_settings.ELSE)
        }
        if self.transaction_here is not None:
            self.transaction_here.settled |= noted

    # -- sites -------------------------------------------------------------------------------------

    def _take_site(self) -> None:
        """Before the first write: the site this book writes as; a new one after a restore, a copy
        or a swap of the file."""
        site = self.meta("site")
        if self.marks.needs_site() or site is None:
            self._begin_site()
        else:
            self._site = site
            self.offices.assign(site, OWN)
        self.marks.begin()

    @property
    def site(self) -> str:
        """The site id of this installation; known after the first write of this opening."""
        if self._site is None:
            raise WorkFailed("台账还没有准备好写入，请重试。")
        return self._site

    def renew_site(self, by: str) -> None:
        """Go on as a new site: somebody holds writes under the present one that this book knows
        nothing of. ``by``: who brought them, and signs for it."""
        with self.atomic(by, "site"):
            before = self._site
            try:
                self._begin_site()
            except BaseException:
                self._site = before
                raise

    def _begin_site(self) -> None:
        self._site = new_site(self.audit_key)
        self._counter = None
        self._set_meta("counter", "0")
        self._set_meta("site", self._site)
        self._set_meta("folder_mark", self.marks.place)
        self.offices.assign(self._site, OWN)

    def next_counter(self, many: int = 1) -> int:
        """This site's next counter, the first of so many; one for each change."""
        last = int(self.meta("counter") or 0)
        self._counter = last + many
        self._set_meta("counter", str(self._counter))
        return last + 1

    def site_number(self, name: str) -> int:
        """The small integer that stands for a site in this book; made when new."""
        number = self._site_numbers.get(name)
        if number is None:
            row = self.connection.execute("SELECT id FROM sites WHERE name = ?", (name,)).fetchone()
            number = (
                row[0]
                if row
                else int(
                    self.writer.execute("INSERT INTO sites (name) VALUES (?)", (name,)).lastrowid
                )
            )
            self._site_numbers[name] = number
            self._site_names[number] = name
        return number

    # -- transactions ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def atomic(
        self,
        by: str,
        source: str = "form",
        label: str = "",
        *,
        import_id: str | None = None,
        undoes: int | None = None,
    ) -> Iterator[Transaction]:
        """All or nothing. Nests: an inner block joins the outer one. Listeners hear of it once,
        after the commit."""
        self.ask_for_way()
        with self._lock:
            if self._depth:
                assert self._transaction is not None
                self._depth += 1
                try:
                    yield self._transaction
                finally:
                    self._depth -= 1
                return
            transaction = self._run(by, source, label, import_id, undoes)
            with transaction as current:
                yield current
            if current.change is None:
                return
            if self._series is not None:
                self._series.append(current.change)
                return
        self._tell(current.change)

    @contextlib.contextmanager
    def _run(
        self, by: str, source: str, label: str, import_id: str | None, undoes: int | None
    ) -> Iterator[Transaction]:
        first = self._site is None
        self.require_writable()
        self._depth = 1
        try:
            with self._owned(), self._disk_told():
                with self._all_or_nothing():
                    current = Transaction(self, by, source, label, import_id)
                    current.undoes = undoes
                    if first:
                        self._take_site()
                        if self.meta(schema.RULES_KEY) != str(schema.RULES):
                            self._set_meta(schema.RULES_KEY, str(schema.RULES))
                            current.settled.add(signed_settings.MARK)
                    self._transaction = current
                    if first and self.shortfall:
                        current.note("shortfall", self.shortfall)
                    yield current
                    current.finish()
                if self._series is None:
                    self.marks.keep(self._counter)
        except BaseException:
            if first:
                self._site = None
            raise
        finally:
            self._transaction, self._depth = None, 0

    @contextlib.contextmanager
    def _disk_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WorkFailed(
                f"台账文件夹写入出错：{error.strerror or error}。请检查磁盘后重试。"
            ) from error

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """The changes made inside go to the disk at once, when all are made. Each is all or nothing
        by itself; listeners hear of them once they are there.

        A commit costs as many pages as it touches, and of workbooks that came in together many
        touch the same: ten commits for ten counties write each of them ten times."""
        self.ask_for_way()
        with self._lock:
            if self._depth or self._series is not None:
                yield
                return
            self.require_writable()
            site, made = self._site, list[Change]()
            try:
                with self._owned(), self._disk_told():
                    with self._all_or_nothing():
                        self._series = made
                        try:
                            yield
                            self._require_series()
                        finally:
                            self._series = None
                    self.marks.keep(self._counter)
            except BaseException:
                self._site = site
                raise
        for change in made:
            self._tell(change)

    def _tell(self, change: Change) -> None:
        for listener in list(self._listeners):
            listener(change)

    def _rollback(self) -> None:
        super()._rollback()
        self.lifecycles_noted, self._counter = False, None
        self._site_numbers.clear()  # those made in the transaction are gone
        self._site_names.clear()
        for signer in self.signers.values():
            signer.forget()
        self.offices.forget()

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Hear of every change after it is on disk, in the thread that wrote; returns the way to
        stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def close(self) -> None:
        """Close every connection and forget the key."""
        super().close()
        self.marks.close()
