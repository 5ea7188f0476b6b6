"""A change of a unit in three steps: what it is and from which day, who takes each open item, and
all of it in words before it is done."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.errors import BadInput
from db.model.declarations import Field
from db.units import reorganisation
from db.units.reorganisation import ABOLISH, CARVE, MERGE, RENAME, SPLIT, WAYS, OpenItem, Plan, Wish
from desktop.ui.field_editors.date_entry import DateEditor
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.pickers import Option, PickEditor
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Job, error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button, label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

STEPS = ("填写", "没有办完的事项", "核对")
FORM, ITEMS, CHECK = range(3)
LINE = "<p style='margin: 0 0 5px 0'>{}.　{}</p>"
STAYS = ("留在原单位", "grey")
TONES = ("blue", "green", "purple", "orange", "yellow")
KEYS = 9
SHOWN = 10
"""Characters of a unit's name on a button; the whole name is its tip."""


class ChangeDialog(Dialog):
    """Nothing is written before the last step; then all of it at once, with one undo. ``done_plan``
    is what was done."""

    def __init__(self, window: Window, way: str, unit: str) -> None:
        super().__init__(window, f"单位{WAYS[way]}", "下一步")
        self._session, self._jobs, self._way, self._unit = window.session, window.jobs, way, unit
        self._context = EditorContext(window.session, window.jobs, window)
        self._items: list[OpenItem] = []
        self._shares: dict[str, int] = {}
        self._hands = way in (SPLIT, CARVE)
        self._busy = False
        self.done_plan: Plan | None = None
        size = theme.sizes()
        self.resize(size.chars(52 if self._hands else 40), size.row * (14 if self._hands else 10))
        self.trail = QLabel()
        self.trail.setTextFormat(Qt.TextFormat.RichText)
        self.add(self.trail)
        self.stack = QStackedWidget()
        for page in (self._form(), self._sharing(), self._checking()):
            self.stack.addWidget(page)
        self.add(self.stack, 1)
        for each in self.stack.findChildren(QPushButton):
            each.setAutoDefault(False)  # Enter goes on to the next step, wherever the cursor stands
        self.problem = label("", "problem")
        self.problem.hide()
        self.add(self.problem)
        self.back = QPushButton("上一步")
        self.back.setAutoDefault(False)
        self.back.clicked.connect(self._back)
        self.buttons.addButton(self.back, QDialogButtonBox.ButtonRole.ResetRole)
        self._go(FORM)
        self._first.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Ready to type on after the unit that is there."""
        super().showEvent(event)
        self._first.setFocus()
        if self.units is not None:
            QTimer.singleShot(0, self.units, self._ready_to_type)

    def _ready_to_type(self) -> None:
        if self.units is not None:
            self.units.entry.end(False)

    # ---- the first step

    def _form(self) -> QWidget:
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.sizes().pad)
        self._grid.setVerticalSpacing(theme.sizes().gap)
        self._grid.setColumnStretch(1, 1)
        box.addLayout(self._grid)
        name = self._session.unit_name(self._unit)
        self.units: PickEditor | None = None
        if self._way == MERGE:
            self.units = PickEditor(
                Field(name="merged", label="要合并的单位", type="units"), self._context, many=True
            )
            self.units.set_value((self._unit,))
            self.units.entry.setText(f"{self.units.entry.text()}、")
            self._row("要合并的单位", self.units)
        else:
            self._row("单位", label(name))
        self.day = DateEditor(Field(name="since", label="从哪一天起", type="date"), self._context)
        self.day.set_value(self._session.today)
        self.into: list[QLineEdit] = []
        self.hand_to: PickEditor | None = None
        self._places = QVBoxLayout()
        self._places.setSpacing(theme.sizes().gap)
        caption, hint = {
            RENAME: ("新名称", "单位的全称"), MERGE: ("合并后的单位", "新名称，或选一个已有的单位"),
            SPLIT: ("分成的单位", "新名称，或选一个已有的单位"),
            CARVE: ("划给哪个单位", "新名称，或选一个已有的单位"),
            ABOLISH: ("承接单位", "可以不填；整个接过去，数字也接着算"),
        }[self._way]
        self._hint, self._caption = hint, caption
        places = QWidget()
        places.setLayout(self._places)
        self._places.setContentsMargins(0, 0, 0, 0)
        for _ in range(2 if self._way == SPLIT else 1):
            self._add_place()
        if self._way in (SPLIT, CARVE):
            more = button("再加一个单位", self._add_place, "link", "plus")
            more.setAutoDefault(False)
            self._places.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        self._row(caption, places, top=self._way in (SPLIT, CARVE))
        if self._way == ABOLISH:
            words = "没有承接单位时，可以选一个单位接手"
            self.hand_to = PickEditor(
                Field(name="taker", label="没有办完的事项转给", type="unit", help=words),
                self._context,
            )
            self._row("没有办完的事项转给", self.hand_to)
        self._row("从哪一天起", self.day)
        self._first: QWidget = self.units if self.units is not None else self.into[0]
        box.addWidget(label({
            RENAME: "不要在名册里直接改名：直接改了，从前的通报和数字也会换成新名称。",
            MERGE: "并入已有单位的，在“合并后的单位”里选它；它自己不撤销。",
            SPLIT: "原单位从这一天起撤销。下一步逐件说明没有办完的事项归谁。",
            CARVE: "原单位还在。下一步选出随职能一起划走的事项。",
            ABOLISH: "不是删除：从前的数字仍在它名下，以后不能再交办给它。",
        }[self._way], "muted"))  # fmt: skip
        box.addStretch(1)
        return holder

    def _row(self, caption: str, entry: QWidget, *, top: bool = False) -> None:
        words = QLabel(caption)
        words.setBuddy(entry)
        row = self._grid.rowCount()
        self._grid.addWidget(
            words, row, 0, Qt.AlignmentFlag.AlignTop if top else Qt.AlignmentFlag.AlignVCenter
        )
        self._grid.addWidget(entry, row, 1)

    def _add_place(self) -> None:
        if self._way == RENAME:  # a name that nobody has yet: nothing to propose
            entry = QLineEdit()
            entry.setPlaceholderText(self._hint)
            entry.setAccessibleName(self._caption)
            self._places.insertWidget(len(self.into), entry)
        else:
            made = _Named(
                Field(name="into", label=self._caption, type="unit", help=self._hint), self._context
            )
            self._places.insertWidget(len(self.into), made)
            entry = made.entry
        self.into.append(entry)
        if len(self.into) > 2:
            entry.setFocus()

    # ---- the second step

    def _sharing(self) -> QWidget:
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.sizes().gap)
        self.share_words = label(
            "选中几件（Ctrl+A 全选，Shift 连选），再点归谁，或按数字键；0 是留在原单位。", "muted"
        )
        box.addWidget(self.share_words)
        self._targets = QHBoxLayout()
        self._targets.setSpacing(theme.sizes().gap)
        box.addLayout(self._targets)
        self.list = _Items(self._key)
        box.addWidget(self.list, 1)
        return holder

    def _key(self, digit: int) -> bool:
        if digit > len(self._names()):
            return False
        self._share(digit - 1)
        return True

    def _names(self) -> list[str]:
        return [name for entry in self.into if (name := entry.text().strip())]

    def _show_items(self) -> None:
        while self._targets.count():
            taken = self._targets.takeAt(0)
            widget = taken.widget() if taken is not None else None
            if widget is not None:
                widget.deleteLater()
        for place, name in enumerate([*self._names(), STAYS[0]]):
            number = place + 1 if place < len(self._names()) else 0
            short = name if len(name) <= SHOWN else name[: SHOWN - 1] + "…"
            made = button(f"{number}　{short}", partial(self._share, number - 1), tip=name)
            made.setAutoDefault(False)
            self._targets.addWidget(made)
        self._targets.addStretch(1)
        self._fill_items()

    def _fill_items(self) -> None:
        names, lines = self._names(), []
        self._shares = {uid: place for uid, place in self._shares.items() if place < len(names)}
        for item in self._items:
            place = self._shares.get(item.uid)
            chip = STAYS if place is None else (names[place], TONES[place % len(TONES)])
            due = item.deadline.isoformat() if item.deadline else ""
            title = item.title + (f"（{item.obstacle}）" if item.obstacle else "")
            lines.append(Line(item.uid, (chip, title, item.ledger, item.state, due), item))
        chosen = {line.key for line in self.list.selected()}
        self.list.fill(lines)
        if chosen:
            self.list.select_keys(chosen)

    def _share(self, place: int) -> None:
        stuck = 0
        for line in self.list.selected():
            if line.data.obstacle:
                stuck += 1
            elif place < 0:
                self._shares.pop(line.key, None)
            else:
                self._shares[line.key] = place
        self._fill_items()
        self._say(
            f"其中 {stuck} 件正在申请销号或已中止，现在不能转办，留在原单位。"
            if stuck and place >= 0
            else ""
        )

    # ---- the third step

    def _checking(self) -> QWidget:
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.sizes().gap)
        self.words = label("")
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.warnings = label("")
        self.warnings.setProperty("class", "banner")
        box.addWidget(self.words)
        box.addWidget(self.warnings)
        box.addWidget(label("办理以后发现不对，按 Ctrl+Z 整个退回原样。", "muted"))
        box.addStretch(1)
        return holder

    # ---- going through

    @property
    def step(self) -> int:
        return self.stack.currentIndex()

    def _go(self, step: int) -> None:
        self._say("")
        self.stack.setCurrentIndex(step)
        shown = [(at, name) for at, name in enumerate(STEPS) if self._hands or at != ITEMS]
        looks = {True: f"color: {theme.ACCENT}; font-weight: bold", False: f"color: {theme.MUTED}"}
        parts = [
            f"<span style='{looks[at == step]}'>{number} {name}</span>"
            for number, (at, name) in enumerate(shown, 1)
        ]
        self.trail.setText("　›　".join(parts))
        self.back.setVisible(step != FORM)
        self.ok.setDefault(True)
        self.ok.setText(f"办理{WAYS[self._way]}" if step == CHECK else "下一步")
        if step == ITEMS:
            self.list.setFocus()
        elif step == CHECK:
            self.ok.setFocus()

    def _back(self) -> None:
        self._go(FORM if self.step == ITEMS or not (self._hands and self._items) else ITEMS)

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _wish(self) -> Wish:
        units = (self._unit,) if self.units is None else tuple(self.units.value() or ())
        into = tuple(self._names())
        hand_to = self.hand_to.value() if self.hand_to is not None and not into else None
        day: dt.date | None = self.day.value()
        return Wish(self._way, units, day, into, dict(self._shares), hand_to)

    def accept(self) -> None:
        """On to the next step; at the last one, do it."""
        if self._busy:
            return
        try:
            wish = self._wish()
        except BadInput as error:
            self._say(error.message)
            return
        self._enable(False)
        session = self._session
        if self.step == CHECK:
            self._jobs.write(
                lambda job: reorganisation.carry_out(session, wish), self._done,
                failed=self._failed, owner=self, label=self.windowTitle(),
            )
            return
        after = ITEMS if self.step == FORM and self._hands else CHECK

        def look(job: Job) -> Plan:
            return reorganisation.plan(session, wish)

        self._jobs.read(
            look, lambda ready: self._looked(ready, after), failed=self._failed, owner=self,
            key=("unit change", id(self)),
        )

    def _looked(self, ready: Plan, after: int) -> None:
        self._enable(True)
        self._items = list(ready.items)
        if after == ITEMS and not self._items:
            after = CHECK
        if after == ITEMS:
            self._show_items()
        else:
            self.words.setText(
                "".join(
                    LINE.format(number, html.escape(text))
                    for number, text in enumerate(ready.words, 1)
                )
            )
            self.warnings.setText("\n".join(ready.warnings))
            self.warnings.setVisible(bool(ready.warnings))
        self._go(after)

    def _done(self, plan: Plan) -> None:
        self.done_plan = plan
        super().accept()

    def _failed(self, error: Exception) -> None:
        self._enable(True)
        self._say(error_text(error))

    def _enable(self, on: bool) -> None:
        self._busy = not on
        self.ok.setEnabled(on)
        self.back.setEnabled(on)


class _Named(PickEditor):
    """The name of a unit, known or new: known ones are proposed, and none is taken for a new name
    that was typed."""

    def _offer(self, options: list[Option]) -> None:
        super()._offer(options)
        if self._proposals is not None:
            self._proposals.list.setCurrentIndex(QModelIndex())


class _Items(ShortList):
    """The open items; a digit says who takes the selected ones."""

    def __init__(self, digit: Callable[[int], bool]) -> None:
        super().__init__(
            "没有办完的事项",
            (
                ListColumn("归谁", 8, keep=True), ListColumn("事项", 14, stretch=True),
                ListColumn("台账", 5, "muted", keep=True),
                ListColumn("状态", 4, "muted", keep=True), ListColumn("时限", 5.5, keep=True),
            ),
            several=True,
        )
        self._digit = digit
        self.setMinimumHeight(theme.sizes().row * 7)

    def select_keys(self, keys: set[object]) -> None:
        """Select these lines again after they were filled anew."""
        wanted = QItemSelection()
        last = self.model().columnCount() - 1
        for row, line in enumerate(self.lines):
            if line.key in keys:
                wanted.select(self.model().index(row, 0), self.model().index(row, last))
        self.selectionModel().select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # for the dialog: on to the next step
            return
        digit = event.key() - Qt.Key.Key_0
        if (
            0 <= digit <= KEYS
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            and self._digit(digit)
        ):
            return
        super().keyPressEvent(event)
