"""Turns characters into the codes of embedded faces, and embeds what was used.

Each face goes into the PDF once, as a CID font with two-byte codes given out in order of first use
(ISO 32000-1,
9.7). reportlab's own TrueType support cuts a face into subsets of 256 and so switches fonts every
few Chinese characters; with one font a whole line is one string, which is what makes typesetting
fast. Its ToUnicode map is written here in UTF-16BE, so that characters beyond the BMP are copied
out right.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import msgspec
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFStream

from desktop.bulletin.document import Role
from desktop.bulletin.typeset.characters import FULL
from desktop.bulletin.typeset.fonts import INVISIBLE, MISSING_MARK, FontSet
from desktop.bulletin.typeset.truetype import FontFile

if TYPE_CHECKING:
    from reportlab.pdfbase.pdfdoc import PDFDocument

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
#: Where a full-cell character goes in its cell when a face draws it narrow: 0 left, 1 right, else
#: the middle.
INK_SIDE = {"“": 1.0, "‘": 1.0, "”": 0.0, "’": 0.0}


class EmbeddedFont:
    """One face of one document: codes by order of use."""

    def __init__(self, file: FontFile, name: str) -> None:
        self.file = file
        self.name = name
        self._glyphs = [0]
        self._texts = [""]

    def code(self, character: str, glyph: int) -> str:
        """Four hex digits for a new character."""
        self._glyphs.append(glyph)
        self._texts.append(character)
        return f"{len(self._glyphs) - 1:04X}"

    @property
    def used(self) -> bool:
        """Whether any character was taken from the face."""
        return len(self._glyphs) > 1

    def embed(self, document: PDFDocument) -> None:
        """Add the font's objects to the document and name it in the resources of every page."""
        file = self.file
        scale = 1000 / file.units_per_em
        tag = hashlib.sha256("".join(self._texts).encode()).digest()
        prefix = "".join(chr(65 + byte % 26) for byte in tag[:6])
        base = f"/{prefix}+{file.postscript_name}"

        def stream(content: bytes, **entries: str) -> str:
            made = PDFStream(
                PDFDictionary(dict(entries, Filter="/FlateDecode")), zlib.compress(content, 6), []
            )
            return str(document.Reference(made).format(document), "ascii")

        def refer(entries: dict[str, str]) -> str:
            return str(document.Reference(PDFDictionary(entries)).format(document), "ascii")

        program = file.subset(self._glyphs)
        ascent, descent = (round(value * scale) for value in file.ascent_descent)
        box = " ".join(str(round(value * scale)) for value in file.box)
        descriptor = refer({
            "Type": "/FontDescriptor", "FontName": base, "Flags": "4", "FontBBox": f"[{box}]",
            "ItalicAngle": "0", "Ascent": str(ascent), "Descent": str(descent),
            "CapHeight": str(ascent), "StemV": "80",
            "FontFile2": stream(program, Length1=str(len(program))),
        })
        widths = " ".join(f"{file.advance_em(glyph) * 1000:.6g}" for glyph in self._glyphs)
        descendant = refer({
            "Type": "/Font", "Subtype": "/CIDFontType2", "BaseFont": base,
            "FontDescriptor": descriptor,
            "CIDSystemInfo": "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>",
            "DW": "1000", "W": f"[0 [{widths}]]", "CIDToGIDMap": "/Identity",
        })
        fonts = document.idToObject["BasicFonts"].dict
        font = PDFDictionary({
            "Type": "/Font", "Subtype": "/Type0", "BaseFont": base, "Encoding": "/Identity-H",
            "DescendantFonts": f"[{descendant}]", "ToUnicode": stream(self._to_unicode()),
        })
        fonts[self.name] = document.Reference(font)

    def _to_unicode(self) -> bytes:
        """The CMap by which readers copy text out (Adobe technical note 5411)."""
        pairs = [
            f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>"
            for code, text in enumerate(self._texts)
            if code
        ]
        blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
        body = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


