"""Tables of a report: figures by group with ranks and totals, or records with their declared
fields."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from db.domain import monthly_review, return_status
from db.metrics import metrics, sealed_figures, sealed_rows
from db.metrics.metrics import Number
from db.model import periods
from db.model.dates import chinese_date
from db.model.declarations import Kind
from db.model.fieldtypes import of
from db.model.periods import Period
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from desktop.bulletin.blocks.tables import cell_text
from desktop.bulletin.document import Cell, Chart, Column, Series, Table, TableRow, plain
from desktop.bulletin.report import cells
from desktop.bulletin.report.report_file import ChartOf, ColumnOf, TableOf
from desktop.bulletin.report.template_text import number_text

if TYPE_CHECKING:
    from desktop.bulletin.report.reports import Builder

WORDS = {
    "order": "序号", "rank": "排名", "given": "发出时间", "handed_in": "报回时间",
    "status": "报送情况",
}
GROUPS = {
    "unit": "单位", "ledger": "台账", "leader": "牵头领导", "week": "周次", "month": "月份",
    "year": "年度",
}


def table(builder: Builder, declared: TableOf) -> Table | None:
    """The filled table; None when there is nothing to show."""
    if declared.lines:
        return _of_lines(builder, declared)
    if declared.handin:
        return _of_handin(builder, declared)
    if declared.facts:
        return _of_facts(builder, declared)
    return _of_figures(builder, declared) if declared.group else _of_records(builder, declared)


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
    builder: Builder, declared: TableOf, found: metrics.Group, period: Period | None, name: str
) -> Decimal | int | None:
    """What a line is ranked or compared by: a figure's value, or the score by the rule of the
    period's review, which only units have."""
    if name == monthly_review.POINTS:
        return (
            monthly_review.score_of(found.numbers, builder.scoring(period))
            if found.key is not None
            else None
        )
    return found.numbers[name].value


def _of_figures(builder: Builder, declared: TableOf) -> Table | None:
    names = [c.figure for c in declared.columns if c.figure]
    by_figure = [declared.rank] if declared.rank and declared.rank != monthly_review.POINTS else []
    wanted = list(
        dict.fromkeys([*names, *by_figure, *(monthly_review.SCORED if scored(declared) else ())])
    )
    choice = builder.choice
    groups = sealed_figures.table(
        builder.session,
        wanted,
        declared.group,
        period=choice.period,
        unit=choice.unit,
        ledgers=builder.ledgers,
    )
    if not groups:
        return None
    placed: list[int | None] = [None] * len(groups)
    if declared.rank:
        placed = monthly_review.ranks(
            [_compared(builder, declared, g, choice.period, declared.rank) for g in groups]
        )
        order = sorted(range(len(groups)), key=lambda i: (placed[i] is None, placed[i] or 0, i))
        groups, placed = [groups[i] for i in order], [placed[i] for i in order]
    rows: list[TableRow] = []
    builder.take(declared.group, groups, wanted)
    for place, group in enumerate(groups):
        keys = (
            {}
            if group.key is None
            else {name: builder.line_key(name, declared.group, group.key) for name in names}
        )
        rows.append(_figure_row(builder, declared, group, place + 1, placed[place], keys))
    if declared.total:
        numbers = sealed_figures.count(
            builder.session, wanted, period=choice.period, unit=choice.unit, ledgers=builder.ledgers
        )
        keys = {name: builder.key(name, choice.unit) for name in wanted}
        builder.used.update({keys[name]: numbers[name] for name in wanted})
        rows.append(
            _figure_row(builder, declared, metrics.Group(None, "合　计", numbers), None, None, keys)
        )
    known = metrics.declared(builder.session)
    if declared.compare:
        _add_changes(builder, declared, groups, rows)
    columns = []
    for column in declared.columns:
        if column.figure:
            label = column.label or known.get(column.figure).label
            columns.append(Column(label, column.width, "right", numeric=not column.parts))
        else:
            label = (
                column.label
                or word_label(builder.session, column.word)
                or GROUPS.get(declared.group, "")
            )
            columns.append(
                cells.column(
                    label, column.width,
                    {"group": "unit", "score": "decimal", "rank": "choice"}.get(column.word),
                )
            )
    if declared.compare:
        columns.append(
            Column(f"较{choice.period.words()[1] if choice.period else '上期'}", None, "right")
        )
    notes = declared.notes + tuple(
        f"{known.get(c.figure).formula}。" if not declared.notes else ""
        for c in declared.columns
        if c.parts
    )
    return Table(
        tuple(columns), rows, title=builder.plain(declared.title), source=builder.plain(declared.source),
        notes=tuple(n for n in notes if n), total=int(declared.total), size=declared.size,
    )  # fmt: skip


