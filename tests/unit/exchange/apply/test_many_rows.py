"""Many rows that arrive at once: of a record no more is read than the file says something of, and what was written since
the plan was made stays as it is, or waits."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from db.model.declarations import Field, Kind
from db.model.records import RowShape
from desktop.exchange.apply import accept, record_writer
from tests.unit.exchange.conftest import Office

LEDGER = Kind(name="own", label="自办台账", title="title", source="office", family="工作台账", fields=(
    Field(name="title", label="事项", type="text", required=True), Field(name="problem", label="问题", type="longtext"),
    Field(name="note", label="备注", type="text"),
))  # fmt: skip


def test_what_was_written_since_the_plan_was_made_stays_or_waits(
    city: Office, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_writer, "BULK", 1)
    session, read = city.session, list[tuple[str, ...]]()

    class Shape(RowShape):
        def __init__(self, kind: Kind, only: Collection[str] | None = None) -> None:
            super().__init__(kind, only)
            read.append(self.names)

    monkeypatch.setattr(record_writer, "RowShape", Shape)
    session.save_kind(LEDGER)
    uids = [session.add("own", {"title": f"第{n}件", "problem": "办件慢。"}) for n in "一二三四"]
    sheet = hand(city.export(kinds=["own"]).file, LEDGER.label)
    for number in "一二三四":
        sheet.write(sheet.row(f"第{number}件", "事项"), "备注", "已核实")
    plan = city.plan(sheet.save())
    first, second, third, fourth = uids
    session.set("own", first, {"problem": "又接到反映。"})
    session.set("own", second, {"note": "本单位另写的"})
    session.delete("own", third)
    result = accept.accept(session, plan)
    found = [session.must_get("own", uid).values for uid in uids]
    assert [values["note"] for values in found] == ["已核实", "本单位另写的", None, "已核实"]
    assert [values["problem"] for values in found] == ["又接到反映。", "办件慢。", "办件慢。", "办件慢。"]
    assert {c.uid for c in accept.conflicts(session)} == {second, third}
    assert result.updated == 2 and read == [("note",)]
    assert [line.new for line in session.history("own", fourth) if line.field == "note"] == ["已核实"]
    assert session.verify() == []
