"""The steps that a record went through: add-only facts, each with the day on which it really
happened beside the moment at which it was entered.

A record carries them in one field (``Kinds`` gives it to every kind with a lifecycle). What the
record was on a day follows from them and from the record itself: a step keeps what it changed as it
was *before*, so that a correction typed later corrects the whole time since the step that gave the
value, and today is always what the record says.

Two offices that took steps at the same time have both of them afterwards; a step that was taken
back stays, marked ``void``, so that no older copy brings it in again.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import msgspec

#: The field that keeps them.
FIELD = "steps"


class StepTaken(msgspec.Struct, frozen=True, omit_defaults=True):
    """``on``: the day it happened; ``at``: the moment it was entered; ``to``: the state after it;
    ``was``: what it changed of unit, deadline and leader, as it was before, in plain JSON;
    ``place``: how many steps the record had when it was taken, since two may be entered within
    one second; ``gave``: what it wrote of the fields that are settled by the steps
    (``step_history.StepResolution``), in plain JSON, of a text its ``mark``."""

    id: str
    action: str
    on: str
    at: str
    by: str
    to: str
    office: str = ""
    was: dict[str, Any] = {}
    void: bool = False
    place: int = 0
    gave: dict[str, Any] = {}

    @property
    def day(self) -> dt.date:
        """``on`` as a date."""
        return dt.date.fromisoformat(self.on)


Steps = tuple[StepTaken, ...]
_order = attrgetter("on", "at", "place", "id")


def ordered(steps: Iterable[StepTaken]) -> Steps:
    """In the order in which they happened; of one day, as they were entered."""
    return tuple(sorted(steps, key=_order))


def joined(mine: Steps | None, theirs: Steps | None) -> Steps | None:
    """The steps of both, in an order that does not hang on who asks."""
    found: dict[str, StepTaken] = {}
    for step in (*(mine or ()), *(theirs or ())):
        other = found.get(step.id)
        if other is None or _rank(other) < _rank(step):
            found[step.id] = step
    return ordered(found.values()) or None


def _rank(step: StepTaken) -> tuple[bool, int, bytes]:
    return step.void, len(step.gave), msgspec.json.encode(step)


def mark(text: str) -> str:
    """A short sign of a text."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6)
    return base64.urlsafe_b64encode(digest.digest()).decode("ascii")


# -- in the change log -----------------------------------------------------------------------------
#
# A list is written anew with each of its steps: kept whole every time, before and after, most of
# the log would be steps that are in it already.

#: Under what a change keeps the steps that it added or changed alone: ``before`` those of them
#: that there were, as they were.
_MORE = "more"


def in_log(before: Steps | None, after: Steps | None) -> tuple[Any, Any]:
    """A list before and after a change, in plain JSON as the log keeps it: by what came in or
    changed, or whole where steps went or do not stand in their order."""
    if not before or not after:
        return plain(before), plain(after)
    now = {step.id: step for step in after}
    if ordered(now.values()) != after:
        return plain(before), plain(after)
    if after[: len(before)] == before:  # as most are: some came to them
        return {_MORE: []}, {_MORE: plain(after[len(before) :])}
    had = {step.id: step for step in before}
    if not had.keys() <= now.keys():
        return plain(before), plain(after)
    new = [step for step in after if had.get(step.id) != step]
    old = [had[step.id] for step in new if step.id in had]
    return {_MORE: plain(old)}, {_MORE: plain(new)}


def plain(steps: Iterable[StepTaken] | None) -> Any:
    """In plain JSON."""
    return None if steps is None else msgspec.to_builtins(list(steps))


def after_change(now: Any, logged: Any) -> Any:
    """The list after a change, from what it was and what the log keeps of it, in plain JSON.
    ``ValueError`` for what no program wrote."""
    return _exchanged(now, (), _more(logged)) if isinstance(logged, dict) else logged


def before_change(now: Any, before: Any, after: Any) -> Any:
    """The list before a change, from what it was after it; otherwise as ``after_change``."""
    return _exchanged(now, _more(after), _more(before)) if isinstance(after, dict) else before


def unchanged_since(now: Steps | None, before: Any, after: Any) -> bool:
    """Whether what a change added or changed is still as it left it, whatever else came since; both
    as the log keeps them."""
    there = {each["id"]: each for each in plain(now) or ()}
    gone, come = _exchange(before, after)
    return all(there.get(uid) == come.get(uid) for uid in gone | come)


def undone(now: Steps | None, before: Any, after: Any) -> Steps | None:
    """As ``now``, with the steps that a change added marked as taken back, and those that it
    changed standing, or not, as before; both as the log keeps them."""
    gone, come = _exchange(before, after)
    stood = {uid: each.get("void", False) for uid, each in gone.items()}
    return tuple(
        msgspec.structs.replace(step, void=stood.get(step.id, True)) if step.id in come else step
        for step in now or ()
    ) or None


def _exchange(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The steps of a change by their ids, without those that it left as they were: as they were
    before, and after it."""
    old, new = ({each["id"]: each for each in _more(logged)} for logged in (before, after))
    kept = {uid for uid, each in old.items() if new.get(uid) == each}
    return (
        {uid: each for uid, each in old.items() if uid not in kept},
        {uid: each for uid, each in new.items() if uid not in kept},
    )


def _more(logged: Any) -> list[dict[str, Any]]:
    found = logged.get(_MORE) if isinstance(logged, dict) else logged
    return found if isinstance(found, list) else []


def _exchanged(now: Any, gone: Iterable[Any], come: Iterable[Any]) -> list[dict[str, Any]]:
    try:
        found = {each["id"]: each for each in now or ()}
        for each in gone:
            found.pop(each["id"], None)
        found |= {each["id"]: each for each in come}
        return sorted(found.values(), key=_place)
    except (KeyError, TypeError) as error:
        raise ValueError("no list of steps") from error


def _place(step: dict[str, Any]) -> tuple[Any, ...]:
    """What ``ordered`` goes by, of plain JSON."""
    return step["on"], step["at"], step.get("place", 0), step["id"]


def not_undone(steps: Steps | None) -> Steps:
    """Those that were not taken back."""
    return tuple([step for step in steps or () if not step.void])
