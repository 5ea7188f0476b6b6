"""The masked edition (脱敏版): names and figures replaced before anything is set, so that nothing
of them is in the file."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from desktop.bulletin.document import (
    MASK,
    Bar,
    Cell,
    Chart,
    Column,
    Document,
    Gantt,
    PersonSheet,
    Run,
    Series,
    Table,
    TableRow,
)
from desktop.bulletin.masking.finder import SORTS, Finder, Fingerprints, Span

#: Fields that steer the layout and are never texts.
STEERING = frozenset({"face", "align", "mark", "kind", "light", "made_on", "names"})
#: Counts that are printed though they are no figures of the text.
COUNTS = frozenset({"copies"})
#: Characters of the text shown around something that was left.
AROUND = 8


class DoubtfulText(msgspec.Struct, frozen=True):
    """Something that looks like a name, a place or a figure and stands in the masked edition."""

    sort: str
    text: str
    around: str


class MaskReport(msgspec.Struct):
    """What a masked edition hides, and what it leaves that looks as if it should be hidden."""

    hidden: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """(sort, text) → how often."""
    left: dict[tuple[str, str], DoubtfulText] = msgspec.field(default_factory=dict)
    # of what is hidden: in no ledger, by its form alone
    guessed: dict[tuple[str, str], DoubtfulText] = msgspec.field(default_factory=dict)
    # word that this office keeps → what stands around it
    kept: dict[str, str] = msgspec.field(default_factory=dict)
    caution: str = ""  # what the program cannot know here

    def sentence(self) -> str:
        """The same in one sentence."""
        counts = Counter[str]()
        for (sort, _), times in self.hidden.items():
            counts[sort] += times
        parts = "、".join(f"{SORTS[sort]} {counts[sort]} 处" for sort in SORTS if counts[sort])
        said = f"隐去{parts}" if parts else "没有隐去什么"
        said += (
            f"，其中 {len(self.guessed)} 个名称台账里没有，是按字样隐去的" if self.guessed else ""
        )
        left = (
            f"；另有 {len(self.left)} 处像是人名、地名或数字而没有隐去，请逐条核对"
            if self.left
            else ""
        )
        return f"{said}{left}。{self.caution}"


@dataclass(frozen=True)
class Mask:
    """What is replaced by ``**``.

    ``names``: words of any sort; ``units``, ``places``, ``people``: names, each to be hidden, with
    their short forms; ``kept``: words that stay though a name is in them. ``forms``: of these three
    sorts, where what plainly looks like one is hidden unknown.
    ``numbers``: figures in digits and in Chinese (document and issue numbers stay). ``dates``:
    dates, too. ``pictures``: pictures are left out, since nobody can see what they show. ``marks``:
    fingerprints of people whose names this person may not read.
    ``caution``: what the person who prints is told besides.
    """

    names: tuple[str, ...] = ()
    numbers: bool = False
    pictures: bool = True
    dates: bool = False
    units: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    forms: frozenset[str] = frozenset()
    marks: Fingerprints | None = None
    caution: str = ""

    @cached_property
    def finder(self) -> Finder:
        """What looks for the names; made once."""
        words = [
            (name, sort) for sort in ("units", "places", "people") for name in getattr(self, sort)
        ]
        words += [(name, "words") for name in self.names] + [(name, "kept") for name in self.kept]
        return Finder(
            words, marks=self.marks, forms=self.forms, numbers=self.numbers, dates=self.dates
        )

    def text(self, text: str) -> str:
        """A text with its names and figures replaced; neighbouring masks become one."""
        return _replaced(text, self.finder.spans(text)) if text else text

    def document(self, document: Document) -> Document:
        """The whole document masked, properties included."""
        return self.apply(document)[0]

    def _of_then(self, document: Document) -> Mask:
        """Hides too what its office, units and leaders were called when an older paper was issued,
        where the ledger knows them by other names now."""
        known = {*self.names, *self.units, *self.places, *self.people, *self.kept}
        office = {document.author} - known if self.units and document.author else set()
        others = set(document.names) - known if self.units and self.people else set()
        if not office | others:
            return self
        return replace(self, units=(*self.units, *office), names=(*self.names, *sorted(others)))

    def apply(self, document: Document) -> tuple[Document, MaskReport]:
        """The document masked, and what a person should know before it goes out: what is hidden,
        and what is left."""
        report = MaskReport(caution=self.caution)
        masked: Document = _Walk(self._of_then(document), report).value(document)
        if self.numbers or self.dates:  # the pages may tell no day, so the properties must not
            masked = msgspec.structs.replace(masked, made_on=None)
        return msgspec.structs.replace(masked, audit="", names=(), masked=True, source=""), report


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - AROUND) : end + AROUND].replace("\n", " ")


def _replaced(text: str, spans: Iterable[Span]) -> str:
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], MASK]
        at = span.end
    return re.sub(r"\*{3,}", MASK, "".join([*parts, text[at:]]))


class _Walk:
    """Goes through a document and masks whatever is text, figure, date or picture in it."""

    def __init__(self, mask: Mask, report: MaskReport) -> None:
        self.mask, self.report = mask, report

    def value(self, value: Any) -> Any:
        """The value masked, whatever it is."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bool):
            return value
        if isinstance(value, Decimal | int | float):
            return self._plain("numbers", self.mask.numbers, value, f"{value}")
        if isinstance(value, datetime.date):
            return self._plain("dates", self.mask.dates, value, value.isoformat())
        if isinstance(value, bytes):
            return b"" if self.mask.pictures else value
        if isinstance(value, tuple | list):
            return self._several(value)
        if isinstance(value, Series):
            return self._series(value)
        if isinstance(value, Bar):
            return self._bar(value)
        if isinstance(value, msgspec.Struct):
            return self._fields(value)
        return value

    def _plain(self, sort: str, hidden: bool, value: object, text: str) -> object:
        if not hidden:
            return value
        self.report.hidden[sort, text] += 1
        return MASK

    def _several(self, values: Sequence[Any]) -> tuple[Any, ...]:
        if values and all(isinstance(part, Run) for part in values):
            return self._runs(tuple(values))
        return tuple(self.value(part) for part in values)

    def _text(self, text: str) -> str:
        if not text:
            return text
        spans = self._spans(text)
        return _replaced(text, spans)

    def _spans(self, text: str) -> list[Span]:
        spans = self.mask.finder.spans(text)
        for start, end, sort, guessed in spans:
            self.report.hidden[sort, text[start:end]] += 1
            if guessed:
                doubtful = DoubtfulText(sort, text[start:end], _around(text, start, end))
                self.report.guessed.setdefault((sort, text[start:end]), doubtful)
        for start, end, sort, _ in self.mask.finder.left(text):
            doubtful = DoubtfulText(sort, text[start:end], _around(text, start, end))
            self.report.left.setdefault((sort, text[start:end]), doubtful)
        for start, end, _, _ in self.mask.finder.kept(text):
            self.report.kept.setdefault(text[start:end], _around(text, start, end))
        return spans

    def _runs(self, runs: tuple[Run, ...]) -> tuple[Run, ...]:
        """Runs of one text: a name may begin in one and end in the next."""
        spans = self._spans("".join(run.text for run in runs))
        made, at = [], 0
        for run in runs:
            end = at + len(run.text)
            made.append(
                msgspec.structs.replace(
                    run, text="".join(_part(run.text, at, end, spans)), note=self._text(run.note)
                )
            )
            at = end
        return tuple(made)

    def _fields(self, value: Any) -> Any:
        changed: dict[str, Any] = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            if isinstance(value, Table) and name == "rows":
                changed["rows"] = [self._row(row, value.columns) for row in value.rows]
            elif not _steers(value, name, old):
                changed[name] = self.value(old)
        return msgspec.structs.replace(value, **{**changed, **self._flags(value)})

    def _flags(self, value: Any) -> dict[str, bool]:
        """What a block is told besides, so that it draws nothing to be measured."""
        if isinstance(value, Chart) and self.mask.numbers:
            return {"hidden": True}
        if isinstance(value, PersonSheet) and self.mask.numbers:
            return {"uncounted": True}
        return {"hidden": True} if isinstance(value, Gantt) and self.mask.dates else {}

    def _row(self, row: TableRow, columns: tuple[Column, ...]) -> tuple[Any, ...]:
        """A table's row; row numbers are no figures. Rows with merged cells are masked whole."""
        if len(row) != len(columns):
            return tuple(self.value(value) for value in row)
        return tuple(
            value if column.serial else self.value(value)
            for value, column in zip(row, columns, strict=True)
        )

    def _series(self, series: Series) -> Series:
        """Lengths in a chart are figures too: with numbers masked all values become one."""
        values = series.values
        if self.mask.numbers:
            values = tuple(None if value is None else 1.0 for value in values)
        return Series(self._text(series.name), values)

    def _bar(self, bar: Bar) -> Bar:
        """A bar's share is a figure and its ends are dates: with dates masked all bars span the
        same time."""
        done = 0.0 if self.mask.numbers else bar.done
        start, end = (SAME_START, SAME_END) if self.mask.dates else (bar.start, bar.end)
        return msgspec.structs.replace(
            bar, label=self._text(bar.label), unit=self._text(bar.unit), done=done, start=start,
            end=end, points=() if self.mask.dates else bar.points,
        )


SAME_START, SAME_END = datetime.date(2000, 1, 1), datetime.date(2000, 12, 31)


def _steers(block: Any, name: str, value: object) -> bool:
    """Whether a field of a block says how it is laid out, and is no text."""
    if name in STEERING or (isinstance(block, Gantt) and name == "today"):
        return True
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return name not in COUNTS and not (isinstance(block, Cell) and name == "text")


def _part(text: str, start: int, end: int, spans: Iterable[Span]) -> Iterator[str]:
    """What of a run stays: the mask stands where a name begins."""
    at = start
    for span in spans:
        if span.end <= start or span.start >= end:
            continue
        yield text[at - start : max(span.start, start) - start]
        if span.start >= start:
            yield MASK
        at = min(span.end, end)
    yield text[at - start :]


def file_name(title: str, masked: Mask | None = None, *, suffix: str = ".pdf") -> str:
    """A file's name from a title, masked like the document; what file systems refuse is left out
    (an asterisk, too)."""
    text = masked.text(title) if masked else title
    text = re.sub(r"\*+", "某", text)
    text = re.sub(r'[\\/:?"<>|\x00-\x1f]', "", text).strip(" .")
    return (text[:80] or "未命名") + ("（脱敏版）" if masked else "") + suffix
