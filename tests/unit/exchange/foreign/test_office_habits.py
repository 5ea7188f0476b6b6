"""What offices write that no rule of spelling foresees: questions as headings, days beside a state, a table on its side
with gaps, a unit of measure of another sort, a default that a row contradicts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.apply import accept
from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.states import day_in, parse_done
from desktop.exchange.foreign.unit_roles import roles_in
from desktop.exchange.format.loose_values import (
    approximate_number,
    bound_number,
    loose_date,
    year_of,
)
from desktop.exchange.format.measures import measure_of_column, same_sort
from tests.ledgers import measure, shapes


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


LEDGERS = """
=== 问句作表头 | assigned_item
S 清单
. 2026年重点事项清单 | < | < | < | < | <
. 序 | 要办什么事 | 怎么办 | 谁负责 | 什么时候办完 | 办得怎么样了
@ - | title | measures | responsible_person | deadline | progress
* 1 | 清理楼顶违建 | 先摸底后拆除 | 周岩 | 二〇二六年十月 =>2026-10-31 | 摸底完成
* 2 | 更换老旧电梯 | 分三批更换 | 吴桐 | 十一月二十日=>2026-11-20 | 首批下单

=== 起与止、状态里的日子 | rectification
S 台账
. 2026年整改台账 | < | < | < | < | <
. 整改事项 | 责任单位 | 交办时间 | 整改时限 | < | 了结情况
. ^ | ^ | ^ | 自 | 至 | ^
@ title | lead_unit | assigned_on | - | deadline | state
* 台账不实 | 市教育局 | 3.2 =>2026-03-02 | 3.5 | 6.30=>2026-06-30 | 已了结（6月18日）=>已销号&closed_out_on:2026-06-18
* 值守脱岗 | 市水利局 | 3.2 =>2026-03-02 | 3.9 | 12.31=>2026-12-31 | 未了结=>已交办

=== 横表有空格、有合并 | livelihood
S 横表
. 实事名称 | 增设公厕 | 修缮步道 | 补种行道树
. 牵头单位 | 市住建局 | < | 临湖区
. 完成时限 | 2026-11-30 | | 2026-10-31
. 受益人数 | | 3000 | 5000
. 推进实况 | 已建三处 | 已完工 | 已种八成
K title:增设公厕 | lead_unit:市住建局 | deadline:2026-11-30 | beneficiaries: | progress:已建三处
K title:修缮步道 | lead_unit:市住建局 | deadline: | beneficiaries:3000 | progress:已完工
K title:补种行道树 | lead_unit:临湖区 | deadline:2026-10-31 | beneficiaries:5000 | progress:已种八成

=== 序时与实际、金额写在格里、别的量词 | livelihood
S 资金
. 实事 | 总盘子 | 惠及人数 | 进度 | < | 牵头单位
. ^ | ^ | ^ | 序时 | 实际 | ^
@ title | investment | beneficiaries | - | progress_percent | lead_unit
* 加装扶手 | 35万元=>35 | 1200户=>! | 75% | 60% | 市住建局
* 清淤河道 | 0.02亿元=>200 | 800人=>800 | 75% | 85% | 市水利局
* 改造路口 | 90万=>90 | 1.1万人=>11000 | 75% | 70% | 市交通局

=== 目标带比较号 | yearly_goal
S 目标
. 2026年度目标 | < | < | <
. 指标 | 量纲 | 目标 | 责任单位
@ title | measure | target | lead_unit
* 优良天数比例 | % | ≥72=>72 | 安坪县
* 粉尘浓度 | 微克 | 不高于38=>38 | 青石县
* 造林 | 万亩 | 5 | 市水利局

=== 没有阶段一列而写了实际开工 | project
S 项目
. 项目全称 | 主要建设内容 | 牵头单位 | 总投资（亿元） | 实际开工 | 当前形象
@ name | - | lead_unit | investment | started_on | progress
* 轴承园二期 | 新建厂房三栋，配套道路两条，共八万平方米 | 市工信局 | 2.4 | 2026-03-02 | 封顶
* 南湖泵站 | 新建泵房一座，更换管网十二公里 | 市水利局 | 0.6 | | 未开工

=== 姓名与单位职务 | achievement
S 成绩
. 姓名 | 单位及职务 | 成绩概要 | 做法和成效 | 取得时间
@ cadre | unit | title | detail | achieved_on
* 陶 然之=>陶然之 | 市信访局副局长=>市信访局 | 化解八年积案 | 上门二十余次 | 2026-04-18
* 薛原山 | 市住建局党组书记、局长=>市住建局 | 建成三个口袋公园 | 驻点协调征地 | 2026-05-06

=== 谁牵头谁配合，时限只从写法看出，年度任务是金额 | project
S 调度
. 单位：万元 | < | < | < | < | <
. 项目 | 谁牵头 | 谁配合 | 投资规模 | 本年任务 | 拿下时间
@ name | lead_unit | cooperating_units | investment | year_plan | deadline
* 环湖公路 | 市交通局 | 市住建局、临湖区 | 42000=>4.2 | 18000=>1.8 | 2026年10月31日前=>2026-10-31
* 东站货场 | 市交通局 | 市商务局 | 16500=>1.65 | 6000=>0.6 | 2026年内=>2026-12-31

