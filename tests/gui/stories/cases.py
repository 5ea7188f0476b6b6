"""Rows 13 to 18, 22 to 25 and 47: cases, publicity, the press, lectures, classes and drills."""

from __future__ import annotations

from tests.gui.stories.hand import Hand, whole
from tests.gui.stories.told import story


def published(at: Hand, kind: str, uid: str) -> None:
    """Handed in by the clerk, taken by the reviewer, published."""
    at.step("报审")
    at.sit("reviewer").look(kind, uid)
    at.step("采用", note="材料扎实。")
    at.step("刊发", 刊发时间=at.session.today)
    assert at.state() == "已刊发"


@story(13)
def a_case_from_above_is_forwarded_and_studied(at: Hand) -> None:
    at.sit("clerk").go("ledger:received_case")
    cases, sessions = at.counted("received_cases"), at.counted("study_sessions")
    at.refused("转发时间不能早于收到时间", 案例标题="小切口做实大民生", 收到时间=at.session.today, 转发时间=at.day(-2))
    at.new(
        案例标题="小切口做实大民生", 来源="上级活动办", 收到时间=at.day(-2), 转发时间=at.session.today, 转发范围="、".join(at.units()[:2])
    )
    at.add_child("学习研讨", 研讨时间=at.session.today, 组织单位=at.unit(), 研讨主题="怎样找准小切口", 参加人数=36)
    sheet = at.record_on_paper()
    assert "怎样找准小切口" in sheet and at.units()[1] in sheet
    assert at.figure("received_cases")[""] == f"{cases + 1}篇"
    assert at.figure("study_sessions")[""] == f"{sessions + 1}次"
    at.go("ledger:received_case")
    at.refused("同题", 案例标题="小切口做实大民生", 收到时间=at.session.today)


@story(14)
def a_case_is_collected_reviewed_edited_and_printed(at: Hand) -> None:
    at.sit("clerk").go("ledger:case_study")
    before = at.counted("cases")
    uid = at.new(
        案例标题="一枚印章管审批", 案例系列="机制创新", 报送单位=at.unit(), 执笔人="柯明", 摘要="把多枚印章并成一枚。", 正文="做法如下。"
    )
    published(at, "case_study", uid)
    assert at.figure("cases", "案例系列")[""] == f"{before + 1}篇"
    at.go("bulletin")
    assert "一枚印章管审批" in at.report("case_booklet")
    at.go("ledger:case_study")
    at.refused("同题", 案例标题="一枚印章管审批")


@story(15)
def a_case_appears_in_a_provincial_paper(at: Hand) -> None:
    at.sit("clerk").go("ledger:case_study")
    before = at.counted("cases_province")
    at.new(案例标题="链上招商三步法", 案例系列="图谱招商", 报送单位=at.unit())
    at.add_child(
        "刊发记录",
        refused="刊发时间不能早于上报时间",
        刊发载体="省活动简报",
        刊发层级="省级",
        上报时间=at.session.today,
        刊发时间=at.day(-1),
    )
    at.add_child("刊发记录", 刊发载体="省活动简报", 刊发层级="省级", 上报时间=at.day(-9), 刊发时间=at.session.today, 期号="第42期")
    assert at.figure("cases_province")[""] == f"{before + 1}篇"
    rows = at.rows_of_figure()
    at.press("打印…", rows)
    paper = at.sheet()
    assert "链上招商三步法" in paper and "省活动简报" in paper and "第42期" in paper
    at.leave(rows)


@story(16)
def two_series_of_publicity(at: Hand) -> None:
    at.sit("clerk")
    before = {name: at.counted(name) for name in ("publicity_cadres", "publicity_achievements")}
    for series, name in (("作风过硬好干部", "publicity_cadres"), ("出彩添彩好业绩", "publicity_achievements")):
        at.sit("clerk").go("ledger:publicity")
        uid = at.new(宣传系列=series, 宣传标题=f"{series}第一期", 宣传对象="柯明", 推荐单位=at.unit(), 刊播平台="云川融媒")
        published(at, "publicity", uid)
        assert at.figure(name)[""] == f"{before[name] + 1}期"


