"""The copy for the archive: PDF/A-2u with the document's structure, its language, and a colour
profile. What is drawn stays as it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import ImageCms

from desktop.bulletin.typeset.page import PageContent, Tag

#: Where a colour profile tells the day of its making, and that day: the same file from the same
#: document.
PROFILE_DAY = slice(24, 36)
MADE = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
#: The identifier that colour profiles of screens go by.
COLOURS = "sRGB IEC61966-2.1"


def archived(data: bytes, pages: Sequence[PageContent]) -> bytes:
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
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata.load_from_docinfo(pdf.docinfo)
            metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", "U"
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

    def build(self, pages: Sequence[PageContent]) -> None:
        """Take the tags of all pages."""
        numbers = Array()
        for at, (page, draft) in enumerate(zip(self._pdf.pages, pages, strict=True)):
            parents = Array()
            for mark, tag in enumerate(draft.tags or ()):
                element = self._of(tag)
                element.K.append(Dictionary(Type=Name.MCR, Pg=page.obj, MCID=mark))
                parents.append(element)
            page.obj.StructParents = at
            page.obj.Tabs = Name.S
            numbers.append(at)
            numbers.append(self._pdf.make_indirect(parents))
        self._tree.ParentTree = self._pdf.make_indirect(Dictionary(Nums=numbers))
        self._tree.ParentTreeNextKey = len(pages)
        self._pdf.Root.StructTreeRoot = self._tree

    def _of(self, tag: Tag) -> pikepdf.Object:
        """The element of a part, made with those that stand in it when the first of them is met."""
        if tag not in self._known and tag.inside is not None:
            self._of(tag.inside)
        if tag not in self._known:
            above = self._known[tag.inside] if tag.inside is not None else self._top
            element = self._known[tag] = self._element(tag.kind, above)
            if tag.alt:
                element.Alt = tag.alt
            if tag.kind in ("TH", "TD"):
                element.A = Dictionary(O=Name.Table, ColSpan=tag.covers[0], RowSpan=tag.covers[1])
                if tag.kind == "TH":
                    element.A.Scope = Name.Column
            above.K.append(element)
            for part in tag.parts:
                self._of(part)
        return self._known[tag]

    def _element(self, kind: str, above: pikepdf.Object) -> pikepdf.Object:
        element = Dictionary(Type=Name.StructElem, S=Name(f"/{kind}"), P=above, K=Array())
        return self._pdf.make_indirect(element)
