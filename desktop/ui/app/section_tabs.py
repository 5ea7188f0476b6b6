"""Above the page: the tabs of its section. A section of many ledgers shows the favourites and those
last used; the rest is in its menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QTabBar, QToolButton, QWidget

from desktop.ui.app.navigation import shown_count
from desktop.ui.app.navigation_entries import Entry, SectionEntries
from desktop.ui.kit import theme
from desktop.ui.kit.used_places import LEDGER, UsedPlaces

MOST = 8
"""Tabs of a section; beyond, ledgers give way to those that are used."""


def shown_entries(section: SectionEntries, front: str, used: UsedPlaces) -> list[Entry]:
    """The tabs of a section in their declared order: its pages, and as many of its ledgers as there
    is room for; the open one is always among them."""
    pages = [entry for entry in section.entries if not entry.key.startswith(LEDGER)]
    ledgers = [entry for entry in section.entries if entry.key.startswith(LEDGER)]
    if len(section.entries) > MOST:
        ledgers.sort(key=lambda entry: (entry.key != front, used.rank(entry.key)))
        ledgers = ledgers[: MOST - len(pages)]
    held = {entry.key for entry in (*pages, *ledgers)}
    return [entry for entry in section.entries if entry.key in held]


class _Bar(QTabBar):
    stays = Signal()
    """Arrows go from tab to tab: the keyboard stays here, whatever page comes."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stays.emit()


class SectionTabs(QFrame):
    """One tab a page; hidden where a section has but one."""

    chosen = Signal(str)
    changed = Signal()
    """The favourites are others now."""

    def __init__(
        self, sections: Sequence[SectionEntries], used: UsedPlaces, count_of: Callable[[str], int],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._sections = {key: each for each in sections for key in each.keys}
        self._used, self._count_of = used, count_of
        self._shown: list[Entry] = []
        self._quiet = False
        size = theme.sizes()
        self.setProperty("class", "tabs")
        self.bar = _Bar(self)
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.setAccessibleName("标签")
        self.bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.bar.customContextMenuRequested.connect(self._ask_about)
        self.bar.currentChanged.connect(self._choose)
        self._more = QToolButton(self)
        self._more.setText("更多…")
        self._more.setToolTip("这一类的全部台账")
        self._more.setProperty("class", "link")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(QMenu(self._more))
        self.back = QToolButton(self)
        self.back.setProperty("class", "link")
        self.back.setToolTip("回到打开这条记录的那一页（Alt+←）")
        self.back.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(size.gap, 0, size.gap, 0)
        row.setSpacing(size.gap)
        row.addWidget(self.back)
        row.addWidget(self.bar, 1)
        row.addWidget(self._more)
        self.hide()

    def show_for(self, key: str) -> None:
        """The tabs of the section where a page is, with its own in front."""
        section = self._sections.get(key)
        self.setVisible(section is not None and len(section.entries) > 1)
        if section is None:
            return
        shown = shown_entries(section, key, self._used)
        self._quiet = True
        if shown != self._shown:
            self._fill(shown)
            self._fill_menu(section)
        self.bar.setCurrentIndex([entry.key for entry in shown].index(key))
        self._quiet = False
        self.say_counts()

    def show_way_back(self, name: str) -> None:
        """A button to the page from which the record in front was opened; none without one."""
        self.back.setText(f"‹ 返回{name}")
        self.back.setVisible(bool(name))

    def step(self, by: int) -> None:
        """To the next tab, or the one before; from the last to the first."""
        if self._shown:
            self.bar.setCurrentIndex((self.bar.currentIndex() + by) % len(self._shown))

    def say_counts(self) -> None:
        """What waits, beside the name of each tab."""
        for at, entry in enumerate(self._shown):
            count = self._count_of(entry.key)
            self.bar.setTabText(at, entry.label + (f"　{shown_count(count)}" if count else ""))

    @property
    def shown(self) -> list[Entry]:
        """The tabs, from the left."""
        return self._shown

    @property
    def menu(self) -> QMenu:
        """Everything of the section, where not all of it has a tab."""
        return self._more.menu()

    def _fill(self, shown: list[Entry]) -> None:
        while self.bar.count():
            self.bar.removeTab(0)
        self._shown = shown
        for entry in shown:
            self.bar.addTab(entry.label)

    def _fill_menu(self, section: SectionEntries) -> None:
        """Everything of the section, by family; nothing where all of it is shown."""
        menu = self._more.menu()
        menu.clear()
        self._more.setVisible(len(self._shown) < len(section.entries))
        family = section.entries[0].family
        for entry in section.entries:
            if entry.family != family:
                menu.addSeparator()
                family = entry.family
            menu.addAction(entry.label, partial(self.chosen.emit, entry.key)).setData(entry.key)

    def _choose(self, at: int) -> None:
        if not self._quiet and 0 <= at < len(self._shown):
            self.chosen.emit(self._shown[at].key)

    def _ask_about(self, at: QPoint) -> None:
        place = self.bar.tabAt(at)
        if place < 0 or not self._shown[place].key.startswith(LEDGER):
            return
        key = self._shown[place].key
        liked = key in self._used.favourites
        menu = QMenu(self)
        menu.addAction("取消收藏" if liked else "收藏", lambda: self._like(key, not liked))
        menu.exec(self.bar.mapToGlobal(at))
        menu.deleteLater()

    def _like(self, key: str, on: bool) -> None:
        self._used.like(key, on)
        self.changed.emit()
