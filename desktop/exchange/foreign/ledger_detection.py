"""Of which ledger a foreign sheet speaks, and whose it is: by its own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.foreign import foreign_rows
from desktop.exchange.foreign.foreign_rows import ForeignBook, ForeignSheet
from desktop.exchange.foreign.heading_words import LONGEST, meanings
from desktop.exchange.foreign.headings import SEARCH_ROWS, Headings, Matcher, at_rows

#: By so much a sheet must speak more of one ledger than of another (a heading and a half) not to be
#: taken for the other's.
CLEARLY = 1.5
#: Fewer columns speak of no ledger.
_LEAST = 2
#: What it is worth that one is called as the title is, in these or other words.
_TITLE, _SAME = 1.5, 0.95


def likely_ledger(session: Session, book: ForeignBook) -> str | None:
    """The ledger that asks for most of what a heading says; None when none asks for two of it."""
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
    """Ledger → how many headings of a sheet are what it asks for, as far as they mean that, more
    for its title, for a sheet or title lines that speak of what it is called, and for a file
    (``stem``) of its name; of several sheets the most."""
    kinds = [k for k in session.kinds if k.family and not k.parent and session.may_write(k.name)]
    matchers = [(k, Matcher(k, cycle=session.kinds.lifecycle_of(k))) for k in kinds]
    called, best = _called(kinds), dict[str, float]()
    for each in sheets:
        for name, score in _scores_of(each, matchers, called).items():
            best[name] = max(best.get(name, 0.0), score)
    return {name: best[name] + 2 * (session.kinds.get(name).label in stem) for name in best}


def _scores_of(
    each: ForeignSheet, matchers: Sequence[tuple[Kind, Matcher]], called: Mapping[str, float]
) -> dict[str, float]:
    """The same of one sheet; a trifle less for a ledger of many fields."""
    first, last = _head(each, [matcher for _, matcher in matchers])
    above = "".join(text for row in each.rows[: first - 1] for text in row)
    said, out = _words(above + each.name), {}
    for kind, matcher in matchers:
        found = at_rows(each.rows, each.sheet.merges, first, last, matcher)
        if len(found.mapping) >= _LEAST:
            spoken = sum(called[word] for word in said & _called_words(kind))
            more = _of_title(kind, matcher, found) - len(kind.all_fields) / 1000
            out[kind.name] = found.score + spoken + more
    return out


def _of_title(kind: Kind, matcher: Matcher, found: Headings) -> float:
    """What it is worth that a heading is what the ledger calls its items."""
    title = kind.field(kind.title)
    called = (matcher.called(found.headings[at], title) for at, name in found.mapping.items()
              if name == title.name)  # fmt: skip
    return _TITLE if max(called, default=0.0) >= _SAME else 0.0


def _head(each: ForeignSheet, matchers: Collection[Matcher]) -> tuple[int, int]:
    """The row (from 1) in which the most texts could be headings, and the one below where the head
    goes on there."""
    rows = each.rows[:SEARCH_ROWS]
    counts = [
        sum(bool(meanings(text)) or any(m.is_called(text) for m in matchers)
            for text in row if text and len(text) <= LONGEST)
        for row in rows
    ]  # fmt: skip
    at = max(range(len(rows)), key=lambda n: (counts[n], -n), default=0)
    goes_on = any(r1 == at and (r2 > at or c2 > c1) for r1, c1, r2, c2 in each.sheet.merges)
    return at + 1, min(at + 1 + goes_on, len(each.rows))


def _words(text: str) -> set[str]:
    """Every two characters that stand side by side."""
    return {text[n : n + 2] for n in range(len(text) - 1)}


def _called_words(kind: Kind) -> set[str]:
    return _words(kind.label) | _words(kind.field(kind.title).label)


def _called(kinds: Sequence[Kind]) -> dict[str, float]:
    """Word → what it is worth that a ledger is called so: less, the more are."""
    many = Counter(word for kind in kinds for word in _called_words(kind))
    return {word: 1 / count for word, count in many.items()}


def sender_of(session: Session, book: ForeignBook) -> str:
    """The unit that the file's name or its title lines name, as it is called; "" when none."""
    names = {}
    for unit in session.names.units().values():
        for text in (unit.name, unit.short):
            if text:
                names[text] = unit.name
    return foreign_rows.said_sender(names, book.file, book.sheets)
