"""Pages of a PDF as pictures, and how they are held against the ones that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageStat

DPI = 60
#: Mean difference of two pictures' grey values that only another version of the renderer makes.
TOLERANCE = 1.2


def drawn(data: bytes, at_most: int | None = None) -> list[Image.Image]:
    """The first pages, or all, in grey."""
    pdf = pypdfium2.PdfDocument(data)
    try:
        pages = range(len(pdf) if at_most is None else min(at_most, len(pdf)))
        return [pdf[at].render(scale=DPI / 72).to_pil().convert("L") for at in pages]
    finally:
        pdf.close()


def hold_against(kept: Sequence[Path], made: Sequence[Image.Image], scratch: Path) -> None:
    """Fail for a picture that is not as it was kept; the new one is then in ``scratch``."""
    for path, picture in zip(kept, made, strict=True):
        with Image.open(path) as golden:
            before = golden.convert("L")
        assert before.size == picture.size
        difference = ImageStat.Stat(ImageChops.difference(before, picture)).mean[0]
        if difference > TOLERANCE:
            picture.save(scratch / path.name)
        assert difference <= TOLERANCE, f"{path.name}: {difference:.2f}, now in {scratch / path.name}"
