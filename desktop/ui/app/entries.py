"""What the navigation lists for the person who is logged in."""

from __future__ import annotations

from db.session import Session
from desktop.ui.app.navigation import Entry
from desktop.ui.pages import PAGES, PageEntry

LEDGER = "ledger:"
"""Before the name of a kind: the key of its ledger."""


def entries_for(session: Session) -> list[Entry]:
    """The pages and ledgers of this person, ledgers with the pages of their family."""
    pages = _pages_for(session)
    families = session.kinds.families()
    found = [_entry(p) for p in pages if not p.section]
    for family, kinds in families.items():
        found += [_entry(p) for p in pages if p.section == family]
        found += [
            Entry(LEDGER + k.name, k.label, k.icon.removeprefix("mdi6."), family)
            for k in kinds if session.opens(k.name)
        ]
    return found + [_entry(p) for p in pages if p.section not in ("", *families)]


def _pages_for(session: Session) -> list[PageEntry]:
    role, books = session.user.role, {"", *(book.name for book in session.books)}
    return [p for p in PAGES if p.listed and role in p.roles and (p.book or "") in books]





def _entry(page: PageEntry) -> Entry:
    return Entry(page.id, page.label, page.icon, page.section)
