"""`tests/ledgers/headings.txt`: what offices call the columns of each ledger, what each heading is taken for by its words alone, and which it is not.

Most that is taken wrongly without a word is a column that the ledger does not ask for: 督办单位, 上月进展, 问题金额, 隐患照片.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desktop.exchange.foreign.column_matching import LEAST_NAME
from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.headings import Matcher
from tests.ledgers.shapes import HERE

#: What no field's likeness must reach for a heading of none.
NONE_BELOW = LEAST_NAME + 0.05


def test_each_heading_is_taken_for_what_it_is(new_office: Callable[..., Any]) -> None:
    session = new_office(units=False).session
    wrong, many, matcher = [], 0, None
    for line in (HERE / "headings.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            kind = session.kinds.get(line[4:])
            matcher = Matcher(kind, {}, session.kinds.lifecycle_of(kind))
        elif line:
            assert matcher is not None
            fields, headings = line.split(": ", 1)
            for heading in headings.split(" | "):
                many += 1
                taken = best(matcher, heading)
                wrong += [] if taken in fields.split("/") else [f"{kind.name}: {heading} is {taken}, not {fields}"]
    assert not wrong and many > 1_000


def best(matcher: Matcher, heading: str) -> str:
    if matcher.left_out(heading):
        return "-"
    likeness, name = max((matcher.likeness(heading, each), each.name) for each in matcher.wanted)
    return name if likeness >= NONE_BELOW else "-"


@pytest.mark.parametrize(("heading", "meant"), [
    ("存在问题", "difficulty"), ("问题金额", "-amount"), ("问题照片", "-photo"), ("问题属地", ""), ("问题描述", "problem"),
    ("负责人电话", "phone"), ("单位地址", "place"), ("议题序号", ""), ("截至三季度落实情况", "progress"), ("固定资产投资入库", ""), ("批示领导职务", "duty"),
    ("领导批示件办理情况登记簿", ""), ("下一步工作计划", "-next"), ("上半年计划投资", "-part"), ("上半年完成投资", "invested"), ("推进情况9月5日", "progress"),
    ("几时办结", "limit"), ("监管单位", "about"), ("督办责任人", "-watch"), ("信访人姓名", "-who"), ("整改完成与否", "state"), ("完成打√", "state"), ("移送处理情况", "-sanction"), ("2022年投资完成率", "-money share"), ("效果评估", "outcome"),
])  # fmt: skip
def test_the_last_word_of_a_heading_is_what_it_is(heading: str, meant: str) -> None:
    assert next(iter(meanings(heading)), "") == meant


def test_yes_or_no_is_no_day_and_no_title(new_office: Callable[..., Any]) -> None:
    session = new_office(units=False).session
    kind = session.kinds.get("project")
    matcher = Matcher(kind, {}, session.kinds.lifecycle_of(kind))
    assert [best(matcher, heading) for heading in ("是否开工", "有无困难", "开工时间")] == ["-", "-", "started_on"]
