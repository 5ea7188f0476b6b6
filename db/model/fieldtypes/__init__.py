"""One class per field type and the registry ``TYPES`` of them; what each has to tell is said in
``base.py``.

The types of numbers stand in ``numbers.py``. Knows nothing of widgets or cells.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from typing import Any, ClassVar

import msgspec

from db.errors import BadInput
from db.model.dates import parse_date, parse_month
from db.model.declarations import Field
from db.model.fieldtypes.base import FieldType, Names, bad_value
from db.model.fieldtypes.numbers import DecimalNumber, Integer, Money, Percent
from db.model.ids import is_uid

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\u3000\u00a0]+")
_SPLIT = re.compile(r"[、,，;；\n]+")


class Attachment(msgspec.Struct, frozen=True):
    """A file kept in the book under its SHA-256; ``size`` in bytes."""

    name: str
    sha256: str
    size: int


class Text(FieldType):
    """One line of at most ``limit`` characters; line ends, and several blanks in a row, become one
    blank."""

    name, label = "text", "文本"
    operators: ClassVar[tuple[str, ...]] = ("contains", "eq", "ne", "blank", "filled")
    multiline: ClassVar[bool] = False
    limit: ClassVar[int] = 2_000

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise bad_value(field, value, "应为文本")
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
        text = _CONTROL.sub("", text)
        if not self.multiline:
            text = _BLANKS.sub(
                lambda m: m.group()[0] if len(m.group()) == 1 else " ", text.replace("\n", " ")
            )
            text = text.strip()
        else:
            text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n").rstrip()
        if len(text) > self.limit:
            raise BadInput(
                f"「{field.label}」有 {len(text)} 个字，超过 {self.limit} 个字的上限，"
                f"请分开填写或放入附件。",
                field=field.name,
            )
        return text or None


class LongText(Text):
    """Several lines; blanks at their ends and empty lines around them are dropped."""

    name, label = "longtext", "长文本"
    multiline = True
    limit = 200_000


class Date(FieldType):
    """A day of the years 1900 to 2200, kept as ISO text."""

    name, label = "date", "日期"
    operators = ("eq", "ne", "lt", "le", "gt", "ge", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> dt.date | None:
        if not text.strip():
            return None
        day = parse_date(text)
        if day is None:
            raise bad_value(
                field, text.strip(), "不是日期", "请按 2022-09-05 或 2022年9月5日 填写。"
            )
        return self.normalize(day, field)

    def normalize(self, value: Any, field: Field) -> dt.date | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            value = value.date()
        if isinstance(value, str):
            value = parse_date(value) or value
        if not isinstance(value, dt.date):
            raise bad_value(field, value, "不是日期", "请按 2022-09-05 填写。")
        if not 1900 <= value.year <= 2200:
            raise bad_value(field, value, "年份不对", "年份应在 1900 到 2200 之间。")
        return value

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else value.isoformat()

    def to_db(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_db(self, value: Any) -> Any:
        return None if value is None else dt.date.fromisoformat(value)

    to_json = to_db


class Month(FieldType):
    """A month, kept as "2022-09"."""

    name, label = "month", "月份"
    operators = Date.operators

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        return self.normalize(text.strip() or None, field)

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None:
            return None
        month = parse_month(value) if isinstance(value, str) else None
        if month is None:
            raise bad_value(field, value, "不是月份", "请按 2022-09 或 2022年9月 填写。")
        return month


class ChoiceOne(FieldType):
    """One of the field's options, kept by its name; its label and what it was ``also`` called are
    understood."""

    name, label = "choice", "单选"
    operators = ("in", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = unicodedata.normalize("NFC", text).strip()
        if not plain:
            return None
        return _choice(plain, field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else _choice_label(value, field)

    def normalize(self, value: Any, field: Field) -> str | None:
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

    name, label = "choices", "多选"
    operators = ("contains", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> tuple[str, ...] | None:
        return self.normalize(tuple(p.strip() for p in _SPLIT.split(text) if p.strip()), field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else "、".join(_choice_label(v, field) for v in value)

    def normalize(self, value: Any, field: Field) -> tuple[str, ...] | None:
        if value is None:
            return None
        if isinstance(value, str) or not all(isinstance(v, str) for v in value):
            raise bad_value(field, value, "应从下拉表中选")
        chosen = {_choice(v, field) for v in value}
        return tuple(o.name for o in field.options if o.name in chosen) or None

    def to_db(self, value: Any) -> Any:
        return (
            None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        )

    def from_db(self, value: Any) -> Any:
        return None if value is None else tuple(json.loads(value))

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)


class Flag(FieldType):
    """Yes or no; blank is neither."""

    name, label, sql = "flag", "是否", "INTEGER"
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

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else ("是" if value else "否")

    def normalize(self, value: Any, field: Field) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise bad_value(field, value, "应填“是”或“否”")

    def to_db(self, value: Any) -> Any:
        return None if value is None else int(value)

    def from_db(self, value: Any) -> Any:
        return None if value is None else bool(value)


class Unit(FieldType):
    """A unit, kept by its uid; typed by its full, short or former name."""

    name, label = "unit", "单位"
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

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_uid(value):
            raise bad_value(field, value, "应为一个单位")
        return value


class Units(FieldType):
    """Several different units in the order given; kept as a JSON list of uids."""

    name, label = "units", "多个单位"
    operators = ("contains", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> tuple[str, ...] | None:
        whole = names.unit_by_name(text.strip()) if text.strip() else None
        if whole:
            return (whole,)
        one = UNIT.parse
        return self.normalize(
            tuple(one(p, field, names) for p in _SPLIT.split(text) if p.strip()), field
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

    name, label = "reference", "关联记录"
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

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_uid(value):
            raise bad_value(field, value, "应为一条记录")
        return value


class Phone(Text):
    """A telephone number: digits, blanks and hyphens, with an extension after 转."""

    name, label = "phone", "电话"
    operators = ("contains", "eq", "blank", "filled")
    _form: ClassVar[re.Pattern[str]] = re.compile(r"^\+?[0-9][0-9 \-]{4,24}(?:转[0-9]{1,6})?$")

    def normalize(self, value: Any, field: Field) -> str | None:
        text = super().normalize(
            unicodedata.normalize("NFKC", value) if isinstance(value, str) else value, field
        )
        if text is None:
            return None
        text = text.replace("—", "-").replace("–", "-")
        if not self._form.match(text):
            raise bad_value(field, text, "不像电话号码", "只填数字和短横线。")
        return text


class User(Text):
    """Who took a step: the login name is kept, the person's name is read. A name that no user has
    stands as it was typed."""

    name, label = "user", "经办人"
    operators = ("eq", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = self.normalize(text, field)
        return None if plain is None else names.user_by_name(plain) or plain

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.user_name(value)


#: Types whose values are plain texts: searched in, and one read as another without loss.
TEXT_TYPES = frozenset({"text", "longtext", "phone", "identity", "user"})

#: GB 11643-1999: weights and check symbols of the 18-character citizen identity number (ISO 7064
#: MOD 11-2).
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


class IdentityNumber(FieldType):
    """A citizen identity number of 18 characters (GB 11643-1999), its date and check symbol right;
    messages hold it masked."""

    name, label = "identity", "身份证号"
    operators = ("eq", "blank", "filled")

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise bad_value(
                field, "数字格", "被表格程序按数字处理、末位可能已错", "请按文本重新填写。"
            )
        text = unicodedata.normalize("NFKC", value).strip().upper().replace(" ", "")
        if not text:
            return None
        if re.fullmatch(r"[1-9][0-9]{14}", text):
            raise bad_value(field, self.masked(text), "是旧的 15 位号码", "请照新证填 18 位的。")
        if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text):
            raise bad_value(field, self.masked(text), "应为 18 位")
        try:
            born = dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
        except ValueError as error:
            raise bad_value(field, self.masked(text), "中的出生日期不对") from error
        if not dt.date(1900, 1, 1) <= born <= dt.date.today():
            raise bad_value(field, self.masked(text), "中的出生日期不对")
        check = _ID_CHECKS[
            sum(int(d) * w for d, w in zip(text[:17], _ID_WEIGHTS, strict=True)) % 11
        ]
        if check != text[17]:
            raise bad_value(field, self.masked(text), "校验位不对", "请对照证件核对。")
        return text

    @staticmethod
    def masked(text: str) -> str:
        """With the inner digits hidden, for screens and messages."""
        return (
            text[:3] + "*" * max(len(text) - 5, 0) + text[-2:] if len(text) > 5 else "*" * len(text)
        )


class Attachments(FieldType):
    """Files kept in the book; the field holds their names and digests."""

    name, label = "attachment", "附件"
    operators = ("blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> Any:
        if not text.strip():
            return None
        raise bad_value(field, text, "是附件，不能用文字填写", "请在窗口中添加文件。")

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else "、".join(a.name for a in value)

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

    def to_db(self, value: Any) -> Any:
        return None if value is None else msgspec.json.encode(value).decode("utf-8")

    def from_db(self, value: Any) -> Any:
        return None if value is None else msgspec.json.decode(value, type=tuple[Attachment, ...])

    def to_json(self, value: Any) -> Any:
        return None if value is None else msgspec.to_builtins(list(value))


UNIT = Unit()
#: The one registry of field types; widgets and cells have registries with the same keys.
TYPES: dict[str, FieldType] = {
    t.name: t
    for t in (
        Text(),
        LongText(),
        Integer(),
        DecimalNumber(),
        Money(),
        Percent(),
        Date(),
        Month(),
        ChoiceOne(),
        ChoiceMany(),
        Flag(),
        UNIT,
        Units(),
        Reference(),
        Phone(),
        User(),
        IdentityNumber(),
        Attachments(),
    )
}


def of(field: Field) -> FieldType:
    """The type of a field."""
    return TYPES[field.type]


def shown(field: Field, value: Any, names: Names) -> str:
    """A value for a screen, a sheet or a message: as ``format`` writes it, the inner digits of an
    identity number hidden."""
    kind_of = TYPES[field.type]
    if isinstance(kind_of, IdentityNumber) and value is not None:
        return kind_of.masked(value)
    return kind_of.format(value, field, names)
