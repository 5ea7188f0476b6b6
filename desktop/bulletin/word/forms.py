"""Fixed forms of a person in a .docx: the appointment form and the sheet of achievements, as tables
of the same cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from desktop.bulletin.blocks.appointment_frames import (
    EDGES,
    FORM,
    LEAST_RELATIVES,
    PHOTO_HEIGHT,
    PHOTO_WIDTH,
    RELATIVE_COLUMNS,
    ROW,
    fit_picture,
)
from desktop.bulletin.blocks.person_sheet import SHEET
from desktop.bulletin.document import MASK, AppointmentForm, PersonSheet, Relative, SheetGroup
from desktop.bulletin.word.body import Body, Section
from desktop.bulletin.word.markup import fonts, paragraph, run, twips
from desktop.bulletin.word.tables import cell_xml, row_xml, table_xml

#: A form's text where nothing has to be made smaller for its cell, and the smallest.
LARGE, SMALL = 14.0, 9.0
LEADING = 1.2
#: A page more of the form has room for the rest of a resume.
OPINION, DECISION = 76.0, 150.0
PHOTO = "照　片"


def _text(text: str, size: float = LARGE, align: str = "center", face: str = "") -> str:
    """The paragraphs of a cell of the form."""
    look = face + f'<w:sz w:val="{round(size * 2)}"/>'
    line = (
        f'<w:spacing w:line="{twips(size * LEADING)}" w:lineRule="exact"/>'
        f'<w:jc w:val="{align}"/>'
    )
    return "".join(paragraph("small", run(each, look), line) for each in text.split("\n"))


def _fitting(text: str, width: float, height: float, largest: float = LARGE) -> float:
    """About the largest size at which a text of full characters fits a cell."""
    size = largest
    while size > SMALL:
        each = max(int((width - 8.0) / size), 1)
        lines = sum(-(-max(len(part), 1) // each) for part in text.split("\n"))
        if lines * size * LEADING <= height - 2.0:
            break
        size -= 0.5
    return size


class _Grid:
    """Rows of cells over the edges of the form's columns."""

    def __init__(self, body: Body, edges: Sequence[float]) -> None:
        self.body, self.edges, self.rows = body, edges, list[str]()

    def row(self, height: float, *cells: tuple[int, int, str, str]) -> None:
        """Cells: first and last edge, what is in them, and how they reach down."""
        made = "".join(
            cell_xml(self.edges[last] - self.edges[first], inside, span=last - first, merge=merge)
            for first, last, inside, merge in cells
        )
        self.rows.append(row_xml(made, height=height))

    def fitted(self, first: int, last: int, height: float, text: str, align: str = "center") -> str:
        """A text in the size that its cell allows."""
        width = self.edges[last] - self.edges[first]
        return _text(text, _fitting(text, width, height), align)

    def add(self) -> None:
        """Put the table into the body."""
        widths = [b - a for a, b in zip(self.edges, self.edges[1:], strict=False)]
        self.body.add(table_xml(widths, "".join(self.rows), 3.0))


def add_appointment(body: Body, form: AppointmentForm) -> None:
    """干部任免审批表: the form's two pages as one table each."""
    body.open(Section(FORM, folio=False))
    title = f'<w:spacing w:line="{twips(34.0)}" w:lineRule="exact"/>'
    body.add(paragraph("title", run("干部任免审批表", '<w:sz w:val="48"/>'), title))
    _first(body, form)
    body.break_page()
    _second(body, form)
    body.open(Section())


