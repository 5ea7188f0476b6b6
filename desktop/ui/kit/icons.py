"""Icons drawn from one icon font (Material Design Icons, a file of qtawesome) after the first
paint.

Only the file and its table of names are used: importing the package costs as much as the login. The
table is read in a worker, each picture is drawn when first asked for, and what waits is drawn in
portions, so that the window goes on.
"""

from __future__ import annotations

import importlib.util
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6 import QtCore
from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPixmap

from desktop.ui.kit import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon, QPixmap


FACE, TABLE, MISSING = "materialdesignicons6-*.ttf", "materialdesignicons6-*.json", "circle-small"
PORTION_SECONDS = 0.008
_waiting: deque[tuple[Any, str, str]] = deque()
_callers: deque[tuple[QObject, Callable[[], object]]] = deque()
_drawn: dict[tuple[str, str, int], QIcon] = {}
_table: dict[str, str] = {}
_family = ""
_open = False
_scheduled = False


def set_icon(target: QObject, name: str, colour: str = "") -> None:
    """Give a button or action the icon of that name, now or as soon as icons are drawn."""
    if _family and _open:
        target.setIcon(icon(name, colour))  # type: ignore[attr-defined]
        return
    _waiting.append((target, name, colour))
    _schedule()


def when_painted(draw: Callable[[], object], owner: QObject) -> None:
    """Call `draw` once what is in front is painted, if its owner is still there."""
    if _family and _open:
        draw()
        return
    _callers.append((owner, draw))
    _schedule()


def draw_ahead(names: Iterable[str], colour: str = "") -> None:
    """Have these at hand, drawn after what waits, so that a page of many does not hold up the
    window."""
    _waiting.extend((None, name, colour) for name in names)
    _schedule()


def ready() -> bool:
    """Whether icons can be drawn without loading anything."""
    return bool(_family) and _open


def resume_drawing() -> None:
    """The first paint is over: icons may be drawn from now on."""
    global _open
    _open = True
    _schedule()


def defer_drawing() -> None:
    """Something is about to be painted for the first time: what is not drawn yet waits for it."""
    global _open
    _open = False


def read_table() -> None:
    """Read the names of the icons; for a worker, since it takes 20 ms."""
    if not _table:
        held = json.loads(next(_folder().glob(TABLE)).read_text("utf-8"))
        _table.update({name: chr(int(code, 16)) for name, code in held.items()})


def icon(name: str, colour: str = "") -> QIcon:
    """The icon at once; loads the font when it must."""
    side, colour = theme.sizes().icon.width(), colour or theme.MUTED
    key = (name, colour, side)
    if key not in _drawn:
        _drawn[key] = QIcon(pixmap(name, colour, side, _scale()))
    return _drawn[key]


def pixmap(name: str, colour: str, side: int, scale: float = 1.0) -> QPixmap:
    """One picture of `side` logical pixels, for painting by hand."""
    _load()
    drawn = QPixmap(QSize(round(side * scale), round(side * scale)))
    drawn.setDevicePixelRatio(scale)
    drawn.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    face = QFont(_family)
    face.setPixelSize(side)
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(
        0, 0, side, side, QtCore.Qt.AlignmentFlag.AlignCenter,
        _table.get(name) or _table[MISSING],
    )
    painter.end()
    return drawn


def _scale() -> float:
    app = QGuiApplication.instance()
    return app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0


def _folder() -> Path:
    found = importlib.util.find_spec("qtawesome")
    places = found.submodule_search_locations if found is not None else None
    if not places:
        raise FileNotFoundError("qtawesome/fonts")
    return Path(next(iter(places))) / "fonts"


def _load() -> None:
    global _family
    if not _family:
        read_table()
        number = QFontDatabase.addApplicationFont(str(next(_folder().glob(FACE))))
        _family = QFontDatabase.applicationFontFamilies(number)[0]


def _schedule() -> None:
    global _scheduled
    if _open and not _scheduled and (_waiting or _callers):
        _scheduled = True
        QTimer.singleShot(0, _draw_waiting)


def _draw_waiting() -> None:
    global _scheduled
    _scheduled = False
    _load()
    end = time.perf_counter() + PORTION_SECONDS
    while _callers and time.perf_counter() < end:
        owner, draw = _callers.popleft()
        if shiboken6.isValid(owner):
            draw()
    while _waiting and time.perf_counter() < end:
        target, name, colour = _waiting.popleft()
        if target is None:
            icon(name, colour)
        elif shiboken6.isValid(target):
            target.setIcon(icon(name, colour))
    _schedule()
