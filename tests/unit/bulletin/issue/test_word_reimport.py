"""A draft that went out as a Word file and was edited there comes back: its changes merged, its figures bound, what was done to them told."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import msgspec
import pytest

from db.errors import BadInput
from db.session import Session
from desktop.bulletin.issue import issuing, word_reimport
from desktop.bulletin.issue.word_reimport import WordEdits
from tests.report_office import opened

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("word") / "office", items=40)
    yield made
    made.close()


@pytest.fixture
def uid(session: Session) -> str:
    return issuing.new_draft(session, "supervision_circular", period="2022")


@pytest.fixture
def back(session: Session, uid: str, tmp_path: Path) -> Callable[..., WordEdits]:
    """``back(edit)``: what comes of the draft's file after ``edit(document)``."""

    def work(edit: Callable[[Any], None], typed: str | None = None) -> WordEdits:
        path = tmp_path / "稿.docx"
        issuing.preview(session, uid, path)
        file = docx.Document(str(path))
        edit(file)
        file.save(str(path))
        record = session.must_get("bulletin", uid)
        if typed is not None:
            record = msgspec.structs.replace(record, values={**record.values, "body_text": typed})
        return word_reimport.read_word_edits(session, record, path)

    return work


def body(session: Session, uid: str) -> str:
    return str(session.must_get("bulletin", uid).values["body_text"])


def with_figure(file: Any, at: int = 0) -> Any:
    return [p for p in file.element.iter(f"{W}p") if p.find(f"{W}sdt") is not None and p.getparent().tag == f"{W}body"][at]


@pytest.mark.parametrize("name", ["supervision_circular", "brief", "activity_summary", "monthly_review"])
def test_a_file_that_nobody_edited_changes_nothing(session: Session, tmp_path: Path, name: str) -> None:
    """With articles out of the ledger, attachments with titles of their own, charts, figures set by hand."""
    uid = issuing.new_draft(session, name, period="2022")
    key = next(iter(issuing.kept_figures(session.must_get("bulletin", uid))))
    issuing.override(session, uid, key, "12345", "手工核实")
    issuing.preview(session, uid, tmp_path / "稿.docx")
    record = session.must_get("bulletin", uid)
    found = word_reimport.read_word_edits(session, record, tmp_path / "稿.docx")
    assert found.body == record.values["body_text"] and found.title == record.values["title"]
    assert not found.changed and not found.kept and not found.notices


def test_typing_beside_figures_keeps_them_bound(session: Session, uid: str, back: Callable[..., WordEdits]) -> None:
    def edit(file: Any) -> None:
        line = with_figure(file)
        line.findall(f"{W}r")[-1].find(f"{W}t").text += "请各单位认真对照。"
        added = copy.deepcopy([p for p in file.paragraphs if p.style.name == "公文正文"][-1]._p)  # noqa: SLF001
        for run in added.findall(f"{W}r")[1:]:
            added.remove(run)
        added.find(f"{W}r/{W}t").text = "另加的一段，写着{{ n('x') }}。"
        line.addnext(added)

    found = back(edit)
    before = body(session, uid)
    assert found.body.count("{{ n(") == before.count("{{ n(") and found.body.count("{{ rate(") == before.count("{{ rate(")
    assert "请各单位认真对照。" in found.body and "另加的一段，写着｛｛ n('x') ｝｝。" in found.body
    assert not found.notices and not found.kept and len(found.changed) == 1
    assert [line for line in before.splitlines() if line.startswith("@")] == [line for line in found.body.splitlines() if line.startswith("@")]
    issuing.save_text(session, uid, body=found.body)


def test_what_was_done_to_a_figure_is_told_and_it_stays_the_ledger_s(session: Session, uid: str, back: Callable[..., WordEdits]) -> None:
    def edit(file: Any) -> None:
        controls = list(with_figure(file).iter(f"{W}sdt"))
        next(controls[0].find(f"{W}sdtContent").iter(f"{W}t")).text = "99999"  # typed over
        inside = next(controls[1].find(f"{W}sdtContent").iter(f"{W}t"))
        inside.text += "件左右"  # typing at its edge entered it

    found = back(edit)
    assert found.body.count("{{") == body(session, uid).count("{{") and "99999" not in found.body and "件左右" in found.body
    assert any("改成了 99999，没有取回" in each for each in found.notices) and any("多了文字“件左右”" in each for each in found.notices)


def test_lost_and_doubled_marks_are_told(session: Session, uid: str, back: Callable[..., WordEdits]) -> None:
    def edit(file: Any) -> None:
        first, second = with_figure(file), with_figure(file, 1)
        second.addnext(copy.deepcopy(second))
        for control in list(first.iter(f"{W}sdt"))[:1]:
            control.getparent().remove(control)

    told = back(edit).notices
    assert any("没有标记了" in each for each in told) and any("多出 1 处" in each for each in told)


def test_struck_out_text_is_none_and_inserted_text_is(session: Session, uid: str, back: Callable[..., WordEdits]) -> None:
    def edit(file: Any) -> None:
        line = [p._p for p in file.paragraphs if p.style.name == "公文正文"][-1]  # noqa: SLF001
        runs = line.findall(f"{W}r")
        for name, text in (("del", None), ("ins", "修订后插入的话。")):
            around = line.makeelement(f"{W}{name}", {f"{W}id": "900", f"{W}author": "某"})
            run = copy.deepcopy(runs[0])
            around.append(run)
            if text:
                run.find(f"{W}t").text = text
            else:
                run.find(f"{W}t").tag = f"{W}delText"
            runs[0].addprevious(around)
        line.remove(runs[0])

    found = back(edit)
    assert "修订后插入的话。" in found.body and len(found.changed) == 1
    assert len(found.body) < len(body(session, uid)) + 20


def test_what_was_changed_here_meanwhile_stays_and_is_told(session: Session, uid: str, back: Callable[..., WordEdits]) -> None:
    lines = body(session, uid).splitlines()
    last = max(k for k, line in enumerate(lines) if line.strip() and not line.startswith("@"))
    first = min(k for k, line in enumerate(lines) if "{{" in line)
    lines[last] = "这里改写的最后一段。"

    def edit(file: Any) -> None:
        texts = [p for p in file.paragraphs if p.style.name in ("公文正文", "一级标题", "二级标题")]
        texts[-1].runs[-1].text = "文件里改写的最后一段。"
        with_figure(file).findall(f"{W}r")[-1].find(f"{W}t").text += "文件里加的话。"

    found = back(edit, "\n".join(lines))
    assert "这里改写的最后一段。" in found.body and "文件里改写的最后一段。" not in found.body
    assert "文件里加的话。" in found.body.splitlines()[first] and any("文件里改写" in each.now for each in found.kept)
    assert any("文件里加的话" in each.now for each in found.changed)


def test_a_file_that_is_none_is_refused_with_what_to_do(session: Session, uid: str, tmp_path: Path) -> None:
    record = session.must_get("bulletin", uid)
    old, text, bomb = tmp_path / "旧.doc", tmp_path / "假.docx", tmp_path / "炸.docx"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
    text.write_text("不是", encoding="utf-8")
    with zipfile.ZipFile(bomb, "w") as file:
        for name in ("document", "styles"):
            file.writestr(f"word/{name}.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    for path, said in ((old, "另存为不加密的 .docx"), (text, "不是 .docx"), (bomb, "不是 .docx"), (tmp_path / "无.docx", "不是 .docx")):
        with pytest.raises(BadInput, match=said):
            word_reimport.read_word_edits(session, record, path)
