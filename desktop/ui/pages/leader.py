"""A leader's page: all that one leader leads over all ledgers, overdue first, with the numbers of
the day beside it; open instructions and the next meetings; printed on one sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from db.domain import leader_work
from db.domain.leader_work import LEADER, NUMBERS, Leader, LeaderWork, LedWork
from db.metrics import metrics
from db.model import due_state, pinyin
from db.store.journal import Change
from desktop.ui.bulletin.preview.sheet_preview import show_report
from desktop.ui.field_editors.as_of import AsOfChoice, PastNotice
from desktop.ui.figures.row_list import open_figure
from desktop.ui.home.number_tables import rate_text
from desktop.ui.kit import theme
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import SearchedCard
from desktop.ui.kit.work_parts import Part, WorkPage, short_name
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("leader")
REPORT = "leader_page"
WORK = (
    ListColumn("事项", 14, stretch=True), ListColumn("台账", 5, "muted"),
    ListColumn("责任单位", 4.4), ListColumn("时限", 6, keep=True),
    ListColumn("情况", 6.6, keep=True),
)


class LeaderPage(WorkPage):
    """The leaders at the left, what the chosen one leads at the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        today = window.session.today
        self.work: LeaderWork | None = None
        self._leaders: Sequence[Leader] = ()
        self._filling = False
        self.as_of = AsOfChoice(today)
        self.as_of.always(today)
        self.as_of.chosen.connect(self.load)
        self.past = PastNotice(self.as_of)
        self.body.addWidget(self.past)
        self.who = QLabel()
        self.who.setFont(theme.scaled(1.15, bold=True))
        self.head.addWidget(self.as_of)
        self.head.addWidget(self.who)
        self.head.addStretch()
        self.print_button = self.act("打印…", self.print_preview, icon="printer-outline",
                                     tip="一位领导一页 A4（Ctrl+P）")

    def parts(self) -> Iterator[object]:
        size = theme.sizes()
        self.card = SearchedCard("姓名或拼音首字母", "查找领导", self._show_leaders)
        self.leaders = ShortList(
            "领导",
            (
                ListColumn("领导", 5, stretch=True),
                *(ListColumn(word, 2.4, "number", keep=True) for word in ("在办", "逾期")),
            ),
        )
        self.leaders.when_empty("没有牵头事项的领导", "在台账里填“牵头领导”，这里就会列出。")
        self.leaders.chosen.connect(self._choose)
        self.card.add(self.leaders, 1)
        self.card.search.returnPressed.connect(self.leaders.setFocus)
        self.card.setFixedWidth(size.chars(12) + size.pad * 2)
        yield self.card
        self.numbers: dict[str, QPushButton] = {}
        self.led = self._list("牵头在办事项", "没有牵头的在办事项", WORK)
        self.named = self._list(
            "本人批示、他人牵头的", "没有本人批示、他人牵头的在办事项", (WORK[0], *WORK[3:])
        )
        self.meetings = self._list(
            "近期会议", f"{leader_work.AHEAD} 天内没有主持的会议",
            (ListColumn("会议", 10, stretch=True), ListColumn("时间", 6, keep=True)),
        )
        for each in (self.named, self.meetings):
            each.setMinimumHeight(size.row * 3)  # room to say that there is nothing
        below = QHBoxLayout()
        below.setSpacing(size.gap)
        below.addWidget(self._part(self.named), 3)
        below.addWidget(self._part(self.meetings), 2)
        right = QVBoxLayout()
        right.setSpacing(size.gap)
        right.addWidget(self._number_row())
        right.addWidget(self._part(self.led), 5)
        right.addLayout(below, 2)
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(self.card)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)
        self.starts_at(self.card.search)
        self._wait = pause(self, 300, self.load)

    def _list(self, name: str, nothing: str, columns: Sequence[ListColumn]) -> ShortList:
        made = ShortList(name, columns)
        made.when_empty(nothing, "")
        made.opened.connect(partial(self._open, made))
        return made

    def _part(self, held: ShortList) -> Part:
        part = Part(held.accessibleName())
        part.put(held)
        return part

    def _number_row(self) -> QWidget:
        """The numbers of the day: each opens its rows."""
        held = QWidget()
        row = Flow(held, theme.sizes().gap)
        for name in NUMBERS:
            press = QPushButton()
            press.setProperty("class", "boxed")
            press.setToolTip(metrics.formula(self.session, name))
            press.clicked.connect(partial(self._open_number, name))
            self.numbers[name] = press
            row.addWidget(press)
        return held

    # ---- what the window asks of a page

    def refresh(self, change: Change | None) -> None:
        if self.isVisible():
            self._wait.start()

    def shown_numbers(self) -> list[ShownNumber]:
        ledgers = [kind.name for kind in leader_work.led_ledgers(self.session)]
        asked = metrics.ScopeKeywords(ledgers=ledgers, as_of=self.day)
        names = leader_work.IN_HAND, "open_overdue"
        found = [
            ShownNumber(str(text), name, asked, (LEADER, line.key))
            for line in self.leaders.lines
            for name, text in zip(names, line.cells[1:], strict=True)
        ]
        if self.work is not None:
            line = LEADER, self.work.leader.key
            found += [
                ShownNumber(each.text(), name, asked, line) for name, each in self.numbers.items()
            ]
        return found

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    def print_preview(self) -> None:
        """The page of the chosen leader, on one sheet."""
        work = self.work
        if work is not None and self.print_button.isEnabled():
            day = f"@{work.day.isoformat()}" if work.day < self.session.today else None
            show_report(self.window_, f"{work.leader.name}{NAME}", REPORT, day, work.leader.key)

    # ---- reading

    @property
    def day(self) -> dt.date | None:
        """The day that was picked; None for today."""
        return self.as_of.day

    def load(self) -> None:
        """Read who leads what, then what the chosen one leads."""
        self.as_of.always(self.session.today)
        session, day = self.session, self.day
        self.past.show_day(day)
        self.jobs.read(
            lambda job: leader_work.leaders(session, day), self._take_leaders,
            failed=self.window_.error, owner=self, key="leaders",
        )

    def _take_leaders(self, found: Sequence[Leader]) -> None:
        self._leaders = found
        self._show_leaders()

    def _show_leaders(self) -> None:
        """Those whose name, or its pinyin, has what is typed."""
        typed = self.card.search.text().strip()
        shown = [one for one in self._leaders if not typed or pinyin.matches(one.name, typed)]
        self._filling = True
        self.leaders.fill([
            Line(one.key, (one.name, str(one.in_hand), str(one.overdue)), one) for one in shown
        ])
        self._filling = False
        self._choose(self.leaders.line())

    def _choose(self, line: Line | None) -> None:
        if self._filling:
            return
        if line is None:
            self._take(None)
            return
        session, day, key = self.session, self.day, line.key

        def read(job: Job) -> LeaderWork:
            return leader_work.read(session, key, day)

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key="leader")

    def _take(self, work: LeaderWork | None) -> None:
        self.work = work
        self.print_button.setEnabled(work is not None and self._prints(work.leader.key))
        self.who.setText(work.leader.name if work is not None else "")
        for name, press in self.numbers.items():
            press.setVisible(work is not None)
            if work is not None:
                number = work.numbers[name]
                share = number.denominator is not None
                said = rate_text(number) if share else str(number.value or 0)
                press.setText(f"{number.figure.label} {said}")
                press.setEnabled(bool(number.denominator if share else number.value))
        self.led.fill([self._line(one) for one in work.led] if work else [])
        self.named.fill([self._line(one, whole=False) for one in work.named] if work else [])
        self.meetings.fill([
            Line((one.kind, one.uid), (one.title, one.day.isoformat()))
            for one in (work.meetings if work else ())
        ])

    def _prints(self, key: str) -> bool:
        """Whether the leader has a sheet: who is in the roster."""
        roster = self.session.kinds.leader_roster
        known = roster is not None and self.session.get(roster.name, key) is not None
        return known and self.session.may("print")

    def _line(self, one: LedWork, *, whole: bool = True) -> Line:
        day = self.work.day if self.work is not None else self.session.today
        over = one.record.seen is not None
        how_far = due_state.days_text(one.due, day, pending=one.pending, over=over)
        cells = (
            one.title, one.ledger, short_name(self.session, one.unit),
            one.due.isoformat() if one.due is not None else "",
            (how_far, one.light[1]) if how_far else "",
        )
        return Line((one.record.kind, one.record.uid), cells if whole else (cells[0], *cells[3:]))

    # ---- opening

    def _open(self, held: ShortList) -> None:
        line = held.line()
        if line is not None:
            self.window_.open_record(*line.key)

    def _open_number(self, name: str) -> None:
        """The records that the number counts, and no others."""
        work = self.work
        if work is not None:
            label = work.numbers[name].figure.label
            ledgers = [kind.name for kind in leader_work.led_ledgers(self.session)]
            open_figure(
                self.window_, self, name, f"{work.leader.name}　{label}", ledgers=ledgers,
                group=(LEADER, work.leader.key), as_of=work.day,
            )
