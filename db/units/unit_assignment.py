"""Of which unit a person or a row was on a day: a figure of last year counts them where they were
then, not where they are now.

Everything that writes rows (forms, steps, workbooks, appointment forms) asks here for the units of
the day; what counts rows asks
``db/model/lineage.py``, which this rests on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.errors import Problem
from db.model import computed_fields, rules
from db.model import lineage as succession
from db.model.declarations import Kind

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.kinds import Kinds
    from db.model.records import Given, Record, Values


def unit_on(session: ReadContext, person: Record, day: dt.date | None) -> str | None:
    """The person's unit on that day, by the career the kind declares; today's when nothing is known
    of the day.

    Where that unit had ceased by then, its successor; where it was not yet set up, what it was
    before.
    """
    found = _post_on(session, person, day)
    return session.names.succession.on(found, day or session.today) if found else None


def _post_on(session: ReadContext, person: Record, day: dt.date | None) -> str | None:
    kind = session.kinds.get(person.kind)
    present: str | None = person.values.get(kind.unit) if kind.unit else None
    if kind.dossier is None or kind.dossier.career is None or day is None:
        return present
    child, unit, start, end = kind.dossier.career
    beside = _beside(session.kinds.get(child), (start, end))
    held: list[tuple[bool, dt.date, str]] = []
    for post in session.children(person.uid, child):
        since, where = post.values.get(start), post.values.get(unit)
        if where is not None and since and _runs(since, post.values.get(end), day):
            # what is held beside another post (兼任) is not where the person is, unless there is no
            # other
            main = not any(post.values.get(name) == value for name, value in beside.items())
            held.append((main, since, where))
    return max(held, key=lambda each: each[:2])[2] if held else present


def _beside(kind: Kind, span: tuple[str, str]) -> Mapping[str, object]:
    """What marks a post that may be held while another is."""
    return next((limit.unless for limit in kind.limits if limit.span == span), {})


def _runs(since: dt.date, until: dt.date | None, day: dt.date) -> bool:
    return since <= day and (until is None or until > day)


def _held(session: ReadContext, kind: Kind, values: Given) -> list[succession.Step]:
    names = session.kinds.custody_fields(kind)
    return succession.parse_custody(values.get(names[0]), values.get(names[1])) if names else []


def taken_over(
    session: ReadContext, kind: Kind, record: Record, values: Mapping[str, object],
    step_day: dt.date | None = None,
) -> Values:
    """What to keep when a record goes to another unit: by a step of that day, else typed over
    today."""
    return transfer_values(
        session.kinds, session.names.succession, kind, record.values, values,
        step_day or session.today, by_step=step_day is not None,
    )


def transfer_values(
    kinds: Kinds, known: succession.Succession, kind: Kind, before: Given,
    after: Given, today: dt.date, *,
    by_step: bool,
) -> Values:  # fmt: skip
    """What to keep of a record that goes to another unit: who had it until when, so that the months
    before stay theirs.

    To a unit that came of its own, from the day on which that began. To any other by a step (转办),
    from today. What is typed over is a mistake put right: whoever was named last never had it.
    """
    names, from_, unit = kinds.custody_fields(kind), kinds.taken_from(kind), kind.unit or ""
    old, new = before.get(unit), after.get(unit)
    if names is None or old is None or new is None or old == new:
        return {}
    had = succession.parse_custody(before.get(names[0]), before.get(names[1]))
    several = bool(had) and had[-1][1] == old
    custody = had if several else [("", old)]
    way = known.extended_custody(custody, new, today)
    if way:
        return {
            **dict(zip(names, succession.format_custody(way), strict=True)),
            **({from_: old} if from_ else {}),
        }
    first = before.get(kinds.unit_day_field(kind) or "")
    if by_step and (first is None or last_day(first) < today):
        return dict(
            zip(names, succession.format_custody([*custody, (today.isoformat(), new)]), strict=True)
        )
    if not several:
        return {}
    custody = succession.corrected(custody, new)
    return dict(
        zip(
            names,
            succession.format_custody(custody) if len(custody) > 1 else (None, None),
            strict=True,
        )
    )


def backdate_transfer(session: WriteContext, record: Record, day: dt.date) -> None:
    """A record that was handed over today, but because of what happened on an earlier day: the new
    unit's from that day on."""
    kind = session.kinds.get(record.kind)
    names, custody = session.kinds.custody_fields(kind), _held(session, kind, record.values)
    if (
        names is None
        or day >= session.today
        or not custody
        or custody[-1][0][:10] != session.today.isoformat()
    ):
        return
    custody[-1] = (max(day.isoformat(), custody[-2][0][:10]), custody[-1][1])
    first = unit_day(session, kind, record.values)
    while len(custody) > 1 and first is not None and custody[1][0][:10] <= first.isoformat():
        custody = [("", custody[1][1]), *custody[2:]]
    session.set_checked(
        record,
        dict(
            zip(
                names,
                succession.format_custody(custody) if len(custody) > 1 else (None, None),
                strict=True,
            )
        ),
    )


