"""A ledger here lacks a field that the workbook has, and whoever takes it in may not add it."""

from __future__ import annotations

from typing import Any

import msgspec

from db.model.declarations import Field, Kind
from db.office import add_user, open_office
from desktop.exchange.apply import accept


def test_a_field_unknown_here_shifts_nothing(city: Any, new_office: Any, hand: Any) -> None:
    fields = tuple(Field(name=name, label=label, type="text") for name, label in (("title", "事项"), ("a", "甲"), ("b", "乙"), ("c", "丙")))
    kind = Kind(name="patrol", label="巡查", title="title", fields=fields, source="office")
    city.session.take_kinds([kind])
    other = new_office("区办", units=False)
    other.session.take_kinds([msgspec.structs.replace(kind, fields=(fields[0], fields[1], fields[3]))])
    uid = city.session.add("patrol", {"title": "一", "a": "A", "b": "B", "c": "C"})
    city.session.add("patrol", {"title": "二", "a": "A2", "b": "B2", "c": "C2"})
    add_user(other.session, "clerk", "办事员", "clerk", "mulberry-Ocean-47-kite")
    other.session.close()
    clerk = open_office(other.folder / "data", "clerk", "mulberry-Ocean-47-kite")
    file = city.export(kinds=["patrol"]).file
    plan = accept.plan(clerk, file)
    assert any("没有的台账或字段" in remark for remark in plan.remarks)
    accept.accept(clerk, plan)
    assert clerk.get("patrol", uid).values == {"title": "一", "a": "A", "c": "C"}
    clerk.close()
    other.session = open_office(other.folder / "data", "admin", "zhengxian-demo")
