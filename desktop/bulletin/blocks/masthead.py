"""What stands above the text: 版头 and the masthead of a 简报 (GB/T 9704-2012, 7.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace

from desktop.bulletin.document import MASK, BriefHead, LetterHead, RedHead, day_text
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.page import (
    ASCENT,
    MM,
    RED,
    SANHAO,
    PageContent,
    Sheet,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pdf_fonts import Face, TypeStyle
from desktop.bulletin.typeset.titles import break_title

#: 发文机关标志: its upper edge below the type area's, and the largest size (convention: the usual
#: red heads).
MARK_TOP, MARK_SIZE = 35 * MM, 62.0
#: A long name is set higher than its width would allow, its characters narrowed (长体) as printers
#: do, but never below this share. A masked name is set in the same size, so that its two signs do
#: not move the page.
MARK_LEAST, NARROWEST = 36.0, 0.72
#: A name that would be set smaller than this (一号) takes a line more; from one to the next.
READABLE, MARK_LINE = 26.0, 1.15
#: Between the names of several organs and the word beside them, in em.
JOINT_GAP = 0.35
#: Red rule: below the line with the number; its thickness is a convention.
RULE_BELOW, RULE_WIDTH = 4 * MM, 1.2
#: 简报: size of the name, and its red rule (conventions).
BRIEF_SIZE, BRIEF_RULE = 54.0, 1.5


#: 信函格式 (10.1): the mark and the second double rule are measured from the sheet's edges; 3号 ×
#: 7/8 below the rule.
LETTER_TOP, LETTER_FOOT, LETTER_RULE, LETTER_SIZE = 30 * MM, 20 * MM, 170 * MM, 46.0
LETTER_THICK, LETTER_THIN, LETTER_SPLIT = 1.5, 0.5, 2.2
LETTER_BELOW = SANHAO * 7 / 8
#: Names of 签发人 on a line (7.2.6).
SIGNERS_ABREAST = 2


def masthead_item(
    head: RedHead | LetterHead | BriefHead, typesetter: Typesetter, sheet: Sheet
) -> Item:
    """The head of the first page, with two empty lines below its rule; the title stands on the grid
    line after it."""
    if isinstance(head, RedHead):
        plan = _RedPlan(head, typesetter, sheet)
        return Item(plan.end, plan.draw, keep=True)
    if isinstance(head, LetterHead):
        letter = _LetterPlan(head, typesetter, sheet)
        return Item(letter.end, letter.draw, keep=True)
    brief = _BriefPlan(head, typesetter, sheet)
    return Item(brief.end, brief.draw, keep=True)


def _corner(page: PageContent, sheet: Sheet, texts: list[tuple[str, Face]]) -> None:
    """份号, 密级 and 紧急程度 one below the other at the upper left of the type area."""
    for row, (text, face) in enumerate(texts):
        top = sheet.top + row * sheet.pitch
        page.words(
            text, face.at(SANHAO, sheet.cell), sheet.left, baseline_in(top, sheet.cell, SANHAO)
        )


class _RedPlan:
    """Where the parts of a red head stand."""

    def __init__(self, head: RedHead, typesetter: Typesetter, sheet: Sheet) -> None:
        self.head, self.sheet = head, sheet
        self.mark, self.fang, self.kai = (
            typesetter.face("biaosong"), typesetter.face("fang"), typesetter.face("kai"),
        )
        self.hei = typesetter.face("hei")
        self.organs, self.suffix = red_lines(head, typesetter, sheet.measure)
        self.widest = max((text_width(name, self.mark) for name in self.organs), default=1.0)
        suffix = text_width(self.suffix, self.mark)
        joint = len(head.organs) > 1
        full = self.widest + suffix + (JOINT_GAP if joint and suffix else 0.0)
        self.size, self.narrow = fitted(
            sheet.measure / max(full, 1.0),
            MARK_LEAST if MASK in head.organs else 44.0 if joint else MARK_SIZE,
        )
        self.step = self.size * MARK_LINE
        height = self.size + (len(self.organs) - 1) * self.step
        self.full = full
        # the number stands on the grid line that leaves two empty lines below the mark
        self.row = math.ceil((MARK_TOP + height) / sheet.pitch - 0.05) + 2
        self.last = last = self.row + max(0, -(-len(head.signers) // SIGNERS_ABREAST) - 1)
        if head.number or head.signers:
            self.rule = last * sheet.pitch + sheet.cell + RULE_BELOW
        else:
            self.rule = MARK_TOP + height + 2 * sheet.pitch
        self.end = (math.ceil(self.rule / sheet.pitch) + 2) * sheet.pitch

    def draw(self, page: PageContent, top: float) -> None:
        """Draw the head; ``top`` is the upper edge of the type area."""
        head, sheet = self.head, self.sheet
        corner = [(head.copy_no, self.fang), (head.secrecy, self.hei), (head.urgency, self.hei)]
        _corner(page, sheet, [(text, face) for text, face in corner if text])
        with page.paragraph():
            self._organs(page, top)
        baseline = baseline_in(top + self.row * sheet.pitch, sheet.cell, SANHAO)
        if head.signers:
            # 7.2.5: the number stands on the line of the last signer's name
            last = baseline + (self.last - self.row) * sheet.pitch
            page.words(head.number, self.fang.at(SANHAO, sheet.cell), sheet.left + sheet.cell, last)
            with page.paragraph():
                self._signers(page, baseline)
        elif head.number:
            page.words(
                head.number, self.fang.at(SANHAO, sheet.cell), sheet.left + sheet.measure / 2,
                baseline, align=0.5,
            )
        page.rule(sheet.left, top + self.rule, sheet.right, top + self.rule, RULE_WIDTH, RED)

    def _organs(self, page: PageContent, top: float) -> None:
        """发文机关标志: the organs' names, and the word beside them."""
        organs, suffix, sheet, size = self.organs, self.suffix, self.sheet, self.size
        mark = replace(self.mark.at(size, colour=RED), narrow=self.narrow)
        full = self.full * size * self.narrow
        x = sheet.left + (sheet.measure - full) / 2
        for index, name in enumerate(organs):
            baseline = top + MARK_TOP + index * self.step + _rise(name + suffix, self.mark) * size
            _spread(page, name, mark, x, baseline, self.widest * size * self.narrow)
        if suffix:
            middle = top + MARK_TOP + (len(organs) - 1) * self.step / 2
            rise = _rise("".join(organs) + suffix, self.mark)
            wide = text_width(suffix, self.mark) * size * self.narrow
            _spread(page, suffix, mark, x + full - wide, middle + rise * size, wide)

    def _signers(self, page: PageContent, baseline: float) -> None:
        """签发人 (7.2.6): one character in from the right, two names a line, turned lines under the
        first name."""
        sheet, signers = self.sheet, self.head.signers
        abreast = min(len(signers), SIGNERS_ABREAST)
        wide = max(text_width(name, self.kai) for name in signers)
        start = sheet.right - (1 + 4 + abreast * wide + abreast - 1) * sheet.cell
        page.words("签发人：", self.fang.at(SANHAO, sheet.cell), start, baseline)
        for index, name in enumerate(signers):
            row, column = divmod(index, SIGNERS_ABREAST)
            x = start + (4 + column * (wide + 1)) * sheet.cell
            page.words(name, self.kai.at(SANHAO, sheet.cell), x, baseline + row * sheet.pitch)


