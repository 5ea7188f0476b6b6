"""One line of an import in full: as sent, mine, theirs, with what differs marked; and the buttons
to decide it."""

from __future__ import annotations

import difflib
import html
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.exchange.merge.lines import (
    ASKING,
    BOTH,
    CHOOSABLE,
    GROUPS,
    LEAVE,
    SUSPECT,
    TAKE,
    WAIT,
    Line,
    Lines,
    may_be_two,
)
from desktop.ui.exchange.merge.many_files import ManyLines
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.kit.page_parts import label, scrolled

LONGEST = 4000
"""Characters of a text that are compared letter by letter; a longer one is shown plain."""

LONGEST_TITLE = 36
ALIKE = 0.6
"""Share of the shorter text that must stand in both for marks to mean anything."""
SHORTEST = 3
"""Characters that two texts must have in common in one piece to be shown as the same."""

__all__ = ["Details", "Hint", "Value", "chip", "marked", "shrinkable"]


def marked(old: str, new: str) -> tuple[str, str]:
    """Both texts as rich text: what only the old one has is struck out, what only the new one has
    is marked."""
    if not old or not new or max(len(old), len(new)) > LONGEST:
        return _plain(old), _plain(new)
    left: list[str] = []
    right: list[str] = []
    gone, come = theme.TONES["red"], theme.TONES["green"]
    kept = [
        m for m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        if _tells(m, old, new)
    ]
    if sum(m.size for m in kept) < ALIKE * min(len(old), len(new)):
        return _plain(old), _plain(new)  # two different texts: marks would only be noise
    at_old = at_new = 0
    parts = []
    for match in [*kept, difflib.Match(len(old), len(new), 0)]:
        parts.append((False, at_old, match.a, at_new, match.b))
        parts.append((True, match.a, match.a + match.size, match.b, match.b + match.size))
        at_old, at_new = match.a + match.size, match.b + match.size
    for same, a, b, c, d in parts:
        if same:
            left.append(_plain(old[a:b]))
            right.append(_plain(new[c:d]))
            continue
        if b > a:
            left.append(
                f'<span style="background:{gone[1]};color:{gone[0]}">{_plain(old[a:b])}</span>'
            )
        if d > c:
            right.append(
                f'<span style="background:{come[1]};color:{come[0]}">{_plain(new[c:d])}</span>'
            )
    return "".join(left), "".join(right)


def _tells(match: difflib.Match, old: str, new: str) -> bool:
    """Whether letters that both have mean anything: two in the middle of a sentence are chance."""
    at_edge = match.a == match.b == 0 or (
        match.a + match.size == len(old) and match.b + match.size == len(new)
    )
    return match.size >= SHORTEST or (at_edge and match.size > 0)