=== 考察对象都有登记 | front_line_assessment
S 记实
. 考察对象 | 所在单位 | 考察时间 | 考察场合 | 现场表现
@ cadre | unit | assessed_on | scene | performance
* 邵望峰 | 青石县 | 2026-07-16 | 决口抢护 | 连守两夜
* 陶 然之=>陶然之 | 市信访局 | 2026-07-17 | 集中接访 | 耐心细致

=== 组名加简述，办结带钟点，清零与否 | meeting_problem
S 例会
. 例会名称 | 问题 | < | 由谁牵头解决 | 交办时刻 | 限期 | 哪天办结 | 清零没
. ^ | 简述 | 具体情况 | ^ | ^ | ^ | ^ | ^
@ meeting_type | title | detail | lead_unit | assigned_on | deadline | - | state
* 服务企业 | 用工缺口大 | 三家纺织企业缺工四百人 | 市人社局 | 2026/3/2 14:30=>2026-03-02 | 2026-09-20 | | 没=>已交办
* 服务企业 | 通勤不便 | 园区早晚高峰无公交 | 市交通局 | 2026/3/11 9:05=>2026-03-11 | 2026-09-18 | | 已清零（9月4日）=>已销号&closed_out_on:2026-09-04

=== 单位一行在组下，卡脖子问题 | project
S 项目
. 项目名称 | 总投资 | 2026年度 | < | 牵头单位 | 卡脖子问题
. ^ | ^ | 计划投资 | 完成投资 | ^ | ^
. ^ | （亿元） | （万元） | （万元） | ^ | ^
@ name | investment | year_plan | year_done | lead_unit | difficulty
* 氢能园 | 6.2 | 22000=>2.2 | 15600=>1.56 | 市工信局 | 氢源价格
* 医院迁建 | 4.8 | 18000=>1.8 | 9000=>0.9 | 市卫健委 | 用地报批

=== 呈报单位、反馈 | instruction
S 签批
. 签批人 | 签批日 | 呈批件 | 呈报单位 | 签批原话 | 批转单位 | 限办日 | 反馈情况
@ instructed_by | instructed_on | title | from_unit | content | lead_unit | deadline | progress
* 陈立 | 2026-07-03 | 关于地下车库排险的报告 | 市住建局 | 逐库过筛。 | 市应急局 | 2026-07-20 | 排查318处
* 王敏 | 2026-07-09 | 关于收储资金的请示 | 市发改委 | 抓紧拨付。 | 市商务局 | 2026-07-31 | 已拨付
"""


def test_what_offices_write_is_read_or_told(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "habits.txt"
    file.write_text(LEDGERS, encoding="utf-8")
    ledgers = shapes.read(file)
    counts = measure.measure(office.session, ledgers, tmp_path)
    assert (counts.recall, counts.precision) == (1, 1), counts.faults
    assert (counts.found, counts.junk, counts.wrong, counts.untold) == (counts.items, 0, 0, 0), counts.faults
    # 1200户 is no number of people, and a project that has begun is none that is only planned
    told = [fault for fault in counts.faults if fault.startswith("(")]
    assert counts.told == 1 and not told, counts.faults
    assert measure.again(office.session, ledgers, tmp_path) == []


def test_a_default_that_a_row_contradicts_waits_for_a_person(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "projects.txt"
    file.write_text(LEDGERS, encoding="utf-8")
    ledger = next(each for each in shapes.read(file) if each.name.startswith("没有阶段一列"))
    plan = accept.plan(office.session, ledger.write(tmp_path / "项目.xlsx"), as_kind="project")
    begun, planned = plan.rows
    (cell,) = begun.of("warned")
    assert cell.field == "stage" and "拟记作“开工在建”" in cell.message and "" in begun.warned
    assert not planned.cells and not planned.warned
    accept.accept(office.session, plan)
    assert [r.values["name"] for r in office.session.office.each("project")] == ["南湖泵站"]
    accept.accept(office.session, accept.plan(office.session, plan.file, as_kind="project"), {begun.uid: "theirs"})
    stages = {r.values["name"]: r.values["stage"] for r in office.session.office.each("project")}
    assert stages == {"轴承园二期": "started", "南湖泵站": "planned"}
    again = accept.plan(office.session, plan.file, as_kind="project")
    assert not again.rows


def test_a_sheet_called_by_half_a_units_name_asks_whose_it_is(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "half.txt"
    file.write_text("""
