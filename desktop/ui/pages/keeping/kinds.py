"""台账设置: the ledgers of the office, and ledgers and fields that the office makes itself, without
a programmer."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from db.errors import BadInput, ZhengxianError
from db.metrics import own_figures
from db.model.declarations import Kind
from db.model.pinyin import matches
from desktop.ui.kinds import kind_changes
from desktop.ui.kinds.dialogs import NewKindDialog
from desktop.ui.kinds.editor import KindEditor
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.messages import Dialog, ask_to_give_up
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, SearchedCard, button
from desktop.ui.kit.waiting import wait_for
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of
from desktop.ui.record_form.unsaved_entries import NEW, Drafts, remember

NAME = label_of("kinds")


class KindsPage(AdminPage):
    """Ledgers on the left, the fields of the chosen one on the right; changes wait until 保存."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, "台账设置",
            "自己建台账、给现有台账加栏目。保存后清单、表单、工作簿、打印马上都有，"
            "不用找人编程序。",
        )
        session, jobs = window.session, window.jobs
        self._drafts = Drafts(session, jobs, "kinds")
        size = theme.sizes()
        top = Qt.AlignmentFlag.AlignTop
        self.head_buttons.addWidget(button("新建台账", self.new, "primary", "table-plus"), 0, top)
        left = SearchedCard("找台账，支持拼音首字母", "找台账", self._fill)
        self.search = left.search
        self.list = ShortList(
            "台账",
            (
                ListColumn("台账", 6, stretch=True), ListColumn("类别", 4, "muted"),
                ListColumn("情况", 4, keep=True),
            ),
        )
        self.list.when_empty("没有这个台账", "换个词找；没有的可以自己新建。")
        left.add(self.list, 1)
        left.setFixedWidth(size.chars(20))
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(left)
        self.editor = KindEditor(window, self._drafts, self.save, self.discard)
        row.addWidget(self.editor, 1)
        self.body.addLayout(row, 1)
        self.starts_at(self.list)
        self.list.chosen.connect(self._choose)
        self._fill()
        self._drafts.ask(NEW, self._take_back, self)

    # ---- what the window asks of a page

    def commands(self) -> list[Command]:
        return [
            Command("新建台账", self.new, section=NAME, pinyin="xjtz"),
            Command("添加栏目", self.editor.add_field, section=NAME, pinyin="tjlm"),
        ]

    def offers(self, what: str) -> bool:
        return what in ("new", "save")

    def leave(self) -> bool:
        """Unsaved changes are asked about: they would be gone."""
        draft = self.editor.draft
        if draft is None or not self.changed:
            return True
        if ask_to_give_up(self.window_, f"台账「{draft.label}」"):
            self.discard()
            return True
        return False

    @property
    def asks_before_leaving(self) -> bool:
        """Whether leaving now would put a question."""
        return self.changed

    @property
    def place(self) -> str:
        return self.editor.kept.name if self.editor.kept is not None else ""

    def go_to(self, place: str) -> None:
        """The ledger that was just saved, now that the window knows it."""
        if place in self.session.kinds:
            kind = self.session.kinds.get(place)
            self._mark(place)
            self.editor.take(kind, kind)
            self.window_.toast(f"台账“{kind.label}”已保存，左边的“台账”里就能打开。")

    def keep_typed(self) -> None:
        """A lock comes: the changes wait in the book for the person who made them."""
        self._drafts.keep(NEW, {"kind": msgspec.to_builtins(self.editor.draft)})

    def _take_back(self, raw: dict[str, Any]) -> None:
        """The changes that a lock interrupted, over the ledger as it stands by now."""
        try:
            kind = msgspec.convert(raw["kind"], Kind)
        except (msgspec.ValidationError, KeyError):
            return  # kept by another edition of the program
        if self.changed:
            return
        kept = self.session.kinds.get(kind.name) if kind.name in self.session.kinds else None
        self._mark(kind.name)
        self.editor.take(kind, kept)
        if self.changed:
            self.window_.toast(self._drafts.again)

    def _mark(self, name: str) -> None:
        """Choose a ledger in the list without showing it; none for one that is not kept yet."""
        at = next((i for i, each in enumerate(self.list.lines) if each.key == name), -1)
        self.list.blockSignals(True)
        if at >= 0:
            self.list.selectRow(at)
        else:
            self.list.clearSelection()
        self.list.blockSignals(False)

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self.editor.changed

    # ---- the lists

    def _fill(self) -> None:
        typed = self.search.text().strip()
        lines = []
        for kind in self.session.visible_kinds():
            if typed and not matches(kind.label, typed):
                continue
            if kind.parent and not typed:
                continue
            own = kind.name not in self.editor.given
            mark = (
                ("自建", "green") if own else ("加了栏目", "blue") if self.editor.own(kind) else ""
            )
            lines.append(Line(kind.name, (kind.label, kind.family or "随记录", mark), kind))
        lines.sort(key=lambda line: line.cells[2] == "")
        self.list.fill(lines)

    def _choose(self, line: Line | None) -> None:
        draft = self.editor.draft
        if line is None or (draft is not None and line.key == draft.name):
            return
        if draft is not None and not self.leave():
            self._mark(draft.name)
            return
        self.editor.take(line.data, line.data)

    # ---- another ledger

    def new(self) -> None:
        """A ledger of the office's own."""
        if not self.leave():
            return
        dialog = NewKindDialog(self.window_, self.session.kinds)
        remember(dialog, self._drafts, "new-kind")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self.list.clearSelection()
            self.editor.take(dialog.draft, None)
            self.window_.toast("台账有了名称，接着添加栏目，最后按“保存”。")
        dialog.deleteLater()

    def discard(self) -> None:
        """Back to what is kept."""
        self._drafts.keep(NEW, {})
        if self.editor.kept is not None:
            self.editor.take(self.editor.kept, self.editor.kept)
            return
        self.editor.draft = None
        self._choose(self.list.line())

    # ---- keeping

    def save(self) -> None:
        """Check and keep; tables follow at once, and the window is built anew with the ledger in
        it."""
        kind = self.editor.draft
        if kind is None or not self.changed:
            return
        try:
            kind_changes.check(kind, self.session.kinds)
        except BadInput as error:
            self.editor.refuse(error.message)
            return

        def done(_: Any) -> None:
            self._drafts.keep(NEW, {})
            self.editor.take(self.session.kinds.get(kind.name), self.session.kinds.get(kind.name))
            self.list.blockSignals(True)  # the ledger just saved stays in front
            self._fill()
            self._mark(kind.name)
            self.window_.rebuild_asked.emit()

        def failed(error: Exception) -> None:
            if isinstance(error, ZhengxianError):
                self.editor.refuse(kind_changes.in_words(error.message, [kind]))
            else:
                self.window_.error(error)

        bare = kind_changes.bare(kind)
        wait_for(
            self.window_,
            self.jobs,
            "正在保存台账设置",
            "建表、改表…",
            lambda job: own_figures.save_kind(self.session, bare),
            done,
            failed,
        )
