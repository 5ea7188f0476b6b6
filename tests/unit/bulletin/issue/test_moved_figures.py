"""For every figure of every report: one changed row turns the figure of a draft, and issuing is refused and says why.

Rows are changed as people change them, through the session: a row behind the figure is deleted; where that moves nothing (a mean, a
sum over rows that hold zero), the row's own values are changed; where different values are counted, all rows of one value are deleted;
where there is no row, one of another unit or another time is moved here.
Each change is taken back before the next.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from db.errors import BadInput, ZhengxianError
from db.metrics import metrics
from db.metrics.metric_sql import Aggregate
from db.metrics.sources import sources
from db.model.declarations import State
from db.model.periods import parse
from db.model.query import Query, Where
from db.model.records import Record
from db.session import Session
from desktop.bulletin.document import Article, Chart, Table, Turned, Wide
from desktop.bulletin.issue import editor_view, figures, issuing
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import Report, load_reports
from tests.report_office import chosen, opened
from tests.samples import as_person

#: Columns that are worked out from the figures beside them.
WORKED_OUT = ("得分", "较上期", "较上年")
REPORTS = [r for r in load_reports() if "cadre" not in r.kinds]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("moved") / "office", items=120)
    yield made
    made.close()


def checked_draft(session: Session, report: Report) -> str:
    """A draft, submitted by one and checked by another."""
    uid = issuing.new_draft(session, report.name, **chosen(session, report))
    session.take_step(issuing.KIND, uid, "submit")
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(issuing.KIND, uid, "check")
    return uid


def mark(session: Session, *rows: Any, deleted: bool) -> None:
    """Into the bin and back, as an import may do it: even what is closed, which no person may delete."""
    with session.atomic("import", "测试"):
        for row in rows:
            record = session.must_get(row.kind, row.uid)
            session.transaction(session.kinds.get(row.kind).book).update(record, {"deleted": deleted})


Way = tuple[Callable[[], object], Callable[[], object]]


def ways(session: Session, key: str, ledgers: Any) -> Iterator[Way]:
    """Changes that may move a figure, each with what takes it back, the simplest first."""
    name, period, unit, *group = key.split("|")
    figure = metrics.declared(session).get(name)
    if group and group[0].startswith("leader="):  # what a leader has in hand becomes late
        for row in metrics.rows(session, "in_hand", group=("leader", group[0].partition("=")[2])).rows[:2]:
            lights = session.kinds.get(row.kind).lights
            yield there_and_back(session, row.kind, row.uid, lights.deadline, session.today - dt.timedelta(days=1))
    behind = figures.rows_of(session, key, ledgers).rows
    rows = [r for r in behind if r.counted] + [r for r in behind if not r.counted]
    for row in rows[:4]:
        yield (lambda row=row: mark(session, row, deleted=True)), (lambda row=row: mark(session, row, deleted=False))
    fields = Aggregate.of(figure, figure.count).fields
    for row in rows[:4]:
        for field in fields:
            old = session.must_get(row.kind, row.uid).values.get(field)
            if isinstance(old, int | Decimal):
                yield there_and_back(session, row.kind, row.uid, field, old + 3)
    if Aggregate.of(figure, figure.count).way == "distinct" and rows:
        # One of many with the same value turns nothing: all of them go.
        def said(row: Any) -> list[Any]:
            return [session.must_get(row.kind, row.uid).values.get(field) for field in fields]

        alike = [row for row in rows if said(row) == said(rows[0])]
        yield (lambda: mark(session, *alike, deleted=True)), (lambda: mark(session, *alike, deleted=False))
    area = group[0].partition("=")[2] if group and group[0].startswith("by_c") else ""  # a city or county is a unit, too
    if given := unit or area:
        for row in counted(session, name, period, ledgers):
            for kind, uid in whose(session, row):
                yield there_and_back(session, kind, uid, session.kinds.get(kind).unit, given)
    yield from steps(session, figure, unit)
    span = parse(period) if period else None
    if figure.period and span is not None and not figure.moves:
        day = min(session.today, span.last)
        known = [(r.kind, r.uid) for r in counted(session, name, None, ledgers)]
        near = others(session, figure, unit)
        for kind, uid in [*known, *near, *(others(session, figure, "") if unit else ())]:
            field = session.kinds.get(kind).field(figure.period)
            for shift in (0, 2, -7):
                value: Any = day + dt.timedelta(days=shift)
                value = value if field.type == "date" else value.strftime("%Y-%m") if field.type == "month" else value.year
                for whole in (False, True):
                    yield there_and_back(session, kind, uid, figure.period, value, whole=whole)
                yield there_and_back(session, kind, uid, figure.period, value, **wanted(session, kind, figure, unit))


def steps(session: Session, figure: Any, unit: str) -> Iterator[Way]:
    """What only a step of a lifecycle moves: an item asked for in time and not decided yet, one handed to another unit."""
    pending = any(f.field == "due_state" and f.value == "pending" for f in figure.numerator)
    if not pending and not figure.moves:
        return
    for source in sources(session.kinds, figure):
        kind, cycle = source.kind, session.kinds.lifecycle_of(source.kind)
        assert cycle is not None and kind.lights is not None and kind.unit is not None
        open_ones = Query(kind=kind.name, where=(Where("state", "in", list(cycle.open_states)),), limit=20)
        for record in session.find(open_ones)[:4]:
            due, now = kind.lights.deadline, record.values[kind.unit]
            held = {kind.unit: unit} if unit and figure.moves != "in" else {}
            if pending and cycle.requested_on is not None:
                asked = next(s.name for s in cycle.states if cycle.awaits_decision(s.name))
                before = session.today - dt.timedelta(days=1)
                more = {cycle.requested_on: before, "state": asked, **held}
                yield there_and_back(session, kind.name, record.uid, due, before, **more)
                continue
            to = unit if figure.moves == "in" and unit else next(u for u in session.names.units() if u not in (now, unit))
            if to != now:
                yield handed(session, record, kind.unit, held, to)


def handed(session: Session, record: Record, field: str, held: dict[str, Any], to: str) -> Way:
    """An item handed to another unit by its step, by the one that has it or by the one it is given first."""
    give, take = there_and_back(session, record.kind, record.uid, field, held.get(field, record.values[field]))

    def there() -> None:
        give()
        session.take_step(record.kind, record.uid, "transfer", "转办", {field: to})

    def back() -> None:
        session.undo_last()
        take()

    return there, back


def wanted(session: Session, kind_name: str, figure: Any, unit: str) -> dict[str, Any]:
    """What else a record must say to count, where no record of the office says it: a series, a state, a unit."""
    kind = session.kinds.get(kind_name)
    cycle = session.kinds.lifecycle_of(kind)
    states = {state.name for state in cycle.states} if cycle else set()
    found = {f.field: f.value for f in figure.where if f.op == "eq" and kind.has(f.field)}
    for each in figure.where:
        if each.field == "state" and each.op == "eq" and cycle is not None:
            found["state"] = each.value if each.value in states else next(s.name for s in cycle.states if goes_on(s))
    return found | ({kind.unit: unit} if unit and kind.unit else {})


def counted(session: Session, name: str, period: str | None, ledgers: Any) -> list[metrics.Row]:
    """Rows that count for the figure, of whatever unit: the first few of each kind."""
    found: dict[str, list[metrics.Row]] = {}
    for row in metrics.rows(session, name, period=period, ledgers=ledgers).rows:
        if row.counted:
            found.setdefault(row.kind, []).append(row)
    return [row for rows in found.values() for row in rows[:2]]


def whose(session: Session, row: metrics.Row) -> Iterator[tuple[str, str]]:
    """The record that says whose a row is: itself, or the one it hangs under."""
    kind = session.kinds.get(row.kind)
    record = session.must_get(row.kind, row.uid)
    if kind.unit:
        yield row.kind, row.uid
    above = session.owner_of(kind, record.parent) if record.parent else None
    if above is not None and session.kinds.get(above.kind).unit:
        yield above.kind, above.uid


def others(session: Session, figure: Any, unit: str) -> Iterator[tuple[str, str]]:
    """Records of the figure's kinds that do not count yet, those of the unit first."""
    for source in sources(session.kinds, figure):
        if source.kind.has(figure.period):
            where = figures_unit(source.kind, unit)
            found = session.find(Query(kind=source.kind.name, where=where))
            for record in sorted(found, key=lambda r: not running(session, r))[:4]:
                yield source.kind.name, record.uid


