"""`python -m tests.house`: the figures that the house is held to, counted in the source as it stands.

Files and folders, lengths of modules and functions, complexity, width of lines, `Any`, arguments, imports for types or
inside functions, the largest circle of imports with both of these counted. `--types` asks mypy as well; `--lines` says by
package how many lines are code, sentences of docstrings, comments and blank, `--lines COMMIT` the same of another commit.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tarfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("db", "desktop", "resources")
COMPLEX, MANY_ARGUMENTS, WIDEST = 10, 6, 100
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the program, read."""

    name: str
    folder: str
    lines: tuple[str, ...]
    tree: ast.Module

    @property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program, in the order of their paths."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        text = path.read_text(encoding="utf-8")
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, "/".join(parts[:-1]), tuple(text.splitlines()), ast.parse(text)))
    return tuple(found)


def crowded() -> Counter[str]:
    """Modules by folder; what is only a package's first line is not counted."""
    return Counter(m.folder for m in modules() if not (m.name.replace(".", "/") == m.folder and len(m.lines) < 10))


def complexity(function: Function) -> int:
    """Ways through a function: branches, loops, handlers, `and`/`or`, conditions and loops of comprehensions (McCabe as
    radon counts it). Functions inside it count by themselves. Ruff's C901 is milder: it knows neither the operators nor the
    comprehensions."""
    ways, waiting = 1, list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            continue
        if isinstance(node, ast.If | ast.For | ast.While | ast.ExceptHandler | ast.IfExp | ast.Assert | ast.match_case):
            ways += 1
        elif isinstance(node, ast.BoolOp):
            ways += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            ways += 1 + len(node.ifs)
        waiting += ast.iter_child_nodes(node)
    return ways


@cache
def complexities() -> Counter[str]:
    """The functions over the complexity, by module and name."""
    found = {f"{m.name}:{f.lineno} {f.name}": complexity(f) for m in modules() for f in m.functions}
    return Counter({name: ways for name, ways in found.items() if ways > COMPLEX})


def complex_share() -> float:
    """Per cent of the functions that are over the complexity."""
    return 100 * len(complexities()) / sum(len(m.functions) for m in modules())


