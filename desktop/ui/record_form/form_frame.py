"""The parts of a record's form and where they stand; what they do is wired in `form.py`."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.record_signs import Signs
from desktop.ui.record_form import actions
from desktop.ui.record_form.children import Children
from desktop.ui.record_form.fields import Fields
from desktop.ui.record_form.request_panel import RequestPanel
from desktop.ui.record_form.timeline import Timeline

PORTION, PORTION_EVERY_MS = 3, 15
"""Entries made per turn while nothing is shown yet."""


class FormFrame(QFrame):
    """Head with title, signs and steps; tabs of entries, timeline and children; the line of saving
    at the foot."""

    def __init__(self, kind_name: str, context: EditorContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("class", "card")
        self.kind = context.session.kinds.get(kind_name)
        self._context, self._session, self._jobs = context, context.session, context.jobs
        self._build()

    def _build(self) -> None:
        """From the outside in: a widget put into a finished tree costs its own style, a tree put
        into a widget all of it."""
        size = theme.sizes()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        self._nothing = QLabel("在左边选一行，这里显示它的全部内容。", self)
        self._nothing.setProperty("class", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        outer.addWidget(self._nothing)
        self._body = QWidget(self)
        self._body.hide()
        outer.addWidget(self._body)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(size.pad, size.gap, size.pad, 0)
        head.setSpacing(size.gap)
        body.addLayout(head)
        self._title = QLabel(self._body)
        self._title.setFont(theme.scaled(1.15, bold=True))
        self._title.setWordWrap(True)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._signs = Signs(self._body)
        self.action_bar = actions.ActionBar(self._body)
        self._request = RequestPanel(self._body)
        self._banner = QLabel(self._body)
        self._banner.setWordWrap(True)
        self._banner.setProperty("class", "banner")
        for widget in (self._title, self._signs, self.action_bar, self._request, self._banner):
            head.addWidget(widget)
        self._tabs = QTabBar(self._body)
        self._tabs.setAccessibleName("这条记录的内容")
        self._tabs.setExpanding(False)
        self._tabs.setDrawBase(False)
        body.addWidget(self._tabs)
        line = QFrame(self._body)
        line.setFixedHeight(1)
        line.setProperty("class", "line")
        body.addWidget(line)
        self._pages = QStackedWidget(self._body)
        body.addWidget(self._pages, 1)
        inside, box = self._page("内容")
        self.fields = Fields(
            self.kind.shown("form"), self.kind.name, self._context, inside, at_once=False
        )
        box.insertWidget(0, self.fields)
        inside, box = self._page("办理经过", Qt.FocusPolicy.StrongFocus)
        self.timeline = Timeline(inside)
        box.insertWidget(0, self.timeline)
        self.children_lists: Children | None = None
        kinds = self._session.kinds.children_of(self.kind.name)
        self._children_page = (
            self._page("下级记录") if any(self._session.opens(k.name) for k in kinds) else None
        )
        self._foot = QFrame(self._body)
        self._foot.setProperty("class", "foot")
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(size.pad, size.gap // 2, size.pad, size.gap // 2)
        self._status = QLabel(self._foot)
        self._status.setProperty("class", "muted")
        self._status.setWordWrap(True)
        self._discard = QPushButton("放弃修改", self._foot)
        self._save = QPushButton("保存", self._foot)
        self._save.setToolTip("保存（Ctrl+S）")
        self._save.setProperty("class", "primary")
        foot.addWidget(self._status, 1)
        foot.addWidget(self._discard)
        foot.addWidget(self._save)
        body.addWidget(self._foot)
        self.setMinimumWidth(size.chars(21))
        self._portions = QTimer(self)
        self._portions.timeout.connect(self._build_portion)
        self._portions.start(PORTION_EVERY_MS)

    def _build_portion(self) -> None:
        if self.fields.build_some(PORTION):
            self._portions.stop()

    def _page(
        self, label: str, focus: Qt.FocusPolicy = Qt.FocusPolicy.NoFocus
    ) -> tuple[QWidget, QVBoxLayout]:
        """A tab; one that holds nothing to type in takes the focus itself, so that keys scroll
        it."""
        size = theme.sizes()
        area = QScrollArea(self._pages)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(focus)
        area.setAccessibleName(label)
        area.setMinimumHeight(size.line * 2)
        inside = QWidget(area)
        area.setWidget(inside)
        box = QVBoxLayout(inside)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.addStretch(1)
        self._tabs.addTab(label)
        self._pages.addWidget(area)
        return inside, box

    def sizeHint(self) -> QSize:
        return QSize(theme.sizes().chars(32), theme.sizes().line * 24)
