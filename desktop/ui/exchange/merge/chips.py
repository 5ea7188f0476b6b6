"""The sorts of lines as coloured chips with their counts: one of them narrows the table."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop.ui.exchange.merge.details import shrinkable
from desktop.ui.exchange.merge.lines import GROUPS, Lines
from desktop.ui.exchange.merge.many_files import ManyLines
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Flow


class GroupChips(QWidget):
    """All, and each sort that there is; what did not change is only counted."""

    chosen = Signal(str)
    """The name of a sort; empty for all."""

    def __init__(self) -> None:
        super().__init__()
        self._flow = Flow(self, theme.sizes().gap)
        shrinkable(self)
        self._buttons: dict[str, QPushButton] = {}

    def show_lines(self, lines: Lines | ManyLines | None) -> None:
        """Show the sorts of these lines; with none, nothing."""
        self._flow.clear()
        self._buttons = {}
        if lines is None:
            return
        self._add("", "全部", len(lines.all) - lines.counts["each"])
        for name, (word, _) in GROUPS.items():
            if lines.counts[name]:
                self._add(name, word, lines.counts[name])
        same = QLabel(f"没有变化 {lines.unchanged:,} 行")
        same.setProperty("class", "muted")
        same.setFixedHeight(self._buttons[""].sizeHint().height())
        self._flow.addWidget(same)
        self.mark("")

    def _add(self, name: str, word: str, count: int) -> None:
        made = QPushButton(f"{word} {count:,}")
        made.setCheckable(True)
        made.setStyleSheet(_style(GROUPS[name][1] if name else "blue"))
        made.clicked.connect(lambda: self.chosen.emit(name))
        self._flow.addWidget(made)
        self._buttons[name] = made

    def mark(self, name: str) -> None:
        """Show which sort the table is narrowed to."""
        for each, made in self._buttons.items():
            made.setChecked(each == name)


def _style(tone: str) -> str:
    size = theme.sizes()
    ink, ground = theme.TONES[tone]
    return (
        f"QPushButton {{ background: {theme.CARD}; color: {ink}; border: 1px solid {theme.LINE};"
        f" padding: 0 {size.pad}px; border-radius: {round(size.line * 0.65)}px; min-height:"
        f" {round(size.line * 1.3)}px; }}QPushButton:checked {{ background: {ground}; border-color:"
        f" {ink}; }} QPushButton:focus {{ border-color: {ink}; }}"
    )
