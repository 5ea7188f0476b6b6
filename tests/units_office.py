"""An office without records on a fixed day, whose units change in the middle of the year before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from db import office
from db.session import Session

TODAY = dt.date(2022, 9, 28)
CHANGE = dt.date(2022, 7, 1)
PASSWORD = "zhengxian-demo"


def day(month: int, number: int = 15) -> dt.date:
    """A day of that year."""
    return dt.date(2022, month, number)


@contextmanager
def opened(folder: Path) -> Iterator[Session]:
    """Made, logged into, and closed in the end."""
    made, _ = office.create_office(folder, "云川市活动办", "city", "admin", PASSWORD)
    made.fixed_today = TODAY
    yield made
    made.close()


def unit(session: Session, name: str, **values: Any) -> str:
    """One more unit; returns its uid."""
    return session.add("unit", {"name": name, **values})
