"""The first page."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


def make(session: Any, jobs: Any, window: Any) -> QWidget:
    page = QWidget()
    QVBoxLayout(page).addWidget(QLabel(session.office_name))
    return page
