"""Workbooks edited, reshaped and saved by the real LibreOffice: the untouched file plus the edits.

All are saved by one start of the program. SheetJS and ExcelJS do the same in ``python -m tests.bench resaves``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.exchange.conftest import Hand, Office
from tests.unit.exchange.resaves import SCENARIOS, Scenario, by_openpyxl, check, plain_ops, prepare


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, template: Path) -> tuple[Path, dict[str | None, Path]]:
    folder = tmp_path_factory.mktemp("sender")
    office = Office(folder, "云川市作风办", template=template)
    office.add_units()
    return folder / "data", prepare(office)


@pytest.fixture(scope="module")
def saved(
    sent: tuple[Path, dict[str | None, Path]], resave_all: Callable[[list[Path]], list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Path]]:
    """By scenario: the reshaped file as LibreOffice saved it, and the plain one."""
    folder = tmp_path_factory.mktemp("edited")
    files, plain = [], []
    for number, scenario in enumerate(SCENARIOS):
        source = sent[1][scenario.unit]
        book = Hand(source)
        files.append(by_openpyxl(source, folder / f"edited{number}.xlsx", scenario.ops(book)))
        plain.append(by_openpyxl(source, folder / f"plain{number}.xlsx", plain_ops(scenario, book)))
    resaved = resave_all(files)
    return {s.name: pair for s, pair in zip(SCENARIOS, zip(resaved, plain, strict=True), strict=True)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_saved_by_libreoffice_it_is_the_untouched_file_plus_the_edits(
    scenario: Scenario, sent: tuple[Path, dict[str | None, Path]], saved: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    file, plain = saved[scenario.name]
    check(scenario, sent[0], tmp_path / "copy", file, plain)