def _figure_row(
    builder: Builder,
    declared: TableOf,
    group: metrics.Group,
    order: int | None,
    rank: int | None,
    keys: Mapping[str, str],
) -> list[Cell | str | Decimal | int | None]:
    row: list[Cell | str | Decimal | int | None] = []
    numbers, label = group.numbers, group.label
    for column in declared.columns:
        if column.word == "group":
            row.append(label)
        elif column.word == monthly_review.POINTS:
            points = _compared(
                builder, declared, group, builder.choice.period, monthly_review.POINTS
            )
            row.append("—" if points is None else f"{Decimal(points).normalize():f}")
        elif column.word:
            place = order if column.word == "order" else rank
            row.append("" if place is None else str(place))
        else:
            number = numbers[column.figure]
            cell, key = _figure_cell(number, column), keys.get(column.figure)
            row.append(cell)
            if key is not None:
                hand = builder.by_hand(key)
                if hand is not None:
                    row[-1] = Cell((hand,))
                heading = column.label or number.figure.label
                builder.place(
                    declared.name, key, label, heading,
                    hand.text if hand else plain(cell_text(cell)),
                )
    return row


def _figure_cell(number: Number, column: ColumnOf) -> str | Decimal | int | None:
    if number.figure.denominator is None:
        return 0 if number.value is None else number.value
    if number.value is None:
        return "—"
    text = f"{number_text(number.value)}％"
    if column.parts:
        text += f"（{number_text(number.numerator)}/{number_text(number.denominator)}）"
    return text


def within(field: str, period: Period | None) -> tuple[Where, ...]:
    """That a date or month field falls in the chosen period."""
    return (
        (Where(field, "ge", period.first), Where(field, "le", period.last))
        if field and period is not None
        else ()
    )


def typed(kind: Kind, where: Sequence[Where]) -> tuple[Where, ...]:
    """Conditions with values of their fields' types: a day kept as text is a day again, a day of a
    month field its month."""
    return tuple(Where(each.field, each.op, _typed(kind, each.field, each.value)) for each in where)


def _typed(kind: Kind, name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_typed(kind, name, part) for part in value]
    field = kind.field(name) if kind.has(name) else None
    if field is None or not of(field).dated or value is None:
        return value
    if of(field).is_month:
        return str(value)[:7]
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _of_records(builder: Builder, declared: TableOf) -> Table | None:
    session = builder.session
    records: list[Record]
    if declared.children:
        parent = builder.forerunner() if declared.of_previous else builder.choice.item
        records = session.children(parent.uid, declared.children) if parent is not None else []
    elif declared.rows_of:
        behind = sealed_rows.behind(
            session, declared.rows_of, period=builder.choice.period, unit=builder.choice.unit,
            ledgers=builder.ledgers, limit=declared.limit,
        )  # fmt: skip
        records = [session.must_get(r.kind, r.uid) for r in behind.rows if r.counted]
    else:
        where = declared.where
        if declared.of_unit and builder.choice.unit:
            where += (Where("unit", "in", [builder.choice.unit]),)
        if declared.same and builder.choice.item is not None:
            shared = {name: builder.choice.item.values.get(name) for name in declared.same}
            if any(value is None for value in shared.values()):
                return None
            where += tuple(Where(name, "eq", value) for name, value in shared.items())
        where += within(declared.period, builder.choice.period)
        query = Query(
            kind=declared.kind, where=typed(session.kinds.get(declared.kind), where),
            sort=declared.sort, limit=declared.limit,
        )
        records = session.find(query)
    if not records and not declared.least_rows:
        return None
    chosen = declared.columns
    if declared.all_fields:
        kind = session.kinds.get(records[0].kind if records else declared.children or declared.kind)
        shown = [
            f for f in kind.shown("print") if any(r.values.get(f.name) is not None for r in records)
        ]
        chosen = (ColumnOf(word="order", width=0.08), *(ColumnOf(field=f.name) for f in shown))
    columns = []
    for column in chosen:
        label = column.label or _field_label(builder, records, column, declared)
        field = _declared_field(builder, records, declared, column.field) if column.field else None
        serial = column.word == "order"
        columns.append(
            cells.column(label, column.width, None if serial else field.type if field else "choice")
        )
    rows = [[_field_cell(builder, r, c, i + 1) for c in chosen] for i, r in enumerate(records)]
    empty = max(3, declared.least_rows - len(records)) if declared.least_rows else 0
    rows += [
        ["" if c.word != "order" else str(len(records) + i + 1) for c in chosen]
        for i in range(empty)
    ]
    return Table(
        tuple(columns), rows, title=builder.plain(declared.title), source=builder.plain(declared.source),
        notes=declared.notes, size=declared.size, row_height=declared.row_height,
    )  # fmt: skip


