"""A made-up office of a city (or a province) with every ledger filled, to try the program on, to
show it, and to measure it.

The same seed gives the same office on the same day: dates are laid back from today, so that some
work is due soon and some overdue. No place, unit or person in it exists; texts come from
``resources/demo``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import resources
from db import office
from db.keys.passwords import DEMO_PASSWORD, made_up_office
from db.session import Session
from db.store import gc_pause
from db.store.bulk import DatedWrites, filling, write
from desktop.sample.items_process import items_of
from desktop.sample.maker import Maker
from desktop.sample.meetings import fill_reviews
from desktop.sample.people import fill_classes, fill_personnel
from desktop.sample.work import fill_office, fill_scheduled, fill_summary

PASSWORD = DEMO_PASSWORD
ADMIN = "admin"
USERS = (
    ("clerk", "周静怡", "clerk"), ("reviewer", "何明远", "reviewer"),
    ("personnel", "沈知秋", "personnel"),
)
DEFAULT_ITEMS = 2000
INDEX_AT_ONCE = 12_000
"""Records made searchable while making the office; more than that are left to the program's first
idle moments."""


def make(
    folder: Path, items: int = DEFAULT_ITEMS, seed: int = 1, *, today: dt.date | None = None,
    progress: Callable[[int, int], None] | None = None, earlier: int = 0,
) -> dict[str, Any]:
    """Make the office of a city in an empty folder; ``items`` ledger items, those of each of so
    many ``earlier`` years a tenth of this year's (eight at least). ``progress`` hears (done, of) of
    this year's now and then.

    Returns data (the folder), office and users as the command line answers them. Raises what
    ``create_office`` raises.
    """
    return _make(folder, "city", _Asked(items, seed, today, progress, earlier))


def make_province(
    folder: Path, items: int = DEFAULT_ITEMS, seed: int = 1, *, today: dt.date | None = None,
    earlier: int = 0,
) -> dict[str, Any]:
    """The same of a province: cities in the place of counties, and counties below them."""
    return _make(folder, "province", _Asked(items, seed, today, None, earlier))


#: Lies in the folder of an office that is being made up; what stays behind was cut short.
UNFINISHED = "示例没有建完.txt"


class _Asked(NamedTuple):
    items: int
    seed: int
    today: dt.date | None
    progress: Callable[[int, int], None] | None
    earlier: int


def _make(folder: Path, level: str, asked: _Asked) -> dict[str, Any]:
    texts = _read("texts.toml")
    places = _read("office.toml")
    if level == "province":
        places |= places["province"]
    items, seed, today, progress, earlier = asked
    items -= earlier * (items // (10 + earlier))
    with made_up_office():
        session, _ = office.create_office(
            folder, places["office"], level, ADMIN, PASSWORD, display="陈思远"
        )
    unfinished = folder / UNFINISHED
    try:
        unfinished.write_text("示例单位还没有建完，请不要使用这个文件夹。\n", encoding="utf-8")
        for name, display, role in USERS:
            with made_up_office():
                office.add_user(session, name, display, role, PASSWORD)  # type: ignore[arg-type]
            office.sign_as(session, session.key_file.unlock(name, PASSWORD))
        maker = Maker(session, seed, places, texts, today or dt.date.today())
        with gc_pause.pause_gc():
            _fill(session, maker, items, earlier, progress or (lambda done, of: None))
        for book in session.books:
            book.optimize()
        users = [{"name": u.name, "role": u.role} for u in office.users(session)]
        unfinished.unlink()
        return {"data": str(session.folder), "office": session.office_name, "users": users}
    finally:
        session.close()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.path("demo", name).read_text(encoding="utf-8"))


def _fill(
    session: Session, maker: Maker, items: int, earlier: int, progress: Callable[[int, int], None]
) -> None:
    office_book = session.book_of("unit")
    maker.chronicle = DatedWrites(office_book)
    fill_office(maker, items)
    founded = maker.chronicle.taken()
    with closing(items_of(maker, items, earlier)) as drawing:
        write(office_book, founded, "demo")
        session.names.forget()
        with filling(office_book, log_at_end=False) as batches:
            for number, batch in drawing.drawn():
                batches.write(batch, "demo")
                progress(number, items)
        fill_reviews(maker)
        maker.chronicle.write("demo")
        maker.chronicle = DatedWrites(session.book_of("cadre"))
        fill_personnel(maker, items)
        maker.chronicle.write("demo")
        maker.chronicle = DatedWrites(office_book)
        fill_classes(maker, earlier)
        fill_summary(maker)
        fill_scheduled(maker)
        maker.chronicle.write("demo")
        write(office_book, drawing.last(), "demo")
    for book in session.books:
        if maker.made <= INDEX_AT_ONCE:
            while book.index_waiting():
                pass
    progress(items, items)
