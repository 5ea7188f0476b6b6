"""A file from outside is shown as what it is, and only documents and pictures are opened."""

from __future__ import annotations

import pytest

from db.model import attached_files
from desktop.ui.field_editors.attachment_copies import file_name

TURNED = "佐证\u202efdp.exe"


def test_a_name_that_turns_itself_around_is_written_out() -> None:
    assert attached_files.shown(TURNED) == "佐证〔U+202E〕fdp.exe"
    assert attached_files.shown("验收单（一）.pdf") == "验收单（一）.pdf"
    assert "\u202e" not in file_name(TURNED) and file_name(TURNED).endswith(".exe")


@pytest.mark.parametrize("name", ["验收单.pdf", "照片.JPG", "清单.xlsx", "说明.docx ", "公文.ofd", "表.et"])
def test_documents_and_pictures_open(name: str) -> None:
    assert attached_files.opens(name) and not attached_files.is_program(name)


@pytest.mark.parametrize("name", [
    TURNED, "佐证.lnk", "佐证.desktop", "佐证.pdf.exe", "佐证.exe. .", "佐证.ex\u200be", "佐证.html", "佐证", "宏.xlsm", "佐证.pdf\u202e.scr",
])  # fmt: skip
def test_nothing_else_opens(name: str) -> None:
    assert not attached_files.opens(name)


@pytest.mark.parametrize("start", [b"MZ\x90\x00", b"\x7fELF\x02", b"#!/bin/sh\n", b"[Desktop Entry]\n"])
def test_a_program_is_one_whatever_it_is_called(start: bytes) -> None:
    assert attached_files.is_program("照片.jpg", start) and not attached_files.opens("照片.jpg", start)
