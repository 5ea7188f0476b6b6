"""The one way in: rights, validation, versions, journal, undo, recycle bin, search, verify, over a real encrypted office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from db import office
from db.errors import (
    BadInput,
    Busy,
    Damaged,
    DeclarationError,
    NotPermitted,
    WorkFailed,
    WrongPassword,
)
from db.model.declarations import Field, Kind
from db.model.query import Query, Where, parse_where
from db.session import Session
from db.store.book import Book
from tests.samples import as_person

PASSWORD = "zhengxian-demo"


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Session]:
    session, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    for name, short in (("安坪县", "安坪"), ("荷口区", "荷口"), ("市教育局", None)):
        session.add("unit", {"name": name, "short_name": short})
    office.add_user(session, "clerk", "李一", "clerk", PASSWORD)
    office.add_user(session, "viewer", "周三", "viewer", PASSWORD)
    yield session
    session.close()


def unit(session: Session, name: str) -> str:
    uid = session.names.unit_by_name(name)
    assert uid is not None
    return uid


def item(session: Session, title: str = "校园食堂留样不规范", **values: object) -> str:
    return session.add("rectification", {"title": title, "lead_unit": unit(session, "安坪"), **values})


def reopen(session: Session, user: str) -> Session:
    folder = session.folder
    session.close()
    return office.open_office(folder, user, PASSWORD)


def test_what_is_added_is_there_after_reopening(admin: Session) -> None:
    uid = item(admin, deadline=dt.date(2026, 12, 1), cooperating_units=(unit(admin, "市教育局"),))
    again = reopen(admin, "clerk")
    try:
        record = again.must_get("rectification", uid)
        assert record.values["title"] == "校园食堂留样不规范"
        assert record.values["deadline"] == dt.date(2026, 12, 1)
        assert again.text(record, "cooperating_units") == "市教育局"
        assert record.state == "drafted"
        assert record.created_by == "admin"
    finally:
        again.close()


def test_every_problem_is_told_at_once_and_nothing_is_kept(admin: Session) -> None:
    with pytest.raises(BadInput) as caught:
        admin.add("rectification", {"title": " ", "phone": "电话", "progress_percent": "12x"})
    assert {p.field for p in caught.value.problems} >= {"phone", "progress_percent"}
    with pytest.raises(BadInput) as caught:
        admin.add("rectification", {"title": "  "})
    assert "必填" in caught.value.message
    assert admin.count(Query(kind="rectification", deleted="any")) == 0


def test_an_unknown_unit_or_record_is_refused(admin: Session) -> None:
    with pytest.raises(BadInput, match="单位"):
        admin.add("rectification", {"title": "甲", "lead_unit": "a" * 20})
    with pytest.raises(BadInput, match="没有编号"):
        admin.set("rectification", "b" * 20, {"title": "乙"})


def test_what_the_lifecycle_fills_cannot_be_written(admin: Session) -> None:
    uid = item(admin)
    with pytest.raises(BadInput, match="流程"):
        admin.set("rectification", uid, {"returned_count": 3})


def test_roles_are_checked_in_the_write_path(admin: Session) -> None:
    uid = item(admin)
    viewer = reopen(admin, "viewer")
    try:
        for act in (
            lambda: viewer.add("rectification", {"title": "丙"}),
            lambda: viewer.set("rectification", uid, {"title": "丙"}),
            lambda: viewer.delete("rectification", uid),
            lambda: viewer.take_step("rectification", uid, "assign"),
            lambda: office.add_user(viewer, "x", "x", "administrator", PASSWORD),
            lambda: viewer.save_kind(Kind(name="own", label="自建", title="name", fields=(Field(name="name", label="名称", type="text"),))),
        ):
            with pytest.raises(NotPermitted):
                act()
        assert viewer.must_get("rectification", uid).values["title"] == "校园食堂留样不规范"
    finally:
        viewer.close()


def test_a_clerk_has_no_way_to_personnel_records(admin: Session) -> None:
    personnel = [k.name for k in admin.kinds if k.book == "personnel"]
    assert personnel
    clerk = reopen(admin, "clerk")
    try:
        for kind in personnel:
            for act in (
                lambda k=kind: clerk.find(Query(kind=k)),
                lambda k=kind: clerk.count(Query(kind=k)),
                lambda k=kind: clerk.get(k, "a" * 20),
                lambda k=kind: clerk.add(k, {}),
                lambda k=kind: clerk.history(k, "a" * 20),
            ):
                with pytest.raises(NotPermitted):
                    act()
        assert len(clerk.books) == 1
        assert not [k for k in clerk.visible_kinds() if k.book == "personnel"]
    finally:
        clerk.close()


def test_undo_takes_back_own_last_changes_one_by_one(admin: Session) -> None:
    uid = item(admin)
    admin.set("rectification", uid, {"title": "一"})
    admin.set("rectification", uid, {"title": "二", "note": "备"})
    change = admin.undo_last()
    assert change is not None and ("rectification", uid, "undo") in change.records
    record = admin.must_get("rectification", uid)
    assert (record.values["title"], record.values["note"]) == ("一", None)
    admin.undo_last()
    assert admin.must_get("rectification", uid).values["title"] == "校园食堂留样不规范"
    admin.undo_last()
    assert admin.must_get("rectification", uid).deleted
    admin.redo_last()
    assert not admin.must_get("rectification", uid).deleted
    admin.redo_last()
    assert admin.must_get("rectification", uid).values["title"] == "一"
    admin.set("rectification", uid, {"title": "三"})
    assert admin.redo_last() is None
    assert admin.verify() == []


def test_undo_keeps_what_somebody_changed_since(admin: Session) -> None:
    uid = item(admin)
    admin.set("rectification", uid, {"title": "一", "note": "备"})
    clerk = reopen(admin, "clerk")
    clerk.set("rectification", uid, {"title": "李一改的"})
    again = reopen(clerk, "admin")
    try:
        change = again.undo_last()
        assert change is not None
        assert change.kept == [("rectification", uid, "title")]
        record = again.must_get("rectification", uid)
        assert (record.values["title"], record.values["note"]) == ("李一改的", None)
    finally:
        again.close()


def test_the_recycle_bin(admin: Session) -> None:
    uid = item(admin)
    admin.delete("rectification", uid)
    assert admin.count(Query(kind="rectification")) == 0
    assert [r.uid for r in admin.find(Query(kind="rectification", deleted="only"))] == [uid]
    with pytest.raises(BadInput, match="回收站"):
        admin.set("rectification", uid, {"title": "丁"})
    admin.restore("rectification", uid)
    assert admin.count(Query(kind="rectification")) == 1


def test_all_or_nothing(admin: Session) -> None:
    heard: list[object] = []
    admin.subscribe(heard.append)
    with pytest.raises(ZeroDivisionError), admin.atomic("form", "两条"):
        item(admin, "一")
        item(admin, "二")
        raise ZeroDivisionError
    assert admin.count(Query(kind="rectification", deleted="any")) == 0
    assert heard == []
    with admin.atomic("form", "两条") as scope:
        item(admin, "一")
        item(admin, "二")
    assert len(heard) == 1
    assert scope.change is not None and len(scope.change.records) == 2
    assert admin.verify() == []


@pytest.mark.parametrize("text", ["食堂", "食", "校园食堂", "留样不规范", "xyst", "xiaoyuanshi", "安坪县", "apx", "荷口 食堂"])
def test_search_finds_by_text_pinyin_and_unit(admin: Session, text: str) -> None:
    uid = item(admin, cooperating_units=(unit(admin, "荷口"),))
    item(admin, "道路井盖缺失", lead_unit=unit(admin, "市教育局"))
    assert [h.uid for h in admin.search(text) if h.kind == "rectification"] == [uid]


@pytest.mark.parametrize("text", ["GB国标", "gb国", "ＧＢ国标", "(GB国标", "2026年", "２０２６"])
def test_letters_and_digits_are_found_in_whatever_width_they_were_typed(admin: Session, text: str) -> None:
    uids = {item(admin, "按（ＧＢ国标）排查２０２６年"), item(admin, "按（GB国标）排查2026年")}
    item(admin, "国标２０２年，GB")
    assert {r.uid for r in admin.find(Query(kind="rectification", search=text))} == uids
    assert {h.uid for h in admin.search(text)} == uids


def test_the_index_of_words_joins_its_parts_alike_in_a_new_and_an_earlier_book(admin: Session) -> None:
    def kept() -> dict[str, int]:
        return dict(admin.office.writer.execute("SELECT k, v FROM search_config WHERE k LIKE '%merge'"))

    assert kept() == {"automerge": 8, "crisismerge": 64}
    admin.office.writer.execute("DELETE FROM search_config WHERE k LIKE '%merge'")
    admin.office.optimize()
    assert kept() == {"automerge": 8, "crisismerge": 64}
    uids = [item(admin, f"第{n}号井盖缺失") for n in range(3)]
    assert {h.uid for h in admin.search("井盖")} == {*uids}


def test_rows_that_wait_for_the_index_are_found_all_the_same(admin: Session) -> None:
    uid = item(admin, "道路井盖缺失")
    record = admin.must_get("rectification", uid)
    admin.office.writer.execute("DELETE FROM search")
    admin.office.writer.execute("INSERT INTO search_waiting VALUES ('rectification', ?)", (record.id,))
    assert [h.uid for h in admin.search("井盖")] == [uid]
    assert admin.office.index_waiting() == 0
    assert [h.uid for h in admin.search("jgqs")] == [uid]


@pytest.mark.parametrize("text", ["〓", "！", "𗀀", "🙂"], ids=["geta", "mark", "Tangut", "face"])
def test_what_no_text_can_hold_is_searched_for_in_vain(admin: Session, text: str) -> None:
    item(admin)
    assert admin.find(Query(kind="rectification", search=text)) == []


def test_search_checks_the_order_of_longer_words(admin: Session) -> None:
    """The table knows pairs of characters only: 清单清 would be found in 清清单 without a look at the text."""
    item(admin, "单清清单")
    assert admin.find(Query(kind="rectification", search="清单清")) == []


def test_filters(admin: Session) -> None:
    admin.fixed_today = dt.date(2026, 11, 2)
    late = item(admin, "甲", deadline=dt.date(2026, 11, 20))
    soon = item(admin, "乙", deadline=dt.date(2026, 11, 26))
    far = item(admin, "丙", deadline=dt.date(2027, 3, 1), cooperating_units=(unit(admin, "荷口"),))
    for uid in (late, soon, far):
        admin.take_step("rectification", uid, "assign")
    admin.fixed_today = dt.date(2026, 11, 24)

    def found(*where: Where, sort: tuple[tuple[str, bool], ...] = ()) -> list[str]:
        return [r.uid for r in admin.find(Query(kind="rectification", where=where, sort=sort))]

    assert found(Where("light", "eq", "red")) == [late]
    assert found(Where("light", "in", ["red", "yellow"])) == [late, soon]
    assert found(Where("deadline", "ge", dt.date(2026, 11, 26)), sort=(("deadline", True),)) == [far, soon]
    for name, river, plain in (("unit", [], [late, soon, far]), ("cooperating", [far], []), ("involved", [far], [late, soon, far])):
        assert found(Where(name, "in", [unit(admin, "荷口")])) == river, name
        assert found(Where(name, "in", [unit(admin, "安坪")])) == plain, name
    assert found(parse_where("涉及单位=荷口", admin.kinds.get("rectification"), admin.names)) == [far]
    assert found(Where("cooperating", "blank")) == [late, soon] and found(Where("involved", "filled")) == [late, soon, far]
    assert found(Where("title", "contains", "乙")) == [soon]
    assert found(Where("note", "blank")) == [late, soon, far]
    assert found(Where("cooperating_units", "filled")) == [far]
    assert found(Where("title", "contains", "%")) == []
    assert found(sort=(("light", False),)) == [late, soon, far]
    by_title = sorted([late, soon, far], key=lambda u: admin.must_get("rectification", u).values["title"])
    assert found(sort=(("lead_unit", True), ("title", False))) == by_title
    for record in admin.find(Query(kind="rectification")):
        assert found(Where("light", "eq", admin.light(record))) != []


def test_wrong_password_swapped_book_and_second_window(admin: Session, tmp_path: Path) -> None:
    with pytest.raises(Busy):
        office.open_office(admin.folder, "admin", PASSWORD)
    folder = admin.folder
    admin.close()
    with pytest.raises(WrongPassword):
        office.open_office(folder, "admin", "wrong-password")
    with pytest.raises(WrongPassword):
        office.open_office(folder, "nobody", PASSWORD)
    other, _ = office.create_office(tmp_path / "other", "另一单位", "county", "admin", PASSWORD)
    other.close()
    (folder / "office.db").write_bytes((tmp_path / "other" / "office.db").read_bytes())
    with pytest.raises(Damaged, match="另一个单位") as caught:
        office.open_office(folder, "admin", PASSWORD)
    assert caught.value.exit_code == 4


def test_a_making_that_was_cut_short_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "office"
    folder.mkdir()
    # What a kill leaves: a stage, and a book already moved to its place.
    (folder / ".making").mkdir()
    (folder / ".making" / "keys.json").write_bytes(b"{}")
    (folder / "office.db").write_bytes(b"half")
    session, _ = office.create_office(folder, "云川市委督查室", "city", "admin", PASSWORD)
    item_uid = session.add("unit", {"name": "安坪县"})
    session.close()
    again = office.open_office(folder, "admin", PASSWORD)
    assert again.get("unit", item_uid) is not None
    again.close()

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Book, "migrate_tables", broken)
    with pytest.raises(OSError, match="space"):
        office.create_office(tmp_path / "second", "云川市委督查室", "city", "admin", PASSWORD)
    assert not (tmp_path / "second").exists()


def test_no_plain_text_reaches_the_disk(admin: Session) -> None:
    item(admin, "极其特别的整改事项标题")
    folder = admin.folder
    admin.close()
    needle = "极其特别的整改事项标题"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"office.db", "personnel.db", "keys.json"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        assert needle.encode() not in data and needle.encode("utf-16-le") not in data, path.name


def test_verify_finds_what_was_done_behind_its_back(admin: Session) -> None:
    uid = item(admin)
    item(admin, "第二条")
    assert admin.verify() == []
    admin.office.writer.execute("UPDATE rectification SET title = '改了' WHERE uid = ?", (uid,))
    assert any("不符" in problem for problem in admin.verify())
    admin.office.writer.execute("UPDATE rectification SET title = '校园食堂留样不规范' WHERE uid = ?", (uid,))
    assert admin.verify() == []
    admin.office.writer.execute("DELETE FROM journal WHERE seq = 3")
    assert any("审计链" in problem for problem in admin.verify())


def test_verify_finds_a_lost_unit(admin: Session) -> None:
    item(admin)
    with admin.atomic("form", ""):
        record = admin.must_get("rectification", item(admin, "另一条"))
        admin.transaction("office").update(record, {"lead_unit": "z" * 20})
    assert any("不存在的记录" in problem for problem in admin.verify())


def test_an_office_makes_a_ledger_of_its_own(admin: Session) -> None:
    kind = Kind(
        name="own_river", label="河长巡河", title="name", family="自建", lifecycle="close_out", unit="lead_unit",
        fields=(Field(name="name", label="河段", type="text", required=True), Field(name="lead_unit", label="责任单位", type="unit")),
    )  # fmt: skip
    admin.save_kind(kind)
    deadline = admin.today + dt.timedelta(days=30)
    uid = admin.add("own_river", {"name": "沙河东段", "lead_unit": unit(admin, "安坪"), "deadline": deadline})
    admin.take_step("own_river", uid, "assign")
    again = reopen(admin, "clerk")
    try:
        assert again.kinds.get("own_river").source == "office"
        assert again.must_get("own_river", uid).state == "assigned"
        assert [h.uid for h in again.search("沙河")] == [uid]
        assert again.verify() == []
    finally:
        again.close()


def test_an_empty_field_that_an_index_holds_becomes_another(admin: Session) -> None:
    name, size = Field(name="name", label="名称", type="text"), Field(name="size", label="规模", type="text")
    own = Kind(name="own_sized", label="自建", title="name", family="自建", fields=(name, size), indexes=(("name", "size"),))
    admin.save_kind(own)
    admin.save_kind(msgspec.structs.replace(own, fields=(name, msgspec.structs.replace(size, type="integer"))))
    uid = admin.add("own_sized", {"name": "甲", "size": 7})
    assert admin.must_get("own_sized", uid).values == {"name": "甲", "size": 7} and admin.verify() == []


def test_a_field_of_an_own_ledger_renamed_by_was(admin: Session) -> None:
    first = Kind(name="own", label="自建", title="name", family="自建", fields=(Field(name="name", label="名称", type="text"),))
    admin.save_kind(first)
    uid = admin.add("own", {"name": "甲"})
    admin.save_kind(msgspec.structs.replace(first, title="item", fields=(Field(name="item", label="名称", type="text", renamed_from=("name",)),)))
    assert admin.must_get("own", uid).values == {"item": "甲"}
    with pytest.raises(DeclarationError, match="已有数据"):
        admin.save_kind(msgspec.structs.replace(first, title="item", fields=(Field(name="item", label="名称", type="integer"),)))


def test_attachments_are_kept_inside_and_checked(admin: Session) -> None:
    uid = item(admin)
    kept = admin.attach("rectification", b"photo" * 100, "现场\\照片.jpg")
    assert kept.name == "照片.jpg"
    admin.set("rectification", uid, {"files": (kept,)})
    again = admin.must_get("rectification", uid).values["files"]
    assert admin.attachment_bytes("rectification", again[0].sha256) == b"photo" * 100
    admin.office.writer.execute("UPDATE blobs SET data = x'00'")
    with pytest.raises(Damaged):
        admin.attachment_bytes("rectification", again[0].sha256)


def test_a_copied_folder_writes_under_a_new_site(admin: Session, tmp_path: Path) -> None:
    import shutil

    item(admin)
    site, folder = admin.office.site, admin.folder
    admin.close()
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    here = office.open_office(folder, "admin", PASSWORD)
    item(here, "原处")
    assert here.office.site == site
    here.close()
    there = office.open_office(copied, "admin", PASSWORD)
    item(there, "别处")
    elsewhere = there.office.site
    assert elsewhere != site
    there.close()
    # An older file put back by hand, at its old place on the same machine.
    (folder / "office.db").write_bytes((copied / "office.db").read_bytes())
    back = office.open_office(folder, "admin", PASSWORD)
    item(back, "放回")
    assert back.office.site not in (site, elsewhere)
    back.close()


def test_a_read_only_disk_says_so_and_loses_nothing(admin: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = item(admin)
    admin.office.writer.execute("PRAGMA query_only = ON")
    with pytest.raises(WorkFailed, match="不可写"):
        admin.set("rectification", uid, {"title": "写不进"})
    admin.office.writer.execute("PRAGMA query_only = OFF")
    assert admin.must_get("rectification", uid).values["title"] == "校园食堂留样不规范"
    admin.set("rectification", uid, {"title": "写得进"})
    assert admin.verify() == []


def test_a_full_disk_says_so_and_loses_nothing(admin: Session) -> None:
    uid = item(admin)
    pages = admin.office.writer.execute("PRAGMA page_count").fetchone()[0]
    admin.office.writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(WorkFailed, match="磁盘已满"):
        for number in range(1000):
            item(admin, f"填满{number}", problem="填" * 5000)
    admin.office.writer.execute("PRAGMA max_page_count = 1073741823")
    assert admin.must_get("rectification", uid).values["title"] == "校园食堂留样不规范"
    item(admin, "又有空间了")
    assert admin.verify() == []


def test_removing_a_user_gives_the_books_a_new_key(admin: Session) -> None:
    old = bytes(admin.who.book_keys["office"])
    uid = item(admin)
    office.remove_user(admin, "viewer")
    assert bytes(admin.who.book_keys["office"]) != old
    admin.set("rectification", uid, {"title": "换了密钥"})
    again = reopen(admin, "clerk")
    try:
        assert again.must_get("rectification", uid).values["title"] == "换了密钥"
        assert again.verify() == []
    finally:
        again.close()


def closed_item(session: Session) -> str:
    """An item closed out by two persons."""
    uid = item(session, deadline=session.today + dt.timedelta(days=9))
    session.take_step("rectification", uid, "assign")
    session.take_step("rectification", uid, "request-close-out", note="办结")
    with as_person(session, "another", "administrator"):
        session.take_step("rectification", uid, "close-out")
    return uid


def test_what_is_closed_out_stands(admin: Session) -> None:
    uid = closed_item(admin)
    (evidence,) = admin.children(uid, "evidence")
    for act in (
        lambda: admin.delete("rectification", uid),
        lambda: admin.set("rectification", uid, {"title": "改"}),
        lambda: admin.set("evidence", evidence.uid, {"content": "改"}),
        lambda: admin.delete("evidence", evidence.uid),
        lambda: admin.add("progress", {"reported_on": admin.today, "content": "补报"}, parent=uid),
    ):
        with pytest.raises(BadInput, match="重新打开"):
            act()
    with pytest.raises(BadInput):
        admin.undo_last()
    assert admin.must_get("rectification", uid).state == "closed_out"
    admin.take_step("rectification", uid, "reopen", note="回头看发现反弹", ask={"deadline": admin.today + dt.timedelta(days=20)})
    admin.delete("rectification", uid)
    assert admin.verify() == []


def test_a_word_that_fills_one_ledger_hides_no_other(admin: Session) -> None:
    for number in range(30):
        admin.add("rectification", {"title": f"燚燚事项{number}"})
    regret = admin.add("regret", {"title": "燚燚一条"})
    for limit in (1, 2, 5, 20):
        hits = admin.search("燚燚", limit)
        assert len(hits) == limit
        assert limit == 1 or regret in {h.uid for h in hits}
    assert len(admin.search("燚燚", 100)) == 31


@pytest.mark.parametrize(("statement", "said"), [("UPDATE blobs SET data = x'00'", "内容已损坏"), ("DELETE FROM blobs", "不在台账中")])
def test_a_file_changed_behind_the_program_is_found(tmp_path: Path, statement: str, said: str) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)
    kept = session.attach("rectification", b"%PDF-1.4", "验收单.pdf")
    session.add("rectification", {"title": "窗口没有公示办理时限", "files": (kept,)})
    assert session.verify() == []
    with session.office.atomic("admin", "test") as tx:
        tx.connection.execute(statement)
    assert said in "".join(session.verify())
    session.close()
