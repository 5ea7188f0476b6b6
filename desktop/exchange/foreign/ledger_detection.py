"""Of which ledger a foreign sheet speaks, and whose it is: by its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.foreign import foreign_rows
from desktop.exchange.foreign.foreign_rows import ForeignBook, ForeignSheet
from desktop.exchange.foreign.headings import NOT_A_FIELD, SEARCH_ROWS
from desktop.exchange.format.columns import plain

#: By so much a sheet must speak more of one ledger than of another (a heading and a half) not to be
#: taken for the other's.
CLEARLY = 1.5


def likely_ledger(session: Session, book: ForeignBook) -> str | None:
    """The ledger whose own labels and synonyms most of a heading's words are; None when none has
    two of them."""
    return likeliest(ledger_scores(session, book.sheets, book.file.stem))


def likeliest(scores: Mapping[str, float]) -> str | None:
    """The ledger of the highest score."""
    return max(scores, key=lambda name: (scores[name], name)) if scores else None


def speaks_of_another(scores: Mapping[str, float], *ledgers: str | None) -> str | None:
    """The ledger of which a sheet clearly speaks more than of any of these; None where one of them
    may well be meant."""
    best = likeliest(scores)
    return (
        best if best is not None
        and scores[best] - max(scores.get(name or "", 0) for name in ledgers) >= CLEARLY else None
    )


def ledger_scores(
    session: Session, sheets: Sequence[ForeignSheet], stem: str = ""
) -> dict[str, float]:
    """Ledger → how many words of a heading are its own, a little more for its title and for a file
    (``stem``) of its name."""
    lines = [_words(row) for each in sheets for row in each.rows[:SEARCH_ROWS]]
    best: dict[str, float] = {}
    for kind in session.kinds:
        if kind.family and not kind.parent and session.may_write(kind.name):
            scores = _scores_of(kind, lines)
            if scores:
                best[kind.name] = max(scores) + (kind.label in stem) * 2
    return best


def _words(row: Sequence[str]) -> set[str]:
    """What could be headings in a row."""
    return {plain(text) for text in row if text and len(text) <= 20}


def _scores_of(kind: Kind, lines: Sequence[set[str]]) -> list[float]:
    """For each line with two words of the ledger or more: how many, half as much again for its
    title, a trifle less for a ledger of many fields."""
    fields = [f for f in kind.all_fields if not f.computed]
    names = {plain(n) for f in fields for n in (f.label, *f.synonyms)} - NOT_A_FIELD
    title = {plain(n) for n in (kind.field(kind.title).label, *kind.field(kind.title).synonyms)}
    return [
        hits + 1.5 * bool(words & title) - len(fields) / 1000 for words in lines
        if (hits := len(words & names)) >= 2
    ]


def sender_of(session: Session, book: ForeignBook) -> str:
    """The unit that the file's name or its title lines name, as it is called; "" when none."""
    names = {}
    for unit in session.names.units().values():
        for text in (unit.name, unit.short):
            if text:
                names[text] = unit.name
    return foreign_rows.said_sender(names, book.file, book.sheets)