def name_lines(name: str, typesetter: Typesetter, measure: float) -> tuple[str, ...]:
    """A name in as few lines as can be read from where a red head is read, broken by sense."""
    face = typesetter.face("biaosong")
    lines: tuple[str, ...] = (name,)
    for count in (2, 3, 4):
        widest = max(text_width(line, face) for line in lines)
        if widest <= 1.0 or fitted(measure / widest, MARK_SIZE)[0] >= READABLE:
            break
        lines = tuple(break_title(name, math.ceil(len(name) / count) + 2, typesetter.names))
    return lines


def red_lines(head: RedHead, typesetter: Typesetter, measure: float) -> tuple[list[str], str]:
    """The lines of a red head and the word at the side of several organs, which ends the name of
    one."""
    if len(head.organs) > 1:
        room = measure - (len(head.suffix) + JOINT_GAP) * READABLE
        lines = [name_lines(organ, typesetter, room) for organ in head.organs]
        return [line for each in lines for line in each], head.suffix
    alone = name_lines("".join(head.organs) + head.suffix, typesetter, measure)
    return (list(alone), "") if len(alone) > 1 else (list(head.organs), head.suffix)


def fitted(size: float, largest: float) -> tuple[float, float]:
    """Size of a mark and the share of their width that its characters keep: ``size`` is what fits
    them in full width."""
    if size >= MARK_LEAST:
        return min(size, largest), 1.0
    higher = min(MARK_LEAST, size / NARROWEST)
    return higher, size / higher


