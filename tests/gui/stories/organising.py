"""Rows 1 to 12 and 19 to 21: the leading group, instructions, items, visits, lists, the week and the month."""

from __future__ import annotations

import datetime as dt

from db.model.query import Query, Where
from desktop.ui.figures.row_list import RowsDialog
from tests.gui.stories.hand import Hand, whole
from tests.gui.stories.told import story


@story(1)
def the_leading_group_with_two_heads(at: Hand) -> None:
    before = at.counted("group_members")
    at.sit("clerk").go("ledger:leading_group")
    at.new(名称="营商环境提升领导小组", 成立时间=at.session.today, 成立文号="云办〔2026〕31号")
    strategy = at.some("strategy")
    for name in ("甄文远", "柴守正"):
        at.add_child("领导小组成员", 姓名=name, 职务="书记", 小组角色="组长", 负责的战略=strategy)
    at.add_child("领导小组成员", refused="最多两位组长", 姓名="鲍一鸣", 小组角色="组长")
    at.add_child("领导小组成员", 姓名="鲍一鸣", 职务="副市长", 小组角色="副组长", 负责的战略=strategy)
    paper = at.record_on_paper()
    assert "甄文远" in paper and "副组长" in paper and strategy in paper
    assert at.figure("group_members")[""] == f"{before + 3}名"


@story(2)
def a_special_meeting_whose_decision_becomes_an_item(at: Hand) -> None:
    before = at.counted("special_meetings")
    at.sit("clerk").go("ledger:meeting_series")
    at.new(系列名称="能力作风专题会", 会议类别="专题会", 频次="不定期")
    page = at.go("meetings")
    at.choose(page.series, next(i for i in range(page.series.count()) if "能力作风专题会" in page.series.itemText(i)))
    at.quiet()
    at.press("新开一次…")
    dialog = at.dialog("OpeningDialog")
    at.fill(dialog.fields, {"召开时间": at.session.today, "地点": "三楼会议室"})
    at.accept(dialog)
    at.wait(lambda: at.dialog("OpeningDialog") is None and page.sitting is not None and page.found is not None)
    at.quiet()
    at.made.append(("meeting", page.sitting.uid))
    at.tab(page.tabs, 1)
    at.press("添加人员…")
    at.grid([{"姓名": "戴一鸣", "职务": "主任"}, {"姓名": "闵文远", "职务": "副主任"}])
    at.tab(page.tabs, 2)
    at.press("登记决定…")
    at.grid([{"决策事项": "开展作风检查", "决策内容": "两周内查完。", "牵头单位": at.unit(), "完成时限": at.day(14)}])
    assert len(page.found.people) == 2 and len(page.found.decisions) == 1
    at.press("转为交办事项")
    at.wait(lambda: all(d.item for d in page.found.decisions))
    decision = page.found.decisions[0]
    assert decision.state[0] == "已交办"
    at.press("记为已举办")
    assert at.figure("special_meetings")[""] == f"{before + 1}次"
    at.look("assigned_item", decision.item)
    assert at.page.form._title.text() == "开展作风检查"  # noqa: SLF001


@story(3)
def an_instruction_followed_until_it_is_closed(at: Hand) -> None:
    before, leader = at.counted("instructions"), at.some("leader")
    at.sit("clerk").go("ledger:instruction")
    at.refused("批示时间", 标题="关于防汛物资的请示", 批示人=leader, 批示时间=at.day(2))
    values = {"办文编号": "批2026-071", "批示内容": "请水利局限期补齐物资，报结果。", "承办单位": at.unit()}
    uid = at.new(标题="关于防汛物资的请示", 批示人=leader, 批示时间=at.session.today, 办理时限=at.day(20), **values)
    at.step("交办")
    at.step("签收")
    at.step("申请销号", 完成情况="物资已补齐。")
    found = at.figure("instructions", "批示人")
    assert found[""] == f"{before + 1}次" and leader in found
    rows = at.rows_of_figure(leader)
    assert any(line.key == uid for line in rows.list.lines)
    at.leave(rows)
    at.sit("reviewer").look("instruction", uid)
    at.step("销号")
    assert at.state() == "已销号" and at.shown("销号时间") == at.session.today.isoformat()


