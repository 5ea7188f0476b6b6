"""What is to be printed, as plain data: the model a report builder fills and
:mod:`desktop.bulletin.writers` write.

All classes are immutable. Texts are written as people type them; the typesetting adds indents,
breaks and faces. An ``Inline`` is either a plain string or a tuple of :class:`Run` where parts
differ in face or carry a mark.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from db.model.dates import chinese_date
from db.model.declarations import Tone

Align = Literal["justify", "left", "center", "right"]
#: 仿宋, 楷体, 黑体, 小标宋, 宋体: the faces of official documents.
Role = Literal["fang", "kai", "hei", "biaosong", "song"]
#: Stands for what a masked edition hides; one sign, never parted or spread.
MASK = "**"


class Run(msgspec.Struct, frozen=True):
    """A part of a text. ``face`` None: the block's own. ``mark`` names what the part stands for (a
    figure, say): where it came to stand is told in ``Printed.marks``. ``flagged`` underlines it,
    for drafts. ``note``: a footnote
    (数据来源, say) at the foot of the page, numbered through the document; in running text only."""

    text: str
    face: Role | None = None
    mark: str | None = None
    flagged: bool = False
    note: str = ""


Inline = str | tuple[Run, ...]


def plain(text: Inline) -> str:
    """The characters of an inline text."""
    return text if isinstance(text, str) else "".join(run.text for run in text)


def day_text(day: datetime.date | str) -> str:
    """A day as it is printed; a text, as a masked edition has, stays as it is."""
    return day if isinstance(day, str) else chinese_date(day)


# -- blocks ----------------------------------------------------------------------------------------


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph of text, indented two characters unless told otherwise."""

    text: Inline
    face: Role = "fang"
    indent: float = 2.0  # first line, in characters
    hang: float = 0.0  # other lines
    align: Align = "justify"


class Heading(msgspec.Struct, frozen=True):
    """A heading of level 1 (一、), 2 （一）, 3 (1.) or 4 （1）. ``rest``: text that runs on in the
    same paragraph."""

    level: int
    text: Inline
    rest: Inline = ""


class Gap(msgspec.Struct, frozen=True):
    """Empty lines; dropped at the head of a page."""

    rows: int = 1


class PageBreak(msgspec.Struct, frozen=True):
    """What follows begins a page."""


class Cell(msgspec.Struct, frozen=True):
    """A table cell. ``span``/``down``: columns and rows covered. ``align`` None: by the column."""

    text: Inline | Decimal | int | None
    span: int = 1
    down: int = 1
    align: Align | None = None
    face: Role | None = None
    shade: bool = False


class Column(msgspec.Struct, frozen=True):
    """A table column. ``width``: share of the table's width, or None to be measured from its texts.

    ``numeric``: set flush right, decimals aligned by their equal number of places. ``serial``:
    holds row numbers, which a masked edition keeps.
    """

    label: str = ""
    width: float | None = None
    align: Align = "left"
    numeric: bool = False
    serial: bool = False


TableRow = Sequence[Cell | str | Decimal | int | None]


