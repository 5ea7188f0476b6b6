"""Plain lists for a working day: who has not answered, who has not handed in, an agenda. A title, a sentence, a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from .document import Block, Chart, Column, Document, Heading, Paragraph, Signature, Table, Turned
from .render import Printed, render

if TYPE_CHECKING:
    from db.session import Session


def list_document(
    session: Session,
    title: str,
    text: Sequence[str],
    columns: Sequence[tuple[str, float | None]],
    rows: Sequence[Sequence[str]],
    *,
    across: bool = False,
    size: float = 12.0,
    notes: Sequence[str] = (),
    after: Sequence[tuple[str, str]] = (),
    signed: bool = True,
) -> Document:
    """One table with its heading, ``across`` on turned pages.

    ``columns`` are (label, share of the width or None); ``after`` are further parts as (heading, text).
    """
    table = Table(
        tuple(Column(label, width, align="center" if width and width < 0.08 else "left") for label, width in columns),
        [tuple(row) for row in rows],
        title=title if across else "",
        size=size,
        notes=tuple(notes),
    )
    blocks: list[Block] = [Paragraph(line) for line in text if line]
    if rows:
        blocks.append(Turned((table,)) if across else table)
    for heading, words in after:
        blocks.append(Heading(1, heading))
        blocks += [Paragraph(line) for line in words.splitlines() if line.strip()]
    if across:  # the title stands over the table: a page of its own for it would be waste
        return Document(title="", blocks=tuple(blocks), author=session.office_name, subject=title, made_on=session.today)
    signature = Signature((session.office_name,), session.today) if signed else None
    return Document(
        title=title, blocks=tuple(blocks), signature=signature, author=session.office_name, subject=title, made_on=session.today
    )


def print_list(
    session: Session,
    to: IO[bytes],
    title: str,
    text: Sequence[str],
    columns: Sequence[tuple[str, float | None]],
    rows: Sequence[Sequence[str]],
    *,
    across: bool = False,
    size: float = 12.0,
    notes: Sequence[str] = (),
    after: Sequence[tuple[str, str]] = (),
    signed: bool = True,
) -> Printed:
    """The same, set and written as a PDF. Raises ``NotPermitted`` for a person who may not print."""
    session.require("print")
    document = list_document(
        session, title, text, columns, rows, across=across, size=size, notes=notes, after=after, signed=signed
    )
    return render(document, to)


def print_charts(session: Session, to: IO[bytes], title: str, text: Sequence[str], charts: Sequence[Chart]) -> Printed:
    """Charts under a title, with what they count in words."""
    session.require("print")
    blocks: list[Block] = [Paragraph(line) for line in text if line]
    blocks += charts
    document = Document(title=title, blocks=tuple(blocks), author=session.office_name, subject=title, made_on=session.today)
    return render(document, to)
