"""What holds of every plan: each filled cell of the file is told of, and once."""

from __future__ import annotations

from desktop.exchange.plan import cell_accounting
from desktop.exchange.plan.import_plan import Plan


def uncounted(plan: Plan) -> int:
    """How many filled cells nothing tells of; there must be none."""
    counts: dict[str, int] = cell_accounting.cell_report(plan)["cells"]
    return 2 * counts["total"] - sum(counts.values())
