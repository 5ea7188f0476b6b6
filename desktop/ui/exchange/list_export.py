"""The list in front as a workbook: where to, then the file, then word of it."""

from __future__ import annotations

from pathlib import Path

from desktop.exchange.write.list_workbook import NUMBER, Listed, write_list
from desktop.ui.exchange.destinations import folder_text, show_file
from desktop.ui.kit import file_dialogs
from desktop.ui.kit.jobs import Job
from desktop.ui.kit.page import Window
from desktop.ui.kit.shown_list import ShownList
from desktop.ui.lists.shown_rows import ShownRows

FORM = "Excel 工作簿 (*.xlsx)"


def ask_and_export_list(window: Window, shown: ShownList) -> None:
    """Ask for a file, its name proposed, and write it."""
    if not shown.ids:
        window.toast("清单里没有可导出的记录。")
        return
    name = f"{shown.file_name(window.session)}.xlsx"
    # never over a file that is there: the next free name is taken, as of every workbook
    to = file_dialogs.save_file(window, "export", "导出当前清单", name, FORM, replaces=False)
    if to is not None:
        export_list(window, shown, to)


def export_list(window: Window, shown: ShownList, to: Path) -> None:
    """Write it in a worker; says how many rows went where."""
    session = window.session

    def write(job: Job) -> tuple[Path, int]:
        rows = ShownRows(session, shown)
        heads = [(NUMBER, 3.0), *((each.label, each.chars) for each in rows.columns)]
        listed = Listed(
            shown.kind.book, shown.kind.label, shown.note(session), heads, len(shown.ids)
        )
        lines = ((at, *rows.values(row)) for at, row in enumerate(rows, 1))
        return write_list(session, listed, lines, to, job.step)

    def done(made: tuple[Path, int]) -> None:
        file, rows = made
        window.toasts.show_text(
            f"已导出 {file.name}（{rows:,} 条）到{folder_text(file.parent)}", "打开",
            lambda: show_file(file), 12,
        )

    window.jobs.write(write, done, failed=window.error, owner=window, label="正在导出清单")
