"""The records behind a figure of a month whose review is sealed: those that were counted then, as
they were.

What has changed since the sealing is put back as it was into tables beside the book, taken from the
change log; everything else stands in the book. The same question, asked of both, gives the records
that were read out. Where that does not give the sealed number (it was typed, or the log is too long
to go through), the records are the present ones, and that is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

import msgspec
import sqlcipher3.dbapi2 as sqlcipher

from db.metrics import current_figures, reviews, sealed_figures
from db.metrics.aggregate import FigureQuery
from db.metrics.figure_registry import Number, Row, plain
from db.metrics.scope import Scope, ScopeKeywords, period_of
from db.metrics.sources import Source, Sql
from db.model.context import Book, Connection
from db.model.periods import Period
from db.model.records import SYSTEM_FIELDS, Record, RowShape, Values
from db.model.sql import quoted
from db.store import past_progress, repair_losses, spans
from db.store.schema import handed_over

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.declarations import Figure, Kind

#: So many entries of the change log are gone through; beyond that the records are shown as they
#: are.
MOST_CHANGES = 50_000
#: So many titles are named in a sentence.
NAMED = 3

#: The changes of a record, the last one first: what the log keeps of before and after.
Changes: TypeAlias = list[tuple[Values, Values]]


class Behind(msgspec.Struct, frozen=True):
    """The records behind a figure, and what has to be said of them; "" where they are simply those
    of today."""

    rows: list[Row]
    note: str = ""


def rows(
    session: ReadContext,
    name: str,
    *,
    limit: int | None = None,
    group: tuple[str, Any] | None = None,
    **asked: Unpack[ScopeKeywords],
) -> Behind:
    """The records behind a figure: those of the numerator, and for a share those of the denominator
    with ``counted`` told; of a sealed month, those that were counted when it was sealed.

    ``group`` limits them to one line of a table: what it is grouped by and the line's key.
    """
    scope, review = sealed_figures.resolve_seal(session, Scope.of(**asked))
    in_review = sealed_figures.sealed_fields(session, review) if review is not None else {}
    lacking = "" if review is None else _not_kept(name in in_review, scope.ledgers, group)
    if review is None or scope.period is None or lacking:
        found = current_figures.rows_behind(session, name, scope, group, limit)
        if review is None or scope.period is None:
            return Behind(found)
        return Behind(
            found,
            f"{_head(session, review, scope.period)}，"
            f"但封存的只有讲评表上各单位的数，{lacking}不在其中；"
            "数和下列记录都是台账现在的，封存以后可能变过。",
        )
    unit = scope.unit
    if group is not None:
        if unit is not None and unit != group[1]:
            return Behind([])
        unit = group[1]
    found, note = _read_out(session, name, review, scope.period, unit)
    return Behind(found[:limit], f"{_head(session, review, scope.period)}，{note}")


def _not_kept(kept: bool, ledgers: Sequence[str] | None, group: tuple[str, Any] | None) -> str:
    """Why a sealed review does not keep a number, in words; "" where it does."""
    if not kept:
        return "这个数字"
    if ledgers is not None:
        return "分台账的数"
    return "这样分列的数" if group is not None and (group[0] != "unit" or group[1] is None) else ""


def _read_out(
    session: ReadContext, name: str, review: Record, asked: Period, unit: str | None
) -> tuple[list[Row], str]:
    """The records that make the sealed number, as they were or as they are; and what to say."""
    number = sealed_figures.count(session, [name], period=asked, unit=unit)[name]
    now = _now(session, number.figure, asked, unit)
    then: list[Row] | None = None
    for moment, day in _moments(session, review, asked):
        then = _then(session, number.figure, asked, unit, moment, day)
        if then is None:
            break
        if _makes(then, number):
            return then, f"下列是封存时的记录{_apart(then, now)}"
    if _makes(now, number):
        return now, "封存的数与台账现在的一致，下列是台账现在的记录。"
    text = (
        f"封存的是{_said(number)}；已不能逐条还原，下列是台账现在的记录，计入 {_counted(now)} 条"
    )
    return now, text + (_apart(then, now) if then is not None else "。")


def remark(session: ReadContext, period: str | Period | None) -> str:
    """What is to be said of the numbers of a period; "" unless it is a month that is sealed."""
    asked = period_of(period)
    review = sealed_figures.sealed_review(session, asked)
    if review is None or asked is None:
        return ""
    return (
        f"{_head(session, review, asked)}，讲评表上各单位和合计的数是封存时的，其余是台账现在的。"
    )


def _head(session: ReadContext, review: Record, asked: Period) -> str:
    seal = reviews.seal_of(session, review)
    day = f"于{seal.day.year}年{seal.day.month}月{seal.day.day}日" if seal is not None else ""
    return f"{asked.label}讲评已{day}封存"


def _moments(
    session: ReadContext, review: Record, asked: Period
) -> list[tuple[reviews.Entry, dt.date | None]]:
    """When the sealed numbers may have been counted (at the sealing, or when the month was last
    counted before it), and as of which day: the one it was sealed for, or, by an earlier program,
    that day itself (None)."""
    seal = reviews.seal_of(session, review)
    if seal is None:
        return []
    counted = reviews.counted_at(session, review, seal.seq)
    now = reviews.Entry(seal.seq, session.today)
    found = [seal, *([counted] if counted is not None else []), now]
    days = (reviews.sealed_as_of(session, review, asked), None)
    return [(each, day) for day in days for each in found]


def _tally(
    session: ReadContext, asked: Period, unit: str | None, day: dt.date, as_of: dt.date | None
) -> FigureQuery:
    tally = FigureQuery(session, Scope(asked, unit), None, as_of)
    if as_of is None:
        tally.compiler.today = day
    return tally


def _of_a_unit(tally: FigureQuery, source: Source, figure: Figure) -> Sql:
    """A review keeps the numbers of units; what is nobody's is in none of them."""
    whose = tally.compiler.unit(source, figure, tally.period)
    return Sql(f"{whose} IS NOT NULL") if whose is not None else Sql("0")


