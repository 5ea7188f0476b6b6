"""What a person logged in reads: records, lists, names, texts and lights of the books that their
keys open."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db import global_search
from db.access import roles
from db.errors import BadInput, NotPermitted
from db.global_search import Hit
from db.keys.users import BOOKS, Unlocked, UserInfo
from db.model import declarations, lights, settings
from db.model.declarations import Kind, Lifecycle
from db.model.fieldtypes import TYPES, shown, type_of
from db.model.kinds import Kinds
from db.model.query import Query
from db.model.records import Record
from db.model.workdays import Workdays, parse_days
from db.store import journal, query, spans
from db.store.book import Book
from db.store.journal import HistoryLine
from db.units.names import BookNames

if TYPE_CHECKING:
    from db.keys.keyfile import KeyFile


class Reading:
    """The books of an office, open for one person; a ``ReadContext``."""

    def __init__(
        self, who: Unlocked, key_file: KeyFile, books: Mapping[str, Book], kinds: Kinds
    ) -> None:
        self.who = who
        self.key_file = key_file
        self.kinds = kinds
        self._books = dict(books)
        self._workdays: Workdays | None = None
        #: For tests and pictures: a fixed day instead of the clock's.
        self.fixed_today: dt.date | None = None
        self.names = BookNames(self)

    @property
    def user(self) -> UserInfo:
        """The person logged in, with the role as it is authenticated in the key file."""
        opened = tuple(name for name in BOOKS if name in self._books)
        return UserInfo(self.who.user, self.who.display, self.who.role, self.who.unit, opened)

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
        return settings.OFFICE_NAME.of(self.office)

    @property
    def level(self) -> str:
        """One of ``office.LEVELS``."""
        return settings.LEVEL.of(self.office)

    @property
    def office_id(self) -> str:
        """What tells this office from every other, its copies included."""
        return self.office.offices.own.uid

    @property
    def own_unit(self) -> str | None:
        """The unit this office itself is, if it was told (settings); its workbooks are "from" this
        unit."""
        return settings.OWN_UNIT.of(self.office)

    @property
    def today(self) -> dt.date:
        """The day that deadlines and lights are told by."""
        return self.fixed_today or dt.date.today()

    @property
    def workdays(self) -> Workdays:
        """The official calendar and the days the office entered itself."""
        if self._workdays is None:
            self._workdays = Workdays(parse_days(settings.WORKDAYS.of(self.office)))
        return self._workdays

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
        declared = self.kinds.get(kind)
        return (
            self.opens(kind) and not self._books[declared.book].read_only
            and roles.may_write(self.role, declared)
        )

    def may(self, act: str) -> bool:
        """Whether this person may do one of ``access.ACTS``."""
        return roles.may(self.role, act)

    def require(self, act: str) -> None:
        """``NotPermitted`` unless this person may."""
        roles.require(self.role, act)

    def get(self, kind: str, uid: str) -> Record | None:
        """The record, one in the recycle bin too; None when there is none."""
        return self.book_of(kind).get(kind, uid)

    def must_get(self, kind: str, uid: str) -> Record:
        """The record, or a ``BadInput`` that says it is not there."""
        record = self.get(kind, uid)
        if record is None:
            raise BadInput(f"「{self.kinds.get(kind).label}」中没有编号为 {uid} 的记录。", uid=uid)
        return record

    def owner_of(self, kind: Kind, parent: str) -> Record | None:
        """The record a child of ``kind`` hangs under."""
        for possible in self.kinds.parents_of(kind.name):
            if self.opens(possible.name):
                found = self.get(possible.name, parent)
                if found is not None:
                    return found
        return None

    def records(
        self, kind: str, ids: Sequence[int] | array[int], passed_on: bool = False
    ) -> list[Record]:
        """The records of these row ids, in their order; ids that are gone are left out."""
        return self.book_of(kind).records(kind, ids, passed_on)

    def ids(self, asked: Query) -> array[int]:
        """Row ids of what a query asks for, in its order."""
        found = array("q")
        for part in asked.parted():
            found += query.ids(self.book_of(asked.kind), part, self)
        return found[: asked.limit]

    def first_ids(self, asked: Query, most: int) -> array[int] | None:
        """The first of them; None where finding these takes as long as finding all."""
        first, *after = asked.parted()
        found = query.first_ids(self.book_of(asked.kind), first, self, most)
        return None if found is not None and after and len(found) < most else found

    def count(self, asked: Query) -> int:
        """How many records a query asks for."""
        return query.count(self.book_of(asked.kind), asked, self)

    def count_at_once(self, asked: Query) -> int | None:
        """The same; None where counting takes longer than a moment."""
        return query.count_at_once(self.book_of(asked.kind), asked, self)

    def find(self, asked: Query) -> list[Record]:
        """The records a query asks for, in its order."""
        found = self.records(asked.kind, self.ids(asked))
        return spans.records_as_of(self, found, asked.as_of) if asked.as_of else found

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

    def default(self, field: declarations.Field) -> Any:
        """What a new record starts with: the declared value, or today, the person, the person's
        unit."""
        if field.default == "today":
            return self.today if type_of(field).is_day else self.today.isoformat()[:7]
        if field.default == "user":
            return self.who.user if type_of(field).names_user else self.who.display
        if field.default == "unit":
            return self.who.unit
        return None if field.default is None else TYPES[field.type].from_json(field.default, field)

    def units_named(self, text: str) -> list[str]:
        """Uids of units whose name, short name or pinyin holds the text."""
        return self.names.units_named(text)

    def unit_order(self) -> dict[str, int]:
        """The place of each unit in lists, by uid; deleted ones come last."""
        return {uid: unit.order for uid, unit in self.names.every_unit().items()}

    def unit_name(self, uid: str) -> str:
        """What a unit is called; a fragment that says so for one that is not here."""
        return self.names.unit_name(uid)

    def taken_over(self, unit: str) -> tuple[str, ...]:
        """The units whose unfinished work is this one's today: those that became it, and itself."""
        return self.names.succession.held_on(unit, self.today)

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
        tone = lights.light_of(
            record, kind, self.kinds.lifecycle_of(kind), self.today, self.workdays
        )
        ended = kind.lights is not None and tone == kind.lights.closed
        return tone if ended or self._runs_above(kind, record) else None

    def _runs_above(self, kind: Kind, record: Record) -> bool:
        """Whether what a planned row (a milestone) hangs under still runs: nothing is late under
        what was closed, suspended or cancelled. What may become a record of its own (a problem
        found on the spot) stands by itself."""
        if not kind.planned or kind.becomes is not None or record.parent is None:
            return True
        owner = self.owner_of(kind, record.parent)
        cycle = self.kinds.lifecycle_of(owner.kind) if owner is not None else None
        if owner is None or cycle is None or owner.state is None:
            return True
        return owner.state in cycle.open_states or cycle.state(owner.state).draft

    def light_label(self, record: Record) -> str:
        """The light in words, as the ledger declares it."""
        tone = self.light(record)
        return lights.label(self.kinds.get(record.kind), tone) if tone else ""

    def history(self, kind: str, uid: str) -> list[HistoryLine]:
        """What happened to a record, oldest first, field by field; an addition is one line per
        filled field."""
        return journal.history(self.book_of(kind).connection, kind, uid)

    def written_since(self, day: dt.date) -> tuple[list[tuple[str, str]], bool]:
        """The records written from a day on, as (kind, uid), each once, those of each book newest
        first; and whether there are more than a book looks at."""
        found = [journal.written_since(book.connection, day) for book in self.books]
        return [each for pairs, _ in found for each in pairs], any(more for _, more in found)

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Search over everything this person can open: words, two characters, pinyin, names of
        units; the newest of each kind."""
        return global_search.everywhere(self, text, limit)

    def attachment_bytes(self, kind: str, sha256: str) -> bytes:
        """The bytes of an attachment of a kind. Raises ``Damaged`` when they are not what was
        kept."""
        return self.book_of(kind).blob(sha256)
