"""What login names stand for, here and in other offices, so that a slip names a person who has long
left.

A field of type ``user`` keeps the login name, since that is what
nothing-closes-without-a-second-person compares. A login name means somebody else in every office
("clerk" is in each of them), so it is read as the office of its writer reads it; where several
offices know it by different names and the writer is not known, it is shown as it is rather than as
the wrong person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from db.errors import BadInput
from db.merge.versions import HAND, RowVersions
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.fieldtypes.base import Names
from db.model.settings import PEOPLE

if TYPE_CHECKING:
    from db.model.context import ReadContext, UnitNames
    from db.model.records import Record


def kept(session: ReadContext) -> dict[str, dict[str, str]]:
    """Everybody this office has heard of, by office; its own users as they are called today, and
    those who have left."""
    found = PEOPLE.of(session.office)
    own = found.setdefault(session.office_id, {})
    own.update({user.name: user.display or user.name for user in session.key_file.users()})
    return found


def remember(session: ReadContext) -> None:
    """Keep what the users are called now; before one of them is removed."""
    PEOPLE.save(session.office, kept(session))
    session.names.forget_people()


def refuse_if_gone(session: ReadContext, name: str) -> None:
    """``BadInput`` for somebody who was a user here and is none any more."""
    there = {user.name for user in session.key_file.users()}
    if name not in there and name in kept(session)[session.office_id]:
        raise BadInput(f"用户“{name}”已停用，不能再登录。要再用，请重新新增。", field="name")


def learn(session: ReadContext, by_office: Mapping[str, Mapping[str, str]], sender: str) -> None:
    """Keep what a workbook tells of other offices' people: of its own the sender may correct what
    is known, of others nothing."""
    found = kept(session)
    before = {office: dict(people) for office, people in found.items()}
    for office, people in by_office.items():
        if office == session.office_id:
            continue
        known = found.get(office, {})
        found[office] = {**known, **people} if office == sender else {**people, **known}
    if found != before:
        PEOPLE.save(session.office, found)
        session.names.forget_people()


def writer(session: ReadContext, record: Record, field: Field) -> str:
    """The id of the office whose person wrote a field; "" where it is not known or several wrote
    it."""
    book = session.book_of(record.kind)
    if book.offices.alone:
        return session.office_id
    try:
        authors = RowVersions.decode(record.versions, book.site_name).authors_of(field.name)
    except ValueError:
        return ""
    offices = {book.offices.of_site(site) for site in authors if site[0] != HAND}
    only = offices.pop() if len(offices) == 1 else None
    return only.uid if only is not None else ""


def mentioned(session: ReadContext, kind: Kind, record: Record) -> dict[str, dict[str, str]]:
    """The people that a record's fields name, by office: what another office must be told to read
    them."""
    found: dict[str, dict[str, str]] = {}
    for field in kind.all_fields:
        login = record.values.get(field.name) if type_of(field).names_user else None
        if login is None:
            continue
        office = writer(session, record, field)
        name = session.names.people().get(office, {}).get(login)
        if name is not None:
            found.setdefault(office, {})[login] = name
    return found


class AsWritten:
    """The names of a book as the people of one office mean them."""

    def __init__(self, names: UnitNames, office: str) -> None:
        self._names, self._office = names, office
        self.unit_name, self.unit_by_name = names.unit_name, names.unit_by_name
        self.title, self.record_by_title = names.title, names.record_by_title
        self.user_by_name = names.user_by_name

    def user_name(self, login: str) -> str:
        """What the person of that login name is called there."""
        return self._names.people().get(self._office, {}).get(login, login)

    def by_writer(self, record: object, field: Field) -> Names:
        """As the writer of another field means them."""
        return self._names.by_writer(record, field)
