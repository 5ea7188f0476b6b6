"""What a declaration may say: typed structures read from TOML, with errors that name the file and
the key.

Everything else (table, form, list, worksheet, print, figures) is derived from these structures.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import msgspec

from db.errors import DeclarationError
from db.model.late_pattern import late

Owner = Literal["issuer", "responsible"]
Tone = Literal["grey", "blue", "green", "yellow", "red", "purple"]
NoteRule = Literal["no", "optional", "required"]
Place = Literal["list", "form", "sheet", "print"]

_LEADER = late(
    r"(?:牵头|责任|分管|主管|主抓|包案|包抓|包联|包保|联系|挂联|挂钩|挂点|带队|督办|负责)"
    r"[省市州县区乡镇]?领导(?:姓名)?"
)
NAME = late(r"^[a-z][a-z0-9_]{0,62}$")
ACTION_NAME = late(r"^[a-z][a-z0-9-]{0,62}$")
#: Columns every table has; a declared field may not take their names.
SYSTEM_COLUMNS = frozenset({
    "id", "uid", "parent", "state", "deleted", "versions", "light", "unit_of", "rowid",
    "created_at", "created_by", "updated_at", "updated_by", "issuer",
})  # fmt: skip


def called_leader(label: str) -> bool:
    """Whether a field of that label names the leader in charge: 牵头领导, 责任领导, 包案县领导."""
    return _LEADER.fullmatch("".join(label.split())) is not None


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value a choice field may take: ``name`` is kept, ``label`` is shown, ``also`` are other
    words people write for it.

    ``level`` puts values of a ladder in order, 1 at its top; several may stand on one rung.
    """

    name: str
    label: str
    also: tuple[str, ...] = ()
    level: int = 0


class Field(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True,
    dict=True,
):
    """One field of a kind. ``owner`` says who may fill it in a workbook: the assigning office or
    the responsible unit."""

    name: str
    label: str
    type: str
    required: bool = False
    choices: tuple[Choice | str, ...] = ()
    choices_from: str | None = None
    owner: Owner = "issuer"
    show: tuple[Place, ...] = ("list", "form", "sheet", "print")
    help: str = ""
    #: What it was called before. JSON says ``was``, as it always has.
    renamed_from: tuple[str, ...] = msgspec.field(default=(), name="was")
    #: For a reference: the kind it points to.
    kind: str | None = None
    #: Unit of measure shown behind a number: 万元, 亿元, 人, 天 …
    measure: str | None = None
    unique: bool = False
    default: Any = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    #: Width in Chinese characters, for list, worksheet and print.
    width: int | None = None
    #: Heading of the form group this field stands under.
    group: str = ""
    #: Set by the lifecycle alone; forms and workbooks show it but never write it.
    computed: bool = False
    #: Other headings by which foreign workbooks may name this field.
    synonyms: tuple[str, ...] = ()
    #: Element of the appointment form's file (.lrmx) that holds this field.
    tag: str = ""
    #: For a unit left blank: (reference or "parent", date field); filled with that record's unit on
    #: that day.
    unit_on: tuple[str, str] | None = None
    #: How a blank is worked out from other fields (``db/model/computed_fields.py``): "sum:a,b",
    #: "share:part,parent.whole", "within:actual,allowed"; "unsaid:a,b" is blank again once a or b
    #: changes; or how a total counts the rows under the
    #: record (``db/rules/rollups.py``): "rows:child", "different:child.x,child.y",
    #: "reached:child.done,child.weight".
    fill: str = ""
    #: Names the leader in charge, by whom figures are told apart. None: where an office made the
    #: field, as its label says (``called_leader``).
    leader: bool | None = None

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """The choices as (name, label); a bare text stands for both."""
        return tuple(c if isinstance(c, Choice) else Choice(c, c) for c in self.choices)


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
    form marks, if not ``left``.
    """

    left: str
    op: Literal["<=", "<", ">=", ">", "=", "!=", "requires", "blank", "above"]
    right: str
    message: str
    when: dict[str, Any] = {}
    years: int = 0
    field: str = ""


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
    """What goes before each sitting of a kind (``db/rules/hearings.py``): the open records of kind
    ``of``, raised on the day ``since`` ``at`` a sitting or before, that agree with it in ``same``.

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

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """Own rules and those the lifecycle contributes."""
        return self.rules + self.lifecycle_rules

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """Own fields and those the lifecycle contributes, in the order they are shown."""
        own = {f.name for f in self.fields}
        return self.fields + tuple(f for f in self.lifecycle_fields if f.name not in own)

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
    #: Kinds of which at least one child must exist before this step may be taken (evidence).
    requires_child: tuple[str, ...] = ()
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


