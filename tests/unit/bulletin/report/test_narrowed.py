"""Blanks that bind a figure with conditions, an indicator by its name, a figure in 万."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from db import office
from db.errors import BadInput, DeclarationError
from db.metrics import metrics, own_figures
from db.metrics.scope import Scope
from db.model import periods
from db.model.declarations import Figure, Filter
from db.session import Session
from desktop.bulletin.issue import editor_view, figure_choices
from desktop.bulletin.report import template_words
from desktop.bulletin.report.declaration import Report
from desktop.bulletin.report.filling import Choice, ReportFilling
from desktop.bulletin.report.template_text import unmarked
from desktop.bulletin.report.validation import problems
from tests.samples import not_kept


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path_factory.mktemp("narrowed") / "office", "云川市督查办公室", "city", "admin", "zhengxian-demo")
    made.fixed_today = dt.date(2022, 11, 14)
    with made.atomic("form", "试"):
        for at, batch in enumerate(("signed", "signed", "started")):
            made.add("project", {"name": f"项目{at}", "batch": batch, "investment": 12 + at, "planned_start_on": dt.date(2022, 3, 1)})
        for name, share, rank in (("冷链运力占比", 18, 3), ("学位新增", 40, None)):
            uid = made.add("indicator", {"name": name, "year": 2022, "measure": "％", "target": 20})
            made.add("indicator_value", {"month": "2022-10", "value": share, "province_rank": rank, "growth": 5}, parent=uid)
    yield made
    made.close()


def said(session: Session, body: str) -> str:
    filling = ReportFilling(session, Report(name="试", label="试", title="试", body=body, needs=("period",)), Choice(periods.parse("2022")))
    return unmarked(filling.text(body))


@pytest.mark.parametrize(
    ("blank", "text"),
    [
        ("n('projects', batch='签约一批')", "2"),
        ("n('projects[batch=签约一批]')", "2"),
        ("n('investment', batch='开工一批')", "14.00"),
        ("n('investment', scale='万')", "0.00"),
        ("rate('started_share', batch='开工一批')", "0.0％（0/1）"),
        ("indicator('冷链运力占比')", "18"),
        ("indicator('冷链运力占比', 'target')", "20"),
        ("indicator('冷链运力占比', 'share')", "90.0"),
        ("indicator('冷链运力占比', 'rank')", "3"),
        ("indicator('冷链运力占比', 'change')", "5.0"),
        ("indicator('学位新增', 'rank')", "—"),
    ],
)
def test_a_blank_is_filled(session: Session, blank: str, text: str) -> None:
    assert said(session, "{{ " + blank + " }}") == text
    report = Report(name="试", label="试", title="试", body="{{ " + blank + " }}", needs=("period",))
    assert problems(session, report) == []


@pytest.mark.parametrize(
    ("blank", "why"),
    [
        ("n('projects', colour='红')", "没有栏目「colour」"),
        ("n('projects', batch='第九批')", "没有这个选项"),
        ("n('projects', scale='兆')", "看不懂"),
        ("n('projects', lead_unit='棠阴区')", "不能按栏目「牵头单位」筛选"),
        ("n('achievements', cadre='柳一')", "不能按栏目「干部」筛选"),
        ("n('press_all', files='一张')", "不能按栏目「附件」筛选"),
        ("n('nothing', batch='签约一批')", "没有数字「nothing」"),
        ("indicator('没有的指标')", "没有叫「没有的指标」的指标"),
        ("indicator('冷链运力占比', 'colour')", "可写：value、target"),
    ],
)
def test_a_blank_that_cannot_be_filled_is_told_with_its_reason(session: Session, blank: str, why: str) -> None:
    report = Report(name="试", label="试", title="试", body="{{ " + blank + " }}", needs=("period",))
    (found,) = problems(session, report)
    assert why in found.text, found
    if "没有的指标" not in blank:  # one that is not there has no value, and is a dash
        with pytest.raises((BadInput, DeclarationError)):
            said(session, report.body)


def test_a_narrowed_figure_has_rows_a_formula_and_words(session: Session) -> None:
    name = "projects[batch=签约一批]"
    assert [row.title for row in metrics.rows(session, name, period="2022").rows] == ["项目0", "项目1"]
    assert metrics.formula(session, name).endswith("只数所属批次为签约一批的")
    assert template_words.words(session, "{{ n('" + name + "') }}") == "重点项目（签约一批）"
    whole = metrics.count(session, ["attendances@万"], period="2022")["attendances@万"]
    assert whole.measure == "万人次"


def test_a_choice_of_one_ledger_narrows_a_figure_over_many(session: Session) -> None:
    """整改清单 and 交办事项 each have a field called category, with choices of their own."""
    unit = session.add("unit", {"name": "棠阴区"})
    uid = session.add("rectification", {"title": "漏交", "category": "执行不力", "lead_unit": unit, "deadline": dt.date(2022, 11, 20)})
    session.take_step("rectification", uid, "assign")
    for value, number in (("执行不力", "1"), ("环保攻坚", "0")):
        assert said(session, "{{ n('assigned', category='" + value + "') }}") == number


def test_a_figure_is_narrowed_by_yes_or_no_by_a_whole_number_and_by_one_of_several_values(session: Session) -> None:
    title, sorts = session.kinds.get("estate").title, session.kinds.get("estate").field("problem_type").options[:3]
    unit = session.add("unit", {"name": "澄陵县"})
    with not_kept(session, "试"):
        for needed, took in ((30, 25), (30, 40), (30, 20)):
            uid = session.add("drill", {"title": "平急转换", "form": "drill", "required_minutes": needed, "actual_minutes": took, "held_on": dt.date(2022, 10, 1)})
            session.take_step("drill", uid, "hold")
        branch = session.add("party_branch", {"name": "一支部", "unit": unit})
        session.add("star_rating", {"year": 2022, "stars": 5}, parent=branch)
        for each in (sorts[:2], sorts[1:2]):
            uid = session.add("estate", {title: "楼盘", "lead_unit": unit, "problem_type": [sort.name for sort in each], "deadline": dt.date(2022, 12, 1)})
            session.take_step("estate", uid, "assign")
        wanted = {
            "drills[met=是]": 2, "drills[met=否]": 1, "rated_branches[stars=5]": 1, "rated_branches[stars=4]": 0,
            f"assigned[problem_type={sorts[0].label}]": 1, f"assigned[problem_type={sorts[1].label}]": 2, f"assigned[problem_type={sorts[2].label}]": 0,
            f"assigned[problem_type={sorts[2].label}、{sorts[1].label}]": 2, f"assigned[problem_type={sorts[2].label}、{sorts[0].label}]": 1,
        }
        found = metrics.count(session, list(wanted), period="2022")
        assert {name: number.value for name, number in found.items()} == wanted
        for name in ("drills[met=大概]", "rated_branches[stars=五]"):
            with pytest.raises(BadInput, match="不能是"):
                metrics.count(session, [name], period="2022")


def test_everything_that_can_be_put_in_is_offered_with_its_value(session: Session) -> None:
    own_figures.save(session, Figure(name="mine", label="签约项目", kinds=("project",), drafts=True, where=(
        Filter(field="batch", op="in", value=["signed"]),)))  # fmt: skip
    found = {each.label: each for each in figure_choices.offered(session, dt.date(2022, 10, 1))}
    assert {"重点项目", "签约项目", "冷链运力占比：累计值", "冷链运力占比：同比", "学位新增：全省位次"} <= found.keys()
    assert found["开工率"].share and not found["重点项目"].share
    scope = Scope(periods.parse("2022"))
    names = [found[label].name for label in ("重点项目", "签约项目", "开工率", "冷链运力占比：完成年度目标", "学位新增：全省位次")]
    assert list(figure_choices.values(session, names, scope).values()) == ["3个", "2项", "0.0％ 0/3", "90.0％", "—"]
    assert "冷链运力占比：累计值" not in {each.label for each in figure_choices.offered(session, dt.date(2021, 1, 1))}


def test_what_is_picked_makes_a_blank_in_words(session: Session) -> None:
    batch = next(each for each in figure_choices.conditions(session, "projects") if each.field == "batch")
    assert ("签约一批", "签约一批") in batch.options
    assert not {"name", "lead_unit", "investment"} & {each.field for each in figure_choices.conditions(session, "projects")}
    name = figure_choices.narrowed_by("projects", {"batch": "签约一批"}, "万")
    blank = editor_view.blank(name, share=False)
    assert said(session, blank) == "0.0" and template_words.words(session, blank) == "重点项目（签约一批）"
    assert said(session, editor_view.blank(figure_choices.narrowed_by("started_share", {"batch": "开工一批"}), share=True)) == "0.0％（0/1）"


@pytest.mark.parametrize(("source", "words"), [
    ("{{ n('projects', batch='签约一批') }}", "重点项目（签约一批）"), ("{{ indicator('冷链运力占比', 'share') }}", "冷链运力占比：完成年度目标"),
    ("{{ indicator('冷链运力占比') }}", "冷链运力占比：累计值"), ("{{ rate('started_share', batch='开工一批') }}", "开工率（开工一批）"),
])  # fmt: skip
def test_no_figure_shows_how_it_is_written(session: Session, source: str, words: str) -> None:
    assert template_words.words(session, source) == words
    assert template_words.is_figure(source) and not template_words.is_figure("{{ period }}")
