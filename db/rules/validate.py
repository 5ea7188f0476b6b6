"""Whether values may be kept: types, required, unique, what they point to, and the rules the kind
declares.

All problems of a record are found at once, each with its field and a sentence, so that a form can
mark them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from db.errors import BadInput, Problem
from db.model import rules
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, shown, type_of
from db.model.sql import quoted
from db.units import unit_assignment
from db.units.names import UNIT_KIND

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.records import Record, Values


def normalized(kind: Kind, values: Mapping[str, object]) -> Values:
    """Values in the form they are kept. Raises ``BadInput`` with every problem found."""
    found: Values = {}
    problems: list[Problem] = []
    for name, value in values.items():
        if not kind.has(name):
            problems.append(Problem(name, f"「{kind.label}」没有名为「{name}」的字段。"))
            continue
        field = kind.field(name)
        try:
            found[name] = TYPES[field.type].normalize(value, field)
        except BadInput as error:
            problems += error.problems
    complain(problems)
    return found


def complain(problems: list[Problem], uid: str | None = None) -> None:
    """Raise one ``BadInput`` for all problems, if there are any."""
    if problems:
        raise BadInput(
            "；".join(dict.fromkeys(p.message.rstrip("。") for p in problems)) + "。", uid=uid,
            problems=problems,
        )


def check(
    session: ReadContext,
    kind: Kind,
    values: Mapping[str, object],
    changed: Mapping[str, object],
    record: Record | None,
    parent: str | None = None,
) -> None:
    """Whether a record may have these ``values`` (all of them); only what ``changed`` is looked up
    in the book."""
    problems: list[Problem] = []
    for field in kind.required_fields:
        if values.get(field.name) is None:
            problems.append(Problem(field.name, f"「{field.label}」必填，请填写。"))
    for name, value in changed.items():
        if value is None:
            continue
        field = kind.field(name)
        problems += _points_somewhere(
            session, field, value, record.values.get(name) if record else None
        )
        if field.unique:
            problems += _is_unique(session, kind, field, value, record)
    problems += unit_assignment.ceased_units(session, kind, values, changed)
    if kind.all_rules:
        elsewhere = rules.elsewhere_of(session, kind, values, record, parent)
        problems += rules.check(kind, values, session.today, elsewhere)
    if record is not None and changed:
        problems += rules.check_dependents(session, kind, record, values, changed)
    if kind.limits:
        problems += rules.check_limits(session, kind, values, record, parent)
    complain(problems, record.uid if record else None)


def _problems(
    session: ReadContext,
    kind: Kind,
    values: Mapping[str, object],
    changed: Mapping[str, object],
    record: Record,
) -> list[Problem]:
    try:
        check(session, kind, values, changed, record)
    except BadInput as error:
        return list(error.problems)
    return []


def check_again(
    session: ReadContext, record: Record, before: Mapping[str, object], written: Mapping[str,
    object]
) -> None:
    """Whether values that were right once may stand today: refuses what another has taken since, or
    what now contradicts.

    What was wrong ``before`` as well is passed over, so that nobody is kept from taking a mistake
    back.
    """
    kind = session.kinds.get(record.kind)
    old = _problems(session, kind, before, {}, record)
    changed = {
        f.name: record.values.get(f.name)
        for f in kind.all_fields
        if f.name in written or (f.unique and "deleted" in written)
    }
    new = [p for p in _problems(session, kind, record.values, changed, record) if p not in old]
    if new:
        reason = "；".join(dict.fromkeys(p.message.rstrip("。") for p in new))
        raise BadInput(
            f"不能撤销，后来的改动与原来的内容不合：{reason}。", uid=record.uid, problems=new
        )


def _points_somewhere(session: ReadContext, field: Field, value: Any, before: Any) -> list[Problem]:
    if type_of(field).names_units:
        # what the program keeps by itself tells of the past: a unit that was deleted since still
        # had the work then; so does a list that is added to, whose earlier units may have gone
        known = session.names.every_unit() if field.computed else session.names.units()
        stood = set(before or ()) if type_of(field).many else set()
        for uid in (value,) if isinstance(value, str) else value:
            if uid not in known and uid not in stood:
                return [
                    Problem(field.name, f"「{field.label}」指向的单位不在单位表中，请重新选择。")
                ]
    elif type_of(field).names_record and field.kind:
        if field.kind == UNIT_KIND:
            found = value in session.names.units()
        elif not session.opens(field.kind):  # put back as it was; nobody types it
            found = True
        else:
            book = session.book_of(field.kind)
            row = book.connection.execute(
                f"SELECT 1 FROM {quoted(field.kind)} WHERE uid = ? AND deleted = 0", (value,)
            ).fetchone()
            found = row is not None
        if not found:
            return [Problem(field.name, f"「{field.label}」指向的记录不存在或已删除，请重新选择。")]
    return []


def _is_unique(
    session: ReadContext, kind: Kind, field: Field, value: object, record: Record | None
) -> list[Problem]:
    book = session.book_of(kind.name)
    row = book.connection.execute(
        f"SELECT uid FROM {quoted(kind.name)} WHERE {quoted(field.name)} = ? AND deleted = 0 AND"
        " uid <> ? LIMIT 1",
        (TYPES[field.type].to_db(value), record.uid if record else ""),
    ).fetchone()
    if row is None:
        return []
    return [
        Problem(
            field.name,
            f"「{field.label}」{shown(field, value, session.names)} 已有一条，不能重复。",
        )
    ]
