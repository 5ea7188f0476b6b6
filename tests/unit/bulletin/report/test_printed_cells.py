"""How field types stand in printed tables."""

from __future__ import annotations

from db.model.fieldtypes import TYPES
from desktop.bulletin.report.printed_cells import CELLS, column


def test_figures_are_flush_right_and_row_numbers_are_kept() -> None:
    assert {name for name, look in CELLS.items() if look.numeric} == {n for n, t in TYPES.items() if t.numeric}
    assert column("数", None, "money").numeric
    assert column("序号", 0.1, None).serial
    assert not column("单位", None, "unit").serial
