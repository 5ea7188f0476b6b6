"""Which offices this book has heard of, which sites are whose, and which of its units each office
itself is.

An office is known by the id that was made with it, never by its name; restored, moved and copied
books write as new sites but keep that id, so that all of them are one office. What a workbook tells
of other offices is taken as it says, once: a site that is known stays with its office, and of an
office's unit only its own workbook tells anything new. None of this is signed: who can write the
hidden sheet of a workbook by hand can claim to be another office.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from db.model.ids import UID_LENGTH, new_uid
from db.model.records import OWN, Office
from db.model.settings import OFFICE_ID, OFFICE_NAME, OWN_UNIT

if TYPE_CHECKING:
    from db.store.book_protocol import BookFile

#: Of the 20 characters of a site: those that are random, and those by which its own office knows it
#: again.
_RANDOM = 12


def new_site(key: bytes) -> str:
    """The name of a new site of the office whose book holds this key: random, and marked so that
    any copy of the book knows it."""
    first = new_uid()[:_RANDOM]
    return first + _mark(key, first)


def is_own_site(key: bytes, site: str) -> bool:
    """Whether a site that this book has never met was named by a book with its key: by a copy, or
    before it was restored."""
    return hmac.compare_digest(_mark(key, site[:_RANDOM]), site[_RANDOM:])


def _mark(key: bytes, first: str) -> str:
    digest = hashlib.blake2b(first.encode(), key=key, person=b"zx-site").digest()
    return base64.b32encode(digest).decode("ascii").lower()[: UID_LENGTH - _RANDOM]


class Offices:
    """The register of one book. Few offices and few sites: read whole, and again after a write."""

    def __init__(self, book: BookFile) -> None:
        self._book = book
        self._known: dict[str, Office] = {}
        self._names: dict[int, Office] = {}
        self._sites: dict[str, int] = {}
        self._read = False
        #: false in a file of the first form that was opened for repair only
        self._made = True

    def forget(self) -> None:
        """Read again at the next question."""
        self._read = False

    def _load(self) -> None:
        if self._read:
            return
        book = self._book
        self._made = (
            book.connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'offices'").fetchone()
            is not None
        )
        own = Office(OWN, OFFICE_ID.of(book), OFFICE_NAME.of(book), OWN_UNIT.of(book))
        rows: list[tuple[int, str, str, str | None]] = []
        if self._made:
            rows = book.connection.execute(
                "SELECT id, uid, name, unit FROM offices WHERE id > ?", (OWN,)
            ).fetchall()
        found = [own, *(Office(*row) for row in rows)]
        self._known = {office.uid: office for office in found}
        self._names = {office.number: office for office in found}
        self._sites = {}
        if self._made:
            known = book.connection.execute(
                "SELECT name, office FROM sites WHERE office IS NOT NULL"
            )
            self._sites = dict(known.fetchall())
        self._read = True

    @property
    def own(self) -> Office:
        """This book's own office."""
        self._load()
        return self._names[OWN]

    @property
    def alone(self) -> bool:
        """Whether no other office was ever heard of: then every record is this office's."""
        self._load()
        return len(self._names) == 1

    def by_number(self, number: int) -> Office | None:
        """The office behind a record's ``issuer``; None for an unknown one."""
        self._load()
        return self._names.get(number)

    def by_uid(self, uid: str) -> Office | None:
        """The office of that id, if it was heard of."""
        self._load()
        return self._known.get(uid)

    def of_site(self, site: str) -> Office | None:
        """The office that writes as this site."""
        self._load()
        number = self._sites.get(site)
        return None if number is None else self._names.get(number)

    def every(self) -> Iterable[Office]:
        """All that were heard of, the own one first."""
        self._load()
        return list(self._names.values())

    def sites(self) -> dict[str, int]:
        """Site → number of its office, as far as known."""
        self._load()
        return dict(self._sites)

    # -- learning: inside a transaction ------------------------------------------------------------

    def meet(
        self, uid: str, name: str = "", unit: str | None = None, *, itself: bool = False
    ) -> int:
        """The number of an office, registered when new. ``itself``: it is the office that says so,
        so it may correct what is kept."""
        self._load()
        known = self._known.get(uid)
        if known is not None and known.number == OWN:
            return OWN
        writer = self._book.writer
        if known is None:
            row = writer.execute(
                "INSERT INTO offices (uid, name, unit) VALUES (?, ?, ?)", (uid, name, unit)
            )
            number = int(row.lastrowid)
        else:
            number = known.number
            name = name if name and (itself or not known.name) else known.name
            unit = unit if unit and (itself or not known.unit) else known.unit
            if (name, unit) == (known.name, known.unit):
                return number
            writer.execute(
                "UPDATE offices SET name = ?, unit = ? WHERE id = ?", (name, unit, number)
            )
        self._known[uid] = self._names[number] = Office(number, uid, name, unit)
        self._book.notes_setting(f"office:{uid}", f"named:{uid}")
        return number

    def seat(self, uid: str, unit: str | None) -> None:
        """Which unit a known office is taken for, as a person here says; None for none."""
        self._load()
        known = self._known[uid]
        self._book.writer.execute("UPDATE offices SET unit = ? WHERE id = ?", (unit, known.number))
        self._known[uid] = self._names[known.number] = replace(known, unit=unit)
        self._book.notes_setting(f"office:{uid}")

    def assign(self, site: str, number: int) -> None:
        """Note whose site it is, unless that is known; records that a site of an unknown office
        made become that office's."""
        self._load()
        if site in self._sites or not self._made:
            return
        book = self._book
        waited = (
            book.writer.execute("SELECT 1 FROM sites WHERE name = ?", (site,)).fetchone()
            is not None
        )
        place = book.site_number(site)
        book.writer.execute("UPDATE sites SET office = ? WHERE id = ?", (number, place))
        self._sites[site] = number
        if number != OWN or not is_own_site(book.audit_key, site):  # its name says that by itself
            book.notes_setting(f"site:{site}")
        if not waited:
            return
        tables = {
            name
            for (name,) in book.writer.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
            )
        }
        for kind in book.kinds.in_book(book.name):
            if kind.name in tables:
                book.writer.execute(
                    f'UPDATE "{kind.name}" SET issuer = ? WHERE issuer = 0 AND'
                    " json_type(versions, '$[0][0]') = 'integer' AND json_extract(versions,"
                    " '$[0][0]') = ?",
                    (number, place),
                )
