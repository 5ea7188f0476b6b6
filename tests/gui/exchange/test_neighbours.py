"""Two offices that say they are one unit: told in the preview, answered there or in the settings, remembered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.access import unit_claims
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import export
from desktop.ui.kit.messages import Dialog
from tests.gui.pages_office import PASSWORD, PROBLEMS, answer, fill, settle, window_over
from tests.gui.pictures import keep

KIND, UNIT = "rectification", "安坪县"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The city that knows the county's office, and the workbook of a second office that says it is the county too."""
    folder = tmp_path_factory.mktemp("neighbours")
    city = fill(folder / "city")
    uid = next(r.uid for r in city.office.each(KIND) if r.values["title"] == PROBLEMS[3])
    sent = export(city, [KIND], folder / "all.xlsx", blank_rows=0).file
    for name, measures in (("安坪县作风办", None), ("安坪县督查办", "另一本台账写的措施")):
        session = office.create_office(folder / name, name, "county", "admin", PASSWORD)[0]
        accept.accept(session, accept.plan(session, sent))
        session.office.set_meta(own_unit=session.names.unit_by_name(UNIT) or "")
        if measures:
            session.set(KIND, uid, {"measures": measures})
        file = export(session, [KIND], folder / f"{name}.xlsx", blank_rows=0).file
        if measures is None:
            accept.accept(city, accept.plan(city, file))
        session.close()
    city.close()
    return folder / "city", file


@pytest.fixture
def window(made: tuple[Path, Path], qtbot: Any, tmp_path: Path) -> Iterator[Any]:
    shutil.copytree(made[0], tmp_path / "office")
    session = office.open_office(tmp_path / "office", "admin", PASSWORD)
    with window_over(session, 10.5) as found:
        yield found
    session.close()


def looked_at(window: Any, qtbot: Any, file: Path) -> Any:
    page = window.open("exchange")
    page.take([file])
    settle(qtbot, window, lambda: page.merge.file is not None and page.merge.file.plan is not None)
    return page.merge


def test_the_preview_asks_who_it_is_and_takes_it_once_that_was_answered(window: Any, qtbot: Any, made: tuple[Path, Path]) -> None:
    merge = looked_at(window, qtbot, made[1])
    assert "“安坪县督查办”说自己就是“安坪县”，可“安坪县作风办”也是" in merge.remarks.text()
    assert not merge.claim_button.isHidden() and merge.file.plan.lines("refused") and not merge.file.plan.updated
    keep(window, "claim", 10.5)

    def agree(dialog: Any) -> None:
        keep(dialog, "claim-dialog", 10.5)
        dialog.ok.click()

    answer(agree, Dialog)
    merge.claim_button.click()
    settle(qtbot, window, lambda: merge.file.plan is not None and not merge.file.plan.claims)
    assert merge.claim_button.isHidden() and merge.file.plan.updated == 1 and not merge.file.plan.lines("refused")


def test_the_settings_list_who_waits_and_keep_a_no(window: Any, qtbot: Any, made: tuple[Path, Path]) -> None:
    accept.accept(window.session, accept.plan(window.session, made[1]))
    page = window.open("settings")
    settle(qtbot, window, lambda: len(page.neighbours.list.lines) == 2)
    first, second = page.neighbours.list.lines
    assert first.cells == ("安坪县督查办", "安坪县", ("待确认", "orange"), "安坪县作风办")
    assert second.cells[:3] == ("安坪县作风办", "安坪县", ("认可", "green"))
    keep(window, "neighbours", 10.5)
    page.neighbours.list.selectRow(0)
    answer(lambda dialog: dialog.ok.click(), Dialog)
    page.neighbours.no.click()
    settle(qtbot, window, lambda: any(line.cells[2] == ("不承认", "red") for line in page.neighbours.list.lines))
    assert not unit_claims.accepted(window.session, first.data.office, first.data.unit)


def test_choosing_a_unit_that_another_office_is_asks_first(window: Any, qtbot: Any) -> None:
    page = window.open("settings")
    settle(qtbot, window)
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.windowTitle())
        dialog.reject()

    page.office_name.textEdited.emit(page.office_name.text())
    page.own_unit.entry.setText(UNIT)
    answer(leave, Dialog)
    page.keep_facts.click()
    settle(qtbot, window)
    assert asked == ["已有别的单位选了它"] and window.session.own_unit is None
    answer(lambda dialog: dialog.ok.click(), Dialog)
    page.keep_facts.click()
    settle(qtbot, window, lambda: "单位信息已保存" in window.toasts.text)
    assert window.session.unit_name(window.session.own_unit) == UNIT
