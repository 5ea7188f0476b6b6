"""Every setting of the program, one line each, so that a settings page and a default never
disagree.

Three scopes: `machine` lies beside the program's log, `office` in the office's folder, `user` in
the office's folder per person. How a person arranged a list (columns, widths, filters) is kept with
the `user` scope as a
*view*. None of these files holds what a record says; kept filters of the office's book may hold a
word that was searched for.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop import paths


@dataclass(frozen=True)
class Setting:
    """One thing a person may set: its default tells its type; the limits are inclusive."""

    name: str
    default: Any
    label: str
    scope: str = "user"
    minimum: float | None = None
    maximum: float | None = None
    help: str = ""
    section: str = "界面"
    hidden: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "font_points",
        10.5,
        "界面字号（磅）",
        minimum=9,
        maximum=18,
        help="看着费劲就调大，14 磅也排得下",
    ),
    Setting("form_beside", True, "清单旁边显示表单", help="不勾选时，双击一行才打开表单"),
    Setting(
        "toast_seconds", 8, "提示停留秒数", minimum=3, maximum=60, help="“已删除……撤销”停留多久"
    ),
    Setting("due_soon_days", 7, "“即将到期”提前天数", minimum=1, maximum=60, section="首页"),
    Setting(
        "idle_minutes",
        10,
        "无人操作自动锁定（分钟）",
        "office",
        1,
        240,
        "锁定后台账关闭，须重新登录",
        "安全",
    ),
    Setting("backup_daily", True, "每天第一次使用时备份", "office", section="备份"),
    Setting("backup_exit", True, "退出时备份改动", "office", section="备份"),
    Setting(
        "backup_folder", "", "备份另存一份到", "office", help="最好在另一块硬盘上", section="备份"
    ),
    Setting(
        "files_folder", "", "文件默认存到", "machine", help="存表格、PDF 时先打开这个文件夹",
        section="文件",
    ),
    Setting("last_folder", "", "上次打开的数据文件夹", "machine", hidden=True),
    Setting("last_office", "", "上次打开的单位", "machine", hidden=True),
    Setting("last_user", "", "上次登录的用户", "machine", hidden=True),
    Setting("login_points", 10.5, "登录窗口字号", "machine", 9, 18, hidden=True),
    Setting("window_geometry", "", "窗口位置", "machine", hidden=True),
    Setting("nav_width", 0, "导航栏宽度", hidden=True),
    Setting("last_page", "home", "上次打开的页面", hidden=True),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


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
        paths.prefer_documents(self["files_folder"])

    def __getitem__(self, name: str) -> Any:
        setting = BY_NAME[name]
        value = self._held[setting.scope].get(name, setting.default)
        return _fitted(setting, value)

    def set(self, name: str, value: Any) -> None:
        """Keep one setting; a value outside its limits is brought to the nearest one."""
        self.set_all({name: value})

    def set_all(self, values: dict[str, Any]) -> None:
        """Keep several settings, each file written once."""
        touched = set()
        for name, value in values.items():
            setting = BY_NAME[name]
            held, fitted = self._held[setting.scope], _fitted(setting, value)
            if held.get(name) != fitted:
                held[name] = fitted
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

    def shown(self) -> Iterator[Setting]:
        """The settings a settings page offers, in order."""
        return (setting for setting in SETTINGS if not setting.hidden)

    def _write(self, scope: str) -> None:
        file = self._files[scope]
        if file is None:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            waiting = file.with_suffix(".part")
            waiting.write_text(json.dumps(self._held[scope], ensure_ascii=False, indent=1), "utf-8")
            os.replace(waiting, file)
        except OSError:
            return  # a read-only folder: the setting holds until the program ends


def _fitted(setting: Setting, value: Any) -> Any:
    default = setting.default
    if isinstance(default, bool):
        return value if isinstance(value, bool) else default
    if isinstance(default, (int, float)):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return default
        value = type(default)(value)
        if setting.minimum is not None:
            value = max(type(default)(setting.minimum), value)
        if setting.maximum is not None:
            value = min(type(default)(setting.maximum), value)
        return value
    return value if isinstance(value, type(default)) else default


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
