"""The declarations that come with the program, read once per process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

import resources
from db.errors import DeclarationError
from db.model import declaration_files, declarations, kind_checks
from db.model import kinds as registry
from db.model.declarations import Choice, Field, Kind, Lifecycle
from db.model.kinds import Kinds

COMPILED = "declarations.json"
_PARTS = ("choices", "lifecycles", "lifecycles/fields", "kinds")


class _ChoiceList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    label: str
    choices: tuple[Choice | str, ...]


class _FieldList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    fields: tuple[Field, ...]


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
        found = load(folder)
        return _Kept(list(found), list(found.lifecycles), dict(found.choice_lists))

    kept = declaration_files.made_ready(
        folder / COMPILED,
        (*declarations.SOURCES, declaration_files.__file__, registry.__file__,
         kind_checks.__file__, __file__),
        (file for part in _PARTS for file in sorted((folder / part).glob("*.toml"))), _Kept, make,
    )  # fmt: skip
    return Kinds(kept.kinds, kept.lifecycles, kept.lists, checked=True)


def load(folder: Path) -> Kinds:
    """All declarations under a folder, checked against each other."""
    lists = {
        found.name: found.choices
        for found in (
            declaration_files.load(path, _ChoiceList)
            for path in sorted((folder / "choices").glob("*.toml"))
        )
    }
    shared = {
        found.name: found.fields
        for found in (
            declaration_files.load(p, _FieldList)
            for p in sorted((folder / "lifecycles" / "fields").glob("*.toml"))
        )
    }
    cycles = [
        _whole(declaration_files.load(p, Lifecycle), shared)
        for p in sorted((folder / "lifecycles").glob("*.toml"))
    ]
    kinds = []
    for path in sorted((folder / "kinds").glob("*.toml")):
        kind = declaration_files.load(path, Kind)
        if kind.name != path.stem:
            raise DeclarationError(
                f"声明文件 {path.name} 的 name 应与文件名相同，现为「{kind.name}」。"
            )
        kinds.append(kind)
    return Kinds(kinds, cycles, lists)


def _whole(cycle: Lifecycle, shared: Mapping[str, tuple[Field, ...]]) -> Lifecycle:
    """With the fields of the lists it names."""
    for name in cycle.fields_from:
        if name not in shared:
            raise DeclarationError(f"{cycle.name}.toml：fields_from「{name}」不存在。")
    fields = (*cycle.fields, *(field for name in cycle.fields_from for field in shared[name]))
    return msgspec.structs.replace(cycle, fields=fields, fields_from=())
