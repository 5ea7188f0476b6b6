"""Columns whose cells hold what other rows exported: only that column was sorted, or a cell was put
in or taken out above the others; and rows whose cells moved sideways.

The ids are right then and every cell looks typed by hand, so nothing else would notice. It is told
of no column that people fill alike in many rows: only where the contents differ from row to row and
nearly all of what is new stood elsewhere in the same column."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, type_of
from db.store.journal import dumps
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.parsed_row import ParsedRow

#: So many cells at least; so large a part of them; texts of so many characters, which nobody types
#: alike by chance.
LEAST, MOSTLY, LONG = 3, 0.7, 6
#: So many different ones where the texts are short or figures: then all of them must have changed
#: places. Of no more rows than a person looks through, since it costs a look at each.
LEAST_SHORT, MOST_SHORT = 5, 5_000


def without_shifted_cells(
    hidden: Hidden, kind: Kind, parsed_rows: list[ParsedRow]
) -> list[ParsedRow]:
    """Take such cells out of what the rows say, and tell of each."""
    columns = _columns(kind, parsed_rows)
    if not any(column.worth_a_look for column in columns.values()):
        return parsed_rows
    sideways = _note_exported(hidden, kind, parsed_rows, columns)
    _drop_sideways(kind, sideways, columns)
    found = _shifted(columns)
    if found:
        _with_the_block(hidden, kind, parsed_rows, columns, found)
    for name, rows in found.items():
        for parsed in rows:
            if name in parsed.typed:  # else told with its whole row
                _drop_shifted(kind, name, parsed, len(rows))
    return parsed_rows


def _columns(kind: Kind, parsed_rows: Sequence[ParsedRow]) -> dict[str, _Column]:
    columns: dict[str, _Column] = {}
    for parsed in parsed_rows:
        if parsed.base is not None:
            for name in parsed.typed:
                if name not in columns and kind.has(name) and name != kind.title:
                    columns[name] = _Column(kind.field(name))
                if name in columns:
                    columns[name].take(parsed)
    return columns


def _note_exported(
    hidden: Hidden, kind: Kind, parsed_rows: Sequence[ParsedRow], columns: Mapping[str, _Column]
) -> Mapping[tuple[str, str], list[ParsedRow]]:
    """Tell the columns what their cells held when they were sent; returns the rows whose cells may
    have moved sideways: (field, the other) → rows."""
    sheet = hidden.sheets.get(kind.name)
    place = {name: at for at, name in enumerate(sheet.fields)} if sheet is not None else {}
    sideways: dict[tuple[str, str], list[ParsedRow]] = defaultdict(list)
    for parsed in parsed_rows:
        if parsed.base is None:
            continue
        touched = [name for name in parsed.typed if name in columns and name in place]
        for name in touched:
            columns[name].note_exported(parsed, parsed.sent.get(name))
        if len(touched) + len(parsed.problems) < 2:
            continue
        several = len({*touched, *(problem.field for problem in parsed.problems)}) > 1
        row = hidden.row(kind.name, parsed.uid) if several else None
        if row is not None:
            for pair in _sideways(parsed, touched, row.values, place, columns):
                sideways[pair].append(parsed)
    return sideways


def _shifted(columns: Mapping[str, _Column]) -> dict[str, list[ParsedRow]]:
    """Field → rows whose cell holds what another row held."""
    found = {
        name: rows for name, column in columns.items()
        if column.worth_a_look and (rows := column.shifted())
    }
    moved = {parsed.uid for rows in found.values() for parsed in rows}
    # of rows that changed places whatever else changed places with them
    for name, column in columns.items():
        if moved and name not in found and column.changed_places_within(moved):
            found[name] = list(column.rows)
    return found


def _with_the_block(
    hidden: Hidden, kind: Kind, parsed_rows: Sequence[ParsedRow],
    columns: Mapping[str, _Column], found: dict[str, list[ParsedRow]],
) -> None:
    """What was pasted along with shifted cells: the ends of their columns, whose neighbour nobody
    touched, and columns of few values in the same rows."""
    numbers = [parsed.row for rows in found.values() for parsed in rows]
    span = range(min(numbers) - 1, max(numbers) + 2)
    by_row = {parsed.row: parsed.uid for parsed in parsed_rows}
    for name, column in columns.items():
        inside = {each.uid: each for each in column.rows if each.row in span}
        if name in found:
            found[name] = list({**{each.uid: each for each in found[name]}, **inside}.values())
        elif len(inside) == len(column.rows) and (
            _all_from(hidden, kind, column, by_row, 1)
            or _all_from(hidden, kind, column, by_row, -1)
        ):
            found[name] = column.rows


def _all_from(
    hidden: Hidden, kind: Kind, column: _Column, by_row: Mapping[int, str], by: int
) -> bool:
    """Whether each cell of a column holds what the row ``by`` above it was sent with, as far as
    that is known."""
    sheet, alike = hidden.sheets.get(kind.name), []
    if sheet is None or column.field.name not in sheet.fields:
        return False
    at = sheet.fields.index(column.field.name)
    for each in column.rows:
        row = hidden.row(kind.name, by_row.get(each.row - by, ""))
        if row is not None:
            sent = plain(row.values[at]) if at < len(row.values) else ""
            typed = each.typed.get(column.field.name)
            alike.append(sent == ("" if typed is None else column.text(each)))
    return bool(alike) and all(alike)


def _drop_shifted(kind: Kind, name: str, parsed: ParsedRow, many: int) -> None:
    cell, label = parsed.cell_of(name), kind.field(name).label
    text = (
        f"工作表「{parsed.sheet}」{cell}「{label}」填的是别的行原来的内容（这一列有 {many} 格这样，"
        "多半是只排了这一列，或这一列错了一行），没有读入。请撤销排序，"
        "或在原文件上重填；确实要这样改的，请采用。"
    )
    parsed.warn(name, "shifted", text)


def _sideways(
    parsed: ParsedRow, touched: list[str], values: Sequence[object], place: Mapping[str, int],
    columns: Mapping[str, _Column],
) -> Iterator[tuple[str, str]]:
    """Cells that hold what another cell of their row exported, which itself holds something else
    now: (field, the other)."""
    changed = {*touched, *(problem.field for problem in parsed.problems)}
    exported = {
        text: name for name in changed
        if name in place and place[name] < len(values) and (text := plain(values[place[name]]))
    }
    for name in touched:
        if (
            parsed.typed[name] is not None
            and (other := exported.get(columns[name].text(parsed), name)) != name
        ):
            yield name, other


def _drop_sideways(
    kind: Kind, sideways: Mapping[tuple[str, str], list[ParsedRow]], columns: Mapping[str, _Column]
) -> None:
    """Rows whose cells moved sideways against the headings. Two cells that were given for each
    other are no such rows."""
    for (name, other), rows in sideways.items():
        swapped = {a.uid for a in sideways.get((other, name), ())}
        rows = [a for a in rows if a.uid not in swapped and a.typed]
        if len(rows) < LEAST or len(rows) < MOSTLY * len(columns[name].rows):
            continue
        for parsed in rows:
            text = (
                f"工作表「{parsed.sheet}」第 {parsed.row}"
                f" 行的格子和列名错开了（“{kind.field(name).label}”里是原来的"
                f"“{kind.field(other).label}”），这一行没有读入。请撤销删除或插入单元格，"
                f"或在原文件上重填。"
            )
            for each in parsed.typed:
                parsed.warn(each, "shifted", text)


class _Column:
    """What was typed into one column, and what of that its cells exported when they were sent."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.rows: list[ParsedRow] = []
        self._typed: set[str] = set()
        self._exported: Counter[str] = Counter()
        self._emptied: list[ParsedRow] = []
        self._all = 0
        self._before: dict[str, str] = {}

    def take(self, parsed: ParsedRow) -> None:
        self.rows.append(parsed)
        if parsed.typed[self.field.name] is not None:
            self._typed.add(self.text(parsed))

    @property
    def worth_a_look(self) -> bool:
        """Whether different things were typed into enough cells."""
        kind_of = type_of(self.field)
        if kind_of.picked or kind_of.holds_files:  # few values, so that other rows hold the same
            return False
        few = LEAST if kind_of.worded else LEAST_SHORT
        return len(self._typed) >= few and (kind_of.worded or len(self.rows) <= MOST_SHORT)

    def note_exported(self, parsed: ParsedRow, exported: object) -> None:
        """What a touched cell exported; kept only where it was typed elsewhere, since there may be
        100,000 of them."""
        text = "" if exported is None else plain(exported)
        if len(self.rows) <= MOST_SHORT:
            self._before[parsed.uid] = text
        if not text:
            return
        self._all += 1
        if text in self._typed:
            self._exported[text] += 1
        if parsed.typed[self.field.name] is None:
            self._emptied.append(parsed)

    def shifted(self) -> list[ParsedRow]:
        """The rows whose cell holds what another row of these exported, where that is no chance,
        and those that were left empty by it; else none."""
        if not self._exported:
            return []
        typed = [(a, self.text(a)) for a in self.rows if a.typed.get(self.field.name) is not None]
        # never its own: that would be no change
        hits = [(a, text) for a, text in typed if text in self._exported]
        different = {text for _, text in hits}
        if (
            len(different) < LEAST or len(different) < MOSTLY * len(hits)
            or len(hits) < MOSTLY * len(self.rows)
        ):
            return []
        long = sum(len(text) >= LONG for text in different)
        if not type_of(self.field).worded or long < MOSTLY * len(different):
            all_moved = (
                self._all == self._exported.total()
                and Counter(text for _, text in typed) == self._exported
            )
            if not all_moved or len(different) < LEAST_SHORT:
                return []
        return [a for a, _ in hits] + self._emptied

    def changed_places_within(self, moved: set[str]) -> bool:
        """Whether nothing but what these rows exported stands in them, in other places."""
        if not self._before or any(
            a.uid not in moved or self.field.name not in a.typed for a in self.rows
        ):
            return False
        now = Counter("" if a.typed[self.field.name] is None else self.text(a) for a in self.rows)
        return now == Counter(self._before[a.uid] for a in self.rows)

    def text(self, parsed: ParsedRow) -> str:
        """What was typed, as it is compared."""
        value = parsed.typed[self.field.name]
        return plain(value if isinstance(value, str) else TYPES[self.field.type].to_json(value))


def plain(value: object) -> str:
    """A kept or typed value as columns are compared."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else dumps(value)
