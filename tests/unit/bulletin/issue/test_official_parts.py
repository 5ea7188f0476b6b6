"""Each part of GB/T 9704 reaches the paper from the report's form and from the draft."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from db.errors import BadInput
from db.session import Session
from desktop.bulletin.document import RedHead
from desktop.bulletin.issue import issuing
from desktop.bulletin.report import official_parts, reports
from desktop.bulletin.report.declaration import HeadOf
from tests.report_office import given_report, opened

WORDS = {
    "copy_no": "000012", "secrecy": "机密★1年", "urgency": "特急", "organs": "云川市委办公室、云川市政府办公室", "number": "云办〔2022〕5号",
    "signers": "赵燚、王赟", "addressee": "各县区：", "attached": "整改清单；统计表", "note": "此件公开发布", "copy_to": "市人大常委会",
    "copies": "60", "sealed": "是", "report_to": "省委", "send_to": "市政协", "distribute_to": "各镇",
}  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("parts") / "office", items=40)
    yield made
    made.close()


def told(read: Any, document: Any) -> str:
    pages = read(document)
    return "".join(pages.text.split())


def test_each_part_of_a_report_s_form_is_printed(session: Session, read: Any) -> None:
    report = official_parts.with_declared(given_report("supervision_circular"), WORDS)
    assert official_parts.declared(report) == WORDS
    choice = reports.choose(session, report, "2022-10", None, None)
    document = reports.Builder(session, report, choice).document()
    text = told(read, document)
    for name, word in WORDS.items():
        for each in official_parts.listed(word) if name in ("organs", "signers", "attached") else (word,):
            assert name == "sealed" or each.rstrip("：") in text, (name, each)
    assert document.signature is not None and document.signature.sealed and len(document.signature.organs) == 2
    assert "共印60份" in text and "签发人：" in text and "（此件公开发布）" in text
    assert document.attachments[-2:] == ("整改清单", "统计表")


def test_each_part_of_a_form_is_declared_in_a_structure() -> None:
    names = set(official_parts.declared(given_report("brief")))
    assert names == set(official_parts.NAMES) == {part.name for part in official_parts.PARTS} | {"sealed"}
    assert "urgency" in msgspec.structs.asdict(HeadOf())


def test_a_draft_has_parts_of_its_own_until_it_is_issued(session: Session, read: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period="2022-10")
    before = issuing.parts_of(session, uid)
    issuing.set_parts(session, uid, {"secrecy": "秘密★1年", "signers": "赵燚", "addressee": before["addressee"], "copies": "80"})
    assert set(issuing.own_parts(session.must_get("bulletin", uid))) == {"secrecy", "signers", "copies"}
    document = issuing.report_builder(session, session.must_get("bulletin", uid)).document()
    assert isinstance(document.masthead, RedHead) and document.masthead.signers == ("赵燚",)
    assert "共印80份" in told(read, document)
    session.set_checked(session.must_get("bulletin", uid), {"state": "checked"})
    issuing.set_parts(session, uid, {"copy_no": "000007", "copies": "90"})
    assert session.must_get("bulletin", uid).state == "checked"  # says nothing of the matter
    issuing.set_parts(session, uid, {"secrecy": ""})
    assert session.must_get("bulletin", uid).state == "drafted"
    assert "secrecy" not in issuing.own_parts(session.must_get("bulletin", uid))
    issuing.preview(session, uid, io.BytesIO())


@pytest.mark.parametrize(("part", "text", "said"), [
    ("copies", "很多", "印数应是数字"), ("copy_no", "12", "六位数字"), ("colour", "红", "没有“colour”"), ("note", "甲\n乙", "分了行"),
])  # fmt: skip
def test_what_cannot_be_a_part_is_refused(session: Session, part: str, text: str, said: str) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period="2022-09")
    with pytest.raises(BadInput, match=said):
        issuing.set_parts(session, uid, {part: text})


def test_parts_from_the_command_line(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    from argparse import Namespace

    from desktop.commands import bulletin

    uid = issuing.new_draft(session, "supervision_circular", period="2022-08")
    options = Namespace(act="parts", name=uid, set=["签发人=赵燚、王赟", "加盖印章=是"], json=False, note=None)
    assert bulletin.bulletin(session, options) == 0
    assert "签发人：赵燚、王赟" in capsys.readouterr().out
    assert issuing.own_parts(session.must_get("bulletin", uid)) == {"signers": "赵燚、王赟", "sealed": "是"}
    with pytest.raises(BadInput, match="要素=文字"):
        bulletin.bulletin(session, Namespace(**{**vars(options), "set": ["签发人"]}))
