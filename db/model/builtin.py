"""The declarations that come with the program, read once per process.

Reading some eighty TOML files costs more than a command may take, so their checked form lies beside
them in the program's own folder, as compiled Python lies beside its source: who can change it could
change the program. A built program brings it along; a checkout makes it anew when a file differs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path

import msgspec

import resources
from db.model.declarations import Choice, Kind, Lifecycle
from db.model.kinds import Kinds, load_builtin

COMPILED = "declarations.json"


class _Kept(msgspec.Struct):
    kinds: list[Kind]
    lifecycles: list[Lifecycle]
    lists: dict[str, tuple[Choice | str, ...]]


def _sources(folder: Path) -> bytes:
    """What the compiled form was made of; nothing in a built program, which has no sources beside
    it and is taken as it was built."""
    code = [Path(__file__).with_name(name) for name in ("declarations.py", "kinds.py")]
    if not all(source.exists() for source in code):
        return b""
    digest = hashlib.sha256()
    for part in ("choices", "lifecycles", "lifecycles/fields", "kinds"):
        code += sorted((folder / part).glob("*.toml"))
    for source in code:
        digest.update(b"%s\0" % source.name.encode() + source.read_bytes())
    return digest.hexdigest().encode()


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """The built-in declarations, checked. Raises ``DeclarationError``."""
    return read(resources.path())


def read(folder: Path) -> Kinds:
    """The declarations of a folder, compiled beside them where that can be."""
    compiled = folder / COMPILED
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
        head, _, body = compiled.read_bytes().partition(b"\n")
        whole, _, sources = head.partition(b" ")
        if whole == _digest(body) and _sources(folder) in (b"", sources):
            kept = msgspec.json.decode(body, type=_Kept)
            return Kinds(kept.kinds, kept.lifecycles, kept.lists, checked=True)
    found = load_builtin(folder)
    body = msgspec.json.encode(
        _Kept(list(found), list(found.lifecycles), dict(found.choice_lists))
    )
    with contextlib.suppress(OSError):
        handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(b"%s %s\n%s" % (_digest(body), _sources(folder), body))
        Path(part).chmod(0o644)
        os.replace(part, compiled)
    return found
