"""What a page and the window promise each other.

A page is a `Page`: what it does not say for itself, it does not do. It is given the `Window`, which
opens other pages, speaks to the person and undoes; what pages do for each other are `Services`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from db.metrics.metrics import ScopeKeywords
from db.model.query import Query, Where
from db.session import Session
from db.store.journal import Change
from desktop.settings import Settings
from desktop.ui.kit.commands import Command, Commands
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.kept_unsaved import KeptDrafts
from desktop.ui.kit.messages import Toast
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.kit.used_places import UsedPlaces

T = TypeVar("T")
Then = Callable[["Page"], object]


def no_action(page: Page) -> None:
    """Nothing is to be done with a page once it is there."""


class Window(QWidget):
    """What everything inside is given as `window`."""

    lock_asked = Signal()
    folder_asked = Signal(object)
    """Another office's folder is to be opened in place of this one."""
    rebuild_asked = Signal()
    """The size of the font or the ledgers changed: the shell builds this anew and opens the same
    page."""
    setting_changed = Signal(str)
    page_changed = Signal(str)
    backup_told = Signal()
    """When the last backup was made is known, or known anew."""
    typing_changed = Signal(bool)
    """A form has something typed that is not saved, or no more."""

    session: Session
    jobs: Jobs
    settings: Settings
    services: Services
    commands: Commands
    people: Mapping[str, str]
    """Login names of this office and how their people are called."""
    stack: QStackedWidget
    toasts: Toast
    used: UsedPlaces
    drafts: KeptDrafts

    def go(self, key: str, then: Then = no_action) -> None:
        """Bring a page or a ledger to the front without holding up the window; what is ``then`` to
        be done with it."""
        raise NotImplementedError

    def go_aside(self, key: str, then: Then = no_action) -> None:
        """The same with a way back to the page in front."""
        raise NotImplementedError

    def open(self, key: str) -> Page | None:
        """Bring a page or a ledger to the front; None when the page before it stays."""
        raise NotImplementedError

    def open_ledger(
        self, kind: str, where: tuple[Where, ...] | None = None, search: str = "",
        select: str | None = None,
    ) -> Page | None:
        """Open a ledger with these filters (none: as it was left), or at one record."""
        raise NotImplementedError

    def go_ledger(
        self, kind: str, where: tuple[Where, ...] | None = None, search: str = "",
        select: str | None = None,
    ) -> None:
        """The same, for who needs nothing more of it."""
        raise NotImplementedError

    def open_record(self, kind: str, uid: str, among: tuple[Where, ...] = ()) -> None:
        """Open the ledger where a record stands, at that record, among those it was one of."""
        raise NotImplementedError

    def knows(self, key: str) -> bool:
        """Whether this person has such a page or ledger."""
        raise NotImplementedError

    def renew_commands(self, page: Page) -> None:
        """Take the commands of a page anew, if it is in front."""
        raise NotImplementedError

    def set_count(self, key: str, count: int) -> None:
        """A red figure beside a page or a ledger."""
        raise NotImplementedError

    def set_backup_text(self, text: str) -> None:
        """When the last backup was made, in words."""
        raise NotImplementedError

    def toast(self, text: str, undo: bool = False) -> None:
        """Say what was done; with 撤销 when it can be taken back."""
        raise NotImplementedError

    def error(self, problem: str | Exception) -> None:
        """Say what went wrong and what to do; stays until closed."""
        raise NotImplementedError


