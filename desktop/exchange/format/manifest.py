"""What the very-hidden sheet says, and how it is written into cells and read back.

Column A of each line says what it is; long JSON goes on in the cells to the right, because a cell
holds 32,767 characters::

    zx     {Manifest}                   first line
    kind   name  {declaration}      so that an office-made ledger travels with its declaration
    cycle  name  {lifecycle}
    figure name  {declaration}      likewise a figure that the office made of the sheets' ledgers
    sheet  kind  {ExportedSheet}        which columns a visible sheet was given
    row    kind  uid  [ExportedRow]     a record as exported
    slot   kind  mark  {ReadyRow}       a row that is ready for a record to be filled in
    wait   kind  uid  [WaitingValue]    a value beside that record's own which another office must
    decide on blob   sha256  base64 …         the bytes of an attachment people {office: {login:
    name}}  what the login names in the rows stand for end    number of lines  [seal]  last line:
    nothing is missing; the seal is the issuing office's (``provenance.py``)
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

import msgspec

from desktop.exchange.errors import Refused
from desktop.exchange.format.cells import CELL_LIMIT
from desktop.exchange.format.packed_rows import PLAIN, PackedRows

SHEET = "_zhengxian"
#: The other hidden sheet: the choices of long drop-downs.
LISTS = "_列表"
#: 1: without offices, the issuers of records and the authors of values.
FORMAT = 2
#: Defined name of the cell that holds the export's id in each visible sheet; numbered from the
#: second on.
RANGE_NAME = "zx_export"

#: Said of versions that cannot be what a program of ours wrote.
BROKEN = "隐藏工作表中的版本记录已损坏，没有导入。请对方重新导出一份。"

_encode = msgspec.json.encode
_encode_lines = msgspec.json.Encoder().encode_lines
_T = TypeVar("_T")


class Manifest(msgspec.Struct, kw_only=True):
    """Who made the workbook, for whom, and what its small site numbers mean."""

    format: int = FORMAT
    export_id: str
    office_id: str
    office: str
    level: str
    site: str
    at: str
    by: str
    unit: str | None = None
    unit_name: str = ""
    kinds: list[str] = []
    #: by book: what the small site numbers in its records' version texts mean
    sites: dict[str, dict[str, str]] = {}
    #: by book: number → id, name and own unit ("" where it is not told) of each office that it
    #: knows, its own first
    offices: dict[str, dict[str, tuple[str, str, str]]] = {}
    #: by book: number of a site → number of its office, as far as known
    site_offices: dict[str, dict[str, str]] = {}
    audit: str = ""
    blank_rows: int = 0


class ExportedSheet(msgspec.Struct, kw_only=True):
    """A visible sheet: its name, its columns as exported (name, heading, locked), and the order of
    fields in row lines."""

    sheet: str
    columns: list[tuple[str, str, bool]]
    fields: list[str]
    head_row: int


class ExportedRow(msgspec.Struct, array_like=True):
    """A record as exported. ``values`` in the order of ``ExportedSheet.fields``, blanks at the end
    left out; ``texts`` holds the cell texts of fields whose text does not follow from the value
    alone (by their place in ``fields``)."""

    values: list[Any]
    versions: str
    state: str | None = None
    deleted: bool = False
    parent: str | None = None
    shown: bool = True
    texts: dict[str, str] = {}
    #: number of the office that issued it
    issuer: int = 1


#: Begins the mark of what a record is called that rows hang under, where it has no row itself.
CARRIED = "="


class ReadyRow(msgspec.Struct, kw_only=True):
    """A row for a record that is due: what it hangs under, and what stood in its cells when it was
    sent."""

    parent: str
    texts: dict[str, str]


class WaitingValue(msgspec.Struct, array_like=True):
    """A value that waits beside the one in the row: plain JSON, the vector by names of sites, and
    its authors."""

    field: str
    value: Any
    vector: dict[str, int]
    authors: list[str] = []


def cells_of(value: object) -> list[str]:
    """JSON as texts for consecutive cells. A literal _x0041_ would be decoded by spreadsheet
    programs, so its _ is escaped."""
    text = _encode(value).decode().replace("_x", "\\u005fx")
    return [text[i : i + CELL_LIMIT] for i in range(0, len(text), CELL_LIMIT)]


def whole_cells(values: Sequence[object]) -> list[str] | None:
    """The same of many values at once, each in one cell; None where one does not fit. (JSON holds
    no separator as it is.)"""
    text = _encode_lines(values).decode().replace("_x", "\\u005fx")
    found = text.split("\n")[:-1]
    return found if max(map(len, found)) <= CELL_LIMIT else None


def blob_cells(data: bytes) -> list[str]:
    """The bytes of an attachment as texts for consecutive cells."""
    text = base64.b64encode(data).decode("ascii")
    return [text[i : i + CELL_LIMIT] for i in range(0, len(text), CELL_LIMIT)]


def line_of(tag: str, *parts: str, value: object) -> list[str]:
    """One line of the hidden sheet."""
    return [tag, *parts, *cells_of(value)]


class Digest:
    """Of the lines one after the other, the end line left out: the same however many blank cells
    stand behind them."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=32)

    def add(self, line: Sequence[str]) -> None:
        """One more line."""
        self.add_all((line,))

    def add_all(self, lines: Iterable[Sequence[str]]) -> None:
        """More lines."""
        join = "\x1f".join
        texts = [join(line) if line[-1] else join(line).rstrip("\x1f") for line in lines]
        text = "\x1e".join([*texts, ""])
        # those two no XML can hold
        text = text.replace("\ufffe", "").replace("\uffff", "")
        self._hash.update(text.encode("utf-8", "surrogatepass"))

    def value(self) -> bytes:
        """Of all lines so far."""
        return self._hash.digest()


