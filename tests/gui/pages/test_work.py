"""Stories of daily work: the weekly batch, the monthly review, meetings, who has handed in, the wall chart and the charts."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit

from db import office
from db.domain import minutes, monthly_review
from db.domain.wall_chart import PlannedSpan
from db.errors import BadInput
from db.metrics import metrics, reviews
from desktop import demo
from desktop.ui.bulletin.preview.sheet_preview import SheetPreview
from desktop.ui.kit.messages import Dialog
from desktop.ui.wall_chart.plan import AROUND, FURTHEST, Lines, Plan
from tests.gui.pages_office import answer, settle, window_over

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "office"
    demo.make(folder, items=300, seed=3, today=TODAY)
    return folder


@pytest.fixture
def session(filled: Path, tmp_path: Path) -> Iterator[Any]:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    opened = office.open_office(folder, "reviewer", demo.PASSWORD)
    opened.fixed_today = TODAY
    yield opened
    opened.close()


@pytest.fixture
def window(session: Any, qtbot: Any) -> Iterator[Any]:
    with window_over(session) as made:
        yield made


def sheets() -> list[SheetPreview]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, SheetPreview) and each.isVisible()]


def see_sheet(qtbot: Any, window: Any) -> SheetPreview:
    """Wait until a preview shows its pages."""
    qtbot.waitUntil(lambda: bool(sheets()) and sheets()[0].pane.ready, timeout=20_000)
    return sheets()[0]


def test_a_week_is_given_out_carried_on_and_chased(window: Any, qtbot: Any) -> None:
    from db.domain import weekly

    session = window.session
    page = window.open("weekly")
    settle(qtbot, window, lambda: page.found is not None)
    before = len(page.found.before)
    given = sum(u.given for u in page.found.units)
    assert before and page.before.isVisible()
    page.carry()
    settle(qtbot, window, lambda: sum(u.carried for u in page.found.units) == before)
    assert sum(u.given for u in page.found.units) == given, "what is carried on is not given out again"
    assert not page.before.isVisible()
    window.undo()
    settle(qtbot, window, lambda: len(page.found.before) == before)

    page.new()
    dialog = next(each for each in QApplication.topLevelWidgets() if type(each).__name__ == "GridDialog")
    dialog.grid.paste("交办事项\t牵头单位\n报送防汛物资清单\t禾津县\n核对施工许可\t没有这个单位\n")
    dialog.accept()
    assert "第 2 行" in dialog.grid.problem.text()
    wrong = dialog.grid.rows[1]["lead_unit"].focusProxy()
    wrong.setText("棠阴区")
    dialog.accept()
    settle(qtbot, window, lambda: sum(u.given for u in page.found.units) == given + 2)
    assert any(i.title == "报送防汛物资清单" and i.missing for i in page.found.items)
    page.only.click()
    assert all(line.data.missing for line in page.items.lines)
    page.chase_list()
    sheet = see_sheet(qtbot, window)
    assert sheet.pane.pages == 1
    sheet.reject()
    page.print_preview()
    see_sheet(qtbot, window).reject()
    page.week.step(-1)
    settle(qtbot, window)
    assert page.week.period.text == "2026-W47" and not page.before.isVisible()
    window.undo()
    settle(qtbot, window)
    assert sum(u.given for u in weekly.by_unit(session, weekly.this_week(session))) == given


def test_on_a_sunday_a_batch_goes_to_the_next_week_and_the_page_says_so(window: Any, qtbot: Any) -> None:
    window.session.fixed_today = dt.date(2026, 11, 29)
    page = window.open("weekly")
    settle(qtbot, window, lambda: page.found is not None)
    assert page.over.isVisible() and "11月27日）已过" in page.over.text.text() and "2026年第49周" in page.over.text.text()
    assert page.carry_button.text() == "结转到下一周"
    page.new()
    dialog = next(each for each in QApplication.topLevelWidgets() if type(each).__name__ == "GridDialog")
    assert dialog.windowTitle() == "2026年第49周交办一批"
    dialog.grid.paste("交办事项\t牵头单位\n报送值班安排\t禾津县\n")
    dialog.accept()
    settle(qtbot, window, lambda: page.week.period.text == "2026-W49")
    settle(qtbot, window, lambda: any(i.title == "报送值班安排" for i in page.found.items))
    assert not page.over.isVisible()


def test_a_month_is_counted_commented_on_and_sealed(window: Any, qtbot: Any) -> None:
    from desktop.ui.figures.row_list import RowsDialog

    page = window.open("review")
    settle(qtbot, window, lambda: page.found is not None)
    assert page.found.review is None and not page.table.empty.isHidden()
    page.new()
    settle(qtbot, window, lambda: bool(page.table.rows))
    shown = [field.name for at, field in enumerate(page.fields) if not page.table.isColumnHidden(at)]
    for name in reviews.IF_ANY:  # shown where there are any
        place = monthly_review.COLUMNS.index(name)
        assert (name in shown) == any(row.texts[place] not in ("", "0") for row in page.table.rows)
    assert len(set(shown) - {*reviews.IF_ANY}) == 17
    # A number opens its rows: as many as it says.
    labels = [field.label for field in page.fields]
    place = labels.index("交办数")
    at = next(i for i, row in enumerate(page.table.rows) if int(row.texts[place]) > 0)
    page.table.choose(at, place)
    assert page.rows_button.isVisible()
    page._open(page.table.row(), place)  # noqa: SLF001  (as Enter does)
    qtbot.waitUntil(lambda: any(isinstance(w, RowsDialog) for w in QApplication.topLevelWidgets()), timeout=20_000)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RowsDialog))
    assert len(dialog.list.lines) == int(page.table.rows[at].texts[place])
    dialog.reject()
    # A comment is kept on leaving its unit.
    page.comment.setPlainText("进度靠前，继续保持。")
    page.table.choose((at + 1) % len(page.table.rows), place)
    settle(qtbot, window, lambda: any(row.data.comment for row in page.table.rows))
    # Other weights, other scores; weights of nothing are refused.
    scores = {row.key: row.texts[labels.index("得分")] for row in page.table.rows}
    page.edit_rule()
    rule = next(w for w in QApplication.topLevelWidgets() if type(w).__name__ == "RuleDialog" and w.isVisible())
    entries = [editor.focusProxy() for editor in rule.fields.editors.values()]
    for entry in entries[:3]:
        entry.setText("0")
    rule.accept()
    settle(qtbot, window, lambda: not rule.problem.isHidden())
    entries[0].setText("0")
    entries[2].setText("100")
    rule.accept()
    settle(qtbot, window, lambda: {row.key: row.texts[labels.index("得分")] for row in page.table.rows} != scores)
    page.print_table()
    see_sheet(qtbot, window).reject()
    page.print_preview()
    see_sheet(qtbot, window).reject()
    answer(lambda dialog: dialog.accept(), Dialog)
    page.seal()
    settle(qtbot, window, lambda: page.notice.isVisible())
    assert page.comment.isReadOnly() and not page.count_button.isEnabled() and not page.seal_button.isEnabled()
    # The rows stay those of then: what has become of them since is said above.
    month = page.month.period.text
    at, record = next(
        (at, found)
        for at, row in enumerate(page.table.rows)
        for found in metrics.rows(window.session, "assigned", period=month, unit=row.data.unit).rows
        if not _closed(window.session, found)
    )
    row = page.table.rows[at]
    window.session.delete(record.kind, record.uid)
    page.table.choose(at, place)
    page._open(page.table.row(), place)  # noqa: SLF001
    qtbot.waitUntil(lambda: _window("RowsDialog") is not None, timeout=20_000)
    dialog = _window("RowsDialog")
    assert len(dialog.list.lines) == int(row.texts[place])
    said = " ".join(each.text() for each in dialog.findChildren(QLabel))
    assert f"已不在其中 1 条：「{record.title}」" in said
    dialog.reject()


def _closed(session: Any, row: Any) -> bool:
    cycle, record = session.kinds.lifecycle_of(row.kind), session.must_get(row.kind, row.uid)
    return bool(cycle.state(record.state).closed)


def test_comments_typed_one_after_another_are_each_kept(window: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next is being typed while the one before is written and the table is read again; a refused one stays."""
    session = window.session
    page = window.open("review")
    settle(qtbot, window, lambda: page.found is not None)
    if not page.found.lines:
        page.new()
        settle(qtbot, window, lambda: bool(page.table.rows))
    page.table.choose(0, 1)
    first, second = page.table.rows[0].key, page.table.rows[1].key
    page.comment.setPlainText("进度靠前。")
    page._save_and_next()  # noqa: SLF001  (Ctrl+Enter)
    assert page.remark.key == second
    page.comment.insertPlainText("办结")
    settle(qtbot, window, lambda: page.table.rows[0].data.comment == "进度靠前。")
    assert page.comment.toPlainText() == "办结" and page.remark.save_button.isEnabled()
    page.comment.insertPlainText("偏慢。")
    assert page.comment.toPlainText() == "办结偏慢。", "the cursor stays where one types"

    def refuse(*_: object) -> None:
        raise BadInput("磁盘已满。")

    with monkeypatch.context() as patch:
        patch.setattr(monthly_review, "comment_on", refuse)
        page.save()
        page.table.choose(0, 1)
        settle(qtbot, window, lambda: "磁盘已满" in window.errors.text)
    page.load()
    settle(qtbot, window)
    page.table.choose(1, 1)
    assert page.comment.toPlainText() == "办结偏慢。" and page.remark.save_button.isEnabled()
    page.save()
    settle(qtbot, window, lambda: session.must_get(reviews.SCORE, second).values["comment"] == "办结偏慢。")
    assert session.must_get(reviews.SCORE, first).values["comment"] == "进度靠前。"
    assert not page.remark.save_button.isEnabled()