def running(session: Session, record: Record) -> bool:
    """Whether work on it goes on: only such records have lights and can be overdue."""
    cycle = session.lifecycle_of(record)
    return cycle is not None and record.state is not None and goes_on(cycle.state(record.state))


def goes_on(state: State) -> bool:
    return not (state.closed or state.draft or state.void)


def now(session: Session, key: str, ledgers: Any) -> str:
    """A figure as it would be printed now; "" for a line that its table no longer has."""
    try:
        return figures.shown(figures.number_of(session, key, ledgers))
    except BadInput:
        return ""


def figures_unit(kind: Any, unit: str) -> Any:
    return (Where("unit", "in", [unit]),) if unit and kind.unit else ()


def there_and_back(session: Session, kind: str, uid: str, field: str, value: Any, *, whole: bool = False, **more: Any) -> Way:
    """A value put in as an import or a lifecycle step would, and the one of before. ``whole`` moves its other days with it; ``more`` is
    put in with it.
    """
    record = session.must_get(kind, uid)
    values = {**record.values, "state": record.state}
    old = values.get(field)
    new = {field: value, **more}
    if whole and isinstance(old, dt.date) and isinstance(value, dt.date):
        new |= {name: each + (value - old) for name, each in values.items() if isinstance(each, dt.date)}
    before = {name: values[name] for name in new}

    def put(values: dict[str, Any]) -> None:
        with session.atomic("form", "试验"):
            session.set_checked(session.must_get(kind, uid), values)

    return (lambda: put(new)), (lambda: put(before))


