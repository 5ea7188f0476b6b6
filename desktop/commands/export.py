"""The command export."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.errors import BadInput
from db.session import Session
from desktop.commands.answers import print_answer, print_notice, write_json
from desktop.commands.workbook_files import appointment_form, file_password
from desktop.exchange.write.workbook import export as export_workbook


def export(session: Session, options: Namespace) -> int:
    """The workbook of one or more ledgers, for one unit or for all; the appointment form of one
    cadre."""
    if (done := appointment_form(session, options, options.to)) is not None:
        return done
    # under another name no spreadsheet program would open it
    if Path(options.to).suffix.lower() != ".xlsx":
        raise BadInput(f"工作簿的文件名要以 .xlsx 结尾：{options.to}。", field="to")
    unit = None
    if options.unit:
        unit = session.names.unit_by_name(options.unit)
        if unit is None:
            raise BadInput(
                f"没有这个单位：{options.unit}。请在“单位”页查看全称或简称。", field="unit"
            )
    made = export_workbook(
        session, options.kinds, Path(options.to).absolute(), unit=unit,
        blank_rows=options.blank_rows, password=file_password(options),
    )  # fmt: skip
    answer = {
        "file": str(made.file), "export_id": made.export_id, "rows": made.rows,
        "sha256": made.sha256,
    }
    if options.json:
        write_json(answer)
    else:
        print_answer(str(made.file))
        print_notice(f"已导出 {made.rows} 行。")
    return 0
