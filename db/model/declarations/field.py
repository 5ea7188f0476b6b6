"""A field of a record, and the words in which all declarations speak."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import msgspec

from db.model.late_pattern import lazy_regex

Owner = Literal["issuer", "responsible"]
Tone = Literal["grey", "blue", "green", "yellow", "red", "purple"]
Place = Literal["list", "form", "sheet", "print"]

_LEADER = lazy_regex(
    r"(?:牵头|责任|分管|主管|主抓|包案|包抓|包联|包保|联系|挂联|挂钩|挂点|带队|督办|负责)"
    r"[省市州县区乡镇]?领导(?:姓名)?"
)
NAME = lazy_regex(r"^[a-z][a-z0-9_]{0,62}$")
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
    #: What a text that the program keeps names: a report by its name, a record by its id. People
    #: read what these are called.
    code: Literal["", "report", "record"] = ""

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """The choices as (name, label); a bare text stands for both."""
        return tuple(c if isinstance(c, Choice) else Choice(c, c) for c in self.choices)
