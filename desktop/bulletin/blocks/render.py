"""Sets a document and writes its PDF: the one function that the preview, the command line and
issuing call."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from db.errors import WorkFailed
from desktop.bulletin.blocks.articles import Composer, contents_entries
from desktop.bulletin.blocks.masthead import ImprintPlan, draw_folio, imprint_plan, masthead_item
from desktop.bulletin.blocks.text_blocks import (
    addressee_items,
    attachment_list_items,
    gap,
    keep_tail,
    signature_items,
    title_items,
)
from desktop.bulletin.document import Article, Block, Contents, Document, LetterHead, Table, Turned
from desktop.bulletin.redact.masking import Mask, Told
from desktop.bulletin.typeset.flow import Flow, Item
from desktop.bulletin.typeset.fonts import FontSet, default_fonts
from desktop.bulletin.typeset.inline_layout import Setter
from desktop.bulletin.typeset.page import A4, MM, XIAOWU, Colour, PageDraft
from desktop.bulletin.typeset.pdf_fonts import Ink

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

Progress = Callable[[int, int], None]  # pages done, pages in all (0 while not known)


#: A last page with a signature that has more room than this share is worth saving; and the last
#: page of any part with more than this.
SPARSE, SPARSER = 0.4, 0.7
#: Least blank between the text and the 版记.
IMPRINT_GAP = 2.0
#: Baseline of notes in a page's outermost margin, from the sheet's edge; type size and grey of such
#: notes.
MARGIN_NOTE, AUDIT_SIZE = 12 * MM, 6.5
GREY: Colour = (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a marked run came to stand: page counted from 1, box in points from the page's top left
    corner."""

    name: str
    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed. ``file`` is None when it went to a stream. ``missing_characters``: drawn as
    〓. ``told``: what a masked edition hides and leaves; for the person who prints, never for the
    file."""

    file: Path | None
    pages: int
    sha256: str
    missing_characters: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    told: Told | None = None


def render(
    document: Document,
    target: Path | str | IO[bytes],
    *,
    fonts: FontSet | None = None,
    masked: Mask | None = None,
    progress: Progress | None = None,
) -> Printed:
    """Set ``document`` and write it to a path or a binary stream.

    ``fonts``: by default the office's official faces where installed, else the bundled ones
    (:func:`desktop.bulletin.typeset.fonts.default_fonts`); ``bundled_fonts()`` gives the same file
    on every machine.
    ``masked``: the masked edition. ``progress(done, total)`` is called once a page while composing
    (total 0) and while writing; an exception it raises (``db.errors.Cancelled``) stops the work,
    and no file is left behind.

    The same document with the same fonts gives the same bytes, its day (``Document.made_on``)
    included. Raises WorkFailed when the file cannot be written, BadInput when a picture cannot be
    read. Safe to call from any thread.
    """
    told: Told | None = None
    if masked:
        document, told = masked.told(document)
    ink = Ink(fonts or default_fonts())
    pages = compose_pages(document, ink, progress)
    data = _written(document, pages, ink, progress)
    file: Path | None = None
    if isinstance(target, Path | str):
        file = Path(target)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(file.name + ".part")
            part.write_bytes(data)
            part.replace(file)
        except OSError as error:
            raise WorkFailed(
                f"文件「{file}」写不进去（{error.strerror or error}）。请关闭正在打开它的程序，"
                f"或换一个位置保存。"
            ) from error
    else:
        target.write(data)
    marks = tuple(
        Mark(name, number, (x0, y0, x1, y1))
        for number, page in enumerate(pages, 1)
        for name, x0, y0, x1, y1 in page.marks
    )
    return Printed(
        file, len(pages), hashlib.sha256(data).hexdigest(), tuple(ink.missing), marks, told
    )


def missing_characters(document: Document, *, fonts: FontSet | None = None) -> tuple[str, ...]:
    """Characters of a document that no face has: what to tell the person before printing."""
    ink = Ink(fonts or default_fonts())
    compose_pages(document, ink)
    return tuple(ink.missing)


def compose_pages(
    document: Document, ink: Ink, progress: Progress | None = None
) -> list[PageDraft]:
    """All pages, drawn but not written.

    Where a page more holds little (the signature, the end of a table), tables are set closer if
    that saves it: the standard's own remedy (7.3.5.4) against a page without text.
    """
    flow, composer = _poured(document, ink, progress)
    sparse = document.signature and len(flow.pages) > 1 and flow.left_over > SPARSE * A4.depth
    if (sparse or any(left > SPARSER for left in flow.ends)) and _has_tables(
        (*document.blocks, *document.appendix)
    ):
        close, other = _poured(document, ink, progress, close=True)
        if len(close.pages) < len(flow.pages):
            flow, composer = close, other
    for late in composer.late:
        late()
    if document.folio:
        face = ink.face("song")
        letter = isinstance(document.masthead, LetterHead)
        for page in flow.pages:
            if page.number is not None and not (letter and page.number == 1):
                draw_folio(page, face, page.number)
    face = ink.face("song")
    if document.draft:
        for page in flow.pages:
            page.words(
                document.draft, face, page.sheet.right, MARGIN_NOTE, XIAOWU, align=1.0, colour=GREY
            )
    if document.audit and document.titled:
        page = flow.pages[-1]
        y = page.sheet.height - MARGIN_NOTE
        page.words(
            f"审计链 {document.audit}", face, page.sheet.right, y, AUDIT_SIZE, align=1.0,
            colour=GREY,
        )
    return flow.pages


def _has_tables(blocks: Iterable[Block]) -> bool:
    return any(
        isinstance(block, Table)
        or (isinstance(block, Turned | Article) and _has_tables(block.blocks))
        for block in blocks
    )


def _poured(
    document: Document, ink: Ink, progress: Progress | None, *, close: bool = False
) -> tuple[Flow, Composer]:
    """The document on its pages, all but folios and what is filled in when pages are known."""
    setter = Setter(ink, close=close)
    flow = Flow(A4, progress=(lambda count: progress(count, 0)) if progress else None)
    everything = (*document.front, *document.blocks, *document.appendix)
    wants_contents = any(isinstance(block, Contents) for block in everything)
    composer = Composer(setter, contents_entries(everything) if wants_contents else [])
    plan = (
        imprint_plan(document.imprint, setter, A4, letter=isinstance(document.masthead, LetterHead))
        if document.imprint
        else None
    )
    plan = plan if plan and plan.groups else None

    def foot() -> float:
        """Room for the 版记 under the text, on a page that is to carry it."""
        here = (
            plan is not None and flow.sheet == A4 and not (document.duplex and len(flow.pages) % 2)
        )
        return plan.height + IMPRINT_GAP if plan and here else 0.0

    flow.pour(_items(document, composer, setter), foot)
    _close(document, flow, plan)
    return flow, composer


def _items(document: Document, composer: Composer, setter: Setter) -> Any:
    """The whole document as items, in reading order."""
    sheet = A4
    if document.masthead:
        yield masthead_item(document.masthead, setter, sheet)
    yield from composer.items(document.front, sheet)
    if document.title and document.titled:
        if document.front and document.masthead:
            yield gap(sheet)
        yield from title_items(document.title, setter, sheet)
        yield gap(sheet, keep=True)
    if document.addressee:
        yield from addressee_items(document.addressee, setter, sheet)
    body = list(composer.items(document.blocks, sheet))
    tail: list[Item] = attachment_list_items(document.attachments, setter, sheet)
    if document.signature:
        signature = signature_items(document.signature, document.note, setter, sheet)
        # 附件说明 goes with the signature, all of it where a page can hold them and two lines of
        # text
        if tail:
            high = (
                sum(sheet.pitch if item.grid else item.height for item in (*tail, *signature))
                + 2 * sheet.pitch
            )
            if high > sheet.depth:
                for item in tail[2:-2]:
                    item.keep = False
            keep_tail(tail, len(tail) if high <= sheet.depth else 2)
        tail += signature
    if tail and body:
        keep_tail(body)
    yield from body
    yield from tail
    yield from composer.items(document.appendix, sheet)


def _close(document: Document, flow: Flow, plan: ImprintPlan | None) -> None:
    """Put the 版记 at the foot of the last page, or of the last even page when printed double-sided
    (7.4)."""
    if not flow.pages:
        flow.open(A4)
    if plan is None:
        flow.finish()
        return
    fits = (
        flow.sheet == A4
        and flow.pages[-1].number is not None
        and flow.left_over >= plan.height + IMPRINT_GAP
    )
    here = fits and not (document.duplex and len(flow.pages) % 2)
    if here:
        flow.finish(plan.height + 6.0)
    if document.duplex:
        if not here:
            # neither the blank page nor the imprint's own carries a folio
            flow.open(A4, folio=False)
            if len(flow.pages) % 2:
                flow.open(A4, folio=False)
    elif not fits:
        flow.open(A4, folio=False)
    plan.draw(flow.pages[-1])


def _written(
    document: Document, pages: list[PageDraft], ink: Ink, progress: Progress | None
) -> bytes:
    """The PDF's bytes."""
    from reportlab import rl_config  # slow to import, only needed when printing
    from reportlab.pdfgen.canvas import Canvas

    # streams as they are: written as text they are a quarter larger and take longer
    rl_config.useA85 = 0
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(A4.width, A4.height),
        pageCompression=1,
        invariant=1,
        initialFontName=_no_font(),
        lang="zh-CN",
        pdfVersion=(1, 5),
    )
    canvas.setTitle(document.title.replace("\n", ""))
    canvas.setAuthor(document.author)
    canvas.setSubject(document.subject)
    canvas.setKeywords(
        "，".join([*document.keywords, *([document.audit] if document.audit else [])])
    )
    canvas.setCreator("争先台账")
    canvas.setProducer("争先台账")
    _date(canvas, document.made_on)
    deepest = -1
    for index, page in enumerate(pages):
        deepest = _write_page(canvas, page, index, deepest)
        if progress:
            progress(index + 1, len(pages))
    if deepest >= 0:
        canvas.showOutline()
    pdf = canvas._doc  # noqa: SLF001  # reportlab has no public way to the document it writes
    ink.embed(pdf)
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
    from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFString

    texts = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer")
    facts = {name: PDFString(getattr(pdf.info, name.lower())) for name in texts}
    # with dates reportlab would write 2000-01-01
    pdf.info.format = PDFDictionary({**facts, "Trapped": PDFName("False")}).format


def _write_page(canvas: Canvas, page: PageDraft, index: int, deepest: int) -> int:
    """Write one page; returns the level of the last outline entry."""
    sheet = page.sheet
    width, height = (sheet.height, sheet.width) if sheet.turned else (sheet.width, sheet.height)
    # reportlab swaps the sides of the page's box when the page is rotated
    canvas.setPageSize((sheet.width, sheet.height))
    canvas.setPageRotation(90 if sheet.turned else 0)
    if page.number is not None:
        canvas.addPageLabel(index, style="ARABIC", start=page.number)
    else:
        canvas.addPageLabel(index, prefix="—")
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
    for data, x, top, wide, high in page.pictures:
        _draw_picture(canvas, data, x, sheet.height - top - high, wide, high)
    canvas.addLiteral(page.content())
    if sheet.turned:
        canvas.addLiteral("Q")
    canvas.showPage()
    return deepest


def _draw_picture(
    canvas: Canvas, data: bytes, x: float, y: float, width: float, height: float
) -> None:
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(io.BytesIO(data)), x, y, width, height, mask="auto")


def _no_font() -> str:
    """The name of a font that draws nothing: else reportlab would put an unembedded Helvetica on
    every page."""
    from reportlab.pdfbase import pdfmetrics

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
