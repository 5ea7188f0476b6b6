"""Uses the built program as an office does, and looks at what it answers and shows. Run by
`build.sh --check` over what was just built, and by `package.sh check` over what was installed from
each package.

Not part of the ordinary suite: it needs `dist/zhengxian`, or the command that ZHENGXIAN_BUILT
holds. The program from source stands beside it, for how its window looks and how fast it opens.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import IO, Any

import pytest
from PIL import Image

from desktop import __version__
from desktop.end_to_end import KIND, TITLE, fill_in

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "installers"))
WINDOWS = sys.platform == "win32"
BUILT = shlex.split(os.environ.get("ZHENGXIAN_BUILT", "")) or [
    str(ROOT / "dist" / "zhengxian" / ("zhengxian.exe" if WINDOWS else "zhengxian"))
]
WINE = BUILT[0] == "wine"
SOURCE = [sys.executable, "-m", "desktop"]
PEER = shlex.split(os.environ.get("ZHENGXIAN_PEER", "")) or SOURCE
"""The source on the system that the built program runs on."""
OPENER = shlex.split(os.environ.get("ZHENGXIAN_OPENER", ""))
"""What opens a file as a double click does, where the check can have that."""
PASSWORD = "zhengxian-demo"
NAVIGATION = (12, 50, 36, 700)
"""Where the icons of the navigation stand in a maximised window without a frame."""
LEAST_ICONS, SLOWER = 10, float(os.environ.get("ZHENGXIAN_SLOWER", "1.3"))
# A command under Wine on a busy machine takes a minute, and the main job is a dozen of them.
pytestmark = pytest.mark.timeout(3600)
KEPT = Path(os.environ.get("ZHENGXIAN_PICTURES", ROOT / "build" / "pictures"))


def _environment(home: Path) -> dict[str, str]:
    """No PATH to a Python, no settings of the user's: what is missing in the folder shows."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    if WINE:  # whose desktop stays on the display that its first program was started on
        kept |= {n: t for n, t in os.environ.items() if n.startswith(("WINE", "DISPLAY"))}
    return {
        **kept,
        "PATH": "" if WINDOWS else "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "APPDATA": str(home),
        "LOCALAPPDATA": str(home),
        "ZHENGXIAN_CONFIG": str(home / "config"),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "ZHENGXIAN_PASSWORD": PASSWORD,
    }


def _ask(home: Path, *arguments: str) -> str:
    # into files: what Wine starts of itself would hold a pipe open after the program has ended
    with TemporaryFile() as answer, TemporaryFile() as told:
        run = subprocess.run(
            [*BUILT, *arguments], stdout=answer, stderr=told, env=_environment(home), cwd=home,
            timeout=1200, check=False,
        )
        said = _said(answer)
        assert run.returncode == 0, f"{arguments}: exit {run.returncode}\n{said}\n{_said(told)}"
    return said


