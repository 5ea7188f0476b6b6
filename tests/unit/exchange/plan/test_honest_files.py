"""Honest files raise no warning, at most one in 200; careless ones write nothing that nobody meant."""

from __future__ import annotations

from typing import Any

from exchange import careless, honest

from desktop.exchange.plan import cell_accounting

#: `python -m tests.bench honest` plays 200; so many are played each time.
FILES = 12


def test_honest_edits_of_every_kind_raise_no_warning(city: Any, hand: Any) -> None:
    honest.prepare(city)
    file = city.export().file
    false: list[tuple[int, list[str], list[str]]] = []
    for seed in range(FILES):
        book = hand(file)
        edits = honest.edit(seed, book)
        plan = city.plan(book.save(f"honest{seed}.xlsx"))
        cells = cell_accounting.cell_report(plan)["cells"]
        assert cells["total"] == sum(count for name, count in cells.items() if name != "total")
        if warnings := cell_accounting.warnings(plan):
            false.append((seed, edits, [f"{each.code} {each.message}" for each in warnings]))
        assert plan.ignored == [] and not plan.lines("error"), (seed, edits)
    assert len(false) <= FILES // 200, false


def test_careless_edits_write_nothing_that_nobody_meant(new_office: Any, hand: Any) -> None:
    """`python -m tests.bench careless` plays forty, saved by LibreOffice."""
    office = new_office()
    honest.prepare(office)
    file = office.export(blank_rows=12).file
    for seed in range(6):
        book = hand(file)
        truth = careless.edit(seed, book)
        assert careless.silent(office.plan(book.save(f"careless{seed}.xlsx")), truth) == [], (seed, truth.names)
