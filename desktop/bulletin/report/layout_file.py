"""What was issued, as data: the document and where its figures stand, so that a masked edition
years later says what was issued.

The file that is reprinted is the PDF itself; this is for whatever must be set anew from it, never
from the ledger of then.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from db.errors import Damaged
from desktop.bulletin import document as parts
from desktop.bulletin.document import Document
from desktop.bulletin.report.filling import Place

#: Every part a document is made of, by its name.
SHAPES: dict[str, Any] = {
    name: each
    for name, each in vars(parts).items()
    if isinstance(each, type) and issubclass(each, msgspec.Struct)
}


def packed(document: Document, places: Mapping[str, Sequence[Any]]) -> bytes:
    """The document and the places of its figures, compressed."""
    kept = {
        "document": _plain(document),
        "places": {
            name: [msgspec.structs.astuple(each) for each in found]
            for name, found in places.items()
        },
    }
    return gzip.compress(
        json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8"), mtime=0
    )


def unpacked(data: bytes) -> tuple[Document, dict[str, list[Place]]]:
    """The same back. Raises ``Damaged`` for what is no such file."""
    try:
        kept = json.loads(gzip.decompress(data))
        document = _part(kept["document"])
        places = {name: [Place(*each) for each in found] for name, found in kept["places"].items()}
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise Damaged("存档的版面读不出来，请从备份恢复。原件仍可重印。") from error
    if not isinstance(document, Document):
        raise Damaged("存档的版面不是一份文件，请从备份恢复。原件仍可重印。")
    return document, places


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return {"#": "decimal", "v": str(value)}
    if isinstance(value, dt.date):
        return {"#": "date", "v": value.isoformat()}
    if isinstance(value, bytes):
        return {"#": "bytes", "v": base64.b64encode(value).decode("ascii")}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    name = type(value).__name__
    if SHAPES.get(name) is not type(value):
        raise TypeError(f"{name} is no part of a document")
    return {"#": name, **{f: _plain(getattr(value, f)) for f in value.__struct_fields__}}


def _part(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_part(each) for each in value)
    if not isinstance(value, dict):
        return value
    held = {name: _part(each) for name, each in value.items() if name != "#"}
    match value["#"]:
        case "decimal":
            return Decimal(held["v"])
        case "date":
            return dt.date.fromisoformat(held["v"])
        case "bytes":
            return base64.b64decode(held["v"])
        case name:
            # a part that later versions know no more is left out
            known = SHAPES[name].__struct_fields__
            return SHAPES[name](**{n: v for n, v in held.items() if n in known})