@story(17)
def the_press_from_the_province_up(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("press_all", "媒体层级")
    up = at.counted("press_provincial_up")
    for outlet, level in (("某国家级报", "国家级"), ("某省报", "省级"), ("某市报", "市级")):
        at.go("ledger:press")
        at.new(稿件标题="云川干部下沉一线", 媒体=outlet, 媒体层级=level, 刊发时间=at.session.today, 供稿单位=at.unit())
    at.refused("同题", 稿件标题="云川干部下沉一线", 媒体="某省报", 媒体层级="省级", 刊发时间=at.session.today)
    after = at.figure("press_all", "媒体层级")
    assert all(whole(after[level]) == whole(before[level]) + 1 for level in ("国家级", "省级", "市级"))
    assert at.figure("press_provincial_up")[""] == f"{up + 2}篇"


@story(18)
def the_monthly_lesson_by_video_with_its_keywords(at: Hand) -> None:
    at.sit("clerk").go("ledger:meeting")
    before = at.counted("video_meetings")
    at.new(
        会议名称="十一月工作方法视频会", 会议类别="视频会", 召开时间=at.session.today, 主持人=at.some("leader"), 关键词="严谨、细致、到底"
    )
    at.step("已举办")
    assert at.shown("关键词") == "严谨、细致、到底"
    paper = at.list_on_paper()
    assert "严谨、细致、到底" in paper
    assert at.figure("video_meetings")[""] == f"{before + 1}次"


@story(22)
def a_small_class(at: Hand) -> None:
    at.sit("clerk").go("ledger:training_class")
    before = at.counted("classes")
    at.refused("参训人次不能少于", 班次名称="项目攻坚专题班", 参训人数=40, 参训人次=30)
    at.new(
        班次名称="项目攻坚专题班",
        办班形式="小班额、调研式",
        领域="项目建设",
        主办单位=at.unit(),
        开班时间=at.session.today,
        参训人数=40,
        参训人次=80,
    )
    at.step("已举办")
    assert "项目攻坚专题班" in at.record_on_paper("sign_in_sheet")
    found = at.figure("classes", "办班形式")
    assert found[""] == f"{before + 1}场" and "小班额、调研式" in found


@story(23)
def a_lecture_of_one_of_the_eight_series(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("lectures", "专题系列")
    at.go("ledger:lecture")
    at.new(
        讲座题目="产业链怎样补短板",
        讲堂="能力作风月讲堂",
        专题系列="现代产业发展",
        关键词="链长",
        主讲人="柯明",
        主办单位=at.unit(),
        举办时间=at.session.today,
    )
    at.step("已举办")
    after = at.figure("lectures", "专题系列")
    assert len(after) >= 9, "all eight series stand there"
    assert whole(after["现代产业发展"]) == whole(before["现代产业发展"]) + 1
    assert "能力作风月讲堂" in at.figure("lectures", "讲堂")


@story(24)
def people_and_attendances_are_two_figures(at: Hand) -> None:
    at.sit("clerk").go("ledger:training_class")
    people, rows = at.counted("people_trained"), at.counted("attendance_rows")
    at.new(班次名称="信访实务班", 主办单位=at.unit(), 开班时间=at.day(-1))
    for name, days in (("沙岱青", (-1, 0)), ("沙岱白", (0,))):
        for day in days:
            at.add_child("参训名单", 姓名=name, 单位=at.unit(), 参训日期=at.day(day), 考核结果="合格")
    at.add_child("参训名单", refused="不能晚于今天", 姓名="沙岱青", 单位=at.unit(), 参训日期=at.day(1))
    roster = at.record_on_paper("training_roster")
    # Each person once, with the days of all attendances.
    assert roster.count("沙岱青") == 1 and roster.count("沙岱白") == 1 and "日、" in roster
    assert at.figure("attendance_rows")[""] == f"{rows + 3:,}人次"
    assert at.figure("people_trained")[""] == f"{people + 2:,}人"


@story(25)
def drills_and_contests_by_field(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("drills", "领域")
    for form, field in (("技能比武", "消防救援"), ("经验交流", "乡村振兴")):
        at.go("ledger:drill")
        at.new(
            名称=f"{field}{form}",
            形式=form,
            领域=field,
            情景="模拟真实情景。",
            组织单位=at.unit(),
            举办时间=at.session.today,
            结果="完成",
        )
        at.step("已举办")
    after = at.figure("drills", "领域")
    assert all(whole(after[f]) == whole(before[f]) + 1 for f in ("消防救援", "乡村振兴"))
    assert whole(at.figure("drills", "形式")["经验交流"]) >= 1


@story(47)
def an_hour_to_switch_and_four_to_know(at: Hand) -> None:
    at.sit("clerk")
    before = at.number("drills_met_rate")
    for title, standard, allowed, needed, met in (
        ("平急转换拉动", "平急转换", 60, 52, "是"),
        ("核心信息调查", "核心信息调查", 240, 251, "否"),
    ):
        at.go("ledger:drill")
        at.new(
            名称=title,
            形式="应急演练",
            响应标准=standard,
            规定用时=allowed,
            实际用时=needed,
            组织单位=at.unit(),
            举办时间=at.session.today,
        )
        assert at.shown("达标") == met
        at.step("已举办")
    found = at.figure("drills_met_rate", "响应标准")
    assert found[""].endswith(f"{before.numerator + 1}/{before.denominator + 2}") and "平急转换" in found
