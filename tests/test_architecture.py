"""The directions in which the parts may know each other, and what the program must never do.

The contracts between packages stand in `pyproject.toml` (import-linter); what it cannot say is read here from the
source with `ast`, imports inside functions included.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ("db", "desktop", "resources")
#: A module past this has a second reason to change; the aim is 400.
LONGEST_MODULE = 720
#: Imports inside functions, by module and by what it imports: each is there to start faster, and says how.
LATE_IMPORTS: dict[str, dict[str, str]] = tomllib.loads((ROOT / "tests" / "late_imports.toml").read_text(encoding="utf-8"))

LONGEST_PAGE = 300

NETWORK = (
    "socket", "socketserver", "ssl", "http", "urllib.request", "urllib.error", "ftplib", "smtplib", "poplib", "imaplib",
    "telnetlib", "xmlrpc", "webbrowser", "requests", "httpx", "aiohttp", "urllib3", "websockets", "PySide6.QtNetwork",
    "PySide6.QtNetworkAuth", "PySide6.QtWebSockets", "PySide6.QtWebEngineCore", "PySide6.QtWebEngineWidgets",
    "PySide6.QtHttpServer",
)


def _sources(*folders: str) -> list[Path]:
    """The Python files under the folders, in a fixed order, so that every worker collects the same tests."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imported(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) for each import of a file; `from a import b` gives both a and a.b, since b may be a module."""
    package = _module(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def _breaches(paths: list[Path], forbidden: tuple[str, ...]) -> list[str]:
    return sorted(
        {
            f"{path.relative_to(ROOT)}:{line} imports {module}"
            for path in paths
            for line, module in _imported(path)
            if any(_is_in(module, package) for package in forbidden)
        }
    )


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_contracts_between_packages_hold() -> None:
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    run = _run("-c", lint, "--no-cache")
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_book_imports_nothing_of_the_application() -> None:
    above = ("desktop", "PySide6", "openpyxl", "xlsxwriter", "python_calamine", "reportlab")
    assert not _breaches(_sources("db"), above)


def test_exchange_and_bulletin_import_neither_each_other_nor_the_window() -> None:
    window = ("desktop.ui", "desktop.app", "PySide6")
    assert not _breaches(_sources("desktop/exchange"), ("desktop.bulletin", "reportlab", *window))
    assert not _breaches(_sources("desktop/bulletin"), ("desktop.exchange", "openpyxl", *window))


def test_only_the_window_imports_qt() -> None:
    elsewhere = [path for path in _sources(*PROGRAM) if not _is_in(_module(path), "desktop.ui")]
    assert not _breaches(elsewhere, ("PySide6", "shiboken6", "qtawesome", "qtpy"))


def test_the_window_asks_nobody_what_methods_it_has() -> None:
    """What a page or a part can do is declared by its class; a module is imported, never looked up by its name."""
    asked = [
        (path.relative_to(ROOT).as_posix(), node.lineno)
        for path in _sources("desktop/ui")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("hasattr", "getattr", "importlib.import_module")
    ]
    assert not asked


def _sql(tree: ast.Module) -> Iterator[int]:
    """Lines where the source speaks to a database: a statement as text, or a connection that is asked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if STATEMENT.match(node.value):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "connection", "writer"):
            yield node.lineno


STATEMENT = re.compile(r"\s*(SELECT .* FROM|INSERT |UPDATE \w+ SET|DELETE FROM|PRAGMA |WITH \w+ AS)\b", re.S)


def test_the_window_holds_no_sql() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}" for path in (*_sources("desktop/ui"), *_sources("desktop/commands"))
        for line in _sql(_tree(path))
    ]
    assert not found


@pytest.mark.parametrize("code", [
    'x = "SELECT count(*) FROM changes"', "book.connection", 'db.execute(text)', 'f"DELETE FROM {table}"', '"UPDATE meta SET a = 1"',
], ids=["statement", "connection", "execute", "formatted", "update"])
def test_the_finder_sees_sql(code: str) -> None:
    assert set(_sql(ast.parse(code))) == {1}


def test_each_listed_page_has_its_maker() -> None:
    from desktop.ui.app.page_loader import GROUPS
    from desktop.ui.kit.page import Page
    from desktop.ui.pages import PAGES

    assert sorted(entry.id for entry in PAGES) == sorted(name for names in GROUPS.values() for name in names)
    for load, names in GROUPS.items():
        made = load()
        assert tuple(made) == names
        assert all(isinstance(each, type) and issubclass(each, Page) for each in made.values()), names


def test_the_program_imports_nothing_of_the_tests_or_their_tools() -> None:
    assert not _breaches(_sources(*PROGRAM), ("tests", "pytest", "hypothesis", "pdfplumber", "fontTools", "psutil"))


def test_nothing_reaches_a_network() -> None:
    assert not _breaches(_sources(*PROGRAM), NETWORK)


def test_the_breach_finder_sees_every_way_to_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    source = tmp_path / "db" / "bad.py"
    source.parent.mkdir()
    inside = "def f():\n    from . import x\n    import ssl as s\n"
    source.write_text("import http.client\nfrom urllib import request\n" + inside)
    assert _breaches([source], NETWORK) == [
        "db/bad.py:1 imports http.client", "db/bad.py:2 imports urllib.request", "db/bad.py:5 imports ssl",
    ]
    assert (4, "db.x") in list(_imported(source))


def _circles(roots: tuple[str, ...]) -> list[list[str]]:
    """Modules that need each other, whichever way they import: for types and inside functions too."""
    modules = {_module(path): path for path in _sources(*PROGRAM)}
    needs = {
        name: {other for _, other in _imported(path) if other in modules and other != name}
        for name, path in modules.items()
        if name.split(".")[0] in {root.split(".")[0] for root in roots}
    }

    def reached(start: str) -> set[str]:
        waiting, seen = list(needs.get(start, ())), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += needs.get(name, ())
        return seen

    reach = {name: reached(name) for name in needs}
    found = {
        tuple(sorted(other for other in reach[name] if name in reach.get(other, ())))
        for name in needs
        if any(_is_in(name, root) for root in roots) and name in reach[name]
    }
    return sorted(map(list, found))


def test_no_modules_import_each_other() -> None:
    """No circle at all; one that only types or functions close is one for whoever reads it."""
    assert _circles(PROGRAM) == []


def test_the_circle_finder_sees_every_way_to_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "a.py").write_text("from db import b\n")
    (folder / "b.py").write_text("def f():\n    from db.c import g\n")
    (folder / "c.py").write_text("if TYPE_CHECKING:\n    from db.a import f\n")
    (folder / "d.py").write_text("import db.a\n")
    assert _circles(("db",)) == [["db.a", "db.b", "db.c"]]


def test_an_import_inside_a_function_is_there_to_start_faster() -> None:
    """Each stands in ``late_imports.toml`` with its reason, and none stands there that is gone."""
    found = {(_module(path), module) for path in _sources(*PROGRAM) for module in _late(_tree(path), _listed(path))}
    assert found == {(module, other) for module, others in LATE_IMPORTS.items() for other in others}
    assert all(reason for others in LATE_IMPORTS.values() for reason in others.values())


def test_values_are_copied_as_what_they_are() -> None:
    """Most values are msgspec structs, of which dataclasses.replace fails when it runs, and mypy sees nothing wrong with it."""
    own = {"db.metrics.sources", "db.safety.restore", "desktop.exchange.appointment.person_import",
           "desktop.bulletin.masking.mask"}  # these copy dataclasses
    names = "replace", "asdict", "astuple", "fields", "is_dataclass"
    asked = re.compile(rf"dataclasses\.({'|'.join(names)})\(|from dataclasses import .*\b({'|'.join(names)})\b")
    assert {_module(path) for path in _sources(*PROGRAM) if asked.search(path.read_text("utf-8"))} == own


def _listed(path: Path) -> frozenset[str]:
    return frozenset(LATE_IMPORTS.get(_module(path), ()))


def _late(tree: ast.Module, listed: frozenset[str]) -> Iterator[str]:
    """What the functions of a module import, as it is listed: a module, or all of its package by a star."""
    inside = [each for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for each in ast.walk(node)]
    for node in inside:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                known = {whole, f"{node.module}.*", str(node.module)} & listed
                yield max(known, key=len, default=whole)


@pytest.mark.parametrize(("code", "listed", "found"), [
    pytest.param("def f():\n    import ssl as s", (), {"ssl"}, id="plain"),
    pytest.param("def f():\n    from a import b, c", ("a.b",), {"a.b", "a.c"}, id="one is listed"),
    pytest.param("class A:\n    def f(self):\n        from a import b, c", ("a.*",), {"a.*"}, id="package"),
    pytest.param("async def f():\n    from a import b", ("a",), {"a"}, id="name of a module"),
    pytest.param("if TYPE_CHECKING:\n    import a\nimport b", (), set(), id="not inside"),
])
def test_the_finder_sees_late_imports(code: str, listed: tuple[str, ...], found: set[str]) -> None:
    assert set(_late(ast.parse(code), frozenset(listed))) == found


def test_settings_are_named_in_one_place() -> None:
    """Who asks a book for a setting names its declaration (``db/model/settings.py``), never its key."""
    asked = {"setting", "set_setting", "meta", "set_meta"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _sources("db", "desktop")
        if not _is_in(_module(path), "db.store")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asked
        and (node.keywords or any(isinstance(each, ast.Constant | ast.JoinedStr) for each in node.args[:1]))
        and not _is_in(_module(path), "db.model.settings")
    ]
    assert not found


def test_no_module_outgrows_its_reason() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in _sources(*PROGRAM)
    }
    assert not {name: count for name, count in lengths.items() if count > LONGEST_MODULE}


def test_a_page_composes_what_its_packages_hold() -> None:
    """One page a file, short enough to be read at one sitting."""
    pages = _sources("desktop/ui/pages")
    assert not [path.name for path in pages if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_PAGE]


def test_what_is_public_says_what_a_caller_must_know() -> None:
    """Below the window each public module, class and function has a docstring, or is the heir of one that has.

    Members of a protocol are told by its class; pages and widgets are called by the window alone.
    """
    paths = [path for path in _sources("db", "desktop") if "desktop/ui" not in path.as_posix() and "sample" not in path.parts]
    told: set[str] = set()
    bare: list[tuple[str, str]] = []
    for path in paths:
        tree = _tree(path)
        if not ast.get_docstring(tree) and tree.body:
            bare.append((path.relative_to(ROOT).as_posix(), ""))
        classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and not each.name.startswith("_")]
        for node in (*tree.body, *(each for top in classes for each in top.body)):
            if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_") or _is_a_stub(node):
                continue
            if ast.get_docstring(node):
                told.add(node.name)
            else:
                bare.append((f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node.name))
    assert not [f"{place} {name}" for place, name in bare if name not in told or name == ""]


def _is_a_stub(node: ast.AST) -> bool:
    body = getattr(node, "body", [])
    return len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and body[0].value.value is ...


def test_pages_name_no_field_of_a_declared_kind() -> None:
    """A field's name written in a page is a sign that form, list or filter was not derived from the declaration."""
    names = _declared_field_names()
    found = []
    for path in _sources("desktop/ui/pages"):
        tree = _tree(path)
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.value!r}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
            and node.value in names
        ]
    assert not found


