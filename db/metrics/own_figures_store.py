"""The figures that an office made, as its book keeps them: records like any other, with a
declaration in each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from db.errors import DeclarationError
from db.model import declaration_files
from db.model.declarations import Figure
from db.model.query import Query, Where

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.records import Record

KIND = "own_figure"
#: Where a family of figures stands that the office made.
FAMILY = "本单位自定"


def kept(session: ReadContext) -> tuple[str, ...]:
    """The declarations, the one changed last of those with one name at the end."""
    found = session.office.connection.execute(
        f"SELECT declaration FROM {KIND} WHERE deleted = 0 AND declaration IS NOT NULL"
        " ORDER BY updated_at, id"
    )
    return tuple(text for (text,) in found)


def record(session: ReadContext, name: str, deleted: Literal["no", "only"] = "no") -> Record | None:
    """The record of a figure, of those with one name the one changed last: that which counts."""
    where = (Where("figure_name", "eq", name),)
    found = session.find(Query(kind=KIND, where=where, deleted=deleted))
    # times are to the second
    return max(found, key=lambda each: (each.updated_at, each.id), default=None)


def removed(session: ReadContext, name: str) -> str:
    """What a figure was called that is in the recycle bin; "" for any other."""
    last = record(session, name, "only")
    return str(last.values["title"]) if last is not None else ""


def decode(text: str, where: str) -> Figure:
    """A kept declaration. Raises ``DeclarationError``."""
    try:
        return declaration_files.decode(text, Figure, where)
    except RecursionError as error:
        raise DeclarationError(f"声明 {where} 有错：条件套得太深。") from error


def decoded(texts: Iterable[str]) -> list[Figure]:
    """Those that can be read; what cannot is told where they are listed."""
    found: dict[str, Figure] = {}
    for text in texts:
        with contextlib.suppress(DeclarationError):
            figure = decode(text, KIND)
            found.pop(figure.name, None)
            found[figure.name] = figure
    return list(found.values())
