"""What a page has done by another one: the other comes to the front and does it, with a way back;
papers are set where one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from db.model.query import Query
from desktop.bulletin.issue import letters
from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.exchange.export_dialog import ask_and_export
from desktop.ui.exchange.list_export import ask_and_export_list
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.pages.cadre import CadrePage
from desktop.ui.pages.drafts import DraftsPage
from desktop.ui.pages.exchange import ExchangePage
from desktop.ui.pages.search import SearchPage
from desktop.ui.pages.units import UnitsPage

P = TypeVar("P", bound=Page)


class PageServices:
    """`desktop.ui.kit.page.Services` of one window. A page is imported when it is first wanted."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def _go(self, key: str, page: type[P], then: Callable[[P], object]) -> None:
        def there(found: Page) -> None:
            if isinstance(found, page):
                then(found)

        self._window.go_aside(key, there)

    def import_forms(self, files: Sequence[Path]) -> None:
        self._go("cadre", CadrePage, lambda page: page.forms.take(files))

    def import_files(self, files: Sequence[Path], kind: str | None = None) -> None:
        def take(page: ExchangePage) -> None:
            if files:
                page.take(files, kind)
            else:
                page.choose_files(kind)

        self._go("exchange", ExchangePage, take)

    def export_rows(self, kind: str, query: Query | None = None) -> None:
        unit = _only_unit(query, self._window.session.kinds.get(kind).unit)
        ask_and_export(self._window, (kind,), unit)

    def export_list(self, shown: ShownList) -> None:
        ask_and_export_list(self._window, shown)

    def print_list(self, shown: ShownList) -> None:
        PaperDialog(self._window).page.show_list(shown)

    def print_record(self, kind: str, uid: str, report: str = "") -> None:
        PaperDialog(self._window).page.show_record(kind, uid, report)

    def keep_letter(self, uid: str) -> None:
        letters.freeze_text(self._window.session, uid)

    def show_draft(self, uid: str) -> None:
        self._go("drafts", DraftsPage, lambda page: page.show_draft(uid))

    def show_person(self, uid: str) -> None:
        self._go("cadre", CadrePage, lambda page: page.show_person(uid))

    def change_unit(self, uid: str | None) -> None:
        self._go("units", UnitsPage, lambda page: page.select(uid) if uid is not None else None)

    def search(self, text: str, first: bool = False) -> None:
        """Look for a text everywhere; or open the first hit."""
        self._go("search", SearchPage, lambda page: page.look_for(text, first))


def _only_unit(query: Query | None, unit_field: str | None) -> str | None:
    """The one unit that a list is narrowed to."""
    for where in query.where if query is not None else ():
        if where.field in ("unit", unit_field) and where.op in ("eq", "in"):
            units = [where.value] if where.op == "eq" else where.value
            if len(units) == 1 and isinstance(units[0], str):
                return units[0]
    return None
