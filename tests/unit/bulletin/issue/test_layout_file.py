"""What was issued stays what it was: set anew it is the same file, masked it masks what was issued, whatever the ledger says since."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pdfplumber
import pytest

from db.errors import Damaged
from db.session import Session
from desktop.bulletin.document import Cell, Document, Paragraph, Picture, Run, Table
from desktop.bulletin.issue import editor_view, issuing
from desktop.bulletin.masking.mask import Mask
from desktop.bulletin.report import layout_file, reports
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.writers import render
from tests.report_office import chosen, opened
from tests.samples import as_person


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("frozen") / "office", items=60)
    yield made
    made.close()


def words(data: bytes, tmp_path: Path) -> str:
    (tmp_path / "seen.pdf").write_bytes(data)
    with pdfplumber.open(tmp_path / "seen.pdf") as pdf:
        return "".join(page.extract_text() for page in pdf.pages).replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("name", [r.name for r in load_reports() if "cadre" not in r.kinds])
def test_every_report_survives_being_frozen(session: Session, name: str) -> None:
    builder = reports.build(session, name, **chosen(session, reports.report_of(session, name)))
    document = builder.document()
    again, places = layout_file.unpacked(layout_file.packed(document, builder.places))
    assert layout_file.packed(again, builder.places) == layout_file.packed(document, builder.places)
    assert places == builder.places


def test_every_sort_of_value_comes_back() -> None:
    document = Document(
        title="标题",
        blocks=(
            Paragraph((Run("甲", face="hei"), Run("12", mark="k", flagged=True))),
            Table((), [[Cell(Decimal("1.50"), span=2), None, 3, "字"]]),
            Picture(b"\x89PNG\x00", caption="图"),
        ),
    )
    again, _ = layout_file.unpacked(layout_file.packed(document, {}))
    assert again.blocks[0] == document.blocks[0] and again.blocks[2] == document.blocks[2]
    assert [list(row) for row in again.blocks[1].rows] == [list(row) for row in document.blocks[1].rows]  # type: ignore[union-attr]
    assert str(again.blocks[1].rows[0][0].text) == "1.50"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip", gzip.compress(b"[]", mtime=0), gzip.compress(b'{"document": 3, "places": {}}', mtime=0)],
    ids=["empty", "no gzip", "a list", "a number for a document"],
)
def test_a_damaged_one_is_told(data: bytes) -> None:
    with pytest.raises(Damaged, match="原件仍可重印"):
        layout_file.unpacked(data)


def test_an_issued_bulletin_says_what_it_said(session: Session, tmp_path: Path) -> None:
    uid = issuing.new_draft(session, "supervision_circular", period="2022")
    key = next(s.figure.key for s in editor_view.look(session, session.must_get(issuing.KIND, uid)).table_figures if s.figure.shown != "0")
    issuing.override(session, uid, key, "88", "口径不同")
    session.take_step(issuing.KIND, uid, "submit")
    with as_person(session, "reviewer", "reviewer"):
        session.take_step(issuing.KIND, uid, "check")
    issued = issuing.issue(session, uid)
    original = issuing.reprint(session, uid)
    before = editor_view.look(session, session.must_get(issuing.KIND, uid))
    assigned = before.figures["{{ n('assigned') }}"].shown
    for number in range(3):
        item = session.add("rectification", {
            "title": f"印发以后的{number}", "lead_unit": next(iter(session.names.units())), "deadline": dt.date(2022, 9, 12),
            "assigned_on": dt.date(2022, 9, 4),
        })  # fmt: skip
        session.take_step("rectification", item, "assign")
    after = editor_view.look(session, session.must_get(issuing.KIND, uid))
    assert after == before and after.figures["{{ n('assigned') }}"].shown == assigned
    assert next(s.figure.shown for s in after.table_figures if s.figure.key == key) == "88"
    out = io.BytesIO()
    issuing.preview(session, uid, out)
    assert out.getvalue() == original == issuing.reprint(session, uid)
    masked = io.BytesIO()
    issuing.preview(session, uid, masked, masked=Mask(("云川市",)))
    text = words(masked.getvalue(), tmp_path)
    assert f"共交办事项{assigned}件" in text and "云川市" not in text
    facts = editor_view.facts(session, session.must_get(issuing.KIND, uid), before.figures["{{ n('assigned') }}"].key)
    assert facts.issued and facts.value == f"{assigned}件" and facts.before == f"{int(assigned) + 3}"
    assert len([row for row in facts.rows if row.counted]) == int(assigned)
    assert issued.values["issued_sha256"] == session.must_get(issuing.KIND, uid).values["issued_sha256"]
    issuing.withdraw(session, uid, "重印")
    assert issuing.reprint(session, uid) == original
    assert uid in [r.uid for r in issuing.issued(session)] and uid in [r.uid for r in issuing.issued(session, "交办事项")]


def test_one_issued_by_an_older_version_is_set_from_the_ledger(session: Session) -> None:
    uid = issuing.new_draft(session, "problem_list")
    record = session.must_get(issuing.KIND, uid)
    old = msgspec.structs.replace(record, values={**record.values, "drafted_from": None, "issued_layout": None})
    assert issuing.report_builder(session, old, final=True).document().title
    out = io.BytesIO()
    render(issuing.report_builder(session, old, final=True).document(), out)
    assert out.getvalue().startswith(b"%PDF")
