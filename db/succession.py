"""Units that are renamed, merged, split or abolished: which unit stands for another on a day.

Rows keep the unit they were given to. What counts them asks here: a row dated after its unit was abolished is its successor's, one
dated before a successor was set up is its predecessor's. So past months stay as they were read out, new ones go on, and no row is
counted twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol


class Unit(Protocol):
    """What is asked of a unit; days are ISO dates, so that they compare with those in the book."""

    @property
    def uid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def established(self) -> str | None: ...
    @property
    def abolished(self) -> str | None: ...
    @property
    def successor(self) -> str | None: ...
    @property
    def parts(self) -> tuple[str, ...]: ...


#: From that day on (ISO; empty: from the beginning) it is that unit.
Step = tuple[str, str]


@dataclass
class Succession:
    """The units of an office as they followed each other; kept as long as the units stay as they are."""

    units: Mapping[str, Unit]
    _before: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _ahead: dict[str, list[Step]] = field(default_factory=dict)
    _behind: dict[str, list[Step]] = field(default_factory=dict)
    _texts: dict[tuple[str, str, str | None], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.units.values():
            if unit.successor and unit.abolished:
                self._before.setdefault(unit.successor, []).append((unit.abolished, unit.uid))
            for part in unit.parts:
                day = self._since(part) or unit.abolished
                if day and part != unit.successor:
                    self._before.setdefault(part, []).append((day, unit.uid))
        for uid in self.units:
            self._ahead[uid] = self._heirs(uid)
            self._behind[uid] = self._origins(uid)

    def _since(self, uid: str) -> str | None:
        return self.units[uid].established if uid in self.units else None

    def _heirs(self, uid: str) -> list[Step]:
        """Who follows, one after the other; a split has no single heir, so that a person has to say who takes a row."""
        found: list[Step] = []
        seen = {uid}
        while True:
            unit = self.units.get(uid)
            if unit is None or not unit.abolished or not unit.successor or unit.successor in seen or unit.successor not in self.units:
                return found
            uid = unit.successor
            seen.add(uid)
            # one that was abolished before it took over hands on at once
            found.append((max(unit.abolished, found[-1][0] if found else ""), uid))

    def _origins(self, uid: str) -> list[Step]:
        """What it was before it was set up, oldest first: only where there is one answer. One that took another in while it stood
        already, or was made of several, has none."""
        found: list[Step] = []
        seen = {uid}
        while True:
            since = self._since(uid)
            # what was taken in later, while the unit stood already, is no origin of it
            before = [each for each in self._before.get(uid, []) if since is not None and each[0] <= since]
            if since is None or len(before) != 1 or before[0][1] in seen:
                return found[::-1]
            uid = before[0][1]
            seen.add(uid)
            found.append((since, uid))

    def __bool__(self) -> bool:
        return bool(self._before)

    def timeline(self, uid: str, taken_from: str | None = None) -> list[Step]:
        """The unit through time for a row that names it, oldest first. ``taken_from``: the unit the row was taken over from, which
        tells whose it was where several became one."""
        line: list[Step] = []
        if taken_from is not None and taken_from != uid:
            line = self._between(taken_from, uid)
        first = line[0][1] if line else uid
        origins = self._behind.get(first, [])
        # each step of the origins holds the day on which the next unit began
        names = [step[1] for step in origins] + [first]
        before = [("", names[0]), *((origins[i][0], names[i + 1]) for i in range(len(origins)))]
        return before + line[1:] + self._ahead.get(uid, [])

    def became(self, first: str, last: str) -> bool:
        """Whether the one unit came of the other: renamed, merged, split off."""
        return first != last and bool(self._between(first, last))

    def _between(self, first: str, last: str) -> list[Step]:
        """The way from an earlier unit to a later one; empty when the one did not come of the other."""
        waiting: list[list[Step]] = [[("", last)]]
        while waiting:
            way = waiting.pop(0)
            for day, uid in self._before.get(way[0][1], []):
                if any(uid == step[1] for step in way):
                    continue
                longer = [("", uid), (day, way[0][1]), *way[1:]]
                if uid == first:
                    return longer
                waiting.append(longer)
        return []

    def on(self, uid: str, day: dt.date | str, taken_from: str | None = None) -> str:
        """The unit on that day, of a row that names ``uid``."""
        wanted = day if isinstance(day, str) else day.isoformat()
        found = uid
        for since, each in self.timeline(uid, taken_from):
            if since <= wanted:
                found = each
        return found

    def held_on(self, uid: str, day: dt.date) -> tuple[str, ...]:
        """All units whose work is this one's on that day: itself and those it took over."""
        found = [u for u in self.units if u == uid or self.on(u, day) == uid]
        return tuple(found) if uid in self.units else (uid,)

    def candidates(self, uid: str) -> tuple[str, ...]:
        """All units under whose names rows may stand that are this one's on some day."""
        related = {uid} | {u for u in self.units if any(step[1] == uid for step in self.timeline(u))}
        waiting = [uid]
        after: dict[str, list[str]] = {}
        for later, earlier in self._before.items():
            for _, each in earlier:
                after.setdefault(each, []).append(later)
        while waiting:
            for later in after.get(waiting.pop(), []):
                if later not in related:
                    related.add(later)
                    waiting.append(later)
        return tuple(sorted(related))

    def later(self, uid: str) -> list[tuple[str, str]]:
        """Units that stand for an abolished one, each with its day: its heirs, or all the parts it was split into."""
        unit = self.units.get(uid)
        if unit is None or not unit.abolished:
            return []
        found = [(each, day) for day, each in self._ahead[uid]]
        known = {each for each, _ in found}
        return found + [(part, max(self._since(part) or "", unit.abolished)) for part in unit.parts if part not in known]

    @cached_property
    def _pairs(self) -> list[tuple[str, str | None, list[Step]]]:
        return list(self._every_pair())

    def _every_pair(self) -> Iterator[tuple[str, str | None, list[Step]]]:
        """Every unit with more than one step, alone and by what it was taken from; those with ``taken_from`` come first."""
        for uid in self.units:
            for ancestor in self._ancestors(uid):
                line = self.timeline(uid, ancestor)
                if line != self.timeline(uid):
                    yield uid, ancestor, line
        for uid in self.units:
            line = self.timeline(uid)
            if len(line) > 1:
                yield uid, None, line

    def _ancestors(self, uid: str) -> list[str]:
        found: list[str] = []
        waiting = [uid]
        while waiting:
            for _, each in self._before.get(waiting.pop(), []):
                if each not in found and each != uid:
                    found.append(each)
                    waiting.append(each)
        return found

    def sql(self, column: str, day: str, taken_from: str | None = None) -> str:
        """The unit of a row's day as SQL: ``column`` names the unit, ``day`` is an expression of an ISO date. Uids are the
        program's own, letters and digits, so they stand in the text."""
        known = self._texts.get((column, day, taken_from))
        if known is None:
            self._texts[column, day, taken_from] = known = self._sql(column, day, taken_from)
        return known

    def _sql(self, column: str, day: str, taken_from: str | None) -> str:
        cases: list[str] = []
        for uid, ancestor, line in self._pairs:
            if ancestor is not None and taken_from is None:
                continue
            test = f"{column} = '{uid}'" + (f" AND {taken_from} = '{ancestor}'" if ancestor is not None else "")
            inner = " ".join(f"WHEN {day} >= '{since}' THEN '{each}'" for since, each in reversed(line[1:]))
            cases.append(f"WHEN {test} THEN CASE {inner} ELSE '{line[0][1]}' END")
        return f"(CASE {' '.join(cases)} ELSE {column} END)" if cases else column

    def first_name(self, uid: str) -> str:
        """Where a unit was but renamed, the one it was at first: one unit throughout, whatever it was called."""
        found = uid
        for _, each in reversed(self._behind.get(uid, [])):
            if self.units[each].parts or self.units[each].successor != found:
                break
            found = each
        return found

    def same_sql(self, column: str) -> str:
        """``first_name`` as SQL."""
        cases = [f"WHEN '{uid}' THEN '{first}'" for uid in self.units if (first := self.first_name(uid)) != uid]
        return f"(CASE {column} {' '.join(cases)} ELSE {column} END)" if cases else column

    def refusal(self, uid: str, day: dt.date) -> str | None:
        """Why no new row of that day may name the unit; None when it may."""
        unit = self.units.get(uid)
        if unit is None or not unit.abolished or day.isoformat() < unit.abolished:
            return None
        gone = dt.date.fromisoformat(unit.abolished)
        said = f"「{unit.name}」{gone.year}年{gone.month}月{gone.day}日已撤销"
        heirs = [self.units[each].name for each, since in self.later(uid) if since <= day.isoformat() and each in self.units]
        if unit.successor:
            last = self.on(uid, day)
            return f"{said}，由「{self.units[last].name}」承接，请改选这个单位。" if last != uid else f"{said}，请改选其他单位。"
        if heirs:
            return f"{said}，分设为{''.join(f'「{name}」' for name in heirs)}，请选其中一个。"
        return f"{said}，请改选其他单位。"

