"""The ledgers of `tests/ledgers`, as offices make them: what the program takes each column and row for."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.apply import accept
from desktop.exchange.foreign import foreign_rows
from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.ledger_detection import likely_ledger
from desktop.exchange.foreign.optimal_matching import assign
from desktop.exchange.foreign.unit_roles import roles_in
from desktop.exchange.format.measures import measure_in, measure_stated
from tests.ledgers import measure, shapes
from tests.unit.exchange.uncounted import uncounted


@pytest.fixture
def office(new_office: Callable[..., Any]) -> Any:
    made = new_office(units=False)
    measure.furnish(made.session)
    return made


def test_columns_rows_and_values_of_ledgers_as_offices_make_them(office: Any, tmp_path: Path) -> None:
    for path in (shapes.TUNED, shapes.HELD_BACK):
        counts = measure.measure(office.session, shapes.read(path), tmp_path)
        assert counts.recall >= 0.95 and counts.precision >= 0.98, counts.faults
        assert (counts.found, counts.junk, counts.wrong, counts.untold) == (counts.items, 0, 0, 0), counts.faults


SHAPES = """
=== 分组小计、日期作表头、单位另起一行 | assigned_item
S 调度
. 重点工作调度表（2022年） | < | < | < | <
. 序号 | 工作任务 | 责任单位 | 调度情况 | <
. ^ | ^ | ^ | 9月5日 | 9月12日
@ - | title | lead_unit | progress/progress | progress/progress
* 1 | 清理河道 | 市水利局 | 开工 | 完工
* 2 | 修缮校舍 | 市教育局 | 招标 | 进场

=== 日期独占一行表头 | risk
S 隐患
. 隐患内容 | 监管单位 | 2022年9月5日 | 2022年9月12日
@ title | lead_unit | progress/progress | progress/progress
* 立管锈蚀 | 市住建局 | 已测绘 | 已更换
* 报警器失灵 | 市教育局 | 已采购 | 已安装

=== 分组合计行、单位一行 | livelihood
S 实事
. 序号 | 实事名称 | 投资 | 责任单位
. ^ | ^ | （亿元） | ^
@ - | title | investment | lead_unit
. 一 | 教育类（2项） | 0.3 |
* 1 | 新建幼儿园 | 0.1=>1000 | 市教育局
* 2 | 改造操场 | 0.2=>2000 | 市教育局
. 教育小计 | | 0.3 |

=== 目标列里的年份、短的名称、达标与否 | three_zero
S 创建
. 村（社区） | 县区 | 零上访 | 零事故 | 零案件 | 2022年是否达标
@ place | unit | zero_petition | zero_accident | zero_case | achieved
* 白杨村 | 安坪县=>安坪县&year:2022 | √=>是 | √=>是 | | 未达标=>否
* 云锦社区 | 临湖区=>临湖区&year:2022 | √=>是 | √=>是 | √=>是 | 达标=>是

=== 相关单位就是责任单位，进度一栏写状态 | rectification
S 一
. 问题方面 | 具体问题表述 | 整改举措 | 相关单位 | 整改时限 | 整改成效 | 整改进度
@ - | title | measures | lead_unit | deadline | progress | state
* 机制方面 | 会议以传阅代替 | 修订规则 | 市住建局 | 2022年9月30日=>2022-09-30 | 已印发 | 持续推进=>拟办/办理中/已交办
* 机制方面 | 直属单位缺少监管 | 开展审计 | 市教育局 | 2022年10月15日=>2022-10-15 | 已进驻 | 持续推进=>拟办/办理中/已交办
* 用人方面 | 借调人员长期不归 | 清退人员 | 市水利局 | 2022年11月30日=>2022-11-30 | 已清退 | 正在推进=>拟办/办理中/已交办

=== 包联企业不是问题表现 | rectification
S 二
. 包联企业 | 存在困难问题 | 帮扶措施 | 责任部门 | 解决时限
@ - | title | measures | lead_unit | deadline
* 云川纺织集团 | 流动资金紧张续贷难 | 银企对接 | 市工信局 | 2022-09-30
* 云川化工公司 | 停车场建设滞后 | 并联审批 | 市应急局 | 2022-10-31

