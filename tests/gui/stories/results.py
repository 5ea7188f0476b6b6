"""Rows 41 to 46, 48 and 49: indicators, projects, goals, estates, petitions, the grid and the other campaigns."""

from __future__ import annotations

from tests.gui.stories.hand import Hand, whole
from tests.gui.stories.told import story


@story(41)
def an_indicator_with_target_and_value(at: Hand) -> None:
    at.sit("clerk").go("ledger:indicator")
    before = at.counted("indicators")
    year = at.session.today.year
    at.new(
        年度=year, 指标名称="城镇新增养老床位", 指标类别="民生保障", 计量单位="张", 年度目标=800, 数据来源="民政部门", 责任单位=at.unit()
    )
    at.add_child("指标数据", 截至月份=f"{year}-10", 填报单位=at.unit(), 累计值=640, 数据来源="民政部门")
    at.add_child("指标数据", refused="本期已有数据", 截至月份=f"{year}-10", 填报单位=at.unit(), 累计值=700)
    sheet = at.record_on_paper()
    assert "640" in sheet and "80%" in sheet, "the share of the target is worked out"
    assert at.figure("indicators")[""] == f"{before + 1}项"
    at.figure("indicator_share")
    at.go("bulletin")
    assert "城镇新增养老床位" in at.report("indicator_report")


@story(42)
def the_rank_in_the_province(at: Hand) -> None:
    at.sit("clerk").go("ledger:indicator")
    year = at.session.today.year
    at.new(年度=year, 指标名称="省外资金到位额", 指标类别="经济运行", 计量单位="亿元", 年度目标=60, 责任单位=at.unit())
    at.add_child("指标数据", refused="不能小于 1", 截至月份=f"{year}-10", 累计值=50, 全省位次=0)
    at.add_child("指标数据", 截至月份=f"{year}-09", 累计值=44, 全省位次=7)
    at.add_child("指标数据", 截至月份=f"{year}-10", 累计值=51, 全省位次=3)
    found = at.figure("indicator_rank", "指标")
    assert found["省外资金到位额"] == "3位", "of the newest period"
    at.go("bulletin")
    assert "省外资金到位额" in at.report("indicator_report")


@story(43)
def a_project_that_has_started(at: Hand) -> None:
    at.sit("clerk")
    money, started = at.number("investment").value, at.number("started_share")
    at.go("ledger:project")
    at.refused("要填实际开工时间", 项目名称="智能装备产业园", 项目阶段="开工在建", 总投资=12.5)
    at.new(
        项目名称="智能装备产业园", 项目层级="市级", 所属批次="开工一批", 项目阶段="开工在建", 总投资=12.5, 计划开工时间=at.day(-30),
        实际开工时间=at.day(-20), 计划竣工时间=at.day(300), 牵头单位=at.unit(),
    )  # fmt: skip
    shown = at.figure("investment")[""]
    assert shown.endswith("亿元") and type(money)(shown.removesuffix("亿元").replace(",", "")) == money + type(money)("12.5")
    found = at.figure("started_share", "项目阶段")
    assert found[""].endswith(f"{started.numerator + 1}/{started.denominator + 1}")


@story(44)
def actual_over_target(at: Hand) -> None:
    at.sit("clerk").go("ledger:yearly_goal")
    year = at.session.today.year
    at.new(年度=year, 目标名称="新建改造公厕", 计量单位="座", 目标值=120, 完成值=90, 牵头单位=at.unit(), 完成时限=at.day(30))
    assert at.shown("完成目标") == "75"
    at.change(完成值=96)
    assert at.shown("完成目标") == "80"
    assert at.figure("goal_progress")[""] == f"{at.number('goal_progress').value}％"


@story(45)
def a_stalled_estate_is_solved(at: Hand) -> None:
    at.sit("clerk")
    solved, homes = at.counted("estates_solved"), at.number("households_rate")
    at.go("ledger:estate")
    at.refused("不能多于涉及户数", 楼盘名称="碧水名苑", 涉及户数=10, 已解决户数=11)
    uid = at.new(
        楼盘名称="碧水名苑",
        问题类型="逾期未交房、不能办证",
        涉及户数=320,
        已解决户数=300,
        包联干部="柯明",
        化解举措="盘活资产。",
        责任单位=at.unit(),
        化解时限=at.day(60),
    )
    at.step("交办")
    at.step("申请销号", 完成情况="已全部交房。")
    at.sit("reviewer").look("estate", uid)
    at.step("销号")
    assert at.figure("estates_solved")[""] == f"{solved + 1}个"
    assert at.figure("households_rate")[""].endswith(f"{homes.numerator + 300:,}/{homes.denominator + 320:,}")


@story(46)
def the_backlog_of_petitions_by_route(at: Hand) -> None:
    at.sit("clerk")
    before = at.number("petition_rate_central")
    at.go("ledger:petition")
    labels = {f.label for f in at.session.kinds.get("petition").all_fields}
    assert not labels & {"信访人", "姓名", "联系电话", "住址", "身份证号"}, "no more of the petitioner than a case number"
    uid = at.new(
        案号="云信积〔2026〕41号",
        简短标题="征地补偿纠纷",
        交办渠道="上级交办重复信访",
        化解方式="包案化解",
        责任单位=at.unit(),
        化解时限=at.day(45),
    )
    at.refused("已有一条", 案号="云信积〔2026〕41号", 简短标题="又一件", 交办渠道="本级排查")
    at.look("petition", uid)
    at.step("交办")
    at.step("申请销号", 完成情况="已签息访协议。")
    at.sit("reviewer").look("petition", uid)
    at.step("销号")
    found = at.figure("petition_rate_central")[""]
    assert found.endswith(f"{before.numerator + 1}/{before.denominator + 1}")
    assert "上级交办重复信访" in at.figure("assigned", "交办渠道")


@story(48)
def how_many_grid_workers(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("grid_workers", "单位")
    at.go("ledger:grid_headcount")
    short = next(u.short or u.name for u in at.session.names.units().values() if u.name == at.unit())
    at.refused("不能多于网格员人数", 单位=at.unit(), 统计日期=at.session.today, 网格员人数=100, 专职人数=101)
    at.new(单位=at.unit(), 统计日期=at.session.today, 网格员人数=1234, 专职人数=800, 网格数=600)
    after = at.figure("grid_workers", "单位")
    assert after[short] == "1,234人", "the newest of the unit"
    assert whole(after[""]) == whole(before[""]) - whole(before[short]) + 1234


@story(49)
def three_noughts_and_the_goals_of_the_year(at: Hand) -> None:
    at.sit("clerk")
    before, goals = at.number("three_zero_rate"), at.number("goal_share")
    at.go("ledger:three_zero")
    year = at.session.today.year
    noughts = {"零上访": True, "零事故": True, "零案件": True, "创建成功": True}
    at.new(年度=year, 所属单位=at.unit(), 创建单位="石桥村", 类型="村", 验收时间=at.session.today, **noughts)
    at.refused("已有同名的创建单位", 年度=year, 所属单位=at.unit(), 创建单位="石桥村")
    assert at.figure("three_zero_rate")[""].endswith(f"{before.numerator + 1}/{before.denominator + 1}")
    at.go("ledger:yearly_goal")
    at.new(年度=year, 目标名称="建成口袋公园", 目标值=20, 完成值=22, 牵头单位=at.unit())
    assert at.figure("goal_share")[""].endswith(f"{goals.numerator + 1}/{goals.denominator + 1}")
