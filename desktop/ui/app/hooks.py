"""What a list hands to others: workbooks, prints. One line each; a button shows only where its
module is there."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

HOOKS: dict[str, str] = {
    "import_forms": "desktop.ui.pages.cadre:import_forms",
    "import_file": "desktop.ui.pages.exchange:import_file",
    "import_files": "desktop.ui.pages.exchange:import_files",
    "export_rows": "desktop.ui.pages.exchange:export_rows",
    "print_rows": "desktop.ui.pages.bulletin:print_rows",
    "print_record": "desktop.ui.pages.bulletin:print_record",
}
"""`import_forms(window, paths)`, `import_file(window, path | None, kind)`, `import_files(window,
paths, kind)`,
`export_rows(window, kind, query, ids)`, `print_rows(window, kind, query, ids)`,
`print_record(window, kind, uid, report="")`;
`ids` is empty for all rows of the query."""


def there(name: str) -> bool:
    """Whether somebody provides it; looks for the module without importing it."""
    return importlib.util.find_spec(HOOKS[name].split(":")[0]) is not None


def call(name: str, *arguments: Any) -> Any:
    """Import the module and do it."""
    module, function = HOOKS[name].split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found(*arguments)
