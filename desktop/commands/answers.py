"""How answers are given: one JSON document with --json, else plain lines; and the JSON shape of a
record."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from db.errors import BadInput, ZhengxianError
from db.model.fieldtypes import TYPES
from db.model.records import Record
from db.session import Session


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def write_json(answer: object) -> None:
    """One JSON document on standard output, and nothing else."""
    data = msgspec.json.format(msgspec.json.encode(answer, enc_hook=_plain), indent=1)
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line of an answer on standard output."""
    sys.stdout.write(text + "\n")


def tell(text: str) -> None:
    """A message for the person, on standard error."""
    sys.stderr.write(text + "\n")


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Rows as lines parted by tabs, with a heading; for people and for cut(1)."""
    say("\t".join(columns))
    for row in rows:
        say(
            "\t".join(
                "" if row.get(c) is None else str(row[c]).replace("\t", " ").replace("\n", " ")
                for c in columns
            )
        )


def record_json(session: Session, record: Record) -> dict[str, object]:
    """A record in the shape of the contract; units and references in ``values`` are uids, ``unit``
    is the unit's name."""
    kind = session.kinds.get(record.kind)
    unit = record.values.get(kind.unit) if kind.unit else None
    if isinstance(unit, tuple):
        unit = unit[0]
    return {
        "uid": record.uid, "kind": record.kind, "state": record.state,
        "light": session.light(record), "unit": session.unit_name(unit) if unit else None,
        "deleted": record.deleted,
        "values": {
            f.name: TYPES[f.type].to_json(record.values.get(f.name)) for f in kind.all_fields
        },
    }


def parse_assignments(
    session: Session, kind_name: str, assignments: Sequence[str]
) -> dict[str, object]:
    """FIELD=VALUE… as values; a field may be named by its label, a value is typed as in a form.
    Blank empties the field."""
    kind = session.kinds.get(kind_name)
    session.book_of(kind_name)  # who may not open it is told so, not that a value is unknown
    by_label = {f.label: f for f in kind.all_fields}
    values: dict[str, object] = {}
    for text in assignments:
        name, mark, typed = text.partition("=")
        if not mark:
            raise BadInput(f"「{text}」应写成 字段=值。")
        field = by_label.get(name.strip()) or kind.field(name.strip())
        values[field.name] = TYPES[field.type].parse(typed, field, session.names)
    return values


def error_json(error: ZhengxianError) -> dict[str, object]:
    """An error for scripts: the sentence, and each problem with its field."""
    answer: dict[str, object] = {"error": error.message}
    if isinstance(error, BadInput) and error.problems:
        answer["problems"] = [{"field": p.field, "message": p.message} for p in error.problems]
    return answer
