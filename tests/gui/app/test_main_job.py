"""The main job in the window, from the clerk's login to the saved circular; the workbook goes through LibreOffice on its way."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pdfplumber

from db.model.query import Query
from desktop.ui.app.shell import Shell
from desktop.ui.exchange.export_dialog import ExportDialog
from desktop.ui.exchange.exporting import run_export
from desktop.ui.exchange.merge.incoming_file import DONE, READING, WAITING
from tests.gui.conftest import PATIENCE_MS, answer, ledger, log_in, quiet, type_chinese

KIND = "rectification"
TITLE = "学校周边摊点占道经营"
PROGRESS = "已集中整治三次，道路恢复畅通。"


def _fill_in(file: Path, tool: Callable[[str], str], folder: Path) -> Path:
    """What the unit's contact does: type into the item's line, save; then LibreOffice opens it and saves it its own way."""
    book = openpyxl.load_workbook(file)
    heading: dict[str, int] = {}
    for row in book["整改清单"].iter_rows():
        texts = {str(cell.value): cell.column for cell in row if cell.value is not None}
        if "进展情况" in texts:
            heading = texts
        elif heading and TITLE in texts:
            book["整改清单"].cell(row[0].row, heading["进展情况"]).value = PROGRESS
    typed = folder / "typed.xlsx"
    book.save(typed)
    back = folder / "back"
    subprocess.run(
        [tool("soffice"), "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx", "--outdir",
         str(back), str(typed)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    return Path(shutil.move(back / "typed.xlsx", folder / f"已填_{file.name}"))


def test_from_the_login_to_the_circular(qtbot: Any, clerk: Shell, tool: Callable[[str], str], tmp_path: Path) -> None:
    def wait(said: Callable[[], bool]) -> None:
        qtbot.waitUntil(said, timeout=PATIENCE_MS)

    # The clerk adds an item and assigns it to two units.
    session = clerk.session
    county, bureau = (session.names.unit_by_name(name) for name in ("安坪县", "云川市教育局"))
    page = ledger(qtbot, clerk, rows=40)
    clerk.workspace.page.new()
    form = page.form
    wait(lambda: form.is_new)
    type_chinese(form.fields.editors["title"].entry, TITLE)
    form.fields.editors["lead_unit"].set_value(county)
    form.fields.editors["cooperating_units"].set_value((bureau,))
    form.fields.editors["deadline"].set_value(session.today + dt.timedelta(days=20))
    form.save()
    wait(lambda: page.table.rows.rowCount() == 41)
    quiet(qtbot, clerk)
    uid = session.find(Query(kind=KIND, search=TITLE))[0].uid
    wait(lambda: form.uid == uid)
    cycle = session.kinds.lifecycle_of(KIND)
    answer(lambda dialog: dialog.ok.click())
    form.take_step(cycle.action("assign"))
    quiet(qtbot, clerk)
    assert session.get(KIND, uid).state == "assigned"

    # The county's workbook goes out and comes back filled.
    dialog = ExportDialog(session, clerk.jobs, clerk.workspace, (KIND,), county)
    qtbot.addWidget(dialog)
    dialog.folder.setText(str(tmp_path))
    dialog.after.setChecked(False)
    dialog.accept()
    run_export(clerk.workspace, dialog.wanted())
    wait(lambda: any(tmp_path.glob("安坪县_*.xlsx")))
    quiet(qtbot, clerk)
    (sent,) = tmp_path.glob("安坪县_*.xlsx")
    filled = _fill_in(sent, tool, tmp_path)

    # The merge view shows the one change, field by field; nothing is written before it is accepted.
    exchange = clerk.workspace.open("exchange")
    exchange.take([filled])
    view = exchange.merge
    wait(lambda: bool(view.files) and view.files[0].state not in (WAITING, READING))
    assert [(line.group, line.row.title, line.label) for line in view.table.model_.shown] == [("changed", TITLE, "进展情况")]
    assert session.get(KIND, uid).values["progress"] is None
    file = view.file
    view.accept()
    wait(lambda: file.state == DONE)
    quiet(qtbot, clerk)
    assert session.get(KIND, uid).values["progress"] == PROGRESS

    # The clerk requests close-out; another person checks and closes it out.
    clerk.workspace.open_record(KIND, uid)
    page = clerk.workspace.page
    wait(lambda: page.form.uid == uid)
    answer(lambda dialog: dialog.ok.click())
    page.form.take_step(cycle.action("request-close-out"))
    quiet(qtbot, clerk)
    assert session.get(KIND, uid).state == "close_out_requested"
    assert clerk.lock()
    log_in(qtbot, clerk, "reviewer")
    clerk.workspace.open_record(KIND, uid)
    page = clerk.workspace.page
    wait(lambda: page.form.uid == uid)
    answer(lambda dialog: dialog.ok.click())
    page.form.take_step(cycle.action("close-out"))
    quiet(qtbot, clerk)
    wait(lambda: clerk.session.get(KIND, uid).state == "closed_out")

    # The circular with its table and rates is previewed and saved.
    bulletin = clerk.workspace.open("bulletin")
    wait(lambda: bool(bulletin.list.lines))
    bulletin.list.selectRow(next(at for at, line in enumerate(bulletin.list.lines) if line.key == "supervision_circular"))
    wait(lambda: bulletin.pane.ready)
    bulletin.paper.save_to(tmp_path / "督办通报.pdf")
    wait(lambda: (tmp_path / "督办通报.pdf").exists())
    quiet(qtbot, clerk)
    with pdfplumber.open(tmp_path / "督办通报.pdf") as pdf:
        text = "".join(each.extract_text() for each in pdf.pages).replace("\n", "").replace(" ", "")
    assert "办结率" in text and "安坪县" in text
    assert clerk.session.verify() == []
