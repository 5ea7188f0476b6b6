"""A ledger's list with the form beside it, as wide as the person drew them."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from db.model.settings import FORM_BESIDE
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.lists.ledger_table import LedgerTable
from desktop.ui.record_form.form import RecordForm


class ListAndForm(QSplitter):
    """The list takes three fifths, or what it needs to be read, unless the form would be too
    narrow."""

    def __init__(self, kind: str, context: EditorContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._view, self._settings = f"list.{kind}", context.window.settings
        self._context, self._kind, self._drafts = context, kind, context.window.drafts
        self.setChildrenCollapsible(False)
        self.setHandleWidth(theme.sizes().gap)
        card = QFrame(self)
        card.setProperty("class", "card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        self.table = LedgerTable(context.session, context.jobs, self._settings, kind, card)
        inner.addWidget(self.table)
        self.addWidget(card)

    def add_form(self) -> None:
        """Beside the list, which is made before it."""
        context = self._context
        self.form = RecordForm(self._kind, context, self)
        self.addWidget(self.form)
        self.form.action_bar.left.connect(self.table.setFocus)
        self._drafts.changed.connect(self._mark_drafts)
        self._mark_drafts()
        self.form.setVisible(self._settings[FORM_BESIDE])
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 2)
        kept = self._settings.view(self._view).get("split")
        edges = theme.sizes().pad * 2 + self.handleWidth()
        room = max(1, context.window.stack.width() - edges)
        wanted = max(round(room * 0.38), theme.sizes().chars(27))
        # the form gives way to what the list is read for, as far as it can be read itself
        form = max(self.form.minimumWidth(), min(wanted, room - self.table.arranged.least_width()))
        usual = [max(1, room - form), form]
        self.setSizes(kept if isinstance(kept, list) and len(kept) == 2 else usual)
        self.splitterMoved.connect(lambda *_: self._keep())

    def _mark_drafts(self) -> None:
        """Rows of which something is typed and not saved say so."""
        self.table.rows.mark(self._drafts.uids(self._kind))

    def _keep(self) -> None:
        kept = {**self._settings.view(self._view), "split": self.sizes()}
        self._settings.set_view(self._view, kept)
