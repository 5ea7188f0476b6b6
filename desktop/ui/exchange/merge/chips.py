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
        self._same: QLabel | None = None

    def show_lines(self, lines: Lines | ManyLines | None) -> None:
        """Show the sorts of these lines; with none, nothing."""
        texts = {} if lines is None else _told(lines)
        if list(texts) != list(self._buttons):
            self._flow.clear()
            self._buttons = {name: self._made(name) for name in texts}
            self._same = self._count() if texts else None
        for name, text in texts.items():
            if self._buttons[name].text() != text:
                self._buttons[name].setText(text)
        if lines is not None and self._same is not None:
            self._same.setText(f"没有变化 {lines.unchanged:,} 行")
        self.mark("")

    def _made(self, name: str) -> QPushButton:
        made = QPushButton()
        made.setCheckable(True)
        made.setStyleSheet(_style(GROUPS[name][1] if name else "blue"))
        made.clicked.connect(lambda: self.chosen.emit(name))
        self._flow.addWidget(made)
        return made

    def _count(self) -> QLabel:
        """What did not change."""
        same = QLabel()
        same.setProperty("class", "muted")
        same.setFixedHeight(self._buttons[""].sizeHint().height())
        self._flow.addWidget(same)
        return same

    def mark(self, name: str) -> None:
        """Show which sort the table is narrowed to."""
        for each, made in self._buttons.items():
            made.setChecked(each == name)


def _told(lines: Lines | ManyLines) -> dict[str, str]:
    """Each sort with its word and count."""
    every = {"": f"全部 {len(lines.all) - lines.counts['each']:,}"}
    return every | {
        name: f"{word} {lines.counts[name]:,}"
        for name, (word, _) in GROUPS.items() if lines.counts[name]
    }


def _style(tone: str) -> str:
    size = theme.sizes()
    ink, ground = theme.TONES[tone]
    return (
        f"QPushButton {{ background: {theme.CARD}; color: {ink}; border: 1px solid {theme.LINE};"
        f" padding: 0 {size.pad}px; border-radius: {round(size.line * 0.65)}px; min-height:"
        f" {round(size.line * 1.3)}px; }}QPushButton:checked {{ background: {ground}; border-color:"
        f" {ink}; }} QPushButton:focus {{ border-color: {ink}; }}"
    )
