"""The copy for the archive: PDF/A-2u with the document's structure, its language, and a colour
profile. What is drawn stays as it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import ImageCms

from desktop.bulletin.typeset.page import PageDraft, Tag

#: Where a colour profile tells the day of its making, and that day: the same file from the same
#: document.
PROFILE_DAY = slice(24, 36)
MADE = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
#: The identifier that colour profiles of screens go by.
COLOURS = "sRGB IEC61966-2.1"


def archived(data: bytes, pages: Sequence[PageDraft]) -> bytes:
    """The PDF of these pages as PDF/A-2u; their tags become its structure."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        _Structure(pdf).build(pages)
        pdf.Root.MarkInfo = Dictionary(Marked=True)
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        pdf.Root.OutputIntents = Array([Dictionary(
            Type=Name.OutputIntent, S=Name.GTS_PDFA1, OutputConditionIdentifier=COLOURS,
            Info=COLOURS, DestOutputProfile=_profile(pdf),
        )])
        if "/Trapped" in pdf.docinfo:  # which no metadata have a word for
            del pdf.docinfo["/Trapped"]
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as told:
            told.load_from_docinfo(pdf.docinfo)
            told["pdfaid:part"], told["pdfaid:conformance"] = "2", "U"
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, min_version="1.7")
    return out.getvalue()


@cache
def _colours() -> bytes:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[: PROFILE_DAY.start] + MADE + made[PROFILE_DAY.stop :]


def _profile(pdf: Pdf) -> pikepdf.Object:
    stream = pdf.make_stream(_colours())
    stream.N = 3
    return pdf.make_indirect(stream)


class _Structure:
    """The tree of the document's parts, and from each page's marks to them."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self._top = self._element("Document", self._tree)
        self._tree.K = Array([self._top])
        self._known: dict[Tag, pikepdf.Object] = {}

    def build(self, pages: Sequence[PageDraft]) -> None:
        """Take the tags of all pages."""
        numbers = Array()
        for at, (page, draft) in enumerate(zip(self._pdf.pages, pages, strict=True)):
            parents = Array()
            for mark, tag in enumerate(draft.tags or ()):
                element = self._leaf(tag)
                element.K.append(Dictionary(Type=Name.MCR, Pg=page.obj, MCID=mark))
                parents.append(element)
            page.obj.StructParents = at
            page.obj.Tabs = Name.S
            numbers.append(at)
            numbers.append(self._pdf.make_indirect(parents))
        self._tree.ParentTree = self._pdf.make_indirect(Dictionary(Nums=numbers))
        self._tree.ParentTreeNextKey = len(pages)
        self._pdf.Root.StructTreeRoot = self._tree

    def _leaf(self, tag: Tag) -> pikepdf.Object:
        """The element that a tag's marks hang under: of a row its one cell."""
        element = self._of(tag)
        if tag.kind != "TR":
            return element
        if not len(element.K):
            element.K.append(self._element("TD", element))
        return element.K[0]

    def _of(self, tag: Tag) -> pikepdf.Object:
        if tag not in self._known:
            above = self._of(tag.inside) if tag.inside is not None else self._top
            element = self._element(tag.kind, above)
            if tag.alt:
                element.Alt = tag.alt
            above.K.append(element)
            self._known[tag] = element
        return self._known[tag]

    def _element(self, kind: str, above: pikepdf.Object) -> pikepdf.Object:
        element = Dictionary(Type=Name.StructElem, S=Name(f"/{kind}"), P=above, K=Array())
        return self._pdf.make_indirect(element)
