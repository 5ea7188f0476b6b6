"""统计图表: a figure by unit or whatever else tells its rows apart, and over time; each bar and
point opens its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QStandardItem
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea

from db.errors import BadInput
from db.metrics import charts, metrics
from db.metrics.charts import Value
from db.metrics.metrics import Number
from db.model.declarations import Field
from desktop.ui.bulletin.preview.sheet_preview import show_sheet
from desktop.ui.entries.editors import Surroundings
from desktop.ui.entries.period_bar import MONTH, WEEK, PeriodBar
from desktop.ui.entries.pickers import PickEditor
from desktop.ui.figures.charting import Bars, Chart, Point, Trend
from desktop.ui.figures.row_list import open_figure
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button, label, scrolled
from desktop.ui.kit.work_parts import Part, WorkPage
from desktop.ui.pages import label_of

NAME = label_of("charts")
VIEW = "charts"
FEW_NAMES = 2
"""Ledgers named in the note; more are told in its hint."""
FIRST = "completion_rate"
SHAPES = ((MONTH, "按月"), ("quarter", "按季"), ("year", "按年"))


@dataclass(frozen=True)
class Found:
    """What the charts show: the whole, by group, over time."""

    name: str
    whole: Number
    group: charts.Grouping | None
    units: list[Value]
    time: list[Value]
    formula: str = ""
    words: str = ""
    has_time: bool = field(default=True)
    #: what has to be said of a sealed month
    note: str = ""



class ChartsPage(WorkPage):
    """What is counted above, the units on the left, time on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        size = theme.sizes()
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self.found: Found | None = None
        self.figure = QComboBox()
        self.figure.setAccessibleName("指标")
        self.figure.setMaxVisibleItems(18)
        self.figure.setMinimumWidth(size.chars(10))
        self._fill_figures()
        self.figure.activated.connect(lambda _: self._other_figure())
        self.ledger = QComboBox()
        self.ledger.setAccessibleName("台账")
        self.ledger.setMinimumWidth(size.chars(7))
        self.ledger.setMaximumWidth(size.chars(9))
        self.ledger.activated.connect(lambda _: self._other_ledger())
        self.group = QComboBox()
        self.group.setAccessibleName("分组")
        self.group.setMinimumWidth(size.chars(6))
        self.group.setMaxVisibleItems(18)
        self.group.activated.connect(lambda _: self._other_group())
        self.order = QComboBox()
        self.order.setAccessibleName("排列")
        self.order.addItem("按原有顺序", False)
        self.order.addItem("从高到低", True)
        self.order.activated.connect(lambda _: self._fill_units())
        self.head.addWidget(self.figure)
        self.head.addWidget(self.ledger)
        self.head.addStretch(1)
        self.act("复制成表", self.copy, icon="content-copy", tip="两张图的数字，贴到 Excel")
        self.act("打印…", self.print_preview, icon="printer-outline", tip="Ctrl+P")
        self.body.addWidget(self._whole())
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(self._units(), 1)
        row.addWidget(self._time(), 1)
        self.body.addLayout(row, 1)
        self.setFocusProxy(self.bars)
        self._fill_ledgers()

    # ---- building
    # -------------------------------------------------------------------------------------------

    def _fill_figures(self) -> None:
        """Families as headings that cannot be chosen, their figures below."""
        bold = QFont(self.font())
        bold.setBold(True)
        for family, members in charts.choices(self.session).items():
            head = QStandardItem(f"── {family or '其他'} ──")
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setFont(bold)
            self.figure.model().appendRow(head)
            for figure in members:
                self.figure.addItem(figure.label, figure.name)
        wanted = self._kept.get("figure", FIRST)
        at = self.figure.findData(wanted)
        self.figure.setCurrentIndex(at if at >= 0 else 1)

    def _whole(self) -> Part:
        size = theme.sizes()
        part = Part("")
        part.title.setFont(theme.scaled(1.25, bold=True))
        self.whole_text = part.title
        self.formula = label("", "muted")
        part.line.insertWidget(1, self.formula, 10)
        self.rows_button = button("看明细", lambda: self._open(None, None), "link")
        part.line.addWidget(self.rows_button)
        part.line.setContentsMargins(size.gap, 0, size.gap, size.gap // 2)
        return part

    def _units(self) -> Part:
        size = theme.sizes()
        part = Part("分组")
        self.shape = QComboBox()
        self.shape.setAccessibleName("期间长短")
        for key, words in SHAPES:
            self.shape.addItem(words, key)
        self.period = PeriodBar(MONTH, self.session.today)
        self.shape.activated.connect(lambda _: self.period.set_shape(self.shape.currentData()))
        self.period.changed.connect(lambda _: self.load())
        part.line.addWidget(self.shape)
        part.line.addWidget(self.period)
        second = QHBoxLayout()
        second.setContentsMargins(size.gap, 0, size.gap, 0)
        second.setSpacing(size.gap)
        second.addWidget(self.group)
        second.addWidget(self.order)
        self.unit_note = label("", "muted")
        second.addWidget(self.unit_note, 1)
        part.box.addLayout(second)
        self.bars = Bars("分组")
        self.bars.opened.connect(lambda point: self._open(self.bars, point))
        self._area: QScrollArea = scrolled(self.bars)
        self._area.setWidgetResizable(True)
        part.put(self._area)
        return part

    def _time(self) -> Part:
        size = theme.sizes()
        part = Part("变化")
        self.pace = QComboBox()
        self.pace.setAccessibleName("按周还是按月")
        self.pace.addItem("最近12个月", MONTH)
        self.pace.addItem("最近13周", WEEK)
        self.pace.activated.connect(lambda _: self.load())
        around = Surroundings(self.session, self.jobs, self.window_)
        self.unit = PickEditor(
            Field(name="unit", label="单位", type="unit", help="全部单位"), around
        )
        self.unit.setFixedWidth(size.chars(9))
        self.unit.left.connect(self.load)
        part.line.addWidget(self.unit)
        part.line.addWidget(self.pace)
        self.trend = Trend("变化")
        self.trend.opened.connect(lambda point: self._open(self.trend, point))
        part.put(self.trend)
        self.nothing = QLabel("这个指标说的是现在的状况，没有按时间的变化。")
        self.nothing.setProperty("class", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        part.put(self.nothing)
        self.nothing.hide()
        self.time_title = part.title
        return part

    # ---- what the window asks of a page
    # ---------------------------------------------------------------------

    def shown(self) -> None:
        self.load()
        self.bars.setFocus()

    def refresh(self, change: Any) -> None:
        if self.isVisible() and (change is None or change.records):
            self.load()

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("前一期", lambda: self.period.step(-1), "Alt+Left", section, "qyq"),
            Command("后一期", lambda: self.period.step(1), "Alt+Right", section, "hyq"),
            Command(
                "选指标", lambda: (self.figure.setFocus(), self.figure.showPopup()), "", section,
                "xzb",
            ),
            Command(
                "选分组", lambda: (self.group.setFocus(), self.group.showPopup()), "", section,
                "xfz",
            ),
            Command("复制成表", self.copy, "", section, "fzcb"),
        ]

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    # ---- choosing and reading
    # -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The chosen figure."""
        return str(self.figure.currentData() or FIRST)

    def choose(self, name: str) -> None:
        """Show a figure."""
        self.figure.setCurrentIndex(max(1, self.figure.findData(name)))
        self._other_figure()

    def _other_figure(self) -> None:
        self._fill_ledgers()
        self._kept["figure"] = self.name
        self.window_.settings.set_view(VIEW, dict(self._kept))
        self.load()

    def _fill_ledgers(self) -> None:
        kept = self.ledger.currentData()
        kinds = charts.ledgers(self.session, self.name)
        self.ledger.clear()
        self.ledger.addItem("全部台账" if len(kinds) != 1 else kinds[0].label, "")
        for kind in kinds if len(kinds) > 1 else ():
            self.ledger.addItem(kind.label, kind.name)
        self.ledger.setCurrentIndex(max(0, self.ledger.findData(kept)))
        self.ledger.setEnabled(len(kinds) > 1)
        self._fill_groups()

    def _fill_groups(self) -> None:
        """What the figure can be told apart by, the choice of last time kept where it still means
        something."""
        kept = self.group.currentText() or self._kept.get("group", "")
        ledger = self.ledger.currentData()
        self.group.clear()
        for each in charts.groupings(self.session, self.name, [ledger] if ledger else None):
            self.group.addItem(f"按{each.label}", each)
        self.group.setCurrentIndex(max(0, self.group.findText(kept)))
        self.group.setEnabled(self.group.count() > 1)

    def _other_ledger(self) -> None:
        self._fill_groups()
        self.load()

    def _other_group(self) -> None:
        self._kept["group"] = self.group.currentText()
        self.window_.settings.set_view(VIEW, dict(self._kept))
        self.load()

    def _asked(self) -> tuple[Any, list[str] | None, str | None]:
        """Period, ledgers and unit as chosen."""
        ledger = self.ledger.currentData()
        return self.period.period, [ledger] if ledger else None, self.unit.value()

    def load(self) -> None:
        try:
            period, names, unit = self._asked()
        except BadInput as error:
            self.window_.error(error.message)
            return
        session, name, pace, group = (
            self.session, self.name, self.pace.currentData(), self.group.currentData(),
        )
        last = min(period.last, session.today)

        def read(job: Job) -> Found:
            whole = metrics.count(session, [name], period=period, ledgers=names)[name]
            units = (
                charts.by_group(session, name, group, period, names) if group is not None else []
            )
            time = charts.over_time(
                session, name, pace, last, unit, names,
                lambda done, of: job.step(done, of, "正在统计"),
            )
            words = charts.text(whole)
            has_time, key = charts.has_trend(session, name), (
                group.key if group is not None else None
            )
            note = charts.sealed_note(session, name, period, key, names) if has_time else ""
            return Found(
                name, whole, group, units, time, metrics.formula(session, name), words, has_time,
                note,
            )

        self.jobs.read(read, self._take, failed=self.window_.error, owner=self, key=VIEW)

    def _take(self, found: Found) -> None:
        self.found = found
        figure = found.whole.figure
        when = f"{self.period.period.label}　" if found.has_time else ""
        self.whole_text.setText(f"{when}{figure.label}　{found.words}")
        self.formula.setText(f"{found.formula}。{found.note}" if found.note else found.formula)
        self._fill_units()
        self.trend.setVisible(found.has_time)
        self.nothing.setVisible(not found.has_time)
        self.trend.fill(
            [_point(v) for v in found.time],
            100.0 if figure.denominator is not None and _shares(found.time) else None,
        )

    def _fill_units(self) -> None:
        if self.found is None:
            return
        values = list(self.found.units)
        if self.order.currentData():
            values.sort(key=lambda v: (v.number.value is None, -(v.number.value or 0)))
        group = self.found.group
        share = self.found.whole.figure.denominator is not None
        self.bars.fill([_point(v) for v in values], 100.0 if share and _shares(values) else None)
        tip = ""
        words = (
            "点一条看明细，↑ ↓ 选，Enter 打开"
            if values
            else "这个指标不分组。" if group is None else "本期没有。"
        )
        if group is not None and group.ledgers is not None and not self.ledger.currentData():
            whole = "、".join(self.session.kinds.get(name).label for name in group.ledgers)
            words = (
                f"只含{whole}"
                if len(group.ledgers) <= FEW_NAMES
                else f"只含有这一栏的 {len(group.ledgers)} 种台账"
            )
            tip = whole
        self.unit_note.setText(words)
        self.unit_note.setToolTip(tip)

    # ---- the rows, the clipboard, paper
    # ---------------------------------------------------------------------

    def _open(self, chart: Chart | None, point: Point | None) -> None:
        """The rows behind a bar, a point or the whole."""
        if self.found is None:
            return
        try:
            period, names, unit = self._asked()
        except BadInput as error:
            self.window_.error(error.message)
            return
        figure = self.found.whole.figure
        who, line = "", None
        if chart is self.bars and point is not None:
            group = self.found.group
            assert group is not None, "bars without a group"
            if group.key == charts.UNIT and point.key is not None:
                unit, who = point.key, f"{self.session.unit_name(point.key)}　"
            else:
                unit, who, line = None, f"{group.label}：{point.label}　", (group.key, point.key)
                names = names or (list(group.ledgers) if group.ledgers is not None else None)
        elif chart is self.trend and point is not None:
            period, who = point.key, f"{point.label}　"
        else:
            unit = None
        text = point.text if point is not None else self.found.words
        open_figure(
            self.window_, self, figure.name, f"{who}{figure.label}　{text}", period=period if figure.period else None,
            unit=unit, ledgers=names, group=line,
        )  # fmt: skip

    def copy(self) -> None:
        """Both charts as tables, as spreadsheet programs take them."""
        if self.found is None:
            return
        label = self.found.whole.figure.label
        lines = [f"{self._group_label()}\t{label}"] + [
            f"{p.label}\t{p.text}" for p in self.bars.points
        ]
        if self.found.time:
            lines += ["", f"{self.pace.currentText()}\t{label}"] + [
                f"{p.label}\t{p.text}" for p in self.trend.points
            ]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.window_.toast("两张图的数字已复制，可以贴到 Excel。")

    def _group_label(self) -> str:
        return (
            self.found.group.label
            if self.found is not None and self.found.group is not None
            else "分组"
        )

    def print_preview(self) -> None:
        """Both charts on paper, with the formula."""
        found, session = self.found, self.session
        if found is None:
            return
        figure = found.whole.figure
        title = f"{self.period.period.label}{figure.label}"
        text = [f"{figure.label}：{found.words}。计算办法：{found.formula}。{found.note}"]
        over_time = self.trend.points if found.time else []
        parts = [
            ("bars", self.bars.points, self.group.currentText()),
            ("trend", over_time, self.pace.currentText()),
        ]

        def write(stream: IO[bytes]) -> Any:
            from desktop.bulletin import document as doc  # late: sets type
            from desktop.bulletin.report.simple_lists import print_charts

            drawn = [
                doc.Chart(kind, tuple(p.label for p in points), (doc.Series(figure.label, tuple(p.value for p in points)),), head,
                          found.whole.measure)
                for kind, points, head in parts if points
            ]  # fmt: skip
            return print_charts(session, stream, title, text, drawn)

        show_sheet(self.window_, title, write)


def _point(value: Value) -> Point:
    number = value.number.value
    text = charts.text(value.number)
    return Point(
        value.key, value.label, None if number is None else float(number), text,
        f"{value.label}　{text}",
    )


def _shares(values: list[Value]) -> bool:
    """Whether no share goes beyond the whole, so that the axis ends at 100."""
    return all((v.number.value or 0) <= 100 for v in values)
