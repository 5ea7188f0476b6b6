"""Units as a tree, each under its superior, with what it and all below it have in hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from db.metrics import metrics
from db.model.context import Unit
from db.model.dates import chinese_date
from db.session import Session
from db.units import tree
from desktop.ui.kit import theme
from desktop.ui.kit.page import ShownNumber

FIGURES = ("in_hand", "open_overdue")
HEADS = ("单位", "类别", "下级单位", "在办", "逾期未结")
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
UID = Qt.ItemDataRole.UserRole


class UnitNumbers(NamedTuple):
    """The units with their depth; unit → it and all below it; unit → figure → value of its own;
    what the sorts of units are called; of which day gone by it is."""

    lines: list[tuple[Unit, int]]
    under: dict[str, list[str]]
    own: dict[str, dict[str, int]]
    words: dict[str, str]
    day: dt.date | None = None

    @property
    def deepest(self) -> int:
        """How deep the tree goes; 0 where all stand at the top."""
        return max((depth for _, depth in self.lines), default=0)

    def below(self, uid: str) -> Sequence[str]:
        """A unit and all below it."""
        return self.under.get(uid, [uid])

    def numbers(self, uid: str) -> list[str]:
        """What a unit and all below it have, figure by figure."""
        here = [self.own[each] for each in self.below(uid) if each in self.own]
        return [str(sum(numbers[name] for numbers in here)) for name in FIGURES]

    def cells(self, unit: Unit) -> list[str]:
        """A unit's line."""
        below = len(self.below(unit.uid)) - 1
        category = self.words.get(unit.level or "", "")
        return [unit.name, category, str(below) if below else "", *self.numbers(unit.uid)]

    @property
    def said(self) -> str:
        """How many they are, in words."""
        return f"{len(self.lines)} 个单位，{self.deepest + 1} 级；数字连同下级单位"

    def paper(self) -> list[tuple[str, ...]]:
        """The lines as they are printed, whatever is folded."""
        lines = ((depth, self.cells(unit)) for unit, depth in self.lines)
        return [(tree.branch(depth) + name, *rest) for depth, (name, *rest) in lines]

    def dated(self, today: dt.date) -> list[str]:
        """What stands over the printed lines: of which day they are."""
        return [f"截至{chinese_date(self.day or today)}，按隶属关系逐级排列。"]

    def shown(self) -> list[ShownNumber]:
        """The numbers of units that have none below them."""
        alone = (unit for unit, _ in self.lines if len(self.below(unit.uid)) == 1)
        return [
            ShownNumber(text, name, metrics.ScopeKeywords(as_of=self.day), ("unit", unit.uid))
            for unit in alone
            for name, text in zip(FIGURES, self.numbers(unit.uid), strict=True) if text != "0"
        ]


def read(session: Session, day: dt.date | None = None) -> UnitNumbers:
    """The tree as it stands today, or at the end of a day gone by."""
    own = {
        str(line.key): {name: int(line.numbers[name].value or 0) for name in FIGURES}
        for line in metrics.table(session, FIGURES, "unit", as_of=day)
    }
    words = tree.categories(session)
    return UnitNumbers(tree.lines(session, day), dict(tree.under(session, day)), own, words, day)


class UnitTree(QTreeWidget):
    """The tree; what was open stays open when it is filled anew."""

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.setAccessibleName("单位层级")
        self.setHeaderLabels(HEADS)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # as far from the edges as the headings
        self.setStyleSheet(
            f"QTreeView::item {{ min-height: {size.row - 4}px; padding: 0 {size.gap}px; }}"
        )
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in range(1, len(HEADS)):
            self.setColumnWidth(place, size.chars(6))
            self.headerItem().setTextAlignment(place, RIGHT if place > 1 else LEFT)

    def fill(self, found: UnitNumbers) -> None:
        """Show other units, folded."""
        self.setUpdatesEnabled(False)
        self.clear()
        above: list[QTreeWidgetItem] = []
        for unit, depth in found.lines:
            item = QTreeWidgetItem(found.cells(unit))
            item.setData(0, UID, unit.uid)
            for place in range(2, len(HEADS)):
                item.setTextAlignment(place, RIGHT)
            del above[depth:]
            if above:
                above[-1].addChild(item)
            else:
                self.addTopLevelItem(item)
            above.append(item)
        first = self.topLevelItem(0)
        if first is not None:
            self.setCurrentItem(first)
        self.setUpdatesEnabled(True)

    def open_to(self, depth: int) -> None:
        """Fold it but for so many levels."""
        self.collapseAll()
        if depth > 0:
            self.expandToDepth(depth - 1)

    def open_ones(self) -> set[str]:
        """The units that are unfolded."""
        return {str(item.data(0, UID)) for item in self._items() if item.isExpanded()}

    def open_again(self, uids: set[str]) -> None:
        """Unfold these and no others."""
        for item in self._items():
            item.setExpanded(str(item.data(0, UID)) in uids)

    def _items(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []
        waiting = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        while waiting:
            item = waiting.pop()
            if item is not None:
                found.append(item)
                waiting += [item.child(n) for n in range(item.childCount())]
        return found
