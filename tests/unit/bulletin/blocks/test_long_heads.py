"""A long name over a paper takes lines enough to be read, and no word of it is torn."""

from __future__ import annotations

import io
import itertools

import docx
import pdfplumber
import pytest

from desktop.bulletin.document import (
    BriefHead,
    Chart,
    Document,
    LetterHead,
    Paragraph,
    RedHead,
    Series,
)
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.word.writer import write_docx
from desktop.bulletin.writers import render

NAME = "云川市深化能力作风建设年活动领导小组办公室督查考核专项工作组"
LONGER = "云川市深化能力作风建设年活动和优化营商环境攻坚突破行动领导小组办公室督查考核和综合协调专项工作组"
HEADS = [
    (RedHead((NAME[:20],), "文件", "云〔2026〕3号"), 1), (RedHead((NAME,), "文件", "云〔2026〕3号"), 2), (RedHead((LONGER,), "文件", "云〔2026〕3号"), 3),
    (RedHead((NAME, "云川市信访局"), "文件", "云〔2026〕3号"), 3), (LetterHead(NAME, "督办〔2026〕3号"), 2), (BriefHead(NAME + "简报", 3, 12, "督查室"), 2),
]  # fmt: skip


def document(head: RedHead | LetterHead | BriefHead) -> Document:
    return Document("关于开展专项督查的通知", (Paragraph("各县区要压实责任。"),), masthead=head)


@pytest.mark.parametrize(("head", "lines"), HEADS)
def test_a_long_head_can_be_read(head: RedHead | LetterHead | BriefHead, lines: int) -> None:
    out = io.BytesIO()
    render(document(head), out, fonts=bundled_fonts())
    with pdfplumber.open(io.BytesIO(out.getvalue())) as pdf:
        page = pdf.pages[0]
        red = [char for char in page.chars if char["non_stroking_color"] not in ((0, 0, 0), (0,), None, 0) and char["text"].strip()]
        title = min(char["top"] for char in page.chars if char["text"] in "通知" and char not in red)
        edge = max(char["x1"] for char in red)
    rows = {round(char["matrix"][5]) for char in red}
    rows -= {row for row in rows if sum(round(char["matrix"][5]) == row for char in red) == 2}  # 文件, beside several
    assert len(rows) == lines and all(char["matrix"][3] * char["size"] >= 25.9 or char["size"] >= 25.9 for char in red)
    assert edge <= (28 + 156) / 25.4 * 72 + 1 and max(char["bottom"] for char in red) < title
    texts = ["".join(char["text"] for char in red if round(char["matrix"][5]) == row) for row in sorted(rows, reverse=True)]
    assert not any(text.startswith(("组", "室", "动", "设")) for text in texts), texts


@pytest.mark.parametrize(("head", "lines"), HEADS)
def test_the_same_in_word(head: RedHead | LetterHead | BriefHead, lines: int) -> None:
    made = docx.Document(io.BytesIO(write_docx(document(head), bundled_fonts()).data))
    paragraphs = [*made.paragraphs, *(p for table in made.tables for row in table.rows for cell in row.cells for p in cell.paragraphs)]
    marks = [p for p in paragraphs if p.style.name == "发文机关标志" and p.text and p.text != "文件"]
    assert len(marks) == lines and all(run.font.size.pt >= 25.5 for p in marks for run in p.runs)


def test_long_labels_of_a_chart_stand_clear_of_one_another() -> None:
    labels = tuple(f"{NAME}{at}" for at in range(6))
    chart = Chart("bars", labels, (Series("办结率", tuple(float(90 - at) for at in range(6))),), title="各单位办结率", measure="%")
    out = io.BytesIO()
    render(Document("图", (chart,)), out, fonts=bundled_fonts())
    with pdfplumber.open(io.BytesIO(out.getvalue())) as pdf:
        chars = [char for char in pdf.pages[0].chars if char["text"] in "云组" and char["size"] < 12]
    rows = sorted({round(char["matrix"][5], 1) for char in chars}, reverse=True)
    assert len(rows) == 12 and all(above - below >= 9.0 for above, below in itertools.pairwise(rows))
