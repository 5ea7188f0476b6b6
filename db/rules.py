"""Rules over more than one field or record, as kinds and lifecycles declare them: date order, conditional fields, limits.

A single field's own rules (type, required, range, unique) are ``db/validate.py``'s and the field types'.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .declare import Kind, Limit, Rule
from .errors import Problem
from .fieldtypes import TYPES
from .schema import quoted

if TYPE_CHECKING:
    from .records import Record
    from .session import Session

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "=": operator.eq,
    "!=": operator.ne,
}
CHAIN_LIMIT = 1000
"""Steps after which a chain of references is taken for a circle; no real hierarchy is that deep."""


def check(kind: Kind, values: Mapping[str, Any], today: dt.date) -> list[Problem]:
    """What the kind's rules find wrong with a record's values (all of them, normalised)."""
    return [
        Problem(rule.left if rule.op != "requires" else rule.right, rule.message)
        for rule in kind.all_rules
        if not holds(rule, values, today)
    ]


def holds(rule: Rule, values: Mapping[str, Any], today: dt.date) -> bool:
    """Whether one rule holds; a comparison with a blank always does."""
    if any(values.get(name) != wanted for name, wanted in rule.when.items()):
        return True
    left = values.get(rule.left)
    if rule.op == "requires":
        return left is None or values.get(rule.right) is not None
    right = today if rule.right == "today" else values.get(rule.right)
    if left is None or right is None:
        return True
    return COMPARE[rule.op](left, right)


def check_limits(
    session: Session, kind: Kind, values: Mapping[str, Any], record: Record | None, parent: str | None = None
) -> list[Problem]:
    """What the kind's limits over several records find wrong; ``parent`` is that of a record not yet written."""
    under = record.parent if record is not None else parent
    found: list[Problem] = []
    for limit in kind.limits:
        field = limit.acyclic or (limit.fields or tuple(limit.where) or (kind.title,))[0]
        if limit.acyclic is not None:
            broken = record is not None and _leads_back(session, kind, limit.acyclic, values, record.uid)
        else:
            broken = _too_many(session, kind, limit, values, record, under)
        if broken:
            found.append(Problem(field, limit.message))
    return found


def _too_many(
    session: Session, kind: Kind, limit: Limit, values: Mapping[str, Any], record: Record | None, parent: str | None
) -> bool:
    if any(values.get(name) != wanted for name, wanted in limit.where.items()):
        return False
    if any(values.get(name) is None for name in limit.fields) or (limit.siblings and parent is None):
        return False
    alike = {name: values[name] for name in (*limit.where, *limit.fields)}
    parts, parameters = ["deleted = 0", "uid <> ?"], [record.uid if record else ""]
    for name, value in alike.items():
        parts.append(f"{quoted(name)} = ?")
        parameters.append(TYPES[kind.field(name).type].to_db(value))
    if limit.siblings:
        parts.append("parent = ?")
        parameters.append(parent or "")
    text = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(kind.name)} WHERE {' AND '.join(parts)} LIMIT ?)"
    row = session.book_of(kind.name).connection.execute(text, (*parameters, limit.most)).fetchone()
    return int(row[0]) >= limit.most


def _leads_back(session: Session, kind: Kind, field: str, values: Mapping[str, Any], uid: str) -> bool:
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
