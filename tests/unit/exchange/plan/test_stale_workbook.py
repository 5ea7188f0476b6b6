"""The workbook of a unit that has an item no longer: what it fills in is told, and neither answers nor signs for the one that has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from db.session import Session
from desktop.exchange.apply import accept
from desktop.exchange.plan.import_plan import ImportResult
from desktop.exchange.write.workbook import export
from tests.units_office import day, opened, unit

KIND = "rectification"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with opened(tmp_path / "office") as made:
        yield made


def returned(session: Session, file: Path, progress: str) -> ImportResult:
    """Fill the column of progress in every row and take the workbook in."""
    label, title = (session.kinds.get(KIND).field(name).label for name in ("progress", "title"))
    book = openpyxl.load_workbook(file)
    for sheet in book:
        places = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value in (label, title)}
        for row in range(places[title].row + 1, sheet.max_row + 1) if len(places) == 2 else ():
            if str(sheet.cell(row, places[title].column).value or "").startswith("事项"):
                sheet.cell(row, places[label].column).value = progress
    book.save(file)
    book.close()
    return accept.accept(session, accept.plan(session, file))


def test_after_a_transfer_the_first_unit_neither_reports_nor_signs(session: Session, tmp_path: Path) -> None:
    first, second, third = (unit(session, name) for name in ("甲局", "乙局", "丙局"))
    given = {"lead_unit": first, "assigned_on": day(6), "deadline": day(10)}
    gone = session.add(KIND, {**given, "title": "事项一"})
    helped = session.add(KIND, {**given, "title": "事项二", "cooperating_units": (third,)})
    for uid in (gone, helped):
        session.take_step(KIND, uid, "assign")
    early = export(session, [KIND], tmp_path / "甲局.xlsx", unit=first).file
    session.take_step(KIND, gone, "transfer", "职能不对", {"lead_unit": second})
    session.set(KIND, helped, {"lead_unit": second, "cooperating_units": (first,)})
    result = returned(session, early, "甲局填的")
    assert ["这一条已经转给「乙局」，原单位填的没有接受" in each["message"] for each in result.refused] == [True]
    record = session.must_get(KIND, gone)
    assert (record.state, record.values["acknowledged_on"], record.values["progress"]) == ("assigned", None, None)
    assert session.children(gone, "progress") == []
    assert session.must_get(KIND, helped).values["progress"] == "甲局填的", "it still cooperates in the other one"
    assert returned(session, export(session, [KIND], tmp_path / "乙局.xlsx", unit=second).file, "乙局填的").refused == []
    record = session.must_get(KIND, gone)
    assert (record.state, record.values["progress"]) == ("in_progress", "乙局填的")
    assert record.values["acknowledged_on"] is not None and dt.date(2022, 9, 28) >= record.values["acknowledged_on"]


def test_a_unit_with_another_name_still_answers(session: Session, tmp_path: Path) -> None:
    old = unit(session, "老局")
    uid = session.add(KIND, {"title": "事项一", "lead_unit": old, "assigned_on": day(6), "deadline": day(10)})
    session.take_step(KIND, uid, "assign")
    file = export(session, [KIND], tmp_path / "老局.xlsx", unit=old).file
    new = unit(session, "新局", established_on=day(9, 1))
    session.set("unit", old, {"abolished_on": day(9, 1), "successor": new})
    assert returned(session, file, "照样收").refused == []
    assert session.must_get(KIND, uid).values["progress"] == "照样收"
