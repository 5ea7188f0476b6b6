"""Opening an encrypted file with its key: the one place that knows the cipher's traps.

A 31-byte key would silently be taken as a passphrase and a forgotten key would make a plaintext
file, so the length is checked before and the header after. sqlcipher3 stands in for sqlite3 under
sqlite-utils.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlcipher3.dbapi2 as sqlcipher

from db.errors import Damaged, WorkFailed, WrongKey
from db.store.disk.private_files import create_private
from db.store.fulltext import folded

# Before sqlite_utils is first imported: it takes pysqlite3 where it finds one, and its exceptions
# must be sqlcipher's.
sys.modules.setdefault("pysqlite3", sqlcipher)
sys.modules.setdefault("pysqlite3.dbapi2", sqlcipher)

if TYPE_CHECKING:
    from sqlite_utils import Database

# What is no number and no text is otherwise asked for a way to adapt itself, and fails to, each
# time it is bound: 0.7 µs for every empty cell.
sqlcipher.register_adapter(type(None), {}.get)

KEY_BYTES = 32
_PLAINTEXT = b"SQLite format 3\x00"
#: The index of the write-ahead log is kept in the program's own memory, not in a file that is
#: mapped: on a disk that is full, or fails, a write to a mapped page ends the process without a
#: word (SIGBUS). One process has the folder anyway (``db/store/lock.py``); its connections share
#: that memory. Windows has no such name, and never lets a mapped page go missing.
_VFS = "" if os.name == "nt" else "&vfs=unix-excl"

Connection = Any
DatabaseError: type[Exception] = sqlcipher.DatabaseError
OperationalError: type[Exception] = sqlcipher.OperationalError
IntegrityError: type[Exception] = sqlcipher.IntegrityError


def connect_raw(path: Path | str, key: bytes, *, read_only: bool = False) -> Connection:
    """An open connection (autocommit) to the encrypted file; creates it when missing unless
    ``read_only``.

    Raises ``Damaged`` when the key does not open the file or the file is not encrypted.
    """
    if len(key) != KEY_BYTES:
        raise WorkFailed("密钥长度不对，未打开台账。")
    path = Path(path)
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(16) == _PLAINTEXT:
                raise Damaged(f"文件 {path.name} 没有加密，不是本程序的台账，未打开。")
    elif read_only:
        raise Damaged(f"找不到台账文件 {path.name}。")
    if not path.exists():
        with contextlib.suppress(OSError):  # told below
            create_private(path)
    uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "?mode=rwc") + _VFS
    try:
        connection = sqlcipher.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=10
        )
    except sqlcipher.OperationalError as error:
        raise WorkFailed(f"打不开台账文件 {path.name}：请检查文件夹是否存在、能否写入。") from error
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
        # FULL: of 400 simulated power cuts it lost nothing, where NORMAL lost acknowledged work in
        # 297.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -32768")
        connection.create_function("folded", 1, folded, deterministic=True)
    except sqlcipher.DatabaseError as error:
        connection.close()
        if "not a database" in str(error):
            raise WrongKey(
                f"密钥打不开台账文件 {path.name}：密钥文件是旧的副本，或台账已损坏、"
                "来自另一个单位。请放回最新的 keys.json，或从备份整套恢复。"
            ) from error
        raise explain(error, path.name) from error
    return connection


def tables(connection: sqlcipher.Connection) -> Database:
    """A connection with sqlite-utils' way to make and change tables."""
    # after the alias above; 76 ms that the first window does not wait for
    from sqlite_utils import Database

    return Database(connection)


def explain(error: BaseException, name: str = "") -> WorkFailed:
    """A cipher or disk error as a sentence a person can act on."""
    text = str(error).lower()
    file = f"（{name}）" if name else ""

    def says(*words: str) -> bool:
        return any(word in text for word in words)

    if says("full"):
        return WorkFailed(
            f"磁盘已满，本次改动没有保存{file}。请腾出空间后重试，此前保存的内容完好。"
        )
    if says("readonly", "read-only", "unable to open"):
        return WorkFailed(
            f"台账文件夹不可写，本次改动没有保存{file}。请检查磁盘和文件夹权限后重试。"
        )
    if says("locked", "busy"):
        return WorkFailed(f"台账正被另一项操作占用，本次改动没有保存{file}。请稍后重试。")
    if says("malformed", "not a database", "corrupt"):
        return Damaged(f"台账文件已损坏{file}。请到“备份与恢复”页恢复最近的备份。")
    if says("i/o"):
        return WorkFailed(f"磁盘读写出错，本次改动没有保存{file}。请检查磁盘后重试。")
    return WorkFailed(f"台账读写失败{file}：{error}")
