"""Choose a figure: from a list that is searched by words and pinyin, with its value beside each;
conditions and 万 or 亿 by a click. Nobody sees how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from db.metrics.metrics import Scope
from db.model import pinyin
from db.session import Session
from desktop.bulletin.issue import figure_choices
from desktop.bulletin.issue.figure_choices import Offered
from desktop.ui.kit import icons, theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import label
from desktop.ui.lists.short_list import Line, ListColumn, ShortList

COUNTING = "…"


class FigurePicker(Dialog):
    """``chosen`` is the figure's name with its conditions, and whether it is a share."""

    def __init__(
        self, parent: QWidget, session: Session, jobs: Jobs, found: Sequence[Offered],
        scope: Scope | None = None,
    ) -> None:
        super().__init__(parent, "插入数字", "插入")
        self._session, self._jobs, self._scope = session, jobs, scope or Scope()
        self._values: dict[str, str] = {}
        self._offered = list(found)
        self._held: dict[str, str] = {}
        self._shown = ""
        size, period = theme.sizes(), self._scope.period
        self.entry = QLineEdit()
        self.entry.setPlaceholderText("名称、类别或拼音首字母")
        self.entry.setAccessibleName("查找数字")
        self.entry.setClearButtonEnabled(True)
        self.entry.textChanged.connect(lambda _: self._fill())
        self.add(self.entry)
        self.list = ShortList("数字", [
            ListColumn("数字", 15, stretch=True), ListColumn("类别", 6, "muted"),
            ListColumn(period.label if period is not None else "现在", 9, "number", keep=True),
        ])  # fmt: skip
        self.list.when_empty("没有找到", "换一个词，或用拼音首字母。")
        self.list.opened.connect(self.accept)
        self.list.chosen.connect(lambda _: self._other())
        self.add(self.list, 1)
        self.formula = label("", "muted")
        self.add(self.formula)
        self.notice = label("")
        self._narrowing = self._build_narrowing()
        self.add(self._narrowing)
        self.add(self.notice)
        self.setMinimumSize(size.chars(40), size.row * 15)
        self.entry.setFocus()
        self._fill()
        names = [each.name for each in found]
        jobs.read(
            lambda job: figure_choices.values(session, names, self._scope), self._take_values,
            failed=self._failed, owner=self, key="picker-values",
        )

    def _build_narrowing(self) -> QWidget:
        holder, size = QWidget(), theme.sizes()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.gap)
        self.more = QPushButton("加条件…")
        self.more.setToolTip("只数其中一部分")
        self.more.setAutoDefault(False)
        menu = QMenu(self.more)
        menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(menu)
        self.scale = QComboBox()
        self.scale.setAccessibleName("以多大的单位计")
        scales = ((f"以{scale}计", scale) for scale in figure_choices.SCALES)
        for text, value in (("原数", ""), *scales):
            self.scale.addItem(text, value)
        self.scale.activated.connect(lambda _: self._count_chosen())
        chips = QWidget()
        self._chips = Flow(chips, size.gap)
        row.addWidget(self.more)
        row.addWidget(self.scale)
        row.addWidget(chips, 1)
        return holder

    # ---- the list

    def _take_values(self, values: dict[str, str]) -> None:
        self._values |= values
        self._fill()
        self._tell()

    def _failed(self, error: Exception) -> None:
        self.notice.setText(str(error))

    def _fill(self) -> None:
        typed = self.entry.text().strip()
        self.list.fill([
            Line(each.name, (each.label, each.family, self._values.get(each.name, COUNTING)), each)
            for each in self._offered
            if not typed or typed in each.label or typed in each.family
            or pinyin.matches(each.label, typed.lower())
        ])  # fmt: skip
        self.ok.setEnabled(self.list.line() is not None)

    # ---- conditions

    @property
    def _figure(self) -> Offered | None:
        line = self.list.line()
        found: Offered | None = line.data if line is not None else None
        return found

    def _other(self) -> None:
        """Another figure under the cursor: conditions are of one figure."""
        figure = self._figure
        self.ok.setEnabled(figure is not None)
        if figure is not None and figure.name == self._shown:
            return  # the list was filled anew
        self._shown = figure.name if figure is not None else ""
        self.formula.setText(figure.help if figure is not None else "")
        self.scale.setEnabled(figure is not None and not figure.share)
        self._held = {}
        self.scale.setCurrentIndex(0)
        self._show_chips()
        self._tell()

    def _fill_menu(self) -> None:
        menu = self.more.menu()
        menu.clear()
        found = figure_choices.conditions(self._session, self._figure.name) if self._figure else []
        for each in found:
            below = menu.addMenu(each.label)
            for value, text in each.options:
                below.addAction(text, partial(self.narrow, each.field, value))
        if not found:
            menu.addAction("这个数字没有可以选的条件").setEnabled(False)

    def narrow(self, field: str, value: str) -> None:
        """Count only what has this value in a field; "" takes the condition away."""
        self._held.pop(field, None)
        if value:
            self._held[field] = value
        self._show_chips()
        self._count_chosen()

    def _show_chips(self) -> None:
        self._chips.clear()
        for field, value in self._held.items():
            chip = QPushButton(value)
            chip.setProperty("class", "chip")
            chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            chip.setToolTip("去掉这个条件")
            chip.setAutoDefault(False)
            icons.set_icon(chip, "close", theme.ACCENT)
            chip.clicked.connect(partial(self.narrow, field, ""))
            self._chips.addWidget(chip)

    def _count_chosen(self) -> None:
        """The value of the figure as it is narrowed now."""
        chosen = self.chosen
        if chosen is None:
            return
        session, scope, name = self._session, self._scope, chosen[0]
        self._tell()
        self._jobs.read(
            lambda job: figure_choices.values(session, [name], scope), self._take_values,
            failed=self._failed, owner=self, key="picker-chosen",
        )

    def _tell(self) -> None:
        figure, chosen = self._figure, self.chosen
        if figure is None or chosen is None:
            self.notice.setText("")
            return
        said = figure.label + (f"（{'，'.join(self._held.values())}）" if self._held else "")
        self.notice.setText(f"{said}　{self._values.get(chosen[0], COUNTING)}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            row = self.list.currentIndex().row() + (1 if event.key() == Qt.Key.Key_Down else -1)
            self.list.selectRow(min(max(row, 0), len(self.list.lines) - 1))
            return
        super().keyPressEvent(event)

    @property
    def chosen(self) -> tuple[str, bool] | None:
        """Name of the chosen figure, narrowed as told, and whether it is a share."""
        figure = self._figure
        if figure is None:
            return None
        scale = str(self.scale.currentData() or "")
        return figure_choices.narrowed_by(figure.name, self._held, scale), figure.share


def ask_figure(parent: QWidget, session: Session, jobs: Jobs) -> tuple[str, bool] | None:
    """Find a figure and choose it; None when the person leaves."""
    found = figure_choices.offered(session)
    dialog = FigurePicker(parent, session, jobs, found)
    accepted = dialog.exec() == Dialog.DialogCode.Accepted
    chosen = dialog.chosen
    dialog.deleteLater()
    return chosen if accepted else None
