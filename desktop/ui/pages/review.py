"""月讲评: the month counted for every unit, ranked by the office's own rule, commented on, sealed
and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QPlainTextEdit, QVBoxLayout

from db.domain import monthly_review
from db.errors import BadInput, ZhengxianError
from db.metrics import metrics, reviews
from db.model.fieldtypes import of
from db.model.records import Record
from desktop.ui.bulletin.preview.sheet_preview import show_list, show_report
from desktop.ui.entries.editors import Surroundings
from desktop.ui.entries.period_bar import MONTH, PeriodBar
from desktop.ui.figures.row_list import open_figure
from desktop.ui.forms.fields import Fields
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.frozen_table import FrozenTable, Row, narrow, paper_share
from desktop.ui.kit.jobs import LATER, Job
from desktop.ui.kit.messages import Dialog, ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button, label
from desktop.ui.kit.work_parts import Notice, Part, WorkPage, short_name
from desktop.ui.pages import label_of

NAME = label_of("review")
SEALED = "本月已经封存：数据、得分和点评不再改动，讲评表、通报和明细都照封存时的。"
EXPLAIN = (
    "封存以后，本月各单位的数据、得分、名次和点评都固定下来，不论事项以后怎样变化都不再改动，"
    "也不再重新统计。\n\n"
    "请先核对：数据是最新统计的，点评都已写好。"
)


@dataclass(frozen=True)
class Found:
    """A month, read: its review if there is one, and the lines of its table."""

    review: Record | None
    lines: list[monthly_review.ScoreLine]
    rule: str



class ReviewPage(WorkPage):
    """The table in full width; below it what the chosen number means, and the unit's comment."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        size = theme.sizes()
        session = window.session
        self.writable = session.may_write(reviews.REVIEW)
        self.found: Found | None = None
        self._commented = ""
        self.fields = monthly_review.columns(session)
        self.month = PeriodBar(MONTH, session.today)
        self.month.changed.connect(self._other_month)
        self.head.addWidget(self.month)
        self.head.addStretch(1)
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
        self.stale = Notice("orange")
        self.stale.button("重新统计", self.count)
        self.body.addWidget(self.stale)
        card = Part("")
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
        self.body.addLayout(self._below())
        self.table.opened.connect(self._open)
        self.table.moved.connect(self._moved)
        self.table.asked.connect(self.new)
        self.setFocusProxy(self.table)
        for keys in ("Return", "Enter"):
            done = QShortcut(QKeySequence(f"Ctrl+{keys}"), self.comment)
            done.setContext(Qt.ShortcutContext.WidgetShortcut)
            done.activated.connect(self._save_and_next)

    def _below(self) -> QHBoxLayout:
        size = theme.sizes()
        meaning = Part("")
        self.meaning_head = meaning.title
        self.rows_button = meaning.button(
            "看明细", lambda: self._open(self.table.row(), self.table.currentIndex().column()),
            "link",
        )
        self.meaning = label("", "muted")
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.meaning.setContentsMargins(size.gap, 0, size.gap, 0)
        meaning.put(self.meaning)
        remark = Part("点评")
        self.comment_head = remark.title
        self.comment_save = remark.button(
            "保存点评", self.save, tip="Ctrl+S；Ctrl+Enter 保存并到下一个单位"
        )
        self.comment = QPlainTextEdit()
        self.comment.setTabChangesFocus(True)
        self.comment.setAccessibleName("点评")
        self.comment.setFixedHeight(round(size.line * 2.6))
        self.comment.textChanged.connect(self._typed)
        inner = QVBoxLayout()
        inner.setContentsMargins(size.gap, 0, size.gap, size.gap)
        inner.addWidget(self.comment)
        remark.box.addLayout(inner)
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(meaning, 1)
        row.addWidget(remark, 1)
        return row

    # ---- what the window asks of a page
    # ---------------------------------------------------------------------

    def shown(self) -> None:
        self.load()
        self.table.setFocus()

    def refresh(self, change: Any) -> None:
        if not self.isVisible():
            return
        if change is None or {reviews.REVIEW, reviews.SCORE, "unit"} & set(
            change.kinds
        ):
            self.load()
        elif (
            self.found is not None
            and self.found.lines
            and self.found.review is not None
            and not reviews.is_sealed(self.found.review)
        ):
            self._look_for_drift(self.found.review)

    def leave(self) -> bool:
        self._keep_comment()
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

    def offers(self, what: str) -> bool:
        return what == "print_preview" or (what in ("new", "save") and self.writable)

    # ---- reading
    # --------------------------------------------------------------------------------------------

    def load(self) -> None:
        session, month = self.session, self.month.period

        def read(job: Job) -> Found:
            review = reviews.review_of(session, month)
            if review is None:
                return Found(None, [], "")
            return Found(
                review, monthly_review.lines(session, review.uid), monthly_review.rule(review)
            )

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key="review")

    def _take(self, found: Found) -> None:
        self.found = found
        sealed = found.review is not None and reviews.is_sealed(found.review)
        self.notice.say(SEALED if sealed else "")
        self.rule.setText(found.rule)
        self.rule.setVisible(bool(found.rule))
        there = found.review is not None
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
        else:
            self.table.empty.say(
                f"{month}没有可统计的数据", "这个月没有任何单位有交办或应办结的事项。"
            )
        unit = next(i for i, field in enumerate(self.fields) if of(field).one_unit)
        rows = []
        for line in found.lines:
            texts = list(line.texts)
            texts[unit] = short_name(self.session, line.unit)
            rows.append(Row(line.uid, tuple(texts), line.tones, line))
        self.table.fill(rows)
        self._commented = ""
        self._moved(self.table.row(), self.table.currentIndex().column())

    def _look_for_drift(self, review: Record | None) -> None:
        """Whether the ledger has gone on since the month was counted: a kept number must not pass
        for today's."""
        if review is None or not self.writable:
            self.stale.say("")
            return
        session = self.session

        def told(units: list[str]) -> None:
            self.stale.say(
                f"统计以后台账又有变化，{len(units)} 个单位的数字和现在不一样。封存之前请重新统计。"
                if units
                else ""
            )

        self.jobs.read(
            lambda job: monthly_review.drifted(session, review),
            told,
            failed=self.window_.error,
            owner=self,
            key="review.drift",
            order=LATER,
        )

    def _step(self, by: int) -> None:
        self._keep_comment()
        self.month.step(by)

    def _other_month(self, _: object) -> None:
        self._keep_comment()
        self.load()

    # ---- the chosen number
    # ----------------------------------------------------------------------------------

    def _moved(self, row: Row | None, place: int) -> None:
        if row is None or row.key != self._commented:
            self._keep_comment()
            self._show_comment(row)
        if row is None or place < 0:
            self.meaning_head.setText("选一个数字，这里说明它怎样算出来")
            self.meaning.setText("")
            self.rows_button.hide()
            return
        field = self.fields[place]
        figure = reviews.COUNTED.get(field.name)
        self.meaning_head.setText(
            f"{short_name(self.session, row.data.unit)}　{field.label}　{row.texts[place]}"
        )
        if figure is not None:
            words = f"{metrics.formula(self.session, figure)}。双击或按 Enter 看背后的事项。"
        else:
            words = (
                "" if of(field).one_unit or place == len(self.fields) - 1 else self.rule.text()
            )
        self.meaning.setText(words)
        self.rows_button.setVisible(figure is not None)

    def _open(self, row: Row | None, place: int) -> None:
        """The rows behind a number; on the comment, its entry."""
        if row is None or place < 0:
            return
        field = self.fields[place]
        figure = reviews.COUNTED.get(field.name)
        if figure is None:
            self.comment.setFocus()
            return
        unit, month = row.data.unit, self.month.period
        title = f"{self.session.unit_name(unit)}　{month.label}　{field.label}　{row.texts[place]}"
        open_figure(self.window_, self, figure, title, period=month.text, unit=unit)

    # ---- the comment
    # ----------------------------------------------------------------------------------------

    def _show_comment(self, row: Row | None) -> None:
        self._commented = row.key if row is not None else ""
        sealed = (
            self.found is not None
            and self.found.review is not None
            and reviews.is_sealed(self.found.review)
        )
        self.comment.blockSignals(True)
        self.comment.setPlainText(row.data.comment if row is not None else "")
        self.comment.blockSignals(False)
        self.comment.setReadOnly(row is None or sealed or not self.writable)
        self.comment.setPlaceholderText(
            "" if sealed or row is None else "写一两句：好在哪里，差在哪里，下月抓什么"
        )
        self.comment_head.setText(
            f"点评　{short_name(self.session, row.data.unit)}" if row is not None else "点评"
        )
        self.comment_save.setEnabled(False)

    def _typed(self) -> None:
        self.comment_save.setEnabled(not self.comment.isReadOnly())

    def save(self) -> None:
        """Keep the comment."""
        self._keep_comment(say=True)

    def _save_and_next(self) -> None:
        self._keep_comment()
        at = self.table.currentIndex().row() + 1
        if at < len(self.table.rows):
            self.table.choose(at, self.table.currentIndex().column())
        self.comment.setFocus()

    def _keep_comment(self, say: bool = False) -> None:
        if not self.comment_save.isEnabled() or not self._commented:
            return
        self.comment_save.setEnabled(False)
        session, uid, text = self.session, self._commented, self.comment.toPlainText()
        self.jobs.write(
            lambda job: monthly_review.comment_on(session, uid, text),
            lambda _: self.window_.toast("已保存点评。", undo=True) if say else None,
            failed=self.window_.error,
            owner=self.window_,
            label="正在保存点评",
        )

    # ---- doing
    # ----------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Make the review of the month and count it; one that is there is counted anew."""
        if not self.writable or self.found is None:
            return
        if self.found.review is not None:
            self.count()
            return
        session, month = self.session, self.month.period
        self.jobs.write(
            lambda job: monthly_review.open_month(session, month),
            lambda _: self.window_.toast(f"已统计{month.label}讲评。", undo=True),
            failed=self.window_.error,
            owner=self,
            label="正在统计",
        )

    def count(self) -> None:
        """Count the month anew; comments stay."""
        review = self.found.review if self.found is not None else None
        if review is None or not self.count_button.isEnabled():
            return
        self._keep_comment()
        session = self.session
        self.jobs.write(
            lambda job: monthly_review.fill(session, review.uid),
            lambda units: self.window_.toast(f"已重新统计 {units} 个单位，点评保留。", undo=True),
            failed=self.window_.error,
            owner=self,
            label="正在统计",
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
        self._keep_comment()
        bare = (
            sum(1 for line in self.found.lines if not line.comment) if self.found is not None else 0
        )
        text = EXPLAIN + (f"\n\n还有 {bare} 个单位没有点评。" if bare else "")
        if self.month.period.last >= self.session.today:
            text += "\n\n这个月还没有过完，封存以后到期、办结的都不再计入。"
        if not ask(self.window_, f"封存{self.month.period.label}讲评", text, "封存"):
            return
        session, month = self.session, self.month.period.label
        self.jobs.write(
            lambda job: monthly_review.seal(session, review.uid),
            lambda _: self.window_.toast(f"{month}讲评已封存。"),
            failed=self.window_.error,
            owner=self,
            label="正在封存",
        )

    # ---- paper
    # ----------------------------------------------------------------------------------------------

    def print_preview(self) -> None:
        """月讲评通报 as declared."""
        month = self.month.period
        show_report(self.window_, f"{month.label}月讲评通报", "monthly_review", month.text)

    def print_table(self) -> None:
        """The table as it stands here, comments and all: of a sealed month as it was sealed."""
        found = self.found
        if found is None or not found.lines:
            return
        title = f"{self.month.period.label}各单位讲评表"
        columns = [(field.label, paper_share(field)) for field in self.fields]
        rows = [line.texts for line in found.lines]
        show_list(
            self.window_, title, (), columns, rows, across=True, size=9.0, notes=(found.rule,)
        )


class RuleDialog(Dialog):
    """The weights of the score; the rule in words follows what is typed."""

    def __init__(self, window: Any, session: Any, jobs: Any, review: Record) -> None:
        super().__init__(window, "计分办法", "保存并重新统计")
        self._session, self._jobs, self._window, self._review = session, jobs, window, review
        self.say(
            "权重只看比例，不必凑成 100。改了以后本月按新办法重新计分，下个月沿用。", muted=True
        )
        self.fields = Fields(
            monthly_review.rule_fields(session), reviews.REVIEW,
            Surroundings(session, jobs, window),
        )
        self.fields.set_values({f.name: review.values.get(f.name) for f in self.fields.fields})
        self.add(self.fields)
        self.words = self.say(monthly_review.rule(review))
        self.problem = self.say("")
        self.problem.setProperty("class", "problem")
        self.problem.hide()
        self.fields.edited.connect(self._show)
        self.setMinimumWidth(theme.sizes().chars(32))

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = self.fields.values(only_changed=False)
        return values

    def _show(self) -> None:
        try:
            self.words.setText(monthly_review.rule_of(self._values()))
        except BadInput:
            return

    def accept(self) -> None:
        try:
            values = self._values()
        except BadInput:
            return
        session, uid = self._session, self._review.uid

        def done(_: Any) -> None:
            self._window.toast("已按新的计分办法重新统计。", undo=True)
            self.done(QDialog.DialogCode.Accepted)

        def failed(error: Exception) -> None:
            self.problem.setText(error.message if isinstance(error, ZhengxianError) else str(error))
            self.problem.show()

        self._jobs.write(
            lambda job: monthly_review.set_rule(session, uid, values),
            done,
            failed=failed,
            owner=self,
            label="正在统计",
        )
