"""The one top-level window: first the login or the first-run wizard, then the workspace; a lock
leads back to login."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QStackedWidget, QWidget

from db.model.settings import (
    FONT_POINTS,
    IDLE_MINUTES,
    LAST_FOLDER,
    LAST_OFFICE,
    LAST_PAGE,
    LAST_USER,
    LOOK,
    WINDOW_GEOMETRY,
)
from db.store import gc_pause
from desktop import crash_log
from desktop.settings import Settings
from desktop.ui.app import window_position
from desktop.ui.app.login import LoginPage, user_names
from desktop.ui.kit import accessible, icons, theme
from desktop.ui.kit.jobs import Job, Jobs, error_text

if TYPE_CHECKING:
    from desktop.ui.app.safekeeping import Safekeeping

AFTER_PAINT_MS = 15

_shells: WeakSet[Shell] = WeakSet()


def report(error: BaseException | None) -> None:
    """Tell the person of a fault of the program, in the window that is open."""
    for shell in list(_shells):
        shell.say_error(error_text(error))


class Shell(QMainWindow):
    """Owns the workers and the session; everything else is given them."""

    unlocked = Signal()
    locked = Signal()
    first_painted = Signal()

    def __init__(self, folder: Path, user: str | None, settings: Settings) -> None:
        super().__init__()
        self.folder, self.settings = folder, settings
        self.session: Any = None
        self.jobs = Jobs(self)
        self.workspace: Any = None
        self._keeping: Safekeeping | None = None
        self._closing = self._locking = False
        self._left_open: list[str] = []
        self._left_by = ""
        self._was_painted = False
        self._key_for: QWidget | None = None
        self._stop_listening: Any = None
        self.setWindowTitle("争先台账")
        accessible.install()
        self.stack = QStackedWidget()
        self.setCentralWidget(self.stack)
        self.front: Any = None
        self.first_painted.connect(lambda: self.installEventFilter(self))
        self._placed = window_position.place(self, settings[WINDOW_GEOMETRY])
        self._show_entrance(user)
        _shells.add(self)

    # ---- the entrance

    def _show_entrance(self, user: str | None = None) -> None:
        """The login when there is an office in the folder, else the wizard that makes one."""
        if (self.folder / "keys.json").exists():
            known = self.settings[LAST_FOLDER] == str(self.folder)
            office = self.settings[LAST_OFFICE] if known else ""
            login = LoginPage(
                office or "请登录",
                str(self.folder),
                user_names(self.folder),
                user or self.settings[LAST_USER],
                self.stack,
            )
            login.submitted.connect(self.log_in)
            login.recovered.connect(self.recover)
            login.other_folder.connect(self._choose_folder)
            login.restore_asked.connect(self._restore_backup)
            self.jobs.busy.connect(login.show_progress)
            self._take_front(login)
            login.focus_first()
            return
        from desktop.ui.app.wizard import Wizard  # late: needed once in a lifetime

        wizard = Wizard(self.folder, self.jobs)
        wizard.finished.connect(self._enter)
        wizard.other_folder.connect(self._choose_folder)
        wizard.restore_asked.connect(self._restore_backup)
        self._take_front(wizard)

    def _take_front(self, widget: Any) -> None:
        before, self.front = self.front, widget
        self.stack.addWidget(widget)
        self.stack.setCurrentWidget(widget)
        if before is not None:
            self.stack.removeWidget(before)
            before.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The children paint after this; what follows waits until they have, since a thread would
        share their processor."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(AFTER_PAINT_MS, self, self.first_painted.emit)

    def painted(self, fetched: Callable[[], None] = lambda: None) -> None:
        """The first paint is over: fetch what will be needed, without holding up typing, and say
        when it is there."""
        window_position.fit_frame(self, self._placed)
        self.jobs.read(_preload, lambda ahead: self._fetch(ahead, fetched), failed=self.not_there)

    def _fetch(self, ahead: Any, fetched: Callable[[], None]) -> None:
        for step in ahead.steps():
            self.jobs.read(_job_of(step), failed=self.not_there)
        for work, done in (
            (lambda job: None, lambda _: ahead.wrap_classes()),
            (lambda job: icons.read_table(), lambda _: icons.resume_drawing()),
        ):
            self.jobs.read(work, done, failed=self.not_there)
        self.jobs.read(_sweep, failed=self.not_there)
        self.jobs.read(lambda job: None, lambda _: fetched(), failed=self.not_there)

    def not_there(self, error: Exception) -> None:
        """What was fetched ahead is fetched again by whoever needs it, who tells of it then."""
        crash_log.logger().warning("not imported ahead: %s", error)

    def _choose_folder(self) -> None:
        from desktop.ui.kit import file_dialogs  # late: its wrapper costs more than the login

        found = file_dialogs.folder(self, "data", "打开数据文件夹", str(self.folder.parent))
        if found is not None:
            self.folder = found
            self._show_entrance()

    def _open_folder(self, folder: Path) -> None:
        """Another office's, the archive of a year's say: to be logged in to in its turn."""

        def turn() -> None:
            before, self.folder = self.folder, folder
            if not self.lock():
                self.folder = before

        QTimer.singleShot(0, self, turn)

    def _restore_backup(self) -> None:
        self.restore_from(None)

    def restore_from(self, given: Path | None) -> None:
        """Put a backup in place while nobody is logged in: a new machine, or a book that no longer
        opens."""
        from desktop.ui.safety import restoring  # late: needed once in a lifetime, if ever

        def restored(user: str, words: str) -> None:
            self._show_entrance(user)
            self.front.tell(words)

        def failed(error: Exception) -> None:
            self.front.refuse(error_text(error))

        user = self.front.user.currentText().strip() if isinstance(self.front, LoginPage) else ""
        restoring.restore_closed(self, self.jobs, self.folder, user, restored, failed, given)

    # ---- logging in, locking

    def log_in(self, user: str, password: str) -> None:
        """Derive the key and open the books in the worker; the login page waits."""
        self._unlock(
            lambda office,
            progress: office.open_office(self.folder, user, password, progress=progress),
            self._enter,
        )

    def recover(self, user: str, recovery_key: str, password: str) -> None:
        """The way in with the key on paper: a new password, and the next key to print."""

        def entered(result: tuple[Any, str]) -> None:
            from desktop.ui.safety import recovery_key  # late: needed once in a lifetime, if ever

            session, paper = result
            recovery_key.hand_over(self, session, paper, self.jobs)
            self._enter(session)

        self._unlock(
            lambda office, _: office.recover_office(self.folder, recovery_key, user, password),
            entered,
        )

    def _unlock(self, way: Callable[[Any, Any], object], then: Callable[[Any], None]) -> None:
        self.front.wait()

        def open_office(job: Job) -> object:
            from db import office  # late: the encrypted book is not needed to paint a login

            try:
                _preload(job).entrance()
            except Exception as error:  # told by whoever needs it
                self.not_there(error)
            return way(office, lambda what, done, of: job.step(done, of, what))

        self.jobs.write(open_office, then, failed=self._refused, label="正在打开台账")

    def _refused(self, error: Exception) -> None:
        self.front.refuse(error_text(error))

    def _enter(self, session: Any) -> None:
        """The books are open: build the workspace and show its first page."""
        from desktop.ui.app.safekeeping import Safekeeping  # late: it is for open books

        self.session = session
        icons.defer_drawing()
        self.jobs.hold()
        self._stop_listening = session.subscribe(self.jobs.announce)
        mine = Settings(self.folder, session.user.name)
        self._keeping = Safekeeping(
            self, session, self.jobs, mine[IDLE_MINUTES], lambda: self.lock(forced=True)
        )
        self._build_workspace(mine)
        QTimer.singleShot(1, self, self._open_home)
        self._keeping.begin(self.workspace)
        self._hand_on_what_was_left()
        if notices := session.notices:
            self.workspace.error("\n".join(notices))
        self.unlocked.emit()

    def _hand_on_what_was_left(self) -> None:
        """Where the same person was interrupted by a lock: told with the drafts, once they are
        read."""
        names, self._left_open = self._left_open, []
        if names and self._left_by == self.session.user.name:
            self.workspace.left_open = names

    def _open_home(self) -> None:
        """In turns of its own, so that no part of the first page holds up the window."""
        if self.workspace is not None and self.workspace.page is None:
            self.workspace.go("home")
        QTimer.singleShot(AFTER_PAINT_MS, self, self._remember)

    def _remember(self) -> None:
        """Once the first page is painted: what it shows, icons, the title, and for the next start
        where, which office, who."""
        if self.workspace is not None and self.workspace.area.coming:
            QTimer.singleShot(AFTER_PAINT_MS, self, self._remember)
            return
        self.jobs.let_go()
        icons.resume_drawing()
        if self.session is None:
            return
        self._say_office()
        if not self.session.archived:
            held = {LAST_FOLDER: str(self.folder), LAST_OFFICE: self.session.office_name}
            self.settings.set_all({**held, LAST_USER: self.session.user.name})

    def _say_office(self) -> None:
        name = self.session.office_name
        self.setWindowTitle(f"{name} — 争先台账")
        self.workspace.status.say_office(name)

    def _build_workspace(self, mine: Settings) -> None:
        assert self._keeping is not None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if (mine[FONT_POINTS], mine[LOOK]) != theme.applied():
            theme.apply(app, mine[FONT_POINTS], mine[LOOK])
        self.workspace = self._keeping.workspace(mine, self.stack)
        self.workspace.lock_asked.connect(self.lock)
        self.workspace.folder_asked.connect(self._open_folder)
        self.workspace.rebuild_asked.connect(lambda: QTimer.singleShot(0, self._rebuild))
        self.workspace.setting_changed.connect(self._setting_changed)
        self._take_front(self.workspace)

    def _open_last(self) -> None:
        last = self.workspace.settings[LAST_PAGE]
        if self.workspace.open(last if self.workspace.knows(last) else "home") is None:
            self.workspace.open("home")

    def _rebuild(self) -> None:
        """Another size of the font, or a ledger more: the same session in a workspace made anew, at
        the same page."""
        if self._keeping is None or not self.workspace.area.leave():
            return
        place = self.workspace.page.place if self.workspace.page is not None else ""
        gc_pause.unfreeze_objects()  # the one before goes
        self._build_workspace(self.workspace.settings)
        self._say_office()
        self._open_last()
        if place and self.workspace.page is not None:
            self.workspace.page.go_to(place)
        self._keeping.show_last(self.workspace)

    def apply_system_look(self) -> None:
        """The desktop turned dark or light: whoever goes with it sees it at once, or, where a
        question would have to be asked first, after the next login."""
        if theme.applied()[1] != theme.SYSTEM:
            return
        theme.forget()
        page = self.workspace.page if self.workspace is not None else None
        busy = page is None or page.asks_before_leaving or QApplication.activeModalWidget()
        if not busy:
            self._rebuild()

    def _setting_changed(self, name: str) -> None:
        if name == IDLE_MINUTES.name and self._keeping is not None:
            self._keeping.follow(self.workspace.settings)

    def lock(self, forced: bool = False) -> bool:
        """Close the books and return to the login. What is half typed is kept as a draft first."""
        if self.session is None:
            return True
        if self.jobs.writing is not None and self.jobs.writing.total:
            if not forced:  # an import or a backup runs; the idle clock comes round again by itself
                self.workspace.toast(f"{self.jobs.writing.label}，完成后自动锁定。")
                if not self._locking:
                    self._locking = True
                    self.jobs.busy.connect(self._lock_at_last)
            return False
        from desktop.ui.app.open_dialogs import dismiss, open_dialogs  # late: the login has none

        if forced and open_dialogs():
            self._left_open += dismiss()
            if open_dialogs():
                return False  # the recovery key stands there, to be kept first
            # after the question's own loop has ended
            QTimer.singleShot(0, lambda: self.lock(forced=True))
            return False
        if not self.workspace.area.leave(unasked=forced) and not forced:
            return False
        user = self.session.user.name
        if self.workspace.area.kept_typing:
            self._left_open.append(self.workspace.area.kept_typing)
        self._left_by = user
        self._close_session()
        self._show_entrance(user)
        self.setWindowTitle("争先台账")
        self.locked.emit()
        return True

    def _lock_at_last(self, job: Any) -> None:
        """The work that a lock waited for is done, or other work has come."""
        if job is None and self._locking:
            self._locking = False
            self.jobs.busy.disconnect(self._lock_at_last)
            QTimer.singleShot(0, self.lock)

    def _close_session(self) -> None:
        """End the workers, so that nobody reads while the books are closed, then close them."""
        keeping, self._keeping = self._keeping, None
        stop_listening, self._stop_listening = self._stop_listening, None  # it holds the session
        if stop_listening is not None:
            stop_listening()
        with keeping.closing() if keeping is not None else contextlib.nullcontext():
            self.jobs.close()
            with contextlib.suppress(RuntimeError):
                self.stack.removeWidget(self.workspace)
            self.workspace.deleteLater()
            self.front = self.workspace = None
            session, self.session = self.session, None
            session.close()
            gc_pause.unfreeze_objects()
            gc_pause.collect_garbage()
        self.jobs.deleteLater()
        self.jobs, self._locking = Jobs(self), False

    # ---- the window itself

    def say_error(self, text: str) -> None:
        if self.workspace is not None:
            self.workspace.error(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard, as Space does and as in dialogs."""
        here, meant = QApplication.focusWidget(), self._key_for
        self._key_for = None
        keys = QtCore.Qt.Key  # the namespace is costly to wrap: not before a key is pressed
        enter = event.key() in (keys.Key_Return, keys.Key_Enter) and not event.isAutoRepeat()
        if enter and here is meant and isinstance(here, QAbstractButton) and here.isEnabled():
            here.click()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Of itself, which part a key was pressed in: Enter in an entry may move the keyboard to a
        button. A filter, since it begins after the first paint, which could do without the names of
        all events."""
        if event.type() == QEvent.Type.ShortcutOverride:
            self._key_for = QApplication.focusWidget()
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session is not None:
            if not self.workspace.area.leave():
                event.ignore()
                return
            if self.jobs.writing is not None and self.jobs.writing.total:
                event.ignore()
                self.workspace.toast(f"{self.jobs.writing.label}，完成后窗口自动关闭。")
                if not self._closing:
                    self._closing = True
                    self.jobs.busy.connect(
                        lambda job: job is None and QTimer.singleShot(0, self.close)
                    )
                return
            settings = self.workspace.settings
            if self._keeping is not None and self._keeping.backup_first(settings, self._end):
                event.ignore()
                return
        geometry = self.saveGeometry().toBase64().data()
        self.settings.set(WINDOW_GEOMETRY, bytes(geometry).decode("ascii"))
        if self.session is not None:
            self._close_session()
        self.jobs.close()
        _shells.discard(self)
        super().closeEvent(event)

    def _end(self) -> None:
        self.close()


def _preload(job: Job) -> Any:
    """In the reader: it knows all pages, and they half of the program."""
    from desktop.ui.app import preload  # late: the login does without

    return preload


def _job_of(step: Callable[[], object]) -> Callable[[Job], object]:
    return lambda job: step()


def _sweep(job: Job) -> None:
    """Copies of attachments that an earlier run opened and could not take away."""
    from desktop.ui.field_editors import attachment_copies  # late: the login has no attachment

    attachment_copies.sweep()