def _of_lines(builder: Builder, declared: TableOf) -> Table:
    """Rows written out in the declaration: every other cell is a label in 黑体, the others are
    texts or room to write."""
    width = max(len(line) for line in declared.lines)
    rows: list[TableRow] = []
    for line in declared.lines:
        cells_: list[Cell] = []
        for place, template in enumerate(line):
            text = builder.plain(template)
            wide = width - len(line) + 1 if place == len(line) - 1 else 1
            cells_.append(
                Cell(text, wide, face="hei", align="center") if place % 2 == 0 else Cell(text, wide)
            )
        rows.append(cells_)
    columns = tuple(Column(width=0.18 if place % 2 == 0 else None) for place in range(width))
    return Table(columns, rows, head=((),), size=declared.size, row_height=declared.row_height)


def handin_rows(builder: Builder) -> list[return_status.UnitBoard]:
    """Which units handed in their workbook in the chosen week: all, or the chosen unit."""
    period = builder.choice.period
    if period is None:
        return []
    found = return_status.board(builder.session, period)
    return [row for row in found if builder.choice.unit in (None, row.unit)]


def _of_handin(builder: Builder, declared: TableOf) -> Table | None:
    """The hand-in board: units that were given nothing in the period are left out."""
    board = [row for row in handin_rows(builder) if row.status != "none"]
    if not board:
        return None
    rows: list[TableRow] = []
    for place, row in enumerate(board):
        texts = {
            "order": str(place + 1), "group": builder.session.unit_name(row.unit), "status": return_status.STATUS[row.status],
            "given": _day(row.given), "handed_in": _day(row.handed_in),
        }  # fmt: skip
        rows.append([texts.get(c.word, "") for c in declared.columns])
    columns = []
    for column in declared.columns:
        label = column.label or WORDS.get(column.word) or GROUPS["unit"]
        columns.append(
            cells.column(
                label, column.width, {"order": None, "group": "unit"}.get(column.word, "date")
            )
        )
    return Table(
        tuple(columns), rows, title=builder.plain(declared.title), source=builder.plain(declared.source),
        notes=declared.notes, size=declared.size,
    )  # fmt: skip


def _day(moments: Sequence[str]) -> str:
    """The last of some moments as a day; a dash for none."""
    return chinese_date(dt.date.fromisoformat(moments[-1][:10])) if moments else "—"


def _of_facts(builder: Builder, declared: TableOf) -> Table | None:
    """Label and text of one item, a line each; fields the kind does not have or that are blank are
    left out."""
    record = builder.choice.item
    if record is None:
        return None
    rows: list[TableRow] = []
    for column in declared.columns:
        label = _field_label(builder, [record], column, declared)
        text = _field_cell(builder, record, column, 0)
        if label and text:
            rows.append([Cell(column.label or label, face="hei", align="center"), text])
    if not rows:
        return None
    return Table(
        (Column(width=0.22), Column()), rows, head=((),), size=declared.size,
        row_height=declared.row_height,
    )


def _add_changes(
    builder: Builder, declared: TableOf, groups: Sequence[metrics.Group], rows: list[TableRow]
) -> None:
    """A last column: the compared share or score less that of the period before, in points (＋1.2)."""
    period, by_score = builder.choice.period, declared.compare == monthly_review.POINTS
    before: dict[object, Decimal | int | None] = {}
    if period is not None:
        earlier, unit = period.before(), builder.choice.unit
        wanted = list(monthly_review.SCORED) if by_score else [declared.compare]
        found = sealed_figures.table(
            builder.session, wanted, declared.group, period=earlier, unit=unit,
            ledgers=builder.ledgers,
        )
        builder.take(declared.group, found, wanted, earlier)
        before = {
            group.key: _compared(builder, declared, group, earlier, declared.compare)
            for group in found
        }
        if declared.total and not by_score:  # what all units did together is not scored
            total = sealed_figures.count(
                builder.session, wanted, period=earlier, unit=unit, ledgers=builder.ledgers
            )
            builder.used[builder.key(declared.compare, unit, period=earlier)] = total[
                declared.compare
            ]
            before["total"] = total[declared.compare].value
    keys = [g.key for g in groups]
    values = [_compared(builder, declared, g, period, declared.compare) for g in groups]
    if declared.total and by_score:
        keys.append("total")
        values.append(None)
    elif declared.total:
        keys.append("total")
        values.append(builder.number(declared.compare).value)
    for row, key, value in zip(rows, keys, values, strict=True):
        earlier_value = before.get(key)
        text = "—"
        if value is not None and earlier_value is not None:
            change = Decimal(value) - Decimal(earlier_value)
            change = change.normalize() if by_score else change  # as the review writes a score
            text = "持平" if change == 0 else f"{'＋' if change > 0 else '－'}{abs(change):f}"
        assert isinstance(row, list)
        row.append(text)


