"""What a person once said about foreign tables, kept in the book: sender by sender, so that next
month's file maps itself.

Two things are remembered. Of each table taken in: which ledger it is, who sent it, and what became
of each of its headings (also that one is not read). And over all senders, which field a heading
means, for tables that were not seen before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from db.model.declarations import Kind
from db.model.settings import FOREIGN_HEADINGS, FOREIGN_TABLES
from db.session import Session
from desktop.exchange.foreign.foreign_rows import ForeignSheet
from desktop.exchange.foreign.headings import MOST_HEADER_ROWS, SEARCH_ROWS, headings_at
from desktop.exchange.format.columns import plain
from desktop.exchange.format.exchange_tables import Json

MOST_TABLES = 300
#: Share of a remembered table's headings that must be there again for it to be known; the rest may
#: be renamed or gone.
ENOUGH = 0.6


class Table(msgspec.Struct, frozen=True):
    """One table as it was taken in: ``headings`` → field, "" for a column that is not read;
    ``height``: lines of its heading."""

    kind: str
    sender: str
    sheet: str
    headings: dict[str, str]
    height: int = 1
    at: str = ""

    @staticmethod
    def of_sheet(kind: str, sender: str, sheet: Json) -> Table:
        """As a plan tells of a sheet that it read."""
        headings = {**dict.fromkeys(sheet["unmapped"], ""), **sheet["mapping"]}
        return Table(kind, sender, sheet["sheet"], headings, len(sheet["header_rows"]))


class Known(msgspec.Struct, frozen=True):
    """A sheet that looks like a remembered table: its heading rows (from 1, first and last), and
    how much of it is there."""

    table: Table
    sheet: str
    rows: tuple[int, int]
    share: float


def tables(session: Session) -> list[Table]:
    """All remembered tables, the latest first."""
    return msgspec.convert(FOREIGN_TABLES.of(session.office), list[Table])


def remembered(session: Session, kind: str, sender: str = "") -> dict[str, str]:
    """Heading → field as confirmed for this ledger: what this sender's tables said goes before what
    others' did."""
    kept = FOREIGN_HEADINGS.of(session.office)
    out = dict(kept.get(kind, {}))
    for table in reversed(tables(session)):
        if table.kind == kind and table.sender == sender:
            out |= table.headings
    # what stood for the title of one table is in another what it is called
    declared = session.kinds.get(kind)
    called = {plain(field.label) for field in declared.all_fields if field.name != declared.title}
    return {
        heading: name for heading, name in out.items()
        if name != declared.title or plain(heading) not in called
    }


def remember(session: Session, table: Table) -> None:
    """Keep what a table said that was taken in."""
    kept = FOREIGN_HEADINGS.of(session.office)
    meant = {heading: name for heading, name in table.headings.items() if name}
    kept[table.kind] = {**kept.get(table.kind, {}), **meant}
    FOREIGN_HEADINGS.save(session.office, kept)
    table = msgspec.structs.replace(table, at=session.today.isoformat())
    place = (table.kind, table.sender, table.sheet)
    others = [t for t in tables(session) if (t.kind, t.sender, t.sheet) != place]
    FOREIGN_TABLES.save(session.office, msgspec.to_builtins([table, *others][:MOST_TABLES]))


def recognise(
    session: Session, sheets: Sequence[ForeignSheet], *, kind: str | None = None, sender: str = ""
) -> list[Known]:
    """Which remembered tables these sheets are: all of one ledger and sender, the one that fits
    best; empty when none does."""
    known = [t for t in tables(session) if kind in (None, t.kind) and _may_fill(session, t.kind)]
    best: dict[tuple[str, str], dict[str, Known]] = {}
    for each in sheets:
        windows = list(_windows(each))
        for table in known:
            found = _best(session.kinds.get(table.kind), table, each.name, windows)
            if found is not None:
                group = best.setdefault((table.kind, table.sender), {})
                if each.name not in group or group[each.name].share < found.share:
                    group[each.name] = found

    def rank(key: tuple[str, str]) -> tuple[bool, float, int]:
        order = next(n for n, t in enumerate(known) if (t.kind, t.sender) == key)
        return key[1] == sender, round(sum(k.share for k in best[key].values()), 2), -order

    return list(best[max(best, key=rank)].values()) if best else []


def _may_fill(session: Session, kind: str) -> bool:
    return kind in session.kinds and session.may_write(kind)


def _windows(each: ForeignSheet) -> Iterator[tuple[int, int, frozenset[str]]]:
    """First row, height and plain headings of every place where a heading could stand."""
    for top in range(min(len(each.rows), SEARCH_ROWS)):
        for height in range(1, MOST_HEADER_ROWS + 1):
            # a head that is merged over two lines is not known by its first alone
            cut = any(top <= r1 < top + height <= r2 for r1, _, r2, _ in each.sheet.merges)
            if top + height <= len(each.rows) and not cut:
                found = headings_at(each.rows, each.sheet.merges, top, height)
                words = frozenset(plain(text) for text in found.values())
                if len(words) >= 2:
                    yield top, height, words


def _best(
    kind: Kind, table: Table, sheet: str, windows: Sequence[tuple[int, int, frozenset[str]]]
) -> Known | None:
    wanted = {plain(heading) for heading in table.headings}
    needed = {plain(heading) for heading, name in table.headings.items() if name == kind.title}
    title = plain(kind.field(kind.title).label)
    best: Known | None = None
    for top, height, words in windows:
        if (needed and needed.isdisjoint(words)) or title in words - wanted:
            continue  # it has a column of its own now, for which another stood
        share = len(wanted & words) / max(len(wanted), 1) - 0.01 * (height != table.height)
        if share >= ENOUGH and (best is None or share > best.share):
            best = Known(table, sheet, (top + 1, top + height), share)
    return best
