"""Rules over more than one field or record, as kinds and lifecycles declare them: date order,
conditional fields, limits.

A single field's own rules (type, required, range, unique) are ``db/rules/validate.py``'s and the
field types'.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from db.errors import Problem
from db.model import text_equality
from db.model.declarations import Kind, Limit, Rule
from db.model.fieldtypes import TYPES, type_of
from db.model.records import Elsewhere, Given, Record
from db.model.sql import quoted

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.kinds import Kinds
    from db.model.records import Record

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "=": operator.eq,
    "!=": operator.ne,
}
#: The newest records whose titles are compared; older ones nobody registers again.
MOST_COMPARED = 5_000
CHAIN_LIMIT = 1000
"""Steps after which a chain of references is taken for a circle; no real hierarchy is that deep."""


def check(
    kind: Kind, values: Mapping[str, object], today: dt.date, elsewhere: Elsewhere | None = None
) -> list[Problem]:
    """What the kind's rules find wrong with a record's values (all of them, normalised)."""
    return [
        Problem(rule.field or (rule.left if rule.op != "requires" else rule.right), rule.message)
        for rule in kind.all_rules
        if not holds(rule, values, today, elsewhere, kind)
    ]


def holds(
    rule: Rule,
    values: Mapping[str, object],
    today: dt.date,
    elsewhere: Elsewhere | None = None,
    kind: Kind | None = None,
) -> bool:
    """Whether one rule of a kind holds; a comparison with a blank always does, and one of rungs
    where nothing says which they are."""
    if rule.when and not _are(values, rule.when):
        return True
    left = _value(rule.left, values, today, elsewhere)
    right = _value(rule.right, values, today, elsewhere)
    if rule.op == "requires":
        return left is None or right is not None
    if rule.op == "blank":
        return left is None and right is None
    if left is None or right is None:
        return True
    if rule.op == "above":
        rungs = _rung(kind, rule.left, left), _rung(kind, rule.right, right)
        return not all(rungs) or rungs[0] < rungs[1]
    return COMPARE[rule.op](*alike(later(left, rule.years), right))


def _value(
    name: str, values: Mapping[str, object], today: dt.date, elsewhere: Elsewhere | None
) -> Any:
    """What a name of a rule stands for."""
    if name == "today":
        return today
    if "." in name:
        return elsewhere(name) if elsewhere else None
    return values.get(name)


def _rung(kind: Kind | None, name: str, choice: str) -> int:
    options = kind.field(name).options if kind is not None and kind.has(name) else ()
    return next((option.level for option in options if option.name == choice), 0)


def later(value: Any, years: int) -> object:
    """A date, month or year so many years later; the 29th of February becomes the 28th."""
    if not years:
        return value
    if isinstance(value, dt.date):
        day = 28 if (value.month, value.day) == (2, 29) else value.day
        return value.replace(year=value.year + years, day=day)
    if isinstance(value, str):
        return f"{int(value[:4]) + years:04d}{value[4:]}"
    return value + years


def alike(left: object, right: object) -> tuple[object, object]:
    """Two values in a form in which they can be compared: a date, a month and a year as far as both
    are precise."""
    if type(left) is type(right) or not {type(left), type(right)} & {dt.date, str}:
        return left, right
    parts = [_parts(left), _parts(right)]
    precise = min(len(p) for p in parts)
    return parts[0][:precise], parts[1][:precise]


def _parts(value: Any) -> tuple[int, ...]:
    if isinstance(value, dt.date):
        return (value.year, value.month, value.day)
    return (
        tuple(int(part) for part in value.split("-")) if isinstance(value, str) else (int(value),)
    )


def names_of(kind: Kind, message: str) -> list[tuple[str, ...]]:
    """The fields that the rules and limits with this sentence look at."""
    found = [
        (rule.left, rule.right, rule.field, *rule.when)
        for rule in kind.all_rules
        if rule.message == message
    ]
    for limit in kind.limits:
        if limit.message == message:
            found.append((
                *limit.fields, *limit.where, *(limit.span or ()),
                *((limit.acyclic,) if limit.acyclic else ()),
            ))
    return found


def elsewhere_of(
    session: ReadContext,
    kind: Kind,
    values: Given,
    record: Record | None,
    parent: str | None,
) -> Elsewhere:
    """Looks up "parent.x" and "ref.x" in the book; what this person cannot open is blank."""
    known: dict[str, Record | None] = {}

    def find(where: str) -> Record | None:
        if where == "parent":
            above = record.parent if record is not None else parent
            return session.owner_of(kind, above) if above else None
        uid, points_to = values.get(where), kind.field(where).kind
        return (
            session.get(points_to, uid) if uid and points_to and session.opens(points_to) else None
        )

    def value(dotted: str) -> object:
        where, _, name = dotted.partition(".")
        if where not in known:
            known[where] = find(where)
        found = known[where]
        return found.values.get(name) if found is not None else None

    return value


def check_dependents(
    session: ReadContext, kind: Kind, record: Record, values: Mapping[str, object],
    changed: Mapping[str, object],
) -> list[Problem]:
    """What a change of this record would break in those that hang under it or refer to it: a birth
    month moved past an appointment.

    Only what held before and no longer would is a problem, told at the field that is being changed.
    """
    found: list[Problem] = []
    watched = _watched(session.kinds).get(kind.name)
    if watched is None:
        return found
    for name in watched.keys() & changed.keys():
        for other, place, rule in watched[name]:
            if not session.opens(other.name):
                continue
            for each in session.book_of(other.name).each(
                other.name, f"{quoted(place)} = ? AND deleted = 0", (record.uid,)
            ):
                if _breaks(session, other, each, rule, place, record.values, values):
                    what = f"{other.label}「{session.title_of(each)}」"
                    found.append(Problem(name, f"{what}与改后的内容对不上：{rule.message}"))
    return found


@lru_cache(maxsize=4)
def _watched(kinds: Kinds) -> dict[str, dict[str, list[tuple[Kind, str, Rule]]]]:
    """Kind → its field → the rules of other kinds that look at it, with the column through which
    they do: parent or a reference."""
    found: dict[str, dict[str, list[tuple[Kind, str, Rule]]]] = {}
    for other in kinds:
        for rule in other.all_rules:
            for name in (rule.left, rule.right):
                place, dot, field = name.partition(".")
                if not dot:
                    continue
                if place == "parent":
                    owners = [k.name for k in kinds.parents_of(other.name)]
                else:
                    owners = [target] if (target := other.field(place).kind) else []
                for owner in owners:
                    found.setdefault(owner, {}).setdefault(field, []).append((other, place, rule))
    return found


def _breaks(
    session: ReadContext,
    other: Kind,
    each: Record,
    rule: Rule,
    place: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> bool:
    usual = elsewhere_of(session, other, each.values, each, None)

    def seen(owner: Mapping[str, object]) -> Elsewhere:
        return lambda name: (
            owner.get(name.partition(".")[2]) if name.startswith(f"{place}.") else usual(name)
        )

    today = session.today
    return holds(rule, each.values, today, seen(before), other) and not holds(
        rule, each.values, today, seen(after), other
    )


def check_limits(
    session: ReadContext,
    kind: Kind,
    values: Mapping[str, object],
    record: Record | None,
    parent: str | None = None,
) -> list[Problem]:
    """What the kind's limits over several records find wrong; ``parent`` is that of a record not
    yet written."""
    under = record.parent if record is not None else parent
    found: list[Problem] = []
    for limit in kind.limits:
        field = limit.acyclic or (limit.fields or tuple(limit.where) or (kind.title,))[0]
        if limit.acyclic is not None:
            broken = record is not None and _leads_back(
                session, kind, limit.acyclic, values, record.uid
            )
        else:
            broken = _too_many(session, kind, limit, values, record, under)
        if broken:
            found.append(Problem(field, limit.message))
    return found


def _are(values: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Whether all the values are as they are wanted."""
    return all(values.get(name) == each for name, each in wanted.items())


