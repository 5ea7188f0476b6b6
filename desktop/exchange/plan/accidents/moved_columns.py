"""Accidents of a whole column, short ones too: the values that were sent stand one to three rows
off, a few rows were sorted alone, a cell was dragged over those below it so that its number counts
on, many texts are cut short or gone, many lines are to be deleted.

Held against all rows of the file in their order, so that what a person really typed is none: no
value that is new in its column moves."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

import msgspec

from db.merge.merge import DELETED
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, type_of
from desktop.exchange.format.columns import DELETE_WORD
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.plan.accidents.shifted_cells import plain
from desktop.exchange.plan.parsed_row import ParsedRow, Place

#: So many moved cells of different content are no chance; so large a part of the changed ones.
_LEAST, _MOSTLY = 3, 0.7
#: So many values of one column, or of one row, are not emptied one by one.
_EMPTIED = 4
#: A look at every row is worth it up to so many.
_MOST = 20_000
_STEPS = (1, -1, 2, -2, 3, -3)
#: So many cells below one another that count on were dragged; so many lines are not deleted one by
#: one; texts that lost so many characters were cut.
_DRAGGED, _DELETED, _CUT = 4, 5, 4
#: A few rows that changed places are looked for within so many; further pairs so near one another
#: were sorted with them.
_NEAR, _APART = 60, 3
#: No longer text is what people number lines with.
_LABEL = 8
_LAST_NUMBER = re.compile(r"(\d{1,15})(\D*)$")
#: What a text that may count on says: the day, or before its last number, the number, and behind.
_Counted: TypeAlias = dt.date | tuple[str, int, str]
#: Characters of a kept day; a month has fewer.
_DAY = 10
#: What is numbered from line to line on purpose.
_COUNTED = ("号", "序", "次", "期", "批", "月份", "季度")
#: Before these a person ends a text on purpose, in many lines alike.
_CLAUSE = ("，", "。", "；", "、", "：", "（", "(", ",", ";", "\n")


def look_at_columns(
    hidden: Hidden, kind: Kind, rows: Sequence[ParsedRow], first_row: Mapping[str, Place]
) -> None:
    """Warn of the cells of columns that moved or were emptied."""
    touched = _touched(kind, rows)
    sheet = hidden.sheets.get(kind.name)
    if sheet is not None and len(hidden.rows.get(kind.name, ())) <= _MOST:
        names = {
            name: sheet.fields.index(name) for name, some in touched.items()
            if len(some) >= _LEAST and name in sheet.fields and name != kind.title
        }
        order = sorted(first_row, key=first_row.__getitem__) if names else []
        at = {uid: place for place, uid in enumerate(order)}
        for name, sent in _sent(hidden, kind, names, order).items():
            _Column(kind.field(name), at, sent).look(touched[name])
    _look_at_emptied(kind, touched)
    _look_at_deleted(rows)


def _look_at_deleted(rows: Sequence[ParsedRow]) -> None:
    gone = [p for p in rows if p.base is not None and p.typed.get(DELETED)]
    for parsed in gone if len(gone) >= _DELETED else ():
        parsed.warn(DELETED, "blanked", (
            f"第 {parsed.row} 行标了“{DELETE_WORD}”（一共标了 {len(gone)} 行），没有照删。"
            "确实要删的请采用。"
        ))  # fmt: skip


def _touched(kind: Kind, rows: Sequence[ParsedRow]) -> dict[str, list[ParsedRow]]:
    """Field → rows whose cell was typed over, and looks like no accident by itself."""
    found: dict[str, list[ParsedRow]] = defaultdict(list)
    for parsed in rows:
        for name in parsed.typed if parsed.base is not None else ():
            if kind.has(name) and name not in parsed.warned:
                found[name].append(parsed)
    return found


def _look_at_emptied(kind: Kind, touched: Mapping[str, Sequence[ParsedRow]]) -> None:
    gone = {
        name: [p for p in rows if p.typed[name] is None and name not in p.warned]
        for name, rows in touched.items()
    }
    in_row = Counter(parsed.uid for rows in gone.values() for parsed in rows)
    for name, rows in gone.items():
        for parsed in rows:
            many = max(len(rows), in_row[parsed.uid])
            if many >= _EMPTIED:
                where = "这一列" if many == len(rows) else "这一行"
                parsed.warn(name, "blanked", (
                    f"第 {parsed.row} 行「{kind.field(name).label}」被清空（{where}清空了"
                    f" {many} 格），没有照清。确实要清的请采用。"
                ))  # fmt: skip


def _sent(
    hidden: Hidden, kind: Kind, names: Mapping[str, int], order: Sequence[str]
) -> dict[str, list[str]]:
    """Field → what its cells held when they were sent, in the order of the rows."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for uid in order:
        row = hidden.row(kind.name, uid)
        values = row.values if row is not None else ()
        for name, place in names.items():
            found[name].append(plain(values[place]) if place < len(values) else "")
    return found


