"""The first page and the wall chart as of a day gone by: the numbers are the figures of that day, the page says so, and the next day
nothing of it is left."""

from __future__ import annotations

import datetime as dt
from typing import Any

from db.domain import monthly_review, owed_reports, wall_chart
from db.metrics import metrics, reviews
from desktop.ui.figures import row_list
from desktop.ui.home import overview
from desktop.ui.pages import reporting as reporting_page
from desktop.ui.pages import review as review_page
from desktop.ui.pages import weekly as weekly_page
from tests.gui.pages.test_work import TODAY, filled, session, settle, window  # noqa: F401

PAST = TODAY - dt.timedelta(days=33)


def of_tile(page: Any, key: str) -> str:
    return str(page.tiles[key].number)


def test_home_as_of_a_day_gone_by(window: Any, qtbot: Any, monkeypatch: Any) -> None:  # noqa: F811
    page, made = window.open("home"), window.session
    settle(qtbot, window, lambda: page.ledgers.rowCount())
    names = [kind.name for kind in overview.ledgers_of(made)]
    assert not page.past.isVisible() and page.tasks.isVisible() and page.as_of.text() == "截至11月24日"
    page.as_of.pick(PAST)
    settle(qtbot, window, lambda: of_tile(page, "recent") == "—")
    assert "截至2026年10月22日" in page.past.text.text() and page.past.isVisible() and not page.tasks.isVisible()
    then = metrics.count(made, ["open_overdue", "in_hand"], ledgers=names, as_of=PAST)
    now = metrics.count(made, ["open_overdue", "in_hand"], ledgers=names)
    assert then != now
    for key, name in (("overdue", "open_overdue"), ("open", "in_hand")):
        assert of_tile(page, key) == f"{then[name].value:,}"
    assert not page.tiles["waiting"].isEnabled()
    items = overview.items(made, "overdue", 3, as_of=PAST)
    assert len(items) == min(then["open_overdue"].value, overview.LIST_AT_MOST + 1)
    assert all(item.due <= PAST and item.light[1] == "red" for item in items if item.light[0] != "严重滞后")
    texts = {page.list.item(row, 3).text() for row in range(page.list.rowCount()) if page.list.item(row, 3)}
    assert texts and all("逾期" in text or text == "到期未结" for text in texts if text)
    shown: list[list[Any]] = []
    monkeypatch.setattr(row_list, "show_rows", lambda _w, _t, _f, rows, note="": shown.append(list(rows)))
    for column in (1, 2, 3):  # each number of a ledger opens the rows of that day
        cell = page.ledgers.item(0, column)
        page.ledgers.itemClicked.emit(cell)
        settle(qtbot, window, lambda column=column: len(shown) == column)
        assert str(len(shown[-1])) == cell.text()
    made.fixed_today = TODAY + dt.timedelta(days=1)  # the next morning the page is of today again
    page.shown()
    settle(qtbot, window, lambda: of_tile(page, "recent") != "—")
    assert not page.past.isVisible() and page.as_of.text() == "截至11月25日"


def test_the_wall_as_of_a_day_gone_by(window: Any, qtbot: Any) -> None:  # noqa: F811
    page, made = window.open("wallchart"), window.session
    settle(qtbot, window, lambda: bool(page.view.lines))
    ledgers = [kind.name for kind in wall_chart.dated_ledgers(made)]
    page.as_of.pick(PAST)
    then = metrics.count(made, ["open_overdue"], ledgers=ledgers, as_of=PAST)["open_overdue"].value
    settle(qtbot, window, lambda: f"逾期未结 {then} 项" in page.about.text())
    assert then != metrics.count(made, ["open_overdue"], ledgers=ledgers)["open_overdue"].value
    assert "截至2026年10月22日" in page.past.text.text() and page.past.isVisible()
    by_unit = {g.key: g.numbers["open_overdue"].value for g in metrics.table(made, ["open_overdue"], "unit", ledgers=ledgers, as_of=PAST)}
    assert {line.unit: line.late for line in page.view.lines if line.span is None and line.late} == {k or "": v for k, v in by_unit.items() if v}
    assert "截至 10.22" in page.view.day.mark()
    page.as_of.pick(None)
    settle(qtbot, window, lambda: not page.past.isVisible())


