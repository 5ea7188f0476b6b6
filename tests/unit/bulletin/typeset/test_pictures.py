"""What is no picture is refused in words, and so is one that unfolds beyond all measure."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from db.errors import BadInput
from desktop.bulletin.typeset.pictures import picture_size


def png(width: int, height: int) -> bytes:
    """The head of a PNG of that size, as small as it pretends to be large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", b"")


def test_a_size_is_read_and_everything_else_refused() -> None:
    out = io.BytesIO()
    Image.new("L", (30, 20)).save(out, "PNG")
    assert picture_size(out.getvalue(), "不行。") == (30, 20)
    for data in (b"", b"\xff\xd8\xff nothing", png(60_000, 60_000)):
        with pytest.raises(BadInput, match="不行。"):
            picture_size(data, "不行。")