#: Fields of one word that can hardly mean anything else in a page. Other single words (name, series, form) are everyday
#: words of any program as well, so only names of two words and more are looked for besides these.
UNMISTAKABLE = frozenset({"deadline", "progress", "difficulty", "measures", "requirement"})


def _declared_field_names() -> frozenset[str]:
    """Names of fields, less those that are names of figures or kinds too, which a page may ask for."""
    from db.metrics.metrics import load
    from db.model.builtin import kinds  # here, so that a broken declaration fails this test alone

    others = {figure.name for figure in load(ROOT / "resources" / "figures", kinds())} | {kind.name for kind in kinds()}
    names = {field.name for kind in kinds() for field in kind.all_fields}
    return frozenset(name for name in names - others if "_" in name or name in UNMISTAKABLE)


@pytest.mark.parametrize("consumer", ["desktop.ui.field_editors.registry", "desktop.exchange.format.cells", "desktop.bulletin.report.printed_cells"])
def test_each_consumer_knows_every_field_type(consumer: str) -> None:
    """One registry each, keyed by field type: a new type without a widget or a cell fails here."""
    import importlib

    from db.model.fieldtypes import TYPES

    registries = [
        value for value in vars(importlib.import_module(consumer)).values()
        if isinstance(value, dict) and value is not TYPES and set(value) & set(TYPES)
    ]
    assert len(registries) == 1, f"{consumer} should have one registry keyed by field type"
    assert set(registries[0]) == set(TYPES)


