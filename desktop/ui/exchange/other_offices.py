"""The other offices whose workbooks came in, and which unit each is taken for: two in one unit is
asked of a person here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialogButtonBox, QWidget

from db.access import unit_claims
from db.session import Session
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog, ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, button, label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

HINT = (
    "来过工作簿或别处提到过的台账，各说自己是哪个责任单位。"
    "只有被认作责任单位的，填报的进展才会采用。"
)
_NO = 2
WORDS = {None: ("待确认", "orange"), True: ("认可", "green"), False: ("不承认", "red")}


class OtherOfficesCard(Card):
    """A list with two answers; administrators and reviewers give them. Not there while no other
    office was heard of."""

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__("往来单位", HINT)
        self.session, self.jobs, self.window_ = session, jobs, window
        size = theme.sizes()
        self.list = ShortList(
            "往来单位",
            (
                ListColumn("单位台账", 13), ListColumn("说自己是", 13), ListColumn("情况", 5),
                ListColumn("还有谁也是", 8, stretch=True),
            ),
        )
        self.list.setMinimumHeight(size.line * 7)
        self.add(self.list, 1)
        self.yes = button("承认是这个单位", lambda: self._answer(True))
        self.no = button("不承认", lambda: self._answer(False))
        self.row(self.yes, self.no, label("", wrap=False))
        may = bool(session.may("units"))
        self.yes.setVisible(may)
        self.no.setVisible(may)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._show_possible())
        self._show_possible()
        self.hide()

    def load(self) -> None:
        """Read the offices again."""
        self.jobs.read(
            lambda job: unit_claims.seats(self.session), self._show, failed=self.window_.error,
            owner=self,
        )

    def _show(self, seats: list[unit_claims.ClaimedUnit]) -> None:
        names = self.session.names
        lines = []
        for seat in seats:
            unit = names.unit_name(seat.unit) if seat.unit else "没有说明"
            word = WORDS[seat.taken] if seat.unit else ("", "")
            lines.append(
                Line(
                    (seat.office, seat.unit), (seat.name, unit, word, "、".join(seat.holders)), seat
                )
            )
        self.list.fill(lines)
        self.setVisible(bool(lines))
        self._show_possible()

    def _show_possible(self) -> None:
        line = self.list.line()
        seat = line.data if line is not None else None
        self.yes.setEnabled(seat is not None and seat.unit is not None and not seat.taken)
        self.no.setEnabled(seat is not None and seat.unit is not None and seat.taken is not False)

    def _answer(self, yes: bool) -> None:
        line = self.list.line()
        if line is None:
            return
        seat, called = line.data, self.session.unit_name(line.data.unit)
        if yes:
            text = (
                f"承认“{seat.name}”就是“{called}”，"
                f"它今后以这个单位名义填报的内容会被采用。{_others(called, seat.holders)}"
            )
        else:
            text = (
                f"不承认“{seat.name}”是“{called}”，"
                "它以这个单位名义填报的内容今后不再采用；已经采用的不变。"
            )
        if ask(self, "往来单位", f"{text}请先打电话向对方核实。", "承认" if yes else "不承认"):
            _keep(self, self.window_, seat, yes, self.load)


def _others(called: str, holders: tuple[str, ...]) -> str:
    return f"现在说自己是“{called}”的还有：{'、'.join(holders)}。" if holders else ""


def ask_claim(
    parent: QWidget, window: Window, claim: unit_claims.Claim, then: Callable[[], None],
) -> None:
    """Whether an office is the unit that it says it is, before its workbook is taken in; the answer
    is kept."""
    called = window.session.unit_name(claim.unit)
    dialog = Dialog(parent, "这是不是那个单位", "承认", reject="以后再说")
    dialog.say(f"“{claim.name}”说自己就是“{called}”。{_others(called, claim.holders)}")
    dialog.say(
        "承认的，它以这个单位名义填报的内容会被采用；不承认的，一概不采用。请先打电话向对方核实，"
        "答一次就记住。", muted=True,
    )
    no = dialog.buttons.addButton("不承认", QDialogButtonBox.ButtonRole.ActionRole)
    dialog.ok.setDefault(False)  # Enter must not answer such a question
    dialog.ok.setAutoDefault(False)
    no.setAutoDefault(False)
    no.clicked.connect(lambda: dialog.done(_NO))
    answer = dialog.exec()
    dialog.deleteLater()
    if answer:
        _keep(parent, window, claim, answer != _NO, then)


def _keep(
    parent: QWidget, window: Window, claim: unit_claims.Claim | unit_claims.ClaimedUnit, yes: bool,
    then: Callable[[], None],
) -> None:
    session, jobs = window.session, window.jobs
    unit = claim.unit
    assert unit is not None

    def done(_: object) -> None:
        window.toast(
            f"已{'承认' if yes else '不承认'}“{claim.name}”是“{session.unit_name(unit)}”。"
        )
        then()

    jobs.write(
        lambda job: unit_claims.answer(session, claim.office, claim.name, unit, yes), done,
        failed=window.error, owner=parent,
    )
