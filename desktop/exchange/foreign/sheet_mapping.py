"""What the columns of a foreign sheet are: said by a person, remembered, or found by their
headings."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.exchange.foreign import card_layouts, mapping_memory
from desktop.exchange.foreign.column_facts import column_facts
from desktop.exchange.foreign.column_matching import Evidence
from desktop.exchange.foreign.dated_progress import in_turn
from desktop.exchange.foreign.foreign_rows import ForeignBook, ForeignSheet, Rows, may_be_item
from desktop.exchange.foreign.foreign_rows import number as number_of
from desktop.exchange.foreign.headings import SEARCH_ROWS, Headings, Matcher, at_rows, find
from desktop.exchange.foreign.ledger_detection import sender_of
from desktop.exchange.foreign.states import STATE, history_columns
from desktop.exchange.foreign.table_parts import Part, first_heading, parts
from desktop.exchange.plan.parsed_row import is_blank


class Wishes(msgspec.Struct, frozen=True):
    """What a person said about a foreign workbook. Nothing said: the program's own proposal, as far
    as it has one."""

    #: sheet → heading → field, "" for a column that is not read
    mapping: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    #: sheet → first and last heading row, from 1
    heads: Mapping[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    sender: str | None = None
    hidden_too: bool = False
    #: field → its value in every row that has none
    constants: Mapping[str, str] = msgspec.field(default_factory=dict)


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
        self.evidence = Evidence(session, kind)
        self._cycle = session.kinds.lifecycle_of(kind)
        self._may_be = {f.name for f in (*kind.all_fields, *history_columns(kind, self._cycle))}

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
                self.kind, {**self._earlier, **table, **said}, self._cycle
            )
        return known_matcher

    def upright(self, each: ForeignSheet) -> ForeignSheet:
        """The sheet as a table, where it is made of cards or lies on its side."""
        if each.name in self.wishes.heads or each.name in self.tables:
            return each
        matcher = self.matcher(each.name)
        table = find(each.rows, each.sheet.merges, matcher)
        return card_layouts.upright(each, matcher, self.kind.title, table)

    def found(self, each: ForeignSheet, *, forced: bool = False) -> Headings | None:
        """The heading of a sheet: where the person put it, where it stood before, or where it is
        found.

        ``forced`` takes what little there is, so that a person has something to correct."""
        matcher, merges = self.matcher(each.name), each.sheet.merges
        head = self.wishes.heads.get(each.name)
        if head is None and each.name in self.tables:
            head = self.tables[each.name].rows
        if head is not None and 1 <= head[0] <= head[1] <= len(each.rows):
            found: Headings | None = at_rows(each.rows, merges, head[0], head[1], matcher)
        else:
            found = find(each.rows, merges, matcher)
            if found is None and forced:
                found = self._guess(each, matcher)
            elif found is not None:
                found = first_heading(each, found, matcher, self.kind.title)
        return self._judged(each, found, len(each.rows)) if found is not None else None

    def _judged(self, each: ForeignSheet, found: Headings, last: int) -> Headings:
        """The columns of a table as all the evidence says, and then as a person does."""
        judged = self.evidence.judge(
            self.matcher(each.name),
            column_facts(found, each.rows, last, lambda n: may_be_item(each.rows[n - 1])),
        )
        found.mapping = judged.mapping
        self._add_days(found, self.matcher(each.name))
        found.scores = {at: taken.sure for at, taken in judged.columns.items()}
        found.why = {at: taken.why for at, taken in judged.columns.items()}
        said = self.wishes.mapping.get(each.name)
        if said is not None:
            found.mapping = self._as_said(found, said)
        return found

    def _add_days(self, found: Headings, matcher: Matcher) -> None:
        """Columns that say the same of other days belong to the field of the one that is read."""
        for at, name in list(found.mapping.items()):
            if (
                name in self._may_be
                and name != STATE.name
                and type_of(self.kind.field(name)).multiline
            ):
                found.mapping |= {
                    other: name for other in in_turn(found.headings, at)
                    if other not in found.mapping and not matcher.left_out(found.headings[other])
                }

    def _as_said(self, found: Headings, said: Mapping[str, str]) -> dict[int, str]:
        """The columns as a person chose them, the others as found; no field twice."""
        chosen = {
            at: said.get(text, found.mapping.get(at, "")) for at, text in found.headings.items()
        }
        mapping: dict[int, str] = {}
        for at, name in sorted(
            chosen.items(), key=lambda pair: found.headings[pair[0]] not in said
        ):
            known = name in self._may_be
            if name and known and name not in mapping.values():
                mapping[at] = name
        return mapping

    @staticmethod
    def _guess(each: ForeignSheet, matcher: Matcher) -> Headings | None:
        """The first row that looks like headings though it says nothing known: several different
        short texts, no figures."""
        for number, row in enumerate(each.rows[:SEARCH_ROWS], 1):
            texts = [text.strip() for text in row if not is_blank(text)]
            if len(set(texts)) >= 2 and all(len(t) <= 20 and number_of(t) is None for t in texts):
                return at_rows(each.rows, each.sheet.merges, number, number, matcher)
        return None

    def parts(self, each: ForeignSheet, found: Headings) -> list[tuple[Part, Rows]]:
        """The tables of a sheet, each with what tells its rows apart."""
        return [
            (
                part,
                Rows(
                    each, part.found, self.kind, hidden_too=self.wishes.hidden_too, last=part.last,
                    columns=part.columns,
                ),
            )
            for part in parts(each, found, self.matcher(each.name), self.kind.title, self._judged)
        ]
