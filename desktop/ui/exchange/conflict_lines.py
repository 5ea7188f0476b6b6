"""Conflicts as a list shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop.ui.kit.page_parts import moment, person
from desktop.ui.lists.short_list import Line


@dataclass(frozen=True)
class ConflictWithAuthor:
    """A conflict with who wrote my value and when; blank when it stands since the record was made
    elsewhere."""

    waiting: Any
    mine_by: str
    mine_at: str
    file: str


def conflict_line(session: Any, waiting: Any, file: str) -> Line:
    """A conflict with who wrote what stands in the ledger now; runs in the reader."""
    by = at = ""
    for line in session.history(waiting.kind, waiting.uid):
        if line.field == waiting.field:
            by, at = line.by, line.at
    held = ConflictWithAuthor(waiting, person(session, by) if by else "", at, file)
    ledger = session.kinds.get(waiting.kind).label
    mine, theirs = (
        " ".join(text.split()) or "（空）" for text in (waiting.text_mine, waiting.text_theirs)
    )
    decides = "待裁定" if waiting.decider else "本单位"
    cells = (
        waiting.title, ledger, waiting.label, mine, theirs, waiting.sender, moment(waiting.at)[5:],
        decides,
    )
    return Line(waiting.conflict_id, cells, held)
