"""Where the platform wants a program to keep what belongs to a person or to a machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CONFIG_VARIABLE = "ZHENGXIAN_CONFIG"


def platform_dir(use: str) -> Path:
    """The platform's place for a program's ``data`` or ``config`` of this person."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Zhengxian"
        return base / ("office" if use == "data" else "program")
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support" / "Zhengxian"
        return base / ("office" if use == "data" else "program")
    if use == "data":
        return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "zhengxian"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "zhengxian"


def config_dir() -> Path:
    """What belongs to the person at this machine, not to the office: last folder, last user,
    logs."""
    named = os.environ.get(CONFIG_VARIABLE, "").strip()
    return Path(named).expanduser().absolute() if named else platform_dir("config")