def _first(body: Body, form: AppointmentForm) -> None:
    grid = _Grid(body, EDGES)
    born = "出生年月\n（岁）" if "岁" in form.born else "出生年月"
    photo = _photo(body, form.photo)
    top = (
        ("姓　名", form.name, "性　别", form.gender, born, form.born),
        ("民　族", form.ethnicity, "籍　贯", form.native_place, "出生地", form.birth_place),
        ("入　党\n时　间", form.joined_party, "参加工\n作时间", form.started_work, "健康状况",
         form.health),
    )  # fmt: skip
    places = ((0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7))
    for at, texts in enumerate(top):
        cells = [
            (first, last, grid.fitted(first, last, ROW, text), "")
            for (first, last), text in zip(places, texts, strict=True)
        ]
        grid.row(ROW, *cells, (7, 8, *((photo, "restart") if not at else (_text(""), "continue"))))
    grid.row(
        ROW,
        (0, 2, _text("专业技\n术职务"), ""),
        (2, 4, grid.fitted(2, 4, ROW, form.technical_title), ""),
        (4, 5, grid.fitted(4, 5, ROW, "熟悉专业\n有何专长"), ""),
        (5, 7, grid.fitted(5, 7, ROW, form.specialty), ""),
        (7, 8, _text(""), "continue"),
    )
    for at, (kind, degree, school) in enumerate((
        ("全日制\n教　育", form.full_time_degree, form.full_time_school),
        ("在　职\n教　育", form.part_time_degree, form.part_time_school),
    )):
        label = ("学　历\n学　位", "restart") if not at else ("", "continue")
        grid.row(
            ROW, (0, 2, _text(label[0]), label[1]), (2, 3, grid.fitted(2, 3, ROW, kind), ""),
            (3, 5, grid.fitted(3, 5, ROW, degree), ""),
            (5, 6, grid.fitted(5, 6, ROW, "毕业院校\n系及专业"), ""),
            (6, 8, grid.fitted(6, 8, ROW, school), ""),
        )
    for post, text in (
        ("现　任　职　务", form.post), ("拟　任　职　务", form.proposed_post),
        ("拟　免　职　务", form.removed_post),
    ):
        grid.row(ROW, (0, 3, _text(post), ""), (3, 8, grid.fitted(3, 8, ROW, text, "left"), ""))
    high = 22 * LARGE * LEADING - 24.0  # rules and blanks of ten rows take the rest
    grid.row(high, (0, 1, _text("\n".join("简历")), ""), (1, 8, _resume(form, high), ""))
    grid.add()


