"""Reads TrueType files: which characters they have, how wide they are, and a subset of their
outlines for a PDF.

Only what embedding needs is read, straight from the tables (OpenType 1.9), and only when asked for,
since an office's font may hold 30,000 glyphs. Lengths are in font units unless a name ends in
``_em``.

fontTools subsets to the same outlines, but in 650 ms where this takes 75 (five bundled faces and
900 characters, a process that prints once; memory alike): too slow beside a page a person waits
for.
"""

from __future__ import annotations

import lzma
import struct
from array import array
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

#: Name records that a person or a program may know a face by: family, full name, PostScript,
#: typographic family.
NAME_IDS = (1, 4, 6, 16)
#: OS/2 fsType bits that forbid embedding in a document: restricted licence, bitmaps only.
NOT_EMBEDDABLE = 0x0002 | 0x0200
PACKED = ".xz"
#: Tables copied unchanged into a subset, when the font has them (instructions of hinted outlines).
COPIED_TABLES = (b"cvt ", b"fpgm", b"prep")
#: Flags of a composite glyph's component record.
ARGS_ARE_WORDS, HAS_SCALE, MORE_COMPONENTS, HAS_XY_SCALE, HAS_TWO_BY_TWO = (
    0x1, 0x8, 0x20, 0x40, 0x80,
)
#: Ideographs that are frames, as high as ideographs get: their middle is where a face stands in its
#: square of 0.88 above and 0.12 below the baseline; a face is never moved further than this.
FRAMES, MIDDLE, FARTHEST = "国回围固因团园圆困图", 0.38, 0.12


class NotTrueType(ValueError):
    """The file is not a font whose outlines a PDF made here can hold."""


def _opened(path: Path) -> BinaryIO:
    """A font's bytes; a bundled face that is seldom asked for is kept packed."""
    return cast("BinaryIO", lzma.open(path)) if path.suffix == PACKED else path.open("rb")


def _directory(file: BinaryIO, number: int) -> dict[bytes, tuple[int, int]]:
    """Table tag → (offset, length) of the font ``number`` of a file or collection."""
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"ttcf":
        file.seek(12 + 4 * number)
        (start,) = struct.unpack(">I", file.read(4))
        file.seek(start)
        head = file.read(12)
    if head[:4] not in (b"\0\1\0\0", b"true"):
        raise NotTrueType(head[:4].hex())
    (count,) = struct.unpack(">H", head[4:6])
    records = file.read(16 * count)
    tables = {}
    for index in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", records, 16 * index)
        tables[tag] = (offset, length)
    return tables


def faces_in(path: Path) -> int:
    """How many fonts a file holds: more than one only in a collection (.ttc)."""
    with _opened(path) as file:
        head = file.read(12)
    return int(struct.unpack(">I", head[8:12])[0]) if head[:4] == b"ttcf" else 1


def read_names(path: Path, number: int = 0) -> frozenset[str]:
    """All names of a face in every language, lower case. Raises what reading does."""
    with _opened(path) as file:
        offset, length = _directory(file, number)[b"name"]
        file.seek(offset)
        table = file.read(length)
    count, strings = struct.unpack_from(">HH", table, 2)
    found = set()
    for index in range(count):
        platform, encoding, _, name_id, size, start = struct.unpack_from(
            ">6H", table, 6 + 12 * index
        )
        if name_id not in NAME_IDS:
            continue
        raw = table[strings + start : strings + start + size]
        if platform in (0, 3):
            text = raw.decode("utf-16-be", "replace")
        else:
            text = raw.decode("gb18030" if encoding == 25 else "mac_roman", "replace")
        found.add(text.strip("\0 ").lower())
    return frozenset(found)


