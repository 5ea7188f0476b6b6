"""Which figure, of which ledger, told apart by what: three choices that follow one another."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox

from db.metrics import charts, own_figures
from desktop.ui.figures.own_figures_list import OwnFiguresDialog
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button, hide_unless

FIRST = "completion_rate"


def _combo(name: str, chars: float) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setMinimumWidth(theme.sizes().chars(chars))
    return made


class FigureChoice(QObject):
    """The page lays out `figure`, `ledger` and `group`; what was chosen last is in ``kept``."""

    changed = Signal()

    def __init__(self, window: Window, kept: dict[str, Any]) -> None:
        super().__init__()
        self._window, self._session, self._kept = window, window.session, kept
        self.own_button = button(
            "自定指标…", self.own, icon="function-variant", tip="本单位自己定的指标"
        )
        hide_unless(self._may_make, self.own_button)
        self.figure, self.ledger, self.group = (
            _combo("指标", 10), _combo("台账", 7), _combo("分组", 6),
        )
        self.figure.setMaxVisibleItems(18)
        self.ledger.setMaximumWidth(theme.sizes().chars(9))
        self.group.setMaxVisibleItems(18)
        self._fill_figures()
        self.figure.activated.connect(lambda _: self._other_figure())
        self.ledger.activated.connect(lambda _: self._other_ledger())
        self.group.activated.connect(lambda _: self._other_group())
        self._fill_ledgers()

    @property
    def name(self) -> str:
        """The chosen figure."""
        return str(self.figure.currentData() or FIRST)

    @property
    def ledgers(self) -> list[str] | None:
        """The chosen ledger; None for all."""
        ledger = self.ledger.currentData()
        return [ledger] if ledger else None

    def choose(self, name: str) -> None:
        """Another figure."""
        self.figure.setCurrentIndex(max(1, self.figure.findData(name)))
        self._other_figure()

    @property
    def _may_make(self) -> bool:
        return self._session.may_write(own_figures.KIND)

    def commands(self, section: str) -> list[Command]:
        """What may be done with figures besides choosing one."""
        return [Command("自定指标", self.own, "", section, "zdzb")] if self._may_make else []

    def own(self) -> None:
        """The figures that the office makes itself; the chosen one stays chosen if it is still
        there."""
        dialog = OwnFiguresDialog(self._window)
        dialog.exec()
        if dialog.changed:
            self._kept["figure"] = self.name
            self.figure.clear()
            self._fill_figures()
            self._fill_ledgers()
            self.changed.emit()
        dialog.deleteLater()

    def _fill_figures(self) -> None:
        """Families as headings that cannot be chosen, their figures below."""
        figures = self.figure.model()
        assert isinstance(figures, QStandardItemModel)
        bold = QFont(QGuiApplication.font())
        bold.setBold(True)
        for family, members in charts.choices(self._session).items():
            head = QStandardItem(f"── {family or '其他'} ──")
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setFont(bold)
            figures.appendRow(head)
            for figure in members:
                self.figure.addItem(figure.label, figure.name)
        wanted = self._kept.get("figure", FIRST)
        at = self.figure.findData(wanted)
        self.figure.setCurrentIndex(at if at >= 0 else 1)

    def _other_figure(self) -> None:
        self._fill_ledgers()
        self._kept["figure"] = self.name
        self.changed.emit()

    def _fill_ledgers(self) -> None:
        kept = self.ledger.currentData()
        kinds = charts.counted_ledgers(self._session, self.name)
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
        for each in charts.groupings(self._session, self.name, [ledger] if ledger else None):
            self.group.addItem(f"按{each.label}", each)
        self.group.setCurrentIndex(max(0, self.group.findText(kept)))
        self.group.setEnabled(self.group.count() > 1)

    def _other_ledger(self) -> None:
        self._fill_groups()
        self.changed.emit()

    def _other_group(self) -> None:
        self._kept["group"] = self.group.currentText()
        self.changed.emit()
