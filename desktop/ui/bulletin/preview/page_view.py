"""Pages of a PDF one below the other. What is seen of them is drawn in strips when it comes into
sight, so that neither the time nor the memory grows with their number or their size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from desktop.bulletin.typeset.pdf_pages import DEPTH, PdfPages
from desktop.ui.kit import accessible, theme

POINTS_PER_INCH = 72
EDGE = 6
"""Between a page and the rim of the view, in dots of the screen."""
RING = 2
"""How wide the rim is drawn while the keys go to the view."""
STRIP, KEPT = 400, 48
"""Lines of a strip, and how many strips are kept."""
NEXT = 0.4
"""A page is the one that is read once it has come up to this share of the view."""
WIDTH, WHOLE = "width", "whole"


@accessible.accessible_role(accessible.DOCUMENT)
class PageView(QAbstractScrollArea):
    """Shows pages as wide as the view (``WIDTH``), as ``WHOLE``, or at a factor of their size."""

    page_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: PdfPages | None = None
        self._page = 0
        self.strips: dict[tuple[int, int, int], QImage] = {}
        self.scale: str | float = WIDTH
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("预览")
        # always there: with it alone a page as wide as the view could be as high as the view
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.setSingleStep(3 * theme.sizes().gap)
        self.verticalScrollBar().valueChanged.connect(self._moved)

    # ---- what is shown

    def show_pages(self, pages: PdfPages | None) -> None:
        """These pages from now on, where the ones before stood."""
        if self._pages is not None:
            self._pages.close()
        self._pages = pages
        self._page = min(self._page, max(0, self._count - 1))
        self._lay_out()

    @property
    def _count(self) -> int:
        return len(self._pages.sizes) if self._pages else 0

    @property
    def page(self) -> int:
        """The page that is read, from 0."""
        return self._page

    def set_scale(self, scale: str | float) -> None:
        """``WIDTH``, ``WHOLE``, or how many times their real size."""
        self.scale = scale
        self._lay_out()

    def factor(self, page: int) -> float:
        """How many times its real size a page is shown."""
        if isinstance(self.scale, float) or self._pages is None:
            return self.scale if isinstance(self.scale, float) else 1.0
        width, height = (length * self._dots() for length in self._pages.sizes[page])
        port = self.viewport()
        wide = (port.width() - 2 * EDGE) / width
        high = (port.height() - 2 * EDGE) / height
        return max(0.05, wide if self.scale == WIDTH else min(wide, high))

    def _dots(self) -> float:
        return self.logicalDpiX() / POINTS_PER_INCH

    def places(self) -> list[QRect]:
        """Where each page lies on the long sheet that the view looks at."""
        places: list[QRect] = []
        top = EDGE
        for number, size in enumerate(self._pages.sizes if self._pages else ()):
            scale = self.factor(number) * self._dots()
            places.append(QRect(0, top, round(size[0] * scale), round(size[1] * scale)))
            top += places[-1].height() + theme.sizes().gap
        widest = max([self.viewport().width(), *(place.width() + 2 * EDGE for place in places)])
        for place in places:
            place.moveLeft((widest - place.width()) // 2)
        return places

    # ---- moving

    def jump(self, page: int) -> None:
        """Bring the upper edge of a page into sight."""
        if self._count:
            with QSignalBlocker(self.verticalScrollBar()):
                self.verticalScrollBar().setValue(self.places()[page].top() - EDGE)
            self._page = page
            self.viewport().update()
            self.page_changed.emit()

    def _lay_out(self) -> None:
        """Measure all pages anew; what was at the upper edge stays there."""
        self.strips.clear()
        places, port = self.places(), self.viewport().size()
        bar, across = self.verticalScrollBar(), self.horizontalScrollBar()
        share = (bar.value() / bar.maximum()) if bar.maximum() else 0.0
        with QSignalBlocker(bar):
            deep = places[-1].bottom() + EDGE if places else 0
            bar.setRange(0, max(0, deep - port.height()))
            bar.setPageStep(port.height())
            bar.setValue(round(share * bar.maximum()))
            wide = max((place.width() + 2 * EDGE for place in places), default=0)
            across.setRange(0, max(0, wide - port.width()))
            across.setPageStep(port.width())
        self._moved()

    def _moved(self, *_: object) -> None:
        line = self.verticalScrollBar().value() + NEXT * self.viewport().height()
        page = sum(place.top() <= line for place in self.places()) - 1
        self.viewport().update()
        if page >= 0 and page != self._page:
            self._page = page
            self.page_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Dark))
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        seen = event.rect().translated(left, top)
        for page, place in enumerate(self.places()):
            if place.intersects(seen):
                painter.save()
                painter.translate(place.left() - left, place.top() - top)
                self._draw(painter, page, place, seen.translated(-place.topLeft()))
                painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), RING))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def _draw(self, painter: QPainter, page: int, place: QRect, seen: QRect) -> None:
        sharp = self.devicePixelRatioF()
        width, height = round(place.width() * sharp), round(place.height() * sharp)
        first = max(0, int(seen.top() * sharp) // STRIP)
        for at in range(first * STRIP, min(height, int((seen.bottom() + 1) * sharp) + 1), STRIP):
            deep = min(STRIP, height - at)
            strip = self.strips.get((page, width, at)) or self._strip(page, (width, height), at)
            target = QRectF(QPointF(0, at / sharp), strip.size().toSizeF() / sharp)
            painter.drawImage(target, strip, QRectF(0, 0, width, deep))

    def _strip(self, page: int, size: tuple[int, int], at: int) -> QImage:
        assert self._pages is not None
        image = image_of(self._pages, page, size, at, min(STRIP, size[1] - at))
        while len(self.strips) >= KEPT:
            del self.strips[next(iter(self.strips))]
        self.strips[page, size[0], at] = image
        return image


def image_of(pages: PdfPages, page: int, size: tuple[int, int], top: int, deep: int) -> QImage:
    """``deep`` lines from ``top`` of a page drawn as large as ``size``, in dots."""
    held = pages.dots(page, size, top, deep)
    return QImage(bytes(held), size[0], deep, DEPTH * size[0], QImage.Format.Format_RGB32).copy()
