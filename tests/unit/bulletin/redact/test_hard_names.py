"""What people write so that no list knows it: it is hidden, or told to whoever prints."""

from __future__ import annotations

import itertools

import pytest

from desktop.bulletin.redact.masking import Mask

FORMS = frozenset({"units", "places", "people"})
MASKED = Mask(units=("澄陵县发展改革局",), places=("澄陵县",), people=("闵知行",), forms=FORMS, numbers=True)
#: What must not stand in the masked edition unseen.
NAMES = (
    "老闵", "小嵇", "欧阳修文", "诸葛明远", "司徒静", "买买提·艾合买提", "古丽·阿依江", "minzhixing@163.com", "minzhixing@", "澄·陵县", "chengling.gov.cn",
    "https://www.chengling.gov.cn/zwgk", "豫A", "豫A·12345", "豫A6K2T8", "两办", "发改", "住建",
)  # fmt: skip
SENTENCES = (
    "{}反映的问题已经转办。", "这件事由{}负责跟进。", "据{}，情况属实。", "材料交给{}。", "会后{}到现场看过。", "请{}牵头，逐项落实。", "{}、城管一起去的。",
    "联系{}的人没有接听。", "督查组见到{}，核对了台账。", "责任在{}，限期整改。", "（{}）", "{}说，还要再等等。", "昨天和{}谈过一次。", "上次是{}带队。",
    "附：{}。", "抄送{}。", "问题出在{}；已经退回。",
)  # fmt: skip
CASES = [(sentence, name) for sentence, name in itertools.product(SENTENCES, NAMES)]


def leaks(sentence: str, name: str) -> bool:
    text = sentence.format(name)
    told = [text[span.start : span.end] for span in MASKED.finder.left(text)]
    return name in MASKED.text(text) and not any(name in each or each in name for each in told)


def test_a_name_is_hidden_or_told() -> None:
    assert len(CASES) >= 300
    assert [sentence.format(name) for sentence, name in CASES if leaks(sentence, name)] == []


@pytest.mark.parametrize(("text", "hidden"), [
    ("产量翻了一番。", "产量翻了**番。"), ("走访三百余，登记在册。", "走访**余，登记在册。"), ("倒排工期，办结一件、销号一件。", "倒排工期，办结一件、销号一件。"),
    ("老旧小区改造、小区环境整治。", "老旧小区改造、小区环境整治。"), ("“争先·出彩”活动", "“争先·出彩”活动"), ("新常态、云计算、川流不息", "新常态、云计算、川流不息"),
    ("老路新修，小马拉大车。", "老路新修，小马拉大车。"), ("发展改革、住建领域", "发展改革、住建领域"),
])  # fmt: skip
def test_what_is_no_name_stays_and_numbers_in_words_go(text: str, hidden: str) -> None:
    assert MASKED.text(text) == hidden