def unit_day(session: ReadContext, kind: Kind, values: Mapping[str, object]) -> dt.date | None:
    """The day of which a row's units are; today for work that is not assigned yet, None where
    nothing says."""
    name = session.kinds.unit_day_field(kind)
    value = values.get(name) if name else None
    if value is None:
        return (
            session.today
            if kind.lifecycle and session.kinds.lifecycle(kind.lifecycle).day
            else None
        )
    return last_day(value)


def last_day(value: Any) -> dt.date:
    """A date, or the last day of a month or year: what is told of a whole month is told at its
    end."""
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int):
        return dt.date(value, 12, 31)
    year, month = int(value[:4]), int(value[5:7])
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def fill(
    session: ReadContext, kind: Kind, values: Mapping[str, object], parent: str | None
) -> Values:
    """What a declaration fills in where it is left blank, to be written with ``values``: units
    taken from the person, and what is worked out from other fields."""
    found: Values = {}
    for field in kind.fields:
        if field.unit_on is None or values.get(field.name) is not None:
            continue
        through, day_field = field.unit_on
        person = _person(session, kind, values, parent, through)
        day = values.get(day_field)
        unit = (
            unit_on(session, person, last_day(day) if day is not None else None)
            if person is not None
            else None
        )
        if unit is not None:
            found[field.name] = unit
    found.update(
        computed_fields.fill(kind, values, rules.elsewhere_of(session, kind, values, None, parent))
    )
    return found


def of_the_day(
    session: ReadContext, kind: Kind, values: Given, parent: str | None = None
) -> Values:
    """Every unit of a new row as it should be written: blanks filled from the person, and a unit
    that had ceased on the row's day replaced by the one that took over. For rows that nobody sits
    before: those of workbooks, steps and files."""
    found: Values = dict(fill(session, kind, values, parent))
    succession, day = session.names.succession, unit_day(session, kind, values)
    if not succession or day is None:
        return found
    for name in (kind.unit, *kind.cooperating):
        value = values.get(name) if name else None
        if name is None or value is None:
            continue
        if isinstance(value, str):
            now: object = succession.on(value, day)
        else:
            now = tuple(dict.fromkeys(succession.on(uid, day) for uid in value))
        if now != value:
            found[name] = now
    return found


def ceased_units(session: ReadContext, kind: Kind, values: Given, changed: Given) -> list[Problem]:
    """Units that had ceased on the row's day, among those that were typed or whose day was."""
    names = (kind.unit, *kind.cooperating)
    if changed.keys().isdisjoint((*names, session.kinds.unit_day_field(kind))):
        return []
    day = unit_day(session, kind, values)
    if day is None:
        return []
    found: list[Problem] = []
    for name in filter(None, names):
        for uid in _uids(values.get(name)):
            reason = session.names.succession.refusal(uid, day)
            if reason is not None:
                found.append(Problem(name, reason))
    return found


def _uids(value: str | Sequence[str] | None) -> Sequence[str]:
    """The units of a field for one or for several."""
    return (value,) if isinstance(value, str) else value or ()


def _person(
    session: ReadContext, kind: Kind, values: Given, parent: str | None, through: str
) -> Record | None:
    if through == "parent":
        return session.owner_of(kind, parent) if parent else None
    uid, points_to = values.get(through), kind.field(through).kind
    return session.get(points_to, uid) if uid and points_to and session.opens(points_to) else None
