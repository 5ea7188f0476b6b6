"""Field types that name something else: a unit, several units, a record."""

from __future__ import annotations

from typing import Any

from db.model.declarations import Field
from db.model.fieldtypes.base import SPLIT, FieldType, Names, bad_value
from db.model.fieldtypes.choices import ChoiceMany
from db.model.ids import is_uid


class Unit(FieldType):
    """A unit, kept by its uid; typed by its full, short or former name."""

    name, label, about = "unit", "单位", "名册里的一个单位"
    names_units, one_unit, shared, widest = True, True, True, 9
    operators = ("in", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = text.strip()
        if not plain:
            return None
        uid = names.unit_by_name(plain)
        if uid is None:
            raise bad_value(
                field, plain, "没有这个单位", "请在“单位”页先建，或改用已有的全称、简称。"
            )
        return uid

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.unit_name(value)

    def normalize(self, value: object, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_uid(value):
            raise bad_value(field, value, "应为一个单位")
        return value


class Units(FieldType):
    """Several different units in the order given; kept as a JSON list of uids."""

    name, label, about = "units", "多个单位", "名册里的几个单位"
    names_units, many, shared, width, widest = True, True, True, 10, 12
    operators = ("contains", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> tuple[str, ...] | None:
        whole = names.unit_by_name(text.strip()) if text.strip() else None
        if whole:
            return (whole,)
        one = Unit().parse
        return self.normalize(
            tuple(one(p, field, names) for p in SPLIT.split(text) if p.strip()), field
        )

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else "、".join(names.unit_name(v) for v in value)

    def normalize(self, value: Any, field: Field) -> tuple[str, ...] | None:
        if value is None:
            return None
        if isinstance(value, str) or not all(isinstance(v, str) and is_uid(v) for v in value):
            raise bad_value(field, value, "应为若干单位")
        return tuple(dict.fromkeys(value)) or None

    to_db, from_db, to_json = ChoiceMany.to_db, ChoiceMany.from_db, ChoiceMany.to_json


class Reference(FieldType):
    """A record of the field's ``kind``, kept by its uid; typed by its title."""

    name, label, about = "reference", "关联记录", "另一个台账里的一条记录"
    names_record, width = True, 10
    operators = ("in", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = text.strip()
        if not plain:
            return None
        uid = names.record_by_title(field.kind or "", plain)
        if uid is None:
            raise bad_value(field, plain, "找不到这条记录", "请填它的标题全文。")
        return uid

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.title(field.kind or "", value)

    def normalize(self, value: object, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_uid(value):
            raise bad_value(field, value, "应为一条记录")
        return value
