"""A document that is one page: as many rows as it holds, measured as it is set."""

from __future__ import annotations

from collections.abc import Callable

from desktop.bulletin.blocks.pages import compose_pages
from desktop.bulletin.document import Document
from desktop.bulletin.typeset.fonts import default_fonts
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts

MOST = 60
"""Rows that no page holds."""


def fitted(make: Callable[[int], Document]) -> Document:
    """The document with the most rows that leave it one page; ``make`` fills it with so many at
    most. Where not even one fits, it goes on over the page rather than say nothing."""

    def fits(document: Document) -> bool:
        return len(compose_pages(document, DocumentFonts(default_fonts()))) == 1

    found = make(MOST)
    if fits(found):
        return found
    few, many = 1, MOST
    found = make(few)
    while many - few > 1:
        middle = (few + many) // 2
        document = make(middle)
        if fits(document):
            few, found = middle, document
        else:
            many = middle
    return found
