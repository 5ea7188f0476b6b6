"""The figures of the draft that is in front."""

from __future__ import annotations

from db.metrics.metrics import Scope
from desktop.ui.bulletin.editor.figures import DraftFigures
from desktop.ui.bulletin.editor.page import DraftPage


class ShownFigures(DraftFigures):
    """Each is done to what the page shows now, and only where it may be changed."""

    def __init__(self, page: DraftPage) -> None:
        super().__init__(page, page.session, page.jobs, page.window_, page.save, page.open_again)
        self._shown = page

    def show_figure(self, source: str) -> None:
        """What is behind a chip."""
        figure = self._shown.card.body.figures.get(source)
        if figure is not None:
            self.show_key(figure.key)

    def show_key(self, key: str) -> None:
        """What is behind a figure of the draft, wherever it stands."""
        if self._shown.opened is not None:
            self.look(self._shown.opened.record, key, writable=self._shown.opened.writable)

    def show_tables(self, part: str = "") -> None:
        """The figures that stand in tables and charts."""
        opened, view = self._shown.opened, self._shown.view
        if opened is not None and view is not None:
            self.in_tables(opened.record, view, part, writable=opened.writable)

    def scope(self) -> Scope:
        """The period and the unit of the draft, the ledgers of its report."""
        opened = self._shown.opened
        if opened is None:
            return Scope()
        values, text = opened.record.values, opened.record.values["period_text"]
        ledgers = opened.report.ledgers if opened.report is not None else ()
        return Scope.of(period=text or None, unit=values["about_unit"], ledgers=ledgers or None)

    def insert_figure(self) -> None:
        """Ask which figure, and put it in at the cursor."""
        if self._shown.opened is not None and self._shown.opened.writable:
            self.ask(self._shown.card.body.insert_blank)

    def take_now(self) -> None:
        """Take the figures of now into the draft."""
        if self._shown.opened is None or not self._shown.opened.writable:
            return
        uid = self._shown.opened.record.uid
        self._save(lambda: self.take(uid))
