"""干部任免审批表, the standard two-page form: fixed frames in which texts shrink until they fit.

Only a resume or a family that no readable type would bring into its frame goes on, on a page more
(续页).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from desktop.bulletin.document import Align, AppointmentForm, Relative
from desktop.bulletin.typeset.flow import Draw, Item
from desktop.bulletin.typeset.inline_layout import TextLayout, Typesetter
from desktop.bulletin.typeset.linebreak import Shape
from desktop.bulletin.typeset.page import PageContent, Rect, Sheet, Tag, baseline_in, text_width
from desktop.bulletin.typeset.pictures import picture_size

#: A4 with the form's own margins: 81 pt at the head, 28 at the foot, 60 at the left; the table is
#: 469.65 pt wide.
TWIPS = (784, 236, 1305, 1063, 1302, 1315, 1330, 2058)
COLUMNS = tuple(width / 20 for width in TWIPS)
FORM = Sheet(595.276, 841.89, 60.0, 81.0, sum(COLUMNS), 841.89 - 81.0 - 28.0, 22, 30)
EDGES = tuple(accumulate(COLUMNS, initial=FORM.left))
TITLE_SIZE, TITLE_ROOM = 24.0, 34.0
ROW = 36.0
PHOTO_WIDTH, PHOTO_HEIGHT = 101.0, 134.0
#: 简历 begins at 14 pt: 22 lines of 30 characters.
LEADING = 1.2
SIZES = (14.0, 13.0, 12.0, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
#: Below the form's own smallest size only where a resume would else go on on another page; of one
#: that does, these stand on page 1.
RESUME_SIZES, CUT_SIZES = (*SIZES, 7.5, 7.0, 6.5), (8.0,)
#: Where a text has no room in a cell even at the cell's smallest size, it is made smaller down to
#: this rather than cut off.
LAST_SIZE = 4.0
ALL_SIZES = (*RESUME_SIZES, 6.0, 5.5, 5.0, 4.5, LAST_SIZE)
#: A text that is a character or two wider than its cell is rather made smaller, down to this, than
#: set in two lines.
LEAST_ON_ONE_LINE = 10.5
LABEL_SIZES = (14.0, 12.0, 11.0, 10.0, 9.0)
#: 学历 cells shrink by these steps; below 8 only where a fourth line would else be cut off.
DEGREE_SIZES = (14.0, 12.0, 10.0, 8.0, 6.5)
#: Page 2: least number of lines for relatives, how many there may be up to each height of their
#: lines, and on a page more.
LEAST_RELATIVES = 6
RELATIVE_LINES = ((8, 30.0), (13, 24.0), (20, 18.0))
MORE_RELATIVES = 36
#: Least height of 奖惩情况, 年度考核结果 and 任免理由; the one with more text takes what the others
#: do not need.
LEAST_BLOCK = 64.0
# label, 称谓, 姓名, 出生年月, 政治面貌, 工作单位及职务
RELATIVE_COLUMNS = (784, 940, 1063, 1302, 1315, 3989)
THIN, THICK = 0.5, 0.9
Entries = Sequence[tuple[str, str]]  # of a resume: period, and what was done in it


class Frame(NamedTuple):
    """A cell of the form by its edges."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.y1 - self.y0


