"""The dialogs of 台账设置: a new ledger, a field, what the lights mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from db.errors import BadInput
from db.model import action_sources, due_state
from db.model.declarations import Field, Kind, Lights, called_leader
from db.model.fieldtypes import TYPES
from db.model.fieldtypes.base import FieldType
from db.model.kinds import Kinds
from desktop.ui.kinds import kind_changes
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.dialogs import WorkDialog
from desktop.ui.kit.messages import Dialog

DraftT = TypeVar("DraftT")
PLACES = (("list", "清单"), ("form", "表单"), ("sheet", "工作簿"), ("print", "打印"))
COLOURS = (
    ("green", "绿"), ("yellow", "黄"), ("red", "红"), ("blue", "蓝"), ("purple", "紫"),
    ("grey", "灰"),
)


def _measured(form: FieldType) -> bool:
    """Whether numbers of that type are counted in something."""
    return form.numeric and not form.is_share


def combo(options: Sequence[tuple[str, object]], chosen: object = None) -> QComboBox:
    """A drop-down of (text, value)."""
    box = QComboBox()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


class DraftDialog(WorkDialog, Generic[DraftT]):
    """A form that only gives a new draft: nothing is written until the page is saved."""

    draft: DraftT
    """What was made; only of a form that was accepted."""

    def __init__(self, parent: QWidget, title: str, accept: str) -> None:
        super().__init__(parent, None, title, accept)  # type: ignore[arg-type]

    def read(self) -> DraftT:
        """The draft as the form stands. Raises ``BadInput``."""
        raise NotImplementedError

    def accept(self) -> None:
        try:
            self.draft = self.read()
        except BadInput as error:
            self.refuse(error.message)
            return
        Dialog.accept(self)


class NewKindDialog(DraftDialog[Kind]):
    """Name, family, and the way its records go."""

    def __init__(self, parent: QWidget, kinds: Kinds) -> None:
        super().__init__(parent, "新建台账", "下一步：定栏目")
        self.kinds = kinds
        self.label = QLineEdit()
        self.label.setPlaceholderText("例如：河长巡河台账")
        self.field("台账名称", self.label)
        self.family = QComboBox()
        self.family.setEditable(True)
        self.family.addItems(list(kinds.families()))
        self.family.setCurrentText("工作台账")
        self.field("类别", self.family, "导航栏按类别归类，可以自己写一个新的。")
        self.title_label = QLineEdit("事项名称")
        self.field("名称栏叫什么", self.title_label, "每条记录靠它认出来，清单里排第一。")
        cycles = [
            ("不走流程，只登记", None),
            *((c.label, c.name) for c in kinds.lifecycles if action_sources.fits_any_kind(c)),
        ]
        self.cycle = combo(cycles, "close_out")
        self.field("办理流程", self.cycle)
        self.cycle_words = QLabel()
        self.cycle_words.setWordWrap(True)
        self.cycle_words.setProperty("class", "muted")
        self.cycle_words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.cycle_words.setMinimumHeight(theme.sizes().line * 3)
        self.grid.addWidget(self.cycle_words, self.grid.rowCount(), 1)
        self.book = combo([
            ("工作台账：办公室的人都能看", "office"),
            ("干部人事台账：只有组织人事员和管理员能打开", "personnel"),
        ])
        self.field("存放在", self.book, "建好后不能改。")
        self.with_unit = QCheckBox("有责任单位，导出时按单位分发")
        self.with_unit.setChecked(True)
        self.with_lights = QCheckBox("按完成时限亮灯（绿、黄、红、蓝）")
        self.with_lights.setChecked(True)
        self.grid.addWidget(self.with_unit, self.grid.rowCount(), 1)
        self.grid.addWidget(self.with_lights, self.grid.rowCount(), 1)
        self.close_form()
        self.cycle.currentIndexChanged.connect(lambda at: self._explain())
        self._explain()
        self.label.setFocus()
        self.setMinimumWidth(theme.sizes().chars(36))

    def _explain(self) -> None:
        name = self.cycle.currentData()
        cycle = self.kinds.lifecycle(name) if name else None
        self.cycle_words.setText(cycle.help if cycle else "没有状态，不销号，填了就算。")
        timed = cycle is not None and kind_changes.has_deadline(cycle)
        self.with_lights.setEnabled(timed)
        if not timed:
            self.with_lights.setToolTip(
                "这个流程没有完成时限；先加一个日期栏目，再在“灯号”里选它。"
            )

    def read(self) -> Kind:
        start = kind_changes.Start(
            self.label.text(), self.family.currentText(), self.title_label.text(),
            self.cycle.currentData(), self.book.currentData(), self.with_unit.isChecked(),
            self.with_lights.isChecked() and self.with_lights.isEnabled(),
        )
        kind = kind_changes.started(start, self.kinds)
        kind_changes.check(kind, self.kinds)
        return kind


class FieldDialog(DraftDialog[Kind]):
    """One field. What it holds can no longer be changed once it is kept: what stands in it would be
    lost."""

    def __init__(
        self, parent: QWidget, kinds: Kinds, kind: Kind, field: Field | None, kept: bool
    ) -> None:
        super().__init__(parent, "修改栏目" if field else "添加栏目", "确定")
        self.kinds, self.kind, self.before = kinds, kind, field
        size, initial = theme.sizes(), field or Field(name="", label="", type="text")
        self.label = QLineEdit(initial.label)
        self.field("栏目名称", self.label)
        forms = [each for each in TYPES.values() if each.offered]
        self.form = combo([(f"{each.label}　{each.about}", each.name) for each in forms])
        self.form.setCurrentIndex(max(0, self.form.findData(initial.type)))
        self.form.setEnabled(not kept)
        self.form.setMaxVisibleItems(20)
        self.field(
            "填什么", self.form, "已经保存过，不能再换；要换，请另加一个栏目。" if kept else ""
        )
        self.choices = QPlainTextEdit("\n".join(option.label for option in initial.options))
        self.choices.setPlaceholderText("一行一个选项")
        # The window's style sheet gives all entries a least height, which beats what a widget asks
        # for by itself.
        self.choices.setStyleSheet(f"min-height: {size.line * 5}px;")
        self.choices.setTabChangesFocus(True)
        self.target = combo([(k.label, k.name) for k in kinds if not k.parent], initial.kind)
        self.measure = QComboBox()
        self.measure.setEditable(True)
        self.measure.addItems(list(kind_changes.MEASURES))
        self.measure.setCurrentText(initial.measure or "")
        self._parts: dict[str, tuple[QWidget, Callable[[FieldType], bool]]] = {
            "选项": (self.choices, lambda form: form.listed),
            "关联哪个台账": (self.target, lambda form: form.names_record),
            "计量单位": (self.measure, _measured),
        }
        self._captions: dict[str, QLabel] = {}
        for caption, (entry, _) in self._parts.items():
            at = self.grid.rowCount()
            self._captions[caption] = QLabel(caption)
            self.grid.addWidget(self._captions[caption], at, 0)
            self.grid.addWidget(entry, at, 1)
        owners = [("本办公室填", "issuer"), ("责任单位填（工作簿里不锁）", "responsible")]
        self.owner = combo(owners, initial.owner)
        self.field("谁来填", self.owner)
        self.required = QCheckBox("必填")
        self.required.setChecked(initial.required)
        self.leader = QCheckBox("这一栏写的是牵头领导，各项数字可按它分开数")
        self.leader.setChecked(field is not None and kind_changes.names_leader(field))
        self._said = field is not None and field.leader is not None
        self.leader.clicked.connect(self._say)
        self.label.textChanged.connect(self._guess)
        self.shown = {}
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.pad)
        for name, words in PLACES:
            box = self.shown[name] = QCheckBox(words)
            box.setChecked(field is None or name in field.show)
            row.addWidget(box)
        row.addStretch(1)
        self.field("出现在", holder)
        self.hint = QLineEdit(initial.help)
        self.hint.setPlaceholderText("填的时候看到的一句提示，可以不写")
        self.field("填写提示", self.hint)
        self.grid.addWidget(self.required, self.grid.rowCount(), 1)
        self.grid.addWidget(self.leader, self.grid.rowCount(), 1)
        self.close_form()
        self.form.currentIndexChanged.connect(lambda at: self._fit())
        self._fit()
        self.label.setFocus()
        self.setMinimumWidth(size.chars(36))

    def _say(self) -> None:
        self._said = True

    def _guess(self, label: str) -> None:
        """A name gives the leader away, until a person says."""
        if not self._said:
            self.leader.setChecked(called_leader(label))

    def _fit(self) -> None:
        """Only what the type asks for."""
        now = TYPES[self.form.currentData()]
        for caption, (entry, wanted) in self._parts.items():
            entry.setVisible(wanted(now))
            self._captions[caption].setVisible(wanted(now))
        self.leader.setVisible(now.names_person)
        self.adjustSize()

    def read(self) -> Kind:
        form = TYPES[self.form.currentData()]
        before = self.before
        base = before or Field(name=kind_changes.new_name("x"), label="", type=form.name)
        typed = kind_changes.choices_of(self.choices.toPlainText()) if form.listed else ()
        # A choice that stays keeps its name, so that what was chosen before still reads the same.
        known = {o.label: o for o in base.options}
        made = msgspec.structs.replace(
            base, label=self.label.text(), type=form.name,
            choices=tuple(known.get(text, text) for text in typed),
            choices_from=None if typed != tuple(known) else base.choices_from,
            kind=self.target.currentData() if form.names_record else None,
            measure=(self.measure.currentText().strip() or None) if _measured(form) else None,
            owner=self.owner.currentData(), required=self.required.isChecked(),
            show=tuple(name for name, _ in PLACES if self.shown[name].isChecked()),
            help=self.hint.text().strip(), leader=None,
        )
        # what the label says by itself is not written, so that earlier programs read the field
        leads = self.leader.isChecked() and form.names_person
        if leads != kind_changes.names_leader(made):
            made = msgspec.structs.replace(made, leader=leads)
        kind = kind_changes.with_field(self.kind, made, before.name if before else None)
        kind_changes.check(kind, self.kinds)
        return kind


class LightsDialog(DraftDialog[Kind]):
    """By which date or by how far the work has come, from where on; and what each colour says."""

    def __init__(self, parent: QWidget, kinds: Kinds, kind: Kind) -> None:
        super().__init__(parent, f"「{kind.label}」的灯号", "确定")
        self.kinds, self.kind = kinds, kind
        held = kind.lights
        lights = held or Lights()
        self.on = QCheckBox("这个台账亮灯")
        self.on.setChecked(held is not None)
        self.grid.addWidget(self.on, self.grid.rowCount(), 1)
        self.by = combo(
            [
                ("离时限还有几天", kind_changes.BY_DEADLINE),
                ("进度比时间落后多少", kind_changes.BY_PROGRESS),
            ], lights.by,
        )
        self.field("灯看什么", self.by)
        dates = [(f.label, f.name) for f in kind_changes.dates_of(kind)]
        self.deadline = combo(dates, lights.deadline)
        self.field("到哪天为止", self.deadline)
        self._rows: dict[str, list[QWidget]] = {
            kind_changes.BY_DEADLINE: [], kind_changes.BY_PROGRESS: [],
        }
        self.days = self._number(1, 30, lights.yellow_days, " 天起")
        self._part(kind_changes.BY_DEADLINE, "到期前多少天变灯", self.days)
        self.calendar = combo([("自然日", "calendar"), ("工作日", "workday")], lights.calendar)
        self._part(kind_changes.BY_DEADLINE, "天数按", self.calendar)
        self.start = combo(dates, lights.start)
        self._part(kind_changes.BY_PROGRESS, "从哪天算起", self.start)
        self.progress = combo(
            [(f.label, f.name) for f in kind_changes.shares_of(kind)], lights.progress
        )
        self._part(kind_changes.BY_PROGRESS, "进度看哪一栏", self.progress)
        self.behind = self._number(1, 100, lights.yellow_behind, " 个百分点起")
        self._part(kind_changes.BY_PROGRESS, "落后多少变灯", self.behind)
        self.far_behind = self._number(1, 100, lights.red_behind, " 个百分点以上")
        self._part(
            kind_changes.BY_PROGRESS, "落后多少算严重", self.far_behind, "过了时限总算严重落后。"
        )
        self.colours: dict[str, tuple[QComboBox, QLineEdit]] = {}
        self._captions: dict[str, QLabel] = {}
        for part, words, tone in (
            ("default", "正常", lights.default), ("soon", "临近", lights.soon),
            ("overdue", "超期", lights.overdue), ("closed", "办结", lights.closed),
        ):
            self._colour(part, words, tone, lights.labels.get(tone, ""))
        self.judged_by = combo(
            [(f"看{words}", name) for name, words in due_state.FINISHED.items()], kind.finished
        )
        cycle = kinds.lifecycle(kind.lifecycle) if kind.lifecycle else None
        if cycle is not None and cycle.requested_on:
            self.field(
                "是否按期", self.judged_by,
                "时限内申请、以后审核通过的算按期；退回的、撤回的申请不算。指标的算法里写明。",
            )
        self.close_form()
        for changed in (self.on.toggled, self.by.currentIndexChanged):
            changed.connect(lambda *_: self._fit())
        self._fit()
        self.setMinimumWidth(theme.sizes().chars(36))

    def _number(self, least: int, most: int, value: int, suffix: str) -> QSpinBox:
        box = entry_button.spin_box()
        box.setRange(least, most)
        box.setSuffix(suffix)
        box.setValue(value)
        return box

    def _part(self, way: str, caption: str, entry: QWidget, hint: str = "") -> None:
        """An entry that only one way of lighting asks for, with its caption and hint."""
        before = self.grid.count()
        self.field(caption, entry, hint)
        items = [self.grid.itemAt(n) for n in range(before, self.grid.count())]
        self._rows[way] += [
            w for item in items if item is not None and (w := item.widget()) is not None
        ]

    def _colour(self, part: str, words: str, tone: str, label: str) -> None:
        colour = combo([(text, name) for name, text in COLOURS], tone)
        said = QLineEdit(label)
        said.setPlaceholderText(f"灯旁的字，例如“{words}”")
        self.colours[part] = (colour, said)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        colour.setFixedWidth(theme.sizes().chars(5))
        row.addWidget(colour)
        row.addWidget(said, 1)
        place = self.grid.rowCount()
        self.field(kind_changes.WHEN[self.by.currentData()][part], holder)
        item = self.grid.itemAtPosition(place, 0)
        caption = item.widget() if item is not None else None
        if isinstance(caption, QLabel):
            self._captions[part] = caption

    def _fit(self) -> None:
        """Only what the chosen way asks for."""
        on, way = self.on.isChecked(), self.by.currentData()
        for name, widgets in self._rows.items():
            for each in widgets:
                each.setVisible(name == way)
        entries = (
            self.days, self.calendar, self.start, self.progress, self.behind, self.far_behind,
        )
        for entry in (
            self.by, self.deadline, *entries, *(w for pair in self.colours.values() for w in pair),
        ):
            entry.setEnabled(on)
        for part, caption in self._captions.items():
            caption.setText(kind_changes.WHEN[way][part])
        self.adjustSize()

    def read(self) -> Kind:
        lights = self._lights() if self.on.isChecked() else None
        kind = msgspec.structs.replace(
            self.kind, lights=lights, finished=self.judged_by.currentData()
        )
        kind_changes.check(kind, self.kinds)
        return kind

    def _lights(self) -> Lights:
        if not self.deadline.currentData():
            raise BadInput("这个台账没有日期栏目，先添加一个“完成时限”一类的日期栏目，再设灯号。")
        by = self.by.currentData()
        tones = {part: colour.currentData() for part, (colour, _) in self.colours.items()}
        said_by_tone: dict[str, str] = {}
        for part, (_, entry) in self.colours.items():
            words = entry.text().strip()
            if words and said_by_tone.setdefault(tones[part], words) != words:
                raise BadInput(
                    "两种情形用了同一种颜色，灯旁的字也要一样。请换颜色，或把字改成一样的。"
                )
        lights = msgspec.structs.replace(
            self.kind.lights or Lights(), by=by, deadline=self.deadline.currentData(),
            labels=said_by_tone, **tones,
        )
        if by == kind_changes.BY_DEADLINE:
            return msgspec.structs.replace(
                lights, yellow_days=self.days.value(), calendar=self.calendar.currentData()
            )
        if not self.progress.currentData():
            raise BadInput(
                "这个台账没有百分比栏目，先添加一个“完成进度”一类的百分比栏目，再按进度亮灯。"
            )
        if self.start.currentData() == self.deadline.currentData():
            raise BadInput("“从哪天算起”和“到哪天为止”是同一栏，请各选一个日期栏目。")
        if self.behind.value() > self.far_behind.value():
            raise BadInput("“落后多少变灯”不能大于“落后多少算严重”。")
        return msgspec.structs.replace(
            lights, start=self.start.currentData(), progress=self.progress.currentData(),
            yellow_behind=self.behind.value(), red_behind=self.far_behind.value(),
        )  # fmt: skip
