"""What a report's blanks may do and how much of it: an office's text can come in a workbook from
anywhere.

Only the words that texts need are known (conditions, lists, a handful of filters); nothing can be
defined, repeated by a number or called that was not given. Rounds of loops, characters and time are
counted while a text is filled, whatever is nested in what.
"""

from __future__ import annotations

import time
import types
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_round
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Rounds of all loops together, characters written and joined in one place, seconds: far beyond
#: what a report ever needs.
ROUNDS, CHARACTERS, SECONDS = 20_000, 500_000, 60.0
#: Bits of a whole number that is worked out.
_BITS = 256
#: Places after the point, or before it, to which a number is rounded.
_PLACES = 12
_BUDGET = " budget"  # no template can name or set it
_OPERATORS = frozenset({"+", "-", "*", "/", "//", "%"})
_FILTERS = (
    "abs", "count", "d", "default", "first", "float", "int", "last", "length", "list", "lower",
    "round", "sort", "string", "sum", "trim", "unique", "upper",
)
_NODES = (
    "Template", "Output", "TemplateData", "If", "CondExpr", "For", "Assign", "Name", "Const",
    "Tuple", "List", "Filter", "Test", "Call", "Getitem", "Getattr", "Slice", "Keyword", "Compare",
    "Operand", "And", "Or", "Not", "Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Neg", "Pos",
    "Concat",
)


class TooMuch(Exception):
    """A text that would not end, or not in time; says so for people. ``line`` of the text, where it
    is not told by the traceback."""

    line = 0


class Forbidden(Exception):
    """A way of writing that texts do not need; ``line`` of the text."""

    def __init__(self, line: int) -> None:
        super().__init__("is unsafe")
        self.line = line


class Budget:
    """What filling one text has used up."""

    def __init__(self) -> None:
        self._rounds = self._written = 0
        self._until = time.monotonic() + SECONDS

    def tick(self) -> None:
        """Raises ``TooMuch`` when it takes too long."""
        if time.monotonic() > self._until:
            raise TooMuch(
                f"{SECONDS:.0f} 秒还没有填完，已停下；请看看「逐个」里面是不是又套着「逐个」"
            )

    def round(self) -> None:
        """One more round of a loop."""
        self._rounds += 1
        if self._rounds > ROUNDS:
            raise TooMuch(
                f"「逐个」超过 {ROUNDS} 次，已停下；请看看「逐个」里面是不是又套着「逐个」"
            )
        self.tick()

    def write(self, characters: int) -> None:
        """So many characters more in the text."""
        self._written += characters
        if self._written > CHARACTERS:
            raise TooMuch(
                f"印出来会超过 {CHARACTERS} 个字，已停下；请看看是不是把同样的内容列了很多遍"
            )


def _measured(length: int) -> None:
    if length > CHARACTERS:
        raise TooMuch(f"拼起来会超过 {CHARACTERS} 个字，已停下；请看看是不是把同样的内容列了很多遍")


def _join(values: Iterable[Any], between: str = "", attribute: None = None) -> str:
    """Texts in one, measured before they are put together."""
    parts = [str(value) for value in values]
    _measured(sum(map(len, parts)) + len(between) * max(0, len(parts) - 1))
    return between.join(parts)


