"""Choosing what goes into a workbook, for whom and where to: one file for each unit, or one for
another office."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

import resources
from db.errors import BadInput
from db.model.declarations import Field
from db.model.pinyin import matches
from db.session import Session
from desktop import paths
from desktop.ui.exchange.destinations import on_stick, removable_drives
from desktop.ui.exchange.exporting import Wanted, file_name, run_export
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.pickers import choose_many
from desktop.ui.kit import entry_button, file_dialogs, theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button, label

if TYPE_CHECKING:
    from desktop.exchange.apply.import_history import ExportEntry

VIEW = "export"
NAME = Qt.ItemDataRole.UserRole
SHORTEST_PASSWORD = 6
STICK_ADVICE = (
    "存到 U 盘：程序先在本机写好、检查，再拷过去并核对一遍；"
    "看到“已导出”再拔 U 盘。不会盖掉已有的文件。"
)


class ExportDialog(Dialog):
    """Everything on one page, remembered from last time; the names of the files are shown before
    they are made."""

    def __init__(
        self, session: Session, jobs: Jobs, window: Window, kinds: Sequence[str] = (),
        unit: str | None = None, since: ExportEntry | None = None,
    ) -> None:
        super().__init__(window, "导出工作簿", "导出")
        size = theme.sizes()
        self._session, self._window = session, window
        self._kept: dict[str, Any] = window.settings.view(VIEW)
        self._checked: set[str] = set(kinds)
        self._asked = frozenset(kinds)
        self._since = since
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(size.pad * 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, box in enumerate((left, right)):
            box.setSpacing(size.gap // 2)
            grid.addLayout(box, 0, column)
        self._build_kinds(left)
        context = EditorContext(session, jobs, window)
        field = Field(
            name="units", label="给哪些单位", type="units",
            help="可选多个，每个单位一份；不选则含全部单位",
        )
        self.units = choose_many(field, context)
        if unit is not None:
            self.units.set_value((unit,))
        self.units.changed.connect(self._say)
        self._head(right, "给哪些单位(&U)", self.units)
        right.addWidget(self.units)
        right.addWidget(label("给单位的表只含该单位的事项，锁住由你们填的栏。", "muted"))
        self.blank = entry_button.spin_box()
        self.blank.setRange(0, 5000)
        self.blank.setSuffix(" 行")
        self.blank.setValue(int(self._kept.get("blank_rows", 50)))
        head = QLabel("留空白行(&B)")
        head.setBuddy(self.blank)
        self.blank.setToolTip("留给对方新增事项的空白行")
        line = QHBoxLayout()
        line.setSpacing(size.gap)
        line.addWidget(head)
        line.addWidget(self.blank, 1)
        right.addSpacing(size.gap // 2)
        right.addLayout(line)
        self.changes = QCheckBox("只导出上次发出之后的变化(&C)")
        self.changes.setToolTip("从上次发给对方、含这些台账的那份算起；没发过的发全部")
        self.changes.setChecked(since is not None)
        self.changes.toggled.connect(self._say)
        right.addSpacing(size.gap // 2)
        right.addWidget(self.changes)
        self.changed_since = label("", "muted")
        right.addWidget(self.changed_since)
        self._build_password(right)
        right.addStretch(1)
        self.add(body, 1)
        self._build_target()
        self.plan = self.say("", muted=True)
        self._wrong = self.problem_line()
        self.setMinimumWidth(size.chars(46))
        self.resize(size.chars(50), size.line * 24)
        self._fill("")
        self._say()
        QTimer.singleShot(0, self, self.units.setFocus if kinds else self.search.setFocus)

    # ---- building

    def _head(self, box: QVBoxLayout, text: str, buddy: QWidget) -> None:
        head = QLabel(text)
        head.setBuddy(buddy)
        box.addSpacing(theme.sizes().gap // 2)
        box.addWidget(head)

    def _build_kinds(self, box: QVBoxLayout) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("查找台账，支持拼音首字母")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        self.list = QListWidget()
        self.list.setAccessibleName("导出哪些台账")
        self.list.setSpacing(0)
        self.list.setMinimumHeight(theme.sizes().row * 8)
        self.list.setStyleSheet(_ticks())
        self.list.itemChanged.connect(self._ticked)
        self._head(box, "导出哪些台账(&K)", self.search)
        box.addWidget(self.search)
        box.addWidget(self.list, 1)

    def _build_password(self, box: QVBoxLayout) -> None:
        self.locked = QCheckBox("设打开密码(&P)")
        self.locked.setToolTip("用 Excel、WPS 或 LibreOffice 打开时要输入")
        self.password, self.again = QLineEdit(), QLineEdit()
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.sizes().gap // 2)
        for entry, name, hint in (
            (self.password, "打开密码", f"密码，至少 {SHORTEST_PASSWORD} 位"),
            (self.again, "再输一遍打开密码", "再输一遍"),
        ):
            entry.setAccessibleName(name)
            entry.setEchoMode(QLineEdit.EchoMode.Password)
            entry.setPlaceholderText(hint)
            rows.addWidget(entry)
        rows.addWidget(label("密码忘了打不开，另行告诉对方，不要写在 U 盘上。", "muted"))
        holder.hide()
        self.locked.toggled.connect(holder.setVisible)
        box.addSpacing(theme.sizes().gap // 2)
        box.addWidget(self.locked)
        box.addWidget(holder)

    def _build_target(self) -> None:
        size = theme.sizes()
        self.folder = QLineEdit(str(self._kept.get("folder") or paths.documents_dir()))
        self.folder.setAccessibleName("存到哪个文件夹")
        self.folder.textChanged.connect(self._say)
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        head = QLabel("存到(&T)")
        head.setBuddy(self.folder)
        row.addWidget(head)
        row.addWidget(self.folder, 1)
        row.addWidget(button("浏览…", self._browse))
        for name, root in removable_drives()[:2]:
            row.addWidget(
                button(
                    name, partial(self.folder.setText, str(root)), icon="usb-flash-drive-outline",
                )
            )
        holder = QWidget()
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.add(holder)
        self.stick = self.say(STICK_ADVICE, muted=True)
        self.after = QCheckBox("导出后打开文件夹(&O)")
        self.after.setChecked(bool(self._kept.get("open_after", True)))
        self.add(self.after)

    # ---- ledgers

    def _fill(self, typed: str) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        families = self._session.kinds.families()
        offered = [
            (family, kind) for family, kinds in families.items() for kind in kinds
            if self._session.opens(kind.name)
        ]
        # A kind that no navigation lists is exported only from its own page, which asks for it by
        # name.
        offered += [
            ("", kind) for kind in self._session.kinds
            if not kind.family and not kind.parent and kind.name in self._asked
        ]
        chosen_first = sorted(offered, key=lambda pair: pair[1].name not in self._checked)
        for family, kind in chosen_first:
            if not typed.strip() or matches(kind.label, typed.strip()):
                item = QListWidgetItem(f"{kind.label}　{family}")
                item.setData(NAME, kind.name)
                item.setSizeHint(QSize(0, theme.sizes().row))
                item.setFlags(
                    Qt.ItemFlag.ItemIsEnabled
                    | Qt.ItemFlag.ItemIsUserCheckable
                    | Qt.ItemFlag.ItemIsSelectable
                )
                on = kind.name in self._checked
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
                self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.blockSignals(False)

    def _ticked(self, item: QListWidgetItem) -> None:
        name = item.data(NAME)
        if item.checkState() == Qt.CheckState.Checked:
            self._checked.add(name)
        else:
            self._checked.discard(name)
        self._say()

    def kinds(self) -> tuple[str, ...]:
        """The ticked ledgers in declared order."""
        return tuple(kind.name for kind in self._session.kinds if kind.name in self._checked)

    # ---- what will be made

    def _units(self) -> tuple[str, ...]:
        try:
            return tuple(self.units.value() or ())
        except BadInput:
            return ()

    def _say(self) -> None:
        kinds, units = self.kinds(), self._units()
        self._wrong.hide()
        self.stick.setVisible(on_stick(Path(self.folder.text())))
        since = self._counts_from(units)
        self.changed_since.setVisible(self.changes.isChecked() and since is not None)
        if since is not None:
            self.changed_since.setText(f"从 {since.at[:10]} 发出的“{since.file}”算起。")
        if not kinds:
            self.plan.setText("请先在左边勾选台账。")
        elif units:
            names = [file_name(self._session, kinds, unit) for unit in units]
            self.plan.setText(
                f"将生成 {len(names)}"
                f" 个文件：{'、'.join(names[:3])}{' 等' if len(names) > 3 else ''}"
            )
        else:
            self.plan.setText(
                f"将生成 1 个文件：{file_name(self._session, kinds, None)}（含全部单位，"
                f"供上下级办公室交换）"
            )

    def _counts_from(self, units: tuple[str, ...]) -> ExportEntry | None:
        """The workbook from which this was asked, while it is still the one to count from."""
        since = self._since
        same = since is not None and units == ((since.unit,) if since.unit else ())
        return since if same else None

    def _browse(self) -> None:
        chosen = file_dialogs.folder(self, "export", "存到哪个文件夹", self.folder.text())
        if chosen is not None:
            self.folder.setText(str(chosen))

    def wanted(self) -> Wanted:
        """What was chosen. Raises ``BadInput`` with what to do."""
        kinds = self.kinds()
        if not kinds:
            raise BadInput("请至少勾选一种台账。")
        if len({self._session.kinds.get(name).book for name in kinds}) > 1:
            raise BadInput("干部人事台账请单独导出，不要和工作台账放在同一个工作簿里。")
        units = tuple(self.units.value() or ())
        folder = Path(self.folder.text().strip())
        if not self.folder.text().strip() or not folder.is_dir():
            raise BadInput(f"文件夹“{folder}”不存在，请点“浏览…”另选。")
        password = None
        if self.locked.isChecked():
            password = self.password.text()
            if len(password) < SHORTEST_PASSWORD:
                raise BadInput(f"打开密码至少 {SHORTEST_PASSWORD} 位。")
            if password != self.again.text():
                raise BadInput("两次输入的密码不一样，请重输。")
        changes = self.changes.isChecked()
        since = self._counts_from(units) if changes else None
        return Wanted(
            kinds, units, self.blank.value(), password, folder, self.after.isChecked(), changes,
            since.export_id if since is not None else None,
        )

    def accept(self) -> None:
        try:
            wanted = self.wanted()
        except BadInput as error:
            self._wrong.setText(error.message)
            self._wrong.show()
            return
        self._window.settings.set_view(
            VIEW,
            {
                "folder": str(wanted.folder), "blank_rows": wanted.blank_rows,
                "open_after": wanted.open_after,
            },
        )
        super().accept()

    @property
    def problem(self) -> str:
        return "" if self._wrong.isHidden() else self._wrong.text()


def _ticks() -> str:
    """Boxes in the list that look like the other boxes of the window."""
    size = theme.sizes()
    side, tick = (
        round(size.line * 0.8), resources.path("icons", theme.ICONS, "check.svg").as_posix(),
    )
    return (
        f"QListWidget {{ border: 1px solid {theme.LINE_STRONG}; border-radius: {size.gap // 2}px;"
        f" }}QListWidget::indicator {{ width: {side}px; height: {side}px; border: 1px solid"
        f" {theme.EDGE}; border-radius: 3px; background: {theme.CARD}; margin-left:"
        f" {size.gap // 2}px; }}QListWidget::indicator:checked {{ background: {theme.ACCENT};"
        f" border-color: {theme.ACCENT}; image: url({tick}); }}"
    )


def ask_and_export(
    window: Window, kinds: Sequence[str] = (), unit: str | None = None,
    since: ExportEntry | None = None,
) -> None:
    """The whole way: the dialog, then the files made by a job, then word of it. ``since``: an
    earlier export to count from."""
    dialog = ExportDialog(window.session, window.jobs, window, kinds, unit, since)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    wanted = dialog.wanted() if accepted else None
    dialog.deleteLater()
    if wanted is not None:
        run_export(window, wanted)