class Hidden:
    """What was read from the hidden sheet. Rows stay JSON until they are asked for, as bytes: there
    may be 100,000, and a text with Chinese in it takes two bytes for every character, and as much
    again once it has been decoded."""

    def __init__(self) -> None:
        self.manifest: Manifest | None = None
        self.kinds: dict[str, str] = {}
        self.cycles: dict[str, str] = {}
        self.figures: dict[str, str] = {}
        self.sheets: dict[str, ExportedSheet] = {}
        self.rows: defaultdict[str, PackedRows] = defaultdict(PackedRows)
        self.slots: dict[str, ReadyRow] = {}
        self.waits: list[tuple[str, str, WaitingValue]] = []
        self.blobs: dict[str, list[str]] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.lines = 0
        self.complete = False
        #: what the issuing office put under it, "" in one from before there was such a thing
        self.seal = ""
        self._digest = Digest()
        self._row = msgspec.json.Decoder(ExportedRow)
        self._known: dict[tuple[str, str], ExportedRow] = {}

    def take(self, lines: Sequence[Sequence[str]]) -> None:
        """Take in consecutive lines."""
        lines = [line for line in lines if line[0]]
        self.lines += len(lines)
        self._digest.add_all(line for line in lines if line[0] != "end")
        for line in lines:
            if line[0] == "row":
                self._take_row(line)
            elif read := self._READERS.get(line[0]):
                read(self, line)

    def _take_row(self, line: Sequence[str]) -> None:
        text = line[3] if len(line) == 4 or not line[4] else "".join(line[3:])
        self.rows[line[1]].add(line[2], text.encode("utf-8", "surrogatepass"))

    def _take_wait(self, line: Sequence[str]) -> None:
        self.waits.append((line[1], line[2], self._decode("".join(line[3:]), WaitingValue)))

    def _take_slot(self, line: Sequence[str]) -> None:
        self.slots[line[2]] = self._decode("".join(line[3:]), ReadyRow)

    def _take_sheet(self, line: Sequence[str]) -> None:
        self.sheets[line[1]] = self._decode("".join(line[2:]), ExportedSheet)

    def _take_kind(self, line: Sequence[str]) -> None:
        self.kinds[line[1]] = "".join(line[2:])

    def _take_cycle(self, line: Sequence[str]) -> None:
        self.cycles[line[1]] = "".join(line[2:])

    def _take_figure(self, line: Sequence[str]) -> None:
        self.figures[line[1]] = "".join(line[2:])

    def _take_blob(self, line: Sequence[str]) -> None:
        self.blobs[line[1]] = [cell for cell in line[2:] if cell]

    def _take_people(self, line: Sequence[str]) -> None:
        self.people = self._decode("".join(line[1:]), dict[str, dict[str, str]])

    def _take_manifest(self, line: Sequence[str]) -> None:
        self.manifest = self._decode("".join(line[1:]), Manifest)
        if self.manifest.format > FORMAT:
            raise Refused("newer")

    def _take_end(self, line: Sequence[str]) -> None:
        self.complete = line[1] == str(self.lines - 1)
        self.seal = line[2] if len(line) > 2 else ""

    _READERS: ClassVar[dict[str, Callable[[Hidden, Sequence[str]], None]]] = {
        "zx": _take_manifest, "kind": _take_kind, "cycle": _take_cycle,
        "figure": _take_figure, "sheet": _take_sheet,
        "slot": _take_slot, "wait": _take_wait, "blob": _take_blob,
        "people": _take_people, "end": _take_end,
    }  # fmt: skip

    def carried(self, kind: str) -> dict[str, str]:
        """uid → title of the records that rows of a kind hang under, where those have no rows here.
        """
        mark = f"{CARRIED}{kind}-"
        return {
            row.parent: next(iter(row.texts.values()), "")
            for each, row in self.slots.items() if each.startswith(mark)
        }

    @property
    def digest(self) -> bytes:
        """Of all that it says."""
        return self._digest.value()

    @staticmethod
    def _decode(text: str, shape: type[_T]) -> _T:
        try:
            return msgspec.json.decode(text, type=shape)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Refused("broken-xml", "隐藏工作表") from error

    def row(self, kind: str, uid: str) -> ExportedRow | None:
        """The exported state of a record, not to be changed in place."""
        if (known := self._known.get((kind, uid))) is not None:
            return known
        rows = self.rows.get(kind)
        if rows is None or (text := rows.find(uid)) is None:
            return None
        try:
            found = self._row.decode(text)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Refused("broken-xml", "隐藏工作表") from error
        if len(rows) <= PLAIN:  # each is looked at several times
            self._known[kind, uid] = found
        return found

    def blob_bytes(self) -> dict[str, bytes]:
        """The attachments that came along and are what they say they are, by SHA-256."""
        out: dict[str, bytes] = {}
        for sha256, cells in self.blobs.items():
            try:
                data = base64.b64decode("".join(cells), validate=True)
            except ValueError:
                continue
            if hashlib.sha256(data).hexdigest() == sha256:
                out[sha256] = data
        return out

    def each(self, kind: str) -> Iterator[tuple[str, ExportedRow]]:
        """Every record of a kind as exported."""
        for uid in self.rows.get(kind, {}):
            row = self.row(kind, uid)
            if row is not None:
                yield uid, row

    def hidden_only(self, kind: str, seen: Container[str]) -> Iterator[tuple[str, ExportedRow]]:
        """Records that are carried without a visible row; but those that were ``seen``."""
        for uid in self.rows.get(kind, {}):
            row = self.row(kind, uid) if uid not in seen else None
            if row is not None and not row.shown:
                yield uid, row


class Skimmed(Hidden):
    """The same without the records: enough to tell whether it is all there and as it was sealed."""

    def _take_row(self, line: Sequence[str]) -> None:
        """Counted, and in the digest."""
