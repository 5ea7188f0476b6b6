"""The blocks of running text: recognised from plain typing, and turned into items for the page's
flow."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Sequence

from desktop.bulletin.document import (
    Block,
    Document,
    EditorNote,
    Heading,
    Inline,
    Paragraph,
    Run,
    Signature,
    chinese_date,
    plain,
)
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.fonts import Role
from desktop.bulletin.typeset.inline_layout import Setter
from desktop.bulletin.typeset.page import ERHAO, SANHAO, PageDraft, Sheet, baseline_in, text_width
from desktop.bulletin.typeset.titles import break_title

NUMERAL = "[一二三四五六七八九十百零〇]+"
#: How headings of each level begin (GB/T 9704-2012, 7.3.3).
LEVELS = (
    (1, re.compile(rf"{NUMERAL}、")),
    (2, re.compile(rf"[（(]{NUMERAL}[)）]、?")),
    (3, re.compile(r"[0-9０-９]{1,3}[.．、](?![0-9０-９])")),
    (4, re.compile(r"[（(][0-9０-９]{1,3}[)）]、?")),
)
FACES: dict[int, Role] = {1: "hei", 2: "kai", 3: "fang", 4: "fang"}
#: Empty lines between two rows of seals of 42 mm: five lines from name to name.
SEAL_ROWS = 4
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
        if not line:
            continue
        level = heading_level(line)
        if level in (2, 4):
            line = re.sub(r"^\(", "（", line)
            line = re.sub(r"^(（[^）)]+)\)", r"\1）", line)
        if level in (1, 2):
            head, stop, rest = line.partition("。")
            # a whole sentence: an item of the text, no heading of one
            if stop and not rest and re.search("[，；：,;:]", head):
                blocks.append(Paragraph(line))
            else:
                blocks.append(Heading(level, head + stop, rest))
        elif level and len(line) <= LONGEST_HEADING and line[-1] not in "。；！？：;":
            blocks.append(Heading(level, line))
        elif present := PRESENT.match(line):
            label = re.sub(r"\s", "", present.group()).replace(":", "：")
            rest = line[present.end() :].strip()
            blocks.append(Paragraph((Run(label, "hei"), Run(rest)), hang=2.0 + len(label)))
        elif EDITOR.match(line):
            blocks.append(EditorNote(line))
        else:
            blocks.append(Paragraph(line))
    return tuple(blocks)


# -- items -----------------------------------------------------------------------------------------


def inline_runs(content: Inline, role: Role) -> tuple[Run, ...]:
    """An inline text as runs that all name their face."""
    if isinstance(content, str):
        return (Run(content, role),) if content else ()
    return tuple(run if run.face else dataclasses.replace(run, face=role) for run in content)


def paragraph_items(block: Paragraph, setter: Setter, sheet: Sheet) -> list[Item]:
    """A paragraph on the grid."""
    setting = setter.body(
        block.text,
        sheet,
        role=block.face,
        first_indent=block.indent,
        indent=block.hang,
        align=block.align,
    )
    return setter.grid_items(setting, sheet)


def heading_items(block: Heading, setter: Setter, sheet: Sheet) -> list[Item]:
    """A heading, kept with what follows it; with text running on, a paragraph in two faces. Named
    in the outline."""
    role = FACES[block.level]
    runs_on = bool(plain(block.rest))
    content: Inline = block.text
    if runs_on:
        content = (*inline_runs(block.text, role), *inline_runs(block.rest, "fang"))
    setting = setter.body(content, sheet, role=role)
    items = setter.grid_items(setting, sheet, keep=not runs_on)
    if items and (block.level < 3 or not runs_on):
        title, level = plain(block.text).rstrip("。"), block.level

        def note(page: PageDraft, top: float) -> None:
            page.outline.append((title, level, top))

        items[0].place = note
    return items


def editor_note_items(block: EditorNote, setter: Setter, sheet: Sheet) -> list[Item]:
    """编者按 in 楷体, two characters in from either side, its name in 黑体, an empty line after it."""
    runs = list(inline_runs(block.text, "kai"))
    name = EDITOR.match(runs[0].text) if runs else None
    if name:
        runs[0:1] = [Run(name.group(), "hei"), Run(runs[0].text[name.end():], "kai")]
    setting = setter.set(
        tuple(runs),
        "kai",
        size=SANHAO,
        measure=sheet.measure - 2 * sheet.cell,
        cell=sheet.cell,
        first_indent=4,
        indent=2,
    )
    return [*setter.grid_items(setting, sheet), gap(sheet)]


def gap(sheet: Sheet, rows: int = 1, *, keep: bool = False) -> Item:
    """Empty lines that vanish at the head of a page."""
    return Item(rows * sheet.pitch, None, keep=keep, blank=True)


def title_items(
    title: str, setter: Setter, sheet: Sheet, *, role: Role = "biaosong", size: float = ERHAO,
    level: int | None = None,
) -> list[Item]:
    """A centred title, one grid line per line, kept with what follows."""
    face = setter.ink.face(role)
    longest = int(sheet.measure / size)
    items = []
    for index, line in enumerate(break_title(title, longest)):

        def draw(page: PageDraft, top: float, line: str = line) -> None:
            baseline = baseline_in(top, sheet.cell, size)
            page.words(
                line, face, sheet.left + sheet.measure / 2, baseline, size, align=0.5,
                within=sheet.measure,
            )

        item = Item(sheet.cell, draw, True, True)
        if index == 0 and level is not None:
            item.place = lambda page, top: page.outline.append(
                (title.replace("\n", ""), level, top)
            )
        items.append(item)
    return items


def addressee_items(addressee: str, setter: Setter, sheet: Sheet) -> list[Item]:
    """主送机关: flush left, turned lines too, ended by a full-width colon."""
    text = addressee.rstrip(":： ") + "："
    return setter.grid_items(setter.body(text, sheet, first_indent=0.0), sheet, keep=True)


def attachment_list_items(names: Sequence[str], setter: Setter, sheet: Sheet) -> list[Item]:
    """附件说明 (7.3.4): an empty line, two characters in, no mark at the end, turned lines under
    the name."""
    items = [gap(sheet, keep=True)] if names else []
    face = setter.ink.face("fang")
    for index, name in enumerate(names):
        number = f"{index + 1}." if len(names) > 1 else ""
        first = "附件：" if index == 0 else ""
        hang = 5.0 + text_width(number, face)
        setting = setter.body(
            first + number + name.rstrip("。；;"),
            sheet,
            first_indent=2.0 if index == 0 else 5.0,
            indent=hang,
        )
        items += setter.grid_items(setting, sheet, keep=index < len(names) - 1)
    return items


def signature_items(signature: Signature, note: str, setter: Setter, sheet: Sheet) -> list[Item]:
    """署名 and 成文日期 (7.3.5), with the note under them (7.3.6). All on one page with the lines
    before."""
    face = setter.ink.face("fang")
    cell = sheet.cell
    date = chinese_date(signature.date) if signature.date else ""
    date_width = text_width(date, face)
    names = [
        line
        for name in signature.organs
        for line in (
            break_title(name, sheet.columns - 8)
            if text_width(name, face) > sheet.columns - 4
            else (name,)
        )
    ]
    organs = [(name, text_width(name, face)) for name in names]
    items = [gap(sheet, 2 if signature.sealed else 1, keep=True)]
    placed: list[tuple[str, float]] = []  # text, blanks at its right in characters
    if signature.sealed and len(signature.organs) > 1:
        return [
            *_sealed_jointly(signature.organs, date, setter, sheet, bool(note)),
            *_note_items(note, setter, sheet),
        ]
    if signature.sealed:
        date_right = 4.0
        for name, width in organs:  # centred over the date, which the seal will cover
            placed.append((name, max(0.0, date_right + date_width / 2 - width / 2)))
        placed.append((date, date_right))
    else:
        widest = max((width for _, width in organs), default=0.0)
        # the date begins two characters after the name
        name_right, date_right = 2.0, widest - date_width
        if date_right < 2.0:
            date_right, name_right = 2.0, 4.0 + date_width - widest
        for name, width in organs:
            placed.append((name, max(0.0, name_right + (widest - width) / 2)))
        placed.append((date, date_right))
    rows = [(text, right) for text, right in placed if text]
    for index, (text, right) in enumerate(rows):

        def draw(page: PageDraft, top: float, text: str = text, right: float = right) -> None:
            x = sheet.right - right * cell
            page.words(text, face, x, baseline_in(top, cell, SANHAO), SANHAO, align=1.0, cell=cell)

        items.append(Item(cell, draw, True, keep=index < len(rows) - 1 or bool(note)))
    return [*items, *_note_items(note, setter, sheet)]


def _note_items(note: str, setter: Setter, sheet: Sheet) -> list[Item]:
    """附注 (7.3.6): two characters in, in brackets, on the line after the date."""
    if not note:
        return []
    text = note if note[0] in "（(" else f"（{note}）"
    return setter.grid_items(setter.body(text, sheet), sheet)


def _sealed_jointly(
    names: Sequence[str], date: str, setter: Setter, sheet: Sheet, noted: bool
) -> list[Item]:
    """Several organs, each with its seal (7.3.5.1): side by side so that no seal touches another,
    the date under the last one's name.

    A seal is 42 mm wide at most, so three stand abreast where the names allow it; the next row
    begins a seal's height further down.
    """
    face, cell = setter.ink.face("fang"), sheet.cell
    items = [gap(sheet, 2, keep=True)]
    middle = sheet.left
    for number, row in enumerate(
        _seal_rows([(name, text_width(name, face)) for name in names], sheet.columns)
    ):
        column = sheet.measure / len(row)
        if number:
            items.append(gap(sheet, SEAL_ROWS, keep=True))

        def draw(
            page: PageDraft, top: float, row: Sequence[str] = row, column: float = column
        ) -> None:
            for at, name in enumerate(row):
                x, baseline = sheet.left + (at + 0.5) * column, baseline_in(top, cell, SANHAO)
                page.words(name, face, x, baseline, SANHAO, align=0.5, cell=cell, within=column)

        items.append(Item(cell, draw, True, keep=True))
        middle = sheet.left + (len(row) - 0.5) * column

    def dated(page: PageDraft, top: float) -> None:
        page.words(date, face, middle, baseline_in(top, cell, SANHAO), SANHAO, align=0.5, cell=cell)

    items.append(Item(cell, dated, True, keep=noted))
    return items


def _seal_rows(names: Sequence[tuple[str, float]], columns: int) -> list[list[str]]:
    """Names and their widths in characters in rows of up to three, in their order: in the fewest
    rows, of which a fuller one comes first. Names of a row have a character between them, each in
    an equal part of ``columns``."""
    best: list[list[list[str]]] = [[]]  # the rows of the first so many names
    for end in range(1, len(names) + 1):
        choices = []
        for count in (1, 2, 3):
            row = names[end - count : end] if count <= end else []
            if row and (count == 1 or max(width for _, width in row) + 1.0 <= columns / count):
                choices.append([*best[end - count], [name for name, _ in row]])
        best.append(min(choices, key=lambda rows: (len(rows), [-len(row) for row in rows])))
    return best[-1]


def keep_tail(items: list[Item], rows: int = 2) -> None:
    """Tie the last lines of the text to what follows, so that no signature stands on a page without
    text."""
    for item in items[-rows:]:
        item.keep = True


def document_from_text(text: str) -> Document:
    """A document from plain typing: title, 主送 (a line ending in a colon), body, and at the end
    name and date."""
    lines = [line.strip(" \t\u3000\ufeff") for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return Document("")
    title, rest = lines[0], lines[1:]
    addressee = ""
    if rest and rest[0][-1] in ":：" and not heading_level(rest[0]) and len(rest[0]) < 120:
        addressee, rest = rest[0], rest[1:]
    signature = None
    found = re.fullmatch(r"(\d{4})年(\d{1,2})月(\d{1,2})日", rest[-1]) if rest else None
    if found and len(rest) > 1 and len(rest[-2]) <= 24 and rest[-2][-1] not in "。；！？：":
        try:
            day = datetime.date(*(int(part) for part in found.groups()))
        except ValueError:
            day = None
        if day:
            signature, rest = Signature((rest[-2],), day), rest[:-2]
    return Document(title, from_text("\n".join(rest)), addressee=addressee, signature=signature)
