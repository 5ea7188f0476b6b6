"""How each field type stands in a text cell of the workbook, and how it is read back. One registry,
keyed by field type.

Every cell is text ('@'): the program parses dates and numbers itself, never the spreadsheet
program. For most types the text follows from the kept JSON value alone (``CellType.text``), so an
export need not carry both. Names of units and titles of records depend on the book, so for those
the exported text is carried beside the value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from db.errors import BadInput
from db.model.declarations import Field
from db.model.fieldtypes import TYPES, type_of
from db.model.fieldtypes.base import Names

#: Field → value, each of its field's own type.
FieldValues = dict[str, Any]
#: A cell holds 32,767 characters (ECMA-376, and what Excel cuts to in silence). A longer text is
#: carried whole in the hidden sheet; its cell shows the beginning and says so, and is not for
#: writing.
CELL_LIMIT = 32_000
SHOWN_OF_LONG = 200
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LONG = "……（全文共 {n} 字，超出表格单元格的上限，已随工作簿完整传送；请在程序中修改）"


def same(value: object) -> str:
    """A value that is its own text."""
    return value if isinstance(value, str) else str(value)


def _number(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _percent(value: object) -> str:
    return _number(value) + "%"


def _flag(value: object) -> str:
    return "是" if value else "否"


class CellType(msgspec.Struct, frozen=True):
    """What a column of this type is like. ``text`` makes the text from the JSON value; None: it
    depends on the book."""

    text: Callable[[Any], str] | None
    width: float
    hint: str = ""
    #: whether a person may type here at all
    typed: bool = True


#: Widths in Chinese characters.
CELLS: dict[str, CellType] = {
    "text": CellType(same, 12), "longtext": CellType(same, 22),
    "integer": CellType(_number, 6, "只填数字"), "decimal": CellType(_number, 7, "只填数字"),
    "money": CellType(_number, 8, "只填数字"),
    "percent": CellType(_percent, 6, "只填百分数，如 85 或 85%"),
    "date": CellType(same, 7, "日期写成 2022-09-05 或 2022年9月5日"),
    "month": CellType(same, 6, "月份写成 2022-09 或 2022年9月"),
    "choice": CellType(None, 7, "请从下拉表中选"),
    "choices": CellType(None, 10, "可选多项，用顿号“、”分开"),
    "flag": CellType(_flag, 5, "请选“是”或“否”"), "unit": CellType(None, 10, "请填单位全称或简称"),
    "units": CellType(None, 12, "多个单位用顿号“、”分开"),
    "reference": CellType(None, 10, "请填全名"), "phone": CellType(same, 9, "只填数字和短横线"),
    "user": CellType(None, 6, "请填姓名"), "identity": CellType(same, 11, "18 位身份证号"),
    "attachment": CellType(None, 10, "附件请在程序中添加", typed=False),
    "steps": CellType(None, 10, "由流程操作记下", typed=False),
}


def shortened(text: str) -> str:
    """What a cell shows of a text: all of it, or for one over the limit its beginning and a
    sentence."""
    if len(text) <= CELL_LIMIT:
        return text
    return text[:SHOWN_OF_LONG] + _LONG.format(n=len(text))


def unescaped(text: str) -> str:
    """What is left of a text with _xHHHH_ in it once SheetJS or ExcelJS has saved it: they read the
    escape that protects it and write the text bare, so that the next reader takes it for a
    character."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def parse(text: str, field: Field, names: Names) -> Any:
    """The value that was typed. Raises ``BadInput`` with a sentence for the person."""
    if not CELLS[field.type].typed:
        raise BadInput(f"「{field.label}」不能在表格中填写，请在程序中添加。", field=field.name)
    return TYPES[field.type].parse(text, field, names)


def options(field: Field) -> list[str]:
    """What a drop-down offers, where the declaration alone says it."""
    if type_of(field).one_listed:
        return [o.label for o in field.options]
    if type_of(field).yes_no:
        return ["是", "否"]
    return []


def hint(field: Field) -> str:
    """What is shown when a person enters the cell."""
    parts = [field.help] if field.help else []
    if CELLS[field.type].hint:
        measure = f"，单位：{field.measure}" if field.measure else ""
        parts.append(CELLS[field.type].hint + measure)
    return "；".join(p.rstrip("。") for p in parts)[:250]


def width(field: Field) -> float:
    """Width of the column in Chinese characters."""
    return float(max(field.width or CELLS[field.type].width, len(field.label) + 1))
