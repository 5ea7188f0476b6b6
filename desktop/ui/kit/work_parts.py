"""What the pages of daily work share: a compact head with the period beside it, a small figure
strip, a card of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from db.store.journal import Change
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.flow_layout import Head
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.page_parts import button, label


class WorkPage(Page):
    """A page with its name, what chooses its period, and its actions in one line; its parts fill
    the rest. It is read anew when it comes to the front, and while it is there at each change that
    it shows."""

    def __init__(self, window: Window, title: str) -> None:
        super().__init__(window)
        size = theme.sizes()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        self.body.setSpacing(size.gap)
        bar = QWidget()  # its own widget: PySide loses the items of a layout inside a layout
        self.head = Head(bar, size.gap)
        name = QLabel(title)
        name.setFont(theme.scaled(1.3, bold=True))
        self.head.addWidget(name)
        self.body.addWidget(bar)

    def load(self) -> None:
        """Read anew what it shows."""
        raise NotImplementedError

    def shows(self, change: Change | None) -> bool:
        """Whether what it shows may be another after a change; None: after anything."""
        return True

    def shown(self) -> None:
        self.load()
        self.take_keyboard()

    def refresh(self, change: Change | None) -> None:
        if self.isVisible() and self.shows(change):
            self.load()

    def act(self, text: str, run: Any, look: str = "", icon: str = "", tip: str = "") -> Any:
        """One more button at the right of the head. What it does waits for what is being read: no
        button for what only shows the same otherwise."""
        made = button(text, lambda: self.jobs.once_read(self, run), look, icon, tip)
        self.head.addWidget(made)
        return made


@accessible.accessible_role(accessible.TEXT)
class Strip(QFrame):
    """A few numbers with their words in one line."""

    def __init__(self, *parts: tuple[str, str]) -> None:
        super().__init__()
        self._parts = list(parts)
        self._numbers: list[str] = ["…"] * len(parts)
        self.setProperty("class", "card")
        self.setFixedHeight(round(theme.sizes().line * 2.2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def fill(self, numbers: Sequence[object]) -> None:
        self._numbers = [str(number) for number in numbers]
        words = "，".join(
            f"{word} {number}" for (word, _), number in zip(self._parts, self._numbers, strict=True)
        )
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def say(self, at: int, word: str) -> None:
        """Another word for one of the numbers."""
        self._parts[at] = (word, self._parts[at][1])
        self.update()

    @property
    def numbers(self) -> list[str]:
        return list(self._numbers)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = theme.sizes()
        painter = QPainter(self)
        small, large = theme.scaled(1.0), theme.scaled(1.35, bold=True)
        wide = [
            QFontMetrics(small).horizontalAdvance(word)
            + size.gap
            + QFontMetrics(large).horizontalAdvance(number)
            for (word, _), number in zip(self._parts, self._numbers, strict=True)
        ]
        gap = (self.width() - sum(wide) - size.pad * 2) / max(1, len(wide))
        left = float(size.pad)
        for (word, tone), number, width in zip(self._parts, self._numbers, wide, strict=True):
            painter.setFont(small)
            painter.setPen(theme.tone("grey")[0])
            painter.drawText(
                self.rect().adjusted(round(left), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), word
            )
            at = round(left) + painter.fontMetrics().horizontalAdvance(word) + size.gap
            painter.setFont(large)
            painter.setPen(theme.tone(tone)[0])
            painter.drawText(
                self.rect().adjusted(at, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), number
            )
            left += width + max(0.0, gap)
        painter.end()


class Part(QFrame):
    """A white card: a heading with its buttons in one line, a list or an entry below."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        size = theme.sizes()
        self.setProperty("class", "card")
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(1, size.gap // 2, 1, 1)
        self.box.setSpacing(size.gap // 2)
        self.line = QHBoxLayout()
        self.line.setContentsMargins(size.gap, 0, size.gap, 0)
        self.line.setSpacing(size.gap)
        self.title = QLabel(title)
        self.title.setFont(theme.scaled(1.05, bold=True))
        self.title.setMinimumHeight(size.field + 2)
        self.line.addWidget(self.title)
        self.line.addStretch(1)
        self.box.addLayout(self.line)

    def put(self, widget: QWidget, stretch: int = 1) -> Any:
        self.box.addWidget(widget, stretch)
        return widget

    def button(self, text: str, run: Any, look: str = "", icon: str = "", tip: str = "") -> Any:
        made = button(text, run, look, icon, tip)
        self.line.addWidget(made)
        return made


class Notice(QFrame):
    """A line that stands above the lists while something waits, with what can be done about it."""

    def __init__(self, tone: str = "orange") -> None:
        super().__init__()
        size = theme.sizes()
        ink, ground = theme.TONES[tone]
        self.setObjectName("notice")
        self.setStyleSheet(
            f"#notice {{ background: {ground}; border: 0; border-radius: {size.gap // 2}px; }}"
            f" #notice QLabel {{ color: {ink}; }}"
        )
        self.text = label("", "", wrap=True)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(size.pad, size.gap // 2, size.gap, size.gap // 2)
        self.row.setSpacing(size.gap)
        self.row.addWidget(self.text, 1)
        self.hide()

    def say(self, text: str) -> None:
        self.text.setText(text)
        self.setVisible(bool(text))

    def button(self, text: str, run: Any, look: str = "") -> Any:
        made = button(text, run, look)
        self.row.addWidget(made)
        return made


def short_name(session: Any, unit: str | None) -> str:
    """A unit by its short name where it has one: narrow lists have no room for more."""
    found = session.names.every_unit().get(unit)
    return (
        (found.short or found.name)
        if found is not None
        else (session.unit_name(unit) if unit else "")
    )
