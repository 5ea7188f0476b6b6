"""What the first page tells: gathered from the declared figures and lifecycles in the reader, never
in the window's thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from db.domain import leader_work
from db.errors import ZhengxianError
from db.metrics import metrics
from db.model import due_state
from db.model.declarations import Kind
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from desktop.ui.home import next_steps
from desktop.ui.lists.columns import light_text

LIST_AT_MOST = 200
BY_LEDGER = ("in_hand", "yellow_lights", "open_overdue", "completion_rate")
BY_UNIT = ("assigned", "open_overdue", "completion_rate")
TOTALS = ("in_hand", "open_overdue", "completion_rate")


@dataclass(frozen=True)
class Item:
    """One record on the first page."""

    kind: str
    uid: str
    title: str
    ledger: str
    unit: str
    due: dt.date | None
    state: tuple[str, str] | None
    light: tuple[str, str] | None
    #: asked for in time, not decided yet
    pending: bool = False
    #: not given out yet
    draft: bool = False


@dataclass
class Overview:
    """Totals, one line per ledger and per unit."""

    totals: dict[str, metrics.Number] = field(default_factory=dict)
    ledgers: list[metrics.Group] = field(default_factory=list)
    units: list[metrics.Group] = field(default_factory=list)
    waiting: int = 0
    soon: int = 0
    changed_today: int = 0
    changed_more: bool = False
    """More were changed than are looked at."""

    @property
    def changed(self) -> str:
        return f"{self.changed_today:,}{'+' if self.changed_more else ''}"


ledgers_of = leader_work.led_ledgers


def soon_where(
    session: Session, kind: Kind, days: int, as_of: dt.date | None = None
) -> tuple[Where, ...]:
    """Open work whose deadline is near, from today or the day asked for to so many days on, and
    that waits for nobody to check it."""
    last = (as_of or session.today) + dt.timedelta(days=days)
    return (Where(due_state.FIELD, "eq", "running"), Where(_deadline(kind), "le", last))


#: Open work whose deadline has gone by.
OVERDUE = (Where(due_state.FIELD, "eq", "overdue"),)


def open_where(session: Session, kind: Kind) -> tuple[Where, ...]:
    """Work that runs."""
    cycle = session.kinds.lifecycle_of(kind)
    assert cycle is not None  # as in all of `ledgers_of`
    return (Where("state", "in", list(cycle.open_states)),)


def _deadline(kind: Kind) -> str:
    assert kind.lights is not None  # as in all of `ledgers_of`
    return kind.lights.deadline


def wheres(
    session: Session, kind: Kind, which: str, days: int = 0, as_of: dt.date | None = None
) -> tuple[Where, ...]:
    """The rows of one ledger that stand under one of the headings of the first page; what waits for
    a person's step is asked of `next_steps`."""
    if which in ("today", "soon"):
        return soon_where(session, kind, days if which == "soon" else 0, as_of)
    if which == "near":
        return (*open_where(session, kind), Where("light", "eq", "yellow"))
    return OVERDUE if which == "overdue" else open_where(session, kind)


def read(session: Session, days: int, as_of: dt.date | None = None) -> Overview:
    """All numbers of the first page; of a day gone by those that have one."""
    found = Overview()
    kinds = ledgers_of(session)
    names = [kind.name for kind in kinds]
    for kind, where in parts_of(session, "waiting", days) if as_of is None else ():
        found.waiting += session.count(Query(kind=kind.name, where=where))
    for kind in kinds:
        near = soon_where(session, kind, days, as_of)
        found.soon += session.count(Query(kind=kind.name, where=near, as_of=as_of))
    if as_of is None:
        changed, found.changed_more = _changed(session)
        found.changed_today = sum(
            session.count(Query(kind=name, where=(Where("uid", "in", uids),)))
            for name, uids in changed.items()
        )
    try:
        found.totals = metrics.count(session, TOTALS, ledgers=names, as_of=as_of)
        found.ledgers = metrics.table(session, BY_LEDGER, "ledger", ledgers=names, as_of=as_of)
        found.units = metrics.table(session, BY_UNIT, "unit", ledgers=names, as_of=as_of)
    except ZhengxianError:
        return found  # an office that removed a declared figure still gets its lists
    shown = set(names)
    found.ledgers = [group for group in found.ledgers if group.key in shown]
    return found


