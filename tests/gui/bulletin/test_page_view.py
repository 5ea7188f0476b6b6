"""The pages of a preview: what stands where, what is drawn, and how little is kept."""

from __future__ import annotations

import io
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.pdfgen.canvas import Canvas

from desktop.bulletin.typeset.pdf_pages import PdfPages
from desktop.ui.bulletin.preview.page_view import EDGE, KEPT, WHOLE, WIDTH, PageView

COLOURS = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def view_of(qtbot: Any, sizes: tuple[tuple[float, float], ...]) -> PageView:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, size in enumerate(sizes):
        canvas.setPageSize(size)
        canvas.setFillColorRGB(*COLOURS[number % 3])
        canvas.rect(10, 10, size[0] - 20, size[1] - 20, fill=1, stroke=0)
        canvas.showPage()
    canvas.save()
    view = PageView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show_pages(PdfPages(out.getvalue()))
    view.show()
    qtbot.waitExposed(view)
    return view


def colours(view: PageView) -> set[tuple[int, int, int]]:
    """Of which pages something is seen."""
    image = view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    seen = {image.pixelColor(x, y).getRgb()[:3] for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    return {colour for colour in COLOURS if tuple(255 * part for part in colour) in seen}


def test_pages_stand_below_each_other_and_turn(qtbot: Any) -> None:
    view = view_of(qtbot, (A4, landscape(A3), A4))
    assert view.page == 0 and colours(view) == {COLOURS[0]}
    view.jump(1)
    assert view.page == 1 and COLOURS[1] in colours(view) and COLOURS[0] not in colours(view)
    port = view.viewport()
    # each as wide as the view, though one is across
    assert [(place.left(), place.width()) for place in view.places()] == [(EDGE, port.width() - 2 * EDGE)] * 3
    view.set_scale(WHOLE)
    for page in range(3):
        view.jump(page)
        assert view.page == page and COLOURS[page] in colours(view)
    bar = view.verticalScrollBar()
    with qtbot.waitSignal(view.page_changed):
        bar.setValue(0)
    assert view.page == 0
    for _ in range(40):
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum() and view.page == 2


def test_a_large_view_keeps_only_what_is_near(qtbot: Any) -> None:
    view = view_of(qtbot, (A4,) * 12)
    view.set_scale(4.0)
    assert view.factor(0) == 4.0 and view.horizontalScrollBar().maximum() > 0
    for page in range(12):
        view.jump(page)
        assert colours(view) == {COLOURS[page % 3]}
        for _ in range(12):
            qtbot.keyClick(view, Qt.Key.Key_PageDown)
            view.viewport().grab()
    assert 0 < len(view.strips) <= KEPT
    view.set_scale(WIDTH)
    view.show_pages(None)
    assert view.page == 0 and colours(view) == set() and view.verticalScrollBar().maximum() == 0
