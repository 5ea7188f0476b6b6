"""The declarations that come with the program, read once per process.

Reading some sixty TOML files costs more than a command may take, so their checked form is kept
beside the user's settings, named by what the files are (name, size, time); any difference reads
them anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import msgspec

import resources
from db.model.declarations import Choice, Kind, Lifecycle
from db.model.kinds import Kinds, load_builtin


class _Kept(msgspec.Struct):
    kinds: list[Kind]
    lifecycles: list[Lifecycle]
    lists: dict[str, tuple[Choice | str, ...]]


def _state(folder: Path) -> str:
    source = Path(__file__).with_name("declarations.py")
    # a built program has no sources beside it, but it is itself as old as they
    if not source.exists():
        source = Path(sys.executable)
    digest = hashlib.sha256(source.stat().st_mtime_ns.to_bytes(8, "big"))
    for part in ("choices", "lifecycles", "lifecycles/fields", "kinds"):
        with os.scandir(folder / part) as entries:
            for entry in sorted(
                (e for e in entries if e.name.endswith(".toml")), key=lambda e: e.name
            ):
                status = entry.stat()
                digest.update(
                    f"{part}/{entry.name} {status.st_size} {status.st_mtime_ns}\n".encode()
                )
    return digest.hexdigest()


def _cache_file() -> Path:
    base = (
        os.environ.get("XDG_CACHE_HOME")
        or os.environ.get("LOCALAPPDATA")
        or str(Path.home() / ".cache")
    )
    return Path(base) / "zhengxian" / "declarations.json"


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """The built-in declarations, checked. Raises ``DeclarationError``."""
    folder = resources.path()
    state = _state(folder)
    cached = _cache_file()
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
        head, _, body = cached.read_bytes().partition(b"\n")
        if head.decode("ascii", "replace") == state:
            kept = msgspec.json.decode(body, type=_Kept)
            return Kinds(kept.kinds, kept.lifecycles, kept.lists, checked=True)
    found = load_builtin(folder)
    kept = _Kept(list(found), list(found.lifecycles), dict(found.choice_lists))
    with contextlib.suppress(OSError):
        cached.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=cached.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(state.encode() + b"\n" + msgspec.json.encode(kept))
        os.replace(part, cached)
    return found
