"""Import and export of 100,000 rows × 20 columns, beside openpyxl's own bare read and write of the same cells.

Each measured step runs in a process of its own; memory is the most that this process and its reading child held at one moment.
Seconds are processor time, so that ratios hold on a busy machine; the reading child, which runs beside ours, counts whole.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import psutil

ROWS = int(os.environ.get("ZHENGXIAN_BENCH_ROWS", "100000"))
#: This process and its reading child together, at the moment when they hold most.
MEMORY_MB = 600
PASSWORD = "zhengxian-demo"
KIND = "bench_ledger"
#: Heading of a field that the responsible unit fills in.
TYPED = "字段12"
_STEP = """
import json, sys
sys.path.insert(0, {root!r})
from db.keys.passwords import made_up_office
from tests.bench import bench_exchange as bench
with made_up_office():
    sys.stdout.write("\\n" + json.dumps(getattr(bench, sys.argv[1])(*sys.argv[2:])))
"""
ROOT = Path(__file__).resolve().parents[2]


def _kind() -> Any:
    from db.model.declarations import Field, Kind

    fields = [Field(name="title", label="事项", type="text", required=True, width=16)]
    types = ["text", "text", "date", "choice", "unit", "integer", "money", "percent", "longtext", "flag", "month", "phone"]
    for number in range(1, 20):
        form = types[number % len(types)]
        choices = ("甲类", "乙类", "丙类") if form == "choice" else ()
        owner = "responsible" if number > 9 else "issuer"
        fields.append(Field(name=f"f{number}", label=f"字段{number}", type=form, choices=choices, owner=owner))
    return Kind(name=KIND, label="测试台账", title="title", fields=tuple(fields), unit="f4", source="office", family="工作台账")


def opened(folder: str) -> Any:
    from db.office import open_office

    return open_office(Path(folder), "admin", PASSWORD)


def prepare(folder: str, many: str = "8") -> dict[str, Any]:
    """An office with ROWS records of 20 fields, spread over so many units."""
    from db.model.ids import new_uid
    from db.model.records import Record
    from db.office import create_office

    session, _ = create_office(Path(folder), "云川市作风办", "city", "admin", PASSWORD)
    session.save_kind(_kind())
    units = [session.add("unit", {"name": f"第{n}县人民政府", "category": "county"}) for n in range(int(many))]
    fields = session.kinds.get(KIND).fields
    at = "2026-01-01T00:00:00"
    records = [
        Record(
            kind=KIND, id=0, uid=new_uid(), parent=None, state=None, deleted=False, versions="", created_at=at,
            created_by="admin", updated_at=at, updated_by="admin",
            values={f.name: _value(f.type, f.name, n, units) for f in fields},
        )
        for n in range(ROWS)
    ]
    with session.atomic("bulk", "bench"):
        session.transaction("office").add_many(records)
    session.close()
    return {}


def _value(form: str, name: str, number: int, units: list[str]) -> Any:
    from decimal import Decimal

    if name == "title":
        return f"第{number}项 关于政务服务窗口排队时间长问题的整改"
    return {
        "text": f"说明{number % 977}", "longtext": "群众反映窗口办件慢、材料重复提交。", "integer": number % 1000,
        "date": dt.date(2026, 1, 1) + dt.timedelta(days=number % 365), "choice": ("甲类", "乙类", "丙类")[number % 3],
        "unit": units[number % len(units)], "money": Decimal(number % 9973) / 4, "percent": Decimal(number % 101), "flag": number % 2 == 0,
        "month": f"2026-{number % 12 + 1:02d}", "phone": "0000-1234567",
    }[form]  # fmt: skip


class Peak:
    """The most memory that this process and its children held at one moment, in MiB, sampled 20 times a second."""

    #: Processor time that the looking itself took; on a busy machine it would be a tenth of what is measured.
    spent = 0.0

    def __enter__(self) -> Peak:
        self.mib, self._stop = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        own, before = psutil.Process(), Peak.spent
        while not self._stop.wait(0.05):
            total = 0
            for process in (own, *own.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
            self.mib = max(self.mib, total / 2**20)
            Peak.spent = before + time.thread_time()


def cpu() -> float:
    """Processor time of this process and of those that it has waited for: the same on a busy machine."""
    return sum(os.times()[:4]) - Peak.spent


def ours_export(folder: str, target: str, *unit: str) -> dict[str, Any]:
    from desktop.exchange.write.workbook import export

    session = opened(folder)
    with Peak() as peak:
        start = cpu()
        made = export(session, [KIND], Path(target), unit=unit[0] if unit else None)
        seconds = cpu() - start
    session.close()
    return {"seconds": seconds, "memory_mb": peak.mib, "rows": made.rows}


def ours_import(folder: str, source: str) -> dict[str, Any]:
    from desktop.exchange.apply import accept

    session = opened(folder)
    with Peak() as peak:
        start = cpu()
        plan = accept.plan(session, Path(source))
        planned = cpu() - start
        result = accept.accept(session, plan)
        seconds = cpu() - start
    session.close()
    return {"seconds": seconds, "planned": planned, "memory_mb": peak.mib, "added": result.added,
            "updated": result.updated, "unchanged": result.unchanged}  # fmt: skip


def edit_here(folder: str, every: str) -> dict[str, Any]:
    """Change one field of each n-th record, so that its workbook brings news to another office."""
    session = opened(folder)
    with session.atomic("bulk", "bench"):
        transaction = session.transaction("office")
        for record in list(session.office.each(KIND, "id % ? = 0", (int(every),))):
            transaction.update(record, {"f1": f"改过{record.id}"})
    session.close()
    return {}


def fill_in(source: str, target: str) -> dict[str, Any]:
    """A unit's workbook in which somebody has typed over one cell of its own in each row."""
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as write:
        for item in read.infolist():
            data = read.read(item)
            head = re.search(rf'<c r="([A-Z]+)\d+"[^>]*><is><t[^>]*>{TYPED}</t>'.encode(), data)
            if head and item.filename.startswith("xl/worksheets/"):
                cell = re.compile(b'(<c r="' + head.group(1) + rb'\d+"[^>]*><is><t>)(?=' + "说明".encode() + b")")
                data, typed = cell.subn(rb"\g<1>" + "已办：".encode(), data)
            write.writestr(item, data)
    return {"typed": typed}


