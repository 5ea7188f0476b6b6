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
from typing import Any

import msgspec

#: The field that keeps them.
FIELD = "steps"


class StepTaken(msgspec.Struct, frozen=True, omit_defaults=True):
    """``on``: the day it happened; ``at``: the moment it was entered; ``to``: the state after it;
    ``was``: what it changed of unit, deadline and leader, as it was before, in plain JSON;
    ``place``: how many steps the record had when it was taken, since two may be entered within
    one second; ``gave``: what it wrote of the fields that are settled by the steps
    (``step_history.Settling``), in plain JSON, of a text its ``mark``."""

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


def ordered(steps: Iterable[StepTaken]) -> Steps:
    """In the order in which they happened; of one day, as they were entered."""
    return tuple(sorted(steps, key=lambda step: (step.on, step.at, step.place, step.id)))


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


def taken_back(now: Steps | None, before: Steps | None) -> Steps | None:
    """As ``now``, with the steps that ``before`` lacks marked as taken back, and those that it
    holds standing again."""
    stood = {step.id: step.void for step in before or ()}
    return tuple(
        msgspec.structs.replace(step, void=stood.get(step.id, True)) for step in now or ()
    ) or None


def standing(steps: Steps | None) -> Steps:
    """Those that were not taken back."""
    return tuple([step for step in steps or () if not step.void])
