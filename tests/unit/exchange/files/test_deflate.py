"""What ISA-L packs, every zip reads; and what was damaged afterwards is found before anybody gets it."""

from __future__ import annotations

import io
import zipfile

import pytest

from desktop.exchange.files import deflate

TEXT = "".join(f"第{n}项 群众反映窗口办件慢、材料重复提交。\n" for n in range(9_000)).encode()


@pytest.fixture
def made() -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small.xml", "<a/>")
        for zip64 in (False, True):
            with deflate.packed(archive, f"large{zip64}.xml", zip64=zip64) as file:
                for at in range(0, len(TEXT), 100_000):
                    file.write(TEXT[at : at + 100_000])
        with deflate.packed(archive, "empty.xml", zip64=False):
            pass
    return bytearray(out.getvalue())


def test_the_standard_library_reads_what_was_packed(made: bytearray) -> None:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert archive.read("largeFalse.xml") == archive.read("largeTrue.xml") == TEXT
        assert archive.read("empty.xml") == b""
        assert archive.getinfo("largeTrue.xml").compress_size < len(TEXT) / 4
        assert deflate.first_bad(archive) is None


@pytest.mark.parametrize("name", ["largeFalse.xml", "largeTrue.xml"])
def test_one_wrong_byte_is_found_wherever_it_stands(made: bytearray, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        found = archive.getinfo(name)
    start = found.header_offset + 200
    for at in range(start, start + found.compress_size - 200, max(found.compress_size // 12, 1)):
        made[at] ^= 0x10
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert deflate.first_bad(archive) == archive.testzip() == name, at
        made[at] ^= 0x10
