"""Who was given a workbook, and who has brought one back: the daily question of every office
(催报)."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import msgspec

from db.access import ownership_checks
from db.model.periods import Period

if TYPE_CHECKING:
    from db.model.context import ReadContext


class UnitBoard(msgspec.Struct, frozen=True):
    """One unit in one week: when workbooks were given out and handed in, how many conflicts of
    theirs are open, and which ledgers were given to it that none of those handed in held."""

    unit: str
    given: tuple[str, ...]
    handed_in: tuple[str, ...]
    open_conflicts: int
    lacking: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """"none" (nothing was given out), "missing", "part" (some of its ledgers), "conflicts",
        "handed_in"."""
        if not self.handed_in:
            return "missing" if self.given else "none"
        if self.lacking:
            return "part"
        return "conflicts" if self.open_conflicts else "handed_in"


STATUS = {
    "none": "未发出", "missing": "未报送", "part": "部分报送", "handed_in": "已合并",
    "conflicts": "有冲突待处理",
}
#: Of whom something is still wanted.
WANTED = ("missing", "part")


def board(session: ReadContext, week: Period, as_of: dt.date | None = None) -> list[UnitBoard]:
    """Every unit that still exists, in its order. A workbook counts for the week in which it was
    given out, whenever it comes back, and for that in which it came. What went to a unit that has
    ended since is asked of the one that took over. ``as_of``: what had come by the end of that
    day."""
    connection = session.office.connection
    first, after = week.first.isoformat(), (week.last + dt.timedelta(days=1)).isoformat()
    day = min(week.last, as_of or session.today)
    came_by = f"{as_of or dt.date.max}T99"
    given: dict[str, list[str]] = {}
    wanted: dict[str, dict[str, None]] = {}
    for unit, at, kinds in connection.execute(
        "SELECT unit, at, kinds FROM exports WHERE unit IS NOT NULL AND at >= ? AND at < ? AND at"
        " < ? ORDER BY at",
        (first, after, came_by),
    ):
        heir = session.names.succession.on(unit, day)
        given.setdefault(heir, []).append(at)
        wanted.setdefault(heir, {}).update(dict.fromkeys(json.loads(kinds)))
    came: dict[str, list[str]] = {}
    brought: dict[str, set[str]] = {}
    conflicts: dict[str, int] = {}
    for import_id, unit, at, kinds in connection.execute(
        "SELECT i.id, e.unit, i.at, e.kinds FROM imports i JOIN exports e ON e.id = i.export_id"
        " WHERE e.unit IS NOT NULL AND i.undone_by IS NULL AND i.at < ? AND ((i.at >= ? AND i.at <"
        " ?) OR (e.at >= ? AND e.at < ?)) ORDER BY i.at",
        (came_by, first, after, first, after),
    ):
        heir = session.names.succession.on(unit, day)
        came.setdefault(heir, []).append(at)
        brought.setdefault(heir, set()).update(json.loads(kinds))
        open_ = connection.execute(
            "SELECT kind, uid, field, authors, vector FROM conflicts WHERE import_id = ? AND status"
            " = 'open'",
            (import_id,),
        ).fetchall()
        conflicts[heir] = conflicts.get(heir, 0) + sum(
            not ownership_checks.waits_for(session, *each) for each in open_
        )

    def lacking(uid: str) -> tuple[str, ...]:
        names = [
            name
            for name in wanted.get(uid, ())
            if name not in brought.get(uid, ()) and name in session.kinds
        ]
        return tuple(name for name in names if not session.kinds.get(name).parent)

    return [
        UnitBoard(
            uid, tuple(given.get(uid, ())), tuple(came.get(uid, ())), conflicts.get(uid, 0),
            lacking(uid),
        )
        for uid, unit in session.names.every_unit().items()
        if unit.active or uid in given or uid in came
    ]


def named(session: ReadContext, row: UnitBoard) -> str:
    """A unit by its name; of one that handed in some of its ledgers, with those that it still
    owes."""
    owed = (
        "、".join(session.kinds.get(name).label for name in row.lacking)
        if row.status == "part"
        else ""
    )
    return session.unit_name(row.unit) + (f"（还缺{owed}）" if owed else "")
