"""The figures that the office made, in a list: made, changed, taken away; what uses one is named
before it goes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialogButtonBox, QPushButton

from db.errors import ZhengxianError
from db.metrics import own_figures
from db.metrics.own_figures import Own
from desktop.bulletin.report import figure_users
from desktop.ui.figures.own_figure_dialog import OwnFigureDialog
from desktop.ui.kit import icons, theme
from desktop.ui.kit.messages import Dialog, ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

CANNOT = ("用不了", "red")


class OwnFiguresDialog(Dialog):
    """``changed`` tells whether anything was written."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "本单位自定的指标", "关闭", reject="")
        size = theme.sizes()
        self._window, self._session, self.changed = window, window.session, False
        self.list = ShortList("自定指标", [
            ListColumn("指标", 9, keep=True), ListColumn("算法", 24, stretch=True),
            ListColumn("情况", 4, keep=True),
        ])  # fmt: skip
        self.list.when_empty(
            "还没有自定指标", "点“新建”，选台账、条件和数什么；做好了处处都能用。"
        )
        self.list.opened.connect(self.edit)
        self.list.delete_asked.connect(self.remove)
        self.list.chosen.connect(lambda _: self._other())
        self.add(self.list, 1)
        self.notice = label("", "muted")
        self.add(self.notice)
        self.new_button = self._act("新建", "plus", self.new)
        self.edit_button = self._act("修改", "pencil-outline", self.edit)
        self.remove_button = self._act("删除", "trash-can-outline", self.remove)
        self.resize(size.chars(46), size.row * 12)
        self.fill()

    def _act(self, text: str, icon: str, run: Callable[[], None]) -> QPushButton:
        made = self.buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        made.setAutoDefault(False)
        icons.set_icon(made, icon)
        made.clicked.connect(run)
        return made

    def fill(self) -> None:
        """The list as the book has it."""
        self.list.fill([
            Line(each.record.uid, (
                each.label, each.problem or (each.figure.formula if each.figure else ""),
                CANNOT if each.problem else "",
            ), each)
            for each in own_figures.every(self._session)
        ])  # fmt: skip
        self._other()

    def _other(self) -> None:
        line = self.list.line()
        own: Own | None = line.data if line is not None else None
        self.edit_button.setEnabled(own is not None and own.figure is not None)
        self.remove_button.setEnabled(own is not None)
        self.notice.setText(
            "" if own is None else own.problem or str(own.record.values["note"] or "")
        )

    def new(self) -> None:
        """Another figure."""
        self._ask(OwnFigureDialog(self, self._session, self._window.jobs))

    def edit(self) -> None:
        """Change the chosen one."""
        line = self.list.line()
        if line is not None and line.data.figure is not None:
            self._ask(OwnFigureDialog(self, self._session, self._window.jobs, line.data.figure))

    def _ask(self, dialog: OwnFigureDialog) -> None:
        if dialog.exec() == Dialog.DialogCode.Accepted:
            self.changed = True
            self.fill()
        dialog.deleteLater()

    def remove(self) -> None:
        """Take the chosen one away; what uses it is named before."""
        line = self.list.line()
        if line is None:
            return
        own: Own = line.data
        try:
            name = own.figure.name if own.figure is not None else ""
            if name:
                own_figures.without(self._session, name)
            using = figure_users.users(self._session, name) if name else []
        except ZhengxianError as error:
            self.notice.setText(error.message)
            return
        text = (
            f"「{own.label}」还在用：{'、'.join(using)}。"
            "删除以后，那些地方会说没有这个指标，要另换一个；可以从回收站恢复。"
        )
        if using and not ask(self, "删除指标", text, "删除", danger=True):
            return
        self._window.jobs.write(
            lambda job: self._session.delete(own_figures.KIND, own.record.uid),
            lambda _: self._removed(own.label), failed=self._window.error, owner=self,
        )

    def _removed(self, label: str) -> None:
        self.changed = True
        self.fill()
        self._window.toast(f"指标「{label}」已移入回收站。", undo=True)
