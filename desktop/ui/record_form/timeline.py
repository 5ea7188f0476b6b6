"""What happened to a record, newest first: steps, edits field by field, and what was added under
it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import cast

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from db.model import fieldtypes
from db.model.declarations import Field
from db.model.records import Record
from db.session import Session
from db.store.journal import HistoryLine
from desktop.ui.kit import accessible, theme
from desktop.ui.lists.columns import shown_text

SOURCES = {
    "import": "导入", "appointment": "导入任免表", "undo": "撤销", "redo": "重做", "paste": "粘贴",
    "bulk": "批量", "cli": "命令行", "undo-import": "撤销导入",
}
MOST_LINES = 12


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, by whom, what, and the details beneath."""

    at: str
    by: str
    head: str
    tone: str
    lines: tuple[str, ...] = field(default=())


def events_of(
    session: Session, record: Record, children: list[Record], people: Mapping[str, str]
) -> list[Event]:
    """Everything that happened, newest first. In a worker."""
    found = []
    history = session.history(record.kind, record.uid)
    for _, group in groupby(history, key=lambda line: (line.change_id, line.action)):
        found.append(_event(session, record, list(group), people))
    for child in children:
        declared = session.kinds.get(child.kind)
        title = session.title_of(child)
        lines = (_short(title, 120),) if title else ()
        by = people.get(child.created_by, child.created_by)
        found.append(Event(child.created_at, by, f"添加{declared.label}", "grey", lines))
    order = sorted(range(len(found)), key=lambda at: (found[at].at, at), reverse=True)
    return [found[at] for at in order]


def _event(
    session: Session, record: Record, lines: list[HistoryLine], people: Mapping[str, str]
) -> Event:
    first = lines[0]
    by = people.get(first.by, first.by)
    head, tone = _head(session, record.kind, first.action)
    source = SOURCES.get(first.source, head)
    if source != head:
        head = f"{head}（{source}）"
    details: list[str] = []
    if first.action != "add":
        details = [text for line in lines if (text := _change(session, record, line))]
    if len(details) > MOST_LINES:
        details = [*details[:MOST_LINES], f"……共改了 {len(details)} 项"]
    return Event(first.at, by, head, tone, tuple(details))


def _head(session: Session, name: str, action: str) -> tuple[str, str]:
    """What was done, and the colour that it is told in."""
    kind = session.kinds.get(name)
    if action == "add":
        return f"新增{kind.label}", "green"
    lifecycle = session.kinds.lifecycle_of(kind)
    if action.startswith("move:") and lifecycle is not None:
        step = next((a for a in lifecycle.actions if a.name == action.removeprefix("move:")), None)
        return (step.label, step.tone) if step else (action, "blue")
    return {"delete": ("删除", "red"), "restore": ("恢复", "green")}.get(action, ("修改", "blue"))


def _change(session: Session, record: Record, line: HistoryLine) -> str:
    kind = session.kinds.get(record.kind)
    if line.field == "state":
        lifecycle = session.kinds.lifecycle_of(kind)
        labels = {s.name: s.label for s in lifecycle.states} if lifecycle else {}
        return f"状态：{labels.get(line.old, '无')} → {labels.get(line.new, '无')}"
    if not kind.has(line.field) or not kind.field(line.field).show:
        return ""
    declared = kind.field(line.field)
    old, new = (_plain(session, record, declared, value) for value in (line.old, line.new))
    return f"{declared.label}：{old} → {new or '（空）'}" if old else f"{declared.label}：{new}"


def _plain(session: Session, record: Record, declared: Field, value: object) -> str:
    if value is None:
        return ""
    if fieldtypes.type_of(declared).holds_files:
        return "、".join(str(one.get("name", "")) for one in cast("list[dict[str, str]]", value))
    names = (
        session.names.by_writer(record, declared)
        if value == record.values.get(declared.name)
        else session.names
    )
    return _short(
        shown_text(declared, fieldtypes.type_of(declared).from_json(value, declared), names), 80
    )


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most] + "…"


NOTHING = "还没有记下什么。"


@accessible.accessible_role(accessible.TEXT)
class Timeline(QWidget):
    """The events painted along a line, as high as they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._events: list[Event] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("办理经过")

    def show_events(self, events: list[Event]) -> None:
        self._events = events
        texts = (" ".join((e.at[:16].replace("T", " "), e.by, e.head, *e.lines)) for e in events)
        self.setAccessibleName(f"办理经过：{'；'.join(texts) or NOTHING}")
        self._fit()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._draw(None, width)

    def sizeHint(self) -> QSize:
        return QSize(theme.sizes().chars(16), self._draw(None, max(self.width(), 100)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, self.width())
        painter.end()

    def _fit(self) -> None:
        self.setFixedHeight(max(self._draw(None, self.width()), theme.sizes().line * 3))

    def _draw(self, painter: QPainter | None, width: int) -> int:
        """Paint, or only measure when there is no painter; returns the height in pixels."""
        size = theme.sizes()
        metrics = self.fontMetrics()
        left, y = round(size.line * 1.2), size.gap
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        if not self._events and painter is not None:
            painter.setPen(QColor(theme.MUTED))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), NOTHING)
        for at, event in enumerate(self._events):
            top = y
            stamp = f"{event.by}　{event.at[:16].replace('T', ' ')}"
            wide = (
                metrics.horizontalAdvance(event.head) + metrics.horizontalAdvance(stamp) + size.pad
            )
            below = wide > width - left - size.gap
            if painter is not None:
                painter.setPen(QColor(theme.TEXT))
                painter.drawText(left, y + metrics.ascent(), event.head)
                painter.setPen(QColor(theme.MUTED))
                side = Qt.AlignmentFlag.AlignLeft if below else Qt.AlignmentFlag.AlignRight
                shift = metrics.height() if below else 0
                line_room = QRect(left, y + shift, width - left - size.gap, metrics.height())
                painter.drawText(line_room, int(side), stamp)
            y += metrics.height() * (2 if below else 1) + 2
            for line in event.lines:
                room = QRect(left, y, max(40, width - left - size.gap), 10_000)
                height = metrics.boundingRect(room, wrap, line).height()
                if painter is not None:
                    painter.setPen(QColor(theme.MUTED))
                    painter.drawText(QRect(left, y, room.width(), height), wrap, line)
                y += height + 1
            y += size.gap * 2
            if painter is not None:
                centre = QPointF(size.line * 0.5, top + metrics.height() / 2)
                radius = size.line * 0.22
                if at + 1 < len(self._events):
                    painter.setPen(QPen(QColor(theme.LINE_STRONG), 1))
                    painter.drawLine(
                        QPointF(centre.x(), centre.y() + radius + 2),
                        QPointF(centre.x(), y + metrics.height() / 2 - radius - 2),
                    )
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.tone(event.tone)[0])
                painter.drawEllipse(centre, radius, radius)
        return y
