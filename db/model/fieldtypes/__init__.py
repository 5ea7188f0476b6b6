"""The registry ``TYPES`` of field types, one module a family of them; what each has to tell and can
do is said in ``base.py``.

Knows nothing of widgets or cells, which have registries with the same keys.
"""

from __future__ import annotations

from db.model.declarations import Field, Kind
from db.model.fieldtypes.attachments import Attachment, Attachments
from db.model.fieldtypes.base import FieldType, Names
from db.model.fieldtypes.choices import ChoiceMany, ChoiceOne, Flag
from db.model.fieldtypes.dates import Date, Month
from db.model.fieldtypes.numbers import DecimalNumber, Integer, Money, Percent
from db.model.fieldtypes.references import Reference, Unit, Units
from db.model.fieldtypes.steps import Steps
from db.model.fieldtypes.texts import IdentityNumber, LongText, Phone, Text, User

__all__ = ["TYPES", "Attachment", "IdentityNumber", "row_unit", "shown", "type_of"]

#: The one registry of field types, in the order in which they are offered.
TYPES: dict[str, FieldType] = {
    t.name: t
    for t in (
        Text(), LongText(), Date(), Month(), ChoiceOne(), ChoiceMany(), Unit(), Units(),
        Integer(), DecimalNumber(), Money(), Percent(), Flag(), Reference(), Phone(), User(),
        IdentityNumber(), Attachments(), Steps(),
    )
}  # fmt: skip


def type_of(field: Field) -> FieldType:
    """The type of a field."""
    return TYPES[field.type]


def row_unit(kind: Kind) -> str | None:
    """The field with the one unit whose row a record is; None where no unit has it, or several."""
    name = kind.unit
    return name if name is not None and type_of(kind.field(name)).one_unit else None


def shown(field: Field, value: object, names: Names) -> str:
    """A value for a screen, a sheet or a message: as ``format`` writes it, the inner digits of an
    identity number hidden."""
    return TYPES[field.type].shown(value, field, names)
