"""PySide's spelling of signatures, compiled when something asks for one instead of at every start.

PySide carries the modules that spell out signatures (for messages about wrong arguments, `help()`
and stubs) as source in a zip inside a library, and compiles them all on its first import: a quarter
of what a bare window takes. Nothing but such a message needs them.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

FOLDER = "shibokensupport/signature/"
FEATURE = "shibokensupport/feature.py"
"""At each import PySide asks it whether a module wants Qt in snake case: no."""
LATER = {
    FEATURE,
    *(
        FOLDER + name
        for name in (
            "errorhandler.py",
            "layout.py",
            "mapping.py",
            "parser.py",
            "lib/enum_sig.py",
            "lib/pyi_generator.py",
            "lib/tool.py",
        )
    ),
}
_STUB = f"""
from {__name__} import when_asked
__getattr__ = when_asked(%r, globals())
"""
_AT_ONCE = {
    FEATURE: """
def feature_import(*_, **__): ...
def feature_imported(_): ...
""",
    FOLDER + "mapping.py": """
def update_mapping():
    return __getattr__("update_mapping")()
""",
}
"""What the library itself looks for without asking `__getattr__`."""
_loading = threading.RLock()
waiting: dict[str, bytes | str] = {}


@contextmanager
def compiled_later() -> Iterator[None]:
    """For the first import of PySide, which compiles these modules by the built-in function."""
    compile_now: Callable[..., CodeType] = builtins.compile

    def compiling(source: bytes | str, filename: str, mode: str, **how: int) -> CodeType:
        if filename in LATER:
            waiting[filename] = source
            source = _STUB % (filename,) + _AT_ONCE.get(filename, "")
        return compile_now(source, filename, mode, **how)

    vars(builtins)["compile"] = compiling
    try:
        yield
    finally:
        vars(builtins)["compile"] = compile_now


def when_asked(filename: str, module: dict[str, object]) -> Callable[[str], object]:
    """A module's `__getattr__`, which is asked for what the module does not have yet."""

    def find(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        with _loading:
            if source := waiting.pop(filename, ""):
                exec(compile(source, filename, "exec"), module)
        if name not in module:
            raise AttributeError(name)
        return module[name]

    return find
