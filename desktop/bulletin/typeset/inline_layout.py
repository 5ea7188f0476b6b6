"""Sets inline texts: from what was typed to composed lines that know how to draw themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from desktop.bulletin.document import Inline, Role, Run
from desktop.bulletin.typeset.characters import CLOSING
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.line_fill import Line
from desktop.bulletin.typeset.linebreak import INDENTED, JUSTIFIED, Shape, compose, tightened
from desktop.bulletin.typeset.page import SANHAO, XIAOWU, PageContent, Sheet, Tag, baseline_in
from desktop.bulletin.typeset.pdf_fonts import BLACK, Colour, DocumentFonts, Face, Glyph, TypeStyle

#: From line to line of footnotes, in points.
NOTE_LINE = 12.6
#: A last line of more characters than this is not worth squeezing a paragraph for.
SQUEEZED_AWAY = 6.0
#: Where the lines of an alignment stand in what they leave of the measure.
SHARES = {"center": 0.5, "right": 1.0}


class TextLayout(msgspec.Struct):
    """A composed text. ``cell`` is the em in points, ``size`` the glyphs' size."""

    text: str
    lines: list[Line]
    face: Face
    size: float
    cell: float
    measure: float  # in em
    shape: Shape
    faces: list[Face] | None = None  # one per character, when they differ
    # runs with a mark or a flag: from, to
    runs: list[tuple[int, int, Run]] = msgspec.field(default_factory=list)
    # footnotes: where their sign stands, and their text with it
    notes: list[tuple[int, str]] = msgspec.field(default_factory=list)

    def glyph_at(self, index: int) -> Glyph:
        """The glyph of a character of the text."""
        return (self.faces[index] if self.faces else self.face)[self.text[index]]

    @property
    def width(self) -> float:
        """Width of the widest line in points."""
        return max((line.width for line in self.lines), default=0.0) * self.cell

    def draw(
        self, index: int, page: PageContent, x: float, baseline: float, colour: Colour = BLACK
    ) -> None:
        """Draw one line; ``x`` is the left edge of the measure."""
        line, size = self.lines[index], self.size
        if share := SHARES.get(self.shape.align):
            x += (self.measure - line.width) * share * self.cell
            if share == 1.0 and line.end > line.start and self.text[line.end - 1] in CLOSING:
                slack = self.glyph_at(line.end - 1).slack_right
                ink = self._place(line, line.end - 1) + 1.0 - slack
                # what is left of the mark's blank half is no text
                x += max(0.0, line.width - ink) * self.cell
        style = self.face.at(size, self.cell, colour)
        page.line(self.text, line, style, x, baseline, self.glyph_at if self.faces else None)
        for start, end, run in self.runs:
            first, last = max(start, line.start), min(end, line.end)
            if first < last:
                left = x + self.cell * self._place(line, first)
                right = x + self.cell * (self._place(line, last) if last < line.end else line.width)
                if run.mark is not None:
                    top, foot = baseline - 0.88 * size, baseline + 0.12 * size
                    page.marks.append((run.mark, left, top, right, foot))
                if run.flagged:
                    page.rule(left, baseline + 0.16 * size, right, baseline + 0.16 * size, 0.8)

    def draw_lines(
        self, page: PageContent, x: float, top: float, leading: float,
        part: slice = slice(None),  # a slice never changes
        colour: Colour = BLACK,
    ) -> float:
        """Draw the lines, or a part of them, one below the other in bands of ``leading``; returns
        where the last one ends."""
        with page.paragraph():
            for index in range(*(part or slice(None)).indices(len(self.lines))):
                self.draw(index, page, x, baseline_in(top, leading, self.size), colour)
                top += leading
        return top

    @staticmethod
    def _place(line: Line, index: int) -> float:
        at = index - line.start
        return line.positions[at] if line.positions is not None else line.indent + at


