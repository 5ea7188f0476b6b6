"""Units that are renamed, merged, split or abolished: which unit stands for another on a day.

Rows keep the unit they were given to. What counts them asks here: a row dated after its unit was
abolished is its successor's, one dated before a successor was set up is its predecessor's. So past
months stay as they were read out, new ones go on, and no row is counted twice.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from db.model.sql import listed, quoted


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
#: What a row that was handed over keeps: the units it was given to, the present one last, and the
#: days of all but the first. A day marked with "=" is that on which the unit was set up, so that
#: one put right in the register is right for these rows too.
Custody = Sequence[Step]


@dataclass
class Succession:
    """The units of an office as they followed each other; kept as long as the units stay as they
    are."""

    units: Mapping[str, Unit]
    _before: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _ahead: dict[str, list[Step]] = field(default_factory=dict)
    _behind: dict[str, list[Step]] = field(default_factory=dict)
    _lines: dict[str, list[Step]] = field(default_factory=dict)
    _texts: dict[tuple[str, ...], str] = field(default_factory=dict)
    _related: dict[str, tuple[str, ...]] = field(default_factory=dict)

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
        for uid in self.units:
            self._lines[uid] = self._line(uid)

    def _since(self, uid: str) -> str | None:
        return self.units[uid].established if uid in self.units else None

    def _heirs(self, uid: str) -> list[Step]:
        """Who follows, one after the other; a split has no single heir, so that a person has to say
        who takes a row."""
        found: list[Step] = []
        seen = {uid}
        while True:
            unit = self.units.get(uid)
            if (
                unit is None
                or not unit.abolished
                or not unit.successor
                or unit.successor in seen
                or unit.successor not in self.units
            ):
                return found
            uid = unit.successor
            seen.add(uid)
            # one that was abolished before it took over hands on at once
            found.append((max(unit.abolished, found[-1][0] if found else ""), uid))

    def _origins(self, uid: str) -> list[Step]:
        """What it was before it was set up, oldest first: only where there is one answer. One that
        took another in while it stood already, or was made of several, has none."""
        found: list[Step] = []
        seen = {uid}
        while True:
            since = self._since(uid)
            # what was taken in later, while the unit stood already, is no origin of it
            before = [
                each for each in self._before.get(uid, []) if since is not None and each[0] <= since
            ]
            # nor is one that gave it a part of its work, where it is another's new name
            before = [each for each in before if self.units[each[1]].successor == uid] or before
            if since is None or len(before) != 1 or before[0][1] in seen:
                return found[::-1]
            uid = before[0][1]
            seen.add(uid)
            found.append((since, uid))

    def __bool__(self) -> bool:
        return bool(self._before)

    def _line(self, uid: str) -> list[Step]:
        origins = self._behind[uid]
        # each step of the origins holds the day on which the next unit began
        names = [each for _, each in origins] + [uid]
        return [
            ("", names[0]), *((origins[i][0], names[i + 1]) for i in range(len(origins))),
            *self._ahead[uid],
        ]

    def timeline(self, uid: str) -> list[Step]:
        """The unit through time for a row that names it, oldest first."""
        return self._lines.get(uid) or [("", uid)]

    def on(self, uid: str, day: dt.date | str, held: Custody = ()) -> str:
        """The unit on that day, of a row that names ``uid`` and was in the custody of ``held``."""
        wanted = day if isinstance(day, str) else day.isoformat()
        return _at(
            self.timeline(_at(self._days(held), wanted) if held and held[-1][1] == uid else uid),
            wanted,
        )

    def _days(self, held: Custody) -> list[Step]:
        return [
            (self._begun.get(uid, since[:10]) if since.endswith(_SET_UP) else since[:10], uid)
            for since, uid in held
        ]

    @cached_property
    def _begun(self) -> dict[str, str]:
        """The days on which units were set up that came of others."""
        return {uid: since for uid in self._before if (since := self._since(uid))}

    def extended_custody(self, held: Custody, last: str, today: dt.date) -> list[Step]:
        """What a row keeps that goes from the last of ``held`` to ``last``, a unit that came of it;
        empty when it did not.

        From the day on which the part began, or was left alone with what its unit had: nobody else
        held the row in between.
        """
        first, day = held[-1][1], today.isoformat()
        path = self._path(self.on(first, day), last, day)
        if path is None and self._path(first, last, day) is not None:
            # it came of an earlier one, and the row went on with the heir until today
            path = [(day, last)]
        if path is None:
            return []
        steps = [
            *self._days(held),
            *(path or [next((s for s in self.timeline(first) if s[1] == last), (day, last))]),
        ]
        found: list[Step] = []
        for since, uid in steps:
            since = max(since, found[-1][0]) if found else ""
            if not found or found[-1][1] != uid:
                found.append((since if found else "", uid))
        return [
            (since + _SET_UP if since and since == self._since(uid) else since, uid)
            for since, uid in found
        ]

    def _path(self, first: str, last: str, today: str) -> list[Step] | None:
        """The steps from an earlier unit to a later one that came of it, the shortest; None when it
        did not. Each unit is looked at once, however many ways lead to it."""
        came: dict[str, tuple[str, str]] = {}
        waiting = deque([first])
        while waiting and first != last and last not in came:
            uid = waiting.popleft()
            ended = self.units[uid].abolished or "" if uid in self.units else ""
            for day, later in self._after.get(uid, ()):
                if later not in came and later != first:
                    # what nobody took when a part was carved out stayed until the unit ended
                    came[later] = (max(day, ended) if ended <= today else day, uid)
                    waiting.append(later)
        if first != last and last not in came:
            return None
        path: list[Step] = []
        while last != first:
            day, before = came[last]
            path.append((day, last))
            last = before
        return path[::-1]

    @cached_property
    def _after(self) -> dict[str, list[Step]]:
        """What came of each unit, and when: ``_before``, the other way round."""
        found: dict[str, list[Step]] = {}
        for later, earlier in self._before.items():
            for day, uid in earlier:
                found.setdefault(uid, []).append((day, later))
        return found

    def held_on(self, uid: str, day: dt.date) -> tuple[str, ...]:
        """All units whose work is this one's on that day: itself and those it took over."""
        found = [u for u in self.units if u == uid or self.on(u, day) == uid]
        return tuple(found) if uid in self.units else (uid,)

    def possible_units(self, uid: str) -> tuple[str, ...]:
        """All units under whose names rows may stand that are this one's on some day, those that
        were handed over set aside."""
        found = self._related.get(uid)
        if found is None:
            related = {u for u, line in self._lines.items() if any(step[1] == uid for step in line)}
            found = self._related[uid] = tuple(sorted(related | {uid}))
        return found

    def successors(self, uid: str) -> list[tuple[str, str]]:
        """Units that stand for an abolished one, each with its day: its heirs, and all the parts
        the last of them was split into."""
        if uid not in self.units or not self.units[uid].abolished:
            return []
        found = [(each, day) for day, each in self._ahead[uid]]
        last, day = found[-1] if found else (uid, "")
        ended = self.units[last].abolished
        if not ended or self.units[last].successor:
            return found
        parts = self._parts_at_the_end(self.units[last], ended)
        already = {uid, *(each for each, _ in found)}
        return found + [
            (part, max(since, ended, day)) for part, since in parts if part not in already
        ]

    def _parts_at_the_end(self, unit: Unit, ended: str) -> list[tuple[str, str]]:
        """What a unit was split into when it ended, with the days on which they began.

        What was carved out of it before is no part of what was left; what stood before it was never
        carved out of it."""
        begun = [(part, self._since(part) or "") for part in unit.parts]
        stood = unit.established or ""
        return [(part, day) for part, day in begun if not day or day >= ended or day < stood]

    def sql(self, column: str, day: str, held: tuple[str, str] | None = None) -> str:
        """The unit of a row's day as SQL: ``column`` names the unit, ``day`` is an expression of an
        ISO date, ``held`` the columns that keep what ``extended_custody`` found. Uids are the
        program's own, letters and digits, so they stand in the text."""
        place = (column, day, *(held or ()))
        known = self._texts.get(place)
        if known is None:
            known = self._sql(column, day)
            if held is not None:
                by, since = held
                kept_day = f"substr({since}, {_EACH} * h.key - {_EACH - 1}, 10)"
                marked = f"substr({since}, {_EACH} * h.key - 1, 1) = '{_SET_UP}'"
                days = " ".join(
                    f"WHEN '{uid}' THEN '{begun}'" for uid, begun in self._begun.items()
                )
                begun = (
                    f"CASE WHEN {marked} THEN CASE h.value {days} ELSE {kept_day} END ELSE"
                    f" {kept_day} END"
                    if days
                    else kept_day
                )
                handed = (
                    f"SELECT {self._sql('h.value', day)} FROM json_each({by}) h"
                    f" WHERE h.key = 0 OR {begun} <= {day} ORDER BY h.key DESC LIMIT 1"
                )
                known = (
                    f"(CASE WHEN {by} IS NULL OR json_extract({by}, '$[#-1]') IS NOT {column} THEN"
                    f" {known} ELSE ({handed}) END)"
                )
            self._texts[place] = known
        return known

    def _sql(self, column: str, day: str) -> str:
        alike: dict[tuple[Step, ...], list[str]] = {}
        for uid, line in self._lines.items():
            if len(line) > 1:
                alike.setdefault(tuple(line), []).append(uid)
        cases: list[str] = []
        for steps, uids in alike.items():
            inner = " ".join(
                f"WHEN {day} >= '{since}' THEN '{each}'" for since, each in reversed(steps[1:])
            )
            cases.append(
                f"WHEN {column} IN ({listed(uids)}) THEN CASE {inner} ELSE '{steps[0][1]}' END"
            )
        return f"(CASE {' '.join(cases)} ELSE {column} END)" if cases else column

    def first_name(self, uid: str) -> str:
        """Where a unit was but renamed, the one it was at first: one unit throughout, whatever it
        was called."""
        found = uid
        for _, each in reversed(self._behind.get(uid, [])):
            if self.units[each].parts or self.units[each].successor != found:
                break
            found = each
        return found

    def same_sql(self, column: str) -> str:
        """``first_name`` as SQL."""
        cases = [
            f"WHEN '{uid}' THEN '{first}'"
            for uid in self.units
            if (first := self.first_name(uid)) != uid
        ]
        return f"(CASE {column} {' '.join(cases)} ELSE {column} END)" if cases else column

    def refusal(self, uid: str, day: dt.date) -> str | None:
        """Why no new row of that day may name the unit; None when it may."""
        unit = self.units.get(uid)
        if unit is None or not unit.abolished or day.isoformat() < unit.abolished:
            return None
        gone = dt.date.fromisoformat(unit.abolished)
        said = f"「{unit.name}」{gone.year}年{gone.month}月{gone.day}日已撤销"
        heirs = [
            self.units[each].name
            for each, since in self.successors(uid)
            if since <= day.isoformat() and each in self.units
        ]
        if unit.successor:
            last = self.on(uid, day)
            return (
                f"{said}，由「{self.units[last].name}」承接，请改选这个单位。"
                if last != uid
                else f"{said}，请改选其他单位。"
            )
        if heirs:
            return f"{said}，分设为{''.join(f'「{name}」' for name in heirs)}，请选其中一个。"
        return f"{said}，请改选其他单位。"


