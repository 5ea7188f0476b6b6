"""Texts with blanks: a sandboxed template whose figures keep their names, so that each printed
number can be traced.

A figure's text is wrapped in noncharacters while it goes through the template and becomes a marked
``Run`` afterwards: never in private-use characters, with which people write rare names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from jinja2 import TemplateError, TemplateSyntaxError

from db.errors import DeclarationError
from desktop.bulletin.document import Inline, Run
from desktop.bulletin.report import sandbox

_OPEN, _MIDDLE, _CLOSE = "\ufde0", "\ufde1", "\ufde2"
_BY_HAND = "\ufde3"
_DELIMITERS = re.compile(f"[{_OPEN}{_MIDDLE}{_CLOSE}{_BY_HAND}]")
_MARKED = re.compile(f"{_OPEN}({_BY_HAND}?)([^{_MIDDLE}]*){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")


def marked(key: str, text: str, *, by_hand: bool = False) -> str:
    """A text that will become a ``Run`` with ``mark=key``, flagged when it was set by hand."""
    return f"{_OPEN}{_BY_HAND if by_hand else ''}{key}{_MIDDLE}{text}{_CLOSE}"


def unmarked(text: str) -> str:
    """The plain characters."""
    return _MARKED.sub(lambda match: match.group(3), text)


def to_typing(text: str) -> str:
    """A filled text as plain typing: each marked figure is a blank again (its key is the call that
    fills it), braces are just braces."""
    parts, at = [], 0
    for match in _MARKED.finditer(text):
        parts += [escape_blanks(text[at : match.start()]), "{{ " + match.group(2) + " }}"]
        at = match.end()
    return "".join([*parts, escape_blanks(text[at:])])


def escape_blanks(text: str) -> str:
    """Typed text that cannot be taken for a blank or a figure: doubled braces become full-width
    ones."""
    text = _DELIMITERS.sub("", text)
    for typed, shown in (
        ("{{", "｛｛"), ("}}", "｝｝"), ("{%", "｛％"), ("%}", "％｝"),
        ("{#", "｛＃"),
        ("#}", "＃｝"),
    ):
        text = text.replace(typed, shown)
    return text


def runs(text: str) -> Inline:
    """The inline text: a plain string, or runs where figures stand in it."""
    parts: list[Run] = []
    at = 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            parts.append(Run(text[at : match.start()]))
        parts.append(Run(match.group(3), mark=match.group(2), flagged=bool(match.group(1))))
        at = match.end()
    if not parts:
        return text
    if at < len(text):
        parts.append(Run(text[at:]))
    return tuple(parts)


def with_runs(value: Any) -> Any:
    """The same structure of blocks with every marked text turned into runs."""
    if isinstance(value, str):
        return runs(value)
    if isinstance(value, tuple):
        return tuple(with_runs(part) for part in value)
    if isinstance(value, msgspec.Struct):
        changed = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            if (isinstance(old, str) and _OPEN in old) or isinstance(old, tuple):
                changed[name] = with_runs(old)
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def number_text(value: int | Decimal | None) -> str:
    """A figure as it is printed: no thousands separators in running text, with the places it is
    counted to; a dash for none."""
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


class BrokenBlank(Exception):
    """A blank that cannot be read or filled: in which line of the text, and why, for people."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line, self.text = line, text


#: What Python says of a text whose parts stand in one another too deep to be read.
_TOO_DEEP = (RecursionError, SyntaxError, MemoryError)
_NESTED = "「如果」「逐个」或括号套得太深"
#: What the template's own words mean, by what they contain.
_SAID = (
    (
        r"need(?:s)? to be closed is 'if'|looking for the following tags: .*'endif'",
        "「如果」没有收尾，缺 {% endif %}",
    ),
    (
        r"need(?:s)? to be closed is 'for'|looking for the following tags: .*'endfor'",
        "「逐个」没有收尾，缺 {% endfor %}",
    ), (r"unknown tag 'end\w*'", "多了一个收尾"), (r"unknown tag '(\w+)'", "没有「{0}」"),
    (r"[Nn]o filter named '(\w+)'", "没有「| {0}」"),
    (r"[Nn]o test named '(\w+)'", "没有「is {0}」"),
    (r"'(\w+)' is undefined", "没有叫「{0}」的空"),
    (r"has no attribute '(\w+)'", "没有「{0}」这一项"),
    (r"not safely callable|is unsafe", "用了不允许的写法"),
)


def _in_words(error: Exception) -> str:
    for pattern, words in _SAID:
        match = re.search(pattern, str(error))
        if match:
            return words.format(*match.groups()) if "{0}" in words else words
    return "花括号里的写法看不懂"


def parsed(template: str) -> Any:
    """The template taken apart, None without blanks. Raises ``BrokenBlank``."""
    if "{" not in template:
        return None

    try:
        # filters are looked up only here
        sandbox.environment().from_string(sandbox.tree_of(template))
        return sandbox.environment().parse(template)
    except TemplateSyntaxError as error:
        raise BrokenBlank(error.lineno, _in_words(error)) from error
    except sandbox.Forbidden as error:
        raise BrokenBlank(error.line, _in_words(error)) from error
    except _TOO_DEEP as error:
        raise BrokenBlank(1, _NESTED) from error


def without_calls(text: str) -> str:
    """A text without its blanks, as a name for people."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL)


def fill(template: str, values: Mapping[str, Any], where: str) -> str:
    """The template with its blanks filled; a blank that cannot be filled is told with its line."""
    if "{" not in template:
        return template
    try:
        return _filled(template, values)
    except BrokenBlank as error:
        raise DeclarationError(f"文种「{where}」第 {error.line} 行：{error.text}。") from error


def _filled(template: str, values: Mapping[str, Any]) -> str:
    try:
        return sandbox.filled(template, values)
    except TemplateSyntaxError as error:
        raise BrokenBlank(error.lineno, _in_words(error)) from error
    except sandbox.Forbidden as error:
        raise BrokenBlank(error.line, _in_words(error)) from error
    except sandbox.TooMuch as error:
        raise BrokenBlank(error.line or _line_of(error), str(error)) from error
    except _TOO_DEEP as error:
        raise BrokenBlank(1, _NESTED) from error
    except (
        TemplateError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError,
    ) as error:
        raise BrokenBlank(_line_of(error), _in_words(error)) from error


def _line_of(error: Exception) -> int:
    """The line of the template where filling it failed."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_filename == "<template>":
            line = sandbox.line_in_text(frame.f_globals, trace.tb_lineno)
        trace = trace.tb_next
    return line
