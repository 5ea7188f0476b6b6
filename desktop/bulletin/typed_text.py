"""Plain typing read as blocks: one paragraph a line, headings known by their numbers, 编者按 by its
name."""

from __future__ import annotations

import re

from desktop.bulletin.document import Block, EditorNote, Heading, Paragraph, Run

NUMERAL = "[一二三四五六七八九十百零〇]+"
#: How headings of each level begin (GB/T 9704-2012, 7.3.3).
LEVELS = (
    (1, re.compile(rf"{NUMERAL}、")), (2, re.compile(rf"[（(]{NUMERAL}[)）]、?")),
    (3, re.compile(r"[0-9０-９]{1,3}[.．、](?![0-9０-９])")),
    (4, re.compile(r"[（(][0-9０-９]{1,3}[)）]、?")),
)
EDITOR = re.compile(r"(?:编者按|编者的话)[:：]")
#: Who was at a meeting (10.3): the word in 黑体, turned lines under the first name.
PRESENT = re.compile(r"(?:出\s*席|列\s*席|请\s*假|缺\s*席)[:：]")
#: A heading that stands alone is no longer than two lines.
LONGEST_HEADING = 54


def heading_level(line: str) -> int:
    """1 to 4 when the line is numbered like a heading, else 0."""
    return next((level for level, pattern in LEVELS if pattern.match(line)), 0)


def from_text(text: str) -> tuple[Block, ...]:
    """Blocks from plain typing: one paragraph a line, headings known by their numbers, 编者按 by
    its name.

    一、 and （一） reach to the first full stop: what follows it in the line is body text. 1. and
    （1） are headings only when they stand alone. Brackets of a number typed half-width become
    full-width; blanks at the ends are dropped.
    """
    blocks: list[Block] = []
    for raw in text.splitlines():
        line = raw.strip(" \t\u3000\u00a0\ufeff")
        if line:
            blocks.append(_block(line))
    return tuple(blocks)


def _block(line: str) -> Block:
    level = heading_level(line)
    if level in (2, 4):
        line = re.sub(r"^\(", "（", line)
        line = re.sub(r"^(（[^）)]+)\)", r"\1）", line)
    if level in (1, 2):
        head, stop, rest = line.partition("。")
        # a whole sentence: an item of the text, no heading of one
        whole = bool(stop) and not rest and re.search("[，；：,;:]", head) is not None
        return Paragraph(line) if whole else Heading(level, head + stop, rest)
    if level and len(line) <= LONGEST_HEADING and line[-1] not in "。；！？：;":
        return Heading(level, line)
    if present := PRESENT.match(line):
        label = re.sub(r"\s", "", present.group()).replace(":", "：")
        rest = line[present.end() :].strip()
        return Paragraph((Run(label, "hei"), Run(rest)), hang=2.0 + len(label))
    return EditorNote(line) if EDITOR.match(line) else Paragraph(line)
