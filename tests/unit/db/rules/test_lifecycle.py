"""What the close-out and the weekly lifecycle write, who may take which step, and what is said to those who may not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput, NotPermitted
from db.model.records import Record
from db.rules import lifecycle
from db.rules.step_values import Step
from db.session import Session
from tests.samples import as_person

PASSWORD = "zhengxian-demo"
TODAY = dt.date(2022, 9, 28)
DUE = dt.date(2022, 10, 20)


class Desk:
    """An office with two units and people at hand."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.lead = session.add("unit", {"name": "棠阴区"})
        self.other = session.add("unit", {"name": "澄陵县"})

    def item(self, kind: str = "rectification", **values: Any) -> str:
        return self.session.add(kind, {"title": "窗口没有公示办理时限", "lead_unit": self.lead, "deadline": DUE} | values)

    def move(self, uid: str, *actions: str, who: str = "clerk", kind: str = "rectification", note: str = "", **ask: Any) -> list[str]:
        role = {"clerk": "clerk", "reviewer": "reviewer", "second": "reviewer", "viewer": "viewer"}[who]
        changed: list[str] = []
        with as_person(self.session, who, role):
            for action in actions:
                changed = self.session.take_step(kind, uid, action, note, ask if action == actions[-1] else {})
        return changed

    def get(self, uid: str, kind: str = "rectification") -> Record:
        return self.session.must_get(kind, uid)

    def children(self, uid: str, kind: str) -> list[dict[str, Any]]:
        return [c.values for c in self.session.children(uid, kind)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    session, _ = office.create_office(tmp_path_factory.mktemp("life") / "office", "云川市活动办", "city", "admin", PASSWORD)
    session.fixed_today = TODAY
    yield Desk(session)
    assert session.verify() == []
    session.close()


def test_from_drafted_to_archived(desk: Desk) -> None:
    uid = desk.item()
    assert desk.get(uid).state == "drafted"
    desk.move(uid, "assign", "acknowledge")
    assert desk.move(uid, "report", note="已整改两处") == ["progress", "state"]
    desk.move(uid, "request-close-out", content="全部整改到位")
    desk.move(uid, "close-out", who="reviewer", note="属实")
    record = desk.get(uid)
    assert record.state == "closed_out"
    assert record.values["assigned_on"] == record.values["acknowledged_on"] == record.values["closed_out_on"] == TODAY
    assert record.values["closed_out_by"] == "reviewer"
    (progress,) = desk.children(uid, "progress")
    assert (progress["content"], progress["unit"], progress["reported_by"]) == ("已整改两处", desk.lead, "clerk")
    (evidence,) = desk.children(uid, "evidence")
    assert (evidence["status"], evidence["opinion"], evidence["decided_by"]) == ("accepted", "属实", "reviewer")
    desk.move(uid, "archive")
    assert desk.get(uid).state == "archived"


def test_nothing_closes_without_a_second_person(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "acknowledge")
    desk.move(uid, "request-close-out", who="reviewer")
    with pytest.raises(NotPermitted, match="申请人本人"):
        desk.move(uid, "close-out", who="reviewer")
    with pytest.raises(NotPermitted, match="审核员"):
        desk.move(uid, "close-out", who="clerk")
    assert desk.get(uid).state == "close_out_requested"
    desk.move(uid, "close-out", who="second")
    assert desk.get(uid).state == "closed_out"


def test_a_new_request_voids_the_one_before(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "request-close-out", content="第一份")
    desk.move(uid, "request-close-out", who="reviewer", content="第二份")
    first, second = desk.children(uid, "evidence")
    assert (first["status"], second["status"]) == ("voided", "pending")
    with pytest.raises(NotPermitted):
        desk.move(uid, "close-out", who="reviewer")  # it is the second request that counts


def test_return_needs_a_reason_and_is_counted(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "request-close-out")
    with pytest.raises(BadInput, match="理由") as caught:
        desk.move(uid, "return", who="reviewer", note="  ")
    assert caught.value.field == "note"
    with pytest.raises(BadInput, match="上限"):
        desk.move(uid, "return", who="reviewer", note="缺" * (lifecycle.NOTE_LIMIT + 1))
    desk.move(uid, "return", who="reviewer", note="缺" * lifecycle.NOTE_LIMIT)
    record = desk.get(uid)
    assert record.state == "in_progress"
    assert record.values["returned_count"] == 1
    assert record.values["close_out_requested_by"] is None
    assert desk.children(uid, "evidence")[0]["status"] == "returned"
    assert desk.children(uid, "evidence")[0]["opinion"] == "缺" * lifecycle.NOTE_LIMIT
    desk.move(uid, "request-close-out")
    desk.move(uid, "return", who="reviewer", note="仍缺照片")
    assert desk.get(uid).values["returned_count"] == 2


def test_the_original_deadline_is_never_overwritten(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "acknowledge")
    with pytest.raises(BadInput, match="没有待批"):
        desk.move(uid, "grant-extension", who="reviewer")
    with pytest.raises(BadInput, match="申请延至"):
        desk.move(uid, "request-extension", note="连续阴雨")
    desk.move(uid, "request-extension", note="连续阴雨", requested_deadline="2022年11月1日")
    assert desk.get(uid).values["deadline"] == DUE, "asking changes nothing"
    desk.move(uid, "grant-extension", who="reviewer")
    record = desk.get(uid)
    assert record.values["deadline"] == dt.date(2022, 11, 1)
    assert record.values["original_deadline"] == DUE
    assert desk.session.text(record, "deadline") == "2022-11-01"
    desk.move(uid, "request-extension", note="还要", requested_deadline=dt.date(2022, 12, 1))
    desk.move(uid, "grant-extension", who="reviewer", deadline=dt.date(2022, 11, 15))
    record = desk.get(uid)
    assert record.values["deadline"] == dt.date(2022, 11, 15), "the reviewer may grant less"
    assert record.values["original_deadline"] == DUE
    assert record.values["extended_count"] == 2
    granted = desk.children(uid, "extension")
    assert [e["status"] for e in granted] == ["granted", "granted"]
    assert [e["old_deadline"] for e in granted] == [DUE, dt.date(2022, 11, 1)]


def test_a_refused_extension_changes_no_deadline(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign")
    with pytest.raises(BadInput, match="晚于"):
        desk.move(uid, "request-extension", note="往前", requested_deadline=dt.date(2022, 10, 1))
    desk.move(uid, "request-extension", note="延", requested_deadline=dt.date(2022, 11, 1))
    desk.move(uid, "refuse-extension", who="reviewer", note="理由不足")
    assert desk.get(uid).values["deadline"] == DUE
    assert desk.get(uid).values["original_deadline"] is None
    assert desk.children(uid, "extension")[0]["status"] == "refused"


def test_transfer_keeps_where_it_was(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "acknowledge")
    desk.move(uid, "transfer", who="reviewer", note="职能划转", lead_unit="澄陵县")
    record = desk.get(uid)
    assert record.state == "assigned"
    assert (record.values["lead_unit"], record.values["transferred_from"]) == (desk.other, desk.lead)
    assert record.values["acknowledged_on"] is None
    assert record.values["original_deadline"] is None, "its deadline did not move"
    line = next(line for line in desk.session.history("rectification", uid) if line.field == "lead_unit" and line.action != "add")
    assert (line.old, line.new, line.action) == (desk.lead, desk.other, "move:transfer")


def test_suspend_and_resume_come_back_to_where_it_was(desk: Desk) -> None:
    uid = desk.item(deadline=TODAY + dt.timedelta(days=1))
    desk.move(uid, "assign", "request-close-out")
    desk.move(uid, "suspend", who="reviewer", note="涉诉")
    assert desk.get(uid).state == "suspended"
    assert desk.session.light(desk.get(uid)) is None
    desk.move(uid, "resume", who="reviewer", deadline=dt.date(2022, 12, 1))
    record = desk.get(uid)
    assert record.state == "close_out_requested"
    assert record.values["suspended_state"] is None
    assert record.values["original_deadline"] == TODAY + dt.timedelta(days=1)


def test_reopen_clears_the_closing_and_keeps_the_past(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "request-close-out")
    desk.move(uid, "close-out", who="reviewer")
    with pytest.raises(BadInput, match="不能直接修改"):
        desk.session.set("rectification", uid, {"title": "改一改"})
    desk.move(uid, "reopen", who="reviewer", note="反弹")
    record = desk.get(uid)
    assert record.state == "in_progress"
    assert record.values["closed_out_on"] is None
    assert record.values["reopened_on"] == TODAY
    assert record.values["handling_note"] == "反弹"
    assert any(line.field == "closed_out_on" and line.new for line in desk.session.history("rectification", uid))


def test_letters_of_a_kind_and_year_are_numbered_on(desk: Desk) -> None:
    uid, other = desk.item(), desk.item()
    desk.move(uid, "assign", "remind", note="请抓紧")
    desk.move(other, "assign")
    desk.move(other, "remind", letter_type="橙色督办函")
    desk.move(other, "remind")
    desk.move(uid, "remind", letter_type="orange")
    numbers = {(c["letter_type"], c["number"]) for u in (uid, other) for c in desk.children(u, "letter")}
    assert numbers == {("reminder", 1), ("reminder", 2), ("orange", 1), ("orange", 2)}
    first = desk.session.children(uid, "letter")[0]
    desk.session.delete("letter", first.uid)
    desk.move(uid, "remind")
    assert desk.children(uid, "letter")[-1]["number"] == 3, "a number once given is not given again"


def test_what_is_missing_is_named(desk: Desk) -> None:
    uid = desk.session.add("rectification", {"title": "只有题目"})
    with pytest.raises(BadInput, match=r"「责任单位」「整改时限」") as caught:
        desk.move(uid, "assign")
    assert [p.field for p in caught.value.problems] == ["lead_unit", "deadline"]


def test_a_wrong_step_says_where_it_is_and_what_can_be_done(desk: Desk) -> None:
    uid = desk.item()
    with pytest.raises(BadInput, match=r"现在是“拟办”，不能销号。可用的操作有：交办（assign）"):
        desk.move(uid, "close-out", who="reviewer")
    with pytest.raises(BadInput, match="没有名为「fly」的操作"):
        desk.move(uid, "fly")
    with pytest.raises(BadInput, match="没有办理流程"):
        desk.session.take_step("unit", desk.lead, "assign")
    with pytest.raises(BadInput, match="不用填「colour」（可填的有：无）"):
        desk.move(uid, "assign", colour="red")
    with pytest.raises(BadInput, match="没有编号"):
        desk.session.take_step("rectification", "a" * 20, "assign")


def test_what_a_step_asks_for_is_refused_once_and_says_why(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign")
    with pytest.raises(BadInput, match=r"^申请延期要填写「[^」]+」。$"):
        desk.move(uid, "request-extension", note="等资金")
    with pytest.raises(BadInput) as caught:
        desk.move(uid, "request-extension", note="等资金", requested_deadline="过几天")
    assert len(caught.value.problems) == 1 and "要填写" not in caught.value.message


def test_a_viewer_moves_nothing(desk: Desk) -> None:
    uid = desk.item()
    with pytest.raises(NotPermitted):
        desk.move(uid, "assign", who="viewer")
    with as_person(desk.session, "viewer", "viewer"):
        assert not any(p.allowed for p in lifecycle.actions_for(desk.session, desk.get(uid)))


def test_what_may_be_done_is_offered_in_order_with_what_comes_first(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "request-close-out")

    def offered(who: str, role: str) -> list[str]:
        with as_person(desk.session, who, role):
            found = lifecycle.actions_for(desk.session, desk.get(uid))
        return [f"{p.action.name}{' no' * (not p.allowed)}{' first' * p.first}{' again' * p.again}" for p in found]

    asked = ["request-close-out again", "withdraw"]
    assert offered("reviewer", "reviewer") == [*asked, "close-out first", "return", "suspend", "cancel"]
    assert offered("clerk", "clerk") == [*asked, "close-out no", "return no", "suspend no", "cancel no"]
    desk.move(uid, "withdraw")
    assert offered("clerk", "clerk")[:2] == ["report first", "request-close-out"]
    desk.move(uid, "suspend", who="reviewer", note="等资金")
    assert offered("reviewer", "reviewer")[0] == "resume first"


def test_a_step_that_breaks_a_rule_changes_nothing(desk: Desk) -> None:
    uid = desk.item(deadline=TODAY - dt.timedelta(days=1))
    with pytest.raises(BadInput, match="整改时限不能早于交办时间"):
        desk.move(uid, "assign")
    assert desk.get(uid).state == "drafted"
    assert desk.get(uid).values["assigned_on"] is None


def test_a_step_is_one_change_and_undone_as_one(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign")
    before = desk.get(uid)
    with as_person(desk.session, "clerk", "clerk"):
        desk.session.take_step("rectification", uid, "request-close-out", "办完了")
        change = desk.session.undo_last()
    assert change is not None
    after = desk.get(uid)
    assert after.values["steps"][:-1] == before.values["steps"] and after.values["steps"][-1].void
    assert (after.state, after.values | {"steps": before.values["steps"]}) == (before.state, before.values)
    assert desk.children(uid, "evidence") == []


def test_the_deadline_first_given_is_kept_when_another_is_typed_over_it(desk: Desk) -> None:
    uid = desk.item()
    with as_person(desk.session, "clerk", "clerk"):
        desk.session.set("rectification", uid, {"deadline": DUE + dt.timedelta(days=1)})
    assert desk.get(uid).values["original_deadline"] is None
    desk.move(uid, "assign")
    with as_person(desk.session, "clerk", "clerk"):
        desk.session.set("rectification", uid, {"deadline": DUE + dt.timedelta(days=60)})
        desk.session.set("rectification", uid, {"deadline": DUE + dt.timedelta(days=90)})
    assert desk.get(uid).values["original_deadline"] == DUE + dt.timedelta(days=1)


def test_a_decision_is_not_typed_in(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign")
    asked = {"reason": "雨季", "requested_deadline": DUE + dt.timedelta(days=9)}
    with as_person(desk.session, "clerk", "clerk"):
        for forged in ({"status": "granted"}, {"decided_by": "reviewer"}, {"granted_deadline": DUE + dt.timedelta(days=9)}):
            with pytest.raises(BadInput, match="自动填写"):
                desk.session.add("extension", asked | forged, parent=uid)
        with pytest.raises(BadInput, match="自动填写"):
            desk.session.add("evidence", {"content": "办完了", "status": "accepted"}, parent=uid)
        desk.session.add("extension", asked, parent=uid)
        assert desk.children(uid, "extension")[0]["status"] == "requested"


def test_work_assigned_earlier_keeps_its_own_day(desk: Desk) -> None:
    uid = desk.item(assigned_on=dt.date(2022, 9, 1))
    desk.move(uid, "assign")
    assert desk.get(uid).values["assigned_on"] == dt.date(2022, 9, 1)
    desk.move(uid, "acknowledge", acknowledged_on="2022.9.2")
    assert desk.get(uid).values["acknowledged_on"] == dt.date(2022, 9, 2)


def test_the_week_is_answered_and_what_is_open_is_carried_over(desk: Desk) -> None:
    friday = dt.date(2022, 9, 30)
    uid = desk.item("weekly_assignment", deadline=friday, week_year=2022, week_no=39)
    desk.move(uid, "assign", "acknowledge", kind="weekly_assignment")
    desk.move(uid, "carry-over", kind="weekly_assignment", note="资料未齐", deadline=dt.date(2022, 10, 14))
    record = desk.get(uid, "weekly_assignment")
    assert (record.values["week_no"], record.values["original_deadline"]) == (41, friday)
    desk.move(uid, "request-close-out", kind="weekly_assignment", note="已办")
    assert desk.get(uid, "weekly_assignment").state == "answered"
    with pytest.raises(NotPermitted), as_person(desk.session, "clerk", "administrator"):
        desk.session.take_step("weekly_assignment", uid, "close-out")
    desk.move(uid, "close-out", kind="weekly_assignment", who="reviewer")
    assert desk.get(uid, "weekly_assignment").state == "closed_out"


def test_a_deleted_record_takes_no_step(desk: Desk, tmp_path: Path) -> None:
    uid = desk.item()
    desk.session.delete("rectification", uid)
    assert lifecycle.actions_for(desk.session, desk.get(uid)) == []
    with pytest.raises(BadInput, match="回收站"):
        desk.move(uid, "assign")


def test_what_the_assignment_asked_for_is_not_emptied_afterwards(desk: Desk) -> None:
    uid = desk.item()
    desk.session.set("rectification", uid, {"deadline": None})
    desk.session.set("rectification", uid, {"deadline": DUE})
    desk.move(uid, "assign")
    for name in ("deadline", "lead_unit"):
        with pytest.raises(BadInput, match="不能清空"):
            desk.session.set("rectification", uid, {name: None})
    desk.session.set("rectification", uid, {"deadline": DUE + dt.timedelta(days=1)})
    assert desk.get(uid).values["original_deadline"] == DUE


def test_who_may_not_write_is_told_so_whatever_the_state(desk: Desk) -> None:
    with pytest.raises(NotPermitted):
        desk.move(desk.item(), "close-out", who="viewer")


def test_what_waits_for_a_decision_is_not_binned(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "request-close-out", note="已整改到位")
    evidence = desk.session.children(uid, "evidence")[0].uid
    with as_person(desk.session, "clerk", "clerk"), pytest.raises(BadInput, match="还没有审定"):
        desk.session.delete("evidence", evidence)
    desk.move(uid, "withdraw")
    with as_person(desk.session, "clerk", "clerk"):
        desk.session.delete("evidence", evidence)


def test_a_field_that_the_record_has_is_asked_of_the_record(desk: Desk) -> None:
    kinds, of_children = desk.session.kinds, 0
    for kind in kinds:
        cycle = kinds.lifecycle_of(kind)
        for action in cycle.actions if cycle else ():
            for each in lifecycle.requested_fields(kinds, kind, action):
                name = each.field.name
                assert each.of_child == (not kind.has(name)) and each.required == (name in action.ask), (kind.name, name)
                assert each.field == (kinds.get(action.child.kind) if each.of_child else kind).field(name)
                of_children += each.of_child
    assert of_children


def test_no_step_gives_work_to_a_unit_that_has_ceased(desk: Desk) -> None:
    gone = desk.session.add("unit", {"name": "撤了的局", "abolished_on": dt.date(2022, 9, 1)})
    uid = desk.item()
    desk.move(uid, "assign", "acknowledge")
    with pytest.raises(BadInput, match="撤了的局"):
        desk.move(uid, "transfer", who="reviewer", note="职能划转", lead_unit=gone)
    with pytest.raises(BadInput) as caught:
        desk.move(uid, "transfer", who="reviewer", note="职能划转", lead_unit=gone, deadline="不是日期")
    assert {each.field for each in caught.value.problems} == {"lead_unit", "deadline"}, "told with what else is wrong"


def test_the_steps_before_are_those_that_the_record_tells(desk: Desk) -> None:
    uid = desk.item()
    assert lifecycle.steps_before(desk.session, desk.get(uid)) == ()
    desk.move(uid, "assign", "acknowledge")
    before = lifecycle.steps_before(desk.session, desk.get(uid))
    assert [step.action for step in before] == ["assign", "acknowledge"] and before == desk.get(uid).values["steps"]


def test_a_step_taken_back_is_called_by_its_name_and_note(desk: Desk) -> None:
    uid = desk.item()
    desk.move(uid, "assign", "acknowledge", note="收到")
    with as_person(desk.session, "clerk", "clerk"):
        change = desk.session.undo_last()
    assert change is not None and "签收：收到" in change.label
    for length, shown in ((60, "字" * 60), (61, "字" * 60 + "…")):
        desk.move(uid, "acknowledge", note="字" * length)
        with as_person(desk.session, "clerk", "clerk"):
            change = desk.session.undo_last()
        assert change is not None and change.label.endswith(f"签收：{shown}")


def test_a_step_names_a_unit_as_the_office_knows_it(desk: Desk) -> None:
    kind = desk.session.kinds.get("rectification")
    at = lifecycle._SessionDesk(desk.session, TODAY)  # noqa: SLF001
    step = Step(at, kind, desk.get(desk.item()))
    assert step.value("text:澄陵县", kind.field("lead_unit"), kind) == desk.other


def test_only_an_edit_that_changes_something_takes_back_what_was_checked(desk: Desk) -> None:
    kind = desk.session.kinds.get("bulletin")
    values = dict.fromkeys((f.name for f in kind.all_fields), None) | {"title": "第1期"}
    record = Record(kind.name, 1, "u", None, "checked", False, "", "", "", "", "", values)
    cycle = desk.session.kinds.lifecycle_of(kind)
    assert lifecycle.edit_side_effects(kind, cycle, record, {"title": "第1期"}) == {}
    assert lifecycle.edit_side_effects(kind, cycle, record, {"title": "第2期"}) == {"state": "drafted"}