def test_a_meeting_from_its_agenda_to_its_minutes(window: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.domain import meetings

    session = window.session
    page = window.open("meetings")
    settle(qtbot, window, lambda: bool(page.sittings.lines))
    last = max(line.data.number for line in page.sittings.lines)
    page.new()
    qtbot.waitUntil(lambda: _window("OpeningDialog") is not None, timeout=20_000)
    dialog = _window("OpeningDialog")
    number = dialog.fields.editors["session_no"].focusProxy()
    assert number.text() == str(last + 1)
    number.setText(str(last))
    dialog.accept()
    settle(qtbot, window, lambda: not dialog.problem.isHidden())
    assert "同一次数" in dialog.problem.text()
    number.setText(str(last + 1))
    dialog.accept()
    settle(qtbot, window, lambda: page.sitting is not None and page.sitting.number == last + 1)
    settle(qtbot, window, lambda: page.found is not None and page.found.uid == page.sitting.uid)
    uid = page.sitting.uid
    # What comes up: raised at the meeting, assigned at once.
    page.meeting.raise_problems()
    grid = _window("GridDialog")
    grid.grid.paste("问题\t牵头部门\t解决时限\n桥头便道未修\t禾津县\t2026-12-10\n")
    grid.accept()
    settle(qtbot, window, lambda: any(a.part == meetings.NEW for a in page.found.agenda))
    # Who came: three ways, several at once.
    if not page.found.people:
        page.tabs.setCurrentIndex(1)
        page.meeting.invite()
        grid = _window("GridDialog")
        grid.grid.paste("姓名\t职务\n戴一鸣\t主任\n闵文远\t副主任\n")
        grid.accept()
        settle(qtbot, window, lambda: len(page.found.people) == 2)
    assert all(seat.status is None for seat in page.found.people), "nobody was there before it was noted"
    page.meeting.people.selectAll()
    answer(lambda dialog: (dialog.findChild(QPlainTextEdit).setPlainText("外出学习"), dialog.accept()), Dialog)
    page.meeting.tick("leave")
    settle(qtbot, window, lambda: all((seat.status, seat.reason) == ("leave", "外出学习") for seat in page.found.people))
    answer(lambda dialog: (dialog.findChild(QPlainTextEdit).setPlainText("外出学习"), dialog.accept()), Dialog)
    # Nothing changed, nothing to take back: 撤销 beside it would take back the step before.
    page.meeting.tick("leave")
    settle(qtbot, window, lambda: window.toasts.text == "选中的人已经这样登记了。")
    assert window.toasts._button.isHidden()  # noqa: SLF001
    # One put down by mistake is taken off the list, and brought back; a double click opens one to be put right.
    there = len(page.found.people)
    page.meeting.people.selectRow(0)
    QTest.keyClick(page.meeting.people, Qt.Key.Key_Delete)
    settle(qtbot, window, lambda: len(page.found.people) == there - 1)
    window.undo()
    settle(qtbot, window, lambda: len(page.found.people) == there)
    page.meeting.people.opened.emit()
    qtbot.waitUntil(lambda: _window("ChildDialog") is not None, timeout=20_000)
    seat = _window("ChildDialog")
    seat.fields.editors["duty"].set_value("局长")
    seat.accept()
    settle(qtbot, window, lambda: any(each.duty == "局长" for each in page.found.people))
    # What was decided becomes items, which the next agenda reports first.
    page.meeting.decide()
    grid = _window("GridDialog")
    grid.grid.paste("决策事项\t决策内容\t牵头单位\t完成时限\n修通便道\t两周内修通。\t禾津县\t2026-12-10\n研究补偿办法\t先拿方案。\t\t\n")
    grid.accept()
    settle(qtbot, window, lambda: len(page.found.decisions) == 2)
    page.meeting.make_items()
    settle(qtbot, window, lambda: all(d.item for d in page.found.decisions))
    assert {d.state[0] for d in page.found.decisions} == {"已交办", "拟办"}
    page.tabs.setCurrentIndex(3)
    page.meeting.draft()
    settle(qtbot, window, lambda: "修通便道" in page.minutes.toPlainText())
    page.save()
    settle(qtbot, window, lambda: "修通便道" in minutes.written(session, uid))
    for tab, report in enumerate(("meeting_agenda", "sign_in_sheet", "meeting_minutes", "meeting_minutes")):
        page.tabs.setCurrentIndex(tab)
        page.print_preview()
        paper = _window("PaperDialog")
        settle(qtbot, window, lambda paper=paper: paper.page.pane.ready)
        assert paper.page.choice.key == report
        paper.reject()
        settle(qtbot, window)
    page.meeting.hold()  # its day is still to come
    settle(qtbot, window, lambda: "还没有到" in window.errors.text)
    session.fixed_today = page.sitting.day
    page.meeting.hold()
    settle(qtbot, window, lambda: page.sitting.held)
    page.minutes.setPlainText("会后补记。")
    page.save()
    settle(qtbot, window, lambda: minutes.written(session, uid) == "会后补记。")

    def refuse(*_: object) -> None:
        raise BadInput("磁盘已满。")

    with monkeypatch.context() as patch:
        patch.setattr(minutes, "save", refuse)
        page.minutes.setPlainText("会后又补。")
        page.leave()
        settle(qtbot, window, lambda: "磁盘已满" in window.errors.text)
    page.load()
    settle(qtbot, window)
    assert page.minutes.toPlainText() == "会后又补。" and page.minutes.save_button.isEnabled()
    page.minutes.setPlainText("会后补记。")
    page.leave()
    settle(qtbot, window)


def _window(name: str) -> Any:
    found = [w for w in QApplication.topLevelWidgets() if type(w).__name__ == name and w.isVisible()]
    return found[0] if found else None


def test_who_was_given_a_workbook_and_who_is_chased(window: Any, qtbot: Any, tmp_path: Path) -> None:
    from PySide6.QtGui import QGuiApplication

    from db.model import periods
    from desktop.exchange.apply import accept
    from desktop.exchange.write.workbook import export

    session = window.session
    session.fixed_today = None
    first, second, third = list(session.names.units())[:3]
    sent = [export(session, ["rectification"], tmp_path / f"{n}.xlsx", unit=u) for n, u in enumerate((first, second))]
    accept.accept(session, accept.plan(session, sent[0].file))
    page = window.open("board")
    page.week.show_period(periods.week_of(dt.date.today()))
    page.load()
    settle(qtbot, window, lambda: bool(page.found))
    status = {each.unit: each.status for each in page.found}
    assert (status[first], status[second], status[third]) == ("handed_in", "missing", "none")
    page.only.click()
    assert [line.key for line in page.list.lines] == [second]
    page.copy_missing()
    assert session.unit_name(second) in QGuiApplication.clipboard().text()
    page.print_preview()
    see_sheet(qtbot, window).reject()
    page.export_missing()
    dialog = _window("ExportDialog")
    assert dialog.units.value() == (second,)
    dialog.reject()
    settle(qtbot, window)


def test_the_wall_chart_shows_opens_filters_and_prints(window: Any, qtbot: Any) -> None:
    from PySide6.QtCore import Qt

    from db.domain import wall_chart
    from db.metrics import metrics

    page = window.open("wallchart")
    settle(qtbot, window, lambda: bool(page.view.lines))
    view = page.view
    whole = len(wall_chart.spans(window.session))
    assert sum(1 for line in view.lines if line.span is not None) == whole
    heads = [line for line in view.lines if line.span is None]
    assert sum(line.count for line in heads) == whole
    # The keyboard alone: fold a unit, unfold it, choose an item, open it.
    view.choose(0)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert len(view.lines) == whole + len(heads) - heads[0].count
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert len(view.lines) == whole + len(heads)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    chosen = view.span()
    assert chosen is not None and chosen.title in page.about.text()
    wide = view.day_width
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.day_width < wide
    # Filters: late ones, a ledger, a unit.
    page.tone.setCurrentIndex(1)
    page.tone.activated.emit(1)
    overdue = metrics.count(window.session, ["open_overdue"], ledgers=[k.name for k in wall_chart.dated_ledgers(window.session)])
    settle(qtbot, window, lambda: len(page.shown_spans()) == overdue["open_overdue"].value)
    assert all(span.overdue(window.session.today) for span in page.shown_spans())
    choices = [page.tone.itemText(at) for at in range(page.tone.count())]
    assert "红灯（逾期、严重滞后）" in choices
    page.ledger.setCurrentIndex(page.ledger.findData("project"))
    page.ledger.activated.emit(page.ledger.currentIndex())
    assert "红灯（严重滞后）" in [page.tone.itemText(at) for at in range(page.tone.count())]
    page.ledger.setCurrentIndex(0)
    page.ledger.activated.emit(0)
    page.tone.setCurrentIndex(0)
    page.unit.set_value(chosen.unit)
    page.load()
    settle(qtbot, window, lambda: {line.unit for line in view.lines} == {chosen.unit})
    page.print_preview()
    assert see_sheet(qtbot, window).pane.pages >= 1
    see_sheet(qtbot, window).reject()
    view.setFocus()
    at = next(i for i, line in enumerate(view.lines) if line.span is not None and line.span.uid == chosen.uid)
    view.choose(at)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, window, lambda: window.page is not page)


