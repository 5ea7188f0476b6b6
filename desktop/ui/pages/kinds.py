"""台账设置: the ledgers of the office, and ledgers and fields that the office makes itself, without
a programmer."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from db.errors import BadInput, ZhengxianError
from db.model import builtin
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES
from db.model.pinyin import matches
from desktop.ui.forms.drafts import BACK_AGAIN, NEW, Drafts, remember
from desktop.ui.kinds import kind_draft
from desktop.ui.kinds.kind_dialogs import FieldDialog, LightsDialog, NewKindDialog
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.messages import Dialog, ask_text, ask_to_give_up
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import (
    AdminPage,
    Card,
    Line,
    ListColumn,
    SearchedCard,
    ShortList,
    button,
    label,
)
from desktop.ui.kit.waiting import wait_for
from desktop.ui.pages import label_of

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
        self.given = builtin.kinds()
        self._drafts = Drafts(session, jobs, "kinds")
        self._draft: Kind | None = None
        self._kept: Kind | None = None
        size = theme.sizes()
        top = Qt.AlignmentFlag.AlignTop
        self.actions.addWidget(button("新建台账", self.new, "primary", "table-plus"), 0, top)
        left = SearchedCard("找台账，支持拼音首字母", "找台账", self._fill)
        self.search = left.search
        self.list = ShortList(
            "台账",
            (
                ListColumn("台账", 6, stretch=True), ListColumn("类别", 4, "muted"),
                ListColumn("", 4, keep=True),
            ),
        )
        self.list.when_empty("没有这个台账", "换个词找；没有的可以自己新建。")
        left.add(self.list, 1)
        left.setFixedWidth(size.chars(20))
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(left)
        row.addWidget(self._editor(), 1)
        self.body.addLayout(row, 1)
        self.list.chosen.connect(self._choose)
        self._fill()
        self._drafts.ask(NEW, self._take_back, self)

    def _editor(self) -> Card:
        size = theme.sizes()
        card = Card()
        self.name = card.title
        card.box.removeWidget(self.name)
        self.rename_button = button("改名…", self.rename, "link")
        self.lights_button = button("灯号…", self.lights, "link")
        head = QHBoxLayout()
        head.addWidget(self.name)
        head.addStretch(1)
        head.addWidget(self.rename_button)
        head.addWidget(self.lights_button)
        card.box.insertLayout(0, head)
        self.words = card.add(label("", "muted"))
        self.fields = ShortList(
            "栏目",
            (
                ListColumn("栏目", 8),
                ListColumn("填什么", 5),
                ListColumn("必填", 2.5),
                ListColumn("说明", 12, "muted", stretch=True),
                ListColumn("来自", 4.4, "muted", keep=True),
            ),
        )
        card.add(self.fields, 1)
        self.add_button = button("添加栏目…", self.add_field, icon="plus")
        self.edit_button = button("修改…", self.edit_field)
        self.up_button = button("上移", lambda: self._move(-1), tip="清单和表单里往前排（Alt+↑）")
        self.down_button = button("下移", lambda: self._move(1), tip="清单和表单里往后排（Alt+↓）")
        self.drop_button = button("去掉", self.drop_field, "danger")
        card.row(
            self.add_button, self.edit_button, self.up_button, self.down_button, self.drop_button
        )
        self.problem = label("", "problem")
        self.problem.hide()
        card.add(self.problem)
        self.keep_button = button("保存", self.save, "primary", "content-save-outline")
        self.discard_button = button("放弃修改", self.discard)
        foot = QHBoxLayout()
        foot.setSpacing(size.gap)
        self.state = label("", "muted")
        foot.addWidget(self.state, 1)
        foot.addWidget(self.discard_button)
        foot.addWidget(self.keep_button)
        card.box.addLayout(foot)
        self.fields.chosen.connect(lambda line: self._able())
        self.fields.opened.connect(self.edit_field)
        self.fields.delete_asked.connect(self.drop_field)
        return card

    # ---- what the window asks of a page
    # ---------------------------------------------------------------------

    def commands(self) -> list[Command]:
        return [
            Command("新建台账", self.new, section=NAME, pinyin="xjtz"),
            Command("添加栏目", self.add_field, section=NAME, pinyin="tjlm"),
        ]

    def offers(self, what: str) -> bool:
        return what in ("new", "save")

    def leave(self) -> bool:
        """Unsaved changes are asked about: they would be gone."""
        if not self.changed:
            return True
        if ask_to_give_up(self.window_, f"台账「{self._draft.label}」"):  # type: ignore[union-attr]
            self.discard()
            return True
        return False

    @property
    def asks_before_leaving(self) -> bool:
        """Whether leaving now would put a question."""
        return self.changed

    def keep_typed(self) -> None:
        """A lock comes: the changes wait in the book for the person who made them."""
        self._drafts.keep(NEW, {"kind": msgspec.to_builtins(self._draft)})

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
        self._take(kind, kept)
        if self.changed:
            self.window_.toast(BACK_AGAIN)

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
        return self._draft is not None and self._draft != self._kept

    # ---- the lists
    # ------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        typed = self.search.text().strip()
        lines = []
        for kind in self.session.visible_kinds():
            if typed and not matches(kind.label, typed):
                continue
            if kind.parent and not typed:
                continue
            own = kind.name not in self.given
            mark = ("自建", "green") if own else ("加了栏目", "blue") if self._own(kind) else ""
            lines.append(Line(kind.name, (kind.label, kind.family or "随记录", mark), kind))
        lines.sort(key=lambda line: line.cells[2] == "")
        self.list.fill(lines)

    def _own(self, kind: Kind) -> frozenset[str]:
        return kind_draft.added_by_office(kind, self.given)

    def _choose(self, line: Line | None) -> None:
        if line is None or (self._draft is not None and line.key == self._draft.name):
            return
        if self.changed and not self.leave():
            self._mark(self._draft.name)  # type: ignore[union-attr]
            return
        self._take(line.data, line.data)

    def _take(self, kind: Kind, kept: Kind | None) -> None:
        self._draft, self._kept = kind, kept
        self._show()

    def _show(self) -> None:
        """The draft as it stands."""
        kind = self._draft
        if kind is None:
            return
        self.problem.hide()
        own_kind = kind.name not in self.given
        self.name.setText(kind.label)
        self.name.show()
        cycle = self.session.kinds.lifecycle(kind.lifecycle) if kind.lifecycle else None
        said = ["本单位自建" if own_kind else "随程序提供，可以添加栏目"]
        said.append(f"办理流程：{cycle.label}" if cycle else "不走流程")
        if kind.lights is not None:
            said.append(kind_draft.lights_in_words(kind.lights))
        self.words.setText("；".join(said) + "。")
        own = self._own(kind)
        lines = [self._field_line(f, own) for f in kind.fields]
        if cycle is not None:
            held = {f.name for f in kind.fields}
            lines += [
                self._field_line(f, own, True)
                for f in cycle.fields
                if f.name not in held and f.show
            ]
        self.fields.fill(lines)
        self.state.setText("有修改还没有保存。" if self.changed else "")
        self._able()

    def _field_line(self, field: Field, own: frozenset[str], cycle: bool = False) -> Line:
        where: Any = (
            ("流程", "purple") if cycle else ("本单位", "green") if field.name in own else "程序"
        )
        must = "必填" if field.required else ""
        cells = (
            field.label, TYPES[field.type].label, must,
            kind_draft.summary(field, self.session.kinds), where,
        )
        return Line(field.name, cells, None if cycle else field)

    def _able(self) -> None:
        line, kind = self.fields.line(), self._draft
        field: Field | None = line.data if line else None
        mine = field is not None and kind is not None and field.name in self._own(kind)
        self.edit_button.setEnabled(mine)
        self.drop_button.setEnabled(mine and field.name != kind.title)  # type: ignore[union-attr]
        self.up_button.setEnabled(field is not None)
        self.down_button.setEnabled(field is not None)
        for each in (self.keep_button, self.discard_button):
            each.setEnabled(self.changed)

    # ---- changing the draft
    # ---------------------------------------------------------------------------------

    def new(self) -> None:
        """A ledger of the office's own."""
        if not self.leave():
            return
        dialog = NewKindDialog(self.window_, self.session.kinds)
        remember(dialog, self._drafts, "new-kind")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self.list.clearSelection()
            self._take(dialog.draft, None)
            self.window_.toast("台账有了名称，接着添加栏目，最后按“保存”。")
        dialog.deleteLater()

    def add_field(self) -> None:
        self._field_dialog(None)

    def edit_field(self) -> None:
        line = self.fields.line()
        if line is not None and line.data is not None and self.edit_button.isEnabled():
            self._field_dialog(line.data)

    def _field_dialog(self, field: Field | None) -> None:
        if self._draft is None:
            return
        kept = field is not None and self._kept is not None and self._kept.has(field.name)
        dialog = FieldDialog(self.window_, self.session.kinds, self._draft, field, kept)
        remember(dialog, self._drafts, f"field:{self._draft.name}:{field.name if field else NEW}")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self._put(dialog.draft)
            if field is None:
                at = next(
                    i
                    for i, line in enumerate(self.fields.lines)
                    if line.key == dialog.draft.fields[-1].name
                )
                self.fields.selectRow(at)
        dialog.deleteLater()

    def drop_field(self) -> None:
        """Take a field away; what stands in it stays in the file and comes back with it."""
        line = self.fields.line()
        if (
            line is None
            or line.data is None
            or not self.drop_button.isEnabled()
            or self._draft is None
        ):
            return
        try:
            self._put(kind_draft.without_field(self._draft, line.key))
        except BadInput as error:
            self._refuse(error.message)

    def _move(self, step: int) -> None:
        line = self.fields.line()
        if line is not None and line.data is not None and self._draft is not None:
            self._put(kind_draft.moved(self._draft, line.key, step))

    def rename(self) -> None:
        """Another name for the ledger; the records stay what they are."""
        if self._draft is None:
            return
        text = ask_text(self.window_, "给台账改名", "新的名称：", "改名", text=self._draft.label)
        if text:
            self._put(msgspec.structs.replace(self._draft, label=" ".join(text.split())))

    def lights(self) -> None:
        """By which date the lights go, and what they say."""
        if self._draft is None:
            return
        dialog = LightsDialog(self.window_, self.session.kinds, self._whole(self._draft))
        remember(dialog, self._drafts, f"lights:{self._draft.name}")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self._put(msgspec.structs.replace(self._draft, lights=dialog.draft.lights))
        dialog.deleteLater()

    def _whole(self, kind: Kind) -> Kind:
        """The draft with the fields of its lifecycle."""
        return self.session.kinds.with_office([kind_draft.bare(kind)]).get(kind.name)

    def _put(self, kind: Kind) -> None:
        self._draft = kind
        self._show()

    def _refuse(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()

    def discard(self) -> None:
        """Back to what is kept."""
        self._drafts.keep(NEW, {})
        if self._kept is not None:
            self._take(self._kept, self._kept)
            return
        self._draft = None
        self._choose(self.list.line())

    # ---- keeping
    # --------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Check and keep; tables follow at once, and the window is built anew with the ledger in
        it."""
        kind = self._draft
        if kind is None or not self.changed:
            return
        try:
            kind_draft.check(kind, self.session.kinds)
        except BadInput as error:
            self._refuse(error.message)
            return

        def told(_: Any) -> None:
            self._drafts.keep(NEW, {})
            self._take(self.session.kinds.get(kind.name), self.session.kinds.get(kind.name))
            self._fill()
            self.window_.rebuild_asked.emit()

        def failed(error: Exception) -> None:
            if isinstance(error, ZhengxianError):
                self._refuse(kind_draft.in_words(error.message, [kind]))
            else:
                self.window_.error(error)

        bare = kind_draft.bare(kind)
        wait_for(
            self.window_,
            self.jobs,
            "正在保存台账设置",
            "建表、改表…",
            lambda job: self.session.keep_kind(bare),
            told,
            failed,
        )

