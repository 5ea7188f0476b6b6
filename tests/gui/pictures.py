"""`python -m tests.gui.pictures [FOLDER]`: pictures of every page and dialog and one sheet of them all, to be looked at.

They go to `build/pictures`, which git ignores: another version of Qt draws other pixels, so nothing can compare them. The
pages of the main job are taken here, the rest by the tests that hold them to a small screen (`keep`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from db.model.settings import BACKUP_DAILY, FONT_POINTS, LOGIN_POINTS

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "build" / "pictures"
FOLDER = "ZHENGXIAN_PICTURES"
"""The folder in which tests leave their pictures; they leave none when it is not set."""
SIZES = {"1366": (1366, 768, 10.5), "1920": (1920, 1080, 10.5), "14pt": (1366, 768, 14.0)}
PAGES = ("login", "home", "ledger", "timeline", "children", "new", "search", "paste")
WIDE = ("home", "ledger")
"""Pages of which a picture of the large screen is kept too."""
SHEET = "all.png"
NAMES = tuple(f"{page}-{size}.png" for size in SIZES for page in (WIDE if size == "1920" else PAGES))


def keep(widget: Any, name: str, points: float) -> None:
    """The widget as it stands, as a PNG, when pictures are wanted."""
    if folder := os.environ.get(FOLDER):
        widget.grab().save(str(Path(folder) / f"{name}-{points:g}pt.png"))


def sheet(folder: Path, columns: int = 6, wide: int = 400) -> Path:
    """All pictures of the folder small on one sheet, by their names."""
    from PIL import Image, ImageDraw

    small = []
    for path in sorted(folder.glob("*.png")):
        if path.name != SHEET:
            with Image.open(path) as picture:
                small.append((path.stem, picture.convert("RGB").resize((wide, picture.height * wide // picture.width))))
    rows = [small[at : at + columns] for at in range(0, len(small), columns)]
    heights = [max(picture.height for _, picture in row) + 24 for row in rows]
    made = Image.new("RGB", (wide * columns, sum(heights)), "white")
    for top, row in zip(accumulate([0, *heights]), rows, strict=False):
        for at, (name, picture) in enumerate(row):
            made.paste(picture, (at * wide, top + 16))
            ImageDraw.Draw(made).text((at * wide + 4, top + 2), name, fill="black")
    made.save(folder / SHEET)
    return folder / SHEET


def take(folder: Path, office: Path, sizes: Collection[str] = tuple(SIZES)) -> Iterator[str]:
    """Take every picture; yields the name of each file written."""
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication, QLabel

    from db.model.query import Where
    from desktop.settings import Settings
    from desktop.ui.app.shell import Shell
    from desktop.ui.kit import theme
    from desktop.ui.lists.paste_dialog import PasteDialog

    app = QApplication.instance() or QApplication([*sys.argv[:1], "-style", "fusion"])
    theme.load_translations(app)

    def pump(until: Callable[[], bool] | None = None, seconds: float = 0.4, patience: float = 30) -> None:
        end = time.monotonic() + patience
        while until is not None and not until() and time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)

    for size in sizes:
        width, height, points = SIZES[size]
        Settings().set(LOGIN_POINTS, points)
        Settings(office, "reviewer").set_all({FONT_POINTS: points, BACKUP_DAILY: False})
        theme.apply(app, points)
        shell = Shell(office, "reviewer", Settings())
        shell.resize(width, height)
        shell.show()
        shell.painted()

        def keep(page: str, widget: Any = None, shell: Any = shell, size: str = size) -> str:
            name = f"{page}-{size}.png"
            if name not in NAMES:
                return ""
            (widget or shell).grab().save(str(folder / name), "PNG", 0)
            return name

        for label in shell.findChildren(QLabel):
            label.setText(label.text().replace(str(office), "D:\\争先台账"))
        pump(seconds=1)
        yield keep("login")
        shell.log_in("reviewer", "zhengxian-demo")
        pump(lambda shell=shell: shell.workspace is not None)
        pump(lambda shell=shell: shell.jobs.idle, seconds=1)
        yield keep("home")
        page = shell.workspace.open("ledger:rectification")
        page.filter.set((Where("state", "in", ["in_progress", "close_out_requested"]),))
        pump(lambda page=page: page.table.rows.loaded and page.table.rows.rowCount() > 0)
        page.table.select_row(1)
        pump(lambda page=page: page.form.uid is not None)
        yield keep("ledger")
        for tab, name in ((1, "timeline"), (2, "children")):
            page.form._tabs.setCurrentIndex(tab)  # noqa: SLF001
            pump()
            yield keep(name)
        page.new()
        page.save()
        pump(seconds=0.8)
        yield keep("new")
        page.form.discard()
        QGuiApplication.clipboard().setText("事项内容\t责任单位\t整改时限\n河道清淤滞后\t禾津县\t2022.9.5\n校园秩序乱\t没有的局\t2022年13月6日\n")
        page.rows.paste()
        pump()
        dialog = page.findChild(PasteDialog)
        yield keep("paste", dialog)
        dialog.reject()
        shell.workspace.search_box.setText("zhili")
        shell.workspace.search_box.returnPressed.emit()
        pump(lambda shell=shell: shell.jobs.idle, seconds=0.6)
        yield keep("search")
        shell._keeping._backed_up = True  # noqa: SLF001
        shell.close()
        shell.deleteLater()
        pump(seconds=0.1)


def main() -> None:
    """Make the demo office, take the pictures of it, let the tests leave theirs, and lay them on one sheet."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop import demo

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else KEPT
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ZHENGXIAN_CONFIG"] = str(Path(scratch) / "config")
        demo.make(Path(scratch) / "office", items=600)
        for name in filter(None, take(folder, Path(scratch) / "office")):
            sys.stdout.write(name + "\n")
    files = sorted(
        str(path) for path in (ROOT / "tests" / "gui").rglob("test_*.py") if "pictures import keep" in path.read_text("utf-8")
    )
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *files], cwd=ROOT, env={**os.environ, FOLDER: str(folder.resolve())}, check=False
    )
    sys.stdout.write(f"{sheet(folder)}\n")
    sys.exit(tests.returncode)


if __name__ == "__main__":
    main()
