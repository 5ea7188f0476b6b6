"""A picture is bounded by its pixels before any of it is decoded, and scaled once."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from db.errors import BadInput
from desktop.bulletin.typeset import pictures


def png(width: int, height: int) -> bytes:
    """A picture of one colour, 1 bit a pixel: small as a file, whatever its size."""
    def part(tag: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    squeezed = zlib.compressobj()
    line = b"\0" * (1 + (width + 7) // 8)
    rows = b"".join(squeezed.compress(line) for _ in range(height)) + squeezed.flush()
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + part(b"IDAT", rows) + part(b"IEND", b"")


def test_a_picture_of_too_many_pixels_is_refused_undecoded() -> None:
    data = png(13_000, 13_000)
    tracemalloc.start()
    with pytest.raises(BadInput, match="13000×13000"):
        pictures.picture_size(data, "读不出来")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_large_picture_is_scaled_once_and_a_small_one_stays_as_it_is() -> None:
    large, small = png(4_000, 3_000), png(400, 300)
    made = pictures.for_paper(large, 144.0, 108.0)
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.size == (600, 450)
    assert pictures.for_paper(large, 144.0, 108.0) is made
    assert pictures.for_paper(small, 144.0, 108.0) is small


def test_a_large_photograph_keeps_its_colours() -> None:
    out = io.BytesIO()
    Image.new("RGB", (3_000, 4_000), (200, 30, 30)).save(out, "JPEG")
    with Image.open(io.BytesIO(pictures.for_paper(out.getvalue(), 101.0, 134.0))) as picture:
        red, green, blue = picture.getpixel((10, 10))  # type: ignore[misc]
        assert red > 190 and green < 45 and blue < 45
