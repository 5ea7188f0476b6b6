"""Read a .csv that some other program wrote: UTF-8 or GBK, commas, semicolons or tabs. Runs in the
child process."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from desktop.exchange.errors import Refused
from desktop.exchange.files.precheck import TEXT

_MOST = 64 << 20
_BATCH = 1_000


def decoded(data: bytes) -> str:
    """UTF-8 (with or without mark) or GB 18030, which holds GBK and GB 2312; UTF-16 by its mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("not-workbook", "文字编码无法识别")


def _delimiter(first: str) -> str:
    """The mark by which the most lines fall into equally many parts; of several such, into most.
    """
    lines = [line for line in first.splitlines()[:50] if line.strip()]

    def fits(mark: str) -> tuple[float, int]:
        with contextlib.suppress(csv.Error):
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark))
            width, count = max(widths.items(), key=lambda each: (each[1] * (each[0] > 1), each[0]))
            return (count / len(lines), width) if width > 1 else (0.0, 0)
        return 0.0, 0

    return max(",\t;|，", key=fits) if lines else ","


def read(path: Path, otherwise: Refused, send: Callable[..., None]) -> None:
    """The frames of one visible sheet; ``otherwise`` is what the file is when it is no table of
    text."""
    data = path.read_bytes()
    if len(data) > _MOST:
        raise Refused("too-big", f"{len(data) >> 20} MB")
    if otherwise.what != TEXT:
        raise otherwise
    text = decoded(data)
    delimiter = _delimiter(text[:20_000])
    send("facts", {"names": {}, "external_links": False})
    send("sheet", path.stem, True, 1, [], [], False)
    batch: list[list[str]] = []
    start, filled, number = 1, 0, 0
    csv.field_size_limit(1_000_000)
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
        ):
            filled += any(row)
            batch.append(row)
            if len(batch) == _BATCH:
                send("rows", start, batch)
                start, batch = number + 1, []
    except csv.Error as error:
        raise Refused("broken-xml", f"第 {number + 1} 行") from error
    if batch:
        send("rows", start, batch)
    send("end", filled)
