"""What of a book is no record and yet decides: settings of the office, and the program's
lifecycles. Each change of them is noted in the log, signed like everything there, so that what was
written past the program is told even where its seal was made anew with the key in the book.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

import msgspec

from db.model import declaration_files, settings
from db.store import schema
from db.store.offices import is_own_site

if TYPE_CHECKING:
    from db.store.book_protocol import BookFile

#: Rows of the log: settings as digests; lifecycles as their declarations.
SETTINGS, RULES = "settled", "lifecycles"
#: The settings that are noted, with what they are called.
NOTED = {
    each.key: each
    for each in (
        settings.OFFICE_NAME, settings.LEVEL, settings.OWN_UNIT, settings.WORKDAYS,
        settings.BACK_DATING, settings.UNIT_CLAIMS,
    )
}
#: Together in one change alone that notes all that stands: the first of a book, or a repair.
WHOLE = frozenset({settings.OFFICE_NAME.key, settings.WORKDAYS.key})
#: Under it the book keeps the digest of the lifecycles noted last; whoever takes it away has them
#: noted once more.
_KNOWN = "lifecycles_noted"


#: What else is noted begins so: an office with the unit it is taken for, its name, whose a site is;
#: what was sent and taken in, each value that waits for a decision; by which rules a book is
#: written (``schema.RULES``).
OFFICE, NAMED, SITE, EXPORT, IMPORT, CONFLICT, MARK = ELSE = (
    "office:", "named:", "site:", "export:", "import:", "conflict:", "rules:",
)
#: Noted with the first change of a book: all that is exchanged here is noted.
EXCHANGE = "exchange"
#: By what it begins with: its table, the columns that count, what people call it and one by.
_EXCHANGED = {
    EXPORT: (
        "exports", "at, by, file_name, sha256, kinds, unit, rows, details", "导出", "file_name",
    ),
    IMPORT: (
        "imports",
        "at, by, file_name, sha256, export_id, sender, counts, report, change_id, undone_by",
        "导入", "file_name",
    ),
    CONFLICT: (
        "conflicts",
        "kind, uid, field, base, theirs, vector, import_id, sender, created_at, status,"
        " decided_by, decided_at, choice, why, authors", "待处理的冲突", "'第 ' || id || ' 条'",
    ),
}


def value(book: BookFile, name: str) -> str:
    """What is noted of something, as it stands."""
    if name.startswith(OFFICE):
        return _cell(book, "SELECT unit FROM offices WHERE uid = ?", name.removeprefix(OFFICE))
    if name.startswith(NAMED):
        return _cell(book, "SELECT name FROM offices WHERE uid = ?", name.removeprefix(NAMED))
    if name == MARK:
        return book.meta(schema.RULES_KEY) or ""
    if name.startswith(SITE):
        return _cell(
            book,
            "SELECT CASE WHEN o.id = 1 THEN 'own' ELSE o.uid END FROM sites s JOIN offices o ON"
            " o.id = s.office WHERE s.name = ?", name.removeprefix(SITE),
        )
    if name == EXCHANGE:
        return EXCHANGE
    if name.startswith(tuple(_EXCHANGED)):
        return _exchanged(book, name)
    setting = NOTED[name]
    text = (book.meta(name) if setting.scope == "fact" else book.setting(name)) or ""
    if name == settings.UNIT_CLAIMS.key:
        text = _answered(text)
    return hashlib.sha256(text.encode()).hexdigest()[:32] if text else ""


def called(book: BookFile, name: str) -> str:
    """What people call it."""
    if name.startswith(OFFICE):
        other = book.offices.by_uid(name.removeprefix(OFFICE))
        return f"设置「往来单位“{other.name if other is not None else name}”是哪个单位」"
    if name.startswith(NAMED):
        other = book.offices.by_uid(name.removeprefix(NAMED))
        return f"往来单位“{other.name if other is not None else name}”的名称"
    if name == MARK:
        return "台账由哪一版规则写成的标记"
    if name.startswith(tuple(_EXCHANGED)):
        sort, row = _row_of(name)
        table, _, word, title = _EXCHANGED[sort]
        there = _cell(book, f"SELECT {title} FROM {table} WHERE id = ?", row)
        return f"{word}「{there or row}」的登记"
    return f"设置「{'往来单位的站点' if name.startswith(SITE) else NOTED[name].label}」"


def act(name: str) -> str:
    """What somebody must be allowed to do to settle it."""
    if name == EXCHANGE or name.startswith(ELSE):
        return "import"
    return "units" if name == settings.UNIT_CLAIMS.key else "settings"


def unsigned_offices(book: BookFile, noted: Container[str]) -> Iterator[str]:
    """Offices and sites that stand in a book and that no change has noted."""
    connection = book.connection
    for (uid,) in connection.execute("SELECT uid FROM offices WHERE id > 1"):
        if OFFICE + uid not in noted:
            yield OFFICE + uid
            yield NAMED + uid
    for site, office in connection.execute("SELECT name, office FROM sites"):
        of_own_name = is_own_site(book.audit_key, site)
        if SITE + site not in noted and office != (1 if of_own_name else None):
            yield SITE + site
    if EXCHANGE in noted:
        for sort, (table, *_) in _EXCHANGED.items():
            for (row,) in connection.execute(f"SELECT id FROM {table}"):
                if f"{sort}{row}" not in noted:
                    yield f"{sort}{row}"


def exchange_rows(book: BookFile) -> Iterator[str]:
    """All that a book keeps of what was sent and taken in."""
    yield from unsigned_offices(book, {EXCHANGE})
    yield from (EXCHANGE, MARK)


def _row_of(name: str) -> tuple[str, str]:
    sort, _, row = name.partition(":")
    return f"{sort}:", row


def _exchanged(book: BookFile, name: str) -> str:
    sort, row = _row_of(name)
    table, columns, *_ = _EXCHANGED[sort]
    cursor = book.connection.execute(f"SELECT {columns} FROM {table} WHERE id = ?", (row,))
    found = cursor.fetchone()
    return hashlib.sha256(repr(found).encode()).hexdigest()[:32] if found is not None else ""


def _cell(book: BookFile, sql: str, name: str) -> str:
    row = book.connection.execute(sql, (name,)).fetchone()
    return str(row[0] or "") if row is not None else ""


def _answered(text: str) -> str:
    """The claims that somebody has answered: an import may add questions."""
    try:
        claims = settings.UNIT_CLAIMS.read(text or "{}")
        said = {
            office: {unit: yes for unit, yes in units.items() if yes is not None}
            for office, units in claims.items()
        }
    except (ValueError, AttributeError):
        return text
    return msgspec.json.encode({o: u for o, u in said.items() if u}, order="sorted").decode()


def lifecycles(book: BookFile) -> str:
    """The declarations of the program's lifecycles that this book's ledgers go through, where they
    are others than were noted last; "" where they are the same."""
    used = {kind.lifecycle for kind in book.kinds.in_book(book.name)}
    cycles = {c.name: declaration_files.encode(c) for c in book.kinds.lifecycles if c.name in used}
    text = msgspec.json.encode(cycles, order="sorted").decode()
    return "" if book.meta(_KNOWN) == _digest(text) else text


def note_lifecycles(book: BookFile, text: str) -> None:
    """They are noted now, in the running transaction."""
    book.set_meta(**{_KNOWN: _digest(text)})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