def anys() -> Counter[str]:
    """`Any` in annotations by module: each name counts, imports of it do not."""
    return Counter(
        m.name for m in modules() for node in ast.walk(m.tree)
        if (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")
    )  # fmt: skip


def any_share() -> float:
    """`Any` in 1,000 lines."""
    return 1000 * anys().total() / sum(len(m.lines) for m in modules())


def wide_lines() -> list[str]:
    """Lines over the width; a Chinese character is two columns wide."""
    return [
        f"{m.name}:{number}" for m in modules() for number, line in enumerate(m.lines, 1)
        if width(line) > WIDEST
    ]  # fmt: skip


def arguments(function: Function) -> int:
    """What a caller may give, `self` and `cls` not counted."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def _imports(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Each import with where it stands: "top", "types" or "inside"."""

    def walk(node: ast.AST, place: str) -> Iterator[tuple[ast.stmt, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                yield child, place
            elif isinstance(child, Function):
                yield from walk(child, "inside")
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                yield from walk(child, "types")
            else:
                yield from walk(child, place)

    yield from walk(module.tree, "top")


def imports_at(place: str) -> Counter[str]:
    """Import statements by module that stand "inside" functions or for "types" alone."""
    return Counter(m.name for m in modules() for _, at in _imports(m) if at == place)


def largest_circle() -> list[str]:
    """The modules of the largest circle of imports, whichever way they are imported."""
    known = {m.name for m in modules()}
    edges: dict[str, set[str]] = {}
    for m in modules():
        found = edges.setdefault(m.name, set())
        for node, _ in _imports(m):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names} & known
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
                # `from a import b` with b a module needs a only as the folder that it lies in
                found |= inner if len(inner) == len(node.names) else inner | ({node.module} & known)
    return max(_circles(edges), key=len, default=[])


def _circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected parts of more than one module (Tarjan's, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(sorted(edges[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    work.append((other, iter(sorted(edges.get(other, ())))))
                    break
                if other in stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = stack[stack.index(node) :]
                    del stack[stack.index(node) :]
                    if len(part) > 1:
                        found.append(sorted(part))
    return found


def width(line: str) -> int:
    """Columns, a Chinese character counted as two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def spread(numbers: list[int]) -> str:
    """Median / 95th of 100 / most."""
    ordered = sorted(numbers)
    return f"{ordered[len(ordered) // 2]} / {ordered[len(ordered) * 95 // 100]} / {ordered[-1]}"


def type_errors() -> str:
    """What mypy --strict says of everything, in short."""
    command = [sys.executable, "-m", "mypy", "--strict", *FOLDERS[:2]]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False).stdout
    found = re.search(r"Found (\d+) errors? in (\d+) files?", said)
    return f"{found[1]} in {found[2]} files" if found else "0"


def table(types: bool = False) -> list[tuple[str, str]]:
    """What is counted, with its figures."""
    functions = [function for m in modules() for function in m.functions]
    lines = [line for m in modules() for line in m.lines]
    folders = crowded()
    circle = largest_circle()
    rows = [
        ("files / folders (most in one)", f"{len(modules())} / {len(folders)} ({max(folders.values())})"),
        ("module, lines: median / p95 / max", spread([len(m.lines) for m in modules()])),
        ("function, lines: median / p95 / max", spread([(f.end_lineno or f.lineno) - f.lineno + 1 for f in functions])),
        (f"functions over complexity {COMPLEX}", f"{complex_share():.1f} %, {len(complexities())} of {len(functions)}"),
        ("line width: median / p95 / max", spread([width(line) for line in lines if line.strip()])),
        ("Any in 1,000 lines", f"{any_share():.1f}"),
        (f"functions with over {MANY_ARGUMENTS} arguments", str(sum(arguments(f) > MANY_ARGUMENTS for f in functions))),
        ("imports for types / inside functions", f"{imports_at('types').total()} / {imports_at('inside').total()}"),
        ("largest circle, types counted", f"{len(circle)} modules" if circle else "none"),
        ("product lines", f"{len(lines):,}"),
    ]
    return [*rows, ("mypy --strict, errors", type_errors())] if types else rows


class Lines(Counter[str]):
    """What lines are, and how much code stands in them: lines get narrower or wider, statements and characters do not."""

    @classmethod
    def of(cls, text: str) -> Lines:
        lines, tree = text.splitlines(), ast.parse(text)
        said = {
            line
            for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | Function)
            for each in node.body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)
            for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
        }
        found = cls(files=1, lines=len(lines), statements=sum(isinstance(node, ast.stmt) for node in ast.walk(tree)))
        for number, line in enumerate(lines, 1):
            plain = line.strip()
            sort = "blank" if not plain else "docstring" if number in said else "comment" if plain.startswith("#") else "code"
            found[sort] += 1
            found["characters"] += len(plain) if sort == "code" else 0
        return found


LINES = ("files", "lines", "code", "docstring", "comment", "blank", "statements", "characters")


def by_package(commit: str = "") -> dict[str, Lines]:
    """Lines of the tree, or of a commit, by package; the whole last."""
    texts = {} if commit else {f"{m.folder}/{m.name}": "\n".join(m.lines) for m in modules()}
    if commit:
        archive = subprocess.run(["git", "archive", commit, *FOLDERS], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as packed:
            for member in packed:
                if member.name.endswith(".py") and (file := packed.extractfile(member)) is not None:
                    texts[member.name] = file.read().decode("utf-8")
    found: dict[str, Lines] = {}
    for path, text in sorted(texts.items()):
        folder = path.rsplit("/", 1)[0]
        for name in (folder, "together"):
            found.setdefault(name, Lines()).update(Lines.of(text))
    return {**{name: found[name] for name in found if name != "together"}, "together": found["together"]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.house", description="Count what the house is held to.")
    parser.add_argument("--types", action="store_true", help="ask mypy as well (half a minute)")
    parser.add_argument("--names", action="store_true", help="name what is over the limits")
    parser.add_argument("--lines", nargs="?", const="", metavar="COMMIT", help="what the lines are, by package")
    given = parser.parse_args()
    if given.lines is not None:
        sys.stdout.write(f"{'':32}" + "".join(f"{word:>12}" for word in LINES) + "\n")
        for name, counted in by_package(given.lines).items():
            sys.stdout.write(f"{name:32}" + "".join(f"{counted[word]:>12,}" for word in LINES) + "\n")
        return
    for what, figures in table(given.types):
        sys.stdout.write(f"{what:40} {figures}\n")
    if given.names:
        for head, names in (
            ("complex", [f"{ways} {name}" for name, ways in complexities().most_common()]),
            ("circle", largest_circle()),
            ("inside", [f"{name} {count}" for name, count in imports_at("inside").most_common()]),
            ("Any", [f"{name} {count}" for name, count in anys().most_common(40)]),
        ):
            sys.stdout.write(f"\n{head}\n" + "".join(f"    {name}\n" for name in names))


if __name__ == "__main__":
    main()
