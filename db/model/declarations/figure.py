"""A figure: what is counted, of which rows, over which period."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Filter(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One condition of a figure: ``field op value``, or ``field op other`` with another field of
    the record.

    ``field`` may be "state", "parent.x" for a field of the record it hangs under, and "under.x" for
    how many records of kind x hang under it (blank: none). "named.x" with ``other`` asks that the
    person of the row (``Moment.by_name``) stands in a roster of kind x under the record that
    ``other`` names. ``value``
    "today" is the day of counting; for the state, "closed", "open", "counted", "void" stand for all
    states of that sort. ``op`` "all" and "any" join ``filters``.
    """

    field: str = ""
    op: Literal[
        "eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "blank", "filled", "all", "any"
    ]
    value: Any = None
    other: str | None = None
    filters: tuple[Filter, ...] = ()


class Figure(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A number that reports are made of, with the rows behind it.

    ``count`` is "rows", "sum:field", "mean:field", "latest:field" (the newest row per ``by``),
    "latest" (a share of those newest rows, of the year's) or "distinct:field,field"; "mean:a..b" is
    of the days from a to b. With
    ``denominator`` the value is a share in per cent, numerator ÷ denominator; rows of the numerator
    must be among those of the denominator.
    ``period`` is the date or month field that must fall in the period; none: the period does not
    matter. ``over`` says how: "events" began in the period, "standing" is in place on its last day,
    "during" was at any time of it. For these two ``until`` is the field of the last day in place,
    ``gone`` that of the day from which it is not. ``beside`` makes a figure of its own, by a label,
    for each other way, called after this one and the way.
    What is a draft or void counts in no figure that does not ask for such states by name;
    ``drafts`` lets drafts in, for what is a fact before it is given out.
    """

    name: str
    label: str
    over: Literal["events", "standing", "during"] = "events"
    until: str = ""
    gone: str = ""
    beside: dict[Literal["events", "standing", "during"], str] = {}
    #: Counted is not what happened in the period, but all that there is, as it stood the day
    #: "before" the period began or on its last day ("end"); ``period`` is the day it is there from.
    moment: Literal["", "before", "end"] = ""
    drafts: bool = False
    #: Counted is each handing over from one unit to another, for the one that got it or the one
    #: that gave it away; ``period`` is then "moved_on" and ``unit`` "moved_unit".
    moves: Literal["", "in", "out"] = ""
    #: Counted is each report that is due on a row (``db/metrics/report_due_days.py``); ``period``
    #: is then "report_due_on", "report" how it stands, "rhythm" in which rhythm it is due.
    slots: bool = False
    measure: str = "项"
    #: "万" or "亿", in which the value is told.
    scale: str = ""
    #: The field that holds the unit of measure, where each row has its own; rows of several units
    #: of measure have no value together.
    measured_by: str = ""
    family: str = ""
    kinds: tuple[str, ...] = ()
    lifecycles: tuple[str, ...] = ()
    #: For a child kind: only children of kinds of these lifecycles.
    parents: tuple[str, ...] = ()
    count: str = "rows"
    by: str = ""
    period: str | None = None
    unit: str | None = None
    where: tuple[Filter, ...] = ()
    numerator: tuple[Filter, ...] = ()
    denominator: tuple[Filter, ...] | None = None
    #: A share of two sums: the field of the denominator, where it is not that of ``count``.
    divide_by: str = ""
    #: A share of two other figures: the name of the one above and of the one below.
    share_of: tuple[str, ...] = ()
    #: What it may be told apart by; nothing: by whatever its ledgers know.
    group_by: tuple[str, ...] = ()
    #: "office" for one that the office made (``metrics/own_figures.py``).
    source: Literal["", "office"] = ""
    #: "up" and "down" say whether a higher value is better, for scores and arrows.
    better: Literal["up", "down", ""] = ""
    places: int = 1
    formula: str = ""
    help: str = ""
    order: int = 100
