"""Which records go out: the ledgers asked for, and for one unit only its rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from db.model.declarations import Kind
from db.model.fieldtypes import row_unit, type_of
from db.model.sql import quoted
from db.session import Session

#: SQL of the program's own, with its parameters
Where = tuple[str, list[object]]


class Scope(msgspec.Struct):
    """Made once per export; ``unit`` is the uid of the one it is for."""

    session: Session
    unit: str | None

    def where(self, kind: Kind) -> Where:
        """SQL of the program's own, with its parameters: what is the unit's, and that of which a
        part is."""
        text, values = self._own(kind)
        for part in self._parts(kind) if self.unit is not None and text != "1" else ():
            under = f"SELECT parent FROM {quoted(part.name)} WHERE deleted = 0"
            text += f" OR uid IN ({under} AND {quoted(str(part.unit))} = ?)"
            values.append(self.unit)
        return text, values

    def _parts(self, kind: Kind) -> list[Kind]:
        """The kinds of its parts that are each a unit's own."""
        found = [self.session.kinds.get(name) for name in kind.parts]
        return [part for part in found if part.unit and type_of(part.field(part.unit)).one_unit]

    def _own(self, kind: Kind) -> Where:
        if self.unit is None:
            return "1", []
        parts: list[str] = []
        values: list[object] = []
        for name in (kind.unit, *kind.cooperating):
            if name is None:
                continue
            if type_of(kind.field(name)).one_unit:
                parts.append(f"{quoted(name)} = ?")
                values.append(self.unit)
            else:
                parts.append(f"instr({quoted(name)}, ?) > 0")
                values.append(f'"{self.unit}"')
        taken, states = self._taken(kind)
        if taken:
            parts.append(
                f"{quoted(str(kind.unit))} IN ({_marks(taken)}) AND state IN ({_marks(states)})"
            )
            values += [*taken, *states]
        return (" OR ".join(parts), values) if parts else ("1", [])

    def _taken(self, kind: Kind) -> tuple[list[str], list[str]]:
        """Units that this one took over, and the states in which their rows are still to be done:
        those are its own now, as in every list; what was done stays with whom it was."""
        cycle = self.session.kinds.lifecycle_of(kind)
        if self.unit is None or cycle is None or row_unit(kind) is None:
            return [], []
        taken = [unit for unit in self.session.taken_over(self.unit) if unit != self.unit]
        return taken, [state.name for state in cycle.states if not (state.closed or state.void)]

    def children(self, child: Kind, parents: Sequence[Kind]) -> Where:
        """Children of what goes out, of these parent kinds. Of what is another unit's only its own
        part."""
        parts: list[str] = []
        values: list[object] = []
        for parent in parents:
            where, more = self._own(parent)
            parts.append(f"parent IN (SELECT uid FROM {quoted(parent.name)} WHERE {where})")
            values += more
            if self.unit is not None and child in self._parts(parent):
                parts.append(f"{quoted(str(child.unit))} = ?")
                values.append(self.unit)
        return " OR ".join(parts), values


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
