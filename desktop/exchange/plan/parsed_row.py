"""What a row of a sheet says, once it has been read: which record, and which cells were typed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from db.merge.versions import Vector
from db.model.ids import derived_uid
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.manifest import ExportedRow
from desktop.exchange.plan.import_plan import CellPlan, Past, StepPlan

#: Sheet and row.
Place = tuple[str, int]
#: What most of 100,000 rows have none of; not to be changed in place.
NONE: Mapping[str, Any] = MappingProxyType({})
#: What is asked for → its value and cell.
StepCells = dict[str, tuple[object, str]]


class ParsedRow(msgspec.Struct):
    """One row (or one carried record). ``base`` is its exported state, None for a new one."""

    kind: str
    uid: str
    sheet: str = ""
    row: int = 0
    base: ExportedRow | None = None
    typed: FieldValues = msgspec.field(default_factory=dict)
    cells: dict[str, str] = msgspec.field(default_factory=dict)
    problems: list[CellPlan] = msgspec.field(default_factory=list)
    #: how the row came to its id: "uid", "slot", "none", "foreign", "hidden"
    origin: str = "uid"
    title: str = ""
    #: texts of all cells, kept where a row may be compared with others: those whose title was typed
    #: over, or that were never exported
    texts: Mapping[str, str] = NONE
    #: fields whose typed value was written by somebody who had seen what stands here, with that
    #: vector
    on_top: Mapping[str, Vector] = NONE
    #: field → kind of accident and sentence, "" for the whole row: what looks like one
    warned: Mapping[str, tuple[str, str]] = NONE
    #: fields that were typed over with nothing; cells that a person left blank do not count
    emptied: frozenset[str] = frozenset()
    #: plain JSON of what the cells that were typed over held when they were sent
    sent: dict[str, object] = msgspec.field(default_factory=dict)
    #: what stands in the cell that names the record it hangs under
    parent_text: str = ""
    #: the record that it hangs under, of a new row
    parent: str | None = None
    #: action → what a unit wrote of that step into its columns, by what is asked for
    steps: dict[str, StepCells] | None = None
    #: what a step writes of itself into the record that it adds, beside what was typed
    drawn: FieldValues | None = None
    #: steps for which a date of the row's own stands
    takes: tuple[StepPlan, ...] = ()
    steps_text: str = ""
    #: the latest day of which a report typed into this row can be
    reported_by: dt.date | None = None
    #: what a table tells of the steps that the record took (``history_steps.py``)
    past: Past | None = None
    dropped: bool = False
    #: the same as a record of its own, where it may be another item than that of its id
    both: ParsedRow | None = None
    #: where a field's cell stands in this row
    address: Callable[[str, int], str] | None = None

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return self.sheet, self.row

    def cell_of(self, name: str) -> str:
        """The address of a field's cell; "" for a record that came along without a row."""
        return self.cells.get(name) or (self.address(name, self.row) if self.address else "")

    def warn(self, name: str, code: str, message: str) -> None:
        """Hold a field back, or with "" the whole row, until a person accepts it; what was told
        first stands."""
        if name not in self.warned:
            self.warned = {**self.warned, name: (code, message)}

    def other_uid(self, parent: str = "") -> str:
        """The id of what was filled into a row, where that is another thing than what stands under
        the row's own, or hangs under another record."""
        parts = (self.uid, parent) if parent else (self.uid,)
        return derived_uid("slot", *parts, "".join(self.title.split()))

    @property
    def written(self) -> int:
        """In how many cells a person wrote something."""
        steps = sum(map(len, self.steps.values())) if self.steps else 0
        return len(self.cells) + steps

    def drop(self) -> None:
        """Nothing that was written into the row is taken; its cells are refused with the row."""
        self.dropped = True
        self.typed.clear()
        for action, cells in (self.steps or {}).items():
            self.cells.update({f"{action}:{name}": cell for name, (_, cell) in cells.items()})
        self.steps = None

    @property
    def says_something(self) -> bool:
        """Whether a person typed anything into the row, or a cell of it cannot be read."""
        return bool(self.typed or self.problems or self.steps)


#: zero-width space and byte order mark, which str.isspace does not know
_UNSEEN = "\u200b\ufeff"
_INVISIBLE = str.maketrans("", "", _UNSEEN)


def is_blank(text: str) -> bool:
    """Blank to a person's eye: full-width, no-break and zero-width spaces count as nothing."""
    text = text.strip()
    return not text or (text[0] in _UNSEEN and not text.translate(_INVISIBLE).strip())


#: Stands for the exported state of a row that is held back: it is read from the hidden sheet again
#: when the row is judged.
DEFERRED = ExportedRow([], "")
