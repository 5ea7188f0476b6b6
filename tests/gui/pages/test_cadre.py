"""A personnel officer looks a cadre up by pinyin, takes a form in, sees the hidden number, prints; a clerk never gets there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from db import office
from db.model.query import Query
from desktop.exchange.appointment import person_import
from desktop.ui.app.paper_dialog import PaperDialog
from desktop.ui.field_editors.editors import IdentityEditor
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.people import card
from desktop.ui.people.form_dialog import FormDialog
from desktop.ui.people.roster_dialog import RosterDialog
from tests.gui.pages_office import PASSWORD, answer, fill, settle, window_over
from tests.gui.pictures import keep
from tests.unit.exchange import forms


def people(session: Any) -> dict[str, str]:
    """Three cadres; one with something in every part of a life."""
    session.fixed_today = dt.date(2022, 10, 14)
    unit = session.names.unit_by_name("安坪县")
    found = {}
    for name, post in (("单国强", "安坪县信访局局长"), ("赵喆", "清禾区教育局副局长"), ("王赟", "云川市教育局科长")):
        found[name] = session.add("cadre", {"name": name, "sex": "1", "birth_month": "1980-05", "current_post": post, "unit": unit,
                                            "work_started_month": "2002-07", "identity_number": None})  # fmt: skip
    uid = found["单国强"]
    number = "99010119800515001"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    number += "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11]
    photo = session.attach("cadre", forms.png(), "照片.png")
    session.set("cadre", uid, {
        "identity_number": number, "photo": (photo,), "ethnic_group": "01", "political_status": "01", "party_joined_month": "2004-06",
        "native_place": "云川安坪", "education": "21", "degree": "403", "education_school": "云川大学法学院",
        "duty_level": "township_chief", "rank": "section_chief_1",
    })  # fmt: skip
    add = session.add
    add("post_history", {"post": "科员", "unit": unit, "appointed_on": dt.date(2002, 7, 1), "removed_on": dt.date(2012, 3, 1)}, parent=uid)
    add("post_history", {"post": "信访局局长", "unit": unit, "appointed_on": dt.date(2012, 3, 1), "nature": "promotion",
                         "duty_level": "township_chief"}, parent=uid)  # fmt: skip
    add("rank_history", {"rank": "section_chief_1", "former_rank": "section_chief_2", "promoted_on": dt.date(2020, 6, 1)}, parent=uid)
    add("reward_sanction", {"cadre": uid, "nature": "reward", "category": "记功", "content": "化解信访积案记三等功",
                            "organ": "云川市委", "decided_on": dt.date(2021, 6, 30)})  # fmt: skip
    add("reward_sanction", {"cadre": uid, "nature": "sanction", "category": "诫勉", "content": "值班带班落实不严",
                            "organ": "安坪县纪委监委", "decided_on": dt.date(2022, 8, 5),
                            "influence_until": dt.date(2023, 2, 5)})  # fmt: skip
    add("achievement", {"cadre": uid, "title": "牵头化解长期积案十二件", "field": "stability", "grade": "突出",
                        "achieved_on": dt.date(2022, 5, 20),
                        "detail": "逐案包保、领导接访、第三方评估并行，十二件积案全部签订息访协议，没有反复。"})  # fmt: skip
    add("posting", {"cadre": uid, "place_type": "task_force", "place": "问题楼盘化解专班副组长", "from_on": dt.date(2022, 3, 1)})
    add("front_line_assessment", {"cadre": uid, "assessed_on": dt.date(2022, 7, 21), "scene": "防汛抢险现场", "grade": "优秀",
                                  "performance": "连续三昼夜在一线组织转移群众。", "field": "flood"})  # fmt: skip
    held = add("training_class", {"name": "督查业务班", "held_on": dt.date(2022, 9, 5)})
    for name in ("清禾区", "安坪县"):
        row = {"name": "闻 测己", "unit": session.names.unit_by_name(name), "attended_on": dt.date(2022, 9, 5)}
        add("training_attendance", row, parent=held)
    for year in (2019, 2020, 2021):
        add("yearly_assessment", {"year": year, "result": "优秀" if year == 2021 else "称职"}, parent=uid)
    return found


@pytest.fixture
def window(tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    session = fill(tmp_path / "office")
    people(session)
    session.close()
    session = office.open_office(tmp_path / "office", "zhaogang", PASSWORD)
    session.fixed_today = dt.date(2022, 10, 14)
    with window_over(session) as made:
        yield made
    session.close()


def page_of(window: Any, qtbot: Any) -> Any:
    page = window.open("cadre")
    settle(qtbot, window, lambda: page.list.lines and page.card.name.text())
    return page


def look_up(page: Any, window: Any, qtbot: Any, text: str, name: str) -> None:
    page.search.setText(text)
    page.load()
    settle(qtbot, window, lambda: page.card.name.text() == name)


@pytest.mark.parametrize("text", ["sgq", "shanguo", "单国强", "信访局"])
def test_a_cadre_is_found_by_pinyin_and_shown_whole(window: Any, qtbot: Any, text: str) -> None:
    page = page_of(window, qtbot)
    look_up(page, window, qtbot, text, "单国强")
    assert [line.cells[0] for line in page.list.lines] == ["单国强"]
    assert page.card.subtitle.text() == "安坪县信访局局长"
    assert not page.card.portrait._image.isNull()  # noqa: SLF001
    assert [e.when for e in page.life.events] == [
        "2022.08.05", "2022.07.21", "2022.05.20", "2022.03—", "2021", "2021.06.30", "2020", "2020.06.01", "2019",
        "2012.03—", "2002.07—2012.03",
    ]  # fmt: skip
    sanction = page.life.events[0]
    assert sanction.weighs
    assert "影响期至2023.02.05" in sanction.detail


def test_whose_the_rows_of_a_roster_are_is_decided(window: Any, qtbot: Any) -> None:
    """He came for another unit: the row is no line of his until he is ticked; Ctrl+Z takes that back."""
    session = window.session
    session.add("cadre", {"name": "闻测己", "unit": session.names.unit_by_name("安坪县")})
    held = next(session.office.each("training_class")).uid
    page = page_of(window, qtbot)
    look_up(page, window, qtbot, "闻测己", "闻测己")
    told = "2022.09.05"
    assert [e.detail for e in page.life.events if e.when == told] == [""]
    page.roster_button.click()
    settle(qtbot, window, lambda: shown(RosterDialog) is not None)
    dialog = shown(RosterDialog)
    assert [line.tick for line in dialog.list.lines] in ([True, False], [False, True])
    other = next(place for place, line in enumerate(dialog.list.lines) if not line.tick)
    dialog.list.selectRow(other)
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    assert all(line.tick for line in dialog.list.lines)
    dialog.ok.click()
    settle(qtbot, window, lambda: [e.detail for e in page.life.events if e.when == told] == ["2次"])
    assert session.must_get("training_class", held).values["people"] == 1
    window.undo()
    settle(qtbot, window, lambda: [e.detail for e in page.life.events if e.when == told] == [""])


def shown(kind: type[RosterDialog]) -> Any:
    """The dialog of that class that stands."""
    return next((each for each in QApplication.topLevelWidgets() if type(each) is kind and each.isVisible()), None)


def test_one_sort_of_events_alone_and_back(window: Any, qtbot: Any) -> None:
    page = page_of(window, qtbot)
    look_up(page, window, qtbot, "sgq", "单国强")
    chips = [page._chips.row.itemAt(at).widget() for at in range(page._chips.row.count())]  # noqa: SLF001
    assert [c.text() for c in chips][:4] == ["全部 11", "任职经历 2", "职级晋升 1", "奖惩情况 2"]
    chips[3].click()
    assert {e.group for e in page.life.events} == {"奖惩情况"}
    chips[0].click()
    assert len(page.life.events) == 11


def test_the_number_is_hidden_and_looking_at_it_is_journalled(window: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "SHOWN_SECONDS", 0.3)
    page = page_of(window, qtbot)
    look_up(page, window, qtbot, "sgq", "单国强")
    assert page.card.hidden.text().count("*") == 13
    page.card.show_button.click()
    settle(qtbot, window, lambda: page.card.hidden.text().startswith("9901011980"))
    book = window.session.book_of("cadre")
    row = book.connection.execute("SELECT action, after FROM journal WHERE action <> 'signature' ORDER BY seq DESC LIMIT 1").fetchone()
    assert row[0] == "seen"
    assert "单国强" in row[1]
    page.card.show_button.click()
    assert "*" in page.card.hidden.text()


def test_a_form_dragged_in_is_looked_at_taken_and_taken_back(window: Any, qtbot: Any, tmp_path: Path) -> None:
    file = tmp_path / "赵燚.lrmx"
    file.write_text(forms.lrmx(), encoding="utf-8")
    page = page_of(window, qtbot)
    seen: list[Any] = []

    def accept(dialog: Any) -> None:
        seen.append([item.text(0) for item in dialog._items])  # noqa: SLF001
        assert dialog.ok.isEnabled()
        next(i for i in dialog._items if i.text(0) == "任免理由").setCheckState(0, Qt.CheckState.Unchecked)  # noqa: SLF001
        dialog.accept()

    answer(accept, FormDialog)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    drop = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    page.dropEvent(drop)
    settle(qtbot, window, lambda: page.card.name.text() == "赵燚")
    assert "身份证号" in seen[0]
    assert "照片" in seen[0]
    assert "已导入赵燚" in window.toasts.text
    record = window.session.find(Query(kind="cadre", search="赵燚"))[0]
    assert record.values["appointment_reason"] is None
    window.undo()
    settle(qtbot, window, lambda: window.session.count(Query(kind="cadre")) == 3)


def test_a_wrong_form_says_why_and_cannot_be_taken(window: Any, qtbot: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.lrmx"
    file.write_text(forms.lrmx(RuDangShiJian="199001"), encoding="utf-8")
    page = page_of(window, qtbot)
    seen: list[bool] = []

    def look(dialog: Any) -> None:
        seen.append(dialog.ok.isEnabled())
        dialog.reject()

    answer(look, FormDialog)
    page.forms.take([file])
    settle(qtbot, window, lambda: seen)
    assert seen == [False]
    file.write_bytes(b"<!DOCTYPE x><Person/>")
    page.forms.take([file])
    settle(qtbot, window, lambda: "DTD" in window.errors.text)
    assert window.session.count(Query(kind="cadre")) == 3


def test_one_of_the_same_name_is_asked_about(window: Any, qtbot: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.lrmx"
    file.write_text(forms.lrmx(XingMing="赵喆", ChuShengNianYue="198005", ShenFenZheng=""), encoding="utf-8")
    page = page_of(window, qtbot)

    def choose(dialog: Any) -> None:
        assert not dialog.ok.isEnabled()
        buttons = dialog._group.buttons()  # noqa: SLF001
        assert "清禾区教育局副局长" in buttons[0].text()
        buttons[0].setChecked(True)
        assert dialog.ok.isEnabled()
        dialog.accept()

    answer(choose, FormDialog)
    page.forms.take([file])
    settle(qtbot, window, lambda: page.card.subtitle.text() == "安坪县住房城乡建设局党组书记、局长")
    assert window.session.count(Query(kind="cadre")) == 3


def test_the_form_goes_out_and_prints_are_offered(window: Any, qtbot: Any, tmp_path: Path) -> None:
    page = page_of(window, qtbot)
    look_up(page, window, qtbot, "sgq", "单国强")
    page.forms.export_to(tmp_path / "单国强")
    settle(qtbot, window, lambda: (tmp_path / "单国强.lrmx").exists())
    assert "单国强" in (tmp_path / "单国强.lrmx").read_text(encoding="utf-8")
    assert [each.text() for each in page.prints] == ["任免审批表", "实绩一览"]
    page.prints[1].click()
    dialog = window.findChild(PaperDialog)
    settle(qtbot, window, lambda: dialog.page.pane.ready)
    assert dialog.page.choice.key == "cadre_sheet"
    assert dialog.page.pane.pages == 1
    assert window.front == "cadre", "the paper is printed where one is"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle(qtbot, window, lambda: not window.findChildren(PaperDialog))
    assert window.front == "cadre" and page.card.name.text() == "单国强"


def test_the_ledger_leads_to_the_person(window: Any, qtbot: Any) -> None:
    uid = window.session.find(Query(kind="cadre", search="王赟"))[0].uid
    ledger = window.open_ledger("cadre", select=uid)
    settle(qtbot, window, lambda: ledger.table.current() is not None and ledger.table.current().uid == uid)
    next(c for c in ledger.commands() if c.label == "打开个人页").run()
    settle(qtbot, window, lambda: window.page.card.name.text() == "王赟")


def test_the_file_a_cadre_came_in_is_there_to_be_saved_and_not_to_be_taken_away(
    window: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "赵燚.lrmx"
    file.write_text(forms.lrmx(), encoding="utf-8")
    uid = person_import.accept(window.session, person_import.preview(window.session, file)).uid
    ledger = window.open_ledger("cadre", select=uid)
    settle(qtbot, window, lambda: ledger.form.uid == uid)
    files = ledger.form.fields.editors["original_forms"]
    shown = {b.text(): b.isVisibleTo(files) for b in files.findChildren(QPushButton)}
    assert shown == {"添加文件…": False, "打开": True, "另存为…": True, "移除": False}
    saved = tmp_path / "另存.lrmx"
    monkeypatch.setattr(file_dialogs, "save_file", lambda *_: saved)
    next(b for b in files.findChildren(QPushButton) if b.text() == "另存为…").click()
    settle(qtbot, window, saved.exists)
    assert saved.read_bytes() == file.read_bytes()
    other = window.session.find(Query(kind="cadre", search="王赟"))[0].uid
    window.open_ledger("cadre", select=other)
    settle(qtbot, window, lambda: ledger.form.uid == other)
    assert files.isHidden(), "one typed here has no such file"


def test_looking_at_the_number_in_the_form_is_journalled_as_well(window: Any, qtbot: Any) -> None:
    uid = window.session.find(Query(kind="cadre", search="单国强"))[0].uid
    ledger = window.open_ledger("cadre", select=uid)
    settle(qtbot, window, lambda: ledger.table.current() is not None and ledger.table.current().uid == uid)
    settle(qtbot, window, lambda: ledger.form.uid == uid)
    entry = next(e for e in ledger.findChildren(IdentityEditor))
    settle(qtbot, window, lambda: "*" in entry.entry.text())
    entry.entry.setFocus()
    QApplication.sendEvent(entry.entry, QFocusEvent(QFocusEvent.Type.FocusIn))
    settle(qtbot, window, lambda: "*" not in entry.entry.text())
    QApplication.sendEvent(entry.entry, QFocusEvent(QFocusEvent.Type.FocusOut))
    QApplication.sendEvent(entry.entry, QFocusEvent(QFocusEvent.Type.FocusIn))
    settle(qtbot, window)
    rows = window.session.book_of("cadre").connection.execute("SELECT count(*) FROM journal WHERE action = 'seen'").fetchone()
    assert rows[0] == 1


def test_who_has_no_key_neither_sees_the_page_nor_gets_there(tmp_path: Path, qtbot: Any) -> None:
    session = fill(tmp_path / "office")
    people(session)
    session.close()
    for name in ("lihua", "wangjing"):
        session = office.open_office(tmp_path / "office", name, PASSWORD)
        with window_over(session) as window:
            assert not window.knows("cadre")
            assert window.open("cadre") is None
            assert "没有打开「干部档案」的密钥" in window.errors.text
            assert not any(window.knows(f"ledger:{k.name}") for k in session.kinds if k.book == "personnel")
        session.close()


@pytest.fixture(params=[10.5, 14.0], ids=["10.5pt", "14pt"])
def small_screen(request: Any, tmp_path: Path, qtbot: Any) -> Iterator[Any]:
    session = fill(tmp_path / "office")
    people(session)
    session.close()
    session = office.open_office(tmp_path / "office", "zhaogang", PASSWORD)
    session.fixed_today = dt.date(2022, 10, 14)
    with window_over(session, request.param, 1366, 768) as made:
        made.points = request.param
        yield made
    session.close()
    theme.apply(QApplication.instance(), 10.5)


def test_page_and_dialog_fit_a_small_screen(small_screen: Any, qtbot: Any, tmp_path: Path) -> None:
    window = small_screen
    page = page_of(window, qtbot)
    look_up(page, window, qtbot, "sgq", "单国强")
    qtbot.wait(300)
    settle(qtbot, window)
    assert window.width() == 1366, f"asks for {window.minimumSizeHint().width()} px"
    assert window.minimumSizeHint().height() <= 768
    keep(window, "cadre", window.points)
    file = tmp_path / "赵燚.lrmx"
    file.write_text(forms.lrmx(), encoding="utf-8")
    sizes: list[tuple[int, int]] = []

    def look(dialog: Any) -> None:
        sizes.append((dialog.width(), dialog.height()))
        keep(dialog, "dialog-appointment", window.points)
        dialog.reject()

    answer(look, FormDialog)
    page.forms.take([file])
    settle(qtbot, window, lambda: sizes)
    assert sizes[0][0] <= 1366
    assert sizes[0][1] <= 768 - 40


def test_a_form_let_go_anywhere_reaches_the_page(window: Any, qtbot: Any, tmp_path: Path) -> None:
    file = tmp_path / "钱堃.lrm"
    file.write_bytes(forms.lrm())
    (tmp_path / "钱堃.pic").write_bytes(forms.png())
    window.open("home")
    settle(qtbot, window)
    answer(lambda dialog: dialog.accept(), FormDialog)
    window.take_files([file])
    settle(qtbot, window, lambda: hasattr(window.page, "card") and window.page.card.name.text() == "钱堃")
    assert window.session.find(Query(kind="cadre", search="钱堃"))[0].values["photo"]
