"""One function for each kind of block, as the PDF has: ``BLOCKS`` names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from desktop.bulletin.alternatives import chart_in_words, gantt_in_words, picture_in_words
from desktop.bulletin.document import (
    AppointmentForm,
    Article,
    Attachment,
    Block,
    Chart,
    Contents,
    Cover,
    EditorNote,
    Gantt,
    Gap,
    Heading,
    Inline,
    PageBreak,
    Paragraph,
    PersonSheet,
    Picture,
    Run,
    Table,
    Turned,
    Wide,
    plain,
)
from desktop.bulletin.typed_text import EDITOR
from desktop.bulletin.typeset.page import A3_WIDE, A4, A4_TURNED, MM, SANHAO, SIHAO, Sheet
from desktop.bulletin.typeset.pictures import picture_size
from desktop.bulletin.typeset.titles import break_title
from desktop.bulletin.word.body import Body, Section
from desktop.bulletin.word.forms import add_appointment, add_person_sheet
from desktop.bulletin.word.head_and_imprint import empty_lines
from desktop.bulletin.word.markup import field, notes_of, paragraph, run, twips
from desktop.bulletin.word.pictures import chart_pictures, gantt_picture
from desktop.bulletin.word.tables import ALIGN, add_table

#: Lines of a picture's paragraph are as high as the picture.
LARGE = '<w:sz w:val="36"/><w:szCs w:val="36"/>'


def add_blocks(body: Body, blocks: Iterable[Block]) -> None:
    """A run of blocks."""
    for block in blocks:
        BLOCKS[type(block)](body, block)


def _noted(body: Body, *texts: Inline) -> None:
    """The footnotes of a paragraph, under it: no section of a .docx numbers them through articles
    as paper does."""
    for content in texts:
        for note in notes_of(content):
            body.add(paragraph("source", run(f"注：{note}")))


def _paragraph(body: Body, block: Paragraph) -> None:
    first = block.indent - block.hang
    indent = ""
    if (block.indent, block.hang) != (2.0, 0.0):
        way = "firstLine" if first >= 0 else "hanging"
        indent = (
            f'<w:ind w:left="{twips(block.hang * SANHAO)}" w:{way}Chars="0"'
            f' w:{way}="{twips(abs(first) * SANHAO)}"/>'
        )
    align = f'<w:jc w:val="{ALIGN[block.align]}"/>' if block.align != "justify" else ""
    role = block.face if block.face != "fang" else None
    body.add(paragraph("body", body.marks.inline(block.text, role), indent + align))
    _noted(body, block.text)


def _heading(body: Body, block: Heading) -> None:
    runs = body.marks.inline(block.text)
    title = plain(block.text).rstrip("。")
    if block.level == 1 and title in body.entries:
        runs = body.marks.bookmark(f"_Toc{body.entries.index(title) + 1:04d}", runs)
    rest = body.marks.inline(block.rest, "fang" if block.level in (1, 2) else None)
    runs_on = '<w:keepNext w:val="0"/>' if rest else ""
    body.add(paragraph(f"h{block.level}", runs + rest, runs_on))
    _noted(body, block.text, block.rest)


def add_title(body: Body, title: str, style: str = "title", mark: str = "") -> None:
    """A title in lines by sense, kept as one paragraph."""
    lines = "\n".join(break_title(title, int(A4.measure / 22.0), body.typesetter.names))
    runs = run(lines)
    body.add(paragraph(style, body.marks.bookmark(mark, runs) if mark else runs))


def _article(body: Body, block: Article) -> None:
    if block.new_page:
        body.break_page()
    else:
        empty_lines(body)
    title = block.title.replace("\n", "")
    mark = f"_Toc{body.entries.index(title) + 1:04d}" if title in body.entries else ""
    add_title(body, block.title, "article", mark)
    if block.byline:
        body.add(paragraph("byline", body.marks.inline(block.byline)))
    empty_lines(body, keep=True)
    add_blocks(body, block.blocks)


def _contents(body: Body, block: Contents) -> None:
    """目录: titles with dots and the pages they begin on, which Word counts anew."""
    if len(body.entries) < 2:
        return
    if block.own_page:
        body.open(Section(A4, folio=False))
    body.add(paragraph("contents", run(block.title)))
    stop = (
        f'<w:tabs><w:tab w:val="right" w:leader="middleDot" w:pos="{twips(A4.measure)}"/></w:tabs>'
    )
    for number, title in enumerate(body.entries, 1):
        page = body.pages.get(number - 1, "")
        runs = run(f"{title}\t") + field(f"PAGEREF _Toc{number:04d} \\h", page)
        body.add(paragraph("entry", runs, stop))
    if block.own_page:
        body.open(Section(A4))
    else:
        empty_lines(body)


def _attachment(body: Body, block: Attachment) -> None:
    body.break_page()
    body.add(paragraph("attachment", run(block.number)))
    empty_lines(body, keep=True)
    add_title(body, block.title, "title")
    empty_lines(body, keep=True)


def _editor(body: Body, block: EditorNote) -> None:
    runs = (Run(block.text),) if isinstance(block.text, str) else block.text
    name = EDITOR.match(runs[0].text) if runs else None
    if name:
        runs = (Run(name.group(), "hei"), Run(runs[0].text[name.end() :]), *runs[1:])
    two = 2 * SANHAO
    indent = (
        f'<w:ind w:left="{twips(two)}" w:right="{twips(two)}" w:firstLineChars="200"'
        ' w:firstLine="640"/>'
    )
    body.add(paragraph("editor", body.marks.inline(runs), indent))
    empty_lines(body)


def _picture(body: Body, block: Picture) -> None:
    if not block.data:
        body.add(paragraph("legend", run("（图片略）")))
    else:
        wide, high = picture_size(block.data, "插入的图片无法识别，请换成 PNG 或 JPEG 格式的图片。")
        width = min(block.width * MM, body.sheet.measure)
        height = width * high / wide
        most = body.sheet.depth * 0.66
        if height > most:
            width, height = width * most / height, most
        shown = body.picture(block.data, width, height, picture_in_words(block))
        body.add(paragraph("picture", shown))
    if block.caption:
        body.add(paragraph("legend", run(block.caption)))


def _chart(body: Body, block: Chart) -> None:
    for line in break_title(block.title, int(body.sheet.measure / SIHAO)) if block.title else ():
        body.add(paragraph("caption", run(line)))
    keep = "<w:keepNext/>" if block.source else ""
    for at, (data, width, height) in enumerate(chart_pictures(block, body.fonts, body.sheet)):
        width, height = body.sheet.measure, height * body.sheet.measure / width
        alt = chart_in_words(block) if not at else f"{block.title}（续）"
        body.add(paragraph("picture", body.picture(data, width, height, alt), keep))
    if block.source:
        body.add(paragraph("source", run(f"数据来源：{block.source}")))


def _gantt(body: Body, block: Gantt) -> None:
    if not block.bars:
        return
    for data, width, height in gantt_picture(block, body.fonts, body.sheet):
        share = min(body.sheet.measure / width, (body.sheet.depth - 4.0) / height)
        shown = body.picture(data, width * share, height * share, gantt_in_words(block))
        body.add(paragraph("picture", shown))


def _sheet(sheet: Sheet, *, folio: bool) -> Callable[[Body, Turned | Wide], None]:
    def add(body: Body, block: Turned | Wide) -> None:
        body.open(Section(sheet, folio=folio))
        add_blocks(body, block.blocks)
        body.open(Section(A4))

    return add


def _cover(body: Body, block: Cover) -> None:
    body.open(Section(A4, folio=False))
    if block.corner:
        body.add(paragraph("corner", run(block.corner)))
    above = (
        f'<w:spacing w:before="{twips((42 if block.corner else 52) * MM)}" w:line="1200"'
        ' w:lineRule="exact"/>'
    )
    lines = break_title(block.title, int(A4.measure / 30.0))
    size = min(40.0, A4.measure * 0.98 / max(map(len, lines)))
    look = f'<w:sz w:val="{round(size * 2)}"/>'
    body.add(paragraph("cover", run("\n".join(lines), look), above))
    if block.subtitle:
        body.add(paragraph("byline", run(block.subtitle, LARGE)))
    foot = (
        f'<w:spacing w:before="{twips((100 - 8 * len(lines)) * MM)}" w:line="579"'
        ' w:lineRule="exact"/>'
    )
    body.add(paragraph("byline", run(block.issuer, LARGE), foot))
    body.add(paragraph("byline", run(block.date, LARGE)))
    body.open(Section(A4))


#: The one registry of blocks of this writer.
BLOCKS: dict[type, Callable[[Body, Any], None]] = {
    Paragraph: _paragraph,
    Heading: _heading,
    Gap: lambda body, block: empty_lines(body, block.rows),
    PageBreak: lambda body, block: body.break_page(),
    Table: add_table,
    Picture: _picture,
    Chart: _chart,
    Gantt: _gantt,
    EditorNote: _editor,
    Article: _article,
    Contents: _contents,
    Attachment: _attachment,
    Turned: _sheet(A4_TURNED, folio=True),
    Wide: _sheet(A3_WIDE, folio=False),
    Cover: _cover,
    AppointmentForm: add_appointment,
    PersonSheet: add_person_sheet,
}
