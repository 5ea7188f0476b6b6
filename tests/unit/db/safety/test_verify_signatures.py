"""Whoever can open a book can write its chain; what they write in another's name is told all the same."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db import office, undo
from db.errors import BadInput, NotPermitted, WrongPassword
from db.keys import keyring, sealing, slots
from db.keys.keyfile import KeyFile
from db.model import declaration_files, settings
from db.model.declarations import Field, Kind
from db.safety import backup, backup_archive
from db.safety.verify import look_up, verify
from db.session import Session
from db.store import journal, online_copy, signing
from tests.samples import as_person
from tests.unit.db.office_folder import as_first_form, verified_backup

PASSWORD, OTHER = "tangyin-River-88", "anping-Bridge-77"
KIND = "rectification"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Session]:
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", PASSWORD)
    session.add("unit", {"name": "安坪县"})
    for name, role in (("clerk", "clerk"), ("reviewer", "reviewer")):
        office.add_user(session, name, name, role, OTHER)  # type: ignore[arg-type]
    yield session
    session.close()


def item(session: Session) -> str:
    unit = session.names.unit_by_name("安坪县")
    return session.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": unit, "deadline": session.today})


def write_past(session: Session, by: str, uid: str, before: dict[str, Any], after: dict[str, Any], action: str, *, sign: bool = False) -> None:
    """What a clerk with an editor can do: the row, its journal and the whole chain, with the key that is in the book."""
    book, site = session.office, session.office.site
    connection = book.writer
    text = journal.change_text("2022-09-28T10:00:00", by, "move", "销号", site, None, None)
    counter = book.next_counter()
    change = connection.execute(
        "INSERT INTO changes (at, by, source, label, site, first) VALUES ('2022-09-28T10:00:00', ?, 'move', '销号', ?, ?)",
        (by, site, journal.chain_end(connection)[1]),
    ).lastrowid
    rows = [("", "", "change", str(counter), text), (KIND, uid, action, json.dumps(before), json.dumps(after))]
    if sign:  # with a right digest and somebody else's signature: all that can be known without the key
        last = connection.execute(
            "SELECT after FROM journal j JOIN changes c ON c.id = j.change_id WHERE c.by = ? AND action = 'signature'"
            " ORDER BY seq DESC LIMIT 1", (by,)
        ).fetchone()
        own = signing.read(last[0]).own if last else signing.FIRST.hex()  # type: ignore[union-attr]
        head = journal.head(connection)
        for row in rows:
            head = journal.ChainMac(book.audit_key).mac(head, change, *row)
        own = hashlib.sha256(bytes.fromhex(own) + head).hexdigest()
        rows.append(("", "", "signature", "", json.dumps([by, own, "00" * 64])))
    for row in rows:
        mac = journal.ChainMac(book.audit_key).mac(journal.head(connection), change, *row)
        connection.execute(
            "INSERT INTO journal (change_id, kind, uid, action, before, after, mac) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (change, *row, mac),
        )
    record = book.get(KIND, uid)
    assert record is not None
    versions = book.versions_of(record).with_write(after, site, counter).encode(book.site_number)
    sets = ", ".join(f'"{name}" = ?' for name in after)
    connection.execute(
        f"UPDATE {KIND} SET {sets}, versions = ?, updated_by = ?, updated_at = '2022-09-28T10:00:00' WHERE uid = ?",
        (*after.values(), versions, by, uid),
    )


def test_what_everybody_wrote_through_the_program_holds(made: Session) -> None:
    uid = item(made)
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, uid, "assign")
        made.take_step(KIND, uid, "request-close-out")
    with as_person(made, "reviewer", "reviewer"):
        made.take_step(KIND, uid, "close-out")
    report = verify(made)
    assert report.problems == [] and report.notes == []


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("then", [False, True])
def test_a_change_put_on_the_reviewer_is_told_with_record_field_person_and_day(made: Session, sign: bool, then: bool) -> None:
    uid = item(made)
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, uid, "assign")
        made.take_step(KIND, uid, "request-close-out")
    with as_person(made, "reviewer", "reviewer"):
        item(made)
    assert made.verify() == []
    before = {"state": "close_out_requested", "closed_out_by": None}
    write_past(made, "reviewer", uid, before, {"state": "closed_out", "closed_out_by": "reviewer"}, "move:close-out", sign=sign)
    if then:  # the reviewer goes on; the forgery is not taken up by their next signature
        made.office.signers.pop("reviewer", None)
        with as_person(made, "reviewer", "reviewer"):
            item(made)
    told, *besides = sorted(made.verify(), key=lambda line: "签名" not in line)
    assert len(besides) <= 1, "the record's days, which nobody wrote along, may be told as well"
    assert told.startswith("2022-09-28 记在“reviewer”名下") and "窗口没有公示办理时限" in told
    assert "「状态、审核人」" in told and "签名" in told


def test_who_signs_with_their_own_key_past_the_rules_is_told(made: Session) -> None:
    """A clerk's own hand, in the program's own transaction, but not through the program's own rules."""
    uid = item(made)
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, uid, "assign")
        made.take_step(KIND, uid, "request-close-out")
        record = made.must_get(KIND, uid)
        with made.atomic("move", "销号"):
            made.transaction("office").update(record, {"state": "closed_out", "closed_out_by": "clerk"}, action="move:close-out")
    (told,) = made.verify()
    assert "录入员不能" in told and "“clerk”" in told
    other = item(made)
    with as_person(made, "reviewer", "reviewer"):
        made.take_step(KIND, other, "assign")
        made.take_step(KIND, other, "request-close-out")
        record = made.must_get(KIND, other)
        with made.atomic("move", "销号"):
            made.transaction("office").update(record, {"state": "closed_out", "closed_out_by": "reviewer"}, action="move:close-out")
        with made.atomic("form", "修改"):
            made.transaction("office").update(record, {"state": "archived"})
    _, own, past = made.verify()
    assert "本人" in own and "绕过流程" in past