def peer_write(target: str) -> dict[str, Any]:
    """openpyxl write_only, bare cells."""
    import openpyxl

    start = cpu()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    texts = [f"说明{n}" for n in range(19)]
    for number in range(ROWS):
        sheet.append([f"第{number}项 关于政务服务窗口排队时间长问题的整改", *texts])
    book.save(target)
    return {"seconds": cpu() - start}


def peer_read(source: str) -> dict[str, Any]:
    """openpyxl reading the very file that we import."""
    import openpyxl

    start = cpu()
    book = openpyxl.load_workbook(source)
    rows = sum(sheet.max_row for sheet in book.worksheets)
    return {"seconds": cpu() - start, "rows": rows}


def _run(step: str, *arguments: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-c", _STEP.format(root=str(ROOT)), step, *arguments],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(run.stdout.rsplit("\n", 1)[-1])
    return found


def run() -> list[dict[str, Any]]:
    """Rows for the table of ratios."""
    import shutil

    with tempfile.TemporaryDirectory() as folder:
        a, b = f"{folder}/a", f"{folder}/b"
        _run("prepare", a)
        exported = _run("ours_export", a, f"{folder}/a.xlsx")
        written = _run("peer_write", f"{folder}/peer.xlsx")
        shutil.copytree(a, b)
        same = _run("ours_import", b, f"{folder}/a.xlsx")
        _run("edit_here", a, "10")
        _run("ours_export", a, f"{folder}/edited.xlsx")
        some = _run("ours_import", b, f"{folder}/edited.xlsx")
        _run("edit_here", a, "1")
        _run("ours_export", a, f"{folder}/all.xlsx")
        every = _run("ours_import", b, f"{folder}/all.xlsx")
        read = _run("peer_read", f"{folder}/all.xlsx")
        _run("prepare", f"{folder}/c", "1")
        _run("ours_export", f"{folder}/c", f"{folder}/unit.xlsx", "第0县人民政府")
        _run("fill_in", f"{folder}/unit.xlsx", f"{folder}/filled.xlsx")
        filled = _run("ours_import", f"{folder}/c", f"{folder}/filled.xlsx")
        read_filled = _run("peer_read", f"{folder}/filled.xlsx")
    rows = [_row("export", exported, written, "openpyxl write_only, bare cells", 0.35)]
    imports = (("nothing new", same, 0.3), ("each tenth changed", some, 0.35), ("every row changed", every, 0.4))
    for name, ours, limit in imports:
        rows.append(_row(f"import into as many, {name}", ours, read, "openpyxl reading the file", limit))
    rows[1]["memory_limit"] = 350
    name = "import of a unit's workbook, a cell typed in every row"
    rows.append(_row(name, filled, read_filled, "openpyxl reading the file", 0.5))
    return rows


def _row(name: str, ours: dict[str, Any], peer: dict[str, Any], what: str, limit: float | None) -> dict[str, Any]:
    return {
        "name": f"{name} ({ROWS:,} × 20)", "ratio": ours["seconds"] / peer["seconds"], "peer": what,
        "seconds": ours["seconds"], "limit": limit, "memory_mb": ours["memory_mb"],
        "memory_limit": MEMORY_MB,
    }  # fmt: skip
