"""Field types of texts: one line or several, telephone numbers, login names, identity numbers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any, ClassVar

from db.errors import BadInput
from db.model.declarations import Field
from db.model.fieldtypes.base import FieldType, Names, bad_value
from db.model.late_pattern import lazy_regex

_CONTROL = lazy_regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_BLANKS = lazy_regex(r"[ \t\u3000\u00a0]+")


class Text(FieldType):
    """One line of at most ``limit`` characters; line ends, and several blanks in a row, become one
    blank."""

    name, label, about = "text", "文本", "一行字：名称、姓名、编号"
    plain_text = worded = single_line = True
    width = 10
    operators: ClassVar[tuple[str, ...]] = ("contains", "eq", "ne", "blank", "filled")
    limit: ClassVar[int] = 2_000

    def normalize(self, value: object, field: Field) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise bad_value(field, value, "应为文本")
        if (
            value.isprintable() and value == value.strip() and "  " not in value
            and len(value) <= self.limit and unicodedata.is_normalized("NFC", value)
        ):
            return value or None  # as most are already
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

    name, label, about = "longtext", "长文本", "多行字：问题、措施、进展"
    single_line, multiline, width = False, True, 16
    limit = 200_000


class Phone(Text):
    """A telephone number: digits, blanks and hyphens, with an extension after 转."""

    name, label, about = "phone", "电话", "电话号码"
    worded, single_line, unbroken, width = False, False, True, 7
    operators = ("contains", "eq", "blank", "filled")
    _form: ClassVar[re.Pattern[str]] = re.compile(r"^\+?[0-9][0-9 \-]{4,24}(?:转[0-9]{1,6})?$")

    def normalize(self, value: object, field: Field) -> str | None:
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

    name, label, about = "user", "经办人", "本程序的一个用户，或写下的姓名"
    worded, single_line, names_user, width = False, False, True, 5
    operators = ("eq", "ne", "blank", "filled")

    def parse(self, text: str, field: Field, names: Names) -> str | None:
        plain = self.normalize(text, field)
        return None if plain is None else names.user_by_name(plain) or plain

    def format(self, value: Any, field: Field, names: Names) -> str:
        return "" if value is None else names.user_name(value)


#: GB 11643-1999: weights and check symbols of the 18-character citizen identity number (ISO 7064
#: MOD 11-2).
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


class IdentityNumber(FieldType):
    """A citizen identity number of 18 characters (GB 11643-1999), its date and check symbol right;
    messages hold it masked."""

    name, label, about = "identity", "身份证号", "身份证号，显示时遮住中间"
    plain_text = secret = unbroken = True
    width = 10
    operators = ("eq", "blank", "filled")

    def normalize(self, value: object, field: Field) -> str | None:
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

    def shown(self, value: object, field: Field, names: Names) -> str:
        return "" if value is None else self.masked(str(value))

    @staticmethod
    def masked(text: str) -> str:
        """With the inner digits hidden, for screens and messages."""
        return (
            text[:3] + "*" * max(len(text) - 5, 0) + text[-2:] if len(text) > 5 else "*" * len(text)
        )
