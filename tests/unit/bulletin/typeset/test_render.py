"""The file itself: the same bytes each time, its properties, errors, progress, and the masked edition."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from db.errors import Cancelled, WorkFailed
from desktop.bulletin.document import (
    Bar,
    Chart,
    Column,
    Document,
    Gantt,
    Heading,
    Paragraph,
    Picture,
    Series,
    Table,
)
from desktop.bulletin.masking.mask import Mask, file_name
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import render

NAMES = ("安坪县", "云川市", "赵燚", "市财政局")


def test_the_same_document_gives_the_same_bytes(tmp_path: Path, circular: Any) -> None:
    first = render(circular(), tmp_path / "a.pdf", fonts=bundled_fonts())
    second = render(circular(), tmp_path / "b.pdf", fonts=bundled_fonts())
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert first.sha256 == second.sha256
    assert first.file == tmp_path / "a.pdf"
    assert not list(tmp_path.glob("*.part"))


def test_properties_language_and_labels(read: Any, circular: Any) -> None:
    pages = read(circular(subject="督办通报", keywords=("督办", "销号"), audit="审计链头 00ff"))
    meta = pages.pdf.metadata
    assert meta["Title"] == "关于重点任务整改落实情况的督办通报"
    assert meta["Author"] == "云川市能力作风建设年活动办公室"
    assert meta["Subject"] == "督办通报"
    assert "审计链头 00ff" in meta["Keywords"]
    catalog = pages.pdf.doc.catalog
    assert catalog["Lang"] == b"zh-CN"
    assert "PageLabels" in catalog
    assert b"Helvetica" not in pages.data


def test_the_properties_carry_the_document_s_own_day_or_none(read: Any, circular: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")  # the machine's own idea of a day is nothing to the file
    day = datetime.date(2022, 11, 24)
    dated, other = read(circular(made_on=day)), read(circular(made_on=datetime.date(2022, 11, 25)))
    assert dated.pdf.metadata["CreationDate"] == dated.pdf.metadata["ModDate"] == "D:20221124000000+08'00'"
    assert dated.data != other.data and dated.data == read(circular(made_on=day)).data
    for hidden in ({"numbers": True}, {"dates": True}):
        out = io.BytesIO()
        render(circular(made_on=day), out, fonts=bundled_fonts(), masked=Mask(**hidden))
        assert b"CreationDate" not in out.getvalue() and b"ModDate" not in out.getvalue()
        assert b"20221124" not in out.getvalue() and b"2000" + b"0101" not in out.getvalue()
    assert "CreationDate" not in read(circular()).pdf.metadata and read(circular()).pdf.metadata["Author"]


def test_a_draft_says_so_on_each_page_and_the_audit_chain_on_none(read: Any) -> None:
    pages = read(Document("", (Paragraph("正文。" * 300),), draft="草稿 未签发", audit="00ff99"))
    assert len(pages.pages) > 1
    assert all("草稿" in pages.texts(page)[0] for page in range(len(pages.pages)))
    assert "审计链" not in pages.text and "00ff99" not in pages.text
    assert "00ff99" in pages.pdf.metadata["Keywords"]
    masked = read(Document("", (Paragraph("正文。"),), audit="00ff99"), masked=Mask((), numbers=True))
    assert b"00ff99" not in masked.data and not masked.pdf.metadata["Keywords"]


def test_text_comes_back_in_order(read: Any, circular: Any) -> None:
    pages = read(circular())
    assert "今年以来，市能力作风建设年活动办公室围绕十项重点任务开展专项督办。" in pages.text
    assert "䶮某、㛃某、堃某、赟某、喆某、燚某、𬱟某、𬎆某等同志" in pages.text


def test_an_unwritable_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkFailed, match="写不进去"):
        render(Document("题"), tmp_path / "file" / "a.pdf", fonts=bundled_fonts())


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        if done > 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        render(Document("", (Paragraph("字" * 3000),)), tmp_path / "a.pdf", fonts=bundled_fonts(), progress=cancel)
    assert not list(tmp_path.iterdir())


def test_progress_is_told_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    document = Document("", (Paragraph("字" * 3000),))
    printed = render(document, io.BytesIO(), fonts=bundled_fonts(), progress=lambda *x: told.append(x))
    assert told[-1] == (printed.pages, printed.pages)
    assert (1, 0) in told


def test_an_empty_document_is_one_page() -> None:
    assert render(Document(""), io.BytesIO(), fonts=bundled_fonts()).pages == 1


def test_missing_characters_before_printing() -> None:
    printed = render(Document("", (Paragraph("王\U00031200"),)), io.BytesIO(), fonts=bundled_fonts())
    assert printed.missing_characters == ("\U00031200",)


def masked_document() -> Document:
    day = datetime.date
    return Document(
        "云川市关于安坪县整改情况的通报",
        (
            Heading(1, "一、安坪县情况"),
            Paragraph("安坪县由赵燚牵头，累计交办1,286件，办结率91.2%，其中第12期简报刊发3篇，2022年9月5日前完成。"),
            Table(
                (Column("序号", 0.1, serial=True), Column("单位"), Column("数", numeric=True)),
                [[1, "市财政局", Decimal("86.10")]],
            ),
            Chart("bars", ("安坪县", "其他"), (Series("赵燚", (Decimal(77), Decimal(33))),)),
            Gantt((Bar("安坪县道路", day(2022, 1, 1), day(2022, 5, 1), 0.37, "市财政局"),), day(2022, 3, 1)),
            Picture(b"\x89PNG secret", "安坪县现场"),
        ),
        author="云川市", subject="赵燚86件", keywords=("安坪县",),
    )


def test_the_masked_edition_hides_names_and_figures(read: Any) -> None:
    pages = read(masked_document(), masked=Mask(NAMES, numbers=True))
    everything = pages.text + str(pages.pdf.metadata) + "".join(title for _, title, *_ in pages.pdf.doc.get_outlines())
    for secret in (*NAMES, "1,286", "91.2", "86.10", "77", "33", "86件", "secret"):
        assert secret not in everything
        assert secret.encode("utf-16-be") not in pages.data
    assert "**由**牵头，累计交办**件，办结率**，其中第12期简报刊发**篇，2022年9月5日前完成。" in pages.text
    rects = [r for r in pages.pages[0].rects if abs(r["height"] - 10) < 0.5 and r["fill"]]
    assert len({round(r["width"]) for r in rects}) <= 1  # lengths of bars are figures too


def test_each_choice_is_separate(read: Any) -> None:
    text = read(masked_document(), masked=Mask(NAMES, pictures=True)).text
    assert "安坪县" not in text
    assert "1,286" in text
    text = read(replace(masked_document(), blocks=masked_document().blocks[:5]), masked=Mask((), numbers=True)).text
    assert "安坪县" in text
    assert "1,286" not in text


def test_longer_names_are_masked_first() -> None:
    mask = Mask(("安坪", "安坪县人民政府"))
    assert mask.text("安坪县人民政府和安坪街道") == "**和**街道"


def test_file_names_are_masked_and_taken_by_every_file_system() -> None:
    assert file_name("云川市：关于安坪县\n整改/销号的通报?") == "云川市：关于安坪县整改销号的通报.pdf"
    assert file_name("关于安坪县86件事项的通报", Mask(NAMES, numbers=True)) == "关于某件事项的通报（脱敏版）.pdf"
    assert file_name("...") == "未命名.pdf"
