"""Breaks titles by sense: centred lines of like length, no word torn apart (GB/T 9704-2012, 7.3.1:
回行时词意完整，排列对称， 长短适宜，间距恰当).

There is no dictionary of Chinese here; what an office's titles are made of is a short list of
words, and a break inside one of them, before 的 or after 关于, costs more than lines of unlike
length.
"""

from __future__ import annotations

import re
from functools import lru_cache

from desktop.bulletin.typeset.characters import NO_END, NO_START

#: Words of office titles that a line must not part.
WORDS = frozenset("""
    关于 开展 工作 建设 情况 通报 通知 通告 报告 请示 批复 意见 办法 方案 规定 细则 决定 决议 公告
    纪要 汇报 总结 计划 要点 能力 作风 重点 项目 督办 督查 督导 检查 整改 落实 推进 专项 行动 实施
    领导 小组 办公室 全市 全县 全区 年度 季度 活动 进展 问题 清单 台账 销号 交办 讲评 例会 会议
    培训 干部 企业 服务 经济 社会 发展 高质量 营商 环境 安全 生产 稳定 信访 积案 化解 楼盘 群众
    基层 党建 支部 乡村 振兴 城市 交通 招商 引资 目标 考核 评价 排名 第一 第二 第三 第四 上半年
    下半年 一季度 二季度 三季度 四季度 完成 加强 进一步 做好 切实 深入 全面 印发 转发 调整 成立
    召开 举办 典型 案例 经验 交流 先进 表扬 表彰 优秀 事项 任务 责任 机制 制度 管理 监督 保障 提升
    优化 改革 创新 攻坚 克难 市委 市政府 县委 县政府 人民 政府 委员会 争先 出彩 实绩 指标 数据 简报
    编制 规划 月份 周报 月报 重点项目 交办事项 重点事项 重点任务 营商环境 乡村振兴 高质量发展
    建设年活动 督查通报 督办通报 问题整改 人民政府 能力作风 建设年 实施方案 任务清单 工作任务 议定
    报送 限期 督促 充实 成员 组成人员 意见书 责任书 方面 相关 有关 实体清单 问题清单 整改清单
    周交办 月讲评 周例会 挂图作战 典型案例 能力作风建设年 能力作风建设年活动 督促检查 贯彻 落实情况
    联合 联席 统计 分析 审计 财政 税务 金融 农业 农村 水利 林业 教育 科技 文化 旅游 卫生 健康 医疗
    保险 就业 社保 民政 司法 公安 应急 消防 防汛 抗旱 气象 市场 监管 市场监管 质量 食品 药品 工业
    信息 信息化 数字 智慧 产业 园区 开发区 能源 电力 电子 物流 商务 外资 外贸 国民 国有 资产 资金
    预算 决算 土地 规划局 自然 资源 自然资源 住房 城乡 城市管理 生态 生态环境 污染 防治 垃圾 污水
    处理 道路 公路 铁路 桥梁 管网 改造 老旧小区 公园 绿化 物业 房地产 突出 排查 整治 治理 综合
    综合治理 平安 法治 依法 行政 执法 审批 政务 公开 人大 政协 政法 纪委 监委 组织 宣传 统战 机构
    编制委员会 人事 人才 队伍 任免 任职 免职 职务 职级 同志 党员 党委 党组 书记 主任 局长 学习
    主题教育 调研 座谈 座谈会 讲话 报道 宣传部 组织部 办公厅 指挥部 工作组 专班 领导小组 成员单位
    部门 单位 有关部门 年度工作 重要 重大 关键 核心 基础 基本 进度 快报 专报 专题 反馈 回复 答复
    申请 批准 同意 修改 修订 废止 突出问题 领域 公布 发布 执行 遵守 规范 标准 流程 服务官
    首席服务官 干部实绩 档案 保密 信访积案 积案化解 群众身边 腐败 不正之风 经济社会发展 国民经济
    社会发展 固定资产 投资 增速 指标完成 目标任务 责任分工 工作方案 工作要点 工作总结 工作报告
    情况报告
    """.split())  # noqa: SIM905  # a list of so many quoted words reads worse
