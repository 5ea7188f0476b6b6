"""The settings that lie in plain files; what there is stands in ``db/model/settings.py``.

Three scopes: `machine` lies beside the program's log, `office` in the office's folder, `user` in
the office's folder per person. How a person arranged a list (columns, widths, filters) is kept with
the `user` scope as a
*view*. None of these files holds what a record says; kept filters of the office's book may hold a
word that was searched for.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from db.model.settings import FILES_FOLDER, SETTINGS, Setting
from db.store.disk.private_files import make_private
from desktop import paths

T = TypeVar("T")


class Settings:
    """Reads and keeps settings and views. A broken or unwritable file never stops the program:
    defaults apply."""

    def __init__(self, folder: Path | None = None, user: str | None = None) -> None:
        self._files: dict[str, Path | None] = {
            "machine": paths.config_dir() / "settings.json",
            "office": folder / "settings.json" if folder else None,
            "user": folder / "views" / f"{_file_name(user)}.json" if folder and user else None,
        }
        self._held: dict[str, dict[str, Any]] = {
            scope: _read(file) for scope, file in self._files.items()
        }
        paths.prefer_documents(self[FILES_FOLDER])

    def __getitem__(self, setting: Setting[T]) -> T:
        return _fitted(setting, self._held[setting.scope].get(setting.name, setting.default))

    def set(self, setting: Setting[T], value: T) -> None:
        """Keep one setting; a value outside its limits is brought to the nearest one."""
        self.set_all({setting: value})

    def set_all(self, values: Mapping[Setting[Any], Any]) -> None:
        """Keep several settings, each file written once."""
        touched = set()
        for setting, value in values.items():
            held, fitted = self._held[setting.scope], _fitted(setting, value)
            if held.get(setting.name) != fitted:
                held[setting.name] = fitted
                touched.add(setting.scope)
        for scope in touched:
            self._write(scope)

    def view(self, name: str) -> dict[str, Any]:
        """How this person arranged a list: a copy, empty when never arranged."""
        views = self._held["user"].get("views", {})
        found = views.get(name) if isinstance(views, dict) else None
        return dict(found) if isinstance(found, dict) else {}

    def set_view(self, name: str, arranged: dict[str, Any]) -> None:
        """Keep how this person arranged a list."""
        views = self._held["user"].setdefault("views", {})
        if views.get(name) != arranged:
            views[name] = arranged
            self._write("user")

    def shown(self) -> Iterator[Setting[Any]]:
        """The settings a settings page offers, in order."""
        return (setting for setting in SETTINGS if not setting.hidden)

    def _write(self, scope: str) -> None:
        file = self._files[scope]
        if file is None:
            return
        try:
            make_private(file.parent)
            waiting = file.with_suffix(".part")
            waiting.write_text(json.dumps(self._held[scope], ensure_ascii=False, indent=1), "utf-8")
            os.replace(waiting, file)
        except OSError:
            return  # a read-only folder: the setting holds until the program ends


def _fitted(setting: Setting[T], value: Any) -> T:
    """The value, within the limits; the default for one of another type."""
    default: Any = setting.default
    number = isinstance(default, int | float) and not isinstance(default, bool)
    if number and isinstance(value, int | float) and not isinstance(value, bool):
        least = -math.inf if setting.minimum is None else setting.minimum
        most = math.inf if setting.maximum is None else setting.maximum
        value = type(default)(min(max(value, least), most))
    if setting.choices and value not in dict(setting.choices):
        value = default
    return cast(T, value if type(value) is type(default) else default)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        held = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _file_name(user: str | None) -> str:
    return re.sub(r"[^\w-]", "_", user or "", flags=re.UNICODE)
