"""A clerk sends workbooks: which ledgers, to whom, where to; the dialog says what will come out before it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from db.errors import BadInput
from db.model.query import Query, Where
from desktop.ui.app import services
from desktop.ui.exchange import destinations, exporting
from desktop.ui.exchange.export_dialog import ExportDialog
from desktop.ui.exchange.exporting import Wanted, file_name, run_export
from tests.gui import exchange_office as made_up


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def window(session: Any, qapp: Any) -> Iterator[Any]:
    with made_up.window_over(session) as made:
        yield made


def unit(session: Any, name: str) -> str:
    return session.names.unit_by_name(name)


def dialog_over(qtbot: Any, window: Any, kinds: tuple[str, ...] = ("rectification",), whom: str | None = None) -> ExportDialog:
    dialog = ExportDialog(window.session, window.jobs, window, kinds, whom)
    qtbot.addWidget(dialog)
    return dialog


def test_a_file_for_each_unit_named_before_it_is_made(qtbot: Any, session: Any, window: Any, tmp_path: Path) -> None:
    target = tmp_path / "发出"
    target.mkdir()
    dialog = dialog_over(qtbot, window)
    assert dialog.plan.text().startswith("将生成 1 个文件：云川市能力作风建设年活动办公室_整改清单_20220920.xlsx")
    dialog.units.set_value((unit(session, "安坪县"), unit(session, "清禾区")))
    dialog.units.changed.emit()
    assert dialog.plan.text() == "将生成 2 个文件：安坪县_整改清单_20220920.xlsx、清禾区_整改清单_20220920.xlsx"
    dialog.folder.setText(str(target))
    dialog.blank.setValue(5)
    dialog.after.setChecked(False)
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Accepted
    page = window.open("exchange")
    run_export(window, dialog.wanted())
    made_up.settle(qtbot, window, lambda: len(page.exports.lines) == 2)
    assert sorted(file.name for file in target.iterdir()) == [
        "安坪县_整改清单_20220920.xlsx", "清禾区_整改清单_20220920.xlsx",
    ]  # fmt: skip
    titles = {cell.value for row in openpyxl.load_workbook(target / "安坪县_整改清单_20220920.xlsx")["整改清单"] for cell in row}
    assert made_up.ITEMS[0][0] in titles and made_up.ITEMS[1][0] not in titles
    assert "已导出 2 个工作簿" in window.toasts.text
    assert {line.cells[1] for line in page.exports.lines} == {"安坪县", "清禾区"}
    again = dialog_over(qtbot, window)
    assert (again.folder.text(), again.blank.value(), again.after.isChecked()) == (str(target), 5, False)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda d: d.list.item(0).setCheckState(Qt.CheckState.Unchecked), "请至少勾选一种台账"),
        (lambda d: d.folder.setText("/没有/这里"), "不存在"),
        (lambda d: (d.locked.setChecked(True), d.password.setText("123")), "至少 6 位"),
        (lambda d: (d.locked.setChecked(True), d.password.setText("123456"), d.again.setText("654321")), "不一样"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_said_in_the_dialog(qtbot: Any, window: Any, tmp_path: Path, spoil: Any, sentence: str) -> None:
    dialog = dialog_over(qtbot, window)
    dialog.folder.setText(str(tmp_path))
    spoil(dialog)
    dialog.accept()
    assert sentence in dialog.problem
    assert dialog.result() != QDialog.DialogCode.Accepted


def test_ledgers_are_found_by_pinyin_and_stay_ticked(qtbot: Any, window: Any, tmp_path: Path) -> None:
    dialog = dialog_over(qtbot, window)
    dialog.search.setText("yhqd")
    assert [dialog.list.item(at).text().split("　")[0] for at in range(dialog.list.count())] == ["遗憾清单"]
    dialog.list.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.search.clear()
    assert dialog.kinds() == ("rectification", "regret") or set(dialog.kinds()) == {"rectification", "regret"}
    assert "整改清单等2本台账" in dialog.plan.text() or "遗憾清单等2本台账" in dialog.plan.text()


def test_a_stick_is_advised_on(qtbot: Any, window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destinations, "removable_drives", lambda: [("我的U盘（剩 7.2 GB）", tmp_path)])
    dialog = dialog_over(qtbot, window)
    dialog.show()
    assert not dialog.stick.isVisible()
    dialog.folder.setText(str(tmp_path / "安坪"))
    assert dialog.stick.isVisible() and "再拔 U 盘" in dialog.stick.text()


def test_a_list_narrowed_to_a_unit_proposes_that_unit(session: Any, window: Any) -> None:
    whom = unit(session, "安坪县")
    ways = [Where("lead_unit", "eq", whom), Where("lead_unit", "in", [whom]), Where("unit", "in", [whom])]
    several = Where("unit", "in", list(session.names.units())[:2])
    asked: list[tuple[Any, ...]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "ask_and_export", lambda *given: asked.append(given))
        for where in (*ways, several):
            window.services.export_rows("rectification", Query(kind="rectification", where=(where,)))
        window.services.export_rows("rectification")
    assert asked == [(window, ("rectification",), each) for each in (whom, whom, whom, None, None)]


def test_a_name_holds_no_character_a_stick_refuses(session: Any) -> None:
    uid = session.add("unit", {"name": "市直/机关:一支部"})
    assert file_name(session, ("rectification",), uid) == "市直_机关_一支部_整改清单_20220920.xlsx"


def test_a_cancelled_export_leaves_no_file(
    qtbot: Any, window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "发出"
    target.mkdir()
    cancelled = threading.Event()

    def named_late(*arguments: Any) -> str:
        cancelled.wait(20)  # a small export would be over before a slow machine gets to cancel it
        return file_name(*arguments)

    monkeypatch.setattr(exporting, "file_name", named_late)
    run_export(window, Wanted(("rectification",), (), 5, None, target, False))
    qtbot.waitUntil(lambda: window.jobs.writing is not None)
    window.jobs.writing.cancel()
    cancelled.set()
    made_up.settle(qtbot, window)
    assert not list(target.iterdir())
    assert "取消" in window.errors.text


def test_personnel_ledgers_do_not_go_with_others(qtbot: Any, window: Any, tmp_path: Path) -> None:
    kinds = window.session.kinds
    personnel = next(kind.name for kind in kinds if kind.book == "personnel" and kind.family)
    dialog = dialog_over(qtbot, window, ("rectification", personnel))
    dialog.folder.setText(str(tmp_path))
    with pytest.raises(BadInput, match="单独导出"):
        dialog.wanted()
