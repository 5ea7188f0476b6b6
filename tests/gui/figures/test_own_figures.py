"""A person who clicks through forms makes a figure, changes it, makes a share of it, and takes it away; pictures at both sizes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMenu

from db.metrics import metrics, own_figures
from db.model.query import Where
from desktop.bulletin.report import office_report_changes
from desktop.bulletin.report.declaration import Report
from desktop.ui.bulletin.figure_picker import FigurePicker
from desktop.ui.figures.own_figure_dialog import OwnFigureDialog
from desktop.ui.figures.own_figures_list import OwnFiguresDialog
from desktop.ui.kit.messages import Dialog
from tests.gui import exchange_office as made_up
from tests.gui.exchange.test_pictures import SIZES, cut
from tests.gui.pages_office import answer
from tests.gui.pictures import keep


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    opened = made_up.fill(tmp_path / "office")
    opened.fixed_today = dt.date(2022, 10, 14)
    yield opened
    opened.close()


def choose(box: Any, data: object) -> None:
    assert box.findData(data) >= 0, [box.itemText(n) for n in range(box.count())]
    box.setCurrentIndex(box.findData(data))


def settled(qtbot: Any, window: Any, dialog: Any, words: str) -> None:
    made_up.settle(qtbot, window, lambda: words in dialog.formula.text() + dialog.value.text())


@pytest.mark.parametrize("points", SIZES)
def test_a_figure_is_made_by_clicking(qtbot: Any, session: Any, points: float) -> None:
    with made_up.window_over(session, points) as window:
        page = window.open("charts")
        made_up.settle(qtbot, window, lambda: page.found is not None)
        assert window.width() == 1366
        keep(window, "own-page", points)
        listed = OwnFiguresDialog(window)
        listed.show()
        keep(listed, "own-empty", points)
        dialog = OwnFigureDialog(listed, session, window.jobs)
        dialog.show()
        settled(qtbot, window, dialog, "请填指标名称")
        dialog.name.setText("执行不力的问题")
        choose(dialog.kind, "rectification")
        choose(dialog.way, "distinct")
        choose(dialog.of, "lead_unit")
        choose(dialog.way, "rows")
        choose(dialog.period, "assigned_on")
        category = session.kinds.get("rectification").field("category").options[2]
        dialog.conditions.set((Where("category", "in", [category.name]),))
        settled(qtbot, window, dialog, "执行不力的问题 ＝ 整改清单中问题类别为执行不力、交办时间在本期的记录数，不含拟办和作废的")
        settled(qtbot, window, dialog, "项")
        dialog.measure.setText("件")
        settled(qtbot, window, dialog, "件")
        assert dialog.groups.text() == "怎么分组都行"
        menu: QMenu = dialog.groups.menu()
        menu.aboutToShow.emit()
        next(a for a in menu.actions() if a.text() == "按责任单位" or a.text() == "按单位").setChecked(False)
        assert dialog.groups.text().startswith("可按 ")
        qtbot.wait(50)
        assert cut(dialog) == [] and dialog.height() <= 768 and dialog.width() <= 1366
        keep(dialog, "own-figure", points)
        dialog.accept()
        made_up.settle(qtbot, window, lambda: not dialog.isVisible())
        listed.fill()
        own = own_figures.every(session)[0]
        assert own.figure is not None and (own.figure.label, own.figure.measure) == ("执行不力的问题", "件")
        assert "unit" not in own.figure.group_by and own.figure.group_by
        again = OwnFigureDialog(listed, session, window.jobs, own.figure)
        again.show()
        assert again.conditions.query().where == (Where("category", "in", [category.name]),)
        choose(again.over, "standing")
        choose(again.until, "closed_out_on")
        settled(qtbot, window, again, "统计截止日在位")
        keep(again, "own-standing", points)
        again.reject()
        share = OwnFigureDialog(listed, session, window.jobs)
        share.show()
        share.name.setText("执行不力占比")
        choose(share.way, "share")
        settled(qtbot, window, share, "没有写分母")
        for at, name in enumerate(("执行不力的问题", "交办数")):
            answer(lambda picker, name=name: (picker.entry.setText(name), picker.accept()), FigurePicker)
            share._parts[at].click()  # noqa: SLF001
        settled(qtbot, window, share, "执行不力占比 ＝ 执行不力的问题 ÷ 交办数")
        assert not share.kind.isVisible() and cut(share) == []
        keep(share, "own-share", points)
        share.accept()
        made_up.settle(qtbot, window, lambda: not share.isVisible())
        listed.fill()
        assert len(listed.list.lines) == 2
        keep(listed, "own-list", points)
        for each in (dialog, again, share, listed):
            each.close()
            each.deleteLater()


def test_what_uses_a_figure_is_named_before_it_goes(qtbot: Any, session: Any) -> None:
    own_figures.save(session, own_figures.Figure(name="mine", label="整改件数", kinds=("rectification",), period="assigned_on"))
    office_report_changes.save(session, Report(name="own_note", label="整改快报", title="快报", body="本期{{ n('mine') }}件。"))
    with made_up.window_over(session) as window:
        page = window.open("charts")
        made_up.settle(qtbot, window, lambda: page.found is not None)
        page.choice.choose("mine")
        made_up.settle(qtbot, window, lambda: page.found.name == "mine")
        listed = OwnFiguresDialog(window)
        listed.show()
        asked: list[str] = []

        def leave(question: Any) -> None:
            from PySide6.QtWidgets import QLabel

            asked.append("".join(each.text() for each in question.findChildren(QLabel)))
            question.reject()

        answer(leave, Dialog)
        listed.remove()
        assert "文种「整改快报」" in asked[0] and "mine" in metrics.declared(session)
        answer(lambda question: question.accept(), Dialog)
        listed.remove()
        made_up.settle(qtbot, window, lambda: listed.list.lines == [])
        assert "mine" not in metrics.declared(session)
        listed.close()
        listed.deleteLater()


def test_who_may_not_make_figures_is_not_offered_it(qtbot: Any, session: Any) -> None:
    from tests.samples import as_person

    with as_person(session, "clerk", "clerk"), made_up.window_over(session) as window:
        page = window.open("charts")
        made_up.settle(qtbot, window, lambda: page.found is not None)
        assert not page.choice.own_button.isVisible()


def test_a_lock_keeps_what_is_half_made(qtbot: Any, session: Any) -> None:
    with made_up.window_over(session) as window:
        dialog = OwnFigureDialog(window, session, window.jobs)
        dialog.show()
        dialog.name.setText("做到一半的")
        choose(dialog.kind, "rectification")
        choose(dialog.way, "distinct")
        choose(dialog.of, "lead_unit")
        dialog.conditions.set((Where("state", "in", ["assigned"]),))
        assert dialog.typing is not None and dialog.typing.keep()
        dialog.reject()
        made_up.settle(qtbot, window)
        again = OwnFigureDialog(window, session, window.jobs)
        again.show()
        made_up.settle(qtbot, window, lambda: again.name.text() == "做到一半的")
        assert (again.kind.currentData(), again.way.currentData(), again.of.currentData()) == ("rectification", "distinct", "lead_unit")
        assert again.conditions.query().where == (Where("state", "in", ["assigned"]),)
        again.reject()
        made_up.settle(qtbot, window)
        third = OwnFigureDialog(window, session, window.jobs)
        made_up.settle(qtbot, window)
        assert third.name.text() == "", "given up is given up"
        for each in (dialog, again, third):
            each.deleteLater()
