"""Drafts, figures that move, numbers without gaps, frozen files: over a real office."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from db import office
from db.errors import BadInput, NotPermitted
from db.safety import backup
from db.safety.restore import restore_office
from db.session import Session
from desktop.bulletin.document import Paragraph, plain
from desktop.bulletin.issue import editor_view, figures, issued_numbers, issuing
from desktop.bulletin.report import layout_file
from desktop.exchange.apply import accept
from desktop.exchange.write import workbook

PASSWORD = "zhengxian-demo"
PERIOD = "2026-11"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    session, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    unit = session.add("unit", {"name": "安坪县"})
    for name, role in (("clerk", "clerk"), ("reviewer", "reviewer")):
        office.add_user(session, name, name, role, PASSWORD)
    session.fixed_today = dt.date(2026, 11, 2)
    for number in range(5):
        uid = session.add(
            "rectification", {"title": f"整改事项{number}", "lead_unit": unit, "deadline": dt.date(2026, 11, 10 + number)}
        )
        session.take_step("rectification", uid, "assign")
    session.close()
    return tmp_path / "office"


def opened(folder: Path, user: str) -> Session:
    session = office.open_office(folder, user, PASSWORD)
    session.fixed_today = dt.date(2026, 11, 24)
    return session


@pytest.fixture
def clerk(folder: Path) -> Iterator[Session]:
    session = opened(folder, "clerk")
    yield session
    session.close()


def as_user(session: Session, user: str) -> Session:
    folder = session.folder
    session.close()
    return opened(folder, user)


def through_check(session: Session, uid: str) -> Session:
    """Submitted by whoever it is, checked by the reviewer; the reviewer's session."""
    session.take_step("bulletin", uid, "submit")
    reviewer = as_user(session, "reviewer")
    reviewer.take_step("bulletin", uid, "check")
    return reviewer


