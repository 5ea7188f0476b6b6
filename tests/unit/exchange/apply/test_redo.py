"""An import that was undone stays undone when the same file comes again; it is brought back as a whole on wish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from db.errors import BadInput
from desktop import cli
from desktop.exchange.apply import accept, import_report
from tests.unit.exchange.conftest import PASSWORD


def filled(city: Any, hand: Any) -> Any:
    book = hand(city.export(unit="安坪县人民政府").file)
    row, fresh = book.row("第1项 窗口排队时间长"), book.blank_row()
    book.write(row, "整改措施", "交来的").write(row, "责任人", "李明").write(row, "整改到位时间", "下个月")
    book.write(fresh, "整改事项", "新的一件").write(fresh, "问题表现", "表现")
    return book.save()


def uid_of(city: Any, title: str) -> str:
    return next(r.uid for r in city.session.office.each("rectification") if r.values["title"].startswith(title))


def test_the_same_file_after_an_undo_changes_nothing_and_says_which_import_it_was(city: Any, hand: Any) -> None:
    file = filled(city, hand)
    first = city.take(file)
    before = city.state()
    accept.undo_import(city.session, first.import_id)
    plan = city.plan(file)
    assert (plan.added, plan.updated) == (0, 0)
    assert plan.earlier_import["import_id"] == first.import_id and plan.earlier_import["undone"]
    again = city.take(file)  # as a script does that looks at nothing: it leaves an entry of its own, and hides nothing
    assert (again.added, again.updated) == (0, 0)
    earlier = city.plan(file).earlier_import
    assert earlier["import_id"] == first.import_id and earlier["undone"]
    redone = accept.redo_import(city.session, first.import_id)
    assert redone.kept == [] and len(redone.records) == 2
    assert {u: v[0] for u, v in city.state()["rectification"].items()} == {u: v[0] for u, v in before["rectification"].items()}
    assert not any(entry.undone for entry in accept.imports(city.session))
    with pytest.raises(BadInput, match="没有撤销过"):
        accept.redo_import(city.session, first.import_id)
    undone = accept.undo_import(city.session, first.import_id)
    assert undone.kept == [] and city.value(uid_of(city, "第1项"), "measures") is None
    assert city.session.verify() == []


def test_the_command_line_names_the_import_that_was_undone(
    city: Any, hand: Any, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = filled(city, hand)
    first = city.take(file)
    accept.undo_import(city.session, first.import_id)
    city.session.close()
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)
    for more in (["--preview"], [], []):
        capfdbinary.readouterr()
        assert cli.main(["--data", str(city.folder / "data"), "--user", "admin", "--json", "import", str(file), *more]) == 0
        answer = json.loads(capfdbinary.readouterr().out)
        assert (answer["added"], answer["updated"]) == (0, 0)
        assert any(first.import_id in each and "恢复这次导入" in each for each in answer["remarks"]), answer["remarks"]


def test_what_was_written_after_the_undo_is_kept_and_named(city: Any, hand: Any) -> None:
    first = city.take(filled(city, hand))
    accept.undo_import(city.session, first.import_id)
    uid = uid_of(city, "第1项")
    city.session.set("rectification", uid, {"measures": "撤销之后本办写的"})
    redone = accept.redo_import(city.session, first.import_id)
    assert redone.kept == [("rectification", uid, "measures")]
    assert (city.value(uid, "measures"), city.value(uid, "responsible_person")) == ("撤销之后本办写的", "李明")


def test_withdrawn_conflicts_wait_again(city: Any, hand: Any) -> None:
    file = filled(city, hand)
    uid = uid_of(city, "第1项")
    city.session.set("rectification", uid, {"measures": "本办写的"})
    first = city.take(file)
    accept.undo_import(city.session, first.import_id)
    assert accept.conflicts(city.session) == []
    assert accept.redo_import(city.session, first.import_id).reopened == 1
    (waits,) = accept.conflicts(city.session)
    accept.decide(city.session, waits.conflict_id, "theirs")
    assert city.value(uid, "measures") == "交来的"


def test_weeks_later_the_kept_file_is_marked_with_what_was_decided(city: Any, hand: Any, tmp_path: Any) -> None:
    import openpyxl

    file = filled(city, hand)
    uid = uid_of(city, "第1项")
    city.session.set("rectification", uid, {"measures": "本办写的", "responsible_person": "张三"})
    city.take(file, {(uid, "responsible_person"): "mine"})
    file.unlink()
    (waits,) = accept.conflicts(city.session)
    accept.decide(city.session, waits.conflict_id, "theirs")
    (entry,) = accept.imports(city.session)
    made = import_report.mark_import(city.session, entry, tmp_path / "退回.xlsx")
    assert made.whole and made.cells == 2
    back = openpyxl.load_workbook(made.file)
    told = [[c.value for c in row][:4] for row in back["导入结果"].iter_rows(min_row=4)]
    assert [(t[0], t[3]) for t in told] == [("有错", "整改到位时间"), ("未采用", "责任人")]
    text = "\n".join(import_report.receipt_of(city.session, entry).text())
    assert "未采用：「责任人」" in text and "整改措施" not in text


def test_a_passworded_workbook_goes_back_under_its_password(city: Any, hand: Any, tmp_path: Any) -> None:
    sent = city.export("locked.xlsx", unit="安坪县人民政府", password="abc-2022").file
    plan = city.plan(sent, password="abc-2022")
    made = import_report.mark(city.session, plan, tmp_path / "退回.xlsx", password="abc-2022")
    assert made.whole and made.file.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    assert city.plan(made.file, password="abc-2022").unchanged == plan.unchanged
    with pytest.raises(BadInput, match="打开密码"):
        import_report.mark(city.session, plan, tmp_path / "清单.xlsx")
