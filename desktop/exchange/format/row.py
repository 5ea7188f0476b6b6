"""A record as a line of the workbook: the texts of its cells, and its exact state for the hidden
sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import zip_longest
from operator import itemgetter
from typing import Any, Generic, TypeVar

from db.model.declarations import Field, Kind, Lifecycle
from db.model.fieldtypes import TYPES, type_of
from db.model.fieldtypes.base import FieldType, Names
from db.model.records import Record, Values
from desktop.exchange.format.cells import CELL_LIMIT, CELLS, same, shortened
from desktop.exchange.format.columns import STATE, Column
from desktop.exchange.format.manifest import ExportedRow

_T = TypeVar("_T")
#: So many different values of a column are remembered with what is made of them.
_KNOWN = 16_000


class _Made(dict[Any, _T], Generic[_T]):
    """What is made of the values of one column: most of them stand in it many times."""

    def __init__(self, make: Callable[[Any], _T], blank: _T) -> None:
        self._make, self._blank = make, blank

    def __missing__(self, value: Any) -> _T:
        if len(self) >= _KNOWN:
            self.clear()
        self[value] = found = self._blank if value is None else self._make(value)
        return found

    def of(self, values: Iterable[Any]) -> list[_T]:
        """For each value in turn."""
        values = list(values)
        try:
            return list(map(self.__getitem__, values))
        except TypeError:  # a list, which only a workbook that was tampered with has in its place
            return [self._blank if value is None else self._make(value) for value in values]


class RowTexts:
    """Made once per sheet, for many rows at a time. ``fields`` is the order in which values stand
    in the hidden sheet."""

    def __init__(
        self, kind: Kind, columns: Sequence[Column], names: Names, cycle: Lifecycle | None,
        fields: Sequence[str],
    ) -> None:
        self.kind, self.columns, self.names = kind, columns, names
        self.fields = [kind.field(name) for name in fields]
        self._states = {s.name: s.label for s in cycle.states} if cycle else {}
        self._names = list(fields)
        self._in_order = self._getter()
        self._json = [
            (at, _Made(TYPES[f.type].to_json, None)) for at, f in enumerate(self.fields)
            if type(type_of(f)).to_json is not FieldType.to_json
        ]
        places = {name: at for at, name in enumerate(self._names)}
        #: (column, place in fields, texts from JSON or None, field)
        self._cells = [
            (
                at, places[c.name],
                None if text is None else _whole if text is same
                else _Made(partial(_shown, text), "").of, c.field,
            )
            for at, c in enumerate(columns) if c.field is not None and c.name in places
            for text in (CELLS[c.field.type].text,)
        ]
        #: place in fields → texts from the value itself, where they are the same whoever wrote it
        self._formatted = {
            place: _Made(partial(TYPES[field.type].format, field=field, names=names), "")
            for _, place, text, field in self._cells
            if text is None and not type_of(field).names_user
        }
        self._state_at = next((at for at, c in enumerate(columns) if c.name == STATE), None)

    def _getter(self) -> Callable[[Values], tuple[Any, ...]]:
        """A record's values, which hold every field, in the order of ``fields``."""
        if len(self._names) > 1:
            return itemgetter(*self._names)
        return lambda values: tuple(values[name] for name in self._names)

    def exported(self, records: Sequence[Record], shown: bool) -> list[ExportedRow]:
        """What the hidden sheet keeps of records: values as JSON in the order of ``fields``, blanks
        at the end left out. Deleted ones are never shown."""
        if not records:
            return []
        values = [*zip(*map(self._in_order, [r.values for r in records]), strict=True)]
        json: list[Sequence[Any]] = list(values)
        for at, made in self._json:
            json[at] = made.of(values[at])
        rows = [
            ExportedRow(
                _cut(row), record.versions, record.state, record.deleted, record.parent,
                shown and not record.deleted, issuer=record.issuer,
            )
            for record, row in zip(records, zip(*json, strict=True), strict=True)
        ]
        for _, place, text, field in self._cells if shown else ():
            if text is None:
                self._add_texts(rows, place, self._format(records, field, place, values[place]))
        return rows

    def _format(
        self, records: Sequence[Record], field: Field, place: int, values: Sequence[Any]
    ) -> list[str]:
        if place in self._formatted:
            return self._formatted[place].of(values)
        return [
            TYPES[field.type].format(value, field, self.names.by_writer(record, field))
            for record, value in zip(records, values, strict=True)
        ]

    @staticmethod
    def _add_texts(rows: Sequence[ExportedRow], place: int, texts: Sequence[str]) -> None:
        key = str(place)
        for row, text in zip(rows, texts, strict=True):
            if text and row.shown:
                row.texts[key] = text

    def texts(self, rows: Sequence[ExportedRow]) -> dict[int, Sequence[str]]:
        """Cell texts by column, columns without any left out: what stood in the visible sheet when
        it was exported."""
        values = list(zip_longest(*(row.values for row in rows)))
        out: dict[int, Sequence[str]] = {}
        for column, place, text, _ in self._cells:
            if place >= len(values):
                continue
            if text is not None:
                out[column] = text(values[place])
            else:
                key = str(place)
                out[column] = _fitting([
                    row.texts.get(key, "") if value is not None else ""
                    for row, value in zip(rows, values[place], strict=True)
                ])
        if self._state_at is not None:
            labels = self._states
            out[self._state_at] = [labels.get(r.state, r.state) if r.state else "" for r in rows]
        return out


def _whole(values: Iterable[Any]) -> list[str]:
    """The texts themselves."""
    return _fitting([v if type(v) is str else "" if v is None else same(v) for v in values])


def _fitting(texts: list[str]) -> list[str]:
    """What cells show of them."""
    if max(map(len, texts), default=0) <= CELL_LIMIT:
        return texts
    return list(map(shortened, texts))


def _shown(text: Callable[[Any], str], value: Any) -> str:
    return shortened(text(value))


def _cut(row: Sequence[Any]) -> list[Any]:
    """Without the blanks at its end."""
    out = list(row)
    while out and out[-1] is None:
        out.pop()
    return out
