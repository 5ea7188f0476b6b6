"""What the navigation lists for the person who is logged in: sections, each with its tabs."""

from __future__ import annotations

from dataclasses import dataclass

from db.session import Session
from desktop.ui.kit.used_places import LEDGER
from desktop.ui.pages import PAGES, SECTIONS, Section, ledger_label, section_of


@dataclass(frozen=True)
class Entry:
    """What a tab opens: a page or a ledger."""

    key: str
    label: str
    family: str = ""
    """Of a ledger."""
    found_by: str = ""
    """What else it is found by: pinyin initials and earlier names."""


@dataclass(frozen=True)
class SectionEntries:
    """A section as this person sees it."""

    section: Section
    entries: tuple[Entry, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(entry.key for entry in self.entries)


def sections_for(session: Session) -> list[SectionEntries]:
    """The sections in which this person has a page or a ledger, pages before ledgers."""
    found = []
    ledgers = _ledgers(session)
    for section in SECTIONS:
        entries = [*_pages(session, section), *ledgers.get(section.id, ())]
        if entries:
            found.append(SectionEntries(section, tuple(entries)))
    return found


def _pages(session: Session, section: Section) -> list[Entry]:
    role, books = session.user.role, {"", *(book.name for book in session.books)}
    return [
        Entry(page.id, page.label, found_by=" ".join((page.pinyin, *page.renamed_from)))
        for page in PAGES
        if page.section == section.id and role in page.roles and page.book in books
    ]


def _ledgers(session: Session) -> dict[str, list[Entry]]:
    """By section."""
    found: dict[str, list[Entry]] = {}
    for family, kinds in session.kinds.families().items():
        for kind in kinds:
            if session.opens(kind.name):
                entry = Entry(LEDGER + kind.name, ledger_label(kind), family)
                found.setdefault(section_of(kind).id, []).append(entry)
    return found

