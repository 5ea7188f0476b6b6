"""`python -m tests.gui.walk FOLDER [--points 16] [--look dark] [--size 1366x768] [--office FOLDER] [--only pages|dialogs]`: pictures of
every page and every class of dialog in one size and look, and a sheet of them, to be looked at; QT_SCALE_FACTOR=2 for a fine screen."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db.model.settings import BACKUP_DAILY, FONT_POINTS, LOGIN_POINTS, LOOK
from tests.gui.pictures import sheet

LEDGERS = ("ledger:rectification", "ledger:unit", "ledger:monthly_review", "ledger:indicator")


def walk(office: Path, points: float, look: str, size: tuple[int, int], only: str) -> Iterator[tuple[str, Any]]:
    """Each page, then each dialog over the first page: its name and the widget to be taken."""
    from PySide6.QtWidgets import QApplication

    from desktop.settings import Settings
    from desktop.ui.app.shell import Shell
    from desktop.ui.kit import theme
    from tests.gui.test_dialogs import made
    from tests.gui.test_looks import pages

    app = QApplication.instance() or QApplication([*sys.argv[:1], "-style", "fusion"])
    theme.load_translations(app)
    Settings().set_all({LOGIN_POINTS: points, LOOK: look})
    Settings(office, "admin").set_all({FONT_POINTS: points, BACKUP_DAILY: False, LOOK: look})
    theme.apply(app, points, look)
    shell = Shell(office, "admin", Settings())
    shell.resize(*size)
    shell.show()
    shell.painted()

    def rest(seconds: float = 0.3) -> None:
        end = time.monotonic() + 60
        still = time.monotonic()
        while time.monotonic() < end and time.monotonic() - still < seconds:
            app.processEvents()
            if shell.session is not None and not shell.jobs.resting:
                still = time.monotonic()
            time.sleep(0.005)

    rest()
    yield "login", shell
    shell.log_in("admin", "zhengxian-demo")
    while shell.workspace is None:
        app.processEvents()
    window = shell.workspace
    rest(1)
    for key in pages(window) if only != "dialogs" else ():
        window.open(key)
        rest()
        shell.resize(*size)  # a page that asked for more leaves the window larger
        rest(0.1)
        yield key, shell
    for key in LEDGERS if only != "dialogs" else ():
        page = window.open(key)
        rest()
        page.table.select_row(1)
        rest(0.5)
        for at in range(page.form._tabs.count()):  # noqa: SLF001
            page.form._tabs.setCurrentIndex(at)  # noqa: SLF001
            rest(0.1)
            yield f"{key}-{at}", shell
    window.open("home")
    rest()
    for number, make in enumerate(made(window) if only != "pages" else ()):
        dialog = make()
        dialog.open()
        rest()
        yield f"dialog-{number:02}-{type(dialog).__name__}", dialog
        dialog.done(0)
        dialog.deleteLater()
    shell._keeping._backed_up = True  # noqa: SLF001
    shell.close()
    shell.deleteLater()
    rest(0.1)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--points", type=float, default=10.5)
    asked.add_argument("--look", default="light")
    asked.add_argument("--size", default="1366x768")
    asked.add_argument("--office", type=Path)
    asked.add_argument("--only", default="")
    given = asked.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ZHENGXIAN_CONFIG"] = str(Path(scratch) / "config")
        office = given.office
        if office is None:
            from desktop import demo

            office = Path(scratch) / "office"
            demo.make(office, items=600)
        wide, high = map(int, given.size.split("x"))
        for name, widget in walk(office, given.points, given.look, (wide, high), given.only):
            taken = widget.grab()
            taken.save(str(given.folder / f"{name.replace(':', '-')}.png"), "PNG", 60)
            over = [] if widget.width() <= wide and widget.height() <= high else ["larger than the screen"]
            sys.stdout.write(" ".join([name, f"{widget.width()}x{widget.height()}", *over]) + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"{sheet(given.folder, columns=4, wide=640)}\n")


if __name__ == "__main__":
    main()
