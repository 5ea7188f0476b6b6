"""The list in front goes out as it stands: its columns, its filter, its order, as a workbook and on paper."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from python_calamine import CalamineWorkbook

from db import office
from db.errors import BadInput
from db.model.query import Where
from desktop.exchange.write.list_workbook import Listed, write_list
from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.app.shell import Shell
from desktop.ui.bulletin.preview.list_document import print_shown_to
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.lists.columns import LIGHT, STATE
from desktop.ui.lists.shown_rows import ShownRows
from tests.gui.conftest import LEDGER, PASSWORD, PATIENCE_MS, ledger, quiet

KIND = "rectification"
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def arranged(qtbot: Any, shell: Shell) -> Any:
    """One unit's items in two states, 类别 before 时限 and 灯号 hidden, the latest deadline first, all rows at hand."""
    page = ledger(qtbot, shell)
    unit = shell.session.names.unit_by_name("安坪县")
    page.filter.set((Where("lead_unit", "in", [unit]), Where("state", "in", ["assigned", "closed_out"])))
    table, header = page.table, page.table.horizontalHeader()
    place = {column.key: at for at, column in enumerate(table.arranged.columns)}
    for key, at in place.items():
        table.arranged._show_column(at, key in ("title", "lead_unit", "deadline", STATE, "category"))  # noqa: SLF001
    header.moveSection(header.visualIndex(place["category"]), header.visualIndex(place["deadline"]))
    for _ in range(2):
        header.sectionClicked.emit(place["deadline"])
    qtbot.waitUntil(lambda: table.rows.loaded and table.rows.titles(1) != [], timeout=PATIENCE_MS)
    quiet(qtbot, shell)
    rows, title = table.rows, place["title"]
    qtbot.waitUntil(lambda: all(rows.index(at, title).data() for at in range(rows.rowCount())), timeout=PATIENCE_MS)
    return page


def on_screen(page: Any) -> tuple[list[str], list[list[str]]]:
    """Headings and cells as the table shows them, from left to right, with the number before each row."""
    table, header = page.table, page.table.horizontalHeader()
    places = [header.logicalIndex(at) for at in range(header.count())]
    places = [place for place in places if not header.isSectionHidden(place)]
    heads = [str(table.rows.headerData(at, Qt.Orientation.Horizontal)) for at in places]
    cells = [
        [str(row + 1), *(str(table.rows.index(row, at).data() or "") for at in places)] for row in range(table.rows.rowCount())
    ]
    return heads, cells


def as_seen(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def test_the_workbook_holds_what_is_seen(
    qtbot: Any, open_shell: Callable[..., Shell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def where(owner: Any, purpose: str, title: str, name: str, *more: Any, **how: Any) -> Path:
        asked.append(name)
        return tmp_path / name

    monkeypatch.setattr(file_dialogs, "save_file", where)
    shell = open_shell("clerk")
    page = arranged(qtbot, shell)
    heads, cells = on_screen(page)
    assert heads == ["整改事项", "责任单位", "问题类别", "整改时限", "状态"] and len(cells) == 6
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow, timeout=PATIENCE_MS)
    qtbot.keyClick(page.table, Qt.Key.Key_E, CTRL | SHIFT)
    qtbot.waitUntil(lambda: "已导出" in shell.workspace.toasts.text, timeout=PATIENCE_MS)
    today = shell.session.today
    assert asked == [f"整改清单_责任单位 安坪县等_{today:%Y%m%d}.xlsx"]
    assert "6 条" in shell.workspace.toasts.text
    lines = CalamineWorkbook.from_path(str(tmp_path / asked[0])).get_sheet_by_name("整改清单").to_python()
    assert "责任单位：安坪县" in lines[1][0] and "共 6 条" in lines[1][0]
    assert lines[2] == ["序号", *heads]
    assert [[as_seen(each) for each in line] for line in lines[3:]] == cells
    assert all(isinstance(line[4], dt.date) for line in lines[3:]), "days are days, to be sorted"
    qtbot.mouseClick(page.filter.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("*(2).xlsx"))) == 1, timeout=PATIENCE_MS)
    quiet(qtbot, shell)


