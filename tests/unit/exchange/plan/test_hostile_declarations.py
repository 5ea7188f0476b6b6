"""A ledger that comes in a workbook takes nothing over: neither a table of the book, nor a ledger, nor a column, nor a lifecycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from db.errors import DeclarationError
from db.model import declaration_files, office_kinds
from db.model.declarations import Field, Kind, Lifecycle
from db.office import open_office
from desktop.exchange.apply import accept
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.incoming_kinds import IncomingKinds, read_kinds
from desktop.exchange.write.workbook import export

PASSWORD = "zhengxian-demo"
NAME = Field(name="name", label="名称", type="text", required=True)


def ledger(name: str = "own_river", **more: Any) -> Kind:
    return Kind(name=name, label=more.pop("label", "县里的台账"), title="name", family="自建", fields=more.pop("fields", (NAME,)), **more)


def arrive(office: Any, kind: Kind, key: str = "") -> IncomingKinds:
    hidden = Hidden()
    hidden.kinds[key or kind.name] = declaration_files.encode(kind)
    found = read_kinds(office.session, hidden)
    if found.made:
        office.session.take_kinds(found.made)
    return found


def tables(office: Any) -> list[tuple[str, str]]:
    return list(office.session.office.connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name"))


@pytest.mark.parametrize("kind, key", [
    (ledger("settings"), "settings"),
    (ledger("journal"), "journal"),
    (ledger("search_docsize"), "search_docsize"),
    (ledger("sqlite_stat1"), "sqlite_"),
    (ledger("order"), "order"),
    (ledger("close_out"), "close_out"),
    (ledger("rectification_by_state"), "rectification_by_state"),
    (ledger(renamed_from=("assigned_item",)), "assigned_item"),
    (ledger(renamed_from=("journal",)), "journal"),
    (ledger(renamed_from=("own_mine",)), "own_mine"),
    (ledger(label="整改清单"), "整改清单"),
    (ledger(fields=(NAME, Field(name="oid", label="号", type="text"))), "oid"),
    (ledger(fields=(NAME, Field(name="uid", label="号", type="text"))), "uid"),
    (ledger(fields=(NAME, Field(name="x", label="号", type="text", renamed_from=("uid",)))), "uid"),
    (ledger(lifecycle="own_cycle"), "own_cycle"),
])  # fmt: skip
def test_a_ledger_that_would_take_over_something_is_refused_at_preview(city: Any, kind: Kind, key: str) -> None:
    city.session.save_kind(ledger("own_mine", label="本单位的台账"))
    city.session.add("own_mine", {"name": "甲"})
    before = tables(city), city.titles()
    found = arrive(city, kind)
    assert found.made == []
    (remark,) = found.remarks
    assert kind.label in remark and kind.name in remark and key in remark and remark.endswith("。")
    assert (tables(city), city.titles()) == before
    with pytest.raises(DeclarationError):
        city.session.take_kinds([kind])
    city.session.close()
    again = open_office(city.folder / "data", "admin", PASSWORD)
    assert len(list(again.office.each("own_mine"))) == 1 and again.set_aside == [] and again.verify() == []
    again.close()


def test_ledgers_that_two_offices_made_under_one_name_stay_apart(
    city: Any, new_office: Callable[..., Any]
) -> None:
    """Names made on screen are random; those in a file of ``define`` are typed."""
    county = new_office("清禾区作风办", "county")
    depth = Field(name="depth", label="水深", type="text")
    city.session.save_kind(ledger("own_ledger", label="河道台账", fields=(NAME, depth)))
    city.session.add("own_ledger", {"name": "清河", "depth": "三米"})
    grade = Field(name="grade", label="等级", type="text")
    county.session.save_kind(ledger("own_ledger", label="学校台账", fields=(NAME, grade)))
    county.session.add("own_ledger", {"name": "一中", "grade": "甲"})
    file = county.folder / "out.xlsx"
    export(county.session, ["own_ledger"], file)
    plan = accept.plan(city.session, file)
    assert any("不是同一本台账" in remark and "学校台账" in remark for remark in plan.remarks)
    accept.accept(city.session, plan)
    assert [r.values["name"] for r in city.session.office.each("own_ledger")] == ["清河"]
    assert not city.session.kinds.get("own_ledger").has("grade")
    # Only renamed, or with a column more: the same ledger.
    renamed = ledger("own_ledger", label="河流台账", fields=(NAME, depth, grade))
    assert arrive(city, renamed).conflicting == set()


def test_the_tables_of_a_book_are_known(city: Any) -> None:
    kinds = {kind.name for kind in city.session.kinds}
    there = {name for name, sql in tables(city) if sql and sql.startswith(("CREATE TABLE", "CREATE VIRTUAL"))}
    assert {name for name in there - kinds if not name.startswith(("sqlite_", "_"))} <= office_kinds.SYSTEM_TABLES


def test_a_column_is_not_taken_over_by_a_field_that_says_it_was_called_so(city: Any) -> None:
    field = Field(name="x_name", label="事项名", type="text", renamed_from=("title",))
    kind = city.session.kinds.get("rectification")
    titles = city.titles()
    further = Field(name="x_more", label="河段", type="text")
    found = arrive(city, msgspec.structs.replace(kind, fields=(*kind.fields, field, further), lifecycle_fields=(), lifecycle_rules=()))
    assert any("x_name" in r and "title" in r and "整改清单" in r for r in found.remarks)
    assert city.titles() == titles and not city.session.kinds.get("rectification").has("x_name")
    assert city.session.kinds.get("rectification").has("x_more"), "what does no harm is taken"


def test_a_declaration_is_the_one_that_its_line_says(city: Any) -> None:
    kind = ledger("rectification", fields=(NAME, Field(name="title", label="标题", type="integer")))
    found = arrive(city, kind, key="own_river")
    assert found.made == [] and city.session.kinds.get("rectification").label == "整改清单"


def test_a_lifecycle_of_the_program_is_not_replaced(city: Any) -> None:
    given = city.session.kinds.lifecycle("close_out")
    loose = msgspec.structs.replace(given, actions=tuple(msgspec.structs.replace(a, not_by=None, not_by_writers=()) for a in given.actions))
    hidden = Hidden()
    kind = ledger(lifecycle="close_out", unit="lead_unit", fields=(NAME, Field(name="lead_unit", label="责任单位", type="unit")))
    hidden.kinds[kind.name], hidden.cycles["close_out"] = declaration_files.encode(kind), declaration_files.encode(loose)
    found = read_kinds(city.session, hidden)
    assert found.made and found.kinds.lifecycle("close_out") == given
    with pytest.raises(DeclarationError, match="自带"):
        city.session.kinds.with_office((), [loose])


def keep(session: Any, kind: Kind | Lifecycle) -> None:
    """Past the program, as one kept it that looked less closely."""
    table = "office_kinds" if isinstance(kind, Kind) else "office_lifecycles"
    session.office.writer.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (kind.name, declaration_files.encode(kind)))


def test_a_kept_declaration_that_does_not_work_is_set_aside_and_told(city: Any) -> None:
    session = city.session
    session.save_kind(ledger("own_good", label="好台账"))
    session.add("own_good", {"name": "甲"})
    bad = [
        ledger("settings", label="设置本"), ledger("own_was", label="顶替本", renamed_from=("assigned_item",)),
        ledger("own_cycle", label="没有流程", lifecycle="gone"), ledger("own_index", label="重名本"),
    ]  # fmt: skip
    for kind in (*bad, msgspec.structs.replace(session.kinds.lifecycle("close_out"), label="换掉销号")):
        keep(session, msgspec.structs.replace(kind, source="office") if isinstance(kind, Kind) else kind)
    # an index by the name of the table that one of them would need
    session.office.writer.execute("CREATE INDEX own_index ON own_good (name)")
    session.close()
    again = open_office(city.folder / "data", "admin", PASSWORD)
    assert len(again.set_aside) == 5, again.set_aside
    for kind in bad:
        assert any(f"「{kind.label}」" in s for s in again.set_aside) and kind.name not in again.kinds
    assert again.must_get("own_good", next(again.office.each("own_good")).uid).values["name"] == "甲"
    assert set(again.set_aside) <= set(again.verify())
    assert again.add("rectification", {"title": "照常", "lead_unit": next(iter(city.units.values()))})
    again.close()


def test_a_file_that_carries_one_says_so_in_its_plan(city: Any, new_office: Callable[..., Any]) -> None:
    other = new_office("安坪县作风办", "county", units=False).session
    kind = msgspec.structs.replace(ledger("own_river", label="巡河", lifecycle="close_out", unit="lead_unit",
        fields=(NAME, Field(name="lead_unit", label="责任单位", type="unit"))), source="office")  # fmt: skip
    other.save_kind(kind)
    other.add("own_river", {"name": "沙河"})
    # the sender's own table, where nothing stands in the way of the declaration
    other.set_kinds(other.kinds.with_office([msgspec.structs.replace(kind, renamed_from=("assigned_item",))]))
    file = export(other, ["own_river"], city.folder / "river.xlsx", blank_rows=1).file
    plan = city.plan(file)
    assert plan.new_kinds == [] and any("assigned_item" in r and "巡河" in r for r in plan.remarks)
    assert city.take(file).added == 0 and city.session.verify() == []
