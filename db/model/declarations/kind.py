"""A kind of record: its fields, lights and rules, and how it stands to other kinds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import msgspec

from db.errors import DeclarationError
from db.model.declarations.field import Field, Place, Tone


class Lights(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What the colours of a ledger mean. Overdue is computed from ``deadline``, never kept as a
    state.

    ``by = "deadline"``: yellow from ``yellow_days`` before the deadline, red after it. ``by =
    "progress"``: the share of time gone since ``start`` less the ``progress`` reached, in points:
    more than ``yellow_behind`` is yellow, more than ``red_behind`` red. An office for which red is
    good says so in ``default``, ``soon``, ``overdue``, ``closed`` and, by colour, in ``labels``.
    """

    by: Literal["deadline", "progress"] = "deadline"
    deadline: str = "deadline"
    start: str = "assigned_on"
    progress: str = "progress_percent"
    yellow_behind: int = 10
    red_behind: int = 30
    yellow_days: int = 3
    #: Of what has no lifecycle: the date that, once filled, ends it.
    done: str = ""
    calendar: Literal["calendar", "workday"] = "calendar"
    default: Tone = "green"
    soon: Tone = "yellow"
    overdue: Tone = "red"
    closed: Tone = "blue"
    labels: dict[str, str] = {}


class Rule(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A rule between fields of one record, e.g. ``left="assigned_on" op="<=" right="deadline"``.

    ``right`` names a field, or is "today"; either side may be "parent.x" or "ref.x", a field of the
    record above or of the one that the reference ``ref`` names. ``years`` are added to ``left``.
    Dates, months and years are compared as far as both are precise. A comparison holds when either
    side is blank; "requires" asks that ``right`` is filled once ``left`` is, "blank" that both are
    empty, "above" that the choice ``left`` stands on a higher rung than ``right``.
    ``when`` limits the rule to records whose fields have these values. ``field`` is the one that a
    form marks, if not ``left``. In the ``message`` of a lifecycle's rule ``{left}`` and ``{right}``
    by their names stand for what the ledger calls them: {deadline} is 整改时限 in one, 办理时限 in
    another.
    """

    left: str
    op: Literal["<=", "<", ">=", ">", "=", "!=", "requires", "blank", "above"]
    right: str
    message: str
    when: dict[str, Any] = {}
    years: int = 0
    field: str = ""

    def worded(self, labels: Mapping[str, str]) -> Rule:
        """With the labels of its two fields in the message."""
        message = self.message
        for name in (self.left, self.right):
            message = message.replace(f"{{{name}}}", labels.get(name, name))
        return msgspec.structs.replace(self, message=message)


class Limit(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A rule over several records of a kind: at most ``most`` live ones alike in ``fields`` (and of
    one parent, if ``siblings``).

    ``where`` limits it to records with these values: one chair a meeting is ``siblings=true
    where={role="chair"}``; ``unless`` leaves out records with these. ``span`` are two dates (from,
    until): only records whose spans overlap count; a blank end is open, and one that ends on the
    day the other begins does not overlap. ``acyclic`` names a reference to the same kind that may
    not lead back to the record itself. ``worded``: texts in ``fields`` are alike when they say the
    same but for punctuation and blanks;
    ``blanks``: what is left blank in several is alike, too.
    """

    message: str
    fields: tuple[str, ...] = ()
    worded: bool = False
    blanks: bool = False
    siblings: bool = False
    where: dict[str, Any] = {}
    unless: dict[str, Any] = {}
    span: tuple[str, str] | None = None
    most: int = 1
    acyclic: str | None = None


class Moment(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """How a record stands on the timeline of the person it is about: the one it hangs under or
    refers to.

    ``on`` is its date, month or year; ``until`` the end of it, or, when ``lasting``, the day up to
    which it weighs on the person
    (the influence period of a sanction). ``also`` are fields told beside the title, those in
    ``named`` with their labels. ``by`` is the choice whose value picks the colour among ``tones``,
    else ``tone``. ``group`` heads it on the printed sheet, where its records stand in ``order``.
    """

    on: str
    until: str = ""
    lasting: bool = False
    also: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    by: str = ""
    tone: Tone = "blue"
    tones: dict[str, Tone] = {}
    group: str = ""
    order: int = 100
    #: Element of the appointment form that these records fill when it was not written by hand.
    tag: str = ""
    #: Of records that name a person in words alone (a roster): the fields with name and unit. They
    #: are of whoever is called so and was of that unit on the day, as in figures of people; a
    #: reference to a person (``Kinds.person_of``) that somebody decided on goes before the words.
    by_name: tuple[str, str] | None = None


class Dossier(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A kind whose records are people with a page and a sheet of their own.

    ``photo`` is an attachment, ``facts`` the fields told beside it, ``subtitle`` the field under
    the name. ``born`` and ``known_by`` tell two people of one name apart. ``career`` names the kind
    of child and its fields (unit, from, until) that say of which unit the person was on a day.
    """

    photo: str = ""
    subtitle: str = ""
    facts: tuple[str, ...] = ()
    born: str = ""
    known_by: str = ""
    career: tuple[str, str, str, str] | None = None


class Becomes(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """How rows of a kind become records of another in one press: what a meeting decided, what was
    found on the spot.

    ``link`` is the field of the made record that refers to the row, ``marked`` the row's flag or
    date that says it was made, here or in another office's book; ``label`` names the press.
    ``where`` limits it to rows with these values. ``values`` maps field → source: "field:x" of the
    row, "parent:x" of the record above, "text:x", the first that is not blank of several parted by
    ``|``. ``step`` is taken at once where what it needs is there and the deadline has not gone by.
    """

    kind: str
    link: str
    marked: str
    label: str
    where: dict[str, Any] = {}
    values: dict[str, str] = {}
    step: str = ""


class Hears(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What goes before each sitting of a kind (``db/rules/meeting_hearings.py``): the open
    records of kind ``of``, raised on the day ``since`` ``at`` a sitting or before, that agree with
    it in ``same``.

    When the sitting, of the day ``on``, takes ``step``, each gets a row of ``kind``: with the
    sitting in ``link``, its day in ``day`` and in ``number`` the how manieth time it was.
    """

    of: str
    kind: str
    step: str
    on: str
    since: str
    at: str
    link: str
    day: str
    number: str
    same: tuple[str, ...] = ()


class Kind(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True,
    dict=True,
):
    """A kind of record. ``title`` is the field that names a record.

    ``parent`` names the kinds it may hang under; "lifecycle:x" stands for all that go through x,
    "*" for all at the top.
    """

    name: str
    label: str
    title: str
    family: str = ""
    book: Literal["office", "personnel"] = "office"
    lifecycle: str | None = None
    fields: tuple[Field, ...] = ()
    lights: Lights | None = None
    icon: str = "mdi6.clipboard-text-outline"
    parent: tuple[str, ...] = ()
    #: The unit field whose value decides whose row it is.
    unit: str | None = None
    #: Further unit fields (several units) that may fill the row as well.
    cooperating: tuple[str, ...] = ()
    #: The date, month or year of which its units are; else the lifecycle's, else that of
    #: ``moment``.
    day: str | None = None
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    #: Columns of further indexes over live records, for figures and long lists.
    indexes: tuple[tuple[str, ...], ...] = ()
    #: What it was called before. JSON says ``was``, as it always has.
    renamed_from: tuple[str, ...] = msgspec.field(default=(), name="was")
    help: str = ""
    order: int = 100
    #: By which day its work is on time: the request that was granted, or the closing.
    finished: Literal["requested", "closed"] = "requested"
    #: A flag field that, once true, freezes the record and its children (a closed month).
    sealed_by: str | None = None
    #: False for records that the program itself makes (a bulletin): no form, workbook or command
    #: adds one.
    addable: bool = True
    #: Its records are people with a page of their own.
    dossier: Dossier | None = None
    #: Where it stands on such a person's timeline.
    moment: Moment | None = None
    #: Of records that are due once a period under another: the other's field that says how long one
    #: is (month, quarter, year). A unit's workbook has a row ready for each that is missing.
    periodic: str | None = None
    #: Kinds of rows planned under it that must all be done before it is closed, or that is asked
    #: for.
    parts: tuple[str, ...] = ()
    #: How its rows become records of another kind.
    becomes: Becomes | None = None
    #: What goes before each of its sittings.
    hears: Hears | None = None
    #: Of reports on work: the fields with the day and with what is said.
    reported: tuple[str, str] | None = None
    #: Roles that may write records of this kind; empty means administrator, reviewer and clerk.
    writers: tuple[str, ...] = ()
    source: Literal["builtin", "office"] = "builtin"
    #: Fields the lifecycle contributes; filled in by ``Kinds``, never written in a declaration.
    lifecycle_fields: tuple[Field, ...] = ()
    #: Rules the lifecycle contributes, likewise.
    lifecycle_rules: tuple[Rule, ...] = ()

    @property
    def planned(self) -> bool:
        """Whether its records are planned for a day under another (milestones)."""
        return bool(self.parent) and self.lights is not None and bool(self.lights.done)

    @property
    def ended_by(self) -> tuple[str, ...]:
        """The dates of which the first ends a row that is planned for a day: it is done, or was
        handed on to another ledger."""
        if self.lights is None or not self.lights.done:
            return ()
        return (self.lights.done, *((self.becomes.marked,) if self.becomes else ()))

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """Own rules and those the lifecycle contributes."""
        return self.rules + self.lifecycle_rules

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """Own fields and those the lifecycle contributes, in the order they are shown."""
        own = {f.name for f in self.fields}
        return self.fields + tuple(f for f in self.lifecycle_fields if f.name not in own)

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(f.name for f in self.all_fields)

    @cached_property
    def defaulted_fields(self) -> tuple[Field, ...]:
        """Those that a new record starts with a value in."""
        return tuple(f for f in self.all_fields if f.default is not None)

    @cached_property
    def filled_fields(self) -> tuple[Field, ...]:
        """Those that are worked out from others."""
        return tuple(f for f in self.all_fields if f.fill)

    @cached_property
    def required_fields(self) -> tuple[Field, ...]:
        """Those without which there is no record."""
        return tuple(f for f in self.all_fields if f.required)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {f.name: f for f in reversed(self.all_fields)}

    def field(self, name: str) -> Field:
        """The field of that name; raises ``DeclarationError`` for a name the kind does not have."""
        try:
            return self._by_name[name]
        except KeyError:
            raise DeclarationError(
                f"「{self.label}」没有名为「{name}」的字段。", field=name
            ) from None

    def has(self, name: str) -> bool:
        """Whether the kind has a field of that name."""
        return name in self._by_name

    def hangs_under(self, parent: Kind) -> bool:
        """Whether its records may hang under those of another: by name, by lifecycle, or "*" for
        all at the top."""
        return parent.name in self.parent or (
            not parent.parent
            and ("*" in self.parent or f"lifecycle:{parent.lifecycle}" in self.parent)
        )

    def shown(self, place: Place) -> tuple[Field, ...]:
        """The fields that show in a list, form, worksheet or print."""
        return tuple(f for f in self.all_fields if place in f.show)
