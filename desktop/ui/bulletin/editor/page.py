"""A page with one draft in front: what is typed is kept before anything else is done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from desktop.ui.bulletin.editor.card import DraftCard
from desktop.ui.bulletin.editor.look import save_draft
from desktop.ui.bulletin.editor.parts import DraftList
from desktop.ui.kit.page import Page

if TYPE_CHECKING:
    from desktop.bulletin.issue.bulletins import OpenBulletin
    from desktop.bulletin.issue.editor_view import View


class DraftPage(Page):
    """The draft, where it is typed and listed, and how it is kept."""

    opened: OpenBulletin | None
    view: View | None
    card: DraftCard
    drafts: DraftList
    _keeper: QTimer
    """Keeps what is typed after a while."""

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not kept yet."""
        return self.opened is not None and self.opened.writable and self.card.modified

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Keep what is typed, then go on; what cannot be set is told and stays as typed, and
        nothing else happens."""
        self._keeper.stop()
        if self.opened is None or not self.dirty:
            if then is not None and self.jobs.writing is not None:  # perhaps of this text
                self.jobs.write(lambda job: None, lambda _: self.save(then), owner=self)
            elif then is not None:
                then()
            return
        uid, card = self.opened.record.uid, self.card
        # a title that is just being typed anew is empty: the text keeps the one that it had
        head, body = card.head.text().strip() or None, card.body.body()
        write = partial(save_draft, self.session, uid, head, body)
        card.set_unmodified()

        def kept(_: object) -> None:
            if then is None:
                self.open_again(uid)
            else:
                self.drafts.load()
                self.save(then)  # what was typed on meanwhile

        self.jobs.write(lambda job: write(), kept, failed=self._not_kept, owner=self)

    def _not_kept(self, error: Exception) -> None:
        self.card.body.document().setModified(True)
        if self.opened is not None:
            self.drafts.show_draft(self.opened.record.uid)
        self.window_.error(error)

    def open_again(self, uid: str) -> None:
        """Show it as it is kept now."""
        if self.opened is not None and self.opened.record.uid == uid:
            self.show_kept(uid)
        self.drafts.load()

    def show_kept(self, uid: str | None) -> None:
        """Show a draft as it is kept; None: none."""
        raise NotImplementedError  # each heir's; Qt's metaclass allows no ABC