class FontFile:
    """One TrueType face, opened lazily, never changed, shared by documents and threads."""

    def __init__(self, path: Path, number: int = 0) -> None:
        self.path = path
        self.number = number
        self._data = b""
        with _opened(path) as file:
            self._tables = _directory(file, number)
        if b"glyf" not in self._tables:
            raise NotTrueType("no glyf table")

    def __repr__(self) -> str:
        return f"FontFile({self.path.name!r}, {self.number})"

    def table(self, tag: bytes) -> bytes:
        """Bytes of one table, empty when the font lacks it."""
        offset, length = self._tables.get(tag, (0, 0))
        end = offset + length
        if len(self._data) < end:  # a packed one as far as is asked for: characters before outlines
            with _opened(self.path) as file:
                self._data = file.read(end if self.path.suffix == PACKED else -1)
        return self._data[offset:end]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name of the face, lower case."""
        return read_names(self.path, self.number)

    @cached_property
    def postscript_name(self) -> str:
        """Name for the PDF: the PostScript one, or the file's name without odd characters."""
        plain = [
            n for n in self.names if n.isascii() and n.replace("-", "").replace("_", "").isalnum()
        ]
        name = max(plain, key=lambda n: ("-" in n, n)) if plain else self.path.stem
        return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-_")) or "Font"

    @cached_property
    def embeddable(self) -> bool:
        """Whether the licence bits allow embedding (OS/2 fsType)."""
        table = self.table(b"OS/2")
        return len(table) < 10 or not struct.unpack_from(">H", table, 8)[0] & NOT_EMBEDDABLE

    @cached_property
    def units_per_em(self) -> int:
        """Font units in an em."""
        return int(struct.unpack_from(">H", self.table(b"head"), 18)[0])

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Smallest box around all glyphs."""
        x0, y0, x1, y1 = struct.unpack_from(">4h", self.table(b"head"), 36)
        return x0, y0, x1, y1

    @cached_property
    def ascent_descent(self) -> tuple[int, int]:
        """Ascender and descender of the horizontal header."""
        ascent, descent = struct.unpack_from(">2h", self.table(b"hhea"), 4)
        return ascent, descent

    @cached_property
    def characters(self) -> dict[int, int]:
        """Code point → glyph, from the best Unicode subtable (format 12 before 4)."""
        table = self.table(b"cmap")
        best: tuple[int, int] = (0, 0)
        for index in range(struct.unpack_from(">H", table, 2)[0]):
            platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * index)
            form = struct.unpack_from(">H", table, offset)[0]
            if platform == 0 or (platform == 3 and encoding in (1, 10)):
                rank = {12: 2, 4: 1}.get(form, 0)
                best = max(best, (rank, offset))
        if best[0] == 2:
            return _format_12(table, best[1])
        return _format_4(table, best[1]) if best[0] else {}

    @cached_property
    def _metrics(self) -> array[int]:
        """Advances, one per glyph."""
        count = struct.unpack_from(">H", self.table(b"hhea"), 34)[0]
        pairs = _unsigned(self.table(b"hmtx")[: 4 * count])
        return pairs[::2]

    def advance_em(self, glyph: int) -> float:
        """Advance of a glyph in em."""
        metrics = self._metrics
        return metrics[min(glyph, len(metrics) - 1)] / self.units_per_em

    @cached_property
    def _offsets(self) -> array[int]:
        table = self.table(b"loca")
        if struct.unpack_from(">h", self.table(b"head"), 50)[0]:
            return _unsigned(table, "I")
        return array("I", (2 * n for n in _unsigned(table)))

    @cached_property
    def _glyf(self) -> bytes:
        return self.table(b"glyf")

    def outline(self, glyph: int) -> bytes:
        """The glyph's record, empty for a blank one."""
        return self._glyf[self._offsets[glyph] : self._offsets[glyph + 1]]

    def ink_em(self, glyph: int) -> tuple[float, float, float, float]:
        """Box of what is drawn, in em: left, bottom, right, top; zeros for a blank glyph."""
        record = self.outline(glyph)
        if not record:
            return 0.0, 0.0, 0.0, 0.0
        x0, y0, x1, y1 = struct.unpack_from(">4h", record, 2)
        em = self.units_per_em
        return x0 / em, y0 / em, x1 / em, y1 / em

    @cached_property
    def rise_em(self) -> float:
        """How far the face must be raised for its ideographs to stand in the middle of their
        squares, in em: faces differ by a twelfth of their size, and a line of several would go up
        and down."""
        boxes = [self.ink_em(self.characters[ord(c)]) for c in FRAMES if ord(c) in self.characters]
        if not boxes:
            return 0.0
        middle = sum(box[1] + box[3] for box in boxes) / 2 / len(boxes)
        return round(max(-FARTHEST, min(FARTHEST, MIDDLE - middle)), 3)

    def subset(self, glyphs: Sequence[int]) -> bytes:
        """A TrueType file whose glyph n is ``glyphs[n]``; glyphs they are composed of follow after
        them.

        It has no cmap and no names: a PDF's CID font needs neither (ISO 32000-1, 9.9).
        """
        order = list(glyphs)
        place: dict[int, int] = {}
        for new, old in enumerate(order):
            place.setdefault(old, new)
        records: list[bytes] = []
        index = 0
        while index < len(order):  # grows while composites bring in their parts
            records.append(_renumbered(self.outline(order[index]), place, order))
            index += 1
        glyf, offsets = bytearray(), array("I", [0])
        for record in records:
            glyf += record + b"\0" * (-len(record) % 4)
            offsets.append(len(glyf))
        offsets.byteswap()  # every machine this runs on is little-endian
        em_scaled = array("H")
        for old, record in zip(order, records, strict=True):
            left = struct.unpack_from(">h", record, 2)[0] if record else 0
            em_scaled.append(self._metrics[min(old, len(self._metrics) - 1)])
            em_scaled.append(left & 0xFFFF)
        em_scaled.byteswap()
        head = bytearray(self.table(b"head"))
        struct.pack_into(">I", head, 8, 0)
        struct.pack_into(">h", head, 50, 1)
        hhea = bytearray(self.table(b"hhea"))
        struct.pack_into(">H", hhea, 34, len(order))
        maxp = bytearray(self.table(b"maxp"))
        struct.pack_into(">H", maxp, 4, len(order))
        tables = {
            b"head": bytes(head), b"hhea": bytes(hhea), b"maxp": bytes(maxp), b"glyf": bytes(glyf),
            b"loca": offsets.tobytes(), b"hmtx": em_scaled.tobytes(),
        }
        tables.update({tag: self.table(tag) for tag in COPIED_TABLES if tag in self._tables})
        return _assembled(tables)


