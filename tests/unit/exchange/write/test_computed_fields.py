"""A value that comes in a workbook brings what is worked out from it; what the unit typed itself stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from db.rules import rollups
from desktop.exchange.apply import accept
from desktop.exchange.apply.import_history import undo_import
from desktop.exchange.write.workbook import export


@pytest.mark.parametrize(("typed", "share"), [({"累计值": "170"}, "85"), ({"累计值": "170", "完成年度目标": "84.2%"}, "84.2")])
def test_the_share_of_the_target_follows_its_value(
    city: Any, hand: Callable[..., Any], tmp_path: Path, typed: dict[str, str], share: str
) -> None:
    session = city.session
    session.fixed_today = dt.date(2026, 11, 24)
    indicator = session.add("indicator", {"year": 2026, "name": "省外资金", "target": 200})
    uid = session.add("indicator_value", {"month": "2026-09", "value": 150}, parent=indicator)
    book = hand(export(session, ["indicator"], tmp_path / "sent.xlsx").file, "指标数据")
    row = book.row("2026-09", "截至月份")
    for heading, text in typed.items():
        book.write(row, heading, text)
    result = accept.accept(session, accept.plan(session, book.save()))
    assert result.updated == 1 and not result.errors and not result.refused
    values = session.must_get("indicator_value", uid).values
    assert (values["value"], values["target_share"]) == (170, Decimal(share))
    assert accept.accept(session, accept.plan(session, book.save("again.xlsx"))).updated == 0, "taken twice it changes nothing"
    undo_import(session, result.import_id)
    values = session.must_get("indicator_value", uid).values
    assert (values["value"], values["target_share"]) == (150, 75)
    assert session.verify() == []


def test_a_roster_row_changed_in_a_workbook_is_in_the_totals_of_its_class(city: Any, hand: Callable[..., Any], tmp_path: Path) -> None:
    session = city.session
    held = session.add("training_class", {"name": "能力提升班"})
    one, other = list(session.names.units())[:2]
    for unit, duty, day in ((one, "科长", 5), (other, "主任", 6)):
        row = {"name": "赵燚", "unit": unit, "duty": duty, "attended_on": dt.date(2022, 9, day)}
        session.add("training_attendance", row, parent=held)

    def said() -> tuple[Any, Any]:
        values = session.must_get("training_class", held).values
        return values["people"], values["attendances"]

    assert said() == (2, 2)
    book = hand(export(session, ["training_class"], tmp_path / "sent.xlsx").file, "参训名单")
    book.write(book.row("主任", "职务"), "单位", session.unit_name(one))
    result = accept.accept(session, accept.plan(session, book.save()))
    assert result.updated == 1 and not result.errors and not result.refused
    assert said() == (1, 2)
    undo_import(session, result.import_id)
    assert said() == (2, 2), "taken back as one"


def test_a_total_typed_in_the_workbook_stands_beside_its_roster(city: Any, hand: Callable[..., Any], tmp_path: Path) -> None:
    session = city.session
    held = session.add("training_class", {"name": "能力提升班"})
    unit = next(iter(session.names.units()))
    session.add("training_attendance", {"name": "赵燚", "unit": unit, "attended_on": dt.date(2022, 9, 5)}, parent=held)
    book = hand(export(session, ["training_class"], tmp_path / "sent.xlsx").file, "培训班次")
    book.write(book.row("能力提升班", "班次名称"), "参训人次", "40")
    accept.accept(session, accept.plan(session, book.save()))
    record = session.must_get("training_class", held)
    assert (record.values["people"], record.values["attendances"]) == (1, 40)
    assert rollups.contradictions(session, record) == [("attendances", 40, 1)]
