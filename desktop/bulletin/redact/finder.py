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
from dataclasses import dataclass
from typing import NamedTuple

from desktop.bulletin.redact.likely_names import GOES_ON, likely
from desktop.bulletin.redact.patterns import (
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
_HAN = re.compile(f"[{HAN}]")
#: Numerals of any writing left in a masked text: told, since they may be figures.
_NUMERAL_LEFT = re.compile(
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


@dataclass(frozen=True)
class Fingerprints:
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
        people = [
            name
            for group in self.heads.values()
            for name, sort in group.items()
            if sort == "people" and 2 <= len(name) <= 4
        ]
        surnames = "".join(sorted({name[0] for name in people if _HAN.match(name[0])}))
        given = sorted({name[-2:] for name in people if len(name) == 3}, key=len)
        called = [f"[{surnames}](?=某|{TITLES})"] if surnames else []
        called += (
            [f"(?:{'|'.join(map(re.escape, given))})(?=同志|书记|局长|县长|主任)"] if given else []
        )
        self.called = re.compile("|".join(called)) if called else None
        firsts = "".join(
            sorted({
                n[0]
                for g in self.heads.values()
                for n, s in g.items()
                if s in ("places", "units") and _HAN.match(n[0])
            })
        )
        self.organ = (
            re.compile(f"[{firsts}][{HAN}]{{1,6}}(?=[〔\\[［（(][0-9０-９]{{4}}[〕\\]］）)])")
            if firsts
            else None
        )
        self.marks, self.forms, self.numbers, self.dates = marks, frozenset(forms), numbers, dates

    def spans(self, text: str) -> list[Span]:
        """What is hidden, in order, none over another."""
        found = list(self._names(text))
        covered = bytearray(len(text))
        for span in found:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)

        def take(
            pattern: re.Pattern[str], sort: str, fits: Callable[[re.Match[str]], bool] = bool
        ) -> None:
            for match in pattern.finditer(text):
                start, end = match.span()
                if start < end and not any(covered[start:end]) and fits(match):
                    found.append(Span(start, end, sort))
                    covered[start:end] = b"\1" * (end - start)

        if self.called:
            take(self.called, "people")
        if self.organ:
            take(self.organ, "units")
        if "people" in self.forms:
            for pattern in (MAIL, STRONG_PERSON, COMPOUND_PERSON):
                take(pattern, "people")
            take(CAPTIONED, "people", lambda match: not NO_PERSON.match(match.group()))
            self._enumerated(text, found, covered)
        if "units" in self.forms:
            take(SITE, "units")
        if "places" in self.forms:
            take(PLATE, "places")
            take(STRONG_PLACE, "places", lambda match: not NO_PLACE.search(match.group()))
        for start, end, sort in likely(text, covered, self.forms):
            found.append(Span(start, end, sort, guessed=True))
            covered[start:end] = b"\1" * (end - start)
        take(DATE, "dates" if self.dates else "kept")
        if self.numbers:
            for pattern in (NUMBERING, CALLED, IDIOMS, NOT_FIGURES):
                take(pattern, "kept")
            take(FIGURE, "numbers")
        return sorted(span for span in found if span.sort != "kept")

    @staticmethod
    def _enumerated(text: str, found: list[Span], covered: bytearray) -> None:
        """Who stands in one row with a person is a person: 赵燚、钱多、孙方圆, of whom one is
        known."""
        for row in ENUMERATION.finditer(text):
            if not any(
                span.sort == "people" and span.start < row.end() and row.start() < span.end
                for span in found
            ):
                continue
            at = row.start()
            for name in row.group().split("、"):
                if not any(covered[at : at + len(name)]) and not NO_PERSON.match(name):
                    found.append(Span(at, at + len(name), "people"))
                    covered[at : at + len(name)] = b"\1" * len(name)
                at += len(name) + 1

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
            if (
                len(word) == length
                and group
                and word in group
                and not _inside_word(plain, at, length)
                and not (group[word] == "units" and GOES_ON.match(plain, at + length))
            ):
                return length, group[word]
        if self.marks and (length := self.marks.length_at(plain, at)):
            return length, "people"
        return 0, ""

    def kept(self, text: str) -> list[Span]:
        """The words of the text that this office keeps."""
        return [span for span in self._names(text) if span.sort == "kept"]

    def left(self, text: str) -> list[Span]:
        """What is not hidden but looks like a place, a person or a figure of the sorts chosen: told
        to whoever prints."""
        hidden = self._covered(text)
        found: list[Span] = []

        def take(
            pattern: re.Pattern[str], sort: str, fits: Callable[[re.Match[str]], bool] = bool
        ) -> None:
            for match in pattern.finditer(text):
                start, end = match.span()
                if start < end and not any(hidden[start:end]) and fits(match):
                    found.append(Span(start, end, sort))
                    hidden[start:end] = b"\1" * (end - start)

        for pattern in (DATE, CALLED, NUMBERING, IDIOMS, NO_PERSON):
            take(pattern, "")
        if "people" in self.forms:
            take(CALLED_PERSON, "people")
            take(POINTED_PERSON, "people")
            take(WEAK_PERSON, "people")
        if "units" in self.forms:
            take(INSIDER_UNIT, "units")
        if "places" in self.forms:
            for pattern in (STRONG_PLACE, WEAK_PLACE):
                take(pattern, "places", lambda match: not NO_PLACE.search(match.group()))
        if self.numbers:
            take(_NUMERAL_LEFT, "numbers")
        return sorted(span for span in found if span.sort)

    def _covered(self, text: str) -> bytearray:
        covered = bytearray(len(text))
        for span in (*self.spans(text), *self.kept(text)):
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
        return covered


def _inside_word(plain: str, at: int, length: int) -> bool:
    """Whether a Latin name would be cut out of a longer word."""
    before, after = plain[at - 1 : at], plain[at + length : at + length + 1]
    first, last = plain[at], plain[at + length - 1]
    return bool(
        (first.isascii() and first.isalnum() and before.isascii() and before.isalnum())
        or (last.isascii() and last.isalnum() and after.isascii() and after.isalnum())
    )
