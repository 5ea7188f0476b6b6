"""Whether every page of a file is as it was written, and in its place, and what SQLite alone can
say of what stands on them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from db.store.connect import Connection, DatabaseError, connect_raw, explain

_MOST = 20


class PageCheck:
    """Looks at the file page by page, beside whoever reads what stands in them: all of it runs in
    SQLite without Python, so with two cores it takes no time of its own. ``asked``: sentences with
    the SQL that finds the records (uids) of which they are true."""

    def __init__(self, path: Path, key: bytes, asked: Sequence[tuple[str, str]] = ()) -> None:
        self._name, self._wrong, self._stopped = path.name, "", False
        self._asked, self._found = asked, list[str]()
        self._connection = connect_raw(path, key)
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> PageCheck:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        while self._thread.is_alive():  # again, where it was between the two
            self._connection.interrupt()
            self._thread.join(0.05)
        self._connection.close()

    def wrong(self) -> str:
        """A sentence, once all is through; "" where the pages are well."""
        self._thread.join()
        return self._wrong

    def found(self) -> list[str]:
        """What is wrong though every page is whole."""
        self._thread.join()
        return self._found

    def _look(self) -> None:
        try:
            self._pages()
            if not (self._wrong or self._stopped):
                self._found += [*_past_the_program(self._connection), *self._answers()]
        except DatabaseError as error:
            if not self._stopped:
                self._wrong = explain(error, self._name).message

    def _pages(self) -> None:
        bad = self._connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if bad:
            self._wrong = (
                f"文件 {self._name} 有 {len(bad)} 处损坏（第一处：{bad[0][0]}），请恢复最近的备份。"
            )
            return
        told = [] if self._stopped else self._connection.execute("PRAGMA integrity_check(5)")
        for (text,) in told:
            if "index" in text:  # the pages are whole, and say two things
                self._found.append(
                    f"文件 {self._name} 的索引与记录对不上（{text}），清单里可能少了、多了记录，"
                    "不是由程序写入的。请用“逐条抢救”重建。"
                )
            elif text != "ok":
                self._wrong = (
                    f"文件 {self._name} 的结构已损坏（{text}），请恢复最近的备份。"
                )
                return

    def _answers(self) -> Sequence[str]:
        told = [
            sentence.format(uid)
            for sentence, sql in self._asked
            for (uid,) in self._connection.execute(f"{sql} LIMIT {_MOST}")
        ]
        return told[:_MOST]


def _past_the_program(connection: Connection) -> Sequence[str]:
    """The program makes tables and indexes; what writes or shows by itself somebody else made."""
    return [
        f"台账文件里有程序没有的{'触发器' if sort == 'trigger' else '视图'}“{name}”，"
        "它会改动、遮住程序写的内容，不是由程序写入的。请恢复装上它以前的备份。"
        for sort, name in connection.execute(
            "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 5"
        )
    ]