def test_of_ten_thousand_items_only_those_in_sight_are_painted(qtbot: Any, monkeypatch: Any) -> None:
    from desktop.ui.kit import theme
    from desktop.ui.wall_chart.painting import Painting
    from desktop.ui.wall_chart.view import WallView

    painted, label = [0], Painting._label  # noqa: SLF001

    def counted(self: Painting, *arguments: Any) -> None:
        painted[0] += 1
        label(self, *arguments)

    monkeypatch.setattr(Painting, "_label", counted)
    theme.apply(QApplication.instance(), 10.5)
    view = WallView(lambda uid: uid, TODAY)
    qtbot.addWidget(view)
    view.resize(1200, 650)
    view.show()
    view.fill(Plan.of(_spans(10_000), TODAY))
    assert view.verticalScrollBar().maximum() > 10_000
    for at in range(12):
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() * at // 12)
        painted[0] = 0
        view.viewport().grab()
        assert 10 < painted[0] <= view.height() // theme.sizes().row + 2


def _spans(count: int) -> list[PlannedSpan]:
    """Items of twenty units, in their order."""
    day = dt.timedelta(days=1)
    return [
        PlannedSpan(
            "k", str(n), f"第{n}项", f"单位{n * 20 // count:02}", TODAY - day * (n % 300 + 2), TODAY + day * (n % 90 - 1), 0.4,
            "red" if n % 7 == 0 else "green", False,
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 20, 137])
def test_the_lines_of_a_chart_are_those_of_its_items_one_by_one(count: int) -> None:
    spans = _spans(count)
    plan = Plan.of(spans, TODAY)
    assert plan.late == sum(span.overdue(TODAY) for span in spans)
    units = list(dict.fromkeys(span.unit for span in spans))
    for folded in (set(), set(units[::2]), set(units)):
        expected: list[tuple[str, PlannedSpan | None, int, int]] = []
        for unit in units:
            own = [span for span in spans if span.unit == unit]
            expected.append((unit, None, len(own), sum(span.overdue(TODAY) for span in own)))
            expected += [(unit, span, 0, 0) for span in own if unit not in folded]
        lines = Lines(plan, folded)
        assert [(line.unit, line.span, line.count, line.late) for line in lines] == expected
        assert all(expected[lines.head_of(unit)][:2] == (unit, None) for unit in units)
        for span in spans:
            at = lines.of(span.uid)
            assert (at == -1) == (span.unit in folded) and (at == -1 or expected[at][1] == span)
        assert lines.of("nobody") == -1
    wild = PlannedSpan("k", "w", "误输年份", units[-1] if units else "u", TODAY, dt.date(9999, 1, 1), 0, "green", False)
    assert Plan.of([*spans, wild], TODAY).last <= TODAY + FURTHEST + AROUND


