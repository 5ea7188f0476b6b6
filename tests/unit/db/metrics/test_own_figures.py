"""Figures that an office makes itself: counted by hand, refused in one sentence, named before they go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from db import office
from db.errors import BadInput, DeclarationError, NotPermitted
from db.metrics import charts, metrics, own_figures
from db.model import declaration_files
from db.model.declarations import Figure, Filter
from db.model.fieldtypes import type_of
from db.session import Session
from tests import own_ledgers
from tests.samples import as_person, not_kept

#: Name, batch, planned start, total investment, this year's plan, unit (by its place), stage.
PROJECTS = (
    ("东渠", "started", dt.date(2022, 3, 1), "3.5", "1", 0, "planned"), ("西渠", "started", dt.date(2022, 3, 20), "1.5", None, 1, "planned"),
    ("南闸", "signed", dt.date(2022, 4, 1), "8", "2", 0, "preparing"), ("北闸", None, dt.date(2023, 4, 1), "2", "1", 1, "planned"),
)  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("own") / "office", "云川市活动办", "city", "admin", "zhengxian-demo")
    made.fixed_today = dt.date(2022, 11, 1)
    units = [made.add("unit", {"name": name}) for name in ("棠阴区", "澄陵县")]
    for name, batch, start, total, plan, unit, stage in PROJECTS:
        made.add("project", {
            "name": name, "batch": batch, "planned_start_on": start, "investment": Decimal(total), "lead_unit": units[unit],
            "year_plan": Decimal(plan) if plan else None, "stage": stage,
        })  # fmt: skip
    yield made
    assert made.verify() == []
    made.close()


@pytest.fixture(autouse=True)
def nothing_left(session: Session) -> Iterator[None]:
    """Each test begins without a figure of its own."""
    yield
    for each in reversed(own_figures.every(session)):
        session.delete(own_figures.KIND, each.record.uid)
    assert own_figures.every(session) == []


def figure(label: str = "两闸", **more: Any) -> Figure:
    return Figure(**{"name": "mine", "label": label, "kinds": ("project",), "period": "planned_start_on", "drafts": True, **more})


def kept(session: Session, **more: Any) -> Any:
    own_figures.save(session, own_figures.as_stored(session, figure(**more)))
    return metrics.count(session, ["mine"], period="2022")["mine"].value


def started(value: Any = "开工一批", op: Any = "in") -> dict[str, Any]:
    return {"where": (Filter(field="batch", op=op, value=[value] if op == "in" else value),)}


WAYS = (
    ({"count": "rows"}, 3), ({"count": "rows", **started()}, 2), ({"count": "sum:investment"}, Decimal("13.0")),
    ({"count": "mean:investment", "places": 2}, Decimal("4.33")), ({"count": "mean:year_plan", "places": 2}, Decimal("1.50")),
    ({"count": "mean:investment", "places": 6}, Decimal("4.333333")),
    ({"count": "sum:investment", "numerator": (Filter(field="batch", op="eq", value="开工一批"),), "denominator": ()}, Decimal("38.5")),
    ({"count": "latest", "numerator": (Filter(field="batch", op="eq", value="开工一批"),), "denominator": ()}, Decimal("50.0")),
    ({"count": "sum:year_plan", "where": (Filter(field="name", op="eq", value="西渠"),)}, None),
    ({"count": "distinct:lead_unit"}, 2), ({"count": "distinct:batch"}, 2), ({"count": "latest:investment"}, Decimal("9.5")),
    ({"count": "sum:investment", "scale": "万", "places": 4}, Decimal("0.0013")),
    ({"where": (Filter(field="stage", op="ne", value="前期"),)}, 2), ({"where": (Filter(field="investment", op="ge", value=3),)}, 2),
    ({"where": (Filter(field="unit", op="in", value=["棠阴区"]),)}, 2), ({"where": (Filter(field="cooperating", op="filled"),)}, 0),
    ({"where": (Filter(field="name", op="contains", value="渠"),)}, 2), ({"where": (Filter(field="state", op="eq", value="拟办"),)}, 3),
    ({"where": (Filter(field="planned_start_on", op="lt", value="today"),)}, 3), ({"drafts": False}, 0),
    ({"where": (Filter(field="batch", op="blank"),), "period": None}, 1),
    ({"count": "mean:planned_start_on..planned_start_on"}, Decimal("0.0")),
)  # fmt: skip


@pytest.mark.parametrize(("more", "value"), WAYS)
def test_what_an_office_declares_is_counted_as_by_hand(session: Session, more: dict[str, Any], value: Any) -> None:
    assert kept(session, **more) == value
    behind = metrics.rows(session, "mine", period="2022").rows
    assert len([row for row in behind if row.counted]) <= len(PROJECTS)
    by_unit = {line.label: line.numbers["mine"].value for line in metrics.table(session, ["mine"], "unit", period="2022")}
    if more.get("count", "rows") == "rows":
        assert sum(by_unit.values()) == value == len([row for row in behind if row.counted])


def test_the_formula_is_made_from_the_declaration(session: Session) -> None:
    kept(session, count="mean:investment", label="开工一批平均投资", **started())
    assert metrics.formula(session, "mine") == (
        "开工一批平均投资 ＝ 重点项目中所属批次为开工一批、计划开工时间在本期的总投资平均数，不含作废的"
    )
    for value in (1, 1.5, "1.5", 10):  # as a file has it: a number, or text
        large = Filter(field="investment", op="ge", value=value)
        own_figures.save(session, own_figures.as_stored(session, figure(name="large", label="大项目", where=(large,))))
        assert f"总投资不小于{value}亿元、" in metrics.formula(session, "large")
    share = figure(name="share", label="开工占比", share_of=("mine", "projects"), kinds=(), period=None, drafts=False)
    own_figures.save(session, share)
    assert metrics.formula(session, "share") == "开工占比 ＝ 开工一批平均投资 ÷ 重点项目"


BATCH = Filter(field="batch", op="eq", value="started")


@pytest.mark.parametrize(("more", "said"), [
    ({"numerator": (BATCH,)}, "中所属批次为开工一批、计划开工时间在本期的记录数，不含"),
    ({"numerator": (BATCH,), "denominator": ()}, "中计划开工时间在本期的记录数，其中所属批次为开工一批的占比，不含"),
    ({"count": "latest:investment"}, "每个牵头单位最近一次的总投资之和"), ({"count": "latest:investment", "by": "batch"}, "每个所属批次最近一次的总投资之和"),
    ({"where": (Filter(field="planned_start_on", op="lt", value="today"),)}, "计划开工时间早于统计截止日、"),
    ({"where": (Filter(field="planned_start_on", op="lt", other="started_on"),)}, "计划开工时间早于实际开工时间、"),
    ({"where": (Filter(field="year_plan", op="lt", other="investment"),)}, "小于总投资、"),
], ids=["a condition of what is counted", "a share", "newest by unit", "newest by a field", "today", "two days", "two numbers"])  # fmt: skip
def test_the_formula_says_each_condition(session: Session, more: dict[str, Any], said: str) -> None:
    kept(session, **more)
    assert said in metrics.formula(session, "mine")


def test_a_share_of_two_figures_has_the_rows_of_both_and_stands_in_charts(session: Session) -> None:
    kept(session, **started())
    for value in (1, 1.5, "1.5", 10):  # as a file has it: a number, or text
        large = Filter(field="investment", op="ge", value=value)
        own_figures.save(session, own_figures.as_stored(session, figure(name="large", label="大项目", where=(large,))))
        assert f"总投资不小于{value}亿元、" in metrics.formula(session, "large")
    share = figure(name="share", label="开工占比", share_of=("mine", "projects"), kinds=(), period=None)
    own_figures.save(session, share)
    number = metrics.count(session, ["share"], period="2022")["share"]
    assert (number.value, number.numerator, number.denominator, number.measure) == (Decimal("66.7"), 2, 3, "％")
    rows = {row.title: row.counted for row in metrics.rows(session, "share", period="2022").rows}
    assert rows == {"东渠": True, "西渠": True, "南闸": False}
    lines = {line.label: line.numbers["share"].value for line in metrics.table(session, ["share"], "unit", period="2022")}
    assert lines == {"棠阴区": Decimal("50.0"), "澄陵县": Decimal("100.0")}
    assert charts.choices(session)[own_figures.FAMILY][-1].name == "share"
    unit = next(g for g in charts.groupings(session, "share") if g.key == charts.UNIT)
    assert [charts.text(v.number) for v in charts.by_group(session, "share", unit, metrics.period_of("2022"))] == ["50.0％ 1/2", "100.0％ 1/1"]
    assert metrics.count(session, ["share[stage=谋划]"], period="2022")["share[stage=谋划]"].value == Decimal("100.0")
    assert metrics.count(session, ["share"], period="2021")["share"].value is None
    assert {row["name"] for row in metrics.figures(session, "2022")} >= {"mine", "share"}


def test_a_share_of_what_nobody_says_has_no_value(session: Session) -> None:
    """A mean of no project is none, while there are none of them: their share is no number, rather than nought."""
    kept(session, count="mean:investment")
    own_figures.save(session, figure(name="share", label="每个项目", kinds=(), period=None, share_of=("mine", "projects")))
    number = metrics.count(session, ["share"], period="2021")["share"]
    assert (number.value, number.numerator, number.denominator, charts.text(number)) == (None, None, 0, "—")


def test_only_what_it_may_be_grouped_by_is_offered(session: Session) -> None:
    kept(session, group_by=("unit", "stage"))
    assert [group.key for group in charts.groupings(session, "mine")] == ["unit", "stage"]


REFUSED = (
    ({"label": "重点项目"}, "指标名称「重点项目」已经有随程序的指标在用"), ({"name": "projects"}, "「projects」已是随程序的指标"),
    ({"where": (Filter(field="gone_away", op="filled"),)}, "条件用到的栏目「gone_away」已经没有了"),
    ({"count": "sum:gone_away"}, "用到的栏目「gone_away」已经没有了"), ({"count": "sum:name"}, "要把栏目「项目名称」加起来，它不是数字"),
    ({"period": "name"}, "按栏目「项目名称」分期，它不是日期"), ({"kinds": ("nothing",)}, "要数的台账「nothing」已经没有了"),
    ({"kinds": ()}, "没有写明数哪个台账"), ({"scale": "千"}, "scale「千」看不懂"), ({"places": 9}, "小数位数"), ({"label": " "}, "名称是空的"),
    (started("没有这批"), "没有这个选项"), ({"where": (Filter(field="state", op="eq", value="飞了"),)}, "没有「飞了」这个状态"),
    ({"where": (Filter(field="investment", op="contains", value="1"),)}, "对栏目「总投资」不能用「contains」"),
    ({"share_of": ("projects",)}, "没有写分母"), ({"share_of": ("projects", "")}, "没有写分母"),
    ({"share_of": ("projects", "projects")}, "分子、分母是同一个指标"), ({"share_of": ("projects", "nothing")}, "用到的指标「nothing」用不了"),
    ({"share_of": ("mine", "projects")}, "绕了一圈"), ({"divide_by": "year_plan", "count": "sum:investment"}, "没有写分母（denominator）"),
    ({"group_by": ("gone_away",)}, "要按栏目「gone_away」分组"), ({"over": "standing", "period": None}, "从哪一天算起"),
    ({"denominator": (Filter(field="nosuch", op="eq", value="1"),)}, "条件用到的栏目「nosuch」"),
    ({"numerator": (Filter(field="nosuch", op="eq", value="1"),)}, "条件用到的栏目「nosuch」"),
    ({"count": "latest:investment", "denominator": ()}, "只能数记录或加数字"), ({"count": "distinct:batch", "denominator": ()}, "只能数记录或加数字"),
    ({"count": "latest:investment", "period": None}, "按哪个日期"), ({"where": (Filter(field="batch", op="in", value=[]),)}, "没有写值"),
    ({"count": "mean:planned_start_on..name"}, "栏目「name」不是日期"), ({"where": (Filter(field="batch", op="in", value="开工一批"),)}, "要写方括号中的一列值"),
    ({"where": (Filter(field="batch", op="eq", value=["开工一批", "签约一批"]),)}, "有几个值，要用 in"), ({"beside": {"events": "新的"}}, "不能写 beside"), ({"name": "DROP TABLE"}, "应为小写英文"), ({"kinds": ("cadre",), "period": None, "drafts": False,
                                               "where": (Filter(field="name", op="contains", value="李"),)}, "别人能从指标里看到"),
)  # fmt: skip


@pytest.mark.parametrize(("more", "words"), REFUSED)
def test_what_cannot_be_is_one_sentence_that_names_it_and_changes_nothing(session: Session, more: dict[str, Any], words: str) -> None:
    own_figures.save(session, figure(label="原来的"))
    before = session.office.connection.execute("SELECT count(*) FROM journal").fetchone()
    with pytest.raises(DeclarationError) as told:
        own_figures.save(session, own_figures.as_stored(session, figure(**{"label": "新样子", **more})))
    assert words in told.value.message and told.value.message.endswith("。") and "\n" not in told.value.message
    assert session.office.connection.execute("SELECT count(*) FROM journal").fetchone() == before
    assert metrics.formula(session, "mine").startswith("原来的")


def test_a_circle_over_three_is_named_and_the_figures_stay(session: Session) -> None:
    own_figures.save(session, figure(name="one", label="甲", kinds=(), period=None, share_of=("projects", "investment")))
    own_figures.save(session, figure(name="two", label="乙", kinds=(), period=None, share_of=("one", "completion_rate")))
    with pytest.raises(DeclarationError, match="「甲」绕了一圈，算不出来：「甲」 → 「乙」 → 「甲」"):
        own_figures.save(session, figure(name="one", label="甲", kinds=(), period=None, share_of=("two", "projects")))
    assert "two" in metrics.declared(session)


@pytest.mark.parametrize("parts", [("one", "projects"), ("projects", "one"), ("completion_rate", "projects[stage=谋划]")])
def test_a_rate_is_not_divided_by_a_count(session: Session, parts: tuple[str, str]) -> None:
    own_figures.save(session, figure(name="one", label="甲", kinds=(), period=None, share_of=("projects", "investment")))
    with pytest.raises(DeclarationError, match=r"「乙」的分子、分母要同是个数，或同是比率：只有「.+」是比率") as told:
        own_figures.trial(session, figure(name="two", label="乙", kinds=(), period=None, share_of=parts))
    assert told.value.field == "share_of"


def test_what_uses_a_figure_is_named_before_it_goes(session: Session) -> None:
    own_figures.save(session, figure(name="part", label="分子数"))
    own_figures.save(session, figure(name="share", label="占比一", kinds=(), period=None, share_of=("part[stage=谋划]", "projects")))
    with pytest.raises(BadInput, match="「分子数」还不能删除：自定指标「占比一」要用它算"):
        own_figures.remove(session, "part")
    own_figures.remove(session, "share")
    own_figures.remove(session, "part")
    assert "part" not in metrics.declared(session)
    assert own_figures.called(session, "part[stage=谋划]") == "分子数（已删除）"
    with pytest.raises(BadInput, match="自定指标「分子数」已经删除，请从回收站恢复"):
        metrics.count(session, ["projects", "part"])


def test_one_of_two_that_were_removed_is_told_as_it_was_called_last(session: Session) -> None:
    own_figures.save(session, figure(name="part", label="先前的"))
    own_figures.remove(session, "part")
    own_figures.save(session, figure(name="part", label="后来的"))
    own_figures.remove(session, "part")
    assert own_figures.called(session, "part") == "后来的（已删除）"


def test_a_field_cannot_go_while_a_figure_asks_for_it(session: Session) -> None:
    kind = msgspec.structs.replace(own_ledgers.on_screen(session.kinds), name="own_things", label="自己的事")
    session.save_kind(kind)
    number = next(f for f in kind.fields if type_of(f).numeric)
    figure_of = Figure(name="mine", label="自己的数", kinds=("own_things",), count=f"sum:{number.name}")
    own_figures.save(session, figure_of)
    less = msgspec.structs.replace(kind, fields=tuple(f for f in kind.fields if f is not number))
    with pytest.raises(DeclarationError, match=r"指标「自己的数」用到的栏目.*请先改这个自定指标"):
        own_figures.save_kind(session, less)
    own_figures.remove(session, "mine")
    own_figures.save_kind(session, less)


def test_one_that_no_longer_works_is_set_aside_and_told(session: Session) -> None:
    record = {"title": "坏了", "figure_name": "broken", "declaration": '{"name":"broken","label":"坏了","kinds":["project"],"count":"sum:gone"}'}
    session.add_checked(session.kinds.get(own_figures.KIND), record)
    found = {each.label: each.problem for each in own_figures.every(session)}
    assert "栏目「gone」已经没有了" in found["坏了"]
    with pytest.raises(BadInput, match="指标「坏了」用到的栏目「gone」已经没有了"):
        metrics.count(session, ["broken"])
    assert own_figures.called(session, "broken") == "坏了（用不了）"
    assert "broken" not in {f.name for f in metrics.visible(session)}


def test_one_that_cannot_be_read_stands_in_the_list_by_its_title(session: Session) -> None:
    own_figures.save(session, figure(label="B"))
    for title, name in (("C", "unreadable"), ("A", "older")):
        session.add_checked(session.kinds.get(own_figures.KIND), {"title": title, "figure_name": name, "declaration": "{"})
    listed = own_figures.every(session)
    assert [each.label for each in listed] == ["A", "B", "C"]
    assert [bool(each.problem) for each in listed] == [True, False, True]


def test_of_two_with_one_name_that_which_counts_is_the_one_that_is_changed(session: Session) -> None:
    """Two offices may have made them; times are to the second, and both may be of the same."""
    for title in ("先前的", "后来的"):
        values = {"title": title, "figure_name": "mine", "declaration": declaration_files.encode(figure(title))}
        session.add_checked(session.kinds.get(own_figures.KIND), values)
    assert own_figures.called(session, "mine") == "后来的"
    assert own_figures.without(session, "mine").values["title"] == "后来的"
    own_figures.save(session, figure("改过的"))
    assert own_figures.called(session, "mine") == "改过的"
    assert [each.record.values["title"] for each in own_figures.every(session)] == ["先前的", "改过的"]


def test_lines_stand_in_the_order_of_the_ledgers_and_of_the_months(session: Session) -> None:
    unit = session.names.unit_by_name("澄陵县")
    level = session.kinds.get("press").field("level").options[0].name
    with not_kept(session, "一年的稿子"):
        for month in (9, 2, 10, 1, 7, 3, 8, 4):
            session.add("press", {"title": f"{month}月的", "outlet": "日报", "level": level, "published_on": dt.date(2021, month, 1), "unit": unit})
        session.add("rectification", {"title": "一件", "lead_unit": unit})
        own_figures.save(session, figure(kinds=("press", "project", "rectification"), period=None))
        own_figures.save(session, figure("见报", name="papers", kinds=("press",), period="published_on"))
        ledgers = [line.key for line in metrics.table(session, ["mine"], "ledger")]
        months = [line.key for line in metrics.table(session, ["papers"], "month", period="2021")]
    assert ledgers == [kind.name for kind in session.kinds if kind.name in ledgers] != sorted(ledgers)
    assert len(ledgers) == 3 and months == [f"2021-{month:02}" for month in (1, 2, 3, 4, 7, 8, 9, 10)]


def test_who_may_not_write_reports_makes_no_figure(session: Session) -> None:
    with as_person(session, "clerk", "clerk"), pytest.raises(NotPermitted):
        own_figures.save(session, figure())


def test_many_sums_over_one_ledger_are_counted_together(session: Session) -> None:
    conditions = ((), (("stage", "planned"),), (("stage", "preparing"),), (("batch", "started"),))
    for number, asked in enumerate(conditions):
        where = tuple(Filter(field=field, op="eq", value=value) for field, value in asked)
        made = figure(f"合计{number}", name=f"sum_{number}", count="sum:investment", where=where)
        own_figures.save(session, own_figures.as_stored(session, made))
    names = [f"sum_{number}" for number in range(len(conditions))]
    found = metrics.count(session, names, period="2022")
    assert [found[name].value for name in names] == [13, 5, 8, 5]


def test_a_ledger_without_the_field_adds_nothing(session: Session) -> None:
    made = figure(kinds=("project", "yearly_goal"), count="sum:investment", period=None)
    own_figures.save(session, own_figures.as_stored(session, made))
    assert metrics.count(session, ["mine"])["mine"].value == 15


def test_each_ledger_has_its_units_whether_it_knows_the_date_or_not(session: Session) -> None:
    """Reports in the press go by another date, and no step hands them over; without a period all of them count."""
    unit = session.names.unit_by_name("澄陵县")
    level = session.kinds.get("press").field("level").options[0].name
    with not_kept(session, "一篇稿、一件事"):
        session.add("press", {"title": "见报", "outlet": "日报", "level": level, "published_on": dt.date(2022, 10, 1), "unit": unit})
        session.add("rectification", {"title": "一件", "lead_unit": unit})
        for kinds, lines in ((("press",), {"澄陵县": 1}), (("project", "press", "rectification"), {"棠阴区": 2, "澄陵县": 4})):
            own_figures.save(session, own_figures.as_stored(session, figure(kinds=kinds, period="planned_start_on" if len(kinds) > 1 else None)))
            assert {line.label: line.numbers["mine"].value for line in metrics.table(session, ["mine"], "unit")} == lines


def test_where_no_unit_is_of_a_level_all_are_others(session: Session) -> None:
    kept(session)
    lines = metrics.table(session, ["mine"], "by_city", period="2022")
    assert [(line.label, line.numbers["mine"].value) for line in lines] == [("其他单位", 3)]


def test_a_row_behind_a_figure_says_whom_it_tells_of(session: Session) -> None:
    cadre = session.add("cadre", {"name": "柳一"})
    session.add("achievement", {"cadre": cadre, "title": "修好了闸", "achieved_on": dt.date(2022, 5, 1)})
    (row,) = metrics.rows(session, "achievements", period="2022").rows
    assert (row.title, row.about) == ("修好了闸", "柳一")
