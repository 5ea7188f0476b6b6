"""A backup as one file: a stored zip with both books, keys.json and a manifest, so that it can be
carried on a stick.

Nothing in it is readable without a password, except who the users are and when it was made. The
manifest's digests show accidental damage to anybody; its seal, under a key derived from the office
book's key, shows deliberate change to a user.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Generic, NamedTuple, TypeVar

import msgspec

from db.errors import Cancelled, Damaged
from db.keys import sealing
from db.store.disk.atomic_files import replace, sync_folder
from db.store.disk.disk_errors import disk_errors
from db.store.disk.page_cache import forget_cached
from db.store.disk.private_files import create_private
from db.store.pages import page_process, page_seals
from db.store.pages.page_seals import SALT, Work

#: 2: signed by whoever made it.
FORMAT = 2
SUFFIX = ".zxb"
MANIFEST = "manifest.json"
# What a backup may hold, and nothing else: a name in an archive must never choose where a file is
# written.
FILES = ("keys.json", "office.db", "office.db-wal", "personnel.db", "personnel.db-wal")
_CHUNK = 1 << 20
#: Where in the head of a member the lengths of its name and of what is told besides stand, which
#: end it.
_LENGTHS_AT, _lengths = 26, struct.Struct("<HH")

Progress = Callable[[int, int], None]
Result = TypeVar("Result")


class FileNote(msgspec.Struct, frozen=True):
    """A file in the backup: bytes, and SHA-256 in hex."""

    size: int
    sha256: str


class BookNote(msgspec.Struct, frozen=True):
    """A book in the backup. ``opened``: it was opened and checked with its key; else it was copied
    closed (its key was not at hand), and ``head`` (of the audit chain, hex) and ``rows`` (by table)
    are empty."""

    opened: bool
    head: str = ""
    rows: dict[str, int] = {}


class Manifest(msgspec.Struct, frozen=True):
    """What the backup is: ``made_at`` is ISO 8601 with the offset; ``sequence`` counts on whatever
    the clock says."""

    format: int
    office_id: str
    made_at: str
    reason: str
    program: str
    sequence: int
    keys_serial: int
    books: dict[str, BookNote]
    files: dict[str, FileNote]
    seal: bytes = b""
    #: who made it (login name), and their signature in hex: every holder of the office's key can
    #: make the seal, this nobody else; "" for a backup of an earlier program
    by: str = ""
    signature: str = ""

    @property
    def signed(self) -> bytes:
        """The bytes that are signed."""
        return b"\0".join((b"zhengxian backup", self.office_id.encode(), self.seal))


def seal_of(manifest: Manifest, office_key: bytes) -> bytes:
    """What the manifest's seal should be."""
    bare = msgspec.structs.replace(manifest, seal=b"", signature="")
    key = sealing.derive(office_key, "backup manifest", manifest.office_id)
    described = msgspec.to_builtins(bare)
    if not bare.by:  # as an earlier program sealed it
        del described["by"], described["signature"]
    return sealing.authentication(msgspec.json.encode(described, order="sorted"), key)


class Source(NamedTuple):
    """A file that goes into a backup; with its ``key`` each page of it there is held against its
    seal."""

    path: Path
    key: bytes | None = None


def write(
    target: Path, sources: Mapping[str, Source],
    describe: Callable[[dict[str, FileNote]], Manifest], progress: Progress | None = None,
) -> Manifest:
    """Write the backup beside its name, flush it, read it back from the disk, and only then give it
    its name. ``describe`` makes the manifest, once the digests are known.

    Raises ``WorkFailed`` when the disk refuses and ``Damaged`` when a page is not as it was written
    or what was read back differs; nothing is left then.
    """
    part = target.with_name(target.name + ".part")
    try:
        with disk_errors(target.name):
            create_private(part)
            total = sum(source.path.stat().st_size for source in sources.values())

            def report(done: int, _: int = 0) -> None:
                if progress is not None:
                    progress(min(done, 2 * total), 2 * total)

            with part.open("wb") as raw:
                with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as archive:
                    notes: dict[str, FileNote] = {}
                    for name, source in sources.items():
                        done = sum(note.size for note in notes.values())
                        notes[name] = _put_in(archive, name, source, done, report)
                    manifest = describe(notes)
                    archive.writestr(
                        MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1)
                    )
                raw.flush()
                os.fsync(raw.fileno())
                forget_cached(raw.fileno())
            _read_back(part, sources, manifest, lambda n, _: report(total + n))
            replace(part, target)
            sync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    return manifest


def _put_in(
    archive: zipfile.ZipFile, name: str, source: Source, before: int, progress: Progress
) -> FileNote:
    """A file into the archive, read once; ``before`` bytes were told already."""
    digest, size = hashlib.sha256(), 0
    with source.path.open("rb") as file, archive.open(name, "w", force_zip64=True) as member:
        while portion := file.read(4 * _CHUNK):
            digesting = _Meanwhile(partial(digest.update, portion))
            member.write(portion)
            digesting.result()
            size += len(portion)
            progress(before + size, 0)
    return FileNote(size, digest.hexdigest())


class _Meanwhile(threading.Thread, Generic[Result]):
    """Work in a thread beside: what takes long of it runs outside Python."""

    def __init__(self, work: Callable[[], Result]) -> None:
        super().__init__()
        self._work, self._found, self._error = work, list[Result](), list[BaseException]()
        self.start()

    def run(self) -> None:
        """What the thread does."""
        try:
            self._found.append(self._work())
        except BaseException as error:
            self._error.append(error)

    def result(self) -> Result:
        """What it came to, once it is done."""
        self.join()
        if self._error:
            raise self._error[0]
        return self._found[0]


