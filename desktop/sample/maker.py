"""What every part of the made-up office draws on: chance, texts, days, and records written with
their past."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from db.model.fieldtypes.base import NoNames
from db.model.ids import derived_uid
from db.model.records import Record
from db.session import Session
from db.store.bulk import DatedWrites

DAY = dt.timedelta(days=1)
SPAN = 330
"""Days of past that the office has."""


class _Fill(dict[str, str]):
    """The blanks of a text, drawn when they are met."""

    def __init__(self, maker: Maker) -> None:
        super().__init__()
        self._maker = maker

    def __missing__(self, name: str) -> str:
        return self._maker.blank(name)


class Maker:
    """Chance is one ``random.Random(seed)``, asked in a fixed order, so that the same seed gives
    the same office."""

    def __init__(
        self, session: Session, seed: int, places: Mapping[str, Any], texts: Mapping[str, Any],
        today: dt.date,
    ) -> None:
        self.session, self.kinds, self.seed = session, session.kinds, seed
        self.places, self.texts, self.today = places, texts, today
        self.random = random.Random(seed)
        self.names = NoNames()
        self.workdays = session.workdays
        self.first = today - dt.timedelta(days=SPAN)
        #: How many records were made, and what stands before their numbers.
        self.made, self._series = 0, ""
        self.chronicle: DatedWrites = DatedWrites(session.office)
        self.counties: list[str] = []
        self.bureaus: list[str] = []
        self.units: list[str] = []
        #: Uid, name and short name of the counties, under whatever they stand.
        self.smallest: list[tuple[str, str, str]] = []
        self.leaders: list[str] = []
        self.strategies: list[str] = []
        #: Uids by kind, for references.
        self.known: dict[str, list[str]] = {}
        #: Class → the rows of its roster.
        self.rosters: dict[str, list[dict[str, Any]]] = {}
        #: Meetings that were held, in the order of their days: uid, day, which of the five.
        self.known_meetings: list[tuple[str, dt.date, str]] = []
        #: Monthly reviews that were held: uid, month, day.
        self.reviews: list[tuple[str, str, dt.date]] = []
        self._defaults: dict[str, dict[str, Any]] = {}
        self._serials: dict[str, int] = {}
        self._workday_of: dict[dt.date, dt.date] = {}
        self._others: dict[str, list[str]] = {}
        self._words = places.get("words", ())
        self._fill = _Fill(self)

    def reached(self) -> tuple[Any, ...]:
        """What another maker needs to go on from here, as plain data."""
        return self.random.getstate(), self.made, self.known, self._serials

    def go_on(self, reached: tuple[Any, ...]) -> None:
        """Go on from where another maker has come to."""
        state, self.made, self.known, self._serials = reached
        self.random.setstate(state)

    @contextlib.contextmanager
    def independent(self, series: str) -> Iterator[None]:
        """What is made meanwhile has chance and numbers of its own and is known to nothing else, so
        that all else is the same with it or without, before it or after."""
        before = self.random, self.made, self._series, self.known, self._serials
        self.random, self.made, self._series = random.Random(f"{self.seed} {series}"), 0, series
        self.known = {kind: list(uids) for kind, uids in self.known.items()}
        self._serials = dict(self._serials)
        try:
            yield
        finally:
            self.random, self.made, self._series, self.known, self._serials = before

    # -- chance and texts

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random.random() < share

    def pick(self, options: Sequence[Any]) -> Any:
        """One of these."""
        return options[int(self.random.random() * len(options))]

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends possible."""
        return low + int(self.random.random() * (high - low + 1))

    def some(self, options: Sequence[Any], low: int, high: int) -> tuple[Any, ...]:
        """A few different ones, in their order."""
        places = self.random.sample(range(len(options)), min(self.number(low, high), len(options)))
        return tuple(options[place] for place in sorted(places))

    def text(self, *path: str) -> str:
        """One of the texts under that path of ``texts.toml``, its blanks filled."""
        found: Any = self.texts
        for part in path:
            found = found[part]
        return self.filled(str(self.pick(found)))

    def filled(self, template: str) -> str:
        """The text with its blanks filled."""
        return template.format_map(self._fill) if "{" in template else template

    def blank(self, name: str) -> str:
        """What stands for one blank."""
        if name == "n":
            return str(self.number(10, 90))
        if name == "m":
            return str(self.number(2, 9))
        if name == "county":
            return str(self.pick(self.places["counties"])[0])
        plural = {"company": "companies", "strategy": "strategies"}.get(name, name + "s")
        return str(self.pick(self.places[plural]))

    def person(self) -> str:
        """A made-up name."""
        return str(self.pick(self.places["surnames"])) + str(self.pick(self.places["given"]))

    def serial(self, name: str) -> int:
        """1, 2, 3 … by name."""
        self._serials[name] = self._serials.get(name, 0) + 1
        return self._serials[name]

    # -- days

    def day(self, low: int = 0, high: int = SPAN) -> dt.date:
        """A day between ``high`` and ``low`` days before today."""
        return self.today - dt.timedelta(days=self.number(low, high))

    def workday(self, day: dt.date) -> dt.date:
        """That day, or the next on which offices work."""
        found = self._workday_of.get(day)
        if found is None:
            found = day if self.workdays.is_workday(day) else self.workdays.add(day, 1)
            self._workday_of[day] = found
        return found

    # -- records

    def record(
        self, kind: str, values: Mapping[str, Any], parent: str | None = None,
        state: str | None = None, called: str = "",
    ) -> Record:
        """A record not yet written, with the kind's defaults and lifecycle's first state; what is
        blank is left out of its values. One ``called`` by a name of its own leaves the uids of all
        others as they are."""
        defaults = self._defaults.get(kind)
        declared = self.kinds.get(kind)
        if defaults is None:
            defaults = self._defaults[kind] = {
                f.name: self.session.default(f) for f in declared.all_fields
                if f.default is not None
            }
        if state is None:
            cycle = self.kinds.lifecycle_of(declared)
            state = cycle.initial if cycle else None
        given = {n: v for n, v in values.items() if v is not None}
        if self._words:
            given = {n: self._here(v) for n, v in given.items()}
        self.made += not called
        uid = derived_uid("demo", str(self.seed), called or f"{self._series}{self.made}")
        return Record(kind, 0, uid, parent, state, False, "", "", "", "", "", defaults | given)

    def _here(self, value: Any) -> Any:
        """A text in the words of the office's level."""
        if isinstance(value, str):
            for word, other in self._words:
                value = value.replace(word, other)
        return value

    def others(self, unit: str) -> list[str]:
        """All units but this."""
        found = self._others.get(unit)
        if found is None or len(found) < len(self.units) - 1:
            found = self._others[unit] = [each for each in self.units if each != unit]
        return found

    def level_of(self, unit: str) -> str:
        """Whether a unit's work is a county's."""
        return "county" if any(unit == uid for uid, *_ in self.smallest) else "city"

    def add(
        self, kind: str, values: Mapping[str, Any], day: dt.date, *, parent: str | None = None,
        state: str | None = None, by: str = "clerk", time: str = "08:30:00",
    ) -> Record:
        """A record written on that day (never after today); in a state that its writer may not
        bring it to, by the reviewer."""
        record = self.record(kind, values, parent, state)
        cycle = self.kinds.lifecycle_of(kind)
        if cycle is not None and by == "clerk" and state not in (None, cycle.initial):
            mine = {each.to for each in cycle.actions if "clerk" in each.roles}
            by = by if state in mine else "reviewer"
        at = f"{min(day, self.today).isoformat()}T{time}"
        self.chronicle.add(record, at, by, f"新增{self.kinds.get(kind).label}")
        self.known.setdefault(kind, []).append(record.uid)
        return record
