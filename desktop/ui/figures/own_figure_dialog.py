"""A figure of the office's own, made by choosing: which ledger, which records of it, what of them
is counted, by which day; its formula and this year's value stand below while it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QWidget

from db.errors import BadInput
from db.metrics import charts, metrics, own_figures
from db.metrics.metrics import Number
from db.model.declarations import Figure
from db.session import Session
from desktop.ui.bulletin.figure_picker import ask_figure
from desktop.ui.figures import own_figure_choices
from desktop.ui.figures.condition_bar import ConditionBar
from desktop.ui.kinds.dialogs import combo
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.dialogs import WorkDialog, narrow
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.page_parts import button, label
from desktop.ui.record_form.unsaved_entries import NEW, Drafts, Raw, Typing

SHARE = "share"
WAYS = (
    ("记录数", "rows"), ("不同的值有几个", "distinct"), ("合计", "sum"), ("平均", "mean"),
    ("最近一次的数", "latest"), ("另外两个指标之比", SHARE),
)
OVER = (
    ("本期发生的", "events"), ("统计截止日在位的", "standing"), ("本期内任何时候在位的", "during"),
)
PAUSE_MS = 300
EXPERT = "这个指标用了这里没有的写法，只能用命令 define 改。"


def _row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.sizes().gap)
    for widget in widgets:
        line.addWidget(widget)
    line.addStretch(1)
    return holder


class OwnFigureDialog(WorkDialog):
    """``figure``: the one that is changed, None for a new one."""

    def __init__(
        self, parent: QWidget, session: Session, jobs: Jobs, figure: Figure | None = None
    ) -> None:
        super().__init__(parent, jobs, "修改指标" if figure else "新建指标", "保存")
        self._session = session
        self._kept = figure or Figure(name=own_figures.fresh_name(), label="")
        self._share = ["", ""]
        self._shut = figure is not None and not own_figure_choices.is_simple(figure)
        size = theme.sizes()
        self.setMinimumWidth(size.chars(46))
        self.name = QLineEdit()
        self.name.setPlaceholderText("例如：上级交办积案")
        self.field("名称", self.name)
        self.way = combo(WAYS)
        self.of = combo(())
        self.by = combo(())
        self.field("数什么", _row(self.way, self.of, self.by))
        self.kind = combo(own_figure_choices.countable_ledgers(session))
        self.kind.setMaxVisibleItems(18)
        self._ledger_row = self._captioned("哪个台账", self.kind)
        self.conditions: ConditionBar | None = None
        self._place = QWidget()
        self._box = QHBoxLayout(self._place)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._conditions_row = self._captioned("只数", self._place)
        self.period = combo(())
        self.over = combo(OVER)
        self.until = combo(())
        self._period_row = self._captioned("分期", _row(self.period, self.over, self.until))
        self._parts = [button("", partial(self._pick, at)) for at in (0, 1)]
        for each in self._parts:
            each.setAutoDefault(False)
        self._share_row = self._captioned(
            "分子 ÷ 分母", _row(self._parts[0], QLabel("÷"), self._parts[1])
        )
        self.groups = QPushButton()
        self.groups.setAutoDefault(False)
        self.groups.setMenu(QMenu(self.groups))
        self.groups.menu().aboutToShow.connect(self._fill_groups)
        self._by: list[str] = []
        self.measure = QLineEdit()
        self.measure.setAccessibleName("单位")
        self.scale = combo((("原数", ""), ("以万计", "万"), ("以亿计", "亿")))
        self.places = entry_button.spin_box()
        self.places.setAccessibleName("小数位数")
        self.places.setRange(0, 6)
        self.field("分组", _row(
            self.groups, QLabel("计量单位"), narrow(self.measure, 5), self.scale,
            QLabel("小数"), self.places,
        ))  # fmt: skip
        self.formula = label("", "muted")
        self.field("算法", self.formula)
        self.value = label("")
        self.field("今年", self.value)
        self.close_form()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PAUSE_MS)
        self._wait.timeout.connect(self._try)
        self._show(self._kept)
        self._listen()
        self.work = self._work
        self._began = self._typed()
        Typing(
            self, Drafts(session, jobs, "own-figures"), figure.name if figure else NEW,
            lambda: {} if self._typed() == self._began else self._typed(),
            lambda raw: self._show(msgspec.convert(raw["figure"], Figure)),
        )
        if self._shut:
            self.say(EXPERT, muted=True)
            self.ok.setEnabled(False)
        self.name.setFocus()

    def _show(self, figure: Figure) -> None:
        """Every entry as the figure has it."""
        self._share = list(figure.share_of) or ["", ""]
        for entry, text in ((self.name, figure.label), (self.measure, figure.measure)):
            entry.setText(text)
        for box, value in (
            (self.way, SHARE if figure.share_of else own_figure_choices.way(figure)),
            (self.kind, (*figure.kinds, None)[0]), (self.over, figure.over),
            (self.scale, figure.scale),
        ):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.blockSignals(False)
        self.places.setValue(figure.places)
        self._other_kind(figure)

    def _typed(self) -> Raw:
        """What stands in the form, to be kept over a lock."""
        return {"figure": msgspec.to_builtins(self._whole())}

    def _captioned(self, caption: str, entry: QWidget) -> tuple[QWidget, ...]:
        """A row that can be hidden with its caption."""
        self.field(caption, entry)
        item = self.grid.itemAtPosition(self.grid.rowCount() - 1, 0)
        before = item.widget() if item is not None else None
        return (before, entry) if before is not None else (entry,)

    def _listen(self) -> None:
        self.way.currentIndexChanged.connect(lambda _: self._other_way())
        self.kind.currentIndexChanged.connect(lambda _: self._other_kind(None))
        for box in (self.of, self.by, self.period, self.over, self.until, self.scale):
            box.currentIndexChanged.connect(lambda _: self._changed())
        for entry in (self.name, self.measure):
            entry.textChanged.connect(lambda _: self._changed())
        self.places.valueChanged.connect(lambda _: self._changed())

    # ---- what follows what

    def _other_kind(self, kept: Figure | None) -> None:
        """Fields of another ledger; those of ``kept`` are chosen."""
        kind = self._session.kinds.get(self.kind.currentData())
        if self.conditions is not None:
            self._box.removeWidget(self.conditions)
            self.conditions.deleteLater()
        self.conditions = ConditionBar(self._session, self._jobs, kind.name)
        self._box.addWidget(self.conditions, 1)
        self.conditions.changed.connect(self._changed)
        whole = kept or Figure(name="", label="")
        fill(self.period, own_figure_choices.periods(self._session, kind), whole.period or "")
        ends = (("没有离位日期", ""), *own_figure_choices.days(kind))
        fill(self.until, ends, whole.until or whole.gone)
        fill(self.by, own_figure_choices.newest_by(kind), whole.by)
        self._by = list(whole.group_by)
        self._other_way(kept)
        if kept is not None:
            self.conditions.set(own_figure_choices.wheres(kept, kind))

    def _other_way(self, kept: Figure | None = None) -> None:
        way = self.way.currentData()
        kind = self._session.kinds.get(self.kind.currentData())
        fields = own_figure_choices.counted(kind, way)
        fill(
            self.of, fields,
            own_figure_choices.counted_field(kept) if kept else self.of.currentData(),
        )
        self.of.setVisible(bool(fields))
        self.by.setVisible(way == "latest")
        for row, shown in (
            (self._ledger_row, way != SHARE), (self._conditions_row, way != SHARE),
            (self._period_row, way != SHARE), (self._share_row, way == SHARE),
        ):
            for widget in row:
                widget.setVisible(shown)
        self.measure.setEnabled(way != SHARE)
        self.scale.setEnabled(way != SHARE)
        self._show_parts()
        self._changed()

    def _changed(self) -> None:
        self.until.setVisible(
            self.over.currentData() != "events" and self.way.currentData() != SHARE
        )
        self.over.setEnabled(bool(self.period.currentData()))
        self._show_groups()
        self._wait.start()
        QTimer.singleShot(0, self._grow)

    def _grow(self) -> None:
        """As high as its conditions and its formula are."""
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()
            wanted = layout.totalHeightForWidth(self.width())
            most = self.screen().availableGeometry().height() * 9 // 10
            self.resize(self.width(), max(self.height(), min(wanted, most)))

    # ---- a share of two

    def _pick(self, at: int) -> None:
        chosen = ask_figure(self, self._session, self._jobs)
        if chosen is not None:
            self._share[at] = chosen[0]
            self._show_parts()
            self._changed()

    def _show_parts(self) -> None:
        known = metrics.declared(self._session)
        for name, shown in zip(self._share, self._parts, strict=True):
            shown.setText(known.get(name).label if name and name in known else "选指标…")

    # ---- groups

    def _groupings(self) -> list[tuple[str, str]]:
        try:
            figure = msgspec.structs.replace(self.read(), group_by=())
            found = own_figures.groupings(self._session, figure)
        except BadInput:
            return []
        return [(each.key, each.label) for each in found]

    def _fill_groups(self) -> None:
        menu = self.groups.menu()
        menu.clear()
        for key, text in self._groupings():
            action = menu.addAction(f"按{text}")
            action.setCheckable(True)
            action.setChecked(not self._by or key in self._by)
            action.toggled.connect(lambda on, key=key: self._group(key, on))
        if menu.isEmpty():
            menu.addAction("没有可以分组的栏目").setEnabled(False)

    def _group(self, key: str, on: bool) -> None:
        every = [each for each, _ in self._groupings()]
        wanted = set(self._by or every) - {key} | ({key} if on else set())
        self._by = [] if not wanted or wanted == set(every) else [e for e in every if e in wanted]
        self._changed()

    def _show_groups(self) -> None:
        self.groups.setText(f"可按 {len(self._by)} 种分组" if self._by else "怎么分组都行")

    # ---- reading and trying

    def read(self) -> Figure:
        """The figure as the form stands. Raises ``BadInput``."""
        if self._shut:
            raise BadInput(EXPERT)
        if not self.name.text().strip():
            raise BadInput("请填指标名称。", field="label")
        return self._whole()

    def _whole(self) -> Figure:
        whole = Figure(
            name=self._kept.name, label=self.name.text().strip(), family=self._kept.family,
            places=self.places.value(), group_by=tuple(self._by),
        )
        if self.way.currentData() == SHARE:
            return msgspec.structs.replace(whole, share_of=tuple(self._share))
        assert self.conditions is not None
        period = self.period.currentData() or None
        over = self.over.currentData() if period else "events"
        end = self.until.currentData() if over != "events" else ""
        kind = self._session.kinds.get(self.kind.currentData())
        return msgspec.structs.replace(
            whole, kinds=(kind.name,), period=period, over=over,
            count=own_figure_choices.count(self.way.currentData(), self.of.currentData()),
            by=self.by.currentData() if self.way.currentData() == "latest" else "",
            where=own_figure_choices.filters(self.conditions.query().where, kind),
            measure=self.measure.text().strip(), scale=self.scale.currentData(),
            **own_figure_choices.ending(kind, end),
        )

    def _try(self) -> None:
        """The formula and the value, or what is missing still."""
        if self._shut:
            self.formula.setText(self._kept.formula)
            return
        try:
            figure = self.read()
        except BadInput as error:
            self._missing(error)
            return
        session = self._session
        self._jobs.read(
            lambda job: own_figures.trial(session, figure), self._told, failed=self._missing,
            owner=self, key="own-figure",
        )

    def _told(self, found: tuple[str, Number]) -> None:
        self.formula.setText(found[0])
        self.value.setText(charts.text(found[1]))
        self._grow()

    def _missing(self, error: Exception) -> None:
        self.formula.setText(str(error))
        self.value.setText("—")

    def _work(self) -> Callable[[Job], None]:
        figure, session = self.read(), self._session
        return lambda job: own_figures.save(session, figure)


def fill(box: QComboBox, options: Sequence[tuple[str, object]], chosen: object) -> None:
    """Other options, one of them chosen."""
    box.blockSignals(True)
    box.clear()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)

