"""What a blank works out, in words: 地点（没有时写“另行通知”）, 如果有地点, 逐个列出参会人员."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache

from db.model.builtin import kinds

NAMES = {
    "people": "参会人员", "letter": "这份函件", "before": "以前发过的函", "missing": "未报送的单位",
    "now": "当天",
}
CALLS = {
    "letter": "这份函件", "warned": "以前发过的函", "people": "参会人员", "children": "名单",
    "missing_units": "未报送的单位", "given_units": "有任务的单位", "has": "内容",
}
#: Fields that several ledgers have under names of their own.
FIELDS = {
    "deadline": "时限", "held_on": "举办时间", "planned_on": "计划时间", "place": "地点",
    "minutes": "纪要正文", "content": "内容", "name": "姓名", "unit": "单位",
}
Label = Callable[[str], str]


@cache
def _fields() -> dict[str, str]:
    """Fields of the program's own ledgers, by name."""
    found = {field.name: field.label for kind in kinds() for field in kind.all_fields}
    return found | FIELDS


class _Unsaid(Exception):
    """Nothing to call it by."""


class _Sentence:
    """Says expressions, with the names of figures and of plain blanks."""

    def __init__(self, label: Label, plain: Mapping[str, str]) -> None:
        self._label, self._plain = label, plain

    def value(self, node: ast.expr) -> str:
        """What is put in."""
        if found := self._plain.get(ast.unparse(node)):
            return found
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return f"“{node.value}”"
        if isinstance(node, ast.Name) and node.id in NAMES:
            return NAMES[node.id]
        if isinstance(node, ast.Subscript):
            return self._field(node)
        return self._joined(node)

    def _field(self, node: ast.Subscript) -> str:
        name = ast.literal_eval(node.slice)
        if name not in _fields():
            raise _Unsaid
        of = node.value.id if isinstance(node.value, ast.Name) else ""
        return ("上一次的" if of == "previous" else "") + _fields()[name]

    def _joined(self, node: ast.expr) -> str:
        if isinstance(node, ast.BoolOp):
            return self._either(node)
        if isinstance(node, ast.IfExp):
            return f"{self.value(node.body)}或{self.value(node.orelse)}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return "".join(self.value(each).strip("“”") for each in (node.left, node.right))
        if isinstance(node, ast.BinOp):  # a filter of the template
            return self.value(node.left)
        if isinstance(node, ast.Call):
            return self._called(node)
        raise _Unsaid

    def _either(self, node: ast.BoolOp) -> str:
        *first, last = node.values
        said = "或".join(map(self.value, first))
        if isinstance(last, ast.Constant):
            written = str(last.value).strip()
            return f"{said}（没有时{f'写“{written}”' if written else '留空'}）"
        return f"{said}或{self.value(last)}"

    def _called(self, node: ast.Call) -> str:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        if name == "letter_no":
            return f"{ast.literal_eval(node.args[1])}编号"
        if name == "label" and (field := ast.literal_eval(node.args[0])) in _fields():
            return f"{_fields()[field]}的栏名"
        if name not in CALLS:
            raise _Unsaid
        return CALLS[name]

    def condition(self, node: ast.expr) -> str:
        """On what it hangs."""
        if isinstance(node, ast.BoolOp):
            word = "，并且" if isinstance(node.op, ast.And) else "，或者"
            return word.join(map(self.condition, node.values))
        if isinstance(node, ast.UnaryOp):
            said = self.condition(node.operand)
            return f"没{said}" if said.startswith("有") else f"不是{said}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            figure = self._label(str(ast.literal_eval(node.args[0])))
            how = {"value": "「{}」不为零", "some": "有「{}」等数字", "can": "能看到「{}」"}
            if node.func.id in how:
                return how[node.func.id].format(figure)
        if (text := ast.unparse(node)) in ("item.overdue", "loop.last"):
            return "事项逾期未结" if text == "item.overdue" else "最后一个"
        return f"有{self.value(node)}"


def sentence(inner: str, label: Label, plain: Mapping[str, str]) -> str:
    """The inside of a blank in words; "" where nothing is known to call it by."""
    says, text = _Sentence(label, plain), inner.replace(" ~ ", " + ")
    try:
        if match := re.fullmatch(r"(?:el)?if\s+(.+)", text):
            otherwise = "否则" if text.startswith("el") else ""
            return f"{otherwise}如果{says.condition(_parsed(match[1]))}"
        if match := re.fullmatch(r"set\s+\w+\s*=\s*(.+)", text):
            return f"取{says.value(_parsed(match[1]))}"
        if match := re.fullmatch(r"for\s+\w+\s+in\s+(.+?)(\s+if\s+.+)?", text):
            part = "中符合条件的" if match[2] else ""
            return f"逐个列出{says.value(_parsed(match[1]))}{part}"
        return says.value(_parsed(text))
    except (_Unsaid, SyntaxError, ValueError, IndexError):
        return ""


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
