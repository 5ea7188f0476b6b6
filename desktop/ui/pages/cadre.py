"""A person's page: photograph and facts, all that the ledgers tell along a line of time, forms,
prints. Which kind is a person, and what tells of them, is declared; the page composes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from db.domain import person_timeline
from db.errors import NotPermitted
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import FIRST, Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, label, scrolled
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of
from desktop.ui.people.appointment_forms import AppointmentForms, PersonPage
from desktop.ui.people.card import PersonCard
from desktop.ui.people.life_list import LifeList
from desktop.ui.people.page_parts import (
    MOST,
    GroupChips,
    Lines,
    find_people,
    forms_in,
    read_person,
    reports_for,
)
from desktop.ui.people.roster_dialog import check_rosters

NAME = label_of("cadre")
VIEW = "person"
FACTS_SHARE = 0.38  # of the page's height, at most


class CadrePage(PersonPage):
    """People at the left, the one under the cursor at the right."""

    def __init__(self, window: Window) -> None:
        session, jobs = window.session, window.jobs
        kinds = person_timeline.person_kinds(session)
        if not kinds:
            raise NotPermitted("您没有干部人事台账的密钥，不能打开干部档案。请联系组织人事员。")
        super().__init__(window)
        self.kind = kind = kinds[0]
        self.uid: str | None = None
        self._wanted: str | None = None
        self._events: list[person_timeline.Event] = []
        self._group, self._reports = "", list[str]()
        telling = [k.name for k, _ in person_timeline.kinds_about(session, kind.name)]
        self._about = frozenset(
            {kind.name, *telling, *(k.name for k in session.kinds.children_of(kind.name))}
        )
        self.setAcceptDrops(True)
        self.forms = AppointmentForms(self, kind)
        self._build()
        self._pause = pause(self, 200, self.load)
        self.search.textEdited.connect(lambda _: self._pause.start())
        self.list.chosen.connect(lambda line: self._show(line.key if line else None))
        self.list.opened.connect(self.edit)
        jobs.read(
            lambda job: reports_for(session, kind.name), self._take_reports, failed=window.error,
            owner=self,
        )

    # ---- building

    def _build(self) -> None:
        size = theme.sizes()
        self.search = QLineEdit()
        self.search.setPlaceholderText("姓名、拼音首字母、职务")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("查找干部")
        self.list = ShortList(
            self.kind.label,
            [ListColumn("姓名", 4, keep=True), ListColumn("职务", 8, "muted", stretch=True)],
        )
        self.list.when_empty("没有找到", "换一个姓名或拼音首字母，或把任免审批表文件拖进来。")
        self.count = label("", "muted")
        people = Card()
        people.add(self.search)
        people.add(self.list, 1)
        people.add(self.count)
        tip = "参训名单、应训人员里同名的，哪些是本人"
        self.roster_button = button(
            "核对参训…", self.check_rosters, icon="account-check-outline", tip=tip
        )
        people.add(self.roster_button)
        writable = self.session.may_write(self.kind.name)
        self.card = PersonCard(self._reveal, writable)
        self._buttons = buttons = Lines()
        self._acts = Flow(buttons, size.gap)
        self.prints: list[QPushButton] = []
        self.edit_button = button("编辑", self.edit, icon="pencil-outline", tip="在台账中打开")
        tip = "读入任免审批表（.lrmx、.lrm），也可以把文件拖进来"
        self.import_button = button(
            "导入…", self.forms.choose_files, icon="tray-arrow-down", tip=tip
        )
        self.export_button = button(
            "导出…", self.forms.export_form, icon="tray-arrow-up", tip="把任免审批表存成 .lrmx 文件"
        )
        for each in (self.edit_button, self.import_button, self.export_button):
            self._acts.addWidget(each)
        self.import_button.setVisible(writable)
        self.roster_button.setVisible(writable)
        head = Card()
        head.add(buttons)
        self._facts = scrolled(self.card)
        head.add(self._facts)
        self.life = LifeList("经历")
        self.life.opened.connect(self.window_.open_record)
        self._chips = GroupChips(self._filter)
        below = Card()
        below.add(self._chips)
        below.add(self.life, 1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(size.gap)
        column.addWidget(head)
        column.addWidget(below, 1)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.setHandleWidth(size.gap)
        split.addWidget(people)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        people.setMinimumWidth(size.chars(11))
        settings = self.window_.settings
        kept = settings.view(VIEW).get("split")
        usual = [size.chars(15), 10_000]
        split.setSizes(kept if isinstance(kept, list) and len(kept) == 2 else usual)
        split.splitterMoved.connect(lambda *_: settings.set_view(VIEW, {"split": split.sizes()}))
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.addWidget(split)
        self.starts_at(self.list)
        self._able(False)

    def _take_reports(self, reports: list[tuple[str, str]]) -> None:
        for name, text in reports:
            short, run = text.removeprefix(self.kind.label), partial(self.print_report, name)
            made = button(short, run, icon="printer-outline", tip=f"预览并打印{text}")
            made.setEnabled(self.uid is not None)
            self.prints.append(made)
            self._acts.addWidget(made)
        QTimer.singleShot(0, self._buttons, self._buttons.fit)
        self._reports = [name for name, _ in reports]

    def _able(self, on: bool) -> None:
        self.edit_button.setEnabled(on)
        self.export_button.setEnabled(on and self.session.may("export"))
        self.roster_button.setEnabled(on)
        for each in self.prints:
            each.setEnabled(on)

    # ---- what the window asks of a page

    def shown(self) -> None:
        if not self.list.lines:
            self.load()
        self.list.setFocus()

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("查找干部", self._focus_search, "Ctrl+Shift+F", section, "czgb"),
            Command("导入任免审批表", self.forms.choose_files, "Ctrl+Shift+I", section, "drrmspb"),
            Command("导出任免审批表", self.forms.export_form, "", section, "dcrmspb"),
            Command("核对参训名单", self.check_rosters, "", section, "hdcxmd"),
        ]

    def offers(self, what: str) -> bool:
        return what == "print_preview"

    def refresh(self, change: Any) -> None:
        if change is None or change.kinds & self._about:
            self.load()

    def print_preview(self) -> None:
        if self._reports:
            self.print_report(self._reports[-1])

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    # ---- people

    def show_person(self, uid: str) -> None:
        """One person, whatever the list shows."""
        self._wanted = uid
        self.search.clear()
        self.load()

    def load(self) -> None:
        """Find the people of the search; the list says so when there are more than it shows."""
        session, kind, wanted = self.session, self.kind, self._wanted
        text = self.search.text().strip()
        self.jobs.read(
            lambda job: find_people(session, kind, text, wanted), self._fill,
            failed=self.list.say_unread, owner=self, key=(id(self), "people"), order=FIRST,
        )

    def _fill(self, found: tuple[list[Line], int]) -> None:
        lines, total = found
        self.list.fill(lines)
        if self._wanted is not None:
            at = next((i for i, line in enumerate(lines) if line.key == self._wanted), None)
            self._wanted = None
            if at is not None:
                self.list.selectRow(at)
        self.count.setText(f"共 {total} 名" + (f"，只列出前 {MOST} 名" if total > MOST else ""))
        line = self.list.line()
        self._show(line.key if line else None)

    def _show(self, uid: str | None) -> None:
        self.uid = uid
        self._able(uid is not None)
        self.card.setVisible(uid is not None)
        if uid is None:
            self.life.show_events([])
            return
        session, kind = self.session, self.kind.name
        self.jobs.read(
            lambda job: read_person(session, kind, uid), self._take, failed=self.window_.error,
            owner=self, key=(id(self), "person"), order=FIRST,
        )

    def _take(self, found: Any) -> None:
        if found is None or found[0].uid != self.uid:
            return
        card, self._events = found
        self.card.show_card(card)
        QTimer.singleShot(0, self, self._fit)
        self._chips.fill(self._events)
        self._filter(self._group if any(e.group == self._group for e in self._events) else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The facts get what they need, at most so much that the line of time keeps its room; then
        they scroll."""
        needed, row = self.card.needed(self._facts.viewport().width()), theme.sizes().row
        left = self.height() - self._buttons.height() - row * 7
        most = min(needed, left, round(self.height() * FACTS_SHARE))
        self._facts.setFixedHeight(max(row * 3, most))

    def _filter(self, group: str) -> None:
        self._group = group
        self._chips.mark(group)
        self.life.show_events([e for e in self._events if not group or e.group == group])

    # ---- doing

    def edit(self) -> None:
        if self.uid is not None:
            self.window_.go_ledger(self.kind.name, select=self.uid)

    def check_rosters(self) -> None:
        if self.uid is not None:
            check_rosters(self, self.uid)

    def print_report(self, name: str) -> None:
        if self.uid is not None:
            self.window_.services.print_record(self.kind.name, self.uid, name)

    def _reveal(self, name: str, then: Callable[[str], None]) -> None:
        """Journal first: what could not be written down is not shown."""
        session, kind, uid = self.session, self.kind.name, self.uid
        if uid is None:
            return

        def look(job: Job) -> str:
            session.note_seen(kind, uid, name)
            return str(session.must_get(kind, uid).values.get(name) or "")

        self.jobs.write(look, then, failed=self.window_.error, owner=self, label="正在读取")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.session.may_write(self.kind.name) and forms_in(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        files = forms_in(event)
        event.acceptProposedAction()
        # the file manager waits until the drop returns
        QTimer.singleShot(0, lambda: self.forms.take(files))
