"""Which statements of the program a run of the suite goes through: ``ZHENGXIAN_COVERAGE=1`` measures it, then
``coverage combine`` and ``coverage report`` tell it.

coverage.py alone must trace every line of every library on Python 3.11, which doubles the time of the suite. Here
each statement of the program notes itself, written in when its module is imported, and the files that coverage.py
reads are made from the notes. ``tests/unit/test_measured.py`` holds the two against each other.
"""

from __future__ import annotations

import ast
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("db", "desktop")
NOTES = "__statements_run__"
_notes: dict[str, bytearray] = {}


class _Noting(ast.NodeTransformer):
    """Puts before each statement one that notes its line."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                setattr(node, name, self._noted(node, block))
        return node

    def _noted(self, node: ast.AST, block: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        # What must stand before any statement is noted after it; a handler or a case when its block is entered (one
        # that is tried in vain counts as not run, where a tracer would count it).
        waiting = [node] if isinstance(node, ast.ExceptHandler) else []
        if isinstance(node, ast.match_case):
            waiting = [node.pattern]
        first = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        for each in block:
            first = first and _stands_first(each)
            if first:
                made.append(each)
                waiting.append(each)
                continue
            for at in (*waiting, *getattr(each, "decorator_list", ()), each):
                made.append(_note(at))
            waiting = []
            made.append(each)
        return made + [_note(at) for at in waiting]


def _stands_first(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _note(at: ast.AST) -> ast.stmt:
    target = ast.Subscript(ast.Name(NOTES, ast.Load()), ast.Constant(at.lineno), ast.Store())
    made = ast.Assign([target], ast.Constant(1))
    return ast.fix_missing_locations(ast.copy_location(made, at))


def noting(source: bytes | str, path: str) -> CodeType:
    """The code of a module whose statements note their lines in what the module calls ``NOTES``."""
    code: CodeType = compile(_Noting().visit(ast.parse(source, path)), path, "exec", dont_inherit=True)
    return code


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path)
        _notes[self.path] = bytearray(source.count(b"\n") + 2)
        return noting(source, self.path)

    def exec_module(self, module: ModuleType) -> None:
        code = self.get_code(module.__name__)
        setattr(module, NOTES, _notes[self.path])
        exec(code, module.__dict__)


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        spec = PathFinder.find_spec(fullname, path)  # type: ignore[arg-type]
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(fullname, str(spec.origin))
        return spec


def begin() -> None:
    """Measure every module of the program that is imported from now on."""
    early = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    assert not early, f"imported before they could be measured: {early}"
    sys.meta_path.insert(0, _Finder())


def write() -> None:
    """Write what was noted in this process beside what other processes write."""
    data = CoverageData(str(ROOT / ".coverage"), suffix=f"suite.{os.getpid()}")
    data.add_lines({path: [at for at, run in enumerate(notes) if run] for path, notes in _notes.items()})
    data.touch_files([str(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py")])
    data.write()
