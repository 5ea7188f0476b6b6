"""The bar over a list: a word, the usual criteria as buttons, the rest behind one more; what is set
shows as chips."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from db.model.condition_words import ROWS
from db.model.query import Query, Where
from db.session import Session
from desktop.ui.kit import icons, theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.hint_line import HintedLine
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import ask_text
from desktop.ui.kit.page_parts import in_order
from desktop.ui.kit.shown_list import OPEN_BOOK
from desktop.ui.lists import filters
from desktop.ui.lists.columns import STATE
from desktop.ui.lists.filter_popups import POPUPS
from desktop.ui.lists.filters import Condition, Criterion

OPEN_ONLY = "open_only"
UP_FRONT = 4
"""Criteria shown as buttons of their own; the others stand in a menu."""


class Views(Protocol):
    """Where it is kept how a person arranged a list (`desktop.settings.Settings`)."""

    def view(self, name: str) -> dict[str, object]: ...
    def set_view(self, name: str, arranged: dict[str, object]) -> None: ...


class FilterBar(QWidget):
    """Narrows one list. `changed` tells that `query()` is another one now."""

    changed = Signal()
    entered = Signal(bool)
    """Enter in the entry: on to the list; whether its rows are still to come."""

    def __init__(self, session: Session, jobs: Jobs, settings: Views, kind_name: str) -> None:
        super().__init__()
        self._session, self._jobs, self._settings = session, jobs, settings
        self.kind = session.kinds.get(kind_name)
        self._view_name = f"list.{kind_name}"
        self._criteria = {c.key: c for c in filters.criteria(self.kind, session.kinds)}
        self._held: dict[str, Condition] = {}
        cycle = session.kinds.lifecycle_of(self.kind)
        over = {*cycle.names(closed=True), *cycle.names(void=True)} if cycle is not None else set()
        self._idle = tuple(s.name for s in cycle.states if s.paused) if cycle is not None else ()
        self._open_states = [s.name for s in cycle.states if s.name not in over] if cycle else []
        self._build()
        self._forget_words()
        held = settings.view(self._view_name).get("filter", {})
        if isinstance(held, dict):
            self.entry.setText(str(held.get("search", "")))
            self._hold(filters.from_plain(held.get("where"), self.kind))
        self._show_chips()

    def _build(self) -> None:
        size = theme.sizes()
        self.entry = HintedLine(
            (f"筛选{self.kind.label}（Ctrl+Shift+F）", f"筛选{self.kind.label}", "筛选")
        )
        self.entry.setClearButtonEnabled(True)
        self.entry.setMinimumWidth(size.chars(9))
        self.entry.setMaximumWidth(size.chars(20))
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(250)
        self._wait.timeout.connect(self._tell)
        self.entry.textChanged.connect(lambda _: self._wait.start())
        self.entry.returnPressed.connect(self._enter)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(self.entry, 2)
        self.open_only = QPushButton("未办结")
        self.open_only.setProperty("class", "choice")
        self.open_only.setCheckable(True)
        self.open_only.setToolTip("只看还没有办结的；再点一下看全部")
        self.open_only.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        ends = self.kind.lights is not None and bool(self._open_states)
        if not ends:
            self.open_only.hide()  # never shown by hand: not in the window yet, it would be one
        self._ends = ends
        self.open_only.setChecked(self._habit)
        self.open_only.clicked.connect(self._toggle_open)
        row.addWidget(self.open_only)
        front = [c for c in self._criteria.values()][:UP_FRONT]
        for criterion in front:
            button = _button(criterion.label, "chevron-down")
            button.clicked.connect(lambda _=False, c=criterion, b=button: self._ask(c, b))
            self._buttons[criterion.key] = button
            row.addWidget(button)
        self._more = _button("更多条件", "filter-plus-outline", left=True)
        self._more.clicked.connect(self._show_more)
        row.addWidget(self._more)
        self._saved = _button("常用筛选", "bookmark-outline", left=True)
        self._saved.clicked.connect(self._show_saved)
        row.addWidget(self._saved)
        row.addStretch(1)
        self.export = _button("导出清单", "microsoft-excel", left=True)
        self.export.setToolTip("看到什么就导出什么：现在的行、列和次序（Ctrl+Shift+E）")
        if not self._session.may("export"):
            self.export.hide()
        row.addWidget(self.export)
        self.columns = _button("列", "view-column-outline", left=True)
        self.columns.setToolTip("选择显示哪些列")
        row.addWidget(self.columns)
        self.count = QLabel()
        self.count.setProperty("class", "muted")
        row.addWidget(self.count)
        self._chips = QWidget()
        self._flow = Flow(self._chips, size.gap)
        self.setMinimumWidth(size.chars(40))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(size.gap)
        box.addLayout(row)
        box.addWidget(self._chips)

    # ---- what is asked

    def query(self) -> Query:
        """The query of what is set, the most urgent first; what is suspended is not urgent."""
        due = self.kind.lights.deadline if self.kind.lights is not None else None
        sort = ((due, False),) if due is not None else ()
        still_open = self.open_only.isChecked()
        states = (Where(STATE, "in", self._open_states),) if still_open else ()
        return Query(
            kind=self.kind.name, where=(*self._wheres, *states), sort=sort,
            search=self.entry.text().strip(), last=self._idle if still_open else (),
        )

    @property
    def _wheres(self) -> tuple[Where, ...]:
        return tuple(where for condition in self._held.values() for where in condition.wheres)

    @property
    def narrowed(self) -> bool:
        return bool(self._held or self.entry.text().strip() or self.open_only.isChecked())

    @property
    def only_open(self) -> bool:
        """Whether nothing else narrows the list."""
        words = self.entry.text().strip()
        return self.open_only.isChecked() and not self._held and not words

    def _toggle_open(self, on: bool) -> None:
        """Kept for this ledger: what a person wants to see of it by itself."""
        view = self._settings.view(self._view_name)
        self._settings.set_view(self._view_name, {**view, OPEN_ONLY: on})
        self.changed.emit()

    @property
    def _habit(self) -> bool:
        """Whether this person sees by itself what is open, and no more."""
        return self._ends and self._settings.view(self._view_name).get(OPEN_ONLY, True) is not False

    def set(
        self, wheres: tuple[Where, ...], search: str = "", *, lasting: bool = True,
        still_open: bool = False,
    ) -> None:
        """Narrow by exactly these, closed ones among them; what was asked for elsewhere is no
        habit."""
        self._held = {}
        self.open_only.setChecked(still_open)
        self._hold(wheres)
        self.entry.blockSignals(True)
        self.entry.setText(search)
        self.entry.blockSignals(False)
        self._tell(lasting=lasting)

    def buttons(self) -> list[QWidget]:
        """The criteria, from left to right, then those that are set."""
        return [
            self.open_only, *self._buttons.values(), self._more, self._saved, self.columns,
            *self._set,
        ]

    def start(self, text: str) -> None:
        """Letters typed over the list."""
        self.entry.setFocus()
        self.entry.setText(text)

    def _enter(self) -> None:
        coming = self._wait.isActive()
        if coming:
            self._tell()
        self.entered.emit(coming)

    def words(self) -> str:
        """What the list is narrowed by, as people read it."""
        parts = ["未办结"] if self.open_only.isChecked() else []
        parts += [condition.text for condition in self._held.values()]
        search = self.entry.text().strip()
        return "；".join([*parts, f"含“{search}”"] if search else parts)

    def clear(self) -> None:
        """Back to what this person sees by itself; from there, to everything."""
        self.set((), still_open=self._habit and not self.only_open)

    def say_count(self, count: int, selected: int = 0) -> None:
        """How many rows the list shows, and how many are selected."""
        chosen = f"　选中 {selected:,}" if selected > 1 else ""
        self.count.setText(f"共 {count:,} 条{chosen}")

    def _hold(self, wheres: tuple[Where, ...]) -> None:
        self._held.update(filters.conditions(wheres, self.kind, self._session))

    def _decided(self, key: str, wheres: tuple[Where, ...]) -> None:
        self._held.pop(key, None)
        if wheres:
            self._hold(wheres)
        self._tell()

    def _tell(self, *, lasting: bool = True) -> None:
        self._wait.stop()
        self._show_chips()
        if not lasting:
            self.changed.emit()
            return
        view = self._settings.view(self._view_name)
        # rows picked out are a look, not a habit
        held = [where for where in self._wheres if where.field != ROWS]
        kept = self._kept(held, self.entry.text().strip())
        self._settings.set_view(self._view_name, {**view, "filter": kept})
        self.changed.emit()

    def _kept(self, wheres: Sequence[Where], search: str) -> dict[str, object]:
        """What may lie in the file of this person's views, which is not encrypted."""
        lying = [where for where in wheres if filters.may_lie_open(where, self.kind)]
        return {
            "where": filters.to_plain(lying, self.kind),
            "search": search if self.kind.book == OPEN_BOOK else "",
        }

    def _lies_open(self, held: object) -> bool:
        """Whether a filter holds nothing that may not lie there."""
        if not isinstance(held, dict):
            return False
        wheres, search = filters.from_plain(held.get("where"), self.kind), str(
            held.get("search", "")
        )
        return self._kept(wheres, search) == {
            "where": filters.to_plain(wheres, self.kind), "search": search,
        }

    def _forget_words(self) -> None:
        """Take out of the file what an earlier edition of the program left there of a book with a
        key of its own."""
        view = self._settings.view(self._view_name)
        saved = {
            name: held for name, held in self._saved_filters().items() if self._lies_open(held)
        }
        fine = {**view, **({"saved": saved} if "saved" in view else {})}
        if "filter" in view and not self._lies_open(view["filter"]):
            fine.pop("filter")
        self._settings.set_view(self._view_name, fine) if fine != view else None

    # ---- asking

    def _ask(self, criterion: Criterion, under: QWidget) -> None:
        held = self._held[criterion.key].wheres if criterion.key in self._held else ()
        popup = POPUPS[criterion.look](criterion, self._session, self._jobs, self.kind, held, self)
        popup.decided.connect(self._decided)
        popup.pop(under)

    def _show_more(self) -> None:
        menu = QMenu(self)
        for criterion in self._criteria.values():
            if criterion.key in self._buttons and not self._buttons[criterion.key].isHidden():
                continue
            action = menu.addAction(criterion.label)
            action.setCheckable(criterion.key in self._held)
            action.setChecked(criterion.key in self._held)
            action.triggered.connect(lambda _=False, c=criterion: self._ask(c, self._more))
        menu.exec(self._more.mapToGlobal(self._more.rect().bottomLeft()))
        menu.deleteLater()

    def _saved_filters(self) -> dict[str, object]:
        held = self._settings.view(self._view_name).get("saved", {})
        return dict(held) if isinstance(held, dict) else {}

    def _show_saved(self) -> None:
        menu, saved = QMenu(self), self._saved_filters()
        for name in saved:
            menu.addAction(name, partial(self.apply_saved, name))
        if saved:
            menu.addSeparator()
            forget = menu.addMenu("删除常用筛选")
            for name in saved:
                forget.addAction(name, partial(self._forget, name))
        save = menu.addAction("把当前条件存为常用…", self._save)
        search = self.entry.text().strip()
        narrowed = bool(self._held or search)
        save.setEnabled(
            narrowed
            and self._lies_open(
                {"where": filters.to_plain(self._wheres, self.kind), "search": search}
            )
        )
        if narrowed and not save.isEnabled():
            menu.addAction("有姓名、日期等内容的条件不能存：存的文件不加密").setEnabled(False)
        if not narrowed and not saved:
            menu.addAction("先设好条件，再存起来").setEnabled(False)
        menu.exec(self._saved.mapToGlobal(self._saved.rect().bottomLeft()))
        menu.deleteLater()

    def _save(self) -> None:
        proposed = (
            "、".join(c.text.split("：")[-1] for c in self._held.values())
            or self.entry.text().strip()
        )
        name = ask_text(
            self, "存为常用筛选", "给这组条件起个名字，以后一点就用：", "保存", text=proposed[:20]
        )
        if name:
            self.save_as(name)

    def save_as(self, name: str) -> None:
        """Keep the conditions as they stand under a name."""
        view = self._settings.view(self._view_name)
        kept = self._kept(self._wheres, self.entry.text().strip())
        self._settings.set_view(
            self._view_name, {**view, "saved": {**self._saved_filters(), name: kept}}
        )

    def apply_saved(self, name: str) -> None:
        """Narrow by what was kept under a name."""
        held = self._saved_filters().get(name)
        if isinstance(held, dict):
            self.set(filters.from_plain(held.get("where"), self.kind), str(held.get("search", "")))

    def _forget(self, name: str) -> None:
        view, saved = self._settings.view(self._view_name), self._saved_filters()
        saved.pop(name, None)
        self._settings.set_view(self._view_name, {**view, "saved": saved})

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many criteria as buttons as there is room for; the others wait behind 更多条件."""
        super().resizeEvent(event)
        gap = theme.sizes().gap
        fixed = (
            self.open_only, self._more, self._saved, self.export, self.columns, self.count,
        )
        room = (
            self.width()
            - (0 if self.entry.isHidden() else self.entry.minimumWidth())
            - sum(w.sizeHint().width() + gap for w in fixed if not w.isHidden())
            - gap * 2
        )
        for button in self._buttons.values():
            room -= button.sizeHint().width() + gap
            button.setVisible(room >= 0)

    # ---- what is set

    def _show_chips(self) -> None:
        self._flow.clear()
        self._set: list[QWidget] = []
        for condition in self._held.values():
            chip = QPushButton(condition.text)
            chip.setProperty("class", "chip")
            chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            chip.setToolTip("去掉这个条件")
            icons.set_icon(chip, "close", theme.ACCENT)
            chip.clicked.connect(lambda _=False, key=condition.key: self._decided(key, ()))
            self._flow.addWidget(chip)
            self._set.append(chip)
        if self._held:
            clear = QPushButton("全部清除")
            clear.setProperty("class", "link")
            clear.clicked.connect(self.clear)
            self._flow.addWidget(clear)
            self._set.append(clear)
        in_order(self.columns, *self._set)  # made late, they would stand at the end
        self._chips.setVisible(bool(self._held))
        for key, button in self._buttons.items():
            button.setProperty("on", key in self._held)
            button.style().unpolish(button)
            button.style().polish(button)


def _button(label: str, icon: str, left: bool = False) -> QPushButton:
    button = QPushButton(label)
    button.setProperty("class", "boxed")
    button.setIconSize(theme.sizes().icon)
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if not left:
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    icons.set_icon(button, icon)
    return button
