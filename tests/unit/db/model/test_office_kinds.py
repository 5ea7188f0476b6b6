"""What an office adds to a ledger of the program survives the program's own later changes to it."""

from __future__ import annotations

import msgspec

from db.model import builtin
from db.model.declarations import Field, Lights
from db.model.kinds import Kinds

GIVEN = builtin.kinds()
OWN = Field(name="x_river", label="所属河段", type="text")


def _stored() -> object:
    kind = GIVEN.get("rectification")
    return msgspec.structs.replace(kind, fields=(OWN, *kind.fields), lights=Lights(yellow_days=7), source="office")


def _later(**changes: object) -> Kinds:
    """The kinds of a later program, in which one kind has changed."""
    kinds = [msgspec.structs.replace(k, lifecycle_fields=(), lifecycle_rules=()) for k in GIVEN]
    kinds = [msgspec.structs.replace(k, **changes) if k.name == "rectification" else k for k in kinds]
    return Kinds(kinds, GIVEN.lifecycles, GIVEN.choice_lists)


def test_an_added_field_stands_where_the_office_put_it() -> None:
    kind = GIVEN.with_office([_stored()]).get("rectification")
    assert kind.fields[0] == OWN
    assert {f.name for f in kind.fields} == {"x_river"} | {f.name for f in GIVEN.get("rectification").fields}
    assert kind.lights is not None and kind.lights.yellow_days == 7
    assert kind.source == "office"


def test_a_later_program_brings_its_new_and_bettered_fields() -> None:
    before = GIVEN.get("rectification").fields
    wider = msgspec.structs.replace(before[0], width=30)
    fresh = Field(name="review_note", label="复核意见", type="text")
    kind = _later(fields=(wider, *before[1:], fresh)).with_office([_stored()]).get("rectification")
    assert kind.field(wider.name).width == 30
    assert kind.has("review_note") and kind.has("x_river")


def test_a_field_that_the_program_renamed_does_not_come_back() -> None:
    before = GIVEN.get("rectification").fields
    renamed = msgspec.structs.replace(before[0], name="number_of_item", renamed_from=(before[0].name,))
    kind = _later(fields=(renamed, *before[1:]), indexes=()).with_office([_stored()]).get("rectification")
    assert kind.has("number_of_item") and not kind.has(before[0].name)
