"""Small wrong changes of a source: what a slip of the pen would make of it, one at a time.

Changed are comparisons, `and`/`or`, `not`, `True`/`False`, whole numbers, members of lists and what is returned; texts are
not, since tests should not repeat them. Only functions are changed: what runs once at import cannot be put in afterwards.
"""

from __future__ import annotations

import ast
import gc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

Function = ast.FunctionDef | ast.AsyncFunctionDef
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One wrong change: where it is, and what stands there before and after."""

    path: Path
    number: int
    """Its place among the changes of the file."""
    function: str
    """Qualified name of the outermost function that holds it."""
    first_line: int
    """Of that function, decorators counted."""
    line: int
    statement: tuple[int, int]
    """The first and last line of the statement, or of its head."""
    told: str
    time: int = 1
    """Which it is of those changes of the function that are told by the same words."""

    @property
    def words(self) -> str:
        """What tells it apart within its file: no line, so that a change elsewhere leaves it standing."""
        return f"{self.function}: {self.told}" + (f" ({self.time})" if self.time > 1 else "")

    @property
    def key(self) -> str:
        """How a file of reasons names it."""
        return f"{self.path.as_posix()} {self.words}"


@dataclass(frozen=True)
class _Site:
    function: str
    first_line: int
    line: int
    statement: tuple[int, int]
    told: str
    change: Callable[[], None]


def _changes(node: ast.AST, put: Callable[[ast.AST], None]) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be changed at a node; `put` sets another in its place."""

    def instead(other: ast.expr) -> tuple[str, Callable[[], None]]:
        return f"{ast.unparse(node)} → {ast.unparse(other)}", lambda: put(ast.copy_location(other, node))

    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            if swapped := SWAPPED.get(type(operator)):
                operators = [*node.ops[:at], swapped(), *node.ops[at + 1 :]]
                yield instead(ast.Compare(node.left, operators, node.comparators))
    elif isinstance(node, ast.BoolOp):
        yield instead(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield instead(node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield instead(ast.Constant(not node.value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield instead(ast.Constant(node.value + 1))
    elif isinstance(node, ast.List | ast.Tuple | ast.Set) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        if len(node.elts) > 1 and not any(isinstance(each, ast.Starred) for each in node.elts):
            yield instead(type(node)(elts=node.elts[:-1], **({} if isinstance(node, ast.Set) else {"ctx": ast.Load()})))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        def nothing() -> None:
            node.value = ast.copy_location(ast.Constant(None), node)

        yield f"{ast.unparse(node)} → return None", nothing


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _sites(tree: ast.Module) -> Iterator[_Site]:
    """Every change of a tree in a fixed order; annotations, defaults and decorators run at import and are left alone."""

    def walk(node: ast.AST, names: list[str], outer: tuple[str, int] | None, lines: tuple[int, int] = (0, 0)) -> Iterator[_Site]:
        for field, value in ast.iter_fields(node):
            if isinstance(node, Function) and field in ("decorator_list", "args", "returns"):
                continue
            if isinstance(node, ast.AnnAssign | ast.arg) and field == "annotation":
                continue
            many = isinstance(value, list)
            for at, child in enumerate(value if many else [value]):
                if not isinstance(child, ast.AST):
                    continue
                within = _lines(child) if isinstance(child, ast.stmt) else lines
                if outer is not None:

                    def put(other: ast.AST, value: list[ast.AST] = value, at: int = at, field: str = field, many: bool = many) -> None:
                        if many:
                            value[at] = other
                        else:
                            setattr(node, field, other)

                    for told, change in _changes(child, put):
                        yield _Site(outer[0], outer[1], getattr(child, "lineno", 0), within, told, change)
                named = [*names, child.name] if isinstance(child, Function | ast.ClassDef) else names
                inner = outer
                if isinstance(child, Function) and outer is None:
                    lines = [child.lineno, *(each.lineno for each in child.decorator_list)]
                    inner = (".".join(named), min(lines))
                yield from walk(child, named, inner, within)

    yield from walk(tree, [], None)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """The first and last line of a statement; of what has a body, of its head."""
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) and body else statement.end_lineno
    return statement.lineno, max(statement.lineno, last or 0)


def mutants(root: Path, path: Path) -> list[Mutant]:
    """Every change of a file (its path below `root`)."""
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    found: list[Mutant] = []
    times: Counter[tuple[str, str]] = Counter()
    for number, site in enumerate(_sites(tree)):
        times[site.function, site.told] += 1
        time = times[site.function, site.told]
        found.append(Mutant(path, number, site.function, site.first_line, site.line, site.statement, site.told, time))
    return found


def source_of(root: Path, mutant: Mutant) -> ast.Module:
    """The file with the change in it."""
    tree = ast.parse((root / mutant.path).read_text(encoding="utf-8"))
    list(_sites(tree))[mutant.number].change()
    return ast.fix_missing_locations(tree)


def _code(code: CodeType, name: str, line: int) -> CodeType | None:
    """The code of a function by name and line, wherever it lies in another."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_qualname == name and each.co_firstlineno == line:
                return each
            if found := _code(each, name, line):
                return found
    return None


def changed_code(root: Path, mutant: Mutant) -> CodeType | None:
    """What the function becomes by the change."""
    changed = compile(source_of(root, mutant), str(root / mutant.path), "exec")
    return _code(changed, mutant.function, mutant.first_line)


def living(files: set[str]) -> dict[tuple[str, str, int], list[FunctionType]]:
    """The functions of the files as they are, whoever holds them, by file, name and first line."""
    found: dict[tuple[str, str, int], list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and (code := each.__code__).co_filename in files:
            found.setdefault((code.co_filename, code.co_qualname, code.co_firstlineno), []).append(each)
    return found
