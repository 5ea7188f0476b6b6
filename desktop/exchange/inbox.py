"""A stick with thirty counties' files: which of them are ours, new, damaged; and who has not handed
in yet.

Files are known by their SHA-256 and export id, never by name or time: a copy under another name is
the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from db.errors import Cancelled, ZhengxianError
from db.session import Session
from desktop.exchange.files.reader import Progress
from desktop.exchange.files.removable_media import workbooks_in
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.import_plan import Plan
from desktop.exchange.plan.import_planner import examine


@dataclass(slots=True)
class Arrived:
    """One file of a folder: its plan, or the sentence that says why there is none."""

    file: Path
    plan: Plan | None
    message: str = ""
    #: the same bytes under another name in this folder
    copy_of: Path | None = None


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A unit's last workbook and whether it came back: what 催报 asks."""

    unit: str
    name: str
    export_id: str
    sent_at: str
    file: str
    returned_at: str | None


def look_through(session: Session, folder: Path, progress: Progress | None = None) -> list[Arrived]:
    """Look at every workbook of a folder and its subfolders; nothing is written. A damaged file
    does not stop the others."""
    files, skipped = workbooks_in(folder)
    out: list[Arrived] = []
    seen: dict[str, Path] = {}
    for number, file in enumerate(files):
        if progress is not None:
            progress(number, len(files), f"正在看 {file.name}")
        try:
            plan = examine(session, file, password=None, progress=_quiet)
        except Cancelled:
            raise
        except ZhengxianError as error:
            out.append(Arrived(file, None, error.message))
            continue
        first = seen.setdefault(plan.sha256, file)
        if first is not file:
            out.append(Arrived(file, None, f"与 {first.name} 是同一个文件，不必再导入。", first))
        else:
            earlier = plan.earlier_import
            message = (
                f"{earlier['at'][:10]} 已导入过。" if earlier and not earlier["undone"] else ""
            )
            out.append(Arrived(file, plan, message))
    return out + [Arrived(path, None, f"没有读：{reason}。") for path, reason in skipped]


def _quiet(_done: int, _total: int, _text: str) -> None:
    """One file's progress is too fine for a folder."""


def outstanding(session: Session, since: str = "") -> list[Outstanding]:
    """The last workbook sent to each unit (from ``since``, a date) and when it came back; not
    returned ones first."""
    connection = session.office.connection
    returned: dict[str, str] = {}
    for entry in exchange_tables.imports(connection):
        if entry["export_id"] and entry["undone_by"] is None:
            returned.setdefault(entry["export_id"], entry["at"])
    last: dict[str, Outstanding] = {}
    rows: Sequence[tuple[str, str, str, str, str]] = connection.execute(
        "SELECT unit, id, at, file_name, kinds FROM exports WHERE unit IS NOT NULL AND at >= ?"
        " ORDER BY at, rowid",
        (since,),
    ).fetchall()
    for unit, export_id, at, file_name, kinds in rows:
        if not msgspec.json.decode(kinds):
            continue
        last[unit] = Outstanding(
            unit, session.unit_name(unit), export_id, at, file_name, returned.get(export_id)
        )
    order = session.unit_order()
    return sorted(
        last.values(), key=lambda o: (o.returned_at is not None, order.get(o.unit, 1 << 30))
    )
