"""Tables of a leader's page: what is led, what names the leader otherwise, the next meetings."""

from __future__ import annotations

import datetime as dt

from db.domain.calendar_days import Dated
from db.domain.leader_work import LedWork
from db.model import due_state
from db.model.dates import chinese_date
from desktop.bulletin.document import Table, TableRow
from desktop.bulletin.report import printed_cells
from desktop.bulletin.report.declaration import TableOf
from desktop.bulletin.report.figure_tables import WORDS
from desktop.bulletin.report.filling import ReportFilling

TYPES = {"order": None, "day": "date", "ledger": "choice", "standing": "choice"}
"""How a column stands, as a field of this type would."""


def leader_table(filling: ReportFilling, declared: TableOf) -> Table | None:
    """The rows, the most pressing first, and how many more there are; None where there are
    none."""
    work = filling.work
    if work is None:
        return None
    lists: dict[str, tuple[LedWork | Dated, ...]] = {
        "led": work.led, "named": work.named, "meetings": work.meetings,
    }
    found = lists[declared.of_leader]
    rows = found[: declared.limit]
    if declared.shrinks and filling.room is not None:
        rows = rows[: filling.room]
    if not found:
        return None
    columns = tuple(
        printed_cells.column(c.label or WORDS[c.word], c.width, TYPES.get(c.word, "text"))
        for c in declared.columns
    )
    lines: list[TableRow] = [
        [_text(filling, one, c.word, at) for c in declared.columns]
        for at, one in enumerate(rows, 1)
    ]
    return Table(
        columns, lines, title=filling.plain(declared.title),
        source=filling.plain(declared.source), size=declared.size,
        notes=(*declared.notes, *_left_out(filling, found[len(rows) :])),
    )


def _left_out(filling: ReportFilling, rest: tuple[LedWork | Dated, ...]) -> tuple[str, ...]:
    """What the page has no room for."""
    if not rest:
        return ()
    day = filling.work.day if filling.work is not None else filling.day
    overdue = sum(isinstance(one, LedWork) and one.overdue(day) for one in rest)
    among = f"，其中逾期 {overdue} 件" if overdue else ""
    return (f"另有 {len(rest)} 件没有列出{among}。",)


def _text(filling: ReportFilling, one: LedWork | Dated, word: str, order: int) -> str:
    day = filling.work.day if filling.work is not None else filling.day
    due, unit = one.due if isinstance(one, LedWork) else one.day, one.unit
    texts = {
        "order": str(order), "title": one.title, "ledger": one.ledger,
        "unit": _short(filling, unit) if unit else "",
        "day": _day(due, day) if due is not None else "",
    }
    if word in texts:
        return texts[word]
    if isinstance(one, Dated):
        return one.word
    over = one.record.seen is not None
    return due_state.days_text(due, day, pending=one.pending, over=over)


def _short(filling: ReportFilling, unit: str) -> str:
    """A unit by its short name, so that most lines are one."""
    found = filling.session.names.every_unit().get(unit)
    return (found.short or found.name) if found is not None else filling.session.unit_name(unit)


def _day(day: dt.date, today: dt.date) -> str:
    """The year only where it is another one."""
    return f"{day.month}月{day.day}日" if day.year == today.year else chinese_date(day)
