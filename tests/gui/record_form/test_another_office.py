"""A record of another office in the window: what it alone may change is shown as fixed, the rest is filled in as ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.office import change_facts, create_office, open_office
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from desktop.ui.app.shell import Shell
from tests.gui.conftest import PASSWORD, PATIENCE_MS, ledger, log_in, quiet, type_chinese

KIND = "rectification"
TITLE = "市里交办的窗口整改"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What another office sends: an item of one unit and one of another."""
    folder = tmp_path_factory.mktemp("other")
    session = create_office(folder / "data", "云川市作风办", "city", "admin", PASSWORD)[0]
    units = [session.add("unit", {"name": name}) for name in ("安坪县人民政府", "青石县人民政府")]
    for title, unit in zip((TITLE, "别的单位的事项"), units, strict=True):
        values = {"title": title, "lead_unit": unit, "deadline": dt.date.today() + dt.timedelta(days=20), "problem": "群众反映办件慢。"}
        session.take_step(KIND, session.add(KIND, values), "assign")
    file = export(session, [KIND], folder / "sent.xlsx", blank_rows=0).file
    session.close()
    return file


@pytest.fixture
def county(qtbot: Any, folder: Path, sent: Path, open_shell: Callable[..., Shell]) -> Shell:
    session = open_office(folder, "admin", PASSWORD)
    accept.accept(session, accept.plan(session, sent))
    change_facts(session, session.office_name, "county", session.names.unit_by_name("安坪县人民政府"))
    session.close()
    shell = open_shell()
    log_in(qtbot, shell, "clerk")
    return shell


def opened(qtbot: Any, shell: Shell, title: str) -> Any:
    page = ledger(qtbot, shell, rows=42)
    uid = next(r.uid for r in shell.session.office.each(KIND) if r.values["title"] == title)
    page.form.show_record(uid)
    qtbot.waitUntil(lambda: page.form.uid == uid, timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    return page.form


def test_what_the_other_office_owns_is_fixed_and_the_rest_is_filled_in(qtbot: Any, county: Shell) -> None:
    form = opened(qtbot, county, TITLE)
    editors = form.fields.editors
    assert "由云川市作风办交办" in form._banner.text() and not form._banner.isHidden()  # noqa: SLF001
    assert editors["title"].entry.isReadOnly() and "只能由交办单位改动" in editors["title"].toolTip()
    assert not editors["measures"].entry.isReadOnly() and editors["measures"].toolTip() == ""
    type_chinese(editors["measures"].entry, "增设两个窗口")
    form.save()
    qtbot.waitUntil(lambda: county.session.must_get(KIND, form.uid).values["measures"] == "增设两个窗口", timeout=PATIENCE_MS)
    offered = {p.action.name: p.allowed for p in form._shown.possible}  # noqa: SLF001
    assert offered["acknowledge"] and offered["report"] and not offered["suspend"] and not offered["remind"]
    form._tabs.setCurrentIndex(2)  # noqa: SLF001
    lists = form.children_lists._lists  # noqa: SLF001
    assert lists["letter"]._add.isHidden() and not lists["progress"]._add.isHidden()  # noqa: SLF001


def test_an_item_of_another_unit_can_only_be_looked_at(qtbot: Any, county: Shell) -> None:
    form = opened(qtbot, county, "别的单位的事项")
    assert "责任单位不是本单位，只能查看" in form.action_bar.hint and form._foot.isHidden()  # noqa: SLF001
    assert form._banner.isHidden()  # noqa: SLF001  (the sentence stands beside the steps)
    assert all(editor.entry.isReadOnly() for name, editor in form.fields.editors.items() if name in ("title", "measures"))
    assert not any(p.allowed for p in form._shown.possible)  # noqa: SLF001


def test_a_record_of_this_office_is_as_ever(qtbot: Any, county: Shell) -> None:
    form = opened(qtbot, county, "第2项问题整改")
    assert form._banner.isHidden() and not form.fields.editors["title"].entry.isReadOnly()  # noqa: SLF001
