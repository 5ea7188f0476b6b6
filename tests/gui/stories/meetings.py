"""Rows 26 to 30: the standing weekly meetings, who is in charge of what, decisions, what was solved, headquarters."""

from __future__ import annotations

from tests.gui.stories.hand import PLAIN, Hand, whole
from tests.gui.stories.told import story


@story(26)
def the_standing_meeting_carries_its_problems_on(at: Hand) -> None:
    page = at.sit("clerk").go("meetings")
    before = at.counted("regular_meetings")
    at.go("meetings")
    at.choose(page.series, next(i for i in range(page.series.count()) if "服务企业" in page.series.itemText(i)))
    at.quiet()
    last = max(line.data.number for line in page.sittings.lines)
    for ahead in (1, 2):
        at.press("新开一次…")
        dialog = at.dialog("OpeningDialog")
        at.fill(dialog.fields, {"召开时间": at.session.today})
        at.accept(dialog)
        at.wait(lambda: at.dialog("OpeningDialog") is None)
        at.wait(
            lambda ahead=ahead: page.sitting is not None and page.sitting.number == last + ahead and page.found.uid == page.sitting.uid
        )
        at.quiet()
        if ahead == 1:
            at.press("提出问题…")
            at.grid([{"问题": "企业融资担保不足", "牵头部门": at.unit(), "解决时限": at.day(20)}])
            at.press("记为已举办")
    carried = next(line for line in page.meeting.agenda.lines if "企业融资担保不足" in str(line.cells))
    assert "第2次" in carried.cells, "carried over to the next sitting, and how often"
    at.made.append(("meeting", page.sitting.uid))
    at.press("打印…")
    agenda = at.preview()
    page.tabs.setCurrentIndex(1)
    at.press("签到表…")
    assert "签名" in at.preview().replace("　", "")
    assert "企业融资担保不足" in agenda and f"第{last + 2}次" in agenda
    assert at.figure("regular_meetings")[""] == f"{before + 1}次"
    assert whole(at.figure("problems", "例会")["服务企业"]) >= 1


@story(27)
def three_roles_and_the_load_of_each_leader(at: Hand) -> None:
    leader, units = at.sit("clerk").some("leader"), at.units()
    before = at.figure("problems", "牵头领导")
    at.go("ledger:meeting_problem")
    roles = {"牵头市领导": leader, "牵头部门": units[0], "配合单位": f"{units[1]}、{units[2]}"}
    uid = at.new(例会="招商引资", 问题="外资企业用地手续慢", 提出时间=at.session.today, 解决时限=at.day(15), **roles)
    at.step("交办")
    assert at.shown("配合单位") == f"{units[1]}、{units[2]}"
    after = at.figure("problems", "牵头领导")
    assert whole(after[leader]) == whole(before.get(leader, "0")) + 1
    rows = at.rows_of_figure(leader)
    assert uid in [line.key for line in rows.list.lines]
    at.leave(rows)
    assert leader in at.figure("in_hand", "牵头领导")


@story(28)
def a_decision_taken_together(at: Hand) -> None:
    at.sit("clerk").go("ledger:meeting_problem")
    before = at.counted("decisions")
    at.new(例会="城建交通工程", 问题="高架匝道拆迁受阻", 提出时间=at.session.today, 牵头部门=at.unit(), 解决时限=at.day(30))
    words = {"决策事项": "匝道改线", "决策内容": "向北改线四十米。", "牵头单位": at.unit()}
    at.add_child("集体决策", refused="完成时限不能早于决策时间", 决策时间=at.session.today, 完成时限=at.day(-1), **words)
    at.add_child("集体决策", 决策时间=at.session.today, 完成时限=at.day(20), **words)
    assert "向北改线四十米" in at.record_on_paper(PLAIN)
    assert at.figure("decisions")[""] == f"{before + 1}项"


@story(29)
def a_problem_is_raised_and_solved(at: Hand) -> None:
    at.sit("clerk").go("ledger:meeting_problem")
    before = at.number("solved_rate")
    uid = at.new(例会="安全稳定", 问题="老旧小区消防通道堵塞", 提出时间=at.session.today, 牵头部门=at.unit(), 解决时限=at.day(8))
    at.step("交办")
    at.step("申请销号", 完成情况="通道已清。")
    at.sit("reviewer").look("meeting_problem", uid)
    at.step("销号")
    assert at.shown("解决时间") == at.session.today.isoformat()
    found = at.figure("solved_rate")[""]
    assert found.endswith(f"{before.numerator + 1}/{before.denominator + 1}")


@story(30)
def a_headquarters_with_its_task_forces(at: Hand) -> None:
    at.sit("clerk").go("ledger:headquarters")
    before, forces = at.counted("headquarters_count"), at.counted("task_forces")
    first = at.new(指挥部名称="高铁片区指挥部", 指挥长=at.some("leader"), 牵头单位=at.unit(), 成立时间=at.session.today)
    at.add_child("工作专班", 专班名称="征迁专班", 专班负责人="柯明", 牵头单位=at.unit(), 人数=12)
    at.add_child("工作专班", 专班名称="要素保障专班", 牵头单位=at.units()[1], 人数=8)
    sheet = at.record_on_paper()
    assert "征迁专班" in sheet and "要素保障专班" in sheet
    at.go("ledger:headquarters")
    at.new(指挥部名称="站前广场分指挥部", 上级指挥部="高铁片区指挥部", 牵头单位=at.unit())
    at.look("headquarters", first)
    at.fill(at.page.form.fields, {"上级指挥部": "站前广场分指挥部"})
    at.save()
    assert "绕成了圈" in at.problems()
    at.press("放弃修改", at.page.form)
    assert at.figure("headquarters_count")[""] == f"{before + 2}个"
    assert at.figure("task_forces")[""] == f"{forces + 2}个"
