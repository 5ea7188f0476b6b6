"""A small made-up office for the pages of administration, and a window over it without the login."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

from db import office
from db.model.settings import FONT_POINTS
from desktop.settings import Settings
from desktop.ui.app.window import Workspace
from desktop.ui.kit import icons, theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.waiting import Waiting
from tests.gui.conftest import RunningTest

PASSWORD = "qingshan-lvshui-7"
UNITS = ("云川市发展改革委", "云川市教育局", "云川市住房城乡建设局", "安坪县", "清禾区", "云川市信访局")
PROBLEMS = (
    "部分乡镇台账更新不及时",
    "老旧小区改造进度滞后",
    "政务服务窗口排队时间偏长",
    "企业反映的用水问题答复不具体",
    "学校周边道路照明不足",
    "督办件超期未报进展",
    "会议议定事项没有明确责任人",
    "项目开工手续办理环节重复",
)
DELETED = PROBLEMS[5:]


def fill(folder: Path) -> Any:
    """The office with its administrator logged in: four people, eight items, three of them in the recycle bin."""
    session, _ = office.create_office(folder, "云川市能力作风建设年活动办公室", "city", "admin", PASSWORD, display="陈思远")
    units = [session.add("unit", {"name": name}) for name in UNITS]
    office.add_user(session, "lihua", "李华", "clerk", PASSWORD, units[0])
    office.add_user(session, "wangjing", "王静", "reviewer", PASSWORD, units[0])
    office.add_user(session, "zhaogang", "赵刚", "personnel", PASSWORD)
    made = []
    for at, problem in enumerate(PROBLEMS):
        values = {
            "item_no": f"ZG{at + 1:03}",
            "title": problem,
            "lead_unit": units[at % len(units)],
            "measures": "倒排工期，逐项明确责任人和完成时限。",
            "assigned_on": dt.date(2022, 9, 1),
            "deadline": dt.date(2022, 9, 10) + dt.timedelta(days=at * 5),
        }
        made.append(session.add("rectification", values))
    session.take_step("rectification", made[0], "assign")
    for uid in made[5:]:
        session.delete("rectification", uid)
    return session


@contextmanager
def window_over(session: Any, points: float = 10.5, width: int = 1366, height: int = 768) -> Iterator[Workspace]:
    """The window after login, shown at a size; ended with its workers."""
    app = QApplication.instance()
    theme.apply(app, points)
    icons.resume_drawing()
    jobs = Jobs()
    stop = session.subscribe(jobs.announce)
    settings = Settings(session.folder, session.user.name)
    settings.set(FONT_POINTS, points)
    window = Workspace(session, jobs, settings)
    window.resize(width, height)
    window.setWindowTitle("争先台账")
    window.show()
    try:
        yield window
    finally:
        stop()
        jobs.close()
        window.close()
        window.deleteLater()
        jobs.deleteLater()


@contextmanager
def window_on_copy(filled: Path, folder: Path) -> Iterator[Workspace]:
    """The administrator's window over a copy of an office, which the test may change as it likes."""
    shutil.copytree(filled, folder)
    session = office.open_office(folder, "admin", PASSWORD)
    with window_over(session) as made:
        yield made
    session.close()


def settle(qtbot: Any, window: Any, until: Callable[[], object] = lambda: True) -> None:
    """Let workers, waiting windows and timers come to rest."""
    qtbot.waitUntil(lambda: window.jobs.idle and not window.area.coming and not _waiting() and bool(until()), timeout=20_000)
    QApplication.processEvents()


def _waiting() -> list[Any]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, Waiting) and each.isVisible()]


def answer(act: Callable[[Any], None], kind: type[QDialog]) -> None:
    """When a dialog of just this kind stands, do this with it: a modal dialog holds the test until it is answered."""
    test = RunningTest.now

    def look() -> None:
        for each in QApplication.topLevelWidgets():
            if type(each) is kind and each.isVisible():
                act(each)
                return
        if RunningTest.now is test:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)