def _resume(form: AppointmentForm, high: float) -> str:
    """简历, each entry behind its period."""
    width = EDGES[8] - EDGES[1]
    size = LARGE
    while size > SMALL:
        hang = 9.5 * size
        each = max(int((width - 8.0 - hang) / size), 1)
        if sum(-(-len(text) // each) for _, text in form.resume) * size * LEADING <= high:
            break
        size -= 0.5
    look = f'<w:sz w:val="{round(size * 2)}"/>'
    hang = twips(9.5 * size)
    line = (
        f'<w:tabs><w:tab w:val="left" w:pos="{hang}"/></w:tabs>'
        f'<w:spacing w:line="{twips(size * LEADING)}" w:lineRule="exact"/>'
        f'<w:ind w:left="{hang}" w:hanging="{hang}"/>'
    )
    return "".join(
        paragraph("small", run(f"{period}\t{text}", look), line) for period, text in form.resume
    ) or _text("")


def _photo(body: Body, data: bytes) -> str:
    if not data:
        return _text(PHOTO)
    width, height = fit_picture(data, PHOTO_WIDTH, PHOTO_HEIGHT)
    return paragraph(
        "small", body.picture(data, width, height, "照片"),
        '<w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>',
    )


def _second(body: Body, form: AppointmentForm) -> None:
    left, label, right = EDGES[0], EDGES[1], EDGES[-1]
    columns = list(accumulate((width / 20 for width in RELATIVE_COLUMNS), initial=left))
    middle = (left + right) / 2
    edges = sorted({*columns, label, right, middle, middle + (label - left)})
    at = {edge: number for number, edge in enumerate(edges)}
    grid = _Grid(body, edges)
    end = len(edges) - 1
    for text, content in (
        ("奖惩情况", form.rewards), ("年度考核结果", form.assessments), ("任免理由", form.reason),
    ):
        inside = grid.fitted(at[label], end, 90.0, content, "left")
        grid.row(70.0, (0, at[label], _upright(text), ""), (at[label], end, inside, ""))
    heads = ("称　谓", "姓　名", "出生年月", "政治面貌", "工作单位及职务")
    people = [*form.relatives, *[Relative("", "")] * (LEAST_RELATIVES - len(form.relatives))]
    rows = [heads, *((r.relation, r.name, r.born, r.politics, r.post) for r in people)]
    places = [at[edge] for edge in columns]
    for number, row in enumerate(rows):
        title = (
            (_upright("家庭主要成员及重要社会关系"), "restart")
            if not number
            else (_text(""), "continue")
        )
        cells = [
            (first, last, grid.fitted(first, last, 30.0, text), "")
            for first, last, text in zip(places[1:6], [*places[2:6], end], row, strict=True)
        ]
        grid.row(26.0, (0, at[label], *title), *cells)
    grid.row(OPINION, (0, at[label], _upright("呈报单位"), ""),
             (at[label], end, _opinion(form.reporting_unit), ""))  # fmt: skip
    here, there = at[middle], at[middle + (label - left)]
    grid.row(
        DECISION, (0, at[label], _upright("审批机关意见"), ""),
        (at[label], here, _opinion(form.approval), ""),
        (here, there, _upright("行政机关任免意见"), ""),
        (there, end, _opinion(form.administration), ""),
    )
    grid.add()
    body.add(paragraph("small", run(f"填表人：{form.filled_by}", '<w:sz w:val="28"/>'),
                       '<w:jc w:val="right"/>'))  # fmt: skip


def _upright(text: str) -> str:
    return _text("\n".join(text), 12.0 if len(text) < 9 else 10.0)


def _opinion(text: str) -> str:
    """A text with room for a seal and a date below it."""
    return (
        _text(text, align="left") + _text("（盖章）　　", align="right")
        + _text("年　　月　　日", align="right")
    )


# -- 干部实绩一览


def add_person_sheet(body: Body, block: PersonSheet) -> None:
    """One person: facts beside the photograph, then groups of lines."""
    body.open(Section(SHEET, folio=False))
    if block.corner:
        body.add(paragraph("small", run(block.corner, fonts("hei") + '<w:sz w:val="24"/>')))
    body.add(paragraph("title", run(block.title)))
    _facts(body, block)
    for group in block.groups:
        if group.lines:
            _group(body, group, uncounted=block.uncounted)
    body.add(paragraph("small", run(block.note, '<w:sz w:val="18"/>')))
    body.open(Section())


def _facts(body: Body, block: PersonSheet) -> None:
    facts = [(label, text) for label, text in block.facts if text]
    label, photo = 66.0, PHOTO_WIDTH
    half = (SHEET.measure - photo) / 2 - label
    widths = (label, half, label, half, photo)
    edges = list(accumulate(widths, initial=0.0))
    grid = _Grid(body, edges)
    name = paragraph(
        "small", run(block.name, fonts("hei") + '<w:sz w:val="36"/>')
        + run(f"　{block.subtitle}", fonts("kai") + '<w:sz w:val="24"/>'),
        f'<w:spacing w:line="{twips(30.0)}" w:lineRule="atLeast"/>',
    )
    grid.row(34.0, (0, 4, name, ""), (4, 5, _photo(body, block.photo), "restart"))
    pairs = [facts[at : at + 2] for at in range(0, len(facts), 2)]
    for pair in pairs:
        cells: list[tuple[int, int, str, str]] = []
        for at, (title, text) in enumerate(pair):
            last = 2 * at + 2 if len(pair) == 2 else 4
            cells.append((2 * at, 2 * at + 1, _text(title, 10.0, face=fonts("hei")), ""))
            cells.append((2 * at + 1, last, _text(text, 10.5, "left"), ""))
        grid.row(21.0, *cells, (4, 5, _text(""), "continue"))
    grid.add()


def _group(body: Body, group: SheetGroup, *, uncounted: bool) -> None:
    size = 10.5
    stop = f'<w:tabs><w:tab w:val="right" w:pos="{twips(SHEET.measure)}"/></w:tabs>'
    shade = '<w:keepNext/><w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/>'
    count = f"共 {MASK if uncounted else len(group.lines)} 条"
    above = '<w:spacing w:before="100"/>'
    body.add(
        paragraph("small", run(f"{group.title}\t", fonts("hei")) + run(count), shade + stop + above)
    )
    if group.running:
        text = "；".join(f"{line.head}{line.detail}" for line in group.lines)
        body.add(paragraph("small", run(f"{text}。")))
        return
    hang = twips((max(len(line.when) for line in group.lines) * 0.6 + 1.0) * size)
    indent = (
        f'<w:tabs><w:tab w:val="left" w:pos="{hang}"/></w:tabs>'
        f'<w:ind w:left="{hang}" w:hanging="{hang}"/>'
    )
    for line in group.lines:
        text = f"{line.head}（{line.detail}）" if line.detail else line.head
        red = '<w:color w:val="B8141F"/>' if line.light == "red" else ""
        body.add(paragraph("small", run(line.when, red) + run(f"\t{text}"), indent))
