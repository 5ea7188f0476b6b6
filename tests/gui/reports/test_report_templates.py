"""An administrator changes a report on screen: text with blanks, a table by query, masthead; checked, previewed, kept, given back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from db.model.query import Where
from desktop.bulletin.report import office_report_changes, office_reports, reports
from desktop.ui.bulletin.figure_picker import FigurePicker
from desktop.ui.exchange.export_dialog import ExportDialog
from desktop.ui.kit.messages import Dialog
from desktop.ui.reports.chart_editor import ArticlesDialog, ChartDialog, GanttDialog
from desktop.ui.reports.table_editor import PickDialog, TableDialog
from tests.gui import exchange_office as made_up
from tests.gui.bulletin.test_editor import one_more_item, settle, text_of, typed
from tests.gui.exchange.test_pictures import SIZES, cut, fits
from tests.gui.pages_office import answer
from tests.gui.pictures import keep

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


def test_the_page_fills_without_a_jump_or_a_word_that_is_not_so(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        window.resize(1366, 768)
        page = window.open("forms")
        window.show()
        qtbot.waitUntil(page.isVisible)
        assert page.list.empty.isHidden(), "nothing is said while they are read"

        def stands() -> tuple[int, ...]:
            card, foot = page.card.geometry(), page.card.keep_button.geometry()
            return card.left(), card.width(), card.height() - foot.bottom()

        begun = stands()
        assert page.list.hasFocus() or not window.isActiveWindow()
        settle(qtbot, window, lambda: page.list.lines)
        assert stands() == begun
        assert page.editor.count() == 4 and not page.editor.rest
        page.forms.search.setText("没有的名称")
        assert not page.list.empty.isHidden()


def test_every_report_is_shown_unchanged(qtbot: Any, session: Any) -> None:
    """To look at a report changes nothing of it, whatever it is made of."""
    with made_up.window_over(session) as window:
        page = window.open("forms")
        settle(qtbot, window, lambda: page.list.lines)
        for form in office_reports.office_reports(session):
            page.editor.show_report(form.report)
            assert page.editor.report() == form.report
            page.editor.text.source_button.click()
            assert page.editor.report() == form.report
            page.editor.text.source_button.click()
            assert page.editor.report() == form.report
            for table in form.report.tables:
                dialog = TableDialog(window, session, window.jobs, form.report, table)
                dialog.accept()
                assert dialog.problem.text() == "" and dialog.draft == table
                dialog.deleteLater()
            others: list[tuple[Any, Any]] = [(ChartDialog(window, session, window.jobs, chart), chart) for chart in form.report.charts]
            others += [(ArticlesDialog(window, session, window.jobs, form.report, each), each) for each in form.report.articles]
            others += [(GanttDialog(window, session, gantt), gantt) for gantt in form.report.gantts]
            for dialog, given in others:
                dialog.accept()
                assert dialog.problem.text() == "" and dialog.draft == given
                dialog.deleteLater()


def test_text_is_changed_previewed_kept_printed_and_given_back(qtbot: Any, session: Any, tmp_path: Path) -> None:
    given = office_reports.report_of(session, NAME)
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        assert not page.changed and not page.card.keep_button.isEnabled() and page.back_button.isHidden()
        chips = page.editor.text.chips
        assert "{" not in chips.toPlainText() and chips.chip("{{ n('assigned') }}", "交办数") == ("交办数", "blue", False)
        chips.moveCursor(QTextCursor.MoveOperation.End)
        typed(chips, "\n五、另行部署。本期立项")
        answer(lambda dialog: (dialog.entry.setText("交办数"), dialog.list.selectRow(0), dialog.accept()), FigurePicker)
        page.editor.text.insert_figure()
        settle(qtbot, window, lambda: chips.body().endswith("本期立项{{ n('assigned') }}"))
        typed(chips, "件。")
        looked(qtbot, window, page, lambda: "另行部署" in text_of(page.pane.data, tmp_path))
        shown = text_of(page.pane.data, tmp_path)
        assert "本期立项11件" in shown and "试排" in shown
        page.note.setText("加一项")
        page.save()
        settle(qtbot, window, lambda: page.form and page.form.changed)
        assert "本期立项" in office_reports.report_of(session, NAME).body and not page.back_button.isHidden()
        assert any(line.cells[1] == ("改过", "blue") for line in page.list.lines)
        assert "本期立项" in str(reports.build(session, NAME, period="2022-09").document())
        page.give_back()
        settle(qtbot, window, lambda: page.form and not page.form.changed)
        assert office_reports.report_of(session, NAME) == given
        window.undo()
        settle(qtbot, window, lambda: page.form and page.form.changed)
        assert "本期立项" in page.editor.report().body


def test_what_is_wrong_is_told_with_its_line_and_nothing_is_kept(qtbot: Any, session: Any) -> None:
    before = office_reports.report_of(session, NAME)
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
        assert office_reports.report_of(session, NAME) == before and page.changed
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
        answer(lambda dialog: (dialog.entry.setText("交办数"), dialog.list.selectRow(0), dialog.accept()), FigurePicker)
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
            dialog.records.kind.setCurrentIndex(dialog.records.kind.findData("rectification"))
            assert dialog.records.bar is not None
            dialog.records.bar.set((Where("deadline", "ge", dt.date(2022, 9, 12)),))
            dialog.records.period.setCurrentIndex(dialog.records.period.findData("deadline"))
            dialog.records.sort.setCurrentIndex(dialog.records.sort.findData("deadline"))

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


def test_articles_are_chosen_filtered_and_ordered_on_screen(qtbot: Any, session: Any, tmp_path: Path) -> None:
    for number, (title, text) in enumerate((("甲例", "甲的做法。"), ("乙例", "乙的做法。"), ("丙例", "丙的做法。"))):
        day = dt.date(2022, 9, 10 + number)
        session.add("case_study", {"title": title, "body": text, "summary": f"{title}摘要。", "submitted_on": day})
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, "brief")
        at = next(at for at, line in enumerate(page.editor.parts.lines) if line.key[0] == "@articles")
        page.editor.parts.selectRow(at)

        def make(dialog: ArticlesDialog) -> None:
            dialog.records.bar.set((Where("title", "ne", "乙例"),))
            dialog.records.sort.setCurrentIndex(dialog.records.sort.findData("submitted_on"))
            dialog.records.down.setChecked(True)
            dialog.list.selectRow(next(at for at, line in enumerate(dialog.list.lines) if line.data == "summary"))
            dialog._drop()  # noqa: SLF001
            dialog.new_page.setChecked(True)
            dialog.accept()

        answer(make, ArticlesDialog)
        page.editor.edit_part()
        made = page.editor.report().articles[0]
        assert made.text == ("body",) and made.new_page and made.sort == (("submitted_on", True),)
        looked(qtbot, window, page, lambda: page.pane.ready and "丙的做法" in text_of(page.pane.data, tmp_path))
        shown = text_of(page.pane.data, tmp_path)
        assert shown.index("丙的做法") < shown.index("甲的做法") and "乙的做法" not in shown and "甲例摘要" not in shown

        def other(dialog: ArticlesDialog) -> None:
            dialog.records.kind.setCurrentIndex(dialog.records.kind.findData("rectification"))
            dialog.accept()
            assert "还没有正文栏目" in dialog.problem.text()
            dialog.reject()

        answer(other, ArticlesDialog)
        page.editor.edit_part()
        assert page.editor.report().articles[0] == made


def test_a_wall_chart_is_of_the_ledgers_that_are_ticked(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window, "wall_chart")
        page.editor.parts.selectRow(0)

        def make(dialog: GanttDialog) -> None:
            for at in range(dialog.ledgers.count()):
                item = dialog.ledgers.item(at)
                item.setCheckState(Qt.CheckState.Checked if item.text() == "整改清单" else Qt.CheckState.Unchecked)
            dialog.title.setText("整改作战图")
            dialog.accept()

        answer(make, GanttDialog)
        page.editor.edit_part()
        gantt = page.editor.report().gantts[0]
        assert gantt.kinds == ("rectification",) and gantt.title == "整改作战图"
        looked(qtbot, window, page, lambda: page.pane.ready and "整改作战图" in text_of(page.pane.data, tmp_path))
        dialog = GanttDialog(window, session, msgspec.structs.replace(gantt, kinds=()))
        dialog.accept()
        assert "还没有选台账" in dialog.problem.text()
        dialog.deleteLater()


def test_tables_of_the_item_its_children_and_written_lines_are_made_and_changed(qtbot: Any, session: Any) -> None:
    """The slip on one item: what of it, what hangs under it and what is to be written by hand can all be changed."""
    report = office_reports.report_of(session, "close_out_slip")
    facts, _, lines = report.tables
    with made_up.window_over(session) as window:
        dialog = TableDialog(window, session, window.jobs, report, facts)
        assert dialog._columns_part.isVisibleTo(dialog) and not dialog._which_part.isVisibleTo(dialog)  # noqa: SLF001
        dialog.columns.selectRow(0)
        dialog._move(1)  # noqa: SLF001
        dialog.accept()
        assert dialog.draft.facts and dialog.draft.columns[1] == facts.columns[0]
        dialog.source.setCurrentIndex(dialog.source.findData("children"))
        dialog.children_of.kind.setCurrentIndex(dialog.children_of.kind.findData("progress"))
        dialog.accept()
        assert "还没有栏目" in dialog.problem.text()
        answer(lambda pick: (pick.list.selectAll(), pick.accept()), PickDialog)
        dialog._add_column()  # noqa: SLF001
        dialog.least.setValue(5)
        dialog.high.setValue(9)
        dialog.accept()
        made = dialog.draft
        assert (made.children, made.facts, made.least_rows, made.row_height) == ("progress", False, 5, 9.0)
        assert {"content", "reported_by"} <= {c.field for c in made.columns}
        dialog.deleteLater()

        dialog = TableDialog(window, session, window.jobs, report, lines)
        assert not dialog._columns_part.isVisibleTo(dialog) and dialog.lines.isVisibleTo(dialog)  # noqa: SLF001
        dialog.lines.grid.item(0, 0).setText("复核意见")
        dialog.lines._add(("备　注", "", "", ""))  # noqa: SLF001
        dialog.lines._move(-1)  # noqa: SLF001
        dialog.accept()
        assert dialog.draft.lines == (("复核意见", ""), ("备　注", ""), lines.lines[1])
        dialog.deleteLater()

        office_report_changes.save(session, msgspec.structs.replace(
            report, tables=(facts, msgspec.structs.replace(made, name=report.tables[1].name), lines)
        ))  # fmt: skip
        item = next(r.uid for r in session.book_of("rectification").each("rectification", "deleted = 0"))
        blocks = reports.build(session, report.name, item=item).blocks()
        table = next(b for b in blocks if getattr(b, "row_height", 0) == 9.0)
        assert len(table.rows) >= 5  # type: ignore[union-attr]


def test_another_part_is_added_from_the_page(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)

        def articles(dialog: ArticlesDialog) -> None:
            answer(lambda pick: (pick.list.selectRow(0), pick.accept()), PickDialog)
            dialog._add()  # noqa: SLF001
            dialog.accept()

        answer(articles, ArticlesDialog)
        page.editor._new_articles()  # noqa: SLF001
        answer(lambda dialog: (dialog.ledgers.item(0).setCheckState(Qt.CheckState.Checked), dialog.accept()), GanttDialog)
        page.editor._new_gantt()  # noqa: SLF001
        made = page.editor.report()
        assert made.articles[0].text and made.gantts[0].kinds and "@articles articles_1" in made.body and "@gantt gantt_1" in made.body
        looked(qtbot, window, page, lambda: page.pane.ready)
        page.discard()


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
        assert office_reports.report_of(session, NAME).label == "督查专报"


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
        fits(window)
        keep(window, "forms", points)
        page.editor.text.source_button.click()
        page.editor.text.written.setPlainText("{{ nosuch }}")
        looked(qtbot, window, page, lambda: not page.problems.isHidden())
        qtbot.wait(100)  # what it now needs is asked for in a later turn
        fits(window)
        page.discard()
        dialog = TableDialog(window, session, window.jobs, page.form.report, page.form.report.tables[0])
        dialog.show()
        qtbot.wait(50)
        assert cut(dialog) == []
        keep(dialog, "forms-table", points)
        dialog.close()
        dialog.deleteLater()
        brief, slip, wall = (office_reports.report_of(session, name) for name in ("brief", "close_out_slip", "wall_chart"))
        for made, name in (
            (ArticlesDialog(window, session, window.jobs, brief, brief.articles[0]), "forms-articles"),
            (GanttDialog(window, session, wall.gantts[0]), "forms-gantt"),
            (TableDialog(window, session, window.jobs, slip, slip.tables[2]), "forms-lines"),
            (TableDialog(window, session, window.jobs, slip, slip.tables[1]), "forms-children"),
        ):
            made.show()
            qtbot.wait(50)
            assert cut(made) == []
            keep(made, name, points)
            made.close()
            made.deleteLater()


def test_forms_go_to_another_office_in_a_workbook(qtbot: Any, session: Any) -> None:
    office_report_changes.save(session, msgspec.structs.replace(office_reports.report_of(session, NAME), label="督查通报"))
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        assert page.offers("export")
        seen: list[tuple[str, ...]] = []
        answer(lambda dialog: (seen.append(dialog.kinds()), dialog.reject()), ExportDialog)
        page.export()
        settle(qtbot, window, lambda: seen)
        assert seen == [("report_form",)]
