"""One look at the typed text: its figures and differences, and its pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.session import Session
from desktop.bulletin.issue import bulletins, editor_view, issuing
from desktop.bulletin.writers import Printed
from desktop.ui.bulletin.preview.mask_button import mask_of
from desktop.ui.kit.jobs import Job

if TYPE_CHECKING:
    from desktop.bulletin.issue.bulletins import OpenBulletin
    from desktop.bulletin.issue.editor_view import View


@dataclass(frozen=True)
class DraftLook:
    """What came of it; ``missing``: what is to be known before printing (``Printed.notes``)."""

    view: View
    data: bytes
    missing: tuple[str, ...]


def look_at(
    session: Session, job: Job, found: OpenBulletin, typed: tuple[str, str], masks: frozenset[str]
) -> DraftLook:
    """Count and set the title and text as typed; in the reader."""
    # late: composing is not needed to show a page

    head, body = typed
    record = found.record
    if found.writable:
        record = editor_view.trial(record, head or found.title, body)
    view = editor_view.look(session, record)
    job.step(0)
    out = io.BytesIO()
    missing = bulletins.print_opened(session, found, view, out, mask_of(session, masks))
    return DraftLook(view, out.getvalue(), tuple(missing))


def file_writer(
    session: Session, view: View, masks: frozenset[str]
) -> Callable[[Job, Path], Printed]:
    """Writes the draft as it stands, in the form that the file's name asks for."""
    return lambda job, target: editor_view.print_view(view, target, mask_of(session, masks))


def parts_of(view: View) -> dict[str, tuple[int, int]]:
    """For each table and chart: figures that moved, figures set by hand."""
    parts = dict.fromkeys(view.parts, (0, 0))
    for each in view.table_figures:
        moved, by_hand = parts[each.part]
        figure = each.figure
        parts[each.part] = (
            moved + bool(figure.before and not figure.by_hand), by_hand + bool(figure.by_hand)
        )
    return parts


def open_draft(session: Session, uid: str) -> OpenBulletin:
    """A bulletin to be shown; in the reader."""
    return bulletins.opened(session, uid)


def save_draft(session: Session, uid: str, title: str | None, body: str) -> None:
    """Keep what is typed; without a title, under the one that it had."""
    issuing.save_text(session, uid, title=title, body=body)
