"""Printing of a PDF: which printer, copies, pages, both sides; pages are drawn in strips, so that
memory stays small."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from db.errors import BadInput, WorkFailed
from desktop.bulletin.typeset.pdf_pages import PdfPages
from desktop.ui.bulletin.preview.page_view import POINTS_PER_INCH, image_of
from desktop.ui.kit import accessible, entry_button, theme
from desktop.ui.kit.messages import Dialog

SHARP = 600
"""Dots per inch at most: finer than any office printer shows in text."""
STRIP = 600
"""Lines of one strip."""

Step = Callable[[int, int, str], None]


def chosen_pages(text: str, count: int) -> list[int]:
    """Pages from 1 as people write them: “1-3,5”; blank means all. Raises ``BadInput`` for what is
    no page."""
    plain = (
        text.replace("，", ",")
        .replace("、", ",")
        .replace("－", "-")
        .replace("—", "-")
        .replace(" ", "")
    )
    if not plain:
        return list(range(1, count + 1))
    pages: list[int] = []
    for part in plain.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise BadInput(f"页码“{text}”看不懂，请写成 1-3,5。")
        begin, end = int(first), int(last or first)
        if not 1 <= begin <= end <= count:
            raise BadInput(f"页码“{part}”不在 1 到 {count} 之间，请改正。")
        pages += range(begin, end + 1)
    return pages


def paper_of(points: tuple[float, float]) -> QPageLayout:
    """The paper of a page in points: A4 or A3, upright or across."""
    width, height = points
    across = width > height
    wide = max(width, height) > 900
    size = QPageSize(QPageSize.PageSizeId.A3 if wide else QPageSize.PageSizeId.A4)
    orientation = QPageLayout.Orientation.Landscape if across else QPageLayout.Orientation.Portrait
    return QPageLayout(size, orientation, QMarginsF(0, 0, 0, 0))


def print_pages(data: bytes, printer: QPrinter, pages: list[int], step: Step) -> None:
    """Send pages to a printer; runs in a worker. Raises ``WorkFailed`` when the printer does not
    take them."""
    document = PdfPages(data)
    painter = QPainter()
    try:
        printer.setFullPage(True)
        for done, page in enumerate(pages):
            step(done, len(pages), f"正在打印第 {page} 页")
            printer.setPageLayout(paper_of(document.sizes[page - 1]))
            if not painter.isActive():
                if not painter.begin(printer):
                    raise WorkFailed(
                        f"打印机“{printer.printerName()}”没有响应，没有打印。请检查打印机是否开机、"
                        f"有纸。"
                    )
            elif not printer.newPage():
                raise WorkFailed(f"打印到第 {page} 页时打印机停止响应，请检查后从这一页接着打。")
            _draw(document, page - 1, painter, printer)
    except BaseException:
        printer.abort()
        raise
    finally:
        if painter.isActive():
            painter.end()
        document.close()
    step(len(pages), len(pages), "")


def _draw(document: PdfPages, page: int, painter: QPainter, printer: QPrinter) -> None:
    """One page at its real size, strip by strip."""
    sharp = min(printer.resolution(), SHARP)
    width, height = (round(points / POINTS_PER_INCH * sharp) for points in document.sizes[page])
    scale = printer.resolution() / sharp
    painter.save()
    painter.scale(scale, scale)
    for top in range(0, height, STRIP):
        deep = min(STRIP, height - top)
        painter.drawImage(0, top, image_of(document, page, (width, height), top, deep))
    painter.restore()


class PrintDialog(Dialog):
    """Printer, copies, pages, one or both sides. `printer` is set up when it is accepted, and lives
    as long as this."""

    def __init__(
        self, parent: QWidget | None, title: str, pages: int, missing: str = "",
        duplex: bool = False,
    ) -> None:
        super().__init__(parent, "打印", "打印")
        size = theme.sizes()
        self._pages, self._title = pages, title
        self.printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        self.printer.setDocName(title)
        head = self.say(title)
        head.setFont(theme.scaled(1.1, bold=True))
        if missing:
            warning = self.say(missing)
            ink, ground = theme.TONES["yellow"]
            warning.setStyleSheet(f"background: {ground}; color: {ink}; padding: {size.gap}px;")
        body = QWidget()
        form = QFormLayout(body)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(size.gap)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.where = QComboBox()
        names = QPrinterInfo.availablePrinterNames()
        self.where.addItems(names)
        self.where.setCurrentText(QPrinterInfo.defaultPrinterName())
        self.copies = entry_button.spin_box()
        self.copies.setRange(1, 999)
        self.copies.setSuffix(" 份")
        self.range = QLineEdit()
        self.range.setPlaceholderText(f"全部 {pages} 页；或写成 1-3,5")
        self.sides = QComboBox()
        for label, mode in (
            ("单面", QPrinter.DuplexMode.DuplexNone),
            ("双面（沿长边翻页）", QPrinter.DuplexMode.DuplexLongSide),
            ("双面（沿短边翻页）", QPrinter.DuplexMode.DuplexShortSide),
        ):  # fmt: skip
            self.sides.addItem(label, mode)
        self.sides.setCurrentIndex(int(duplex))
        for label, entry in (
            ("打印机(&P)", self.where), ("份数(&C)", self.copies), ("页码(&R)", self.range),
            ("单双面(&D)", self.sides),
        ):  # fmt: skip
            form.addRow(label, entry)
        self.add(body)
        self._wrong = accessible.Problem()
        self._wrong.hide()
        self.add(self._wrong)
        if not names:
            self._refuse("这台电脑上没有装打印机。可以先“存为 PDF”，拷到有打印机的电脑上打印。")
            self.setAccessibleDescription(self._wrong.text())
            self.ok.setEnabled(False)
        more = QPushButton("系统打印设置…")
        more.setProperty("class", "link")
        more.setEnabled(bool(names))
        more.clicked.connect(self._system)
        row = QHBoxLayout()
        row.addWidget(more)
        row.addStretch(1)
        holder = QWidget()
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.add(holder)
        self.setMinimumWidth(size.chars(30))
        leave = next(button for button in self.buttons.buttons() if button is not self.ok)
        (self.copies if names else leave).setFocus()
        self.copies.selectAll()

    @property
    def problem(self) -> str:
        return "" if self._wrong.isHidden() else self._wrong.text()

    def pages(self) -> list[int]:
        """The pages asked for; raises ``BadInput``."""
        return chosen_pages(self.range.text(), self._pages)

    def accept(self) -> None:
        try:
            self.pages()
        except BadInput as error:
            self._refuse(error.message)
            self.range.setFocus()
            return
        self._set_up()
        super().accept()

    def _set_up(self) -> None:
        self.printer.setPrinterName(self.where.currentText())
        self.printer.setCopyCount(self.copies.value())
        self.printer.setDuplex(self.sides.currentData())

    def _refuse(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.show()

    def _system(self) -> None:
        """The system's own dialog, for trays and paper; it works on the printer that this dialog
        keeps."""
        self._set_up()
        dialog = QPrintDialog(self.printer, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.where.setCurrentText(self.printer.printerName())
            self.copies.setValue(self.printer.copyCount())
            self.sides.setCurrentIndex(max(0, self.sides.findData(self.printer.duplex())))
        dialog.deleteLater()
