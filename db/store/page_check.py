"""Whether every page of a file is as it was written, and in its place."""

from __future__ import annotations

import threading
from pathlib import Path

from db.store.connect import DatabaseError, connect_raw, explain


class PageCheck:
    """Looks at the file page by page, beside whoever reads what stands in them: both checks of
    SQLite's run without Python, so with two cores they take no time of their own."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._name, self._wrong, self._stopped = path.name, "", False
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
        """A sentence, once both are through; "" where all is well."""
        self._thread.join()
        return self._wrong

    def _look(self) -> None:
        try:
            bad = self._connection.execute("PRAGMA cipher_integrity_check").fetchall()
            if bad:
                self._wrong = (
                    f"文件 {self._name} 有 {len(bad)} 处损坏（第一处：{bad[0][0]}），"
                    "请恢复最近的备份。"
                )
            elif not self._stopped:
                quick = self._connection.execute("PRAGMA quick_check(5)").fetchall()
                if quick != [("ok",)]:
                    self._wrong = (
                        f"文件 {self._name} 的结构已损坏（{quick[0][0]}），请恢复最近的备份。"
                    )
        except DatabaseError as error:
            if not self._stopped:
                self._wrong = explain(error, self._name).message
