"""`python -m tests.bench words [--runs N]`: N titles whose words are known, at every width of a red head and of cells of 4 to 11
characters: no word torn. Then 300,000 characters of body text, each text begun anew one character later: no number parted from its
sign, unit or counter, no date within its year and month, no line that begins or ends as none may, none ragged.

The titles are parted by hand, by another hand's words than `tests/property/test_words_whole.py`; one that turns out to be torn is
mended in `desktop/bulletin/typeset/`, never here.
"""

from __future__ import annotations

import itertools
import random

from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts
from desktop.bulletin.typeset.titles import break_title
from tests.property import test_words_whole as whole

RUNS = 500
BODY = 300_000
#: Parted by hand; {m} is a matter, {u} a unit, {d} a time.
TITLES = """
关于 {d} {m} 办理 情况 的 通报
关于 {m} 整改 进展 缓慢 问题 的 督办 通知
关于 转发 《 {m} 管理 暂行 办法 》 的 通知
{u} 关于 {m} 有关 情况 的 报告
关于 成立 {m} 工作 领导 小组 的 通知
关于 对 {u} {m} 情况 开展 专项 督查 的 函
关于 表彰 {d} {m} 先进 集体 和 先进 个人 的 决定
关于 {m} 隐患 排查 不彻底 问题 的 警示函
关于 请求 解决 {m} 专项 资金 的 请示
关于 {u} 请求 调整 {m} 完成 时限 的 批复
关于 印发 {u} 主要 负责人 包联 {m} 名单 的 通知
关于 做好 {d} {m} 迎检 准备 工作 的 紧急 通知
{m} 和 {m} 联合 执法 工作 方案
关于 {m} 信访 积案 化解 销号 情况 的 公示
关于 群众 反映 {m} 不到位 问题 核查 结果 的 复函
关于 召开 {m} 现场 推进 会 的 预备 通知
关于 {d} 各县区 {m} 考核 排名 的 通报
关于 进一步 压实 {m} 属地 管理 责任 的 意见
{u} {d} {m} 工作 总结 和 下步 打算
关于 {m} 由 {u} 牵头 办理 的 交办单
关于 {m} 逾期 未办结 的 催办单
关于 增补 {m} 首席 服务官 的 通知
关于 推广 {u} {m} 典型 经验 的 通报
关于 严禁 在 {m} 中 搞 形式 主义 的 通知
关于 {m} 所需 经费 列入 财政 预算 的 请示
""".strip().splitlines()
MATTERS = """
退役 军人 安置|农民工 工资 支付|城镇 燃气 经营|粮食 收购 资金|道路 塌陷 修复|既有 住宅 加装 电梯|校车 运营|集体 土地 征收|残疾人 就业 保障金 征缴|乡镇 卫生院 值班
渣土车 超载|自建房 结构 安全|居家 养老 服务站|水源地 保护|畜禽 粪污 利用|光伏 扶贫 电站|电动 自行车 充电|冬季 清洁 取暖|棚户区 改造 安置房|断头路 打通
行政 复议 应诉|营业 执照 办理|医保 基金 使用|学位 供给|公交 线路 优化|共享 单车 停放|噪声 扰民|外卖 骑手 权益|婚丧 礼俗 整治|村级 集体 经济
防溺水 巡查|烟花 爆竹 禁放|食用 农产品 抽检|危化品 运输|尾矿库 除险|河湖长 履职|林长制 落实|撂荒地 复耕|种业 振兴|预制菜 产业园
工业 用地 出让|规上 企业 培育|专精特新 申报|人才 公寓 分配|招商 项目 落地|标准 厂房 建设|物流 园区 招租|跨境 结算 便利化|政府 采购 投诉|招投标 监督
机关 食堂 反浪费|公务 用车 封存|涉密 文件 清退|干部 档案 审核|年轻 干部 挂职 锻炼|村干部 坐班|驻村 第一 书记 轮换|主题 党日 开展|党费 收缴|离退休 干部 慰问
""".replace("\n", "|").strip("|").split("|")  # fmt: skip
UNITS = ["市 住房 和 城乡 建设局", "县 退役 军人 事务局", "市 市场 监管局", "县 司法局", "市 园林 绿化 中心", "县 人力 资源 和 社会 保障局", "市 城管局", "交警 支队", "县 供销社", "市 机关 事务 管理局"]
DAYS = ["2026年 上半年", "2026年10月", "第三 季度", "国庆 期间", "年底 前", "2025年度", "11月 下旬", "汛期", "两会 期间", "本 季度"]


def titles(count: int) -> list[tuple[str, set[int]]]:
    """Titles, and the places within their words."""
    chance = random.Random(9704)
    made = []
    for frame in itertools.islice(itertools.cycle(TITLES), count):
        filled = frame
        for name, choices in (("{m}", MATTERS), ("{u}", UNITS), ("{d}", DAYS)):
            while name in filled:
                filled = filled.replace(name, chance.choice(choices), 1)
        at, torn = 0, set()
        for word in filled.split():
            torn |= set(range(at + 1, at + len(word)))
            at += len(word)
        made.append(("".join(filled.split()), torn))
    return made


def torn(count: int) -> list[str]:
    """What was torn, as it was broken: titles, then cells."""
    setter = Typesetter(DocumentFonts(bundled_fonts()))
    found = []
    for title, within in titles(count):
        for longest in range(14, 23):
            lines = break_title(title, longest)
            if within.intersection(whole.ends(title, lines)):
                found.append("title " + "／".join(lines))
        for width in range(4, 12):
            layout = setter.lay_out(title, "fang", 10.0, width * 10.0, Shape(align="left", dates=True, words=True))
            wide = {at for at in within if _size(title, within, at) > width}
            if {line.end for line in layout.lines[:-1]} & (within - wide):
                found.append(f"cell {width} " + "／".join(title[line.start : line.end] for line in layout.lines))
    return found


def _size(title: str, within: set[int], at: int) -> float:
    """How long the word around a place is, in characters of a cell."""
    start = max(k for k in range(at) if k not in within)
    end = min(k for k in range(at, len(title) + 1) if k not in within)
    return sum(0.55 if each.isascii() else 1.0 for each in title[start:end])


def run(runs: int, first: int) -> int:
    """How many titles and body texts have a fault; `first` is the first seed of the body."""
    found = torn(runs)
    shifts, length = 28, 400
    face = DocumentFonts(bundled_fonts()).face("fang")
    texts = -(-BODY // (shifts * length))
    for seed in range(first, first + texts):
        found += [f"body {each}" for each in whole.body_faults(face, 1, length, seed)]
    print(f"{runs} titles at 9 widths and in cells of 8; {texts * shifts * length} characters of body text")
    print("\n".join(found[:60]))
    return len(found)
