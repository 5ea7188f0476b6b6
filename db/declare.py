"""What a declaration may say: typed structures read from TOML, with errors that name the file and the key.

Everything else (table, form, list, worksheet, print, figures) is derived from these structures.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from .errors import DeclarationError

Owner = Literal["issuer", "responsible"]
Tone = Literal["grey", "blue", "green", "yellow", "red", "purple"]
NoteRule = Literal["no", "optional", "required"]
Place = Literal["list", "form", "sheet", "print"]

NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
ACTION_NAME = re.compile(r"^[a-z][a-z0-9-]{0,62}$")
#: Columns every table has; a declared field may not take their names.
SYSTEM_COLUMNS = frozenset(
    "id uid parent state deleted versions created_at created_by updated_at updated_by light unit_of rowid".split()
)


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value a choice field may take: ``name`` is kept, ``label`` is shown."""

    name: str
    label: str


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One field of a kind. ``owner`` says who may fill it in a workbook: the assigning office or the responsible unit."""

    name: str
    label: str
    type: str
    required: bool = False
    choices: tuple[Choice | str, ...] = ()
    choices_from: str | None = None
    owner: Owner = "issuer"
    show: tuple[Place, ...] = ("list", "form", "sheet", "print")
    help: str = ""
    was: tuple[str, ...] = ()
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

    @property
    def options(self) -> tuple[Choice, ...]:
        """The choices as (name, label); a bare text stands for both."""
        return tuple(c if isinstance(c, Choice) else Choice(c, c) for c in self.choices)


class Lights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What the colours of a ledger mean. Overdue is computed from ``deadline``, never kept as a state."""

    deadline: str = "deadline"
    yellow_days: int = 3
    calendar: Literal["calendar", "workday"] = "calendar"
    default: Tone = "green"
    soon: Tone = "yellow"
    overdue: Tone = "red"
    closed: Tone = "blue"
    labels: dict[str, str] = {}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A rule between fields of one record, e.g. ``left="assigned_on" op="<=" right="deadline"``."""

    left: str
    op: Literal["<=", "<", ">=", ">", "=", "!=", "requires"]
    right: str
    message: str


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A kind of record. ``parent`` names the kinds it may hang under; ``title`` the field that names a record."""

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
    rules: tuple[Rule, ...] = ()
    was: tuple[str, ...] = ()
    help: str = ""
    order: int = 100
    #: Roles that may write records of this kind; empty means administrator, reviewer and clerk.
    writers: tuple[str, ...] = ()
    source: Literal["builtin", "office"] = "builtin"
    #: Fields the lifecycle contributes; filled in by ``Kinds``, never written in a declaration.
    lifecycle_fields: tuple[Field, ...] = ()

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Own fields and those the lifecycle contributes, in the order they are shown."""
        own = {f.name for f in self.fields}
        return self.fields + tuple(f for f in self.lifecycle_fields if f.name not in own)

    def field(self, name: str) -> Field:
        """The field of that name; raises ``DeclarationError`` for a name the kind does not have."""
        for each in self.all_fields:
            if each.name == name:
                return each
        raise DeclarationError(f"「{self.label}」没有名为「{name}」的字段。", field=name)

    def has(self, name: str) -> bool:
        """Whether the kind has a field of that name."""
        return any(f.name == name for f in self.all_fields)

    def shown(self, place: Place) -> tuple[Field, ...]:
        """The fields that show in a list, form, worksheet or print."""
        return tuple(f for f in self.all_fields if place in f.show)


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A state of a lifecycle. ``closed`` ends the work (counted as done); ``void`` takes the item out of every count."""

    name: str
    label: str
    closed: bool = False
    void: bool = False
    paused: bool = False
    tone: Tone = "grey"


class ActionChild(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A child record that an action writes: its kind and values ("today", "user", "note", "ask:x", "field:x", "text:…")."""

    kind: str
    values: dict[str, str] = {}


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, rename={"from_": "from"}):
    """A step from one state to another: who may take it and what it writes.

    ``set`` maps field → "today" | "now" | "user" | "clear" | "note" | "ask:x" | "text:…"; ``keep`` maps field → field whose old
    value is kept there if the target is still blank (the original deadline). ``not_by`` names a field holding the login name of
    the person who may not take this step (nothing closes without a second person).
    """

    name: str
    label: str
    from_: tuple[str, ...]
    to: str | None = None
    roles: tuple[str, ...] = ("administrator", "reviewer", "clerk")
    note: NoteRule = "optional"
    not_by: str | None = None
    set: dict[str, str] = {}
    keep: dict[str, str] = {}
    ask: tuple[str, ...] = ()
    #: Fields that must be filled before this step may be taken.
    requires: tuple[str, ...] = ()
    #: Kinds of which at least one child must exist before this step may be taken (evidence).
    requires_child: tuple[str, ...] = ()
    child: ActionChild | None = None
    icon: str = ""
    tone: Tone = "blue"
    #: Main step shown as a filled button; others stand in the menu.
    main: bool = False


class Lifecycle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """States, steps between them, and the fields they need; several kinds share one lifecycle."""

    name: str
    label: str
    initial: str
    states: tuple[State, ...]
    actions: tuple[Action, ...] = ()
    fields: tuple[Field, ...] = ()
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

    def names(self, *, closed: bool | None = None, void: bool | None = None) -> tuple[str, ...]:
        """Names of the states that are (not) closed and (not) void."""
        return tuple(
            s.name
            for s in self.states
            if (closed is None or s.closed == closed) and (void is None or s.void == void)
        )


T = TypeVar("T")


def load(path: Path, shape: type[T]) -> T:
    """Read one TOML file into a structure; what is wrong is told with file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"声明文件 {path.name} 读不懂：{error}") from error
    return convert(data, shape, path.name)


def convert(data: Any, shape: type[T], where: str) -> T:
    """Turn plain data (TOML, JSON) into a structure; what is wrong is told with place and key."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise DeclarationError(f"声明 {where} 有错：{error}") from error


def decode(text: str | bytes, shape: type[T], where: str) -> T:
    """The same for JSON text (a kind that an office made, or one that came in a workbook)."""
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DeclarationError(f"声明 {where} 有错：{error}") from error


def encode(value: Any) -> str:
    """A structure as JSON text, without what equals its default, so that it travels small."""
    return msgspec.json.encode(value).decode("utf-8")
