"""Cards and tables on their side: what is asked for stands at the left of what is said. They are
turned into a table with headings above, whose cells know where they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from desktop.exchange.foreign.foreign_rows import ForeignSheet
from desktop.exchange.foreign.headings import LIKE_ENOUGH, Found, Matcher
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


def upright(each: ForeignSheet, matcher: Matcher, title: str, table: Found | None) -> ForeignSheet:
    """The sheet as a table, where it is made of cards or lies on its side; else as it is.
    ``table``: what it would be as it is."""
    labels = [label for n, row in enumerate(each.rows) for label in _labels(n, row, matcher)]
    named = {label.name for label in labels}
    lines = {label.place[0] for label in labels}
    if title not in named or len(named) < _LEAST_FIELDS or len(lines) < _LEAST_LINES:
        return each
    as_table = table.mapping if table is not None else {}
    # with as many fields either way, the one that has the title
    if len(named) + (title not in as_table.values()) <= len(as_table):
        return each
    return _turned(each, labels)


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
    for item in _items(labels):
        for n, heading in enumerate(headings):
            if heading in item:
                places[len(rows), n] = item[heading]
        rows.append([each.text(*item[heading]) if heading in item else "" for heading in headings])
    sheet = each.sheet
    turned = type(sheet)(sheet.name, sheet.visible, sheet.column, sheet.filled_rows, sheet.notes)
    return ForeignSheet(turned, rows, places)


def _items(labels: list[_Label]) -> Iterator[Mapping[str, Place]]:
    """Label → place of its value, item by item: a label that comes again begins the next card; of
    a table on its side every column is one."""
    widest = max(len(label.values) for label in labels)
    if widest > 1:
        for n in range(widest):
            yield {label.text: label.values[n] for label in labels if n < len(label.values)}
        return
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
