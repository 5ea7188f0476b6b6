"""The numbers that bulletins of this office have been given, also beside the book: a restored
backup has forgotten the newest.

What went out on paper keeps its number, whatever book is put back. The file tells of no bulletin
more than how many there were.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from db.errors import ZhengxianError
from db.session import Session
from db.store.disk.atomic_files import write_atomic

FILE = "issued-numbers.json"


def given(session: Session, report: str, year: int, *, supplement: bool) -> tuple[int, int]:
    """The highest number of the year and the highest total number that a series was given; 0 where
    none is known."""
    series = _read(session).get(_key(report, supplement=supplement), {})
    return series.get(str(year), 0), series.get("total", 0)


def remember(
    session: Session, report: str, year: int, given: tuple[int, int], *, supplement: bool
) -> None:
    """Keep the number of the year and the total number that were given. The book has it by now, so
    that a disk that refuses stands against nothing."""
    known = _read(session)
    series = known.setdefault(_key(report, supplement=supplement), {})
    for name, value in zip((str(year), "total"), given, strict=True):
        series[name] = max(value, series.get(name, 0))
    data = json.dumps({"office": session.office_id, "series": known}, ensure_ascii=False, indent=1)
    with contextlib.suppress(OSError, ZhengxianError):
        write_atomic(session.folder / FILE, data.encode("utf-8"))


def _key(report: str, *, supplement: bool) -> str:
    return f"{report}|supplement" if supplement else report


def _read(session: Session) -> dict[str, dict[str, int]]:
    """What is kept of this office; nothing of a file that is broken or of another office."""
    try:
        kept: Any = json.loads((session.folder / FILE).read_text(encoding="utf-8"))
        if kept["office"] != session.office_id:
            return {}
        return {
            str(name): {str(k): int(v) for k, v in series.items()}
            for name, series in kept["series"].items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
