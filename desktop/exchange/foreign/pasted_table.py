"""Rows copied out of any table, told apart like those of a file: the heading found, titles, totals
and notes left out, tables side by side laid one below the other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import msgspec

from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.fieldtypes.base import NoNames
from db.units.names import UNIT_KIND
from desktop.exchange.files.reader import Sheet
from desktop.exchange.foreign import foreign_rows, table_parts
from desktop.exchange.foreign.cell_cleanup import ready
from desktop.exchange.foreign.column_facts import column_facts
from desktop.exchange.foreign.column_matching import Evidence, Known
from desktop.exchange.foreign.foreign_rows import ForeignSheet, Rows
from desktop.exchange.foreign.headings import NOT_A_FIELD, Headings, Matcher, at_rows, find
from desktop.exchange.format.columns import plain
from desktop.exchange.format.loose_values import nearest_choice

_NUMERAL = re.compile(
    r"^\s*(?:[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）、.．]|[①-⑳])\s*(?=\D)"
)
#: What stands between names that one cell lists, not what a name holds in brackets: 县（市、区）.
_BETWEEN = re.compile(r"[、，,;；]\s*(?![^（(]*[)）])")
_APART = re.compile(r"\s{2,}")
_LEAST_NAME = 3
_INTRODUCED = re.compile(r"^([^:：、，,]{2,20})[:：](.+)$")
_COUNTED = re.compile(r"[（(]?(?:共|计)?\s*\d+\s*[个家户]?(?:单位|部门)?[)）]?$")
_AND_OTHERS = re.compile(r"等(?:\d+[个家])?(?:单位|部门)?[。.]?$")
_SPACED_OUT = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000\xa0]+(?=[\u4e00-\u9fff])")
_NEARLY_ALL = 0.8
_HEADING_WITHIN = 10


class PastedTable(msgspec.Struct):
    """What was copied, as one table: the field that each column is taken for, what it counts in,
    and the rows that may be records."""

    fields: list[Field | None]
    measures: list[str]
    rows: list[list[str]]
    headed: bool = False
    totals: int = 0
    """Lines of sums, which are no records."""
    notes: int = 0
    """Lines above, between and below the rows that say something of the table."""


def read_table(lines: Sequence[Sequence[str]], kind: Kind, known: Known) -> PastedTable:
    """The table that lines of cells make."""
    rows = _one_a_line([list(line) for line in lines], kind)
    each = ForeignSheet(Sheet("", True, 1), rows)
    matcher = Matcher(kind)
    evidence = Evidence(known, kind)

    def judge(each: ForeignSheet, found: Headings, last: int) -> Headings:
        facts = column_facts(
            found, each.rows, last, lambda n: foreign_rows.may_be_item(each.rows[n - 1])
        )
        found.mapping = evidence.judge(matcher, facts).mapping
        return found

    found = _heading(rows, kind, matcher)
    if found is None:
        return _without_heading(each, kind, matcher)
    judge(each, found, len(rows))
    _title_somewhere(found, kind)
    return _laid_out(each, kind, table_parts.parts(each, found, matcher, kind.title, judge))


def _title_somewhere(found: Headings, kind: Kind) -> None:
    """Where no column is called like the title, one that names others of the kind is it: 县区 alone
    over a list of them."""
    if kind.title in found.mapping.values():
        return
    names = [at for at, name in found.mapping.items() if names_its_own(kind.field(name), kind)]
    if names:
        found.mapping[names[0]] = kind.title


def names_its_own(declared: Field, kind: Kind) -> bool:
    """Whether a field names one record of the very kind: the unit above a unit."""
    return declared.kind == kind.name or (type_of(declared).one_unit and kind.name == UNIT_KIND)


def cell_text(text: str, declared: Field, kind: Kind, measure: str) -> str:
    """A cell as the field's type reads it: blanks that people draw, units of measure; of a name
    that only one record may have, what numbers it and spaces it out is no part."""
    if declared.name == kind.title and declared.unique and type_of(declared).plain_text:
        return _SPACED_OUT.sub("", _NUMERAL.sub("", text)).strip()
    return ready(text, declared, measure)


def _heading(rows: Sequence[Sequence[str]], kind: Kind, matcher: Matcher) -> Headings | None:
    """The heading, where its texts are without a doubt what columns are called; else the first line
    that calls one column like the title."""
    found = find(rows[:_HEADING_WITHIN], (), matcher)
    if found is not None and _is_heading(found, matcher):
        return _without_group(rows, found, matcher)
    for number in range(1, min(len(rows), _HEADING_WITHIN) + 1):
        line = at_rows(rows, (), number, number, matcher)
        named = {name: line.headings[at] for at, name in line.mapping.items()}
        alone = len(line.headings) == 1
        if alone and (number > 1 or _Groups(kind, ()).begins([*line.headings.values()])):
            continue
        if (matcher.is_called(named.get(kind.title, "")) or alone) and _is_heading(line, matcher):
            return line
    return None


def _without_group(rows: Sequence[Sequence[str]], found: Headings, matcher: Matcher) -> Headings:
    """The heading without a lowest line that only numbers a group of rows: 一、市直部门."""
    low = [text for text in rows[found.rows[-1] - 1] if text.strip()]
    if len(found.rows) == 1 or len(low) > 2 or not _NUMERAL.match(low[0]):
        return found
    return at_rows(rows, (), found.rows[0], found.rows[-1] - 1, matcher)


def _is_heading(found: Headings, matcher: Matcher) -> bool:
    texts = [t.split("·")[0] for t in found.headings.values()]
    texts = [text for text in texts if plain(text) not in NOT_A_FIELD]
    called, sure = sum(map(matcher.is_called, texts)), sum(map(matcher.is_sure, texts))
    return called >= 2 or (called == 1 and sure * 2 >= len(texts))


# ---- lists of names --------------------------------------------------------------------------


def _one_a_line(rows: list[list[str]], kind: Kind) -> list[list[str]]:
    """Where a record is only its name, a cell that lists several is as many lines: 市财政局、
    市教育局. What introduces them stands above."""
    if max(map(len, rows), default=0) > 1 or not kind.field(kind.title).unique:
        return rows
    out: list[list[str]] = []
    for (text,) in (row for row in rows if row):
        introduced = _INTRODUCED.match(text)
        # what numbers a line is no name: 一、市直单位
        names = _names_in(introduced.group(2) if introduced else _NUMERAL.sub("", text))
        if len(names) < 2:
            out.append([text])
            continue
        out += [[introduced.group(1)]] if introduced else []
        out += [[name.rstrip("。.")] for name in names if name]
    return out


def _names_in(text: str) -> list[str]:
    """The names that a cell lists; blanks part them only where each part is long enough to be one,
    for 财　　政　　局 is spaced out."""
    names = _BETWEEN.split(text)
    if len(names) == 1:
        apart = _APART.split(text.strip())
        names = apart if all(len(part) >= _LEAST_NAME for part in apart) else names
    return [_AND_OTHERS.sub("", name).strip() for name in names]


class _Groups:
    """Lines between the rows that say under which choice the next ones stand: 一、市直部门（42个）.
    """

    def __init__(self, kind: Kind, taken: Sequence[Field | None]) -> None:
        listed = [
            f for f in kind.all_fields if type_of(f).listed and not f.computed and f not in taken
        ]
        self._fields = listed
        self.field: Field | None = None
        self._now = ""

    def begins(self, texts: Sequence[str]) -> bool:
        """Whether a line names a choice, and nothing else."""
        said = "".join(texts)
        bare = _COUNTED.sub("", _NUMERAL.sub("", said)).strip("：: ")
        for each in [self.field] if self.field is not None else self._fields:
            known = {w for option in each.options for w in (option.label, *option.also)}
            choice = bare if bare in known else None
            if choice is None and (bare != said or len(texts) > 1):
                choice = nearest_choice(bare, each)
            if choice is not None:
                self.field, self._now = each, choice
                return True
        return False

    @property
    def now(self) -> str:
        """The choice that holds for the next row."""
        return self._now


# ---- with a heading --------------------------------------------------------------------------


class _Layout(msgspec.Struct):
    """The columns of all tables of one sheet, in the order of the first."""

    fields: list[Field | None] = msgspec.field(default_factory=list)
    measures: list[str] = msgspec.field(default_factory=list)
    places: list[dict[int, int]] = msgspec.field(default_factory=list)
    """For every table, column of the sheet → column here."""


def _layout(kind: Kind, parts: Sequence[table_parts.Part]) -> _Layout:
    out = _Layout()
    by_name: dict[str, int] = {}
    by_text: dict[str, int] = {}
    declared = {f.name: f for f in kind.all_fields}
    for part in parts:
        places = {}
        for at, text in sorted(part.found.headings.items()):
            if part.columns is not None and at not in part.columns:
                continue
            name = part.found.mapping.get(at, "")
            heading = text.split("·")[0] if part.columns is not None else text
            here = by_name.get(name) if name in declared else by_text.get(heading)
            if here is None:
                here = len(out.fields)
                out.fields.append(declared.get(name))
                out.measures.append(part.found.measures.get(at, ""))
            by_name.setdefault(name, here)
            by_text.setdefault(heading, here)
            places[at] = here
        out.places.append(places)
    return out


def _laid_out(each: ForeignSheet, kind: Kind, parts: Sequence[table_parts.Part]) -> PastedTable:
    layout = _layout(kind, parts)
    out = PastedTable(layout.fields, layout.measures, [], headed=True)
    groups = _Groups(kind, layout.fields)
    grouped: list[str] = []
    for n, part in enumerate(parts):
        rows = Rows(each, part.found, kind, last=part.last, columns=part.columns)
        for number in table_parts.rows_of(parts, n):
            texts = rows.texts(number)
            line = [""] * len(layout.fields)
            for at, here in layout.places[n].items():
                line[here] = texts[at].strip() if at < len(texts) else ""
            filled = [text.strip() for text in each.rows[number - 1] if text.strip()]
            why = rows.why(number)
            if number > rows.first and len(filled) <= 2 and groups.begins(filled):
                out.notes += 1
            elif why == "合计":
                out.totals += 1
            elif _is_row(why, line, layout.fields, kind):
                out.rows.append(line)
                grouped.append(groups.now)
            elif why not in ("表头", foreign_rows.BLANK):
                out.notes += 1
    _add_groups(out, groups.field, grouped)
    _fill_down(out, kind)
    return out


def _fill_down(table: PastedTable, kind: Kind) -> None:
    """What was one cell merged over several rows is copied as one and blanks: only where what they
    hang under, or what sort they are, is named once each, from the first row on."""
    title = next((n for n, f in enumerate(table.fields) if f and f.name == kind.title), 0)
    for at, each in enumerate(table.fields):
        over_them = each is not None and (
            names_its_own(each, kind) or (type_of(each).listed and at < title)
        )
        if not over_them or not table.rows:
            continue
        said = [row[at] for row in table.rows if row[at]]
        if table.rows[0][at] and len(said) < len(table.rows) and len(set(said)) == len(said):
            over = ""
            for row in table.rows:
                over = row[at] = row[at] or over


def _is_row(why: str, line: Sequence[str], fields: Sequence[Field | None], kind: Kind) -> bool:
    """Whether a line may be a record; one that has only its name is, where others have no more."""
    title = next(
        (t for t, each in zip(line, fields, strict=True) if each and each.name == kind.title), ""
    )
    if not why:
        said = [each for text, each in zip(line, fields, strict=True) if text and each is not None]
        return bool(title) or not all(names_its_own(each, kind) for each in said)
    return why == foreign_rows.UNDER_HEADING and bool(title) and not _NUMERAL.match(title)


def _add_groups(table: PastedTable, declared: Field | None, grouped: Sequence[str]) -> None:
    """A column of what stood over the rows."""
    if declared is None:
        return
    table.fields.append(declared)
    table.measures.append("")
    table.rows = [[*row, over] for row, over in zip(table.rows, grouped, strict=True)]


# ---- without one -----------------------------------------------------------------------------


def _without_heading(each: ForeignSheet, kind: Kind, matcher: Matcher) -> PastedTable:
    """Columns in the order of the form, unless what stands in them says that they are others: then
    only what they say, and the title."""
    width = max(map(len, each.rows), default=0)
    groups = _Groups(kind, ())
    out = PastedTable([], [""] * width, [])
    grouped: list[str] = []
    for row in each.rows:
        filled = [text for text in row if text.strip()]
        if len(filled) <= 2 and groups.begins(filled):
            out.notes += 1
        elif foreign_rows.says_total(filled):
            out.totals += 1
        elif foreign_rows.is_note(filled):
            out.notes += 1
        else:
            out.rows.append([*row, *[""] * (width - len(row))])
            grouped.append(groups.now)
    fields = [f for f in matcher.wanted if f in kind.all_fields]
    columns = [[row[at] for row in out.rows if row[at].strip()] for at in range(width)]
    out.fields = _told_by_values(columns, fields, kind) or [
        fields[at] if at < len(fields) else None for at in range(width)
    ]
    if width == 1:
        out.fields = [kind.field(kind.title)]
    if groups.field not in out.fields:
        _add_groups(out, groups.field, grouped)
    _leave_captions(out, kind, width)
    return out


def _leave_captions(table: PastedTable, kind: Kind, width: int) -> None:
    """A line of one cell above the first full row is what the table is called; below it, a record
    of which no more is known, where it stands under the title."""
    if width == 1:
        return
    begun, kept = False, []
    for row in table.rows:
        filled = [at for at in range(width) if row[at].strip()]
        begun = begun or len(filled) > 1
        named = table.fields[filled[0]]
        if len(filled) > 1 or (begun and named is not None and named.name == kind.title):
            kept.append(row)
    table.notes += len(table.rows) - len(kept)
    table.rows = kept


def _told_by_values(
    columns: Sequence[Sequence[str]], fields: Sequence[Field], kind: Kind
) -> list[Field | None]:
    """What the columns' values tell, where that is not the order of the form; else nothing."""
    out: list[Field | None] = [None] * len(columns)
    differs = False
    for at, texts in enumerate(columns):
        if _numbers_rows(texts):
            differs = True
            continue
        found = next((f for f in fields if f not in out and _all_are(texts, f)), None)
        out[at] = found
        differs = differs or (found is not None and fields.index(found) != at)
    if not differs:
        return []
    longest = max(
        (at for at in range(len(columns)) if out[at] is None and not _numbers_rows(columns[at])),
        key=lambda at: sum(map(len, columns[at])) / max(1, len(columns[at])), default=None,
    )
    if longest is not None:
        out[longest] = kind.field(kind.title)
    return out


def _numbers_rows(texts: Sequence[str]) -> bool:
    """Whether a column only numbers the rows, perhaps anew in each group."""
    numbers = [int(text) for text in texts if text.isdigit() and len(text) <= 4]
    if len(numbers) < max(2, len(texts)):
        return False
    return numbers[0] == 1 and all(b in (a + 1, 1) for a, b in itertools.pairwise(numbers))


def _all_are(texts: Sequence[str], declared: Field) -> bool:
    """Whether nearly all values of a column are such as only this field has: its choices, or texts
    of its own shape (telephone numbers)."""
    kind_of = type_of(declared)
    if len(texts) < 2 or not (kind_of.listed or (kind_of.plain_text and kind_of.unbroken)):
        return False
    return sum(_fits(text, declared) for text in texts) >= _NEARLY_ALL * len(texts)


def _fits(text: str, declared: Field) -> bool:
    try:
        return type_of(declared).parse(text, declared, NoNames()) is not None
    except BadInput:
        return False