def _now(session: ReadContext, figure: Figure, asked: Period, unit: str | None) -> list[Row]:
    tally = _tally(session, asked, unit, session.today, current_figures.asked_as_of(session, asked))
    found: list[Row] = []
    for source in tally.sources(figure):
        connection = session.book_of(source.kind.name).connection
        found += [
            row
            for _, row in current_figures.read_rows(
                tally, figure, source, connection, _of_a_unit(tally, source, figure)
            )
        ]
    return found


def _then(
    session: ReadContext, figure: Figure, asked: Period, unit: str | None, seal: reviews.Entry,
    as_of: dt.date | None,
) -> list[Row] | None:
    """The records as they were at the sealing; None where too much has happened since."""
    tally = _tally(
        session, asked, unit, seal.day, as_of if as_of and as_of < session.today else None
    )
    found: list[Row] = []
    for source in tally.sources(figure):
        book = session.book_of(source.kind.name)
        connection = book.connection
        tables = [k for k in (source.kind, source.parent) if k is not None]
        entries = sum(
            connection.execute("SELECT count(*) FROM (SELECT 1 FROM journal WHERE seq > ? AND kind "
                "= ? LIMIT ?)",
                               (seal.seq, kind.name, MOST_CHANGES + 1)).fetchone()[0]
            for kind in tables
        )  # fmt: skip
        if entries > MOST_CHANGES:
            return None
        within = _of_a_unit(tally, source, figure)
        beside = sqlcipher.connect(":memory:")
        try:
            apart = _put_back(book, connection, source, seal.seq, beside)
            rows = [
                each
                for each in current_figures.read_rows(tally, figure, source, connection, within)
                if each[1].uid not in apart
            ]
            if apart:
                rows += [
                    (apart[row.uid], row)
                    for _, row in current_figures.read_rows(tally, figure, source, beside, within)
                ]
        finally:
            beside.close()
        found += [row for _, row in sorted(rows, key=lambda each: each[0])]
    return found


def _put_back(
    book: Book, connection: Connection, source: Source, seq: int, beside: Connection
) -> dict[str, int]:
    """Make the source's tables in ``beside``, with the records that have changed since as they
    were; returns which those are, those included that did not exist yet, with their places."""
    parent = source.parent
    was = _undone(connection, source.kind.name, seq)
    above = _undone(connection, parent.name, seq) if parent is not None else {}
    apart = set(was)
    for uid in above:
        apart |= {
            row[0]
            for row in connection.execute(
                f"SELECT uid FROM {quoted(source.kind.name)} WHERE parent = ?", (uid,)
            )
        }
    places: dict[str, int] = {}
    parents: set[str] = set()
    # how far a record had got is what was put back: its log stays empty
    below = {t for k in (source.kind, parent) if k for t in past_progress.tables(book.kinds, k)}
    for table in sorted({"spans", source.kind.name, *below} - {parent.name if parent else ""}):
        _make(connection, beside, table)
    for record in _records(book, source.kind.name, apart):
        places[record.uid] = record.id
        _revert(beside, book, source.kind, record, was.get(record.uid, []))
        parents.add(record.parent or "")
    if parent is not None:
        _make(connection, beside, parent.name)
        for record in _records(book, parent.name, parents):
            _revert(beside, book, parent, record, above.get(record.uid, []))
    return places