def _is_limited(limit: Limit, values: Mapping[str, object], parent: str | None) -> bool:
    """Whether a row of these values is one of those that the limit counts."""
    if not _are(values, limit.where):
        return False
    if any(values.get(name) == left_out for name, left_out in limit.unless.items()):
        return False
    if limit.span and values.get(limit.span[0]) is None:
        return False
    if limit.siblings and parent is None:
        return False
    return limit.blanks or all(values.get(name) is not None for name in limit.fields)


def _worded(kind: Kind, limit: Limit, values: Mapping[str, object]) -> dict[str, str]:
    """The texts that are compared by their words, as they are compared."""
    if not limit.worded:
        return {}
    texts = [n for n in limit.fields if type_of(kind.field(n)).plain_text and values.get(n)]
    return {n: said for n in texts if (said := text_equality.plain(str(values.get(n))))}


def _conditions(
    kind: Kind, limit: Limit, values: Mapping[str, object], worded: Collection[str]
) -> Iterator[tuple[str, list[Any]]]:
    """SQL, and its parameters, for the rows that a limit counts together with one."""

    def to_db(name: str, value: object) -> Any:
        return TYPES[kind.field(name).type].to_db(value)

    for name in dict.fromkeys((*limit.where, *limit.fields)):
        if name in worded:
            yield f"{quoted(name)} LIKE ?", [text_equality.pattern(str(values.get(name)))]
        else:
            yield f"{quoted(name)} IS ?", [to_db(name, values.get(name))]
    for name, left_out in limit.unless.items():
        yield f"{quoted(name)} IS NOT ?", [to_db(name, left_out)]
    if limit.span:
        start, end = limit.span
        yield (
            f"{quoted(start)} < coalesce(?, '9999') AND coalesce({quoted(end)}, '9999') > ?",
            [to_db(end, values.get(end)), to_db(start, values.get(start))],
        )


