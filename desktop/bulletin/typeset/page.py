"""The page as GB/T 9704-2012 lays it out, and one page being drawn.

Lengths are in points, measured from the sheet's top left corner downwards, as an office measures
them; only
:meth:`PageContent.content` turns them into PDF's upward coordinates.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from desktop.bulletin.typeset.line_fill import Line
from desktop.bulletin.typeset.pdf_fonts import BLACK, Colour, EmbeddedFont, Face, Glyph, TypeStyle

MM = 72 / 25.4
#: Chinese type sizes in points.
ERHAO, XIAOER, SANHAO, XIAOSAN, SIHAO, XIAOSI, WUHAO, XIAOWU = (
    22.0, 18.0, 16.0, 15.0, 14.0, 12.0, 10.5, 9.0,
)
#: Share of an em above the baseline in an ideograph's square (the usual 880 : 120 of Chinese
#: faces).
ASCENT = 0.88
RED: Colour = (1.0, 0.0, 0.0)


class Rect(NamedTuple):
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Sheet(msgspec.Struct, frozen=True):
    """A sheet with its type area (版心) and grid. ``turned``: shown and read with its head to the
    left."""

    width: float
    height: float
    left: float
    top: float
    measure: float
    depth: float
    rows: int
    columns: int
    turned: bool = False
    #: Advance of a character on the grid; and from one line of it to the next: the last line's cell
    #: ends on the type area's lower edge.
    cell: float = 0.0
    pitch: float = 0.0

    def __post_init__(self) -> None:
        cell = self.measure / self.columns
        msgspec.structs.force_setattr(self, "cell", cell)
        msgspec.structs.force_setattr(self, "pitch", (self.depth - cell) / (self.rows - 1))

    @property
    def right(self) -> float:
        """Right edge of the type area."""
        return self.left + self.measure

    @property
    def bottom(self) -> float:
        """Lower edge of the type area."""
        return self.top + self.depth


#: A4 by GB/T 9704-2012, 5.2: 天头 37 mm, 订口 28 mm, 版心 156 × 225 mm, 22 lines of 28 characters.
A4 = Sheet(210 * MM, 297 * MM, 28 * MM, 37 * MM, 156 * MM, 225 * MM, 22, 28)
#: A4 with its content turned a quarter, for wide tables: the same type area seen from the side.
A4_TURNED = Sheet(297 * MM, 210 * MM, 35 * MM, 28 * MM, 225 * MM, 156 * MM, 15, 40, turned=True)
#: A3 across, for the wall chart (convention: 20 mm around, 25 mm at the head).
A3_WIDE = Sheet(420 * MM, 297 * MM, 20 * MM, 25 * MM, 380 * MM, 252 * MM, 24, 67)


@dataclass(frozen=True, eq=False)
class Tag:
    """A part of the document's structure: a paragraph, a heading, a cell of a table. All that is
    drawn under one and the same object is one part. ``alt``: what a figure shows, in words.
    ``covers``: columns and rows of a cell. ``parts`` stand in it in their order, drawn or not."""

    kind: str
    alt: str = ""
    inside: Tag | None = None
    covers: tuple[int, int] = (1, 1)
    parts: list[Tag] = field(default_factory=list)

    def part(self, kind: str, covers: tuple[int, int] = (1, 1)) -> Tag:
        """The next part in this one."""
        self.parts.append(Tag(kind, inside=self, covers=covers))
        return self.parts[-1]


#: No part of what the document says: folios, heads of tables once more on the next page, rules.
ARTIFACT = Tag("Artifact")


class PageContent(msgspec.Struct):
    """One page in the making: drawing operators collected as text, so that later facts can still be
    added."""

    sheet: Sheet
    number: int | None = None  # folio; None on covers and on blank pages
    outline: list[tuple[str, int, float]] = msgspec.field(default_factory=list)  # title, level, top
    # the operator that marks it as a part, data, place
    pictures: list[tuple[str, bytes, Rect]] = msgspec.field(default_factory=list)
    # mark, x0, y0, x1, y1
    marks: list[tuple[str, float, float, float, float]] = msgspec.field(default_factory=list)
    # what of the structure stands on the page, in order; None where none is kept
    tags: list[Tag] | None = None
    blank: bool = True
    _text: list[str] = msgspec.field(default_factory=list)
    _shapes: list[str] = msgspec.field(default_factory=list)
    _font: tuple[EmbeddedFont, float] | None = None
    _spacing: float = 0.0
    _colour: Colour = BLACK
    _tag: Tag | None = None  # what is being written
    _open: Tag | None = None  # whose mark the last text stands under

    def content(self) -> str:
        """The page's operators: shapes first, then all text."""
        closing = ["EMC"] if self._open else []
        text = ["BT 0 0 0 rg", *self._text, *closing, "ET"] if self._text else []
        shapes = self._shapes
        if shapes and self.tags is not None:
            shapes = [f"/{ARTIFACT.kind} BMC", *shapes, "EMC"]
        return "\n".join(["1 j 0 J", *shapes, *text])

    @contextlib.contextmanager
    def tagged(self, tag: Tag | None) -> Iterator[None]:
        """What is written meanwhile is this part of the structure."""
        if tag is None or self.tags is None or self._tag is ARTIFACT:
            yield
            return
        before, self._tag = self._tag, tag
        yield
        if tag.alt and tag not in self.tags:  # a figure of shapes alone
            self._mark()
        self._tag = before

    def paragraph(self) -> contextlib.AbstractContextManager[None]:
        """What is written meanwhile is one paragraph, unless it is a part already."""
        return self.tagged(Tag("P") if self.tags is not None and self._tag is None else None)

    def _mark(self) -> None:
        """The text that follows is what is being written; by itself it is a paragraph."""
        if self.tags is None:
            return
        tag = self._tag or Tag("P")
        if tag is self._open:
            return
        if self._open is not None:
            self._text.append("EMC")
        self._open = tag
        self._text.append(self._marked(tag))

    def _marked(self, tag: Tag) -> str:
        """The operator after which content is a part of the structure."""
        if tag is ARTIFACT or self.tags is None:
            return f"/{ARTIFACT.kind} BMC"
        self.tags.append(tag)
        return f"/{tag.kind} <</MCID {len(self.tags) - 1}>> BDC"

    def picture(self, data: bytes, place: Rect) -> None:
        """A picture; what it shows is told by the tag that it is drawn under."""
        mark = self._marked(self._tag or ARTIFACT) if self.tags is not None else ""
        self.pictures.append((mark, data, place))
        self.blank = False

    # -- shapes

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5, colour: Colour = BLACK
    ) -> None:
        """A straight line from one point to another."""
        height = self.sheet.height
        self._shapes.append(
            f"{_rgb(colour)} RG {width:.3f} w {x0:.3f} {height - y0:.3f} m {x1:.3f}"
            f" {height - y1:.3f} l S"
        )
        self.blank = False

    def box(
        self, rect: Rect, *, fill: Colour | None = None, stroke: float = 0.0, colour: Colour = BLACK
    ) -> None:
        """A rectangle, filled, framed or both."""
        x, y, width, height = rect
        paint = ("B" if stroke else "f") if fill else "S"
        parts = [f"{_rgb(fill)} rg"] if fill else []
        parts += [f"{_rgb(colour)} RG {stroke:.3f} w"] if stroke else []
        parts.append(
            f"{x:.3f} {self.sheet.height - y - height:.3f} {width:.3f} {height:.3f} re {paint}"
        )
        if fill or stroke:
            self._shapes.append(" ".join(parts))
        self.blank = False

    def path(
        self, points: list[tuple[float, float]], *, fill: Colour | None = None, stroke: float = 0.0,
        colour: Colour = BLACK, close: bool = False, dash: str = "",
    ) -> None:
        """A polyline, or an area when closed. ``dash``: lengths as PDF wants them, "3 2"."""
        height = self.sheet.height
        steps = [
            f"{x:.3f} {height - y:.3f} {'l' if index else 'm'}"
            for index, (x, y) in enumerate(points)
        ]
        paint = ("b" if stroke else "f") if fill else "s" if close else "S"
        parts = [
            "q", f"[{dash}] 0 d" if dash else "", f"{_rgb(fill)} rg" if fill else "",
            f"{_rgb(colour)} RG {stroke:.3f} w" if stroke else "", *steps, paint, "Q",
        ]
        self._shapes.append(" ".join(part for part in parts if part))
        self.blank = False

    def hatch(
        self, rect: Rect, step: float, *, falling: bool = False, colour: Colour = BLACK,
        stroke: float = 0.4,
    ) -> None:
        """Slanting lines over a rectangle: what tells areas apart on a black and white printer."""
        x, y, width, height = rect
        lines = []
        offset = -height
        while offset < width:
            low, high = (y, y + height) if falling else (y + height, y)
            lines.append((x + offset, low, x + offset + height, high))
            offset += step
        self._clipped(lines, rect, colour, stroke)

    def stripes(
        self, rect: Rect, step: float, *, upright: bool = False, colour: Colour = BLACK,
        stroke: float = 0.4,
    ) -> None:
        """Level or upright lines over a rectangle, the first half a step from its edge."""
        x, y, width, height = rect
        side = width if upright else height
        lines = []
        offset = min(step, side) / 2
        while offset < side:
            ends = (
                (x + offset, y, x + offset, y + height)
                if upright
                else (x, y + offset, x + width, y + offset)
            )
            lines.append(ends)
            offset += step
        self._clipped(lines, rect, colour, stroke)

    def _clipped(
        self, lines: list[tuple[float, float, float, float]], rect: Rect, colour: Colour,
        stroke: float,
    ) -> None:
        """Lines from x0, y0 to x1, y1, of which only what lies in the rectangle is seen."""
        x, y, width, height = rect
        top = self.sheet.height
        steps = [f"{x0:.3f} {top - y0:.3f} m {x1:.3f} {top - y1:.3f} l" for x0, y0, x1, y1 in lines]
        self._shapes.append(
            f"q {x:.3f} {top - y - height:.3f} {width:.3f} {height:.3f} re W n {_rgb(colour)} RG"
            f" {stroke:.3g} w\n"
            + "\n".join([*steps, "S Q"])
        )
        self.blank = False

    # -- text

    def line(
        self, text: str, line: Line, style: TypeStyle, x: float, baseline: float,
        glyph_at: Callable[[int], Glyph] | None = None,
    ) -> None:
        """Draw a composed line; x is the line's left end. ``glyph_at``: where faces differ."""
        self.blank = False
        face, cell, count = style.face, style.cell, line.end - line.start
        if line.positions is None and glyph_at is None:
            try:
                codes = "".join(map(face.plain.__getitem__, text[line.start : line.end]))
            except KeyError:
                codes = ""
            if codes:
                self._mark()
                self._state(face.main, style)
                self._text.append(
                    f"1 0 0 1 {x + line.indent * cell:.3f} {self.sheet.height - baseline:.3f} Tm"
                    f" <{codes}> Tj"
                )
                return
        places = line.positions or [line.indent + k for k in range(count)]
        if glyph_at is None:
            glyphs = list(map(face.__getitem__, text[line.start : line.end]))
        else:
            glyphs = [glyph_at(k) for k in range(line.start, line.end)]
        self.glyphs(glyphs, places, style, x, baseline)

    def glyphs(
        self, glyphs: Sequence[Glyph], places: Sequence[float], style: TypeStyle, x: float,
        baseline: float,
    ) -> None:
        """Draw glyphs whose cells begin at ``places`` em."""
        narrow, turn = style.narrow, style.turn
        self._mark()
        y = self.sheet.height - baseline
        at = 0
        while at < len(glyphs):
            self._state(glyphs[at].font, style)
            start = (places[at] + glyphs[at].shift) * style.cell
            codes, at = _codes(glyphs, places, at, style)
            if turn:
                self._text.append(f"0 {turn} {-turn} 0 {x:.3f} {y + turn * start:.3f} Tm {codes}")
            else:
                self._text.append(f"{narrow:.4g} 0 0 1 {x + narrow * start:.3f} {y:.3f} Tm {codes}")
        self.blank = False

    def words(
        self, text: str, style: TypeStyle, x: float, baseline: float, align: float = 0.0,
        within: float = 0.0,
    ) -> float:
        """Draw a short text on one line and return its width. ``align``: 0 starts at x, 1 ends
        there, 0.5 is centred on it. ``within``: a text wider than this is narrowed to it, not where
        it is turned."""
        em = style.cell
        glyphs = [style.face[c] for c in text]
        places, width = [], 0.0
        for glyph in glyphs:
            places.append(width)
            width += glyph.advance
        if within and width:
            style = replace(style, narrow=min(1.0, within / (width * em)))
        shift = -align * width * em * style.narrow
        if glyphs and style.turn:
            self.glyphs(glyphs, places, style, x, baseline - style.turn * shift)
        elif glyphs:
            self.glyphs(glyphs, places, style, x + shift, baseline)
        return width * em * style.narrow

    def _state(self, font: EmbeddedFont, style: TypeStyle) -> None:
        """Say what has changed since the last text: font, with how far it is raised, spacing,
        colour."""
        size, spacing, colour = style.size, style.cell - style.size, style.colour
        if (font, size) != self._font:
            self._font = font, size
            self._text.append(f"/{font.name} {size:g} Tf {font.file.rise_em * size:.3f} Ts")
        if spacing != self._spacing:
            self._spacing = spacing
            self._text.append(f"{spacing:.4f} Tc")
        if colour != self._colour:
            self._colour = colour
            self._text.append(f"{_rgb(colour)} rg")


