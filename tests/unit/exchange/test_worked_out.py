"""A value that comes in a workbook brings what is worked out from it; what the unit typed itself stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange import apply
from desktop.exchange.history import undo_import
from desktop.exchange.workbook import export


@pytest.mark.parametrize(("typed", "share"), [({"累计值": "170"}, "85"), ({"累计值": "170", "完成年度目标": "84.2%"}, "84.2")])
def test_the_share_of_the_target_follows_its_value(
    city: Any, hand: Callable[..., Any], tmp_path: Path, typed: dict[str, str], share: str
) -> None:
    session = city.session
    indicator = session.add("indicator", {"year": 2026, "name": "省外资金", "target": 200})
    uid = session.add("indicator_value", {"month": "2026-09", "value": 150}, parent=indicator)
    book = hand(export(session, ["indicator"], tmp_path / "sent.xlsx").file, "指标数据")
    row = book.row("2026-09", "截至月份")
    for heading, text in typed.items():
        book.write(row, heading, text)
    result = apply.accept(session, apply.plan(session, book.save()))
    assert result.updated == 1 and not result.errors and not result.refused
    values = session.must_get("indicator_value", uid).values
    assert (values["value"], values["target_share"]) == (170, Decimal(share))
    assert apply.accept(session, apply.plan(session, book.save("again.xlsx"))).updated == 0, "taken twice it changes nothing"
    undo_import(session, result.import_id)
    values = session.must_get("indicator_value", uid).values
    assert (values["value"], values["target_share"]) == (150, 75)
    assert session.verify() == []
