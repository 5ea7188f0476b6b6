"""The window. The only room that imports PySide6."""

from __future__ import annotations

import sys

import PySide6.QtCore  # noqa: F401  # puts a hook on all imports

# The hook reads the source of every module that is imported from here on, to see whether it names
# PySide and may so choose to call Qt in snake case; this program never does.
if (_hook := sys.modules.get("shibokensupport.feature")) is not None:
    vars(_hook)["_mod_uses_pyside"] = lambda module: False
