"""A preview lives in memory only, so that nothing of what a bulletin says is left on a disk; saving
writes it whole."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from db.errors import WorkFailed

if TYPE_CHECKING:
    from desktop.bulletin.writers import Printed


@dataclass(frozen=True)
class PdfInMemory:
    """A PDF in memory and what is known of it."""

    data: bytes
    pages: int
    missing: tuple[str, ...]


def made_by(work: Callable[[IO[bytes]], Printed]) -> PdfInMemory:
    """Have `work` write a PDF to a stream. Runs in a worker."""
    stream = io.BytesIO()
    printed = work(stream)
    return PdfInMemory(stream.getvalue(), printed.pages, printed.notes)


def save_as(data: bytes, target: Path) -> None:
    """Write the PDF whole or not at all. Raises ``WorkFailed`` with what to do."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise WorkFailed(
            f"“{target.name}”存不进“{target.parent}”（{error.strerror or error}）。请换一个位置，"
            "或关掉正在打开它的程序再存。"
        ) from error
