"""The manual: its pages in the order of the contents, found by words, shown in the window's own
look."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser

import resources
from desktop.ui.kit import theme

_LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+\.md)\)")
_MARKS = re.compile(r"[*`|#>]+|\[([^\]]*)\]\([^)]*\)")
_EMPTY_CELL = re.compile(r"\|[ \t]+(?=\|)")
"""Qt joins an empty cell with the one before it."""
HEADINGS = {1: 1.5, 2: 1.18, 3: 1.05}
"""Sizes of headings by level, as multiples of the text."""


@dataclass(frozen=True)
class Topic:
    """A page of the manual."""

    name: str
    title: str
    text: str

    @property
    def headings(self) -> list[str]:
        """The headings of its parts."""
        return re.findall(r"^## +(.+)$", self.text, re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where words were found: the page, the heading above, the line around them."""

    topic: Topic
    heading: str
    line: str


def topics() -> list[Topic]:
    """All pages, the contents first, then in their order."""
    folder = resources.path("help")
    index = (folder / "index.md").read_text("utf-8")
    found = [Topic("index.md", "目录", index)]
    for title, name in _LINK.findall(index):
        if (folder / name).is_file():
            found.append(Topic(name, title, (folder / name).read_text("utf-8")))
    return found


def plain(line: str) -> str:
    """A line of Markdown as it reads."""
    return _MARKS.sub(lambda match: match[1] or "", line).strip(" -").strip()


def look_for(words: str, pages: list[Topic]) -> list[Place]:
    """Lines that hold all words, titles and headings first."""
    terms = words.lower().split()
    if not terms:
        return []
    heads: list[Place] = []
    lines: list[Place] = []
    for topic in pages[1:]:
        heading = ""
        for raw in topic.text.splitlines():
            line = plain(raw)
            is_head = raw.startswith("#")
            heading = line if is_head else heading
            if line and all(term in line.lower() for term in terms):
                (heads if is_head else lines).append(Place(topic, heading, line))
    return heads + lines


class ManualView(QTextBrowser):
    """One page, in lines no longer than is good to read."""

    LONGEST_LINE = 48
    """Chinese characters."""

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setSearchPaths([str(resources.path("help"))])
        self.setStyleSheet(
            "QTextBrowser { border: 1px solid transparent; background: transparent; }"
            f" QTextBrowser:focus {{ border-color: {theme.ACCENT}; }}"
        )
        self.setLineWrapMode(QTextBrowser.LineWrapMode.WidgetWidth)
        self.document().setDocumentMargin(size.pad * 1.5)
        self.setAccessibleName("手册")

    def show_markdown(self, text: str) -> None:
        """Show a text in the look of the window."""
        self.document().setMarkdown(_EMPTY_CELL.sub("|\u00a0\u2002", text))
        dress(self.document())
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The text keeps to the left and to a length that the eye can follow."""
        most = theme.sizes().chars(self.LONGEST_LINE)
        spare = max(0, self.width() - most - theme.sizes().pad * 3)
        self.setViewportMargins(0, 0, spare, 0)
        super().resizeEvent(event)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures are brought down to the width of the text."""
        found = super().loadResource(kind, name)
        if (
            kind == QTextDocument.ResourceType.ImageResource.value
            or kind == QTextDocument.ResourceType.ImageResource
        ):
            file = resources.path("help", QUrl(name).path())
            picture = QImage(str(file)) if file.is_file() else QImage()
            if not picture.isNull():
                width = min(
                    picture.width(), theme.sizes().chars(self.LONGEST_LINE) - theme.sizes().pad * 3
                )
                smooth = Qt.TransformationMode.SmoothTransformation
                return picture.scaledToWidth(width, smooth) if width < picture.width() else picture
        return found

    def go_to(self, words: str) -> None:
        """Mark all places of the words, and show the first."""
        self.moveCursor(QTextCursor.MoveOperation.Start)
        found = []
        cursor = QTextCursor(self.document())
        while words:
            cursor = self.document().find(words, cursor)
            if cursor.isNull():
                break
            mark = QTextBrowser.ExtraSelection()
            mark.cursor = cursor
            mark.format.setBackground(QColor(theme.TONES["yellow"][1]))
            found.append(mark)
        self.setExtraSelections(found)
        if found:
            at = QTextCursor(found[0].cursor)
            at.clearSelection()
            self.setTextCursor(at)
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.cursorRect(at).top() - theme.sizes().line * 2)


def dress(document: QTextDocument) -> None:
    """Sizes, spaces and colours of a text that came from Markdown."""
    size = theme.sizes()
    base = document.defaultFont().pointSizeF()
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        form = QTextBlockFormat()
        level = block.blockFormat().headingLevel()
        in_table = cursor.currentTable() is not None
        # A picture stands as one great character (U+FFFC), which would make its line higher still.
        spread = 100 if "\ufffc" in block.text() else 120 if in_table else 140
        form.setLineHeight(spread, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if level:
            form.setTopMargin(size.line * (0.3 if level == 1 else 1.0))
            form.setBottomMargin(size.line * 0.4)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            letters = QTextCharFormat()
            letters.setFontPointSize(base * HEADINGS.get(level, 1.0))
            letters.setFontWeight(QFont.Weight.Bold)
            # Set, not merged: Markdown's own adjustment of the size would go before the size.
            cursor.setCharFormat(letters)
            cursor = QTextCursor(block)
        elif not in_table:
            form.setBottomMargin(size.line * (0.15 if block.textList() else 0.45))
            form.setTopMargin(0)
        cursor.mergeBlockFormat(form)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame)


def _dress_table(table: QTextTable) -> None:
    size = theme.sizes()
    form = table.format()
    form.setCellPadding(size.gap * 0.7)
    form.setCellSpacing(0)
    form.setBorder(1)
    form.setBorderCollapse(True)
    form.setBorderBrush(QColor(theme.LINE))
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBottomMargin(size.line * 0.6)
    form.setTopMargin(size.line * 0.2)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(form)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        head = cell.format()
        head.setBackground(QColor(theme.STRIPE))
        cell.setFormat(head)