#: The registry of field types, and those of its three consumers.
TYPE_REGISTRIES = frozenset({"TYPES", "CELLS", "EDITORS"})


def _is_type_name(node: ast.expr) -> bool:
    names = ("type", "field_type")
    return (isinstance(node, ast.Attribute) and node.attr in names) or (isinstance(node, ast.Name) and node.id in names)


def _asked_by_name(tree: ast.Module, types: frozenset[str]) -> Iterator[int]:
    """Lines where a field's type is told by its name: compared, matched, looked up in a mapping that is no registry, or
    listed with others of its sort."""

    def registry(node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in TYPE_REGISTRIES

    def harmless(node: ast.expr) -> bool:
        return _is_type_name(node) or registry(node) or (isinstance(node, ast.Constant) and node.value is None)

    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                found = any(map(_is_type_name, (left, *others))) and not all(map(harmless, (left, *others)))
            case ast.Match(subject=subject):
                found = _is_type_name(subject)
            case ast.Subscript(value=value, slice=key):
                found = _is_type_name(key) and not registry(value)
            case ast.Call(func=ast.Attribute(attr="get", value=value), args=[key, *_]):
                found = _is_type_name(key) and not registry(value)
            case ast.Set(elts=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(keys=parts):
                named = [part.value for part in parts if isinstance(part, ast.Constant)]
                found = len(parts) > 1 and len(named) == len(parts) and types.issuperset(map(str, named))
            case _:
                found = False
        if found:
            yield node.lineno


def _type_names() -> frozenset[str]:
    from db.model.fieldtypes import TYPES

    return frozenset(TYPES)


def test_what_a_field_type_can_do_is_asked_of_it() -> None:
    """Nothing but the registries goes by a type's name, so that a new type is one class and a line in each."""
    registries = {"desktop/ui/field_editors/registry.py", "desktop/exchange/format/cells.py", "desktop/bulletin/report/printed_cells.py"}
    names = _type_names()
    found = [
        f"{place}:{line}" for path in _sources("db", "desktop")
        if (place := path.relative_to(ROOT).as_posix()) not in registries and "fieldtypes" not in path.parts
        for line in _asked_by_name(_tree(path), names)
    ]
    assert not found


@pytest.mark.parametrize("code", [
    'field.type == "date"', 'f.type != "unit"', 'kind.field(name).type in ("unit", "units")', 'x = field_type == "text"',
    'WIDTHS[field.type]', 'WIDTHS.get(field.type, 8)', 'FEW = frozenset({"choice", "flag"})', 'f.type not in FEW',
    'WIDTHS = {"date": 1, "month": 2}', 'match field.type:\n    case "date":\n        pass', 'form in ("choice", "choices")',
], ids=[
    "equal", "not equal", "one of", "variable", "subscript", "get", "set", "not in set", "mapping", "match", "other variable",
])
def test_the_finder_sees_a_type_told_by_its_name(code: str) -> None:
    assert set(_asked_by_name(ast.parse(code), _type_names())) == {1}


@pytest.mark.parametrize("code", [
    "TYPES[field.type]", "field.type not in TYPES", "of(field).is_day", "field_type is None", 'GROUPS = ("unit", "ledger")',
], ids=["registry", "known", "capability", "none", "groups"])
def test_the_finder_passes_what_asks_the_registry(code: str) -> None:
    assert not list(_asked_by_name(ast.parse(code), _type_names()))


@pytest.mark.parametrize("check", [["ruff", "check", "."], ["mypy"]], ids=["ruff", "mypy"])
def test_the_code_passes_its_checkers(check: list[str]) -> None:
    run = _run("-m", *check)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr


def test_the_login_is_painted_without_what_only_the_pages_need() -> None:
    """The namespace `Qt` costs 17 ms to wrap and msgspec 12 ms to import, an eighth of the start each: whoever types a
    password has time for both."""
    code = (
        "import sys; from desktop.ui.app import start;"
        "print('msgspec' in sys.modules,"
        " sorted(n for n, m in sys.modules.items() if n.startswith(('db', 'desktop')) and 'Qt' in vars(m)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False []"