#: The length of a day in the text that keeps several, with its mark and what parts them.
_EACH = 12
_SET_UP, _OTHER = "=", "."


def parse_custody(units: Sequence[str] | None, since: str | None) -> list[Step]:
    """The two fields of a row that was handed over, as what ``Succession.on`` asks for."""
    days = ["", *(since or "").split()]
    return list(zip(days, units, strict=False)) if units else []


def format_custody(steps: Custody) -> tuple[tuple[str, ...], str]:
    """The same, to be written."""
    return tuple(uid for _, uid in steps), " ".join(
        f"{day:{_OTHER}<{_EACH - 1}}" for day, _ in steps[1:]
    )


def corrected(steps: Custody, uid: str) -> list[Step]:
    """The same custody where the last unit was another one."""
    earlier = list(steps[:-1])
    return (
        earlier
        if earlier and earlier[-1][1] == uid
        else [*earlier, (steps[-1][0].rstrip(_SET_UP + _OTHER), uid)]
    )


def _at(steps: Custody, day: str) -> str:
    found = steps[0][1]
    for since, uid in steps[1:]:
        if since <= day:
            found = uid
    return found


def decided_sql(
    alias: str, link: str, words: str, rows: str, of_rows: str, where: str = ""
) -> tuple[str, str]:
    """What tells the people of a roster apart, as SQL, and what has to be joined for it.

    A row is of the person in ``link``; one that says none is of whoever the rows of the same
    ``words`` are, where they name one person alone; else the words themselves stand for somebody.
    ``of_rows`` are the words of ``rows r``.
    """
    column, person = quoted(link), f"r.{quoted(link)}"
    joined = (
        f" LEFT JOIN (SELECT {of_rows} AS words, min({person}) AS one FROM {rows} WHERE"
        f" r.deleted = 0 AND {person} IS NOT NULL{where} GROUP BY 1 HAVING min({person}) ="
        f" max({person})) known ON known.words = {words}"
    )
    return f"coalesce({alias}.{column}, known.one, {words})", joined
