"""A record as a line of the workbook: the texts of its cells, and its exact state for the hidden
sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from db.model.declarations import Field, Kind, Lifecycle
from db.model.fieldtypes import TYPES, of
from db.model.fieldtypes.base import FieldType, Names
from db.model.records import Record
from desktop.exchange.format.cells import CELLS, shortened
from desktop.exchange.format.columns import STATE, Column
from desktop.exchange.format.manifest import ExportedRow


class RowTexts:
    """Made once per sheet. ``fields`` is the order in which values stand in the hidden sheet."""

    def __init__(
        self, kind: Kind, columns: Sequence[Column], names: Names, cycle: Lifecycle | None,
        fields: Sequence[str],
    ) -> None:
        self.kind, self.columns, self.names = kind, columns, names
        self.fields = [kind.field(name) for name in fields]
        self._states = {s.name: s.label for s in cycle.states} if cycle else {}
        self._json = _not_kept_as_they_are(self.fields)
        self._names = list(fields)
        places = {name: at for at, name in enumerate(self._names)}
        #: (column, place in fields, text from JSON or None, field)
        self._cells = [
            (at, places[c.name], CELLS[c.field.type].text, c.field) for at, c in enumerate(columns)
            if c.field is not None and c.name in places
        ]
        self._state_at = next((at for at, c in enumerate(columns) if c.name == STATE), None)

    def json_values(self, record: Record) -> list[Any]:
        """Values as JSON in the order of ``fields``, blanks at the end left out."""
        values = record.values
        out = [values.get(name) for name in self._names]
        for at, name, convert in self._json:
            if out[at] is not None:
                out[at] = convert(values[name])
        while out and out[-1] is None:
            out.pop()
        return out

    def exported(self, record: Record, shown: bool) -> ExportedRow:
        """What the hidden sheet keeps of a record."""
        row = ExportedRow(
            self.json_values(record), record.versions, record.state, record.deleted, record.parent,
            shown, issuer=record.issuer,
        )
        if shown:
            for _, place, text, field in self._cells:
                if text is None and place < len(row.values) and row.values[place] is not None:
                    row.texts[str(place)] = TYPES[field.type].format(
                        record.values[field.name], field, self.names.by_writer(record, field)
                    )
        return row

    def texts(self, row: ExportedRow) -> dict[int, str]:
        """Cell texts by column, blanks left out: what stood in the visible sheet when it was
        exported."""
        values, out = row.values, {}
        many = len(values)
        for column, place, text, _ in self._cells:
            if place < many and (value := values[place]) is not None:
                shown = text(value) if text is not None else row.texts.get(str(place), "")
                out[column] = shown if len(shown) < 1_000 else shortened(shown)
        if self._state_at is not None and row.state:
            out[self._state_at] = self._states.get(row.state, row.state)
        return out


def _not_kept_as_they_are(fields: Sequence[Field]) -> list[tuple[int, str, Callable[[Any], Any]]]:
    """The fields whose JSON is not the kept value itself: place, name, how it is made."""
    return [
        (at, f.name, TYPES[f.type].to_json) for at, f in enumerate(fields)
        if type(of(f)).to_json is not FieldType.to_json
    ]
