"""Writes a document to a file in any form that has a writer: the one function that the preview, the
command line and issuing call. Another form is one more line in ``WRITERS``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

import msgspec

from db.errors import BadInput, WorkFailed
from db.store import gc_pause
from desktop.bulletin.blocks.pages import write_pdf
from desktop.bulletin.document import Document
from desktop.bulletin.masking.mask import Mask, MaskReport
from desktop.bulletin.typeset.fonts import FontSet
from desktop.bulletin.writer_protocol import Mark, Progress, Writer, Written


def write_docx(
    document: Document, fonts: FontSet | None = None, progress: Progress | None = None
) -> Written:
    """The document as a .docx."""
    from desktop.bulletin.word import writer  # late: its library is loaded when one is asked for

    return writer.write_docx(document, fonts, progress)


#: Writers by the suffix of their files.
WRITERS: dict[str, Writer] = {".pdf": write_pdf, ".docx": write_docx}


def require_form(file: Path) -> None:
    """Raise BadInput where no writer makes such files."""
    if file.suffix.lower() not in WRITERS:
        raise BadInput(f"文件名要以 {'、'.join(WRITERS)} 结尾：{file}。", field="to")


class Printed(msgspec.Struct, frozen=True):
    """What was printed. ``file`` is None when it went to a stream. ``missing_characters``: drawn as
    〓. ``masking``: what a masked edition hides and leaves; for the person who prints, never for
    the file."""

    file: Path | None
    pages: int
    sha256: str
    missing_characters: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    masking: MaskReport | None = None
    notices: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person must know before printing: characters without a face, each by itself, and
        sentences."""
        return (*self.missing_characters, *self.notices)


def render(
    document: Document, target: Path | str | IO[bytes], *, fonts: FontSet | None = None,
    masked: Mask | None = None, progress: Progress | None = None, archive: bool = False,
) -> Printed:
    """Write ``document`` to a path, in the form that its suffix names, or as a PDF to a binary
    stream.

    ``masked``: the masked edition. ``progress(done, total)`` is called once a page while composing
    (total 0) and while writing; where it raises, no file is left behind. Raises WorkFailed when the
    file cannot be written, and what its writer raises.
    """
    masking: MaskReport | None = None
    if masked:
        document, masking = masked.apply(document)
    file = Path(target) if isinstance(target, Path | str) else None
    write = WRITERS.get(file.suffix.lower() if file else "", write_pdf)
    with gc_pause.pause_gc(stays=False):
        if archive and write is write_pdf:  # the copy that is kept for good
            written = write_pdf(document, fonts, progress, archive=True)
        else:
            written = write(document, fonts, progress)
    if file is None:
        target.write(written.data)  # type: ignore[union-attr]
    else:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(file.name + ".part")
            part.write_bytes(written.data)
            part.replace(file)
        except OSError as error:
            raise WorkFailed(
                f"文件「{file}」写不进去（{error.strerror or error}）。"
                "请关闭正在打开它的程序，或换一个位置保存。"
            ) from error
    digest = hashlib.sha256(written.data).hexdigest()
    return Printed(
        file, written.pages, digest, written.missing_characters, written.marks, masking,
        written.notices,
    )
