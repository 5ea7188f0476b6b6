"""The pages of exchange and print at 1366×768, at the usual size and at 14 points: all fits, no button is cut.

What it shows can be looked at: `python -m tests.gui.pictures`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QPushButton, QRadioButton

from desktop.exchange.write import workbook
from desktop.ui.bulletin.preview.printing import PrintDialog
from desktop.ui.exchange.export_dialog import ExportDialog
from desktop.ui.exchange.merge.incoming_file import FOREIGN, READING, READY, WAITING
from desktop.ui.kit import theme
from tests.gui import exchange_office as made_up
from tests.gui.pictures import keep

SIZES = (10.5, 14.0)


@pytest.fixture(autouse=True)
def _usual_size() -> Iterator[None]:
    yield
    from PySide6.QtWidgets import QApplication

    theme.apply(QApplication.instance(), 10.5)


def cut(widget: Any) -> list[str]:
    """Buttons and boxes whose words do not fit."""
    found = []
    for button in widget.findChildren(QAbstractButton):
        if isinstance(button, (QPushButton, QCheckBox, QRadioButton)) and button.isVisible() and button.text():
            words = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
            if button.width() < words or button.width() < button.minimumSizeHint().width():
                found.append(button.text())
    return found


def fits(window: Any) -> None:
    assert (window.width(), window.height()) == (1366, 768)
    assert cut(window) == []


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_what_a_unit_asks_for_beside_refusals_and_accidents(qtbot: Any, tmp_path: Path, points: float) -> None:
    session = made_up.fill(tmp_path / "office")
    try:
        file = made_up.unit_workbook(session, tmp_path, blank_rows=10)
        made_up.ask_by_hand(file)
        with made_up.window_over(session, points) as window:
            page = window.open("exchange")
            made_up.settle(qtbot, window)
            page.take([file])
            made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == READY)
            for group in ("proposed", "warned", "refused"):
                at = next(at for at, line in enumerate(page.merge.table.model_.shown) if line.group == group)
                page.merge.table.go_to(at)
                qtbot.wait(50)
                fits(window)
                keep(window, f"merge-{group}", points)
    finally:
        session.close()


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_exchange_from_the_drop_to_the_decision(qtbot: Any, tmp_path: Path, points: float) -> None:
    session = made_up.fill(tmp_path / "office")
    try:
        file = made_up.unit_workbook(session, tmp_path, blank_rows=10)
        made_up.fill_by_hand(file)
        made_up.disagree(session)
        with made_up.window_over(session, points) as window:
            page = window.open("exchange")
            made_up.settle(qtbot, window)
            fits(window)
            page.take([file])
            made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == READY)
            page.merge.table.next_asking()
            qtbot.wait(50)
            fits(window)
            keep(window, "merge", points)
            added = next(at for at, line in enumerate(page.merge.table.model_.shown) if line.group == "added")
            page.merge.table.go_to(added)
            qtbot.wait(50)
            fits(window)
            keep(window, "merge-added", points)
            page.merge.accept()
            made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
            fits(window)
            keep(window, "exchange", points)
            window.toasts.hide()
            conflicts = window.open("conflicts")
            made_up.settle(qtbot, window, lambda: bool(conflicts.list.lines))
            conflicts.panel.pick("theirs")
            qtbot.wait(50)
            fits(window)
            keep(window, "conflicts", points)
            whom = session.names.unit_by_name("安坪县")
            dialog = ExportDialog(session, window.jobs, window, ("rectification",), whom)
            qtbot.addWidget(dialog)
            dialog.show()
            dialog.locked.setChecked(True)
            dialog.folder.setText("E:/发出")
            dialog.search.setFocus()
            qtbot.wait(50)
            assert dialog.width() <= 1366 and dialog.height() <= 768
            assert cut(dialog) == []
            keep(dialog, "export", points)
            dialog.close()
    finally:
        session.close()


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_a_folder_of_several_units(qtbot: Any, tmp_path: Path, points: float) -> None:
    session = made_up.fill(tmp_path / "office")
    folder = tmp_path / "收回"
    folder.mkdir()
    try:
        for name in ("安坪县", "清禾区", "云川市教育局"):
            unit = session.names.unit_by_name(name)
            file = folder / f"{name}_整改清单_20220920.xlsx"
            workbook.export(session, ["rectification"], file, unit=unit, blank_rows=4)
        made_up.fill_by_hand(folder / "安坪县_整改清单_20220920.xlsx")
        (folder / "荷口镇_整改清单_20220920.xlsx").write_bytes(b"PK\x03\x04 cut short")
        with made_up.window_over(session, points) as window:
            page = window.open("exchange")
            page.take([folder])
            settled = lambda: bool(page.merge.files) and all(f.state not in (WAITING, READING) for f in page.merge.files)  # noqa: E731
            made_up.settle(qtbot, window, settled)
            assert page.merge.together  # one preview for all
            qtbot.wait(50)
            fits(window)
            keep(window, "merge-many", points)
            page.merge.accept()
            made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 3)
            window.toasts.hide()
            page.merge.leave()
            page.history.undo_import(next(line.key for line in page.imports.lines if line.cells[1] == "安坪县"))
            made_up.settle(qtbot, window, lambda: any(line.data.undone for line in page.imports.lines))
            window.toasts.hide()
            page.take([folder / "安坪县_整改清单_20220920.xlsx"])
            made_up.settle(qtbot, window, settled)
            qtbot.wait(50)
            fits(window)
            keep(window, "merge-undone", points)
    finally:
        session.close()


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_a_foreign_table_is_mapped_by_hand(qtbot: Any, tmp_path: Path, points: float) -> None:
    from desktop.ui.exchange.merge.mapping import MappingDialog

    session = made_up.fill(tmp_path / "office")
    file = made_up.foreign_workbook(tmp_path / "清禾区问题台账（9月）.xlsx")
    try:
        with made_up.window_over(session, points) as window, pytest.MonkeyPatch.context() as patch:
            page = window.open("exchange")
            asked: list[Any] = []
            patch.setattr(page, "_ask_mapping", asked.append)
            page.take([file])
            made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == FOREIGN)
            keep(window, "merge-unknown", points)
            dialog = MappingDialog(page, session, window.jobs, page.merge.files[0], "rectification")
            qtbot.addWidget(dialog)
            dialog.show()
            made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
            qtbot.wait(100)
            assert dialog.width() <= 1366 and dialog.height() <= 768
            assert cut(dialog) == []
            keep(dialog, "mapping", points)
            field, text = dialog.constants.lines[0]
            field.setCurrentIndex(field.findData("source"))
            text.setText("自查发现")
            assert dialog.wishes().constants == {"source": "自查发现"} and len(dialog.constants.lines) == 2
            dialog.accept()
            page.merge.files[0].as_kind, page.merge.files[0].wishes = dialog.kind.name, dialog.wishes()
            page.merge.read(page.merge.files[0])
            made_up.settle(qtbot, window, lambda: page.merge.files[0].state == READY)
            qtbot.wait(50)
            fits(window)
            keep(window, "merge-foreign", points)
            (added, *_) = page.merge.files[0].plan.rows
            assert session.kinds.get("rectification").field("source").options and added.theirs.values["source"]
            dialog.close()
    finally:
        session.close()


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_names_that_nobody_knows_are_settled_once(qtbot: Any, tmp_path: Path, points: float) -> None:
    import openpyxl

    from desktop.ui.exchange.merge.unknown_dialog import UnknownDialog

    session = made_up.fill(tmp_path / "office")
    book = openpyxl.Workbook()
    for row in (
        ["整改事项", "责任单位", "牵头领导", "问题类别", "整改时限"], ["窗口午间无人", "清禾区政务中心", "周启明", "作风漂浮", "2022.11.1"],
        ["材料重复提交", "清禾区政务中心", "周启明", "作风漂浮", "2022.11.9"], ["热线无人接听", "清禾区", None, "执行不到位", "2022.12.1"],
    ):  # fmt: skip
        book.active.append(row)
    file = tmp_path / "清禾区问题台账.xlsx"
    book.save(file)
    try:
        with made_up.window_over(session, points) as window, pytest.MonkeyPatch.context() as patch:
            page = window.open("exchange")
            patch.setattr(page, "_ask_mapping", lambda _: None)
            page.take([file])
            made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == FOREIGN)
            incoming = page.merge.files[0]
            incoming.as_kind = "rectification"
            page.merge.read(incoming)
            made_up.settle(qtbot, window, lambda: incoming.state == READY)
            assert page.merge.names_button.isVisible()

            def answer(dialog: UnknownDialog) -> int:
                dialog.show()
                qtbot.wait(50)
                assert dialog.width() <= 1366 and cut(dialog) == []
                keep(dialog, "unknown-names", points)
                for each, entry in dialog.entries:
                    new = entry.findData("#new")
                    entry.setCurrentIndex(new if each.can_make else entry.findData("作风不实"))
                return UnknownDialog.DialogCode.Accepted

            patch.setattr(UnknownDialog, "exec", answer)
            page.merge.names_button.click()
            made_up.settle(qtbot, window, lambda: incoming.state == READY and not incoming.plan.unknown)
            assert incoming.plan.lines("error") == [] and session.names.unit_by_name("清禾区政务中心")
            assert not page.merge.names_button.isVisible()
            fits(window)
    finally:
        session.close()


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_bulletin_from_the_choice_to_the_paper(qtbot: Any, tmp_path: Path, points: float) -> None:
    session = made_up.fill(tmp_path / "office")
    try:
        with made_up.window_over(session, points) as window:
            page = window.open("bulletin")
            made_up.settle(qtbot, window, lambda: page.pane.ready)
            fits(window)
            keep(window, "preview", points)
            page.pane.show_pdf(page.pane.data, ("\U0002ebf0", "\U00030edd"))
            page.pane.fit_page()
            page.pane.turn(1)
            qtbot.wait(1500)
            fits(window)
            keep(window, "preview-page", points)
            on_item = next(at for at, line in enumerate(page.list.lines) if line.data.asks("item"))
            page.list.selectRow(on_item)
            qtbot.waitUntil(lambda: bool(page.pane.words))
            fits(window)
            keep(window, "preview-item", points)
            dialog = PrintDialog(page, "督办通报 2022年9月", 3)
            qtbot.addWidget(dialog)
            dialog.show()
            qtbot.wait(50)
            assert cut(dialog) == []
            keep(dialog, "print", points)
            dialog.close()
    finally:
        session.close()
