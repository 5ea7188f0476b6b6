"""How the sheets of a foreign workbook would be read, for a person to look at and correct."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.files.xml_row_count import column_letters
from desktop.exchange.foreign.foreign_rows import BLANK, ForeignBook, Rows, samples
from desktop.exchange.foreign.sheet_mapping import SheetMapping, Wishes
from desktop.exchange.foreign.table_parts import Part, more_tables, rows_of

#: Rows of a sheet that the window shows beside the mapping.
SHOWN_ROWS = 200


class ProposedColumn(msgspec.Struct, frozen=True):
    """A column of a sheet and what it is taken for: ``score`` 0 to 1, over 1 when a person said so
    before."""

    at: int
    letters: str
    heading: str
    field: str
    score: float
    why: str
    samples: tuple[str, ...]


class Proposal(msgspec.Struct):
    """How a sheet would be read: the heading rows (from 1, empty when none was found), the columns,
    and why rows are no items."""

    sheet: str
    header_rows: list[int] = msgspec.field(default_factory=list)
    columns: list[ProposedColumn] = msgspec.field(default_factory=list)
    #: number (from 1), texts, why it is no item ("" for one)
    rows: list[tuple[int, list[str], str]] = msgspec.field(default_factory=list)
    total: int = 0
    #: that there are more tables on the sheet than the one whose columns are shown
    note: str = ""
    #: it lies on its side, or is made of cards: the rows are those of the table that it makes
    turned: bool = False


def propose(session: Session, kind: Kind, book: ForeignBook, wishes: Wishes) -> list[Proposal]:
    """What would be read of each sheet. Never refuses."""
    mapping = SheetMapping(session, kind, wishes, book)
    out = []
    for each in book.sheets:
        sheet, each = each, mapping.upright(each)
        found = mapping.found(each, forced=True)
        made = Proposal(each.name, total=len(each.rows), turned=each is not sheet)
        shown = range(1, min(len(each.rows), SHOWN_ROWS) + 1)
        if found is None:
            made.rows = [(n, each.rows[n - 1], "") for n in shown]
        else:
            read = mapping.parts(each, found)
            made.rows = [(n, each.rows[n - 1], _why(read, n)) for n in shown]
            made.header_rows = found.rows
            made.note = "；".join(more_tables([part for part, _ in read]))
            first = read[0][0].found  # of tables side by side the first stands for all
            made.columns = [
                ProposedColumn(
                    at, column_letters(each.sheet.column + at), first.headings[at],
                    first.mapping.get(at, ""), first.scores.get(at, 0.0), first.why.get(at, ""),
                    tuple(samples(each, first, at)),
                )
                for at in sorted(first.headings)
            ]  # fmt: skip
        out.append(made)
    return out


def _why(read: Sequence[tuple[Part, Rows]], number: int) -> str:
    """Why a row is no item of any table; "" where it is one."""
    parts = [part for part, _ in read]
    whys = [rows.why(number) for n, (_, rows) in enumerate(read) if number in rows_of(parts, n)]
    return "" if "" in whys else whys[0] if whys else BLANK
