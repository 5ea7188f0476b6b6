"""The field type of files kept in the book."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from db.model.attached_files import shown
from db.model.declarations import Field
from db.model.fieldtypes.base import FieldType, Names, bad_value


class Attachment(msgspec.Struct, frozen=True):
    """A file kept in the book under its SHA-256; ``size`` in bytes."""

    name: str
    sha256: str
    size: int


class Attachments(FieldType):
    """Files kept in the book; the field holds their names and digests."""

    name, label, about = "attachment", "附件", "文件、照片"
    holds_files, kept_as_json, width = True, True, 6
    operators = ("blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> Any:
        if not text.strip():
            return None
        raise bad_value(field, text, "是附件，不能用文字填写", "请在窗口中添加文件。")

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else "、".join(shown(a.name) for a in value)

    def normalize(self, value: Any, field: Field) -> tuple[Attachment, ...] | None:
        if value is None:
            return None
        files = []
        for each in value:
            if isinstance(each, dict):
                each = msgspec.convert(each, Attachment)
            if not isinstance(each, Attachment) or not re.fullmatch(r"[0-9a-f]{64}", each.sha256):
                raise bad_value(field, "附件", "不完整")
            files.append(each)
        return tuple(files) or None

    def to_db(self, value: object) -> Any:
        return None if value is None else msgspec.json.encode(value).decode("utf-8")

    def from_db(self, value: Any) -> Any:
        return None if value is None else msgspec.json.decode(value, type=tuple[Attachment, ...])

    def to_json(self, value: Any) -> Any:
        return None if value is None else msgspec.to_builtins(list(value))
