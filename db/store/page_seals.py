"""The seals on the pages of a book's file, worked out without SQLite: whether each page is as it
was written, and the same pages under a new key, with both cores at work.

SQLCipher 4 (https://www.zetetic.net/sqlcipher/design/): pages of 4096 bytes, AES-256-CBC, of each
the last 80 bytes an IV and an HMAC-SHA512 over what is before it and the page's number; the salt of
that key is the first 16 bytes of the file.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from db.errors import Damaged

if TYPE_CHECKING:
    from concurrent.futures import Future

PAGE, RESERVED, CODE, SALT = 4096, 80, 64, 16
_BLOCK = 16
#: SQLite never writes the page at this place of a file (https://www.sqlite.org/fileformat2.html).
NEVER = (1 << 30) // PAGE + 1
#: Bytes that are read and looked at together, and how many of such are under way at a time.
PORTION, _THREADS, _AHEAD = 1 << 18, 2, 6

Progress = Callable[[int, int], None]
Found = TypeVar("Found")


class Seals:
    """Of a file with this key and salt."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        self.salt = salt
        self._chained, self._start = Cipher, modes.CBC
        self._cipher = algorithms.AES(key)
        mask = bytes(each ^ 0x3A for each in salt)
        self._code_key = hashlib.pbkdf2_hmac("sha512", key, mask, 2, 32)

    def of(self, told: bytes, number: int) -> bytes:
        """The seal of a page: of its bytes up to there, without the salt."""
        return hmac.digest(self._code_key, told + struct.pack("<I", number), "sha512")

    def holds(self, page: bytes, number: int) -> bool:
        """Whether a page is as it was written, in its place."""
        if number == NEVER and not any(page):
            return True
        told = page[SALT if number == 1 else 0 : -CODE]
        return hmac.compare_digest(self.of(told, number), page[-CODE:])

    def opened(self, page: bytes, number: int) -> bytes:
        """What stands on a page, without what is reserved and without the salt."""
        start = SALT if number == 1 else 0
        cipher = self._chained(self._cipher, self._start(page[-RESERVED:-CODE])).decryptor()
        return cipher.update(page[start:-RESERVED])

    def deciphered(self, portion: bytes, first: int) -> bytes:
        """What stands on pages that follow each other, before each a block of no meaning: they are
        one chain of blocks for the cipher, each page after its start."""
        parts = list[bytes]()
        for number, at in enumerate(range(0, len(portion), PAGE), first):
            end = at + PAGE
            start = at + SALT if number == 1 else at
            parts += (portion[end - RESERVED : end - CODE], portion[start : end - RESERVED])
        cipher = self._chained(self._cipher, self._start(bytes(_BLOCK))).decryptor()
        return cipher.update(b"".join(parts))

    def enciphered(self, plain: bytes) -> bytes:
        """The same as one chain under this key: what becomes of the block before a page is the
        start of its own chain, which nobody can foresee who has not the key."""
        start = os.urandom(_BLOCK)
        return self._chained(self._cipher, self._start(start)).encryptor().update(plain)

    def sealed(self, chain: bytes, first: int) -> bytes:
        """Pages out of such a chain."""
        pages, at, number = list[bytes](), 0, first
        while at < len(chain):
            end = at + _BLOCK + PAGE - RESERVED - (SALT if number == 1 else 0)
            told = chain[at + _BLOCK : end] + chain[at : at + _BLOCK]
            if number == NEVER:
                pages.append(bytes(PAGE))
            else:
                pages += (self.salt if number == 1 else b"", told, self.of(told, number))
            at, number = end, number + 1
        return b"".join(pages)

    def spoiled(self, portion: bytes, first: int) -> int:
        """The first page of these, the first of which has this number, that is not as it was
        written; 0 where all are. What is less than a page is none."""
        for at in range(0, len(portion), PAGE):
            page = portion[at : at + PAGE]
            if len(page) < PAGE or not self.holds(page, first):
                return first
            first += 1
        return 0


def damaged(name: str, page: int) -> Damaged:
    """What is said of a file with a spoiled page."""
    return Damaged(
        f"台账文件 {name} 有损坏（第 {page} 页不是写入时的样子）。请恢复一份完好的备份。"
    )


def portions(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """A file part by part, with the number of each part's first page."""
    number = 1
    while portion := file.read(PORTION):
        yield portion, number
        number += PORTION // PAGE


def beside(work: Callable[[bytes, int], Found], parts: Iterable[tuple[bytes, int]]) -> Iterator[
    tuple[bytes, Found]
]:
    """Each part with what is found of it, in order, while others are worked on in two threads: what
    takes long of it runs outside Python."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(_THREADS)
    waiting: deque[tuple[bytes, Future[Found]]] = deque()
    try:
        for portion, number in parts:
            waiting.append((portion, pool.submit(work, portion, number)))
            if len(waiting) == _AHEAD:
                done, found = waiting.popleft()
                yield done, found.result()
        for done, found in waiting:
            yield done, found.result()
    finally:
        pool.shutdown(cancel_futures=True)


def check(path: Path, key: bytes, progress: Progress | None = None) -> None:
    """Every page of a file, without what a log holds of it; raises ``Damaged``."""
    size, done = path.stat().st_size, 0
    with path.open("rb") as file:
        seals = Seals(key, file.read(SALT))
        file.seek(0)
        for portion, spoiled in beside(seals.spoiled, portions(file)):
            if spoiled:
                raise damaged(path.name, spoiled)
            done += len(portion)
            if progress is not None:
                progress(done, size)


def renewed(source: Path, old: bytes, new: bytes) -> Iterator[bytes]:
    """The pages of a file under a new key, part by part; each is held against its seal before.
    Raises ``Damaged``."""
    with source.open("rb") as file:
        before, after = Seals(old, file.read(SALT)), Seals(new, os.urandom(SALT))
        file.seek(0)

        def work(portion: bytes, first: int) -> bytes:
            if spoiled := before.spoiled(portion, first):
                raise damaged(source.name, spoiled)
            return after.sealed(after.enciphered(before.deciphered(portion, first)), first)

        for _, found in beside(work, portions(file)):
            yield found
