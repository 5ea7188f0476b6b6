"""Whether the person logged in may take a step: the role, the office, and never twice the same
person where a second one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.access import ownership_checks, roles
from db.errors import NotPermitted
from db.model.declarations import Action, Kind
from db.model.records import Record
from db.model.roles import ROLES, called

if TYPE_CHECKING:
    from db.model.context import ReadContext


def check(session: ReadContext, kind: Kind, action: Action, record: Record) -> None:
    """``NotPermitted`` with who could take it."""
    roles.check_write(session.role, kind)
    ownership_checks.check_step(session, record, action)
    if not roles.may_take_step(session.role, action):
        who = "、".join(label for role, label in ROLES.items() if role in action.roles)
        raise NotPermitted(f"{called(session.role)}不能{action.label}，请由{who}操作。")
    if action.not_by is not None and record.values.get(action.not_by) == session.who.user:
        what = kind.field(action.not_by).label
        raise NotPermitted(f"{action.label}不能由{what}本人操作，请换另一位有权限的人员。")
    if action.not_by_writers:
        for line in session.history(kind.name, record.uid):
            if line.by == session.who.user and line.field in action.not_by_writers:
                what = kind.field(line.field).label
                raise NotPermitted(
                    f"{action.label}不能由写过「{what}」的本人操作，请换另一位有权限的人员。"
                )
