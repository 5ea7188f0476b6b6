"""Photographs kept with a report's item and the records under it, on pages of their own at its
end: two upright ones beside each other would be small, so two a page, each with its caption."""

from __future__ import annotations

from collections.abc import Iterator

from db.errors import BadInput, Damaged
from db.model.fieldtypes import Attachment, type_of
from db.model.records import Record
from db.session import Session
from desktop.bulletin.document import Block, Heading, PageBreak, Paragraph, Picture
from desktop.bulletin.report.filling import ReportFilling
from desktop.bulletin.typeset.pictures import photograph

#: Millimetres a photograph takes at most: two of them and their captions are a page.
WIDE, HIGH = 140.0, 92.0
#: Endings of photographs; what else is attached is no picture.
_PHOTOGRAPHS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def places(name: str) -> list[tuple[str, str]]:
    """(kind of the records under the item or "", field) of "photos,child.photos"."""
    parted = (part.strip().rpartition(".") for part in name.split(",") if part.strip())
    return [(kind, field) for kind, _, field in parted]


def photographs(filling: ReportFilling, name: str) -> list[Block]:
    """The pages; nothing where there are no photographs."""
    item, session = filling.choice.item, filling.session
    if item is None:
        raise BadInput(f"文种「{filling.report.label}」要印照片，但没有选择事项。")
    blocks: list[Block] = []
    other = 0
    for record, field, attached in _attached(session, item, places(name)):
        if not attached.name.casefold().endswith(_PHOTOGRAPHS):
            other += 1
            continue
        declared = session.kinds.get(record.kind).field(field)
        caption = f"{len(blocks) + 1}．{declared.label}：{session.title_of(record)}"
        blocks.append(_picture(session, record, attached, caption))
    if other:
        blocks.append(Paragraph(f"另有 {other} 个附件不是照片，未附。"))
    return [PageBreak(), Heading(1, "照片"), *blocks] if blocks else []


def _attached(
    session: Session, item: Record, wanted: list[tuple[str, str]]
) -> Iterator[tuple[Record, str, Attachment]]:
    """What is attached: to the item first, then to each record under it in turn."""
    for kind in dict.fromkeys(kind for kind, _ in wanted):
        fields = [field for each, field in wanted if each == kind]
        for record in session.children(item.uid, kind) if kind else (item,):
            yield from _of_record(session, record, fields)


def _of_record(
    session: Session, record: Record, fields: list[str]
) -> Iterator[tuple[Record, str, Attachment]]:
    declared = session.kinds.get(record.kind)
    for field in fields:
        if declared.has(field) and type_of(declared.field(field)).holds_files:
            for each in record.values.get(field) or ():
                yield record, field, each


def _picture(session: Session, record: Record, attached: Attachment, caption: str) -> Picture:
    """A photograph with no more pixels than paper shows; what cannot be read is said so."""
    try:
        data = session.attachment_bytes(record.kind, attached.sha256)
        small, width = photograph(data, WIDE, HIGH)
    except (BadInput, Damaged):
        return Picture(b"", f"{caption}（这张照片读不出来）", WIDE)
    return Picture(small, caption, width)
