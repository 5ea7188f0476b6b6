"""The window. The only room that imports PySide6."""

from __future__ import annotations

import builtins

from desktop.ui import signatures

with signatures.compiled_later():
    import PySide6.QtCore  # noqa: F401

# PySide asks at each import whether the module wants Qt in snake case, which this program never
# does, and reads the module's source for it.
if plain := vars(builtins).get("__orig_import__"):
    vars(builtins)["__import__"] = plain
