"""A PDF on the screen as it will be printed: pages, zoom, print and save. It is held in memory
only, never in a file."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIntValidator, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.bulletin.typeset.pdf_pages import PdfPages
from desktop.ui.bulletin.preview.file_forms import OTHER_FORMS
from desktop.ui.bulletin.preview.page_view import WHOLE, WIDTH, PageView
from desktop.ui.kit import icons, theme

ZOOMS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)


def missing_sentence(missing: tuple[str, ...]) -> str:
    """What a person must know before printing: which characters no face has, and sentences on how
    it was set (``Printed.notes``)."""
    without = [one for one in missing if len(one) == 1]
    layout_notes = "；".join(one for one in missing if len(one) > 1)
    layout_notes = f"{layout_notes}。" if layout_notes else ""
    if not without:
        return layout_notes
    shown = "、".join(f"{one}（U+{ord(one[0]):04X}）" for one in without[:12]) + (
        "等" if len(without) > 12 else ""
    )
    return (
        f"有 {len(without)} 个字没有可用的字体，会印成“〓”：{shown}。请改用通用字，"
        f"或装上含有这些字的字体后再印。{layout_notes}"
    )


LARGE = 20
"""Width of a character from which the bar has no room for enlarging: keys and the wheel do it."""


class PdfPane(QWidget):
    """What the preview shows of one PDF, and the buttons for it. `data` are the bytes that printing
    and saving use."""

    print_asked = Signal()
    save_asked = Signal()
    form_asked = Signal(str)

    def __init__(self, *, compact: bool = False, paper: bool = True, word: bool = True) -> None:
        super().__init__()
        self.data = b""
        self.missing: tuple[str, ...] = ()
        self._old = False
        self._document: PdfPages | None = None
        self.setProperty("class", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._build(word)
        for part in (
            self._less, self._zoom, self._more, self._whole, self._wide, self._back, self._forward,
        ):
            part.setHidden(compact)  # beside an editor there is less room; keys do the same
        large = theme.sizes().char >= LARGE
        for part in (self._less, self._zoom, self._more):
            part.setHidden(compact or large)
        for button in (self.save, self.print):
            button.setHidden(not paper)
        QWidget.setTabOrder(self.print, self.view)  # as they stand: the bar, then the pages
        self.view.page_changed.connect(self._say_page)
        self._enable(False)
        self.say("", "")

    # ---- building

    def _build(self, word: bool) -> None:
        size = theme.sizes()
        self.view = PageView(self)
        palette = self.view.palette()
        for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.Dark):
            palette.setColor(role, QColor(theme.DESK))
        self.view.setPalette(palette)
        self._bar = self._toolbar(word)
        self._warning = QLabel()
        self._warning.setWordWrap(True)
        self._warning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        ink, ground = theme.TONES["yellow"]
        self._warning.setStyleSheet(
            f"background: {ground}; color: {ink}; padding: {size.gap // 2}px {size.pad}px;"
        )
        self._warning.hide()
        self._head, self._text, words = self._words()
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        box.addWidget(self._bar)
        box.addWidget(self._warning)
        self._stack = QStackedLayout()
        box.addLayout(self._stack, 1)  # before its parts: it shows the first at once
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(words)
        self._stack.addWidget(self.view)

    def _words(self) -> tuple[QLabel, QLabel, QWidget]:
        size, words = theme.sizes(), QWidget()
        head, text = QLabel(), QLabel()
        head.setFont(theme.scaled(1.15, bold=True))
        text.setProperty("class", "muted")
        box = QVBoxLayout(words)
        box.setContentsMargins(size.pad * 2, size.pad, size.pad * 2, size.pad)
        box.setSpacing(size.gap)
        box.addStretch(2)
        for label in (head, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            box.addWidget(label)
        box.addStretch(3)
        return head, text, words

    def _toolbar(self, word: bool) -> QWidget:
        size, bar = theme.sizes(), QFrame()
        bar.setObjectName("previewBar")
        bar.setStyleSheet(f"#previewBar {{ border: 0; border-bottom: 1px solid {theme.LINE}; }}")
        row = QHBoxLayout(bar)
        row.setContentsMargins(size.gap, size.gap // 2, size.gap, size.gap // 2)
        row.setSpacing(2)
        self._back = self._tool("chevron-left", "上一页（Ctrl+PgUp）", lambda: self.turn(-1))
        self._entry = QLineEdit()
        self._entry.setAccessibleName("页码")
        self._entry.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._entry.setFixedWidth(size.chars(3))
        self._entry.setValidator(QIntValidator(1, 99_999, self))
        self._entry.returnPressed.connect(self._go)
        self._count = QLabel()
        self._count.setProperty("class", "muted")
        self._forward = self._tool("chevron-right", "下一页（Ctrl+PgDn）", lambda: self.turn(1))
        self._less = self._tool("minus", "缩小（Ctrl+-）", lambda: self.zoom(-1))
        self._zoom = QLabel()
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._zoom.setFixedWidth(size.chars(3.2))
        self._more = self._tool("plus", "放大（Ctrl+=）", lambda: self.zoom(1))
        self._wide = self._tool("", "页宽（Ctrl+0）", self.fit_width, "页宽")
        self._whole = self._tool("", "整页（Ctrl+9）", self.fit_page, "整页")
        for button in (self._wide, self._whole):
            button.setCheckable(True)
            button.setProperty("class", "boxed")
        self.save = self._saving(word)
        self.print = QPushButton("打印…")
        self.print.setToolTip("打印（Ctrl+P）")
        self.print.setProperty("class", "primary")
        self.print.clicked.connect(self.print_asked)
        for widget in (self._back, self._entry, self._count, self._forward):
            row.addWidget(widget)
        row.addSpacing(size.gap)
        for widget in (self._less, self._zoom, self._more):
            row.addWidget(widget)
        row.addSpacing(size.gap)
        for widget in (self._wide, self._whole):
            row.addWidget(widget)
            row.addSpacing(size.gap // 2)
        row.addStretch(1)
        row.addWidget(self.save)
        row.addSpacing(size.gap)
        row.addWidget(self.print)
        return bar

    def _saving(self, word: bool) -> QPushButton:
        if not word:
            save = QPushButton("存为 PDF")
            save.setToolTip("存为 PDF（Ctrl+S）")
            save.clicked.connect(self.save_asked)
            return save
        save = QPushButton("存为")  # two buttons ask for more room than there is in large type
        menu = QMenu(save)
        menu.addAction("PDF 文件…\tCtrl+S", self.save_asked.emit)
        for suffix, form in OTHER_FORMS.items():
            menu.addAction(form.menu, self.asking_for(suffix))
        save.setMenu(menu)
        return save

    def asking_for(self, suffix: str) -> Callable[[], None]:
        """What asks for a file of that form."""
        return lambda: self.form_asked.emit(suffix)

    def _tool(self, icon: str, tip: str, run: Callable[[], None], text: str = "") -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip.split("（")[0])
        button.setIconSize(theme.sizes().icon)
        if text:
            button.setText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _=False: run())
        if icon:
            icons.set_icon(button, icon)
        return button

    # ---- what is shown

    @property
    def properties_title(self) -> str:
        """What the document is called in its own properties, where a masked edition is masked."""
        return self._document.title if self._document else ""

    @property
    def ready(self) -> bool:
        """Whether what is shown is what was asked for last, so that it may be printed."""
        return bool(self.data) and not self._old

    @property
    def pages(self) -> int:
        return len(self._document.sizes) if self._document else 0

    @property
    def page(self) -> int:
        """The page at the upper edge, from 1."""
        return self.view.page + 1

    @property
    def warning(self) -> str:
        return "" if self._warning.isHidden() else self._warning.text()

    @property
    def words(self) -> str:
        """What stands there while no page is shown."""
        return (
            f"{self._head.text()} {self._text.text()}".strip()
            if self._stack.currentIndex() == 0
            else ""
        )

    def show_pdf(self, data: bytes, missing: tuple[str, ...] = ()) -> bool:
        """Show these bytes, at the page and zoom that were there before. False when they are no
        PDF."""
        page = self.page if self.data else 1
        try:
            document = PdfPages(data)
        except ValueError:
            self.say("预览打不开", "这份通报没有排成，请换一种再试；仍不行请在“帮助”里导出日志。")
            return False
        self._show(document)
        self.data, self.missing, self._old = data, missing, False
        self._warning.setText(missing_sentence(missing))
        self._warning.setVisible(bool(missing))
        self._stack.setCurrentIndex(1)
        self._enable(True)
        self._count.setText(f" / {self.pages} 页")
        self._go_to(min(page, self.pages))
        self._say_zoom()
        return True

    def say(self, head: str, text: str) -> None:
        """No page: a word on why, or what to do."""
        self.data, self.missing = b"", ()
        self._show(None)
        self._head.setText(head)
        self._text.setText(text)
        self._warning.hide()
        self._stack.setCurrentIndex(0)
        self._enable(False)

    def _show(self, document: PdfPages | None) -> None:
        self._document = document
        self.view.show_pages(document)

    def wait(self) -> None:
        """The pages shown will soon be replaced: they stay, but cannot be printed any more."""
        if self.data:
            self._old = True
            self.print.setEnabled(False)
            self.save.setEnabled(False)
        else:
            self.say("正在排版…", "")

    def _enable(self, on: bool) -> None:
        for widget in self._bar.findChildren(QWidget):
            if not isinstance(widget, QLabel):
                widget.setEnabled(on)
        if not on:
            self._count.setText(" / 0 页")
            self._entry.clear()
            self._zoom.clear()

    # ---- moving

    def turn(self, by: int) -> None:
        if self.data:
            self._go_to(self.page + by)

    def _go(self) -> None:
        if self._entry.text():
            self._go_to(int(self._entry.text()))
        self.view.setFocus()

    def _go_to(self, page: int) -> None:
        page = max(1, min(self.pages, page))
        self.view.jump(page - 1)
        self._say_page()

    def _say_page(self, *_: object) -> None:
        if not self.data:
            return
        with QSignalBlocker(self._entry):
            self._entry.setText(str(self.page))
        self._back.setEnabled(self.page > 1)
        self._forward.setEnabled(self.page < self.pages)

    def zoom(self, by: int) -> None:
        """One step larger or smaller than what is seen now."""
        if not self.data:
            return
        now = self.factor()
        steps = [z for z in ZOOMS if (z > now + 0.01 if by > 0 else z < now - 0.01)]
        if steps:
            self.view.set_scale(steps[0] if by > 0 else steps[-1])
        self._say_zoom()

    def fit_width(self) -> None:
        self.view.set_scale(WIDTH)
        self._say_zoom()

    def fit_page(self) -> None:
        self.view.set_scale(WHOLE)
        self._say_zoom()

    def factor(self) -> float:
        """How large the page in front is shown; 1.0 is its real size."""
        return self.view.factor(self.view.page)

    def _say_zoom(self) -> None:
        self._wide.setChecked(self.view.scale == WIDTH)
        self._whole.setChecked(self.view.scale == WHOLE)
        if self.data:
            self._zoom.setText(f"{self.factor():.0%}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say_zoom()
