"""Sets inline texts: from what was typed to composed lines that know how to draw themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from desktop.bulletin.document import Inline, Run
from desktop.bulletin.typeset.characters import CLOSING
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.fonts import Role
from desktop.bulletin.typeset.linebreak import Line, compose
from desktop.bulletin.typeset.page import (
    BLACK,
    SANHAO,
    XIAOWU,
    Colour,
    PageDraft,
    Sheet,
    baseline_in,
)
from desktop.bulletin.typeset.pdf_fonts import Face, Glyph, Ink

#: From line to line of footnotes, in points.
NOTE_LINE = 12.6
#: A last line of more characters than this is not worth squeezing a paragraph for.
SQUEEZED_AWAY = 6.0


@dataclass(slots=True)
class Setting:
    """A composed text. ``cell`` is the em in points, ``size`` the glyphs' size."""

    text: str
    lines: list[Line]
    face: Face
    size: float
    cell: float
    measure: float  # in em
    align: float = 0.0  # 0 left or justified, 0.5 centred, 1 flush right
    colour: Colour = BLACK
    faces: list[Face] | None = None  # one per character, when they differ
    runs: Sequence[tuple[int, int, Run]] = ()  # runs with a mark or a flag: from, to
    # footnotes: where their sign stands, and their text with it
    notes: Sequence[tuple[int, str]] = ()
    # of the first and the other lines, where the text can be set closer
    indents: tuple[float, float] | None = None

    def glyph_at(self, index: int) -> Glyph:
        """The glyph of a character of the text."""
        return (self.faces[index] if self.faces else self.face)[self.text[index]]

    @property
    def width(self) -> float:
        """Width of the widest line in points."""
        return max((line.width for line in self.lines), default=0.0) * self.cell

    def draw(self, index: int, page: PageDraft, x: float, baseline: float) -> None:
        """Draw one line; ``x`` is the left edge of the measure."""
        line = self.lines[index]
        if self.align:
            x += (self.measure - line.width) * self.align * self.cell
            if self.align == 1.0 and line.end > line.start and self.text[line.end - 1] in CLOSING:
                ink = (
                    self._place(line, line.end - 1) + 1.0 - self.glyph_at(line.end - 1).slack_right
                )
                # what is left of the mark's blank half is no text
                x += max(0.0, line.width - ink) * self.cell
        glyph_at = self.glyph_at if self.faces else None
        page.line(
            self.text, line, self.face, x, baseline, self.size, self.cell, self.colour, glyph_at
        )
        for start, end, run in self.runs:
            first, last = max(start, line.start), min(end, line.end)
            if first < last:
                left = x + self.cell * self._place(line, first)
                right = x + self.cell * (self._place(line, last) if last < line.end else line.width)
                if run.mark is not None:
                    page.marks.append((
                        run.mark, left, baseline - 0.88 * self.size, right,
                        baseline + 0.12 * self.size,
                    ))
                if run.flagged:
                    page.rule(
                        left, baseline + 0.16 * self.size, right, baseline + 0.16 * self.size, 0.8
                    )

    @staticmethod
    def _place(line: Line, index: int) -> float:
        at = index - line.start
        return line.positions[at] if line.positions is not None else line.indent + at


