"""What this machine remembers of the books it has written, outside their folder.

A folder that is copied away, and later copied back over itself, looks to the book like any other
opening: everything that stands in the folder went back together. What was seen of it is therefore
kept outside the folder too. Both marks are made with the book's own key, or hold what only the book
itself knows: a mark that is missing or was written by somebody else is told.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import WorkFailed
from db.model.ids import new_uid
from db.store.disk.atomic_files import sync_folder, write_atomic
from db.store.disk.platform_folders import config_dir
from db.store.disk.private_files import make_private

if TYPE_CHECKING:
    from db.store.book_protocol import BookFile

#: A file beside the books that earlier programs left after a restore: the next writer takes a new
#: site id.
NEW_SITE = "new-site-required"
#: What was seen of a book never.
NEVER = (0, 0)

#: Digits of the code over a sighting.
_CODE = 32


class SeenState:
    """How far this person at this machine has seen a book come: its opening, and the counter of its
    site in it.

    Two numbers, no content, and a code over them under the book's key. A place that cannot be
    written only means that nothing was seen: the mark in the folder itself still holds.
    """

    def __init__(self, folder_mark: str, book: str, key: bytes) -> None:
        self._path = config_dir() / "books" / f"{folder_mark[:24]}-{book}"
        self._key, self._name = key, self._path.name
        self._file: int | None = None

    def latest(self) -> tuple[tuple[int, int], bool]:
        """(opening, counter) as seen last, ``NEVER`` where nothing of this book is kept; and
        whether the numbers are proved to be its own."""
        try:
            numbers, _, code = self._path.read_text(encoding="ascii").strip().rpartition(" ")
            if len(code) == _CODE:
                if not hmac.compare_digest(code, self._code(numbers)):
                    return NEVER, False
                opening, counter = numbers.split()
                return (int(opening), int(counter)), True
            return (int(numbers), int(code)), False  # of an earlier program
        except (OSError, ValueError):
            return NEVER, False

    def keep(self, opening: int, counter: int) -> bool:
        """After each commit: of one length, so that it is written over in one piece. Whether it
        could be kept. What is there outlasts a power cut, if not at its newest."""
        numbers = f"{opening:012d} {counter:018d}"
        try:
            if self._file is None:
                make_private(self._path.parent)
                new = not self._path.exists()
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
                if new:
                    self._put(numbers)
                    os.fsync(self._file)
                    sync_folder(self._path.parent)
                    return True
            self._put(numbers)
        except OSError:
            return False
        return True

    def _put(self, numbers: str) -> None:
        assert self._file is not None
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, f"{numbers} {self._code(numbers)}\n".encode("ascii"))

    def _code(self, numbers: str) -> str:
        text = f"{self._name} {numbers}".encode()
        return hashlib.blake2b(text, key=self._key, person=b"zx-sighting").hexdigest()[:_CODE]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None


class Marks:
    """What tells a book that its file, or the folder around it, is not the one that it wrote last.

    ``home``: where the book will stand, if it is still being made elsewhere.
    """

    def __init__(
        self, book: BookFile, set_meta: Callable[[str, str], None], home: Path | None
    ) -> None:
        self._book, self._set_meta = book, set_meta
        self._folder, self._at_home = book.path.parent, home is None
        self.place = folder_mark(home or book.path.parent)
        self._sighting: SeenState | None = None
        self._opening = 0

    def _seen(self) -> tuple[tuple[int, int], bool]:
        """What is kept outside of this very book, and whether it must be there and is not."""
        if self._sighting is None:
            self._sighting = SeenState(self.place, self._book.name, self._book.audit_key)
        seen, proved = self._sighting.latest()
        known = self._account() in (self._book.meta("sighted") or "").split()
        return seen if proved or not known else NEVER, known and not proved

    def _account(self) -> str:
        return hashlib.sha256(f"{config_dir()}\n{self.place}".encode()).hexdigest()[:12]

    def _progress(self) -> tuple[int, int]:
        """How far the book has come: its openings, and the counter of its site."""
        return int(self._book.meta("openings") or 0), int(self._book.meta("counter") or 0)

    def _tokens(self) -> list[str]:
        """The token of the last opening, and the one before: the last may not have been
        committed."""
        try:
            path = self._folder / f"{self._book.name}.opening"
            return path.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return []

    def _restored(self) -> str:
        """The mark of an earlier program's restore that this book has not taken note of yet."""
        try:
            text = (self._folder / NEW_SITE).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""
        return "" if text == self._book.meta("restored_flag") else text

    def missing(self) -> str:
        """Whether acknowledged changes are gone, or a mark that would tell it, in a sentence; ""
        when all is there. A copy in another place is another book."""
        book = self._book
        if not book.meta("audit_key") or book.meta("folder_mark") != self.place:
            return ""
        (opening, counter), (seen, gone) = self._progress(), self._seen()
        if (opening, counter) < seen:
            lost = f"{seen[1] - counter} 次" if opening == seen[0] else "最近的"
            return (
                f"{book.path.name} 比在这台电脑上最后一次看到的少了{lost}修改：文件的末尾丢了，"
                "或换成了旧的一份。"
                "请核对最近填的内容，缺了的重新填写、重新导入，或恢复最近的备份。"
            )
        if gone:
            return (
                f"这台电脑上记着 {book.path.name} 最后样子的标记不见了，或被人改过："
                "台账是不是换成了旧的一份，这一次无从核对。请核对最近填的内容。"
            )
        token = book.meta("opening")
        if token and token not in self._tokens():
            return (
                f"{book.path.name} 与旁边的标记 {book.name}.opening 对不上，或标记不见了："
                "台账文件可能被单独换过。请核对最近填的内容。"
            )
        return ""

    def needs_site(self) -> bool:
        """Whether the next write must be under a new site: others may know of writes that this
        file has forgotten."""
        book = self._book
        restored = self._restored()
        if restored:
            self._set_meta("restored_flag", restored)
        return bool(
            not self._at_home
            or restored
            or self._progress() < self._seen()[0]
            or book.meta("folder_mark") != self.place
            or (book.meta("opening") or "") not in (self._tokens() or [""])
        )

    def begin(self) -> None:
        """At the first write of an opening, inside its transaction: the book counts on, and each
        mark is there before the commit that will look for it."""
        seen, _ = self._seen()
        reached = self._progress()
        self._opening = max(reached[0], seen[0]) + 1
        self._set_meta("openings", str(self._opening))
        fresh, last = new_uid(), self._book.meta("opening") or ""
        # A disk that refuses it does not make a failure of the work: the last token goes on.
        with contextlib.suppress(WorkFailed, OSError):
            path = self._folder / f"{self._book.name}.opening"
            with self._book.path.open("rb") as file:
                salt = file.read(16).hex()  # spoiled, it would spoil every page: kept for salvage
            write_atomic(path, f"{fresh}\n{last}\n{salt}\n".encode("ascii"))
            self._set_meta("opening", fresh)
        accounts = (self._book.meta("sighted") or "").split()
        sighting = self._sighting if self._at_home and self._account() not in accounts else None
        if sighting is not None and sighting.keep(*max(reached, seen)):
            self._set_meta("sighted", " ".join([*accounts[-49:], self._account()]))

    def keep(self, counter: int | None) -> None:
        """After a commit. ``counter``: as it stands now, where that is known."""
        if self._at_home and self._sighting is not None:
            reached = self._progress()[1] if counter is None else counter
            self._sighting.keep(self._opening, reached)

    def close(self) -> None:
        """Let go of the file outside."""
        if self._sighting is not None:
            self._sighting.close()


def folder_mark(folder: Path) -> str:
    """Differs between machines and between folders: a copied folder must not count on with the same
    site."""
    machine = ""
    for source in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with contextlib.suppress(OSError):
            machine = Path(source).read_text(encoding="ascii").strip()
            break
    text = "\n".join((machine, platform.node(), str(folder.resolve())))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