def _read_back(
    part: Path, sources: Mapping[str, Source], manifest: Manifest, progress: Progress
) -> None:
    """Raises ``Damaged`` where what lies on the disk is not what was written, or a page of it not
    what its seal says."""
    stopped = threading.Event()

    def going_on(*_: int) -> None:
        if stopped.is_set():
            raise Cancelled

    reading = _Meanwhile(lambda: verify(part, going_on))
    try:
        spoiled = _spoiled(part, sources, progress)
        same = reading.result() == manifest
    finally:
        stopped.set()
        reading.join()
    if not same:
        raise Damaged(f"备份“{part.stem}”写入后读回的内容不一致，没有留用。请检查磁盘后重试。")
    if spoiled is not None:
        raise spoiled


def _spoiled(part: Path, sources: Mapping[str, Source], progress: Progress) -> Damaged | None:
    """What is to be said of the first page in the backup that is not what its seal says."""
    done = 0

    def gone_on(now: int) -> None:
        progress(done + now, 0)

    with part.open("rb") as file, _opened(part) as archive:
        for name, source in sources.items():
            size = archive.getinfo(name).file_size
            if source.key is not None:
                origin = _begin(file, archive, name)
                key, salt = bytes(source.key), file.read(SALT)
                work = Work(str(part), key, salt, 0, size, origin=origin)
                if spoiled := page_process.carry_out(work, gone_on):
                    return page_seals.damaged(name, spoiled)
            done += size
    return None


def _begin(file: IO[bytes], archive: zipfile.ZipFile, name: str) -> int:
    """Where in a file a member that is stored begins; the file is there then."""
    entry = archive.getinfo(name)
    with archive.open(name):
        file.seek(entry.header_offset + _LENGTHS_AT)
        at = entry.header_offset + _LENGTHS_AT + _lengths.size
        return file.seek(at + sum(_lengths.unpack(file.read(_lengths.size))))


def _damaged(path: Path, why: str) -> Damaged:
    return Damaged(f"备份“{path.name}”已损坏（{why}），不能使用。请换用另一份备份。")


@contextlib.contextmanager
def _opened(path: Path):  # type: ignore[no-untyped-def]
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    # NotImplementedError: zipfile's word for a compression that it does not know
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _damaged(path, "不完整或被改动") from error


def read_manifest(path: Path) -> Manifest:
    """The manifest alone. ``Damaged`` when the file is not a backup or was cut short."""
    with disk_errors(path.name), _opened(path) as archive:
        return _manifest(path, archive)


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        entry = archive.getinfo(MANIFEST)
        if entry.file_size > _CHUNK or entry.compress_type != zipfile.ZIP_STORED:
            raise _damaged(path, "说明文件不正常")
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(path, "缺少说明文件") from error
    if manifest.format > FORMAT:
        raise Damaged(f"备份“{path.name}”是更新版本的程序做的，请先升级本程序。")
    names = [name for name in archive.namelist() if name != MANIFEST]
    if sorted(names) != sorted(manifest.files) or not {"keys.json", "office.db"} <= set(
        names
    ) <= set(FILES):
        raise _damaged(path, "所含文件与说明不符")
    return manifest


def verify(path: Path, progress: Progress | None = None) -> Manifest:
    """Read every byte and compare the digests; the manifest. Raises ``Damaged``."""
    return _walk(path, None, progress)


def extract(path: Path, folder: Path) -> Manifest:
    """Unpack into a folder, each file compared with its digest and flushed to the disk. Raises
    ``Damaged``."""
    with disk_errors(path.name):
        return _walk(path, folder, None)


def keys_of(path: Path) -> bytes:
    """The keys.json in the backup, so that somebody can log in to it."""
    with disk_errors(path.name), _opened(path) as archive:
        manifest = _manifest(path, archive)
        target = io.BytesIO()
        _copy(path, archive, "keys.json", manifest.files["keys.json"], target)
        return target.getvalue()


def _walk(path: Path, folder: Path | None, progress: Progress | None) -> Manifest:
    with disk_errors(path.name), _opened(path) as archive:
        manifest = _manifest(path, archive)
        total, done = sum(note.size for note in manifest.files.values()), 0

        def report(now: int) -> None:
            if progress is not None:
                progress(done + now, total)

        for name, note in manifest.files.items():
            if folder is None:
                _copy(path, archive, name, note, None, report)
            else:
                create_private(folder / name)
                with (folder / name).open("wb") as target:
                    _copy(path, archive, name, note, target)
                    target.flush()
                    os.fsync(target.fileno())
            done += note.size
        if folder is not None:
            sync_folder(folder)
        return manifest


def _copy(
    path: Path, archive: zipfile.ZipFile, name: str, note: FileNote, target: IO[bytes] | None,
    progress: Callable[[int], None] | None = None,
) -> None:
    digest, size = hashlib.sha256(), 0
    if archive.getinfo(name).file_size != note.size:
        raise _damaged(path, f"{name} 大小不符")
    for piece in _pieces(path, archive, name, note.size):
        size += len(piece)
        if size > note.size:
            break
        digest.update(piece)
        if target is not None:
            target.write(piece)
        if progress is not None:
            progress(size)
    if size != note.size or digest.hexdigest() != note.sha256:
        raise _damaged(path, f"{name} 的校验值不符")


def _pieces(path: Path, archive: zipfile.ZipFile, name: str, size: int) -> Iterator[bytes]:
    """The bytes of a member; of one that is stored as they lie in the file, without the checksum
    of the archive, which takes longer than the digest and says less."""
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        with archive.open(name) as member:
            while piece := member.read(_CHUNK):
                yield piece
        return
    with path.open("rb") as file:
        _begin(file, archive, name)
        while size and (piece := file.read(min(_CHUNK, size))):
            size -= len(piece)
            yield piece
