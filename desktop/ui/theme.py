"""How the window looks: one light palette, sizes that follow the font, about thirty lines of style sheet.

Every length is a multiple of the font's height, so the same window holds at 9 and at 14 points.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLibraryInfo, QLocale, QSize, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

import resources

ACCENT, ACCENT_DARK, ACCENT_PALE = "#1f5fa8", "#174a85", "#e2eefb"
GROUND, CARD, LINE, LINE_STRONG, STRIPE = "#f3f5f8", "#ffffff", "#dfe3e9", "#c3cad4", "#f8fafc"
TEXT, MUTED, FAINT, DANGER = "#1b2430", "#5b6678", "#98a2b3", "#b42318"

TONES: dict[str, tuple[str, str]] = {
    "grey": ("#475467", "#eaedf1"),
    "blue": ("#175091", "#e1edfb"),
    "green": ("#156239", "#dff3e6"),
    "yellow": ("#875200", "#ffefcc"),
    "orange": ("#9a3d06", "#ffe6d5"),
    "red": ("#a61b1b", "#fde3e1"),
    "purple": ("#5b2a86", "#eee5f7"),
}
"""Words to (text, ground); each pair keeps a contrast of at least 4.5 to 1."""

LAMPS = {"green": "#2e9e5b", "yellow": "#e0a100", "red": "#d92d20", "blue": "#2f74c8", "grey": "#98a2b3"}
"""A light's colour as a filled dot."""

FALLBACK = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "Microsoft YaHei",
            "PingFang SC", "WenQuanYi Micro Hei", "LXGW WenKai")


@dataclass(frozen=True)
class Sizes:
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


def sizes(font: QFont | None = None) -> Sizes:
    """The sizes for a font, by default the application's."""
    measured = QFontMetrics(font or QApplication.font())
    return Sizes(max(measured.height(), round(measured.horizontalAdvance("国") * 1.32)), measured.horizontalAdvance("国"))


def tone(name: str) -> tuple[QColor, QColor]:
    """The colours of a chip: its text and its ground."""
    text, ground = TONES.get(name, TONES["grey"])
    return QColor(text), QColor(ground)


def scaled(factor: float, bold: bool = False) -> QFont:
    """The application's font, larger or smaller by a factor."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    return font


def apply(app: QApplication, points: float) -> None:
    """Dress the whole application at a font size in points. May be called again to change the size."""
    if app.style().name().lower() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    font = QFont(_family(), 10)
    font.setFamilies([_family(), *FALLBACK])
    font.setPointSizeF(points)
    app.setFont(font)
    app.setPalette(_palette())
    app.setStyleSheet(style_sheet(sizes(font)))


_bundled: list[str] = []


def load_fonts() -> None:
    """Take the bundled screen faces, so that the program reads the same on a machine without Chinese fonts."""
    if _bundled:
        return
    folder = resources.path("fonts")
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() in (".ttf", ".otf") and "screen" in file.stem.lower():
                known = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))
                _bundled.extend(known)


def _family() -> str:
    load_fonts()
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
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.China))


def _palette() -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    for which, colour in (
        (role.Window, GROUND), (role.Base, CARD), (role.AlternateBase, STRIPE), (role.Button, CARD),
        (role.WindowText, TEXT), (role.Text, TEXT), (role.ButtonText, TEXT), (role.BrightText, "#ffffff"),
        (role.Highlight, ACCENT), (role.HighlightedText, "#ffffff"), (role.Link, ACCENT), (role.LinkVisited, ACCENT),
        (role.ToolTipBase, "#1b2430"), (role.ToolTipText, "#ffffff"), (role.PlaceholderText, FAINT),
        (role.Light, CARD), (role.Midlight, LINE), (role.Mid, LINE_STRONG), (role.Dark, LINE_STRONG),
        (role.Shadow, LINE_STRONG), (role.Accent, ACCENT),
    ):
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(FAINT))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Base, QColor("#f7f8fa"))
    return palette


def style_sheet(size: Sizes) -> str:
    """The style sheet. Classes are set by the `class` property: card, primary, danger, flat, link, nav, title, muted."""
    icon = {name: resources.path("icons", f"{name}.svg").as_posix()
            for name in ("chevron-down", "check", "dot", "sort-up", "sort-down")}
    r, h, g, p, box = round(size.line * 0.25), size.field - 2, size.gap, size.pad, round(size.line * 0.8)
    return f"""
