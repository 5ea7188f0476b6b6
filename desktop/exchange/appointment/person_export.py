"""Give a cadre's appointment form out: what a file brought and nobody changed comes out as it
came."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from db.domain import appointment, resume
from db.domain.appointment import FileRemainder, FormKinds, kept_of
from db.errors import WorkFailed
from db.model.fieldtypes import Attachment
from db.model.ids import new_uid
from db.model.records import Record
from db.session import Session
from desktop.exchange.appointment.access import forms_of, photo_field, place_field
from desktop.exchange.appointment.lrmx import (
    FAMILY,
    PHOTO,
    USUAL_ITEMS,
    VERSION,
    AppointmentFile,
    write_lrmx,
)
from desktop.exchange.format import exchange_tables


def form_of(session: Session, uid: str) -> AppointmentFile:
    """The form of a cadre as a file has it: what a file brought and nobody changed comes out as it
    came in."""
    forms = forms_of(session, write=False)
    record = session.must_get(forms.person.name, uid)
    kept = kept_of(forms.person, record)
    texts = _known_texts(session, forms, record, kept)
    if not texts.get("JianLi"):
        made = resume.format_lines(appointment.resume_of(session, record))
        texts.update({"JianLi": made} if made else {})
    texts.update({tag: text for tag, text in kept.texts.items() if tag not in forms.tags})
    if not kept.order:
        texts.setdefault("Version", VERSION)
    photos: tuple[Attachment, ...] = record.values.get(photo_field(forms).name) or ()
    photo = session.attachment_bytes(forms.person.name, photos[0].sha256) if photos else b""
    family = _family(session, forms, record, kept)
    return AppointmentFile(
        texts, family, photo, tuple(kept.order), tuple(kept.unknown), kept.attributes
    )


def _known_texts(
    session: Session, forms: FormKinds, record: Record, kept: FileRemainder
) -> dict[str, str]:
    """What the cadre's fields say, by element; an empty one only where the file had it too."""
    texts: dict[str, str] = {}
    for tag, declared in forms.tags.items():
        if tag == PHOTO:
            continue
        value = record.values.get(declared.name)
        text = appointment.file_text(declared, value, kept, session.names)
        if text or not kept.order or tag in kept.order:
            texts[tag] = text
    return texts


def _family(
    session: Session, forms: FormKinds, record: Record, kept: FileRemainder
) -> list[Mapping[str, str]]:
    kind = forms.relative
    place = place_field(kind)
    rows = session.children(record.uid, kind.name)
    if place:
        rows.sort(key=lambda r: (r.values.get(place) is None, r.values.get(place) or 0))
    lines = [_relative_texts(session, forms, row) for row in rows]
    if kept.items:
        return _into_lines_of_file(lines, kept)
    blank = {tag: "" for tag in forms.relative_tags}
    usual = 0 if FAMILY not in kept.order and kept.order else USUAL_ITEMS
    return [*lines, *([blank] * (usual - len(lines)))]


def _into_lines_of_file(
    lines: Sequence[Mapping[str, str]], kept: FileRemainder
) -> list[Mapping[str, str]]:
    """The relatives where the file had theirs; those added here take its blank lines first."""
    found: list[Mapping[str, str]] = []
    waiting = list(lines)
    for item in kept.items:
        if item is not None:
            found.append(item)
        elif waiting:
            found.append(waiting.pop(0))
    blank = [i for i, item in enumerate(found) if not any(t.strip() for t in item.values())]
    for line in waiting:
        if blank:
            found[blank.pop(0)] = line
        else:
            found.append(line)
    return found


def _relative_texts(session: Session, forms: FormKinds, row: Record) -> dict[str, str]:
    kept = kept_of(forms.relative, row)
    texts = {
        tag: appointment.file_text(declared, row.values.get(declared.name), kept, session.names)
        for tag, declared in forms.relative_tags.items()
    }
    texts.update({tag: text for tag, text in kept.texts.items() if tag not in forms.relative_tags})
    order = kept.order or list(texts)
    return {tag: texts[tag] for tag in [*order, *(t for t in texts if t not in order and texts[t])]}


def export(session: Session, uid: str, path: Path) -> str:
    """Write a cadre's form as ``.lrmx``; journalled in the personnel book. Returns the file's
    SHA-256."""
    forms = forms_of(session, write=False)
    session.require("export")
    data = write_lrmx(form_of(session, uid))
    digest = hashlib.sha256(data).hexdigest()
    try:
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise WorkFailed(
            f"文件「{path}」写不进去（{error.strerror or error}）。请换一个位置保存。"
        ) from error
    title = session.title(forms.person.name, uid)
    with session.atomic("export", f"导出任免审批表：{title}"):
        transaction = session.transaction(forms.person.book)
        transaction.note("export", f"{path.name} {title} {uid} {digest}")
        exchange_tables.save_export(transaction, exchange_tables.Export(
            new_uid(), transaction.at, transaction.by, path.name, digest, [forms.person.name], None,
            1, {"uid": uid},
        ))  # fmt: skip
    return digest
