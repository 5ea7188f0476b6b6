"""The field type of the steps that a record went through; the program writes it, nobody types
it."""

from __future__ import annotations

from typing import Any

import msgspec

from db.errors import BadInput
from db.model import steps
from db.model.declarations import Field
from db.model.fieldtypes.base import FieldType, Names, bad_value
from db.model.steps import StepTaken


class Steps(FieldType):
    """Facts that are only ever added; two offices' are joined, never in conflict."""

    name, label, about = "steps", "办理步骤", "由流程操作记下"
    operators = ("blank", "filled")
    offered, joins, kept_as_json = False, True, True

    def parse(self, text: str, field: Field, names: Names) -> Any:
        if not text.strip():
            return None
        raise bad_value(field, text, "由流程操作记下，不能填写")

    def format(self, value: Any, field: Field, names: Names) -> str:
        stood = steps.not_undone(value)
        return f"{len(stood)} 步，最近一步 {stood[-1].on}" if stood else ""

    def normalize(self, value: Any, field: Field) -> Any:
        if value is None:
            return None
        try:
            found = tuple(msgspec.convert(each, StepTaken) for each in value)
            for step in found:
                _ = step.day
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            raise BadInput(f"「{field.label}」不完整。", field=field.name) from error
        return steps.ordered(found) or None

    def join(self, mine: Any, theirs: Any) -> Any:
        return steps.joined(mine, theirs)

    def in_log(self, before: Any, after: Any) -> tuple[Any, Any]:
        return steps.in_log(before, after)

    def before_change(self, now: Any, before: Any, after: Any) -> Any:
        return steps.before_change(now, before, after)

    def unchanged_since(self, now: Any, before: Any, after: Any) -> bool:
        return steps.unchanged_since(now, before, after)

    def undone(self, now: Any, before: Any, after: Any, field: Field) -> Any:
        return steps.undone(now, before, after)

    def to_db(self, value: object) -> Any:
        return None if value is None else msgspec.json.encode(value).decode("utf-8")

    def from_db(self, value: Any) -> Any:
        return None if value is None else _decode(value)

    def to_json(self, value: Any) -> Any:
        return steps.plain(value)


_decode = msgspec.json.Decoder(tuple[StepTaken, ...]).decode
