"""Lays out the program for Windows on another system:  python windows.py PYTHON WHEELS FOLDER

PYTHON is the embeddable CPython unpacked, WHEELS the wheels for win_amd64. FOLDER gets `_internal`,
as the launchers beside it want it: Python, the libraries and the program, compiled, without what
contents.py leaves out. Of Qt only what is reached is taken, found by following the imports from
the modules that the program names. The Python that runs this must write the byte code of that one.
"""

from __future__ import annotations

import importlib.util
import os
import py_compile
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import contents

ROOT = Path(__file__).resolve().parent.parent.parent
#: Of Python itself: the starters (the launchers take their place), and a catalogue of signatures.
NOT_OF_PYTHON = {
    "python.exe", "pythonw.exe", "python.cat", "python313._pth", "LICENSE.txt",
    "_ssl.pyd", "libssl-3.dll",
}
#: Plugins of Qt: the window system, its look and printing, and the pictures that are shown.
PLUGINS = (
    "platforms/qwindows", "platforms/qoffscreen", "platforms/qminimal", "styles/",
    "imageformats/qico", "imageformats/qjpeg", "imageformats/qsvg", "imageformats/qgif",
    "iconengines/qsvgicon",
)
DROPPED = re.compile(
    r"(^|/)(tests?|include|typesystems|glue|doc|scripts|__pycache__|support/generate_pyi)/"
    r"|\.(pyi|pxd|pyx|pxi|c|h|lib|exe|pdb|typed|prl|dist-info/(RECORD|INSTALLER|REQUESTED"
    r"|direct_url.json))$"
    r"|\.dist-info/RECORD$|^PySide6/(metatypes|qml|resources|translations/(?!qt(base)?_zh_CN))"
    r"|^olefile/olefile2\.py$"  # for Python 2
    r"|^qtawesome/fonts/(?!materialdesignicons6-)"
    r"|^shiboken6/(vcamp|vccorlib|vcomp|concrt)"  # runtimes of languages that it is not written in
)
START = """import sys

# As in a program made by PyInstaller: the process that reads workbooks is this program again.
sys.frozen = True
from desktop.__main__ import main

sys.exit(main())
"""


def main(python: Path, wheels: Path, folder: Path) -> None:
    """Make the folder anew."""
    inside = folder / "_internal"
    shutil.rmtree(folder, ignore_errors=True)
    site = inside / "site"
    site.mkdir(parents=True)
    for file in python.iterdir():
        if file.name not in NOT_OF_PYTHON:
            shutil.copy(file, inside / file.name)
    (inside / "python313._pth").write_text("python313.zip\n.\nsite\n", encoding="ascii")
    (inside / "zhengxian_start.py").write_text(START, encoding="utf-8")
    for wheel in sorted(wheels.glob("*.whl")):
        _unpack(wheel, site)
    for package in ("db", "desktop", "resources"):
        shutil.copytree(
            ROOT / package, site / package,
            # compiled declarations may be older than the files: the first start makes them
            ignore=shutil.ignore_patterns(
                "__pycache__", "declarations.json", "figures.json", "reports.json"
            ),
        )
    build = os.environ.get("ZHENGXIAN_BUILD", "自行打包")
    (site / "resources" / "build.txt").write_text(build, encoding="utf-8")
    _without_unreached(site / "PySide6")
    _licences(python, site, inside / "licences")
    _compile(inside)
    print(f"{sum(f.stat().st_size for f in folder.rglob('*') if f.is_file()) // 1_000_000} MB")


def _unpack(wheel: Path, site: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        for name in sorted(packed.namelist()):
            # what a wheel brings for other places than the library
            place = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)
            if name.endswith("/") or ".data/" in place or DROPPED.search(place):
                continue
            target = (site / place).resolve()
            if not target.is_relative_to(site.resolve()):
                sys.exit(f"{wheel.name}: {name} leads out of the folder")
            if contents.is_used(place):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.read(name))


def _without_unreached(qt: Path) -> None:
    """Leave of Qt what the program's modules and the plugins reach."""
    named = {"QtCore", "QtGui", "QtWidgets", "QtSvg"}
    for source in (ROOT / "desktop").rglob("*.py"):
        named |= set(re.findall(r"\bPySide6\.(Qt\w+)", source.read_text("utf-8")))
    files = {file.name.lower(): file for file in qt.iterdir() if file.suffix in (".dll", ".pyd")}
    plugins = list((qt / "plugins").rglob("*.dll"))
    wanted = [file for file in plugins if any(part in file.as_posix() for part in PLUGINS)]
    wanted += [files[f"{name}.pyd".lower()] for name in sorted(named)]
    # opened by name: software drawing is left out, the runtime of C++ serves other wheels as well
    wanted += [file for name, file in files.items() if name.startswith(("msvcp", "vcruntime"))]
    reached = set[Path]()
    while wanted:
        file = wanted.pop()
        if file in reached:
            continue
        reached.add(file)
        headers = subprocess.run(
            ["x86_64-w64-mingw32-objdump", "-p", file], capture_output=True, check=True
        ).stdout.decode("ascii", "replace")
        for name in re.findall(r"DLL Name: (\S+)", headers):
            if found := files.get(name.lower()):
                wanted.append(found)
    for file in (*files.values(), *plugins):
        if file not in reached:
            file.unlink()
    for file in qt.glob("*.py"):
        if file.stem not in ("__init__", "_config", "_git_pyside_version"):
            file.unlink()


def _licences(python: Path, site: Path, target: Path) -> None:
    shutil.copytree(ROOT / "installers" / "licences", target / "qt")
    shutil.copy(ROOT / "LICENSE", target / "LICENSE")
    (target / "python").mkdir()
    shutil.copy(python / "LICENSE.txt", target / "python" / "LICENSE.txt")
    # those of the libraries stay where their wheels keep them
    assert any(site.glob("*.dist-info/**/*LICENSE*"))


def _compile(inside: Path) -> None:
    """Byte code in the place of each source, the same from whatever folder it was made in."""
    with zipfile.ZipFile(inside / "python313.zip") as library:
        if library.read("os.pyc")[:4] != importlib.util.MAGIC_NUMBER:
            sys.exit("another Python writes other byte code: run this with Python 3.13")
    for source in sorted(inside.rglob("*.py")):
        py_compile.compile(
            str(source), str(source) + "c", str(source.relative_to(inside)), doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        source.unlink()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
