"""The rows of a list as a document: a table across the page with its repeated head, as the ledger declares it for print."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import msgspec

from db import fieldtypes
from db.declare import Field, Kind
from db.errors import BadInput
from db.query import Query

if TYPE_CHECKING:
    from desktop.bulletin.document import Document

AT_MOST = 3000
"""Rows; a longer list is for a workbook, not for paper."""
ACROSS = 637.8
"""Points across a turned A4 page: 225 mm."""
SIZES = (10.5, 9.0, 7.5)
"""Type sizes in points, largest first: 五号, 小五, 六号."""
SHORT = 6.0
"""Characters below which no column of words is squeezed."""


def rows_document(session: Any, query: Query, ids: Sequence[int]) -> Document:
    """The chosen rows, or all of the query when none are chosen. Raises ``BadInput`` when they are too many."""
    from desktop.bulletin import document as doc  # late: composing is not needed to show a page

    kind = session.kinds.get(query.kind)
    found = list(ids) or list(session.ids(query))
    if not found:
        raise BadInput("清单里没有可打印的记录。")
    if len(found) > AT_MOST:
        raise BadInput(f"清单有 {len(found):,} 条，超过一次打印的 {AT_MOST:,} 条。请先筛选，或导出 Excel。")
    records = [
        record
        for begin in range(0, len(found), 500)
        for record in session.records(kind.name, found[begin : begin + 500])
    ]
    shown = kind.shown("print") or kind.shown("list")
    fields = [f for f in shown if any(r.values.get(f.name) is not None for r in records)]
    texts = [[str(number), *(session.text(r, f.name) for f in fields)] for number, r in enumerate(records, 1)]
    columns = [_Drawn("序号", 2.2, False, "center")]
    columns += [_drawn(f, [row[at] for row in texts]) for at, f in enumerate(fields, 1)]
    if kind.lifecycle:
        states = [session.text(record, "state") for record in records]
        texts = [[*row, state] for row, state in zip(texts, states, strict=True)]
        columns.append(_Drawn("状态", max(map(_length, states)), False, "center"))
    size, widths = _fitted(columns)
    today = session.today
    table = doc.Table(
        columns=tuple(
            doc.Column(c.heading, width, c.align, c.numeric) for c, width in zip(columns, widths, strict=True)
        ),
        rows=texts,
        title=f"{kind.label}（{len(records)} 条）",
        size=size,
        source=f"{session.office_name}　{today.year}年{today.month}月{today.day}日",
    )
    return doc.Document(title="", blocks=(doc.Turned((table,)),), subject=kind.label, author=session.office_name)


def print_rows_to(session: Any, query: Query, ids: Sequence[int], to: IO[bytes], progress: Any = None) -> Any:
    """The same as a PDF."""
    from desktop.bulletin.render import render  # late: it loads the faces

    return render(rows_document(session, query, ids), to, progress=progress)


def describe(session: Any, query: Query, ids: Sequence[int]) -> str:
    """How the choice of rows reads: the ledger and how many."""
    kind: Kind = session.kinds.get(query.kind)
    return f"{kind.label}：选中的 {len(ids)} 条" if ids else f"{kind.label}：当前清单"


def plain_query(kind: str, query: Query | None) -> Query:
    """The query a list was showing, or all of the ledger."""
    return msgspec.structs.replace(query, limit=None) if query is not None else Query(kind=kind)


@dataclass(frozen=True)
class _Drawn:
    """A column as drawn: `chars` is the room it would like; one that `gives` takes less when the page is full."""

    heading: str
    chars: float
    gives: bool
    align: Any = "left"
    numeric: bool = False


def _drawn(field: Field, texts: list[str]) -> _Drawn:
    numeric = fieldtypes.of(field).numeric
    heading = f"{field.label}（{field.measure}）" if field.measure and numeric else field.label
    longest = max((_length(line) for text in texts for line in text.splitlines()), default=0.0)
    whole = field.type in ("date", "month", "phone", "identity", "flag") or numeric
    least = min(_length(heading), 4.0)
    chars = max(least, longest if whole else min(longest, float(field.width or 12), 24.0))
    return _Drawn(heading, chars, not whole and chars > SHORT, "right" if numeric else "left", numeric)


def _length(text: str) -> float:
    """How many full characters wide a text is."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.55 for c in text)


def _fitted(columns: Sequence[_Drawn]) -> tuple[float, list[float]]:
    """The type size in points at which the table fits across the page, and each column's share of its width."""
    padding = 0.9
    size, shrink = SIZES[-1], 1.0
    for size in SIZES:
        room = ACROSS / size
        asked = sum(c.chars + padding for c in columns)
        firm = sum(c.chars + padding for c in columns if not c.gives)
        least = sum(SHORT + padding for c in columns if c.gives)
        shrink = min(1.0, max(0.2, (room - firm) / (asked - firm))) if asked > firm else 1.0
        if firm + least <= room:
            break
    widths = [(c.chars + padding) * (shrink if c.gives else 1.0) for c in columns]
    return size, [width / sum(widths) for width in widths]
