"""Finds in one text what a masked edition hides: known names, however they are spaced or broken,
then figures, dates and forms.

Names are looked for in the text without its blanks and in one form of each character (full-width
letters are letters), from the left, the longest first. A word that the office keeps is found the
same way and is left as it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec

from db.model.late_pattern import lazy_regex
from desktop.bulletin.masking.likely_names import GOES_ON, likely
from desktop.bulletin.masking.patterns import (
    CALLED,
    CALLED_PERSON,
    CAPTIONED,
    COMPOUND_PERSON,
    DATE,
    ENUMERATION,
    FIGURE,
    HAN,
    IDIOMS,
    INSIDER_UNIT,
    MAIL,
    NO_PERSON,
    NO_PLACE,
    NOT_FIGURES,
    NUMBERING,
    PLATE,
    POINTED_PERSON,
    SITE,
    STRONG_PERSON,
    STRONG_PLACE,
    TITLES,
    WEAK_PERSON,
    WEAK_PLACE,
)

#: Sorts of what is hidden, and what people call them.
SORTS = {
    "units": "单位", "places": "地名", "people": "人名", "numbers": "数字", "dates": "日期",
    "words": "自定字词",
}
_HAN = lazy_regex(f"[{HAN}]")
#: Numerals of any writing left in a masked text: told, since they may be figures.
_NUMERAL_LEFT = lazy_regex(
    r"[0-9０-９]+|[一二两三四五六七八九十百千万亿]{2,}|百分之[一二三四五六七八九十]+"
)
FINGERPRINT_BYTES = 8


class Span(NamedTuple):
    """A part of a text that is hidden, and as what. ``sort`` "kept": left as it is. ``guessed``: by
    how it ends, in no ledger."""

    start: int
    end: int
    sort: str
    guessed: bool = False


def fold(text: str) -> str:
    """A name as it is compared: without blanks, full-width forms as plain ones."""
    return "".join(_one(c) for c in text if not _blank(c))


def _one(character: str) -> str:
    if "\u3400" <= character <= "\u9fff":
        return character
    other = unicodedata.normalize("NFKC", character).casefold()
    return other if len(other) == 1 else character


def _blank(character: str) -> bool:
    return character.isspace() or character in "\u200b\u200c\u200d\u2060\ufeff\u00ad·•・"


def fingerprint(name: str, salt: bytes) -> bytes:
    """The fingerprint by which a name is known to those who may not read the personnel book."""
    return hashlib.blake2b(fold(name).encode(), key=salt, digest_size=FINGERPRINT_BYTES).digest()


class Fingerprints(msgspec.Struct, frozen=True):
    """Fingerprints of names: they tell whether a word is one of them, not which names there are."""

    salt: bytes
    known: frozenset[bytes]
    lengths: tuple[int, ...] = (4, 3, 2)

    def length_at(self, text: str, at: int) -> int:
        """How long the longest such name is that begins here; 0 for none."""
        if not _HAN.match(text[at]):
            return 0
        for length in self.lengths:
            if (
                at + length <= len(text)
                and fingerprint(text[at : at + length], self.salt) in self.known
            ):
                return length
        return 0


class Finder:
    """Looks for the same names in many texts."""

    def __init__(
        self, names: Iterable[tuple[str, str]], *, marks: Fingerprints | None = None,
        forms: Collection[str] = (), numbers: bool = False, dates: bool = False,
    ) -> None:
        self.heads: dict[str, dict[str, str]] = {}
        self.longest: dict[str, list[int]] = {}
        for name, sort in names:
            folded = fold(name)
            if folded:
                group = self.heads.setdefault(folded[0], {})
                if sort == "kept" or group.get(folded) != "kept":
                    group[folded] = sort
        for head, group in self.heads.items():
            self.longest[head] = sorted({len(name) for name in group}, reverse=True)
        self.called = _called_people(self._known("people"))
        self.organ = _organs_with_numbers([*self._known("places"), *self._known("units")])
        self.marks, self.forms, self.numbers, self.dates = marks, frozenset(forms), numbers, dates

    def _known(self, sort: str) -> list[str]:
        """The names of a sort, folded."""
        return [name for group in self.heads.values() for name, s in group.items() if s == sort]

    def spans(self, text: str) -> list[Span]:
        """What is hidden, in order, none over another."""
        found = _Found(text, self._names(text))
        if self.called:
            found.take(self.called, "people")
        if self.organ:
            found.take(self.organ, "units")
        self._take_forms(found)
        for start, end, sort in likely(text, found.covered, self.forms):
            found.add(Span(start, end, sort, guessed=True))
        found.take(DATE, "dates" if self.dates else "kept")
        if self.numbers:
            for pattern in (NUMBERING, CALLED, IDIOMS, NOT_FIGURES):
                found.take(pattern, "kept")
            found.take(FIGURE, "numbers")
        return sorted(span for span in found.spans if span.sort != "kept")

    def _take_forms(self, found: _Found) -> None:
        """What plainly looks like one of the sorts chosen."""
        if "people" in self.forms:
            for pattern in (MAIL, STRONG_PERSON, COMPOUND_PERSON):
                found.take(pattern, "people")
            found.take(CAPTIONED, "people", lambda match: not NO_PERSON.match(match.group()))
            found.take_rows()
        if "units" in self.forms:
            found.take(SITE, "units")
        if "places" in self.forms:
            found.take(PLATE, "places")
            found.take(STRONG_PLACE, "places", _no_common_place)

    def _names(self, text: str) -> Iterator[Span]:
        places = [at for at, character in enumerate(text) if not _blank(character)]
        plain = "".join([_one(text[at]) for at in places])
        at = 0
        while at < len(plain):
            length, sort = self._at(plain, at)
            if not length:
                at += 1
                continue
            yield Span(places[at], places[at + length - 1] + 1, sort)
            at += length

    def _at(self, plain: str, at: int) -> tuple[int, str]:
        head = plain[at]
        group = self.heads.get(head)
        for length in self.longest.get(head, ()):
            word = plain[at : at + length]
            sort = group.get(word) if group and len(word) == length else None
            if sort is None or _inside_word(plain, at, length):
                continue
            if sort != "units" or not GOES_ON.match(plain, at + length):
                return length, sort
        if self.marks and (length := self.marks.length_at(plain, at)):
            return length, "people"
        return 0, ""

    def kept(self, text: str) -> list[Span]:
        """The words of the text that this office keeps."""
        return [span for span in self._names(text) if span.sort == "kept"]

    def left(self, text: str) -> list[Span]:
        """What is not hidden but looks like a place, a person or a figure of the sorts chosen: told
        to whoever prints."""
        hidden = [*self.spans(text), *self.kept(text)]
        found = _Found(text, hidden)
        for pattern in (DATE, CALLED, NUMBERING, IDIOMS, NO_PERSON):
            found.take(pattern, "")
        if "people" in self.forms:
            for pattern in (CALLED_PERSON, POINTED_PERSON, WEAK_PERSON):
                found.take(pattern, "people")
        if "units" in self.forms:
            found.take(INSIDER_UNIT, "units")
        if "places" in self.forms:
            for pattern in (STRONG_PLACE, WEAK_PLACE):
                found.take(pattern, "places", _no_common_place)
        if self.numbers:
            found.take(_NUMERAL_LEFT, "numbers")
        return sorted(span for span in found.spans[len(hidden) :] if span.sort)


class _Found:
    """The spans of a text found so far; a later one never lies over an earlier one."""

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        self.text, self.spans = text, list[Span]()
        self.covered = bytearray(len(text))
        for span in spans:
            self.add(span)

    def add(self, span: Span) -> None:
        """One more."""
        self.spans.append(span)
        self.covered[span.start : span.end] = b"\1" * (span.end - span.start)

    def free(self, start: int, end: int) -> bool:
        """Whether nothing was found there yet."""
        return not any(self.covered[start:end])

    def take(
        self, pattern: re.Pattern[str], sort: str, fits: Callable[[re.Match[str]], bool] = bool
    ) -> None:
        """Everything that looks so."""
        for match in pattern.finditer(self.text):
            start, end = match.span()
            if start < end and self.free(start, end) and fits(match):
                self.add(Span(start, end, sort))

    def take_rows(self) -> None:
        """Who stands in one row with a person is a person: 赵燚、钱多、孙方圆, of whom one is
        known."""
        for row in ENUMERATION.finditer(self.text):
            if not any(
                span.sort == "people" and span.start < row.end() and row.start() < span.end
                for span in self.spans
            ):
                continue
            at = row.start()
            for name in row.group().split("、"):
                if self.free(at, at + len(name)) and not NO_PERSON.match(name):
                    self.add(Span(at, at + len(name), "people"))
                at += len(name) + 1


def _no_common_place(match: re.Match[str]) -> bool:
    return not NO_PLACE.search(match.group())


def _called_people(names: Iterable[str]) -> re.Pattern[str] | None:
    """How people of these names are called: 王某, 王局长, 建国同志."""
    people = [name for name in names if 2 <= len(name) <= 4]
    surnames = "".join(sorted({name[0] for name in people if _HAN.match(name[0])}))
    given = sorted({name[-2:] for name in people if len(name) == 3}, key=len)
    called = [f"[{surnames}](?=某|{TITLES})"] if surnames else []
    if given:
        called.append(f"(?:{'|'.join(map(re.escape, given))})(?=同志|书记|局长|县长|主任)")
    return re.compile("|".join(called)) if called else None


def _organs_with_numbers(names: Iterable[str]) -> re.Pattern[str] | None:
    """What stands before a document number and begins as one of these names."""
    firsts = "".join(sorted({name[0] for name in names if _HAN.match(name[0])}))
    if not firsts:
        return None
    return re.compile(f"[{firsts}][{HAN}]{{1,6}}(?=[〔\\[［（(][0-9０-９]{{4}}[〕\\]］）)])")


def _inside_word(plain: str, at: int, length: int) -> bool:
    """Whether a Latin name would be cut out of a longer word."""
    before, after = plain[at - 1 : at], plain[at + length : at + length + 1]
    first, last = plain[at], plain[at + length - 1]
    return bool(
        (first.isascii() and first.isalnum() and before.isascii() and before.isalnum())
        or (last.isascii() and last.isalnum() and after.isascii() and after.isalnum())
    )
