"""Who was given a workbook, and who has brought one back: the daily question of every office (催报)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import ownguard
from .periods import Period

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, slots=True)
class UnitBoard:
    """One unit in one week: when workbooks were given out and handed in, and how many of them are taken in."""

    unit: str
    given: tuple[str, ...]
    handed_in: tuple[str, ...]
    open_conflicts: int

    @property
    def status(self) -> str:
        """"none" (nothing was given out), "missing", "handed_in", "conflicts"."""
        if not self.handed_in:
            return "missing" if self.given else "none"
        return "conflicts" if self.open_conflicts else "handed_in"


STATUS = {"none": "未发出", "missing": "未报送", "handed_in": "已合并", "conflicts": "有冲突待处理"}


def board(session: Session, week: Period) -> list[UnitBoard]:
    """Every unit that still exists, in its order. A workbook counts for the week in which it was given out or came in."""
    connection = session.office.connection
    first, after = week.first.isoformat(), (week.last + dt.timedelta(days=1)).isoformat()
    given: dict[str, list[str]] = {}
    for unit, at in connection.execute(
        "SELECT unit, at FROM exports WHERE unit IS NOT NULL AND at >= ? AND at < ? ORDER BY at", (first, after)
    ):
        given.setdefault(unit, []).append(at)
    came: dict[str, list[str]] = {}
    conflicts: dict[str, int] = {}
    for import_id, unit, at in connection.execute(
        "SELECT i.id, e.unit, i.at FROM imports i JOIN exports e ON e.id = i.export_id"
        " WHERE e.unit IS NOT NULL AND i.undone_by IS NULL AND i.at >= ? AND i.at < ? ORDER BY i.at",
        (first, after),
    ):
        came.setdefault(unit, []).append(at)
        open_ = connection.execute(
            "SELECT kind, uid, field, authors, vector FROM conflicts WHERE import_id = ? AND status = 'open'", (import_id,)
        ).fetchall()
        conflicts[unit] = conflicts.get(unit, 0) + sum(not ownguard.waits_for(session, *each) for each in open_)
    return [
        UnitBoard(uid, tuple(given.get(uid, ())), tuple(came.get(uid, ())), conflicts.get(uid, 0))
        for uid, unit in session.names.every_unit().items()
        if unit.active or uid in given or uid in came
    ]
