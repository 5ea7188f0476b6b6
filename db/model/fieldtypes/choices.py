"""Field types of what is picked from a few: options, one or several, and yes or no."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

import msgspec

from db.model.declarations import Field
from db.model.fieldtypes.base import SPLIT, FieldType, Names, bad_value

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


class ChoiceOne(FieldType):
    """One of the field's options, kept by its name; its label and what it was ``also`` called are
    understood."""

    name, label, about = "choice", "单选", "从几个选项里选一个"
    listed, shared, width = True, True, 5
    operators = ("in", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = unicodedata.normalize("NFC", text).strip()
        if not plain:
            return None
        return _choice(plain, field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else _choice_label(value, field)

    def normalize(self, value: object, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise bad_value(field, value, "应从下拉表中选")
        return _choice(value, field)


def _choice(text: str, field: Field) -> str:
    for option in field.options:
        if text in (option.name, option.label) or text in option.also:
            return option.name
    labels = "、".join(o.label for o in field.options[:12])
    more = "" if len(field.options) <= 12 else " 等"
    raise bad_value(field, text, "没有这个选项", f"可选：{labels}{more}。")


def _choice_label(value: str, field: Field) -> str:
    return next((o.label for o in field.options if o.name == value), value)


class ChoiceMany(FieldType):
    """Several of the field's options, in the order in which they are declared; kept as a JSON list
    of names."""

    name, label, about = "choices", "多选", "从几个选项里选几个"
    listed, many, shared = True, True, True
    operators = ("contains", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> tuple[str, ...] | None:
        return self.normalize(tuple(p.strip() for p in SPLIT.split(text) if p.strip()), field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else "、".join(_choice_label(v, field) for v in value)

    def normalize(self, value: Any, field: Field) -> tuple[str, ...] | None:
        if value is None:
            return None
        if isinstance(value, str) or not all(isinstance(v, str) for v in value):
            raise bad_value(field, value, "应从下拉表中选")
        chosen = {_choice(v, field) for v in value}
        return tuple(o.name for o in field.options if o.name in chosen) or None

    def to_db(self, value: object) -> Any:
        return None if value is None else _encode(value).decode()

    def from_db(self, value: Any) -> Any:
        return None if value is None else _decode(value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)


class Flag(FieldType):
    """Yes or no; blank is neither."""

    name, label, sql, about = "flag", "是否", "INTEGER", "是或否"
    yes_no = shared = unbroken = True
    width = 3
    operators = ("eq", "blank", "filled")
    _yes: ClassVar[frozenset[str]] = frozenset(
        ["是", "有", "√", "✓", "✔", "对", "y", "yes", "true", "1"]
    )
    _no: ClassVar[frozenset[str]] = frozenset(
        ["否", "无", "×", "✗", "x", "不是", "n", "no", "false", "0"]
    )

    def parse(self, text: str, field: Field, names: Names) -> bool | None:
        plain = unicodedata.normalize("NFKC", text).strip().lower()
        if not plain:
            return None
        if plain in self._yes:
            return True
        if plain in self._no:
            return False
        raise bad_value(field, text, "应填“是”或“否”")

    def format(self, value: object, field: Field, names: Names) -> str:
        return "" if value is None else ("是" if value else "否")

    def normalize(self, value: object, field: Field) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise bad_value(field, value, "应填“是”或“否”")

    def to_db(self, value: Any) -> Any:
        return None if value is None else int(value)

    def from_db(self, value: object) -> Any:
        return None if value is None else bool(value)
