"""Every number on every page is the figure of its name: pages say which figure each of their numbers is, and where a page shows a count
that it does not name, the test fails until it does or until it is told here why that is none."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView, QWidget

from db.domain import wall_chart
from db.metrics import metrics
from db.model.periods import holding
from desktop.ui.home import overview, tasks
from desktop.ui.home.number_tables import Tile
from desktop.ui.kit.page import ShownNumber
from desktop.ui.kit.work_parts import Strip
from desktop.ui.pages import PAGES
from tests.gui.pages.test_work import filled, session, settle, window  # noqa: F401

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
#: A number with what it counts, or a share.
COUNT = re.compile(r"(?<![第\d.\-])\d[\d,]*(?:\.\d+)?\s?(?:件次|件|项|条|个|名|人|次|期|篇|户|处|份|％|%)")
#: What is counted on a page and is no figure of the ledgers, and why.
NO_FIGURE = {
    "home": r"^\d+件$",  # what waits for this person, is due in days that the office sets, was changed today: held against rows in test_tasks
    "weekly": r"以前各周还有 \d+ 件未交卷",  # lines of the list that its button opens
    "review": r"^[+-]?\d+\.\d\d件$",  # the score and its change: made of figures by the rule that stands below
    "meetings": r"^到第 \d+ 次",  # the last number of a series, what is planned in it and its open problems: lines of its lists
    "wallchart": r"^共 \d+ 项",  # bars
    "board": r"^\d+件$",  # units that were sent workbooks
    "units": r"没有办完的",  # rows that a unit would hand over, listed by the wizard
    "backup": r"份",
    "unit_tree": r"^\d+ 个单位，\d+ 级",
    "recycle": r"^共 \d+ 条",
    "settings": r"第52次周例会",  # a sample of the font
}


def numbers_of(made: Any, shown: ShownNumber) -> list[str]:
    """What must stand there: the value, with its two parts where it is a share."""
    if shown.group is None:
        number = metrics.count(made, [shown.figure], **shown.asked)[shown.figure]
    else:
        by, key = shown.group
        if by == "unit" and key is not None and not shown.asked.get("unit") and not shown.asked.get("ledgers"):
            number = metrics.count(made, [shown.figure], **{**shown.asked, "unit": key})[shown.figure]
        else:
            lines = [g for g in metrics.table(made, [shown.figure], by, **shown.asked) if g.key == key]
            number = lines[0].numbers[shown.figure] if lines else metrics.nothing(metrics.declared(made).get(shown.figure))
    parts = [number.value, number.numerator, number.denominator]
    if shown.part == "numerator":
        return [f"{number.numerator or 0}"]
    if number.figure.denominator is None:
        parts = parts[:1]
    return [f"{part:,}" for part in parts if part is not None] if number.value is not None else []


def wrong(made: Any, page: Any) -> list[tuple[ShownNumber, list[str]]]:
    """Numbers of a page that are not what the figure says."""
    found = []
    for shown in page.shown_numbers():
        told = [each.replace(",", "") for each in NUMBER.findall(shown.text)]
        must = [each.replace(",", "") for each in numbers_of(made, shown)]
        if [float(each) for each in told] != [float(each) for each in must]:
            found.append((shown, must))
    return found


def texts(page: QWidget) -> list[str]:
    """Everything on it that a person reads as words: labels, buttons, tiles, strips, cells of small tables."""
    found: list[str] = []
    for each in page.findChildren(QWidget):
        if not each.isVisible():
            continue
        if isinstance(each, Tile):
            found += [f"{each.number}件", each.hint]
        elif isinstance(each, Strip):
            found += [f"{number}件" for number in each.numbers]
        elif isinstance(each, QLabel | QAbstractButton):
            found.append(re.sub(r"<[^>]+>", "", each.text()))
        elif isinstance(each, QTableView) and each.model() is not None:
            model = each.model()
            for row in range(min(model.rowCount(), 60)):
                for column in range(model.columnCount()):
                    text = str(model.index(row, column).data() or "")
                    if model.headerData(column, Qt.Orientation.Horizontal) == "排名":
                        continue  # its place in the order by score
                    if NUMBER.fullmatch(text) or COUNT.fullmatch(text.split(" ")[0]):
                        found.append(text if COUNT.search(text) else f"{text}件")
    return found


def undeclared(page: Any) -> list[str]:
    """Counts that stand on a page and are neither named as a figure nor known to be none."""
    named = [number for shown in page.shown_numbers() for number in NUMBER.findall(shown.text)]
    found = []
    for text in texts(page):
        for count in COUNT.findall(text):
            if NUMBER.findall(count)[0] not in named:
                found.append(f"{text[:60]} → {count}")
    return found


def other_day(qtbot: Any, page: Any, day: dt.date) -> None:
    """The page as of a day gone by, in the period that holds it where it has one."""
    bar = next((getattr(page, name) for name in ("period", "week", "month") if hasattr(page, name)), None)
    if bar is not None:
        bar.show_period(holding(bar.shape, day))
        settle(qtbot, page.window_)
        bar.as_of.pick(day)
    else:
        page.as_of.pick(day)


DATED = ("home", "leader", "weekly", "review", "wallchart", "charts")


@pytest.mark.parametrize("day", [None, dt.date(2026, 10, 22), dt.date(2026, 11, 18)], ids=["today", "last month", "this month"])
def test_each_number_of_each_page_is_the_figure_of_its_name(window: Any, qtbot: Any, day: dt.date | None) -> None:  # noqa: F811
    made = window.session
    problems: dict[str, Any] = {}
    told = {}
    for name in DATED if day is not None else [entry.id for entry in PAGES if window.knows(entry.id)]:
        page = window.open(name)
        settle(qtbot, window)
        if name == "review" and page.found.review is None:
            page.new()
            settle(qtbot, window, lambda page=page: bool(page.table.rows))
        if day is not None:
            other_day(qtbot, page, day)
            settle(qtbot, window)
        told[name] = len(page.shown_numbers())
        allowed = NO_FIGURE.get(name, "$^")
        found = [*wrong(made, page), *(each for each in undeclared(page) if not re.search(allowed, each.split(" → ")[0]))]
        if found:
            problems[name] = found[:6]
    assert problems == {}
    assert all(told[name] > 3 for name in DATED), told


def test_the_first_page_says_overdue_once(window: Any) -> None:  # noqa: F811
    """Tile, line of what is to be done, tables, wall chart and ledgers: one number."""
    made = window.session
    names = [kind.name for kind in overview.ledgers_of(made)]
    overdue = metrics.count(made, ["open_overdue"], ledgers=names)["open_overdue"].value
    assert [task.count for task in tasks.read(made) if task.listed == "overdue"] == [overdue]
    assert len(overview.items(made, "overdue", 3)) == overdue
    on_wall = [kind.name for kind in wall_chart.dated_ledgers(made)]
    on_wall_overdue = metrics.count(made, ["open_overdue"], ledgers=on_wall)["open_overdue"].value
    assert sum(span.overdue(made.today) for span in wall_chart.spans(made)) == on_wall_overdue
