"""One encrypted file with its key: connections, transactions, records in and out.

One connection writes, behind a lock; each thread reads through one of its own, so that under WAL
nobody waits for an import. That another program has the file open is ruled out by the folder's lock
(``db/store/lock.py``), not by SQLite's exclusive mode, which would shut out the readers of this
very process.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from db.errors import Damaged, DeclarationError, WorkFailed
from db.merge.versions import RowVersions
from db.model.kinds import Kinds
from db.model.records import OWN, Record, RowShape
from db.model.sql import quoted
from db.model.steps import FIELD
from db.store import (
    connect,
    fulltext,
    journal,
    migrations,
    online_copy,
    schema,
    spans,
    spare,
    standing,
    tamper_seals,
)
from db.store.connect import DatabaseError, explain, tables
from db.store.journal import Change
from db.store.offices import Offices, new_site
from db.store.rollback_detection import Marks
from db.store.signing import Signer
from db.store.spans import SpanShape
from db.store.transaction import Transaction, now

#: So many rows are read at once, of the first and from then on.
_FIRST, _TOGETHER = 16, 500
#: So much of an index is sorted at a time that gives way to others.
_SORTED_KB = -2_048
Reader = TypeVar("Reader")


class _Reader:
    """A thread's connection. It goes with the thread, once no cursor of it is left."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class Book:
    """One of the two books of an office. ``kinds`` may be exchanged when the office makes a kind of
    its own."""

    def __init__(
        self, path: Path, key: bytes, name: str, kinds: Kinds, *, home: Path | None = None
    ) -> None:
        """``home``: the folder where it will stand, if it is still being made elsewhere."""
        self.path, self.name, self.kinds = path, name, kinds
        self._key = key
        self._lock = threading.RLock()
        #: whether what is written now gives way to others, and did
        self._way, self._gives_way, self._yielded = threading.Lock(), False, False
        self._owner: int | None = None
        self._depth = 0
        self._transaction: Transaction | None = None
        self._local = threading.local()
        self._readers: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._shapes: dict[str, RowShape] = {}
        self._span_shapes: dict[str, SpanShape | None] = {}
        self._site: str | None = None
        self._site_numbers: dict[str, int] = {}
        self._site_names: dict[int, str] = {}
        self._audit_key: bytes | None = None
        self._keyed: journal.Keyed | None = None
        self._listeners: list[Callable[[Change], None]] = []
        self._closed = False
        self.offices = Offices(self)
        self.lifecycles_noted = False
        #: kind and field of orders that somebody waited for (``query.py``)
        self.orders_wanted: set[tuple[str, str]] = set()
        #: those that long lists can be sorted by, before anybody is; None: not looked for yet
        self._orders_ahead: list[tuple[str, str]] | None = None
        #: who can sign here, by login name: whoever is logged in
        self.signers: dict[str, Signer] = {}
        with contextlib.suppress(WorkFailed):  # without room it is read from the log as before
            online_copy.play_back(path, key)
        self.writer = connect.connect_raw(path, key)
        self.opening()
        schema.check_format(self.writer)
        #: why nothing may be written, in a sentence; "" where it may
        self.read_only = newer = schema.newer_rules(self.writer)
        if not newer:  # its tables still follow the program, so that later ones read it
            self.read_only = schema.archived(self.writer)
        self._follows = not newer
        self._following = False
        self.marks = Marks(self, self._set_meta, home)
        #: what this machine saw in the book and it no longer holds, in a sentence; "" when all is
        #: there
        self.shortfall = self.marks.missing() if home is None else ""
        self.opened()

    def __repr__(self) -> str:
        return f"Book({self.name!r})"

    # -- form of the file --------------------------------------------------------------------------

    def needs_follow(self) -> bool:
        """Whether the tables differ from what the declarations ask, and may be made to."""
        if not self._follows:
            schema.require_readable(self.writer, self.kinds, self.name)
            return False
        if schema.check_format(self.writer) < migrations.FORMAT:
            return True
        return bool(self.meta("fingerprint") != schema.fingerprint(self.kinds, self.name))

    def opening(self) -> None:
        """Until it is ``opened`` nobody else has it, and this thread reads as it writes: each
        connection costs 3 ms to make."""
        self._owner = threading.get_ident()

    def opened(self) -> None:
        """From now on each thread reads through a connection of its own."""
        with self._lock:
            if not self._depth:
                self._owner = None

    def is_new(self) -> bool:
        """Whether the file holds nothing yet."""
        return bool(self.writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0)

    def follow(self, before_change: Callable[[], object] | None = None) -> list[str]:
        """Bring system and kind tables to the present form. ``before_change`` makes the backup an
        old file needs first."""
        if not self.needs_follow():
            return []
        if before_change is not None and not self.is_new():
            before_change()
        self._following = True
        try:
            return self._follow()
        finally:
            self._following = False

    def _follow(self) -> list[str]:
        with self._lock:
            db = tables(self.writer)
            try:
                migrations.apply(db)
                self.writer.execute("BEGIN IMMEDIATE")
                try:
                    done = schema.follow(db, self.kinds, self.name)
                    fulltext.tune(self.writer)
                    self._set_meta(schema.RULES_KEY, str(schema.RULES))
                    if self.meta("audit_key") is None:
                        self._set_meta("audit_key", os.urandom(32).hex())
                    self.writer.execute("COMMIT")
                except BaseException:
                    self.writer.execute("ROLLBACK")
                    raise
            except DatabaseError as error:
                raise explain(error, self.path.name) from error
        self._shapes.clear()
        self._span_shapes.clear()
        self.offices.forget()
        self._tell_steps()
        with self._exclusive():
            self._set_meta("fingerprint", schema.fingerprint(self.kinds, self.name))
        self._keep_spare()
        return done

    def _keep_spare(self) -> None:
        """The copy of what the book cannot do without (``spare.py``), where that has changed."""
        with self._exclusive():
            text = spare.text_of(self.writer)
            if text != self.setting(spare.KEY):
                self.writer.execute(
                    "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
                    " excluded.value", (spare.KEY, text),
                )

    def try_out(self, kinds: Kinds) -> None:
        """Make the tables and indexes that these declarations ask for, put a row into each of an
        office's own and take it out, and undo it all. Raises ``DeclarationError`` that names what
        does not work."""
        with self._exclusive():
            self.writer.execute("SAVEPOINT try_out")
            try:
                schema.follow(tables(self.writer), kinds, self.name)
                for kind in kinds.in_book(self.name):
                    if kind.source == "office":
                        schema.try_row(self.writer, kind)
            except DatabaseError as error:
                raise DeclarationError(f"台账的表建不起来：{error}。") from error
            finally:
                self.writer.execute("ROLLBACK TO try_out")
                self.writer.execute("RELEASE try_out")

    def _tell_steps(self) -> None:
        """A book from before there were steps gets those that its records must have taken; and what
        each was on which days is made anew where its declarations have changed."""
        declared = spans.declared(self.kinds, self.name)
        if self.meta(spans.BUILT) == declared:
            return
        if self.meta(spans.BUILT) is None and next(spans.untold(self), None) is not None:
            with self.atomic("", "upgrade", "补记办理步骤") as current:
                for record, steps in spans.untold(self):
                    current.update(record, {FIELD: steps}, action=journal.STEPS, index=False)
        with self._exclusive():
            spans.rebuild(self)
            self._set_meta(spans.BUILT, declared)

    def set_kinds(self, kinds: Kinds) -> None:
        """Take up changed declarations and make the tables follow."""
        self.kinds = kinds
        self._shapes.clear()
        self._span_shapes.clear()
        self.lifecycles_noted = False
        self.follow()

    def shape(self, kind: str) -> RowShape:
        """How records of a kind are read and written."""
        found = self._shapes.get(kind)
        if found is None:
            found = self._shapes[kind] = RowShape(self.kinds.get(kind))
        return found

    def span_shape(self, kind: str) -> SpanShape | None:
        """How what a record of a kind was on which days follows from its steps; None where it takes
        none."""
        if kind not in self._span_shapes:
            self._span_shapes[kind] = spans.shape_of(self.kinds, self.kinds.get(kind))
        return self._span_shapes[kind]

    # -- meta and settings -------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A fact about the book (office id, name, level …)."""
        try:
            row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        except connect.OperationalError:  # the table is not made yet
            return None
        return row[0] if row else None

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
            tamper_seals.keep(
                self, {f"{tamper_seals.FACT}{key}": value for key, value in facts.items()}
            )
            self.settles(*facts)
            self.offices.forget()

    def setting(self, key: str) -> str | None:
        """An office-wide setting kept in the book (JSON text)."""
        row = self.connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def settings_under(self, prefix: str) -> dict[str, str]:
        """The settings whose keys begin so."""
        rows = self.connection.execute(
            "SELECT key, value FROM settings WHERE substr(key, 1, ?) = ?", (len(prefix), prefix)
        )
        return dict(rows.fetchall())

    def set_setting(self, key: str, value: str) -> None:
        """Keep an office-wide setting."""
        with self._exclusive():
            self.writer.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
                " excluded.value",
                (key, value),
            )
            tamper_seals.keep(self, {key: value})
            self.settles(key)

    def settles(self, *names: str) -> None:
        """The running change settles these things, which its log notes, where they are noted."""
        noted = {n for n in names if n in standing.NOTED or n.startswith(standing.ELSE)}
        if self.transaction_here is not None:
            self.transaction_here.settled |= noted

    @property
    def audit_key(self) -> bytes:
        """The key of the audit chain (32 bytes), which lives inside this file alone."""
        if self._audit_key is None:
            self._audit_key = bytes.fromhex(self.meta("audit_key") or "")
        return self._audit_key

    @property
    def keyed(self) -> journal.Keyed:
        """The chain's function under that key."""
        if self._keyed is None:
            self._keyed = journal.Keyed(self.audit_key)
        return self._keyed

    @property
    def audit_head(self) -> str:
        """The audit chain's head (16 hex digits), printed on exports and bulletins."""
        return journal.head(self.connection).hex()[:16]

    def last_change(self) -> tuple[int, str]:
        """The newest change, and the head of the chain in full, in hex."""
        (change,) = self.connection.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()
        return int(change), journal.head(self.connection).hex()

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

    @property
    def reached(self) -> tuple[str, int]:
        """The site this book writes as, and the last counter it used there; ("", 0) before the very
        first write."""
        return self.meta("site") or "", int(self.meta("counter") or 0)

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
        self._set_meta("counter", "0")
        self._set_meta("site", self._site)
        self._set_meta("folder_mark", self.marks.place)
        self.offices.assign(self._site, OWN)

    def next_counter(self) -> int:
        """This site's next counter; one for each change."""
        counter = int(self.meta("counter") or 0) + 1
        self._set_meta("counter", str(counter))
        return counter

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

    def site_name(self, number: int) -> str:
        """The site behind a small integer."""
        name = self._site_names.get(number)
        if name is None:
            found = self.connection.execute("SELECT name FROM sites WHERE id = ?", (number,))
            row = found.fetchone()
            if row is None:
                raise Damaged(f"版本记录指向不存在的站点 {number}，请运行“校验台账”。")
            name = self._site_names[number] = row[0]
        return name

    def versions_of(self, record: Record) -> RowVersions:
        """The version vectors of a record."""
        return RowVersions.decode(record.versions, self.site_name)

    # -- transactions ------------------------------------------------------------------------------

    @property
    def transaction_here(self) -> Transaction | None:
        """The transaction that this thread is writing, if any."""
        return self._transaction if self._owner == threading.get_ident() else None

    @property
    def connection(self) -> Any:
        """The connection to read through here and now: the writer's inside its own transaction,
        else this thread's."""
        if self._closed:
            raise WorkFailed("台账已经关闭，请重新登录。")
        if self._owner == threading.get_ident():
            return self.writer
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = _Reader(connect.connect_raw(self.path, self._key))
            reader.connection.execute("PRAGMA query_only = ON")
            self._local.reader = reader
            with self._lock:
                self._readers.add(reader)
        return reader.connection

    def require_writable(self) -> None:
        """``WorkFailed`` for a book that may only be read."""
        if self.read_only and not self._following:
            raise WorkFailed(self.read_only)

    @contextlib.contextmanager
    def _exclusive(self, by_the_way: bool = False) -> Iterator[None]:
        """A write that is no record's: inside the current transaction, else one of its own."""
        if not by_the_way:
            self.ask_for_way()
        with self._lock:
            if self._depth:
                yield
                return
            self.require_writable()
            self._owner = threading.get_ident()
            try:
                self.writer.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self.writer.execute("COMMIT")
                except BaseException:
                    self._rollback()
                    raise
            except DatabaseError as error:
                raise explain(error, self.path.name) from error
            finally:
                self._owner = None

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
            change = current.change
        if change is not None:
            for listener in list(self._listeners):
                listener(change)

    @contextlib.contextmanager
    def _run(
        self, by: str, source: str, label: str, import_id: str | None, undoes: int | None
    ) -> Iterator[Transaction]:
        first = self._site is None
        self.require_writable()
        self._owner, self._depth = threading.get_ident(), 1
        try:
            self.writer.execute("BEGIN IMMEDIATE")
            try:
                current = Transaction(self, by, source, label, import_id)
                current.undoes = undoes
                if first:
                    self._take_site()
                    if self.meta(schema.RULES_KEY) != str(schema.RULES):
                        self._set_meta(schema.RULES_KEY, str(schema.RULES))
                        current.settled.add(standing.MARK)
                self._transaction = current
                if first and self.shortfall:
                    current.note("shortfall", self.shortfall)
                yield current
                current.finish()
                self.writer.execute("COMMIT")
            except BaseException:
                self._rollback()
                if first:
                    self._site = None
                raise
            self.marks.keep()
        except DatabaseError as error:
            raise explain(error, self.path.name) from error
        except OSError as error:
            raise WorkFailed(
                f"台账文件夹写入出错：{error.strerror or error}。请检查磁盘后重试。"
            ) from error
        finally:
            self._transaction, self._owner, self._depth = None, None, 0

    def _rollback(self) -> None:
        self.lifecycles_noted = False
        # A full disk may have rolled back by itself; site numbers made in the transaction are gone
        # either way.
        with contextlib.suppress(DatabaseError):
            if self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
        self._site_numbers.clear()
        self._site_names.clear()
        for signer in self.signers.values():
            signer.forget()
        self.offices.forget()

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Hear of every change after it is on disk, in the thread that wrote; returns the way to
        stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # -- reading -----------------------------------------------------------------------------------

    def get(self, kind: str, uid: str) -> Record | None:
        """The record of that uid, deleted or not."""
        shape = self.shape(kind)
        row = self.connection.execute(f"{shape.select} WHERE uid = ?", (uid,)).fetchone()
        return shape.record(row) if row else None

    def records(
        self, kind: str, ids: Sequence[int] | array[int], passed_on: bool = False
    ) -> list[Record]:
        """The records of these rows, in this order; rows that are gone are left out."""
        shape = self.shape(kind)
        found: dict[int, Record] = {}
        for start in range(0, len(ids), 500):
            part = list(ids[start : start + 500])
            marks = ",".join("?" * len(part))
            for row in self.connection.execute(f"{shape.select} WHERE id IN ({marks})", part):
                found[row[0]] = shape.record(row, passed_on)
        return [found[i] for i in ids if i in found]

    def each(self, kind: str, where: str = "1",
    parameters: Sequence[object] = ()) -> Iterator[Record]:
        """Records of a kind, one by one, in the order of their rows. ``where`` is SQL of the
        program's own."""
        shape = self.shape(kind)
        found = self.connection.execute(f"{shape.select} WHERE {where} ORDER BY id", parameters)
        many = _FIRST  # many who ask stop at the first
        while rows := found.fetchmany(many):
            yield from shape.records(rows)
            many = _TOGETHER

    def blob(self, sha256: str) -> bytes:
        """The bytes of an attachment; raises ``Damaged`` when they are not what they were."""
        found = self.connection.execute("SELECT data FROM blobs WHERE sha256 = ?", (sha256,))
        row = found.fetchone()
        if row is None:
            raise Damaged("附件的内容不在台账中，请向发来工作簿的单位另要一份。")
        data = bytes(row[0])
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged("附件的内容已损坏，请从备份恢复。")
        return data

    def index_waiting(self, most: int = 2_000) -> int:
        """Index up to ``most`` records that came in bulk; returns how many still wait."""
        if self.read_only:
            return 0
        rows = self.connection.execute(
            "SELECT kind, rec FROM search_waiting LIMIT ?", (most,)
        ).fetchall()
        if rows:
            with self._exclusive():
                for kind, rec in rows:
                    if kind in self.kinds:
                        for record in self.records(kind, [rec]):
                            fulltext.index(self.writer, self.kinds.get(kind), record)
                    self.writer.execute(
                        "DELETE FROM search_waiting WHERE kind = ? AND rec = ?", (kind, rec)
                    )
        return int(self.connection.execute("SELECT count(*) FROM search_waiting").fetchone()[0])

    def make_order(self) -> int:
        """Make an index of an order that somebody waited for, or that long lists can be sorted by;
        returns how many that were. Breaks off where something else is to be written, and takes it
        up the next time."""
        if self.read_only:
            return 0
        if self._orders_ahead is None:
            found = schema.orders_missing(self.connection, self.kinds, self.name)
            self._orders_ahead = [*found]
        if not self.orders_wanted:
            if not self._orders_ahead:
                return 0
            self.orders_wanted.add(self._orders_ahead.pop(0))
        kind, field = wanted = self.orders_wanted.pop()
        try:
            with self._giving_way():
                schema.make_order(self.writer, self.kinds, kind, field)
        except WorkFailed:
            if self._yielded:
                self.orders_wanted.add(wanted)
                return 0
            raise
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._keep_spare()
        return 1

    @contextlib.contextmanager
    def _giving_way(self) -> Iterator[None]:
        """A transaction that takes long and can wait: whoever else wants to write has it broken
        off. It sorts little at a time, since in between it can be, and what it wrote is copied
        into the file once others may write."""
        with self._lock:
            (cache,) = self.writer.execute("PRAGMA cache_size").fetchone()
            self.writer.execute(f"PRAGMA cache_size = {_SORTED_KB}")
            self.writer.execute("PRAGMA wal_autocheckpoint = 0")
            try:
                with self._exclusive(by_the_way=True):
                    try:
                        with self._way:
                            self._gives_way, self._yielded = True, False
                        yield
                    finally:
                        with self._way:
                            self._gives_way = False
            finally:
                self.writer.execute("PRAGMA wal_autocheckpoint = 1000")
                self.writer.execute(f"PRAGMA cache_size = {cache}")

    def ask_for_way(self) -> None:
        """Have what can wait broken off."""
        with self._way:
            if self._gives_way:
                self._yielded = True
                self.writer.interrupt()

    def characters(self) -> set[str]:
        """The ideographs that its searchable texts are written with."""
        reader = self.connection
        reader.execute("PRAGMA query_only = OFF")  # for a view of the index that keeps nothing
        try:
            reader.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.written"
                " USING fts5vocab('main', 'search', 'row')"
            )
        finally:
            reader.execute("PRAGMA query_only = ON")
        found = reader.execute(
            "SELECT term FROM temp.written WHERE term >= ? AND length(term) = 1", ("\u3400",)
        )
        return {term for (term,) in found}

    # -- checking ----------------------------------------------------------------------------------

    def read_by(self, reader: Callable[[Path, bytes], Reader]) -> Reader:
        """Whoever reads the file for itself, given its key."""
        return reader(self.path, self._key)

    def count(self, kind: str) -> int:
        """How many records of a kind are not deleted."""
        sql = f"SELECT count(*) FROM {quoted(kind)} WHERE deleted = 0"
        return int(self.connection.execute(sql).fetchone()[0])

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other threads' writes out."""
        with self._lock:
            yield

    def optimize(self) -> None:
        """Keep the planner's statistics fresh; called when the book is closed."""
        if self.read_only or self._closed:
            return
        with self._lock, contextlib.suppress(DatabaseError, WorkFailed):
            self.writer.execute("PRAGMA analysis_limit = 1000")
            schema.tell_length_of_log(self.writer)
            self.writer.execute("PRAGMA optimize")
            if self.writer.execute("PRAGMA user_version").fetchone()[0] == migrations.FORMAT:
                fulltext.tune(self.writer)
                self._keep_spare()

    def close(self) -> None:
        """Close every connection and forget the key."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for reader in self._readers:
                reader.connection.close()
            self.writer.close()
            self.marks.close()
            self._key = b""


__all__ = ["Book", "Change", "Record", "Transaction", "now"]
