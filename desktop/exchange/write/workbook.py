"""Write the workbook that offices and units trade: what a person fills in, and what the program
needs to merge it back."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from db.errors import BadInput, WorkFailed
from db.model.declarations import Kind
from db.session import Session
from db.store import gc_pause
from db.store.book import Book
from desktop.exchange.errors import Refused
from desktop.exchange.files import removable_media, sent_copies
from desktop.exchange.files.reader import Progress
from desktop.exchange.files.reader_process import read_back
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.incoming import read_hidden
from desktop.exchange.format.manifest import SHEET, Hidden, Skimmed
from desktop.exchange.format.seal import seal
from desktop.exchange.write.scope import Scope
from desktop.exchange.write.sheet_writer import Writer


class Exported(msgspec.Struct, frozen=True):
    """What was written: where it stands (never over another file), its id, visible records, and its
    SHA-256."""

    file: Path
    export_id: str
    rows: int
    sha256: str
    #: what the person should know, e.g. attachments that were too large to go along
    remarks: tuple[str, ...] = ()


def export(
    session: Session, kinds: Sequence[str], to: Path, *, unit: str | None = None,
    blank_rows: int = 50, password: str | None = None, since: str | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write a workbook of these kinds (and what hangs under their records), for one unit or for
    another office.

    ``unit`` is a uid or a name; ``since`` the id of an earlier export: only what has changed since
    goes out. Raises ``BadInput``, ``NotPermitted``, ``WorkFailed``; a failed export leaves no
    file."""
    session.require("export")
    chosen = _chosen(session, kinds)
    if not 0 <= blank_rows <= 5_000:
        raise BadInput("空行数应在 0 到 5000 之间。", field="blank_rows")
    unit_uid = _unit(session, unit) if unit is not None else None
    if to.suffix.lower() != ".xlsx":
        to = to.with_name(to.name + ".xlsx")
    writer = Writer(
        session, chosen, Scope(session, unit_uid), blank_rows, progress or (lambda *_: None)
    )
    with removable_media.work_folder() as folder:
        local = folder / "workbook.xlsx"
        if since is not None:
            writer.leave_out = _sent_before(session, since, folder)
        with gc_pause.pause_gc(), contextlib.ExitStack() as stack:
            for book in session.books:
                stack.enter_context(_snapshot(book))
            writer.write(local, folder)
        file, sha256 = _put(session, writer, local, to, password)
    with session.atomic("export", f"导出 {file.name}"):
        transaction = session.transaction(chosen[0].book)
        transaction.note("export", f"{file.name} {writer.export_id} {sha256}")
        details = {"sheets": [line.label for line in writer.lines], "since": since}
        exchange_tables.save_export(transaction, exchange_tables.Export(
            writer.export_id, transaction.at, transaction.by, file.name, sha256,
            [k.name for k in chosen], unit_uid, writer.count, details,
        ))  # fmt: skip
    return Exported(file, writer.export_id, writer.count, sha256, tuple(writer.remarks))


def _unit(session: Session, unit: str) -> str:
    uid = session.names.unit_by_name(unit)
    if uid is None:
        raise BadInput(f"没有这个单位：{unit}。请填单位的全称或简称。", field="unit")
    return uid


def _chosen(session: Session, kinds: Sequence[str]) -> list[Kind]:
    """The ledgers that go out together."""
    chosen = [_kind(session, name) for name in dict.fromkeys(kinds)]
    if not chosen:
        raise BadInput("请至少选一种台账导出。")
    if len({kind.book for kind in chosen}) > 1:
        raise BadInput("干部人事台账请单独导出，不要和工作台账放在同一个工作簿里。")
    return chosen


def _put(
    session: Session, writer: Writer, local: Path, to: Path, password: str | None
) -> tuple[Path, str]:
    """Test what was written, keep a copy and put it where it shall go; where that is, and its
    SHA-256."""
    plain = local.read_bytes()
    if password:
        local = encrypted(plain, password, local.with_name("locked.xlsx"))
    _test(local, password, writer)
    book = session.book_of(writer.kinds[0].name)
    # The copy first: where the office's own disk is full, no workbook lies on the stick that is
    # said not to have been written.
    kept = sent_copies.keep(book, session.folder, sent_copies.SENT, writer.export_id, plain)
    try:
        return removable_media.put(local, to)
    except BaseException:
        with contextlib.suppress(OSError):
            kept.unlink(missing_ok=True)
        raise


def _kind(session: Session, name: str) -> Kind:
    kind = session.kinds.find(name) or session.kinds.get(name)
    session.book_of(kind.name)
    return kind


@contextlib.contextmanager
def _snapshot(book: Book) -> Iterator[None]:
    """One state of the book for the whole export, whatever is written meanwhile."""
    connection = book.connection
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def _sent_before(session: Session, export_id: str, folder: Path) -> dict[str, str]:
    """What the other side has of us: uid → version text. From the copies that were kept: the
    earlier workbook, and where that held only changes itself, those before it."""
    out: dict[str, str] = {}
    seen: set[str] = set()
    following: str | None = export_id
    while following is not None and following not in seen:
        seen.add(following)
        found = _sent_with(session, following, folder)
        if found is None:
            if following == export_id:
                raise BadInput("上次发出的工作簿没有留存，比不出之后的变化，请导出全部。")
            break  # an older copy is gone: what it held goes out again
        versions, following = found
        out = {**versions, **out}
    return out


def _sent_with(
    session: Session, export_id: str, folder: Path
) -> tuple[dict[str, str], str | None] | None:
    """The versions in one kept workbook, and the export on which it built; None when no copy was
    kept."""
    for book in session.books:
        entry = exchange_tables.export(book.connection, export_id)
        hidden = _hidden_of(session, book, export_id, folder) if entry is not None else None
        if entry is None or hidden is None or hidden.manifest is None:
            continue
        if _counts_sites_otherwise(book, hidden.manifest.sites.get(book.name, {})):
            return {}, None  # a book restored since counts its sites otherwise: everything goes out
        versions = {uid: row.versions for kind in hidden.rows for uid, row in hidden.each(kind)}
        return versions, entry.details.get("since")
    return None


def _counts_sites_otherwise(book: Book, then: Mapping[str, str]) -> bool:
    now = {str(n): name for n, name in book.connection.execute("SELECT id, name FROM sites")}
    return any(now.get(number) != name for number, name in then.items())


def _hidden_of(session: Session, book: Book, export_id: str, folder: Path) -> Hidden | None:
    """The hidden sheet of a workbook whose copy was kept."""
    data = sent_copies.load(book, session.folder, sent_copies.SENT, export_id)
    if data is None:
        return None
    copy = folder / "before.xlsx"
    copy.write_bytes(data)
    hidden = read_hidden(copy)
    copy.unlink()
    return hidden


def encrypted(plain: bytes, password: str, target: Path) -> Path:
    """ECMA-376 agile encryption, which Excel, WPS and LibreOffice open."""
    from msoffcrypto.format.ooxml import OOXMLFile

    with target.open("wb") as file:
        OOXMLFile(io.BytesIO(plain)).encrypt(password, file)
    return target


def _test(local: Path, password: str | None, writer: Writer) -> None:
    """Read the finished file back before anybody gets it."""
    hidden = Skimmed()
    with contextlib.suppress(Refused):
        read_back(local, password, SHEET, hidden.take)
    if (
        hidden.manifest is None or hidden.manifest.export_id != writer.export_id
        or not hidden.complete or hidden.seal != seal(writer.session, hidden.digest)
    ):
        raise WorkFailed("写出的工作簿读不回来，没有交付。请检查磁盘后再导出一次。")
