"""An administrator changes a report on screen: text with blanks, a table by query, masthead; checked, previewed, kept, given back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtGui import QTextCursor

from db.query import Where
from desktop.bulletin import officereports, reportforms, reports
from desktop.ui.bulletineditor_dialogs import InsertDialog
from desktop.ui.exportdialog import ExportDialog
from desktop.ui.messages import Dialog
from desktop.ui.reportchart import ChartDialog
from desktop.ui.reporttable import PickDialog, TableDialog
from tests.gui import exchange_office as made_up
from tests.gui.pages_office import answer
from tests.gui.test_bulletin_editor import one_more_item, settle, text_of, typed
from tests.gui.test_exchange_pictures import SIZES, cut, fits, keep

NAME = "supervision_circular"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


def page_over(qtbot: Any, window: Any, name: str = NAME) -> Any:
    window.settings.set_view("bulletin", {"periods": {name: "2022-09"}})
    page = window.open("forms")
    settle(qtbot, window, lambda: page.list.lines)
    page.list.selectRow(next(at for at, line in enumerate(page.list.lines) if line.key == name))
    settle(qtbot, window, lambda: page.form and page.form.report.name == name and page.pane.ready)
    return page


def looked(qtbot: Any, window: Any, page: Any, until: Callable[[], object] = lambda: True) -> None:
    settle(qtbot, window, lambda: not page._preview.isActive() and (page.pane.ready or not page.problems.isHidden()) and until())  # noqa: SLF001


def test_every_report_is_shown_unchanged(qtbot: Any, session: Any) -> None:
    """To look at a report changes nothing of it, whatever it is made of."""
    with made_up.window_over(session) as window:
        page = window.open("forms")
        settle(qtbot, window, lambda: page.list.lines)
        for form in officereports.forms(session):
            page.editor.show_report(form.report)
            assert page.editor.report() == form.report
            page.editor.text.source_button.click()
            assert page.editor.report() == form.report
            page.editor.text.source_button.click()
            assert page.editor.report() == form.report
            for table in form.report.tables:
                dialog = TableDialog(window, session, window.jobs, form.report, table)
                dialog.accept()
                assert dialog.problem.text() == "" and _same(session, dialog.draft, table)
                dialog.deleteLater()
            for chart in form.report.charts:
                dialog = ChartDialog(window, session, chart)
                dialog.accept()
                assert dialog.draft == chart
                dialog.deleteLater()


def _same(session: Any, made: Any, given: Any) -> bool:
    """The same table, apart from a second way of sorting, which the page has no place for."""
    return msgspec.structs.replace(made, sort=given.sort[:1]) == msgspec.structs.replace(given, sort=given.sort[:1])


def test_text_is_changed_previewed_kept_printed_and_given_back(qtbot: Any, session: Any, tmp_path: Path) -> None:
    given = officereports.report_of(session, NAME)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        assert not page.changed and not page.keep_button.isEnabled() and page.back_button.isHidden()
        chips = page.editor.text.chips
        assert "{" not in chips.toPlainText() and chips.chip("{{ n('assigned') }}", "交办数") == ("交办数", "blue", False)
        chips.moveCursor(QTextCursor.MoveOperation.End)
        typed(chips, "\n五、另行部署。本期立项")
        answer(lambda dialog: (dialog.entry.setText("交办数"), dialog.list.selectRow(0), dialog.accept()), InsertDialog)
        page.editor.text.insert_figure()
        settle(qtbot, window, lambda: chips.body().endswith("本期立项{{ n('assigned') }}"))
        typed(chips, "件。")
        looked(qtbot, window, page, lambda: "另行部署" in text_of(page.pane.data, tmp_path))
        shown = text_of(page.pane.data, tmp_path)
        assert "本期立项11件" in shown and "试排" in shown
        page.note.setText("加一项")
        page.save()
        settle(qtbot, window, lambda: page.form and page.form.changed)
        assert "本期立项" in officereports.report_of(session, NAME).body and not page.back_button.isHidden()
        assert any(line.cells[1] == ("改过", "blue") for line in page.list.lines)
        assert "本期立项" in str(reports.build(session, NAME, period="2022-09").document())
        page.give_back()
        settle(qtbot, window, lambda: page.form and not page.form.changed)
        assert officereports.report_of(session, NAME) == given
        window.undo()
        settle(qtbot, window, lambda: page.form and page.form.changed)
        assert "本期立项" in page.editor.report().body


def test_what_is_wrong_is_told_with_its_line_and_nothing_is_kept(qtbot: Any, session: Any) -> None:
    before = officereports.report_of(session, NAME)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        page.editor.text.source_button.click()
        written = page.editor.text.written
        lines = written.toPlainText().splitlines()
        written.setPlainText("\n".join([*lines, "@table nosuch", "{{ nosuch }}"]))
        looked(qtbot, window, page, lambda: not page.problems.isHidden())
        told = {line.cells for line in page.problems.lines}
        assert (f"正文第 {len(lines) + 1} 行", "没有叫「nosuch」的表格，请重新插入") in told
        assert (f"正文第 {len(lines) + 2} 行", "没有叫「nosuch」的空") in told
        page.problems.selectRow(next(at for at, line in enumerate(page.problems.lines) if "的空" in line.cells[1]))
        page.problems.opened.emit()
        assert written.textCursor().blockNumber() == len(lines) + 1
        page.save()
        settle(qtbot, window, lambda: window.banner.text if hasattr(window, "banner") else True)
        assert officereports.report_of(session, NAME) == before and page.changed
        page.discard()
        assert not page.changed


def test_a_condition_is_put_around_the_selected_words(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        chips = page.editor.text.chips
        place = chips.toPlainText().index("现将有关情况通报如下")
        cursor = QTextCursor(chips.document())
        cursor.setPosition(place)
        cursor.setPosition(place + 10, QTextCursor.MoveMode.KeepAnchor)
        chips.setTextCursor(cursor)
        answer(lambda dialog: (dialog.entry.setText("交办数"), dialog.list.selectRow(0), dialog.accept()), InsertDialog)
        page.editor.text.insert_condition()
        settle(qtbot, window, lambda: "{% if value('assigned') %}现将有关情况通报如下{% endif %}" in chips.body())
        looked(qtbot, window, page)
        assert page.problems.isHidden()


def test_a_table_by_query_is_made_on_screen(qtbot: Any, session: Any) -> None:
    one_more_item(session)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)

        def make(dialog: TableDialog) -> None:
            dialog.title.setText("办理中的事项")
            dialog.source.setCurrentIndex(dialog.source.findData("kind"))
            dialog.kind.setCurrentIndex(dialog.kind.findData("rectification"))
            assert dialog.bar is not None
            dialog.bar.set((Where("deadline", "ge", dt.date(2022, 9, 12)),))
            dialog.period.setCurrentIndex(dialog.period.findData("deadline"))
            dialog.sort.setCurrentIndex(dialog.sort.findData("deadline"))

            def pick(columns: PickDialog) -> None:
                for at, line in enumerate(columns.list.lines):
                    if line.key in ("#order", "title", "deadline"):
                        columns.list.selectionModel().select(
                            columns.list.model().index(at, 0),
                            columns.list.selectionModel().SelectionFlag.Select | columns.list.selectionModel().SelectionFlag.Rows,
                        )
                columns.accept()

            answer(pick, PickDialog)
            dialog._add_column()  # noqa: SLF001
            dialog.accept()

        answer(make, TableDialog)
        page.editor._new_table()  # noqa: SLF001
        table = next(t for t in page.editor.report().tables if t.title == "办理中的事项")
        assert table.columns[0].word == "order" and {"title", "deadline"} <= {c.field for c in table.columns}
        looked(qtbot, window, page, lambda: page.pane.ready)
        page.save()
        settle(qtbot, window, lambda: page.form and page.form.changed)
        block = reports.build(session, NAME, period="2022-09").blocks()[-1]
        days = [r.values["deadline"] for r in session.book_of("rectification").each("rectification", "deleted = 0")]
        wanted = [d for d in days if d is not None and dt.date(2022, 9, 12) <= d <= dt.date(2022, 9, 30)]
        assert len(block.rows) == len(wanted) > 0  # type: ignore[union-attr]
        page.editor.parts.selectRow(next(at for at, line in enumerate(page.editor.parts.lines) if line.data.name == table.name))
        page.editor.drop_part()
        assert table.name not in page.editor.report().body


def test_masthead_and_name_are_changed(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        page.editor.head.setCurrentIndex(page.editor.head.findData("brief"))
        page.editor.entries["name"].setText("督查专报")
        page.editor.entries["secrecy"].setText("内部资料")
        page.editor.name.setText("督查专报")
        page.editor.name.textEdited.emit("督查专报")
        looked(qtbot, window, page, lambda: "督查专报" in text_of(page.pane.data, tmp_path))
        assert "内部资料" in text_of(page.pane.data, tmp_path)
        page.save()
        settle(qtbot, window, lambda: page.form and page.form.changed)
        assert officereports.report_of(session, NAME).label == "督查专报"


def test_another_is_made_from_one_and_offered_for_printing(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        answer(lambda dialog: dialog.accept(), Dialog)
        page.copy()
        settle(qtbot, window, lambda: page.form and page.form.given is None and page.pane.ready)
        own = page.form.report
        assert own.label == "督办通报（本单位）"
        offered = window.open("bulletin")
        settle(qtbot, window, lambda: any(line.key == own.name for line in offered.list.lines))
        page = window.open("forms")
        page.give_back()
        settle(qtbot, window, lambda: page.form and page.form.report.name != own.name)
        offered = window.open("bulletin")
        settle(qtbot, window, lambda: all(line.key != own.name for line in offered.list.lines))


@pytest.mark.slow
@pytest.mark.parametrize("points", SIZES)
def test_pictures_of_the_page(qtbot: Any, session: Any, points: float) -> None:
    with made_up.window_over(session, points) as window:
        page = page_over(qtbot, window)
        qtbot.wait(1200)  # QtPdf draws its pages in a thread of its own and tells nobody
        fits(window)
        keep(window, "forms", points)
        page.editor.text.source_button.click()
        page.editor.text.written.setPlainText("{{ nosuch }}")
        looked(qtbot, window, page, lambda: not page.problems.isHidden())
        fits(window)
        page.discard()
        dialog = TableDialog(window, session, window.jobs, page.form.report, page.form.report.tables[0])
        dialog.show()
        qtbot.wait(50)
        assert cut(dialog) == []
        keep(dialog, "forms-table", points)
        dialog.close()
        dialog.deleteLater()


def test_forms_go_to_another_office_in_a_workbook(qtbot: Any, session: Any) -> None:
    reportforms.keep(session, msgspec.structs.replace(officereports.report_of(session, NAME), label="督查通报"))
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        assert page.offers("export")
        seen: list[tuple[str, ...]] = []
        answer(lambda dialog: (seen.append(dialog.kinds()), dialog.reject()), ExportDialog)
        page.export()
        settle(qtbot, window, lambda: seen)
        assert seen == [("report_form",)]
