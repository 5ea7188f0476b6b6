"""What a list says as it stands, row by row: what is exported and printed is this, word for word,
with units by their full names as the list is copied."""

from __future__ import annotations

from collections.abc import Iterator

from db.model import fieldtypes
from db.session import Session
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.lists.columns import LIGHT, STATE, Column, Row, columns_of, row_maker

AT_ONCE = 500


class ShownRows:
    """The rows of a `ShownList` that are still there, for a worker."""

    def __init__(self, session: Session, shown: ShownList) -> None:
        self._session, self._shown = session, shown
        every = {column.key: column for column in columns_of(shown.kind, session.kinds)}
        self.columns = tuple(every[key] for key in shown.keys)

    def __iter__(self) -> Iterator[Row]:
        session, kind, ids = self._session, self._shown.kind, self._shown.ids
        make = row_maker(session, kind, self.columns)
        for begin in range(0, len(ids), AT_ONCE):
            part = list(ids[begin : begin + AT_ONCE])
            held = {record.id: record for record in session.records(kind.name, part)}
            yield from (make(held[one]) for one in part if one in held)

    def texts(self, row: Row) -> list[str]:
        """What a row says in each column."""
        return [cell_text(column, row, at) for at, column in enumerate(self.columns)]

    def values(self, row: Row) -> list[object]:
        """The same, days and numbers as such."""
        return [
            _plain(column, row.record.values.get(column.key), text)
            for column, text in zip(self.columns, self.texts(row), strict=True)
        ]


def cell_text(column: Column, row: Row, at: int) -> str:
    """What a list says of a row in its column at a place."""
    mark = {STATE: row.state, LIGHT: row.light}.get(column.key) if column.field is None else None
    return mark[0] if mark is not None else row.texts[at]


def _plain(column: Column, value: object, text: str) -> object:
    if column.field is None or value is None:
        return text
    kind_of = fieldtypes.type_of(column.field)
    if (kind_of.numeric and not kind_of.is_share) or (kind_of.is_day and not kind_of.many):
        return value
    return text
