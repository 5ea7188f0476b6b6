"""No word is torn in a title or a cell, and no number from its sign, unit or counter anywhere: over texts whose words are known."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from desktop.bulletin.typeset import words
from desktop.bulletin.typeset.characters import NO_END, NO_START
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.linebreak import INDENTED, Line, Shape, compose
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts, Face
from desktop.bulletin.typeset.titles import break_title

#: Words as a secretary would part them; each title of the corpus is made of these, so that where its words end is known.
OBJECTS = ["数据安全", "粮食储备", "道路交通", "水库移民", "地质灾害", "燃气管道", "养老机构", "校园食堂", "冷链物流", "河道采砂", "森林防火", "电动汽车", "充电设施", "公共厕所", "农贸市场", "历史建筑", "文物保护", "食品加工", "危险废物", "建筑工地", "职业教育", "学前教育", "医疗保障", "社区矫正", "法律援助", "科技成果", "知识产权", "跨境电商", "保障性住房", "智能化改造", "高标准农田", "城市更新", "供热企业", "耕地保护", "秸秆焚烧", "秋冬季", "大气污染", "黑臭水体", "老旧电梯", "快递站点", "网络直播", "校外培训"]  # a list of quoted words reads worse
PARTS = ["数据", "安全", "粮食", "储备", "道路", "交通", "水库", "移民", "地质", "灾害", "燃气", "管道", "养老", "机构", "校园", "食堂", "冷链", "物流", "河道", "采砂", "森林", "防火", "电动", "汽车", "充电", "设施", "公共", "厕所", "农贸", "市场", "历史", "建筑", "文物", "保护", "食品", "加工", "危险", "废物", "工地", "高标准", "保障性", "职业", "教育", "学前", "医疗", "保障", "社区", "矫正", "法律", "援助", "科技", "成果", "知识", "产权", "跨境", "电商", "住房", "智能化", "改造", "农田", "城市", "更新", "供热", "企业", "耕地", "秸秆", "焚烧", "大气", "污染", "黑臭", "水体", "老旧", "电梯", "快递", "站点", "网络", "直播", "校外", "培训", "战略", "检查站", "保证金", "领导", "小组", "会议", "精神", "情况", "通报", "通知", "意见", "方案", "专项", "整治", "排查", "隐患", "整改", "落实", "督查", "工作", "任务", "进展", "年度", "季度", "重点", "项目", "建设", "问题", "清单", "销号", "办理", "群众", "诉求", "回头看", "第一", "第二", "阶段", "验收", "结果", "关于", "开展", "做好", "加强", "推进", "规范", "进一步", "全市", "全县", "有关", "责任", "单位", "名单", "公示", "印发", "实施", "细则", "审计", "报告"]  # as above
TITLES = (
    "关于 开展 {o} {p} 专项 整治 工作 情况 的 通报", "关于 进一步 加强 {o} 和 {o} 工作 的 通知", "关于 印发 2026年 {o} 重点 任务 清单 的 通知",
    "关于 {o} 隐患 排查 整改 落实 情况 的 督查 报告", "全市 {o} 、 {o} 项目 建设 进展 情况 的 通报", "关于 做好 第3季度 {o} 验收 工作 有关 问题 的 意见",
    "关于 12家 单位 {o} 问题 整改 销号 结果 的 公示", "关于 对 {o} 检查站 {p} 保证金 使用 情况 开展 审计 的 方案",
    "{o} 战略 实施 细则 （ 2026年 ）", "关于 2026年10月 {o} 办理 群众 诉求 情况 的 通报",
)  # fmt: skip
#: A number with what belongs to it: no line ends within.
WHOLE = re.compile(
    r"[+\-－−＋±￥]\d[\d.]*|\d[\d.]*(?:[％%℃‰]|万元|亿元|公里|小时|工作日|个月|人次|[件次名个项篇期条户场亩])|第\d+期|\d{4}年(?:\d{1,2}月)?|\d{1,2}月|\d{1,2}日"
)
CLAUSES = (
    "截至2026年10月31日", "办结率为96.4％", "新增12件", "较上月－3.5个百分点", "最低气温降到－5℃", "培训干部4,820人次", "完成投资3.5亿元", "涉及814户", "召开第3期调度会",
    "整改到位27个", "在收到通知后5个工作日内报送", "同比＋12.8％", "连续7小时值守", "修复道路36公里", "追回资金128万元", "责任单位没有说明原因", "群众反映的事情有人办", "一件一件销号",
    "（见附件2）", "“四不两直”检查", "分3次", "推进河道清淤", "各县区都要倒排工期", "《办法》第12条", "其中9名", "历时18个月",
)  # fmt: skip


def titles(count: int, seed: int = 7) -> Iterator[tuple[str, set[int]]]:
    """Titles and the places within their words."""
    chance = random.Random(seed)
    vocabulary = sorted({*PARTS}, key=len, reverse=True)
    for number in range(count):
        text, torn = "", set()
        for word in TITLES[number % len(TITLES)].split():
            whole = chance.choice(OBJECTS) if word == "{o}" else chance.choice(PARTS[:40]) if word == "{p}" else word
            for part in _parts(whole, vocabulary) if word == "{o}" else [whole]:
                torn |= {len(text) + k for k in range(1, len(part))}
                text += part
        yield text, torn


def _parts(text: str, vocabulary: list[str]) -> list[str]:
    found, at = [], 0
    while at < len(text):
        word = next((w for w in vocabulary if text.startswith(w, at)), text[at:])
        found.append(word)
        at += len(word)
    return found


def ends(title: str, lines: list[str]) -> list[int]:
    """Where the lines of a title end in it."""
    assert "".join(lines) == title
    found, at = [], 0
    for line in lines[:-1]:
        at += len(line)
        found.append(at)
    return found


def torn_titles(count: int) -> list[str]:
    found = []
    for title, torn in titles(count):
        for longest in range(14, 23):
            lines = break_title(title, longest)
            if any(at in torn for at in ends(title, lines)):
                found.append("／".join(lines))
    return found


def test_no_word_of_a_title_is_torn() -> None:
    assert torn_titles(500) == []


def test_words_are_whole_whoever_knows_them() -> None:
    cut = words._segmenter().cut  # noqa: SLF001
    assert cut("责任单位没有说明原因") == ["责任单位", "没有", "说明", "原因"]
    # a name that no dictionary holds; a term of ours; characters that nobody knows
    assert cut("濮怀瑾到现场督查") == ["濮怀瑾", "到", "现场", "督查"] and cut("先销号后归档") == ["先", "销号", "后", "归档"] and "".join(cut("鿰龘鿰")) == "鿰龘鿰"
    assert cut("") == [] and cut("的") == ["的"]
    assert {1, 3, 6, 7, 8} <= words.inside("责任单位5个工作日内整改，办结率－5.2％")


@pytest.fixture(scope="module")
def face() -> Face:
    return DocumentFonts(bundled_fonts()).face("fang")


def body(length: int, seed: int) -> str:
    chance = random.Random(seed)
    text = ""
    while len(text) < length:
        text += chance.choice(CLAUSES) + chance.choice("，，，；。、")
    return text


def faults(text: str, lines: list[Line]) -> list[str]:
    """Numbers that a line end parts, and lines that begin or end as none may."""
    at = {line.end for line in lines[:-1]}
    found = [text[m.start() - 2 : m.end() + 2] for m in WHOLE.finditer(text) if at & set(range(m.start() + 1, m.end()))]
    found += [text[end - 2 : end + 2] for end in at if text[end] in NO_START or text[end - 1] in NO_END]
    return found


def body_faults(face: Face, texts: int, length: int, first: int = 0) -> list[str]:
    """Each text once for each place at which it can begin on the grid's line."""
    found: list[str] = []
    for seed in range(first, first + texts):
        text = body(length, seed)
        for shift in range(28):
            part = text[shift:]
            lines = compose(part, 28.0, lambda k, t=part: face[t[k]], INDENTED)
            found += faults(part, lines)
            assert all(abs(line.width - 28.0) < 1e-6 for line in lines[:-1])
    return found