class Filter(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One condition of a figure: ``field op value``, or ``field op other`` with another field of
    the record.

    ``field`` may be "state", "parent.x" for a field of the record it hangs under, and "under.x" for
    how many records of kind x hang under it (blank: none). "named.x" with ``other`` asks that the
    person of the row (``Moment.by_name``) stands in a roster of kind x under the record that
    ``other`` names. ``value``
    "today" is the day of counting; for the state, "closed", "open", "counted", "void" stand for all
    states of that sort. ``op`` "all" and "any" join ``filters``.
    """

    field: str = ""
    op: Literal[
        "eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "blank", "filled", "all", "any"
    ]
    value: Any = None
    other: str | None = None
    filters: tuple[Filter, ...] = ()


class Figure(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A number that reports are made of, with the rows behind it.

    ``count`` is "rows", "sum:field", "mean:field", "latest:field" (the newest row per ``by``),
    "latest" (a share of those newest rows, of the year's) or "distinct:field,field"; "mean:a..b" is
    of the days from a to b. With
    ``denominator`` the value is a share in per cent, numerator ÷ denominator; rows of the numerator
    must be among those of the denominator.
    ``period`` is the date or month field that must fall in the period; none: the period does not
    matter. ``over`` says how: "events" began in the period, "standing" is in place on its last day,
    "during" was at any time of it. For these two ``until`` is the field of the last day in place,
    ``gone`` that of the day from which it is not. ``beside`` makes a figure of its own, by a label,
    for each other way, called after this one and the way.
    What is a draft or void counts in no figure that does not ask for such states by name;
    ``drafts`` lets drafts in, for what is a fact before it is given out.
    """

    name: str
    label: str
    over: Literal["events", "standing", "during"] = "events"
    until: str = ""
    gone: str = ""
    beside: dict[Literal["events", "standing", "during"], str] = {}
    #: Counted is not what happened in the period, but all that there is, as it stood the day
    #: "before" the period began or on its last day ("end"); ``period`` is the day it is there from.
    moment: Literal["", "before", "end"] = ""
    drafts: bool = False
    #: Counted is each handing over from one unit to another, for the one that got it or the one
    #: that gave it away; ``period`` is then "moved_on" and ``unit`` "moved_unit".
    moves: Literal["", "in", "out"] = ""
    #: Counted is each report that is due on a row (``db/metrics/report_slots.py``); ``period`` is
    #: then "report_due_on", "report" how it stands, "rhythm" in which rhythm it is due.
    slots: bool = False
    measure: str = "项"
    #: "万" or "亿", in which the value is told.
    scale: str = ""
    #: The field that holds the unit of measure, where each row has its own; rows of several units
    #: of measure have no value together.
    measured_by: str = ""
    family: str = ""
    kinds: tuple[str, ...] = ()
    lifecycles: tuple[str, ...] = ()
    #: For a child kind: only children of kinds of these lifecycles.
    parents: tuple[str, ...] = ()
    count: str = "rows"
    by: str = ""
    period: str | None = None
    unit: str | None = None
    where: tuple[Filter, ...] = ()
    numerator: tuple[Filter, ...] = ()
    denominator: tuple[Filter, ...] | None = None
    #: A share of two sums: the field of the denominator, where it is not that of ``count``.
    divide_by: str = ""
    #: A share of two other figures: the name of the one above and of the one below.
    share_of: tuple[str, ...] = ()
    #: What it may be told apart by; nothing: by whatever its ledgers know.
    group_by: tuple[str, ...] = ()
    #: "office" for one that the office made (``metrics/own_figures.py``).
    source: Literal["", "office"] = ""
    #: "up" and "down" say whether a higher value is better, for scores and arrows.
    better: Literal["up", "down", ""] = ""
    places: int = 1
    formula: str = ""
    help: str = ""
    order: int = 100
