"""The recovery key, shown once: printed, or kept as a PDF where the person says; the program itself
keeps it nowhere."""

from __future__ import annotations

import datetime as dt
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication, QPageLayout, QPageSize, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QWidget

from db import office
from db.session import Session
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog


def rows_of(paper: str) -> list[str]:
    """The eight groups in two rows of four, as people read them off."""
    groups = paper.split("-")
    return ["　".join(groups[:4]), "　".join(groups[4:])]


class RecoveryKeyDialog(Dialog):
    """Closes only when the person says that the key is on paper."""

    def __init__(
        self, parent: QWidget | None, office_name: str, paper: str, *, first: bool = False
    ) -> None:
        super().__init__(parent, "恢复密钥", "完成", reject="")
        size = theme.sizes()
        self._office, self._paper = office_name, paper
        heading = QLabel("请现在打印恢复密钥")
        heading.setFont(theme.scaled(1.25, bold=True))
        self.add(heading)
        before = "" if first else "以前打印的同时作废。"
        self.say(f"忘记密码时，凭它才能重新进入台账。它只显示这一次，程序不保存。{before}")
        key = QLabel("\n".join(rows_of(paper)))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() * 1.5)
        font.setBold(True)
        key.setFont(font)
        key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        key.setStyleSheet(
            f"background: {theme.STRIPE}; border: 1px solid {theme.LINE_STRONG}; border-radius:"
            f" {size.gap // 2}px; padding: {size.pad}px;"
        )
        key.setAccessibleName("恢复密钥")
        self.add(key)
        self.say(
            "装进信封封好，锁进保险柜。拿到它的人就能打开台账，不要拍照，也不要留在电脑里。",
            muted=True,
        )
        self.problem = self.problem_line()
        last = paper.split("-")[-1]
        self.say(f"请照着纸输入最后一组 {len(last)} 个字符，证明抄印无误：")
        self.proof = QLineEdit()
        self.proof.setAccessibleName("恢复密钥的最后一组")
        self.proof.setPlaceholderText("最后一组")
        self.proof.setMaximumWidth(size.chars(10))
        self.add(self.proof)
        self.kept = QCheckBox("已经打印或抄写好，并且收好了")
        self.add(self.kept)
        role = self.buttons.ButtonRole.ActionRole
        self.print_button = self.buttons.addButton("打印…", role)
        self.save_button = self.buttons.addButton("存到 U 盘…", role)
        self.print_button.setAutoDefault(False)
        self.save_button.setAutoDefault(False)
        self.ok.setEnabled(False)
        self.kept.toggled.connect(lambda on: self._check())
        self.proof.textChanged.connect(lambda text: self._check())
        self.print_button.clicked.connect(self._print)
        self.save_button.clicked.connect(self._save)
        self.setMinimumWidth(size.chars(34))

    @property
    def verified(self) -> bool:
        """Whether the last group was read off the paper, and the person says that it is kept."""
        typed = self.proof.text().strip().upper()
        return self.kept.isChecked() and typed == self._paper.split("-")[-1]

    def _check(self) -> None:
        self.ok.setEnabled(self.verified)

    def reject(self) -> None:
        """Esc and the close button: not before the key is on paper."""
        if self.verified:
            super().accept()
        else:
            self._say("关掉就再也看不到了。请先打印或抄写好，输入最后一组，勾上收好，再按“完成”。")

    def _say(self, text: str) -> None:
        self.problem.say(text)
        self.adjustSize()

    def _print(self) -> None:
        if not QPrinterInfo.availablePrinters():
            self._say(
                "这台电脑没有装打印机。请把八组字符抄在纸上，逐字核对；或存到 U 盘，拿去打印后"
                "删掉。"
            )
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            print_page(printer, self._office, self._paper)
            self.problem.hide()
        dialog.deleteLater()

    def _save(self) -> None:
        name = file_dialogs.save_file(
            self, "key", "恢复密钥存到 U 盘", "恢复密钥.pdf", "PDF 文件 (*.pdf)"
        )
        if name is None:
            return
        if not write_pdf(name, self._office, self._paper):
            self._say(f"没有写成“{name}”。请检查文件夹能不能写、磁盘有没有空间，换个地方再存。")
            return
        self._say("已存好。拿去打印后请把这个文件删掉。")


def page_of(office_name: str, paper: str) -> QTextDocument:
    """The sheet that is printed."""
    document = QTextDocument()
    first, second = (escape(row) for row in rows_of(paper))
    today = dt.date.today()
    document.setHtml(
        f"<h1 align='center'>恢复密钥</h1><p align='center'>{escape(office_name)}</p><br>"
        f"<p align='center' style='font-family:monospace; font-size:20pt'><b>{first}</b></p>"
        f"<p align='center' style='font-family:monospace; font-size:20pt'><b>{second}</b></p><br>"
        "<p>用途：忘记管理员密码时，在登录窗口点“忘记密码？用恢复密钥”，照此输入，重设密码。</p>"
        "<p>字母 O 和数字 0、字母 I、L 和数字 1 输入时不分；每组末一位是校验字符，"
        "输错会指出是第几组。</p>"
        "<p>请装信封封存，锁入保险柜。持有它的人可以打开台账。更换恢复密钥后，本页作废。</p>"
        f"<p>印制日期：{today.year}年{today.month}月{today.day}日　　保管人：________________</p>"
    )
    return document


def print_page(printer: QPrinter, office_name: str, paper: str) -> None:
    """Print the sheet; laid out for the printer by hand, since Qt would number the page."""
    document = page_of(office_name, paper)
    document.documentLayout().setPaintDevice(printer)
    document.setPageSize(printer.pageRect(QPrinter.Unit.DevicePixel).size())
    document.print_(printer)


def write_pdf(file: Path, office_name: str, paper: str) -> bool:
    """The sheet as a PDF; whether it was written."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait,
            QMarginsF(25, 25, 25, 25), QPageLayout.Unit.Millimeter,
        )
    )  # fmt: skip
    printer.setOutputFileName(str(file))
    before = file.stat().st_mtime_ns if file.exists() else 0
    print_page(printer, office_name, paper)
    return file.exists() and file.stat().st_size > 0 and file.stat().st_mtime_ns != before


def hand_over(parent: QWidget, session: Session, paper: str, jobs: Jobs) -> None:
    """Show the key of somebody who came in with the last one, and keep that it was seen."""
    show_recovery_key(parent, session.office_name, paper)
    jobs.write(lambda job: office.recovery_seen(session))


def show_recovery_key(
    parent: QWidget | None, office_name: str, paper: str, *, first: bool = False
) -> None:
    """Show the key until the person says that it is kept; ``first``: there was none before."""
    dialog = RecoveryKeyDialog(parent, office_name, paper, first=first)
    dialog.exec()
    dialog.deleteLater()
    # The key may have been copied out of the dialog; it must not lie there for the next paste.
    QGuiApplication.clipboard().clear()
