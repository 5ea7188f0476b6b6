"""Pages of a finished PDF as dots, for the screen, a printer and pictures in Word files.

PDFium knows no threads: whatever asks it anything waits for the one before.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from math import ceil
from threading import RLock
from types import ModuleType

from PIL import Image

_one_at_a_time = RLock()
DEPTH = 4
"""Bytes of a dot: blue, green, red and one that says nothing."""


def engine() -> ModuleType:
    """What draws the pages; asked for ahead, it need not be loaded when the first is shown."""
    import pypdfium2  # late: only what shows or draws pages takes it

    found: ModuleType = pypdfium2
    return found


class PdfPages:
    """The pages of a PDF that is held in memory; raises ``ValueError`` for what is none."""

    def __init__(self, data: bytes) -> None:
        pypdfium2 = engine()
        self._raw, self._document = pypdfium2.raw, None
        with _one_at_a_time:
            try:
                self._document = pypdfium2.PdfDocument(data)
            except pypdfium2.PdfiumError as error:
                raise ValueError(str(error)) from error
            self.title = str(self._document.get_metadata_value("Title"))
            self.sizes: list[tuple[float, float]] = [
                self._document.get_page_size(number) for number in range(len(self._document))
            ]
            self._page = lru_cache(4)(self._document.get_page)

    def dots(
        self, page: int, size: tuple[int, int], top: int = 0, deep: int = 0
    ) -> ctypes.Array[ctypes.c_ubyte]:
        """``deep`` lines from ``top`` of a page that is drawn as large as ``size``, else all."""
        width, height = size
        deep = deep or height
        held = (ctypes.c_ubyte * (DEPTH * width * deep))()
        raw = self._raw
        with _one_at_a_time:
            bitmap = raw.FPDFBitmap_CreateEx(
                width, deep, raw.FPDFBitmap_BGRx, held, DEPTH * width
            )
            raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, deep, 0xFFFFFFFF)
            raw.FPDF_RenderPageBitmap(
                bitmap, self._page(page), 0, -top, width, height, 0, raw.FPDF_ANNOT
            )
            raw.FPDFBitmap_Destroy(bitmap)
        return held

    def picture(self, page: int, scale: float) -> Image.Image:
        """A page in colour, ``scale`` dots to the point."""
        width, height = (ceil(length * scale) for length in self.sizes[page])
        held = self.dots(page, (width, height))
        return Image.frombytes("RGB", (width, height), bytes(held), "raw", "BGRX")

    def close(self) -> None:
        """Let go of the file; nothing is drawn afterwards."""
        with _one_at_a_time:
            if self._document is not None:
                self._page.cache_clear()
                self._document.close()
                self._document = None

    def __del__(self) -> None:
        self.close()  # else PDFium would be asked by whoever collects it, whenever that is