class Setter:
    """Makes settings in the faces of one document."""

    def __init__(self, ink: Ink, *, close: bool = False) -> None:
        self.ink = ink
        self.close = close  # tables take as little room as can be read
        self._noted = 0

    def _note_sign(self) -> str:
        """The next footnote's sign: ①, and after ㊿ a number in brackets."""
        self._noted += 1
        number = self._noted
        if number <= 20:
            return chr(0x245F + number)
        if number <= 50:
            return chr(0x323C + number) if number <= 35 else chr(0x328D + number)
        return f"〔{number}〕"

    def set(
        self,
        content: Inline,
        role: Role,
        *,
        size: float,
        measure: float,
        cell: float | None = None,
        first_indent: float = 0.0,
        indent: float = 0.0,
        align: str = "justify",
        colour: Colour = BLACK,
        dates: bool = False,
    ) -> Setting:
        """Compose a text; ``measure`` in points, indents in em. Line ends in the text begin new
        lines. ``dates``: they stay whole."""
        face = self.ink.face(role)
        em = cell or size
        runs: list[tuple[int, int, Run]] = []
        faces: list[Face] | None = None
        notes: list[tuple[int, str]] = []
        if isinstance(content, str):
            text = content
        else:
            signs = [self._note_sign() if run.note else "" for run in content]
            text = "".join(run.text + sign for run, sign in zip(content, signs, strict=True))
            if any(run.face not in (None, role) for run in content):
                faces = []
            at = 0
            for run, sign in zip(content, signs, strict=True):
                if faces is not None:
                    faces.extend([self.ink.face(run.face or role)] * len(run.text + sign))
                if run.mark is not None or run.flagged:
                    runs.append((at, at + len(run.text), run))
                at += len(run.text)
                if sign:
                    notes.append((at, sign + run.note))
                    at += len(sign)
        columns = measure / em
        nearest = round(columns)
        if abs(columns - nearest) < 1e-9:
            columns = float(nearest)
        setting = Setting(
            text,
            [],
            face,
            size,
            em,
            columns,
            {"center": 0.5, "right": 1.0}.get(align, 0.0),
            colour,
            faces,
            runs,
            notes,
        )
        find: Callable[[int], Glyph] = setting.glyph_at if faces else (lambda k: face[text[k]])
        justify = align == "justify"
        if "\n" not in text:
            setting.indents = (first_indent, indent) if justify else None
            setting.lines = compose(
                text,
                columns,
                find,
                first_indent=first_indent,
                indent=indent,
                justify=justify,
                dates=dates,
            )
            return setting
        at = 0
        for part in text.split("\n"):
            offset = at
            for line in compose(
                part,
                columns,
                lambda k, o=offset: find(k + o),  # type: ignore[misc]
                first_indent=indent if at else first_indent,
                indent=indent,
                justify=justify,
                dates=dates,
            ):
                setting.lines.append(
                    line._replace(start=line.start + offset, end=line.end + offset)
                )
            at += len(part) + 1
        return setting

    def grid_items(self, setting: Setting, sheet: Sheet, *, keep: bool = False) -> list[Item]:
        """The lines as items on the page's grid; ``keep`` ties each to the next item."""
        cell, left, size = sheet.cell, sheet.left, setting.size
        drop = baseline_in(0.0, cell, size)
        draw = setting.draw

        def drawer(index: int) -> Callable[[PageDraft, float], None]:
            return lambda page, top: draw(index, page, left, top + drop)

        items = [Item(cell, drawer(index), True, keep) for index in range(len(setting.lines))]
        for at, text in setting.notes:
            number = next(
                (k for k, line in enumerate(setting.lines) if line.start <= at < line.end), 0
            )
            items[number].foot = (*items[number].foot, self._foot(text, sheet))
        if setting.indents is not None and len(items) > 1:
            items[0].lines, items[0].tighter = len(items), lambda: self._tighter(
                setting, sheet, keep=keep
            )
        return items

    def _tighter(self, setting: Setting, sheet: Sheet, *, keep: bool) -> list[Item] | None:
        """The same text in a line less, its last lines squeezed as far as needed; None where its
        marks do not give so much."""
        first, indent = setting.indents or (0.0, 0.0)
        if setting.lines[-1].width - indent > SQUEEZED_AWAY:
            return None
        for tight in range(len(setting.lines) - 2, -1, -1):
            lines = compose(
                setting.text, setting.measure, setting.glyph_at, first_indent=first, indent=indent,
                tight=tight,
            )
            if len(lines) < len(setting.lines):
                return self.grid_items(replace(setting, lines=lines), sheet, keep=keep)
        return None

    def _foot(self, text: str, sheet: Sheet) -> Item:
        """A footnote in 小五, turned lines under its text."""
        setting = self.set(text, "fang", size=XIAOWU, measure=sheet.measure, indent=1.0)

        def draw(page: PageDraft, top: float) -> None:
            for index in range(len(setting.lines)):
                setting.draw(
                    index, page, sheet.left, baseline_in(top + index * NOTE_LINE, NOTE_LINE, XIAOWU)
                )

        return Item(len(setting.lines) * NOTE_LINE, draw)

    def body(
        self,
        content: Inline,
        sheet: Sheet,
        *,
        role: Role = "fang",
        first_indent: float = 2.0,
        indent: float = 0.0,
        align: str = "justify",
    ) -> Setting:
        """A text in 三号 on the grid's cells."""
        return self.set(
            content,
            role,
            size=SANHAO,
            measure=sheet.measure,
            cell=sheet.cell,
            first_indent=first_indent,
            indent=indent,
            align=align,
        )