def test_another_day_is_picked_and_the_numbers_are_of_it(window: Any, qtbot: Any) -> None:
    from db.metrics import metrics

    page = window.open("charts")
    settle(qtbot, window, lambda: page.found is not None)
    page.choice.choose("completion_rate")
    page.period.step(-1)
    last = page.period.period.last
    settle(qtbot, window, lambda: page.found.name == "completion_rate" and str(last.day) in page.found.day)
    assert page.period.as_of.text().endswith(f"截至{last.month}月{last.day}日")
    middle = page.period.period.first.replace(day=12)
    page.period.as_of.pick(middle)
    settle(qtbot, window, lambda: "12日" in page.found.day)
    truth = metrics.count(window.session, ["completion_rate"], period=page.period.period, as_of=middle)["completion_rate"]
    assert page.found.whole == truth and page.trend.points[-1].key.endswith(f"@{middle}")
    page.period.as_of.pick(window.session.today + dt.timedelta(days=9))
    assert page.period.as_of.text().endswith(f"{window.session.today.month}月{window.session.today.day}日"), "nothing is known of a day to come"
    page.period.as_of.pick(None)
    assert page.period.seen == page.period.period and page.period.as_of.text().endswith(f"{last.day}日")
    settle(qtbot, window)


def test_charts_count_open_their_rows_and_are_copied(window: Any, qtbot: Any) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication

    page = window.open("charts")
    settle(qtbot, window, lambda: page.found is not None)
    page.choice.choose("assigned")
    settle(qtbot, window, lambda: page.found.name == "assigned")
    page.shape.setCurrentIndex(2)
    page.period.set_shape("year")
    settle(qtbot, window, lambda: "2026年　" in page.whole_text.text())
    assert sum(point.value or 0 for point in page.bars.points) == page.found.whole.value
    assert len(page.trend.points) == 12
    assert sum(p.value for p in page.trend.points if p.key[:4] == "2026") <= page.found.whole.value
    # A bar and a point open exactly what they count.
    for chart in (page.bars, page.trend):
        at = max(range(len(chart.points)), key=lambda n: chart.points[n].value or 0)
        chart.choose(at)
        qtbot.keyClick(chart, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: _window("RowsDialog") is not None, timeout=20_000)
        assert len(_window("RowsDialog").list.lines) == chart.points[at].value
        _window("RowsDialog").reject()
        settle(qtbot, window, lambda: _window("RowsDialog") is None)
    page.order.setCurrentIndex(1)
    page.order.activated.emit(1)
    values = [point.value for point in page.bars.points]
    assert values == sorted(values, reverse=True)
    page.copy()
    assert len(QGuiApplication.clipboard().text().splitlines()) == len(page.bars.points) + len(page.trend.points) + 3
    page.print_preview()
    see_sheet(qtbot, window).reject()
    # One that tells how things stand now has no line; one that knows no units has no bars.
    now = next(f.name for family in charts_of(window.session).values() for f in family if f.period is None)
    page.choice.choose(now)
    settle(qtbot, window, lambda: page.found.name == now)
    assert page.nothing.isVisible() and not page.trend.isVisible()