def _said(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace").replace("\r\n", "\n")


def _answer(office: Path, user: str, *arguments: str) -> Any:
    return json.loads(
        _ask(office.parent, "--data", str(office), "--user", user, "--json", *arguments)
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up office with 60 items, made by the built program itself."""
    home = tmp_path_factory.mktemp("built")
    _ask(home, "demo", str(home / "office"), "--no-window", "--items", "60")
    return home / "office"


def test_it_says_its_version(tmp_path: Path) -> None:
    assert _ask(tmp_path, "--version").split() == ["zhengxian", __version__]


def test_it_lists_the_items_of_the_office_it_made(office: Path) -> None:
    assert len(_answer(office, "admin", "kinds")) > 5
    assert _answer(office, "admin", "list", KIND, "--limit", "5")
    assert _answer(office, "admin", "verify")["ok"] is True


def test_the_main_job_from_a_new_item_to_a_printed_bulletin(office: Path) -> None:
    """Added, assigned, sent out, filled in, taken in, closed out by a second person, printed."""
    unit = next(
        row for row in _answer(office, "clerk", "list", "unit")
        if row["values"]["name"].endswith(("县", "区"))
    )
    name = unit["values"]["name"]
    item = _answer(
        office, "clerk", "add", KIND, f"title={TITLE}", "problem=影响通行", f"lead_unit={name}",
        "deadline=2099-12-31",
    )["uid"]
    _answer(office, "clerk", "move", KIND, item, "assign")
    sent, filled = office.parent / "整改清单.xlsx", office.parent / "整改清单-已填.xlsx"
    rows = _answer(office, "clerk", "export", KIND, "--to", str(sent), "--unit", name)["rows"]
    fill_in(sent, filled)
    plan = _answer(office, "clerk", "import", str(filled), "--preview")
    # how many other items the unit has hangs on the day on which the office was made up
    assert (plan["updated"], plan["unchanged"]) == (1, rows - 1), plan
    assert not plan["errors"] and not plan["conflicts"]
    _answer(office, "clerk", "import", str(filled))
    _answer(office, "clerk", "move", KIND, item, "request-close-out", "--note", "整治到位")
    _answer(office, "reviewer", "move", KIND, item, "close-out", "--note", "同意销号")
    shown = _answer(office, "clerk", "show", KIND, item)
    assert shown["state"] == "closed" or shown["values"]["closed_out_by"] == "reviewer"
    paper = office.parent / "督办通报.pdf"
    answer = _answer(office, "reviewer", "print", "supervision_circular", "--to", str(paper))
    assert answer["pages"] >= 1 and not answer["missing_characters"]
    assert "督办" in _text_of(paper)


def test_every_form_of_paper_and_table_is_written_and_read(office: Path) -> None:
    """Each takes a library of its own, which a package may lack though the main job is done."""
    home = office.parent
    draft = _answer(office, "clerk", "bulletin", "new", "supervision_circular")["uid"]
    word, issued, sealed = home / "通报.docx", home / "印发.pdf", home / "加密.xlsx"
    _answer(office, "clerk", "bulletin", "print", draft, "--to", str(word))
    assert _answer(office, "clerk", "bulletin", "fetch", draft, "--from", str(word))["taken"] == []
    for user, act in (("clerk", "submit"), ("reviewer", "check"), ("reviewer", "issue")):
        state = _answer(office, user, "bulletin", act, draft)["state"]
    assert state == "issued"
    _answer(office, "reviewer", "bulletin", "print", draft, "--to", str(issued))
    assert b"pdfaid" in issued.read_bytes() and "督办" in _text_of(issued)
    (secret := home / "密码.txt").write_text("zhengxian-sealed", "utf-8")
    by_key = ("--password-file", str(secret))
    _answer(office, "clerk", "export", KIND, "--to", str(sealed), *by_key)
    assert not zipfile.is_zipfile(sealed)
    assert not _answer(office, "clerk", "import", str(sealed), "--preview", *by_key)["errors"]


def test_a_damaged_ledger_is_salvaged(office: Path) -> None:
    """Page by page, by a cipher that nothing else takes."""
    damaged = office.parent / "damaged"
    shutil.copytree(office, damaged)
    with (damaged / "office.db").open("r+b") as book:
        book.seek(-2048, os.SEEK_END)
        book.write(bytes(64))
    home = office.parent
    done = json.loads(_ask(home, "--user", "admin", "--json", "repair", str(damaged)))
    assert done["rows"] > 100


def _text_of(paper: Path) -> str:
    import pdfplumber

    with pdfplumber.open(paper) as pages:
        return "".join(page.extract_text() or "" for page in pages.pages)


@contextmanager
def _window(
    command: Sequence[str], office: Path, shown: Any, *words: str
) -> Iterator[tuple[str, float]]:
    """The login, in front, and how many seconds it took to be there."""
    variables = {
        **_environment(office.parent), "DISPLAY": shown.name,
        "QT_QPA_PLATFORM": "windows" if command[0] == "wine" else "xcb",
        "ZHENGXIAN_DATA": str(office),
    }
    place = ROOT if command is SOURCE else office.parent
    with TemporaryFile() as told:
        began = time.monotonic()
        program = subprocess.Popen(
            [*command, *words], stdout=told, stderr=subprocess.STDOUT, env=variables, cwd=place
        )
        try:
            number = shown.wait_for("争先台账")
            took = time.monotonic() - began
            yield number, took
            shown.hands("windowactivate", "--sync", number)
            shown.type("", "alt+F4")
            program.wait(300)
        finally:
            program.kill()
            program.wait()
            said = _said(told)
    assert "Traceback" not in said and "qt.qpa" not in said, said
    assert program.returncode == 0, said


@contextmanager
def _logged_in(command: Sequence[str], office: Path, shown: Any) -> Iterator[None]:
    """The first page after the login, until the window is closed again."""
    with _window(command, office, shown, "--user", "clerk") as (number, _):
        shown.hands("windowactivate", "--sync", number)
        time.sleep(1.5)
        shown.type(PASSWORD, "Return")
        shown.wait_for("办公室")
        time.sleep(4.0)
        yield


def _first_page(command: Sequence[str], office: Path, shown: Any, name: str) -> Image.Image:
    with _logged_in(command, office, shown):
        picture: Image.Image = shown.settled(KEPT / f"{name}.png")
        return picture


def _slowly(shown: Any, *typed: str) -> None:
    """Keys by their names, each with time to be answered; what begins with a blank is text."""
    for each in typed:
        shown.type(*((each[1:],) if each.startswith(" ") else ("", each)))
        time.sleep(1.5)


@pytest.mark.skipif(WINDOWS, reason="the hands and the display are those of X11")
def test_after_the_login_its_window_shows_the_icons_that_the_source_shows(office: Path) -> None:
    from screen import alike, icons, screen

    with screen() as shown:
        pictures = [
            _first_page(SOURCE, office, shown, "source"),
            _first_page(BUILT, office, shown, "built"),
        ]
    source, built = (picture.crop(NAVIGATION) for picture in pictures)
    wanted = icons(source)
    assert len(wanted) >= LEAST_ICONS
    missing = [box for box in wanted if not alike(source, built, box)]
    assert not missing, f"{len(missing)} of {len(wanted)} icons are not there, see {KEPT}"


@pytest.mark.skipif(WINDOWS, reason="the hands and the display are those of X11")
def test_its_page_about_itself_shows_the_version_and_the_build(office: Path) -> None:
    from screen import screen, until

    with screen() as shown, _logged_in(BUILT, office, shown):

        def copied() -> str:
            """Again from the start where a page took longer than a key waits."""
            # the last of the navigation; there the search, and below it the contents: the last line
            _slowly(shown, "Escape", "alt+1", "End", "Return")
            _slowly(shown, "ctrl+k", " zsczcz", "Return", "Down", "End", "Tab")
            shown.settled(KEPT / "about.png")
            shown.type("", "ctrl+a", "ctrl+c")
            text: str = shown.clipboard()
            return text if "关于争先台账" in text else ""

        said = until(copied, "the page about the program", 180)
    build = re.search(rf"{re.escape(__version__)}（(.*)）", said)
    assert build, said[:400]
    assert re.match(r"\d{4}-\d\d-\d\d [0-9a-f]{10}|无版本记录", build[1])


@pytest.mark.skipif(WINDOWS, reason="the hands and the display are those of X11")
def test_a_backup_that_is_opened_asks_whether_to_restore_it(office: Path) -> None:
    from screen import screen, until

    made = _answer(office, "admin", "backup", str(office.parent / "stick"))["file"]
    with screen() as shown, _window(OPENER or BUILT, office, shown, made):
        number = shown.wait_for("从备份恢复")
        shown.hands("windowactivate", "--sync", number)
        shown.settled(KEPT / "restore.png")

        def left() -> bool:
            shown.type("", "Escape")
            return not shown.window("从备份恢复")

        until(left, "the question to be left")


@pytest.mark.skipif(WINDOWS, reason="the hands and the display are those of X11")
def test_its_window_opens_about_as_fast_as_from_source(office: Path) -> None:
    from screen import TICK, screen

    took: dict[bool, list[float]] = {True: [], False: []}
    with screen() as shown:
        for turn in range(6):
            for command in (PEER, BUILT):
                with _window(command, office, shown, "--user", "clerk") as (number, seconds):
                    shown.hands("windowactivate", "--sync", number)
                    time.sleep(1.0)
                    if turn:  # the first start of a source compiles it
                        took[command is PEER].append(seconds)
    source, built = median(took[True]), median(took[False])
    print(f"window after {built:.2f} s, from source after {source:.2f} s")
    assert built <= SLOWER * source + TICK


@pytest.mark.skipif(not WINDOWS, reason="elsewhere somebody logs in to the window")
def test_its_window_opens_and_stays(office: Path) -> None:
    """Offscreen, for as long as a window that cannot start would take to fall over."""
    program = subprocess.Popen(
        [*BUILT, "--data", str(office)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
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
