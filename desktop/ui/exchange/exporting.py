"""Making the workbooks that were asked for, off the window's thread, and telling of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.session import Session
from desktop import file_names
from desktop.exchange.apply.import_history import last_sent
from desktop.exchange.write.workbook import export
from desktop.ui.exchange.destinations import folder_text, show_folder
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window

if TYPE_CHECKING:
    from desktop.exchange.write.workbook import Exported


@dataclass(frozen=True)
class Wanted:
    """What a person chose: a file for each unit, or one for all when no unit is named."""

    kinds: tuple[str, ...]
    units: tuple[str, ...]
    blank_rows: int
    password: str | None
    folder: Path
    open_after: bool
    changes: bool = False
    """Only what changed since each was sent its last workbook of these ledgers."""
    since: str | None = None
    """Since this export instead."""


def file_name(
    session: Session, kinds: Sequence[str], unit: str | None, day: dt.date | None = None
) -> str:
    """How the workbook is called: for whom, what, when."""
    labels = [session.kinds.get(name).label for name in kinds]
    what = labels[0] if len(labels) == 1 else f"{labels[0]}等{len(labels)}本台账"
    whom = session.unit_name(unit) if unit else session.office_name
    text = f"{whom}_{what}_{(day or session.today):%Y%m%d}.xlsx"
    return file_names.plain(text)


def run_export(window: Window, wanted: Wanted) -> None:
    """Make the files, one for each unit; says how many rows went where."""
    session = window.session

    def write(job: Job) -> list[Exported]:
        made = []
        units: list[str | None] = list(wanted.units) or [None]
        for at, unit in enumerate(units):
            name = file_name(session, wanted.kinds, unit)
            job.step(at, len(units), f"正在导出 {name}")

            def progress(done: int, total: int, text: str, at: int = at) -> None:
                if len(units) == 1:
                    job.step(done, total, text)
                else:
                    job.step(at, len(units), f"{at + 1}/{len(units)} {text}")

            last = (
                last_sent(session, wanted.kinds, unit)
                if wanted.changes and wanted.since is None
                else None
            )
            made.append(export(
                session, wanted.kinds, wanted.folder / name, unit=unit,
                blank_rows=wanted.blank_rows,
                password=wanted.password, since=wanted.since or (last.export_id if last else None),
                progress=progress,
            ))  # fmt: skip
        return made

    def done(made: list[Exported]) -> None:
        rows = sum(each.rows for each in made)
        what = made[0].file.name if len(made) == 1 else f"{len(made)} 个工作簿"
        where = folder_text(wanted.folder)
        still = sum(not each.rows for each in made) if wanted.changes else 0
        none = (
            ""
            if not still
            else "，上次之后没有变化" if len(made) == 1 else f"，其中 {still} 份上次之后没有变化"
        )
        window.toasts.show_text(
            f"已导出 {what}（{rows:,} 行{none}）到{where}", "打开文件夹",
            lambda: show_folder(wanted.folder), 12,
        )
        if wanted.open_after:
            show_folder(wanted.folder)

    window.jobs.write(write, done, failed=window.error, owner=window, label="正在导出")
