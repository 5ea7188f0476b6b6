"""What people write so that no list knows it: it is hidden, or told to whoever prints."""

from __future__ import annotations

import itertools

import pytest

from desktop.bulletin.masking.mask import Mask

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
    ("老路新修，小马拉大车。", "老路新修，小马拉大车。"), ("2022年第47周交办3件，5个工作日内回复。", "2022年第47周交办**件，5个工作日内回复。"), ("发展改革、住建领域", "发展改革、住建领域"),
])  # fmt: skip
def test_what_is_no_name_stays_and_numbers_in_words_go(text: str, hidden: str) -> None:
    assert MASKED.text(text) == hidden


#: What offices write every day, with no name of anybody and no figure in it.
PLAIN = (
    "会议强调，各级各部门要提高认识、压实责任，对照清单逐条逐项抓好落实，确保按期销号。", "要坚持问题导向，把群众满意作为检验工作成效的唯一标准。",
    "有关单位要严格落实首问负责制，做到事事有回音、件件有着落。", "对推进不力、敷衍塞责的，按规定严肃处理。", "请于收到本通知后抓紧整改，并书面报送进展情况。",
    "下一步，将继续加大督办力度，推动问题真改实改、改到位。", "个别单位整改措施不具体、不实在，存在等一等、看一看的思想。", "要进一步优化营商环境，提升服务企业的能力和水平。",
    "项目建设总体平稳，但用地保障、资金筹措等方面仍有困难。", "要把作风建设贯穿始终，形成一级抓一级、层层抓落实的局面。", "材料不全的退回补正，补正后重新提交审核。",
    "老旧小区改造、道路修缮、管网更新同步推进。", "加强安全生产检查，及时排查化解各类风险隐患。", "干部要敢于担当、善于作为，在急难险重任务中经受考验。",
    "月底前完成清查，对长期未结的事项逐件说明原因。", "督查组采取听汇报、查资料、看现场的方式进行。", "要加强协调配合，避免推诿扯皮。", "群众反映的停车难、上学难问题基本解决。",
    "会后，与会同志实地察看了在建项目。", "各县区要结合实际，制定具体办法。", "经研究，同意按程序办理。", "要统筹发展和安全，守住不发生系统性风险的底线。",
)  # fmt: skip


def test_little_is_hidden_that_is_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the characters outside the names of the corpus, and of plain official prose."""
    texts = [(sentence.format(name), sentence.index("{"), len(name)) for sentence, name in CASES] + [(text, 0, 0) for text in PLAIN]
    hidden = total = 0
    found = []
    for text, start, length in texts:
        name = set(range(start, start + length))
        over = [at for span in MASKED.finder.spans(text) for at in range(span.start, span.end) if at not in name]
        total, hidden = total + len(text) - length, hidden + len(over)
        found += [(text, "".join(text[at] for at in over))] if over else []
    with capsys.disabled():
        print(f"\nover-masked: {hidden} of {total} characters outside names, {100 * hidden / total:.2f} %")  # noqa: T201
    assert 100 * hidden / total <= 2.0, found