def _unsigned(data: bytes, code: str = "H") -> array[int]:
    """Big-endian unsigned numbers of a table."""
    values: array[int] = array(code, data)
    values.byteswap()
    return values


def _format_12(table: bytes, offset: int) -> dict[int, int]:
    found: dict[int, int] = {}
    count = struct.unpack_from(">I", table, offset + 12)[0]
    for first, last, glyph in struct.iter_unpack(
        ">III", table[offset + 16 : offset + 16 + 12 * count]
    ):
        found.update(
            zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True)
        )
    return found


def _format_4(table: bytes, offset: int) -> dict[int, int]:
    found: dict[int, int] = {}
    count = struct.unpack_from(">H", table, offset + 6)[0] // 2
    start = offset + 14
    ends = struct.unpack_from(f">{count}H", table, start)
    firsts = struct.unpack_from(f">{count}H", table, start + 2 * count + 2)
    deltas = struct.unpack_from(f">{count}H", table, start + 4 * count + 2)
    ranges_at = start + 6 * count + 2
    ranges = struct.unpack_from(f">{count}H", table, ranges_at)
    for index in range(count):
        for code in range(firsts[index], min(ends[index], 0xFFFE) + 1):
            if ranges[index] == 0:
                glyph = (code + deltas[index]) & 0xFFFF
            else:
                at = ranges_at + 2 * index + ranges[index] + 2 * (code - firsts[index])
                glyph = struct.unpack_from(">H", table, at)[0]
                glyph = (glyph + deltas[index]) & 0xFFFF if glyph else 0
            if glyph:
                found[code] = glyph
    return found


def _renumbered(record: bytes, place: dict[int, int], order: list[int]) -> bytes:
    """The outline with its components' numbers turned into the subset's; new ones are appended to
    ``order``."""
    if len(record) < 10 or struct.unpack_from(">h", record)[0] >= 0:
        return record
    changed = bytearray(record)
    at = 10
    while True:
        flags, old = struct.unpack_from(">HH", changed, at)
        if old not in place:
            place[old] = len(order)
            order.append(old)
        struct.pack_into(">H", changed, at + 2, place[old])
        at += 8 if flags & ARGS_ARE_WORDS else 6
        at += (
            2
            if flags & HAS_SCALE
            else 4 if flags & HAS_XY_SCALE else 8 if flags & HAS_TWO_BY_TWO else 0
        )
        if not flags & MORE_COMPONENTS:
            return bytes(changed)


def _checksum(data: bytes) -> int:
    return sum(_unsigned(data + b"\0" * (-len(data) % 4), "I")) & 0xFFFFFFFF


def _assembled(tables: dict[bytes, bytes]) -> bytes:
    """A font file from its tables, with directory and checksums."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    header = struct.pack(
        ">4sHHHH", b"\0\1\0\0", count, power * 16, power.bit_length() - 1, 16 * (count - power)
    )
    offset = len(header) + 16 * count
    directory, body = bytearray(header), bytearray()
    for tag in sorted(tables):
        data = tables[tag]
        directory += struct.pack(">4sIII", tag, _checksum(data), offset + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    return bytes(directory + body)
