"""Which class of work is reported on in which rhythm: for all ledgers, or for one by itself."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from db.domain import owed_reports
from db.metrics.report_due_days import CLASSES, RHYTHMS
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page import Window


class RhythmDialog(Dialog):
    """A ledger, and a rhythm for each of its classes; they hold from today on."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "各类事项的报告节奏", "保存")
        self._window, self._session = window, window.session
        self.say("每期的最后一个工作日报告。改了从今天起算，以前该报的照旧。", muted=True)
        self.ledger = QComboBox()
        self.ledger.addItem("全部台账", "")
        for kind in owed_reports.kinds(self._session):
            self.ledger.addItem(kind.label, kind.name)
        self.choices: dict[str, QComboBox] = {}
        inside = QWidget()
        form = QFormLayout(inside)
        form.addRow("台账", self.ledger)
        self.ledger.setAccessibleName("台账")
        for name in CLASSES:
            box = self.choices[name] = QComboBox()
            for rhythm, label in (*RHYTHMS.items(), ("", "不要求")):
                box.addItem(label, rhythm)
            label = f"{name.upper()}类"
            box.setAccessibleName(f"{label}的报告节奏")
            form.addRow(label, box)
        self.add(inside)
        self.ledger.activated.connect(lambda _: self._show())
        self._show()

    def _show(self) -> None:
        now = owed_reports.rhythms(self._session, self.ledger.currentData())
        for name, box in self.choices.items():
            box.setCurrentIndex(max(0, box.findData(now[name])))

    def accept(self) -> None:
        given = {name: box.currentData() for name, box in self.choices.items()}
        session, kind = self._session, self.ledger.currentData()
        finish = super().accept

        def done(_: None) -> None:
            self._window.toast("报告节奏已保存，从今天起算。")
            finish()

        self._window.jobs.write(
            lambda job: owed_reports.set_rhythms(session, given, kind), done,
            failed=self._window.error, owner=self, label="正在保存",
        )
