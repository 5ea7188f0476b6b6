"""The head of a person's page: photograph, name, facts. An identity number stays hidden until who
may see it asks, which is journalled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QBuffer, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from db.domain.person_timeline import page_of
from db.model import fieldtypes
from db.model.attached_files import MOST_PIXELS
from db.model.records import Record
from db.session import Session
from desktop.ui.kit import accessible, theme
from desktop.ui.kit.page_parts import label
from desktop.ui.lists.columns import shown_text

#: A photograph is kept this large at most, its longer side; the frame shows some 150.
PORTRAIT_PIXELS = 640
SHOWN_SECONDS = 30
"""An identity number that was asked for is hidden again after this long."""


@dataclass(frozen=True)
class Fact:
    """A label and its text; ``field`` is named where the text is hidden and may be asked for."""

    label: str
    text: str
    field: str = ""


@dataclass
class Card:
    """What the head shows of one person, read at once in the reader."""

    uid: str
    name: str
    subtitle: str
    facts: list[Fact] = field(default_factory=list)
    photo: QImage = field(default_factory=QImage)


def card_of(session: Session, record: Record) -> Card:
    """Everything the head shows. In a worker."""
    kind = session.kinds.get(record.kind)
    page = page_of(kind)
    facts = []
    for name in page.facts:
        declared = kind.field(name)
        value = record.values.get(name)
        if value is not None:
            hidden = isinstance(fieldtypes.type_of(declared), fieldtypes.IdentityNumber)
            facts.append(
                Fact(
                    declared.label, shown_text(declared, value, session.names),
                    name if hidden else "",
                )
            )
    files = record.values.get(page.photo) if page.photo else None
    photo = (
        portrait_image(session.attachment_bytes(record.kind, files[0].sha256)) if files
        else QImage()
    )
    subtitle = session.text(record, page.subtitle) if page.subtitle else ""
    return Card(record.uid, session.title_of(record), subtitle, facts, photo)


def portrait_image(data: bytes) -> QImage:
    """A photograph as large as its frame shows it, on a fine screen too; null where it is no
    picture or has too many pixels. In a worker."""
    buffer = QBuffer()
    buffer.setData(data)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.width() * size.height() > MOST_PIXELS:
        return QImage()
    if size.width() > PORTRAIT_PIXELS or size.height() > PORTRAIT_PIXELS:
        size.scale(PORTRAIT_PIXELS, PORTRAIT_PIXELS, Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(size)
    return reader.read()


@accessible.accessible_role(accessible.PICTURE)
class Portrait(QWidget):
    """The photograph in its frame, never stretched; the initial of the name while there is none."""

    def __init__(self) -> None:
        super().__init__()
        size = theme.sizes()
        width = size.chars(5.6)
        self.setFixedSize(QSize(width, round(width * 134 / 101)))
        self._image = QImage()
        self._name = ""
        self.setAccessibleName("没有照片")

    def show_photo(self, image: QImage, name: str) -> None:
        self._image, self._name = image, name
        self.setAccessibleName("没有照片" if image.isNull() else f"{name}的照片")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = self.rect().adjusted(0, 0, -1, -1)
        painter.fillRect(area, QColor(theme.STRIPE))
        if not self._image.isNull():
            size = self._image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(
                area.left() + (area.width() - size.width()) / 2,
                area.top() + (area.height() - size.height()) / 2, size.width(), size.height(),
            )  # fmt: skip
            painter.drawImage(place, self._image)
        else:
            painter.setPen(QColor(theme.FAINT))
            painter.setFont(theme.scaled(2.2))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), self._name[:1])
        painter.setPen(QColor(theme.LINE_STRONG))
        painter.drawRect(area)
        painter.end()


class PersonCard(QFrame):
    """``reveal(field, then)`` fetches a hidden value, journals that, and hands it to ``then``."""

    def __init__(
        self, reveal: Callable[[str, Callable[[str], None]], None], may_reveal: bool
    ) -> None:
        super().__init__()
        size = theme.sizes()
        self._reveal, self._may = reveal, may_reveal
        self.portrait = Portrait()
        self.name = QLabel()
        self.name.setFont(theme.scaled(1.45, bold=True))
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.subtitle = label("", "muted", wrap=False)
        self.subtitle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(size.gap)
        self._grid.setVerticalSpacing(max(2, size.gap // 2))
        self._facts: list[tuple[QLabel, QWidget]] = []
        self._columns = 0
        self.hidden: QLabel | None = None
        self.show_button: QPushButton | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(SHOWN_SECONDS * 1000)
        self._again.timeout.connect(self._hide)
        self._masked = ""
        words = QVBoxLayout()
        words.setSpacing(max(2, size.gap // 2))
        top = QHBoxLayout()
        top.setSpacing(size.pad)
        top.addWidget(self.name)
        top.addWidget(self.subtitle, 1)
        words.addLayout(top)
        words.addLayout(self._grid)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(size.pad)
        row.addWidget(self.portrait, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def show_card(self, card: Card) -> None:
        self._again.stop()
        self.portrait.show_photo(card.photo, card.name)
        self.name.setText(card.name)
        self.subtitle.setText(card.subtitle)
        self.subtitle.setToolTip(card.subtitle)
        for pair in self._facts:
            for widget in pair:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self._facts = []
        self.hidden = self.show_button = None
        for fact in card.facts:
            head = label(fact.label, "muted")
            head.setFixedWidth(theme.sizes().chars(6.2))
            self._facts.append((head, self._value(fact)))
        self._columns = 0
        self._lay()

    def _value(self, fact: Fact) -> QWidget:
        text = label(fact.text, wrap=not fact.field)
        if not fact.field:
            text.setMinimumWidth(theme.sizes().chars(5.5))
            return text
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text)
        self.hidden, self._masked = text, fact.text
        if self._may:
            self.show_button = QPushButton("显示")
            self.show_button.setProperty("class", "link")
            self.show_button.setToolTip("查看完整号码，会记入修改记录")
            self.show_button.setStyleSheet("min-height: 0; padding: 0;")
            self.show_button.clicked.connect(lambda: self._toggle(fact.field))
            row.addWidget(self.show_button)
        row.addStretch(1)
        return holder

    def _toggle(self, name: str) -> None:
        if self._again.isActive():
            self._again.stop()
            self._hide()
        else:
            self._reveal(name, self._show)

    def _show(self, text: str) -> None:
        if self.hidden is not None and self.show_button is not None:
            self.hidden.setText(text)
            self.show_button.setText("隐去")
            self._again.start()

    def _hide(self) -> None:
        if self.hidden is not None and self.show_button is not None:
            self.hidden.setText(self._masked)
            self.show_button.setText("显示")

    def needed(self, width: int) -> int:
        """The height it needs at a width."""
        layout = self.layout()
        return (
            layout.totalHeightForWidth(width)
            if layout is not None and layout.hasHeightForWidth()
            else self.sizeHint().height()
        )

    def _lay(self) -> None:
        """Two columns of facts, three where the width has room: one would ask for a height that
        small screens do not have."""
        columns = 3 if self.width() - self.portrait.width() > theme.sizes().chars(66) else 2
        if columns == self._columns:
            return
        self._columns = columns
        for at, (head, value) in enumerate(self._facts):
            self._grid.addWidget(head, at // columns, at % columns * 2, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(
                value, at // columns, at % columns * 2 + 1, Qt.AlignmentFlag.AlignTop
            )
        for column in range(6):
            self._grid.setColumnStretch(column, 1 if column % 2 and column < columns * 2 else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()
