"""The manual keeps up with the program: every page is reached, every link leads somewhere, every command has its line."""

from __future__ import annotations

import re
from pathlib import Path

import resources
from desktop.cli import parser

HELP = resources.path("help")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)\)")
ROOT = Path(__file__).resolve().parent.parent


def test_every_link_leads_to_a_file() -> None:
    pages = [*HELP.glob("*.md"), *ROOT.glob("*.md")]
    lost = [
        f"{page.name} → {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not lost


def test_every_page_stands_in_the_contents() -> None:
    listed = set(LINK.findall((HELP / "index.md").read_text(encoding="utf-8")))
    assert listed == {page.name for page in HELP.glob("*.md")} - {"index.md"}


def test_every_command_has_its_line_and_every_line_its_command() -> None:
    text = (HELP / "command-line.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`zhengxian ([a-z][a-z-]*)", text))
    known = next(action.choices for action in parser()._actions if action.dest == "command")  # noqa: SLF001
    assert told == set(known or ())


def test_every_command_has_its_function() -> None:
    commands = next(action.choices for action in parser()._actions if action.dest == "command")  # noqa: SLF001
    for name, each in (commands or {}).items():
        find, told = each.get_default("handler").args
        assert told == name and callable(find(name))


def test_every_shortcut_of_the_window_is_told() -> None:
    told = (HELP / "keyboard.md").read_text(encoding="utf-8")
    keys = {
        key
        for source in (ROOT / "desktop" / "ui").rglob("*.py")
        for key in re.findall(r'"((?:(?:Ctrl|Alt|Shift)\+)+\w+|F\d+)"', source.read_text(encoding="utf-8"))
    }
    assert keys
    assert not {key for key in map(_as_people_write_it, keys) if key not in told}


def _as_people_write_it(key: str) -> str:
    for name, sign in (("PgDown", "PgDn"), ("Left", "←"), ("Right", "→"), ("Down", "↓"), ("Return", "Enter")):
        key = key.replace(name, sign)
    return key
