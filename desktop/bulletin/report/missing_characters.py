"""Sets a document of an office's ledgers: a character that no face has is told with the records
that it stands in, so that a person knows whose name to look at."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import msgspec

from db import global_search
from db.session import Session
from desktop.bulletin.document import Document
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.typeset.fonts import FontSet
from desktop.bulletin.writer_protocol import Progress
from desktop.bulletin.writers import Printed, render

#: So many characters are looked for, and so many records of each are named.
MOST_CHARACTERS, MOST_RECORDS = 12, 3


def rendered(
    session: Session, document: Document, to: Path | IO[bytes], *, masked: Mask | None = None,
    fonts: FontSet | None = None, progress: Progress | None = None,
) -> Printed:
    """The document written to a path or a stream (:func:`desktop.bulletin.writers.render`)."""
    return with_character_places(
        session, render(document, to, masked=masked, fonts=fonts, progress=progress)
    )


def with_character_places(session: Session, printed: Printed) -> Printed:
    """What was printed, told with where each character without a face stands."""
    found = [where(session, each) for each in printed.missing_characters[:MOST_CHARACTERS]]
    return msgspec.structs.replace(printed, notices=(*printed.notices, *filter(None, found)))


def where(session: Session, character: str) -> str:
    """The records that hold a character: “𬱟”在干部「某𬱟」; "" where no record that this person
    may see has it."""
    hits = [
        hit for hit in global_search.everywhere(session, character, MOST_RECORDS + 1)
        if not hit.deleted
    ]
    if not hits:
        return ""
    named = "、".join(
        f"{session.kinds.get(hit.kind).label}「{hit.title}」" for hit in hits[:MOST_RECORDS]
    )
    return f"“{character}”在{named}{'等' if len(hits) > MOST_RECORDS else ''}"
