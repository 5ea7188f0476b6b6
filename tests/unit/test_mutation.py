"""The wrong changes that `python -m tests.mutation` puts in are real ones, and the reasons that it keeps name such as exist."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.__main__ import GROUPS, ROOT, Passed, Warm, files_of, reasons
from tests.mutation.mutants import Mutant, changed_code, living, mutants

SOURCE = '''
def late(day, deadline, closed=True):
    """Text is left alone."""
    return day > deadline and not closed

class Desk:
    @staticmethod
    def lists():
        def inner():
            return ["a", "b"]
        return inner()
'''


def put_in(root: Path, mutant: Mutant) -> None:
    code = changed_code(root, mutant)
    (function,) = living({str(root / mutant.path)})[str(root / mutant.path), mutant.function, mutant.first_line]
    assert code is not None
    function.__code__ = code


def test_a_slip_of_the_pen_is_put_into_the_living_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slips.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import slips  # type: ignore[import-not-found]

    monkeypatch.setitem(sys.modules, "slips", slips)
    found = {each.told: each for each in mutants(tmp_path, Path("slips.py"))}
    assert list(found) == [
        "return day > deadline and (not closed) → return None",
        "day > deadline and (not closed) → day > deadline or not closed",
        "day > deadline → day >= deadline",
        "not closed → closed",
        "return ['a', 'b'] → return None",
        "['a', 'b'] → ['a']",
        "return inner() → return None",
    ]
    assert not slips.late(1, 1, False)
    put_in(tmp_path, found["day > deadline → day >= deadline"])
    assert slips.late(1, 1, False)
    assert slips.Desk.lists() == ["a", "b"]
    put_in(tmp_path, found["['a', 'b'] → ['a']"])
    assert slips.Desk.lists() == ["a"]


def test_what_fails_without_the_change_as_well_has_not_noticed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One test writes what another counts: played after it, that one fails whatever was changed."""
    warm = Warm(set(), lambda _: None, False)
    writes, counts, holds = (Passed(name, 0.1) for name in ("writes", "counts", "holds"))

    def played(mutant: str | None, tests: list[Passed]) -> tuple[int, str]:
        for at, each in enumerate(tests):
            if (each is counts and writes in tests[:at]) or f"{each.test} it" == mutant:
                return 1, each.test
        return 0, ""

    monkeypatch.setattr(warm, "_try", played)
    changes: Any = ("no one", "holds it", "counts it")
    said = [warm._notice(change, [writes, counts, holds]) for change in changes]  # noqa: SLF001
    assert said == [(0, ""), (1, "holds"), (1, "counts")]


def test_of_changes_told_by_the_same_words_a_reason_names_one(tmp_path: Path) -> None:
    (tmp_path / "slips.py").write_text("def f(a):\n    return a[1] or a[1:]\n", encoding="utf-8")
    keys = [each.key for each in mutants(tmp_path, Path("slips.py"))]
    assert keys[-2:] == ["slips.py f: 1 → 2", "slips.py f: 1 → 2 (2)"]


def test_each_reason_names_a_change_that_can_be_made() -> None:
    known = {each.key for group in GROUPS for path in files_of(group) for each in mutants(ROOT, path)}
    assert len(known) > 500
    assert [key for key in reasons() if key not in known] == []
    assert all(reasons().values())


def test_each_test_that_is_to_notice_exists() -> None:
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert {name for _, tests in GROUPS.values() for name in tests} <= there
