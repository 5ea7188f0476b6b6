"""What people type loosely into a workbook of ours, where the strict reading of its field fails.

What can mean only one thing is read and told (9月5日, 9月底前 in a column of deadlines, 1200万元 in
one of 亿元); what is a guess (约70%, 临湖/青石 for one unit, part of a choice) is held back until a
person accepts it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.fieldtypes.base import Names
from desktop.exchange.format.cells import parse
from desktop.exchange.format.loose_values import (
    approximate_number,
    is_deadline,
    is_start,
    leader_named,
    loose_date,
    near_day,
    serial_date,
)
from desktop.exchange.format.loose_values import nearest_choice as nearest
from desktop.exchange.format.measures import SCALES, factor, measure_parts

_NUMBER = re.compile(r"^([-+]?[\d,]*\.?\d+)\s*([^\d\s%]+)$")
#: 住房和城乡建设局 is one unit.
_BETWEEN_UNITS = re.compile(r"[、，,；;/\\\s]+|(?<=[局委办县区市院部厅])[和及与]")
_SEVERAL_PEOPLE = "写了几个人，这一栏只记一个"
_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
_SAYS_WHAT_IT_IS = re.compile(r"[年月日号季前止]|^20\d\d[-./]\d")
_OF_DEADLINE = ("延至", "延期至")


class LooseValue(msgspec.Struct, frozen=True):
    """A value with how it is read in words; ``guess``: why a person must say whether it is meant;
    ``others``: further units, for the field of those that take part."""

    value: Any
    words: str
    guess: str = ""
    others: tuple[str, ...] = ()


class LooseReader(msgspec.Struct, frozen=True):
    """Made once per sheet. ``sent``: the day on which the workbook went out, near which a date
    without its year lies."""

    kind: Kind
    names: Names
    sent: dt.date

    def read(self, text: str, field: Field) -> LooseValue | None:
        """The reading of a text that is none of its field's own; None where there is none."""
        kind_of = type_of(field)
        read: Callable[[str, Field], LooseValue | None] | None = None
        if kind_of.is_day:
            read = self._date
        elif kind_of.numeric:
            read = self._number
        elif kind_of.names_units:
            read = self._units
        elif kind_of.names_record:
            read = self._person
        elif kind_of.one_listed:
            read = self._choice
        return read(text, field) if read is not None else None

    def _date(self, text: str, field: Field) -> LooseValue | None:
        deadline = is_deadline(self.kind, field) or field.label.endswith(_OF_DEADLINE)
        if (day := serial_date(text.strip())) is not None:
            return LooseValue(day, day.isoformat())
        if deadline and (day := near_day(text, self.sent)) is not None:
            return LooseValue(day, day.isoformat(), "从发出这张表的那天算起")
        if not _SAYS_WHAT_IT_IS.search(text):
            return None  # 3/4 may be a share, and is what a spreadsheet makes of other things
        found = [
            day for year in (self.sent.year, self.sent.year + 1, self.sent.year - 1)
            if (day := loose_date(text, year, deadline=deadline, start=is_start(field))) is not None
        ]
        if not found:
            return None
        day = min(found, key=lambda each: abs((each - self.sent).days))
        guess = "" if day == found[0] else "没有写年份，按最近的一年读"
        return LooseValue(day, day.isoformat(), guess)

    def _number(self, text: str, field: Field) -> LooseValue | None:
        plain = unicodedata.normalize("NFKC", text).strip().lstrip("'")
        if plain != text.strip() and (read := self._parsed(plain, field, "")) is not None:
            return read
        exact = self._in_measure(plain, field)
        if exact is not None:
            return self._parsed(exact, field, "")
        easier = approximate_number(plain)
        if easier is None:
            return None
        # how far a thing has come, and how many took part, are about right by nature; money is not
        guess = (
            "" if type_of(field).whole or type_of(field).is_share else "是个约数，台账里记的是确数"
        )
        return self._parsed(self._in_measure(easier, field) or easier, field, guess)

    @staticmethod
    def _in_measure(plain: str, field: Field) -> str | None:
        """A number with another unit of measure behind it, as its field counts."""
        match, there = _NUMBER.match(plain), measure_parts(field.measure or "")
        if match is None or there is None:
            return None
        unit = match[2] + there[1] if match[2] in SCALES else match[2]
        by = factor(unit, field)
        if by is None:
            return None
        return format((Decimal(match[1].replace(",", "")) * by).normalize(), "f")

    def _parsed(self, text: str, field: Field, guess: str) -> LooseValue | None:
        try:
            value = parse(text, field, self.names)
        except BadInput:
            return None
        return LooseValue(value, f"{text}{field.measure or ''}", guess)

    def _person(self, text: str, field: Field) -> LooseValue | None:
        """陈立副市长: the one on record who is named beside a duty."""
        kind = field.kind or ""
        for part, guess in ((text, ""), ("".join(text.split()), ""), (text, _SEVERAL_PEOPLE)):
            said = _BETWEEN_UNITS.split(part)[0] if guess else part
            uid = leader_named(said, lambda each: self.names.record_by_title(kind, each))
            if uid is not None:
                return LooseValue(uid, self.names.title(kind, uid), guess)
        return None

    def _units(self, text: str, field: Field) -> LooseValue | None:
        bare = _BRACKETS.sub("", text).strip()
        parts = [part for part in _BETWEEN_UNITS.split(bare) if part]
        units = [self.names.unit_by_name(part) for part in parts]
        found = tuple(dict.fromkeys(unit for unit in units if unit is not None))
        if None in units or not found:
            return None
        if type_of(field).many:
            return LooseValue(found, "、".join(parts))
        return self._leading(field, parts, found)

    def _leading(
        self, field: Field, parts: Sequence[str], found: tuple[str, ...]
    ) -> LooseValue | None:
        if len(parts) == 1:  # 禾津县（牵头）
            return LooseValue(found[0], parts[0])
        others = next((n for n in self.kind.cooperating if type_of(self.kind.field(n)).many), None)
        if field.name != self.kind.unit or others is None:
            return None
        label = self.kind.field(others).label
        guess = f"写了几个单位，第一个算「{field.label}」，其余算「{label}」"
        return LooseValue(found[0], "、".join(parts), guess, found[1:])

    @staticmethod
    def _choice(text: str, field: Field) -> LooseValue | None:
        label = nearest(text, field)
        option = next((each for each in field.options if each.label == label), None)
        return None if option is None else LooseValue(option.name, option.label, "不是列出的选项")
