"""Small parts of the page of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from db.domain import person_timeline
from db.model.declarations import Kind
from db.model.query import Query
from db.session import Session
from desktop.bulletin.report.office_reports import reports_of
from desktop.ui.kit import theme
from desktop.ui.kit.flow_layout import Flow
from desktop.ui.lists.short_list import Line
from desktop.ui.people.card import Card, card_of

MOST = 500
"""People that a list shows."""
FORMS = (".lrmx", ".lrm")


class Lines(QWidget):
    """Holds a flow and is as high as its lines now: what it would need at its narrowest must not
    make the window higher."""

    def hasHeightForWidth(self) -> bool:
        return False

    def fit(self) -> None:
        layout = self.layout()
        if layout is not None:  # before it is shown its width says nothing
            height = (
                layout.heightForWidth(self.width())
                if self.isVisible()
                else layout.minimumSize().height()
            )
            self.setFixedHeight(max(height, 1))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def forms_in(event: QDragEnterEvent | QDropEvent) -> list[Path]:
    files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [file for file in files if file.suffix.lower() in FORMS]


def reports_for(session: Any, kind: str) -> list[tuple[str, str]]:
    """The prints that are made for people of this kind; in the reader."""
    # late: composing is not needed to show a page

    return [(r.name, r.label) for r in reports_of(session) if kind in r.kinds]


class GroupChips(Lines):
    """The groups of what happened to a person, each with its count; pressed, only it is shown."""

    def __init__(self, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self.row = Flow(self, theme.sizes().gap)

    def fill(self, events: Sequence[person_timeline.Event]) -> None:
        """A chip a group, in the order of the ledgers."""
        self.row.clear()
        counts = Counter(e.group for e in events)
        groups = sorted(counts, key=lambda g: next(e.place for e in events if e.group == g))
        for group in ("", *groups):
            chip = QPushButton(f"{group} {counts[group]}" if group else f"全部 {len(events)}")
            chip.setCheckable(True)
            chip.setProperty("class", "choice")
            chip.setProperty("group", group)
            chip.clicked.connect(partial(self._pressed, group))
            self.row.addWidget(chip)
        # what was added just now is not visible yet
        QTimer.singleShot(0, self, self.fit)

    def _pressed(self, group: str, _: bool = False) -> None:
        self._chosen(group)

    def mark(self, group: str) -> None:
        """Show which one is chosen."""
        for at in range(self.row.count()):
            item = self.row.itemAt(at)
            if item is not None and isinstance(chip := item.widget(), QPushButton):
                chip.setChecked(chip.property("group") == group)


def find_people(
    session: Session, kind: Kind, text: str, wanted: str | None
) -> tuple[list[Line], int]:
    """The people of a search and how many there are; the wanted one always, in the reader."""
    subtitle = person_timeline.page_of(kind).subtitle
    ids = session.ids(Query(kind=kind.name, search=text, sort=((kind.title, False),)))
    records = session.records(kind.name, ids[:MOST])
    if wanted is not None and all(r.uid != wanted for r in records):
        found = session.get(kind.name, wanted)
        records = [*([found] if found is not None else []), *records]
    lines = [
        Line(r.uid, (session.title_of(r), session.text(r, subtitle) if subtitle else ""))
        for r in records
    ]
    return lines, len(ids)


def read_person(
    session: Session, kind: str, uid: str
) -> tuple[Card, list[person_timeline.Event]] | None:
    """The facts of a person and what happened to them; in the reader."""
    record = session.get(kind, uid)
    if record is None:
        return None
    return card_of(session, record), person_timeline.events(session, record)
