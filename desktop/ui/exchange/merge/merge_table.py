"""The lines of an import as a coloured table: old and new side by side, what was decided; the
keyboard all the way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QObject,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.ui.exchange.merge.lines import (
    ASKING,
    CHOOSABLE,
    GROUPS,
    LEAVE,
    TAKE,
    WAIT,
    Line,
    Lines,
)
from desktop.ui.exchange.merge.many_files import ManyLines
from desktop.ui.kit import theme
from desktop.ui.kit.cell_painting import LEFT, paint_chip
from desktop.ui.kit.table_look import NOWHERE, Index, choose_row, style_table

DECISION, GROUP, TITLE, FIELD, MINE, THEIRS, WHERE, FILE = range(8)
HEADS = ("决定", "类别", "事项", "栏目", "我方现在", "对方交来", "位置", "来自")
CHARS = (4.0, 5.6, 10.5, 6.2, 10.0, 12.0, 3.9, 6.5)
WORD_TONES = {
    "采用": "green", "不采用": "grey", "待定": "orange", "用对方": "blue", "用我方": "purple",
    "都留": "green",
}


class LinesModel(QAbstractTableModel):
    """The lines of the groups that are shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: Lines | ManyLines | None = None
        self.shown: list[Line] = []
        #: what was asked for last, and how many lines there were then
        self._asked: tuple[frozenset[str], str] = (frozenset(), "")
        self._looked_at = 0

    def show(self, lines: Lines | ManyLines, groups: frozenset[str], search: str = "") -> None:
        """Show the lines of these groups (of all when there are none named) that hold the text."""
        self.beginResetModel()
        self.lines, self._asked = lines, (groups, search.strip().lower())
        self.shown = self._wanted(lines.all)
        self._looked_at = len(lines.all)
        self.endResetModel()

    def goes_on(self, lines: Lines | ManyLines, groups: frozenset[str], search: str = "") -> bool:
        """Take up what came behind the lines that are shown, where that is all there is to do: a
        folder's files are read one by one, and what is in front of a person stays as it is."""
        if lines is not self.lines or self._asked != (groups, search.strip().lower()):
            return False
        further = self._wanted(lines.all[self._looked_at :])
        if not self.shown or not further:
            return False
        self._looked_at = len(lines.all)
        self.beginInsertRows(NOWHERE, len(self.shown), len(self.shown) + len(further) - 1)
        self.shown += further
        self.endInsertRows()
        return True

    def _wanted(self, lines: Sequence[Line]) -> list[Line]:
        groups, needle = self._asked
        return [
            line for line in lines
            if (line.group in groups if groups else line.group != "each")
            and (not needle or needle in _haystack(line))
        ]

    def tell_changed(self) -> None:
        """Decisions changed: paint anew."""
        if self.shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.shown) - 1, len(HEADS) - 1))

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(HEADS)

    def text(self, line: Line, column: int) -> str:
        assert self.lines is not None
        if column == DECISION:
            return self.lines.word(line)
        if column == GROUP:
            return GROUPS[line.group][0]
        if column == TITLE:
            return line.row.title
        if column == FIELD:
            return line.label
        if column == MINE:
            return " ".join(line.mine.split())
        if column == THEIRS:
            shows_message = line.group in ("error", "skipped", "ignored")
            if shows_message and not line.theirs and line.cell is not None:
                return line.cell.message
            return " ".join(line.theirs.split())
        if column == FILE:
            return self.lines.whose(line) if isinstance(self.lines, ManyLines) else ""
        return line.where

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        line = self.shown[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(line, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            if line.cell is not None and line.cell.message:
                return line.cell.message
            return self.text(line, index.column()) or None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        return LEFT if role == Qt.ItemDataRole.TextAlignmentRole else None


class _Painter(QStyledItemDelegate):
    """Colour says what a line is; a struck-out text is the one that will not stand."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.sizes().chars(4), theme.sizes().row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, LinesModel) or model.lines is None:
            return
        area: QRect = option.rect
        line, column = model.shown[index.row()], index.column()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(
                area, QColor(
                    theme.SELECTED if option.state & QStyle.StateFlag.State_Active
                    else theme.SELECTED_IDLE
                )
            )
        if line.first and index.row():
            painter.setPen(QPen(QColor(theme.LINE)))
            painter.drawLine(area.topLeft(), area.topRight())
        gap = theme.sizes().gap
        inner = area.adjusted(gap, 0, -gap, 0)
        word = model.lines.word(line)
        if column in (DECISION, GROUP):
            if column == DECISION and line.group not in CHOOSABLE:
                painter.setPen(QColor(theme.FAINT))
                painter.drawText(inner, LEFT, "—")
                return
            text, tone = (word, WORD_TONES[word]) if column == DECISION else GROUPS[line.group]
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_chip(painter, inner, text, tone)
            painter.restore()
            return
        text = model.text(line, column)
        if not text:
            return
        painter.save()
        self._pen(painter, line, column, model.lines.decided(line))
        metrics = painter.fontMetrics()
        painter.drawText(
            inner, LEFT, metrics.elidedText(text[:400], Qt.TextElideMode.ElideRight, inner.width())
        )
        painter.restore()

    def _pen(self, painter: QPainter, line: Line, column: int, decided: str) -> None:
        colour, struck = theme.TEXT, False
        if column == TITLE and not line.first:
            colour = theme.FAINT
        elif column in (WHERE, FILE):
            colour = theme.MUTED
        elif column == MINE:
            colour, struck = (theme.MUTED, True) if decided == TAKE else (theme.TEXT, False)
        elif column == THEIRS:
            if line.group == "error" and not line.theirs:
                colour = theme.TONES["red"][0]
            elif decided == LEAVE:
                colour, struck = theme.MUTED, bool(line.theirs)
            else:
                colour = theme.TONES[GROUPS[line.group][1]][0]
        painter.setPen(QColor(colour))
        if struck:
            font = painter.font()
            font.setStrikeOut(True)
            painter.setFont(font)


class LinesTable(QTableView):
    """Space takes or leaves; ← keeps mine, → takes theirs, Backspace lets a conflict wait; with
    Ctrl the whole record."""

    chosen = Signal(object)
    """The line under the cursor, or None."""
    decided = Signal()
    opened = Signal()
    copy_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.model_ = LinesModel(self)
        self.setModel(self.model_)
        self.setItemDelegate(_Painter(self))
        style_table(self, "导入的变化", several=True)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        header = self.horizontalHeader()
        # With a selection of its own a heading need not ask each of 100,000 rows whether it is
        # selected.
        header.setSelectionModel(QItemSelectionModel(self.model_, self))
        header.setMinimumSectionSize(size.chars(3))
        for place, chars in enumerate(CHARS):
            header.resizeSection(place, size.chars(chars) + size.gap * 2)
        self.setColumnHidden(FILE, True)
        self._several = False
        self.selectionModel().currentRowChanged.connect(
            lambda now, before: self.chosen.emit(self.line())
        )
        self.doubleClicked.connect(lambda index: self.opened.emit())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Old and new text take what room there is; in a narrow window title and field give way
        first."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        size, header = theme.sizes(), self.horizontalHeader()
        # Whose a line is counts more than its cell, which stands with the details too.
        self.setColumnHidden(WHERE, self._several and self.viewport().width() < size.chars(55))
        fixed = [
            place for place in (DECISION, GROUP, WHERE, FILE) if not header.isSectionHidden(place)
        ]
        room = self.viewport().width() - sum(header.sectionSize(place) for place in fixed)
        title = max(size.chars(6), min(size.chars(15), round(room * 0.27)))
        field = max(size.chars(4) + size.gap * 2, min(size.chars(7.5), round(room * 0.17)))
        mine = max(size.chars(5), round((room - title - field) * 0.47))
        theirs = max(size.chars(5), room - title - field - mine)
        for place, width in ((TITLE, title), (FIELD, field), (MINE, mine), (THEIRS, theirs)):
            header.resizeSection(place, width)

    def show_lines(
        self, lines: Lines | ManyLines, groups: frozenset[str], search: str = ""
    ) -> None:
        """Show lines; the one under the cursor stays there if it is still shown."""
        if self.model_.goes_on(lines, groups, search):
            return
        before = self.line()
        self._several = isinstance(lines, ManyLines)
        if self.isColumnHidden(FILE) == self._several:
            self.setColumnHidden(FILE, not self._several)
            self._fit()
        self.model_.show(lines, groups, search)
        shown = self.model_.shown
        if shown:
            at = next((i for i, line in enumerate(shown) if line is before), 0)
            self.go_to(at)
        else:
            self.chosen.emit(None)

    def go_to(self, at: int) -> None:
        """Put the cursor on a line."""
        same = at == self.currentIndex().row()  # else the selection itself tells it
        choose_row(self, self.model_.index(at, DECISION))
        self.scrollTo(self.model_.index(at, DECISION))
        if same:
            self.chosen.emit(self.line())

    def line(self) -> Line | None:
        """The line under the cursor."""
        at = self.currentIndex().row()
        return self.model_.shown[at] if 0 <= at < len(self.model_.shown) else None

    def selected(self) -> list[Line]:
        """The selected lines, from the top."""
        spans = sorted(
            (span.top(), span.bottom()) for span in self.selectionModel().selection().toList()
        )
        found: list[Line] = []
        begin = 0  # spans may overlap, and all may be selected: no index is made for each row
        for top, bottom in spans:
            found += self.model_.shown[max(top, begin) : bottom + 1]
            begin = max(begin, bottom + 1)
        return found

    def next_asking(self, back: bool = False) -> bool:
        """On to the next line that waits for a person (or back to the one before), round the ends.
        False when there is none."""
        shown, lines = self.model_.shown, self.model_.lines
        start = self.currentIndex().row()
        for step in range(1, len(shown) + 1):
            at = (start - step if back else start + step) % len(shown)
            if lines is not None and shown[at].group in ASKING and lines.decided(shown[at]) == WAIT:
                self.go_to(at)
                return True
        return False

    def decide(self, choice: str | None, whole: bool = False) -> None:
        """Decide the selected lines (`None`: the other of what they are), or all lines of their
        records."""
        lines = self.model_.lines
        if lines is None:
            return
        chosen = self.selected()
        if whole:
            rows = {id(line.row): line.row for line in chosen}
            chosen = [line for row in rows.values() for line in lines.of_row(row)]
        if choice is None:
            lines.toggle(chosen)
        else:
            lines.decide(chosen, choice)
        self.tell()

    def tell(self) -> None:
        """Paint and tell that decisions changed."""
        self.model_.tell_changed()
        self.decided.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        whole = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        keys = {
            Qt.Key.Key_Space: None, Qt.Key.Key_Left: LEAVE, Qt.Key.Key_Right: TAKE,
            Qt.Key.Key_Backspace: WAIT,
        }
        key = Qt.Key(event.key())
        if key in keys:
            self.decide(keys[key], whole)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not whole:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        plain = (
            event.modifiers() == Qt.KeyboardModifier.NoModifier
            and event.button() == Qt.MouseButton.LeftButton
        )
        if plain and index.isValid() and index.column() == DECISION:
            self.decide(None)


def _haystack(line: Line) -> str:
    return f"{line.row.title}\n{line.label}\n{line.mine}\n{line.theirs}".lower()
