"""`python -m tests.bench careless`: careless edits of a workbook, saved by LibreOffice where it is there, as
`tests/unit/exchange/careless.py` makes them from seeds: each filled cell is accounted for, nothing that nobody meant is
written, everything that was meant is."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

RUNS = 40


def run(runs: int, first: int) -> int:
    """How many of the files lose or falsify something without a word."""
    from tests.unit.exchange import careless, honest
    from tests.unit.exchange.conftest import Hand, Office

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office = Office(folder, "云川市作风办")
        office.add_units()
        honest.prepare(office)
        file = office.export(blank_rows=12).file
        made: dict[int, tuple[Path, careless.Truth]] = {}
        for seed in range(first, first + runs):
            book = Hand(file)
            truth = careless.edit(seed, book)
            made[seed] = book.save(f"{seed}.xlsx"), truth
        saved = _resaved(folder, [path for path, _ in made.values()])
        failed, names = 0, Counter[str]()
        for seed, (path, truth) in made.items():
            faults = _faults(office, saved.get(path.name, path), truth)
            failed += bool(faults)
            names.update(truth.names if faults else ())
            print(f"{seed} {'+'.join(truth.names)}: {'; '.join(faults)}" if faults else "", end="\n" if faults else "")
        office.session.close()
    print(f"{failed} of {runs} careless files ({len(saved)} saved by LibreOffice); in them: {dict(names.most_common())}")
    return failed


def _faults(office: object, path: Path, truth: object) -> list[str]:
    from desktop.exchange.apply import accept
    from tests.unit.exchange import careless
    from tests.unit.exchange.uncounted import uncounted

    plan = accept.plan(office.session, path)  # type: ignore[attr-defined]
    off = uncounted(plan)
    found = careless.silent(plan, truth)  # type: ignore[arg-type]
    return found + ([f"{off} cells not accounted for"] if off else [])


def _resaved(folder: Path, paths: list[Path]) -> dict[str, Path]:
    """Saved once more by the real program, all by one start of it."""
    tool = shutil.which("soffice")
    if tool is None:
        return {}
    out = folder / "resaved"
    subprocess.run(
        [tool, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), *map(str, paths)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    return {path.name: path for path in out.glob("*.xlsx")}
