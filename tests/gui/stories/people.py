"""Rows 31 to 40: cadres at the front, branches, contests, what people did and what was decided about them."""

from __future__ import annotations

from tests.gui.stories.hand import Hand, whole
from tests.gui.stories.told import story


@story(31)
def a_cadre_is_posted_to_the_front(at: Hand) -> None:
    at.sit("personnel").go("ledger:posting")
    before = at.number("posted_headquarters").value
    at.cadre()
    at.go("ledger:posting")
    place = {"派往": "指挥部", "派驻岗位": "征迁组副组长"}
    at.refused("结束时间不能早于开始时间", 干部=at.name, 开始时间=at.session.today, 结束时间=at.day(-5), **place)
    at.new(干部=at.name, 开始时间=at.session.today, **place)
    assert at.shown("派出单位") == at.unit(), "the unit of that day is filled in"
    assert at.figure("posted_headquarters")[""] == f"{before + 1}名"
    assert "指挥部" in at.figure("posted", "派往")


@story(32)
def five_stars_of_a_branch(at: Hand) -> None:
    at.sit("clerk").go("ledger:party_branch")
    before = at.figure("rated_branches", "星数")
    five = at.counted("five_star_branches")
    at.go("ledger:party_branch")
    at.new(支部名称="稻湾镇石桥村党支部", 所属单位=at.unit(), 类型="村", 党员人数=46)
    won = {"支部过硬星": True, "产业兴旺星": True, "生态宜居星": True, "平安法治星": True, "文明幸福星": True}
    year = at.session.today.year
    at.add_child("五星评定", 年度=year, **won)
    at.add_child("五星评定", refused="本年度已有评定", 年度=year, **won)
    at.add_child("五星评定", 年度=year - 1, **(won | {"文明幸福星": False}))
    sheet = at.record_on_paper()
    assert str(year) in sheet and str(year - 1) in sheet
    assert at.figure("five_star_branches")[""] == f"{five + 1}个"
    assert whole(at.figure("rated_branches", "星数")["5"]) == whole(before.get("5", "0")) + 1


@story(33)
def contests_and_model_townships(at: Hand) -> None:
    at.sit("clerk")
    before = at.figure("party_contests", "竞赛")
    for contest in ("出彩吧支书", "三结合示范乡镇"):
        at.go("ledger:party_contest")
        at.new(
            竞赛=contest,
            场次名称=f"{contest}第三场",
            举办时间=at.session.today,
            参赛单位=at.unit(),
            参赛者="柯明",
            得分=96.5,
            名次=1,
            奖项="一等奖",
        )
    after = at.figure("party_contests", "竞赛")
    assert all(whole(after[c]) == whole(before[c]) + 1 for c in ("出彩吧支书", "三结合示范乡镇"))


@story(34)
def three_ways_of_bringing_a_cadre_on(at: Hand) -> None:
    at.sit("personnel").cadre()
    before = at.figure("developed", "培养方式")
    for way in ("嫩苗育苗", "预任培养", "挂职锻炼"):
        at.go("ledger:development")
        at.new(干部=at.name, 培养方式=way, 培养岗位="乡镇副职", 帮带人="柯明", 开始时间=at.session.today, 结束时间=at.day(365))
    after = at.figure("developed", "培养方式")
    assert all(whole(after[w]) == whole(before[w]) + 1 for w in ("嫩苗育苗", "预任培养", "挂职锻炼"))
    assert whole(after[""]) == whole(before[""]) + 1, "one person, three ways"


@story(35)
def a_chief_service_officer_for_a_project(at: Hand) -> None:
    at.sit("personnel").cadre()
    before = at.counted("service_officers")
    at.go("ledger:chief_service_officer")
    at.new(干部=at.name, 服务项目=at.some("project"), **{"项目（企业）名称": "云川精密铸造"}, 开始时间=at.session.today, 解决问题数=3)
    assert at.figure("service_officers")[""] == f"{before + 1}名"
    assert "云川精密铸造" in at.persons_page()


