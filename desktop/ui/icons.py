"""Icons drawn from one icon font after the first paint: importing it earlier would delay the window by a third.

Widgets ask with `dress(widget, name)`; the picture comes when the font is there. Pictures are rendered once per
size, so painting a toolbar runs no Python.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import shiboken6
from PySide6.QtCore import QObject, QTimer

from desktop.ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon, QPixmap


class Dressable(Protocol):
    """A button or action that carries a picture."""

    def setIcon(self, icon: QIcon) -> None: ...


MISSING = "circle-small"
_waiting: deque[tuple[Any, str, str]] = deque()
_callers: deque[tuple[QObject, Callable[[], None]]] = deque()
_drawn: dict[tuple[str, str, int], QIcon] = {}
_font: Any = None
_open = False


def dress(target: QObject, name: str, colour: str = theme.MUTED) -> None:
    """Give a button or action the icon of that name (Material Design Icons), now or as soon as icons are drawn."""
    if _font is not None:
        target.setIcon(icon(name, colour))  # type: ignore[attr-defined]
        return
    _waiting.append((target, name, colour))
    if _open:
        QTimer.singleShot(0, _draw_waiting)


def dress_later(draw: Callable[[], None], owner: QObject) -> None:
    """Call `draw` when icons may be drawn, if its owner is still there."""
    if _font is not None:
        draw()
        return
    _callers.append((owner, draw))
    if _open:
        QTimer.singleShot(0, _draw_waiting)


def open_gate() -> None:
    """The first paint is over: icons may be drawn from now on."""
    global _open
    if not _open:
        _open = True
        QTimer.singleShot(0, _draw_waiting)


def icon(name: str, colour: str = theme.MUTED) -> QIcon:
    """The icon at once; loads the font when it must."""
    from PySide6.QtGui import QIcon  # late: see `start`

    side = theme.sizes().icon.width()
    key = (name, colour, side)
    if key not in _drawn:
        made = QIcon()
        for scale in (1, 2):
            made.addPixmap(_picture(name, colour, side, scale))
        made.addPixmap(_picture(name, theme.FAINT, side, 1), QIcon.Mode.Disabled)
        _drawn[key] = made
    return _drawn[key]


def pixmap(name: str, colour: str, side: int, scale: float = 1.0) -> QPixmap:
    """One picture of `side` logical pixels, for painting by hand."""
    return _picture(name, colour, side, scale)


def _picture(name: str, colour: str, side: int, scale: float) -> QPixmap:
    from PySide6.QtCore import QSize, Qt  # late: see `start`
    from PySide6.QtGui import QColor, QPainter, QPixmap

    font = _load()
    char = font.charmap["mdi6"].get(name) or font.charmap["mdi6"][MISSING]
    drawn = QPixmap(QSize(round(side * scale), round(side * scale)))
    drawn.setDevicePixelRatio(scale)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    face = font.font("mdi6", side)
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(0, 0, side, side, Qt.AlignmentFlag.AlignCenter, char)
    painter.end()
    return drawn


def _load() -> Any:
    """The one font of qtawesome that is used; its package-level loader would load all of them."""
    global _font
    if _font is None:
        from qtawesome import iconic_font  # late: 130 ms

        folder = Path(iconic_font.__file__).parent / "fonts"
        face = next(folder.glob("materialdesignicons6-*.ttf"))
        charmap = next(folder.glob("materialdesignicons6-*.json"))
        _font = iconic_font.IconicFont(("mdi6", face.name, charmap.name))
    return _font


def _draw_waiting() -> None:
    _load()
    while _waiting:
        target, name, colour = _waiting.popleft()
        if shiboken6.isValid(target):
            target.setIcon(icon(name, colour))
    while _callers:
        owner, draw = _callers.popleft()
        if shiboken6.isValid(owner):
            draw()
