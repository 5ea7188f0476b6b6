"""What stands around the table of a monthly review: what a number means, whether it is still so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt

from db.domain import monthly_review
from db.metrics import metrics, reviews
from db.model.declarations import Field
from db.model.fieldtypes import type_of
from db.model.periods import Period
from db.model.records import Record
from db.session import Session
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.field_editors.period_bar import PeriodBar
from desktop.ui.kit import theme
from desktop.ui.kit.frozen_table import FrozenTable, Row, paper_share
from desktop.ui.kit.jobs import LATER
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import label
from desktop.ui.kit.work_parts import Notice, Part, short_name


@dataclass(frozen=True)
class MonthScores:
    """A month, read: its review if there is one, and the lines of its table."""

    month: str
    review: Record | None
    lines: list[monthly_review.ScoreLine]
    rule: str


def read_month(session: Session, month: Period) -> MonthScores:
    """The review of a month; in the reader."""
    review = reviews.review_of(session, month)
    if review is None:
        return MonthScores(month.text, None, [], "")
    lines = monthly_review.lines(session, review.uid)
    return MonthScores(month.text, review, lines, monthly_review.rule_and_day(review))


def say_day(bar: PeriodBar, review: Record | None, may: bool) -> None:
    """Of which day the numbers are; another one may be chosen until the month is sealed."""
    if review is not None:
        bar.as_of.remember(bar.period, reviews.chosen_day(review), review.values["as_of"])
    bar.as_of.setEnabled(may and bar.as_of.isEnabled())


def seen_month(bar: PeriodBar, found: MonthScores | None) -> str:
    """The month, as of the day that its numbers are of where that was chosen."""
    review = found.review if found is not None else None
    return bar.period.seen_on(reviews.chosen_day(review)).text


class MeaningPart(Part):
    """How the chosen number is counted, and the way to its rows."""

    def __init__(
        self, window: Window, fields: Sequence[Field], show_rows: Callable[[], object]
    ) -> None:
        super().__init__("")
        self._session, self._fields = window.session, fields
        gap = theme.sizes().gap
        self.rows_button = self.button("查看明细", show_rows, "link")
        self.words = label("", "muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setContentsMargins(gap, 0, gap, 0)
        self.put(self.words)

    def show_number(self, row: Row | None, place: int, rule: str) -> None:
        """The number in a line, or that none is chosen; the score is told by its rule."""
        if row is None or place < 0:
            self.title.setText("选一个数字，这里说明它怎样算出来")
            self.words.setText("")
            self.rows_button.hide()
            return
        field = self._fields[place]
        figure = reviews.COUNTED.get(field.name)
        unit = short_name(self._session, row.data.unit)
        self.title.setText(f"{unit}　{field.label}　{row.texts[place]}")
        if figure is not None:
            words = f"{metrics.formula(self._session, figure)}。双击或按 Enter 看背后的事项。"
        else:
            words = "" if type_of(field).one_unit or place == len(self._fields) - 1 else rule
        self.words.setText(words)
        self.rows_button.setVisible(figure is not None)


class DriftNotice(Notice):
    """Whether the ledger has gone on since the month was counted: a kept number must not pass for
    today's."""

    def __init__(self, window: Window) -> None:
        super().__init__("orange")
        self._window = window

    def look(self, review: Record | None) -> None:
        """Compare, off the UI thread; None: there is nothing to compare."""
        if review is None:
            self.say("")
            return
        session = self._window.session

        def done(units: list[str]) -> None:
            self.say(
                f"统计以后台账又有变化，{len(units)} 个单位的数字和现在不一样。"
                "封存之前请重新统计。"
                if units
                else ""
            )

        self._window.jobs.read(
            lambda job: monthly_review.drifted(session, review), done,
            failed=self._window.error, owner=self, key="review.drift", order=LATER,
        )


def print_scores(window: Window, title: str, fields: Sequence[Field], found: MonthScores) -> None:
    """The table on paper, as it stands on the screen."""
    out = monthly_review.empty_columns(found.lines)
    shown = [at for at in range(len(fields)) if at not in out]
    columns = [(fields[at].label, paper_share(fields[at])) for at in shown]
    rows = [[line.texts[at] for at in shown] for line in found.lines]
    show_list(window, title, (), columns, rows, across=True, size=9.0, notes=(found.rule,))


def shown_scores(fields: Sequence[Field], table: FrozenTable, period: str) -> list[ShownNumber]:
    """The numbers of the table that are figures; score, rank and change are made of them."""
    asked: metrics.ScopeKeywords = {"period": period}
    return [
        ShownNumber(row.texts[at], reviews.COUNTED[field.name], asked, ("unit", row.data.unit))
        for row in table.rows
        for at, field in enumerate(fields)
        if field.name in reviews.COUNTED and row.texts[at]
    ]


def score_rows(
    session: Session, fields: Sequence[Field], lines: Sequence[monthly_review.ScoreLine]
) -> list[Row]:
    """The lines of the table, units by their short names."""
    unit = next(i for i, field in enumerate(fields) if type_of(field).one_unit)
    rows = []
    for line in lines:
        texts = list(line.texts)
        texts[unit] = short_name(session, line.unit)
        rows.append(Row(line.uid, tuple(texts), line.tones, line))
    return rows
