"""An appointment form before it is taken in: who it is, field by field what would change, what a
person should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QLabel,
    QRadioButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop.exchange.appointment.person_import import NEW, Proposal
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog

KEY = Qt.ItemDataRole.UserRole
MOST_REMARKS = 6
Row = tuple[str, str, str, str]
"""Key, name, what stood there and what is to stand there."""


class FormDialog(Dialog):
    """``leave`` are the keys of the lines that were unticked, ``who`` the cadre chosen ("new" for
    another one)."""

    def __init__(self, parent: QWidget, proposal: Proposal) -> None:
        super().__init__(parent, "导入任免审批表", "导入")
        size = theme.sizes()
        self.proposal = proposal
        self.resize(size.chars(58), min(size.row * 20, parent.window().height() * 8 // 10))
        head = QLabel(f"{proposal.name}　{proposal.file}")
        head.setFont(theme.scaled(1.15, bold=True))
        self.add(head)
        self._ask_who()
        self.tree = self.add(self._tree(), 1)
        for texts, look in (
            (proposal.remarks, "banner"), (tuple(p.message for p in proposal.problems), "problem"),
        ):
            if texts:
                more = f"\n……共 {len(texts)} 条" if len(texts) > MOST_REMARKS else ""
                words = self.say("\n".join(texts[:MOST_REMARKS]) + more)
                words.setProperty("class", look)
        if proposal.problems:
            self.say(
                "请在任免审批表程序中改正后重新保存，再来导入；或取消勾选有问题的那一行。",
                muted=True,
            )
        self._refresh()
        self.tree.setFocus()

    def _ask_who(self) -> None:
        proposal = self.proposal
        self._group = QButtonGroup(self)
        if not proposal.must_choose:
            self.say(
                "更新台账中的这名干部。" if proposal.target else "台账中没有这名干部，将新增。",
                muted=True,
            )
            return
        self.say("台账中已有同名的干部，请选择：")
        for candidate in proposal.candidates:
            self._choice(f"就是这一人：{candidate.title}　{candidate.detail}", candidate.uid)
        self._choice("是另一个人，新增一名干部", NEW)

    def _choice(self, text: str, who: str) -> None:
        button = QRadioButton(text)
        button.setProperty("who", who)
        self._group.addButton(button)
        self.add(button)
        button.toggled.connect(lambda _: self._refresh())

    @property
    def who(self) -> str | None:
        """What was chosen; None when nobody had to be asked."""
        button = self._group.checkedButton()
        return button.property("who") if button is not None else None

    @property
    def leave(self) -> frozenset[str]:
        """Keys of the lines that are not wanted."""
        return frozenset(
            item.data(0, KEY) for item in self._items
            if item.checkState(0) == Qt.CheckState.Unchecked
        )

    def _tree(self) -> QTreeWidget:
        size, proposal = theme.sizes(), self.proposal
        tree = QTreeWidget()
        tree.setHeaderLabels(["项目", "台账现在", "文件中"])
        tree.setAccessibleName("将要写入的内容")
        tree.header().setProperty("class", "close")
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setColumnWidth(0, size.chars(18))
        tree.setColumnWidth(1, size.chars(16))
        tree.setColumnHidden(1, proposal.target is None and not proposal.must_choose)
        self._items: list[QTreeWidgetItem] = []
        for title, rows in self._sections():
            if rows:
                self._fill_section(tree, title, rows)
        tree.expandAll()
        tree.itemChanged.connect(lambda *_: self._refresh())
        if not self._items:
            top = QTreeWidgetItem(tree, ["文件内容与台账相同，没有要写入的。"])
            top.setFirstColumnSpanned(True)
        return tree

    def _sections(self) -> Iterator[tuple[str, list[Row]]]:
        """Each part of the form with what of it would be written."""
        proposal = self.proposal
        yield "基本情况", [(line.key, line.label, line.old, line.new) for line in proposal.lines]
        yield "家庭成员", [
            (r.key, "修改" if r.uid else "新增", r.old, r.text) for r in proposal.relatives
            if r.text != r.old
        ]
        yield "任职经历（由简历生成）", [(row.key, "新增", "", row.text) for row in proposal.posts]

    def _fill_section(self, tree: QTreeWidget, title: str, rows: Sequence[Row]) -> None:
        size = QSize(0, theme.sizes().line * 3 // 2)
        wrong = {p.field for p in self.proposal.problems}
        top = QTreeWidgetItem(tree, [f"{title}　{len(rows)} 项"])
        top.setFirstColumnSpanned(True)
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)
        top.setSizeHint(0, size)
        for key, name, old, new in rows:
            item = QTreeWidgetItem(top, [name, " ".join(old.split()), " ".join(new.split())])
            item.setData(0, KEY, key)
            item.setCheckState(0, Qt.CheckState.Checked)
            item.setToolTip(2, new)
            item.setSizeHint(0, size)
            if key in wrong:
                item.setForeground(0, theme.tone("red")[0])
            self._items.append(item)

    def _refresh(self) -> None:
        left = [p for p in self.proposal.problems if p.field not in self.leave]
        chosen = self.who is not None or not self.proposal.must_choose
        self.ok.setEnabled(chosen and not left)
