"""One chart of a report, and the titles of its articles and wall charts."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from db import figures
from db.errors import BadInput
from desktop.ui import reportdraft, theme
from desktop.ui.pages.kindforms import DraftDialog, combo
from desktop.ui.pages.parts import Line, ListColumn, ShortList, button
from desktop.ui.reporttable import GROUPS, ask_figure


class ChartDialog(DraftDialog):
    """`draft` is the chart as it was made."""

    def __init__(self, parent: QWidget, session: Any, chart: Any) -> None:
        super().__init__(parent, "图表", "确定")
        self._session, self._chart = session, chart
        self._names: list[str] = list(chart.figures)
        size = theme.sizes()
        self.setMinimumWidth(size.chars(36))
        self.title = QLineEdit(chart.title)
        self.title.setPlaceholderText("图名；期间写 {{ period }}")
        self.field("图名", self.title)
        self.kind = combo([(text, name) for name, text in reportdraft.CHARTS], chart.kind)
        self.field("样式", self.kind)
        groups = [(f"按{text}", name) for name, text in GROUPS]
        if chart.group not in dict(GROUPS):
            groups.append((chart.group, chart.group))
        self.group = combo(groups, chart.group)
        self.field("分组", self.group)
        self.list = ShortList("数字", [ListColumn("数字", 12, stretch=True)])
        self.list.when_empty("还没有数字", "点“加数字…”。")
        self.list.setMinimumHeight(size.row * 4)
        self.list.delete_asked.connect(self._drop)
        self.field("数字", self.list)
        self.grid.addWidget(button("加数字…", self._add, icon="plus"), self.grid.rowCount(), 1)
        self.grid.addWidget(button("去掉", self._drop, "danger"), self.grid.rowCount(), 1)
        self.note = QLineEdit(chart.source)
        self.field("数据来源", self.note)
        self.close_form()
        self.read = self._read
        self._fill()

    def _fill(self) -> None:
        known = figures.declared(self._session)
        self.list.fill([Line(name, (known.get(name).label if name in known else name,), name) for name in self._names])

    def _add(self) -> None:
        name = ask_figure(self, self._session)
        if name is not None and name not in self._names:
            self._names.append(name)
            self._fill()

    def _drop(self) -> None:
        line = self.list.line()
        if line is not None:
            self._names.remove(line.data)
            self._fill()

    def _read(self) -> Any:
        if not self._names:
            raise BadInput("还没有数字，请点“加数字…”。")
        return msgspec.structs.replace(
            self._chart, title=self.title.text().strip(), kind=self.kind.currentData(), group=self.group.currentData(),
            figures=tuple(self._names), source=self.note.text().strip(),
        )  # fmt: skip


class PartDialog(DraftDialog):
    """Articles or a wall chart: title, how many, and what stands there when there are none; where they come from stays as given."""

    def __init__(self, parent: QWidget, part: Any) -> None:
        super().__init__(parent, "文章" if reportdraft.word_of(part) == "@articles" else "挂图", "确定")
        self._part = part
        self.title: QLineEdit | None = None
        if hasattr(part, "title"):
            self.title = QLineEdit(part.title)
            self.field("图名", self.title)
        self.most = QSpinBox()
        self.most.setRange(0, 999)
        self.most.setSpecialValueText("不限")
        self.most.setValue(part.limit or 0)
        self.most.lineEdit().setTextMargins(theme.sizes().gap // 2, 0, 0, 0)
        self.field("最多", self.most)
        self.empty = QLineEdit(part.empty)
        self.field("没有时写", self.empty)
        self.close_form()
        self.read = self._read

    def _read(self) -> Any:
        changes: dict[str, Any] = {"empty": self.empty.text().strip(), "limit": self.most.value() or None}
        if self.title is not None:
            changes |= {"title": self.title.text().strip(), "limit": self.most.value() or self._part.limit}
        return msgspec.structs.replace(self._part, **changes)
