"""One class per field type: how a value is kept, read from what people type, shown, normalised and compared.

Knows nothing of widgets or cells. A value is None when blank, whatever the type. A type that cannot take a text raises
``BadInput`` with a sentence in Chinese.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, ClassVar, Protocol

import msgspec

from .dates import parse_date, parse_month
from .declare import Field
from .errors import BadInput
from .ids import is_uid

#: Decimals are kept as whole numbers of ten-thousandths, so that sums are exact.
SCALE = 10_000
_LIMIT = Decimal(2**62) / SCALE
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\u3000\u00a0]+")
_SPLIT = re.compile(r"[、,，;；\n]+")


class Attachment(msgspec.Struct, frozen=True):
    """A file kept in the book under its SHA-256; ``size`` in bytes."""

    name: str
    sha256: str
    size: int


class Names(Protocol):
    """What field types ask of the book: names of units, records and users, both ways."""

    def unit_name(self, uid: str) -> str: ...
    def unit_by_name(self, text: str) -> str | None: ...
    def title(self, kind: str, uid: str) -> str: ...
    def record_by_title(self, kind: str, text: str) -> str | None: ...
    def user_name(self, login: str) -> str: ...
    def user_by_name(self, text: str) -> str | None: ...
    def by_writer(self, record: Any, field: Field) -> Names: ...


class NoNames:
    """Stands in where no book is at hand: uids stay as they are."""

    def unit_name(self, uid: str) -> str:
        return uid

    def unit_by_name(self, text: str) -> str | None:
        return text if is_uid(text) else None

    def title(self, kind: str, uid: str) -> str:
        return uid

    def record_by_title(self, kind: str, text: str) -> str | None:
        return text if is_uid(text) else None

    def user_name(self, login: str) -> str:
        return login

    def user_by_name(self, text: str) -> str | None:
        return None

    def by_writer(self, record: Any, field: Field) -> Names:
        return self


def _bad(field: Field, text: object, what: str, remedy: str = "") -> BadInput:
    shown = str(text)
    shown = shown if len(shown) <= 40 else shown[:40] + "…"
    return BadInput(f"「{field.label}」{what}：{shown}。{remedy}".rstrip(), field=field.name)


class FieldType:
    """Base of all field types. ``sql`` is the column's type in a STRICT table."""

    name: ClassVar[str]
    label: ClassVar[str]
    sql: ClassVar[str] = "TEXT"
    numeric: ClassVar[bool] = False
    #: Operators a filter offers for it.
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> Any:
        """The value a person's text means; blank text is None. Raises ``BadInput``."""
        return self.normalize(text, field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        """The text a person reads; blank is the empty text. ``parse`` takes it back."""
        return "" if value is None else str(value)

    def normalize(self, value: Any, field: Field) -> Any:
        """The one form in which a value is kept and compared. Raises ``BadInput`` for a value of the wrong type."""
        raise NotImplementedError  # pragma: no cover - every type below has its own

    def to_db(self, value: Any) -> Any:
        """As kept in the column."""
        return value

    def from_db(self, value: Any) -> Any:
        """Back from the column."""
        return value

    def to_json(self, value: Any) -> Any:
        """As plain JSON, for journal, workbook and command line."""
        return value

    def from_json(self, value: Any, field: Field) -> Any:
        """Back from plain JSON; raises ``BadInput``."""
        return self.normalize(value, field)

    def compare(self, a: Any, b: Any) -> bool:
        """Whether two normalised values are the same."""
        return bool(a == b)

    def sort_sql(self, column: str) -> str:
        """The expression a list is sorted by."""
        return column


class Text(FieldType):
    name, label = "text", "文本"
    operators: ClassVar[tuple[str, ...]] = ("contains", "eq", "ne", "blank", "filled")
    multiline: ClassVar[bool] = False
    limit: ClassVar[int] = 2_000

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise _bad(field, value, "应为文本")
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
        text = _CONTROL.sub("", text)
        if not self.multiline:
            text = _BLANKS.sub(lambda m: m.group()[0] if len(m.group()) == 1 else " ", text.replace("\n", " "))
            text = text.strip()
        else:
            text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n").rstrip()
        if len(text) > self.limit:
            raise BadInput(
                f"「{field.label}」有 {len(text)} 个字，超过 {self.limit} 个字的上限，请分开填写或放入附件。", field=field.name
            )
        return text or None


class LongText(Text):
    name, label = "longtext", "长文本"
    multiline = True
    limit = 200_000


class Integer(FieldType):
    name, label, sql, numeric = "integer", "整数", "INTEGER", True
    operators = ("eq", "ne", "lt", "le", "gt", "ge", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> int | None:
        number = _number(text, field)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise _bad(field, text, "应为整数")
        return self.normalize(int(number), field)

    def normalize(self, value: Any, field: Field) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise _bad(field, value, "应为整数")
        if abs(value) >= 2**62:
            raise _bad(field, value, "数字太大")
        _check_range(value, field)
        return value


def _number(text: str, field: Field) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace(" ", "")
    if field.measure and plain.endswith(field.measure):
        plain = plain[: -len(field.measure)]
    if not plain:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise _bad(field, text, "不是数字", "请只填数字。") from error
    if not number.is_finite():
        raise _bad(field, text, "不是数字", "请只填数字。")
    return number


def _check_range(value: Any, field: Field) -> None:
    if field.minimum is not None and value < Decimal(str(field.minimum)):
        raise _bad(field, value, f"不能小于 {field.minimum}")
    if field.maximum is not None and value > Decimal(str(field.maximum)):
        raise _bad(field, value, f"不能大于 {field.maximum}")


class DecimalNumber(FieldType):
    name, label, sql, numeric = "decimal", "小数", "INTEGER", True
    operators = Integer.operators
    places: ClassVar[int] = 4

    def parse(self, text: str, field: Field, names: Names) -> Decimal | None:
        number = _number(text, field)
        return None if number is None else self.normalize(number, field)

    def normalize(self, value: Any, field: Field) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal | float | str):
            raise _bad(field, value, "应为数字")
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise _bad(field, value, "应为数字") from error
        if not number.is_finite() or abs(number) >= _LIMIT:
            raise _bad(field, value, "数字太大或不是数字")
        rounded = number.quantize(Decimal(1).scaleb(-self.places), rounding=ROUND_HALF_EVEN)
        if rounded != number:
            raise _bad(field, value, f"最多 {self.places} 位小数")
        _check_range(rounded, field)
        plain = rounded.normalize()
        return plain if plain.as_tuple().exponent <= 0 else plain.quantize(Decimal(1))  # type: ignore[operator]

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else f"{value:f}"

    def to_db(self, value: Any) -> Any:
        return None if value is None else int(value * SCALE)

    def from_db(self, value: Any) -> Any:
        if value is None:
            return None
        plain = (Decimal(value) / SCALE).normalize()
        return plain if plain.as_tuple().exponent <= 0 else plain.quantize(Decimal(1))  # type: ignore[operator]

    def to_json(self, value: Any) -> Any:
        """A JSON number; exact, since at most 4 decimal places below 2**53 survive a double."""
        if value is None:
            return None
        if value == value.to_integral_value():
            return int(value)
        return float(value) if abs(value) < 10**11 else f"{value:f}"


class Money(DecimalNumber):
    name, label = "money", "金额"


class Percent(DecimalNumber):
    """A percentage: 98.5 means 98.5％."""

    name, label = "percent", "百分比"

    def parse(self, text: str, field: Field, names: Names) -> Decimal | None:
        return super().parse(unicodedata.normalize("NFKC", text).strip().rstrip("%"), field, names)

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else f"{value:f}%"


class Date(FieldType):
    name, label = "date", "日期"
    operators = ("eq", "ne", "lt", "le", "gt", "ge", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> dt.date | None:
        if not text.strip():
            return None
        day = parse_date(text)
        if day is None:
            raise _bad(field, text.strip(), "不是日期", "请按 2022-09-05 或 2022年9月5日 填写。")
        return self.normalize(day, field)

    def normalize(self, value: Any, field: Field) -> dt.date | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            value = value.date()
        if isinstance(value, str):
            value = parse_date(value) or value
        if not isinstance(value, dt.date):
            raise _bad(field, value, "不是日期", "请按 2022-09-05 填写。")
        if not 1900 <= value.year <= 2200:
            raise _bad(field, value, "年份不对", "年份应在 1900 到 2200 之间。")
        return value

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else value.isoformat()

    def to_db(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_db(self, value: Any) -> Any:
        return None if value is None else dt.date.fromisoformat(value)

    to_json = to_db


class Month(FieldType):
    name, label = "month", "月份"
    operators = Date.operators

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        return self.normalize(text.strip() or None, field)

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None:
            return None
        month = parse_month(value) if isinstance(value, str) else None
        if month is None:
            raise _bad(field, value, "不是月份", "请按 2022-09 或 2022年9月 填写。")
        return month


class ChoiceOne(FieldType):
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
            raise _bad(field, value, "应从下拉表中选")
        return _choice(value, field)


def _choice(text: str, field: Field) -> str:
    for option in field.options:
        if text in (option.name, option.label) or text in option.also:
            return option.name
    labels = "、".join(o.label for o in field.options[:12])
    more = "" if len(field.options) <= 12 else " 等"
    raise _bad(field, text, "没有这个选项", f"可选：{labels}{more}。")


def _choice_label(value: str, field: Field) -> str:
    return next((o.label for o in field.options if o.name == value), value)


class ChoiceMany(FieldType):
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
            raise _bad(field, value, "应从下拉表中选")
        chosen = {_choice(v, field) for v in value}
        return tuple(o.name for o in field.options if o.name in chosen) or None

    def to_db(self, value: Any) -> Any:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def from_db(self, value: Any) -> Any:
        return None if value is None else tuple(json.loads(value))

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)


class Flag(FieldType):
    name, label, sql = "flag", "是否", "INTEGER"
    operators = ("eq", "blank", "filled")
    _yes: ClassVar[frozenset[str]] = frozenset(["是", "有", "√", "✓", "✔", "对", "y", "yes", "true", "1"])
    _no: ClassVar[frozenset[str]] = frozenset(["否", "无", "×", "✗", "x", "不是", "n", "no", "false", "0"])

    def parse(self, text: str, field: Field, names: Names) -> bool | None:
        plain = unicodedata.normalize("NFKC", text).strip().lower()
        if not plain:
            return None
        if plain in self._yes:
            return True
        if plain in self._no:
            return False
        raise _bad(field, text, "应填“是”或“否”")

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else ("是" if value else "否")

    def normalize(self, value: Any, field: Field) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise _bad(field, value, "应填“是”或“否”")

    def to_db(self, value: Any) -> Any:
        return None if value is None else int(value)

    def from_db(self, value: Any) -> Any:
        return None if value is None else bool(value)


class Unit(FieldType):
    name, label = "unit", "单位"
    operators = ("in", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = text.strip()
        if not plain:
            return None
        uid = names.unit_by_name(plain)
        if uid is None:
            raise _bad(field, plain, "没有这个单位", "请在“单位”页先建，或改用已有的全称、简称。")
        return uid

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.unit_name(value)

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_uid(value):
            raise _bad(field, value, "应为一个单位")
        return value


class Units(FieldType):
    name, label = "units", "多个单位"
    operators = ("contains", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> tuple[str, ...] | None:
        whole = names.unit_by_name(text.strip()) if text.strip() else None
        if whole:
            return (whole,)
        one = UNIT.parse
        return self.normalize(tuple(one(p, field, names) for p in _SPLIT.split(text) if p.strip()), field)

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else "、".join(names.unit_name(v) for v in value)

    def normalize(self, value: Any, field: Field) -> tuple[str, ...] | None:
        if value is None:
            return None
        if isinstance(value, str) or not all(isinstance(v, str) and is_uid(v) for v in value):
            raise _bad(field, value, "应为若干单位")
        return tuple(dict.fromkeys(value)) or None

    to_db, from_db, to_json = ChoiceMany.to_db, ChoiceMany.from_db, ChoiceMany.to_json


class Reference(FieldType):
    name, label = "reference", "关联记录"
    operators = ("in", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = text.strip()
        if not plain:
            return None
        uid = names.record_by_title(field.kind or "", plain)
        if uid is None:
            raise _bad(field, plain, "找不到这条记录", "请填它的标题全文。")
        return uid

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.title(field.kind or "", value)

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_uid(value):
            raise _bad(field, value, "应为一条记录")
        return value


class Phone(Text):
    name, label = "phone", "电话"
    operators = ("contains", "eq", "blank", "filled")
    _form: ClassVar[re.Pattern[str]] = re.compile(r"^\+?[0-9][0-9 \-]{4,24}(?:转[0-9]{1,6})?$")

    def normalize(self, value: Any, field: Field) -> str | None:
        text = super().normalize(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value, field)
        if text is None:
            return None
        text = text.replace("—", "-").replace("–", "-")
        if not self._form.match(text):
            raise _bad(field, text, "不像电话号码", "只填数字和短横线。")
        return text


class User(Text):
    """Who took a step: the login name is kept, the person's name is read. A name that no user has stands as it was typed."""

    name, label = "user", "经办人"
    operators = ("eq", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = self.normalize(text, field)
        return None if plain is None else names.user_by_name(plain) or plain

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.user_name(value)


#: Types whose values are plain texts: searched in, and one read as another without loss.
TEXT_TYPES = frozenset({"text", "longtext", "phone", "identity", "user"})

#: GB 11643-1999: weights and check symbols of the 18-character citizen identity number (ISO 7064 MOD 11-2).
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


class IdentityNumber(FieldType):
    name, label = "identity", "身份证号"
    operators = ("eq", "blank", "filled")

    def normalize(self, value: Any, field: Field) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise _bad(field, "数字格", "被表格程序按数字处理、末位可能已错", "请按文本重新填写。")
        text = unicodedata.normalize("NFKC", value).strip().upper().replace(" ", "")
        if not text:
            return None
        if not re.fullmatch(r"[1-9]\d{16}[\dX]", text):
            raise _bad(field, self.masked(text), "应为 18 位")
        try:
            born = dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
        except ValueError as error:
            raise _bad(field, self.masked(text), "中的出生日期不对") from error
        if not 1900 <= born.year <= 2200:
            raise _bad(field, self.masked(text), "中的出生日期不对")
        check = _ID_CHECKS[sum(int(d) * w for d, w in zip(text[:17], _ID_WEIGHTS, strict=True)) % 11]
        if check != text[17]:
            raise _bad(field, self.masked(text), "校验位不对", "请对照证件核对。")
        return text

    @staticmethod
    def masked(text: str) -> str:
        """With the inner digits hidden, for screens and messages."""
        return text[:3] + "*" * max(len(text) - 5, 0) + text[-2:] if len(text) > 5 else "*" * len(text)


class Attachments(FieldType):
    name, label = "attachment", "附件"
    operators = ("blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> Any:
        if not text.strip():
            return None
        raise _bad(field, text, "是附件，不能用文字填写", "请在窗口中添加文件。")

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
                raise _bad(field, "附件", "不完整")
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