def _plain(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def chip(text: str, tone: str) -> QLabel:
    """A word on a coloured ground, as a widget."""
    ink, ground = theme.TONES[tone]
    made = QLabel(text)
    radius = theme.sizes().line // 2
    made.setStyleSheet(
        f"background: {ground}; color: {ink}; border-radius: {radius}px; padding: 1px {radius}px;"
    )
    return made


def shrinkable(chips: QWidget) -> None:
    """Let a line of chips be as low as one line: else its least height is that of one chip under
    another."""
    policy = chips.sizePolicy()
    policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
    chips.setSizePolicy(policy)


class Hint(QLabel):
    """Which keys do what: as many of the words as there is room for."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__()
        self._words = words
        self.setProperty("class", "muted")
        self.setToolTip("　".join(words))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shown = [
            w for at, w in enumerate(self._words) if self._fits("　".join(self._words[: at + 1]))
        ]
        self.setText("　".join(shown))

    def _fits(self, text: str) -> bool:
        return self.fontMetrics().horizontalAdvance(text) <= self.width()


class Value(QFrame):
    """A value with its heading; the one that will stand has a coloured edge."""

    def __init__(self, head: str) -> None:
        super().__init__()
        size = theme.sizes()
        self.setObjectName("value")
        self.head = QLabel(head)
        self.head.setProperty("class", "muted")
        self.text = label()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        box = QVBoxLayout(self)
        box.setContentsMargins(size.gap, size.gap // 2, size.gap, size.gap // 2)
        box.setSpacing(2)
        box.addWidget(self.head)
        box.addWidget(self.text)
        box.addStretch(1)
        self.stand(False)

    def show_text(self, rich: str, note: str = "", head: str = "") -> None:
        """Show a text; a blank one says so."""
        if head:
            self.head.setText(head)
        self.head.setVisible(bool(self.head.text()))
        blank = f'<span style="color:{theme.FAINT}">（空）</span>'
        self.text.setText(
            (rich or blank)
            + (f'<br><span style="color:{theme.MUTED}">{_plain(note)}</span>' if note else "")
        )

    def stand(self, on: bool) -> None:
        """Mark it as what the ledger will say."""
        edge = theme.ACCENT if on else theme.LINE
        ground = theme.ACCENT_PALE if on else theme.CARD
        radius = theme.sizes().gap // 2
        self.setStyleSheet(
            f"#value {{ border: 1px solid {edge}; background: {ground}; border-radius:"
            f" {radius}px; }}"
        )


class Details(QWidget):
    """The line under the cursor. It tells what the person decided; the view keeps it."""

    asked = Signal(str)
    """A choice for the shown line."""
    whole_asked = Signal(str)
    """A choice for all lines of its record."""
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.setProperty("class", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._lines: Lines | ManyLines | None = None
        self._line: Line | None = None
        self.title = label(wrap=False)
        self.title.setFont(theme.scaled(1.05, bold=True))
        chips = QWidget()
        self._chips = Flow(chips, size.gap // 2)
        shrinkable(chips)
        self.message = label()
        self.base, self.mine, self.theirs = Value("发出时"), Value("我方现在"), Value("对方交来")
        self._fields = QWidget()
        self._field_box = QGridLayout(self._fields)
        self._field_box.setContentsMargins(0, 0, 0, 0)
        self._field_box.setHorizontalSpacing(size.pad * 2)
        self._field_box.setVerticalSpacing(0)
        self._field_box.setColumnStretch(0, 1)
        self._field_box.setColumnStretch(1, 1)
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(size.pad, size.pad, size.pad, size.pad)
        box.setSpacing(size.gap)
        values = QHBoxLayout()
        values.setSpacing(size.gap)
        for value in (self.base, self.mine, self.theirs):
            values.addWidget(value, 1)
        head = QHBoxLayout()
        head.setSpacing(size.gap)
        head.addWidget(self.title)
        head.addWidget(chips, 1)
        box.addLayout(head)
        box.addWidget(self.message)
        box.addLayout(values)
        box.addWidget(self._fields)
        box.addStretch(1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addWidget(scrolled(inner), 1)
        outer.addWidget(self._buttons())
        self.show_line(None, None)

    def _buttons(self) -> QWidget:
        size, holder = theme.sizes(), QFrame()
        holder.setObjectName("decide")
        holder.setStyleSheet(f"#decide {{ border: 0; border-left: 1px solid {theme.LINE}; }}")
        self._group = QButtonGroup(self)
        row = QVBoxLayout()
        row.setSpacing(size.gap)
        self._choice: dict[str, QPushButton] = {}
        for choice, tip in (
            (LEAVE, "←"), (TAKE, "→"), (BOTH, "原来的一条不动，对方这一行另记一条"),
            (WAIT, "退格键"),
        ):
            button = QPushButton()
            button.setCheckable(True)
            button.setProperty("class", "choice")
            button.setToolTip(tip)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            asked = self.whole_asked if choice == BOTH else self.asked
            button.clicked.connect(lambda _=False, c=choice, asked=asked: asked.emit(c))
            self._group.addButton(button)
            self._choice[choice] = button
            row.addWidget(button)
        self._whole = QPushButton("整条都采用")
        self._whole.setProperty("class", "link")
        self._none = QPushButton("整条都不采用")
        self._none.setProperty("class", "link")
        for button, choice, tip in ((self._whole, TAKE, "Ctrl+→"), (self._none, LEAVE, "Ctrl+←")):
            button.setToolTip(tip)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, c=choice: self.whole_asked.emit(c))
        second = QVBoxLayout()
        second.setSpacing(0)
        second.addWidget(self._whole)
        second.addWidget(self._none)
        second.addStretch(1)
        box = QVBoxLayout(holder)
        box.setContentsMargins(size.pad, size.gap, size.pad, size.gap)
        box.setSpacing(size.gap // 2)
        box.addLayout(row)
        box.addLayout(second)
        box.addStretch(1)
        self.bar = holder
        return holder

    # ---- showing

    def show_line(self, lines: Lines | ManyLines | None, line: Line | None) -> None:
        """Show one line, or nothing."""
        self._lines, self._line = lines, line
        self._chips.clear()
        if lines is None or line is None:
            self.title.setText("")
            self.message.setText("")
            for widget in (self.base, self.mine, self.theirs, self._fields, self.bar):
                widget.hide()
            return
        title = line.row.title or "（未命名）"
        self.title.setText(title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…")
        self._show_chips(line, lines.kind_label(line.row.kind))
        self.message.setText(_message(line))
        self.message.setVisible(bool(self.message.text()))
        wrong = line.group in SUSPECT or line.group == "error"
        self.message.setProperty("class", "problem" if wrong else "")
        self.message.style().polish(self.message)
        whole = line.cell is None
        valued = not whole and bool(line.group in CHOOSABLE or line.mine or line.theirs)
        self._show_values(line, valued)
        self._show_fields(lines, line, whole)
        self.show_decision()

    def _show_chips(self, line: Line, ledger: str) -> None:
        """What the line is, and where it stands."""
        word, tone = GROUPS[line.group]
        self._chips.addWidget(chip(word, tone))
        for text in (ledger, line.row.sheet if line.row.sheet != ledger else "", line.where):
            if text:
                self._chips.addWidget(chip(text, "grey"))

    def _show_values(self, line: Line, valued: bool) -> None:
        cell = line.cell
        for widget in (self.mine, self.theirs):
            widget.setVisible(valued)
        with_base = (
            valued
            and cell is not None
            and (line.group in ASKING or cell.text_base not in ("", line.mine))
        )
        self.base.setVisible(with_base)
        if not valued or cell is None:
            return
        mine, theirs = marked(line.mine, line.theirs)
        self.base.show_text(_plain(cell.text_base), head=f"{line.label}　发出时的内容")
        self.mine.show_text(mine, head=f"{line.label}　我方现在")
        self.theirs.show_text(theirs, head=f"{line.label}　对方交来")

    def _show_fields(self, lines: Lines | ManyLines, line: Line, whole: bool) -> None:
        while self._field_box.count():
            taken = self._field_box.takeAt(0)
            widget = taken.widget() if taken is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._fields.setVisible(whole)
        if not whole:
            return
        for at, (name, head, text) in enumerate(lines.fields_of(line.row)):
            entry = _Field(head, text, not lines.leaves_field(line.row, name), self._leaver(name))
            self._field_box.addWidget(entry, at // 2, at % 2)

    def _leaver(self, name: str) -> Callable[[bool], None]:
        def leave(taken: bool) -> None:
            if self._lines is not None and self._line is not None:
                self._lines.leave_field(self._line.row, name, not taken)
                self.changed.emit()

        return leave

    def show_decision(self) -> None:
        """What was decided, on the buttons and on the values."""
        lines, line = self._lines, self._line
        if lines is None or line is None:
            return
        able = line.group in CHOOSABLE
        self.bar.setVisible(able)
        if not able:
            self.mine.stand(False)
            self.theirs.stand(False)
            return
        asking = line.group in ASKING
        between = asking and line.group not in SUSPECT
        self._choice[LEAVE].setText("用我方" if between else "不采用")
        self._choice[TAKE].setText("用对方" if between else "采用")
        self._choice[WAIT].setText("先放着")
        self._choice[WAIT].setVisible(asking)
        self._choice[BOTH].setText("两条都留")
        self._choice[BOTH].setVisible(may_be_two(line))
        decided = lines.decided(line)
        self._choice[decided].setChecked(True)
        self.mine.stand(decided in (LEAVE, BOTH))
        self.theirs.stand(decided == TAKE)
        several = sum(each.group in CHOOSABLE for each in lines.of_row(line.row)) > 1
        self._whole.setVisible(several)
        self._none.setVisible(several)


class _Field(QFrame):
    """A field of a new record, with a box to leave it out."""

    def __init__(self, head: str, text: str, taken: bool, decide: Callable[[bool], None]) -> None:
        super().__init__()
        size = theme.sizes()
        self.setObjectName("field")
        self.setStyleSheet(f"#field {{ border: 0; border-bottom: 1px solid {theme.LINE}; }}")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, size.gap // 2, 0, size.gap // 2)
        box.setSpacing(0)
        tick = QCheckBox(head)
        tick.setChecked(taken)
        tick.toggled.connect(decide)
        box.addWidget(tick)
        words = label(text)
        words.setIndent(size.line)
        box.addWidget(words)


def _message(line: Line) -> str:
    """What is said of a line: of the record that it makes, or of what is wrong; "" where the values
    say all."""
    cell, children = line.cell, line.row.children
    makes = any(cell is None or child.field == cell.field for child in children)
    if makes or line.group == "proposed":
        return line.row.message
    asks = line.group in ASKING and line.group not in SUSPECT
    if asks or line.group in ("changed", "added"):
        return ""
    return (cell.message if cell is not None else line.row.message) or ""
