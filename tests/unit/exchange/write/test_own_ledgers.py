"""A ledger by a file alone, one made on screen and a given one with a field more go by workbook to an office that lacks them, and have
everything there at once: list, values, lights, steps, figures, workbook and print."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest

from db.metrics import metrics
from db.model.declarations import Field, Kind
from db.model.query import Query, Where
from db.rules import lifecycle
from desktop.exchange.apply import accept
from desktop.ui.bulletin.preview.list_document import print_rows_to
from tests import own_ledgers
from tests.samples import Samples

Offices = Callable[..., Any]
LEDGERS = (own_ledgers.BY_FILE, own_ledgers.ON_SCREEN, "rectification")


def ready(office: Any, name: str) -> None:
    """Give an office the ledger: the file lies with its program, or it makes the ledger itself."""
    session = office.session
    if name == own_ledgers.BY_FILE:
        session.set_kinds(own_ledgers.by_file())
    elif name == own_ledgers.ON_SCREEN:
        session.save_kind(own_ledgers.on_screen(session.kinds))
    else:
        session.save_kind(own_ledgers.extended(session.kinds))


@pytest.mark.parametrize("name", LEDGERS)
def test_it_arrives_with_everything_that_a_given_ledger_has(new_office: Offices, name: str) -> None:
    city, county = new_office("云川市作风办"), new_office("安坪县作风办", "county", units=False)
    ready(city, name)
    here = city.session
    kind, samples = here.kinds.get(name), Samples(here)
    assert name == "rectification" or name not in county.session.kinds
    wanted = {f.name for f in kind.fields if f.type != "reference"}
    made = []
    for turn in (0, 1):
        values = {n: v for n, v in samples.values(kind, turn).items() if n in wanted and kind.field(n).type != "attachment"}
        uid = here.add(name, values | {"lead_unit": next(iter(city.units.values())), "deadline": here.today})
        here.take_step(name, uid, "assign")
        here.take_step(name, uid, "report", ask={"content": f"第{turn}次报告", "percent": 40})
        made.append(uid)
    file = city.export("own.xlsx", kinds=[name]).file
    plan = county.plan(file)
    assert plan.added >= 4, "two records with a report each, and the units they name"
    accept.accept(county.session, plan)
    there = county.session
    assert there.kinds.get(name).fields == kind.fields
    assert there.kinds.get(name).lights == kind.lights
    # list, search, light
    found = there.find(Query(kind=name, sort=((kind.title, False),)))
    assert {r.uid for r in found} == set(made)
    for record in found:
        assert record.values == here.must_get(name, record.uid).values
        assert there.light_label(record) == here.light_label(here.must_get(name, record.uid))
        assert len(there.children(record.uid, "progress")) == 1
    title = there.title_of(found[0])
    assert found[0].uid in {h.uid for h in there.search(title)}
    light = there.light(found[0])
    assert {r.uid for r in there.find(Query(kind=name, where=(Where("light", "eq", light),)))} == set(made)
    # figures by unit, like any ledger of that lifecycle
    assert metrics.count(there, ["assigned", "reports"], ledgers=[name])["assigned"].value == 2
    assert [g.label for g in metrics.table(there, ["assigned"], "ledger", ledgers=[name])] == [kind.label]
    # print
    ids = there.ids(Query(kind=name))
    printed = io.BytesIO()
    print_rows_to(there, Query(kind=name), list(ids), printed)
    assert printed.getvalue().startswith(b"%PDF")
    # its steps, a change of its own, and the way back
    county.is_unit(there.unit_name(found[0].values["lead_unit"]))
    assert "request-close-out" in {p.action.name for p in lifecycle.actions_for(there, found[0])}
    there.take_step(name, made[0], "report", ask={"content": "县里报告", "percent": 80})
    back = city.take(county.export("back.xlsx", kinds=[name]).file)
    assert (back.conflicts, back.errors, back.refused) == ([], [], [])
    assert here.must_get(name, made[0]).values["progress"] == "县里报告"
    assert there.verify() == [] and here.verify() == []


def test_a_field_that_two_offices_made_for_different_things_is_told_once_and_the_rest_is_read(city: Any, new_office: Any) -> None:
    def made(kind: str, label: str) -> Kind:
        fields = (Field(name="title", label="姓名", type="text", required=True), Field(name="when", label=label, type=kind))
        return Kind(name="office_pool", label="人才库", title="title", source="office", family="工作台账", fields=fields)

    city.session.save_kind(made("date", "入库时间"))
    other = new_office("安坪县作风办", "county", units=False)
    other.session.save_kind(made("text", "何时入库"))
    one = city.session.add("office_pool", {"title": "王小五", "when": dt.date(2026, 3, 1)})
    two = city.session.add("office_pool", {"title": "赵六"})
    result = other.take(city.export("pool.xlsx", kinds=["office_pool"]).file)
    assert (result.added, result.errors) == (2, [])
    (remark,) = [r for r in result.remarks if "入库时间" in r]
    assert "「人才库」的「入库时间」在“云川市作风办”填的是日期，在本单位（“安坪县作风办”）填的是文本" in remark
    assert "台账设置" in remark
    assert other.value(one, "when", "office_pool") is None and other.value(two, "title", "office_pool") == "赵六"
    # what was passed over was not seen: once the two are the same, it comes
    city.session.set("office_pool", one, {"title": "王小五（改）"})
    result = other.take(city.export("again.xlsx", kinds=["office_pool"]).file)
    assert (result.updated, result.errors) == (1, []) and other.value(one, "title", "office_pool") == "王小五（改）"
    assert other.session.verify() == []