def test_the_review_as_of_a_day_that_is_chosen_and_kept(window: Any, qtbot: Any, monkeypatch: Any) -> None:  # noqa: F811
    page, made = window.open("review"), window.session
    settle(qtbot, window)
    month = page.month.period
    if page.found.review is None:
        page.new()
    settle(qtbot, window, lambda: bool(page.table.rows))
    usual = page.month.as_of.text()
    then = dt.date(2026, 11, 10)
    page.month.as_of.pick(then)
    settle(qtbot, window, lambda: page.found.review.values["as_of"] == then)
    assert "统计截至2026年11月10日" in page.rule.text() and page.month.as_of.text() == "截至11月10日" != usual
    lines = {g.key: g.numbers for g in metrics.table(made, list(reviews.COUNTED.values()), "unit", period=month, as_of=then)}
    for row in page.table.rows:
        told = dict(zip(monthly_review.COLUMNS, row.texts, strict=True))
        assert told["due"] == str(lines[row.data.unit]["due"].value)
    asked: list[str] = []
    monkeypatch.setattr(review_page, "open_figure", lambda _w, _o, _n, _t, **how: asked.append(how["period"]))
    page.table.opened.emit(page.table.rows[0], monthly_review.COLUMNS.index("due"))
    assert asked == [f"{month.text}@2026-11-10"]
    page.month.step(-1)
    settle(qtbot, window)
    page.month.step(1)  # another page of it, or the next start: the record knows
    settle(qtbot, window)
    assert page.month.as_of.text() == "截至11月10日"
    page.month.as_of.pick(None)
    settle(qtbot, window, lambda: page.found.review.values["as_of"] == TODAY)
    assert page.month.as_of.text() == "截至11月24日"


def test_what_is_pressed_before_another_month_is_read_touches_neither(window: Any, qtbot: Any, monkeypatch: Any) -> None:  # noqa: F811
    """Counted, closed, printed or opened would be the month before under the name of the one chosen."""
    page, made = window.open("review"), window.session
    settle(qtbot, window)
    page.new()
    settle(qtbot, window, lambda: bool(page.table.rows))
    before, row = page.found.review, page.table.rows[0]
    done: list[object] = []
    for name in ("ask", "open_figure", "print_scores"):
        monkeypatch.setattr(review_page, name, lambda *more, name=name, **how: done.append(name))
    page.month.step(-1)
    page.month.as_of.pick(PAST)
    page.count()
    page.new()
    page.seal()
    page.print_table()
    page.table.opened.emit(row, monthly_review.COLUMNS.index("due"))
    assert page.shown_numbers() == [] and done == []
    settle(qtbot, window)
    assert page.found.review.uid != before.uid
    assert made.must_get("monthly_review", before.uid).values == before.values


def test_who_has_not_answered_goes_out_under_the_week_that_was_read(window: Any, qtbot: Any, monkeypatch: Any) -> None:  # noqa: F811
    page = window.open("weekly")
    settle(qtbot, window, lambda: page.found is not None)
    asked: list[Any] = []
    monkeypatch.setattr(weekly_page, "show_chase_list", lambda _, items, week: asked.append((week, items)))
    week = page.week.seen
    page.week.step(-1)
    page.chase_list()
    settle(qtbot, window, lambda: page.found.week == page.week.seen)
    page.chase_list()
    assert [each for each, _ in asked] == [week, page.week.seen] and asked[0][1] is not asked[1][1]


def test_a_button_pressed_while_the_page_is_read_prints_what_was_chosen(window: Any, qtbot: Any, monkeypatch: Any) -> None:  # noqa: F811
    """By the tool bar: the sentence, the title and the rows are of one day."""
    page, made = window.open("reporting"), window.session
    settle(qtbot, window, lambda: page.found is not None)
    printed: list[tuple[str, str, int]] = []
    monkeypatch.setattr(reporting_page, "show_list", lambda _w, title, text, _c, rows, **how: printed.append((title, text[0], len(rows))))
    page.only.setChecked(False)
    page.as_of.pick(PAST)
    window._buttons["print"].click()  # noqa: SLF001
    assert printed == []
    settle(qtbot, window)
    due = metrics.count(made, ["reports_due"], as_of=PAST)["reports_due"]
    assert len(printed) == 1 and printed[0][0].startswith("2026年10月22日")
    assert f"{due.figure.label} {due.value} 件次" in printed[0][1]
    assert printed[0][2] == len(owed_reports.reports_due(made, PAST))


def test_a_review_that_was_only_entered_is_counted_from_its_empty_table(window: Any, qtbot: Any) -> None:  # noqa: F811
    """By hand or from a workbook: of what nobody counted, the page does not say that there was nothing."""
    page, made = window.open("review"), window.session
    settle(qtbot, window)
    uid = made.add("monthly_review", {"month": "2026-11", "title": "2026年11月讲评"})
    page.load()
    settle(qtbot, window)
    assert page.found.review.uid == uid and not page.table.rows
    page.table.asked.emit()
    settle(qtbot, window, lambda: bool(page.table.rows))
    due = metrics.count(made, ["due"], period="2026-11")["due"].value
    assert due and page.found.review.uid == uid and len(page.table.rows) > 3
