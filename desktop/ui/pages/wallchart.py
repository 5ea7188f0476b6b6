"""挂图作战: every item's plan against today, by unit, on the screen and on A3 paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import IO, Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout

from db.domain import wall_chart
from db.domain.wall_chart import PlannedSpan
from db.errors import BadInput
from db.metrics.metrics import ScopeKeywords
from db.model import lights
from db.model.declarations import Field
from desktop.bulletin.report.wall_chart import print_wall
from desktop.ui.bulletin.preview.sheet_preview import show_sheet
from desktop.ui.field_editors.as_of import AsOfChoice, PastNotice
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.pickers import PickEditor
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.cut_label import CutLabel
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import button
from desktop.ui.kit.work_parts import Part, WorkPage, short_name
from desktop.ui.pages import label_of
from desktop.ui.wall_chart.milestones import legend
from desktop.ui.wall_chart.plan import Plan
from desktop.ui.wall_chart.view import MONTHS, PER_DAY, WEEKS, WallView

NAME = label_of("wallchart")
VIEW = "wallchart"
LATE = "overdue"
"""Among the lights: what is open past its deadline, whatever its light is called."""
COLOURS = {
    "red": "红灯", "yellow": "黄灯", "green": "绿灯", "blue": "蓝灯", "purple": "紫灯",
    "grey": "灰灯",
}


class WallPage(WorkPage):
    """Filters above, the chart in full width, the chosen item's line below."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        size = theme.sizes()
        session, jobs = window.session, window.jobs
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self._plan = Plan.of((), session.today)
        self._first = True
        self._old = True
        self.ledger = QComboBox()
        self.ledger.setAccessibleName("台账")
        self.ledger.addItem("全部台账", "")
        for kind in wall_chart.dated_ledgers(session):
            self.ledger.addItem(kind.label, kind.name)
        self.ledger.setCurrentIndex(max(0, self.ledger.findData(self._kept.get("ledger", ""))))
        self.ledger.activated.connect(lambda _: self._ledger_chosen())
        self.unit = PickEditor(
            Field(name="unit", label="单位", type="unit", help="全部单位"),
            EditorContext(session, jobs, window),
        )
        self.unit.setFixedWidth(size.chars(8))
        self.ledger.setMaximumWidth(size.chars(8))
        self.unit.left.connect(self.load)
        self.tone = QComboBox()
        self.tone.setAccessibleName("灯号")
        self.tone.setMaximumWidth(size.chars(9))
        self._fill_tones()
        self.tone.activated.connect(lambda _: self.load())
        self.closed = QCheckBox("含已办结")
        self.closed.toggled.connect(lambda _: self.load())
        self.zoom = QComboBox()
        self.zoom.setAccessibleName("时间疏密")
        for key, words in ((WEEKS, "按周看"), (MONTHS, "按月看")):
            self.zoom.addItem(words, key)
        self.zoom.setCurrentIndex(max(0, self.zoom.findData(self._kept.get("zoom", WEEKS))))
        self.zoom.activated.connect(lambda _: self._zoomed())
        for widget in (self.ledger, self.unit, self.tone, self.closed):
            self.head.addWidget(widget)
        self.as_of = AsOfChoice(session.today)
        self.as_of.always(session.today)
        self.as_of.chosen.connect(self._other_day)
        self.head.addStretch()
        self.head.addWidget(self.zoom)
        self.head.addWidget(button("今天", self.to_today, tip="T"))
        self.act("打印 A3…", self.print_preview, icon="printer-outline", tip="Ctrl+P")
        self.past = PastNotice(self.as_of)
        self.body.addWidget(self.past)
        part = Part("")
        part.title.hide()
        part.box.setContentsMargins(1, 1, 1, 1)
        self.view = WallView(lambda uid: short_name(session, uid), session.today)
        self.view.zoom_to(PER_DAY[self.zoom.currentData()])
        part.put(self.view)
        self.about = CutLabel("")
        self.about.setProperty("class", "muted")
        foot = QHBoxLayout()
        foot.setContentsMargins(size.gap, 0, size.gap, size.gap // 2)
        foot.setSpacing(size.gap)
        foot.addWidget(self.as_of)
        foot.addWidget(self.about, 1)
        part.box.addLayout(foot)
        self.body.addWidget(part, 1)
        self.view.opened.connect(lambda span: self.window_.open_record(span.kind, span.uid))
        self.view.moved.connect(self._say)
        self.starts_at(self.view)

    # ---- what the window asks of a page

    def shown(self) -> None:
        day = self.as_of.day
        self.as_of.always(self.session.today)
        if day != self.as_of.day:  # another day began: what was picked is no longer meant
            self._other_day()
        elif self._old:
            self.load()
        self.view.setFocus()

    def refresh(self, change: Any) -> None:
        names = {kind.name for kind in wall_chart.dated_ledgers(self.session)} | {"unit"}
        names |= {kind.name for kind in self.session.kinds if kind.planned}
        if change is None or names & set(change.kinds):
            self._old = True
            if self.isVisible():
                self.load()

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("前面的时间", lambda: self._step(-1), "Alt+Left", section, "qmdsj"),
            Command("后面的时间", lambda: self._step(1), "Alt+Right", section, "hmdsj"),
            Command("回到今天", self.to_today, "", section, "hdjt"),
            Command("收起全部单位", lambda: self.view.fold_all(True), "", section, "sqqb"),
            Command("展开全部单位", lambda: self.view.fold_all(False), "", section, "zkqb"),
        ]

    def shown_numbers(self) -> list[ShownNumber]:
        """What is overdue, whole and by unit; how many bars there are is a number of lines."""
        ledger, unit = self.ledger.currentData(), self.unit.value()
        names = [kind.name for kind in wall_chart.dated_ledgers(self.session)]
        ledgers = [ledger] if ledger else names
        asked = ScopeKeywords(ledgers=ledgers, unit=unit, as_of=self.as_of.day)
        heads = [line for line in self.view.lines if line.span is None]
        return [
            ShownNumber(str(self._plan.late), "open_overdue", asked),
            *(
                ShownNumber(str(e.late), "open_overdue", asked, ("unit", e.unit or None))
                for e in heads
            ),
        ]

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    # ---- reading

    def _ledger_chosen(self) -> None:
        self._fill_tones()
        self.load()

    def _fill_tones(self) -> None:
        """The lights to choose from, each with what the ledgers that are shown call it."""
        chosen, ledger = self.tone.currentData(), self.ledger.currentData()
        kinds = [k for k in wall_chart.dated_ledgers(self.session) if ledger in ("", k.name)]
        self.tone.clear()
        self.tone.addItem("全部灯号", "")
        self.tone.addItem("逾期未结", LATE)
        for tone, colour in COLOURS.items():
            words = dict.fromkeys(
                lights.label(kind, tone) for kind in kinds if tone in lights.tones(kind)
            )
            if words:
                self.tone.addItem(f"{colour}（{'、'.join(words)}）", tone)
        words_wide = self.tone.view().sizeHintForColumn(0) + theme.sizes().gap * 2
        self.tone.view().setMinimumWidth(words_wide)  # the closed box is narrow, the list is not
        self.tone.setCurrentIndex(max(0, self.tone.findData(chosen)))

    @property
    def day(self) -> dt.date:
        """The day that the chart shows: today, or the end of one gone by."""
        return self.as_of.day or self.session.today

    def _other_day(self) -> None:
        self.past.show_day(self.as_of.day)
        self.load()
        self.to_today()

    def load(self) -> None:
        try:
            unit = self.unit.value()
        except BadInput as error:
            self.window_.error(error.message)
            return
        session, ledger, closed = self.session, self.ledger.currentData(), self.closed.isChecked()
        kept = {"ledger": ledger, "zoom": self.zoom.currentData()}
        if kept != self._kept:
            self._kept = kept
            self.window_.settings.set_view(VIEW, dict(kept))

        self._old = False

        tone, day, begun = self.tone.currentData(), self.day, self._begun()

        def read(job: Job) -> Plan:
            names = [ledger] if ledger else None
            found = wall_chart.spans(session, names, unit, closed=closed, as_of=day)
            if tone == LATE:
                found = [span for span in found if span.overdue(begun)]
            elif tone:
                found = [span for span in found if span.light == tone]
            return Plan.of(found, begun)

        self.jobs.read(read, self._take, failed=self._failed, owner=self, key=VIEW)

    def _begun(self) -> dt.date:
        return wall_chart.moment(self.session, self.day)

    def _failed(self, error: Exception) -> None:
        self._old = True
        self.window_.error(error)

    def _take(self, plan: Plan) -> None:
        self._plan = plan
        if not self._plan.spans:
            self.view.empty.say(
                "没有可以上墙的事项",
                "上墙的事项要有时限。换一个台账、单位或灯号，或勾选“含已办结”。",
            )
        self.view.show_as_of(self.day, self._begun())
        self.view.fill(self._plan)
        if self._first:
            self._first = False
            self.to_today()

    def shown_spans(self) -> Sequence[PlannedSpan]:
        """What the chart shows and paper would."""
        return self._plan.spans

    def _say(self, span: PlannedSpan | None) -> None:
        text = f"共 {len(self._plan.spans)} 项，逾期未结 {self._plan.late} 项。"
        if span is not None:
            kind = self.session.kinds.get(span.kind).label
            stands = self.view.day.words(span)
            text += f"　{kind}：{span.title}　{span.start} 至 {span.end}　{stands}"
            text += f"　{legend()}" if span.marks else ""
        else:
            text += "　深色是已完成的份额。↑ ↓ 选事项，← → 移动时间，＋ － 缩放，Enter 打开。"
        self.about.setText(text)
        self.about.setToolTip(text)

    # ---- time

    def _zoomed(self) -> None:
        self.view.zoom_to(PER_DAY[self.zoom.currentData()])
        self._kept = {**self._kept, "zoom": self.zoom.currentData()}
        self.window_.settings.set_view(VIEW, dict(self._kept))

    def to_today(self) -> None:
        self.view.show_day(self.day)

    def _step(self, by: int) -> None:
        bar = self.view.horizontalScrollBar()
        bar.setValue(bar.value() + by * bar.pageStep() // 2)

    # ---- paper

    def print_preview(self) -> None:
        """What is shown, on A3 across."""
        session, spans, day = self.session, self.shown_spans(), self.day
        parts = [
            self.ledger.currentText() if self.ledger.currentData() else "",
            self.unit.entry.text().strip(),
        ]
        title = "".join(part for part in parts if part) + "挂图作战图"

        def write(stream: IO[bytes]) -> Any:
            return print_wall(session, stream, title, spans, day)

        show_sheet(self.window_, title, write)
