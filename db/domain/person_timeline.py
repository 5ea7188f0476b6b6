"""Everything the ledgers hold about one person, by date: what a person's page and printed sheet are
made of.

Which kinds tell of a person, and how, is declared (``moment`` and ``dossier`` in
``db/model/declarations/``); nothing here names a field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from db.errors import BadInput
from db.model.declarations import Dossier, Field, Kind, Moment
from db.model.fieldtypes import type_of
from db.model.query import Query, Where
from db.model.text_equality import unspaced
from db.units import unit_assignment

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.records import Record


class Event(msgspec.Struct, frozen=True):
    """One thing in a person's life: when, what, what else is known of it.

    ``order`` sorts (a date, later ones are larger); ``lasting`` is the day up to which it weighs on
    the person and ``weighs`` whether that is still to come. ``yearly``: it is about a whole year.
    """

    kind: str
    label: str
    uid: str
    order: str
    when: str
    head: str
    detail: str
    tone: str
    group: str
    place: int
    lasting: dt.date | None = None
    weighs: bool = False
    yearly: bool = False


def person_kinds(session: ReadContext) -> list[Kind]:
    """The kinds whose records are people, of those this person can open."""
    return [k for k in session.visible_kinds() if k.dossier is not None]


def page_of(kind: Kind) -> Dossier:
    """The declaration of a person's page; ``BadInput`` for a kind that has none."""
    if kind.dossier is None:
        raise BadInput(f"「{kind.label}」不是人员台账，没有个人页。")
    return kind.dossier


def kinds_about(session: ReadContext, person: str) -> list[tuple[Kind, str | None]]:
    """Kinds that tell of people of a kind, each with the field that points to them; None where they
    hang under them, or name them in words."""
    found: list[tuple[Kind, str | None]] = []
    for kind in session.visible_kinds():
        if kind.moment is None:
            continue
        if person in kind.parent or kind.moment.by_name is not None:
            found.append((kind, None))
        else:
            reference = next(
                (f.name for f in kind.fields if type_of(f).names_record and f.kind == person), None
            )
            if reference is not None:
                found.append((kind, reference))
    return sorted(found, key=lambda each: each[0].moment.order if each[0].moment else 0)


def events(session: ReadContext, person: Record) -> list[Event]:
    """What happened to a person, newest first."""
    found: list[Event] = []
    unit = session.kinds.get(person.kind).unit
    own = person.values.get(unit) if unit else None
    for kind, reference in kinds_about(session, person.kind):
        assert kind.moment is not None
        if kind.moment.by_name is not None:
            found += _by_name(session, kind, kind.moment, person)
            continue
        if reference is None:
            records = session.children(person.uid, kind.name)
        else:
            records = session.find(
                Query(kind=kind.name, where=(Where(reference, "eq", person.uid),))
            )
        found += [_event(session, kind, kind.moment, record, own) for record in records]
    return sorted(found, key=lambda e: (e.order, -e.place, e.uid), reverse=True)


def named_rows(session: ReadContext, kind: Kind, moment: Moment, person: Record) -> list[Record]:
    """The rows of a roster that are a person's: those of which it was decided, and those with the
    same words; else those with the name, blanks aside, and the unit of which the person was on the
    day. As in figures of people (``lineage.decided_sql``)."""
    assert moment.by_name is not None
    name, link = moment.by_name[0], session.kinds.person_of(kind)
    called = unspaced(session.title_of(person))
    names = {called}
    if link is not None:
        linked = session.find(Query(kind=kind.name, where=(Where(link.name, "eq", person.uid),)))
        names |= {unspaced(str(row.values.get(name))) for row in linked}
    rows = {
        row.uid: row
        for each in sorted(names)
        for row in session.find(Query(kind=kind.name, where=(Where(name, "contains", each[:1]),)))
        if unspaced(str(row.values.get(name))) in names
    }
    known = decided(session, kind, rows.values())
    return [
        row for row in rows.values()
        if known.get(row.uid, person.uid) == person.uid
        and (row.uid in known or is_theirs(session, moment, row, person))
    ]


def decided(session: ReadContext, kind: Kind, rows: Iterable[Record]) -> dict[str, str]:
    """Row → the person of whom it was decided, or all that have the same words."""
    moment, link = kind.moment, session.kinds.person_of(kind)
    if moment is None or moment.by_name is None or link is None:
        return {}
    name, unit = moment.by_name
    words: dict[tuple[str, str], list[Record]] = {}
    first = session.names.succession.first_name
    for row in rows:
        same = unspaced(str(row.values.get(name))), first(row.values.get(unit) or "")
        words.setdefault(same, []).append(row)
    found: dict[str, str] = {}
    for alike in words.values():
        own = {row.uid: row.values[link.name] for row in alike if row.values[link.name]}
        if len(set(own.values())) == 1:
            found |= dict.fromkeys((row.uid for row in alike), next(iter(own.values())))
        found |= own
    return found


