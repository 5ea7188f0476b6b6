"""The fields of one ledger, changed without a programmer; nothing is kept until 保存."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtWidgets import QHBoxLayout

from db.errors import BadInput
from db.model import builtin, due_state
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES
from desktop.ui.kinds import kind_changes
from desktop.ui.kinds.dialogs import FieldDialog, LightsDialog
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog, ask_text
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.record_form.unsaved_entries import NEW, Drafts, remember


class KindEditor(Card):
    """A draft of the ledger beside what is kept of it."""

    def __init__(
        self, window: Window, drafts: Drafts, keep: Callable[[], object],
        discard: Callable[[], object],
    ) -> None:
        super().__init__()
        size = theme.sizes()
        self.window_, self.session, self._drafts = window, window.session, drafts
        self.given = builtin.kinds()
        self.draft: Kind | None = None
        self.kept: Kind | None = None
        self.name = self.title
        self.box.removeWidget(self.name)
        self.rename_button = button("改名…", self.rename, "link")
        self.lights_button = button("灯号和按期…", self.lights, "link")
        head = QHBoxLayout()
        head.addWidget(self.name)
        head.addStretch(1)
        head.addWidget(self.rename_button)
        head.addWidget(self.lights_button)
        self.box.insertLayout(0, head)
        self.words = self.add(label("", "muted"))
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
        self.add(self.fields, 1)
        self.add_button = button("添加栏目…", self.add_field, icon="plus")
        self.edit_button = button("修改…", self.edit_field)
        self.up_button = button("上移", lambda: self._move(-1), tip="清单和表单里往前排（Alt+↑）")
        self.down_button = button("下移", lambda: self._move(1), tip="清单和表单里往后排（Alt+↓）")
        self.drop_button = button("去掉", self.drop_field, "danger")
        self.row(
            self.add_button, self.edit_button, self.up_button, self.down_button, self.drop_button
        )
        self.problem = label("", "problem")
        self.problem.hide()
        self.add(self.problem)
        self.keep_button = button("保存", keep, "primary", "content-save-outline")
        self.discard_button = button("放弃修改", discard)
        foot = QHBoxLayout()
        foot.setSpacing(size.gap)
        self.state = label("", "muted")
        foot.addWidget(self.state, 1)
        foot.addWidget(self.discard_button)
        foot.addWidget(self.keep_button)
        self.box.addLayout(foot)
        self.fields.chosen.connect(lambda line: self._able())
        self.fields.opened.connect(self.edit_field)
        self.fields.delete_asked.connect(self.drop_field)

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self.draft is not None and self.draft != self.kept

    def take(self, kind: Kind, kept: Kind | None) -> None:
        """Another ledger, or the same with what is changed of it."""
        self.draft, self.kept = kind, kept
        self._show()

    def _show(self) -> None:
        """The draft as it stands."""
        kind = self.draft
        if kind is None:
            return
        self.problem.hide()
        own_kind = kind.name not in self.given
        self.name.setText(kind.label)
        self.name.show()
        cycle = self.session.kinds.lifecycle(kind.lifecycle) if kind.lifecycle else None
        facts = ["本单位自建" if own_kind else "随程序提供，可以添加栏目"]
        facts.append(f"办理流程：{cycle.label}" if cycle else "不走流程")
        if kind.lights is not None:
            facts.append(kind_changes.lights_in_words(kind.lights))
        if cycle is not None and cycle.requested_on:
            facts.append(f"是否按期看{due_state.FINISHED[kind.finished]}")
        self.words.setText("；".join(facts) + "。")
        own = self.own(kind)
        lines = [self._field_line(f, own) for f in kind.fields]
        if cycle is not None:
            field_names = {f.name for f in kind.fields}
            lines += [
                self._field_line(f, own, True)
                for f in cycle.fields
                if f.name not in field_names and f.show
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
            kind_changes.summary(field, self.session.kinds), where,
        )
        return Line(field.name, cells, None if cycle else field)

    def _able(self) -> None:
        line, kind = self.fields.line(), self.draft
        field: Field | None = line.data if line else None
        mine = field is not None and kind is not None and field.name in self.own(kind)
        self.edit_button.setEnabled(mine)
        self.drop_button.setEnabled(mine and field.name != kind.title)  # type: ignore[union-attr]
        self.up_button.setEnabled(field is not None)
        self.down_button.setEnabled(field is not None)
        for each in (self.keep_button, self.discard_button):
            each.setEnabled(self.changed)

    def add_field(self) -> None:
        self._field_dialog(None)

    def edit_field(self) -> None:
        line = self.fields.line()
        if line is not None and line.data is not None and self.edit_button.isEnabled():
            self._field_dialog(line.data)

    def _field_dialog(self, field: Field | None) -> None:
        if self.draft is None:
            return
        kept = field is not None and self.kept is not None and self.kept.has(field.name)
        dialog = FieldDialog(self.window_, self.session.kinds, self.draft, field, kept)
        remember(dialog, self._drafts, f"field:{self.draft.name}:{field.name if field else NEW}")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self.put(dialog.draft)
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
            or self.draft is None
        ):
            return
        try:
            self.put(kind_changes.without_field(self.draft, line.key))
        except BadInput as error:
            self.refuse(error.message)

    def _move(self, step: int) -> None:
        line = self.fields.line()
        if line is not None and line.data is not None and self.draft is not None:
            self.put(kind_changes.moved(self.draft, line.key, step))

    def rename(self) -> None:
        """Another name for the ledger; the records stay what they are."""
        if self.draft is None:
            return
        text = ask_text(self.window_, "给台账改名", "新的名称：", "改名", text=self.draft.label)
        if text:
            self.put(msgspec.structs.replace(self.draft, label=" ".join(text.split())))

    def lights(self) -> None:
        """By which date the lights go, and what they say."""
        if self.draft is None:
            return
        dialog = LightsDialog(self.window_, self.session.kinds, self._whole(self.draft))
        remember(dialog, self._drafts, f"lights:{self.draft.name}")
        if dialog.exec() == Dialog.DialogCode.Accepted:
            made = dialog.draft
            self.put(msgspec.structs.replace(
                self.draft, lights=made.lights, finished=made.finished
            ))
        dialog.deleteLater()

    def _whole(self, kind: Kind) -> Kind:
        """The draft with the fields of its lifecycle."""
        return self.session.kinds.with_office([kind_changes.bare(kind)]).get(kind.name)

    def put(self, kind: Kind) -> None:
        """The draft as it was changed."""
        self.draft = kind
        self._show()

    def refuse(self, text: str) -> None:
        """Say why the draft cannot be kept."""
        self.problem.setText(text)
        self.problem.show()

    def own(self, kind: Kind) -> frozenset[str]:
        """Fields that the office added."""
        return kind_changes.added_by_office(kind, self.given)
