"""Copies of workbooks that were sent and taken in, kept in the office's folder under a key of the
book.

The books are encrypted at rest, so a plain workbook must not lie beside them. XSalsa20-Poly1305
(libsodium's secretbox), with a random key that lives only inside the encrypted book."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import nacl.exceptions
import nacl.secret

from db.errors import Damaged
from db.model.settings import WORKBOOK_KEY
from db.store.book import Book
from db.store.disk.atomic_files import write_atomic
from db.store.disk.disk_errors import disk_errors
from db.store.disk.private_files import keep_private

SENT, TAKEN = "sent", "inbox"


def _box(book: Book) -> nacl.secret.SecretBox:
    key = WORKBOOK_KEY.of(book)
    if not key:
        key = os.urandom(32)
        WORKBOOK_KEY.save(book, key)
    return nacl.secret.SecretBox(key)


def _path(folder: Path, where: str, name: str) -> Path:
    return folder / where / f"{name}.zxbox"


def keep(book: Book, folder: Path, where: str, name: str, data: bytes) -> Path:
    """Keep a workbook under this name; a second time changes nothing."""
    path = _path(folder, where, name)
    if not path.exists():
        with disk_errors(path.name):
            path.parent.mkdir(parents=True, exist_ok=True)
            keep_private(path.parent)
        write_atomic(path, bytes(_box(book).encrypt(data)))
    return path


def load(book: Book, folder: Path, where: str, name: str) -> bytes | None:
    """The workbook, or None when it is not there; ``Damaged`` when it is not what was kept."""
    path = _path(folder, where, name)
    with contextlib.suppress(FileNotFoundError):
        try:
            return bytes(_box(book).decrypt(path.read_bytes()))
        except (nacl.exceptions.CryptoError, ValueError) as error:
            raise Damaged(f"留存的工作簿 {path.name} 已损坏，无法用来对照。") from error
    return None
