"""Blocks that order other blocks: articles, 目录, attachments, covers, pictures; and the registry
of all blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from desktop.bulletin.alternatives import picture_in_words
from desktop.bulletin.blocks.appointment_frames import appointment_items
from desktop.bulletin.blocks.charts import chart_items
from desktop.bulletin.blocks.gantt import gantt_items
from desktop.bulletin.blocks.person_sheet import person_sheet_items
from desktop.bulletin.blocks.tables import table_items
from desktop.bulletin.blocks.text_blocks import (
    editor_note_items,
    gap,
    heading_items,
    paragraph_items,
    title_items,
)
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
    PageBreak,
    Paragraph,
    PersonSheet,
    Picture,
    Table,
    Turned,
    Wide,
    plain,
)
from desktop.bulletin.typeset.flow import Item
from desktop.bulletin.typeset.inline_layout import Typesetter, centred
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import (
    A3_WIDE,
    A4,
    A4_TURNED,
    MM,
    SANHAO,
    SIHAO,
    XIAOER,
    PageContent,
    Rect,
    Sheet,
    Tag,
    baseline_in,
    text_width,
)
from desktop.bulletin.typeset.pictures import picture_size
from desktop.bulletin.typeset.titles import break_title

#: A picture is not made smaller than this share to have room on a page.
PICTURE_LEAST = 0.6
#: A cover's title is set in 40 points, or smaller where a line of it, broken by sense, needs that,
#: down to this.
COVER_LEAST = 30.0


class Composer:
    """Turns the blocks of one document into items; fills the contents in once pages are known."""

    def __init__(self, typesetter: Typesetter, entries: list[str]) -> None:
        self.typesetter = typesetter
        self.entries = entries  # titles that the contents list, in order
        self.pages: dict[int, PageContent] = {}  # entry → page it begins on
        self.late: list[Callable[[], None]] = []  # run when all pages are there
        self._next_entry = 0

    def items(self, blocks: Iterable[Block], sheet: Sheet = A4) -> Iterable[Item]:
        """Items of a run of blocks on one kind of sheet."""
        for block in blocks:
            yield from BLOCKS[type(block)](self, block, sheet)

    def entry_mark(self) -> Callable[[PageContent, float], None]:
        """Notes the page on which the next entry of the contents begins."""
        number = self._next_entry
        self._next_entry += 1

        def note(page: PageContent, top: float) -> None:
            self.pages[number] = page

        return note

    # -- one method per kind of block that holds others or an entry; BLOCKS names them

    def heading(self, block: Heading, sheet: Sheet) -> list[Item]:
        """A heading; one of level 1 is an entry of the contents when there are no articles."""
        items = heading_items(block, self.typesetter, sheet)
        if (
            items
            and block.level == 1
            and plain(block.text).rstrip("。") in self.entries[self._next_entry :][:1]
        ):
            items[0].tell(self.entry_mark())
        return items

    def picture(self, block: Picture, sheet: Sheet) -> list[Item]:
        """A picture no taller than two thirds of the page, its caption under it on that page."""
        face = self.typesetter.face("kai")
        if block.data:
            pixels_wide, pixels_high = picture_size(
                block.data, "插入的图片无法识别，请换成 PNG 或 JPEG 格式的图片。"
            )
            width = min(block.width * MM, sheet.measure)
            height = width * pixels_high / pixels_wide
            if height > sheet.depth * 0.66:
                width, height = width * sheet.depth * 0.66 / height, sheet.depth * 0.66
        else:
            width, height = block.width * MM, 40 * MM

        def item(share: float) -> Item:
            """The picture in this share of its size."""
            wide, high = width * share, height * share

            def draw(page: PageContent, top: float) -> None:
                x = sheet.left + (sheet.measure - wide) / 2
                page.blank = False
                if block.data:
                    page.picture(block.data, Rect(x, top, wide, high))
                else:
                    page.box(Rect(x, top, wide, high), stroke=0.5)
                    page.words(
                        "（图片略）", face.at(SIHAO), x + wide / 2, baseline_in(top, high, SIHAO),
                        align=0.5,
                    )

            def fit(room: float, parted: bool) -> tuple[Item, Item | None] | None:
                return (item(room / height), None) if room >= PICTURE_LEAST * height else None

            tag = Tag("Figure", picture_in_words(block))
            return Item(high, draw, keep=bool(block.caption), fit=fit, tag=tag)

        items = [Item(sheet.pitch * 0.4, None, blank=True, keep=True), item(1.0)]
        lines = break_title(block.caption, int(sheet.measure / SIHAO)) if block.caption else []
        for number, line in enumerate(lines, 1):
            items.append(
                centred(line, face.at(SIHAO), sheet, sheet.pitch, keep=number < len(lines))
            )
        return items

    def article(self, block: Article, sheet: Sheet) -> Iterable[Item]:
        """An article: its title in 二号 小标宋 (as titles are), byline in 楷体, then its text."""
        if block.new_page:
            yield Item(0.0, None, opens=sheet)
        else:
            yield gap(sheet)
        items = title_items(block.title, self.typesetter, sheet, level=1)
        items[0].tell(self.entry_mark())
        yield from items
        kai = self.typesetter.face("kai").at(SANHAO)
        for line in break_title(block.byline, int(sheet.measure / SANHAO)) if block.byline else ():
            yield centred(line, kai, sheet, sheet.cell, grid=True, keep=True)
        yield gap(sheet, keep=True)
        for number, item in enumerate(self.items(block.blocks, sheet)):
            # not one line alone under a title at a page's foot
            item.keep = item.keep or (not number and item.grid)
            yield item

    def contents(self, block: Contents, sheet: Sheet) -> Iterable[Item]:
        """目录: titles with dots and the pages they begin on, filled in when these are known; none
        for a single piece."""
        if len(self.entries) < 2:
            return
        if block.own_page:
            yield Item(0.0, None, opens=sheet, folio=False)
        hei, cell = self.typesetter.face("hei"), sheet.cell
        yield centred(block.title, hei.at(SANHAO), sheet, cell, grid=True, keep=True)
        if block.own_page:
            yield gap(sheet, keep=True)
        whole = Tag("TOC")
        for number, title in enumerate(self.entries):
            tag = whole.part("TOCI")
            layout = self.typesetter.lay_out(
                title, "fang", SANHAO, sheet.measure - 4 * cell, Shape(indent=2.0, align="left"),
                cell,
            )
            rows = self.typesetter.grid_items(layout, sheet, keep=True)
            for row in rows:
                row.tag = tag
            before, width = rows[-1].draw, layout.lines[-1].width * cell

            def last(
                page: PageContent, top: float, number: int = number, before: Any = before,
                width: float = width, tag: Tag = tag,
            ) -> None:
                before(page, top)

                def late() -> None:
                    with page.tagged(tag):
                        self._page_of_entry(
                            page, sheet, number, width, baseline_in(top, cell, SANHAO)
                        )

                self.late.append(late)

            rows[-1].draw, rows[-1].keep = last, number == 0
            yield from rows
        yield gap(sheet)
        if block.own_page:
            yield Item(0.0, None, opens=sheet)

    def _page_of_entry(
        self, page: PageContent, sheet: Sheet, number: int, width: float, baseline: float
    ) -> None:
        """Dots from the end of an entry's title, ``width`` wide, to the page that it begins on."""
        face, cell, target = self.typesetter.face("fang"), sheet.cell, self.pages.get(number)
        text = str(target.number) if target is not None and target.number is not None else ""
        page.words(text, face.at(SANHAO), sheet.right, baseline, align=1.0)
        start = sheet.left + width + 0.5 * cell
        stop = sheet.right - text_width(text, face) * SANHAO - 0.4 * cell
        count = int((stop - start) / cell)
        if count > 0:
            places, left = [float(k) for k in range(count)], stop - count * cell
            page.glyphs([face["…"]] * count, places, face.at(SANHAO, cell), left, baseline)

    def attachment(self, block: Attachment, sheet: Sheet) -> Iterable[Item]:
        """附件 head: its number in 黑体 on the first line, its title on the third (7.3.7)."""
        hei = self.typesetter.face("hei")

        def draw(page: PageContent, top: float) -> None:
            page.words(
                block.number, hei.at(SANHAO, sheet.cell), sheet.left,
                baseline_in(top, sheet.cell, SANHAO),
            )

        yield Item(0.0, None, opens=sheet)
        yield Item(sheet.cell, draw, True, keep=True, tag=Tag("P"))
        yield gap(sheet, keep=True)
        yield from title_items(block.title, self.typesetter, sheet, level=1)
        yield gap(sheet, keep=True)

    def turned(self, block: Turned, sheet: Sheet) -> Iterable[Item]:
        """Blocks on turned pages, then back to upright ones."""
        yield Item(0.0, None, opens=A4_TURNED)
        yield from self.items(block.blocks, A4_TURNED)
        yield Item(0.0, None, opens=sheet)

    def wide(self, block: Wide, sheet: Sheet) -> Iterable[Item]:
        """Blocks on A3 across."""
        yield Item(0.0, None, opens=A3_WIDE, folio=False)
        yield from self.items(block.blocks, A3_WIDE)
        yield Item(0.0, None, opens=sheet)

    def appointment(self, block: AppointmentForm, sheet: Sheet) -> Iterable[Item]:
        """The appointment form on two pages of its own, then back."""
        yield from appointment_items(block, self.typesetter)
        yield Item(0.0, None, opens=sheet)

    def person_sheet(self, block: PersonSheet, sheet: Sheet) -> Iterable[Item]:
        """One person on a page of its own, then back."""
        yield from person_sheet_items(block, self.typesetter)
        yield Item(0.0, None, opens=sheet)

    def cover(self, block: Cover, sheet: Sheet) -> Iterable[Item]:
        """The cover of a booklet: title in the upper third, issuer and date at the foot."""
        song, kai, hei = (self.typesetter.face(role) for role in ("biaosong", "kai", "hei"))
        middle = sheet.left + sheet.measure / 2

        def draw(page: PageContent, top: float) -> None:
            if block.corner:
                page.words(
                    block.corner, hei.at(SANHAO), sheet.left, baseline_in(top, sheet.cell, SANHAO)
                )
            y = top + 58 * MM
            lines = break_title(block.title, int(sheet.measure / COVER_LEAST))
            size = min(
                40.0, *(sheet.measure * 0.98 / max(text_width(line, song), 1.0) for line in lines)
            )
            for line in lines:
                page.words(line, song.at(size), middle, y + size, align=0.5)
                y += size * 1.5
            longest = int(sheet.measure / XIAOER)
            for line in break_title(block.subtitle, longest) if block.subtitle else ():
                page.words(line, kai.at(XIAOER), middle, y + XIAOER * 1.4, align=0.5)
                y += XIAOER * 1.4
            issuer = break_title(block.issuer, longest) if block.issuer else []
            foot = sheet.bottom - (1.2 + len(issuer)) * sheet.pitch
            for line in issuer:
                page.words(line, kai.at(XIAOER), middle, foot, align=0.5)
                foot += sheet.pitch
            page.words(block.date, kai.at(XIAOER), middle, foot + sheet.pitch * 0.2, align=0.5)

        yield Item(0.0, None, opens=sheet, folio=False)
        yield Item(sheet.depth - 1.0, draw)
        yield Item(0.0, None, opens=sheet)