def test_the_paper_says_what_is_seen_with_the_filter_under_the_title(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    page = arranged(qtbot, shell)
    heads, cells = on_screen(page)
    page.print_preview()
    pane = shell.workspace.findChild(PaperDialog).page.pane
    qtbot.waitUntil(lambda: pane.ready, timeout=PATIENCE_MS)
    with pdfplumber.open(io.BytesIO(pane.data)) as pdf:
        assert len(pdf.pages) == 1 and pdf.pages[0].width < pdf.pages[0].height, "five short columns stand upright"
        text = pdf.pages[0].extract_text().replace(" ", "")
        table = pdf.pages[0].extract_tables()[0]
    assert text.index("整改清单") < text.index("责任单位：安坪县") < text.index("整改事项")
    assert [[str(each).replace("\n", "") for each in line] for line in table] == [["序号", *heads], *cells]
    shell.workspace.findChild(PaperDialog).close()


def test_many_columns_lie_across_and_each_page_has_the_heads(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    shell = open_shell("clerk")
    page = ledger(qtbot, shell, 40)
    session, kind = shell.session, page.kind
    fields = [field.name for field in kind.all_fields][:12]
    shown = ShownList(kind, (*fields, LIGHT, STATE), page.table.rows.ids[:] * 2, "未办结")
    out = io.BytesIO()
    print_shown_to(session, shown, out)
    with pdfplumber.open(out) as pdf:
        assert len(pdf.pages) > 1
        for at, each in enumerate(pdf.pages):
            assert each.width > each.height
            assert "整改事项" in each.extract_text().replace("\n", ""), f"page {at + 1} has no heads"
    with pytest.raises(BadInput, match="没有可打印"):
        print_shown_to(session, ShownList(kind, ("title",), [], ""), io.BytesIO())


def test_chosen_rows_alone_go_out_in_the_order_of_the_list(qtbot: Any, open_shell: Callable[..., Shell]) -> None:
    page = ledger(qtbot, open_shell("clerk"), 40)
    table, model = page.table, page.table.selectionModel()
    for row in (7, 2):
        model.select(table.rows.index(row, 0), model.SelectionFlag.Select | model.SelectionFlag.Rows)
    model.select(table.rows.index(0, 0), model.SelectionFlag.Deselect | model.SelectionFlag.Rows)
    shown = table.as_it_stands(page.filter.words())
    assert list(shown.ids) == [table.rows.ids[2], table.rows.ids[7]] and shown.picked
    assert shown.words == "未办结"


def test_who_may_not_export_has_no_way_to(qtbot: Any, open_shell: Callable[..., Shell], tmp_path: Path) -> None:
    shell = open_shell("guest")
    page = shell.workspace.open(LEDGER)
    assert page.filter.export.isHidden()
    assert "导出当前清单" not in [command.label for command in page.commands()]
    menu = QMenu()
    page.table.fill_menu(menu)
    assert not [act for act in menu.actions() if "导出" in act.text()]
    listed = Listed("office", "整改清单", "", [("序号", 3)], 1)
    with pytest.raises(Exception, match="导出"):
        write_list(shell.session, listed, [(1,)], tmp_path / "x.xlsx", lambda *_: None)
    assert not list(tmp_path.glob("*.xlsx"))


def test_of_cadres_goes_out_what_is_seen_and_the_name_says_nothing(folder: Path, tmp_path: Path) -> None:
    session = office.open_office(folder, "admin", PASSWORD)
    kind = session.kinds.get("cadre")
    identity = next(field.name for field in kind.all_fields if field.type == "identity")
    uid = session.add("cadre", {"name": "赵燚", identity: "990101197506150018"})
    record = session.get("cadre", uid)
    shown = ShownList(kind, ("name", identity), [record.id], "姓名：赵燚")
    rows = ShownRows(session, shown)
    (values,) = [rows.values(row) for row in rows]
    assert values[0] == "赵燚" and "19750615" not in str(values[1]) and "*" in str(values[1])
    assert shown.file_name(session) == f"{kind.label}_{session.today:%Y%m%d}"
    session.close()
