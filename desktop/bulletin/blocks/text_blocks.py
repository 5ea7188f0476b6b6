"""The blocks of running text as items for the page's flow."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from desktop.bulletin.document import (
    EditorNote,
    Heading,
    Inline,
    Paragraph,
    Role,
    Run,
    Signature,
    day_text,
    plain,
)
from desktop.bulletin.typed_text import EDITOR
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import Typesetter, centred
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import (
    ERHAO,
    SANHAO,
    PageContent,
    Sheet,
    Tag,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pdf_fonts import Face
from desktop.bulletin.typeset.titles import break_title

FACES: dict[int, Role] = {1: "hei", 2: "kai", 3: "fang", 4: "fang"}
#: Empty lines between two rows of seals of 42 mm: five lines from name to name.
SEAL_ROWS = 4


def inline_runs(content: Inline, role: Role) -> tuple[Run, ...]:
    """An inline text as runs that all name their face."""
    if isinstance(content, str):
        return (Run(content, role),) if content else ()
    return tuple(run if run.face else msgspec.structs.replace(run, face=role) for run in content)


def paragraph_items(block: Paragraph, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """A paragraph on the grid."""
    layout = typesetter.body(
        block.text, sheet, Shape(first_indent=block.indent, indent=block.hang, align=block.align),
        role=block.face,
    )
    return typesetter.grid_items(layout, sheet)


def heading_items(block: Heading, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """A heading, kept with what follows it; with text running on, a paragraph in two faces. Named
    in the outline."""
    role = FACES[block.level]
    runs_on = bool(plain(block.rest))
    content: Inline = block.text
    if runs_on:
        content = (*inline_runs(block.text, role), *inline_runs(block.rest, "fang"))
    layout = typesetter.body(content, sheet, role=role)
    items = typesetter.grid_items(layout, sheet, keep=not runs_on)
    if not runs_on:
        tag = Tag(f"H{block.level}")
        for item in items:
            item.tag = tag
    if items and (block.level < 3 or not runs_on):
        title, level = plain(block.text).rstrip("。"), block.level

        def note(page: PageContent, top: float) -> None:
            page.outline.append((title, level, top))

        items[0].place = note
    return items


def editor_note_items(block: EditorNote, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """编者按 in 楷体, two characters in from either side, its name in 黑体, then an empty line."""
    runs = list(inline_runs(block.text, "kai"))
    name = EDITOR.match(runs[0].text) if runs else None
    if name:
        runs[0:1] = [Run(name.group(), "hei"), Run(runs[0].text[name.end() :], "kai")]
    layout = typesetter.lay_out(
        tuple(runs), "kai", SANHAO, sheet.measure - 2 * sheet.cell, Shape(first_indent=4, indent=2),
        sheet.cell,
    )
    return [*typesetter.grid_items(layout, sheet), gap(sheet)]


def gap(sheet: Sheet, rows: int = 1, *, keep: bool = False) -> Item:
    """Empty lines that vanish at the head of a page."""
    return Item(rows * sheet.pitch, None, keep=keep, blank=True)


def title_items(
    title: str, typesetter: Typesetter, sheet: Sheet, *, level: int | None = None
) -> list[Item]:
    """A centred title, one grid line per line, kept with what follows; ``level`` in the outline."""
    style = typesetter.face("biaosong").at(ERHAO)
    lines = break_title(title, int(sheet.measure / ERHAO), typesetter.names)
    items = [centred(line, style, sheet, sheet.cell, grid=True, keep=True) for line in lines]
    tag = Tag("H1" if level is not None else "P")
    for item in items:
        item.tag = tag
    if level is not None:
        plain_title = title.replace("\n", "")
        items[0].place = lambda page, top: page.outline.append((plain_title, level, top))
    return items


def addressee_items(addressee: str, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """主送机关: flush left, turned lines too, ended by a full-width colon."""
    text = addressee.rstrip(":： ") + "："
    return typesetter.grid_items(
        typesetter.body(text, sheet, Shape(first_indent=0.0)), sheet, keep=True
    )


def attachment_list_items(names: Sequence[str], typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """附件说明 (7.3.4): an empty line, two characters in, no mark at the end, turned lines under
    the name."""
    items = [gap(sheet, keep=True)] if names else []
    face = typesetter.face("fang")
    for index, name in enumerate(names):
        number = f"{index + 1}." if len(names) > 1 else ""
        first = "附件：" if index == 0 else ""
        hang = 5.0 + text_width(number, face)
        layout = typesetter.body(
            first + number + name.rstrip("。；;"), sheet,
            Shape(first_indent=2.0 if index == 0 else 5.0, indent=hang),
        )
        items += typesetter.grid_items(layout, sheet, keep=index < len(names) - 1)
    return items


def signature_items(
    signature: Signature, note: str, typesetter: Typesetter, sheet: Sheet
) -> list[Item]:
    """署名 and 成文日期 (7.3.5), with the note under them (7.3.6). All on one page with the lines
    before."""
    face = typesetter.face("fang")
    cell = sheet.cell
    items = [gap(sheet, 2 if signature.sealed else 1, keep=True)]
    if signature.sealed and len(signature.organs) > 1:
        date = day_text(signature.date) if signature.date else ""
        return [
            *_sealed_jointly(signature.organs, date, typesetter, sheet, bool(note)),
            *_note_items(note, typesetter, sheet),
        ]
    rows = signed_rows(signature, face, sheet.columns)
    for index, (text, right) in enumerate(rows):

        def draw(page: PageContent, top: float, text: str = text, right: float = right) -> None:
            x = sheet.right - right * cell
            page.words(text, face.at(SANHAO, cell), x, baseline_in(top, cell, SANHAO), align=1.0)

        items.append(Item(cell, draw, True, index < len(rows) - 1 or bool(note), tag=Tag("P")))
    return [*items, *_note_items(note, typesetter, sheet)]


def signed_rows(signature: Signature, face: Face, columns: int) -> list[tuple[str, float]]:
    """The lines of a signature but of several seals, the date last, each with the characters that
    stay blank at its right."""
    date = day_text(signature.date) if signature.date else ""
    date_width = text_width(date, face)
    names = [
        line
        for name in signature.organs
        for line in (
            break_title(name, columns - 8)
            if text_width(name, face) > columns - 4
            else (name,)
        )
    ]
    organs = [(name, text_width(name, face)) for name in names]
    placed: list[tuple[str, float]] = []
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
    return [(text, right) for text, right in placed if text]


def _note_items(note: str, typesetter: Typesetter, sheet: Sheet) -> list[Item]:
    """附注 (7.3.6): two characters in, in brackets, on the line after the date."""
    if not note:
        return []
    text = note if note[0] in "（(" else f"（{note}）"
    return typesetter.grid_items(typesetter.body(text, sheet), sheet)


def _sealed_jointly(
    names: Sequence[str], date: str, typesetter: Typesetter, sheet: Sheet, noted: bool
) -> list[Item]:
    """Several organs, each with its seal (7.3.5.1): side by side so that no seal touches another,
    the date under the last one's name.

    A seal is 42 mm wide at most, so three stand abreast where the names allow it; the next row
    begins a seal's height further down.
    """
    face, cell = typesetter.face("fang"), sheet.cell
    items = [gap(sheet, 2, keep=True)]
    middle = sheet.left
    for number, row in enumerate(
        seal_rows([(name, text_width(name, face)) for name in names], sheet.columns)
    ):
        column = sheet.measure / len(row)
        if number:
            items.append(gap(sheet, SEAL_ROWS, keep=True))

        def draw(
            page: PageContent, top: float, row: Sequence[str] = row, column: float = column
        ) -> None:
            for at, name in enumerate(row):
                x, baseline = sheet.left + (at + 0.5) * column, baseline_in(top, cell, SANHAO)
                page.words(name, face.at(SANHAO, cell), x, baseline, align=0.5, within=column)

        items.append(Item(cell, draw, True, keep=True, tag=Tag("P")))
        middle = sheet.left + (len(row) - 0.5) * column

    def dated(page: PageContent, top: float) -> None:
        page.words(date, face.at(SANHAO, cell), middle, baseline_in(top, cell, SANHAO), align=0.5)

    items.append(Item(cell, dated, True, keep=noted, tag=Tag("P")))
    return items


def seal_rows(names: Sequence[tuple[str, float]], columns: int) -> list[list[str]]:
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
