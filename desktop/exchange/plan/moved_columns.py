"""Accidents of a whole column, short ones too: the values that were sent stand one to three rows
off, a few rows were sorted alone, or many values are gone.

Held against all rows of the file in their order, so that what a person really typed is none: no
value that is new in its column moves."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, of
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.parsed_row import ParsedRow, Place
from desktop.exchange.plan.shifted_cells import plain

#: So many moved cells of different content are no chance; so large a part of the changed ones.
_LEAST, _MOSTLY = 3, 0.7
#: So many values of one column, or of one row, are not emptied one by one.
_EMPTIED = 4
#: A look at every row is worth it up to so many.
_MOST = 20_000
_STEPS = (1, -1, 2, -2, 3, -3)


def look_at_columns(
    hidden: Hidden, kind: Kind, rows: Sequence[ParsedRow], first_row: Mapping[str, Place]
) -> None:
    """Warn of the cells of columns that moved or were emptied."""
    touched = _touched(kind, rows)
    sheet = hidden.sheets.get(kind.name)
    if sheet is not None and len(hidden.rows.get(kind.name, ())) <= _MOST:
        names = {
            name: sheet.fields.index(name) for name, some in touched.items()
            if len(some) >= _LEAST and name in sheet.fields and name != kind.title
        }
        order = sorted(first_row, key=first_row.__getitem__) if names else []
        at = {uid: place for place, uid in enumerate(order)}
        for name, sent in _sent(hidden, kind, names, order).items():
            _Column(kind.field(name), at, sent).look(touched[name])
    _look_at_emptied(kind, touched)


def _touched(kind: Kind, rows: Sequence[ParsedRow]) -> dict[str, list[ParsedRow]]:
    """Field → rows whose cell was typed over, and looks like no accident by itself."""
    found: dict[str, list[ParsedRow]] = defaultdict(list)
    for parsed in rows:
        for name in parsed.typed if parsed.base is not None else ():
            if kind.has(name) and name not in parsed.warned:
                found[name].append(parsed)
    return found


def _look_at_emptied(kind: Kind, touched: Mapping[str, Sequence[ParsedRow]]) -> None:
    gone = {
        name: [p for p in rows if p.typed[name] is None and name not in p.warned]
        for name, rows in touched.items()
    }
    in_row = Counter(parsed.uid for rows in gone.values() for parsed in rows)
    for name, rows in gone.items():
        for parsed in rows:
            many = max(len(rows), in_row[parsed.uid])
            if many >= _EMPTIED:
                where = "这一列" if many == len(rows) else "这一行"
                parsed.warn(name, "blanked", (
                    f"第 {parsed.row} 行「{kind.field(name).label}」被清空（{where}清空了"
                    f" {many} 格），没有照清。确实要清的请采用。"
                ))  # fmt: skip


def _sent(
    hidden: Hidden, kind: Kind, names: Mapping[str, int], order: Sequence[str]
) -> dict[str, list[str]]:
    """Field → what its cells held when they were sent, in the order of the rows."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for uid in order:
        row = hidden.row(kind.name, uid)
        values = row.values if row is not None else ()
        for name, place in names.items():
            found[name].append(plain(values[place]) if place < len(values) else "")
    return found


class _Place(msgspec.Struct, frozen=True):
    """A changed cell: its row among all, what stands there now."""

    at: int
    now: str
    parsed: ParsedRow


class _Column:
    """One column as it was sent, in the order of the rows as they stand now."""

    def __init__(self, field: Field, at: Mapping[str, int], sent: list[str]) -> None:
        self.field, self._at, self._sent = field, at, sent

    def look(self, rows: Sequence[ParsedRow]) -> None:
        """Warn of changed cells where they are what moved."""
        places = [_Place(self._at[p.uid], self._text(p), p) for p in rows if p.uid in self._at]
        found = self._shifted(places)
        if found:
            self._warn(found, "shifted", "整段错了行")
        elif self._sorted(places):
            self._warn(places, "sorted", "互相换了位置，像是只排了这几格")

    def _text(self, parsed: ParsedRow) -> str:
        value = parsed.typed[self.field.name]
        if value is None:
            return ""
        return plain(value if isinstance(value, str) else TYPES[self.field.type].to_json(value))

    def _shifted(self, places: Sequence[_Place]) -> list[_Place]:
        now, filled = {p.at: p.now for p in places}, sum(bool(p.now) for p in places)
        mostly = 1.0 if self._went_on(places) else _MOSTLY
        sent, many = self._sent, len(self._sent)
        for step in _STEPS:
            hits = [
                p for p in places
                if p.now and 0 <= (at := p.at - step) < many and p.now == sent[at]
            ]
            if len({p.now for p in hits}) < _LEAST or len(hits) < mostly * filled:
                continue
            block = range(min(p.at for p in hits), max(p.at for p in hits) + 1)
            if all(now.get(at, self._sent[at]) == self._before(at - step) for at in block):
                near = range(block.start - abs(step), block.stop + abs(step))
                return [p for p in places if p in hits or (not p.now and p.at in near)]
        return []

    def _went_on(self, places: Sequence[_Place]) -> bool:
        """Whether figures grew, or days were all put off alike, as people do to a whole column:
        many then say what the next row said, and that is no accident."""
        kind_of = of(self.field)
        told = [(p.now, self._sent[p.at]) for p in places if p.now and self._sent[p.at]]
        if kind_of.numeric:
            return all(Decimal(now) >= Decimal(sent) for now, sent in told)
        if not kind_of.dated:
            return not kind_of.worded
        days = [(_day(now), _day(sent)) for now, sent in told]
        return len({now - sent for now, sent in days}) <= 1 or len({
            (now.year - sent.year) * 12 + now.month - sent.month for now, sent in days
        }) <= 1

    def _before(self, at: int) -> str | None:
        return self._sent[at] if 0 <= at < len(self._sent) else None

    def _sorted(self, places: Sequence[_Place]) -> bool:
        least = _LEAST if of(self.field).worded else _LEAST + 1
        now, sent = Counter(p.now for p in places), Counter(self._sent[p.at] for p in places)
        return now == sent and len(now) >= least and not of(self.field).picked

    def _warn(self, places: Sequence[_Place], code: str, what: str) -> None:
        for place in places:
            place.parsed.warn(self.field.name, code, (
                f"第 {place.parsed.row} 行「{self.field.label}」是别的行原来的内容（这一列有"
                f" {len(places)} 格{what}），没有读入。确实要这样改的请采用。"
            ))  # fmt: skip


def _day(text: str) -> dt.date:
    """A kept day, or the first of a kept month."""
    return dt.date.fromisoformat(f"{text}-01"[:10])
