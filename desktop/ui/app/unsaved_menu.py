"""The list of drafts at the lower edge: what was typed and not saved, each opened where it goes
on."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from db.model.settings import draft
from db.session import Session
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.kept_unsaved import DraftTimes
from desktop.ui.kit.page import Window
from desktop.ui.pages import PAGES
from desktop.ui.record_form.unsaved_entries import is_new

MOST = 15
PAGE_OF = {"own-figures": "charts"}
"""Pages that are not called as their drafts are."""
Line = tuple[str, str, str]
"""What it is called; the kind or page; the record, or "" for none."""


def show_menu(window: Window, said: QPoint | None = None) -> None:
    """Show the menu, its lines read in the reader."""
    held, session = dict(window.drafts.held), window.session

    def show(lines: list[Line]) -> None:
        menu = QMenu(window)
        for text, kind, uid in lines[:MOST]:
            menu.addAction(text, partial(_open, window, kind, uid))
        if len(lines) > MOST:
            menu.addAction(f"还有 {len(lines) - MOST} 份，在各台账的清单里标着").setEnabled(False)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(said or window.mapToGlobal(QPoint(0, window.height())))

    window.jobs.read(
        lambda job: lines_of(session, held, job), show, failed=window.error, owner=window
    )


def lines_of(session: Session, held: DraftTimes, job: Job | None = None) -> list[Line]:
    """The drafts in words, the newest first."""
    found: list[Line] = []
    for (name, uid), at in sorted(held.items(), key=lambda each: each[1], reverse=True):
        text, record = _called(session, name, uid)
        found.append((f"{text}　{at.replace('T', ' ')[5:16]}", name, record))
    return found


def _called(session: Session, name: str, uid: str) -> tuple[str, str]:
    """What a draft is called, and the record that it is of."""
    if name not in session.kinds:
        page = PAGE_OF.get(name, name)
        return next((entry.label for entry in PAGES if entry.id == page), "没有填完的内容"), ""
    kind = session.kinds.get(name)
    label = kind.label
    if is_new(uid):
        held = draft(session.user.name, name, uid).of(session.book_of(name)).get("raw", {})
        title = str(held.get(kind.title) or "")[:20]
        return f"{label}：新建的一条　{title}".rstrip("　"), uid
    record = session.get(name, uid.rpartition(":")[2])
    if record is None:
        return f"{label}：没有填完的内容", ""
    step = "没有办完的一步　" if ":" in uid else ""
    return f"{label}：{step}{session.title_of(record)[:20]}", record.uid


def _open(window: Window, name: str, uid: str) -> None:
    if name not in window.session.kinds:
        window.open(PAGE_OF.get(name, name))
    elif uid and not is_new(uid):
        window.open_record(name, uid)
    else:
        page = window.open_ledger(name)
        if page is not None and uid:
            page.take_up(uid)