#: What became of cells that changed places.
_CHANGED = "互相换了位置，像是只排了这几格"


class _Place(msgspec.Struct, frozen=True):
    """A changed cell: its row among all, what stands there now."""

    at: int
    now: str
    parsed: ParsedRow


class _Column:
    """One column as it was sent, in the order of the rows as they stand now."""

    def __init__(self, field: Field, at: Mapping[str, int], sent: list[str]) -> None:
        self.field, self._at, self._sent = field, at, sent
        self._known = frozenset(sent)

    def look(self, rows: Sequence[ParsedRow]) -> None:
        """Warn of changed cells where they are what moved."""
        places = [_Place(self._at[p.uid], self._text(p), p) for p in rows if p.uid in self._at]
        places.sort(key=lambda place: place.at)
        found = self._shifted(places)
        if found:
            self._warn(found, "shifted", "整段错了行")
        elif self._sorted(places):
            self._warn(places, "sorted", _CHANGED)
        self._look_near(places)
        self._look_at_texts(places)

    def _look_near(self, places: Sequence[_Place]) -> None:
        """The same of a few rows below one another, whatever was done elsewhere in the column."""
        if type_of(self.field).picked:
            return
        came = [p for p in self._rest(places) if p.now in self._known]  # what is new did not move
        for step in _STEPS if came else ():
            for run in _runs(self._rest(came), self._stood(step)):
                if len({p.now for p in run}) >= _DRAGGED and not self._went_on(run):
                    self._warn(run, "shifted", "整段错了行")
        least = _LEAST if type_of(self.field).worded else _DRAGGED
        for run in self._permuted(self._rest(came), self._rest(places)):
            if len({p.now for p in run}) >= least:  # two that were given for each other are none
                self._warn(run, "sorted", _CHANGED)

    def _stood(self, step: int) -> Callable[[_Place], bool]:
        """Whether a cell holds what the row ``step`` above it was sent with."""
        return lambda p: bool(p.now) and self._before(p.at - step) == p.now

    def _rest(self, places: Sequence[_Place]) -> list[_Place]:
        return [p for p in places if self.field.name not in p.parsed.warned]

    def _permuted(self, places: Sequence[_Place], touched: Sequence[_Place]) -> list[list[_Place]]:
        """Cells that hold together what they were sent with, in other places, a few rows each."""
        now = {p.at: p for p in touched} if places else {}
        out: list[list[_Place]] = []
        past = -2
        for place in places:
            end = self._closes(place.at, now) if place.at > past else None
            if end is not None:
                out += [[]] if place.at > past + _APART else []
                out[-1] += [now[at] for at in range(place.at, end + 1) if at in now]
                past = end
        return out

    def _closes(self, first: int, now: Mapping[int, _Place]) -> int | None:
        """The row at which all that stands from one on is what was sent there."""
        open_ = Counter[str]()
        for at in range(first, min(first + _NEAR, len(self._sent))):
            if at in now:
                if now[at].now not in self._known:
                    return None
                open_[now[at].now] += 1
                open_[self._sent[at]] -= 1
                if not any(open_.values()):
                    return at
        return None

    def _look_at_texts(self, places: Sequence[_Place]) -> None:
        """Cells that count on from line to line, and texts that are cut short alike."""
        kind_of = type_of(self.field)
        if not kind_of.numeric and not self.field.label.endswith(_COUNTED):
            self._look_at_series(self._rest(places), kind_of.dated)
        cut: dict[int, list[_Place]] = defaultdict(list)
        for p in self._rest(places) if kind_of.worded else ():
            if p.now and self._sent[p.at].startswith(p.now):
                cut[len(p.now)].append(p)
        for run in cut.values():
            gone = [self._sent[p.at][len(p.now) :] for p in run]
            by_hand = all(text.startswith(_CLAUSE) for text in gone)
            if len(run) >= _LEAST and not by_hand and all(len(text) >= _CUT for text in gone):
                self._tell(run, "cut", f"这一列有 {len(run)} 格只剩原来的前 {len(run[0].now)} 个字")

    def _text(self, parsed: ParsedRow) -> str:
        value = parsed.typed[self.field.name]
        if value is None:
            return ""
        return plain(value if isinstance(value, str) else TYPES[self.field.type].to_json(value))

    def _shifted(self, places: Sequence[_Place]) -> list[_Place]:
        now, filled = {p.at: p.now for p in places}, sum(bool(p.now) for p in places)
        mostly = 1.0 if self._went_on(places) else _MOSTLY
        sent, many = self._sent, len(self._sent)
        came = [p for p in places if p.now in self._known]  # what is new did not move
        for step in _STEPS if len(came) >= max(_LEAST, mostly * filled) else ():
            hits = [
                p for p in came
                if p.now and 0 <= (at := p.at - step) < many and p.now == sent[at]
            ]
            if len({p.now for p in hits}) < _LEAST or len(hits) < mostly * filled:
                continue
            block = range(min(p.at for p in hits), max(p.at for p in hits) + 1)
            if all(now.get(at, self._sent[at]) == self._before(at - step) for at in block):
                near = range(block.start - abs(step), block.stop + abs(step))
                moved = {p.at for p in hits}
                return [p for p in places if p.at in moved or (not p.now and p.at in near)]
        return []

    def _went_on(self, places: Sequence[_Place]) -> bool:
        """Whether figures grew, or days were all put off alike, as people do to a whole column:
        many then say what the next row said, and that is no accident."""
        kind_of = type_of(self.field)
        pairs = [(p.now, self._sent[p.at]) for p in places if p.now and self._sent[p.at]]
        if kind_of.numeric:
            return all(Decimal(now) >= Decimal(sent) for now, sent in pairs)
        if not kind_of.dated:
            return not (kind_of.worded or kind_of.unbroken)
        days = [(_day(now), _day(sent)) for now, sent in pairs]
        return len({now - sent for now, sent in days}) <= 1 or len({
            (now.year - sent.year) * 12 + now.month - sent.month for now, sent in days
        }) <= 1

    def _before(self, at: int) -> str | None:
        return self._sent[at] if 0 <= at < len(self._sent) else None

    def _sorted(self, places: Sequence[_Place]) -> bool:
        if not all(p.now in self._known for p in places):
            return False
        least = _LEAST if type_of(self.field).worded else _LEAST + 1
        now, sent = Counter(p.now for p in places), Counter(self._sent[p.at] for p in places)
        return now == sent and len(now) >= least and not type_of(self.field).picked

    def _look_at_series(self, places: Sequence[_Place], dated: bool) -> None:
        """Cells below one another each of which is one more than the one above; one among them may
        have said so before, but not all."""
        touched, run = {p.at: p for p in places}, list[int]()
        above: _Counted | None = None
        for at in (*self._about(places), -1):
            place = touched.get(at)
            now = _counted((self._before(at) or "") if place is None else place.now, dated)
            if run and at == run[-1] + 1 and _is_next(above, now):
                run.append(at)
            else:
                self._look_at_run(run, touched, dated)
                run = [at]
            above = now

    @staticmethod
    def _about(places: Sequence[_Place]) -> Iterator[int]:
        """Where changed cells stand, and their neighbours, in order."""
        past = -2
        for place in places:
            yield from range(max(place.at - 1, past + 1), place.at + 2)
            past = place.at + 1

    def _look_at_run(self, run: Sequence[int], touched: Mapping[int, _Place], dated: bool) -> None:
        if len(run) < _DRAGGED or self._numbered(run, touched):
            return
        sent = pairwise(_counted(self._before(each) or "", dated) for each in run)
        if not all(_is_next(a, b) for a, b in sent):
            self._tell([touched[each] for each in run[1:] if each in touched], "series", (
                f"这一列上下 {len(run)} 格的数一格加一，像是拖动填充的"
            ))

    def _numbered(self, run: Sequence[int], touched: Mapping[int, _Place]) -> bool:
        """Whether a person numbered lines where nothing stood: 1月办完, 2月办完."""
        return type_of(self.field).worded and all(
            at in touched and not self._before(at) and len(touched[at].now) <= _LABEL for at in run
        )

    def _warn(self, places: Sequence[_Place], code: str, what: str) -> None:
        why = f"这一列有 {len(places)} 格{what}"
        self._tell(places, code, why, "是别的行原来的内容")

    def _tell(self, places: Sequence[_Place], code: str, why: str, is_: str = "可疑") -> None:
        for place in places:
            place.parsed.warn(self.field.name, code, (
                f"第 {place.parsed.row} 行「{self.field.label}」{is_}（{why}），没有读入。"
                "确实要这样改的请采用。"
            ))  # fmt: skip


def _runs(places: Sequence[_Place], fits: Callable[[_Place], bool]) -> Iterator[list[_Place]]:
    """Cells below one another that fit, run by run."""
    run: list[_Place] = []
    for place in filter(fits, places):
        if run and place.at != run[-1].at + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _is_next(above: _Counted | None, now: _Counted | None) -> bool:
    if above is None or now is None:
        return False
    if isinstance(above, tuple) and isinstance(now, tuple):
        return now[1] == above[1] + 1 and now[0] == above[0] and now[2] == above[2]
    if not (isinstance(above, dt.date) and isinstance(now, dt.date)):
        return False
    years = (now.year - above.year, now.month, now.day) == (1, above.month, above.day)
    return years or now - above == dt.timedelta(days=1)


def _counted(text: str, dated: bool) -> _Counted | None:
    """The day that a cell says, or its text before its last number, the number, and what is behind.
    """
    if dated:
        return _day(text) if len(text) == _DAY else None
    found = _LAST_NUMBER.search(text)
    return (text[: found.start()], int(found[1]), found[2]) if found else None


def _day(text: str) -> dt.date:
    """A kept day, or the first of a kept month."""
    return dt.date.fromisoformat(f"{text}-01"[:10])
