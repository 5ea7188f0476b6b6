"""What goes back to the sender or into a file after an import: report and receipt on paper, the
sender's workbook with its cells marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from desktop.exchange.apply import import_report
from desktop.exchange.errors import Refused
from desktop.ui.bulletin.preview.sheet_preview import show_list
from desktop.ui.exchange.destinations import folder_text, show_folder
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import button

if TYPE_CHECKING:
    from desktop.exchange.apply.import_history import ImportEntry
    from desktop.exchange.apply.import_report import Marked, Receipt

VIEW = "exchange"
Make = Callable[[Path, str | None], "Marked"]
"""Writes the marked workbook there, with the password of the kept one."""
PAPER = 1_500
"""Lines of a report that are set on paper; more is for the copied table."""
LONGEST = 160
"""Characters of a cell on paper."""
REPORT = (
    ("类别", 0.07), ("事项", 0.2), ("栏目", 0.1), ("我方现在", 0.2), ("对方交来", None),
    ("位置", 0.09), ("决定", 0.07),
)
RECEIPT = (("序号", 0.07), ("位置", 0.22), ("说明", None))


def print_report(
    window: Window, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """The report of an import, seen before it is printed or kept as a PDF."""
    shown = [tuple(_short(text) for text in row) for row in rows[:PAPER]]
    more = (
        [f"共 {len(rows):,} 处，这里印出前 {PAPER:,} 处；全部的请用“复制报告”。"]
        if len(rows) > PAPER
        else []
    )
    # above a table across the page they would take a page of their own
    notes = [*head, *more] if shown else []
    text = [] if shown else [*head, "没有要列出的地方。"]
    show_list(window, title, text, REPORT, shown, across=bool(shown), size=9.0, notes=notes)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


def print_receipt(window: Window, receipt: Receipt) -> None:
    """The receipt on a sheet of its own."""
    rows = [
        (str(n), where, _short(what)) for n, (where, what) in enumerate(receipt.cells[:PAPER], 1)
    ]
    show_list(
        window, f"回执　{receipt.to}", [f"{receipt.to}：", *receipt.body], RECEIPT, rows,
        heading="回　执", size=10.5,
    )


def show_receipt(window: Window, entry: ImportEntry) -> None:
    """The receipt of an import: read, copied, printed."""

    def read(job: Job) -> Receipt:
        # late: reading workbooks is not needed to show a page

        return import_report.receipt_of(window.session, entry)

    window.jobs.read(
        read, lambda receipt: _Receipt(window, receipt).open(), failed=window.error, owner=window
    )


class TextPaper(Dialog):
    """A text to be read, copied, printed."""

    def __init__(self, window: Window, title: str, text: str, prints: Callable[[], object]) -> None:
        super().__init__(window, title, "确定", reject="")
        size = theme.sizes()
        self.entry = QPlainTextEdit(text)
        self.entry.setReadOnly(True)
        self.entry.setAccessibleName(title)
        self.add(self.entry, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.gap)
        self.copy_button = button("复制", self._copy, tip="可以贴到聊天窗口或公文里")
        self.print_button = button("打印预览…", prints, icon="printer-outline")
        row.addWidget(self.copy_button)
        row.addWidget(self.print_button)
        row.addStretch(1)
        holder = QWidget()
        holder.setLayout(row)
        self.add(holder)
        self._window = window
        self.resize(
            min(size.chars(46), window.width() - size.pad * 4),
            min(size.line * 24, window.height() - size.pad * 4),
        )
        self.finished.connect(self.deleteLater)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.entry.toPlainText())
        self.copy_button.setText("已复制")


class _Receipt(TextPaper):
    def __init__(self, window: Window, receipt: Receipt) -> None:
        super().__init__(
            window, "回执", "\n".join(receipt.text()), lambda: print_receipt(window, receipt)
        )


# ---- the marked workbook


def marked_name(name: str) -> str:
    """How the marked workbook is called by proposal."""
    stem = Path(name).stem
    return f"{stem}_核对退回.xlsx"


def save_marked(window: Window, name: str, make: Make, password: str | None = None) -> None:
    """Ask where to, then have `make` (target, password) write it, as every file goes to a stick."""
    target = file_dialogs.save_file(
        window, "marked", "存退回标注表", marked_name(name), "工作簿 (*.xlsx)", replaces=False
    )
    if target is None:
        return
    write_marked(window, target, make, password)


def write_marked(window: Window, target: Path, make: Make, password: str | None = None) -> None:
    """Write it; where the kept workbook has a password, ask for it once."""

    def failed(error: Exception) -> None:
        if isinstance(error, Refused) and error.code in ("encrypted", "wrong-password"):
            again = ask_password(window, target.name, error.message)
            if again:
                write_marked(window, target, make, again)
            return
        window.error(error)

    def done(made: Marked) -> None:
        where = folder_text(made.file.parent)
        what = f"标注了 {made.cells:,} 格" if made.whole else f"{made.why}，只能列出清单"
        window.toasts.show_text(
            f"已存 {made.file.name} 到{where}（{what}）。", "打开文件夹",
            lambda: show_folder(made.file.parent), 12,
        )

    window.jobs.write(
        lambda job: make(target, password), done, failed=failed, owner=window,
        label="正在写退回标注表",
    )


def ask_password(window: Window, name: str, problem: str = "") -> str:
    """The password of a workbook; "" when the person leaves."""
    dialog = Dialog(window, "打开密码", "打开")
    dialog.say(f"“{name}”设有打开密码。")
    if problem:
        dialog.say(problem).setProperty("class", "problem")
    entry = QLineEdit()
    entry.setEchoMode(QLineEdit.EchoMode.Password)
    entry.setAccessibleName("打开密码")
    dialog.add(entry)
    entry.setFocus()
    text = entry.text() if dialog.exec() == Dialog.DialogCode.Accepted else ""
    dialog.deleteLater()
    return text
