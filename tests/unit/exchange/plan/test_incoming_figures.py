"""Figures of an office's own travel with their ledger: taken up by who may, never over one that is here, and none that does harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from db.metrics import metrics, own_figures
from db.model import declaration_files
from db.model.declarations import Figure, Filter
from desktop.exchange.apply.import_history import undo_import
from desktop.exchange.plan.incoming_figures import read_figures
from tests.samples import as_person

Offices = Callable[..., Any]


def figure(**more: Any) -> Figure:
    return Figure(**{"name": "mine", "label": "作风不实的问题", "kinds": ("rectification",), "period": "assigned_on",
                     "where": (Filter(field="category", op="in", value=["作风不实"]),), **more})  # fmt: skip


def share() -> Figure:
    return figure(name="share", label="作风不实占比", kinds=(), where=(), period=None, share_of=("mine", "assigned[category=作风不实]"))


def seen(city: Any, new_office: Offices, *figures: Figure) -> tuple[Any, Any]:
    for each in figures:
        own_figures.save(city.session, each)
    other = new_office("甲办", units=False)
    return other, city.export("out.xlsx", kinds=["rectification"]).file


def test_a_figure_comes_along_with_its_ledger_and_goes_with_the_import(city: Any, new_office: Offices) -> None:
    only = figure(name="other", label="会议多少", kinds=("meeting",), period="held_on", where=())
    other, file = seen(city, new_office, figure(), share(), only)
    plan = other.plan(file)
    assert [f.name for f in plan.new_figures] == ["mine"], "a share over ledgers that stay here stays too"
    assert "将新建自定指标：「作风不实的问题」。" in plan.remarks
    result = other.take(file)
    assert metrics.declared(other.session).get("mine").label == "作风不实的问题"
    here, there = (metrics.count(each, ["mine"], period="2022")["mine"].value for each in (city.session, other.session))
    assert here == there
    assert other.plan(file).new_figures == []
    undo_import(other.session, result.import_id)
    assert "mine" not in metrics.declared(other.session)


def test_one_that_is_here_stays_what_it_is(city: Any, new_office: Offices) -> None:
    other, file = seen(city, new_office, figure())
    own_figures.save(other.session, figure(label="本单位的", count="distinct:lead_unit"))
    plan = other.plan(file)
    assert plan.new_figures == [] and any("与本单位同代号的不同，本单位的没有改" in each for each in plan.remarks)
    other.take(file)
    assert metrics.declared(other.session).get("mine").label == "本单位的"


def test_who_may_not_make_figures_takes_none(city: Any, new_office: Offices) -> None:
    other, file = seen(city, new_office, figure())
    with as_person(other.session, "clerk", "clerk"):
        plan = other.plan(file)
    assert plan.new_figures == [] and any("请管理员或审核员导入" in each for each in plan.remarks)


DEEP = '{"name":"deep","label":"深","kinds":["rectification"],"where":[' + '{"op":"all","filters":[' * 5000 + "]}" * 5000 + "]}"
HOSTILE = {
    "assigned": declaration_files.encode(figure(name="assigned", label="交办数之二")), "label": declaration_files.encode(figure(name="label", label="交办数")),
    "other": declaration_files.encode(figure(name="mine")), "sql": declaration_files.encode(figure(name="sql", count="sum:1) FROM settings --")),
    "gone": declaration_files.encode(figure(name="gone", where=(Filter(field="nothing", op="filled"),))), "deep": DEEP,
    "people": declaration_files.encode(figure(name="people", kinds=("cadre",), period=None,
                                         where=(Filter(field="name", op="contains", value="李"),))),
    "round": declaration_files.encode(figure(name="round", label="圈", kinds=(), where=(), period=None, share_of=("round", "assigned"))),
    "many": declaration_files.encode(figure(name="many", where=tuple(Filter(field="category", op="filled") for _ in range(100)))), "junk": "{",
    "odd name": declaration_files.encode(figure(name="odd name")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_one_that_would_do_harm_is_refused_at_preview(city: Any, name: str) -> None:
    before = city.session.office.connection.execute("SELECT count(*) FROM changes").fetchone()
    taken, remarks = read_figures(city.session, {name: HOSTILE[name]}, city.session.kinds)
    assert taken == [] and len(remarks) == 1 and remarks[0].endswith("。")
    assert city.session.office.connection.execute("SELECT count(*) FROM changes").fetchone() == before


def test_a_kept_one_that_does_harm_is_set_aside_and_the_others_count(city: Any) -> None:
    kind = city.session.kinds.get(own_figures.KIND)
    for name in ("deep", "sql", "junk", "many"):
        city.session.add_checked(kind, {"title": name, "figure_name": name, "declaration": HOSTILE[name]})
    own_figures.save(city.session, figure())
    assert {row["name"] for row in metrics.figures(city.session)} >= {"mine", "assigned"}
    told = {each.label: each.problem for each in own_figures.every(city.session)}
    assert all(told[label] for label in told if label != "作风不实的问题")
    assert msgspec.json.decode(declaration_files.encode(figure()))["name"] == "mine"