=== 一级二级指标，完成率是完成目标的百分比 | yearly_goal
S 三
. 2022年考核指标完成情况 | < | < | < | < | < | <
. 一级指标 | 二级指标 | 计量单位 | 全年任务数 | 累计完成数 | 完成率（%） | 责任单位
@ - | title | measure | target | actual | target_share | lead_unit
* 经济发展 | 工业技改投资 | 亿元 | 72 | 58.1 | 80.7 | 市工信局
* 民生福祉 | 城镇新增就业 | 万人 | 1.5 | 1.31 | 87.3 | 市人社局

=== 实绩只记到月 | achievement
S 四
. 姓名 | 所在单位 | 主要业绩 | 典型事例 | 完成时间 | 评定等次
@ cadre | unit | title | detail | achieved_on | grade
* 薛原山 | 市住建局 | 完成老旧小区改造 | 协调管线迁改17处 | 2022年6月=>2022-06-01 | 突出
* 陶然之 | 市信访局 | 推动重复信访治理 | 包案化解积案9件 | 2022年8月=>2022-08-01 | 良好

=== 附在后面的一张小表不是台账 | project
S 项目
. 项目名称 | 建设单位 | 总投资（万元） | 计划竣工时间 | 牵头领导 | 牵头单位
@ name | owner_name | investment | deadline | lead_leader | lead_unit
* 一号小区改造 | 临湖区城投公司 | 2350=>0.235 | 2022-10-31 | 陈立 | 临湖区
* 二号小区改造 | 安坪县城投公司 | 1680=>0.168 | 2022-12-31 | 王敏 | 安坪县
S 拨付
. 补助资金拨付情况 | < | <
. 批次 | 文号 | 金额（万元）
. 第一批 | 云财建〔2022〕9号 | 1900
. 第二批 | 云财建〔2022〕37号 | 1260

=== 横着放的一张表，表名不是事项 | meeting_problem
S 例会问题
. 安全稳定周例会问题交办清单 | < | <
. 问题编号 | WT-1 | WT-2
. 例会名称 | 安全稳定 | 安全稳定
. 提出单位 | 市应急局 | 市信访局
. 提出时间 | 2022年9月7日 | 2022年9月7日
. 存在问题 | 入户安检率偏低 | 欠薪苗头增多
. 问题详情 | 三家企业入户安检率不足六成 | 受理欠薪投诉64件
. 牵头部门 | 市住建局 | 市人社局
. 解决时限 | 2022年10月31日 | 2022年9月30日
K item_no:WT-1 | meeting_type:安全稳定 | raised_by:市应急局 | raised_on:2022-09-07 | title:入户安检率偏低 | detail:三家企业入户安检率不足六成 | lead_unit:市住建局 | deadline:2022-10-31
K item_no:WT-2 | meeting_type:安全稳定 | raised_by:市信访局 | raised_on:2022-09-07 | title:欠薪苗头增多 | detail:受理欠薪投诉64件 | lead_unit:市人社局 | deadline:2022-09-30

=== 小标题行带合计，投资的完成率不是形象进度 | project
S 月调度
. 序号 | 项目名称 | 总投资（亿元） | 2022年投资 | < | < | 牵头单位 | 计划竣工时间
. ^ | ^ | ^ | 计划投资 | 完成投资 | 完成率 | ^ | ^
@ - | name | investment | year_plan | year_done | - | lead_unit | deadline
. 一、续建项目（2个） | | 11.8 | 4.2 | 3.3 | 79% | |
* 1 | 货运枢纽 | 6.8 | 2.4 | 1.7 | 71% | 市交通局 | 2022-12-31
* 2 | 医疗产业园 | 5 | 1.8 | 1.6 | 89% | 安坪县 | 2022-12-31

=== 本月完成不是今年完成，单位后面括号里是责任人 | project
S 月报
. 序号 | 项目名称 | 投资情况（万元） | < | < | < | 牵头单位 | 预计建成
. ^ | ^ | 总投资 | 今年计划 | 本月完成 | 今年累计完成 | ^ | ^
@ - | name | investment | year_plan | - | year_done | lead_unit | deadline
* 1 | 大道改建 | #26800=>2.68 | #9000=>0.9 | #850 | #6300=>0.63 | 市交通局 | 2027年5月底=>2027-05-31
* 2 | 枢纽站房 | #12600=>1.26 | #3500=>0.35 | #0 | #0=>0 | 临湖区 | 2028年6月=>2028-06-30

