"""What a person logged in writes: rights, validation and rules are checked here, then the book
keeps, versions, journals and announces it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from db import undo
from db.access import immutability, roles
from db.access.ownership_checks import check as check_owner
from db.access.ownership_checks import check_child
from db.domain import made_records
from db.errors import BadInput
from db.keys.users import Unlocked
from db.model import computed_fields, settings, step_history
from db.model.declarations import Kind
from db.model.fieldtypes import Attachment
from db.model.ids import new_uid
from db.model.kinds import Kinds
from db.model.records import Record, Values
from db.model.roles import Role, called
from db.model.rules import elsewhere_of
from db.model.steps import StepTaken
from db.model.workdays import EnteredDay, parse_days
from db.rules import lifecycle, rollups, validate
from db.store import journal
from db.store.book import Book
from db.store.journal import Change
from db.store.transaction import Transaction
from db.units import unit_assignment
from db.units.names import UNIT_KIND

if TYPE_CHECKING:
    from db.keys.keyfile import KeyFile

from db.reading import Reading

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

    def pair_up(self) -> None:
        """A change over both books is told in each of them: that of the personnel book is on the
        disk first, and without its other half is taken back at the next start
        (``undo.reconcile_pairs``)."""
        written = [t for t in self.transactions.values() if t.change is not None]
        if len(written) > 1:
            halves = journal.Pair(new_uid(), {t.book.name: t.begin().id for t in written})
            for transaction in written:
                transaction.journal("", "", journal.PAIR, "{}", journal.dumps(halves))


class Writing(Reading):
    """The same books, open for writing; a ``WriteContext``."""

    def __init__(
        self, who: Unlocked, key_file: KeyFile, books: Mapping[str, Book], kinds: Kinds
    ) -> None:
        super().__init__(who, key_file, books, kinds)
        self._local = threading.local()
        #: The book written to last: times are to the second, so of two changes in the same one this
        #: has the later.
        self.last_book = ""
        #: By kind, what is told the uid of each record that is added, inside its change: a letter
        #: keeps what it says.
        self.added: dict[str, Callable[[str], object]] = {}

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
            # of changes that go to the disk together nobody hears yet; taken back or not, the next
            # of them must know the units as they are
            stack.callback(self._renew_units, scope)
            self._local.scope = scope
            stack.callback(setattr, self._local, "scope", None)
            self.transaction("office")
            yield scope
            scope.pair_up()

    def _renew_units(self, scope: Scope) -> None:
        if self.office.unseen is not None and any(UNIT_KIND in c.kinds for c in scope.changes):
            self.names.forget()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Several changes that go to the disk at once: ``Book.together`` of the office's book,
        which is on the disk last (``Scope.pair_up``)."""
        with self.office.together():
            yield

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
        self, kind: str, values: Mapping[str, object], *, parent: str | None = None,
        uid: str | None = None,
    ) -> str:
        """A new record; returns its uid. Raises ``BadInput`` with all problems,
        ``NotPermitted``."""
        declared = self.kinds.get(kind)
        self.book_of(kind)
        roles.check_write(self.role, declared)
        if not declared.addable:
            raise BadInput(f"「{declared.label}」由程序生成，不能直接新增。{declared.help}")
        normal = validate.normalized(declared, values)
        immutability.refuse_if_computed(declared, normal, None)
        immutability.refuse_if_owner_closed_out(self, declared, parent, f"再添加{declared.label}")
        return self.add_checked(declared, normal, parent=parent, uid=uid)

    def add_checked(
        self, kind: Kind, normal: Mapping[str, object], *, parent: str | None = None,
        uid: str | None = None,
    ) -> str:
        """The same for normalised values, computed fields allowed (the lifecycle's children); rules
        are checked all the same."""
        full: Values = dict.fromkeys(kind.field_names)
        full.update({f.name: self.default(f) for f in kind.defaulted_fields})
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
            with rollups.updating_rollups(self, kind, parent):
                made = transaction.add(
                    kind.name, full, uid=uid, parent=parent, state=cycle.initial if cycle else None
                ).uid
            if kind.name in self.added:
                self.added[kind.name](made)
            return made

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
        immutability.refuse_if_sealed(self, owner)

    def set(self, kind: str, uid: str, values: Mapping[str, object]) -> list[str]:
        """Change fields; returns the names of those that really changed."""
        declared = self.kinds.get(kind)
        self.book_of(kind)
        roles.check_write(self.role, declared)
        normal = validate.normalized(declared, values)
        with self.atomic("form", f"修改{declared.label}"):
            record = self._writable(declared, uid)
            immutability.refuse_if_computed(declared, normal, record)
            kept = lifecycle.edit_side_effects(
                declared, self.kinds.lifecycle_of(declared), record, normal
            )
            return self.set_checked(
                record, normal | kept | unit_assignment.taken_over(self, declared, record, normal)
            )

    def set_checked(
        self, record: Record, normal: Mapping[str, object], *, action: str = "edit"
    ) -> list[str]:
        """The same for normalised values, computed fields and ``state`` allowed (the lifecycle);
        rules are checked all the same."""
        kind = self.kinds.get(record.kind)
        with self.atomic("form", f"修改{kind.label}"):
            changed = {n: v for n, v in normal.items() if record.get(n) != v}
            elsewhere = elsewhere_of(self, kind, {**record.values, **normal}, record, None)
            changed |= computed_fields.recomputed(
                kind, record, normal, changed, elsewhere
            ) | rollups.recounted(self, kind, record, changed)
            changed |= step_history.moved(kind, record, changed, self.step_now(step_history.MOVED))
            cycle = self.kinds.lifecycle_of(kind)
            changed |= step_history.earlier_class(cycle, record, changed, self.today)
            check_owner(self, record, changed)
            fields = {n: v for n, v in changed.items() if kind.has(n)}
            validate.check(self, kind, {**record.values, **fields}, fields, record)
            before = dict(record.values)
            with rollups.updating_rollups(self, kind, record.parent):
                written = self.transaction(kind.book).update(record, changed, action=action)
            rollups.recompute_below(self, kind, record, before)
            return written

    def step_now(self, action: str) -> StepTaken:
        """A step that is taken now, by this person."""
        at = self.transaction("office").at
        return StepTaken("", action, self.today.isoformat(), at, self.user.name, "", self.office_id)

    def _writable(self, kind: Kind, uid: str) -> Record:
        record = self.must_get(kind.name, uid)
        if record.deleted:
            raise BadInput("这条记录在回收站中，请先恢复再修改。", uid=uid)
        immutability.refuse_if_sealed(self, record)
        immutability.refuse_if_owner_closed_out(self, kind, record.parent, f"修改它的{kind.label}")
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
            immutability.refuse_if_sealed(self, record)
            check_owner(self, record, {"deleted": deleted})
            if deleted:
                immutability.refuse_if_issued(self, declared, record)
                immutability.refuse_if_closed_out(self, record, "删除")
                immutability.refuse_if_undecided(self, declared, record)
                immutability.refuse_if_owner_closed_out(
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
                made_records.refuse_if_made_again(self, record)
            with rollups.updating_rollups(self, declared, record.parent):
                self.transaction(declared.book).update(
                    record, {"deleted": deleted}, action="delete" if deleted else "restore"
                )

    def take_step(
        self, kind: str, uid: str, action: str, note: str = "",
        ask: Mapping[str, object] | None = None, on: dt.date | None = None,
    ) -> list[str]:
        """Take a step of the record's lifecycle; returns the names of the changed fields. ``on``:
        the day on which it happened, today where nobody says."""
        self.book_of(kind)
        return lifecycle.take_step(self, kind, uid, action, note, ask, on)

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

    def set_back_dating(self, role: Role, days: int) -> None:
        """Let the people of a role enter steps of up to so many days ago."""
        roles.require(self.role, "settings")
        with self.office.atomic(self.who.user, "settings", "修改补记期限") as tx:
            tx.note("settings", f"{called(role)}可以补记 {days} 天以内的办理日期")
            settings.BACK_DATING.save(
                self.office, {**settings.BACK_DATING.of(self.office), role: days}
            )

    def set_workdays(self, text: str) -> tuple[EnteredDay, ...]:
        """Take in days as the office wrote them down; raises ``BadInput`` naming the line."""
        roles.require(self.role, "settings")
        days = parse_days(text)
        with self.office.atomic(self.who.user, "settings", "修改工作日历") as tx:
            tx.note("settings", f"工作日历：另行填写 {len(days)} 天")
            settings.WORKDAYS.save(self.office, text)
        self._workdays = None
        return days
