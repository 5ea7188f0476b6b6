"""Columns that are no field though they look like one: who wrote it down, when it was looked at, what was before. Beside a
title, a unit and a day nothing stands in their way, and yet they are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desktop.exchange.foreign.column_facts import ColumnFacts
from desktop.exchange.foreign.column_matching import Evidence
from desktop.exchange.foreign.headings import Matcher
from tests.ledgers import measure

TITLES = {
    "assigned_item": "事项内容", "rectification": "整改事项", "livelihood": "实事名称", "project": "项目名称", "weekly_assignment": "交办事项",
    "decision": "议题", "achievement": "实绩",
}  # fmt: skip
DAYS = ("2026-03-05", "2026-03-12", "2026-04-02")
PEOPLE = ("周岩", "吴桐", "郎清")
LEADERS = ("陈立", "王敏", "陈立")
TEXTS = ("已编制方案并印发各单位", "正在开展摸底排查工作", "组织召开协调会议两次")
UNITS = ("市住建局", "市教育局", "青石县")
NUMBERS = ("120", "85", "240")
YES_NO = ("是", "否", "是")
BESIDE = {
    DAYS: "更新时间 报送时间 反馈时间 回访时间 公示时间 催办时间 批复时间 签约时间 原定时限 原完成时限 第一阶段时限 上次检查时间",
    PEOPLE: "填表人 审核人 签收人 督办人 信访人 当事人 举报人 主持人 专家 企业负责人 法定代表人 录入人",
    LEADERS: "主持领导 签发领导 协助领导 第二牵头领导",
    TEXTS: "工作背景 政策依据 佐证材料 成果形式 影响 亮点工作 参加人员 里程碑 一季度 推进机制 下月计划 追责问责 用地情况 问责情况",
    YES_NO: "是否督办 是否逾期 是否重点 是否需协调 是否落实资金 是否完成立项 是否反馈 是否制定方案 措施是否到位 是否有困难 是否落实责任人",
    NUMBERS: "去年同期 上年完成 累计完成投资 设备投资 本月完成投资",
    ("75%", "60%", "100%"): "满意率 增长率 覆盖率 支付率 时间进度 序时进度 上月进度 投资进度 占总投资比",
    ("信川〔2026〕1号", "信川〔2026〕2号", "信川〔2026〕3号"): "信用代码 合同编号 图斑号 关联编号 原编号 省平台编号",
}


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


def _taken(session: Any, name: str, heading: str, texts: tuple[str, ...], measure_: str = "") -> tuple[str | None, str | None]:
    """What a column is taken for, and what the one of the titles, beside a unit and a deadline."""
    kind = session.kinds.get(name)
    matcher = Matcher(kind, {}, session.kinds.lifecycle_of(kind))
    found = Evidence(session, kind).judge(matcher, {
        0: ColumnFacts(TITLES[name], "", ("改造老旧小区", "建设充电桩", "整治校园周边")), 1: ColumnFacts("责任单位", "", UNITS),
        2: ColumnFacts("完成时限", "", ("2026-09-30", "2026-10-31", "2026-11-30")), 3: ColumnFacts(heading, measure_, texts),
    }).mapping  # fmt: skip
    return found.get(3), found.get(0)


def test_columns_beside_the_work_are_left(office: Any) -> None:
    taken = []
    for texts, headings in BESIDE.items():
        for heading in headings.split():
            for name in list(TITLES)[:6]:
                column, title = _taken(office.session, name, heading, texts, "%" if texts[0].endswith("%") else "")
                taken += [(heading, name, column)] if column is not None or title != office.session.kinds.get(name).title else []
    assert taken == []

    events = {"lecture": "讲座题目", "press": "稿件标题", "drill": "名称"}
    for name, title in events.items():
        kind = office.session.kinds.get(name)
        matcher = Matcher(kind, {}, None)
        for heading, texts in (("公示时间", DAYS), ("更新时间", DAYS), ("记录人", PEOPLE), ("联系人", PEOPLE), ("是否公开", YES_NO)):
            columns = {0: ColumnFacts(title, "", TEXTS), 1: ColumnFacts(heading, "", texts)}
            assert 1 not in Evidence(office.session, kind).judge(matcher, columns).mapping, (name, heading)


@pytest.mark.parametrize(("name", "heading", "texts", "field"), [
    ("rectification", "整改情况", ("已整改", "正在整改", "已整改"), "state"), ("rectification", "整改情况", TEXTS, "progress"),
    ("weekly_assignment", "周次", ("第36周", "第36周", "第37周"), "week_no"), ("livelihood", "建设任务", TEXTS, "goal"),
    ("assigned_item", "联系人", PEOPLE, "responsible_person"), ("assigned_item", "是否完成", YES_NO, "state"),
    ("achievement", "主要成效", TEXTS, "detail"), ("rectification", "完成整改日期", DAYS, "rectified_on"), ("assigned_item", "攻坚任务", TEXTS, "requirement"),
    ("livelihood", "完成率", ("75%", "60%", "100%"), "progress_percent"), ("assigned_item", "拿下时间", ("10月底前", "年内", "12月底前"), None),
])  # fmt: skip
def test_columns_of_the_work_are_taken(office: Any, name: str, heading: str, texts: tuple[str, ...], field: str | None) -> None:
    assert _taken(office.session, name, heading, texts) == (field, office.session.kinds.get(name).title)