def chart(builder: Builder, declared: ChartOf) -> Chart | None:
    """The filled chart; None when there is nothing to show."""
    groups = (
        _by_month(builder, declared) if declared.group == "month" else _by_group(builder, declared)
    )
    if not groups:
        return None
    known = metrics.declared(builder.session)
    series = []
    for name in declared.figures:
        label = known.get(name).label
        series.append(
            Series(
                label, tuple(_charted(builder, declared, key, group, name) for key, group in groups)
            )
        )
    first = groups[0][1].numbers[declared.figures[0]]
    return Chart(
        declared.kind, tuple(g.label for _, g in groups), tuple(series), title=builder.plain(declared.title),
        measure=first.measure, source=builder.plain(declared.source),
    )  # fmt: skip


#: A line of a chart: what gives the key of a figure in it, and its numbers.
Charted = tuple[Callable[[str], str], metrics.Group]


def _charted(
    builder: Builder, declared: ChartOf, key_of: Callable[[str], str], group: metrics.Group,
    name: str,
) -> Decimal | None:
    """What is drawn for one figure: the ledger's, or what was set by hand where that is a number."""
    key, value = key_of(name), group.numbers[name].value
    hand = builder.by_hand(key)
    set_to = as_number(hand.text) if hand else None
    builder.place(
        declared.name, key, group.label, group.numbers[name].figure.label,
        hand.text if hand else number_text(value),
    )
    return set_to if set_to is not None else None if value is None else Decimal(value)


def as_number(text: str) -> Decimal | None:
    """The number that a text set by hand begins with: 96.4％（27/28） is 96.4; None for words."""
    match = re.match(r"\s*([-－]?\d[\d,]*(?:\.\d+)?)", text)
    return Decimal(match.group(1).replace(",", "").replace("－", "-")) if match else None


def _by_group(builder: Builder, declared: ChartOf) -> list[Charted]:
    choice = builder.choice
    groups = sealed_figures.table(
        builder.session,
        declared.figures,
        declared.group,
        period=choice.period,
        unit=choice.unit,
        ledgers=builder.ledgers,
    )
    groups = [g for g in groups if g.key is not None]
    builder.take(declared.group, groups, declared.figures)
    return [(lambda name, key=g.key: builder.line_key(name, declared.group, key), g) for g in groups]  # type: ignore[misc]


def _by_month(builder: Builder, declared: ChartOf) -> list[Charted]:
    """Each month of the period up to today; none when the period is a single month."""
    choice = builder.choice
    months = [] if choice.period is None else periods.months_of(choice.period)
    months = [m for m in months if m.first <= builder.session.today]
    if len(months) < 2:
        return []
    groups: list[Charted] = []
    for month in months:
        numbers = sealed_figures.count(
            builder.session, declared.figures, period=month, unit=choice.unit,
            ledgers=builder.ledgers,
        )
        builder.used.update(
            {builder.key(n, choice.unit, period=month): numbers[n] for n in declared.figures}
        )
        group = metrics.Group(month.text, f"{month.first.month}月", numbers)
        groups.append((lambda name, month=month: builder.key(name, choice.unit, period=month), group))  # type: ignore[misc]
    return groups


def _field(builder: Builder, kind_name: str, name: str) -> Any:
    """The field a column means: by name, or the kind's title and unit by the words "title" and
    "unit"."""
    kind = builder.session.kinds.get(kind_name)
    if kind.has(name):
        return kind.field(name)
    name = kind.title if name == "title" else (kind.unit or name) if name == "unit" else name
    return kind.field(name) if kind.has(name) else None


def _declared_field(
    builder: Builder, records: Sequence[Record], declared: TableOf, name: str
) -> Any:
    """The field a column means, also where there is no record yet."""
    return _field(builder, records[0].kind if records else declared.children or declared.kind, name)


def _field_label(
    builder: Builder, records: Sequence[Record], column: ColumnOf, declared: TableOf
) -> str:
    if column.word:
        return WORDS.get(column.word, "")
    if column.field in ("state", "light"):
        return {"state": "办理状态", "light": "灯号"}[column.field]
    field = _declared_field(builder, records, declared, column.field)
    return field.label if field else ""


def _field_cell(builder: Builder, record: Record, column: ColumnOf, order: int) -> str:
    if column.word:
        return str(order) if column.word == "order" else ""
    if column.field in ("state", "light"):
        return builder.session.text(record, column.field)
    field = _field(builder, record.kind, column.field)
    return builder.session.text(record, field.name) if field else ""
