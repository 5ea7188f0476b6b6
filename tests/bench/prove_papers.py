"""`python -m tests.bench papers [--runs N]`: every declared report of four made-up offices (nothing in it; one item a ledger; long
names of units; thousands of items), and of an ordinary one with each table cut to one row and brought to 500, by day, month and year,
as PDFs and as sheets of small pages in a folder that is told, to be looked at. Held by itself: no page blank or with nothing but a
版记, nothing beyond the paper, no character without a face, nothing smaller than 小五 but the marks of a chart, 三号 on a wall.

Of the ordinary office the copies for the archive, normal and masked, are read back: conformance, language, embedded faces, nothing
transparent, every mark in the structure, a text for every picture; and in the masked ones none of the names, wherever in the file.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pdfplumber
import pikepdf
import pypdfium2
from PIL import Image

from db.errors import ZhengxianError
from db.model.query import Query
from db.session import Session
from desktop.bulletin.document import Block, Document, Gantt, PersonSheet, Table
from desktop.bulletin.masking.ledger_names import mask_for
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import Report, load_reports
from desktop.bulletin.report.missing_characters import rendered
from desktop.bulletin.typeset.page import SANHAO
from desktop.bulletin.writers import render
from tests.golden.pages import drawn
from tests.report_office import TODAY, chosen, opened
from tests.unit.bulletin.typeset.test_pdf_a import elements, outside_of_marks

#: How many reports are printed at the most.
RUNS = 10_000
#: Where the pictures go.
OUT = "ZHENGXIAN_BENCH_OUT"
#: Which offices, by comma.
ONLY = "ZHENGXIAN_BENCH_ONLY"
LEAST, SHOWN, ABREAST = 8.9, 12, 6
#: A page as wide as this is A3.
WALL = 1_000.0
#: How many rows each table of the ordinary office has.
ROWS = {"row": 1, "rows": 500}
LONG = "深化能力作风建设年活动领导小组办公室督查考核专项工作组"


def office(name: str, folder: Path) -> Session:
    """An office by what is special in it."""
    session = opened(folder / name, items={"empty": 20, "one": 1, "many": 3_000}.get(name, 200))
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
    """What stands wrong on the pages; ``marks``: charts, whose marks may be smaller, but on a wall."""
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
            least = SANHAO - 0.01 if page.width > WALL else 0.0 if marks else LEAST
            if small < least:
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


def with_rows(block: Block, count: int) -> Block:
    """The block with its tables cut to so many rows, or brought to as many by repeating them; totals stay."""
    if isinstance(block, Table) and block.rows:
        last = len(block.rows) - block.total
        rows, totals = list(block.rows[:last]), list(block.rows[last:])
        if count == 1:
            rows = rows[: max((getattr(cell, "down", 1) for cell in rows[0]), default=1)] if rows else []
        elif rows:
            rows *= -(-count // len(rows))
        return msgspec.structs.replace(block, rows=rows + totals)
    if isinstance(block, Gantt) and block.bars:
        return msgspec.structs.replace(block, bars=(block.bars * count)[:count])
    if isinstance(block, PersonSheet):
        some = 1 if count == 1 else 20
        return msgspec.structs.replace(block, groups=tuple(msgspec.structs.replace(g, lines=(g.lines * some)[:some]) for g in block.groups))
    if hasattr(block, "blocks"):
        return msgspec.structs.replace(block, blocks=tuple(with_rows(each, count) for each in block.blocks))
    return block


def archive_faults(data: bytes) -> list[str]:
    """What an archive copy lacks of PDF/A-2u and of its structure."""
    found = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        with pdf.open_metadata() as told:
            if (told["pdfaid:part"], told["pdfaid:conformance"]) != ("2", "U") or told["dc:title"] != str(pdf.docinfo["/Title"]):
                found.append("metadata")
        if pdf.Root.Lang != "zh-CN" or not pdf.Root.MarkInfo.Marked:
            found.append("no language or not marked")
        kept = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary | pikepdf.Stream)]
        for each in kept:
            if ("/SMask" in each and each.SMask != "/None") or any(key in each and float(each[key]) < 1 for key in ("/ca", "/CA")):
                found.append("transparent")
            if each.get("/Type") == "/Font" and "/DescendantFonts" not in each:
                described = each.get("/FontDescriptor", {})
                if "/FontFile2" not in described or ("/ToUnicode" not in each and each.get("/Subtype") != "/CIDFontType2"):
                    found.append(f"face {each.get('/BaseFont')}")
        found += [f"page {at}: drawn outside of the structure" for at, page in enumerate(pdf.pages, 1) if outside_of_marks(page)]
        parts = list(elements(pdf.Root.StructTreeRoot.K[0]))
        found += ["picture without a text" for each in parts if each.S == "/Figure" and not str(each.get("/Alt", "")).strip()]
        if any(each.S == "/Table" and not any(part.S == "/TR" for part in elements(each)) for each in parts):
            found.append("table without rows")
        if len(parts) < 2:
            found.append("no structure")
    return found


def texts_of(data: bytes) -> Iterator[tuple[str, str]]:
    """Every text in the file: where, and what."""
    with pypdfium2.PdfDocument(data) as shown:
        for at, page in enumerate(shown, 1):
            yield f"page {at}", page.get_textpage().get_text_bounded()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for each in pdf.objects:
            yield from strings(each, "object")
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") != "/Image" and "/Length1" not in each:
                read = each.read_bytes()
                yield "stream", read.decode("utf-8", "replace")
                yield "stream", read.decode("utf-16-be", "replace")
                for told in re.findall(rb"<(FEFF[0-9A-Fa-f]+)>", read):
                    yield "stream", bytes.fromhex(told.decode()).decode("utf-16-be", "replace")


def strings(value: object, key: str) -> Iterator[tuple[str, str]]:
    """The texts in an object, but in those that it refers to."""
    if isinstance(value, pikepdf.String):
        yield key, str(value)
    elif isinstance(value, pikepdf.Array):
        for each in value:
            if not getattr(each, "is_indirect", False):
                yield from strings(each, key)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for name in value.keys():  # noqa: SIM118
            each = value[name]
            if not getattr(each, "is_indirect", False):
                yield from strings(each, name)


def leaks(texts: Iterable[tuple[str, str]], mask: Mask) -> list[str]:
    """Masked names that a file still holds, from where its texts stand and what they are."""
    names = sorted({*mask.units, *mask.places, *mask.people, *mask.names} - {*mask.kept}, key=len, reverse=True)
    wanted = re.compile("|".join(map(re.escape, names)))
    return sorted({f"{where}: {told.group()}" for where, text in texts if text for told in wanted.finditer(text)})


def of_archive(document: Document, mask: Mask) -> list[str]:
    """What is wrong with the copies for the archive."""
    found = []
    for hidden in (None, mask):
        stream = io.BytesIO()
        render(document, stream, masked=hidden, archive=True)
        found += [f"archive{' masked' if hidden else ''}: {each}" for each in archive_faults(stream.getvalue())]
        found += [f"left in {each}" for each in leaks(texts_of(stream.getvalue()), mask)] if hidden else []
    return found


def run(runs: int, first: int) -> int:
    """How many papers have a fault."""
    out = Path(os.environ.get(OUT) or tempfile.mkdtemp(prefix="zhengxian-papers-"))
    out.mkdir(parents=True, exist_ok=True)
    bad = made = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in os.environ.get(ONLY, "empty,one,row,rows,long,many").split(","):
            session = office(name, Path(folder))
            mask = mask_for(session)
            for report in load_reports():
                periods = periods_of(report)
                for at, period in enumerate(periods[:1] if ROWS.get(name, 0) > 1 else periods):
                    if made >= runs:
                        break
                    made += 1
                    told = f"{name}-{report.name}-{at}"
                    stream, wrong = io.BytesIO(), list[str]()
                    try:
                        asked = {**chosen(session, msgspec.structs.replace(report, needs=tuple(each for each in report.needs if each != "period"))), "period": period}
                        document = reports.build(session, report.name, **asked).document()
                        if count := ROWS.get(name):
                            wrong = of_archive(document, mask) if count == 1 else []
                            document = msgspec.structs.replace(
                                document, blocks=tuple(with_rows(each, count) for each in document.blocks),
                                appendix=tuple(with_rows(each, count) for each in document.appendix),
                            )  # fmt: skip
                        rendered(session, document, stream)
                    except ZhengxianError as error:
                        print(f"{told}: {error.message}")
                        continue
                    charts = "Chart" in repr(document.blocks) or report.name in ("wall_chart", "cadre_sheet", "appointment_form", "leader_page")
                    wrong += faults(stream.getvalue(), charts)
                    sheet(stream.getvalue(), out / f"{told}.png")
                    bad += bool(wrong)
                    if wrong:
                        print(f"{told}: {'；'.join(wrong[:6])}")
            session.close()
    print(f"{made} papers, looked at in {out}")
    return bad
