"""The masked edition (脱敏版): names and figures replaced before anything is set, so that nothing of them is in the file."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from desktop.bulletin.document import Bar, Cell, Chart, Column, Document, Series, Table, TableRow

MASK = "**"
#: Fields that steer the layout and are never texts; the audit chain's head says nothing of its rows.
STEERING = frozenset({"face", "align", "mark", "kind", "light", "audit"})
#: A figure, with its thousands, decimals and percent sign; not a date's, a document number's or a heading's.
FIGURE = re.compile(r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[%％‰])?")
KEPT = re.compile(
    r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月(?:\d{1,2}日)?(?:至\d{1,2}日)?|\d{1,2}日|\d{4}[-.]\d{1,2}[-.]\d{1,2}"
    r"|〔\d{4}〕\d+号|第\d+期|[附图表]件?\d+|^\s*\d{1,3}[.．、](?!\d)|^\s*[（(]\d{1,3}[)）]|[A-Za-z]+/?[A-Za-z]*\s?\d+(?:-\d+)*"
)


@dataclass(frozen=True)
class Mask:
    """What is replaced by ``**``. ``names``: every name of places, units or people to hide, as chosen by the person
    who prints; longer ones are replaced first. ``numbers``: figures too (dates, document and issue numbers stay).
    ``pictures``: pictures are left out, since nobody can see what they show."""

    names: tuple[str, ...] = ()
    numbers: bool = False
    pictures: bool = True

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        names = sorted({name for name in self.names if name}, key=lambda name: (-len(name), name))
        # A name of two characters may be set with a blank between them, to be as wide as one of three.
        spaced = (re.escape(n[0]) + "\u3000?" + re.escape(n[1]) if len(n) == 2 else re.escape(n) for n in names)
        return re.compile("|".join(spaced)) if names else None

    def text(self, text: str) -> str:
        """A text with its names and figures replaced; neighbouring masks become one."""
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        if self.numbers:
            text = self._figures(text)
        return re.sub(r"\*{3,}", MASK, text)

    @staticmethod
    def _figures(text: str) -> str:
        parts, at = [], 0
        for kept in KEPT.finditer(text):
            parts += [FIGURE.sub(MASK, text[at : kept.start()]), kept.group()]
            at = kept.end()
        return "".join([*parts, FIGURE.sub(MASK, text[at:])])

    def document(self, document: Document) -> Document:
        """The whole document masked, properties included."""
        masked: Document = self._masked(document)
        return masked

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
            return MASK if self.numbers else value
        if isinstance(value, bytes):
            return b"" if self.pictures else value
        if isinstance(value, datetime.date) or value is None or isinstance(value, bool):
            return value
        if isinstance(value, tuple | list):
            return tuple(self._masked(part) for part in value)
        if isinstance(value, Series):
            return self._series(value)
        if isinstance(value, Bar):
            done = 0.0 if self.numbers else value.done
            return dataclasses.replace(value, label=self.text(value.label), unit=self.text(value.unit), done=done)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._fields(value)
        return value

    def _fields(self, value: Any) -> Any:
        changed: dict[str, Any] = {}
        for item in dataclasses.fields(value):
            old = getattr(value, item.name)
            if item.name in STEERING or (isinstance(old, int | float) and not isinstance(old, bool)
                                         and not (isinstance(value, Cell) and item.name == "text")):
                continue
            changed[item.name] = self._masked(old)
        if isinstance(value, Chart) and self.numbers:
            changed["hidden"] = True
        if isinstance(value, Table):
            changed["rows"] = [self._row(row, value.columns) for row in value.rows]
        return dataclasses.replace(value, **changed)

    def _row(self, row: TableRow, columns: tuple[Column, ...]) -> tuple[Any, ...]:
        """A table's row; row numbers are no figures. Rows with merged cells are masked whole."""
        if len(row) != len(columns):
            return tuple(self._masked(value) for value in row)
        return tuple(
            value if column.serial else self._masked(value) for value, column in zip(row, columns, strict=True)
        )

    def _series(self, series: Series) -> Series:
        """Lengths in a chart are figures too: with numbers masked all values become one."""
        values = series.values
        if self.numbers:
            values = tuple(None if value is None else 1.0 for value in values)
        return Series(self.text(series.name), values)


def file_name(title: str, masked: Mask | None = None, *, suffix: str = ".pdf") -> str:
    """A file's name from a title, masked like the document; what file systems refuse is left out (an asterisk, too)."""
    text = masked.text(title) if masked else title
    text = re.sub(r"\*+", "某", text)
    text = re.sub(r'[\\/:?"<>|\x00-\x1f]', "", text).strip(" .")
    return (text[:80] or "未命名") + ("（脱敏版）" if masked else "") + suffix


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """Which of the names still stand in a text: for a check after printing."""
    return [name for name in names if name and name in text]
