"""The search over everything a person can open: hits of every kind, each with the place where the
term stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.query import Query
from db.model.records import Record
from db.store.fulltext import folded, terms_of

if TYPE_CHECKING:
    from db.model.context import ReadContext


class Hit(msgspec.Struct, frozen=True):
    """One record found by the search over everything."""

    kind: str
    uid: str
    title: str
    snippet: str
    deleted: bool = False


def everywhere(session: ReadContext, text: str, limit: int) -> list[Hit]:
    """At most ``limit`` hits for words, two characters, pinyin or names of units, the newest of
    each kind; blank text has none."""
    if not text.strip():
        return []
    asked = (
        Query(kind=k.name, search=text, deleted="any", sort=(("updated_at", True),), limit=limit)
        for k in session.visible_kinds()
    )
    return [
        Hit(
            r.kind, r.uid, session.title_of(r),
            _snippet(session, session.kinds.get(r.kind), r, text), r.deleted,
        )
        for r in _shared_out([session.find(each) for each in asked], limit)
    ]


def _shared_out(found: Sequence[Sequence[Record]], most: int) -> list[Record]:
    """At most so many of all, each list giving as evenly as it can: a word that fills one ledger
    does not hide the others."""
    taken, left = [0] * len(found), most
    while left > 0 and (
        open_ := [at for at, records in enumerate(found) if taken[at] < len(records)]
    ):
        share = max(1, left // len(open_))
        for at in open_[:left]:
            more = min(share, len(found[at]) - taken[at])
            taken[at] += more
            left -= more
    return [
        record for records, count in zip(found, taken, strict=True) for record in records[:count]
    ]

def _snippet(session: ReadContext, kind: Kind, record: Record, text: str) -> str:
    """The first place where a term stands, with its field; else the unit or the state."""
    shown = [field for field in kind.all_fields if _is_looked_through(field, kind)]
    for term in terms_of(text):
        needle = folded(term)
        for field in shown:
            value = str(record.values.get(field.name) or "")
            at = folded(value).find(needle)
            if at >= 0:
                start = max(0, at - 12)
                cut = f"{field.label}：{'…' if start else ''}{value[start : at + 40]}"
                return cut.replace("\n", " ")
    if kind.unit and record.values.get(kind.unit):
        return session.text(record, kind.unit)
    return session.text(record, "state") if record.state else ""


def _is_looked_through(field: Field, kind: Kind) -> bool:
    """Whether a place in the field may be shown: the title is shown anyway, a secret never."""
    return type_of(field).plain_text and not type_of(field).secret and field.name != kind.title
