"""A clerk drafts, types, looks into figures and sets one by hand; figures that move are told; a reviewer issues; the archive keeps it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QLabel

from db.errors import BadInput
from db.metrics import metrics, own_figures
from db.model.declarations import Figure
from desktop.bulletin.issue import editor_view, figure_choices, figures, issuing
from desktop.ui.bulletin.editor.editor import OBJECT
from desktop.ui.bulletin.editor.figure_dialogs import FigureDialog
from desktop.ui.bulletin.editor.official_dialog import IssueDialog
from desktop.ui.bulletin.editor.table_figures import StandingDialog
from desktop.ui.bulletin.figure_picker import FigurePicker
from tests.gui import exchange_office as made_up
from tests.gui.pages_office import answer
from tests.samples import as_person

PERIOD = "2022-09"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


def settle(qtbot: Any, window: Any, until: Callable[[], object] = lambda: True) -> None:
    made_up.settle(qtbot, window, lambda: bool(until()))


def page_over(qtbot: Any, window: Any, uid: str) -> Any:
    page = window.open("drafts")
    page.show_draft(uid)
    settle(qtbot, window, lambda: page.opened and page.opened.record.uid == uid and page.pane.ready and page.view)
    return page


def typed(widget: Any, text: str) -> None:
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def text_of(data: bytes, tmp_path: Path) -> str:
    (tmp_path / "seen.pdf").write_bytes(data)
    with pdfplumber.open(tmp_path / "seen.pdf") as pdf:
        return "".join(page.extract_text() for page in pdf.pages).replace("\n", "").replace(" ", "")


def one_more_item(session: Any) -> None:
    uid = session.add("rectification", {
        "title": "后来查出的", "lead_unit": session.names.unit_by_name("清禾区"), "deadline": dt.date(2022, 9, 12),
        "assigned_on": dt.date(2022, 9, 2),
    })  # fmt: skip
    session.take_step("rectification", uid, "assign")


def test_a_draft_begins_on_the_page_of_reports(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        reports = window.open("bulletin")
        made_up.settle(qtbot, window, lambda: bool(reports.list.lines))
        reports.list.selectRow(next(at for at, line in enumerate(reports.list.lines) if line.key == "supervision_circular"))
        settle(qtbot, window, lambda: reports.pane.ready)
        reports.draft_button.click()
        settle(qtbot, window, lambda: window.page is not reports and window.page.opened and window.page.pane.ready)
        page = window.page
        assert "交办事项办理情况的通报" in page.head.text()
        assert page.body.body() == page.opened.body
        assert "{" not in page.body.toPlainText() and page.body.toPlainText().count(OBJECT) == len(
            [p for p in editor_view.pieces(page.opened.body, None) if not p.typed]
        )
        assert page.body.figures["{{ n('assigned') }}"].shown == "11"


def test_typing_is_previewed_counted_and_kept(qtbot: Any, session: Any, tmp_path: Path) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        before = page.card.count.text()
        page.body.moveCursor(QTextCursor.MoveOperation.End)
        typed(page.body, "特此通报，{{ 不是数字 }}。")
        assert page.card.count.text() != before
        settle(qtbot, window, lambda: page.pane.ready and not page._preview.isActive())  # noqa: SLF001
        assert "特此通报" in text_of(page.pane.data, tmp_path)
        assert "草稿" in text_of(page.pane.data, tmp_path)
        page.body.undo()
        assert "特此通报" not in page.body.toPlainText()
        page.body.redo()
        page.save()
        settle(qtbot, window, lambda: not page.dirty)
        kept = session.must_get("bulletin", uid).values["body_text"]
        assert kept.endswith("特此通报，｛｛ 不是数字 ｝｝。") and "{{ n('assigned') }}" in kept


def test_no_step_is_taken_and_no_other_draft_shown_while_a_text_is_refused(
    qtbot: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    other = issuing.new_draft(session, "supervision_circular", period="2022-08")
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)

        def refuse(*_: object, **__: object) -> None:
            raise BadInput("磁盘已满。")

        page.body.moveCursor(QTextCursor.MoveOperation.End)
        typed(page.body, "特此通报。")
        submit = next(p.action for p in page.opened.possible if p.action.name == "submit")
        with monkeypatch.context() as patch:
            patch.setattr(issuing, "save_text", refuse)
            page.action_bar.asked.emit(submit)
            settle(qtbot, window, lambda: "磁盘已满" in window.errors.text)
            assert session.must_get("bulletin", uid).state == "drafted"
            page.list.selectRow(next(at for at, line in enumerate(page.list.lines) if line.key == other))
            settle(qtbot, window)
            assert page.opened.record.uid == uid and page.dirty and "特此通报" in page.body.toPlainText()
            settle(qtbot, window, lambda: page.list.line().key == uid)
        page.save(lambda: typed(page.body, "完"))
        typed(page.body, "，")  # typed on while it is written
        settle(qtbot, window, lambda: page.body.toPlainText().endswith("特此通报。，完"))
        page.save()
        page.action_bar.asked.emit(submit)
        settle(qtbot, window, lambda: session.must_get("bulletin", uid).state == "submitted")
        assert session.must_get("bulletin", uid).values["body_text"].endswith("特此通报。，完")


def test_chips_copy_paste_and_are_found_by_a_click(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        body = page.body
        cursor = QTextCursor(body.document())
        cursor.setPosition(30, QTextCursor.MoveMode.KeepAnchor)
        body.setTextCursor(cursor)
        data = body.createMimeDataFromSelection()
        assert "{{ n('assigned') }}" in data.text() and OBJECT not in data.text()
        body.moveCursor(QTextCursor.MoveOperation.End)
        again = QMimeData()
        again.setText(data.text())
        body.insertFromMimeData(again)
        assert body.body().count("{{ n('assigned') }}") == 2
        place = body.toPlainText().index(OBJECT)
        cursor.setPosition(place)
        box = body.cursorRect(cursor)
        assert body.source_at(QPointF(box.right() + 8, box.center().y())) == "{{ n('assigned') }}"
        assert body.source_at(QPointF(box.left() - 8, box.center().y())) == ""
        body.setTextCursor(cursor)
        seen: list[Any] = []
        answer(lambda dialog: (seen.append((dialog.facts, len(dialog.list.lines))), dialog.reject()), FigureDialog)
        qtbot.keyClick(body, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        made_up.settle(qtbot, window, lambda: bool(seen))
        facts, rows = seen[0]
        assert facts.value == "11件" and rows == 11 and facts.formula and facts.as_of


def test_what_other_programs_put_on_the_clipboard_becomes_plain_typing(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        for text, html, wanted in (
            ("甲\x0b乙\x0c丙\r丁\u2028戊\t己", "<b style='color:red'>甲</b>", "甲\n乙\n丙\n丁\n戊\t己"),  # soft breaks of word processors
            ("", "<p style='font-size:30pt'><b>一、标题</b></p><table><tr><td>甲</td><td>乙</td></tr></table>", "一、标题"),
            ("铃\x07零\x00对象\ufffc数\ufde0assigned|2026|\ufde19\ufdd2", "", "铃零对象数assigned|2026|9"),
        ):
            page.body.set_body("")
            data = QMimeData()
            if text:
                data.setText(text)
            if html:
                data.setHtml(html)
            assert page.body.canInsertFromMimeData(data)
            page.body.insertFromMimeData(data)
            body = page.body.body()
            assert body.startswith(wanted) and "\x00" not in body
            block = page.body.document().begin()
            while block.isValid():
                assert all(not f.format.font().bold() for f in block.textFormats() if f.length)
                block = block.next()


def test_a_share_shows_its_parts_and_a_figure_by_hand_needs_a_reason(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    source = "{{ rate('acknowledged_rate') }}"
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        able: list[bool] = []

        def by_hand(dialog: FigureDialog) -> None:
            assert "÷" in dialog.facts.parts
            dialog.text.setText("100％")
            able.append(dialog.keep.isEnabled())
            dialog.reason.setText("含上月结转")
            able.append(dialog.keep.isEnabled())
            dialog.keep.click()

        answer(by_hand, FigureDialog)
        page.figures.show_figure(source)
        settle(qtbot, window, lambda: page.body.figures.get(source) and page.body.figures[source].by_hand)
        assert able == [False, True]
        assert page.body.chip(source, "") == ("100％", "purple", True)
        answer(lambda dialog: dialog.back.click(), FigureDialog)
        page.figures.show_figure(source)
        settle(qtbot, window, lambda: not page.body.figures[source].by_hand)


def test_a_figure_is_put_in_by_pinyin(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        page.body.moveCursor(QTextCursor.MoveOperation.End)

        def choose(dialog: FigurePicker) -> None:
            dialog.entry.setText("xcdb")
            assert [line.cells[0] for line in dialog.list.lines] == ["现场督办"]
            dialog.accept()

        answer(choose, FigurePicker)
        page.body.setFocus()
        qtbot.keyClick(page.body, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        settle(qtbot, window, lambda: "{{ n('visits') }}" in page.body.figures)
        assert page.body.body().endswith("{{ n('visits') }}")


def test_a_figure_of_the_office_fills_a_blank(qtbot: Any, session: Any) -> None:
    own_figures.save(session, Figure(name="mine", label="自定整改数", kinds=("rectification",), period="assigned_on", family=""))
    value = metrics.count(session, ["mine"], period=PERIOD)["mine"].value
    assert value
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        page.body.moveCursor(QTextCursor.MoveOperation.End)
        answer(lambda dialog: (dialog.entry.setText("自定整改数"), dialog.accept()), FigurePicker)
        page.body.setFocus()
        qtbot.keyClick(page.body, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        settle(qtbot, window, lambda: "{{ n('mine') }}" in page.body.figures)
        assert page.body.figures["{{ n('mine') }}"].shown == f"{value}"


def test_a_figure_is_picked_with_its_value_and_narrowed_by_a_click(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        dialog = FigurePicker(page, session, window.jobs, figure_choices.offered(session), page.figures.scope())
        dialog.show()
        dialog.entry.setText("jbs")
        assert dialog.list.lines[0].cells[0] == "交办数"
        settle(qtbot, window, lambda: dialog.list.lines[0].cells[2] == "11件")
        assert dialog.notice.text() == "交办数　11件"
        dialog.more.menu().aboutToShow.emit()
        fields = {action.text(): action.menu() for action in dialog.more.menu().actions()}
        dialog.narrow("category", fields["问题类别"].actions()[0].text())
        settle(qtbot, window, lambda: dialog.notice.text().endswith("件") and "（" in dialog.notice.text())
        assert dialog.chosen == (f"assigned[category={fields['问题类别'].actions()[0].text()}]", False)
        assert "[" not in dialog.notice.text() + dialog.formula.text(), "how it is written is shown"
        dialog.narrow("category", "")
        assert dialog.chosen == ("assigned", False)
        dialog.close()
        dialog.deleteLater()


def test_moved_figures_turn_and_are_taken(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    source = "{{ n('assigned') }}"
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        assert page.moved.isHidden()
        one_more_item(session)
        settle(qtbot, window, lambda: page.body.figures[source].before)
        assert page.body.chip(source, "")[:2] == ("11 → 12", "yellow")
        assert not page.moved.isHidden()
        assert any(line.cells[:3] == ("交办数（清禾区）", "1", "2") or line.cells[1:3] == ("11", "12") for line in page.moved.list.lines)
        page.moved.take.click()
        settle(qtbot, window, lambda: not page.body.figures[source].before)
        assert page.moved.isHidden() and page.body.chip(source, "") == ("12", "blue", False)


def test_what_is_shown_is_what_was_chosen_last(qtbot: Any, session: Any) -> None:
    """Before another is shown what is typed is kept, which takes its time: the list may have been empty for a moment meanwhile."""
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        lines, written = list(page.list.lines), threading.Event()
        window.jobs.write(lambda job: written.wait(20))
        page.list.fill([])
        page.list.fill(lines)
        written.set()
        settle(qtbot, window)
        assert page.opened is not None and page.opened.record.uid == uid == page.list.line().key
        page.list.fill([])
        settle(qtbot, window)
        assert page.opened is None


def test_from_draft_to_the_archive_and_a_reprint(qtbot: Any, session: Any, tmp_path: Path) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    said: list[Any] = []
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)

        def step(name: str, state: str) -> None:
            action = next(p.action for p in page.opened.possible if p.action.name == name and p.allowed)
            page.action_bar.asked.emit(action)
            made_up.settle(qtbot, window, lambda: (session.must_get("bulletin", uid).state == state and page.opened is None)
                           or page.opened.record.state == state)  # fmt: skip

        step("submit", "submitted")
        assert not any(p.allowed for p in page.opened.possible if p.action.name == "check")
        with as_person(session, "wangjing", "reviewer"):
            session.take_step("bulletin", uid, "check")
        settle(qtbot, window, lambda: page.opened.record.state == "checked")
        action = next(p.action for p in page.opened.possible if p.action.name == "issue")
        answer(lambda dialog: (said.append(dialog), dialog.entries["copies"].setText("60"), dialog.accept()), IssueDialog)
        page.action_bar.asked.emit(action)
        settle(qtbot, window, lambda: session.must_get("bulletin", uid).state == "issued")
        assert len(said) == 1 and "共印60份" in text_of(issuing.reprint(session, uid), tmp_path)
        settle(qtbot, window, lambda: page.opened and page.opened.issued and page.list.line().key == uid)
        assert page.drafts.tabs.currentIndex() == 1, "it stands in the archive, ready to be printed"
        page.drafts.search.setText("交办事项")
        settle(qtbot, window, lambda: page.opened and page.opened.issued and page.pane.ready)
        assert page.pane.data == issuing.reprint(session, uid)
        assert page.body.isReadOnly() and "第1期" in page.signs.text()
        page.mask_button.choose("places", True)
        settle(qtbot, window, lambda: page.pane.ready and page.pane.data != issuing.reprint(session, uid))
        assert "安坪县" not in text_of(page.pane.data, tmp_path)
        page.mask_button.choose("places", False)
        settle(qtbot, window, lambda: page.pane.ready and page.pane.data == issuing.reprint(session, uid))


def test_what_differs_from_an_issued_one_is_issued_as_a_correction_only_when_asked(qtbot: Any, session: Any) -> None:
    def through_check() -> str:
        uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
        session.take_step("bulletin", uid, "submit")
        with as_person(session, "wangjing", "reviewer"):
            session.take_step("bulletin", uid, "check")
        return uid

    first = through_check()
    issuing.issue(session, first)
    one_more_item(session)
    uid = through_check()
    said: list[str] = []
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        settle(qtbot, window, lambda: page.view.differences)
        action = next(p.action for p in page.opened.possible if p.action.name == "issue")

        def look(dialog: Any) -> None:
            said.append("".join(label.text() for label in dialog.findChildren(QLabel)))
            dialog.accept() if len(said) == 2 else dialog.reject()

        for _ in range(2):
            answer(look, IssueDialog)
            seen = len(said)
            page.action_bar.asked.emit(action)
            settle(qtbot, window, lambda seen=seen: len(said) > seen)
            if len(said) == 1:
                assert session.must_get("bulletin", uid).state == "checked"
        settle(qtbot, window, lambda: session.must_get("bulletin", uid).state == "issued")
    assert len(said) == 2 and "交办数" in said[0] and "先撤回" in said[0]
    assert [session.must_get("bulletin", each).values["issue_no"] for each in (first, uid)] == [1, 2]


def test_finding_in_the_text(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        page.body.setFocus()
        qtbot.keyClick(page.body, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: not page.find_bar.isHidden())
        page.find_bar.entry.setText("从严审核")
        qtbot.keyClick(page.find_bar.entry, Qt.Key.Key_Return)
        assert page.body.textCursor().selectedText() == "从严审核"
        page.find_bar.entry.setText("没有的话")
        qtbot.keyClick(page.find_bar.entry, Qt.Key.Key_Return)
        assert page.find_bar.said.text() == "没有找到"
        page.find_bar.entry.setText("逾期")
        many = page.body.toPlainText().count("逾期") + 1  # and in the name of a table, which is a chip
        assert many > 3 and page.find_bar.said.text() == f"{many} 处"
        page.body.moveCursor(QTextCursor.MoveOperation.Start)
        for shift, place in ((False, 1), (False, 2), (True, 1), (True, many), (False, 1)):
            held = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
            qtbot.keyClick(page.find_bar.entry, Qt.Key.Key_Return, held)
            assert page.find_bar.said.text() == f"{place}/{many}"


def test_what_chips_say_is_found(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        source, figure = next((s, f) for s, f in page.body.figures.items() if s.startswith("{{ rate"))
        page.body.moveCursor(QTextCursor.MoveOperation.Start)
        page.body.insertPlainText("𬱟龙")
        page.find_bar.open()
        page.find_bar.entry.setText(figure.shown)
        assert page.find_bar.said.text().endswith("处")
        qtbot.keyClick(page.find_bar.entry, Qt.Key.Key_Return)
        cursor = page.body.textCursor()
        assert page.body.selected_source(cursor.selectionStart(), cursor.selectionEnd()) == source
        assert page.find_bar.said.text().startswith("1/")
        # from the typing before a chip into it: the words on both sides are one text to a reader
        before = page.body.toPlainText()[: cursor.selectionStart() - 1][-1]
        page.find_bar.entry.setText(before + figure.shown[:2])
        qtbot.keyClick(page.find_bar.entry, Qt.Key.Key_Return)
        cursor = page.body.textCursor()
        found = page.body.selected_source(cursor.selectionStart(), cursor.selectionEnd())
        assert found.startswith(before) and found.endswith("}}")
        page.find_bar.entry.setText("龙")
        qtbot.keyClick(page.find_bar.entry, Qt.Key.Key_Return)
        assert page.body.textCursor().selectedText() == "龙" and page.body.textCursor().selectionStart() == 2


def test_a_reader_sees_but_does_not_type(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with as_person(session, "guest", "viewer"), made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        assert page.body.isReadOnly() and not page.insert_button.isEnabled() and not page.supplement.isEnabled()
        assert not any(p.allowed for p in page.opened.possible)


def test_typing_never_waits_for_the_pages(qtbot: Any, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are counted and pages set off the thread that types, and once for several letters."""
    looked, look = [], editor_view.look

    def noted(*arguments: Any) -> Any:
        looked.append(threading.current_thread() is threading.main_thread())
        return look(*arguments)

    uid = issuing.new_draft(session, "monthly_review", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        page.body.moveCursor(QTextCursor.MoveOperation.End)
        monkeypatch.setattr(editor_view, "look", noted)
        for _ in range(60):
            typed(page.body, "字")
            QApplication.processEvents()
        settle(qtbot, window, lambda: looked and page.pane.ready)
        assert not any(looked) and len(looked) < 30


# -- figures in tables, rows in their ledger, words under a condition -----------------------------------------------------


def cell_of(view: Any, column: str) -> Any:
    return next(s for s in view.table_figures if s.part == "by_unit" and s.column == column and s.figure.shown != "0")


def test_a_figure_in_a_table_is_set_by_hand_from_its_chip(qtbot: Any, session: Any, tmp_path: Path) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        cell = cell_of(page.view, "交办数")
        source = next(p.source for p in editor_view.pieces(page.opened.body, None) if "by_unit" in p.source)
        assert page.body.chip(source, "表格")[1] == "grey"
        asked: list[str] = []
        page.body.part_asked.connect(asked.append)

        def choose(dialog: Any) -> None:
            grid = dialog.grid
            assert dialog.part.currentData() == "by_unit" and grid.columnCount() == 6
            for row in range(grid.rowCount()):
                for column in range(grid.columnCount()):
                    if grid.item(row, column).data(Qt.ItemDataRole.UserRole) == cell.figure.key:
                        grid.setCurrentCell(row, column)
            dialog.accept()

        def by_hand(dialog: FigureDialog) -> None:
            assert dialog.facts.key == cell.figure.key and cell.line in dialog.facts.label
            dialog.text.setText("98")
            dialog.reason.setText("含上月结转")
            dialog.keep.click()

        answer(choose, StandingDialog)
        answer(by_hand, FigureDialog)
        page.body._ask(source)  # noqa: SLF001
        settle(qtbot, window, lambda: page.view and any(s.figure.by_hand for s in page.view.table_figures) and page.pane.ready)
        assert asked == ["by_unit"]
        assert page.body.chip(source, "表格") == ("表格（1 个手工改）", "purple", True)
        assert "98" in text_of(page.pane.data, tmp_path)
        page._act(next(p.action for p in page.opened.possible if p.action.name == "submit"))  # noqa: SLF001
        settle(qtbot, window, lambda: page.opened.record.state == "submitted")
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(issuing.KIND, uid, "check")
    issuing.issue(session, uid)
    assert figures.overrides_of(session.must_get(issuing.KIND, uid))[cell.figure.key].reason == "含上月结转"
    (tmp_path / "issued.pdf").write_bytes(issuing.reprint(session, uid))
    with pdfplumber.open(tmp_path / "issued.pdf") as pdf:
        assert "98" in "".join(page.extract_text() for page in pdf.pages)


def test_the_rows_of_a_figure_are_opened_in_their_ledger(qtbot: Any, session: Any) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period=PERIOD)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        facts = editor_view.facts(session, page.opened.record, page.body.figures["{{ n('assigned') }}"].key)
        (kind, uids), *_ = facts.ledgers
        assert facts.count == sum(len(rows) for _, rows in facts.ledgers)

        def to_ledger(dialog: FigureDialog) -> None:
            menu = dialog.ledger.menu()
            if menu is None:
                dialog.ledger.click()
            else:
                menu.actions()[0].trigger()

        answer(to_ledger, FigureDialog)
        page.figures.show_figure("{{ n('assigned') }}")
        settle(qtbot, window, lambda: window.page is not page and window.page.table.rows.loaded)
        ledger = window.page
        made_up.settle(qtbot, window, lambda: ledger.table.rows.rowCount() == len(uids))
        assert ledger.kind.name == kind
        assert {r.uid for r in session.find(ledger.filter.query())} == set(uids)
        chips = [condition.text for condition in ledger.filter._held.values()]  # noqa: SLF001
        assert chips == [f"记录：选定的 {len(uids)} 条"]
        assert not window.settings.view(f"list.{kind}").get("filter")  # picked out once, not from now on


def test_words_under_a_condition_are_told_and_taken_over(qtbot: Any, session: Any) -> None:
    month = "2022-07"
    uid = issuing.new_draft(session, "supervision_circular", period=month)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, uid)
        assert "尚无到期事项" in page.body.body()
        item = session.add("rectification", {
            "title": "后来查出的", "lead_unit": session.names.unit_by_name("清禾区"), "deadline": dt.date(2022, 7, 12),
            "assigned_on": dt.date(2022, 7, 2),
        })  # fmt: skip
        session.take_step("rectification", item, "assign")
        session.set_checked(session.must_get("rectification", item), {"assigned_on": dt.date(2022, 7, 2)})
        settle(qtbot, window, lambda: page.view and any(not d.figure for d in page.view.differences))
        told = [line.cells for line in page.moved.list.lines if line.data.figure is False]
        assert any("尚无到期事项" in cells[1] and "应办结" in cells[2] for cells in told)
        page.figures.take_now()
        settle(qtbot, window, lambda: page.view and not page.view.differences)
        assert "尚无到期事项" not in page.body.body() and "{{ n('due') }}" in page.body.body()
