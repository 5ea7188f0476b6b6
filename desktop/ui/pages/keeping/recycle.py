"""The recycle bin: what was deleted in any ledger, by whom and when; found by words, looked at,
brought back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QWidget

from db.errors import BadInput, NotPermitted
from db.model.query import Query
from desktop.ui.kit import theme
from desktop.ui.kit.commands import Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, button, label, person, scrolled
from desktop.ui.kit.times import when
from desktop.ui.lists.columns import shown_text
from desktop.ui.lists.short_list import Line, ListColumn, ShortList
from desktop.ui.pages import label_of

NAME = label_of("recycle")
AT_MOST = 500
"""Records of a ledger that are listed, the newest first; a search narrows them."""


@dataclass(frozen=True)
class DeletedRecords:
    """What the reader found: the lines, by ledger how many there are in all."""

    lines: list[Line]
    counts: dict[str, int]


class RecyclePage(AdminPage):
    """All ledgers together; the record under the cursor is shown beside, so that nobody restores
    blindly."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, NAME, "删除的记录都在这里，编号、附件和修改记录一样不少；恢复后回到原来的台账。"
        )
        self._stale = True
        size = theme.sizes()
        self.restore_button = button("恢复选中的记录", self.restore, "primary", "restore")
        self.head_buttons.addWidget(self.restore_button, 0, Qt.AlignmentFlag.AlignTop)
        self.search = QLineEdit()
        self.starts_at(self.search)
        self.search.setPlaceholderText("在回收站中查找，支持拼音首字母")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("在回收站中查找")
        self.search.setFixedWidth(size.chars(20))
        self.ledger = QComboBox()
        self.ledger.setAccessibleName("哪个台账")
        self.ledger.setMinimumWidth(size.chars(12))
        self.ledger.addItem("全部台账", "")
        self.count = label("", "muted", wrap=False)
        bar = QHBoxLayout()
        bar.setSpacing(size.gap)
        for widget in (self.search, self.ledger):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.count)
        self.body.addLayout(bar)
        self.list = ShortList(
            "回收站里的记录",
            (
                ListColumn("名称", 14, stretch=True),
                ListColumn("台账", 8),
                ListColumn("单位", 8),
                ListColumn("删除人", 5),
                ListColumn("删除时间", 8, "muted", keep=True),
            ),
            several=True,
        )
        card = Card(flush=True)
        card.add(self.list, 1)
        self.detail = Card()
        self.detail.title.hide()
        self._values = scrolled(QWidget())
        self.detail.add(self._values, 1)
        self.side_by_side(card, self.detail, 22)
        self._wait = pause(self, 250, self.load)
        self.search.textEdited.connect(lambda text: self._wait.start())
        self.ledger.activated.connect(lambda place: self.load())
        self.list.chosen.connect(self._show)
        self.list.opened.connect(self.restore)
        self.list.selectionModel().selectionChanged.connect(
            lambda now, before: self._count_selected()
        )
        self._found = DeletedRecords([], {})

    # ---- what the window asks of a page

    def shown(self) -> None:
        super().shown()
        if self._stale:
            self.load()

    def refresh(self, change: Any) -> None:
        """A record went or came: read again, at once when the page is in front."""
        actions = {action for _, _, action in change.records} if change is not None else {"restore"}
        if actions & {"delete", "restore", "undo", "merge", "add"}:
            self._stale = True
            if self.isVisible():
                self.load()

    def commands(self) -> list[Command]:
        return [
            Command("在回收站中查找", self.search.setFocus, section=NAME, pinyin="zhszcz"),
            Command("恢复选中的记录", self.restore, "Ctrl+R", "回收站", "hfxzdjl"),
        ]

    # ---- reading

    def load(self) -> None:
        """Read what is deleted, newest first."""
        self._stale = False
        only, words = self.ledger.currentData() or "", self.search.text().strip()

        def read(job: Job) -> DeletedRecords:
            lines, counts = [], {}
            for kind in self.session.visible_kinds():
                asked = Query(kind=kind.name, deleted="only")
                total = self.session.count(asked)
                if not total:
                    continue
                counts[kind.name] = total
                if only and kind.name != only:
                    continue
                newest = Query(
                    kind=kind.name,
                    deleted="only",
                    search=words,
                    sort=(("updated_at", True),),
                    limit=AT_MOST,
                )
                lines += [self._line(kind, record) for record in self.session.find(newest)]
            lines.sort(key=lambda line: line.data.updated_at, reverse=True)
            return DeletedRecords(lines, counts)

        self.jobs.read(
            read, self._take, owner=self, key=("recycle", id(self)), failed=self.window_.error
        )

    def _line(self, kind: Any, record: Any) -> Line:
        unit = self.session.text(record, kind.unit) if kind.unit else ""
        who = person(self.session, record.updated_by)
        cells = (
            self.session.title_of(record), kind.label, unit, who,
            when(record.updated_at, self.session.today),
        )
        return Line((kind.name, record.uid), cells, record)

    def _take(self, found: DeletedRecords) -> None:
        self._found = found
        self._fill_ledgers()
        searched = bool(self.search.text().strip() or self.ledger.currentData())
        if searched:
            self.list.when_empty("没有符合条件的记录", "换个词，或者选“全部台账”。")
        else:
            self.list.when_empty(
                "回收站是空的", "在台账里选中记录按 Delete，删除的记录会到这里，随时可以恢复。"
            )
        self.list.fill(found.lines)
        self._count_selected()

    def _fill_ledgers(self) -> None:
        chosen = self.ledger.currentData()
        self.ledger.clear()
        self.ledger.addItem("全部台账", "")
        for name, total in self._found.counts.items():
            self.ledger.addItem(f"{self.session.kinds.get(name).label}（{total}）", name)
        self.ledger.setCurrentIndex(max(0, self.ledger.findData(chosen)))

    def _count_selected(self) -> None:
        selected, listed = len(self.list.selected()), len(self._found.lines)
        total = sum(self._found.counts.values())
        said = f"共 {total} 条" if listed == total else f"列出 {listed} 条，共 {total} 条"
        self.count.setText(f"选中 {selected} 条　{said}" if selected > 1 else said)
        self.restore_button.setEnabled(bool(selected))
        self.restore_button.setText(
            f"恢复选中的 {selected} 条" if selected > 1 else "恢复选中的记录"
        )

    # ---- looking and restoring

    def _show(self, line: Line | None) -> None:
        """The values of the record under the cursor."""
        values = QWidget()
        form = QFormLayout(values)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(theme.sizes().pad)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.detail.title.setVisible(line is not None)
        if line is not None:
            record = line.data
            kind = self.session.kinds.get(record.kind)
            self.detail.title.setText(kind.label)
            if record.state:
                form.addRow(label("状态", "muted"), label(self.session.text(record, "state")))
            for declared in kind.shown("form"):
                text = shown_text(declared, record.values.get(declared.name), self.session.names)
                if text:
                    form.addRow(label(declared.label, "muted", wrap=False), label(text))
        self._values.setWidget(values)

    def restore(self) -> None:
        """Bring back what is selected, in one change that can be undone; what cannot come back is
        named."""
        kinds = self.session.kinds
        # An item before what hangs under it, which cannot come back without it.
        chosen = sorted(
            (line.key for line in self.list.selected()),
            key=lambda key: bool(kinds.get(key[0]).parent),
        )
        if not chosen:
            return
        names = {line.key: line.cells[0] for line in self.list.selected()}

        def bring_back(job: Job) -> tuple[int, list[str]]:
            refused: list[str] = []
            with self.session.atomic("bulk", "从回收站恢复"):
                for at, (kind, uid) in enumerate(chosen):
                    job.step(at, len(chosen))
                    try:
                        self.session.restore(kind, uid)
                    except (BadInput, NotPermitted) as error:
                        refused.append(f"“{names[kind, uid]}”没有恢复：{error.message}")
            return len(chosen) - len(refused), refused

        def finished(result: tuple[int, list[str]]) -> None:
            done, refused = result
            if done:
                self.window_.toast(f"已恢复 {done} 条记录。", undo=True)
            if refused:
                more = f"\n……还有 {len(refused) - 5} 条。" if len(refused) > 5 else ""
                self.window_.error("\n".join(refused[:5]) + more)

        self.jobs.write(
            bring_back, finished, failed=self.window_.error, owner=self, label="正在恢复"
        )