def _rise(text: str, face: Face) -> float:
    """Height of the ink above the baseline, in em: an upper edge is measured on what is seen."""
    tops = [
        glyph.font.file.rise_em + glyph.font.file.ink_em(glyph.font.file.characters[ord(c)])[3]
        for c in text
        if (glyph := face[c]) and ord(c) in glyph.font.file.characters
    ]
    return max(tops, default=ASCENT)


def _spread(
    page: PageContent, text: str, style: TypeStyle, x: float, baseline: float, width: float
) -> None:
    """Red characters evenly spread over a width (分散对齐)."""
    size = style.size
    width /= style.narrow
    glyphs = [style.face[c] for c in text]
    natural = sum(glyph.advance for glyph in glyphs)
    joints = [here + there != MASK for here, there in pairwise(text)]  # a mask is one sign
    gap = (width / size - natural) / sum(joints) if any(joints) else 0.0
    places, at = [], 0.0
    for glyph, joint in zip(glyphs, [*joints, False], strict=True):
        places.append(at)
        at += glyph.advance + gap * joint
    if len(glyphs) == 1:
        places = [(width / size - natural) / 2]
    page.glyphs(glyphs, places, style, x, baseline)


def _centred(
    page: PageContent, lines: Sequence[str], style: TypeStyle, middle: float, baseline: float,
    gap: float,
) -> None:
    """Lines of a name, each about the middle, ``gap`` em between its characters."""
    for index, line in enumerate(lines):
        natural = text_width(line, style.face) + gap * (len(line) - 1)
        width = natural * style.size * style.narrow
        below = baseline + index * style.size * MARK_LINE
        _spread(page, line, style, middle - width / 2, below, width)


class _LetterPlan:
    """Where the parts of a letter's head stand."""

    def __init__(self, head: LetterHead, typesetter: Typesetter, sheet: Sheet) -> None:
        self.head, self.sheet = head, sheet
        self.mark, self.fang, self.hei = (
            typesetter.face("biaosong"), typesetter.face("fang"), typesetter.face("hei"),
        )
        self.lines = name_lines(head.organ, typesetter, sheet.measure)
        width = max(text_width(line, self.mark) for line in self.lines)
        self.size, self.narrow = fitted(
            sheet.measure / max(width, 1.0), MARK_LEAST if head.organ == MASK else LETTER_SIZE
        )
        self.gap = 0.3 if head.organ != MASK and width * self.size * 1.3 < sheet.measure else 0.0
        height = self.size * (1 + (len(self.lines) - 1) * MARK_LINE)
        self.rule = LETTER_TOP + height + RULE_BELOW  # from the sheet's upper edge
        left = [text for text in (head.copy_no, head.secrecy, head.urgency) if text]
        lines = max(len(left), 1 if head.number else 0)
        first = self.rule + LETTER_SPLIT + LETTER_BELOW - sheet.top
        end = first + (lines - 1) * sheet.pitch + sheet.cell if lines else first
        self.first = first
        self.end = (math.ceil(end / sheet.pitch - 0.05) + 2) * sheet.pitch

    def draw(self, page: PageContent, top: float) -> None:
        """Draw the head and the rule at the page's foot; ``top`` is the upper edge of the type
        area."""
        head, sheet = self.head, self.sheet
        middle = sheet.left + sheet.measure / 2
        mark = replace(self.mark.at(self.size, colour=RED), narrow=self.narrow)
        with page.paragraph():
            _centred(
                page, self.lines, mark, middle,
                LETTER_TOP + _rise(head.organ, self.mark) * self.size, self.gap,
            )
        start = (sheet.width - LETTER_RULE) / 2
        foot = sheet.height - LETTER_FOOT
        for y, weight in (
            (self.rule, LETTER_THICK), (self.rule + LETTER_SPLIT, LETTER_THIN),
            (foot - LETTER_SPLIT, LETTER_THIN), (foot, LETTER_THICK),
        ):
            page.rule(start, y, start + LETTER_RULE, y, weight, RED)
        texts = [(head.copy_no, self.fang), (head.secrecy, self.hei), (head.urgency, self.hei)]
        for row, (text, face) in enumerate((text, face) for text, face in texts if text):
            line = baseline_in(top + self.first + row * sheet.pitch, sheet.cell, SANHAO)
            page.words(text, face.at(SANHAO, sheet.cell), sheet.left, line)
        line = baseline_in(top + self.first, sheet.cell, SANHAO)
        page.words(head.number, self.fang.at(SANHAO, sheet.cell), sheet.right, line, align=1.0)


