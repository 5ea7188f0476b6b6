"""What is imported in the reader while a person types a password, in the order it is needed: each
would else hold up the window when it is first opened."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QListWidget

from db.model import pinyin
from desktop.bulletin.typeset import pdf_pages
from desktop.ui.app import page_loader
from desktop.ui.pages import PAGES


def _office() -> object:
    from db import office

    return office.prepared()


def _window() -> object:
    from desktop.ui.app import safekeeping

    return safekeeping


def _names() -> object:
    return pinyin.readings("年")


def _page(key: str) -> Callable[[], object]:
    def load() -> object:
        return page_loader.ledger("") if key == "ledger" else page_loader.page(key)

    return load


def wrap_classes() -> None:
    """In the window's thread: the first widget that Qt hands back makes PySide wrap all classes
    that it could be of, a quarter of what the first page would take."""
    QListWidget().viewport()


def entrance() -> None:
    """What the window itself and its first page are made of; for who was quicker than the reader,
    in another thread than the window's."""
    _window()
    page_loader.page("home")


def steps() -> tuple[Callable[[], object], ...]:
    """To be called one after the other, each a job of its own."""
    pages = (_page(entry.id) for entry in PAGES)
    first = (_office, _window, _page("home"), _page("ledger"), _names)
    return (*first, *pages, pdf_pages.engine)