def printed_figures(block: Any) -> int:
    """How many figures stand in the tables by group and the charts of a block: cells of numbers, shares and bars."""
    if isinstance(block, Turned | Wide):
        return sum(printed_figures(each) for each in block.blocks)
    if isinstance(block, Article):
        return sum(printed_figures(each) for each in block.blocks)
    if isinstance(block, Chart):
        return len(block.labels) * len(block.series)
    if not isinstance(block, Table):
        return 0
    apart = {at for at, column in enumerate(block.columns) if column.label in WORKED_OUT}
    rows = [row for row in block.rows if not str(row[1] if len(row) > 1 else "").startswith("（未填")]
    cells = [cell for row in rows for at, cell in enumerate(row) if at not in apart]
    shares = [c for c in cells if isinstance(c, str) and (c == "—" or re.fullmatch(r"[\d.]+\D{1,4}", c) or (c.endswith("）") and "％（" in c))]
    return sum(isinstance(cell, int | Decimal) for cell in cells) + len(shares)


def test_only_forms_of_a_person_print_no_figures(session: Session) -> None:
    left = {r.name for r in load_reports()} - {r.name for r in REPORTS}
    assert left == {"appointment_form", "cadre_sheet"} and len(REPORTS) == 27
    for name in left:
        report = reports.report_of(session, name)
        assert not report.charts and not any(t.group for t in report.tables) and "n('" not in report.body


@pytest.mark.slow
@pytest.mark.timeout(300)  # some reports hold more than a hundred figures
@pytest.mark.parametrize("name", [r.name for r in REPORTS])
def test_one_changed_row_turns_each_figure_and_stops_the_issue(session: Session, name: str) -> None:
    report = reports.report_of(session, name)
    uid = checked_draft(session, report)
    kept = figures.kept_figures(session.must_get(issuing.KIND, uid))
    builder = issuing.report_builder(session, session.must_get(issuing.KIND, uid))
    assert not issuing.differences(session, uid)
    still = set(kept)
    view = editor_view.look(session, session.must_get(issuing.KIND, uid))
    assert {s.figure.key for s in view.table_figures} | {f.key for f in view.figures.values()} <= still
    printed = sum(printed_figures(block) for block in (*view.document.blocks, *view.document.appendix))
    assert printed == len(view.table_figures), "a figure is printed that nothing follows"
    # A change moves many figures at once, so each found is crossed off; every one of them stops the issue by its own name.
    # Whether it moves the one that is sought is asked of that figure alone: all of them are counted only where it does.
    # The list of differences, of which the refusal is made, is counted beside it for the first few.
    played = 0
    for key in sorted(kept):
        if key not in still:
            continue
        before = now(session, key, builder.ledgers)
        for change, back in ways(session, key, builder.ledgers):
            try:
                change()
            except ZhengxianError:
                continue
            if now(session, key, builder.ledgers) != before:
                with pytest.raises(BadInput) as refused:
                    issuing.issue(session, uid)
                found = {str(p.field) for p in refused.value.problems}
                assert key in found, f"{key} moved and does not stop the issue"
                if played < 3:
                    told = {d.key for d in issuing.differences(session, uid)}
                    assert key in told and found >= told
                    assert refused.value.message.count("台账现为") == len(told)
                played += 1
                still -= found
            back()
            if key not in still:
                break
    assert not still, f"{len(still)} of {len(kept)} figures could not be moved: {sorted(still)[:10]}"
    assert not issuing.differences(session, uid)
    session.delete(issuing.KIND, uid)
