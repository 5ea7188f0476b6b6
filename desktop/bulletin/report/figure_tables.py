"""Tables of figures by a group: ranks, totals, changes against the period before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from db.domain import monthly_review
from db.metrics import metrics
from db.metrics.metrics import Number
from db.model.declarations import Figure
from db.model.groups import ELSEWHERE, GROUPS, area_of
from db.model.periods import Period
from db.session import Session
from desktop.bulletin.document import Cell, Column, Table, TableRow, cell_text, plain
from desktop.bulletin.report import printed_cells
from desktop.bulletin.report.declaration import ColumnOf, TableOf
from desktop.bulletin.report.filling import ReportFilling
from desktop.bulletin.report.template_text import number_text

WORDS = {
    "order": "序号", "rank": "排名", "given": "发出时间", "handed_in": "报回时间",
    "status": "报送情况", "origin": "结转情况", "title": "事项", "ledger": "台账",
    "unit": "责任单位", "day": "时限", "standing": "情况", "times": "上会次数",
}
HEADINGS = {name: group.heading for name, group in GROUPS.items()}


def word_label(session: Session, word: str) -> str:
    """The heading of a column that is named by a word; "" for one that the table's group names."""
    return (
        monthly_review.points_label(session)
        if word == monthly_review.POINTS
        else WORDS.get(word, "")
    )


def scored(declared: TableOf) -> bool:
    """Whether anything in the table is a score of the monthly review."""
    return monthly_review.POINTS in (
        declared.rank, declared.compare, *(c.word for c in declared.columns),
    )


def _compared(
    filling: ReportFilling, declared: TableOf, found: metrics.Group, period: Period | None,
    name: str
) -> Decimal | int | None:
    """What a line is ranked or compared by: a figure's value, or the score by the rule of the
    period's review, which only units have."""
    if name == monthly_review.POINTS:
        return (
            monthly_review.score_of(found.numbers, filling.scoring(period))
            if found.key is not None
            else None
        )
    return found.numbers[name].value


def figure_table(filling: ReportFilling, declared: TableOf) -> Table | None:
    """Figures by a group, with ranks, total and changes where asked; None without groups."""
    wanted = _wanted(declared)
    groups = metrics.table(filling.session, wanted, declared.group, **filling.scope)
    if not groups:
        return None
    known = metrics.declared(filling.session)
    declared = msgspec.structs.replace(declared, columns=tuple(
        c for c in declared.columns
        if not c.if_any or any(g.numbers[c.figure].value for g in groups)
    ))
    groups, placed = _ranked(filling, declared, groups)
    filling.take(declared.group, groups, wanted)
    rows: list[TableRow] = []
    for order, (group, rank) in enumerate(zip(groups, placed, strict=True), 1):
        keys = _keys(filling, declared, group.key)
        rows.append(_figure_row(filling, declared, group, order, rank, keys))
    if declared.total:
        rows.append(_total_row(filling, declared, wanted))
    if declared.compare:
        _add_changes(filling, declared, groups, rows)
    shown = [(c, known.get(c.figure)) for c in declared.columns if c.figure]
    notes = declared.notes or tuple(f"{figure.formula}。" for c, figure in shown if c.parts)
    return Table(
        tuple(_columns(filling, declared)), rows, title=filling.plain(declared.title),
        measure=measures([(c.label or f.label, f) for c, f in shown if f.denominator is None]),
        source=filling.plain(declared.source), notes=tuple(n for n in notes if n),
        total=int(declared.total), size=declared.size,
    )


def _keys(filling: ReportFilling, declared: TableOf, line: object) -> dict[str, str]:
    """By which its figures are known in a line; none in that of no group."""
    names = [c.figure for c in declared.columns if c.figure] if line is not None else []
    return {name: filling.line_key(name, declared.group, line) for name in names}


def _wanted(declared: TableOf) -> list[str]:
    """The figures that a table is made of, shown or not."""
    names = [c.figure for c in declared.columns if c.figure]
    if declared.rank and declared.rank != monthly_review.POINTS:
        names.append(declared.rank)
    return list(dict.fromkeys([*names, *(monthly_review.SCORED if scored(declared) else ())]))


def _ranked(
    filling: ReportFilling, declared: TableOf, groups: list[metrics.Group]
) -> tuple[list[metrics.Group], list[int | None]]:
    """The groups in the order of their ranks, with these; as they are where nothing is ranked."""
    if not declared.rank:
        return groups, [None] * len(groups)
    period, known = filling.choice.period, metrics.declared(filling.session)
    values = [_compared(filling, declared, g, period, declared.rank) for g in groups]
    if area_of(declared.group):  # what stands under no city or county is not one
        keyed = zip(values, groups, strict=True)
        values = [value if group.key != ELSEWHERE else None for value, group in keyed]
    fewer = declared.rank in known and known.get(declared.rank).better == "down"
    placed = monthly_review.ranks([-v if fewer and v is not None else v for v in values])
    order = sorted(range(len(groups)), key=lambda i: (placed[i] is None, placed[i] or 0, i))
    return [groups[i] for i in order], [placed[i] for i in order]