def test_a_whole_log_rewritten_before_a_mark_of_the_roster_is_told(made: Session) -> None:
    item(made)
    office.add_user(made, "viewer", "查看", "viewer", OTHER)
    with as_person(made, "viewer", "viewer"):
        uid = made.office.connection.execute(f"SELECT uid FROM {KIND}").fetchone()[0]
    write_past(made, "viewer", uid, {"measures": None}, {"measures": "改"}, "edit", sign=True)
    assert any("记在“viewer”名下" in told for told in made.verify())
    made.office.writer.execute("DELETE FROM journal WHERE change_id > 3")
    made.office.writer.execute("DELETE FROM changes WHERE id > 3")
    assert any("末尾被去掉" in told for told in made.verify())


def test_a_password_changed_or_reset_signs_on_under_another_key(made: Session) -> None:
    item(made)
    office.change_password(made, PASSWORD, "another-River-88")
    item(made)
    office.reset_password(made, "clerk", "another-Bridge-77")
    office.set_role(made, "reviewer", "clerk")
    office.renew_recovery(made)
    item(made)
    assert verify(made).problems == []
    folder = made.folder
    made.close()
    with _opened(folder, "clerk", "another-Bridge-77") as clerk:
        item(clerk)
        assert verify(clerk).problems == [] and verify(clerk).notes == []


class _opened:
    def __init__(self, *login: Any) -> None:
        self.session = office.open_office(*login)

    def __enter__(self) -> Session:
        return self.session

    def __exit__(self, *error: object) -> None:
        self.session.close()


def test_who_was_removed_signs_nothing_any_more(made: Session) -> None:
    """Their key fits, and all that they signed before; they are no user."""
    uid = item(made)
    with as_person(made, "reviewer", "reviewer"):
        made.set(KIND, uid, {"title": "窗口没有公示电话"})
        hands = {book.name: book.signers["reviewer"] for book in made.books}
    office.remove_user(made, "reviewer")
    assert made.verify() == []
    for book in made.books:
        book.signers["reviewer"] = hands[book.name]
    before, made.who = made.who, dataclasses.replace(made.who, user="reviewer", role="reviewer")
    made.set(KIND, uid, {"title": "窗口没有公示地址"})
    made.who = before
    (told,) = made.verify()
    assert "记在“reviewer”名下" in told and "没有这个用户" in told


