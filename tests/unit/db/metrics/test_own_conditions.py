"""What an office asks of its own figures: each condition counted by hand and said in its formula, refused where nobody can mean it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from db.errors import DeclarationError
from db.metrics import charts, metrics, own_figure_checks, own_figures
from db.metrics.sources import kinds_named_by_group
from db.model.declarations import Figure, Filter
from db.session import Session
from tests.samples import as_person, new_office, not_kept

#: Name, batch, total investment, unit (by its place), units that help, stage.
PROJECTS = (
    ("东渠", "started", "3.5", 0, (1,), "planned"), ("西渠", "started", "1.5", 1, (), "planned"),
    ("南闸", "signed", "8", 0, (1, 2), "preparing"), ("北闸", None, "2", 1, (2,), "planned"),
)  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with new_office(tmp_path_factory.mktemp("asked"), dt.date(2022, 11, 1)) as made:
        units = [made.add("unit", {"name": name}) for name in ("棠阴区", "澄陵县", "市水利局")]
        for name, batch, total, at, help_, stage in PROJECTS:
            made.add("project", {
                "name": name, "batch": batch, "investment": Decimal(total), "lead_unit": units[at],
                "cooperating_units": tuple(units[each] for each in help_), "stage": stage,
            })  # fmt: skip
        yield made


@pytest.fixture(autouse=True)
def nothing_left(session: Session) -> Iterator[None]:
    """Each test begins without a figure of its own."""
    yield
    for record in session.office.each(own_figures.KIND, "deleted = 0"):
        session.delete(own_figures.KIND, record.uid)


def figure(label: str = "渠闸", **more: Any) -> Figure:
    return Figure(**{"name": "mine", "label": label, "kinds": ("project",), "drafts": True, **more})


def asked(field: str, op: Any, value: Any = None) -> Filter:
    return Filter(field=field, op=op, value=value)


def either(*conditions: Filter, op: Any = "any") -> Filter:
    return Filter(op=op, filters=conditions)


STARTED, LARGE = asked("batch", "eq", "开工一批"), asked("investment", "ge", 3)
CASES = (
    (either(STARTED, LARGE), 3, "（所属批次为开工一批或总投资不小于3亿元）"),
    (either(STARTED, LARGE, op="all"), 1, "（所属批次为开工一批且总投资不小于3亿元）"),
    (either(either(STARTED, LARGE, op="all"), asked("batch", "blank")), 2, "（（所属批次为开工一批且总投资不小于3亿元）或所属批次空白）"),
    (asked("cooperating_units", "contains", "市水利局"), 2, "配合单位含市水利局"),
    (asked("cooperating_units", "contains", "澄陵县、市水利局"), 3, "配合单位为澄陵县、市水利局"),
    (asked("cooperating_units", "contains", ["澄陵县", "市水利局"]), 3, "配合单位为澄陵县、市水利局"),
    (either(asked("stage", "eq", "谋划"), asked("stage", "eq", "前期"), op="all"), 0, "（项目阶段为谋划且项目阶段为前期）"),
    (either(asked("lead_unit", "eq", "棠阴区"), asked("batch", "blank")), 3, "（牵头单位为棠阴区或所属批次空白）"),
    (asked("name", "contains", "渠 "), 0, "项目名称含渠"), (asked("name", "eq", " 东渠 "), 1, "项目名称为东渠"), (asked("name", "contains", "闸"), 2, "项目名称含闸"),
    (asked("light", "eq", "严重滞后"), 0, "灯号为严重滞后"), (asked("state", "ne", "办理中"), 4, "状态不为办理中"),
)  # fmt: skip


@pytest.mark.parametrize(("condition", "value", "said"), CASES, ids=[said for _, _, said in CASES])
def test_a_condition_is_counted_as_by_hand_and_said_in_the_formula(session: Session, condition: Filter, value: int, said: str) -> None:
    made = own_figures.as_stored(session, figure(where=(condition,)))
    formula, number = own_figures.trial(session, made)
    assert (number.value, formula) == (value, f"渠闸 ＝ 重点项目中{said}的记录数，不含作废的")
    own_figures.save(session, made)
    assert metrics.count(session, ["mine"])["mine"].value == value
    assert len([row for row in metrics.rows(session, "mine").rows if row.counted]) == value


@pytest.mark.parametrize(("op", "value"), [("eq", "拟办"), ("in", ["拟办", "办理中"])])
def test_who_asks_for_a_state_is_not_told_what_is_left_out(session: Session, op: str, value: Any) -> None:
    formula, number = own_figures.trial(session, own_figures.as_stored(session, figure(where=(asked("state", op, value),))))
    assert number.value == 4 and formula.endswith("的记录数") and "不含" not in formula
    assert own_figures.trial(session, figure(drafts=False))[0] == "渠闸 ＝ 重点项目的记录数，不含拟办和作废的"


def test_a_ledger_without_states_leaves_nothing_out(session: Session) -> None:
    formula, number = own_figures.trial(session, figure(kinds=("headquarters",)))
    assert (formula, number.value) == ("渠闸 ＝ 指挥部的记录数", 0)


def test_a_condition_on_several_ledgers_is_that_of_those_that_have_the_field(session: Session) -> None:
    """The first of them has no such field, no states or nothing that it hangs under: its rows never meet the condition."""
    kinds = [kind.name for kind in session.kinds]
    before = next(name for name in kinds[: kinds.index("project")] if session.kinds.get(name).lifecycle and not session.kinds.get(name).has("investment"))
    made = own_figures.as_stored(session, figure(kinds=(before, "project"), where=(STARTED, LARGE)))
    formula, number = own_figures.trial(session, made)
    assert number.value == 1 and "所属批次为开工一批、总投资不小于3亿元的记录数" in formula
    below = {"title": "没有批次的一件", "year": 2022, "lead_unit": session.names.unit_by_name("棠阴区")}
    goal = session.add("yearly_goal", below)
    try:
        for count, value, said in (("sum:investment", 15, "的总投资合计"), ("mean:investment", Decimal("3.8"), "的总投资平均数"), ("distinct:batch", 2, "不同所属批次数")):
            formula, number = own_figures.trial(session, figure(kinds=("yearly_goal", "project"), count=count, places=1 if "mean" in count else 0))
            assert number.value == value and said in formula, count
        own_figures.save(session, figure(kinds=("yearly_goal", "project"), count="distinct:lead_unit"))
        by_stage = {line.key: line.numbers["mine"].value for line in metrics.table(session, ["mine"], "stage")}
        assert by_stage == {"planned": 2, "preparing": 1}, "a goal has no stage: it is in no line"
    finally:
        session.delete("yearly_goal", goal)
    stateless = own_figures.as_stored(session, figure(kinds=("headquarters", "project"), where=(asked("state", "eq", "拟办"),)))
    assert own_figures.trial(session, stateless)[1].value == 4
    above = figure(kinds=("milestone", "project"), where=(asked("parent.state", "eq", "open"),))
    assert own_figures.trial(session, above)[1].value == 0


def test_drafts_count_where_they_are_asked_for_alone(session: Session) -> None:
    """All four projects are drafts still, and so is what hangs under them."""
    def trial(*where: Filter, **more: Any) -> Any:
        return own_figures.trial(session, own_figures.as_stored(session, figure(drafts=False, where=where, **more)))[1].value

    assert (trial(), trial(STARTED), trial(LARGE), trial(asked("stage", "in", ["谋划"])), trial(asked("state", "ne", "办理中"))) == (0, 0, 0, 0, 0)
    assert (trial(asked("state", "eq", "拟办")), trial(asked("state", "in", ["拟办"])), trial(asked("state", "eq", "拟办"), STARTED)) == (4, 4, 2)
    above = next(iter(session.office.each("project", "name = '东渠'")))
    with not_kept(session, "一份函"):
        session.add("letter", {"letter_type": "red", "issued_on": dt.date(2022, 10, 1)}, parent=above.uid)
        letters: dict[str, Any] = {"kinds": ("letter",), "parents": ("project",)}
        assert (trial(**letters), trial(asked("letter_type", "eq", "红色警示函"), **letters)) == (0, 0)
        assert (trial(asked("parent.state", "eq", "draft"), **letters), trial(asked("parent.state", "in", ["draft"]), **letters)) == (1, 1)
        assert own_figures.trial(session, figure(**letters))[1].value == 1


def test_a_value_of_another_ledgers_field_of_the_same_name(session: Session) -> None:
    """Assigned items have sorts of their own: none of them is 能力不足, and each that says its sort is of another."""
    kinds, unit = ("rectification", "assigned_item"), session.names.unit_by_name("棠阴区")
    with not_kept(session, "几件"):
        for kind, sort in ((kinds[0], "能力不足"), (kinds[0], "作风不实"), (kinds[1], "safety"), (kinds[1], "stage"), (kinds[1], None)):
            session.add(kind, {"title": f"一件{sort}", "lead_unit": unit, "category": sort})
        for op, value in (("eq", 1), ("in", 1), ("ne", 3)):
            condition = asked("category", op, ["能力不足"] if op == "in" else "能力不足")
            assert own_figures.trial(session, figure(kinds=kinds, where=(condition,)))[1].value == value, op


def test_one_of_several_values_in_chinese_is_found(session: Session) -> None:
    field = session.kinds.get("estate").field("problem_type")
    first, second = (option.name for option in field.options[:2])
    with not_kept(session, "楼盘"):
        for name, sorts in (("甲", (first,)), ("乙", (first, second)), ("丙", (second,))):
            title = session.kinds.get("estate").title
            session.add("estate", {title: name, "lead_unit": session.names.unit_by_name("棠阴区"), "problem_type": sorts})
        for value, many in ((first, 2), ([second], 2), ([first, second], 3)):
            assert own_figures.trial(session, figure(kinds=("estate",), where=(asked("problem_type", "contains", value),)))[1].value == many


def test_a_unit_of_which_nothing_counts_has_its_line(session: Session) -> None:
    """Both units were written to, one of them in red: the other is told with nought."""
    red, blue = (next(iter(session.office.each("project", "name = ?", [name]))) for name in ("东渠", "西渠"))
    with not_kept(session, "两份函"):
        for project, sort in ((red, "red"), (blue, "blue")):
            session.add("letter", {"letter_type": sort, "issued_on": dt.date(2022, 10, 1), "to_unit": project.values["lead_unit"]}, parent=project.uid)
        own_figures.save(session, figure(kinds=("letter",), parents=("project",), where=(asked("letter_type", "eq", "red"),)))
        lines = metrics.table(session, ["mine"], "unit")
        assert {line.label: line.numbers["mine"].value for line in lines} == {"棠阴区": 1, "澄陵县": 0}
        sorts = metrics.table(session, ["mine"], "letter_type")
        assert {line.label: line.numbers["mine"].value for line in sorts if line.numbers["mine"].value} == {"红色警示函": 1}
        assert metrics.count(session, ["mine"])["mine"].value == 1


def test_records_under_one_item_are_of_one_item(session: Session) -> None:
    east, west = (next(iter(session.office.each("project", "name = ?", [name]))) for name in ("东渠", "西渠"))
    with not_kept(session, "三份函"):
        for project in (east, east, west):
            session.add("letter", {"letter_type": "red", "issued_on": dt.date(2022, 10, 1)}, parent=project.uid)
        under = figure(kinds=("letter",), parents=("project",), count="distinct:parent")
        assert own_figures.trial(session, under)[1].value == 2


@pytest.mark.parametrize(("condition", "value"), [
    (asked("state", "eq", "held"), 0), (asked("state", "ne", "held"), 5), (asked("state", "in", ["planned", "draft"]), 5), (asked("state", "eq", "planned"), 1),
], ids=["of the meetings alone", "not of the meetings alone", "of each", "begun by meetings"])  # fmt: skip
def test_a_state_of_one_ledger_is_none_of_another(session: Session, condition: Filter, value: int) -> None:
    """Four projects that were not given out yet, a meeting that is planned, a report in the press that has no states at all."""
    with not_kept(session, "一次会、一篇稿"):
        session.add("meeting", {"title": "调度会", "kind_of_meeting": "special", "held_on": dt.date(2022, 11, 1)})
        level = session.kinds.get("press").field("level").options[0].name
        session.add("press", {"title": "见报", "outlet": "日报", "level": level, "published_on": dt.date(2022, 10, 1)})
        made = figure(kinds=("project", "meeting", "press"), where=(condition,))
        assert own_figures.trial(session, made)[1].value == value


def test_the_days_between_two_dates_are_those_of_ledgers_that_have_both(session: Session) -> None:
    """A yearly goal is due, but nobody says when it is to begin."""
    (east,) = session.office.each("project", "name = '东渠'")
    with not_kept(session, "两件"):
        session.set("project", east.uid, {"planned_start_on": dt.date(2022, 10, 1), "deadline": dt.date(2022, 10, 11)})
        goal = session.kinds.get("yearly_goal")
        session.add("yearly_goal", {goal.title: "目标", "year": 2022, "lead_unit": east.values["lead_unit"], "deadline": dt.date(2022, 12, 1)})
        made = figure(kinds=("project", "yearly_goal"), count="mean:planned_start_on..deadline")
        assert own_figures.trial(session, made)[1].value == 10


def test_what_rows_hang_under_is_named(session: Session) -> None:
    under = figure(kinds=("letter",), parents=("project",), count="distinct:parent")
    assert "不同重点项目数" in own_figures.trial(session, under)[0]
    assert "不同受文单位数" in own_figures.trial(session, figure(kinds=("letter",), parents=("project",), count="distinct:to_unit"))[0]
    newest = figure(kinds=("letter",), parents=("project",), count="latest:number", period="issued_on", by="parent")
    assert "每个重点项目最近一次的" in own_figures.trial(session, newest)[0]
    every = figure(kinds=("letter",), parents=("project",), count="latest:number", period="issued_on", by="uid")
    assert "每个记录最近一次的" in own_figures.trial(session, every)[0]
    by_state = figure(kinds=("letter",), parents=("project",), count="distinct:updated_by")
    with pytest.raises(DeclarationError, match="updated_by"):
        own_figures.trial(session, by_state)


@pytest.mark.parametrize(("depth", "many"), [(own_figure_checks.DEEPEST, 1), (1, own_figure_checks.MOST), (2, own_figure_checks.MOST)])
def test_as_many_conditions_as_the_refusal_says_may_be_asked(session: Session, depth: int, many: int) -> None:
    def nested(depth: int, many: int) -> tuple[Filter, ...]:
        inner = tuple(asked("investment", "ge", number) for number in range(many))
        for _ in range(depth - 1):
            inner = (either(*inner),)
        return inner

    assert own_figures.trial(session, figure(where=nested(depth, many)))[1].value == (4 if depth > 1 or many == 1 else 0)
    for deeper, more in ((own_figure_checks.DEEPEST + 1, 1), (depth, own_figure_checks.MOST + 1)):
        with pytest.raises(DeclarationError, match=f"最多 {own_figure_checks.MOST} 个、{own_figure_checks.DEEPEST} 层") as told:
            own_figures.trial(session, figure(where=nested(deeper, more)))
        assert told.value.field == "where"


@pytest.mark.parametrize(("more", "words"), [
    ({"measured_by": "gone_away"}, "用到的栏目「gone_away」已经没有了"), ({"period": "state"}, "按栏目「state」分期，它不是日期"),
    ({"period": "planned_start_on", "over": "standing", "gone": "name"}, "按栏目「项目名称」分期，它不是日期"),
    ({"period": "planned_start_on", "over": "standing", "until": "name"}, "按栏目「项目名称」分期，它不是日期"),
    ({"where": (asked("light", "eq", "purple"),)}, "没有「purple」这个状态或灯号"),
    ({"where": (asked("state", "eq", "purple"),)}, "没有「purple」这个状态或灯号"),
    ({"count": "distinct:batch", "denominator": ()}, "要算占比，只能数记录或加数字"),
    ({"count": "latest_mean:investment", "period": "planned_start_on", "denominator": ()}, "已经是平均数"),
    ({"count": "latest:investment", "period": "planned_start_on", "denominator": ()}, "要算占比，只能数记录或加数字"),
    ({"where": (asked("planned_start_on", "lt", "2022-13-45"),)}, "的条件有错"), ({"where": (asked("investment", "ge", "today"),)}, "的条件有错"),
    ({"where": (asked("name", "eq", 5),)}, "的条件有错"), ({"where": (asked("stage", "eq", None),)}, "没有写值"),
    ({"where": (asked("stage", "eq", ["planned", "signed"]),)}, "要用 in"), ({"where": (asked("cooperating_units", "eq", ["a", "b"]),)}, "要用 in"),
])  # fmt: skip
def test_what_a_file_asks_that_cannot_be_is_refused(session: Session, more: dict[str, Any], words: str) -> None:
    """As it comes from another office: nobody has picked its values from a list here."""
    with pytest.raises(DeclarationError) as told:
        own_figures.save(session, figure(**more))
    assert words in told.value.message and told.value.message.startswith("指标「渠闸」")
    assert "mine" not in metrics.declared(session)


@pytest.mark.parametrize(("parts", "rate"), [(("one", "projects"), "甲"), (("projects", "one"), "甲")])
def test_which_of_two_is_the_rate_is_said(session: Session, parts: tuple[str, str], rate: str) -> None:
    own_figures.save(session, figure(name="one", label="甲", kinds=(), share_of=("projects", "investment")))
    with pytest.raises(DeclarationError, match=f"只有「{rate}」是比率"):
        own_figures.trial(session, figure(name="two", label="乙", kinds=(), share_of=parts))


def test_a_share_is_tried_before_it_is_kept(session: Session) -> None:
    own_figures.save(session, own_figures.as_stored(session, figure(name="started", label="开工的", where=(STARTED,))))
    own_figures.save(session, figure(name="every", label="全部的"))
    formula, number = own_figures.trial(session, figure(name="", label=" 开工占比 ", kinds=(), share_of=("started", "every")))
    assert formula == "开工占比 ＝ 开工的 ÷ 全部的"
    assert (number.value, number.numerator, number.denominator, number.measure) == (Decimal("50.0"), 2, 4, "％")
    assert "开工占比" not in {f.label for f in metrics.declared(session)}


def test_what_a_trial_can_be_told_apart_by_is_offered(session: Session) -> None:
    found = own_figures.groupings(session, figure(name=""))
    assert charts.UNIT in {each.key for each in found} and "stage" in {each.key for each in found}


def test_a_figure_is_kept_with_its_note_and_found_by_its_name(session: Session) -> None:
    own_figures.save(session, figure(), "领导问的")
    own_figures.save(session, figure(name="people", label="干部数", kinds=("cadre",), drafts=False))
    mine, people = sorted(own_figures.every(session), key=lambda each: each.label, reverse=True)
    assert (mine.label, mine.problem, mine.record.values["note"]) == ("渠闸", "", "领导问的")
    assert people.label == "干部数"
    own_figures.save(session, figure(label="渠和闸"))
    assert [own_figures.called(session, name) for name in ("mine", "mine[stage=谋划]", "nobody's")] == ["渠和闸", "渠和闸（谋划）", "nobody's"]
    assert {each.record.values["note"] for each in own_figures.every(session)} == {None}
    assert own_figures.fresh_name() != own_figures.fresh_name()
    assert own_figure_checks.NAME.match(own_figures.fresh_name())


def test_who_has_no_key_to_a_ledger_is_shown_no_figure_of_it(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    own_figures.save(session, figure())
    own_figures.save(session, figure(name="people", label="干部数", kinds=("cadre",), drafts=False))
    with as_person(session, "clerk", "clerk"):
        monkeypatch.setattr(type(session), "opens", lambda self, kind: self.kinds.get(kind).book == "office")
        assert [each.label for each in own_figures.every(session)] == ["渠闸"]
        told = own_figures.problems(session, [figure(name="theirs", label="他们的干部数", kinds=("cadre",), drafts=False)], session.kinds)
        assert told == {"theirs": "指标「他们的干部数」的台账您没有密钥。"}


def test_why_another_offices_figure_cannot_be_taken_up(session: Session) -> None:
    own_figures.save(session, figure())
    fresh = [
        figure("别处的闸", name="fine"), figure(name="alike"), figure("坏的", name="broken", count="sum:gone"),
        figure("还没有的台账", name="later", kinds=("nothing",)),
    ]  # fmt: skip
    told = own_figures.problems(session, fresh, session.kinds)
    assert set(told) == {"alike", "broken", "later"}
    assert told["alike"] == "指标名称「渠闸」本单位已经在用。"
    assert "栏目「gone」已经没有了" in told["broken"] and "台账「nothing」已经没有了" in told["later"]


def test_with_a_ledger_go_its_figures_and_what_they_are_shares_of(session: Session) -> None:
    own_figures.save(session, figure(name="one", label="甲"))
    own_figures.save(session, figure(name="two", label="乙", kinds=("project", "headquarters")))
    own_figures.save(session, figure(name="share", label="丙", kinds=(), share_of=("one[stage=谋划]", "projects")))
    own_figures.save(session, figure(name="reminders", label="丁", kinds=("letter",), parents=("project",), drafts=False))

    def names(*kinds: str) -> set[str]:
        return {each.name for each in own_figures.of_kinds(session, kinds)}

    assert "projects" not in names("project"), "what comes with the program is there already"
    assert names("project") >= {"one", "reminders"} and "two" not in names("project")
    assert {"one", "two"} <= names("project", "headquarters")
    assert names("letter") >= {"reminders"} and not names("letter") & {"one", "two"}
    assert not names("headquarters") & {"one", "two", "reminders"}


@pytest.mark.parametrize(("kinds", "group", "told"), [
    (("milestone",), "parent", {"project"}), (("milestone",), "unit", set()), (("milestone",), "title", {"milestone"}), (("project",), "parent", set()),
    (("project",), "leader", {"leader"}), (("milestone",), "leader", {"leader"}), (("project",), "stage", set()), (("project",), "strategy", {"strategy"}),
    (("project",), "name", {"project"}), (("project", "milestone"), "parent", {"project"}),
])  # fmt: skip
def test_whose_names_the_lines_of_a_figure_show(session: Session, kinds: tuple[str, ...], group: str, told: set[str]) -> None:
    """What has to be masked where they are shown: projects, leaders, titles as they were typed."""
    assert kinds_named_by_group(session.kinds, figure(kinds=kinds, parents=("project",)), group) == told
