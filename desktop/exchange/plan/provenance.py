"""Whether what the very-hidden sheet says can be true, held against what this office itself kept:
its exports, the copies of them, the sites that it knows, and what came in before.

A workbook of this office carries a seal over its hidden sheet (HMAC, the key lies inside the book),
so that it is known again when it comes home, also where a restored book has lost its copy. Nothing
of another office's can be proved: there are no signatures."""

from __future__ import annotations

import contextlib
import hmac
from pathlib import Path

import msgspec

from db.errors import Damaged, WorkFailed
from db.session import Session
from db.store.book import Book
from desktop.exchange.errors import Refused
from desktop.exchange.files import sent_copies
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.incoming import read_hidden
from desktop.exchange.format.manifest import Hidden, Manifest
from desktop.exchange.format.seal import seal

ALTERED = (
    "隐藏页被改动过：和本单位发出时留存的副本不一样，已按留存的副本对照，隐藏页里的改动没有采用。"
)
UNIT_ALTERED = (
    "隐藏页里“发给哪个单位”被改动过：按本单位的导出记录，这份是发给“{unit}”的，已照此处理。"
)
UNPROVED = (
    "这份工作簿是较早的程序发出的，留存的副本也不在了，隐藏页有没有被改动过无从核对，"
    "请逐处看过再接受。"
)
STRANGE_SITES = (
    "隐藏页里说有的台账编号属于“{stated}”，本单位记的是“{known}”，已按本单位记的处理。"
    "请向发出单位核实。"
)
#: In an import's report: the digest of the hidden sheet it was taken in with.
DIGEST = "hidden"


def checked(
    session: Session, hidden: Hidden, beside: Path, sha256: str
) -> tuple[Hidden, list[str]]:
    """The hidden sheet to go by (the kept copy's, where this one was altered), and what is to be
    said. Raises ``Refused``."""
    manifest = hidden.manifest
    assert manifest is not None
    if manifest.office_id == session.office_id or _sent(session, manifest.export_id) is not None:
        return _own(session, hidden, manifest, beside)
    remarks = _sites(session, manifest)
    _seen_before(session, hidden, manifest, beside, sha256)
    return hidden, remarks


def _sent(session: Session, export_id: str) -> exchange_tables.Export | None:
    """What is known of an export of this office."""
    return next(
        (
            entry for book in session.books
            if (entry := exchange_tables.export(book.connection, export_id)) is not None
        ), None,
    )


def _sites(session: Session, manifest: Manifest) -> list[str]:
    """A site that is known stays with its office; a sender that writes as another's is not what it
    says."""
    known = session.office.offices.of_site(manifest.site) if manifest.site else None
    if known is not None and known.uid != manifest.office_id:
        raise Refused(
            "not-its-site",
            f"写的是“{manifest.office}”，台账编号却是“{known.name or '另一个单位'}”的",
        )
    remarks: list[str] = []
    for book in session.books:
        stated = manifest.offices.get(book.name, {})
        if stated and stated.get("1", ("",))[0] != manifest.office_id:
            raise Refused("not-its-site", f"写的是“{manifest.office}”，单位编号却是另一个单位的")
        names = manifest.sites.get(book.name, {})
        for number, office in manifest.site_offices.get(book.name, {}).items():
            owner = book.offices.of_site(names.get(number, ""))
            if owner is not None and office in stated and stated[office][0] != owner.uid:
                remarks.append(
                    STRANGE_SITES.format(stated=stated[office][1], known=owner.name or "另一个单位")
                )
    return list(dict.fromkeys(remarks))[:3]


def _own(
    session: Session, hidden: Hidden, manifest: Manifest, beside: Path
) -> tuple[Hidden, list[str]]:
    if hidden.seal and hmac.compare_digest(hidden.seal, seal(session, hidden.digest)):
        return hidden, []
    entry = _sent(session, manifest.export_id)
    copy = kept_copy(session, manifest.export_id, beside)
    # one from before there was a seal, or one that a spreadsheet program wrote otherwise, is still
    # the same
    if copy is not None:
        return (hidden, []) if same(copy, hidden) else (copy, [ALTERED])
    if entry is None:
        raise Refused("not-sent")
    if hidden.seal or manifest.office_id != session.office_id:
        raise Refused("altered")
    if entry.unit != manifest.unit:
        unit = entry.unit
        name = session.unit_name(unit) if unit else ""
        hidden.manifest = msgspec.structs.replace(manifest, unit=unit, unit_name=name)
        return hidden, [UNIT_ALTERED.format(unit=name or "各单位"), UNPROVED]
    return hidden, [UNPROVED]


def same(one: Hidden, other: Hidden) -> bool:
    """Whether two hidden sheets say the same, however a spreadsheet program has cut their cells."""
    said = ("manifest", "kinds", "cycles", "sheets", "rows", "waits", "people")
    return all(getattr(one, name) == getattr(other, name) for name in said) and (
        one.blob_bytes() == other.blob_bytes()
    )


def kept_copy(session: Session, export_id: str, beside: Path) -> Hidden | None:
    """The hidden sheet of a workbook that this office sent, from the copy that it kept."""
    for book in session.books:
        if exchange_tables.export(book.connection, export_id) is not None:
            with contextlib.suppress(Damaged, Refused, WorkFailed):
                found = _read(session, book, sent_copies.SENT, export_id, beside)
                if found is not None:
                    return found
    return None


def _read(session: Session, book: Book, where: str, name: str, beside: Path) -> Hidden | None:
    data = sent_copies.load(book, session.folder, where, name)
    if data is None:
        return None
    copy = beside.with_name("kept.xlsx")
    copy.write_bytes(data)
    try:
        return read_hidden(copy)
    finally:
        copy.unlink()


def _seen_before(
    session: Session, hidden: Hidden, manifest: Manifest, beside: Path, sha256: str
) -> None:
    """One export has one hidden sheet, whatever was typed into the visible ones: where another came
    in before, one was altered."""
    for book in session.books:
        for entry in exchange_tables.imports(
            book.connection, "export_id = ?", (manifest.export_id,)
        ):
            digest = entry.report.get(DIGEST)
            if entry.sha256 == sha256 or digest in (None, hidden.digest.hex()):
                continue
            before: Hidden | None = None
            with contextlib.suppress(Damaged, WorkFailed, Refused):
                before = _read(session, book, sent_copies.TAKEN, entry.sha256, beside)
            if before is not None and before.manifest is not None and not same(before, hidden):
                raise Refused("two-of-one", entry.at[:16].replace("T", " "))
