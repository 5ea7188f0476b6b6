"""Reports that the office changed or made: kept in the book, checked before, given back; drafts keep the form they were written with."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from db import office
from db.errors import BadInput, NotPermitted
from db.model.query import Where
from db.session import Session
from desktop import demo
from desktop.bulletin.blocks import charts
from desktop.bulletin.document import ChartKind
from desktop.bulletin.issue import issuing
from desktop.bulletin.report import office_report_changes, office_reports, reports, validation
from desktop.bulletin.report.declaration import (
    AppendixOf,
    ChartOf,
    ColumnOf,
    Report,
    TableOf,
    load_reports,
)
from desktop.bulletin.report.office_reports import report_of
from desktop.ui.reports.report_changes import CHARTS
from tests.report_office import chosen, opened
from tests.samples import as_person

NAME = "supervision_circular"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    session = opened(tmp_path_factory.mktemp("forms") / "office", items=60)
    yield session
    session.close()


@pytest.fixture
def session(made: Session) -> Iterator[Session]:
    yield made
    for form in office_reports.office_reports(made):
        if form.changed:
            office_report_changes.give_back(made, form.report.name)


def form_of(session: Session, name: str) -> office_reports.OfficeReport:
    return next(form for form in office_reports.office_reports(session) if form.report.name == name)


def changed(session: Session, **changes: Any) -> Report:
    return msgspec.structs.replace(report_of(session, NAME), **changes)


@pytest.mark.parametrize("name", [r.name for r in load_reports()])
def test_every_given_report_passes_its_own_check_and_travels_as_text(made: Session, name: str) -> None:
    report = report_of(made, name)
    assert [p.message for p in validation.problems(made, report)] == []
    assert office_reports.decode(office_reports.encode(report), name) == report


def test_a_changed_report_is_printed_listed_and_given_back(session: Session, tmp_path: Path) -> None:
    given = report_of(session, NAME)
    office_report_changes.save(session, changed(session, label="督查通报", body="本期共交办{{ n('assigned') }}件。\n@table by_unit"), "改称督查")
    assert report_of(session, NAME).label == "督查通报"
    assert "督查通报" in [r.label for r in office_reports.reports_of(session)]
    builder = reports.build(session, NAME, period="2022")
    assert "本期共交办" in str(builder.document().blocks[0])
    record = form_of(session, NAME).record
    assert record is not None
    assert [line.new for line in session.history(office_reports.KIND, record.uid) if line.field == "note"] == ["改称督查"]
    office_report_changes.give_back(session, NAME)
    assert report_of(session, NAME) == given
    session.restore(office_reports.KIND, record.uid)
    assert report_of(session, NAME).label == "督查通报"


def test_the_last_change_can_be_taken_back(session: Session) -> None:
    given = report_of(session, NAME)
    office_report_changes.save(session, changed(session, label="一次"))
    office_report_changes.save(session, changed(session, label="两次"))
    session.undo_last()
    assert report_of(session, NAME).label == "一次"
    session.undo_last()
    assert report_of(session, NAME) == given


def test_one_of_the_offices_own_stands_beside_the_given_one(session: Session) -> None:
    own = office_report_changes.copied(report_of(session, NAME), "专项督查通报")
    office_report_changes.save(session, own)
    assert {NAME, own.name} <= {r.name for r in office_reports.reports_of(session)}
    uid = issuing.new_draft(session, own.name, period="2022")
    office_report_changes.give_back(session, own.name)
    with pytest.raises(BadInput, match="没有名为"):
        report_of(session, own.name)
    # The draft goes on with the form it was written with.
    assert issuing.differences(session, uid) == []
    session.delete(issuing.KIND, uid)


def test_the_form_is_kept_through_login(tmp_path: Path) -> None:
    demo.make(tmp_path / "office", items=0, seed=1, today=dt.date(2022, 11, 24))
    with closing(office.open_office(tmp_path / "office", "admin", demo.PASSWORD)) as first:
        office_report_changes.save(first, changed(first, label="督查通报"))
    with closing(office.open_office(tmp_path / "office", "clerk", demo.PASSWORD)) as again:
        assert report_of(again, NAME).label == "督查通报"
        with pytest.raises(NotPermitted, match="文种样式"):
            office_report_changes.save(again, changed(again, label="别的"))
        assert report_of(again, NAME).label == "督查通报"


def test_a_form_that_cannot_be_read_is_told_and_the_given_one_printed(session: Session) -> None:
    office_report_changes.save(session, changed(session, label="督查通报"))
    record = form_of(session, NAME).record
    assert record is not None
    session.set_checked(record, {"declaration": '{"name": 3'})
    form = form_of(session, NAME)
    assert form.problem and form.report == form.given
    out = io.BytesIO()
    reports.print_report(session, NAME, out, period="2022")
    assert out.getvalue().startswith(b"%PDF")


UNIT = TableOf(name="by_unit", group="unit", columns=(ColumnOf(word="group"), ColumnOf(figure="assigned")))

BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"body": "第一行\n第二行{{ n('nosuch') }}"}, r"正文第 2 行：没有数字「nosuch」"),
    ({"body": "{{ rate('assigned') }}"}, r"正文第 1 行：「交办数?」?.*不是比率|正文第 1 行：.*不是比率"),
    ({"body": "一\n二\n{% if value('due') %}三"}, r"正文第 \d 行：「如果」没有收尾"),
    ({"body": "一\n{% endif %}"}, r"正文第 2 行：多了一个收尾"),
    ({"body": "一\n{% for each in groups('due') %}二"}, r"「逐个」没有收尾"),
    ({"body": "一\n{{ whatever }}"}, r"正文第 2 行：没有叫「whatever」的空"),
    ({"body": "{{ period | nosuch }}"}, r"正文第 1 行：没有「\| nosuch」"),
    ({"body": "{{ n( }}"}, r"正文第 1 行：花括号里的写法看不懂"),
    ({"body": "{{ item.title }}"}, r"打印前不选事项"),
    ({"body": "@table nosuch"}, r"正文第 1 行：没有叫「nosuch」的表格"),
    ({"body": "@table"}, r"后面要写名称"),
    ({"body": "@tabel by_unit"}, r"没有「@tabel」"),
    ({"body": "{{ n('assigned', 'u-gone') }}"}, r"写定的单位已经没有了"),
    ({"title": ""}, r"标题：还没有写"),
    ({"title": "{{ nosuch }}"}, r"标题：没有叫「nosuch」的空"),
    ({"label": "月讲评通报"}, r"文种名称：已经有「月讲评通报」"),
    ({"tables": (msgspec.structs.replace(UNIT, columns=(ColumnOf(figure="nosuch"),)),)}, r"表格「by_unit」：没有数字「nosuch」"),
    ({"tables": (msgspec.structs.replace(UNIT, columns=(ColumnOf(field="title"),)),)}, r"只能放数字"),
    ({"tables": (msgspec.structs.replace(UNIT, columns=()),)}, r"还没有栏目"),
    ({"tables": (UNIT, UNIT)}, r"代号重复"),
    ({"tables": (TableOf(name="by_unit", columns=(ColumnOf(field="title"),)),)}, r"还没有选数据从哪里来"),
    ({"tables": (TableOf(name="by_unit", kind="rectification", columns=(ColumnOf(field="nosuch"),)),)}, r"没有栏目「nosuch」"),
    (
        {"tables": (TableOf(name="by_unit", kind="rectification", columns=(ColumnOf(field="title"),), where=(Where("gone", "eq", 1),)),)},
        r"没有筛选用的栏目「gone」",
    ),
    (
        {"tables": (TableOf(name="by_unit", kind="rectification", columns=(ColumnOf(field="title"),), sort=(("gone", True),)),)},
        r"没有排序用的栏目「gone」",
    ),
    ({"charts": (ChartOf(name="c", figures=("assigned", "completion_rate")),)}, r"计量单位不同"),
    ({"charts": (ChartOf(name="c", figures=()),)}, r"图表「c」：还没有数字"),
    ({"appendix": (AppendixOf(title="一", table="gone"),)}, r"附件1：用到的表格「gone」没有了"),
]


@pytest.mark.parametrize(("changes", "told"), BROKEN)
def test_a_broken_report_is_refused_and_told_where(session: Session, changes: dict[str, Any], told: str) -> None:
    before = report_of(session, NAME)
    with pytest.raises(BadInput, match=told) as refused:
        office_report_changes.save(session, changed(session, **changes))
    assert "处要改" in refused.value.message and refused.value.problems
    assert report_of(session, NAME) == before and not form_of(session, NAME).changed


def test_what_goes_wrong_only_while_filling_names_the_line(session: Session) -> None:
    broken = changed(session, body="第一行\n{{ period + 1 }}")
    with pytest.raises(BadInput, match="第 2 行"):
        reports.Builder(session, broken, reports.choose(session, broken, "2022", None, None)).document()


def test_a_table_by_query_takes_the_rows_of_the_period(session: Session) -> None:
    table = TableOf(
        name="open", kind="rectification", period="deadline", where=(Where("state", "eq", "in_progress"),), sort=(("deadline", False),),
        columns=(ColumnOf(word="order"), ColumnOf(field="title"), ColumnOf(field="deadline")),
    )  # fmt: skip
    office_report_changes.save(session, changed(session, body="@table open", tables=(table,)))
    for period in ("2022", "2022-10"):
        blocks = reports.build(session, NAME, period=period).blocks()
        first, last = (dt.date(2022, 1, 1), dt.date(2022, 12, 31)) if period == "2022" else (dt.date(2022, 10, 1), dt.date(2022, 10, 31))
        wanted = [
            r for r in session.book_of("rectification").each("rectification", "deleted = 0 AND state = 'in_progress'")
            if r.values["deadline"] and first <= r.values["deadline"] <= last
        ]  # fmt: skip
        rows = blocks[0].rows if blocks else []  # type: ignore[union-attr]
        assert len(rows) == len(wanted)
    assert wanted or rows == []


def test_a_day_in_a_condition_survives_being_kept(session: Session) -> None:
    day = dt.date(2022, 9, 1)
    table = TableOf(name="late", kind="rectification", where=(Where("deadline", "ge", day),), columns=(ColumnOf(field="title"),))
    office_report_changes.save(session, changed(session, body="@table late", tables=(table,)))
    rows = reports.build(session, NAME, period="2022").blocks()[0].rows  # type: ignore[union-attr]
    every = session.book_of("rectification").each("rectification", "deleted = 0")
    wanted = [r for r in every if (r.values["deadline"] or dt.date.min) >= day]
    assert 0 < len(rows) == len(wanted)


def test_a_change_of_the_form_changes_no_draft(session: Session) -> None:
    uid = issuing.new_draft(session, NAME, period="2022")
    office_report_changes.save(session, changed(session, body="只有一句。", tables=()))
    assert issuing.differences(session, uid) == []
    assert "@table by_unit" in session.must_get(issuing.KIND, uid).values["body_text"]
    session.take_step(issuing.KIND, uid, "submit")
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(issuing.KIND, uid, "check")
    issued = issuing.issue(session, uid)
    assert issued.state == "issued"
    out = io.BytesIO()
    issuing.preview(session, uid, out)
    assert issuing.reprint(session, uid).startswith(b"%PDF")


def test_a_report_over_personnel_records_is_no_bulletin(session: Session) -> None:
    table = TableOf(name="people", kind="cadre", columns=(ColumnOf(field="title"),))
    office_report_changes.save(session, changed(session, body="@table people", tables=(table,)))
    with pytest.raises(BadInput, match="干部人事内容"):
        issuing.new_draft(session, NAME, period="2022")


BY_CADRE = (ColumnOf(word="group"), ColumnOf(figure="reward_sanction_rows"))


@pytest.mark.parametrize(("body", "parts"), [
    ("@table t", {"tables": (TableOf(name="t", group="cadre", columns=BY_CADRE),)}),
    ("@table t", {"tables": (TableOf(name="t", group="content", columns=BY_CADRE),)}),
    ("@table t", {"tables": (TableOf(name="t", group="parent", columns=(ColumnOf(word="group"), ColumnOf(figure="promoted_rank"))),)}),
    ("@chart c", {"charts": (ChartOf(name="c", group="cadre", figures=("reward_sanction_rows",)),)}),
    ("{% for each in groups('reward_sanction_rows', 'cadre') %}{{ each.label }}{% endfor %}", {}),
    ("{% for each in behind('reward_sanction_rows') %}{{ each.title }}{% endfor %}", {}),
    ("{% set f = 'reward_sanction_rows' %}{% for each in behind(f) %}{{ each.title }}{% endfor %}", {}),
])  # fmt: skip
def test_no_way_of_telling_figures_apart_puts_personnel_records_into_a_bulletin(session: Session, body: str, parts: dict[str, Any]) -> None:
    office_report_changes.save(session, changed(session, body=body, **{"tables": (), "charts": (), "appendix": (), **parts}))
    with pytest.raises(BadInput, match="干部人事内容"):
        issuing.new_draft(session, NAME, period=str(session.today.year))


@pytest.mark.parametrize("group", ["unit", "nature", "month"])
def test_what_only_counts_personnel_records_may_be_a_bulletin(session: Session, group: str) -> None:
    table = TableOf(name="t", group=group, columns=BY_CADRE)
    office_report_changes.save(session, changed(session, body="@table t", tables=(table,), charts=(), appendix=()))
    assert session.get(issuing.KIND, issuing.new_draft(session, NAME, period=str(session.today.year)))


def test_every_given_report_can_be_copied_and_printed_as_the_offices_own(session: Session) -> None:
    for report in load_reports()[:4]:
        own = office_report_changes.copied(report, f"本单位{report.label}")
        office_report_changes.save(session, own)
        assert reports.build(session, own.name, **chosen(session, own)).document().subject == f"本单位{report.label}"


def test_each_kind_of_chart_is_drawn_and_offered() -> None:
    assert {kind for kind, _ in CHARTS} == set(get_args(ChartKind))
    assert all(hasattr(charts._Drawing, f"_{kind}") for kind in get_args(ChartKind))  # noqa: SLF001