class _BriefPlan:
    """Where the parts of a 简报's masthead stand."""

    def __init__(self, head: BriefHead, typesetter: Typesetter, sheet: Sheet) -> None:
        self.head, self.sheet = head, sheet
        self.mark, self.fang, self.hei = (
            typesetter.face("biaosong"), typesetter.face("fang"), typesetter.face("hei"),
        )
        count = max(len(head.name), 1)
        self.lines = name_lines(head.name, typesetter, sheet.measure)
        width = max(text_width(line, self.mark) for line in self.lines)
        self.size, narrow = fitted(sheet.measure / max(width, 1.0), BRIEF_SIZE)
        self.style = replace(self.mark.at(self.size, colour=RED), narrow=narrow)
        self.gap = 0.0  # short names are spread a little, as their printed models are
        if count <= 6 and width * self.size * 1.3 < sheet.measure:
            self.gap = 0.28
        rows = 2.0 if head.secrecy or head.serial else 1.0
        self.mark_top = rows * sheet.pitch
        below = self.mark_top + self.size * (1 + (len(self.lines) - 1) * MARK_LINE)
        self.issue_row = math.ceil(below / sheet.pitch + 0.4)
        self.total_row = self.issue_row + 1 if head.total_issue_no is not None else self.issue_row
        self.issuer_row = self.total_row + 1
        self.rule = self.issuer_row * sheet.pitch + sheet.cell + 2.4 * MM
        self.end = (math.ceil(self.rule / sheet.pitch) + 1) * sheet.pitch

    def draw(self, page: PageContent, top: float) -> None:
        """Draw the masthead; ``top`` is the upper edge of the type area."""
        head, sheet = self.head, self.sheet
        middle = sheet.left + sheet.measure / 2

        def baseline(row: int) -> float:
            return baseline_in(top + row * sheet.pitch, sheet.cell, SANHAO)

        if head.secrecy:
            page.words(head.secrecy, self.hei.at(SANHAO, sheet.cell), sheet.left, baseline(0))
        if head.serial:
            text = head.serial if "编号" in head.serial else f"编号：{head.serial}"
            left = text_width(head.secrecy, self.hei) + 1.0
            page.words(
                text, self.fang.at(SANHAO, sheet.cell), sheet.right, baseline(0), align=1.0,
                within=sheet.measure - left * sheet.cell,
            )
        above = top + self.mark_top + _rise(head.name, self.mark) * self.size
        with page.paragraph():
            _centred(page, self.lines, self.style, middle, above, self.gap)
        # given when it is issued
        number = head.issue_no if head.issue_no is not None else "\u3000\u3000"
        issue = ("增刊" if head.supplement else "") + f"第{number}期"
        page.words(
            issue, self.fang.at(SANHAO, sheet.cell), middle, baseline(self.issue_row), align=0.5
        )
        if head.total_issue_no is not None:
            page.words(
                f"（总第{head.total_issue_no}期）", self.fang.at(SANHAO, sheet.cell), middle,
                baseline(self.total_row), align=0.5,
            )
        row = baseline(self.issuer_row)
        date = day_text(head.date) if head.date else ""
        taken = page.words(
            date, self.fang.at(SANHAO, sheet.cell), sheet.right - sheet.cell, row, align=1.0
        )
        page.words(
            head.issuer, self.fang.at(SANHAO, sheet.cell), sheet.left + sheet.cell, row,
            within=sheet.measure - 3 * sheet.cell - taken,
        )
        page.rule(sheet.left, top + self.rule, sheet.right, top + self.rule, BRIEF_RULE, RED)