@story(4)
def an_item_is_assigned(at: Hand) -> None:
    before = at.counted("assigned")
    at.sit("clerk").go("ledger:assigned_item")
    units = at.units()
    values = {"工作要求": "十日内完成。", "配合单位": f"{units[1]}、{units[2]}", "牵头领导": at.some("leader")}
    at.new(事项内容="核实河道采砂线索", 牵头单位=units[0], 完成时限=at.day(10), **values)
    at.step("交办")
    assert at.state() == "已交办" and at.shown("交办时间") == at.session.today.isoformat()
    slip = at.record_on_paper("assignment_slip")
    assert "督查事项交办单" in slip and units[1] in slip and "十日内完成" in slip
    assert at.figure("assigned")[""] == f"{before + 1:,}件"


@story(5)
def a_visit_with_what_was_found_and_fixed(at: Hand) -> None:
    before = at.counted("visits")
    at.sit("clerk").go("ledger:assigned_item")
    uid = at.new(事项内容="整治桥头便道", 牵头单位=at.unit(), 完成时限=at.day(30))
    at.step("交办")
    found = {"督办人员": "戴一鸣", "督办地点": "桥头", "发现问题": "便道护栏缺损。", "整改要求": "补齐护栏。"}
    at.add_child("现场督办", refused="整改时限不能早于督办时间", 督办时间=at.session.today, 整改时限=at.day(-3), **found)
    at.add_child("现场督办", 督办时间=at.session.today, 带队领导=at.some("leader"), 整改时限=at.day(7), **found)
    assert at.figure("visits")[""] == f"{before + 1}次"
    rows = at.rows_of_figure()
    assert any("便道护栏缺损" in str(line.cells) for line in rows.list.lines)
    at.press("打印…", rows)
    paper = at.sheet()
    assert "整治桥头便道" in paper and "补齐护栏" in paper, "the visit with its item and what is to be done"
    at.leave(rows)
    at.look("assigned_item", uid)
    at.open_child("现场督办", 0, 整改到位时间=at.session.today, 整改结果="护栏已补。")
    assert at.figure("visits_fixed")[""].split()[1].startswith(f"{at.number('visits_fixed').numerator}/")
    visits_without_an_item(at)


def visits_without_an_item(at: Hand) -> None:
    """A route of two stops; at the first three problems, one of which becomes an item in one press."""
    visits, found, listed = (at.counted(n) for n in ("site_visits", "site_findings", "site_findings_listed"))
    at.go("ledger:site_visit")
    today, units, leader = at.session.today, at.units(), at.some("leader")
    route = {"督查时间": today, "督查组": "防汛督查组", "带队领导": leader}
    at.new(**route, 被督查单位=units[1], 督查地点="沙河闸站", 顺序=2, 到达时间="10:30")
    uid = at.new(**route, 被督查单位=units[0], 督查地点="北关泵站", 顺序=1, 督查内容="汛期值守", 现场负责人="戴一鸣", 到达时间="9:00")
    paper = at.record_on_paper("visit_route")
    assert paper.index("北关泵站") < paper.index("沙河闸站") and "防汛督查组" in paper
    at.press_child("成批添加督查问题")
    at.grid([
        {"问题": "值班记录漏签", "处理方式": "限期整改", "整改时限": at.day(7)},
        {"问题": "备用电源失灵", "处理方式": "列入清单", "整改时限": at.day(20), "责任单位": units[2]},
        {"问题": "物资堆放不齐", "处理方式": "当场改正", "整改到位时间": today},
    ])  # fmt: skip
    from_visits = Query(kind="rectification", where=(Where("source", "eq", "visit"),))
    before = {each.uid for each in at.session.find(from_visits)}
    at.press_child("督查问题转入整改清单")
    at.wait(lambda: at.number("site_findings_listed").value == listed + 1)
    at.step("已督查")
    slip = at.record_on_paper("visit_slip")
    assert all(text in slip for text in ("备用电源失灵", units[2], "被督查单位（签字）", "督查组（签字）", "戴一鸣"))
    assert at.figure("site_visits")[""] == f"{visits + 1}次" and at.figure("site_findings")[""] == f"{found + 3}个"
    (item,) = (each for each in at.session.find(from_visits) if each.uid not in before)
    at.look("rectification", item.uid)
    assert at.state() == "已交办" and at.shown("来自督查") == "备用电源失灵" and at.shown("整改时限") == at.day(20).isoformat()
    at.look("site_visit", uid)
    assert at.shown("发现问题") == "3"


