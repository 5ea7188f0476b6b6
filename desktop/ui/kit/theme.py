"""How the window looks: the palette in use, sizes that follow the font, the style sheet.

Every length is a multiple of the font's height, so the same window holds at 9 and at 14 points.
"""

from __future__ import annotations

import contextlib
import lzma
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from PySide6 import QtCore
from PySide6.QtCore import QLibraryInfo, QSize, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette, QRawFont
from PySide6.QtWidgets import QApplication

import resources
from desktop.ui.kit.colours import LIGHT, LOOKS, Colours

if sys.platform == "win32":
    import winreg

SYSTEM = "system"
HIGH_CONTRAST = r"Control Panel\Accessibility\HighContrast"

ACCENT = LIGHT.accent
ACCENT_PALE = LIGHT.accent_pale
CARD = LIGHT.card
DANGER = LIGHT.danger
DANGER_LINE = LIGHT.danger_line
DESK = LIGHT.desk
FAINT = LIGHT.faint
GROUND = LIGHT.ground
HINT = LIGHT.hint
HOVER = LIGHT.hover
LINE = LIGHT.line
LINE_STRONG = LIGHT.line_strong
MUTED = LIGHT.muted
OFF = LIGHT.off
ON_ACCENT = LIGHT.on_accent
SELECTED = LIGHT.selected
SELECTED_IDLE = LIGHT.selected_idle
STRIPE = LIGHT.stripe
TEXT = LIGHT.text
TRACK = LIGHT.track
EDGE = LIGHT.edge
ICONS = LIGHT.icons
TONES = LIGHT.tones
LAMPS = LIGHT.lamps


def wear(look: str) -> None:
    """Take the colours of a look (`colours.Colours`): what is painted next has them."""
    _worn[:] = [LOOKS[look]]
    globals().update({name.upper(): value for name, value in _worn[0]._asdict().items()})


_worn: list[Colours] = [LIGHT]

FALLBACK = (
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "LXGW WenKai",
)


class Sizes(NamedTuple):
    """Lengths in logical pixels, all derived from the height of a line of text."""

    line: int
    char: int

    @property
    def row(self) -> int:
        return round(self.line * 1.6)

    @property
    def gap(self) -> int:
        return max(4, round(self.line * 0.4))

    @property
    def pad(self) -> int:
        return max(8, round(self.line * 0.8))

    @property
    def field(self) -> int:
        """The height of an entry field or button."""
        return round(self.line * 1.6)

    @property
    def icon(self) -> QSize:
        side = round(self.line * 0.86)
        return QSize(side, side)

    def chars(self, count: float) -> int:
        """Room for so many Chinese characters."""
        return round(self.char * count)


_measured: list[Sizes] = []


def sizes(font: QFont | None = None) -> Sizes:
    """The sizes for a font, by default the application's, which are measured once."""
    if font is None and _measured:
        return _measured[0]
    measured = QFontMetrics(font or QApplication.font())
    return Sizes(
        max(measured.height(), round(measured.horizontalAdvance("国") * 1.32)),
        measured.horizontalAdvance("国"),
    )


def tone(name: str) -> tuple[QColor, QColor]:
    """The colours of a chip: its text and its ground."""
    text, ground = TONES.get(name, TONES["grey"])
    return QColor(text), QColor(ground)


def lamp(tone: str) -> str:
    """The colour of a lamp."""
    return LAMPS.get(tone, LAMPS["grey"])


