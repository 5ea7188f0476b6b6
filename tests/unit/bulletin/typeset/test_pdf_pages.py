"""Pages as dots: those of PDFium, in whole or in part, whoever else asks at the same time."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest
from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.pdfgen.canvas import Canvas

from desktop.bulletin.typeset.pdf_pages import DEPTH, PdfPages


@pytest.fixture
def data() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle("关于办理情况的通报")
    for size in (A4, landscape(A3), A4):
        canvas.setPageSize(size)
        canvas.setFillColorRGB(0.8, 0, 0)
        canvas.rect(72, 72, 200, 300, fill=1)
        canvas.drawString(100, size[1] - 100, "page")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_pages_are_drawn_as_pdfium_draws_them_and_in_parts_alike(data: bytes) -> None:
    pages, peer = PdfPages(data), pypdfium2.PdfDocument(data)
    assert pages.title == "关于办理情况的通报"
    assert [(round(w), round(h)) for w, h in pages.sizes] == [(595, 842), (1191, 842), (595, 842)]
    for number in range(3):
        picture = pages.picture(number, 1.5)
        assert picture.tobytes() == peer[number].render(scale=1.5).to_pil().convert("RGB").tobytes()
        assert len(picture.getcolors(9999)) > 2
    whole = bytes(pages.dots(0, (600, 800)))
    parts = b"".join(bytes(pages.dots(0, (600, 800), top, min(300, 800 - top))) for top in (0, 300, 600))
    assert parts == whole and len(whole) == 600 * 800 * DEPTH


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(ValueError):
        PdfPages(b"no pages")


def test_many_ask_at_the_same_time(data: bytes) -> None:
    wanted = bytes(PdfPages(data).dots(1, (900, 700)))

    def ask(_: int) -> bool:
        pages = PdfPages(data)
        return all(bytes(pages.dots(1, (900, 700))) == wanted for _ in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(40)))
