"""Which rows of rosters are a person: those with the name, ticked where it is decided or in no
doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox

from db.domain import roster_people
from db.domain.roster_people import Named
from desktop.ui.kit import theme
from desktop.ui.kit.dialogs import WorkDialog
from desktop.ui.kit.jobs import FIRST, Job
from desktop.ui.lists.short_list import Cell, Line, ListColumn, ShortList

if TYPE_CHECKING:
    from db.session import Session
    from desktop.ui.kit.jobs import Jobs
    from desktop.ui.kit.page import Page, Window

COLUMNS = [
    ListColumn("是", 2.5, keep=True), ListColumn("日期", 6, keep=True),
    ListColumn("班次、讲堂、短板", 13, stretch=True), ListColumn("名单上的单位", 9, stretch=True),
    ListColumn("职务", 6, may_go=True), ListColumn("核对", 9, keep=True),
]


class RosterDialog(WorkDialog):
    """Tick what is this person; what is in no doubt of everybody else goes along if asked."""

    def __init__(
        self, window: Window, jobs: Jobs, person: str, found: list[Named], others: int
    ) -> None:
        session: Session = window.session
        title = session.title(roster_people.person_kind(session).name, person)
        super().__init__(window, jobs, f"核对{title}的参训名单", "认定")
        self._session, self._person, self._found = session, person, found
        self._ticked = {
            each.row.uid for each in found
            if each.whose == person or (each.whose is None and each.sure)
        }
        self.say(
            "名单上同名的都列在这里，勾上的是本人。认定以后，他换了单位也只算一个人，"
            "个人页和培训人数一致。", muted=True,
        )
        self.list = ShortList("名单上同名的", COLUMNS)
        self.list.when_empty("名单上没有同名的人", "参训名单、应训人员里登记了他才能认定。")
        self.list.ticked.connect(self._tick)
        self.list.setMinimumSize(theme.sizes().chars(57), theme.sizes().row * 9)
        self.add(self.list)
        self.all = QCheckBox(f"其他干部姓名、单位都对得上又没有同名的 {others} 行，一并认定")
        self.all.setVisible(others > 0)
        self.add(self.all)
        self.close_form()
        wide = theme.sizes().chars(57) + theme.sizes().pad * 3
        self.setMinimumWidth(min(wide, self.screen().availableGeometry().width() * 9 // 10))
        self.work = self._read
        self._fill()

    def _fill(self) -> None:
        self.list.fill([self._line(each) for each in self._found])

    def _line(self, each: Named) -> Line:
        session, row, roster = self._session, each.row, each.roster
        values = (session.text(row, roster.moment.on), each.under, session.text(row, "unit"))
        duty = session.text(row, "duty") if roster.kind.has("duty") else ""
        cells: list[Cell] = ["", *values, duty, self._said(each)]
        return Line(row.uid, tuple(cells), each, tick=row.uid in self._ticked)

    def _said(self, each: Named) -> Cell:
        if each.whose == self._person:
            return "已认定", "green"
        if each.whose is not None:
            return "已认定为同名的人", "grey"
        return ("姓名、单位一致", "blue") if each.sure else ("同名，待核对", "yellow")

    def _tick(self, line: Line, on: bool) -> None:
        (self._ticked.add if on else self._ticked.discard)(line.key)
        self._fill()

    def _read(self) -> Callable[[Job], int]:
        session, person, ticked = self._session, self._person, set(self._ticked)
        theirs = {each.row.uid for each in self._found if each.whose == person}
        everybody = self.all.isChecked()

        def work(job: Job) -> int:
            with session.atomic("form", "认定参训人员"):
                done = roster_people.undecide(session, sorted(theirs - ticked))
                done += roster_people.decide(session, person, sorted(ticked - theirs))
                return done + (roster_people.match(session) if everybody else 0)

        return work


def check_rosters(page: Page, uid: str) -> None:
    """The rows of rosters with a person's name, and which of them are this person."""
    session, window = page.session, page.window_

    def look(job: Job) -> tuple[list[Named], int]:
        sure = sum(each.sure and each.person != uid for each in roster_people.named(session))
        return roster_people.named(session, uid), sure

    def show(found: tuple[list[Named], int]) -> None:
        dialog = RosterDialog(window, page.jobs, uid, *found)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    page.jobs.read(look, show, failed=window.error, owner=page, order=FIRST)
