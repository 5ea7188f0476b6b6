"""Settings, help, who changed what, and ledgers of the office's own, as an administrator and a clerk meet them."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication

from db import office
from db.metrics import metrics
from db.model.query import Query, Where
from db.model.settings import BACKUP_AT_EXIT, FILES_FOLDER, LAST_PAGE, TOAST_SECONDS
from desktop import paths
from desktop.settings import Settings
from desktop.ui.app.shell import Shell
from desktop.ui.help import manual
from desktop.ui.kinds import kind_changes
from desktop.ui.kinds.dialogs import FieldDialog, LightsDialog, NewKindDialog
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.messages import Dialog
from tests.gui.pages_office import PASSWORD, PROBLEMS, answer, fill, settle, window_over


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "office"
    fill(folder).close()
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "office"
    shutil.copytree(filled, copied)
    return copied


@pytest.fixture
def window(folder: Path, qtbot: Any) -> Iterator[Any]:
    session = office.open_office(folder, "admin", PASSWORD)
    with window_over(session) as made:
        yield made
    session.close()


@pytest.fixture
def clerk(folder: Path, qtbot: Any) -> Iterator[Any]:
    session = office.open_office(folder, "lihua", PASSWORD)
    with window_over(session) as made:
        yield made
    session.close()


@pytest.fixture
def shell(folder: Path, qtbot: Any) -> Iterator[Any]:
    made = Shell(folder, "admin", Settings())
    made.show()
    made.log_in("admin", PASSWORD)
    qtbot.waitUntil(lambda: made.workspace is not None and made.jobs.idle, timeout=20_000)
    made.workspace.settings.set(BACKUP_AT_EXIT, False)
    yield made
    theme.apply(QApplication.instance(), 10.5)
    made.close()
    made.deleteLater()


# -- settings -------------------------------------------------------------------------------------------------------------


def test_the_name_of_the_office_and_its_own_unit_are_kept(window: Any, qtbot: Any) -> None:
    page = window.open("settings")
    settle(qtbot, window)
    page.office_name.setText("云川市督查办公室")
    page.office_name.textEdited.emit(page.office_name.text())
    page.own_unit.entry.setText("安坪县")
    page.keep_facts.click()
    settle(qtbot, window, lambda: "单位信息已保存" in window.toasts.text)
    assert window.session.office_name == "云川市督查办公室"
    assert window.session.unit_name(window.session.own_unit) == "安坪县"


def test_a_clerk_changes_only_what_is_his_own(clerk: Any, qtbot: Any) -> None:
    page = clerk.open("settings")
    settle(qtbot, clerk)
    assert not page.office_name.isEnabled() and not page.entries["idle_minutes"].isEnabled()
    assert page.entries["toast_seconds"].isEnabled()
    assert page.calendar.text.isReadOnly()
    page.entries["toast_seconds"].setValue(12)
    assert clerk.settings[TOAST_SECONDS] == 12


def test_files_are_offered_where_this_machine_keeps_them(clerk: Any, qtbot: Any, tmp_path: Path) -> None:
    page = clerk.open("settings")
    entry = page.entries["files_folder"]
    entry.entry.setText(str(tmp_path))
    entry.entry.editingFinished.emit()
    assert paths.documents_dir() == tmp_path
    assert Settings()[FILES_FOLDER] == str(tmp_path)
    entry.entry.setText(str(tmp_path / "gone"))
    entry.entry.editingFinished.emit()
    assert "找不到这个文件夹" in entry.problem.text()
    assert paths.documents_dir() != tmp_path / "gone"
    entry.entry.clear()
    assert Settings()[FILES_FOLDER] == ""


def test_the_days_of_a_year_to_come_are_typed_and_understood(window: Any, qtbot: Any) -> None:
    page = window.open("settings")
    calendar = page.calendar
    settle(qtbot, window, lambda: "节假日" in calendar.known.text())
    calendar.text.setPlainText("2031年1月1日至1月3日 休 元旦\n2月9日 班\n2-32 休")
    qtbot.waitUntil(lambda: "第 3 行" in calendar.problem.text())
    assert not calendar.keep_button.isEnabled()
    calendar.text.setPlainText("2031年1月1日至1月3日 休 元旦\n2月9日 班")
    qtbot.waitUntil(lambda: len(calendar.days.lines) == 4)
    assert calendar.summary.text() == "放假 3 天，调休上班 1 天。"
    calendar.keep_button.click()
    settle(qtbot, window, lambda: "工作日历已保存" in window.toasts.text)
    assert window.session.workdays.known(2031)


def test_larger_letters_take_hold_at_once_and_the_page_stays(shell: Any, qtbot: Any) -> None:
    before = shell.workspace
    page = before.open("settings")
    settle(qtbot, before)
    page._set_font(14.0)  # noqa: SLF001
    qtbot.waitUntil(lambda: shell.workspace is not before)
    qtbot.waitUntil(lambda: shell.jobs.idle)
    assert QApplication.instance().font().pointSizeF() == 14.0
    assert shell.workspace.settings[LAST_PAGE] == "settings"
    assert shell.workspace.page is not None and shell.session.count(Query(kind="unit")) == 6


# -- help -----------------------------------------------------------------------------------------------------------------


def test_the_manual_is_found_by_words(window: Any, qtbot: Any) -> None:
    page = window.open("help")
    assert page.tree.topLevelItemCount() >= len(page.topics)
    page.search.setText("恢复密钥")
    qtbot.waitUntil(lambda: page.count.text().startswith("找到"))
    assert "恢复密钥" in page.view.toPlainText()
    assert page.view.extraSelections()
    page.search.setText("没有这个词")
    qtbot.waitUntil(lambda: page.count.text().startswith("手册里没有"))


def test_links_lead_to_pages_and_licences(window: Any) -> None:
    page = window.open("help")
    page.view.anchorClicked.emit(QUrl("backup.md"))
    assert page.view.toPlainText().startswith("备份与恢复")
    page.open_topic("about:")
    assert "程序库" in page.view.toPlainText()
    page.view.anchorClicked.emit(QUrl("licence:LICENSE-NotoSansSC-OFL.txt"))
    assert "SIL OPEN FONT LICENSE" in page.view.toPlainText().upper()


def test_every_heading_of_the_contents_can_be_shown(window: Any) -> None:
    page = window.open("help")
    for topic in manual.topics():
        page.open_topic(topic.name)
        assert page.view.toPlainText().strip()
        for heading in topic.headings:
            page.open_topic(topic.name, manual.plain(heading))
            assert page.view.extraSelections(), (topic.name, heading)


def test_the_log_is_handed_over(window: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = paths.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("2022-09-05 INFO started\n", "utf-8")
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(file_dialogs, "folder", lambda *_: out)
    window.open("help").export_log()
    settle(qtbot, window, lambda: list(out.glob("*.zip")))
    with zipfile.ZipFile(next(out.glob("*.zip"))) as packed:
        assert {"versions.txt", "zhengxian.log"} <= set(packed.namelist())


# -- who changed what -----------------------------------------------------------------------------------------------------


def test_the_administrator_sees_who_changed_what(window: Any, qtbot: Any) -> None:
    page = window.open("audit")
    settle(qtbot, window, lambda: page.details.lines)
    assert page.list.lines[0].cells[1:4] == ("陈思远", "删除整改清单", PROBLEMS[7])
    page.ledger.setCurrentIndex(page.ledger.findData("unit"))
    page.load()
    settle(qtbot, window, lambda: {line.cells[2] for line in page.list.lines} == {"新增单位"})
    page.who.setCurrentIndex(page.who.findData("lihua"))
    page.load()
    settle(qtbot, window, lambda: not page.list.lines)
    assert window.session.office.audit_head in page.heads.text()


# -- ledgers of the office's own ------------------------------------------------------------------------------------------


def _make_ledger(dialog: NewKindDialog) -> None:
    dialog.accept()
    assert "起个名称" in dialog.problem.text()
    dialog.label.setText("河长巡河台账")
    dialog.title_label.setText("河段")
    dialog.accept()


def _add_field(dialog: FieldDialog) -> None:
    dialog.label.setText("巡查频次")
    dialog.form.setCurrentIndex(dialog.form.findData("choice"))
    dialog.choices.setPlainText("每日")
    dialog.accept()
    assert "至少要写两个选项" in dialog.problem.text()
    dialog.choices.setPlainText("每日、每周\n每月")
    dialog.accept()


def test_an_office_makes_a_ledger_and_it_stands_in_the_window(shell: Any, qtbot: Any) -> None:
    workspace = shell.workspace
    page = workspace.open("kinds")
    settle(qtbot, workspace)
    answer(_make_ledger, NewKindDialog)
    page.new()
    answer(_add_field, FieldDialog)
    page.editor.add_field()
    assert page.changed
    page.save()
    qtbot.waitUntil(lambda: shell.workspace is not workspace, timeout=20_000)
    kind = next(k for k in shell.session.kinds if k.label == "河长巡河台账")
    assert shell.workspace.knows(f"ledger:{kind.name}")
    choice = next(f for f in kind.fields if f.label == "巡查频次")
    uid = shell.session.add(kind.name, {kind.title: "沙河东段", choice.name: "每周"})
    assert shell.session.must_get(kind.name, uid).values[choice.name] == "每周"
    assert shell.workspace.open_ledger(kind.name) is not None
    qtbot.waitUntil(lambda: shell.jobs.idle)


def test_a_field_is_added_to_a_given_ledger_and_its_type_then_stands(window: Any, qtbot: Any) -> None:
    page = window.open("kinds")
    at = next(i for i, line in enumerate(page.list.lines) if line.key == "rectification")
    page.list.selectRow(at)
    answer(_add_field, FieldDialog)
    page.editor.add_field()
    page.save()
    settle(qtbot, window, lambda: not page.changed)
    kind = window.session.kinds.get("rectification")
    assert kind.fields[-1].label == "巡查频次"
    dialog = FieldDialog(window, window.session.kinds, kind, kind.fields[-1], kept=True)
    qtbot.addWidget(dialog)
    assert not dialog.form.isEnabled()
    dialog.choices.setPlainText("每日\n每周\n每月\n每季")
    dialog.accept()
    assert [o.name for o in dialog.draft.fields[-1].options] == ["每日", "每周", "每月", "每季"]


def test_given_fields_stay_and_doubles_are_refused_in_words(window: Any, qtbot: Any) -> None:
    page = window.open("kinds")
    at = next(i for i, line in enumerate(page.list.lines) if line.key == "rectification")
    page.list.selectRow(at)
    assert not page.editor.edit_button.isEnabled() and not page.editor.drop_button.isEnabled()
    kind = window.session.kinds.get("rectification")
    dialog = FieldDialog(window, window.session.kinds, kind, None, kept=False)
    qtbot.addWidget(dialog)
    dialog.label.setText(kind.fields[0].label)
    dialog.accept()
    assert dialog.problem.text() == f"已经有一个栏目叫「{kind.fields[0].label}」，请换个名称。"


def test_a_field_for_the_leader_is_known_by_its_name_or_ticked(window: Any, qtbot: Any) -> None:
    kinds = window.session.kinds
    kind = kind_changes.started(kind_changes.Start("河长巡河", "自建", "河段", "close_out"), kinds)
    dialog = FieldDialog(window, kinds, kind, None, kept=False)
    qtbot.addWidget(dialog)
    dialog.form.setCurrentIndex(dialog.form.findData("date"))
    assert not dialog.leader.isVisibleTo(dialog)
    dialog.form.setCurrentIndex(dialog.form.findData("text"))
    assert dialog.leader.isVisibleTo(dialog) and not dialog.leader.isChecked()
    dialog.label.setText("责任领导")
    assert dialog.leader.isChecked()
    dialog.accept()
    assert dialog.draft.fields[-1].leader is None and kind_changes.names_leader(dialog.draft.fields[-1])
    # what is ticked stays, however the field is called
    other = FieldDialog(window, kinds, kind, None, kept=False)
    qtbot.addWidget(other)
    other.leader.click()
    other.label.setText("河长")
    other.accept()
    assert other.draft.fields[-1].leader is True


def test_lights_are_set_for_a_ledger(window: Any, qtbot: Any) -> None:
    page = window.open("kinds")
    at = next(i for i, line in enumerate(page.list.lines) if line.key == "rectification")
    page.list.selectRow(at)

    def choose(dialog: LightsDialog) -> None:
        dialog.days.setValue(7)
        dialog.calendar.setCurrentIndex(dialog.calendar.findData("workday"))
        dialog.colours["soon"][1].setText("快到了")
        dialog.judged_by.setCurrentIndex(dialog.judged_by.findData("closed"))
        dialog.accept()

    answer(choose, LightsDialog)
    page.editor.lights()
    page.save()
    settle(qtbot, window, lambda: not page.changed)
    lights = window.session.kinds.get("rectification").lights
    assert lights is not None and (lights.yellow_days, lights.calendar) == (7, "workday")
    assert lights.labels == {"yellow": "快到了"}
    assert window.session.kinds.get("rectification").finished == "closed"
    assert "整改清单看审核销号之日" in metrics.formula(window.session, "on_time_rate")


def test_lights_by_progress_are_set_and_light_the_list(window: Any, qtbot: Any) -> None:
    """Half the time gone and a fifth done: 30 points behind, more than the 20 at which this office lights up in purple."""
    session = window.session
    page = window.open("kinds")
    page.list.selectRow(next(i for i, line in enumerate(page.list.lines) if line.key == "rectification"))
    refused: list[str] = []

    def choose(dialog: LightsDialog) -> None:
        dialog.by.setCurrentIndex(dialog.by.findData("progress"))
        assert not dialog.days.isVisibleTo(dialog)
        assert dialog.behind.isVisibleTo(dialog)
        for box, name in ((dialog.start, "assigned_on"), (dialog.progress, "progress_percent")):
            box.setCurrentIndex(box.findData(name))
        dialog.far_behind.setValue(15)
        dialog.behind.setValue(20)
        dialog.accept()
        refused.append(dialog.problem.text())
        dialog.far_behind.setValue(40)
        colour, words = dialog.colours["soon"]
        colour.setCurrentIndex(colour.findData("purple"))
        words.setText("落后")
        dialog.accept()

    answer(choose, LightsDialog)
    page.editor.lights()
    assert refused == ["“落后多少变灯”不能大于“落后多少算严重”。"]
    assert "进度落后 20 个百分点变灯" in page.editor.words.text()
    page.save()
    settle(qtbot, window, lambda: not page.changed)
    lights = session.kinds.get("rectification").lights
    assert (lights.by, lights.yellow_behind, lights.red_behind, lights.soon) == ("progress", 20, 40, "purple")
    today = session.today
    row = {"title": "进度灯", "lead_unit": next(iter(session.names.units())), "progress_percent": 20,
           "assigned_on": today - dt.timedelta(days=10), "deadline": today + dt.timedelta(days=10)}  # fmt: skip
    uid = session.add("rectification", row)
    session.take_step("rectification", uid, "assign")
    record = session.must_get("rectification", uid)
    assert (session.light(record), session.light_label(record)) == ("purple", "落后")
    found = session.find(Query(kind="rectification", where=(Where("light", "eq", "purple"), Where("uid", "eq", uid))))
    assert [r.uid for r in found] == [uid]


def test_unsaved_changes_are_asked_about(window: Any, qtbot: Any) -> None:
    page = window.open("kinds")
    page.editor.put(kind_changes.moved(page.editor.draft, page.editor.draft.fields[0].name, 1))
    assert page.changed
    answer(lambda question: question.reject(), Dialog)
    assert window.open("help") is None
    answer(lambda question: question.accept(), Dialog)
    assert window.open("help") is not None


# -- found from anywhere --------------------------------------------------------------------------------------------------


def test_pages_and_ledgers_are_found_by_pinyin_initials(window: Any, qtbot: Any) -> None:
    from desktop.ui.kit.commands import Palette

    palette = Palette(window, window.commands.all())
    qtbot.addWidget(palette)
    for typed, label in (("bfyhf", "打开 备份与恢复"), ("zgqd", "打开 整改清单"), ("xgjl", "打开 修改记录")):
        palette._entry.setText(typed)  # noqa: SLF001
        assert palette._found.index(0, 0).data() == label  # noqa: SLF001
