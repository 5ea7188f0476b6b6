#!/usr/bin/env python3
"""Takes the manual's and the README's pictures from the real window over a made-up office.

Run it when the window has changed, look at what it made, and commit it: `resources/help/images/`
belongs to the program. Offscreen, so that no theme or screen of the machine shows.

Usage: python installers/make_pictures.py [--points 14] [--to FOLDER]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QWidget

import resources
from db.model.query import Query, Where
from db.model.settings import FONT_POINTS, LOGIN_POINTS
from db.office import open_office
from desktop import demo, end_to_end
from desktop.exchange.write.workbook import export
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.app.window import Workspace
from desktop.ui.kit import icons, theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.waiting import Waiting

KIND = end_to_end.KIND
WIDTH, HEIGHT = 1366, 768


def settle(until: Callable[[], object] = lambda: True, seconds: float = 20) -> None:
    """Let workers, waiting panels and timers come to rest."""
    end = time.monotonic() + seconds
    quiet = 0
    while time.monotonic() < end and quiet < 40:
        QApplication.processEvents()
        waiting = any(
            isinstance(each, Waiting) and each.isVisible()
            for each in QApplication.topLevelWidgets()
        )
        quiet = 0 if waiting or not until() else quiet + 1
        time.sleep(0.02)


def take(widget: QWidget, file: Path) -> None:
    """The widget as it stands; few colours are enough for a flat window and keep the file small."""
    file.parent.mkdir(parents=True, exist_ok=True)
    widget.grab().save(str(file))
    with Image.open(file) as whole:
        whole.convert("RGB").quantize(255, dither=Image.Dither.NONE).save(file, optimize=True)


def login(folder: Path, target: Path, points: float) -> None:
    settings = Settings()
    settings.set(LOGIN_POINTS, points)
    shell = Shell(folder, "clerk", settings)
    shell.resize(WIDTH, HEIGHT)
    shell.show()
    shell.painted()
    settle()
    take(shell, target / "login.png")
    shell.close()
    shell.deleteLater()


def pages(session: Any, work: Path, target: Path, points: float) -> None:
    jobs = Jobs()
    stop = session.subscribe(jobs.announce)
    settings = Settings(session.folder, session.user.name)
    settings.set(FONT_POINTS, points)
    window = Workspace(session, jobs, settings)
    window.resize(WIDTH, HEIGHT)
    window.show()
    QCursor.setPos(WIDTH - 4, HEIGHT // 2)  # no button looks as if the mouse were on it

    def rest() -> None:
        settle(lambda: jobs.idle)

    window.open("home")
    rest()
    take(window, target / "home.png")
    ledger: Any = window.open(f"ledger:{KIND}")
    rest()
    ledger.show_rows(
        (Where("state", "in", ("assigned", "acknowledged", "in_progress", "close_out_requested")),)
    )
    rest()
    ledger.table.setFocus()
    ledger.table.selectRow(1)
    rest()
    take(window, target / "ledger.png")
    window.services.import_files([returned(session, work)], KIND)
    settle(lambda: jobs.idle, 30)
    take(window, target / "merge.png")
    merge: Any = window.stack.currentWidget()
    if hasattr(merge, "leave"):
        merge.leave()
    bulletin: Any = window.open("bulletin")
    if bulletin is not None:
        settle(lambda: jobs.idle, 30)
        bulletin.pane.fit_page()
        settle(lambda: jobs.idle, 30)
        take(window, target / "bulletin.png")
    stop()
    jobs.close()
    window.close()
    window.deleteLater()


def returned(session: Any, work: Path) -> Path:
    """A county's workbook as it comes back: three cells filled in by hand, one of them changed here
    meanwhile."""
    from openpyxl import load_workbook  # a spreadsheet program of its own

    open_ones = session.find(Query(kind=KIND, sort=(("deadline", False),), limit=2000))
    running = [r for r in open_ones if r.state in ("assigned", "acknowledged", "in_progress")]
    unit = Counter(r.values["lead_unit"] for r in running).most_common(1)[0][0]
    mine = [r for r in running if r.values["lead_unit"] == unit][:3]
    sent = work / "sent.xlsx"
    export(session, [KIND], sent, unit=unit)
    session.set(KIND, mine[0].uid, {"progress": "已完成方案编制，正在征求意见。"})
    texts = [
        "方案已报市政府审定，下周进场施工。", "已整改完毕，群众回访满意。",
        "完成第二轮排查，发现问题4处，已改3处。",
    ]
    book = load_workbook(sent)
    waiting = {r.values["title"]: text for r, text in zip(mine, texts, strict=False)}
    for sheet in book.worksheets:
        columns: dict[str, int] = {}
        for row in sheet.iter_rows():
            found = {str(cell.value): cell.column for cell in row if cell.value is not None}
            if "进展情况" in found and "整改事项" in found:
                columns = found
            elif (
                columns and (title := sheet.cell(row[0].row, columns["整改事项"]).value) in waiting
            ):
                sheet.cell(row[0].row, columns["进展情况"]).value = waiting.pop(title)
                sheet.cell(row[0].row, columns["责任人"]).value = "顾明远"
    filled = work / "整改清单-已填.xlsx"
    book.save(filled)
    return filled


def main() -> int:
    parser = argparse.ArgumentParser(description="Take the manual's pictures.")
    parser.add_argument("--points", type=float, default=10.5)
    parser.add_argument("--to", type=Path, default=resources.path("help", "images"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        os.environ["ZHENGXIAN_CONFIG"] = str(work / "config")
        demo.make(work / "office", items=1500)
        app = QApplication([])
        theme.load_translations(app)
        theme.apply(app, given.points)
        icons.resume_drawing()
        login(work / "office", given.to, given.points)
        session = open_office(work / "office", "clerk", demo.PASSWORD)
        try:
            pages(session, work, given.to, given.points)
        finally:
            session.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
