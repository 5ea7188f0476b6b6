"""What the pages of administration are made of: a head with actions, cards, a window that waits for
a job."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.kit import accessible, icons, theme
from desktop.ui.kit.page import Page, Window


def hide_unless(shown: bool, widget: QWidget) -> None:
    """Of a part that does not stand in its page yet: to show it by hand would make it a window of
    its own for a moment, which takes the keyboard from the page."""
    if not shown:
        widget.hide()


def button(
    text: str, run: Callable[[], object], look: str = "", icon: str = "", tip: str = ""
) -> QPushButton:
    """A push button: `look` is primary, danger, link or nothing."""
    made = QPushButton(text)
    if look:
        made.setProperty("class", look)
    if icon:
        made.setIconSize(theme.sizes().icon)
        icons.set_icon(
            made,
            icon,
            (
                theme.ON_ACCENT
                if look == "primary"
                else theme.DANGER if look == "danger" else theme.MUTED
            ),
        )
    if tip:
        made.setToolTip(tip)
    made.clicked.connect(lambda: run())
    return made


def label(text: str = "", look: str = "", wrap: bool = True) -> QLabel:
    """A text that can be selected with the mouse; `look` is muted or problem."""
    made = accessible.Problem(text) if look == "problem" else QLabel(text)
    made.setWordWrap(wrap)
    if look:
        made.setProperty("class", look)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class Card(QFrame):
    """A white card with a heading."""

    def __init__(
        self, title: str = "", hint: str = "", *, flush: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self.setProperty("class", "card")
        self.box = QVBoxLayout(self)
        pad = 1 if flush else size.pad
        self.box.setContentsMargins(pad, pad, pad, pad)
        self.box.setSpacing(size.gap)
        self.title = QLabel(title)
        self.title.setFont(theme.scaled(1.05, bold=True))
        self.box.addWidget(self.title)
        self.title.setHidden(not title)
        if hint:
            self.box.addWidget(label(hint, "muted"))

    def add(self, widget: QWidget, stretch: int = 0) -> Any:
        self.box.addWidget(widget, stretch)
        return widget

    def row(self, *widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
        """Widgets side by side, from the left."""
        line = QHBoxLayout()
        line.setSpacing(theme.sizes().gap)
        for widget in widgets:
            line.addWidget(widget)
        if stretch:
            line.addStretch(1)
        self.box.addLayout(line)
        return line


class SearchedCard(Card):
    """A card whose list is narrowed by what is typed above it."""

    def __init__(self, hint: str, name: str, typed: Callable[[], object]) -> None:
        super().__init__(flush=True)
        gap = theme.sizes().gap
        self.search = QLineEdit()
        self.search.setPlaceholderText(hint)
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(name)
        self.search.textChanged.connect(lambda _: typed())
        line = self.row(self.search, stretch=False)
        line.setContentsMargins(gap, gap, gap, 0)


class AdminPage(Page):
    """A page with a heading, a sentence below it, and its actions to the right of both."""

    def __init__(self, window: Window, title: str, hint: str) -> None:
        super().__init__(window)
        size = theme.sizes()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        self.body.setSpacing(size.gap)
        head = QLabel(title)
        head.setFont(theme.scaled(1.3, bold=True))
        self.hint = label(hint, "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(head)
        words.addWidget(self.hint)
        self.head_buttons = QHBoxLayout()
        self.head_buttons.setSpacing(size.gap)
        line = QHBoxLayout()
        line.setSpacing(size.pad)
        line.addLayout(words, 1)
        line.addLayout(self.head_buttons)
        self.body.addLayout(line)
        self._narrow: tuple[QWidget, int] | None = None

    def shown(self) -> None:
        self.take_keyboard()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._narrow is not None:
            narrow, width = self._narrow
            narrow.setFixedWidth(min(width, event.size().width() * 32 // 100))

    def side_by_side(self, wide: QWidget, narrow: QWidget, chars: float) -> None:
        """Two parts that fill the page: one that grows, one of a fixed width, but never over a
        third."""
        self._narrow = (narrow, theme.sizes().chars(chars))
        line = QHBoxLayout()
        line.setSpacing(theme.sizes().gap)
        line.addWidget(wide, 1)
        line.addWidget(narrow)
        self.body.addLayout(line, 1)


class Cards(QWidget):
    """Cards in two columns where the window is wide enough for the size of the font, else one below
    the other; the last ones may each go across.
    """

    def __init__(self, chars: float) -> None:
        super().__init__()
        size = theme.sizes()
        self._cards: tuple[QWidget, ...] = ()
        self._least, self._last_across = size.chars(chars), 0
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, size.gap, 0)
        self._grid.setSpacing(size.gap)

    def put(self, *cards: QWidget) -> None:
        """Show these, one below the other until there is room for two columns."""
        self._cards = cards
        self._lay(1)

    def add_across(self, card: QWidget) -> None:
        """One more below the others, as wide as all."""
        self._cards, self._last_across = (*self._cards, card), self._last_across + 1
        columns, self._columns = self._columns, 0
        self._lay(columns)

    def _lay(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for card in self._cards:
            self._grid.removeWidget(card)
        beside = len(self._cards) - self._last_across
        last = 0
        for at, card in enumerate(self._cards):
            across = at >= beside
            last = -(-beside // columns) + at - beside if across else at // columns
            self._grid.addWidget(
                card, last, 0 if across else at % columns, 1, columns if across else 1
            )
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for row in range(len(self._cards)):
            self._grid.setRowStretch(row, 1 if row == last else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(2 if event.size().width() >= self._least else 1)


def in_order(*widgets: QWidget) -> None:
    """Tab leads from each to the next (the first must take the focus): what is made late stands at
    the end otherwise."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)


def scrolled(widget: QWidget, name: str = "本页内容") -> QScrollArea:
    """A part that may be higher than the page; it takes the focus, so that keys scroll it."""
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setViewportMargins(1, 1, 1, 1)  # for the ring of the focus
    area.setWidget(widget)
    return area


def person(session: Any, login: str) -> str:
    """How a person is called who is known by a login name here, those who have left too."""
    return str(session.names.people().get(session.office_id, {}).get(login, login))


def moment(at: str) -> str:
    """A time as kept (2022-09-05T18:15:03) as people read it: 2022-09-05 18:15."""
    return at[:16].replace("T", " ")
