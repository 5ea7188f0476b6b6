"""`python -m tests.bench foreign`: what the program makes of the ledgers of `tests/ledgers`, looked at and held back.

Recall and precision of columns, rows found, values right or told, rows that are none; every fault of those looked at.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

RUNS = 1
#: What the held-back ledgers must reach.
RECALL, PRECISION = 0.95, 0.98


def run(runs: int, first: int) -> int:
    """How many of the sets fall short."""
    from tests.ledgers import measure, shapes
    from tests.unit.exchange.conftest import Office

    failed = 0
    for path in (shapes.TUNED, shapes.OFFICES, *shapes.UNSEEN, shapes.HELD_BACK):
        # an office of its own: what another set brought in is no first import any more
        with tempfile.TemporaryDirectory() as name:
            office = Office(Path(name), "云川市作风办")
            measure.furnish(office.session)
            counts = measure.measure(office.session, shapes.read(path), Path(name))
            if path != shapes.HELD_BACK or os.environ.get("ZHENGXIAN_FAULTS"):
                print("\n".join(counts.faults))
            print(f"{path.stem}: {counts.line()}")
            short = counts.recall < RECALL or counts.precision < PRECISION
            changed = measure.again(office.session, shapes.read(path), Path(name))
            print("\n".join(changed) or "the second time nothing changes and every cell is counted")
            failed += bool(changed) or short or counts.junk > 0 or counts.wrong > 0 or counts.untold > 0
            office.session.close()
    return failed