def scaled(factor: float, bold: bool = False) -> QFont:
    """The application's font, larger or smaller by a factor."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    return font


def system_look(app: QApplication) -> str:
    """What the desktop asks for: at first its palette tells, later the system's scheme, which costs
    more to ask."""
    if _windows_contrast():
        return "contrast"
    if not _measured:
        return "dark" if app.palette().window().color().lightness() < 128 else "light"
    return "dark" if app.styleHints().colorScheme().name == "Dark" else "light"


def _windows_contrast() -> bool:
    """Whether Windows shows its themes of high contrast."""
    if sys.platform == "win32":
        with (
            contextlib.suppress(OSError, ValueError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, HIGH_CONTRAST) as key,
        ):
            return bool(int(winreg.QueryValueEx(key, "Flags")[0]) & 1)
    return False


_applied: list[tuple[float, str]] = []


def applied() -> tuple[float, str]:
    """The size and the look that were last applied, as they were asked for."""
    return _applied[0] if _applied else (0.0, "")


def forget() -> None:
    """What was applied is not what is asked for any more."""
    _applied.clear()


def apply(app: QApplication, points: float, look: str = "light") -> None:
    """Dress the whole application (style: Fusion, set at its start) at a font size in points, in a
    look or as the `SYSTEM` has it; again to change either."""
    wear(system_look(app) if look == SYSTEM else look)
    _applied[:] = [(points, look)]
    font = QFont(_family(), 10)
    font.setFamilies(_families())
    font.setPointSizeF(points)
    app.setFont(font)
    _measured[:] = [sizes(font)]
    app.setPalette(_palette())
    app.setStyleSheet(style_sheet(sizes(font)))


SCREEN_FACES = ("ZhengxianHei.ttf", "ZhengxianHeiBold.ttf")
"""Loaded before the first paint."""
RARE_FACES = ("ZhengxianKaiWide.ttf.xz", "ZhengxianRare.ttf.xz")
"""Loaded when the office has a character that the others lack: all but Extension B, and that."""
_bundled: list[str] = []
_rare: dict[str, list[str]] = {}


def load_fonts() -> list[str]:
    """Take bundled faces, so that the program reads the same on a machine without Chinese fonts."""
    found = []
    for name in SCREEN_FACES:
        file = resources.path("fonts", name)
        if file.is_file():
            found += QFontDatabase.applicationFontFamilies(
                QFontDatabase.addApplicationFont(str(file))
            )
    return found


def rare_faces(characters: Iterable[str]) -> dict[str, bytes]:
    """The bundled faces, by file, that characters need which those on the screen lack, unpacked;
    in any thread."""
    usual = QRawFont(str(resources.path("fonts", SCREEN_FACES[0])), 16.0)
    lacking = [ord(each) for each in characters if not usual.supportsCharacter(ord(each))]
    wanted = RARE_FACES if any(code > 0xFFFF for code in lacking) else RARE_FACES[:1]
    return {
        name: lzma.decompress(resources.path("fonts", name).read_bytes())
        for name in (wanted if lacking else ())
        if name not in _rare
    }


def take_faces(faces: Mapping[str, bytes]) -> None:
    """Draw with these faces too what stands on the screen already."""
    for name, data in faces.items():
        if name not in _rare:
            number = QFontDatabase.addApplicationFontFromData(data)
            _rare[name] = QFontDatabase.applicationFontFamilies(number)
    font = QApplication.font()
    # the same families again would be drawn as they were found before
    font.setFamilies(_families())
    QApplication.setFont(font)
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.styleSheet():
        app.setStyleSheet(app.styleSheet())  # what has a style sheet takes no font without
    for widget in QApplication.allWidgets():
        if widget.testAttribute(QtCore.Qt.WidgetAttribute.WA_SetFont):
            own = widget.font()
            own.setFamilies(font.families())
            widget.setFont(own)


def _families() -> list[str]:
    """The families of the screen, the first that has a character draws it."""
    return [_family(), *FALLBACK, *(family for found in _rare.values() for family in found)]


def _family() -> str:
    if not _bundled:
        _bundled.extend(load_fonts())
    if _bundled:
        return _bundled[0]
    installed = set(QFontDatabase.families())
    return next((name for name in FALLBACK if name in installed), QApplication.font().family())


def load_translations(app: QApplication) -> None:
    """Qt's own dialogs speak Chinese."""
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load("qtbase_zh_CN", folder):
        app.installTranslator(translator)


def _palette() -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    for which, colour in (
        (role.Window, GROUND),
        (role.Base, CARD),
        (role.AlternateBase, STRIPE),
        (role.Button, CARD),
        (role.WindowText, TEXT),
        (role.Text, TEXT),
        (role.ButtonText, TEXT),
        (role.BrightText, ON_ACCENT),
        (role.Highlight, ACCENT),
        (role.HighlightedText, ON_ACCENT),
        (role.Link, ACCENT),
        (role.LinkVisited, ACCENT),
        (role.ToolTipBase, TEXT),
        (role.ToolTipText, CARD),
        (role.PlaceholderText, HINT),
        (role.Light, CARD),
        (role.Midlight, LINE),
        (role.Mid, LINE_STRONG),
        (role.Dark, LINE_STRONG),
        (role.Shadow, LINE_STRONG),
        (role.Accent, ACCENT),
    ):
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(FAINT))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Base, QColor(OFF))
    return palette


def style_sheet(size: Sizes) -> str:
    """`resources/window.qss` with the lengths and colours filled in.

    Its classes are set by the `class` property: card, bar, side, primary, danger, link, boxed,
    muted, problem, plain.
    """
    edge, box = round(size.line * 0.25), round(size.line * 0.8)
    named = {
        name: resources.path("icons", ICONS, f"{file}.svg").as_posix()
        for name, file in (
            ("chevron", "chevron-down"),
            ("check", "check"),
            ("dot", "dot"),
            ("up", "sort-up"),
            ("down", "sort-down"),
        )
    }
    lengths = {
        "gap": size.gap,
        "half": size.gap // 2,
        "pad": size.pad,
        "wide": size.pad * 2,
        "less": size.pad - 2,
        "field": size.field - 2,
        "low": round(size.line * 1.25),
        # with the thicker border of what has the focus everything stays where it is
        "gap1": size.gap - 1,
        "half1": size.gap // 2 - 1,
        "pad1": size.pad - 1,
        "pad5": size.pad - 5,
        "less1": size.pad - 3,
        "field2": size.field - 4,
        "field10": size.field - 12,
        "low2": round(size.line * 1.25) - 2,
        "box2": box - 2,
        "ring": max(8, edge + 2),
        "chip": round(size.line * 0.62),
        "tile": round(size.line * 3.7),
        "round": edge,
        "bigger": edge + 2,
        "tight": edge - 1,
        "box": box,
        "circle": box // 2,
        "thumb": box // 4,
        "arrow": round(box / 1.4),
        "drop": box + size.gap,
        "grip": size.line * 2,
    }
    warn, warn_ground = TONES["yellow"]
    colours = {**_worn[0]._asdict(), "warn": warn, "warn_ground": warn_ground}
    sheet = resources.path("window.qss").read_text("utf-8")
    for name, value in {**named, **lengths, **colours}.items():
        sheet = sheet.replace(f"${{{name}}}", str(value))
    return sheet