=== 单位后面括号里是责任人，没有别的责任人 | livelihood
S 实事
. 序号 | 实事名称 | 牵头单位（责任人） | 完成时限
@ - | title | lead_unit | deadline
* 1 | 改造管网 | 市水利局（贺青）=>市水利局&responsible_person:贺青 | 2026-10-31
* 2 | 重建食堂 | 市教育局（尹江）=>市教育局&responsible_person:尹江 | 2026-08-31

=== 要协调的问题就是这份台账的问题，所在会议没有登记 | meeting_problem
S 清单
. 例会类别 | 会议期次 | 提报日期 | 提报单位 | 需协调问题 | 问题说明 | 牵头解决单位 | 拟解决时间
@ meeting_type | meeting | raised_on | raised_by | title | detail | lead_unit | deadline
* 服务企业 | 第9期=>! | 2026-07-06 | 安坪县 | 线路迁改 | 线路横穿二号厂房地块 | 市发改委 | 2026-08-15
* 服务企业 | 第10期=>! | 2026-07-20 | 青石县 | 用地指标缺口 | 尚缺工业用地指标62亩 | 市发改委 | 2026-09-30

=== 名称里没有说的方式，多半写的是可选的 | petition
S 积案
. 案号 | 简短标题 | 交办渠道 | 化解类型 | 上级交办时间 | 转责任单位时间 | 责任单位 | 案件状态 | 化解时限
@ case_no | title | route | way | received_on | assigned_on | lead_unit | state | deadline
* A-1 | 征地补偿款案 | 上级交办重复信访 | 专班推进 | 2026-05-11 | 2026-05-13 | 安坪县 | 申请销号=>! | 2026-09-30
* A-2 | 职工社保案 | 本级排查 | 高位推动 | 2026-05-20 | 2026-05-21 | 市人社局 | 办理中=>! | 2026-09-30
* A-3 | 班线停运案 | 本级排查 | 司法途径=>! | 2026-06-02 | 2026-06-18 | 市交通局 | 推进中=>拟办/办理中/已交办 | 2026-09-30

=== 责任人带职务，登记人和联络员不是责任人 | rectification
S 三
. 存在问题 | 具体情形 | 责任单位 | 责任人及职务 | 整改期限 | 登记人
@ title | problem | lead_unit | responsible_person | deadline | -
* 窗口群众反复跑 | 材料清单未一次性告知 | 市政务服务局 | 赵栋 副局长 | 2026-07-31 | 梁秋
* 检查缺乏统筹 | 一个月内被检查4次 | 市应急局 | 孙新 科长 | 2026-09-30 | 梁秋
S 四
. 整改事项 | 责任单位 | 整改期限 | 联络员
@ title | lead_unit | deadline | -
* 走访走过场 | 市商务局 | 2026-10-31 | 冯海

=== 两字表头，结果是状态，销号是日期，指出的问题是表现 | rectification
S 清单
. 序 | 巡察指出的问题 | 整改任务 | 责任部室 | 时限 | 结果 | 困难
@ - | problem | title | lead_unit | deadline | state | difficulty
* 1 | 先施工后审批6起 | 完善审批制度 | 市住建局 | 2026-08-31 | 推进中=>拟办/办理中/已交办 | 夜间人手紧
* 2 | 巡检走过场 | 整治代签问题 | 市水利局 | 2026-09-20 | 未完成=>拟办/办理中/已交办 | 暂无=>
S 销号
. 整改事项 | 责任单位 | 整改时限 | 销号 | 近况
@ title | lead_unit | deadline | closed_out_on | progress
* 修订办法 | 市住建局 | 2022-08-31 | 2022-09-02 | 已经印发
* 更换管网 | 市水利局 | 2022-09-20 | | -=>

=== 在什么场合看的 | front_line_assessment
S 考察
. 考察对象 | 所在部门 | 哪天去看的 | 在什么场合 | 现场表现
@ cadre | unit | assessed_on | scene | performance
* 薛原山 | 市住建局 | 2022-03-18 | 春季森林防火演练 | 指挥果断，能到火线
* 陶然之 | 市信访局 | 2022-04-09 | 水库防汛现场会 | 底数清、情况熟

