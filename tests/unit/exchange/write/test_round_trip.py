"""A workbook goes out, is filled in by hand, saved by another program, and comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from db.errors import BadInput
from desktop.exchange.apply import accept, import_history


def test_an_untouched_workbook_says_nothing(city: Any) -> None:
    before = city.state()
    plan = city.plan(city.export().file)
    assert (plan.added, plan.updated, plan.unchanged, plan.rows) == (0, 0, 9, [])
    assert city.state() == before


def test_making_a_plan_writes_nothing(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row("第1项 窗口排队时间长"), "整改措施", "增设窗口")
    file = book.save()
    before = city.session.office.connection.execute("SELECT count(*), max(id) FROM changes").fetchone()
    assert city.plan(file).updated == 1
    assert city.session.office.connection.execute("SELECT count(*), max(id) FROM changes").fetchone() == before


def test_hand_edits_come_in_and_the_same_file_again_changes_nothing(city: Any, hand: Any) -> None:
    book = hand(city.export(unit="安坪县人民政府").file)
    row = book.row("第1项 窗口排队时间长")
    book.write(row, "进展情况", "已完成一半").write(row, "完成进度", "50%").write(row, "整改到位时间", "2022年9月5日")
    file = book.save()
    result = city.take(file)
    assert (result.added, result.updated, result.unchanged) == (0, 1, 2)
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    assert city.value(uid, "progress") == "已完成一半"
    assert city.value(uid, "progress_percent") == 50
    assert city.value(uid, "rectified_on") == dt.date(2022, 9, 5)
    state = city.state()
    again = city.take(file)
    assert (again.added, again.updated, len(again.conflicts)) == (0, 0, 0)
    assert city.state() == state
    assert city.session.verify() == []


def test_a_value_can_be_blanked(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row("第1项 窗口排队时间长"), "联系电话", None)
    city.take(book.save())
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    assert city.value(uid, "phone") is None


def test_two_units_first_new_rows_stay_two_and_a_corrected_return_stays_one(city: Any, hand: Any) -> None:
    template = city.export(blank_rows=3).file
    for number, unit in enumerate(("安坪县人民政府", "临湖区人民政府")):
        book = hand(template)
        book.write(book.blank_row(), "整改事项", f"{unit}的新事项").write(book.blank_row(), "责任单位", unit)
        assert city.take(book.save(f"{number}.xlsx")).added == 1
    assert len([t for t in city.titles() if t.endswith("的新事项")]) == 2
    book = hand(template)
    book.write(book.blank_row(), "整改事项", "安坪县人民政府的新事项（更正）").write(
        book.blank_row(), "责任单位", "安坪县人民政府"
    )
    result = city.take(book.save("again.xlsx"))
    assert result.added == 0
    assert [(c.field, c.correction) for c in result.conflicts] == [("title", True)]


def test_a_corrected_return_is_proposed_as_correction_and_never_taken_unseen(city: Any, hand: Any) -> None:
    sent = city.export().file
    title = "第1项 窗口排队时间长"
    first = hand(sent)
    city.take(first.write(first.row(title), "整改措施", "先写的").save("first.xlsx"))
    second = hand(sent)
    file = second.write(second.row(title), "整改措施", "后来更正的").save("second.xlsx")
    plan = city.plan(file)
    assert [(c.status, c.text_mine, c.text_theirs) for r in plan.rows for c in r.cells] == [
        ("correction", "先写的", "后来更正的")
    ]
    uid = plan.rows[0].uid
    result = accept.accept(city.session, plan)
    assert city.value(uid, "measures") == "先写的"
    accept.decide(city.session, result.conflicts[0].conflict_id, "theirs", "单位来电更正")
    assert city.value(uid, "measures") == "后来更正的"
    assert accept.conflicts(city.session) == []
    assert city.plan(file).rows == []


def test_what_was_changed_here_meanwhile_is_a_conflict(city: Any, hand: Any) -> None:
    sent = city.export().file
    title = "第1项 窗口排队时间长"
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"] == title)
    city.session.set("rectification", uid, {"measures": "本单位写的"})
    book = hand(sent)
    file = book.write(book.row(title), "整改措施", "县里写的").save()
    result = city.take(file)
    waiting = result.conflicts
    assert [(c.field, c.base, c.mine, c.theirs, c.cell[0]) for c in waiting] == [
        ("measures", None, "本单位写的", "县里写的", "M")
    ]
    assert city.value(uid, "measures") == "本单位写的"
    again = city.take(file)
    assert [c.conflict_id for c in again.conflicts] == [c.conflict_id for c in waiting]
    assert len(accept.conflicts(city.session)) == 1
    accept.decide(city.session, waiting[0].conflict_id, "两边合起来写的")
    assert city.value(uid, "measures") == "两边合起来写的"
    with pytest.raises(BadInput, match="已经处理过"):
        accept.decide(city.session, waiting[0].conflict_id, "mine")
    assert city.take(file).conflicts == []


def test_choices_of_the_merge_view(city: Any, hand: Any) -> None:
    sent = city.export().file
    book = hand(sent)
    for number in (1, 2, 3):
        book.write(book.row(f"第{number}项 窗口排队时间长"), "整改措施", f"措施{number}")
    book.write(book.row("第1项 窗口排队时间长"), "责任人", "赵六")
    uids = {r.values["title"][:3]: r.uid for r in city.session.office.each("rectification")}
    city.session.set("rectification", uids["第3项"], {"measures": "本单位的"})
    plan = city.plan(book.save())
    result = accept.accept(
        city.session, plan,
        {(uids["第1项"], "measures"): "skip", uids["第2项"]: "skip", (uids["第3项"], "measures"): "theirs"},
    )  # fmt: skip
    assert city.value(uids["第1项"], "measures") is None and city.value(uids["第1项"], "responsible_person") == "赵六"
    assert city.value(uids["第2项"], "measures") is None
    assert city.value(uids["第3项"], "measures") == "措施3"
    assert result.conflicts == [] and accept.conflicts(city.session) == []
    left = city.plan(plan.file)
    assert sorted(c.field for r in left.rows for c in r.of("changed")) == ["measures", "measures"]


def test_an_import_is_undone_as_a_whole_and_later_edits_are_kept_and_named(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    for number in (1, 2):
        book.write(book.row(f"第{number}项 窗口排队时间长"), "整改措施", f"措施{number}")
    book.write(book.blank_row(), "整改事项", "新增一件").write(book.blank_row(), "责任单位", "安坪县人民政府")
    file = book.save()
    uids = {r.values["title"][:3]: r.uid for r in city.session.office.each("rectification")}
    city.session.set("rectification", uids["第3项"], {"note": "别的改动"})
    result = city.take(file)
    city.session.set("rectification", uids["第2项"], {"measures": "后来改的"})
    undone = accept.undo_import(city.session, result.import_id)
    assert city.value(uids["第1项"], "measures") is None
    assert city.value(uids["第2项"], "measures") == "后来改的"
    assert ("rectification", uids["第2项"], "measures") in undone.kept
    assert "新增一件" not in city.titles()
    assert city.value(uids["第3项"], "note") == "别的改动"
    assert accept.imports(city.session)[0].undone
    with pytest.raises(BadInput, match="已经撤销"):
        accept.undo_import(city.session, result.import_id)
    assert city.session.verify() == []


def test_undoing_an_import_withdraws_its_conflicts(city: Any, hand: Any) -> None:
    sent = city.export().file
    uid = next(r.uid for r in city.session.office.each("rectification"))
    title = city.value(uid, "title")
    city.session.set("rectification", uid, {"measures": "本单位写的"})
    book = hand(sent)
    result = city.take(book.write(book.row(title), "整改措施", "县里写的").save())
    assert len(accept.conflicts(city.session)) == 1
    assert accept.undo_import(city.session, result.import_id).withdrawn == 1
    assert accept.conflicts(city.session) == []


def test_deletion_is_a_mark_and_a_missing_row_is_not_one(city: Any, hand: Any) -> None:
    book = hand(city.export().file)
    book.write(book.row("第1项 窗口排队时间长"), "删除标记", "删除")
    book.sheet.delete_rows(book.row("第2项 窗口排队时间长"))
    result = city.take(book.save())
    assert result.updated == 1
    assert len(city.titles()) == 8 and "第2项 窗口排队时间长" in city.titles()


def test_edited_here_deleted_there_is_a_conflict(city: Any, hand: Any) -> None:
    sent = city.export().file
    title = "第1项 窗口排队时间长"
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"] == title)
    city.session.set("rectification", uid, {"note": "之后又改过"})
    book = hand(sent)
    result = city.take(book.write(book.row(title), "删除标记", "删除").save())
    assert [c.field for c in result.conflicts] == ["deleted"]
    assert not city.value(uid, "deleted")
    accept.decide(city.session, result.conflicts[0].conflict_id, "theirs")
    assert city.value(uid, "deleted") is True


def test_deleted_here_edited_there_is_a_conflict(city: Any, hand: Any) -> None:
    sent = city.export().file
    title = "第1项 窗口排队时间长"
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"] == title)
    city.session.delete("rectification", uid)
    book = hand(sent)
    result = city.take(book.write(book.row(title), "整改措施", "县里写的").save())
    assert "deleted" in [c.field for c in result.conflicts]
    waiting = next(c for c in result.conflicts if c.field == "deleted")
    accept.decide(city.session, waiting.conflict_id, "theirs")
    assert city.value(uid, "deleted") is False and city.value(uid, "measures") == "县里写的"
    assert accept.conflicts(city.session) == []


@pytest.mark.parametrize("undone", [False, True])
def test_what_was_brought_back_by_hand_is_not_asked_whether_it_should_live(city: Any, hand: Any, undone: bool) -> None:
    """The edit for whose sake it was asked still waits; the own workbook changes nothing; nor does an import brought back again."""
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    book = hand(city.export().file)
    book.write(book.row("第1项 窗口排队时间长"), "整改措施", "县里写的")
    city.session.delete("rectification", uid)
    taken = city.take(book.save())
    assert sorted(c.field for c in taken.conflicts) == ["deleted", "measures"]
    if undone:
        city.session.undo_last()
    else:
        city.session.restore("rectification", uid)
    assert city.value(uid, "deleted") is False
    assert [c.field for c in accept.conflicts(city.session)] == ["measures"]
    before = city.state()
    city.take(city.export("own.xlsx").file)
    assert city.state() == before and [c.field for c in accept.conflicts(city.session)] == ["measures"]
    import_history.undo_import(city.session, taken.import_id)
    assert import_history.redo_import(city.session, taken.import_id).reopened == 1
    (waits,) = accept.conflicts(city.session)
    assert (waits.field, waits.theirs) == ("measures", "县里写的")
    accept.decide(city.session, waits.conflict_id, "theirs")
    assert city.value(uid, "measures") == "县里写的" and accept.conflicts(city.session) == [] and city.session.verify() == []


def test_a_question_withdrawn_with_its_import_is_not_asked_again_of_what_lives(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith("第1项"))
    book = hand(city.export().file)
    book.write(book.row("第1项 窗口排队时间长"), "整改措施", "县里写的")
    city.session.delete("rectification", uid)
    taken = city.take(book.save())
    import_history.undo_import(city.session, taken.import_id)
    assert city.session.verify() == []  # it took back no write, and says so of none
    city.session.restore("rectification", uid)
    assert import_history.redo_import(city.session, taken.import_id).reopened == 1
    assert [c.field for c in accept.conflicts(city.session)] == ["measures"] and city.session.verify() == []


def test_deciding_all_conflicts_of_a_deleted_record_one_after_the_other(city: Any, hand: Any) -> None:
    """The decision on the deletion answers the fields that waited for it; deciding those afterwards is no error."""
    sent = city.export().file
    title = "第1项 窗口排队时间长"
    uid = next(r.uid for r in city.session.office.each("rectification") if r.values["title"] == title)
    city.session.delete("rectification", uid)
    book = hand(sent)
    row = book.row(title)
    result = city.take(book.write(row, "整改措施", "县里写的").write(row, "责任人", "李明").save())
    assert sorted(c.field for c in result.conflicts) == ["deleted", "measures", "responsible_person"]
    for conflict in sorted(result.conflicts, key=lambda c: c.field != "deleted"):
        accept.decide(city.session, conflict.conflict_id, "theirs")
    assert accept.conflicts(city.session) == []
    assert city.value(uid, "measures") == "县里写的" and city.value(uid, "deleted") is False
