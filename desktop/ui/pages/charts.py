"""统计图表: a figure by unit or whatever else tells its rows apart, and over time; each bar and
point opens its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea

from db.errors import BadInput
from db.metrics import charts
from db.model.declarations import Field
from db.model.groups import TRENDS
from db.store.journal import Change
from desktop.ui.bulletin.preview.sheet_preview import show_sheet
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.period_bar import MONTH, PeriodBar
from desktop.ui.field_editors.pickers import PickEditor
from desktop.ui.figures.chart_reading import (
    ChartChoice,
    ChartNumbers,
    Drawn,
    all_shares,
    drop_down,
    point_of,
    print_found,
    read_charts,
    shown_points,
)
from desktop.ui.figures.charting import Bars, Chart, Point, Trend
from desktop.ui.figures.figure_choice import FigureChoice
from desktop.ui.figures.row_list import open_figure
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.cut_label import CutLabel
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import button, label, scrolled
from desktop.ui.kit.work_parts import Part, WorkPage
from desktop.ui.pages import label_of

NAME = label_of("charts")
VIEW = "charts"
FEW_NAMES = 2
"""Ledgers named in the note; more are told in its hint."""
SHAPES = ((MONTH, "按月"), ("quarter", "按季"), ("year", "按年"))


class ChartsPage(WorkPage):
    """What is counted above, the units on the left, time on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME)
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self.found: ChartNumbers | None = None
        self.choice = FigureChoice(window, self._kept)
        self.choice.changed.connect(self._other_choice)
        self.figure, self.ledger, self.group = (
            self.choice.figure, self.choice.ledger, self.choice.group,
        )
        self.order = QComboBox()
        self.order.setAccessibleName("排列")
        self.order.addItem("按原有顺序", False)
        self.order.addItem("从高到低", True)
        self.order.activated.connect(lambda _: self._fill_units())
        for widget in (self.figure, self.ledger, self.choice.own_button):
            self.head.addWidget(widget)
        self.head.addStretch()
        self.act("复制成表", self.copy, icon="content-copy", tip="两张图的数字，贴到 Excel")
        self.act("打印…", self.print_preview, icon="printer-outline", tip="Ctrl+P")

    def parts(self) -> Iterator[object]:
        self.body.addWidget(self._whole())
        row = QHBoxLayout()
        row.setSpacing(theme.sizes().gap)
        self.body.addLayout(row, 1)
        yield self.formula
        row.addWidget(self._units(), 1)
        self.starts_at(self.bars)
        yield self.bars
        row.addWidget(self._time(), 1)

    # ---- building

    def _whole(self) -> Part:
        size = theme.sizes()
        part = Part("")
        part.title.setFont(theme.scaled(1.25, bold=True))
        self.whole_text = part.title
        self.formula = label("", "muted")
        part.line.insertWidget(1, self.formula, 10)
        self.rows_button = button("查看明细", lambda: self._open(None, None), "link")
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
        self.period = PeriodBar(MONTH, self.session.today, as_of=True)
        self.shape.activated.connect(lambda _: self.period.set_shape(self.shape.currentData()))
        self.period.changed.connect(lambda _: self.load())
        part.line.addWidget(self.period)
        second = QHBoxLayout()
        second.setContentsMargins(size.gap, 0, size.gap, 0)
        second.setSpacing(size.gap)
        for each in (self.shape, self.group, self.order):
            second.addWidget(each)
        self.unit_note = CutLabel("")
        self.unit_note.setProperty("class", "muted")
        second.addWidget(self.unit_note, 1)
        part.box.addLayout(second)
        self.bars = Bars("分组")
        self.bars.opened.connect(lambda point: self._open(self.bars, point))
        self._area: QScrollArea = scrolled(self.bars, "分组的图")
        part.put(self._area)
        return part

    def _time(self) -> Part:
        size = theme.sizes()
        part = Part("变化")
        self.pace = QComboBox()
        self.pace.setAccessibleName("变化多长时间")
        for key, words in TRENDS.items():
            self.pace.addItem(words, key)
        self.pace.setCurrentIndex(self.pace.findData(MONTH))
        self.pace.activated.connect(lambda _: self.load())
        context = EditorContext(self.session, self.jobs, self.window_)
        asked = Field(name="unit", label="单位", type="unit", help="全部单位")
        self.unit = PickEditor(asked, context)
        self.unit.setFixedWidth(size.chars(7.5))
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
        return part

    # ---- what the window asks of a page

    def shows(self, change: Change | None) -> bool:
        return change is None or bool(change.records)

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("前一期", lambda: self.period.step(-1), "Alt+Left", section, "qyq"),
            Command("后一期", lambda: self.period.step(1), "Alt+Right", section, "hyq"),
            Command("选指标", lambda: drop_down(self.figure), "", section, "xzb"),
            Command("选分组", lambda: drop_down(self.group), "", section, "xfz"),
            Command("复制成表", self.copy, "", section, "fzcb"),
            *self.choice.commands(section),
        ]

    def shown_numbers(self) -> list[ShownNumber]:
        if self.found is None:
            return []
        period, ledgers, unit = self._asked()
        drawn = self.bars.points, self.trend.points
        return shown_points(self.found, period, ledgers, unit, drawn)

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    # ---- choosing and reading

    def _other_choice(self) -> None:
        self.window_.settings.set_view(VIEW, dict(self._kept))
        self.load()

    def _asked(self) -> tuple[Any, list[str] | None, str | None]:
        """Period, ledgers and unit as chosen."""
        return self.period.seen, self.choice.ledgers, self.unit.value()

    def load(self) -> None:
        try:
            period, names, unit = self._asked()
        except BadInput as error:
            self.window_.error(error.message)
            return
        session, name, pace, group = (
            self.session, self.choice.name, self.pace.currentData(), self.group.currentData(),
        )
        asked = ChartChoice(name, group, period, names, unit, pace)
        self.jobs.read(
            lambda job: read_charts(session, asked, job), self._take, failed=self.window_.error,
            owner=self, key=VIEW,
        )

    def _take(self, found: ChartNumbers) -> None:
        self.found = found
        figure = found.whole.figure
        when = f"{self.period.period.label}　" if found.has_time else ""
        self.whole_text.setText(f"{when}{figure.label}　{found.words}")
        self.formula.setText(f"{found.formula}。{found.note}" if found.note else found.formula)
        self._fill_units()
        self.trend.setVisible(found.has_time)
        self.nothing.setVisible(not found.has_time)
        self.trend.fill(
            [point_of(v) for v in found.time],
            100.0 if figure.denominator is not None and all_shares(found.time) else None,
        )

    def _fill_units(self) -> None:
        if self.found is None:
            return
        values = list(self.found.units)
        if self.order.currentData():
            values.sort(key=lambda v: (v.number.value is None, -(v.number.value or 0)))
        group = self.found.group
        share = self.found.whole.figure.denominator is not None
        self.bars.fill(
            [point_of(v) for v in values], 100.0 if share and all_shares(values) else None
        )
        words = "这个指标不分组。" if group is None else "本期没有。"
        words, tip = "点一条查看明细，↑ ↓ 选，Enter 打开" if values else words, ""
        if group is not None and group.ledgers is not None and not self.ledger.currentData():
            tip = "、".join(self.session.kinds.get(name).label for name in group.ledgers)
            many = len(group.ledgers)
            words = f"只含{tip}" if many <= FEW_NAMES else f"只含有这一栏的 {many} 种台账"
        self.unit_note.setText(words)
        self.unit_note.setToolTip(tip or words)

    # ---- the rows, the clipboard, paper

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
            if group.key == charts.UNIT and isinstance(point.key, str):
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
            self.window_, self, figure.name, f"{who}{figure.label}　{text}",
            period=period if figure.period else None, unit=unit, ledgers=names, group=line,
        )

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
        group = self.found.group if self.found is not None else None
        return group.label if group is not None else "分组"

    def print_preview(self) -> None:
        """Both charts on paper, with the formula."""
        found = self.found
        if found is None:
            return
        figure, session = found.whole.figure, self.session
        title = f"{self.period.period.label}{figure.label}"
        parts = [
            Drawn("bars", self.bars.points, self.group.currentText()),
            Drawn("trend", self.trend.points if found.time else [], self.pace.currentText()),
        ]
        show_sheet(
            self.window_, title, lambda stream: print_found(session, stream, title, found, parts)
        )
