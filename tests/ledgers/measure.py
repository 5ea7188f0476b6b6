"""What the program makes of the ledgers: columns found and right, rows found, values right or told, rows that are none.

A value is right, or it is told (an error, a warning, a refusal at its cell), or it is wrong without a word: that must not be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from db.errors import BadInput
from db.model.fieldtypes import TYPES
from desktop.exchange.apply import accept
from desktop.exchange.errors import Refused
from desktop.exchange.plan import cell_accounting
from tests.ledgers.shapes import Item, Ledger
from tests.unit.exchange.uncounted import uncounted

UNITS = {
    "安坪县人民政府": "安坪县", "临湖区人民政府": "临湖区", "青石县人民政府": "青石县", "市教育局": "", "市工业和信息化局": "市工信局",
    "市住房和城乡建设局": "市住建局", "市发展和改革委员会": "市发改委", "市应急管理局": "市应急局", "市水利局": "", "市民政局": "",
    "市卫生健康委员会": "市卫健委", "市交通运输局": "市交通局", "市政务服务局": "", "市商务局": "", "市信访局": "", "市作风办": "",
    "市人力资源和社会保障局": "市人社局", "省信访局": "",
}
LEADERS = ("陈立", "王敏")
CADRES = ("薛原山", "陶然之", "邵望峰")


def furnish(session: Any) -> None:
    """The units, leaders and cadres of whom the ledgers speak, and a day of their year that has not yet come in
    none of them: what was done on a day that is still to come is refused."""
    session.fixed_today = max(dt.date.today(), dt.date(2026, 11, 24))
    for name, short in UNITS.items():
        session.add("unit", {"name": name, "short_name": short or None})
    for name in LEADERS:
        session.add("leader", {"name": name})
    for name in CADRES:
        session.add("cadre", {"name": name})


@dataclass
class Counts:
    """Over some ledgers."""

    columns: int = 0
    mapped: int = 0
    right_columns: int = 0
    items: int = 0
    found: int = 0
    junk: int = 0
    values: int = 0
    right: int = 0
    told: int = 0
    #: of those that are neither, in columns that are not read, which the preview says
    left: int = 0
    ledgers: int = 0
    #: cells of which nothing is told though the file is new
    untold: int = 0
    #: sentences about what is not as it should be
    faults: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right_columns / self.columns

    @property
    def precision(self) -> float:
        return self.right_columns / max(self.mapped, 1)

    @property
    def wrong(self) -> int:
        """Values that are neither right nor told."""
        return self.values - self.right - self.told

    def line(self) -> str:
        return (
            f"{self.ledgers} ledgers: columns {self.right_columns}/{self.columns} found (recall {self.recall:.3f}, precision {self.precision:.3f}); "
            f"rows {self.found}/{self.items}, junk {self.junk}; values {self.values}: {self.right} right, {self.told} told, {self.wrong} wrong ({self.left} in columns left); {self.untold} cells untold"
        )


def measure(session: Any, ledgers: Iterable[Ledger], folder: Path) -> Counts:
    """All of them, each planned by itself; nothing is written."""
    counts = Counts()
    for ledger in ledgers:
        counts.ledgers += 1
        _one(session, ledger, folder, counts)
    return counts


def again(session: Any, ledgers: Iterable[Ledger], folder: Path) -> list[str]:
    """What is not as it should be when a ledger that was taken in is brought a second time: nothing changes, each cell counts."""
    faults = []
    for ledger in ledgers:
        path = ledger.write(folder / "台账.xlsx")
        for time in ("first", "second"):
            try:
                plan = accept.plan(session, path, as_kind=ledger.kind)
            except (BadInput, Refused) as error:
                faults.append(f"{ledger.name}, the {time} time: {error.message}")
                break
            cells = cell_accounting.cell_report(plan)["cells"]
            if uncounted(plan) or (time == "second" and cells["taken"]):
                faults.append(f"{ledger.name}, the {time} time: {cells}")
            accept.accept(session, plan)
    return faults


def _one(session: Any, ledger: Ledger, folder: Path, counts: Counts) -> None:
    path = ledger.write(folder / "台账.xlsx")
    counts.columns += len(ledger.card_fields)
    counts.items += len(ledger.items)
    counts.values += sum(len(item.values) for item in ledger.items)
    try:
        plan = accept.plan(session, path, as_kind=ledger.kind)
    except (BadInput, Refused) as error:
        counts.faults.append(f"{ledger.name}: {error.message}")
        counts.columns += len({each[:2] for each in ledger.columns if "-" not in each[2].split("/")})
        return
    _columns(ledger, plan, counts)
    _cells(ledger, plan, path, counts)
    rows = [row for row in plan.rows if row.status != "refused" or row.cells]
    for item in ledger.items:
        row = _row_of(session, ledger, item, rows)
        if row is None:
            counts.faults.append(f"{ledger.name}: row {item.sheet} {item.row} {item.values} not found")
            continue
        rows.remove(row)
        counts.found += 1
        _values(session, ledger, item, row, counts, plan)
    counts.junk += len(rows)
    counts.faults += [f"{ledger.name}: junk row {row.sheet} {row.row} {row.title}" for row in rows]


def _cells(ledger: Ledger, plan: Any, path: Path, counts: Counts) -> None:
    """On its first import no cell can be unchanged: each is taken, refused, warned of or left with its reason."""
    told = cell_accounting.cell_report(plan)
    filled = sum(c.value not in (None, "") for s in openpyxl.load_workbook(path.with_suffix(".xlsx")).worksheets for row in s.iter_rows() for c in row)
    untold = abs(told["cells"]["unchanged"]) + abs(told["cells"]["total"] - filled)
    untold += sum(not line["cell"] or not line["why"] for line in told["ignored"])
    counts.untold += untold
    counts.faults += [f"{ledger.name}: {told['cells']} of {filled} cells"] if untold else []


def _columns(ledger: Ledger, plan: Any, counts: Counts) -> None:
    cards = {sheet for sheet, _ in ledger.card_fields}
    found = {
        (each["sheet"], column["column"], column["field"]) for each in plan.sheets for column in each["columns"]
        if column["field"] and each["sheet"] not in cards
    }
    on_cards = {
        (each["sheet"], column["field"]) for each in plan.sheets for column in each["columns"]
        if column["field"] and each["sheet"] in cards
    }
    wanted: dict[tuple[str, str], set[str]] = {}
    for sheet, at, name in ledger.columns:
        wanted.setdefault((sheet, at), set()).update(name.split("/"))
    found = {each for each in found if "-" not in wanted.get(each[:2], ()) or each[2] not in wanted[each[:2]]}
    right = {each for each in found if each[2] in wanted.get(each[:2], ())}
    counts.mapped += len({each[:2] for each in right}) + len(found - right) + len(on_cards)
    counts.right_columns += len({each[:2] for each in right}) + len(on_cards & ledger.card_fields)
    counts.faults += [f"{ledger.name}: column {each} is none" for each in sorted(found - right)]
    missed = {at for at in wanted if "-" not in wanted[at] and at not in {each[:2] for each in right}}
    # what two tables below one another have in one column is one
    counts.columns += sum("-" not in each for each in wanted.values())
    counts.faults += [f"{ledger.name}: column {at} should be {'/'.join(wanted[at])}" for at in sorted(missed)]
    counts.faults += [f"{ledger.name}: card {each} missed" for each in sorted(ledger.card_fields - on_cards)]
    counts.faults += [f"{ledger.name}: card {each} is none" for each in sorted(on_cards - ledger.card_fields)]


def _row_of(session: Any, ledger: Ledger, item: Item, rows: list[Any]) -> Any:
    title = item.values.get(session.kinds.get(ledger.kind).title, "")
    return next(
        (
            row for row in rows if row.sheet == item.sheet
            and (row.row == item.row if item.row else row.title == title)
        ), None,
    )  # fmt: skip


def _is_left(ledger: Ledger, plan: Any, item: Item, name: str) -> bool:
    """Whether no column is read that holds a value: the preview says that it is left."""
    meant = {at for sheet, at, fields in ledger.columns if sheet == item.sheet and name in fields.split("/")}
    read = {c["column"] for each in plan.sheets if each["sheet"] == item.sheet for c in each["columns"] if c["field"]}
    return bool(meant) and meant.isdisjoint(read)


def _values(session: Any, ledger: Ledger, item: Item, row: Any, counts: Counts, plan: Any) -> None:
    kind = session.kinds.get(ledger.kind)
    told = {cell.field for cell in row.of("error", "refused", "warned")}
    if "state" in told and (cycle := session.kinds.lifecycle_of(kind)) is not None:
        told.add(cycle.closed_on)  # a step that is not taken is told in one line with its day
    for name, wanted in item.values.items():
        got = _text(session, kind, row, name)
        if name in told or (told and row.theirs is None):
            counts.told += 1
            counts.faults += [] if wanted in ("!", "") else [f"({ledger.name}: {item.sheet} {item.row} {name} {wanted!r} is told)"]
        elif got is None:
            counts.left += _is_left(ledger, plan, item, name)
            counts.faults.append(f"{ledger.name}: {item.sheet} {item.row} {name} should be {wanted!r} and is not read")
        elif got in [wanted, *(_meant(session, kind, name, each) for each in (wanted, *wanted.split("/")))]:
            counts.right += 1
        elif row.said.get(name) and any(f"{row.said[name]}“" in remark for remark in plan.remarks):
            counts.told += 1  # read so as a line above says: F5“陈立、王敏”→陈立
            counts.faults.append(f"({ledger.name}: {item.sheet} {item.row} {name} {wanted!r} is read as {got!r}, and told)")
        else:
            counts.left += (not got or name == "state") and _is_left(ledger, plan, item, name)
            counts.faults.append(f"{ledger.name}: {item.sheet} {item.row} {name} should be {wanted!r} and is {got!r}")


def _text(session: Any, kind: Any, row: Any, name: str) -> str | None:
    if row.theirs is None:
        return None
    value = row.theirs.values.get(name)
    cycle = session.kinds.lifecycle_of(kind)
    if name == "state":
        return str(cycle.state(cycle.action(row.past[-1].action).to if row.past else value).label)
    if cycle is not None and name == cycle.closed_on:
        closing = [s.on for s in row.past if cycle.state(cycle.action(s.action).to or value).closed]
        return closing[-1].isoformat() if closing else ""
    declared = kind.field(name)
    return str(TYPES[declared.type].format(value, declared, session.names))


def _meant(session: Any, kind: Any, name: str, wanted: str) -> str:
    if name == "state":
        return wanted
    declared = kind.field(name)
    try:
        value = TYPES[declared.type].parse(wanted, declared, session.names)
        return str(TYPES[declared.type].format(value, declared, session.names))
    except BadInput:
        return "?"