class Services(Protocol):
    """What a page has done by another one: it comes to the front."""

    def import_forms(self, files: Sequence[Path]) -> None:
        """Look at appointment forms."""

    def import_files(self, files: Sequence[Path], kind: str | None = None) -> None:
        """Look at workbooks and folders of them, for a ledger; without any, ask for one."""

    def export_rows(self, kind: str, query: Query | None = None) -> None:
        """Ask how a ledger is to be exported; a list narrowed to one unit proposes that unit."""

    def export_list(self, shown: ShownList) -> None:
        """Write a list as it stands into a workbook; asks where to."""

    def print_list(self, shown: ShownList) -> None:
        """Preview a list as it stands."""

    def print_record(self, kind: str, uid: str, report: str = "") -> None:
        """Preview the sheet of one record, by a report or the first that is made for such
        records."""

    def keep_letter(self, uid: str) -> None:
        """A letter that was just added keeps what it says; in the thread that writes."""

    def show_draft(self, uid: str) -> None:
        """Open a bulletin that is being drafted."""

    def show_person(self, uid: str) -> None:
        """The page of one person."""

    def search(self, text: str, first: bool = False) -> None:
        """Look a text up in everything that this person can open; ``first``: and open the first
        hit."""

    def change_unit(self, uid: str | None) -> None:
        """Where units are renamed, merged, divided; at one of them."""


@dataclass(frozen=True)
class ShownNumber:
    """A number as it stands on a page, and which figure it is: over what it was asked, in which
    line of a table (what it is grouped by, its key). ``part``: numerator or denominator alone."""

    text: str
    figure: str
    asked: ScopeKeywords
    group: tuple[str, object] | None = None
    part: str = "value"


class Page(QWidget):
    """One page of the window."""

    def __init__(self, window: Window) -> None:
        # in its place from the start: Qt styles all in it anew each time it gets another parent
        super().__init__(window.stack)
        self.window_, self.session, self.jobs = window, window.session, window.jobs
        self._start: QWidget = self
        self.unmade = self.parts()
        """What of it is still to be made."""

    def starts_at(self, widget: QWidget) -> None:
        """What has the keyboard first. A focus proxy would not do: Tab goes to it at once, past all
        that stands before it on the page."""
        self._start = widget

    def take_keyboard(self) -> None:
        """Put the keyboard where one begins."""
        self._start.setFocus()

    def write_and_tell(
        self, work: Callable[[], T], sentence_of: Callable[[T], str], label: str, *,
        undo: bool = True
    ) -> None:
        """Have the writer do something, and say what came of it; with 撤销 when it can be taken
        back."""
        self.jobs.write(
            lambda job: work(), lambda done: self.window_.toast(sentence_of(done), undo=undo),
            failed=self.window_.error, owner=self, label=label,
        )

    def parts(self) -> Iterator[object]:
        """What takes long of making it: after each `yield` the window may do something else. All of
        it is made before it first comes to the front."""
        return iter(())

    def finish(self) -> None:
        """Make what is still to be made, at once."""
        for _ in self.unmade:
            pass

    def shown(self) -> None:
        """It came to the front."""

    def refresh(self, change: Change | None) -> None:
        """The book changed; None: everything is to be read anew."""

    def shown_numbers(self) -> list[ShownNumber]:
        """Every number on it that is more than a number of lines, as it stands there: a test holds
        each against the figure of its name."""
        return []

    def commands(self) -> list[Command]:
        """What may be done by keys or the palette while it is in front."""
        return []

    def leave(self) -> bool:
        """Before another page or a lock takes its place; False keeps it."""
        return True

    @property
    def asks_before_leaving(self) -> bool:
        """Whether `leave` would ask the person now."""
        return False

    @property
    def place(self) -> str:
        """Where on it one is, for the page that takes its place when the window is built anew."""
        return ""

    def go_to(self, place: str) -> None:
        """Back to where one was before the window was built anew."""

    def keep_typed(self) -> None:
        """Nobody is there to be asked: keep as a draft what is typed."""

    def offers(self, what: str) -> bool:
        """Whether a button of the toolbar means something here: new, save, export or
        print_preview."""
        return False

    def new(self) -> None:
        """新建 was asked for."""

    def take_up(self, draft: str) -> None:
        """A new record that was begun and not saved is to be gone on with."""

    def save(self) -> None:
        """保存 was asked for."""

    def export(self) -> None:
        """导出 was asked for."""

    def print_preview(self) -> None:
        """打印预览 was asked for."""

    def escape(self) -> None:
        """Esc, when nothing else takes it."""


SaveFirst = Callable[[Callable[[], None]], None]
"""Keeps what is typed, then does what it is given; a refused save does not come to it."""
PageMaker = Callable[[Window], Page]
