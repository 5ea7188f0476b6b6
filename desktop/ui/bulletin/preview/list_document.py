"""The rows of a list as a document: a table across the page with its repeated head, as the ledger
declares it for print."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from db.errors import BadInput
from db.metrics.metrics import Row
from db.model import fieldtypes
from db.model.declarations import Field, Kind
from db.model.query import Query
from db.model.records import Record
from db.session import Session
from desktop.bulletin import document as doc
from desktop.bulletin.document import Align, Document, Table
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.lists.shown_rows import ShownRows

if TYPE_CHECKING:
    from desktop.bulletin.writers import Printed

AT_MOST = 3000
"""Rows; a longer list is for a workbook, not for paper."""
ACROSS, UPRIGHT = 637.8, 442.2
"""Points across a turned A4 page (225 mm) and an upright one (156 mm)."""
SIZES = (10.5, 9.0, 7.5)
"""Type sizes in points, largest first: 五号, 小五, 六号."""
PADDING = 0.9
"""Characters that the edges of a cell take."""
SHORT = 6.0
"""Characters below which no column of words is squeezed."""


def rows_document(session: Session, query: Query, ids: Sequence[int]) -> Document:
    """The chosen rows, or all of the query when none are chosen; a single chosen one as a sheet
    with what hangs under it.

    Raises ``BadInput`` when they are too many.
    """
    kind = session.kinds.get(query.kind)
    found = list(ids) or list(session.ids(query))
    _check_length(len(found))
    records = [
        record for begin in range(0, len(found), 500)
        for record in session.records(kind.name, found[begin : begin + 500])
    ]
    if len(ids) == 1:
        return record_document(session, kind, records[0])
    table = _table(session, kind, records, f"{kind.label}（{len(records)} 条）")
    return doc.Document(
        title="", blocks=(doc.Turned((table,)),), subject=kind.label, author=session.office_name,
        made_on=session.today,
    )


def _check_length(count: int) -> None:
    if not count:
        raise BadInput("清单里没有可打印的记录。")
    if count > AT_MOST:
        raise BadInput(
            f"清单有 {count:,} 条，超过一次打印的 {AT_MOST:,} 条。请先筛选，或导出 Excel。"
        )


def _table(
    session: Session, kind: Kind, records: Sequence[Record], title: str, room: float = ACROSS,
    alone: bool = True,
) -> Table:
    """Records of one kind as a table: what shows in print and is filled in somewhere; ``alone``:
    first what they hang under, below by whom and when."""
    heads, texts, fields = _cells(session, kind, records, alone)
    columns = [_Drawn("序号", 2.2, False, "center")]
    if kind.parent and alone:
        columns.append(
            _Drawn(heads[1], max(4.0, min(12.0, max(_length(row[1]) for row in texts))), True)
        )
    columns += [_drawn(f, [row[at] for row in texts]) for at, f in enumerate(fields, len(columns))]
    if kind.lifecycle:
        columns.append(_Drawn("状态", max(_length(row[-1]) for row in texts), False, "center"))
    size, widths = _fitted(columns, room)
    today = session.today
    return doc.Table(
        columns=tuple(
            doc.Column(c.heading, width, c.align, c.numeric)
            for c, width in zip(columns, widths, strict=True)
        ),
        rows=texts, title=title, size=size,
        source=(
            f"{session.office_name}　{today.year}年{today.month}月{today.day}日" if alone else ""
        ),
    )


def _cells(
    session: Session, kind: Kind, records: Sequence[Record], above: bool = True
) -> tuple[list[str], list[list[str]], list[Field]]:
    """Headings and rows of texts, and the fields among them."""
    shown = kind.shown("print") or kind.shown("list")
    fields = [f for f in shown if any(r.values.get(f.name) is not None for r in records)]
    hangs, stated = bool(kind.parent) and above, bool(kind.lifecycle)
    names = [f.name for f in fields] + ["state"] * stated
    heads = ["序号"] + [_above(session, kind)] * hangs + [f.label for f in fields]
    heads += ["状态"] * stated
    texts = []
    for number, record in enumerate(records, 1):
        under = [_owner(session, kind, record)] if hangs else []
        texts.append([str(number), *under, *(session.text(record, name) for name in names)])
    return heads, texts, fields


def _owner(session: Session, kind: Kind, record: Record) -> str:
    """What a record hangs under."""
    owner = session.owner_of(kind, record.parent) if record.parent else None
    return session.title_of(owner) if owner is not None else ""


def _above(session: Session, kind: Kind) -> str:
    """What the records of a kind hang under, in a word."""
    labels = {session.kinds.get(name).label for name in kind.parent if name in session.kinds}
    return labels.pop() if len(labels) == 1 and len(kind.parent) == 1 else "所属事项"


def record_document(session: Session, kind: Kind, record: Record) -> Document:
    """One record on a sheet: what is filled in, then what hangs under it, each kind in a table."""
    lines = [
        (f.label, session.text(record, f.name)) for f in kind.shown("form")
        if not fieldtypes.type_of(f).holds_files
    ]
    lines += [("状态", session.text(record, "state"))] if kind.lifecycle else []
    facts = doc.Table(
        (doc.Column(width=0.22), doc.Column()),
        [[doc.Cell(label, face="hei", align="center"), text] for label, text in lines if text],
        head=((),), size=SIZES[0],
    )  # fmt: skip
    hanging = [
        (each, session.children(record.uid, each.name))
        for each in session.kinds.children_of(kind.name)
        if session.opens(each.name)
    ]
    hanging = [(each, found) for each, found in hanging if found]

    def tables(room: float) -> list[Table]:
        return [
            _table(session, each, found, f"{each.label}（{len(found)} 条）", room, False)
            for each, found in hanging
        ]

    upright = tables(UPRIGHT)
    turned = any(table.size < SIZES[0] for table in upright)
    blocks = (facts, doc.Turned(tuple(tables(ACROSS)))) if turned else (facts, *upright)
    title = session.title_of(record)
    return doc.Document(
        title=f"{kind.label}："
            f"{title}" if len(title) < 20 else title, blocks=blocks, author=session.office_name,
            subject=title,
        signature=doc.Signature((session.office_name,), session.today), made_on=session.today,
    )  # fmt: skip


def records_behind(session: Session, rows: Sequence[Row]) -> list[tuple[Kind, list[Record]]]:
    """The records behind a number, ledger by ledger."""
    found: dict[str, list[Record]] = {}
    for row in rows:
        record = session.get(row.kind, row.uid)
        if record is not None and row.counted:
            found.setdefault(row.kind, []).append(record)
    return [(session.kinds.get(name), records) for name, records in found.items()]


def print_behind(
    session: Session, title: str, formula: str, rows: Sequence[Row], to: IO[bytes]
) -> Printed:
    """A number with its formula and the records counted in it, each ledger's in a table. Raises
    ``NotPermitted``."""
    session.require("print")
    tables = tuple(
        _table(session, kind, records, kind.label)
        for kind, records in records_behind(session, rows)
    )
    if not tables:
        raise BadInput("这个数字背后没有可打印的记录。")
    head = (doc.Paragraph(f"{title}。{formula}。"),)
    blocks = (doc.Turned((*head, *tables)),)
    document = doc.Document(
        title="", blocks=blocks, subject=title, author=session.office_name, made_on=session.today
    )
    return _printed(session, document, to)


def text_behind(session: Session, rows: Sequence[Row]) -> str:
    """The same as lines of tab-parted cells, as spreadsheet programs take them."""
    parts = []
    for kind, records in records_behind(session, rows):
        heads, texts, _ = _cells(session, kind, records)
        parts.append(
            "\n".join(
                "\t".join(cell.replace("\n", " ") for cell in line) for line in (heads, *texts)
            )
        )
    return "\n\n".join(parts)


def print_rows_to(
    session: Session, query: Query, ids: Sequence[int], to: IO[bytes] | Path,
    progress: Callable[[int, int], None] | None = None,
) -> Printed:
    """The same as a PDF, or in the form that the file's name asks for."""
    return _printed(session, rows_document(session, query, ids), to, progress)


