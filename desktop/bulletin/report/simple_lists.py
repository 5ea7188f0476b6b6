"""Plain lists for a working day: who has not answered, who has not handed in, an agenda. A title, a
sentence, a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import msgspec

from desktop.bulletin.document import (
    Block,
    Chart,
    Column,
    Document,
    Paragraph,
    Signature,
    Table,
    Turned,
)
from desktop.bulletin.report.missing_characters import rendered
from desktop.bulletin.writers import Printed

if TYPE_CHECKING:
    from db.session import Session


class PlainList(msgspec.Struct, frozen=True):
    """One table with its heading. ``columns`` are (label, share of the width or None), ``across``
    puts them on turned pages, ``size`` is in points."""

    title: str
    text: Sequence[str]
    columns: Sequence[tuple[str, float | None]]
    rows: Sequence[Sequence[str]]
    across: bool = False
    size: float = 12.0
    notes: Sequence[str] = ()


def print_list(session: Session, to: IO[bytes], page: PlainList) -> Printed:
    """Set a list and write it as a PDF. Raises ``NotPermitted`` for a person who may not print."""
    session.require("print")
    title = page.title
    columns = tuple(
        Column(label, width, align="center" if width and width < 0.08 else "left")
        for label, width in page.columns
    )
    table = Table(
        columns, [tuple(row) for row in page.rows], title=title if page.across else "",
        size=page.size, notes=tuple(page.notes),
    )
    blocks: list[Block] = [Paragraph(line) for line in page.text if line]
    if page.rows:
        blocks.append(Turned((table,)) if page.across else table)
    # Across, the title stands over the table: a page of its own for it would be waste.
    heading, signature = (
        ("", None) if page.across else (title, Signature((session.office_name,), session.today))
    )
    return rendered(session, _document(session, title, blocks, heading, signature), to)


def print_charts(
    session: Session, to: IO[bytes], title: str, text: Sequence[str], charts: Sequence[Chart]
) -> Printed:
    """Charts under a title, with what they count in words."""
    session.require("print")
    blocks: list[Block] = [Paragraph(line) for line in text if line]
    blocks += charts
    return rendered(session, _document(session, title, blocks, title), to)


def _document(
    session: Session, subject: str, blocks: Sequence[Block], title: str,
    signature: Signature | None = None,
) -> Document:
    return Document(
        title=title, blocks=tuple(blocks), signature=signature, author=session.office_name,
        subject=subject, made_on=session.today,
    )
