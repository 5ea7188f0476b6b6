"""What a screen reader is told of widgets that are painted by hand: what they are, and what just
changed in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QAccessibleWidget, QComboBox, QLabel, QStackedWidget, QWidget

from desktop.ui.kit.debounce import pause

REST_MS = 500
CHART, TEXT, PICTURE, ALERT, GROUP, DOCUMENT = (
    QAccessible.Role.Chart, QAccessible.Role.StaticText, QAccessible.Role.Graphic,
    QAccessible.Role.AlertMessage, QAccessible.Role.Grouping, QAccessible.Role.Document,
)
_installed: list[bool] = []
_roles: dict[type, QAccessible.Role] = {}
WidgetT = TypeVar("WidgetT", bound=QWidget)


def accessible_role(role: QAccessible.Role) -> Callable[[type[WidgetT]], type[WidgetT]]:
    """Say of a class of widgets what its widgets are; Qt knows of its own only."""

    def tell(kind: type[WidgetT]) -> type[WidgetT]:
        _roles[kind] = role
        return kind

    return tell


def install() -> None:
    """From now on screen readers get to know what painted widgets are."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_face)


def _face(name: str, thing: QObject) -> QAccessibleWidget | None:
    if not isinstance(thing, QWidget):
        return None
    if isinstance(thing, QComboBox) and not thing.accessibleDescription():
        # on Linux the name of a box is what is chosen in it
        thing.setAccessibleDescription(thing.accessibleName())
    if type(thing) is QStackedWidget:  # "layered pane, no items" is nothing to be told
        return QAccessibleWidget(thing, GROUP)
    role = next((_roles[kind] for kind in type(thing).__mro__ if kind in _roles), None)
    return QAccessibleWidget(thing, role) if role is not None else None


def say(widget: QWidget, text: str) -> None:
    """Have it read out, if somebody listens."""
    if text and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


class Saying:
    """Has something read out once it rests: what changes with every letter would be cut short."""

    def __init__(self, widget: QWidget, tell: Callable[[], str]) -> None:
        self._widget, self._tell = widget, tell
        self._rest: QTimer | None = None

    def soon(self) -> None:
        """Begin to wait, or anew; nothing where nobody listens."""
        if QAccessible.isActive():
            self._rest = self._rest or pause(self._widget, REST_MS, self._say)
            self._rest.start()

    def _say(self) -> None:
        say(self._widget, self._tell())


class Problem(QLabel):
    """What is wrong or was refused, beside where it is mended: read out as it comes, since the
    cursor stays in the entry."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)
        self.setProperty("class", "problem")
        self._saying = Saying(self, lambda: self.text().strip())

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._saying.soon()

    def say(self, text: str) -> None:
        """There is no line for it where nothing is wrong."""
        self.setText(text)
        self.setVisible(bool(text))
