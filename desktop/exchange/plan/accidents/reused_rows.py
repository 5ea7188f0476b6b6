"""An old row that became another item: what is written over it keeps its hidden id, and would be
taken for it. It is held back until a person says what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from db.errors import BadInput
from db.merge.merge import DELETED
from db.model.declarations import Field
from db.model.fieldtypes import type_of
from desktop.exchange.format.manifest import ExportedRow
from desktop.exchange.format.unit_steps import MARK
from desktop.exchange.plan.import_plan import REUSED
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow

#: Titles have less of their pairs of characters in common; less of one stands anywhere in the row
#: of the other; cells that speak against one item, less those that speak for it; longer texts tell.
_RELATED, _SAID, _AGAINST, _TELLS = 0.3, 1 / 3, 3, 6
_NO_WORDS = re.compile(r"[\W\d_]+")


def look_at_reused_rows(state: KindState, rows: Iterable[ParsedRow]) -> None:
    """Warn of rows that became another item: what is written over an old one keeps its hidden id,
    and would be taken for it. Its title has nothing to do with what stood in the row, and other
    cells that tell which item it is changed as well."""
    kind = state.kind
    if kind.parent or not type_of(kind.field(kind.title)).worded:
        return
    found = [
        parsed for parsed in rows
        if parsed.base is not None and parsed.typed.get(kind.title) and not parsed.dropped
        and kind.title not in parsed.warned and DELETED not in parsed.typed
        and _became_another(state, parsed)
    ]
    kept = state.mine([parsed.other_uid() for parsed in found])
    for parsed in found:
        other = _as_another(state, parsed)
        if other.uid in kept:  # both were kept before
            parsed.uid, parsed.base, parsed.typed = other.uid, None, other.typed
            parsed.origin = other.origin
            continue
        parsed.both = other
        before = str(parsed.sent[kind.title])
        for name in (*parsed.typed, *(f"{MARK}{action}" for action in parsed.steps or ())):
            parsed.warn(name, REUSED, (
                f"第 {parsed.row} 行原来是“{before[:30]}”，现在是“{parsed.title[:30]}”，别的格子"
                "也换了，像是在旧的一行上写了另一件，这一行没有读入。确是改名的请采用；是另一件的"
                "请选“两条都留”，旧的不动，新的另记一条。"
            ))  # fmt: skip


def _became_another(state: KindState, parsed: ParsedRow) -> bool:
    kind = state.kind
    before, now = parsed.sent.get(kind.title), parsed.typed[kind.title]
    if not isinstance(before, str) or not isinstance(now, str) or not _apart(before, now):
        return False
    row = state.hidden.row(kind.name, parsed.uid)
    return (
        row is not None and _against(state, parsed, row) >= _AGAINST
        and not _stands_in(now, _texts(state, row))
        and not _stands_in(before, [v for v in parsed.typed.values() if isinstance(v, str)])
    )


def _against(state: KindState, parsed: ParsedRow, row: ExportedRow) -> int:
    """How much speaks for another item than that of the row: cells that held something and hold
    something else, less long texts that were left."""
    kind, points, left, people = state.kind, 0, 0, 0
    own = {field.name: field for field in kind.fields}
    for at, name in state.places:
        sent = row.values[at] if at < len(row.values) else None
        field = own.get(name)
        if field is None or name == kind.title or sent in (None, "", []):
            continue
        tells = type_of(field).worded and len(str(sent)) >= _TELLS
        if name not in parsed.typed:
            points -= tells * (2 if field.owner == "issuer" else 1)
            left += tells or field.owner == "responsible"
        elif field.owner == "responsible" and not tells:
            people = 1  # a name and its telephone are one thing
        else:
            points += _changed(field, name == kind.unit, sent, parsed.typed[name])
    return points + people + (not left)


def _changed(field: Field, whose: bool, sent: object, typed: object) -> int:
    """How much a cell says that held something else before."""
    if not type_of(field).worded:
        return 3 if whose else 1
    if isinstance(typed, str) and not _apart(str(sent), typed):
        return 0
    return 2 if field.owner == "issuer" and len(str(sent)) >= _TELLS else 1


def _texts(state: KindState, row: ExportedRow) -> list[str]:
    return [
        value for at, _ in state.places
        if at < len(row.values) and isinstance(value := row.values[at], str)
    ]


def _pairs(text: str) -> set[str]:
    """The pairs of characters of a text that stand beside one another."""
    words = _NO_WORDS.sub("", text)
    return {words[at : at + 2] for at in range(len(words) - 1)}


def _apart(one: str, other: str) -> bool:
    """Whether two texts have next to nothing in common."""
    here, there = _pairs(one), _pairs(other)
    return bool(here and there) and (2 * len(here & there) < _RELATED * (len(here) + len(there)))


def _stands_in(title: str, texts: Iterable[str]) -> bool:
    """Whether what a title says is said somewhere in a row, by other words of the same item."""
    here = _pairs(title)
    there = {pair for text in texts if text != title for pair in _pairs(text)}
    return len(here & there) >= _SAID * len(here)


def _as_another(state: KindState, parsed: ParsedRow) -> ParsedRow:
    """The row as a record of its own: all that is seen in it, but for what was done to the old
    one."""
    kind, sheet = state.kind, state.hidden.sheets[state.kind.name]
    row, shown = state.hidden.row(kind.name, parsed.uid), {name for name, _, _ in sheet.columns}
    seen: dict[str, Any] = {}
    for field in kind.fields:
        if row and field.name in shown and not field.computed and not field.fill:
            try:
                seen[field.name] = state.exported(row, field.name)
            except BadInput:
                continue
    typed = {name: v for name, v in {**seen, **parsed.typed}.items() if v not in (None, ())}
    return replace(
        parsed, uid=parsed.other_uid(), base=None, typed=typed, origin="none", problems=[],
        warned={}, steps=None, sent={}, emptied=set(),
    )
