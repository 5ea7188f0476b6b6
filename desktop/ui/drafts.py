"""What was typed and not saved, kept in the encrypted book: leaving a form, a lock or a crash loses nothing.

A draft holds the entries as they stood, valid or not, under the person, the kind and the record.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from desktop.ui.jobs import Job, Jobs

NEW = "new"


class Drafts:
    """The drafts of one person; read in the reader, written in the writer."""

    def __init__(self, session: Any, jobs: Jobs, kind: str) -> None:
        self._session, self._jobs, self._kind = session, jobs, kind

    def _key(self, uid: str) -> str:
        return f"draft:{self._session.user.name}:{self._kind}:{uid}"

    def read(self, uid: str) -> dict[str, Any]:
        """What was kept for a record, as {"at", "raw": {field: entry}}; empty when nothing was. In a worker."""
        text = self._session.book_of(self._kind).setting(self._key(uid))
        held = json.loads(text) if text else {}
        return held if isinstance(held, dict) and held.get("raw") else {}

    def keep(self, uid: str, raw: dict[str, Any]) -> None:
        """Keep, or with nothing in it forget, a draft."""
        at = dt.datetime.now().isoformat(timespec="minutes")
        text = json.dumps({"at": at, "raw": raw}, ensure_ascii=False) if raw else ""
        book, key = self._session.book_of(self._kind), self._key(uid)

        def write(job: Job) -> None:
            if text or book.setting(key):
                book.set_setting(key, text)

        self._jobs.write(write, label="正在留存草稿")