def test_an_office_from_before_signatures_is_told_once_and_signs_from_then_on(made: Session) -> None:
    item(made)
    folder, who = made.folder, made.who
    as_first_form(folder, who, {"admin": PASSWORD, "clerk": OTHER, "reviewer": OTHER})
    for book in made.books:
        for statement in (
            "DELETE FROM journal WHERE action = 'signature'",
            "UPDATE meta SET value = '0' WHERE key = 'key_serial'",
        ):
            book.writer.execute(statement)
        previous, rows = journal.GENESIS, book.writer.execute("SELECT * FROM journal ORDER BY seq").fetchall()
        book.writer.execute("DELETE FROM journal")
        for seq, (_, *row, _) in enumerate(rows, start=1):
            previous = journal.ChainMac(book.audit_key).mac(previous, *row)
            book.writer.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (seq, *row, previous))
        book.writer.execute("UPDATE changes SET first = (SELECT min(seq) FROM journal WHERE change_id = changes.id)")
        book.writer.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'journal'", (len(rows),))
    made.close()
    with _opened(folder, "clerk", OTHER) as clerk:
        item(clerk)
        assert verify(clerk).problems == [] and "没有签名" in verify(clerk).notes[0]
    with _opened(folder, "admin", PASSWORD) as admin:
        item(admin)
        report = verify(admin)
        assert report.problems == [] and "reviewer" in report.notes[-1] and "clerk" not in report.notes[-1]
    with _opened(folder, "clerk", OTHER) as clerk:
        uid = item(clerk)
        assert verify(clerk).problems == []
        write_past(clerk, "clerk", uid, {"measures": None}, {"measures": "改"}, "edit")
        assert "没有本人的签名" in clerk.verify()[0]


def test_a_clerks_changed_password_opens_nothing_old_once_an_administrator_came(made: Session, tmp_path: Path) -> None:
    """The attack: yesterday's keys.json and yesterday's password beside today's books."""
    folder, old = made.folder, (made.folder / "keys.json").read_bytes()
    made.close()
    with _opened(folder, "clerk", OTHER) as clerk:
        office.change_password(clerk, OTHER, "another-Bridge-77")
        item(clerk)
        assert "clerk 改过密码" in verify(clerk).notes[0] and verify(clerk).problems == []
    with _opened(folder, "admin", PASSWORD) as admin:
        assert verify(admin).problems == [] and verify(admin).notes == []
    then = KeyFile.from_bytes(folder, old)
    for name, password in (("clerk", OTHER), ("admin", PASSWORD), ("reviewer", OTHER)):
        who = then.unlock(name, password)
        for book, key in who.book_keys.items():
            assert online_copy.opens(folder / f"{book}.db", key) is (book == "personnel")
    with pytest.raises(WrongPassword):
        KeyFile.load(folder).unlock("clerk", OTHER)
    with _opened(folder, "clerk", "another-Bridge-77") as clerk:
        item(clerk)
        assert verify(clerk).problems == []


@pytest.mark.parametrize("act", ["change", "reset", "renew", "role"])
def test_old_secrets_open_nothing_current(made: Session, act: str) -> None:
    old = (made.folder / "keys.json").read_bytes()
    {
        "change": lambda: office.change_password(made, PASSWORD, "another-River-88"),
        "reset": lambda: office.reset_password(made, "clerk", "another-Bridge-77"),
        "renew": lambda: office.renew_recovery(made),
        "role": lambda: office.remove_user(made, "clerk"),
    }[act]()
    item(made)
    assert made.verify() == [] and not (made.folder / "keys.json.bak").exists()
    who = KeyFile.from_bytes(made.folder, old).unlock("admin", PASSWORD)
    assert not online_copy.opens(made.folder / "office.db", who.book_keys["office"])


