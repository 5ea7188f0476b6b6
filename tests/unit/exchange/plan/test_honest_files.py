"""Honest files raise no warning: at most one in 200."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from exchange import honest

from desktop.exchange.plan import accounting

#: 200 were measured by setting this; so many are played each time.
FILES = 12


def test_honest_edits_of_every_kind_raise_no_warning(city: Any, hand: Any) -> None:
    rng = random.Random(0)
    units = list(city.units.values())
    for number in range(40):
        city.add(
            honest.words(rng), lead_unit=units[number % 3], responsible_person=honest.person(rng),
            deadline=dt.date(2030, 1, 1) + dt.timedelta(days=rng.randrange(300)), measures=honest.words(rng, 8),
            phone=f"0000-{rng.randrange(10**6, 10**7)}",
        )  # fmt: skip
    file = city.export().file
    false: list[tuple[int, list[str], list[str]]] = []
    for seed in range(FILES):
        book = hand(file)
        edits = honest.edit(seed, book)
        plan = city.plan(book.save(f"honest{seed}.xlsx"))
        cells = accounting.told(plan)["cells"]
        assert cells["total"] == sum(count for name, count in cells.items() if name != "total")
        if warnings := accounting.warnings(plan):
            false.append((seed, edits, [f"{each.code} {each.message}" for each in warnings]))
        assert plan.ignored == [] and not plan.lines("error"), (seed, edits)
    assert len(false) <= FILES // 200, false