def test_no_number_is_parted_from_what_belongs_to_it(face: Face) -> None:
    assert body_faults(face, 4, 400) == []


@pytest.mark.parametrize("width", [4, 5, 6, 8, 11])
def test_a_cell_parts_no_word_that_fits(width: int) -> None:
    setter = Typesetter(DocumentFonts(bundled_fonts()))
    for title, torn in titles(60, seed=3):
        layout = setter.lay_out(title, "fang", 10.0, width * 10.0, Shape(align="left", dates=True, words=True))
        dates = {at for m in re.finditer(r"\d+年\d+月", title) if width < 6 for at in range(*m.span())}  # wider than the cell
        parted = [line.end for line in layout.lines[:-1] if line.end in torn - dates]
        assert not parted, [title[line.start : line.end] for line in layout.lines]


def test_a_name_of_the_office_stays_whole() -> None:
    name = "苇渡镇"
    lines = break_title(f"关于进一步规范沿河步道{name}段照明管护工作的通知", 12, (name,))
    assert any(name in line for line in lines)
    assert words.inside("在苇渡镇段", (name,)) >= {2, 3}


@pytest.mark.parametrize(("text", "room", "parted"), [
    ("跟进不及时", 4, "跟进｜不及时"), ("县交通运输局牵头", 4, "县交通｜运输局｜牵头"), ("县交通运输局牵头", 8, "县交通运输局｜牵头"), ("渣圪车超载", 4, "渣圪车｜超载"),
    ("2025年度窨井盖安全", 5, "2025年度｜窨井盖｜安全"), ("各县区所需经费", 4, "各县区｜所需｜经费"), ("未办结的催办单", 4, "未办结的｜催办单"), ("没有落到人", 4, "没有｜落到｜人"),
    ("不作为慢作为问题", 5, "不作为｜慢作为｜问题"), ("市大数据中心", 4, "市大数据｜中心"),
])  # fmt: skip
def test_a_part_of_a_word_stays_with_its_neighbours(text: str, room: int, parted: str) -> None:
    within = words.inside(text, (), room)
    assert "".join(("｜" if at and at not in within else "") + sign for at, sign in enumerate(text)) == parted


def test_a_title_takes_a_line_more_rather_than_part_a_number() -> None:
    assert "2026年10月" in "".join(line for line in break_title("关于将惠企政策兑现纳入2026年10月重点督查事项的通知", 14) if "2026" in line)
