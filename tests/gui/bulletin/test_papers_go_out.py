"""A paper on its way out, by its buttons alone: its parts set, edited in Word and back, asked about once more before it is issued; a letter numbered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit

from desktop.bulletin.issue import issuing
from desktop.ui.bulletin.editor.official_dialog import IssueDialog, OfficialDialog
from desktop.ui.bulletin.editor.word_reimport_dialog import BackDialog
from desktop.ui.kit.messages import Dialog
from tests.gui import exchange_office as made_up
from tests.gui.bulletin.test_editor import PERIOD, page_over, settle, text_of
from tests.gui.pages_office import answer
from tests.gui.pictures import keep
from tests.samples import as_person

ADDED = "各单位主要负责人要亲自抓落实。"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


def checked(session: Any, uid: str) -> None:
    """Sent in by one person and checked by another."""
    session.take_step("bulletin", uid, "submit")
    with as_person(session, "wangjing", "reviewer"):
        session.take_step("bulletin", uid, "check")


def choose_file(file: Path) -> None:
    """Type a file's name into the dialog for files that comes, and press Enter."""
    answer(lambda dialog: (dialog.findChild(QLineEdit).setText(str(file)), dialog.accept()), QFileDialog)


def press_issue(page: Any) -> None:
    page.action_bar.asked.emit(next(p.action for p in page.opened.possible if p.action.name == "issue"))


def test_parts_word_and_issue(qtbot: Any, session: Any, tmp_path: Path) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    file = tmp_path / "稿.docx"
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)

        def set_parts(dialog: OfficialDialog) -> None:
            for name, text in {"copy_no": "000001", "secrecy": "内部资料", "urgency": "特急", "organs": "某市督查室、某市信访局",
                               "signers": "赵某", "note": "此件公开发布", "copy_to": "市委办公室", "copies": "60"}.items():
                dialog.entries[name].setText(text)
            dialog.sealed.setChecked(True)
            keep(dialog, "papers-parts", 10.5)
            dialog.accept()

        answer(set_parts, OfficialDialog)
        page.card.official.click()
        settle(qtbot, window, lambda: page.pane.ready and "特急" in text_of(page.pane.data, tmp_path))
        shown = text_of(page.pane.data, tmp_path)
        for word in ("000001", "内部资料", "签发人：赵某", "（此件公开发布）", "抄送：市委办公室。", "共印60份", "某市督查室", "某市信访局"):
            assert word in shown, word

        # out as a Word file, a sentence typed there, and back
        choose_file(file.with_suffix(""))
        page.pane.form_asked.emit(".docx")
        settle(qtbot, window, file.is_file)
        edited = docx.Document(str(file))
        [p for p in edited.paragraphs if p.style.name == "公文正文"][-1].add_run(ADDED)
        edited.save(str(file))
        answer(lambda dialog: (keep(dialog, "papers-back", 10.5), dialog.accept()), BackDialog)
        choose_file(file)
        page.card.fetch.click()
        settle(qtbot, window, lambda: ADDED in page.body.toPlainText() and page.pane.ready)
        assert "{{ n('assigned') }}" in page.body.body()
        page.save()
        settle(qtbot, window, lambda: not page.dirty)

        # who issues changes the secrecy: back to be checked, nothing is out
        checked(session, uid)
        settle(qtbot, window, lambda: page.opened.record.state == "checked" and page.pane.ready)
        said: list[str] = []

        def change(dialog: IssueDialog) -> None:
            said.extend(label.text() for label in dialog.findChildren(QLabel))
            assert dialog.entries["secrecy"].text() == "内部资料" and dialog.ok.text() == "印发"
            dialog.entries["copy_no"].setText("000002")
            assert dialog.ok.text() == "印发"
            keep(dialog, "papers-issue", 10.5)
            dialog.entries["secrecy"].setText("机密★1年")
            said.append(dialog.ok.text())
            dialog.accept()

        answer(change, IssueDialog)
        press_issue(page)
        settle(qtbot, window, lambda: session.must_get("bulletin", uid).state == "drafted")
        assert said[-1] == "保存，重新核稿" and any("第1期（总第1期）" in each for each in said)
        assert session.must_get("bulletin", uid).values["issue_no"] is None

        checked(session, uid)
        settle(qtbot, window, lambda: page.opened.record.state == "checked")
        answer(lambda dialog: dialog.accept(), IssueDialog)
        press_issue(page)
        settle(qtbot, window, lambda: session.must_get("bulletin", uid).state == "issued")
        out = text_of(issuing.reprint(session, uid), tmp_path)
        assert "机密★1年" in out and "000002" in out and ADDED in out and "未签发" not in out

        # the same once more: told, and nothing goes out unless it is wanted
        again = issuing.new_draft(session, "supervision_circular", period=PERIOD)
        issuing.save_text(session, again, body=session.must_get("bulletin", uid).values["body_text"])
        checked(session, again)
        page = page_over(qtbot, window, again)
        settle(qtbot, window, lambda: page.view.differences)
        answer(lambda dialog: (said.append(dialog.ok.text() + dialog.findChildren(QLabel)[0].text()), dialog.reject()), IssueDialog)
        press_issue(page)
        settle(qtbot, window, lambda: said[-1].startswith("再印一期"))
        assert "文字、数字都相同" in said[-1] and session.must_get("bulletin", again).state == "checked"


def test_a_letter_is_numbered_by_its_button(qtbot: Any, session: Any, tmp_path: Path) -> None:
    item = session.add("rectification", {
        "title": "桥面破损未修", "lead_unit": session.names.unit_by_name("清禾区"), "deadline": dt.date(2022, 9, 12), "assigned_on": dt.date(2022, 9, 2),
    })  # fmt: skip
    session.take_step("rectification", item, "assign")
    with made_up.window_over(session) as window:
        page = window.open("bulletin")
        settle(qtbot, window, lambda: bool(page.list.lines))
        page.list.selectRow(next(at for at, line in enumerate(page.list.lines) if line.key == "orange_letter"))
        page.options.set_item(page.choice, "rectification", item)
        page.options.changed.emit()
        settle(qtbot, window, lambda: page.pane.ready and "桥面破损未修" in text_of(page.pane.data, tmp_path))
        assert "未签发" in text_of(page.pane.data, tmp_path)
        answer(lambda dialog: (keep(dialog, "papers-letter", 10.5), dialog.accept()), Dialog)
        page.letter.button.click()
        settle(qtbot, window, lambda: page.pane.ready and "督办函〔2022〕1号" in text_of(page.pane.data, tmp_path))
        assert "未签发" not in text_of(page.pane.data, tmp_path)
        # what went out stays what it was; one more is set of what holds now
        session.set("rectification", item, {"title": "桥面破损仍未修"})
        settle(qtbot, window, lambda: page.letter.which.count() == 2 and page.pane.ready)
        keep(window, "papers-numbered", 10.5)
        assert page.letter.which.currentText().startswith("督办函〔2022〕1号")
        assert "桥面破损未修" in text_of(page.pane.data, tmp_path)
        page.letter.which.setCurrentIndex(1)
        page.letter.which.activated.emit(1)
        settle(qtbot, window, lambda: page.pane.ready and "桥面破损仍未修" in text_of(page.pane.data, tmp_path))
        assert "未签发" in text_of(page.pane.data, tmp_path)
    (letter,) = session.children(item, "letter")
    assert letter.values["letter_type"] == "orange" and letter.values["number"] == 1