def charts_of(session: Any) -> Any:
    from db.metrics import charts

    return charts.choices(session)


@pytest.mark.parametrize(("top", "end", "step"), [(0, 1, 1), (4, 4, 1), (7, 8, 2), (95, 100, 25), (1234, 1500, 500), (0.4, 0.4, 0.1)])
def test_an_axis_ends_in_a_round_number(top: float, end: float, step: float) -> None:
    from desktop.ui.figures.charting import nice

    assert nice(top) == pytest.approx((end, step))


PAGES = ("weekly", "review", "meetings", "board", "wallchart", "charts")


@pytest.mark.parametrize("user", ["clerk", "personnel"])
def test_each_page_opens_for_those_who_may_do_less(filled: Path, tmp_path: Path, qtbot: Any, user: str) -> None:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    session = office.open_office(folder, user, demo.PASSWORD)
    session.fixed_today = TODAY
    try:
        with window_over(session) as window:
            for name in PAGES:
                page = window.open(name)
                settle(qtbot, window)
                assert not window.errors.text, name
                assert page.offers("new") == (user == "clerk" and name in ("weekly", "review", "meetings"))
                if name == "review":
                    page.month.step(-1)
                    settle(qtbot, window, lambda page=page: bool(page.table.rows))
                    # Only who may issue may seal; the personnel officer may only read here.
                    assert not page.seal_button.isEnabled()
                    assert page.count_button.isEnabled() == (user == "clerk")
                if name == "charts" and user == "clerk":
                    names = {f.name for family in charts_of(session).values() for f in family}
                    assert "cadres" not in names and "assigned" in names
    finally:
        session.close()


def test_each_page_says_what_to_do_in_an_empty_office(tmp_path: Path, qtbot: Any) -> None:
    session, _ = office.create_office(tmp_path / "empty", "云川市督查办公室", "city", "admin", demo.PASSWORD)
    try:
        with window_over(session) as window:
            for name in PAGES:
                page = window.open(name)
                settle(qtbot, window)
                assert not window.errors.text, name
                if page.offers("print_preview") and name in ("weekly", "board", "wallchart"):
                    page.print_preview()
                    settle(qtbot, window)
                    for sheet in sheets():
                        sheet.reject()
            window.open("review").new()
            settle(qtbot, window)
            page = window.open("meetings")
            page.new()  # no series yet: leads to where one is made
            settle(qtbot, window)
            assert window.page is not page
            window.page.form.discard()
    finally:
        session.close()