def _codes(
    glyphs: Sequence[Glyph], places: Sequence[float], first: int, style: TypeStyle
) -> tuple[str, int]:
    """The operator that shows the glyphs from ``first`` on that are of one font, and where those of
    another begin."""
    size, cell, font = style.size, style.cell, glyphs[first].font
    spacing, near = cell - size, 0.0005 * size
    pen = (places[first] + glyphs[first].shift) * cell
    parts: list[str] = []
    for end in range(first, len(glyphs)):
        glyph = glyphs[end]
        if glyph.font is not font:
            break
        move = (places[end] + glyph.shift) * cell - pen
        if abs(move) >= near:
            step = round(-move * 1000 / size, 2)
            parts.append(_step(step))
            pen -= step * size / 1000
        if code := glyph.code:
            parts.append(code)
            pen += glyph.drawn * size + spacing
    else:
        end = len(glyphs)
    return f"[<{''.join(parts)}>] TJ".replace("<>", ""), end


@lru_cache(maxsize=4096)
def _step(step: float) -> str:
    """Between two glyphs, how far the second is moved."""
    return f"> {step:g} <"


@lru_cache(maxsize=256)
def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.3g}" for part in colour)


def text_width(text: str, face: Face) -> float:
    """Natural width of a text in em."""
    width = face.widths.get(text)
    if width is None:
        width = face.widths[text] = sum(face[c].advance for c in text)
    return width


def baseline_in(top: float, height: float, size: float) -> float:
    """Baseline of a line of ``size`` whose ideographs stand in the middle of a band."""
    return top + (height - size) / 2 + ASCENT * size