=== 处室都没有登记，领域就是类别，投资情况下面的完成 | livelihood
S 实事
. 序号 | 实事项目 | 所属领域 | 责任科室 | 配合处室 | 完成时限 | 责任人
@ - | title | category | lead_unit | cooperating_units | deadline | responsible_person
* 1 | 新建幼儿园 | 学前教育 | 总务处=>! | 教务处=>! | 2026-08-31 | 待定=>
* 2 | 改造管网 | 供水=>供水供暖 | 膳食科=>! | 校医室=>! | 2026-11-30 | 罗青
* 3 | 日间照料中心 | 养老服务 | 设备科=>! | | 2026-11-30 | 何田
S 投资
. 实事名称 | 牵头部门 | 投资情况（万元） | < | 完成时限
. ^ | ^ | 概算总投资 | 1—6月完成 | ^
@ title | lead_unit | investment | - | deadline
* 修路 | 市交通局 | #800 | #410 | 2026-12-31

=== 谁主责都没有登记，协同的登记了 | petition
S 积案
. 案号 | 简短标题 | 交办渠道 | 责任地方（单位） | 协同单位 | 化解期限
@ case_no | title | route | lead_unit | cooperating_units | deadline
* A-1 | 征地补偿款案 | 上级交办重复信访 | 白塔镇人民政府=>! | 市住建局 | 2026-05-11
* A-2 | 职工社保案 | 本级排查 | 兴隆木器厂=>! | 市人社局 | 2026-05-20

=== 责任部门都没有登记，对口的登记了 | livelihood
S 实事
. 实事项目 | 责任部门 | 市级对口部门 | 完成时限
@ title | lead_unit | - | deadline
* 集中供热扩面 | 县住建局=>! | 市住建局 | 2026-11-15
* 敬老院改造 | 县民政局=>! | 市民政局 | 2026-10-31

=== 几样问题在一格里 | estate
S 楼盘
. 楼盘（小区） | 坐落 | 问题情形 | 责任单位 | 完成时限
@ title | location | problem_type | lead_unit | deadline
* 锦澜湾 | 环湖路北侧 | 逾期未交房、资金缺口 | 临湖区 | 2026-12-31
* 悦水名邸 | 湖滨大道 | 停工烂尾 | 临湖区 | 2027-06-30
* 和风里 | 东关街 | 办证难=>! | 安坪县 | 2026-09-30

=== 是否转交办，会上怎么答的都算 | decision
S 决策
. 议题 | 上会日期 | 执行部门 | 是否转交办
@ title | decided_on | lead_unit | made_item
* 立项 | 2026-01-16 | 市发改委 | 是
* 融资计划 | 2026-02-27 | 市商务局 | 否
* 竞聘方案 | 2026-03-20 | 市水利局 | 已转=>是

=== 多半写的是可选的 | case_study
S 案例
. 案例名称 | 申报单位 | 案例类别 | 评审得分
@ title | unit | series | -
* 一张图谱引来产业链 | 市商务局 | 图谱招商 | 91
* 从多头跑到一窗办 | 市政务服务局 | 为民服务 | 88
* 闲置厂房的改造 | 临湖区 | 盘活资产=>! | 76

=== 级别是层级 | press
S 用稿
. 刊发日期 | 稿件标题 | 刊发媒体 | 媒体级别 | 供稿单位
@ published_on | title | outlet | level | unit
* 2022-04-09 | 作风建设出新气象 | 东原日报 | 省级 | 市作风办
* 2022-05-07 | 窗口前移半步 | 云川日报 | 市级 | 市政务服务局

=== 对口部门不是牵头 | assigned_item
S 街道
. 工作任务 | 牵头科室 | 经办人 | 完成期限 | 对口市直部门
@ title | lead_unit | responsible_person | deadline | -
* 征兵宣传 | 武装部=>! | 郝强 | 2022-08-15 | 市教育局
* 燃气安全排查 | 应急管理办=>! | 倪少川 | 2022-08-31 | 市应急局

=== 往年的数是比较用的，表头没有在第一行完 | yearly_goal
S 指标
. 序号 | 指标名称 | 计量单位 | 2021年完成数 | 2022年目标值 | 1-9月完成情况 | < | 牵头单位
. ^ | ^ | ^ | ^ | ^ | 累计完成 | 较上月±% | ^
@ - | title | measure | - | target | actual | - | lead_unit
* 1 | 社会消费品零售总额 | 亿元 | 564.2 | 600 | 450 | 0.2 | 市商务局
* 2 | 城镇新增就业 | 人 | 21480 | 22000 | 17000 | 1.1 | 市人社局

