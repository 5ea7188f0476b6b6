"""Units over time, for who keeps the register: what each came of and became, and the five changes,
each in clear steps."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from db.model.context import Unit
from db.model.pinyin import matches
from db.units import reorganisation
from db.units.names import UNIT_KIND
from db.units.reorganisation import ABOLISH, CARVE, MERGE, RENAME, SPLIT, WAYS
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, SearchedCard, button, label, scrolled
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of
from desktop.ui.units.unit_change import ChangeDialog

NAME = label_of("units")
BUTTONS = (
    (RENAME, "form-textbox", "只换名称"),
    (MERGE, "call-merge", "几个并成一个"),
    (SPLIT, "call-split", "一个分成几个"),
    (CARVE, "arrow-right-bottom", "划走一部分"),
    (ABOLISH, "close-circle-outline", "不再保留"),
)
"""(way, icon, what it is)."""


class UnitsPage(AdminPage):
    """All units, those that ceased too; what is done to the chosen one beside them."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, NAME,
            "单位更名、合并、拆分、划出、撤销在这里办：从前的数字不变，没有办完的事项有人接。",
        )
        self._wanted: str | None = None
        self.head_buttons.addWidget(
            button("打开单位名册", self._register, icon="office-building-outline"), 0,
            Qt.AlignmentFlag.AlignTop,
        )
        card = SearchedCard("查找单位，支持拼音首字母", "查找单位", self.load)
        self.entry = card.search
        self.entry.returnPressed.connect(self._to_list)
        self.list = ShortList(
            "单位",
            (
                ListColumn("单位", 10, stretch=True),
                ListColumn("上级单位", 7, "muted", stretch=True),
                ListColumn("现状", 4.6, keep=True), ListColumn("撤销时间", 5.6, "muted", keep=True),
            ),
        )
        self.starts_at(self.list)
        card.add(self.list, 1)
        self.side_by_side(card, scrolled(self._side()), 22)
        self.list.chosen.connect(self._show)
        self.list.opened.connect(self._first_button)

    def _side(self) -> QWidget:
        card = Card()
        self.name = card.title
        self.past = card.add(label("", "muted"))
        self.work = card.add(label(""))
        card.box.addSpacing(theme.sizes().gap)
        self.buttons = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.sizes().gap)
        grid.setVerticalSpacing(theme.sizes().gap)
        grid.setColumnStretch(1, 1)
        for row, (way, icon, tip) in enumerate(BUTTONS):
            made = button(
                f"{WAYS[way]}…", partial(self.change, way),
                "danger" if way == ABOLISH else "", icon,
            )
            self.buttons[way] = made
            grid.addWidget(made, row, 0)
            grid.addWidget(label(tip, "muted"), row, 1)
        card.box.addLayout(grid)
        card.box.addStretch(1)
        return card

    # ---- what the window asks of a page

    def shown(self) -> None:
        self.load()
        self.list.setFocus()

    def refresh(self, change: Any) -> None:
        if change is None or UNIT_KIND in change.kinds:
            self.load()
        elif self.isVisible():
            self._show(self.list.line())

    def _to_list(self) -> None:
        self.list.setFocus()

    def commands(self) -> list[Command]:
        return [
            Command(f"单位{WAYS[way]}", partial(self.change, way), section=NAME)
            for way, *_ in BUTTONS
        ] + [Command("查找单位", self.entry.setFocus, "Ctrl+Shift+F", section=NAME, pinyin="czdw")]

    def offers(self, what: str) -> bool:
        return False

    def escape(self) -> None:
        self.entry.clear()
        self.list.setFocus()

    # ---- the list

    def load(self) -> None:
        """The units lie in memory: no worker is needed."""
        units = self.session.names.units()
        typed = self.entry.text().strip()
        lines = []
        for unit in units.values():
            if typed and not any(matches(name, typed) for name in (unit.name, unit.short) if name):
                continue
            above = units[unit.parent].name if unit.parent in units else ""
            texts = (unit.name, above, _state(unit), unit.abolished or "")
            lines.append(Line(unit.uid, texts, unit.uid))
        nothing = (
            ("没有这样的单位", "换一个名称或拼音首字母再找。")
            if typed
            else ("还没有单位", "先在“单位”名册里登记责任单位。")
        )
        self.list.when_empty(*nothing)
        self.list.fill(lines)
        if self._wanted is not None:
            self.select(self._wanted)

    def select(self, uid: str) -> None:
        """Put the cursor on a unit; one that the list does not hold yet waits for it."""
        at = next((i for i, line in enumerate(self.list.lines) if line.key == uid), None)
        self._wanted = None if at is not None else uid
        if at is not None:
            self.list.selectRow(at)

    def _show(self, line: Line | None) -> None:
        self.name.setVisible(line is not None)
        for made in self.buttons.values():
            made.setEnabled(line is not None)
        self.past.setVisible(line is not None)
        self.work.setText("")
        if line is None:
            return
        uid = line.data
        unit = self.session.names.units().get(uid)
        if unit is None:
            return
        self.name.setText(unit.name)
        past = reorganisation.past_of(self.session, uid)
        self.past.setText("\n".join(past) if past else "没有登记过变动。")
        for made in self.buttons.values():
            made.setEnabled(unit.abolished is None)
            made.setToolTip(
                ""
                if unit.abolished is None
                else "已经撤销，不能再变动。撤销日期填错了的，到单位名册里改。"
            )

        self.jobs.read(
            lambda job: reorganisation.count_open(self.session, [uid]),
            lambda found: self._say_work(uid, found), failed=self.window_.error,
            owner=self, key=("units", id(self)),
        )

    def _say_work(self, uid: str, found: int) -> None:
        line = self.list.line()
        if line is not None and line.data == uid:
            unit = self.session.names.units().get(uid)
            gone = (
                unit is not None
                and not unit.active
                and bool(self.session.names.succession.successors(uid))
            )
            some = (
                f"原来名下没有办完的 {found} 件，由承接单位接着办。"
                if gone
                else f"名下没有办完的事项 {found} 件。"
            )
            self.work.setText(some if found else "名下没有在办的事项。")

    def _first_button(self) -> None:
        ready = [made for made in self.buttons.values() if made.isEnabled()]
        if ready:
            ready[0].setFocus()

    def _register(self) -> None:
        line = self.list.line()
        self.window_.go_ledger(UNIT_KIND, select=line.data if line else None)

    # ---- what may be done

    def change(self, way: str) -> None:
        """One of the five changes to the chosen unit, step by step."""
        line = self.list.line()
        if line is None or not self.buttons[way].isEnabled():
            self.window_.toast("先在左边选一个在用的单位。")
            return
        dialog = ChangeDialog(self.window_, way, line.data)
        if dialog.exec() == ChangeDialog.DialogCode.Accepted and dialog.done_plan is not None:
            self.window_.toast(f"已办理{dialog.done_plan.title}", undo=True)
            self.load()
        dialog.deleteLater()


def _state(unit: Unit) -> tuple[str, str]:
    if not unit.active:
        return "已撤销", "grey"
    return ("将撤销", "yellow") if unit.abolished else ("在用", "green")
