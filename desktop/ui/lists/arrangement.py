"""How a person has the columns of a list: which, where, how wide, in one line or two, sorted by
what; as declared until changed, then as they were left."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStyle, QTableView

from db.model.declarations import Kind
from db.model.lights import label as label_of
from db.model.lights import tones
from desktop.settings import Settings
from desktop.ui.kit import theme
from desktop.ui.lists.columns import LIGHT, STATE, Column
from desktop.ui.lists.record_cells import Cells, row_height
from desktop.ui.lists.rows_model import RowsModel

LEAST_TITLE, TWO_LINE_TITLE, FAIR_TITLE, MOST_TITLE, LEAST_UNIT, LEAST_DAY = (
    6.5, 10, 16, 24, 4.0, 5.4
)
"""Characters of the title in a narrow list, where the other columns begin to give way to it, in one
that shows the state too, and at most; of the unit and a day in a narrow one."""
WITHOUT_LIGHT = 3
"""Columns at most that a list without lights is read for: its title, whose it is, how it stands,
and what comes next."""
SAMPLE, MANY_CUT, FEW_CUT = 60, 0.25, 0.1
"""Of so many titles this share must be cut short for rows of two lines to read better, and fewer
than this for one line to do again."""
SLACK = 2
"""Characters by which a further title may be longer than those seen first."""
TWO_LINES = "two_lines"
USUAL_NUMBER = "9999"
"""Room for the numbers of the rows before they are counted."""


class Arrangement(QObject):
    """Of one list's columns. ``begin`` once the list has its rows."""

    resorted = Signal()
    """The person chose another order."""
    forgotten = Signal()
    """All is as declared again."""

    def __init__(
        self, table: QTableView, cells: Cells, kind: Kind, columns: tuple[Column, ...],
        settings: Settings,
    ) -> None:
        super().__init__(table)
        self._table, self._cells, self._kind, self._settings = table, cells, kind, settings
        self.columns, self._view_name = columns, f"list.{kind.name}"
        arranged = settings.view(self._view_name)
        self.sort = self._known_sort(arranged.get("sort"))
        chosen = arranged.get(TWO_LINES)
        self._two_lines_chosen = chosen if isinstance(chosen, bool) else None
        #: nobody drew the columns otherwise; and it is the program that draws them now
        self._fits = self._fitting = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(400)
        self._settle.timeout.connect(self.remember)
        self._begun = self._seen = False

    def begin(self, rows: RowsModel) -> None:
        """As this person left it; what is drawn from now on is theirs."""
        self._rows, header = rows, self._table.horizontalHeader()
        self._arrange(self._settings.view(self._view_name))
        header.sectionResized.connect(lambda *_: self._drawn())
        header.sectionMoved.connect(lambda *_: self._drawn())
        header.sectionClicked.connect(self._sort_clicked)
        header.customContextMenuRequested.connect(lambda at: self.choose(header.mapToGlobal(at)))
        self._begun = True

    def _arrange(self, arranged: dict[str, object]) -> None:
        """Widths, order and choice of columns as this person left them; new fields of a kind come
        last."""
        size, header = theme.sizes(), self._table.horizontalHeader()
        kept = arranged.get("columns")
        self._fits = not isinstance(kept, list)
        kept = (
            {c["key"]: c for c in kept if isinstance(c, dict) and "key" in c}
            if isinstance(kept, list)
            else {}
        )
        for place, column in enumerate(self.columns):
            held = kept.get(column.key, {})
            chars = held.get("chars")
            wide = chars if isinstance(chars, (int, float)) and 1 < chars < 200 else column.chars
            header.resizeSection(place, size.chars(wide) + size.gap * 2)
            header.setSectionHidden(place, not held.get("shown", column.shown))
        order = [key for key in kept if any(c.key == key for c in self.columns)]
        for target, key in enumerate(order):
            place = next(i for i, c in enumerate(self.columns) if c.key == key)
            header.moveSection(header.visualIndex(place), target)
        self._show_sort()
        self.fit()

    def fit(self) -> None:
        """As long as nobody drew the columns otherwise: what a list is read for (the title, whose
        it is, when it is due, its light) has room, and the title takes what is left."""
        if not (self._fits and self._begun):
            return
        size, header = theme.sizes(), self._table.horizontalHeader()
        beside = self._beside()
        gaps = size.gap * 2 / max(1, size.char)
        room = self._table.viewport().width() / max(1, size.char) - (len(beside) + 1) * gaps
        state = next((c.chars for c in self.columns if c.key == STATE and c.shown), 0.0) + gaps
        if room - sum(wide for _, wide, _ in beside) > FAIR_TITLE + state:
            room -= state
        asked = sum(wide for _, wide, _ in beside)
        spare = asked - sum(least for *_, least in beside)
        short = TWO_LINE_TITLE + asked - room
        give = min(1.0, max(0.0, short / spare)) if spare else 0.0
        self._fitting = True
        for place, wide, least in beside:
            taken = wide - (wide - least) * give
            room -= taken
            header.resizeSection(place, size.chars(taken) + size.gap * 2)
        title = min(max(room, LEAST_TITLE), max(self.columns[0].chars, MOST_TITLE))
        header.resizeSection(0, self._given_way(size.chars(title) + size.gap * 2))
        self._fitting = False
        self.choose_lines()

    def _given_way(self, title: int) -> int:
        """The width of the title where it leaves its room to columns that are cut else, as far as
        the titles at hand do without."""
        longest = max(map(self._title_width, self._rows.titles(SAMPLE)), default=title)
        header, room = self._table.horizontalHeader(), self._table.viewport().width()
        others = sum(header.sectionSize(place) for place in range(1, header.count()))
        return min(title, max(longest + theme.sizes().chars(SLACK), room - others))

    def _title_width(self, text: str) -> int:
        """What a title takes in one line, in pixels."""
        metrics = self._table.fontMetrics()
        return metrics.horizontalAdvance(text) + 2 * max(4, round(metrics.height() * 0.4))

    def rows_came(self) -> None:
        """The first rows tell how long titles are; others later move no column."""
        if not self._seen:
            self._seen = bool(self._rows.titles(1))
            self.fit()
        self.choose_lines()

    @property
    def two_lines(self) -> bool:
        """Whether a long title goes on in a second line."""
        return self._cells.two_lines

    def choose_lines(self) -> None:
        """Two lines where the person wants them, or where many titles would be cut short."""
        wanted = self._two_lines_chosen
        if wanted is None:
            titles = self._rows.titles(SAMPLE)
            if not titles:
                return
            room = self._table.columnWidth(0)
            cut = sum(self._title_width(each) > room for each in titles) / len(titles)
            wanted = cut >= MANY_CUT or (self.two_lines and cut >= FEW_CUT)
        if wanted != self.two_lines:
            self._cells.two_lines = wanted
            self._table.verticalHeader().setDefaultSectionSize(row_height(wanted))
            self._table.scrollTo(self._table.currentIndex())

    def set_two_lines(self, wanted: bool) -> None:
        """As this person wants it in this ledger, however wide the list is."""
        self._two_lines_chosen = wanted
        self.choose_lines()
        self.remember()

    def least_width(self) -> int:
        """What the list needs to be read, in pixels."""
        size, beside = theme.sizes(), self._beside()
        chars = LEAST_TITLE + sum(least for *_, least in beside)
        numbers = self._table.fontMetrics().horizontalAdvance(USUAL_NUMBER) + size.gap * 2
        scroll = self._table.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        edges = max(self._table.verticalHeader().sizeHint().width(), numbers) + scroll + size.gap
        return size.chars(chars) + (len(beside) + 1) * size.gap * 2 + edges

    def _beside(self) -> list[tuple[int, float, float]]:
        """The columns beside the title that a list is read for: where they stand, their width and
        the least they do with, in characters."""
        lights = self._kind.lights
        due = lights.deadline if lights is not None else None
        longest = max((len(label_of(self._kind, t)) for t in tones(self._kind)), default=2)
        least = {self._kind.unit: LEAST_UNIT, due: LEAST_DAY, LIGHT: longest + 1.5}
        other = LEAST_UNIT if lights is None else None
        return [
            (place, column.chars, min(column.chars, least.get(column.key, other or column.chars)))
            for place, column in enumerate(self.columns[: self._key_columns()])
            if place and column.shown
        ]

    def _key_columns(self) -> int:
        """How many columns from the left a list is read for."""
        keys = [column.key for column in self.columns]
        if LIGHT in keys:
            return keys.index(LIGHT) + 1
        return min(WITHOUT_LIGHT, 2 + sum(key in (self._kind.unit, STATE) for key in keys))

    def _drawn(self) -> None:
        """A person drew a column wider or elsewhere: from now on it stays as they leave it."""
        if not self._fitting:
            self._fits = False
            self._settle.start()

    def remember(self) -> None:
        size, header = theme.sizes(), self._table.horizontalHeader()
        columns = []
        for visual in range(len(self.columns)):
            place = header.logicalIndex(visual)
            hidden = header.isSectionHidden(place)
            column = self.columns[place]
            width = header.sectionSize(place) or size.chars(column.chars)
            chars = column.chars if hidden else round((width - size.gap * 2) / size.char, 1)
            columns.append({"key": column.key, "chars": chars, "shown": not hidden})
        view = self._settings.view(self._view_name)
        drawn: dict[str, object] = {} if self._fits else {"columns": columns}
        if self._two_lines_chosen is not None:
            drawn[TWO_LINES] = self._two_lines_chosen
        self._settings.set_view(
            self._view_name, {**view, **drawn, "sort": [list(s) for s in self.sort]}
        )

    def forget(self) -> None:
        """Back to the columns as declared."""
        view = self._settings.view(self._view_name)
        for kept in ("columns", "sort", TWO_LINES):
            view.pop(kept, None)
        self._two_lines_chosen = None
        self._settings.set_view(self._view_name, view)
        header = self._table.horizontalHeader()
        self._fitting = True  # this is nobody's drawing, and is not remembered as such
        for place in range(len(self.columns)):
            header.moveSection(header.visualIndex(place), place)
        self.sort = ()
        self._arrange({})
        self._fitting = False
        self._settle.stop()
        self.forgotten.emit()

    def choose(self, at: QPoint) -> None:
        """The menu of columns: tick what to see."""
        header, menu = self._table.horizontalHeader(), QMenu(self._table)
        for place, column in enumerate(self.columns):
            action = menu.addAction(column.label)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(place))
            action.setEnabled(place != 0)
            action.toggled.connect(lambda on, place=place: self._show_column(place, on))
        menu.addSeparator()
        lines = menu.addAction("长标题分两行显示")
        lines.setCheckable(True)
        lines.setChecked(self.two_lines)
        lines.toggled.connect(self.set_two_lines)
        menu.addAction("恢复默认列", self.forget)
        menu.exec(at)
        menu.deleteLater()

    def _show_column(self, place: int, on: bool) -> None:
        self._table.horizontalHeader().setSectionHidden(place, not on)
        self._drawn()

    def shown(self) -> list[Column]:
        """The columns to be seen, from left to right."""
        header = self._table.horizontalHeader()
        places = [header.logicalIndex(visual) for visual in range(len(self.columns))]
        return [self.columns[place] for place in places if not header.isSectionHidden(place)]

    def _known_sort(self, held: object) -> tuple[tuple[str, bool], ...]:
        keys = {column.key for column in self.columns}
        if not isinstance(held, list):
            return ()
        return tuple(
            (s[0], bool(s[1])) for s in held if isinstance(s, list) and len(s) == 2 and s[0] in keys
        )

    def _sort_clicked(self, place: int) -> None:
        key = self.columns[place].key
        now = self.sort[0] if self.sort else None
        if now is None or now[0] != key:
            self.sort = ((key, False),)
        elif not now[1]:
            self.sort = ((key, True),)
        else:
            self.sort = ()
        self._show_sort()
        self.resorted.emit()
        self._settle.start()

    def _show_sort(self) -> None:
        header = self._table.horizontalHeader()
        place = next(
            (i for i, c in enumerate(self.columns) if self.sort and c.key == self.sort[0][0]), -1
        )
        down = bool(self.sort and self.sort[0][1])
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(place, order)
