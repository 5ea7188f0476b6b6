"""What the columns of a foreign sheet are: said by a person, remembered, or found by their
headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.model.declarations import Kind
from db.session import Session
from desktop.exchange.foreign import mapping_memory
from desktop.exchange.foreign.foreign_rows import ForeignBook, ForeignSheet, Rows
from desktop.exchange.foreign.foreign_rows import number as number_of
from desktop.exchange.foreign.headings import SEARCH_ROWS, Found, Matcher, at_rows, find
from desktop.exchange.foreign.ledger_detection import sender_of
from desktop.exchange.foreign.table_parts import Part, parts
from desktop.exchange.plan.row_parser import is_blank


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said about a foreign workbook. Nothing said: the program's own proposal, as far
    as it has one."""

    #: sheet → heading → field, "" for a column that is not read
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: sheet → first and last heading row, from 1
    heads: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    sender: str | None = None
    hidden_too: bool = False


class SheetMapping:
    """Made once per file and ledger."""

    def __init__(self, session: Session, kind: Kind, wishes: Wishes, book: ForeignBook) -> None:
        self.kind, self.wishes = kind, wishes
        self._sender = wishes.sender if wishes.sender is not None else sender_of(session, book)
        known = mapping_memory.recognise(session, book.sheets, kind=kind.name, sender=self._sender)
        #: the remembered tables that sheets are
        self.tables = {table.sheet: table for table in known}
        self._earlier = mapping_memory.remembered(session, kind.name, self._sender)
        self._matchers: dict[str, Matcher] = {}

    def matcher(self, sheet: str) -> Matcher:
        """What is known of headings in a sheet: general, of this sender, of this very table, said
        just now."""
        known_matcher = self._matchers.get(sheet)
        if known_matcher is None:
            known = self.tables[sheet].table if sheet in self.tables else None
            table = known.headings if known is not None else {}
            if known is not None and self._sender and known.sender != self._sender:
                # what others leave out, this one may not
                table = {heading: name for heading, name in table.items() if name}
            said = self.wishes.mapping.get(sheet, {})
            known_matcher = self._matchers[sheet] = Matcher(
                self.kind, {**self._earlier, **table, **said}
            )
        return known_matcher

    def found(self, each: ForeignSheet, *, forced: bool = False) -> Found | None:
        """The heading of a sheet: where the person put it, where it stood before, or where it is
        found.

        ``forced`` takes what little there is, so that a person has something to correct."""
        matcher, merges = self.matcher(each.name), each.sheet.merges
        head = self.wishes.heads.get(each.name)
        if head is None and each.name in self.tables:
            head = self.tables[each.name].rows
        if head is not None and 1 <= head[0] <= head[1] <= len(each.rows):
            found: Found | None = at_rows(each.rows, merges, head[0], head[1], matcher)
        else:
            found = find(each.rows, merges, matcher)
            if found is None and forced:
                found = self._guess(each, matcher)
        said = self.wishes.mapping.get(each.name)
        if found is not None and said is not None:
            found.mapping = self._as_said(found, said)
        return found

    def _as_said(self, found: Found, said: Mapping[str, str]) -> dict[int, str]:
        """The columns as a person chose them, the others as found; no field twice."""
        chosen = {
            at: said.get(text, found.mapping.get(at, "")) for at, text in found.headings.items()
        }
        mapping: dict[int, str] = {}
        for at, name in sorted(
            chosen.items(), key=lambda pair: found.headings[pair[0]] not in said
        ):
            if name and self.kind.has(name) and name not in mapping.values():
                mapping[at] = name
        return mapping

    @staticmethod
    def _guess(each: ForeignSheet, matcher: Matcher) -> Found | None:
        """The first row that looks like headings though it says nothing known: several different
        short texts, no figures."""
        for number, row in enumerate(each.rows[:SEARCH_ROWS], 1):
            texts = [text.strip() for text in row if not is_blank(text)]
            if len(set(texts)) >= 2 and all(len(t) <= 20 and number_of(t) is None for t in texts):
                return at_rows(each.rows, each.sheet.merges, number, number, matcher)
        return None

    def score(self, each: ForeignSheet, found: Found, at: int) -> float:
        """How sure it is what a column is: 0 to 1, over 1 when a person said so before."""
        name = found.mapping.get(at, "")
        scores = self.matcher(each.name).scores(found.headings[at])
        return next((score for score, other in scores if other == name), 0.5 if name else 0.0)

    def parts(self, each: ForeignSheet, found: Found) -> list[tuple[Part, Rows]]:
        """The tables of a sheet, each with what tells its rows apart."""
        return [
            (
                part,
                Rows(
                    each, part.found, self.kind, hidden_too=self.wishes.hidden_too, last=part.last,
                    columns=part.columns,
                ),
            )
            for part in parts(each, found, self.matcher(each.name), self.kind.title)
        ]
