"""The seals on the pages of a book's file, worked out without SQLite: whether each page is as it
was written, and the same pages under a new key.

SQLCipher 4 (https://www.zetetic.net/sqlcipher/design/): pages of 4096 bytes, AES-256-CBC, of each
the last 80 bytes an IV and an HMAC-SHA512 over what is before it and the page's number; the salt of
that key is the first 16 bytes of the file.

One page is so little work that threads of Python only wait for each other: half of a large file is
worked through in a process of its own (``page_process.py``).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import marshal
import os
import struct
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from db.errors import Damaged
from db.store.disk.page_cache import forget_cached, read_ahead

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

PAGE, RESERVED, CODE, SALT = 4096, 80, 64, 16
_BLOCK, _HASHED = 16, 128
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
#: SQLite never writes the page at this place of a file (https://www.sqlite.org/fileformat2.html).
NEVER = (1 << 30) // PAGE + 1
#: Bytes that are read and looked at together, and for how many the disk is asked ahead.
PORTION, AHEAD = 1 << 18, 1 << 23

_Bytes: TypeAlias = bytes | memoryview
_number = struct.Struct("<I").pack


class Seals:
    """Of a file with this key and salt."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._key, self.salt = key, salt
        mask = bytes(each ^ 0x3A for each in salt)
        code_key = hashlib.pbkdf2_hmac("sha512", key, mask, 2, 32).ljust(_HASHED, b"\0")
        # HMAC (RFC 2104), its two keyed halves begun once: a book has millions of pages
        self._inner = hashlib.sha512(code_key.translate(_INNER))
        self._outer = hashlib.sha512(code_key.translate(_OUTER))

    def of(self, number: int, content: _Bytes) -> bytes:
        """The seal of a page: of its bytes up to there, without the salt."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(content)
        inner.update(_number(number))
        outer.update(inner.digest())
        return outer.digest()

    def holds(self, page: _Bytes, number: int) -> bool:
        """Whether a page is as it was written, in its place."""
        content = page[SALT if number == 1 else 0 : -CODE]
        if hmac.compare_digest(self.of(number, content), page[-CODE:]):
            return True
        return number == NEVER and not any(page)

    def _chained(self, start: _Bytes) -> Cipher[modes.CBC]:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        return Cipher(algorithms.AES(self._key), modes.CBC(bytes(start)))

    def opened(self, page: bytes, number: int) -> bytes:
        """What stands on a page, without what is reserved and without the salt."""
        start = SALT if number == 1 else 0
        return self._chained(page[-RESERVED:-CODE]).decryptor().update(page[start:-RESERVED])

    def deciphered(self, portion: bytes, first: int) -> bytes:
        """What stands on pages that follow each other, before each a block of no meaning: they are
        one chain of blocks for the cipher, each page after its start."""
        parts, view = list[_Bytes](), memoryview(portion)
        for number, at in enumerate(range(0, len(portion), PAGE), first):
            end = at + PAGE
            start = at + SALT if number == 1 else at
            parts += (view[end - RESERVED : end - CODE], view[start : end - RESERVED])
        return self._chained(bytes(_BLOCK)).decryptor().update(b"".join(parts))

    def enciphered(self, plain: bytes) -> bytes:
        """The same as one chain under this key: what becomes of the block before a page is the
        start of its own chain, which nobody can foresee who has not the key."""
        return self._chained(os.urandom(_BLOCK)).encryptor().update(plain)

    def sealed(self, chain: bytes, first: int) -> bytearray:
        """Pages out of such a chain."""
        pages = bytearray(-(-len(chain) // (_BLOCK + PAGE - RESERVED)) * PAGE)
        at, number, view, out = 0, first, memoryview(chain), memoryview(pages)
        for to in range(0, len(pages), PAGE):
            start = to
            if number == 1:
                start += SALT
                out[to:start] = self.salt
            written, code = to + PAGE - RESERVED, to + PAGE - CODE
            end = at + _BLOCK + written - start
            if number != NEVER:
                out[start:written] = view[at + _BLOCK : end]
                out[written:code] = view[at : at + _BLOCK]
                out[code : to + PAGE] = self.of(number, out[start:code])
            at, number = end, number + 1
        return pages

    def spoiled(self, portion: bytes, first: int) -> int:
        """The first page of these, the first of which has this number, that is not as it was
        written; 0 where all are. What is less than a page is none."""
        view, begin, end, same = memoryview(portion), self._inner, self._outer, hmac.compare_digest
        for number, at in enumerate(range(0, len(portion), PAGE), first):
            stop = at + PAGE - CODE
            inner, outer = begin.copy(), end.copy()
            inner.update(view[at if number > 1 else SALT : stop])
            inner.update(_number(number))
            outer.update(inner.digest())
            if not same(outer.digest(), view[stop : stop + CODE]) and (
                number != NEVER or any(view[at : at + PAGE])
            ):
                return number
        return first + len(portion) // PAGE if len(portion) % PAGE else 0


def damaged(name: str, page: int) -> Damaged:
    """What is said of a file with a spoiled page."""
    return Damaged(
        f"台账文件 {name} 有损坏（第 {page} 页不是写入时的样子）。请恢复一份完好的备份。"
    )


class Work(NamedTuple):
    """Pages to be held against their seals: those of a book that begins ``origin`` bytes into a
    file, from one byte of the book to another. With ``target`` each is written there too, under
    another key and salt."""

    path: str
    key: bytes
    salt: bytes
    start: int
    end: int
    origin: int = 0
    target: str = ""
    new_key: bytes = b""
    new_salt: bytes = b""

    def __repr__(self) -> str:
        return f"Work({self.path!r})"  # the keys do not show themselves


def carried_out(work: Work) -> Iterator[int]:
    """How many bytes are through, before the files are touched and after each portion; a page that
    is not as it was written ends it, its number told below zero."""
    yield 0  # where nobody listens any more, a file of that name may be another's by now
    before, at = Seals(work.key, work.salt), work.start
    after = Seals(work.new_key, work.new_salt)
    with contextlib.ExitStack() as opened:
        file = opened.enter_context(open(work.path, "rb"))
        file.seek(work.origin + at)
        out = opened.enter_context(open(work.target, "r+b")) if work.target else None
        if out is not None:
            out.seek(at)
        while at < work.end:
            if not at % AHEAD:
                read_ahead(file.fileno(), work.origin + at + AHEAD, AHEAD)
            portion, first = file.read(min(PORTION, work.end - at)), at // PAGE + 1
            if spoiled := before.spoiled(portion, first) if portion else first:
                yield -spoiled
                return
            if out is not None:
                chain = after.enciphered(before.deciphered(portion, first))
                out.write(after.sealed(chain, first))
            at += len(portion)
            if out is not None and (at >= work.end or not at % AHEAD):
                out.flush()
                forget_cached(out.fileno(), max(at - AHEAD, work.start), AHEAD)
            yield at - work.start


#: How far it has come, or a page below zero.
TOLD = struct.Struct("<q")


def main() -> None:
    """Entry of the process of its own: told the work on its standard input, it says how far it has
    come."""
    work = Work(*marshal.load(sys.stdin.buffer))
    for done in carried_out(work):
        sys.stdout.buffer.write(TOLD.pack(done))
        sys.stdout.buffer.flush()
