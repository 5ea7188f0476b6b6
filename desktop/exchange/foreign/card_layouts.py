"""Cards and tables on their side: what is asked for stands at the left of what is said. They are
turned into a table with headings above, whose cells know where they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from desktop.exchange.foreign.foreign_rows import ForeignSheet
from desktop.exchange.foreign.headings import LIKE_ENOUGH, Headings, Matcher
from desktop.exchange.plan.parsed_row import is_blank

#: So many different fields, on so many lines, make a card.
_LEAST_FIELDS, _LEAST_LINES = 3, 3
_LONGEST_LABEL = 16
#: How like a field a text must be that stands behind another label.
_SURE = 0.9

Place = tuple[int, int]


class _Label(msgspec.Struct):
    """A label with the cells that stand behind it, up to the next one."""

    text: str
    place: Place
    name: str
    values: list[Place] = msgspec.field(default_factory=list)


def upright(
    each: ForeignSheet, matcher: Matcher, title: str, table: Headings | None
) -> ForeignSheet:
    """The sheet as a table, where it is made of cards or lies on its side; else as it is.
    ``table``: what it would be as it is."""
    every = [label for n, row in enumerate(each.rows) for label in _labels(n, row, matcher)]
    # 问题交办清单 over it all is no title of an item
    labels = [label for label in every if label.values or label.name != title]
    named = {label.name for label in labels}
    lines = {label.place[0] for label in every}
    if title not in named or len(named) < _LEAST_FIELDS or len(lines) < _LEAST_LINES:
        return each
    as_table = table.mapping if table is not None else {}
    # with as many fields either way, the one that has the title
    if len(named) + (title not in as_table.values()) <= len(as_table):
        return each
    return _turned(each, _between(each, labels))


def _between(each: ForeignSheet, labels: list[_Label]) -> list[_Label]:
    """With the lines of a table on its side that are called like no field: all its lines have
    their labels in one column."""
    column = _one_column(labels)
    if column is None:
        return labels
    lines = {label.place[0]: label for label in labels}
    out = []
    for number in range(min(lines), len(each.rows)):
        label = lines.get(number) or _like_them(each, number, column, _columns(labels))
        if label is not None:
            out.append(label)
        elif number > max(lines):
            break
    return out


def _like_them(
    each: ForeignSheet, number: int, column: int, columns: Sequence[int]
) -> _Label | None:
    """A line that begins where the others do and goes on under several of their columns."""
    filled = [at for at, text in enumerate(each.rows[number]) if not is_blank(text)]
    if filled[:1] != [column] or len(set(columns).intersection(filled)) < 2:
        return None
    text = "".join(each.text(number, column).split())
    return _Label(text, (number, column), "", [(number, at) for at in filled[1:]])


def _columns(labels: Sequence[_Label]) -> list[int]:
    """The columns in which something is said, from the left."""
    return sorted({at for label in labels for _, at in label.values})


def _one_column(labels: list[_Label]) -> int | None:
    """The column in which all labels of a table on its side stand; None for cards."""
    columns = {label.place[1] for label in labels}
    widest = max(len(label.values) for label in labels)
    return columns.pop() if widest > 1 and len(columns) == 1 else None


def _labels(number: int, row: Sequence[str], matcher: Matcher) -> list[_Label]:
    """What is asked for in a row (from 0): texts called like a field, each with what stands behind
    it. Headings side by side are none: that is a table."""
    found: list[_Label] = []
    for at, text in enumerate(row):
        if is_blank(text):
            continue
        name = _called(text, matcher, LIKE_ENOUGH if not found else _SURE)
        if name and found and not found[-1].values:
            return []
        if name:
            found.append(_Label("".join(text.split()), (number, at), name))
        elif found:
            found[-1].values.append((number, at))
        else:
            return []
    return found


def _called(text: str, matcher: Matcher, least: float) -> str:
    """The field that a text is called like, or ""."""
    plain = "".join(text.split())
    scores = matcher.scores(plain) if len(plain) <= _LONGEST_LABEL else []
    return scores[0][1] if scores and scores[0][0] >= least else ""


def _turned(each: ForeignSheet, labels: list[_Label]) -> ForeignSheet:
    headings = list(dict.fromkeys(label.text for label in labels))
    rows: list[list[str]] = [headings]
    places: dict[Place, Place] = {}
    for n, heading in enumerate(headings):
        places[0, n] = next(label.place for label in labels if label.text == heading)
    for item in _items(each, labels):
        for n, heading in enumerate(headings):
            if heading in item:
                places[len(rows), n] = item[heading]
        rows.append([each.text(*item[heading]) if heading in item else "" for heading in headings])
    sheet = each.sheet
    turned = type(sheet)(sheet.name, sheet.visible, sheet.column, sheet.filled_rows, sheet.notes)
    return ForeignSheet(turned, rows, places)


def _items(each: ForeignSheet, labels: list[_Label]) -> Iterator[Mapping[str, Place]]:
    """Label → place of its value, item by item: a label that comes again begins the next card; of
    a table on its side every column is one."""
    widest = max(len(label.values) for label in labels)
    if _one_column(labels) is not None:
        return _side_by_side(each, labels)
    if widest > 1:
        return (
            {label.text: label.values[n] for label in labels if n < len(label.values)}
            for n in range(widest)
        )
    return _one_by_one(labels)


def _one_by_one(labels: list[_Label]) -> Iterator[Mapping[str, Place]]:
    """Cards below one another."""
    card: dict[str, Place] = {}
    seen: set[str] = set()
    for label in labels:
        if label.text in seen:
            yield card
            card, seen = {}, set()
        seen.add(label.text)
        if label.values:
            card[label.text] = label.values[0]
    if card:
        yield card


def _side_by_side(each: ForeignSheet, labels: list[_Label]) -> Iterator[Mapping[str, Place]]:
    """The columns of a table on its side: what is blank in one is not the next one's."""
    for at in _columns(labels):
        places = ((label.text, _written(each, label, at)) for label in labels)
        yield {text: place for text, place in places if place is not None}


def _written(each: ForeignSheet, label: _Label, at: int) -> Place | None:
    """Where what a line says of the item in a column is written: in it, or in a cell that is
    merged over it; None where that is blank."""
    row = label.place[0]
    if (row, at) in label.values:
        return row, at
    return next(
        (
            (r1, c1) for r1, c1, r2, c2 in each.sheet.merges
            if r1 <= row <= r2 and c1 <= at <= c2 and (r1, c1) in label.values
        ), None,
    )  # fmt: skip