def text_of(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return "".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def test_from_draft_to_issue_and_reprint(clerk: Session) -> None:
    key = f"assigned|{PERIOD}|"
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    with pytest.raises(NotPermitted):
        issuing.issue(clerk, uid)
    clerk.take_step("bulletin", uid, "submit")
    with pytest.raises(NotPermitted):
        clerk.take_step("bulletin", uid, "check")
    reviewer = as_user(clerk, "reviewer")
    try:
        reviewer.take_step("bulletin", uid, "check")
        record = issuing.issue(reviewer, uid)
        assert (record.state, record.values["issue_no"], record.values["total_issue_no"]) == ("issued", 1, 1)
        data = issuing.reprint(reviewer, uid)
        assert "督通〔2026〕1号" in text_of(data) and "督通〔　" not in text_of(data)  # the document number of the red head
        assert f"(D:{reviewer.today:%Y%m%d}000000+08'00')".encode() in data
        assert data.startswith(b"%PDF") and hashlib.sha256(data).hexdigest() == record.values["issued_sha256"]
        with pytest.raises(BadInput):
            issuing.save_text(reviewer, uid, body="改")
        with pytest.raises(BadInput):
            reviewer.set("bulletin", uid, {"title": "改"})
        # The ledger goes on; the issued file stays what it was.
        item = reviewer.add("rectification", {"title": "后来的", "lead_unit": next(iter(reviewer.names.units())),
                                              "deadline": dt.date(2026, 11, 28)})  # fmt: skip
        reviewer.take_step("rectification", item, "assign")
        assert issuing.reprint(reviewer, uid) == data
        # And each figure opens the records that it was made of then, with what became of them.
        counted = next(r for r in editor_view.facts(reviewer, record, key).rows)
        reviewer.set("rectification", counted.uid, {"note": "后来补记的"})
        facts = editor_view.facts(reviewer, reviewer.must_get("bulletin", uid), key)
        assert (facts.value, facts.before, facts.issued) == ("5件", "6", True)
        assert len(facts.rows) == 5 and item not in [row.uid for row in facts.rows]
        assert facts.note == "下列是印发时的 5 条记录，其中 1 条印发后改过。"
        issuing.withdraw(reviewer, uid, "文字有误")
        assert [r.uid for r in issuing.issued(reviewer)] == [uid]
        assert reviewer.verify() == []
    finally:
        reviewer.close()


def test_the_author_cannot_check_their_own_draft(folder: Path) -> None:
    reviewer = opened(folder, "reviewer")
    try:
        uid = issuing.new_draft(reviewer, "supervision_circular", period=PERIOD)
        reviewer.take_step("bulletin", uid, "submit")
        with pytest.raises(NotPermitted):
            reviewer.take_step("bulletin", uid, "check")
    finally:
        reviewer.close()


def test_whoever_wrote_a_part_of_it_cannot_check_it_whoever_submitted(folder: Path) -> None:
    reviewer = opened(folder, "reviewer")
    own = issuing.new_draft(reviewer, "supervision_circular", period=PERIOD)
    clerk = as_user(reviewer, "clerk")
    edited = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    counted = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = as_user(clerk, "reviewer")
    issuing.save_text(reviewer, edited, body=f"{reviewer.must_get('bulletin', edited).values['body_text']}\n补写的一段。")
    issuing.override(reviewer, counted, f"assigned|{PERIOD}|", "9", "含上月结转")
    clerk = as_user(reviewer, "clerk")
    for uid in (own, edited, counted):
        clerk.take_step("bulletin", uid, "submit")
    reviewer = as_user(clerk, "reviewer")
    for uid in (own, edited, counted):
        with pytest.raises(NotPermitted, match="写过"):
            reviewer.take_step("bulletin", uid, "check")
    admin = as_user(reviewer, "admin")
    try:
        admin.take_step("bulletin", edited, "check")
        assert issuing.issue(admin, edited).state == "issued"
    finally:
        admin.close()


@pytest.mark.parametrize("values", [{"title": "另一个标题"}, {"body_text": "没有人看过的一段。"}, {"is_supplement": True}])
def test_what_is_changed_anywhere_after_the_check_is_a_draft_again(clerk: Session, values: dict[str, object]) -> None:
    """Not only in the editor: in the record's form and by the command line too."""
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    session = as_user(through_check(clerk, uid), "clerk")
    try:
        session.set("bulletin", uid, {name: session.must_get("bulletin", uid).values[name] for name in values})
        assert session.must_get("bulletin", uid).state == "checked"
        session.set("bulletin", uid, values)
        assert session.must_get("bulletin", uid).state == "drafted"
    finally:
        session.close()


def test_a_figure_that_moved_stops_the_issue_until_the_draft_is_refreshed(clerk: Session) -> None:
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = through_check(clerk, uid)
    try:
        item = reviewer.add("rectification", {"title": "插进来的", "lead_unit": next(iter(reviewer.names.units())),
                                              "deadline": dt.date(2026, 11, 28)})  # fmt: skip
        reviewer.take_step("rectification", item, "assign")
        found = issuing.differences(reviewer, uid)
        assert {d.label for d in found} >= {"交办数"}
        with pytest.raises(BadInput, match=r"交办数.*5.*6"):
            issuing.issue(reviewer, uid)
        assert reviewer.must_get("bulletin", uid).values["issue_no"] is None
        issuing.refresh(reviewer, uid)
        assert reviewer.must_get("bulletin", uid).state == "drafted"
        admin = through_check(as_user(reviewer, "admin"), uid)
        reviewer = admin
        assert issuing.issue(admin, uid).state == "issued"
    finally:
        reviewer.close()


def test_numbers_have_no_gaps_and_no_doubles(clerk: Session) -> None:
    session, numbers = clerk, []
    for supplement in (False, True, False, False, True):
        uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
        if supplement:
            session.set("bulletin", uid, {"is_supplement": True})
        session = through_check(session, uid)
        record = issuing.issue(session, uid, accept_issued=True)
        numbers.append((supplement, record.values["issue_no"], record.values["total_issue_no"]))
        if record.values["issue_no"] == 2 and not supplement:
            issuing.withdraw(session, uid, "撤回")
        session = as_user(session, "clerk")
    session.close()
    assert numbers == [(False, 1, 1), (True, 1, 1), (False, 2, 2), (False, 3, 3), (True, 2, 2)]


def test_a_number_given_before_a_backup_was_put_back_is_not_given_again(clerk: Session) -> None:
    folder, session = clerk.folder, clerk
    drafts = [issuing.new_draft(session, "supervision_circular", period=PERIOD) for _ in range(3)]
    session = through_check(session, drafts[0])
    assert issuing.issue(session, drafts[0]).values["issue_no"] == 1
    saved = backup.make(session.folder, session.who).path
    session.close()
    session = through_check(opened(folder, "clerk"), drafts[1])
    assert issuing.issue(session, drafts[1], accept_issued=True).values["issue_no"] == 2
    session.close()
    restore_office(saved, folder, "admin", PASSWORD)
    session = through_check(opened(folder, "clerk"), drafts[2])
    try:
        assert [r.uid for r in issuing.issued(session)] == [drafts[0]]
        record = issuing.issue(session, drafts[2], accept_issued=True)  # the second is out on paper, though the book has forgotten it
        assert (record.values["issue_no"], record.values["total_issue_no"]) == (3, 3)
    finally:
        session.close()


def test_numbers_go_on_where_what_is_kept_of_them_is_broken(clerk: Session) -> None:
    for data in (b"", b"[]", b'{"office": "x", "series": {}}', b"\xff", b'{"office": 1}'):
        (clerk.folder / issued_numbers.FILE).write_bytes(data)
        assert issuing.next_numbers(clerk, "supervision_circular", 2026, supplement=False) == (1, 1)


def test_what_another_office_issued_takes_no_number_and_stands_against_nothing(clerk: Session, tmp_path: Path) -> None:
    first = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = through_check(clerk, first)
    issuing.issue(reviewer, first)
    book = tmp_path / "bulletins.xlsx"
    workbook.export(reviewer, ["bulletin"], book)
    reviewer.close()
    county, _ = office.create_office(tmp_path / "county", "安坪县督查室", "county", "admin", PASSWORD)
    county.fixed_today = dt.date(2026, 11, 24)
    office.add_user(county, "clerk", "clerk", "clerk", PASSWORD)
    office.add_user(county, "reviewer", "reviewer", "reviewer", PASSWORD)
    accept.accept(county, accept.plan(county, book))
    assert [r.values["issue_no"] for r in issuing.issued(county)] == [1]
    session = as_user(county, "clerk")
    own = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    session = through_check(session, own)
    try:
        record = issuing.issue(session, own)  # its ledgers hold nothing, the city's circular says otherwise
        assert (record.values["issue_no"], record.values["total_issue_no"]) == (1, 1)
    finally:
        session.close()


def test_a_workbook_changes_nothing_of_what_is_being_checked(clerk: Session, tmp_path: Path) -> None:
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    title = clerk.must_get("bulletin", uid).values["title"]
    reviewer = through_check(clerk, uid)
    book = tmp_path / "bulletins.xlsx"
    workbook.export(reviewer, ["bulletin"], book)
    cells = openpyxl.load_workbook(book)
    for row in cells["通报档案"].iter_rows():
        for cell in row:
            if cell.value == title:
                cell.value = "没有人核过的标题"
    cells.save(book)
    try:
        result = accept.accept(reviewer, accept.plan(reviewer, book))
        assert ["已核稿" in each["message"] for each in result.to_json()["refused"]] == [True]
        assert reviewer.must_get("bulletin", uid).values["title"] == title
    finally:
        reviewer.close()


def test_a_bulletin_of_the_same_period_that_says_otherwise_stops_the_issue(clerk: Session) -> None:
    first = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = through_check(clerk, first)
    issuing.issue(reviewer, first)
    item = reviewer.add("rectification", {"title": "后补的", "lead_unit": next(iter(reviewer.names.units())),
                                          "deadline": dt.date(2026, 11, 28)})  # fmt: skip
    reviewer.take_step("rectification", item, "assign")
    clerk = as_user(reviewer, "clerk")
    second = issuing.new_draft(clerk, "monthly_review", period=PERIOD)
    reviewer = through_check(clerk, second)
    try:
        with pytest.raises(BadInput, match="已印发"):
            issuing.issue(reviewer, second)
        assert issuing.issue(reviewer, second, accept_issued=True).state == "issued"
    finally:
        reviewer.close()


def test_the_same_period_written_otherwise_is_the_same_period(clerk: Session) -> None:
    first = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = through_check(clerk, first)
    issuing.issue(reviewer, first)
    item = reviewer.add("rectification", {"title": "后补的", "lead_unit": next(iter(reviewer.names.units())),
                                          "deadline": dt.date(2026, 11, 28)})  # fmt: skip
    reviewer.take_step("rectification", item, "assign")
    clerk = as_user(reviewer, "clerk")
    written = ("2026-11-01/2026-11-30", "2026-11/2026-11", "2026-10/2026-11")
    others = [issuing.new_draft(clerk, "supervision_circular", period=period) for period in written]
    try:
        told = [{d.label.partition("（")[0] for d in issuing.differences(clerk, uid)} for uid in others]
        assert "交办数" in told[0] and "交办数" in told[1] and not told[2]
    finally:
        clerk.close()


def test_a_figure_set_by_hand_needs_a_reason_and_is_marked(clerk: Session) -> None:
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    key = f"assigned|{PERIOD}|"
    with pytest.raises(BadInput, match="理由"):
        issuing.override(clerk, uid, key, "9")
    issuing.override(clerk, uid, key, "9", "含上月结转4件")
    document = issuing.report_builder(clerk, clerk.must_get("bulletin", uid)).document()
    runs = [run for block in document.blocks if hasattr(block, "text") and isinstance(block.text, tuple) for run in block.text]
    assert [r.text for r in runs if r.flagged] == ["9"]
    issuing.override(clerk, uid, key, None)
    assert figures.overrides_of(clerk.must_get("bulletin", uid)) == {}


def test_a_broken_blank_is_told_and_not_kept(clerk: Session) -> None:
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    before = clerk.must_get("bulletin", uid).values["body_text"]
    for body in ("共{{ n('assigned' }}件", "共{{ n('nothing') }}件", "{{ nobody }}", "{{ ''.__class__.__mro__ }}"):
        with pytest.raises(BadInput):
            issuing.save_text(clerk, uid, body=body)
    assert clerk.must_get("bulletin", uid).values["body_text"] == before


def test_what_is_issued_is_neither_taken_back_nor_deleted(clerk: Session) -> None:
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = through_check(clerk, uid)
    number = issuing.issue(reviewer, uid).values["total_issue_no"]
    with pytest.raises(BadInput):
        reviewer.undo_last()
    with pytest.raises(BadInput, match="不能删除"):
        reviewer.delete(issuing.KIND, uid)
    record = reviewer.must_get(issuing.KIND, uid)
    assert (record.state, record.deleted, record.values["total_issue_no"]) == ("issued", False, number)
    reviewer.close()


def test_what_is_changed_after_the_check_is_checked_again(clerk: Session) -> None:
    uid = issuing.new_draft(clerk, "supervision_circular", period=PERIOD)
    reviewer = through_check(clerk, uid)
    body = reviewer.must_get("bulletin", uid).values["body_text"]
    issuing.save_text(reviewer, uid, body=body)
    assert reviewer.must_get("bulletin", uid).state == "checked"
    issuing.save_text(reviewer, uid, body=body + "\n另加一句。")
    assert reviewer.must_get("bulletin", uid).state == "drafted"
    with pytest.raises(BadInput):
        issuing.issue(reviewer, uid)
    reviewer.close()


def issued_after(session: Session, uid: str, **how: bool) -> tuple[Session, str, str]:
    """The office as it is after a draft was checked and issued, and the text and title of its paper."""
    session = through_check(session, uid)
    record = issuing.issue(session, uid, **how)
    layout = session.attachment_bytes("bulletin", record.values["issued_layout"][0].sha256)
    document, _ = layout_file.unpacked(layout)
    first = document.blocks[0]
    assert isinstance(first, Paragraph) and document.draft == "" and document.audit
    return as_user(session, "clerk"), plain(first.text), document.title


def test_a_correction_names_what_it_corrects_and_the_same_again_is_asked_about(clerk: Session) -> None:
    session, _, title = issued_after(clerk, issuing.new_draft(clerk, "supervision_circular", period=PERIOD))
    assert "更正" not in title
    again = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    session = through_check(session, again)
    assert [d.said for d in issuing.differences(session, again)] == [f"这一份与已经印发的2026年11月24日印发的《{title}》（第1期）文字、数字都相同"]
    with pytest.raises(BadInput, match="文字、数字都相同"):
        issuing.issue(session, again)
    # another paper of the period is not the same again
    session.set("bulletin", again, {"body_text": session.must_get("bulletin", again).values["body_text"] + "\n（补充）另有要求。"})
    assert issuing.differences(session, again) == []
    unit = next(iter(session.names.units()))
    item = session.add("rectification", {"title": "后来的", "lead_unit": unit, "deadline": dt.date(2026, 11, 28)})
    session.take_step("rectification", item, "assign")
    session = as_user(session, "clerk")
    session, first, corrected = issued_after(session, issuing.new_draft(session, "supervision_circular", period=PERIOD), accept_issued=True)
    session.close()
    assert corrected == f"{title}（更正）"
    assert first == f"更正：2026年11月24日印发的《{title}》（第1期）中的有关数字有误，以本期为准。"
