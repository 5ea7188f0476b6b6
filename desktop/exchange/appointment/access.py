"""The kinds that the appointment form is made of, for whoever has the key of the personnel book."""

from __future__ import annotations

from db.access import roles
from db.domain.appointment import FormKinds, form_kinds
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.exchange.appointment.lrmx import PHOTO


def forms_of(session: Session, *, write: bool) -> FormKinds:
    """Asked before anything is looked at. Raises ``NotPermitted``."""
    forms = form_kinds(session.kinds)
    session.book_of(forms.person.name)
    if write:
        roles.check_write(session.role, forms.person)
    return forms


def photo_field(forms: FormKinds) -> Field:
    """The field that holds a cadre's photo."""
    return forms.tags[PHOTO]


def place_field(relative: Kind) -> str | None:
    """The field that numbers the relatives in their order, if there is one."""
    return next((f.name for f in relative.fields if type_of(f).whole), None)