=== 表名少一个市字 | rectification
S 住建局
. 整改事项 | 整改措施 | 整改时限
@ title | measures | deadline
* 公厕脏乱=>公厕脏乱&lead_unit:! | 每日保洁 | 2026-10-30
S 老旧小区
. 整改事项 | 整改措施 | 整改时限
@ title | measures | deadline
* 楼道堆物=>楼道堆物&lead_unit: | 限期清理 | 2026-10-30
""", encoding="utf-8")
    counts = measure.measure(office.session, shapes.read(file), tmp_path)
    assert (counts.wrong, counts.told, counts.untold) == (0, 1, 0), counts.faults
    plan = accept.plan(office.session, tmp_path / "台账.xlsx", as_kind="rectification")
    assert [(each.text, each.near[:1]) for each in plan.unknown] == [("住建局", ("市住房和城乡建设局",))]


@pytest.mark.parametrize(("text", "said", "day"), [
    ("已完成（9月3日）", True, "9月3日"), ("已完成（2026年9月3日）", True, "2026年9月3日"), ("9月3日已办结", True, "9月3日"),
    ("已销号 2026.9.3", True, "2026.9.3"), ("已完成3.5公里", None, ""), ("9月30日前完成", None, ""), ("已完成，9月30日前上报", True, ""),
    ("未了结，正在施工", False, ""), ("了结", True, ""), ("已整改", True, ""), ("化解中", False, ""), ("已完成60%", None, ""), ("完成主体封顶", None, ""),
    ("已完成，待验收", None, ""), ("可销号", False, ""), ("阶段性完成", False, ""), ("处置完毕", True, ""), ("在建", False, ""),
])  # fmt: skip
def test_a_day_beside_a_state(text: str, said: bool | None, day: str) -> None:
    assert (parse_done(text), day_in(text)) == (said, day)


@pytest.mark.parametrize(("text", "day"), [
    ("二〇二六年九月", "2026-09-30"), ("二零二六年三月五日", "2026-03-05"), ("二〇二六年十一月二十日", "2026-11-20"), ("十月三十一日", "2026-10-31"),
    ("9月二日", "2026-09-02"), ("十二月", "2026-12-31"), ("周五（10月2日）", "2026-10-02"), ("三月二十五号", "2026-03-25"), ("9月30日（周三）", "2026-09-30"),
    ("2026/4/2 14:30", "2026-04-02"), ("4/2 14:30", "2026-04-02"), ("4月2日 9:00前", "2026-04-02"), ("2026 年 9 月 5 日", "2026-09-05"),
    ("2026年内", "2026-12-31"), ("内", None), ("周五", None), ("本周内", None), ("九月二三日", None),
])  # fmt: skip
def test_days_in_chinese_numerals_and_beside_a_day_of_the_week(text: str, day: str | None) -> None:
    found = loose_date(text, 2026, deadline=True)
    assert (found.isoformat() if found else None) == day


def test_bounds_tenths_and_years_in_numerals() -> None:
    assert [bound_number(text) for text in ("≥8", "不低于99%", "＜=38", "控制在40以内", "8", "约8")] == ["8", "99%", "38", "40", None, None]
    assert [approximate_number(text) for text in ("七成五", "七成半", "八成")] == ["75%", "75%", "80%"]
    assert year_of(["二〇二五年度工作台账"], dt.date(2026, 11, 30)) == 2025


def test_what_the_cells_of_a_column_count() -> None:
    assert measure_of_column(["120万元", "0.3亿元", "860万"]) == "元"
    assert measure_of_column(["6800人", "1.2万人", "近3万人", "1200户"]) == "人"
    assert measure_of_column(["3个", "5公里", "120人"]) == measure_of_column(["12", "13人"]) == ""
    assert same_sort("件", "项") and same_sort("名", "万人") and not same_sort("户", "人") and not same_sort("个月", "天")


@pytest.mark.parametrize(("text", "leads", "unknown"), [
    ("甲局副局长", ["甲局"], []), ("甲局党组书记、局长", ["甲局"], []), ("甲县教育局局长", [], ["甲县教育局局长"]), ("甲县委书记", [], ["甲县委书记"]),
])  # fmt: skip
def test_the_unit_before_a_duty(text: str, leads: list[str], unknown: list[str]) -> None:
    roles = roles_in(text, lambda name: name if name in ("甲局", "甲县") else None)
    assert (roles.leads, roles.unknown) == (leads, unknown)


@pytest.mark.parametrize(("heading", "meaning"), [
    ("干什么", "title"), ("谁来干", "person"), ("派给谁", "lead"), ("怎么干", "measures"), ("干到什么程度", "requirement"), ("几时交卷", "limit"),
    ("啥时候动手", ""), ("干到哪一步了", "progress"), ("整改期限起", "start"), ("整改期限止", "limit"), ("起止期限", "limit"), ("序时进度", "-scheduled"),
    ("谁配合", "with"), ("谁牵头", "lead"), ("议定意见", "decided"), ("诉求详情", "problem"), ("收官时间", "limit"), ("呈报单位", "assigner"), ("反馈时限", "limit"),
])  # fmt: skip
def test_headings_of_offices(heading: str, meaning: str) -> None:
    assert (meanings(heading) or ("",))[0] == meaning
