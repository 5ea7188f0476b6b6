"""The weights of the monthly review."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog

from db.domain import monthly_review
from db.errors import BadInput
from db.metrics import reviews
from db.model.records import Record
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import error_text
from desktop.ui.kit.messages import Dialog
from desktop.ui.record_form.fields import Fields


class RuleDialog(Dialog):
    """The weights of the score; the rule in words follows what is typed."""

    def __init__(self, window: Any, session: Any, jobs: Any, review: Record) -> None:
        super().__init__(window, "计分办法", "保存并重新统计")
        self._session, self._jobs, self._window, self._review = session, jobs, window, review
        self.say(
            "权重只看比例，不必凑成 100。改了以后本月按新办法重新计分，下个月沿用。", muted=True
        )
        self.fields = Fields(
            monthly_review.rule_fields(session), reviews.REVIEW,
            EditorContext(session, jobs, window),
        )
        self.fields.set_values({f.name: review.values.get(f.name) for f in self.fields.fields})
        self.add(self.fields)
        self.words = self.say(monthly_review.rule(review))
        self.problem = self.problem_line()
        self.fields.edited.connect(self._show)
        self.setMinimumWidth(theme.sizes().chars(32))
        self.fields.focus_first()

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = self.fields.values(only_changed=False)
        return values

    def _show(self) -> None:
        try:
            self.words.setText(monthly_review.rule_of(self._values()))
        except BadInput:
            return

    def accept(self) -> None:
        try:
            values = self._values()
        except BadInput:
            return
        session, uid = self._session, self._review.uid

        def done(_: Any) -> None:
            self._window.toast("已按新的计分办法重新统计。", undo=True)
            self.done(QDialog.DialogCode.Accepted)

        def failed(error: Exception) -> None:
            self.problem.say(error_text(error))

        self._jobs.write(
            lambda job: monthly_review.set_rule(session, uid, values),
            done,
            failed=failed,
            owner=self,
            label="正在统计",
        )
