"""The declarations that come with the program, read once per process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

import resources
from db.model import declaration_files, declarations
from db.model import kinds as declared
from db.model.declarations import Choice, Kind, Lifecycle
from db.model.kinds import Kinds

COMPILED = "declarations.json"
_PARTS = ("choices", "lifecycles", "lifecycles/fields", "kinds")


class _Kept(msgspec.Struct):
    kinds: list[Kind]
    lifecycles: list[Lifecycle]
    lists: dict[str, tuple[Choice | str, ...]]


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """The built-in declarations, checked. Raises ``DeclarationError``."""
    return read(resources.path())


def read(folder: Path) -> Kinds:
    """The declarations of a folder, compiled beside them where that can be."""

    def make() -> _Kept:
        found = declared.load_builtin(folder)
        return _Kept(list(found), list(found.lifecycles), dict(found.choice_lists))

    kept = declaration_files.made_ready(
        folder / COMPILED,
        (*declarations.SOURCES, declaration_files.__file__, declared.__file__),
        (file for part in _PARTS for file in sorted((folder / part).glob("*.toml"))), _Kept, make,
    )  # fmt: skip
    return Kinds(kept.kinds, kept.lifecycles, kept.lists, checked=True)
