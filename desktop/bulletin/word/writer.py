"""Writes a document as a .docx that Word, WPS and LibreOffice edit."""

from __future__ import annotations

import datetime
import io
import zipfile
from xml.sax.saxutils import quoteattr

import docx
from docx.document import Document as File
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as REL
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.section import Section as FileSection
from docx.section import _Footer, _Header

from desktop.bulletin.blocks.articles import contents_entries
from desktop.bulletin.blocks.pages import contents_pages
from desktop.bulletin.document import Contents, Document, LetterHead
from desktop.bulletin.typeset.fonts import FontSet, default_fonts
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.page import SIHAO
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts
from desktop.bulletin.word.blocks import add_blocks, add_title
from desktop.bulletin.word.body import Body
from desktop.bulletin.word.head_and_imprint import (
    add_attachment_list,
    add_imprint,
    add_masthead,
    add_signature,
    empty_lines,
)
from desktop.bulletin.word.markup import FORBIDDEN, SOURCE, Marks, field, paragraph, run, twips
from desktop.bulletin.word.styles import MAIN, fonts_xml, settings_xml, styles_xml
from desktop.bulletin.writer_protocol import Progress, Written

#: English Metric Units of a point, in which pictures are measured.
EMU = 12_700
NAMESPACES = (
    f"{MAIN} xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
#: The red double rule at the foot of a letter's first page (10.1).
LETTER_FOOT = (
    '<w:pBdr><w:top w:val="thinThickSmallGap" w:sz="18" w:space="1" w:color="FF0000"/></w:pBdr>'
)
#: A file tells no day of its own making: the same document gives the same bytes.
DAY = (1980, 1, 1, 0, 0, 0)
#: What the given template brings that a document does not need.
LEFT_OUT = ("styles", "customXml", "numbering", "ettings", "fontTable", "theme")


def write_docx(
    document: Document, fonts: FontSet | None = None, progress: Progress | None = None
) -> Written:
    """The document as a .docx: its styles, real tables, charts as pictures, and its figures marked
    with their keys. Its pages are counted by who opens it. Raises BadInput when a picture cannot be
    read."""
    faces = fonts or default_fonts()
    drawn = DocumentFonts(faces)
    file = docx.Document()
    pictures = _Pictures(file)
    body = Body(
        Marks(kept=not document.masked), Typesetter(drawn, names=document.names), faces,
        pictures.run,
    )
    everything = (*document.front, *document.blocks, *document.appendix)
    if any(isinstance(block, Contents) for block in everything):
        body.entries = contents_entries(everything)
        body.pages = contents_pages(document, faces, progress)
    _write(document, body)
    if document.source and body.parts:
        body.parts[0] = body.parts[0].replace(
            "</w:pPr>", f"</w:pPr>{body.marks.bookmark(SOURCE + document.source, '')}", 1
        )
    _parts(file)
    xml = f"<w:document {NAMESPACES}><w:body>{body.finished()}</w:body></w:document>"
    element = file.element
    made = parse_xml(xml)
    element.replace(element.body, made[0])
    for section, known in zip(file.sections, body.sections, strict=True):
        _around(section, document, folio=known.folio and document.folio)
    _properties(file, document)
    out = io.BytesIO()
    file.save(out)
    return Written(
        _plain_zip(out.getvalue()), 0, notices=tuple(dict.fromkeys(body.typesetter.notices))
    )


def _write(document: Document, body: Body) -> None:
    """The whole document, in reading order."""
    if document.masthead:
        add_masthead(body, document.masthead)
    add_blocks(body, document.front)
    if document.title and document.titled:
        if document.front and document.masthead:
            empty_lines(body)
        add_title(body, document.title)
        empty_lines(body)
    if document.addressee:
        body.add(paragraph("addressee", run(document.addressee.rstrip(":： ") + "：")))
    add_blocks(body, document.blocks)
    before = len(body.parts)
    add_attachment_list(body, document.attachments)
    if document.signature:
        body.keep_last(len(body.parts) - before + 1)
        add_signature(body, document.signature, document.note)
    add_blocks(body, document.appendix)
    body.stay()
    if document.imprint:
        add_imprint(body, document.imprint, letter=isinstance(document.masthead, LetterHead))


def _parts(file: File) -> None:
    """The document's own styles, settings and faces, and nothing else of the template's."""
    part = file.part
    for key, each in list(part.rels.items()):
        if any(name in each.target_ref for name in LEFT_OUT):
            del part.rels[key]
    for kind, name, content, blob in (
        (REL.STYLES, "/word/styles.xml", CT.WML_STYLES, styles_xml()),
        (REL.SETTINGS, "/word/settings.xml", CT.WML_SETTINGS, settings_xml()),
        (REL.FONT_TABLE, "/word/fontTable.xml", CT.WML_FONT_TABLE, fonts_xml()),
    ):
        part.relate_to(Part(PackURI(name), content, blob, part.package), kind)
    for key, each in list(part.package.rels.items()):
        if "thumbnail" in each.target_ref:
            del part.package.rels[key]


class _Pictures:
    """Puts pictures into the file, each with what it shows in words."""

    def __init__(self, file: File) -> None:
        self._file, self._count = file, 0

    def run(self, data: bytes, width: float, height: float, alt: str) -> str:
        """A run with the picture, in points."""
        relation, _ = self._file.part.get_or_add_image(io.BytesIO(data))
        self._count += 1
        size = f'cx="{round(width * EMU)}" cy="{round(height * EMU)}"'
        name, words = f"图{self._count}", quoteattr(alt)
        return (
            '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent'
            f" {size}/>"
            f'<wp:docPr id="{self._count}" name="{name}" descr={words}/><a:graphic>'
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
            f'<pic:pic><pic:nvPicPr><pic:cNvPr id="{self._count}" name="{name}" descr={words}/>'
            f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="{relation}"/><a:stretch>'
            '<a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
            f'<a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
            "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )


def _around(section: FileSection, document: Document, *, folio: bool) -> None:
    """Folios at the outer edge of each page, and in the upper margin the word for what is not
    issued."""
    letter = isinstance(document.masthead, LetterHead)
    section.different_first_page_header_footer = letter
    places = [(section.footer, "right"), (section.even_page_footer, "left")]
    if letter:
        places.append((section.first_page_footer, ""))
    for footer, side in places:
        footer.is_linked_to_previous = False
        shown = paragraph("folio", "", "" if side else LETTER_FOOT)
        _filled(footer, _folio(side) if folio and side else shown)
    heads = [section.header, section.even_page_header]
    for header in (*heads, *([section.first_page_header] if letter else [])):
        header.is_linked_to_previous = False
        _filled(header, paragraph("head", run(document.draft)))


def _folio(side: str) -> str:
    """— 1 —, a character in from its side."""
    indent = f'<w:ind w:{side}="{twips(SIHAO)}"/><w:jc w:val="{side}"/>'
    return paragraph("folio", run("— ") + field("PAGE", "1") + run(" —"), indent)


def _filled(place: _Footer | _Header, xml: str) -> None:
    """A header or footer with this paragraph alone."""
    element = place.part.element
    for child in list(element):
        element.remove(child)
    element.append(parse_xml(xml.replace("<w:p>", f"<w:p {MAIN}>", 1)))


def _properties(file: File, document: Document) -> None:
    """Title, author and day: those of the document, not of a template."""
    known = file.core_properties
    words = "，".join([*document.keywords, *([document.audit] if document.audit else [])])
    texts = (document.title.replace("\n", ""), document.author, document.subject, words)
    known.title, known.author, known.subject, known.keywords = (
        FORBIDDEN.sub("", text) for text in texts
    )
    known.comments, known.last_modified_by, known.language = "", known.author, "zh-CN"
    day = document.made_on or datetime.date(1980, 1, 1)
    known.created = known.modified = datetime.datetime.combine(day, datetime.time())


def _plain_zip(data: bytes) -> bytes:
    """The same package, its entries without a time of their own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()
