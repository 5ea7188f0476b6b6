"""One encrypted file with its key, open: what keeps the form of its tables, and what is done while
nobody waits. What it is read and written by is in ``book_parts/``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from db.errors import DeclarationError, WorkFailed
from db.model.kinds import Kinds
from db.model.steps import FIELD
from db.store import essentials_copy, fulltext, journal, migrations, schema, spans
from db.store.book_parts.book_writer import BookWriter
from db.store.connect import DatabaseError, explain, tables

#: Records whose words are put into the index by one statement each of its parts.
_INDEXED = 500
#: Records indexed one after the other from which on the parts of the index are joined at the end,
#: and pages of it at a time (some 50 ms). They lie beside those of single saves otherwise, and
#: every 64th save or so has some megabytes of them to write again.
_MANY_INDEXED, _JOINED = schema.LONG, 250
#: All parts are joined, so that it is done where these are a large part of all records alone.
_SHARE = 1 / 8


class Book(BookWriter):
    """One of the two books of an office. ``kinds`` may be exchanged when the office makes a kind of
    its own."""

    def __init__(
        self, path: Path, key: bytes, name: str, kinds: Kinds, *, home: Path | None = None
    ) -> None:
        """``home``: the folder where it will stand, if it is still being made elsewhere."""
        super().__init__(path, key, name, kinds, home)
        #: kind and field of orders that somebody waited for (``query.py``)
        self.orders_wanted: set[tuple[str, str]] = set()
        #: those that long lists can be sorted by, before anybody is; None: not looked for yet
        self._orders_ahead: list[tuple[str, str]] | None = None
        #: records indexed whose parts of the index are not joined yet, and whether that is begun
        self._indexed, self._joining = 0, False
        schema.check_format(self.writer)
        self.read_only = newer = schema.newer_rules(self.writer)
        if not newer:  # its tables still follow the program, so that later ones read it
            self.read_only = schema.archived(self.writer)
        self._follows = not newer
        #: what this machine saw in the book and it no longer holds, in a sentence; "" when all is
        #: there
        self.shortfall = self.marks.missing() if home is None else ""
        self.opened()

    def __repr__(self) -> str:
        return f"Book({self.name!r})"

    # -- form of the file --------------------------------------------------------------------------

    def needs_migration(self) -> bool:
        """Whether the tables differ from what the declarations ask, and may be made to."""
        if not self._follows:
            schema.require_readable(self.writer, self.kinds, self.name)
            return False
        if schema.check_format(self.writer) < migrations.FORMAT:
            return True
        return bool(self.meta("fingerprint") != schema.fingerprint(self.kinds, self.name))

    def migrate_tables(self, before_change: Callable[[], object] | None = None) -> list[str]:
        """Bring system and kind tables to the present form. ``before_change`` makes the backup an
        old file needs first."""
        if not self.needs_migration():
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
                    done = schema.migrate_tables(db, self.kinds, self.name)
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
        while self.read_only and self._index_some(2_000):  # an archive's, which nobody writes later
            pass
        return done

    def _keep_spare(self) -> None:
        """The copy of what the book cannot do without (``essentials_copy.py``), where that has
        changed."""
        with self._exclusive():
            text = essentials_copy.text_of(self.writer)
            if text != self.setting(essentials_copy.KEY):
                self.writer.execute(
                    "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value ="
                    " excluded.value", (essentials_copy.KEY, text),
                )

    def try_out(self, kinds: Kinds) -> None:
        """Make the tables and indexes that these declarations ask for, put a row into each of an
        office's own and take it out, and undo it all. Raises ``DeclarationError`` that names what
        does not work."""
        with self._exclusive():
            self.writer.execute("SAVEPOINT try_out")
            try:
                schema.migrate_tables(tables(self.writer), kinds, self.name)
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
        self.migrate_tables()

    # -- what can wait -----------------------------------------------------------------------------

    def index_waiting(self, most: int = 2_000) -> int:
        """Index up to ``most`` records that came in bulk; returns how many still wait, 1 where what
        many have brought is still to be joined."""
        return 0 if self.read_only else self._index_some(most) or self._join_some()

    def _join_some(self) -> int:
        if not self._joining and not self._brought_many():
            self._indexed = 0
            return 0
        with self._exclusive():
            self._joining = fulltext.join(self.writer, _JOINED, self._joining)
        if not self._joining:
            self._indexed = 0
        return int(self._joining)

    def _brought_many(self) -> bool:
        if self._indexed < _MANY_INDEXED:
            return False
        last = (
            self.connection.execute(f"SELECT max(id) FROM {self.shape(kind.name).table}").fetchone()
            for kind in self.kinds.in_book(self.name)
        )
        return self._indexed >= _SHARE * sum(number or 0 for (number,) in last)

    def _index_some(self, most: int) -> int:
        rows = self.connection.execute(
            "SELECT kind, rec FROM search_waiting LIMIT ?", (most,)
        ).fetchall()
        if rows:
            with self._exclusive():
                for start in range(0, len(rows), _INDEXED):
                    self._index(rows[start : start + _INDEXED])
            self._indexed += len(rows)
        return int(self.connection.execute("SELECT count(*) FROM search_waiting").fetchone()[0])

    def _index(self, rows: list[tuple[str, int]]) -> None:
        for kind in {kind for kind, _ in rows if kind in self.kinds}:
            records = self.records(kind, [rec for each, rec in rows if each == kind])
            fulltext.index(self.writer, self.kinds.get(kind), records)
        done = "DELETE FROM search_waiting WHERE kind = ? AND rec = ?"
        self.writer.executemany(done, rows)

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