def _of(items: Callable[[Any, Typesetter, Sheet], list[Item]]) -> Maker:
    """A kind of block that needs nothing of the document around it."""
    return lambda composer, block, sheet: items(block, composer.typesetter, sheet)


Maker = Callable[[Composer, Any, Sheet], Iterable[Item]]
#: The one registry of blocks: a kind of block that is not here cannot be printed.
BLOCKS: dict[type, Maker] = {
    Paragraph: _of(paragraph_items),
    Heading: Composer.heading,
    Gap: lambda composer, block, sheet: [gap(sheet, block.rows)],
    PageBreak: lambda composer, block, sheet: [Item(0.0, None, opens=sheet)],
    Table: _of(table_items),
    Picture: Composer.picture,
    Chart: _of(chart_items),
    Gantt: _of(gantt_items),
    EditorNote: _of(editor_note_items),
    Article: Composer.article,
    Contents: Composer.contents,
    Attachment: Composer.attachment,
    Turned: Composer.turned,
    Wide: Composer.wide,
    Cover: Composer.cover,
    AppointmentForm: Composer.appointment,
    PersonSheet: Composer.person_sheet,
}


def contents_entries(blocks: Iterable[Block]) -> list[str]:
    """What the contents list: all articles, or without any the headings of level 1."""
    blocks = tuple(blocks)
    articles = [block.title.replace("\n", "") for block in blocks if isinstance(block, Article)]
    if articles:
        return articles
    return [
        plain(block.text).rstrip("。")
        for block in blocks
        if isinstance(block, Heading) and block.level == 1
    ]
