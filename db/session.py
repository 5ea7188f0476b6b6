"""A person logged in over an office's folder: what pages, workbooks, bulletins and the command line
are given.

Every change goes through here: rights, validation and rules are checked, then the book keeps,
versions, journals and announces it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from db import global_search, undo
from db.access import immutability, roles
from db.access.ownership_checks import check as check_owner
from db.access.ownership_checks import check_child
from db.errors import BadInput, NotPermitted
from db.global_search import Hit
from db.keys.users import Unlocked, UserInfo
from db.model import computed_fields, declarations, lights
from db.model.declarations import Kind, Lifecycle
from db.model.fieldtypes import TYPES, Attachment, of, shown
from db.model.kinds import Kinds
from db.model.query import Query
from db.model.records import Record
from db.model.rules import elsewhere_of
from db.model.workdays import EnteredDay, Workdays, parse_days
from db.rules import lifecycle, rollups, validate
from db.store import journal, query
from db.store.book import Book
from db.store.journal import Change, HistoryLine
from db.store.transaction import Transaction
from db.units import unit_assignment
from db.units.names import UNIT_KIND, BookNames

if TYPE_CHECKING:
    from db.keys.keyfile import KeyFile
    from db.store.lock import FolderLock

#: Largest attachment taken in, in bytes; said in the message that refuses a larger one.
ATTACHMENT_LIMIT = 20 * 1024 * 1024


class Scope:
    """An ``atomic`` block over the books: ``changes`` holds what was committed, once it is."""

    def __init__(
        self, stack: contextlib.ExitStack, source: str, label: str, import_id: str | None
    ) -> None:
        self.stack, self.source, self.label, self.import_id = stack, source, label, import_id
        self.transactions: dict[str, Transaction] = {}

    @property
    def changes(self) -> list[Change]:
        """The changes of the books that were written to."""
        return [t.change for t in self.transactions.values() if t.change is not None]

    @property
    def change(self) -> Change | None:
        """The only or first of them."""
        return next(iter(self.changes), None)


class Session:
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
        self.folder = folder
        self.who = who
        self.key_file = key_file
        self.kinds = kinds
        self._builtin = kinds
        self._books = dict(books)
        self._lock_file = lock
        self._local = threading.local()
        self._listeners: list[Callable[[Change], None]] = []
        self._workdays: Workdays | None = None
        #: The book written to last: times are to the second, so of two changes in the same one this
        #: has the later.
        self.last_book = ""
        self._closed = False
        #: For tests and pictures: a fixed day instead of the clock's.
        self.fixed_today: dt.date | None = None
        self.names = BookNames(self)
        for book in self._books.values():
            book.subscribe(self._announce)

    # -- who and where -----------------------------------------------------------------------------

    @property
    def user(self) -> UserInfo:
        """The person logged in, with the role as it is authenticated in the key file."""
        return UserInfo(self.who.user, self.who.display, self.who.role, self.who.unit, tuple(self._books))  # type: ignore[arg-type]

    @property
    def role(self) -> str:
        """One of ``users.ROLES``."""
        return self.who.role

    @property
    def office(self) -> Book:
        """The book that everybody of the office opens."""
        return self._books["office"]

    @property
    def books(self) -> list[Book]:
        """The books this person has keys of."""
        return list(self._books.values())

    @property
    def office_name(self) -> str:
        """What the office is called, as it stands on bulletins and workbooks."""
        return self.office.meta("office_name") or ""

    @property
    def level(self) -> str:
        """"city" or "county"."""
        return self.office.meta("level") or "city"

    @property
    def office_id(self) -> str:
        """What tells this office from every other, its copies included."""
        return self.office.meta("office_id") or ""

    @property
    def own_unit(self) -> str | None:
        """The unit this office itself is, if it was told (settings); its workbooks are "from" this
        unit."""
        return self.office.meta("own_unit") or None

    @property
    def today(self) -> dt.date:
        """The day that deadlines and lights are told by."""
        return self.fixed_today or dt.date.today()

    @property
    def workdays(self) -> Workdays:
        """The official calendar and the days the office entered itself."""
        if self._workdays is None:
            text = self.office.setting("workdays")
            self._workdays = Workdays(parse_days(text) if text else ())
        return self._workdays

    def set_workdays(self, text: str) -> tuple[EnteredDay, ...]:
        """Take in days as the office wrote them down; raises ``BadInput`` naming the line."""
        roles.check(self.role, "settings")
        days = parse_days(text)
        with self.office.atomic(self.who.user, "settings", "修改工作日历") as tx:
            tx.note("settings", f"工作日历：另行填写 {len(days)} 天")
            self.office.set_setting("workdays", text)
        self._workdays = None
        return days

    def opens(self, kind: str) -> bool:
        """Whether this person's keys open the book of a kind."""
        return kind in self.kinds and self.kinds.get(kind).book in self._books

    def book_of(self, kind: str) -> Book:
        """The book of a kind; ``NotPermitted`` for a person without its key."""
        declared = self.kinds.get(kind)
        book = self._books.get(declared.book)
        if book is None:
            raise NotPermitted(
                f"您没有干部人事台账的密钥，不能查看或修改「{declared.label}」。请联系组织人事员。"
            )
        return book

    def visible_kinds(self) -> list[Kind]:
        """The kinds this person can open."""
        return [k for k in self.kinds if k.book in self._books]

    def may_write(self, kind: str) -> bool:
        """Whether this person may add and change records of a kind."""
        return self.opens(kind) and roles.may_write(self.role, self.kinds.get(kind))

    def may(self, act: str) -> bool:
        """Whether this person may do one of ``access.ACTS``."""
        return roles.may(self.role, act)

    def require(self, act: str) -> None:
        """``NotPermitted`` unless this person may."""
        roles.check(self.role, act)

    # -- reading -----------------------------------------------------------------------------------

    def get(self, kind: str, uid: str) -> Record | None:
        """The record, one in the recycle bin too; None when there is none."""
        return self.book_of(kind).get(kind, uid)

    def must_get(self, kind: str, uid: str) -> Record:
        """The record, or a ``BadInput`` that says it is not there."""
        record = self.get(kind, uid)
        if record is None:
            raise BadInput(f"「{self.kinds.get(kind).label}」中没有编号为 {uid} 的记录。", uid=uid)
        return record

    def records(self, kind: str, ids: Sequence[int] | array[int]) -> list[Record]:
        """The records of these row ids, in their order; ids that are gone are left out."""
        return self.book_of(kind).records(kind, ids)

    def ids(self, asked: Query) -> array[int]:
        """Row ids of what a query asks for, in its order."""
        return query.ids(self.book_of(asked.kind), asked, self)

    def count(self, asked: Query) -> int:
        """How many records a query asks for."""
        return query.count(self.book_of(asked.kind), asked, self)

    def find(self, asked: Query) -> list[Record]:
        """The records a query asks for, in its order."""
        return self.records(asked.kind, self.ids(asked))

    def units_named(self, text: str) -> list[str]:
        """Uids of units whose name, short name or pinyin holds the text."""
        return self.names.units_named(text)

    def unit_order(self) -> dict[str, int]:
        """The place of each unit in lists, by uid; deleted ones come last."""
        return {uid: unit.order for uid, unit in self.names.every_unit().items()}

    def taken_over(self, unit: str) -> tuple[str, ...]:
        """The units whose unfinished work is this one's today: those that became it, and itself."""
        return self.names.succession.held_on(unit, self.today)

    def unit_name(self, uid: str) -> str:
        """What a unit is called; a fragment that says so for one that is not here."""
        return self.names.unit_name(uid)

    def children(self, uid: str, kind: str | None = None, *, of: str | None = None) -> list[Record]:
        """Live child records of a record, oldest first; of one kind or of all that may hang under
        kind ``of``."""
        kinds = (
            [kind]
            if kind
            else [
                k.name for k in (self.kinds.children_of(of) if of else self.kinds) if of or k.parent
            ]
        )
        found: list[Record] = []
        for name in kinds:
            if self.opens(name):
                found += self.book_of(name).each(name, "parent = ? AND deleted = 0", (uid,))
        return found

    def title_of(self, record: Record) -> str:
        """What a record is called."""
        field = self.kinds.get(record.kind).field(self.kinds.get(record.kind).title)
        return (
            TYPES[field.type].format(record.values.get(field.name), field, self.names)
            or "（未命名）"
        )

    def title(self, kind: str, uid: str) -> str:
        """What a record is called, by its uid; a fragment that says so where it may not be read or
        is gone."""
        return self.names.title(kind, uid)

    def text(self, record: Record, field: str) -> str:
        """One value as people read it, an identity number masked; also ``state`` and ``light``."""
        kind = self.kinds.get(record.kind)
        if field == "state":
            cycle = self.kinds.lifecycle_of(kind)
            return cycle.state(record.state).label if cycle and record.state else ""
        if field == "light":
            return self.light_label(record)
        declared = kind.field(field)
        return shown(declared, record.values.get(field), self.names.by_writer(record, declared))

    def lifecycle_of(self, record: Record) -> Lifecycle | None:
        """The lifecycle a record goes through; None for a kind without one."""
        return self.kinds.lifecycle_of(record.kind)

    def light(self, record: Record) -> str | None:
        """The record's light today (a tone), None for a kind without lights."""
        kind = self.kinds.get(record.kind)
        return lights.of(record, kind, self.kinds.lifecycle_of(kind), self.today, self.workdays)

    def light_label(self, record: Record) -> str:
        """The light in words, as the ledger declares it."""
        tone = self.light(record)
        return lights.label(self.kinds.get(record.kind), tone) if tone else ""

    def history(self, kind: str, uid: str) -> list[HistoryLine]:
        """What happened to a record, oldest first, field by field; an addition is one line per
        filled field."""
        return journal.history(self.book_of(kind).connection, kind, uid)

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Search over everything this person can open: words, two characters, pinyin, names of
        units; the newest of each kind."""
        return global_search.everywhere(self, text, limit)

    # -- writing -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def atomic(
        self, source: str = "form", label: str = "", *, import_id: str | None = None
    ) -> Iterator[Scope]:
        """All or nothing, over every record written inside; nests. A change over both books is one
        in each of them."""
        current: Scope | None = getattr(self._local, "scope", None)
        if current is not None:
            yield current
            return
        with contextlib.ExitStack() as stack:
            scope = Scope(stack, source, label, import_id)
            self._local.scope = scope
            stack.callback(setattr, self._local, "scope", None)
            self.transaction("office")
            yield scope

    def transaction(self, book: str) -> Transaction:
        """The running transaction on a book; only inside ``atomic``. For merges, which write values
        with their vectors."""
        scope: Scope | None = getattr(self._local, "scope", None)
        assert scope is not None, "outside atomic"
        found = scope.transactions.get(book)
        if found is None:
            opened = self._books[book].atomic(
                self.who.user, scope.source, scope.label, import_id=scope.import_id
            )
            found = scope.transactions[book] = scope.stack.enter_context(opened)
        return found

    def add(
        self, kind: str, values: Mapping[str, Any], *, parent: str | None = None,
        uid: str | None = None,
    ) -> str:
        """A new record; returns its uid. Raises ``BadInput`` with all problems, ``NotPermitted``."""
        declared = self.kinds.get(kind)
        self.book_of(kind)
        roles.check_write(self.role, declared)
        if not declared.addable:
            raise BadInput(f"「{declared.label}」由程序生成，不能直接新增。{declared.help}")
        normal = validate.normalized(declared, values)
        immutability.not_computed(declared, normal, None)
        immutability.owner_not_settled(self, declared, parent, f"再添加{declared.label}")
        return self.add_checked(declared, normal, parent=parent, uid=uid)

    def add_checked(
        self, kind: Kind, normal: Mapping[str, Any], *, parent: str | None = None,
        uid: str | None = None,
    ) -> str:
        """The same for normalised values, computed fields allowed (the lifecycle's children); rules
        are checked all the same."""
        full: dict[str, Any] = {f.name: None for f in kind.all_fields}
        full.update({f.name: self.default(f) for f in kind.all_fields if f.default is not None})
        full.update(normal)
        self._check_parent(kind, parent)
        check_child(self, kind, parent)
        with self.atomic("form", f"新增{kind.label}"):
            transaction = self.transaction(kind.book)
            full.update(unit_assignment.fill(self, kind, full, parent))
            validate.check(self, kind, full, full, None, parent)
            if uid is not None and self.get(kind.name, uid) is not None:
                raise BadInput(f"编号 {uid} 已经有一条记录。", uid=uid)
            cycle = self.kinds.lifecycle_of(kind)
            with rollups.followed(self, kind, parent):
                return transaction.add(
                    kind.name, full, uid=uid, parent=parent, state=cycle.initial if cycle else None
                ).uid

    def default(self, field: declarations.Field) -> Any:
        """What a new record starts with: the declared value, or today, the person, the person's
        unit."""
        if field.default == "today":
            return self.today if of(field).is_day else self.today.isoformat()[:7]
        if field.default == "user":
            return self.who.user if of(field).names_user else self.who.display
        if field.default == "unit":
            return self.who.unit
        return None if field.default is None else TYPES[field.type].from_json(field.default, field)

    def _check_parent(self, kind: Kind, parent: str | None) -> None:
        if not kind.parent:
            if parent is not None:
                raise BadInput(f"「{kind.label}」不挂在别的记录下面。")
            return
        if parent is None:
            raise BadInput(f"「{kind.label}」要挂在一条事项下面，请先打开那条事项。")
        owner = self.owner_of(kind, parent)
        if owner is None:
            raise BadInput(f"「{kind.label}」所属的记录 {parent} 不存在。", uid=parent)
        if owner.deleted:
            raise BadInput("所属的记录在回收站中，请先恢复它。", uid=parent)
        immutability.not_sealed(self, owner)

    def owner_of(self, kind: Kind, parent: str) -> Record | None:
        """The record a child of ``kind`` hangs under."""
        for possible in self.kinds:
            if kind in self.kinds.children_of(possible.name) and self.opens(possible.name):
                found = self.get(possible.name, parent)
                if found is not None:
                    return found
        return None

    def set(self, kind: str, uid: str, values: Mapping[str, Any]) -> list[str]:
        """Change fields; returns the names of those that really changed."""
        declared = self.kinds.get(kind)
        self.book_of(kind)
        roles.check_write(self.role, declared)
        normal = validate.normalized(declared, values)
        with self.atomic("form", f"修改{declared.label}"):
            record = self._writable(declared, uid)
            immutability.not_computed(declared, normal, record)
            kept = lifecycle.kept_by_edit(
                declared, self.kinds.lifecycle_of(declared), record, normal
            )
            return self.set_checked(
                record, normal | kept | unit_assignment.taken_over(self, declared, record, normal)
            )

    def set_checked(
        self, record: Record, normal: Mapping[str, Any], *, action: str = "edit"
    ) -> list[str]:
        """The same for normalised values, computed fields and ``state`` allowed (the lifecycle);
        rules are checked all the same."""
        kind = self.kinds.get(record.kind)
        with self.atomic("form", f"修改{kind.label}"):
            changed = {n: v for n, v in normal.items() if record.get(n) != v}
            elsewhere = elsewhere_of(self, kind, {**record.values, **normal}, record, None)
            changed |= computed_fields.again(
                kind, record, normal, changed, elsewhere
            ) | rollups.again(self, kind, record, changed)
            check_owner(self, record, changed)
            fields = {n: v for n, v in changed.items() if kind.has(n)}
            validate.check(self, kind, {**record.values, **fields}, fields, record)
            before = dict(record.values)
            with rollups.followed(self, kind, record.parent):
                written = self.transaction(kind.book).update(record, changed, action=action)
            rollups.follow(self, kind, record, before)
            return written

    def _writable(self, kind: Kind, uid: str) -> Record:
        record = self.must_get(kind.name, uid)
        if record.deleted:
            raise BadInput("这条记录在回收站中，请先恢复再修改。", uid=uid)
        immutability.not_sealed(self, record)
        immutability.owner_not_settled(self, kind, record.parent, f"修改它的{kind.label}")
        cycle = self.kinds.lifecycle_of(kind)
        if cycle and record.state and cycle.state(record.state).closed:
            state = cycle.state(record.state).label
            raise BadInput(
                f"这条记录{state}，不能直接修改。确需修改，请先用流程操作重新打开。", uid=uid
            )
        return record

    def delete(self, kind: str, uid: str) -> None:
        """Put a record into the recycle bin; its children stay with it."""
        self._mark(kind, uid, True, "删除")

    def restore(self, kind: str, uid: str) -> None:
        """Bring a record back from the recycle bin."""
        self._mark(kind, uid, False, "恢复")

    def _mark(self, kind: str, uid: str, deleted: bool, word: str) -> None:
        declared = self.kinds.get(kind)
        self.book_of(kind)
        roles.check_write(self.role, declared)
        with self.atomic("form", f"{word}{declared.label}"):
            record = self.must_get(kind, uid)
            immutability.not_sealed(self, record)
            check_owner(self, record, {"deleted": deleted})
            if deleted:
                immutability.not_issued(self, declared, record)
                immutability.not_settled(self, record, "删除")
                immutability.not_awaiting(self, declared, record)
                immutability.owner_not_settled(
                    self, declared, record.parent, f"删除它的{declared.label}"
                )
            else:
                # Another may have taken its unique value, or its item may be in the bin itself.
                if record.parent is not None:
                    self._check_parent(declared, record.parent)
                unique = {
                    f.name: record.values.get(f.name) for f in declared.all_fields if f.unique
                }
                validate.check(self, declared, record.values, unique, record)
            with rollups.followed(self, declared, record.parent):
                self.transaction(declared.book).update(
                    record, {"deleted": deleted}, action="delete" if deleted else "restore"
                )

    def move(
        self, kind: str, uid: str, action: str, note: str = "", ask: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Take a step of the record's lifecycle; returns the names of the changed fields."""
        self.book_of(kind)
        return lifecycle.move(self, kind, uid, action, note, ask or {})

    def undo_last(self) -> Change | None:
        """Take back this person's own last change; None when there is none. ``BadInput`` where
        others built on it since."""
        return undo.own_last(self)

    def redo_last(self) -> Change | None:
        """Take back this person's last undo; None when there is none or something was written
        since."""
        return undo.own_last(self, redo=True)

    def note_seen(self, kind: str, uid: str, field: str) -> None:
        """Journal that this person looked at a value that screens hide; reading it asks for the
        right to write it."""
        declared = self.kinds.get(kind)
        self.book_of(kind)
        roles.check_write(self.role, declared)
        title = self.title_of(self.must_get(kind, uid))
        with self.atomic("seen", f"查看{declared.label}的{declared.field(field).label}"):
            self.transaction(declared.book).note(
                "seen", f"{declared.label} {title} {uid}：{declared.field(field).label}"
            )

    # -- attachments -------------------------------------------------------------------------------

    def attach(self, kind: str, data: bytes, name: str) -> Attachment:
        """Keep a file's bytes in the book of a kind; the returned value goes into an attachment
        field."""
        roles.check_write(self.role, self.kinds.get(kind))
        if len(data) > ATTACHMENT_LIMIT:
            raise BadInput(
                f"附件「{name}」有 {len(data) / 1048576:.1f} MB，超过 {ATTACHMENT_LIMIT // 1048576}"
                " MB 的上限，未添加。"
            )
        if not data:
            raise BadInput(f"附件「{name}」是空文件，未添加。")
        digest = hashlib.sha256(data).hexdigest()
        with self.atomic("form", "添加附件"):
            self.transaction(self.kinds.get(kind).book).keep_blob(digest, data)
        return Attachment(Path(name.replace("\\", "/")).name[:120], digest, len(data))

    def attachment_bytes(self, kind: str, sha256: str) -> bytes:
        """The bytes of an attachment of a kind. Raises ``Damaged`` when they are not what was kept."""
        return self.book_of(kind).blob(sha256)

    # -- kinds made by the office ------------------------------------------------------------------

    def keep_kind(self, kind: Kind) -> None:
        """Add a kind the office made, or add fields to a given one; tables follow at once. Raises
        ``DeclarationError``."""
        self.require("kinds")
        self.take_kinds([kind])

    def take_kinds(self, made: Sequence[Kind], cycles: Sequence[Lifecycle] = ()) -> None:
        """The same for declarations that came in a workbook; the importing page asked the person
        before."""
        kinds = self.kinds.with_office(
            [
                msgspec.structs.replace(k, source="office", lifecycle_fields=(), lifecycle_rules=())
                for k in made
            ],
            cycles,
        )
        with self.office.atomic(self.who.user, "kinds", "修改台账设置") as tx:
            for kind in made:
                text = declarations.encode(
                    msgspec.structs.replace(
                        kind, source="office", lifecycle_fields=(), lifecycle_rules=()
                    )
                )
                tx.connection.execute(
                    "INSERT OR REPLACE INTO office_kinds VALUES (?, ?)", (kind.name, text)
                )
                tx.note("kind", f"{kind.name} {text}")
            for cycle in cycles:
                tx.connection.execute(
                    "INSERT OR REPLACE INTO office_lifecycles VALUES (?, ?)",
                    (cycle.name, declarations.encode(cycle)),
                )
        self.set_kinds(kinds)

    def set_kinds(self, kinds: Kinds) -> None:
        """Take up declarations in every open book."""
        self.kinds = kinds
        for book in self.books:
            book.set_kinds(kinds)
        self.names.forget()

    # -- announcements and the end -----------------------------------------------------------------

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
        """Everything ``db/safety/verify.py`` checks; sentences, empty when all is well."""
        from db.safety.verify import verify

        return verify(self)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keep writers of every book out for a moment, so that snapshots of the books fit together."""
        with contextlib.ExitStack() as stack:
            for book in self.books:
                stack.enter_context(book.held())
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


__all__ = ["ATTACHMENT_LIMIT", "Scope", "Session"]
