"""Milestones below a record: in the order of their days with their lights, begun from a template, moved on together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QMenu, QSpinBox

from db.domain import planned_rows
from desktop.ui.app.shell import Shell
from desktop.ui.record_form.children import ChildList
from tests.gui.conftest import PATIENCE_MS, answer, quiet

LEDGER, DAY = "rectification", dt.timedelta(days=1)


def test_all_milestones_of_an_item_at_once(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("admin")
    session, today = shell.session, shell.session.today
    unit = next(iter(session.names.units()))
    record = {"title": "新建停车场", "lead_unit": unit, "assigned_on": today - DAY * 10, "deadline": today + DAY * 10}
    uid, other = (session.add(LEDGER, {**record, "title": title}) for title in ("新建停车场", "改造停车场"))
    for title, days in (("验收", 9), ("开工", -2)):
        session.add("milestone", {"title": title, "planned_on": today + DAY * days}, parent=uid)
    kind = session.kinds.get("milestone")

    def shown(which: str) -> ChildList:
        shell.workspace.open_record(LEDGER, which)
        form = shell.workspace.page.form
        qtbot.waitUntil(lambda: form.uid == which, timeout=PATIENCE_MS)
        quiet(qtbot, shell)
        form._tabs.setCurrentIndex(2)  # noqa: SLF001
        found: ChildList = next(each for each in form.findChildren(ChildList) if each._kind.name == "milestone")  # noqa: SLF001
        return found

    def act(below: ChildList, number: int) -> None:
        """Press one of the acts over all."""
        below._all.click()  # noqa: SLF001
        menu = next(each for each in below.parent().findChildren(QMenu) if each.isVisible())
        action = menu.actions()[number]
        menu.hide()
        action.trigger()
        quiet(qtbot, shell)

    below = shown(uid)
    table = below._table  # noqa: SLF001
    rows = [[table.item(row, column).text() for column in (1, table.columnCount() - 1)] for row in range(2)]
    assert rows == [["开工", "逾期"], ["验收", "正常"]]
    act(below, 1)
    assert len(planned_rows.template(session, session.kinds.get(LEDGER), kind)) == 2

    def later(dialog: Any) -> None:
        dialog.findChild(QSpinBox).setValue(1)
        dialog.ok.click()

    answered = answer(later)
    act(below, 2)
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    assert {m.values["planned_on"] for m in session.children(uid, "milestone")} == {today - DAY, today + DAY * 10}
    act(shown(other), 0)
    qtbot.waitUntil(lambda: len(session.children(other, "milestone")) == 2, timeout=PATIENCE_MS)