def is_theirs(session: ReadContext, moment: Moment, row: Record, person: Record) -> bool:
    """Whether a row has the name of a person and the unit of which they were on the day."""
    assert moment.by_name is not None
    name, unit = moment.by_name
    day, theirs = row.values.get(moment.on), row.values.get(unit)
    called = unspaced(session.title_of(person)) == unspaced(str(row.values.get(name)))
    if not called or day is None or theirs is None:
        return False
    of_day = unit_assignment.unit_on(session, person, day)
    return session.names.succession.on(theirs, day) == of_day


def _by_name(session: ReadContext, kind: Kind, moment: Moment, person: Record) -> list[Event]:
    """What a person took part in by rosters, each once, of the first day, with how many days."""
    of: dict[str, list[Record]] = {}
    for row in named_rows(session, kind, moment, person):
        if row.parent is not None:
            of.setdefault(row.parent, []).append(row)
    same, link = _called_alike(session, person), session.kinds.person_of(kind)
    called, found = unspaced(session.title_of(person)), []
    for parent, rows in of.items():
        owner = session.owner_of(kind, parent)
        if owner is None or owner.deleted:
            continue
        rows.sort(key=lambda row: str(row.values[moment.on]))
        event = _event(session, kind, moment, rows[0], None)
        days = [f"{len(rows)}次"] if len(rows) > 1 else []
        said = {str(row.values[(moment.by_name or ("",))[0]]) for row in rows}
        other = [f"名单上写的是{each}" for each in sorted(said) if unspaced(each) != called]
        sure = link is not None and all(row.values[link.name] for row in rows)
        alike = ["同单位有同名的人，按姓名和单位列出，请核对"] if same and not sure else []
        details = [each for each in (*days, event.detail, *other, *alike) if each]
        found.append(replace(event, head=session.title_of(owner), detail="，".join(details)))
    return found


def _called_alike(session: ReadContext, person: Record) -> bool:
    """Whether another person of the kind has the same name and unit: a roster cannot tell them
    apart."""
    kind = session.kinds.get(person.kind)
    alike = [Where(kind.title, "eq", person.values.get(kind.title))]
    if kind.unit:
        alike.append(Where(kind.unit, "eq", person.values.get(kind.unit)))
    return session.count(Query(kind=kind.name, where=tuple(alike))) > 1


def _event(session: ReadContext, kind: Kind, moment: Moment, record: Record, own: object) -> Event:
    """``own`` is the person's present unit, which is told once, not on every line."""
    value = record.values.get(moment.on)
    until = record.values.get(moment.until) if moment.until else None
    yearly = isinstance(value, int)
    details = _details(session, kind, moment, record, own)
    head = f"{value}年度" if yearly else session.title_of(record)
    lasting = until if moment.lasting and isinstance(until, dt.date) else None
    if lasting is not None:
        details.append(f"{kind.field(moment.until).label}{_dotted(lasting, day=True)}")
    key = str(record.values.get(moment.by)) if moment.by else ""
    state = session.text(record, "state") if record.state else ""
    if state:
        details.append(state)
    span = bool(moment.until) and not moment.lasting
    return Event(
        kind.name, kind.label, record.uid, _order(value), _when(value, until, span), head,
        "，".join(details), moment.tones.get(key, moment.tone),
        moment.group or kind.label, moment.order,
        lasting, lasting is not None and lasting >= session.today, yearly,
    )  # fmt: skip


def _details(
    session: ReadContext, kind: Kind, moment: Moment, record: Record, own: object
) -> list[str]:
    texts = [
        _detail(session, kind.field(name), record, name in moment.named)
        for name in moment.also
        if not (_told_once(kind, name) and record.values.get(name) == own)
    ]
    return [" ".join(text.split()).rstrip("。；，;,") for text in texts if text]


def _told_once(kind: Kind, name: str) -> bool:
    """Whether a field says of which unit somebody is, on some day."""
    return name == kind.unit and kind.field(name).unit_on is not None


def _detail(session: ReadContext, field: Field, record: Record, named: bool) -> str:
    """What a field of the record tells; "" for one that is blank."""
    text: str = session.text(record, field.name)
    if not text:
        return ""
    if type_of(field).yes_no:
        return field.label
    if type_of(field).is_day:
        return f"{field.label}{_dotted(record.values[field.name], day=True)}"
    if named or field.measure:
        text = f"{field.label}{text}{'' if named else field.measure}"
    return text


def _order(value: object) -> str:
    if isinstance(value, int):
        return f"{value}-12-31"
    return "" if value is None else str(value)


def _when(value: Any, until: Any, span: bool) -> str:
    """2013.06—2021.09 for what lasts, 2022.09.05 for a day, 2021 for a year."""
    if value is None:
        return "时间未填"
    if not isinstance(value, dt.date):
        return str(value).replace("-", ".")
    if span:
        return f"{_dotted(value)}—{_dotted(until) if until else ''}"
    return _dotted(value, day=True)


def _dotted(value: dt.date, *, day: bool = False) -> str:
    return f"{value.year}.{value.month:02d}" + (f".{value.day:02d}" if day else "")
