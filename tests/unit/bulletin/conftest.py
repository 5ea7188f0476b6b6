"""Documents to set, and what is read back from their PDFs."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import pdfplumber
import pytest

from desktop.bulletin.document import Document, Imprint, RedHead, Signature
from desktop.bulletin.typed_text import from_text
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import Printed, render

#: Names that other programs lose.
RARE = "䶮㛃堃赟喆燚𬱟𬎆"
BODY = f"""今年以来，市能力作风建设年活动办公室围绕十项重点任务开展专项督办。现将有关情况通报如下。
一、总体情况
（一）交办事项办理情况。全市累计交办事项一百八十六件，参与办理的有{'、'.join(c + '某' for c in RARE)}等同志。
（二）存在的主要问题
1.思想认识有差距
个别单位对整改工作重视不够，存在“等一等、看一看”的思想，整改措施不具体、不实在。
二、下步工作要求
各级各部门要提高认识、压实责任，对照清单逐条逐项抓好落实，确保按期销号。"""


class Read:
    """A PDF read back: pages of characters with their places in points."""

    def __init__(self, data: bytes, printed: Printed) -> None:
        self.data = data
        self.printed = printed
        self.pdf = pdfplumber.open(io.BytesIO(data))
        self.pages = self.pdf.pages

    def chars(self, page: int = 0, size: float | None = None) -> list[dict[str, Any]]:
        """Characters of a page in drawing order, of one type size or all."""
        found = self.pages[page].chars
        return [c for c in found if size is None or abs(c["size"] - size) < 0.01]

    def rows(self, page: int = 0, size: float | None = None) -> list[list[dict[str, Any]]]:
        """Characters by line, from the top, each line from the left."""
        lines: dict[float, list[dict[str, Any]]] = {}
        for char in self.chars(page, size):
            lines.setdefault(round(char["matrix"][5], 1), []).append(char)
        return [sorted(lines[y], key=lambda c: c["matrix"][4]) for y in sorted(lines, reverse=True)]

    def texts(self, page: int = 0, size: float | None = None) -> list[str]:
        """The lines as text."""
        return ["".join(c["text"] for c in row) for row in self.rows(page, size)]

    @property
    def text(self) -> str:
        """All text, pages one after another."""
        return "".join("".join(self.texts(number)) for number in range(len(self.pages)))


@pytest.fixture
def read() -> Any:
    """``read(document, **options)``: set with the bundled faces and read back."""
    opened: list[Read] = []

    def work(document: Document, **options: Any) -> Read:
        out = io.BytesIO()
        printed = render(document, out, fonts=bundled_fonts(), **options)
        opened.append(Read(out.getvalue(), printed))
        return opened[-1]

    yield work
    for one in opened:
        one.pdf.close()


@pytest.fixture
def circular() -> Callable[..., Document]:
    """``circular(**changes)``: a circular with everything an official document has."""

    def work(**changes: Any) -> Document:
        values: dict[str, Any] = {
            "title": "关于重点任务整改落实情况的督办通报",
            "blocks": from_text(BODY),
            "masthead": RedHead(("云川市能力作风建设年活动办公室",), "文件", "云能办〔2022〕5号"),
            "addressee": "各县（区）委、县（区）人民政府，市直各部门",
            "attachments": ("整改任务清单",),
            "signature": Signature(("云川市能力作风建设年活动办公室",), datetime.date(2022, 9, 5)),
            "imprint": Imprint(
                "云川市能力作风建设年活动办公室", datetime.date(2022, 9, 5), copy_to="市委常委，市政府领导同志"
            ),
            "author": "云川市能力作风建设年活动办公室",
        }
        return Document(**{**values, **changes})

    return work