def items(
    session: Session, which: str, days: int, unit: str | None = None,
    parts: Sequence[tuple[str, tuple[Where, ...]]] = (), as_of: dt.date | None = None,
) -> list[Item]:
    """The rows under a heading, the most pressing first, at most one more than are listed; of one
    unit, which has them in hand then and leads them, or of all. ``parts``: these ledgers and rows
    instead. ``as_of``: at the end of that day."""
    if which == "recent":
        return _recent(session)
    found: list[Item] = []
    given = [(session.kinds.get(name), where) for name, where in parts]
    for kind, where in given or parts_of(session, which, days, as_of):
        if unit is not None and kind.unit is None:
            continue
        if unit is not None and kind.unit is not None:
            where = (*where, Where(kind.unit, "in", list(session.taken_over(unit))))
        sort = ((kind.lights.deadline, False),) if kind.lights is not None else ()
        asked = Query(kind=kind.name, where=where, sort=sort, limit=LIST_AT_MOST + 1, as_of=as_of)
        found += [_item(session, kind, record) for record in session.find(asked)]
    found.sort(key=lambda item: (item.draft, item.due is None, item.due or session.today))
    return found[: LIST_AT_MOST + 1]


def parts_of(
    session: Session, which: str, days: int, as_of: dt.date | None = None
) -> list[tuple[Kind, tuple[Where, ...]]]:
    """Where the rows under a heading are."""
    if which == "waiting":
        kinds = next_steps.kinds_with_steps(session)
        return [(k, each.where) for k in kinds for each in next_steps.waiting_steps(session, k)]
    return [(kind, wheres(session, kind, which, days, as_of)) for kind in ledgers_of(session)]


def among(
    session: Session, held: tuple[str, str], which: str, days: int,
    parts: Sequence[tuple[str, tuple[Where, ...]]],
) -> tuple[Where, ...]:
    """The rows of its ledger beside which one (kind, uid) is listed, so that the next comes once it
    is done; none when it stands alone (no heading)."""
    kind, uid = held
    given = parts or [
        (each.name, where)
        for heading in (which, "overdue", "soon") if which
        for each, where in parts_of(session, heading, days)
    ]
    own = Where("uid", "eq", uid)
    return next(
        (
            where for name, where in given
            if name == kind and session.count(Query(kind=kind, where=(*where, own)))
        ),
        (),
    )


def _recent(session: Session) -> list[Item]:
    """What was changed today, by anyone, the last first."""
    found: list[tuple[str, Item]] = []
    for name, uids in _changed(session)[0].items():
        kind = session.kinds.get(name)
        for uid in uids[: LIST_AT_MOST + 1]:
            record = session.get(name, uid)
            if record is not None and not record.deleted:
                found.append((record.updated_at, _item(session, kind, record)))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [item for _, item in found[: LIST_AT_MOST + 1]]


def _changed(session: Session) -> tuple[dict[str, list[str]], bool]:
    """What was changed today, by kind: records that stand by themselves, deleted ones among
    them; and whether there are more than are looked at."""
    found: dict[str, list[str]] = {}
    written, more = session.written_since(session.today)
    for name, uid in written:
        kind = session.kinds.get(name) if name in session.kinds else None
        if kind is not None and kind.family and not kind.parent:
            found.setdefault(name, []).append(uid)
    return found, more


def _item(session: Session, kind: Kind, record: Record) -> Item:
    cycle = session.kinds.lifecycle_of(kind)
    state = cycle.state(record.state) if cycle is not None and record.state else None
    unit = short_unit(session, record.values.get(kind.unit)) if kind.unit is not None else ""
    due = record.values.get(kind.lights.deadline) if kind.lights is not None else None
    return Item(
        kind.name, record.uid, session.title_of(record), kind.label, unit, due,
        (state.label, state.tone) if state else None, light_text(kind, session.light(record)),
        due_state.of(record, kind, cycle, session.today) == "pending",
        state is not None and state.draft,
    )


def short_unit(session: Session, uid: object) -> str:
    """A unit by its short name, which fits a narrow column; several by the first."""
    if isinstance(uid, (tuple, list)):
        uid = uid[0] if uid else None
    unit = session.names.units().get(str(uid))
    return (unit.short or unit.name) if unit is not None else ""