def test_a_wish_that_another_wrote_is_refused(made: Session) -> None:
    """A clerk who knows the key that authenticates the file asks for a key of their own in the reviewer's name."""
    clerk = made.key_file.unlock("clerk", OTHER)
    ring = keyring.read(made.folder / "keys.json")
    pairs = slots.Pairs()
    asked = bytes(pairs.private.public_key) + pairs.verify_key
    assert clerk.private is not None
    wish = keyring.Wish(sealing.to_signers(asked, clerk.private, ring.roster.verify_key))
    forged = msgspec.structs.replace(ring, wishes={"reviewer": wish})
    fake = slots.written(ring, forged, clerk.book_keys["office"], None, None)
    folder = made.folder
    made.close()
    (folder / "keys.json").write_bytes(keyring.encode(fake))
    with pytest.raises(NotPermitted, match="reviewer"):
        office.open_office(folder, "admin", PASSWORD)


def test_a_new_site_is_signed_by_who_brought_the_writes_that_ask_for_it(made: Session) -> None:
    item(made)
    made.office.renew_site(made.user.name)
    item(made)
    assert made.verify() == []


def test_an_end_on_paper_is_looked_up_though_the_log_went_on(made: Session) -> None:
    uid = item(made)
    printed = made.office.audit_head
    item(made)
    text, good = look_up(made, printed.upper())
    assert good and "admin 的第" in text and "此后又有 1 次" in text and "原样未动" in text
    text, good = look_up(made, "0123456789abcdef")
    assert not good and "找不到" in text
    with pytest.raises(BadInput):
        look_up(made, "zz")
    write_past(made, "reviewer", uid, {"measures": None}, {"measures": "改"}, "edit")
    text, good = look_up(made, printed)
    assert not good and "查出问题" in text


def test_a_declaration_changed_past_the_program_is_told(tmp_path: Path) -> None:
    session, _ = office.create_office(tmp_path / "office", "云川市活动办公室", "city", "admin", "qingshan-lvshui-7")
    try:
        name = Field(name="name", label="名称", type="text", required=True)
        session.save_kind(Kind(name="own_river", label="河道", family="自建", title="name", fields=(name,)))
        session.save_kind(Kind(name="own_school", label="学校", family="自建", title="name", fields=(name,)))
        assert session.verify() == []
        with session.office.write_lock():
            session.office.writer.execute(
                "UPDATE office_kinds SET declaration = replace(declaration, '名称', '别名') WHERE name = 'own_river'"
            )
            session.office.writer.execute("DELETE FROM office_kinds WHERE name = 'own_school'")
        assert session.verify() == [
            f"台账「{label}」的声明（栏目、规则）被改动过，不是由程序写入的，请核对。" for label in ("河道", "学校")
        ]
    finally:
        session.close()


def test_a_row_that_cannot_be_read_takes_no_signature_along(made: Session) -> None:
    """One that is no JSON was passed over, and the missing signature of its change with it."""
    uid = item(made)
    write_past(made, "reviewer", uid, {}, {"title": "改过的"}, "edit")
    connection = made.office.writer
    seq, change = connection.execute("SELECT seq, change_id FROM journal WHERE action = 'edit' ORDER BY seq DESC LIMIT 1").fetchone()
    row = list(connection.execute("SELECT kind, uid, action, before, after FROM journal WHERE seq = ?", (seq,)).fetchone())
    row[2], row[3] = "move:close-out", "x"
    (previous,) = connection.execute("SELECT mac FROM journal WHERE seq = ?", (seq - 1,)).fetchone()
    connection.execute(
        "UPDATE journal SET action = ?, before = ?, mac = ? WHERE seq = ?",
        (row[2], row[3], journal.ChainMac(made.office.audit_key).mac(previous, change, *row), seq),
    )
    told = made.verify()
    assert any("读不出来" in each for each in told) and any("没有本人的签名" in each for each in told)