def _too_many(
    session: ReadContext,
    kind: Kind,
    limit: Limit,
    values: Mapping[str, object],
    record: Record | None,
    parent: str | None,
) -> bool:
    if not _is_limited(limit, values, parent):
        return False
    worded = _worded(kind, limit, values)
    conditions = [
        ("deleted = 0 AND uid <> ?", [record.uid if record else ""]),
        *_conditions(kind, limit, values, worded),
        *([("parent = ?", [parent or ""])] if limit.siblings else []),
    ]
    where = f"FROM {quoted(kind.name)} WHERE {' AND '.join(part for part, _ in conditions)}"
    parameters = [each for _, given in conditions for each in given]
    execute = session.book_of(kind.name).connection.execute
    if worded:
        rows = execute(f"SELECT {', '.join(map(quoted, worded))} {where}", parameters)
        texts = list(worded.values())
        same = sum(list(map(text_equality.plain, row)) == texts for row in rows)
        return same >= limit.most
    counted = execute(f"SELECT count(*) FROM (SELECT 1 {where} LIMIT ?)", (*parameters, limit.most))
    return int(counted.fetchone()[0]) >= limit.most


def alike_said(session: ReadContext, kind: Kind, record: Record) -> str:
    """A sentence about other records whose title says nearly the same, where the kind allows no two
    of one title; else empty."""
    limit = next((each for each in kind.limits if _tells_titles_apart(each, kind)), None)
    if limit is None or not record.values.get(kind.title):
        return ""
    found = [f"《{title}》" for title in _similar_titles(session, kind, limit, record)]
    if not found:
        return ""
    field = kind.field(kind.title).label
    others = "、".join(found[:3]) + ("等" if len(found) > 3 else "")
    return f"「{field}」与{others}相近，请核对是否重复。"


def _tells_titles_apart(limit: Limit, kind: Kind) -> bool:
    return limit.worded and kind.title in limit.fields and not limit.siblings


def _similar_titles(
    session: ReadContext, kind: Kind, limit: Limit, record: Record
) -> Iterator[str]:
    """Titles that say nearly what the record's says, of rows that are like it in the limit's other
    fields."""

    def read(values: Iterable[object]) -> dict[str, str]:
        texts = (text_equality.plain(str(value or "")) for value in values)
        return dict(zip(limit.fields, texts, strict=True))

    own = read(record.values.get(name) for name in limit.fields)
    title = own.pop(kind.title)
    columns = ", ".join(quoted(name) for name in (kind.title, *limit.fields))
    rows = session.book_of(kind.name).connection.execute(
        f"SELECT {columns} FROM {quoted(kind.name)} WHERE deleted = 0 AND uid <> ? ORDER BY id DESC"
        f" LIMIT {MOST_COMPARED}",
        (record.uid,),
    )
    for shown, *values in rows:
        theirs = read(values)
        other = theirs.pop(kind.title)
        if theirs == own and other != title and text_equality.similar(other, title):
            yield shown


def _leads_back(
    session: ReadContext, kind: Kind, field: str, values: Mapping[str, object], uid: str
) -> bool:
    """Whether following the reference from this record comes back to it."""
    connection = session.book_of(kind.name).connection
    text = f"SELECT {quoted(field)} FROM {quoted(kind.name)} WHERE uid = ?"
    here = values.get(field)
    for _ in range(CHAIN_LIMIT):
        if here is None:
            return False
        if here == uid:
            return True
        row = connection.execute(text, (here,)).fetchone()
        here = row[0] if row else None
    return True

