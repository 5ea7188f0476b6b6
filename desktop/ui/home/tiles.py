"""The numbers along the top of the first page: what waits, what is due, what is open. Pressed, each
lists its rows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from db.metrics import metrics
from desktop.ui.home.number_tables import Tile
from desktop.ui.home.overview import Overview
from desktop.ui.kit import theme
from desktop.ui.kit.page import ShownNumber

TILES = (
    ("waiting", "等我办理", "blue", "待审核或待交办"),
    ("soon", "即将到期", "yellow", ""),
    ("overdue", "逾期未结", "red", "时限已过还没有办结"),
    ("open", "在办事项", "green", "已交办、尚未办结"),
    ("recent", "今日改动", "grey", "所有人今天改过的"),
)
EMPTY = {
    "waiting": (
        "没有等您办理的、到期的和逾期的事项。新建：Ctrl+N；批量录入：打开一本台账，从 Excel "
        "粘贴。"
    ),
    "soon": "近期没有到期的事项。",
    "today": "今天没有到期的事项。",
    "overdue": "没有逾期的事项。",
    "open": "没有在办的事项。",
    "recent": "今天还没有改动。",
}
WORDS = {**{tile[0]: tile[1] for tile in TILES}, "today": "今天到期"}
ONLY_TODAY = frozenset({"waiting", "recent"})
"""What nobody asks of a day gone by."""
#: Tile → the figure that it shows; the others count what waits, and what is due within days that
#: the office sets.
FIGURES = {"overdue": "open_overdue", "open": "in_hand"}
RATE = "completion_rate"


class Tiles(QWidget):
    """``chosen`` says which was pressed."""

    chosen = Signal(str)

    def __init__(self, days: int) -> None:
        super().__init__()
        self._days = days
        self.by_key: dict[str, Tile] = {}
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(theme.sizes().gap)
        for key, label, tone, hint in TILES:
            tile = Tile(label, tone, hint or f"今后 {days} 天内")
            tile.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self.by_key[key] = tile
            self.row.addWidget(tile, 1)

    def shown_numbers(self, asked: metrics.ScopeKeywords) -> list[ShownNumber]:
        """Those of its numbers that are figures."""
        found = [ShownNumber(self.by_key[key].number, name, asked) for key, name in FIGURES.items()]
        rate = self.by_key["open"].hint
        return [*found, ShownNumber(rate, RATE, asked)] if "%" in rate else found

    def mark(self, which: str) -> None:
        """The rows of which stand below; "" for none of them."""
        for key, tile in self.by_key.items():
            tile.setChecked(key == which)

    def show_numbers(self, found: Overview, *, past: bool) -> None:
        """Those of today, or of the end of a day gone by."""
        numbers: dict[str, int | str] = {
            "waiting": found.waiting, "soon": found.soon, "recent": found.changed,
        }
        numbers |= {key: int(found.totals[name].value or 0) for key, name in FIGURES.items()
                 if name in found.totals}  # fmt: skip
        for key, _, _, hint in TILES:
            tile, only = self.by_key[key], past and key in ONLY_TODAY
            tile.setEnabled(not only)
            tile.show_number(None if only else numbers.get(key, 0))
            within = f"之后 {self._days} 天内" if past else f"今后 {self._days} 天内"
            tile.say("只看今天的" if only else hint or within)
        rate = found.totals.get(RATE)
        if rate is not None and rate.value is not None:
            self.by_key["open"].say(
                f"办结率 {rate.value}%（{rate.numerator}/{rate.denominator}）",
                f"办结率 {rate.value}%",
            )
