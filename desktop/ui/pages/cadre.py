"""A person's page: photograph and facts, everything the ledgers tell along a line of time, forms in
and out, prints.

Which kind of record is a person, and what tells of them, is declared; the page composes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from db.domain import person_timeline
from db.errors import NotPermitted
from db.model.query import Query
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import FIRST, Job
from desktop.ui.kit.page import Page, Window
from desktop.ui.kit.page_parts import Card, Line, ListColumn, ShortList, button, label, scrolled
from desktop.ui.pages import label_of
from desktop.ui.people.life_list import LifeList
from desktop.ui.people.person_card import PersonCard, card_of
from desktop.ui.people.person_import import FormDialog

NAME = label_of("cadre")
MOST = 500
FORMS = (".lrmx", ".lrm")
FILTER = "任免审批表 (*.lrmx *.lrm)"
VIEW = "person"
FACTS_SHARE = 0.38
"""Of the page's height, at most."""



class CadrePage(Page):
    """People at the left, the one under the cursor at the right."""

    def __init__(self, window: Window) -> None:
        session, jobs = window.session, window.jobs
        kinds = person_timeline.person_kinds(session)
        if not kinds:
            raise NotPermitted("您没有干部人事台账的密钥，不能打开干部档案。请联系组织人事员。")
        super().__init__(window)
        self.kind = kind = kinds[0]
        self._uid: str | None = None
        self._wanted: str | None = None
        self._events: list[person_timeline.Event] = []
        self._group = ""
        self._waiting: list[Path] = []
        telling = [k.name for k, _ in person_timeline.kinds_about(session, kind.name)]
        self._about = frozenset(
            {kind.name, *telling, *(k.name for k in session.kinds.children_of(kind.name))}
        )
        self.setAcceptDrops(True)
        self._build()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(200)
        self._pause.timeout.connect(self.load)
        self.search.textEdited.connect(lambda _: self._pause.start())
        self.list.chosen.connect(lambda line: self._show(line.key if line is not None else None))
        self.list.opened.connect(self.edit)
        jobs.read(lambda job: _reports_for(session, kind.name), self._take_reports, owner=self)

    # ---- building
    # -----------------------------------------------------------------------------------------------

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
        people = Card(flush=False)
        people.add(self.search)
        people.add(self.list, 1)
        people.add(self.count)
        self.card = PersonCard(self._reveal, self.session.may_write(self.kind.name))
        buttons = _Lines()
        self._acts = Flow(buttons, size.gap)
        self.prints: list[QPushButton] = []
        writable = self.session.may_write(self.kind.name)
        self.edit_button = button(
            "编辑", self.edit, icon="pencil-outline", tip="在台账中打开这名干部"
        )
        tip = "读入任免审批表（.lrmx、.lrm），也可以把文件拖进来"
        self.import_button = button("导入…", self.choose_files, icon="tray-arrow-down", tip=tip)
        self.export_button = button(
            "导出…", self.export_form, icon="tray-arrow-up", tip="把任免审批表存成 .lrmx 文件"
        )
        self.import_button.setVisible(writable)
        for each in (self.edit_button, self.import_button, self.export_button):
            self._acts.addWidget(each)
        head = Card()
        head.add(buttons)
        self._buttons = buttons
        self._facts = scrolled(self.card)
        head.add(self._facts)
        self.life = LifeList("经历")
        self.life.opened.connect(self.window_.open_record)
        self._chips = _Lines()
        self._chip_row = Flow(self._chips, size.gap)
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
        kept = self.window_.settings.view(VIEW).get("split")
        split.setSizes(
            kept if isinstance(kept, list) and len(kept) == 2 else [size.chars(15), 10_000]
        )
        split.splitterMoved.connect(
            lambda *_: self.window_.settings.set_view(VIEW, {"split": split.sizes()})
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.addWidget(split)
        self.setFocusProxy(self.list)
        self._able(False)

    def _take_reports(self, reports: list[tuple[str, str]]) -> None:
        for name, text in reports:
            short = text.removeprefix(self.kind.label)
            made = button(
                short, lambda name=name: self.print_report(name), icon="printer-outline",
                tip=f"预览并打印{text}",
            )
            made.setEnabled(self._uid is not None)
            self.prints.append(made)
            self._acts.addWidget(made)
        QTimer.singleShot(0, self._buttons, self._buttons.fit)
        self._reports = [name for name, _ in reports]

    _reports: Sequence[str] = ()

    def _able(self, on: bool) -> None:
        self.edit_button.setEnabled(on)
        self.export_button.setEnabled(on and self.session.may("export"))
        for each in self.prints:
            each.setEnabled(on)

    # ---- what the window asks of a page
    # -------------------------------------------------------------------------

    def shown(self) -> None:
        if not self.list.lines:
            self.load()
        self.list.setFocus()

    def commands(self) -> list[Command]:
        section = NAME
        return [
            Command("查找干部", self._focus_search, "Ctrl+Shift+F", section, "czgb"),
            Command("导入任免审批表", self.choose_files, "Ctrl+Shift+I", section, "drrmspb"),
            Command("导出任免审批表", self.export_form, "", section, "dcrmspb"),
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
    # -------------------------------------------------------------------------------------------------

    def show_person(self, uid: str) -> None:
        """One person, whatever the list shows."""
        self._wanted = uid
        self.search.clear()
        self.load()

    def load(self) -> None:
        """Find the people of the search; the list says so when there are more than it shows."""
        session, kind, text, wanted = (
            self.session, self.kind, self.search.text().strip(), self._wanted,
        )
        subtitle = person_timeline.page_of(kind).subtitle

        def find(job: Job) -> tuple[list[Line], int]:
            query = Query(kind=kind.name, search=text, sort=((kind.title, False),))
            ids = session.ids(query)
            records = session.records(kind.name, ids[:MOST])
            if wanted is not None and all(r.uid != wanted for r in records):
                found = session.get(kind.name, wanted)
                records = [*([found] if found is not None else []), *records]
            lines = [
                Line(r.uid, (session.title_of(r), session.text(r, subtitle) if subtitle else ""))
                for r in records
            ]
            return lines, len(ids)

        self.jobs.read(find, self._fill, owner=self, key=(id(self), "people"), order=FIRST)

    def _fill(self, found: tuple[list[Line], int]) -> None:
        lines, total = found
        self.list.fill(lines)
        if self._wanted is not None:
            at = next((i for i, line in enumerate(lines) if line.key == self._wanted), None)
            self._wanted = None
            if at is not None:
                self.list.selectRow(at)
        self.count.setText(
            f"共 {total} 名，只列出前 {MOST} 名" if total > MOST else f"共 {total} 名"
        )
        line = self.list.line()
        self._show(line.key if line is not None else None)

    def _show(self, uid: str | None) -> None:
        self._uid = uid
        self._able(uid is not None)
        self.card.setVisible(uid is not None)
        if uid is None:
            self.life.show_events([])
            return
        session, kind = self.session, self.kind.name

        def read(job: Job) -> Any:
            record = session.get(kind, uid)
            return (
                None
                if record is None
                else (card_of(session, record), person_timeline.events(session, record))
            )

        self.jobs.read(read, self._take, owner=self, key=(id(self), "person"), order=FIRST)

    def _take(self, found: Any) -> None:
        if found is None or found[0].uid != self._uid:
            return
        card, self._events = found
        self.card.show_card(card)
        QTimer.singleShot(0, self, self._fit)
        self._make_chips()
        self._filter(self._group if any(e.group == self._group for e in self._events) else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The facts get what they need, at most so much that the line of time keeps its room; then
        they scroll."""
        needed = self.card.needed(self._facts.viewport().width())
        self._facts.setFixedHeight(
            max(theme.sizes().row * 3, min(needed, round(self.height() * FACTS_SHARE)))
        )

    # ---- the line of time
    # ---------------------------------------------------------------------------------------

    def _make_chips(self) -> None:
        self._chip_row.clear()
        counts = Counter(e.group for e in self._events)
        groups = sorted(counts, key=lambda g: next(e.place for e in self._events if e.group == g))
        for group in ("", *groups):
            text = f"{group} {counts[group]}" if group else f"全部 {len(self._events)}"
            chip = QPushButton(text)
            chip.setCheckable(True)
            chip.setProperty("class", "choice")
            chip.setProperty("group", group)
            chip.clicked.connect(lambda _=False, group=group: self._filter(group))
            self._chip_row.addWidget(chip)
        # what was added just now is not visible yet
        QTimer.singleShot(0, self._chips, self._chips.fit)

    def _filter(self, group: str) -> None:
        self._group = group
        for at in range(self._chip_row.count()):
            chip = self._chip_row.itemAt(at).widget()
            chip.setChecked(chip.property("group") == group)
        self.life.show_events([e for e in self._events if not group or e.group == group])

    # ---- doing
    # ----------------------------------------------------------------------------------------------

    def edit(self) -> None:
        if self._uid is not None:
            self.window_.open_ledger(self.kind.name, select=self._uid)

    def print_report(self, name: str) -> None:
        if self._uid is not None:
            self.window_.services.print_record(self.kind.name, self._uid, name)

    def _reveal(self, name: str, then: Callable[[str], None]) -> None:
        """Journal first: what could not be written down is not shown."""
        session, kind, uid = self.session, self.kind.name, self._uid

        def look(job: Job) -> str:
            session.note_seen(kind, uid, name)
            return str(session.must_get(kind, uid).values.get(name) or "")

        self.jobs.write(look, then, failed=self.window_.error, owner=self, label="正在读取")

    def export_form(self) -> None:
        """The appointment form as a file."""
        uid = self._uid
        if uid is None or not self.session.may("export"):
            return
        name = self.card.name.text()
        chosen, _ = QFileDialog.getSaveFileName(
            self, "导出任免审批表", str(Path.home() / f"{name}.lrmx"), "任免审批表 (*.lrmx)"
        )
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write the form of the person shown."""
        if path.suffix.lower() != ".lrmx":
            path = path.with_name(path.name + ".lrmx")
        session, uid = self.session, self._uid

        def write(job: Job) -> str:
            from desktop.exchange.appointment import (
                person_export,  # late: only when a form goes out
            )

            return person_export.export(session, uid, path)

        self.jobs.write(
            write,
            lambda _: self.window_.toast(f"已导出 {path.name}"),
            failed=self.window_.error,
            owner=self,
            label="正在导出任免审批表",
        )

    # ---- forms come in
    # ------------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        if not self.session.may_write(self.kind.name):
            return
        chosen, _ = QFileDialog.getOpenFileNames(self, "导入任免审批表", str(Path.home()), FILTER)
        self.take([Path(each) for each in chosen])

    def take(self, files: Sequence[Path]) -> None:
        """Look at files one after another; each is shown before anything is written."""
        self._waiting += files
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            return
        path = self._waiting.pop(0)
        session = self.session

        def look(job: Job) -> Any:
            from desktop.exchange.appointment import (
                person_import,  # late: only when a form comes in
            )

            return person_import.preview(session, path)

        self.jobs.read(look, self._ask, failed=self._refused, owner=self)

    def _refused(self, error: Exception) -> None:
        self.window_.error(error)
        self._next()

    def _ask(self, proposal: Any) -> None:
        dialog = FormDialog(self, proposal)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        leave, who = dialog.leave, dialog.who
        dialog.deleteLater()
        if not accepted:
            self._next()
            return
        session = self.session

        def write(job: Job) -> Any:
            from desktop.exchange.appointment import (
                person_import,  # late: only when a form comes in
            )

            return person_import.accept(session, proposal, leave=leave, choose=who)

        self.jobs.write(
            write, lambda taken: self._taken(proposal, taken), failed=self._refused, owner=self,
            label="正在导入任免审批表",
        )

    def _taken(self, proposal: Any, taken: Any) -> None:
        self.window_.toast(
            f"已导入{proposal.name}：{taken.fields} 项内容，家庭成员 {taken.relatives} 人，任职"
            f" {taken.posts} 条",
            undo=True,
        )
        self.show_person(taken.uid)
        self._next()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.session.may_write(self.kind.name) and _forms(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _forms(event)
        event.acceptProposedAction()
        # the file manager waits until the drop returns
        QTimer.singleShot(0, lambda: self.take(files))


class _Lines(QWidget):
    """Holds a flow and is as high as its lines now: what it would need at its narrowest must not
    make the window higher."""

    def hasHeightForWidth(self) -> bool:
        return False

    def fit(self) -> None:
        layout = self.layout()
        if layout is not None:  # before it is shown its width says nothing
            height = (
                layout.heightForWidth(self.width())
                if self.isVisible()
                else layout.minimumSize().height()
            )
            self.setFixedHeight(max(height, 1))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def _forms(event: QDragEnterEvent | QDropEvent) -> list[Path]:
    files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [file for file in files if file.suffix.lower() in FORMS]


def _reports_for(session: Any, kind: str) -> list[tuple[str, str]]:
    """The prints that are made for people of this kind; in the reader."""
    # late: composing is not needed to show a page
    from desktop.bulletin.report.office_reports import reports_of

    return [(r.name, r.label) for r in reports_of(session) if kind in r.kinds]
