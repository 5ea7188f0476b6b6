"""What people do to a workbook in other programs, and what must come of it: the untouched file plus those edits.

Each scenario is a list of operations that a program does itself (``resave/*.js``), or that openpyxl does before a
program opens and saves the file (LibreOffice). ``check`` takes the result into a copy of the office that sent it.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from db.office import open_office
from desktop.exchange.apply import accept
from tests.unit.exchange.conftest import KIND, PASSWORD, SHEET, UNITS, Hand, Office

SCRIPTS = Path(__file__).parent / "resave"
MACHINE, HEAD, BODY = 3, 4, 5
RARE = "李𬱟负责的事项 _x0041_ ½ =1+1"
LONG = "长" * 40_000 + "尾"
Op = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """``ops`` from a look at the workbook; ``changed``: (start of title, field) → value that must stand afterwards."""

    name: str
    ops: Callable[[Hand], list[Op]]
    changed: dict[tuple[str, str], Any] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    #: parts of the errors that must be told; no others may be
    errors: tuple[str, ...] = ()
    unit: str | None = None


def title(number: int) -> str:
    return f"第{number}项 窗口排队时间长"


def put(book: Hand, number: int, heading: str, value: Any) -> Op:
    return {"op": "set", "row": book.row(title(number)), "column": book.column(heading), "value": value}


def edits(book: Hand) -> list[Op]:
    """The edits that every reshaped workbook carries as well."""
    return [
        put(book, 1, "整改措施", "一是𬱟\n二是推行“一次办好”"),
        put(book, 4, "完成进度", "50%"),
        put(book, 7, "联系电话", None),
    ]


EDITED = {
    (title(1), "measures"): "一是𬱟\n二是推行“一次办好”",
    (title(4), "progress_percent"): Decimal(50),
    (title(7), "phone"): None,
}


def many_edits(book: Hand) -> list[Op]:
    blank = book.blank_row()
    row = [(blank, "整改事项", "新增一件"), (blank, "责任单位", UNITS[0]), (blank, "责任人", "王小五")]
    return [
        *edits(book),
        put(book, 1, "整改到位时间", "2022年9月5日"),
        put(book, 4, "责任人", "=SUM(A1)"),
        put(book, 4, "存在困难", " 前后有空格 "),
        put(book, 7, "完成进度", 85),
        put(book, 7, "存在困难", "<甲> & \"乙\"\n\n末行"),
        *({"op": "set", "row": r, "column": book.column(h), "value": v} for r, h, v in row),
    ]


MANY = {
    **EDITED,
    (title(1), "rectified_on"): dt.date(2022, 9, 5),
    (title(4), "responsible_person"): "=SUM(A1)",
    (title(4), "difficulty"): " 前后有空格",
    (title(7), "progress_percent"): Decimal(85),
    (title(7), "difficulty"): "<甲> & \"乙\"\n\n末行",
}


def rows(book: Hand) -> tuple[int, int]:
    """First and last row that hold a record."""
    at = book.column("整改事项")
    filled = [r for r in range(BODY, book.sheet.max_row + 1) if book.sheet.cell(r, at).value]
    return filled[0], filled[-1]


def sort(book: Hand) -> Op:
    first, last = rows(book)
    return {"op": "sort", "first": first, "last": last}


def new_row(book: Hand, row: int) -> Op:
    values: list[Any] = [None] * book.sheet.max_column
    values[book.column("整改事项") - 1], values[book.column("责任单位") - 1] = "中间插入的一件", UNITS[1]
    return {"op": "insert_row", "row": row, "values": values}


def rename(book: Hand, heading: str, to: str) -> Op:
    return {"op": "set", "row": HEAD, "column": book.column(heading), "value": to}


def move(book: Hand, heading: str, before: str) -> Op:
    return {"op": "move_column", "column": book.column(heading), "to": book.column(before), "top": MACHINE}


def insert_column(book: Hand) -> Op:
    return {"op": "insert_column", "column": book.column("问题表现"), "top": MACHINE, "values": [None, "领导批示", "同意"]}


def everything(book: Hand) -> list[Op]:
    first, _ = rows(book)
    return [
        *edits(book), sort(book), {"op": "copy_row", "row": first}, new_row(book, first + 3),
        rename(book, "整改措施", "采取的措施（2026年）"), move(book, "备注", "整改事项"), insert_column(book),
    ]  # fmt: skip


SCENARIOS = (
    Scenario("untouched", lambda book: []),
    Scenario("untouched, of one unit", lambda book: [], unit=UNITS[0]),
    Scenario("edited", many_edits, MANY, ("新增一件",)),
    Scenario("edited, of one unit", many_edits, MANY, ("新增一件",), unit=UNITS[0]),
    Scenario("sorted", lambda book: [*edits(book), sort(book)], EDITED),
    Scenario("a row inserted", lambda book: [*edits(book), new_row(book, BODY + 2)], EDITED, ("中间插入的一件",)),
    Scenario("a row copied", lambda book: [*edits(book), {"op": "copy_row", "row": BODY + 1}], EDITED),
    Scenario(
        "a row copied and changed",
        lambda book: [*edits(book), {"op": "copy_row", "row": book.row(title(2))},
                      {**put(book, 2, "整改事项", "复制后改成另一件"), "row": book.row(title(2)) + 1}],
        EDITED, errors=("同一条事项的几份",),
    ),
    Scenario("rows deleted", lambda book: [*edits(book), *({"op": "delete_row", "row": BODY + 1} for _ in range(2))],
             EDITED),
    Scenario("columns renamed", lambda book: [*edits(book), rename(book, "整改措施", "措施"), rename(book, "完成进度", "完成了多少")],
             EDITED),
    Scenario("a column moved", lambda book: [*edits(book), move(book, "整改措施", "编号"), move(book, "删除标记", "问题表现")],
             EDITED),
    Scenario("a column inserted", lambda book: [*edits(book), insert_column(book)], EDITED),
    Scenario("all at once", everything, EDITED, ("中间插入的一件",)),
    Scenario(
        "marked as deleted",
        lambda book: [put(book, 2, "删除标记", "删除")], {(title(2), "deleted"): True},
    ),
)


def prepare(office: Office) -> dict[str | None, Path]:
    """Fill the office and send its workbooks; the session is closed, so that the folder can be copied."""
    for number in range(1, 10):
        unit = UNITS[(number - 1) % 3]
        office.add(
            title(number), lead_unit=office.units[unit], problem="群众反映办件慢。\n材料重复提交。", category="作风不实",
            deadline=dt.date(2030, 1, number), phone="0000-1234567", item_no=f"{number:06}", note="+86",
        )  # fmt: skip
    office.add(RARE, problem="第一行\n第二行\n\n第四行　全角空格", note='=HYPERLINK("http://a")')
    office.add("超长的一件", problem=LONG)
    sent = {unit: office.export(f"sent{number}.xlsx", unit=unit).file for number, unit in enumerate((None, UNITS[0]))}
    office.session.close()
    return sent


def by_openpyxl(source: Path, target: Path, ops: Iterable[Op]) -> Path:
    """Do the operations with openpyxl."""
    book = openpyxl.load_workbook(source)
    sheet = book[SHEET]

    def grid() -> list[list[Any]]:
        return [[cell.value for cell in row] for row in sheet.iter_rows()]

    def lay(cells: list[list[Any]]) -> None:
        for number, row in enumerate(cells, 1):
            for column, value in enumerate(row, 1):
                if number >= MACHINE:
                    cell = sheet.cell(number, column)
                    cell.value = value
                    if isinstance(value, str) and value.startswith("="):
                        cell.data_type = "s"

    for op in ops:
        cells = grid()
        match op["op"]:
            case "set":
                cells[op["row"] - 1][op["column"] - 1] = op["value"]
            case "sort":
                cells[op["first"] - 1 : op["last"]] = reversed(cells[op["first"] - 1 : op["last"]])
            case "insert_row":
                cells.insert(op["row"] - 1, op["values"])
            case "copy_row":
                cells.insert(op["row"], list(cells[op["row"] - 1]))
            case "delete_row":
                cells.append([None] * len(cells.pop(op["row"] - 1)))
            case "move_column":
                for row in cells[op["top"] - 1 :]:
                    row.insert(op["to"] - 1, row.pop(op["column"] - 1))
            case "insert_column":
                for number, row in enumerate(cells[op["top"] - 1 :]):
                    row.insert(op["column"] - 1, op["values"][number] if number < len(op["values"]) else None)
        lay(cells)
    book.save(target)
    return target


def by_node(script: str, packages: Path, jobs: list[dict[str, Any]], folder: Path) -> None:
    """Let a program of ``resave/`` open, edit and save workbooks: source, target, sheet, ops."""
    asked = folder / "jobs.json"
    asked.write_text(json.dumps([{"sheet": SHEET, **job} for job in jobs], ensure_ascii=False, default=str), encoding="utf-8")
    shutil.copy(SCRIPTS / script, packages / script)  # node looks for packages beside the script
    subprocess.run(["node", str(packages / script), str(asked)], check=True, timeout=300)


def check(scenario: Scenario, sender: Path, folder: Path, file: Path, plain: Path) -> None:
    """Take the file into a copy of the office: exactly the edits are there, and the plain file says nothing new.

    ``plain`` has the same cells typed into it and nothing else done to it.
    """
    shutil.copytree(sender, folder)
    session = open_office(folder, "admin", PASSWORD)
    try:
        before = {r.uid: (r.values["title"], {**r.values, "deleted": r.deleted}) for r in session.office.each(KIND)}
        result = accept.accept(session, accept.plan(session, file))
        assert not result.refused and not result.conflicts, f"{result.refused} {result.conflicts}"
        assert len(result.errors) == len(scenario.errors), result.errors
        for part in scenario.errors:
            assert any(part in error["message"] for error in result.errors), result.errors
        now = {r.uid: (r.values["title"], {**r.values, "deleted": r.deleted}) for r in session.office.each(KIND)}
        fresh = sorted(of for uid, (of, _) in now.items() if uid not in before)
        assert fresh == sorted(scenario.added), fresh
        wanted = dict(scenario.changed)
        for uid, (of, values) in before.items():
            for name, value in values.items():
                expected = wanted.pop((of, name), value)
                assert now[uid][1][name] == expected, f"{of} {name}: {now[uid][1][name]!r}, not {expected!r}"
        assert not wanted, f"edits of records that are not there: {wanted}"
        state = _state(session)
        for again in (file, plain):
            said = accept.accept(session, accept.plan(session, again))
            assert (said.added, said.updated, said.conflicts) == (0, 0, []), f"{again.name} says something new: {said}"
        assert _state(session) == state
        assert session.verify() == []
    finally:
        session.close()


def _state(session: Any) -> Any:
    return {r.uid: (r.values, r.state, r.deleted, r.versions) for r in session.office.each(KIND)}


def plain_ops(scenario: Scenario, book: Hand) -> list[Op]:
    """Those of the scenario's operations that type into records as they were sent."""
    return [op for op in scenario.ops(book) if op["op"] == "set" and op["row"] != HEAD] if not scenario.errors else []
