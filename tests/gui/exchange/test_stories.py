"""Stories of the exchange: a stick of many files let go anywhere, an office's own table mapped by hand, what goes back to the sender."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel

from db.metrics import metrics
from db.model.query import Query
from db.model.settings import LAST_PAGE
from db.model.steps import not_undone
from desktop.exchange.apply import accept
from desktop.exchange.write import workbook
from desktop.ui.app.file_drop import TAKES_FILES
from desktop.ui.bulletin.preview.sheet_preview import SheetPreview
from desktop.ui.exchange.exchange_papers import TextPaper
from desktop.ui.exchange.merge.incoming_file import (
    COPY,
    FOREIGN,
    READING,
    READY,
    REFUSED,
    SAME,
    WAITING,
)
from desktop.ui.exchange.merge.lines import LEAVE, TAKE
from desktop.ui.exchange.merge.mapping import MappingDialog
from desktop.ui.kit import file_dialogs
from tests.gui import exchange_office as made_up
from tests.gui.conftest import answer, let_go

ITEM, LATE, ROAD = (made_up.ITEMS[at][0] for at in (0, 5, 9))
NEW = "村级公示栏内容长期不更新"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    yield opened
    opened.close()


def item(session: Any, title: str) -> Any:
    return session.find(Query(kind="rectification", search=title))[0]


def read(qtbot: Any, window: Any, page: Any) -> Any:
    """The merge view, once every file was read."""
    settled = lambda: bool(page.merge.files) and all(f.state not in (WAITING, READING) for f in page.merge.files)  # noqa: E731
    made_up.settle(qtbot, window, settled)
    return page.merge


def own_table(path: Path, rows: Sequence[Sequence[Any]], heads: Sequence[str]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "问题台账"
    for row in (["2022年第三季度问题整改台账"], ["填报单位：清禾区"], heads, *rows, ["合计", str(len(rows))], ["注：按月更新"]):
        sheet.append(list(row))
    book.save(path)
    return path


ODD = ("序号", "毛病在哪", "归谁管", "啥时候完", "谁盯着", "咋整改")
MONTH = (
    (1, "食堂留样记录不全", "清禾区", "2022.10.15", "刘敏", "补齐记录，专人签字。"),
    (2, "门诊叫号系统常断", "清禾区", "2022年11月1日", "周明", "更换设备。"),
)


def test_a_stick_of_many_files_let_go_over_a_ledger_is_one_preview(qtbot: Any, session: Any, tmp_path: Path) -> None:
    stick = tmp_path / "U盘" / "收回"
    stick.mkdir(parents=True)
    for name in ("安坪县", "清禾区", "云川市教育局"):
        unit = session.names.unit_by_name(name)
        workbook.export(session, ["rectification"], stick / f"{name}_整改清单_20220920.xlsx", unit=unit, blank_rows=3)
    made_up.fill_by_hand(stick / "安坪县_整改清单_20220920.xlsx")
    (stick / "复件.xlsx").write_bytes((stick / "清禾区_整改清单_20220920.xlsx").read_bytes())
    (stick / "荷口镇.xlsx").write_bytes(b"PK\x03\x04 cut short")
    (stick / "说明.docx").write_bytes(b"words")
    loose = tmp_path / "自己的.csv"
    loose.write_bytes("序号,整改事项,责任单位,完成时限\n1,窗口排队,安坪县,2022年9月5日\n".encode("gbk"))
    with made_up.window_over(session) as window:
        window.open("ledger:rectification")
        made_up.settle(qtbot, window)
        assert let_go(window, window.search_box, [stick, loose]) and window.search_box.text() == ""
        made_up.settle(qtbot, window, lambda: bool(window.page.__class__.__name__ == "ExchangePage" and window.page.merge.files))
        view = read(qtbot, window, window.page)
        states = {file.path.name: file.state for file in view.files}
        twins = {states.pop("复件.xlsx"), states.pop("清禾区_整改清单_20220920.xlsx")}
        assert twins == {SAME, COPY}
        assert states == {
            "安坪县_整改清单_20220920.xlsx": READY, "云川市教育局_整改清单_20220920.xlsx": SAME,
            "荷口镇.xlsx": REFUSED, "说明.docx": REFUSED, "自己的.csv": FOREIGN,
        }  # fmt: skip
        assert view.together and view.accept_button.text() == "接受全部 3 份"
        told = {view.lines.whose(line): line.cell.message for line in view.lines.all if not line.row.kind}
        assert set(told) == {"荷口镇.xlsx", "说明.docx", "自己的.csv"} and "不完整" in told["荷口镇.xlsx"]
        assert "没有读入 3 份" in view.remarks.text() and "重复的 1 份" in view.remarks.text()
        at = next(i for i, line in enumerate(view.table.model_.shown) if line.row.title == "荷口镇.xlsx")
        view.table.go_to(at)
        qtbot.keyClick(view.table, Qt.Key.Key_Return)
        assert view.title.text() == "荷口镇.xlsx" and not view.together
        view.next_file(-view.list.currentIndex().row())
        assert view.together
        view.show_group("error")
        assert {line.group for line in view.table.model_.shown} == {"error"}
        view.show_group("added")
        (added,) = view.table.model_.shown
        assert view.lines.whose(added) == "安坪县"
        qtbot.keyClick(view.table, Qt.Key.Key_Space)
        assert view.lines.decided(added) == LEAVE and "不采用 1 处" in view.outcome.text()
        qtbot.keyClick(view.table, Qt.Key.Key_Space)
        view.show_group("")
        view.decide_all(LEAVE)
        view.decide_all(TAKE)
        view.accept()
        made_up.settle(qtbot, window, lambda: len(window.page.imports.lines) == 3)
        assert "已导入 3 份文件：新增 1 条" in window.toasts.text
        assert item(session, NEW).values["measures"] == "每月 5 日前更新，拍照留存。"
        assert view.isVisible() and all(line.group == "error" for line in view.lines.all)


def test_what_is_let_go_over_attachments_is_theirs(qtbot: Any, session: Any, tmp_path: Path) -> None:
    paper = tmp_path / "验收单.pdf"
    paper.write_bytes(b"%PDF-1.4")
    with made_up.window_over(session) as window:
        host = QLabel("附件", window.page)
        host.setParent(window)
        host.setGeometry(300, 300, 100, 40)
        host.show()
        host.raise_()
        window.open("home")
        made_up.settle(qtbot, window)
        host.setAcceptDrops(True)
        host.setProperty(TAKES_FILES, True)
        assert not let_go(window, host, [paper])  # the label itself refuses it, and nobody took it away
        qtbot.wait(50)
        assert window.settings[LAST_PAGE] == "home"


def test_an_unknown_table_is_mapped_by_hand_and_maps_itself_next_month(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = own_table(tmp_path / "清禾区九月.xlsx", MONTH, ODD)

    def fill(dialog: Any) -> None:
        assert isinstance(dialog, MappingDialog)
        qtbot.waitUntil(lambda: bool(dialog.entries))
        dialog.ledger.setCurrentIndex(dialog.ledger.findData("rectification"))
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        assert dialog.from_unit.currentText() == "清禾区"
        dialog.begin.setValue(2)
        dialog.end.setValue(2)
        made_up.settle(qtbot, window, lambda: "填报单位：清禾区" in dialog.entries)
        dialog.accept()
        assert "还没有哪一列对应「整改事项」" in dialog.problem.text()
        dialog.table.selectRow(2)
        dialog._head_from_row()  # noqa: SLF001  (the button beside the numbers)
        made_up.settle(qtbot, window, lambda: set(dialog.entries) == set(ODD))
        # no heading says what an item is about: what is written most at length stands for it
        assert dialog.entries["毛病在哪"].currentData() == "title"
        for heading, name in zip(ODD[1:], ("title", "lead_unit", "deadline", "responsible_person", "measures"), strict=True):
            entry = dialog.entries[heading]
            entry.setCurrentIndex(entry.findData(name))
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        rows = {number: why for number, _, why in dialog.table.model_.rows}
        assert rows == {1: "标题", 2: "标题", 3: "表头", 4: "", 5: "", 6: "合计", 7: "说明"}
        dialog.accept()

    with made_up.window_over(session) as window:
        page = window.open("exchange")
        answered = answer(fill)
        page.take([file])
        made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == READY)
        assert answered
        view = page.merge
        assert (view.file.lines.counts["added"], view.file.lines.counts["skipped"]) == (2, 4)
        view.show_group("skipped")
        assert [line.label for line in view.table.model_.shown] == ["标题", "标题", "合计", "说明"]
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        assert page.imports.lines[0].cells[1] == "清禾区"
        assert item(session, "食堂留样记录不全").values["responsible_person"] == "刘敏"
        later = ("序号", "毛病在哪", "归谁管", "啥时候完", "谁在盯着", "咋整改", "新加的一列")
        rows = [(*MONTH[0][:5], "又补了一次", "x"), (*MONTH[1], "x"), (3, "病房漏水", "清禾区", "2022-12-01", "周明", "维修", "x")]
        page.take([own_table(tmp_path / "清禾区十月.xlsx", rows, later)])
        view = read(qtbot, window, page)
        assert view.file.state == READY and view.file.sender == "清禾区"
        assert "按上次的对应读入" in view.remarks.text() and "新加的一列" in view.remarks.text()
        assert (view.file.lines.counts["added"], view.file.lines.counts["changed"]) == (1, 1)


def test_history_is_mapped_by_hand_and_comes_in_as_dated_steps(qtbot: Any, session: Any, tmp_path: Path) -> None:
    heads = {"序号": "", "毛病在哪": "title", "归谁管": "lead_unit", "派活那天": "assigned_on", "啥时候完": "deadline", "完了没有": "state",
             "哪天了结": "closed_out_on", "干得咋样": "progress"}  # fmt: skip
    rows = [(1, "食堂留样记录不全", "清禾区", "2022.8.1", "2022.8.31", "是", "2022.8.20", "8月5日：开会布置。8月12日：补齐记录。"),
            (2, "门诊叫号系统常断", "清禾区", "2022.8.2", "2022.10.31", "否", "", "正在采购")]  # fmt: skip

    def fill(dialog: Any) -> None:
        qtbot.waitUntil(lambda: bool(dialog.entries))
        dialog.ledger.setCurrentIndex(dialog.ledger.findData("rectification"))
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        dialog.begin.setValue(3)
        dialog.end.setValue(3)
        made_up.settle(qtbot, window, lambda: set(dialog.entries) == set(heads))
        for heading, name in heads.items():
            entry = dialog.entries[heading]
            assert entry.findData(name) >= 0, heading
            entry.setCurrentIndex(entry.findData(name))
        made_up.settle(qtbot, window, lambda: dialog.ok.isEnabled())
        dialog.accept()

    with made_up.window_over(session) as window:
        page = window.open("exchange")
        answered = answer(fill)
        page.take([own_table(tmp_path / "清禾区八月.xlsx", rows, tuple(heads))])
        made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == READY)
        assert answered
        page.merge.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
    done, runs = item(session, "食堂留样记录不全"), item(session, "门诊叫号系统常断")
    assert [(step.action, step.on) for step in not_undone(done.values["steps"])] == [
        ("assign", "2022-08-01"), ("report", "2022-08-05"), ("report", "2022-08-12"), ("request-close-out", "2022-08-20"),
        ("close-out", "2022-08-20"),
    ]  # fmt: skip
    assert (done.state, runs.state) == ("closed_out", "assigned")
    for day, closed in ((19, 0), (20, 1)):
        counted = metrics.count(session, ["closed_out"], period="2022-08", as_of=dt.date(2022, 8, day), kinds=["rectification"])
        assert counted["closed_out"].value == closed


def test_old_and_text_formats_are_let_go_in_the_window(qtbot: Any, session: Any, tmp_path: Path, tool: Any) -> None:
    import subprocess

    source = own_table(tmp_path / "旧.xlsx", MONTH, ("序号", "整改事项", "责任单位", "完成时限", "责任人", "整改措施"))
    subprocess.run([tool("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xls",
                    "--outdir", str(tmp_path), str(source)], check=True, capture_output=True, timeout=120)  # fmt: skip
    text = tmp_path / "文本.csv"
    text.write_bytes("整改事项,责任单位,完成时限\n取号机常坏,安坪县,2022年9月5日\n".encode("gbk"))
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        for file, count in ((tmp_path / "旧.xls", 2), (text, 1)):
            answered = answer(lambda dialog: (qtbot.waitUntil(lambda: dialog.ok.isEnabled()), dialog.accept()))
            page.take([file])
            made_up.settle(qtbot, window, lambda: bool(page.merge.files) and page.merge.files[0].state == READY)
            assert answered and page.merge.file.lines.counts["added"] == count
            done = len(page.imports.lines) + 1
            page.merge.accept()
            made_up.settle(qtbot, window, lambda done=done: len(page.imports.lines) == done)
        assert item(session, "取号机常坏").values["deadline"].isoformat() == "2022-09-05"


def test_marked_workbook_receipt_and_report_from_the_preview_and_weeks_later(
    qtbot: Any, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made_up.unit_workbook(session, tmp_path, blank_rows=3)
    made_up.fill_by_hand(file)
    made_up.disagree(session)
    stick = tmp_path / "U盘"
    stick.mkdir()
    proposed: list[str] = []

    def where(parent: Any, purpose: str, title: str, name: str, *rest: Any, **more: Any) -> Path:
        proposed.append(name)
        return stick / name

    monkeypatch.setattr(file_dialogs, "save_file", where)
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        page.take([file])
        view = read(qtbot, window, page)
        view.papers.save_marked()
        made_up.settle(qtbot, window, lambda: len(list(stick.glob("*.xlsx"))) == 1)
        assert proposed == ["安坪县_整改清单_20220920_核对退回.xlsx"]
        told = openpyxl.load_workbook(next(stick.glob("*.xlsx")))["导入结果"]
        assert {row[0].value for row in told.iter_rows(min_row=4)} == {"有冲突", "有错", "未接受"}
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        file.unlink()
        page.history.save_marked()
        made_up.settle(qtbot, window, lambda: len(list(stick.glob("*.xlsx"))) == 2)
        assert "已存" in window.toasts.text and "标注了" in window.toasts.text
        page.history.save_taken()
        made_up.settle(qtbot, window, lambda: len(list(stick.glob("*.xlsx"))) == 3)
        page.history.show_receipt()
        qtbot.waitUntil(lambda: bool(window.findChildren(TextPaper)))
        paper = window.findChildren(TextPaper)[0]
        assert "回　执" in paper.entry.toPlainText() and "安坪县：" in paper.entry.toPlainText()
        paper.copy_button.click()
        assert "改正后把同一个工作簿再交一次" in QGuiApplication.clipboard().text()
        paper.print_button.click()
        qtbot.waitUntil(lambda: any(sheet.pane.ready for sheet in window.findChildren(SheetPreview)), timeout=20_000)
        for each in (*window.findChildren(SheetPreview), paper):
            each.close()
        QApplication.processEvents()


def test_an_undone_import_says_why_the_same_file_changes_nothing_and_is_brought_back(qtbot: Any, session: Any, tmp_path: Path) -> None:
    file = made_up.unit_workbook(session, tmp_path, blank_rows=3)
    made_up.fill_by_hand(file)
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        page.take([file])
        view = read(qtbot, window, page)
        view.accept()
        made_up.settle(qtbot, window, lambda: len(page.imports.lines) == 1)
        page.history.undo_import(page.imports.lines[0].key)
        made_up.settle(qtbot, window, lambda: page.imports.lines[0].data.undone)
        page.take([file])
        view = read(qtbot, window, page)
        assert not any(line.group in ("added", "changed") for line in view.lines.all)
        assert "导入过，后来撤销了" in view.remarks.text() and "再导一次不会改动什么" in view.remarks.text()
        view.redo_button.click()
        made_up.settle(qtbot, window, lambda: not page.imports.lines[0].data.undone)
        assert item(session, NEW).values["measures"] == "每月 5 日前更新，拍照留存。"
        assert page.zone.isVisible() and "已恢复这次导入" in window.toasts.text


def test_waiting_conflicts_stand_in_the_navigation_from_the_login_on(qtbot: Any, session: Any, tmp_path: Path) -> None:

    file = made_up.unit_workbook(session, tmp_path)
    made_up.fill_by_hand(file)
    made_up.disagree(session)
    accept.accept(session, accept.plan(session, file))
    with made_up.window_over(session) as window:
        made_up.settle(qtbot, window)
        shown = lambda: window.navigation.count_at("conflicts")  # noqa: E731
        qtbot.waitUntil(lambda: shown() == 1)
        (waits,) = accept.conflicts(session)
        accept.decide(session, waits.conflict_id, "mine")
        qtbot.waitUntil(lambda: shown() == 0)


def test_only_what_changed_since_the_last_workbook_goes_out(qtbot: Any, session: Any, tmp_path: Path) -> None:
    from desktop.ui.exchange.export_dialog import ExportDialog
    from desktop.ui.exchange.exporting import run_export

    unit = session.names.unit_by_name("安坪县")
    made_up.unit_workbook(session, tmp_path)
    with made_up.window_over(session) as window:
        page = window.open("exchange")
        made_up.settle(qtbot, window, lambda: len(page.exports.lines) == 1)
        page.history.tabs.setCurrentIndex(1)
        assert page.history.changes_button.isVisible() and not page.history.report_button.isVisible()
        for title, rows in ((ROAD, "1"), (LATE, "1"), (None, "0")):
            if title is not None:
                session.set("rectification", item(session, title).uid, {"measures": "又改了"})
            entry = page.exports.lines[0].data
            dialog = ExportDialog(session, window.jobs, window, ("rectification",), unit, entry)
            qtbot.addWidget(dialog)
            dialog.folder.setText(str(tmp_path))
            dialog.after.setChecked(False)
            assert dialog.changes.isChecked() and entry.file in dialog.changed_since.text()
            run_export(window, dialog.wanted())
            before = entry.export_id
            made_up.settle(qtbot, window, lambda before=before: page.exports.lines[0].key != before)
            assert page.exports.lines[0].cells[4] == rows and page.exports.lines[0].cells[6] == ("只含变化", "blue")
        assert "上次之后没有变化" in window.toasts.text
