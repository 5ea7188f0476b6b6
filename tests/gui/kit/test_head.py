"""The head of a page: one line with the room that is left in its middle, two where one is too wide."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.ui.kit.flow_layout import Head


def test_a_head_gives_way_and_then_breaks(qtbot: Any) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    body, bar = QVBoxLayout(page), QWidget()
    head = Head(bar, 10)
    body.setContentsMargins(0, 0, 0, 0)
    body.addWidget(bar)
    body.addStretch(1)
    parts = [QPushButton(text) for text in ("周交办", "催办清单", "打印")]
    for at, part in enumerate(parts):
        part.setMinimumWidth(100)
        if at == 1:
            head.addStretch()
        head.addWidget(part)
    page.resize(600, 200)
    page.show()
    assert parts[0].x() == 0 and parts[2].geometry().right() == 599, "the room that is left stands before the second"
    assert len({part.y() for part in parts}) == 1
    page.resize(250, 200)
    qtbot.waitUntil(lambda: parts[2].y() > parts[0].y())
    assert page.minimumSizeHint().width() < 250, "the page asks for no more than its widest part"
