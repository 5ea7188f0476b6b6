"""Whoever can open a book can write its chain; what they write in another's name is told all the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db import office
from db.errors import BadInput, NotPermitted, WrongPassword
from db.keys import keyring, sealing, slots
from db.keys.keyfile import KeyFile
from db.model.declarations import Field, Kind
from db.safety.verify import look_up, verify
from db.session import Session
from db.store import journal, online_copy, signing
from tests.samples import as_person
from tests.unit.db.office_folder import as_first_form

PASSWORD, OTHER = "tangyin-River-88", "anping-Bridge-77"
KIND = "rectification"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Session]:
    session, _ = office.create_office(tmp_path / "office", "云川市作风办", "city", "admin", PASSWORD)
    session.add("unit", {"name": "安平县"})
    for name, role in (("clerk", "clerk"), ("reviewer", "reviewer")):
        office.add_user(session, name, name, role, OTHER)  # type: ignore[arg-type]
    yield session
    session.close()


def item(session: Session) -> str:
    unit = session.names.unit_by_name("安平县")
    return session.add(KIND, {"title": "窗口没有公示办理时限", "lead_unit": unit, "deadline": session.today})


def write_past(session: Session, by: str, uid: str, before: dict[str, Any], after: dict[str, Any], action: str, *, sign: bool = False) -> None:
    """What a clerk with an editor can do: the row, its journal and the whole chain, with the key that is in the book."""
    book, site = session.office, session.office.site
    connection = book.writer
    text = journal.change_text("2022-09-28T10:00:00", by, "move", "销号", site, None, None)
    counter = book.next_counter()
    change = connection.execute(
        "INSERT INTO changes (at, by, source, label, site) VALUES ('2022-09-28T10:00:00', ?, 'move', '销号', ?)", (by, site)
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
            head = journal.mac(book.audit_key, head, change, *row)
        own = hashlib.sha256(bytes.fromhex(own) + head).hexdigest()
        rows.append(("", "", "signature", "", json.dumps([by, own, "00" * 64])))
    for row in rows:
        mac = journal.mac(book.audit_key, journal.head(connection), change, *row)
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
        made.move(KIND, uid, "assign")
        made.move(KIND, uid, "request-close-out")
    with as_person(made, "reviewer", "reviewer"):
        made.move(KIND, uid, "close-out")
    report = verify(made)
    assert report.problems == [] and report.notes == []


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("then", [False, True])
def test_a_change_put_on_the_reviewer_is_told_with_record_field_person_and_day(made: Session, sign: bool, then: bool) -> None:
    uid = item(made)
    with as_person(made, "clerk", "clerk"):
        made.move(KIND, uid, "assign")
        made.move(KIND, uid, "request-close-out")
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
        made.move(KIND, uid, "assign")
        made.move(KIND, uid, "request-close-out")
        record = made.must_get(KIND, uid)
        with made.atomic("move", "销号"):
            made.transaction("office").update(record, {"state": "closed_out", "closed_out_by": "clerk"}, action="move:close-out")
    (told,) = made.verify()
    assert "录入员不能" in told and "“clerk”" in told
    other = item(made)
    with as_person(made, "reviewer", "reviewer"):
        made.move(KIND, other, "assign")
        made.move(KIND, other, "request-close-out")
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
            previous = journal.mac(book.audit_key, previous, *row)
            book.writer.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (seq, *row, previous))
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
        session.keep_kind(Kind(name="own_river", label="河道", family="自建", title="name", fields=(name,)))
        session.keep_kind(Kind(name="own_school", label="学校", family="自建", title="name", fields=(name,)))
        assert session.verify() == []
        with session.office.held():
            session.office.writer.execute(
                "UPDATE office_kinds SET declaration = replace(declaration, '名称', '别名') WHERE name = 'own_river'"
            )
            session.office.writer.execute("DELETE FROM office_kinds WHERE name = 'own_school'")
        assert session.verify() == [
            f"台账「{label}」的声明（栏目、规则）被改动过，不是由程序写入的，请核对。" for label in ("河道", "学校")
        ]
    finally:
        session.close()
