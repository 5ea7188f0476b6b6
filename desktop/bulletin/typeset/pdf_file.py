"""Writes composed pages into a PDF: the one place that calls reportlab's canvas."""

from __future__ import annotations

import datetime as dt
import io
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import (
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFPage,
    PDFResourceDictionary,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas

from desktop.bulletin.typeset.page import A4, PageContent
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts
from desktop.bulletin.typeset.pictures import for_paper

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


class Properties(msgspec.Struct, frozen=True):
    """What the file says of itself; ``day`` None: it tells no day."""

    title: str
    author: str
    subject: str
    keywords: tuple[str, ...]
    day: dt.date | None


def pdf_bytes(
    pages: Sequence[PageContent], faces: DocumentFonts, properties: Properties,
    written: Callable[[int], None],
) -> bytes:
    """The PDF of composed pages; ``written`` is told how many of them are in it."""
    # streams as they are: written as text they are a quarter larger and take longer
    rl_config.useA85 = 0
    out = io.BytesIO()
    canvas = Canvas(
        out, pagesize=(A4.width, A4.height), pageCompression=1, invariant=1,
        initialFontName=_no_font(), lang="zh-CN", pdfVersion=(1, 5),
    )
    canvas.setTitle(properties.title)
    canvas.setAuthor(properties.author)
    canvas.setSubject(properties.subject)
    canvas.setKeywords("，".join(properties.keywords))
    canvas.setCreator("争先台账")
    canvas.setProducer("争先台账")
    _date(canvas, properties.day)
    deepest = -1
    numbers: int | None = 0  # reportlab's pages are counted on until a label says otherwise
    for index, page in enumerate(pages):
        if index == 0 or page.number != numbers:
            _label(canvas, index, page.number)
        numbers = None if page.number is None else page.number + 1
        deepest = _write_page(canvas, page, index, deepest)
        written(index + 1)
    if deepest >= 0:
        canvas.showOutline()
    pdf = canvas._doc  # noqa: SLF001  # reportlab has no public way to the document it writes
    faces.embed(pdf)
    _share(pdf.Pages.pages)
    canvas.save()
    return out.getvalue()


def _date(canvas: Canvas, day: dt.date | None) -> None:
    """The day in the file's properties: the document's own, midnight in Beijing, so that the same
    document gives the same bytes."""
    pdf = canvas._doc  # noqa: SLF001  # as above
    if day is not None:
        stamp = pdf._timeStamp  # noqa: SLF001
        stamp.YMDhms, stamp.dhh, stamp.dmm = (day.year, day.month, day.day, 0, 0, 0), 8, 0
        return

    texts = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer")
    facts = {name: PDFString(getattr(pdf.info, name.lower())) for name in texts}
    # with dates reportlab would write 2000-01-01
    pdf.info.format = PDFDictionary({**facts, "Trapped": PDFName("False")}).format


def _write_page(canvas: Canvas, page: PageContent, index: int, deepest: int) -> int:
    """Write one page; returns the level of the last outline entry."""
    sheet = page.sheet
    width, height = (sheet.height, sheet.width) if sheet.turned else (sheet.width, sheet.height)
    # reportlab swaps the sides of the page's box when the page is rotated
    canvas.setPageSize((sheet.width, sheet.height))
    canvas.setPageRotation(90 if sheet.turned else 0)
    for number, (title, level, top) in enumerate(page.outline):
        key = f"p{index}n{number}"
        if sheet.turned:
            canvas.bookmarkPage(key)
        else:
            canvas.bookmarkPage(key, fit="XYZ", left=0, top=height - top)
        deepest = min(level - 1, deepest + 1)
        canvas.addOutlineEntry(title, key, level=deepest)
    if sheet.turned:
        canvas.addLiteral(f"q 0 1 -1 0 {width:.3f} 0 cm")
    for mark, data, (x, top, wide, high) in page.pictures:
        if mark:
            canvas.addLiteral(mark)
        _draw_picture(canvas, data, x, sheet.height - top - high, wide, high)
        if mark:
            canvas.addLiteral("EMC")
    canvas.addLiteral(page.content())
    if sheet.turned:
        canvas.addLiteral("Q")
    canvas.showPage()
    return deepest


def _label(canvas: Canvas, index: int, number: int | None) -> None:
    """What a viewer calls the pages from here on."""
    if number is not None:
        canvas.addPageLabel(index, style="ARABIC", start=number)
    else:
        canvas.addPageLabel(index, prefix="—")


class _Content(PDFObject):  # type: ignore[misc]
    """What is drawn on a page, packed as reportlab packs it: its own stream takes as long to say so
    as to set a line of text."""

    __RefOnly__ = 1

    def __init__(self, operators: str) -> None:
        self._operators = operators

    def format(self, document: object) -> bytes:
        packed = zlib.compress(self._operators.encode("ascii"))
        return b"<<\n/Filter [ /FlateDecode ] /Length %d\n>>\nstream\n%bendstream\n" % (
            len(packed), packed,
        )


class _Alike:
    """Pages that differ in nothing but their content: the first is written by reportlab, the others
    as that was, for it asks each page for all that a page may have."""

    def __init__(self) -> None:
        self._before = self._after = b""

    def format(self, page: PDFPage, document: PDFDocument) -> bytes:
        """The dictionary of a page."""
        whole = b"" if self._after else PDFPage.format(page, document)
        content: bytes = b"/Contents " + document.Reference(page.Contents).format(document)
        if whole:
            self._before, _, self._after = whole.partition(content)
        return self._before + content + self._after


def _share(pages: Sequence[PDFPage]) -> None:
    """Give pages of one size that have no pictures one list of resources, and write them alike."""
    plain = PDFResourceDictionary()
    plain.basicFonts()
    plain.allProcs()
    alike: defaultdict[tuple[float, ...], _Alike] = defaultdict(_Alike)
    for page in pages:
        page.Contents = _Content(page.stream)
        if not (page.XObjects or page.ExtGState):
            page.Resources = plain
            page.format = partial(
                alike[page.pagewidth, page.pageheight, page.Rotate].format, page
            )


def _draw_picture(
    canvas: Canvas, data: bytes, x: float, y: float, width: float, height: float
) -> None:
    picture = ImageReader(io.BytesIO(for_paper(data, width, height)))
    canvas.drawImage(picture, x, y, width, height, mask="auto")


def _no_font() -> str:
    """The name of a font that draws nothing: else reportlab would put an unembedded Helvetica on
    every page."""
    if _NoFont.fontName not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(_NoFont())
    return _NoFont.fontName


class _NoFont:
    """Quacks like a reportlab font made at need, and never is."""

    fontName = "ZhengxianNone"
    _dynamicFont = _multiByte = 1

    class face:
        """Its typeface, known by name only."""

        name = "ZhengxianNone"