class Typesetter:
    """Sets texts in the faces of one document."""

    def __init__(self, fonts: DocumentFonts, *, names: tuple[str, ...] = ()) -> None:
        self.fonts, self.face = fonts, fonts.face
        self.names = names  # what no line of a title or a cell parts, besides words
        self.close = False  # tables take as little room as can be read
        self._laid: dict[tuple[object, ...] | None, TextLayout] = {}
        self.notices: list[str] = []  # what a person is to know of how it was set
        self._noted = 0

    def again(self, *, close: bool) -> Typesetter:
        """For the same document, tried on other pages: what was set is not set anew."""
        other = Typesetter(self.fonts, names=self.names)
        other.close, other._laid = close, self._laid
        return other

    def _note_sign(self) -> str:
        """The next footnote's sign: ①, and after ㊿ a number in brackets."""
        self._noted += 1
        number = self._noted
        if number <= 20:
            return chr(0x245F + number)
        if number <= 50:
            return chr(0x323C + number) if number <= 35 else chr(0x328D + number)
        return f"〔{number}〕"

    def lay_out(
        self, content: Inline, role: Role, size: float, measure: float, shape: Shape = JUSTIFIED,
        cell: float | None = None,
    ) -> TextLayout:
        """Compose a text; ``measure`` and ``cell``, the em, in points. Line ends in the text begin
        new lines."""
        em = cell or size
        key = (content, role, size, measure, shape, em) if isinstance(content, str) else None
        if key in self._laid:
            return self._laid[key]
        columns = measure / em
        nearest = round(columns)
        if abs(columns - nearest) < 1e-9:
            columns = float(nearest)
        layout = TextLayout("", [], self.face(role), size, em, columns, shape)
        if isinstance(content, str):
            layout.text = content
        else:
            self._take_runs(layout, content, role)
        first, *more = layout.text.split("\n")
        layout.lines = compose(first, columns, _finder(layout, 0), shape)
        at = len(first) + 1
        if more:
            shape = replace(shape, first_indent=shape.indent)
        for part in more:
            for line in compose(part, columns, _finder(layout, at), shape):
                layout.lines.append(replace(line, start=line.start + at, end=line.end + at))
            at += len(part) + 1
        if key:
            self._laid[key] = layout
        return layout

    def _take_runs(self, layout: TextLayout, runs: Sequence[Run], role: Role) -> None:
        """The characters of runs with the signs of their footnotes, and where their marks are."""
        if any(run.face not in (None, role) for run in runs):
            layout.faces = []
        for run in runs:
            start = len(layout.text)
            sign = self._note_sign() if run.note else ""
            layout.text += run.text + sign
            if layout.faces is not None:
                layout.faces.extend([self.face(run.face or role)] * len(run.text + sign))
            if run.mark is not None or run.flagged:
                layout.runs.append((start, start + len(run.text), run))
            if sign:
                layout.notes.append((start + len(run.text), sign + run.note))

    def grid_items(self, layout: TextLayout, sheet: Sheet, *, keep: bool = False) -> list[Item]:
        """The lines as items on the page's grid; ``keep`` ties each to the next item."""
        cell, left, size = sheet.cell, sheet.left, layout.size
        drop = baseline_in(0.0, cell, size)
        draw = layout.draw

        def drawer(index: int) -> Callable[[PageContent, float], None]:
            return lambda page, top: draw(index, page, left, top + drop)

        tag = Tag("P")
        items = [
            Item(cell, drawer(index), True, keep, tag=tag) for index in range(len(layout.lines))
        ]
        for at, text in layout.notes:
            number = next(
                (k for k, line in enumerate(layout.lines) if line.start <= at < line.end), 0
            )
            items[number].foot = (*items[number].foot, self._foot(text, sheet))
        if layout.shape.align == "justify" and len(items) > 1 and "\n" not in layout.text:
            items[0].lines = len(items)
            items[0].tighter = lambda: self._tighter(layout, sheet, keep=keep)
        return items

    def _tighter(self, layout: TextLayout, sheet: Sheet, *, keep: bool) -> list[Item] | None:
        """The same text in a line less, its last lines squeezed as far as needed; None where its
        marks do not give so much."""
        shape = replace(layout.shape, dates=False)
        if layout.lines[-1].width - shape.indent > SQUEEZED_AWAY:
            return None
        lines = tightened(layout.text, layout.measure, layout.glyph_at, shape, layout.lines)
        return self.grid_items(replace(layout, lines=lines), sheet, keep=keep) if lines else None

    def _foot(self, text: str, sheet: Sheet) -> Item:
        """A footnote in 小五, turned lines under its text."""
        layout = self.lay_out(text, "fang", XIAOWU, sheet.measure, Shape(indent=1.0))

        def draw(page: PageContent, top: float) -> None:
            layout.draw_lines(page, sheet.left, top, NOTE_LINE)

        return Item(len(layout.lines) * NOTE_LINE, draw, tag=Tag("Note"))

    def body(
        self, content: Inline, sheet: Sheet, shape: Shape = INDENTED, *, role: Role = "fang"
    ) -> TextLayout:
        """A text in 三号 on the grid's cells."""
        return self.lay_out(content, role, SANHAO, sheet.measure, shape, sheet.cell)


def _finder(layout: TextLayout, start: int) -> Callable[[int], Glyph]:
    """What finds the glyphs of a part of a text that begins at ``start``."""
    if layout.faces:
        return lambda k: layout.glyph_at(k + start)
    face, text = layout.face, layout.text
    return lambda k: face[text[k + start]]


def centred(
    text: str, style: TypeStyle, sheet: Sheet, height: float, *, grid: bool = False,
    keep: bool = False,
) -> Item:
    """A short text in the middle of a line of its own, no wider than the type area."""
    middle = sheet.left + sheet.measure / 2

    def draw(page: PageContent, top: float) -> None:
        page.words(text, style, middle, baseline_in(top, height, style.size), 0.5, sheet.measure)

    return Item(height, draw, grid, keep, tag=Tag("P"))
