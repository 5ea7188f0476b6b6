"""The very-hidden sheet as it is written: lines that are spooled and counted, with a digest over
them for the seal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from db.model.declaration_files import encode
from db.model.declarations import Figure, Kind
from db.model.kinds import Kinds
from desktop.exchange.format import manifest
from desktop.exchange.format.manifest import (
    ExportedRow,
    ExportedSheet,
    Manifest,
    ReadyRow,
    WaitingValue,
)
from desktop.exchange.write.fast_rows import Spool


class HiddenSheet:
    """Made first of an export, ended last."""

    def __init__(self, path: Path, kinds: Kinds) -> None:
        self.spool = Spool(path)
        self._kinds = kinds
        self._digest = manifest.Digest()
        self._written = 0
        #: what waits beside a record for another office's decision
        self.waiting: Mapping[str, Sequence[WaitingValue]] = {}

    def _line(self, *cells: str) -> None:
        self.spool.add(list(cells))
        self._digest.add(cells)
        self._written += 1

    def head(self, facts: Manifest) -> None:
        """The first line."""
        self._line(*manifest.line_of("zx", value=facts))

    def declare(self, kind: Kind) -> None:
        """A ledger's declaration, and its lifecycle where an office made it."""
        bare = msgspec.structs.replace(kind, lifecycle_fields=(), lifecycle_rules=())
        self._line("kind", kind.name, *manifest.cells_of(msgspec.Raw(encode(bare).encode())))
        cycle = self._kinds.lifecycle_of(kind)
        if cycle is not None and kind.source == "office":
            self._line("cycle", cycle.name, *manifest.cells_of(msgspec.Raw(encode(cycle).encode())))

    def figure(self, figure: Figure) -> None:
        """A figure that the office made."""
        cells = manifest.cells_of(msgspec.Raw(encode(figure).encode()))
        self._line("figure", figure.name, *cells)

    def sheet(self, kind: Kind, exported: ExportedSheet) -> None:
        """How the rows of a kind that follow are to be read."""
        self._line(*manifest.line_of("sheet", kind.name, value=exported))

    def row(self, kind: str, uid: str, row: ExportedRow) -> None:
        """A record, and what waits beside it."""
        self._line("row", kind, uid, *manifest.cells_of(row))
        for each in self.waiting.get(uid, ()):
            self._line("wait", kind, uid, *manifest.cells_of(each))

    def rows(self, kind: str, uids: Sequence[str], rows: Sequence[ExportedRow]) -> None:
        """Many records at once."""
        if not rows:
            return
        cells = None if self.waiting else manifest.whole_cells(rows)
        if cells is None:
            for uid, row in zip(uids, rows, strict=True):
                self.row(kind, uid, row)
        else:
            columns = ["row"] * len(uids), [kind] * len(uids), uids, cells
            self.spool.extend(columns)
            self._digest.add_all(zip(*columns, strict=True))
            self._written += len(uids)

    def slot(self, kind: str, mark: str, row: ReadyRow) -> None:
        """A row that is ready to be filled in."""
        self._line("slot", kind, mark, *manifest.cells_of(row))

    def blob(self, sha256: str, data: bytes) -> None:
        """The bytes of an attachment."""
        self._line("blob", sha256, *manifest.blob_cells(data))

    def people(self, called: Mapping[str, Mapping[str, str]]) -> None:
        """What the login names in the rows stand for."""
        if called:
            self._line(*manifest.line_of("people", value=called))

    @property
    def digest(self) -> bytes:
        """Of all lines so far."""
        return self._digest.value()

    def end(self, seal: str) -> None:
        """The last line: nothing is missing."""
        self.spool.add(["end", str(self._written), seal])
