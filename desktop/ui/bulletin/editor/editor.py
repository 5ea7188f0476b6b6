"""Plain typing with figures in it: each figure, table and chart is a chip that is one character to
the cursor and opens when clicked.

The text goes in and out as a body with blanks (`desktop.bulletin.issue.editor_view`); what is typed
can never become a blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextFormat,
)
from PySide6.QtWidgets import QTextEdit, QToolTip

from db.session import Session
from desktop.bulletin.issue import editor_view
from desktop.bulletin.report import template_text
from desktop.ui.kit import theme

if TYPE_CHECKING:
    from desktop.bulletin.issue.editor_view import Figure
    from desktop.bulletin.report.declaration import Report

CHIP = QTextFormat.ObjectTypes.UserObject.value + 1
SOURCE = QTextFormat.Property.UserProperty.value + 1
SHOWN = QTextFormat.Property.UserProperty.value + 2
OBJECT = "\ufffc"
WIDEST_CHARS = 18
MOST_MEASURED = 1_000


class ChipPainter(QPyTextObject):
    """Draws chips in the line; what a chip says and in which tone comes from the editor, so that it
    changes without an edit."""

    def __init__(self, editor: BodyEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._measured: dict[tuple[str, int, str], tuple[str, QSizeF]] = {}
        """What a chip shows and its size, by its words, the room and the face: Qt asks some
        hundred times for one text."""

    def intrinsicSize(self, document: QTextDocument, position: int, format: QTextFormat) -> QSizeF:
        return self._shown(format)[1]

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int,
        format: QTextFormat,
    ) -> None:
        _, tone, by_hand = self._editor.chip(format.property(SOURCE), format.property(SHOWN))
        ink, ground = theme.tone(tone)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = rect.adjusted(1, 1, -1, -1)
        painter.setPen(QPen(ink, 1.0) if by_hand or tone == "yellow" else QPen(ground))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(ink)
        painter.setFont(self._editor.font())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._shown(format)[0])
        painter.restore()

    def _shown(self, format: QTextFormat) -> tuple[str, QSizeF]:
        text, _, _ = self._editor.chip(format.property(SOURCE), format.property(SHOWN))
        asked = (text, self._editor.viewport().width(), self._editor.font().key())
        found = self._measured.get(asked)
        if found is None:
            if len(self._measured) > MOST_MEASURED:
                self._measured.clear()
            found = self._measured[asked] = self._measure(text)
        return found

    def _measure(self, text: str) -> tuple[str, QSizeF]:
        metrics = QFontMetricsF(self._editor.font())
        room = (
            self._editor.viewport().width()
            - 2 * self._editor.document().documentMargin()
            - metrics.height() * 2
        )
        wide = max(metrics.height() * 4, min(metrics.averageCharWidth() * WIDEST_CHARS * 2, room))
        cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, wide)
        high = metrics.height()
        return cut, QSizeF(metrics.horizontalAdvance(cut) + high * 0.7, high * 1.05)


class BodyEditor(QTextEdit):
    """The body of a bulletin. `figures` maps a blank to `editor_view.Figure`, `parts` a table or
    chart to how many of its figures moved and how many were set by hand."""

    figure_asked = Signal(str)
    """The blank of a figure that the person wants to look into."""
    part_asked = Signal(str)
    """The name of a table or chart whose figures the person wants to see."""
    hide_asked = Signal(str)
    """A selected word that masked editions are to hide."""
    find_asked = Signal()
    insert_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.figures: Mapping[str, Figure] = {}
        self.parts: Mapping[str, tuple[int, int]] = {}
        self.report: Report | None = None
        self.session: Session | None = None
        self.setAcceptRichText(False)
        self.setAccessibleName("正文")
        self.setTabChangesFocus(True)
        self.setFont(theme.scaled(1.1))
        self.document().setDocumentMargin(size.pad)
        self.document().setDefaultFont(self.font())
        self._painter = ChipPainter(self)
        self.document().documentLayout().registerHandler(CHIP, self._painter)
        self.viewport().setMouseTracking(True)
        self._read: tuple[int, str] | None = None
        """At which revision of the document its text was put together, and what it came to."""

    # ---- text in and out

    def set_body(self, body: str) -> None:
        """Show a body; what was typed before cannot be taken back any more."""
        self.blockSignals(True)
        self.clear()
        cursor = QTextCursor(self.document())
        self._insert(cursor, body)
        self.document().clearUndoRedoStacks()
        self.document().setModified(False)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.blockSignals(False)

    def body(self) -> str:
        """The text with its blanks."""
        revision = self.document().revision()
        if self._read is None or self._read[0] != revision:
            self._read = revision, self._source(0, self.document().characterCount() - 1)
        return self._read[1]

    def _source(self, begin: int, end: int) -> str:
        # late: composing is not needed to show a page

        lines = []
        block = self.document().findBlock(begin)
        while block.isValid() and block.position() <= end:
            parts: list[str] = []
            at = block.begin()
            while not at.atEnd():
                fragment = at.fragment()
                first, last = fragment.position(), fragment.position() + fragment.length()
                if last > begin and first < end:
                    text = fragment.text()[max(begin - first, 0) : end - first]
                    if fragment.charFormat().objectType() == CHIP:
                        parts.append(fragment.charFormat().property(SOURCE) * len(text))
                    else:
                        parts.append(
                            template_text.escape_blanks(
                                text.replace("\u2028", "\n").replace(OBJECT, "")
                            )
                        )
                at += 1
            lines.append("".join(parts))
            block = block.next()
        return "\n".join(lines)

    def selected_source(self, begin: int, end: int) -> str:
        """The text between two places with its blanks."""
        return self._source(begin, end) if end > begin else ""

    def _insert(self, cursor: QTextCursor, body: str) -> None:
        cursor.beginEditBlock()
        for piece in editor_view.pieces(body, self.report, self.session):
            if piece.typed:
                cursor.insertText(piece.source, QTextCharFormat())
            else:
                cursor.insertText(OBJECT, _chip(piece.source, piece.shown))
        cursor.endEditBlock()

    def insert_blank(self, source: str) -> None:
        """Put a figure in at the cursor."""
        self._insert(self.textCursor(), source)
        self.setFocus()

    # ---- chips

    def chip(self, source: str, shown: str) -> tuple[str, str, bool]:
        """What a chip says, its tone, and whether it was set by hand."""
        figure = self.figures.get(source)
        if figure is None:
            moved, by_hand = self.parts.get(part_of(source), (0, 0))
            notes = [f"{moved} 个数字变了"] * bool(moved) + [f"{by_hand} 个手工改"] * bool(by_hand)
            tone = "yellow" if moved else "purple" if by_hand else "grey"
            return shown + (f"（{'，'.join(notes)}）" if notes else ""), tone, bool(by_hand)
        if figure.by_hand:
            return figure.shown, "purple", True
        if figure.before:
            return f"{figure.before.partition('（')[0]} → {figure.shown}", "yellow", False
        return figure.shown, "blue", False

    def show_figures(
        self, figures: Mapping[str, Figure], parts: Mapping[str, tuple[int, int]] | None = None
    ) -> None:
        """Other values: the chips are measured and drawn anew; the text and its history stay."""
        if figures == self.figures and (parts or {}) == self.parts:
            return
        self.figures, self.parts = figures, parts or {}
        layout = self.document().documentLayout()
        layout.unregisterHandler(CHIP, self._painter)
        layout.registerHandler(CHIP, self._painter)
        self.document().markContentsDirty(0, self.document().characterCount())
        self.viewport().update()

    def source_at(self, place: QPointF) -> str:
        """The blank of the chip at a point of the view, or nothing."""
        cursor = self.cursorForPosition(place.toPoint())
        for position in (cursor.position() + 1, cursor.position()):
            probe = QTextCursor(self.document())
            probe.setPosition(min(position, self.document().characterCount() - 1))
            format = probe.charFormat()
            if format.objectType() != CHIP:
                continue
            probe.setPosition(position - 1)
            left = self.cursorRect(probe).left()
            width = self._painter.intrinsicSize(self.document(), position, format).width()
            if left <= place.x() <= left + width:
                return str(format.property(SOURCE))
        return ""

    def source_beside_cursor(self) -> str:
        """The blank of the chip before or after the cursor."""
        probe = QTextCursor(self.textCursor())
        for step in (0, 1):
            if step and not probe.movePosition(QTextCursor.MoveOperation.NextCharacter):
                break
            if probe.charFormat().objectType() == CHIP:
                return str(probe.charFormat().property(SOURCE))
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        source = self.source_at(event.position())
        opens = self._opens(source)
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.IBeamCursor
        )
        if opens:
            QToolTip.showText(event.globalPosition().toPoint(), opens, self)

    def _opens(self, source: str) -> str:
        """What a click on a chip shows; nothing for one that opens nothing."""
        figure = self.figures.get(source)
        if figure is not None:
            return f"{figure.label}：点开看来源"
        return "点开看表中数字的来源" if part_of(source) in self.parts else ""

    def _ask(self, source: str) -> None:
        if source in self.figures:
            self.figure_asked.emit(source)
        elif part_of(source) in self.parts:
            self.part_asked.emit(part_of(source))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        source = self.source_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self._ask(source)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        word = self.textCursor().selectedText().replace(OBJECT, "").strip()
        if word and "\u2029" not in word:
            menu.addSeparator()
            shown = word if len(word) <= 12 else f"{word[:11]}…"
            menu.addAction(f"脱敏版隐去“{shown}”", lambda: self.hide_asked.emit(word))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def event(self, event: QEvent) -> bool:
        # The window's own Ctrl+F and Ctrl+J would take these keys before the text sees them.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == event.Type.ShortcutOverride
            and _hand_key(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = _hand_key(event)
        if key == "find":
            self.find_asked.emit()
        elif key == "insert":
            self.insert_asked.emit()
        elif key == "open":
            self._ask(self.source_beside_cursor())
        else:
            super().keyPressEvent(event)

    # ---- copy and paste

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor, data = self.textCursor(), QMimeData()
        data.setText(self._source(cursor.selectionStart(), cursor.selectionEnd()))
        return data

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasHtml()

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = (
            source.text()
            if source.hasText()
            else QTextDocumentFragment.fromHtml(source.html()).toPlainText()
        )
        self._insert(self.textCursor(), _plain(text))

    # ---- finding

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where this can be read, in chips too, whatever the case: begin and end in the text, a
        chip counting as one character."""
        wanted = text.casefold()
        if not wanted:
            return []
        read, at = self._as_read()
        found: list[tuple[int, int]] = []
        begin = read.find(wanted)
        while begin >= 0:
            end = begin + len(wanted)
            place = at[begin], at[end - 1] + 1
            if place not in found[-1:]:  # twice within one chip is one place
                found.append(place)
            begin = read.find(wanted, end)
        return found

    def _as_read(self) -> tuple[str, list[int]]:
        """The text with what its chips say, without case, and at which place of the text each of
        its characters stands."""
        read: list[str] = []
        at: list[int] = []
        block = self.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                fragment = pieces.fragment()
                format = fragment.charFormat()
                chip = format.objectType() == CHIP
                place = fragment.position()
                for typed in fragment.text():
                    shown = (
                        self.chip(format.property(SOURCE), format.property(SHOWN))[0]
                        if chip
                        else typed
                    ).casefold()
                    read.append(shown)
                    at += [place] * len(shown)
                    place += 2 if typed > "\uffff" else 1  # Qt counts in UTF-16
                pieces += 1
            read.append("\n")
            at.append(block.position() + block.length() - 1)
            block = block.next()
        return "".join(read), at

    def find_next(self, text: str, backwards: bool = False) -> bool:
        """Select the next place where this stands, going round at the end."""
        places, cursor = self.places(text), self.textCursor()
        if not places:
            return False
        if backwards:
            found = next(
                (p for p in reversed(places) if p[1] <= cursor.selectionStart()), places[-1]
            )
        else:
            found = next((p for p in places if p[0] >= cursor.selectionEnd()), places[0])
        cursor.setPosition(found[0])
        cursor.setPosition(found[1], QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        return True


def _plain(text: str) -> str:
    """What another program put on the clipboard as plain typing: its soft line and page breaks are
    lines, other controls nothing."""
    text = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return re.sub("[\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\ufeff\ufffc]", "", text)


def part_of(source: str) -> str:
    """The table or chart that a line of the body puts there; nothing for another blank."""
    word, _, name = source.strip().partition(" ")
    return name.strip() if word in ("@table", "@chart") else ""


def _hand_key(event: QKeyEvent) -> str:
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return {
        Qt.Key.Key_F: "find", Qt.Key.Key_J: "insert", Qt.Key.Key_Return: "open",
        Qt.Key.Key_Enter: "open",
    }.get(Qt.Key(event.key()), "") if control else ""  # fmt: skip


def _chip(source: str, shown: str) -> QTextCharFormat:
    format = QTextCharFormat()
    format.setObjectType(CHIP)
    format.setProperty(SOURCE, source)
    format.setProperty(SHOWN, shown)
    format.setForeground(QColor(theme.TEXT))
    format.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBottom)
    return format