def _undone(connection: Connection, kind: str, seq: int) -> dict[str, Changes | None]:
    """What was changed since of each record, the last change first; None for one that was added
    since. What a repair wrote down, nobody changed."""
    found: dict[str, Changes | None] = {}
    rows = connection.execute(
        "SELECT uid, before, after FROM journal WHERE seq > ? AND kind = ? AND action NOT IN (?, ?)"
        " ORDER BY seq DESC", (seq, kind, repair_losses.STANDS, repair_losses.GONE),
    )
    for uid, before, after in rows:
        old = msgspec.json.decode(before)
        if not old:
            found[uid] = None
            continue
        held = found.get(uid)
        if held is None:
            held = found[uid] = []
        held.append((old, msgspec.json.decode(after)))
    return found


def _records(book: Book, kind: str, uids: set[str]) -> list[Record]:
    listed = msgspec.json.encode(sorted(uids)).decode()
    return list(book.each(kind, "uid IN (SELECT value FROM json_each(?))", [listed]))


def _make(connection: Connection, beside: Connection, table: str) -> None:
    for (text,) in connection.execute(
        "SELECT sql FROM sqlite_master WHERE name IN (?, ?) ORDER BY type DESC",
        (table, handed_over(table).strip("`")),
    ):
        beside.execute(text)


def _revert(
    beside: Connection, book: Book, kind: Kind, record: Record, since: Changes | None
) -> None:
    """Write a record as it was, and what it was on which days; nothing of one that did not
    exist."""
    if since is None:
        return
    shape = book.shape(kind.name)
    for name, value in _before(shape, record, since).items():
        if name in ("state", "deleted", "parent"):
            setattr(record, name, shape.from_json(name, value))
        elif name in shape.by_name:
            record.values[name] = shape.from_json(name, value)
    record.id = int(beside.execute(shape.insert, shape.row(record)).lastrowid)
    held = spans.shape_of(book.kinds, kind)
    if held is not None:
        spans.write(beside, held, [record], fresh=True)


def _before(shape: RowShape, record: Record, since: Changes) -> Values:
    """The plain values of what was changed, as they were before."""
    found: Values = {}
    for before, after in since:
        for name, written in after.items():
            if name in shape.by_name or name in SYSTEM_FIELDS:
                now = found[name] if name in found else shape.to_json(name, record.get(name))
                found[name] = shape.before_change(name, now, before.get(name), written)
    return found


# -- what is said ----------------------------------------------------------------------------------


def _counted(rows: Sequence[Row]) -> int:
    return sum(1 for row in rows if row.counted)


def _makes(rows: Sequence[Row], number: Number) -> bool:
    """Whether these records make that number."""
    if number.denominator is None:
        return _counted(rows) == (number.value or 0)
    return _counted(rows) == (number.numerator or 0) and len(rows) == (number.denominator or 0)


def _said(number: Number) -> str:
    if number.denominator is None:
        return f" {plain(number.value or 0)} {number.measure}"
    return f" {plain(number.numerator)}/{plain(number.denominator)}"


def _apart(then: Sequence[Row], now: Sequence[Row]) -> str:
    """What differs between the records then and now."""
    before, after = ({(row.kind, row.uid): row for row in rows} for rows in (then, now))
    gone = [row for key, row in before.items() if key not in after]
    new = [row for key, row in after.items() if key not in before]
    turned = [
        row for key, row in after.items() if key in before and before[key].counted != row.counted
    ]
    parts = [
        f"{word} {len(rows)} 条：{_titles(rows)}"
        for word, rows in (("已不在其中", gone), ("新加入", new), ("计入与否有变", turned)) if rows
    ]  # fmt: skip
    return "。按台账现在的情况，" + "；".join(parts) + "。" if parts else "，台账现在仍是这些。"


def _titles(rows: Sequence[Row]) -> str:
    return "、".join(f"「{row.title}」" for row in rows[:NAMED]) + (
        " 等" if len(rows) > NAMED else ""
    )