def _flat(values: list[Any] | tuple[Any, ...]) -> list[Any] | tuple[Any, ...]:
    """A list written in a text, which holds no lists: forty lines of ``a = [a, a]`` would make a
    text of a million million parts."""
    if any(isinstance(value, list | tuple) for value in values):
        raise SecurityError("is unsafe")
    return values


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    """A number to so many places; ``10 ** precision`` of a great precision would never be worked
    out."""
    if not isinstance(precision, int) or abs(precision) > _PLACES:
        raise SecurityError("is unsafe")
    return do_round(value, precision, method)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def environment() -> Any:
    """The sandbox. Made when a text is first filled: Jinja is not needed to start."""
    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = _OPERATORS

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            """Texts, numbers and lists have nothing to call that a report needs;
            ``'x'.ljust(10**9)`` would fill the memory."""
            plain = isinstance(
                obj,
                str
                | bytes
                | int
                | float
                | Decimal
                | list
                | tuple
                | types.FunctionType
                | types.MethodType,
            )
            return not plain and super().is_safe_attribute(obj, attr, value)

        def wrap_str_format(self, value: Any) -> None:
            """A width in a format string is as bad."""
            return None

        def is_safe_callable(self, obj: Any) -> bool:
            return isinstance(
                obj, types.FunctionType | types.MethodType
            ) and super().is_safe_callable(obj)

        def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
            context.resolve(_BUDGET).tick()
            return super().call(context, obj, *args, **kwargs)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            numbers = all(isinstance(side, int | float | Decimal) for side in (left, right))
            if not numbers:
                same = type(left) is type(right) and isinstance(left, str | list | tuple)
                if operator != "+" or not same:
                    raise SecurityError("is unsafe")
                _measured(len(left) + len(right))
            elif any(isinstance(side, int) and side.bit_length() > _BITS for side in (left, right)):
                raise SecurityError("is unsafe")
            return super().call_binop(context, operator, left, right)

    @pass_context
    def rounds(context: Any, values: Iterable[Any]) -> Iterator[Any]:
        budget = context.resolve(_BUDGET)
        for value in values:
            budget.round()
            yield value

    made = Sandbox(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=False, optimized=False,
    )
    made.globals.clear()
    own = {"join": _join, "round": _round, _ROUNDS_OF: rounds, _JOINED: _join, _FLAT: _flat}
    made.filters = {name: made.filters[name] for name in _FILTERS} | own
    return made


#: Filters that only :func:`tree_of` puts in: no template can name them.
_ROUNDS_OF, _JOINED, _FLAT = " rounds", " joined", " flat"


def tree_of(template: str) -> Any:
    """The template taken apart, its loops counted. Raises ``Forbidden`` and what Jinja raises for
    what it cannot read."""
    tree = environment().parse(template)
    allowed = tuple(getattr(nodes, name) for name in _NODES)
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, (*allowed, nodes.Helper)) or (
            isinstance(node, nodes.For) and node.recursive
        ):
            raise Forbidden(node.lineno)
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, _ROUNDS_OF, [], [], None, None, lineno=loop.lineno)
    _guard_parts(tree)
    tree.set_environment(environment())
    return tree


def _guard_parts(node: Any) -> None:
    """``a ~ b`` is joined by a filter that measures first; ``[a, b]`` goes through one that lets no
    list into it."""
    for name, value in node.iter_fields():
        parts = value if isinstance(value, list) else [value]
        for place, part in enumerate(parts):
            if not isinstance(part, nodes.Node):
                continue
            _guard_parts(part)
            line = part.lineno
            if isinstance(part, nodes.Concat):
                guarded = nodes.Filter(
                    nodes.List(part.nodes, lineno=line), _JOINED, [], [], None, None, lineno=line
                )
            elif isinstance(part, nodes.List) or (
                isinstance(part, nodes.Tuple) and part.ctx == "load"
            ):
                guarded = nodes.Filter(part, _FLAT, [], [], None, None, lineno=line)
            else:
                continue
            if isinstance(value, list):
                value[place] = guarded
            else:
                setattr(node, name, guarded)


@lru_cache(maxsize=64)
def _compiled(template: str) -> Any:
    """Kept, since a draft that is looked at, checked and issued fills the same texts each time."""
    return environment().from_string(tree_of(template))


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The template with its blanks filled. Raises what filling raises; ``line_of`` says where."""
    compiled = _compiled(template)
    budget = Budget()
    out: list[str] = []
    writing = compiled.root_render_func(compiled.new_context({**values, _BUDGET: budget}))
    for part in writing:
        try:
            budget.write(len(part))
        except TooMuch as error:
            error.line = line_in_text(writing.gi_frame.f_globals, writing.gi_frame.f_lineno)
            raise
        out.append(part)
    return "".join(out)


def line_in_text(frame: Mapping[str, Any], line: int) -> int:
    """The line of the text behind a line of what Jinja made of it; ``frame``: the globals there,
    which say so."""
    pairs = [pair.split("=") for pair in str(frame.get("debug_info", "")).split("&") if pair]
    return next((int(text) for text, made in reversed(pairs) if int(made) <= line), 1)
