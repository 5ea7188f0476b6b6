"""The figures of a bulletin by their keys: as they are kept with it, set by hand, and as the ledger
has them now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from db.metrics import metrics
from db.model import periods
from db.model.records import Record
from db.session import Session

KIND = "bulletin"
#: The field that names the record a bulletin is about.
ITEM_UID = "item_uid"
#: A figure as it is kept: label, value, numerator, denominator.
NumberJson = Mapping[str, str | None]


class Override(msgspec.Struct, frozen=True):
    """A figure set by hand, with the reason; marked in every draft until the bulletin is issued."""

    text: str
    reason: str
    by: str
    at: str


def number_json(number: metrics.Number) -> NumberJson:
    """A figure as it is kept."""

    def plain(value: int | Decimal | None) -> str | None:
        return None if value is None else str(value)

    return {
        "label": number.figure.label, "value": plain(number.value),
        "numerator": plain(number.numerator), "denominator": plain(number.denominator),
    }


def shown_kept(entry: NumberJson) -> str:
    """A kept figure in words."""
    value = entry["value"] if entry["value"] is not None else "无"
    return (
        f"{value}（{entry['numerator']}/{entry['denominator']}）"
        if entry["denominator"] is not None
        else str(value)
    )


def shown(number: metrics.Number) -> str:
    """A figure in words, as differences tell it."""
    return shown_kept(number_json(number))


def overrides_of(record: Record) -> dict[str, Override]:
    """The figures set by hand in a draft, by key."""
    kept = json.loads(record.values.get("hand_figures") or "{}")
    return {key: Override(**value) for key, value in kept.items()}


def kept_figures(record: Record) -> dict[str, NumberJson]:
    """The figures as they were when the draft was last filled, by key."""
    found: dict[str, NumberJson] = json.loads(record.values.get("figure_stub") or "{}")
    return found


def number_kept(session: Session, key: str, kept: NumberJson) -> metrics.Number | None:
    """A kept figure as a number; None for a figure that the program does not know any more."""
    known, name = metrics.declared(session), key.split("|")[0]
    value, above, below = (_number(kept[part]) for part in ("value", "numerator", "denominator"))
    return metrics.Number(known.get(name), value, above, below) if name in known else None


def _number(text: str | None) -> int | Decimal | None:
    return None if text is None else Decimal(text) if "." in text else int(text)


def label_of(session: Session, record: Record, key: str, label: str) -> str:
    """A figure's label, with the unit and the period it is of where they are not the whole
    bulletin's."""
    _, period, unit, *_ = key.split("|")
    parts = [session.unit_name(unit)] if unit and unit != record.values["about_unit"] else []
    if period and record.values["period_text"] and period != record.values["period_text"]:
        parts.append(periods.parse(period).label)
    return f"{label}（{'，'.join(parts)}）" if parts else label


def rows_of(session: Session, key: str, ledgers: Sequence[str] | None) -> metrics.Behind:
    """The records behind a figure by its key, those of then where its month is sealed; in a line of
    a table by something, only those of the line."""
    name, period, unit, *group = key.split("|")
    within = None
    if group:
        line = _line(session, key, ledgers)
        by, _, wanted = group[0].partition("=")
        # A line without the figure has no records; the key None would be those of no line.
        within = (by, line.key if line is not None else wanted)
    return metrics.rows(
        session, name, period=period or None, unit=unit or None, ledgers=ledgers, group=within
    )


def number_of(session: Session, key: str, ledgers: Sequence[str] | None) -> metrics.Number:
    """A figure by its key as the ledger has it now; nothing counted where its line has no row for
    it, though other figures keep the line in the table."""
    name, period, unit, *group = key.split("|")
    if not group:
        return metrics.count(
            session, [name], period=period or None, unit=unit or None, ledgers=ledgers
        )[name]
    line = _line(session, key, ledgers)
    if line is None:
        return metrics.nothing(metrics.declared(session).get(name))
    return line.numbers[name]


def _line(session: Session, key: str, ledgers: Sequence[str] | None) -> metrics.Group | None:
    name, period, unit, group = key.split("|")
    by, _, wanted = group.partition("=")
    lines = metrics.table(
        session, [name], by, period=period or None, unit=unit or None, ledgers=ledgers
    )
    return next((line for line in lines if str(line.key) == wanted), None)
