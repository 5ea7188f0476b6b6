"""Which records wait for this person's step: said by the lifecycles, for every ledger alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.access import roles
from db.model.declarations import Action, Kind, Lifecycle, State
from db.model.query import Where
from db.rules.lifecycle import Possible, first_step
from db.session import Session


@dataclass(frozen=True)
class Waiting:
    """Rows of one ledger that stand where this person's step is the next."""

    kind: Kind
    state: State
    action: Action
    where: tuple[Where, ...]


def waiting_steps(session: Session, kind: Kind) -> list[Waiting]:
    """What of a ledger waits for this person: what is left to a second person, for those who may be
    that one; and what has a deadline and is not given out yet."""
    cycle = session.kinds.lifecycle_of(kind)
    if cycle is None or not session.may_write(kind.name):
        return []
    main = [a for a in cycle.actions if a.main and roles.may_take_step(session.role, a)]
    found = _decisions(cycle, main)
    start = next((action for action in main if cycle.initial in action.from_), None)
    if kind.lights is not None and start is not None:
        found.setdefault(cycle.initial, start)
    return [
        _waiting(session, kind, cycle.state(name), _first(session, cycle, name, action))
        for name, action in found.items()
    ]


def _first(session: Session, cycle: Lifecycle, state: str, action: Action) -> Action:
    """The step that the form has first there; else this one."""
    possible = [
        Possible(each, roles.may_take_step(session.role, each))
        for each in cycle.actions if state in each.from_
    ]
    return first_step(cycle, state, possible, session.role) or action


def _decisions(cycle: Lifecycle, main: Sequence[Action]) -> dict[str, Action]:
    """By state: the step that a second person takes from it, and the one that such a step leads to
    (a checked draft is to be issued)."""
    second = [action for action in main if action.not_by is not None]
    found = {name: action for action in reversed(second) for name in action.from_}
    over = {*cycle.names(closed=True), *cycle.names(void=True)}
    for state in {action.to for action in second if action.to is not None} - over:
        after = next((action for action in main if state in action.from_), None)
        if after is not None:
            found.setdefault(state, after)
    return found


def _waiting(session: Session, kind: Kind, state: State, action: Action) -> Waiting:
    where: tuple[Where, ...] = (Where("state", "eq", state.name),)
    if action.not_by is not None:
        where = (*where, Where(action.not_by, "ne", session.user.name))
    return Waiting(kind, state, action, where)


def kinds_with_steps(session: Session) -> list[Kind]:
    """Ledgers through whose lifecycle this person's work goes."""
    return [
        kind for kind in session.visible_kinds()
        if kind.lifecycle is not None and kind.family and not kind.parent
    ]
