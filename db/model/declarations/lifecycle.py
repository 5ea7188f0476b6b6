"""A lifecycle: states, the steps between them, and what they write."""

from __future__ import annotations

from typing import Literal

import msgspec

from db.errors import DeclarationError
from db.model.declarations.field import Field, Owner, Tone
from db.model.declarations.kind import Rule
from db.model.late_pattern import lazy_regex

NoteRule = Literal["no", "optional", "required"]

ACTION_NAME = lazy_regex(r"^[a-z][a-z0-9-]{0,62}$")


class State(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A state of a lifecycle. ``closed`` ends the work (counted as done); ``void`` takes the item
    out of every count.

    A ``draft`` is not counted yet and a ``paused`` item is not overdue. ``edited_to``: the state to
    which a record goes back when a person changes what it says, so that nothing stands as checked
    that nobody checked.
    """

    name: str
    label: str
    closed: bool = False
    void: bool = False
    paused: bool = False
    draft: bool = False
    edited_to: str = ""
    tone: Tone = "grey"


class ActionChild(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A child record that an action writes: its kind and, field by field, sources (see
    ``db/model/action_sources.py``)."""

    kind: str
    values: dict[str, str] = {}


class ActionUpdate(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """Children that an action changes: those of ``kind`` whose fields have the values of ``where``
    get ``values`` (sources).

    With ``missing`` the action is not to be had while there is no such child, and ``missing`` is
    the sentence that says so.
    """

    kind: str
    where: dict[str, str]
    values: dict[str, str]
    missing: str = ""


class Action(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True,
    rename={"from_": "from"},
):
    """A step from one state to another: who may take it and what it writes.

    ``to`` is a state, none (it stays), or "field:x" (the state kept in a field). ``set`` maps field
    → source (see ``db/model/action_sources.py``).
    ``keep`` maps field → field whose old value is kept there if the target is still blank and this
    step changes it (the original deadline). ``not_by`` names a field holding the login name of the
    person who may not take this step (nothing closes without a second person); ``not_by_writers``
    names fields, and keeps out whoever wrote into one of them. ``owner``: whose step it is where
    offices share the record, the issuer's alone or also the responsible unit's. ``ask`` are fields
    a person must give with the step,
    ``offer`` those that may be given; both are fields of the record or, if it has none of that
    name, of the child.
    """

    name: str
    label: str
    from_: tuple[str, ...]
    to: str | None = None
    roles: tuple[str, ...] = ("administrator", "reviewer", "clerk")
    owner: Owner = "issuer"
    note: NoteRule = "optional"
    not_by: str | None = None
    not_by_writers: tuple[str, ...] = ()
    set: dict[str, str] = {}
    keep: dict[str, str] = {}
    ask: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    #: Fields that must be filled before this step may be taken.
    requires: tuple[str, ...] = ()
    #: Dates that must have come when it is taken: nothing is held before its day.
    not_before_today: tuple[str, ...] = msgspec.field(default=(), name="come")
    #: Carried out before ``child`` is written.
    updates: tuple[ActionUpdate, ...] = ()
    child: ActionChild | None = None
    icon: str = ""
    tone: Tone = "blue"
    #: Main step shown as a filled button; others stand in the menu.
    main: bool = False


class Lifecycle(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """States, steps between them, and the fields they need; several kinds share one lifecycle."""

    name: str
    label: str
    initial: str
    states: tuple[State, ...]
    actions: tuple[Action, ...] = ()
    fields: tuple[Field, ...] = ()
    #: Lists of fields that several lifecycles have (``lifecycles/fields/``); put after its own, and
    #: gone, once its file is read.
    fields_from: tuple[str, ...] = ()
    #: Rules for every kind that goes through it; one that names a field the kind lacks is passed
    #: over.
    rules: tuple[Rule, ...] = ()
    #: Indexes for every kind that goes through it: what figures read from end to end or by period.
    indexes: tuple[tuple[str, ...], ...] = ()
    #: What is closed stands: neither the record is deleted nor what its steps wrote under it
    #: changed, until a step reopens it.
    settled: bool = False
    #: The date of which the units of every record that goes through it are (the day it was
    #: assigned).
    day: str | None = None
    #: The field that keeps the unit a record was taken over from.
    taken_from: str | None = None
    #: The fields that keep, of a record handed over to a unit that came of its own, the units it
    #: was given to and since when.
    held: tuple[str, str] | None = None
    #: The dates on which a unit asked to be done and on which that was granted.
    requested_on: str | None = None
    closed_on: str | None = None
    #: The field that keeps the deadline first given, for work that is judged in the week of it
    #: whatever it was carried on to.
    first_deadline: str | None = None
    #: The field with the class of work, by which it is reported on in a rhythm.
    rhythm_by: str | None = None
    #: The field that keeps of which class it was before, and until when.
    rhythm_was: str | None = None
    #: Fields that its steps fill, of which the steps' own order says what stands where two offices
    #: took steps at the same time: nobody is asked.
    by_steps: tuple[str, ...] = ()
    help: str = ""

    def state(self, name: str) -> State:
        """The state of that name; an unknown name raises ``DeclarationError``."""
        for each in self.states:
            if each.name == name:
                return each
        raise DeclarationError(f"流程「{self.label}」没有名为「{name}」的状态。")

    def action(self, name: str) -> Action:
        """The action of that name; an unknown name raises ``DeclarationError``."""
        for each in self.actions:
            if each.name == name:
                return each
        known = "、".join(a.name for a in self.actions)
        raise DeclarationError(f"流程「{self.label}」没有名为「{name}」的操作，可用的有：{known}。")

    @property
    def open_states(self) -> tuple[str, ...]:
        """States in which the work runs and can be overdue: not drafts, closed, void or paused."""
        return tuple(s.name for s in self.states if not (s.closed or s.void or s.paused or s.draft))

    @property
    def asked_states(self) -> tuple[str, ...]:
        """States in which somebody asked to be done and nobody has decided yet."""
        asking = {a.to for a in self.actions if a.set.get(self.requested_on or "") not in (
            None, "clear")}  # fmt: skip
        return tuple(name for name in self.open_states if name in asking)

    @property
    def stays_counted(self) -> bool:
        """Whether what counts as assigned work has done so ever since it was given out: nothing
        comes back from what is void, nor goes back to a draft."""
        out = {s.name for s in self.states if s.void}
        drafts = {s.name for s in self.states if s.draft}
        return not any(out & set(a.from_) or a.to in drafts for a in self.actions)

    @property
    def counted_states(self) -> tuple[str, ...]:
        """States that count as assigned work: open, paused and closed ones."""
        return tuple(s.name for s in self.states if not (s.void or s.draft))

    def awaits_decision(self, state: str) -> bool:
        """Whether a second person's step is awaited there: what a record was asked for."""
        return any(action.not_by is not None and state in action.from_ for action in self.actions)

    def names(self, *, closed: bool | None = None, void: bool | None = None) -> tuple[str, ...]:
        """Names of the states that are (not) closed and (not) void."""
        return tuple(
            s.name
            for s in self.states
            if (closed is None or s.closed == closed) and (void is None or s.void == void)
        )
