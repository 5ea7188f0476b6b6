"""月讲评: the month counted for every unit, ranked by the office's own rule, commented on, sealed
and printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu

from db.domain import monthly_review
from db.metrics import reviews
from db.model.records import Record
from desktop.ui.bulletin.preview.sheet_preview import show_report
from desktop.ui.field_editors.period_bar import MONTH, PeriodBar
from desktop.ui.figures.row_list import open_figure
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.frozen_table import FrozenTable, Row, narrow
from desktop.ui.kit.messages import ask
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import button, label
from desktop.ui.kit.work_parts import Notice, Part, WorkPage
from desktop.ui.monthly_review.comment import CommentPart
from desktop.ui.monthly_review.rule_dialog import RuleDialog
from desktop.ui.monthly_review.score_parts import (
    DriftNotice,
    MeaningPart,
    MonthScores,
    print_scores,
    read_month,
    say_day,
    score_rows,
    seen_month,
    shown_scores,
)
from desktop.ui.monthly_review.sealing import SEALED, seal_question
from desktop.ui.pages import label_of

NAME = label_of("review")


class ReviewPage(WorkPage):
    """The table in full width; below it what the chosen number means, and the unit's comment."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        session = window.session
        self.writable = session.may_write(reviews.REVIEW)
        self.found: MonthScores | None = None
        self.fields = monthly_review.columns(session)
        self.month = PeriodBar(MONTH, session.today, as_of=True)
        self.month.as_of.chosen.connect(self.count)
        self.month.changed.connect(self._other_month)
        self.head.addWidget(self.month)
        self.head.addStretch()
        self.count_button = self.act(
            "重新统计", self.count, icon="refresh", tip="按台账现在的情况再统计一遍，点评保留"
        )
        self.seal_button = self.act("封存…", self.seal, icon="lock-outline")
        self.print_button = self.act("打印　", lambda: None, icon="printer-outline")
        menu = QMenu(self.print_button)
        menu.addAction("月讲评通报…　Ctrl+P", self.print_preview)
        self.table_action = menu.addAction("各单位讲评表…", self.print_table)
        self.print_button.setMenu(menu)
        self.notice = Notice("blue")
        self.body.addWidget(self.notice)
        self.stale = DriftNotice(window)
        self.stale.button("重新统计", self.count)
        self.body.addWidget(self.stale)

    def parts(self) -> Iterator[object]:
        size, window = theme.sizes(), self.window_
        card = Part("", self)
        card.title.hide()
        card.box.setContentsMargins(1, 1, 1, 1)
        self.table = FrozenTable("月讲评表", [narrow(field) for field in self.fields], 2)
        card.put(self.table)
        self.rule = label("", "muted")
        self.rule_button = button("计分办法…", self.edit_rule, "link")
        foot = QHBoxLayout()
        foot.setContentsMargins(size.gap, 0, size.gap, size.gap // 2)
        foot.addWidget(self.rule, 1)
        foot.addWidget(self.rule_button, 0, Qt.AlignmentFlag.AlignTop)
        card.box.addLayout(foot)
        self.body.addWidget(card, 1)
        yield card
        self.meaning = MeaningPart(window, self.fields, self._open_chosen)
        self.rows_button = self.meaning.rows_button
        self.remark = CommentPart(window)
        self.remark.done.connect(self._save_and_next)
        self.comment = self.remark.entry
        below = QHBoxLayout()
        below.setSpacing(size.gap)
        below.addWidget(self.meaning, 1)
        below.addWidget(self.remark, 1)
        self.body.addLayout(below)
        self.table.opened.connect(self._open)
        self.table.moved.connect(self._moved)
        self.table.asked.connect(self.new)
        self.starts_at(self.table)

    # ---- what the window asks of a page

    def refresh(self, change: Any) -> None:
        if not self.isVisible():
            return
        if change is None or {reviews.REVIEW, reviews.SCORE, "unit"} & change.kinds:
            self.load()
        elif self.found is not None and self.found.lines and not self._sealed:
            self._look_for_drift(self.found.review)

    def leave(self) -> bool:
        self.remark.save()
        return True

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("前一月", lambda: self._step(-1), "Alt+Left", section, "qyy"),
            Command("后一月", lambda: self._step(1), "Alt+Right", section, "hyy"),
            Command("重新统计本月", self.count, "", section, "cxtj"),
            Command("封存本月", self.seal, "", section, "fcby"),
            Command("复制讲评表", self.table.copy, "", section, "fzjpb"),
        ]

    def shown_numbers(self) -> list[ShownNumber]:
        if self.found is None:
            return []
        return shown_scores(self.fields, self.table, seen_month(self.month, self.found))

    def offers(self, what: str) -> bool:
        return what == "print_preview" or (what in ("new", "save") and self.writable)

    # ---- reading

    def load(self) -> None:
        session, month = self.session, self.month.period
        self.jobs.read(
            lambda job: read_month(session, month), self._take, failed=self.window_.error,
            owner=self, key="review",
        )

    def _take(self, found: MonthScores) -> None:
        self.found = found
        sealed = self._sealed
        self.notice.say(SEALED if sealed else "")
        self.rule.setText(found.rule)
        self.rule.setVisible(bool(found.rule))
        there = found.review is not None
        say_day(self.month, found.review, self.writable and not sealed)
        self._look_for_drift(found.review if there and not sealed and found.lines else None)
        self.rule_button.setVisible(there)
        self.rule_button.setEnabled(there and self.writable and not sealed)
        self.count_button.setEnabled(there and self.writable and not sealed)
        self.seal_button.setEnabled(there and not sealed and self.session.may("issue"))
        self.table_action.setEnabled(bool(found.lines))
        month = self.month.period.label
        if not there:
            text = (
                "各单位的交办、签收、办结、退回、延期一次统计好，按计分办法排出名次，再逐个写点评。"
            )
            self.table.empty.say(
                f"{month}还没有讲评", text, f"统计{month}" if self.writable else ""
            )
        else:  # made by hand or taken in, or no unit had anything: which, only counting tells
            text = "还没有统计过，或者这个月没有单位有交办或应办结的事项。"
            press = f"统计{month}" if self.writable and not sealed else ""
            self.table.empty.say(f"{month}讲评没有各单位的数据", text, press)
        self.table.hide_columns(monthly_review.empty_columns(found.lines))
        self.table.fill(score_rows(self.session, self.fields, found.lines))
        row = self.table.row()
        self.remark.show_line(row, sealed=sealed, writable=self.writable)
        self._moved(row, self.table.currentIndex().column())

    def _look_for_drift(self, review: Record | None) -> None:
        self.stale.look(review if self.writable else None)

    @property
    def _sealed(self) -> bool:
        review = self.found.review if self.found is not None else None
        return review is not None and reviews.is_sealed(review)

    def _step(self, by: int) -> None:
        self.remark.save()
        self.month.step(by)

    def _other_month(self, _: object) -> None:
        self.remark.save()
        if self.found is not None and self.found.month != self.month.period.text:
            self.found = None  # until it is read: what is pressed meanwhile is none of the other's
        self.load()

    # ---- the chosen number

    def _moved(self, row: Row | None, place: int) -> None:
        if row is None or row.key != self.remark.key:
            self.remark.save()
            self.remark.show_line(row, sealed=self._sealed, writable=self.writable)
        self.meaning.show_number(row, place, self.rule.text())

    def _open_chosen(self) -> None:
        self._open(self.table.row(), self.table.currentIndex().column())

    def _open(self, row: Row | None, place: int) -> None:
        """The rows behind a number; on the comment, its entry."""
        if row is None or place < 0 or self.found is None:
            return
        field = self.fields[place]
        figure = reviews.COUNTED.get(field.name)
        if figure is None:
            self.comment.setFocus()
            return
        unit, seen = row.data.unit, seen_month(self.month, self.found)
        whose = f"{self.session.unit_name(unit)}　{self.month.period.label}"
        title = f"{whose}　{field.label}　{row.texts[place]}"
        open_figure(self.window_, self, figure, title, period=seen, unit=unit)

    # ---- the comment

    def save(self) -> None:
        """Keep the comment."""
        self.remark.save(say=True)

    def _save_and_next(self) -> None:
        self.remark.save()
        at = self.table.currentIndex().row() + 1
        if at < len(self.table.rows):
            self.table.choose(at, self.table.currentIndex().column())
        self.comment.setFocus()

    # ---- doing

    def new(self) -> None:
        """Make the review of the month and count it; one that is there is counted anew."""
        if not self.writable or self.found is None:
            return
        if self.found.review is not None:
            self.count()
            return
        session, month, day = self.session, self.month.period, self.month.seen.as_of
        self.write_and_tell(
            lambda: monthly_review.open_month(session, month, day),
            lambda _: f"已统计{month.label}讲评。",
            "正在统计",
        )

    def count(self) -> None:
        """Count the month anew; comments stay."""
        review = self.found.review if self.found is not None else None
        if review is None or not self.count_button.isEnabled():
            return
        self.remark.save()
        session, day = self.session, self.month.seen.as_of
        self.write_and_tell(
            lambda: monthly_review.fill(session, review.uid, day),
            lambda units: f"已重新统计 {units} 个单位，点评保留。",
            "正在统计",
        )

    def edit_rule(self) -> None:
        """The weights, with the rule in words as it will be."""
        review = self.found.review if self.found is not None else None
        if review is not None:
            dialog = RuleDialog(self.window_, self.session, self.jobs, review)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def seal(self) -> None:
        """Close the month, after saying what that means."""
        review = self.found.review if self.found is not None else None
        if review is None or not self.seal_button.isEnabled():
            return
        self.remark.save()
        bare = sum(1 for line in self.found.lines if not line.comment) if self.found else 0
        text = seal_question(bare, self.month.period.last >= self.session.today)
        if not ask(self.window_, f"封存{self.month.period.label}讲评", text, "封存"):
            return
        session, month = self.session, self.month.period.label
        self.write_and_tell(
            lambda: monthly_review.seal(session, review.uid),
            lambda _: f"{month}讲评已封存。",
            "正在封存",
            undo=False,
        )

    # ---- paper

    def print_preview(self) -> None:
        """月讲评通报 as declared."""
        title, seen = f"{self.month.period.label}月讲评通报", seen_month(self.month, self.found)
        show_report(self.window_, title, "monthly_review", seen)

    def print_table(self) -> None:
        """The table as it stands here, comments and all: of a sealed month as it was sealed."""
        if self.found is not None and self.found.lines:
            title = f"{self.month.period.label}各单位讲评表"
            print_scores(self.window_, title, self.fields, self.found)
