"""The window once someone has logged in: navigation, toolbar, search box, the area of the pages,
status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QSplitter, QVBoxLayout, QWidget

from db.model.query import Where
from db.model.records import LETTER
from db.model.settings import NAV_WIDTH, TOAST_SECONDS
from db.session import Session
from db.store.journal import Change
from desktop.settings import Settings
from desktop.ui.app import page_loader, undoing, unsaved_menu
from desktop.ui.app.conflict_count import ConflictCount
from desktop.ui.app.file_drop import DropAnywhere
from desktop.ui.app.idle_work import IdleWork
from desktop.ui.app.navigation import Navigation
from desktop.ui.app.navigation_entries import sections_for
from desktop.ui.app.page_area import PageArea
from desktop.ui.app.status_bar import StatusBar
from desktop.ui.app.toolbar import Toolbar, asked_of, groups_for
from desktop.ui.kit import accessible, icons, theme
from desktop.ui.kit.commands import Command, Commands, Palette, show_keys
from desktop.ui.kit.jobs import Job, Jobs, error_text
from desktop.ui.kit.kept_unsaved import KeptDrafts
from desktop.ui.kit.messages import ErrorBar
from desktop.ui.kit.page import Page, Services, Then, Window, no_action
from desktop.ui.kit.used_places import LEDGER

FORMS = (".lrmx", ".lrm")
"""Appointment forms, which go to the page of cadres."""
OFFERED = {"new": "new", "save": "save", "export": "export", "print": "print_preview"}
"""Buttons of the toolbar, and how a page is asked whether it offers them."""


class Workspace(Window):
    """Navigation, toolbar and status bar around the pages."""

    def __init__(
        self, session: Session, jobs: Jobs, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.jobs, self.settings = session, jobs, settings
        self.drafts = KeptDrafts(session, jobs, self)
        self.commands = Commands(self)
        accessible.install()
        self._before_search = ""
        self.left_open: list[str] = []
        """What a lock closed half filled, by name, before the same person came in again."""
        self.setAcceptDrops(True)
        self._build()
        self._add_commands()
        jobs.changed.connect(self._changed)
        jobs.failed.connect(self.error)
        jobs.busy.connect(self.status.show_progress)
        icons.when_painted(self.navigation.draw_icons, self)
        icons.draw_ahead(kind.icon.removeprefix("mdi6.") for kind in session.kinds)
        IdleWork(session, jobs, self)
        ConflictCount(session, jobs, self)
        DropAnywhere(self, self.take_files)
        session.added[LETTER] = lambda uid: self.services.keep_letter(uid)
        undoing.UndoKeys(self)

    @cached_property
    def people(self) -> dict[str, str]:  # type: ignore[override]
        return self.session.names.people().get(self.session.office_id, {})

    @cached_property
    def services(self) -> Services:  # type: ignore[override]
        from desktop.ui.app.services import PageServices

        return PageServices(self)

    # ---- building

    def _build(self) -> None:
        size = theme.sizes()
        self.errors = ErrorBar()
        self._sections = {each.section.id: each for each in sections_for(self.session)}
        sections = list(self._sections.values())
        self.navigation = Navigation(sections)
        self.navigation.chosen.connect(self._open_section)
        self.navigation.entered.connect(self._focus_page)
        self.navigation.pressed_again.connect(
            lambda section: self.go(self._sections[section].keys[0])
        )
        self.area = PageArea(self, sections, self.navigation)
        self.area.opened.connect(self._opened)
        self.stack, self.used, self.tabs = self.area.stack, self.area.used, self.area.tabs
        self._split = QSplitter(self)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.navigation)
        self._split.addWidget(self.area)
        self._split.setStretchFactor(1, 1)
        self.navigation.setMinimumWidth(size.chars(9))
        self._split.setSizes([self._wanted_width(), 10_000])
        self._split.splitterMoved.connect(lambda at, _: self.settings.set(NAV_WIDTH, at))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._toolbar())
        box.addWidget(self.errors)
        box.addWidget(self._split, 1)
        self.status = StatusBar(self.session)
        self.status.drafts.clicked.connect(self.show_drafts)
        self.typing_changed.connect(self.status.say_typing)
        self.drafts.changed.connect(lambda: self.status.say_drafts(len(self.drafts.held)))
        self.drafts.found.connect(self._tell_of_drafts)
        box.addWidget(self.status)
        self.toasts = self.status.toasts

    def _widen_navigation(self) -> None:
        """To what it was before a wide page had pressed it together, once the stack knows what the
        page in front asks for."""
        if self.navigation.width() < self._wanted_width():
            self._split.setSizes([self._wanted_width(), 10_000])

    def _wanted_width(self) -> int:
        """Of the navigation: what the person drew it to, else room for its names."""
        return self.settings[NAV_WIDTH] or theme.sizes().chars(10)

    def _opened(self, key: str) -> None:
        QTimer.singleShot(0, self, self._widen_navigation)
        self._refresh_buttons()
        if key != "search":
            self.search_box.clear()

    def _open_section(self, section: str) -> None:
        """Where this person was last in it."""
        self.go(self.used.last_in(section, self._sections[section].keys))

    def _toolbar(self) -> Toolbar:
        own = (
            ("锁定", "Ctrl+L", self.lock_asked.emit), ("快捷查找…", "", self.show_palette),
            ("快捷键一览", "", self.show_keys),
        )
        groups = groups_for(asked_of(self._page_does), self.undo, self.redo, self._import)
        bar = Toolbar(self.session, groups, own, self)
        bar.searched.connect(self._search)
        bar.entered.connect(lambda: self._search(first=True))
        self._buttons, self.search_box = bar.buttons, bar.search_box
        return bar

    def _add_commands(self) -> None:
        page_does = asked_of(self._page_does)
        add = self.commands.add
        add(
            self,
            Command("全局搜索", self.focus_search, "Ctrl+F", pinyin="qjss"),
            Command("快捷查找", self.show_palette, "Ctrl+K", pinyin="kjcz mlmb 命令面板"),
            Command("快捷键一览", self.show_keys, "F1", pinyin="kjjyl"),
            Command("新建", page_does["new"], "Ctrl+N", pinyin="xj"),
            Command("保存", page_does["save"], "Ctrl+S", pinyin="bc"),
            Command(
                "撤销我的上一步", self.undo, "Ctrl+Z", pinyin="cxwdsyb", repeats=False
            ),
            Command("重做", self.redo, "Ctrl+Y", pinyin="cz"),
            Command("导入工作簿", self._import, "Ctrl+I", pinyin="drgzb"),
            Command("导出 Excel", page_does["export"], "Ctrl+E", pinyin="dc"),
            Command(
                "打印预览", page_does["print"], "Ctrl+P", pinyin="dyyl"
            ),
            Command("锁定", self.lock_asked.emit, "Ctrl+L", pinyin="sd"),
            Command("没有保存的草稿", self.show_drafts, pinyin="cg mybc"),
            Command("刷新", self.refresh_all, "F5", pinyin="sx"),
            Command("到导航栏", self.navigation.setFocus, "Alt+1", pinyin="ddhl"),
            Command("下一个标签", partial(self.tabs.step, 1), "Ctrl+Tab", pinyin="xygbq"),
            Command("上一个标签", partial(self.tabs.step, -1), "Ctrl+Shift+Tab", pinyin="sygbq"),
            Command("到清单或页面", self._focus_page, "Alt+2", pinyin="dqd"),
            Command("关闭提示、返回", self._escape, "Esc", listed=False),
        )
        for section in self._sections.values():
            for entry in section.entries:
                add(
                    self,
                    Command(
                        f"打开 {entry.label}", partial(self.go, entry.key),
                        section=entry.family or section.section.label, pinyin=entry.found_by,
                    ),
                )

    # ---- pages

    def go(self, key: str, then: Then = no_action) -> None:
        self.area.go(key, then)

    def go_aside(self, key: str, then: Then = no_action) -> None:
        self.area.go_aside(key, then)

    def open(self, key: str) -> Page | None:
        return self.area.open(key)

    def renew_commands(self, page: Page) -> None:
        self.area.renew_commands(page)

    def knows(self, key: str) -> bool:
        return bool(self.navigation.section_of(key))

    @property
    def front(self) -> str:
        """The key of the page in front; one that is on its way is there for whoever asks."""
        return self.area.front

    @property
    def page(self) -> Page | None:
        """The page in front, likewise."""
        return self.area.page

    def open_ledger(
        self, kind: str, where: tuple[Where, ...] | None = None, search: str = "",
        select: str | None = None,
    ) -> Page | None:
        page = self.open(LEDGER + kind)
        if page is not None:
            _show_rows(where, search, select, page)
        return page

    def go_ledger(
        self, kind: str, where: tuple[Where, ...] | None = None, search: str = "",
        select: str | None = None,
    ) -> None:
        self.go(LEDGER + kind, partial(_show_rows, where, search, select))

    def open_record(self, kind: str, uid: str, among: tuple[Where, ...] = ()) -> None:
        """Open the ledger where a record stands, at that record, ``among`` these rows or all; a
        child opens at the record above it. There is a way back to the page that it was opened
        from."""
        declared = self.session.kinds.get(kind)
        if declared.family and not declared.parent:
            self.go_aside(LEDGER + kind, partial(_show_rows, among, "", uid))
            return

        def above(job: Job) -> tuple[str, str] | None:
            record = self.session.get(kind, uid)
            above = (
                self.session.owner_of(declared, record.parent) if record and record.parent else None
            )
            return (above.kind, above.uid) if above else None

        def found(above: tuple[str, str] | None) -> None:
            if above is not None:
                self.open_record(*above)

        self.jobs.read(above, found, failed=self.error, owner=self)

    def _focus_page(self) -> None:
        if self.page is not None:
            self.page.take_keyboard()

    def _page_does(self, what: Callable[[Page], None]) -> None:
        # What an input method still composes is typed too: Ctrl+S takes the focus from no entry.
        QGuiApplication.inputMethod().commit()
        if self.page is not None:
            what(self.page)

    def _refresh_buttons(self) -> None:
        for name, what in OFFERED.items():
            self._buttons[name].setEnabled(self.page is not None and self.page.offers(what))
        self._buttons["import"].setEnabled(self.session.may("import"))

    def refresh_all(self) -> None:
        self.area.refresh(None)

    # ---- speaking

    def toast(self, text: str, undo: bool = False) -> None:
        self.errors.hide()
        seconds = self.settings[TOAST_SECONDS]
        self.toasts.show_text(text, "撤销" if undo else "", self.undo if undo else None, seconds)

    def error(self, problem: str | Exception) -> None:
        self.errors.show_error(problem if isinstance(problem, str) else error_text(problem))

    def undo(self) -> None:
        """Take back one's own last change; in an entry what is typed there and not saved first."""
        if not undoing.undo_typing(self.focusWidget()):
            undoing.undo(self)

    def redo(self) -> None:
        """Take back one's own last undo, of typing first."""
        if not undoing.redo_typing(self.focusWidget()):
            undoing.redo(self)

    def show_drafts(self) -> None:
        """What was typed and not saved; each is opened where it goes on."""
        unsaved_menu.show_menu(self, self.status.drafts.mapToGlobal(QPoint(0, 0)))

    def _tell_of_drafts(self, count: int) -> None:
        """What a lock left by its name, and how many there are in all; an error above stays."""
        names = "、".join(f"“{name}”" for name in self.left_open)
        before = f"锁定前没有填完的{names}已经留存。" if names else ""
        if count:
            text = f"{before}有 {count} 份草稿没有保存，点左下角的“草稿”接着填。"
            self.toasts.show_text(text, seconds=self.settings[TOAST_SECONDS])

    def set_count(self, key: str, count: int) -> None:
        self.navigation.set_count(key, count)
        self.tabs.say_counts()

    def focus_search(self) -> None:
        self.search_box.setFocus()
        self.search_box.selectAll()

    def show_palette(self) -> None:
        palette = Palette(self, self.commands.all())
        if palette.exec() == QDialog.DialogCode.Accepted and palette.chosen is not None:
            QTimer.singleShot(0, palette.chosen.run)
        palette.deleteLater()

    def show_keys(self) -> None:
        show_keys(self, self.commands.all())

    def set_backup_text(self, text: str) -> None:
        self.status.say_backup(text)
        self.backup_told.emit()

    def _search(self, first: bool = False) -> None:
        text = self.search_box.text().strip()
        if not text:
            return
        if self.front != "search":
            self._before_search = self.front
        self.services.search(text, first)

    def _escape(self) -> None:
        if not self.errors.isHidden():
            self.errors.hide()
        elif not self.toasts.isHidden():
            self.toasts.hide()
        elif self.front == "search" and self._before_search:
            self.search_box.clear()
            self.open(self._before_search)
        elif self.page is not None:
            self.page.escape()

    # ---- following the book

    def _changed(self, change: Change) -> None:
        self.status.say_saved()
        self.area.refresh(change)

    # ---- files dragged in

    def take_files(self, files: Sequence[Path]) -> None:
        """What was let go over the window: appointment forms to the page of cadres, everything else
        to the exchange."""
        forms = [file for file in files if file.suffix.lower() in FORMS]
        others = [file for file in files if file not in forms]
        if forms:
            self.services.import_forms(forms)
        if others:
            self.services.import_files(others, self._ledger)

    def _import(self) -> None:
        self.services.import_files((), self._ledger)

    @property
    def _ledger(self) -> str | None:
        """The kind whose ledger is in front."""
        return self.front.removeprefix(LEDGER) if self.front.startswith(LEDGER) else None


def _show_rows(
    where: tuple[Where, ...] | None, search: str, select: str | None, page: Page
) -> None:
    """These rows of a ledger, or one; as it was left where nothing is asked for."""
    wanted = where is not None or search or select
    if wanted and isinstance(page, page_loader.ledger_page()):
        page.show_rows(where or (), search, select)

