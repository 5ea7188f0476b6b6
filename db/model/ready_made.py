"""Declarations of the program in their checked form, beside their files.

Reading some hundred TOML files costs more than a command may take, so what they say lies beside
them in the program's own folder, as compiled Python lies beside its source: who can change it could
change the program. A built program brings it along; a checkout makes it anew when a file differs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


def made_ready(
    compiled: Path, code: Iterable[str], files: Iterable[Path], shape: type[T],
    make: Callable[[], T],
) -> T:
    """What ``make`` reads from the ``files`` by the modules ``code``, out of ``compiled`` while
    they are as they were."""
    sources = _digest_of([Path(each) for each in code], files)
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
        head, _, body = compiled.read_bytes().partition(b"\n")
        whole, _, made_of = head.partition(b" ")
        if whole == _digest(body) and sources in (b"", made_of):
            return msgspec.json.decode(body, type=shape)
    found = make()
    body = msgspec.json.encode(found)
    with contextlib.suppress(OSError):
        handle, part = tempfile.mkstemp(dir=compiled.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(b"%s %s\n%s" % (_digest(body), sources, body))
        Path(part).chmod(0o644)
        os.replace(part, compiled)
    return found


def _digest_of(code: list[Path], files: Iterable[Path]) -> bytes:
    """What the compiled form was made of; nothing in a built program, which has no sources beside
    it and is taken as it was built."""
    if not all(source.exists() for source in code):
        return b""
    digest = hashlib.sha256()
    for source in (*code, *files):
        digest.update(b"%s\0" % source.name.encode() + source.read_bytes())
    return digest.hexdigest().encode()


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
