"""`python -m tests.bench resaves`: the scenarios of `tests/unit/exchange/resaves.py`, each done and saved by SheetJS and ExcelJS.

Both come from npm, in the versions that `tests/unit/exchange/resave/package-lock.json` pins, into the user's cache folder.
A machine without npm passes this over and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import traceback
from pathlib import Path

RUNS = 1
#: How each program is asked to do it; "twice" has the first one save what the second one saved.
WAYS = {
    "SheetJS": [("sheetjs.js", {})],
    "SheetJS with styles": [("sheetjs.js", {"styles": True})],
    "ExcelJS": [("exceljs.js", {})],
    "SheetJS, then ExcelJS": [("sheetjs.js", {}), ("exceljs.js", {})],
    "ExcelJS, then SheetJS": [("exceljs.js", {}), ("sheetjs.js", {})],
}


def packages() -> Path:
    """The folder with both programs, installed when it is not there yet."""
    from tests.unit.exchange.resaves import SCRIPTS

    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhengxian-tests" / "resave"
    lock = "package-lock.json"
    if not (folder / "node_modules").exists() or (folder / lock).read_bytes() != (SCRIPTS / lock).read_bytes():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", lock):
            shutil.copy(SCRIPTS / name, folder / name)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)
    return folder


def run(runs: int, first: int) -> int:
    """Every scenario in every way; how many failed."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        print("没有安装 npm 和 node，SheetJS 与 ExcelJS 的往返测试没有做。(npm and node are not installed: passed over.)")
        return 0
    from tests.unit.exchange import resaves
    from tests.unit.exchange.conftest import Hand, Office

    where, failed = packages(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office = Office(folder, "云川市作风办")
        office.add_units()
        sent = resaves.prepare(office)
        books = {unit: Hand(file) for unit, file in sent.items()}
        for way, programs in WAYS.items():
            out = folder / way
            out.mkdir()
            source = {s.name: sent[s.unit] for s in resaves.SCENARIOS}
            ops = {s.name: s.ops(books[s.unit]) for s in resaves.SCENARIOS}
            for number, (script, options) in enumerate(programs):
                jobs = [
                    {"source": str(source[s.name]), "target": str(out / f"{at}-{number}.xlsx"), "ops": ops[s.name], **options}
                    for at, s in enumerate(resaves.SCENARIOS)
                ]
                resaves.by_node(script, where, jobs, folder)
                source = {s.name: Path(job["target"]) for s, job in zip(resaves.SCENARIOS, jobs, strict=True)}
                ops = {s.name: [] for s in resaves.SCENARIOS}
            bad = 0
            for at, scenario in enumerate(resaves.SCENARIOS):
                ops_of_plain = resaves.plain_ops(scenario, books[scenario.unit])
                plain = resaves.by_openpyxl(sent[scenario.unit], out / f"plain{at}.xlsx", ops_of_plain)
                try:
                    resaves.check(scenario, office.folder / "data", out / f"office{at}", source[scenario.name], plain)
                except Exception:  # whatever a program's file brought about is told with its story, and the others go on
                    bad += 1
                    print(f"{way}, {scenario.name}:\n{traceback.format_exc(limit=-1)}")
            print(f"{way}: {len(resaves.SCENARIOS) - bad} of {len(resaves.SCENARIOS)} held", flush=True)
            failed += bad
    return failed
