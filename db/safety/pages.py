"""The pages of a book's file, read without SQLite: each by itself, so that a bad one costs what
stands on it and nothing else.

What a page is sealed with: ``db/store/pages/page_seals.py``. The trees on the pages are those of
SQLite (https://www.sqlite.org/fileformat2.html). What the write-ahead log holds of whole
transactions is read in place of the pages in the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from db.store.pages.page_seals import NEVER, PAGE, RESERVED, SALT, Seals

USABLE = PAGE - RESERVED
TABLE_LEAF, TABLE_NODE, INDEX_LEAF, INDEX_NODE = 0x0D, 0x05, 0x0A, 0x02
_WAL_HEADER, _WAL_FRAME = 32, 24
_MAGIC = b"SQLite format 3\x00"

Value: TypeAlias = int | float | str | bytes | None
#: A row's number (None in a table without), and its values.
Row: TypeAlias = tuple[int | None, list[Value]]


class Pages:
    """One file. ``salts``: what else its salt may be, where its first bytes are spoiled.
    ``alone``: without what the write-ahead log holds of it."""

    def __init__(
        self, path: Path, key: bytes, salts: Sequence[bytes] = (), *, alone: bool = False
    ) -> None:
        self._key = key
        self._file = path.open("rb")
        self._length = path.stat().st_size
        log = path.with_name(f"{path.name}-wal")
        self._log = log.read_bytes() if log.exists() and not alone else b""
        self._frames = _frames(self._log)
        self.count = max([self._length // PAGE, *self._frames])
        #: pages that were reached from a root
        self.reached: set[int] = set()
        #: pages that could not be read on the way, since the list was last emptied
        self.holes: list[int] = []
        self._seals = Seals(key, bytes(SALT))
        self.readable = self._find_salt([self._raw(1)[:SALT], *salts])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _find_salt(self, salts: Sequence[bytes]) -> bool:
        """Whether a salt fits: one that is given, or the file's own with one byte spoiled."""
        near = (
            salts[0][:at] + bytes([value]) + salts[0][at + 1 :]
            for at in range(len(salts[0])) for value in range(256)
        )
        probes = [n for n in range(2, min(self.count, 6) + 1)] or [1]
        for salt in (*salts, *near):
            self._seals = Seals(self._key, salt)
            if any(self.page(number) is not None for number in probes):
                return True
        return False

    def _raw(self, number: int) -> bytes:
        frame = self._frames.get(number)
        if frame is not None:
            return self._log[frame : frame + PAGE]
        self._file.seek((number - 1) * PAGE)
        return self._file.read(PAGE)

    def page(self, number: int) -> bytes | None:
        """A page in the clear, None when it is not as it was written."""
        raw = self._raw(number) if number >= 1 else b""
        if len(raw) < PAGE or number == NEVER or not self._seals.holds(raw, number):
            return None
        return (_MAGIC if number == 1 else b"") + self._seals.opened(raw, number)

    # -- trees -------------------------------------------------------------------------------------

    def rows(self, root: int) -> Iterator[Row]:
        """All rows of the tree at a root that can be read; ``holes`` has the pages that cannot."""
        if root in self.reached:
            return
        self.reached.add(root)
        page = self.page(root)
        if page is None:
            self.holes.append(root)
            return
        at = 100 if root == 1 else 0
        kind = page[at]
        for cell in _cells(page, at):
            if kind == TABLE_NODE:
                yield from self.rows(_u32(page, cell))
            elif kind == INDEX_NODE:
                yield from self.rows(_u32(page, cell))
                yield from self._row(root, page, cell + 4, kind)
            elif kind in (TABLE_LEAF, INDEX_LEAF):
                yield from self._row(root, page, cell, kind)
        if kind in (TABLE_NODE, INDEX_NODE):
            yield from self.rows(_u32(page, at + 8))

    def _row(self, number: int, page: bytes, at: int, kind: int) -> Iterator[Row]:
        size, at = varint(page, at)
        row_number = None
        if kind == TABLE_LEAF:
            row_number, at = varint(page, at)
        payload = self._payload(page, at, size, kind)
        if payload is None:
            self.holes.append(number)
        else:
            yield row_number, record(payload)

    def _payload(self, page: bytes, at: int, size: int, kind: int) -> bytes | None:
        most = USABLE - 35 if kind == TABLE_LEAF else (USABLE - 12) * 64 // 255 - 23
        if size <= most:
            return page[at : at + size]
        least = (USABLE - 12) * 32 // 255 - 23
        local = least + (size - least) % (USABLE - 4)
        local = local if local <= most else least
        parts, left = [page[at : at + local]], size - local
        following = _u32(page, at + local)
        while left > 0:
            more = self.page(following)
            if more is None:
                return None
            parts.append(more[4 : 4 + min(left, USABLE - 4)])
            left -= USABLE - 4
            following = _u32(more, 0)
        return b"".join(parts)

    def free(self) -> set[int] | None:
        """Pages that hold nothing of today; None where that cannot be read."""
        page = self.page(1)
        found: set[int] = set()
        trunk = _u32(page, 32) if page is not None else 0
        while page is not None and trunk and trunk not in found:
            found.add(trunk)
            page = self.page(trunk)
            if page is not None:
                count = _u32(page, 4)
                found.update(_u32(page, 8 + 4 * i) for i in range(min(count, USABLE // 4 - 2)))
                trunk = _u32(page, 0)
        return None if page is None else found

    def astray(self, kinds: Sequence[int]) -> list[int]:
        """Pages of trees that no root led to, the uppermost of each, of these kinds."""
        found: set[int] = set()
        below: set[int] = set()
        for number in range(2, self.count + 1):
            page = self.page(number) if number not in self.reached else None
            if page is None or page[0] not in kinds:
                continue
            found.add(number)
            if page[0] in (TABLE_NODE, INDEX_NODE):
                below.update(_u32(page, cell) for cell in _cells(page, 0))
                below.add(_u32(page, 8))
        return sorted(found - below)


def _frames(log: bytes) -> dict[int, int]:
    """Where in the log each page of its whole transactions lies last."""
    found: dict[int, int] = {}
    if len(log) < _WAL_HEADER:
        return found
    order = ">" if log[3] & 1 else "<"
    salt, total = log[16:24], _sum(log[:24], order, (0, 0))
    pending: dict[int, int] = {}
    for at in range(_WAL_HEADER, len(log) - PAGE - _WAL_FRAME + 1, PAGE + _WAL_FRAME):
        head = log[at : at + _WAL_FRAME]
        number, ends = struct.unpack(">II", head[:8])
        total = _sum(head[:8], order, total)
        total = _sum(log[at + _WAL_FRAME : at + _WAL_FRAME + PAGE], order, total)
        if head[8:16] != salt or struct.unpack(">II", head[16:24]) != total:
            break
        pending[number] = at + _WAL_FRAME
        if ends:
            found |= pending
            pending = {}
    return found


def _sum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    one, two = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def _cells(page: bytes, at: int) -> list[int]:
    head = at + (12 if page[at] in (TABLE_NODE, INDEX_NODE) else 8)
    (count,) = struct.unpack_from(">H", page, at + 3)
    return list(struct.unpack_from(f">{count}H", page, head))


def _u32(page: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", page, at)[0])


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    value = 0
    for _ in range(8):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    value = value << 8 | data[at]
    return (value - (1 << 64) if value >> 63 else value), at + 1


_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)


def record(payload: bytes) -> list[Value]:
    """The values of a row."""
    end, at = varint(payload, 0)
    values: list[Value] = []
    body = end
    while at < end:
        form, at = varint(payload, at)
        size = _SIZES[form] if form < len(_SIZES) else (form - 12) // 2
        values.append(_value(form, payload[body : body + size]))
        body += size
    return values


def _value(form: int, data: bytes) -> Value:
    if form >= 12:
        return data.decode("utf-8", "replace") if form % 2 else data
    if form == 7:
        return float(struct.unpack(">d", data)[0])
    if form == 0:
        return None
    return form - 8 if form >= 8 else int.from_bytes(data, "big", signed=True)