=== 问题是题目，表现不是；描述不是百分数 | rectification
S 整治
. 问题类型 | 存在问题 | 具体表现 | 责任站所 | 整改时限 | 整改进度描述
@ category | title | problem | lead_unit | deadline | progress
* 作风不实 | 津贴管理不到位 | 抽查3个乡镇，发现11人去世后没有及时停发 | 市民政局 | 2022-10-31 | 追回资金1.32万元
* 执行不力 | 管护流于形式 | 村道坑槽长期没有修补，巡查记录补填 | 市交通局 | 2022-09-30 | 正在修补4处

=== 隐患级别按风险等级 | risk
S 隐患
. 隐患内容 | 隐患级别 | 监管部门 | 整改期限 | 移送处理情况
@ title | severity | lead_unit | deadline | -
* 附着式脚手架失效 | 重大隐患=>重大风险 | 市住建局 | 2022-10-31 |
* 动态监控终端离线 | 一般隐患=>一般风险 | 市交通局 | 2022-09-30 | 已立案
"""


def test_shapes_that_fell_short_once(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "shapes.txt"
    file.write_text(SHAPES, encoding="utf-8")
    counts = measure.measure(office.session, shapes.read(file), tmp_path)
    assert (counts.recall, counts.precision) == (1, 1), counts.faults
    assert (counts.found, counts.junk, counts.wrong, counts.told) == (counts.items, 0, 0, SHAPES.count("=>!")), counts.faults


def test_columns_are_given_to_fields_so_that_the_whole_fits_best() -> None:
    choose = random.Random(7)
    for _ in range(300):
        rows, columns = choose.randint(1, 4), choose.randint(1, 4)
        gains = [[choose.choice([0, -1, 1, 2, 3, 0.5]) for _ in range(columns)] for _ in range(rows)]
        found = sum(gains[row][at] for row, at in assign(gains).items())
        ways = permutations(range(rows + columns), rows)
        assert found == max(sum(max(0, gains[r][c]) for r, c in enumerate(way) if c < columns) for way in ways)


@pytest.mark.parametrize(("heading", "meaning"), [
    ("时间节点", "limit"), ("目前进展", "progress"), ("批示内容", "opinion"), ("协办单位", "with"), ("主抓单位", "lead"),
    ("办结时间", "closed"), ("要求办结时间", "limit"), ("实际开工时间", "start"), ("计划开工时间", "start plan"), ("是否办结", "state"),
    ("下一步打算", "-next"), ("计划整改到位时间", "limit"), ("投产时间", "limit"), ("行业主管部门", "overseer"), ("配合落实部门", "with"), ("被审计单位", "about"), ("计划动工时间", "start plan"), ("相关责任单位", "with"),
    ("督导单位", "-watch"), ("批示市领导", "signer"), ("分管副市长", "leader"), ("需市领导协调事项", "difficulty"), ("遇到的问题", "difficulty"), ("制约因素", "difficulty"),
    ("已开展工作", "progress"), ("工作动态", "progress"), ("推进程度", "share"), ("完成率", "ratio"), ("占全年目标比例", "ratio"), ("工作思路", "measures"),
    ("年度投资", "invested plan"), ("1-9月累计完成投资", "invested"), ("累计完成投资", "invested ever"), ("所需资金", "investment"), ("资金来源", "-funds"),
    ("会议时间", "met"), ("签批日期", "happened"), ("文号", "document"), ("收文号", "code"), ("评定等次", "grade"), ("有关说明", "note"), ("对接人员", "person"),
    ("问题方面", "category"), ("监测指标", "title"), ("用地指标", ""), ("全年任务数", "goal"), ("完成值", "done"), ("开竣工年月", ""), ("处理意见", "measures"),
    ("包保人员（电话）", "person"), ("调度情况", "progress"), ("概算总投资/万元", "investment"), ("年度投资（万元）完成", "invested"), ("一般说来谁都说不清楚的一个很长的标题", ""),
])  # fmt: skip
def test_headings_mean_something(heading: str, meaning: str) -> None:
    assert (meanings(heading) or ("",))[0] == meaning


@pytest.mark.parametrize(("text", "leads", "helps", "unknown"), [
    ("甲局", ["甲局"], [], []), ("甲局、乙局", ["甲局"], ["乙局"], []), ("甲局（牵头）、乙局（配合）", ["甲局"], ["乙局"], []),
    ("配合：乙局；牵头：甲局", ["甲局"], ["乙局"], []), ("牵头单位:甲局", ["甲局"], [], []), ("甲局 丙局", ["甲局"], [], ["丙局"]),
    ("甲局等单位", ["甲局"], [], []), ("主办：甲局 会办：乙局", ["甲局"], ["乙局"], []),
])  # fmt: skip
def test_units_and_their_parts_in_one_cell(text: str, leads: list[str], helps: list[str], unknown: list[str]) -> None:
    roles = roles_in(text, lambda name: name if name in ("甲局", "乙局") else None)
    assert (roles.leads, roles.helps, roles.unknown) == (leads, helps, unknown)


def test_units_of_measure_in_headings_and_around_a_table() -> None:
    assert [measure_in(text) for text in ("投资（万元）", "概算/亿元", "完成情况（%）", "问题（简述）", "户数(户)")] == ["万元", "亿元", "%", "", "户"]
    assert measure_stated([["重点项目", ""], ["", "金额单位：人民币万元"]]) == measure_stated([["本表以万元为单位"]]) == "万元"
    assert measure_stated([["责任单位：甲局"]]) == ""


def test_what_was_read_is_told_as_people_write_numbers(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "shape.txt"
    file.write_text("""
