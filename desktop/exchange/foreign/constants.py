"""One value for the whole table (整表同一值): what its rows do not say, a person does once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.session import Session
from desktop.exchange.foreign.states import STATE, history_columns, parse_done
from desktop.exchange.format.cells import parse
from desktop.exchange.plan.import_plan import Past
from desktop.exchange.plan.parsed_row import ParsedRow


def fields_for(session: Session, kind: Kind) -> list[Field]:
    """The fields that may have one value for the whole table: not the title, which tells rows
    apart."""
    cycle = session.kinds.lifecycle_of(kind)
    typed = [f for f in kind.all_fields if not f.computed and not type_of(f).holds_files]
    return [f for f in (*typed, *history_columns(kind, cycle)) if f.name != kind.title]


class Constants:
    """Made once per file and ledger. ``said``: field (or its label) → text. Raises ``BadInput``."""

    def __init__(self, session: Session, kind: Kind, said: Mapping[str, str]) -> None:
        allowed = {f.name: f for f in fields_for(session, kind)}
        by_label = {f.label: f for f in allowed.values()}
        self._values: dict[str, Any] = {}
        self._past = Past()
        parts = []
        for name, text in said.items():
            declared = allowed.get(name) or by_label.get(name)
            if declared is None:
                raise BadInput(
                    f"「{kind.label}」没有可以填整表同一值的栏“{name}”。"
                    f"可填：{'、'.join(by_label)}。", field=name,
                )
            if not text.strip():
                continue
            self._take(session, declared, text.strip())
            parts.append(f"{declared.label}“{text.strip()}”")
        #: for the person who looks
        self.remark = f"表里没有写的，整表同一值：{'，'.join(parts)}。" if parts else ""

    def _take(self, session: Session, declared: Field, text: str) -> None:
        if declared.name == STATE.name:
            self._past.done = parse_done(text)
            if self._past.done is None:
                raise BadInput(f"「{STATE.label}」请填“是”或“否”。", field=STATE.name)
            return
        value = parse(text, declared, session.names)
        if declared.computed and isinstance(value, dt.date):
            self._past.closed_on = value
        elif value is not None:
            self._values[declared.name] = value

    def fill(self, parsed: ParsedRow) -> None:
        """What a row leaves blank; a cell that cannot be read is no blank."""
        if not parsed.typed and not parsed.problems:
            return
        bad = {problem.field for problem in parsed.problems}
        for name, value in self._values.items():
            if name not in bad:
                parsed.typed.setdefault(name, value)
        self._fill_past(parsed, bad)

    def _fill_past(self, parsed: ParsedRow, bad: set[str]) -> None:
        said = self._past
        if (said.done is None and said.closed_on is None) or STATE.name in bad:
            return
        past = parsed.past = parsed.past or Past()
        if past.done is None:
            past.done = True if said.done is None else said.done
        if past.done and past.closed_on is None:
            past.closed_on = said.closed_on
