"""The first run: what the office is called, its units pasted from a spreadsheet, the first
administrator, the recovery key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from db import office
from db.errors import BadInput
from db.model import builtin
from db.model.fieldtypes import base
from db.model.kinds import Kinds
from db.units.names import UNIT_KIND
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import Job, Jobs, error_text
from desktop.ui.kit.password import CAPS_ON, NOT_TWICE, PasswordEdit
from desktop.ui.lists import pasted_records
from desktop.ui.lists.paste_dialog import PasteTable, left_out
from desktop.ui.safety.recovery_key import show_recovery_key

STEPS = ("单位", "责任单位", "管理员", "完成")


@dataclass(frozen=True)
class _NothingYet:
    """What is known before there is an office."""

    kinds: Kinds
    names: base.Names = field(default_factory=base.NoNames)
    today: dt.date = field(default_factory=dt.date.today)


class Wizard(QWidget):
    """Four steps on one card. Nothing is written until the last; then the office is made in the
    worker."""

    finished = Signal(object)
    """The open session."""
    other_folder = Signal()
    restore_asked = Signal()

    def __init__(self, folder: Path, jobs: Jobs) -> None:
        super().__init__()
        self._folder, self._jobs = folder, jobs
        self._table: PasteTable | None = None
        self._adding_units = False
        size = theme.sizes()
        card = QFrame()
        card.setProperty("class", "card")
        card.setFixedWidth(size.chars(48))
        card.setMinimumHeight(size.line * 26)
        self._head = QLabel()
        self._head.setFont(theme.scaled(1.35, bold=True))
        self._where = QLabel()
        self._where.setProperty("class", "muted")
        self.steps = QStackedWidget()
        for page in (self._office_step(), self._units_step(), self._admin_step()):
            self.steps.addWidget(page)
        self.problem = accessible.Problem(" ")
        self.back = QPushButton("上一步")
        self.next = QPushButton("下一步")
        self.next.setProperty("class", "primary")
        self.back.clicked.connect(self._go_back)
        self.next.clicked.connect(self.go_on)
        self.leave = QPushButton()
        self.leave.setProperty("class", "link")
        self.leave.clicked.connect(lambda: self._show_step(2))
        other = QPushButton("已有台账？打开它的文件夹…")
        other.setProperty("class", "link")
        other.clicked.connect(self.other_folder)
        buttons = QHBoxLayout()
        restore = QPushButton("从备份恢复…")
        restore.setProperty("class", "link")
        restore.clicked.connect(self.restore_asked)
        buttons.addWidget(other)
        buttons.addWidget(restore)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        box = QVBoxLayout(card)
        box.setContentsMargins(size.pad * 2, size.pad * 2, size.pad * 2, size.pad)
        box.setSpacing(size.gap)
        box.addWidget(self._head)
        box.addWidget(self._where)
        box.addSpacing(size.gap)
        box.addWidget(self.steps, 1)
        box.addWidget(self.problem)
        box.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignLeft)
        box.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        self._show_step(0)

    # ---- the steps

    def _office_step(self) -> QWidget:
        self.office = QLineEdit()
        self.office.setPlaceholderText("如：云川市能力作风建设年活动领导小组办公室")
        self.level = QComboBox()
        for name, text in (
            ("province", "省级"), ("city", "市级（市、州）"), ("county", "县级（县、区、开发区）"),
            ("township", "乡级（乡镇、街道）"),
        ):
            self.level.addItem(text, name)
        self.level.setCurrentIndex(self.level.findData("city"))
        where = QLabel(
            f"数据存放在：{self._folder}\n两个加密文件，不联网；请放在本机硬盘，不要放 U "
            f"盘或网络盘。"
        )
        where.setWordWrap(True)
        where.setProperty("class", "muted")
        return _page(("单位名称", self.office), ("层级", self.level), ("", where))

    def _units_step(self) -> QWidget:
        hint = QLabel(
            "在 Excel 里选中单位名单（可带简称、类别等列，第一行可以是表头），复制后点下面的框按"
            " Ctrl+V。以后随时能加。"
        )
        hint.setWordWrap(True)
        hint.setProperty("class", "muted")
        self.units = QPlainTextEdit()
        self.units.setPlaceholderText("市财政局\n市教育局\n禾津县\n……每行一个，或从 Excel 粘贴")
        self.units.setTabChangesFocus(True)
        self.units.setFixedHeight(theme.sizes().line * 6)
        self.units.textChanged.connect(self._show_units)
        self.units_head = QLabel("可以先跳过。")
        self.units_head.setWordWrap(True)
        self._units_place = QVBoxLayout()
        page = _page(("", hint), ("", self.units), ("", self.units_head))
        # The table takes all that is left once it is there: its stretch outweighs the blank below.
        inner = page.layout()
        assert isinstance(inner, QVBoxLayout)
        inner.insertLayout(inner.count() - 1, self._units_place, 100)
        return page

    def _admin_step(self) -> QWidget:
        self.display = QLineEdit()
        self.display.setPlaceholderText("姓名，显示在办理记录里")
        self.user = QLineEdit()
        self.user.setPlaceholderText("登录时输入，如 admin 或姓名拼音")
        self.password = PasswordEdit("至少 8 位")
        self.again = PasswordEdit()
        for entry in (self.password, self.again):
            entry.caps_lock_noticed.connect(lambda on: self._say(CAPS_ON if on else ""))
        hint = QLabel("管理员管用户和设置，也能办理全部台账。其他人以后在“用户”里加。")
        hint.setWordWrap(True)
        hint.setProperty("class", "muted")
        return _page(
            ("姓名", self.display),
            ("用户名", self.user),
            ("密码", self.password),
            ("再输一遍", self.again),
            ("", hint),
        )

    def _show_step(self, at: int) -> None:
        self.steps.setCurrentIndex(at)
        self._head.setText(("建立本单位的台账", "责任单位名单", "第一个管理员")[at])
        self._where.setText(
            "　›　".join(f"【{name}】" if i == at else name for i, name in enumerate(STEPS))
        )
        self.back.setVisible(at > 0)
        self.next.setText("建立台账" if at == self.steps.count() - 1 else "下一步")
        self._say("")
        (self.office, self.units, self.display)[at].setFocus()

    def _go_back(self) -> None:
        self._show_step(self.steps.currentIndex() - 1)

    def go_on(self) -> None:
        """Check the step in front; go to the next, or make the office."""
        at = self.steps.currentIndex()
        if at == 0 and not self.office.text().strip():
            self._say("请填写单位名称，它印在通报和工作簿上。", at=self.office)
        elif at == 1 and (wrong := self._wrong_units()):
            self._say(*wrong)
            assert self._table is not None  # it holds what is wrong
            self._table.show_first_wrong()
        elif at < 2:
            self._show_step(at + 1)
        elif not self.user.text().strip():
            self._say("请填写用户名。", at=self.user)
        elif self.password.text() != self.again.text():
            self._say(NOT_TWICE, at=self.again)
            self.again.clear()
        else:
            self._create()

    def refuse(self, text: str) -> None:
        """Say why a backup was not put in place."""
        self._say(text)

    def _say(self, text: str, way_out: str = "", at: QLineEdit | None = None) -> None:
        """Say it; the cursor goes where it is mended."""
        self.problem.setText(text or " ")
        self.leave.setText(way_out)
        self.leave.setVisible(bool(way_out))
        if at is not None:
            at.setFocus()
            at.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, from whatever has no use for it."""
        here = self.focusWidget()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif isinstance(here, QPushButton):
            here.click()
        elif not isinstance(here, QTableWidget):
            self.go_on()

    # ---- units

    def _show_units(self) -> None:
        """What was pasted, as rows of the kind that describes units."""
        if self._table is None:
            kinds = builtin.kinds()
            self._table = PasteTable(kinds.get(UNIT_KIND), _NothingYet(kinds), add_parents=True)
            self._table.on_change = self._count_units
            self._units_place.addWidget(self._table)
        self._table.show_text(self.units.toPlainText())

    def _count_units(self) -> None:
        assert self._table is not None  # it tells so
        pasted = self._table.pasted
        wrong = f"{pasted.problems} 处要改（红底）。" if pasted.problems else ""
        owners = "、".join(pasted.added_parents)
        more = f"上级单位{owners}不在名单里，一并建立。" if owners else ""
        self.units_head.setText(
            f"认出 {len(pasted.rows)} 个单位。{left_out(pasted)}{more}{wrong}"
            "第一行可以改每列是什么。"
        )

    def _wrong_units(self) -> tuple[str, str] | None:
        """What cannot be taken of the list, and how to go on all the same."""
        if self._table is None or not self._table.pasted.rows:
            return None
        pasted = self._table.pasted
        if pasted_records.missing(builtin.kinds().get(UNIT_KIND), pasted):
            return "请在第一行指定哪一列是单位名称。", "先不录单位，继续"
        if not pasted.problems:
            return None
        at, why = next(
            (n, cell.wrong) for n, row in enumerate(pasted.rows, 1) for cell in row if cell.wrong
        )
        gone = f"、{pasted.unusable} 行不录" if pasted.unusable else ""
        return (
            f"有 {pasted.problems} 处填不进去，第 {at} 行：{why}",
            f"红底的格子先空着{gone}，继续",
        )

    # ---- making it

    def _create(self) -> None:
        folder, office_name, level = self._folder, self.office.text(), self.level.currentData()
        user, password, display = (
            self.user.text().strip(), self.password.text(), self.display.text().strip(),
        )
        units = self._table.pasted if self._table is not None else None

        def make(job: Job) -> tuple[Any, str]:
            session, paper = office.create_office(
                folder, office_name, level, user, password, display=display or None, unseen=True
            )
            try:
                if units is not None and units.rows:
                    self._adding_units = True
                    with session.atomic("form", f"录入单位 {len(units.rows)} 个"):
                        pasted_records.add(session, units, lambda at: None)
            except BaseException:
                session.close()
                for name in ("keys.json", "keys.json.bak", "office.db", "personnel.db"):
                    (folder / name).unlink(missing_ok=True)
                raise
            return session, paper

        self._adding_units = False
        self.setEnabled(False)
        self.next.setText("正在建立…")
        self._jobs.write(make, self._made, failed=self._refused, label="正在建立台账")

    def _refused(self, error: Exception) -> None:
        self.setEnabled(True)
        self.next.setText("建立台账")
        asked = {"office": self.office, "name": self.user, "password": self.password}
        entry = asked.get(str(error.field)) if isinstance(error, BadInput) else None
        at = 1 if self._adding_units else 0 if entry is self.office else 2
        if at != self.steps.currentIndex():
            self._show_step(at)
        self._say(error_text(error), at=None if self._adding_units else entry)

    def _made(self, result: tuple[Any, str]) -> None:
        session, paper = result

        show_recovery_key(self, session.office_name, paper, first=True)
        self._jobs.write(lambda job: office.recovery_seen(session))
        self.finished.emit(session)


def _page(*rows: tuple[str, QWidget]) -> QWidget:
    size = theme.sizes()
    page = QWidget()
    box = QVBoxLayout(page)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(size.gap // 2)
    for label, entry in rows:
        if label:
            caption = QLabel(label)
            caption.setBuddy(entry)
            entry.setAccessibleName(label)
            box.addWidget(caption)
        box.addWidget(entry)
        box.addSpacing(size.gap // 2)
    box.addStretch(1)
    return page
