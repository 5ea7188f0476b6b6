"""A small office for tests of backups and keys: two books with rows, two users."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from nacl.public import PrivateKey

from db.keys import keyring, sealing, slots
from db.keys.keyfile import KeyFile
from db.keys.users import Unlocked
from db.model import builtin
from db.safety import backup_archive, kept_backups
from db.store.book import Book
from db.store.connect import Connection, connect_raw

PASSWORD = "qingshan-lvshui-7"
ROWS = 500


def make_office(folder: Path, office_id: str = "office-one", rows: int = ROWS) -> tuple[KeyFile, Unlocked]:
    """The office, and its administrator logged in. User ``clerk`` holds the office's key only, ``leaver`` both."""
    folder.mkdir(parents=True, exist_ok=True)
    keys, book_keys, _ = KeyFile.create(folder, office_id, "admin", PASSWORD)
    for book, key in book_keys.items():
        opened = Book(folder / f"{book}.db", key, book, builtin.kinds())
        opened.migrate_tables()
        opened.set_meta(office_id=office_id, office_name="云川市活动办公室")
        opened.close()
        connection = connect_raw(folder / f"{book}.db", key)
        connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute("CREATE VIRTUAL TABLE found USING fts5(text, content='')")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO items (text) VALUES (?)",
            [(f"{book} 第 {i} 项，" + "整改" * 20,) for i in range(rows)],
        )
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [(f"k{i:04}", "值" * 20) for i in range(300)]
        )
        connection.execute("COMMIT")
        connection.close()
    admin = keys.unlock("admin", PASSWORD)
    keys.add_user(admin, "clerk", "录入员甲", "clerk", PASSWORD)
    keys.add_user(admin, "leaver", "离任者", "personnel", PASSWORD)
    return keys, admin


def verified_backup(path: Path, who: Unlocked) -> kept_backups.BackupInfo:
    """What a backup says of itself, once its seal and every page that this login opens are looked at."""
    with tempfile.TemporaryDirectory(prefix="zhengxian-") as room:
        kept_backups.check_seal(path, backup_archive.extract(path, Path(room)), who)
        kept_backups.check_books(Path(room), who)
    return kept_backups.info_of(path)


def count(folder: Path, book: str, key: bytes) -> int:
    """Rows in a book."""
    connection = connect_raw(folder / f"{book}.db", key)
    try:
        return int(connection.execute("SELECT count(*) FROM items").fetchone()[0])
    finally:
        connection.close()


def add_rows(connection: Connection, number: int) -> None:
    """Write further rows, one transaction each."""
    for i in range(number):
        connection.execute("INSERT INTO items (text) VALUES (?)", (f"后加第 {i} 项",))


def as_first_form(folder: Path, who: Unlocked, passwords: dict[str, str]) -> None:
    """The folder's key file as programs before signatures wrote it: no signing keys, no history, two halves in a lock."""
    path = folder / keyring.FILE_NAME
    ring = keyring.read(path)
    replace = msgspec.structs.replace
    keys = {("office", 1): who.candidates["office"][0]}
    if "personnel" in who.candidates:
        keys["personnel", 1] = who.candidates["personnel"][0]
    users, locks = [], {}
    for user in ring.roster.users:
        private = PrivateKey.generate()
        public = bytes(private.public_key)
        held = {slot.book for slot in user.slots}
        entry = replace(user, verify_key=b"", public_key=public)
        seed = who.signer if user.role == "administrator" else None
        users.append(slots.sealed(entry, {k: v for k, v in keys.items() if k[0] in held}, seed))
        about = keyring.lock_context(ring.office_id, user.name, public)
        payload = bytes(private) + bytes(ring.roster.verify_key)
        locks[user.name] = sealing.lock(payload, passwords[user.name], about)
    assert who.signer is not None
    roster = replace(ring.roster, users=tuple(users), history=())
    signature = sealing.sign(keyring.signed_message(ring.office_id, roster), who.signer)
    ring = replace(ring, format=1, roster=roster, locks=locks, signature=signature, wishes={})
    code = slots.authentication(ring, who.candidates["office"][0])
    path.write_bytes(keyring.encode(replace(ring, authentication=code)))