=== 约数 | livelihood
S 实事
. 实事名称 | 责任单位 | 受益人口（人） | 完成时限
@ title | lead_unit | beneficiaries | deadline
* 修路 | 市交通局 | 约1.2万=>12000 | 2026-10-31
* 供水 | 市水利局 | 3120 | 2026-10-31
""", encoding="utf-8")  # fmt: skip
    plan = accept.plan(office.session, shapes.read(file)[0].write(tmp_path / "台账.xlsx"), as_kind="livelihood")
    assert any("“约1.2万”→12000，" in remark for remark in plan.remarks)


def test_a_step_that_may_not_be_taken_is_told_of_no_blank_cell(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "shape.txt"
    file.write_text("""
=== 交办了，责任单位没有登记，办结与否没有写 | rectification
S 清单
. 整改事项 | 责任单位 | 交办时间 | 整改时限 | 销号时间
@ title | lead_unit | assigned_on | deadline | closed_out_on
* 更换管网 | 县住建局=>! | 2022-05-10 | 2022-10-31 |
* 修订办法 | 市水利局 | 2022-05-10 | 2022-10-31 | 2022-09-01
""", encoding="utf-8")  # fmt: skip
    plan = accept.plan(office.session, shapes.read(file)[0].write(tmp_path / "台账.xlsx"), as_kind="rectification")
    assert list(plan.cells("refused")) and not uncounted(plan)


def test_a_cell_merged_from_a_hidden_row_is_counted_once(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "shape.txt"
    file.write_text("""
=== 周次从隐藏的一行合并下来 | weekly_assignment
S 周
. 周次 | 本周交办事项 | 责任单位 | 完成时限
@ week_no | title | lead_unit | deadline
~ 第35周=>35 | 食堂检查 | 市教育局 | 2022-08-30
* ^ | 积水点改造 | 市住建局 | 2022-08-31
* 第36周=>36 | 起草材料 | 市商务局 | 2022-09-03
""", encoding="utf-8")  # fmt: skip
    plan = accept.plan(office.session, shapes.read(file)[0].write(tmp_path / "台账.xlsx"), as_kind="weekly_assignment")
    assert plan.rows and not uncounted(plan)


def test_which_ledger_a_table_is_of(office: Any, tmp_path: Path) -> None:
    """By what its headings mean and what its title says; of those held back, most."""
    ledgers = shapes.read(shapes.HELD_BACK)
    guesses = [likely_ledger(office.session, foreign_rows.read(each.write(tmp_path / "台账.xlsx"))) for each in ledgers]
    assert sum(guess == each.kind for guess, each in zip(guesses, ledgers, strict=True)) >= 0.7 * len(ledgers), guesses
