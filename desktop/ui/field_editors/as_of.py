"""截至: the day as of which a page's numbers are, and another one to choose."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton

from db.model.dates import chinese_date
from db.model.periods import Period
from desktop.ui.field_editors.date_entry import Calendar
from desktop.ui.kit.work_parts import Notice


class AsOfChoice(QToolButton):
    """The last day of a period that is over, else today, until a person picks another day of it; of
    each period the page remembers which."""

    chosen = Signal()
    #: of a page that has no period of its own, any day from the first on
    EVER = dt.date(2000, 1, 1)

    def __init__(self, today: dt.date) -> None:
        super().__init__()
        self._today = today
        self._period: Period | None = None
        self._kept: dict[str, dt.date] = {}
        self._calendar: Calendar | None = None
        self.setProperty("class", "boxed")
        self.setToolTip("看另一天结束时的情况：选一天；清空就回到期末，没有过完的回到今天")
        self.clicked.connect(self._pop)

    def always(self, today: dt.date) -> None:
        """For a page without a period: today, until another day is picked, and no longer than
        today lasts."""
        if self._period is None or today != self._today:
            self._today = today
            self._kept.clear()
            self.show_for(Period("", self.EVER, today, ""))

    @property
    def day(self) -> dt.date | None:
        """The day gone by that was picked; None: today."""
        day = self._kept.get(self._period.text) if self._period is not None else None
        return day if day is not None and day < self._today else None

    def seen(self, period: Period) -> Period:
        """The period as of the day that was picked for it."""
        return period.seen_on(self._kept.get(period.text))

    def remember(self, period: Period, picked: dt.date | None, shown: dt.date | None) -> None:
        """What a record says of its period: the day that was picked, and the one that its numbers
        are of."""
        self._kept.pop(period.text, None)
        if picked is not None:
            self._kept[period.text] = picked
        self.show_for(period, shown)

    def show_for(self, period: Period, shown: dt.date | None = None) -> None:
        """Say the day for a period."""
        self._period = period
        day = shown or self._kept.get(period.text) or min(period.last, self._today)
        year = f"{day.year}年" if day.year != self._today.year else ""
        self.setText(f"截至{year}{day.month}月{day.day}日")
        self.setAccessibleName(self.text())
        self.setEnabled(period.first <= self._today)

    def pick(self, day: dt.date | None) -> None:
        """Another day: not before the period, nothing is known of a day to come."""
        period = self._period
        if period is None:
            return
        before = self._kept.pop(period.text, None)
        if day is not None:
            self._kept[period.text] = min(max(day, period.first), self._today)
        self.show_for(period)
        if self._kept.get(period.text) != before:
            self.chosen.emit()

    def _pop(self) -> None:
        if self._calendar is None:
            self._calendar = Calendar(self)
            self._calendar.picked.connect(self.pick)
        if self._period is not None:
            kept = self._kept.get(self._period.text)
            self._calendar.pop(self, kept or min(self._period.last, self._today))


class PastNotice(Notice):
    """Says that a page is not of today, as long as it is not, with the way back."""

    def __init__(self, as_of: AsOfChoice) -> None:
        super().__init__()
        self.button("回到今天", lambda: as_of.pick(None))

    def show_day(self, day: dt.date | None) -> None:
        """The day gone by; None: today."""
        self.say(f"这里是截至{chinese_date(day)}的情况，不是今天的。" if day is not None else "")
