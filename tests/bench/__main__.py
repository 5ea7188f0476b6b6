"""`python -m tests.bench [NAME…]`: what the program costs, each figure beside its peer or floor in the same run.

Each `bench_*.py` beside this file has `run() -> list[dict]` whose rows say:

- `name`: what was done; `peer`: what it is compared with (another library, or the floor below which nothing can go)
- `ratio`: ours ÷ peer's, both measured in this run; `seconds`: ours
- `limit`: the ratio that must not be passed, or None; `memory_mb`: what it took on top, or None; `memory_limit`: the
  most of it that may be taken, where there is such a limit

Each module runs in a process of its own, so that none starts with what another has imported or allocated.
Ratios travel from machine to machine where seconds do not; where the peer is a number of seconds, the machine should be at rest. Exit 1 when a limit is passed or a module fails.

`python -m tests.bench histories|kills|crashes|cuts|pages|hostile|resaves|foreign|figures|word|words|papers|honest|damaged [--runs N]`: proofs that are too long for the suite, which plays a few of
each. They are run when named only. Each `prove_*.py` has `RUNS` and `run(runs, first) -> int`, the number that failed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

from db.keys.passwords import made_up_office

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COLUMNS = ("name", "ratio", "limit", "peer", "seconds", "memory_mb")
HEADINGS = ("what", "ratio", "limit", "peer", "seconds", "MB", "")
_CHILD = """
import importlib, json, sys
from db.keys.passwords import made_up_office
with made_up_office():
    rows = importlib.import_module(sys.argv[1]).run()
sys.stdout.write("\\n" + json.dumps(rows, ensure_ascii=False, default=str))
"""


def measure(module: str) -> list[dict[str, Any]]:
    """The rows of one module; a module that fails gives one row that says so."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "PYTHONUTF8": "1"}
    run = subprocess.run(
        [sys.executable, "-c", _CHILD, f"tests.bench.{module}"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False,
    )
    if run.returncode:
        return [{"name": module, "peer": f"failed with exit code {run.returncode}", "failed": True}]
    rows: list[dict[str, Any]] = json.loads(run.stdout.rsplit("\n", 1)[-1])
    return rows


def passed_limit(row: dict[str, Any]) -> bool:
    """Whether the row is worse than one of its limits."""
    if row.get("memory_limit") is not None and (row.get("memory_mb") or 0) > row["memory_limit"]:
        return True
    return row.get("limit") is not None and row.get("ratio") is not None and row["ratio"] > row["limit"]


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as aligned text, Chinese characters counted as two."""
    lines = [list(HEADINGS)]
    for row in rows:
        cells = [_cell(column, row.get(column)) for column in COLUMNS]
        mark = "FAILED" if row.get("failed") else "OVER" if passed_limit(row) else ""
        lines.append([*cells, mark])
    widths = [max(_width(line[i]) for line in lines) for i in range(len(HEADINGS))]
    aligned = [[_pad(line[i], width, left=i in (0, 3, 6)) for i, width in enumerate(widths)] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in aligned)


def _cell(column: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, int | float) and column != "name":
        return {"ratio": "{:.3g}", "limit": "{:g}", "seconds": "{:.3f}", "memory_mb": "{:.0f}"}[column].format(value)
    return str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _pad(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def prove(name: str, runs: int | None, first: int) -> int:
    """Run a proof; 0 when it held, 1 when it did not."""
    module = importlib.import_module(f"tests.bench.prove_{name}")
    with made_up_office():
        failed: int = module.run(runs if runs is not None else module.RUNS, first)
    print(f"{name}: {'held' if not failed else f'{failed} FAILED'}")
    return int(failed > 0)


def main(arguments: list[str] | None = None) -> int:
    """Measure the named modules (all when none is named), print the table, say whether every limit held."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what the program costs.")
    parser.add_argument("names", nargs="*", help="bench_NAME.py to run, without bench_ and .py; all when left out")
    parser.add_argument("--json", action="store_true", help="rows as JSON instead of a table")
    parser.add_argument("--runs", type=int, help="how many a proof plays")
    parser.add_argument("--first", type=int, default=0, help="the first seed of a proof")
    given = parser.parse_args(arguments)
    proofs = [name for name in given.names if (HERE / f"prove_{name}.py").exists()]
    if proofs:
        if proofs != given.names:
            parser.error("proofs are run by themselves, without benchmarks")
        return max(prove(name, given.runs, given.first) for name in proofs)
    known = sorted(path.stem for path in HERE.glob("bench_*.py"))
    chosen = [f"bench_{name.removeprefix('bench_')}" for name in given.names] or known
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}")
    rows = []
    for module in chosen:
        started = time.perf_counter()
        sys.stderr.write(f"{module} … ")
        sys.stderr.flush()
        rows += measure(module)
        sys.stderr.write(f"{time.perf_counter() - started:.0f} s\n")
    print(json.dumps(rows, ensure_ascii=False, indent=1) if given.json else table(rows))
    return int(any(row.get("failed") or passed_limit(row) for row in rows))


if __name__ == "__main__":
    sys.exit(main())