class Glyph(msgspec.Struct, frozen=True):
    """How one character is drawn. Lengths in em."""

    font: EmbeddedFont
    code: str
    advance: float  # what the composer reckons with
    drawn: float  # the face's own advance
    shift: float  # from the start of the cell to the glyph's origin
    slack_left: float  # blank inside the cell that squeezing may take
    slack_right: float


class TypeStyle(msgspec.Struct, frozen=True):
    """How a text is drawn: its glyphs are ``size`` points, its em is ``cell``. ``narrow``: share of
    their width that glyphs and places keep (长体). ``turn``: 1 writes upwards, -1 downwards."""

    face: Face
    size: float
    cell: float
    colour: Colour = BLACK
    narrow: float = 1.0
    turn: int = 0


class Face(dict[str, Glyph]):
    """The glyphs of a role, made on first use: ``face["字"]``."""

    def __init__(self, fonts: DocumentFonts, role: Role) -> None:
        super().__init__()
        self._fonts = fonts
        self.role = role
        self.chain = [fonts.embedded(file) for file in fonts.available.chain(role)]
        self.main = self.chain[0]
        self.plain = PlainCodes(self)
        self.widths: dict[str, float] = {}  # natural widths of short texts, in em

    def at(self, size: float, cell: float | None = None, colour: Colour = BLACK) -> TypeStyle:
        """The face in a size; characters follow one another by ``cell``, by default the size."""
        return TypeStyle(self, size, cell or size, colour)

    def __missing__(self, character: str) -> Glyph:
        code = ord(character)
        for font in self.chain:
            glyph = font.file.characters.get(code)
            if glyph:
                break
        else:
            glyph = 0
            font = self.main
            if code in INVISIBLE:
                blank = self[" "]
                made = msgspec.structs.replace(blank, advance=0.0, drawn=0.0, code="")
                self[character] = made
                return made
            self._fonts.note_missing(character)
            mark = self[MISSING_MARK]
            self[character] = mark
            return mark
        drawn = font.file.advance_em(glyph)
        advance, shift = drawn, 0.0
        if FULL.match(character):
            advance, shift = 1.0, (1.0 - drawn) * INK_SIDE.get(character, 0.5)
        left, _, right, _ = font.file.ink_em(glyph)
        made = Glyph(
            font, self._fonts.code(font, character, glyph), advance, drawn, shift,
            max(0.0, min(0.5, shift + left - 0.03)),
            max(0.0, min(0.5, advance - shift - right - 0.03)),
        )
        self[character] = made
        return made


class PlainCodes(dict[str, str]):
    """Codes of the characters that stand in the role's first face and fill a cell; others raise
    KeyError."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, character: str) -> str:
        glyph = self._face[character]
        if glyph.font is not self._face.main or glyph.advance != 1.0 or glyph.drawn != 1.0:
            raise KeyError(character)
        self[character] = glyph.code
        return glyph.code


class DocumentFonts:
    """All faces of one document in the making, and what they could not draw. Used by one thread."""

    def __init__(self, available: FontSet) -> None:
        self.available = available
        self.missing: dict[str, None] = {}
        self._embedded: dict[FontFile, EmbeddedFont] = {}
        self._codes: dict[tuple[FontFile, str], str] = {}
        self._faces: dict[Role, Face] = {}

    def face(self, role: Role) -> Face:
        """The glyphs of a role."""
        if role not in self._faces:
            self._faces[role] = Face(self, role)
        return self._faces[role]

    def embedded(self, file: FontFile) -> EmbeddedFont:
        """The document's copy of a face: one, whatever roles it plays."""
        if file not in self._embedded:
            self._embedded[file] = EmbeddedFont(file, f"F{len(self._embedded) + 1}")
        return self._embedded[file]

    def code(self, font: EmbeddedFont, character: str, glyph: int) -> str:
        """The character's code in a face, given out once."""
        key = (font.file, character)
        if key not in self._codes:
            self._codes[key] = font.code(character, glyph)
        return self._codes[key]

    def note_missing(self, character: str) -> None:
        """Remember a character that no face has."""
        self.missing[character] = None

    def embed(self, document: PDFDocument) -> None:
        """Embed every face that was used."""
        for font in self._embedded.values():
            if font.used:
                font.embed(document)
