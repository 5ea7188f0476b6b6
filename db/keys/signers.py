"""Whoever is logged in signs what they change in a book."""

from __future__ import annotations

from db.keys.keyfile import KeyFile
from db.keys.users import Unlocked
from db.store.book import Book
from db.store.signing import Signer


def sign_as(keys: KeyFile, book: Book, who: Unlocked) -> None:
    """From now on this person's changes of the book are signed as theirs."""
    if who.own is None:
        book.signers.pop(who.user, None)
        return
    mine = [line for line in keys.history if line.name == who.user]
    mark = mine[-1].since.get(book.name) if mine else None
    for line in reversed(mine):  # a role may have changed since with the key staying
        if line.verify_key != mine[-1].verify_key:
            break
        mark = line.since.get(book.name)
    since = mark.change if mark is not None else 0
    signer = book.signers[who.user] = Signer(who.user, who.own, keys.office_id, book.name, since)
    signer.administers = who.role == "administrator"
