"""What the navigation lists for the person who is logged in."""

from __future__ import annotations

from db.session import Session
from desktop.ui.app.navigation import Entry
from desktop.ui.pages import PAGES

LEDGER = "ledger:"
"""Before the name of a kind: the key of its ledger."""


def entries_for(session: Session) -> list[Entry]:
    """The pages and ledgers of this person, ledgers with the pages of their family."""
    role = session.user.role
    books = {book.name for book in session.books}
    pages = [
        p for p in PAGES if p.listed and role in p.roles and (not p.book or p.book in books)
    ]
    families = session.kinds.families()
    found = [Entry(p.id, p.label, p.icon, "") for p in pages if not p.section]
    for family, kinds in families.items():
        found += [Entry(p.id, p.label, p.icon, family) for p in pages if p.section == family]
        readable = [k for k in kinds if session.opens(k.name)]
        found += [
            Entry(LEDGER + k.name, k.label, k.icon.removeprefix("mdi6."), family) for k in readable
        ]
    return found + [
        Entry(p.id, p.label, p.icon, p.section)
        for p in pages
        if p.section and p.section not in families
    ]
