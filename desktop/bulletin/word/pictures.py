"""Charts as pictures: drawn as for paper and turned into dots, since an office program that edits
the text cannot draw them alike."""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
from PIL import Image

from desktop.bulletin.blocks.charts import chart_items
from desktop.bulletin.blocks.gantt import gantt_items
from desktop.bulletin.document import Chart, Gantt
from desktop.bulletin.typeset.flow import Flow, Item
from desktop.bulletin.typeset.fonts import FontSet
from desktop.bulletin.typeset.inline_layout import Typesetter
from desktop.bulletin.typeset.page import Sheet
from desktop.bulletin.typeset.pdf_file import Properties, pdf_bytes
from desktop.bulletin.typeset.pdf_fonts import DocumentFonts
from desktop.bulletin.typeset.pdf_pages import PdfPages

DOTS = 200  # to the inch
#: A chart higher than this share of its page is parted.
HIGHEST = 0.86
Drawn = tuple[bytes, float, float]  # PNG, width, height in points


def chart_pictures(chart: Chart, fonts: FontSet, sheet: Sheet) -> list[Drawn]:
    """The chart without title and source, in as many pictures as it has parts."""
    bare = msgspec.structs.replace(chart, title="", source="")
    faces = DocumentFonts(fonts)
    lower = msgspec.structs.replace(sheet, depth=sheet.depth * HIGHEST)
    items = chart_items(bare, Typesetter(faces), lower)
    return _pictures(items, faces, lower)


def gantt_picture(gantt: Gantt, fonts: FontSet, sheet: Sheet) -> list[Drawn]:
    """The wall chart, a picture a page."""
    faces = DocumentFonts(fonts)
    return _pictures(gantt_items(gantt, Typesetter(faces), sheet), faces, sheet)


def _pictures(items: Sequence[Item], faces: DocumentFonts, sheet: Sheet) -> list[Drawn]:
    flow = Flow(sheet)
    for item in items:  # a picture each chart, cut at its foot
        item.keep = False
    flow.pour([item for item in items if not item.blank])
    heights = [share * sheet.depth for share in flow.filled]
    heights.append(sheet.depth - flow.left_over)
    data = pdf_bytes(flow.drawn(), faces, Properties("", "", "", (), None), lambda done: None)
    pdf = PdfPages(data)
    found: list[Drawn] = []
    try:
        for number, height in enumerate(heights):
            scale = DOTS / 72
            picture = pdf.picture(number, scale)
            box = (
                round(sheet.left * scale) - 4, round(sheet.top * scale),
                round(sheet.right * scale) + 4, round((sheet.top + height) * scale) + 4,
            )
            out = io.BytesIO()
            cut: Image.Image = picture.crop(box).quantize(32)
            cut.save(out, "PNG", optimize=True)
            found.append((out.getvalue(), (box[2] - box[0]) / scale, (box[3] - box[1]) / scale))
    finally:
        pdf.close()
    return found