def cell_text(value: Inline | Decimal | int | None) -> Inline:
    """A cell's value as printed: figures without exponent, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, str | tuple) else str(value)


class Table(msgspec.Struct, frozen=True):
    """A table whose head is repeated on each page.

    ``head``: rows of the head, with merged cells; empty: one row from the columns' labels.
    ``total``: how many rows at the end are totals (set in 黑体). ``measure``: the unit of its
    figures, at the upper right. ``source``: 数据来源 under the table; ``notes``: further notes
    under it. ``size``: type size in points. ``row_height``: least height of a row in millimetres,
    for sheets that are filled in by hand.
    """

    columns: tuple[Column, ...]
    rows: Sequence[TableRow]
    head: tuple[TableRow, ...] = ()
    title: str = ""
    measure: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    total: int = 0
    size: float = 12.0
    row_height: float = 0.0


class Picture(msgspec.Struct, frozen=True):
    """A PNG or JPEG, centred, with its caption under it. ``width`` in millimetres."""

    data: bytes
    caption: str = ""
    width: float = 120.0


class Series(msgspec.Struct, frozen=True):
    """One row of values of a chart, one per label; None leaves a blank."""

    name: str
    values: tuple[Decimal | float | None, ...]


#: The kinds of charts; each is drawn by the method of its name in ``charts.py``.
ChartKind = Literal["bars", "columns", "trend", "share"]


class Chart(msgspec.Struct, frozen=True):
    """Bars by label (``bars``: lying, ``columns``: standing), a trend of lines (``trend``) or
    shares (``share``)."""

    kind: ChartKind
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    title: str = ""
    measure: str = ""
    source: str = ""
    height: float = 70.0  # millimetres; lying bars take what they need
    # masked edition: values are not to be seen, neither as figures nor as lengths
    hidden: bool = False


PointKind = Literal["reached", "late", "ahead", "overdue"]
"""How a point of a bar stands (``wall_chart.MARKS``)."""


class Bar(msgspec.Struct, frozen=True):
    """One line of a wall chart: planned span, share done (0 to 1), and how it stands, with what its
    ledger calls that."""

    label: str
    start: datetime.date
    end: datetime.date
    done: float = 0.0
    unit: str = ""
    light: Tone = "green"
    word: str = ""
    #: What is planned for a day under it, and how it stands.
    points: tuple[tuple[datetime.date, PointKind], ...] = ()


class Gantt(msgspec.Struct, frozen=True):
    """A wall chart (挂图作战): bars by unit against a calendar, with a line for today, or for a day
    gone by (``past``) as of whose end it is."""

    bars: tuple[Bar, ...]
    today: datetime.date
    title: str = ""
    source: str = ""
    # masked edition: dates are not to be seen, neither as words nor as places on the calendar
    hidden: bool = False
    past: bool = False


class EditorNote(msgspec.Struct, frozen=True):
    """编者按, set in 楷体."""

    text: Inline


class Article(msgspec.Struct, frozen=True):
    """One of several articles of a bulletin: its title stands in the contents; begins a page when
    ``new_page``."""

    title: str
    blocks: tuple[Block, ...]
    byline: str = ""
    new_page: bool = False


class Contents(msgspec.Struct, frozen=True):
    """目录: the articles of the document (or, without articles, its headings of level 1) with their
    pages."""

    title: str = "目　录"
    own_page: bool = False


class Attachment(msgspec.Struct, frozen=True):
    """The head of an attachment bound with the document (GB/T 9704-2012, 7.3.7): begins a page."""

    number: str  # 附件 or 附件1
    title: str


class Turned(msgspec.Struct, frozen=True):
    """Blocks on A4 pages turned a quarter, their head to the left (7.4)."""

    blocks: tuple[Block, ...]


class Wide(msgspec.Struct, frozen=True):
    """Blocks on A3 across, for a wall."""

    blocks: tuple[Block, ...]


class Cover(msgspec.Struct, frozen=True):
    """The cover of a booklet: a page of its own without folio."""

    title: str
    subtitle: str = ""
    issuer: str = ""
    date: str = ""
    corner: str = ""  # 内部资料 and the like, top left


class Relative(msgspec.Struct, frozen=True):
    """A line of 家庭主要成员及重要社会关系."""

    relation: str
    name: str
    born: str = ""
    politics: str = ""
    post: str = ""


class AppointmentForm(msgspec.Struct, frozen=True):
    """干部任免审批表, the standard form of two pages. Dates as the form writes them: 1975.06.

    ``resume``: periods and what was done in them. ``photo``: PNG or JPEG, or empty.
    """

    name: str
    gender: str = ""
    born: str = ""  # 1975.06（47岁）
    ethnicity: str = ""
    native_place: str = ""
    birth_place: str = ""
    joined_party: str = ""
    started_work: str = ""
    health: str = ""
    technical_title: str = ""
    specialty: str = ""
    full_time_degree: str = ""
    full_time_school: str = ""
    part_time_degree: str = ""
    part_time_school: str = ""
    post: str = ""
    proposed_post: str = ""
    removed_post: str = ""
    resume: tuple[tuple[str, str], ...] = ()
    rewards: str = ""
    assessments: str = ""
    reason: str = ""
    relatives: tuple[Relative, ...] = ()
    reporting_unit: str = ""
    approval: str = ""
    administration: str = ""
    filled_by: str = ""
    photo: bytes = b""


class SheetLine(msgspec.Struct, frozen=True):
    """A line of a person's sheet: when, what, and what else is known. ``light``: "red" while it
    weighs on the person."""

    when: str
    head: str
    detail: str = ""
    light: str = ""


class SheetGroup(msgspec.Struct, frozen=True):
    """Lines of one sort under their heading; ``running`` ones stand in one paragraph (yearly
    assessments)."""

    title: str
    lines: tuple[SheetLine, ...]
    running: bool = False


class PersonSheet(msgspec.Struct, frozen=True):
    """One person on one sheet (干部实绩一览): facts beside the photograph, then groups of lines
    that shrink until all fit.

    ``facts``: label and text. ``note``: where the lines come from and of which day they are, at the
    foot.
    """

    title: str
    name: str
    subtitle: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    groups: tuple[SheetGroup, ...] = ()
    photo: bytes = b""
    corner: str = ""
    note: str = ""
    uncounted: bool = False  # how many lines a group has is not said


Block = (
    Paragraph
    | Heading
    | Gap
    | PageBreak
    | Table
    | Picture
    | Chart
    | Gantt
    | EditorNote
    | Article
    | Contents
    | Attachment
    | Turned
    | Wide
    | Cover
    | AppointmentForm
    | PersonSheet
)

# -- around the text -------------------------------------------------------------------------------


class RedHead(msgspec.Struct, frozen=True):
    """版头 of an official document. ``organs``: one issuing organ, or several jointly; ``suffix``:
    文件 or empty."""

    organs: tuple[str, ...]
    suffix: str = "文件"
    number: str = ""  # 云办〔2022〕5号
    copy_no: str = ""  # 份号, six digits
    secrecy: str = ""  # 机密★1年, 内部资料
    urgency: str = ""  # 特急, 加急
    signers: tuple[str, ...] = ()  # 签发人, upward documents only


class LetterHead(msgspec.Struct, frozen=True):
    """信函格式 (10.1): the organ's name 30 mm below the sheet's edge, red double rules at head and
    foot of the first page, which carries no folio. Its 版记 names no printing office and has no
    rules."""

    organ: str
    number: str = ""  # 云能办函〔2022〕5号
    copy_no: str = ""
    secrecy: str = ""
    urgency: str = ""


class BriefHead(msgspec.Struct, frozen=True):
    """Masthead of a 简报. ``supplement``: 增刊, numbered apart."""

    name: str
    issue_no: int | None
    total_issue_no: int | None = None
    issuer: str = ""
    date: datetime.date | str | None = None
    supplement: bool = False
    secrecy: str = ""
    serial: str = ""  # 编号, top right


class Signature(msgspec.Struct, frozen=True):
    """署名 and 成文日期. ``sealed``: room is left for a seal over them (7.3.5)."""

    organs: tuple[str, ...]
    date: datetime.date | str | None
    sealed: bool = False


class Imprint(msgspec.Struct, frozen=True):
    """版记. An official document has ``copy_to`` and an issuing organ; a 简报 报, 送, 发 and the
    number of copies."""

    issuer: str = ""
    date: datetime.date | str | None = None
    copy_to: str = ""
    report_to: str = ""
    send_to: str = ""
    distribute_to: str = ""
    copies: int | str | None = None


class Document(msgspec.Struct, frozen=True):
    """A whole document.

    ``title`` may hold line ends where its lines are to break; without them it is broken by sense.
    ``attachments`` are the names in 附件说明; the attachments themselves are blocks beginning with
    :class:`Attachment`, placed in
    ``appendix``. ``duplex``: printed double-sided, so the 版记 stands on an even page. ``audit``: a
    short line (the head of the audit chain, say) kept in the properties of an issued PDF.
    ``draft``: a word (草稿 未签发) in every page's upper margin, for what is not issued yet.
    ``made_on``: the day in the file's properties, when it was issued or drafted; None: the
    properties tell no day.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    masthead: RedHead | LetterHead | BriefHead | None = None
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    signature: Signature | None = None
    note: str = ""  # 附注, in brackets under the date
    appendix: tuple[Block, ...] = ()
    imprint: Imprint | None = None
    duplex: bool = False
    folio: bool = True
    # before the title: 目录 and 编者按 of a 简报, the cover of a booklet
    front: tuple[Block, ...] = ()
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = msgspec.field(default=())
    audit: str = ""
    # False: the title stands in the file's properties only, since a form has its own
    titled: bool = True
    draft: str = ""
    #: A masked edition: nothing in its file names what a figure is.
    masked: bool = False
    #: A digest of the typing it was made of, by which an edited Word file finds it again.
    source: str = ""
    made_on: datetime.date | None = None
    #: Names of units and leaders that no line of a title or a cell parts.
    names: tuple[str, ...] = ()
