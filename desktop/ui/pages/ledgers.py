"""All ledgers at a glance, by family: what of each is in hand and overdue, favourites first. A few
letters narrow them, one click or Enter opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from db.errors import ZhengxianError
from db.metrics import metrics
from db.model import pinyin
from db.model.declarations import Kind
from db.store.journal import Change
from desktop.ui.home import overview
from desktop.ui.kit import icons, theme
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import LATER, Job
from desktop.ui.kit.page import ShownNumber, Window
from desktop.ui.kit.page_parts import AdminPage, Card, label, scrolled
from desktop.ui.kit.used_places import LEDGER
from desktop.ui.pages import LEDGERS, label_of, ledger_label, section_of

FAVOURITES = "常用"
COLUMN_CHARS = 17
"""Room that a column of cards asks for."""
NONE = "没有这个名称的台账。管理员可以在“系统”的“台账设置”里新建。"
NUMBERS = ("in_hand", "open_overdue")


class _Line(QWidget):
    """One ledger: its name, what is in hand and overdue, and a star."""

    def __init__(self, page: LedgersPage, card: Card, kind: Kind, liked: bool) -> None:
        super().__init__(card)
        self.kind = kind
        size = theme.sizes()
        self.button = QPushButton(ledger_label(kind), self)
        self.button.setProperty("class", "link")
        self.button.setIconSize(size.icon)
        icons.set_icon(self.button, kind.icon.removeprefix("mdi6."), theme.MUTED)
        self.button.clicked.connect(lambda: page.open_kind(kind.name))
        self.star = QPushButton("★" if liked else "☆", self)
        self.star.setProperty("class", "link")
        self.star.setAccessibleName(f"{'取消收藏' if liked else '收藏'}{kind.label}")
        self.star.setToolTip("取消收藏" if liked else "收藏：排在“常用”里，标签也留着")
        self.star.clicked.connect(lambda: page.like(kind.name, not liked))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(size.gap)
        self._row.addWidget(self.button, 1)
        self._row.addWidget(self.star)
        self.said: dict[str, QLabel] = {}
        """By figure; many ledgers have none, and labels would hold up the page."""

    def say(self, in_hand: int, overdue: int) -> None:
        """The figures beside the name."""
        for name, word, count in zip(NUMBERS, ("在办", "逾期"), (in_hand, overdue), strict=True):
            if count and name not in self.said:
                self.said[name] = QLabel()
                self.said[name].setProperty("class", "problem" if name == NUMBERS[1] else "")
                at = 1 if name == NUMBERS[0] else self._row.count() - 1
                self._row.insertWidget(at, self.said[name])
            if name in self.said:
                self.said[name].setText(f"{word} {count}" if count else "")


class LedgersPage(AdminPage):
    """Cards of families in as many columns as there is room for."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, label_of(LEDGERS), "点一本打开；星号收藏的排在最前面。")
        size = theme.sizes()
        self.search = QLineEdit()
        self.search.setPlaceholderText("输入台账名称或拼音首字母，回车打开")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("查找台账")
        self.search.setMinimumWidth(size.chars(21))
        self.search.textChanged.connect(lambda _: self._lay())
        self.search.returnPressed.connect(self._open_first)
        self.head_buttons.addWidget(self.search)
        self._inside = QWidget()
        self._area = scrolled(self._inside, "全部台账")
        self.body.addWidget(self._area, 1)
        self.lines: list[_Line] = []
        self._numbers: dict[str, tuple[int, int]] = {}
        self._columns = 0
        self._laid: tuple[object, ...] = ()
        """What stands there: cards are made anew only for something else."""
        self._wait = pause(self, 300, self._read)
        self.starts_at(self.search)
        self.resize(window.stack.size())  # so many columns as there will be room for

    # ---- what the window asks of a page

    def parts(self) -> Iterator[object]:
        return self._laying()

    def shown(self) -> None:
        self._lay()
        self._read()
        self.search.setFocus()

    def refresh(self, change: Change | None) -> None:
        if self.isVisible():
            self._wait.start()

    def shown_numbers(self) -> list[ShownNumber]:
        return [
            ShownNumber(said.text(), name, {"ledgers": [line.kind.name]})
            for line in self.lines
            for name, said in line.said.items()
            if said.text()
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._room() != self._columns:
            self._lay()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go through the ledgers."""
        buttons = [line.button for line in self.lines]
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not buttons:
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        at = buttons.index(focused) + step if focused in buttons else 0
        buttons[at % len(buttons)].setFocus()

    # ---- what there is

    def open_kind(self, name: str) -> None:
        """Bring a ledger to the front."""
        self.window_.go(LEDGER + name)

    def like(self, name: str, on: bool) -> None:
        """Make a ledger a favourite, or no longer."""
        self.window_.used.like(LEDGER + name, on)
        self._lay()

    def _kinds(self) -> list[Kind]:
        """All that this person opens, those of other sections last."""
        kinds = [
            kind for kinds in self.session.kinds.families().values() for kind in kinds
            if self.session.opens(kind.name)
        ]
        return sorted(kinds, key=lambda kind: section_of(kind).id != LEDGERS)

    def _groups(self) -> list[tuple[str, list[Kind]]]:
        """Favourites and then the families, narrowed by what is typed."""
        typed, liked = self.search.text(), self.window_.used.favourites
        groups: dict[str, list[Kind]] = {FAVOURITES: []}
        for kind in self._kinds():
            if pinyin.matches(kind.label, typed):
                groups.setdefault(kind.family, []).append(kind)
                if LEDGER + kind.name in liked:
                    groups[FAVOURITES].append(kind)
        groups[FAVOURITES].sort(key=lambda kind: liked.index(LEDGER + kind.name))
        return [group for group in groups.items() if group[1]]

    def _open_first(self) -> None:
        if self.search.text().strip() and self.lines:
            self.open_kind(self.lines[0].kind.name)

    # ---- laying out

    def _room(self) -> int:
        return max(1, min(4, self.width() // theme.sizes().chars(COLUMN_CHARS)))

    def _lay(self) -> None:
        for _ in self._laying():
            pass

    def _laying(self) -> Iterator[object]:
        """Card by card: each goes to the column that is shortest so far."""
        self._columns, groups = self._room(), self._groups()
        wanted = (self._columns, groups, tuple(self.window_.used.favourites))
        if wanted == self._laid:
            return
        self._laid = wanted
        columns: list[list[tuple[str, list[Kind]]]] = [[] for _ in range(self._columns)]
        heights = [0] * self._columns
        for group in groups:
            at = heights.index(min(heights))
            columns[at].append(group)
            heights[at] += len(group[1]) + 2
        self._inside = inside = QWidget()
        self._area.setWidget(inside)
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.sizes().gap)
        lines: dict[str, list[_Line]] = {}
        for held in columns:  # one after the other, as Tab goes
            column = QVBoxLayout()
            column.setSpacing(theme.sizes().gap)
            row.addLayout(column, 1)
            for name, kinds in held:
                card, lines[name] = self._card(name, kinds, inside)
                column.addWidget(card)
                card.sizeHint()  # has it styled
                yield name
                if self._inside is not inside:
                    return  # it was laid out anew meanwhile
            column.addStretch(1)
        self.lines = [line for name, _ in groups for line in lines[name]]
        if not groups:
            row.insertWidget(0, label(NONE, "muted"))
        self._say_numbers()
        inside.show()

    def _card(
        self, name: str, kinds: Sequence[Kind], inside: QWidget
    ) -> tuple[Card, list[_Line]]:
        card, liked = Card(name, parent=inside), self.window_.used.favourites
        card.box.setSpacing(0)
        lines = [_Line(self, card, kind, LEDGER + kind.name in liked) for kind in kinds]
        for line in lines:
            card.add(line)
        return card, lines

    # ---- numbers

    def _read(self) -> None:
        session = self.session

        def read(job: Job) -> dict[str, tuple[int, int]]:
            names = [kind.name for kind in overview.ledgers_of(session)]
            try:
                groups = metrics.table(session, NUMBERS, "ledger", ledgers=names)
            except ZhengxianError:
                return {}  # an office that removed a declared figure still gets its ledgers
            return {
                str(group.key): (
                    int(group.numbers[NUMBERS[0]].value or 0),
                    int(group.numbers[NUMBERS[1]].value or 0),
                )
                for group in groups
            }

        self.jobs.read(
            read, self._take, failed=self.window_.error, owner=self, key="ledgers", order=LATER
        )

    def _take(self, numbers: dict[str, tuple[int, int]]) -> None:
        self._numbers = numbers
        self._say_numbers()

    def _say_numbers(self) -> None:
        for line in self.lines:
            line.say(*self._numbers.get(line.kind.name, (0, 0)))
