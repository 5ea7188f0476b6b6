"""Settings and facts of a book are sealed as the program writes them, so that what was written past
it is named.

The seals stand in a setting of their own: key → HMAC of key and value under the key of the audit
chain. What changes with every opening or write (``PASSING``) and half-typed entries (``DRAFT``) are
not sealed. A book of an earlier program is sealed at its first such write from now on.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from db.model.settings import DRAFT, LABELLED
from db.store import essentials_copy

if TYPE_CHECKING:
    from db.store.book_protocol import BookFile

KEY, FACT = "seals", "fact:"
PASSING = frozenset({
    "audit_key", "counter", "fingerprint", "folder_mark", "key_serial",
    "lifecycles_noted", "opening", "openings",
    "restored_flag", "rules", "settled_pairs", "sighted", "site", "spans",
})
_WORDS = {(FACT if each.scope == "fact" else "") + each.key: each.label for each in LABELLED}


def seal_written(book: BookFile, written: Mapping[str, str]) -> None:
    """Seal what was just written, inside the transaction that wrote it. Facts of the book begin
    with ``FACT``."""
    wanted = {name: value for name, value in written.items() if _sealed(name)}
    if not wanted:
        return
    text = book.setting(KEY)
    seals: dict[str, str] = (
        msgspec.json.decode(text)
        if text
        else {n: _seal(book, n, v) for n, v in _standing(book).items()}
    )
    seals |= {name: _seal(book, name, value) for name, value in wanted.items()}
    book.writer.execute(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (KEY, msgspec.json.encode(seals).decode()),
    )


def broken(book: BookFile) -> Iterator[str]:
    """A sentence for each setting that the program did not write as it stands; none for a book that
    was never sealed."""
    text = book.setting(KEY)
    if not text:
        return
    try:
        seals: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        yield "各项设置的封记被改动过，设置是否原样无从核对。请逐项核对设置，再恢复最近的备份。"
        return
    standing = _standing(book)
    for name in sorted(standing.keys() | seals.keys()):
        word = _WORDS.get(name) or name.removeprefix(FACT)
        if name not in standing:
            yield f"设置「{word}」不见了，不是由程序删去的。"
        elif name not in seals:
            yield f"设置「{word}」不是由程序写入的，请核对。"
        elif not hmac.compare_digest(str(seals[name]), _seal(book, name, standing[name])):
            yield f"设置「{word}」被改动过，不是由程序写入的，请核对。"


def _sealed(name: str) -> bool:
    passing = name in (KEY, essentials_copy.KEY) or name.removeprefix(FACT) in PASSING
    return not passing and not name.startswith(DRAFT)


def renew(book: BookFile) -> None:
    """Seal what stands, after a repair: what is gone is not missed any more."""
    seals = {name: _seal(book, name, value) for name, value in _standing(book).items()}
    book.writer.execute(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (KEY, msgspec.json.encode(seals).decode()),
    )


def _standing(book: BookFile) -> dict[str, str]:
    rows = [*book.connection.execute("SELECT key, value FROM settings")]
    rows += [
        (f"{FACT}{key}", value or "")
        for key, value in book.connection.execute("SELECT key, value FROM meta")
    ]
    return {key: value for key, value in rows if _sealed(key)}


def _seal(book: BookFile, name: str, value: str) -> str:
    return hmac.digest(book.audit_key, f"{name}\x1f{value}".encode(), "sha256").hex()[:24]
