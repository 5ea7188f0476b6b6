"""`python -m tests.bench honest`: honest edits of a workbook, of every kind, as `tests/unit/exchange/honest.py` makes them
from seeds; prints how many of the files raise a false warning. At most one in 200 may."""

from __future__ import annotations

import tempfile
from pathlib import Path

RUNS = 200
#: Of so many files one may raise a warning.
PER_WARNING = 200


def run(runs: int, first: int) -> int:
    """How many false warnings are beyond what is allowed."""
    from desktop.exchange.plan import cell_accounting
    from tests.unit.exchange import honest
    from tests.unit.exchange.conftest import Hand, Office
    from tests.unit.exchange.uncounted import uncounted

    false: list[str] = []
    left = 0
    with tempfile.TemporaryDirectory() as name:
        office = Office(Path(name), "云川市作风办")
        office.add_units()
        honest.prepare(office)
        file = office.export().file
        for seed in range(first, first + runs):
            book = Hand(file)
            edits = honest.edit(seed, book)
            plan = office.plan(book.save())
            left += uncounted(plan) != 0
            for each in cell_accounting.warnings(plan):
                false.append(f"{seed} {'+'.join(edits)}: {each.code} {each.message}")
        office.session.close()
    for line in false:
        print(line)
    files = len({line.split()[0] for line in false})
    print(f"{files} of {runs} honest files raised a false warning; in {left} a cell was not accounted for")
    return max(0, files - -(-runs // PER_WARNING)) + left
