"""What both sides of a conflict started from: the last value here that whoever wrote theirs had
before him.

The journal keeps values, not vectors. A write of this book's own is the site of its change and that
change's place among the changes of the site; whether theirs had seen it, its vector says. What came
in with an import is known by what is left of my vector once the later writes of this book are taken
off it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from db.merge.versions import Vector, is_covered_by
from db.store.book import Book

_INCOMING = ("merge", "add")


class MergeBases:
    """Made once per file and book; counts the changes of each site when first asked."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._places: dict[int, tuple[str, int]] | None = None

    def _place(self, change_id: int) -> tuple[str, int]:
        """The site of a change and its counter there: one for each change, from one on."""
        if self._places is None:
            counted: dict[str, int] = defaultdict(int)
            self._places = {}
            for number, site in self._book.connection.execute(
                "SELECT id, site FROM changes ORDER BY id"
            ):
                counted[site] += 1
                self._places[number] = (site, counted[site])
        return self._places[change_id]

    def base(
        self, kind: str, uid: str, name: str, mine: Vector, theirs: Vector
    ) -> tuple[bool, Any]:
        """Whether there is such a value, and the value as plain JSON."""
        rows = self._book.connection.execute(
            "SELECT j.change_id, j.action, c.source, j.after FROM journal j JOIN changes c ON c.id"
            " = j.change_id WHERE j.uid = ? AND j.uid <> '' AND j.kind = ? ORDER BY j.seq DESC",
            (uid, kind),
        ).fetchall()
        left, exact = dict(mine), True
        for change_id, action, source, after in rows:
            values = msgspec.json.decode(after)
            if name not in values and action != "add":
                continue
            value = values.get(name)
            site, counter = self._place(change_id)
            if source == "import" and action in _INCOMING:
                if exact and is_covered_by(left, theirs):
                    return True, value
                exact = False  # what stood before it came in is not known any more
            elif theirs.get(site, 0) >= counter:
                return True, value
            elif left.get(site, 0) >= counter:
                before = self._before(rows, name, site, counter)
                if before:
                    left[site] = before
                else:
                    left.pop(site, None)
        return False, None

    def _before(
        self, rows: list[tuple[int, str, str, str]], name: str, site: str, counter: int
    ) -> int:
        """The counter of this site's write of the field before that one; 0 when there is none."""
        for change_id, action, source, after in rows:
            where, place = self._place(change_id)
            own = (
                where == site and place < counter
                and not (source == "import" and action in _INCOMING)
            )
            if own and (action == "add" or name in msgspec.json.decode(after)):
                return place
        return 0
