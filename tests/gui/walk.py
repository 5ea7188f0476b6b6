"""`python -m tests.gui.walk FOLDER [--points 16] [--look dark] [--size 1366x768] [--office FOLDER] [--only pages|dialogs|CLASSES]`: pictures of
every page and every class of dialog in one size and look, and a sheet of them, to be looked at; QT_SCALE_FACTOR=2 for a fine screen. What is written or drawn too faintly (words, what is off too; small pictures) is
told beside its name."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db.model.settings import BACKUP_DAILY, FONT_POINTS, LOGIN_POINTS, LOOK
from tests.gui.pictures import sheet

KIND = "rectification"
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
        still, rounds = time.monotonic(), 0
        while time.monotonic() < end and (time.monotonic() - still < seconds or rounds < 20):
            app.processEvents()
            rounds += 1
            if shell.session is not None and not shell.jobs.resting:
                still, rounds = time.monotonic(), 0
            time.sleep(0.005)

    rest()
    yield "login", shell
    shell.log_in("admin", "zhengxian-demo")
    while shell.workspace is None:
        app.processEvents()
    window = shell.workspace
    rest(1)
    for key in pages(window) if only in ("", "pages") else ():
        window.open(key)
        rest()
        shell.resize(*size)  # a page that asked for more leaves the window larger
        rest(0.1)
        yield key, shell
    for key in LEDGERS if only in ("", "pages") else ():
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
    several = itertools.chain((make() for make in made(window)), opened_elsewhere(window))
    for number, dialog in enumerate(several if only != "pages" else ()):
        if only not in ("", "dialogs") and type(dialog).__name__ not in only:
            dialog.deleteLater()
            continue
        dialog.open()
        rest()
        yield f"dialog-{number:02}-{type(dialog).__name__}", dialog
        dialog.done(0)
        dialog.deleteLater()
    shell._keeping._backed_up = True  # noqa: SLF001
    shell.close()
    shell.deleteLater()
    rest(0.1)


def opened_elsewhere(window: Any) -> Iterator[Any]:
    """The dialogs made of a file, a month, a draft or a meeting, each with something to show."""
    from db.domain import meetings
    from db.metrics import reviews
    from db.model.query import Query
    from desktop.bulletin.issue import editor_view, figure_choices, issuing
    from desktop.exchange.appointment import person_import
    from desktop.exchange.foreign import foreign_rows
    from desktop.ui.bulletin.editor.table_figures import StandingDialog
    from desktop.ui.bulletin.figure_picker import FigurePicker
    from desktop.ui.exchange.merge.incoming_file import IncomingFile
    from desktop.ui.exchange.merge.mapping import MappingDialog
    from desktop.ui.meetings.opening_dialog import OpeningDialog
    from desktop.ui.monthly_review.rule_dialog import RuleDialog
    from desktop.ui.people.form_dialog import FormDialog
    from tests.gui.exchange_office import foreign_workbook
    from tests.unit.exchange import forms

    session, jobs = window.session, window.jobs
    yield RuleDialog(window, session, jobs, session.find(Query(kind=reviews.REVIEW, limit=1))[0])
    series = session.find(Query(kind=meetings.SERIES, limit=1))[0]
    opened = meetings.propose(session, series.uid)
    yield OpeningDialog(window.open("meetings"), session.title(meetings.SERIES, series.uid), series.uid, opened)
    yield FigurePicker(window, session, jobs, figure_choices.offered(session))
    draft = issuing.new_draft(session, "supervision_circular", period=f"{session.today:%Y-%m}")
    yield StandingDialog(window, editor_view.look(session, session.must_get(issuing.KIND, draft)))
    scratch = Path(tempfile.mkdtemp())
    book = foreign_workbook(scratch / "清禾区问题台账（9月）.xlsx")
    yield MappingDialog(window, session, jobs, IncomingFile(book, book=foreign_rows.read(book)), KIND)
    wrong = {"RuDangShiJian": "199001"}
    for name, changes in (("赵燚", {}), ("赵喆", wrong)):
        form = scratch / f"{name}.lrmx"
        form.write_text(forms.lrmx(XingMing=name, **changes), encoding="utf-8")
        yield FormDialog(window, person_import.preview(session, form))


def too_faint(widget: Any) -> Iterator[str]:
    """Words and small pictures that do not stand out, as painted."""
    from PySide6.QtWidgets import QAbstractButton, QWidget

    from tests.gui.contrast import strongest
    from tests.gui.test_looks import LEAST, picture_of, seen, written

    picture, scale = picture_of(widget), widget.devicePixelRatioF()
    found = [(name, area, 3.0 if name[-2:] in (" ☆", " ★") else LEAST) for name, area in written(widget, off_too=True)]
    found += [
        (f"picture {button.accessibleName() or button.toolTip()}", seen(button, button.rect(), widget), 3.0)
        for button in widget.findChildren(QWidget)
        if isinstance(button, QAbstractButton) and button.isVisible() and not button.text() and not button.icon().isNull()
    ]
    for name, area, least in found:
        if min(area.width(), area.height()) >= 8:
            edges = (area.left(), area.top(), area.right() + 1, area.bottom() + 1)
            reached = strongest(picture.crop(tuple(round(edge * scale) for edge in edges)))
            if reached < least:
                yield f"{name} {reached:.1f}"


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
            sys.stdout.write("; ".join([f"{name} {widget.width()}x{widget.height()}", *over, *too_faint(widget)]) + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"{sheet(given.folder, columns=4, wide=640)}\n")


if __name__ == "__main__":
    main()
