"""A declared table filled: from figures, records, or rows written out."""

from __future__ import annotations

from desktop.bulletin.document import Table
from desktop.bulletin.report.declaration import TableOf
from desktop.bulletin.report.figure_tables import figure_table
from desktop.bulletin.report.filling import ReportFilling
from desktop.bulletin.report.leader_tables import leader_table
from desktop.bulletin.report.record_tables import (
    agenda_table,
    facts_table,
    lines_table,
    record_table,
    return_status_table,
)


def table(filling: ReportFilling, declared: TableOf) -> Table | None:
    """The filled table; None when there is nothing to show."""
    if declared.lines:
        return lines_table(filling, declared)
    if declared.handin:
        return return_status_table(filling, declared)
    if declared.of_leader:
        return leader_table(filling, declared)
    if declared.agenda:
        return agenda_table(filling, declared)
    if declared.facts:
        return facts_table(filling, declared)
    return figure_table(filling, declared) if declared.group else record_table(filling, declared)