@pytest.mark.parametrize(("source", "action", "more"), [
    ("undo", "undo", {"undoes": 1}), ("export", "edit", {}), ("form", "edit", {}), ("seal", "merge", {}),
])
def test_no_name_of_a_change_lets_a_clerk_close_their_own_request(
    made: Session, source: str, action: str, more: dict[str, object]
) -> None:
    uid = item(made)
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, uid, "assign")
        made.take_step(KIND, uid, "request-close-out")
        record = made.must_get(KIND, uid)
        with made.office.atomic("clerk", source, "改", **more) as tx:  # type: ignore[arg-type]
            tx.update(record, {"state": "closed_out"}, action=action)
    told = made.verify()
    assert any("“clerk”" in each and "窗口没有公示办理时限" in each for each in told)
    assert len(told) == 1 + ("undoes" in more), "what it claims to undo does not say that it is undone"


def test_a_step_from_where_the_record_did_not_stand_is_told(made: Session) -> None:
    uid = item(made)
    with as_person(made, "reviewer", "reviewer"):
        record = made.must_get(KIND, uid)
        record.state = "close_out_requested"  # as the forger says it was
        with made.office.atomic("reviewer", "move", "销号") as tx:
            tx.update(record, {"state": "closed_out", "closed_out_by": "reviewer"}, action="move:close-out")
    assert any("改动前的状态" in each for each in made.verify())


def test_an_undo_of_ones_own_step_and_of_an_import_by_a_reviewer_hold(made: Session) -> None:
    uid = item(made)
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, uid, "assign")
        undo.own_last(made)
        undo.own_last(made, redo=True)
        undo.own_last(made)
    assert made.must_get(KIND, uid).state == "drafted" and made.verify() == []


def test_who_may_not_write_a_ledger_is_told_though_they_signed(made: Session) -> None:
    unit = made.names.unit_by_name("安坪县")
    assert unit is not None
    with as_person(made, "clerk", "clerk"), made.office.atomic("clerk", "form", "改") as tx:
        tx.update(made.must_get("unit", unit), {"name": "安坪区"})
    (told,) = made.verify()
    assert "录入员不能修改这个台账" in told and "安坪区" in told


def test_a_setting_written_past_the_program_is_told_though_its_seal_was_made_anew(made: Session) -> None:
    made.set_back_dating("clerk", 7)
    assert made.verify() == []
    book = made.office
    settings.BACK_DATING.save(book, {"clerk": 9999})  # in no change of anybody's, sealed with the key in the book
    (told,) = made.verify()
    assert "补记办理日期" in told
    made.set_back_dating("clerk", 7)
    made.set_back_dating("reviewer", 31)
    assert made.verify() == []
    with as_person(made, "clerk", "clerk"), book.atomic("clerk", "settings", "修改补记期限") as tx:
        tx.note("settings", "改")
        settings.BACK_DATING.save(book, {"clerk": 9999})
    (told,) = made.verify()
    assert "录入员改了单位设置" in told and "“clerk”" in told


def test_a_declaration_loosened_by_a_clerks_own_hand_is_told(made: Session) -> None:
    name = Field(name="name", label="名称", type="text", required=True)
    kind = Kind(name="own_river", label="河道", family="自建", title="name", fields=(name,))
    made.save_kind(kind)
    assert made.verify() == []
    text = declaration_files.encode(msgspec.structs.replace(kind, label="河流"))
    with as_person(made, "clerk", "clerk"), made.office.atomic("clerk", "kinds", "修改台账设置") as tx:
        tx.connection.execute("UPDATE office_kinds SET declaration = ? WHERE name = 'own_river'", (text,))
        tx.note("kind", f"own_river {text}")
    assert any("改了台账的声明" in each for each in made.verify())