@story(36)
def rewards_sanctions_and_achievements(at: Hand) -> None:
    at.sit("personnel").cadre()
    before = at.figure("reward_sanction_rows", "奖惩")
    done = at.counted("achievements")
    at.go("ledger:reward_sanction")
    at.refused(
        "影响期截止日不能早于批准时间",
        干部=at.name,
        奖惩="惩处",
        类别="诫勉",
        奖惩内容="诫勉谈话",
        批准时间=at.session.today,
        影响期至=at.day(-9),
    )
    at.new(干部=at.name, 奖惩="奖励", 类别="记功", 奖惩内容="记三等功一次", 批准机关="云川市委", 批准时间=at.session.today)
    at.new(干部=at.name, 奖惩="惩处", 类别="诫勉", 奖惩内容="诫勉谈话", 批准时间=at.session.today, 影响期至=at.day(180))
    at.go("ledger:achievement")
    at.new(干部=at.name, 实绩="牵头完成高铁片区征迁", 领域="项目建设", 相关项目=at.some("project"), 评价="突出", 时间=at.session.today)
    after = at.figure("reward_sanction_rows", "奖惩")
    assert all(whole(after[n]) == whole(before[n]) + 1 for n in ("奖励", "惩处"))
    assert at.figure("achievements")[""] == f"{done + 1:,}条"
    told = at.persons_page()
    assert "记三等功一次" in told and "牵头完成高铁片区征迁" in told
    at.look("cadre", at.made[0][1])
    sheet = at.record_on_paper("cadre_sheet")
    assert "记三等功一次" in sheet and "牵头完成高铁片区征迁" in sheet


@story(37)
def a_cadre_is_assessed_at_the_front(at: Hand) -> None:
    at.sit("personnel").cadre()
    before = at.figure("assessments", "领域")
    at.go("ledger:front_line_assessment")
    at.new(
        干部=at.name,
        考察时间=at.session.today,
        领域="防汛救灾",
        考察场合="河堤抢险现场",
        现实表现="连续值守三昼夜。",
        评价="优秀",
        考察人="柯明",
    )
    assert whole(at.figure("assessments", "领域")["防汛救灾"]) == whole(before["防汛救灾"]) + 1


@story(38)
def a_promotion_to_a_post(at: Hand) -> None:
    at.sit("personnel")
    before = at.number("promoted_county").value
    at.cadre()
    at.look("cadre", at.made[0][1])
    post = {"任职单位": at.unit(), "职务": "副县长", "职务层次": "县处级副职", "任职性质": "提拔", "一线考察识别": True}
    at.add_child("任职", refused="超过退休年龄", 任职时间="2055-01-01", **post)
    at.add_child("任职", 任职时间=at.session.today, 任职文号="云干〔2026〕88号", **post)
    assert at.figure("promoted_county")[""] == f"{before + 1}名"
    assert whole(at.figure("promoted_post", "任职性质")["提拔"]) >= 1
    rows = at.rows_of_figure()
    assert at.name in [line.cells[0] for line in rows.list.lines], "whom it is about stands first"
    at.press("打印…", rows)
    assert at.name in at.sheet(), "the list of names, not of posts alone"
    at.leave(rows)
    at.figure("promoted_front_line")


@story(39)
def a_promotion_in_rank(at: Hand) -> None:
    at.sit("personnel")
    before = at.number("promoted_rank").value
    at.cadre()
    at.look("cadre", at.made[0][1])
    at.add_child("职级晋升", refused="应高于原职级", 职级="三级调研员", 原职级="三级调研员", 晋升时间=at.session.today)
    at.add_child("职级晋升", 职级="三级调研员", 原职级="四级调研员", 晋升时间=at.session.today)
    assert at.figure("promoted_rank")[""] == f"{before + 1}名"


@story(40)
def a_risk_is_filed_and_an_error_tolerated(at: Hand) -> None:
    at.sit("personnel").cadre()
    before = {name: at.counted(name) for name in ("risk_filings", "tolerances")}
    at.go("ledger:risk_filing")
    filing = at.new(干部=at.name, 报备事项="先行先试低效用地再开发", 可能的风险="程序倒置。", 防控措施="法律顾问全程参与。")
    at.step("报备")
    at.step("受理")
    assert "本人" in at.barred("认定")
    at.go("ledger:error_tolerance")
    error = at.new(
        干部=at.name, 容错事项="低效用地再开发超期", 事前报备="先行先试低效用地再开发", 发生时间=at.session.today,
        情形="先行先试，没有谋私。",
    )  # fmt: skip
    at.step("报备")
    at.sit("admin").look("risk_filing", filing)
    at.step("认定", 备案结果="准予备案")
    at.look("error_tolerance", error)
    at.step("认定", 认定结论="免责")
    assert at.state() == "已认定"
    for name in before:
        assert at.figure(name)[""] == f"{before[name] + 1}件"
