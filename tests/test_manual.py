"""The manual keeps up with the program: every page is reached, every link leads somewhere, every command has its line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import resources
from db.model.fieldtypes import TYPES
from desktop.bulletin.writers import WRITERS
from desktop.commands.declared import parser
from desktop.ui.bulletin.preview.file_forms import OTHER_FORMS

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


def test_files_are_told_by_the_writers_that_there_are() -> None:
    commands = next(action.choices for action in parser()._actions if action.dest == "command") or {}  # noqa: SLF001
    for name in ("print", "bulletin"):
        told = next(action.metavar for action in commands[name]._actions if action.dest == "to")  # noqa: SLF001
        assert told == "|".join(f"FILE{suffix}" for suffix in WRITERS)
    assert [".pdf", *OTHER_FORMS] == list(WRITERS), "the window offers each"


def test_every_type_of_a_column_is_told() -> None:
    told = (HELP / "own-ledgers.md").read_text(encoding="utf-8")
    assert [each.label for each in TYPES.values() if each.offered and each.label not in told] == []


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


def test_words_that_the_terms_do_without_stand_nowhere() -> None:
    """The third column of `terms.md` is what no label, message or page of the manual says."""
    rows = (line.split("|") for line in (HELP / "terms.md").read_text(encoding="utf-8").splitlines() if line.startswith("| "))
    banned = [word for row in rows for word in row[3].strip().split("、") if word and word != "不用" and not word.startswith("-")]
    assert len(banned) > 20
    sources = [
        path
        for folder, ending in (("desktop", "py"), ("db", "py"), ("resources", "toml"), ("resources/help", "md"))
        for path in sorted((ROOT / folder).rglob(f"*.{ending}"))
        if path.name != "terms.md" and not {"demo", "foreign"} & set(path.parts)  # made up, or other people's words
    ]
    found = {
        (path.relative_to(ROOT).as_posix(), word)
        for path, said in ((path, _said(path)) for path in sources)
        for word in banned
        if word in said
    }
    assert not found


def _said(path: Path) -> str:
    """What a file says to people: of a program its texts, without what stands only to be found by (Ctrl+K)."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tree = ast.parse(text)
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        return "\n".join(each for each in texts if not re.match(r"[a-z]+ ", each))
    return "\n".join(line for line in text.splitlines() if "synonyms" not in line)


SHEETS = {"desktop/exchange/format/cover.py", "desktop/exchange/write/worksheet.py", "desktop/ui/safety/recovery_key.py"}
"""What stands on paper or in a workbook for somebody who has no program to look things up in."""
END = re.compile(r"[。！？](?![”』」])")


def _whole(node: ast.AST) -> str:
    """The text of an expression as far as it is written down; of two, the longer."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_whole(value) for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _whole(node.left) + _whole(node.right)
    if isinstance(node, ast.IfExp):
        return max(_whole(node.body), _whole(node.orelse), key=lambda text: len(END.findall(text)))
    return ""


def test_no_message_has_more_than_two_sentences() -> None:
    long = set()
    for path in sorted((*(ROOT / "desktop").rglob("*.py"), *(ROOT / "db").rglob("*.py"))):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if name not in SHEETS else ():
            text = _whole(node)
            if len(END.findall(text)) > 2 and len(re.findall(r"[\u4e00-\u9fff]", text)) > 20 and "[" not in text:
                long.add((name, text))
    assert not long