@story(6)
def a_review_of_the_units(at: Hand) -> None:
    at.sit("reviewer")
    before = at.counted("monthly_reviews")
    at.review()
    at.look("monthly_review", at.made[0][1])
    at.step("已举办", 讲评时间=at.session.today)
    assert at.state() == "已举办"
    assert at.figure("monthly_reviews")[""] == f"{before + 1}次"


@story(7)
def where_an_item_came_from(at: Hand) -> None:
    at.sit("clerk").go("ledger:rectification")
    before = at.figure("assigned", "来源")
    for source in ("领导点题", "部门研讨", "座谈征集"):
        at.go("ledger:rectification")
        at.new(整改事项=f"来自{source}的事项", 来源=source, 责任单位=at.unit(), 整改时限=at.day(15))
        at.step("交办")
    after = at.figure("assigned", "来源")
    for source in ("领导点题", "部门研讨", "座谈征集"):
        assert whole(after[source]) == whole(before[source]) + 1
    rows = at.rows_of_figure("座谈征集")
    assert any("来自座谈征集" in str(line.cells) for line in rows.list.lines)
    assert len(rows.list.lines) == whole(after["座谈征集"])
    at.leave(rows)


@story(8)
def the_lists_of_two_levels(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("entity_items", "清单层级")
    for level in ("市级", "县级"):
        at.go("ledger:entity_item")
        at.new(清单层级=level, 事项名称=f"{level}标准厂房建设", 所属战略=at.some("strategy"), 牵头单位=at.unit(), 完成时限=at.day(60))
        at.step("交办")
    after = at.figure("entity_items", "清单层级")
    assert whole(after[""]) == whole(before[""]) + 2
    assert all(whole(after[level]) == whole(before[level]) + 1 for level in ("市级", "县级"))


@story(9)
def the_wall_chart(at: Hand) -> None:
    at.sit("clerk").go("ledger:entity_item")
    at.new(清单层级="市级", 事项名称="挂图上的污水管网工程", 牵头单位=at.unit(), 完成时限=at.day(90), 交办时间=at.day(-30))
    at.step("交办")
    page = at.go("wallchart")
    at.wait(lambda: any(span.title == "挂图上的污水管网工程" for span in page.shown_spans()))
    at.press("打印 A3…")
    assert "挂图上的污水管网工程" in at.sheet()


@story(10)
def a_gap_a_course_and_people(at: Hand) -> None:
    before = at.number("training_done_rate")
    at.sit("clerk").go("ledger:training_gap")
    values = {"能力短板": "不会用图谱招商", "培训课程": "图谱招商实务", "参训对象": "招商专员", "计划人数": 40}
    uid = at.new(责任单位=at.unit(), 完成时限=at.day(25), **values)
    at.step("交办")
    at.step("申请销号", 完成情况="已培训 40 人。")
    at.sit("reviewer").look("training_gap", uid)
    at.step("销号")
    found = at.figure("training_done_rate")[""]
    assert found.endswith(f"{before.numerator + 1}/{before.denominator + 1}")


@story(11)
def what_was_regretted_and_what_is_put_right(at: Hand) -> None:
    at.sit("clerk").go("ledger:regret")
    at.refused("补救时限不能早于交办时间", 遗憾事项="错失国家试点", 交办时间=at.session.today, 补救时限=at.day(-1))
    at.new(
        遗憾事项="错失国家试点",
        原因分析="申报材料晚了两天。",
        补救措施="建立申报日历。",
        责任人="柯明",
        责任单位=at.unit(),
        补救时限=at.day(40),
    )
    at.step("交办")
    assert "错失国家试点" in at.list_on_paper()
    at.go("ledger:rectification")
    uid = at.new(
        整改事项="窗口排队过长",
        问题表现="高峰排队超过一小时。",
        整改措施="增开窗口。",
        责任人="柯明",
        责任单位=at.unit(),
        整改时限=at.day(9),
    )
    at.step("交办")
    at.change(整改到位时间=at.session.today)
    at.step("申请销号")
    at.sit("reviewer").look("rectification", uid)
    at.step("销号")
    assert whole(at.figure("rectification_rate")[""].split()[-1].split("/")[0]) == at.number("rectification_rate").numerator
    at.go("bulletin")
    assert "窗口排队过长" not in at.report("problem_list"), "what is put right is no longer a problem"


@story(12)
def nothing_closes_without_a_second_person(at: Hand) -> None:
    at.sit("reviewer").go("ledger:rectification")
    uid = at.new(整改事项="公厕保洁不到位", 责任单位=at.unit(), 整改时限=at.day(5))
    at.step("交办")
    at.step("申请销号", 完成情况="已增加保洁。")
    assert "本人" in at.barred("销号")
    at.step("退回", note="请附照片。") if at.offered("退回") else None
    at.sit("admin").look("rectification", uid)
    if at.state() != "申请销号":
        at.step("申请销号", 完成情况="照片已附。")
        at.sit("reviewer").look("rectification", uid)
    at.step("销号")
    assert at.state() == "已销号"
    slip = at.record_on_paper("close_out_slip")
    assert "公厕保洁不到位" in slip and "已增加保洁" in slip
    at.look("rectification", uid)
    assert not at.page.form.fields.editors["title"].isEnabled() or at.page.form.fields.editors["title"].entry.isReadOnly()


@story(19)
def a_week_is_given_out_and_answered(at: Hand) -> None:
    before = at.counted("weekly_assigned")
    page = at.sit("clerk").go("weekly")
    at.press("交办一批…")
    at.grid([{"交办事项": "报送危房排查结果", "牵头单位": at.units()[0]}, {"交办事项": "核对秸秆禁烧名单", "牵头单位": at.units()[1]}])
    at.wait(lambda: page.found is not None and any(i.title == "报送危房排查结果" and i.missing for i in page.found.items))
    uid = next(i.uid for i in page.found.items if i.title == "报送危房排查结果")
    at.made.append(("weekly_assignment", uid))
    at.press("催办清单…")
    assert at.units()[0] in at.sheet()
    at.look("weekly_assignment", uid)
    at.step("交卷", 完成情况="共排查 12 户。")
    assert at.state() == "已交卷"
    at.go("weekly")
    at.wait(lambda: not next(i for i in page.found.items if i.uid == uid).missing)
    assert whole(at.figure("weekly_assigned")[""]) == before + 2


@story(20)
def the_table_of_the_month(at: Hand) -> None:
    at.sit("reviewer")
    page = at.review(back=1)
    at.press("重新统计")
    assert not page.stale.isVisible()
    at.go("ledger:assigned_item")
    last_month = at.session.today.replace(day=1) - dt.timedelta(days=4)
    at.new(事项内容="上月补录的事项", 牵头单位=at.unit(), 交办时间=last_month, 完成时限=at.day(9))
    at.step("交办")
    at.go("review")
    at.wait(lambda: page.stale.isVisible())
    at.press("重新统计", page.stale)
    at.wait(lambda: not page.stale.isVisible())
    labels = [field.label for field in page.fields]
    wanted = (
        "排名",
        "单位",
        "交办数",
        "签收率",
        "应办结",
        "按期办结",
        "逾期办结",
        "逾期未结",
        "办结率",
        "按期办结率",
        "退回次数",
        "延期数",
        "黄灯",
        "红灯",
        "得分",
        "较上月",
        "点评",
    )
    assert set(wanted) <= set(labels)
    place = labels.index("交办数")
    line = next(i for i, row in enumerate(page.table.rows) if whole(row.texts[place]) > 0)
    at.cell(page.table, line, place)
    at.press("查看明细")
    at.wait(lambda: at.dialog("RowsDialog"))
    rows: RowsDialog = at.dialog("RowsDialog")
    assert len(rows.list.lines) == whole(page.table.rows[line].texts[place])
    at.leave(rows)
    rates = at.figure("completion_rate", "单位")
    assert "/" in rates[""]


@story(21)
def the_categories_of_assigned_work(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("assigned", "工作类别")
    for category in ("三个一批", "环保攻坚", "万人助万企"):
        at.go("ledger:assigned_item")
        at.new(事项内容=f"{category}专项推进", 工作类别=category, 牵头单位=at.unit(), 完成时限=at.day(12))
        at.step("交办")
    after = at.figure("assigned", "工作类别")
    assert all(whole(after[c]) == whole(before[c]) + 1 for c in ("三个一批", "环保攻坚", "万人助万企"))
