"""Which column of a worksheet is which field: by the hidden row of machine names, else by headings.

People rename, reorder, insert and delete columns. The hidden row travels with its columns, so it is
asked first; the heading is the second witness, and the place a column had when it was exported the
last."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from desktop.exchange.format.cells import width
from desktop.exchange.format.measures import measure_in

UID, NUMBER, STATE, DELETE, PARENT = "#uid", "#no", "#state", "#delete", "#parent"
DELETE_WORD = "删除"
LABELS = {
    UID: "记录号（勿改）", NUMBER: "序号", STATE: "状态", DELETE: "删除标记", PARENT: "所属事项",
}
_WIDTHS = {NUMBER: 3.0, STATE: 5.0, DELETE: 5.0, PARENT: 18.0}
#: How every hint over a table begins.
FORM_SAYS = "白色格"
#: The heading is looked for in so many first rows.
SEARCH_ROWS = 40
#: Headings shorter than this are worked out once: each sheet is held against every ledger.
REMEMBERED = 64
#: Characters across an A4 landscape page at about three quarters of the size on screen.
PAGE = 105.0
#: Only they: what stands behind one tells columns apart (投资（万元）年度计划, …年度完成).
_BRACKETS = re.compile(r"\([^()]*\)?")


class Column(msgspec.Struct, frozen=True):
    """One column as exported. ``name`` is a field's or one of the marks above; ``locked`` for grey
    cells."""

    name: str
    heading: str
    field: Field | None
    locked: bool
    width: float


def columns_of(
    kind: Kind, *, for_unit: bool, has_states: bool, child: bool,
    blank: frozenset[str] = frozenset(),
) -> list[Column]:
    """The columns of a kind's sheet, from the left: hidden id, number, (parent,) the fields, state,
    deletion mark.

    In a workbook for a responsible unit only the fields it owns are open; between offices all that
    are not computed. ``blank``: fields that no row fills in; locked, they take the room of a
    heading over two lines."""
    out = [
        Column(UID, LABELS[UID], None, True, 0),
        Column(NUMBER, LABELS[NUMBER], None, True, _WIDTHS[NUMBER]),
    ]
    if child:
        out.append(Column(PARENT, LABELS[PARENT], None, True, _WIDTHS[PARENT]))
    for each in kind.shown("sheet"):
        locked = _is_locked(each, for_unit)
        room = _least_width(each) if locked and each.name in blank else width(each)
        out.append(Column(each.name, each.label, each, locked, room))
    if has_states:
        out.append(Column(STATE, LABELS[STATE], None, True, _WIDTHS[STATE]))
    if not for_unit:
        out.append(Column(DELETE, LABELS[DELETE], None, False, _WIDTHS[DELETE]))
    return _fitted(out)


def _is_locked(each: Field, for_unit: bool) -> bool:
    return each.computed or type_of(each).holds_files or (for_unit and each.owner != "responsible")


def _least_width(each: Field) -> float:
    """Of a column that nothing stands in, though new rows may fill it in."""
    return min(width(each), 8.0 if type_of(each).multiline else (len(each.label) + 1) // 2 + 0.5)


def _fitted(columns: list[Column]) -> list[Column]:
    """Narrowed, down to what each needs, until the sheet fits a landscape page in readable print.
    """
    total = sum(c.width for c in columns)
    if total <= PAGE:
        return columns
    least = [min(c.width, 6.0 if c.field and type_of(c.field).dated else 4.0) for c in columns]
    factor = max(0.0, (PAGE - sum(least)) / max(total - sum(least), 1.0))
    return [
        replace(c, width=round(low + (c.width - low) * factor, 1))
        for c, low in zip(columns, least, strict=True)
    ]


class Header(msgspec.Struct):
    """Where the headings stand (row from 1) and which column is what: position in a row list →
    name."""

    row: int
    names: dict[int, str]
    #: headings that belong to no field, with their position
    extra: dict[int, str] = msgspec.field(default_factory=dict)
    missing: list[str] = msgspec.field(default_factory=list)
    #: names of columns whose heading somebody wrote anew, with what it says now
    renamed: dict[str, str] = msgspec.field(default_factory=dict)

    #: rows stand here without headings over them
    moved: bool = False

    @property
    def uid_at(self) -> int | None:
        """The position of the hidden id column; None where the sheet has none."""
        return next((at for at, name in self.names.items() if name == UID), None)


    def beside(self, moved: Header) -> Header:
        """How rows read that were moved out of this sheet: as they stood here."""
        by = (moved.uid_at or 0) - (self.uid_at or 0)
        return replace(
            self, row=moved.row, moved=True,
            names={at + by: name for at, name in self.names.items()},
            extra={at + by: text for at, text in self.extra.items()},
        )


def plain(heading: str) -> str:
    """A heading without what people add for looks: blanks, line breaks, colons, brackets with a
    unit of measure."""
    return (_plain if len(heading) < REMEMBERED else _plain.__wrapped__)(heading)


@lru_cache(maxsize=4096)
def _plain(heading: str) -> str:
    text = unicodedata.normalize("NFKC", heading)
    text = "".join(text.split()).rstrip(":*")
    return text if text.startswith("(") else _BRACKETS.sub("", text)


def find_header(rows: Sequence[Sequence[str]], exported: Sequence[Column]) -> Header | None:
    """The header of a sheet that the program made, or None. ``rows`` are its first rows."""
    by_name = {c.name: c.name for c in exported}
    found = _row_of(rows, by_name, str.strip, len(by_name) // 2)
    if found is not None:
        number, marks = found
        return _complete(number + 1, marks, rows[number] if number < len(rows) else [], exported)
    by_heading = {plain(c.heading): c.name for c in exported}
    found = _row_of(rows, by_heading, plain, (len(by_name) + 1) // 2)
    if found is not None:
        number, marks = found
        return _complete(number, marks, rows[number - 1], exported)
    return None


def _row_of(
    rows: Sequence[Sequence[str]], known: Mapping[str, str], read: Callable[[str], str], least: int
) -> tuple[int, dict[int, str]] | None:
    """The first row (from 1) with so many names of columns, at least two, and where they stand."""
    for number, row in enumerate(rows[:SEARCH_ROWS], 1):
        marks = {
            at: found for at, text in enumerate(row)
            if (found := known.get(read(text))) is not None
        }
        if len(set(marks.values())) >= max(2, least):
            return number, marks
    return None


def _complete(
    row: int, marks: dict[int, str], headings: Sequence[str], exported: Sequence[Column]
) -> Header:
    """Take a name once only (the leftmost), then try headings and places for what is still
    missing."""
    by_heading = {plain(c.heading): c.name for c in exported}
    read = [(at, by_heading.get(plain(text))) for at, text in enumerate(headings)]
    names = _each_once([*sorted(marks.items()), *read])
    missing = []
    for at, column in enumerate(exported):
        if column.name in names.values():
            continue
        if at < len(headings) and _stands_between(at, names, exported):
            names[at] = column.name
        else:
            missing.append(column.name)
    extra = {
        at: text.strip() for at, text in enumerate(headings) if text.strip() and at not in names
    }
    columns = {c.name: c for c in exported}
    other = {
        name: headings[at] for at, name in names.items()
        if at < len(headings) and headings[at] != columns[name].heading
    }
    words = {c.name: _words(c) for c in exported} if other else {}
    renamed = {
        name: " ".join(heading.split()) for name, heading in other.items()
        if _renamed(heading, columns[name], words)
    }
    return Header(row, names, extra, missing, renamed)


def _words(column: Column) -> tuple[str, ...]:
    """What a column may be called."""
    return (plain(column.heading), *map(plain, column.field.synonyms if column.field else ()))


def _renamed(heading: str, column: Column, words: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a heading means another thing than the one that was sent, or another unit: it is
    another column's, or has no word in common with it."""
    given, own = plain(heading), words[column.name]
    if not given or given in own:
        measure = measure_in(column.heading) or (column.field.measure if column.field else "")
        return bool(given and (unit := measure_in(heading)) and unit != measure)
    if any(given in others for others in words.values()):
        return True
    return not any(given[at : at + 2] in word for word in own for at in range(len(given) - 1))


def _each_once(named: Iterable[tuple[int, str | None]]) -> dict[int, str]:
    names: dict[int, str] = {}
    for at, name in named:
        if name is not None and at not in names and name not in names.values():
            names[at] = name
    return names


def _stands_between(at: int, names: Mapping[int, str], exported: Sequence[Column]) -> bool:
    """Whether a column has no name, and both beside stand where they stood: typed over."""
    if at in names:
        return False
    beside = (at + step for step in (-1, 1) if 0 <= at + step < len(exported))
    return all(names.get(place) == exported[place].name for place in beside)
