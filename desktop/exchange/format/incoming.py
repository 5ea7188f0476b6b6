"""Read a workbook that came in: its hidden sheet whole, its visible sheets batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from desktop.exchange.files.read_ahead import OpenedFile, Opening, ReadAhead, TakenReader
from desktop.exchange.files.reader import Batch, End, Reader
from desktop.exchange.format.manifest import SHEET, Hidden


def read_hidden(path: Path) -> Hidden | None:
    """The hidden sheet alone, or None when the workbook has none."""
    with Reader(path, first=(SHEET,), only=(SHEET,)) as reader:
        hidden = None
        for item in reader:
            if isinstance(item, Batch) and item.sheet.name == SHEET:
                hidden = hidden or Hidden()
                hidden.take(item.rows)
        return hidden


def read_ahead(files: Sequence[Path]) -> ReadAhead:
    """Reads them in other processes, to be looked at in this order."""
    return ReadAhead(files, (SHEET,))


class Incoming:
    """A workbook being read. Use as a context; ``hidden`` is complete before the first visible
    batch is handed out."""

    def __init__(self, found: OpenedFile, opening: Opening) -> None:
        self._reader = TakenReader(found, opening, (SHEET,))
        self.hidden: Hidden | None = None

    def __enter__(self) -> Incoming:
        self._reader.__enter__()
        return self

    @property
    def facts(self) -> dict[str, object]:
        """What the precheck learnt of the file."""
        return self._reader.facts

    def __exit__(self, *details: object) -> None:
        self._reader.__exit__(*details)

    def batches(self) -> Iterator[Batch | End]:
        """Visible sheets and hidden ones that are not ours, in order."""
        for item in self._reader:
            if item.sheet.name == SHEET:
                if isinstance(item, Batch):
                    self.hidden = self.hidden or Hidden()
                    self.hidden.take(item.rows)
                continue
            yield item
