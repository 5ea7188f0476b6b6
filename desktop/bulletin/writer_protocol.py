"""What a writer of documents takes and gives back, whatever the form of its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from desktop.bulletin.document import Document
from desktop.bulletin.typeset.fonts import FontSet

Progress = Callable[[int, int], None]  # pages done, pages in all (0 while not known)


class Mark(msgspec.Struct, frozen=True):
    """Where a marked run came to stand: page counted from 1, box in points from the page's top left
    corner."""

    name: str
    page: int
    box: tuple[float, float, float, float]


class Written(msgspec.Struct, frozen=True):
    """A document as a file's bytes. ``missing_characters``: no face has them, drawn as 〓.
    ``pages`` 0 and no ``marks``: the form of the file has no fixed pages."""

    data: bytes
    pages: int
    missing_characters: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    #: What a person must know of how it was set: a table in smaller type, say.
    notices: tuple[str, ...] = ()


class Writer(Protocol):
    """Writes a document in one form of file. Calls ``progress`` once a page; an exception that it
    raises (``db.errors.Cancelled``) stops the work. Safe to call from any thread."""

    def __call__(
        self, document: Document, fonts: FontSet | None = None, progress: Progress | None = None
    ) -> Written: ...
