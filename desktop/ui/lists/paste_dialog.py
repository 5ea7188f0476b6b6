"""Pasting rows from a spreadsheet: what they would become is shown first, each wrong cell marked
with its reason."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QTableWidget, QTableWidgetItem, QWidget

from db.model.declarations import Kind
from desktop.exchange.foreign.column_matching import Known
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.jobs import Job, error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.lists import pasted_records

SHOWN = 300
"""Rows of the preview; the others are read and counted all the same."""
SKIP = "（不要这一列）"


class PasteTable(QTableWidget):
    """Copied rows under choosable headings. A cell can be corrected here; a wrong one says why."""

    def __init__(self, kind: Kind, known: Known, *, add_parents: bool = False) -> None:
        super().__init__()
        self._kind, self._known, self._add_parents = kind, known, add_parents
        self.pasted = pasted_records.read("", kind, known)
        size = theme.sizes()
        self.setAccessibleName("要粘贴的行")
        self.setTabKeyNavigation(False)
        self.verticalHeader().setDefaultSectionSize(size.row)
        self.horizontalHeader().hide()
        self.setWordWrap(False)
        self._quiet = False
        self.on_change: Callable[[], None] | None = None
        self.itemChanged.connect(self._corrected)

    def show_text(self, text: str) -> None:
        self.pasted = pasted_records.read(
            text, self._kind, self._known, add_parents=self._add_parents
        )
        self._fill()

    def _fill(self) -> None:
        self._quiet = True
        size, pasted = theme.sizes(), self.pasted
        self.clear()
        self.setColumnCount(len(pasted.fields))
        self.setRowCount(min(SHOWN, len(pasted.rows)) + 1)
        self.setVerticalHeaderLabels(
            ["", *(str(at + 1) for at in range(min(SHOWN, len(pasted.rows))))]
        )
        options = pasted_records.fillable(self._kind)
        for column, chosen in enumerate(pasted.fields):
            box = QComboBox()
            box.setAccessibleName(f"第 {column + 1} 列填到哪一栏")
            box.addItem(SKIP, None)
            for each in options:
                box.addItem(each.label + ("＊" if each.required else ""), each.name)
            box.setCurrentIndex(0 if chosen is None else 1 + options.index(chosen))
            box.activated.connect(
                lambda _, column=column, box=box: self._remap(column, box.currentData())
            )
            self.setCellWidget(0, column, box)
            self.setColumnWidth(
                column, size.chars(min(16, max(8, chosen.width or 0)) if chosen else 10)
            )
        for row, cells in enumerate(pasted.rows[:SHOWN]):
            for column, cell in enumerate(cells):
                self.setItem(row + 1, column, QTableWidgetItem(cell.text))
                self._mark(row, column)
        self._quiet = False
        self._tell()

    def _mark(self, row: int, column: int) -> None:
        cell, item = self.pasted.rows[row][column], self.item(row + 1, column)
        assert item is not None  # made with its row
        item.setBackground(theme.tone("red")[1] if cell.wrong else QColor(theme.CARD))
        item.setToolTip(cell.wrong)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, cell.wrong)
        skipped = self.pasted.fields[column] is None
        item.setForeground(QColor(theme.FAINT if skipped else theme.TEXT))

    def show_first_wrong(self) -> None:
        """Bring the first cell that cannot be taken into view."""
        wrong = (
            (row, column) for row, cells in enumerate(self.pasted.rows[:SHOWN])
            for column, cell in enumerate(cells) if cell.wrong
        )
        for row, column in wrong:
            self.setCurrentCell(row + 1, column)
            return

    def _remap(self, column: int, name: str | None) -> None:
        fields = list(self.pasted.fields)
        if name is not None:
            fields = [None if f is not None and f.name == name else f for f in fields]
        fields[column] = self._kind.field(name) if name is not None else None
        self.pasted.remap(fields)
        QTimer.singleShot(0, self, self._fill)

    def _corrected(self, item: QTableWidgetItem) -> None:
        if self._quiet or item.row() == 0:
            return
        row, column = item.row() - 1, item.column()
        each = self.pasted.fields[column]
        texts = [cell.text for cell in self.pasted.rows[row]]
        texts[column] = item.text().strip()
        if each is not None or texts[column]:
            self.pasted.rows[row] = self.pasted.read_row(texts)
        self.pasted.check_rows()
        self._quiet = True
        for down in range(self.rowCount() - 1):  # another row may be single again
            for at in range(len(self.pasted.fields)):
                self._mark(down, at)
        self._quiet = False
        self._tell()

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change()


def left_out(pasted: pasted_records.Pasted) -> str:
    """What was read as no record."""
    counted = ((pasted.table.totals, "合计"), (pasted.table.notes, "标题、分组或说明"))
    lines = "、".join(f"{what} {n} 行" for n, what in counted if n)
    return f"{lines}不算。" if lines else ""


class PasteDialog(Dialog):
    """A look at what would be added, before anything is."""

    def __init__(self, parent: QWidget, context: EditorContext, kind: Kind, text: str) -> None:
        super().__init__(parent, f"粘贴为新的{kind.label}", "添加")
        self._context, self._kind = context, kind
        size = theme.sizes()
        self._head = self.say("")
        self._problem = accessible.Problem()
        self.table = PasteTable(kind, context.session)
        self.table.on_change = self._refresh
        self.add(self.table, 1)
        self.leave = QCheckBox("填不进去的格子先空着，以后再补")
        self.leave.toggled.connect(lambda on: self._refresh())
        self.add(self.leave)
        self.add(self._problem)
        room = parent.window().size()
        self.resize(round(room.width() * 0.86), round(room.height() * 0.8))
        self.table.show_text(text)
        self.table.setMinimumHeight(size.row * 5)

    def _refresh(self) -> None:
        pasted = self.table.pasted
        wrong = pasted.problems
        self.leave.setVisible(bool(wrong))
        leave = wrong and self.leave.isChecked()
        count = len(pasted.rows) - (pasted.unusable if leave else 0)
        more = f"（这里显示前 {SHOWN} 行）" if len(pasted.rows) > SHOWN else ""
        by = "各列按表头认出，认错了" if pasted.table.headed else "每列对应哪一栏，"
        first = f"{by}在第一行改。"
        self._head.setText(f"将添加 {count} 条{more}。{first}{left_out(pasted)}")
        gaps = "、".join(f"「{f.label}」" for f in pasted_records.missing(self._kind, pasted))
        parts = [f"有 {wrong} 处填不进去（红底），指上去看原因，双击可以改。"] if wrong else []
        parts += [f"没有必填的{gaps}，请在第一行指定是哪一列。"] if gaps else []
        self._problem.setText("".join(parts))
        self.ok.setEnabled(bool(count) and not gaps and (not wrong or bool(leave)))
        self.ok.setText(f"添加 {count} 条" if count else "添加")

    def accept(self) -> None:
        session, kind, pasted = self._context.session, self._kind, self.table.pasted
        count = len(pasted.rows)

        def write(job: Job) -> int:
            with session.atomic("paste", f"粘贴{kind.label} {count} 条"):
                return pasted_records.add(
                    session, pasted, lambda at: job.step(at - 1, count, f"正在添加第 {at} 条")
                )

        self.ok.setEnabled(False)
        self._context.jobs.write(
            write, self._added, failed=self._refused, owner=self, label="正在添加"
        )

    def _added(self, count: int) -> None:
        super().accept()
        self._context.window.toast(f"已添加 {count} 条", undo=True)

    def _refused(self, error: Exception) -> None:
        self.ok.setEnabled(True)
        self._problem.setText(f"{error_text(error)}都没有添加。")


def paste_rows(parent: QWidget, context: EditorContext, kind: Kind, text: str) -> None:
    """Show what the clipboard holds as rows of a kind; nothing copied is said, not shown."""
    if not pasted_records.split(text):
        context.window.toast("剪贴板里没有文字。请先在 Excel 或 WPS 里选中若干行，按 Ctrl+C 复制。")
        return
    dialog = PasteDialog(parent, context, kind, text)
    dialog.finished.connect(dialog.deleteLater)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.open()
