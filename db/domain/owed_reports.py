"""Reports on work in a rhythm: what is due today, who has not reported, and the reminders of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from db.errors import BadInput
from db.metrics import metrics, report_due_days
from db.metrics.report_due_days import CLASSES, RHYTHMS
from db.model import step_history
from db.model.query import Query, Where
from db.model.settings import REPORT_RHYTHMS
from db.model.sql import quoted

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


class DueReport(msgspec.Struct, frozen=True):
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


def reports_due(session: ReadContext, as_of: dt.date | None = None) -> list[DueReport]:
    """The last report that was due of every item, as of today or the end of a day gone by: first
    what is missing, by unit. What stands here is what the figures count."""
    day = as_of or session.today
    slots = {
        (kind.name, slot.report_class): slot
        for kind in kinds(session)
        for slot in report_due_days.slots(
            session, report_due_days.told_for(session, kind), None, day
        )
    }
    found: dict[str, dict[str, str]] = {}
    states = {figure: state for state, figure in FIGURES.items()}
    counted = metrics.partition_rows(session, list(FIGURES.values()), as_of)
    for (name, uid), figure in counted.items():
        found.setdefault(name, {})[uid] = states[figure]
    order, places = session.unit_order(), list(FIGURES)
    every = (_due(session, name, states, slots, day) for name, states in found.items())
    return sorted(
        chain.from_iterable(every),
        key=lambda d: (places.index(d.state), order.get(d.unit, len(order)), d.due, d.title),
    )


def _due(
    session: ReadContext, name: str, states: Mapping[str, str],
    slots: Mapping[tuple[str, str], report_due_days.ReportSlot], day: dt.date,
) -> Iterator[DueReport]:
    """Those of one ledger, given how each stands."""
    kind, last = session.kinds.get(name), _last(session, session.kinds.get(name), states, day)
    records = session.find(Query(kind=name, where=(Where("uid", "in", list(states)),)))
    cycle = session.kinds.lifecycle_of(kind)
    assert cycle is not None
    for record in metrics.records_as_of(session, records, None, day):
        slot = next(
            slot for (of, report_class), slot in slots.items() if of == name
            and step_history.class_on(cycle, record, min(slot.due, day)) == report_class
        )
        unit = record.values.get(kind.unit) if kind.unit else None
        yield DueReport(
            name, record.uid, session.title_of(record), str(unit or ""), slot.report_class,
            slot.rhythm, slot.due, states[record.uid], last.get(record.uid),
        )


def _last(
    session: ReadContext, kind: Kind, uids: Iterable[str], day: dt.date
) -> dict[str, dt.date]:
    """Record → the day of the last report on it until a day."""
    found: dict[str, dt.date] = {}
    for child in session.kinds.children_of(kind.name):
        if child.reported is not None:
            on = quoted(child.reported[0])
            for uid, text in session.book_of(child.name).connection.execute(
                f"SELECT parent, max({on}) FROM {quoted(child.name)} WHERE parent IN (SELECT value"
                f" FROM json_each(?)) AND deleted = 0 AND {on} <= ? GROUP BY parent",
                (msgspec.json.encode(list(uids)).decode(), day.isoformat()),
            ):
                found[uid] = max(dt.date.fromisoformat(text), found.get(uid, dt.date.min))
    return found


def remind(session: WriteContext, items: Sequence[DueReport], note: str) -> int:
    """A numbered reminder for each item of which a report is wanted, kept under it; all or none.
    Returns how many."""
    wanted = [each for each in items if each.state in WANTED]
    with session.atomic("form", f"催报 {len(wanted)} 件"):
        for each in wanted:
            session.take_step(each.kind, each.uid, REMIND, note)
    return len(wanted)


def rhythms(session: ReadContext, kind: str = "") -> dict[str, str]:
    """Class → rhythm of a ledger today ("": of those that have none of their own)."""
    return report_due_days.rhythms_on(session, kind, session.today)


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
        REPORT_RHYTHMS.save(book, report_due_days.with_rhythms(before, session.today, kind, given))