def _printed(
    session: Session, document: Document, to: IO[bytes] | Path,
    progress: Callable[[int, int], None] | None = None,
) -> Printed:
    from desktop.bulletin.report.missing_characters import rendered

    return rendered(session, document, to, progress=progress)


def print_shown_to(
    session: Session, shown: ShownList, to: IO[bytes] | Path,
    progress: Callable[[int, int], None] | None = None,
) -> Printed:
    """A list as it stands on the screen, as a PDF or in the form that the file's name asks for."""
    return _printed(session, shown_document(session, shown), to, progress)


def shown_document(session: Session, shown: ShownList) -> Document:
    """The columns and rows of a list as it stands, what it is narrowed by under the title; on
    turned pages where upright ones would squeeze it. Raises ``BadInput`` when it is too long."""
    _check_length(len(shown.ids))
    rows = ShownRows(session, shown)
    texts = [[str(at), *rows.texts(row)] for at, row in enumerate(rows, 1)]
    columns = [_Drawn("序号", max(2.2, _length(str(len(texts)))), False, "center")]
    for at, column in enumerate(rows.columns, 1):
        cells = [row[at] for row in texts]
        if column.field is not None:
            columns.append(_drawn(column.field, cells))
        else:
            wide = max([_length(column.label), *map(_length, cells)])
            columns.append(_Drawn(column.label, wide, False, "center"))
    upright = _asked(columns) <= UPRIGHT / SIZES[1]
    size, widths = _fitted(columns, UPRIGHT if upright else ACROSS)
    table = doc.Table(
        columns=tuple(
            doc.Column(c.heading, width, c.align, c.numeric)
            for c, width in zip(columns, widths, strict=True)
        ),
        rows=texts, title=shown.kind.label, measure=shown.note(session), size=size,
        notes=(session.office_name,),
    )
    return doc.Document(
        title="", blocks=(table if upright else doc.Turned((table,)),), subject=shown.kind.label,
        author=session.office_name, made_on=session.today,
    )


