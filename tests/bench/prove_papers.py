"""`python -m tests.bench papers [--runs N]`: every declared report of four made-up offices (nothing in it; one item a ledger; long
names of units; thousands of items), by day, month and year, as PDFs and as sheets of small pages in a folder that is told, to be
looked at. Held by itself: no page blank or with nothing but a 版记, nothing beyond the paper, no character without a face, nothing
smaller than 小五 but the marks of a chart.
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import msgspec
import pdfplumber
from PIL import Image

from db.errors import ZhengxianError
from db.model.query import Query
from db.session import Session
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import Report, load_reports
from tests.golden.pages import drawn
from tests.report_office import TODAY, chosen, opened

#: How many reports are printed at the most.
RUNS = 10_000
#: Where the pictures go.
OUT = "ZHENGXIAN_BENCH_OUT"
#: Which offices, by comma.
ONLY = "ZHENGXIAN_BENCH_ONLY"
LEAST, SHOWN, ABREAST = 8.9, 12, 6
LONG = "深化能力作风建设年活动领导小组办公室督查考核专项工作组"


def office(name: str, folder: Path) -> Session:
    """An office by what is special in it."""
    session = opened(folder / name, items={"empty": 20, "one": 1, "long": 200, "many": 3_000}[name])
    if name == "empty":
        for kind in [k for k in session.visible_kinds() if k.lifecycle or k.parent]:
            for record in session.find(Query(kind=kind.name)):
                with_no_rows(session, kind.name, record.uid)
    if name == "long":
        for at, uid in enumerate(list(session.names.units())[:12]):
            session.set("unit", uid, {"name": f"{'云川市' if at % 2 else '青山县'}{LONG}{at + 1}", "short_name": None})
    return session


def with_no_rows(session: Session, kind: str, uid: str) -> None:
    """Put a record away; one that stands for good stays."""
    try:
        session.delete(kind, uid)
    except ZhengxianError:
        return


def periods_of(report: Report) -> list[str | None]:
    """A day gone by, the month, the year: as the report can be asked."""
    if "period" in report.needs or "period" in report.optional:
        if report.period == "week":
            return ["2022-W46", "2022-W10"]
        return ["2022-10", "2022-11@2022-11-10", "2022", "2019-01"]
    return [None, f"@{TODAY.replace(day=10).isoformat()}"]


def faults(data: bytes, marks: bool) -> list[str]:
    """What stands wrong on the pages; ``marks``: charts, whose marks may be smaller."""
    found = []
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            chars = [char for char in page.chars if char["text"].strip()]
            text = "".join(char["text"] for char in chars)
            if len(text.strip("—0123456789 ")) < 2 and not page.rects and not page.curves:
                found.append(f"page {number} blank")
            if number > 1 and text.lstrip("—0123456789 ").startswith(("抄送", "报：", "主送")) and len(text) < 120:
                found.append(f"page {number} holds only a 版记")
            if any(not -1 < char["x0"] <= char["x1"] < page.width + 1 or not -1 < char["top"] <= char["bottom"] < page.height + 1 for char in chars):
                found.append(f"page {number} runs off the paper")
            if "〓" in text:
                found.append(f"page {number}: a character without a face")
            small = min((char["size"] for char in chars), default=LEAST)
            if small < LEAST and not marks:
                found.append(f"page {number}: {small:.1f} pt")
    return found


def sheet(data: bytes, to: Path) -> None:
    """The first pages side by side."""
    pages = [page.resize((page.width * 2 // 3, page.height * 2 // 3)) for page in drawn(data, SHOWN)]
    wide, high = max(p.width for p in pages), max(p.height for p in pages)
    whole = Image.new("L", (wide * min(len(pages), ABREAST), high * -(-len(pages) // ABREAST)), 200)
    for at, page in enumerate(pages):
        whole.paste(page, (at % ABREAST * wide, at // ABREAST * high))
    whole.save(to)


def run(runs: int, first: int) -> int:
    """How many papers have a fault."""
    out = Path(os.environ.get(OUT) or tempfile.mkdtemp(prefix="zhengxian-papers-"))
    bad = made = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in os.environ.get(ONLY, "empty,one,long,many").split(","):
            session = office(name, Path(folder))
            for report in load_reports():
                for at, period in enumerate(periods_of(report)):
                    if made >= runs:
                        break
                    made += 1
                    told = f"{name}-{report.name}-{at}"
                    stream = io.BytesIO()
                    try:
                        asked = {**chosen(session, msgspec.structs.replace(report, needs=tuple(each for each in report.needs if each != "period"))), "period": period}
                        document = reports.build(session, report.name, **asked).document()
                        reports.print_report(session, report.name, stream, **asked)
                    except ZhengxianError as error:
                        print(f"{told}: {error.message}")
                        continue
                    charts = "Chart" in repr(document.blocks) or report.name in ("wall_chart", "cadre_sheet", "appointment_form", "leader_page")
                    wrong = faults(stream.getvalue(), charts)
                    sheet(stream.getvalue(), out / f"{told}.png")
                    bad += bool(wrong)
                    if wrong:
                        print(f"{told}: {'；'.join(wrong[:6])}")
            session.close()
    print(f"{made} papers, looked at in {out}")
    return bad
