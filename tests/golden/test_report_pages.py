"""Every declared report over the made-up office, in normal and masked edition: the first six pages as pictures that were looked at.

Set ZHENGXIAN_GOLDEN=1 to write the pictures anew, then look at every one that changed before committing it. A new report needs its
pictures here; one that is gone must leave none behind.
"""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import msgspec
import pypdfium2
import pytest
from PIL import Image

import resources
from db.domain.return_status import UnitBoard
from db.session import Session
from desktop.bulletin.blocks.pages import write_pdf
from desktop.bulletin.document import Article, Chart, Gantt, Turned, Wide
from desktop.bulletin.masking.ledger_names import mask_for
from desktop.bulletin.report import filling, reports
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.word.writer import write_docx
from desktop.bulletin.writers import render
from tests.golden.pages import drawn, hold_against
from tests.report_office import chosen, opened

PICTURES = Path(__file__).parent / "reports"
#: Small pictures of the same pages for the manual, and how wide they are in pixels.
MANUAL, SMALL = resources.path("help", "images"), 260
PAGES = 6
#: A month that has its review: scored, commented on, sealed.
REVIEWED = "2022-10"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = [r.name for r in load_reports()]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("pages") / "office")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who handed in follows the clock of the machine, so a week of it is told here."""

    def board(session: Session, week: object, as_of: object = None) -> list[UnitBoard]:
        given, came = ("2022-11-21T09:00:00",), ("2022-11-23T16:00:00",)
        return [UnitBoard(uid, given, came if at % 3 else (), int(at == 4)) for at, uid in enumerate(list(session.names.units())[:9])]

    monkeypatch.setattr(filling.return_status, "board", board)


def pictures(session: Session, name: str, masked: bool) -> list[Image.Image]:
    """The first pages in grey."""
    choice = chosen(session, reports.report_of(session, name)) | ({"period": REVIEWED} if name == "monthly_review" else {})
    document = reports.build(session, name, **choice).document()
    document = msgspec.structs.replace(document, audit="")  # another one in every office
    out = io.BytesIO()
    printed = render(document, out, fonts=bundled_fonts(), masked=mask_for(session) if masked else None)
    assert printed.missing_characters == ()
    return drawn(out.getvalue(), PAGES)


@pytest.mark.parametrize("edition", ["normal", "masked"])
@pytest.mark.parametrize("name", NAMES)
def test_a_report_looks_as_it_did(session: Session, name: str, edition: str, tmp_path: Path) -> None:
    made = pictures(session, name, edition == "masked")
    kept = [PICTURES / f"{name}-{edition}-{number}.png" for number in range(1, len(made) + 1)]
    if os.environ.get("ZHENGXIAN_GOLDEN"):
        PICTURES.mkdir(exist_ok=True)
        for old in PICTURES.glob(f"{name}-{edition}-*.png"):
            old.unlink()
        for path, picture in zip(kept, made, strict=True):
            picture.quantize(16).save(path, optimize=True)
        if edition == "normal":
            small = made[0].resize((SMALL, SMALL * made[0].height // made[0].width), Image.Resampling.LANCZOS)
            small.quantize(16).save(MANUAL / f"report-{name}.png", optimize=True)
        return
    assert sorted(PICTURES.glob(f"{name}-{edition}-*.png")) == sorted(kept)
    hold_against(kept, made, tmp_path)


def without_drawings(value: Any) -> Any:
    """The same blocks, their charts with titles and sources only: a Word file holds them as pictures."""
    if isinstance(value, tuple):
        return tuple(without_drawings(each) for each in value if not isinstance(each, Gantt))
    if isinstance(value, Chart):
        return msgspec.structs.replace(value, kind="bars", labels=(), series=(), measure="")
    if isinstance(value, Article | Turned | Wide):
        return msgspec.structs.replace(value, blocks=without_drawings(value.blocks))
    return value


def characters(text: str) -> Counter[str]:
    return Counter(re.sub(r"[\s\u3000…·]", "", text))


@pytest.mark.parametrize("edition", ["normal", "masked"])
@pytest.mark.parametrize("name", NAMES)
def test_the_word_file_says_what_the_paper_says(session: Session, name: str, edition: str) -> None:
    document = reports.build(session, name, **chosen(session, reports.report_of(session, name))).document()
    if edition == "masked":
        document, _ = mask_for(session).apply(document)
    document = msgspec.structs.replace(
        document, audit="", draft="", folio=False, blocks=without_drawings(document.blocks), appendix=without_drawings(document.appendix)
    )
    pdf = pypdfium2.PdfDocument(write_pdf(document, bundled_fonts()).data)
    paper = characters("".join(page.get_textpage().get_text_range() for page in pdf))
    file = docx.Document(io.BytesIO(write_docx(document, bundled_fonts()).data))
    word = characters("".join(node.text or "" for node in file.element.iter(f"{WORD}t")))
    assert not word - paper  # nothing that is not on paper
    heads = Counter[str]()
    for row in file.element.iter(f"{WORD}tr"):
        if row.find(f"{WORD}trPr/{WORD}tblHeader") is not None:
            heads += characters("".join(node.text or "" for node in row.iter(f"{WORD}t")))
    for _ in range(len(pdf)):  # but heads that are repeated on each page
        paper -= heads if paper - word else Counter()
    assert not paper - word, paper - word
    pdf.close()


def test_no_picture_of_a_report_that_is_gone() -> None:
    assert {path.name.split("-")[0] for path in PICTURES.glob("*.png")} == set(NAMES)


def test_the_manual_shows_every_report() -> None:
    text = (resources.path("help") / "reports.md").read_text(encoding="utf-8")
    for report in load_reports():
        assert f"## {report.label}" in text and report.help in text and f"(images/report-{report.name}.png)" in text, report.name
        assert (MANUAL / f"report-{report.name}.png").is_file()
