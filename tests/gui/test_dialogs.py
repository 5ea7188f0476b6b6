"""Every class of dialog: told to a screen reader, walked through by Tab from top to bottom, left by Esc, answered by Enter."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

import desktop.ui
from db.domain import roster_people
from db.metrics.metrics import Row
from db.model.query import Query
from db.rules import lifecycle
from db.safety.kept_backups import BackupInfo
from desktop.bulletin.issue.issuing import IssuePreview
from desktop.bulletin.report import office_reports
from desktop.bulletin.report.declaration import ArticlesOf, ChartOf, GanttOf, TableOf
from desktop.exchange.apply.import_report import Receipt
from desktop.exchange.plan.import_plan import Unknown
from desktop.ui.app.shell import Shell
from desktop.ui.bulletin.editor.official_dialog import IssueDialog, OfficialDialog
from desktop.ui.bulletin.preview.printing import PrintDialog
from desktop.ui.bulletin.schedule_dialog import ScheduleDialog
from desktop.ui.exchange.exchange_papers import TextPaper, _Receipt
from desktop.ui.exchange.export_dialog import ExportDialog
from desktop.ui.exchange.merge.unknown_dialog import UnknownDialog
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.figures.own_figure_dialog import OwnFigureDialog
from desktop.ui.figures.own_figures_list import OwnFiguresDialog
from desktop.ui.figures.row_list import RowsDialog
from desktop.ui.kinds.dialogs import FieldDialog, LightsDialog, NewKindDialog
from desktop.ui.kit.dialogs import WorkDialog
from desktop.ui.kit.messages import Dialog
from desktop.ui.lists.paste_dialog import PasteDialog
from desktop.ui.office.closing_dialog import ClosingDialog
from desktop.ui.office.rhythm_dialog import RhythmDialog
from desktop.ui.office.user_dialog import UserDialog
from desktop.ui.people.roster_dialog import RosterDialog
from desktop.ui.record_form.actions import ActionDialog, Step
from desktop.ui.record_form.bulk import BulkDialog
from desktop.ui.record_form.children import ChildDialog
from desktop.ui.record_form.grid_dialog import Grid, GridDialog
from desktop.ui.reports.chart_editor import ArticlesDialog, ChartDialog, GanttDialog
from desktop.ui.reports.table_editor import PickDialog, TableDialog
from desktop.ui.safety.open_data import HandOutDialog
from desktop.ui.safety.restore_open import RestoreDialog
from desktop.ui.safety.restoring import RestoreClosedDialog
from desktop.ui.units.unit_change import WAYS, ChangeDialog
from tests.gui.accessibility import LOOKED_OVER, by_tab, dialog_faults, is_part, told
from tests.gui.conftest import PATIENCE_MS

KIND = "rectification"
ELSEWHERE = {"MappingDialog", "FormDialog", "RuleDialog", "StandingDialog", "OpeningDialog", "FigurePicker"}
"""Made of a file, a month, a draft or a meeting: looked over where their own tests open them."""


def every_class() -> set[type[Dialog]]:
    for module in pkgutil.walk_packages(desktop.ui.__path__, "desktop.ui."):
        importlib.import_module(module.name)
    found: set[type[Dialog]] = set()
    waiting = [Dialog]
    while waiting:
        for each in waiting.pop().__subclasses__():
            if each.__module__.startswith("desktop.ui.") and each not in found:
                found.add(each)
                waiting.append(each)
    return found


def made(window: Any) -> Iterator[Callable[[], Dialog]]:
    """Each with something to show."""
    session, jobs = window.session, window.jobs
    context, kind = EditorContext(session, jobs, window), session.kinds.get(KIND)
    record = session.find(Query(kind=KIND, limit=1))[0]
    unit = next(iter(session.names.units()))
    told_once: set[str] = set()
    when = dt.datetime(2022, 9, 5, 8, 0)
    info = BackupInfo(Path("x.zip"), 1, 1, when, "daily", session.office_id, "0.2.0", {})
    for way in WAYS:
        yield lambda way=way: ChangeDialog(window, way, unit)
    yield lambda: PrintDialog(window, "督办通报", 3)
    yield lambda: HandOutDialog(window, session)
    yield lambda: RestoreDialog(window, session, info)
    yield lambda: TextPaper(window, "回执", "第一行\n第二行", lambda: None)
    yield lambda: PickDialog(window, [("title", "整改事项"), ("note", "备注")])
    yield lambda: BulkDialog(window, context, kind, 3)
    yield lambda: ChildDialog(window, context, session.kinds.get("milestone"), record.uid, None)
    yield lambda: RhythmDialog(window)
    cadres = session.find(Query(kind="cadre", limit=1))
    cadre = cadres[0].uid if cadres else session.add("cadre", {"name": "闻测甲"})
    yield lambda: RosterDialog(window, jobs, cadre, roster_people.named(session, cadre), 2)
    yield lambda: ScheduleDialog(window, None)
    yield lambda: ClosingDialog(window, session.today.year - 1)
    yield lambda: RowsDialog(window, "交办数", "本期交办的件数", [Row(KIND, record.uid, "第1项", True)])
    yield lambda: UnknownDialog(window, session, kind, [Unknown("lead_unit", "责任单位", "水务处", (("整改清单", "C5"),), can_make=True)])
    yield lambda: OfficialDialog(window, {"secrecy": "内部资料"})
    yield lambda: IssueDialog(window, IssuePreview("2022年第1期（总第1期）", {}), check=True)
    yield lambda: ExportDialog(session, jobs, window, (KIND,))
    yield lambda: UserDialog(window, session, jobs, None)
    yield lambda: PasteDialog(window, context, kind, "整改事项\t责任单位\n甲\t安坪县\n")
    yield lambda: OwnFigureDialog(window, session, jobs)
    yield lambda: OwnFiguresDialog(window)
    receipt = Receipt("安坪县", ("收到你单位的表。",), (("C5", "不是日期"),), "云川市督查办公室", "2022年9月5日")
    yield lambda: _Receipt(window, receipt)
    yield lambda: RestoreClosedDialog(window, jobs, Path(session.folder), "admin")
    yield lambda: NewKindDialog(window, session.kinds)
    yield lambda: LightsDialog(window, session.kinds, kind)
    yield lambda: FieldDialog(window, session.kinds, kind, kind.fields[0], True)
    yield lambda: GridDialog(window, Grid("成批添加节点", "添加", session.kinds.get("milestone").fields[:3], "milestone", len, str))
    asked = {ChartOf: ChartDialog, GanttOf: GanttDialog}
    for report in office_reports.reports_of(session):
        for block in parts_of(report):
            if type(block) in asked:
                of = asked.pop(type(block))
                more = () if of is GanttDialog else (jobs,)
                yield lambda of=of, more=more, block=block: of(window, session, *more, block)
            elif type(block) in (TableOf, ArticlesOf):
                kept = TableDialog if isinstance(block, TableOf) else ArticlesDialog
                if kept.__name__ not in told_once:
                    told_once.add(kept.__name__)
                    yield lambda kept=kept, report=report, block=block: kept(window, session, jobs, report, block)
    yield lambda: WorkDialog(window, jobs, "换密码", "换")
    for one in lifecycle.actions_for(session, record)[:3]:
        step = Step(kind, one.action, dict(record.values), "第1项", record.uid)
        yield lambda step=step: ActionDialog(window, context, step)


def parts_of(held: object) -> Iterator[object]:
    """A declaration and all that it is made of."""
    yield held
    if isinstance(held, Struct):
        for name in held.__struct_fields__:
            yield from parts_of(getattr(held, name))
    elif isinstance(held, list | tuple):
        for each in held:
            yield from parts_of(each)


def walked(dialog: Dialog) -> list[QWidget]:
    """What has the focus, Tab by Tab, until it comes round."""
    found: list[QWidget] = []
    for _ in range(80):
        now = dialog.focusWidget()
        if now is None or now in found:
            break
        found.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    return found


def tab_faults(dialog: Dialog) -> list[str]:
    """What Tab does not come to, and where it goes up again in the same column more than once: round the end it must once."""
    steps = walked(dialog)
    missed = [
        each for each in dialog.findChildren(QWidget)
        if each.isVisible() and each.isEnabled() and by_tab(each) and not is_part(each) and each.focusProxy() is None
        and each not in steps and not any(step.isAncestorOf(each) or each.isAncestorOf(step) for step in steps)
    ]
    faults = [f"Tab does not come to {type(each).__name__} 「{told(each)}」" for each in missed]
    places = [QRect(each.mapTo(dialog, QPoint(0, 0)), each.size()) for each in steps]
    up = [
        f"Tab goes up from 「{told(steps[at])}」 to 「{told(steps[at + 1])}」"
        for at, (one, two) in enumerate(pairwise(places))
        if two.bottom() < one.top() and two.left() < one.right()
    ]
    return faults + (up if len(up) > 1 else [])


def test_each_is_reached_answered_and_left_by_keys(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    window = shell.workspace
    qtbot.waitUntil(lambda: shell.jobs.idle, timeout=PATIENCE_MS)
    found, seen = [], set()
    for make in made(window):
        dialog = make()
        name = f"{type(dialog).__name__}「{dialog.windowTitle()}」"
        seen.add(type(dialog).__name__)
        dialog.open()
        dialog.activateWindow()
        qtbot.waitUntil(lambda dialog=dialog: dialog.isVisible() and shell.jobs.idle, timeout=PATIENCE_MS)
        QApplication.processEvents()
        if dialog.focusWidget() is None:
            found.append(f"{name}: nothing has the focus")
        found += [f"{name}: {fault}" for fault in [*dialog_faults(dialog), *tab_faults(dialog)]]
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        if dialog.isVisible() or dialog.result() != QDialog.DialogCode.Rejected:
            found.append(f"{name}: Esc does not leave it")
            dialog.reject()
        dialog.deleteLater()
        QApplication.processEvents()
    assert not found, "\n".join(found)
    left = {each.__name__ for each in every_class()} - seen - ELSEWHERE - LOOKED_OVER - {"DraftDialog"}  # the base of three
    assert not left, f"no test looks these over: {left}"


def test_those_opened_elsewhere_are_looked_over_there() -> None:
    assert ELSEWHERE <= LOOKED_OVER, ELSEWHERE - LOOKED_OVER


def test_enter_answers_from_an_entry(qtbot: Any) -> None:
    """Whatever line has the focus, Enter presses the button that the dialog is for."""
    dialog = PickDialog(None, [("title", "整改事项")])
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
