"""Texts by name that take little memory: those beyond the first are packed, some together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from isal import isal_zlib

#: So many stay as they are; of the others so many are packed together. 100,000 rows of 600 bytes
#: then take 25 MB instead of 60, and a row that is asked for in their order costs what it did.
PLAIN, TOGETHER = 20_000, 16


class PackedRows(Mapping[str, bytes]):
    """Texts by name; the last of a name counts."""

    def __init__(self) -> None:
        self._plain: dict[str, bytes] = {}
        #: name → its number among those that are packed
        self._packed: dict[str, int] = {}
        self._blocks: list[bytes] = []
        self._open: list[bytes] = []
        self._opened: tuple[int, list[bytes]] = (-1, [])

    def add(self, name: str, text: bytes) -> None:
        """One more."""
        if len(self._plain) < PLAIN or name in self._plain or b"\n" in text:
            self._packed.pop(name, None)
            self._plain[name] = text
            return
        self._packed[name] = len(self._blocks) * TOGETHER + len(self._open)
        self._open.append(text)
        if len(self._open) == TOGETHER:
            self._blocks.append(isal_zlib.compress(b"\n".join(self._open), 1))
            self._open = []

    def find(self, name: str) -> bytes | None:
        """The text of a name; None where there is none."""
        if (text := self._plain.get(name)) is not None:
            return text
        number = self._packed.get(name)
        return None if number is None else self._unpacked(number)

    def __getitem__(self, name: str) -> bytes:
        if (text := self.find(name)) is None:
            raise KeyError(name)
        return text

    def _unpacked(self, number: int) -> bytes:
        block, place = divmod(number, TOGETHER)
        if block == len(self._blocks):
            return self._open[place]
        if self._opened[0] != block:
            self._opened = block, isal_zlib.decompress(self._blocks[block]).split(b"\n")
        return self._opened[1][place]

    def __contains__(self, name: object) -> bool:
        return name in self._plain or name in self._packed

    def __iter__(self) -> Iterator[str]:
        yield from self._plain
        yield from self._packed

    def __len__(self) -> int:
        return len(self._plain) + len(self._packed)
