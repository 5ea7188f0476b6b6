"""Reports on work in a rhythm: what is due today, who has not reported, and the reminders of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.errors import BadInput
from db.metrics import metrics, report_slots
from db.metrics.report_slots import CLASSES, RHYTHMS
from db.model.settings import REPORT_RHYTHMS

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Kind

#: How an item stands to its last report that was due → the figure that counts those.
FIGURES = {
    "missing": "reports_missing", "waiting": "reports_waiting", "late": "reports_late",
    "nothing_new": "reports_nothing_new", "news": "reports_on_time",
}
#: Of whom a report is still wanted.
WANTED = ("missing", "waiting")
REMIND = "remind"


class Due(msgspec.Struct, frozen=True):
    """An item whose report is or was due: ``state`` as in ``FIGURES``, ``last`` the day of the last
    report that came."""

    kind: str
    uid: str
    title: str
    unit: str
    report_class: str
    rhythm: str
    due: dt.date
    state: str
    last: dt.date | None


def kinds(session: ReadContext) -> list[Kind]:
    """The ledgers whose work is reported on in a rhythm."""
    return [kind for kind in session.visible_kinds() if _by(session, kind)]


def _by(session: ReadContext, kind: Kind) -> str:
    cycle = session.kinds.lifecycle_of(kind)
    return (cycle.rhythm_by or "") if cycle is not None else ""


def due(session: ReadContext, as_of: dt.date | None = None) -> list[Due]:
    """The last report that was due of every item, as of today or the end of a day gone by: first
    what is missing, by unit. What stands here is what the figures count."""
    day = as_of or session.today
    slots = {
        (kind.name, slot.report_class): slot
        for kind in kinds(session)
        for slot in report_slots.slots(session, report_slots.told_for(session, kind), None, day)
    }
    found: dict[str, Due] = {}
    for state, figure in FIGURES.items():
        for row in metrics.rows(session, figure, as_of=as_of).rows:
            if row.counted and row.uid not in found:
                found[row.uid] = _due(session, slots, (row.kind, row.uid), state, day)
    order, places = session.unit_order(), list(FIGURES)
    return sorted(
        found.values(),
        key=lambda d: (places.index(d.state), order.get(d.unit, len(order)), d.due, d.title),
    )


def _due(
    session: ReadContext, slots: Mapping[tuple[str, str], report_slots.Slot],
    which: tuple[str, str], state: str, day: dt.date,
) -> Due:
    kind = session.kinds.get(which[0])
    record = metrics.as_they_were(session, [session.must_get(*which)], None, day)[0]
    report_class = str(record.values[_by(session, kind)])
    slot = slots[kind.name, report_class]
    unit = record.values.get(kind.unit) if kind.unit else None
    return Due(
        kind.name, record.uid, session.title_of(record), str(unit or ""), report_class,
        slot.rhythm, slot.due, state, _last(session, kind, record.uid, day),
    )


def _last(session: ReadContext, kind: Kind, uid: str, day: dt.date) -> dt.date | None:
    days = [
        row.values[child.reported[0]]
        for child in session.kinds.children_of(kind.name) if child.reported
        for row in session.children(uid, child.name)
    ]
    return max((each for each in days if each is not None and each <= day), default=None)


def remind(session: WriteContext, items: Sequence[Due], note: str) -> int:
    """A numbered reminder for each item of which a report is wanted, kept under it; all or none.
    Returns how many."""
    wanted = [each for each in items if each.state in WANTED]
    with session.atomic("form", f"催报 {len(wanted)} 件"):
        for each in wanted:
            session.move(each.kind, each.uid, REMIND, note)
    return len(wanted)


def rhythms(session: ReadContext, kind: str = "") -> dict[str, str]:
    """Class → rhythm of a ledger today ("": of those that have none of their own)."""
    return report_slots.rhythms_on(session, kind, session.today)


def set_rhythms(session: WriteContext, given: Mapping[str, str], kind: str = "") -> None:
    """From today on other rhythms for the classes of a ledger, or of all that have none of their
    own; what was due before stays due. ``BadInput`` for a rhythm that there is not."""
    session.require("settings")
    wrong = [r for r in given.values() if r and r not in RHYTHMS]
    if wrong or set(given) - set(CLASSES):
        known = "、".join(RHYTHMS.values())
        raise BadInput(f"没有这种报告节奏：{'、'.join(wrong)}。可用：{known}。")
    label = session.kinds.get(kind).label if kind else "全部台账"
    said = "，".join(f"{name.upper()}类{RHYTHMS.get(r, '不定期')}" for name, r in given.items())
    book = session.office
    with book.atomic(session.who.user, "settings", "修改定期报告的节奏") as tx:
        tx.note("settings", f"定期报告的节奏，{label}：{said}")
        before = REPORT_RHYTHMS.of(book)
        REPORT_RHYTHMS.keep(book, report_slots.keep(before, session.today, kind, given))
