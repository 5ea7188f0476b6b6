"""How each field type stands in a printed table. One registry, keyed by field type."""

from __future__ import annotations

import msgspec

from desktop.bulletin.document import Align, Column


class PrintedCell(msgspec.Struct, frozen=True):
    """``numeric``: figures, set flush right and never broken; what has a usual shape is centred."""

    align: Align = "left"
    numeric: bool = False


_TEXT, _SHORT, _FIGURE = PrintedCell(), PrintedCell("center"), PrintedCell("right", numeric=True)
CELLS: dict[str, PrintedCell] = {
    "text": _TEXT, "longtext": _TEXT, "integer": _FIGURE, "decimal": _FIGURE, "money": _FIGURE,
    "percent": _FIGURE, "date": _SHORT, "month": _SHORT, "choice": _SHORT, "choices": _TEXT,
    "flag": _SHORT, "unit": _TEXT, "units": _TEXT, "reference": _TEXT, "phone": _SHORT,
    "user": _SHORT, "identity": _SHORT, "attachment": _TEXT, "steps": _TEXT,
}
#: A column that counts the rows: 序号. A rank (排名) is a figure.
SERIAL = _SHORT


def column(label: str, width: float | None, field_type: str | None) -> Column:
    """A table's column for a field of that type; None: one that counts the rows, which a masked
    edition keeps."""
    look = SERIAL if field_type is None else CELLS[field_type]
    return Column(label, width, look.align, look.numeric, serial=field_type is None)