def test_a_step_is_judged_by_the_lifecycle_that_was_noted_then(made: Session) -> None:
    """A later program lets nobody but a reviewer assign: what clerks assigned before stands, what they assign now does not."""
    uid, later = item(made), item(made)
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, uid, "assign")
    kinds = made.kinds
    cycle = kinds.lifecycle_of(kinds.get(KIND))
    assert cycle is not None
    stricter = tuple(msgspec.structs.replace(a, roles=("reviewer",)) if a.name == "assign" else a for a in cycle.actions)
    new = msgspec.structs.replace(cycle, actions=stricter)
    cycles = [new if each.name == cycle.name else each for each in kinds.lifecycles]
    made.kinds = copy.copy(kinds)
    vars(made.kinds)["_lifecycles"] = {each.name: each for each in cycles}
    made.office.kinds, made.office.lifecycles_noted = made.kinds, False
    assert made.verify() == []
    item(made)  # an administrator's change notes the new ones
    assert made.verify() == []
    made.kinds = made.office.kinds = kinds
    with as_person(made, "clerk", "clerk"):
        made.take_step(KIND, later, "assign")
    made.kinds = copy.copy(kinds)
    vars(made.kinds)["_lifecycles"] = {each.name: each for each in cycles}
    (told,) = made.verify()
    assert "录入员不能" in told


def test_a_backup_is_signed_by_who_made_it_and_passes_for_nobody_elses(made: Session, tmp_path: Path) -> None:
    """The office's key, which every login holds, makes a seal but no signature."""
    admin, who = (KeyFile.load(made.folder).unlock(*each) for each in (("admin", PASSWORD), ("clerk", OTHER)))
    info = backup.make(made.folder, who)
    assert info.by == "clerk" and info.maker == "用户 clerk"
    (tmp_path / "out").mkdir()
    manifest = backup_archive.extract(info.path, tmp_path / "out")
    sources = {n: backup_archive.Source(tmp_path / "out" / n) for n in manifest.files}
    assert verified_backup(info.path, admin).by == "clerk"

    def sealed_again(by: str) -> None:
        forged = msgspec.structs.replace(manifest, by=by, signature=manifest.signature if by else "")
        forged = msgspec.structs.replace(forged, seal=backup_archive.seal_of(forged, who.book_keys["office"]))
        backup_archive.write(info.path, sources, lambda _: forged)

    sealed_again("admin")
    with pytest.raises(NotPermitted, match="署名是 admin"):
        verified_backup(info.path, admin)
    sealed_again("")  # as an earlier program made it
    assert verified_backup(info.path, admin).maker == "没有署名"


def test_an_office_or_a_site_written_past_the_program_is_told(made: Session) -> None:
    """Whose a workbook's writes are, and for which unit its office may speak, hangs on two small tables."""
    unit, writer = made.names.unit_by_name("安坪县"), made.office.writer
    with made.office.atomic("admin", "import", "导入"):
        number = made.office.offices.meet("theirs", "安坪县作风办")
        made.office.offices.assign("s" * 26, number)
    assert made.verify() == []
    writer.execute("UPDATE offices SET unit = ? WHERE uid = 'theirs'", (unit,))
    assert [told for told in made.verify() if "往来单位“安坪县作风办”是哪个单位" in told]
    writer.execute("UPDATE offices SET unit = NULL WHERE uid = 'theirs'")
    writer.execute("UPDATE sites SET office = 1 WHERE name = ?", ("s" * 26,))
    assert [told for told in made.verify() if "站点" in told]
    writer.execute("UPDATE sites SET office = ? WHERE name = ?", (number, "s" * 26))
    assert made.verify() == []
    writer.execute("INSERT INTO sites (name, office) VALUES (?, 1)", ("t" * 26,))
    assert [told for told in made.verify() if "站点" in told]


def test_a_setting_changed_past_the_program_is_not_taken_up_by_the_next_that_somebody_changes(made: Session) -> None:
    made.set_workdays("")
    settings.BACK_DATING.save(made.office, {"clerk": 9999})
    made.set_workdays("2026-12-06 上班")
    (told,) = made.verify()
    assert "补记办理日期" in told


def test_a_record_made_closed_by_who_may_not_close_is_told(made: Session) -> None:
    unit = made.names.unit_by_name("安坪县")
    with as_person(made, "clerk", "clerk"), made.office.atomic("clerk", "form", "新增") as tx:
        tx.add(KIND, {"title": "没有这回事", "lead_unit": unit}, state="closed_out")
    (told,) = made.verify()
    assert "绕过流程" in told and "没有这回事" in told
