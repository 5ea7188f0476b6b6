"""What the suite's own measuring notes is what coverage.py's tracer sees."""

from __future__ import annotations

from pathlib import Path

import coverage
import pytest

from tests import measured

SAMPLE = '''"""Doc."""
from __future__ import annotations
import contextlib

class Thing:
    """Doc."""

    size: int = 3

    @property
    def half(self):
        """Doc."""
        return self.size // 2

    @contextlib.contextmanager
    def kept(self):
        try:
            yield self
        except ValueError as error:
            self.size = len(
                str(error)
            )
        except KeyError:
            self.size = 0
        else:
            self.size += 1
        finally:
            self.size += 1

def walk(items):
    found = []
    for item in items:
        match item:
            case int() if item > 5:
                found.append("big")
            case str():
                found.append("text")
            case _:
                continue
        if item == "a":
            break
        elif item == "never":
            return None
        else:
            found.append(item)
    else:
        found.append("end")
    while found and len(found) > 9:
        found.pop()
    return [
        each for each in found
        if each
    ]

def never():
    """Doc."""
    global WALKED
    WALKED = []

def silent():
    """Doc."""

silent()
WALKED = walk([7, "x", None, "a"])
with Thing().kept() as thing:
    thing.half
    raise ValueError(
        "seen"
    )
'''


def test_the_lines_are_those_of_a_tracer(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(SAMPLE, "utf-8")
    notes = bytearray(SAMPLE.count("\n") + 2)
    exec(measured.noting(SAMPLE, str(file)), {"__name__": "sample", measured.NOTES: notes})
    tracer = coverage.Coverage(data_file=None, include=[str(file)], config_file=False)
    with tracer.collect():
        exec(compile(SAMPLE, str(file), "exec", dont_inherit=True), {"__name__": "sample"})
    _, statements, _, missing, _ = tracer.analysis2(str(file))
    noted = {at for at, run in enumerate(notes) if run}
    assert [at for at in statements if at not in noted] == missing
    assert len(missing) >= 6


def test_what_was_imported_before_is_named() -> None:
    with pytest.raises(AssertionError, match="db"):
        measured.begin()
