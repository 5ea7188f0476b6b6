"""The filter bar as an entry of a form: what it is set to are the conditions of a figure."""

from __future__ import annotations

from db.session import Session
from desktop.ui.kit.jobs import Jobs
from desktop.ui.lists.filter_bar import FilterBar


class _Forgetful:
    """Keeps nothing: the conditions are the figure's, not a person's habit."""

    def view(self, name: str) -> dict[str, object]:
        return {}

    def set_view(self, name: str, arranged: dict[str, object]) -> None:
        """Nothing is kept."""


class ConditionBar(FilterBar):
    """Only what can be counted: no words, no columns, no filters of before."""

    def __init__(self, session: Session, jobs: Jobs, kind_name: str) -> None:
        super().__init__(session, jobs, _Forgetful(), kind_name)
        for widget in (self.entry, self._saved, self.export, self.columns, self.count):
            widget.hide()
        self._more.setText("其他条件")
