"""Totals that a record states of the rows under it: how many attendances its roster holds, how many
different people.

Declared as any other field that is worked out (``Field.fill``): "rows:child" counts the rows of a
kind under the record, "different:child.x,child.y" those that differ in these fields;
"newest:child.x,child.day" is what the row of the latest day says, "reached:child.day,child.weight"
how much of all, in per cent by weight, has its day. A blank is filled and follows the
rows from then on, also where the record was closed before the roster came. What was typed and says
something else stands, and is told apart (``contradictions``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from db.errors import BadInput, NotPermitted
from db.model import computed_fields, lineage
from db.model.computed_fields import BELOW, TENTH, child_of, parse_formula
from db.model.fieldtypes import TYPES, type_of
from db.model.records import OWN, Elsewhere, Values
from db.model.rules import elsewhere_of
from db.model.sql import quoted
from db.model.text_equality import unspaced_sql

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Field, Kind
    from db.model.kinds import Kinds
    from db.model.records import Record


#: How a total is told of that the rows do not bear out: by what, and what an emptied field follows.
_SAID = {"newest": ("最近一条{}", "按最近一条"), "reached": ("按{}算", "按{}算")}


def fields_of(kind: Kind, child: str | None = None) -> list[Field]:
    """The fields of a kind that count rows under it, of one child kind or of any."""
    found = [f for f in kind.all_fields if f.fill and parse_formula(f.fill)[0] in BELOW]
    return found if child is None else [f for f in found if child_of(f) == child]


def counts_of(session: ReadContext, kind: Kind, uid: str, child: str | None = None) -> Values:
    """Field → what the rows under the record come to; nothing for a field while there is no row."""
    found: Values = {}
    for field in fields_of(kind, child):
        rows = _come_to(session, field, uid)
        if rows is not None:
            found[field.name] = rows
    return found


def _come_to(session: ReadContext, field: Field, uid: str) -> Any:
    way, operands = parse_formula(field.fill)
    child = session.kinds.get(child_of(field))
    if not session.opens(child.name):
        return None
    names = [operand.partition(".")[2] for operand in operands]
    if way in ("newest", "reached"):
        rows = [each.values for each in session.children(uid, child.name)]
        return (_newest if way == "newest" else _reached)(rows, *names)
    return _count(session, child, uid, names if way == "different" else [])


def _newest(rows: Sequence[Values], said: str, day: str) -> Any:
    """What the row of the latest day says."""
    dated = [row for row in rows if row.get(day) is not None]
    return max(dated, key=lambda row: row[day]).get(said) if dated else None


def _reached(rows: Sequence[Values], day: str, weight: str) -> Decimal | None:
    """How much has its day, in per cent of all, by weight; alike where no weight is given."""
    if not rows:
        return None
    weights = [Decimal(row.get(weight) or 0) for row in rows]
    if not any(weights):
        weights = [Decimal(1)] * len(rows)
    parts = zip(weights, rows, strict=True)
    done = sum((w for w, row in parts if row.get(day) is not None), Decimal(0))
    share = done * 100 / sum(weights, Decimal(0))
    return share.quantize(TENTH, rounding=ROUND_HALF_UP)


def _count(session: ReadContext, child: Kind, uid: str, different: Sequence[str]) -> int | None:
    """How many rows there are, or how many that differ in these fields; None while there is no
    row."""
    table, where = quoted(child.name), "c.parent = ? AND c.deleted = 0"
    counted, joined = "*", ""
    if different:
        same = session.names.succession.same_sql
        # a unit that was but renamed is one and the same, and so is a name with blanks in it
        columns = [_alike(child.field(name), f"c.{quoted(name)}", same) for name in different]
        words = " || char(31) || ".join(f"coalesce({c}, '')" for c in columns)
        link = session.kinds.person_of(child)
        if link is not None and child.moment and set(child.moment.by_name or ()) == set(different):
            words, joined = lineage.decided_sql(
                "c", link.name, words, f"{table} r", words.replace("c.", "r."),
                " AND r.parent = ?",
            )
        counted = f"DISTINCT {words}"
    text = f"SELECT count({counted}) FROM {table} c{joined} WHERE {where}"
    given = (uid,) * (2 if joined else 1)
    found = session.book_of(child.name).connection.execute(text, given).fetchone()[0]
    return int(found) or None


def _alike(field: Field, column: str, same: Callable[[str], str]) -> str:
    """A column by which rows are told apart, as SQL."""
    if type_of(field).one_unit:
        return same(column)
    return unspaced_sql(column) if type_of(field).single_line else column


class Watch:
    """Records whose rows are about to be written: what the rows come to before, and what is to
    follow after."""

    def __init__(self, session: WriteContext) -> None:
        self._session = session
        self._before: dict[tuple[str, str], Values] = {}

    def see(self, kind: Kind, parent: str | None) -> None:
        """A row of ``kind`` under that record will be written."""
        if parent is None:
            return
        for above in self._above(kind):
            if (above.name, parent) not in self._before and self._session.get(
                above.name, parent
            ) is not None:
                self._before[above.name, parent] = counts_of(
                    self._session, above, parent, kind.name
                )

    def _above(self, kind: Kind) -> Sequence[Kind]:
        return _counting(self._session.kinds).get(kind.name, ())

    def write(self) -> None:
        """Write the totals of this office's own records where they stood as the rows had it before,
        or were blank."""
        for (name, uid), before in self._before.items():
            kind, record = self._session.kinds.get(name), self._session.get(name, uid)
            if record is None or record.issuer != OWN:
                continue
            now = counts_of(self._session, kind, uid)
            following = [
                f.name for f in fields_of(kind) if record.values.get(f.name) == before.get(f.name)
            ]
            values = {n: now.get(n) for n in following if now.get(n) != record.values.get(n)}
            if values:
                # a total that was typed beside may contradict it: then it stays as it is, and is
                # told
                with contextlib.suppress(BadInput, NotPermitted):
                    self._session.set_checked(record, values)


@contextlib.contextmanager
def updating_rollups(session: WriteContext, kind: Kind, parent: str | None) -> Iterator[None]:
    """Around a write of one row: the totals of the record above follow it."""
    if parent is None or not kind.parent:
        yield
        return
    watch = Watch(session)
    watch.see(kind, parent)
    yield
    watch.write()


def rests_on(session: ReadContext, kind: Kind) -> bool:
    """Whether rows under a record of this kind, or the record above it, are worked out from it."""
    return kind.name in _resting(session.kinds) or kind.name in _counting(session.kinds)


def recompute_below(
    session: WriteContext, kind: Kind, record: Record, before: Mapping[str, object]
) -> None:
    """Write again what this office's rows under a record work out from it, after the record was
    ``before``: shares of a target that was set anew."""
    below = _resting(session.kinds).get(kind.name)
    if below is None:
        return
    changed = {name: value for name, value in record.values.items() if before.get(name) != value}

    def seen(owner: Mapping[str, object], usual: Elsewhere) -> Elsewhere:
        return lambda name: (
            owner.get(name.partition(".")[2]) if name.startswith("parent.") else usual(name)
        )

    for child in below:
        resting = computed_fields.resting_above(child, changed)
        if not resting or not session.opens(child.name):
            continue
        for each in session.children(record.uid, child.name):
            usual = elsewhere_of(session, child, each.values, each, None)
            values = computed_fields.recomputed_if_derived(
                resting, each, seen(before, usual), seen(record.values, usual)
            )
            if values and each.issuer == OWN:
                with contextlib.suppress(BadInput, NotPermitted):
                    session.set_checked(each, values)


@lru_cache(maxsize=4)
def _counting(kinds: Kinds) -> dict[str, list[Kind]]:
    """Kind → the kinds that count its rows under them."""
    found: dict[str, list[Kind]] = {}
    for above in kinds:
        for child in {child_of(field) for field in fields_of(above)}:
            found.setdefault(child, []).append(above)
    return found


@lru_cache(maxsize=4)
def _resting(kinds: Kinds) -> dict[str, list[Kind]]:
    """Kind → the kinds under it of which a field is worked out from one of its own."""
    found: dict[str, list[Kind]] = {}
    for kind in kinds:
        for child in kinds.children_of(kind.name):
            if any(
                f.fill
                and any(
                    name.startswith("parent.") for name in computed_fields.parse_formula(f.fill)[1]
                )
                for f in child.all_fields
            ):
                found.setdefault(kind.name, []).append(child)
    return found


def recounted(
    session: ReadContext, kind: Kind, record: Record, changed: Mapping[str, object]
) -> Values:
    """What to write where a person empties a total: what the rows come to."""
    emptied = [f.name for f in fields_of(kind) if f.name in changed and changed[f.name] is None]
    now = counts_of(session, kind, record.uid) if emptied else {}
    return {name: now[name] for name in emptied if name in now}


def contradictions(session: ReadContext, record: Record) -> list[tuple[str, Any, Any]]:
    """(field, what it says, what the rows come to) for each total that the rows under the record do
    not bear out."""
    kind = session.kinds.get(record.kind)
    cycle = session.kinds.lifecycle_of(kind)
    closed = cycle is not None and record.state is not None and cycle.state(record.state).closed
    now = counts_of(session, kind, record.uid)
    return [
        (f.name, record.values[f.name], now[f.name])
        for f in fields_of(kind)
        if f.name in now
        and record.values.get(f.name) is not None
        and record.values[f.name] != now[f.name]
        # closing says that all is done, whatever milestone nobody ticked off
        and not (closed and parse_formula(f.fill)[0] == "reached")
    ]


def contradictions_text(session: ReadContext, record: Record) -> str:
    """The same as a sentence; empty when everything agrees."""
    kind = session.kinds.get(record.kind)
    lines, parts = [], []
    for name, typed, rows in contradictions(session, record):
        field = kind.field(name)
        below = session.kinds.get(child_of(field)).label
        way = _SAID.get(parse_formula(field.fill)[0])
        if way is not None:
            was, would = (
                TYPES[field.type].format(each, field, session.names) for each in (typed, rows)
            )
            by, again = (words.format(below) for words in way)
            lines.append(
                f"「{field.label}」填的是{was}，{by}是{would}，请核对；清空这一栏即{again}。"
            )
        else:
            parts.append(f"「{field.label}」填的是 {typed}，按{below}是 {rows}")
    lines = [*lines, "；".join(parts) + "，请核对；清空这一栏即按名单算。"] if parts else lines
    parts = []
    for field, value in computed_fields.contradictions(
        kind, record.values, elsewhere_of(session, kind, record.values, record, None)
    ):
        was, would = (
            TYPES[field.type].format(each, field, session.names)
            for each in (record.values[field.name], value)
        )
        parts.append(f"「{field.label}」填的是{was}，按有关各栏算是{would}")
    lines += ["；".join(parts) + "，请核对；清空这一栏即自动算出。"] if parts else []
    return "\n".join(lines)
