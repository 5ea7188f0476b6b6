"""A whole document on its pages, and the writer that makes a PDF of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from desktop.bulletin.blocks.articles import Composer, contents_entries
from desktop.bulletin.blocks.imprint import ImprintPlan, draw_folio, imprint_plan
from desktop.bulletin.blocks.masthead import masthead_item
from desktop.bulletin.blocks.text_blocks import (
    addressee_items,
    attachment_list_items,
    gap,
    keep_tail,
    signature_items,
    title_items,
)
from desktop.bulletin.document import Article, Block, Contents, Document, LetterHead, Table, Turned
from desktop.bulletin.typeset.flow import Flow, Item
from desktop.bulletin.typeset.fonts import FontSet, default_fonts
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.page import A4, A4_TURNED, ARTIFACT, MM, SIHAO, PageContent
from desktop.bulletin.typeset.pdf_file import Properties, pdf_bytes
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts
from desktop.bulletin.writer_protocol import Mark, Progress, Written

#: A last page with a signature that has more room than this share is worth saving; and the last
#: page of any part with more than this.
SPARSE, SPARSER = 0.4, 0.7
#: The page that gives its last lines to the page of the 版记 keeps at least this share of text.
FULL = 0.6
#: Least blank between the text and the 版记.
IMPRINT_GAP = 2.0
#: Baseline of the word for what is not issued, from the sheet's upper edge.
MARGIN_NOTE = 15 * MM


def write_pdf(
    document: Document, fonts: FontSet | None = None, progress: Progress | None = None,
    *, archive: bool = False,
) -> Written:
    """The document as a PDF (``archive``: PDF/A-2u, with its structure) in these faces, by default
    those of this machine
    (:func:`desktop.bulletin.typeset.fonts.default_fonts`); ``bundled_fonts()`` gives the same file
    everywhere. The same document in the same faces gives the same bytes, its day
    (``Document.made_on``) included. Raises BadInput when a picture cannot be read."""
    faces = DocumentFonts(fonts or default_fonts())
    notices: list[str] = []
    pages = compose_pages(document, faces, progress, notices, tagged=archive)
    keywords = (*document.keywords, *([document.audit] if document.audit else []))
    properties = Properties(
        document.title.replace("\n", ""), document.author, document.subject, keywords,
        document.made_on,
    )
    data = pdf_bytes(
        pages, faces, properties, lambda done: progress(done, len(pages)) if progress else None
    )
    if archive:
        from desktop.bulletin.typeset.pdf_a import archived  # late: for what is issued only

        data = archived(data, pages)
    marks = tuple(
        Mark(name, number, (x0, y0, x1, y1))
        for number, page in enumerate(pages, 1)
        for name, x0, y0, x1, y1 in page.marks
    )
    return Written(data, len(pages), tuple(faces.missing), marks, tuple(notices))


def compose_pages(
    document: Document, faces: DocumentFonts, progress: Progress | None = None,
    notices: list[str] | None = None, *, tagged: bool = False,
) -> list[PageContent]:
    """All pages, drawn but not written; ``notices`` takes what a person must know of them,
    ``tagged``: with the structure of what stands on them.

    Where a page more holds little (the signature, the end of a table), tables are set closer if
    that saves it: the standard's own remedy (7.3.5.4) against a page without text.
    """
    flow, composer = _best_poured(document, faces, progress, tagged=tagged)
    if notices is not None:
        notices += dict.fromkeys(composer.typesetter.notices)
    pages = flow.drawn()
    for late in composer.late:
        late()
    _mark_pages(document, faces, pages)
    return pages


def _best_poured(
    document: Document, faces: DocumentFonts, progress: Progress | None, *, tagged: bool
) -> tuple[Flow, Composer]:
    """The document on as few pages as it needs, its 版记 on an even one where that can be."""
    setter = Typesetter(faces, names=document.names)
    flow, composer = _poured(document, setter, progress, tagged=tagged)
    sparse = document.signature and len(flow.pages) > 1 and flow.left_over > SPARSE * A4.depth
    if (sparse or any(left > SPARSER for left in flow.ends)) and _has_tables(
        (*document.blocks, *document.appendix)
    ):
        closer, other = _poured(document, setter.again(close=True), progress, tagged=tagged)
        if len(closer.pages) < len(flow.pages):
            flow, composer = closer, other
    if document.duplex and document.imprint and len(flow.pages) % 2:
        # 版记 on an even page, where enough of the text can go over to it
        again = setter.again(close=composer.typesetter.close)
        even, other = _poured(document, again, progress, over=True, tagged=tagged)
        if len(even.pages) == len(flow.pages) + 1 and even.filled[-1] >= FULL:
            flow, composer = even, other
    return flow, composer


def _mark_pages(document: Document, faces: DocumentFonts, pages: Sequence[PageContent]) -> None:
    """Folios, and the word over a draft."""
    if document.folio:
        face = faces.face("song")
        letter = isinstance(document.masthead, LetterHead)
        for page in pages:
            if page.number is not None and not (letter and page.number == 1):
                with page.tagged(ARTIFACT):
                    draw_folio(page, face, page.number)
    if document.draft:
        style = faces.face("hei").at(SIHAO)
        for page in pages:
            with page.tagged(ARTIFACT):
                page.words(document.draft, style, page.sheet.right, MARGIN_NOTE, align=1.0)


def contents_pages(
    document: Document, fonts: FontSet, progress: Progress | None = None
) -> dict[int, str]:
    """The pages on paper that the entries of the contents begin on."""
    setter = Typesetter(DocumentFonts(fonts), names=document.names)
    _, composer = _poured(document, setter, progress)
    return {at: str(page.number) for at, page in composer.pages.items() if page.number}


def _has_tables(blocks: Iterable[Block]) -> bool:
    return any(
        isinstance(block, Table)
        or (isinstance(block, Turned | Article) and _has_tables(block.blocks))
        for block in blocks
    )


def _poured(
    document: Document, typesetter: Typesetter, progress: Progress | None, *, over: bool = False,
    tagged: bool = False,
) -> tuple[Flow, Composer]:
    """The document on its pages, all but folios and what is filled in when pages are known.
    ``over``: its last lines begin a page."""
    flow = Flow(
        A4, progress=(lambda count: progress(count, 0)) if progress else None, tagged=tagged
    )
    everything = (*document.front, *document.blocks, *document.appendix)
    wants_contents = any(isinstance(block, Contents) for block in everything)
    composer = Composer(typesetter, contents_entries(everything) if wants_contents else [])

    def plan() -> ImprintPlan | None:
        """The 版记 as the sheet has room for it; None on what is hung on a wall."""
        if document.imprint is None or flow.sheet not in (A4, A4_TURNED):
            return None
        letter = isinstance(document.masthead, LetterHead)
        made = imprint_plan(document.imprint, typesetter, flow.sheet, letter=letter)
        return made if made.groups else None

    def foot() -> float:
        """Room for the 版记 under the text, on a page that is to carry it."""
        made = plan()
        return made.height + IMPRINT_GAP if made else 0.0

    items = list(_items(document, composer, typesetter))
    if over and (last := _last_lines(items)):
        items[last].fresh = True
        items[last - 1].keep = False
    flow.pour(items, foot)
    _close(flow, plan, wanted=document.imprint is not None)
    return flow, composer


def _last_lines(items: list[Item]) -> int:
    """Where the last lines begin that go over together: what is tied to the last item, and three
    lines of text at least."""
    solid = [k for k, item in enumerate(items) if not item.blank and not item.opens]
    last = solid[-1] if solid else 0
    for _ in range(3):
        while last and items[last - 1].keep:
            last -= 1
        tied = len(solid) - sum(k < last for k in solid)
        if not last or tied > 2 or not items[last - 1].grid:
            break
        last -= 1
    return last


def _items(document: Document, composer: Composer, typesetter: Typesetter) -> Iterator[Item]:
    """The whole document as items, in reading order."""
    sheet = A4
    if document.masthead:
        yield masthead_item(document.masthead, typesetter, sheet)
    yield from composer.items(document.front, sheet)
    if document.title and document.titled:
        if document.front and document.masthead:
            yield gap(sheet)
        yield from title_items(document.title, typesetter, sheet)
        yield gap(sheet, keep=True)
    if document.addressee:
        yield from addressee_items(document.addressee, typesetter, sheet)
    body = list(composer.items(document.blocks, sheet))
    tail: list[Item] = attachment_list_items(document.attachments, typesetter, sheet)
    if document.signature:
        signature = signature_items(document.signature, document.note, typesetter, sheet)
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


def _close(flow: Flow, planned: Callable[[], ImprintPlan | None], *, wanted: bool) -> None:
    """Put the 版记 at the foot of the last page (7.4)."""
    if not flow.pages:
        flow.open(A4)
    plan = planned()
    if plan and flow.pages[-1].number is not None and flow.left_over >= plan.height + IMPRINT_GAP:
        flow.finish(plan.height + 6.0)
    elif wanted:
        flow.open(A4, folio=False)
        plan = planned()
    if plan is None:
        flow.finish()
    else:
        flow.draw_later(lambda page, _: plan.draw(page))