@dataclass(frozen=True)
class Rows:
    """What of a ledger is to be printed: rows by their ids, or without any all of the query; and
    the list as it stands, where it was asked for from one."""

    query: Query
    ids: list[int]
    shown: ShownList | None = None

    @classmethod
    def of_list(cls, shown: ShownList) -> Rows:
        """Those of a list, in its order."""
        return cls(Query(kind=shown.kind.name), list(shown.ids), shown)


def describe(session: Session, rows: Rows) -> str:
    """How the choice of rows reads: the ledger and how many."""
    kind, ids = session.kinds.get(rows.query.kind), rows.ids
    if rows.shown is not None:
        many = f"选中的 {len(ids)} 条" if rows.shown.picked else "当前清单"
        return f"{kind.label}：{many}"
    if len(ids) == 1:
        return f"登记表：{session.title_of(session.records(kind.name, ids)[0])}"
    return f"{kind.label}：选中的 {len(ids)} 条" if ids else f"{kind.label}：当前清单"


@dataclass(frozen=True)
class _Drawn:
    """A column as drawn: `chars` is the room it would like; one that `gives` takes less when the
    page is full."""

    heading: str
    chars: float
    gives: bool
    align: Align = "left"
    numeric: bool = False


def _drawn(field: Field, texts: list[str]) -> _Drawn:
    numeric = fieldtypes.type_of(field).numeric
    heading = f"{field.label}（{field.measure}）" if field.measure and numeric else field.label
    longest = max((_length(line) for text in texts for line in text.splitlines()), default=0.0)
    whole = fieldtypes.type_of(field).unbroken
    least = min(_length(heading), 4.0)
    chars = max(least, longest if whole else min(longest, float(field.width or 12), 24.0))
    return _Drawn(
        heading, chars, not whole and chars > SHORT, "right" if numeric else "left", numeric
    )


def _length(text: str) -> float:
    """How many full characters wide a text is."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.55 for c in text)


def _asked(columns: Sequence[_Drawn]) -> float:
    """How many characters wide the columns would like to be."""
    return sum(c.chars + PADDING for c in columns)


def _fitted(columns: Sequence[_Drawn], across: float) -> tuple[float, list[float]]:
    """The type size in points at which the table fits in so many points, and each column's share of
    its width."""
    padding = PADDING
    size, shrink = SIZES[-1], 1.0
    for size in SIZES:
        room = across / size
        asked = _asked(columns)
        firm = sum(c.chars + padding for c in columns if not c.gives)
        least = sum(SHORT + padding for c in columns if c.gives)
        shrink = min(1.0, max(0.2, (room - firm) / (asked - firm))) if asked > firm else 1.0
        if firm + least <= room:
            break
    widths = [(c.chars + padding) * (shrink if c.gives else 1.0) for c in columns]
    return size, [width / sum(widths) for width in widths]
