"""One search over everything: a contentless FTS5 table of single characters and bigrams, fed from
the write path.

One and two characters and up are found in 0.1–2 ms over 1M rows, where LIKE takes 30–300 and
trigrams find nothing below three. The table knows which bigrams a record holds, not their order
(detail=none), so longer terms are checked against the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from operator import add

from db.model.context import Connection
from db.model.declarations import Kind
from db.model.fieldtypes import type_of
from db.model.pinyin import keys_from_each
from db.model.records import Record

_WORD = re.compile(r"[a-z0-9]+")
_CJK = re.compile(r"[^\W\d_a-z]+")
_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]+")
#: First letters that keep pinyin apart from what was written: initials, full syllables.
_INITIALS, _FULL = "1i", "1f"
#: A title is found by pinyin from each of its first characters on, and by so many characters.
_TITLE_STARTS, _TITLE_CHARS = 10, 8
#: Characters of one term that are looked for; the parser of the index gives up at some thousands of
#: bigrams.
_LONGEST_TERM = 200
#: How many parts of the table there may be of one size before a save joins some, and all of them:
#: by SQLite's own measure (4 and 16) every sixteenth save did more of that than of anything else.
_JOINED = {"automerge": 8, "crisismerge": 64}


def folded(text: str) -> str:
    """Width, case and composition made equal, as both sides of a comparison need it."""
    return unicodedata.normalize("NFKC", text).lower()


def _pieces(text: str) -> set[str]:
    plain = folded(text)
    found: set[str] = set(_WORD.findall(plain))
    for run in _CJK.findall(plain):
        found.update(run, map(add, run, run[1:]))
    return found


def text_of(kind: Kind, record: Record) -> str:
    """All text of a record that search looks at."""
    parts: list[str] = []
    for field in kind.all_fields:
        value = record.values.get(field.name)
        # what the program keeps for itself is no text to find
        if value is None or (field.computed and not field.show):
            continue
        if type_of(field).plain_text:
            parts.append(value)
        elif type_of(field).holds_files:
            parts.extend(a.name for a in value)
    return "\n".join(parts)


def tokens(kind: Kind, record: Record) -> str:
    """What is fed into the table for one record."""
    found = _pieces(text_of(kind, record))
    title = record.values.get(kind.title)
    if isinstance(title, str):
        found.update(keys_from_each(title, _TITLE_STARTS, _TITLE_CHARS, (_INITIALS, _FULL)))
    return " ".join(found)


# -- rows of the table -----------------------------------------------------------------------------
#
# A row has the number of its kind in the upper half of its own, and that of its record in the
# lower: what a search finds is known without a look elsewhere, and those of a kind lie together.

_UPPER = 32
#: No record of a kind has a later number.
LAST = (1 << _UPPER) - 1
#: SQL for the number of the record of a row.
RECORD = f"rowid & {LAST}"
#: SQL for the number before that of the first record of a kind; asks for its name.
BEFORE = f"(SELECT id << {_UPPER} FROM search_kinds WHERE kind = ?)"
#: SQL that the rows of a kind meet; asks for its name twice.
OF_KIND = f"rowid BETWEEN {BEFORE} AND {BEFORE} + {LAST}"


def before(connection: Connection, kind: str) -> int:
    """The number before that of the first record of a kind; of one that has none in the table, one
    with none behind it."""
    row = connection.execute(f"SELECT coalesce({BEFORE}, 0)", (kind,)).fetchone()
    return int(row[0])


def index(connection: Connection, kind: Kind, records: Sequence[Record]) -> None:
    """(Re)index records of one kind, some hundred at most, inside the writer's transaction. Deleted
    records stay findable for the recycle bin."""
    start = before(connection, kind.name)
    if not start:
        connection.execute("INSERT INTO search_kinds (kind) VALUES (?)", (kind.name,))
        start = before(connection, kind.name)
    connection.executemany(
        "INSERT OR REPLACE INTO search (rowid, body) VALUES (?, ?)",
        ((start + record.id, tokens(kind, record)) for record in records),
    )


def tune(connection: Connection) -> None:
    """Have the table join its parts as ``_JOINED`` says, where it does not yet."""
    kept = dict(connection.execute("SELECT k, v FROM search_config"))
    for name, parts in _JOINED.items():
        if kept.get(name) != parts:
            connection.execute("INSERT INTO search (search, rank) VALUES (?, ?)", (name, parts))


def join(connection: Connection, pages: int, begun: bool) -> bool:
    """Join about so many pages more of all parts of the table into one; whether any were left to
    join. ``begun``: it goes on with what it began."""
    (before,) = connection.execute("SELECT total_changes()").fetchone()
    connection.execute(
        "INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages if begun else -pages,)
    )
    (after,) = connection.execute("SELECT total_changes()").fetchone()
    return bool(after - before > 1)  # one is the command itself


def match_of(term: str) -> str | None:
    """The FTS5 query of one term; None when it holds nothing that can be looked for."""
    plain = folded(term)
    if plain.isascii() and plain.isalpha():
        return f'"{plain}"* OR "{_INITIALS}{plain}"* OR "{_FULL}{plain}"*'
    parts: list[str] = [f'"{word}"*' for word in _WORD.findall(plain)]
    for run in _CJK.findall(plain):
        pieces = [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
        parts += [f'"{piece}"' for piece in pieces]
    return " AND ".join(parts) if parts else None


def pairs_of(term: str) -> list[str]:
    """The pairs of neighbours of a term of more than two ideographs alone: whatever text holds the
    term holds each of them, and whether it does is looked up in the text."""
    plain = folded(term)
    if len(plain) <= 2 or not _IDEOGRAPHS.fullmatch(plain):
        return []
    return [*dict.fromkeys(plain[i : i + 2] for i in range(len(plain) - 1))]


def needs_check(term: str) -> bool:
    """Whether the table alone may find too much: two bigrams may stand apart in the text."""
    plain = folded(term)
    return not (plain.isascii() and plain.isalpha()) and not (
        len(plain) <= 2 and _CJK.fullmatch(plain)
    )


def terms_of(text: str) -> list[str]:
    """What a person typed, parted at blanks; all terms must be found. Of a pasted page, as much as
    a statement can hold."""
    return [t[:_LONGEST_TERM] for t in re.split(r"[\s\u3000]+", text.strip()) if t][:8]