LONGEST = max(map(len, WORDS))
UNIT = re.compile(
    r"[A-Za-z0-9.%〔〕]+(?:年|月|日|号|期|季度)?|《[^》]{1,12}》|“[^”]{1,10}”|.", re.DOTALL
)
#: Words that belong to the noun after them, and characters that belong to what stands before them.
LEADING, TRAILING = (
    "重点", "全市", "全县", "全区", "有关", "相关", "主要", "专项", "中心", "进一步",
), "年后前中上下内外时间等者性化级类"
GOOD_AFTER = frozenset("的和与及暨、，：；》”）并")


@lru_cache(maxsize=512)
def _break_cost(title: str, at: int) -> float:
    """What a break before character ``at`` costs: 0 is a good place."""
    before, after = title[at - 1], title[at]
    if after in NO_START or before in NO_END:
        return 1000.0
    starts = {match.start() for match in UNIT.finditer(title)}
    if at not in starts:
        return 200.0
    cost = 6.0
    for size in range(2, LONGEST + 1):
        for start in range(max(0, at - size + 1), at):
            if start + size > at and title[start : start + size] in WORDS:
                cost += 40.0
    if " " in (before, after):
        return -20.0  # between two organs
    if after in "的和与及":
        cost += 60.0
    if after in TRAILING:
        cost += 20.0
    if title.endswith(LEADING, 0, at):
        cost += 8.0
    if title[max(0, at - 2) : at] in ("关于", "对于"):
        cost += 30.0
    if before in GOOD_AFTER:
        cost -= 6.0
    elif before in "年月日号期" and title[max(0, at - 2)].isdigit():
        cost -= 6.0  # after a whole date or number, not between the words of what it is about
    elif any(title[at - size : at] in WORDS for size in range(2, LONGEST + 1) if at >= size) or any(
        title.startswith(word, at) for word in ("的", "关于")
    ):
        cost -= 3.0
    if title.startswith("关于", at):
        cost -= 3.0
    return cost


def _widths(title: str) -> list[float]:
    """Where each character begins, in characters: letters and digits are about half as wide as
    ideographs."""
    at = [0.0]
    for character in title:
        at.append(at[-1] + (0.55 if character.isascii() else 1.0))
    return at


def break_title(title: str, longest: int) -> list[str]:
    """Lines of at most ``longest`` characters; line ends typed by hand are kept. No line is crammed
    to both edges."""
    if "\n" in title:
        return [line for part in title.split("\n") for line in break_title(part.strip(), longest)]
    length, at = len(title), _widths(title)
    if at[-1] <= longest - 1:
        return [title]
    count = int(-(-at[-1] // longest))
    if at[-1] > count * (longest - 1):
        count += 1
    ideal = at[-1] / count
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for line in range(1, count + 1):
        for end in range(1, length + 1):
            if (line == count) != (end == length):
                continue
            choices = []
            for start in range(end - 1, -1, -1):
                if at[end] - at[start] > longest:
                    break
                if (line - 1, start) not in best:
                    continue
                shape = (at[end] - at[start] - ideal) ** 2 / 2
                cost = (
                    best[line - 1, start][0]
                    + shape
                    + (_break_cost(title, end) if end < length else 0.0)
                )
                choices.append((cost, start))
            if choices:
                best[line, end] = min(choices)
    if (count, length) not in best:
        return [title[start : start + longest] for start in range(0, length, longest)]
    ends = [length]
    for line in range(count, 1, -1):
        ends.append(best[line, ends[-1]][1])
    starts = [0, *reversed(ends[1:])]
    return [title[start:end].strip() for start, end in zip(starts, reversed(ends), strict=True)]
