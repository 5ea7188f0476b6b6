"""Who changed what and when, in every ledger: for the administrator, with the chain's head to hold
against a print."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSplitter

from db import office
from db.safety import audit
from db.safety.audit import Detail, Entry
from desktop.bulletin.report.office_reports import reports_of
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, button, label, person
from desktop.ui.kit.times import when
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("audit")
PAGE = 300
"""Changes of a book that are read at once."""
DAYS = (("全部时间", None), ("今天", 0), ("最近 7 天", 6), ("最近 30 天", 29), ("最近一年", 364))
BOOK_WORDS = {"office": "工作台账", "personnel": "干部人事台账"}


class AuditPage(AdminPage):
    """Changes above, what the chosen one wrote field by field below."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, NAME,
            "每一处修改一环扣一环记着，改不了也抽不掉；删了尾巴，与通报上印的链末端一对就知道。",
        )
        size = theme.sizes()
        self._entries: list[Entry] = []
        self._stale = True
        self.who = self._box("人员", [("全部人员", None)])
        self.when = self._box("时间", list(DAYS))
        self.ledger = self._box("台账", [("全部台账", None)])
        self.ledger.setMinimumWidth(size.chars(11))
        for family in self._kinds():
            self.ledger.addItem(family[0], family[1])
        bar = QHBoxLayout()
        bar.setSpacing(size.gap)
        for box in (self.who, self.when, self.ledger):
            bar.addWidget(box)
            box.activated.connect(lambda place: self.load())
        bar.addStretch(1)
        self.count = label("", "muted", wrap=False)
        self.more = button("更早的", self.load_more, "link")
        bar.addWidget(self.count)
        bar.addWidget(self.more)
        self.body.addLayout(bar)
        self.list = ShortList(
            "修改",
            (
                ListColumn("时间", 8, "muted", keep=True),
                ListColumn("人员", 5),
                ListColumn("做了什么", 12),
                ListColumn("涉及", 12, stretch=True),
                ListColumn("来自", 5, "muted"),
                ListColumn("情况", 4),
            ),
        )
        self.list.when_empty("没有符合条件的修改", "换个人员、时间或台账。")
        self.starts_at(self.list)
        self.details = ShortList(
            "修改的内容",
            (
                ListColumn("记录", 11),
                ListColumn("动作", 4),
                ListColumn("栏目", 6),
                ListColumn("原来", 9, "muted", stretch=True),
                ListColumn("改为", 9, stretch=True),
            ),
            several=True,
        )
        self.details.when_empty("选一次修改", "这里逐栏列出改了什么。")
        self.details.opened.connect(self._open_record)
        upper, lower = Card(flush=True), Card(flush=True)
        upper.add(self.list, 1)
        lower.add(self.details, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(size.gap)
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(lower)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([600, 400])
        self.body.addWidget(split, 1)
        self.heads = label("", "muted")
        foot = QHBoxLayout()
        foot.addWidget(self.heads, 1)
        foot.addWidget(button("复制", self._copy_heads, "link", tip="复制审计链末端"))
        self.body.addLayout(foot)
        self.list.chosen.connect(self._show)

    def _box(self, name: str, options: list[tuple[str, Any]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setMinimumWidth(theme.sizes().chars(8))
        for text, value in options:
            box.addItem(text, value)
        return box

    def _kinds(self) -> list[tuple[str, str]]:
        return [(kind.label, kind.name) for kind in self.session.visible_kinds()]

    # ---- what the window asks of a page

    def shown(self) -> None:
        super().shown()
        if self._stale:
            self._fill_people()
            self.load()

    def refresh(self, change: Any) -> None:
        self._stale = True
        if self.isVisible():
            self.load()

    def commands(self) -> list[Command]:
        return [Command("更早的修改", self.load_more, section=NAME, pinyin="gzdxg")]

    def _fill_people(self) -> None:
        chosen = self.who.currentData()
        self.who.clear()
        self.who.addItem("全部人员", None)
        for user in office.users(self.session):
            self.who.addItem(user.display or user.name, user.name)
        self.who.setCurrentIndex(max(0, self.who.findData(chosen)))

    # ---- reading

    def load(self) -> None:
        """The newest changes that match."""
        self._stale = False
        self._read(None)

    def load_more(self) -> None:
        """Older ones, below those that are listed."""
        before: dict[str, int] = {}
        for entry in self._entries:
            before[entry.book] = min(entry.id, before.get(entry.book, entry.id))
        self._read(before)

    def _read(self, before: dict[str, int] | None) -> None:
        who, days, kind = self.who.currentData(), self.when.currentData(), self.ledger.currentData()
        since = None if days is None else self.session.today - dt.timedelta(days=days)

        def read(job: Job) -> tuple[list[Entry], dict[str, str]]:
            found = audit.entries(
                self.session, by=who, since=since, kind=kind, limit=PAGE, before=before
            )
            return found, audit.heads(self.session)

        def take(result: tuple[list[Entry], dict[str, str]]) -> None:
            found, heads = result
            self._entries = found if before is None else self._entries + found
            self.more.setVisible(len(found) >= PAGE)
            self._fill(heads)

        self.jobs.read(read, take, owner=self, key="audit", failed=self.window_.error)

    def _fill(self, heads: dict[str, str]) -> None:
        lines = []
        for entry in self._entries:
            mark = ("已撤销", "grey") if entry.undone else ""
            source = audit.SOURCES.get(entry.source, entry.source)
            cells = (
                when(entry.at, self.session.today), person(self.session, entry.by), entry.label,
                self._touched(entry), source, mark,
            )
            lines.append(Line((entry.book, entry.id), cells, entry))
        self.list.fill(lines)
        self.count.setText(f"列出 {len(lines)} 次修改")
        said = "　".join(
            f"{BOOK_WORDS.get(book, book)} {(head.strip('0') and head) or '还没有修改'}"
            for book, head in heads.items()
        )
        self.heads.setText(f"审计链末端：{said}")
        self._heads = said

    def _touched(self, entry: Entry) -> str:
        if entry.subject:
            return entry.subject
        names = []
        for name, count in entry.kinds.items():
            text = self.session.kinds.get(name).label if name in self.session.kinds else name
            names.append(f"{text} {count} 条")
        return "、".join(names)

    def _show(self, line: Line | None) -> None:
        if line is None:
            self.details.fill([])
            return
        entry = line.data

        def take(found: list[Detail]) -> None:
            now = self.list.line()
            if now is not None and now.key == line.key:
                self.details.fill([_detail(at, each) for at, each in enumerate(found)])

        def read(job: Job) -> list[Detail]:
            names = {report.name: report.label for report in reports_of(self.session)}
            return audit.details(self.session, entry, reports=names)

        self.jobs.read(read, take, failed=self.details.say_unread, owner=self, key="audit.detail")

    def _open_record(self) -> None:
        line = self.details.line()
        if line is not None and line.data.uid:
            self.window_.open_record(line.data.kind, line.data.uid)

    def _copy_heads(self) -> None:
        QGuiApplication.clipboard().setText(self._heads)
        self.window_.toast("审计链末端已复制。")


def _detail(at: int, each: Detail) -> Line:
    one = [text.replace("\n", " ") for text in (each.title, each.old, each.new)]
    return Line(at, (one[0], each.action, each.field, one[1], one[2]), each)