def _total_row(filling: ReportFilling, declared: TableOf, wanted: list[str]) -> TableRow:
    choice = filling.choice
    numbers = metrics.count(filling.session, wanted, **filling.scope)
    keys = {name: filling.key(name, choice.unit) for name in wanted}
    filling.used.update({keys[name]: numbers[name] for name in wanted})
    whole = metrics.Group(None, "合　计", numbers)
    return _figure_row(filling, declared, whole, None, None, keys)


def _columns(filling: ReportFilling, declared: TableOf) -> Iterator[Column]:
    known = metrics.declared(filling.session)
    for column in declared.columns:
        if column.figure:
            label = column.label or known.get(column.figure).label
            yield Column(label, column.width, "right", numeric=not column.parts)
        else:
            word = word_label(filling.session, column.word) or HEADINGS.get(declared.group, "")
            yield printed_cells.column(
                column.label or word, column.width,
                {"group": "unit", "score": "decimal", "rank": "choice"}.get(column.word),
            )
    if declared.compare:
        period = filling.choice.period
        yield Column(f"较{period.words()[1] if period else '上期'}", None, "right")


def measures(columns: Sequence[tuple[str, Figure]]) -> str:
    """The units of measure of a table's columns, as they stand over it; those that say theirs in
    the heading or in each cell need none."""
    said: dict[str, list[str]] = {}
    for label, figure in columns:
        if figure.measure and "（" not in label:
            said.setdefault(figure.measure, []).append(label)
    if len(said) == 1 and sum(map(len, said.values())) == len(columns):
        return next(iter(said))
    return "；".join(f"{'、'.join(labels)}：{measure}" for measure, labels in said.items())


def _figure_row(
    filling: ReportFilling, declared: TableOf, group: metrics.Group, order: int | None,
    rank: int | None, keys: Mapping[str, str],
) -> list[Cell | str | Decimal | int | None]:
    row: list[Cell | str | Decimal | int | None] = []
    for column in declared.columns:
        if column.word == "group":
            row.append(group.label)
        elif column.word == monthly_review.POINTS:
            points = _compared(
                filling, declared, group, filling.choice.period, monthly_review.POINTS
            )
            row.append("—" if points is None else number_text(points))
        elif column.word:
            place = order if column.word == "order" else rank
            row.append("" if place is None else str(place))
        else:
            row.append(_placed_cell(filling, declared, group, column, keys.get(column.figure)))
    return row


def _placed_cell(
    filling: ReportFilling, declared: TableOf, group: metrics.Group, column: ColumnOf,
    key: str | None
) -> Cell | str | Decimal | int | None:
    """A figure's cell, as counted or as set by hand; with a key it is told where it stands."""
    number = group.numbers[column.figure]
    cell = _figure_cell(number, column)
    if key is None:
        return cell
    hand = filling.by_hand(key)
    filling.place(
        declared.name, key, group.label, column.label or number.figure.label,
        hand.text if hand else plain(cell_text(cell)),
    )
    return cell if hand is None else Cell((hand,))


def _figure_cell(number: Number, column: ColumnOf) -> str | Decimal | int | None:
    if number.value is None:
        return "—"
    if number.figure.denominator is None:
        return f"{number_text(number.value)}{number.said}" if number.said else number.value
    text = f"{number_text(number.value)}％"
    if column.parts:
        text += f"（{number_text(number.numerator)}/{number_text(number.denominator)}）"
    return text


def _add_changes(
    filling: ReportFilling, declared: TableOf, groups: Sequence[metrics.Group], rows: list[TableRow]
) -> None:
    """A last column: the share or score less that of the period before, in points (＋1.2)."""
    period = filling.choice.period
    before = {} if period is None else _earlier(filling, declared, period.before())
    keys = [g.key for g in groups]
    values = [_compared(filling, declared, g, period, declared.compare) for g in groups]
    if declared.total:
        by_score = declared.compare == monthly_review.POINTS
        keys.append("total")
        values.append(None if by_score else filling.number(declared.compare).value)
    for row, key, value in zip(rows, keys, values, strict=True):
        assert isinstance(row, list)
        row.append(_change(value, before.get(key)))


def _change(value: Decimal | int | None, earlier: Decimal | int | None) -> str:
    if value is None or earlier is None:
        return "—"
    change = Decimal(value) - Decimal(earlier)
    return "持平" if change == 0 else f"{'＋' if change > 0 else '－'}{abs(change):f}"


def _earlier(
    filling: ReportFilling, declared: TableOf, period: Period
) -> dict[object, Decimal | int | None]:
    """What the lines are compared with, by their keys and "total"."""
    unit, by_score = filling.choice.unit, declared.compare == monthly_review.POINTS
    wanted = list(monthly_review.SCORED) if by_score else [declared.compare]
    found = metrics.table(
        filling.session, wanted, declared.group, period=period, unit=unit, ledgers=filling.ledgers
    )
    filling.take(declared.group, found, wanted, period)
    before: dict[object, Decimal | int | None] = {
        group.key: _compared(filling, declared, group, period, declared.compare) for group in found
    }
    if declared.total and not by_score:  # what all units did together is not scored
        total = metrics.count(
            filling.session, wanted, period=period, unit=unit, ledgers=filling.ledgers
        )[declared.compare]
        filling.used[filling.key(declared.compare, unit, period=period)] = total
        before["total"] = total.value
    return before
