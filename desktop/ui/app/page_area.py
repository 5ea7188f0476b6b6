"""Where the pages stand: the tabs of a section, the page in front below them, those behind it, and
the way back to the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from db.errors import NotPermitted, ZhengxianError
from db.model.settings import LAST_PAGE
from db.store import gc_pause
from db.store.journal import Change
from desktop.ui.app import page_loader
from desktop.ui.app.navigation import Navigation
from desktop.ui.app.navigation_entries import SectionEntries
from desktop.ui.app.page_transition import Coming
from desktop.ui.app.section_tabs import SectionTabs
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import FIRST
from desktop.ui.kit.page import Page, Then, Window, no_action
from desktop.ui.kit.used_places import LEDGER, UsedPlaces
from desktop.ui.pages import PAGES, PageEntry

REMEMBER_MS = 300
BEHIND = QSizePolicy.Policy.Ignored
"""A page behind asks for no room: the widest would press the navigation together for all."""


class PageArea(QWidget):
    """Makes pages when they are first asked for and brings one to the front; the navigation beside
    it follows."""

    opened = Signal(str)
    """The page of that key is in front."""

    def __init__(
        self, window: Window, sections: Sequence[SectionEntries], navigation: Navigation
    ) -> None:
        super().__init__(window)
        self._window, self._navigation = window, navigation
        self._labels = {entry.key: entry.label for each in sections for entry in each.entries}
        self.stack = QStackedWidget(self)
        self.used = UsedPlaces(window.settings)
        self.tabs = SectionTabs(sections, self.used, navigation.count_at, self)
        self._made: dict[str, Page] = {}
        self._front = ""
        self._origin = ""
        self.kept_typing = ""
        """The page whose unsaved changes a lock kept as a draft."""
        self._coming = Coming(self, self.stack, self.open)
        self._kept = pause(self, REMEMBER_MS, self._remember)
        self.tabs.chosen.connect(self.go)
        self.tabs.back.clicked.connect(self.go_back)
        self.tabs.changed.connect(lambda: self.tabs.show_for(self._front))
        navigation.stays.connect(partial(self._coming.leave_keyboard, navigation))
        self.tabs.bar.stays.connect(partial(self._coming.leave_keyboard, self.tabs.bar))
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.tabs)
        below.addWidget(self.stack, 1)

    @property
    def coming(self) -> bool:
        """Whether a page is on its way, or not painted yet."""
        return bool(self._coming.key) or self._coming.unpainted

    @property
    def front(self) -> str:
        """The key of the page in front; one that is on its way is there for whoever asks."""
        self._coming.arrive()
        return self._front

    @property
    def page(self) -> Page | None:
        """The page in front, likewise."""
        return self._made.get(self.front)

    # ---- to the front

    def go(self, key: str, then: Then = no_action) -> None:
        """Bring a page or a ledger to the front, as `open`; one that has to be made first comes in
        a later turn, when the worker has fetched its modules, so that nothing waits long."""
        if key in self._made:
            page = self.open(key)
            if page is not None:
                then(page)
        elif not self._may_leave():
            self._stay()
        else:
            self._coming.expect(key, then)
            if page_loader.at_hand(key):
                self._make_ahead(key)
            else:
                self._window.jobs.read(
                    lambda job: page_loader.page(key), lambda _: self._make_ahead(key),
                    failed=self._window.error, owner=self, order=FIRST,
                )

    def open(self, key: str) -> Page | None:
        """Bring a page or a ledger to the front at once; the page before it may keep its place by
        refusing to leave."""
        if self._coming.key == key:
            return self._coming.arrive()  # with what is to be done then
        self._coming.forget()
        leaves = key == self._front or self._may_leave()
        page = self._whole(key) if leaves else None
        if page is None:
            self._stay()
            return None
        before, self._front = self._front, key
        if key != before:
            self.renew_commands(page)
            self._offer_way_back("")
        self._coming.put(page)
        for each in self._made.values():
            policy = QSizePolicy.Policy.Preferred if each is page else BEHIND
            each.setSizePolicy(policy, policy)
        self._navigation.mark(key)
        if key != "search":
            self.used.opened(self._navigation.section_of(key), key)
            self._kept.start()
        self.tabs.show_for(key)
        self.opened.emit(key)
        page.shown()
        self._window.page_changed.emit(key)
        return page

    def go_aside(self, key: str, then: Then = no_action) -> None:
        """Open a page for something that is done for the one in front; there is a way back."""
        origin = self._front

        def there(page: Page) -> None:
            if self._front != origin:
                self._offer_way_back(origin)
            then(page)

        self.go(key, there)

    def go_back(self) -> None:
        """To the page from which the record in front was opened."""
        if self._origin:
            self.open(self._origin)

    def _offer_way_back(self, origin: str) -> None:
        """A button and a key that lead back to the page before; none without one."""
        commands = self._window.commands
        commands.remove("back")
        name = self._called(origin) if origin else ""
        self.tabs.show_way_back(name)
        self._origin = origin
        if origin:
            commands.add("back", Command(f"返回{name}", self.go_back, "Alt+Left"))

    def _called(self, key: str) -> str:
        return self._labels.get(key) or _entry(key).label

    def renew_commands(self, page: Page) -> None:
        """Take the commands of the page in front anew; of another page they wait until it is
        opened."""
        if page is not self._made.get(self._front):
            return
        self._window.commands.remove("page")
        self._window.commands.add("page", *page.commands())

    # ---- made

    def _make_ahead(self, key: str) -> None:
        """Unless another is on its way by now."""
        if self._coming.key == key:
            self._coming.bring(self._making(key))

    def _making(self, key: str) -> Iterator[object]:
        """A page is made, and then its parts. Where it may not be, that is said, none is left half
        made, and no page comes."""
        try:
            if key not in self._made:
                self._made[key] = made = self._make(key)
                gc_pause.freeze_objects()
                made.setSizePolicy(BEHIND, BEHIND)
                made.hide()
                yield made
            for part in self._made[key].unmade:  # noqa: UP028 - it would end them with this
                yield part
        except Exception as error:
            half = self._made.pop(key, None)
            if half is not None:
                half.deleteLater()
            if self._coming.key == key:
                self._coming.forget()
            self._stay()
            if not isinstance(error, ZhengxianError):
                raise
            self._window.error(error.message)

    def _whole(self, key: str) -> Page | None:
        """The page of that key, made if need be; None where it may not be."""
        for _ in self._making(key):
            pass
        return self._made.get(key)

    def _make(self, key: str) -> Page:
        session = self._window.session
        if key.startswith(LEDGER):
            session.book_of(key.removeprefix(LEDGER))  # raises for who has no key of it
            return page_loader.page(key)(self._window)
        entry = _entry(key)
        if entry.book and entry.book not in {book.name for book in session.books}:
            raise NotPermitted(f"您没有打开「{entry.label}」的密钥，请联系组织人事员或管理员。")
        return page_loader.page(key)(self._window)

    def refresh(self, change: Change | None) -> None:
        """The book changed; None: everything is to be read anew."""
        for key in tuple(self._made):
            page = self._whole(key)
            if page is not None:
                page.refresh(change)

    # ---- left

    def leave(self, unasked: bool = False) -> bool:
        """Before a lock or the end: let the page in front keep what is being typed.

        ``unasked``: nobody sits there to answer, so a page that would ask keeps its changes as a
        draft: no book stays open over it.
        """
        page = self.page
        self._remember()
        if unasked and page is not None and page.asks_before_leaving:
            page.keep_typed()
            self.kept_typing = self._called(self._front)
            return True
        return self._may_leave()

    def _may_leave(self) -> bool:
        page = self._made.get(self._front)
        return page is None or page.leave()

    def _stay(self) -> None:
        """The page in front remains: say so where another was clicked."""
        self._navigation.mark(self._front)
        self.tabs.show_for(self._front)

    def _remember(self) -> None:
        """Write down which page was opened last, once it stands: no page waits for a disk."""
        self.used.keep()
        if self._front not in ("", "search"):
            self._window.settings.set(LAST_PAGE, self._front)


def _entry(key: str) -> PageEntry:
    return next(entry for entry in PAGES if entry.id == key)
