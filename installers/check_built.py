"""Starts the built program as a user's machine would, and looks at what it answers. Run by
`build.sh --check`.

Not part of the ordinary suite: it needs `dist/zhengxian`, and PyInstaller takes a minute or two to
make that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (
    ROOT / "dist" / "zhengxian" / ("zhengxian.exe" if sys.platform == "win32" else "zhengxian")
)
PASSWORD = "zhengxian-demo"


def _environment(home: Path) -> dict[str, str]:
    """No PATH to a Python, no settings of the user's: what is missing in the folder shows."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return {
        **kept,
        "PATH": "" if sys.platform == "win32" else "/usr/bin:/bin",
        "HOME": str(home),
        "APPDATA": str(home),
        "LOCALAPPDATA": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "ZHENGXIAN_PASSWORD": PASSWORD,
    }


def _ask(home: Path, *arguments: str) -> str:
    run = subprocess.run(
        [PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=_environment(home),
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, f"{arguments}: exit {run.returncode}\n{run.stdout}\n{run.stderr}"
    return run.stdout


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up office with 50 items, made by the built program itself."""
    home = tmp_path_factory.mktemp("built")
    _ask(home, "demo", str(home / "office"), "--no-window", "--items", "50")
    return home / "office"


def test_it_says_its_version(tmp_path: Path) -> None:
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    assert version in _ask(tmp_path, "--version")


def test_it_lists_the_items_of_the_office_it_made(office: Path) -> None:
    common = ("--data", str(office), "--user", "admin", "--json")
    assert len(json.loads(_ask(office.parent, *common, "kinds"))) > 5
    assert json.loads(_ask(office.parent, *common, "list", "rectification", "--limit", "5"))
    assert json.loads(_ask(office.parent, *common, "verify"))["ok"] is True


def test_a_workbook_goes_out_and_comes_back(office: Path) -> None:
    common = ("--data", str(office), "--user", "admin", "--json")
    book = office.parent / "整改清单.xlsx"
    assert (
        json.loads(_ask(office.parent, *common, "export", "rectification", "--to", str(book)))[
            "rows"
        ]
        > 0
    )
    answer = json.loads(_ask(office.parent, *common, "import", str(book), "--preview"))
    assert not answer["errors"] and not answer["conflicts"]
    assert answer["unchanged"]


def test_a_bulletin_is_printed_with_the_faces_it_carries(office: Path) -> None:
    common = ("--data", str(office), "--user", "admin", "--json")
    reports = json.loads(_ask(office.parent, *common, "reports"))
    paper = office.parent / "通报.pdf"
    answer = json.loads(
        _ask(office.parent, *common, "print", reports[0]["name"], "--to", str(paper))
    )
    assert answer["pages"] >= 1 and not answer["missing_characters"]
    assert paper.read_bytes().startswith(b"%PDF")


def test_its_window_opens_and_stays(office: Path) -> None:
    """Offscreen, for as long as a window that cannot start would take to fall over."""
    program = subprocess.Popen(
        [PROGRAM, "--data", str(office)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=_environment(office.parent),
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(timeout=8)
    finally:
        program.kill()
        said = program.communicate()[0].decode("utf-8", "replace")
    assert "Traceback" not in said
    assert "qt.qpa" not in said
