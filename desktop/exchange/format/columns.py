"""Which column of a worksheet is which field: by the hidden row of machine names, else by headings.

People rename, reorder, insert and delete columns. The hidden row travels with its columns, so it is
asked first; the heading is the second witness, and the place a column had when it was exported the
last."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from db.model.declarations import Field, Kind
from db.model.fieldtypes import of
from desktop.exchange.format.cells import width

UID, NUMBER, STATE, DELETE, PARENT = "#uid", "#no", "#state", "#delete", "#parent"
DELETE_WORD = "删除"
LABELS = {
    UID: "记录号（勿改）", NUMBER: "序号", STATE: "状态", DELETE: "删除标记", PARENT: "所属事项",
}
_WIDTHS = {NUMBER: 3.0, STATE: 5.0, DELETE: 5.0, PARENT: 18.0}
#: The heading is looked for in so many first rows.
SEARCH_ROWS = 40
#: Characters across an A4 landscape page at about three quarters of the size on screen.
PAGE = 105.0


@dataclass(frozen=True, slots=True)
class Column:
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
        locked = each.computed or of(each).holds_files or (for_unit and each.owner != "responsible")
        # new rows may fill it in
        least = min(width(each), 8.0 if of(each).multiline else (len(each.label) + 1) // 2 + 0.5)
        out.append(
            Column(
                each.name, each.label, each, locked,
                least if locked and each.name in blank else width(each),
            )
        )
    if has_states:
        out.append(Column(STATE, LABELS[STATE], None, True, _WIDTHS[STATE]))
    if not for_unit:
        out.append(Column(DELETE, LABELS[DELETE], None, False, _WIDTHS[DELETE]))
    return _fitted(out)


def _fitted(columns: list[Column]) -> list[Column]:
    """Narrowed, down to what each needs, until the sheet fits a landscape page in readable print.
    """
    total = sum(c.width for c in columns)
    if total <= PAGE:
        return columns
    least = [min(c.width, 6.0 if c.field and of(c.field).dated else 4.0) for c in columns]
    factor = max(0.0, (PAGE - sum(least)) / max(total - sum(least), 1.0))
    return [
        replace(c, width=round(low + (c.width - low) * factor, 1))
        for c, low in zip(columns, least, strict=True)
    ]


@dataclass(slots=True)
class Header:
    """Where the headings stand (row from 1) and which column is what: position in a row list →
    name."""

    row: int
    names: dict[int, str]
    #: headings that belong to no field, with their position
    extra: dict[int, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def uid_at(self) -> int | None:
        """The position of the hidden id column; None where the sheet has none."""
        return next((at for at, name in self.names.items() if name == UID), None)


def plain(heading: str) -> str:
    """A heading without what people add for looks: blanks, line breaks, colons, brackets with a
    unit of measure."""
    text = unicodedata.normalize("NFKC", heading)
    text = "".join(text.split()).rstrip(":*")
    return text.split("(")[0] if "(" in text and not text.startswith("(") else text


def find_header(rows: Sequence[Sequence[str]], exported: Sequence[Column]) -> Header | None:
    """The header of a sheet that the program made, or None. ``rows`` are its first rows."""
    wanted = {c.name for c in exported}
    for number, row in enumerate(rows[:SEARCH_ROWS], 1):
        marks = {at: text.strip() for at, text in enumerate(row) if text.strip() in wanted}
        if len(set(marks.values())) >= max(2, len(wanted) // 2):
            headings = rows[number] if number < len(rows) else []
            return _complete(number + 1, marks, headings, exported)
    by_heading = {plain(c.heading): c.name for c in exported}
    for number, row in enumerate(rows[:SEARCH_ROWS], 1):
        marks = {
            at: by_heading[plain(text)] for at, text in enumerate(row) if plain(text) in by_heading
        }
        if len(set(marks.values())) >= max(2, (len(wanted) + 1) // 2):
            return _complete(number, marks, row, exported)
    return None


def _complete(
    row: int, marks: dict[int, str], headings: Sequence[str], exported: Sequence[Column]
) -> Header:
    """Take a name once only (the leftmost), then try headings and places for what is still
    missing."""
    names: dict[int, str] = {}
    for at in sorted(marks):
        if marks[at] not in names.values():
            names[at] = marks[at]
    by_heading = {plain(c.heading): c.name for c in exported}
    for at, text in enumerate(headings):
        name = by_heading.get(plain(text))
        if at not in names and name is not None and name not in names.values():
            names[at] = name
    places = {c.name: place for place, c in enumerate(exported)}
    missing = [c.name for c in exported if c.name not in names.values()]
    for name in list(missing):
        at = places[name]
        alone = at not in names and at < len(headings)
        beside = all(
            names.get(at + d) == exported[at + d].name for d in (-1, 1)
            if 0 <= at + d < len(exported)
        )
        if alone and beside:  # a heading typed over between two that stand where they stood
            names[at] = name
            missing.remove(name)
    extra = {
        at: text.strip() for at, text in enumerate(headings) if text.strip() and at not in names
    }
    return Header(row, names, extra, missing)
