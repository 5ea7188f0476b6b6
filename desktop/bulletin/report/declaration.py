"""What a report's declaration may say (``resources/reports/*.toml``): its masthead, its text with
blanks, its tables.

A label is never written here that a declaration of a field or a figure has: columns take theirs
from there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

import resources
from db.errors import DeclarationError
from db.model import declaration_files, declarations
from db.model.declaration_files import made_ready
from db.model.query import Where
from desktop.bulletin.document import ChartKind

#: The field by which a bulletin, a kept form and a scheduled paper name their report.
REPORT_NAME = "report_name"
Need = Literal["period", "unit", "item"]


class ColumnOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One column: a ``figure`` by name, a ``field`` of the kind, or a word ("order", "rank",
    "group", the review's "score").

    The word "blank" is a column to be filled in by hand; "given", "handed_in" and "status" are
    those of the hand-in board; "origin" is the week that carried-on work was given for; "title",
    "ledger", "unit", "day" and "standing" are those of a leader's page and of an agenda, "times"
    the how manieth session something goes before.
    ``parts`` prints a share with its numerator and denominator under it; ``label`` shortens a
    heading where the declared one is long; ``if_any`` leaves the column out where every line has 0.
    ``serial``: the field says which place a line has, which a masked edition keeps.
    """

    figure: str = ""
    field: str = ""
    word: Literal[
        "", "order", "rank", "group", "score", "blank", "given", "handed_in", "status",
        "origin", "title", "ledger", "unit", "day", "standing", "times",
    ] = ""
    label: str = ""
    parts: bool = False
    if_any: bool = False
    serial: bool = False
    width: float | None = None


class ChartOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A chart of figures by a group; ``kind`` as in ``document.Chart``. ``group`` "month": each
    month of the period by itself."""

    name: str
    title: str = ""
    kind: ChartKind = "bars"
    group: str = "unit"
    figures: tuple[str, ...]
    source: str = ""


class TableOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A table: figures by a group (``group = "unit"``), or records of a kind (``kind`` and
    ``where``).

    ``facts`` turns the fields of the report's item into lines of label and text; ``children`` takes
    the item's child records of a kind.
    ``of_unit`` limits records to the chosen unit, ``landscape`` turns the page, ``compare`` adds
    the change against the period before.
    ``rank`` names the figure by which groups are ranked, best first, ties sharing a rank; ``total``
    adds a line over all groups. In place of a figure, ``rank`` and ``compare`` take "score": the
    score of the monthly review, so that both rank alike.
    ``rows_of`` takes the records behind a figure, by ``sort``. ``empty``, a template, is printed
    when there is nothing to show. ``once`` names fields: records that agree in them are one line.
    ``period`` names the date field that must fall in the chosen period.
    ``same`` limits records to those that agree with the report's item in these fields: none where
    the first is blank, blank ones where another is;
    ``of_previous`` takes the children of the item's forerunner in its series (``Report.series``).
    ``tree`` lists units that stand today, each under its superior.
    ``agenda`` lists a part of the agenda of the item, a meeting: what was decided before, what is
    open, what was raised for it.
    ``handin`` lists which units handed in their workbook in the period. ``of_leader`` lists what
    the report's item, a leader, leads and has in hand, the open work that names them otherwise (as
    who instructed), or the next meetings they chair. ``shrinks``: the document is one page; what
    this table has no room for is left out from its end, and said below it.
    ``lines`` are rows written out here (label and text, as templates), ``least_rows`` fills up with
    empty rows, three at least, ``row_height`` (mm) leaves room to write.
    """

    name: str
    title: str = ""
    group: str = ""
    kind: str = ""
    rows_of: str = ""
    where: tuple[Where, ...] = ()
    period: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    columns: tuple[ColumnOf, ...] = ()
    #: For records: every field that shows in print, instead of ``columns``.
    all_fields: bool = False
    facts: bool = False
    children: str = ""
    of_previous: bool = False
    tree: bool = False
    once: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    handin: bool = False
    of_leader: Literal["", "led", "named", "meetings"] = ""
    agenda: Literal["", "last", "open", "new"] = ""
    shrinks: bool = False
    lines: tuple[tuple[str, ...], ...] = ()
    least_rows: int = 0
    row_height: float = 0.0
    of_unit: bool = False
    landscape: bool = False
    compare: str = ""
    rank: str = ""
    total: bool = False
    limit: int | None = None
    source: str = ""
    notes: tuple[str, ...] = ()
    empty: str = ""
    size: float = 12.0


class ArticlesOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """Records as articles: the kind's title, the unit as byline, and the ``text`` fields one after
    another.

    ``period`` names the date field that must fall in the chosen period; ``new_page`` begins each on
    a page of its own.
    """

    name: str
    kind: str
    text: tuple[str, ...]
    where: tuple[Where, ...] = ()
    period: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    new_page: bool = False
    empty: str = ""


class GanttOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A wall chart on A3: open and closed records of ``kinds`` that touch the period, by unit.

    From when to when each runs and how much of it is done, its kind's ``lights`` say.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    limit: int = 60
    source: str = ""
    empty: str = ""


class CoverOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """The cover of a booklet; its contents follow on a page of their own. Texts are templates."""

    title: str
    subtitle: str = ""
    corner: str = ""
    date: str = ""


class AppendixOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """An attachment bound with the report: a title and one of its tables."""

    title: str
    table: str


class HeadOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """The masthead: ``red`` (文件), ``letter`` (信函), ``brief`` (简报) or none. Texts are
    templates."""

    form: Literal["red", "letter", "brief", "none"] = "none"
    name: str = ""
    number: str = ""
    secrecy: str = ""
    urgency: str = ""
    suffix: str = "文件"


class ImprintOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """版记. Texts are templates."""

    copy_to: str = ""
    report_to: str = ""
    send_to: str = ""
    distribute_to: str = ""


class OfficialOf(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """Further parts of an official document (GB/T 9704-2012): 份号, 联合发文机关, 签发人, 附件说明,
    附注, 印数. Texts are templates; several names stand with 、 between them. ``sealed``: room for
    a seal over name and date."""

    copy_no: str = ""
    organs: str = ""
    signers: str = ""
    attached: str = ""
    note: str = ""
    copies: str = ""
    sealed: bool = False


Part = TypeVar("Part", TableOf, ChartOf, ArticlesOf, GanttOf)


def sort_of(word: str) -> str:
    """What a part is called that a line of the body puts there."""
    return {"@table": "表格", "@chart": "图表", "@articles": "文章", "@gantt": "挂图"}[word]


class Report(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A report. ``body`` is plain typing with blanks ``{{ }}``; a line ``@table NAME`` puts a table
    there, ``@chart NAME`` a chart, ``@form NAME`` a fixed form of the chosen item ("appointment",
    "person"), ``@gantt NAME`` a wall chart, ``@contents`` the contents; ``@article TITLE``
    (``@article TITLE｜BYLINE``) begins an article that reaches to the next one or to ``@end``,
    ``@articles NAME`` puts records there as articles; ``@photos FIELD,CHILD.FIELD`` prints the
    photographs kept with the item and the records under it.

    ``needs`` says what a person chooses before it is printed; ``ledgers`` limits its figures to
    these kinds (none: all).
    """

    name: str
    label: str
    title: str
    body: str
    order: int = 100
    family: str = ""
    needs: tuple[Need, ...] = ("period",)
    optional: tuple[Need, ...] = ()
    #: Not for an item that is closed already: nobody is reminded of what is done.
    open_only: bool = False
    #: Fields of the item that make a series and count in it: ("series", "session_no") of a meeting;
    #: for ``previous``.
    series: tuple[str, ...] = ()
    #: The sort of letter ("reminder", "blue" …) that it prints: it has the number and day of the
    #: newest one that went out on the item.
    letter: str = ""
    ledgers: tuple[str, ...] = ()
    #: For a report on one item: the kinds it may be printed for; none means every kind with a
    #: lifecycle.
    kinds: tuple[str, ...] = ()
    head: HeadOf = HeadOf()
    addressee: str = ""
    tables: tuple[TableOf, ...] = ()
    charts: tuple[ChartOf, ...] = ()
    articles: tuple[ArticlesOf, ...] = ()
    gantts: tuple[GanttOf, ...] = ()
    cover: CoverOf | None = None
    #: False: the title is the file's and the archive's, and does not stand on the page (a brief
    #: with several articles, a wall chart).
    titled: bool = True
    appendix: tuple[AppendixOf, ...] = ()
    #: The usual length of its period: what is proposed when none was chosen.
    period: Literal["week", "month", "year"] = "month"
    signed: bool = True
    imprint: ImprintOf | None = None
    official: OfficialOf = OfficialOf()
    duplex: bool = False
    help: str = ""

    def table(self, name: str) -> TableOf:
        """The declared table of that name."""
        return self._part(self.tables, name, sort_of("@table"))

    def chart(self, name: str) -> ChartOf:
        """The declared chart of that name."""
        return self._part(self.charts, name, sort_of("@chart"))

    def articles_of(self, name: str) -> ArticlesOf:
        """The declared articles of that name."""
        return self._part(self.articles, name, sort_of("@articles"))

    def gantt(self, name: str) -> GanttOf:
        """The declared wall chart of that name."""
        return self._part(self.gantts, name, sort_of("@gantt"))

    def part(self, word: str, name: str) -> TableOf | ChartOf | ArticlesOf | GanttOf:
        """The declared part that a line of the body names: ``@table`` and its name, say."""
        found: dict[str, Callable[[str], TableOf | ChartOf | ArticlesOf | GanttOf]] = {
            "@table": self.table, "@chart": self.chart, "@articles": self.articles_of,
            "@gantt": self.gantt,
        }
        return found[word](name)

    def _part(self, parts: tuple[Part, ...], name: str, sort: str) -> Part:
        for part in parts:
            if part.name == name:
                return part
        raise DeclarationError(f"文种「{self.label}」的正文用到了{sort}「{name}」，但没有声明它。")


@lru_cache(maxsize=4)
def load_reports(folder: Path | None = None) -> tuple[Report, ...]:
    """All declared reports in order. Raises ``DeclarationError`` naming file and key."""
    folder = folder or resources.path("reports")
    paths = sorted(folder.glob("*.toml"))
    return made_ready(
        folder.with_suffix(".json"), (*declarations.SOURCES, __file__), paths, tuple[Report, ...],
        lambda: tuple(sorted(map(_load, paths), key=lambda r: (r.order, r.name))),
    )


def _load(path: Path) -> Report:
    report = declaration_files.load(path, Report)
    if report.name != path.stem:
        raise DeclarationError(
            f"声明文件 {path.name} 的 name 应与文件名相同，现为「{report.name}」。"
        )
    return report