QToolTip {{ color: #ffffff; background: {TEXT}; border: 0; padding: {g // 2}px {g}px; }}
*[class="card"] {{ background: {CARD}; border: 1px solid {LINE}; border-radius: {r + 2}px; }}
*[class="bar"] {{ background: {CARD}; border: 0; border-bottom: 1px solid {LINE}; }}
*[class="side"] {{ background: {CARD}; border: 0; border-right: 1px solid {LINE}; }}
*[class="muted"] {{ color: {MUTED}; }} *[class="problem"] {{ color: {DANGER}; }} *[class="plain"] {{ background: {CARD}; }}
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {{ background: {CARD}; border: 1px solid {LINE_STRONG};
  border-radius: {r}px; padding: 0 {g}px; min-height: {h}px; selection-background-color: {ACCENT}; selection-color: #ffffff; }}
QPlainTextEdit, QTextEdit {{ padding: {g // 2}px {g // 2}px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{ border: 1px solid {ACCENT}; }}
QLineEdit:read-only, QPlainTextEdit[readOnly="true"], QLineEdit:disabled, QComboBox:disabled {{ background: #f7f8fa; border-color: {LINE}; color: {MUTED}; }}
*[wrong="true"] {{ border: 1px solid {DANGER}; }}
QComboBox::drop-down {{ border: 0; width: {box + g}px; }} QComboBox::down-arrow {{ image: url({icon["chevron-down"]}); width: {box}px; height: {box}px; }}
QComboBox QAbstractItemView {{ background: {CARD}; border: 1px solid {LINE_STRONG}; outline: 0; selection-background-color: {ACCENT_PALE}; selection-color: {TEXT}; }}
QPushButton {{ background: {CARD}; border: 1px solid {LINE_STRONG}; border-radius: {r}px; padding: 0 {p}px; min-height: {h}px; }}
QPushButton:hover, QToolButton:hover {{ background: #eef2f7; }} QPushButton:pressed, QToolButton:pressed {{ background: {LINE}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {ACCENT}; }} QPushButton:disabled {{ color: {FAINT}; background: #f7f8fa; border-color: {LINE}; }}
QPushButton[class="primary"] {{ background: {ACCENT}; border-color: {ACCENT}; color: #ffffff; }} QPushButton[class="primary"]:hover {{ background: {ACCENT_DARK}; }}
QPushButton[class="primary"]:focus {{ border: 1px solid {TEXT}; }} QPushButton[class="primary"]:disabled {{ background: #9db9d8; border-color: #9db9d8; }}
QPushButton[class="danger"] {{ color: {DANGER}; border-color: #e5b4b0; }}
QPushButton[class="link"] {{ border: 1px solid transparent; background: transparent; color: {ACCENT}; padding: 0 {g // 2}px; text-align: left; }} QPushButton[class="link"]:hover {{ color: {ACCENT_DARK}; text-decoration: underline; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: {r}px; padding: 0 {g}px; min-height: {h}px; }} QToolButton::menu-indicator {{ image: none; }}
QToolButton[class="boxed"] {{ background: {CARD}; border: 1px solid {LINE_STRONG}; padding: 0 {p - 2}px; }} QToolButton[class="boxed"]:hover {{ background: #eef2f7; }} QToolButton[class="boxed"]:checked {{ background: {ACCENT_PALE}; border-color: {ACCENT}; }}
QCheckBox, QRadioButton {{ spacing: {g}px; min-height: {h}px; }} QCheckBox::indicator, QRadioButton::indicator {{ width: {box}px; height: {box}px; border: 1px solid {LINE_STRONG}; border-radius: {r - 1}px; background: {CARD}; }}
QRadioButton::indicator {{ border-radius: {box // 2}px; }} QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; image: url({icon["check"]}); }} QRadioButton::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; image: url({icon["dot"]}); }}
QCheckBox:focus, QRadioButton:focus {{ color: {ACCENT}; }} QCheckBox::indicator:disabled {{ background: #f0f2f5; }}
QTableView, QListView, QTreeView {{ background: {CARD}; alternate-background-color: {STRIPE}; border: 0; outline: 0; gridline-color: {LINE}; selection-background-color: #dbe9fa; selection-color: {TEXT}; }}
QHeaderView {{ background: {STRIPE}; border: 0; }} QHeaderView::section {{ background: {STRIPE}; color: {MUTED}; border: 0; border-bottom: 1px solid {LINE}; padding: 0 {g}px; }}
QHeaderView::up-arrow {{ image: url({icon["sort-up"]}); width: {box // 1.4}px; }} QHeaderView::down-arrow {{ image: url({icon["sort-down"]}); width: {box // 1.4}px; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {LINE}; }} QTabBar::tab {{ padding: {g}px {p}px; color: {MUTED}; border: 0; border-bottom: 2px solid transparent; }} QTabBar::tab:selected {{ color: {ACCENT}; border-bottom: 2px solid {ACCENT}; }} QTabBar::tab:focus {{ color: {ACCENT_DARK}; }}
QScrollBar {{ background: transparent; }} QScrollBar:vertical {{ width: {box}px; }} QScrollBar:horizontal {{ height: {box}px; }}
QScrollBar::handle {{ background: #c9d0d9; border-radius: {box // 4}px; margin: {box // 4}px; min-height: {size.line * 2}px; min-width: {size.line * 2}px; }} QScrollBar::handle:hover {{ background: #a9b3c1; }} QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }} QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {CARD}; border: 1px solid {LINE_STRONG}; padding: {g // 2}px 0; }} QMenu::item {{ padding: {g}px {p * 2}px {g}px {p}px; }} QMenu::item:selected {{ background: {ACCENT_PALE}; color: {TEXT}; }} QMenu::item:disabled {{ color: {FAINT}; }} QMenu::separator {{ height: 1px; background: {LINE}; margin: {g // 2}px 0; }}
QProgressBar {{ background: {LINE}; border: 0; border-radius: {r}px; max-height: {g}px; text-align: center; }} QProgressBar::chunk {{ background: {ACCENT}; border-radius: {r}px; }}
QSplitter::handle {{ background: transparent; }} QSplitter::handle:hover {{ background: {LINE_STRONG}; }} QScrollArea {{ border: 0; background: transparent; }} QScrollArea > QWidget > QWidget {{ background: transparent; }}
QStatusBar {{ background: {CARD}; border-top: 1px solid {LINE}; color: {MUTED}; }} QStatusBar::item {{ border: 0; }} QStatusBar QLabel {{ color: {MUTED}; padding: 0 {g}px; }}
"""
