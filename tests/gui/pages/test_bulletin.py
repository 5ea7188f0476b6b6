"""A reviewer previews a circular, moves through it, prints and keeps it; what a list shows prints as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QDialog

from db.errors import BadInput, Cancelled, WorkFailed
from db.model.query import Query, Where
from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.bulletin.preview import printing
from desktop.ui.bulletin.preview.pdf_in_memory import save_as
from desktop.ui.bulletin.preview.period_choice import PeriodPicker
from desktop.ui.bulletin.preview.printing import PrintDialog, chosen_pages, print_pages
from desktop.ui.kit.shown_list import ShownList
from tests.gui import exchange_office as made_up


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


def page_over(qtbot: Any, window: Any, report: str = "supervision_circular") -> Any:
    page = window.open("bulletin")
    made_up.settle(qtbot, window, lambda: bool(page.list.lines))
    page.list.selectRow(next(at for at, line in enumerate(page.list.lines) if line.key == report))
    made_up.settle(qtbot, window, lambda: page.pane.ready)
    return page


def text_of(data: bytes, tmp_path: Path) -> str:
    file = tmp_path / "seen.pdf"
    file.write_bytes(data)
    with pdfplumber.open(file) as pdf:
        return "".join(page.extract_text() for page in pdf.pages).replace("\n", "").replace(" ", "")


def test_a_circular_is_previewed_and_nothing_of_it_lies_on_a_disk(qtbot: Any, session: Any, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if path.suffix == ".pdf"}
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        pane = page.pane
        assert pane.pages >= 2
        assert pane.page == 1
        assert pane.warning == ""
        assert {path for path in tmp_path.rglob("*") if path.suffix == ".pdf"} == before
        assert "2022年9月" in text_of(pane.data, tmp_path)
        pane.turn(1)
        qtbot.waitUntil(lambda: pane.page == 2)
        wide = pane.factor()
        pane.zoom(1)
        assert pane.factor() > wide
        pane.fit_page()
        assert pane.factor() < wide
        pane.fit_width()
        assert pane.factor() == pytest.approx(wide)


def test_another_period_makes_another_preview_and_is_remembered(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        first = page.pane.data
        page.options.period.step(-1)
        assert not page.pane.ready
        made_up.settle(qtbot, window, lambda: page.pane.ready)
        assert page.pane.data != first
        assert "2022年8月" in text_of(page.pane.data, tmp_path)
        assert window.settings.view("bulletin")["periods"]["supervision_circular"] == "2022-08"


def test_a_change_of_the_ledger_is_in_the_preview_at_once(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        before = page.pane.data
        uid = session.add("rectification", {
            "title": "新查出的问题", "lead_unit": session.names.unit_by_name("清禾区"),
            "deadline": dt.date(2022, 9, 12), "assigned_on": dt.date(2022, 9, 2),
        })  # fmt: skip
        session.take_step("rectification", uid, "assign")
        made_up.settle(qtbot, window, lambda: page.pane.ready and page.pane.data != before)
        assert "新查出的问题" in text_of(page.pane.data, tmp_path)


def test_the_masked_edition_hides_what_was_asked(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        assert "安坪县" in text_of(page.pane.data, tmp_path)
        page.options.masking.choices["places"].setChecked(True)
        made_up.settle(qtbot, window, lambda: page.pane.ready)
        masked = text_of(page.pane.data, tmp_path)
        assert "安坪县" not in masked and "**" in masked and "发展改革委" in masked
        page.options.masking.choices["units"].setChecked(True)
        made_up.settle(qtbot, window, lambda: page.pane.ready)
        assert "发展改革委" not in text_of(page.pane.data, tmp_path)


def test_a_report_on_an_item_asks_for_it_first(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = window.open("bulletin")
        made_up.settle(qtbot, window, lambda: bool(page.list.lines))
        on_item = next((line for line in page.list.lines if line.data.asks("item")), None)
        assert on_item is not None
        page.list.selectRow(page.list.lines.index(on_item))
        qtbot.waitUntil(lambda: "请在左边选一条" in page.pane.words)
        record = session.find(Query(kind="rectification"))[0]
        window.services.print_record("rectification", record.uid)
        page = window.findChild(PaperDialog).page
        made_up.settle(qtbot, window, lambda: page.pane.ready)
        assert record.values["title"] in text_of(page.pane.data, tmp_path)


def test_what_a_list_shows_prints_as_a_table(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        unit = session.names.unit_by_name("安坪县")
        ids = session.ids(Query(kind="rectification", where=(Where("lead_unit", "eq", unit),)))
        keys = tuple(field.name for field in session.kinds.get("rectification").shown("print"))
        window.services.print_list(ShownList(session.kinds.get("rectification"), keys, ids, "责任单位：安坪县"))
        dialog = window.findChild(PaperDialog)
        page = dialog.page
        made_up.settle(qtbot, window, lambda: page.pane.ready)
        text = text_of(page.pane.data, tmp_path)
        assert "整改清单" in text and "共3条" in text
        page.list.selectRow(1)
        made_up.settle(qtbot, window, lambda: page.pane.ready and "整改清单（3条）" in text_of(page.pane.data, tmp_path))
        with pdfplumber.open(tmp_path / "seen.pdf") as pdf:
            assert pdf.pages[0].width > pdf.pages[0].height
        dialog.close()
        made_up.settle(qtbot, window, lambda: not window.findChildren(PaperDialog))
        window.services.print_list(ShownList(session.kinds.get("regret"), ("title",), [], ""))
        page = window.findChild(PaperDialog).page
        made_up.settle(qtbot, window, lambda: "没有可打印的记录" in page.pane.words)


def test_a_character_without_a_face_is_named_before_printing(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        page.pane.show_pdf(page.pane.data, ("\U0002ebf0",))
        assert "U+2EBF0" in page.pane.warning and "〓" in page.pane.warning
        dialog = PrintDialog(page, "督办通报", 3, page.pane.warning)
        qtbot.addWidget(dialog)
        assert any("U+2EBF0" in label.text() for label in dialog.findChildren(type(page.pane._warning)))  # noqa: SLF001


def test_it_is_kept_as_a_pdf_whole_or_not_at_all(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        page.paper.save_to(tmp_path / "九月通报")
        made_up.settle(qtbot, window)
        assert (tmp_path / "九月通报.pdf").read_bytes() == page.pane.data
        page.paper.save_to(tmp_path / "没有" / "九月通报.pdf")
        made_up.settle(qtbot, window, lambda: "存不进" in window.errors.text)
    with pytest.raises(WorkFailed, match="换一个位置"):
        save_as(b"x", tmp_path / "没有" / "x.pdf")


def test_pages_reach_the_printer_at_their_size(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        page = page_over(qtbot, window)
        data, pages = page.pane.data, page.pane.pages
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    printer.setResolution(96)
    steps: list[int] = []
    print_pages(data, printer, list(range(1, pages + 1)), lambda done, total, text: steps.append(done))
    with pdfplumber.open(tmp_path / "paper.pdf") as pdf:
        assert len(pdf.pages) == pages
        assert (round(pdf.pages[0].width), round(pdf.pages[0].height)) == (595, 842)
        assert pdf.pages[0].images
    assert steps == list(range(pages + 1))


def test_a_cancelled_print_stops(qtbot: Any, session: Any, tmp_path: Path) -> None:
    with made_up.window_over(session) as window:
        data = page_over(qtbot, window).pane.data
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))

    def stop(done: int, total: int, text: str) -> None:
        if done:
            raise Cancelled()

    with pytest.raises(Cancelled):
        print_pages(data, printer, [1, 2], stop)


def test_the_print_dialog_without_a_printer_says_what_to_do(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPrinters:
        availablePrinterNames = staticmethod(list)
        defaultPrinterName = staticmethod(str)

    monkeypatch.setattr(printing, "QPrinterInfo", NoPrinters)
    dialog = PrintDialog(None, "督办通报", 3)
    qtbot.addWidget(dialog)
    assert "存为 PDF" in dialog.problem
    assert not dialog.ok.isEnabled()


def test_the_print_dialog_sets_copies_sides_and_pages(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class OnePrinter:
        availablePrinterNames = staticmethod(lambda: ["二楼打印室"])
        defaultPrinterName = staticmethod(lambda: "二楼打印室")

    monkeypatch.setattr(printing, "QPrinterInfo", OnePrinter)
    dialog = PrintDialog(None, "督办通报", 3)
    qtbot.addWidget(dialog)
    dialog.copies.setValue(4)
    dialog.sides.setCurrentIndex(1)
    dialog.range.setText("2-9")
    dialog.accept()
    assert "不在 1 到 3 之间" in dialog.problem
    dialog.range.setText("1，3")
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.pages() == [1, 3]
    assert dialog.printer.copyCount() == 4
    # The printer of a machine without printers forgets what its driver lacks, so what it was told is asked.
    told: dict[str, object] = {}
    dialog.printer = type("Told", (), {  # type: ignore[assignment]
        "setPrinterName": lambda _, name: told.update(name=name), "setCopyCount": lambda _, n: told.update(copies=n),
        "setDuplex": lambda _, mode: told.update(sides=mode),
    })()  # fmt: skip
    dialog.accept()
    assert told == {"name": "二楼打印室", "copies": 4, "sides": QPrinter.DuplexMode.DuplexLongSide}


@pytest.mark.parametrize(
    ("text", "pages"), [("", [1, 2, 3]), ("2", [2]), ("1-2", [1, 2]), ("1、3", [1, 3]), ("１", None), ("3-1", None), ("x", None)]
)
def test_pages_are_read_as_people_write_them(text: str, pages: list[int] | None) -> None:
    if pages is None and text != "１":
        with pytest.raises(BadInput):
            chosen_pages(text, 3)
    else:
        assert chosen_pages(text, 3) == (pages or [1])


def test_periods_go_back_and_forth_and_change_their_length(qtbot: Any) -> None:
    picker = PeriodPicker(made_up.TODAY)
    qtbot.addWidget(picker)
    picker.show()
    told: list[str] = []
    picker.changed.connect(lambda: told.append(picker.value()))
    qtbot.keyClick(picker.entry, Qt.Key.Key_Up)
    qtbot.keyClick(picker.entry, Qt.Key.Key_Down)
    picker.shape.setCurrentIndex(picker.shape.findData("week"))
    picker.shape.activated.emit(picker.shape.currentIndex())
    picker.entry.setText("2022-Q3")
    picker.entry.editingFinished.emit()
    picker.entry.setText("去年")
    picker.entry.editingFinished.emit()
    assert told == ["2022-08", "2022-09", "2022-W38", "2022-Q3"]
    assert picker.entry.property("wrong") is True
    assert "看不懂" in picker.entry.toolTip()