class FormLayout:
    """Draws one form."""

    def __init__(self, form: AppointmentForm, typesetter: Typesetter) -> None:
        self.form, self.typesetter = form, typesetter
        self.song = typesetter.face("biaosong")

    # -- parts

    def frame(self, page: PageContent, frame: Frame) -> None:
        """The rules of a cell."""
        page.box(Rect(frame.x0, frame.y0, frame.width, frame.height), stroke=THIN)

    def fitted(
        self, text: str, width: float, height: float, sizes: Sequence[float] = SIZES,
        align: Align = "center",
    ) -> TextLayout:
        """The text at the largest size at which it fits its cell; rather a little smaller than with
        two characters on a second line."""
        lower = int(2 * (sizes[-1] - LAST_SIZE))
        steps = [*sizes, *(sizes[-1] - 0.5 * k for k in range(1, lower + 1))]
        shape = Shape(align=align)
        found = 0
        for found, size in enumerate(steps):  # noqa: B007  # where it stopped
            layout = self.typesetter.lay_out(text, "fang", size, width, shape)
            if _height(layout) <= height + 0.01:
                break
        lines = layout.lines
        if len(lines) == 2 and "\n" not in text and lines[1].end - lines[1].start <= 2:
            for size in steps[found + 1 : len(sizes)]:
                smaller = self.typesetter.lay_out(text, "fang", size, width, shape)
                if size >= LEAST_ON_ONE_LINE and len(smaller.lines) == 1:
                    return smaller
        return layout

    def label(self, page: PageContent, frame: Frame, text: str) -> None:
        """A framed cell that says what stands beside it."""
        self.cell(page, frame, text, LABEL_SIZES)

    def cell(
        self, page: PageContent, frame: Frame, text: str, sizes: Sequence[float] = SIZES,
        align: Align = "center",
    ) -> None:
        """A framed cell with its text in the middle; one of several lines that fill it stands at
        the left."""
        self.frame(page, frame)
        if not text:
            return
        pad = 5.0 if align == "left" else 3.0
        width, height = frame.width - 2 * pad, frame.height - 4.0
        layout = self.fitted(text, width, height, sizes, align)
        wide = len(layout.lines) > 1 and layout.width > width * 0.9
        if wide and align == "center" and sizes is not LABEL_SIZES:
            layout = self.fitted(text, width, height, sizes, "left")
        leading = layout.size * LEADING
        y = frame.y0 + 2.0 + (height - len(layout.lines) * leading) * 0.5
        layout.draw_lines(page, frame.x0 + pad, y, leading)

    def upright(self, page: PageContent, frame: Frame, text: str) -> None:
        """A narrow label cell whose characters stand one below the other over its height."""
        self.frame(page, frame)
        face = self.typesetter.face("fang")
        size = min(14.0, (frame.height - 6.0) / (len(text) * 1.05))
        step = min(size * 2.4, (frame.height - 8.0) / len(text))
        y = (frame.y0 + frame.y1) / 2 - step * len(text) / 2
        middle = (frame.x0 + frame.x1) / 2
        with page.paragraph():
            for character in text:
                page.words(character, face.at(size), middle, baseline_in(y, step, size), align=0.5)
                y += step

    # -- pages

    def first(self, page: PageContent, top: float) -> None:
        """Page 1, from 姓名 to 简历."""
        form, e = self.form, EDGES
        middle = (e[0] + e[-1]) / 2
        page.words(
            "干部任免审批表", self.song.at(TITLE_SIZE), middle,
            baseline_in(top, TITLE_SIZE, TITLE_SIZE), align=0.5,
        )
        y = [top + TITLE_ROOM + ROW * row for row in range(10)]
        born = "出生年月\n（岁）" if "岁" in form.born else "出生年月"
        rows = (
            ("姓　名", form.name, "性　别", form.gender, born, form.born),
            ("民　族", form.ethnicity, "籍　贯", form.native_place, "出生地", form.birth_place),
            (
                "入　党\n时　间", form.joined_party, "参加工\n作时间", form.started_work,
                "健康状况", form.health,
            ),
        )
        for row, (a, b, c, d, f, g) in enumerate(rows):
            y0, y1 = y[row], y[row + 1]
            for x0, x1, text, label in (
                (0, 2, a, True), (2, 3, b, False), (3, 4, c, True), (4, 5, d, False),
                (5, 6, f, True), (6, 7, g, False),
            ):
                self.cell(
                    page, Frame(e[x0], y0, e[x1], y1), text, sizes=LABEL_SIZES if label else SIZES
                )
        self.label(page, Frame(e[0], y[3], e[2], y[4]), "专业技\n术职务")
        self.cell(page, Frame(e[2], y[3], e[4], y[4]), form.technical_title)
        self.label(page, Frame(e[4], y[3], e[5], y[4]), "熟悉专业\n有何专长")
        self.cell(page, Frame(e[5], y[3], e[7], y[4]), form.specialty)
        self.frame(page, Frame(e[7], y[0], e[8], y[4]))
        self.photo(page, (e[7] + e[8]) / 2, (y[0] + y[4]) / 2)
        self.label(page, Frame(e[0], y[4], e[2], y[6]), "学　历\n学　位")
        for row, (kind, degree, school) in enumerate((
            ("全日制\n教　育", form.full_time_degree, form.full_time_school),
            ("在　职\n教　育", form.part_time_degree, form.part_time_school),
        )):
            y0, y1 = y[4 + row], y[5 + row]
            self.label(page, Frame(e[2], y0, e[3], y1), kind)
            self.cell(page, Frame(e[3], y0, e[5], y1), degree, sizes=DEGREE_SIZES)
            self.label(page, Frame(e[5], y0, e[6], y1), "毕业院校\n系及专业")
            self.cell(page, Frame(e[6], y0, e[8], y1), school, sizes=DEGREE_SIZES)
        for row, (post, text) in enumerate((
            ("现　任　职　务", form.post), ("拟　任　职　务", form.proposed_post),
            ("拟　免　职　务", form.removed_post),
        )):
            y0, y1 = y[6 + row], y[7 + row]
            self.label(page, Frame(e[0], y0, e[3], y1), post)
            self.cell(page, Frame(e[3], y0, e[8], y1), text, align="left")
        bottom = y[9] + 22 * 14.0 * LEADING + 4.0
        self.upright(page, Frame(e[0], y[9], e[1], bottom), "简历")
        self.frame(page, Frame(e[1], y[9], e[8], bottom))
        self.resume(
            page, Frame(e[1] + 5.0, y[9] + 2.0, e[8] - 5.0, bottom - 2.0), *self.resume_here()
        )
        page.box(Rect(e[0], y[0], e[8] - e[0], bottom - y[0]), stroke=THICK)

    def photo(self, page: PageContent, x: float, y: float) -> None:
        """The photograph, 101 × 134 pt at most, or the word in its place."""
        if self.form.photo:
            width, height = fit_picture(self.form.photo, PHOTO_WIDTH, PHOTO_HEIGHT)
            with page.tagged(Tag("Figure", "照片")):
                page.picture(self.form.photo, Rect(x - width / 2, y - height / 2, width, height))
            return
        page.words("照　片", self.typesetter.face("fang").at(14.0), x, y + 5.0, align=0.5)

    def resume_here(self) -> tuple[Entries, Sequence[float]]:
        """The entries of the resume that stand on page 1, and in which sizes; the others go on on a
        page more."""
        entries, width, height = (
            self.form.resume, EDGES[8] - EDGES[1] - 10.0, 22 * 14.0 * LEADING + 0.01,
        )
        if sum(map(_height, self.resume_layouts(entries, width, RESUME_SIZES[-1]))) <= height:
            return entries, RESUME_SIZES
        room, count = height, 0
        for layout in self.resume_layouts(entries, width, CUT_SIZES[-1]):
            room -= _height(layout)
            if room < 0:
                break
            count += 1
        return (entries[:count], CUT_SIZES) if count else (entries[:1], ALL_SIZES)

    def resume_layouts(self, entries: Entries, width: float, size: float) -> list[TextLayout]:
        """Entries at a size, each hanging behind its period."""
        face = self.typesetter.face("fang")
        widest = max((text_width(period, face) for period, _ in self.form.resume), default=0.0)
        hang = min(widest + 1.0, width / size / 2)
        return [
            self.typesetter.lay_out(
                text or " ", "fang", size, width,
                Shape(first_indent=hang, indent=hang, align="left"),
            )
            for _, text in entries
        ]

    def resume(
        self, page: PageContent, frame: Frame, entries: Entries, sizes: Sequence[float]
    ) -> None:
        """简历: each entry hangs behind its period, at the largest size at which all fit."""
        face = self.typesetter.face("fang")
        layouts: list[TextLayout] = []
        for size in sizes:
            layouts = self.resume_layouts(entries, frame.width, size)
            if sum(map(_height, layouts)) <= frame.height + 0.01:
                break
        y = frame.y0
        for (period, _), layout in zip(entries, layouts, strict=True):
            size, leading = layout.size, layout.size * LEADING
            page.words(period, face.at(size), frame.x0, baseline_in(y, leading, size))
            y = layout.draw_lines(page, frame.x0, y, leading)

    def more(self) -> list[Draw]:
        """The pages more: what of the resume and of the family has no room on the form's two."""
        entries = self.form.resume[len(self.resume_here()[0]) :]
        people = self.form.relatives[RELATIVE_LINES[-1][0] :]
        pages: list[Draw] = []

        def family(part: Sequence[Relative]) -> Draw:
            high = RELATIVE_LINES[-1][1]
            return lambda page, top: self.relatives(page, self.head(page, top), part, high)

        if entries:
            pages.append(lambda page, top: self.more_resume(page, self.head(page, top), entries))
        for start in range(0, len(people), MORE_RELATIVES):
            pages.append(family(people[start : start + MORE_RELATIVES]))
        return pages

    def head(self, page: PageContent, top: float) -> float:
        """The title of a page more, with whose it is. Returns where the table begins."""
        middle = (EDGES[0] + EDGES[-1]) / 2
        text = f"干部任免审批表（续页）　{self.form.name}"
        page.words(text, self.song.at(18.0), middle, baseline_in(top, 18.0, 18.0), align=0.5)
        return top + TITLE_ROOM

    def more_resume(self, page: PageContent, top: float, entries: Entries) -> None:
        """The rest of a resume on a page of its own."""
        left, label, right, bottom = EDGES[0], EDGES[1], EDGES[-1], FORM.top + FORM.depth - 26.0
        self.upright(page, Frame(left, top, label, bottom), "简历")
        self.frame(page, Frame(label, top, right, bottom))
        inside = Frame(label + 5.0, top + 2.0, right - 5.0, bottom - 2.0)
        self.resume(page, inside, entries, ALL_SIZES)
        page.box(Rect(left, top, right - left, bottom - top), stroke=THICK)

    def second(self, page: PageContent, top: float) -> None:
        """Page 2, from 奖惩情况 to the opinions, with 填表人 under the table."""
        form, left, right = self.form, EDGES[0], EDGES[-1]
        label = EDGES[1]
        bottom = top + FORM.depth - 26.0
        most = RELATIVE_LINES[-1][0]
        relatives = [
            *form.relatives[:most], *[Relative("", "")] * (LEAST_RELATIVES - len(form.relatives)),
        ]
        line = next(high for count, high in RELATIVE_LINES if len(relatives) <= count)
        fixed = line * (len(relatives) + 1) + 76.0 + 150.0
        y = top
        blocks = (
            ("奖惩情况", form.rewards), ("年度考核结果", form.assessments),
            ("任免理由", form.reason),
        )
        rooms = self.parted(
            bottom - top - fixed, [content for _, content in blocks], right - label - 10.0
        )
        for (text, content), room in zip(blocks, rooms, strict=True):
            self.upright(page, Frame(left, y, label, y + room), text)
            self.cell(page, Frame(label, y, right, y + room), content, align="left")
            y += room
        self.relatives(page, y, relatives, line)
        y += line * (len(relatives) + 1)
        self.upright(page, Frame(left, y, label, y + 76.0), "呈报单位")
        self.frame(page, Frame(label, y, right, y + 76.0))
        self.opinion(page, Frame(label, y, right, y + 76.0), form.reporting_unit)
        y += 76.0
        middle = (left + right) / 2
        self.upright(page, Frame(left, y, label, bottom), "审批机关意见")
        self.frame(page, Frame(label, y, middle, bottom))
        self.opinion(page, Frame(label, y, middle, bottom), form.approval)
        self.upright(page, Frame(middle, y, middle + COLUMNS[0], bottom), "行政机关任免意见")
        self.frame(page, Frame(middle + COLUMNS[0], y, right, bottom))
        self.opinion(page, Frame(middle + COLUMNS[0], y, right, bottom), form.administration)
        page.box(Rect(left, top, right - left, bottom - top), stroke=THICK)
        face = self.typesetter.face("fang")
        page.words(
            f"填表人：{form.filled_by}", face.at(14.0), right - 120.0,
            baseline_in(bottom + 4.0, 18.0, 14.0),
        )

    def parted(self, height: float, texts: Sequence[str], width: float) -> list[float]:
        """Heights of blocks one below another: alike where all have room, else by what their texts
        need."""
        needs = [
            _height(self.typesetter.lay_out(text, "fang", SIZES[0], width, Shape(align="left")))
            + 8.0
            for text in texts
        ]
        if max(needs) <= height / len(texts):
            return [height / len(texts)] * len(texts)
        least = min(LEAST_BLOCK, height / len(texts))
        extras = [max(0.0, need - least) for need in needs]
        spare = height - least * len(texts)
        return [least + spare * extra / sum(extras) for extra in extras]

    def relatives(
        self, page: PageContent, top: float, relatives: Sequence[Relative], line: float
    ) -> None:
        """家庭主要成员及重要社会关系."""
        edges = list(accumulate((width / 20 for width in RELATIVE_COLUMNS), initial=FORM.left))
        bottom = top + line * (len(relatives) + 1)
        self.upright(page, Frame(edges[0], top, edges[1], bottom), "家庭主要成员及重要社会关系")
        heads = ("称　谓", "姓　名", "出生年月", "政治面貌", "工作单位及职务")
        rows = [heads, *((r.relation, r.name, r.born, r.politics, r.post) for r in relatives)]
        for number, row in enumerate(rows):
            y = top + line * number
            for column, text in enumerate(row):
                align: Align = "left" if number and column == 4 else "center"
                self.cell(
                    page, Frame(edges[column + 1], y, edges[column + 2], y + line), text,
                    align=align, sizes=LABEL_SIZES if not number else SIZES,
                )

    def opinion(self, page: PageContent, frame: Frame, text: str) -> None:
        """A text with room for a seal and a date below it."""
        face = self.typesetter.face("fang").at(14.0)
        layout = self.fitted(text, frame.width - 10.0, frame.height - 46.0, align="left")
        layout.draw_lines(page, frame.x0 + 5.0, frame.y0 + 6.0, layout.size * LEADING)
        page.words("（盖章）", face, frame.x1 - 40.0, frame.y1 - 26.0, align=1.0)
        page.words("年　　月　　日", face, frame.x1 - 12.0, frame.y1 - 8.0, align=1.0)


def _height(layout: TextLayout) -> float:
    """Height of a set text in points."""
    return len(layout.lines) * layout.size * LEADING


def fit_picture(data: bytes, width: float, height: float) -> tuple[float, float]:
    """The size at which a picture fits a frame without being stretched. Raises BadInput for what is
    not a picture."""
    wide, high = picture_size(data, "照片读不出来，不能打印。请在干部页换一张 JPG 或 PNG 照片。")
    scale = min(width / wide, height / high)
    return wide * scale, high * scale


def appointment_items(form: AppointmentForm, typesetter: Typesetter) -> list[Item]:
    """The form's two pages, and more where a resume or a family has no room on them; they carry no
    folio."""
    drawing = FormLayout(form, typesetter)
    whole = FORM.depth - 1.0
    items: list[Item] = []
    for draw in (drawing.first, drawing.second, *drawing.more()):
        items += [Item(0.0, None, opens=FORM, folio=False), Item(whole, draw)]
    return items
